/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test_court.h"

/* ---- claims, where somebody vouches for them --------------------------------------- */

static void what_is_valid_is_told_and_owned_by_the_verdict(void **state)
{
    struct court court;

    (void)state;
    court_open(&court, TEE_TDX);
    assert_true(court_judge(&court, NULL, NULL));
    assert_true(thim_verdict_valid(court.verdict));
    assert_int_equal(thim_verdict_failure(court.verdict), THIM_CHECK_PASSED);
    assert_string_equal(thim_verdict_why(court.verdict), "");
    assert_null(thim_verdict_denied_by(court.verdict));
    assert_int_equal(thim_verdict_status(court.verdict, THIM_PART_WHOLE),
                     THIM_STATUS_UP_TO_DATE);
    thim_collateral_release(court.collateral); /* the verdict goes on with it */
    court.collateral = NULL;
    struct thim_bytes mrtd = thim_verdict_field(court.verdict, THIM_FIELD_TDX_MRTD);
    assert_int_equal(mrtd.len, 48);
    assert_memory_equal(mrtd.at, court.quote.at + 48 + 136, 48);
    assert_true(mrtd.at < court.quote.at || mrtd.at >= court.quote.at + court.quote.len);
    assert_int_equal(thim_verdict_evaluation_data_number(court.verdict), 17);
    assert_int_equal(thim_verdict_tcb_info_evaluation_data_number(court.verdict), 17);
    assert_int_equal(thim_verdict_identity_evaluation_data_number(court.verdict), 17);
    assert_int_equal(thim_verdict_root_origin(court.verdict), THIM_ROOT_TEST);
    assert_true(thim_verdict_revocation_checked(court.verdict));
    court_close(&court);
}

static void what_is_not_valid_says_nothing(void **state)
{
    struct court court;
    uint64_t version = 99;

    (void)state;
    court_open(&court, TEE_TDX);
    court.quote.at[48 + 136] ^= 1; /* MRTD */
    assert_false(court_judge(&court, NULL, NULL));
    assert_int_equal(thim_verdict_failure(court.verdict),
                     THIM_CHECK_INVALID_QUOTE_SIGNATURE);
    assert_int_equal(thim_verdict_evidence(court.verdict), THIM_EVIDENCE_TDX);
    assert_true(thim_verdict_json(court.verdict, NULL, 0) > 0);
    for (int field = 0; field < 500; field++)
        assert_int_equal(thim_verdict_field(court.verdict, (enum thim_field)field).len,
                         0);
    assert_false(thim_verdict_number(court.verdict, THIM_NUMBER_VERSION, &version));
    assert_int_equal(version, 0);
    court.quote.at[48 + 136] ^= 1; /* and the same verdict serves again */
    assert_true(court_judge(&court, NULL, NULL));
    assert_int_equal(thim_verdict_field(court.verdict, THIM_FIELD_TDX_MRTD).len, 48);
    court_close(&court);
}

static void no_time_is_too_strange(void **state)
{
    static const int64_t times[] = { INT64_MIN, -1, 0, INT64_MAX };
    const struct thim_verify_options options = { .size = sizeof options,
                                                 .future_s = 86400 };
    struct court court;

    (void)state;
    court_open(&court, TEE_TDX);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        court.now_s = times[i];
        assert_false(court_judge(&court, NULL, &options));
        assert_int_equal(thim_verdict_failure(court.verdict),
                         THIM_CHECK_PCK_CERT_CHAIN_EXPIRED);
        assert_true(thim_verdict_json(court.verdict, NULL, 0) > 0);
    }
    court_close(&court);
}

static void valid_is_not_accepted(void **state)
{
    static const char text[] =
        "{\"accepted_statuses\":[\"ConfigurationAndSWHardeningNeeded\"]}";
    struct thim_policy *policy;
    struct court court;

    (void)state;
    court_open(&court, TEE_SGX);
    court.inner.plans.levels[0].status = TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
    court_publish(&court);
    assert_false(court_judge(&court, NULL, NULL));
    assert_true(thim_verdict_valid(court.verdict));
    assert_false(thim_verdict_accepted(court.verdict));
    assert_int_equal(thim_verdict_failure(court.verdict), THIM_CHECK_PASSED);
    assert_string_equal(thim_verdict_denied_by(court.verdict), "accepted_statuses");
    assert_true(thim_verdict_why(court.verdict)[0] != '\0');
    assert_int_equal(thim_verdict_field(court.verdict, THIM_FIELD_SGX_MRENCLAVE).len, 32);
    assert_int_equal(thim_verdict_field(court.verdict, THIM_FIELD_TDX_MRTD).len, 0);

    assert_true(thim_policy_new(text, strlen(text), &policy, NULL));
    assert_true(court_judge(&court, policy, NULL));
    thim_policy_release(policy);
    assert_true(thim_verdict_accepted(court.verdict));
    court_close(&court);
}

static void dates_are_judged_by_the_callers_time(void **state)
{
    struct thim_dates dates;
    struct court court;

    (void)state;
    court_open(&court, TEE_TDX);
    assert_true(court_judge(&court, NULL, NULL));
    assert_int_equal(thim_verdict_expired(court.verdict), 0);
    assert_true(thim_verdict_dates(court.verdict, THIM_ITEM_TCB_INFO, &dates));
    assert_false(dates.expired);
    assert_false(thim_verdict_dates(court.verdict, THIM_ITEM_VEK, &dates));
    assert_false(thim_verdict_dates(court.verdict, (enum thim_item)0, NULL));
    assert_true(thim_verdict_dates(court.verdict, THIM_ITEM_TCB_INFO, &dates));
    court.now_s = dates.until_s;
    (void)court_judge(&court, NULL, NULL);
    assert_false(thim_verdict_expired(court.verdict) & 1U << THIM_ITEM_TCB_INFO);
    court.now_s = dates.until_s + 1;
    assert_false(court_judge(&court, NULL, NULL));
    assert_true(thim_verdict_expired(court.verdict) & 1U << THIM_ITEM_TCB_INFO);
    assert_true(thim_verdict_status(court.verdict, THIM_PART_WHOLE)
                == THIM_STATUS_UP_TO_DATE);
    court_close(&court);
}

/* ---- where there is none ------------------------------------------------------------
 */

static void says_nothing(struct thim_verdict *verdict, const char *part)
{
    assert_false(thim_verdict_valid(verdict) || thim_verdict_accepted(verdict));
    assert_int_equal(thim_verdict_failure(verdict), THIM_CHECK_USAGE);
    if (strstr(thim_verdict_why(verdict), part) == NULL)
        fail_msg("\"%s\", expected \"%s\"", thim_verdict_why(verdict), part);
    assert_int_equal(thim_verdict_json(verdict, NULL, 0), 0);
    assert_int_equal(thim_verdict_evidence(verdict), THIM_EVIDENCE_NONE);
    assert_int_equal(thim_verdict_status(verdict, THIM_PART_WHOLE), THIM_STATUS_NONE);
    assert_int_equal(thim_verdict_advisory_count(verdict, THIM_PART_WHOLE), 0);
    assert_int_equal(thim_verdict_field(verdict, THIM_FIELD_REPORT_DATA).len, 0);
    assert_false(thim_verdict_revocation_checked(verdict));
    assert_int_equal(thim_verdict_root_origin(verdict), 0);
    assert_int_equal(thim_verdict_expired(verdict), 0);
    assert_null(thim_verdict_denied_by(verdict));
}

static void a_verdict_that_nobody_has_used_is_none(void **state)
{
    struct thim_verdict *verdict;

    (void)state;
    assert_true(thim_verdict_new(&verdict, NULL));
    says_nothing(verdict, "nothing has been verified");
    says_nothing(NULL, "no verdict");
    thim_verdict_free(verdict);
    thim_verdict_free(NULL);
    assert_false(thim_verdict_new(NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_valid_is_told_and_owned_by_the_verdict),
        cmocka_unit_test(what_is_not_valid_says_nothing),
        cmocka_unit_test(valid_is_not_accepted),
        cmocka_unit_test(dates_are_judged_by_the_callers_time),
        cmocka_unit_test(no_time_is_too_strange),
        cmocka_unit_test(a_verdict_that_nobody_has_used_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
