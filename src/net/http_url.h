/* SPDX-License-Identifier: Apache-2.0 */
/* URLs that we call, read by the same parser that then makes the call, so that what was
 * judged and what is called cannot differ.
 *
 * Source: RFC 3986; RFC 9110, 4.2. The rule itself stands at http_url_allowed. */
#ifndef THIM_NET_HTTP_URL_H
#define THIM_NET_HTTP_URL_H

#include <curl/curl.h>

#include "net/http_client.h"

#define HTTP_URL_MAX 8192

/* ERROR_FORMAT where it is not allowed; *out is for curl_url_cleanup. */
bool http_url_read(const char *url, CURLU **out, bool *is_https, struct error *err)
    MUST_CHECK;

/* A proxy's URL: http, https, socks5 or socks5h, a host, and no more than a port and user
 * info besides. */
bool http_proxy_allowed(const char *url, struct error *err) MUST_CHECK;

#endif
