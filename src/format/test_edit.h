/* SPDX-License-Identifier: Apache-2.0 */
/* One byte away: a copy of a good document in which one place reads otherwise. For tests
 * only. */
#ifndef THIM_FORMAT_TEST_EDIT_H
#define THIM_FORMAT_TEST_EDIT_H

#include <stdlib.h>

#include "kit/test.h"

/* base with the one occurrence of find replaced by put; the test fails where find occurs
 * never or twice. find NULL is the base itself. The caller owns the buf. */
static inline struct buf edited(struct bytes base, const char *find, const char *put)
{
    struct buf out;

    buf_init(&out, (size_t)4 << 20);
    if (find == NULL) {
        buf_add(&out, base);
        return out;
    }
    struct bytes needle = bytes_of_text(find);
    size_t at = bytes_find(base, needle);
    if (at == base.len)
        fail_msg("nothing to edit: %s", find);
    struct bytes after = bytes_after(base, at + needle.len);
    if (bytes_find(after, needle) != after.len)
        fail_msg("more than one place to edit: %s", find);
    buf_add(&out, bytes_first(base, at));
    buf_add_text(&out, put);
    buf_add(&out, after);
    return out;
}

/* A copy that ends where its memory ends, so that a sanitizer sees one byte too many. */
static inline uint8_t *exact_copy(struct bytes b)
{
    uint8_t *copy = malloc(b.len == 0 ? 1 : b.len);

    assert_non_null(copy);
    if (b.len > 0)
        memcpy(copy, b.at, b.len);
    return copy;
}

#endif
