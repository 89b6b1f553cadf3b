/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused before anything is done, and at the end. */
#include "upstream/test_upstream.h"

static void the_fill_mode_says_who_may_cause_a_fetch(void **state)
{
    const struct {
        enum fill_mode fill;
        enum platform_bound_by by;
        enum platform_fetch outcome;
    } cases[] = {
        { FILL_LAZY, BOUND_BY_ASKING, FETCH_KEPT },
        { FILL_REQ, BOUND_BY_ASKING, FETCH_NOT_FOUND },
        { FILL_REQ, BOUND_BY_TOKEN, FETCH_KEPT },
        { FILL_OFFLINE, BOUND_BY_TOKEN, FETCH_NOT_FOUND },
        { FILL_OFFLINE, BOUND_BY_OPERATOR, FETCH_NOT_FOUND },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bench bench;
        struct platform_demand demand = bench_demand("aa01", 1);
        bench_make(&bench);
        bench.config.intel.fill = cases[i].fill;
        bench_start(&bench);
        demand.bound_by = cases[i].by;
        assert_int_equal(bench_fetch(&bench, &demand).outcome, cases[i].outcome);
        assert_int_equal(atomic_load(&bench.pcs.all) == 0, cases[i].fill == FILL_OFFLINE);
        bench_end(&bench);
    }
}

static void whoever_waits_is_told_when_the_service_stops(void **state)
{
    struct bench bench;
    struct bench_ear ear = { .told = 0 };
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    demand.context = &ear;
    demand.told = bench_hear;
    bench_make(&bench);
    bench_start(&bench);
    for (uint32_t n = 0; n < 100; n++) {
        memcpy(demand.encrypted_ppid, &n, sizeof n);
        refresh_fetch_platform(bench.refresh, &demand);
    }
    bench_end(&bench);
    assert_int_equal(atomic_load(&ear.told), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fill_mode_says_who_may_cause_a_fetch),
        cmocka_unit_test(whoever_waits_is_told_when_the_service_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
