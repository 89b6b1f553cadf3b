/* SPDX-License-Identifier: Apache-2.0 */
#include "format/http_head.h"

#include "kit/text.h"

static const char DAYS[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char MONTHS[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

enum { DATE_LEN = 29, DAY_S = 86400 };

bool http_chain_read(struct bytes value, struct arena *arena, struct der_chain *out,
                     struct error *err)
{
    struct buf decoded;

    out->count = 0;
    if (value.len > HTTP_CHAIN_HEADER_MAX)
        return error_set(err, ERROR_LIMIT, "issuer chain header of %zu bytes, at most %d",
                         value.len, HTTP_CHAIN_HEADER_MAX);
    /* neither base64 nor a label holds a "%" */
    if (bytes_find(value, bytes_of_text("%")) == value.len)
        return pem_chain_read(value, arena, out, err)
               || error_within(err, "issuer chain header");

    buf_init(&decoded, HTTP_CHAIN_HEADER_MAX);
    bool ok = percent_read(value, &decoded);
    if (!ok)
        error_set(err, ERROR_FORMAT, "issuer chain header: bad percent-escape");
    else if (!pem_chain_read(buf_bytes(&decoded), arena, out, err))
        ok = error_within(err, "issuer chain header");
    buf_fini(&decoded);
    return ok;
}

void http_chain_write(struct buf *out, const struct der_chain *chain)
{
    struct buf pem;

    buf_init(&pem, X509_CHAIN_MAX * 2 * X509_CERTIFICATE_MAX);
    pem_chain_write(&pem, chain);
    if (pem.failed)
        out->failed = true;
    percent_add(out, buf_bytes(&pem));
    buf_fini(&pem);
}

/* The place of three letters in a table of such; -1 where they do not occur. */
static int name_index(struct bytes name, const char (*names)[4], int count)
{
    for (int i = 0; i < count; i++)
        if (bytes_equal_text(name, names[i]))
            return i;
    return -1;
}

static bool digits_read(struct bytes value, size_t offset, size_t len, int *number)
{
    int sum = 0;

    for (size_t i = offset; i < offset + len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return false;
        sum = sum * 10 + (value.at[i] - '0');
    }
    *number = sum;
    return true;
}

/* 1970-01-01 was a Thursday. */
static int weekday(int64_t seconds)
{
    int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);

    return (int)(((days + 4) % 7 + 7) % 7);
}

bool http_date_read(struct bytes value, int64_t *seconds)
{
    static const char form[] = "???, ?? ??? ???? ??:??:?? GMT";
    int day, year, hour, minute, second;
    int64_t read_s;

    if (value.len != DATE_LEN)
        return false;
    for (size_t i = 0; i < DATE_LEN; i++)
        if (form[i] != '?' && value.at[i] != (uint8_t)form[i])
            return false;
    if (!digits_read(value, 5, 2, &day) || !digits_read(value, 12, 4, &year)
        || !digits_read(value, 17, 2, &hour) || !digits_read(value, 20, 2, &minute)
        || !digits_read(value, 23, 2, &second))
        return false;
    int month = name_index(bytes_of(value.at + 8, 3), MONTHS, 12);
    if (month < 0 || !utc_from_civil(year, month + 1, day, hour, minute, second, &read_s)
        || weekday(read_s) != name_index(bytes_of(value.at, 3), DAYS, 7))
        return false;
    *seconds = read_s;
    return true;
}

void http_date_write(struct buf *out, int64_t seconds)
{
    struct utc_text text = utc(seconds); /* YYYY-MM-DDTHH:MM:SSZ */
    int month;

    if (!digits_read(bytes_of_text(text.s), 5, 2, &month)) {
        out->failed = true; /* beyond years 0000..9999 */
        return;
    }
    buf_addf(out, "%s, %.2s %s %.4s %.8s GMT", DAYS[weekday(seconds)], text.s + 8,
             MONTHS[month - 1], text.s, text.s + 11);
}

/* Decimal digits, leading zeros too; no number is too large, for it is capped. */
static bool delay_read(struct bytes value, int64_t *delay_s)
{
    int64_t sum = 0;

    for (size_t i = 0; i < value.len; i++) {
        int digit = value.at[i] - '0';
        if (digit < 0 || digit > 9)
            return false;
        sum = sum > (INT64_MAX - digit) / 10 ? INT64_MAX : sum * 10 + digit;
    }
    *delay_s = sum;
    return value.len > 0;
}

bool http_retry_after_read(struct bytes value, int64_t now_s, int64_t max_s,
                           int64_t *wait_s)
{
    int64_t wait, date_s;

    if (http_date_read(value, &date_s))
        wait = date_s > now_s ? date_s - now_s : 0;
    else if (!delay_read(value, &wait))
        return false;
    *wait_s = wait < max_s ? wait : max_s;
    return true;
}

static struct bytes without_blanks(struct bytes text)
{
    while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t'))
        text = bytes_after(text, 1);
    return text;
}

/* Takes one entity tag from the front, quotes included, W/ passed over; empty where there
 * is none. A tag holds 21, 23 to 7e and 80 on (RFC 9110, 8.8.3), so commas too. */
static struct bytes take_etag(struct bytes *list)
{
    struct bytes tag = *list;
    size_t len = 1;

    if (bytes_equal_text(bytes_first(tag, 2), "W/"))
        tag = bytes_after(tag, 2);
    if (tag.len == 0 || tag.at[0] != '"')
        return bytes_first(tag, 0);
    while (len < tag.len && tag.at[len] > 0x20 && tag.at[len] != '"'
           && tag.at[len] != 0x7f)
        len++;
    if (len == tag.len || tag.at[len] != '"')
        return bytes_first(tag, 0);
    *list = bytes_after(tag, len + 1);
    return bytes_first(tag, len + 1);
}

bool http_etag_matches(struct bytes if_none_match, struct bytes etag)
{
    struct bytes list = without_blanks(if_none_match);

    if (list.len > 0 && list.at[0] == '*')
        return without_blanks(bytes_after(list, 1)).len == 0;
    while (list.len > 0) {
        if (list.at[0] == ',') {
            list = without_blanks(bytes_after(list, 1));
            continue;
        }
        struct bytes tag = take_etag(&list);
        if (tag.len == 0)
            return false;
        list = without_blanks(list);
        if (list.len > 0 && list.at[0] != ',')
            return false;
        if (bytes_equal(tag, etag))
            return true;
    }
    return false;
}
