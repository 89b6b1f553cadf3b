/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/task.h"

#include <stdlib.h>

#include "kit/crypto.h"

enum { ANSWER_ARENA_MAX = 32 * 1024 * 1024 };

static size_t place_of(const struct task_table *table, const char *name, bool *found)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(table->tasks[middle]->name.s, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

struct task *task_find(const struct task_table *table, const struct pcs_item *item)
{
    bool found;
    size_t place = place_of(table, pcs_item_name(item).s, &found);

    return found ? table->tasks[place] : NULL;
}

static bool make_room(struct task_table *table)
{
    if (table->count >= TASKS_MAX)
        return false;
    if (table->count < table->room)
        return true;
    size_t room = table->room == 0 ? 64 : table->room * 2;
    struct task **grown = realloc(table->tasks, room * sizeof(struct task *));
    if (grown == NULL)
        return false;
    table->tasks = grown;
    table->room = room;
    return true;
}

struct task *task_add(struct task_table *table, const struct pcs_item *item)
{
    struct pcs_item_name name = pcs_item_name(item);
    bool found;
    size_t place = place_of(table, name.s, &found);

    if (found)
        return table->tasks[place];
    if (!make_room(table))
        return NULL;
    struct task *task = calloc(1, sizeof *task);
    if (task == NULL)
        return NULL;
    task->item = *item;
    task->name = name;
    task->state = TASK_RESTING;
    arena_init(&task->arena, ANSWER_ARENA_MAX);
    memmove(table->tasks + place + 1, table->tasks + place,
            (table->count - place) * sizeof(struct task *));
    table->tasks[place] = task;
    table->count++;
    return task;
}

static void task_free(struct task *task)
{
    task_attempt_clear(task);
    free(task);
}

void task_remove(struct task_table *table, struct task *task)
{
    bool found;
    size_t place = place_of(table, task->name.s, &found);

    if (!found)
        return;
    table->count--;
    memmove(table->tasks + place, table->tasks + place + 1,
            (table->count - place) * sizeof(struct task *));
    task_free(task);
}

void task_table_fini(struct task_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        task_free(table->tasks[i]);
    free(table->tasks);
    *table = (struct task_table){ 0 };
}

bool task_wait(struct task *task, const struct refresh_demand *demand)
{
    if (task->waiter_count >= TASK_WAITERS_MAX)
        return false;
    struct task_waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL)
        return false;
    waiter->context = demand->context;
    waiter->told = demand->told;
    waiter->next = task->waiters;
    task->waiters = waiter;
    task->waiter_count++;
    return true;
}

void task_tell(struct task *task, enum refresh_outcome outcome, int64_t retry_after_s)
{
    struct task_waiter *waiter = TAKE(task->waiters);

    task->waiter_count = 0;
    while (waiter != NULL) {
        struct task_waiter *next = waiter->next;
        waiter->told(waiter->context, outcome, retry_after_s);
        free(waiter);
        waiter = next;
    }
}

uint64_t task_thing(const struct task *task)
{
    struct sha256 digest = sha256(bytes_of_text(task->name.s));
    uint64_t thing;

    memcpy(&thing, digest.digest, sizeof thing);
    return thing;
}

void task_attempt_clear(struct task *task)
{
    verified_release(TAKE(task->fresh));
    arena_fini(&task->arena);
    task->body = (struct bytes){ 0 };
    task->chain.count = 0;
    task->asked = 0;
    task->was_absent = false;
    task->listed = false;
    task->why = (struct error){ 0 };
    task->retry_after_s = 0;
    task->left_alone_until_ms = 0;
}
