/* SPDX-License-Identifier: Apache-2.0 */
/* One call and its answer: every fault, what is sent and what is told, proxies, TLS. */
#include "kit/file.h"
#include "net/test_liar.h"
#include "net/tls_files.h"

/* ---- what is refused before anything is sent ------------------------------------ */

static void a_call_that_is_not_allowed_is_refused_at_once(void **state)
{
    static const char *const split[] = { "X: a\r\nY: b", NULL };
    const struct {
        struct http_call call;
        const char *text;
    } cases[] = {
        { { .url = "http://example.com/" }, "use https" },
        { { .url = "https://a/", .method = "BREW" }, "BREW is not known" },
        { { .url = "https://a/", .method = "get" }, "get is not known" },
        { { .url = "https://a/", .body = { (const uint8_t *)"x", 1 } }, "takes no body" },
        { { .url = "https://a/", .headers = split }, "a control byte" },
        { { .url = "https://a/", .proxy = "ftp://a" }, "the proxy's URL" },
    };
    OWNED(http_client_close) struct http_client *client = client_of();
    struct told told = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_call call = cases[i].call;
        struct error err = { 0 };
        call.context = &told;
        call.done = note;
        assert_false(http_client_start(client, &call, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].text);
        assert_null(strstr(err.text, "Y: b")); /* a header's value may be a secret */
    }
    assert_int_equal(told.count, 0);
}

/* ---- every fault ---------------------------------------------------------------- */

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static void every_fault_ends_in_time_and_with_its_own_words(void **state)
{
    static const struct {
        const char *what;
        enum manner manner;
        const char *text, *more;
        int64_t total_ms, stall_ms;
        enum error_kind kind;
        const char *words;
    } cases[] = {
        { "hangs", LIAR_HOLDS, "", NULL, 150, 0, ERROR_UNREACHABLE,
          "no whole answer within 150 ms" },
        { "hangs in the head", LIAR_HOLDS, OK_HEAD, NULL, 150, 0, ERROR_UNREACHABLE,
          "no whole answer within 150 ms" },
        { "hangs in the body", LIAR_HOLDS, OK_HEAD "Content-Length: 9\r\n\r\nx", NULL,
          150, 0, ERROR_UNREACHABLE, "no whole answer within 150 ms" },
        { "drips, to the deadline", LIAR_DRIPS, OK_HEAD "Content-Length: 900\r\n\r\n",
          NULL, 150, 0, ERROR_UNREACHABLE, "no whole answer within 150 ms" },
        { "drips, and stalls", LIAR_DRIPS, OK_HEAD "Content-Length: 900\r\n\r\n", NULL, 0,
          100, ERROR_UNREACHABLE, "the answer stalled" },
        { "drips without a length", LIAR_DRIPS, OK_HEAD "\r\n", NULL, 0, 100,
          ERROR_UNREACHABLE, "the answer stalled" },
        { "closes without a word", LIAR_CLOSES, "", NULL, 0, 0, ERROR_UNREACHABLE,
          "closed without an answer" },
        { "closes in the head", LIAR_CLOSES, OK_HEAD "Conte", NULL, 0, 0,
          ERROR_UNREACHABLE, "cut short in its headers" },
        { "closes after the status line", LIAR_CLOSES, OK_HEAD, NULL, 0, 0,
          ERROR_UNREACHABLE, "cut short in its headers" },
        { "closes in the body", LIAR_CLOSES, OK_HEAD "Content-Length: 9\r\n\r\nx", NULL,
          0, 0, ERROR_UNREACHABLE, "the answer was cut short" },
        { "closes in a chunk", LIAR_CLOSES,
          OK_HEAD "Transfer-Encoding: chunked\r\n\r\n9\r\nx", NULL, 0, 0,
          ERROR_UNREACHABLE, "the answer was cut short" },
        { "resets", LIAR_RESETS, "", NULL, 0, 0, ERROR_UNREACHABLE, "" },
        { "speaks something else", LIAR_CLOSES, "SSH-2.0-OpenSSH_9.2\r\n", NULL, 0, 0,
          ERROR_UNREACHABLE, "does not speak HTTP" },
        { "announces more than is taken", LIAR_HOLDS,
          OK_HEAD "Content-Length: 1001\r\n\r\n", NULL, 0, 0, ERROR_LIMIT,
          "larger than 1000 bytes" },
        { "sends more than is taken, without a length", LIAR_POURS, OK_HEAD "\r\n",
          "0123456789", 0, 0, ERROR_LIMIT, "larger than 1000 bytes" },
        { "sends more than is taken, in chunks", LIAR_POURS,
          OK_HEAD "Transfer-Encoding: chunked\r\n\r\n", "a\r\n0123456789\r\n", 0, 0,
          ERROR_LIMIT, "larger than 1000 bytes" },
        { "sends headers without end", LIAR_POURS, OK_HEAD, "X: 0123456789\r\n", 0, 0,
          ERROR_LIMIT, "headers exceed 65536 bytes" },
        { "sends 1xx without end", LIAR_POURS, "", "HTTP/1.1 103 Early\r\nX: y\r\n\r\n",
          0, 0, ERROR_LIMIT, "headers exceed 65536 bytes" },
        { "lies twice about its length", LIAR_HOLDS, OK_HEAD "Content-Length: -5\r\n\r\n",
          NULL, 150, 0, ERROR_UNREACHABLE, "" },
    };
    OWNED(http_client_close) struct http_client *client = client_of();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct liar liar = { .manner = cases[i].manner,
                             .text = cases[i].text,
                             .more = cases[i].more };
        char url[64];
        liar_start(&liar);
        struct told told = make_call(
            client,
            (struct http_call){ .url = url_of(url, "http", "127.0.0.1", liar.port),
                                .total_ms = cases[i].total_ms,
                                .stall_ms = cases[i].stall_ms,
                                .body_max = 1000 });
        if (told.reached || told.kind != cases[i].kind
            || strstr(told.failure, cases[i].words) == NULL || told.failure[0] == 0)
            fail_msg("%s: reached %d, %s \"%s\", status %u", cases[i].what, told.reached,
                     error_kind_name(told.kind), told.failure, told.status);
        assert_true(told.elapsed_ms < PEER_WAIT_MS);
        liar_stop(&liar);
    }
}

/* One header line without an end: libcurl's own bound comes first. */
static void a_header_line_without_an_end_is_ended(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct liar liar = { .manner = LIAR_POURS,
                         .text = OK_HEAD "X: ",
                         .more = "0123456789012345678901234567890123456789" };
    char url[64];

    (void)state;
    liar_start(&liar);
    struct told told = make_call(
        client, (struct http_call){ .url = url_of(url, "http", "127.0.0.1", liar.port) });
    assert_false(told.reached);
    assert_true(told.elapsed_ms < PEER_WAIT_MS);
    liar_stop(&liar);
}

static void nobody_listening_is_unreachable(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct liar liar = { .manner = LIAR_CLOSES, .text = "" };
    char url[64];

    (void)state;
    liar_start(&liar);
    liar_stop(&liar);
    struct told told = make_call(
        client, (struct http_call){ .url = url_of(url, "http", "127.0.0.1", liar.port) });
    assert_false(told.reached);
    assert_int_equal(told.kind, ERROR_UNREACHABLE);
    assert_non_null(strstr(told.failure, "no connection"));
}

/* A listener whose queue is full answers no more connects: the kernel drops them. */
static void a_silent_address_ends_at_the_connect_deadline(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct sockaddr_in at = peer_address("127.0.0.1", 0);
    socklen_t len = sizeof at;
    int filling[3], listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char url[64];

    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    for (size_t i = 0; i < COUNT_OF(filling); i++) {
        filling[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(filling[i], (struct sockaddr *)&at, sizeof at);
    }
    struct told told = make_call(
        client,
        (struct http_call){ .url = url_of(url, "http", "127.0.0.1", ntohs(at.sin_port)),
                            .connect_ms = 150 });
    assert_false(told.reached);
    assert_int_equal(told.kind, ERROR_UNREACHABLE);
    assert_non_null(strstr(told.failure, "no connection in time"));
    assert_true(told.elapsed_ms >= 100 && told.elapsed_ms < PEER_WAIT_MS);
    for (size_t i = 0; i < COUNT_OF(filling); i++)
        close(filling[i]);
    close(listener);
}

/* ---- answers -------------------------------------------------------------------- */

static void an_answer_comes_with_status_headers_and_body(void **state)
{
    static const struct {
        const char *text;
        unsigned status;
        const char *body, *retry_after, *etag;
        int64_t date_s;
    } cases[] = {
        { OK_HEAD "Content-Length: 2\r\nETag: \"a\"\r\n\r\nhi", 200, "hi", "", "\"a\"",
          0 },
        { "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", 302,
          "", "", "", 0 },
        { "HTTP/1.1 301 Moved\r\nLocation: https://example.com/\r\nContent-Length: 0\r\n"
          "\r\n",
          301, "", "", "", 0 },
        { "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n", 304, "", "", "\"a\"", 0 },
        { "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nretry-after: 9\r\n"
          "Content-Length: 0\r\n\r\n",
          429, "", "7", "", 0 },
        { "HTTP/1.1 503 Unavailable\r\nRetry-After:  Fri, 20 Jun 2025 00:00:00 GMT \r\n"
          "Content-Length: 0\r\n\r\n",
          503, "", "Fri, 20 Jun 2025 00:00:00 GMT", "", 0 },
        { OK_HEAD "Date: Fri, 20 Jun 2025 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n", 200,
          "", "", "", 1750377600 },
        { OK_HEAD "Date: yesterday\r\nContent-Length: 0\r\n\r\n", 200, "", "", "", 0 },
        { "HTTP/1.1 100 Continue\r\nETag: \"no\"\r\n\r\n" OK_HEAD
          "Content-Length: 2\r\n\r\nhi",
          200, "hi", "", "", 0 },
        { OK_HEAD
          "Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\nETag: \"no\""
          "\r\n\r\n",
          200, "hi", "", "", 0 },
        { "HTTP/1.0 200 OK\r\n\r\nhi", 200, "hi", "", "", 0 },
        { OK_HEAD "Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n", 200, "", "", "", 0 },
    };
    OWNED(http_client_close) struct http_client *client = client_of();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct liar liar = { .manner = LIAR_CLOSES, .text = cases[i].text };
        char url[64];
        liar_start(&liar);
        struct told told = make_call(
            client,
            (struct http_call){ .url = url_of(url, "http", "127.0.0.1", liar.port) });
        if (!told.reached)
            fail_msg("%s: %s", cases[i].text, told.failure);
        assert_int_equal(told.status, cases[i].status);
        assert_string_equal(told.body, cases[i].body);
        assert_string_equal(told.retry_after, cases[i].retry_after);
        assert_string_equal(told.etag, cases[i].etag);
        assert_int_equal(told.date_s, cases[i].date_s);
        liar_stop(&liar);
        assert_int_equal(atomic_load(&liar.calls), 1); /* no redirect was followed */
    }
}

static void a_request_is_what_was_asked_for(void **state)
{
    static const char *const headers[] = { "If-None-Match: \"a\"", "X-Own: 1", NULL };
    static const char *const typed[] = { "content-type: application/json", NULL };
    static const struct bytes none = { 0 }, empty = { (const uint8_t *)"", 0 },
                              hi = { (const uint8_t *)"hi", 2 };
    const struct {
        const char *method;
        struct bytes body;
        const char *const *headers;
        const char *line, *has, *has_not;
    } cases[] = {
        { NULL, none, headers, "GET /x HTTP/1.1\r\n", "If-None-Match: \"a\"\r\n",
          "Content-" },
        { "GET", none, NULL, "GET /x HTTP/1.1\r\n", "User-Agent: thim/", "Cookie" },
        { "HEAD", none, NULL, "HEAD /x HTTP/1.1\r\n", "Host: 127.0.0.1", "Expect" },
        { "POST", hi, NULL, "POST /x HTTP/1.1\r\n", "Content-Length: 2\r\n",
          "Content-Type" },
        { "POST", none, NULL, "POST /x HTTP/1.1\r\n", "Content-Length: 0\r\n",
          "Content-Type" },
        { "PUT", hi, typed, "PUT /x HTTP/1.1\r\n", "content-type: application/json\r\n",
          "x-www-form" },
        { "PUT", empty, NULL, "PUT /x HTTP/1.1\r\n", "Content-Length: 0\r\n", "Expect" },
        { "DELETE", none, NULL, "DELETE /x HTTP/1.1\r\n", "Host", "Content-Length" },
    };
    OWNED(http_client_close) struct http_client *client = client_of();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct liar liar = { .manner = LIAR_CLOSES,
                             .text = OK_HEAD "Content-Length: 0\r\n\r\n" };
        char url[64];
        liar_start(&liar);
        struct told told = make_call(
            client,
            (struct http_call){ .method = cases[i].method,
                                .url = url_of(url, "http", "127.0.0.1", liar.port),
                                .headers = cases[i].headers,
                                .body = cases[i].body });
        assert_true(told.reached);
        liar_stop(&liar);
        if (strncmp(liar.head, cases[i].line, strlen(cases[i].line)) != 0
            || strstr(liar.head, cases[i].has) == NULL
            || strstr(liar.head, cases[i].has_not) != NULL)
            fail_msg("%zu: %s", i, liar.head);
    }
}

/* ---- proxies -------------------------------------------------------------------- */

static void the_environment_is_not_asked_for_a_proxy(void **state)
{
    static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
                                         "all_proxy", "ALL_PROXY" };
    OWNED(http_client_close) struct http_client *client = client_of();
    struct liar honest = { .manner = LIAR_CLOSES,
                           .text = OK_HEAD "Content-Length: 0\r\n\r\n" };
    struct liar proxy = { .manner = LIAR_CLOSES, .text = "" };
    char url[64], proxy_url[64];

    (void)state;
    liar_start(&honest);
    liar_start(&proxy);
    url_of(proxy_url, "http", "127.0.0.1", proxy.port);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        setenv(names[i], proxy_url, 1);
    struct told told = make_call(
        client,
        (struct http_call){ .url = url_of(url, "http", "127.0.0.1", honest.port) });
    assert_true(told.reached);
    told = make_call(
        client, (struct http_call){ .url = url_of(url, "https", "127.0.0.1", honest.port),
                                    .connect_ms = 100 });
    assert_false(told.reached); /* no TLS there; what counts is whom it asked */
    for (size_t i = 0; i < COUNT_OF(names); i++)
        unsetenv(names[i]);
    liar_stop(&honest);
    liar_stop(&proxy);
    assert_int_equal(atomic_load(&proxy.calls), 0);
}

static void a_given_proxy_is_asked_for_https_alone(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct liar honest = { .manner = LIAR_CLOSES,
                           .text = OK_HEAD "Content-Length: 0\r\n\r\n" };
    struct liar proxy = { .manner = LIAR_CLOSES,
                          .text = "HTTP/1.1 403 Forbidden\r\nETag: \"proxy\"\r\n"
                                  "Content-Length: 0\r\n\r\n" };
    char url[64], proxy_url[64];

    (void)state;
    setenv("no_proxy", "*", 1); /* nor for where not to ask one */
    liar_start(&honest);
    liar_start(&proxy);
    snprintf(proxy_url, sizeof proxy_url, "http://127.0.0.1:%u", proxy.port);
    struct told told = make_call(
        client, (struct http_call){ .url = url_of(url, "http", "127.0.0.1", honest.port),
                                    .proxy = proxy_url });
    assert_true(told.reached);
    assert_int_equal(atomic_load(&proxy.calls), 0);
    told = make_call(client, (struct http_call){ .url = "https://vendor.example/x",
                                                 .proxy = proxy_url });
    unsetenv("no_proxy");
    assert_false(told.reached); /* what a proxy says is no answer */
    assert_string_equal(told.etag, "");
    liar_stop(&honest);
    liar_stop(&proxy);
    assert_int_equal(strncmp(proxy.head, "CONNECT vendor.example:443 HTTP/1.1\r\n", 37),
                     0);
}

/* ---- TLS ------------------------------------------------------------------------ */

struct tls_world {
    char *directory;
    char ca_path[256], other_ca_path[256];
    struct tls_files files, others;
    struct witness witness;
};

static void tls_world_open(struct tls_world *world, const char *address)
{
    struct error err = { 0 };

    *world = (struct tls_world){ .directory = test_directory() };
    assert_ok(tls_files_make(NULL, 0, &world->files, &err), err);
    assert_ok(tls_files_make(NULL, 0, &world->others, &err), err);
    snprintf(world->ca_path, sizeof world->ca_path, "%s/ca.pem", world->directory);
    snprintf(world->other_ca_path, sizeof world->other_ca_path, "%s/other.pem",
             world->directory);
    assert_ok(
        file_write(world->ca_path, buf_bytes(&world->files.ca_certificate), 0644, &err),
        err);
    assert_ok(file_write(world->other_ca_path, buf_bytes(&world->others.ca_certificate),
                         0644, &err),
              err);
    witness_start(&world->witness,
                  &(struct http_server_options){
                      .address = address,
                      .certificate_pem = buf_text(&world->files.certificate),
                      .key_pem = buf_text(&world->files.key) });
}

static void tls_world_close(struct tls_world *world)
{
    witness_stop(&world->witness);
    tls_files_fini(&world->files);
    tls_files_fini(&world->others);
    test_remove(world->directory);
}

static void only_the_named_ca_vouches_for_a_peer(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct tls_world world;
    char url[64];

    (void)state;
    tls_world_open(&world, "127.0.0.1");
    url_of(url, "https", "localhost", http_server_port(world.witness.server));
    const struct {
        const char *ca_file, *failure; /* NULL: it is trusted */
    } cases[] = {
        { world.ca_path, NULL },
        { world.other_ca_path, "certificate is not trusted" },
        { NULL, "certificate is not trusted" },
        { "/nonexistent.pem", "CA file" },
        { world.ca_path, NULL },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct told told = make_call(
            client, (struct http_call){ .url = url, .ca_file = cases[i].ca_file });
        assert_int_equal(told.reached, cases[i].failure == NULL);
        if (cases[i].failure != NULL && strstr(told.failure, cases[i].failure) == NULL)
            fail_msg("%zu: %s", i, told.failure);
    }
    assert_int_equal(atomic_load(&world.witness.seen), 2);
    tls_world_close(&world);
}

static void a_certificate_for_another_name_is_refused(void **state)
{
    OWNED(http_client_close) struct http_client *client = client_of();
    struct tls_world world;
    char url[64];

    (void)state;
    tls_world_open(&world, "127.0.0.2");
    struct told told = make_call(
        client, (struct http_call){ .url = url_of(url, "https", "127.0.0.2",
                                                  http_server_port(world.witness.server)),
                                    .ca_file = world.ca_path });
    assert_false(told.reached);
    assert_int_equal(told.kind, ERROR_UNREACHABLE);
    assert_non_null(strstr(told.failure, "certificate is not trusted"));
    assert_int_equal(atomic_load(&world.witness.seen), 0);
    tls_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_is_not_allowed_is_refused_at_once),
        cmocka_unit_test(every_fault_ends_in_time_and_with_its_own_words),
        cmocka_unit_test(a_header_line_without_an_end_is_ended),
        cmocka_unit_test(nobody_listening_is_unreachable),
        cmocka_unit_test(a_silent_address_ends_at_the_connect_deadline),
        cmocka_unit_test(an_answer_comes_with_status_headers_and_body),
        cmocka_unit_test(a_request_is_what_was_asked_for),
        cmocka_unit_test(the_environment_is_not_asked_for_a_proxy),
        cmocka_unit_test(a_given_proxy_is_asked_for_https_alone),
        cmocka_unit_test(only_the_named_ca_vouches_for_a_peer),
        cmocka_unit_test(a_certificate_for_another_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
