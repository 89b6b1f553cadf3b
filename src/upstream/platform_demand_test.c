/* SPDX-License-Identifier: Apache-2.0 */
/* Who makes a call, and who hangs on another's or on what is remembered. */
#include "upstream/test_upstream.h"

enum { ARENA = 4 << 20 };

static void equal_questions_make_one_call(void **state)
{
    enum { HOSTS = 50 };
    struct bench bench;
    struct bench_ear ear = { .told = 0 };
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    demand.context = &ear;
    demand.told = bench_hear;
    bench_make(&bench);
    bench_start(&bench);
    for (int i = 0; i < HOSTS; i++)
        refresh_fetch_platform(bench.refresh, &demand);
    peer_await(atomic_load(&ear.told) == HOSTS);
    assert_int_equal(ear.report.outcome, FETCH_KEPT);
    assert_in_range(atomic_load(&bench.pcs.lists), 1, 2); /* a latecomer may ask again */
    bench_end(&bench);
}

static void what_upstream_does_not_know_is_not_written_nor_asked_again(void **state)
{
    const struct {
        unsigned status;
        const char *error_code;
        enum platform_fetch outcome;
    } cases[] = {
        { 404, NULL, FETCH_NOT_FOUND },
        { 400, "InvalidEncryptedPpid", FETCH_REFUSED },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bench bench;
        struct arena arena;
        struct platform platform;
        struct platform_demand demand = bench_demand("aa01", 1);
        bench_make(&bench);
        bench_start(&bench);
        test_pcs_set_status(&bench.pcs, cases[i].status, cases[i].error_code, NULL);
        for (int again = 0; again < 3; again++) {
            struct platform_report report = bench_fetch(&bench, &demand);
            assert_int_equal(report.outcome, cases[i].outcome);
            assert_string_equal(report.code,
                                cases[i].error_code == NULL ? "" : cases[i].error_code);
        }
        assert_int_equal(atomic_load(&bench.pcs.lists), 1);
        arena_init(&arena, ARENA);
        assert_false(bench_find(&bench, "aa01", &arena, &platform));
        arena_fini(&arena);
        bench_end(&bench);
    }
}

static void a_platform_without_a_name_takes_one_on(void **state)
{
    struct bench bench;
    struct arena arena;
    struct platform platform;
    struct platform_demand nameless = bench_demand("aa01", 1), named = nameless;
    struct platform_counts counts;
    struct error err = { 0 };

    (void)state;
    nameless.has_name = false;
    bench_make(&bench);
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, &nameless).kept, PLATFORM_ADDED);
    arena_init(&arena, ARENA);
    assert_false(bench_find(&bench, "aa01", &arena, &platform));
    assert_int_equal(bench_fetch(&bench, &named).outcome, FETCH_KEPT);
    assert_true(bench_find(&bench, "aa01", &arena, &platform));
    arena_fini(&arena);
    assert_ok(platforms_count(bench.reader, &counts, &err), err);
    assert_int_equal(counts.platforms, 1);
    bench_end(&bench);
}

static void strangers_pay_out_of_the_budget_of_misses(void **state)
{
    struct bench bench;
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    bench_make(&bench);
    bench.config.limits.upstream_per_minute_per_address = 2;
    bench_start(&bench);
    demand.address_len = 4;
    for (uint32_t n = 0; n < 3; n++) {
        memcpy(demand.encrypted_ppid, &n, sizeof n);
        demand.name.qe_id[0] = (char)('0' + n);
        struct platform_report report = bench_fetch(&bench, &demand);
        assert_int_equal(report.outcome, n < 2 ? FETCH_KEPT : FETCH_BUDGET);
        assert_int_equal(report.retry_after_s > 0, n == 2);
    }
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_questions_make_one_call),
        cmocka_unit_test(what_upstream_does_not_know_is_not_written_nor_asked_again),
        cmocka_unit_test(a_platform_without_a_name_takes_one_on),
        cmocka_unit_test(strangers_pay_out_of_the_budget_of_misses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
