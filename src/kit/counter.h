/* SPDX-License-Identifier: Apache-2.0 */
/* Named counters: what has happened how often since the start, for whoever asks the
 * service how it does.
 *
 * One table; a counter is made when somebody first names it and lives as long as the
 * table. Adding takes no lock. May be called from any thread. */
#ifndef THIM_KIT_COUNTER_H
#define THIM_KIT_COUNTER_H

#include "kit/base.h"

#define COUNTERS_MAX 64
#define COUNTER_NAME_MAX 48

struct counters;
struct counter;

struct counters *counters_create(void);           /* NULL without memory */
void counters_destroy(struct counters *counters); /* accepts NULL */
DEFINE_OWNED(struct counters *, counters_destroy)

/* The counter of this name, made where missing; names are our own: short, lower case.
 * NULL where counters is NULL or the table is full: what is added to it is not counted.
 */
struct counter *counters_named(struct counters *counters, const char *name);

void counter_add(struct counter *counter, uint64_t more); /* accepts NULL */

/* Calls visit for each, in the order in which they were made. */
void counters_visit(struct counters *counters,
                    void (*visit)(void *context, const char *name, uint64_t value),
                    void *context);

#endif
