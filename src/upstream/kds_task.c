/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds_task.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM_FIRST = 64 };

void kds_table_fini(struct kds_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        vcek_release(table->tasks[i]->vcek);
        free(table->tasks[i]);
    }
    free(table->tasks);
    *table = (struct kds_table){ 0 };
}

/* Where the key is, or where it would be. */
static size_t place_of(const struct kds_table *table, const struct kds_key *key)
{
    size_t from = 0, to = table->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (kds_key_compare(&table->tasks[middle]->key, key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct kds_task *kds_task_find(const struct kds_table *table, const struct kds_key *key)
{
    size_t i = place_of(table, key);

    if (i == table->count || kds_key_compare(&table->tasks[i]->key, key) != 0)
        return NULL;
    return table->tasks[i];
}

static bool make_room(struct kds_table *table)
{
    if (table->count < table->room)
        return true;
    size_t room = table->room == 0 ? ROOM_FIRST : 2 * table->room;
    struct kds_task **tasks =
        realloc(table->tasks, room * sizeof *tasks); /* at most twice KDS_TASKS_MAX */
    if (tasks == NULL)
        return false;
    table->tasks = tasks;
    table->room = room;
    return true;
}

struct kds_task *kds_task_add(struct kds_table *table, const struct kds_key *key,
                              enum kds_line line)
{
    size_t i = place_of(table, key);

    if (table->count >= KDS_TASKS_MAX
        || (line == KDS_UNKNOWN && table->unknown_count >= KDS_UNKNOWN_MAX)
        || !make_room(table))
        return NULL;
    struct kds_task *task = calloc(1, sizeof *task);
    if (task == NULL)
        return NULL;
    task->key = *key;
    task->state = KDS_TASK_HELD;
    task->line = line;
    task->serial = ++table->serial;
    task->waiters_end = &task->waiters;
    memmove(table->tasks + i + 1, table->tasks + i,
            (table->count - i) * sizeof *table->tasks);
    table->tasks[i] = task;
    table->count++;
    table->unknown_count += line == KDS_UNKNOWN;
    return task;
}

void kds_task_remove(struct kds_table *table, struct kds_task *task)
{
    size_t i = place_of(table, &task->key);

    table->count--;
    memmove(table->tasks + i, table->tasks + i + 1,
            (table->count - i) * sizeof *table->tasks);
    table->unknown_count -= task->line == KDS_UNKNOWN;
    vcek_release(task->vcek);
    free(task);
}

struct kds_task *kds_task_abandoned(const struct kds_table *table)
{
    struct kds_task *found = NULL;

    for (size_t i = 0; i < table->count; i++) {
        struct kds_task *task = table->tasks[i];
        if (task->line == KDS_UNKNOWN && task->state == KDS_TASK_QUEUED
            && task->waiter_count == 0 && (found == NULL || task->serial < found->serial))
            found = task;
    }
    return found;
}

void kds_task_set_line(struct kds_table *table, struct kds_task *task, enum kds_line line)
{
    table->unknown_count -= task->line == KDS_UNKNOWN;
    task->line = line;
    table->unknown_count += line == KDS_UNKNOWN;
}

static int64_t late_ms(int64_t wait_ms, int64_t now_ms)
{
    int64_t margin_ms =
        wait_ms / 2 < KDS_LATE_MARGIN_MS ? wait_ms / 2 : KDS_LATE_MARGIN_MS;

    return wait_ms <= 0 ? INT64_MAX : now_ms + wait_ms - margin_ms;
}

bool kds_task_wait(struct kds_table *table, struct kds_task *task,
                   const struct chip_demand *demand, int64_t now_ms)
{
    if (demand->told == NULL)
        return true;
    if (table->waiter_count >= KDS_WAITERS_MAX)
        return false;
    struct kds_waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL)
        return false;
    waiter->late_ms = late_ms(demand->wait_ms, now_ms);
    waiter->context = demand->context;
    waiter->told = demand->told;
    *task->waiters_end = waiter;
    task->waiters_end = &waiter->next;
    task->waiter_count++;
    table->waiter_count++;
    return true;
}

/* Tells those whose deadline lies before until_ms, and lets them go. */
static void tell_before(struct kds_table *table, struct kds_task *task, int64_t until_ms,
                        const struct chip_report *report)
{
    struct kds_waiter **place = &task->waiters;

    while (*place != NULL) {
        struct kds_waiter *waiter = *place;
        if (waiter->late_ms > until_ms) {
            place = &waiter->next;
            continue;
        }
        *place = waiter->next;
        task->waiter_count--;
        table->waiter_count--;
        waiter->told(waiter->context, report);
        free(waiter);
    }
    task->waiters_end = place;
}

void kds_task_tell(struct kds_table *table, struct kds_task *task,
                   const struct chip_report *report)
{
    tell_before(table, task, INT64_MAX, report);
}

void kds_task_tell_late(struct kds_table *table, struct kds_task *task, int64_t turn_ms,
                        int64_t retry_after_s)
{
    struct chip_report report = {
        .outcome = CHIP_LATE,
        .retry_after_s = retry_after_s,
        .why = "its turn at the upstream comes later than this request can wait",
    };

    tell_before(table, task, turn_ms < INT64_MAX ? turn_ms : INT64_MAX - 1, &report);
}

int64_t kds_table_deadline_ms(const struct kds_table *table)
{
    int64_t deadline_ms = INT64_MAX;

    for (size_t i = 0; i < table->count; i++)
        for (const struct kds_waiter *waiter = table->tasks[i]->waiters; waiter != NULL;
             waiter = waiter->next)
            if (waiter->late_ms < deadline_ms)
                deadline_ms = waiter->late_ms;
    return deadline_ms;
}
