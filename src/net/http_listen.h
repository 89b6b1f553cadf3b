/* SPDX-License-Identifier: Apache-2.0 */
/* A listening socket: numeric IPv4 or IPv6 address and port, or a path of the file
 * system. Non-blocking, closed on exec. */
#ifndef THIM_NET_HTTP_LISTEN_H
#define THIM_NET_HTTP_LISTEN_H

#include "kit/base.h"
#include "kit/error.h"

/* "::" takes IPv4 as well. *port is the one that it got. */
bool http_listen_tcp(const char *address, uint16_t wanted_port, int *fd, uint16_t *port,
                     struct error *err) MUST_CHECK;

/* Mode 0660. A socket that nobody listens on any more is replaced; anything else at that
 * path is left alone and refused. */
bool http_listen_unix(const char *path, int *fd, struct error *err) MUST_CHECK;

#endif
