/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/breaker.h"

#include "kit/test.h"

static void open_after_failures(struct breaker *breaker, int64_t now_ms)
{
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        assert_true(breaker_allows(breaker, now_ms));
        breaker_failed(breaker, (uint64_t)i, now_ms);
    }
}

static void opens_at_the_fifth_failure_not_before(void **state)
{
    struct breaker breaker = { 0 };

    (void)state;
    for (int i = 1; i < BREAKER_FAILURES; i++)
        breaker_failed(&breaker, (uint64_t)i, 0);
    assert_true(breaker_allows(&breaker, 0));
    breaker_failed(&breaker, BREAKER_FAILURES, 0);
    assert_false(breaker_allows(&breaker, 0));
}

static void one_success_in_between_starts_the_count_again(void **state)
{
    struct breaker breaker = { 0 };

    (void)state;
    for (int i = 1; i < BREAKER_FAILURES; i++)
        breaker_failed(&breaker, (uint64_t)i, 0);
    breaker_ok(&breaker);
    breaker_failed(&breaker, BREAKER_FAILURES, 0);
    assert_true(breaker_allows(&breaker, 0));
}

static void one_thing_that_always_fails_does_not_block_the_others(void **state)
{
    struct breaker breaker = { 0 };

    (void)state;
    for (int i = 0; i < 100; i++)
        breaker_failed(&breaker, 7, i);
    assert_true(breaker_allows(&breaker, 100));
}

static void after_the_pause_exactly_one_call_probes(void **state)
{
    struct breaker breaker = { 0 };

    (void)state;
    open_after_failures(&breaker, 1000);
    assert_false(breaker_allows(&breaker, 1000 + BREAKER_PAUSE_FIRST_MS - 1));
    assert_true(breaker_allows(&breaker, 1000 + BREAKER_PAUSE_FIRST_MS));
    assert_true(breaker_is_probed(&breaker));
    assert_false(breaker_allows(&breaker, 1000 + BREAKER_PAUSE_FIRST_MS));
    breaker_ok(&breaker);
    assert_false(breaker_is_open(&breaker));
    assert_false(breaker_is_probed(&breaker));
    assert_true(breaker_allows(&breaker, 0));
}

static void failed_probe_doubles_the_pause_up_to_its_end(void **state)
{
    struct breaker breaker = { 0 };
    int64_t now_ms = 0;

    (void)state;
    open_after_failures(&breaker, now_ms);
    for (int64_t pause = BREAKER_PAUSE_FIRST_MS; pause < BREAKER_PAUSE_LAST_MS;
         pause *= 2) {
        assert_int_equal(breaker.pause_ms, pause);
        now_ms = breaker.open_until_ms;
        assert_true(breaker_allows(&breaker, now_ms));
        breaker_failed(&breaker, 0, now_ms);
    }
    assert_int_equal(breaker.pause_ms, BREAKER_PAUSE_LAST_MS);
}

static void late_failures_of_calls_under_way_do_not_lengthen_it(void **state)
{
    struct breaker breaker = { 0 };

    (void)state;
    open_after_failures(&breaker, 0);
    breaker_failed(&breaker, 9, 5000);
    assert_int_equal(breaker.open_until_ms, BREAKER_PAUSE_FIRST_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_at_the_fifth_failure_not_before),
        cmocka_unit_test(one_success_in_between_starts_the_count_again),
        cmocka_unit_test(one_thing_that_always_fails_does_not_block_the_others),
        cmocka_unit_test(after_the_pause_exactly_one_call_probes),
        cmocka_unit_test(failed_probe_doubles_the_pause_up_to_its_end),
        cmocka_unit_test(late_failures_of_calls_under_way_do_not_lengthen_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
