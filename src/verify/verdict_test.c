/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/verdict.h"

#include "kit/test.h"

static void every_check_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_null(verify_check_name(CHECK_PASSED));
    for (enum verify_check check = CHECK_PASSED + 1; check < CHECKS; check++) {
        const char *name = verify_check_name(check);
        assert_non_null(name);
        for (enum verify_check other = CHECK_PASSED + 1; other < check; other++)
            assert_string_not_equal(name, verify_check_name(other));
        bool says_missing = strstr(name, "_missing") != NULL;
        assert_int_equal(verify_check_is_missing(check), says_missing);
    }
    for (enum dated_item item = 0; item < DATED_ITEMS; item++)
        assert_non_null(dated_item_name(item));
}

static void the_first_failure_stays(void **state)
{
    struct verdict verdict;
    struct error why = { .kind = ERROR_REVOKED, .text = "listed" };

    (void)state;
    verdict_begin(&verdict, EVIDENCE_SGX, 1000);
    assert_false(verdict_fail_as(&verdict, CHECK_PCK_REVOKED, &why));
    assert_false(verdict_fail(&verdict, CHECK_TCB_INFO_MISMATCH, "other %s", "words"));
    assert_int_equal(verdict.failure, CHECK_PCK_REVOKED);
    assert_refused(verdict.why, ERROR_REVOKED, "listed");
    verdict_end(&verdict);
    assert_false(verdict.valid);
}

static void a_machine_that_fails_is_no_flaw_of_the_quote(void **state)
{
    struct verdict verdict;
    struct error why = { .kind = ERROR_SYSTEM, .text = "no memory" };

    (void)state;
    verdict_begin(&verdict, EVIDENCE_SGX, 1000);
    verdict_fail_as(&verdict, CHECK_PCK_CERT_CHAIN_UNTRUSTED, &why);
    assert_int_equal(verdict.failure, CHECK_SYSTEM);
}

static void dates_count_at_both_ends_and_come_last(void **state)
{
    static const struct {
        const char *name;
        int64_t now_s, future_s;
        bool is_out;
    } cases[] = {
        { "the first second", 1000, 0, false },
        { "one before", 999, 0, true },
        { "one before, tolerated", 999, 1, false },
        { "two before, and one tolerated", 998, 1, true },
        { "the beginning of all time", INT64_MIN, 300, true },
        { "the last second", 2000, 0, false },
        { "one past, and tolerance is for beginnings", 2001, 300, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct verdict verdict;
        verdict_begin(&verdict, EVIDENCE_SGX, cases[i].now_s);
        verdict_date(&verdict, DATED_TCB_INFO, 1000, 2000, cases[i].future_s);
        verdict_end(&verdict);
        if (verdict.valid == cases[i].is_out
            || verdict.dates[DATED_TCB_INFO].is_out != cases[i].is_out
            || (cases[i].is_out && verdict.failure != CHECK_TCB_INFO_EXPIRED))
            fail_msg("%s", cases[i].name);
    }
}

static void what_is_wrong_for_good_is_said_before_what_has_expired(void **state)
{
    struct verdict verdict;

    (void)state;
    verdict_begin(&verdict, EVIDENCE_SGX, 3000);
    verdict_date(&verdict, DATED_PCK_CRL, 1000, 2000, 0);
    verdict_fail(&verdict, CHECK_INVALID_QUOTE_SIGNATURE, "does not hold");
    verdict_end(&verdict);
    assert_int_equal(verdict.failure, CHECK_INVALID_QUOTE_SIGNATURE);
    assert_true(verdict.dates[DATED_PCK_CRL].is_out); /* and is told, too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_check_has_a_name_of_its_own),
        cmocka_unit_test(the_first_failure_stays),
        cmocka_unit_test(a_machine_that_fails_is_no_flaw_of_the_quote),
        cmocka_unit_test(dates_count_at_both_ends_and_come_last),
        cmocka_unit_test(what_is_wrong_for_good_is_said_before_what_has_expired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
