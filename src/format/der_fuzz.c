/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include <stdio.h>

#include "format/der.h"
#include "format/test_der.h"
#include "kit/text.h"

static bool lies_in(struct bytes part, struct bytes in)
{
    return part.len == 0 || (part.at >= in.at && part.at + part.len <= in.at + in.len);
}

static void add(struct buf *out, unsigned tag, struct bytes content)
{
    der_put(out, tag, content);
    FUZZ_CHECK(!out->failed);
}

/* A number written as DER writes it: padded where its highest bit is set. */
static void add_number(struct buf *out, unsigned tag, struct bytes number)
{
    bool padded = number.at[0] >= 0x80;

    der_put_header(out, tag, number.len + padded);
    if (padded)
        buf_add_byte(out, 0);
    buf_add(out, number);
}

static void add_time(struct buf *out, unsigned tag, int64_t seconds)
{
    struct utc_text t = utc(seconds); /* YYYY-MM-DDTHH:MM:SSZ */
    char text[16];

    snprintf(text, sizeof text, "%.4s%.2s%.2s%.2s%.2s%.2sZ", t.s, t.s + 5, t.s + 8,
             t.s + 11, t.s + 14, t.s + 17);
    add(out, tag, bytes_of_text(tag == DER_UTC_TIME ? text + 2 : text));
}

/* Reads the next value with the reader its tag asks for and writes the result again. */
static void read_and_write(struct der *d, unsigned tag, struct buf *again)
{
    struct der ahead = *d;

    if (tag == DER_INTEGER) {
        struct bytes number = der_number(d, 20, "number");
        FUZZ_CHECK(number.len <= 20);
        if (!der_failed(d))
            add_number(again, tag, number);
    } else if (tag == DER_ENUMERATED) {
        uint8_t small = (uint8_t)der_small(d, tag, UINT8_MAX, "enumerated");
        if (!der_failed(d))
            add_number(again, tag, bytes_of(&small, 1));
    } else if (tag == DER_BOOLEAN) {
        uint8_t yes = der_boolean(d, "boolean") ? 0xff : 0;
        add(again, tag, bytes_of(&yes, 1));
    } else if (tag == DER_BIT_STRING) {
        struct bytes bits = der_bits(d, "bits");
        der_put_header(again, tag, bits.len + 1);
        buf_add_byte(again, 0);
        buf_add(again, bits);
    } else if (tag == DER_UTC_TIME || tag == DER_GENERALIZED_TIME) {
        int64_t seconds = der_time(d, "time");
        if (!der_failed(d))
            add_time(again, tag, seconds);
    } else if (tag == DER_OID) {
        add(again, tag, der_oid(d, "oid"));
        FUZZ_CHECK(der_failed(d) || again->len > 2);
    } else {
        add(again, tag, der_content(d, tag, "value"));
    }
    FUZZ_CHECK(der_failed(d) || d->content.offset > ahead.content.offset);
}

/* One run of values. Whatever is read has one encoding: the one it came in. */
static size_t walk(struct bytes in, struct error *refusal)
{
    struct der d = der_over(in, refusal);
    size_t covered = 0;

    while (der_more(&d)) {
        struct der ahead = d;
        struct buf again;
        struct bytes whole = der_skip(&ahead, "value");
        if (der_failed(&d))
            break;
        FUZZ_CHECK(whole.len >= 2 && lies_in(whole, in));
        covered += whole.len;
        buf_init(&again, in.len + 8);
        read_and_write(&d, whole.at[0], &again);
        FUZZ_CHECK(der_failed(&d) || bytes_equal(buf_bytes(&again), whole));
        buf_fini(&again);
    }
    FUZZ_CHECK(covered <= in.len);
    FUZZ_CHECK(der_failed(&d) || covered == in.len);
    return covered;
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct error refusal = { 0 }, inside = { 0 };
    struct bytes in = bytes_of(at, len);
    struct der d = der_over(in, &inside);

    walk(in, &refusal);
    FUZZ_CHECK(refusal.kind == ERROR_NONE || refusal.text[0] != 0);
    if (!der_next_is(&d, DER_SEQUENCE))
        return 0;
    struct bytes content = der_content(&d, DER_SEQUENCE, "sequence");
    if (!der_failed(&d))
        walk(content, &inside);
    return 0;
}
