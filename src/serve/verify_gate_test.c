/* SPDX-License-Identifier: Apache-2.0 */
/* Who may have evidence judged, over real sockets. */
#include "serve/verify_gate.h"

#include <pthread.h>

#include "kit/clock.h"
#include "serve/test_tribunal.h"

static void expect(const struct tribunal *t, const char *claim, const char *headers,
                   unsigned status, const char *code)
{
    struct test_answer answer =
        tribunal_ask(t, VERIFY, headers, bytes_of_text("no evidence"));

    if (answer.status != status || strcmp(test_header(&answer, "THIM-Error"), code) != 0)
        fail_msg("%s: %u \"%s\", expected %u \"%s\"", claim, answer.status,
                 test_header(&answer, "THIM-Error"), status, code);
    if ((status == 429) != (test_header(&answer, "Retry-After")[0] != 0))
        fail_msg("%s: Retry-After \"%s\"", claim, test_header(&answer, "Retry-After"));
    test_forget(&answer);
}

/* Whoever is let in is told that this is no evidence: 400. */
static void readers_and_this_machine_may(void **state)
{
    static const struct {
        const char *claim, *headers;
        unsigned status;
        const char *code;
    } cases[] = {
        { "this machine", "", 400, "malformed" },
        { "a stranger", FROM_OUTSIDE, 401, "no_token" },
        { "by the other header", "Forwarded: for=192.0.2.1\r\n", 401, "no_token" },
        { "a reader", FROM_OUTSIDE AS_READER, 400, "malformed" },
        { "a host", FROM_OUTSIDE AS_HOST, 403, "forbidden" },
        { "a wrong token", FROM_OUTSIDE "Authorization: Bearer x\r\n", 401,
          "wrong_token" },
        { "wrong, though none would do", "Authorization: Bearer x\r\n", 401,
          "wrong_token" },
    };
    struct tribunal t;

    (void)state;
    tribunal_open(&t);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect(&t, cases[i].claim, cases[i].headers, cases[i].status, cases[i].code);
    tribunal_close(&t);
}

static void anyone_may_within_a_budget(void **state)
{
    struct tribunal t;

    (void)state;
    tribunal_prepare(&t);
    t.config.verify.access = VERIFY_BY_ANYONE;
    t.config.verify.per_minute_per_address = 2;
    tribunal_start(&t);
    tribunal_publish(&t);
    expect(&t, "the first", FROM_OUTSIDE, 400, "malformed");
    expect(&t, "a host's token is as good as none", FROM_OUTSIDE AS_HOST, 400,
           "malformed");
    expect(&t, "the third", FROM_OUTSIDE, 429, "budget");
    expect(&t, "a reader has no budget", FROM_OUTSIDE AS_READER, 400, "malformed");
    expect(&t, "nor has this machine", "", 400, "malformed");
    tribunal_close(&t);
}

/* Asks for a place, and has not sent its body. */
static int occupy(const struct tribunal *t)
{
    int fd = test_connect(t->port);

    test_say(fd, "POST " VERIFY " HTTP/1.1\r\nHost: thim\r\nContent-Length: 5\r\n"
                 "Expect: 100-continue\r\n\r\n");
    char said[25]; /* 100 Continue: the head has been read */
    assert_int_equal(recv(fd, said, sizeof said, MSG_WAITALL), sizeof said);
    return fd;
}

static unsigned status_now(const struct tribunal *t, char retry_after[8])
{
    struct test_answer answer = tribunal_ask(t, VERIFY, "", bytes_of_text("hello"));
    unsigned status = answer.status;

    snprintf(retry_after, 8, "%.7s", test_header(&answer, "Retry-After"));
    test_forget(&answer);
    return status;
}

static void bodies_under_way_have_places_and_give_them_back(void **state)
{
    struct tribunal t;
    char retry_after[8];

    (void)state;
    tribunal_prepare(&t);
    t.config.verify.max_in_flight = 2;
    tribunal_start(&t);
    tribunal_publish(&t);
    int first = occupy(&t), second = occupy(&t);
    assert_int_equal(status_now(&t, retry_after), 503);
    assert_string_equal(retry_after, "1");
    test_say(first, "hello");
    struct test_answer answer = test_hear(first, false);
    assert_int_equal(answer.status, 400);
    test_forget(&answer);
    assert_int_equal(status_now(&t, retry_after), 400); /* the first's is free again */
    int third = occupy(&t);
    assert_int_equal(status_now(&t, retry_after), 503);
    close(second); /* broken off */
    for (int64_t until_ms = clock_real_ms() + 10000; status_now(&t, retry_after) != 400;)
        assert_true(clock_real_ms() < until_ms);
    close(first);
    close(third);
    tribunal_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_and_this_machine_may),
        cmocka_unit_test(anyone_may_within_a_budget),
        cmocka_unit_test(bodies_under_way_have_places_and_give_them_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
