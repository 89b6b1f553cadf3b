/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping what has been fetched. One batch at a time is with the store thread; what
 * becomes ready meanwhile is the next one, so that a storm of registrations shares its
 * commits. */
#include <stdio.h>

#include "kit/log.h"
#include "store/registrations.h"
#include "upstream/keeper.h"

enum {
    WRITE_AGAIN_MS = 50,      /* the writer's queue was full */
    STORE_REST_MS = 30 * 1000 /* it did not take what it was given */
};

/* ---- on the store thread -------------------------------------------------------------
 */

static struct platform_change change_of(const struct refresh *keeper,
                                        const struct platform_task *task)
{
    const struct platform_demand *demand = &task->demand;
    const struct platform_verdict *verdict = &task->verdict;
    const struct config_upstream *upstream =
        &keeper->options.config->intel.upstreams[task->upstream];
    struct platform_change change = {
        .has_name = demand->has_name,
        .name = demand->name,
        .bound_by = demand->bound_by,
        .registrar = demand->registrar[0] == 0 ? NULL : demand->registrar,
        .source = upstream->name,
        .has_raw_tcb = demand->has_raw_tcb,
        .raw = demand->raw,
        .raw_confirmed = task->raw_confirmed,
        .now_s = clock_wall_s(keeper->options.clock),
        .is_our_own = task->is_own,
        .pcks = (const struct verified_pck *const *)verdict->pcks,
        .pck_count = verdict->pck_count,
        .gaps = (const uint8_t(*)[TCBM_LEN])verdict->gaps,
        .gap_count = verdict->gap_count,
        .due_s = task->due_s,
        .rebinds = demand->rebinds,
        .adds = !task->by_list,
    };

    if (!task->by_list)
        return change; /* such an upstream goes by the QE ID: nobody vouched for these */
    if (demand->manifest.len > 0)
        change.manifest = demand->manifest;
    else if (demand->has_encrypted_ppid)
        change.encrypted_ppid =
            bytes_of(demand->encrypted_ppid, sizeof demand->encrypted_ppid);
    return change;
}

static bool write_failure(struct store *store, const struct platform_task *task,
                          const char *why, struct error *err)
{
    return store_platform_failed(store, task->known.row, why, task->due_s, err);
}

/* In REQ mode the admin's tool is told of platforms some of whose TCBs have no
 * certificate (PCCS's reg_na). A queue that is full says so in the log, and fails nobody.
 */
static bool queue_gaps(const struct refresh *keeper, struct store *store,
                       const struct platform_task *task,
                       const struct platform_change *change, struct error *err)
{
    const struct config *config = keeper->options.config;
    const struct platform_demand *demand = &task->demand;
    struct registration registration = {
        .name = demand->name,
        .has_raw_tcb = demand->has_raw_tcb,
        .raw = demand->raw,
        .encrypted_ppid = change->encrypted_ppid,
        .manifest = change->manifest,
    };

    if (config->intel.fill != FILL_REQ || change->gap_count == 0 || !demand->has_name
        || demand->bound_by < BOUND_BY_TOKEN || task->report.kept == PLATFORM_CONFLICT)
        return true;
    if (store_queue_registration(store, QUEUE_NOT_AVAILABLE, &registration,
                                 demand->registrar, config->limits.queue_per_registrar,
                                 change->now_s, err))
        return true;
    if (err->kind != ERROR_LIMIT)
        return false;
    log_event(LOG_WARNING, "platforms", "not in the queue of gaps why=\"%s\"", err->text);
    *err = (struct error){ 0 };
    return true;
}

static bool write_one(const struct refresh *keeper, struct store *store,
                      struct platform_task *task)
{
    struct platform_change change = change_of(keeper, task);
    struct error *err = &task->write_error;

    *err = (struct error){ 0 };
    if (task->report.outcome != FETCH_KEPT)
        return write_failure(store, task, task->report.why, err);
    return store_keep_platform(store, &change, &task->report.kept, err)
           && queue_gaps(keeper, store, task, &change, err)
           && (task->report.kept != PLATFORM_CONFLICT || !task->is_own
               || write_failure(store, task,
                                "what came is another platform's than the one bound",
                                err));
}

static bool write_together(const struct refresh *keeper, struct store *store)
{
    const struct platform_batch *batch = &keeper->platforms.batch;

    if (!store_begin(store, NULL))
        return false;
    for (size_t i = 0; i < batch->count; i++)
        if (!write_one(keeper, store, batch->tasks[i])) {
            store_rollback(store);
            return false;
        }
    if (store_commit(store, NULL))
        return true;
    store_rollback(store);
    return false;
}

static void tell_of_change(const struct refresh *keeper, const struct platform_task *task)
{
    bool is_changed = task->write_error.kind == ERROR_NONE
                      && task->report.outcome == FETCH_KEPT
                      && task->report.kept != PLATFORM_CONFLICT;
    bool has_name = task->demand.has_name || task->known.has_name;

    if (is_changed && has_name && keeper->options.platform_changed != NULL)
        keeper->options.platform_changed(keeper->options.context,
                                         task->demand.has_name ? &task->demand.name
                                                               : &task->known.name);
}

static void write_job(void *context, struct store *store)
{
    struct refresh *keeper = context;
    struct platform_batch *batch = &keeper->platforms.batch;

    /* one that the store won't have must not take the others with it */
    if (batch->count == 1 || !write_together(keeper, store))
        for (size_t i = 0; i < batch->count; i++)
            (void)write_one(keeper, store, batch->tasks[i]); /* its write_error says so */
    for (size_t i = 0; i < batch->count; i++)
        tell_of_change(keeper, batch->tasks[i]);
    pthread_mutex_lock(&keeper->lock);
    keeper->letters.has_written = true;
    http_client_wake(keeper->client); /* the thread waits for us before it closes it */
    pthread_cond_signal(&keeper->written);
    pthread_mutex_unlock(&keeper->lock);
}

/* ---- on the upstream thread ----------------------------------------------------------
 */

static void write_failed(struct refresh *keeper, struct platform_task *task)
{
    struct platform_room *room = &keeper->platforms;
    const struct error *err = &task->write_error;

    if (err->kind == ERROR_SYSTEM)
        room->rest_until_ms = clock_real_ms() + STORE_REST_MS;
    if (strcmp(room->logged.text, err->text) != 0)
        log_event(LOG_ERROR, "platforms", "platform=%lld not kept why=\"%s\"",
                  (long long)task->known.row, err->text);
    room->logged = *err;
    if (task->report.outcome != FETCH_KEPT)
        return;
    task->report = (struct platform_report){
        .outcome = err->kind == ERROR_UNTRUSTED ? FETCH_UNTRUSTED : FETCH_UNREACHABLE,
        .retry_after_s = SCHEDULE_BACKOFF_FIRST_S,
    };
    snprintf(task->report.why, sizeof task->report.why, "%.*s", PLATFORM_WHY_MAX - 1,
             err->text);
}

static void mark_rounds(struct refresh *keeper)
{
    for (struct platform_round *each = keeper->platforms.rounds; each != NULL;
         each = each->next)
        each->all_well = false;
    for (struct round *each = keeper->rounds; each != NULL; each = each->next)
        each->all_well = each->all_well && !each->due_only;
}

static void settle(struct refresh *keeper, struct platform_task *task)
{
    struct platform_room *room = &keeper->platforms;
    struct platform_report *report = &task->report;

    if (task->write_error.kind != ERROR_NONE)
        write_failed(keeper, task);
    else if (report->outcome == FETCH_KEPT && report->kept == PLATFORM_CONFLICT)
        report->outcome = FETCH_CONFLICT;
    if (report->outcome != FETCH_KEPT && task->is_background)
        mark_rounds(keeper);
    room->may_be_due = true;
    platform_task_move(&room->table, task, PLATFORM_TASK_WRITTEN);
}

static void take_back(struct refresh *keeper)
{
    struct platform_room *room = &keeper->platforms;

    pthread_mutex_lock(&keeper->lock);
    bool has_written = keeper->letters.has_written;
    keeper->letters.has_written = false;
    pthread_mutex_unlock(&keeper->lock);
    if (!has_written)
        return;
    for (size_t i = 0; i < room->batch.count; i++)
        settle(keeper, room->batch.tasks[i]);
    room->batch.count = 0;
    room->is_writing = false;
}

static void hand_on(struct refresh *keeper)
{
    struct platform_room *room = &keeper->platforms;
    struct platform_batch *batch = &room->batch;

    batch->count = 0;
    for (struct platform_task *task = room->table.queues[PLATFORM_TASK_READY].first;
         task != NULL && batch->count < PLATFORM_BATCH_MAX; task = task->next)
        batch->tasks[batch->count++] = task;
    if (batch->count == 0)
        return;
    size_t count = batch->count;
    for (size_t i = 0; i < count; i++)
        platform_task_move(&room->table, batch->tasks[i], PLATFORM_TASK_WRITING);
    room->is_writing =
        store_writer_submit(keeper->options.writer, write_job, keeper, NULL);
    if (room->is_writing)
        return;
    room->write_again_ms = clock_real_ms() + WRITE_AGAIN_MS;
    for (size_t i = 0; i < count; i++)
        platform_task_move(&room->table, batch->tasks[i], PLATFORM_TASK_READY);
    batch->count = 0;
}

void platform_write(struct refresh *keeper)
{
    struct platform_room *room = &keeper->platforms;
    struct platform_task *task;

    take_back(keeper);
    task = room->table.queues[PLATFORM_TASK_WRITTEN].first;
    while (task != NULL) {
        struct platform_task *next = task->next;
        if (!task->waits_for_tcb_info)
            platform_task_end(&room->table, task);
        task = next;
    }
    if (!room->is_writing && clock_real_ms() >= room->write_again_ms)
        hand_on(keeper);
}

void platform_await_store(struct refresh *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    while (keeper->platforms.is_writing && !keeper->letters.has_written)
        pthread_cond_wait(&keeper->written, &keeper->lock);
    pthread_mutex_unlock(&keeper->lock);
    take_back(keeper);
}

void platform_close(struct refresh *keeper)
{
    struct platform_table *table = &keeper->platforms.table;

    for (size_t state = PLATFORM_TASK_QUEUED; state < PLATFORM_TASK_STATES; state++)
        while (table->queues[state].first != NULL) {
            struct platform_task *task = table->queues[state].first;
            if (state != PLATFORM_TASK_WRITTEN)
                task->report =
                    (struct platform_report){ .outcome = FETCH_BUSY, .retry_after_s = 1 };
            platform_task_end(table, task);
        }
}
