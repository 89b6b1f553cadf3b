/* SPDX-License-Identifier: Apache-2.0 */
#include "format/http_head.h"

#include "format/test_vectors.h"
#include "kit/test.h"
#include "kit/text.h"

#define PEM_ABC "-----BEGIN CERTIFICATE-----\n+/8A\n-----END CERTIFICATE-----\n"
#define ENCODED_ABC \
    "-----BEGIN%20CERTIFICATE-----%0A%2B%2F8A%0A-----END%20CERTIFICATE-----%0A"

static void a_chain_is_read_in_each_form_that_caches_send(void **state)
{
    static const struct {
        const char *claim, *value;
        size_t count;
    } cases[] = {
        { "as PCS sends it", ENCODED_ABC, 1 },
        { "two", ENCODED_ABC ENCODED_ABC, 2 },
        { "hex in lower case",
          "-----BEGIN%20CERTIFICATE-----%0a%2b%2f8A%0a-----END%20CERTIFICATE-----%0a",
          1 },
        { "only what must be, encoded",
          "-----BEGIN CERTIFICATE-----%0A+/8A%0A-----END CERTIFICATE-----", 1 },
        { "every byte encoded but the base64's",
          "%2D%2D%2D%2D%2DBEGIN%20CERTIFICATE%2D%2D%2D%2D%2D%0A+/8A%0A"
          "%2D%2D%2D%2D%2DEND%20CERTIFICATE%2D%2D%2D%2D%2D",
          1 },
        { "CRLF",
          "-----BEGIN%20CERTIFICATE-----%0D%0A%2B%2F8A%0D%0A"
          "-----END%20CERTIFICATE-----%0D%0A",
          1 },
        { "not encoded", PEM_ABC PEM_ABC, 2 },
        { "not encoded, folded",
          "-----BEGIN CERTIFICATE----- +/8A -----END CERTIFICATE-----", 1 },
        { "an encoded NUL at the end", ENCODED_ABC "%00", 1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct der_chain chain;
        struct arena arena;
        arena_init(&arena, 65536);
        if (!http_chain_read(bytes_of_text(cases[i].value), &arena, &chain, &err))
            fail_msg("%s: %s", cases[i].claim, err.text);
        assert_int_equal(chain.count, cases[i].count);
        assert_true(bytes_equal(chain.certificates[chain.count - 1],
                                bytes_of("\xfb\xff\x00", 3)));
        arena_fini(&arena);
    }
}

static void a_chain_one_step_away_is_refused(void **state)
{
    static const struct {
        const char *claim, *value, *refusal;
    } cases[] = {
        { "nothing", "", "issuer chain header: PEM: no \"-----BEGIN \"" },
        { "an escape cut", ENCODED_ABC "%0", "issuer chain header: bad percent-escape" },
        { "a lone %", ENCODED_ABC "%", "issuer chain header: bad percent-escape" },
        { "no hex", "-----BEGIN%2GCERTIFICATE-----", "bad percent-escape" },
        { "encoded twice",
          "-----BEGIN%2520CERTIFICATE-----%250AAAAA%250A-----END%2520CERTIFICATE-----",
          "issuer chain header: PEM: no \"-----BEGIN \"" },
        { "+ for a blank",
          "-----BEGIN+CERTIFICATE-----%0A%2B%2F8A%0A-----END+CERTIFICATE-----%0A",
          "issuer chain header: PEM: no \"-----BEGIN \"" },
        { "a NUL inside",
          "-----BEGIN%20CERTIFICATE-----%00%2B%2F8A%0A-----END%20CERT"
          "IFICATE-----%0A",
          "PEM: bad base64 in CERTIFICATE" },
        { "words", "none", "PEM: no \"-----BEGIN \" at \"none\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct der_chain chain;
        struct arena arena;
        arena_init(&arena, 65536);
        if (http_chain_read(bytes_of_text(cases[i].value), &arena, &chain, &err))
            fail_msg("%s: accepted", cases[i].claim);
        assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&arena);
    }
}

static void a_chain_header_has_a_limit(void **state)
{
    struct error err = { 0 };
    struct der_chain chain;
    struct arena arena;
    struct buf value;

    (void)state;
    arena_init(&arena, 65536);
    buf_init(&value, HTTP_CHAIN_HEADER_MAX + 1);
    buf_add_text(&value, ENCODED_ABC);
    while (value.len < HTTP_CHAIN_HEADER_MAX)
        buf_add_byte(&value, ' ');
    assert_ok(http_chain_read(buf_bytes(&value), &arena, &chain, &err), err);
    buf_add_byte(&value, ' ');
    assert_false(http_chain_read(buf_bytes(&value), &arena, &chain, &err));
    assert_refused(err, ERROR_LIMIT, "header of 32769 bytes, at most 32768");
    buf_fini(&value);
    arena_fini(&arena);
}

static void a_chain_is_written_as_pcs_writes_it(void **state)
{
    static const uint8_t der[] = { 0xfb, 0xff, 0x00 };
    const struct der_chain chain = {
        .certificates = { bytes_of(der, 3), bytes_of(der, 3) }, .count = 2
    };
    struct buf value, narrow;

    (void)state;
    buf_init(&value, 4096);
    buf_init(&narrow, 2 * strlen(ENCODED_ABC) - 1);
    http_chain_write(&value, &chain);
    assert_string_equal(buf_text(&value), ENCODED_ABC ENCODED_ABC);
    http_chain_write(&narrow, &chain);
    assert_true(narrow.failed);
    buf_fini(&value);
    buf_fini(&narrow);
}

static void add_without_line_ends(struct buf *out, struct bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (bytes_equal_text(bytes_first(bytes_after(value, i), 3), "%0A"))
            i += 2;
        else
            buf_add_byte(out, value.at[i]);
    }
}

static void write_again(const char *path, struct bytes value)
{
    struct error err = { 0 };
    struct der_chain chain;
    struct arena arena;
    struct buf again, expected, got;

    arena_init(&arena, 65536);
    buf_init(&again, HTTP_CHAIN_HEADER_MAX);
    buf_init(&expected, HTTP_CHAIN_HEADER_MAX);
    buf_init(&got, HTTP_CHAIN_HEADER_MAX);
    if (!http_chain_read(value, &arena, &chain, &err))
        fail_msg("%s: %s", path, err.text);
    http_chain_write(&again, &chain);
    add_without_line_ends(&expected, value);
    add_without_line_ends(&got, buf_bytes(&again));
    assert_string_equal(buf_text(&got), buf_text(&expected));
    buf_fini(&got);
    buf_fini(&expected);
    buf_fini(&again);
    arena_fini(&arena);
}

/* Every percent-encoded certificate in Intel's lists; lines of 2019 were longer. */
static void find_certificates(const char *path, struct bytes content, void *context)
{
    const struct bytes begin = bytes_of_text("-----BEGIN%20");
    size_t *count = context;

    for (size_t at; (at = bytes_find(content, begin)) < content.len; ++*count) {
        content = bytes_after(content, at);
        struct bytes value = bytes_first(content, bytes_find(content, bytes_of("\"", 1)));
        write_again(path, value);
        content = bytes_after(content, value.len);
    }
}

static void what_intel_encoded_is_written_as_it_came(void **state)
{
    size_t count = 0;

    (void)state;
    each_vector("vectors/intel/pckcerts", ".json", find_certificates, &count);
    assert_true(count >= 12);
}

static void dates_are_imf_fixdate_and_nothing_else(void **state)
{
    static const struct {
        const char *text, *date; /* date NULL: refused */
    } cases[] = {
        { "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z" },
        { "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z" },
        { "Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59Z" },
        { "Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59Z" },
        { "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z" },
        { "Mon, 06 Nov 1994 08:49:37 GMT", NULL }, /* it was a Sunday */
        { "Wed, 29 Feb 2023 00:00:00 GMT", NULL },
        { "sun, 06 Nov 1994 08:49:37 GMT", NULL },
        { "Sun, 06 nov 1994 08:49:37 GMT", NULL },
        { "Sun, 06 Nov 1994 08:49:37 UTC", NULL },
        { "Sun, 06 Nov 1994 08:49:37 GXT", NULL },
        { "Sun, 06 Nov 1994 08:49:37 GMT ", NULL },
        { "Sun, 06 Nov 1994 08:49:37", NULL },
        { "Sun, 6 Nov 1994 08:49:37 GMT", NULL },
        { "Sun; 06 Nov 1994 08:49:37 GMT", NULL },
        { "Sun, 06-Nov-1994 08:49:37 GMT", NULL },
        { "Sun, 06 Nov 1994 24:00:00 GMT", NULL },
        { "Sun, 06 Nov 1994 08:49:60 GMT", NULL },
        { "Sun, 0x Nov 1994 08:49:37 GMT", NULL },
        { "Sunday, 06-Nov-94 08:49:37 GMT", NULL }, /* obsolete: RFC 850 */
        { "Sun Nov  6 08:49:37 1994", NULL },       /* obsolete: asctime */
        { "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t seconds = 0;
        struct buf again;
        bool ok = http_date_read(bytes_of_text(cases[i].text), &seconds);
        if (ok != (cases[i].date != NULL))
            fail_msg("\"%s\" is%s accepted", cases[i].text, ok ? "" : " not");
        if (!ok)
            continue;
        assert_string_equal(utc(seconds).s, cases[i].date);
        buf_init(&again, 64);
        http_date_write(&again, seconds);
        assert_string_equal(buf_text(&again), cases[i].text);
        buf_fini(&again);
    }
}

static void a_moment_without_a_date_is_not_written(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    http_date_write(&out, INT64_MAX / 2);
    assert_true(out.failed);
    assert_int_equal(out.len, 0);
    buf_fini(&out);
}

static void retry_after_is_a_delay_or_a_date_and_capped(void **state)
{
    enum { NOW_S = 784111777, MAX_S = 3600 }; /* Sun, 06 Nov 1994 08:49:37 GMT */
    static const struct {
        const char *value;
        int64_t wait_s; /* -1: refused */
    } cases[] = {
        { "0", 0 },
        { "120", 120 },
        { "0120", 120 },
        { "3600", 3600 },
        { "3601", 3600 },
        { "9223372036854775807", 3600 },
        { "9223372036854775808", 3600 },
        { "92233720368547758070000000000000000000001", 3600 },
        { "Sun, 06 Nov 1994 08:49:47 GMT", 10 },
        { "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
        { "Sun, 06 Nov 1994 08:49:36 GMT", 0 },
        { "Sun, 06 Nov 1994 12:49:37 GMT", 3600 },
        { "", -1 },
        { "-1", -1 },
        { "+1", -1 },
        { "1.5", -1 },
        { "1 ", -1 },
        { "120s", -1 },
        { "92233720368547758070000000000000000000001x", -1 },
        { "tomorrow", -1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t wait_s = -1;
        bool ok =
            http_retry_after_read(bytes_of_text(cases[i].value), NOW_S, MAX_S, &wait_s);
        if (ok != (cases[i].wait_s >= 0) || wait_s != cases[i].wait_s)
            fail_msg("\"%s\": %lld s", cases[i].value, (long long)wait_s);
    }
}

static void an_entity_tag_is_found_in_a_list_by_weak_comparison(void **state)
{
    static const struct {
        const char *if_none_match;
        bool matches; /* "abc" */
    } cases[] = {
        { "\"abc\"", true },
        { "W/\"abc\"", true },
        { "*", true },
        { " * ", true },
        { "\"x\", \"abc\"", true },
        { "\"x\",W/\"abc\",\"y\"", true },
        { "\"a,b\" ,\t\"abc\"", true },
        { ", ,\"abc\"", true },
        { "\"\xc3\xa9\", \"abc\"", true },
        { "\"ab\"", false },
        { "\"abcd\"", false },
        { "\"ABC\"", false },
        { "abc", false },
        { "w/\"abc\"", false },
        { "W/ \"abc\"", false },
        { "\"abc", false },
        { "\"x\" \"abc\"", false },
        { "\"x y\", \"abc\"", false },
        { "x, \"abc\"", false },
        { "*, \"abc\"", false },
        { "**", false },
        { "\"\"", false },
        { "W/", false },
        { "\"", false },
        { "", false },
        { ",", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (http_etag_matches(bytes_of_text(cases[i].if_none_match),
                              bytes_of_text("\"abc\""))
            != cases[i].matches)
            fail_msg("%s does%s match", cases[i].if_none_match,
                     cases[i].matches ? " not" : "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_read_in_each_form_that_caches_send),
        cmocka_unit_test(a_chain_one_step_away_is_refused),
        cmocka_unit_test(a_chain_header_has_a_limit),
        cmocka_unit_test(a_chain_is_written_as_pcs_writes_it),
        cmocka_unit_test(what_intel_encoded_is_written_as_it_came),
        cmocka_unit_test(dates_are_imf_fixdate_and_nothing_else),
        cmocka_unit_test(a_moment_without_a_date_is_not_written),
        cmocka_unit_test(retry_after_is_a_delay_or_a_date_and_capped),
        cmocka_unit_test(an_entity_tag_is_found_in_a_list_by_weak_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
