/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a generation: writing, sealing and pruning them. All of it happens between
 * rows_begin and rows_commit. The store's own files include this, nobody else. */
#ifndef THIM_STORE_STORE_ROWS_H
#define THIM_STORE_STORE_ROWS_H

#include "kit/buf.h"
#include "kit/crypto.h"
#include "store/holdings.h"
#include "store/sql.h"

bool rows_begin(sqlite3 *db, struct error *err) MUST_CHECK;
bool rows_commit(sqlite3 *db, struct error *err) MUST_CHECK;
void rows_rollback(sqlite3 *db);

/* A generation that lists the items and hints that `from` lists (0: none). Its
 * designations are still to come, and its seals. */
bool rows_new_generation(sqlite3 *db, uint64_t from, uint64_t generation,
                         struct error *err) MUST_CHECK;

/* Object, item, and its place on the list, in place of another of the same key. */
bool rows_put_item(sqlite3 *db, uint64_t generation, const struct holding *holding,
                   struct error *err) MUST_CHECK;
bool rows_drop_item(sqlite3 *db, uint64_t generation, const struct collateral_key *key,
                    struct error *err) MUST_CHECK;
bool rows_confirm_item(sqlite3 *db, uint64_t generation, const struct collateral_key *key,
                       int64_t confirmed_s, struct error *err) MUST_CHECK;

bool rows_put_hint(sqlite3 *db, uint64_t generation, const struct hint *hint,
                   struct error *err) MUST_CHECK;
bool rows_drop_hints(sqlite3 *db, uint64_t generation, struct error *err) MUST_CHECK;
bool rows_confirm_hint(sqlite3 *db, uint64_t generation, const struct hint *hint,
                       struct error *err) MUST_CHECK;

bool rows_put_designations(sqlite3 *db, uint64_t generation,
                           const struct designation *designations, size_t count,
                           struct error *err) MUST_CHECK;

/* What tells bit rot in the lists themselves, which no vendor signs: one digest over the
 * items that a generation lists, one over its designations and hints. The moving
 * confirmed_s and hint.fetched_s are not covered. */
struct seals {
    struct sha256 items, unsigned_part;
};
bool rows_seals(sqlite3 *db, uint64_t generation, struct seals *out, struct error *err)
    MUST_CHECK;

/* Ends a generation: counts and seals it, then drops what is past the bound: old
 * generations, and items, hints and objects that no generation lists. */
bool rows_end_generation(sqlite3 *db, uint64_t generation, struct error *err) MUST_CHECK;

/* A chain as one value: its certificates, DER, one after another. Writing initialises the
 * buf, whose `failed` is to be asked, and which is the caller's. */
void rows_write_chain(struct buf *out, const struct der_chain *chain);
bool rows_read_chain(struct bytes value, struct der_chain *out, struct error *err)
    MUST_CHECK;

#endif
