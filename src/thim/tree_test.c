/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/tree.h"

#include "thim/test_printed.h"

static void what_another_machine_says_is_printable(void **state)
{
    static const struct {
        const char *said, *printed;
    } cases[] = {
        { "plain \"quoted\" \\ text", "plain \"quoted\" \\ text" },
        { "", "" },
        { "\x1b[2J", "\\x1b[2J" },
        { "a\nb", "a\\x0ab" },
        { "\xc3\xa9", "\\xc3\\xa9" },
        { "\x7f", "\\x7f" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        json_t *tree = json_pack("{s:[s, i]}", "list", cases[i].said, 7);
        assert_non_null(tree);
        tree_escape(tree);
        assert_string_equal(json_string_value(tree_item(tree, "list", 0)),
                            cases[i].printed);
        assert_int_equal(json_integer_value(tree_item(tree, "list", 1)), 7);
        json_decref(tree);
    }
}

static void a_long_text_is_escaped_to_its_end(void **state)
{
    char text[1001];
    json_t *string;

    (void)state;
    memset(text, 1, sizeof text);
    text[sizeof text - 1] = 0;
    string = json_string(text);
    tree_escape(string);
    assert_int_equal(json_string_length(string), 4 * (sizeof text - 1));
    json_decref(string);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_another_machine_says_is_printable),
        cmocka_unit_test(a_long_text_is_escaped_to_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
