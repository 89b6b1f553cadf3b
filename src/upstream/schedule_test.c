/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/schedule.h"

#include "kit/test.h"

enum { HOUR = 3600, DAY = 86400 };

static void pauses_are_as_promised(void **state)
{
    static const struct {
        const char *claim;
        struct schedule_facts facts;
        int64_t pause_s;
    } cases[] = {
        { "nothing held: the configured pause", { .interval_s = DAY }, DAY },
        { "nextUpdate far away: the configured pause",
          { .interval_s = DAY, .next_update_s = 30 * DAY },
          DAY },
        { "nextUpdate in 8 hours: a quarter of that",
          { .interval_s = DAY, .next_update_s = 8 * HOUR },
          2 * HOUR },
        { "nextUpdate in 4 minutes: ten minutes, not less",
          { .interval_s = DAY, .next_update_s = 240 },
          600 },
        { "nextUpdate past: ten minutes",
          { .interval_s = DAY, .next_update_s = -DAY },
          600 },
        { "first failure", { .interval_s = DAY, .failures = 1 }, 30 },
        { "third failure doubles twice", { .interval_s = DAY, .failures = 3 }, 120 },
        { "many failures end at an hour", { .interval_s = DAY, .failures = 99 }, HOUR },
        { "Retry-After longer than the backoff wins",
          { .interval_s = DAY, .failures = 1, .retry_after_s = 90 },
          90 },
        { "Retry-After shorter than the backoff does not",
          { .interval_s = DAY, .failures = 4, .retry_after_s = 90 },
          240 },
        { "Retry-After of a week is cut to an hour",
          { .interval_s = DAY, .failures = 1, .retry_after_s = 7 * DAY },
          HOUR },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct schedule_facts facts = cases[i].facts;
        int64_t pause_ms = schedule_next_ms(&facts);
        if (pause_ms != cases[i].pause_s * 1000)
            fail_msg("%s: %lld ms", cases[i].claim, (long long)pause_ms);
        facts.jitter = 1;
        int64_t spread_ms = schedule_next_ms(&facts) - pause_ms;
        int64_t tenth_ms = cases[i].pause_s * 100;
        if (spread_ms != (facts.failures > 0 ? tenth_ms : -tenth_ms))
            fail_msg("%s: jitter of %lld ms", cases[i].claim, (long long)spread_ms);
    }
}

static void daily_document_that_stands_still_is_frozen_after_three_days(void **state)
{
    struct issue_history history = { 0 };

    (void)state;
    issue_history_note(&history, 10 * DAY);
    issue_history_note(&history, 11 * DAY);
    assert_false(issue_history_is_frozen(&history, 41 * DAY, DAY, 14 * DAY));
    assert_true(issue_history_is_frozen(&history, 41 * DAY, DAY, 14 * DAY + 1));
    issue_history_note(&history, 14 * DAY);
    assert_false(issue_history_is_frozen(&history, 44 * DAY, DAY, 14 * DAY + 1));
}

static void gap_unknown_is_a_sixth_of_a_short_validity(void **state)
{
    struct issue_history history = { 0 };

    (void)state;
    assert_false(issue_history_is_frozen(&history, 0, DAY, 1000 * DAY));
    issue_history_note(&history, 10 * DAY);
    assert_false(issue_history_is_frozen(&history, 40 * DAY, DAY, 25 * DAY));
    assert_true(issue_history_is_frozen(&history, 40 * DAY, DAY, 25 * DAY + 1));
}

static void yearly_root_crl_is_not_called_frozen(void **state)
{
    struct issue_history history = { 0 };

    (void)state;
    issue_history_note(&history, 10 * DAY);
    assert_false(issue_history_is_frozen(&history, 375 * DAY, DAY / 4, 374 * DAY));
}

static void older_issue_date_teaches_nothing(void **state)
{
    struct issue_history history = { 0 };

    (void)state;
    issue_history_note(&history, 10 * DAY);
    issue_history_note(&history, 9 * DAY);
    assert_int_equal(history.last_s, 10 * DAY);
    assert_int_equal(history.gap_s, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_are_as_promised),
        cmocka_unit_test(daily_document_that_stands_still_is_frozen_after_three_days),
        cmocka_unit_test(gap_unknown_is_a_sixth_of_a_short_validity),
        cmocka_unit_test(yearly_root_crl_is_not_called_frozen),
        cmocka_unit_test(older_issue_date_teaches_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
