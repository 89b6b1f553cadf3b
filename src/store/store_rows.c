/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_rows.h"

#include <stdio.h>
#include <string.h>

#include "format/der.h"
#include "kit/clock.h"
#include "store/store.h"

bool rows_begin(sqlite3 *db, struct error *err)
{
    return sql_exec(db, "BEGIN IMMEDIATE", err);
}

bool rows_commit(sqlite3 *db, struct error *err)
{
    return sql_exec(db, "COMMIT", err);
}

void rows_rollback(sqlite3 *db)
{
    /* where SQLite has rolled back by itself already this is refused, and that is fine */
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

static struct sql_value number(uint64_t value)
{
    return sql_int((int64_t)value);
}

/* ---- chains -------------------------------------------------------------------------
 */

void rows_write_chain(struct buf *out, const struct der_chain *chain)
{
    buf_init(out, X509_CHAIN_MAX * X509_CERTIFICATE_MAX);
    for (size_t i = 0; i < chain->count; i++)
        buf_add(out, chain->certificates[i]);
}

bool rows_read_chain(struct bytes value, struct der_chain *out, struct error *err)
{
    struct error refusal = { 0 };
    struct der d = der_over(value, &refusal);

    *out = (struct der_chain){ .count = 0 };
    while (der_more(&d)) {
        if (out->count == X509_CHAIN_MAX)
            return error_set(err, ERROR_LIMIT, "chain of more than %d certificates",
                             X509_CHAIN_MAX);
        out->certificates[out->count++] = der_whole(&d, DER_SEQUENCE, "certificate");
    }
    return der_done(&refusal, err);
}

/* ---- items --------------------------------------------------------------------------
 */

/* An object that is there already is as it should be, or is so from now on. */
static bool put_object(sqlite3 *db, const uint8_t digest[SHA256_LEN], struct bytes body,
                       struct error *err)
{
    return sql_run(db,
                   "INSERT INTO object (digest, body) VALUES (?, ?) ON CONFLICT (digest) "
                   "DO UPDATE SET body = excluded.body WHERE body != excluded.body",
                   SQL_VALUES(sql_blob(bytes_of(digest, SHA256_LEN)), sql_blob(body)),
                   err);
}

static bool put_item_row(sqlite3 *db, const struct holding *holding, struct bytes chain,
                         struct error *err)
{
    const struct collateral_facts *facts = verified_facts(holding->item);

    return sql_run(
        db,
        "INSERT INTO item (body, chain, source, fetched_s, confirmed_s, issue_date_s, "
        "next_update_s) VALUES (?, ?, ?, ?, ?, ?, ?)",
        SQL_VALUES(sql_blob(bytes_of(facts->digest, SHA256_LEN)), sql_blob(chain),
                   sql_text(holding->source), sql_int(holding->fetched_s),
                   sql_int(holding->confirmed_s), sql_int(facts->issue_date_s),
                   sql_int(facts->next_update_s)),
        err);
}

bool rows_put_item(sqlite3 *db, uint64_t generation, const struct holding *holding,
                   struct error *err)
{
    const struct collateral_facts *facts = verified_facts(holding->item);
    struct buf chain;

    rows_write_chain(&chain, &facts->chain);
    bool put = !chain.failed ? put_object(db, facts->digest, facts->body, err)
                                   && put_item_row(db, holding, buf_bytes(&chain), err)
                             : error_set(err, ERROR_LIMIT, "chain is too long to keep");
    buf_fini(&chain);
    return put
           && sql_run(db,
                      "INSERT OR REPLACE INTO listing (generation, key, item) "
                      "VALUES (?, ?, ?)",
                      SQL_VALUES(number(generation),
                                 sql_text(collateral_key_text(&facts->key).s),
                                 sql_int(sqlite3_last_insert_rowid(db))),
                      err);
}

bool rows_drop_item(sqlite3 *db, uint64_t generation, const struct collateral_key *key,
                    struct error *err)
{
    return sql_run(db, "DELETE FROM listing WHERE generation = ? AND key = ?",
                   SQL_VALUES(number(generation), sql_text(collateral_key_text(key).s)),
                   err);
}

bool rows_confirm_item(sqlite3 *db, uint64_t generation, const struct collateral_key *key,
                       int64_t confirmed_s, struct error *err)
{
    return sql_run(db,
                   "UPDATE item SET confirmed_s = ? WHERE item = (SELECT item FROM "
                   "listing WHERE generation = ? AND key = ?)",
                   SQL_VALUES(sql_int(confirmed_s), number(generation),
                              sql_text(collateral_key_text(key).s)),
                   err);
}

/* ---- what nobody signs --------------------------------------------------------------
 */

bool rows_put_hint(sqlite3 *db, uint64_t generation, const struct hint *hint,
                   struct error *err)
{
    struct sha256 digest = sha256(hint->text);

    return put_object(db, digest.digest, hint->text, err)
           && sql_run(db, "INSERT INTO hint (text, fetched_s) VALUES (?, ?)",
                      SQL_VALUES(sql_blob(bytes_of(digest.digest, SHA256_LEN)),
                                 sql_int(hint->fetched_s)),
                      err)
           && sql_run(db,
                      "INSERT OR REPLACE INTO hint_listing (generation, source, hint) "
                      "VALUES (?, ?, ?)",
                      SQL_VALUES(number(generation), sql_text(hint->source),
                                 sql_int(sqlite3_last_insert_rowid(db))),
                      err);
}

bool rows_drop_hints(sqlite3 *db, uint64_t generation, struct error *err)
{
    return sql_run(db, "DELETE FROM hint_listing WHERE generation = ?",
                   SQL_VALUES(number(generation)), err);
}

bool rows_confirm_hint(sqlite3 *db, uint64_t generation, const struct hint *hint,
                       struct error *err)
{
    return sql_run(
        db,
        "UPDATE hint SET fetched_s = ? WHERE hint = (SELECT hint FROM "
        "hint_listing WHERE generation = ? AND source = ?)",
        SQL_VALUES(sql_int(hint->fetched_s), number(generation), sql_text(hint->source)),
        err);
}

bool rows_put_designations(sqlite3 *db, uint64_t generation,
                           const struct designation *designations, size_t count,
                           struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct designation *each = &designations[i];
        if (!sql_run(db,
                     "INSERT INTO designation (generation, subject, wanted, "
                     "evaluation_data_number, listed) VALUES (?, ?, ?, ?, ?)",
                     SQL_VALUES(number(generation),
                                sql_text(collateral_key_text(&each->subject).s),
                                sql_text(update_name(each->update)),
                                number(each->evaluation_data_number),
                                sql_int(each->listed)),
                     err))
            return false;
    }
    return true;
}

/* ---- generations --------------------------------------------------------------------
 */

bool rows_new_generation(sqlite3 *db, uint64_t from, uint64_t generation,
                         struct error *err)
{
    return sql_run(db,
                   "INSERT INTO generation (generation, published_s, items, seal, "
                   "unsigned_seal) VALUES (?, ?, 0, zeroblob(32), zeroblob(32))",
                   SQL_VALUES(number(generation), sql_int(clock_real_wall_s())), err)
           && sql_run(db,
                      "INSERT INTO listing (generation, key, item) "
                      "SELECT ?, key, item FROM listing WHERE generation = ?",
                      SQL_VALUES(number(generation), number(from)), err)
           && sql_run(db,
                      "INSERT INTO hint_listing (generation, source, hint) "
                      "SELECT ?, source, hint FROM hint_listing WHERE generation = ?",
                      SQL_VALUES(number(generation), number(from)), err);
}

/* Chains the digest of a row, each value behind its length, onto those before. */
static void seal_row(struct sha256 *seal, struct buf *scratch,
                     const struct sql_rows *rows, int columns)
{
    buf_clear(scratch);
    buf_add(scratch, bytes_of(seal->digest, SHA256_LEN));
    for (int column = 0; column < columns; column++) {
        struct bytes value = sql_row_bytes(rows, column);
        buf_addf(scratch, "%zu:", value.len);
        buf_add(scratch, value);
    }
    *seal = sha256(buf_bytes(scratch));
}

static bool seal_question(sqlite3 *db, const char *question, int columns,
                          uint64_t generation, struct sha256 *seal, struct error *err)
{
    struct sql_rows rows = sql_ask(db, question, SQL_VALUES(number(generation)));
    struct buf scratch;

    buf_init(&scratch, (size_t)1 << 20);
    while (sql_next(&rows))
        seal_row(seal, &scratch, &rows, columns);
    bool fits = !scratch.failed;
    buf_fini(&scratch);
    if (!sql_end(&rows, err))
        return false;
    return fits || error_set(err, ERROR_LIMIT, "a row is too large to be sealed");
}

bool rows_seals(sqlite3 *db, uint64_t generation, struct seals *out, struct error *err)
{
    *out = (struct seals){ 0 };
    return seal_question(
               db,
               "SELECT listing.key, item.body, item.chain, item.source, item.fetched_s "
               "FROM listing LEFT JOIN item ON item.item = listing.item "
               "WHERE listing.generation = ? ORDER BY listing.key",
               5, generation, &out->items, err)
           && seal_question(db,
                            "SELECT subject, wanted, evaluation_data_number, listed "
                            "FROM designation WHERE generation = ? "
                            "ORDER BY subject, wanted",
                            4, generation, &out->unsigned_part, err)
           && seal_question(
               db,
               "SELECT hint_listing.source, hint.text FROM hint_listing "
               "LEFT JOIN hint ON hint.hint = hint_listing.hint "
               "WHERE hint_listing.generation = ? ORDER BY hint_listing.source",
               2, generation, &out->unsigned_part, err);
}

static bool seal(sqlite3 *db, uint64_t generation, struct error *err)
{
    struct seals seals;

    return rows_seals(db, generation, &seals, err)
           && sql_run(
               db,
               "UPDATE generation SET seal = ?, unsigned_seal = ?, items = "
               "(SELECT count(*) FROM listing WHERE generation = ?) "
               "WHERE generation = ?",
               SQL_VALUES(sql_blob(bytes_of(seals.items.digest, SHA256_LEN)),
                          sql_blob(bytes_of(seals.unsigned_part.digest, SHA256_LEN)),
                          number(generation), number(generation)),
               err);
}

static bool prune(sqlite3 *db, uint64_t generation, struct error *err)
{
    static const char *const unlisted[] = {
        "DELETE FROM item WHERE NOT EXISTS "
        "(SELECT 1 FROM listing WHERE listing.item = item.item)",
        "DELETE FROM hint WHERE NOT EXISTS "
        "(SELECT 1 FROM hint_listing WHERE hint_listing.hint = hint.hint)",
        "DELETE FROM object WHERE NOT EXISTS "
        "(SELECT 1 FROM item WHERE item.body = object.digest) AND NOT EXISTS "
        "(SELECT 1 FROM hint WHERE hint.text = object.digest)",
    };

    if (!sql_run(db, "DELETE FROM generation WHERE generation <= ?",
                 SQL_VALUES(sql_int((int64_t)generation - STORE_GENERATIONS_KEPT)), err)
        || !sql_run(db,
                    "DELETE FROM quarantine WHERE quarantine <= "
                    "(SELECT max(quarantine) FROM quarantine) - ?",
                    SQL_VALUES(sql_int(STORE_QUARANTINE_KEPT)), err))
        return false;
    for (size_t i = 0; i < COUNT_OF(unlisted); i++)
        if (!sql_exec(db, unlisted[i], err))
            return false;
    return true;
}

bool rows_end_generation(sqlite3 *db, uint64_t generation, struct error *err)
{
    return seal(db, generation, err) && prune(db, generation, err);
}
