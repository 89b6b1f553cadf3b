/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite, as far as the store needs it: values in, rows out, and refusals as sentences.
 *
 * Not for several threads at once. The store's own files include this, nobody else.
 * Errors: ERROR_FORMAT where the file is damaged or not what it should be, ERROR_LIMIT
 * where a value is too large, ERROR_SYSTEM where the machine says no. */
#ifndef THIM_STORE_SQL_H
#define THIM_STORE_SQL_H

#include <sqlite3.h>

#include "kit/bytes.h"
#include "kit/error.h"

enum sql_type { SQL_NULL = 0, SQL_INT, SQL_TEXT, SQL_BLOB };

struct sql_value {
    enum sql_type type;
    int64_t number;
    struct bytes bytes; /* must live until the statement has run or ended */
};

static inline struct sql_value sql_int(int64_t number)
{
    return (struct sql_value){ .type = SQL_INT, .number = number };
}

static inline struct sql_value sql_text(const char *text)
{
    return (struct sql_value){ .type = SQL_TEXT, .bytes = bytes_of_text(text) };
}

static inline struct sql_value sql_blob(struct bytes bytes)
{
    return (struct sql_value){ .type = SQL_BLOB, .bytes = bytes };
}

static inline struct sql_value sql_null(void)
{
    return (struct sql_value){ .type = SQL_NULL };
}

/* What stands for the question marks of a statement, in order: two arguments at once. */
#define SQL_VALUES(...)                        \
    (const struct sql_value[]){ __VA_ARGS__ }, \
        sizeof((const struct sql_value[]){ __VA_ARGS__ }) / sizeof(struct sql_value)
#define SQL_NO_VALUES NULL, 0

/* A connection to a file that anybody may have written: nothing in it may make SQLite do
 * more than keep rows ("Defense Against The Dark Arts", 1.2). SQL_READ never changes the
 * file, nor its journal. SQL_READ_STILL reads the file as it lies there, whatever journal
 * lies beside it: for one that cannot be read otherwise. cache_bytes: of pages in memory;
 * 0: SQLite's own measure. *out is for sqlite3_close even where it fails. */
enum sql_access { SQL_READ = 1, SQL_READ_STILL, SQL_WRITE };
bool sql_connect(const char *path, enum sql_access access, size_t cache_bytes,
                 sqlite3 **out, struct error *err) MUST_CHECK;

/* Several statements without values or rows. */
bool sql_exec(sqlite3 *db, const char *statements, struct error *err) MUST_CHECK;

/* One statement; its rows, if any, are passed over. */
bool sql_run(sqlite3 *db, const char *statement, const struct sql_value *values,
             size_t count, struct error *err) MUST_CHECK;

/* The first column of the first row; *out stays as it is where there is no row or the
 * value is NULL. */
bool sql_number(sqlite3 *db, const char *statement, const struct sql_value *values,
                size_t count, int64_t *out, struct error *err) MUST_CHECK;

/* A question and its rows:
 *     struct sql_rows rows = sql_ask(db, "...", SQL_VALUES(sql_int(1)));
 *     while (sql_next(&rows))
 *         ... sql_row_int(&rows, 0) ...
 *     return sql_end(&rows, err);
 * Views last until the next call on the rows. */
struct sql_rows {
    sqlite3 *db;
    sqlite3_stmt *statement;
    int status;
    bool is_kept; /* the statement belongs to a struct sql_kept */
};

struct sql_rows sql_ask(sqlite3 *db, const char *question, const struct sql_value *values,
                        size_t count);
bool sql_next(struct sql_rows *rows); /* false at the end and after a failure */
int64_t sql_row_int(const struct sql_rows *rows, int column);
struct bytes sql_row_bytes(const struct sql_rows *rows, int column);
bool sql_row_is_null(const struct sql_rows *rows, int column);
/* As a C string: false (and "") where it does not fit or has a NUL in it. */
bool sql_row_text(const struct sql_rows *rows, int column, char *out, size_t room)
    MUST_CHECK;
/* Exactly len bytes: false (and zeros) where it is not so long, NULL for one. */
bool sql_row_copy(const struct sql_rows *rows, int column, void *out, size_t len)
    MUST_CHECK;
bool sql_end(struct sql_rows *rows, struct error *err) MUST_CHECK; /* at any time */

/* Statements that are asked again and again, prepared once. Each is known by where its
 * text lies, so texts are literals; one that is still running when it is asked again, and
 * what is past the bound, is prepared anew. */
#define SQL_KEPT_MAX 64
struct sql_kept {
    sqlite3 *db;
    struct {
        const char *text;
        sqlite3_stmt *statement;
    } statements[SQL_KEPT_MAX];
    size_t count;
};

void sql_kept_close(struct sql_kept *kept); /* before its connection */
struct sql_rows sql_kept_ask(struct sql_kept *kept, const char *question,
                             const struct sql_value *values, size_t count);
bool sql_kept_run(struct sql_kept *kept, const char *statement,
                  const struct sql_value *values, size_t count, struct error *err)
    MUST_CHECK;
bool sql_kept_number(struct sql_kept *kept, const char *statement,
                     const struct sql_value *values, size_t count, int64_t *out,
                     struct error *err) MUST_CHECK;

/* Why the last call on db was refused; status is SQLite's code. Always false. */
bool sql_refused(sqlite3 *db, int status, struct error *err);

#endif
