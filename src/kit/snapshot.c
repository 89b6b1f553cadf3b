/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/snapshot.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct retired {
    struct retired *next;
    void *value;
};

struct snapshot {
    _Atomic(void *) present;
    _Atomic(void *) hazards[SNAPSHOT_THREADS_MAX]; /* what each thread looks at */
    pthread_mutex_t writing;
    struct retired *retired;
    void (*free_value)(void *);
};

/* A thread keeps one slot number for all snapshots, and gives it back when it ends. */
static _Atomic bool slot_taken[SNAPSHOT_THREADS_MAX];
static pthread_key_t slot_key;
static pthread_once_t slot_once = PTHREAD_ONCE_INIT;
static _Thread_local unsigned slot_plus_one;

static void give_slot_back(void *slot)
{
    atomic_store((_Atomic bool *)slot, false);
}

static void make_slot_key(void)
{
    if (pthread_key_create(&slot_key, give_slot_back) != 0)
        abort();
}

static unsigned my_slot(void)
{
    if (slot_plus_one > 0)
        return slot_plus_one - 1;
    pthread_once(&slot_once, make_slot_key);
    for (unsigned i = 0; i < SNAPSHOT_THREADS_MAX; i++) {
        bool free_slot = false;
        if (atomic_compare_exchange_strong(&slot_taken[i], &free_slot, true)) {
            if (pthread_setspecific(slot_key, (void *)&slot_taken[i]) != 0)
                abort();
            slot_plus_one = i + 1;
            return i;
        }
    }
    abort();
}

struct snapshot *snapshot_create(void (*free_value)(void *value))
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);

    if (snapshot == NULL)
        return NULL;
    pthread_mutex_init(&snapshot->writing, NULL);
    snapshot->free_value = free_value;
    return snapshot;
}

const void *snapshot_enter(struct snapshot *snapshot)
{
    _Atomic(void *) *hazard = &snapshot->hazards[my_slot()];
    void *seen = atomic_load(&snapshot->present);

    for (;;) { /* until the mark is seen to have been made before a replacement */
        atomic_store(hazard, seen);
        void *again = atomic_load(&snapshot->present);
        if (again == seen)
            return seen;
        seen = again;
    }
}

void snapshot_leave(struct snapshot *snapshot)
{
    atomic_store(&snapshot->hazards[my_slot()], NULL);
}

static bool is_looked_at(struct snapshot *snapshot, const void *value)
{
    for (size_t i = 0; i < SNAPSHOT_THREADS_MAX; i++)
        if (atomic_load(&snapshot->hazards[i]) == value)
            return true;
    return false;
}

static void reap_locked(struct snapshot *snapshot)
{
    for (struct retired **at = &snapshot->retired; *at != NULL;) {
        struct retired *entry = *at;
        if (is_looked_at(snapshot, entry->value)) {
            at = &entry->next;
            continue;
        }
        *at = entry->next;
        snapshot->free_value(entry->value);
        free(entry);
    }
}

void snapshot_publish(struct snapshot *snapshot, void *value)
{
    pthread_mutex_lock(&snapshot->writing);
    struct retired *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        abort(); /* a dozen bytes: nothing else would work either */
    entry->value = atomic_exchange(&snapshot->present, value);
    if (entry->value == NULL) {
        free(entry);
    } else {
        entry->next = snapshot->retired;
        snapshot->retired = entry;
    }
    reap_locked(snapshot);
    pthread_mutex_unlock(&snapshot->writing);
}

void snapshot_reap(struct snapshot *snapshot)
{
    pthread_mutex_lock(&snapshot->writing);
    reap_locked(snapshot);
    pthread_mutex_unlock(&snapshot->writing);
}

void snapshot_destroy(struct snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    reap_locked(snapshot);
    void *present = atomic_load(&snapshot->present);
    if (present != NULL)
        snapshot->free_value(present);
    pthread_mutex_destroy(&snapshot->writing);
    free(snapshot);
}
