/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/text.h"

#include <stdio.h>

#include "kit/buf.h"

static const char HEX_LOWER[] = "0123456789abcdef";
static const char HEX_UPPER[] = "0123456789ABCDEF";

struct hex_text hex(const void *at, size_t len)
{
    const uint8_t *b = at;
    struct hex_text text;
    size_t shown = len > 64 ? 64 : len;

    for (size_t i = 0; i < shown; i++) {
        text.s[2 * i] = HEX_LOWER[b[i] >> 4];
        text.s[2 * i + 1] = HEX_LOWER[b[i] & 15];
    }
    memcpy(text.s + 2 * shown, len > shown ? ".." : "", len > shown ? 3 : 1);
    return text;
}

void hex_add(struct buf *out, struct bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        buf_add_byte(out, (uint8_t)HEX_LOWER[b.at[i] >> 4]);
        buf_add_byte(out, (uint8_t)HEX_LOWER[b.at[i] & 15]);
    }
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_read(struct bytes digits, uint8_t *out, size_t len)
{
    if (digits.len / 2 != len || digits.len % 2 != 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(digits.at[2 * i]);
        int low = hex_digit(digits.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Days from 1970-01-01, counting years from March so that the leap day comes last.
 * The 400-year cycle has 146097 days. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100
           + day_of_year - 719468;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

bool utc_from_civil(int year, int month, int day, int hour, int minute, int second,
                    int64_t *seconds)
{
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1
        || day > days_in_month(year, month) || hour < 0 || hour > 23 || minute < 0
        || minute > 59 || second < 0 || second > 59)
        return false;
    *seconds =
        days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

static void write_digits(char *at, unsigned value, size_t count)
{
    for (; count > 0; value /= 10)
        at[--count] = (char)('0' + value % 10);
}

struct utc_text utc(int64_t seconds)
{
    struct utc_text text = { "0000-00-00T00:00:00Z" };
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int64_t of_day = seconds % 86400 + (seconds % 86400 < 0 ? 86400 : 0);
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march + (month_from_march < 10 ? 3 : -9);
    int64_t year = year_of_era + era * 400 + (month <= 2);

    if (year < 0 || year > 9999) {
        snprintf(text.s, sizeof text.s, "(no date)");
        return text;
    }
    write_digits(text.s, (unsigned)year, 4);
    write_digits(text.s + 5, (unsigned)month, 2);
    write_digits(text.s + 8, (unsigned)day, 2);
    write_digits(text.s + 11, (unsigned)(of_day / 3600), 2);
    write_digits(text.s + 14, (unsigned)(of_day / 60 % 60), 2);
    write_digits(text.s + 17, (unsigned)(of_day % 60), 2);
    return text;
}

static bool two_digits(const uint8_t *at, int *value)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    *value = (at[0] - '0') * 10 + (at[1] - '0');
    return true;
}

bool utc_read(struct bytes text, int64_t *seconds)
{
    int century, year, month, day, hour, minute, second;

    if (text.len != 20 || text.at[4] != '-' || text.at[7] != '-' || text.at[10] != 'T'
        || text.at[13] != ':' || text.at[16] != ':' || text.at[19] != 'Z')
        return false;
    return two_digits(text.at, &century) && two_digits(text.at + 2, &year)
           && two_digits(text.at + 5, &month) && two_digits(text.at + 8, &day)
           && two_digits(text.at + 11, &hour) && two_digits(text.at + 14, &minute)
           && two_digits(text.at + 17, &second)
           && utc_from_civil(century * 100 + year, month, day, hour, minute, second,
                             seconds);
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '\\' && c != '"';
}

struct safe_text safe(struct bytes text)
{
    struct safe_text out;
    size_t room = sizeof out.s - 1, width = 0, used = 0;

    for (size_t i = 0; i < text.len && width <= room; i++)
        width += is_plain(text.at[i]) ? 1 : 4;
    bool cut = width > room;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (cut && used + (is_plain(c) ? 1 : 4) > room - 2)
            break;
        if (is_plain(c)) {
            out.s[used++] = (char)c;
        } else {
            out.s[used++] = '\\';
            out.s[used++] = 'x';
            out.s[used++] = HEX_LOWER[c >> 4];
            out.s[used++] = HEX_LOWER[c & 15];
        }
    }
    memcpy(out.s + used, cut ? ".." : "", cut ? 3 : 1);
    return out;
}

struct safe_text safe_string(const char *text)
{
    return safe(bytes_of_text(text == NULL ? "(none)" : text));
}

bool decimal_read(struct bytes digits, uint64_t max, uint64_t *value)
{
    uint64_t sum = 0;

    if (digits.len == 0 || (digits.len > 1 && digits.at[0] == '0'))
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        uint8_t c = digits.at[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(sum, (uint64_t)10, &sum)
            || __builtin_add_overflow(sum, (uint64_t)(c - '0'), &sum) || sum > max)
            return false;
    }
    *value = sum;
    return true;
}

static const uint8_t base64_values[256] = {
    /* one more than the digit's; 0: it is none */
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,
    ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,
    ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,
    ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,
    ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
    ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
    ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
    ['/'] = 64,
};

static int base64_digit(uint8_t c)
{
    return base64_values[c] - 1;
}

/* Decoded bytes on their way to a buf, which takes many as fast as one. */
struct decoding {
    struct buf *out;
    size_t len;
    uint8_t bytes[192];
};

static void decoding_flush(struct decoding *d)
{
    buf_add(d->out, bytes_of(d->bytes, d->len));
    d->len = 0;
}

static void decoding_add(struct decoding *d, uint32_t byte)
{
    if (d->len == sizeof d->bytes)
        decoding_flush(d);
    d->bytes[d->len++] = (uint8_t)byte;
}

bool base64_read(struct bytes text, bool allow_space, struct buf *out)
{
    struct decoding decoding = { .out = out };
    uint32_t group = 0;
    unsigned digits = 0, padding = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            if (!allow_space)
                return false;
            continue;
        }
        int digit = base64_digit(c);
        if (c == '=')
            padding++;
        else if (digit < 0 || padding > 0)
            return false;
        group = group << 6 | (uint32_t)(digit < 0 ? 0 : digit);
        if (++digits % 4 != 0)
            continue;
        /* unused bits must be zero: one encoding for one value */
        if (padding > 2 || (padding == 1 && (group & 0xff) != 0)
            || (padding == 2 && (group & 0xffff) != 0))
            return false;
        for (unsigned k = 0; k < 3 - padding; k++)
            decoding_add(&decoding, group >> (16 - 8 * k));
        group = 0;
        if (padding > 0)
            digits = 4;
    }
    decoding_flush(&decoding);
    return digits % 4 == 0 && padding <= 2 && !out->failed;
}

void base64_add(struct buf *out, struct bytes b)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < b.len; i += 3) {
        size_t n = b.len - i < 3 ? b.len - i : 3;
        uint32_t group = (uint32_t)b.at[i] << 16
                         | (n > 1 ? (uint32_t)b.at[i + 1] << 8 : 0)
                         | (n > 2 ? b.at[i + 2] : 0);
        uint8_t four[4];
        for (size_t k = 0; k < 4; k++)
            four[k] = k > n ? '=' : (uint8_t)digits[group >> (18 - 6 * k) & 63];
        buf_add(out, bytes_of(four, sizeof four));
    }
}

static int base64url_digit(uint8_t c)
{
    if (c == '-' || c == '_')
        return c == '-' ? 62 : 63;
    return c == '+' || c == '/' ? -1 : base64_digit(c);
}

bool base64url_read(struct bytes text, struct buf *out)
{
    struct decoding decoding = { .out = out };
    uint32_t group = 0;
    unsigned bits = 0; /* of the group that make no byte yet */

    for (size_t i = 0; i < text.len; i++) {
        int digit = base64url_digit(text.at[i]);
        if (digit < 0)
            return false;
        group = group << 6 | (uint32_t)digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            decoding_add(&decoding, group >> bits);
        }
    }
    decoding_flush(&decoding);
    /* unused bits must be zero: one encoding for one value */
    return text.len % 4 != 1 && (group & ((1U << bits) - 1)) == 0 && !out->failed;
}

bool percent_read(struct bytes text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];
        if (byte == '%') {
            if (text.len - i < 3 || !hex_read(bytes_of(text.at + i + 1, 2), &byte, 1))
                return false;
            i += 2;
        }
        buf_add_byte(out, byte);
    }
    return !out->failed;
}

static bool is_unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
           || c == '-' || c == '.' || c == '_' || c == '~';
}

void percent_add(struct buf *out, struct bytes b)
{
    for (size_t i = 0; i < b.len; i++) {
        uint8_t c = b.at[i];
        if (is_unreserved(c)) {
            buf_add_byte(out, c);
        } else {
            buf_add_byte(out, '%');
            buf_add_byte(out, (uint8_t)HEX_UPPER[c >> 4]);
            buf_add_byte(out, (uint8_t)HEX_UPPER[c & 15]);
        }
    }
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

bool text_equal_nocase(struct bytes a, struct bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

size_t utf8_sequence(struct bytes b)
{
    static const struct {
        uint8_t first_low, first_high, second_low, second_high, len;
    } rows[] = {
        { 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
        { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
        { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
        { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };
    size_t row = 0;

    if (b.len == 0)
        return 0;
    while (row < COUNT_OF(rows)
           && (b.at[0] < rows[row].first_low || b.at[0] > rows[row].first_high))
        row++;
    if (row == COUNT_OF(rows) || b.len < rows[row].len)
        return 0;
    if (rows[row].len > 1
        && (b.at[1] < rows[row].second_low || b.at[1] > rows[row].second_high))
        return 0;
    for (size_t i = 2; i < rows[row].len; i++)
        if (b.at[i] < 0x80 || b.at[i] > 0xbf)
            return 0;
    return rows[row].len;
}
