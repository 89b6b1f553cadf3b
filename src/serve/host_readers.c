/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/host_readers.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct host_readers {
    char directory[PATH_MAX];
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t one_is_back;
    struct platform_reader *idle[HOST_READERS_MAX];
    size_t idle_count;
    size_t open_count; /* idle ones and those that are out */
};

bool host_readers_create(const char *directory, struct host_readers **out,
                         struct error *err)
{
    struct host_readers *readers = calloc(1, sizeof *readers);

    if (readers == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for readers of the store");
    snprintf(readers->directory, sizeof readers->directory, "%s", directory);
    pthread_mutex_init(&readers->lock, NULL);
    pthread_cond_init(&readers->one_is_back, NULL);
    *out = readers;
    return true;
}

void host_readers_destroy(struct host_readers *readers)
{
    if (readers == NULL)
        return;
    for (size_t i = 0; i < readers->idle_count; i++)
        platform_reader_close(readers->idle[i]);
    pthread_cond_destroy(&readers->one_is_back);
    pthread_mutex_destroy(&readers->lock);
    free(readers);
}

/* An idle one; NULL where a new one is to be opened, which is counted already. */
static struct platform_reader *take_idle(struct host_readers *readers)
{
    struct platform_reader *reader = NULL;

    pthread_mutex_lock(&readers->lock);
    while (readers->idle_count == 0 && readers->open_count == HOST_READERS_MAX)
        pthread_cond_wait(&readers->one_is_back, &readers->lock);
    if (readers->idle_count > 0)
        reader = readers->idle[--readers->idle_count];
    else
        readers->open_count++;
    pthread_mutex_unlock(&readers->lock);
    return reader;
}

struct platform_reader *host_readers_take(struct host_readers *readers, struct error *err)
{
    struct platform_reader *reader = take_idle(readers);

    if (reader != NULL || platform_reader_open(readers->directory, &reader, err))
        return reader;
    pthread_mutex_lock(&readers->lock);
    readers->open_count--;
    pthread_cond_signal(&readers->one_is_back);
    pthread_mutex_unlock(&readers->lock);
    return NULL;
}

void host_readers_give_back(struct host_readers *readers, struct platform_reader *reader)
{
    pthread_mutex_lock(&readers->lock);
    readers->idle[readers->idle_count++] = reader;
    pthread_cond_signal(&readers->one_is_back);
    pthread_mutex_unlock(&readers->lock);
}
