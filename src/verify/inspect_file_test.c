/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/inspect_file.h"

#include "kit/test.h"

#define MAX 4096
/* No certificate, but it begins like one: SEQUENCE { SEQUENCE { [0] {} } } */
#define LIKE_CERTIFICATE "\x30\x04\x30\x02\xa0\x00"
#define LIKE_CRL "\x30\x05\x30\x03\x02\x01\x01"
#define CERTIFICATE_PEM \
    "-----BEGIN CERTIFICATE-----\nMAQwAqAA\n-----END CERTIFICATE-----\n"
#define CRL_PEM "-----BEGIN X509 CRL-----\nMAUwAwIBAQ==\n-----END X509 CRL-----\n"
#define CERTIFICATE_PERCENT                       \
    "-----BEGIN%20CERTIFICATE-----%0AMAQwAqAA%0A" \
    "-----END%20CERTIFICATE-----%0A"

#define TEXT(text) bytes_of((text), sizeof(text) - 1)
#define NONE bytes_of(NULL, 0)

static void what_a_file_holds_and_how_it_is_written(void **state)
{
    const struct {
        struct bytes file;
        const char *encoding;
        size_t certificates;
        struct bytes crl, json;
    } cases[] = {
        { TEXT(LIKE_CERTIFICATE), "DER", 1, NONE, NONE },
        { TEXT(LIKE_CRL), "DER", 0, TEXT(LIKE_CRL), NONE },
        { TEXT(CERTIFICATE_PEM), "PEM", 1, NONE, NONE },
        { TEXT("\n " CERTIFICATE_PEM CERTIFICATE_PEM), "PEM", 2, NONE, NONE },
        { TEXT(CRL_PEM), "PEM", 0, TEXT(LIKE_CRL), NONE },
        { TEXT(CERTIFICATE_PERCENT), "PEM", 1, NONE, NONE },
        { TEXT(CERTIFICATE_PERCENT CERTIFICATE_PERCENT "\r\n"), "PEM", 2, NONE, NONE },
        { TEXT("30043002a000"), "hex", 1, NONE, NONE },
        { TEXT(" 30 04 30\t02\r\na0 0\n0\n"), "hex", 1, NONE, NONE },
        { TEXT("30043002A000"), "hex", 1, NONE, NONE },
        { TEXT("30053003020101"), "hex", 0, TEXT(LIKE_CRL), NONE },
        { TEXT("{}"), "JSON", 0, NONE, TEXT("{}") },
        { TEXT("\n {\"a\":1}\n"), "JSON", 0, NONE, TEXT("\n {\"a\":1}\n") },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct inspect_file found;
        struct error err = { 0 };
        struct arena arena;
        arena_init(&arena, 1 << 16);
        assert_ok(inspect_file_read(cases[i].file, MAX, &arena, &found, &err), err);
        assert_string_equal(found.encoding, cases[i].encoding);
        assert_int_equal(found.ders.count, cases[i].certificates);
        for (size_t j = 0; j < found.ders.count; j++)
            assert_true(bytes_equal(found.ders.certificates[j], TEXT(LIKE_CERTIFICATE)));
        assert_true(bytes_equal(found.crl, cases[i].crl));
        assert_true(bytes_equal(found.json, cases[i].json));
        arena_fini(&arena);
    }
}

static void what_holds_nothing_we_know_is_refused(void **state)
{
    const struct {
        struct bytes file;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { TEXT(""), ERROR_FORMAT, "there is nothing in it" },
        { TEXT(" \r\n\t "), ERROR_FORMAT, "there is nothing in it" },
        { TEXT("\x01\x02"), ERROR_FORMAT, "it begins with \"\\x01\\x02\"" },
        { TEXT("<html><body>not found"), ERROR_FORMAT, "with \"<html><body>not \"" },
        { TEXT("[]"), ERROR_FORMAT, "neither PEM, DER, hex of DER nor a JSON object" },
        { TEXT("\xef\xbb\xbf{}"), ERROR_FORMAT, "neither PEM" },
        { TEXT("30043002a00"), ERROR_FORMAT, "hex: 11 digits, which is odd" },
        { TEXT("30 8g"), ERROR_FORMAT, "hex: no digit before byte 5" },
        { TEXT("30043002a000\0"), ERROR_FORMAT, "hex: 13 digits" },
        { TEXT("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"),
          ERROR_FORMAT, "PEM" },
        { TEXT("-----BEGIN CERTIFICATE-----\nMAQwAqAA\n"), ERROR_FORMAT, "PEM" },
        { TEXT(CERTIFICATE_PEM CRL_PEM), ERROR_FORMAT, "PEM" },
        { TEXT(CRL_PEM CRL_PEM), ERROR_FORMAT, "PEM" },
        { TEXT("-----BEGIN%20CERTIFICATE-----%0"), ERROR_FORMAT, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct inspect_file found;
        struct error err = { 0 };
        struct arena arena;
        arena_init(&arena, 1 << 16);
        if (inspect_file_read(cases[i].file, MAX, &arena, &found, &err))
            fail_msg("case %zu is %s", i, found.encoding);
        assert_refused(err, cases[i].kind, cases[i].part);
        arena_fini(&arena);
    }
}

static void there_is_a_largest_file(void **state)
{
    struct inspect_file found;
    struct error err = { 0 };
    struct arena arena;
    char spaces[MAX + 1];

    (void)state;
    memset(spaces, ' ', sizeof spaces);
    memcpy(spaces, "30043002a000", 12);
    arena_init(&arena, 1 << 16);
    assert_ok(inspect_file_read(bytes_of(spaces, MAX), MAX, &arena, &found, &err), err);
    assert_false(inspect_file_read(bytes_of(spaces, MAX + 1), MAX, &arena, &found, &err));
    assert_refused(err, ERROR_LIMIT, "4097 bytes, at most 4096");
    arena_fini(&arena);
    arena_init(&arena, 8);
    assert_false(inspect_file_read(bytes_of(spaces, MAX), MAX, &arena, &found, &err));
    assert_refused(err, ERROR_LIMIT, "no room for 4096 bytes of hex");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_file_holds_and_how_it_is_written),
        cmocka_unit_test(what_holds_nothing_we_know_is_refused),
        cmocka_unit_test(there_is_a_largest_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
