/* SPDX-License-Identifier: Apache-2.0 */
/* What http_server.c (which opens and ends) and http_request.c (which serves) share.
 *
 * One http_request is made per connection and used for one request after another, so
 * that an ordinary request allocates nothing. It belongs to the connection's own pool
 * thread; other threads reach only its registry part and its waiter. */
#ifndef THIM_NET_HTTP_SESSION_H
#define THIM_NET_HTTP_SESSION_H

#include <microhttpd.h>

#include "kit/buf.h"
#include "net/http_body.h"
#include "net/http_connections.h"
#include "net/http_guard.h"
#include "net/http_server.h"
#include "net/http_waiters.h"
#include "net/http_worker.h"
#include "net/tls_certificate.h"

#define HTTP_WORKERS_MAX 64

/* One of the server's threads: what libmicrohttpd's callbacks are given. */
struct http_seat {
    struct http_server *server;
    int bell; /* -1: none */
    struct http_worker *worker;
};

struct http_server {
    struct http_handler handler;
    struct http_connections connections;
    struct http_waiting_room *waiting;
    struct http_reply *refusals[HTTP_REFUSAL_COUNT];
    struct http_reply *gone; /* the empty 503 of a server that drains */

    size_t header_bytes;
    int64_t header_ms, body_ms, idle_ms;
    size_t slowest_bytes_per_s, slowest_upload_bytes_per_s;
    struct http_spool spool;
    uint16_t port;
    char *unix_path;
    int listener; /* -1: none */
    struct http_seat seats[HTTP_WORKERS_MAX];
    unsigned seat_count;

    pthread_mutex_t changing_certificate;
    struct tls_certificate *certificate; /* NULL: plain HTTP */

    pthread_t watch; /* ends what is late, answers waiters at their deadline */
    bool watching;
    atomic_bool stopping, draining;
    _Atomic uint64_t accepted, requests, refused;
};

struct http_request {
    struct http_connection entry;
    struct http_server *server;
    int bell;
    struct MHD_Connection *connection;
    struct tls_certificate *certificate; /* what this connection was accepted under */

    enum http_method method;
    struct buf target;
    const char *target_at; /* where the library had it, before it was decoded */
    struct http_body body;
    int64_t body_began_ms;
    struct http_waiter *waiter;
    bool checked, queued, refused;
    bool last;     /* the connection ends with the reply */
    bool unwanted; /* answered without its body */
    bool limited;  /* the handler has been asked for a limit */
    void *notes;   /* the handler's */
};

/* Callbacks of libmicrohttpd; the first argument is the seat. */
void http_on_connection(void *seat, struct MHD_Connection *connection, void **request,
                        enum MHD_ConnectionNotificationCode what);
void *http_on_target(void *seat, const char *raw_target,
                     struct MHD_Connection *connection);
enum MHD_Result http_on_request(void *seat, struct MHD_Connection *connection,
                                const char *decoded_target, const char *method,
                                const char *version, const char *upload,
                                size_t *upload_len, void **request);
void http_on_completed(void *seat, struct MHD_Connection *connection, void **request,
                       enum MHD_RequestTerminationCode why);

#endif
