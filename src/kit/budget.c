/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/budget.h"

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

static struct address_bucket *find(const struct budget *budget, struct bytes network)
{
    for (size_t i = 0; i < budget->count; i++) {
        struct address_bucket *each = &budget->addresses[i];
        if (bytes_equal(bytes_of(each->address, each->address_len), network))
            return each;
    }
    return NULL;
}

static struct address_bucket *make_place(struct budget *budget)
{
    struct address_bucket *oldest = &budget->addresses[0];

    if (budget->count < BUDGET_ADDRESSES_MAX)
        return &budget->addresses[budget->count++];
    for (size_t i = 1; i < budget->count; i++)
        if (budget->addresses[i].bucket.filled_ms < oldest->bucket.filled_ms)
            oldest = &budget->addresses[i];
    return oldest;
}

static struct bucket *bucket_of(struct budget *budget, struct bytes address,
                                int64_t now_ms)
{
    struct bytes network = bytes_first(address, IPV6_NETWORK_LEN);
    struct address_bucket *found = find(budget, network);

    if (found != NULL)
        return &found->bucket;
    found = make_place(budget);
    *found = (struct address_bucket){
        .address_len = network.len,
        .bucket = { .level = budget->per_minute_per_address * MINUTE_MS,
                    .filled_ms = now_ms },
    };
    memcpy(found->address, network.at, network.len);
    return &found->bucket;
}

/* Fills both and looks whether there is a token in each. */
static bool is_enough(const struct budget *budget, struct bucket *own, struct bucket *all,
                      int64_t now_ms, int64_t *retry_after_s)
{
    bucket_fill(all, budget->per_minute, now_ms);
    bucket_fill(own, budget->per_minute_per_address, now_ms);
    if (own->level < MINUTE_MS) {
        *retry_after_s = wait_for_token_s(own, budget->per_minute_per_address);
        return false;
    }
    if (all->level < MINUTE_MS) {
        *retry_after_s = wait_for_token_s(all, budget->per_minute);
        return false;
    }
    return true;
}

bool budget_take(struct budget *budget, struct bytes address, int64_t now_ms,
                 int64_t *retry_after_s)
{
    struct bucket *own = bucket_of(budget, address, now_ms);

    if (!is_enough(budget, own, &budget->all, now_ms, retry_after_s))
        return false;
    own->level -= MINUTE_MS;
    budget->all.level -= MINUTE_MS;
    return true;
}

bool budget_has(const struct budget *budget, struct bytes address, int64_t now_ms,
                int64_t *retry_after_s)
{
    const struct address_bucket *found =
        find(budget, bytes_first(address, IPV6_NETWORK_LEN));
    struct bucket all = budget->all;
    struct bucket own =
        found != NULL
            ? found->bucket
            : (struct bucket){ .level = budget->per_minute_per_address * MINUTE_MS,
                               .filled_ms = now_ms };

    return is_enough(budget, &own, &all, now_ms, retry_after_s);
}

void budget_give(struct budget *budget, struct bytes address, int64_t now_ms)
{
    struct bucket *own = bucket_of(budget, address, now_ms);

    own->level += MINUTE_MS;
    budget->all.level += MINUTE_MS;
    bucket_fill(own, budget->per_minute_per_address, now_ms); /* no more than it holds */
    bucket_fill(&budget->all, budget->per_minute, now_ms);
}
