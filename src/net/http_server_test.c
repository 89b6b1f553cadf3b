/* SPDX-License-Identifier: Apache-2.0 */
/* The server as a whole: what a client gets, where its patience ends, and how it stops.
 * What it must not take for a request is in http_guard_test.c, who waits in
 * http_waiters_test.c. */
#include "net/http_server.h"

#include <gnutls/gnutls.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/stat.h>

#include "net/http_client.h"
#include "net/test_peer.h"
#include "net/tls_files.h"

#define GET "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST /x HTTP/1.1\r\nHost: a\r\n"

static void ask(int fd, const char *request, struct buf *in)
{
    assert_true(peer_send_text(fd, request));
    assert_true(peer_read_reply(fd, in, strncmp(request, "HEAD", 4) == 0));
}

/* ---- answers -------------------------------------------------------------------- */

static void get_and_head_are_answered_alike_but_for_the_body(void **state)
{
    static const struct http_header headers[] = { { "Request-ID", "0123" },
                                                  { "ETag", "\"a\"" } };
    struct witness witness = { 0 };
    struct buf in;
    struct error err = { 0 };

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    assert_ok(http_reply_create(200, headers, COUNT_OF(headers),
                                bytes_of_text("0123456789"), &witness.reply, &err),
              err);
    witness_start(&witness, &(struct http_server_options){ 0 });
    int fd = peer_connect(http_server_port(witness.server));
    static const char *const requests[] = { GET, "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n",
                                            GET };
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        ask(fd, requests[i], &in);
        assert_int_equal(peer_status(&in), 200);
        assert_string_equal(peer_header(&in, "Content-Length"), "10");
        assert_string_equal(peer_header(&in, "Request-ID"), "0123");
        assert_string_equal(peer_header(&in, "ETag"), "\"a\"");
        assert_string_not_equal(peer_header(&in, "Date"), "");
        assert_string_equal(peer_header(&in, "Connection"), "");
    }
    assert_int_equal(peer_counts(witness.server).connections, 1);
    assert_int_equal(peer_counts(witness.server).requests, 3);
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

static void a_304_tells_the_length_of_its_200_and_sends_nothing(void **state)
{
    struct witness witness = { 0 };
    struct buf in;
    struct error err = { 0 };

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    assert_ok(http_reply_create(304, NULL, 0, bytes_of_text("0123456789"), &witness.reply,
                                &err),
              err);
    witness_start(&witness, &(struct http_server_options){ 0 });
    int fd = peer_connect(http_server_port(witness.server));
    for (size_t i = 0; i < 2; i++) {
        assert_true(peer_send_text(fd, GET));
        assert_true(peer_read_reply(fd, &in, true));
        assert_int_equal(peer_status(&in), 304);
        assert_string_equal(peer_header(&in, "Content-Length"), "10");
    }
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

static void show_header(struct witness *witness, struct http_request *request)
{
    static const char *const names[] = { "x-one", "X-TWO", "X-None", "X-Empty" };
    char *out = witness->context;

    *out = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *value = http_request_header(request, names[i]);
        snprintf(out + strlen(out), 256 - strlen(out), "%s|",
                 value == NULL ? "(null)" : value);
    }
    http_request_answer(request, witness->reply);
}

static void the_target_is_handed_over_as_it_came(void **state)
{
    static const char *const targets[] = {
        "/",
        "/a+b?c+d=e+f",
        "/%41%2f%2B%25?x=%26&x=%26",
        "/a//b/../c;d=e?",
        "/?uri=https%3A%2F%2Fa%2Fb%253D&customParameter=ab+/cd==",
        "/%",
        "/%zz?%",
        "/a?b?c&&=&d=",
        "/a#b",
        "/\\\"<>^`{|}",
    };
    struct witness witness = { 0 };
    char request[512];
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    int fd = peer_connect(http_server_port(witness.server));
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n",
                 targets[i]);
        ask(fd, request, &in);
        assert_int_equal(peer_status(&in), 200);
        assert_string_equal(witness.last_target, targets[i]);
        assert_int_equal(witness.last_method, HTTP_GET);
    }
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

static void headers_are_found_whatever_their_case(void **state)
{
    char shown[256];
    struct witness witness = { .instead = show_header, .context = shown };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    int fd = peer_connect(http_server_port(witness.server));
    ask(fd,
        "GET /x HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nx-two: 2\r\nX-Two: 3\r\nX-Empty:\r\n"
        "\r\n",
        &in);
    assert_string_equal(shown, "1|2|(null)||");
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

static void answer_nothing(struct witness *witness, struct http_request *request)
{
    (void)witness, (void)request;
}

static void a_handler_that_forgets_to_answer_is_our_fault(void **state)
{
    struct witness witness = { .instead = answer_nothing };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    int fd = peer_connect(http_server_port(witness.server));
    ask(fd, GET, &in);
    assert_int_equal(peer_status(&in), 500);
    assert_true(peer_is_closed(fd));
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

/* ---- sizes ---------------------------------------------------------------------- */

/* A request whose head is exactly so long, by way of its target or of one header. */
static void long_head(struct buf *out, size_t len, size_t target_len)
{
    buf_clear(out);
    buf_add_text(out, "GET /");
    while (out->len < strlen("GET ") + target_len)
        buf_add_byte(out, 'a');
    buf_add_text(out, " HTTP/1.1\r\nHost: a\r\nX: ");
    while (out->len + 4 < len)
        buf_add_byte(out, 'b');
    buf_add_text(out, "\r\n\r\n");
}

static void heads_and_targets_have_a_largest_size(void **state)
{
    static const struct {
        const char *what;
        size_t len, target_len;
        unsigned status;
    } cases[] = {
        { "as large as may be", 16384, 1, 200 },
        { "a byte more", 16385, 1, 431 },
        { "half of the pool", 24576, 1, 431 },
        { "most of the pool", 40000, 1, 431 },
        { "all of the pool and more: the library's own", 60000, 1, 431 },
        { "a target as long as may be", 0, 8192, 200 },
        { "a target a byte longer", 0, 8193, 414 },
        { "a target longer than the pool: the library's own", 0, 60000, 414 },
        { "a target and a head as large as may be", 16384, 8192, 200 },
    };
    struct witness witness = { 0 };
    struct buf in, request;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    buf_init(&request, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int fd = peer_connect(http_server_port(witness.server));
        long_head(&request, cases[i].len, cases[i].target_len);
        peer_send(fd, buf_bytes(&request));
        if (cases[i].status != 200 || cases[i].len != 0)
            assert_true(cases[i].len == 0 || request.len == cases[i].len);
        buf_clear(&in);
        if (cases[i].status == 200)
            assert_true(peer_read_reply(fd, &in, false));
        else
            peer_read_to_end(fd, &in);
        if (peer_status(&in) != cases[i].status)
            fail_msg("%s: %u, expected %u", cases[i].what, peer_status(&in),
                     cases[i].status);
        close(fd);
    }
    assert_int_equal(atomic_load(&witness.seen), 3);
    buf_fini(&in);
    buf_fini(&request);
    witness_stop(&witness);
}

static void a_thousand_little_headers_are_too_large_or_taken(void **state)
{
    struct witness witness = { 0 };
    struct buf in, request;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    buf_init(&request, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    for (size_t count = 100; count <= 6400; count *= 2) {
        int fd = peer_connect(http_server_port(witness.server));
        buf_clear(&request);
        buf_add_text(&request, "GET /x HTTP/1.1\r\nHost: a\r\n");
        for (size_t i = 0; i < count; i++)
            buf_add_text(&request, "a:b\r\n");
        buf_add_text(&request, "\r\n");
        peer_send(fd, buf_bytes(&request));
        buf_clear(&in);
        peer_read(fd, &in);
        if (peer_status(&in) != (count <= 400 ? 200 : 431))
            fail_msg("%zu headers: %u", count, peer_status(&in));
        close(fd);
    }
    buf_fini(&in);
    buf_fini(&request);
    witness_stop(&witness);
}

static void bodies_are_taken_whole_up_to_the_handlers_limit(void **state)
{
    static const struct {
        const char *what, *request;
        unsigned status;
        const char *body; /* as the handler saw it */
    } cases[] = {
        { "of the largest size", POST "Content-Length: 10\r\n\r\n0123456789", 200,
          "0123456789" },
        { "none", POST "\r\n", 200, "" },
        { "a byte more", POST "Content-Length: 11\r\n\r\n0123456789x", 413, NULL },
        { "in chunks",
          POST "Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n",
          200, "0123456789" },
        { "in chunks, a byte more",
          POST "Transfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n7\r\n456789x\r\n0\r\n\r\n",
          413, NULL },
        { "PUT", "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 200, "x" },
        { "DELETE", "DELETE /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 200,
          "x" },
    };
    struct witness witness = { .body_limit = 10 };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int fd = peer_connect(http_server_port(witness.server));
        unsigned before = atomic_load(&witness.seen);
        ask(fd, cases[i].request, &in);
        if (peer_status(&in) != cases[i].status)
            fail_msg("%s: %u", cases[i].what, peer_status(&in));
        assert_int_equal(atomic_load(&witness.seen) - before, cases[i].body != NULL);
        if (cases[i].body != NULL)
            assert_string_equal(witness.last_body, cases[i].body);
        else
            assert_true(peer_is_closed(fd));
        close(fd);
    }
    buf_fini(&in);
    witness_stop(&witness);
}

static void a_chunked_body_without_end_is_not_read_for_ever(void **state)
{
    struct witness witness = { .body_limit = 10 };
    char chunk[4096 + 16];
    struct buf in;
    size_t sent = 0;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    int fd = peer_connect(http_server_port(witness.server));
    memset(chunk, 'x', sizeof chunk);
    memcpy(chunk, "1000\r\n", 6);
    memcpy(chunk + 6 + 4096, "\r\n", 2);
    peer_send_text(fd, POST "Transfer-Encoding: chunked\r\n\r\n");
    while (peer_send(fd, bytes_of(chunk, 6 + 4096 + 2)) && sent < ((size_t)64 << 20))
        sent += 4096;
    assert_true(sent < ((size_t)64 << 20));
    assert_int_equal(atomic_load(&witness.seen), 0);
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

static void expect_100_is_answered_before_the_body_is_sent(void **state)
{
    struct witness witness = { .body_limit = 10 };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    int fd = peer_connect(http_server_port(witness.server));
    peer_send_text(fd, POST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    while (peer_head_len(&in) == 0)
        assert_true(peer_read(fd, &in) > 0);
    assert_int_equal(peer_status(&in), 100);
    ask(fd, "hello", &in);
    assert_int_equal(peer_status(&in), 200);
    assert_string_equal(witness.last_body, "hello");
    /* and a body that is too large is not asked for */
    ask(fd, POST "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n", &in);
    assert_int_equal(peer_status(&in), 413);
    assert_true(peer_is_closed(fd));
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

/* ---- time ----------------------------------------------------------------------- */

/* Sends a byte each few milliseconds until the other end closes; how long that took. */
static int64_t drip(int fd)
{
    int64_t began_ms = clock_real_ms();
    struct pollfd end = { .fd = fd, .events = POLLIN | POLLRDHUP };

    while (clock_real_ms() - began_ms < PEER_WAIT_MS) {
        if (!peer_send_text(fd, "a") || poll(&end, 1, 5) > 0)
            return clock_real_ms() - began_ms;
    }
    fail_msg("still open after %d ms", PEER_WAIT_MS);
    return 0;
}

static void every_step_of_a_connection_has_its_deadline(void **state)
{
    static const struct {
        const char *what, *sent; /* before it drips */
        bool drips, is_answered;
        int64_t least_ms, most_ms;
    } cases[] = {
        { "nothing is sent", "", false, false, 100, 1500 },
        { "the request line drips", "GET /", true, false, 100, 1500 },
        { "the headers drip", "GET /x HTTP/1.1\r\nX: ", true, false, 100, 1500 },
        { "the headers stop", "GET /x HTTP/1.1\r\nX: ", false, false, 100, 1500 },
        { "the body drips", POST "Content-Length: 90000\r\n\r\n", true, false, 150,
          1500 },
        { "the body stops", POST "Content-Length: 90000\r\n\r\n", false, false, 150,
          1500 },
        { "the chunks drip", POST "Transfer-Encoding: chunked\r\n\r\nffff\r\n", true,
          false, 150, 1500 },
        { "idle after an answer", GET, false, true, 250, 2500 },
        { "the next request line drips", GET, true, true, 250, 2500 },
    };
    struct witness witness = { .body_limit = 100000 };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){
                                .header_ms = 120, .body_ms = 200, .idle_ms = 300 });
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int fd = peer_connect(http_server_port(witness.server));
        int64_t began_ms = clock_real_ms();
        if (cases[i].is_answered)
            ask(fd, cases[i].sent, &in);
        else
            peer_send_text(fd, cases[i].sent);
        if (cases[i].drips)
            drip(fd);
        else
            assert_true(peer_is_closed(fd));
        int64_t took_ms = clock_real_ms() - began_ms;
        if (took_ms < cases[i].least_ms || took_ms > cases[i].most_ms)
            fail_msg("%s: closed after %lld ms", cases[i].what, (long long)took_ms);
        close(fd);
    }
    assert_int_equal(atomic_load(&witness.seen), 2);
    buf_fini(&in);
    witness_stop(&witness);
}

/* More than all the buffers between us hold, so that the server has to wait. */
static void a_reply_that_nobody_takes_is_cut_off(void **state)
{
    enum { LARGE = 32 << 20 };
    struct witness witness = { 0 };
    uint8_t *large = calloc(1, LARGE);
    struct error err = { 0 };
    int64_t began_ms = clock_real_ms();

    (void)state;
    assert_non_null(large);
    assert_ok(
        http_reply_create(200, NULL, 0, bytes_of(large, LARGE), &witness.reply, &err),
        err);
    witness_start(&witness,
                  &(struct http_server_options){
                      .idle_ms = 100, .slowest_bytes_per_s = (size_t)512 << 20 });
    int fd = peer_connect(http_server_port(witness.server));
    peer_send_text(fd, GET);
    peer_await(atomic_load(&witness.seen) == 1);
    peer_await(peer_counts(witness.server).open_connections == 0);
    assert_in_range(clock_real_ms() - began_ms, 100, 3000);
    close(fd);
    free(large);
    witness_stop(&witness);
}

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
        ask(fds[i], GET, &in);
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
        ask(fds[i], GET, &in);
    }
    int more = peer_connect(http_server_port(witness.server));
    assert_true(peer_is_closed(more));
    close(more);
    assert_int_equal(peer_counts(witness.server).refused, 1);
    ask(fds[0], GET, &in); /* the others do not notice */
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
            ask(fds[i], GET, &in);
    }
    assert_true(peer_is_closed(fds[3]));
    assert_false(witness.last_peer.is_loopback);
    close(fds[3]);
    int near[10]; /* loopback has no share */
    for (size_t i = 0; i < COUNT_OF(near); i++) {
        near[i] = peer_connect(port);
        ask(near[i], GET, &in);
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
    ask(idle, GET, &in);
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
    ask(busy, "56789", &in);
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
    assert_in_range(clock_real_ms() - began_ms, 0, 2000);
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

/* By its source the library's own way to stop listening can abort here; see http_door.h.
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

/* ---- starting ------------------------------------------------------------------- */

static void what_cannot_be_listened_on_is_refused(void **state)
{
    struct witness witness = { 0 };
    const struct http_handler handler = { .handle = witness_handle };
    struct http_server *server;
    struct error err = { 0 };

    (void)state;
    witness_start(&witness, &(struct http_server_options){ 0 });
    const struct {
        struct http_server_options options;
        enum error_kind kind;
        const char *text;
    } cases[] = {
        { { .address = "localhost" }, ERROR_FORMAT, "not numeric" },
        { { .address = "127.0.0.1", .port = http_server_port(witness.server) },
          ERROR_SYSTEM,
          "address 127.0.0.1 port" },
        { { .address = "192.0.2.1" }, ERROR_SYSTEM, "address 192.0.2.1" },
        { { .certificate_pem = "x" }, ERROR_FORMAT, "must come together" },
        { { .key_pem = "x" }, ERROR_FORMAT, "must come together" },
        { { .certificate_pem = "x", .key_pem = "x" }, ERROR_FORMAT, "TLS certificate" },
        { { .unix_path = "/nonexistent/socket" }, ERROR_SYSTEM, "/nonexistent/socket" },
        { { .every_count = 15 }, ERROR_LIMIT, "more than 14 headers" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_false(http_server_start(&cases[i].options, &handler, &server, &err));
        assert_refused(err, cases[i].kind, cases[i].text);
    }
    witness_stop(&witness);
}

static void refusals_carry_what_every_answer_carries(void **state)
{
    static const struct http_header every[] = { { "Request-ID", "77" } };
    struct witness witness = { 0 };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness,
                  &(struct http_server_options){ .every = every, .every_count = 1 });
    int fd = peer_connect(http_server_port(witness.server));
    ask(fd, "BREW /x HTTP/1.1\r\nHost: a\r\n\r\n", &in);
    assert_int_equal(peer_status(&in), 405);
    assert_string_equal(peer_header(&in, "Request-ID"), "77");
    assert_string_equal(peer_header(&in, "Allow"), "GET, HEAD, POST, PUT, DELETE");
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

/* ---- TLS ------------------------------------------------------------------------ */

/* One request over TLS; 0 where the handshake fails. ca_pem vouches where it is given. */
static unsigned ask_tls(uint16_t port, const char *priorities, const struct buf *ca)
{
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
    char answer[1024];
    unsigned status = 0;
    int fd = peer_connect(port);
    gnutls_datum_t ca_pem = { .data = ca->at, .size = (unsigned)ca->len };

    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_certificate_set_x509_trust_mem(credentials, &ca_pem, GNUTLS_X509_FMT_PEM);
    gnutls_init(&session, GNUTLS_CLIENT);
    assert_int_equal(gnutls_priority_set_direct(session, priorities, NULL), 0);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_session_set_verify_cert(session, "localhost", 0);
    gnutls_transport_set_int(session, fd);
    gnutls_handshake_set_timeout(session, PEER_WAIT_MS);
    if (gnutls_handshake(session) == 0
        && gnutls_record_send(session, GET, strlen(GET)) > 0) {
        ssize_t got = gnutls_record_recv(session, answer, sizeof answer - 1);
        if (got > 0) {
            answer[got] = 0;
            sscanf(answer, "HTTP/1.1 %u", &status);
        }
    }
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    close(fd);
    return status;
}

static void https_speaks_tls_1_2_and_later_only(void **state)
{
    static const struct {
        const char *priorities;
        unsigned status;
    } cases[] = {
        { "NORMAL", 200 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.3", 200 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.2", 200 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.1:%VERIFY_ALLOW_SIGN_WITH_SHA1", 0 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.0:%VERIFY_ALLOW_SIGN_WITH_SHA1", 0 },
        { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", 0 }, /* no forward secrecy */
    };
    struct witness witness = { 0 };
    struct tls_files files;
    struct error err = { 0 };

    (void)state;
    assert_ok(tls_files_make(NULL, 0, &files, &err), err);
    witness_start(&witness, &(struct http_server_options){
                                .certificate_pem = buf_text(&files.certificate),
                                .key_pem = buf_text(&files.key) });
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (ask_tls(http_server_port(witness.server), cases[i].priorities,
                    &files.ca_certificate)
            != cases[i].status)
            fail_msg("%s: not %u", cases[i].priorities, cases[i].status);
    /* plain HTTP to it reaches nobody */
    unsigned before = atomic_load(&witness.seen);
    int fd = peer_connect(http_server_port(witness.server));
    peer_send_text(fd, GET);
    peer_is_closed(fd);
    close(fd);
    assert_int_equal(atomic_load(&witness.seen), before);
    witness_stop(&witness);
    tls_files_fini(&files);
}

static void a_new_certificate_is_for_new_connections(void **state)
{
    struct witness witness = { 0 };
    struct tls_files old, fresh;
    struct error err = { 0 };

    (void)state;
    assert_ok(tls_files_make(NULL, 0, &old, &err), err);
    assert_ok(tls_files_make(NULL, 0, &fresh, &err), err);
    witness_start(&witness, &(struct http_server_options){
                                .certificate_pem = buf_text(&old.certificate),
                                .key_pem = buf_text(&old.key) });
    uint16_t port = http_server_port(witness.server);
    assert_int_equal(ask_tls(port, "NORMAL", &old.ca_certificate), 200);
    /* a pair that does not fit changes nothing */
    assert_false(http_server_set_certificate(witness.server, buf_text(&fresh.certificate),
                                             buf_text(&old.key), &err));
    assert_refused(err, ERROR_FORMAT, "the key is not the certificate's");
    assert_int_equal(ask_tls(port, "NORMAL", &old.ca_certificate), 200);
    assert_ok(http_server_set_certificate(witness.server, buf_text(&fresh.certificate),
                                          buf_text(&fresh.key), &err),
              err);
    assert_int_equal(ask_tls(port, "NORMAL", &old.ca_certificate), 0);
    assert_int_equal(ask_tls(port, "NORMAL", &fresh.ca_certificate), 200);
    witness_stop(&witness);

    witness = (struct witness){ 0 };
    witness_start(&witness, &(struct http_server_options){ 0 });
    assert_false(http_server_set_certificate(witness.server, buf_text(&fresh.certificate),
                                             buf_text(&fresh.key), &err));
    assert_refused(err, ERROR_FORMAT, "without TLS");
    witness_stop(&witness);
    tls_files_fini(&old);
    tls_files_fini(&fresh);
}

/* While handshakes are under way: for the sanitizers. */
static void *change_often(void *pair_)
{
    struct {
        struct http_server *server;
        struct tls_files *files;
        atomic_bool stop;
    } *pair = pair_;
    struct error err = { 0 };

    while (!atomic_load(&pair->stop))
        assert_ok(http_server_set_certificate(pair->server,
                                              buf_text(&pair->files->certificate),
                                              buf_text(&pair->files->key), &err),
                  err);
    return NULL;
}

static void certificates_may_change_while_connections_open(void **state)
{
    struct witness witness = { 0 };
    struct tls_files files;
    struct error err = { 0 };
    pthread_t changer;
    struct {
        struct http_server *server;
        struct tls_files *files;
        atomic_bool stop;
    } pair = { .files = &files };

    (void)state;
    assert_ok(tls_files_make(NULL, 0, &files, &err), err);
    witness_start(&witness, &(struct http_server_options){
                                .certificate_pem = buf_text(&files.certificate),
                                .key_pem = buf_text(&files.key) });
    pair.server = witness.server;
    assert_int_equal(pthread_create(&changer, NULL, change_often, &pair), 0);
    for (size_t i = 0; i < 30; i++)
        assert_int_equal(
            ask_tls(http_server_port(witness.server), "NORMAL", &files.ca_certificate),
            200);
    atomic_store(&pair.stop, true);
    pthread_join(changer, NULL);
    witness_stop(&witness);
    tls_files_fini(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get_and_head_are_answered_alike_but_for_the_body),
        cmocka_unit_test(a_304_tells_the_length_of_its_200_and_sends_nothing),
        cmocka_unit_test(the_target_is_handed_over_as_it_came),
        cmocka_unit_test(headers_are_found_whatever_their_case),
        cmocka_unit_test(a_handler_that_forgets_to_answer_is_our_fault),
        cmocka_unit_test(heads_and_targets_have_a_largest_size),
        cmocka_unit_test(a_thousand_little_headers_are_too_large_or_taken),
        cmocka_unit_test(bodies_are_taken_whole_up_to_the_handlers_limit),
        cmocka_unit_test(a_chunked_body_without_end_is_not_read_for_ever),
        cmocka_unit_test(expect_100_is_answered_before_the_body_is_sent),
        cmocka_unit_test(every_step_of_a_connection_has_its_deadline),
        cmocka_unit_test(a_reply_that_nobody_takes_is_cut_off),
        cmocka_unit_test(a_burst_of_connections_is_served),
        cmocka_unit_test(any_number_of_connections_may_become_ready_at_once),
        cmocka_unit_test(past_the_limit_a_connection_is_closed_until_there_is_room),
        cmocka_unit_test(one_address_has_its_share_and_loopback_is_exempt),
        cmocka_unit_test(draining_ends_idle_connections_and_lets_requests_finish),
        cmocka_unit_test(draining_waits_no_longer_than_it_is_told),
        cmocka_unit_test(a_busy_server_can_be_drained_again_and_again),
        cmocka_unit_test(what_cannot_be_listened_on_is_refused),
        cmocka_unit_test(refusals_carry_what_every_answer_carries),
        cmocka_unit_test(https_speaks_tls_1_2_and_later_only),
        cmocka_unit_test(a_new_certificate_is_for_new_connections),
        cmocka_unit_test(certificates_may_change_while_connections_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
