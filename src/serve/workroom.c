/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/workroom.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
    void (*run)(void *context);
    void *context;
};

struct workroom {
    pthread_t threads[WORKROOM_THREADS_MAX];
    unsigned thread_count;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t more;
    size_t room, first, count; /* of a ring of jobs */
    bool closing;
    struct job ring[];
};

static bool take_job(struct workroom *room, struct job *out)
{
    pthread_mutex_lock(&room->lock);
    while (room->count == 0 && !room->closing)
        pthread_cond_wait(&room->more, &room->lock);
    bool there = room->count > 0;
    if (there) {
        *out = room->ring[room->first];
        room->first = (room->first + 1) % room->room;
        room->count--;
    }
    pthread_mutex_unlock(&room->lock);
    return there;
}

static void *work(void *room)
{
    struct job job;

    while (take_job(room, &job))
        job.run(job.context);
    return NULL;
}

/* Signals are the main thread's: ours are born with all of them blocked. */
static int start_threads(struct workroom *room, const char *name, unsigned threads)
{
    sigset_t all, before;
    char short_name[16];
    int status = 0;

    snprintf(short_name, sizeof short_name, "%s", name);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (status == 0 && room->thread_count < threads) {
        pthread_t *thread = &room->threads[room->thread_count];
        status = pthread_create(thread, NULL, work, room);
        if (status == 0) {
            pthread_setname_np(*thread, short_name);
            room->thread_count++;
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

bool workroom_open(const char *name, unsigned threads, size_t most_waiting,
                   struct workroom **out, struct error *err)
{
    OWNED(workroom_close)
    struct workroom *room = calloc(1, sizeof *room + most_waiting * sizeof room->ring[0]);

    if (room == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for %zu jobs", most_waiting);
    room->room = most_waiting;
    pthread_mutex_init(&room->lock, NULL);
    pthread_cond_init(&room->more, NULL);
    int status = start_threads(room, name, threads);
    if (status != 0)
        return error_set(err, ERROR_SYSTEM, "thread %s can't start: %s", name,
                         strerror(status));
    *out = TAKE(room);
    return true;
}

void workroom_end(struct workroom *room)
{
    pthread_mutex_lock(&room->lock);
    room->closing = true;
    pthread_cond_broadcast(&room->more);
    pthread_mutex_unlock(&room->lock);
    for (unsigned i = 0; i < room->thread_count; i++)
        pthread_join(room->threads[i], NULL);
    room->thread_count = 0;
}

void workroom_close(struct workroom *room)
{
    if (room == NULL)
        return;
    workroom_end(room);
    pthread_cond_destroy(&room->more);
    pthread_mutex_destroy(&room->lock);
    free(room);
}

bool workroom_give(struct workroom *room, void (*job)(void *context), void *context)
{
    pthread_mutex_lock(&room->lock);
    bool taken = !room->closing && room->count < room->room;
    if (taken) {
        size_t last = (room->first + room->count) % room->room;
        room->ring[last] = (struct job){ .run = job, .context = context };
        room->count++;
        pthread_cond_signal(&room->more);
    }
    pthread_mutex_unlock(&room->lock);
    return taken;
}
