/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet in the store: rows of so many platforms, each with a certificate for each of
 * the ten newest TCB levels, written as doc/store.md describes them and by nothing else
 * of THIM's. The platforms are those of `thim-sim --seed SEED`, so that a thimd whose
 * upstream that is holds the collateral that goes with them.
 *
 *     fleet THIM.DB SEED COUNT FMSPCS [PROCESSES]
 *
 * THIM must be stopped. Certificates are minted by several processes and written by one;
 * a million platforms are about 14 GB. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kit/crypto.h"
#include "kit/text.h"
#include "sim/calendar.h"
#include "sim/documents.h"
#include "sim/pck.h"

enum {
    LEVELS = 10,
    PROCESSES_MAX = 16,
    PCKS_OF_ONE = 512, /* pck.pck is platform * 512 + place */
    YEAR_S = 31556952,
    DAY_S = 86400,
};

struct fleet {
    const char *seed;
    uint32_t count;
    unsigned fmspcs, processes;
    int64_t now_s;
    struct pki *pki, *impostor;
    struct platforms *platforms;
    struct pck_mint *mint;
    struct calendar calendar;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "fleet: %s: %s\n", what, why);
    exit(1);
}

static void open_world(struct fleet *fleet)
{
    struct error err = { 0 };
    int64_t from_s = fleet->now_s - 7 * (int64_t)YEAR_S;
    int64_t to_s = fleet->now_s + 23 * (int64_t)YEAR_S;

    calendar_init(&fleet->calendar);
    if (!pki_create(fleet->seed, from_s, to_s, &fleet->pki, &err)
        || !pki_create(NULL, from_s, to_s, &fleet->impostor, &err)
        || !platforms_open(fleet->seed, fleet->fmspcs, &fleet->platforms, &err)
        || !pck_mint_open(fleet->pki, fleet->impostor, fleet->platforms,
                          fleet->now_s - fleet->now_s % DAY_S - 365 * DAY_S, &fleet->mint,
                          &err))
        fail("world", err.text);
}

/* ---- minting ------------------------------------------------------------------------
 */

/* One platform's certificates on their way to who writes: a length and DER, each. */
static void mint_one(struct fleet *fleet, uint32_t platform, FILE *out)
{
    unsigned newest = calendar_early(&fleet->calendar, fleet->now_s);
    struct error err = { 0 };
    struct buf der;

    buf_init(&der, PCK_CERTIFICATE_MAX);
    for (unsigned level = newest; level > newest - LEVELS; level--) {
        struct pck_order order = {
            .platform = platform,
            .level = level,
            .disclosed_s = calendar_event_s(&fleet->calendar, level),
            .now_s = fleet->now_s,
        };
        uint32_t len;
        buf_clear(&der);
        if (!pck_mint(fleet->mint, &order, &der, &err))
            fail("minting", err.text);
        len = (uint32_t)der.len;
        if (fwrite(&len, sizeof len, 1, out) != 1 || fwrite(der.at, der.len, 1, out) != 1)
            fail("minting", "the pipe is closed");
    }
    buf_fini(&der);
}

static FILE *start_minter(struct fleet *fleet, unsigned which)
{
    int ends[2];

    if (pipe(ends) != 0)
        fail("minter", "no pipe");
    pid_t pid = fork();
    if (pid < 0)
        fail("minter", "no process");
    if (pid > 0) {
        close(ends[1]);
        return fdopen(ends[0], "r");
    }
    close(ends[0]);
    FILE *out = fdopen(ends[1], "w");
    for (uint32_t i = which; i < fleet->count; i += fleet->processes)
        mint_one(fleet, i, out);
    exit(fclose(out) == 0 ? 0 : 1);
}

/* ---- writing ------------------------------------------------------------------------
 */

struct writer {
    sqlite3 *db;
    sqlite3_stmt *platform, *pck, *raw_tcb;
};

static void check(struct writer *writer, int status, const char *what)
{
    if (status != SQLITE_OK && status != SQLITE_DONE && status != SQLITE_ROW)
        fail(what, sqlite3_errmsg(writer->db));
}

static void run(struct writer *writer, const char *statements)
{
    check(writer, sqlite3_exec(writer->db, statements, NULL, NULL, NULL), statements);
}

static sqlite3_stmt *prepare(struct writer *writer, const char *text)
{
    sqlite3_stmt *statement = NULL;

    check(writer, sqlite3_prepare_v2(writer->db, text, -1, &statement, NULL), text);
    return statement;
}

static void step(struct writer *writer, sqlite3_stmt *statement)
{
    check(writer, sqlite3_step(statement), sqlite3_sql(statement));
    sqlite3_reset(statement);
}

static void open_writer(struct writer *writer, const char *path)
{
    if (sqlite3_open_v2(path, &writer->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        fail(path, "is no database that can be written");
    run(writer, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                "PRAGMA cache_size = -1000000; BEGIN");
    writer->platform = prepare(
        writer,
        "INSERT INTO platform (platform, qe_id, pce_id, locator, state, fmspc,"
        " ppid_digest, issuer, cached_keys, bound_by, asked_by, registrar, source,"
        " first_seen_s, last_seen_s, fetched_s, due_s, failures, why, pcks,"
        " encrypted_ppid, has_manifest, tcb_list) VALUES (?1, ?2, 0, ?3, 2, ?4, ?5, ?6,"
        " ?7, 2, 2, '', 'fleet', ?8, ?8, ?8, ?9, 0, '', ?10, ?11, 0, 1)");
    writer->pck =
        prepare(writer, "INSERT INTO pck (pck, tcbm, digest, der) VALUES (?, ?, ?, ?)");
    writer->raw_tcb = prepare(writer, "INSERT INTO raw_tcb (platform, cpusvn, pcesvn,"
                                      " confirmed, last_seen_s) VALUES (?, ?, ?, 1, ?)");
}

static void add_der_of_pem(struct buf *out, struct buf *pem)
{
    struct bytes text = buf_bytes(pem);
    struct bytes begin = bytes_of_text("-----BEGIN CERTIFICATE-----");
    size_t from = bytes_find(text, begin) + begin.len;
    size_t len = bytes_find(bytes_after(text, from), bytes_of_text("-----END"));

    if (!base64_read(bytes_first(bytes_after(text, from), len), true, out))
        fail("issuer", "no PEM");
}

/* The TCBs of the ten newest levels, which every platform has certificates for: row 1. */
static void write_tcb_list(struct writer *writer, unsigned newest)
{
    sqlite3_stmt *add = prepare(
        writer, "INSERT INTO tcb_list (tcb_list, digest, tcbms) VALUES (1, ?, ?)");
    uint8_t tcbms[LEVELS][TCBM_LEN];

    for (unsigned place = 0; place < LEVELS; place++)
        document_tcbm(newest - place, tcbms[place]);
    struct sha256 digest = sha256(bytes_of(tcbms, sizeof tcbms));
    sqlite3_bind_blob(add, 1, digest.digest, SHA256_LEN, SQLITE_STATIC);
    sqlite3_bind_blob(add, 2, tcbms, sizeof tcbms, SQLITE_STATIC);
    step(writer, add);
    sqlite3_finalize(add);
}

/* The rows 1 and 2 of pck_issuer that are not there yet: by enum world_ca. */
static void write_issuers(struct writer *writer, const struct fleet *fleet,
                          int64_t rows[2])
{
    static const enum pki_role roles[] = { PKI_PROCESSOR_CA, PKI_PLATFORM_CA };
    sqlite3_stmt *add =
        prepare(writer, "INSERT INTO pck_issuer (digest, ca, chain) VALUES (?, ?, ?)");

    for (int ca = 0; ca < 2; ca++) {
        struct error err = { 0 };
        struct buf pem, chain;
        buf_init(&pem, 1 << 16);
        buf_init(&chain, 1 << 16);
        for (int i = 0; i < 2; i++) {
            buf_clear(&pem);
            if (!pki_certificate(fleet->pki, i == 0 ? roles[ca] : PKI_ROOT, &pem, &err))
                fail("issuer", err.text);
            add_der_of_pem(&chain, &pem);
        }
        struct sha256 digest = sha256(buf_bytes(&chain));
        sqlite3_bind_blob(add, 1, digest.digest, SHA256_LEN, SQLITE_TRANSIENT);
        sqlite3_bind_int(add, 2, ca + 1);
        sqlite3_bind_blob(add, 3, chain.at, (int)chain.len, SQLITE_TRANSIENT);
        step(writer, add);
        rows[ca] = sqlite3_last_insert_rowid(writer->db);
        buf_fini(&pem);
        buf_fini(&chain);
    }
    sqlite3_finalize(add);
}

static void bind_bytes(sqlite3_stmt *statement, int at, const void *bytes, size_t len)
{
    sqlite3_bind_blob(statement, at, bytes, (int)len, SQLITE_STATIC);
}

static void write_platform(struct writer *writer, const struct fleet *fleet, uint32_t i,
                           const int64_t issuers[2])
{
    uint8_t qe_id[PLATFORM_NAME_LEN], ppid[PLATFORM_NAME_LEN], fmspc[FMSPC_LEN];
    uint8_t asked[2 + ENCRYPTED_PPID_LEN] = { 0 }; /* PCE-ID, then the encrypted PPID */
    sqlite3_stmt *add = writer->platform;

    platform_name(fleet->platforms, PLATFORM_QE_ID, i, qe_id);
    platform_name(fleet->platforms, PLATFORM_PPID, i, ppid);
    platform_fmspc(fleet->platforms, i, fmspc);
    platform_encrypt_ppid(fleet->platforms, i, 0, asked + 2);
    struct hex_text name = hex(qe_id, sizeof qe_id);
    struct sha256 locator = sha256(bytes_of(asked, sizeof asked));
    struct sha256 ppid_digest = sha256(bytes_of(ppid, sizeof ppid));
    enum world_ca ca = platform_ca(i);
    sqlite3_bind_int64(add, 1, (int64_t)i + 1);
    sqlite3_bind_text(add, 2, name.s, -1, SQLITE_STATIC);
    bind_bytes(add, 3, locator.digest, SHA256_LEN);
    bind_bytes(add, 4, fmspc, sizeof fmspc);
    bind_bytes(add, 5, ppid_digest.digest, SHA256_LEN);
    sqlite3_bind_int64(add, 6, issuers[ca]);
    if (ca == WORLD_PLATFORM)
        sqlite3_bind_int(add, 7, 1);
    else
        sqlite3_bind_null(add, 7);
    sqlite3_bind_int64(add, 8, fleet->now_s);
    sqlite3_bind_int64(add, 9, fleet->now_s + 30 * DAY_S);
    sqlite3_bind_int(add, 10, LEVELS);
    bind_bytes(add, 11, asked + 2, ENCRYPTED_PPID_LEN);
    step(writer, add);
}

/* At the newest level, as the simulator says of its platforms. */
static void write_raw_tcb(struct writer *writer, const struct fleet *fleet, uint32_t i,
                          unsigned newest)
{
    uint8_t tcbm[TCBM_LEN];

    document_tcbm(newest, tcbm);
    sqlite3_bind_int64(writer->raw_tcb, 1, (int64_t)i + 1);
    bind_bytes(writer->raw_tcb, 2, tcbm, 16);
    sqlite3_bind_int(writer->raw_tcb, 3, tcbm[16] | tcbm[17] << 8);
    sqlite3_bind_int64(writer->raw_tcb, 4, fleet->now_s);
    step(writer, writer->raw_tcb);
}

static void write_pcks(struct writer *writer, uint32_t i, unsigned newest, FILE *from)
{
    uint8_t der[PCK_CERTIFICATE_MAX], tcbm[TCBM_LEN];

    for (unsigned place = 0; place < LEVELS; place++) {
        uint32_t len;
        if (fread(&len, sizeof len, 1, from) != 1 || len > sizeof der
            || fread(der, len, 1, from) != 1)
            fail("minter", "ended early");
        struct sha256 digest = sha256(bytes_of(der, len));
        document_tcbm(newest - place, tcbm);
        sqlite3_bind_int64(writer->pck, 1, ((int64_t)i + 1) * PCKS_OF_ONE + place);
        bind_bytes(writer->pck, 2, tcbm, TCBM_LEN);
        bind_bytes(writer->pck, 3, digest.digest, SHA256_LEN);
        bind_bytes(writer->pck, 4, der, len);
        step(writer, writer->pck);
    }
}

static void write_fleet(struct fleet *fleet, const char *path)
{
    unsigned newest = calendar_early(&fleet->calendar, fleet->now_s);
    FILE *minters[PROCESSES_MAX] = { NULL };
    struct writer writer;
    int64_t issuers[2];
    unsigned turn = 0;

    for (unsigned i = 0; i < fleet->processes; i++)
        minters[i] = start_minter(fleet, i);
    open_writer(&writer, path);
    write_issuers(&writer, fleet, issuers);
    write_tcb_list(&writer, newest);
    for (uint32_t i = 0; i < fleet->count; i++) {
        write_platform(&writer, fleet, i, issuers);
        write_pcks(&writer, i, newest, minters[turn]);
        turn = turn + 1 < fleet->processes ? turn + 1 : 0;
        write_raw_tcb(&writer, fleet, i, newest);
        if (i % 10000 == 9999 && isatty(STDERR_FILENO))
            fprintf(stderr, "\rfleet: %u of %u platforms", i + 1, fleet->count);
    }
    run(&writer, "COMMIT");
    sqlite3_finalize(writer.platform);
    sqlite3_finalize(writer.pck);
    sqlite3_finalize(writer.raw_tcb);
    check(&writer, sqlite3_close(writer.db), "closing");
    for (unsigned i = 0; i < fleet->processes; i++) {
        fclose(minters[i]);
        int status = 1;
        if (wait(&status) < 0 || status != 0)
            fail("minter", "failed");
    }
}

int main(int argc, char **argv)
{
    struct fleet fleet = { .processes = 2, .now_s = (int64_t)time(NULL) };

    if (argc < 5) {
        fprintf(stderr, "fleet THIM.DB SEED COUNT FMSPCS [PROCESSES]\n");
        return 2;
    }
    fleet.seed = argv[2];
    fleet.count = (uint32_t)strtoul(argv[3], NULL, 10);
    fleet.fmspcs = (unsigned)strtoul(argv[4], NULL, 10);
    if (argc > 5)
        fleet.processes = (unsigned)strtoul(argv[5], NULL, 10);
    if (fleet.count == 0 || fleet.count > PLATFORMS_MAX || fleet.fmspcs == 0
        || fleet.processes == 0 || fleet.processes > PROCESSES_MAX)
        fail("arguments", "a count from 1 to 1048576, FMSPCs and processes from 1");
    open_world(&fleet);
    write_fleet(&fleet, argv[1]);
    pck_mint_close(fleet.mint);
    platforms_close(fleet.platforms);
    pki_close(fleet.pki);
    pki_close(fleet.impostor);
    return 0;
}
