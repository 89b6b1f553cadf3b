/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate that is being fetched, and who waits for it: one task for each key,
 * however many ask. Tasks belong to the thread of upstream/kds.h alone.
 *
 * A waiter has a deadline. Who cannot be served before it is told so at once, with the
 * seconds until his turn, instead of being held until it has passed; the task goes on
 * without him, so that he finds the certificate when he comes again. Strangers' tasks
 * that nobody waits for give way to others where there are too many. Pure but for what
 * told does; deadlines in the machine's monotonic milliseconds. */
#ifndef THIM_UPSTREAM_KDS_TASK_H
#define THIM_UPSTREAM_KDS_TASK_H

#include "store/chip_errand.h"
#include "upstream/kds_queue.h"

#define KDS_TASKS_MAX 4096
#define KDS_UNKNOWN_MAX 256 /* of them strangers' */
#define KDS_WAITERS_MAX 4096
#define KDS_LATE_MARGIN_MS 500 /* for the answer to be sent; half the wait at most */

enum kds_task_state {
    KDS_TASK_HELD = 1, /* until chain and CRL are there to judge it by */
    KDS_TASK_QUEUED,   /* for a slot of one upstream */
    KDS_TASK_CALLING,
    KDS_TASK_WRITING, /* with the store thread */
};

struct kds; /* whose tasks these are */

struct kds_waiter {
    struct kds_waiter *next;
    int64_t late_ms; /* INT64_MAX: any time will do */
    void *context;
    void (*told)(void *context, const struct chip_report *report);
};

struct kds_task {
    struct kds_place place; /* first: a place is its task */
    struct kds_key key;
    enum kds_task_state state;
    enum kds_line line;
    enum chip_known_by known_by; /* by whom it has become known */
    bool is_row;                 /* the store knows that it is wanted */
    uint64_t serial;             /* the order in which they came */

    size_t upstream; /* who is asked or waited for: an index into the configuration */
    uint32_t asked;  /* bit by upstream */
    struct chip_report report; /* outcome 0: nothing has gone wrong yet */
    struct verified_vcek *vcek;

    struct kds_waiter *waiters, **waiters_end;
    size_t waiter_count;

    /* the store thread's while it writes */
    struct kds *keeper;
    struct kds_task *next_written;
    int64_t due_s; /* after a failure */
    struct error write_error;
};

struct kds_table {
    struct kds_task **tasks; /* sorted by key */
    size_t count, room;
    size_t unknown_count, waiter_count;
    uint64_t serial;
};

void kds_table_fini(struct kds_table *table);

struct kds_task *kds_task_find(const struct kds_table *table, const struct kds_key *key);

/* A new one; NULL past KDS_TASKS_MAX or KDS_UNKNOWN_MAX, or without memory. */
struct kds_task *kds_task_add(struct kds_table *table, const struct kds_key *key,
                              enum kds_line line);

/* Takes out and frees one that nobody waits for, and that is in no queue. */
void kds_task_remove(struct kds_table *table, struct kds_task *task);

/* The stranger's queued task that came first and that nobody waits for any more; NULL. */
struct kds_task *kds_task_abandoned(const struct kds_table *table);

/* A stranger's chip may turn out to be known; never the other way. Not while queued. */
void kds_task_set_line(struct kds_table *table, struct kds_task *task,
                       enum kds_line line);

/* False past KDS_WAITERS_MAX. */
bool kds_task_wait(struct kds_table *table, struct kds_task *task,
                   const struct chip_demand *demand, int64_t now_ms) MUST_CHECK;

/* Everybody who waits for it, who then waits no more. */
void kds_task_tell(struct kds_table *table, struct kds_task *task,
                   const struct chip_report *report);

/* Those whose deadline lies before its turn, or is here: CHIP_LATE. */
void kds_task_tell_late(struct kds_table *table, struct kds_task *task, int64_t turn_ms,
                        int64_t retry_after_s);

/* The earliest deadline of all, INT64_MAX where there is none. */
int64_t kds_table_deadline_ms(const struct kds_table *table);

#endif
