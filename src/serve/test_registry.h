/* SPDX-License-Identifier: Apache-2.0 */
/* For the registry's tests: the whole of it on a real listener and a real admin socket,
 * over a real store, with an upstream that does as it is told. */
#ifndef THIM_SERVE_TEST_REGISTRY_H
#define THIM_SERVE_TEST_REGISTRY_H

#include <pthread.h>
#include <stdatomic.h>

#include "serve/question.h"
#include "serve/registry.h"
#include "serve/test_bundle.h"
#include "serve/test_denials.h"
#include "serve/test_http.h"

#define V4 "/sgx/certification/v4/"
#define READER "user-token: reader-token\r\n"
#define REGISTRAR "user-token: registrar-token\r\n"
#define ADMIN "admin-token: admin-token\r\n"
#define HOST "Authorization: Bearer host-token\r\n"

struct registry_house {
    struct stock stock;
    struct config config;
    struct clock *clock;
    struct access *access;
    struct store_writer *writer;
    struct denials *denials;
    struct registry *registry;
    struct http_server *server, *admin;
    uint16_t port;
    char socket[128];

    pthread_mutex_t lock;         /* guards what follows */
    pthread_cond_t fetched;       /* upstream was asked once more */
    struct platform_demand asked; /* the last one, without its manifest */
    size_t asked_manifest_len;
    struct platform_report report; /* what upstream will say */
    bool keeps;   /* what is fetched is put into the store first, as upstream would */
    bool is_mute; /* tells nobody */
    int fetches, refreshes, forgotten, relays;
    uint8_t refreshed[8][6];
    bool all_well;
    struct relay_answer relay_answer;
    size_t relayed_len;
    struct error import_fails; /* kind 0: it does not */
    int imports;               /* asked for */
};

/* ---- upstream --------------------------------------------------------------------- */

static inline struct holdings *house_holdings(void *house_)
{
    struct registry_house *house = house_;

    pthread_mutex_lock(&house->lock);
    struct holdings *holdings = holdings_hold(house->stock.holdings);
    pthread_mutex_unlock(&house->lock);
    return holdings;
}

struct keeping_job {
    struct registry_house *house;
    struct platform_demand demand;
    struct buf manifest;
};

/* Two certificates, of TCBs 5 and 3, and a gap, by the platform's CA. */
static inline void house_put(struct registry_house *house, struct store *store,
                             const struct platform_demand *demand, uint8_t ppid)
{
    static const uint8_t gap[1][TCBM_LEN] = { { 9, 9 } };
    struct raw_tcb tcbs[2] = { { .pcesvn = 13 }, { .pcesvn = 13 } };
    struct test_pck like = test_pck_plain(PCK_CA_PLATFORM, NULL);
    struct verified_pck *pcks[2];
    enum platform_outcome outcome;
    struct error err = { 0 };

    like.sgx.ppid[0] = ppid;
    memset(tcbs[0].cpusvn, 5, 16);
    memset(tcbs[1].cpusvn, 3, 16);
    test_world_platform(house->stock.world, &like, tcbs, 2, pcks);
    struct platform_change change = {
        .has_name = demand->has_name,
        .name = demand->name,
        .bound_by = demand->bound_by,
        .registrar = demand->registrar,
        .source = "upstream",
        .encrypted_ppid = bytes_of(demand->encrypted_ppid,
                                   demand->has_encrypted_ppid ? ENCRYPTED_PPID_LEN : 0),
        .manifest = demand->manifest,
        .has_raw_tcb = demand->has_raw_tcb,
        .raw = demand->raw,
        .raw_confirmed = true,
        .now_s = STOCK_NOW_S,
        .pcks = (const struct verified_pck *const *)pcks,
        .pck_count = 2,
        .gaps = gap,
        .gap_count = 1,
        .due_s = STOCK_NOW_S + 30 * TEST_DAY_S,
    };
    if (!store_keep_platform(store, &change, &outcome, &err))
        abort(); /* a thread of the service, where cmocka must not fail */
    pck_release(pcks[0]);
    pck_release(pcks[1]);
}

static inline void house_keep_and_tell(void *job_, struct store *store)
{
    struct keeping_job *job = job_;
    struct platform_report report = job->house->report;

    job->demand.manifest = buf_bytes(&job->manifest);
    house_put(job->house, store, &job->demand, 1);
    job->demand.told(job->demand.context, &report);
    buf_fini(&job->manifest);
    free(job);
}

static inline void house_fetch(void *house_, const struct platform_demand *demand)
{
    struct registry_house *house = house_;
    struct error err = { 0 };

    pthread_mutex_lock(&house->lock);
    house->fetches++;
    house->asked = *demand;
    house->asked_manifest_len = demand->manifest.len;
    pthread_cond_broadcast(&house->fetched);
    struct platform_report report = house->report;
    bool is_mute = house->is_mute, keeps = house->keeps;
    pthread_mutex_unlock(&house->lock);
    if (is_mute)
        return;
    if (!keeps || report.outcome != FETCH_KEPT) {
        demand->told(demand->context, &report);
        return;
    }
    struct keeping_job *job = calloc(1, sizeof *job);
    *job = (struct keeping_job){ .house = house, .demand = *demand };
    buf_init(&job->manifest, MANIFEST_MAX);
    buf_add(&job->manifest, demand->manifest);
    if (!store_writer_submit(house->writer, house_keep_and_tell, job, &err))
        abort();
}

/* What upstream was last asked for, once it was: who is told that he has waited too long
 * may hear so before the store thread has come to asking. */
static inline struct platform_demand house_asked(struct registry_house *house)
{
    pthread_mutex_lock(&house->lock);
    while (house->fetches == 0)
        pthread_cond_wait(&house->fetched, &house->lock);
    struct platform_demand asked = house->asked;
    pthread_mutex_unlock(&house->lock);
    return asked;
}

static inline bool house_refresh(void *house_, const char *subject,
                                 void (*done)(void *context, bool all_well),
                                 void *context, struct error *err)
{
    struct registry_house *house = house_;

    (void)err;
    if (subject[0] != 0)
        abort();
    house->refreshes++;
    done(context, house->all_well);
    return true;
}

static inline bool house_refresh_platforms(void *house_, const uint8_t *fmspc,
                                           void (*done)(void *context, bool all_well),
                                           void *context, struct error *err)
{
    struct registry_house *house = house_;

    (void)err;
    memset(house->refreshed[house->refreshes], 0xff, 6);
    if (fmspc != NULL)
        memcpy(house->refreshed[house->refreshes], fmspc, 6);
    house->refreshes++;
    done(context, house->all_well);
    return true;
}

static inline void house_relay(void *house_, const struct relay_demand *demand)
{
    struct registry_house *house = house_;

    house->relays++;
    house->relayed_len = demand->body.len;
    demand->told(demand->context, &house->relay_answer);
}

struct import_job {
    struct registry_house *house;
    struct import_demand demand;
};

static inline bool house_publish_and_keep(struct import_job *job, struct store *store,
                                          struct holdings **next, struct error *err)
{
    struct registry_house *house = job->house;
    size_t count = job->demand.change->entry_count;
    enum store_outcome *outcomes = calloc(count + 1, sizeof *outcomes);

    if (house->import_fails.kind != ERROR_NONE) {
        *err = house->import_fails;
        free(outcomes);
        return false;
    }
    bool kept = store_begin(store, err)
                && store_publish(store, house->stock.holdings, job->demand.change,
                                 outcomes, next, err)
                && job->demand.also(job->demand.context, store, err)
                && store_commit(store, err);
    if (!kept)
        store_rollback(store);
    free(outcomes);
    return kept;
}

static inline void house_run_import(void *job_, struct store *store)
{
    struct import_job *job = job_;
    struct registry_house *house = job->house;
    struct holdings *next = NULL;
    struct error err = { 0 };

    bool kept = house_publish_and_keep(job, store, &next, &err);
    if (kept) {
        pthread_mutex_lock(&house->lock);
        struct holdings *before = house->stock.holdings;
        house->stock.holdings = TAKE(next);
        pthread_mutex_unlock(&house->lock);
        holdings_release(before);
    }
    holdings_release(next);
    job->demand.told(job->demand.context, kept, &err);
    free(job);
}

static inline void house_import(void *house_, const struct import_demand *demand)
{
    struct registry_house *house = house_;
    struct import_job *job = calloc(1, sizeof *job);
    struct error err = { 0 };

    *job = (struct import_job){ .house = house, .demand = *demand };
    pthread_mutex_lock(&house->lock);
    house->imports++;
    pthread_mutex_unlock(&house->lock);
    if (!store_writer_submit(house->writer, house_run_import, job, &err))
        abort();
}

static inline void house_changed(void *house_, const struct platform_name *name)
{
    struct registry_house *house = house_;

    (void)name;
    pthread_mutex_lock(&house->lock);
    house->forgotten++;
    pthread_mutex_unlock(&house->lock);
}

/* ---- opening and closing ------------------------------------------------------------
 */

static inline bool house_question(const struct http_request *request,
                                  struct question *question)
{
    static const struct asker asker = { .bare_crl = CRL_FORM_HEX, .v3 = COMPAT_V3_SERVE };
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, 64 * 1024);
    bool read =
        question_read(http_request_target(request), &asker, &arena, question, &err);
    arena_fini(&arena);
    return read && question->kind == ASK_REGISTRY;
}

static inline void house_handle(void *house_, struct http_request *request)
{
    struct registry_house *house = house_;
    struct question question;

    if (house_question(request, &question))
        registry_handle(house->registry, question.route, request);
}

static inline size_t house_body_limit(void *house_, const struct http_request *request)
{
    struct registry_house *house = house_;
    struct question question;

    return house_question(request, &question)
               ? registry_body_limit(house->registry, question.route, request)
               : 0;
}

static inline void house_add_token(struct registry_house *house, const char *name,
                                   enum role role, const char *token)
{
    struct config_token *added = &house->config.tokens[house->config.token_count++];
    struct sha512 digest = sha512(bytes_of_text(token));

    *added = (struct config_token){ .name = name, .role = role, .hash = TOKEN_SHA512 };
    memcpy(added->sha512, digest.digest, sizeof added->sha512);
}

static inline void house_prepare(struct registry_house *house)
{
    *house = (struct registry_house){ .clock = clock_standing_at(STOCK_NOW_S),
                                      .report = { .outcome = FETCH_KEPT },
                                      .all_well = true };
    pthread_mutex_init(&house->lock, NULL);
    pthread_cond_init(&house->fetched, NULL);
    config_defaults(&house->config);
    stock_open(&house->stock);
    house->config.state_directory = house->stock.directory;
    house->config.trust.roots = test_world_trust(house->stock.world);
    house_add_token(house, "the-host", ROLE_HOST, "host-token");
    house_add_token(house, "the-reader", ROLE_READER, "reader-token");
    house_add_token(house, "the-registrar", ROLE_REGISTRAR, "registrar-token");
    house_add_token(house, "the-admin", ROLE_ADMIN, "admin-token");
}

static inline void house_start(struct registry_house *house)
{
    struct http_handler handler = { .context = house,
                                    .body_limit = house_body_limit,
                                    .handle = house_handle };
    struct http_server_options tcp = { .address = "127.0.0.1",
                                       .spool_directory = house->stock.directory };
    struct http_server_options unix_socket = { .unix_path = house->socket,
                                               .spool_directory =
                                                   house->stock.directory };
    struct registry_options options = { .config = &house->config,
                                        .clock = house->clock,
                                        .context = house,
                                        .holdings = house_holdings,
                                        .fetch_platform = house_fetch,
                                        .refresh = house_refresh,
                                        .refresh_platforms = house_refresh_platforms,
                                        .relay = house_relay,
                                        .import = house_import,
                                        .platform_changed = house_changed };
    struct error err = { 0 };

    assert_ok(store_writer_start(house->stock.store, &house->writer, &err), err);
    house->stock.store = NULL; /* the writer's now */
    assert_ok(access_create(&house->config, (uint32_t)geteuid(), &house->access, &err),
              err);
    options.access = house->access;
    options.writer = house->writer;
    options.denials = house->denials = denials_in(house->stock.directory);
    assert_ok(registry_create(&options, &house->registry, &err), err);
    snprintf(house->socket, sizeof house->socket, "%s/admin.sock",
             house->stock.directory);
    assert_ok(http_server_start(&tcp, &handler, &house->server, &err), err);
    assert_ok(http_server_start(&unix_socket, &handler, &house->admin, &err), err);
    house->port = http_server_port(house->server);
}

/* With the stock of serve/test_stock.h held. */
static inline void house_open(struct registry_house *house, enum fill_mode fill)
{
    house_prepare(house);
    house->config.intel.fill = fill;
    stock_fill(&house->stock);
    house_start(house);
}

static inline void house_close(struct registry_house *house)
{
    http_server_stop(house->server);
    http_server_stop(house->admin);
    registry_drain(house->registry);
    store_writer_stop(house->writer);
    registry_destroy(house->registry);
    denials_destroy(house->denials);
    access_destroy(house->access);
    stock_close(&house->stock);
    config_fini(&house->config);
    clock_close(house->clock);
    pthread_cond_destroy(&house->fetched);
    pthread_mutex_destroy(&house->lock);
}

/* ---- asking -------------------------------------------------------------------------
 */

static inline void house_say(int fd, struct bytes bytes)
{
    while (bytes.len > 0) {
        ssize_t sent = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* refused halfway: the answer says why */
        bytes = bytes_after(bytes, (size_t)sent);
    }
}

static inline struct test_answer house_ask_on(int fd, const char *method,
                                              const char *target, const char *more,
                                              struct bytes body)
{
    char head[8 * 1024];

    snprintf(head, sizeof head,
             "%s %s HTTP/1.1\r\nHost: thim\r\n%sContent-Length: %zu\r\n\r\n", method,
             target, more, body.len);
    test_say(fd, head);
    house_say(fd, body);
    struct test_answer answer = test_hear(fd, strcmp(method, "HEAD") == 0);
    close(fd);
    return answer;
}

static inline struct test_answer house_ask(const struct registry_house *house,
                                           const char *method, const char *target,
                                           const char *more, const char *body)
{
    return house_ask_on(test_connect(house->port), method, target, more,
                        bytes_of_text(body));
}

static inline void house_expect(const struct test_answer *answer, const char *name,
                                unsigned status, const char *code)
{
    if (answer->status != status || strcmp(test_header(answer, "THIM-Error"), code) != 0)
        fail_msg("%s: %u %s, expected %u %s\n%s", name, answer->status,
                 test_header(answer, "THIM-Error"), status, code,
                 buf_text(&answer->text));
}

/* One request whose status and code are all that matters. */
static inline void house_check(const struct registry_house *house, const char *name,
                               const char *method, const char *target, const char *more,
                               const char *body, unsigned status, const char *code)
{
    struct test_answer answer = house_ask(house, method, target, more, body);

    house_expect(&answer, name, status, code);
    test_forget(&answer);
}

/* A registration of platform i at TCB 5, with the encrypted PPID of serve/test_bundle.h
 * plus a flaw; the caller's. */
static inline struct buf house_registration(size_t i, uint8_t flaw)
{
    struct buf out;

    buf_init(&out, REGISTRATION_BYTES_MAX);
    buf_addf(&out,
             "{\"qe_id\":\"%s\",\"pce_id\":\"0000\",\"cpu_svn\":"
             "\"05050505050505050505050505050505\",\"pce_svn\":\"0d00\","
             "\"enc_ppid\":\"",
             bundle_qe_id(i));
    bundle_add_enc_ppid(&out, i + flaw);
    buf_add_text(&out, "\"}");
    return out;
}

static inline struct test_answer house_register(const struct registry_house *house,
                                                size_t i, uint8_t flaw, const char *more)
{
    struct buf body = house_registration(i, flaw);
    struct test_answer answer =
        house_ask(house, "POST", V4 "platforms", more, buf_text(&body));

    buf_fini(&body);
    return answer;
}

#endif
