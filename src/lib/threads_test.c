/* SPDX-License-Identifier: Apache-2.0 */
/* What a service does all day: threads that share a verifier, and collateral that is
 * swapped under them. TEST_SECONDS says for how long; a moment without it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "lib/test_court.h"

enum { THREADS = 8, ROUNDS_LEAST = 40, SWAPS_LEAST = 20 };

struct shelf { /* the newest collateral, in place of what was there */
    struct court court;
    pthread_mutex_t lock;
    struct thim_collateral *newest;
    time_t until;
    atomic_uint accepted, refused, failed;
    struct thim_policy *policy;
};

static struct thim_collateral *take_newest(struct shelf *shelf)
{
    pthread_mutex_lock(&shelf->lock);
    struct thim_collateral *held = thim_collateral_hold(shelf->newest);
    pthread_mutex_unlock(&shelf->lock);
    return held;
}

/* One in three has a byte changed, and says so whoever looks. */
static bool judge_one(struct shelf *shelf, struct bytes quote,
                      struct thim_verdict *verdict)
{
    struct thim_collateral *held = take_newest(shelf);
    bool accepted = thim_verify_quote(shelf->court.verifier, held, quote.at, quote.len,
                                      shelf->court.now_s, shelf->policy, NULL, verdict);

    thim_collateral_release(held); /* the verdict goes on with it */
    return accepted && thim_verdict_field(verdict, THIM_FIELD_TDX_MRTD).len == 48;
}

static void *verify_on(void *context)
{
    struct shelf *shelf = context;
    struct bytes quote = buf_bytes(&shelf->court.quote);
    struct thim_verdict *verdict = NULL;
    uint8_t *spoiled = malloc(quote.len);

    if (!thim_verdict_new(&verdict, NULL) || spoiled == NULL)
        return NULL;
    memcpy(spoiled, quote.at, quote.len);
    spoiled[48 + TD_MRTD] ^= 1;
    for (int i = 0; i < ROUNDS_LEAST || time(NULL) < shelf->until; i++) {
        bool is_spoiled = i % 3 == 2;
        bool accepted =
            judge_one(shelf, is_spoiled ? bytes_of(spoiled, quote.len) : quote, verdict);
        bool is_right = accepted != is_spoiled
                        && thim_verdict_failure(verdict)
                               == (is_spoiled ? THIM_CHECK_INVALID_QUOTE_SIGNATURE
                                              : THIM_CHECK_PASSED);
        atomic_fetch_add(!is_right    ? &shelf->failed
                         : is_spoiled ? &shelf->refused
                                      : &shelf->accepted,
                         1);
    }
    thim_verdict_free(verdict);
    free(spoiled);
    return NULL;
}

static void swap(struct shelf *shelf)
{
    struct thim_collateral *fresh = NULL;

    assert_true(
        thim_collateral_new(shelf->court.trust, &shelf->court.options, &fresh, NULL));
    pthread_mutex_lock(&shelf->lock);
    struct thim_collateral *former = shelf->newest;
    shelf->newest = fresh;
    pthread_mutex_unlock(&shelf->lock);
    thim_collateral_release(former);
}

static void open_shelf(struct shelf *shelf)
{
    const char *seconds = getenv("TEST_SECONDS");

    *shelf = (struct shelf){ .newest = NULL };
    court_open(&shelf->court, TEE_TDX);
    pthread_mutex_init(&shelf->lock, NULL);
    shelf->newest = thim_collateral_hold(shelf->court.collateral);
    shelf->until = seconds != NULL ? time(NULL) + strtol(seconds, NULL, 10) : 0;
    assert_true(thim_policy_new("{}", 2, &shelf->policy, NULL));
}

static void close_shelf(struct shelf *shelf)
{
    thim_policy_release(shelf->policy);
    thim_collateral_release(shelf->newest);
    pthread_mutex_destroy(&shelf->lock);
    court_close(&shelf->court);
}

static void threads_share_a_verifier_while_collateral_is_swapped(void **state)
{
    static struct shelf shelf;
    pthread_t threads[THREADS];

    (void)state;
    open_shelf(&shelf);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, verify_on, &shelf), 0);
    for (int i = 0; i < SWAPS_LEAST || time(NULL) < shelf.until; i++)
        swap(&shelf);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&shelf.failed), 0);
    assert_true(atomic_load(&shelf.accepted) >= THREADS * ROUNDS_LEAST * 2 / 3);
    assert_true(atomic_load(&shelf.refused) >= THREADS * (ROUNDS_LEAST / 3));
    close_shelf(&shelf);
}

/* More threads than lanes: who finds none verifies anew, and comes to the same. */
static void a_verifier_of_one_lane_serves_all(void **state)
{
    const struct thim_verifier_options one = { .size = sizeof one, .lanes = 1 };
    static struct shelf shelf;
    pthread_t threads[THREADS];

    (void)state;
    open_shelf(&shelf);
    shelf.until = 0;
    thim_verifier_free(shelf.court.verifier);
    assert_true(thim_verifier_new(&one, &shelf.court.verifier, NULL));
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, verify_on, &shelf), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&shelf.failed), 0);
    close_shelf(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_share_a_verifier_while_collateral_is_swapped),
        cmocka_unit_test(a_verifier_of_one_lane_serves_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
