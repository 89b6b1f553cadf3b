/* SPDX-License-Identifier: Apache-2.0 */
/* What a move does to the known hosts, as numbers and as the history keeps it. */
#include "serve/baselines_parts.h"

#include "kit/log.h"
#include "serve/test_board.h"

static void an_effect_names_who_falls_and_by_what(void **state)
{
    struct board board;
    struct board_fleet fleet;
    struct baseline_effect effect;
    struct error err = { 0 };
    struct buf text;

    (void)state;
    board_open(&board, &baseline_law_default);
    board_register(&board, "01", 9);
    board_register(&board, "02", 9);
    board_register(&board, "03", 12);
    board_sign_anew(&board, key_tcb_info(TEE_SGX, 3, stock_fmspc, 18),
                    STOCK_ISSUED_S + TEST_DAY_S, 12);
    board_settle(&board);
    baselines_end(board.baselines);
    OWNED(baseline_view_release)
    const struct baseline_view *view = baselines_view(board.baselines);
    board_fleet_init(&fleet);
    buf_init(&text, BASELINE_STEP_EFFECT_MAX);
    assert_ok(board_weigh(board.baselines, view, &fleet, 0, TEE_SGX, 17, 18, &effect,
                          &text, &err),
              err);
    assert_int_equal(effect.from, 17);
    assert_int_equal(effect.to, 18);
    assert_int_equal(effect.counted, 3);
    assert_int_equal(effect.demoted, 2);
    assert_string_equal(
        buf_text(&text),
        "{\"from\":17,\"to\":18,\"hosts\":3,\"falls\":2,\"rises\":0,\"unknown\":0,"
        "\"unconfirmed\":0,\"unconfirmed_falls\":0,\"long_unseen\":0,\"falling\":["
        "{\"fmspc\":\"00906ea10000\",\"hosts\":2,\"now\":\"UpToDate\",\"then\":"
        "\"OutOfDate\",\"component\":\"sgx.0\",\"have\":9,\"need\":12}]}");
    buf_fini(&text);
    /* a TDX host whose SVNs nobody has seen */
    assert_ok(board_weigh(board.baselines, view, &fleet, 0, TEE_TDX, 17, 18, &effect,
                          NULL, &err),
              err);
    assert_int_equal(effect.unknown, 3);
    board_fleet_fini(&fleet);
    board_close(&board);
}

/* A store that cannot be read is asked once in a review, not for each baseline. */
static void a_fleet_is_read_once_whatever_comes_of_it(void **state)
{
    struct board board;
    struct board_fleet fleet;
    struct error err = { 0 }, again = { 0 };

    (void)state;
    board_open(&board, &baseline_law_default);
    board_settle(&board);
    baselines_end(board.baselines);
    OWNED(baseline_view_release)
    const struct baseline_view *view = baselines_view(board.baselines);
    board_fleet_init(&fleet);
    board.baselines->options.state_directory = "/nowhere/at/all";
    assert_false(board_fleet_read(board.baselines, view, &fleet, &err));
    board.baselines->options.state_directory = board.stock.directory;
    assert_false(board_fleet_read(board.baselines, view, &fleet, &again));
    assert_int_equal(again.kind, err.kind);
    assert_string_equal(again.text, err.text);
    assert_false(board_fleet_read(board.baselines, view, &fleet, NULL));
    board_fleet_fini(&fleet);
    board_close(&board);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_effect_names_who_falls_and_by_what),
        cmocka_unit_test(a_fleet_is_read_once_whatever_comes_of_it),
    };

    log_set_level(LOG_SILENT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
