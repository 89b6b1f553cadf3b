/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include "store/store_parts.h"

/* Entries are numbered without a hole, so that what is past the bound is found by number:
 * one row goes for one that comes. */
static bool append(struct sql_kept *kept, const struct audit_entry *entry,
                   struct error *err)
{
    return sql_kept_run(kept,
                        "INSERT INTO audit (at_s, who, origin, what, subject, outcome) "
                        "VALUES (?, ?, ?, ?, ?, ?)",
                        SQL_VALUES(sql_int(entry->at_s), sql_text(entry->who),
                                   sql_text(entry->from), sql_text(entry->what),
                                   sql_text(entry->subject), sql_text(entry->outcome)),
                        err)
           && sql_kept_run(
               kept, "DELETE FROM audit WHERE entry <= ?",
               SQL_VALUES(sql_int(sqlite3_last_insert_rowid(kept->db) - AUDIT_KEPT)),
               err);
}

bool store_audit(struct store *store, const struct audit_entry *entry, struct error *err)
{
    bool well = write_begin(store, err);

    if (!well)
        return error_within(err, "audit");
    well = append(&store->kept, entry, err) && write_end(store, err);
    if (!well)
        write_undo(store);
    return well || error_within(err, "audit");
}
