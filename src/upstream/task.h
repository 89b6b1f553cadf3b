/* SPDX-License-Identifier: Apache-2.0 */
/* A thing that is asked for, once or for ever: what is known of its keeping, and the
 * attempt that is under way. Tasks belong to the upstream thread alone. */
#ifndef THIM_UPSTREAM_TASK_H
#define THIM_UPSTREAM_TASK_H

#include "store/condition.h"
#include "upstream/pcs.h"
#include "upstream/refresh.h"
#include "upstream/schedule.h"

#define TASKS_MAX CONDITIONS_MAX
#define TASK_WAITERS_MAX 4096 /* demands that hang on one task */
#define TASK_ETAG_MAX 128

enum task_state {
    TASK_RESTING = 1, /* until due_ms */
    TASK_HELD,        /* until the call that tries an upstream again has ended */
    TASK_CALLING,     /* an upstream is being asked */
    TASK_ANSWERED,    /* an answer waits to be judged */
    TASK_VERIFIED,    /* the answer is true and waits to be published */
};

struct task_waiter {
    struct task_waiter *next;
    void *context;
    void (*told)(void *context, enum refresh_outcome outcome, int64_t retry_after_s);
};

struct task {
    struct pcs_item item;
    struct pcs_item_name name;
    bool is_scheduled; /* belongs to the regular round; else it is asked for once */
    bool is_wanted;    /* while the agenda is drawn up: it is on it */
    enum task_state state;
    int64_t due_ms; /* judging clock, monotonic */
    bool in_round;  /* somebody waits for this round to settle */

    /* the attempt under way */
    size_t upstream;  /* who is being asked, an index into the configuration */
    uint32_t asked;   /* bit by upstream: asked in this attempt */
    bool was_absent;  /* one of them said 404 */
    struct error why; /* the first thing that went wrong */
    int64_t retry_after_s;
    int64_t left_alone_until_ms; /* an upstream's breaker was open; 0: none was */
    struct arena arena;          /* the answer's bytes */
    struct bytes body;
    struct der_chain chain;
    struct verified_collateral *fresh;
    bool listed; /* a valid list names its number */
    struct task_waiter *waiters;
    size_t waiter_count;

    /* what stays */
    uint32_t failures;
    int64_t tried_s, ok_s;
    int64_t ended_ms; /* machine time of the end of the last attempt; 0: none yet */
    struct issue_history history;
    bool is_frozen, is_absent, is_gone;
    struct error logged;      /* the reason last written to the log */
    char etag[TASK_ETAG_MAX]; /* of the upstream etag_from, for bytes that are held */
    size_t etag_from;
};

struct task_table {
    struct task **tasks; /* sorted by name */
    size_t count, room;
};

void task_table_fini(struct task_table *table);

struct task *task_find(const struct task_table *table, const struct pcs_item *item);

/* The one of this name, made where missing; NULL past TASKS_MAX or without memory. */
struct task *task_add(struct task_table *table, const struct pcs_item *item);

/* Takes out and frees a task that nobody waits for. */
void task_remove(struct task_table *table, struct task *task);

/* False past TASK_WAITERS_MAX. */
bool task_wait(struct task *task, const struct refresh_demand *demand) MUST_CHECK;
void task_tell(struct task *task, enum refresh_outcome outcome, int64_t retry_after_s);

/* A number that stands for what is asked, for the breaker. */
uint64_t task_thing(const struct task *task);

/* Forgets the attempt: answer, error, who was asked. Waiters must have been told. */
void task_attempt_clear(struct task *task);

#endif
