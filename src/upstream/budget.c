/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/budget.h"

#include <stdlib.h>

enum { MINUTE_MS = 60000, IPV6_NETWORK_LEN = 8 };

/* Tokens are counted in 1/60000ths, so that a millisecond adds per_minute of them. */
struct bucket {
    int64_t level;
    int64_t filled_ms;
};

struct address_bucket {
    uint8_t address[IPV6_NETWORK_LEN];
    size_t address_len;
    struct bucket bucket;
};

struct budget {
    int64_t per_minute, per_minute_per_address;
    struct bucket all;
    struct address_bucket *addresses; /* the first `count` are in use */
    size_t count;
};

bool budget_create(unsigned per_minute, unsigned per_minute_per_address,
                   struct budget **out, struct error *err)
{
    OWNED(budget_destroy) struct budget *budget = calloc(1, sizeof *budget);

    if (budget == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for budgets");
    budget->addresses = calloc(BUDGET_ADDRESSES_MAX, sizeof *budget->addresses);
    if (budget->addresses == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for budgets");
    budget->per_minute = per_minute;
    budget->per_minute_per_address = per_minute_per_address;
    budget->all.level = budget->per_minute * MINUTE_MS;
    *out = TAKE(budget);
    return true;
}

void budget_destroy(struct budget *budget)
{
    if (budget == NULL)
        return;
    free(budget->addresses);
    free(budget);
}

static void bucket_fill(struct bucket *bucket, int64_t per_minute, int64_t now_ms)
{
    int64_t passed_ms = now_ms - bucket->filled_ms;

    if (passed_ms > MINUTE_MS)
        passed_ms = MINUTE_MS;
    if (passed_ms > 0)
        bucket->level += passed_ms * per_minute;
    if (bucket->level > per_minute * MINUTE_MS)
        bucket->level = per_minute * MINUTE_MS;
    bucket->filled_ms = now_ms;
}

static int64_t wait_for_token_s(const struct bucket *bucket, int64_t per_minute)
{
    if (per_minute == 0)
        return 60;
    return (MINUTE_MS - bucket->level) / per_minute / 1000 + 1;
}

static struct address_bucket *bucket_of(struct budget *budget, struct bytes address,
                                        int64_t now_ms)
{
    struct bytes network = bytes_first(address, IPV6_NETWORK_LEN);
    struct address_bucket *oldest = &budget->addresses[0];

    for (size_t i = 0; i < budget->count; i++) {
        struct address_bucket *each = &budget->addresses[i];
        if (bytes_equal(bytes_of(each->address, each->address_len), network))
            return each;
        if (each->bucket.filled_ms < oldest->bucket.filled_ms)
            oldest = each;
    }
    if (budget->count < BUDGET_ADDRESSES_MAX)
        oldest = &budget->addresses[budget->count++];
    *oldest = (struct address_bucket){
        .address_len = network.len,
        .bucket = { .level = budget->per_minute_per_address * MINUTE_MS,
                    .filled_ms = now_ms },
    };
    memcpy(oldest->address, network.at, network.len);
    return oldest;
}

bool budget_take(struct budget *budget, struct bytes address, int64_t now_ms,
                 int64_t *retry_after_s)
{
    struct bucket *own = &bucket_of(budget, address, now_ms)->bucket;

    bucket_fill(&budget->all, budget->per_minute, now_ms);
    bucket_fill(own, budget->per_minute_per_address, now_ms);
    if (own->level < MINUTE_MS) {
        *retry_after_s = wait_for_token_s(own, budget->per_minute_per_address);
        return false;
    }
    if (budget->all.level < MINUTE_MS) {
        *retry_after_s = wait_for_token_s(&budget->all, budget->per_minute);
        return false;
    }
    own->level -= MINUTE_MS;
    budget->all.level -= MINUTE_MS;
    return true;
}
