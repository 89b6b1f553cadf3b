/* SPDX-License-Identifier: Apache-2.0 */
/* How fuzz targets of this folder get several documents out of one input: with a line
 * "--" between them. */
#ifndef THIM_VERIFY_TEST_PARTS_H
#define THIM_VERIFY_TEST_PARTS_H

#include "kit/bytes.h"

/* Up to the next mark; everything where there is none. rest goes behind it. */
static inline struct bytes next_part(struct bytes *rest)
{
    static const char mark[] = "\n--\n";
    size_t at = bytes_find(*rest, bytes_of_text(mark));
    struct bytes part = bytes_first(*rest, at);

    *rest = bytes_after(*rest, at + sizeof mark - 1);
    return part;
}

#endif
