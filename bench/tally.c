/* SPDX-License-Identifier: Apache-2.0 */
/* What a look at all known hosts costs: so many platforms and so many chips are written
 * into a store of its own, as doc/store.md describes them but without certificates, which
 * nobody reads there; then it is looked at, in turns.
 *
 *     tally DIRECTORY COUNT
 *
 * The platforms are of eight FMSPCs and forty raw TCBs each, every tenth was not seen for
 * a month, and every twentieth has TDX SVNs. Prints one object of JSON. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "store/host_reader.h"

enum { TURNS = 5, LOOK_MAX = 64 << 20 };

static const char FILL[] =
    "PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN;"
    "CREATE TEMP TABLE n (n INTEGER PRIMARY KEY);"
    "WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more LIMIT %ld)"
    " INSERT INTO n SELECT n FROM more;"
    "INSERT INTO pck_issuer (issuer, digest, ca, chain) VALUES (1, zeroblob(32), 1, x'');"
    "INSERT INTO platform (platform, qe_id, pce_id, locator, state, fmspc, ppid_digest,"
    " issuer, cached_keys, bound_by, asked_by, registrar, source, first_seen_s,"
    " last_seen_s, fetched_s, due_s, failures, why, pcks, encrypted_ppid, has_manifest)"
    " SELECT n, printf('%%032x', n), 0, randomblob(32), 2,"
    " CAST(printf('%%06d', n %% 8) AS BLOB), randomblob(32), 1, NULL, 3, 3, 'rack',"
    " 'pcs', 1, 1000000 - (n %% 10 = 0) * 500000, 1, 1, 0, '', 0, randomblob(384), 0"
    " FROM n;"
    "INSERT INTO raw_tcb (platform, cpusvn, pcesvn, confirmed, last_seen_s)"
    " SELECT n, zeroblob(16), n / 8 %% 40, 1, 1000000 FROM n;"
    "INSERT INTO tdx_svn (platform, tee_tcb_svn, last_seen_s)"
    " SELECT n, zeroblob(16), 1000000 FROM n WHERE n %% 20 = 0;"
    "INSERT INTO chip (product, hwid, tcb, state, revocation_checked, known_by, source,"
    " first_seen_s, fetched_s, last_asked_s, valid_until_s, due_s, failures, why)"
    " SELECT 'Milan', randomblob(64), printf('%%02x00000000000004', n %% 100), 1, 0, 3,"
    " '', 1, 0, 1000000, 0, 0, 0, '' FROM n;"
    "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)";

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "tally: %s: %s\n", what, why);
    exit(1);
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void make_store(const char *directory)
{
    struct store_options options = { .directory = directory };
    struct store *store = NULL;
    struct error err = { 0 };

    if (!store_open(&options, &store, &err))
        fail("store", err.text);
    store_close(store);
}

static void fill(const char *directory, long count)
{
    char path[4096], statements[sizeof FILL + 32];
    char *why = NULL;
    sqlite3 *db = NULL;

    snprintf(path, sizeof path, "%s/thim.db", directory);
    snprintf(statements, sizeof statements, FILL, count);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK
        || sqlite3_exec(db, statements, NULL, NULL, &why) != SQLITE_OK)
        fail(path, why == NULL ? "is no database that can be written" : why);
    sqlite3_close(db);
}

static double look(const char *directory, struct host_tallies *out)
{
    double begun_s = now_s();
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, LOOK_MAX);
    if (!host_tallies_read(directory, 900000, &arena, out, &err))
        fail("looking", err.text);
    arena_fini(&arena);
    return now_s() - begun_s;
}

int main(int argc, char **argv)
{
    long count = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    struct host_tallies tallies;

    if (count < 1 || count > 100000000) {
        fprintf(stderr, "tally DIRECTORY COUNT\n");
        return 2;
    }
    make_store(argv[1]);
    double begun_s = now_s();
    fill(argv[1], count);
    printf("{\"platforms\": %ld, \"chips\": %ld, \"written_s\": %.1f, \"look_s\": [",
           count, count, now_s() - begun_s);
    for (int turn = 0; turn < TURNS; turn++)
        printf("%s%.3f", turn == 0 ? "" : ", ", look(argv[1], &tallies));
    printf("], \"tallies\": %zu, \"chip_tallies\": %zu}\n", tallies.platform_count,
           tallies.chip_count);
    return 0;
}
