/* SPDX-License-Identifier: Apache-2.0 */
/* What has become of a platform by the time that anybody is told. */
#include "upstream/test_upstream.h"

enum { ARENA = 4 << 20 };

static void what_upstream_vouches_for_is_committed_before_it_is_told(void **state)
{
    struct bench bench;
    struct arena arena;
    struct platform platform;
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    struct platform_report report = bench_fetch(&bench, &demand);
    assert_int_equal(report.outcome, FETCH_KEPT);
    assert_int_equal(report.kept, PLATFORM_ADDED);
    arena_init(&arena, ARENA);
    assert_true(bench_find(&bench, "aa01", &arena, &platform));
    assert_int_equal(platform.state, PLATFORM_HELD);
    assert_int_equal(platform.pck_count, 3); /* two certificates and a gap */
    assert_int_equal(platform.bound_by, BOUND_BY_ASKING);
    assert_string_equal(platform.source, "pcs");
    assert_int_equal(platform.encrypted_ppid.len, ENCRYPTED_PPID_LEN);
    assert_int_equal(platform.raw_tcb_count, 1);
    assert_int_equal(platform.fetched_s, BENCH_NOW_S);
    int64_t month_s = bench.config.intel.platform_refresh_s;
    assert_in_range(platform.due_s, BENCH_NOW_S + month_s * 9 / 10,
                    BENCH_NOW_S + month_s);
    arena_fini(&arena);
    assert_int_equal(atomic_load(&bench.changed), 1);
    bench_end(&bench);
}

static void a_stranger_does_not_take_a_qe_id_from_another(void **state)
{
    struct bench bench;
    struct platform_demand owner = bench_demand("aa01", 1),
                           thief = bench_demand("aa01", 2);

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, &owner).outcome, FETCH_KEPT);
    struct test_pcs_script script = test_pcs_script(&bench.pcs);
    for (size_t i = 0; i < script.pck_count; i++)
        script.pcks[i].sgx.ppid[0] ^= 1;
    test_pcs_set(&bench.pcs, &script);
    struct platform_report report = bench_fetch(&bench, &thief);
    assert_int_equal(report.outcome, FETCH_CONFLICT);
    assert_int_equal(report.kept, PLATFORM_CONFLICT);
    thief.bound_by = BOUND_BY_TOKEN;
    report = bench_fetch(&bench, &thief);
    assert_int_equal(report.outcome, FETCH_KEPT);
    assert_int_equal(report.kept, PLATFORM_REPLACED);
    bench_end(&bench);
}

static void who_rebinds_replaces_what_anybody_has_bound(void **state)
{
    struct bench bench;
    struct platform_demand owner = bench_demand("aa01", 1),
                           other = bench_demand("aa01", 2);

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    owner.bound_by = BOUND_BY_OPERATOR;
    assert_int_equal(bench_fetch(&bench, &owner).outcome, FETCH_KEPT);
    struct test_pcs_script script = test_pcs_script(&bench.pcs);
    for (size_t i = 0; i < script.pck_count; i++)
        script.pcks[i].sgx.ppid[0] ^= 1;
    test_pcs_set(&bench.pcs, &script);
    other.bound_by = BOUND_BY_OPERATOR;
    assert_int_equal(bench_fetch(&bench, &other).outcome, FETCH_CONFLICT);
    other.rebinds = true;
    assert_int_equal(bench_fetch(&bench, &other).kept, PLATFORM_REPLACED);
    bench_end(&bench);
}

static void a_storm_is_answered_whole(void **state)
{
    enum { HOSTS = 2000 };
    struct bench bench;
    struct bench_ear ear = { .told = 0 };
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    demand.context = &ear;
    demand.told = bench_hear;
    bench_make(&bench);
    bench_start(&bench);
    for (uint32_t n = 0; n < HOSTS; n++) {
        memcpy(demand.encrypted_ppid, &n, sizeof n);
        snprintf(demand.name.qe_id, sizeof demand.name.qe_id, "%08x", n);
        refresh_fetch_platform(bench.refresh, &demand);
    }
    for (unsigned last = 0, told; (told = atomic_load(&ear.told)) < HOSTS; last = told)
        peer_await(atomic_load(&ear.told) > last || told > last);
    assert_int_equal(ear.report.outcome, FETCH_KEPT);
    assert_int_equal(atomic_load(&bench.pcs.lists), HOSTS);
    struct platform_counts counts;
    struct error err = { 0 };
    assert_ok(platforms_count(bench.reader, &counts, &err), err);
    assert_int_equal(counts.platforms, HOSTS);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_upstream_vouches_for_is_committed_before_it_is_told),
        cmocka_unit_test(a_stranger_does_not_take_a_qe_id_from_another),
        cmocka_unit_test(who_rebinds_replaces_what_anybody_has_bound),
        cmocka_unit_test(a_storm_is_answered_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
