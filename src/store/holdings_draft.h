/* SPDX-License-Identifier: Apache-2.0 */
/* Holdings while they are being put together. The store's own files include this, and
 * nobody else: only the store makes holdings.
 *
 * A draft lies in the caller's storage, begins as a copy of a generation or empty, and
 * ends as the next one. Entries are sorted by key, designations by subject and update,
 * hints by source. */
#ifndef THIM_STORE_HOLDINGS_DRAFT_H
#define THIM_STORE_HOLDINGS_DRAFT_H

#include "store/holdings.h"

#define HOLDINGS_ENTRIES_MAX 20000
#define HOLDINGS_DESIGNATIONS_MAX (2 * HOLDINGS_ENTRIES_MAX)
#define HOLDINGS_HINTS_MAX 64

struct draft {
    struct holding *entries; /* each holds its item */
    struct designation *designations;
    struct hint *hints; /* each owns its text */
    size_t count, designation_count, hint_count;
    size_t room, designation_room, hint_room;
};

/* base may be NULL. ERROR_SYSTEM without memory. */
bool draft_init(struct draft *draft, const struct holdings *base, struct error *err)
    MUST_CHECK;
void draft_fini(struct draft *draft);

/* NULL where not in it. */
struct holding *draft_find(struct draft *draft, const struct collateral_key *key);

/* Puts it in, or in place of the one with its key; takes a reference to the item.
 * ERROR_LIMIT past the limits above, ERROR_SYSTEM without memory, here and below. */
bool draft_put(struct draft *draft, const struct holding *holding, struct error *err)
    MUST_CHECK;
bool draft_drop(struct draft *draft, const struct collateral_key *key); /* was it in? */

/* *changed where it says something new. */
bool draft_designate(struct draft *draft, const struct designation *designation,
                     bool *changed, struct error *err) MUST_CHECK;

/* Copies the text; *changed where it is another text than before. */
bool draft_hint(struct draft *draft, const struct hint *hint, bool *changed,
                struct error *err) MUST_CHECK;

/* The draft is empty after it, whether or not it went well. */
bool draft_finish(struct draft *draft, uint64_t generation, struct holdings **out,
                  struct error *err) MUST_CHECK;

#endif
