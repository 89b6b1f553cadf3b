/* SPDX-License-Identifier: Apache-2.0 */
/* A view of bytes that somebody else owns: where they are and how many.
 *
 * A view is two words, passed by value. It never owns, never ends in NUL by promise, and
 * lives as long as what it looks at. The empty view has len 0 and any pointer. */
#ifndef THIM_KIT_BYTES_H
#define THIM_KIT_BYTES_H

#include <string.h>

#include "kit/base.h"

struct bytes {
    const uint8_t *at;
    size_t len;
};

static inline struct bytes bytes_of(const void *at, size_t len)
{
    return (struct bytes){ .at = at, .len = len };
}

/* The characters of a C string, without its NUL. */
static inline struct bytes bytes_of_text(const char *text)
{
    return (struct bytes){ .at = (const uint8_t *)text, .len = strlen(text) };
}

/* The first n bytes; all of them where there are fewer. */
static inline struct bytes bytes_first(struct bytes b, size_t n)
{
    return (struct bytes){ .at = b.at, .len = n < b.len ? n : b.len };
}

/* What is left after the first n bytes; empty where there are fewer. */
static inline struct bytes bytes_after(struct bytes b, size_t n)
{
    return n < b.len ? (struct bytes){ .at = b.at + n, .len = b.len - n }
                     : (struct bytes){ .at = b.at, .len = 0 };
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool bytes_equal_text(struct bytes a, const char *text)
{
    return bytes_equal(a, bytes_of_text(text));
}

/* Order by content, shorter first where one begins the other: -1, 0 or 1. */
int bytes_compare(struct bytes a, struct bytes b);

/* The first place of needle in hay, or hay.len where it does not occur. */
size_t bytes_find(struct bytes hay, struct bytes needle);

#endif
