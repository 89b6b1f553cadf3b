/* SPDX-License-Identifier: Apache-2.0 */
#include "format/json_text.h"

#include "kit/text.h"

struct escape {
    uint32_t code_point;
    size_t len; /* as written, backslash included; 0 where it is no escape */
};

/* \uXXXX, at its backslash. */
static bool utf16_unit(struct bytes b, uint32_t *unit)
{
    uint8_t value[2];

    if (b.len < 6 || b.at[0] != '\\' || b.at[1] != 'u'
        || !hex_read(bytes_of(b.at + 2, 4), value, 2))
        return false;
    *unit = (uint32_t)value[0] << 8 | value[1];
    return true;
}

/* b begins with a backslash. A surrogate counts only as the first of a whole pair. */
static struct escape read_escape(struct bytes b)
{
    static const char written[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const struct escape none = { 0, 0 };
    const char *simple = b.len < 2 || b.at[1] == 0 ? NULL : strchr(written, b.at[1]);
    uint32_t high, low;

    if (simple != NULL)
        return (struct escape){ (uint8_t)meant[simple - written], 2 };
    if (!utf16_unit(b, &high) || (high >= 0xdc00 && high <= 0xdfff))
        return none;
    if (high < 0xd800 || high > 0xdfff)
        return (struct escape){ high, 6 };
    if (!utf16_unit(bytes_after(b, 6), &low) || low < 0xdc00 || low > 0xdfff)
        return none;
    return (struct escape){ 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12 };
}

/* Says nothing but itself: most bytes of most documents. */
static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

bool json_text_scan(struct bytes text, size_t *offset, bool *escaped, const char **wrong)
{
    *escaped = false;
    for (;;) {
        size_t at = *offset;
        while (at < text.len && is_plain(text.at[at]))
            at++;
        *offset = at;
        if (at >= text.len)
            break;
        struct bytes rest = bytes_after(text, *offset);
        bool is_escape = rest.at[0] == '\\';
        if (rest.at[0] == '"')
            return true;
        if (rest.at[0] < 0x20) {
            *wrong = "control character in a string";
            return false;
        }
        size_t len = is_escape ? read_escape(rest).len : utf8_sequence(rest);
        if (len == 0) {
            *wrong = is_escape ? "no such escape, or half a surrogate pair" : "not UTF-8";
            return false;
        }
        *escaped |= is_escape;
        *offset += len;
    }
    *wrong = "string does not end";
    return false;
}

static size_t utf8_write(uint32_t code_point, uint8_t *out)
{
    if (code_point < 0x80) {
        out[0] = (uint8_t)code_point;
        return 1;
    }
    size_t len = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, code_point >>= 6)
        out[i] = (uint8_t)(0x80 | (code_point & 0x3f));
    out[0] = (uint8_t)((0xf00U >> len) | code_point);
    return len;
}

size_t json_text_decode(struct bytes raw, uint8_t *out)
{
    size_t used = 0;

    while (raw.len > 0) {
        if (raw.at[0] == '\\') {
            struct escape escape = read_escape(raw);
            used += utf8_write(escape.code_point, out + used);
            raw = bytes_after(raw, escape.len);
        } else {
            out[used++] = raw.at[0];
            raw = bytes_after(raw, 1);
        }
    }
    return used;
}

void json_text_write(struct buf *out, struct bytes text)
{
    buf_add_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];
        if (byte == '\n')
            buf_add_text(out, "\\n");
        else if (byte < 0x20)
            buf_addf(out, "\\u%04x", byte);
        else if (byte == '"' || byte == '\\')
            buf_addf(out, "\\%c", byte);
        else
            buf_add_byte(out, byte);
    }
    buf_add_byte(out, '"');
}
