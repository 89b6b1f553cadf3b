/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/file.h"

#ifndef TEST_SOURCE_ROOT
#define TEST_SOURCE_ROOT "."
#endif

const char *test_shared(const char *below)
{
    static _Thread_local char path[PATH_MAX];
    const char *given = getenv("THIM_SHARED");

    snprintf(path, sizeof path, "%s",
             given != NULL && *given != 0 ? given : TEST_SOURCE_ROOT "/../shared");
    if (access(path, R_OK) != 0) {
        print_message("skipped: no shared folder at %s (THIM_SHARED names another)\n",
                      path);
        return NULL;
    }
    size_t used = strlen(path);
    snprintf(path + used, sizeof path - used, "/%s", below);
    return path;
}

struct buf test_shared_file(const char *below)
{
    const char *path = test_shared(below);
    struct buf content;
    struct error err = { 0 };

    buf_init(&content, (size_t)64 << 20);
    assert_non_null(path);
    assert_ok(file_read(path, &content, &err), err);
    return content;
}

char *test_directory(void)
{
    const char *base = getenv("TMPDIR");
    char *directory = NULL;

    if (asprintf(&directory, "%s/thim-test-XXXXXX", base == NULL ? "/tmp" : base) < 0
        || mkdtemp(directory) == NULL)
        fail_msg("no temporary directory");
    return directory;
}

static int remove_one(const char *path, const struct stat *info, int type,
                      struct FTW *walk)
{
    (void)info, (void)type, (void)walk;
    return remove(path);
}

void test_remove(char *directory)
{
    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(directory);
}
