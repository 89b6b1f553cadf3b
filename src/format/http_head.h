/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the header values that collateral travels with.
 *
 * Source: Intel PCS API v4: issuer chains are PEM, percent-encoded; RFC 9110, 10.2.3
 * (Retry-After), 5.6.7 (dates), 8.8.3 and 13.1.2 (entity tags). */
#ifndef THIM_FORMAT_HTTP_HEAD_H
#define THIM_FORMAT_HTTP_HEAD_H

#include "format/pem.h"

#define HTTP_CHAIN_HEADER_MAX (32 * 1024)

/* A percent-encoded PEM chain. Not encoded PEM is taken too (some caches send it with
 * its line ends folded to blanks). */
bool http_chain_read(struct bytes value, struct arena *arena, struct der_chain *out,
                     struct error *err) MUST_CHECK;

/* The chain as PEM, percent-encoded, as PCS writes it. */
void http_chain_write(struct buf *out, const struct der_chain *chain);

/* IMF-fixdate only ("Sun, 06 Nov 1994 08:49:37 GMT"). */
bool http_date_read(struct bytes value, int64_t *seconds) MUST_CHECK;
void http_date_write(struct buf *out, int64_t seconds);

/* Seconds to wait from now_s on: delay-seconds or a date; capped at max_s. */
bool http_retry_after_read(struct bytes value, int64_t now_s, int64_t max_s,
                           int64_t *wait_s) MUST_CHECK;

/* True where an If-None-Match value (RFC 9110, 13.1.2; weak comparison) names this strong
 * entity tag, given with its quotes, or is "*". */
bool http_etag_matches(struct bytes if_none_match, struct bytes etag);

#endif
