/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that lets connections in, one listening socket each.
 *
 * libmicrohttpd could accept by itself, but three things speak against it (0.9.75): its
 * way to stop listening, MHD_quiesce_daemon, races with its own threads for the listening
 * socket and aborts the process when it loses; with one thread it stalled after bursts of
 * connects; and its connection limit is split between the pool's threads, each of which
 * takes what it happens to get. So it is handed connections that were accepted here. */
#ifndef THIM_NET_HTTP_DOOR_H
#define THIM_NET_HTTP_DOOR_H

#include <sys/socket.h>

#include "kit/base.h"
#include "kit/error.h"

struct http_door;

/* Takes a connection, which is non-blocking and closed on exec, and owns it from then on,
 * also where it refuses it. Called on the door's thread. */
typedef void http_door_enter(void *context, int fd, const struct sockaddr *address,
                             socklen_t address_len);

/* Owns the listener from here on, also where it fails (ERROR_SYSTEM). */
bool http_door_open(int listener, http_door_enter *enter, void *context,
                    struct http_door **out, struct error *err) MUST_CHECK;

/* Nobody enters after it returns; the listener is closed. Accepts NULL. */
void http_door_close(struct http_door *door);

#endif
