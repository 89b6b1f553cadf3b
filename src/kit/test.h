/* SPDX-License-Identifier: Apache-2.0 */
/* What every *_test.c includes: cmocka in the order it wants, and a way to the shared
 * vectors. Tests are cmocka group tests; main is
 *     return cmocka_run_group_tests(tests, NULL, NULL);
 * and each function's name reads as a claim. */
#ifndef THIM_KIT_TEST_H
#define THIM_KIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kit/buf.h"
#include "kit/error.h"

/* A path below the shared folder (THIM_SHARED, else ../shared beside the source tree), or
 * NULL where the folder is not there: then the test says skip() and returns. The result
 * lies in storage of the calling thread that the next call reuses. */
const char *test_shared(const char *below);

/* A file of the shared folder, whole; the test fails where it cannot be read. The caller
 * owns the buf. */
struct buf test_shared_file(const char *below);

/* A fresh directory of this test's own under the build folder's or the system's
 * temporary place; the caller frees the name. Removed by test_remove. */
char *test_directory(void);
void test_remove(char *directory); /* rm -r, and frees the name */

/* Asserts that a call was refused for the right reason: kind, and a part of the text. */
#define assert_refused(err, expected_kind, part)                                 \
    do {                                                                         \
        if ((err).kind != (expected_kind) || strstr((err).text, (part)) == NULL) \
            fail_msg("refused as %s \"%s\", expected %s with \"%s\"",            \
                     error_kind_name((err).kind), (err).text,                    \
                     error_kind_name(expected_kind), (part));                    \
    } while (0)

#define assert_ok(call, err)                       \
    do {                                           \
        if (!(call))                               \
            fail_msg("%s: %s", #call, (err).text); \
    } while (0)

#endif
