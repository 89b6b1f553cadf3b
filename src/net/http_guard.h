/* SPDX-License-Identifier: Apache-2.0 */
/* The door: what a request head must be before anything behind it is believed.
 *
 * libmicrohttpd 0.9.75 lets through heads in which two readers can see two different
 * requests (two lengths, a length and a transfer coding, a length whose name ends in a
 * space, two hosts), and each released a hidden second request. Here such a head is
 * refused and its connection closed, so that nothing after it is read.
 *
 * Lines that end in a bare LF, folded headers and NULs leave no trace in what the library
 * hands over but one: it parses in place, and its pointers then do not follow one another
 * as they do for a plain head. That layout is known of 0.9.75, and looked at there only;
 * a newer library refuses such heads by itself.
 *
 * Source: RFC 9112, sections 2.2, 3, 3.2, 5.1, 5.2, 6.1, 6.3; RFC 9110, 5.5, 5.6.2. The
 * absolute form of a target is refused too: this is nobody's proxy. */
#ifndef THIM_NET_HTTP_GUARD_H
#define THIM_NET_HTTP_GUARD_H

#include "net/http_server.h"

struct MHD_Connection;

#define HTTP_TARGET_MAX 8192 /* bytes of path and query */

enum http_refusal {
    HTTP_FINE = 0,
    HTTP_BAD_LINE,     /* a line that is folded, ends in a bare LF, or holds a NUL */
    HTTP_BAD_LENGTH,   /* Content-Length twice, not a number, or beside a coding */
    HTTP_BAD_CODING,   /* Transfer-Encoding other than one "chunked" */
    HTTP_BAD_HOST,     /* none in HTTP/1.1, or two */
    HTTP_TWICE,        /* Metadata twice */
    HTTP_BAD_NAME,     /* a header's name is no token */
    HTTP_BAD_VALUE,    /* a control byte in a header's value */
    HTTP_BAD_TARGET,   /* no path, or bytes in it that must be encoded, or %00 */
    HTTP_BODY_UNASKED, /* a body on GET or HEAD */
    HTTP_BODY_LARGE,
    HTTP_SPOOL_FULL,   /* too many large bodies at once; empty, as each 503 is */
    HTTP_SPOOL_FAILED, /* the disk does not take it */
    HTTP_TARGET_LONG,
    HTTP_HEAD_LARGE,
    HTTP_BAD_METHOD,
    HTTP_BAD_VERSION,
    HTTP_FAILED, /* our own fault */
    HTTP_REFUSAL_COUNT
};

/* Status and the sentence that goes with it. */
unsigned http_refusal_status(enum http_refusal refusal);
const char *http_refusal_sentence(enum http_refusal refusal);

struct http_head {
    enum http_method method; /* HTTP_OTHER is refused */
    const char *method_at;   /* the library's own pointers */
    const char *version;
    const char *target_at; /* only compared: what it points to is decoded by now */
    struct bytes target;   /* a copy of it, made before */
    size_t header_bytes_max;
};

/* Whether the library is the one whose layout is known. It is then told not to be strict:
 * its own strictness adds nothing, and its sentences are HTML. Another is told to be. */
bool http_guard_knows_library(void);

enum http_method http_method_of(const char *name);

/* The body that this head announces. */
struct http_body_plan {
    bool chunked;
    uint64_t len; /* of a body that is not chunked */
};

/* What is wrong with the head, HTTP_FINE if nothing is; whether the body is welcome is
 * for the caller to say. */
enum http_refusal http_guard(struct MHD_Connection *connection,
                             const struct http_head *head, struct http_body_plan *body);

#endif
