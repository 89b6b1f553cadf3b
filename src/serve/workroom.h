/* SPDX-License-Identifier: Apache-2.0 */
/* A few threads for what a request may ask and a pool thread must not do: reading many
 * rows, verifying many signatures. Jobs are begun in the order they came; how many may
 * wait is bounded. */
#ifndef THIM_SERVE_WORKROOM_H
#define THIM_SERVE_WORKROOM_H

#include "kit/error.h"

#define WORKROOM_THREADS_MAX 8

struct workroom;

/* name: of the threads, 15 characters of it. ERROR_SYSTEM. */
bool workroom_open(const char *name, unsigned threads, size_t most_waiting,
                   struct workroom **out, struct error *err) MUST_CHECK;

/* Finishes what has been given and ends the threads; what is given from now on is not
 * taken. */
void workroom_end(struct workroom *room);

/* Ends it where that has not been done. Nobody else may be using the room. Accepts NULL.
 */
void workroom_close(struct workroom *room);
DEFINE_OWNED(struct workroom *, workroom_close)

/* False where as many wait as may, or the room has ended: the caller says so to whoever
 * asked. */
bool workroom_give(struct workroom *room, void (*job)(void *context), void *context)
    MUST_CHECK;

#endif
