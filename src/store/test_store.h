/* SPDX-License-Identifier: Apache-2.0 */
/* A store of a test's own: a directory, a world that signs, and what is made of them. For
 * *_test.c of the store only. Everything fails the test where it cannot. */
#ifndef THIM_STORE_TEST_STORE_H
#define THIM_STORE_TEST_STORE_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "kit/file.h"
#include "kit/log.h"
#include "kit/test.h"
#include "kit/text.h"
#include "store/store.h"
#include "verify/test_pki.h"

#define TEST_NOW_S (TEST_WORLD_FROM_S + 1000 * TEST_DAY_S)

struct bench {
    struct test_world *world;
    struct trust trust; /* the world's root, as one that the operator added */
    struct verified_collateral *root_crl;
    char *directory;
    struct store *store;
};

static inline struct judgement bench_law(const struct bench *bench)
{
    return (struct judgement){ .trust = &bench->trust,
                               .root_crl = bench->root_crl,
                               .now_s = TEST_NOW_S };
}

/* Verified under the bench's own trust; the caller's. */
static inline struct verified_collateral *bench_verified(const struct bench *bench,
                                                         const struct collateral_key *key,
                                                         struct bytes body, int64_t now_s)
{
    struct collateral_candidate candidate = {
        .asked = *key,
        .body = body,
        .chain = test_world_chain_for(bench->world, key),
    };
    struct judgement law = bench_law(bench);
    struct verified_collateral *item = NULL;
    struct error err = { 0 };

    law.now_s = now_s;
    assert_ok(verify_collateral(&candidate, &law, &item, &err), err);
    return item;
}

static inline struct verified_collateral *bench_item(const struct bench *bench,
                                                     struct collateral_key key,
                                                     int64_t issue_date_s)
{
    struct buf body =
        test_world_body(bench->world, &key, issue_date_s, issue_date_s + 30 * TEST_DAY_S);
    struct verified_collateral *item =
        bench_verified(bench, &key, buf_bytes(&body), issue_date_s);

    buf_fini(&body);
    return item;
}

static inline struct verified_collateral *bench_crl(const struct bench *bench,
                                                    struct collateral_key key,
                                                    enum test_signer issuer,
                                                    const struct test_crl *crl)
{
    struct buf body = test_world_crl(bench->world, issuer, crl);
    struct verified_collateral *item =
        bench_verified(bench, &key, buf_bytes(&body), crl->this_update_s);

    buf_fini(&body);
    return item;
}

static inline struct collateral_key bench_tcb_info(uint8_t last, uint32_t number)
{
    const uint8_t fmspc[6] = { 0x30, 0x60, 0x6a, 0, 0, last };

    return key_tcb_info(TEE_SGX, 3, fmspc, number);
}

static inline void bench_make(struct bench *bench)
{
    struct test_crl crl = { .this_update_s = TEST_WORLD_FROM_S,
                            .next_update_s = TEST_WORLD_UNTIL_S };

    *bench = (struct bench){ .world = test_world_make(NULL) };
    bench->trust = test_world_trust(bench->world);
    bench->trust.roots[0].origin = ROOT_EXTRA;
    bench->root_crl = bench_crl(bench, key_root_crl(), TEST_ROOT, &crl);
    log_set_level(LOG_SILENT); /* quarantine speaks; tests read it from the store */
}

static inline void bench_free(struct bench *bench)
{
    verified_release(bench->root_crl);
    test_world_free(bench->world);
}

static inline struct store *bench_open_marked(const struct bench *bench, bool marked)
{
    struct store_options options = { .directory = bench->directory, .marked = marked };
    struct store *store = NULL;
    struct error err = { 0 };

    assert_ok(store_open(&options, &store, &err), err);
    return store;
}

static inline void bench_begin(struct bench *bench)
{
    bench->directory = test_directory();
    bench->store = bench_open_marked(bench, false);
}

static inline void bench_end(struct bench *bench)
{
    store_close(bench->store);
    bench->store = NULL;
    test_remove(bench->directory);
    bench->directory = NULL;
}

/* Closed and opened again, as after a restart. */
static inline void bench_restart(struct bench *bench)
{
    store_close(bench->store);
    bench->store = bench_open_marked(bench, false);
}

static inline struct holdings *bench_recover(const struct bench *bench,
                                             struct store_recovery *report)
{
    struct judgement law = bench_law(bench);
    struct holdings *holdings = NULL;
    struct store_recovery own;
    struct error err = { 0 };

    law.root_crl = NULL;
    assert_ok(store_recover(bench->store, &law, &holdings, report == NULL ? &own : report,
                            &err),
              err);
    return holdings;
}

/* Publishes and takes the place of *holdings (which is NULL at first). */
static inline void bench_publish(const struct bench *bench, struct holdings **holdings,
                                 const struct store_change *change,
                                 enum store_outcome *outcomes)
{
    enum store_outcome own[64] = { 0 };
    struct holdings *next = NULL;
    struct error err = { 0 };

    assert_true(change->entry_count <= COUNT_OF(own));
    assert_ok(store_publish(bench->store, *holdings, change,
                            outcomes == NULL ? own : outcomes, &next, &err),
              err);
    holdings_release(*holdings);
    *holdings = next;
}

static inline enum store_outcome bench_publish_one(const struct bench *bench,
                                                   struct holdings **holdings,
                                                   const struct verified_collateral *item,
                                                   const char *source, int64_t fetched_s)
{
    struct store_entry entry = { .item = item, .source = source, .fetched_s = fetched_s };
    struct store_change change = { .entries = &entry, .entry_count = 1 };
    enum store_outcome outcome;

    bench_publish(bench, holdings, &change, &outcome);
    return outcome;
}

static inline void bench_sha256(sqlite3_context *context, int count,
                                sqlite3_value **values)
{
    (void)count;
    const void *at = sqlite3_value_blob(values[0]);
    struct sha256 digest = sha256(bytes_of(at, (size_t)sqlite3_value_bytes(values[0])));

    sqlite3_result_blob(context, digest.digest, SHA256_LEN, SQLITE_TRANSIENT);
}

/* The file as anybody else with SQLite sees and changes it; sha256() is there too. */
static inline sqlite3 *bench_peek(const struct bench *bench)
{
    char path[4096];
    sqlite3 *db = NULL;

    snprintf(path, sizeof path, "%s/thim.db", bench->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_create_function(db, "sha256", 1, SQLITE_UTF8, NULL,
                                             bench_sha256, NULL, NULL),
                     SQLITE_OK);
    return db;
}

static inline int64_t bench_count(const struct bench *bench, const char *question)
{
    sqlite3 *db = bench_peek(bench);
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(db, question, -1, &statement, NULL) != SQLITE_OK
        || sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("%s: %s", question, sqlite3_errmsg(db));
    int64_t answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return answer;
}

static inline void bench_meddle(const struct bench *bench, const char *statements)
{
    sqlite3 *db = bench_peek(bench);
    char *why = NULL;

    if (sqlite3_exec(db, statements, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", statements, why);
    sqlite3_close(db);
}

/* The file of this name in the store's directory; a later call reuses the text. */
static inline const char *bench_path(const struct bench *bench, const char *name)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s/%s", bench->directory, name);
    return path;
}

static inline struct buf bench_read(const struct bench *bench, const char *name)
{
    struct error err = { 0 };
    struct buf content;

    buf_init(&content, (size_t)16 << 20);
    assert_ok(file_read(bench_path(bench, name), &content, &err), err);
    return content;
}

static inline void bench_write(const struct bench *bench, const char *name,
                               struct bytes content)
{
    struct error err = { 0 };

    assert_ok(file_write(bench_path(bench, name), content, 0600, &err), err);
}

static inline bool bench_try_open(struct bench *bench, bool marked, struct error *err)
{
    struct store_options options = { .directory = bench->directory, .marked = marked };

    bench->store = NULL;
    return store_open(&options, &bench->store, err);
}

#endif
