/* SPDX-License-Identifier: Apache-2.0 */
/* Why a platform has the TCB status it has: the verdict under each set that is held, side
 * by side, what each component has and needs, and what would raise it. Pure. */
#ifndef THIM_BASELINE_EXPLAIN_H
#define THIM_BASELINE_EXPLAIN_H

#include "baseline/sets.h"
#include "verify/tcb_level.h"

struct explain_need { /* one component that keeps it from the goal */
    unsigned place;   /* as struct tcb_shortfall has it */
    unsigned have, need;
    struct tcb_place_words words;
};

struct explain_set { /* under one number */
    uint32_t number;
    bool is_standard, is_early; /* of the TCB info */
    bool in_date;               /* the TCB info, and the identity where it is held */
    bool listed;
    int64_t recovery_event_s; /* of the signed list; 0: not named */
    bool has_promotion;       /* it is early still: when it is expected as standard */
    int64_t promotion_earliest_s, promotion_latest_s;
    struct tcb_verdict verdict;
    const struct bytes *advisories; /* of the verdict */
    size_t advisory_count;
    /* The goal: the best level of this set; NULL where it has one that is as good, or
     * is short of nothing. */
    const struct tcb_level *goal;
    const struct explain_need *needs; /* all places short of the goal, in order */
    size_t need_count;
    bool module_needs; /* the TDX module is short: its ISVSVN have and need */
    unsigned module_have, module_need;
    bool qe_needs; /* the QE is short */
    unsigned qe_have, qe_need;
    const struct bytes *cleared; /* advisories that reaching the goal clears */
    size_t cleared_count;
};

struct explanation {
    enum tee tee;
    uint8_t fmspc[6];
    struct tcb_subject subject;
    const struct explain_set *sets; /* highest number first */
    size_t set_count;
};

/* ERROR_NOT_FOUND where no TCB info of this FMSPC and TEE is held. */
bool explain_make(const struct sets *sets, enum tee tee, const uint8_t fmspc[6],
                  const struct tcb_subject *subject, int64_t now_s, struct arena *arena,
                  struct explanation *out, struct error *err) MUST_CHECK;

/* The page that tells of an advisory, "https://www.intel.com/..."; false where the name
 * is not INTEL-SA- and a number (for INTEL-DOC-, the end of servicing, no page is known),
 * or the room too small. */
bool advisory_link(struct bytes advisory, char *out, size_t size);

#endif
