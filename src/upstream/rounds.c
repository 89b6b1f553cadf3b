/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds: somebody has asked for many things at once and waits until they have settled.
 */
#include <stdlib.h>

#include "kit/text.h"
#include "upstream/keeper.h"

static bool round_submit(struct refresh *refresh, const char *subject, bool due_only,
                         void (*done)(void *context, bool all_well), void *context,
                         struct error *err)
{
    struct round *round = calloc(1, sizeof *round);
    size_t len = subject == NULL ? 0 : strlen(subject);

    if (round == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a refresh");
    if (len >= sizeof round->subject) {
        free(round);
        return error_set(err, ERROR_NOT_FOUND, "nothing is kept under a name that long");
    }
    if (len > 0)
        memcpy(round->subject, subject, len + 1);
    round->due_only = due_only;
    round->all_well = true;
    round->done = done;
    round->context = context;
    pthread_mutex_lock(&refresh->lock);
    bool taken = !refresh->stopping;
    if (taken) {
        round->next = refresh->rounds_in;
        refresh->rounds_in = round;
        http_client_wake(refresh->client);
    }
    pthread_mutex_unlock(&refresh->lock);
    if (!taken) {
        free(round);
        return error_set(err, ERROR_SYSTEM, "the service is stopping");
    }
    return true;
}

void refresh_clock_moved(struct refresh *refresh,
                         void (*done)(void *context, bool all_well), void *context)
{
    if (!round_submit(refresh, NULL, true, done, context, NULL))
        done(context, false);
}

struct search {
    const char *subject;
    bool found;
};

static void search_condition(void *context, const struct condition *condition)
{
    struct search *search = context;

    search->found = search->found || condition_is_meant(search->subject, condition->name);
}

bool refresh_everything(struct refresh *refresh, const char *subject,
                        void (*done)(void *context, bool all_well), void *context,
                        struct error *err)
{
    struct search search = { .subject = subject };

    if (refresh->options.config->intel.fill == FILL_OFFLINE)
        return error_set(err, ERROR_UNREACHABLE,
                         "intel.fill is offline: nobody is asked; bring a bundle");
    if (subject != NULL && subject[0] != 0) {
        conditions_visit(refresh->options.conditions, search_condition, &search);
        if (!search.found)
            return error_set(err, ERROR_NOT_FOUND,
                             "nothing is kept under \"%s\"; thim status lists the names",
                             safe_string(subject).s);
    }
    return round_submit(refresh, subject, false, done, context, err);
}

static void round_begin(struct refresh *keeper, struct round *round)
{
    for (size_t i = 0; i < keeper->tasks.count; i++) {
        struct task *task = keeper->tasks.tasks[i];
        if (round->due_only) {
            task->in_round = task->in_round || keeper_is_due(keeper, task);
        } else if (task->is_scheduled
                   && condition_is_meant(round->subject, task->name.s)) {
            task->in_round = true;
            if (task->state == TASK_RESTING)
                task->due_ms = clock_mono_ms(keeper->options.clock);
        }
    }
}

void rounds_take(struct refresh *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    struct round *taken = TAKE(keeper->rounds_in);
    pthread_mutex_unlock(&keeper->lock);
    while (taken != NULL) {
        struct round *next = taken->next;
        taken->next = keeper->rounds;
        keeper->rounds = taken;
        round_begin(keeper, taken);
        taken = next;
    }
}

/* While the clock stands still, what is due at this moment is fetched before it moves;
 * else platforms have a pace of their own, and nobody waits for them. */
static bool are_platforms_settled(struct refresh *keeper, struct round *round)
{
    bool all_well;

    if (!round->due_only || !clock_is_standing(keeper->options.clock))
        return true;
    if (!platform_round_is_over(keeper, &all_well))
        return false;
    round->all_well = round->all_well && all_well;
    return true;
}

static bool is_settled(struct refresh *keeper, struct round *round)
{
    for (size_t i = 0; i < keeper->tasks.count; i++) {
        const struct task *task = keeper->tasks.tasks[i];
        if (task->in_round
            || (round->due_only
                && (task->state != TASK_RESTING || keeper_is_due(keeper, task))))
            return false;
    }
    return are_platforms_settled(keeper, round);
}

void rounds_settle(struct refresh *keeper)
{
    struct round **place = &keeper->rounds;

    while (*place != NULL) {
        struct round *round = *place;
        if (!keeper->ending && !is_settled(keeper, round)) {
            place = &round->next;
            continue;
        }
        *place = round->next;
        round->done(round->context, round->all_well && !keeper->ending);
        free(round);
    }
}
