/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test_court.h"

static void a_quote_says_which_collateral_it_asks_for(void **state)
{
    static const uint8_t fmspc[6] = { 0x00, 0x90, 0x6e, 0xa1 };
    struct thim_claim claim = { .size = sizeof claim };
    struct thim_error error = { 0 };
    struct court court;

    (void)state;
    court_open(&court, TEE_TDX);
    struct bytes quote = buf_bytes(&court.quote);
    assert_ok(thim_claim_read(quote.at, quote.len, &claim, &error), error);
    assert_int_equal(claim.evidence, THIM_EVIDENCE_TDX);
    assert_int_equal(claim.version, 4);
    assert_int_equal(claim.certification_type, 5);
    assert_int_equal(claim.pck_ca, THIM_PCK_CA_PLATFORM);
    assert_true(claim.has_fmspc);
    assert_memory_equal(claim.fmspc, fmspc, 6);
    assert_memory_equal(claim.qe_id, quote.at + 28, 16);
    assert_int_equal(claim.product, 0);
    assert_int_equal(claim.size, sizeof claim);

    assert_false(thim_claim_read(quote.at, quote.len - 100, &claim, &error));
    assert_int_equal(error.kind, THIM_ERROR_FORMAT);
    assert_int_equal(claim.evidence, THIM_EVIDENCE_NONE); /* and nothing of the former */
    assert_false(claim.has_fmspc);
    court_close(&court);
}

static void a_report_says_whose_certificate_it_asks_for(void **state)
{
    struct thim_claim claim = { .size = sizeof claim };
    struct thim_error error = { 0 };

    (void)state;
    if (test_shared("vectors/amd") == NULL)
        skip();
    struct buf report = test_shared_file("vectors/amd/genoa/tav-v3/report.bin");
    assert_ok(thim_claim_read(report.at, report.len, &claim, &error), error);
    assert_int_equal(claim.evidence, THIM_EVIDENCE_SEV_SNP);
    assert_int_equal(claim.version, 3);
    assert_int_equal(claim.product, THIM_SNP_GENOA);
    assert_int_equal(claim.signed_by, THIM_VEK_VCEK);
    assert_memory_equal(claim.chip_id, report.at + 0x1a0, 64);
    assert_int_equal(claim.reported_tcb, UINT64_C(0x541700000000000a));
    assert_false(thim_claim_read(report.at, report.len - 1, &claim, &error));
    assert_int_equal(error.kind, THIM_ERROR_FORMAT);
    buf_fini(&report);
}

static void a_call_that_is_wrong_is_told_so(void **state)
{
    struct thim_claim claim = { .size = sizeof claim - 1 };
    struct thim_error error = { 0 };

    (void)state;
    assert_false(thim_claim_read("x", 1, &claim, &error));
    assert_int_equal(error.kind, THIM_ERROR_USAGE);
    assert_false(thim_claim_read("x", 1, NULL, &error));
    assert_false(thim_claim_read(NULL, 1, &claim, NULL));
    claim.size = sizeof claim;
    assert_false(thim_claim_read("x", 1, &claim, &error));
    assert_int_equal(error.kind, THIM_ERROR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quote_says_which_collateral_it_asks_for),
        cmocka_unit_test(a_report_says_whose_certificate_it_asks_for),
        cmocka_unit_test(a_call_that_is_wrong_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
