/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: verify's desk on a real listener, over a real store with two sets of
 * a test's world, and a standing clock.
 *
 * Under number 17, which is standard, the plain quotes of verify/test_quotes.h are
 * UpToDate; under 18, which is early, they are OutOfDate. */
#ifndef THIM_SERVE_TEST_TRIBUNAL_H
#define THIM_SERVE_TEST_TRIBUNAL_H

#include "serve/test_denials.h"
#include "serve/test_http.h"
#include "serve/test_stock.h"
#include "serve/verify_desk.h"
#include "verify/test_quotes.h"

#define VERIFY "/thim/v1/verify"
#define FROM_OUTSIDE "X-Forwarded-For: 192.0.2.1\r\n" /* a stranger, behind a proxy */
#define AS_READER "Authorization: Bearer reader-token\r\n"
#define AS_HOST "Authorization: Bearer host-token\r\n"

struct tribunal {
    struct stock stock;
    struct config config;
    struct baseline_policy policies[3]; /* steady: 17; early: 18; old: 17, pinned */
    struct clock *clock;
    struct access *access;
    struct denials *denials;
    struct hosts *hosts;
    struct chips *chips; /* NULL unless the test puts one there before it starts */
    struct verify_gate *gate;
    struct verify_desk *desk;
    struct http_server *server;
    uint16_t port;
};

static inline size_t tribunal_body_limit(void *t_, const struct http_request *request)
{
    return verify_desk_body_limit(((struct tribunal *)t_)->desk, request);
}

static inline void tribunal_handle(void *t_, struct http_request *request)
{
    verify_desk_handle(((struct tribunal *)t_)->desk, request);
}

static inline void tribunal_ended(void *t_, const struct http_request *request)
{
    verify_desk_ended(((struct tribunal *)t_)->desk, request);
}

/* ---- what is held ------------------------------------------------------------------ */

static inline void tribunal_put(struct tribunal *t, struct verified_collateral *item,
                                enum update update)
{
    struct collateral_key key = verified_facts(item)->key;

    stock_put(&t->stock, item);
    stock_designate(&t->stock, key, update);
}

/* The court's documents, of this number and the stock's dates. demand: the SVN of the
 * platform's components that is up to date. */
static inline void tribunal_add_set(struct tribunal *t, enum tee tee, uint32_t number,
                                    uint8_t demand, enum update update)
{
    struct test_court court;

    test_court_open(&court, t->stock.world, tee);
    court.plans.info.evaluation_data_number = number;
    court.plans.identity.evaluation_data_number = number;
    court.plans.info.issue_date_s = court.plans.identity.issue_date_s = STOCK_ISSUED_S;
    court.plans.info.next_update_s = court.plans.identity.next_update_s = STOCK_DUE_S;
    for (size_t i = 0; i < 16; i++)
        court.plans.levels[0].sgx[i].svn = demand;
    test_court_publish(&court);
    tribunal_put(t, court.tcb_info, update);
    tribunal_put(t, court.identity, update);
    test_court_close(&court);
}

static inline void tribunal_fill(struct tribunal *t)
{
    stock_put(&t->stock, test_world_root_crl(t->stock.world));
    stock_add(&t->stock, key_pck_crl(PCK_CA_PLATFORM));
    stock_add(&t->stock, key_pck_crl(PCK_CA_PROCESSOR));
    for (size_t i = 0; i < 2; i++) {
        enum tee tee = i == 0 ? TEE_SGX : TEE_TDX;
        tribunal_add_set(t, tee, 17, NEW_SVN, UPDATE_STANDARD);
        tribunal_add_set(t, tee, 18, NEW_SVN + 1, UPDATE_EARLY);
    }
}

/* ---- opening ----------------------------------------------------------------------- */

static inline void tribunal_add_token(struct tribunal *t, const char *name,
                                      enum role role, const char *token)
{
    struct config_token *added = &t->config.tokens[t->config.token_count++];
    struct sha512 digest = sha512(bytes_of_text(token));

    *added = (struct config_token){ .name = name, .role = role, .hash = TOKEN_SHA512 };
    memcpy(added->sha512, digest.digest, sizeof added->sha512);
}

/* Before tribunal_start the configuration and the stock may be changed. */
static inline void tribunal_prepare(struct tribunal *t)
{
    struct baseline_policy steady = baseline_policy_default;

    *t = (struct tribunal){ .clock = clock_standing_at(STOCK_NOW_S) };
    stock_open(&t->stock);
    config_defaults(&t->config);
    t->config.state_directory = t->stock.directory;
    t->config.trust.roots = test_world_trust(t->stock.world);
    tribunal_add_token(t, "graphs", ROLE_READER, "reader-token");
    tribunal_add_token(t, "site", ROLE_HOST, "host-token");
    steady.has_max_demoted = false;
    for (size_t i = 0; i < COUNT_OF(t->policies); i++)
        t->policies[i] = steady;
    t->policies[1].name = "early";
    t->policies[1].follow = FOLLOW_EARLY;
    t->policies[1].blind_delay_s = 0;
    t->policies[2].name = "old";
    t->policies[2].pin = (struct baseline_pin){
        .number = 17, .until_s = STOCK_DUE_S, .why = "a test", .by = "Jo"
    };
    t->config.baselines.policies = t->policies;
    t->config.baselines.count = COUNT_OF(t->policies);
    tribunal_fill(t);
}

static inline void tribunal_publish(struct tribunal *t)
{
    OWNED(law_book_release) struct law_book *book = NULL;
    const struct baseline_view *view = NULL;
    struct error err = { 0 };

    assert_ok(law_book_make(&t->config.baselines, NULL, &book, &err), err);
    struct baseline_view_spec spec = { .book = book,
                                       .holdings = t->stock.holdings,
                                       .now_s = clock_wall_s(t->clock) };
    assert_ok(baseline_view_make(&spec, &view, &err), err);
    verify_desk_publish(t->desk, view);
    baseline_view_release(view);
}

static inline void tribunal_start(struct tribunal *t)
{
    static const struct http_server_options options = { .address = "127.0.0.1" };
    struct error err = { 0 };

    t->denials = denials_in(t->stock.directory);
    struct hosts_options hosts = { .config = &t->config,
                                   .clock = t->clock,
                                   .denials = t->denials };
    assert_ok(hosts_create(&hosts, &t->hosts, &err), err);
    assert_ok(access_create(&t->config, 0, &t->access, &err), err);
    assert_ok(verify_gate_create(&t->config, t->access, &t->gate, &err), err);
    struct verify_desk_options desk = { .config = &t->config,
                                        .clock = t->clock,
                                        .gate = t->gate,
                                        .denials = t->denials,
                                        .hosts = t->hosts,
                                        .chips = t->chips };
    assert_ok(verify_desk_create(&desk, &t->desk, &err), err);
    struct http_handler handler = { .context = t,
                                    .body_limit = tribunal_body_limit,
                                    .handle = tribunal_handle,
                                    .ended = tribunal_ended };
    assert_ok(http_server_start(&options, &handler, &t->server, &err), err);
    t->port = http_server_port(t->server);
}

static inline void tribunal_open(struct tribunal *t)
{
    tribunal_prepare(t);
    tribunal_start(t);
    tribunal_publish(t);
}

static inline void tribunal_close(struct tribunal *t)
{
    http_server_stop(t->server);
    verify_desk_destroy(t->desk);
    verify_gate_destroy(t->gate);
    access_destroy(t->access);
    hosts_destroy(t->hosts);
    denials_destroy(t->denials);
    stock_close(&t->stock);
    config_fini(&t->config);
    clock_close(t->clock);
}

/* ---- asking ------------------------------------------------------------------------ */

/* more: further header lines, each with CRLF. */
static inline struct test_answer tribunal_ask(const struct tribunal *t,
                                              const char *target, const char *more,
                                              struct bytes body)
{
    char head[2048];
    int fd = test_connect(t->port);

    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: thim\r\n%sContent-Length: %zu\r\n\r\n", target,
             more, body.len);
    test_say(fd, head);
    while (body.len > 0) {
        ssize_t sent = send(fd, body.at, body.len, MSG_NOSIGNAL);
        if (sent <= 0)
            break; /* refused halfway: the answer says why */
        body = bytes_after(body, (size_t)sent);
    }
    struct test_answer answer = test_hear(fd, false);
    close(fd);
    return answer;
}

#endif
