/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/platform_task.h"

#include <stdlib.h>

#include "kit/crypto.h"

enum {
    MEMORY_MAX = 256 * 1024, /* a manifest, an encrypted PPID, raw TCBs */
    PAGES_MAX = 3 * PCK_LIST_BYTES_MAX,
    NAME_DIGEST_MAX = QE_ID_MAX + 96,
};

static bool is_zero(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (at[i] != 0)
            return false;
    return true;
}

static struct bytes encrypted_ppid_of(const struct platform_demand *demand)
{
    return demand->has_encrypted_ppid
               ? bytes_of(demand->encrypted_ppid, sizeof demand->encrypted_ppid)
               : (struct bytes){ 0 };
}

bool platform_question_key(const struct platform_demand *demand, bool by_raw_tcb,
                           uint8_t out[32])
{
    uint8_t whole[NAME_DIGEST_MAX] = { 0 };
    size_t name_len = demand->has_name ? strlen(demand->name.qe_id) : 0;

    platform_locator(demand->name.pce_id, encrypted_ppid_of(demand), demand->manifest,
                     out);
    if (!by_raw_tcb || !demand->has_name)
        return !is_zero(out, 32);
    memcpy(whole, out, 32);
    if (demand->has_raw_tcb) {
        memcpy(whole + 32, demand->raw.cpusvn, 16);
        whole[48] = (uint8_t)demand->raw.pcesvn;
        whole[49] = (uint8_t)(demand->raw.pcesvn >> 8);
    }
    whole[50] = (uint8_t)demand->name.pce_id;
    whole[51] = (uint8_t)(demand->name.pce_id >> 8);
    memcpy(whole + 52, demand->name.qe_id, name_len);
    struct sha256 digest = sha256(bytes_of(whole, 52 + name_len));
    memcpy(out, digest.digest, 32);
    return true;
}

static struct platform_task **bucket_of(struct platform_table *table,
                                        const uint8_t key[32])
{
    return &table->buckets[((size_t)key[0] << 8 | key[1]) % PLATFORM_BUCKETS];
}

/* Whose word a binding is stays true of it: a name is not taken on from somebody weaker
 * than who asked so far, nor does somebody stronger vouch for a name he has not said. */
static bool agrees(const struct platform_task *task, const struct platform_demand *demand)
{
    if (task->demand.has_name && demand->has_name)
        return platform_name_compare(&task->demand.name, &demand->name) == 0;
    if (demand->has_name)
        return demand->bound_by >= task->demand.bound_by;
    return !task->demand.has_name || demand->bound_by <= task->demand.bound_by;
}

static bool says_more(const struct platform_task *task,
                      const struct platform_demand *demand)
{
    return (demand->has_name && !task->demand.has_name)
           || demand->bound_by > task->demand.bound_by
           || (demand->rebinds && !task->demand.rebinds);
}

static bool is_confirmed(const struct platform_demand *demand)
{
    return demand->has_raw_tcb && demand->bound_by > BOUND_BY_ASKING;
}

static void take_on(struct platform_task *task, const struct platform_demand *demand)
{
    if (demand->has_name && !task->demand.has_name) {
        task->demand.has_name = true;
        task->demand.name = demand->name;
    }
    if (demand->bound_by > task->demand.bound_by) {
        task->demand.bound_by = demand->bound_by;
        memcpy(task->demand.registrar, demand->registrar, sizeof demand->registrar);
    }
    if (is_confirmed(demand) || (demand->has_raw_tcb && !task->demand.has_raw_tcb)) {
        task->demand.has_raw_tcb = true;
        task->demand.raw = demand->raw;
        task->raw_confirmed = task->raw_confirmed || is_confirmed(demand);
    }
    task->demand.rebinds = task->demand.rebinds || demand->rebinds;
}

struct platform_task *platform_task_join(struct platform_table *table,
                                         const uint8_t key[32],
                                         const struct platform_demand *demand)
{
    for (struct platform_task *task = *bucket_of(table, key); task != NULL;
         task = task->same_bucket) {
        bool is_open = task->state < PLATFORM_TASK_WRITING;
        if (memcmp(task->key, key, sizeof task->key) != 0 || !agrees(task, demand)
            || (!is_open && says_more(task, demand)))
            continue;
        if (is_open)
            take_on(task, demand);
        return task;
    }
    return NULL;
}

bool platform_task_is_under_way(const struct platform_table *table, int64_t row)
{
    for (size_t state = PLATFORM_TASK_QUEUED; state < PLATFORM_TASK_STATES; state++)
        for (const struct platform_task *task = table->queues[state].first; task != NULL;
             task = task->next)
            if (task->known.row == row)
                return true;
    return false;
}

/* ---- queues -------------------------------------------------------------------------
 */

static void leave_queue(struct platform_table *table, struct platform_task *task)
{
    struct platform_queue *queue = &table->queues[task->state];

    *(task->previous == NULL ? &queue->first : &task->previous->next) = task->next;
    *(task->next == NULL ? &queue->last : &task->next->previous) = task->previous;
    queue->count--;
}

static void enter_queue(struct platform_table *table, struct platform_task *task)
{
    struct platform_queue *queue = &table->queues[task->state];

    task->next = NULL;
    task->previous = queue->last;
    *(queue->last == NULL ? &queue->first : &queue->last->next) = task;
    queue->last = task;
    queue->count++;
}

void platform_task_move(struct platform_table *table, struct platform_task *task,
                        enum platform_task_state state)
{
    leave_queue(table, task);
    task->state = state;
    enter_queue(table, task);
}

/* ---- making and ending --------------------------------------------------------------
 */

static bool copy_in(struct platform_task *task, const struct platform_known *known)
{
    size_t count = known->raw_tcb_count;
    struct platform_raw_tcb *raw_tcbs =
        arena_alloc(&task->memory, count + 1, sizeof *raw_tcbs);

    if (raw_tcbs == NULL)
        return false;
    if (count > 0)
        memcpy(raw_tcbs, known->raw_tcbs, count * sizeof *raw_tcbs);
    task->known.raw_tcbs = raw_tcbs;
    if (task->demand.manifest.len == 0)
        return true;
    task->demand.manifest = arena_copy(&task->memory, task->demand.manifest);
    return task->demand.manifest.at != NULL;
}

struct platform_task *platform_task_add(struct platform_table *table,
                                        const uint8_t key[32],
                                        const struct platform_demand *demand,
                                        const struct platform_known *known,
                                        bool is_background)
{
    struct platform_task **bucket = bucket_of(table, key);

    if (table->count >= PLATFORM_TASKS_MAX
        || table->manifest_bytes + demand->manifest.len > PLATFORM_MANIFESTS_MAX)
        return NULL;
    struct platform_task *task = calloc(1, sizeof *task);
    if (task == NULL)
        return NULL;
    arena_init(&task->memory, MEMORY_MAX);
    arena_init(&task->pages_arena, PAGES_MAX);
    memcpy(task->key, key, sizeof task->key);
    task->demand = *demand;
    task->known = *known;
    task->is_background = is_background;
    task->raw_confirmed = is_confirmed(demand);
    if (!copy_in(task, known)) {
        arena_fini(&task->memory);
        free(task);
        return NULL;
    }
    task->same_bucket = *bucket;
    *bucket = task;
    task->state = PLATFORM_TASK_QUEUED;
    enter_queue(table, task);
    table->count++;
    table->background_count += is_background;
    table->manifest_bytes += task->demand.manifest.len;
    return task;
}

bool platform_task_wait(struct platform_task *task, const struct platform_demand *demand)
{
    if (demand->told == NULL)
        return true;
    if (task->waiter_count >= PLATFORM_TASK_WAITERS_MAX)
        return false;
    struct platform_waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL)
        return false;
    waiter->context = demand->context;
    waiter->told = demand->told;
    waiter->next = task->waiters;
    task->waiters = waiter;
    task->waiter_count++;
    return true;
}

static const struct platform_raw_tcb *last_seen(const struct platform_known *known)
{
    const struct platform_raw_tcb *last = NULL;

    for (size_t i = 0; i < known->raw_tcb_count; i++)
        if (last == NULL || known->raw_tcbs[i].last_seen_s > last->last_seen_s)
            last = &known->raw_tcbs[i];
    return last;
}

struct platform_question platform_task_question(const struct platform_task *task)
{
    const struct platform_demand *demand = &task->demand;
    const struct platform_raw_tcb *last = last_seen(&task->known);
    struct platform_question question = {
        .has_name = demand->has_name,
        .name = demand->name,
        .encrypted_ppid = encrypted_ppid_of(demand),
        .manifest = demand->manifest,
        .has_raw_tcb = demand->has_raw_tcb || last != NULL,
    };

    if (demand->has_raw_tcb)
        question.raw = demand->raw;
    else if (last != NULL)
        question.raw = last->raw;
    return question;
}

void platform_task_clear(struct platform_task *task)
{
    platform_verdict_fini(&task->verdict);
    pck_issuer_release(TAKE(task->issuer));
    arena_fini(&task->pages_arena);
    task->pages = (struct platform_pages){ 0 };
}

void platform_task_end(struct platform_table *table, struct platform_task *task)
{
    struct platform_task **place = bucket_of(table, task->key);
    struct platform_waiter *waiter = TAKE(task->waiters);

    leave_queue(table, task);
    while (*place != task)
        place = &(*place)->same_bucket;
    *place = task->same_bucket;
    table->count--;
    table->background_count -= task->is_background;
    table->manifest_bytes -= task->demand.manifest.len;
    while (waiter != NULL) {
        struct platform_waiter *next = waiter->next;
        waiter->told(waiter->context, &task->report);
        free(waiter);
        waiter = next;
    }
    platform_task_clear(task);
    arena_fini(&task->memory);
    free(task);
}
