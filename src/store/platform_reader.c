/* SPDX-License-Identifier: Apache-2.0 */
#include "store/platform_reader.h"

#include <stdlib.h>

#include "kit/text.h"
#include "store/platform_rows.h"
#include "store/reader_parts.h"
#include "store/store_file.h"

enum { WALK_ARENA_MAX = 64 * 1024 };

static bool connect_reader(struct platform_reader *reader, const char *directory,
                           struct error *err)
{
    struct store_paths paths;

    if (!store_paths_in(directory, &paths, err)
        || !sql_connect(paths.database, SQL_READ, PLATFORM_READER_CACHE_BYTES,
                        &reader->db, err))
        return false;
    reader->kept.db = reader->db;
    return true;
}

bool platform_reader_open(const char *directory, struct platform_reader **out,
                          struct error *err)
{
    OWNED(platform_reader_close)
    struct platform_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a reader");
    if (!connect_reader(reader, directory, err))
        return error_within(err, "reading the store in %s", safe_string(directory).s);
    *out = TAKE(reader);
    return true;
}

void platform_reader_close(struct platform_reader *reader)
{
    if (reader == NULL)
        return;
    sql_kept_close(&reader->kept);
    sqlite3_close(reader->db);
    free(reader);
}

bool reader_begin(struct platform_reader *reader, struct error *err)
{
    return sql_kept_run(&reader->kept, "SAVEPOINT reading", SQL_NO_VALUES, err);
}

void reader_end(struct platform_reader *reader)
{
    /* of what only reads nothing can fail to be kept */
    if (!sql_kept_run(&reader->kept, "RELEASE reading", SQL_NO_VALUES, NULL))
        sqlite3_exec(reader->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- one platform -------------------------------------------------------------------
 */

static bool find(struct platform_reader *reader, enum platform_by by,
                 const struct sql_value *values, size_t count, struct arena *arena,
                 struct platform *out, struct error *err)
{
    struct platform_row row;
    bool found;

    if (!reader_begin(reader, err))
        return false;
    bool well = platform_row_find(&reader->kept, by, values, count, PLATFORM_WHOLE, arena,
                                  &row, &found, err);
    reader_end(reader);
    if (well && !found)
        return error_set(err, ERROR_NOT_FOUND, "the store has no such platform");
    if (well)
        *out = row.platform;
    return well;
}

bool platform_find(struct platform_reader *reader, const struct platform_name *name,
                   struct arena *arena, struct platform *out, struct error *err)
{
    return find(reader, PLATFORM_BY_NAME,
                SQL_VALUES(sql_text(name->qe_id), sql_int(name->pce_id)), arena, out,
                err);
}

bool platform_find_located(struct platform_reader *reader, const uint8_t locator[32],
                           struct arena *arena, struct platform *out, struct error *err)
{
    return find(reader, PLATFORM_BY_LOCATOR, SQL_VALUES(sql_blob(bytes_of(locator, 32))),
                arena, out, err);
}

bool platform_find_row(struct platform_reader *reader, int64_t platform,
                       struct arena *arena, struct platform *out, struct error *err)
{
    return find(reader, PLATFORM_BY_ROW, SQL_VALUES(sql_int(platform)), arena, out, err);
}

/* ---- all of them --------------------------------------------------------------------
 */

/* A row that is damaged is passed over: it is found when somebody asks for it. */
static bool visit_row(struct platform_reader *reader, const struct sql_rows *rows,
                      bool (*visit)(void *context, const struct platform *platform),
                      void *context, bool *goes_on, struct error *err)
{
    struct platform_row row;
    struct arena arena;

    arena_init(&arena, WALK_ARENA_MAX);
    bool well = true;
    if (platform_row_read(rows, &arena, &row, NULL)) {
        well = platform_raw_tcbs_read(&reader->kept, &arena, &row.platform, err);
        *goes_on = well && visit(context, &row.platform);
    }
    arena_fini(&arena);
    return well;
}

static bool walk(struct platform_reader *reader, struct sql_rows *rows,
                 bool (*visit)(void *context, const struct platform *platform),
                 void *context, int64_t *last, struct error *err)
{
    bool well = true, goes_on = true;

    while (goes_on && sql_next(rows)) {
        *last = sql_row_int(rows, 0);
        well = visit_row(reader, rows, visit, context, &goes_on, err);
    }
    return sql_end(rows, well ? err : NULL) && well;
}

bool platforms_walk(struct platform_reader *reader, int64_t after, const uint8_t *fmspc,
                    size_t most,
                    bool (*visit)(void *context, const struct platform *platform),
                    void *context, int64_t *last, struct error *err)
{
    struct sql_value limit = sql_int(most > INT64_MAX ? INT64_MAX : (int64_t)most);

    *last = 0;
    if (!reader_begin(reader, err))
        return false;
    struct sql_rows rows =
        fmspc == NULL
            ? sql_kept_ask(&reader->kept,
                           "SELECT " PLATFORM_ROW " FROM platform "
                           "WHERE platform > ? ORDER BY platform LIMIT ?",
                           SQL_VALUES(sql_int(after), limit))
            : sql_kept_ask(
                &reader->kept,
                "SELECT " PLATFORM_ROW " FROM platform INDEXED BY platform_by_fmspc "
                "WHERE fmspc = ? AND platform > ? ORDER BY platform LIMIT ?",
                SQL_VALUES(sql_blob(bytes_of(fmspc, 6)), sql_int(after), limit));
    bool well = walk(reader, &rows, visit, context, last, err);
    reader_end(reader);
    return well || error_within(err, "platforms");
}

bool platforms_count(struct platform_reader *reader, struct platform_counts *out,
                     struct error *err)
{
    struct sql_rows rows = sql_kept_ask(
        &reader->kept,
        "SELECT platforms, waiting, pcks, raw_tcbs, (SELECT coalesce(sum(queued), 0) "
        "FROM queue_tally) FROM tally",
        SQL_NO_VALUES);

    *out = (struct platform_counts){ .platforms = 0 };
    if (sql_next(&rows))
        *out = (struct platform_counts){
            .platforms = (uint64_t)sql_row_int(&rows, 0),
            .waiting = (uint64_t)sql_row_int(&rows, 1),
            .pcks = (uint64_t)sql_row_int(&rows, 2),
            .raw_tcbs = (uint64_t)sql_row_int(&rows, 3),
            .queued = (uint64_t)sql_row_int(&rows, 4),
        };
    return sql_end(&rows, err) || error_within(err, "platforms");
}
