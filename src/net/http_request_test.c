/* SPDX-License-Identifier: Apache-2.0 */
/* What a client gets for one request, and where the server's patience with it ends: sizes
 * and deadlines. What must not be taken for a request is in http_guard_test.c. */
#include "net/test_peer.h"

#define GET "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST /x HTTP/1.1\r\nHost: a\r\n"

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
        peer_ask(fd, requests[i], &in);
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
        peer_ask(fd, request, &in);
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
    peer_ask(
        fd,
        "GET /x HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nx-two: 2\r\nX-Two: 3\r\nX-Empty:\r\n"
        "\r\n",
        &in);
    assert_string_equal(shown, "1|2|(null)||");
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

/* Answers by what it finds in the notes, and leaves something there. */
static void take_notes(struct witness *witness, struct http_request *request)
{
    uint8_t *notes = http_request_notes(request);
    bool *was_clean = witness->context;

    for (size_t i = 0; i < HTTP_NOTES_BYTES; i++)
        *was_clean = *was_clean && notes[i] == 0;
    memset(notes, 0xff, HTTP_NOTES_BYTES);
    http_request_answer(request, witness->reply);
}

static void no_request_finds_the_notes_of_another(void **state)
{
    bool was_clean = true;
    struct witness witness = { .instead = take_notes,
                               .context = &was_clean,
                               .body_limit = 4 };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    int fd = peer_connect(http_server_port(witness.server));
    peer_ask(fd, GET, &in);
    peer_ask(fd, POST "Content-Length: 2\r\n\r\nab", &in);
    peer_ask(fd, GET, &in);
    assert_int_equal(peer_status(&in), 200);
    assert_int_equal(atomic_load(&witness.seen), 3);
    assert_true(was_clean);
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
    peer_ask(fd, GET, &in);
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
        peer_ask(fd, cases[i].request, &in);
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
    peer_ask(fd, "hello", &in);
    assert_int_equal(peer_status(&in), 200);
    assert_string_equal(witness.last_body, "hello");
    /* and a body that is too large is not asked for */
    peer_ask(fd, POST "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n", &in);
    assert_int_equal(peer_status(&in), 413);
    assert_true(peer_is_closed(fd));
    close(fd);
    buf_fini(&in);
    witness_stop(&witness);
}

/* ---- bodies that nobody wants --------------------------------------------------- */

static void an_unwanted_body_is_answered_while_the_client_still_sends(void **state)
{
    static const char *const heads[] = {
        POST "Content-Length: 67108864\r\n\r\n",
        POST "Transfer-Encoding: chunked\r\n\r\n4000000\r\n",
    };
    static const uint8_t part[65536];
    struct witness witness = { .body_limit = HTTP_BODY_UNWANTED };
    struct error err = { 0 };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    assert_ok(
        http_reply_create(401, NULL, 0, bytes_of_text("who?"), &witness.reply, &err),
        err);
    witness_start(&witness, &(struct http_server_options){ 0 });
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        int fd = peer_connect(http_server_port(witness.server));
        peer_send_text(fd, heads[i]);
        for (size_t sent = 0; sent < 67108864; sent += sizeof part)
            if (!peer_send(fd, bytes_of(part, sizeof part)))
                break;
        assert_true(peer_read_reply(fd, &in, false));
        assert_int_equal(peer_status(&in), 401);
        assert_string_equal(peer_header(&in, "Connection"), "close");
        assert_true(peer_is_closed(fd));
        assert_int_equal(atomic_load(&witness.seen), i + 1);
        assert_string_equal(witness.last_body, "");
        close(fd);
    }
    buf_fini(&in);
    witness_stop(&witness);
}

static void what_follows_an_unwanted_body_is_no_request(void **state)
{
    static const struct {
        const char *what, *request;
    } cases[] = {
        { "a body that came along", POST "Content-Length: 5\r\n\r\nhello" GET },
        { "a request instead of the body", POST "Content-Length: 5\r\n\r\n" GET },
        { "100-continue is not said",
          POST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n" },
    };
    struct witness witness = { .body_limit = HTTP_BODY_UNWANTED };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int fd = peer_connect(http_server_port(witness.server));
        peer_ask(fd, cases[i].request, &in);
        if (peer_status(&in) != 200 || !peer_is_closed(fd))
            fail_msg("%s: %u", cases[i].what, peer_status(&in));
        assert_int_equal(atomic_load(&witness.seen), i + 1);
        close(fd);
    }
    buf_fini(&in);
    witness_stop(&witness);
}

/* Whoever keeps count of bodies gives each place back once, however it ends. */
static void a_body_that_was_asked_about_ends_once(void **state)
{
    static const struct {
        const char *what, *request;
        unsigned status, seen, ended;
    } cases[] = {
        { "answered", POST "Content-Length: 5\r\n\r\nhello", 200, 1, 1 },
        { "too large", POST "Content-Length: 11\r\n\r\n", 413, 0, 1 },
        { "broken off", POST "Content-Length: 5\r\n\r\nhel", 0, 0, 1 },
        { "no body: nobody was asked", GET, 200, 1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct witness witness = { .body_limit = 10 };
        struct buf in;
        buf_init(&in, PEER_REPLY_MAX);
        witness_start(&witness, &(struct http_server_options){ 0 });
        int fd = peer_connect(http_server_port(witness.server));
        if (cases[i].status != 0) {
            peer_ask(fd, cases[i].request, &in);
            if (peer_status(&in) != cases[i].status)
                fail_msg("%s: %u", cases[i].what, peer_status(&in));
        } else {
            peer_send_text(fd, cases[i].request);
            peer_await(peer_counts(witness.server).connections == 1);
        }
        close(fd);
        witness_stop(&witness);
        if (atomic_load(&witness.seen) != cases[i].seen
            || atomic_load(&witness.ended) != cases[i].ended)
            fail_msg("%s: handled %u, ended %u", cases[i].what,
                     atomic_load(&witness.seen), atomic_load(&witness.ended));
        buf_fini(&in);
    }
}

static void wait_or_answer(struct witness *witness, struct http_request *request)
{
    bool *waits = witness->context;

    *waits = http_request_suspend(request, PEER_WAIT_MS, witness->reply) != NULL;
    if (!*waits)
        http_request_answer(request, witness->reply);
}

static void nobody_waits_with_an_unwanted_body(void **state)
{
    bool waits = true;
    struct witness witness = { .body_limit = HTTP_BODY_UNWANTED,
                               .instead = wait_or_answer,
                               .context = &waits };
    struct buf in;

    (void)state;
    buf_init(&in, PEER_REPLY_MAX);
    witness_start(&witness, &(struct http_server_options){ 0 });
    int fd = peer_connect(http_server_port(witness.server));
    peer_ask(fd, POST "Content-Length: 5\r\n\r\n", &in);
    assert_int_equal(peer_status(&in), 200);
    assert_false(waits);
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
        int64_t least_ms;
    } cases[] = {
        { "nothing is sent", "", false, false, 100 },
        { "the request line drips", "GET /", true, false, 100 },
        { "the headers drip", "GET /x HTTP/1.1\r\nX: ", true, false, 100 },
        { "the headers stop", "GET /x HTTP/1.1\r\nX: ", false, false, 100 },
        { "the body drips", POST "Content-Length: 90000\r\n\r\n", true, false, 150 },
        { "the body stops", POST "Content-Length: 90000\r\n\r\n", false, false, 150 },
        { "the chunks drip", POST "Transfer-Encoding: chunked\r\n\r\nffff\r\n", true,
          false, 150 },
        { "idle after an answer", GET, false, true, 250 },
        { "the next request line drips", GET, true, true, 250 },
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
            peer_ask(fd, cases[i].sent, &in);
        else
            peer_send_text(fd, cases[i].sent);
        if (cases[i].drips)
            drip(fd);
        else
            assert_true(peer_is_closed(fd));
        int64_t took_ms = clock_real_ms() - began_ms;
        if (took_ms < cases[i].least_ms)
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
    assert_in_range(clock_real_ms() - began_ms, 100, PEER_WAIT_MS);
    close(fd);
    free(large);
    witness_stop(&witness);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get_and_head_are_answered_alike_but_for_the_body),
        cmocka_unit_test(a_304_tells_the_length_of_its_200_and_sends_nothing),
        cmocka_unit_test(the_target_is_handed_over_as_it_came),
        cmocka_unit_test(headers_are_found_whatever_their_case),
        cmocka_unit_test(no_request_finds_the_notes_of_another),
        cmocka_unit_test(a_handler_that_forgets_to_answer_is_our_fault),
        cmocka_unit_test(heads_and_targets_have_a_largest_size),
        cmocka_unit_test(a_thousand_little_headers_are_too_large_or_taken),
        cmocka_unit_test(bodies_are_taken_whole_up_to_the_handlers_limit),
        cmocka_unit_test(a_chunked_body_without_end_is_not_read_for_ever),
        cmocka_unit_test(expect_100_is_answered_before_the_body_is_sent),
        cmocka_unit_test(an_unwanted_body_is_answered_while_the_client_still_sends),
        cmocka_unit_test(what_follows_an_unwanted_body_is_no_request),
        cmocka_unit_test(a_body_that_was_asked_about_ends_once),
        cmocka_unit_test(nobody_waits_with_an_unwanted_body),
        cmocka_unit_test(every_step_of_a_connection_has_its_deadline),
        cmocka_unit_test(a_reply_that_nobody_takes_is_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
