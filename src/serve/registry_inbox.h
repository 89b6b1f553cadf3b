/* SPDX-License-Identifier: Apache-2.0 */
/* Registrations on their way into the store. What comes while the store thread is busy is
 * gathered and written by one job in one transaction, so that a fleet that starts at once
 * costs a few syncs of the disk and not one for each machine. Bounded, in number and in
 * bytes. */
#ifndef THIM_SERVE_REGISTRY_INBOX_H
#define THIM_SERVE_REGISTRY_INBOX_H

#include "serve/registry_parts.h"

#define INBOX_MAX 4096
#define INBOX_BYTES_MAX                                            \
    ((size_t)64 * 1024 * 1024) /* of manifests and encrypted PPIDs \
                                */
#define INBOX_BATCH_MAX 512    /* in one transaction */

enum candidate_plan {
    PLAN_CONFIRM = 1, /* a raw TCB of a platform that is held */
    PLAN_QUEUE,       /* a row in the queue, nothing else */
    PLAN_KEEP,        /* the platform, waiting for its certificates */
    PLAN_ASK,         /* a held one that is to change: upstream first; never in here */
};

enum candidate_outcome {
    CANDIDATE_WRITTEN = 1, /* committed */
    CANDIDATE_FULL,        /* the registrar has as many rows in the queue as may be */
    CANDIDATE_CONFLICT,
    CANDIDATE_FAILED, /* the store: why */
};

struct candidate { /* one registration; its bytes lie in its own arena */
    struct registry *registry;
    struct candidate *next;
    struct registering said;
    struct arena arena;
    enum candidate_plan plan;
    enum platform_bound_by bound_by;
    bool queues; /* with PLAN_KEEP: in the queue as well */

    enum candidate_outcome outcome; /* the inbox's to fill, as what follows */
    struct error why;
    /* On the store thread, after the commit; the candidate is the callee's again. */
    void (*written)(struct candidate *candidate);

    /* the callee's, once upstream has told */
    struct platform_report report;
    enum registered result;
};

struct inbox *inbox_create(struct registry *registry); /* NULL without memory */
void inbox_destroy(struct inbox *inbox);               /* empty; accepts NULL */

/* False where it is full, or the store does not take it: the candidate stays the
 * caller's. */
bool inbox_put(struct inbox *inbox, struct candidate *candidate) MUST_CHECK;

#endif
