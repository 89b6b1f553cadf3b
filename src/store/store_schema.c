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

/* Version 2: platforms. A platform's certificates lie side by side because their rowid
 * begins with the platform's: 8 KiB of a leaf hold six of them, and inner pages hold
 * rowids alone, so that a table of 10 million is four pages deep. (WITHOUT ROWID would
 * keep whole certificates in inner pages.) What a request moves (last_seen_s) and what is
 * large (manifests, certificates) are in different tables. */
static const char to_version_2[] =
    "CREATE TABLE pck_issuer ("
    " issuer INTEGER PRIMARY KEY,"
    " digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),"
    " ca INTEGER NOT NULL CHECK (ca IN (1, 2)),"
    " chain BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE platform ("
    " platform INTEGER PRIMARY KEY AUTOINCREMENT CHECK (platform > 0),"
    " qe_id TEXT CHECK (length(qe_id) BETWEEN 1 AND 260),"
    " pce_id INTEGER NOT NULL CHECK (pce_id BETWEEN 0 AND 65535),"
    " locator BLOB CHECK (length(locator) = 32),"
    " state INTEGER NOT NULL CHECK (state IN (1, 2)),"
    " fmspc BLOB CHECK (length(fmspc) = 6),"
    " ppid_digest BLOB CHECK (length(ppid_digest) = 32),"
    " issuer INTEGER REFERENCES pck_issuer,"
    " cached_keys INTEGER CHECK (cached_keys IN (0, 1)),"
    " bound_by INTEGER NOT NULL CHECK (bound_by BETWEEN 1 AND 4),"
    " asked_by INTEGER NOT NULL CHECK (asked_by BETWEEN 1 AND 4),"
    " registrar TEXT NOT NULL CHECK (length(registrar) < 64),"
    " source TEXT NOT NULL CHECK (length(source) < 64),"
    " first_seen_s INTEGER NOT NULL,"
    " last_seen_s INTEGER NOT NULL,"
    " fetched_s INTEGER NOT NULL,"
    " due_s INTEGER NOT NULL,"
    " failures INTEGER NOT NULL CHECK (failures >= 0),"
    " why TEXT NOT NULL CHECK (length(why) < 256),"
    " pcks INTEGER NOT NULL CHECK (pcks BETWEEN 0 AND 512),"
    " encrypted_ppid BLOB NOT NULL CHECK (length(encrypted_ppid) <= 1024),"
    " has_manifest INTEGER NOT NULL CHECK (has_manifest IN (0, 1)),"
    " CHECK (qe_id IS NOT NULL OR locator IS NOT NULL),"
    " CHECK (state = 1 OR (fmspc IS NOT NULL AND ppid_digest IS NOT NULL AND issuer IS "
    "NOT NULL))"
    ") STRICT;"
    "CREATE UNIQUE INDEX platform_by_name ON platform (qe_id, pce_id)"
    " WHERE qe_id IS NOT NULL;"
    "CREATE INDEX platform_by_locator ON platform (locator) WHERE locator IS NOT NULL;"
    "CREATE UNIQUE INDEX platform_without_name ON platform (locator)"
    " WHERE qe_id IS NULL;"
    "CREATE INDEX platform_by_fmspc ON platform (fmspc) WHERE fmspc IS NOT NULL;"
    "CREATE INDEX platform_by_due ON platform (due_s);"
    "CREATE INDEX platform_by_fetched ON platform (fmspc, fetched_s)"
    " WHERE state = 2 AND failures = 0;"
    "CREATE TABLE manifest ("
    " platform INTEGER PRIMARY KEY REFERENCES platform ON DELETE CASCADE,"
    " manifest BLOB NOT NULL CHECK (length(manifest) > 0)"
    ") STRICT;"
    "CREATE TABLE raw_tcb ("
    " platform INTEGER NOT NULL REFERENCES platform ON DELETE CASCADE,"
    " cpusvn BLOB NOT NULL CHECK (length(cpusvn) = 16),"
    " pcesvn INTEGER NOT NULL CHECK (pcesvn BETWEEN 0 AND 65535),"
    " confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),"
    " last_seen_s INTEGER NOT NULL,"
    " PRIMARY KEY (platform, cpusvn, pcesvn)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE pck ("
    " pck INTEGER PRIMARY KEY," /* platform * 512 + its place, the greatest TCBm first */
    " tcbm BLOB NOT NULL CHECK (length(tcbm) = 18),"
    " digest BLOB CHECK (length(digest) = 32)," /* with der; both NULL: a gap */
    " der BLOB,"
    " CHECK ((digest IS NULL) = (der IS NULL))"
    ") STRICT;"
    "CREATE TABLE recall ("
    " fmspc BLOB PRIMARY KEY NOT NULL CHECK (length(fmspc) IN (0, 6)),"
    " until_s INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE registration ("
    " mark INTEGER PRIMARY KEY AUTOINCREMENT,"
    " queue INTEGER NOT NULL CHECK (queue IN (1, 2)),"
    " qe_id TEXT NOT NULL CHECK (length(qe_id) BETWEEN 1 AND 260),"
    " pce_id INTEGER NOT NULL CHECK (pce_id BETWEEN 0 AND 65535),"
    " cpusvn BLOB NOT NULL CHECK (length(cpusvn) IN (0, 16)),"
    " pcesvn INTEGER NOT NULL CHECK (pcesvn BETWEEN 0 AND 65535),"
    " registrar TEXT NOT NULL CHECK (length(registrar) < 64),"
    " queued_s INTEGER NOT NULL,"
    " encrypted_ppid BLOB NOT NULL,"
    " manifest BLOB NOT NULL"
    ") STRICT;"
    "CREATE UNIQUE INDEX registration_by_platform ON registration"
    " (qe_id, pce_id, queue, cpusvn, pcesvn);"
    "CREATE TABLE policy ("
    " id BLOB NOT NULL CHECK (length(id) = 48),"
    " fmspc BLOB NOT NULL CHECK (length(fmspc) = 6),"
    " tees INTEGER NOT NULL CHECK (tees BETWEEN 1 AND 15),"
    " is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),"
    " kept_s INTEGER NOT NULL,"
    " jws BLOB NOT NULL,"
    " PRIMARY KEY (id, fmspc)"
    ") STRICT;"
    "CREATE INDEX policy_default ON policy (fmspc) WHERE is_default = 1;"
    "CREATE TABLE audit ("
    " entry INTEGER PRIMARY KEY AUTOINCREMENT,"
    " at_s INTEGER NOT NULL,"
    " who TEXT NOT NULL,"
    " origin TEXT NOT NULL,"
    " what TEXT NOT NULL,"
    " subject TEXT NOT NULL,"
    " outcome TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE tally ("
    " only_row INTEGER PRIMARY KEY CHECK (only_row = 1),"
    " platforms INTEGER NOT NULL,"
    " waiting INTEGER NOT NULL,"
    " pcks INTEGER NOT NULL,"
    " raw_tcbs INTEGER NOT NULL"
    ") STRICT;"
    "INSERT INTO tally (only_row, platforms, waiting, pcks, raw_tcbs) VALUES (1, 0, 0, "
    "0, "
    "0);"
    "CREATE TABLE queue_tally ("
    " registrar TEXT PRIMARY KEY NOT NULL,"
    " queued INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER platform_added AFTER INSERT ON platform BEGIN"
    " UPDATE tally SET platforms = platforms + 1, waiting = waiting + (new.state = 1),"
    " pcks = pcks + new.pcks;"
    " END;"
    "CREATE TRIGGER platform_changed AFTER UPDATE OF state, pcks ON platform"
    " WHEN old.state != new.state OR old.pcks != new.pcks BEGIN"
    " UPDATE tally SET waiting = waiting + (new.state = 1) - (old.state = 1),"
    " pcks = pcks + new.pcks - old.pcks;"
    " END;"
    "CREATE TRIGGER platform_gone AFTER DELETE ON platform BEGIN"
    " UPDATE tally SET platforms = platforms - 1, waiting = waiting - (old.state = 1),"
    " pcks = pcks - old.pcks;"
    " DELETE FROM pck WHERE pck >= old.platform * 512 AND pck < (old.platform + 1) * 512;"
    " END;"
    "CREATE TRIGGER raw_tcb_added AFTER INSERT ON raw_tcb BEGIN"
    " UPDATE tally SET raw_tcbs = raw_tcbs + 1;"
    " END;"
    "CREATE TRIGGER raw_tcb_gone AFTER DELETE ON raw_tcb BEGIN"
    " UPDATE tally SET raw_tcbs = raw_tcbs - 1;"
    " END;"
    "CREATE TRIGGER registration_added AFTER INSERT ON registration BEGIN"
    " INSERT INTO queue_tally (registrar, queued) VALUES (new.registrar, 1)"
    " ON CONFLICT (registrar) DO UPDATE SET queued = queued + 1;"
    " END;"
    "CREATE TRIGGER registration_gone AFTER DELETE ON registration BEGIN"
    " UPDATE queue_tally SET queued = queued - 1 WHERE registrar = old.registrar;"
    " DELETE FROM queue_tally WHERE registrar = old.registrar AND queued <= 0;"
    " END;"
    "CREATE VIEW known AS"
    " SELECT platform, qe_id, pce_id, CASE state WHEN 1 THEN 'waiting' ELSE 'held' END AS"
    " state, lower(hex(fmspc)) AS fmspc, CASE bound_by WHEN 1 THEN 'asking' WHEN 2 THEN"
    " 'import' WHEN 3 THEN 'token' ELSE 'operator' END AS bound_by, registrar, source,"
    " pcks, datetime(last_seen_s, 'unixepoch') AS last_seen,"
    " datetime(nullif(fetched_s, 0), 'unixepoch') AS fetched,"
    " datetime(due_s, 'unixepoch') AS due, failures, why"
    " FROM platform;";

/* Too large to be read from end to end at each start. doc/store.md says what protects
 * their rows instead. */
static const char *const unchecked[] = { "platform", "manifest",     "raw_tcb", "pck",
                                         "policy",   "registration", "audit" };

const char *const schema_steps[] = { to_version_1, to_version_2 };
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
