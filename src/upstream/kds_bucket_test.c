/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds_bucket.h"

#include "kit/test.h"

enum { EVERY_MS = 10000, NOW_MS = 1000000 };

static struct kds_bucket bucket_of(int64_t interval_ms, unsigned burst)
{
    struct kds_bucket bucket;

    kds_bucket_init(&bucket, interval_ms, burst);
    return bucket;
}

static void a_full_bucket_gives_its_burst_and_then_one_each_interval(void **state)
{
    struct kds_bucket bucket = bucket_of(EVERY_MS, 3);

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(kds_bucket_take(&bucket, NOW_MS));
    assert_false(kds_bucket_take(&bucket, NOW_MS));
    assert_false(kds_bucket_take(&bucket, NOW_MS + EVERY_MS - 1));
    assert_true(kds_bucket_take(&bucket, NOW_MS + EVERY_MS));
    assert_false(kds_bucket_take(&bucket, NOW_MS + EVERY_MS));
}

static void no_more_is_saved_up_than_the_burst(void **state)
{
    struct kds_bucket bucket = bucket_of(EVERY_MS, 2);
    int taken = 0;

    (void)state;
    assert_true(kds_bucket_take(&bucket, NOW_MS));
    while (kds_bucket_take(&bucket, NOW_MS + 100 * EVERY_MS))
        taken++;
    assert_int_equal(taken, 2);
}

static void five_thousand_take_as_long_as_they_must(void **state)
{
    struct kds_bucket bucket = bucket_of(EVERY_MS, 3);
    int64_t now_ms = NOW_MS;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        now_ms = kds_bucket_token_ms(&bucket, 0, now_ms);
        assert_true(kds_bucket_take(&bucket, now_ms));
    }
    assert_int_equal(now_ms, NOW_MS + (int64_t)(5000 - 3) * EVERY_MS);
}

static void the_moment_of_every_token_is_known_ahead(void **state)
{
    struct kds_bucket ahead = bucket_of(EVERY_MS, 3), bucket;
    int64_t now_ms = NOW_MS;

    (void)state;
    assert_true(kds_bucket_take(&ahead, NOW_MS - 15000));
    bucket = ahead;
    for (size_t n = 0; n < 8; n++) {
        now_ms = kds_bucket_token_ms(&bucket, 0, now_ms);
        assert_int_equal(kds_bucket_token_ms(&ahead, n, NOW_MS), now_ms);
        assert_true(kds_bucket_take(&bucket, now_ms));
    }
}

static void retry_after_moves_the_next_token_out_and_takes_what_was_saved(void **state)
{
    struct kds_bucket bucket = bucket_of(EVERY_MS, 3);

    (void)state;
    kds_bucket_put_off(&bucket, NOW_MS + 60000);
    assert_true(kds_bucket_is_put_off(&bucket, NOW_MS + 59999));
    assert_false(kds_bucket_take(&bucket, NOW_MS + 59999));
    assert_false(kds_bucket_is_put_off(&bucket, NOW_MS + 60000));
    assert_true(kds_bucket_take(&bucket, NOW_MS + 60000));
    assert_false(kds_bucket_take(&bucket, NOW_MS + 60000));
    assert_true(kds_bucket_take(&bucket, NOW_MS + 70000));
    kds_bucket_put_off(&bucket, NOW_MS); /* an old word */
    assert_true(kds_bucket_take(&bucket, NOW_MS + 80000));
}

static void without_an_interval_only_a_refusal_holds_back(void **state)
{
    struct kds_bucket bucket = bucket_of(0, 1);

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(kds_bucket_take(&bucket, NOW_MS));
    assert_int_equal(kds_bucket_token_ms(&bucket, 1000, NOW_MS), NOW_MS);
    kds_bucket_put_off(&bucket, NOW_MS + 5000);
    assert_false(kds_bucket_take(&bucket, NOW_MS + 4999));
    assert_true(kds_bucket_take(&bucket, NOW_MS + 5000));
    assert_true(kds_bucket_take(&bucket, NOW_MS + 5000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bucket_gives_its_burst_and_then_one_each_interval),
        cmocka_unit_test(no_more_is_saved_up_than_the_burst),
        cmocka_unit_test(five_thousand_take_as_long_as_they_must),
        cmocka_unit_test(the_moment_of_every_token_is_known_ahead),
        cmocka_unit_test(retry_after_moves_the_next_token_out_and_takes_what_was_saved),
        cmocka_unit_test(without_an_interval_only_a_refusal_holds_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
