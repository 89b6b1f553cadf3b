/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_schema.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "kit/test.h"
#include "kit/text.h"
#include "store/store.h"

static sqlite3 *open_at(const char *directory)
{
    char path[4096];
    sqlite3 *db = NULL;

    snprintf(path, sizeof path, "%s/some.db", directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static int64_t number_of(sqlite3 *db, const char *question)
{
    struct error err = { 0 };
    int64_t number = -1;

    assert_ok(sql_number(db, question, SQL_NO_VALUES, &number, &err), err);
    return number;
}

/* What a later version would bring: a column, then a table filled from what is there. */
static const char *later_steps[] = {
    NULL, /* the real first one */
    "ALTER TABLE item ADD COLUMN etag TEXT;",
    "CREATE TABLE source (name TEXT PRIMARY KEY) STRICT;"
    "INSERT INTO source SELECT DISTINCT made_by FROM store;",
};

static const char fill[] =
    "INSERT INTO store (only_row, marked, made_s, made_by) VALUES (1, 0, 5, 'thim 0')";

static void an_empty_file_comes_to_the_newest_version(void **state)
{
    (void)state;
    struct error err = { 0 };
    char *directory = test_directory();
    sqlite3 *db = open_at(directory);

    assert_int_equal(schema_step_count, STORE_SCHEMA_VERSION);
    assert_ok(schema_migrate(db, schema_steps, schema_step_count, &err), err);
    assert_int_equal(number_of(db, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
    assert_ok(schema_check(db, schema_steps, schema_step_count, &err), err);
    assert_int_equal(number_of(db, "SELECT count(*) FROM sqlite_schema WHERE type = "
                                   "'table' AND sql NOT LIKE '%STRICT%' AND name NOT "
                                   "LIKE 'sqlite%'"),
                     0);
    assert_ok(schema_migrate(db, schema_steps, schema_step_count, &err), err);
    sqlite3_close(db);
    test_remove(directory);
}

static void a_store_of_an_older_version_is_brought_along_with_its_rows(void **state)
{
    (void)state;
    struct error err = { 0 };
    char *directory = test_directory();
    sqlite3 *db = open_at(directory);

    assert_ok(schema_migrate(db, later_steps, 1, &err), err);
    assert_ok(sql_exec(db, fill, &err), err);
    assert_ok(schema_migrate(db, later_steps, 3, &err), err);
    assert_int_equal(number_of(db, "PRAGMA user_version"), 3);
    assert_int_equal(number_of(db, "SELECT made_s FROM store"), 5);
    assert_int_equal(number_of(db, "SELECT count(*) FROM source WHERE name = 'thim 0'"),
                     1);
    assert_ok(schema_check(db, later_steps, 3, &err), err);

    /* step by step leads to the same */
    sqlite3_close(db);
    test_remove(directory);
    directory = test_directory();
    db = open_at(directory);
    for (size_t version = 1; version <= 3; version++)
        assert_ok(schema_migrate(db, later_steps, version, &err), err);
    assert_ok(schema_check(db, later_steps, 3, &err), err);
    sqlite3_close(db);
    test_remove(directory);
}

static void a_migration_that_fails_leaves_all_as_it_was(void **state)
{
    (void)state;
    const char *const broken[] = { later_steps[0], later_steps[1],
                                   "CREATE TABLE source (name TEXT); INSERT INTO nowhere "
                                   "VALUES (1);" };
    struct error err = { 0 };
    char *directory = test_directory();
    sqlite3 *db = open_at(directory);

    assert_ok(schema_migrate(db, broken, 1, &err), err);
    assert_ok(sql_exec(db, fill, &err), err);
    assert_false(schema_migrate(db, broken, 3, &err));
    assert_refused(err, ERROR_SYSTEM,
                   "migration from schema 2 to 3: SQLite refuses (no such table: "
                   "nowhere");
    assert_int_equal(number_of(db, "PRAGMA user_version"), 1);
    assert_ok(schema_check(db, schema_steps, 1, &err), err);
    assert_int_equal(number_of(db, "SELECT made_s FROM store"), 5);
    sqlite3_close(db);
    test_remove(directory);
}

static void a_newer_version_is_refused_and_what_to_do_is_said(void **state)
{
    (void)state;
    struct error err = { 0 };
    char *directory = test_directory();
    sqlite3 *db = open_at(directory);

    assert_ok(schema_migrate(db, later_steps, 3, &err), err);
    assert_false(schema_migrate(db, schema_steps, 1, &err));
    assert_refused(
        err, ERROR_FORMAT,
        "it has schema 3 and this version of THIM knows up to 1: run the newer "
        "THIM that wrote it, or name another state directory");
    assert_int_equal(number_of(db, "PRAGMA user_version"), 3);
    assert_ok(sql_exec(db, "PRAGMA user_version = -1", &err), err);
    assert_false(schema_migrate(db, schema_steps, 1, &err));
    assert_refused(err, ERROR_FORMAT, "it has schema -1");
    sqlite3_close(db);
    test_remove(directory);
}

static void other_tables_than_the_version_has_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *claim, *meddling, *part;
    } cases[] = {
        { "a trigger",
          "CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM object; END",
          "not those of schema 1" },
        { "one more table", "CREATE TABLE more (i INTEGER)", "not those of schema 1" },
        { "an index gone", "DROP INDEX item_by_body", "not those of schema 1" },
        { "a column more", "ALTER TABLE item ADD COLUMN note TEXT",
          "not those of schema 1" },
        { "a table gone", "DROP TABLE quarantine", "not those of schema 1" },
        { "a row that breaks a rule",
          "PRAGMA ignore_check_constraints = ON; INSERT INTO object VALUES (x'00', x'');"
          "PRAGMA ignore_check_constraints = OFF",
          "the file is damaged (CHECK constraint failed in object)" },
        { "statistics are SQLite's own matter", "ANALYZE", NULL },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        char *directory = test_directory();
        sqlite3 *db = open_at(directory);
        assert_ok(schema_migrate(db, schema_steps, 1, &err), err);
        assert_ok(sql_exec(db, fill, &err), err);
        assert_ok(sql_exec(db, cases[i].meddling, &err), err);
        bool well = schema_check(db, schema_steps, 1, &err);
        if (well != (cases[i].part == NULL))
            fail_msg("%s: %s", cases[i].claim, err.text);
        if (!well)
            assert_refused(err, ERROR_FORMAT, cases[i].part);
        sqlite3_close(db);
        test_remove(directory);
    }
}

/* ---- versions as they were released --------------------------------------------------
 */

static void released_steps_are_never_changed(void **state)
{
    (void)state;
    static const char *const digests[] = {
        "d5a536d8d052562af17af63ea904a954db19d945d2418a170289cc674ead3949",
        "f1023a81b95ebf94808ca99f704f666540861a39c5f122b4da333b8835bba292",
        "72b5516b3ea2d5c3aac95d3a57a35f87e6e0cf28702c037b1e35daf61ca4dc09",
        "8ff0c192593fbbc4d0f64986283c31c55707e21b33acb1fbbc0ffe1706cda42b",
    };

    assert_int_equal(COUNT_OF(digests), schema_step_count);
    for (size_t i = 0; i < COUNT_OF(digests); i++) {
        struct sha256 digest = sha256(bytes_of_text(schema_steps[i]));
        assert_string_equal(hex(digest.digest, SHA256_LEN).s, digests[i]);
    }
}

/* Version 4 counts hosts by what they are, which what is there already has to become. */
static void platforms_of_version_3_are_hosts_from_then_on(void **state)
{
    (void)state;
    static const char platforms[] =
        "INSERT INTO pck_issuer VALUES (1, zeroblob(32), 1, x'00');"
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 30)"
        " INSERT INTO platform SELECT n, printf('%02x', n), 0, NULL, 2, zeroblob(6),"
        " zeroblob(32), 1, NULL, 1 + n % 4, 1, '', '', 5, 100 + n, 5, 5, 0, '', 1, x'', 0"
        " FROM n;"
        "UPDATE platform SET state = 1, fmspc = NULL WHERE platform = 30;"
        "INSERT INTO raw_tcb SELECT platform, zeroblob(16), platform % 3, 1, 50 FROM"
        " platform WHERE platform != 29;"
        "INSERT INTO raw_tcb SELECT platform, zeroblob(16), 9, 0, 60 FROM platform"
        " WHERE platform % 7 = 0;"
        "INSERT INTO raw_tcb SELECT platform, zeroblob(16), 5, 1, 70 FROM platform"
        " WHERE platform % 5 = 0;"
        "INSERT INTO chip SELECT NULL, 'Milan', zeroblob(64), printf('%016x', platform), "
        "1,"
        " NULL, 0, 4, '', 5, 0, platform, 0, 0, 0, '' FROM platform WHERE platform < 9;"
        "INSERT INTO chip SELECT NULL, 'Milan', x'', '0000000000000000', 1, NULL, 0, 4, "
        "'',"
        " 5, 0, 9, 0, 0, 0, ''";
    static const struct {
        const char *question;
        int64_t answer;
    } cases[] = {
        { "SELECT count(*) FROM host", 28 },
        { "SELECT count(*) FROM host JOIN host_class USING (host_class) WHERE pcesvn = 5",
          5 },
        { "SELECT count(*) FROM host JOIN host_class USING (host_class) WHERE pcesvn = 9",
          0 },
        { "SELECT count(*) FROM host JOIN host_class USING (host_class) WHERE registered",
          21 },
        { "SELECT count(*) FROM host_class", 8 },
        { "SELECT count(*) FROM host WHERE last_seen_s = 100 + platform", 28 },
        { "SELECT count(*) FROM platform WHERE tcb_list IS NOT NULL", 0 },
        { "SELECT count(*) FROM chip WHERE stands = 2 AND last_asked_s = 8", 1 },
        { "SELECT count(*) FROM chip WHERE stands = 0", 8 },
        { "SELECT count(*) FROM pragma_foreign_key_check", 0 },
    };
    char *directory = test_directory();
    sqlite3 *db = open_at(directory);
    struct error err = { 0 };

    assert_ok(schema_migrate(db, schema_steps, 3, &err), err);
    assert_ok(sql_exec(db, platforms, &err), err);
    assert_ok(schema_migrate(db, schema_steps, 4, &err), err);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (number_of(db, cases[i].question) != cases[i].answer)
            fail_msg("%s: %lld", cases[i].question,
                     (long long)number_of(db, cases[i].question));
    sqlite3_close(db);
    test_remove(directory);
}

/* DIR/thim.db as the first version made it, with a row; then what else is wanted. */
static char *make_version_1(const char *meddling)
{
    struct error err = { 0 };
    char *directory = test_directory();
    char path[4096];
    sqlite3 *db = NULL;

    snprintf(path, sizeof path, "%s/thim.db", directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_ok(sql_exec(db,
                       "PRAGMA page_size = 8192; PRAGMA application_id = 0x5448494d; "
                       "PRAGMA journal_mode = WAL",
                       &err),
              err);
    assert_ok(schema_migrate(db, schema_steps, 1, &err), err);
    assert_ok(sql_exec(db, fill, &err), err);
    assert_ok(sql_exec(db,
                       "INSERT INTO generation VALUES (41, 5, 0, zeroblob(32), "
                       "zeroblob(32))",
                       &err),
              err);
    assert_ok(sql_exec(db, meddling, &err), err);
    sqlite3_close(db);
    return directory;
}

static int64_t ask_file(const char *directory, const char *question)
{
    char path[4096];
    sqlite3 *db = NULL;

    snprintf(path, sizeof path, "%s/thim.db", directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    int64_t number = number_of(db, question);
    sqlite3_close(db);
    return number;
}

static void a_store_of_version_1_opens_and_has_room_for_the_rest(void **state)
{
    (void)state;
    char *directory = make_version_1("SELECT 1");
    struct store_options options = { .directory = directory };
    struct store_generation history[2];
    struct error err = { 0 };

    for (int round = 0; round < 2; round++) {
        struct store *store = NULL;
        assert_ok(store_open(&options, &store, &err), err);
        assert_int_equal(store_history(store, history, 2), 1);
        assert_int_equal(history[0].generation, 41);
        store_close(store);
        assert_int_equal(ask_file(directory, "PRAGMA user_version"),
                         STORE_SCHEMA_VERSION);
        assert_int_equal(ask_file(directory, "SELECT made_s FROM store"), 5);
        assert_int_equal(ask_file(directory, "SELECT platforms FROM tally"), 0);
        assert_int_equal(ask_file(directory, "SELECT known FROM chip_tally"), 0);
    }
    test_remove(directory);
}

static void a_damaged_store_of_version_1_is_refused_and_stays_one(void **state)
{
    (void)state;
    static const struct {
        const char *meddling, *part;
    } cases[] = {
        { "CREATE TABLE more (i INTEGER)", "its tables are not those of schema 4" },
        { "CREATE TABLE platform (i INTEGER)", "migration from schema 1 to 2" },
        { "PRAGMA ignore_check_constraints = ON; INSERT INTO object VALUES (x'00', x'')",
          "the file is damaged (CHECK constraint failed in object)" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *directory = make_version_1(cases[i].meddling);
        struct store_options options = { .directory = directory };
        struct store *store = NULL;
        struct error err = { 0 };
        assert_false(store_open(&options, &store, &err));
        if (strstr(err.text, cases[i].part) == NULL)
            fail_msg("%s", err.text);
        assert_int_equal(ask_file(directory, "PRAGMA user_version"), 1);
        assert_int_equal(ask_file(directory, "SELECT count(*) FROM sqlite_schema WHERE "
                                             "name = 'pck'"),
                         0);
        test_remove(directory);
    }
}

/* Damage in what grows with the fleet keeps no start from serving the rest. */
static void rows_of_platforms_are_not_gone_through_at_a_start(void **state)
{
    (void)state;
    struct error err = { 0 };
    char *directory = test_directory();
    sqlite3 *db = open_at(directory);

    assert_ok(schema_migrate(db, schema_steps, schema_step_count, &err), err);
    assert_ok(sql_exec(db,
                       "PRAGMA ignore_check_constraints = ON;"
                       "INSERT INTO pck VALUES (512, x'00', x'00', x'00');"
                       "INSERT INTO audit VALUES (1, 1, '', '', '', '', '');"
                       "INSERT INTO vek VALUES (1, x'00', x'00');"
                       "INSERT INTO tcb_list VALUES (1, x'00', x'00');"
                       "INSERT INTO tdx_svn VALUES (1, x'00', 1);"
                       "PRAGMA ignore_check_constraints = OFF",
                       &err),
              err);
    assert_ok(schema_check(db, schema_steps, schema_step_count, &err), err);
    assert_ok(sql_exec(db,
                       "PRAGMA ignore_check_constraints = ON;"
                       "INSERT INTO recall VALUES (x'00', 1);"
                       "PRAGMA ignore_check_constraints = OFF",
                       &err),
              err);
    assert_false(schema_check(db, schema_steps, schema_step_count, &err));
    assert_refused(err, ERROR_FORMAT, "CHECK constraint failed in recall");
    sqlite3_close(db);
    test_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_comes_to_the_newest_version),
        cmocka_unit_test(a_store_of_an_older_version_is_brought_along_with_its_rows),
        cmocka_unit_test(a_migration_that_fails_leaves_all_as_it_was),
        cmocka_unit_test(a_newer_version_is_refused_and_what_to_do_is_said),
        cmocka_unit_test(other_tables_than_the_version_has_are_refused),
        cmocka_unit_test(released_steps_are_never_changed),
        cmocka_unit_test(platforms_of_version_3_are_hosts_from_then_on),
        cmocka_unit_test(a_store_of_version_1_opens_and_has_room_for_the_rest),
        cmocka_unit_test(a_damaged_store_of_version_1_is_refused_and_stays_one),
        cmocka_unit_test(rows_of_platforms_are_not_gone_through_at_a_start),
    };

    later_steps[0] = schema_steps[0];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
