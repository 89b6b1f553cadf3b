/* SPDX-License-Identifier: Apache-2.0 */
/* A reader over bytes nobody vouches for.
 *
 * A cursor never reads past its end. A read that would sets `overran`, yields zeros or an
 * empty view, and so does every read after it: a parser runs straight down the page of
 * the vendor's document and asks once at the end. */
#ifndef THIM_KIT_CURSOR_H
#define THIM_KIT_CURSOR_H

#include "kit/bytes.h"

struct cursor {
    struct bytes over;
    size_t offset; /* bytes read so far; never past over.len */
    bool overran;
};

struct cursor cursor_over(struct bytes in);

/* Bytes not yet read; 0 after an overrun. */
size_t cursor_left(const struct cursor *c);

/* The next n bytes, as a view into the input. */
struct bytes cursor_take(struct cursor *c, size_t n);

/* The next n bytes without moving; empty (and no overrun) where there are fewer. */
struct bytes cursor_peek(const struct cursor *c, size_t n);

uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16le(struct cursor *c);
uint16_t cursor_u16be(struct cursor *c);
uint32_t cursor_u32le(struct cursor *c);
uint64_t cursor_u64le(struct cursor *c);

#endif
