/* SPDX-License-Identifier: Apache-2.0 */
#include "config/secret.h"

#include <stdio.h>
#include <sys/stat.h>

#include "kit/file.h"
#include "kit/test.h"

#define LONGEST                                                        \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

struct place {
    char *directory;
    char path[512];
};

static struct place place_make(void)
{
    struct place place = { .directory = test_directory() };

    snprintf(place.path, sizeof place.path, "%s/key", place.directory);
    return place;
}

static void one_line_is_the_secret(void **state)
{
    static const struct {
        const char *content, *secret;
        unsigned mode;
    } cases[] = {
        { "k", "k", 0600 },         { "key\n", "key", 0640 },
        { "key\r\n", "key", 0400 }, { "a=b/c+d!\"~\n", "a=b/c+d!\"~", 0660 },
        { LONGEST, LONGEST, 0600 }, { LONGEST "\r\n", LONGEST, 0600 },
    };
    struct place place = place_make();
    struct error err = { 0 };
    char secret[SECRET_ROOM];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_ok(
            file_write(place.path, bytes_of_text(cases[i].content), cases[i].mode, &err),
            err);
        assert_ok(secret_file_read(place.path, secret, &err), err);
        assert_string_equal(secret, cases[i].secret);
    }
    test_remove(place.directory);
}

static void what_is_no_secret_is_refused_and_not_shown(void **state)
{
    static const struct {
        const char *content;
        unsigned mode;
        enum error_kind kind;
        const char *why;
    } cases[] = {
        { "", 0600, ERROR_FORMAT, "/key: is empty" },
        { "\n", 0600, ERROR_FORMAT, "is empty" },
        { "\r\n", 0600, ERROR_FORMAT, "is empty" },
        { "hush\nhush\n", 0600, ERROR_FORMAT, "has more than one line" },
        { "hush\n\n", 0600, ERROR_FORMAT, "has more than one line" },
        { "\nhush", 0600, ERROR_FORMAT, "has more than one line" },
        { "hush hush", 0600, ERROR_FORMAT, "not printable ASCII, or a space" },
        { "hush\t", 0600, ERROR_FORMAT, "not printable ASCII, or a space" },
        { "hush\x80", 0600, ERROR_FORMAT, "not printable ASCII, or a space" },
        { LONGEST "x", 0600, ERROR_LIMIT, "is longer than 255 characters" },
        { LONGEST "x\n", 0600, ERROR_LIMIT, "is longer than 255 characters" },
        { LONGEST LONGEST, 0600, ERROR_LIMIT, "is longer than 255 characters" },
        { "hush", 0644, ERROR_UNTRUSTED, "(mode 0644): take that away" },
        { "hush", 0604, ERROR_UNTRUSTED, "Try: chmod 640 /" },
        { "hush", 0602, ERROR_UNTRUSTED, "written by everyone (mode 0602)" },
    };
    struct place place = place_make();
    char secret[SECRET_ROOM];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        assert_ok(
            file_write(place.path, bytes_of_text(cases[i].content), cases[i].mode, &err),
            err);
        if (secret_file_read(place.path, secret, &err))
            fail_msg("case %zu: accepted", i);
        assert_refused(err, cases[i].kind, cases[i].why);
        assert_null(strstr(err.text, "hush"));
    }
    test_remove(place.directory);
}

static void what_is_no_file_is_refused(void **state)
{
    struct place place = place_make();
    char secret[SECRET_ROOM];
    struct error err = { 0 };

    (void)state;
    assert_false(secret_file_read(place.path, secret, &err));
    assert_refused(err, ERROR_NOT_FOUND, "/key: No such file");
    assert_false(secret_file_read(place.directory, secret, &err));
    assert_refused(err, ERROR_FORMAT, "is no file");
    assert_int_equal(mkfifo(place.path, 0600), 0); /* nobody waits for its other end */
    assert_false(secret_file_read(place.path, secret, &err));
    assert_refused(err, ERROR_FORMAT, "is no file");
    test_remove(place.directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_is_the_secret),
        cmocka_unit_test(what_is_no_secret_is_refused_and_not_shown),
        cmocka_unit_test(what_is_no_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
