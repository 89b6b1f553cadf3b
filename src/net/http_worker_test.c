/* SPDX-License-Identifier: Apache-2.0 */
/* Many connections at once, and the end of the server while they are there. */
#include <ifaddrs.h>
#include <net/if.h>

#include "net/test_peer.h"

#define GET "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST /x HTTP/1.1\r\nHost: a\r\n"

/* ---- how many ------------------------------------------------------------------- */

static void a_burst_of_connections_is_served(void **state)
{
    enum { BURST = 1200 };
    static int fds[BURST];
    struct witness witness = { 0 };
    struct buf in;

    (void)state;
    peer_need_descriptors(2 * BURST + 100);
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    for (size_t i = 0; i < BURST; i++)
        fds[i] = peer_connect(http_server_port(witness.server));
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < BURST; i++)
            assert_true(peer_send_text(fds[i], GET));
        for (size_t i = 0; i < BURST; i++) {
            assert_true(peer_read_reply(fds[i], &in, false));
            assert_int_equal(peer_status(&in), 200);
        }
    }
    assert_int_equal(peer_counts(witness.server).open_connections, BURST);
    for (size_t i = 0; i < BURST; i++)
        close(fds[i]);
    peer_await(peer_counts(witness.server).open_connections == 0);
    buf_fini(&in);
    witness_stop(&witness);
}

struct gate { /* holds the one thread inside its handler */
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool is_open, is_reached;
};

static void wait_at_gate(struct witness *witness, struct http_request *request)
{
    struct gate *gate = witness->context;

    pthread_mutex_lock(&gate->lock);
    gate->is_reached = true;
    pthread_cond_broadcast(&gate->opened);
    while (!gate->is_open)
        pthread_cond_wait(&gate->opened, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
    http_request_answer(request, witness->reply);
}

/* libmicrohttpd looks at 128 events at a time; its own loop stands still where there are
 * exactly so many. */
static void any_number_of_connections_may_become_ready_at_once(void **state)
{
    static const size_t counts[] = { 1, 127, 128, 129, 256, 384 };
    struct gate gate = { .is_open = true };
    struct witness witness = { .instead = wait_at_gate, .context = &gate };
    static int fds[384];
    struct buf in;

    (void)state;
    peer_need_descriptors(2 * COUNT_OF(fds) + 100);
    buf_init(&in, PEER_REPLY_MAX);
    pthread_mutex_init(&gate.lock, NULL);
    pthread_cond_init(&gate.opened, NULL);
    witness_start(&witness, &(struct http_server_options){ .threads = 1 });
    int first = peer_connect(http_server_port(witness.server));
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = peer_connect(http_server_port(witness.server));
        peer_ask(fds[i], GET, &in);
    }
    for (size_t k = 0; k < COUNT_OF(counts); k++) {
        pthread_mutex_lock(&gate.lock);
        gate.is_open = gate.is_reached = false;
        peer_send_text(first, GET);
        while (!gate.is_reached)
            pthread_cond_wait(&gate.opened, &gate.lock);
        for (size_t i = 0; i < counts[k]; i++)
            assert_true(peer_send_text(fds[i], GET));
        gate.is_open = true;
        pthread_cond_broadcast(&gate.opened);
        pthread_mutex_unlock(&gate.lock);
        for (size_t i = 0; i < counts[k]; i++)
            assert_true(peer_read_reply(fds[i], &in, false));
        assert_true(peer_read_reply(first, &in, false));
    }
    close(first);
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        close(fds[i]);
    buf_fini(&in);
    witness_stop(&witness);
    pthread_cond_destroy(&gate.opened);
    pthread_mutex_destroy(&gate.lock);
}

static void past_the_limit_a_connection_is_closed_until_there_is_room(void **state)
{
    struct witness witness = { 0 };
    struct buf in;
    int fds[8];

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness,
                  &(struct http_server_options){ .connections = 8, .threads = 2 });
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = peer_connect(http_server_port(witness.server));
        peer_ask(fds[i], GET, &in);
    }
    int more = peer_connect(http_server_port(witness.server));
    assert_true(peer_is_closed(more));
    close(more);
    assert_int_equal(peer_counts(witness.server).refused, 1);
    peer_ask(fds[0], GET, &in); /* the others do not notice */
    close(fds[0]);
    peer_await(peer_counts(witness.server).open_connections == 7);
    for (bool served = false; !served;) { /* the library counts it out a moment later */
        more = peer_connect(http_server_port(witness.server));
        served = peer_send_text(more, GET) && peer_read_reply(more, &in, false);
        close(more);
    }
    for (size_t i = 1; i < COUNT_OF(fds); i++)
        close(fds[i]);
    buf_fini(&in);
    witness_stop(&witness);
}

/* An address of this machine that is not loopback. */
static bool own_address(char out[INET_ADDRSTRLEN])
{
    struct ifaddrs *all, *at;
    bool found = false;

    assert_int_equal(getifaddrs(&all), 0);
    for (at = all; at != NULL && !found; at = at->ifa_next) {
        if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET
            || (at->ifa_flags & IFF_LOOPBACK) != 0 || (at->ifa_flags & IFF_UP) == 0)
            continue;
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(void *)at->ifa_addr;
        found = inet_ntop(AF_INET, &v4->sin_addr, out, INET_ADDRSTRLEN) != NULL;
    }
    freeifaddrs(all);
    return found;
}

static void one_address_has_its_share_and_loopback_is_exempt(void **state)
{
    char address[INET_ADDRSTRLEN];
    struct witness witness = { 0 };
    struct buf in;
    int fds[4];

    (void)state;
    if (!own_address(address)) {
        print_message("skipped: this machine has no address but loopback\n");
        skip();
    }
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){
                                .address = "0.0.0.0", .connections_per_address = 3 });
    uint16_t port = http_server_port(witness.server);
    struct sockaddr_in at = peer_address(address, port);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fds[i], (struct sockaddr *)&at, sizeof at), 0);
        if (i < 3)
            peer_ask(fds[i], GET, &in);
    }
    assert_true(peer_is_closed(fds[3]));
    assert_false(witness.last_peer.is_loopback);
    close(fds[3]);
    int near[10]; /* loopback has no share */
    for (size_t i = 0; i < COUNT_OF(near); i++) {
        near[i] = peer_connect(port);
        peer_ask(near[i], GET, &in);
        assert_true(witness.last_peer.is_loopback);
    }
    for (size_t i = 0; i < COUNT_OF(near); i++)
        close(near[i]);
    for (size_t i = 0; i < 3; i++)
        close(fds[i]);
    buf_fini(&in);
    witness_stop(&witness);
}

/* ---- the end -------------------------------------------------------------------- */

static void *drain(void *server)
{
    http_server_drain(server, PEER_WAIT_MS);
    return NULL;
}

static void draining_ends_idle_connections_and_lets_requests_finish(void **state)
{
    struct witness witness = { .body_limit = 10 };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    uint16_t port = http_server_port(witness.server);
    int idle = peer_connect(port), fresh = peer_connect(port);
    peer_ask(idle, GET, &in);
    int busy = peer_connect(port); /* half of a body has come */
    peer_send_text(busy, POST "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n");
    buf_clear(&in);
    while (peer_head_len(&in) == 0)
        assert_true(peer_read(busy, &in) > 0);
    peer_send_text(busy, "01234");
    peer_await(peer_counts(witness.server).open_connections == 3);

    pthread_t drainer;
    assert_int_equal(pthread_create(&drainer, NULL, drain, witness.server), 0);
    assert_true(peer_is_closed(idle));
    assert_true(peer_is_closed(fresh));
    peer_ask(busy, "56789", &in);
    assert_int_equal(peer_status(&in), 200);
    assert_string_equal(peer_header(&in, "Connection"), "close");
    assert_string_equal(witness.last_body, "0123456789");
    assert_true(peer_is_closed(busy));
    pthread_join(drainer, NULL);
    witness.server = NULL;

    struct sockaddr_in at = peer_address("127.0.0.1", port);
    int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_not_equal(connect(late, (struct sockaddr *)&at, sizeof at), 0);
    close(late);
    close(idle);
    close(fresh);
    close(busy);
    buf_fini(&in);
    witness_stop(&witness);
}

static void draining_waits_no_longer_than_it_is_told(void **state)
{
    struct witness witness = { .body_limit = 10 };

    (void)state;
    witness_start(&witness, &(struct http_server_options){ 0 });
    int busy = peer_connect(http_server_port(witness.server));
    peer_send_text(busy, "GET /x HTTP/1.1\r\nX: ");
    peer_await(peer_counts(witness.server).open_connections == 1);
    int64_t began_ms = clock_real_ms();
    http_server_drain(TAKE(witness.server), 100);
    assert_in_range(clock_real_ms() - began_ms, 0, PEER_WAIT_MS);
    assert_true(peer_is_closed(busy));
    close(busy);
    witness_stop(&witness);
    http_server_stop(NULL);
}

struct storm {
    uint16_t port;
    atomic_uint answered;
};

static void *ask_until_closed(void *storm_)
{
    struct storm *storm = storm_;
    struct sockaddr_in at = peer_address("127.0.0.1", storm->port);
    struct buf in;

    buf_init(&in, PEER_REPLY_MAX);
    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
            close(fd);
            break;
        }
        for (size_t i = 0; i < 20; i++) {
            if (!peer_send_text(fd, GET) || !peer_read_reply(fd, &in, false))
                break;
            atomic_fetch_add(&storm->answered, 1);
        }
        close(fd);
    }
    buf_fini(&in);
    return NULL;
}

/* By its source the library's own way to stop listening can abort here; see
 * http_worker.h.
 */
static void a_busy_server_can_be_drained_again_and_again(void **state)
{
    (void)state;
    for (size_t round = 0; round < 20; round++) {
        struct witness witness = { 0 };
        pthread_t clients[4];
        witness_start(&witness, &(struct http_server_options){ 0 });
        struct storm storm = { .port = http_server_port(witness.server) };
        for (size_t i = 0; i < COUNT_OF(clients); i++)
            assert_int_equal(pthread_create(&clients[i], NULL, ask_until_closed, &storm),
                             0);
        peer_await(atomic_load(&storm.answered) > 50);
        http_server_drain(TAKE(witness.server), PEER_WAIT_MS);
        for (size_t i = 0; i < COUNT_OF(clients); i++)
            pthread_join(clients[i], NULL);
        witness_stop(&witness);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_of_connections_is_served),
        cmocka_unit_test(any_number_of_connections_may_become_ready_at_once),
        cmocka_unit_test(past_the_limit_a_connection_is_closed_until_there_is_room),
        cmocka_unit_test(one_address_has_its_share_and_loopback_is_exempt),
        cmocka_unit_test(draining_ends_idle_connections_and_lets_requests_finish),
        cmocka_unit_test(draining_waits_no_longer_than_it_is_told),
        cmocka_unit_test(a_busy_server_can_be_drained_again_and_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
