/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"
#include "lib/parts.h"

static void a_policy_keeps_its_own_copy(void **state)
{
    char text[] = "{\"accepted_statuses\": [\"OutOfDate\"]}";
    struct thim_policy *policy = NULL;
    struct thim_error error = { 0 };
    struct policy_answer answer;
    struct verdict verdict;

    (void)state;
    assert_ok(thim_policy_new(text, strlen(text), &policy, &error), error);
    memset(text, 'x', sizeof text);
    assert_ptr_equal(thim_policy_hold(policy), policy);
    thim_policy_release(policy);

    verdict_begin(&verdict, EVIDENCE_SGX, 0);
    verdict.valid = true;
    verdict.has_status = true;
    verdict.status = STANDING_OUT_OF_DATE;
    policy_judge(&policy->policy, &verdict, &answer);
    if (!answer.accepted)
        fail_msg("%s", answer.why.text);
    verdict.status = STANDING_UP_TO_DATE;
    policy_judge(&policy->policy, &verdict, &answer);
    assert_string_equal(answer.denied_by, "accepted_statuses");
    thim_policy_release(policy);
    thim_policy_release(NULL);
    assert_null(thim_policy_hold(NULL));
}

static void what_is_no_policy_is_refused(void **state)
{
    static char large[VERIFICATION_POLICY_MAX + 1];
    struct {
        const char *json;
        size_t len;
        enum thim_error_kind kind;
        const char *part;
    } cases[] = {
        { "{\"acepted_statuses\": []}", 24, THIM_ERROR_FORMAT, "accepted_statuses" },
        { "{", 1, THIM_ERROR_FORMAT, "" },
        { "", 0, THIM_ERROR_FORMAT, "" },
        { large, sizeof large, THIM_ERROR_LIMIT, "at most" },
        { NULL, 0, THIM_ERROR_USAGE, "no text" },
    };

    (void)state;
    memset(large, ' ', sizeof large);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct thim_policy *policy = (struct thim_policy *)&large;
        struct thim_error error = { 0 };
        assert_false(thim_policy_new(cases[i].json, cases[i].len, &policy, &error));
        if (error.kind != cases[i].kind || strstr(error.text, cases[i].part) == NULL)
            fail_msg("%zu: %d, %s", i, (int)error.kind, error.text);
        assert_null(policy);
        assert_int_equal(error.check, error.kind == THIM_ERROR_USAGE ? THIM_CHECK_USAGE
                                                                     : THIM_CHECK_PASSED);
    }
    assert_false(thim_policy_new("{}", 2, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_keeps_its_own_copy),
        cmocka_unit_test(what_is_no_policy_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
