/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/log.h"
#include "thimd/service_parts.h"

static void law_changed(void *context, const struct amd_law *law)
{
    struct service *service = context;
    struct error err = { 0 };

    pthread_mutex_lock(&service->lock);
    struct amd_law *replaced = service->amd_law;
    service->amd_law = amd_law_hold(law);
    pthread_mutex_unlock(&service->lock);
    amd_law_release(replaced);
    if (!chips_publish(service->chips, law, &err))
        log_event(LOG_ERROR, "thimd", "AMD's chains and CRLs not served why=\"%s\"",
                  err.text);
}

static void chip_changed(void *context, const struct kds_key *key)
{
    struct service *service = context;

    chips_forget(service->chips, key);
}

static void fetch_chip(void *context, const struct chip_demand *demand)
{
    struct service *service = context;

    kds_fetch(service->kds, demand);
}

static void wake_upstream(void *context)
{
    struct service *service = context;

    kds_wake(service->kds);
}

static struct amd_law *present_law(void *context)
{
    struct service *service = context;

    pthread_mutex_lock(&service->lock);
    struct amd_law *law = amd_law_hold(service->amd_law);
    pthread_mutex_unlock(&service->lock);
    return law;
}

static bool open_desk(struct service *service, struct error *err)
{
    struct control_amd_options options = {
        .config = service->config,
        .clock = service->clock,
        .access = service->access,
        .writer = service->writer,
        .context = service,
        .wake = wake_upstream,
        .chip_changed = chip_changed,
        .law = present_law,
    };

    return control_amd_create(&options, &service->amd_desk, err);
}

static bool recover_law(struct service *service, struct error *err)
{
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;

    return platform_reader_open(service->config->state_directory, &reader, err)
           && kds_recover(reader, &service->config->trust.roots, &service->amd_law, err);
}

bool amd_open(struct service *service, struct error *err)
{
    struct chips_options options = {
        .config = service->config,
        .clock = service->clock,
        .denials = service->denials,
        .access = service->access,
        .writer = service->writer,
        .context = service,
        .fetch = fetch_chip,
    };

    return recover_law(service, err) && chips_create(&options, &service->chips, err)
           && chips_publish(service->chips, service->amd_law, err)
           && open_desk(service, err);
}

bool amd_open_upstream(struct service *service, struct error *err)
{
    struct kds_options options = {
        .config = service->config,
        .clock = service->clock,
        .writer = service->writer,
        .conditions = service->conditions,
        .start = service->amd_law,
        .context = service,
        .law_changed = law_changed,
        .chip_changed = chip_changed,
    };

    if (!kds_start(&options, &service->kds, err))
        return false;
    chips_tick(service->chips); /* this host's chip is known from the first request on */
    return true;
}

void amd_close(struct service *service)
{
    control_amd_destroy(service->amd_desk);
    chips_destroy(service->chips);
    amd_law_release(service->amd_law);
}
