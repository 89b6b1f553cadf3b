/* SPDX-License-Identifier: Apache-2.0 */
/* Stops asking an upstream that does not answer: after failures of five different things
 * in a row it is left alone for 30 s, then one call tries it, and each further failure
 * doubles the pause up to ten minutes. Different things, because one that fails again and
 * again says nothing of the others and must not block them. Pure; times in the judging
 * clock's monotonic milliseconds. */
#ifndef THIM_UPSTREAM_BREAKER_H
#define THIM_UPSTREAM_BREAKER_H

#include "kit/base.h"

#define BREAKER_FAILURES 5
#define BREAKER_PAUSE_FIRST_MS 30000
#define BREAKER_PAUSE_LAST_MS 600000

struct breaker {
    uint64_t failed[BREAKER_FAILURES]; /* which things, since the last success */
    uint32_t failures;                 /* how many of them */
    int64_t pause_ms;                  /* 0: closed */
    int64_t open_until_ms;
    bool probing; /* the one call that tries again is under way */
};

/* Whether a call may be made now. When it says yes on an open breaker that call is the
 * probe, and exactly one of ok and failed must follow. */
bool breaker_allows(struct breaker *breaker, int64_t now_ms) MUST_CHECK;
void breaker_ok(struct breaker *breaker);

/* thing: a number that stands for what was asked. */
void breaker_failed(struct breaker *breaker, uint64_t thing, int64_t now_ms);

bool breaker_is_open(const struct breaker *breaker);

/* One call is trying it again; the others do well to wait for how that ends. */
bool breaker_is_probed(const struct breaker *breaker);

#endif
