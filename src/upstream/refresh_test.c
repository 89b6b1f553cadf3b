/* SPDX-License-Identifier: Apache-2.0 */
/* What the fill modes let be asked for. The thread's long stories are scenarios in
 * tests/.
 */
#include "upstream/test_upstream.h"

struct miss_ear {
    atomic_bool is_told;
    enum refresh_outcome outcome;
};

static void hear(void *context, enum refresh_outcome outcome, int64_t retry_after_s)
{
    struct miss_ear *ear = context;

    (void)retry_after_s;
    ear->outcome = outcome;
    atomic_store(&ear->is_told, true);
}

static enum refresh_outcome miss(struct bench *bench, size_t address_len)
{
    struct miss_ear ear = { .is_told = false };
    struct refresh_demand demand = {
        .address_len = address_len,
        .key = key_tcb_info(TEE_SGX, 3, bench->pcs.script.pcks[0].sgx.fmspc, 0),
        .update = UPDATE_STANDARD,
        .context = &ear,
        .told = hear,
    };

    refresh_demand(bench->refresh, &demand);
    peer_await(atomic_load(&ear.is_told));
    return ear.outcome;
}

static void the_fill_mode_says_who_may_cause_a_miss_s_call(void **state)
{
    const struct {
        enum fill_mode fill;
        size_t address_len; /* 0: the operator's, or a registrar's */
        enum refresh_outcome outcome;
        unsigned calls;
    } cases[] = {
        { FILL_LAZY, 4, REFRESH_DONE, 1 },
        { FILL_REQ, 4, REFRESH_NOT_FOUND, 0 },
        { FILL_REQ, 0, REFRESH_DONE, 1 },
        { FILL_OFFLINE, 4, REFRESH_NOT_FOUND, 0 },
        { FILL_OFFLINE, 0, REFRESH_NOT_FOUND, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bench bench;
        bench_make(&bench);
        bench.config.intel.fill = cases[i].fill;
        bench_start(&bench);
        assert_int_equal(miss(&bench, cases[i].address_len), cases[i].outcome);
        assert_int_equal(atomic_load(&bench.pcs.tcb_infos), cases[i].calls);
        bench_end(&bench);
    }
}

static void offline_nobody_is_asked_and_nothing_scheduled(void **state)
{
    struct bench bench;
    struct bench_wait wait = { .is_over = false };
    struct error err = { 0 };

    (void)state;
    bench_make(&bench);
    bench.config.intel.fill = FILL_OFFLINE;
    bench_start(&bench);
    assert_true(bench_go_on(&bench, 40 * TEST_DAY_S));
    assert_false(refresh_everything(bench.refresh, NULL, bench_over, &wait, &err));
    assert_refused(err, ERROR_UNREACHABLE, "intel.fill is offline");
    assert_false(refresh_platforms(bench.refresh, NULL, bench_over, &wait, &err));
    assert_refused(err, ERROR_UNREACHABLE, "intel.fill is offline");
    assert_int_equal(atomic_load(&bench.pcs.all), 0);
    bench_end(&bench);
}

static void on_request_the_schedule_goes_on(void **state)
{
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench.config.intel.fill = FILL_REQ;
    bench_start(&bench);
    unsigned first = atomic_load(&bench.pcs.all);
    assert_true(first > 0);
    bench_go_on(&bench, 2 * TEST_DAY_S);
    assert_true(atomic_load(&bench.pcs.all) > first);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fill_mode_says_who_may_cause_a_miss_s_call),
        cmocka_unit_test(offline_nobody_is_asked_and_nothing_scheduled),
        cmocka_unit_test(on_request_the_schedule_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
