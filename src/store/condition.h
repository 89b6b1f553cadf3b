/* SPDX-License-Identifier: Apache-2.0 */
/* How the keeping of each thing is going: when it was asked for, what went wrong, when it
 * is asked for again. In memory only; written by upstream/, read by serve/ for
 * `thim status`, which meet only here. All functions may be called from any thread. */
#ifndef THIM_STORE_CONDITION_H
#define THIM_STORE_CONDITION_H

#include "kit/error.h"

#define CONDITIONS_MAX 20000
#define CONDITION_NAME_MAX 80
#define CONDITION_UPSTREAMS_MAX 32 /* a further one is not recorded */

struct condition {
    char name[CONDITION_NAME_MAX]; /* what was asked: "tcb_info/sgx/v3/30606a000000
                                      standard" */
    char upstream[128];            /* who was asked last */
    int64_t tried_s, ok_s;         /* wall time by the judging clock; 0: never */
    int64_t next_s;                /* when it is due again */
    uint32_t failures;             /* in a row */
    enum error_kind kind;          /* of the last failure; ERROR_NONE when it went well */
    char why[ERROR_TEXT_MAX];
    bool frozen;    /* its issue date stands still */
    bool absent;    /* the upstream says there is no such thing, or no more: */
    bool gone;      /* a number whose documents are signed no more */
    int64_t ends_s; /* of what is gone and still held: when its last signatures end; else
                       0 */
};

struct upstream_condition {
    char name[128];
    bool breaker_open;
    int64_t skew_s; /* its Date minus ours, where off by more than the tolerance */
    uint64_t calls, failed;
    int64_t last_ok_s;
    bool gives_lists; /* has given a valid signed list of evaluation numbers */
    bool is_amd;      /* whose upstreams have none, but: */
    uint64_t queued_known, queued_unknown; /* certificates that wait for their turn now */
};

struct conditions;

struct conditions *conditions_create(void);
void conditions_destroy(struct conditions *conditions);
DEFINE_OWNED(struct conditions *, conditions_destroy)

/* Replaces the one of the same name; past CONDITIONS_MAX the one tried longest ago goes.
 */
void conditions_set(struct conditions *conditions, const struct condition *condition);
/* Forgets the one of this name; nothing where there is none. */
void conditions_remove(struct conditions *conditions, const char *name);
void conditions_set_upstream(struct conditions *conditions,
                             const struct upstream_condition *condition);

/* Whether somebody who says subject means this name: "tcb_info/sgx" means all that begins
 * with it, a whole name itself, "" everything. */
bool condition_is_meant(const char *subject, const char *name);

/* Calls visit for a copy of each, sorted by name. What is set or removed meanwhile may
 * or may not be seen; the visitor may call any function of this header. */
void conditions_visit(struct conditions *conditions,
                      void (*visit)(void *context, const struct condition *condition),
                      void *context);
void conditions_visit_upstreams(struct conditions *conditions,
                                void (*visit)(void *context,
                                              const struct upstream_condition *condition),
                                void *context);

#endif
