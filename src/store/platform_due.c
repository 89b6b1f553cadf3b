/* SPDX-License-Identifier: Apache-2.0 */
/* Which platforms are to be fetched again: those whose own time has come, and those that
 * a recall speaks of (store_platforms_due). A recalled platform that could not be fetched
 * waits for its own time, which the failure has set. */
#include <stdlib.h>

#include "store/reader_parts.h"

struct due {
    int64_t platform, since_s;
};

struct due_list {
    struct due *list;
    size_t count, room;
};

static int by_platform(const void *a, const void *b)
{
    const struct due *left = a, *right = b;

    if (left->platform != right->platform)
        return left->platform < right->platform ? -1 : 1;
    return (left->since_s > right->since_s) - (left->since_s < right->since_s);
}

static int by_time(const void *a, const void *b)
{
    const struct due *left = a, *right = b;

    if (left->since_s != right->since_s)
        return left->since_s < right->since_s ? -1 : 1;
    return (left->platform > right->platform) - (left->platform < right->platform);
}

/* Takes rows (platform, since when) up to `most` in all. */
static bool take(struct due_list *due, struct sql_rows rows, size_t most,
                 struct error *err)
{
    while (due->count < most && sql_next(&rows))
        due->list[due->count++] =
            (struct due){ sql_row_int(&rows, 0), sql_row_int(&rows, 1) };
    return sql_end(&rows, err);
}

/* Families (FMSPCs) with the moment up to which all that was fetched is due, the earliest
 * first. They are few; each is one step through an index. */
static struct sql_rows ask_families(struct platform_reader *reader)
{
    return sql_kept_ask(
        &reader->kept,
        "WITH RECURSIVE family (fmspc) AS (SELECT min(fmspc) FROM platform WHERE fmspc "
        "IS NOT NULL UNION ALL SELECT (SELECT min(fmspc) FROM platform WHERE fmspc > "
        "family.fmspc) FROM family WHERE family.fmspc IS NOT NULL) "
        "SELECT family.fmspc, max(until_s) AS until_s FROM family JOIN recall ON "
        "recall.fmspc IN (family.fmspc, x'') WHERE family.fmspc IS NOT NULL "
        "GROUP BY family.fmspc ORDER BY until_s",
        SQL_NO_VALUES);
}

static bool take_recalled(struct platform_reader *reader, struct due_list *due,
                          size_t most, struct error *err)
{
    struct sql_rows families = ask_families(reader);
    bool well = true;

    while (well && due->count < due->room && sql_next(&families)) {
        struct sql_value until = sql_int(sql_row_int(&families, 1));
        well =
            take(due,
                 sql_kept_ask(&reader->kept,
                              "SELECT platform, ?2 FROM platform INDEXED BY "
                              "platform_by_fetched WHERE fmspc = ?1 AND fetched_s <= ?2 "
                              "AND state = 2 AND failures = 0 ORDER BY fetched_s LIMIT "
                              "?3",
                              SQL_VALUES(sql_blob(sql_row_bytes(&families, 0)), until,
                                         sql_int((int64_t)most))),
                 due->room, err);
    }
    return sql_end(&families, well ? err : NULL) && well;
}

static void give(struct due_list *due, size_t most, int64_t *rows, size_t *count)
{
    size_t kept = 0;

    qsort(due->list, due->count, sizeof *due->list, by_platform);
    for (size_t i = 0; i < due->count; i++)
        if (i == 0 || due->list[i].platform != due->list[i - 1].platform)
            due->list[kept++] = due->list[i];
    qsort(due->list, kept, sizeof *due->list, by_time);
    *count = kept < most ? kept : most;
    for (size_t i = 0; i < *count; i++)
        rows[i] = due->list[i].platform;
}

bool platforms_due(struct platform_reader *reader, int64_t now_s, size_t most,
                   int64_t *rows, size_t *count, struct error *err)
{
    struct due_list due = { .room = 2 * most }; /* half of them may be there twice */

    *count = 0;
    if (most == 0)
        return true;
    due.list = calloc(due.room, sizeof *due.list);
    if (due.list == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for %zu platforms that are due",
                         most);
    bool well =
        reader_begin(reader, err)
        && take(&due,
                sql_kept_ask(&reader->kept,
                             "SELECT platform, due_s FROM platform WHERE due_s <= ? "
                             "ORDER BY due_s LIMIT ?",
                             SQL_VALUES(sql_int(now_s), sql_int((int64_t)most))),
                most, err)
        && take_recalled(reader, &due, most, err);
    reader_end(reader);
    if (well)
        give(&due, most, rows, count);
    free(due.list);
    return well || error_within(err, "platforms that are due");
}
