/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kit/clock.h"
#include "kit/test.h"

static struct wire *wire;

/* Answers with the request's own words, in a manner that the path names. */
static void echo(void *context, const struct wire_request *request,
                 struct wire_answer *out)
{
    static const struct {
        const char *path;
        enum wire_manner manner;
        int64_t date_off_s, delay_ms;
        size_t padding;
    } manners[] = {
        { "/cut", WIRE_CUT, 0, 0, 0 },       { "/reset", WIRE_RESET, 0, 0, 0 },
        { "/silent", WIRE_SILENT, 0, 0, 0 }, { "/date", WIRE_HONEST, 86400, 0, 0 },
        { "/slow", WIRE_HONEST, 0, 50, 0 },  { "/huge", WIRE_HONEST, 0, 0, 100000 },
    };

    (void)context;
    out->status = 200;
    buf_add(&out->body, request->method);
    buf_add_text(&out->body, " ");
    buf_add(&out->body, request->target);
    buf_add_text(&out->body, " ");
    buf_add(&out->body, request->body);
    buf_add(&out->body, wire_said(request, "X-Said"));
    for (size_t i = 0; i < COUNT_OF(manners); i++) {
        if (!bytes_equal_text(request->target, manners[i].path))
            continue;
        out->manner = manners[i].manner;
        out->date_off_s = manners[i].date_off_s;
        out->delay_ms = manners[i].delay_ms;
        out->padding = manners[i].padding;
    }
}

static int start(void **state)
{
    const struct wire_handler handler = { .handle = echo };
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    return wire_start("127.0.0.1:0", &handler, &wire, &err) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    wire_stop(wire);
    wire = NULL;
    return 0;
}

/* ---- a client --------------------------------------------------------------------- */

static int dial(void)
{
    const char *colon = strchr(wire_address(wire), ':');
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const struct timeval limit = { .tv_sec = 20 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All that comes until the other side ends; the error there is, or 0. */
static int hear_all(int fd, struct buf *out)
{
    char some[4096];
    ssize_t got;

    while ((got = recv(fd, some, sizeof some, 0)) > 0)
        buf_add(out, bytes_of(some, (size_t)got));
    return got < 0 ? errno : 0;
}

/* One request on a connection of its own. */
static struct buf exchange(const char *text, int *end)
{
    struct buf heard;
    int fd = dial();

    buf_init(&heard, (size_t)1 << 20);
    say(fd, text);
    *end = hear_all(fd, &heard);
    close(fd);
    return heard;
}

static void expect(const char *request, const char *begin, const char *end)
{
    int error;
    struct buf heard = exchange(request, &error);
    size_t end_len = strlen(end);

    assert_int_equal(error, 0);
    if (strncmp(buf_text(&heard), begin, strlen(begin)) != 0 || heard.len < end_len
        || strcmp(buf_text(&heard) + heard.len - end_len, end) != 0)
        fail_msg("%s -> %s", request, buf_text(&heard));
    buf_fini(&heard);
}

/* ---- claims ------------------------------------------------------------------------ */

static void requests_are_answered_with_their_own_words(void **state)
{
    (void)state;
    expect("GET /a?b=%20 HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\n",
           "\r\n\r\nGET /a?b=%20 ");
    expect("POST /x HTTP/1.1\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody",
           "HTTP/1.1 200 OK\r\n", "\r\n\r\nPOST /x body");
    expect("GET /a HTTP/1.1\r\nx-said: aloud\r\nConnection: close\r\n\r\n",
           "HTTP/1.1 200 OK\r\n", "\r\n\r\nGET /a aloud");
    expect("HEAD /a HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\n",
           "Connection: close\r\n\r\n");
}

static void two_requests_in_one_breath_get_two_answers(void **state)
{
    int error;
    struct buf heard = exchange("GET /1 HTTP/1.1\r\n\r\n"
                                "GET /2 HTTP/1.1\r\nConnection: close\r\n\r\n",
                                &error);
    const char *first = strstr(buf_text(&heard), "GET /1 ");

    (void)state;
    assert_non_null(first);
    assert_non_null(strstr(first, "GET /2 "));
    buf_fini(&heard);
}

static void what_is_not_http_is_refused(void **state)
{
    (void)state;
    expect("hello\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", "\r\n\r\n");
    expect("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400", "\r\n\r\n");
    expect("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 501",
           "\r\n\r\n");
    expect("POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", "HTTP/1.1 413",
           "\r\n\r\n");
}

static void a_head_has_a_limit(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, 2 * WIRE_HEAD_MAX);
    buf_add_text(&text, "GET / HTTP/1.1\r\nLong: ");
    while (text.len <= WIRE_HEAD_MAX)
        buf_add_text(&text, "xxxxxxxxxxxxxxxx");
    expect(buf_text(&text), "HTTP/1.1 431", "\r\n\r\n");
    buf_fini(&text);
}

static void a_cut_answer_ends_early(void **state)
{
    int error;
    struct buf heard = exchange("GET /cut HTTP/1.1\r\n\r\n", &error);

    (void)state;
    assert_int_equal(error, 0);
    assert_non_null(strstr(buf_text(&heard), "Content-Length: 9\r\n"));
    assert_non_null(strstr(buf_text(&heard), "\r\n\r\nGET "));
    assert_null(strstr(buf_text(&heard), "/cut"));
    buf_fini(&heard);
}

static void a_reset_says_nothing(void **state)
{
    int error;
    struct buf heard = exchange("GET /reset HTTP/1.1\r\n\r\n", &error);

    (void)state;
    assert_int_equal(error, ECONNRESET);
    assert_int_equal(heard.len, 0);
    buf_fini(&heard);
}

static void padding_is_counted_and_sent(void **state)
{
    int error;
    struct buf heard =
        exchange("GET /huge HTTP/1.1\r\nConnection: close\r\n\r\n", &error);
    const char *body = strstr(buf_text(&heard), "\r\n\r\n");

    (void)state;
    assert_non_null(strstr(buf_text(&heard), "Content-Length: 100010\r\n"));
    assert_non_null(body);
    assert_int_equal(strlen(body + 4), 100010);
    buf_fini(&heard);
}

static void a_wrong_date_is_off_by_what_was_said(void **state)
{
    int error;
    struct buf heard =
        exchange("GET /date HTTP/1.1\r\nConnection: close\r\n\r\n", &error);
    const char *date = strstr(buf_text(&heard), "Date: ");
    struct tm civil = { .tm_year = 0 };

    (void)state;
    assert_non_null(date);
    assert_non_null(strptime(date, "Date: %a, %d %b %Y %H:%M:%S GMT", &civil));
    int64_t off_s = (int64_t)timegm(&civil) - clock_real_wall_s();
    assert_true(off_s > 86400 - 60 && off_s <= 86400);
    buf_fini(&heard);
}

static void a_slow_answer_comes_after_its_delay(void **state)
{
    int64_t from_ms = clock_real_ms();

    (void)state;
    expect("GET /slow HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
           "GET /slow ");
    assert_true(clock_real_ms() - from_ms >= 50);
}

/* Silence lasts until the server stops, which does not wait for it. */
static void stopping_ends_silent_and_idle_connections(void **state)
{
    struct buf heard;
    int silent = dial(), idle = dial();

    (void)state;
    buf_init(&heard, 4096);
    say(silent, "GET /silent HTTP/1.1\r\n\r\n");
    say(idle, "GET /unfinished");
    int64_t from_ms = clock_real_ms();
    stop(NULL);
    assert_true(clock_real_ms() - from_ms < WIRE_IDLE_MS / 2);
    (void)hear_all(silent, &heard);
    (void)hear_all(idle, &heard);
    assert_int_equal(heard.len, 0);
    close(silent);
    close(idle);
    buf_fini(&heard);
}

static void only_loopback_is_listened_on(void **state)
{
    static const struct {
        const char *listen, *why;
    } cases[] = {
        { "0.0.0.0:0", "is not a loopback address" },
        { "192.0.2.1:0", "is not a loopback address" },
        { "[::]:0", "is not a loopback address" },
        { "::1:0", "is not a loopback address" },
        { "localhost:0", "is not a loopback address" },
        { "127.0.0.1", "expected ADDRESS:PORT" },
        { "127.0.0.1:65536", "expected ADDRESS:PORT" },
        { "127.0.0.1:", "expected ADDRESS:PORT" },
    };
    const struct wire_handler handler = { .handle = echo };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct wire *none = NULL;
        struct error err = { .kind = ERROR_NONE };

        assert_false(wire_start(cases[i].listen, &handler, &none, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
}

static void a_taken_port_is_refused(void **state)
{
    const struct wire_handler handler = { .handle = echo };
    struct wire *none = NULL;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_false(wire_start(wire_address(wire), &handler, &none, &err));
    assert_refused(err, ERROR_SYSTEM, "Address already in use");
}

#define served(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        served(requests_are_answered_with_their_own_words),
        served(two_requests_in_one_breath_get_two_answers),
        served(what_is_not_http_is_refused),
        served(a_head_has_a_limit),
        served(a_cut_answer_ends_early),
        served(a_reset_says_nothing),
        served(padding_is_counted_and_sent),
        served(a_wrong_date_is_off_by_what_was_said),
        served(a_slow_answer_comes_after_its_delay),
        served(stopping_ends_silent_and_idle_connections),
        served(a_taken_port_is_refused),
        cmocka_unit_test(only_loopback_is_listened_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
