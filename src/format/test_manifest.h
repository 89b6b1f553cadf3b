/* SPDX-License-Identifier: Apache-2.0 */
/* Real documents for the tests of this room: what the shared manifest says of them, and
 * the two steps from a file to what is in it. For tests only. */
#ifndef THIM_FORMAT_TEST_MANIFEST_H
#define THIM_FORMAT_TEST_MANIFEST_H

#include "kit/test.h"

#include <stdio.h>
#include <string.h>

#include "kit/text.h"

enum { MANIFEST_COLUMNS = 10 };

/* The columns of one line; path, what, source, encoding, licence, sha256, window,
 * verification, expected verdict, who says so. */
struct manifest_row {
    const char *column[MANIFEST_COLUMNS];
};

#define MANIFEST_PATH 0
#define MANIFEST_WHAT 1
#define MANIFEST_WINDOW 6
#define MANIFEST_VERDICT 8

/* Calls each row whose path begins and ends as given; how many there were. */
static inline size_t manifest_each(const char *begins, const char *ends,
                                   void (*each)(const struct manifest_row *row))
{
    struct buf manifest = test_shared_file("vectors/MANIFEST.tsv");
    size_t count = 0;
    char *lines = NULL;

    for (char *line = strtok_r((char *)manifest.at, "\n", &lines); line != NULL;
         line = strtok_r(NULL, "\n", &lines)) {
        struct manifest_row row = { { NULL } };
        size_t columns = 0;
        for (char *at = line; at != NULL && columns < MANIFEST_COLUMNS;)
            row.column[columns++] = strsep(&at, "\t");
        const char *path = row.column[MANIFEST_PATH];
        size_t len = strlen(path), end = strlen(ends);
        if (columns < MANIFEST_WINDOW + 1 || strncmp(path, begins, strlen(begins)) != 0
            || len < end || strcmp(path + len - end, ends) != 0)
            continue;
        each(&row);
        count++;
    }
    buf_fini(&manifest);
    return count;
}

static inline struct buf vector_file(const char *path)
{
    char below[512];

    snprintf(below, sizeof below, "vectors/%s", path);
    return test_shared_file(below);
}

/* "A..B" of the manifest against dates that were read. */
static inline void assert_window(const struct manifest_row *row, int64_t from, int64_t to)
{
    char window[64];

    snprintf(window, sizeof window, "%s..%s", utc(from).s, utc(to).s);
    if (strcmp(window, row->column[MANIFEST_WINDOW]) != 0)
        fail_msg("%s: %s, expected %s", row->column[MANIFEST_PATH], window,
                 row->column[MANIFEST_WINDOW]);
}

#endif
