/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/platform_view.h"

#include "serve/test_platforms.h"
#include "store/platform_reader.h"

static const char QE_ID[] = "00112233445566778899aabbccddeeff";

static struct stock stock;
static struct platform platform;
static struct arena arena;

static int open_all(void **state)
{
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;
    struct platform_name name = stock_name(QE_ID);
    struct error err = { 0 };

    (void)state;
    arena_init(&arena, (size_t)1 << 24);
    stock_open(&stock);
    stock_fill(&stock);
    stock_add_platform(&stock,
                       &(struct stock_platform){ .qe_id = QE_ID, .svns = { 9, 5 } });
    assert_ok(platform_reader_open(stock.directory, &reader, &err), err);
    assert_ok(platform_find(reader, &name, &arena, &platform, &err), err);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    arena_fini(&arena);
    stock_close(&stock);
    return 0;
}

static struct platform_view view_by(uint32_t number)
{
    struct view_law law = { stock.holdings, number, STOCK_NOW_S };
    struct platform_view view;
    struct error err = { 0 };

    assert_ok(platform_view_make(&platform, &law, &arena, &view, &err), err);
    return view;
}

static void the_baselines_number_ranks(void **state)
{
    static const struct {
        uint32_t number, ranks_by;
    } cases[] = {
        { 18, 18 },
        { 17, 17 },
        { 0, 17 },  /* none is in force: standard */
        { 19, 17 }, /* not held of this FMSPC: likewise */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct platform_view view = view_by(cases[i].number);
        assert_non_null(view.ranks);
        assert_int_equal(verified_facts(view.tcb_info->item)->key.evaluation_data_number,
                         cases[i].ranks_by);
    }
}

static void another_number_is_judged_anew(void **state)
{
    struct platform_view view = view_by(17);
    struct view_law same = { stock.holdings, 17, STOCK_NOW_S + 5 };
    struct view_law other = { stock.holdings, 18, STOCK_NOW_S + 5 };

    (void)state;
    assert_true(platform_view_follow(&view, &same));
    assert_false(platform_view_follow(&view, &other));
    assert_int_equal(verified_facts(view.tcb_info->item)->key.evaluation_data_number, 17);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_baselines_number_ranks),
        cmocka_unit_test(another_number_is_judged_anew),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
