/* SPDX-License-Identifier: Apache-2.0 */
/* A request target as it came over the wire, and its query parameters.
 *
 * Source: RFC 9112, 3.2.1 (origin-form), RFC 3986, 3.3 and 3.4. Percent-encoding is
 * decoded once; "+" stays "+", because Azure's client sends raw base64 in customParameter
 * (clients: Azure DCAP 1.13, B2). Lifetime: everything lies in the arena. */
#ifndef THIM_FORMAT_HTTP_QUERY_H
#define THIM_FORMAT_HTTP_QUERY_H

#include "kit/arena.h"
#include "kit/error.h"

#define HTTP_TARGET_MAX (8 * 1024) /* bytes of path and query */
#define HTTP_PARAMETERS_MAX 32

struct http_parameter {
    struct bytes name;  /* decoded, as spelled, without blanks around it */
    struct bytes value; /* decoded once; empty where there is no "=" */
    struct bytes raw;   /* the value as it came */
};

struct http_target {
    struct bytes path; /* decoded; always begins with "/"; repeated and trailing slashes
                          as they came */
    struct http_parameter parameters[HTTP_PARAMETERS_MAX];
    size_t parameter_count;
};

/* Refuses: absolute-form and other forms, a fragment, bytes outside RFC 3986's set (but
 * raw "|", "{", "}", "^", "`" and quotes are tolerated in the query, and "[" and "]" as
 * in PCCS's source=[]), a bad percent-escape, %00 and decoded control characters, an
 * encoded
 * "/" in the path, "." and ".." segments, more than HTTP_PARAMETERS_MAX parameters
 * (ERROR_LIMIT), a parameter that is repeated with a different value (names compared
 * without case).
 * Values may hold further "=", and "?" as in uri=https://host/path?ca=processor. */
bool http_target_parse(struct bytes raw, struct arena *arena, struct http_target *out,
                       struct error *err) MUST_CHECK;

/* The value of the parameter, its name compared without case; NULL where absent. */
const struct http_parameter *http_parameter(const struct http_target *target,
                                            const char *name);

#endif
