/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: a front on a real listener, a standing clock, and a desk that does
 * as it is told. */
#ifndef THIM_SERVE_TEST_HOUSE_H
#define THIM_SERVE_TEST_HOUSE_H

#include <pthread.h>
#include <stdatomic.h>

#include "serve/front.h"
#include "serve/hosts.h"
#include "serve/test_denials.h"
#include "serve/test_http.h"
#include "serve/test_stock.h"
#include "serve/test_view.h"

#define V4 "/sgx/certification/v4/"
#define V3 "/sgx/certification/v3/"
#define T4 "/tdx/certification/v4/"
#define TCB "tcb?fmspc=00906ea10000"
#define COLD "tcb?fmspc=c00000000000" /* nobody holds it */

struct house {
    struct stock stock;
    struct config config;
    struct clock *clock;
    struct denials *denials; /* NULL, as the next: house_open_for_hosts makes them */
    struct hosts *hosts;
    struct front *front;
    struct http_server *server;
    uint16_t port;

    /* what the desk will say; 0: nothing until house_tell */
    enum miss_outcome outcome;
    int64_t retry_after_s;
    bool fetches; /* keeps what is asked for, publishes, then tells */
    void (*fetch)(struct house *house, const struct question *question);
    struct question wanted; /* the last one */
    atomic_int asked;
    pthread_mutex_t lock;
    void (*told)(void *told_context, enum miss_outcome outcome, int64_t retry_after_s);
    void *told_context;
};

static inline void house_publish(struct house *house)
{
    test_front_publish(house->front, house->stock.holdings, house->clock);
}

static inline void house_fetch(struct house *house, const struct question *question)
{
    stock_add_both(&house->stock, question->key);
}

static inline void desk_ask(void *house_, const struct question *question,
                            const struct http_peer *peer,
                            void (*told)(void *told_context, enum miss_outcome outcome,
                                         int64_t retry_after_s),
                            void *told_context)
{
    struct house *house = house_;

    assert_true(peer->is_loopback);
    house->wanted = *question; /* before the count: who has seen it may read this */
    atomic_fetch_add(&house->asked, 1);
    if (house->fetches) {
        house->fetch(house, question);
        house_publish(house);
    }
    if (house->outcome != 0) {
        told(told_context, house->outcome, house->retry_after_s);
        return;
    }
    pthread_mutex_lock(&house->lock);
    house->told_context = told_context;
    house->told = told;
    pthread_mutex_unlock(&house->lock);
}

/* Tells who waits, once somebody does. */
static inline void house_tell(struct house *house, enum miss_outcome outcome)
{
    for (;;) {
        pthread_mutex_lock(&house->lock);
        void (*told)(void *, enum miss_outcome, int64_t) = house->told;
        house->told = NULL;
        pthread_mutex_unlock(&house->lock);
        if (told != NULL) {
            told(house->told_context, outcome, 0);
            return;
        }
        usleep(1000);
    }
}

static inline void house_start(struct house *house,
                               const struct http_server_options *options)
{
    struct error err = { 0 };
    struct front_options front = { .config = &house->config,
                                   .clock = house->clock,
                                   .desk = { .context = house, .ask = desk_ask },
                                   .hosts = house->hosts };

    assert_ok(front_create(&front, &house->front, &err), err);
    house_publish(house);
    struct http_handler handler = front_handler(house->front);
    assert_ok(http_server_start(options, &handler, &house->server, &err), err);
    house->port = http_server_port(house->server);
}

static inline void house_build(struct house *house)
{
    *house = (struct house){ .outcome = MISS_NOT_FOUND,
                             .fetch = house_fetch,
                             .clock = clock_standing_at(STOCK_NOW_S) };
    pthread_mutex_init(&house->lock, NULL);
    config_defaults(&house->config);
    stock_open(&house->stock);
    stock_fill(&house->stock);
}

static inline void house_open(struct house *house)
{
    static const struct http_server_options options = { .address = "127.0.0.1" };

    house_build(house);
    house_start(house, &options);
}

/* The same with hosts: see serve/test_platforms.h. */
static inline void house_open_for_hosts(struct house *house)
{
    static const struct http_server_options options = { .address = "127.0.0.1" };
    struct error err = { 0 };

    house_build(house);
    house->config.state_directory = house->stock.directory;
    house->config.trust.roots = test_world_trust(house->stock.world);
    house->denials = denials_in(house->stock.directory);
    struct hosts_options hosts = { .config = &house->config,
                                   .clock = house->clock,
                                   .denials = house->denials };
    assert_ok(hosts_create(&hosts, &house->hosts, &err), err);
    house_start(house, &options);
}

static inline void house_close(struct house *house)
{
    http_server_stop(house->server);
    front_destroy(house->front);
    hosts_destroy(house->hosts);
    denials_destroy(house->denials);
    stock_close(&house->stock);
    config_fini(&house->config);
    clock_close(house->clock);
    pthread_mutex_destroy(&house->lock);
}

static inline struct test_answer get(const struct house *house, const char *target,
                                     const char *more)
{
    return test_ask(house->port, "GET", target, more);
}

static inline int64_t max_age_of(const struct test_answer *answer)
{
    const char *value = test_header(answer, "Cache-Control");

    return strncmp(value, "max-age=", 8) == 0 ? atoll(value + 8) : -1;
}

#endif
