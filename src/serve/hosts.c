/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/hosts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "kit/snapshot.h"
#include "serve/host.h"
#include "serve/host_readers.h"

enum {
    FUTURE_S = 300,
    ROWS_BYTES_MAX = 8 * 1024 * 1024, /* one platform as it is read */
    SIGHTINGS_MAX = 65536,            /* between two ticks */
    DOUBT_EVERY_S = 3600,             /* one platform */
};

struct hosts {
    struct hosts_options options;
    struct host_issuers *issuers;
    struct host_readers *readers;
    struct page_cache *cache;
    struct snapshot *law; /* of struct baseline_view */
    _Atomic uint64_t hits, loads;

    pthread_mutex_t noting; /* guards the next */
    struct platform_sighting *sightings;
    size_t sighting_count;
};

/* ---- making -------------------------------------------------------------------------
 */

static void release_law(void *view)
{
    baseline_view_release(view);
}

bool hosts_create(const struct hosts_options *options, struct hosts **out,
                  struct error *err)
{
    size_t cache_bytes = (size_t)options->config->limits.platform_cache_mib << 20;
    OWNED(hosts_destroy) struct hosts *hosts = calloc(1, sizeof *hosts);

    if (hosts == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for platforms");
    hosts->options = *options;
    pthread_mutex_init(&hosts->noting, NULL);
    hosts->law = snapshot_create(release_law);
    hosts->sightings = calloc(SIGHTINGS_MAX, sizeof *hosts->sightings);
    if (hosts->law == NULL || hosts->sightings == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for platforms");
    if (!host_issuers_create(&options->config->trust.roots, &hosts->issuers, err)
        || !host_readers_create(options->config->state_directory, &hosts->readers, err)
        || !page_cache_create(&host_kind, cache_bytes, &hosts->cache, err))
        return false;
    *out = TAKE(hosts);
    return true;
}

void hosts_destroy(struct hosts *hosts)
{
    if (hosts == NULL)
        return;
    page_cache_destroy(hosts->cache);
    host_readers_destroy(hosts->readers);
    host_issuers_destroy(hosts->issuers);
    snapshot_destroy(hosts->law);
    pthread_mutex_destroy(&hosts->noting);
    free(hosts->sightings);
    free(hosts);
}

void hosts_publish(struct hosts *hosts, const struct baseline_view *view)
{
    snapshot_publish(hosts->law, (void *)(uintptr_t)baseline_view_hold(view));
}

void hosts_forget(struct hosts *hosts, const struct platform_name *name)
{
    page_cache_forget(hosts->cache, name);
}

/* ---- what requests show -------------------------------------------------------------
 */

/* Whether this raw TCB has not been told of for a while; it is then as good as told. */
static bool is_news(struct host *host, const struct raw_tcb *raw, int64_t now_s)
{
    struct host_recent *place = &host->recent[0];

    for (size_t i = 0; i < HOST_RECENT_MAX; i++) {
        struct host_recent *recent = &host->recent[i];
        bool is_it = memcmp(recent->raw.cpusvn, raw->cpusvn, sizeof raw->cpusvn) == 0
                     && recent->raw.pcesvn == raw->pcesvn && recent->told_s != 0;
        if (is_it && now_s - recent->told_s < HOST_SEEN_EVERY_S)
            return false;
        if (is_it || recent->told_s < place->told_s)
            place = recent;
        if (is_it)
            break;
    }
    *place = (struct host_recent){ .raw = *raw, .told_s = now_s };
    return true;
}

static void note(struct hosts *hosts, struct host *host, const struct raw_tcb *raw,
                 int64_t now_s)
{
    if (!is_news(host, raw, now_s))
        return;
    pthread_mutex_lock(&hosts->noting);
    if (hosts->sighting_count < SIGHTINGS_MAX)
        hosts->sightings[hosts->sighting_count++] = (struct platform_sighting){
            .platform = host->platform.platform, .raw = *raw, .seen_s = now_s
        };
    pthread_mutex_unlock(&hosts->noting);
}

/* What has been noted since the last call, to be freed; NULL where nothing has. */
static struct platform_sighting *take_sightings(struct hosts *hosts, size_t *count)
{
    struct platform_sighting *taken = NULL;

    pthread_mutex_lock(&hosts->noting);
    if (hosts->sighting_count > 0) {
        struct platform_sighting *fresh = calloc(SIGHTINGS_MAX, sizeof *fresh);
        if (fresh != NULL) { /* without memory the next tick tells */
            taken = hosts->sightings;
            *count = hosts->sighting_count;
            hosts->sightings = fresh;
            hosts->sighting_count = 0;
        }
    }
    pthread_mutex_unlock(&hosts->noting);
    return taken;
}

void hosts_tick(struct hosts *hosts)
{
    size_t count = 0;

    if (hosts->options.seen == NULL)
        return;
    struct platform_sighting *told = take_sightings(hosts, &count);
    if (told != NULL)
        hosts->options.seen(hosts->options.context, told, count);
    free(told);
}

/* ---- reading ------------------------------------------------------------------------
 */

static bool read_platform(struct hosts *hosts, const struct pck_question *question,
                          struct arena *arena, struct platform *out, struct error *err)
{
    struct platform_reader *reader = host_readers_take(hosts->readers, err);
    struct bytes ppid = bytes_of(question->encrypted_ppid, ENCRYPTED_PPID_LEN);
    uint8_t locator[32];

    if (reader == NULL)
        return false;
    platform_locator(question->name.pce_id, ppid, (struct bytes){ 0 }, locator);
    bool found = question->has_name
                     ? platform_find(reader, &question->name, arena, out, err)
                     : platform_find_located(reader, locator, arena, out, err);
    host_readers_give_back(hosts->readers, reader);
    return found;
}

static bool load(struct hosts *hosts, const struct pck_question *question,
                 struct host **out, struct error *err)
{
    const struct host_issuer *issuer = NULL;
    struct platform platform;
    struct arena arena;

    arena_init(&arena, ROWS_BYTES_MAX);
    bool loaded =
        read_platform(hosts, question, &arena, &platform, err)
        && (platform.state != PLATFORM_HELD
            || host_issuer_of(hosts->issuers, &platform.issuer_chain, &issuer, err))
        && host_make(&platform, issuer, out, err);
    arena_fini(&arena);
    return loaded;
}

/* ---- answering ----------------------------------------------------------------------
 */

static void doubt(struct hosts *hosts, struct host *host, int64_t now_s)
{
    if (hosts->options.doubted == NULL || now_s - host->doubted_s < DOUBT_EVERY_S)
        return;
    host->doubted_s = now_s;
    hosts->options.doubted(hosts->options.context, host->platform.platform);
}

static struct host_law law_of(const struct hosts *hosts, const struct baseline_view *view)
{
    const struct config *config = hosts->options.config;

    return (struct host_law){
        .view = view,
        .denials = hosts->options.denials,
        .now_s = clock_wall_s(hosts->options.clock),
        .future_s = FUTURE_S,
        .max_age_s = config->limits.max_age_s,
        .wears_test_roots = clock_is_moved(hosts->options.clock)
                            || trust_has_test_roots(&config->trust.roots),
    };
}

static void answer_by(struct hosts *hosts, struct host *host,
                      const struct baseline_view *view, const struct raw_tcb *raw,
                      const struct hosts_asker *asker, struct hosts_answer *out)
{
    struct host_law law = law_of(hosts, view);

    host_answer(host, &law, raw, asker, out);
    if (out->verdict != HOSTS_GIVEN)
        return;
    note(hosts, host, raw, law.now_s);
    if (out->is_below && out->may_improve)
        doubt(hosts, host, law.now_s);
}

static void fail(struct hosts_answer *out, const struct error *why)
{
    *out = (struct hosts_answer){ .why = *why };
    out->verdict = why->kind == ERROR_NOT_FOUND   ? HOSTS_UNKNOWN
                   : why->kind == ERROR_UNTRUSTED ? HOSTS_UNSOUND
                   : why->kind == ERROR_DENIED    ? HOSTS_DENIED
                                                  : HOSTS_FAILED;
}

/* One that is known by what it was asked for with alone is not kept in memory. */
static void answer_nameless(struct hosts *hosts, const struct pck_question *question,
                            const struct baseline_view *view,
                            const struct hosts_asker *asker, struct hosts_answer *out)
{
    OWNED(host_free) struct host *host = NULL;
    struct error err = { 0 };

    if (load(hosts, question, &host, &err))
        answer_by(hosts, host, view, &question->raw, asker, out);
    else
        fail(out, &err);
}

/* From memory, or read into it; its shard is locked until page_cache_leave. NULL: err. */
static struct host *enter(struct hosts *hosts, const struct pck_question *question,
                          struct error *err)
{
    uint64_t epoch;
    struct host *host =
        (struct host *)page_cache_enter(hosts->cache, &question->name, &epoch);

    if (host != NULL) {
        atomic_fetch_add_explicit(&hosts->hits, 1, memory_order_relaxed);
        return host;
    }
    if (!load(hosts, question, &host, err))
        return NULL;
    atomic_fetch_add_explicit(&hosts->loads, 1, memory_order_relaxed);
    page_cache_put(hosts->cache, &host->cached, epoch);
    return host;
}

static void answer_named(struct hosts *hosts, const struct pck_question *question,
                         const struct baseline_view *view,
                         const struct hosts_asker *asker, struct hosts_answer *out)
{
    struct error err = { 0 };
    struct host *host = enter(hosts, question, &err);

    if (host == NULL) {
        fail(out, &err);
        return;
    }
    answer_by(hosts, host, view, &question->raw, asker, out);
    page_cache_leave(hosts->cache, &host->cached);
}

bool hosts_signer(struct hosts *hosts, const struct baseline_view *view,
                  const struct platform_name *name, const struct raw_tcb *raw,
                  struct verified_pck **out, struct error *err)
{
    struct pck_question question = { .has_name = true, .name = *name };
    struct host_law law = law_of(hosts, view);
    struct host *host = enter(hosts, &question, err);

    if (host == NULL)
        return false;
    bool found = host_signer(host, &law, raw, out, err);
    page_cache_leave(hosts->cache, &host->cached);
    return found;
}

/* By its QE ID alone: one that is denied is not asked for upstream either. */
static bool permit_name(struct hosts *hosts, const struct pck_question *question,
                        struct error *err)
{
    struct deny_subject subject = { .qe_id = bytes_of_text(question->name.qe_id) };

    return !question->has_name
           || denials_permit(hosts->options.denials, &subject,
                             clock_wall_s(hosts->options.clock), err);
}

void hosts_ask(struct hosts *hosts, const struct pck_question *question,
               const struct hosts_asker *asker, struct hosts_answer *out)
{
    struct error why = { .kind = ERROR_SYSTEM, .text = "nothing has been published" };
    const struct baseline_view *view = snapshot_enter(hosts->law);

    if (view == NULL || !permit_name(hosts, question, &why))
        fail(out, &why);
    else if (question->has_name)
        answer_named(hosts, question, view, asker, out);
    else
        answer_nameless(hosts, question, view, asker, out);
    snapshot_leave(hosts->law);
}

void hosts_counts(struct hosts *hosts, struct hosts_counts *out)
{
    struct page_cache_counts counts;

    page_cache_counts(hosts->cache, &counts);
    out->platforms = counts.entries;
    out->bytes = counts.bytes;
    out->evicted = counts.evicted;
    out->hits = atomic_load(&hosts->hits);
    out->loads = atomic_load(&hosts->loads);
}
