/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test_fate.h"
#include "store/test_platforms.h"

static struct fleet fleet;

static enum platform_outcome keep(const char *qe_id)
{
    struct platform_change change = fleet_change(qe_id, 1, BOUND_BY_TOKEN);

    return fleet_keep(&fleet, &change);
}

static void begin_transaction(void)
{
    struct error err = { 0 };

    assert_ok(store_begin(fleet.bench.store, &err), err);
}

static void all_between_begin_and_commit_is_seen_at_once(void **state)
{
    (void)state;
    OWNED(holdings_release) struct holdings *holdings = NULL;
    struct error err = { 0 };

    fleet_begin(&fleet);
    begin_transaction();
    keep("ab");
    bench_publish_one(&fleet.bench, &holdings, fleet.bench.root_crl, "pcs", 1);
    assert_int_equal(holdings->generation, 1);
    keep("cd");
    assert_false(fleet_has(&fleet, "ab"));
    assert_int_equal(bench_count(&fleet.bench, "SELECT count(*) FROM generation"), 0);
    assert_ok(store_commit(fleet.bench.store, &err), err);
    assert_true(fleet_has(&fleet, "ab") && fleet_has(&fleet, "cd"));
    assert_int_equal(bench_count(&fleet.bench, "SELECT count(*) FROM generation"), 1);
    fleet_end(&fleet);
}

static void after_a_rollback_the_generation_before_is_published_over(void **state)
{
    (void)state;
    OWNED(holdings_release) struct holdings *holdings = NULL, *undone = NULL;
    OWNED(verified_release)
    struct verified_collateral *item =
        bench_item(&fleet.bench, bench_tcb_info(1, 17), TEST_NOW_S);

    fleet_begin(&fleet);
    bench_publish_one(&fleet.bench, &holdings, fleet.bench.root_crl, "pcs", 1);
    begin_transaction();
    keep("ab");
    undone = holdings_hold(holdings);
    bench_publish_one(&fleet.bench, &undone, item, "pcs", 1);
    assert_int_equal(undone->generation, 2);
    store_rollback(fleet.bench.store);
    store_rollback(fleet.bench.store); /* of nothing */
    assert_false(fleet_has(&fleet, "ab"));
    assert_int_equal(bench_count(&fleet.bench, "SELECT max(generation) FROM generation"),
                     1);
    bench_publish_one(&fleet.bench, &holdings, item, "pcs", 1);
    assert_int_equal(holdings->generation, 2);
    fleet_end(&fleet);
}

static void what_fails_within_fails_alone(void **state)
{
    (void)state;
    struct platform_change wrong = fleet_change("ef", 1, BOUND_BY_TOKEN);
    struct store_change change = { .entry_count = 0 };
    struct designation nothing = { bench_tcb_info(2, 0), UPDATE_STANDARD, 17, true };
    struct holdings *refused = NULL;
    enum platform_outcome outcome;
    struct error err = { 0 };

    fleet_begin(&fleet);
    begin_transaction();
    keep("ab");
    /* refused by the table itself, when the write has begun */
    wrong.bound_by = (enum platform_bound_by)9;
    assert_false(store_keep_platform(fleet.bench.store, &wrong, &outcome, &err));
    assert_refused(err, ERROR_FORMAT, "platform: the rows contradict");
    change.designations = &nothing;
    change.designation_count = 1;
    assert_false(store_publish(fleet.bench.store, NULL, &change, NULL, &refused, &err));
    keep("cd");
    assert_ok(store_commit(fleet.bench.store, &err), err);
    assert_true(fleet_has(&fleet, "ab") && fleet_has(&fleet, "cd"));
    assert_false(fleet_has(&fleet, "ef"));
    fleet_end(&fleet);
}

static void transactions_are_not_nested_and_not_ended_twice(void **state)
{
    (void)state;
    struct error err = { 0 };

    fleet_begin(&fleet);
    begin_transaction();
    assert_false(store_begin(fleet.bench.store, &err));
    assert_refused(err, ERROR_SYSTEM, "not nested");
    assert_ok(store_commit(fleet.bench.store, &err), err);
    assert_false(store_commit(fleet.bench.store, &err));
    assert_refused(err, ERROR_SYSTEM, "no transaction of the store was begun");
    assert_int_equal(keep("ab"), PLATFORM_ADDED); /* and by itself it goes on */
    fleet_end(&fleet);
}

/* Where the disk says no SQLite may roll back all of it: the rest must not be kept then
 * as if nothing had been. */
static void a_full_disk_ends_all_of_it_or_nothing(void **state)
{
    (void)state;
    static uint8_t manifest[MANIFEST_MAX];
    bool committed = false;

    for (long n = 0; !committed; n += 7) {
        struct error err = { 0 };
        size_t kept = 0;
        fleet_begin(&fleet);
        begin_transaction();
        fate.left = n;
        fate.deadly = false;
        set_fate(true);
        for (int i = 0; i < 600; i++) { /* more than the cache holds */
            char qe_id[8];
            snprintf(qe_id, sizeof qe_id, "%x", i);
            struct platform_change change = fleet_change(qe_id, 1, BOUND_BY_TOKEN);
            enum platform_outcome outcome;
            change.manifest = bytes_of(manifest, sizeof manifest);
            kept += store_keep_platform(fleet.bench.store, &change, &outcome, &err);
        }
        committed = store_commit(fleet.bench.store, &err);
        set_fate(false);
        fate.left = -1;
        int64_t there = bench_count(&fleet.bench, "SELECT count(*) FROM platform");
        assert_int_equal(there, committed ? (int64_t)kept : 0);
        fleet_end(&fleet);
        if (n > 60)
            n += 150;
        assert_true(n < 100000);
    }
}

static int begin(void **state)
{
    (void)state;
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    bench_make(&fleet.bench);
    return 0;
}

static int end(void **state)
{
    (void)state;
    fleet_free(&fleet);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_between_begin_and_commit_is_seen_at_once),
        cmocka_unit_test(after_a_rollback_the_generation_before_is_published_over),
        cmocka_unit_test(what_fails_within_fails_alone),
        cmocka_unit_test(transactions_are_not_nested_and_not_ended_twice),
        cmocka_unit_test(a_full_disk_ends_all_of_it_or_nothing),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
