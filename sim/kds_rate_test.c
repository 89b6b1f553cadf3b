/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/kds_rate.h"

#include "kit/test.h"

enum { START_S = 1750420800 };

static bool ask(struct kds_rate *rate, int64_t after_s, unsigned *retry_after_s)
{
    kds_rate_note(rate, START_S + after_s);
    return kds_rate_admits(rate, START_S + after_s, retry_after_s);
}

static void one_in_ten_seconds_is_given(void **state)
{
    static const struct {
        int64_t after_s;
        bool is_given;
        unsigned retry_after_s;
        uint64_t largest;
    } steps[] = {
        { 0, true, 0, 1 },   { 0, false, 10, 2 },  { 9, false, 1, 3 },
        { 10, true, 0, 3 },  { 19, false, 1, 3 },  { 20, true, 0, 3 },
        { 500, true, 0, 3 }, { 501, false, 9, 3 },
    };
    struct kds_rate rate;

    (void)state;
    kds_rate_init(&rate);
    kds_rate_limit(&rate, 1, 10);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        unsigned retry_after_s = 0;
        assert_int_equal(ask(&rate, steps[i].after_s, &retry_after_s), steps[i].is_given);
        assert_int_equal(retry_after_s, steps[i].retry_after_s);
        assert_int_equal(rate.largest_in_window, steps[i].largest);
    }
    assert_int_equal(rate.limited, 4);
}

static void a_window_slides(void **state)
{
    struct kds_rate rate;
    unsigned retry_after_s = 0;

    (void)state;
    kds_rate_init(&rate);
    kds_rate_limit(&rate, 2, 60);
    assert_true(ask(&rate, 0, &retry_after_s));
    assert_true(ask(&rate, 50, &retry_after_s));
    assert_false(ask(&rate, 59, &retry_after_s));
    assert_int_equal(retry_after_s, 1);
    assert_true(ask(&rate, 60, &retry_after_s));
    assert_false(ask(&rate, 61, &retry_after_s));
    assert_int_equal(retry_after_s, 49);
}

static void without_a_limit_all_are_given_and_counted(void **state)
{
    struct kds_rate rate;
    unsigned retry_after_s = 0;

    (void)state;
    kds_rate_init(&rate);
    for (int i = 0; i < 100; i++)
        assert_true(ask(&rate, i / 10, &retry_after_s));
    assert_int_equal(rate.largest_in_window, 100);
    kds_rate_reset(&rate);
    assert_true(ask(&rate, 40, &retry_after_s));
    assert_int_equal(rate.largest_in_window, 1);
    assert_int_equal(rate.limited, 0);
}

static void a_clock_that_goes_back_begins_anew(void **state)
{
    struct kds_rate rate;
    unsigned retry_after_s = 0;

    (void)state;
    kds_rate_init(&rate);
    kds_rate_limit(&rate, 1, 10);
    assert_true(ask(&rate, 1000, &retry_after_s));
    assert_true(ask(&rate, 995, &retry_after_s));
    assert_true(ask(&rate, -START_S - 5, &retry_after_s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_in_ten_seconds_is_given),
        cmocka_unit_test(a_window_slides),
        cmocka_unit_test(without_a_limit_all_are_given_and_counted),
        cmocka_unit_test(a_clock_that_goes_back_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
