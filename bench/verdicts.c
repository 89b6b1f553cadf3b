/* SPDX-License-Identifier: Apache-2.0 */
/* What verdicts cost beside the bare signatures that they cannot do without, on one core,
 * in turns within one run.
 *
 *     verdicts DIRECTORY TIME
 *
 * DIRECTORY has root_crl, pck_crl, tcb_info, identity, signing_chain and quotes (one
 * after another, each behind its length as four bytes, little endian), all of one
 * platform and of more than FORGETFUL attestation keys; report, vek, vek_chain, amd_crl;
 * and roots (certificates one after another in PEM). TIME is when they are valid. Prints
 * one object of JSON: microseconds of CPU time each, medians over the turns.
 *
 * The bare work is OpenSSL's own: EVP_PKEY_verify of a ready digest with key and context
 * ready, and EVP_PKEY_fromdata of a raw point. */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kit/cursor.h"
#include "kit/file.h"
#include "kit/text.h"
#include "verify/collateral_set.h"
#include "verify/given_root.h"
#include "verify/vek_set.h"

enum {
    TURNS = 9,
    FORGETFUL = 4, /* certifications that are remembered in the warm case: one set's */
    QUOTES_MAX = 64,
    FILE_MAX = 8 << 20,
    DIGEST_MAX = 48,
};

struct bare_key { /* a key that signs for itself */
    EVP_PKEY *key;
    EVP_PKEY_CTX *context;
    uint8_t digest[DIGEST_MAX], signature[128], point[1 + 96];
    size_t digest_len, signature_len, point_len;
    const char *group;
};

struct bench {
    int64_t now_s;
    struct trust trust;
    struct buf files[16];
    size_t file_count;
    struct bytes quotes[QUOTES_MAX];
    size_t quote_count, next_quote;
    struct bytes report;
    struct collateral_texts texts;
    struct vek_texts veks;
    struct collateral_set *collateral;
    struct vek_set *vek;
    struct known_signers *known, *forgetful;
    struct bare_key p256, p384;
    struct verdict verdict;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "verdicts: %s: %s\n", what, why);
    exit(1);
}

/* ---- what is given ----------------------------------------------------------------- */

static struct bytes read_file(struct bench *b, const char *directory, const char *name)
{
    struct buf *file = &b->files[b->file_count++];
    struct error err = { 0 };
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    buf_init(file, FILE_MAX);
    if (!file_read(path, file, &err))
        fail(name, err.text);
    return buf_bytes(file);
}

static void add_roots(struct bench *b, struct bytes pem)
{
    struct der_chain roots;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, FILE_MAX);
    if (!pem_chain_read(pem, &arena, &roots, &err))
        fail("roots", err.text);
    for (size_t i = 0; i < roots.count; i++)
        if (!given_root_add(roots.certificates[i], ROOT_TEST, &b->trust, &err))
            fail("roots", err.text);
    arena_fini(&arena);
}

static void read_quotes(struct bench *b, struct bytes file)
{
    struct cursor c = cursor_over(file);

    while (cursor_left(&c) > 0 && b->quote_count < QUOTES_MAX)
        b->quotes[b->quote_count++] = cursor_take(&c, cursor_u32le(&c));
    if (c.overran || b->quote_count <= FORGETFUL)
        fail("quotes", "too few, or cut off");
}

static void read_all(struct bench *b, const char *directory)
{
    struct error err = { 0 };

    trust_init(&b->trust);
    add_roots(b, read_file(b, directory, "roots"));
    read_quotes(b, read_file(b, directory, "quotes"));
    b->texts = (struct collateral_texts){
        .root_crl = read_file(b, directory, "root_crl"),
        .pck_crl = read_file(b, directory, "pck_crl"),
        .tcb_info = read_file(b, directory, "tcb_info"),
        .identity = read_file(b, directory, "identity"),
        .tcb_info_chain = read_file(b, directory, "signing_chain"),
        .quote = b->quotes[0],
    };
    b->report = read_file(b, directory, "report");
    b->veks = (struct vek_texts){ .vek = read_file(b, directory, "vek"),
                                  .chain = read_file(b, directory, "vek_chain"),
                                  .crl = read_file(b, directory, "amd_crl") };
    if (!collateral_set_make(&b->texts, &b->trust, &b->collateral, &err)
        || !vek_set_make(&b->veks, &b->trust, &b->vek, &err)
        || !known_signers_create(NULL, &b->known, &err)
        || !known_signers_create(&(struct known_limits){ .qes = FORGETFUL },
                                 &b->forgetful, &err))
        fail(directory, err.text);
}

/* ---- the bare work ----------------------------------------------------------------- */

static EVP_PKEY *import(const struct bare_key *bare)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                         (char *)(uintptr_t)bare->group, 0),
        OSSL_PARAM_construct_octet_string(
            OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)bare->point, bare->point_len),
        OSSL_PARAM_construct_end(),
    };

    if (EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        fail("bare", "import");
    EVP_PKEY_CTX_free(context);
    return key;
}

static void make_bare(struct bare_key *bare, const char *group, size_t digest_len)
{
    EVP_PKEY *pair = EVP_EC_gen(group);
    EVP_PKEY_CTX *signing = EVP_PKEY_CTX_new(pair, NULL);

    *bare = (struct bare_key){ .digest_len = digest_len,
                               .signature_len = sizeof bare->signature,
                               .group = group };
    memset(bare->digest, 0x5a, digest_len);
    if (signing == NULL || EVP_PKEY_sign_init(signing) != 1
        || EVP_PKEY_sign(signing, bare->signature, &bare->signature_len, bare->digest,
                         digest_len)
               != 1
        || EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, bare->point,
                                           sizeof bare->point, &bare->point_len)
               != 1)
        fail("bare", group);
    EVP_PKEY_CTX_free(signing);
    EVP_PKEY_free(pair);
    bare->key = import(bare);
    bare->context = EVP_PKEY_CTX_new(bare->key, NULL);
    if (bare->context == NULL || EVP_PKEY_verify_init(bare->context) != 1)
        fail("bare", group);
}

static void verify_bare(struct bare_key *bare)
{
    if (EVP_PKEY_verify(bare->context, bare->signature, bare->signature_len, bare->digest,
                        bare->digest_len)
        != 1)
        fail("bare", "does not verify");
}

/* ---- cases ------------------------------------------------------------------------- */

static void bare_p256(struct bench *b)
{
    verify_bare(&b->p256);
}

static void bare_p384(struct bench *b)
{
    verify_bare(&b->p384);
}

static void bare_import(struct bench *b)
{
    EVP_PKEY_free(import(&b->p256));
}

static void check(const struct bench *b)
{
    if (!b->verdict.valid)
        fail(verify_check_name(b->verdict.failure), b->verdict.why.text);
}

static struct quote_law quote_law(const struct bench *b,
                                  const struct collateral_set *collateral)
{
    return (struct quote_law){ .trust = &b->trust,
                               .source = collateral_set_source(collateral),
                               .now_s = b->now_s };
}

static void quote_of_known_qe(struct bench *b)
{
    struct quote_law law = quote_law(b, b->collateral);

    quote_verify(b->quotes[0], &law, b->known, &b->verdict);
    check(b);
}

/* One quote after another, of which none is remembered when it comes again. */
static void quote_warm(struct bench *b)
{
    struct quote_law law = quote_law(b, b->collateral);

    b->next_quote = (b->next_quote + 1) % b->quote_count;
    quote_verify(b->quotes[b->next_quote], &law, b->forgetful, &b->verdict);
    check(b);
}

static void quote_cold(struct bench *b)
{
    struct collateral_set *collateral = NULL;
    struct error err = { 0 };

    if (!collateral_set_make(&b->texts, &b->trust, &collateral, &err))
        fail("cold", err.text);
    struct quote_law law = quote_law(b, collateral);
    quote_verify(b->quotes[0], &law, NULL, &b->verdict);
    check(b);
    collateral_set_free(collateral);
}

static void report_warm(struct bench *b)
{
    struct report_law law = { .source = vek_set_source(b->vek),
                              .trust = &b->trust,
                              .now_s = b->now_s };

    report_verify(b->report, &law, b->known, &b->verdict);
    check(b);
}

/* ---- measuring --------------------------------------------------------------------- */

static struct measured {
    const char *name;
    void (*once)(struct bench *b);
    size_t times; /* in a turn */
    double turns_us[TURNS];
} cases[] = {
    { .name = "p256_verify", .once = bare_p256, .times = 500 },
    { .name = "p256_import", .once = bare_import, .times = 500 },
    { .name = "p384_verify", .once = bare_p384, .times = 100 },
    { .name = "quote_known_qe", .once = quote_of_known_qe, .times = 500 },
    { .name = "quote_warm", .once = quote_warm, .times = 300 },
    { .name = "quote_cold", .once = quote_cold, .times = 60 },
    { .name = "report_warm", .once = report_warm, .times = 100 },
};

static double cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void take_turn(struct bench *b, struct measured *measured, size_t turn)
{
    double begun_us = cpu_us();

    for (size_t i = 0; i < measured->times; i++)
        measured->once(b);
    measured->turns_us[turn] = (cpu_us() - begun_us) / (double)measured->times;
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
    static struct bench b;

    if (argc != 3 || !utc_read(bytes_of_text(argv[2]), &b.now_s)) {
        fputs("usage: verdicts DIRECTORY TIME\n", stderr);
        return 2;
    }
    make_bare(&b.p256, "P-256", 32);
    make_bare(&b.p384, "P-384", 48);
    read_all(&b, argv[1]);
    for (size_t turn = 0; turn < TURNS; turn++)
        for (size_t i = 0; i < COUNT_OF(cases); i++)
            take_turn(&b, &cases[i], turn);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        qsort(cases[i].turns_us, TURNS, sizeof cases[i].turns_us[0], ascending);
        printf("%s\"%s\": %.2f", i == 0 ? "{" : ", ", cases[i].name,
               cases[i].turns_us[TURNS / 2]);
    }
    puts("}");
    return 0;
}
