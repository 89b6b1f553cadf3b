/* SPDX-License-Identifier: Apache-2.0 */
#include "thimd/listeners.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/crypto.h"
#include "kit/file.h"
#include "kit/log.h"
#include "kit/text.h"
#include "thimd/init.h"

enum { PEM_FILE_MAX = 256 * 1024, THREADS_LEAST = 2, THREADS_IN_ALL = 64 };

struct identity_files { /* PEM, NUL after each */
    struct buf certificate, key;
};

static void identity_fini(struct identity_files *files)
{
    buf_fini(&files->certificate);
    buf_fini(&files->key);
}

static bool identity_read(const struct listeners *listeners,
                          const struct config_listener *config,
                          struct identity_files *out, struct error *err)
{
    struct tls_paths paths;
    const char *certificate = config->certificate_file, *key = config->key_file;

    buf_init(&out->certificate, PEM_FILE_MAX);
    buf_init(&out->key, PEM_FILE_MAX);
    if (!tls_paths_under(listeners->config->state_directory, &paths, err))
        return false;
    if (certificate == NULL && !tls_paths_exist(&paths))
        return error_set(err, ERROR_NOT_FOUND,
                         "HTTPS wants a certificate, and %s is not there; make one with "
                         "thimd init --name NAME, or name your own in the configuration",
                         paths.certificate);
    return file_read(certificate == NULL ? paths.certificate : certificate,
                     &out->certificate, err)
           && file_read(key == NULL ? paths.key : key, &out->key, err);
}

/* For each of the listeners: one a core, as long as all of them together stay few. */
static unsigned thread_count(size_t listeners)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN), share = THREADS_IN_ALL / (long)listeners;
    long threads = cores < share ? cores : share;

    return threads < THREADS_LEAST ? THREADS_LEAST : (unsigned)threads;
}

static bool listener_open(const struct listeners *listeners,
                          const struct config_listener *config,
                          const struct http_handler *handler, struct listener *out,
                          struct error *err)
{
    /* refusals that no handler sees: one Request-ID for all of them */
    const struct http_header every[] = {
        { "Cache-Control", "no-store" },
        { "Request-ID", listeners->request_id },
    };
    struct identity_files files = { 0 };
    struct http_server_options options = {
        .address = config->address,
        .port = config->port,
        .threads = thread_count(listeners->config->listener_count),
        .connections = listeners->config->limits.connections,
        .spool_directory = listeners->config->state_directory,
        .connections_per_address = listeners->config->limits.per_address,
        .waiters = listeners->config->limits.waiters,
        .every = every,
        .every_count = COUNT_OF(every),
    };

    out->config = config;
    bool well = !config->tls || identity_read(listeners, config, &files, err);
    if (well && config->tls) {
        options.certificate_pem = buf_text(&files.certificate);
        options.key_pem = buf_text(&files.key);
    }
    well = well && http_server_start(&options, handler, &out->server, err);
    identity_fini(&files);
    if (!well)
        return error_within(err, "listening on %s port %u", config->address,
                            (unsigned)config->port);
    log_event(LOG_INFO, "thimd", "listening on %s://%s%s%s:%u",
              config->tls ? "https" : "http",
              strchr(config->address, ':') != NULL ? "[" : "", config->address,
              strchr(config->address, ':') != NULL ? "]" : "",
              (unsigned)http_server_port(out->server));
    return true;
}

bool listeners_open(const struct config *config, const struct http_handler *handler,
                    struct listeners *out, struct error *err)
{
    uint8_t drawn[16];

    *out = (struct listeners){ .config = config };
    random_fill(drawn, sizeof drawn);
    snprintf(out->request_id, sizeof out->request_id, "%.32s",
             hex(drawn, sizeof drawn).s);
    for (size_t i = 0; i < config->listener_count; i++) {
        if (!listener_open(out, &config->listeners[i], handler, &out->listeners[i],
                           err)) {
            listeners_drain(out, 0);
            return false;
        }
        out->count++;
    }
    return true;
}

void listeners_reload(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++) {
        struct listener *each = &listeners->listeners[i];
        struct identity_files files = { 0 };
        struct error err = { 0 };
        if (!each->config->tls)
            continue;
        if (identity_read(listeners, each->config, &files, &err)
            && http_server_set_certificate(each->server, buf_text(&files.certificate),
                                           buf_text(&files.key), &err))
            log_event(LOG_INFO, "thimd", "listener %s: certificate read again",
                      each->config->address);
        else
            log_event(LOG_ERROR, "thimd", "listener %s keeps its certificate why=\"%s\"",
                      each->config->address, err.text);
        identity_fini(&files);
    }
}

struct drain {
    struct http_server *server;
    int64_t wait_ms;
};

static void *drain_one(void *context)
{
    struct drain *drain = context;

    http_server_drain(drain->server, drain->wait_ms);
    return NULL;
}

/* All at once, so that they share the time that there is. */
void listeners_drain(struct listeners *listeners, int64_t wait_ms)
{
    struct drain drains[CONFIG_LISTENERS_MAX];
    pthread_t threads[CONFIG_LISTENERS_MAX];
    bool has_thread[CONFIG_LISTENERS_MAX] = { false };

    for (size_t i = 0; i < listeners->count; i++) {
        drains[i] = (struct drain){ TAKE(listeners->listeners[i].server), wait_ms };
        has_thread[i] = pthread_create(&threads[i], NULL, drain_one, &drains[i]) == 0;
        if (!has_thread[i])
            drain_one(&drains[i]);
    }
    for (size_t i = 0; i < listeners->count; i++)
        if (has_thread[i])
            pthread_join(threads[i], NULL);
    listeners->count = 0;
}
