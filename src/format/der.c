/* SPDX-License-Identifier: Apache-2.0 */
#include "format/der.h"

#include <stdarg.h>
#include <stdio.h>

#include "kit/text.h"

enum { LENGTH_BYTES_MAX = 4 };

struct der der_over(struct bytes in, struct error *refusal)
{
    return (struct der){ .content = cursor_over(in), .refusal = refusal };
}

bool der_failed(const struct der *d)
{
    return d->refusal->kind != ERROR_NONE;
}

bool der_more(const struct der *d)
{
    return !der_failed(d) && cursor_left(&d->content) > 0;
}

bool der_next_is(const struct der *d, unsigned tag)
{
    return der_more(d) && cursor_peek(&d->content, 1).at[0] == tag;
}

void der_refuse(struct der *d, enum error_kind kind, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list args;

    if (der_failed(d))
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error_set(d->refusal, kind, "%s", text);
}

static struct bytes nothing(const struct der *d)
{
    return bytes_first(d->content.over, 0);
}

/* What may stand in front of a value: a tag number of one byte, since nothing we read
 * uses 31 or more (8.1.2.4), and not the reserved 0; of the universal class SEQUENCE and
 * SET are constructed, the rest is not (8.9.1, 8.11.1, 10.2). */
static bool is_tag(uint8_t tag)
{
    enum { CLASS = 0xc0, CONSTRUCTED = 0x20, NUMBER = 0x1f };
    bool constructed = (tag & CONSTRUCTED) != 0;
    bool is_list = (tag | CONSTRUCTED) == DER_SEQUENCE || (tag | CONSTRUCTED) == DER_SET;

    if ((tag & NUMBER) == NUMBER)
        return false;
    return (tag & CLASS) != 0 || ((tag & NUMBER) != 0 && constructed == is_list);
}

/* Definite, in the fewest bytes (8.1.3, 10.1). */
static size_t read_length(struct der *d, const char *field)
{
    uint8_t first = cursor_u8(&d->content);

    if (first < 0x80)
        return first;
    size_t count = first & 0x7f;
    if (count == 0 || count > LENGTH_BYTES_MAX) {
        der_refuse(d, ERROR_FORMAT, "%s: length byte %02x (X.690, 10.1)", field, first);
        return 0;
    }
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length = length << 8 | cursor_u8(&d->content);
    if (!d->content.overran && (length < 0x80 || length >> 8 * (count - 1) == 0))
        der_refuse(d, ERROR_FORMAT, "%s: length not in the fewest bytes (X.690, 10.1)",
                   field);
    return length;
}

struct value {
    struct bytes whole, content;
};

static struct value read_value(struct der *d, const char *field)
{
    struct value none = { nothing(d), nothing(d) };

    if (!der_failed(d) && !der_more(d))
        der_refuse(d, ERROR_FORMAT, "%s is missing", field);
    if (der_failed(d))
        return none;
    size_t start = d->content.offset;
    uint8_t tag = cursor_u8(&d->content);
    if (!is_tag(tag)) {
        der_refuse(d, ERROR_FORMAT, "%s: tag %02x, which DER does not have here", field,
                   tag);
        return none;
    }
    size_t length = read_length(d, field);
    struct bytes content = cursor_take(&d->content, length);
    if (d->content.overran)
        der_refuse(d, ERROR_FORMAT, "%s ends early", field);
    if (der_failed(d))
        return none;
    struct bytes whole =
        bytes_first(bytes_after(d->content.over, start), d->content.offset - start);
    return (struct value){ whole, content };
}

static struct value read_tagged(struct der *d, unsigned tag, const char *field)
{
    if (der_more(d) && !der_next_is(d, tag))
        der_refuse(d, ERROR_FORMAT, "%s: tag %02x, expected %02x", field,
                   cursor_peek(&d->content, 1).at[0], tag);
    return read_value(d, field);
}

struct bytes der_content(struct der *d, unsigned tag, const char *field)
{
    return read_tagged(d, tag, field).content;
}

struct bytes der_whole(struct der *d, unsigned tag, const char *field)
{
    return read_tagged(d, tag, field).whole;
}

struct bytes der_skip(struct der *d, const char *field)
{
    return read_value(d, field).whole;
}

struct der der_enter(struct der *d, unsigned tag, const char *field)
{
    return der_over(der_content(d, tag, field), d->refusal);
}

void der_end(struct der *d, const char *field)
{
    if (der_more(d))
        der_refuse(d, ERROR_FORMAT, "%s: %zu bytes too many", field,
                   cursor_left(&d->content));
}

static struct bytes read_number(struct der *d, unsigned tag, size_t max_len,
                                const char *field)
{
    struct bytes b = der_content(d, tag, field);

    if (der_failed(d))
        return nothing(d);
    if (b.len == 0) {
        der_refuse(d, ERROR_FORMAT, "%s: number without content", field);
        return nothing(d);
    }
    /* nine equal bits in front are one byte too many (8.3.2) */
    if (b.len > 1
        && ((b.at[0] == 0 && b.at[1] < 0x80) || (b.at[0] == 0xff && b.at[1] >= 0x80)))
        der_refuse(d, ERROR_FORMAT, "%s: number not in the fewest bytes (X.690, 8.3.2)",
                   field);
    else if (b.at[0] >= 0x80)
        der_refuse(d, ERROR_FORMAT, "%s is negative", field);
    if (b.len > 1 && b.at[0] == 0)
        b = bytes_after(b, 1);
    if (b.len > max_len)
        der_refuse(d, ERROR_FORMAT, "%s: number of %zu bytes, at most %zu", field, b.len,
                   max_len);
    return der_failed(d) ? nothing(d) : b;
}

struct bytes der_number(struct der *d, size_t max_len, const char *field)
{
    return read_number(d, DER_INTEGER, max_len, field);
}

uint32_t der_small(struct der *d, unsigned tag, uint32_t max, const char *field)
{
    struct bytes b = read_number(d, tag, sizeof(uint32_t), field);
    uint32_t value = 0;

    for (size_t i = 0; i < b.len; i++)
        value = value << 8 | b.at[i];
    if (value > max)
        der_refuse(d, ERROR_FORMAT, "%s is %u, at most %u", field, value, max);
    return der_failed(d) ? 0 : value;
}

bool der_boolean(struct der *d, const char *field)
{
    struct bytes b = der_content(d, DER_BOOLEAN, field);

    if (der_failed(d))
        return false;
    if (b.len != 1 || (b.at[0] != 0 && b.at[0] != 0xff)) {
        der_refuse(d, ERROR_FORMAT, "%s: BOOLEAN is neither 00 nor ff (X.690, 11.1)",
                   field);
        return false;
    }
    return b.at[0] != 0;
}

bool der_default_false(struct der *d, const char *field)
{
    if (!der_next_is(d, DER_BOOLEAN))
        return false;
    if (!der_boolean(d, field))
        der_refuse(d, ERROR_FORMAT,
                   "%s: FALSE is the default, yet spelled out (X.690, 11.5)", field);
    return !der_failed(d);
}

struct bytes der_bits(struct der *d, const char *field)
{
    struct bytes b = der_content(d, DER_BIT_STRING, field);

    if (der_failed(d))
        return nothing(d);
    if (b.len == 0 || b.at[0] != 0) {
        der_refuse(d, ERROR_FORMAT, "%s: BIT STRING is not of whole bytes", field);
        return nothing(d);
    }
    return bytes_after(b, 1);
}

struct bytes der_oid(struct der *d, const char *field)
{
    struct bytes b = der_content(d, DER_OID, field);
    bool arc_begins = true;

    for (size_t i = 0; i < b.len; i++) {
        if (arc_begins && b.at[i] == 0x80)
            der_refuse(d, ERROR_FORMAT, "%s: OID arc not in the fewest bytes", field);
        arc_begins = b.at[i] < 0x80;
    }
    if (b.len == 0 || !arc_begins)
        der_refuse(d, ERROR_FORMAT, "%s: OID ends inside an arc", field);
    return der_failed(d) ? nothing(d) : b;
}

/* Two decimal digits; -1 where they are not. */
static int two_digits(struct cursor *c)
{
    unsigned tens = cursor_u8(c) - (unsigned)'0', ones = cursor_u8(c) - (unsigned)'0';

    return tens > 9 || ones > 9 ? -1 : (int)(tens * 10 + ones);
}

int64_t der_time(struct der *d, const char *field)
{
    bool general = der_next_is(d, DER_GENERALIZED_TIME);
    struct bytes text =
        der_content(d, general ? DER_GENERALIZED_TIME : DER_UTC_TIME, field);
    struct cursor c = cursor_over(text);
    int64_t seconds = 0;

    if (der_failed(d))
        return 0;
    int century = general ? two_digits(&c) : 0;
    int year = two_digits(&c);
    int month = two_digits(&c), day = two_digits(&c), hour = two_digits(&c);
    int minute = two_digits(&c), second = two_digits(&c);
    bool zulu = cursor_u8(&c) == 'Z';
    /* 4.1.2.5.1: two digits from 50 on are of the last century */
    if (!general)
        century = year >= 50 ? 19 : 20;
    if (c.overran || cursor_left(&c) > 0 || !zulu || century < 0 || year < 0
        || !utc_from_civil(century * 100 + year, month, day, hour, minute, second,
                           &seconds))
        der_refuse(d, ERROR_FORMAT, "%s: no date: \"%s\" (RFC 5280, 4.1.2.5)", field,
                   safe(text).s);
    else if (general && century * 100 + year >= 1950 && century * 100 + year < 2050)
        der_refuse(d, ERROR_FORMAT,
                   "%s: GeneralizedTime for a year from 1950 to 2049 (RFC 5280, 4.1.2.5)",
                   field);
    return der_failed(d) ? 0 : seconds;
}

bool der_done(const struct error *refusal, struct error *err)
{
    if (refusal->kind == ERROR_NONE)
        return true;
    if (err != NULL)
        *err = *refusal;
    return false;
}
