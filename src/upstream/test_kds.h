/* SPDX-License-Identifier: Apache-2.0 */
/* A KDS of a test's own on a loopback port, a store in a directory, and the thread of
 * upstream/kds.h between them, under a clock that stands still. For *_test.c of this room
 * only; everything fails the test where it cannot.
 *
 * It has one product, Milan, and a certificate for whatever chip and TCB_VERSION it is
 * asked for, unless the test says otherwise. */
#ifndef THIM_UPSTREAM_TEST_KDS_H
#define THIM_UPSTREAM_TEST_KDS_H

#include "kit/log.h"
#include "net/test_peer.h"
#include "store/store.h"
#include "upstream/kds.h"
#include "verify/test_amd.h"

#define BENCH_NOW_S (TEST_AMD_NOW_S + 10 * TEST_AMD_DAY_S)

enum { BENCH_UPSTREAMS = 2, BENCH_ROOM = 1 << 16 };

struct bench_script {     /* what one KDS says */
    unsigned status;      /* to everything; 0: well */
    unsigned chip_status; /* to what is asked of chips */
    unsigned crl_status;  /* and of CRLs */
    const char *retry_after;
    bool says_html;        /* a page, with status 200 */
    bool gives_other_chip; /* a good certificate, of another chip */
    int64_t issued_s;      /* of certificates; 0: now */
    bool old_crl;          /* one that has run out */
    bool revokes_ask;
};

struct bench_kds {
    struct witness witness;
    struct bench *bench;
    char url[64];
    atomic_uint all, chips, lists, tokens;
    struct bench_script script; /* guarded by the bench's lock */
    char last_token[64];
};

struct bench {
    struct bench_kds kds[BENCH_UPSTREAMS];
    struct config config;
    struct clock *clock;
    struct conditions *conditions;
    struct store_writer *writer;
    struct platform_reader *reader;
    struct kds *thread;
    char *directory;
    atomic_uint laws, changed;
    pthread_mutex_t lock; /* guards the scripts and the law */
    struct amd_law *law;
};

/* ---- the KDS ------------------------------------------------------------------------
 */

static inline struct bench_script bench_script(struct bench_kds *kds)
{
    pthread_mutex_lock(&kds->bench->lock);
    struct bench_script script = kds->script;
    pthread_mutex_unlock(&kds->bench->lock);
    return script;
}

static inline void bench_set(struct bench *bench, size_t i, struct bench_script script)
{
    pthread_mutex_lock(&bench->lock);
    bench->kds[i].script = script;
    pthread_mutex_unlock(&bench->lock);
}

static inline void bench_reply(struct http_request *request, unsigned status,
                               const char *retry_after, struct bytes body)
{
    struct http_header header = { "Retry-After", retry_after };
    struct http_reply *reply = NULL;
    struct error err = { 0 };

    assert_ok(http_reply_create(status, &header, retry_after == NULL ? 0 : 1, body,
                                &reply, &err),
              err);
    http_request_answer(request, reply);
    http_reply_release(reply);
}

static inline void bench_give_chain(struct http_request *request, enum vek_kind vek)
{
    struct test_amd_certificate ask = test_amd_ask(), ark = test_ark();
    struct buf a, b, pem;

    if (vek == VEK_VLEK)
        ask.common_name = "SEV-VLEK-Milan";
    a = test_amd_make(&ask);
    b = test_amd_make(&ark);
    buf_init(&pem, BENCH_ROOM);
    pem_chain_write(&pem, &(struct der_chain){ { buf_bytes(&a), buf_bytes(&b) }, 2 });
    bench_reply(request, 200, NULL, buf_bytes(&pem));
    buf_fini(&a);
    buf_fini(&b);
    buf_fini(&pem);
}

static inline void bench_give_crl(struct bench_kds *kds, struct http_request *request,
                                  const struct bench_script *script)
{
    const uint32_t revoked[] = { test_amd_ask().serial };
    int64_t now_s = clock_wall_s(kds->bench->clock);
    struct test_amd_crl crl = test_milan_crl();

    crl.this_update_s = now_s - (script->old_crl ? 40 * TEST_AMD_DAY_S : 3600);
    crl.next_update_s = crl.this_update_s + 30 * TEST_AMD_DAY_S;
    crl.number = (uint32_t)((crl.this_update_s - TEST_AMD_FROM_S) / 60);
    if (script->revokes_ask) {
        crl.revoked = revoked;
        crl.revoked_count = COUNT_OF(revoked);
    }
    struct buf der = test_amd_crl_make(&crl);
    bench_reply(request, 200, NULL, buf_bytes(&der));
    buf_fini(&der);
}

/* Milan's extensions with the chip and the levels that were asked for. */
static inline void bench_give_chip(struct bench_kds *kds, struct http_request *request,
                                   const struct kds_key *key,
                                   const struct bench_script *script)
{
    static const struct {
        size_t entry;
        enum spl spl;
    } levels[] = {
        { 2, SPL_BOOT_LOADER }, { 3, SPL_TEE }, { 8, SPL_SNP }, { 9, SPL_MICROCODE }
    };
    uint8_t values[COUNT_OF(levels)][4], hwid[CHIP_ID_LEN];
    struct amd_entry entries[AMD_ENTRIES_MAX];
    struct test_amd_certificate spec = test_vcek();

    memcpy(entries, milan_vcek, sizeof entries);
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        uint8_t level = key->tcb.spl[levels[i].spl];
        size_t len = level < 0x80 ? 3 : 4;
        values[i][0] = 0x02;
        values[i][1] = (uint8_t)(len - 2);
        values[i][2] = 0;
        values[i][len - 1] = level;
        entries[levels[i].entry].value = bytes_of(values[i], len);
    }
    memcpy(hwid, key->hwid.at, sizeof hwid);
    hwid[63] ^= script->gives_other_chip;
    entries[10].value = bytes_of(hwid, sizeof hwid);
    spec.amd = entries;
    spec.not_before_s =
        script->issued_s != 0 ? script->issued_s : clock_wall_s(kds->bench->clock);
    spec.not_after_s = spec.not_before_s + 7 * 365 * TEST_AMD_DAY_S;
    struct buf der = test_amd_make(&spec);
    bench_reply(request, 200, NULL, buf_bytes(&der));
    buf_fini(&der);
}

static inline bool bench_read_target(struct http_request *request, struct kds_key *key)
{
    struct http_target target;
    struct arena arena;

    arena_init(&arena, BENCH_ROOM);
    bool is_read = http_target_parse(http_request_target(request), &arena, &target, NULL)
                   && kds_target_read(&target, key, NULL);
    arena_fini(&arena);
    return is_read;
}

static inline void bench_note_token(struct bench_kds *kds, struct http_request *request)
{
    const char *token = http_request_header(request, "Authorization");

    if (token == NULL)
        return;
    pthread_mutex_lock(&kds->bench->lock);
    snprintf(kds->last_token, sizeof kds->last_token, "%s", token);
    pthread_mutex_unlock(&kds->bench->lock);
    atomic_fetch_add(&kds->tokens, 1);
}

static inline void bench_answer(struct witness *witness, struct http_request *request)
{
    struct bench_kds *kds = witness->context;
    struct bench_script script = bench_script(kds);
    unsigned status = script.status;
    struct kds_key key;

    bench_note_token(kds, request);
    if (!bench_read_target(request, &key) || key.product != SNP_MILAN) {
        bench_reply(request, 400, NULL, (struct bytes){ 0 });
        return;
    }
    bool is_chip = key.resource == KDS_CERTIFICATE;
    if (status == 0)
        status = is_chip                   ? script.chip_status
                 : key.resource == KDS_CRL ? script.crl_status
                                           : 0;
    if (status != 0 && status != 200)
        bench_reply(request, status, script.retry_after, bytes_of_text("<html>"));
    else if (script.says_html)
        bench_reply(request, 200, NULL, bytes_of_text("<html>busy</html>"));
    else if (is_chip)
        bench_give_chip(kds, request, &key, &script);
    else if (key.resource == KDS_CRL)
        bench_give_crl(kds, request, &script);
    else
        bench_give_chain(request, key.vek);
    atomic_fetch_add(is_chip ? &kds->chips : &kds->lists, 1);
    atomic_fetch_add(&kds->all, 1);
}

/* ---- the service's part --------------------------------------------------------------
 */

static inline void bench_law_changed(void *context, const struct amd_law *law)
{
    struct bench *bench = context;

    pthread_mutex_lock(&bench->lock);
    amd_law_release(bench->law);
    bench->law = amd_law_hold(law);
    pthread_mutex_unlock(&bench->lock);
    atomic_fetch_add(&bench->laws, 1);
}

static inline void bench_chip_changed(void *context, const struct kds_key *key)
{
    (void)key;
    atomic_fetch_add(&((struct bench *)context)->changed, 1);
}

static inline void bench_add_upstream(struct bench *bench, enum amd_upstream_kind kind)
{
    size_t i = bench->config.amd.upstream_count++;
    struct bench_kds *kds = &bench->kds[i];
    struct http_server_options server = { .address = "127.0.0.1", .threads = 1 };

    kds->bench = bench;
    kds->witness = (struct witness){ .instead = bench_answer, .context = kds };
    witness_start(&kds->witness, &server);
    snprintf(kds->url, sizeof kds->url, "http://127.0.0.1:%u",
             (unsigned)http_server_port(kds->witness.server));
    bench->config.amd.upstreams[i] = (struct config_amd_upstream){
        .name = i == 0 ? "first" : "second",
        .kind = kind,
        .url = kds->url,
        .interval_ms = kind == AMD_UPSTREAM_KDS ? 10000 : 0,
        .burst = 3,
    };
}

/* A KDS, a configuration that names it, an empty store: the test may change things before
 * bench_start. */
static inline void bench_make(struct bench *bench)
{
    *bench = (struct bench){ .clock = clock_standing_at(BENCH_NOW_S),
                             .conditions = conditions_create(),
                             .directory = test_directory() };
    log_set_level(LOG_SILENT);
    pthread_mutex_init(&bench->lock, NULL);
    config_defaults(&bench->config);
    bench->config.state_directory = bench->directory;
    bench->config.trust.roots = test_amd_trust();
    for (size_t i = 0; i < bench->config.trust.roots.count; i++)
        bench->config.trust.roots.roots[i].origin = ROOT_EXTRA;
    bench->config.amd.upstream_count = 0;
    memset(bench->config.amd.products, 0, sizeof bench->config.amd.products);
    bench->config.amd.products[SNP_MILAN] = true;
    bench_add_upstream(bench, AMD_UPSTREAM_KDS);
}

struct bench_wait {
    atomic_bool is_over;
    bool all_well;
};

static inline void bench_over(void *context, bool all_well)
{
    struct bench_wait *wait = context;

    wait->all_well = all_well;
    atomic_store(&wait->is_over, true);
}

/* Until nothing more may be asked at this moment; whether all went well. */
static inline bool bench_settle(struct bench *bench)
{
    struct bench_wait wait = { .is_over = false };

    kds_clock_moved(bench->thread, bench_over, &wait);
    peer_await(atomic_load(&wait.is_over));
    return wait.all_well;
}

static inline bool bench_go_on(struct bench *bench, int64_t seconds)
{
    assert_true(clock_step_to(bench->clock, clock_wall_s(bench->clock) + seconds));
    return bench_settle(bench);
}

static inline void bench_open(struct bench *bench)
{
    struct store_options store_options = { .directory = bench->directory };
    struct judgement law = { .trust = &bench->config.trust.roots, .now_s = BENCH_NOW_S };
    struct holdings *holdings = NULL;
    struct store_recovery report;
    struct store *store = NULL;
    struct error err = { 0 };

    assert_ok(store_open(&store_options, &store, &err), err);
    assert_ok(store_recover(store, &law, &holdings, &report, &err), err);
    holdings_release(holdings);
    assert_ok(store_writer_start(store, &bench->writer, &err), err);
    assert_ok(platform_reader_open(bench->directory, &bench->reader, &err), err);
}

static inline void bench_run(struct bench *bench)
{
    struct error err = { 0 };

    assert_ok(kds_recover(bench->reader, &bench->config.trust.roots, &bench->law, &err),
              err);
    struct kds_options options = {
        .config = &bench->config,
        .clock = bench->clock,
        .writer = bench->writer,
        .conditions = bench->conditions,
        .start = bench->law,
        .context = bench,
        .law_changed = bench_law_changed,
        .chip_changed = bench_chip_changed,
    };
    assert_ok(kds_start(&options, &bench->thread, &err), err);
}

/* With chains and CRL held, and a full bucket. */
static inline void bench_start(struct bench *bench)
{
    bench_open(bench);
    bench_run(bench);
    bench_settle(bench);
    assert_true(bench_go_on(bench, 60));
    assert_non_null(bench->law->issuers[SNP_MILAN][VEK_VCEK]);
    assert_non_null(bench->law->crls[SNP_MILAN]);
}

static inline void bench_close(struct bench *bench)
{
    kds_stop(TAKE(bench->thread));
    platform_reader_close(TAKE(bench->reader));
    store_writer_stop(TAKE(bench->writer));
    amd_law_release(TAKE(bench->law));
}

static inline void bench_end(struct bench *bench)
{
    bench_close(bench);
    for (size_t i = 0; i < bench->config.amd.upstream_count; i++)
        witness_stop(&bench->kds[i].witness);
    conditions_destroy(TAKE(bench->conditions));
    clock_close(TAKE(bench->clock));
    config_fini(&bench->config);
    pthread_mutex_destroy(&bench->lock);
    test_remove(TAKE(bench->directory));
}

/* ---- chips ---------------------------------------------------------------------------
 */

static inline struct kds_key bench_chip(uint32_t number)
{
    struct kds_key key = {
        .resource = KDS_CERTIFICATE,
        .vek = VEK_VCEK,
        .product = SNP_MILAN,
        .hwid = { .len = CHIP_ID_LEN },
        .tcb = { .spl = { [SPL_BOOT_LOADER] = 4,
                          [SPL_SNP] = 24,
                          [SPL_MICROCODE] = 219 } },
    };

    memset(key.hwid.at, 0x5a, CHIP_ID_LEN);
    memcpy(key.hwid.at, &number, sizeof number);
    return key;
}

struct bench_ear {
    atomic_uint told;
    struct chip_report report; /* the last */
};

static inline void bench_hear(void *context, const struct chip_report *report)
{
    struct bench_ear *ear = context;

    ear->report = *report;
    atomic_fetch_add(&ear->told, 1);
}

/* Sent off; the bench has taken it in, and done what it can at this moment. */
static inline void bench_ask(struct bench *bench, uint32_t number,
                             enum chip_known_by known_by, int64_t wait_ms,
                             struct bench_ear *ear)
{
    struct chip_demand demand = {
        .address = { 192, 0, 2, 1 },
        .address_len = 4,
        .key = bench_chip(number),
        .known_by = known_by,
        .wait_ms = wait_ms,
        .context = ear,
        .told = bench_hear,
    };

    kds_fetch(bench->thread, &demand);
    bench_settle(bench);
}

static inline struct chip_report bench_fetch(struct bench *bench, uint32_t number,
                                             enum chip_known_by known_by)
{
    struct bench_ear ear = { .told = 0 };

    bench_ask(bench, number, known_by, 0, &ear);
    peer_await(atomic_load(&ear.told) > 0);
    return ear.report;
}

/* False where there is no such row. */
static inline bool bench_find(struct bench *bench, uint32_t number, struct arena *arena,
                              struct chip_row *out)
{
    struct kds_key key = bench_chip(number);
    struct error err = { 0 };

    if (chip_find(bench->reader, &key, arena, out, &err))
        return true;
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    return false;
}

static inline bool bench_holds(struct bench *bench, uint32_t number)
{
    struct chip_row row;
    struct arena arena;

    arena_init(&arena, BENCH_ROOM);
    bool is_held = bench_find(bench, number, &arena, &row) && row.der.len > 0;
    arena_fini(&arena);
    return is_held;
}

struct bench_wish {
    struct kds_key *keys;
    size_t count;
    int64_t now_s;
    bool well;
    struct error err;
};

static inline void bench_wish_job(void *context, struct store *store)
{
    struct bench_wish *wish = context;
    size_t added;

    wish->well = store_want_chips(store, wish->keys, wish->count, CHIP_BY_IMPORT,
                                  wish->now_s, &added, &wish->err);
}

/* Chips `from` to from + count - 1 are wanted in advance. */
static inline void bench_want(struct bench *bench, uint32_t from, uint32_t count)
{
    struct bench_wish wish = { .keys = calloc(count, sizeof *wish.keys),
                               .count = count,
                               .now_s = clock_wall_s(bench->clock) };

    assert_non_null(wish.keys);
    for (uint32_t i = 0; i < count; i++)
        wish.keys[i] = bench_chip(from + i);
    assert_ok(store_writer_call(bench->writer, bench_wish_job, &wish, &wish.err)
                  && wish.well,
              wish.err);
    free(wish.keys);
}

struct bench_search {
    const char *name;
    struct condition *out;
    bool found;
};

static inline void bench_search(void *context, const struct condition *condition)
{
    struct bench_search *search = context;

    if (strcmp(condition->name, search->name) != 0)
        return;
    *search->out = *condition;
    search->found = true;
}

static inline bool bench_condition_named(struct bench *bench, const char *name,
                                         struct condition *out)
{
    struct bench_search search = { .name = name, .out = out };

    conditions_visit(bench->conditions, bench_search, &search);
    return search.found;
}

#endif
