/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_server.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/clock.h"
#include "kit/text.h"
#include "net/http_listen.h"
#include "net/http_reply.h"
#include "net/http_session.h"

#define POOL_BYTES 49152 /* per connection: request and reply headers live in it */
#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA"
#define THREADS 2
#define SPOOL_BYTES ((size_t)2 << 30)
#define WATCH_MS_MIN 10
#define WATCH_MS_MAX 500

/* ---- the watch ------------------------------------------------------------------ */

static int64_t watch_interval_ms(const struct http_server *server)
{
    int64_t least = server->header_ms;

    if (server->body_ms < least)
        least = server->body_ms;
    if (server->idle_ms < least)
        least = server->idle_ms;
    least /= 8;
    return least < WATCH_MS_MIN   ? WATCH_MS_MIN
           : least > WATCH_MS_MAX ? WATCH_MS_MAX
                                  : least;
}

static void *watch(void *server_)
{
    struct http_server *server = server_;
    int64_t interval_ms = watch_interval_ms(server), next_ms = 0;

    while (!atomic_load(&server->stopping)) {
        int64_t now_ms = clock_real_ms();
        if (now_ms >= next_ms) {
            http_connections_end_late(&server->connections, now_ms);
            next_ms = now_ms + interval_ms;
        }
        http_waiting_room_watch(server->waiting, next_ms);
    }
    return NULL;
}

/* ---- start ---------------------------------------------------------------------- */

static bool make_refusal(const struct http_server_options *options,
                         enum http_refusal refusal, struct http_reply **out,
                         struct error *err)
{
    struct http_header headers[16];
    const char *sentence = http_refusal_sentence(refusal);
    size_t count = 0;

    if (options->every_count > COUNT_OF(headers) - 2)
        return error_set(err, ERROR_LIMIT, "more than %zu headers on every refusal",
                         COUNT_OF(headers) - 2);
    headers[count++] =
        (struct http_header){ "Content-Type", "text/plain; charset=us-ascii" };
    if (http_refusal_status(refusal) == 405)
        headers[count++] =
            (struct http_header){ "Allow", "GET, HEAD, POST, PUT, DELETE" };
    for (size_t i = 0; i < options->every_count; i++)
        headers[count++] = options->every[i];
    return http_reply_create(http_refusal_status(refusal), headers, count,
                             bytes_of_text(sentence), out, err);
}

static bool make_refusals(struct http_server *server,
                          const struct http_server_options *options, struct error *err)
{
    for (enum http_refusal i = HTTP_FINE + 1; i < HTTP_REFUSAL_COUNT; i++)
        if (!make_refusal(options, i, &server->refusals[i], err))
            return false;
    return http_reply_create(503, options->every, options->every_count,
                             (struct bytes){ 0 }, &server->gone, err);
}

static bool listen_on(struct http_server *server,
                      const struct http_server_options *options, struct error *err)
{
    if (options->unix_path == NULL)
        return http_listen_tcp(options->address == NULL ? "127.0.0.1" : options->address,
                               options->port, &server->listener, &server->port, err);
    if (!http_listen_unix(options->unix_path, &server->listener, err))
        return false;
    server->unix_path = strdup(options->unix_path); /* NULL: it stays behind */
    return true;
}

/* The firm check is in http_connections_add. */
static bool may_enter(void *server_)
{
    struct http_server *server = server_;

    if (atomic_load(&server->connections.open) < server->connections.limit)
        return true;
    atomic_fetch_add_explicit(&server->refused, 1, memory_order_relaxed);
    return false;
}

/* What http_request.c put there when the connection was opened. */
static int show_certificate(gnutls_session_t session, const gnutls_datum_t *authorities,
                            int authority_count, const gnutls_pk_algorithm_t *algorithms,
                            int algorithm_count, gnutls_pcert_st **chain,
                            unsigned *chain_len, gnutls_privkey_t *key)
{
    struct tls_certificate *set = gnutls_db_get_ptr(session);

    (void)authorities, (void)authority_count, (void)algorithms, (void)algorithm_count;
    if (set == NULL)
        return -1;
    tls_certificate_show(set, chain, chain_len, key);
    return 0;
}

static unsigned or_default(unsigned given, unsigned otherwise)
{
    return given == 0 ? otherwise : given;
}

static struct MHD_Daemon *make_daemon(struct http_seat *seat)
{
    const struct http_server *server = seat->server;
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
    const struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)show_certificate },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES },
        { MHD_OPTION_END, 0, NULL },
    };
    const struct MHD_OptionItem plain[] = { { MHD_OPTION_END, 0, NULL } };
    bool is_tls = server->certificate != NULL;

    return MHD_start_daemon(
        flags | (is_tls ? MHD_USE_TLS : 0), 0, NULL, NULL, http_on_request, seat,
        MHD_OPTION_CONNECTION_LIMIT, server->connections.limit,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, http_guard_knows_library() ? 0 : 1,
        MHD_OPTION_URI_LOG_CALLBACK, http_on_target, seat, MHD_OPTION_NOTIFY_CONNECTION,
        http_on_connection, seat, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, seat,
        MHD_OPTION_ARRAY, is_tls ? tls : plain, MHD_OPTION_END);
}

static bool start_worker(struct http_server *server, struct http_seat *seat,
                         struct error *err)
{
    seat->server = server;
    seat->bell = http_bell_make();
    if (seat->bell < 0)
        return error_set(err, ERROR_SYSTEM, "no descriptor for an HTTP thread");
    struct http_worker_options options = { .daemon = make_daemon(seat),
                                           .listener = server->listener,
                                           .bell = seat->bell,
                                           .context = server,
                                           .may_enter = may_enter };
    if (options.daemon == NULL)
        return error_set(err, ERROR_SYSTEM, "libmicrohttpd could not start");
    return http_worker_start(&options, &seat->worker, err);
}

static bool start_workers(struct http_server *server, unsigned count, struct error *err)
{
    if (count > HTTP_WORKERS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d threads", HTTP_WORKERS_MAX);
    while (server->seat_count < count)
        if (!start_worker(server, &server->seats[server->seat_count++], err))
            return false;
    return true;
}

static bool start_watch(struct http_server *server, struct error *err)
{
    if (pthread_create(&server->watch, NULL, watch, server) != 0)
        return error_set(err, ERROR_SYSTEM, "no thread for the server's watch");
    server->watching = true;
    return true;
}

static struct http_server *server_of(const struct http_server_options *options,
                                     const struct http_handler *handler)
{
    struct http_server *server = calloc(1, sizeof *server);

    if (server == NULL)
        return NULL;
    server->handler = *handler;
    server->header_bytes = options->header_bytes == 0 ? 16384 : options->header_bytes;
    server->header_ms = options->header_ms == 0 ? 10000 : options->header_ms;
    server->body_ms = options->body_ms == 0 ? 15000 : options->body_ms;
    server->idle_ms = options->idle_ms == 0 ? 60000 : options->idle_ms;
    server->slowest_bytes_per_s =
        options->slowest_bytes_per_s == 0 ? 16384 : options->slowest_bytes_per_s;
    server->slowest_upload_bytes_per_s = options->slowest_upload_bytes_per_s == 0
                                             ? 1048576
                                             : options->slowest_upload_bytes_per_s;
    server->spool.directory = -1;
    server->listener = -1;
    http_connections_init(&server->connections, or_default(options->connections, 4096),
                          or_default(options->connections_per_address, 64));
    pthread_mutex_init(&server->changing_certificate, NULL);
    server->waiting = http_waiting_room_open(or_default(options->waiters, 2000));
    if (server->waiting == NULL) {
        free(server);
        return NULL;
    }
    return server;
}

/* The threads take no signals: those are the program's main thread's. */
static bool start_threads(struct http_server *server,
                          const struct http_server_options *options, struct error *err)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = start_watch(server, err)
                   && start_workers(server, or_default(options->threads, THREADS), err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

bool http_server_start(const struct http_server_options *options,
                       const struct http_handler *handler, struct http_server **out,
                       struct error *err)
{
    OWNED(http_server_stop) struct http_server *server = server_of(options, handler);

    if (server == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for an HTTP server");
    if (!make_refusals(server, options, err))
        return error_within(err, "the server's own refusals");
    if (!http_spool_open(&server->spool, options->spool_directory,
                         options->spool_bytes == 0 ? SPOOL_BYTES : options->spool_bytes,
                         err))
        return false;
    if ((options->certificate_pem == NULL) != (options->key_pem == NULL))
        return error_set(err, ERROR_FORMAT, "certificate and key must come together");
    if (options->certificate_pem != NULL
        && !tls_certificate_load(options->certificate_pem, options->key_pem,
                                 &server->certificate, err))
        return false;
    if (!listen_on(server, options, err) || !start_threads(server, options, err))
        return false;
    *out = TAKE(server);
    return true;
}

/* ---- while it runs -------------------------------------------------------------- */

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

bool http_server_set_certificate(struct http_server *server, const char *certificate_pem,
                                 const char *key_pem, struct error *err)
{
    struct tls_certificate *fresh;

    if (server->certificate == NULL)
        return error_set(err, ERROR_FORMAT, "the listener was started without TLS");
    if (!tls_certificate_load(certificate_pem, key_pem, &fresh, err))
        return false;
    pthread_mutex_lock(&server->changing_certificate);
    struct tls_certificate *old = server->certificate;
    server->certificate = fresh;
    pthread_mutex_unlock(&server->changing_certificate);
    tls_certificate_release(old);
    return true;
}

void http_server_counts(const struct http_server *server, struct http_server_counts *out)
{
    *out = (struct http_server_counts){
        .connections = atomic_load(&server->accepted),
        .requests = atomic_load(&server->requests),
        .refused = atomic_load(&server->refused),
        .open_connections = atomic_load(&server->connections.open),
        .waiters = http_waiting_room_count(server->waiting),
    };
}

/* ---- the end -------------------------------------------------------------------- */

static void stop_listening(struct http_server *server)
{
    if (server->unix_path != NULL)
        unlink(server->unix_path);
    for (unsigned i = 0; i < server->seat_count; i++)
        http_worker_close_door(server->seats[i].worker);
    if (server->listener >= 0)
        shutdown(server->listener, SHUT_RDWR); /* the kernel refuses from now on */
}

static void stop_watch(struct http_server *server)
{
    atomic_store(&server->stopping, true);
    if (!server->watching)
        return;
    http_waiting_room_wake(server->waiting);
    pthread_join(server->watch, NULL);
}

static void server_free(struct http_server *server)
{
    for (unsigned i = 0; i < server->seat_count; i++)
        if (server->seats[i].bell >= 0)
            close(server->seats[i].bell);
    for (size_t i = 0; i < COUNT_OF(server->refusals); i++)
        http_reply_release(server->refusals[i]);
    http_reply_release(server->gone);
    tls_certificate_release(server->certificate);
    http_waiting_room_release(server->waiting);
    http_spool_close(&server->spool);
    http_connections_fini(&server->connections);
    pthread_mutex_destroy(&server->changing_certificate);
    if (server->listener >= 0)
        close(server->listener);
    free(server->unix_path);
    free(server);
}

/* The order matters: libmicrohttpd aborts the process when it is stopped while a
 * connection is suspended. */
void http_server_drain(struct http_server *server, int64_t wait_ms)
{
    if (server == NULL)
        return;
    int64_t until_ms = clock_real_ms() + wait_ms;
    atomic_store(&server->draining, true); /* replies say Connection: close */
    stop_listening(server);
    http_waiting_room_close(server->waiting, server->gone);
    http_connections_end_idle(&server->connections);
    http_connections_wait_empty(&server->connections, until_ms);
    stop_watch(server);
    for (unsigned i = 0; i < server->seat_count; i++)
        http_worker_stop(server->seats[i].worker);
    server_free(server);
}
