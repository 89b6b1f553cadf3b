/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/baselines.h"

#include "kit/log.h"
#include "serve/test_board.h"

static struct baseline_policy policies[2];
static const struct baseline_law law = { .policies = policies,
                                         .count = 2,
                                         .host_ttl_s = 30 * TEST_DAY_S };

static void make_policies(void)
{
    policies[0] = policies[1] = baseline_policy_default;
    policies[1].name = "canary";
    policies[1].follow = FOLLOW_EARLY;
    policies[1].has_max_demoted = false;
}

struct reply { /* to an order */
    pthread_mutex_t lock;
    pthread_cond_t come;
    bool is_there, well;
    uint64_t generation;
    struct error why;
};

static void take_reply(void *reply_, uint64_t generation, const struct error *why)
{
    struct reply *reply = reply_;

    pthread_mutex_lock(&reply->lock);
    reply->is_there = true;
    reply->well = why == NULL;
    reply->generation = generation;
    if (why != NULL)
        reply->why = *why;
    pthread_cond_signal(&reply->come);
    pthread_mutex_unlock(&reply->lock);
}

static struct reply give(struct board *board, enum baseline_step_kind kind,
                         uint32_t number, int64_t until_s)
{
    struct reply reply = { .lock = PTHREAD_MUTEX_INITIALIZER,
                           .come = PTHREAD_COND_INITIALIZER };
    struct baselines_order order = { .baseline = "steady",
                                     .tees = 3,
                                     .order = { kind, number, until_s },
                                     .who = "uid 0",
                                     .why = "because",
                                     .context = &reply,
                                     .done = take_reply };

    baselines_give_order(board->baselines, &order);
    pthread_mutex_lock(&reply.lock);
    while (!reply.is_there)
        pthread_cond_wait(&reply.come, &reply.lock);
    pthread_mutex_unlock(&reply.lock);
    return reply;
}

/* ---- by rule ----------------------------------------------------------------------- */

static void first_numbers_are_written_down(void **state)
{
    struct board board;

    (void)state;
    board_open(&board, &law);
    board_settle(&board);
    assert_string_equal(board_history(&board, "steady", TEE_SGX), "first 0>17");
    assert_string_equal(board_history(&board, "canary", TEE_TDX), "first 0>18");
    size_t kept = board.kept;
    board_settle(&board);
    assert_int_equal(board.kept, kept); /* and not again */
    board_close(&board);
}

static void an_effect_is_weighed_before_anything_moves(void **state)
{
    struct board board;

    (void)state;
    board_open(&board, &law);
    board_register(&board, "01", 9);
    board_promote_upstream(&board);
    board_settle(&board);
    struct baseline_stand stand = board_stand(&board, 0, TEE_SGX);
    assert_int_equal(stand.number, 18); /* nobody falls */
    assert_string_equal(board_history(&board, "steady", TEE_SGX),
                        "first 0>17, noticed 17>18, promoted 17>18");
    /* no TDX host is known by its SVNs: blind, for a fortnight */
    stand = board_stand(&board, 0, TEE_TDX);
    assert_int_equal(stand.number, 17);
    assert_int_equal(stand.decision.reason, REASON_BLIND);
    assert_int_equal(stand.effect.unknown, 1);
    board_close(&board);
}

/* An effect stands for ten minutes, but not for what has been signed anew meanwhile. */
static void an_effect_is_of_the_documents_it_was_weighed_by(void **state)
{
    struct baseline_policy patient = baseline_policy_default;
    const struct baseline_law slow = { .policies = &patient,
                                       .count = 1,
                                       .host_ttl_s = 30 * TEST_DAY_S };
    struct board board;

    (void)state;
    patient.delay_s = 300;
    board_open(&board, &slow);
    board_register(&board, "01", 9);
    board_promote_upstream(&board);
    board_settle(&board);
    struct baseline_stand stand = board_stand(&board, 0, TEE_SGX);
    assert_int_equal(stand.decision.reason, REASON_DELAYED);
    assert_int_equal(stand.effect.to, 18);
    assert_int_equal(stand.effect.demoted, 0);
    board_sign_anew(&board, key_tcb_info(TEE_SGX, 3, stock_fmspc, 18),
                    STOCK_ISSUED_S + TEST_DAY_S, 12);
    assert_true(clock_step_to(board.clock, STOCK_NOW_S + 300)); /* the delay is over */
    board_settle(&board);
    stand = board_stand(&board, 0, TEE_SGX);
    assert_int_equal(stand.number, 17);
    assert_int_equal(stand.decision.reason, REASON_HELD);
    assert_int_equal(stand.effect.demoted, 1);
    board_close(&board);
}

static void a_restart_finds_what_was_decided(void **state)
{
    struct board board;

    (void)state;
    board_open(&board, &law);
    board_register(&board, "01", 9);
    board_promote_upstream(&board);
    board_settle(&board);
    board_stop(&board);
    board_start(&board, &law);
    board_settle(&board);
    struct baseline_stand stand = board_stand(&board, 0, TEE_SGX);
    assert_int_equal(stand.state.number, 18);
    assert_int_equal(stand.previous, 17);
    assert_int_equal(board_stand(&board, 0, TEE_TDX).state.noticed, 18);
    assert_string_equal(board_history(&board, "steady", TEE_SGX),
                        "first 0>17, noticed 17>18, promoted 17>18");
    board_close(&board);
}

static void what_cannot_be_written_is_not_in_force(void **state)
{
    struct board board;

    (void)state;
    board_open(&board, &law);
    board_register(&board, "01", 9);
    board_settle(&board);
    board_promote_upstream(&board);
    pthread_mutex_lock(&board.lock);
    board.disk_says_no = true;
    pthread_mutex_unlock(&board.lock);
    board_settle(&board);
    assert_int_equal(board_stand(&board, 0, TEE_SGX).number, 17);
    struct reply reply = give(&board, STEP_PROMOTED, 18, 0);
    assert_false(reply.well);
    assert_refused(reply.why, ERROR_SYSTEM, "the disk is full");
    pthread_mutex_lock(&board.lock);
    board.disk_says_no = false;
    pthread_mutex_unlock(&board.lock);
    board_settle(&board);
    assert_int_equal(board_stand(&board, 0, TEE_SGX).number, 18);
    board_close(&board);
}

/* Whoever has renamed his baselines time and again is not left with some that have their
 * first number, and a generation for it, at each look. */
static void names_of_the_past_leave_room_for_those_of_now(void **state)
{
    enum { LAWS = 5 };
    static struct baseline_policy renamed[LAWS][BASELINES_MAX];
    static char names[LAWS][BASELINES_MAX][BASELINE_NAME_MAX];
    static struct baseline_law laws[LAWS];
    struct board board;
    struct error err = { 0 };

    (void)state;
    board_open(&board, &baseline_law_default);
    for (size_t i = 0; i < LAWS; i++) {
        struct law_book *book = NULL;
        for (size_t k = 0; k < BASELINES_MAX; k++) {
            snprintf(names[i][k], sizeof names[i][k], "b%zu-%zu", i, k);
            renamed[i][k] = baseline_policy_default;
            renamed[i][k].name = names[i][k];
        }
        laws[i] = (struct baseline_law){ .policies = renamed[i],
                                         .count = BASELINES_MAX,
                                         .host_ttl_s = 30 * TEST_DAY_S };
        assert_ok(law_book_make(&laws[i], NULL, &book, &err), err);
        baselines_set_law(board.baselines, book);
        board_settle(&board);
    }
    size_t kept = board.kept;
    board_settle(&board);
    assert_int_equal(board.kept, kept);
    board_stop(&board);
    board_start(&board, &laws[LAWS - 1]);
    board_settle(&board);
    assert_int_equal(board.kept, kept);
    assert_string_equal(board_history(&board, "b4-15", TEE_TDX), "first 0>17");
    board_close(&board);
}

/* ---- by hand ----------------------------------------------------------------------- */

static void an_order_is_one_generation_for_both_tees(void **state)
{
    struct board board;

    (void)state;
    board_open(&board, &law);
    board_settle(&board);
    uint64_t before = board.stock.holdings->generation;
    struct reply reply = give(&board, STEP_PROMOTED, 18, 0);
    assert_ok(reply.well, reply.why);
    assert_int_equal(reply.generation, before + 1);
    assert_int_equal(board_stand(&board, 0, TEE_SGX).number, 18);
    assert_int_equal(board_stand(&board, 0, TEE_TDX).number, 18);
    reply = give(&board, STEP_ROLLED_BACK, 0, 0);
    assert_ok(reply.well, reply.why);
    assert_int_equal(reply.generation, before + 2);
    assert_int_equal(board_stand(&board, 0, TEE_TDX).number, 17);
    assert_string_equal(board_history(&board, "steady", TEE_TDX),
                        "first 0>17, promoted 17>18, rolled_back 18>17");
    board_close(&board);
}

static void a_bad_order_is_refused_and_leaves_nothing(void **state)
{
    static const struct {
        enum baseline_step_kind kind;
        uint32_t number;
        enum error_kind expected;
        const char *part;
    } cases[] = {
        { STEP_PROMOTED, 19, ERROR_NOT_FOUND, "baseline steady, sgx" },
        { STEP_PROMOTED, 16, ERROR_FORMAT, "baseline steady, sgx" },
        { STEP_PINNED, 18, ERROR_FORMAT, "a day on which it ends" },
        { STEP_ROLLED_BACK, 0, ERROR_NOT_FOUND, "baseline steady" },
    };
    struct board board;

    (void)state;
    board_open(&board, &law);
    board_settle(&board);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reply reply = give(&board, cases[i].kind, cases[i].number, 0);
        if (reply.well || reply.why.kind != cases[i].expected
            || strstr(reply.why.text, cases[i].part) == NULL)
            fail_msg("%zu: %s, %s", i, error_kind_name(reply.why.kind), reply.why.text);
    }
    assert_string_equal(board_history(&board, "steady", TEE_SGX), "first 0>17");
    board_close(&board);
}

static void orders_after_the_end_are_refused(void **state)
{
    struct board board;

    (void)state;
    board_open(&board, &law);
    board_settle(&board);
    baselines_end(board.baselines);
    struct reply reply = give(&board, STEP_PROMOTED, 18, 0);
    assert_false(reply.well);
    assert_refused(reply.why, ERROR_SYSTEM, "the service is ending");
    baselines_review(board.baselines, board_reviewed, &board); /* answered at once */
    assert_int_equal(board.reviewed, 2);
    board_close(&board);
}

/* ---- other laws, warnings ---------------------------------------------------------- */

static void another_law_is_in_force_at_once(void **state)
{
    struct law_book *book = NULL;
    struct board board;
    struct error err = { 0 };

    (void)state;
    board_open(&board, &baseline_law_default);
    board_settle(&board);
    assert_ok(law_book_make(&law, NULL, &book, &err), err);
    baselines_set_law(board.baselines, book);
    assert_int_equal(board_stand(&board, 1, TEE_SGX).number, 18);
    board_settle(&board);
    assert_string_equal(board_history(&board, "canary", TEE_SGX), "first 0>18");
    assert_string_equal(board_history(&board, "steady", TEE_SGX), "first 0>17");
    board_close(&board);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_numbers_are_written_down),
        cmocka_unit_test(an_effect_is_weighed_before_anything_moves),
        cmocka_unit_test(an_effect_is_of_the_documents_it_was_weighed_by),
        cmocka_unit_test(a_restart_finds_what_was_decided),
        cmocka_unit_test(what_cannot_be_written_is_not_in_force),
        cmocka_unit_test(names_of_the_past_leave_room_for_those_of_now),
        cmocka_unit_test(an_order_is_one_generation_for_both_tees),
        cmocka_unit_test(a_bad_order_is_refused_and_leaves_nothing),
        cmocka_unit_test(orders_after_the_end_are_refused),
        cmocka_unit_test(another_law_is_in_force_at_once),
    };

    make_policies();
    log_set_level(LOG_SILENT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
