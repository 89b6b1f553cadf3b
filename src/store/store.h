/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept: verified collateral by SHA-256, in generations that never change.
 *
 * One SQLite file (WAL, STRICT tables, synchronous=FULL); doc/store.md says what stands
 * in it. A publish is one transaction: objects under their digests, and the generation
 * that lists them. kill -9 at any point leaves the last generation whole. Not for several
 * threads at once: the store thread (store/writer.h) owns it. */
#ifndef THIM_STORE_STORE_H
#define THIM_STORE_STORE_H

#include "store/holdings.h"

#define STORE_SCHEMA_VERSION 4
#define STORE_GENERATIONS_KEPT \
    32 /* older ones are dropped, with objects only they list */
#define STORE_QUARANTINE_KEPT 1024 /* older ones are dropped */

struct store;

struct store_options {
    const char *directory; /* holds thim.db; made where missing, mode 0700 */
    bool marked;           /* test roots or a moved clock: see store_open */
};

/* Makes or opens, migrating an older schema. ERROR_SYSTEM: another process has it open,
 * or the disk says no. ERROR_FORMAT: not our file, or a newer schema (says which version
 * and what to do). A store made under test roots or a moved clock is marked for good, and
 * a normal start refuses it (ERROR_UNTRUSTED, says so); a marked start refuses an
 * unmarked store that already has a generation. */
bool store_open(const struct store_options *options, struct store **out,
                struct error *err) MUST_CHECK;
void store_close(struct store *store);
DEFINE_OWNED(struct store *, store_close)

struct store_recovery {
    uint64_t generation;
    size_t verified, quarantined;
};

/* The current generation, every object hashed and verified again under `judgement` (its
 * root_crl is ignored: the store's own is verified first, and where that fails the newest
 * earlier one that is still there is what the rest is judged by). What fails is moved to
 * quarantine with the reason, logged, and left out; where that took anything away, a new
 * generation without it is published. Dates are recorded, not judged. Designations stay
 * though what they name has gone: they say what is to be asked for again. */
bool store_recover(struct store *store, const struct judgement *judgement,
                   struct holdings **out, struct store_recovery *report,
                   struct error *err) MUST_CHECK;

struct store_entry {
    const struct verified_collateral *item;
    const char *source;
    int64_t fetched_s;
};

struct store_change { /* one refresh's worth; any part may be empty */
    const struct store_entry *entries;
    size_t entry_count;
    const struct designation *designations;
    size_t designation_count;
    const struct hint *hints;
    size_t hint_count;
    const struct collateral_key *dropped; /* to be left out of the next generation */
    size_t dropped_count;
};

enum store_outcome {
    STORE_ADDED = 1,
    STORE_REPLACED,
    STORE_SAME,  /* the same bytes, and no chain that lasts longer: only confirmed_s
                    moves */
    STORE_OLDER, /* refused: verified_may_replace says no */
};

/* Publishes the next generation over `current` (what the last publish or recover gave)
 * and gives it back as holdings. outcomes: one for each entry. A change that only
 * confirms makes no new generation, but new holdings all the same. What is dropped goes
 * first. A designation whose number is not held after the change is refused
 * (ERROR_NOT_FOUND), as is what a test root vouches for in a store that is not marked
 * (ERROR_UNTRUSTED) and a hint that is no list of FMSPCs; nothing is written then, nor
 * where the disk says no (ERROR_SYSTEM): `current` is still current, and the same change
 * may be tried again. */
bool store_publish(struct store *store, const struct holdings *current,
                   const struct store_change *change, enum store_outcome *outcomes,
                   struct holdings **out, struct error *err) MUST_CHECK;

/* Generations that are still there, newest first. */
struct store_generation {
    uint64_t generation;
    int64_t published_s; /* machine time */
    size_t count;
};
size_t store_history(struct store *store, struct store_generation *out, size_t max);

/* What was moved aside, newest first: after a store_recover its report's `quarantined`
 * first ones are what is to be asked for again. */
struct store_quarantined {
    char name[COLLATERAL_KEY_TEXT_MAX * 2]; /* its key as text, or what it was; safe */
    struct collateral_key key;              /* where has_key */
    bool has_key;
    enum error_kind kind;
    char why[ERROR_TEXT_MAX];
    int64_t found_s; /* machine time */
    uint64_t generation;
};
size_t store_quarantine(struct store *store, struct store_quarantined *out, size_t max);

#endif
