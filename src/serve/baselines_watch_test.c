/* SPDX-License-Identifier: Apache-2.0 */
/* Early warning: what a board tells of numbers in sight, and of what is signed anew. The
 * stock's TCB infos have the highest level 9; raised ones make hosts at 9 fall. */
#include "kit/log.h"
#include "serve/test_board.h"

static size_t alerts_with(struct board *board, const char *part)
{
    size_t count = 0;

    pthread_mutex_lock(&board->lock);
    for (const char *at = board->alerts; (at = strstr(at, part)) != NULL; at++)
        count++;
    pthread_mutex_unlock(&board->lock);
    return count;
}

struct tally {
    const char *name;
    uint64_t value;
};

static void look_at_counter(void *tally_, const char *name, uint64_t value)
{
    struct tally *tally = tally_;

    if (strcmp(name, tally->name) == 0)
        tally->value = value;
}

static uint64_t counted(const struct board *board, const char *name)
{
    struct tally tally = { .name = name };

    counters_visit(board->counters, look_at_counter, &tally);
    return tally.value;
}

static struct collateral_key sgx_info(uint32_t number)
{
    return key_tcb_info(TEE_SGX, 3, stock_fmspc, number);
}

/* Another generation, in which nothing of a set has changed. */
static void board_hint(struct board *board)
{
    pthread_mutex_lock(&board->lock);
    stock_add_hint(&board->stock, "[{\"fmspc\":\"00906EA10000\",\"platform\":\"E3\"}]");
    pthread_mutex_unlock(&board->lock);
    board_settle(board);
}

/* ---- numbers in sight -------------------------------------------------------------- */

static void who_will_fall_is_told_once(void **state)
{
    struct board board;

    (void)state;
    board_open(&board, &baseline_law_default);
    board_register(&board, "01", 9);
    board_settle(&board);
    assert_string_equal(board.alerts, ""); /* 18 asks for no more than 17 */
    board_sign_anew(&board, sgx_info(18), STOCK_ISSUED_S + TEST_DAY_S, 12);
    board_settle(&board);
    assert_int_equal(alerts_with(&board,
                                 "{\"event\":\"falls_ahead\",\"tee\":\"sgx\",\"number\":"
                                 "17,\"target\":18,\"hosts\":1,\"falls\":1"),
                     1);
    board_hint(&board);
    assert_int_equal(alerts_with(&board, "falls_ahead"), 1);
    assert_int_equal(counted(&board, "baseline_falls_ahead"), 1);
    board_close(&board);
}

static void only_more_who_fall_are_told_again(void **state)
{
    struct board board;

    (void)state;
    board_open(&board, &baseline_law_default);
    board_register(&board, "01", 9);
    board_register(&board, "02", 9);
    board_settle(&board);
    board_sign_anew(&board, sgx_info(18), STOCK_ISSUED_S + TEST_DAY_S, 12);
    board_settle(&board);
    assert_int_equal(alerts_with(&board, "\"hosts\":2,\"falls\":2"), 1);
    assert_true(clock_step_to(board.clock, STOCK_NOW_S + 60));
    board_register(&board, "02", 12); /* its owner has listened */
    board_hint(&board);
    assert_int_equal(alerts_with(&board, "falls_ahead"), 1);
    board_register(&board, "03", 9);
    board_hint(&board);
    assert_int_equal(alerts_with(&board, "falls_ahead"), 1); /* as many as were told of */
    board_register(&board, "04", 9);
    board_hint(&board);
    assert_int_equal(alerts_with(&board, "\"hosts\":4,\"falls\":3"), 1);
    board_close(&board);
}

/* One number under which somebody falls must not hide that under the next many do. */
static void each_number_is_looked_at(void **state)
{
    struct board board;

    (void)state;
    board_open(&board, &baseline_law_default);
    board_register(&board, "01", 9);
    board_register(&board, "02", 12);
    board_settle(&board);
    board_sign_anew(&board, sgx_info(18), STOCK_ISSUED_S + TEST_DAY_S, 12);
    board_settle(&board);
    pthread_mutex_lock(&board.lock);
    stock_add(&board.stock, key_identity(ENCLAVE_QE, 19));
    stock_add(&board.stock, key_identity(ENCLAVE_QE, 20));
    pthread_mutex_unlock(&board.lock);
    board_sign_anew(&board, sgx_info(19), STOCK_ISSUED_S, 15);
    board_sign_anew(&board, sgx_info(20), STOCK_ISSUED_S, 16);
    board_settle(&board);
    assert_int_equal(alerts_with(&board, "\"target\":18,\"hosts\":2,\"falls\":1"), 1);
    assert_int_equal(alerts_with(&board, "\"target\":19,\"hosts\":2,\"falls\":2"), 1);
    assert_int_equal(alerts_with(&board, "\"target\":20"), 0); /* the same two */
    board_close(&board);
}

/* ---- signed anew ------------------------------------------------------------------- */

static void other_levels_are_told_where_hosts_fall(void **state)
{
    struct board board;

    (void)state;
    board_open(&board, &baseline_law_default);
    board_settle(&board);
    board_sign_anew(&board, sgx_info(17), STOCK_ISSUED_S + TEST_DAY_S, 10);
    board_settle(&board);
    assert_string_equal(board.alerts, ""); /* nobody is known */
    board_register(&board, "01", 12);
    board_sign_anew(&board, sgx_info(17), STOCK_ISSUED_S + 2 * TEST_DAY_S, 10);
    board_settle(&board);
    assert_string_equal(board.alerts, ""); /* the same levels, of another day */
    board_sign_anew(&board, sgx_info(17), STOCK_ISSUED_S + 3 * TEST_DAY_S, 13);
    board_settle(&board);
    assert_int_equal(alerts_with(&board,
                                 "{\"event\":\"levels_changed\",\"tee\":\"sgx\","
                                 "\"fmspc\":\"00906ea10000\",\"number\":17,\"falls\":1}"),
                     1);
    assert_int_equal(counted(&board, "baseline_levels_changed"), 1);
    board_close(&board);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_will_fall_is_told_once),
        cmocka_unit_test(only_more_who_fall_are_told_again),
        cmocka_unit_test(each_number_is_looked_at),
        cmocka_unit_test(other_levels_are_told_where_hosts_fall),
    };

    log_set_level(LOG_SILENT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
