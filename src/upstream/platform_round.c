/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms that nobody waits for: fetched again when they are due, a few at once, within
 * intel.platform_fetches_per_minute.
 *
 * The pace goes by the judging clock. While that stands still there is none, for what is
 * due at one moment is settled before the clock moves on. */
#include <stdlib.h>

#include "kit/log.h"
#include "upstream/keeper.h"

enum {
    MINUTE_MS = 60000,
    PLATFORM_AGAIN_FAILURES = 7, /* after so many clear refusals once a day is enough */
};

static int64_t now_s(const struct refresh *keeper)
{
    return clock_wall_s(keeper->options.clock);
}

/* ---- when ----------------------------------------------------------------------------
 */

static int64_t from_now(struct refresh *keeper, struct schedule_facts facts)
{
    facts.jitter = keeper_dice();
    return now_s(keeper) + schedule_next_ms(&facts) / 1000;
}

static bool is_below(struct refresh *keeper, const struct platform_task *task)
{
    const struct verified_pck *const *pcks =
        (const struct verified_pck *const *)task->verdict.pcks;
    size_t count = task->verdict.pck_count;
    const struct platform_demand *demand = &task->demand;

    if (demand->has_raw_tcb && platform_is_below(pcks, count, &demand->raw))
        return true;
    for (size_t i = 0; i < task->known.raw_tcb_count && task->by_list; i++) {
        const struct platform_raw_tcb *each = &task->known.raw_tcbs[i];
        bool counts = each->confirmed
                      || now_s(keeper) - each->last_seen_s <= PLATFORM_RAW_TCB_STALE_S;
        if (counts && platform_is_below(pcks, count, &each->raw))
            return true;
    }
    return false;
}

int64_t platform_due_after_success(struct refresh *keeper,
                                   const struct platform_task *task)
{
    int64_t interval_s = keeper->options.config->intel.platform_refresh_s;

    if (interval_s > PLATFORM_BELOW_S && is_below(keeper, task))
        interval_s = PLATFORM_BELOW_S;
    return from_now(keeper, (struct schedule_facts){ .interval_s = interval_s });
}

int64_t platform_due_after_failure(struct refresh *keeper,
                                   const struct platform_task *task)
{
    enum platform_fetch outcome = task->report.outcome;
    bool is_clear =
        outcome == FETCH_NOT_FOUND || outcome == FETCH_REFUSED || outcome == FETCH_GAP;

    if (is_clear && task->known.failures >= PLATFORM_AGAIN_FAILURES)
        return from_now(keeper,
                        (struct schedule_facts){ .interval_s = PLATFORM_BELOW_S });
    return from_now(keeper, (struct schedule_facts){
                                .failures = task->known.failures + 1,
                                .retry_after_s = task->report.retry_after_s,
                            });
}

/* Some upstream may be asked for platforms. */
static bool somebody_answers(const struct refresh *keeper)
{
    int64_t now_ms = clock_mono_ms(keeper->options.clock);

    for (size_t i = 0; i < keeper->options.config->intel.upstream_count; i++) {
        const struct keeper_upstream *upstream = &keeper->upstreams[i];
        if (now_ms >= upstream->platforms_after_ms
            && (!breaker_is_open(&upstream->breaker)
                || now_ms >= upstream->breaker.open_until_ms))
            return true;
    }
    return false;
}

static bool is_resting(const struct refresh *keeper)
{
    return keeper->options.config->intel.fill == FILL_OFFLINE
           || keeper->options.config->intel.platform_fetches_per_minute == 0
           || clock_real_ms() < keeper->platforms.rest_until_ms
           || !somebody_answers(keeper);
}

/* ---- what is due ---------------------------------------------------------------------
 */

/* Rows due by then that are not being fetched, into the room's list. */
static size_t look(struct refresh *keeper, int64_t moment_s)
{
    struct platform_room *room = &keeper->platforms;
    int64_t rows[PLATFORM_DUE_MAX + PLATFORM_TASKS_MAX];
    size_t most = PLATFORM_DUE_MAX + room->table.count;
    struct error err = { 0 };
    size_t count = 0;

    room->due_next = 0;
    room->due_count = 0;
    if (!platforms_due(room->reader, moment_s, most, rows, &count, &err)) {
        log_event(LOG_ERROR, "platforms", "what is due can't be read why=\"%s\"",
                  err.text);
        return 0;
    }
    for (size_t i = 0; i < count && room->due_count < PLATFORM_DUE_MAX; i++)
        if (!platform_task_is_under_way(&room->table, rows[i]))
            room->due[room->due_count++] = rows[i];
    return room->due_count;
}

static bool next_due(struct refresh *keeper, int64_t *row)
{
    struct platform_room *room = &keeper->platforms;

    if (room->due_next == room->due_count) {
        if (!room->may_be_due && room->read_s == now_s(keeper))
            return false;
        room->may_be_due = false;
        room->read_s = now_s(keeper);
        if (look(keeper, room->read_s) == 0)
            return false;
    }
    *row = room->due[room->due_next++];
    return true;
}

static bool begin_next(struct refresh *keeper)
{
    struct platform_room *room = &keeper->platforms;
    bool is_doubt = room->doubt_count > 0;
    int64_t row;

    if (is_doubt)
        row = room->doubts[--room->doubt_count];
    else if (!next_due(keeper, &row))
        return false;
    if (!platform_task_is_under_way(&room->table, row)
        && platform_fetch_row(keeper, row, is_doubt))
        room->paced_ms =
            clock_mono_ms(keeper->options.clock)
            + MINUTE_MS
                  / (int64_t)keeper->options.config->intel.platform_fetches_per_minute;
    return true;
}

void platform_round_begin(struct refresh *keeper)
{
    struct platform_room *room = &keeper->platforms;
    bool is_paced = !clock_is_standing(keeper->options.clock);

    while (!is_resting(keeper) && room->table.background_count < PLATFORM_BACKGROUND_MAX
           && (!is_paced || clock_mono_ms(keeper->options.clock) >= room->paced_ms))
        if (!begin_next(keeper))
            return;
}

int64_t platform_pause_ms(const struct refresh *keeper, int64_t most)
{
    const struct platform_room *room = &keeper->platforms;
    bool waits_for_writer =
        !room->is_writing && room->table.queues[PLATFORM_TASK_READY].count > 0;
    int64_t left_ms = most;

    if (waits_for_writer)
        left_ms = room->write_again_ms - clock_real_ms();
    else if ((room->due_next < room->due_count || room->doubt_count > 0)
             && !is_resting(keeper) && !clock_is_standing(keeper->options.clock)
             && room->table.background_count < PLATFORM_BACKGROUND_MAX)
        left_ms = room->paced_ms - clock_mono_ms(keeper->options.clock);
    return left_ms < 0 ? 0 : left_ms < most ? left_ms : most;
}

void platform_doubts_take(struct refresh *keeper, const int64_t *rows, size_t count)
{
    struct platform_room *room = &keeper->platforms;

    for (size_t i = 0; i < count && room->doubt_count < PLATFORM_DOUBTS_MAX; i++)
        room->doubts[room->doubt_count++] = rows[i];
}

/* ---- rounds --------------------------------------------------------------------------
 */

struct due_job {
    const struct platform_round *round;
    bool well;
    struct error err;
};

static void due_job(void *context, struct store *store)
{
    struct due_job *job = context;

    job->well =
        store_platforms_due(store, job->round->has_fmspc ? job->round->fmspc : NULL,
                            job->round->moment_s, &job->err);
}

/* False while the writer's queue is full. */
static bool round_begin(struct refresh *keeper, struct platform_round *round)
{
    struct due_job job = { .round = round };

    round->moment_s = now_s(keeper);
    if (!store_writer_call(keeper->options.writer, due_job, &job, &job.err))
        return false;
    if (!job.well) {
        log_event(LOG_ERROR, "platforms", "refresh not begun why=\"%s\"", job.err.text);
        round->all_well = false;
    }
    round->is_begun = true;
    keeper->platforms.may_be_due = true;
    return true;
}

void platform_round_add(struct refresh *keeper, struct platform_round *round)
{
    round->next = keeper->platforms.rounds;
    keeper->platforms.rounds = round;
    round_begin(keeper, round);
}

/* False where something is under way or about to be; *all_well: and nothing was put off
 * because nobody can be asked. */
static bool is_quiet(struct refresh *keeper, int64_t moment_s, bool *all_well)
{
    struct platform_room *room = &keeper->platforms;

    if (room->table.background_count > 0)
        return false;
    if (is_resting(keeper)) {
        *all_well = look(keeper, moment_s) == 0;
        return true;
    }
    *all_well = true;
    return room->due_next == room->due_count && room->doubt_count == 0
           && look(keeper, moment_s) == 0;
}

bool platform_round_is_over(struct refresh *keeper, bool *all_well)
{
    return is_quiet(keeper, now_s(keeper), all_well);
}

void platform_rounds_settle(struct refresh *keeper)
{
    struct platform_round **place = &keeper->platforms.rounds;

    while (*place != NULL) {
        struct platform_round *round = *place;
        bool all_well = false;
        bool is_over = keeper->ending
                       || ((round->is_begun || round_begin(keeper, round))
                           && is_quiet(keeper, round->moment_s, &all_well));
        if (!is_over) {
            place = &round->next;
            continue;
        }
        *place = round->next;
        round->done(round->context, round->all_well && all_well);
        free(round);
    }
}
