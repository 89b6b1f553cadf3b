/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/log.h"
#include "thimd/service_parts.h"

static void keep_steps(void *context, const struct baseline_row *rows, size_t count,
                       void (*done)(void *done_context, const struct error *why),
                       void *done_context)
{
    struct service *service = context;
    struct baseline_demand demand = { rows, count, done_context, done };

    refresh_keep_baselines(service->refresh, &demand);
}

bool baselines_show(struct service *service, struct error *err)
{
    pthread_mutex_lock(&service->showing);
    const struct baseline_view *view = baselines_view(service->baselines);
    bool shown = view == NULL || front_publish(service->front, view, err);
    pthread_mutex_unlock(&service->showing);
    baseline_view_release(view);
    return shown;
}

static void show_changed(void *context)
{
    struct service *service = context;
    struct error err = { 0 };

    if (!baselines_show(service, &err))
        log_event(LOG_ERROR, "thimd", "baselines not on the shelf why=\"%s\"", err.text);
}

static void send_alert(void *context, struct bytes json)
{
    struct service *service = context;

    pthread_mutex_lock(&service->alerting);
    if (service->webhook != NULL)
        webhook_post(service->webhook, json);
    pthread_mutex_unlock(&service->alerting);
}

/* What still waits at the one before is dropped: its reader has been exchanged. */
static bool open_webhook(struct service *service, const struct config *config,
                         struct error *err)
{
    struct webhook_options options = { .url = config->baseline_webhook,
                                       .ca_file = config->baseline_webhook_ca_file,
                                       .counters = service->counters };
    struct webhook *next = NULL;

    if (options.url != NULL && !webhook_start(&options, &next, err))
        return error_within(err, "baselines.webhook");
    pthread_mutex_lock(&service->alerting);
    struct webhook *replaced = service->webhook;
    service->webhook = next;
    pthread_mutex_unlock(&service->alerting);
    webhook_stop(replaced);
    return true;
}

static bool open_desk(struct service *service, struct error *err)
{
    struct control_baselines_options options = {
        .config = service->config,
        .clock = service->clock,
        .access = service->access,
        .gate = service->verify_gate,
        .writer = service->writer,
        .baselines = service->baselines,
    };

    return control_baselines_create(&options, &service->baselines_desk, err);
}

bool baselines_open(struct service *service, struct error *err)
{
    struct baselines_options options = {
        .clock = service->clock,
        .state_directory = service->config->state_directory,
        .denials = service->denials,
        .counters = service->counters,
        .context = service,
        .keep = keep_steps,
        .changed = show_changed,
        .alerted = send_alert,
    };
    struct law_book *book;

    arena_init(&service->release_arena, CONFIG_FILE_MAX);
    return tcb_releases_read(service->config->tcb_releases_file, &service->release_arena,
                             &service->releases, err)
           && open_webhook(service, service->config, err)
           && law_book_make(&service->config->baselines, NULL, &book, err)
           && baselines_create(&options, book, &service->baselines, err)
           && open_desk(service, err);
}

void baselines_close(struct service *service)
{
    baselines_destroy(service->baselines);
    webhook_stop(service->webhook);
    arena_fini(&service->release_arena);
}

void baselines_look_again(struct service *service)
{
    struct error err = { 0 };

    if (!baselines_publish(service->baselines, NULL, &err)
        || !baselines_show(service, &err))
        log_event(LOG_ERROR, "thimd", "shelf not made anew why=\"%s\"", err.text);
}

static void reload_law(struct service *service)
{
    struct config fresh;
    struct law_book *book;
    struct error err = { 0 };

    if (!config_read(service->config->file, &fresh, &err)) {
        log_event(LOG_ERROR, "thimd", "baselines stay as they were why=\"%s\"", err.text);
        return;
    }
    if (!open_webhook(service, &fresh, &err)
        || !law_book_make(&fresh.baselines, &fresh, &book, &err)) {
        config_fini(&fresh);
        log_event(LOG_ERROR, "thimd", "baselines stay as they were why=\"%s\"", err.text);
        return;
    }
    baselines_set_law(service->baselines, book);
    show_changed(service);
    log_event(LOG_INFO, "thimd", "baselines read again from %s", service->config->file);
}

void baselines_reload(struct service *service)
{
    struct error err = { 0 };

    if (!denials_reload(service->denials, &err))
        log_event(LOG_ERROR, "thimd", "the deny list stays as it was why=\"%s\"",
                  err.text);
    if (service->config->file != NULL)
        reload_law(service);
}
