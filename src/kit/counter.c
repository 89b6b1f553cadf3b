/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/counter.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counter {
    char name[COUNTER_NAME_MAX]; /* never changes once `count` covers it */
    _Atomic uint64_t value;
};

struct counters {
    pthread_mutex_t lock; /* taken to make one */
    atomic_size_t count;
    struct counter all[COUNTERS_MAX];
};

struct counters *counters_create(void)
{
    struct counters *counters = calloc(1, sizeof *counters);

    if (counters != NULL && pthread_mutex_init(&counters->lock, NULL) != 0) {
        free(counters);
        return NULL;
    }
    return counters;
}

void counters_destroy(struct counters *counters)
{
    if (counters == NULL)
        return;
    pthread_mutex_destroy(&counters->lock);
    free(counters);
}

static struct counter *find_or_make(struct counters *counters, const char *name)
{
    size_t count = atomic_load(&counters->count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(counters->all[i].name, name) == 0)
            return &counters->all[i];
    if (count == COUNTERS_MAX)
        return NULL;
    struct counter *made = &counters->all[count];
    snprintf(made->name, sizeof made->name, "%s", name);
    atomic_store(&counters->count, count + 1);
    return made;
}

struct counter *counters_named(struct counters *counters, const char *name)
{
    assert(strlen(name) < COUNTER_NAME_MAX);
    if (counters == NULL)
        return NULL;
    pthread_mutex_lock(&counters->lock);
    struct counter *counter = find_or_make(counters, name);
    pthread_mutex_unlock(&counters->lock);
    return counter;
}

void counter_add(struct counter *counter, uint64_t more)
{
    if (counter != NULL)
        atomic_fetch_add_explicit(&counter->value, more, memory_order_relaxed);
}

void counters_visit(struct counters *counters,
                    void (*visit)(void *context, const char *name, uint64_t value),
                    void *context)
{
    size_t count = atomic_load(&counters->count);

    for (size_t i = 0; i < count; i++)
        visit(context, counters->all[i].name,
              atomic_load_explicit(&counters->all[i].value, memory_order_relaxed));
}
