/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip_reply.h"

#include "kit/test.h"

/* 503 makes some clients ask without end, and who is told to wait must be told for how
 * long. */
static void check(const char *what, const struct refusal *refusal)
{
    bool waits = refusal->status == 429;

    if (refusal->status < 400 || refusal->status == 503
        || waits != (refusal->retry_after_s > 0))
        fail_msg("%s: %u, Retry-After %lld", what, refusal->status,
                 (long long)refusal->retry_after_s);
    if (refusal->code[0] == 0 || refusal->message[0] == 0 || refusal->remedy[0] == 0)
        fail_msg("%s: says too little", what);
}

static void every_refusal_says_what_and_what_to_do(void **state)
{
    (void)state;
    for (enum chip_refusal which = 0; which < CHIP_REFUSALS; which++)
        check(chip_refusal(which)->code, chip_refusal(which));
    for (enum error_kind kind = ERROR_FORMAT; kind <= ERROR_SYSTEM; kind++) {
        struct error err = { .kind = kind, .text = "why" };
        struct refusal refusal = chip_refusal_of(&err);
        check(error_kind_name(kind), &refusal);
        assert_string_equal(refusal.message, "why");
    }
    for (enum chip_fetch outcome = CHIP_KEPT; outcome <= CHIP_BUSY; outcome++) {
        struct chip_report report = { .outcome = outcome };
        struct refusal refusal = chip_report_refusal(&report);
        check("report", &refusal);
        assert_int_equal(refusal.status == 404, outcome == CHIP_NOT_FOUND
                                                    || outcome == CHIP_UNASKED
                                                    || outcome == CHIP_UNKNOWN);
    }
}

static void what_upstream_says_is_passed_on(void **state)
{
    (void)state;
    struct chip_report report = { .outcome = CHIP_BUDGET,
                                  .retry_after_s = 17,
                                  .why = "two others wait" };
    struct refusal refusal = chip_report_refusal(&report);

    assert_int_equal(refusal.retry_after_s, 17);
    assert_string_equal(refusal.message, "two others wait");
    report.outcome = CHIP_NOT_FOUND;
    refusal = chip_report_refusal(&report);
    assert_int_equal(refusal.retry_after_s, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_says_what_and_what_to_do),
        cmocka_unit_test(what_upstream_says_is_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
