/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/cursor.h"

struct cursor cursor_over(struct bytes in)
{
    return (struct cursor){ .over = in };
}

size_t cursor_left(const struct cursor *c)
{
    return c->overran ? 0 : c->over.len - c->offset;
}

struct bytes cursor_take(struct cursor *c, size_t n)
{
    if (n > cursor_left(c)) {
        c->overran = true;
        return (struct bytes){ .at = c->over.at, .len = 0 };
    }
    struct bytes taken = { .at = c->over.at + c->offset, .len = n };
    c->offset += n;
    return taken;
}

struct bytes cursor_peek(const struct cursor *c, size_t n)
{
    if (n > cursor_left(c))
        return (struct bytes){ .at = c->over.at, .len = 0 };
    return (struct bytes){ .at = c->over.at + c->offset, .len = n };
}

static uint64_t little_endian(struct bytes b)
{
    uint64_t value = 0;

    for (size_t i = b.len; i > 0; i--)
        value = value << 8 | b.at[i - 1];
    return value;
}

uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)little_endian(cursor_take(c, 1));
}

uint16_t cursor_u16le(struct cursor *c)
{
    return (uint16_t)little_endian(cursor_take(c, 2));
}

uint16_t cursor_u16be(struct cursor *c)
{
    uint16_t le = cursor_u16le(c);
    return (uint16_t)(le << 8 | le >> 8);
}

uint32_t cursor_u32le(struct cursor *c)
{
    return (uint32_t)little_endian(cursor_take(c, 4));
}

uint64_t cursor_u64le(struct cursor *c)
{
    return little_endian(cursor_take(c, 8));
}
