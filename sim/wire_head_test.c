/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/wire_head.h"

#include <string.h>

#include "kit/test.h"

static void a_request_line_has_three_parts(void **state)
{
    static const struct {
        const char *head;
        bool is_good;
    } cases[] = {
        { "GET /a?b HTTP/1.1\r\nHost: x", true },
        { "GET /a?b HTTP/1.1", true },
        { "GET /a?b HTTP/1.0", false },
        { "GET /a?b", false },
        { "GET  /a HTTP/1.1", false },
        { "GET a HTTP/1.1", false },
        { " /a HTTP/1.1", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct wire_request request;

        if (wire_head_request(bytes_of_text(cases[i].head), &request) != cases[i].is_good)
            fail_msg("%s", cases[i].head);
        if (cases[i].is_good) {
            assert_true(bytes_equal_text(request.method, "GET"));
            assert_true(bytes_equal_text(request.target, "/a?b"));
        }
    }
}

static void a_header_is_found_whatever_its_case(void **state)
{
    struct bytes head =
        bytes_of_text("GET / HTTP/1.1\r\nHost: here\r\ncontent-LENGTH:  12\r\nLast:\r\n");

    (void)state;
    assert_true(bytes_equal_text(wire_head_value(head, "Host"), "here"));
    assert_true(bytes_equal_text(wire_head_value(head, "Content-Length"), "12"));
    assert_int_equal(wire_head_value(head, "Last").len, 0);
    assert_int_equal(wire_head_value(head, "Content").len, 0);
    assert_int_equal(wire_head_value(head, "here").len, 0);
}

static void an_answer_tells_length_date_and_end(void **state)
{
    struct wire_answer answer;
    struct buf head;

    (void)state;
    buf_init(&head, 4096);
    wire_answer_init(&answer);
    answer.status = 429;
    answer.padding = 100;
    buf_add_text(&answer.body, "seven");
    wire_header(&answer, "Retry-After", "7");
    wire_head_write(&head, &answer, true);
    const char *text = buf_text(&head);
    assert_int_equal(strncmp(text, "HTTP/1.1 429 Too Many Requests\r\n", 32), 0);
    assert_non_null(strstr(text, "\r\nContent-Length: 105\r\n"));
    assert_non_null(strstr(text, "\r\nRetry-After: 7\r\n"));
    assert_non_null(strstr(text, " GMT\r\n"));
    assert_non_null(strstr(text, "\r\nConnection: close\r\n\r\n"));
    buf_clear(&head);
    wire_head_write(&head, &answer, false);
    assert_null(strstr(buf_text(&head), "Connection"));
    wire_answer_fini(&answer);
    buf_fini(&head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_line_has_three_parts),
        cmocka_unit_test(a_header_is_found_whatever_its_case),
        cmocka_unit_test(an_answer_tells_length_date_and_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
