/* SPDX-License-Identifier: Apache-2.0 */
/* The store thread: the only one that writes, fed by a bounded queue. */
#ifndef THIM_STORE_WRITER_H
#define THIM_STORE_WRITER_H

#include "store/store.h"

#define STORE_WRITER_QUEUE_MAX 1024

struct store_writer;

/* Takes the store, which is closed with the writer; where it fails (ERROR_SYSTEM) the
 * store is still the caller's. */
bool store_writer_start(struct store *store, struct store_writer **out, struct error *err)
    MUST_CHECK;

/* Finishes what is queued, then ends; nobody else may be using the writer. What a job
 * submits from now on is refused (ERROR_LIMIT). Accepts NULL. */
void store_writer_stop(struct store_writer *writer);
DEFINE_OWNED(struct store_writer *, store_writer_stop)

/* Runs on the store thread, in the order submitted. False (ERROR_LIMIT) when the queue is
 * full: the caller says so to whoever asked. */
bool store_writer_submit(struct store_writer *writer,
                         void (*job)(void *context, struct store *store), void *context,
                         struct error *err) MUST_CHECK;

/* The same, and waits until it has run. On the store thread: ERROR_SYSTEM. */
bool store_writer_call(struct store_writer *writer,
                       void (*job)(void *context, struct store *store), void *context,
                       struct error *err) MUST_CHECK;

#endif
