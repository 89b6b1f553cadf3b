/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP in: one listener, a pool of threads, ready-made replies.
 *
 * Behind this header stands libmicrohttpd; each of its traps (Debian 12, 0.9.75) is
 * guarded here, so that a handler only ever sees one whole, sane request. A handler runs
 * on a pool thread, must not block, and either answers or suspends. Replies are immutable
 * and shared: the same one can answer any number of requests at once, for GET, HEAD and
 * every thread. */
#ifndef THIM_NET_HTTP_SERVER_H
#define THIM_NET_HTTP_SERVER_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "kit/bytes.h"
#include "kit/error.h"

/* ---- replies -------------------------------------------------------------------- */

struct http_header {
    const char *name;
    const char *value; /* never empty: Azure's client aborts on an empty value */
};

struct http_reply;

/* Copies headers and body. Content-Length is the server's to send, and Date where there
 * is none; HEAD is answered from the same reply. A reply of status 304 is given the body
 * of its 200: it is not sent, but its length is (RFC 9110, 8.6). A reply of status 503
 * must have no body (Intel's client glues it to the next answer). */
bool http_reply_create(unsigned status, const struct http_header *headers,
                       size_t header_count, struct bytes body, struct http_reply **out,
                       struct error *err) MUST_CHECK;
struct http_reply *http_reply_hold(struct http_reply *reply); /* one more reference */
void http_reply_release(struct http_reply *reply);
DEFINE_OWNED(struct http_reply *, http_reply_release)

unsigned http_reply_status(const struct http_reply *reply);

/* ---- requests ------------------------------------------------------------------- */

enum http_method {
    HTTP_GET = 1,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_OTHER
};

/* Valid during the handler's call only. */
struct http_request;

enum http_method http_request_method(const struct http_request *request);

/* Path and query exactly as they came, not decoded. */
struct bytes http_request_target(const struct http_request *request);

/* The first header of this name (compared without case), NULL where absent. */
const char *http_request_header(const struct http_request *request, const char *name);

/* Of up to a GiB: a body past HTTP_BODY_IN_MEMORY has been written to an unlinked file
 * while it came, and is a view into that file. */
struct bytes http_request_body(const struct http_request *request);

#define HTTP_BODY_IN_MEMORY (1024 * 1024)

/* The body becomes the caller's and outlives the request, its answer and the server. The
 * bound on all large bodies no longer counts it: who takes bodies bounds how many. During
 * the handler's call only; NULL without memory, and the body is the request's as before.
 */
struct http_body;
struct http_body *http_request_take_body(struct http_request *request);
struct bytes http_body_bytes(const struct http_body *body);
void http_body_free(struct http_body *taken); /* accepts NULL */
DEFINE_OWNED(struct http_body *, http_body_free)

/* Who asks. On a unix socket the family is AF_UNIX and the credentials are the peer's. */
struct http_peer {
    struct sockaddr_storage address;
    bool is_loopback; /* 127.0.0.0/8, ::1, or a unix socket */
    bool is_unix;
    uint32_t uid; /* unix socket only */
};
void http_request_peer(const struct http_request *request, struct http_peer *out);

/* The address as bytes, 4 or 16 of them; empty on a unix socket. A view into the peer. */
struct bytes http_peer_address(const struct http_peer *peer);

/* A place for what the handler finds out before the body comes and would have to find out
 * again after it: HTTP_NOTES_BYTES, aligned for anything, zeros when a request begins. */
#define HTTP_NOTES_BYTES 256
void *http_request_notes(const struct http_request *request);

/* Queues the reply; the caller keeps its reference. Exactly one of answer and suspend. */
void http_request_answer(struct http_request *request, struct http_reply *reply);

/* ---- waiting -------------------------------------------------------------------- */

struct http_waiter; /* a suspended request; answered exactly once, from any thread */

/* Suspends the request. NULL where the server's bound on waiters is reached (then answer
 * at once). At the deadline the server itself answers with `late` (a reference is taken);
 * http_waiter_answer still must be called, and then does nothing. */
struct http_waiter *http_request_suspend(struct http_request *request, int64_t wait_ms,
                                         struct http_reply *late);
void http_waiter_answer(struct http_waiter *waiter, struct http_reply *reply);

/* ---- the server ----------------------------------------------------------------- */

#define HTTP_BODY_UNWANTED SIZE_MAX

struct http_handler {
    void *context;
    /* Largest body that this request may bring, 0 for none: asked after the head and
     * before the body, so that who has no right to bring one is told first.
     * HTTP_BODY_UNWANTED: handle is called at once and without the body, must answer and
     * not suspend, and the connection ends with its answer. NULL: no bodies at all. */
    size_t (*body_limit)(void *context, const struct http_request *request);
    void (*handle)(void *context, struct http_request *request);
    /* Once a request that body_limit was asked about is over: its answer has been sent,
     * or it broke off, maybe before handle. Here its notes may be read, and nothing else.
     * NULL: nobody keeps count. */
    void (*ended)(void *context, const struct http_request *request);
};

struct http_server_options { /* zero means the default in brackets */
    const char *address;     /* numeric; NULL with unix_path. "[::1]" and "::1" both do */
    uint16_t port;           /* 0: any free one, see http_server_port */
    const char *unix_path;   /* instead of address; replaced if stale, mode 0660 */
    const char *certificate_pem, *key_pem; /* HTTPS where both are given; chain allowed */
    unsigned threads;                      /* [2]; at most 64 */
    unsigned connections;                  /* [4096] in all */
    unsigned connections_per_address;      /* [64]; loopback is exempt */
    unsigned waiters;                      /* [2000] */
    size_t header_bytes;                   /* [16384]; past it 431 */
    int64_t header_ms, body_ms, idle_ms;   /* [10000, 15000, 60000] */
    size_t slowest_bytes_per_s; /* [16384]; replies taken more slowly are cut off */
    size_t slowest_upload_bytes_per_s; /* [1 MiB]; a body past HTTP_BODY_IN_MEMORY has
                                          body_ms and the time that this gives it */
    const char *spool_directory; /* where large bodies are written; NULL: none are taken
                                    past HTTP_BODY_IN_MEMORY, whatever body_limit says */
    size_t spool_bytes;          /* [2 GiB] of all large bodies at once; more: 503 */
    const struct http_header *every; /* put on the server's own refusals */
    size_t every_count;
};

struct http_server;

bool http_server_start(const struct http_server_options *options,
                       const struct http_handler *handler, struct http_server **out,
                       struct error *err) MUST_CHECK;
uint16_t http_server_port(const struct http_server *server);

/* New certificate and key for connections from now on. */
bool http_server_set_certificate(struct http_server *server, const char *certificate_pem,
                                 const char *key_pem, struct error *err) MUST_CHECK;

struct http_server_counts {
    uint64_t connections, requests, refused; /* since start */
    unsigned open_connections, waiters;      /* now */
};
void http_server_counts(const struct http_server *server, struct http_server_counts *out);

/* Stops listening, lets running requests finish (replies now say Connection: close),
 * answers waiters with an empty 503, and frees everything after at most wait_ms.
 * Accepts NULL. */
void http_server_drain(struct http_server *server, int64_t wait_ms);
static inline void http_server_stop(struct http_server *server)
{
    http_server_drain(server, 0);
}
DEFINE_OWNED(struct http_server *, http_server_stop)

#endif
