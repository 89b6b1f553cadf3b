/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"
#include "lib/parts.h"
#include "verify/test_reports.h"

enum { VEK, CHAIN, CRL, TEXTS };

struct chips { /* Milan's */
    struct thim_trust *trust;
    struct buf texts[TEXTS], report;
    struct thim_amd_collateral *collateral;
    struct thim_verifier *verifier;
    struct thim_verdict *verdict;
};

static void put_pem(struct buf *out, const struct test_amd_certificate *spec)
{
    struct buf der = test_amd_make(spec);

    pem_write(out, "CERTIFICATE", buf_bytes(&der));
    buf_fini(&der);
}

static void trust_ark(struct thim_trust *trust)
{
    struct test_amd_certificate ark = test_ark();
    struct buf der = test_amd_make(&ark);

    assert_true(thim_trust_add(trust, THIM_ROOT_TEST, der.at, der.len, NULL));
    buf_fini(&der);
}

static void bring(struct chips *chips)
{
    struct test_amd_certificate vcek = test_vcek(), ask = test_amd_ask(),
                                ark = test_ark();
    struct test_report report = test_report_milan();
    struct test_amd_crl crl = test_milan_crl();

    *chips = (struct chips){ .collateral = NULL };
    assert_true(thim_trust_new(&chips->trust, NULL));
    trust_ark(chips->trust);
    chips->texts[VEK] = test_amd_make(&vcek);
    buf_init(&chips->texts[CHAIN], 65536);
    put_pem(&chips->texts[CHAIN], &ask);
    put_pem(&chips->texts[CHAIN], &ark);
    chips->texts[CRL] = test_amd_crl_make(&crl);
    buf_init(&chips->report, SNP_REPORT_LEN);
    buf_add(&chips->report, bytes_of(report.at, sizeof report.at));
    assert_true(thim_verifier_new(NULL, &chips->verifier, NULL));
    assert_true(thim_verdict_new(&chips->verdict, NULL));
}

static void forget(struct chips *chips)
{
    thim_verdict_free(chips->verdict);
    thim_verifier_free(chips->verifier);
    thim_amd_collateral_release(chips->collateral);
    thim_trust_free(chips->trust);
    buf_fini(&chips->report);
    for (size_t i = 0; i < TEXTS; i++)
        buf_fini(&chips->texts[i]);
}

static bool make(struct chips *chips, struct thim_error *error)
{
    struct thim_amd_collateral_options options = { .size = sizeof options };
    struct thim_bytes *parts[] = { &options.vek, &options.chain, &options.crl };

    for (size_t i = 0; i < TEXTS; i++)
        *parts[i] =
            (struct thim_bytes){ .at = chips->texts[i].at, .len = chips->texts[i].len };
    *error = (struct thim_error){ .kind = THIM_ERROR_NONE };
    thim_amd_collateral_release(chips->collateral);
    return thim_amd_collateral_new(chips->trust, &options, &chips->collateral, error);
}

static bool judge(struct chips *chips, const struct thim_verify_options *options)
{
    return thim_verify_report(chips->verifier, chips->collateral, chips->report.at,
                              chips->report.len, TEST_AMD_NOW_S, NULL, options,
                              chips->verdict);
}

static void a_report_is_judged_whole(void **state)
{
    struct thim_error error;
    struct chips chips;

    (void)state;
    bring(&chips);
    assert_ok(make(&chips, &error), error);
    if (!judge(&chips, NULL))
        fail_msg("%s", thim_verdict_why(chips.verdict));
    assert_int_equal(thim_verdict_evidence(chips.verdict), THIM_EVIDENCE_SEV_SNP);
    assert_int_equal(thim_verdict_root_origin(chips.verdict), THIM_ROOT_TEST);
    assert_true(thim_verdict_revocation_checked(chips.verdict));
    assert_int_equal(thim_verdict_status(chips.verdict, THIM_PART_WHOLE),
                     THIM_STATUS_NONE);
    struct thim_bytes measurement =
        thim_verdict_field(chips.verdict, THIM_FIELD_SNP_MEASUREMENT);
    assert_int_equal(measurement.len, 48);
    assert_memory_equal(measurement.at, chips.report.at + 0x90, 48);

    chips.report.at[0x90] ^= 1;
    assert_false(judge(&chips, NULL));
    assert_int_equal(thim_verdict_failure(chips.verdict),
                     THIM_CHECK_INVALID_REPORT_SIGNATURE);
    assert_int_equal(thim_verdict_field(chips.verdict, THIM_FIELD_SNP_MEASUREMENT).len,
                     0);
    chips.report.at[0x90] ^= 1;
    chips.report.len--;
    assert_false(judge(&chips, NULL));
    assert_int_equal(thim_verdict_failure(chips.verdict),
                     THIM_CHECK_UNSUPPORTED_REPORT_FORMAT);
    forget(&chips);
}

static void without_a_list_only_who_asks_for_it_passes(void **state)
{
    struct thim_verify_options lenient = { .size = sizeof lenient,
                                           .flags = THIM_VERIFY_CRL_OPTIONAL };
    struct thim_error error;
    struct chips chips;

    (void)state;
    bring(&chips);
    buf_clear(&chips.texts[CRL]);
    assert_ok(make(&chips, &error), error);
    assert_false(judge(&chips, NULL));
    assert_int_equal(thim_verdict_failure(chips.verdict), THIM_CHECK_AMD_CRL_MISSING);
    assert_true(judge(&chips, &lenient));
    assert_false(thim_verdict_revocation_checked(chips.verdict));
    forget(&chips);
}

static void the_callers_minimum_is_the_status(void **state)
{
    struct thim_verify_options options = { .size = sizeof options,
                                           .has_min_tcb = { true } };
    struct thim_error error;
    struct chips chips;
    uint64_t tcb;

    (void)state;
    bring(&chips);
    assert_ok(make(&chips, &error), error);
    assert_true(judge(&chips, NULL));
    assert_true(thim_verdict_number(chips.verdict, THIM_NUMBER_SNP_REPORTED_TCB, &tcb));
    options.min_tcb[0] = tcb;
    assert_true(judge(&chips, &options));
    assert_int_equal(thim_verdict_status(chips.verdict, THIM_PART_WHOLE),
                     THIM_STATUS_UP_TO_DATE);
    options.min_tcb[0] = tcb + 1; /* the boot loader's */
    assert_false(judge(&chips, &options));
    assert_true(thim_verdict_valid(chips.verdict));
    assert_int_equal(thim_verdict_status(chips.verdict, THIM_PART_WHOLE),
                     THIM_STATUS_OUT_OF_DATE);
    options.min_tcb[0] = UINT64_C(1) << 32; /* a byte that Milan has not */
    assert_false(judge(&chips, &options));
    assert_int_equal(thim_verdict_failure(chips.verdict), THIM_CHECK_USAGE);
    assert_non_null(strstr(thim_verdict_why(chips.verdict), "Milan"));
    options = (struct thim_verify_options){ .size = sizeof options,
                                            .has_min_tcb = { false, true, true },
                                            .min_tcb = { 0, 0xff, 0xff } };
    assert_true(judge(&chips, &options)); /* others' are not Milan's */
    forget(&chips);
}

static void what_is_missing_or_spoiled_is_no_collateral(void **state)
{
    static const struct {
        const char *name;
        size_t text;
        bool is_missing;
        enum thim_error_kind kind;
        enum thim_check check;
    } cases[] = {
        { "no VEK", VEK, true, THIM_ERROR_NOT_FOUND, THIM_CHECK_VEK_MISSING },
        { "no chain", CHAIN, true, THIM_ERROR_UNTRUSTED, THIM_CHECK_VEK_CHAIN_UNTRUSTED },
        { "VEK's signature", VEK, false, THIM_ERROR_UNTRUSTED,
          THIM_CHECK_VEK_CHAIN_UNTRUSTED },
        { "list's signature", CRL, false, THIM_ERROR_UNTRUSTED,
          THIM_CHECK_AMD_CRL_INVALID },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct thim_error error;
        struct chips chips;
        bring(&chips);
        struct buf *text = &chips.texts[cases[i].text];
        if (cases[i].is_missing)
            buf_clear(text);
        else
            text->at[text->len - 1] ^= 1;
        if (make(&chips, &error) || error.kind != cases[i].kind
            || error.check != cases[i].check || error.text[0] == '\0')
            fail_msg("%s: %d %s: %s", cases[i].name, (int)error.kind,
                     thim_check_name(error.check), error.text);
        assert_null(chips.collateral);
        forget(&chips);
    }
}

static void another_ark_vouches_for_nothing(void **state)
{
    struct thim_error error;
    struct chips chips;

    (void)state;
    bring(&chips);
    thim_trust_free(chips.trust);
    chips.trust = NULL; /* the pinned ones alone */
    assert_false(make(&chips, &error));
    assert_int_equal(error.check, THIM_CHECK_VEK_CHAIN_UNTRUSTED);
    forget(&chips);
}

static void it_is_counted_and_the_verdict_holds_it(void **state)
{
    struct thim_error error;
    struct chips chips;

    (void)state;
    bring(&chips);
    assert_ok(make(&chips, &error), error);
    assert_true(judge(&chips, NULL));
    assert_ptr_equal(thim_amd_collateral_hold(chips.collateral), chips.collateral);
    thim_amd_collateral_release(chips.collateral);
    thim_amd_collateral_release(chips.collateral);
    chips.collateral = NULL;
    assert_true(thim_verdict_json(chips.verdict, NULL, 0) > 0);
    assert_null(thim_amd_collateral_hold(NULL));
    forget(&chips);
}

static void a_call_that_is_wrong_is_told_so(void **state)
{
    struct thim_amd_collateral_options options = { .size = sizeof options - 1 };
    struct thim_amd_collateral *collateral = (struct thim_amd_collateral *)&options;
    struct thim_error error = { 0 };

    (void)state;
    assert_false(thim_amd_collateral_new(NULL, &options, &collateral, &error));
    assert_int_equal(error.check, THIM_CHECK_USAGE);
    assert_null(collateral);
    assert_false(thim_amd_collateral_new(NULL, NULL, &collateral, &error));
    assert_false(thim_amd_collateral_new(NULL, &options, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_judged_whole),
        cmocka_unit_test(without_a_list_only_who_asks_for_it_passes),
        cmocka_unit_test(the_callers_minimum_is_the_status),
        cmocka_unit_test(what_is_missing_or_spoiled_is_no_collateral),
        cmocka_unit_test(another_ark_vouches_for_nothing),
        cmocka_unit_test(it_is_counted_and_the_verdict_holds_it),
        cmocka_unit_test(a_call_that_is_wrong_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
