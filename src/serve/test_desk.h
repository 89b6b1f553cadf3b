/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: the operator's routes for AMD's chips and the deny list behind a real admin
 * socket, over the house of serve/test_chips.h. */
#ifndef THIM_SERVE_TEST_DESK_H
#define THIM_SERVE_TEST_DESK_H

#include <jansson.h>
#include <stdatomic.h>

#include "serve/control.h"
#include "serve/control_amd.h"
#include "serve/control_deny.h"
#include "serve/test_chips.h"

struct desk {
    struct chip_house house;
    struct control_amd *amd;
    struct control_deny *deny;
    struct control *control;
    struct http_server *admin;
    char socket[256];
    bool is_lawless;
    atomic_int woken, changed;
};

/* ---- what thimd joins ----------------------------------------------------------- */

static inline void desk_wake(void *desk)
{
    atomic_fetch_add(&((struct desk *)desk)->woken, 1);
}

static inline void desk_changed(void *desk, const struct kds_key *key)
{
    if (key->resource != KDS_CERTIFICATE)
        abort();
    atomic_fetch_add(&((struct desk *)desk)->changed, 1);
}

static inline struct amd_law *desk_law(void *desk_)
{
    struct desk *desk = desk_;

    return desk->is_lawless ? NULL : amd_law_hold(desk->house.world.law);
}

static inline void desk_open(struct desk *desk)
{
    struct error err = { 0 };

    *desk = (struct desk){ .is_lawless = false };
    house_prepare(&desk->house);
    access_destroy(desk->house.access);
    assert_ok(access_create(&desk->house.config, (uint32_t)geteuid(), &desk->house.access,
                            &err),
              err);
    house_start(&desk->house, false);
    struct control_amd_options amd = { .config = &desk->house.config,
                                       .clock = desk->house.clock,
                                       .access = desk->house.access,
                                       .writer = desk->house.writer,
                                       .context = desk,
                                       .wake = desk_wake,
                                       .chip_changed = desk_changed,
                                       .law = desk_law };
    assert_ok(control_amd_create(&amd, &desk->amd, &err), err);
    struct control_deny_options deny = { .state_directory = desk->house.stock.directory,
                                         .clock = desk->house.clock,
                                         .access = desk->house.access,
                                         .denials = desk->house.denials,
                                         .writer = desk->house.writer };
    assert_ok(control_deny_create(&deny, &desk->deny, &err), err);
    struct control_options options = { .config = &desk->house.config,
                                       .clock = desk->house.clock,
                                       .amd = desk->amd,
                                       .deny = desk->deny,
                                       .chips = desk->house.chips,
                                       .own_uid = (uint32_t)geteuid() };
    assert_ok(control_create(&options, &desk->control, &err), err);
    snprintf(desk->socket, sizeof desk->socket, "%s/admin.sock",
             desk->house.stock.directory);
    struct http_server_options server = { .unix_path = desk->socket,
                                          .spool_directory =
                                              desk->house.stock.directory };
    struct http_handler handler = control_handler(desk->control);
    assert_ok(http_server_start(&server, &handler, &desk->admin, &err), err);
}

static inline void desk_close(struct desk *desk)
{
    http_server_stop(desk->admin);
    control_amd_drain(desk->amd);
    house_settle(&desk->house);
    control_destroy(desk->control);
    control_amd_destroy(desk->amd);
    control_deny_destroy(desk->deny);
    house_close(&desk->house);
}

/* ---- asking --------------------------------------------------------------------- */

static inline json_t *desk_ask(const struct desk *desk, const char *method,
                               const char *target, struct bytes body, unsigned *status)
{
    char head[2048];
    int fd = test_connect_unix(desk->socket);

    assert_true(snprintf(head, sizeof head,
                         "%s %s HTTP/1.1\r\nHost: thim\r\nContent-Length: %zu\r\n\r\n",
                         method, target, body.len)
                < (int)sizeof head);
    test_say(fd, head);
    for (size_t sent = 0; sent < body.len;) {
        ssize_t n = send(fd, body.at + sent, body.len - sent, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    struct test_answer answer = test_hear(fd, false);
    close(fd);
    json_t *json = json_loadb((const char *)answer.body.at, answer.body.len, 0, NULL);
    *status = answer.status;
    test_forget(&answer);
    return json;
}

static inline json_t *desk_heard(const struct desk *desk, const char *method,
                                 const char *target, const char *body, unsigned expected)
{
    unsigned status;
    json_t *json = desk_ask(desk, method, target, bytes_of_text(body), &status);

    if (status != expected)
        fail_msg("%s %s: %u %s", method, target, status,
                 json == NULL ? "" : json_dumps(json, 0));
    return json;
}

#endif
