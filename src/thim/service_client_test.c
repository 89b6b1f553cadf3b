/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/service_client.h"

#include <string.h>

#include "kit/file.h"
#include "net/test_liar.h"
#include "thim/commands.h"
#include "thim/test_said.h"

#define ANSWER(status, body) \
    "HTTP/1.1 " status       \
    "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body

struct spot { /* a service at a URL, and a token's file */
    struct liar liar;
    char url[64], token[256], *directory;
};

static void spot_open(struct spot *spot, const char *answer, const char *token)
{
    struct error err = { 0 };

    *spot = (struct spot){ .liar = { .manner = LIAR_CLOSES, .text = answer },
                           .directory = test_directory() };
    liar_start(&spot->liar);
    snprintf(spot->url, sizeof spot->url, "http://127.0.0.1:%u/", spot->liar.port);
    snprintf(spot->token, sizeof spot->token, "%s/token", spot->directory);
    assert_ok(file_write(spot->token, bytes_of_text(token), 0600, &err), err);
}

static void spot_close(struct spot *spot)
{
    liar_stop(&spot->liar);
    test_remove(spot->directory);
}

static void assert_head(const struct spot *spot, const char *part)
{
    if (strstr(spot->liar.head, part) == NULL)
        fail_msg("no '%s' in\n%s", part, spot->liar.head);
}

static void a_url_is_asked_with_all_that_was_given(void **state)
{
    struct spot spot;
    struct service_request request = { .method = "POST",
                                       .path = "/thim/v1/verify?a=b",
                                       .content_type = "application/octet-stream",
                                       .header = "X-THIM-Baseline: steady",
                                       .body = bytes_of_text("abc") };
    struct error err = { 0 };
    json_t *answer;

    (void)state;
    spot_open(&spot, ANSWER("200 OK", "{\"valid\":true}"), "s3cret\n");
    struct service_address address = { .url = spot.url, .token_file = spot.token };
    assert_ok(service_ask_with(&address, &request, &answer, &err), err);
    assert_true(json_is_true(json_object_get(answer, "valid")));
    json_decref(answer);
    assert_head(&spot, "POST /thim/v1/verify?a=b HTTP/1.1\r\n"); /* one slash */
    assert_head(&spot, "\r\nContent-Type: application/octet-stream\r\n");
    assert_head(&spot, "\r\nX-THIM-Baseline: steady\r\n");
    assert_head(&spot, "\r\nAuthorization: Bearer s3cret\r\n");
    assert_head(&spot, "\r\nContent-Length: 3\r\n");
    address.token_file = NULL;
    assert_ok(service_ask(&address, "/thim/v1/baselines", NULL, &answer, &err), err);
    json_decref(answer);
    assert_head(&spot, "GET /thim/v1/baselines HTTP/1.1\r\n");
    assert_null(strstr(spot.liar.head, "Authorization"));
    spot_close(&spot);
}

static void what_does_not_go_together_is_refused_before_it_is_asked(void **state)
{
    static const struct {
        struct service_address address;
        const char *why; /* NULL: accepted */
    } cases[] = {
        { { .state = "s" }, NULL },
        { { .url = "https://thim.example:8081" }, NULL },
        { { .url = "https://thim.example:8081", .ca = "c", .token_file = "t" }, NULL },
        { { .url = "http://[::1]:8081" }, NULL },
        { { .url = "http://thim.example:8081" }, "--url http://thim.example:8081: " },
        { { .url = "ftp://thim.example" }, "--url ftp://thim.example: " },
        { { .url = "https://h", .state = "s" }, "one service" },
        { { .url = "https://h", .socket = "s" }, "one service" },
        { { .ca = "c" }, "--ca is of a --url" },
        { { .socket = "s", .token_file = "t" }, "--token-file is of a --url" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        bool well = service_address_check(&cases[i].address, &err);
        if (well != (cases[i].why == NULL))
            fail_msg("%zu: %s", i, err.text);
        if (!well)
            assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
}

static void a_token_is_one_word_of_a_file(void **state)
{
    static const struct {
        const char *token;
        enum error_kind kind; /* ERROR_NONE: it goes */
        const char *why;
    } cases[] = {
        { "a", ERROR_NONE, NULL },
        { "a \r\n", ERROR_NONE, NULL },
        { " \r\n", ERROR_FORMAT, "there is no token in it" },
        { "", ERROR_FORMAT, "there is no token in it" },
        { "a b", ERROR_FORMAT, "a token is one word" },
        { "a\r\nX: y", ERROR_FORMAT, "a token is one word" },
        { "\x80", ERROR_FORMAT, "a token is one word" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct spot spot;
        struct error err = { 0 };
        json_t *answer;
        spot_open(&spot, ANSWER("200 OK", "{}"), cases[i].token);
        struct service_address address = { .url = spot.url, .token_file = spot.token };
        bool well = service_ask(&address, "/", NULL, &answer, &err);
        assert_int_equal(well, cases[i].why == NULL);
        if (!well)
            assert_refused(err, cases[i].kind, cases[i].why);
        json_decref(answer);
        spot_close(&spot);
    }
}

/* ---- thim verify, by such an answer -------------------------------------------------
 */

static void verify_takes_a_verdict_and_no_refusal_for_one(void **state)
{
    static const struct {
        const char *answer;
        int status;
        const char *out, *err;
    } cases[] = {
        { ANSWER("200 OK", "{\"valid\":true,\"accepted\":true,\"tee\":\"tdx\"}"),
          EXIT_YES, "VALID, ACCEPTED: tdx\n", "" },
        { ANSWER("200 OK",
                 "{\"valid\":true,\"accepted\":false,\"denied_by\":\"\\u001b\"}"),
          EXIT_NO, "VALID, but DENIED by \\x1b", "" },
        { ANSWER("200 OK", "{\"valid\":false,\"failure\":\"pck_crl_missing\"}"),
          EXIT_UNAVAILABLE, "NOT VALID (pck_crl_missing)", "" },
        { ANSWER("200 OK", "[]"), EXIT_UNAVAILABLE, "", "no verdict" },
        { ANSWER("200 OK", "no JSON"), EXIT_UNAVAILABLE, "", "no verdict" },
        { ANSWER("400 Bad Request", "{\"error\":{\"message\":\"no evidence\"}}"),
          EXIT_USAGE, "", "no evidence" },
        { ANSWER("404 Not Found", "{\"error\":{\"message\":\"no such baseline\"}}"),
          EXIT_USAGE, "", "no such baseline" },
        { ANSWER("404 Not Found",
                 "{\"error\":{\"message\":\"not held\",\"remedy\":\"bring it\"},"
                 "\"verdict\":{\"valid\":false,\"failure\":\"vek_missing\"}}"),
          EXIT_UNAVAILABLE, "what to do    bring it", "" },
        { ANSWER("404 Not Found", "{\"error\":{\"message\":\"x\"},\"verdict\":7}"),
          EXIT_USAGE, "", "x" },
        { ANSWER("401 Unauthorized", ""), EXIT_UNAVAILABLE, "", "answered 401" },
        { ANSWER("429 Too Many Requests", ""), EXIT_UNAVAILABLE, "", "answered 429" },
        { ANSWER("302 Found", "{\"valid\":true,\"accepted\":true}"), EXIT_UNAVAILABLE, "",
          "answered 302" },
        { "nonsense", EXIT_UNAVAILABLE, "", "is it running?" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct spot spot;
        spot_open(&spot, cases[i].answer, "x");
        assert_said(SAID_BY(command_verify, spot.token, "--url", spot.url),
                    cases[i].status, cases[i].out, cases[i].err);
        spot_close(&spot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_asked_with_all_that_was_given),
        cmocka_unit_test(what_does_not_go_together_is_refused_before_it_is_asked),
        cmocka_unit_test(a_token_is_one_word_of_a_file),
        cmocka_unit_test(verify_takes_a_verdict_and_no_refusal_for_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
