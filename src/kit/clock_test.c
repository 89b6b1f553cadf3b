/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <pthread.h>
#include <time.h>

#include "kit/clock.h"

#define DAY_S 86400
#define JUNE_2025_S 1750377600 /* 2025-06-20T00:00:00Z */

static void a_standing_clock_moves_only_when_stepped(void **state)
{
    OWNED(clock_close) struct clock *clock = clock_standing_at(JUNE_2025_S);

    (void)state;
    assert_non_null(clock);
    assert_true(clock_is_moved(clock) && clock_is_standing(clock));
    int64_t mono_ms = clock_mono_ms(clock);
    assert_int_equal(clock_wall_s(clock), JUNE_2025_S);
    assert_true(mono_ms > 0);

    assert_true(clock_step_to(clock, JUNE_2025_S + 9 * DAY_S));
    assert_int_equal(clock_wall_s(clock), JUNE_2025_S + 9 * DAY_S);
    assert_int_equal(clock_mono_ms(clock), mono_ms + 9 * DAY_S * 1000LL);

    assert_true(clock_step_to(clock, JUNE_2025_S - DAY_S)); /* backwards */
    assert_int_equal(clock_wall_s(clock), JUNE_2025_S - DAY_S);
    assert_int_equal(clock_mono_ms(clock), mono_ms + 9 * DAY_S * 1000LL);

    assert_true(clock_step_to(clock, JUNE_2025_S)); /* on from there */
    assert_int_equal(clock_mono_ms(clock), mono_ms + 10 * DAY_S * 1000LL);
}

/* Between two looks at the machine's clock, the clock under test must say something
 * between; no time has to pass. */
static void a_running_clock_runs_with_the_machines(void **state)
{
    OWNED(clock_close) struct clock *moved = clock_starting_at(JUNE_2025_S);
    OWNED(clock_close) struct clock *system = clock_system();

    (void)state;
    assert_true(clock_is_moved(moved) && !clock_is_standing(moved));
    assert_false(clock_is_moved(system) || clock_is_standing(system));
    assert_false(clock_step_to(moved, 0) || clock_step_to(system, 0));

    int64_t before_s = clock_real_wall_s(), before_ms = clock_real_ms();
    int64_t wall_s = clock_wall_s(system), mono_ms = clock_mono_ms(system);
    assert_true(before_s <= wall_s && wall_s <= clock_real_wall_s());
    assert_true(before_ms <= mono_ms && mono_ms <= clock_real_ms());

    mono_ms = clock_mono_ms(moved);
    assert_true(before_ms <= mono_ms && mono_ms <= clock_real_ms());
    int64_t moved_s = clock_wall_s(moved);
    assert_true(moved_s >= JUNE_2025_S && moved_s < JUNE_2025_S + DAY_S);
    assert_int_equal(clock_is_held_up(moved), false);
}

static void the_real_clocks_are_the_machines(void **state)
{
    struct timespec before, after;

    (void)state;
    clock_gettime(CLOCK_MONOTONIC, &before);
    int64_t now_ms = clock_real_ms();
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(now_ms >= before.tv_sec * 1000 + before.tv_nsec / 1000000);
    assert_true(now_ms <= after.tv_sec * 1000 + after.tv_nsec / 1000000);

    clock_gettime(CLOCK_REALTIME, &before);
    int64_t now_s = clock_real_wall_s();
    clock_gettime(CLOCK_REALTIME, &after);
    assert_true(now_s >= before.tv_sec && now_s <= after.tv_sec);
}

static void wall_time_never_falls_below_the_floor(void **state)
{
    OWNED(clock_close) struct clock *clock = clock_standing_at(JUNE_2025_S);
    OWNED(clock_close) struct clock *system = clock_system();

    (void)state;
    assert_false(clock_is_held_up(clock));
    clock_raise_floor(clock, JUNE_2025_S - 1);
    assert_int_equal(clock_wall_s(clock), JUNE_2025_S);
    clock_raise_floor(clock, JUNE_2025_S);
    assert_false(clock_is_held_up(clock));
    clock_raise_floor(clock, JUNE_2025_S + DAY_S);
    assert_true(clock_is_held_up(clock));
    assert_int_equal(clock_wall_s(clock), JUNE_2025_S + DAY_S);
    clock_raise_floor(clock, JUNE_2025_S); /* never down again */
    assert_int_equal(clock_wall_s(clock), JUNE_2025_S + DAY_S);
    assert_true(clock_step_to(clock, 0));
    assert_int_equal(clock_wall_s(clock), JUNE_2025_S + DAY_S);
    assert_true(clock_step_to(clock, JUNE_2025_S + 2 * DAY_S));
    assert_int_equal(clock_wall_s(clock), JUNE_2025_S + 2 * DAY_S);
    assert_false(clock_is_held_up(clock));

    int64_t ahead_s = clock_real_wall_s() + 1000 * DAY_S;
    clock_raise_floor(system, ahead_s);
    assert_int_equal(clock_wall_s(system), ahead_s);
    assert_true(clock_is_held_up(system));
    clock_close(NULL);
}

enum { RAISES = 20000, RAISERS = 4 };

struct raiser {
    struct clock *clock;
    int64_t step;
};

static void *raise_often(void *argument)
{
    const struct raiser *raiser = argument;
    int64_t last_s = 0;

    for (int64_t i = 0; i < RAISES; i++) {
        clock_raise_floor(raiser->clock, i * raiser->step);
        int64_t now_s = clock_wall_s(raiser->clock);
        if (now_s < last_s || now_s < i * raiser->step)
            return "time went backwards";
        last_s = now_s;
    }
    return NULL;
}

static void many_may_raise_the_floor_at_once(void **state)
{
    OWNED(clock_close) struct clock *clock = clock_standing_at(0);
    struct raiser raisers[RAISERS];
    pthread_t threads[RAISERS];

    (void)state;
    for (int i = 0; i < RAISERS; i++) {
        raisers[i] = (struct raiser){ clock, i + 1 };
        assert_int_equal(pthread_create(&threads[i], NULL, raise_often, &raisers[i]), 0);
    }
    for (int i = 0; i < RAISERS; i++) {
        void *complaint;
        assert_int_equal(pthread_join(threads[i], &complaint), 0);
        assert_null(complaint);
    }
    assert_int_equal(clock_wall_s(clock), (RAISES - 1) * RAISERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_standing_clock_moves_only_when_stepped),
        cmocka_unit_test(a_running_clock_runs_with_the_machines),
        cmocka_unit_test(the_real_clocks_are_the_machines),
        cmocka_unit_test(wall_time_never_falls_below_the_floor),
        cmocka_unit_test(many_may_raise_the_floor_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
