/* SPDX-License-Identifier: Apache-2.0 */
/* What to ask AMD's KDS, when, and what becomes of the answers: a thread of its own
 * beside Intel's (upstream/refresh.h), since the one vendor's bad day is not the other's.
 *
 * Chains and CRLs of the configured products are kept fresh; VCEKs are fetched when asked
 * for, and those that are wanted in advance (a fleet list, a coming firmware) in the time
 * that is left. KDS tolerates about one VCEK in ten seconds from one address: one token
 * bucket for each upstream, single flight for each key, Retry-After honoured, a breaker
 * (upstream/breaker.h). Chains and CRLs go before, one after the other, and wait for no
 * token. Known chips go first; unknown ones get at most amd.unknown_share_percent of the
 * slots, and a budget by address. Who can't be served in time is told when to come again
 * (CHIP_LATE), and then finds it. A 404 is remembered for a short while; 429, 404 and 5xx
 * never touch what is held.
 *
 * Everything is verified before it is written: chain to a trusted ARK, the CRL, product,
 * chip and every SPL of what was asked. */
#ifndef THIM_UPSTREAM_KDS_H
#define THIM_UPSTREAM_KDS_H

#include "config/config.h"
#include "kit/clock.h"
#include "store/chip_errand.h"
#include "store/condition.h"
#include "store/writer.h"
#include "verify/amd_law.h"

#define KDS_ABSENT_S 60 /* how long a 404 is remembered */

struct kds;

struct kds_options {
    const struct config *config; /* must outlive it, as all of these */
    struct clock *clock;
    struct store_writer *writer;
    struct conditions *conditions;
    const struct amd_law
        *start; /* from the store, verified again; a reference is taken */
    void *context;
    void (*law_changed)(void *context, const struct amd_law *law);  /* on its thread */
    void (*chip_changed)(void *context, const struct kds_key *key); /* after a commit */
};

bool kds_start(const struct kds_options *options, struct kds **out, struct error *err)
    MUST_CHECK;
void kds_stop(struct kds *kds); /* who waits is told; accepts NULL */
DEFINE_OWNED(struct kds *, kds_stop)

/* From any thread. */
void kds_fetch(struct kds *kds, const struct chip_demand *demand);

/* Chips were wanted (store_want_chips): look at what is due. From any thread. */
void kds_wake(struct kds *kds);

/* The chains and CRLs that subject means ("amd/vcek/Milan"; condition_is_meant) now; done
 * when they have settled, or can't while the clock stands. */
void kds_refresh(struct kds *kds, const char *subject,
                 void (*done)(void *context, bool all_well), void *context);

/* After the clock moved: done when nothing is due any more that may be asked now. Tokens
 * come by the judging clock: while that stands, what is left waits for the next move. */
void kds_clock_moved(struct kds *kds, void (*done)(void *context, bool all_well),
                     void *context);

/* What the store has, verified again: the law to start with. What fails is left out and
 * logged, and is fetched anew. */
bool kds_recover(struct platform_reader *reader, const struct trust *trust,
                 struct amd_law **out, struct error *err) MUST_CHECK;

#endif
