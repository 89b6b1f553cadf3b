/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_schema.h"

#include <stdio.h>

#include "kit/buf.h"
#include "kit/crypto.h"
#include "kit/text.h"

/* Too large to be read from end to end at each start. doc/store.md says what protects
 * their rows instead. */
static const char *const unchecked[] = {
    "platform", "manifest", "raw_tcb",  "pck",     "policy",     "registration", "audit",
    "chip",     "vek",      "tcb_list", "tdx_svn", "host_class", "host"
};

static bool read_version(sqlite3 *db, int64_t *version, struct error *err)
{
    *version = 0;
    return sql_number(db, "PRAGMA user_version", SQL_NO_VALUES, version, err);
}

static bool take_steps(sqlite3 *db, const char *const steps[], size_t from, size_t to,
                       struct error *err)
{
    char set_version[64];

    for (size_t i = from; i < to; i++)
        if (!sql_exec(db, steps[i], err))
            return error_within(err, "migration from schema %zu to %zu", i, i + 1);
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %zu", to);
    return sql_exec(db, set_version, err);
}

bool schema_migrate(sqlite3 *db, const char *const steps[], size_t count,
                    struct error *err)
{
    int64_t version;

    if (!read_version(db, &version, err))
        return false;
    if (version < 0 || version > (int64_t)count)
        return error_set(
            err, ERROR_FORMAT,
            "it has schema %lld and this version of THIM knows up to %zu: run "
            "the newer THIM that wrote it, or name another state directory",
            (long long)version, count);
    if (version == (int64_t)count)
        return true;
    if (!sql_exec(db, "BEGIN IMMEDIATE", err))
        return false;
    if (take_steps(db, steps, (size_t)version, count, err)
        && schema_check(db, steps, count, err) && sql_exec(db, "COMMIT", err))
        return true;
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* The SHA-256 of all that CREATE made; what SQLite makes for itself (ANALYZE's tables,
 * automatic indexes) aside. */
static bool digest_tables(sqlite3 *db, struct sha256 *out, struct error *err)
{
    struct sql_rows rows = sql_ask(db,
                                   "SELECT sql FROM sqlite_schema WHERE name NOT LIKE "
                                   "'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
                                   SQL_NO_VALUES);
    struct buf text;

    buf_init(&text, (size_t)1 << 20);
    while (sql_next(&rows)) {
        buf_add(&text, sql_row_bytes(&rows, 0));
        buf_add_byte(&text, '\n');
    }
    bool fits = !text.failed;
    *out = sha256(buf_bytes(&text));
    buf_fini(&text);
    if (!sql_end(&rows, err))
        return false;
    return fits || error_set(err, ERROR_FORMAT, "its tables fill more than a MiB");
}

static bool digest_expected(const char *const steps[], size_t count, struct sha256 *out,
                            struct error *err)
{
    sqlite3 *fresh = NULL;
    int status = sqlite3_open(":memory:", &fresh);
    bool made = (status == SQLITE_OK || sql_refused(fresh, status, err))
                && take_steps(fresh, steps, 0, count, err)
                && digest_tables(fresh, out, err);

    sqlite3_close(fresh);
    return made;
}

static bool check_table(sqlite3 *db, struct bytes name, struct error *err)
{
    struct sql_rows rows =
        sql_ask(db, "SELECT integrity_check FROM pragma_integrity_check(?)",
                SQL_VALUES({ .type = SQL_TEXT, .bytes = name }));
    struct safe_text finding = { "no answer" };

    if (sql_next(&rows))
        finding = safe(sql_row_bytes(&rows, 0));
    if (!sql_end(&rows, err))
        return false;
    return strcmp(finding.s, "ok") == 0
           || error_set(err, ERROR_FORMAT, "the file is damaged (%s)", finding.s);
}

static bool is_checked(struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(unchecked); i++)
        if (bytes_equal_text(name, unchecked[i]))
            return false;
    return true;
}

static bool check_rows(sqlite3 *db, struct error *err)
{
    struct sql_rows rows =
        sql_ask(db, "SELECT name FROM sqlite_schema WHERE type = 'table'", SQL_NO_VALUES);
    bool well = true;

    while (well && sql_next(&rows))
        if (is_checked(sql_row_bytes(&rows, 0)))
            well = check_table(db, sql_row_bytes(&rows, 0), err);
    return sql_end(&rows, well ? err : NULL) && well;
}

bool schema_check(sqlite3 *db, const char *const steps[], size_t count, struct error *err)
{
    struct sha256 found, expected;

    if (!digest_tables(db, &found, err) || !digest_expected(steps, count, &expected, err))
        return false;
    if (memcmp(found.digest, expected.digest, SHA256_LEN) != 0)
        return error_set(err, ERROR_FORMAT, "its tables are not those of schema %zu",
                         count);
    return check_rows(db, err);
}
