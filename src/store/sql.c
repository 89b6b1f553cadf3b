/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sql.h"

#include <stdio.h>

#include "kit/buf.h"
#include "kit/text.h"

enum {
    BUSY_MS = 2000, /* how long another program's lock is waited for */
    VALUE_MAX = 16 * 1024 * 1024,
};

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

static bool guard(sqlite3 *db, struct error *err)
{
    static const struct {
        int option, on;
    } switches[] = {
        { SQLITE_DBCONFIG_DEFENSIVE, 1 },
        { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
    };

    for (size_t i = 0; i < COUNT_OF(switches); i++) {
        int status = sqlite3_db_config(db, switches[i].option, switches[i].on, NULL);
        if (status != SQLITE_OK)
            return sql_refused(db, status, err);
    }
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_busy_timeout(db, BUSY_MS);
    return true;
}

/* SQLite's URI for a file that nobody changes meanwhile ("Uniform Resource Identifiers",
 * 3.2). */
static int open_still(const char *path, int flags, sqlite3 **out)
{
    struct buf uri;

    buf_init(&uri, (size_t)64 * 1024);
    buf_add_text(&uri, "file:");
    percent_add(&uri, bytes_of_text(path));
    buf_add_text(&uri, "?immutable=1");
    int status =
        uri.failed ? SQLITE_CANTOPEN
                   : sqlite3_open_v2(buf_text(&uri), out, flags | SQLITE_OPEN_URI, NULL);
    buf_fini(&uri);
    return status;
}

static int open_file(const char *path, enum sql_access access, sqlite3 **out)
{
    const int reading = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;

    switch (access) {
    case SQL_READ:
        return sqlite3_open_v2(path, out, reading, NULL);
    case SQL_READ_STILL:
        return open_still(path, reading, out);
    case SQL_WRITE:
        return sqlite3_open_v2(path, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                               NULL);
    }
    return SQLITE_MISUSE;
}

bool sql_connect(const char *path, enum sql_access access, size_t cache_bytes,
                 sqlite3 **out, struct error *err)
{
    int status = open_file(path, access, out);
    char cache[64];

    if (status != SQLITE_OK)
        return sql_refused(*out, status, err);
    sqlite3_extended_result_codes(*out, 1);
    if (!guard(*out, err))
        return false;
    if (access != SQL_WRITE && !sql_exec(*out, "PRAGMA query_only = ON", err))
        return false;
    snprintf(cache, sizeof cache, "PRAGMA cache_size = -%zu", cache_bytes / 1024);
    /* without mmap: a file cut off meanwhile is an error then, and no signal */
    return (cache_bytes == 0 || sql_exec(*out, cache, err))
           && sql_exec(*out, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;", err);
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
    case SQL_NULL:
        return sqlite3_bind_null(statement, place);
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

static void bind_all(struct sql_rows *rows, const struct sql_value *values, size_t count)
{
    for (size_t i = 0; i < count && rows->status == SQLITE_OK; i++)
        rows->status = bind(rows->statement, (int)i + 1, &values[i]);
}

struct sql_rows sql_ask(sqlite3 *db, const char *question, const struct sql_value *values,
                        size_t count)
{
    struct sql_rows rows = { .db = db };

    rows.status = sqlite3_prepare_v2(db, question, -1, &rows.statement, NULL);
    bind_all(&rows, values, count);
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

bool sql_row_text(const struct sql_rows *rows, int column, char *out, size_t room)
{
    struct bytes text = sql_row_bytes(rows, column);
    bool fits = text.len < room && memchr(text.at, 0, text.len) == NULL;

    if (fits)
        memcpy(out, text.at, text.len);
    out[fits ? text.len : 0] = 0;
    return fits;
}

bool sql_row_copy(const struct sql_rows *rows, int column, void *out, size_t len)
{
    struct bytes found = sql_row_bytes(rows, column);

    if (found.len == len)
        memcpy(out, found.at, len);
    else
        memset(out, 0, len);
    return found.len == len;
}

static void let_go(struct sql_rows *rows)
{
    if (rows->is_kept) {
        sqlite3_reset(rows->statement);
        sqlite3_clear_bindings(rows->statement); /* they look at the caller's bytes */
    } else {
        sqlite3_finalize(rows->statement);
    }
    rows->statement = NULL;
}

bool sql_end(struct sql_rows *rows, struct error *err)
{
    bool well = rows->status == SQLITE_OK || rows->status == SQLITE_ROW
                || rows->status == SQLITE_DONE;

    if (!well)
        sql_refused(rows->db, rows->status, err);
    let_go(rows);
    return well;
}

static bool pass_over(struct sql_rows *rows, struct error *err)
{
    while (sql_next(rows))
        ;
    return sql_end(rows, err);
}

static bool first_number(struct sql_rows *rows, int64_t *out, struct error *err)
{
    if (sql_next(rows) && !sql_row_is_null(rows, 0))
        *out = sql_row_int(rows, 0);
    return sql_end(rows, err);
}

bool sql_run(sqlite3 *db, const char *statement, const struct sql_value *values,
             size_t count, struct error *err)
{
    struct sql_rows rows = sql_ask(db, statement, values, count);

    return pass_over(&rows, err);
}

bool sql_number(sqlite3 *db, const char *statement, const struct sql_value *values,
                size_t count, int64_t *out, struct error *err)
{
    struct sql_rows rows = sql_ask(db, statement, values, count);

    return first_number(&rows, out, err);
}

/* ---- statements that are kept -------------------------------------------------------
 */

void sql_kept_close(struct sql_kept *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        sqlite3_finalize(kept->statements[i].statement);
    kept->count = 0;
}

/* NULL where it has to be prepared for this once. */
static sqlite3_stmt *find_kept(struct sql_kept *kept, const char *text)
{
    for (size_t i = 0; i < kept->count; i++) {
        sqlite3_stmt *statement = kept->statements[i].statement;
        if (kept->statements[i].text == text)
            return sqlite3_stmt_busy(statement) ? NULL : statement;
    }
    sqlite3_stmt *made = NULL;
    if (kept->count < SQL_KEPT_MAX
        && sqlite3_prepare_v3(kept->db, text, -1, SQLITE_PREPARE_PERSISTENT, &made, NULL)
               == SQLITE_OK) {
        kept->statements[kept->count].text = text;
        kept->statements[kept->count++].statement = made;
    }
    return made;
}

struct sql_rows sql_kept_ask(struct sql_kept *kept, const char *question,
                             const struct sql_value *values, size_t count)
{
    struct sql_rows rows = { .db = kept->db, .status = SQLITE_OK, .is_kept = true };

    rows.statement = find_kept(kept, question);
    if (rows.statement == NULL)
        return sql_ask(kept->db, question, values, count);
    bind_all(&rows, values, count);
    return rows;
}

bool sql_kept_run(struct sql_kept *kept, const char *statement,
                  const struct sql_value *values, size_t count, struct error *err)
{
    struct sql_rows rows = sql_kept_ask(kept, statement, values, count);

    return pass_over(&rows, err);
}

bool sql_kept_number(struct sql_kept *kept, const char *statement,
                     const struct sql_value *values, size_t count, int64_t *out,
                     struct error *err)
{
    struct sql_rows rows = sql_kept_ask(kept, statement, values, count);

    return first_number(&rows, out, err);
}
