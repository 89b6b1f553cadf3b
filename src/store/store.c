/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/clock.h"
#include "kit/file.h"
#include "kit/text.h"
#include "store/store_parts.h"
#include "store/store_schema.h"

/* ---- the connection -----------------------------------------------------------------
 */

/* A refused file keeps its journal. */
static bool connect_to(const char *path, sqlite3 **out, struct error *err)
{
    if (!sql_connect(path, SQL_WRITE, STORE_CACHE_BYTES, out, err))
        return false;
    int status = sqlite3_db_config(*out, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (status != SQLITE_OK)
        return sql_refused(*out, status, err);
    if (sqlite3_db_readonly(*out, "main") == 1)
        return sql_refused(NULL, SQLITE_READONLY, err);
    return true;
}

static bool journal_ahead(sqlite3 *db, struct error *err)
{
    struct sql_rows rows = sql_ask(db, "PRAGMA journal_mode = WAL", SQL_NO_VALUES);
    bool is_wal = sql_next(&rows) && bytes_equal_text(sql_row_bytes(&rows, 0), "wal");

    if (!sql_end(&rows, err))
        return false;
    return is_wal
           || error_set(err, ERROR_SYSTEM,
                        "this file system can't keep a write-ahead journal");
}

static bool tune(sqlite3 *db, struct error *err)
{
    return journal_ahead(db, err)
           && sql_exec(db,
                       "PRAGMA journal_size_limit = 16777216;"
                       "PRAGMA synchronous = FULL;"
                       "PRAGMA foreign_keys = ON;",
                       err);
}

/* ---- making -------------------------------------------------------------------------
 */

static bool fill(sqlite3 *db, bool marked, struct error *err)
{
    char header[128];

    snprintf(header, sizeof header,
             "PRAGMA page_size = %d; PRAGMA synchronous = FULL; PRAGMA application_id = "
             "%lld;",
             STORE_PAGE_SIZE, (long long)STORE_APPLICATION_ID);
    return sql_exec(db, header, err)
           && schema_migrate(db, schema_steps, schema_step_count, err)
           && sql_run(db,
                      "INSERT INTO store (only_row, marked, made_s, made_by) VALUES (1, "
                      "?, ?, ?)",
                      SQL_VALUES(sql_int(marked), sql_int(clock_real_wall_s()),
                                 sql_text("thim " THIM_VERSION)),
                      err);
}

/* Beside its place first, so that a file under its name always has its beginning. */
static bool make(const struct store_paths *paths, bool marked, struct error *err)
{
    sqlite3 *db = NULL;

    if (!store_file_begin(paths, err))
        return false;
    bool made = connect_to(paths->making, &db, err) && fill(db, marked, err);
    sqlite3_close(db);
    return made && store_file_settle(paths, err);
}

/* ---- marks --------------------------------------------------------------------------
 */

static bool read_head(struct store *store, struct error *err)
{
    int64_t marked = -1, generation = 0;

    if (!sql_number(store->db, "SELECT marked FROM store", SQL_NO_VALUES, &marked, err)
        || !sql_number(store->db, "SELECT max(generation) FROM generation", SQL_NO_VALUES,
                       &generation, err))
        return false;
    if (marked < 0)
        return error_set(err, ERROR_FORMAT,
                         "it does not say whether it is marked: its making never ended");
    store->marked = marked == 1;
    store->generation = (uint64_t)generation;
    return true;
}

static bool judge_mark(struct store *store, bool wanted, struct error *err)
{
    if (store->marked == wanted)
        return true;
    if (store->marked)
        return error_set(
            err, ERROR_UNTRUSTED,
            "it was made under test roots or a moved clock and is marked for good: start "
            "with test roots or --clock as then, or name another state directory");
    if (store->generation != 0)
        return error_set(
            err, ERROR_UNTRUSTED,
            "it holds generation %llu of a normal start, which test roots or a moved "
            "clock must not touch: name another state directory for them",
            (unsigned long long)store->generation);
    store->marked = true;
    return sql_exec(store->db, "UPDATE store SET marked = 1", err);
}

/* ---- opening ------------------------------------------------------------------------
 */

static bool open_database(struct store *store, const struct store_paths *paths,
                          bool marked, struct error *err)
{
    if (!connect_to(paths->database, &store->db, err)
        || !schema_migrate(store->db, schema_steps, schema_step_count, err)
        || !schema_check(store->db, schema_steps, schema_step_count, err))
        return error_within(err, "thim.db");
    if (!read_head(store, err) || !judge_mark(store, marked, err)
        || !tune(store->db, err))
        return error_within(err, "thim.db");
    store->kept.db = store->db;
    int status = sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return status == SQLITE_OK || sql_refused(store->db, status, err);
}

static bool open_directory(struct store *store, bool marked, struct error *err)
{
    struct store_paths paths;
    bool exists;

    return store_paths_in(store->directory, &paths, err)
           && file_make_directory(store->directory, 0700, err)
           && store_file_lock(&paths, &store->lock, err)
           && store_file_look(&paths, &exists, err)
           && (exists || make(&paths, marked, err))
           && open_database(store, &paths, marked, err);
}

bool store_open(const struct store_options *options, struct store **out,
                struct error *err)
{
    OWNED(store_close) struct store *store = calloc(1, sizeof *store);

    if (store == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a store");
    store->lock = -1;
    snprintf(store->directory, sizeof store->directory, "%s", options->directory);
    if (!open_directory(store, options->marked, err))
        return error_within(err, "store in %s", safe_string(options->directory).s);
    *out = TAKE(store);
    return true;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    sql_kept_close(&store->kept);
    sqlite3_close(store->db);
    if (store->lock >= 0)
        close(store->lock);
    free(store);
}

/* ---- looking back -------------------------------------------------------------------
 */

size_t store_history(struct store *store, struct store_generation *out, size_t max)
{
    struct sql_rows rows =
        sql_ask(store->db,
                "SELECT generation, published_s, items FROM generation "
                "ORDER BY generation DESC LIMIT ?",
                SQL_VALUES(sql_int((int64_t)max)));
    size_t count = 0;

    while (count < max && sql_next(&rows))
        out[count++] = (struct store_generation){
            .generation = (uint64_t)sql_row_int(&rows, 0),
            .published_s = sql_row_int(&rows, 1),
            .count = (size_t)sql_row_int(&rows, 2),
        };
    return sql_end(&rows, NULL) ? count : 0;
}
