/* SPDX-License-Identifier: Apache-2.0 */
#include "format/json_write.h"

#include <assert.h>

#include "format/json_text.h"
#include "kit/text.h"

enum { NAME_MAX_LEN = 60, PLAIN_MAX = 128 };

/* What goes into the buffer at once: a member with a short value. */
struct piece {
    size_t len;
    char s[NAME_MAX_LEN + PLAIN_MAX + 8];
};

static void put(struct piece *piece, const char *text, size_t len)
{
    assert(len <= sizeof piece->s - piece->len);
    memcpy(piece->s + piece->len, text, len);
    piece->len += len;
}

static void put_byte(struct piece *piece, char byte)
{
    put(piece, &byte, 1);
}

static void add(struct buf *out, const struct piece *piece)
{
    buf_add(out, bytes_of(piece->s, piece->len));
}

/* Comma, name and colon, as far as they are due. */
static void begin(struct piece *piece, const struct buf *out, const char *name)
{
    uint8_t last = out->len == 0 ? '{' : out->at[out->len - 1];

    piece->len = 0;
    if (last != '{' && last != '[' && last != ':')
        put_byte(piece, ',');
    if (name == NULL)
        return;
    size_t len = strlen(name);
    assert(len <= NAME_MAX_LEN);
    put_byte(piece, '"');
    put(piece, name, len);
    put(piece, "\":", 2);
}

static void add_plain(struct buf *out, const char *name, const char *text, size_t len)
{
    struct piece piece;

    begin(&piece, out, name);
    put(&piece, text, len);
    add(out, &piece);
}

void json_write_begin(struct buf *out, const char *name, char bracket)
{
    add_plain(out, name, &bracket, 1);
}

void json_write_end(struct buf *out, char bracket)
{
    buf_add_byte(out, (uint8_t)bracket);
}

void json_write_null(struct buf *out, const char *name)
{
    add_plain(out, name, "null", 4);
}

void json_write_boolean(struct buf *out, const char *name, bool value)
{
    add_plain(out, name, value ? "true" : "false", value ? 4 : 5);
}

void json_write_number(struct buf *out, const char *name, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    add_plain(out, name, digits + at, sizeof digits - at);
}

/* What needs no escape, between quotes. */
static void add_quoted(struct buf *out, const char *name, const char *text, size_t len)
{
    struct piece piece;

    begin(&piece, out, name);
    put_byte(&piece, '"');
    if (len > PLAIN_MAX) {
        add(out, &piece);
        buf_add(out, bytes_of(text, len));
        piece.len = 0;
    } else {
        put(&piece, text, len);
    }
    put_byte(&piece, '"');
    add(out, &piece);
}

void json_write_word(struct buf *out, const char *name, const char *word)
{
    if (word == NULL)
        json_write_null(out, name);
    else
        add_quoted(out, name, word, strlen(word));
}

void json_write_text(struct buf *out, const char *name, struct bytes text)
{
    struct piece piece;

    if (text.at == NULL) {
        json_write_null(out, name);
        return;
    }
    begin(&piece, out, name);
    add(out, &piece);
    json_text_write(out, text);
}

static void put_hex(struct piece *piece, struct bytes b)
{
    static const char digits[] = "0123456789abcdef";
    char *at = piece->s + piece->len;

    assert(2 * b.len <= sizeof piece->s - piece->len);
    for (size_t i = 0; i < b.len; i++) {
        *at++ = digits[b.at[i] >> 4];
        *at++ = digits[b.at[i] & 15];
    }
    piece->len += 2 * b.len;
}

void json_write_hex(struct buf *out, const char *name, struct bytes b)
{
    struct piece piece;

    if (b.at == NULL) {
        json_write_null(out, name);
        return;
    }
    begin(&piece, out, name);
    put_byte(&piece, '"');
    while (b.len > PLAIN_MAX / 2) {
        put_hex(&piece, bytes_first(b, PLAIN_MAX / 2));
        add(out, &piece);
        piece.len = 0;
        b = bytes_after(b, PLAIN_MAX / 2);
    }
    put_hex(&piece, b);
    put_byte(&piece, '"');
    add(out, &piece);
}

void json_write_hex64(struct buf *out, const char *name, uint64_t value)
{
    uint8_t bytes[8];

    for (size_t i = sizeof bytes; i-- > 0; value >>= 8)
        bytes[i] = (uint8_t)value;
    json_write_hex(out, name, bytes_of(bytes, sizeof bytes));
}

void json_write_date(struct buf *out, const char *name, int64_t seconds)
{
    struct utc_text text = utc(seconds);

    add_quoted(out, name, text.s, strlen(text.s));
}
