/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pccs_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "format/json.h"
#include "format/pem.h"
#include "store/sql.h"
#include "store/test_platforms.h"

/* A PCCS's tables, as 1.27 leaves them (database version 5). */
static const char tables[] =
    "CREATE TABLE platforms (qe_id VARCHAR(255) NOT NULL, pce_id VARCHAR(255) NOT NULL, "
    "platform_manifest BLOB, enc_ppid BLOB, fmspc VARCHAR(255), ca VARCHAR(255), "
    "PRIMARY KEY (qe_id, pce_id));"
    "CREATE TABLE platform_tcbs (qe_id VARCHAR(255), pce_id VARCHAR(255), cpu_svn "
    "VARCHAR(255), pce_svn VARCHAR(255), tcbm VARCHAR(255), PRIMARY KEY (qe_id, pce_id, "
    "cpu_svn, pce_svn));"
    "CREATE TABLE pck_cert (qe_id VARCHAR(255), pce_id VARCHAR(255), tcbm VARCHAR(255), "
    "pck_cert BLOB, PRIMARY KEY (qe_id, pce_id, tcbm));"
    "CREATE TABLE pck_certchain (ca VARCHAR(255) PRIMARY KEY, root_cert_id INTEGER, "
    "intmd_cert_id INTEGER);"
    "CREATE TABLE pcs_certificates (id INTEGER PRIMARY KEY, cert BLOB, crl BLOB);"
    "CREATE TABLE pck_crl (ca VARCHAR(255) PRIMARY KEY, pck_crl BLOB);"
    "CREATE TABLE fmspc_tcbs (fmspc VARCHAR(255), type INTEGER, version INTEGER, "
    "update_type VARCHAR(255), tcbinfo BLOB, PRIMARY KEY (fmspc, type, version, "
    "update_type));"
    "CREATE TABLE enclave_identities (id INTEGER, version INTEGER, update_type "
    "VARCHAR(255), identity BLOB, PRIMARY KEY (id, version, update_type));"
    "CREATE TABLE crl_cache (cdp_url VARCHAR(255) PRIMARY KEY, crl BLOB);";

/* What the world signs, bound as ?1 to ?9 of each statement below. */
enum { ENC_PPID = 1, PCK_PEM, PCK_ESCAPED, ROOT, PLATFORM, SIGNER, CRL, INFO, IDENTITY };
static const char *const rows[] = {
    "INSERT INTO platforms VALUES ('AB', '0000', NULL, ?1, '00906EA10000', 'PLATFORM')",
    "INSERT INTO platforms VALUES ('CD', '0000', '', hex(?1), '00906EA10000', "
    "'PLATFORM')",
    "INSERT INTO platform_tcbs VALUES ('AB', '0000', '05050505050505050505050505050505', "
    "'0D00', 'x'), ('AB', '0000', '04040404040404040404040404040404', '0D00', 'x')",
    "INSERT INTO pck_cert VALUES ('AB', '0000', '050505050505050505050505050505050D00', "
    "?2), ('AB', '0000', '040404040404040404040404040404040D00', ?3), ('AB', '0000', "
    "'030303030303030303030303030303030D00', 'Not available')",
    "INSERT INTO pcs_certificates VALUES (1, ?4, hex(?7)), (3, ?6, NULL), (4, ?5, NULL)",
    "INSERT INTO pck_crl VALUES ('PLATFORM', ?7), ('PROCESSOR', hex(?7))",
    "INSERT INTO fmspc_tcbs VALUES ('30606A000001', 0, 4, 'STANDARD', ?8), "
    "('30606A000001', 0, 3, 'STANDARD', 'an older form'), ('30606A000001', 1, 4, "
    "'EARLY', "
    "?8)",
    "INSERT INTO enclave_identities VALUES (1, 4, 'STANDARD', ?9), (3, 4, 'EARLY', ?9)",
};

static struct fleet fleet;
static struct buf values[IDENTITY + 1];
static char *directory;

static sqlite3 *open_file(void)
{
    char path[4096];
    sqlite3 *db = NULL;

    snprintf(path, sizeof path, "%s/pckcache.db", directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static void run(sqlite3 *db, const char *text)
{
    sqlite3_stmt *statement = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
    for (int i = ENC_PPID; i <= IDENTITY; i++)
        if (i <= sqlite3_bind_parameter_count(statement))
            sqlite3_bind_blob(statement, i, values[i].at, (int)values[i].len, NULL);
    if (sqlite3_step(statement) != SQLITE_DONE)
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    sqlite3_finalize(statement);
}

/* A whole one, then what else was done to it. */
static void make(const char *meddling)
{
    sqlite3 *db = open_file();
    struct error err = { 0 };

    assert_ok(sql_exec(db, tables, &err), err);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        run(db, rows[i]);
    assert_ok(sql_exec(db, meddling, &err), err);
    sqlite3_close(db);
}

struct result {
    struct buf text, odd;
    struct pccs_counts counts;
    struct error err;
    bool well;
};

static bool out(void *context, struct bytes piece, struct error *err)
{
    struct result *result = context;

    (void)err;
    buf_add(&result->text, piece);
    return true;
}

static void odd(void *context, const char *what)
{
    struct result *result = context;

    buf_addf(&result->odd, "%s; ", what);
}

static struct result read_file(void)
{
    struct result result = { .well = false };
    char path[4096];

    snprintf(path, sizeof path, "%s/pckcache.db", directory);
    buf_init(&result.text, (size_t)1 << 20);
    buf_init(&result.odd, 4096);
    result.well =
        pccs_file_to_bundle(path, out, odd, &result, &result.counts, &result.err);
    return result;
}

static void result_fini(struct result *result)
{
    buf_fini(&result->text);
    buf_fini(&result->odd);
}

static void assert_has(const struct result *result, const char *part)
{
    if (strstr(buf_text(&result->text), part) == NULL)
        fail_msg("%s is not in %s", part, buf_text(&result->text));
}

static void assert_json(const struct result *result)
{
    struct arena arena;
    struct json json;
    struct error err = { 0 };

    arena_init(&arena, (size_t)1 << 20);
    json_begin(&json, buf_bytes(&result->text), &arena, &err);
    json_skip(&json);
    assert_ok(json_end(&json), err);
    arena_fini(&arena);
}

static void a_whole_file_becomes_a_bundle(void **state)
{
    (void)state;
    struct buf escaped;

    make("SELECT 1");
    struct result result = read_file();
    assert_ok(result.well, result.err);
    assert_string_equal(buf_text(&result.odd), "");
    assert_json(&result);
    assert_int_equal(result.counts.platforms, 2);
    assert_int_equal(result.counts.pcks, 3);
    assert_int_equal(result.counts.tcb_infos, 2);
    assert_int_equal(result.counts.identities, 2);
    assert_int_equal(result.counts.crls, 3);
    assert_has(&result, "{\"platforms\":[{\"qe_id\":\"ab\",\"pce_id\":\"0000\","
                        "\"enc_ppid\":\"0101");
    assert_has(&result, "0101\",\"platform_manifest\":\"\",\"cpu_svn\":\"0404");
    assert_has(&result, "{\"qe_id\":\"ab\",\"pce_id\":\"0000\",\"cpu_svn\":\"0505");
    assert_has(&result, "{\"qe_id\":\"cd\",\"pce_id\":\"0000\",\"enc_ppid\":\"0101");
    assert_has(&result,
               "\"collaterals\":{\"version\":4,\"pck_certs\":[{\"qe_id\":\"ab\"");
    assert_has(&result, "\"cert\":\"Not available\"");
    assert_has(&result, "\"tcbinfos\":[{\"fmspc\":\"30606a000001\",\"sgx_tcbinfo\":{"
                        "\"tcbInfo\":");
    assert_has(&result, ",\"tdx_tcbinfo_early\":{\"tcbInfo\":");
    assert_has(&result, "\"pckcacrl\":{\"platformCrl\":\"30");
    assert_has(&result, ",\"processorCrl\":\"30");
    assert_has(&result, "\"qeidentity\":\"{\\\"enclaveIdentity\\\":");
    assert_has(&result, "\"tdqeidentity_early\":\"{");
    assert_has(&result,
               "\"SGX-PCK-Certificate-Issuer-Chain\":{\"PLATFORM\":\"-----BEGIN");
    assert_has(&result, "\"TCB-Info-Issuer-Chain\":\"-----BEGIN%20CERT");
    assert_has(&result, "\"SGX-Enclave-Identity-Issuer-Chain\":\"-----BEGIN%20CERT");
    assert_has(&result, "\"rootcacrl\":\"30");
    /* PEM or percent-encoded PEM comes out as the same */
    buf_init(&escaped, (size_t)1 << 20);
    percent_add(&escaped, buf_bytes(&values[PCK_PEM]));
    const char *first = strstr(buf_text(&result.text), buf_text(&escaped));
    assert_non_null(first);
    assert_non_null(strstr(first + 1, buf_text(&escaped)));
    buf_fini(&escaped);
    result_fini(&result);
}

static void what_cannot_be_understood_is_left_out_and_told(void **state)
{
    (void)state;
    static const struct {
        const char *meddling, *odd;
    } cases[] = {
        { "UPDATE platforms SET qe_id = 'xyz' WHERE qe_id = 'CD'",
          "xyz: its QE ID or PCE-ID is no hex of the right length; " },
        { "UPDATE platforms SET pce_id = '000' WHERE qe_id = 'CD'",
          "CD: its QE ID or PCE-ID is no hex of the right length; " },
        { "UPDATE platforms SET enc_ppid = x'0102' WHERE qe_id = 'AB'",
          "AB: its encrypted PPID has another length than it can have; " },
        { "UPDATE platforms SET platform_manifest = 'text' WHERE qe_id = 'AB'",
          "AB: its manifest has another length than it can have; " },
        { "UPDATE platform_tcbs SET pce_svn = '0' WHERE cpu_svn LIKE '05%'",
          "AB: a raw TCB of it is no hex of the right length; " },
        { "UPDATE pck_cert SET pck_cert = 'PEM' WHERE tcbm LIKE '05%'",
          "AB: a PCK certificate of it, or its TCBm, can't be read; " },
        { "UPDATE pck_cert SET tcbm = '05' WHERE tcbm LIKE '05%'",
          "AB: a PCK certificate of it, or its TCBm, can't be read; " },
        { "INSERT INTO pck_cert VALUES ('EF', '0000', '05', 'x')",
          "EF: PCK certificates of a platform that is not there; " },
        { "UPDATE fmspc_tcbs SET tcbinfo = '<html>' WHERE type = 1",
          "30606a000001: its TCB info is no signed document; " },
        { "UPDATE fmspc_tcbs SET fmspc = '\"' WHERE type = 1",
          "\\x22: a TCB info of no FMSPC; " },
        { "UPDATE enclave_identities SET id = 4 WHERE id = 3",
          "4: an enclave identity is no signed document; " },
        { "UPDATE pck_crl SET pck_crl = 'none' WHERE ca = 'PLATFORM'",
          "PLATFORM: its CRL is none; " },
        { "UPDATE pck_crl SET ca = 'PLATINUM' WHERE ca = 'PLATFORM'",
          "PLATINUM: a PCK CRL of no CA; " },
        { "UPDATE pcs_certificates SET cert = 'none' WHERE id = 4",
          "pcs_certificates: a CA's certificate can't be read; " },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        directory = test_directory();
        make(cases[i].meddling);
        struct result result = read_file();
        assert_ok(result.well, result.err);
        assert_json(&result);
        if (strcmp(buf_text(&result.odd), cases[i].odd) != 0 || result.counts.odd != 1)
            fail_msg("%s: %s", cases[i].meddling, buf_text(&result.odd));
        result_fini(&result);
        test_remove(directory);
    }
}

static void older_versions_have_fewer_columns(void **state)
{
    (void)state;
    make(
        "ALTER TABLE fmspc_tcbs RENAME TO was; CREATE TABLE fmspc_tcbs (fmspc PRIMARY "
        "KEY, tcbinfo BLOB); INSERT INTO fmspc_tcbs SELECT fmspc, tcbinfo FROM was WHERE "
        "type = 1; DROP TABLE was; DROP TABLE enclave_identities; DROP TABLE crl_cache; "
        "UPDATE pck_cert SET pck_cert = CAST(pck_cert AS TEXT)");
    struct result result = read_file();
    assert_ok(result.well, result.err);
    assert_json(&result);
    assert_string_equal(buf_text(&result.odd), "");
    assert_has(&result, "\"sgx_tcbinfo\":{");
    assert_int_equal(result.counts.tcb_infos, 1);
    assert_int_equal(result.counts.identities, 0);
    assert_int_equal(result.counts.pcks, 3);
    result_fini(&result);
}

static void what_is_no_pccs_database_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *meddling;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { NULL, ERROR_NOT_FOUND, "pckcache.db: there is no such file" },
        { "DROP TABLE pck_cert", ERROR_FORMAT, "it has no table \"pck_cert\"" },
        { "DROP TABLE pck_crl; CREATE VIEW pck_crl AS SELECT 'PLATFORM' AS ca, "
          "zeroblob(9) AS pck_crl",
          ERROR_FORMAT, "it has no table \"pck_crl\"" },
        { "DROP TABLE pck_crl; CREATE VIRTUAL TABLE pck_crl USING fts5(ca)", ERROR_FORMAT,
          "it has no table \"pck_crl\"" },
        { "ALTER TABLE platforms DROP COLUMN enc_ppid", ERROR_FORMAT,
          "table \"platforms\" has no \"enc_ppid\"" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        directory = test_directory();
        if (cases[i].meddling != NULL)
            make(cases[i].meddling);
        struct result result = read_file();
        assert_false(result.well);
        assert_refused(result.err, cases[i].kind, cases[i].part);
        result_fini(&result);
        test_remove(directory);
    }
}

/* ---- the file stays as it is --------------------------------------------------------
 */

static struct buf content(const char *name)
{
    char path[4096];
    struct error err = { 0 };
    struct buf whole;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    buf_init(&whole, (size_t)1 << 24);
    assert_ok(file_read(path, &whole, &err), err);
    return whole;
}

static void put(const char *name, const struct buf *whole)
{
    char path[4096];
    struct error err = { 0 };

    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_ok(file_write(path, buf_bytes(whole), 0400, &err), err);
}

/* Copied while PCCS was in the middle of a transaction, or killed then. */
static void a_journal_beside_it_does_not_keep_it_from_being_read(void **state)
{
    (void)state;
    static const struct {
        const char *mode, *journal;
    } cases[] = {
        { "PRAGMA journal_mode = DELETE", "pckcache.db-journal" },
        { "PRAGMA journal_mode = WAL", "pckcache.db-wal" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        directory = test_directory();
        make(cases[i].mode);
        sqlite3 *writer = open_file();
        assert_ok(sql_exec(writer,
                           "PRAGMA cache_size = 1; BEGIN; UPDATE platforms SET fmspc = "
                           "'00'; UPDATE pck_cert SET tcbm = tcbm || '';",
                           &err),
                  err);
        if (i == 1)
            assert_ok(sql_exec(writer, "COMMIT", &err), err);
        sqlite3_db_cacheflush(writer);
        struct buf file = content("pckcache.db"), journal = content(cases[i].journal);
        assert_true(journal.len > 0);
        sqlite3_close(writer);
        test_remove(directory);

        directory = test_directory();
        put("pckcache.db", &file);
        put(cases[i].journal, &journal);
        struct result result = read_file();
        assert_ok(result.well, result.err);
        assert_int_equal(result.counts.platforms, 2);
        struct buf after = content("pckcache.db"), left = content(cases[i].journal);
        assert_true(bytes_equal(buf_bytes(&file), buf_bytes(&after)));
        assert_true(bytes_equal(buf_bytes(&journal), buf_bytes(&left)));
        buf_fini(&left);
        buf_fini(&after);
        buf_fini(&journal);
        buf_fini(&file);
        result_fini(&result);
        test_remove(directory);
    }
}

static bool refuse(void *context, struct bytes piece, struct error *err)
{
    (void)context;
    (void)piece;
    return error_set(err, ERROR_SYSTEM, "no more");
}

static void whoever_takes_the_pieces_may_end_it(void **state)
{
    (void)state;
    struct pccs_counts counts;
    struct error err = { 0 };
    char path[4096];

    make("SELECT 1");
    snprintf(path, sizeof path, "%s/pckcache.db", directory);
    assert_false(pccs_file_to_bundle(path, refuse, NULL, NULL, &counts, &err));
    assert_refused(err, ERROR_SYSTEM, "pckcache.db: no more");
}

/* ---- ------------------------------------------------------------------------------ */

static void take_pem(struct buf *out_pem, struct bytes der)
{
    buf_init(out_pem, (size_t)1 << 20);
    pem_write(out_pem, "CERTIFICATE", der);
}

static int begin(void **state)
{
    (void)state;
    struct test_crl crl = { .this_update_s = TEST_NOW_S,
                            .next_update_s = TEST_WORLD_UNTIL_S };
    const struct collateral_key info = bench_tcb_info(1, 17),
                                identity = key_identity(ENCLAVE_QE, 17);
    struct buf *escaped = &values[PCK_ESCAPED];

    bench_make(&fleet.bench);
    struct minted minted = fleet_mint(&fleet, 1, "5");
    buf_init(&values[ENC_PPID], ENCRYPTED_PPID_LEN);
    for (int i = 0; i < ENCRYPTED_PPID_LEN; i++)
        buf_add_byte(&values[ENC_PPID], 1);
    take_pem(&values[PCK_PEM], pck_facts(minted.pcks[0])->der);
    buf_init(escaped, (size_t)1 << 20);
    percent_add(escaped, buf_bytes(&values[PCK_PEM]));
    minted_fini(&minted);
    take_pem(&values[ROOT], test_world_certificate(fleet.bench.world, TEST_ROOT));
    take_pem(&values[PLATFORM],
             test_world_certificate(fleet.bench.world, TEST_PCK_PLATFORM));
    take_pem(&values[SIGNER],
             test_world_certificate(fleet.bench.world, TEST_TCB_SIGNING));
    values[CRL] = test_world_crl(fleet.bench.world, TEST_PCK_PLATFORM, &crl);
    values[INFO] =
        test_world_body(fleet.bench.world, &info, TEST_NOW_S, TEST_NOW_S + TEST_DAY_S);
    values[IDENTITY] = test_world_body(fleet.bench.world, &identity, TEST_NOW_S,
                                       TEST_NOW_S + TEST_DAY_S);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = ENC_PPID; i <= IDENTITY; i++)
        buf_fini(&values[i]);
    fleet_free(&fleet);
    return 0;
}

static int before_each(void **state)
{
    (void)state;
    directory = test_directory();
    return 0;
}

static int after_each(void **state)
{
    (void)state;
    test_remove(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_whole_file_becomes_a_bundle, before_each,
                                        after_each),
        cmocka_unit_test(what_cannot_be_understood_is_left_out_and_told),
        cmocka_unit_test_setup_teardown(older_versions_have_fewer_columns, before_each,
                                        after_each),
        cmocka_unit_test(what_is_no_pccs_database_is_refused),
        cmocka_unit_test(a_journal_beside_it_does_not_keep_it_from_being_read),
        cmocka_unit_test_setup_teardown(whoever_takes_the_pieces_may_end_it, before_each,
                                        after_each),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
