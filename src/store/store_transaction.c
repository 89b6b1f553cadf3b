/* SPDX-License-Identifier: Apache-2.0 */
#include "store/platforms.h"
#include "store/store_parts.h"
#include "store/store_rows.h"

bool store_begin(struct store *store, struct error *err)
{
    if (store->within)
        return error_set(err, ERROR_SYSTEM, "transactions of the store are not nested");
    if (!rows_begin(store->db, err))
        return false;
    store->within = true;
    store->generation_before = store->generation;
    return true;
}

/* Some failures (a full disk, no memory) make SQLite roll back by itself: what is written
 * after that must not become a transaction of its own. */
static bool check_still_there(struct store *store, struct error *err)
{
    return sqlite3_get_autocommit(store->db) == 0
           || error_set(err, ERROR_SYSTEM,
                        "an earlier failure has ended the transaction: nothing of it is "
                        "kept");
}

bool store_commit(struct store *store, struct error *err)
{
    if (!store->within)
        return error_set(err, ERROR_SYSTEM, "no transaction of the store was begun");
    if (!check_still_there(store, err) || !rows_commit(store->db, err)) {
        store_rollback(store);
        return false;
    }
    store->within = false;
    return true;
}

void store_rollback(struct store *store)
{
    if (!store->within)
        return;
    rows_rollback(store->db);
    store->within = false;
    store->generation = store->generation_before;
}

bool write_begin(struct store *store, struct error *err)
{
    return store->within
               ? check_still_there(store, err)
                     && sql_kept_run(&store->kept, "SAVEPOINT part", SQL_NO_VALUES, err)
               : rows_begin(store->db, err);
}

bool write_end(struct store *store, struct error *err)
{
    return store->within ? sql_kept_run(&store->kept, "RELEASE part", SQL_NO_VALUES, err)
                         : rows_commit(store->db, err);
}

void write_undo(struct store *store)
{
    if (!store->within)
        rows_rollback(store->db);
    else if (sqlite3_get_autocommit(store->db) == 0) /* else all is undone already */
        sqlite3_exec(store->db, "ROLLBACK TO part; RELEASE part", NULL, NULL, NULL);
}
