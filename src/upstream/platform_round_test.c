/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms that nobody waits for, through months of a clock that is stepped. */
#include "upstream/schedule.h"
#include "upstream/test_upstream.h"

#define HOUR_S INT64_C(3600)

enum { ARENA = 4 << 20 };

static uint8_t manifest[MANIFEST_LEAST];

static struct platform_demand registration(const char *qe_id)
{
    struct platform_demand demand = bench_demand(qe_id, 1);

    memset(manifest, 0xc3, sizeof manifest);
    demand.bound_by = BOUND_BY_TOKEN;
    snprintf(demand.registrar, sizeof demand.registrar, "rack-7");
    demand.has_encrypted_ppid = false;
    demand.manifest = bytes_of(manifest, sizeof manifest);
    return demand;
}

static struct platform look_at(struct bench *bench, const char *qe_id,
                               struct arena *arena)
{
    struct platform platform;

    arena_fini(arena);
    assert_true(bench_find(bench, qe_id, arena, &platform));
    return platform;
}

static void a_registration_is_not_lost_to_an_upstream_that_is_away(void **state)
{
    struct bench bench;
    struct arena arena;
    struct platform_demand demand = registration("aa01");

    (void)state;
    arena_init(&arena, ARENA);
    bench_make(&bench);
    bench_start(&bench);
    bench_register(&bench, &demand);
    test_pcs_set_status(&bench.pcs, 500, NULL, NULL);
    assert_int_equal(bench_fetch(&bench, &demand).outcome, FETCH_UNREACHABLE);
    struct platform platform = look_at(&bench, "aa01", &arena);
    assert_int_equal(platform.state, PLATFORM_WAITING);
    assert_int_equal(platform.failures, 1);
    assert_string_equal(platform.why, "upstream pcs: answered 500");
    assert_in_range(platform.due_s, BENCH_NOW_S + SCHEDULE_BACKOFF_FIRST_S,
                    BENCH_NOW_S + 2 * SCHEDULE_BACKOFF_FIRST_S);
    assert_false(bench_go_on(&bench, 40)); /* tried again, in vain */
    assert_int_equal(look_at(&bench, "aa01", &arena).failures, 2);
    test_pcs_set_status(&bench.pcs, 0, NULL, NULL);
    assert_true(bench_go_on(&bench, 2 * HOUR_S));
    platform = look_at(&bench, "aa01", &arena);
    assert_int_equal(platform.state, PLATFORM_HELD);
    assert_int_equal(platform.failures, 0);
    assert_string_equal(platform.registrar, "rack-7");
    assert_int_equal(platform.bound_by, BOUND_BY_TOKEN);
    assert_memory_equal(bench.pcs.last_body, "{\"platformManifest\":\"C3C3", 24);
    arena_fini(&arena);
    bench_end(&bench);
}

static void a_platform_is_fetched_again_after_a_month(void **state)
{
    struct bench bench;
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, &demand).outcome, FETCH_KEPT);
    bench_go_on(&bench, 26 * TEST_DAY_S);
    assert_int_equal(atomic_load(&bench.pcs.lists), 1);
    bench_go_on(&bench, 5 * TEST_DAY_S);
    assert_int_equal(atomic_load(&bench.pcs.lists), 2);
    bench_end(&bench);
}

static void below_its_raw_tcb_it_is_fetched_daily(void **state)
{
    struct bench bench;
    struct arena arena;
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    arena_init(&arena, ARENA);
    demand.raw.cpusvn[0] = 8; /* the best certificate has 7 */
    bench_make(&bench);
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, &demand).outcome, FETCH_KEPT);
    assert_in_range(look_at(&bench, "aa01", &arena).due_s,
                    BENCH_NOW_S + PLATFORM_BELOW_S * 9 / 10,
                    BENCH_NOW_S + PLATFORM_BELOW_S);
    bench_go_on(&bench, PLATFORM_BELOW_S);
    assert_int_equal(atomic_load(&bench.pcs.lists), 2);
    struct test_pcs_script script = test_pcs_script(&bench.pcs);
    script.pcks[0] = test_pcs_pck(8); /* it has come */
    test_pcs_set(&bench.pcs, &script);
    bench_go_on(&bench, PLATFORM_BELOW_S);
    assert_int_equal(atomic_load(&bench.pcs.lists), 3);
    bench_go_on(&bench, PLATFORM_BELOW_S);
    assert_int_equal(atomic_load(&bench.pcs.lists), 3);
    arena_fini(&arena);
    bench_end(&bench);
}

static void a_new_evaluation_number_makes_every_platform_due(void **state)
{
    struct bench bench;
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, &demand).outcome, FETCH_KEPT);
    bench_go_on(&bench,
                2 * TEST_DAY_S); /* the list is fetched again, and says the same */
    assert_int_equal(atomic_load(&bench.pcs.lists), 1);
    struct test_pcs_script script = test_pcs_script(&bench.pcs);
    script.highest_number = 19;
    test_pcs_set(&bench.pcs, &script);
    bench_go_on(&bench, 2 * TEST_DAY_S);
    assert_int_equal(atomic_load(&bench.pcs.lists), 2);
    bench_go_on(&bench, 2 * TEST_DAY_S);
    assert_int_equal(atomic_load(&bench.pcs.lists), 2);
    bench_end(&bench);
}

static bool refresh_all(struct bench *bench, const uint8_t *fmspc)
{
    struct bench_wait wait = { .is_over = false };
    struct error err = { 0 };

    assert_ok(refresh_platforms(bench->refresh, fmspc, bench_over, &wait, &err), err);
    peer_await(atomic_load(&wait.is_over));
    return wait.all_well;
}

static void the_operator_may_have_all_of_them_fetched_now(void **state)
{
    enum { PLATFORMS = 20 };
    struct bench bench;
    const uint8_t other[6] = { 1 };

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    for (uint32_t n = 0; n < PLATFORMS; n++) {
        char qe_id[8];
        snprintf(qe_id, sizeof qe_id, "%04x", n);
        struct platform_demand demand = bench_demand(qe_id, n);
        assert_int_equal(bench_fetch(&bench, &demand).outcome, FETCH_KEPT);
    }
    assert_true(clock_step_to(bench.clock, BENCH_NOW_S + 60));
    assert_true(refresh_all(&bench, other));
    assert_int_equal(atomic_load(&bench.pcs.lists), PLATFORMS);
    assert_true(refresh_all(&bench, bench.pcs.script.pcks[0].sgx.fmspc));
    assert_int_equal(atomic_load(&bench.pcs.lists), 2 * PLATFORMS);
    test_pcs_set_status(&bench.pcs, 404, NULL, NULL);
    assert_true(clock_step_to(bench.clock, BENCH_NOW_S + 120));
    assert_false(refresh_all(&bench, NULL));
    assert_int_equal(atomic_load(&bench.pcs.lists), 3 * PLATFORMS);
    bench_end(&bench);
}

static void a_doubt_is_followed_once_the_last_fetch_is_a_day_old(void **state)
{
    struct bench bench;
    struct arena arena;
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    arena_init(&arena, ARENA);
    bench_make(&bench);
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, &demand).outcome, FETCH_KEPT);
    int64_t row = look_at(&bench, "aa01", &arena).platform;
    refresh_doubt_platform(bench.refresh, row);
    bench_settle(&bench);
    assert_int_equal(atomic_load(&bench.pcs.lists), 1);
    bench_go_on(&bench, TEST_DAY_S);
    refresh_doubt_platform(bench.refresh, row);
    refresh_doubt_platform(bench.refresh, row);
    bench_settle(&bench);
    assert_int_equal(atomic_load(&bench.pcs.lists), 2);
    arena_fini(&arena);
    bench_end(&bench);
}

static void while_nobody_answers_what_is_due_stays_due(void **state)
{
    enum { PLATFORMS = 12 };
    struct bench bench;
    struct arena arena;

    (void)state;
    arena_init(&arena, ARENA);
    bench_make(&bench);
    bench_start(&bench);
    test_pcs_set_status(&bench.pcs, 500, NULL, NULL);
    for (uint32_t n = 0; n < PLATFORMS; n++) {
        char qe_id[8];
        snprintf(qe_id, sizeof qe_id, "%04x", n);
        struct platform_demand demand = registration(qe_id);
        manifest[0] = (uint8_t)n;
        bench_register(&bench, &demand);
    }
    assert_false(bench_settle(&bench));
    /* four at once until the fifth failure opens the breaker */
    assert_in_range(atomic_load(&bench.pcs.lists), 5, 8);
    test_pcs_set_status(&bench.pcs, 0, NULL, NULL);
    bench_go_on(&bench, 2 * HOUR_S);
    for (uint32_t n = 0; n < PLATFORMS; n++) {
        char qe_id[8];
        snprintf(qe_id, sizeof qe_id, "%04x", n);
        assert_int_equal(look_at(&bench, qe_id, &arena).state, PLATFORM_HELD);
    }
    arena_fini(&arena);
    bench_end(&bench);
}

static void under_a_clock_that_runs_they_keep_their_pace(void **state)
{
    enum { PLATFORMS = 6, PER_MINUTE = 600 };
    struct bench bench;

    (void)state;
    bench_make(&bench);
    clock_close(bench.clock);
    bench.clock = clock_starting_at(BENCH_NOW_S);
    bench.pcs.clock = bench.clock;
    bench.config.intel.platform_fetches_per_minute = PER_MINUTE;
    bench_start(&bench);
    for (uint32_t n = 0; n < PLATFORMS; n++) {
        char qe_id[8];
        snprintf(qe_id, sizeof qe_id, "%04x", n);
        struct platform_demand demand = registration(qe_id);
        manifest[0] = (uint8_t)n;
        bench_register(&bench, &demand);
    }
    int64_t began_ms = clock_real_ms();
    assert_true(refresh_all(&bench, NULL));
    assert_int_equal(atomic_load(&bench.pcs.lists), PLATFORMS);
    assert_true(clock_real_ms() - began_ms >= (PLATFORMS - 2) * 60000 / PER_MINUTE);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registration_is_not_lost_to_an_upstream_that_is_away),
        cmocka_unit_test(a_platform_is_fetched_again_after_a_month),
        cmocka_unit_test(below_its_raw_tcb_it_is_fetched_daily),
        cmocka_unit_test(a_new_evaluation_number_makes_every_platform_due),
        cmocka_unit_test(the_operator_may_have_all_of_them_fetched_now),
        cmocka_unit_test(a_doubt_is_followed_once_the_last_fetch_is_a_day_old),
        cmocka_unit_test(while_nobody_answers_what_is_due_stays_due),
        cmocka_unit_test(under_a_clock_that_runs_they_keep_their_pace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
