/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP out: many calls at once, driven by the one thread that owns the client.
 *
 * Behind this header stands libcurl's multi interface, speaking HTTP/1.1. https only, or
 * plain http to a loopback address, or a unix socket; TLS 1.2 or later, peers verified;
 * redirects are never followed; no cookies, no netrc, and nothing is taken from the
 * environment, proxies least of all. Deadlines on everything, by the machine's own clock.
 * Only http_client_wake may be called from another thread. */
#ifndef THIM_NET_HTTP_CLIENT_H
#define THIM_NET_HTTP_CLIENT_H

#include "kit/bytes.h"
#include "kit/error.h"

struct http_client;

struct http_client_options {
    const char *user_agent;  /* NULL: "thim/VERSION" */
    unsigned calls_per_host; /* 0: 8 */
};

bool http_client_create(const struct http_client_options *options,
                        struct http_client **out, struct error *err) MUST_CHECK;
/* Ends running calls: their done is called with reached false. Not from inside a done.
 * Accepts NULL. */
void http_client_close(struct http_client *client);
DEFINE_OWNED(struct http_client *, http_client_close)

struct http_answer {      /* valid during done() only */
    bool reached;         /* a whole HTTP answer came; else failure says why not */
    enum error_kind kind; /* where not reached: UNREACHABLE, LIMIT (too large), SYSTEM */
    const char *failure;  /* one sentence, safe to print */
    unsigned status;      /* as it came; redirects included */
    struct bytes body;
    void *headers;  /* for http_answer_header */
    int64_t date_s; /* the Date header; 0 without */
    int64_t elapsed_ms;
};

/* The first header of this name (compared without case); empty view where absent. */
struct bytes http_answer_header(const struct http_answer *answer, const char *name);

struct http_body_file { /* a body too large to hold */
    int fd;             /* read from its beginning with pread; open until the call ends */
    uint64_t len;       /* a file that turns out shorter ends the call: ERROR_SYSTEM */
};

struct http_call {
    const char *method; /* NULL: GET */
    const char *url;
    const char *unix_path; /* NULL: as the URL says */
    const char *ca_file;   /* PEM; vouches for this peer instead of the system's trust
                              store; NULL: the system's */
    /* PEM: who calls, for https calls to a peer that asks for it; the key without a pass
     * phrase. Both or neither. */
    const char *certificate_file, *key_file;
    const char *proxy; /* URL of a proxy (http, https, socks5, socks5h), for https
                          calls; NULL: none, whatever the environment says */
    const char *const *headers;             /* "Name: value", NULL-ended; NULL for none */
    struct bytes body;                      /* sent where .at is not NULL; copied */
    const struct http_body_file *body_file; /* PUT: sent instead; NULL: none */
    int64_t connect_ms;                     /* 0: 5000 */
    int64_t total_ms;                       /* 0: 30000 */
    int64_t stall_ms; /* 0: 10000; once an answer has begun, less than 1 KiB of
                         it in so long ends it */
    size_t body_max;  /* 0: 1 MiB; a larger answer is ended: ERROR_LIMIT */
    void *context;
    void (*done)(void *context, const struct http_answer *answer);
};

#define HTTP_ANSWER_HEAD_MAX 65536 /* bytes of an answer's headers; more: ERROR_LIMIT */

/* Begins a call (copies what it needs). False at once for a URL, proxy, method or header
 * that is not allowed (ERROR_FORMAT), a certificate or key that is not there
 * (ERROR_NOT_FOUND) or cannot be read (ERROR_SYSTEM), or a failing library; then done is
 * not called. May be called from inside a done. */
bool http_client_start(struct http_client *client, const struct http_call *call,
                       struct error *err) MUST_CHECK;

/* Ends the calls begun with this context: their done is called, with reached false. */
void http_client_cancel(struct http_client *client, const void *context);

/* Moves transfers on and calls done for those that ended. Returns when something ended,
 * when woken, or after wait_ms; *running is the number of calls under way. */
bool http_client_run(struct http_client *client, int64_t wait_ms, unsigned *running,
                     struct error *err) MUST_CHECK;

void http_client_wake(struct http_client *client);

/* One call, start to end, for commands: fills status and body (appended), true where an
 * HTTP answer came whatever its status. */
struct buf;
bool http_fetch(struct http_client *client, const struct http_call *call,
                unsigned *status, struct buf *body, struct error *err) MUST_CHECK;

/* True where the URL is https, or http to 127.0.0.0/8, [::1] or localhost; ERROR_FORMAT
 * says what is wrong. Refuses user info and fragments. */
bool http_url_allowed(const char *url, struct error *err) MUST_CHECK;

#endif
