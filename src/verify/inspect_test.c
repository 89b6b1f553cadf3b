/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/inspect.h"

#include <stdio.h>

#include "format/test_vectors.h"
#include "kit/test.h"
#include "kit/text.h"
#include "verify/chain.h"
#include "verify/test_intel.h"
#include "verify/test_pki.h"

#define ISSUED_S (TEST_WORLD_FROM_S + 100 * TEST_DAY_S)
#define DUE_S (ISSUED_S + 30 * TEST_DAY_S)
#define T_2020 INT64_C(1577836800)

static const uint8_t fmspc[6] = { 0x30, 0x60, 0x6a, 0, 0, 0 };

/* A world whose root's key is known, and room for one inspection. */
struct bench {
    struct test_world *world;
    struct trust trust;
    struct arena arena;
    struct inspection found;
    struct error err;
};

static void bench_begin(struct bench *b)
{
    *b = (struct bench){ .world = test_world_make(NULL) };
    arena_init(&b->arena, INSPECT_ARENA_MAX);
    assert_ok(chain_add_root(test_world_certificate(b->world, TEST_ROOT), ROOT_TEST,
                             &b->trust, &b->err),
              b->err);
}

static void bench_end(struct bench *b)
{
    arena_fini(&b->arena);
    test_world_free(b->world);
}

static void look(struct bench *b, struct bytes file, struct bytes chain, int64_t now_s)
{
    assert_ok(inspect(file, chain, &b->trust, now_s, &b->arena, &b->found, &b->err),
              b->err);
}

static void trusted(struct bench *b, struct bytes file, struct bytes chain)
{
    look(b, file, chain, ISSUED_S);
    if (!b->found.trusted)
        fail_msg("not trusted: %s", b->found.why.text);
    assert_int_equal(b->found.why.kind, ERROR_NONE);
    assert_int_equal(b->found.root->origin, ROOT_TEST);
}

static void untrusted(struct bench *b, struct bytes file, struct bytes chain,
                      int64_t now_s, enum error_kind kind, const char *part)
{
    look(b, file, chain, now_s);
    if (b->found.trusted)
        fail_msg("trusted, expected %s", part);
    assert_refused(b->found.why, kind, part);
    assert_null(b->found.root);
}

static struct bytes nothing(void)
{
    return bytes_of(NULL, 0);
}

/* Certificates as PEM, in the order of the letters: r root, s signer, p platform CA, c
 * processor CA, l PCK certificate. */
static struct bytes pem_of(struct bench *b, const char *letters)
{
    static const char names[TEST_SIGNERS + 1] = "rscpl";
    struct der_chain chain = { .count = 0 };
    struct buf out;

    for (; *letters != 0; letters++)
        chain.certificates[chain.count++] = test_world_certificate(
            b->world, (enum test_signer)(strchr(names, *letters) - names));
    buf_init(&out, 1 << 20);
    pem_chain_write(&out, &chain);
    struct bytes kept = arena_copy(&b->arena, buf_bytes(&out));
    buf_fini(&out);
    return kept;
}

static struct bytes body_of(struct bench *b, struct collateral_key key)
{
    struct buf body = test_world_body(b->world, &key, ISSUED_S, DUE_S);
    struct bytes kept = arena_copy(&b->arena, buf_bytes(&body));

    buf_fini(&body);
    return kept;
}

/* In other writings. */

enum writing { AS_DER, AS_PEM, AS_HEX, AS_LOOSE_HEX, AS_PERCENT, WRITINGS };

static struct bytes written(struct bench *b, struct bytes der, const char *label,
                            enum writing writing)
{
    struct buf out, pem;

    buf_init(&out, 1 << 20);
    buf_init(&pem, 1 << 20);
    pem_write(&pem, label, der);
    if (writing == AS_DER)
        buf_add(&out, der);
    else if (writing == AS_PEM)
        buf_add(&out, buf_bytes(&pem));
    else if (writing == AS_PERCENT)
        percent_add(&out, buf_bytes(&pem));
    else
        hex_add(&out, der);
    if (writing == AS_LOOSE_HEX) {
        for (size_t i = 0; i < out.len; i++)
            if (out.at[i] >= 'a')
                out.at[i] = (uint8_t)(out.at[i] - 32);
        out.at[out.len - 1] = '\n'; /* and the last digit goes to the next line */
        buf_addf(&out, " %x\r\n", der.at[der.len - 1] & 15U);
    }
    struct bytes kept = arena_copy(&b->arena, buf_bytes(&out));
    buf_fini(&pem);
    buf_fini(&out);
    return kept;
}

static void each_writing_of_each_kind_is_read(void **state)
{
    static const char *const encodings[] = { "DER", "PEM", "hex", "hex", "PEM" };
    struct bench b;

    (void)state;
    bench_begin(&b);
    struct bytes root = test_world_certificate(b.world, TEST_ROOT);
    struct bytes crl = body_of(&b, key_root_crl());
    for (enum writing w = AS_DER; w < WRITINGS; w++) {
        trusted(&b, written(&b, root, "CERTIFICATE", w), nothing());
        assert_int_equal(b.found.kind, INSPECTED_CERTIFICATE);
        assert_string_equal(b.found.encoding, encodings[w]);
        assert_int_equal(b.found.certificate_count, 1);
        assert_true(bytes_equal(b.found.certificates[0].der, root));
        assert_true(bytes_equal_text(b.found.signer_cn, "Intel SGX Root CA"));
        if (w == AS_PERCENT)
            continue; /* no header carries a CRL */
        trusted(&b, written(&b, crl, "X509 CRL", w), nothing());
        assert_int_equal(b.found.kind, INSPECTED_CRL);
        assert_string_equal(b.found.encoding, encodings[w]);
        assert_true(bytes_equal(b.found.crl.der, crl));
        assert_true(bytes_equal_text(b.found.signer_cn, "Intel SGX Root CA"));
    }
    bench_end(&b);
}

static void documents_show_their_fields_and_signer(void **state)
{
    struct bench b;

    (void)state;
    bench_begin(&b);
    struct bytes chain = pem_of(&b, "sr");
    trusted(&b, body_of(&b, key_tcb_info(TEE_TDX, 3, fmspc, 18)), chain);
    assert_int_equal(b.found.kind, INSPECTED_TCB_INFO);
    assert_string_equal(b.found.encoding, "JSON");
    assert_int_equal(b.found.tcb_info.evaluation_data_number, 18);
    assert_memory_equal(b.found.tcb_info.fmspc, fmspc, 6);
    assert_int_equal(b.found.tcb_info.level_count, 2);
    assert_true(bytes_equal_text(b.found.signer_cn, "Intel SGX TCB Signing"));
    trusted(&b, body_of(&b, key_identity(ENCLAVE_QVE, 17)), chain);
    assert_int_equal(b.found.kind, INSPECTED_ENCLAVE_IDENTITY);
    assert_int_equal(b.found.identity.id, ENCLAVE_QVE);
    trusted(&b, body_of(&b, key_evaluation_numbers(TEE_SGX)), chain);
    assert_int_equal(b.found.kind, INSPECTED_EVALUATION_NUMBERS);
    assert_int_equal(b.found.numbers.numbers[0].number, 20);
    bench_end(&b);
}

/* file and chain in letters of pem_of; t, i, e: TCB info, identity, list; R, P, C: CRLs
 * by the root and the two CAs. */
static const struct combination {
    const char *file, *chain;
    enum inspected_kind kind;
    const char *why; /* NULL: trusted */
} combinations[] = {
    { "r", "", INSPECTED_CERTIFICATE, NULL },
    { "s", "", INSPECTED_CERTIFICATE, NULL }, /* the root's key is known */
    { "s", "r", INSPECTED_CERTIFICATE, NULL },
    { "s", "sr", INSPECTED_CERTIFICATE, NULL }, /* the chain that it came with */
    { "p", "", INSPECTED_CERTIFICATE, NULL },
    { "c", "r", INSPECTED_CERTIFICATE, NULL },
    { "l", "", INSPECTED_CERTIFICATE,
      "the certificate of the issuer \"Intel SGX PCK Platform CA\" is not given" },
    { "l", "c", INSPECTED_CERTIFICATE,
      "issuer \"Intel SGX PCK Platform CA\" is not given" },
    { "l", "p", INSPECTED_CERTIFICATE, NULL },
    { "l", "pr", INSPECTED_CERTIFICATE, NULL },
    { "l", "rp", INSPECTED_CERTIFICATE, NULL },
    { "sr", "", INSPECTED_CHAIN, NULL },
    { "rs", "", INSPECTED_CHAIN, NULL }, /* any order */
    { "lpr", "", INSPECTED_CHAIN, NULL },
    { "rlp", "", INSPECTED_CHAIN, NULL },
    { "lp", "", INSPECTED_CHAIN, NULL },
    { "pl", "r", INSPECTED_CHAIN, NULL },
    { "lr", "", INSPECTED_CHAIN, "chain has 2 certificates, expected 3" },
    { "ssr", "", INSPECTED_CHAIN, "chain has 3 certificates, expected 2" },
    { "lcr", "", INSPECTED_CHAIN, "is not the next one's subject" },
    { "spr", "", INSPECTED_CHAIN, "chain has 3 certificates, expected 2" },
    { "t", "sr", INSPECTED_TCB_INFO, NULL },
    { "t", "rs", INSPECTED_TCB_INFO, NULL },
    { "t", "s", INSPECTED_TCB_INFO, NULL },
    { "t", "", INSPECTED_TCB_INFO, "the issuer chain is not given" },
    { "t", "r", INSPECTED_TCB_INFO, "the issuer chain has no TCB signing certificate" },
    { "t", "pr", INSPECTED_TCB_INFO, "the issuer chain has no TCB signing certificate" },
    { "i", "sr", INSPECTED_ENCLAVE_IDENTITY, NULL },
    { "e", "sr", INSPECTED_EVALUATION_NUMBERS, NULL },
    { "R", "", INSPECTED_CRL, NULL },
    { "R", "r", INSPECTED_CRL, NULL },
    { "R", "sr", INSPECTED_CRL, NULL },
    { "P", "", INSPECTED_CRL,
      "the certificate of the issuer \"Intel SGX PCK Platform CA\" is not given" },
    { "P", "cr", INSPECTED_CRL, "\"Intel SGX PCK Platform CA\" is not given" },
    { "P", "p", INSPECTED_CRL, NULL },
    { "P", "pr", INSPECTED_CRL, NULL },
    { "P", "lpr", INSPECTED_CRL, NULL },
    { "C", "cr", INSPECTED_CRL, NULL },
};

static struct bytes file_of(struct bench *b, const char *letters)
{
    switch (letters[0]) {
    case 't':
        return body_of(b, key_tcb_info(TEE_SGX, 3, fmspc, 17));
    case 'i':
        return body_of(b, key_identity(ENCLAVE_TD_QE, 17));
    case 'e':
        return body_of(b, key_evaluation_numbers(TEE_TDX));
    case 'R':
        return body_of(b, key_root_crl());
    case 'P':
        return body_of(b, key_pck_crl(PCK_CA_PLATFORM));
    case 'C':
        return body_of(b, key_pck_crl(PCK_CA_PROCESSOR));
    default:
        return pem_of(b, letters);
    }
}

static void whoever_is_vouched_for_by_what_is_at_hand_is_trusted(void **state)
{
    struct bench b;

    (void)state;
    bench_begin(&b);
    for (size_t i = 0; i < COUNT_OF(combinations); i++) {
        const struct combination *c = &combinations[i];
        struct bytes chain = c->chain[0] == 0 ? nothing() : pem_of(&b, c->chain);
        look(&b, file_of(&b, c->file), chain, ISSUED_S);
        if (b.found.trusted != (c->why == NULL) || b.found.kind != c->kind)
            fail_msg("%s with %s: %s: %s", c->file, c->chain,
                     inspected_kind_name(b.found.kind), b.found.why.text);
        if (c->why != NULL && strstr(b.found.why.text, c->why) == NULL)
            fail_msg("%s with %s: %s", c->file, c->chain, b.found.why.text);
        assert_int_equal(b.found.has_pck, c->file[strcspn(c->file, "l")] == 'l');
    }
    bench_end(&b);
}

static void a_key_that_is_not_known_vouches_only_in_person(void **state)
{
    struct bench b;

    (void)state;
    bench_begin(&b);
    b.trust = test_world_trust(b.world);
    trusted(&b, file_of(&b, "t"), pem_of(&b, "sr"));
    trusted(&b, file_of(&b, "R"), pem_of(&b, "r"));
    untrusted(&b, file_of(&b, "t"), pem_of(&b, "s"), ISSUED_S, ERROR_UNTRUSTED,
              "the certificate of its issuer \"Intel SGX Root CA\" is not given");
    untrusted(&b, file_of(&b, "s"), nothing(), ISSUED_S, ERROR_UNTRUSTED, "is not given");
    untrusted(&b, file_of(&b, "R"), nothing(), ISSUED_S, ERROR_UNTRUSTED, "is not given");
    trust_init(&b.trust);
    untrusted(&b, file_of(&b, "t"), pem_of(&b, "sr"), ISSUED_S, ERROR_UNTRUSTED,
              "no trusted root has its key");
    assert_int_equal(b.found.tcb_info.evaluation_data_number, 17);
    bench_end(&b);
}

static void own_dates_count_to_the_second(void **state)
{
    static const struct {
        const char *file, *chain;
        int64_t from_s, until_s;
        const char *before, *after;
    } cases[] = {
        { "t", "sr", ISSUED_S, DUE_S, "TCB info: not valid before 2020-04-10T00:00:00Z",
          "TCB info: nextUpdate was 2020-05-10T00:00:00Z" },
        { "i", "sr", ISSUED_S, DUE_S, "enclave identity: not", "enclave identity: next" },
        { "e", "sr", ISSUED_S, DUE_S, "list of evaluation numbers: not", "nextUpdate" },
        { "R", "r", ISSUED_S, DUE_S, "CRL: not valid before", "CRL: nextUpdate was" },
        { "P", "p", ISSUED_S, DUE_S, "CRL: not valid before", "CRL: nextUpdate was" },
        { "s", "", TEST_WORLD_FROM_S, TEST_WORLD_UNTIL_S,
          "(\"Intel SGX TCB Signing\"): notBefore is 2020-01-01", "notAfter was 2040" },
        { "lpr", "", TEST_WORLD_FROM_S, TEST_WORLD_UNTIL_S, "notBefore is 2020-01-01",
          "notAfter was 2040-01-01" },
    };
    struct bench b;

    (void)state;
    bench_begin(&b);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bytes file = file_of(&b, cases[i].file);
        struct bytes chain =
            cases[i].chain[0] == 0 ? nothing() : pem_of(&b, cases[i].chain);
        look(&b, file, chain, cases[i].from_s);
        assert_true(b.found.trusted);
        look(&b, file, chain, cases[i].until_s);
        assert_true(b.found.trusted);
        untrusted(&b, file, chain, cases[i].from_s - 1, ERROR_STALE, cases[i].before);
        untrusted(&b, file, chain, cases[i].until_s + 1, ERROR_STALE, cases[i].after);
    }
    bench_end(&b);
}

static void a_signature_that_does_not_hold_is_told_with_the_fields(void **state)
{
    struct bench b;

    (void)state;
    bench_begin(&b);
    struct bytes body = file_of(&b, "t");
    uint8_t *at = (uint8_t *)(uintptr_t)body.at + bytes_find(body, bytes_of_text("17,"));
    *at = '2';
    untrusted(&b, body, pem_of(&b, "sr"), ISSUED_S, ERROR_UNTRUSTED,
              "signature by \"Intel SGX TCB Signing\" over \"tcbInfo\"");
    assert_int_equal(b.found.tcb_info.evaluation_data_number, 27);
    struct bytes crl = file_of(&b, "R");
    at = (uint8_t *)(uintptr_t)crl.at + crl.len - 1;
    *at ^= 1;
    untrusted(&b, crl, pem_of(&b, "r"), ISSUED_S, ERROR_UNTRUSTED, "does not hold");
    bench_end(&b);
}

static void an_issuer_chain_that_is_none_is_said(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        { "no chain", "issuer chain: neither PEM, DER, hex of DER nor a JSON object" },
        { "{}", "issuer chain: it holds no certificates" },
        { "3000", "issuer chain: it holds no certificates" },
        { " ", "issuer chain: there is nothing in it" },
        { "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
          "issuer chain: certificate 1 of 1" },
    };
    struct bench b;

    (void)state;
    bench_begin(&b);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        look(&b, file_of(&b, "r"), bytes_of_text(cases[i].text), ISSUED_S);
        assert_false(b.found.trusted);
        if (strstr(b.found.why.text, cases[i].part) == NULL)
            fail_msg("%s: %s", cases[i].text, b.found.why.text);
    }
    bench_end(&b);
}

static void what_is_none_of_the_kinds_is_refused(void **state)
{
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        { "hello", "it begins with \"hello\"" },
        { "{}", "" },
        { "{\"tcbInfo\":{}}", "\"signature\"" },
        { "{\"tcbInfo\":{},\"signature\":\"00\"}", "signature" },
        { "30820000", "CRL" },
        { "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n", "CRL" },
    };
    struct bench b;

    (void)state;
    bench_begin(&b);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (inspect(bytes_of_text(cases[i].text), nothing(), &b.trust, ISSUED_S, &b.arena,
                    &b.found, &b.err))
            fail_msg("\"%s\" is %s", cases[i].text, inspected_kind_name(b.found.kind));
        assert_refused(b.err, ERROR_FORMAT, cases[i].part);
    }
    bench_end(&b);
}

/* Recognised by its envelope, signed even, but not readable. */
static void a_document_without_its_fields_is_refused(void **state)
{
    struct bench b;

    (void)state;
    bench_begin(&b);
    struct buf body =
        test_world_sign(b.world, SIGNED_TCB_INFO, bytes_of_text("{\"id\":\"SGX\"}"));
    assert_false(inspect(buf_bytes(&body), pem_of(&b, "sr"), &b.trust, ISSUED_S, &b.arena,
                         &b.found, &b.err));
    assert_refused(b.err, ERROR_FORMAT, "TCB info: ");
    buf_fini(&body);
    bench_end(&b);
}

/* Real files, under the pinned roots, without any chain where Intel's root is next. */

static void look_at_vector(const char *path, struct bytes content, void *context)
{
    struct bench *b = context;
    struct error err = { 0 };
    struct x509_certificate first;
    struct crl crl;
    int64_t now_s;

    if (x509_parse(content, &first, &err)) {
        now_s = first.not_before_s;
    } else {
        assert_ok(crl_parse(content, &b->arena, &crl, &err), err);
        now_s = crl.this_update_s;
    }
    look(b, content, nothing(), now_s);
    if (!b->found.trusted)
        fail_msg("%s: %s", path, b->found.why.text);
    assert_string_equal(b->found.root->name, "Intel SGX Root CA");
    look(b, content, nothing(), now_s - 1);
    assert_false(b->found.trusted);
}

static void intels_certificates_and_root_crls_need_no_chain(void **state)
{
    struct bench b;

    (void)state;
    bench_begin(&b);
    trust_init(&b.trust);
    assert_true(each_vector("vectors/intel/certs", ".der", look_at_vector, &b) > 0);
    assert_true(each_vector("vectors/intel/crl/root", ".der", look_at_vector, &b) > 0);
    bench_end(&b);
}

struct chained {
    struct bench *b;
    struct bytes chain;
    size_t trusted;
};

static void look_at_pck(const char *path, struct bytes content, void *context)
{
    struct chained *c = context;
    struct x509_certificate leaf;
    struct error err = { 0 };

    assert_ok(x509_parse(content, &leaf, &err), err);
    look(c->b, content, c->chain, leaf.not_before_s);
    if (!c->b->found.trusted)
        fail_msg("%s: %s", path, c->b->found.why.text);
    assert_true(c->b->found.has_pck);
    c->trusted++;
}

static void real_pck_certificates_need_their_ca(void **state)
{
    static const struct {
        const char *folder, *ca;
    } cases[] = {
        { "vectors/intel/pck/platform", "intel/certs/intel-sgx-pck-platform-ca.der" },
        { "vectors/intel/pck/processor", "intel/certs/intel-sgx-pck-processor-ca.der" },
    };
    struct bench b;

    (void)state;
    bench_begin(&b);
    trust_init(&b.trust);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (test_shared("vectors") == NULL)
            skip();
        struct chained c = { .b = &b, .chain = intel_file(cases[i].ca, &b.arena) };
        each_vector(cases[i].folder, ".der", look_at_pck, &c);
        assert_true(c.trusted > 0);
    }
    bench_end(&b);
}

/* Intel's negative cases again, the chain as the file has it: root first. What only a CRL
 * tells is not told here. */
static void look_at_qvl_chain(const char *path, struct bytes content, void *context)
{
    struct bench *b = context;
    bool good = strstr(path, "Positive") != NULL || strstr(path, "Revoked_") != NULL
                || strstr(path, "TrustedRootCrl") != NULL;
    struct der_chain root;
    char below[512];

    snprintf(below, sizeof below, "%.*s/%s", (int)(strrchr(path, '/') - path), path,
             strstr(path, "VerifyTCBInfo") != NULL ? "root.pem"
                                                   : "IntelSGXRootCACertificate.pem");
    struct bytes root_text = intel_file(strstr(below, "intel/negative"), &b->arena);
    b->trust = (struct trust){ .count = 0 };
    if (!pem_chain_read(root_text, &b->arena, &root, &b->err)
        || !chain_add_root(root.certificates[0], ROOT_TEST, &b->trust, &b->err)) {
        assert_false(good);
        return;
    }
    if (!inspect(content, nothing(), &b->trust, T_2020, &b->arena, &b->found, &b->err))
        b->found.trusted = false;
    if (b->found.trusted != good)
        fail_msg("%s: %s", path, b->found.why.text);
}

static void intels_own_cases_are_told_by_their_chains(void **state)
{
    struct bench b;

    (void)state;
    bench_begin(&b);
    assert_int_equal(each_vector("vectors/intel/negative/qvl-integration",
                                 "/IntelSGXCertificateChain.pem", look_at_qvl_chain, &b),
                     26);
    assert_int_equal(each_vector("vectors/intel/negative/qvl-integration", "/tcb.pem",
                                 look_at_qvl_chain, &b),
                     17);
    bench_end(&b);
}

/* Another root than the pinned one may be given, and then it vouches. */
static void look_at_preproduction(const char *path, struct bytes content, void *context)
{
    struct chained *c = context;

    look(c->b, content, c->chain, 0);
    assert_refused(c->b->found.why, ERROR_STALE, "not valid before");
    look(c->b, content, c->chain,
         c->b->found.kind == INSPECTED_TCB_INFO ? c->b->found.tcb_info.issue_date_s
                                                : c->b->found.identity.issue_date_s);
    if (!c->b->found.trusted)
        fail_msg("%s: %s", path, c->b->found.why.text);
    assert_int_equal(c->b->found.root->origin, ROOT_EXTRA);
    c->trusted++;
}

static void preproduction_is_trusted_under_its_own_root_only(void **state)
{
    struct bench b;

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    bench_begin(&b);
    struct chained c = {
        .b = &b,
        .chain = intel_file("intel/preproduction/certs/preproduction-tcb-signing.der",
                            &b.arena),
    };
    struct bytes root =
        intel_file("intel/preproduction/certs/preproduction-root-ca.der", &b.arena);
    trust_init(&b.trust);
    untrusted(&b, root, nothing(), T_2020, ERROR_UNTRUSTED,
              "no trusted root has its key");
    assert_ok(chain_add_root(root, ROOT_EXTRA, &b.trust, &b.err), b.err);
    each_vector("vectors/intel/preproduction", ".json", look_at_preproduction, &c);
    assert_true(c.trusted > 0);
    bench_end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_writing_of_each_kind_is_read),
        cmocka_unit_test(documents_show_their_fields_and_signer),
        cmocka_unit_test(whoever_is_vouched_for_by_what_is_at_hand_is_trusted),
        cmocka_unit_test(a_key_that_is_not_known_vouches_only_in_person),
        cmocka_unit_test(own_dates_count_to_the_second),
        cmocka_unit_test(a_signature_that_does_not_hold_is_told_with_the_fields),
        cmocka_unit_test(an_issuer_chain_that_is_none_is_said),
        cmocka_unit_test(what_is_none_of_the_kinds_is_refused),
        cmocka_unit_test(a_document_without_its_fields_is_refused),
        cmocka_unit_test(intels_certificates_and_root_crls_need_no_chain),
        cmocka_unit_test(real_pck_certificates_need_their_ca),
        cmocka_unit_test(intels_own_cases_are_told_by_their_chains),
        cmocka_unit_test(preproduction_is_trusted_under_its_own_root_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
