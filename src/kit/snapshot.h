/* SPDX-License-Identifier: Apache-2.0 */
/* A pointer that many threads read without locks while one replaces what it points to.
 *
 * What is published never changes. A reader marks what it looks at in a hazard slot of
 * its own thread; a value that has been replaced is freed once no slot holds it. A thread
 * looks at one snapshot at a time (enter, then leave). At most SNAPSHOT_THREADS_MAX
 * threads that ever read may be alive at once; past that, snapshot_enter aborts, since
 * thread counts are our own doing. */
#ifndef THIM_KIT_SNAPSHOT_H
#define THIM_KIT_SNAPSHOT_H

#include "kit/base.h"

#define SNAPSHOT_THREADS_MAX 256

struct snapshot;

struct snapshot *snapshot_create(void (*free_value)(void *value));

/* No reader may be inside. Frees the present value too. Accepts NULL. */
void snapshot_destroy(struct snapshot *snapshot);

/* The present value, NULL before the first publish; stays whole until snapshot_leave. */
const void *snapshot_enter(struct snapshot *snapshot);
void snapshot_leave(struct snapshot *snapshot);

/* Takes the value. Replaced values are freed now or at a later publish or reap. */
void snapshot_publish(struct snapshot *snapshot, void *value);

/* Frees replaced values that no thread looks at any more. */
void snapshot_reap(struct snapshot *snapshot);

#endif
