/* SPDX-License-Identifier: Apache-2.0 */
/* The pace at which one upstream is asked: a token each interval, a few of them saved up.
 *
 * KDS tolerates about one VCEK in ten seconds from one address, and some more at once
 * after a rest. What a refusal says of when to come back (Retry-After) moves the next
 * token out, and what was saved up is gone: the vendor's count is the one that matters.
 * Pure; times in the judging clock's monotonic milliseconds. */
#ifndef THIM_UPSTREAM_KDS_BUCKET_H
#define THIM_UPSTREAM_KDS_BUCKET_H

#include "kit/base.h"

struct kds_bucket {
    int64_t interval_ms; /* 0: as many as one likes */
    int64_t saved_ms;    /* what it takes to save up all but one of its tokens */
    int64_t full_ms;     /* when it holds all of them again */
    int64_t put_off_ms;  /* the vendor's word: not before then */
};

/* Full. burst 0 counts as 1. */
void kds_bucket_init(struct kds_bucket *bucket, int64_t interval_ms, unsigned burst);

/* When the token comes that has n others before it; now_ms where that is already there.
 */
int64_t kds_bucket_token_ms(const struct kds_bucket *bucket, size_t n, int64_t now_ms);

/* False where none is there. */
bool kds_bucket_take(struct kds_bucket *bucket, int64_t now_ms) MUST_CHECK;

/* One token at until_ms, and none before; an earlier word than the last changes nothing.
 */
void kds_bucket_put_off(struct kds_bucket *bucket, int64_t until_ms);

bool kds_bucket_is_put_off(const struct kds_bucket *bucket, int64_t now_ms);

#endif
