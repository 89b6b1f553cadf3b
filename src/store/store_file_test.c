/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/file.h"
#include "store/test_store.h"

static char *directory;
static struct store_paths paths;

static void put_file(const char *path, const void *at, size_t len)
{
    struct error err = { 0 };

    assert_ok(file_write(path, bytes_of(at, len), 0600, &err), err);
}

/* 100 bytes as SQLite begins a file, with this application id. */
static void put_header(const char *magic, const char *application_id)
{
    uint8_t header[100] = { 0 };

    memcpy(header, magic, 16);
    memcpy(header + 68, application_id, 4);
    put_file(paths.database, header, sizeof header);
}

static void a_file_that_is_ours_is_told_from_others(void **state)
{
    (void)state;
    static const char magic[16] = "SQLite format 3";
    static const struct {
        const char *claim, *magic, *application_id;
        const char *part; /* NULL: it is taken for ours */
    } cases[] = {
        { "ours", magic, "THIM", NULL },
        { "another program's", magic, "THIN",
          "some other program's SQLite database (application id 5448494e)" },
        { "nobody's", magic, "\0\0\0\0", "application id 00000000" },
        { "an older SQLite's", "** This file con", "THIM", "is no SQLite database" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        bool exists = false;
        put_header(cases[i].magic, cases[i].application_id);
        bool well = store_file_look(&paths, &exists, &err);
        if (well != (cases[i].part == NULL) || !exists)
            fail_msg("%s: %s", cases[i].claim, err.text);
        if (!well)
            assert_refused(err, ERROR_FORMAT, cases[i].part);
    }
}

static void a_file_without_its_beginning_is_not_taken_for_a_new_one(void **state)
{
    (void)state;
    struct error err = { 0 };
    bool exists;

    put_file(paths.database, "", 0);
    assert_false(store_file_look(&paths, &exists, &err));
    assert_refused(err, ERROR_FORMAT,
                   "thim.db was cut off after 0 bytes; nothing was "
                   "changed; move it aside");
    put_file(paths.database, "SQLite format 3", 16);
    assert_false(store_file_look(&paths, &exists, &err));
    assert_refused(err, ERROR_FORMAT, "cut off after 16 bytes");
    assert_int_equal(unlink(paths.database), 0);
    assert_int_equal(mkdir(paths.database, 0700), 0);
    assert_false(store_file_look(&paths, &exists, &err));
    assert_refused(err, ERROR_FORMAT, "thim.db is not a file");
    assert_int_equal(rmdir(paths.database), 0);
}

static void a_journal_alone_is_not_thrown_away(void **state)
{
    (void)state;
    struct error err = { 0 };
    bool exists = true;

    assert_ok(store_file_look(&paths, &exists, &err), err);
    assert_false(exists);
    put_file(paths.journal, "", 0); /* an empty one holds nothing */
    assert_ok(store_file_look(&paths, &exists, &err), err);
    put_file(paths.journal, "7", 1);
    assert_false(store_file_look(&paths, &exists, &err));
    assert_refused(err, ERROR_FORMAT,
                   "thim.db is missing but its journal thim.db-wal is");
}

static void one_lock_one_holder(void **state)
{
    (void)state;
    struct error err = { 0 };
    char expected[64];
    int first, second, status;

    assert_ok(store_file_lock(&paths, &first, &err), err);
    assert_false(store_file_lock(&paths, &second, &err));
    snprintf(expected, sizeof expected, "another process, pid %ld, has it open",
             (long)getpid());
    assert_refused(err, ERROR_SYSTEM, expected);
    pid_t child = fork();
    if (child == 0)
        _exit(store_file_lock(&paths, &second, NULL) ? 1 : 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);

    put_file(paths.making, "x", 1); /* whatever stands in the lock file is not believed */
    assert_int_equal(pwrite(first, "; rm -rf /\n", 11, 0), 11);
    assert_false(store_file_lock(&paths, &second, &err));
    assert_refused(err, ERROR_SYSTEM, "another process has it open");
    close(first);
    assert_ok(store_file_lock(&paths, &second, &err), err);
    close(second);
}

static void a_lock_file_that_points_elsewhere_is_refused(void **state)
{
    (void)state;
    struct error err = { 0 };
    int fd;

    assert_int_equal(symlink("elsewhere", paths.lock), 0);
    assert_false(store_file_lock(&paths, &fd, &err));
    assert_refused(err, ERROR_SYSTEM, "thim.lock can't be written");
    assert_int_equal(access("elsewhere", F_OK), -1);
}

static void what_is_begun_is_private_and_comes_into_force_at_once(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct stat info;
    bool exists;
    char leftover[PATH_MAX + 16];
    mode_t mask = umask(0);

    put_file(paths.making, "half made", 9);
    snprintf(leftover, sizeof leftover, "%s-journal", paths.making);
    put_file(leftover, "of the half made", 16);
    assert_ok(store_file_begin(&paths, &err), err);
    umask(mask);
    assert_int_equal(stat(paths.making, &info), 0);
    assert_int_equal(info.st_size, 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(access(leftover, F_OK), -1);
    assert_ok(store_file_look(&paths, &exists, &err), err);
    assert_false(exists);
    assert_ok(store_file_settle(&paths, &err), err);
    assert_int_equal(access(paths.making, F_OK), -1);
    assert_int_equal(access(paths.database, F_OK), 0);
    assert_false(store_file_settle(&paths, &err));
    assert_refused(err, ERROR_SYSTEM, "can't be put in its place");
}

static void a_name_too_long_is_refused_before_it_is_cut(void **state)
{
    (void)state;
    struct store_paths long_paths;
    struct error err = { 0 };
    char name[PATH_MAX];

    memset(name, 'd', sizeof name);
    name[PATH_MAX - 20] = 0;
    assert_false(store_paths_in(name, &long_paths, &err));
    assert_refused(err, ERROR_LIMIT, "name is too long");
    name[PATH_MAX - 64] = 0;
    assert_ok(store_paths_in(name, &long_paths, &err), err);
}

static int setup(void **state)
{
    (void)state;
    directory = test_directory();
    return store_paths_in(directory, &paths, NULL) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    test_remove(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_is_ours_is_told_from_others, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_file_without_its_beginning_is_not_taken_for_a_new_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_journal_alone_is_not_thrown_away, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(one_lock_one_holder, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lock_file_that_points_elsewhere_is_refused,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_is_begun_is_private_and_comes_into_force_at_once, setup, teardown),
        cmocka_unit_test(a_name_too_long_is_refused_before_it_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
