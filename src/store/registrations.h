/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of platforms that wait for an operator to bring their certificates: what
 * PCCS's admin tool fetches with GET /platforms, in the fill modes REQ and OFFLINE.
 *
 * A row is drained by its own verb, or when certificates for its platform arrive. All on
 * the store thread; reading is store/platform_reader.h's. */
#ifndef THIM_STORE_REGISTRATIONS_H
#define THIM_STORE_REGISTRATIONS_H

#include "format/registration.h"
#include "store/store.h"

enum registration_queue {
    QUEUE_NEW = 1,       /* source=reg */
    QUEUE_NOT_AVAILABLE, /* source=reg_na: some of its TCBs have no certificate */
};

/* Idempotent: the same platform at the same raw TCB is one row, its newest encrypted PPID
 * or manifest in it. ERROR_LIMIT where the registrar has `most` rows already. */
bool store_queue_registration(struct store *store, enum registration_queue queue,
                              const struct registration *registration,
                              const char *registrar, size_t most, int64_t now_s,
                              struct error *err) MUST_CHECK;

/* Takes out what stands in the queue up to and including the mark that registrations_walk
 * gave, so that what came since stays. */
bool store_drain_registrations(struct store *store, enum registration_queue queue,
                               int64_t mark, size_t *count, struct error *err) MUST_CHECK;

#endif
