/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/amd_crl.h"

#include "kit/crypto.h"
#include "kit/test.h"
#include "verify/test_amd.h"

#define NOW_S TEST_AMD_NOW_S

/* The issuer of Milan's VCEKs, or of Genoa's VLEKs. */
static struct verified_amd_issuer *issuer_make(enum snp_product product)
{
    bool milan = product == SNP_MILAN;
    struct test_amd_certificate issuer = milan ? test_amd_ask() : test_asvk();
    struct test_amd_certificate root = milan ? test_ark() : test_genoa_ark();
    struct buf a = test_amd_make(&issuer), b = test_amd_make(&root);
    struct der_chain ders = { { buf_bytes(&a), buf_bytes(&b) }, 2 };
    struct trust trust = test_amd_trust();
    struct verified_amd_issuer *out = NULL;
    struct error err = { 0 };

    assert_ok(verify_amd_issuer(&ders, product, milan ? VEK_VCEK : VEK_VLEK, &trust, &out,
                                &err),
              err);
    buf_fini(&a);
    buf_fini(&b);
    return out;
}

static struct verified_amd_crl *crl_make(const struct test_amd_crl *spec,
                                         const struct verified_amd_issuer *issuer)
{
    struct buf der = test_amd_crl_make(spec);
    struct verified_amd_crl *out = NULL;
    struct error err = { 0 };

    assert_ok(verify_kept_amd_crl(buf_bytes(&der), issuer, &out, &err), err);
    buf_fini(&der);
    return out;
}

static void a_list_is_its_arks_own_and_in_date(void **state)
{
    const int64_t day = TEST_AMD_DAY_S;
    const struct {
        const char *claim, *issuer_name;
        enum test_amd_key signer;
        int64_t now_s, future_s;
        enum error_kind kind;
        const char *why; /* NULL: verified */
    } cases[] = {
        { "the day it is issued", "ARK-Milan", TEST_ARK_KEY, NOW_S, 0, 0, NULL },
        { "the last second", "ARK-Milan", TEST_ARK_KEY, NOW_S + 30 * day, 0, 0, NULL },
        { "a second later", "ARK-Milan", TEST_ARK_KEY, NOW_S + 30 * day + 1, 0,
          ERROR_STALE, "AMD's CRL: nextUpdate was 2026-01-31T00:00:00Z" },
        { "a second early", "ARK-Milan", TEST_ARK_KEY, NOW_S - 1, 0, ERROR_STALE,
          "AMD's CRL: not valid before 2026-01-01T00:00:00Z" },
        { "a second early, by a clock that may be", "ARK-Milan", TEST_ARK_KEY, NOW_S - 1,
          1, 0, NULL },
        { "another product's", "ARK-Genoa", TEST_ARK_KEY, NOW_S, 0, ERROR_UNTRUSTED,
          "CRL of ARK-Milan: CRL's issuer \"ARK-Genoa\" is not \"ARK-Milan\"" },
        { "by the ASK", "ARK-Milan", TEST_ASK_KEY, NOW_S, 0, ERROR_UNTRUSTED,
          "CRL by \"ARK-Milan\": signature does not hold" },
        { "by nobody", "ARK-Milan", TEST_OTHER_KEY, NOW_S, 0, ERROR_UNTRUSTED,
          "signature does not hold" },
    };
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = issuer_make(SNP_MILAN);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        OWNED(amd_crl_release) struct verified_amd_crl *list = NULL;
        struct test_amd_crl spec = test_milan_crl();
        struct error err = { 0 };
        spec.issuer_name = cases[i].issuer_name;
        spec.signer = cases[i].signer;
        struct buf der = test_amd_crl_make(&spec);
        bool ok = verify_amd_crl(buf_bytes(&der), issuer, cases[i].now_s,
                                 cases[i].future_s, &list, &err);
        if (ok != (cases[i].why == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "verified" : err.text);
        assert_int_equal(list != NULL, ok);
        if (!ok)
            assert_refused(err, cases[i].kind, cases[i].why);
        buf_fini(&der);
    }
}

static void an_ark_past_its_time_issues_no_lists(void **state)
{
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = issuer_make(SNP_MILAN);
    OWNED(amd_crl_release) struct verified_amd_crl *list = NULL;
    struct test_amd_crl spec = test_milan_crl();
    struct error err = { 0 };

    (void)state;
    spec.next_update_s = TEST_AMD_UNTIL_S + TEST_AMD_DAY_S;
    struct buf der = test_amd_crl_make(&spec);
    assert_false(
        verify_amd_crl(buf_bytes(&der), issuer, TEST_AMD_UNTIL_S + 1, 0, &list, &err));
    assert_refused(err, ERROR_STALE, "the ARK that issued AMD's CRL");
    buf_fini(&der);
}

static void a_list_keeps_its_own_copies(void **state)
{
    static const uint32_t revoked[] = { 5, 0x10001 };
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = issuer_make(SNP_MILAN);
    OWNED(amd_crl_release) struct verified_amd_crl *list = NULL;
    struct test_amd_crl spec = test_milan_crl();
    struct error err = { 0 };

    (void)state;
    spec.revoked = revoked;
    spec.revoked_count = COUNT_OF(revoked);
    struct buf der = test_amd_crl_make(&spec);
    struct sha256 digest = sha256(buf_bytes(&der));
    assert_ok(verify_kept_amd_crl(buf_bytes(&der), issuer, &list, &err), err);
    memset(der.at, 0, der.len);
    buf_fini(&der);
    const struct amd_crl_facts *facts = amd_crl_facts(list);
    assert_int_equal(facts->product, SNP_MILAN);
    assert_int_equal(facts->issue_date_s, NOW_S);
    assert_int_equal(facts->next_update_s, NOW_S + 30 * TEST_AMD_DAY_S);
    assert_int_equal(facts->crl->serial_count, 2);
    assert_true(crl_lists(facts->crl, LITERAL_BYTES("\x05")));
    assert_memory_equal(facts->digest, digest.digest, 32);
    assert_memory_equal(sha256(facts->der).digest, digest.digest, 32);
    assert_int_equal(facts->root_origin, ROOT_TEST);
    struct verified_amd_crl *held = amd_crl_hold(list);
    amd_crl_release(held);
    amd_crl_release(NULL);
}

static void a_list_speaks_for_what_its_ark_has_signed(void **state)
{
    static const struct {
        uint32_t serial;
        const char *why; /* NULL: not revoked */
    } cases[] = {
        { 0x10001, "certificate 1 of the chain (\"SEV-Milan\"): serial number 010001 is "
                   "on the CRL" },
        { 0x10000, "certificate 2 of the chain (\"ARK-Milan\")" },
        { 0x10002, NULL },
        { 0x10101, NULL }, /* the ASVK's, which is another matter */
        { 0, NULL },       /* VCEKs are not the ARK's */
    };
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = issuer_make(SNP_MILAN);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_amd_crl spec = test_milan_crl();
        struct error err = { 0 };
        spec.revoked = &cases[i].serial;
        spec.revoked_count = 1;
        OWNED(amd_crl_release) struct verified_amd_crl *list = crl_make(&spec, issuer);
        assert_int_equal(amd_issuer_not_revoked(issuer, list, &err),
                         cases[i].why == NULL);
        if (cases[i].why != NULL)
            assert_refused(err, ERROR_REVOKED, cases[i].why);
    }
}

static void another_arks_list_says_nothing(void **state)
{
    OWNED(amd_issuer_release) struct verified_amd_issuer *milan = issuer_make(SNP_MILAN);
    OWNED(amd_issuer_release) struct verified_amd_issuer *genoa = issuer_make(SNP_GENOA);
    struct test_amd_crl spec = test_milan_crl();
    OWNED(amd_crl_release) struct verified_amd_crl *list = crl_make(&spec, milan);
    struct error err = { 0 };

    (void)state;
    spec.issuer_name = "ARK-Genoa";
    spec.signer = TEST_OTHER_KEY;
    OWNED(amd_crl_release) struct verified_amd_crl *other = crl_make(&spec, genoa);
    assert_ok(amd_issuer_not_revoked(milan, list, &err), err);
    assert_false(amd_issuer_not_revoked(genoa, list, &err));
    assert_refused(err, ERROR_UNTRUSTED,
                   "the CRL at hand is of ARK-Milan, not of ARK-Genoa");
    assert_false(amd_crl_may_replace(list, other, &err));
    assert_refused(err, ERROR_FORMAT, "the CRL of one ARK cannot stand for another's");
}

static void an_older_list_replaces_no_newer_one(void **state)
{
    static const struct {
        const char *claim;
        int64_t fresh_s, kept_s;
        uint32_t fresh_number, kept_number;
        const char *why; /* NULL: it may */
    } cases[] = {
        { "the same again", NOW_S, NOW_S, 7, 7, NULL },
        { "a day later", NOW_S + TEST_AMD_DAY_S, NOW_S, 8, 7, NULL },
        { "a second earlier", NOW_S - 1, NOW_S, 8, 7,
          "issued 2025-12-31T23:59:59Z, before the kept one of 2026-01-01" },
        { "a number back", NOW_S, NOW_S, 6, 7,
          "CRL number 06 is below the kept one's 07" },
        { "no number any more", NOW_S, NOW_S, 0, 7, NULL },
        { "a number for the first time", NOW_S, NOW_S, 1, 0, NULL },
        { "never a number, and older", NOW_S - 1, NOW_S, 0, 0, "issued 2025-12-31" },
    };
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = issuer_make(SNP_MILAN);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_amd_crl spec = test_milan_crl();
        struct error err = { 0 };
        spec.this_update_s = cases[i].fresh_s;
        spec.number = cases[i].fresh_number;
        OWNED(amd_crl_release) struct verified_amd_crl *fresh = crl_make(&spec, issuer);
        spec.this_update_s = cases[i].kept_s;
        spec.number = cases[i].kept_number;
        OWNED(amd_crl_release) struct verified_amd_crl *kept = crl_make(&spec, issuer);
        bool may = amd_crl_may_replace(fresh, kept, &err);
        if (may != (cases[i].why == NULL))
            fail_msg("%s: %s", cases[i].claim, may ? "may" : err.text);
        if (!may)
            assert_refused(err, ERROR_STALE, cases[i].why);
    }
}

static void what_is_no_list_is_refused(void **state)
{
    static const uint8_t long_one[CRL_MAX + 1];
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = issuer_make(SNP_MILAN);
    OWNED(amd_crl_release) struct verified_amd_crl *list = NULL;
    struct error err = { 0 };

    (void)state;
    assert_false(verify_kept_amd_crl(bytes_of(NULL, 0), issuer, &list, &err));
    assert_refused(err, ERROR_FORMAT, "CRL of ARK-Milan: CRL: ");
    assert_false(
        verify_kept_amd_crl(bytes_of(long_one, sizeof long_one), issuer, &list, &err));
    assert_refused(err, ERROR_LIMIT, "CRL of 4194305 bytes, at most 4194304");
    assert_null(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_its_arks_own_and_in_date),
        cmocka_unit_test(an_ark_past_its_time_issues_no_lists),
        cmocka_unit_test(a_list_keeps_its_own_copies),
        cmocka_unit_test(a_list_speaks_for_what_its_ark_has_signed),
        cmocka_unit_test(another_arks_list_says_nothing),
        cmocka_unit_test(an_older_list_replaces_no_newer_one),
        cmocka_unit_test(what_is_no_list_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
