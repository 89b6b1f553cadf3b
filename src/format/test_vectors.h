/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a folder of the shared vectors. Tests only. */
#ifndef THIM_FORMAT_TEST_VECTORS_H
#define THIM_FORMAT_TEST_VECTORS_H

#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "kit/file.h"
#include "kit/test.h"

/* Called once per file; path is for messages. */
typedef void vector_visit(const char *path, struct bytes content, void *context);

static inline bool vector_wanted(const char *path, const char *ending)
{
    size_t len = strlen(path), end = strlen(ending);

    return len >= end && strcmp(path + len - end, ending) == 0;
}

/* Every file at or below a place in the shared folder whose name has this ending; how
 * many there were. Skips the test where the folder is not there. */
static inline size_t each_vector(const char *below, const char *ending,
                                 vector_visit *visit, void *context)
{
    const char *shared = test_shared(below);
    size_t count = 0;

    if (shared == NULL)
        skip();
    char *roots[] = { strdup(shared), NULL };
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
    assert_non_null(walk);
    for (FTSENT *entry; (entry = fts_read(walk)) != NULL;) {
        struct buf content;
        struct error err = { 0 };
        if (entry->fts_info != FTS_F || !vector_wanted(entry->fts_path, ending))
            continue;
        buf_init(&content, (size_t)64 << 20);
        assert_ok(file_read(entry->fts_path, &content, &err), err);
        visit(entry->fts_path, buf_bytes(&content), context);
        buf_fini(&content);
        count++;
    }
    fts_close(walk);
    free(roots[0]);
    return count;
}

#endif
