/* SPDX-License-Identifier: Apache-2.0 */
/* What is believed of an answer, and what is waited for. */
#include "upstream/test_upstream.h"

enum { ARENA = 4 << 20 };

static void the_tcb_info_of_a_new_fmspc_is_held_when_it_is_told(void **state)
{
    struct bench bench;
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    assert_int_equal(atomic_load(&bench.pcs.tcb_infos), 0);
    assert_int_equal(bench_fetch(&bench, &demand).outcome, FETCH_KEPT);
    struct collateral_key subject =
        key_tcb_info(TEE_SGX, 3, bench.pcs.script.pcks[0].sgx.fmspc, 0);
    struct holdings *holdings = bench_holdings(&bench);
    assert_non_null(holdings_designated(holdings, &subject, UPDATE_STANDARD));
    holdings_release(holdings);
    bench_end(&bench);
}

static void certificates_of_another_root_are_not_believed(void **state)
{
    struct bench bench;
    struct arena arena;
    struct platform platform;
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    bench_make(&bench);
    bench.pcs.impostors = test_world_make(NULL);
    bench_start(&bench);
    struct platform_report report = bench_fetch(&bench, &demand);
    assert_int_equal(report.outcome, FETCH_UNTRUSTED);
    assert_non_null(strstr(report.why, "upstream pcs"));
    arena_init(&arena, ARENA);
    assert_false(bench_find(&bench, "aa01", &arena, &platform));
    arena_fini(&arena);
    bench_end(&bench);
}

static void without_its_ca_s_crl_nothing_is_believed_and_it_is_asked_for(void **state)
{
    struct bench bench;
    struct test_pcs_script script;
    struct platform_demand demand = bench_demand("aa01", 1);
    int64_t until_ms = clock_real_ms() + PEER_WAIT_MS;
    uint32_t n = 0;

    (void)state;
    bench_make(&bench);
    script = test_pcs_script(&bench.pcs);
    script.lacks_pck_crls = true;
    test_pcs_set(&bench.pcs, &script);
    bench_start(&bench);
    struct platform_report report = bench_fetch(&bench, &demand);
    assert_int_equal(report.outcome, FETCH_UNREACHABLE);
    assert_non_null(strstr(report.why, "no pck_crl/platform in date is held"));
    script.lacks_pck_crls = false;
    test_pcs_set(&bench.pcs, &script);
    do { /* the clock stands: nothing but being hastened brings it */
        memcpy(demand.encrypted_ppid, &n, sizeof n);
        n++;
        poll(NULL, 0, 20);
        report = bench_fetch(&bench, &demand);
    } while (report.outcome != FETCH_KEPT && clock_real_ms() < until_ms);
    assert_int_equal(report.outcome, FETCH_KEPT);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tcb_info_of_a_new_fmspc_is_held_when_it_is_told),
        cmocka_unit_test(certificates_of_another_root_are_not_believed),
        cmocka_unit_test(without_its_ca_s_crl_nothing_is_believed_and_it_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
