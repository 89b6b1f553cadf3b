/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/platform_refusals.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/test.h"

static void note(struct platform_refusals *refusals, uint32_t n,
                 enum platform_fetch outcome, int64_t now_ms)
{
    struct platform_report report = { .outcome = outcome };
    uint8_t key[32] = { 0 };

    memcpy(key, &n, sizeof n);
    snprintf(report.code, sizeof report.code, "Code%u", n);
    platform_refusals_note(refusals, key, &report,
                           (struct platform_moment){ now_ms, now_ms });
}

static bool finds_at(const struct platform_refusals *refusals, uint32_t n,
                     struct platform_moment now, struct platform_report *report)
{
    uint8_t key[32] = { 0 };

    memcpy(key, &n, sizeof n);
    return platform_refusals_find(refusals, key, now, report);
}

static bool finds(const struct platform_refusals *refusals, uint32_t n, int64_t now_ms,
                  struct platform_report *report)
{
    return finds_at(refusals, n, (struct platform_moment){ now_ms, now_ms }, report);
}

static void a_clear_refusal_is_remembered_for_a_minute(void **state)
{
    struct platform_refusals *refusals = calloc(1, sizeof *refusals);
    struct platform_report report;

    (void)state;
    note(refusals, 1, FETCH_REFUSED, 1000);
    assert_true(finds(refusals, 1, 1000 + PLATFORM_REFUSAL_MS - 1, &report));
    assert_int_equal(report.outcome, FETCH_REFUSED);
    assert_string_equal(report.code, "Code1");
    assert_false(finds(refusals, 1, 1000 + PLATFORM_REFUSAL_MS, &report));
    assert_false(finds(refusals, 2, 1000, &report));
    free(refusals);
}

static void the_minute_is_over_when_either_clock_says_so(void **state)
{
    struct platform_refusals *refusals = calloc(1, sizeof *refusals);
    struct platform_moment standing = { 1000 + PLATFORM_REFUSAL_MS, 1000 };
    struct platform_moment moved = { 1001, 1000 + PLATFORM_REFUSAL_MS };
    struct platform_report report;

    (void)state;
    note(refusals, 1, FETCH_NOT_FOUND, 1000);
    assert_true(finds(refusals, 1, 1001, &report));
    assert_false(finds_at(refusals, 1, standing, &report));
    assert_false(finds_at(refusals, 1, moved, &report));
    free(refusals);
}

static void what_may_go_better_next_time_is_not_remembered(void **state)
{
    static const enum platform_fetch passing[] = { FETCH_KEPT,     FETCH_UNTRUSTED,
                                                   FETCH_CONFLICT, FETCH_UNREACHABLE,
                                                   FETCH_BUDGET,   FETCH_BUSY,
                                                   FETCH_GAP };
    struct platform_refusals *refusals = calloc(1, sizeof *refusals);
    struct platform_report report;

    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(passing); i++) {
        note(refusals, i, passing[i], 1000);
        assert_false(finds(refusals, i, 1000, &report));
    }
    note(refusals, 9, FETCH_NOT_FOUND, 1000);
    assert_true(finds(refusals, 9, 1000, &report));
    free(refusals);
}

static void the_oldest_makes_room(void **state)
{
    struct platform_refusals *refusals = calloc(1, sizeof *refusals);
    struct platform_report report;

    (void)state;
    for (uint32_t n = 0; n <= PLATFORM_REFUSALS_MAX; n++)
        note(refusals, n, FETCH_NOT_FOUND, 1000);
    assert_false(finds(refusals, 0, 1000, &report));
    assert_true(finds(refusals, 1, 1000, &report));
    assert_true(finds(refusals, PLATFORM_REFUSALS_MAX, 1000, &report));
    free(refusals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clear_refusal_is_remembered_for_a_minute),
        cmocka_unit_test(the_minute_is_over_when_either_clock_says_so),
        cmocka_unit_test(what_may_go_better_next_time_is_not_remembered),
        cmocka_unit_test(the_oldest_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
