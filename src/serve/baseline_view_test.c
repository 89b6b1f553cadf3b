/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/baseline_view.h"

#include "serve/test_stock.h"

#define UNTIL_S (STOCK_NOW_S + 100 * TEST_DAY_S)

static const struct baseline_override overrides[] = {
    { .fmspc = { 0x00, 0x90, 0x6e, 0xa1 },
      .pin = { .number = 18, .until_s = UNTIL_S, .why = "w", .by = "b" } },
    { .fmspc = { 0x30, 0x60, 0x6a },
      .pin = { .number = 18, .until_s = UNTIL_S, .why = "w", .by = "b" } },
};

static struct stock stock;

static int open_stock(void **state)
{
    (void)state;
    stock_open(&stock);
    stock_fill(&stock);
    return 0;
}

static int close_stock(void **state)
{
    (void)state;
    stock_close(&stock);
    return 0;
}

static const struct baseline_view *view_of(const struct baseline_law *law,
                                           const struct baseline_past (*pasts)[2],
                                           int64_t now_s)
{
    OWNED(law_book_release) struct law_book *book = NULL;
    const struct baseline_view *view = NULL;
    struct error err = { 0 };

    assert_ok(law_book_make(law, NULL, &book, &err), err);
    struct baseline_view_spec spec = {
        .book = book, .holdings = stock.holdings, .pasts = pasts, .now_s = now_s
    };
    assert_ok(baseline_view_make(&spec, &view, &err), err);
    return view;
}

static void what_is_held_is_looked_at_as_sets(void **state)
{
    OWNED(baseline_view_release)
    const struct baseline_view *view = view_of(&baseline_law_default, NULL, STOCK_NOW_S);

    (void)state;
    /* TCB infos and the quoting enclaves' identities, not QvE's and QAE's */
    assert_int_equal(view->sets.count, 8);
    for (size_t k = 0; k < 2; k++) {
        enum tee tee = k == 0 ? TEE_SGX : TEE_TDX;
        assert_int_equal(sets_of(&view->sets, tee)->standard, 17);
        assert_int_equal(sets_of(&view->sets, tee)->early, 18);
        assert_true(sets_number(&view->sets, tee, 17)->is_whole);
        assert_non_null(sets_of(&view->sets, tee)->list);
        assert_int_equal(baseline_view_stand(view, 0, tee)->number, 17);
        assert_int_equal(baseline_view_stand(view, 0, tee)->decision.steps[0].kind,
                         STEP_FIRST);
    }
}

/* A restart must not take back what hosts have seen. */
static void a_move_is_in_force_once_it_is_written_down(void **state)
{
    struct baseline_past pasts[1][2] = { 0 };

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        pasts[0][k].state = (struct baseline_state){ .number = 17, .noticed = 18 };
        pasts[0][k].effect =
            (struct baseline_effect){ .from = 17, .to = 18, .counted = 1 };
    }
    struct baseline_policy early = baseline_policy_default;
    early.follow = FOLLOW_EARLY;
    struct baseline_law law = { .policies = &early, .count = 1 };
    OWNED(baseline_view_release)
    const struct baseline_view *view =
        view_of(&law, (const struct baseline_past(*)[2])pasts, STOCK_NOW_S);
    const struct baseline_stand *stand = baseline_view_stand(view, 0, TEE_SGX);
    assert_int_equal(stand->decision.number, 18);
    assert_int_equal(stand->decision.steps[stand->decision.step_count - 1].kind,
                     STEP_PROMOTED);
    assert_int_equal(stand->number, 17);
    /* but of what is left behind nothing can be served any more: nobody waits */
    pasts[0][0].state.number = 16;
    OWNED(baseline_view_release)
    const struct baseline_view *later =
        view_of(&law, (const struct baseline_past(*)[2])pasts, STOCK_NOW_S);
    assert_int_equal(baseline_view_stand(later, 0, TEE_SGX)->number, 18);
}

static void an_override_is_for_its_fmspc_alone(void **state)
{
    static const uint8_t unheld[6] = { 0x30, 0x60, 0x6a };
    struct baseline_policy policy = baseline_policy_default;

    (void)state;
    policy.overrides = overrides;
    policy.override_count = COUNT_OF(overrides);
    struct baseline_law law = { .policies = &policy, .count = 1 };
    OWNED(baseline_view_release)
    const struct baseline_view *view = view_of(&law, NULL, STOCK_NOW_S);
    assert_int_equal(baseline_view_number(view, 0, TEE_SGX, stock_fmspc), 18);
    assert_int_equal(baseline_view_number(view, 0, TEE_SGX, NULL), 17);
    /* what is not held in date overrides nothing */
    assert_int_equal(baseline_view_number(view, 0, TEE_SGX, unheld), 17);
    OWNED(baseline_view_release)
    const struct baseline_view *later = view_of(&law, NULL, STOCK_DUE_S + 1);
    assert_int_equal(baseline_view_number(later, 0, TEE_SGX, stock_fmspc), 0);
}

/* A view outlives the generation, the configuration and the board that it was made of. */
static void a_view_keeps_alive_what_it_looks_at(void **state)
{
    struct config config;
    struct law_book *book = NULL;
    const struct baseline_view *view = NULL;
    struct error err = { 0 };

    (void)state;
    assert_ok(config_parse(bytes_of_text("baselines:\n"
                                         "  default: canary\n"
                                         "  policies:\n"
                                         "    - name: canary\n"
                                         "      follow: early\n"),
                           "test", &config, &err),
              err);
    assert_ok(law_book_make(&config.baselines, &config, &book, &err), err);
    struct baseline_view_spec spec = { .book = book,
                                       .holdings = stock.holdings,
                                       .now_s = STOCK_NOW_S };
    assert_ok(baseline_view_make(&spec, &view, &err), err);
    law_book_release(book);
    memset(&config, 0xa5, sizeof config); /* its content is the book's */
    const struct baseline_view *other = baseline_view_hold(view);
    baseline_view_release(view);
    size_t canary = baseline_named(other->law, bytes_of_text("canary"));
    assert_int_equal(other->law->default_policy, canary);
    assert_int_equal(baseline_view_stand(other, canary, TEE_SGX)->number, 18);
    baseline_view_release(other);
    baseline_view_release(NULL);
    law_book_release(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_is_looked_at_as_sets),
        cmocka_unit_test(a_move_is_in_force_once_it_is_written_down),
        cmocka_unit_test(an_override_is_for_its_fmspc_alone),
        cmocka_unit_test(a_view_keeps_alive_what_it_looks_at),
    };

    return cmocka_run_group_tests(tests, open_stock, close_stock);
}
