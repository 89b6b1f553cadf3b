/* SPDX-License-Identifier: Apache-2.0 */
/* The upstream thread: its inbox, its rounds, and its loop. */
#include "upstream/refresh.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/fmspc_list.h"
#include "kit/log.h"
#include "upstream/keeper.h"

enum {
    IDLE_MS = 1000,
    CALLS_PER_HOST = 32,
    VETO_S = 86400,
    HINT_ARENA_MAX = 4 * 1024 * 1024,
};

/* ---- the inbox: what other threads ask for ------------------------------------------
 */

/* What the fill mode does not let be asked for is not there. */
static bool is_forbidden(const struct refresh *refresh,
                         const struct refresh_demand *demand)
{
    enum fill_mode fill = refresh->options.config->intel.fill;

    return fill == FILL_OFFLINE || (fill == FILL_REQ && demand->address_len > 0);
}

void refresh_demand(struct refresh *refresh, const struct refresh_demand *demand)
{
    struct inbox_demand *letter = calloc(1, sizeof *letter);
    bool taken = false;

    if (is_forbidden(refresh, demand)) {
        free(letter);
        demand->told(demand->context, REFRESH_NOT_FOUND, 0);
        return;
    }
    if (letter != NULL) {
        letter->demand = *demand;
        pthread_mutex_lock(&refresh->lock);
        if (!refresh->stopping && refresh->demand_count < KEEPER_DEMANDS_MAX) {
            *refresh->demands_end = letter;
            refresh->demands_end = &letter->next;
            refresh->demand_count++;
            taken = true;
            http_client_wake(refresh->client); /* held by the lock until we stop */
        }
        pthread_mutex_unlock(&refresh->lock);
    }
    if (taken)
        return;
    free(letter);
    demand->told(demand->context, REFRESH_BUSY, 1);
}

/* ---- the veto -----------------------------------------------------------------------
 */

static bool hint_omits(const struct hint *hint, const uint8_t fmspc[6])
{
    struct arena arena;
    struct fmspc_list list;

    arena_init(&arena, HINT_ARENA_MAX);
    bool omits = fmspc_list_parse(hint->text, &arena, &list, NULL)
                 && !fmspc_list_names(&list, fmspc);
    arena_fini(&arena);
    return omits;
}

static bool upstream_omits(const struct holdings *holdings, const char *upstream,
                           const uint8_t fmspc[6], int64_t now_s)
{
    for (size_t i = 0; i < holdings->hint_count; i++) {
        const struct hint *hint = &holdings->hints[i];
        if (strcmp(hint->source, upstream) == 0 && now_s - hint->fetched_s <= VETO_S)
            return hint_omits(hint, fmspc);
    }
    return false;
}

bool refresh_vetoes(struct refresh *refresh, const uint8_t fmspc[6])
{
    const struct config *config = refresh->options.config;
    int64_t now_s = clock_wall_s(refresh->options.clock);

    pthread_mutex_lock(&refresh->lock);
    OWNED(holdings_release)
    struct holdings *holdings = holdings_hold(refresh->holdings);
    pthread_mutex_unlock(&refresh->lock);
    for (size_t i = 0; i < config->intel.upstream_count; i++)
        if (!upstream_omits(holdings, config->intel.upstreams[i].name, fmspc, now_s))
            return false;
    return config->intel.upstream_count > 0;
}

/* ---- demands ------------------------------------------------------------------------
 */

/* A number that is signed no more is not asked for again before its time. */
static bool stays_gone(const struct refresh *keeper, const struct task *task)
{
    return task->is_gone && task->is_scheduled && task->state == TASK_RESTING
           && !keeper_is_due(keeper, task);
}

/* What is known of a thing that was asked for a moment ago. */
static bool answer_from_memory(const struct refresh *keeper, const struct task *task,
                               enum refresh_outcome *outcome, int64_t *retry_after_s)
{
    int64_t left_ms = task->ended_ms + KEEPER_REFUSAL_MS - clock_real_ms();
    int64_t moved_s = clock_wall_s(keeper->options.clock) - task->tried_s;

    *retry_after_s = 0;
    *outcome = REFRESH_GONE;
    if (stays_gone(keeper, task))
        return true;
    if (task->state != TASK_RESTING || task->ended_ms == 0 || left_ms <= 0
        || moved_s >= KEEPER_REFUSAL_MS / 1000)
        return false;
    if (task->is_absent || task->is_gone) {
        *outcome = task->is_gone ? REFRESH_GONE : REFRESH_NOT_FOUND;
        return true;
    }
    *outcome = REFRESH_FAILED;
    *retry_after_s = left_ms / 1000 + 1;
    return task->failures > 0;
}

static bool is_within_budget(struct refresh *keeper, const struct refresh_demand *demand,
                             int64_t *retry_after_s)
{
    struct bytes address = bytes_of(demand->address, demand->address_len);

    return address.len == 0
           || budget_take(keeper->budget, address, clock_real_ms(), retry_after_s);
}

void keeper_take_demand(struct refresh *keeper, const struct refresh_demand *demand)
{
    struct pcs_item item = { .key = demand->key, .update = demand->update };
    const struct holding *held = keeper_held(keeper, &item);
    int64_t now_s = clock_wall_s(keeper->options.clock);
    enum refresh_outcome outcome;
    int64_t retry_after_s;

    if (held != NULL && verified_in_date(held->item, now_s, JUDGE_FUTURE_S)) {
        demand->told(demand->context, REFRESH_DONE, 0); /* it came while this waited */
        return;
    }
    struct task *task = task_find(&keeper->tasks, &item);
    bool makes_a_call = task == NULL || task->state == TASK_RESTING;
    if (task != NULL && answer_from_memory(keeper, task, &outcome, &retry_after_s)) {
        demand->told(demand->context, outcome, retry_after_s);
        return;
    }
    if (makes_a_call && !is_within_budget(keeper, demand, &retry_after_s)) {
        demand->told(demand->context, REFRESH_BUDGET, retry_after_s);
        return;
    }
    task = task_add(&keeper->tasks, &item);
    if (task == NULL || !task_wait(task, demand)) {
        demand->told(demand->context, REFRESH_BUSY, 1);
        return;
    }
    if (keeper->root_crl == NULL) /* without it nothing can be judged */
        attempt_hasten(keeper, key_root_crl());
    if (task->state == TASK_RESTING)
        attempt_begin(keeper, task);
}

static void take_demands(struct refresh *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    struct inbox_demand *letter = TAKE(keeper->demands);
    keeper->demands_end = &keeper->demands;
    keeper->demand_count = 0;
    pthread_mutex_unlock(&keeper->lock);
    while (letter != NULL) {
        struct inbox_demand *next = letter->next;
        if (keeper->ending)
            letter->demand.told(letter->demand.context, REFRESH_BUSY, 1);
        else
            keeper_take_demand(keeper, &letter->demand);
        free(letter);
        letter = next;
    }
}

/* ---- the loop -----------------------------------------------------------------------
 */

/* The root CRL and the lists first: the rest is judged by them. */
static void start_due(struct refresh *keeper)
{
    static const char *const order[] = { "root_crl", "evaluation_numbers", "" };

    for (size_t k = 0; k < COUNT_OF(order); k++)
        for (size_t i = 0; i < keeper->tasks.count; i++) {
            struct task *task = keeper->tasks.tasks[i];
            if (keeper->calling >= KEEPER_CALLS_MAX)
                return;
            if (keeper_is_due(keeper, task) && condition_is_meant(order[k], task->name.s))
                attempt_begin(keeper, task);
        }
}

static int64_t pause_ms(const struct refresh *keeper)
{
    int64_t now_ms = clock_mono_ms(keeper->options.clock);
    int64_t pause = platform_pause_ms(keeper, IDLE_MS);

    if (keeper->verified > 0) {
        int64_t left = keeper->verified_since_ms + KEEPER_LINGER_MS - clock_real_ms();
        pause = left < pause ? left : pause;
    }
    if (clock_is_standing(keeper->options.clock) || keeper->calling >= KEEPER_CALLS_MAX)
        return pause > 0 ? pause : 0;
    for (size_t i = 0; i < keeper->tasks.count; i++) {
        const struct task *task = keeper->tasks.tasks[i];
        if (task->is_scheduled && task->state == TASK_RESTING
            && task->due_ms - now_ms < pause)
            pause = task->due_ms - now_ms;
    }
    return pause > 0 ? pause : 0;
}

static bool is_quiet(const struct refresh *keeper)
{
    return keeper->calling == 0 && keeper->answered == 0 && keeper->verified == 0;
}

static bool is_time_to_publish(struct refresh *keeper)
{
    if (keeper->verified == 0)
        return false;
    if (keeper->verified_since_ms == 0)
        keeper->verified_since_ms = clock_real_ms();
    return keeper->calling == 0 || keeper->verified >= KEEPER_COMPANY_MAX
           || clock_real_ms() - keeper->verified_since_ms >= KEEPER_LINGER_MS;
}

static void work(struct refresh *keeper)
{
    unsigned running;
    struct error err = { 0 };

    rounds_take(keeper);
    take_demands(keeper);
    letters_take(keeper);
    platform_round_begin(keeper);
    platform_fetch_begin(keeper);
    start_due(keeper);
    platform_rounds_settle(keeper); /* before we wait: it may be over already */
    rounds_settle(keeper);
    if (!http_client_run(keeper->client, pause_ms(keeper), &running, &err))
        log_event(LOG_ERROR, "refresh", "why=\"%s\"", err.text);
    attempt_release_held(keeper);
    verdicts_refresh_law(keeper);
    verdicts_reach(keeper);
    if (is_time_to_publish(keeper))
        publish_verified(keeper);
    if (keeper->updates_refused && is_quiet(keeper))
        keeper_sync_tasks(keeper);
    platform_answers_judge(keeper);
    platform_write(keeper);
    keeper_prune_tasks(keeper);
}

static bool is_stopping(struct refresh *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    bool stopping = keeper->stopping;
    pthread_mutex_unlock(&keeper->lock);
    return stopping;
}

static void *upstream_thread(void *context)
{
    struct refresh *keeper = context;

    verdicts_refresh_law(keeper);
    keeper_sync_tasks(keeper);
    while (!is_stopping(keeper))
        work(keeper);
    keeper->ending = true;
    take_demands(keeper);
    letters_take(keeper);
    rounds_take(keeper);
    platform_await_store(keeper);
    http_client_close(TAKE(keeper->client));
    for (size_t i = 0; i < keeper->tasks.count; i++)
        task_tell(keeper->tasks.tasks[i], REFRESH_BUSY, 1);
    platform_close(keeper);
    platform_rounds_settle(keeper);
    rounds_settle(keeper);
    return NULL;
}

/* ---- start and stop -----------------------------------------------------------------
 */

static void name_upstreams(struct refresh *keeper)
{
    const struct config *config = keeper->options.config;

    for (size_t i = 0; i < config->intel.upstream_count; i++) {
        struct upstream_condition *condition = &keeper->upstreams[i].condition;
        snprintf(condition->name, sizeof condition->name, "%s",
                 config->intel.upstreams[i].name);
        conditions_set_upstream(keeper->options.conditions, condition);
        keeper->platforms.by_raw_tcb =
            keeper->platforms.by_raw_tcb
            || !platform_gives_list(&config->intel.upstreams[i]);
    }
}

/* Signals belong to the main thread. */
static bool start_thread(struct refresh *keeper, struct error *err)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&keeper->thread, NULL, upstream_thread, keeper);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    keeper->has_thread = failed == 0;
    if (failed != 0)
        return error_set(err, ERROR_SYSTEM, "upstream thread: %s", strerror(failed));
    return true;
}

bool refresh_start(const struct refresh_options *options, struct refresh **out,
                   struct error *err)
{
    struct http_client_options http = { .calls_per_host = CALLS_PER_HOST };
    OWNED(refresh_stop) struct refresh *keeper = calloc(1, sizeof *keeper);

    if (keeper == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the upstream thread");
    keeper->options = *options;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->written, NULL);
    keeper->demands_end = &keeper->demands;
    keeper->letters.end = &keeper->letters.first;
    keeper->holdings = holdings_hold(options->start);
    name_upstreams(keeper);
    if (!budget_create(options->config->limits.upstream_per_minute,
                       options->config->limits.upstream_per_minute_per_address,
                       &keeper->budget, err))
        return false;
    if (!platform_reader_open(options->config->state_directory, &keeper->platforms.reader,
                              err)
        || !http_client_create(&http, &keeper->client, err) || !start_thread(keeper, err))
        return false;
    *out = TAKE(keeper);
    return true;
}

void refresh_stop(struct refresh *refresh)
{
    if (refresh == NULL)
        return;
    pthread_mutex_lock(&refresh->lock);
    refresh->stopping = true;
    if (refresh->has_thread)
        http_client_wake(refresh->client); /* not yet closed: the thread waits for us */
    pthread_mutex_unlock(&refresh->lock);
    if (refresh->has_thread)
        pthread_join(refresh->thread, NULL);
    http_client_close(refresh->client);
    budget_destroy(refresh->budget);
    task_table_fini(&refresh->tasks);
    verified_release(refresh->root_crl);
    verified_release(refresh->sgx_list);
    verified_release(refresh->tdx_list);
    holdings_release(refresh->holdings);
    platform_reader_close(refresh->platforms.reader);
    pthread_cond_destroy(&refresh->written);
    pthread_mutex_destroy(&refresh->lock);
    free(refresh);
}
