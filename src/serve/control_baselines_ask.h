/* SPDX-License-Identifier: Apache-2.0 */
/* Which baseline, what of it and with what parameters: the targets of the routes in
 * serve/control_baselines.h. Pure. */
#ifndef THIM_SERVE_CONTROL_BASELINES_ASK_H
#define THIM_SERVE_CONTROL_BASELINES_ASK_H

#include "baseline/policy.h"
#include "serve/control_platforms_ask.h"
#include "verify/tcb_level.h"

#define PREVIEW_NAMES_USUAL 5
#define PREVIEW_NAMES_MAX 100 /* of one row */
#define PREVIEW_UNSEEN_DAYS_MAX 3650

enum baselines_place {                    /* where in the tree of paths */
                       BASELINES_ALL = 1, /* /thim/v1/baselines */
                       BASELINES_DIFF,    /* /diff */
                       BASELINES_ONE,     /* /NAME */
                       BASELINES_VERB,    /* /NAME/verb */
                       BASELINES_EXPLAIN, /* /thim/v1/explain */
};

struct baselines_path {
    enum baselines_place place;
    struct bytes name, verb; /* empty where the place has none */
};

/* False where the path is none of ours. */
bool baselines_path_read(struct bytes path, struct baselines_path *out);

/* Letters, digits, - and _, fewer than BASELINE_NAME_MAX of them. */
bool baseline_name_read(struct bytes text, char out[BASELINE_NAME_MAX], struct error *err)
    MUST_CHECK;

enum preview_goal {                /* where a preview moves to */
                    GOAL_NEXT = 1, /* the decision's target, else early */
                    GOAL_NUMBER,
                    GOAL_EARLY,
                    GOAL_STANDARD,
                    GOAL_BASELINE, /* what another baseline has, its min_tcb too */
};

struct baselines_ask {          /* as far as a route takes them */
    struct platform_ask common; /* limit, fmspc, a platform's name, a raw TCB */
    unsigned tees;              /* bit sets_index(tee); 3 where none is named */
    enum preview_goal goal;
    uint32_t number;
    char baseline[BASELINE_NAME_MAX];
    uint64_t names;
    bool as_csv;
    uint64_t unseen_days;       /* 0: as the law has it */
    uint32_t a, b;              /* 0: not given */
    struct tcb_subject subject; /* but for its raw TCB */
};

/* ERROR_FORMAT names the parameter. */
bool baselines_ask_read(const struct http_target *target, struct arena *arena,
                        struct baselines_ask *out, struct error *err) MUST_CHECK;

/* "sgx", "tdx", or nothing for both; as an order's body has it, too. */
bool baselines_tees_read(struct bytes text, unsigned *out, struct error *err) MUST_CHECK;

/* A time, or a day, which is its first second. */
bool baselines_until_read(struct bytes text, int64_t *out, struct error *err) MUST_CHECK;

#endif
