/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_session.h"

#include <stdlib.h>
#include <string.h>

#include "kit/clock.h"
#include "net/http_reply.h"

#define TARGET_KEPT (HTTP_TARGET_MAX + 1) /* enough to see that it is too long */
#define UNREAD_MAX 262144 /* bytes thrown away before a refused connection closes */

static void set_deadline(struct http_request *request, int64_t from_now_ms)
{
    atomic_store_explicit(&request->entry.deadline_ms, clock_real_ms() + from_now_ms,
                          memory_order_relaxed);
}

/* A request under way has only what is left of its own deadline or the given time. */
static void shorten_deadline(struct http_request *request, int64_t from_now_ms)
{
    int64_t until_ms = clock_real_ms() + from_now_ms;

    if (until_ms
        < atomic_load_explicit(&request->entry.deadline_ms, memory_order_relaxed))
        atomic_store_explicit(&request->entry.deadline_ms, until_ms,
                              memory_order_relaxed);
}

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* ---- connections come and go ---------------------------------------------------- */

static void hold_certificate(struct http_request *request)
{
    struct http_server *server = request->server;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    if (info == NULL || info->tls_session == NULL) /* plain HTTP */
        return;
    pthread_mutex_lock(&server->changing_certificate);
    request->certificate = tls_certificate_hold(server->certificate);
    pthread_mutex_unlock(&server->changing_certificate);
    /* the session's own pointer is the library's; the cache's is free, since there is no
     * session cache */
    gnutls_db_set_ptr(info->tls_session, request->certificate);
}

static struct http_request *request_of(const struct http_seat *seat,
                                       struct MHD_Connection *connection, int fd)
{
    struct http_request *request = calloc(1, sizeof *request);
    void *notes = calloc(1, HTTP_NOTES_BYTES);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    if (request == NULL || notes == NULL) {
        free(request);
        free(notes);
        return NULL;
    }
    request->notes = notes;
    request->server = seat->server;
    request->bell = seat->bell;
    request->connection = connection;
    request->entry.fd = fd;
    buf_init(&request->target, TARGET_KEPT);
    http_body_init(&request->body);
    http_peer_find(fd, info == NULL ? NULL : info->client_addr, &request->entry.peer);
    atomic_init(&request->entry.deadline_ms, clock_real_ms() + seat->server->header_ms);
    atomic_init(&request->entry.in_request, false);
    hold_certificate(request);
    return request;
}

static void on_opened(const struct http_seat *seat, struct MHD_Connection *connection,
                      void **request_at)
{
    struct http_server *server = seat->server;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct http_request *request = request_of(seat, connection, info->connect_fd);

    *request_at = request;
    count(&server->accepted);
    if (request == NULL) {
        shutdown(info->connect_fd, SHUT_RDWR);
    } else if (!http_connections_add(&server->connections, &request->entry)) {
        count(&server->refused);
        shutdown(info->connect_fd, SHUT_RDWR);
    } else if (atomic_load(&server->draining)) { /* see http_on_completed */
        shutdown(info->connect_fd, SHUT_RD);
    }
}

void http_on_connection(void *seat, struct MHD_Connection *connection, void **request_at,
                        enum MHD_ConnectionNotificationCode what)
{
    struct http_request *request = *request_at;

    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        on_opened(seat, connection, request_at);
        return;
    }
    if (request == NULL)
        return;
    http_connections_remove(&request->server->connections, &request->entry);
    tls_certificate_release(request->certificate);
    buf_fini(&request->target);
    http_body_end(&request->body);
    free(request->notes);
    free(request);
    *request_at = NULL;
}

/* ---- answers -------------------------------------------------------------------- */

static void queue(struct http_request *request, struct http_reply *reply, bool closing)
{
    struct MHD_Response *response = http_reply_response(reply, closing);

    set_deadline(request, request->server->idle_ms
                              + (int64_t)(http_reply_body_len(reply) * 1000
                                          / request->server->slowest_bytes_per_s));
    request->queued =
        response != NULL
        && MHD_queue_response(request->connection, http_reply_status(reply), response)
               == MHD_YES;
}

/* Always closes: what follows a request that was refused is not to be trusted. */
static enum MHD_Result refuse(struct http_request *request, enum http_refusal refusal)
{
    count(&request->server->refused);
    request->refused = true;
    queue(request, request->server->refusals[refusal], true);
    return request->queued ? MHD_YES : MHD_NO;
}

void http_request_answer(struct http_request *request, struct http_reply *reply)
{
    queue(request, reply, request->last || atomic_load(&request->server->draining));
}

struct http_waiter *http_request_suspend(struct http_request *request, int64_t wait_ms,
                                         struct http_reply *late)
{
    if (request->unwanted)
        return NULL;
    atomic_store_explicit(&request->entry.deadline_ms, HTTP_NO_DEADLINE,
                          memory_order_relaxed);
    request->waiter =
        http_waiting_room_enter(request->server->waiting, request->connection,
                                request->bell, clock_real_ms() + wait_ms, late);
    return request->waiter;
}

/* ---- one request ---------------------------------------------------------------- */

void *http_on_target(void *seat, const char *raw_target,
                     struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_request *request = info->socket_context;

    (void)seat;
    if (request == NULL)
        return NULL;
    atomic_store(&request->entry.in_request, true);
    shorten_deadline(request, request->server->header_ms);
    memset(request->notes, 0, HTTP_NOTES_BYTES);
    buf_clear(&request->target);
    if (raw_target != NULL)
        buf_add(&request->target, bytes_of(raw_target, strnlen(raw_target, TARGET_KEPT)));
    request->target_at = raw_target;
    return request;
}

/* A large body has the time of a small one, and what its length gives it. */
static void set_body_deadline(struct http_request *request, uint64_t len)
{
    const struct http_server *server = request->server;
    uint64_t more_ms =
        len <= HTTP_BODY_IN_MEMORY ? 0 : len * 1000 / server->slowest_upload_bytes_per_s;

    set_deadline(request, request->body_began_ms - clock_real_ms() + server->body_ms
                              + (int64_t)more_ms);
}

static size_t body_limit(const struct http_request *request)
{
    const struct http_handler *handler = &request->server->handler;

    return handler->body_limit == NULL ? 0
                                       : handler->body_limit(handler->context, request);
}

static enum MHD_Result handle(struct http_request *request)
{
    const struct http_handler *handler = &request->server->handler;

    count(&request->server->requests);
    handler->handle(handler->context, request);
    http_body_end(&request->body); /* not kept for as long as a slow client needs */
    if (request->waiter == NULL && !request->queued)
        return refuse(request, HTTP_FAILED);
    return MHD_YES;
}

static enum MHD_Result expect_body(struct http_request *request,
                                   const struct http_body_plan *plan)
{
    size_t limit = body_limit(request);

    request->limited = true;
    if (limit == HTTP_BODY_UNWANTED) {
        request->last = request->unwanted = true;
        return handle(request);
    }
    enum http_refusal refusal =
        http_body_begin(&request->body, &request->server->spool, limit, plan);
    if (refusal != HTTP_FINE)
        return refuse(request, refusal);
    /* the library reads chunk lines more kindly than others do (a bare LF may end one),
     * so what follows a chunked body is never taken for a request */
    request->last = plan->chunked;
    request->body_began_ms = clock_real_ms();
    set_body_deadline(request, plan->len);
    return MHD_YES;
}

/* The library's first call, after the head and before any body. An answer queued here
 * ends the connection, so only refusals are, and answers to what nobody wants to read. */
static enum MHD_Result check(struct http_request *request, const char *method,
                             const char *version)
{
    struct http_body_plan plan = { 0 };

    request->checked = true;
    request->method = http_method_of(method);
    enum http_refusal refusal = http_guard(
        request->connection,
        &(struct http_head){ .method = request->method,
                             .method_at = method,
                             .version = version,
                             .target_at = request->target_at,
                             .target = buf_bytes(&request->target),
                             .header_bytes_max = request->server->header_bytes },
        &plan);
    if (refusal != HTTP_FINE)
        return refuse(request, refusal);
    if (!plan.chunked && plan.len == 0)
        return MHD_YES;
    return expect_body(request, &plan);
}

/* That a body in chunks is too large is seen only as it comes; how much time it has,
 * too. */
static enum MHD_Result take_body(struct http_request *request, struct bytes part)
{
    if (!http_body_add(&request->body, part))
        return MHD_NO;
    if (request->last)
        set_body_deadline(request, request->body.came);
    return MHD_YES;
}

static enum MHD_Result handle_whole(struct http_request *request)
{
    enum http_refusal refusal = http_body_finish(&request->body);

    return refusal == HTTP_FINE ? handle(request) : refuse(request, refusal);
}

static enum MHD_Result answer_after_wait(struct http_request *request)
{
    struct http_reply *reply = http_waiter_leave(TAKE(request->waiter));

    if (reply == NULL)
        return refuse(request, HTTP_FAILED);
    http_request_answer(request, reply);
    http_reply_release(reply);
    return request->queued ? MHD_YES : MHD_NO;
}

enum MHD_Result http_on_request(void *seat, struct MHD_Connection *connection,
                                const char *decoded_target, const char *method,
                                const char *version, const char *upload,
                                size_t *upload_len, void **request_at)
{
    struct http_request *request = *request_at;

    (void)seat, (void)connection, (void)decoded_target;
    if (request == NULL)
        return MHD_NO;
    if (!request->checked)
        return check(request, method, version);
    if (*upload_len > 0) {
        struct bytes part = bytes_of(upload, *upload_len);
        *upload_len = 0;
        return take_body(request, part);
    }
    return request->waiter != NULL ? answer_after_wait(request) : handle_whole(request);
}

/* Closing a socket with unread bytes in it resets the connection, and the reply would be
 * lost on its way. */
static void drop_unread(int fd)
{
    char dropped[4096];

    for (size_t i = 0; i < UNREAD_MAX / sizeof dropped; i++)
        if (recv(fd, dropped, sizeof dropped, MSG_DONTWAIT) <= 0)
            return;
}

static void tell_ended(struct http_request *request)
{
    const struct http_handler *handler = &request->server->handler;

    if (request->limited && handler->ended != NULL)
        handler->ended(handler->context, request);
    request->limited = false;
}

void http_on_completed(void *seat, struct MHD_Connection *connection, void **request_at,
                       enum MHD_RequestTerminationCode why)
{
    struct http_request *request = *request_at;

    (void)seat, (void)connection, (void)why;
    if (request == NULL)
        return;
    if (request->waiter != NULL)
        http_reply_release(http_waiter_leave(TAKE(request->waiter)));
    if (request->refused || request->last)
        drop_unread(request->entry.fd);
    http_body_end(&request->body);
    tell_ended(request);
    request->checked = request->queued = request->refused = false;
    request->last = request->unwanted = false;
    *request_at = NULL;
    set_deadline(request, request->server->idle_ms);
    atomic_store(&request->entry.in_request, false);
    if (atomic_load(
            &request->server->draining)) /* or http_connections_end_idle does it */
        shutdown(request->entry.fd, SHUT_RD);
}

/* ---- what a handler may ask ----------------------------------------------------- */

enum http_method http_request_method(const struct http_request *request)
{
    return request->method;
}

struct bytes http_request_target(const struct http_request *request)
{
    return buf_bytes(&request->target);
}

const char *http_request_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

struct http_body *http_request_take_body(struct http_request *request)
{
    return http_body_take(&request->body);
}

struct bytes http_request_body(const struct http_request *request)
{
    return http_body_bytes(&request->body);
}

void *http_request_notes(const struct http_request *request)
{
    return request->notes;
}

void http_request_peer(const struct http_request *request, struct http_peer *out)
{
    *out = request->entry.peer;
}
