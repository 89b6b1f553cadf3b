/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: the operator's routes through both doors, the admin socket and the
 * front as readers and this machine's users see it, over a store with platforms of each
 * kind. Upstream is a function that does as it is told. */
#ifndef THIM_SERVE_TEST_CLINIC_H
#define THIM_SERVE_TEST_CLINIC_H

#include <jansson.h>
#include <stdatomic.h>

#include "kit/crypto.h"
#include "serve/control.h"
#include "serve/control_platforms.h"
#include "serve/test_denials.h"
#include "serve/test_http.h"
#include "serve/test_platforms.h"
#include "serve/test_view.h"

#define HELD "00fbe6733336eaf7a4e3d8b966a82e64"
#define WAITS "11fbe6733336eaf7a4e3d8b966a82e64"
#define NOBODY "22fbe6733336eaf7a4e3d8b966a82e64"
#define EXPIRED "33fbe6733336eaf7a4e3d8b966a82e64"
#define LIST "/thim/v1/platforms"

struct clinic {
    struct stock stock;
    struct config config;
    struct clock *clock;
    struct conditions *conditions;
    struct access *access;
    struct store_writer *writer;
    struct registry *registry;
    struct denials *denials;
    struct control_platforms *platforms;
    struct front *front;
    struct control *control;
    struct http_server *admin, *service;
    char socket[256];

    struct platform_report says; /* what upstream will say */
    atomic_int asked, changed;
    struct platform_demand last; /* what it was last asked */
};

/* ---- what thimd joins ----------------------------------------------------------- */

static inline struct holdings *present(void *clinic)
{
    return holdings_hold(((struct clinic *)clinic)->stock.holdings);
}

static inline void fetch(void *clinic_, const struct platform_demand *demand)
{
    struct clinic *clinic = clinic_;

    clinic->last = *demand;
    atomic_fetch_add(&clinic->asked, 1);
    demand->told(demand->context, &clinic->says);
}

static inline void changed(void *clinic, const struct platform_name *name)
{
    assert_true(name->qe_id[0] != 0);
    atomic_fetch_add(&((struct clinic *)clinic)->changed, 1);
}

static inline void no_relay(void *clinic, const struct relay_demand *demand)
{
    (void)clinic, (void)demand;
    abort();
}

static inline void no_import(void *clinic, const struct import_demand *demand)
{
    static const struct error why = { .kind = ERROR_SYSTEM, .text = "not here" };

    (void)clinic;
    demand->told(demand->context, false, &why);
}

/* ---- opening -------------------------------------------------------------------- */

static inline void add_token(struct clinic *clinic, const char *name, enum role role)
{
    struct config_token *added = &clinic->config.tokens[clinic->config.token_count++];
    struct sha512 digest = sha512(bytes_of_text(name)); /* the token is its name */

    *added = (struct config_token){ .name = name, .role = role, .hash = TOKEN_SHA512 };
    memcpy(added->sha512, digest.digest, sizeof added->sha512);
}

static inline void fill(struct clinic *clinic)
{
    static uint8_t ppid[ENCRYPTED_PPID_LEN] = { 7 }, other[ENCRYPTED_PPID_LEN] = { 8 };

    stock_fill(&clinic->stock);
    stock_add_platform(&clinic->stock, &(struct stock_platform){
                                           .qe_id = HELD,
                                           .svns = { 9, 7, 5 },
                                           .gaps = { 8 },
                                           .encrypted_ppid = { ppid, sizeof ppid } });
    stock_add_platform(&clinic->stock,
                       &(struct stock_platform){ .qe_id = WAITS,
                                                 .encrypted_ppid = { ppid, sizeof ppid },
                                                 .waits = true });
    stock_add_platform(&clinic->stock, &(struct stock_platform){
                                           .qe_id = EXPIRED,
                                           .svns = { 9 },
                                           .encrypted_ppid = { other, sizeof other },
                                           .not_after_s = STOCK_NOW_S - 1 });
    struct platform_change seen = { .has_name = true,
                                    .name = stock_name(HELD),
                                    .bound_by = BOUND_BY_TOKEN,
                                    .has_raw_tcb = true,
                                    .raw = tcb_at(8),
                                    .raw_confirmed = true,
                                    .now_s = STOCK_NOW_S };
    stock_keep(&clinic->stock, &seen);
}

static inline void open_registry(struct clinic *clinic)
{
    struct error err = { 0 };

    assert_ok(access_create(&clinic->config, (uint32_t)geteuid(), &clinic->access, &err),
              err);
    struct registry_options options = { .config = &clinic->config,
                                        .clock = clinic->clock,
                                        .access = clinic->access,
                                        .writer = clinic->writer,
                                        .context = clinic,
                                        .holdings = present,
                                        .fetch_platform = fetch,
                                        .relay = no_relay,
                                        .import = no_import,
                                        .platform_changed = changed };
    assert_ok(registry_create(&options, &clinic->registry, &err), err);
}

static inline void open_doors(struct clinic *clinic)
{
    struct error err = { 0 };
    struct front_options front = { .config = &clinic->config,
                                   .clock = clinic->clock,
                                   .registry = clinic->registry,
                                   .platforms = clinic->platforms };
    struct control_options control = { .config = &clinic->config,
                                       .clock = clinic->clock,
                                       .conditions = clinic->conditions,
                                       .platforms = clinic->platforms,
                                       .registry = clinic->registry,
                                       .own_uid = (uint32_t)geteuid(),
                                       .context = clinic,
                                       .holdings = present };
    struct http_server_options socket = { .unix_path = clinic->socket,
                                          .spool_directory = clinic->stock.directory };

    assert_ok(front_create(&front, &clinic->front, &err), err);
    test_front_publish(clinic->front, clinic->stock.holdings, clinic->clock);
    control.front = clinic->front;
    assert_ok(control_create(&control, &clinic->control, &err), err);
    struct http_handler handler = control_handler(clinic->control);
    assert_ok(http_server_start(&socket, &handler, &clinic->admin, &err), err);
    handler = front_handler(clinic->front);
    assert_ok(http_server_start(&(struct http_server_options){ .address = "127.0.0.1" },
                                &handler, &clinic->service, &err),
              err);
}

static inline void clinic_open(struct clinic *clinic, enum fill_mode mode)
{
    static struct config_upstream upstream = { .name = "sim" };
    struct error err = { 0 };

    *clinic = (struct clinic){ .clock = clock_standing_at(STOCK_NOW_S),
                               .conditions = conditions_create(),
                               .says = { .outcome = FETCH_UNREACHABLE,
                                         .why = "sim: no connection" } };
    config_defaults(&clinic->config);
    stock_open(&clinic->stock);
    fill(clinic);
    clinic->config.state_directory = clinic->stock.directory;
    clinic->config.trust.roots = test_world_trust(clinic->stock.world);
    clinic->config.intel.fill = mode;
    clinic->config.intel.upstreams[0] = upstream;
    clinic->config.intel.upstream_count = 1;
    add_token(clinic, "watch", ROLE_READER);
    add_token(clinic, "host", ROLE_HOST);
    add_token(clinic, "desk", ROLE_ADMIN);
    snprintf(clinic->socket, sizeof clinic->socket, "%s/admin.sock",
             clinic->stock.directory);
    assert_ok(store_writer_start(clinic->stock.store, &clinic->writer, &err), err);
    clinic->stock.store = NULL; /* the writer's now */
    open_registry(clinic);
    clinic->denials = denials_in(clinic->stock.directory);
    struct control_platforms_options options = { .config = &clinic->config,
                                                 .clock = clinic->clock,
                                                 .access = clinic->access,
                                                 .denials = clinic->denials,
                                                 .registry = clinic->registry,
                                                 .writer = clinic->writer,
                                                 .context = clinic,
                                                 .holdings = present,
                                                 .fetch_platform = fetch,
                                                 .platform_changed = changed };
    assert_ok(control_platforms_create(&options, &clinic->platforms, &err), err);
    open_doors(clinic);
}

static inline void clinic_close(struct clinic *clinic)
{
    http_server_stop(clinic->service);
    http_server_stop(clinic->admin);
    registry_drain(clinic->registry);
    control_platforms_drain(clinic->platforms);
    control_destroy(clinic->control);
    front_destroy(clinic->front);
    store_writer_stop(clinic->writer);
    control_platforms_destroy(clinic->platforms);
    registry_destroy(clinic->registry);
    denials_destroy(clinic->denials);
    access_destroy(clinic->access);
    conditions_destroy(clinic->conditions);
    stock_close(&clinic->stock);
    config_fini(&clinic->config);
    clock_close(clinic->clock);
}

/* ---- asking --------------------------------------------------------------------- */

static inline json_t *heard(struct test_answer *answer, unsigned *status)
{
    json_t *json = json_loadb((const char *)answer->body.at, answer->body.len, 0, NULL);

    *status = answer->status;
    test_forget(answer);
    return json;
}

static inline json_t *ask(const struct clinic *clinic, const char *method,
                          const char *target, const char *body, unsigned *status)
{
    char request[8192];
    int fd = test_connect_unix(clinic->socket);

    assert_true(snprintf(request, sizeof request,
                         "%s %s HTTP/1.1\r\nHost: thim\r\nContent-Length: %zu\r\n\r\n%s",
                         method, target, strlen(body), body)
                < (int)sizeof request);
    test_say(fd, request);
    struct test_answer answer = test_hear(fd, false);
    close(fd);
    return heard(&answer, status);
}

static inline json_t *get(const struct clinic *clinic, const char *target)
{
    unsigned status;
    json_t *json = ask(clinic, "GET", target, "", &status);

    if (status != 200)
        fail_msg("%s: %u", target, status);
    return json;
}

static inline const char *text_at(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text != NULL ? text : "(none)";
}

static inline json_int_t number_at(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static inline const json_t *item(const json_t *json, const char *name, size_t i)
{
    return json_array_get(json_object_get(json, name), i);
}

static inline void add_hex_of(struct buf *out, uint8_t byte, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "%02x", i == 0 ? byte : 0);
}

/* A pckcert request's query at this TCB. */
static inline const char *query(char room[2048], const char *qe_id, unsigned svn,
                                uint8_t ppid)
{
    struct raw_tcb raw = tcb_at(svn);
    struct buf out;

    buf_init(&out, 2048);
    buf_addf(&out, LIST "/doctor?qeid=%s&encrypted_ppid=", qe_id);
    add_hex_of(&out, ppid, ENCRYPTED_PPID_LEN);
    buf_addf(&out, "&cpusvn=%s&pcesvn=%02x00&pceid=0000", hex(raw.cpusvn, 16).s,
             raw.pcesvn);
    snprintf(room, 2048, "%s", buf_text(&out));
    buf_fini(&out);
    return room;
}

static inline const char *registration_of(char room[4096], const char *qe_id,
                                          uint8_t ppid)
{
    struct buf out;

    buf_init(&out, 4096);
    buf_addf(&out,
             "{\"qe_id\":\"%s\",\"pce_id\":\"0000\",\"cpu_svn\":\"%032d\","
             "\"pce_svn\":\"0d00\",\"enc_ppid\":\"",
             qe_id, 0);
    add_hex_of(&out, ppid, ENCRYPTED_PPID_LEN);
    buf_add_text(&out, "\"}");
    snprintf(room, 4096, "%s", buf_text(&out));
    buf_fini(&out);
    return room;
}

#endif
