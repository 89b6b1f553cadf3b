/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: a board over a store of its own. What it has written down goes
 * straight into that store, as the upstream thread would have it done; the disk may be
 * told to say no. */
#ifndef THIM_SERVE_TEST_BOARD_H
#define THIM_SERVE_TEST_BOARD_H

#include <pthread.h>

#include "kit/counter.h"
#include "serve/baselines.h"
#include "serve/test_platforms.h"

struct board {
    struct stock stock;
    struct clock *clock;
    struct counters *counters;
    struct baselines *baselines;
    pthread_mutex_t lock; /* guards the rest, which the board's thread writes */
    pthread_cond_t come;
    bool disk_says_no;
    size_t kept, changed, reviewed;
    char alerts[4096];
};

static inline void board_keep(void *board_, const struct baseline_row *rows, size_t count,
                              void (*done)(void *done_context, const struct error *why),
                              void *done_context)
{
    struct board *board = board_;
    struct holdings *next = NULL;
    OWNED(holdings_release)
    struct holdings *present = NULL; /* the stock's may go any time */
    struct error err = { 0 };
    bool well = false;

    pthread_mutex_lock(&board->lock);
    if (board->disk_says_no)
        error_set(&err, ERROR_SYSTEM, "the disk is full");
    else
        well = store_keep_baseline_steps(board->stock.store, board->stock.holdings, rows,
                                         count, &next, &err);
    if (well) {
        holdings_release(board->stock.holdings);
        board->stock.holdings = next;
        board->kept += count;
        present = holdings_hold(next);
    }
    pthread_mutex_unlock(&board->lock);
    if (well)
        assert_ok(baselines_publish(board->baselines, present, &err), err);
    done(done_context, well ? NULL : &err);
}

static inline void board_changed(void *board_)
{
    struct board *board = board_;

    pthread_mutex_lock(&board->lock);
    board->changed++;
    pthread_mutex_unlock(&board->lock);
}

static inline void board_alerted(void *board_, struct bytes json)
{
    struct board *board = board_;

    pthread_mutex_lock(&board->lock);
    size_t len = strlen(board->alerts);
    snprintf(board->alerts + len, sizeof board->alerts - len, "%.*s\n", (int)json.len,
             (const char *)json.at);
    pthread_mutex_unlock(&board->lock);
}

static inline void board_start(struct board *board, const struct baseline_law *law)
{
    struct baselines_options options = { .clock = board->clock,
                                         .state_directory = board->stock.directory,
                                         .counters = board->counters,
                                         .context = board,
                                         .keep = board_keep,
                                         .changed = board_changed,
                                         .alerted = board_alerted };
    struct law_book *book = NULL;
    struct error err = { 0 };

    assert_ok(law_book_make(law, NULL, &book, &err), err);
    assert_ok(baselines_create(&options, book, &board->baselines, &err), err);
    assert_ok(baselines_publish(board->baselines, board->stock.holdings, &err), err);
    assert_ok(baselines_begin(board->baselines, &err), err);
}

static inline void board_stop(struct board *board)
{
    baselines_end(board->baselines);
    baselines_destroy(board->baselines);
    board->baselines = NULL;
}

static inline void board_open(struct board *board, const struct baseline_law *law)
{
    *board = (struct board){ .clock = clock_standing_at(STOCK_NOW_S),
                             .counters = counters_create() };
    pthread_mutex_init(&board->lock, NULL);
    pthread_cond_init(&board->come, NULL);
    stock_open(&board->stock);
    stock_fill(&board->stock);
    board_start(board, law);
}

static inline void board_close(struct board *board)
{
    board_stop(board);
    stock_close(&board->stock);
    counters_destroy(board->counters);
    clock_close(board->clock);
    pthread_cond_destroy(&board->come);
    pthread_mutex_destroy(&board->lock);
}

static inline void board_reviewed(void *board_)
{
    struct board *board = board_;

    pthread_mutex_lock(&board->lock);
    board->reviewed++;
    pthread_cond_signal(&board->come);
    pthread_mutex_unlock(&board->lock);
}

/* Everything that is due by now has been decided and written down. */
static inline void board_settle(struct board *board)
{
    struct error err = { 0 };

    pthread_mutex_lock(&board->lock);
    size_t before = board->reviewed;
    OWNED(holdings_release)
    struct holdings *present = holdings_hold(board->stock.holdings);
    pthread_mutex_unlock(&board->lock);
    assert_ok(baselines_publish(board->baselines, present, &err), err);
    baselines_review(board->baselines, board_reviewed, board);
    pthread_mutex_lock(&board->lock);
    while (board->reviewed == before)
        pthread_cond_wait(&board->come, &board->lock);
    pthread_mutex_unlock(&board->lock);
}

static inline struct baseline_stand board_stand(struct board *board, size_t policy,
                                                enum tee tee)
{
    OWNED(baseline_view_release)
    const struct baseline_view *view = baselines_view(board->baselines);

    return *baseline_view_stand(view, policy, tee);
}

/* "first 0>17, promoted 17>18": one TEE's history. */
static inline const char *board_history(const struct board *board, const char *baseline,
                                        enum tee tee)
{
    static char text[1024];
    const struct baseline_row *rows;
    struct arena arena;
    struct error err = { 0 };
    size_t count, len = 0;

    arena_init(&arena, (size_t)1 << 20);
    assert_ok(baseline_rows_read(board->stock.directory, baseline, 0, &arena, &rows,
                                 &count, &err),
              err);
    text[0] = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].tee == (unsigned)tee)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s %u>%u",
                                    len > 0 ? ", " : "", rows[i].step, rows[i].from,
                                    rows[i].to);
    arena_fini(&arena);
    return text;
}

/* Number 18 becomes standard for all that is held. */
static inline void board_promote_upstream(struct board *board)
{
    static const struct {
        enum tee tee;
        enum enclave_id enclave;
    } of[] = { { TEE_SGX, ENCLAVE_QE }, { TEE_TDX, ENCLAVE_TD_QE } };

    pthread_mutex_lock(&board->lock); /* a store is not for two threads at once */
    for (size_t i = 0; i < COUNT_OF(of); i++) {
        stock_designate(&board->stock, key_tcb_info(of[i].tee, 3, stock_fmspc, 18),
                        UPDATE_STANDARD);
        stock_designate(&board->stock, key_identity(of[i].enclave, 18), UPDATE_STANDARD);
    }
    pthread_mutex_unlock(&board->lock);
}

/* A TCB info signed anew, whose highest level is this one instead of 9. */
static inline void board_sign_anew(struct board *board, struct collateral_key key,
                                   int64_t issue_date_s, unsigned svn)
{
    static const char *const of_nine[] = { "{\"svn\":9}", "\"pcesvn\":13" };
    struct buf text = test_world_text(&key, issue_date_s, STOCK_DUE_S), other;
    struct bytes rest = buf_bytes(&text);

    buf_init(&other, (size_t)1 << 20);
    while (rest.len > 0) {
        size_t at[] = { bytes_find(rest, bytes_of_text(of_nine[0])),
                        bytes_find(rest, bytes_of_text(of_nine[1])) };
        size_t which = at[1] < at[0];
        buf_add(&other, bytes_first(rest, at[which]));
        if (at[which] < rest.len)
            buf_addf(&other, which == 0 ? "{\"svn\":%u}" : "\"pcesvn\":%u",
                     which == 0 ? svn : svn + 4);
        rest = bytes_after(rest, at[which] + strlen(of_nine[which]));
    }
    struct buf body =
        test_world_sign(board->stock.world, SIGNED_TCB_INFO, buf_bytes(&other));
    struct verified_collateral *item =
        test_world_verify(board->stock.world, &key, buf_bytes(&body), issue_date_s);
    pthread_mutex_lock(&board->lock);
    stock_put(&board->stock, item);
    pthread_mutex_unlock(&board->lock);
    verified_release(item);
    buf_fini(&body);
    buf_fini(&other);
    buf_fini(&text);
}

/* A registered host at this level (serve/test_platforms.h): the stock's have 9 and 5. */
static inline void board_register(struct board *board, const char *qe_id, unsigned svn)
{
    struct platform_change change = { .has_name = true,
                                      .name = stock_name(qe_id),
                                      .bound_by = BOUND_BY_TOKEN,
                                      .has_raw_tcb = true,
                                      .raw = tcb_at(svn),
                                      .raw_confirmed = true,
                                      .now_s = clock_wall_s(board->clock) };

    pthread_mutex_lock(&board->lock);
    stock_add_platform(&board->stock,
                       &(struct stock_platform){ .qe_id = qe_id, .svns = { 12, 9, 5 } });
    stock_keep(&board->stock, &change);
    pthread_mutex_unlock(&board->lock);
}

#endif
