/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *buf, size_t ceiling)
{
    *buf = (struct buf){ .ceiling = ceiling };
}

void buf_fini(struct buf *buf)
{
    free(buf->at);
    *buf = (struct buf){ .ceiling = buf->ceiling };
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->at != NULL)
        buf->at[0] = 0;
}

static bool make_room(struct buf *buf, size_t more)
{
    if (buf->failed || more > buf->ceiling - buf->len) {
        buf->failed = true;
        return false;
    }
    size_t needed = buf->len + more + 1;
    if (needed <= buf->room)
        return true;
    size_t room = buf->room * 2 > needed ? buf->room * 2 : needed;
    uint8_t *grown = realloc(buf->at, room);
    if (grown == NULL) {
        buf->failed = true;
        return false;
    }
    buf->at = grown;
    buf->room = room;
    return true;
}

void buf_reserve(struct buf *buf, size_t len)
{
    if (len > buf->len && make_room(buf, len - buf->len))
        buf->at[buf->len] = 0;
}

void buf_add(struct buf *buf, struct bytes more)
{
    if (!make_room(buf, more.len))
        return;
    if (more.len > 0)
        memcpy(buf->at + buf->len, more.at, more.len);
    buf->len += more.len;
    buf->at[buf->len] = 0;
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, bytes_of_text(text));
}

void buf_add_byte(struct buf *buf, uint8_t byte)
{
    buf_add(buf, bytes_of(&byte, 1));
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len >= 0 && make_room(buf, (size_t)len)) {
        vsnprintf((char *)buf->at + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

const char *buf_text(const struct buf *buf)
{
    return buf->at == NULL ? "" : (const char *)buf->at;
}
