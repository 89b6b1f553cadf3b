/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/freshness.h"

#include "kit/test.h"

#define NOON INT64_C(1750420800) /* 2025-06-20T12:00:00Z */

static void both_ends_count_and_one_second_outside_does_not(void **state)
{
    static const struct {
        const char *name;
        int64_t from_s, until_s, now_s, future_s;
        const char *refused; /* NULL: it counts */
    } cases[] = {
        { "in the middle", NOON - 10, NOON + 10, NOON, 0, NULL },
        { "at the first second", NOON, NOON + 10, NOON, 0, NULL },
        { "at the last second", NOON - 10, NOON, NOON, 0, NULL },
        { "for one second only", NOON, NOON, NOON, 0, NULL },
        { "a second early", NOON + 1, NOON + 10, NOON, 0,
          "TCB info: not valid before 2025-06-20T12:00:01Z" },
        { "a second late", NOON - 10, NOON - 1, NOON, 0,
          "TCB info: nextUpdate was 2025-06-20T11:59:59Z" },
        { "our clock behind, as far as is tolerated", NOON + 300, NOON + 900, NOON, 300,
          NULL },
        { "our clock behind, a second further", NOON + 301, NOON + 900, NOON, 300,
          "not valid before 2025-06-20T12:05:01Z" },
        { "tolerance is for the start only", NOON - 10, NOON - 1, NOON, 300,
          "nextUpdate was 2025-06-20T11:59:59Z" },
        { "ends before it starts", NOON + 10, NOON - 10, NOON, 300, "nextUpdate was" },
        { "dates at the ends of all time", INT64_MIN, INT64_MAX, NOON, 300, NULL },
        { "never begins", INT64_MAX, INT64_MAX, 0, 300, "not valid before" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        bool fresh = freshness_check("TCB info", cases[i].from_s, cases[i].until_s,
                                     cases[i].now_s, cases[i].future_s, &err);
        if (fresh != (cases[i].refused == NULL))
            fail_msg("%s: %s", cases[i].name, fresh ? "it counts" : err.text);
        if (!fresh)
            assert_refused(err, ERROR_STALE, cases[i].refused);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_count_and_one_second_outside_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
