/* SPDX-License-Identifier: Apache-2.0 */
/* The service as a whole: every room opened in order, wired to the others, and closed in
 * the opposite order.
 *
 * Threads: this one (signals, watchdog, a tick each second), the listeners' pools, the
 * upstream thread, the store thread. */
#ifndef THIM_THIMD_SERVICE_H
#define THIM_THIMD_SERVICE_H

#include "config/config.h"
#include "kit/clock.h"

struct service;

/* Opens the state (judging again all it holds), starts the threads, opens the doors. Both
 * config and clock must outlive the service. */
bool service_start(const struct config *config, struct clock *clock, struct service **out,
                   struct error *err) MUST_CHECK;

/* Until SIGTERM or SIGINT, which the caller has blocked in every thread; SIGHUP reads
 * certificates again. */
void service_run(struct service *service);

/* Drains the doors within limits.drain_ms, then ends the threads. Accepts NULL. */
void service_stop(struct service *service);
DEFINE_OWNED(struct service *, service_stop)

#endif
