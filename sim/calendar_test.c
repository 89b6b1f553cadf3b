/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/calendar.h"

#include <string.h>

#include "kit/test.h"
#include "kit/text.h"

static int64_t at(const char *text)
{
    int64_t at_s = 0;

    assert_true(utc_read(bytes_of_text(text), &at_s));
    return at_s;
}

static void numbers_follow_the_date(void **state)
{
    static const struct {
        const char *claim, *now;
        unsigned early, standard, listed_from;
    } cases[] = {
        { "before all events: the first", "2018-01-01T00:00:00Z", 5, 5, 5 },
        { "second before the second event", "2019-11-13T23:59:59Z", 5, 5, 5 },
        { "at the second event", "2019-11-14T00:00:00Z", 6, 5, 5 },
        { "a year and a half on", "2020-12-01T00:00:00Z", 8, 6, 5 },
        { "second before a disclosure", "2025-05-13T23:59:59Z", 16, 14, 13 },
        { "at a disclosure, and the promotion of the year before", "2025-05-14T00:00:00Z",
          17, 15, 14 },
        { "a leap year's promotion comes a day earlier", "2024-05-12T23:59:59Z", 14, 12,
          11 },
        { "... at 365 days", "2024-05-13T00:00:00Z", 14, 13, 12 },
        { "after the last event: the last", "2100-01-01T00:00:00Z", 88, 88, 87 },
    };
    struct calendar calendar;

    (void)state;
    calendar_init(&calendar);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t now_s = at(cases[i].now);
        if (calendar_early(&calendar, now_s) != cases[i].early
            || calendar_standard(&calendar, now_s) != cases[i].standard
            || calendar_listed_from(&calendar, now_s) != cases[i].listed_from)
            fail_msg("%s: early %u, standard %u, listed from %u", cases[i].claim,
                     calendar_early(&calendar, now_s),
                     calendar_standard(&calendar, now_s),
                     calendar_listed_from(&calendar, now_s));
    }
}

static void a_number_has_its_event_date(void **state)
{
    struct calendar calendar;

    (void)state;
    calendar_init(&calendar);
    assert_int_equal(calendar_event_s(&calendar, 5), at("2019-05-14T00:00:00Z"));
    assert_int_equal(calendar_event_s(&calendar, 17), at("2025-05-14T00:00:00Z"));
}

static void a_disclosure_takes_the_next_number_and_moves_the_later_ones(void **state)
{
    struct calendar calendar;
    int64_t now_s = at("2025-06-20T12:00:00Z");

    (void)state;
    calendar_init(&calendar);
    assert_true(calendar_disclose(&calendar, now_s));
    assert_int_equal(calendar_early(&calendar, now_s - 1), 17);
    assert_int_equal(calendar_early(&calendar, now_s), 18);
    assert_int_equal(calendar_event_s(&calendar, 18), now_s);
    assert_int_equal(calendar_event_s(&calendar, 19), at("2025-11-14T00:00:00Z"));
    assert_int_equal(calendar_standard(&calendar, now_s + CALENDAR_PROMOTION_S), 18);
    assert_int_equal(calendar_standard(&calendar, now_s + CALENDAR_PROMOTION_S - 1), 17);
}

static void a_promotion_moves_standard_by_one_up_to_early(void **state)
{
    struct calendar calendar;
    int64_t now_s = at("2025-06-20T12:00:00Z");

    (void)state;
    calendar_init(&calendar);
    assert_true(calendar_promote(&calendar, now_s));
    assert_int_equal(calendar_standard(&calendar, now_s - 1), 15);
    assert_int_equal(calendar_standard(&calendar, now_s), 16);
    assert_true(calendar_promote(&calendar, now_s));
    assert_int_equal(calendar_standard(&calendar, now_s), 17);
    assert_false(calendar_promote(&calendar, now_s));
    assert_int_equal(calendar_standard(&calendar, at("2026-05-14T00:00:00Z")), 17);
}

static void disclosures_end_where_the_calendar_is_full(void **state)
{
    struct calendar calendar;
    int64_t now_s = at("2025-06-20T12:00:00Z");
    int made = 0;

    (void)state;
    calendar_init(&calendar);
    while (made < 1000 && calendar_disclose(&calendar, now_s))
        made++;
    assert_int_equal(calendar.count, CALENDAR_EVENTS_MAX);
    assert_true(made > 0 && made < 1000);
    assert_int_equal(calendar_early(&calendar, now_s), 17 + made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_follow_the_date),
        cmocka_unit_test(a_number_has_its_event_date),
        cmocka_unit_test(a_disclosure_takes_the_next_number_and_moves_the_later_ones),
        cmocka_unit_test(a_promotion_moves_standard_by_one_up_to_early),
        cmocka_unit_test(disclosures_end_where_the_calendar_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
