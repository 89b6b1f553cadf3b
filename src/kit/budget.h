/* SPDX-License-Identifier: Apache-2.0 */
/* How much strangers may cause (calls of an upstream, wrong tokens): one token bucket for
 * all, one for each address. A bucket holds a minute's worth and fills evenly. At most
 * BUDGET_ADDRESSES_MAX addresses are remembered; the one seen longest ago makes room,
 * having filled by then. Not for several threads at once. */
#ifndef THIM_KIT_BUDGET_H
#define THIM_KIT_BUDGET_H

#include "kit/bytes.h"
#include "kit/error.h"

#define BUDGET_ADDRESSES_MAX 4096

struct budget;

bool budget_create(unsigned per_minute, unsigned per_minute_per_address,
                   struct budget **out, struct error *err) MUST_CHECK;
void budget_destroy(struct budget *budget); /* accepts NULL */
DEFINE_OWNED(struct budget *, budget_destroy)

/* Takes one token of both, or of neither: then *retry_after_s says when there is one.
 * address: at most 8 bytes, or 16; of IPv6 the first 8 count, since a host owns a /64. */
bool budget_take(struct budget *budget, struct bytes address, int64_t now_ms,
                 int64_t *retry_after_s) MUST_CHECK;

/* Whether budget_take would; takes nothing, and remembers no address. */
bool budget_has(const struct budget *budget, struct bytes address, int64_t now_ms,
                int64_t *retry_after_s) MUST_CHECK;

/* Gives back what was taken for nothing. */
void budget_give(struct budget *budget, struct bytes address, int64_t now_ms);

#endif
