/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_reply.h"

#include <microhttpd.h>
#include <pthread.h>
#include <string.h>

#include "kit/test.h"

static struct bytes hello(void)
{
    return bytes_of_text("hello");
}

static void a_reply_is_a_copy(void **state)
{
    char name[] = "ETag", value[] = "\"a\"", body[] = "hello";
    struct http_header header = { name, value };
    struct http_reply *reply;
    struct error err = { 0 };

    (void)state;
    assert_ok(http_reply_create(200, &header, 1, bytes_of_text(body), &reply, &err), err);
    memset(name, 'x', sizeof name - 1);
    memset(value, 'x', sizeof value - 1);
    struct MHD_Response *response = http_reply_response(reply, false);
    assert_string_equal(MHD_get_response_header(response, "ETag"), "\"a\"");
    assert_int_equal(http_reply_status(reply), 200);
    assert_int_equal(http_reply_body_len(reply), 5);
    http_reply_release(reply);
    http_reply_release(NULL);
}

static void what_would_break_the_protocol_is_refused(void **state)
{
    static const struct {
        unsigned status;
        struct http_header header;
        const char *text;
    } cases[] = {
        { 199, { "A", "b" }, "no reply has status 199" },
        { 600, { "A", "b" }, "no reply has status 600" },
        { 503, { "A", "b" }, "a 503 must have no body" },
        { 200, { "A", "" }, "header A has no value" },
        { 200, { "A", NULL }, "header A has no value" },
        { 200, { "A", "b\r\nC: d" }, "cannot be sent" },
        { 200, { "A", "b\nC: d" }, "cannot be sent" },
        { 200, { "A b", "c" }, "cannot be sent" },
        { 200, { "", "c" }, "cannot be sent" },
        { 200, { "Content-Length", "5" }, "the server's to send" },
        { 200, { "content-length", "5" }, "the server's to send" },
        { 200, { "Connection", "close" }, "the server's to send" },
        { 200, { "Transfer-Encoding", "chunked" }, "the server's to send" },
        { 200, { "Keep-Alive", "5" }, "the server's to send" },
    };
    struct http_reply *reply;
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (http_reply_create(cases[i].status, &cases[i].header, 1, hello(), &reply,
                              &err))
            fail_msg("%u, %s: %s was taken", cases[i].status, cases[i].header.name,
                     cases[i].header.value);
        assert_refused(err, ERROR_FORMAT, cases[i].text);
    }
    assert_ok(http_reply_create(503, NULL, 0, (struct bytes){ 0 }, &reply, &err), err);
    http_reply_release(reply);
}

static void the_last_of_a_connection_says_close_and_all_else_alike(void **state)
{
    static const struct http_header headers[] = { { "A", "1" },
                                                  { "B", "2" },
                                                  { "A", "3" } };
    struct http_reply *reply;
    struct error err = { 0 };

    (void)state;
    assert_ok(http_reply_create(200, headers, COUNT_OF(headers), hello(), &reply, &err),
              err);
    struct MHD_Response *open = http_reply_response(reply, false);
    struct MHD_Response *closing = http_reply_response(reply, true);
    assert_ptr_not_equal(open, closing);
    assert_ptr_equal(closing, http_reply_response(reply, true));
    assert_null(MHD_get_response_header(open, "Connection"));
    assert_string_equal(MHD_get_response_header(closing, "Connection"), "close");
    assert_int_equal(MHD_get_response_headers(closing, NULL, NULL),
                     MHD_get_response_headers(open, NULL, NULL) + 1);
    http_reply_release(reply);
}

/* A response that is still being sent outlives the last handle. */
static void what_is_under_way_stays(void **state)
{
    struct http_reply *reply;
    struct error err = { 0 };

    (void)state;
    assert_ok(http_reply_create(200, NULL, 0, hello(), &reply, &err), err);
    assert_ptr_equal(http_reply_hold(reply), reply);
    http_reply_release(reply);
    assert_int_equal(http_reply_body_len(reply), 5);
    http_reply_release(reply);
}

static void *use(void *reply)
{
    for (size_t i = 0; i < 2000; i++) {
        http_reply_hold(reply);
        assert_non_null(http_reply_response(reply, true));
        http_reply_release(reply);
    }
    return NULL;
}

static void many_threads_share_one_reply(void **state)
{
    struct http_reply *reply;
    struct error err = { 0 };
    pthread_t users[4];

    (void)state;
    assert_ok(http_reply_create(200, NULL, 0, hello(), &reply, &err), err);
    for (size_t i = 0; i < COUNT_OF(users); i++)
        assert_int_equal(pthread_create(&users[i], NULL, use, reply), 0);
    for (size_t i = 0; i < COUNT_OF(users); i++)
        pthread_join(users[i], NULL);
    http_reply_release(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_is_a_copy),
        cmocka_unit_test(what_would_break_the_protocol_is_refused),
        cmocka_unit_test(the_last_of_a_connection_says_close_and_all_else_alike),
        cmocka_unit_test(what_is_under_way_stays),
        cmocka_unit_test(many_threads_share_one_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
