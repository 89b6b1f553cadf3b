/* SPDX-License-Identifier: Apache-2.0 */
/* The room in which suspended requests wait for whoever fetches what they asked for.
 *
 * libmicrohttpd keeps a suspended connection alive until it is resumed, whatever its
 * client does, so the one thing to get right is to resume each exactly once. A waiter is
 * held by the request and by the caller of http_request_suspend; the room is held by the
 * server and by every waiter, so that an answer that comes after the server has gone
 * finds the room still there, and nobody in it. */
#ifndef THIM_NET_HTTP_WAITERS_H
#define THIM_NET_HTTP_WAITERS_H

#include "net/http_server.h"

struct MHD_Connection;
struct http_waiting_room;

struct http_waiting_room *http_waiting_room_open(unsigned places);
/* No more waiters; those inside are answered with reply. */
void http_waiting_room_close(struct http_waiting_room *room, struct http_reply *reply);
void http_waiting_room_release(struct http_waiting_room *room);

/* Suspends the connection, which must be in its handler; the bell is rung when it is
 * resumed. NULL where the room is full or closed. */
struct http_waiter *http_waiting_room_enter(struct http_waiting_room *room,
                                            struct MHD_Connection *connection, int bell,
                                            int64_t deadline_ms, struct http_reply *late);

/* What the resumed request was answered with, NULL where it was not; ends the request's
 * hold on the waiter. The caller owns the reply. */
struct http_reply *http_waiter_leave(struct http_waiter *waiter);

/* Answers those whose deadline has come; sleeps until the next deadline, until_ms, or
 * http_waiting_room_wake, whichever is first. Times are clock_real_ms. */
void http_waiting_room_watch(struct http_waiting_room *room, int64_t until_ms);
void http_waiting_room_wake(struct http_waiting_room *room);

unsigned http_waiting_room_count(struct http_waiting_room *room);

#endif
