/* SPDX-License-Identifier: Apache-2.0 */
/* One generation in memory: all verified collateral that is kept, and which evaluation
 * number is standard and early for each subject.
 *
 * Immutable and counted: whoever holds generation 41 keeps 41. Only the store makes them.
 * Entries are sorted by key. */
#ifndef THIM_STORE_HOLDINGS_H
#define THIM_STORE_HOLDINGS_H

#include "verify/collateral.h"

enum update { UPDATE_STANDARD = 1, UPDATE_EARLY };
const char *update_name(enum update update); /* "standard", "early" */

struct holding {
    struct verified_collateral *item;
    char source[128];    /* the upstream's name, or "import" */
    int64_t fetched_s;   /* when these bytes came */
    int64_t confirmed_s; /* when an upstream last said the same */
};

struct designation { /* what an upstream answered to update=standard|early */
    struct collateral_key subject;
    enum update update;
    uint32_t evaluation_data_number;
    bool listed; /* a valid signed list named the number at that time */
};

struct hint { /* the unsigned FMSPC list of one upstream */
    char source[128];
    int64_t fetched_s;
    struct bytes text; /* as it came, parsed once and found well-formed */
};

struct holdings {
    uint64_t generation; /* 0: nothing has been kept yet */
    const struct holding *entries;
    size_t count;
    const struct designation *designations;
    size_t designation_count;
    const struct hint *hints;
    size_t hint_count;
};

struct holdings *holdings_hold(const struct holdings *holdings);
void holdings_release(struct holdings *holdings); /* accepts NULL */
DEFINE_OWNED(struct holdings *, holdings_release)

/* Exactly this key; NULL where not kept. */
const struct holding *holdings_find(const struct holdings *holdings,
                                    const struct collateral_key *key);

/* What update=... means for this subject; NULL where it was never learned or the document
 * is not kept. */
const struct holding *holdings_designated(const struct holdings *holdings,
                                          const struct collateral_key *subject,
                                          enum update update);

#endif
