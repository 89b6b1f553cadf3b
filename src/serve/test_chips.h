/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: AMD's side behind a front on a real listener, over a real store and
 * a standing clock, with an upstream that does as it is told. */
#ifndef THIM_SERVE_TEST_CHIPS_H
#define THIM_SERVE_TEST_CHIPS_H

#include <pthread.h>

#include "serve/chips.h"
#include "serve/front.h"
#include "serve/test_amd_world.h"
#include "serve/test_denials.h"
#include "serve/test_http.h"
#include "serve/test_stock.h"

#define METADATA "/metadata/THIM/amd/certification"
#define META "Metadata: true\r\n"
#define REGIONAL "/SevSnpVM/certificates/"
#define REGISTRAR "Authorization: Bearer registrar-token\r\n"
#define UNTIL_S (TEST_AMD_NOW_S + 7 * 365 * TEST_AMD_DAY_S)

struct chip_house {
    struct amd_world world;
    struct stock stock;
    struct config config;
    struct clock *clock;
    struct access *access;
    struct store_writer *writer;
    struct denials *denials;
    struct chips *chips;
    struct front *front;
    struct http_server *server;
    uint16_t port;

    pthread_mutex_t lock;      /* guards what follows */
    pthread_cond_t fetched;    /* upstream was asked once more */
    struct chip_report report; /* what upstream will say */
    bool is_mute;              /* tells nobody */
    enum snp_product has;      /* whose chips AMD knows; 0: all */
    int fetches;
    struct chip_demand asked; /* the last */
    struct kds_key keys[8];   /* all, in order */
};

/* ---- upstream -----------------------------------------------------------------------
 */

struct chip_keeping {
    struct chip_house *house;
    struct chip_demand demand;
    struct chip_report report;
};

static inline void house_keep(struct chip_house *house, struct store *store,
                              const struct kds_key *key, enum chip_known_by known_by)
{
    OWNED(vcek_release)
    struct verified_vcek *vcek = amd_world_vcek(&house->world, key, UNTIL_S);
    struct chip_change change = {
        .vcek = vcek, .known_by = known_by, .source = "upstream", .now_s = TEST_AMD_NOW_S
    };
    enum chip_outcome outcome;
    struct error err = { 0 };

    if (!store_keep_chip(store, &change, &outcome, &err))
        abort(); /* a thread of the service, where cmocka must not fail */
}

static inline void house_keep_and_tell(void *keeping_, struct store *store)
{
    struct chip_keeping *keeping = keeping_;
    const struct chip_demand *demand = &keeping->demand;

    house_keep(keeping->house, store, &demand->key, demand->known_by);
    chips_forget(keeping->house->chips, &demand->key);
    if (demand->told != NULL)
        demand->told(demand->context, &keeping->report);
    free(keeping);
}

static inline void house_serve(struct chip_house *house, const struct chip_demand *demand,
                               struct chip_report report)
{
    struct chip_keeping *keeping;
    struct error err = { 0 };

    if (report.outcome == CHIP_KEPT && house->has != 0
        && house->has != demand->key.product)
        report = (struct chip_report){ .outcome = CHIP_NOT_FOUND };
    if (report.outcome != CHIP_KEPT) {
        if (demand->told != NULL)
            demand->told(demand->context, &report);
        return;
    }
    keeping = calloc(1, sizeof *keeping);
    if (keeping == NULL)
        abort();
    *keeping = (struct chip_keeping){ house, *demand, report };
    if (!store_writer_submit(house->writer, house_keep_and_tell, keeping, &err))
        abort();
}

static inline void house_fetch(void *house_, const struct chip_demand *demand)
{
    struct chip_house *house = house_;

    pthread_mutex_lock(&house->lock);
    house->asked = *demand;
    house->keys[house->fetches++ % 8] = demand->key;
    pthread_cond_broadcast(&house->fetched);
    struct chip_report report = house->report;
    bool is_mute = house->is_mute;
    pthread_mutex_unlock(&house->lock);
    if (!is_mute)
        house_serve(house, demand, report);
}

/* What upstream was last asked for, once it was: who has waited too long is told so by a
 * clock, not by whoever asks. */
static inline struct chip_demand house_asked(struct chip_house *house)
{
    pthread_mutex_lock(&house->lock);
    while (house->fetches == 0)
        pthread_cond_wait(&house->fetched, &house->lock);
    struct chip_demand asked = house->asked;
    pthread_mutex_unlock(&house->lock);
    return asked;
}

/* ---- the house ----------------------------------------------------------------------
 */

static inline void house_add_token(struct chip_house *house, const char *name,
                                   enum role role, const char *token)
{
    struct config_token *added = &house->config.tokens[house->config.token_count++];
    struct sha512 digest = sha512(bytes_of_text(token));

    *added = (struct config_token){ .name = name, .role = role, .hash = TOKEN_SHA512 };
    memcpy(added->sha512, digest.digest, sizeof added->sha512);
}

static inline void house_publish(struct chip_house *house, const struct amd_law *law)
{
    struct error err = { 0 };

    assert_ok(chips_publish(house->chips, law, &err), err);
}

/* This host's own chip is this one. */
static inline void house_configure_own(struct chip_house *house,
                                       const struct kds_key *key)
{
    house->config.amd.host.source = AMD_HOST_NAMED;
    house->config.amd.host.product = key->product;
    house->config.amd.host.hwid = key->hwid;
    house->config.amd.host.tcb = key->tcb;
}

/* Before house_start the configuration may be changed. */
static inline void house_prepare(struct chip_house *house)
{
    struct error err = { 0 };

    *house = (struct chip_house){ .clock = clock_standing_at(TEST_AMD_NOW_S),
                                  .report = { .outcome = CHIP_KEPT } };
    pthread_mutex_init(&house->lock, NULL);
    pthread_cond_init(&house->fetched, NULL);
    amd_world_open(&house->world);
    stock_open(&house->stock);
    config_defaults(&house->config);
    house->config.amd.crl = AMD_CRL_REQUIRED;
    house->config.amd.unknown_chips = UNKNOWN_CHIPS_FETCH;
    house->config.amd.host.source = AMD_HOST_NONE;
    house->config.amd.named_hosts = true;
    house->config.amd.host_refresh_s = 3600;
    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++)
        house->config.amd.products[p] = true;
    house->config.state_directory = house->stock.directory;
    house->config.trust.roots = house->world.trust;
    house_add_token(house, "registrar", ROLE_REGISTRAR, "registrar-token");
    house_add_token(house, "reader", ROLE_READER, "reader-token");
    assert_ok(access_create(&house->config, 0, &house->access, &err), err);
    assert_ok(store_writer_start(house->stock.store, &house->writer, &err), err);
    house->stock.store = NULL;
    house->denials = denials_in(house->stock.directory);
}

static inline void house_start(struct chip_house *house, bool has_upstream)
{
    static const struct http_server_options options = { .address = "127.0.0.1" };
    struct chips_options chips = { .config = &house->config,
                                   .clock = house->clock,
                                   .denials = house->denials,
                                   .access = house->access,
                                   .writer = house->writer,
                                   .context = house,
                                   .fetch = house_fetch };
    struct error err = { 0 };

    if (!has_upstream)
        house->config.amd.upstream_count = 0;
    assert_ok(chips_create(&chips, &house->chips, &err), err);
    house_publish(house, house->world.law);
    struct front_options front = { .config = &house->config,
                                   .clock = house->clock,
                                   .chips = house->chips };
    assert_ok(front_create(&front, &house->front, &err), err);
    struct http_handler handler = front_handler(house->front);
    assert_ok(http_server_start(&options, &handler, &house->server, &err), err);
    house->port = http_server_port(house->server);
}

static inline void house_open(struct chip_house *house)
{
    house_prepare(house);
    house_start(house, true);
}

static inline void house_close(struct chip_house *house)
{
    http_server_stop(house->server);
    store_writer_stop(house->writer);
    front_destroy(house->front);
    chips_destroy(house->chips);
    denials_destroy(house->denials);
    access_destroy(house->access);
    stock_close(&house->stock);
    amd_world_close(&house->world);
    config_fini(&house->config);
    clock_close(house->clock);
    pthread_cond_destroy(&house->fetched);
    pthread_mutex_destroy(&house->lock);
}

struct house_holding {
    struct chip_house *house;
    struct kds_key key;
};

static inline void house_hold_now(void *holding_, struct store *store)
{
    struct house_holding *holding = holding_;

    house_keep(holding->house, store, &holding->key, CHIP_BY_TOKEN);
}

/* The store has the certificate of this key. */
static inline void house_hold(struct chip_house *house, struct kds_key key)
{
    struct house_holding holding = { house, key };
    struct error err = { 0 };

    assert_ok(store_writer_call(house->writer, house_hold_now, &holding, &err), err);
}

static inline void house_do_nothing(void *context, struct store *store)
{
    (void)context, (void)store;
}

/* What upstream was asked for so far has been kept. */
static inline void house_settle(struct chip_house *house)
{
    struct error err = { 0 };

    assert_ok(store_writer_call(house->writer, house_do_nothing, NULL, &err), err);
}

static inline void house_tick(struct chip_house *house)
{
    chips_tick(house->chips);
    house_settle(house);
}

/* ---- asking -------------------------------------------------------------------------
 */

static inline struct test_answer house_get(const struct chip_house *house,
                                           const char *target, const char *more)
{
    return test_ask(house->port, "GET", target, more);
}

/* KDS's path of a key, as our own upstream would be asked. */
static inline const char *kds_path(const struct kds_key *key)
{
    static _Thread_local char path[512];
    struct buf text;

    buf_init(&text, sizeof path);
    kds_target_write(&text, key);
    snprintf(path, sizeof path, "%s", buf_text(&text));
    buf_fini(&text);
    return path;
}

static inline const char *metadata_path(const struct kds_key *key)
{
    static _Thread_local char path[512];

    snprintf(path, sizeof path, METADATA "?platformId=%s&tcbVersion=%s",
             hex(key->hwid.at, key->hwid.len).s,
             tcb_version_hex(key->product, &key->tcb).s);
    return path;
}

static inline const char *regional_path(const struct kds_key *key)
{
    static _Thread_local char path[512];

    snprintf(path, sizeof path, REGIONAL "%s/%llx", hex(key->hwid.at, key->hwid.len).s,
             (unsigned long long)tcb_version_value(key->product, &key->tcb));
    return path;
}

/* ---- what came ----------------------------------------------------------------------
 */

/* One answer: its status, a header or the body's beginning; then it is gone. */
static inline void expect(struct test_answer answer, const char *claim, unsigned status,
                          const char *code)
{
    if (answer.status != status || strcmp(test_header(&answer, "THIM-Error"), code) != 0)
        fail_msg("%s: %u \"%s\", expected %u \"%s\": %.200s", claim, answer.status,
                 test_header(&answer, "THIM-Error"), status, code,
                 buf_text(&answer.text));
    test_forget(&answer);
}

static inline void expect_body(struct test_answer answer, const char *claim,
                               const char *starts)
{
    if (answer.status != 200
        || !bytes_equal_text(bytes_first(answer.body, strlen(starts)), starts))
        fail_msg("%s: %.300s", claim, buf_text(&answer.text));
    test_forget(&answer);
}

#endif
