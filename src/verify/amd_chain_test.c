/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/amd_chain.h"

#include <stdio.h>
#include <string.h>

#include "kit/test.h"
#include "kit/text.h"
#include "verify/test_amd.h"

/* An issuer and an ARK, as chains come. */
struct pair {
    struct buf ders[AMD_CHAIN_LEN];
    struct der_chain chain;
};

static struct pair pair_make(const struct test_amd_certificate *issuer,
                             const struct test_amd_certificate *root)
{
    struct pair out = { .ders = { test_amd_make(issuer), test_amd_make(root) },
                        .chain.count = AMD_CHAIN_LEN };

    for (size_t i = 0; i < AMD_CHAIN_LEN; i++)
        out.chain.certificates[i] = buf_bytes(&out.ders[i]);
    return out;
}

static void pair_free(struct pair *pair)
{
    for (size_t i = 0; i < AMD_CHAIN_LEN; i++)
        buf_fini(&pair->ders[i]);
}

static void a_chain_ends_in_a_trusted_ark(void **state)
{
    struct test_amd_certificate issuers[] = { test_amd_ask(), test_asvk() };
    struct test_amd_certificate roots[] = { test_ark(), test_genoa_ark() };
    static const enum snp_product products[] = { SNP_MILAN, SNP_GENOA };
    static const enum vek_kind veks[] = { VEK_VCEK, VEK_VLEK };
    struct trust trust = test_amd_trust();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(issuers); i++) {
        struct pair pair = pair_make(&issuers[i], &roots[i]);
        struct error err = { 0 };
        struct chain chain;
        assert_ok(
            amd_chain_verify(&pair.chain, products[i], veks[i], &trust, &chain, &err),
            err);
        assert_int_equal(chain.count, 2);
        assert_ptr_equal(chain.root, &trust.roots[i]);
        assert_int_equal(chain.valid_from_s, TEST_AMD_FROM_S);
        assert_int_equal(chain.valid_until_s, TEST_AMD_UNTIL_S);
        assert_true(
            bytes_equal_text(chain.certificates[0].subject_cn, issuers[i].common_name));
        pair_free(&pair);
    }
}

/* What is wrong, with the issuer or with the root. */
static void other_cn(struct test_amd_certificate *c)
{
    c->common_name = "SEV-Milam";
}
static void genoas_ask(struct test_amd_certificate *c)
{
    c->common_name = "SEV-Genoa";
}
static void vleks_cn(struct test_amd_certificate *c)
{
    c->common_name = "SEV-VLEK-Milan";
}
static void other_organization(struct test_amd_certificate *c)
{
    c->organization = "Advanced Micro Device";
}
static void other_issuer(struct test_amd_certificate *c)
{
    c->issuer_name = "ARK-Genoa";
}
static void signed_by_another(struct test_amd_certificate *c)
{
    c->signer = TEST_OTHER_KEY;
}
static void signed_by_itself(struct test_amd_certificate *c)
{
    c->signer = TEST_ASK_KEY;
}
static void of_another_key(struct test_amd_certificate *c)
{
    c->key = c->signer = TEST_OTHER_KEY;
}
static void of_a_short_key(struct test_amd_certificate *c)
{
    c->key = TEST_SHORT_KEY;
}
static void of_a_chips_key(struct test_amd_certificate *c)
{
    c->key = TEST_CHIP_KEY;
}
static void no_ca(struct test_amd_certificate *c)
{
    c->is_ca = false;
}
static void no_ca_below(struct test_amd_certificate *c)
{
    c->path_len = 0;
}
static void one_ca_below(struct test_amd_certificate *c)
{
    c->path_len = 1;
}
static void signs_data(struct test_amd_certificate *c)
{
    c->key_usage = X509_DIGITAL_SIGNATURE;
}
static void signs_no_lists(struct test_amd_certificate *c)
{
    c->key_usage = X509_KEY_CERT_SIGN;
}
static void without_usage(struct test_amd_certificate *c)
{
    c->key_usage = 0;
}
static void unknown_critical(struct test_amd_certificate *c)
{
    c->unknown_critical = true;
}
static void new_pss(struct test_amd_certificate *c)
{
    c->old_pss = false;
}

static const struct flaw {
    const char *claim;
    size_t place;
    void (*make)(struct test_amd_certificate *c);
    enum error_kind kind;
    const char *why; /* NULL: none */
} flaws[] = {
    { "parameters as written today", AMD_ISSUER, new_pss, 0, NULL },
    { "another name", AMD_ISSUER, other_cn, ERROR_UNTRUSTED,
      "certificate 1 of the chain (\"SEV-Milam\"): common name is \"SEV-Milam\", "
      "expected "
      "SEV-Milan" },
    { "another product's name", AMD_ISSUER, genoas_ask, ERROR_UNTRUSTED,
      "expected SEV-Milan" },
    { "VLEKs' issuer for VCEKs", AMD_ISSUER, vleks_cn, ERROR_UNTRUSTED,
      "expected SEV-Milan" },
    { "another organization", AMD_ISSUER, other_organization, ERROR_UNTRUSTED,
      "subject has O \"Advanced Micro Device\", expected Advanced Micro Devices" },
    { "another issuer", AMD_ISSUER, other_issuer, ERROR_UNTRUSTED,
      "issuer \"ARK-Genoa\" is not \"ARK-Milan\"" },
    { "by another key", AMD_ISSUER, signed_by_another, ERROR_UNTRUSTED,
      "signature by \"ARK-Milan\": signature does not hold" },
    { "by its own key", AMD_ISSUER, signed_by_itself, ERROR_UNTRUSTED,
      "signature does not hold" },
    { "RSA-2048", AMD_ISSUER, of_a_short_key, ERROR_UNTRUSTED,
      "key is not RSA of 4096 bits" },
    { "P-384", AMD_ISSUER, of_a_chips_key, ERROR_UNTRUSTED,
      "key is not RSA of 4096 bits" },
    { "no CA", AMD_ISSUER, no_ca, ERROR_UNTRUSTED, "basicConstraints says CA:FALSE" },
    { "for data", AMD_ISSUER, signs_data, ERROR_UNTRUSTED, "keyUsage does not fit" },
    { "for nothing", AMD_ISSUER, without_usage, ERROR_UNTRUSTED,
      "keyUsage does not fit" },
    { "something critical", AMD_ISSUER, unknown_critical, ERROR_FORMAT,
      "unknown critical extension with OID content 2a03" },

    { "one CA below it", AMD_ROOT, one_ca_below, 0, NULL },
    { "no CA below it", AMD_ROOT, no_ca_below, ERROR_UNTRUSTED,
      "certificate 2 of the chain (\"ARK-Milan\"): pathLenConstraint 0 allows no CA" },
    { "no lists", AMD_ROOT, signs_no_lists, ERROR_UNTRUSTED, "keyUsage does not fit" },
    { "a root that is no CA", AMD_ROOT, no_ca, ERROR_UNTRUSTED, "CA:FALSE" },
    { "a root of another name", AMD_ROOT, other_cn, ERROR_UNTRUSTED,
      "expected ARK-Milan" },
    { "a root by another", AMD_ROOT, signed_by_another, ERROR_UNTRUSTED,
      "signature by \"ARK-Milan\": signature does not hold" },
    { "a root issued by another", AMD_ROOT, other_issuer, ERROR_UNTRUSTED,
      "issuer \"ARK-Genoa\" is not \"ARK-Milan\"" },
    { "a root nobody knows", AMD_ROOT, of_another_key, ERROR_UNTRUSTED,
      "no trusted root has its key (SPKI SHA-256 " },
    { "a root with something critical", AMD_ROOT, unknown_critical, ERROR_FORMAT,
      "unknown critical extension" },
};

static void a_certificate_one_step_away_is_refused(void **state)
{
    struct trust trust = test_amd_trust();

    (void)state;
    trust.count = 1; /* Milan's alone */
    for (size_t i = 0; i < COUNT_OF(flaws); i++) {
        struct test_amd_certificate specs[] = { test_amd_ask(), test_ark() };
        struct error err = { 0 };
        struct chain chain;
        flaws[i].make(&specs[flaws[i].place]);
        struct pair pair = pair_make(&specs[AMD_ISSUER], &specs[AMD_ROOT]);
        bool ok =
            amd_chain_verify(&pair.chain, SNP_MILAN, VEK_VCEK, &trust, &chain, &err);
        if (ok != (flaws[i].why == NULL))
            fail_msg("%s: %s", flaws[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, flaws[i].kind, flaws[i].why);
        pair_free(&pair);
    }
}

static void a_chain_is_two_certificates_in_order(void **state)
{
    struct test_amd_certificate ask = test_amd_ask(), ark = test_ark();
    struct pair pair = pair_make(&ask, &ark);
    struct trust trust = test_amd_trust();
    const struct bytes a = pair.chain.certificates[0], b = pair.chain.certificates[1];
    const struct {
        struct der_chain chain;
        enum error_kind kind;
        const char *why;
    } cases[] = {
        { { { a }, 0 },
          ERROR_FORMAT,
          "chain has 0 certificates, expected SEV-Milan, ARK-Milan" },
        { { { a }, 1 }, ERROR_FORMAT, "chain has 1 certificates" },
        { { { a, b, b }, 3 }, ERROR_FORMAT, "chain has 3 certificates" },
        { { { b, a }, 2 }, ERROR_UNTRUSTED, "expected ARK-Milan" },
        { { { b, b }, 2 }, ERROR_UNTRUSTED, "expected SEV-Milan" },
        { { { a, bytes_first(b, b.len - 1) }, 2 },
          ERROR_FORMAT,
          "certificate 2 of the chain: certificate:" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct chain chain;
        assert_false(
            amd_chain_verify(&cases[i].chain, SNP_MILAN, VEK_VCEK, &trust, &chain, &err));
        assert_refused(err, cases[i].kind, cases[i].why);
    }
    pair_free(&pair);
}

/* The key of one product's ARK is nobody else's, though it be pinned. */
static void a_pinned_key_vouches_under_its_own_name(void **state)
{
    struct test_amd_certificate ask = test_amd_ask(), ark = test_ark();
    struct pair pair = pair_make(&ask, &ark);
    struct trust trust = test_amd_trust();
    struct error err = { 0 };
    struct chain chain;

    (void)state;
    trust.roots[0].origin = ROOT_PINNED;
    assert_ok(amd_chain_verify(&pair.chain, SNP_MILAN, VEK_VCEK, &trust, &chain, &err),
              err);
    memcpy(trust.roots[0].name, "ARK-Genoa", sizeof "ARK-Genoa");
    assert_false(
        amd_chain_verify(&pair.chain, SNP_MILAN, VEK_VCEK, &trust, &chain, &err));
    assert_refused(err, ERROR_UNTRUSTED, "no trusted root has its key");
    trust_init(&trust);
    assert_false(
        amd_chain_verify(&pair.chain, SNP_MILAN, VEK_VCEK, &trust, &chain, &err));
    assert_refused(err, ERROR_UNTRUSTED, "no trusted root has its key");
    pair_free(&pair);
}

static void a_root_is_added_where_it_is_sound(void **state)
{
    static const struct {
        const char *claim;
        void (*make)(struct test_amd_certificate *c);
        const char *why; /* NULL: added */
    } cases[] = {
        { "an ARK", new_pss, NULL },
        { "another name", other_cn,
          "root certificate: common name is \"SEV-Milam\", which is no product's ARK" },
        { "by another", signed_by_another, "signature does not hold" },
        { "issued by another", other_issuer, "issuer \"ARK-Genoa\" is not" },
        { "no CA", no_ca, "CA:FALSE" },
        { "no CA below it", no_ca_below, "pathLenConstraint 0" },
        { "no lists", signs_no_lists, "keyUsage does not fit" },
        { "a short key", of_a_short_key, "key is not RSA of 4096 bits" },
        { "another organization", other_organization, "subject has O" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_amd_certificate spec = test_ark();
        struct trust trust = { .count = 0 };
        struct error err = { 0 };
        cases[i].make(&spec);
        struct buf der = test_amd_make(&spec);
        bool ok = amd_chain_add_root(buf_bytes(&der), ROOT_EXTRA, &trust, &err);
        if (ok != (cases[i].why == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "added" : err.text);
        assert_int_equal(trust.count, ok);
        if (!ok)
            assert_refused(err, ERROR_UNTRUSTED, cases[i].why);
        else
            assert_true(trust.roots[0].origin == ROOT_EXTRA && !trust.roots[0].has_key
                        && strcmp(trust.roots[0].name, "ARK-Milan") == 0);
        buf_fini(&der);
    }
}

/* ---- AMD's own ------------------------------------------------------------------ */

static const struct {
    const char *path;
    enum snp_product product;
    enum vek_kind vek;
    int64_t until_s;
} real[] = {
    { "vectors/amd/milan/cert_chain_vcek.pem", SNP_MILAN, VEK_VCEK, 2392305785 },
    { "vectors/amd/milan/cert_chain_vlek.pem", SNP_MILAN, VEK_VLEK, 2392305785 },
    { "vectors/amd/genoa/cert_chain_vcek.pem", SNP_GENOA, VEK_VCEK, 2432129677 },
    { "vectors/amd/genoa/cert_chain_vlek.pem", SNP_GENOA, VEK_VLEK, 2432129677 },
    { "vectors/amd/turin/cert_chain_vcek.pem", SNP_TURIN, VEK_VCEK, 2473185792 },
    { "vectors/amd/turin/cert_chain_vlek.pem", SNP_TURIN, VEK_VLEK, 2473185792 },
};

static void amds_own_chains_hold_for_their_own_product_and_kind(void **state)
{
    struct trust trust;

    (void)state;
    if (test_shared("vectors/amd") == NULL)
        skip();
    trust_init(&trust);
    for (size_t i = 0; i < COUNT_OF(real); i++) {
        struct buf pem = test_shared_file(real[i].path);
        struct error err = { 0 };
        struct der_chain ders;
        struct arena arena;
        struct chain chain;
        arena_init(&arena, 1 << 20);
        assert_ok(pem_chain_read(buf_bytes(&pem), &arena, &ders, &err), err);
        for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCTS; product++)
            for (enum vek_kind vek = VEK_VCEK; vek <= VEK_VLEK; vek++)
                assert_int_equal(
                    amd_chain_verify(&ders, product, vek, &trust, &chain, NULL),
                    product == real[i].product && vek == real[i].vek);
        assert_ok(
            amd_chain_verify(&ders, real[i].product, real[i].vek, &trust, &chain, &err),
            err);
        assert_int_equal(chain.root->origin, ROOT_PINNED);
        assert_ok(chain_in_date(&chain, TEST_AMD_NOW_S, 0, &err), err);
        assert_true(chain_in_date(&chain, real[i].until_s, 0, NULL));
        assert_false(chain_in_date(&chain, real[i].until_s + 1, 0, &err));
        assert_refused(err, ERROR_STALE, "ARK-");
        arena_fini(&arena);
        buf_fini(&pem);
    }
}

static void no_bit_of_amds_own_may_differ(void **state)
{
    struct trust trust;

    (void)state;
    if (test_shared("vectors/amd") == NULL)
        skip();
    trust_init(&trust);
    struct buf ask = test_shared_file("vectors/amd/milan/ask-milan.der");
    struct buf ark = test_shared_file("vectors/amd/milan/ark-milan.der");
    struct buf *const both[] = { &ask, &ark };
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        for (size_t at = 0; at < both[i]->len; at += 41) {
            struct der_chain ders = { { buf_bytes(&ask), buf_bytes(&ark) }, 2 };
            struct chain chain;
            both[i]->at[at] ^= 0x01;
            assert_false(
                amd_chain_verify(&ders, SNP_MILAN, VEK_VCEK, &trust, &chain, NULL));
            both[i]->at[at] ^= 0x01;
        }
    }
    buf_fini(&ask);
    buf_fini(&ark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_ends_in_a_trusted_ark),
        cmocka_unit_test(a_certificate_one_step_away_is_refused),
        cmocka_unit_test(a_chain_is_two_certificates_in_order),
        cmocka_unit_test(a_pinned_key_vouches_under_its_own_name),
        cmocka_unit_test(a_root_is_added_where_it_is_sound),
        cmocka_unit_test(amds_own_chains_hold_for_their_own_product_and_kind),
        cmocka_unit_test(no_bit_of_amds_own_may_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
