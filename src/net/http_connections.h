/* SPDX-License-Identifier: Apache-2.0 */
/* Every open connection, who is at its other end, and until when it may go on like this.
 *
 * libmicrohttpd's own timeout counts silence, so a client that sends a byte a second
 * lives for ever. Here each connection carries a deadline for the step it is in (a whole
 * request head, a whole body, a reply taken); past it the socket is shut down, and the
 * library then closes it. A connection leaves the registry before its descriptor is
 * closed, and shutdown is called under the registry's lock, so the descriptor is always
 * the right one. */
#ifndef THIM_NET_HTTP_CONNECTIONS_H
#define THIM_NET_HTTP_CONNECTIONS_H

#include <pthread.h>
#include <stdatomic.h>

#include "net/http_server.h"

#define HTTP_NO_DEADLINE INT64_MAX

/* The part of a connection that the registry looks at; deadline_ms and in_request are
 * written by the connection's own thread without the lock. */
struct http_connection {
    struct http_connection *next, **place;
    int fd;
    struct http_peer peer;
    _Atomic int64_t deadline_ms; /* clock_real_ms */
    atomic_bool in_request;      /* from the request line until the reply is sent */
};

#define HTTP_CONNECTION_BUCKETS 256 /* by peer address */

struct http_connections {
    pthread_mutex_t lock;
    pthread_cond_t emptied;
    struct http_connection *buckets[HTTP_CONNECTION_BUCKETS];
    atomic_uint open;
    unsigned limit, per_address;
};

void http_connections_init(struct http_connections *all, unsigned limit,
                           unsigned per_address);
void http_connections_fini(struct http_connections *all);

/* Finds out the peer from the library's idea of the address and, on a unix socket, from
 * the kernel's of its owner. An IPv4 address in IPv6 clothes becomes IPv4. */
void http_peer_find(int fd, const struct sockaddr *address, struct http_peer *out);

/* False where there are too many already, in all or of its address; it is entered all the
 * same and must be removed like any other. */
bool http_connections_add(struct http_connections *all, struct http_connection *entry);
void http_connections_remove(struct http_connections *all, struct http_connection *entry);

void http_connections_end_late(struct http_connections *all, int64_t now_ms);
void http_connections_end_idle(struct http_connections *all);

/* False where some are still open at until_ms. */
bool http_connections_wait_empty(struct http_connections *all, int64_t until_ms);
#endif
