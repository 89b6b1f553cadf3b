/* SPDX-License-Identifier: Apache-2.0 */
#include "store/holdings_draft.h"

#include "store/test_store.h"

static struct bench bench;

static void put(struct draft *draft, struct collateral_key key, int64_t issue_date_s)
{
    OWNED(verified_release)
    struct verified_collateral *item = bench_item(&bench, key, issue_date_s);
    struct holding holding = { .item = item, .fetched_s = issue_date_s };
    struct error err = { 0 };

    assert_ok(draft_put(draft, &holding, &err), err);
}

static struct holdings *finish(struct draft *draft, uint64_t generation)
{
    struct holdings *holdings = NULL;
    struct error err = { 0 };

    assert_ok(draft_finish(draft, generation, &holdings, &err), err);
    return holdings;
}

static void what_is_put_twice_is_there_once_and_the_later_one(void **state)
{
    (void)state;
    struct draft draft;
    struct collateral_key key = bench_tcb_info(1, 17);

    assert_true(draft_init(&draft, NULL, NULL));
    put(&draft, key, TEST_NOW_S);
    put(&draft, key, TEST_NOW_S + 5);
    assert_int_equal(draft.count, 1);
    assert_int_equal(verified_facts(draft_find(&draft, &key)->item)->issue_date_s,
                     TEST_NOW_S + 5);
    draft_fini(&draft);
}

static void a_generation_is_not_touched_by_the_draft_of_the_next(void **state)
{
    (void)state;
    struct draft draft;
    struct collateral_key one = bench_tcb_info(1, 17), two = bench_tcb_info(2, 17);
    struct designation designation = { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, true };
    struct hint hint = { .source = "pcs", .text = bytes_of_text("[]") };
    struct error err = { 0 };
    bool changed;

    assert_true(draft_init(&draft, NULL, NULL));
    put(&draft, one, TEST_NOW_S);
    assert_ok(draft_designate(&draft, &designation, &changed, &err), err);
    assert_ok(draft_hint(&draft, &hint, &changed, &err), err);
    OWNED(holdings_release) struct holdings *first = finish(&draft, 1);

    assert_ok(draft_init(&draft, first, &err), err);
    assert_true(draft_drop(&draft, &one));
    assert_false(draft_drop(&draft, &one));
    put(&draft, two, TEST_NOW_S);
    designation.evaluation_data_number = 18;
    assert_ok(draft_designate(&draft, &designation, &changed, &err), err);
    hint.text = bytes_of_text("[ ]");
    assert_ok(draft_hint(&draft, &hint, &changed, &err), err);
    OWNED(holdings_release) struct holdings *second = finish(&draft, 2);

    assert_non_null(holdings_find(first, &one));
    assert_null(holdings_find(first, &two));
    assert_int_equal(first->designations[0].evaluation_data_number, 17);
    assert_true(bytes_equal_text(first->hints[0].text, "[]"));
    assert_null(holdings_find(second, &one));
    assert_non_null(holdings_find(second, &two));
    assert_int_equal(second->designations[0].evaluation_data_number, 18);
    assert_true(bytes_equal_text(second->hints[0].text, "[ ]"));
}

static void designations_say_whether_they_are_news(void **state)
{
    (void)state;
    const struct {
        struct designation designation;
        bool changed;
        size_t count;
    } cases[] = {
        { { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, false }, true, 1 },
        { { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, false }, false, 1 },
        { { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, true }, true, 1 },
        { { bench_tcb_info(1, 0), UPDATE_STANDARD, 18, true }, true, 1 },
        { { bench_tcb_info(1, 0), UPDATE_EARLY, 18, true }, true, 2 },
        { { bench_tcb_info(0, 0), UPDATE_EARLY, 18, true }, true, 3 },
        { { bench_tcb_info(1, 0), UPDATE_EARLY, 18, true }, false, 3 },
    };
    struct draft draft;
    struct error err = { 0 };
    bool changed;

    assert_true(draft_init(&draft, NULL, NULL));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_ok(draft_designate(&draft, &cases[i].designation, &changed, &err), err);
        if (changed != cases[i].changed || draft.designation_count != cases[i].count)
            fail_msg("case %zu: %d, %zu", i, changed, draft.designation_count);
    }
    draft_fini(&draft);
}

static void hints_are_one_for_each_source(void **state)
{
    (void)state;
    const struct {
        const char *source, *text;
        bool changed;
        size_t count;
    } cases[] = {
        { "pcs", "[]", true, 1 },     { "pcs", "[]", false, 1 },
        { "pcs", "[1]", true, 1 },    { "cache", "[1]", true, 2 },
        { "cache", "[1]", false, 2 }, { "zone", "", true, 3 },
        { "cache", "[11]", true, 3 },
    };
    struct draft draft;
    struct error err = { 0 };
    bool changed;

    assert_true(draft_init(&draft, NULL, NULL));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct hint hint = { .fetched_s = (int64_t)i,
                             .text = bytes_of_text(cases[i].text) };
        snprintf(hint.source, sizeof hint.source, "%s", cases[i].source);
        assert_ok(draft_hint(&draft, &hint, &changed, &err), err);
        if (changed != cases[i].changed || draft.hint_count != cases[i].count)
            fail_msg("case %zu: %d, %zu", i, changed, draft.hint_count);
    }
    assert_string_equal(draft.hints[0].source, "cache");
    assert_int_equal(draft.hints[1].fetched_s, 2); /* pcs */
    draft_fini(&draft);
}

static void past_a_limit_nothing_is_taken_and_nothing_lost(void **state)
{
    (void)state;
    struct draft draft;
    struct error err = { 0 };
    bool changed;

    assert_true(draft_init(&draft, NULL, NULL));
    for (int i = 0; i <= HOLDINGS_HINTS_MAX; i++) {
        struct hint hint = { .text = bytes_of_text("[]") };
        snprintf(hint.source, sizeof hint.source, "source %d", i);
        assert_true(draft_hint(&draft, &hint, &changed, &err)
                    == (i < HOLDINGS_HINTS_MAX));
    }
    assert_refused(err, ERROR_LIMIT, "already holds 64 hints");
    assert_int_equal(draft.hint_count, HOLDINGS_HINTS_MAX);

    for (uint32_t i = 0; i <= HOLDINGS_DESIGNATIONS_MAX; i++) {
        struct designation each = { bench_tcb_info(0, 0), UPDATE_EARLY, 1, true };
        each.subject.fmspc[0] = (uint8_t)(i >> 16);
        each.subject.fmspc[1] = (uint8_t)(i >> 8);
        each.subject.fmspc[2] = (uint8_t)i;
        assert_true(draft_designate(&draft, &each, &changed, &err)
                    == (i < HOLDINGS_DESIGNATIONS_MAX));
    }
    assert_refused(err, ERROR_LIMIT, "already holds 40000 designations");
    assert_int_equal(draft.designation_count, HOLDINGS_DESIGNATIONS_MAX);
    draft_fini(&draft);
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
        cmocka_unit_test(what_is_put_twice_is_there_once_and_the_later_one),
        cmocka_unit_test(a_generation_is_not_touched_by_the_draft_of_the_next),
        cmocka_unit_test(designations_say_whether_they_are_news),
        cmocka_unit_test(hints_are_one_for_each_source),
        cmocka_unit_test(past_a_limit_nothing_is_taken_and_nothing_lost),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
