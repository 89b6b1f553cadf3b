/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include "format/der.h"
#include "format/test_der.h"
#include "kit/text.h"

/* What a table row reads its bytes with; the result as hex. */
enum reader { SEQUENCE, NUMBER, SMALL, BOOLEAN, DEFAULT_FALSE, BITS, OBJECT, SKIP };

static struct hex_text read_with(enum reader reader, struct bytes in,
                                 struct error *refusal)
{
    struct der d = der_over(in, refusal);
    struct bytes got = { 0 };
    uint8_t value[4] = { 0 };

    switch (reader) {
    case SEQUENCE:
        got = der_content(&d, DER_SEQUENCE, "field");
        break;
    case NUMBER:
        got = der_number(&d, 4, "field");
        break;
    case SMALL:
        value[0] = (uint8_t)der_small(&d, DER_INTEGER, 200, "field");
        got = bytes_of(value, 1);
        break;
    case BOOLEAN:
        value[0] = der_boolean(&d, "field");
        got = bytes_of(value, 1);
        break;
    case DEFAULT_FALSE:
        value[0] = der_default_false(&d, "field");
        got = bytes_of(value, 1);
        break;
    case BITS:
        got = der_bits(&d, "field");
        break;
    case OBJECT:
        got = der_oid(&d, "field");
        break;
    case SKIP:
        got = der_skip(&d, "field");
        break;
    }
    der_end(&d, "after it");
    return hex(got.at, got.len);
}

static void only_the_one_encoding_of_a_value_is_read(void **state)
{
    static const struct {
        const char *claim;
        enum reader reader;
        struct bytes in;
        const char *value, *refusal; /* one of the two */
    } cases[] = {
#define DER(text) { .at = (const uint8_t *)(text), .len = sizeof(text) - 1 }
        { "short length", SEQUENCE, DER("\x30\x02\x01\x02"), "0102", NULL },
        { "empty content", SEQUENCE, DER("\x30\x00"), "", NULL },
        { "other tag", SEQUENCE, DER("\x31\x00"), NULL, "field: tag 31, expected 30" },
        { "nothing", SEQUENCE, DER(""), NULL, "field is missing" },
        { "tag alone", SEQUENCE, DER("\x30"), NULL, "field ends early" },
        { "content cut", SEQUENCE, DER("\x30\x02\x01"), NULL, "field ends early" },
        { "one byte after", SEQUENCE, DER("\x30\x00\x00"), NULL,
          "after it: 1 bytes too many" },
        { "long length of a short one", SEQUENCE, DER("\x30\x81\x01\x01"), NULL,
          "fewest bytes" },
        { "length with a zero in front", SEQUENCE, DER("\x30\x82\x00\x80"), NULL,
          "fewest bytes" },
        { "length cut", SEQUENCE, DER("\x30\x82\x01"), NULL, "ends early" },
        { "indefinite length", SEQUENCE, DER("\x30\x80\x00\x00"), NULL,
          "length byte 80" },
        { "length of five bytes", SEQUENCE, DER("\x30\x85\x01\x01\x01\x01\x01"), NULL,
          "length byte 85" },
        { "length of four bytes, cut", SEQUENCE, DER("\x30\x84\xff\xff\xff\xff"), NULL,
          "ends early" },
        { "any tag", SKIP, DER("\x87\x01\x00"), "870100", NULL },
        { "tag of more bytes", SKIP, DER("\x1f\x81\x01\x00"), NULL, "tag 1f" },
        { "context tag of more bytes", SKIP, DER("\xbf\x01\x00"), NULL, "tag bf" },
        { "end of contents", SKIP, DER("\x00\x00"), NULL, "tag 00" },
        { "string in pieces", SKIP, DER("\x24\x03\x04\x01\x07"), NULL, "tag 24" },
        { "primitive SEQUENCE", SKIP, DER("\x10\x00"), NULL, "tag 10" },
        { "primitive SET", SKIP, DER("\x11\x00"), NULL, "tag 11" },
        { "context tag, constructed", SKIP, DER("\xa3\x02\x05\x00"), "a3020500", NULL },

        { "number", NUMBER, DER("\x02\x02\x01\x00"), "0100", NULL },
        { "zero is one byte", NUMBER, DER("\x02\x01\x00"), "00", NULL },
        { "sign padding goes", NUMBER, DER("\x02\x02\x00\x80"), "80", NULL },
        { "padding not needed", NUMBER, DER("\x02\x02\x00\x7f"), NULL, "fewest bytes" },
        { "negative padding", NUMBER, DER("\x02\x02\xff\x80"), NULL, "fewest bytes" },
        { "negative", NUMBER, DER("\x02\x01\x80"), NULL, "field is negative" },
        { "no content", NUMBER, DER("\x02\x00"), NULL, "number without content" },
        { "at the limit", NUMBER, DER("\x02\x05\x00\xff\x01\x02\x03"), "ff010203", NULL },
        { "past the limit", NUMBER, DER("\x02\x05\x01\x02\x03\x04\x05"), NULL,
          "number of 5 bytes, at most 4" },
        { "small", SMALL, DER("\x02\x02\x00\xc8"), "c8", NULL },
        { "not so small", SMALL, DER("\x02\x02\x00\xc9"), NULL, "is 201, at most 200" },
        { "five bytes", SMALL, DER("\x02\x05\x01\x00\x00\x00\x00"), NULL, "at most 4" },

        { "true", BOOLEAN, DER("\x01\x01\xff"), "01", NULL },
        { "false", BOOLEAN, DER("\x01\x01\x00"), "00", NULL },
        { "BER's true", BOOLEAN, DER("\x01\x01\x01"), NULL, "neither 00 nor ff" },
        { "two bytes", BOOLEAN, DER("\x01\x02\xff\xff"), NULL, "neither 00 nor ff" },
        { "default left out", DEFAULT_FALSE, DER(""), "00", NULL },
        { "not the default", DEFAULT_FALSE, DER("\x01\x01\xff"), "01", NULL },
        { "default spelled out", DEFAULT_FALSE, DER("\x01\x01\x00"), NULL,
          "FALSE is the default" },

        { "whole bytes", BITS, DER("\x03\x02\x00\x05"), "05", NULL },
        { "no bits", BITS, DER("\x03\x01\x00"), "", NULL },
        { "unused bits", BITS, DER("\x03\x02\x01\x04"), NULL, "not of whole bytes" },
        { "not even the count", BITS, DER("\x03\x00"), NULL, "not of whole bytes" },

        { "OID", OBJECT, DER("\x06\x03\x2a\x86\x48"), "2a8648", NULL },
        { "OID cut in an arc", OBJECT, DER("\x06\x02\x2a\x86"), NULL, "inside an arc" },
        { "OID without arcs", OBJECT, DER("\x06\x00"), NULL, "inside an arc" },
        { "OID arc padded", OBJECT, DER("\x06\x03\x2a\x80\x01"), NULL, "OID arc not" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error refusal = { 0 };
        struct hex_text got = read_with(cases[i].reader, cases[i].in, &refusal);
        if (cases[i].refusal != NULL)
            assert_refused(refusal, ERROR_FORMAT, cases[i].refusal);
        else if (refusal.kind != ERROR_NONE || strcmp(got.s, cases[i].value) != 0)
            fail_msg("%s: \"%s\" %s", cases[i].claim, got.s, refusal.text);
    }
}

static void dates_are_of_rfc_5280(void **state)
{
    static const struct {
        unsigned tag;
        const char *text, *date; /* date NULL: refused with why */
        const char *why;
    } cases[] = {
        { DER_UTC_TIME, "180521104510Z", "2018-05-21T10:45:10Z", NULL },
        { DER_UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z", NULL },
        { DER_UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z", NULL },
        { DER_UTC_TIME, "240229000000Z", "2024-02-29T00:00:00Z", NULL },
        { DER_UTC_TIME, "230229000000Z", NULL, "no date" },
        { DER_UTC_TIME, "181321104510Z", NULL, "no date" },
        { DER_UTC_TIME, "180521244510Z", NULL, "no date" },
        { DER_UTC_TIME, "180521104560Z", NULL, "no date" },
        { DER_UTC_TIME, "1805211045Z", NULL, "no date" },
        { DER_UTC_TIME, "180521104510", NULL, "no date" },
        { DER_UTC_TIME, "180521104510+", NULL, "no date" },
        { DER_UTC_TIME, "180521104510+0000", NULL, "no date" },
        { DER_UTC_TIME, "1805211045 0Z", NULL, "no date" },
        { DER_UTC_TIME, "180521104510Z0", NULL, "no date" },
        { DER_UTC_TIME, "", NULL, "no date" },
        { DER_GENERALIZED_TIME, "20500101000000Z", "2050-01-01T00:00:00Z", NULL },
        { DER_GENERALIZED_TIME, "99991231235959Z", "9999-12-31T23:59:59Z", NULL },
        { DER_GENERALIZED_TIME, "20491231235959Z", NULL, "year from 1950 to 2049" },
        { DER_GENERALIZED_TIME, "19500101000000Z", NULL, "year from 1950 to 2049" },
        { DER_GENERALIZED_TIME, "19491231235959Z", "1949-12-31T23:59:59Z", NULL },
        { DER_GENERALIZED_TIME, "20500101000000.0Z", NULL, "no date" },
        { DER_GENERALIZED_TIME, "500101000000Z", NULL, "no date" },
        { DER_OCTET_STRING, "180521104510Z", NULL, "tag 04, expected 17" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error refusal = { 0 };
        struct buf in;
        buf_init(&in, 64);
        der_put(&in, cases[i].tag, bytes_of_text(cases[i].text));
        struct der d = der_over(buf_bytes(&in), &refusal);
        int64_t seconds = der_time(&d, "field");
        if (cases[i].date == NULL)
            assert_refused(refusal, ERROR_FORMAT, cases[i].why);
        else if (refusal.kind != ERROR_NONE)
            fail_msg("%s: %s", cases[i].text, refusal.text);
        else
            assert_string_equal(utc(seconds).s, cases[i].date);
        buf_fini(&in);
    }
}

static void the_first_refusal_stays_and_ends_all_reading(void **state)
{
    struct error refusal = { 0 }, err = { 0 };
    struct der d = der_over(LITERAL_BYTES("\x30\x03\x02\x01\x07\x02\x01\x05"), &refusal);
    struct der inner = der_enter(&d, DER_SEQUENCE, "outer");

    (void)state;
    assert_int_equal(der_small(&inner, DER_INTEGER, 10, "inner"), 7);
    assert_false(der_more(&inner));
    assert_true(der_next_is(&d, DER_INTEGER));
    der_content(&inner, DER_INTEGER, "more");
    assert_refused(refusal, ERROR_FORMAT, "more is missing");
    assert_false(der_next_is(&d, DER_INTEGER)); /* another reader, the same document */
    assert_false(der_more(&d));
    assert_int_equal(der_small(&d, DER_INTEGER, 10, "second"), 0);
    der_refuse(&d, ERROR_LIMIT, "later");
    assert_false(der_done(&refusal, &err));
    assert_refused(err, ERROR_FORMAT, "more is missing");
}

static void whole_values_keep_their_header(void **state)
{
    struct error refusal = { 0 };
    struct der d = der_over(LITERAL_BYTES("\x04\x01\x09\x30\x02\x05\x00"), &refusal);

    (void)state;
    assert_int_equal(der_content(&d, DER_OCTET_STRING, "a").len, 1);
    struct bytes whole = der_whole(&d, DER_SEQUENCE, "b");
    assert_string_equal(hex(whole.at, whole.len).s, "30020500");
    assert_true(der_done(&refusal, NULL));
}

static void lengths_are_read_at_each_step_of_their_own(void **state)
{
    static const size_t lengths[] = { 0, 127, 128, 255, 256, 65535, 65536 };
    static const uint8_t zeros[65536];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct error refusal = { 0 };
        struct buf in;
        buf_init(&in, sizeof zeros + 16);
        der_put(&in, DER_OCTET_STRING, bytes_of(zeros, lengths[i]));
        struct der d = der_over(buf_bytes(&in), &refusal);
        assert_int_equal(der_content(&d, DER_OCTET_STRING, "field").len, lengths[i]);
        der_end(&d, "after it");
        assert_int_equal(refusal.kind, ERROR_NONE);
        d = der_over(bytes_first(buf_bytes(&in), in.len - 1), &refusal);
        der_content(&d, DER_OCTET_STRING, "field");
        assert_refused(refusal, ERROR_FORMAT, "field ends early");
        buf_fini(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_one_encoding_of_a_value_is_read),
        cmocka_unit_test(dates_are_of_rfc_5280),
        cmocka_unit_test(the_first_refusal_stays_and_ends_all_reading),
        cmocka_unit_test(whole_values_keep_their_header),
        cmocka_unit_test(lengths_are_read_at_each_step_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
