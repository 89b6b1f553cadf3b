/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: the operator's routes for baselines through both doors, the admin
 * socket and the front, over a real board with two known hosts. */
#ifndef THIM_SERVE_TEST_BUREAU_H
#define THIM_SERVE_TEST_BUREAU_H

#include "kit/crypto.h"
#include "kit/log.h"
#include "serve/control.h"
#include "serve/control_baselines.h"
#include "serve/test_board.h"
#include "serve/test_http.h"
#include "serve/test_json.h"
#include "serve/test_view.h"

#define ROOT "/thim/v1/baselines"
#define EXPLAIN "/thim/v1/explain"
#define FMSPC "00906ea10000"
#define GOOD "0f0fbe6733336eaf7a4e3d8b966a82e6" /* at the best level */
#define POOR "1f0fbe6733336eaf7a4e3d8b966a82e6" /* at the one below */

/* ---- a bureau ------------------------------------------------------------------- */

static struct baseline_policy policies[2];
static const struct baseline_rule rules[] = {
    { .address = { 192, 0, 2 }, .address_len = 4, .prefix_bits = 24, .baseline = 1 },
};
static const struct baseline_law law = { .policies = policies,
                                         .count = 2,
                                         .rules = rules,
                                         .rule_count = 1,
                                         .host_ttl_s = 30 * TEST_DAY_S };

struct bureau { /* the board, and who asks it through both doors */
    struct board board;
    struct config config;
    struct access *access;
    struct store_writer *writer;
    struct control_baselines *desk;
    struct conditions *conditions;
    struct front *front;
    struct control *control;
    struct http_server *admin, *service;
    char socket[256];
};

struct letter {
    struct board *board;
    const struct baseline_row *rows;
    size_t count;
    void (*done)(void *context, const struct error *why);
    void *context;
};

static inline void keep_now(void *letter_, struct store *store)
{
    struct letter *letter = letter_;
    struct board *board = letter->board;
    struct holdings *next = NULL;
    struct error err = { 0 };

    assert_ok(store_keep_baseline_steps(store, board->stock.holdings, letter->rows,
                                        letter->count, &next, &err),
              err);
    pthread_mutex_lock(&board->lock);
    holdings_release(board->stock.holdings);
    board->stock.holdings = next;
    pthread_mutex_unlock(&board->lock);
    assert_ok(baselines_publish(board->baselines, next, &err), err);
    letter->done(letter->context, NULL);
    free(letter);
}

/* The store is the writer's, which the audit has too. */
static inline void keep_by_writer(void *bureau_, const struct baseline_row *rows,
                                  size_t count,
                                  void (*done)(void *context, const struct error *why),
                                  void *context)
{
    struct bureau *bureau = bureau_;
    struct letter *letter = malloc(sizeof *letter);
    struct error err = { 0 };

    assert_non_null(letter);
    *letter = (struct letter){ &bureau->board, rows, count, done, context };
    assert_ok(store_writer_submit(bureau->writer, keep_now, letter, &err), err);
}

static inline void nothing_more(void *bureau)
{
    (void)bureau;
}

static inline struct holdings *present(void *bureau_)
{
    struct board *board = &((struct bureau *)bureau_)->board;

    pthread_mutex_lock(&board->lock);
    struct holdings *held = holdings_hold(board->stock.holdings);
    pthread_mutex_unlock(&board->lock);
    return held;
}

static inline void open_board(struct bureau *bureau)
{
    struct board *board = &bureau->board;
    struct baselines_options options = { .clock = board->clock,
                                         .state_directory = board->stock.directory,
                                         .counters = board->counters,
                                         .context = bureau,
                                         .keep = keep_by_writer,
                                         .changed = nothing_more };
    struct law_book *book = NULL;
    struct error err = { 0 };

    policies[0] = policies[1] = baseline_policy_default;
    policies[1].name = "canary";
    policies[1].follow = FOLLOW_EARLY;
    policies[1].choice = CHOICE_NONE;
    assert_ok(law_book_make(&law, NULL, &book, &err), err);
    assert_ok(baselines_create(&options, book, &board->baselines, &err), err);
    assert_ok(baselines_publish(board->baselines, board->stock.holdings, &err), err);
    assert_ok(baselines_begin(board->baselines, &err), err);
    board_settle(board);
}

static inline void add_token(struct bureau *bureau, const char *name, enum role role)
{
    struct config_token *added = &bureau->config.tokens[bureau->config.token_count++];
    struct sha512 digest = sha512(bytes_of_text(name)); /* the token is its name */

    *added = (struct config_token){ .name = name, .role = role, .hash = TOKEN_SHA512 };
    memcpy(added->sha512, digest.digest, sizeof added->sha512);
}

static inline void open_desk(struct bureau *bureau)
{
    struct board *board = &bureau->board;
    struct control_baselines_options options = { .config = &bureau->config,
                                                 .clock = board->clock,
                                                 .writer = bureau->writer,
                                                 .baselines = board->baselines };
    struct error err = { 0 };

    add_token(bureau, "watch", ROLE_READER);
    add_token(bureau, "host", ROLE_HOST);
    add_token(bureau, "desk", ROLE_ADMIN);
    assert_ok(access_create(&bureau->config, (uint32_t)geteuid(), &bureau->access, &err),
              err);
    options.access = bureau->access;
    assert_ok(control_baselines_create(&options, &bureau->desk, &err), err);
}

static inline void open_doors(struct bureau *bureau)
{
    struct board *board = &bureau->board;
    struct front_options front = { .config = &bureau->config,
                                   .clock = board->clock,
                                   .baselines = bureau->desk };
    struct control_options control = { .config = &bureau->config,
                                       .clock = board->clock,
                                       .conditions = bureau->conditions,
                                       .baselines = bureau->desk,
                                       .own_uid = (uint32_t)geteuid(),
                                       .context = bureau,
                                       .holdings = present };
    struct http_server_options socket = { .unix_path = bureau->socket,
                                          .spool_directory = board->stock.directory };
    struct error err = { 0 };

    assert_ok(front_create(&front, &bureau->front, &err), err);
    test_front_publish(bureau->front, board->stock.holdings, board->clock);
    control.front = bureau->front;
    assert_ok(control_create(&control, &bureau->control, &err), err);
    struct http_handler handler = control_handler(bureau->control);
    assert_ok(http_server_start(&socket, &handler, &bureau->admin, &err), err);
    handler = front_handler(bureau->front);
    socket.unix_path = NULL;
    socket.address = "127.0.0.1";
    assert_ok(http_server_start(&socket, &handler, &bureau->service, &err), err);
}

static inline void bureau_open(struct bureau *bureau)
{
    struct board *board = &bureau->board;
    struct error err = { 0 };

    log_set_level(LOG_SILENT);
    *bureau = (struct bureau){ .board = { .clock = clock_standing_at(STOCK_NOW_S),
                                          .counters = counters_create() },
                               .conditions = conditions_create() };
    pthread_mutex_init(&board->lock, NULL);
    pthread_cond_init(&board->come, NULL);
    stock_open(&board->stock);
    stock_fill(&board->stock);
    board_register(board, GOOD, 9);
    board_register(board, POOR, 5);
    config_defaults(&bureau->config);
    bureau->config.state_directory = board->stock.directory;
    bureau->config.trust.roots = test_world_trust(board->stock.world);
    snprintf(bureau->socket, sizeof bureau->socket, "%s/admin.sock",
             board->stock.directory);
    assert_ok(store_writer_start(board->stock.store, &bureau->writer, &err), err);
    board->stock.store = NULL; /* the writer's now */
    open_board(bureau);
    open_desk(bureau);
    open_doors(bureau);
}

static inline void bureau_close(struct bureau *bureau)
{
    http_server_stop(bureau->service);
    http_server_stop(bureau->admin);
    control_baselines_drain(bureau->desk);
    baselines_end(bureau->board.baselines);
    control_destroy(bureau->control);
    front_destroy(bureau->front);
    baselines_destroy(bureau->board.baselines);
    store_writer_stop(bureau->writer);
    control_baselines_destroy(bureau->desk);
    access_destroy(bureau->access);
    conditions_destroy(bureau->conditions);
    stock_close(&bureau->board.stock);
    config_fini(&bureau->config);
    counters_destroy(bureau->board.counters);
    clock_close(bureau->board.clock);
    pthread_cond_destroy(&bureau->board.come);
    pthread_mutex_destroy(&bureau->board.lock);
}

/* ---- asking --------------------------------------------------------------------- */

static inline struct test_answer say(const struct bureau *bureau, const char *method,
                                     const char *target, const char *body)
{
    char request[16384];
    int fd = test_connect_unix(bureau->socket);

    assert_true(snprintf(request, sizeof request,
                         "%s %s HTTP/1.1\r\nHost: thim\r\nContent-Length: %zu\r\n\r\n%s",
                         method, target, strlen(body), body)
                < (int)sizeof request);
    test_say(fd, request);
    struct test_answer answer = test_hear(fd, false);
    close(fd);
    return answer;
}

static inline json_t *ask(const struct bureau *bureau, const char *method,
                          const char *target, const char *body, unsigned expected)
{
    struct test_answer answer = say(bureau, method, target, body);

    if (answer.status != expected)
        fail_msg("%s %s: %u %.*s", method, target, answer.status, (int)answer.body.len,
                 answer.body.at);
    json_t *json = json_loadb((const char *)answer.body.at, answer.body.len, 0, NULL);
    test_forget(&answer);
    return json;
}

static inline json_t *get(const struct bureau *bureau, const char *target)
{
    return ask(bureau, "GET", target, "", 200);
}

#endif
