/* SPDX-License-Identifier: Apache-2.0 */
/* What the server itself needs of a reply, beside what http_server.h shows everyone. */
#ifndef THIM_NET_HTTP_REPLY_H
#define THIM_NET_HTTP_REPLY_H

#include "net/http_server.h"

struct MHD_Response;

/* The library's response: as made, or its twin that also says Connection: close (made on
 * first need, for a server that drains). NULL where memory is out. Lives as long as the
 * reply; a queued response holds itself. */
struct MHD_Response *http_reply_response(struct http_reply *reply, bool closing);

size_t http_reply_body_len(const struct http_reply *reply);

#endif
