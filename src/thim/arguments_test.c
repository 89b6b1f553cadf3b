/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/arguments.h"

#include <string.h>

#include "kit/test.h"

struct read { /* what one command line came to */
    const char *chain;
    bool json;
    const char *plain[2];
    size_t count;
    bool well;
    struct error err;
};

static struct read read_words(const char *const *words)
{
    struct read read = { 0 };
    const struct argument_option options[] = {
        { "--chain", &read.chain, NULL },
        { "--json", NULL, &read.json },
    };
    char *argv[8] = { NULL };
    int argc = 0;

    for (; words[argc] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    read.well = arguments_read(argc, argv, options, COUNT_OF(options), read.plain,
                               COUNT_OF(read.plain), &read.count, &read.err);
    return read;
}
#define READ(...) read_words((const char *const[]){ __VA_ARGS__, NULL })

static void options_and_files_come_in_any_order(void **state)
{
    struct read read = READ("a", "--json", "--chain", "c", "b");

    (void)state;
    assert_true(read.well && read.json);
    assert_string_equal(read.chain, "c");
    assert_int_equal(read.count, 2);
    assert_string_equal(read.plain[1], "b");
}

static void a_lone_dash_is_a_file_and_two_end_the_options(void **state)
{
    struct read read = READ("-", "--", "--json");

    (void)state;
    assert_true(read.well && !read.json);
    assert_int_equal(read.count, 2);
    assert_string_equal(read.plain[0], "-");
    assert_string_equal(read.plain[1], "--json");
}

static void what_does_not_fit_is_refused_by_name(void **state)
{
    (void)state;
    assert_refused(READ("--nonsense").err, ERROR_FORMAT, "--nonsense");
    assert_refused(READ("--jso").err, ERROR_FORMAT, "--jso");
    assert_refused(READ("--json=yes").err, ERROR_FORMAT, "--json takes no value");
    assert_refused(READ("--chain").err, ERROR_FORMAT, "--chain wants a value");
    assert_refused(READ("a", "b", "c").err, ERROR_FORMAT, "\"c\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_files_come_in_any_order),
        cmocka_unit_test(a_lone_dash_is_a_file_and_two_end_the_options),
        cmocka_unit_test(what_does_not_fit_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
