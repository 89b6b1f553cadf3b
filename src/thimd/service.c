/* SPDX-License-Identifier: Apache-2.0 */
#include "thimd/service.h"

#include <signal.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "kit/file.h"
#include "kit/log.h"
#include "kit/text.h"
#include "thimd/service_parts.h"

enum {
    FUTURE_S = 300,
    SHELF_AGE_S = 30, /* of the judging clock */
    ADMIN_THREADS = 2,
    ADMIN_CONNECTIONS = 64,
    ADMIN_DRAIN_MS = 1000,
};

/* ---- opening -------------------------------------------------------------------------
 */

static void raise_floor(struct service *service)
{
    for (size_t i = 0; i < service->holdings->count; i++)
        clock_raise_floor(
            service->clock,
            verified_facts(service->holdings->entries[i].item)->issue_date_s);
    if (clock_is_held_up(service->clock))
        log_event(
            LOG_WARNING, "thimd",
            "this machine's clock is behind the newest verified issue date; judging "
            "as of %s",
            utc(clock_wall_s(service->clock)).s);
}

static bool open_state(struct service *service, struct error *err)
{
    struct store_options options = {
        .directory = service->config->state_directory,
        .marked = service->marked,
    };
    struct judgement judgement = {
        .trust = &service->config->trust.roots,
        .now_s = clock_wall_s(service->clock),
        .future_s = FUTURE_S,
    };
    struct store_recovery report;
    OWNED(store_close) struct store *store = NULL;

    if (!file_make_directory(options.directory, 0750, err)
        || !store_open(&options, &store, err)
        || !store_recover(store, &judgement, &service->holdings, &report, err))
        return error_within(err, "state %s", options.directory);
    log_event(report.quarantined > 0 ? LOG_WARNING : LOG_INFO, "thimd",
              "state=%s generation=%llu verified=%zu quarantined=%zu", options.directory,
              (unsigned long long)report.generation, report.verified, report.quarantined);
    raise_floor(service);
    if (!store_writer_start(store, &service->writer, err))
        return false;
    (void)TAKE(store); /* the writer's now */
    return true;
}

static bool open_hosts(struct service *service, struct error *err)
{
    struct hosts_options options = {
        .config = service->config,
        .clock = service->clock,
        .denials = service->denials,
        .context = service,
        .doubted = join_platform_doubted,
        .seen = join_platforms_seen,
    };

    return hosts_create(&options, &service->hosts, err);
}

static bool open_registry(struct service *service, struct error *err)
{
    struct registry_options options = {
        .config = service->config,
        .clock = service->clock,
        .denials = service->denials,
        .writer = service->writer,
        .context = service,
        .holdings = join_holdings,
        .fetch_platform = join_fetch_platform,
        .refresh = join_refresh,
        .refresh_platforms = join_refresh_platforms,
        .relay = join_relay,
        .import = join_import,
        .platform_changed = join_platform_changed,
    };

    if (!access_create(service->config, (uint32_t)geteuid(), &service->access, err))
        return false;
    options.access = service->access;
    return registry_create(&options, &service->registry, err);
}

static bool open_platforms(struct service *service, struct error *err)
{
    struct control_platforms_options options = {
        .config = service->config,
        .clock = service->clock,
        .access = service->access,
        .denials = service->denials,
        .registry = service->registry,
        .writer = service->writer,
        .context = service,
        .holdings = join_holdings,
        .baselines = service->baselines,
        .fetch_platform = join_fetch_platform,
        .platform_changed = join_platform_changed,
    };

    return control_platforms_create(&options, &service->platforms, err);
}

static bool open_verify(struct service *service, struct error *err)
{
    struct verify_desk_options options = {
        .config = service->config,
        .clock = service->clock,
        .gate = service->verify_gate,
        .denials = service->denials,
        .hosts = service->hosts,
        .chips = service->chips,
    };

    if (!tdx_sightings_create(service->writer, &service->sightings, err))
        return false;
    options.sightings = service->sightings;
    return verify_desk_create(&options, &service->verify, err);
}

static bool open_front(struct service *service, struct error *err)
{
    struct front_options options = {
        .config = service->config,
        .clock = service->clock,
        .desk = desk_counter(&service->desk),
        .hosts = service->hosts,
        .registry = service->registry,
        .platforms = service->platforms,
        .baselines = service->baselines_desk,
        .chips = service->chips,
        .verify = service->verify,
        .releases = &service->releases,
    };

    service->desk.config = service->config;
    service->ticked_s = clock_wall_s(service->clock);
    return front_create(&options, &service->front, err)
           && baselines_publish(service->baselines, service->holdings, err)
           && baselines_show(service, err);
}

static void first_round_done(void *context, bool all_well)
{
    struct service *service = context;

    front_set_started(service->front);
    log_event(all_well ? LOG_INFO : LOG_WARNING, "thimd", "first round done%s",
              all_well ? "" : ", not all of it well; see thim status");
}

static bool open_upstream(struct service *service, struct error *err)
{
    struct refresh_options options = {
        .config = service->config,
        .clock = service->clock,
        .writer = service->writer,
        .conditions = service->conditions,
        .start = service->holdings,
        .context = service,
        .published = join_published,
        .platform_changed = join_platform_changed,
    };

    if (!refresh_start(&options, &service->refresh, err)
        || !baselines_begin(service->baselines, err))
        return false;
    service->desk.refresh = service->refresh;
    return amd_open_upstream(service, err);
}

/* Who has never spoken of AMD does not wait for a KDS that may not be reached from here.
 */
static void begin_first_round(struct service *service)
{
    if (service->config->amd.line != 0)
        join_clock_moved(service, first_round_done, service);
    else
        refresh_clock_moved(service->refresh, first_round_done, service);
}

static bool make_parent(const char *path, struct error *err)
{
    char parent[4096];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);

    if (len == 0 || len >= sizeof parent)
        return true;
    memcpy(parent, path, len);
    parent[len] = 0;
    return file_make_directory(parent, 0755, err);
}

static bool open_admin(struct service *service, struct error *err)
{
    struct control_options options = {
        .config = service->config,
        .clock = service->clock,
        .conditions = service->conditions,
        .counters = service->counters,
        .front = service->front,
        .hosts = service->hosts,
        .platforms = service->platforms,
        .amd = service->amd_desk,
        .baselines = service->baselines_desk,
        .deny = service->deny_desk,
        .verify = service->verify,
        .chips = service->chips,
        .registry = service->registry,
        .own_uid = (uint32_t)geteuid(),
        .marked = service->marked,
        .context = service,
        .holdings = join_holdings,
        .refresh = join_refresh,
        .clock_moved = join_clock_moved,
    };
    struct http_server_options server = {
        .unix_path = service->config->admin_socket,
        .threads = ADMIN_THREADS,
        .connections = ADMIN_CONNECTIONS,
        .spool_directory = service->config->state_directory,
    };

    if (!control_create(&options, &service->control, err)
        || !make_parent(server.unix_path, err))
        return error_within(err, "admin socket");
    struct http_handler handler = control_handler(service->control);
    if (!http_server_start(&server, &handler, &service->admin, err))
        return error_within(err, "admin socket %s", server.unix_path);
    return true;
}

bool service_start(const struct config *config, struct clock *clock, struct service **out,
                   struct error *err)
{
    OWNED(service_stop) struct service *service = calloc(1, sizeof *service);

    if (service == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the service");
    service->config = config;
    service->clock = clock;
    service->marked = clock_is_moved(clock) || trust_has_test_roots(&config->trust.roots);
    pthread_mutex_init(&service->lock, NULL);
    pthread_mutex_init(&service->alerting, NULL);
    pthread_mutex_init(&service->showing, NULL);
    service->conditions = conditions_create();
    service->counters = counters_create();
    if (service->conditions == NULL || service->counters == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the service");
    if (service->marked)
        log_event(LOG_WARNING, "thimd",
                  "test roots or a moved clock: nothing served here is to be believed");
    if (!open_state(service, err) || !deny_open(service, err) || !open_hosts(service, err)
        || !open_registry(service, err) || !deny_open_desk(service, err)
        || !verify_gate_create(config, service->access, &service->verify_gate, err)
        || !baselines_open(service, err) || !open_platforms(service, err)
        || !amd_open(service, err) || !open_verify(service, err)
        || !open_front(service, err) || !open_upstream(service, err)
        || !open_admin(service, err))
        return false;
    begin_first_round(service);
    struct http_handler handler = front_handler(service->front);
    if (!listeners_open(config, &handler, &service->listeners, err))
        return false;
    *out = TAKE(service);
    return true;
}

/* ---- running and closing -------------------------------------------------------------
 */

/* Max-age shrinks as time passes and things go out of date; a clock that jumps does it at
 * once. */
static void look_at_shelf(struct service *service)
{
    int64_t now_s = clock_wall_s(service->clock);

    if (now_s >= service->ticked_s && now_s < service->ticked_s + SHELF_AGE_S)
        return;
    service->ticked_s = now_s;
    baselines_look_again(service);
}

void service_run(struct service *service)
{
    static const struct timespec tick = { .tv_sec = 1 };
    sigset_t awaited;

    sigemptyset(&awaited);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, SIGHUP);
    sd_notify(0, "READY=1");
    for (;;) {
        int signal = sigtimedwait(&awaited, NULL, &tick);
        if (signal == SIGTERM || signal == SIGINT) {
            log_event(LOG_INFO, "thimd", "signal %d: finishing what is under way",
                      signal);
            break;
        }
        if (signal == SIGHUP) {
            listeners_reload(&service->listeners);
            baselines_reload(service);
        }
        look_at_shelf(service);
        hosts_tick(service->hosts);
        chips_tick(service->chips);
        sd_notify(0, "WATCHDOG=1");
    }
    sd_notify(0, "STOPPING=1");
    front_set_draining(service->front);
}

void service_stop(struct service *service)
{
    if (service == NULL)
        return;
    listeners_drain(&service->listeners, service->config->limits.drain_ms);
    http_server_drain(service->admin, ADMIN_DRAIN_MS);
    if (service->registry != NULL)
        registry_drain(service->registry);
    control_platforms_drain(service->platforms);
    control_baselines_drain(service->baselines_desk);
    control_amd_drain(service->amd_desk);
    baselines_end(service->baselines); /* while there is an upstream thread to write */
    refresh_stop(service->refresh);
    kds_stop(service->kds);
    control_destroy(service->control);
    front_destroy(service->front);
    verify_desk_destroy(service->verify);
    baselines_close(service);
    if (service->hosts != NULL)
        hosts_tick(service->hosts); /* what the last requests have shown */
    if (service->chips != NULL)
        chips_tell_asked(service->chips); /* and have asked for */
    store_writer_stop(service->writer);
    control_platforms_destroy(service->platforms);
    control_baselines_destroy(service->baselines_desk);
    registry_destroy(service->registry);
    verify_gate_destroy(service->verify_gate);
    tdx_sightings_destroy(service->sightings);
    access_destroy(service->access);
    hosts_destroy(service->hosts); /* after the last that may call platform_changed */
    amd_close(service);
    deny_close(service);
    conditions_destroy(service->conditions);
    counters_destroy(service->counters);
    holdings_release(service->holdings);
    pthread_mutex_destroy(&service->showing);
    pthread_mutex_destroy(&service->alerting);
    pthread_mutex_destroy(&service->lock);
    free(service);
}
