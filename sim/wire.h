/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 as a vendor that may misbehave: one listener, one thread per connection.
 *
 * net/'s server keeps every rule of HTTP, which is what a simulator must be able to
 * break: to close without a word, to be silent, to stop half way through a body, to lie
 * in Date. So this is a server of its own. It listens on loopback only, knows
 * Content-Length bodies and keep-alive, and nothing else that a client of PCS does not
 * use. */
#ifndef THIM_SIM_WIRE_H
#define THIM_SIM_WIRE_H

#include "kit/buf.h"
#include "kit/error.h"

#define WIRE_HEAD_MAX ((size_t)1 << 16) /* bytes of request line and headers */
#define WIRE_BODY_MAX ((size_t)1 << 20) /* bytes of a request's body */
#define WIRE_CONNECTIONS_MAX 1024       /* more are closed at once */
#define WIRE_IDLE_MS 60000              /* silence a client may keep */
#define WIRE_REPLY_HEAD_MAX ((size_t)1 << 18)
#define WIRE_REPLY_BODY_MAX ((size_t)4 << 20)

struct wire_request {            /* valid during the handler's call only */
    struct bytes method, target; /* as they came, not decoded */
    struct bytes head;           /* first line and headers; see wire_said */
    struct bytes body;
};

enum wire_manner {
    WIRE_HONEST,
    WIRE_CUT,   /* Content-Length tells the whole, half is sent, then the end */
    WIRE_RESET, /* closed without a word */
    WIRE_SILENT /* nothing is sent; held until the client gives up or the server stops */
};

struct wire_answer { /* made ready by the server, filled by the handler */
    unsigned status;
    struct buf headers; /* whole lines; see wire_header. Content-Length, Date and
                           Connection are the server's */
    struct buf body;
    size_t padding;     /* spaces that follow the body and count in Content-Length */
    int64_t date_off_s; /* added to the true Date */
    int64_t delay_ms;   /* waited before the answer */
    enum wire_manner manner;
};

void wire_answer_init(struct wire_answer *answer);
void wire_answer_fini(struct wire_answer *answer);
void wire_header(struct wire_answer *answer, const char *name, const char *value);

/* The value of the request's first header of this name; empty where it has none. */
struct bytes wire_said(const struct wire_request *request, const char *name);

struct wire_handler {
    void *context;
    /* Called on many threads at once. */
    void (*handle)(void *context, const struct wire_request *request,
                   struct wire_answer *out);
};

struct wire;

/* listen: "127.0.0.1:PORT" or "[::1]:PORT" (any address of 127.0.0.0/8), port 0 being any
 * free one. ERROR_FORMAT where it is not such, ERROR_SYSTEM where it cannot be had. */
bool wire_start(const char *listen, const struct wire_handler *handler, struct wire **out,
                struct error *err) MUST_CHECK;

/* "127.0.0.1:40123": where it listens. Lives as long as the wire. */
const char *wire_address(const struct wire *wire);

/* Closes every connection at once. Accepts NULL. */
void wire_stop(struct wire *wire);
DEFINE_OWNED(struct wire *, wire_stop)

#endif
