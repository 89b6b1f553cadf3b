/* SPDX-License-Identifier: Apache-2.0 */
/* One call under way: libcurl's handle, what is still needed of the call, and what has
 * come of the answer so far. Belongs to http_client.c. */
#ifndef THIM_NET_HTTP_TRANSFER_H
#define THIM_NET_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "kit/buf.h"
#include "net/http_client.h"

#define HTTP_STALL_BYTES 1024 /* of an answer that has begun, in each stall_ms */

struct http_transfer {
    struct http_transfer *next, **place;
    uint64_t serial;
    CURL *easy;
    CURLU *url;
    struct curl_slist *headers;
    char detail[CURL_ERROR_SIZE]; /* libcurl's words for what went wrong */

    struct http_body_file source; /* of the request's body; len 0: none */
    bool is_source_short;
    uint64_t sent; /* of it */

    struct buf body;
    size_t body_max, head_len;
    bool is_head_too_large, is_head_whole;
    int64_t began_ms, until_ms; /* clock_real_ms */
    int64_t total_ms, stall_ms;
    int64_t window_ms; /* when the present 1 KiB began to come; 0: nothing came yet */
    size_t window_len;

    void *context;
    void (*done)(void *context, const struct http_answer *answer);
};

/* user_agent lives as long as the transfer. */
bool http_transfer_create(const struct http_call *call, const char *user_agent,
                          struct http_transfer **out, struct error *err) MUST_CHECK;
void http_transfer_free(struct http_transfer *transfer); /* accepts NULL */
DEFINE_OWNED(struct http_transfer *, http_transfer_free)

/* When something is to be done about it if nothing happens. */
int64_t http_transfer_next_ms(const struct http_transfer *transfer);

/* True where its time is over; why says how. */
bool http_transfer_is_late(const struct http_transfer *transfer, int64_t now_ms,
                           struct error *why);

/* What libcurl's result means; true where a whole answer came. */
bool http_transfer_judge(const struct http_transfer *transfer, CURLcode code,
                         struct error *why);

/* Calls done: with the answer where why is NULL, else with the failure. */
void http_transfer_tell(struct http_transfer *transfer, const struct error *why);

#endif
