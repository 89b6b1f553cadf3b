/* SPDX-License-Identifier: Apache-2.0 */
#include "store/holdings.h"

#include "store/holdings_draft.h"
#include "store/test_store.h"

static struct bench bench;

static struct holdings *made_of(const struct collateral_key *keys, size_t count,
                                const struct designation *designations,
                                size_t designation_count)
{
    struct draft draft;
    struct holdings *holdings = NULL;
    struct error err = { 0 };
    bool changed;

    assert_ok(draft_init(&draft, NULL, &err), err);
    for (size_t i = 0; i < count; i++) {
        OWNED(verified_release)
        struct verified_collateral *item = bench_item(&bench, keys[i], TEST_NOW_S);
        struct holding holding = { .item = item, .source = "pcs", .fetched_s = 7 };
        assert_ok(draft_put(&draft, &holding, &err), err);
    }
    for (size_t i = 0; i < designation_count; i++)
        assert_ok(draft_designate(&draft, &designations[i], &changed, &err), err);
    assert_ok(draft_finish(&draft, 41, &holdings, &err), err);
    return holdings;
}

static void exactly_the_key_asked_for_is_found(void **state)
{
    (void)state;
    const struct collateral_key keys[] = {
        key_pck_crl(PCK_CA_PLATFORM), bench_tcb_info(2, 17), key_root_crl(),
        bench_tcb_info(1, 18),        bench_tcb_info(1, 17),
    };
    const struct collateral_key others[] = {
        key_pck_crl(PCK_CA_PROCESSOR),
        bench_tcb_info(1, 16),
        bench_tcb_info(1, 19),
        bench_tcb_info(3, 17),
        bench_tcb_info(1, 0),
        key_tcb_info(TEE_TDX, 3, bench_tcb_info(1, 17).fmspc, 17),
        key_tcb_info(TEE_SGX, 2, bench_tcb_info(1, 17).fmspc, 17),
    };
    OWNED(holdings_release)
    struct holdings *holdings = made_of(keys, COUNT_OF(keys), NULL, 0);

    assert_int_equal(holdings->generation, 41);
    assert_int_equal(holdings->count, COUNT_OF(keys));
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct holding *found = holdings_find(holdings, &keys[i]);
        assert_non_null(found);
        assert_int_equal(
            collateral_key_compare(&verified_facts(found->item)->key, &keys[i]), 0);
        assert_string_equal(found->source, "pcs");
    }
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_null(holdings_find(holdings, &others[i]));
    for (size_t i = 1; i < holdings->count; i++)
        assert_true(
            collateral_key_compare(&verified_facts(holdings->entries[i - 1].item)->key,
                                   &verified_facts(holdings->entries[i].item)->key)
            < 0);
}

static void nothing_is_found_in_nothing(void **state)
{
    (void)state;
    OWNED(holdings_release) struct holdings *holdings = made_of(NULL, 0, NULL, 0);
    struct collateral_key key = key_root_crl();

    assert_null(holdings_find(holdings, &key));
    assert_null(holdings_designated(holdings, &key, UPDATE_STANDARD));
}

static void what_is_designated_is_found_where_it_is_held(void **state)
{
    (void)state;
    const struct collateral_key keys[] = { bench_tcb_info(1, 17), bench_tcb_info(1, 18) };
    const struct designation designations[] = {
        { bench_tcb_info(1, 0), UPDATE_EARLY, 18, true },
        { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, true },
        { bench_tcb_info(2, 0), UPDATE_STANDARD, 17, true }, /* names nothing held */
    };
    const struct {
        const char *claim;
        struct collateral_key subject;
        enum update update;
        uint32_t number; /* 0: NULL */
    } cases[] = {
        { "standard", bench_tcb_info(1, 0), UPDATE_STANDARD, 17 },
        { "early", bench_tcb_info(1, 0), UPDATE_EARLY, 18 },
        { "the subject's number does not matter", bench_tcb_info(1, 18), UPDATE_STANDARD,
          17 },
        { "designated but not held", bench_tcb_info(2, 0), UPDATE_STANDARD, 0 },
        { "early never learned", bench_tcb_info(2, 0), UPDATE_EARLY, 0 },
        { "subject never heard of", bench_tcb_info(3, 0), UPDATE_STANDARD, 0 },
        { "no such update", bench_tcb_info(1, 0), (enum update)3, 0 },
    };
    OWNED(holdings_release)
    struct holdings *holdings =
        made_of(keys, COUNT_OF(keys), designations, COUNT_OF(designations));

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct holding *found =
            holdings_designated(holdings, &cases[i].subject, cases[i].update);
        uint32_t number =
            found == NULL ? 0 : verified_facts(found->item)->key.evaluation_data_number;
        if (number != cases[i].number)
            fail_msg("%s: %u", cases[i].claim, number);
    }
}

static void whoever_holds_a_generation_keeps_it(void **state)
{
    (void)state;
    const struct collateral_key key = bench_tcb_info(1, 17);
    struct holdings *first = made_of(&key, 1, NULL, 0);
    struct holdings *second = holdings_hold(first);

    assert_ptr_equal(first, second);
    holdings_release(first);
    assert_non_null(holdings_find(second, &key)); /* under ASan: not freed */
    holdings_release(second);
    holdings_release(NULL);
}

static void updates_have_the_names_of_the_query(void **state)
{
    (void)state;
    assert_string_equal(update_name(UPDATE_STANDARD), "standard");
    assert_string_equal(update_name(UPDATE_EARLY), "early");
    assert_string_equal(update_name((enum update)0), "unknown");
    assert_string_equal(update_name((enum update)3), "unknown");
}

static int setup(void **state)
{
    (void)state;
    bench_make(&bench);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(&bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_key_asked_for_is_found),
        cmocka_unit_test(nothing_is_found_in_nothing),
        cmocka_unit_test(what_is_designated_is_found_where_it_is_held),
        cmocka_unit_test(whoever_holds_a_generation_keeps_it),
        cmocka_unit_test(updates_have_the_names_of_the_query),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
