/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that asks AMD's KDS: its inbox, its rounds, and its loop. */
#include "upstream/kds.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "upstream/kds_keeper.h"

enum { IDLE_MS = 1000, CALLS_PER_HOST = 16 };

/* ---- the inbox: what other threads ask for ------------------------------------------
 */

void kds_fetch(struct kds *kds, const struct chip_demand *demand)
{
    struct kds_letter *letter = calloc(1, sizeof *letter);
    bool is_taken = false;

    if (letter != NULL) {
        letter->demand = *demand;
        pthread_mutex_lock(&kds->lock);
        if (!kds->stopping && kds->letter_count < KDS_DEMANDS_MAX) {
            *kds->letters_end = letter;
            kds->letters_end = &letter->next;
            kds->letter_count++;
            is_taken = true;
            http_client_wake(kds->client); /* held by the lock until we stop */
        }
        pthread_mutex_unlock(&kds->lock);
    }
    if (is_taken)
        return;
    free(letter);
    kds_demand_refuse(demand, CHIP_BUSY, 1, "too many demands wait, or we are stopping");
}

void kds_wake(struct kds *kds)
{
    pthread_mutex_lock(&kds->lock);
    kds->is_woken = true;
    if (!kds->stopping)
        http_client_wake(kds->client);
    pthread_mutex_unlock(&kds->lock);
}

/* subject NULL: what is due after the clock moved. */
static void submit_round(struct kds *kds, const char *subject,
                         void (*done)(void *context, bool all_well), void *context)
{
    struct kds_round *round = calloc(1, sizeof *round);
    bool is_taken = false;

    if (round != NULL) {
        *round = (struct kds_round){ .due_only = subject == NULL,
                                     .all_well = true,
                                     .context = context,
                                     .done = done };
        if (subject != NULL)
            snprintf(round->subject, sizeof round->subject, "%s", subject);
        pthread_mutex_lock(&kds->lock);
        is_taken = !kds->stopping;
        if (is_taken) {
            round->next = kds->rounds_in;
            kds->rounds_in = round;
            http_client_wake(kds->client);
        }
        pthread_mutex_unlock(&kds->lock);
    }
    if (is_taken)
        return;
    free(round);
    done(context, false);
}

void kds_refresh(struct kds *kds, const char *subject,
                 void (*done)(void *context, bool all_well), void *context)
{
    submit_round(kds, subject, done, context);
}

void kds_clock_moved(struct kds *kds, void (*done)(void *context, bool all_well),
                     void *context)
{
    submit_round(kds, NULL, done, context);
}

/* ---- the inbox, read ----------------------------------------------------------------
 */

static void take_letters(struct kds *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    struct kds_letter *letter = TAKE(keeper->letters);
    keeper->letters_end = &keeper->letters;
    keeper->letter_count = 0;
    keeper->may_be_due = keeper->may_be_due || keeper->is_woken;
    keeper->is_woken = false;
    pthread_mutex_unlock(&keeper->lock);
    while (letter != NULL) {
        struct kds_letter *next = letter->next;
        if (keeper->ending)
            kds_demand_refuse(&letter->demand, CHIP_BUSY, 1, "the service is stopping");
        else
            kds_demand_take(keeper, &letter->demand);
        free(letter);
        letter = next;
    }
}

static void begin_round(struct kds *keeper, const struct kds_round *round)
{
    int64_t now_ms = kds_now_ms(keeper);

    if (round->due_only) {
        keeper->may_be_due = true;
        keeper->turns_moved = true;
    }
    for (size_t i = 0; i < keeper->list_count; i++) {
        struct kds_list *list = &keeper->lists[i];
        bool is_meant = !round->due_only && kds_list_is_meant(list, round->subject);
        if (is_meant && list->state == KDS_LIST_RESTING && list->due_ms > now_ms)
            list->due_ms = now_ms;
        list->in_round =
            list->in_round || is_meant
            || (round->due_only
                && (list->state != KDS_LIST_RESTING || list->due_ms <= now_ms));
    }
}

static void take_rounds(struct kds *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    struct kds_round *taken = TAKE(keeper->rounds_in);
    pthread_mutex_unlock(&keeper->lock);
    while (taken != NULL) {
        struct kds_round *next = taken->next;
        taken->next = keeper->rounds;
        keeper->rounds = taken;
        begin_round(keeper, taken);
        taken = next;
    }
}

/* ---- rounds end ---------------------------------------------------------------------
 */

/* After all that may be asked has been: whether anything will come of it by itself. While
 * the clock stands, no more tokens come. */
static bool is_at_rest(const struct kds *keeper)
{
    if (keeper->unwritten > 0)
        return false;
    for (size_t i = 0; i < keeper->upstream_count; i++)
        if (keeper->upstreams[i].calling > 0)
            return false;
    return true;
}

static bool are_lists_settled(const struct kds *keeper)
{
    for (size_t i = 0; i < keeper->list_count; i++)
        if (keeper->lists[i].in_round)
            return false;
    return true;
}

/* A refresh that must wait for tokens under a clock that stands has ended badly: nobody
 * else would say that the clock is to be moved. */
static bool is_settled(const struct kds *keeper, struct kds_round *round, bool at_rest)
{
    bool is_stuck = at_rest && clock_is_standing(keeper->options.clock);

    if (round->due_only)
        return at_rest;
    if (!are_lists_settled(keeper) && !is_stuck)
        return false;
    round->all_well = round->all_well && are_lists_settled(keeper);
    return true;
}

static void settle_rounds(struct kds *keeper)
{
    struct kds_round **place = &keeper->rounds;
    bool at_rest = is_at_rest(keeper);

    while (*place != NULL) {
        struct kds_round *round = *place;
        if (!keeper->ending && !is_settled(keeper, round, at_rest)) {
            place = &round->next;
            continue;
        }
        *place = round->next;
        round->done(round->context, round->all_well && !keeper->ending);
        free(round);
    }
}

/* ---- the loop -----------------------------------------------------------------------
 */

/* For thim status: how many wait for their turn. */
static void publish_queues(struct kds *keeper)
{
    for (size_t i = 0; i < keeper->upstream_count; i++) {
        struct upstream_condition *condition = &keeper->upstreams[i].condition;
        const size_t *count = keeper->upstreams[i].queue.count;
        uint64_t known = count[KDS_KNOWN] + count[KDS_WANTED];
        if (condition->queued_known == known
            && condition->queued_unknown == count[KDS_UNKNOWN])
            continue;
        condition->queued_known = known;
        condition->queued_unknown = count[KDS_UNKNOWN];
        conditions_set_upstream(keeper->options.conditions, condition);
    }
}

/* Until nothing more may be asked at this moment. */
static void ask_all(struct kds *keeper)
{
    do {
        kds_lists_begin_due(keeper);
        kds_release_held(keeper);
        kds_look_for_wanted(keeper);
    } while (kds_ask(keeper));
}

static int64_t pause_ms(const struct kds *keeper)
{
    int64_t pause = kds_pause_ms(keeper, IDLE_MS);
    int64_t deadline_ms = keeper->deadline_ms - clock_real_ms();

    pause = deadline_ms < pause ? deadline_ms : pause;
    if (keeper->unhanded != NULL && pause > HAND_AGAIN_MS)
        pause = HAND_AGAIN_MS;
    return pause > 0 ? pause : 0;
}

static void work(struct kds *keeper)
{
    struct error err = { 0 };
    unsigned running;

    take_rounds(keeper);
    take_letters(keeper);
    kds_chips_written(keeper);
    ask_all(keeper);
    kds_tell_late(keeper);
    publish_queues(keeper);
    settle_rounds(keeper);
    if (!http_client_run(keeper->client, pause_ms(keeper), &running, &err))
        log_event(LOG_ERROR, "amd", "why=\"%s\"", err.text);
}

static bool is_stopping(struct kds *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    bool stopping = keeper->stopping;
    pthread_mutex_unlock(&keeper->lock);
    return stopping;
}

/* What the store thread still has, it writes; then nobody waits any more. */
static void close_all(struct kds *keeper)
{
    const struct chip_report over = { .outcome = CHIP_BUSY,
                                      .retry_after_s = 1,
                                      .why = "the service is stopping" };

    keeper->ending = true;
    take_letters(keeper);
    take_rounds(keeper);
    pthread_mutex_lock(&keeper->lock);
    while (keeper->writing > 0)
        pthread_cond_wait(&keeper->written, &keeper->lock);
    pthread_mutex_unlock(&keeper->lock);
    kds_chips_written(keeper);
    http_client_close(TAKE(keeper->client));
    for (size_t i = 0; i < keeper->table.count; i++)
        kds_task_tell(&keeper->table, keeper->table.tasks[i], &over);
    settle_rounds(keeper);
}

static void *kds_thread(void *context)
{
    struct kds *keeper = context;

    while (!is_stopping(keeper))
        work(keeper);
    close_all(keeper);
    return NULL;
}

/* ---- start and stop -----------------------------------------------------------------
 */

static void name_upstreams(struct kds *keeper)
{
    const struct config *config = keeper->options.config;

    keeper->upstream_count = config->amd.upstream_count;
    for (size_t i = 0; i < keeper->upstream_count; i++) {
        const struct config_amd_upstream *each = &config->amd.upstreams[i];
        struct kds_upstream *upstream = &keeper->upstreams[i];
        upstream->config = each;
        kds_bucket_init(&upstream->bucket, each->interval_ms, each->burst);
        kds_queue_init(&upstream->queue, config->amd.unknown_share_percent);
        snprintf(upstream->condition.name, sizeof upstream->condition.name, "%s",
                 each->name);
        upstream->condition.is_amd = true;
        conditions_set_upstream(keeper->options.conditions, &upstream->condition);
    }
}

/* Signals belong to the main thread. */
static bool start_thread(struct kds *keeper, struct error *err)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&keeper->thread, NULL, kds_thread, keeper);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    keeper->has_thread = failed == 0;
    if (failed != 0)
        return error_set(err, ERROR_SYSTEM, "KDS's thread: %s", strerror(failed));
    return true;
}

bool kds_start(const struct kds_options *options, struct kds **out, struct error *err)
{
    const struct config *config = options->config;
    struct http_client_options http = { .calls_per_host = CALLS_PER_HOST };
    OWNED(kds_stop) struct kds *keeper = calloc(1, sizeof *keeper);

    if (keeper == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for KDS's thread");
    keeper->options = *options;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_cond_init(&keeper->written, NULL);
    keeper->letters_end = &keeper->letters;
    keeper->deadline_ms = INT64_MAX;
    keeper->may_be_due = true;
    keeper->law =
        options->start == NULL ? amd_law_make(NULL) : amd_law_hold(options->start);
    if (keeper->law == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for KDS's thread");
    name_upstreams(keeper);
    kds_lists_make(keeper);
    if (!budget_create(config->limits.upstream_per_minute,
                       config->amd.unknown_per_minute_per_address, &keeper->budget, err)
        || !platform_reader_open(config->state_directory, &keeper->reader, err)
        || !http_client_create(&http, &keeper->client, err) || !start_thread(keeper, err))
        return false;
    *out = TAKE(keeper);
    return true;
}

void kds_stop(struct kds *kds)
{
    if (kds == NULL)
        return;
    pthread_mutex_lock(&kds->lock);
    kds->stopping = true;
    if (kds->has_thread)
        http_client_wake(kds->client); /* not yet closed: the thread waits for us */
    pthread_mutex_unlock(&kds->lock);
    if (kds->has_thread)
        pthread_join(kds->thread, NULL);
    http_client_close(kds->client);
    budget_destroy(kds->budget);
    kds_table_fini(&kds->table);
    platform_reader_close(kds->reader);
    amd_law_release(kds->law);
    pthread_cond_destroy(&kds->written);
    pthread_mutex_destroy(&kds->lock);
    free(kds);
}
