/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an attempt: what is remembered of it, written to the log, told to those who
 * wait, and when it is due again. */
#include <stdio.h>

#include "kit/log.h"
#include "kit/text.h"
#include "upstream/keeper.h"
#include "upstream/numbers.h"

static void record_condition(struct refresh *keeper, const struct task *task)
{
    const struct holding *held = keeper_held(keeper, &task->item);
    struct condition condition = {
        .tried_s = task->tried_s,
        .ok_s = task->ok_s,
        .failures = task->failures,
        .frozen = task->is_frozen,
        .absent = task->is_absent || task->is_gone,
        .gone = task->is_gone,
    };
    int64_t wait_ms = task->due_ms - clock_mono_ms(keeper->options.clock);

    condition.next_s = clock_wall_s(keeper->options.clock) + wait_ms / 1000;
    snprintf(condition.name, sizeof condition.name, "%s", task->name.s);
    snprintf(condition.upstream, sizeof condition.upstream, "%s",
             keeper_upstream(keeper, task)->name);
    if (task->is_gone && held != NULL)
        condition.ends_s = verified_facts(held->item)->valid_until_s;
    if (task->failures > 0) {
        condition.kind = task->why.kind;
        memcpy(condition.why, task->why.text, sizeof condition.why);
    }
    conditions_set(keeper->options.conditions, &condition);
}

/* One line when a thing begins to fail or fails for another reason, one when it is well
 * again; not one per try. */
static void log_turn(struct refresh *keeper, struct task *task)
{
    const struct holding *held = keeper_held(keeper, &task->item);

    if (task->failures == 0 && task->why.kind == ERROR_NONE) {
        if (task->logged.kind != ERROR_NONE)
            log_event(LOG_INFO, "refresh", "item=\"%s\" well again", task->name.s);
        task->logged = (struct error){ 0 };
        return;
    }
    /* the ways in which nobody can be reached are many, and say the same */
    if (task->logged.kind == task->why.kind
        && (task->why.kind == ERROR_UNREACHABLE
            || strcmp(task->logged.text, task->why.text) == 0))
        return;
    task->logged = task->why;
    if (task->failures == 0)
        log_event(LOG_WARNING, "refresh", "item=\"%s\" taken from=%s since why=\"%s\"",
                  task->name.s, keeper_upstream(keeper, task)->name, task->why.text);
    else if (held == NULL)
        log_event(LOG_WARNING, "refresh", "item=\"%s\" upstream=%s kept=none why=\"%s\"",
                  task->name.s, keeper_upstream(keeper, task)->name, task->why.text);
    else
        log_event(LOG_WARNING, "refresh",
                  "item=\"%s\" upstream=%s kept=%llu issued=%s why=\"%s\"", task->name.s,
                  keeper_upstream(keeper, task)->name,
                  (unsigned long long)keeper->holdings->generation,
                  utc(verified_facts(held->item)->issue_date_s).s, task->why.text);
}

static void watch_for_freeze(struct refresh *keeper, struct task *task)
{
    const struct holding *held = keeper_held(keeper, &task->item);

    if (held == NULL)
        return;
    const struct collateral_facts *facts = verified_facts(held->item);
    issue_history_note(&task->history, facts->issue_date_s);
    bool was_frozen = task->is_frozen;
    task->is_frozen = issue_history_is_frozen(&task->history, facts->next_update_s,
                                              keeper_interval_s(keeper, &task->item),
                                              clock_wall_s(keeper->options.clock));
    if (task->is_frozen && !was_frozen)
        log_event(LOG_WARNING, "refresh",
                  "item=\"%s\" frozen: still issued %s; asking the next upstream first",
                  task->name.s, utc(facts->issue_date_s).s);
}

/* An upstream that has no more what it has given before is wrong until the contrary is
 * shown; only a number that is no longer signed goes as it should. */
static enum refresh_outcome doubt_absence(struct task *task, const struct holding *held,
                                          enum refresh_outcome outcome)
{
    bool by_number = task->item.key.evaluation_data_number != 0;

    if ((outcome != REFRESH_NOT_FOUND && outcome != REFRESH_GONE) || held == NULL
        || by_number)
        return outcome;
    error_set(&task->why, ERROR_NOT_FOUND,
              "upstream answered %s, though it is held and has not run out",
              outcome == REFRESH_GONE ? "410, no longer there" : "404, no such thing");
    return REFRESH_FAILED;
}

/* The pause to the next try, failures aside. */
static int64_t interval_after(const struct refresh *keeper, const struct task *task)
{
    int64_t interval_s = keeper_interval_s(keeper, &task->item);
    bool by_number = task->item.key.evaluation_data_number != 0;

    if (by_number && (task->is_absent || task->is_gone) && interval_s < NUMBERS_GONE_S)
        return NUMBERS_GONE_S;
    return interval_s;
}

void attempt_end(struct refresh *keeper, struct task *task, enum refresh_outcome outcome)
{
    const struct holding *held = keeper_held(keeper, &task->item);
    int64_t retry_after_s = task->retry_after_s;

    outcome = doubt_absence(task, held, outcome);
    task->tried_s = clock_wall_s(keeper->options.clock);
    task->ended_ms = clock_real_ms();
    task->is_absent = outcome == REFRESH_NOT_FOUND;
    task->is_gone = outcome == REFRESH_GONE;
    if (outcome == REFRESH_FAILED) {
        task->failures++;
    } else {
        task->failures = 0;
        task->ok_s = task->tried_s;
    }
    if (outcome == REFRESH_DONE)
        watch_for_freeze(keeper, task);
    else
        keeper->updates_refused = keeper->updates_refused || task->item.update != 0;
    struct schedule_facts facts = {
        .now_ms = clock_mono_ms(keeper->options.clock),
        .now_s = task->tried_s,
        .interval_s = interval_after(keeper, task),
        .failures = task->failures,
        .retry_after_s = retry_after_s,
        .next_update_s = outcome == REFRESH_DONE && held != NULL
                             ? verified_facts(held->item)->next_update_s
                             : 0,
        .jitter = keeper_dice(),
    };
    task->due_ms = schedule_next_ms(&facts);
    if (task->left_alone_until_ms != 0 && task->left_alone_until_ms < task->due_ms)
        task->due_ms = task->left_alone_until_ms;
    log_turn(keeper, task);
    if (task->is_scheduled || outcome == REFRESH_FAILED)
        record_condition(keeper, task);
    if (outcome == REFRESH_FAILED)
        for (struct round *round = keeper->rounds; round != NULL; round = round->next)
            round->all_well = round->all_well && !task->in_round;
    task->state = TASK_RESTING;
    task->in_round = false;
    task_tell(task, outcome,
              outcome != REFRESH_FAILED ? 0
              : retry_after_s > 0       ? retry_after_s
                                        : SCHEDULE_BACKOFF_FIRST_S);
    task_attempt_clear(task);
}
