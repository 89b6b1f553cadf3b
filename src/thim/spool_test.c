/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kit/test.h"

static void what_is_added_is_there_and_no_name_is_left(void **state)
{
    char *directory = test_directory();
    struct spool spool;
    struct error err = { 0 };
    char back[8] = { 0 };

    (void)state;
    assert_int_equal(setenv("TMPDIR", directory, 1), 0);
    assert_ok(spool_open(&spool, 8, &err), err);
    assert_ok(spool_add(&spool, bytes_of_text("one"), &err), err);
    assert_ok(spool_add(&spool, bytes_of_text("two"), &err), err);
    assert_int_equal(spool.len, 6);
    assert_int_equal(pread(spool.fd, back, sizeof back, 0), 6);
    assert_string_equal(back, "onetwo");
    assert_int_equal(rmdir(directory), 0); /* it is empty */
    assert_false(spool_add(&spool, bytes_of_text("three"), &err));
    assert_refused(err, ERROR_LIMIT, "more than 8 bytes");
    spool_close(&spool);
    spool_close(&spool);

    assert_false(spool_open(&spool, 8, &err));
    assert_refused(err, ERROR_SYSTEM, "no temporary file");
    spool_close(&spool);
    unsetenv("TMPDIR");
    free(directory);
}

static void a_stream_is_copied_up_to_the_limit(void **state)
{
    struct spool spool;
    struct error err = { 0 };
    char back[8] = { 0 };
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "stream", 6), 6);
    close(ends[1]);
    assert_ok(spool_open(&spool, 6, &err), err);
    assert_ok(spool_copy(&spool, ends[0], &err), err);
    assert_int_equal(pread(spool.fd, back, sizeof back, 0), 6);
    assert_string_equal(back, "stream");
    close(ends[0]);
    assert_false(spool_copy(&spool, ends[0], &err));
    assert_refused(err, ERROR_SYSTEM, "cannot be read");
    spool_close(&spool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_there_and_no_name_is_left),
        cmocka_unit_test(a_stream_is_copied_up_to_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
