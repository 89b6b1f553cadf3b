/* SPDX-License-Identifier: Apache-2.0 */
/* The simulator whole: a world behind a vendor's API, with faults between, a clock,
 * counts of what was asked, and routes of its own below /sim/ (control.h).
 *
 * simulator_handle answers any request and may be called from any thread; it is what
 * wire.h is given, and what a test calls without a socket. */
#ifndef THIM_SIM_SIMULATOR_H
#define THIM_SIM_SIMULATOR_H

#include <jansson.h>
#include <pthread.h>

#include "kit/clock.h"
#include "kit/text.h"
#include "sim/faults.h"
#include "sim/kds_rate.h"
#include "sim/pcs.h"
#include "sim/subscriptions.h"
#include "sim/wire.h"
#include "sim/world.h"

#define SIMULATOR_TARGETS_MAX 8192 /* more different ones are counted together */

struct simulator_counts { /* of requests to the vendor's paths, since start or reset */
    uint64_t all;
    uint64_t by_kind[WORLD_KINDS];
    uint64_t refused;  /* asked no question: unknown path, wrong parameter */
    uint64_t followed; /* came by a redirect's Location */
    uint64_t faulty;   /* were shown a fault */
};

struct simulator {
    pthread_mutex_t lock; /* over all that follows */
    struct world world;
    struct clock *clock;
    enum pcs_flavour flavour;
    struct faults faults;
    struct simulator_counts counts;
    struct subscriptions subscriptions; /* none demanded until somebody sets it */
    struct kds_rate kds_rate;           /* no limit until somebody sets it */
    json_t *targets;                    /* target as it came: how often */
    struct hex_text root_spki;          /* SHA-256, what is pinned */
};

/* Takes the world and the clock, also where it fails. */
bool simulator_init(struct simulator *simulator, struct world world, struct clock *clock,
                    enum pcs_flavour flavour, struct error *err) MUST_CHECK;
void simulator_fini(struct simulator *simulator);

/* context: a struct simulator. */
void simulator_handle(void *context, const struct wire_request *request,
                      struct wire_answer *out);

#endif
