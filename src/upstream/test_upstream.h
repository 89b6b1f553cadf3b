/* SPDX-License-Identifier: Apache-2.0 */
/* The upstream thread between a PCS of the test's own (upstream/test_pcs.h) and a store
 * in a directory, under a clock that stands still. For *_test.c of this room only;
 * everything fails the test where it cannot. */
#ifndef THIM_UPSTREAM_TEST_UPSTREAM_H
#define THIM_UPSTREAM_TEST_UPSTREAM_H

#include "kit/log.h"
#include "kit/text.h"
#include "store/platform_reader.h"
#include "upstream/platforms.h"
#include "upstream/test_pcs.h"

#define BENCH_NOW_S (TEST_WORLD_FROM_S + 1000 * TEST_DAY_S)

struct bench {
    struct test_pcs pcs;
    struct config config;
    struct clock *clock;
    struct conditions *conditions;
    struct store_writer *writer;
    struct refresh *refresh;
    struct platform_reader *reader;
    char *directory;
    bool is_marked;       /* its store takes what a ROOT_TEST vouches for */
    atomic_uint changed;  /* how often platform_changed was called */
    pthread_mutex_t lock; /* guards the next */
    struct holdings *holdings;
};

/* ---- the service's part --------------------------------------------------------------
 */

static inline void bench_published(void *context, const struct holdings *holdings)
{
    struct bench *bench = context;

    pthread_mutex_lock(&bench->lock);
    holdings_release(bench->holdings);
    bench->holdings = holdings_hold(holdings);
    pthread_mutex_unlock(&bench->lock);
}

static inline void bench_changed(void *context, const struct platform_name *name)
{
    (void)name;
    atomic_fetch_add(&((struct bench *)context)->changed, 1);
}

/* Of the present holdings; the caller's. */
static inline struct holdings *bench_holdings(struct bench *bench)
{
    pthread_mutex_lock(&bench->lock);
    struct holdings *holdings = holdings_hold(bench->holdings);
    pthread_mutex_unlock(&bench->lock);
    return holdings;
}

/* A PCS, a configuration that names it, an empty store: the test may change things before
 * bench_start. */
static inline void bench_make(struct bench *bench)
{
    *bench = (struct bench){ .clock = clock_standing_at(BENCH_NOW_S),
                             .conditions = conditions_create(),
                             .directory = test_directory() };
    log_set_level(LOG_SILENT);
    pthread_mutex_init(&bench->lock, NULL);
    test_pcs_start(&bench->pcs, bench->clock);
    config_defaults(&bench->config);
    bench->config.state_directory = bench->directory;
    bench->config.trust.roots = test_world_trust(bench->pcs.world);
    bench->config.trust.roots.roots[0].origin = ROOT_EXTRA;
    bench->config.intel.upstream_count = 1;
    bench->config.intel.upstreams[0] = (struct config_upstream){ .name = "pcs",
                                                                 .kind = UPSTREAM_PCS,
                                                                 .url = bench->pcs.url };
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

/* Until nothing is due any more at this moment; whether all went well. */
static inline bool bench_settle(struct bench *bench)
{
    struct bench_wait wait = { .is_over = false };

    refresh_clock_moved(bench->refresh, bench_over, &wait);
    peer_await(atomic_load(&wait.is_over));
    return wait.all_well;
}

static inline bool bench_go_on(struct bench *bench, int64_t seconds)
{
    assert_true(clock_step_to(bench->clock, clock_wall_s(bench->clock) + seconds));
    return bench_settle(bench);
}

static inline void bench_start(struct bench *bench)
{
    struct store_options options = { .directory = bench->directory,
                                     .marked = bench->is_marked };
    struct judgement law = { .trust = &bench->config.trust.roots, .now_s = BENCH_NOW_S };
    struct store_recovery report;
    struct store *store = NULL;
    struct error err = { 0 };

    assert_ok(store_open(&options, &store, &err), err);
    assert_ok(store_recover(store, &law, &bench->holdings, &report, &err), err);
    assert_ok(store_writer_start(store, &bench->writer, &err), err);
    assert_ok(platform_reader_open(bench->directory, &bench->reader, &err), err);
    struct refresh_options refresh = {
        .config = &bench->config,
        .clock = bench->clock,
        .writer = bench->writer,
        .conditions = bench->conditions,
        .start = bench->holdings,
        .context = bench,
        .published = bench_published,
        .platform_changed = bench_changed,
    };
    assert_ok(refresh_start(&refresh, &bench->refresh, &err), err);
    bench_settle(bench);
}

static inline void bench_end(struct bench *bench)
{
    refresh_stop(TAKE(bench->refresh));
    platform_reader_close(TAKE(bench->reader));
    store_writer_stop(TAKE(bench->writer));
    test_pcs_stop(&bench->pcs);
    holdings_release(TAKE(bench->holdings));
    conditions_destroy(TAKE(bench->conditions));
    clock_close(TAKE(bench->clock));
    config_fini(&bench->config);
    pthread_mutex_destroy(&bench->lock);
    test_remove(TAKE(bench->directory));
}

/* ---- platforms ----------------------------------------------------------------------
 */

struct bench_ear {
    atomic_uint told;
    struct platform_report report; /* the last */
};

static inline void bench_hear(void *context, const struct platform_report *report)
{
    struct bench_ear *ear = context;

    ear->report = *report;
    atomic_fetch_add(&ear->told, 1);
}

/* A host with this QE ID and the encrypted PPID of this number asks. */
static inline struct platform_demand bench_demand(const char *qe_id, uint32_t number)
{
    struct platform_demand demand = {
        .has_name = true,
        .bound_by = BOUND_BY_ASKING,
        .has_encrypted_ppid = true,
        .has_raw_tcb = true,
        .raw = { .cpusvn = { 7 }, .pcesvn = 13 },
    };

    snprintf(demand.name.qe_id, sizeof demand.name.qe_id, "%s", qe_id);
    memset(demand.encrypted_ppid, 0x5a, sizeof demand.encrypted_ppid);
    memcpy(demand.encrypted_ppid, &number, sizeof number);
    return demand;
}

static inline struct platform_report bench_fetch(struct bench *bench,
                                                 const struct platform_demand *demand)
{
    struct bench_ear ear = { .told = 0 };
    struct platform_demand heard = *demand;

    heard.context = &ear;
    heard.told = bench_hear;
    refresh_fetch_platform(bench->refresh, &heard);
    peer_await(atomic_load(&ear.told) > 0);
    return ear.report;
}

/* False where there is no such platform. */
static inline bool bench_find(struct bench *bench, const char *qe_id, struct arena *arena,
                              struct platform *out)
{
    struct platform_name name = { .pce_id = 0 };
    struct error err = { 0 };

    snprintf(name.qe_id, sizeof name.qe_id, "%s", qe_id);
    if (platform_find(bench->reader, &name, arena, out, &err))
        return true;
    assert_int_equal(err.kind, ERROR_NOT_FOUND);
    return false;
}

/* What a registrar brings, written before anything is asked. */
struct bench_registration {
    struct platform_change change;
    struct error err;
    bool well;
};

static inline void bench_register_job(void *context, struct store *store)
{
    struct bench_registration *registration = context;
    enum platform_outcome outcome;

    registration->well =
        store_keep_platform(store, &registration->change, &outcome, &registration->err);
}

static inline void bench_register(struct bench *bench,
                                  const struct platform_demand *demand)
{
    struct bench_registration registration = {
        .change = { .has_name = true,
                    .name = demand->name,
                    .bound_by = demand->bound_by,
                    .registrar = demand->registrar,
                    .manifest = demand->manifest,
                    .has_raw_tcb = demand->has_raw_tcb,
                    .raw = demand->raw,
                    .raw_confirmed = true,
                    .now_s = clock_wall_s(bench->clock),
                    .due_s = clock_wall_s(bench->clock) },
    };

    if (demand->has_encrypted_ppid)
        registration.change.encrypted_ppid =
            bytes_of(demand->encrypted_ppid, sizeof demand->encrypted_ppid);
    assert_ok(store_writer_call(bench->writer, bench_register_job, &registration,
                                &registration.err)
                  && registration.well,
              registration.err);
}

#endif
