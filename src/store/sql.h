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

enum sql_type { SQL_INT = 1, SQL_TEXT, SQL_BLOB };

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

/* What stands for the question marks of a statement, in order: two arguments at once. */
#define SQL_VALUES(...)                        \
    (const struct sql_value[]){ __VA_ARGS__ }, \
        sizeof((const struct sql_value[]){ __VA_ARGS__ }) / sizeof(struct sql_value)
#define SQL_NO_VALUES NULL, 0

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
};

struct sql_rows sql_ask(sqlite3 *db, const char *question, const struct sql_value *values,
                        size_t count);
bool sql_next(struct sql_rows *rows); /* false at the end and after a failure */
int64_t sql_row_int(const struct sql_rows *rows, int column);
struct bytes sql_row_bytes(const struct sql_rows *rows, int column);
bool sql_row_is_null(const struct sql_rows *rows, int column);
bool sql_end(struct sql_rows *rows, struct error *err) MUST_CHECK; /* at any time */

/* Why the last call on db was refused; status is SQLite's code. Always false. */
bool sql_refused(sqlite3 *db, int status, struct error *err);

#endif
