/* SPDX-License-Identifier: Apache-2.0 */
/* How many VCEKs KDS gives: so many in so many seconds, and how many were asked for.
 *
 * Seconds are those of the simulator's clock, and a window is the last so many of them:
 * what was given in a second frees its place that many seconds later. A clock that goes
 * back begins anew. */
#ifndef THIM_SIM_KDS_RATE_H
#define THIM_SIM_KDS_RATE_H

#include "kit/bytes.h"

#define KDS_RATE_WINDOW_MAX 3600
#define KDS_RATE_WINDOW 10 /* what AMD's own seems to be, and where none is set */

struct kds_rate {
    uint64_t most; /* in a window; 0: no limit, which is how it begins */
    unsigned window_s;
    bool tells_when;                     /* a refusal has Retry-After */
    uint64_t limited, largest_in_window; /* since start or reset */
    int64_t newest_s;
    struct kds_rate_second {
        uint64_t asked, given;
    } seconds[KDS_RATE_WINDOW_MAX]; /* each at its time modulo window_s */
};

void kds_rate_init(struct kds_rate *rate);

/* most 0: none. window_s: 1 to KDS_RATE_WINDOW_MAX. */
void kds_rate_limit(struct kds_rate *rate, uint64_t most, unsigned window_s);

/* Notes that a VCEK is asked for, whatever is answered. */
void kds_rate_note(struct kds_rate *rate, int64_t now_s);

/* Whether one may be given now; else in how many seconds. */
bool kds_rate_admits(struct kds_rate *rate, int64_t now_s, unsigned *retry_after_s);

void kds_rate_reset(struct kds_rate *rate); /* the counts, not the window */

#endif
