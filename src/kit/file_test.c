/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/file.h"

/* A path below a directory; the caller frees it. */
static char *below(const char *directory, const char *name)
{
    char *path = NULL;

    assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
    return path;
}

static int make_directory(void **state)
{
    *state = test_directory();
    return 0;
}

static int remove_directory(void **state)
{
    test_remove(*state);
    return 0;
}

static size_t entries_of(const char *directory)
{
    DIR *open = opendir(directory);
    size_t count = 0;

    assert_non_null(open);
    for (const struct dirent *entry; (entry = readdir(open)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(open);
    return count;
}

static void what_was_written_is_read(void **state)
{
    char *path = below(*state, "object");
    struct error err = { 0 };
    struct buf large, back;

    buf_init(&large, 1 << 20);
    buf_init(&back, 1 << 20);
    for (unsigned i = 0; i < 100000; i++)
        buf_add_byte(&large, (uint8_t)(i * 31));
    assert_ok(file_write(path, bytes_of_text("old"), 0640, &err), err);
    assert_ok(file_write(path, buf_bytes(&large), 0640, &err), err);
    assert_ok(file_read(path, &back, &err), err);
    assert_true(bytes_equal(buf_bytes(&large), buf_bytes(&back)));
    assert_ok(file_read(path, &back, &err), err); /* appends */
    assert_int_equal(back.len, 200000);
    assert_ok(file_write(path, (struct bytes){ 0 }, 0640, &err), err);
    buf_clear(&back);
    assert_ok(file_read(path, &back, &err), err);
    assert_int_equal(back.len, 0);
    assert_int_equal(entries_of(*state), 1); /* nothing is left beside it */
    buf_fini(&large);
    buf_fini(&back);
    free(path);
}

static void the_mode_is_what_was_asked_for(void **state)
{
    static const unsigned modes[] = { 0600, 0640, 0666 };
    char *path = below(*state, "key");
    mode_t umask_before = umask(077);

    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct error err = { 0 };
        struct stat info;
        assert_ok(file_write(path, bytes_of_text("x"), modes[i], &err), err);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 07777, modes[i]);
    }
    umask(umask_before);
    free(path);
}

/* A reader that opened the old file goes on reading the old one, whole. */
static void a_file_is_replaced_and_never_changed(void **state)
{
    char *path = below(*state, "object");
    struct error err = { 0 };
    char got[8] = { 0 };

    assert_ok(file_write(path, bytes_of_text("old"), 0600, &err), err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_ok(file_write(path, bytes_of_text("newer"), 0600, &err), err);
    assert_int_equal(read(fd, got, sizeof got), 3);
    assert_string_equal(got, "old");
    close(fd);
    free(path);
}

static void a_limit_is_a_limit(void **state)
{
    char *path = below(*state, "object");
    struct error err = { 0 };
    struct buf back;

    assert_ok(file_write(path, bytes_of_text("12345"), 0600, &err), err);
    buf_init(&back, 5);
    assert_ok(file_read(path, &back, &err), err);
    buf_fini(&back);
    buf_init(&back, 4);
    assert_false(file_read(path, &back, &err));
    assert_refused(err, ERROR_LIMIT, "object is larger than 4 bytes");
    buf_fini(&back);
    free(path);
}

static void what_cannot_be_read_says_why(void **state)
{
    char *path = below(*state, "absent");
    struct error err = { 0 };
    struct buf back;

    buf_init(&back, 100);
    assert_false(file_read(path, &back, &err));
    assert_refused(err, ERROR_NOT_FOUND, "absent: No such file or directory");
    assert_false(file_read(*state, &back, &err));
    assert_refused(err, ERROR_SYSTEM, "Is a directory");
    assert_int_equal(back.len, 0);
    buf_fini(&back);
    free(path);
}

static void what_cannot_be_written_leaves_no_trace(void **state)
{
    char *nowhere = below(*state, "absent/object");
    char *occupied = below(*state, "directory");
    char *inside = below(*state, "directory/kept");
    struct error err = { 0 };
    char too_long[8192];

    assert_false(file_write(nowhere, bytes_of_text("x"), 0600, &err));
    assert_refused(err, ERROR_NOT_FOUND, "create ");

    assert_ok(file_make_directory(occupied, 0700, &err), err);
    assert_ok(file_write(inside, bytes_of_text("x"), 0600, &err), err);
    assert_false(file_write(occupied, bytes_of_text("x"), 0600, &err));
    assert_refused(err, ERROR_SYSTEM, "write ");
    assert_int_equal(entries_of(*state), 1);
    assert_int_equal(access(inside, R_OK), 0);

    memset(too_long, 'a', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = 0;
    assert_false(file_write(too_long, bytes_of_text("x"), 0600, &err));
    assert_refused(err, ERROR_LIMIT, "path is too long");
    free(nowhere);
    free(occupied);
    free(inside);
}

static void directories_are_made_on_the_way(void **state)
{
    static const char *const made[] = { "a", "a/b", "a/b/c" };
    char *deep = below(*state, "a/b//c/");
    char *file = below(*state, "a/b/c/object");
    char *in_file = below(*state, "a/b/c/object/d");
    struct error err = { 0 };
    struct stat info;

    mode_t umask_before = umask(077);
    assert_ok(file_make_directory(deep, 0750, &err), err);
    assert_ok(file_make_directory(deep, 0700, &err), err); /* there already: stays */
    umask(umask_before);
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        char *path = below(*state, made[i]);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 07777, 0750);
        free(path);
    }
    assert_ok(file_write(file, bytes_of_text("x"), 0600, &err), err);
    assert_false(file_make_directory(file, 0700, &err));
    assert_refused(err, ERROR_SYSTEM, "object: Not a directory");
    assert_false(file_make_directory(in_file, 0700, &err));
    assert_refused(err, ERROR_SYSTEM, "Not a directory");
    free(deep);
    free(file);
    free(in_file);
}

static void a_dash_is_standard_input(void **state)
{
    char *path = below(*state, "object");
    struct error err = { 0 };
    struct buf back;
    int kept = dup(STDIN_FILENO);

    assert_ok(file_write(path, bytes_of_text("from outside"), 0600, &err), err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    close(fd);
    buf_init(&back, 100);
    assert_ok(file_read("-", &back, &err), err);
    assert_string_equal(buf_text(&back), "from outside");
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0); /* not ours to close */
    if (kept >= 0) {
        dup2(kept, STDIN_FILENO);
        close(kept);
    }
    buf_fini(&back);
    free(path);
}

#define IN_DIRECTORY(test) \
    cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(what_was_written_is_read),
        IN_DIRECTORY(the_mode_is_what_was_asked_for),
        IN_DIRECTORY(a_file_is_replaced_and_never_changed),
        IN_DIRECTORY(a_limit_is_a_limit),
        IN_DIRECTORY(what_cannot_be_read_says_why),
        IN_DIRECTORY(what_cannot_be_written_leaves_no_trace),
        IN_DIRECTORY(directories_are_made_on_the_way),
        IN_DIRECTORY(a_dash_is_standard_input),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
