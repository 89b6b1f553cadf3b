/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kit/log.h"
#include "thimd/service_parts.h"

void join_published(void *context, const struct holdings *holdings)
{
    struct service *service = context;
    struct error err = { 0 };

    pthread_mutex_lock(&service->lock);
    struct holdings *replaced = service->holdings;
    service->holdings = holdings_hold(holdings);
    pthread_mutex_unlock(&service->lock);
    holdings_release(replaced);
    if (!baselines_publish(service->baselines, holdings, &err)
        || !baselines_show(service, &err))
        log_event(LOG_ERROR, "thimd", "generation=%llu not on the shelf why=\"%s\"",
                  (unsigned long long)holdings->generation, err.text);
}

struct holdings *join_holdings(void *context)
{
    struct service *service = context;

    pthread_mutex_lock(&service->lock);
    struct holdings *holdings = holdings_hold(service->holdings);
    pthread_mutex_unlock(&service->lock);
    return holdings;
}

void join_platform_changed(void *context, const struct platform_name *name)
{
    struct service *service = context;

    hosts_forget(service->hosts, name);
}

void join_platform_doubted(void *context, int64_t platform)
{
    struct service *service = context;

    refresh_doubt_platform(service->refresh, platform);
}

struct sightings { /* on their way to the store thread */
    size_t count;
    struct platform_sighting items[];
};

static void keep_sightings(void *context, struct store *store)
{
    struct sightings *sightings = context;
    struct error err = { 0 };

    if (!store_platforms_seen(store, sightings->items, sightings->count, &err))
        log_event(LOG_WARNING, "thimd", "what %zu requests have shown is lost why=\"%s\"",
                  sightings->count, err.text);
    free(sightings);
}

void join_platforms_seen(void *context, const struct platform_sighting *items,
                         size_t count)
{
    struct service *service = context;
    struct sightings *sightings = malloc(sizeof *sightings + count * sizeof *items);
    struct error err = { 0 };

    if (sightings == NULL)
        return;
    sightings->count = count;
    memcpy(sightings->items, items, count * sizeof *items);
    if (!store_writer_submit(service->writer, keep_sightings, sightings, &err))
        free(sightings); /* the store is busy; they will ask again */
}

void join_fetch_platform(void *context, const struct platform_demand *demand)
{
    struct service *service = context;

    refresh_fetch_platform(service->refresh, demand);
}

bool join_refresh_platforms(void *context, const uint8_t *fmspc,
                            void (*done)(void *done_context, bool all_well),
                            void *done_context, struct error *err)
{
    struct service *service = context;

    return refresh_platforms(service->refresh, fmspc, done, done_context, err);
}

void join_relay(void *context, const struct relay_demand *demand)
{
    struct service *service = context;

    refresh_relay(service->refresh, demand);
}

void join_import(void *context, const struct import_demand *demand)
{
    struct service *service = context;

    refresh_import(service->refresh, demand);
}

/* One that waits for both vendors' threads, and then for the board: what has come may
 * move a baseline. */
struct both {
    struct service *service;
    atomic_int left;
    atomic_bool all_well;
    void (*done)(void *done_context, bool all_well);
    void *done_context;
};

static void all_settled(void *context)
{
    struct both *both = context;

    both->done(both->done_context, atomic_load(&both->all_well));
    free(both);
}

static void one_of_both(void *context, bool all_well)
{
    struct both *both = context;

    if (!all_well)
        atomic_store(&both->all_well, false);
    if (atomic_fetch_sub(&both->left, 1) == 1)
        baselines_review(both->service->baselines, all_settled, both);
}

static struct both *await_both(struct service *service,
                               void (*done)(void *done_context, bool all_well),
                               void *done_context)
{
    struct both *both = malloc(sizeof *both);

    if (both == NULL)
        return NULL;
    *both =
        (struct both){ .service = service, .done = done, .done_context = done_context };
    atomic_init(&both->left, 2);
    atomic_init(&both->all_well, true);
    return both;
}

bool join_refresh(void *context, const char *subject,
                  void (*done)(void *done_context, bool all_well), void *done_context,
                  struct error *err)
{
    struct service *service = context;

    struct both *both = await_both(service, done, done_context);

    if (both == NULL)
        return error_set(err, ERROR_SYSTEM, "out of memory");
    if (service->config->intel.fill == FILL_OFFLINE
        && service->config->amd.upstream_count > 0) {
        one_of_both(both, true); /* Intel's comes in bundles, and nobody is asked */
    } else if (!refresh_everything(service->refresh, subject, one_of_both, both, err)) {
        free(both);
        return false;
    }
    kds_refresh(service->kds, subject, one_of_both, both);
    return true;
}

void join_clock_moved(void *context, void (*done)(void *done_context, bool all_well),
                      void *done_context)
{
    struct service *service = context;
    struct both *both = await_both(service, done, done_context);

    baselines_look_again(service);
    if (both == NULL) {
        done(done_context, false);
        return;
    }
    refresh_clock_moved(service->refresh, one_of_both, both);
    kds_clock_moved(service->kds, one_of_both, both);
}
