/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds_bucket.h"

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void kds_bucket_init(struct kds_bucket *bucket, int64_t interval_ms, unsigned burst)
{
    *bucket = (struct kds_bucket){
        .interval_ms = interval_ms,
        .saved_ms = burst > 1 ? interval_ms * (burst - 1) : 0,
        .full_ms = INT64_MIN,
    };
}

/* Each token taken moves the moment of fullness out by one interval, so the next one is
 * there when no more than all but one are missing. */
int64_t kds_bucket_token_ms(const struct kds_bucket *bucket, size_t n, int64_t now_ms)
{
    int64_t full_ms = later(bucket->full_ms, now_ms);

    return later(full_ms + (int64_t)n * bucket->interval_ms - bucket->saved_ms, now_ms);
}

bool kds_bucket_take(struct kds_bucket *bucket, int64_t now_ms)
{
    if (kds_bucket_token_ms(bucket, 0, now_ms) > now_ms)
        return false;
    bucket->full_ms = later(bucket->full_ms, now_ms) + bucket->interval_ms;
    return true;
}

void kds_bucket_put_off(struct kds_bucket *bucket, int64_t until_ms)
{
    bucket->full_ms = later(bucket->full_ms, until_ms + bucket->saved_ms);
    bucket->put_off_ms = later(bucket->put_off_ms, until_ms);
}

bool kds_bucket_is_put_off(const struct kds_bucket *bucket, int64_t now_ms)
{
    return now_ms < bucket->put_off_ms;
}
