/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/verify_ask.h"

#include "format/test_quote.h"
#include "kit/test.h"
#include "kit/text.h"

#define JSON "application/json"

static struct buf some_quote(void)
{
    struct quote_parts parts = quote_parts_plain(3, TEE_SGX, BODY_SGX);
    struct buf quote;

    buf_init(&quote, 1 << 16);
    put_quote(&quote, &parts);
    return quote;
}

struct sent {
    const char *claim, *type;
    const char *before, *after; /* NULL: the quote alone, raw; else around its base64 */
    bool has_policy;
};

static struct buf body_of(const struct sent *sent, struct bytes quote)
{
    struct buf body;

    buf_init(&body, 1 << 20);
    if (sent->before == NULL) {
        buf_add(&body, quote);
        return body;
    }
    buf_add_text(&body, sent->before);
    base64_add(&body, quote);
    buf_add_text(&body, sent->after);
    return body;
}

static void evidence_comes_alone_or_with_a_policy(void **state)
{
    static const struct sent cases[] = {
        { "raw, of no type", NULL, NULL, NULL, false },
        { "raw", "application/octet-stream", NULL, NULL, false },
        { "a type that only begins so", "application/json-seq", NULL, NULL, false },
        { "base64 as text", "text/plain", "", "\n", false },
        { "JSON", JSON, "{\"evidence\":\"", "\"}", false },
        { "by its other name", JSON, " {\"quote\": \"", "\"} ", false },
        { "with a charset", "Application/JSON; charset=utf-8", "{\"quote\":\"", "\"}",
          false },
        { "with a policy", JSON, "{\"policy\":{\"allow_debug\":true},\"quote\":\"", "\"}",
          true },
    };
    struct buf quote = some_quote();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf body = body_of(&cases[i], buf_bytes(&quote));
        struct verify_ask ask;
        struct arena arena;
        struct error err = { 0 };
        arena_init(&arena, VERIFY_ASK_ROOM);
        if (!verify_ask_read(cases[i].type, buf_bytes(&body), &arena, &ask, &err)
            || ask.evidence.kind != EVIDENCE_QUOTE
            || !bytes_equal(ask.evidence.raw, buf_bytes(&quote))
            || ask.has_policy != cases[i].has_policy
            || (ask.has_policy && !ask.policy.allow_debug))
            fail_msg("%s: %s", cases[i].claim, err.text);
        arena_fini(&arena);
        buf_fini(&body);
    }
    buf_fini(&quote);
}

static void nothing_else_is_taken(void **state)
{
    static const struct {
        const char *claim, *type, *body, *why;
    } cases[] = {
        { "nothing", NULL, "", "evidence" },
        { "neither quote nor report", NULL, "who is there", "neither as a quote" },
        { "JSON where none was said", NULL, "{\"quote\":\"AwAC\"}",
          "neither as a quote" },
        { "no object", JSON, "[]", "an object" },
        { "no evidence in it", JSON, "{\"policy\":{}}", "evidence is missing" },
        { "evidence twice", JSON, "{\"quote\":\"AA==\",\"evidence\":\"AA==\"}", "twice" },
        { "a number for it", JSON, "{\"quote\":1}", "a string" },
        { "collateral of one's own", JSON, "{\"quote\":\"AA==\",\"tcb_info\":\"\"}",
          "unknown member \"tcb_info\"" },
        { "a policy that nobody knows", JSON, "{\"quote\":\"AA==\",\"policy\":{\"x\":1}}",
          "policy: " },
        { "something behind it", JSON, "{\"quote\":\"AA==\"} x", "after" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct verify_ask ask;
        struct arena arena;
        struct error err = { 0 };
        arena_init(&arena, VERIFY_ASK_ROOM);
        if (verify_ask_read(cases[i].type, bytes_of_text(cases[i].body), &arena, &ask,
                            &err)
            || err.kind != ERROR_FORMAT || strstr(err.text, cases[i].why) == NULL)
            fail_msg("%s: %s, not \"%s\"", cases[i].claim, err.text, cases[i].why);
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_comes_alone_or_with_a_policy),
        cmocka_unit_test(nothing_else_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
