/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sql.h"

#include <stdio.h>

#include "kit/test.h"

static sqlite3 *db;

static void values_go_in_and_come_out_as_they_were(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct bytes blob = bytes_of("a\0b", 3), none = bytes_of(NULL, 0);

    assert_ok(sql_exec(db, "CREATE TABLE t (i INTEGER, t TEXT, b BLOB) STRICT", &err),
              err);
    assert_ok(sql_run(db, "INSERT INTO t VALUES (?, ?, ?)",
                      SQL_VALUES(sql_int(INT64_MIN), sql_text("x'y"), sql_blob(blob)),
                      &err),
              err);
    assert_ok(sql_run(db, "INSERT INTO t VALUES (?, ?, ?)",
                      SQL_VALUES(sql_int(2), sql_text(""), sql_blob(none)), &err),
              err);
    assert_ok(sql_run(db, "INSERT INTO t VALUES (3, NULL, NULL)", SQL_NO_VALUES, &err),
              err);

    struct sql_rows rows = sql_ask(db, "SELECT i, t, b FROM t ORDER BY i", SQL_NO_VALUES);
    assert_true(sql_next(&rows));
    assert_int_equal(sql_row_int(&rows, 0), INT64_MIN);
    assert_true(bytes_equal_text(sql_row_bytes(&rows, 1), "x'y"));
    assert_true(bytes_equal(sql_row_bytes(&rows, 2), blob));
    assert_true(sql_next(&rows));
    assert_false(sql_row_is_null(&rows, 1));
    assert_false(sql_row_is_null(&rows, 2)); /* empty is not NULL */
    assert_int_equal(sql_row_bytes(&rows, 2).len, 0);
    assert_true(sql_next(&rows));
    assert_true(sql_row_is_null(&rows, 2));
    assert_int_equal(sql_row_bytes(&rows, 2).len, 0);
    assert_false(sql_next(&rows));
    assert_false(sql_next(&rows)); /* the end stays the end */
    assert_ok(sql_end(&rows, &err), err);
}

static void a_number_that_is_not_there_leaves_what_was(void **state)
{
    (void)state;
    struct error err = { 0 };
    int64_t number = 41;

    assert_ok(sql_number(db, "SELECT 1 WHERE 0", SQL_NO_VALUES, &number, &err), err);
    assert_int_equal(number, 41);
    assert_ok(sql_number(db, "SELECT NULL", SQL_NO_VALUES, &number, &err), err);
    assert_int_equal(number, 41);
    assert_ok(sql_number(db, "SELECT ? + 1", SQL_VALUES(sql_int(1)), &number, &err), err);
    assert_int_equal(number, 2);
}

static void rows_may_be_left_before_their_end(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct sql_rows rows = sql_ask(db, "SELECT 1 UNION ALL SELECT 2", SQL_NO_VALUES);

    assert_true(sql_next(&rows));
    assert_ok(sql_end(&rows, &err), err);
}

static void what_sqlite_refuses_is_a_sentence(void **state)
{
    (void)state;
    struct error err = { 0 };
    const struct {
        const char *statement;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { "SELECT * FROM nowhere", ERROR_SYSTEM, "no such table: nowhere" },
        { "INSERT INTO one VALUES (1)", ERROR_FORMAT,
          "contradict one another (UNIQUE constraint failed: one.i)" },
        { "INSERT INTO one VALUES ('text')", ERROR_FORMAT, "contradict one another" },
        { "INSERT INTO other VALUES (zeroblob(2000))", ERROR_LIMIT,
          "larger than the store takes" },
    };

    assert_ok(sql_exec(db,
                       "CREATE TABLE one (i INTEGER UNIQUE) STRICT; INSERT INTO one "
                       "VALUES (1); CREATE TABLE other (b BLOB)",
                       &err),
              err);
    int before = sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1000);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        err = (struct error){ 0 };
        assert_false(sql_run(db, cases[i].statement, SQL_NO_VALUES, &err));
        assert_refused(err, cases[i].kind, cases[i].part);
    }
    err = (struct error){ 0 };
    assert_false(sql_exec(db, "SELECT 1; SELECT", &err));
    assert_refused(err, ERROR_SYSTEM, "incomplete input");
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, before);
}

static void each_status_has_its_kind(void **state)
{
    (void)state;
    const struct {
        int status;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { SQLITE_FULL, ERROR_SYSTEM, "disk is full" },
        { SQLITE_BUSY_SNAPSHOT, ERROR_SYSTEM, "another program" },
        { SQLITE_READONLY_DIRECTORY, ERROR_SYSTEM, "may only be read" },
        { SQLITE_CANTOPEN_ISDIR, ERROR_SYSTEM, "can't be opened" },
        { SQLITE_IOERR_FSYNC, ERROR_SYSTEM, "reading or writing failed" },
        { SQLITE_NOMEM, ERROR_SYSTEM, "no memory" },
        { SQLITE_CORRUPT_INDEX, ERROR_FORMAT, "the file is damaged" },
        { SQLITE_NOTADB, ERROR_FORMAT, "no SQLite database" },
        { SQLITE_MISUSE, ERROR_SYSTEM, "SQLite refuses" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        assert_false(sql_refused(NULL, cases[i].status, &err));
        assert_refused(err, cases[i].kind, cases[i].part);
    }
}

static void a_statement_that_is_kept_is_prepared_once(void **state)
{
    (void)state;
    static const char question[] = "SELECT ?1 UNION ALL SELECT ?1 + 1";
    struct sql_kept kept = { .db = db };
    struct error err = { 0 };
    int64_t number = 0;

    for (int64_t i = 0; i < 3; i++) {
        assert_ok(sql_kept_number(&kept, question, SQL_VALUES(sql_int(i)), &number, &err),
                  err);
        assert_int_equal(number, i);
        assert_int_equal(kept.count, 1);
    }
    /* asked again while it runs: both give their own rows */
    struct sql_rows outer = sql_kept_ask(&kept, question, SQL_VALUES(sql_int(7)));
    assert_true(sql_next(&outer));
    assert_ok(sql_kept_number(&kept, question, SQL_VALUES(sql_int(1)), &number, &err),
              err);
    assert_int_equal(number, 1);
    assert_true(sql_next(&outer));
    assert_int_equal(sql_row_int(&outer, 0), 8);
    assert_ok(sql_end(&outer, &err), err);
    /* a value that is not given is none, not the last one's */
    number = -1;
    assert_ok(sql_kept_number(&kept, question, SQL_NO_VALUES, &number, &err), err);
    assert_int_equal(number, -1);
    assert_false(sql_kept_run(&kept, "SELEC", SQL_NO_VALUES, &err));
    assert_refused(err, ERROR_SYSTEM, "syntax error");
    sql_kept_close(&kept);
}

static void columns_of_another_form_are_told(void **state)
{
    (void)state;
    struct sql_rows rows =
        sql_ask(db, "SELECT 'four', x'616200', x'01020304', NULL", SQL_NO_VALUES);
    char text[5];
    uint8_t bytes[4];
    struct error err = { 0 };

    assert_true(sql_next(&rows));
    assert_true(sql_row_text(&rows, 0, text, 5));
    assert_string_equal(text, "four");
    assert_false(sql_row_text(&rows, 0, text, 4)); /* no room for its end */
    assert_string_equal(text, "");
    assert_false(sql_row_text(&rows, 1, text, 5)); /* a NUL in it */
    assert_true(sql_row_text(&rows, 3, text, 5));
    assert_true(sql_row_copy(&rows, 2, bytes, 4));
    assert_int_equal(bytes[3], 4);
    assert_false(sql_row_copy(&rows, 2, bytes, 3));
    assert_int_equal(bytes[0], 0);
    assert_false(sql_row_copy(&rows, 3, bytes, 4));
    assert_ok(sql_end(&rows, &err), err);
}

static void who_only_reads_cannot_write(void **state)
{
    (void)state;
    static const enum sql_access readers[] = { SQL_READ, SQL_READ_STILL };
    char *directory = test_directory();
    char path[4096];
    sqlite3 *file = NULL;
    struct error err = { 0 };

    snprintf(path, sizeof path, "%s/100%% sure?.db", directory); /* what a URI escapes */
    assert_int_equal(sqlite3_open(path, &file), SQLITE_OK);
    assert_ok(sql_exec(file, "CREATE TABLE t (i); INSERT INTO t VALUES (7)", &err), err);
    sqlite3_close(file);
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        int64_t number = 0;
        assert_ok(sql_connect(path, readers[i], 1 << 20, &file, &err), err);
        assert_ok(sql_number(file, "SELECT i FROM t", SQL_NO_VALUES, &number, &err), err);
        assert_int_equal(number, 7);
        assert_false(sql_exec(file, "DELETE FROM t", &err));
        assert_refused(err, ERROR_SYSTEM, "it may only be read");
        sqlite3_close(file);
    }
    test_remove(directory);
}

static int setup(void **state)
{
    (void)state;
    return sqlite3_open(":memory:", &db);
}

static int teardown(void **state)
{
    (void)state;
    return sqlite3_close(db); /* refuses while a statement is left open */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_go_in_and_come_out_as_they_were),
        cmocka_unit_test(a_number_that_is_not_there_leaves_what_was),
        cmocka_unit_test(rows_may_be_left_before_their_end),
        cmocka_unit_test(what_sqlite_refuses_is_a_sentence),
        cmocka_unit_test(each_status_has_its_kind),
        cmocka_unit_test(a_statement_that_is_kept_is_prepared_once),
        cmocka_unit_test(columns_of_another_form_are_told),
        cmocka_unit_test(who_only_reads_cannot_write),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
