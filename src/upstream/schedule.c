/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/schedule.h"

enum { DAY_S = 86400, FREEZE_GAPS = 3 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t pause_after_failure_s(const struct schedule_facts *facts)
{
    int64_t pause_s = SCHEDULE_BACKOFF_FIRST_S;

    for (uint32_t i = 1; i < facts->failures && pause_s < SCHEDULE_BACKOFF_LAST_S; i++)
        pause_s *= 2;
    pause_s = least(pause_s, SCHEDULE_BACKOFF_LAST_S);
    return most(pause_s, least(facts->retry_after_s, SCHEDULE_RETRY_AFTER_MAX_S));
}

static int64_t pause_after_success_s(const struct schedule_facts *facts)
{
    if (facts->next_update_s == 0)
        return facts->interval_s;
    int64_t left_s = facts->next_update_s - facts->now_s;

    return least(facts->interval_s, most(left_s / 4, SCHEDULE_SOON_S));
}

int64_t schedule_next_ms(const struct schedule_facts *facts)
{
    int64_t pause_s =
        facts->failures > 0 ? pause_after_failure_s(facts) : pause_after_success_s(facts);
    /* A refusal is waited out in full, so its jitter only adds; a refresh comes early. */
    double spread = facts->failures > 0 ? facts->jitter : -facts->jitter;

    return facts->now_ms + pause_s * 1000 + (int64_t)((double)pause_s * 100.0 * spread);
}

void issue_history_note(struct issue_history *history, int64_t issue_date_s)
{
    if (history->last_s != 0 && issue_date_s > history->last_s) {
        int64_t gap_s = issue_date_s - history->last_s;
        history->gap_s = history->gap_s == 0 ? gap_s : (history->gap_s + gap_s) / 2;
    }
    if (issue_date_s > history->last_s)
        history->last_s = issue_date_s;
}

bool issue_history_is_frozen(const struct issue_history *history, int64_t next_update_s,
                             int64_t interval_s, int64_t now_s)
{
    int64_t validity_s = next_update_s - history->last_s;
    int64_t gap_s = history->gap_s;

    if (history->last_s == 0)
        return false;
    if (gap_s == 0 && validity_s > 45 * DAY_S)
        return false;
    if (gap_s == 0)
        gap_s = validity_s / 6;
    /* We see a new date only when we ask, so a gap is at least as long as our pause. */
    return now_s - history->last_s > FREEZE_GAPS * most(gap_s, interval_s);
}
