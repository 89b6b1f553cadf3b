/* SPDX-License-Identifier: Apache-2.0 */
/* What hosts are told beside collateral: refusals and the service's health.
 *
 * A refusal has a status that clients know, a machine code in the header THIM-Error, and
 * a body with a sentence and what to do; a 503 has both in headers and no body, because
 * Intel's client glues it to the next answer (reference clients, A5). All carry
 * Request-ID and Cache-Control. */
#ifndef THIM_SERVE_FRONT_REPLY_H
#define THIM_SERVE_FRONT_REPLY_H

#include "net/http_server.h"

#define REQUEST_ID_MAX 64

struct request_id {
    char s[REQUEST_ID_MAX + 1];
    bool is_own; /* the client's */
};

/* The client's where it sent a sane one (1 to 64 of A-Z a-z 0-9 - _ .), else made. */
struct request_id request_id_of(const struct http_request *request);

/* The client's Request-ID where it is sane, else NULL: no cost beyond looking. */
const char *request_id_sent(const struct http_request *request);

struct refusal {
    unsigned status;
    const char *code;           /* "not_found" */
    const char *message;        /* a sentence */
    const char *remedy;         /* what to do */
    int64_t retry_after_s;      /* 0: no such header */
    const char *allow;          /* 405 */
    const char *upstream_error; /* the vendor's code for it; NULL: none came */
};

enum refusal_name {
    REFUSE_METHOD,
    REFUSE_ROUTE,
    REFUSE_NOT_FOUND,
    REFUSE_VERSION_GONE,
    REFUSE_NUMBER_GONE,
    REFUSE_BUDGET,
    REFUSE_UNREACHABLE,
    REFUSE_LATE,             /* the upstream has not answered in time */
    REFUSE_BUSY,             /* nowhere left to wait */
    REFUSE_OUT_OF_SET,       /* held, but not of the number of the baseline's set */
    REFUSE_PLATFORM_UNKNOWN, /* to the vendor */
    REFUSE_PLATFORM_REFUSED, /* by the vendor */
    REFUSE_PLATFORM_GAP,     /* no certificate for any of its TCBs */
    REFUSE_CONFLICT,         /* of QE ID and PPID */
    REFUSE_UNTRUSTED,        /* what upstream gave */
    REFUSALS,
};
const struct refusal *refusal_named(enum refusal_name name);

/* NULL where memory is out. The caller owns it. */
struct http_reply *refusal_reply(const struct refusal *refusal,
                                 const struct request_id *id);

enum refusal_shape { /* what the body is */
                     REFUSAL_TEXT = 1,
                     REFUSAL_KDS,  /* text; of a 404 it begins as AMD's does */
                     REFUSAL_JSON, /* {"error":{"code","message","remedy"}} */
                     REFUSAL_BARE, /* nothing */
};
struct http_reply *refusal_reply_shaped(const struct refusal *refusal,
                                        enum refusal_shape shape,
                                        const struct request_id *id);

/* A line or more of text, status 200, never cached. */
struct http_reply *health_reply(const char *text, const struct request_id *id);

/* Answers and releases; NULL is answered by the server itself, with 500. */
void answer_and_release(struct http_request *request, struct http_reply *reply);

#endif
