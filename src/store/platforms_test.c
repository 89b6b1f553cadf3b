/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test_platforms.h"

static struct fleet fleet;

static void a_locator_is_of_what_upstream_is_asked_with(void **state)
{
    (void)state;
    static const uint8_t zeros[32];
    uint8_t text[4] = { 0x34, 0x12, 'a', 'b' }, locator[32], other[32];
    struct bytes ab = bytes_of(text + 2, 2), none = bytes_of("", 0);
    struct sha256 expected = sha256(bytes_of(text, sizeof text));

    platform_locator(0x1234, ab, none, locator);
    assert_memory_equal(locator, expected.digest, 32);
    platform_locator(0x1234, none, ab, other);
    assert_memory_equal(locator, other, 32);
    platform_locator(0x1234, bytes_of("c", 1), ab, other); /* the manifest goes before */
    assert_memory_equal(locator, other, 32);
    platform_locator(0x1235, ab, none, other);
    assert_memory_not_equal(locator, other, 32);
    platform_locator(0x1234, none, none, other);
    assert_memory_equal(other, zeros, 32);
}

static void each_strength_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(platform_bound_by_name(BOUND_BY_ASKING), "asking");
    assert_string_equal(platform_bound_by_name(BOUND_BY_IMPORT), "import");
    assert_string_equal(platform_bound_by_name(BOUND_BY_TOKEN), "token");
    assert_string_equal(platform_bound_by_name(BOUND_BY_OPERATOR), "operator");
}

static int64_t keep(const char *qe_id, const struct minted *minted)
{
    struct platform_change change = fleet_change(qe_id, 1, BOUND_BY_TOKEN);

    if (minted != NULL)
        fleet_give(&change, minted);
    fleet_keep(&fleet, &change);
    return fleet_find(&fleet, qe_id).platform;
}

static void a_failure_is_counted_and_a_success_forgets_it(void **state)
{
    (void)state;
    struct minted minted = fleet_mint(&fleet, 1, "5");
    char why[2 * PLATFORM_WHY_MAX] = { 0 };
    struct error err = { 0 };

    fleet_begin(&fleet);
    int64_t row = keep("ab", NULL);
    assert_ok(store_platform_failed(fleet.bench.store, row, "PCS: 404", 7, &err), err);
    memset(why, 'x', sizeof why - 1);
    assert_ok(store_platform_failed(fleet.bench.store, row, why, 9, &err), err);
    assert_ok(store_platform_failed(fleet.bench.store, 99, "nobody", 9, &err), err);
    struct platform found = fleet_find(&fleet, "ab");
    assert_int_equal(found.failures, 2);
    assert_int_equal(found.due_s, 9);
    assert_int_equal(strlen(found.why), PLATFORM_WHY_MAX - 1);
    keep("ab", &minted);
    found = fleet_find(&fleet, "ab");
    assert_int_equal(found.failures, 0);
    assert_string_equal(found.why, "");
    fleet_end(&fleet);
    minted_fini(&minted);
}

static void what_requests_have_shown_moves_times_and_shows_raw_tcbs(void **state)
{
    (void)state;
    struct error err = { 0 };

    fleet_begin(&fleet);
    int64_t row = keep("ab", NULL);
    struct platform_sighting sightings[] = {
        { row, fleet_raw(1), TEST_NOW_S + 5 },
        { row + 7, fleet_raw(1), TEST_NOW_S + 6 }, /* forgotten meanwhile */
        { row, fleet_raw(2), TEST_NOW_S + 4 },
        { row, fleet_raw(1), TEST_NOW_S + 3 },
    };
    assert_ok(
        store_platforms_seen(fleet.bench.store, sightings, COUNT_OF(sightings), &err),
        err);
    assert_ok(store_platforms_seen(fleet.bench.store, NULL, 0, &err), err);
    struct platform found = fleet_find(&fleet, "ab");
    assert_int_equal(found.last_seen_s, TEST_NOW_S + 5);
    assert_int_equal(found.first_seen_s, TEST_NOW_S);
    assert_int_equal(found.raw_tcb_count, 2);
    assert_false(found.raw_tcbs[0].confirmed);
    assert_int_equal(found.raw_tcbs[0].last_seen_s, TEST_NOW_S + 5);
    assert_int_equal(bench_count(&fleet.bench, "SELECT count(*) FROM raw_tcb"), 2);
    fleet_end(&fleet);
}

static void of_what_is_forgotten_nothing_stays(void **state)
{
    (void)state;
    static uint8_t manifest[MANIFEST_LEAST];
    struct minted minted = fleet_mint(&fleet, 1, "53");
    struct platform_change change = fleet_change("ab", 1, BOUND_BY_TOKEN);
    struct registration registration = { .name = change.name };
    bool found = false;
    struct error err = { 0 };

    fleet_begin(&fleet);
    int64_t other = keep("cd", &minted);
    change.manifest = bytes_of(manifest, sizeof manifest);
    change.has_raw_tcb = true;
    fleet_give(&change, &minted);
    fleet_keep(&fleet, &change);
    int64_t row = fleet_find(&fleet, "ab").platform;
    assert_ok(store_queue_registration(fleet.bench.store, QUEUE_NEW, &registration, "r",
                                       9, 1, &err),
              err);
    assert_ok(store_forget_platform(fleet.bench.store, &change.name, &found, &err), err);
    assert_true(found);
    static const char *const empty[] = {
        "SELECT count(*) FROM manifest",     "SELECT count(*) FROM raw_tcb",
        "SELECT count(*) FROM registration", "SELECT count(*) FROM queue_tally",
        "SELECT count(*) - 1 FROM platform", "SELECT count(*) - 2 FROM pck",
        "SELECT platforms - 1 FROM tally",   "SELECT pcks - 2 FROM tally",
    };
    for (size_t i = 0; i < COUNT_OF(empty); i++)
        assert_int_equal(bench_count(&fleet.bench, empty[i]), 0);
    assert_ok(store_forget_platform(fleet.bench.store, &change.name, &found, &err), err);
    assert_false(found);
    /* what still speaks of the old row speaks of nobody */
    assert_true(keep("ab", NULL) > row && row > other);
    fleet_end(&fleet);
    minted_fini(&minted);
}

static int begin(void **state)
{
    (void)state;
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
        cmocka_unit_test(a_locator_is_of_what_upstream_is_asked_with),
        cmocka_unit_test(each_strength_has_its_name),
        cmocka_unit_test(a_failure_is_counted_and_a_success_forgets_it),
        cmocka_unit_test(what_requests_have_shown_moves_times_and_shows_raw_tcbs),
        cmocka_unit_test(of_what_is_forgotten_nothing_stays),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
