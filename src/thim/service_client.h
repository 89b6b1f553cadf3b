/* SPDX-License-Identifier: Apache-2.0 */
/* Talking to thimd: over its admin socket, or to any THIM at a URL, for what it tells to
 * whoever asks. */
#ifndef THIM_THIM_SERVICE_CLIENT_H
#define THIM_THIM_SERVICE_CLIENT_H

#include <jansson.h>

#include "kit/error.h"
#include "net/http_client.h"
#include "thim/arguments.h"

#define SERVICE_SOCKET "/run/thim/admin.sock"

struct service_address {
    const char *state;  /* --state DIR: DIR/admin.sock */
    const char *socket; /* --socket PATH; NULL for both is SERVICE_SOCKET */

    const char *url; /* --url URL, instead of either: https, or http to this host */
    const char *ca;  /* --ca FILE: PEM, vouches for it instead of the system's */
    const char *token_file; /* --token-file FILE: who asks */
};

/* ERROR_FORMAT for what does not go together: two services, a CA without a URL. */
bool service_address_check(const struct service_address *address, struct error *err)
    MUST_CHECK;

/* ---- one request ---------------------------------------------------------------- */

struct service_request;

/* body NULL is a GET, else a POST of this JSON. *answer is the caller's.
 * ERROR_UNREACHABLE where nobody listens, or the service cannot answer now;
 * ERROR_NOT_FOUND, ERROR_FORMAT, and ERROR_STALE where it does not stand as it must, are
 * its own refusals, with its remedy. */
bool service_ask(const struct service_address *address, const char *path,
                 const json_t *body, json_t **answer, struct error *err) MUST_CHECK;

/* One request of any kind, start to end; its context and done are not looked at. */
bool service_ask_with(const struct service_address *address,
                      const struct service_request *request, json_t **answer,
                      struct error *err) MUST_CHECK;

/* The same with another method and no body. */
bool service_order(const struct service_address *address, const char *method,
                   const char *path, json_t **answer, struct error *err) MUST_CHECK;

/* What such a failure is to the shell. */
enum exit_status service_exit_status(const struct error *err);

/* ---- many at once --------------------------------------------------------------- */

struct service_session;

bool service_open(const struct service_address *address, struct service_session **out,
                  struct error *err) MUST_CHECK;
void service_close(struct service_session *session); /* accepts NULL */
DEFINE_OWNED(struct service_session *, service_close)

struct service_reply { /* valid during done() only */
    unsigned status;   /* 0: nobody answered */
    struct bytes body;
    const json_t *json; /* the body, where it is JSON; else NULL */
    struct error why;   /* ERROR_NONE with status 200 */
};

struct service_request {
    const char *method, *path;
    const char *content_type;               /* of the body; NULL: application/json */
    const char *header;                     /* one more, "Name: value"; NULL: none */
    struct bytes body;                      /* JSON; copied; .at NULL: none */
    const struct http_body_file *body_file; /* JSON; NULL: none */
    int64_t total_ms;                       /* 0: five minutes */
    void *context;
    void (*done)(void *context, const struct service_reply *reply);
};

/* Where it fails, done is not called. */
bool service_begin(struct service_session *session, const struct service_request *request,
                   struct error *err) MUST_CHECK;

/* Returns when some request has ended; *running is the number of those that have not. */
bool service_turn(struct service_session *session, unsigned *running, struct error *err)
    MUST_CHECK;

#endif
