/* SPDX-License-Identifier: Apache-2.0 */
/* One platform whose certificates are being fetched: who waits, what it is asked with,
 * what is known of it, what has come. Gone when it has ended: what stays of a platform is
 * its row. Tasks belong to the upstream thread, but for what is being written, which the
 * store thread reads meanwhile. */
#ifndef THIM_UPSTREAM_PLATFORM_TASK_H
#define THIM_UPSTREAM_PLATFORM_TASK_H

#include "store/platforms.h"
#include "upstream/pcs_platform.h"
#include "upstream/platform_judge.h"
#include "upstream/platforms.h"

#define PLATFORM_TASKS_MAX 4096
#define PLATFORM_TASK_WAITERS_MAX 1024
#define PLATFORM_MANIFESTS_MAX ((size_t)32 * 1024 * 1024) /* bytes, of all tasks */

enum platform_task_state {
    PLATFORM_TASK_QUEUED = 1, /* until a call may be made */
    PLATFORM_TASK_HELD,       /* until the call that tries an upstream again has ended */
    PLATFORM_TASK_CALLING,
    PLATFORM_TASK_ANSWERED, /* an answer waits to be judged */
    PLATFORM_TASK_READY,    /* what came of it waits to be written */
    PLATFORM_TASK_WRITING,
    PLATFORM_TASK_WRITTEN, /* the FMSPC's TCB info is being fetched */
    PLATFORM_TASK_STATES,
};

struct platform_waiter {
    struct platform_waiter *next;
    void *context;
    void (*told)(void *context, const struct platform_report *report);
};

struct platform_known { /* the platform's row, as far as it matters; 0: there is none */
    int64_t row;
    int64_t fetched_s;
    uint32_t failures;
    char why[PLATFORM_WHY_MAX];
    bool has_name;
    struct platform_name name;
    const struct platform_raw_tcb *raw_tcbs; /* in the task's memory */
    size_t raw_tcb_count;
};

struct platform_task {
    struct platform_task *next, *previous; /* in the queue of its state */
    struct platform_task *same_bucket;
    uint8_t key[32];
    enum platform_task_state state;
    struct arena memory;           /* lives as long as the task */
    struct platform_demand demand; /* its views lie in memory; context, told: unused */
    bool raw_confirmed;            /* its raw TCB came with a registration */
    struct platform_known known;
    bool is_background; /* nobody has asked: counted, and paced by the platform round */
    bool is_own;        /* asked with what the row itself knows: a failure is the row's */
    struct platform_waiter *waiters;
    size_t waiter_count;

    /* the attempt */
    size_t upstream;          /* who is being asked, an index into the configuration */
    uint32_t asked;           /* bit by upstream */
    bool was_absent;          /* one of them said so */
    bool was_gap;             /* one of them knows it, and has no certificate for it */
    bool by_list;             /* the present one was asked for the whole list */
    struct arena pages_arena; /* the answer's bytes */
    struct platform_pages pages;
    struct verified_pck_issuer *issuer;
    struct platform_verdict verdict;

    /* what comes of it */
    struct platform_report report; /* the first thing that went wrong, until it ends */
    int64_t due_s;                 /* when the row is to be fetched next */
    bool waits_for_tcb_info;
    bool was_written;
    struct error write_error;
};

struct platform_queue {
    struct platform_task *first, *last;
    size_t count;
};

#define PLATFORM_BUCKETS 1024

struct platform_table {
    struct platform_queue queues[PLATFORM_TASK_STATES];
    struct platform_task *buckets[PLATFORM_BUCKETS];
    size_t count, background_count, manifest_bytes;
};

/* What makes two questions one: the locator; where an upstream is asked by QE ID and raw
 * TCB, with those. False where nothing is known to ask anybody with. */
bool platform_question_key(const struct platform_demand *demand, bool by_raw_tcb,
                           uint8_t out[32]) MUST_CHECK;

/* The one under way that can answer this demand too: the same key, and no other name. It
 * takes on a name that it lacks, and the stronger word, until it is being written. */
struct platform_task *platform_task_join(struct platform_table *table,
                                         const uint8_t key[32],
                                         const struct platform_demand *demand);

/* Queued; copies the demand and what is known. NULL past a limit or without memory. */
struct platform_task *platform_task_add(struct platform_table *table,
                                        const uint8_t key[32],
                                        const struct platform_demand *demand,
                                        const struct platform_known *known,
                                        bool is_background);

bool platform_task_is_under_way(const struct platform_table *table, int64_t row);

void platform_task_move(struct platform_table *table, struct platform_task *task,
                        enum platform_task_state state);

/* False past PLATFORM_TASK_WAITERS_MAX; told NULL: nobody waits, which is well. */
bool platform_task_wait(struct platform_task *task, const struct platform_demand *demand)
    MUST_CHECK;

/* What it is asked with; a raw TCB that the demand did not bring is the one that was seen
 * last. */
struct platform_question platform_task_question(const struct platform_task *task);

/* Drops the answer, so that another upstream can be asked. */
void platform_task_clear(struct platform_task *task);

/* Tells who waits what the report says, and frees the task. */
void platform_task_end(struct platform_table *table, struct platform_task *task);

#endif
