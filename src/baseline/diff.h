/* SPDX-License-Identifier: Apache-2.0 */
/* What changed for one FMSPC between two evaluation data numbers: the levels of its TCB
 * info, of the TDX modules named there, and of the quoting enclave's identity.
 *
 * Levels are the same where they ask for the same SVNs; a level that stays may have got
 * another status, other advisories or another date. Pure; what is returned points into
 * the documents and the arena. */
#ifndef THIM_BASELINE_DIFF_H
#define THIM_BASELINE_DIFF_H

#include "baseline/sets.h"

enum diff_change {
    DIFF_ADDED = 1,
    DIFF_REMOVED,
    DIFF_CHANGED, /* status, advisories or date */
};
const char *diff_change_name(enum diff_change change); /* "added" */

struct diff_advisories {
    const struct bytes *gained, *cleared;
    size_t gained_count, cleared_count;
};

struct level_diff { /* of the platform */
    enum diff_change change;
    const struct tcb_level *before, *after; /* NULL: not there */
    struct diff_advisories advisories;
};

enum diff_enclave { DIFF_QE = 1, DIFF_TDX_MODULE };

struct enclave_diff {
    enum diff_enclave enclave;
    uint8_t module; /* DIFF_TDX_MODULE: the hh of "TDX_hh" */
    enum diff_change change;
    const struct enclave_tcb_level *before, *after;
    struct diff_advisories advisories;
};

struct set_diff {
    const struct tcb_info *before, *after;
    bool has_identities;             /* of both numbers; else the QE is not compared */
    const struct level_diff *levels; /* greatest first; those alone that differ */
    size_t level_count;
    const struct enclave_diff *enclaves; /* the QE's, then the modules' */
    size_t enclave_count;
    /* Named anywhere in one of the two and nowhere in the other. */
    struct diff_advisories advisories;
};

/* ERROR_NOT_FOUND where the TCB info of one of the numbers is not held, ERROR_LIMIT where
 * the arena is full. Dates are not judged: what is kept can be compared. */
bool set_diff_make(const struct sets *sets, enum tee tee, const uint8_t fmspc[6],
                   uint32_t before, uint32_t after, struct arena *arena,
                   struct set_diff *out, struct error *err) MUST_CHECK;

#endif
