/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/clock.h"
#include "kit/log.h"
#include "store/store_recovery.h"
#include "store/store_rows.h"

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

bool recovery_publish(struct recovery *r, struct holdings **out, struct error *err)
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

static enum error_kind kind_named(struct bytes name)
{
    for (int kind = ERROR_NONE; kind <= ERROR_SYSTEM; kind++)
        if (bytes_equal_text(name, error_kind_name((enum error_kind)kind)))
            return (enum error_kind)kind;
    return ERROR_FORMAT;
}

/* What we wrote is printable; what somebody else wrote there need not be. */
static void copy_safe(char *out, size_t room, struct bytes text)
{
    size_t len = text.len < room - 1 ? text.len : room - 1;

    for (size_t i = 0; i < len; i++)
        out[i] = text.at[i] >= ' ' && text.at[i] <= '~' ? (char)text.at[i] : '?';
    out[len] = 0;
}

size_t store_quarantine(struct store *store, struct store_quarantined *out, size_t max)
{
    struct sql_rows rows = sql_ask(store->db,
                                   "SELECT name, kind, reason, found_s, generation "
                                   "FROM quarantine ORDER BY quarantine DESC LIMIT ?",
                                   SQL_VALUES(sql_int((int64_t)max)));
    size_t count = 0;

    while (count < max && sql_next(&rows)) {
        struct store_quarantined *one = &out[count++];
        struct bytes name = sql_row_bytes(&rows, 0);
        *one = (struct store_quarantined){
            .kind = kind_named(sql_row_bytes(&rows, 1)),
            .found_s = sql_row_int(&rows, 3),
            .generation = (uint64_t)sql_row_int(&rows, 4),
        };
        one->has_key = collateral_key_read(name, &one->key);
        copy_safe(one->name, sizeof one->name, name);
        copy_safe(one->why, sizeof one->why, sql_row_bytes(&rows, 2));
    }
    return sql_end(&rows, NULL) ? count : 0;
}
