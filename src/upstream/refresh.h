/* SPDX-License-Identifier: Apache-2.0 */
/* What to ask the vendors, when, and what becomes of the answers: the upstream thread.
 *
 * It keeps a schedule of tasks (one per thing asked for), calls the configured upstreams
 * in order, has every answer verified, and publishes what is new as the next generation.
 * A miss is a task like any other, single flight per key; only one that makes a call
 * takes from the budget of limits.upstream_per_minute. One failing task never blocks
 * the others: it stays at its last good version, is logged once per change of reason, and
 * is tried again with backoff. Schedules run by the judging clock, sockets by the
 * machine's. */
#ifndef THIM_UPSTREAM_REFRESH_H
#define THIM_UPSTREAM_REFRESH_H

#include "config/config.h"
#include "format/registration.h"
#include "kit/clock.h"
#include "store/baseline_steps.h"
#include "store/condition.h"
#include "store/writer.h"

struct refresh;

struct refresh_options {
    const struct config *config; /* must outlive the refresh, as all of these */
    struct clock *clock;
    struct store_writer *writer;
    struct conditions *conditions;
    const struct holdings *start; /* from store_recover; a reference is taken */
    void *context;
    /* A new generation (or newly confirmed holdings); on the upstream thread. */
    void (*published)(void *context, const struct holdings *holdings);
    /* A platform's rows have changed or are gone (upstream/platforms.h); on the store
     * thread, after the commit. May be NULL. */
    void (*platform_changed)(void *context, const struct platform_name *name);
};

bool refresh_start(const struct refresh_options *options, struct refresh **out,
                   struct error *err) MUST_CHECK;
/* Ends calls under way and the thread; waiting callers are told. Accepts NULL. */
void refresh_stop(struct refresh *refresh);
DEFINE_OWNED(struct refresh *, refresh_stop)

enum refresh_outcome {
    REFRESH_DONE = 1, /* fetched, verified, published (or confirmed) */
    REFRESH_NOT_FOUND,
    REFRESH_GONE,
    REFRESH_FAILED,
    REFRESH_BUSY,   /* the queue of demands is full, or we are stopping */
    REFRESH_BUDGET, /* this address, or all of them, have caused enough calls */
};

/* Fetches one thing now, from any thread: key with evaluation number, or a subject with
 * update. told runs on the upstream thread, exactly once, maybe at once. Where intel.fill
 * forbids it, REFRESH_NOT_FOUND at once: offline for everybody, req for whoever has an
 * address. */
struct refresh_demand {
    uint8_t address[16]; /* on whose behalf: the budget is per address */
    size_t address_len;  /* 4 or 16; 0: the operator's, without a budget */
    struct collateral_key key;
    enum update update; /* 0 with a key that has its number, and for CRLs and lists */
    void *context;
    void (*told)(void *context, enum refresh_outcome outcome, int64_t retry_after_s);
};
void refresh_demand(struct refresh *refresh, const struct refresh_demand *demand);

/* Whether a miss for this FMSPC needs no asking: an upstream that would be asked has
 * given a list within a day, and it omits the FMSPC. */
bool refresh_vetoes(struct refresh *refresh, const uint8_t fmspc[6]);

/* Everything (subject NULL or ""), or one subject, as if it were due; done when it has
 * settled, all_well where nothing failed. ERROR_UNREACHABLE where intel.fill is offline.
 */
bool refresh_everything(struct refresh *refresh, const char *subject,
                        void (*done)(void *context, bool all_well), void *context,
                        struct error *err) MUST_CHECK;

/* Has steps of baselines written down where generations are made, so that a step which
 * takes one stands in its order. rows must stay until done has been called, which is
 * once, on the upstream thread or at once: NULL when they are kept, and published. */
struct baseline_demand {
    const struct baseline_row *rows;
    size_t count;
    void *context;
    void (*done)(void *context, const struct error *why);
};
void refresh_keep_baselines(struct refresh *refresh,
                            const struct baseline_demand *demand);

/* Looks at the schedule again after the clock moved; done when nothing is due any more.
 */
void refresh_clock_moved(struct refresh *refresh,
                         void (*done)(void *context, bool all_well), void *context);

#endif
