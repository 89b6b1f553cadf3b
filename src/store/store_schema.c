/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_schema.h"

#include <stdio.h>

#include "kit/buf.h"
#include "kit/crypto.h"
#include "kit/text.h"

/* Version 1. Of what is listed nothing is ever changed but confirmed_s and
 * hint.fetched_s; issue_date_s and next_update_s are there for people, and never read
 * back. */
static const char to_version_1[] =
    "CREATE TABLE store ("
    " only_row INTEGER PRIMARY KEY CHECK (only_row = 1),"
    " marked INTEGER NOT NULL CHECK (marked IN (0, 1)),"
    " made_s INTEGER NOT NULL,"
    " made_by TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE object ("
    " digest BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),"
    " body BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE item ("
    " item INTEGER PRIMARY KEY,"
    " body BLOB NOT NULL REFERENCES object (digest),"
    " chain BLOB NOT NULL,"
    " source TEXT NOT NULL,"
    " fetched_s INTEGER NOT NULL,"
    " confirmed_s INTEGER NOT NULL,"
    " issue_date_s INTEGER NOT NULL,"
    " next_update_s INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX item_by_body ON item (body);"
    "CREATE TABLE hint ("
    " hint INTEGER PRIMARY KEY,"
    " text BLOB NOT NULL REFERENCES object (digest),"
    " fetched_s INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX hint_by_text ON hint (text);"
    "CREATE TABLE generation ("
    " generation INTEGER PRIMARY KEY CHECK (generation > 0),"
    " published_s INTEGER NOT NULL,"
    " items INTEGER NOT NULL,"
    " seal BLOB NOT NULL CHECK (length(seal) = 32),"
    " unsigned_seal BLOB NOT NULL CHECK (length(unsigned_seal) = 32)"
    ") STRICT;"
    "CREATE TABLE listing ("
    " generation INTEGER NOT NULL REFERENCES generation ON DELETE CASCADE,"
    " key TEXT NOT NULL,"
    " item INTEGER NOT NULL REFERENCES item,"
    " PRIMARY KEY (generation, key)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX listing_by_item ON listing (item);"
    "CREATE TABLE hint_listing ("
    " generation INTEGER NOT NULL REFERENCES generation ON DELETE CASCADE,"
    " source TEXT NOT NULL,"
    " hint INTEGER NOT NULL REFERENCES hint,"
    " PRIMARY KEY (generation, source)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX hint_listing_by_hint ON hint_listing (hint);"
    "CREATE TABLE designation ("
    " generation INTEGER NOT NULL REFERENCES generation ON DELETE CASCADE,"
    " subject TEXT NOT NULL,"
    " wanted TEXT NOT NULL CHECK (wanted IN ('standard', 'early')),"
    " evaluation_data_number INTEGER NOT NULL CHECK (evaluation_data_number > 0),"
    " listed INTEGER NOT NULL CHECK (listed IN (0, 1)),"
    " PRIMARY KEY (generation, subject, wanted)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE quarantine ("
    " quarantine INTEGER PRIMARY KEY,"
    " found_s INTEGER NOT NULL,"
    " generation INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " digest BLOB,"
    " body BLOB,"
    " chain BLOB,"
    " source TEXT,"
    " fetched_s INTEGER"
    ") STRICT;"
    "CREATE VIEW kept AS"
    " SELECT listing.key, datetime(item.issue_date_s, 'unixepoch') AS issued,"
    " datetime(item.next_update_s, 'unixepoch') AS next_update, item.source,"
    " datetime(item.fetched_s, 'unixepoch') AS fetched,"
    " datetime(item.confirmed_s, 'unixepoch') AS confirmed,"
    " length(object.body) AS bytes, lower(hex(item.body)) AS sha256"
    " FROM listing JOIN item ON item.item = listing.item"
    " JOIN object ON object.digest = item.body"
    " WHERE listing.generation = (SELECT max(generation) FROM generation);";

const char *const schema_steps[] = { to_version_1 };
const size_t schema_step_count = COUNT_OF(schema_steps);

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

static bool check_pages(sqlite3 *db, struct error *err)
{
    struct sql_rows rows = sql_ask(db, "PRAGMA integrity_check(1)", SQL_NO_VALUES);
    struct safe_text finding = { "no answer" };

    if (sql_next(&rows))
        finding = safe(sql_row_bytes(&rows, 0));
    if (!sql_end(&rows, err))
        return false;
    return strcmp(finding.s, "ok") == 0
           || error_set(err, ERROR_FORMAT, "the file is damaged (%s)", finding.s);
}

bool schema_check(sqlite3 *db, const char *const steps[], size_t count, struct error *err)
{
    struct sha256 found, expected;

    if (!check_pages(db, err) || !digest_tables(db, &found, err)
        || !digest_expected(steps, count, &expected, err))
        return false;
    if (memcmp(found.digest, expected.digest, SHA256_LEN) != 0)
        return error_set(err, ERROR_FORMAT, "its tables are not those of schema %zu",
                         count);
    return true;
}
