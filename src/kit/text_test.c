/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kit/text.h"

enum { ROOM = 4096 };

static void hex_goes_there_and_back(void **state)
{
    uint8_t all[256], back[256];
    struct buf text;

    (void)state;
    for (unsigned i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    buf_init(&text, ROOM);
    hex_add(&text, bytes_of(all, 256));
    assert_int_equal(text.len, 512);
    assert_true(hex_read(buf_bytes(&text), back, 256));
    assert_memory_equal(all, back, 256);
    buf_fini(&text);

    assert_string_equal(hex("", 0).s, "");
    assert_string_equal(hex("\x00\xaf\xff", 3).s, "00afff");
    assert_int_equal(strlen(hex(all, 64).s), 128);
    assert_int_equal(strlen(hex(all, 65).s), 130);
    assert_string_equal(hex(all, 65).s + 126, "3f..");
}

static void hex_is_exact(void **state)
{
    static const struct {
        const char *digits;
        size_t len;
        bool ok;
    } cases[] = {
        { "", 0, true },      { "00fF", 2, true },   { "00f", 2, false },
        { "00ff", 1, false }, { "00ff0", 2, false }, { "00fg", 2, false },
        { "0x00", 2, false }, { " 0ff", 2, false },  { "0/ff", 2, false },
        { "0:ff", 2, false }, { "0@ff", 2, false },  { "0`ff", 2, false },
        { "AB", 1, true },    { "aG", 1, false },    { "\xff\xff", 1, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t out[4];
        if (hex_read(bytes_of_text(cases[i].digits), out, cases[i].len) != cases[i].ok)
            fail_msg("\"%s\" to %zu bytes", cases[i].digits, cases[i].len);
    }
}

/* Against the C library, over all the years that a date can have. */
static void dates_are_the_librarys(void **state)
{
    (void)state;
    for (int64_t s = -62167219200; s <= 253402300799; s += 86400 * 97 + 12347) {
        time_t moment = (time_t)s;
        struct tm civil;
        char expected[32];
        int64_t back = 0;
        assert_non_null(gmtime_r(&moment, &civil));
        int len = snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02dZ",
                           civil.tm_year + 1900, civil.tm_mon + 1, civil.tm_mday,
                           civil.tm_hour, civil.tm_min, civil.tm_sec);
        assert_int_equal(len, 20);
        assert_string_equal(utc(s).s, expected);
        assert_true(utc_read(bytes_of_text(expected), &back));
        assert_int_equal(back, s);
    }
}

static void only_moments_that_exist_are_dates(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t seconds;
    } cases[] = {
        { "1970-01-01T00:00:00Z", true, 0 },
        { "1969-12-31T23:59:59Z", true, -1 },
        { "2025-06-20T00:00:00Z", true, 1750377600 },
        { "2024-02-29T23:59:59Z", true, 1709251199 },
        { "2000-02-29T00:00:00Z", true, 951782400 },
        { "9999-12-31T23:59:59Z", true, 253402300799 },
        { "0000-01-01T00:00:00Z", true, -62167219200 },
        { "2025-02-29T00:00:00Z", false, 0 },
        { "2100-02-29T00:00:00Z", false, 0 },
        { "2025-04-31T00:00:00Z", false, 0 },
        { "2025-00-10T00:00:00Z", false, 0 },
        { "2025-13-10T00:00:00Z", false, 0 },
        { "2025-01-00T00:00:00Z", false, 0 },
        { "2025-01-32T00:00:00Z", false, 0 },
        { "2025-06-20T24:00:00Z", false, 0 },
        { "2025-06-20T00:60:00Z", false, 0 },
        { "2016-12-31T23:59:60Z", false, 0 },
        { "2025-06-20T00:00:00", false, 0 },
        { "2025-06-20T00:00:00z", false, 0 },
        { "2025-06-20t00:00:00Z", false, 0 },
        { "2025-06-20 00:00:00Z", false, 0 },
        { "2025-06-20T00:00:00.0Z", false, 0 },
        { "2025-06-20T00:00:00+00:00", false, 0 },
        { "2025-6-20T00:00:00Z", false, 0 },
        { "+025-06-20T00:00:00Z", false, 0 },
        { "2025-06-20T 0:00:00Z", false, 0 },
        { "2025/06/20T00:00:00Z", false, 0 },
        { "", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t seconds = 0;
        bool ok = utc_read(bytes_of_text(cases[i].text), &seconds);
        if (ok != cases[i].ok || (ok && seconds != cases[i].seconds))
            fail_msg("%s: %lld", cases[i].text, (long long)seconds);
    }
    assert_string_equal(utc(253402300800).s, "(no date)");
    assert_string_equal(utc(-62167219201).s, "(no date)");
    assert_string_equal(utc(INT64_MAX).s, "(no date)");
    assert_string_equal(utc(INT64_MIN).s, "(no date)");
}

static void civil_fields_have_their_ranges(void **state)
{
    int64_t s;

    (void)state;
    assert_true(utc_from_civil(2025, 6, 20, 0, 0, 0, &s) && s == 1750377600);
    assert_true(utc_from_civil(2025, 6, 20, 23, 59, 59, &s) && s == 1750463999);
    assert_false(utc_from_civil(-1, 6, 20, 0, 0, 0, &s));
    assert_false(utc_from_civil(10000, 6, 20, 0, 0, 0, &s));
    assert_false(utc_from_civil(2025, 0, 20, 0, 0, 0, &s));
    assert_false(utc_from_civil(2025, 6, -1, 0, 0, 0, &s));
    assert_false(utc_from_civil(2025, 6, 20, -1, 0, 0, &s));
    assert_false(utc_from_civil(2025, 6, 20, 0, -1, 0, &s));
    assert_false(utc_from_civil(2025, 6, 20, 0, 0, -1, &s));
    assert_false(utc_from_civil(2025, 6, 20, 0, 0, 60, &s));
}

static void what_comes_from_outside_is_made_printable(void **state)
{
    static const struct {
        const char *in;
        size_t len;
        const char *out;
    } cases[] = {
        { "", 0, "" },
        { "Intel SGX ~!", 12, "Intel SGX ~!" },
        { "a\nb\r\0c", 6, "a\\x0ab\\x0d\\x00c" },
        { "\x1b[31m", 5, "\\x1b[31m" },
        { "\"\\", 2, "\\x22\\x5c" },
        { "\x7f\x80\xff", 3, "\\x7f\\x80\\xff" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(safe(bytes_of(cases[i].in, cases[i].len)).s, cases[i].out);
    assert_string_equal(safe_string(NULL).s, "(none)");
    assert_string_equal(safe_string("x\ty").s, "x\\x09y");
}

static void what_is_longer_than_160_characters_is_cut(void **state)
{
    char text[200];

    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t len = 0; len <= sizeof text; len++) {
        struct safe_text shown = safe(bytes_of(text, len));
        size_t said = strlen(shown.s);
        assert_true(said <= 160);
        if (len <= 160)
            assert_int_equal(said, len);
        else
            assert_string_equal(shown.s + said - 3, "a..");
    }
    memset(text, 0x80, sizeof text); /* four characters each */
    assert_int_equal(strlen(safe(bytes_of(text, 40)).s), 160);
    assert_string_equal(safe(bytes_of(text, 40)).s + 156, "\\x80");
    assert_string_equal(safe(bytes_of(text, 41)).s + 152, "\\x80..");
}

static void decimals_have_one_spelling(void **state)
{
    static const struct {
        const char *digits;
        uint64_t max;
        bool ok;
        uint64_t value;
    } cases[] = {
        { "0", 0, true, 0 },
        { "7", 7, true, 7 },
        { "8", 7, false, 0 },
        { "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
        { "18446744073709551616", UINT64_MAX, false, 0 },
        { "99999999999999999999", UINT64_MAX, false, 0 },
        { "100000000000000000000000", UINT64_MAX, false, 0 },
        { "", 9, false, 0 },
        { "00", 9, false, 0 },
        { "07", 9, false, 0 },
        { "+7", 9, false, 0 },
        { "-0", 9, false, 0 },
        { " 7", 9, false, 0 },
        { "7 ", 9, false, 0 },
        { "7.0", 99, false, 0 },
        { "1/", 99, false, 0 },
        { "1:", 99, false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t value = 0;
        bool ok = decimal_read(bytes_of_text(cases[i].digits), cases[i].max, &value);
        if (ok != cases[i].ok || (ok && value != cases[i].value))
            fail_msg("\"%s\"", cases[i].digits);
    }
}

static void base64_goes_there_and_back(void **state)
{
    static const char *const known[][2] = { /* RFC 4648, section 10 */
                                            { "", "" },
                                            { "f", "Zg==" },
                                            { "fo", "Zm8=" },
                                            { "foo", "Zm9v" },
                                            { "foob", "Zm9vYg==" },
                                            { "fooba", "Zm9vYmE=" },
                                            { "foobar", "Zm9vYmFy" }
    };
    uint8_t any[64];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct buf out;
        buf_init(&out, ROOM);
        base64_add(&out, bytes_of_text(known[i][0]));
        assert_string_equal(buf_text(&out), known[i][1]);
        buf_clear(&out);
        assert_true(base64_read(bytes_of_text(known[i][1]), false, &out));
        assert_string_equal(buf_text(&out), known[i][0]);
        buf_fini(&out);
    }
    for (unsigned i = 0; i < sizeof any; i++)
        any[i] = (uint8_t)(i * 37 + 250);
    for (size_t len = 0; len <= sizeof any; len++) {
        struct buf text, back;
        buf_init(&text, ROOM);
        buf_init(&back, ROOM);
        base64_add(&text, bytes_of(any, len));
        assert_true(base64_read(buf_bytes(&text), false, &back));
        assert_true(bytes_equal(buf_bytes(&back), bytes_of(any, len)));
        buf_fini(&text);
        buf_fini(&back);
    }
}

static void base64_has_one_spelling(void **state)
{
    static const struct {
        const char *claim, *text;
        bool plain, spaced; /* accepted without and with white space allowed */
    } cases[] = {
        { "no padding", "Zg", false, false },
        { "too little padding", "Zg=", false, false },
        { "too much padding", "Zg===", false, false },
        { "padding alone", "====", false, false },
        { "three of padding", "Z===", false, false },
        { "padding in the middle", "Zg==Zg==", false, false },
        { "padding inside a group", "Z=g=", false, false },
        { "a group after the end", "Zg======", false, false },
        { "bits that are not used", "Zh==", false, false },
        { "bits that are not used, two bytes", "Zm9=", false, false },
        { "the other alphabet", "-_-_", false, false },
        { "a letter too many", "Zm9vY", false, false },
        { "an escape", "Zm%39", false, false },
        { "a line break", "Zm9v\r\nYg==\n", false, true },
        { "a space inside", " Zm 9v\tY g = = ", false, true },
        { "a form feed", "Zm9v\f", false, false },
        { "both ends of the alphabet", "+/+/AZaz", true, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int spaced = 0; spaced <= 1; spaced++) {
            struct buf out;
            buf_init(&out, ROOM);
            bool ok = base64_read(bytes_of_text(cases[i].text), spaced, &out);
            if (ok != (spaced ? cases[i].spaced : cases[i].plain))
                fail_msg("%s: %d", cases[i].claim, ok);
            buf_fini(&out);
        }
    }
    struct buf small;
    buf_init(&small, 2);
    assert_false(base64_read(bytes_of_text("Zm9v"), false, &small));
    buf_fini(&small);
}

static void base64url_has_one_spelling(void **state)
{
    static const struct {
        const char *claim, *text, *meant; /* NULL: refused */
    } cases[] = {
        { "nothing", "", "" },
        { "one byte", "Zg", "f" },
        { "two bytes", "Zm8", "fo" },
        { "three", "Zm9v", "foo" },
        { "four", "Zm9vYg", "foob" },
        { "its own digits", "_-_-", "\xff\xef\xfe" },
        { "padding", "Zg==", NULL },
        { "padding of one", "Zm8=", NULL },
        { "the other alphabet", "+/+/", NULL },
        { "one of the other alphabet", "Zm+v", NULL },
        { "a lone digit", "Z", NULL },
        { "a digit too many", "Zm9vZ", NULL },
        { "bits that are not used", "Zh", NULL },
        { "bits that are not used, two bytes", "Zm9", NULL },
        { "a blank", "Zm 8", NULL },
        { "a line end", "Zm8\n", NULL },
        { "a dot", "Zm.8", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out;
        buf_init(&out, ROOM);
        bool ok = base64url_read(bytes_of_text(cases[i].text), &out);
        if (ok != (cases[i].meant != NULL))
            fail_msg("%s: %d", cases[i].claim, ok);
        if (ok)
            assert_string_equal(buf_text(&out), cases[i].meant);
        buf_fini(&out);
    }
    struct buf small;
    buf_init(&small, 2);
    assert_false(base64url_read(bytes_of_text("Zm9v"), &small));
    buf_fini(&small);
}

static void percent_goes_there_and_back(void **state)
{
    uint8_t all[256];
    struct buf text, back;

    (void)state;
    for (unsigned i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    buf_init(&text, ROOM);
    buf_init(&back, ROOM);
    percent_add(&text, bytes_of(all, 256));
    assert_int_equal(text.len, 66 + 190 * 3); /* RFC 3986, 2.3: 66 stay as they are */
    assert_true(percent_read(buf_bytes(&text), &back));
    assert_true(bytes_equal(buf_bytes(&back), bytes_of(all, 256)));
    buf_clear(&text);
    percent_add(&text, bytes_of_text("-----BEGIN a~b._/+\n"));
    assert_string_equal(buf_text(&text), "-----BEGIN%20a~b._%2F%2B%0A");
    buf_fini(&text);
    buf_fini(&back);
}

static void percent_wants_two_digits(void **state)
{
    static const struct {
        const char *text, *meant; /* NULL: refused */
    } cases[] = {
        { "", "" },      { "a+b", "a+b" }, { "%41%4a%4A", "AJJ" }, { "%2541", "%41" },
        { "%", NULL },   { "%4", NULL },   { "a%", NULL },         { "%4g", NULL },
        { "%g4", NULL }, { "%%41", NULL }, { "% 41", NULL },       { "%u0041", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t len = strlen(cases[i].text);
        uint8_t *exact = malloc(len == 0 ? 1 : len);
        struct buf out;
        assert_non_null(exact);
        memcpy(exact, cases[i].text, len);
        buf_init(&out, ROOM);
        bool ok = percent_read(bytes_of(exact, len), &out);
        assert_int_equal(ok, cases[i].meant != NULL);
        if (ok)
            assert_string_equal(buf_text(&out), cases[i].meant);
        buf_fini(&out);
        free(exact);
    }
}

static void case_is_passed_over_for_ascii_only(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        { "", "", true },          { "TDX_0a", "tdx_0A", true },
        { "az", "AZ", true },      { "a", "ab", false },
        { "[", "{", false },       { "@", "`", false },
        { "\xc4", "\xe4", false }, { "k", "\xe2\x84\xaa", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(
            text_equal_nocase(bytes_of_text(cases[i].a), bytes_of_text(cases[i].b)),
            cases[i].equal);
}

static void a_sequence_of_utf8_is_whole_and_shortest(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
        { "", 0 },
        { "a\xff", 1 },
        { "\xc3\xa9\xa9", 2 },
        { "\xc3", 0 },
        { "\xc1\xbf", 0 },
        { "\xe2\x80\xa8", 3 },
        { "\xe2\x80", 0 },
        { "\xe0\x9f\xbf", 0 },
        { "\xed\xa0\x80", 0 },
        { "\xa9", 0 },
        { "\xf0\x90\x80\x80", 4 },
        { "\xf0\x8f\xbf\xbf", 0 },
        { "\xf5", 0 },
        { "\xf4\x8f\xbf\xbf", 4 },
        { "\xf4\x90\x80\x80", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(utf8_sequence(bytes_of_text(cases[i].text)), cases[i].len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_goes_there_and_back),
        cmocka_unit_test(hex_is_exact),
        cmocka_unit_test(dates_are_the_librarys),
        cmocka_unit_test(only_moments_that_exist_are_dates),
        cmocka_unit_test(civil_fields_have_their_ranges),
        cmocka_unit_test(what_comes_from_outside_is_made_printable),
        cmocka_unit_test(what_is_longer_than_160_characters_is_cut),
        cmocka_unit_test(decimals_have_one_spelling),
        cmocka_unit_test(base64_goes_there_and_back),
        cmocka_unit_test(base64_has_one_spelling),
        cmocka_unit_test(base64url_has_one_spelling),
        cmocka_unit_test(percent_goes_there_and_back),
        cmocka_unit_test(percent_wants_two_digits),
        cmocka_unit_test(case_is_passed_over_for_ascii_only),
        cmocka_unit_test(a_sequence_of_utf8_is_whole_and_shortest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
