/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/test_upstream.h"

struct import_ear {
    atomic_bool is_told;
    bool is_well;
    struct error err;
    bool also_ran, also_well;
};

static bool also(void *context, struct store *store, struct error *err)
{
    struct import_ear *ear = context;

    (void)store;
    ear->also_ran = true;
    return ear->also_well
           || error_set(err, ERROR_LIMIT, "what belongs to it won't go in");
}

static void hear(void *context, bool well, const struct error *err)
{
    struct import_ear *ear = context;

    ear->is_well = well;
    ear->err = *err;
    atomic_store(&ear->is_told, true);
}

/* A TCB info that nobody has been asked for, with its designation. */
static struct import_ear import(struct bench *bench, bool also_well)
{
    struct collateral_key key = key_tcb_info(TEE_SGX, 3, (const uint8_t[6]){ 9 }, 0);
    struct verified_collateral *item = test_world_item(
        bench->pcs.world, &key, BENCH_NOW_S - 3600, BENCH_NOW_S + 30 * TEST_DAY_S);
    const struct verified_collateral *crl = test_world_root_crl(bench->pcs.world);
    struct store_entry entries[] = {
        { .item = crl, .source = "import", .fetched_s = BENCH_NOW_S },
        { .item = item, .source = "import", .fetched_s = BENCH_NOW_S },
    };
    struct designation designation = {
        .subject = collateral_subject(&verified_facts(item)->key),
        .update = UPDATE_STANDARD,
        .evaluation_data_number = verified_facts(item)->key.evaluation_data_number,
    };
    struct store_change change = { .entries = entries,
                                   .entry_count = COUNT_OF(entries),
                                   .designations = &designation,
                                   .designation_count = 1 };
    struct import_ear ear = { .also_well = also_well };
    struct import_demand demand = {
        .change = &change, .also = also, .context = &ear, .told = hear
    };

    refresh_import(bench->refresh, &demand);
    peer_await(atomic_load(&ear.is_told));
    verified_release(item);
    return ear;
}

static bool is_held(struct bench *bench)
{
    struct collateral_key subject = key_tcb_info(TEE_SGX, 3, (const uint8_t[6]){ 9 }, 0);
    struct holdings *holdings = bench_holdings(bench);
    bool is_there = holdings_designated(holdings, &subject, UPDATE_STANDARD) != NULL;

    holdings_release(holdings);
    return is_there;
}

/* The world signs as ROOT_TEST, which the bench's store does not take. */
static void make_marked(struct bench *bench)
{
    bench_make(bench);
    bench->is_marked = true;
    bench->config.trust.roots = test_world_trust(bench->pcs.world);
    bench->config.intel.fill = FILL_OFFLINE;
    bench_start(bench);
}

static void a_bundle_is_published_with_what_belongs_to_it(void **state)
{
    struct bench bench;

    (void)state;
    make_marked(&bench);
    assert_false(is_held(&bench));
    struct import_ear ear = import(&bench, true);
    assert_ok(ear.is_well, ear.err);
    assert_true(ear.also_ran);
    assert_true(is_held(&bench));
    assert_int_equal(atomic_load(&bench.pcs.all), 0); /* and nobody was asked */
    bench_end(&bench);
}

static void what_belongs_to_it_failing_undoes_both(void **state)
{
    struct bench bench;

    (void)state;
    make_marked(&bench);
    struct import_ear ear = import(&bench, false);
    assert_false(ear.is_well);
    assert_refused(ear.err, ERROR_LIMIT, "won't go in");
    assert_false(is_held(&bench));
    ear = import(&bench, true);
    assert_ok(ear.is_well, ear.err);
    assert_true(is_held(&bench));
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_is_published_with_what_belongs_to_it),
        cmocka_unit_test(what_belongs_to_it_failing_undoes_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
