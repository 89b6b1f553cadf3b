/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "format/fmspc_list.h"
#include "kit/clock.h"
#include "kit/log.h"
#include "kit/text.h"
#include "store/holdings_draft.h"
#include "store/store_parts.h"
#include "store/store_rows.h"

enum { HINT_ARENA_MAX = 4 * 1024 * 1024 };

#define NAME_MAX_LEN (2 * COLLATERAL_KEY_TEXT_MAX)

struct loss { /* what is no longer as it was put there */
    char name[NAME_MAX_LEN];
    int64_t item; /* its row; 0 where there is none */
    struct error why;
};

struct recovery {
    struct store *store;
    struct judgement law;
    struct verified_collateral *root_crl; /* that the rest is judged by */
    struct draft draft;                   /* what is as it was */
    struct loss *losses;
    size_t loss_count, loss_room, item_losses;
};

static void recovery_fini(struct recovery *r)
{
    verified_release(r->root_crl);
    draft_fini(&r->draft);
    free(r->losses);
}

static bool lose(struct recovery *r, struct bytes name, int64_t item,
                 const struct error *why, struct error *err)
{
    if (r->loss_count == r->loss_room) {
        size_t room = r->loss_room == 0 ? 16 : r->loss_room * 2;
        struct loss *losses = reallocarray(r->losses, room, sizeof *losses);
        if (losses == NULL)
            return error_set(err, ERROR_SYSTEM, "no memory for %zu losses", room);
        r->losses = losses;
        r->loss_room = room;
    }
    struct loss *loss = &r->losses[r->loss_count++];
    *loss = (struct loss){ .item = item, .why = *why };
    snprintf(loss->name, sizeof loss->name, "%.*s", NAME_MAX_LEN - 1, safe(name).s);
    return true;
}

/* ---- items: hashed, and judged as if they had come today ------------------------------
 */

#define ITEM_ROWS                                                         \
    "SELECT listing.key, item.item, item.body, object.body, item.chain, " \
    "item.source, item.fetched_s, item.confirmed_s FROM listing "         \
    "LEFT JOIN item ON item.item = listing.item "                         \
    "LEFT JOIN object ON object.digest = item.body "
enum {
    ITEM_KEY,
    ITEM_ROW,
    ITEM_DIGEST,
    ITEM_BODY,
    ITEM_CHAIN,
    ITEM_SOURCE,
    ITEM_FETCHED,
    ITEM_CONFIRMED,
};

static bool read_row(const struct sql_rows *row, struct collateral_candidate *out,
                     struct error *why)
{
    struct bytes key = sql_row_bytes(row, ITEM_KEY);

    *out = (struct collateral_candidate){ .body = sql_row_bytes(row, ITEM_BODY) };
    if (!collateral_key_read(key, &out->asked))
        return error_set(why, ERROR_FORMAT, "\"%s\" is no key", safe(key).s);
    if (sql_row_is_null(row, ITEM_BODY))
        return error_set(why, ERROR_FORMAT, "its bytes are gone");
    struct sha256 digest = sha256(out->body);
    if (!bytes_equal(sql_row_bytes(row, ITEM_DIGEST),
                     bytes_of(digest.digest, SHA256_LEN)))
        return error_set(why, ERROR_FORMAT,
                         "its bytes do not have the digest that they "
                         "are kept under");
    return rows_read_chain(sql_row_bytes(row, ITEM_CHAIN), &out->chain, why);
}

/* What is kept was rebuilt by us before it was kept, so it comes out the same again. */
static bool check_unchanged(const struct sql_rows *row,
                            const struct verified_collateral *item, struct error *why)
{
    const struct collateral_facts *facts = verified_facts(item);

    if (!bytes_equal_text(sql_row_bytes(row, ITEM_KEY),
                          collateral_key_text(&facts->key).s))
        return error_set(why, ERROR_FORMAT, "it is %s, and listed as something else",
                         collateral_key_text(&facts->key).s);
    return bytes_equal(sql_row_bytes(row, ITEM_DIGEST),
                       bytes_of(facts->digest, SHA256_LEN))
           || error_set(why, ERROR_FORMAT, "its bytes are not as the store writes them");
}

/* The holding's item is the caller's. */
static bool judge_row(const struct sql_rows *row, const struct judgement *law,
                      struct holding *out, struct error *why)
{
    OWNED(verified_release) struct verified_collateral *item = NULL;
    struct collateral_candidate candidate;
    struct bytes source = sql_row_bytes(row, ITEM_SOURCE);

    if (!read_row(row, &candidate, why)
        || !verify_kept_collateral(&candidate, law, &item, why)
        || !check_unchanged(row, item, why))
        return false;
    *out = (struct holding){
        .fetched_s = sql_row_int(row, ITEM_FETCHED),
        .confirmed_s = sql_row_int(row, ITEM_CONFIRMED),
    };
    snprintf(out->source, sizeof out->source, "%.*s", (int)(source.len & 0x7fff),
             (const char *)source.at);
    out->item = TAKE(item);
    return true;
}

static bool take_row(struct recovery *r, const struct sql_rows *row, struct error *err)
{
    struct error why = { 0 };
    struct holding holding;

    if (judge_row(row, &r->law, &holding, &why)) {
        bool put = draft_put(&r->draft, &holding, err);
        verified_release(holding.item);
        return put;
    }
    if (why.kind == ERROR_SYSTEM) { /* says nothing about the row */
        error_set(err, why.kind, "%s", why.text);
        return false;
    }
    r->item_losses++;
    return lose(r, sql_row_bytes(row, ITEM_KEY), sql_row_int(row, ITEM_ROW), &why, err);
}

static bool take_rows(struct recovery *r, const char *question, struct error *err)
{
    struct sql_rows rows = sql_ask(r->store->db, question,
                                   SQL_VALUES(sql_int((int64_t)r->store->generation)));
    bool well = true;

    while (well && sql_next(&rows))
        well = take_row(r, &rows, err);
    return sql_end(&rows, well ? err : NULL) && well;
}

/* Without the current root CRL nothing could be judged, and one flipped bit would take
 * everything: the newest earlier one judges then, but is not handed out. */
static bool find_earlier_root_crl(struct recovery *r, struct error *err)
{
    struct sql_rows rows =
        sql_ask(r->store->db,
                ITEM_ROWS "WHERE listing.key = 'root_crl' AND listing.generation < ? "
                          "ORDER BY listing.generation DESC",
                SQL_VALUES(sql_int((int64_t)r->store->generation)));
    struct holding holding;
    struct error why;

    while (r->root_crl == NULL && sql_next(&rows))
        if (judge_row(&rows, &r->law, &holding, &why))
            r->root_crl = holding.item;
    return sql_end(&rows, err);
}

static bool recover_items(struct recovery *r, struct error *err)
{
    struct collateral_key key = key_root_crl();

    r->law.root_crl = NULL;
    if (!take_rows(r,
                   ITEM_ROWS "WHERE listing.generation = ? AND listing.key = 'root_crl'",
                   err))
        return false;
    const struct holding *held = draft_find(&r->draft, &key);
    if (held != NULL)
        r->root_crl = verified_hold(held->item);
    else if (!find_earlier_root_crl(r, err))
        return false;
    r->law.root_crl = r->root_crl;
    return take_rows(
        r, ITEM_ROWS "WHERE listing.generation = ? AND listing.key != 'root_crl'", err);
}

/* ---- what nobody signs: as good as its seal -------------------------------------------
 */

static bool read_designations(struct recovery *r, uint64_t generation, struct error *err)
{
    struct sql_rows rows = sql_ask(r->store->db,
                                   "SELECT subject, wanted, evaluation_data_number, "
                                   "listed FROM designation WHERE generation = ?",
                                   SQL_VALUES(sql_int((int64_t)generation)));
    const struct error why = { ERROR_FORMAT, "it designates for a subject that is none" };
    bool well = true, changed;

    while (well && sql_next(&rows)) {
        struct designation designation = {
            .update = bytes_equal_text(sql_row_bytes(&rows, 1), "early")
                          ? UPDATE_EARLY
                          : UPDATE_STANDARD,
            .evaluation_data_number = (uint32_t)sql_row_int(&rows, 2),
            .listed = sql_row_int(&rows, 3) != 0,
        };
        struct bytes subject = sql_row_bytes(&rows, 0);
        if (collateral_key_read(subject, &designation.subject)
            && designation.subject.evaluation_data_number == 0)
            well = draft_designate(&r->draft, &designation, &changed, err);
        else
            well = lose(r, subject, 0, &why, err);
    }
    return sql_end(&rows, well ? err : NULL) && well;
}

static bool check_hint(struct bytes source, struct bytes digest, struct bytes text,
                       struct error *why)
{
    struct sha256 found = sha256(text);
    struct fmspc_list list;
    struct arena arena;

    if (!bytes_equal(digest, bytes_of(found.digest, SHA256_LEN)))
        return error_set(why, ERROR_FORMAT,
                         "its bytes do not have the digest that they "
                         "are kept under");
    if (source.len >= sizeof((struct hint *)NULL)->source)
        return error_set(why, ERROR_LIMIT, "the name of its source is too long");
    arena_init(&arena, HINT_ARENA_MAX);
    bool well = fmspc_list_parse(text, &arena, &list, why);
    arena_fini(&arena);
    return well;
}

static bool take_hint(struct recovery *r, const struct sql_rows *row, struct error *err)
{
    struct bytes source = sql_row_bytes(row, 0);
    struct hint hint = { .fetched_s = sql_row_int(row, 1),
                         .text = sql_row_bytes(row, 3) };
    struct error why = { 0 };
    char name[NAME_MAX_LEN];
    bool changed;

    if (check_hint(source, sql_row_bytes(row, 2), hint.text, &why)) {
        memcpy(hint.source, source.at, source.len);
        return draft_hint(&r->draft, &hint, &changed, err);
    }
    snprintf(name, sizeof name, "fmspcs of %.100s", safe(source).s);
    return lose(r, bytes_of_text(name), 0, &why, err);
}

static bool read_hints(struct recovery *r, uint64_t generation, struct error *err)
{
    struct sql_rows rows =
        sql_ask(r->store->db,
                "SELECT hint_listing.source, hint.fetched_s, hint.text, object.body "
                "FROM hint_listing LEFT JOIN hint ON hint.hint = hint_listing.hint "
                "LEFT JOIN object ON object.digest = hint.text "
                "WHERE hint_listing.generation = ?",
                SQL_VALUES(sql_int((int64_t)generation)));
    bool well = true;

    while (well && sql_next(&rows))
        well = take_hint(r, &rows, err);
    return sql_end(&rows, well ? err : NULL) && well;
}

struct sealed {
    bool items, unsigned_part; /* are as they were sealed */
};

static bool check_seals(struct recovery *r, uint64_t generation, struct sealed *out,
                        struct error *err)
{
    struct seals found;

    if (!rows_seals(r->store->db, generation, &found, err))
        return false;
    struct sql_rows rows = sql_ask(
        r->store->db, "SELECT seal, unsigned_seal FROM generation WHERE generation = ?",
        SQL_VALUES(sql_int((int64_t)generation)));
    bool there = sql_next(&rows);
    out->items =
        there
        && bytes_equal(sql_row_bytes(&rows, 0), bytes_of(found.items.digest, SHA256_LEN));
    out->unsigned_part = there
                         && bytes_equal(sql_row_bytes(&rows, 1),
                                        bytes_of(found.unsigned_part.digest, SHA256_LEN));
    return sql_end(&rows, err);
}

/* The newest generation whose designations and hints are as they were sealed; 0: none. */
static bool find_sealed(struct recovery *r, uint64_t *generation, struct error *err)
{
    struct sealed sealed = { false, false };
    int64_t at = (int64_t)r->store->generation;

    while (at > 0) {
        if (!check_seals(r, (uint64_t)at, &sealed, err))
            return false;
        if (sealed.unsigned_part)
            break;
        int64_t earlier = 0;
        if (!sql_number(r->store->db,
                        "SELECT max(generation) FROM generation WHERE generation < ?",
                        SQL_VALUES(sql_int(at)), &earlier, err))
            return false;
        at = earlier;
    }
    *generation = (uint64_t)at;
    return true;
}

static bool recover_unsigned(struct recovery *r, struct error *err)
{
    uint64_t from;
    struct error why = { 0 };

    if (!find_sealed(r, &from, err))
        return false;
    if (from != r->store->generation) {
        error_set(
            &why, ERROR_FORMAT,
            "designations and hints do not match their seal; going by those of %s %llu",
            from == 0 ? "none," : "generation", (unsigned long long)from);
        if (!lose(r, bytes_of_text("designations"), 0, &why, err))
            return false;
    }
    return read_designations(r, from, err) && read_hints(r, from, err);
}

static bool check_list(struct recovery *r, struct error *err)
{
    struct sealed sealed;
    struct error why = { ERROR_FORMAT, "the list does not match its seal; what is on it "
                                       "was judged one by one" };

    if (!check_seals(r, r->store->generation, &sealed, err))
        return false;
    return sealed.items || r->item_losses > 0
           || lose(r, bytes_of_text("list of items"), 0, &why, err);
}

/* ---- aside --------------------------------------------------------------------------
 */

static bool move_aside(struct recovery *r, const struct loss *loss, struct error *err)
{
    sqlite3 *db = r->store->db;

    return sql_run(db,
                   "INSERT INTO quarantine (found_s, generation, name, kind, reason, "
                   "digest, body, chain, source, fetched_s) "
                   "SELECT ?, ?, ?, ?, ?, item.body, object.body, item.chain, "
                   "item.source, item.fetched_s FROM (SELECT 1) "
                   "LEFT JOIN item ON item.item = ? "
                   "LEFT JOIN object ON object.digest = item.body",
                   SQL_VALUES(sql_int(clock_real_wall_s()),
                              sql_int((int64_t)r->store->generation),
                              sql_text(loss->name),
                              sql_text(error_kind_name(loss->why.kind)),
                              sql_text(loss->why.text), sql_int(loss->item)),
                   err)
           && sql_run(db,
                      "DELETE FROM listing WHERE item IN (SELECT item FROM item WHERE "
                      "body = (SELECT body FROM item WHERE item = ?))",
                      SQL_VALUES(sql_int(loss->item)), err)
           && sql_run(db,
                      "DELETE FROM item WHERE body = (SELECT body FROM item WHERE item "
                      "= ?)",
                      SQL_VALUES(sql_int(loss->item)), err);
}

/* What damage has left without its other half. */
static bool drop_dangling(sqlite3 *db, struct error *err)
{
    return sql_exec(db,
                    "DELETE FROM listing WHERE NOT EXISTS "
                    "(SELECT 1 FROM item WHERE item.item = listing.item);"
                    "DELETE FROM hint_listing WHERE NOT EXISTS "
                    "(SELECT 1 FROM hint WHERE hint.hint = hint_listing.hint);",
                    err);
}

static bool write_rest(struct recovery *r, uint64_t next, struct error *err)
{
    sqlite3 *db = r->store->db;

    for (size_t i = 0; i < r->loss_count; i++)
        if (!move_aside(r, &r->losses[i], err))
            return false;
    if (!drop_dangling(db, err)
        || !rows_new_generation(db, r->store->generation, next, err)
        || !rows_drop_hints(db, next, err)
        || !rows_put_designations(db, next, r->draft.designations,
                                  r->draft.designation_count, err))
        return false;
    for (size_t i = 0; i < r->draft.hint_count; i++)
        if (!rows_put_hint(db, next, &r->draft.hints[i], err))
            return false;
    return rows_end_generation(db, next, err);
}

static bool publish_rest(struct recovery *r, struct holdings **out, struct error *err)
{
    OWNED(holdings_release) struct holdings *made = NULL;
    uint64_t next = r->store->generation + 1;

    if (!rows_begin(r->store->db, err))
        return false;
    if (!write_rest(r, next, err) || !draft_finish(&r->draft, next, &made, err)
        || !rows_commit(r->store->db, err)) {
        rows_rollback(r->store->db);
        return error_within(err, "quarantine");
    }
    r->store->generation = next;
    *out = TAKE(made);
    for (size_t i = 0; i < r->loss_count; i++)
        log_event(LOG_ERROR, "store",
                  "quarantined item=\"%s\" generation=%llu why=\"%s\"", r->losses[i].name,
                  (unsigned long long)next, r->losses[i].why.text);
    return true;
}

bool store_recover(struct store *store, const struct judgement *judgement,
                   struct holdings **out, struct store_recovery *report,
                   struct error *err)
{
    struct recovery r = { .store = store, .law = *judgement };
    bool well =
        store->generation == 0
        || (recover_items(&r, err) && check_list(&r, err) && recover_unsigned(&r, err));

    *report = (struct store_recovery){
        .verified = r.draft.count,
        .quarantined = r.loss_count,
    };
    if (well)
        well = r.loss_count == 0 ? draft_finish(&r.draft, store->generation, out, err)
                                 : publish_rest(&r, out, err);
    report->generation = store->generation;
    recovery_fini(&r);
    return well || error_within(err, "store in %s", safe_string(store->directory).s);
}
