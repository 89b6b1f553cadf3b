/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sql.h"

#include "kit/text.h"

struct meaning {
    int status;
    enum error_kind kind;
    const char *sentence;
};

static const struct meaning meanings[] = {
    { SQLITE_FULL, ERROR_SYSTEM, "the disk is full; nothing was changed" },
    { SQLITE_BUSY, ERROR_SYSTEM,
      "another program (a backup, sqlite3's shell?) keeps it locked; end it and try "
      "again" },
    { SQLITE_LOCKED, ERROR_SYSTEM, "it is locked from within" },
    { SQLITE_READONLY, ERROR_SYSTEM, "it may only be read; the service must own it" },
    { SQLITE_PERM, ERROR_SYSTEM, "access is not permitted; the service must own it" },
    { SQLITE_CANTOPEN, ERROR_SYSTEM, "it can't be opened" },
    { SQLITE_IOERR, ERROR_SYSTEM, "reading or writing failed; nothing was changed" },
    { SQLITE_NOMEM, ERROR_SYSTEM, "no memory" },
    { SQLITE_TOOBIG, ERROR_LIMIT, "a value is larger than the store takes" },
    { SQLITE_CORRUPT, ERROR_FORMAT, "the file is damaged" },
    { SQLITE_NOTADB, ERROR_FORMAT, "the file is no SQLite database, or damaged" },
    { SQLITE_CONSTRAINT, ERROR_FORMAT, "the rows contradict one another" },
    { SQLITE_SCHEMA, ERROR_FORMAT, "its tables are not those of the store" },
};

bool sql_refused(sqlite3 *db, int status, struct error *err)
{
    struct meaning found = { status, ERROR_SYSTEM, "SQLite refuses" };
    const char *detail = db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(status);
    int cause = db != NULL ? sqlite3_system_errno(db) : 0;

    for (size_t i = 0; i < COUNT_OF(meanings); i++)
        if (meanings[i].status == (status & 0xff))
            found = meanings[i];
    if (cause != 0 && found.kind == ERROR_SYSTEM)
        return error_set(err, found.kind, "%s (%s: %s)", found.sentence,
                         safe_string(detail).s, strerror(cause));
    return error_set(err, found.kind, "%s (%s)", found.sentence, safe_string(detail).s);
}

bool sql_exec(sqlite3 *db, const char *statements, struct error *err)
{
    int status = sqlite3_exec(db, statements, NULL, NULL, NULL);

    return status == SQLITE_OK || sql_refused(db, status, err);
}

static int bind(sqlite3_stmt *statement, int place, const struct sql_value *value)
{
    /* SQLite takes a NULL pointer for the value NULL; an empty blob is not that */
    const void *at = value->bytes.at == NULL ? (const void *)"" : value->bytes.at;

    switch (value->type) {
    case SQL_INT:
        return sqlite3_bind_int64(statement, place, value->number);
    case SQL_TEXT:
        return sqlite3_bind_text64(statement, place, at, value->bytes.len, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case SQL_BLOB:
        return sqlite3_bind_blob64(statement, place, at, value->bytes.len, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

struct sql_rows sql_ask(sqlite3 *db, const char *question, const struct sql_value *values,
                        size_t count)
{
    struct sql_rows rows = { .db = db };

    rows.status = sqlite3_prepare_v2(db, question, -1, &rows.statement, NULL);
    for (size_t i = 0; i < count && rows.status == SQLITE_OK; i++)
        rows.status = bind(rows.statement, (int)i + 1, &values[i]);
    return rows;
}

bool sql_next(struct sql_rows *rows)
{
    if (rows->status != SQLITE_OK && rows->status != SQLITE_ROW)
        return false;
    rows->status = sqlite3_step(rows->statement);
    return rows->status == SQLITE_ROW;
}

int64_t sql_row_int(const struct sql_rows *rows, int column)
{
    return sqlite3_column_int64(rows->statement, column);
}

struct bytes sql_row_bytes(const struct sql_rows *rows, int column)
{
    const void *at = sqlite3_column_blob(rows->statement, column);

    return bytes_of(at == NULL ? "" : at,
                    (size_t)sqlite3_column_bytes(rows->statement, column));
}

bool sql_row_is_null(const struct sql_rows *rows, int column)
{
    return sqlite3_column_type(rows->statement, column) == SQLITE_NULL;
}

bool sql_end(struct sql_rows *rows, struct error *err)
{
    bool well = rows->status == SQLITE_OK || rows->status == SQLITE_ROW
                || rows->status == SQLITE_DONE;

    if (!well)
        sql_refused(rows->db, rows->status, err);
    sqlite3_finalize(rows->statement);
    rows->statement = NULL;
    return well;
}

bool sql_run(sqlite3 *db, const char *statement, const struct sql_value *values,
             size_t count, struct error *err)
{
    struct sql_rows rows = sql_ask(db, statement, values, count);

    while (sql_next(&rows))
        ;
    return sql_end(&rows, err);
}

bool sql_number(sqlite3 *db, const char *statement, const struct sql_value *values,
                size_t count, int64_t *out, struct error *err)
{
    struct sql_rows rows = sql_ask(db, statement, values, count);

    if (sql_next(&rows) && !sql_row_is_null(&rows, 0))
        *out = sql_row_int(&rows, 0);
    return sql_end(&rows, err);
}
