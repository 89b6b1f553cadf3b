/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/der_out.h"

#include <stdio.h>

#include "kit/text.h"

size_t der_begin(struct buf *out, uint8_t tag)
{
    buf_add_byte(out, tag);
    buf_add_byte(out, 0);
    return out->len;
}

void der_end(struct buf *out, size_t mark)
{
    size_t len = out->len - mark;
    size_t more = len < 0x80 ? 0 : len < 0x100 ? 1 : 2;

    buf_add(out, bytes_of("\0\0", more));
    if (out->failed)
        return;
    memmove(out->at + mark + more, out->at + mark, len);
    out->at[mark - 1] = (uint8_t)(more == 0 ? len : 0x80 | more);
    for (size_t i = 0; i < more; i++)
        out->at[mark + i] = (uint8_t)(len >> 8 * (more - 1 - i));
}

void der_put(struct buf *out, uint8_t tag, const void *at, size_t len)
{
    size_t mark = der_begin(out, tag);

    buf_add(out, bytes_of(at, len));
    der_end(out, mark);
}

void der_put_unsigned(struct buf *out, struct bytes big_endian)
{
    size_t mark = der_begin(out, DER_INTEGER);

    while (big_endian.len > 1 && big_endian.at[0] == 0)
        big_endian = bytes_after(big_endian, 1);
    if (big_endian.at[0] >= 0x80)
        buf_add_byte(out, 0);
    buf_add(out, big_endian);
    der_end(out, mark);
}

void der_put_integer(struct buf *out, uint64_t value)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(value >> 8 * (sizeof bytes - 1 - i));
    der_put_unsigned(out, bytes_of(bytes, sizeof bytes));
}

void der_put_boolean(struct buf *out, bool value)
{
    der_put(out, DER_BOOLEAN, value ? "\xff" : "\0", 1);
}

/* UTCTime up to 2049. */
void der_put_time(struct buf *out, int64_t at_s)
{
    const struct utc_text text = utc(at_s);
    char digits[20];

    int len = snprintf(digits, sizeof digits, "%.4s%.2s%.2s%.2s%.2s%.2sZ", text.s,
                       text.s + 5, text.s + 8, text.s + 11, text.s + 14, text.s + 17);
    bool is_utc_time = strncmp(digits, "2050", 4) < 0;
    int from = is_utc_time ? 2 : 0;
    der_put(out, is_utc_time ? DER_UTC_TIME : DER_GENERALIZED_TIME, digits + from,
            (size_t)(len - from));
}

size_t der_begin_bits(struct buf *out)
{
    size_t mark = der_begin(out, DER_BIT_STRING);

    buf_add_byte(out, 0); /* bits that are not used */
    return mark;
}

struct der_extension der_begin_extension(struct buf *out, struct bytes oid,
                                         bool is_critical)
{
    struct der_extension extension = { .whole = der_begin(out, DER_SEQUENCE) };

    der_put(out, DER_OID, oid.at, oid.len);
    if (is_critical)
        der_put_boolean(out, true);
    extension.value = der_begin(out, DER_OCTET_STRING);
    return extension;
}

void der_end_extension(struct buf *out, struct der_extension extension)
{
    der_end(out, extension.value);
    der_end(out, extension.whole);
}

void der_put_crl_distribution_point(struct buf *out, const char *uri)
{
    static const uint8_t tags[] = { DER_SEQUENCE, DER_SEQUENCE, 0xa0, 0xa0 };
    struct der_extension extension =
        der_begin_extension(out, bytes_of("\x55\x1d\x1f", 3), false);
    size_t marks[COUNT_OF(tags)];

    for (size_t i = 0; i < COUNT_OF(tags); i++)
        marks[i] = der_begin(out, tags[i]);
    der_put(out, 0x86, uri, strlen(uri));
    for (size_t i = COUNT_OF(tags); i-- > 0;)
        der_end(out, marks[i]);
    der_end_extension(out, extension);
}
