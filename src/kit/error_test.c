/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <string.h>

#include "kit/error.h"

static void each_caller_says_what_it_was_doing(void **state)
{
    struct error err = { 0 };

    (void)state;
    assert_false(error_set(&err, ERROR_STALE, "nextUpdate was %s", "yesterday"));
    assert_false(error_within(&err, "TCB info for FMSPC %06x", 0x30606a));
    assert_false(error_within(&err, "refresh"));
    assert_int_equal(err.kind, ERROR_STALE);
    assert_string_equal(err.text,
                        "refresh: TCB info for FMSPC 30606a: nextUpdate was yesterday");
}

static void a_caller_may_want_only_the_answer(void **state)
{
    (void)state;
    assert_false(error_set(NULL, ERROR_FORMAT, "%s", "unheard"));
    assert_false(error_within(NULL, "%s", "unheard"));
}

/* However long, the text ends where it must, and the outermost words are kept. */
static void the_text_is_bounded(void **state)
{
    char filler[2 * ERROR_TEXT_MAX];

    (void)state;
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = 0;
    for (size_t len = ERROR_TEXT_MAX - 8; len < ERROR_TEXT_MAX + 8; len++) {
        struct error err = { 0 };
        error_set(&err, ERROR_LIMIT, "%.*s", (int)len, filler);
        assert_int_equal(strlen(err.text),
                         len < ERROR_TEXT_MAX ? len : ERROR_TEXT_MAX - 1);
        error_within(&err, "outside");
        assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
        assert_memory_equal(err.text, "outside: xxx", 12);
        error_within(&err, "%.*s", (int)len, filler);
        assert_true(strlen(err.text) < ERROR_TEXT_MAX);
        assert_int_equal(err.text[len - 9], 'x');
        assert_int_equal(err.kind, ERROR_LIMIT);
    }
}

static void every_kind_has_a_name(void **state)
{
    static const struct {
        enum error_kind kind;
        const char *name;
    } cases[] = {
        { ERROR_NONE, "none" },
        { ERROR_FORMAT, "format" },
        { ERROR_UNTRUSTED, "untrusted" },
        { ERROR_REVOKED, "revoked" },
        { ERROR_STALE, "stale" },
        { ERROR_NOT_FOUND, "not_found" },
        { ERROR_UNREACHABLE, "unreachable" },
        { ERROR_LIMIT, "limit" },
        { ERROR_SYSTEM, "system" },
        { ERROR_SYSTEM + 1, "unknown" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(error_kind_name(cases[i].kind), cases[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_caller_says_what_it_was_doing),
        cmocka_unit_test(a_caller_may_want_only_the_answer),
        cmocka_unit_test(the_text_is_bounded),
        cmocka_unit_test(every_kind_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
