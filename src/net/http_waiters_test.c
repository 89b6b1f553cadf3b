/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that wait, through a whole server: each is answered exactly once, by whoever
 * comes first: the one who knows, the deadline, or the end of the server. */
#include "net/http_waiters.h"

#include "net/test_peer.h"

#define GET "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
#define CROWD 1000

struct hall { /* what the handler keeps */
    pthread_mutex_t lock;
    struct http_waiter *waiters[CROWD];
    size_t count;
    unsigned turned_away;
    int64_t wait_ms;
    struct http_reply *late, *full;
};

static void wait_in(struct witness *witness, struct http_request *request)
{
    struct hall *hall = witness->context;

    pthread_mutex_lock(&hall->lock);
    struct http_waiter *waiter = http_request_suspend(request, hall->wait_ms, hall->late);
    if (waiter != NULL)
        hall->waiters[hall->count++] = waiter;
    else
        hall->turned_away++;
    pthread_mutex_unlock(&hall->lock);
    if (waiter == NULL)
        http_request_answer(request, hall->full);
}

static struct http_reply *reply_of(unsigned status, const char *body)
{
    struct http_reply *reply;
    struct error err = { 0 };

    assert_ok(http_reply_create(status, NULL, 0, bytes_of_text(body), &reply, &err), err);
    return reply;
}

static void hall_open(struct hall *hall, struct witness *witness, unsigned places,
                      int64_t wait_ms)
{
    *hall = (struct hall){ .wait_ms = wait_ms };
    *witness = (struct witness){ .instead = wait_in, .context = hall };
    pthread_mutex_init(&hall->lock, NULL);
    hall->late = reply_of(504, "late");
    hall->full = reply_of(429, "full");
    witness_start(witness,
                  &(struct http_server_options){ .waiters = places, .threads = 2 });
}

/* The i-th that waits, once the handler has noted it. */
static struct http_waiter *waiter_of(struct hall *hall, size_t i)
{
    struct http_waiter *waiter = NULL;

    for (int64_t until_ms = clock_real_ms() + PEER_WAIT_MS; waiter == NULL;
         poll(NULL, 0, 1)) {
        pthread_mutex_lock(&hall->lock);
        waiter = i < hall->count ? hall->waiters[i] : NULL;
        pthread_mutex_unlock(&hall->lock);
        if (waiter != NULL)
            break;
        if (clock_real_ms() > until_ms)
            fail_msg("nobody waits after %d ms", PEER_WAIT_MS);
    }
    return waiter;
}

static void hall_set_wait(struct hall *hall, int64_t wait_ms)
{
    pthread_mutex_lock(&hall->lock);
    hall->wait_ms = wait_ms;
    pthread_mutex_unlock(&hall->lock);
}

static void hall_close(struct hall *hall, struct witness *witness)
{
    witness_stop(witness);
    http_reply_release(hall->late);
    http_reply_release(hall->full);
    pthread_mutex_destroy(&hall->lock);
}

static unsigned waiting(const struct witness *witness)
{
    return peer_counts(witness->server).waiters;
}

/* A connection whose request waits. */
static int peer_that_waits(const struct witness *witness, unsigned after)
{
    int fd = peer_connect(http_server_port(witness->server));

    assert_true(peer_send_text(fd, GET));
    peer_await(waiting(witness) == after);
    return fd;
}

static void expect_reply(int fd, unsigned status, const char *body,
                         const char *connection)
{
    struct buf in;

    buf_init(&in, PEER_REPLY_MAX);
    assert_true(peer_read_reply(fd, &in, false));
    assert_int_equal(peer_status(&in), status);
    assert_string_equal(buf_text(&in) + peer_head_len(&in), body);
    assert_string_equal(peer_header(&in, "Connection"), connection);
    buf_fini(&in);
}

static void a_thousand_wait_and_are_released_at_once(void **state)
{
    static int fds[CROWD];
    static struct hall hall;
    struct witness witness;

    (void)state;
    peer_need_descriptors(2 * CROWD + 100);
    hall_open(&hall, &witness, 0, PEER_WAIT_MS);
    for (size_t i = 0; i < CROWD; i++) {
        fds[i] = peer_connect(http_server_port(witness.server));
        assert_true(peer_send_text(fds[i], GET));
    }
    peer_await(waiting(&witness) == CROWD);
    for (size_t i = 0; i < CROWD; i++)
        http_waiter_answer(waiter_of(&hall, i), witness.reply);
    assert_int_equal(waiting(&witness), 0);
    for (size_t i = 0; i < CROWD; i++) {
        expect_reply(fds[i], 200, "hello", "");
        close(fds[i]);
    }
    assert_int_equal(atomic_load(&witness.seen), CROWD);
    hall_close(&hall, &witness);
}

static void a_connection_goes_on_after_it_waited(void **state)
{
    static struct hall hall;
    struct witness witness;

    (void)state;
    hall_open(&hall, &witness, 0, PEER_WAIT_MS);
    int fd = peer_connect(http_server_port(witness.server));
    for (size_t i = 0; i < 50; i++) {
        assert_true(peer_send_text(fd, GET));
        peer_await(waiting(&witness) == 1);
        http_waiter_answer(waiter_of(&hall, i), witness.reply);
        expect_reply(fd, 200, "hello", "");
    }
    /* and what was pipelined behind one that waits is answered after it */
    assert_true(peer_send_text(fd, GET GET));
    peer_await(waiting(&witness) == 1);
    assert_int_equal(atomic_load(&witness.seen), 51);
    http_waiter_answer(waiter_of(&hall, 50), witness.reply);
    peer_await(atomic_load(&witness.seen) == 52 && waiting(&witness) == 1);
    expect_reply(fd, 200, "hello", "");
    http_waiter_answer(waiter_of(&hall, 51), witness.reply);
    expect_reply(fd, 200, "hello", "");
    close(fd);
    hall_close(&hall, &witness);
}

static void the_deadline_answers_and_whoever_comes_later_does_not(void **state)
{
    static struct hall hall;
    struct witness witness;

    (void)state;
    hall_open(&hall, &witness, 0, 60);
    int first = peer_that_waits(&witness, 1);
    int64_t began_ms = clock_real_ms();
    expect_reply(first, 504, "late", "");
    assert_in_range(clock_real_ms() - began_ms, 30, PEER_WAIT_MS);
    assert_int_equal(waiting(&witness), 0);

    hall_set_wait(&hall, PEER_WAIT_MS); /* while one with a far deadline waits */
    int second = peer_that_waits(&witness, 1);
    waiter_of(&hall, 1);
    hall_set_wait(&hall, 60); /* one with a near deadline still is answered at its own */
    int third = peer_connect(http_server_port(witness.server));
    peer_send_text(third, GET);
    expect_reply(third, 504, "late", "");
    assert_int_equal(waiting(&witness), 1);
    for (size_t i = 0; i < 3; i++) /* too late for two of them */
        http_waiter_answer(waiter_of(&hall, i), witness.reply);
    expect_reply(second, 200, "hello", "");
    close(first);
    close(second);
    close(third);
    hall_close(&hall, &witness);
}

static void past_the_bound_nobody_waits(void **state)
{
    static struct hall hall;
    struct witness witness;

    (void)state;
    hall_open(&hall, &witness, 2, PEER_WAIT_MS);
    int first = peer_that_waits(&witness, 1), second = peer_that_waits(&witness, 2);
    int third = peer_connect(http_server_port(witness.server));
    peer_send_text(third, GET);
    expect_reply(third, 429, "full", "");
    pthread_mutex_lock(&hall.lock);
    assert_int_equal(hall.turned_away, 1);
    pthread_mutex_unlock(&hall.lock);
    http_waiter_answer(waiter_of(&hall, 0), witness.reply);
    expect_reply(first, 200, "hello", "");
    peer_send_text(third, GET); /* there is room again */
    peer_await(waiting(&witness) == 2);
    http_waiter_answer(waiter_of(&hall, 1), witness.reply);
    http_waiter_answer(waiter_of(&hall, 2), witness.reply);
    expect_reply(second, 200, "hello", "");
    expect_reply(third, 200, "hello", "");
    close(first);
    close(second);
    close(third);
    hall_close(&hall, &witness);
}

/* No deadline of the connection's own runs while it waits. */
static void waiting_is_not_idling(void **state)
{
    static struct hall hall;
    struct witness witness = { .instead = wait_in, .context = &hall };

    (void)state;
    hall = (struct hall){ .wait_ms = 400 };
    pthread_mutex_init(&hall.lock, NULL);
    hall.late = reply_of(504, "late");
    hall.full = reply_of(429, "full");
    witness_start(&witness, &(struct http_server_options){
                                .header_ms = 80, .body_ms = 80, .idle_ms = 80 });
    int fd = peer_that_waits(&witness, 1);
    expect_reply(fd, 504, "late", "");
    http_waiter_answer(waiter_of(&hall, 0), witness.reply);
    close(fd);
    hall_close(&hall, &witness);
}

static void a_client_that_has_gone_harms_nobody(void **state)
{
    static struct hall hall;
    struct witness witness;

    (void)state;
    hall_open(&hall, &witness, 0, PEER_WAIT_MS);
    for (unsigned i = 0; i < 20; i++) {
        int fd = peer_connect(http_server_port(witness.server));
        const struct linger reset = { .l_onoff = i % 2 == 0, .l_linger = 0 };
        peer_send_text(fd, GET);
        peer_await(waiting(&witness) == i + 1);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
    for (size_t i = 0; i < 20; i++)
        http_waiter_answer(waiter_of(&hall, i), witness.reply);
    peer_await(peer_counts(witness.server).open_connections == 0);
    hall_close(&hall, &witness);
}

static void the_end_of_the_server_answers_all_with_an_empty_503(void **state)
{
    static struct hall hall;
    struct witness witness;
    int fds[10];

    (void)state;
    hall_open(&hall, &witness, 0, PEER_WAIT_MS);
    for (unsigned i = 0; i < COUNT_OF(fds); i++)
        fds[i] = peer_that_waits(&witness, i + 1);
    http_server_drain(TAKE(witness.server), PEER_WAIT_MS);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        expect_reply(fds[i], 503, "", "close");
        assert_true(peer_is_closed(fds[i]));
        close(fds[i]);
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++) /* nobody is there any more */
        http_waiter_answer(waiter_of(&hall, i), witness.reply);
    hall_close(&hall, &witness);
}

/* Answers from one thread, deadlines from another and the end from a third, all at once:
 * for the sanitizers. */
static void *answer_all(void *witness_)
{
    struct witness *witness = witness_;
    struct hall *hall = witness->context;

    for (size_t i = 0; i < 200; i++)
        http_waiter_answer(waiter_of(hall, i), witness->reply);
    return NULL;
}

static void answers_deadlines_and_the_end_may_meet(void **state)
{
    static struct hall hall;
    static int fds[200];
    struct witness witness;
    pthread_t answerer;

    (void)state;
    hall_open(&hall, &witness, 0, 5);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = peer_connect(http_server_port(witness.server));
        peer_send_text(fds[i], GET);
    }
    peer_await(atomic_load(&witness.seen) >= 100);
    assert_int_equal(pthread_create(&answerer, NULL, answer_all, &witness), 0);
    peer_await(atomic_load(&witness.seen) == COUNT_OF(fds));
    http_server_drain(TAKE(witness.server), 0);
    pthread_mutex_lock(&hall.lock); /* those that came after the room was closed */
    size_t turned_away = hall.turned_away, waited = hall.count;
    pthread_mutex_unlock(&hall.lock);
    assert_int_equal(turned_away, 0);
    assert_int_equal(waited, COUNT_OF(fds));
    pthread_join(answerer, NULL);
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        close(fds[i]);
    hall_close(&hall, &witness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_wait_and_are_released_at_once),
        cmocka_unit_test(a_connection_goes_on_after_it_waited),
        cmocka_unit_test(the_deadline_answers_and_whoever_comes_later_does_not),
        cmocka_unit_test(past_the_bound_nobody_waits),
        cmocka_unit_test(waiting_is_not_idling),
        cmocka_unit_test(a_client_that_has_gone_harms_nobody),
        cmocka_unit_test(the_end_of_the_server_answers_all_with_an_empty_503),
        cmocka_unit_test(answers_deadlines_and_the_end_may_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
