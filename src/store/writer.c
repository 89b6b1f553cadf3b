/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct job {
    void (*run)(void *context, struct store *store);
    void *context;
};

struct store_writer {
    struct store *store; /* touched by the thread alone once it runs */
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t more;
    struct job queue[STORE_WRITER_QUEUE_MAX]; /* a ring */
    size_t first, count;
    bool stopping;
};

static bool take_job(struct store_writer *writer, struct job *out)
{
    pthread_mutex_lock(&writer->lock);
    while (writer->count == 0 && !writer->stopping)
        pthread_cond_wait(&writer->more, &writer->lock);
    bool there = writer->count > 0;
    if (there) {
        *out = writer->queue[writer->first];
        writer->first = (writer->first + 1) % STORE_WRITER_QUEUE_MAX;
        writer->count--;
    }
    pthread_mutex_unlock(&writer->lock);
    return there;
}

static void *run_jobs(void *context)
{
    struct store_writer *writer = context;
    struct job job;

    while (take_job(writer, &job))
        job.run(job.context, writer->store);
    return NULL;
}

/* Signals are the main thread's: ours is born with all of them blocked. */
static int start_thread(struct store_writer *writer)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&writer->thread, NULL, run_jobs, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status == 0)
        pthread_setname_np(writer->thread, "thim-store");
    return status;
}

bool store_writer_start(struct store *store, struct store_writer **out, struct error *err)
{
    struct store_writer *writer = calloc(1, sizeof *writer);
    int status = ENOMEM;

    if (writer != NULL) {
        writer->store = store;
        pthread_mutex_init(&writer->lock, NULL);
        pthread_cond_init(&writer->more, NULL);
        status = start_thread(writer);
    }
    if (status != 0) {
        free(writer);
        return error_set(err, ERROR_SYSTEM, "the store thread can't start: %s",
                         strerror(status));
    }
    *out = writer;
    return true;
}

void store_writer_stop(struct store_writer *writer)
{
    if (writer == NULL)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->more);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    store_close(writer->store);
    pthread_cond_destroy(&writer->more);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}

bool store_writer_submit(struct store_writer *writer,
                         void (*job)(void *context, struct store *store), void *context,
                         struct error *err)
{
    pthread_mutex_lock(&writer->lock);
    bool stopping = writer->stopping;
    bool taken = !stopping && writer->count < STORE_WRITER_QUEUE_MAX;
    if (taken) {
        size_t last = (writer->first + writer->count) % STORE_WRITER_QUEUE_MAX;
        writer->queue[last] = (struct job){ .run = job, .context = context };
        writer->count++;
        pthread_cond_signal(&writer->more);
    }
    pthread_mutex_unlock(&writer->lock);
    if (taken)
        return true;
    if (stopping)
        return error_set(err, ERROR_LIMIT, "the store is being closed");
    return error_set(err, ERROR_LIMIT, "%d jobs already wait for the store",
                     STORE_WRITER_QUEUE_MAX);
}

struct call {
    struct job job;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool has_ended;
};

static void run_call(void *context, struct store *store)
{
    struct call *call = context;

    call->job.run(call->job.context, store);
    pthread_mutex_lock(&call->lock);
    call->has_ended = true;
    pthread_cond_signal(
        &call->ended); /* under the lock: after it the caller may be gone */
    pthread_mutex_unlock(&call->lock);
}

bool store_writer_call(struct store_writer *writer,
                       void (*job)(void *context, struct store *store), void *context,
                       struct error *err)
{
    struct call call = { .job = { .run = job, .context = context } };

    if (pthread_equal(pthread_self(), writer->thread))
        return error_set(err, ERROR_SYSTEM, "the store thread can't wait for itself");
    pthread_mutex_init(&call.lock, NULL);
    pthread_cond_init(&call.ended, NULL);
    bool taken = store_writer_submit(writer, run_call, &call, err);
    if (taken) {
        pthread_mutex_lock(&call.lock);
        while (!call.has_ended)
            pthread_cond_wait(&call.ended, &call.lock);
        pthread_mutex_unlock(&call.lock);
    }
    pthread_cond_destroy(&call.ended);
    pthread_mutex_destroy(&call.lock);
    return taken;
}
