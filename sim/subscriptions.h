/* SPDX-License-Identifier: Apache-2.0 */
/* API keys: who may ask for PCK certificates and how often, and where keys were seen.
 *
 * A key has a budget for each minute of the simulator's clock, not of real time: under a
 * standing clock a story spends it, moves the clock, and has it anew, at whatever speed
 * the machine runs. Requests without a key share one. */
#ifndef THIM_SIM_SUBSCRIPTIONS_H
#define THIM_SIM_SUBSCRIPTIONS_H

#include <jansson.h>

#include "kit/crypto.h"
#include "sim/wire.h"

#define SUBSCRIPTIONS_MAX 16       /* more keys at a time forget the first one's budget */
#define SUBSCRIPTIONS_PATHS_MAX 64 /* more different ones are counted together */

struct subscriptions {
    const char *demanded; /* the key that is right; NULL: none is needed. The caller's */
    uint64_t per_minute;  /* 0: no limit */
    uint64_t with, wrong, missing, limited; /* requests, since start or reset */
    json_t *by_path;                        /* those that carried a key, anywhere */
    struct subscription {
        struct sha256 key;
        int64_t minute;
        uint64_t used;
    } budgets[SUBSCRIPTIONS_MAX];
    size_t count, next;
};

bool subscriptions_init(struct subscriptions *subscriptions) MUST_CHECK;
void subscriptions_fini(struct subscriptions *subscriptions);
void subscriptions_reset(struct subscriptions *subscriptions); /* counts, not budgets */

/* Notes whether a request to any path carries a key. */
void subscriptions_note(struct subscriptions *subscriptions,
                        const struct wire_request *request);

/* For a request that needs a key: 0 where it may pass, else 401, or 429 and when the next
 * minute begins. */
unsigned subscriptions_judge(struct subscriptions *subscriptions,
                             const struct wire_request *request, int64_t now_s,
                             unsigned *retry_after_s);

/* {"with","wrong","missing","limited","by_path"}; the caller's. */
json_t *subscriptions_write(const struct subscriptions *subscriptions);

#endif
