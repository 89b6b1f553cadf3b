/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of made-up chips, so that each check can be failed alone, one step beside what
 * passes. What a law may differ in is in report_law_test.c, real reports are in
 * report_vectors_test.c. */
#include "verify/report.h"

#include "verify/test_report_court.h"

static struct verdict verdict; /* large; of the last that was judged */

static void expect(struct court *court, const char *claim, enum verify_check check,
                   const char *part)
{
    expect_verdict(court, &verdict, claim, check, part);
}

/* ---- what is valid ----------------------------------------------------------------- */

static void every_version_is_valid_of_every_product(void **state)
{
    static const struct tcb_version expected[SNP_PRODUCTS] = {
        [SNP_MILAN] = { { 0, 4, 1, 0x18, 0xdb } },
        [SNP_GENOA] = { { 0, 10, 0, 0x17, 0x54 } },
        [SNP_TURIN] = { { 2, 4, 1, 0x18, 0x51 } },
    };

    (void)state;
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCTS; product++)
        for (uint32_t version = 2; version <= 5; version++) {
            struct court court;
            court_open(&court, product);
            report_put(&court.report, 0, version, 4);
            if (version == 2) /* no CPUID: the VEK tells the product */
                report_put(&court.report, 0x188, 0, 3);
            test_report_sign(&court.report, TEST_CHIP_KEY);
            expect(&court, snp_product_facts(product)->name, CHECK_PASSED, NULL);
            const struct report_facts *facts = &verdict.amd;
            assert_int_equal(verdict.evidence, EVIDENCE_SEV_SNP);
            assert_int_equal(facts->product, product);
            assert_int_equal(facts->report.version, version);
            assert_true(facts->has_vek && verdict.revocation_checked);
            assert_int_equal(facts->vek.kind, scenes[product].vek);
            const struct tcb_version *all[] = { &facts->reported, &facts->current,
                                                &facts->committed, &facts->launch };
            for (size_t i = 0; i < COUNT_OF(all); i++)
                assert_true(tcb_version_equal(all[i], &expected[product]));
            assert_int_equal(facts->root_origin, ROOT_TEST);
            assert_memory_equal(facts->root_spki_sha256,
                                amd_issuer_facts(court.issuer)->root_spki_sha256, 32);
            assert_false(verdict.has_status || facts->has_min_tcb);
            assert_int_equal(verdict.evaluation_data_number, 0);
            assert_int_equal(verdict.advisory_count, 0);
            assert_int_equal(verdict.dates[DATED_AMD_CRL].until_s, NOW_S + 30 * DAY_S);
            assert_int_equal(verdict.dates[DATED_VEK_CHAIN].until_s, TEST_AMD_UNTIL_S);
            assert_int_equal(verdict.dates[DATED_VEK].from_s, NOW_S - DAY_S);
            assert_false(verdict.dates[DATED_PCK_CRL].is_known);
            court_close(&court);
        }
}

/* ---- wrong before the chip signed ---------------------------------------------------
 */

#define REPORTED(byte) (AT_REPORTED + (byte))

static void a_report_that_differs_in_one_place_fails_one_check(void **state)
{
    static const struct {
        const char *claim;
        enum snp_product product;
        size_t at;
        uint64_t value;
        size_t len;
        enum verify_check check;
        const char *part;
    } cases[] = {
        { "guest SVN", SNP_MILAN, 0x04, 7, 4, CHECK_PASSED, NULL },
        { "VMPL", SNP_MILAN, 0x30, 3, 4, CHECK_PASSED, NULL },
        { "a guest that can be debugged", SNP_MILAN, 0x08,
          SNP_POLICY_RESERVED_ONE | SNP_POLICY_DEBUG, 8, CHECK_PASSED, NULL },
        { "a policy bit that nobody knows", SNP_MILAN, 0x0f, 0x80, 1, CHECK_PASSED,
          NULL },
        { "bit 17 of the policy", SNP_MILAN, 0x08, SNP_POLICY_SMT, 8,
          CHECK_UNSUPPORTED_REPORT_FORMAT, "without bit 17" },
        { "version 1", SNP_MILAN, 0, 1, 4, CHECK_UNSUPPORTED_REPORT_FORMAT, "version 1" },
        { "version 6", SNP_MILAN, 0, 6, 4, CHECK_UNSUPPORTED_REPORT_FORMAT, "version 6" },
        { "another algorithm", SNP_MILAN, 0x34, 2, 4, CHECK_UNSUPPORTED_REPORT_FORMAT,
          "signature algorithm 2" },
        { "reserved bytes", SNP_TURIN, 0x29f, 1, 1, CHECK_UNSUPPORTED_REPORT_FORMAT,
          "must be zero" },
        { "author key", SNP_MILAN, AT_KEY, 1, 4, CHECK_PASSED, NULL },
        { "chip key masked, yet signed", SNP_MILAN, AT_KEY, 2, 4, CHECK_PASSED, NULL },
        { "a signing key nobody knows", SNP_MILAN, AT_KEY, 2 << 2, 4,
          CHECK_UNSUPPORTED_REPORT_FORMAT, "signing key 2" },
        { "no signing key", SNP_MILAN, AT_KEY, 7 << 2, 4, CHECK_REPORT_UNSIGNED,
          "nobody has signed" },
        { "a VLEK's, by a VCEK", SNP_MILAN, AT_KEY, 1 << 2, 4, CHECK_VEK_MISMATCH,
          "a VCEK was given, and a VLEK has signed" },
        { "a VCEK's, by a VLEK", SNP_GENOA, AT_KEY, 0, 4, CHECK_VEK_MISMATCH,
          "a VLEK was given, and a VCEK has signed" },
        { "another product's CPUID", SNP_MILAN, 0x189, 0x11, 1, CHECK_VEK_MISMATCH,
          "the certificate is of Milan, and the report of Genoa" },
        { "a stepping", SNP_MILAN, 0x18a, 2, 1, CHECK_PASSED, NULL },
        { "a model that nobody knows", SNP_MILAN, 0x189, 0xff, 1, CHECK_PASSED, NULL },
        { "another chip", SNP_MILAN, AT_CHIP_ID, 5, 1, CHECK_VEK_MISMATCH,
          "the VCEK is of chip 0406" },
        { "its last byte", SNP_MILAN, AT_CHIP_ID + 63, 0, 1, CHECK_VEK_MISMATCH,
          "and the report of 0406" },
        { "another Turin", SNP_TURIN, AT_CHIP_ID + 7, 0, 1, CHECK_VEK_MISMATCH,
          "the VCEK is of chip 0406494449444944, and the report of 0406494449444900" },
        { "behind a Turin's id", SNP_TURIN, AT_CHIP_ID + 8, 1, 1, CHECK_VEK_MISMATCH,
          "Turin" },
        { "its last byte", SNP_TURIN, AT_CHIP_ID + 63, 1, 1, CHECK_VEK_MISMATCH,
          "Turin" },
        { "a VLEK's report that names its chip", SNP_GENOA, AT_CHIP_ID + 63, 1, 1,
          CHECK_PASSED, NULL },
        { "boot loader", SNP_MILAN, REPORTED(0), 3, 1, CHECK_VEK_TCB_MISMATCH,
          "the VCEK is for blSPL=4 teeSPL=1 snpSPL=24 ucodeSPL=219, and the report is of "
          "blSPL=3" },
        { "a later one", SNP_MILAN, REPORTED(0), 5, 1, CHECK_VEK_TCB_MISMATCH,
          "blSPL=5" },
        { "TEE", SNP_MILAN, REPORTED(1), 0, 1, CHECK_VEK_TCB_MISMATCH, "teeSPL=0" },
        { "SNP firmware", SNP_MILAN, REPORTED(6), 0x17, 1, CHECK_VEK_TCB_MISMATCH,
          "snpSPL=23" },
        { "microcode", SNP_MILAN, REPORTED(7), 0x5b, 1, CHECK_VEK_TCB_MISMATCH,
          "ucodeSPL=91" },
        { "a byte that Milan has not", SNP_MILAN, REPORTED(3), 1, 1, CHECK_VEK_MISMATCH,
          "TCB_VERSION" },
        { "Turin's FMC", SNP_TURIN, REPORTED(0), 3, 1, CHECK_VEK_TCB_MISMATCH,
          "fmcSPL=3" },
        { "Turin's SNP firmware", SNP_TURIN, REPORTED(3), 0x19, 1, CHECK_VEK_TCB_MISMATCH,
          "snpSPL=25" },
        { "a byte that Turin has not", SNP_TURIN, REPORTED(6), 1, 1, CHECK_VEK_MISMATCH,
          "TCB_VERSION" },
        { "a VLEK's", SNP_GENOA, REPORTED(7), 0x55, 1, CHECK_VEK_TCB_MISMATCH,
          "the VLEK is for" },
        { "current beyond reported", SNP_MILAN, 0x38 + 6, 0x19, 1, CHECK_PASSED, NULL },
        { "committed below reported", SNP_MILAN, 0x1e0 + 6, 0x17, 1, CHECK_PASSED, NULL },
        { "launched before", SNP_TURIN, 0x1f0 + 3, 0, 1, CHECK_PASSED, NULL },
        { "current in bytes that are none", SNP_MILAN, 0x38 + 2, 1, 1, CHECK_VEK_MISMATCH,
          "TCB_VERSION" },
        { "committed likewise", SNP_TURIN, 0x1e0 + 4, 1, 1, CHECK_VEK_MISMATCH,
          "TCB_VERSION" },
        { "launched likewise", SNP_MILAN, 0x1f0 + 5, 1, 1, CHECK_VEK_MISMATCH,
          "TCB_VERSION" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct court court;
        court_open(&court, cases[i].product);
        court.law.has_min_tcb[cases[i].product] = true;
        report_put(&court.report, cases[i].at, cases[i].value, cases[i].len);
        test_report_sign(&court.report, TEST_CHIP_KEY);
        expect(&court, cases[i].claim, cases[i].check, cases[i].part);
        assert_int_equal(verdict.has_status, verdict.valid);
        court_close(&court);
    }
}

/* A chip of another product has another VCEK, with the same bytes or not. */
static void a_report_without_cpuid_is_read_as_its_veks_product(void **state)
{
    struct court court;

    (void)state;
    court_open(&court, SNP_TURIN);
    court.report = test_report_milan();
    report_put(&court.report, 0, 2, 4);
    report_put(&court.report, 0x188, 0, 3);
    test_report_sign(&court.report, TEST_CHIP_KEY);
    expect(&court, "Milan's by Turin's", CHECK_VEK_MISMATCH, "Turin");
    court_close(&court);
}

static void a_masked_chip_id_leaves_the_signature_to_say_whose(void **state)
{
    (void)state;
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCTS; product++) {
        struct court court;
        court_open(&court, product);
        memset(court.report.at + AT_CHIP_ID, 0, CHIP_ID_LEN);
        test_report_sign(&court.report, TEST_CHIP_KEY);
        expect(&court, "masked", CHECK_PASSED, NULL);
        test_report_sign(&court.report, TEST_OTHER_CHIP_KEY);
        expect(&court, "masked, another's", CHECK_INVALID_REPORT_SIGNATURE, NULL);
        court_close(&court);
    }
}

/* ---- the signature ----------------------------------------------------------------- */

static void the_chip_has_signed_every_byte(void **state)
{
    static const struct {
        const char *claim;
        size_t at;
        enum verify_check check;
    } cases[] = {
        { "guest SVN", 0x04, CHECK_INVALID_REPORT_SIGNATURE },
        { "report data", 0x50, CHECK_INVALID_REPORT_SIGNATURE },
        { "measurement", 0xbf, CHECK_INVALID_REPORT_SIGNATURE },
        { "launch TCB", 0x1f0, CHECK_INVALID_REPORT_SIGNATURE },
        { "r, its least byte", AT_R, CHECK_INVALID_REPORT_SIGNATURE },
        { "r, its greatest", AT_R + 47, CHECK_INVALID_REPORT_SIGNATURE },
        { "above r", AT_R + 48, CHECK_UNSUPPORTED_REPORT_FORMAT },
        { "s, its greatest byte", AT_R + 72 + 47, CHECK_INVALID_REPORT_SIGNATURE },
        { "above s", AT_R + 72 + 71, CHECK_UNSUPPORTED_REPORT_FORMAT },
        { "behind both", SNP_REPORT_LEN - 1, CHECK_UNSUPPORTED_REPORT_FORMAT },
    };
    struct court court;

    (void)state;
    court_open(&court, SNP_MILAN);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        court.report.at[cases[i].at] ^= 1;
        expect(&court, cases[i].claim, cases[i].check, NULL);
        assert_false(verdict.has_status);
        court.report.at[cases[i].at] ^= 1;
        expect(&court, cases[i].claim, CHECK_PASSED, NULL);
    }
    test_report_sign(&court.report, TEST_OTHER_CHIP_KEY);
    expect(&court, "another chip", CHECK_INVALID_REPORT_SIGNATURE, "report, by the VCEK");
    court_close(&court);
}

static void zeros_are_no_signature(void **state)
{
    struct court court;

    (void)state;
    court_open(&court, SNP_MILAN);
    memset(court.report.at + AT_R, 0, SNP_REPORT_LEN - AT_R);
    expect(&court, "zeros", CHECK_INVALID_REPORT_SIGNATURE, NULL);
    report_put(&court.report, AT_KEY, 2, 4);
    expect(&court, "zeros, since its chip's key is masked", CHECK_REPORT_UNSIGNED, NULL);
    court.report.at[AT_R] = 1; /* r 1, s 0 */
    expect(&court, "not quite", CHECK_INVALID_REPORT_SIGNATURE, NULL);
    memset(court.report.at + AT_R, 0xff, 48);
    memset(court.report.at + AT_R + 72, 0xff, 48);
    expect(&court, "beyond the order", CHECK_INVALID_REPORT_SIGNATURE, NULL);
    court_close(&court);
}

static void another_length_is_no_report(void **state)
{
    uint8_t longer[SNP_REPORT_LEN + 1] = { 0 };
    struct court court;

    (void)state;
    court_open(&court, SNP_MILAN);
    memcpy(longer, court.report.at, SNP_REPORT_LEN);
    for (size_t len = 0; len <= sizeof longer; len++)
        assert_int_equal(report_verify(bytes_of(longer, len), &court.law, NULL, &verdict),
                         len == SNP_REPORT_LEN);
    assert_int_equal(verdict.failure, CHECK_UNSUPPORTED_REPORT_FORMAT);
    court_close(&court);
}

/* ---- who vouches for the key ------------------------------------------------------- */

static void a_key_nobody_vouches_for_signs_nothing(void **state)
{
    struct court court;

    (void)state;
    court_open(&court, SNP_MILAN);
    court.trust.count = 0;
    expect(&court, "nobody is trusted", CHECK_VEK_CHAIN_UNTRUSTED, "is not trusted here");
    assert_false(verdict.amd.has_vek);
    court.trust = test_amd_trust();
    assert_true(trust_remove(&court.trust, court.trust.roots[0].spki_sha256));
    expect(&court, "Genoa's alone", CHECK_VEK_CHAIN_UNTRUSTED, NULL);
    court.trust = test_amd_trust();
    assert_true(trust_remove(&court.trust, court.trust.roots[1].spki_sha256));
    expect(&court, "Milan's alone", CHECK_PASSED, NULL);
    court_close(&court);
}

static void a_key_that_is_not_there_or_no_good_is_named(void **state)
{
    static const struct {
        enum verify_check of_vek;
        enum error_kind kind;
        enum verify_check check;
        const char *part;
    } cases[] = {
        { CHECK_PASSED, ERROR_NOT_FOUND, CHECK_VEK_MISSING,
          "the VCEK or VLEK that has signed it is not at hand" },
        { CHECK_VEK_INVALID, ERROR_FORMAT, CHECK_VEK_INVALID, "it is no good" },
        { CHECK_VEK_CHAIN_UNTRUSTED, ERROR_UNTRUSTED, CHECK_VEK_CHAIN_UNTRUSTED,
          "it is no good" },
        { CHECK_VEK_INVALID, ERROR_SYSTEM, CHECK_SYSTEM, "it is no good" },
    };
    struct court court;

    (void)state;
    court_open(&court, SNP_MILAN);
    vcek_release(court.vek);
    court.vek = NULL;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        court.of_vek = cases[i].of_vek;
        court.kind = cases[i].kind;
        expect(&court, "no VEK", cases[i].check, cases[i].part);
        assert_false(verdict.amd.has_vek || verdict.revocation_checked);
        assert_int_equal(verdict.amd.product, SNP_MILAN); /* the report says */
    }
    court_close(&court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_valid_of_every_product),
        cmocka_unit_test(a_report_that_differs_in_one_place_fails_one_check),
        cmocka_unit_test(a_report_without_cpuid_is_read_as_its_veks_product),
        cmocka_unit_test(a_masked_chip_id_leaves_the_signature_to_say_whose),
        cmocka_unit_test(the_chip_has_signed_every_byte),
        cmocka_unit_test(zeros_are_no_signature),
        cmocka_unit_test(another_length_is_no_report),
        cmocka_unit_test(a_key_nobody_vouches_for_signs_nothing),
        cmocka_unit_test(a_key_that_is_not_there_or_no_good_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
