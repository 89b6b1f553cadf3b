/* SPDX-License-Identifier: Apache-2.0 */
/* One thread of the server: a libmicrohttpd of its own, driven by hand, and its share of
 * the listening socket.
 *
 * The library has a pool of threads too, but (0.9.75) its loop asks epoll for 128 events
 * at a time and, having got exactly so many, asks again without a time limit before it
 * looks at the first: a burst then stands until something else happens. Its way to stop
 * listening, MHD_quiesce_daemon, races with that loop to remove the listening socket and
 * aborts the process when it comes second. And its connection limit is split between the
 * threads. Driven by hand it never waits, and connections are accepted here. */
#ifndef THIM_NET_HTTP_WORKER_H
#define THIM_NET_HTTP_WORKER_H

#include "kit/base.h"
#include "kit/error.h"

struct MHD_Daemon;
struct http_worker;

/* Started with MHD_USE_EPOLL, MHD_USE_NO_LISTEN_SOCKET and without a thread. */
struct http_worker_options {
    struct MHD_Daemon *daemon;
    int listener; /* non-blocking, shared by all workers; must outlive them */
    int bell;     /* from http_bell_make, one for each worker; must outlive it */
    void *context;
    /* Asked before each connection is handed to the daemon, on the worker's thread; false
     * closes it at once. */
    bool (*may_enter)(void *context);
};

/* What wakes a worker: to be rung after MHD_resume_connection, which does not. */
int http_bell_make(void); /* a descriptor, -1 where there is none */
void http_bell_ring(int bell);

/* Owns the daemon from here on, also where it fails (ERROR_SYSTEM). */
bool http_worker_start(const struct http_worker_options *options,
                       struct http_worker **out, struct error *err) MUST_CHECK;

/* No new connections from now on. Once all workers were told, shutdown() of the listener
 * makes the kernel refuse them. Accepts NULL. */
void http_worker_close_door(struct http_worker *worker);

/* Ends what is still open. No connection may be suspended. Accepts NULL. */
void http_worker_stop(struct http_worker *worker);

#endif
