/* SPDX-License-Identifier: Apache-2.0 */
#include "format/evidence_text.h"

#include "format/quote.h"
#include <stdlib.h>

#include "kit/test.h"
#include "kit/text.h"

/* How quotes (version, key type, TEE type) and reports (version, guest SVN) begin. */
#define QUOTE_HEX "0400020081000000"
#define QUOTE_BASE64 "BAACAIEAAAA="
#define REPORT_HEX "0300000000000000"

static void evidence_is_known_in_every_encoding(void **state)
{
    static const struct {
        const char *text, *encoding;
        enum evidence_kind kind;
        const char *raw; /* hex */
    } cases[] = {
        { QUOTE_HEX, "hex", EVIDENCE_QUOTE, QUOTE_HEX },
        { "0x" QUOTE_HEX, "hex", EVIDENCE_QUOTE, QUOTE_HEX },
        { " 0400 0200\n81000000\r\n", "hex", EVIDENCE_QUOTE, QUOTE_HEX },
        { QUOTE_BASE64, "base64", EVIDENCE_QUOTE, QUOTE_HEX },
        { "BAACAIEAAAA", "base64", EVIDENCE_QUOTE, QUOTE_HEX },
        { "BAAC\nAIEA\nAAA=\n", "base64", EVIDENCE_QUOTE, QUOTE_HEX },
        { "BAACAIEAAAD_", "base64url", EVIDENCE_QUOTE, "0400020081000000ff" },
        { "BAACAIEAAAD/", "base64", EVIDENCE_QUOTE, "0400020081000000ff" },
        { "-----BEGIN QUOTE-----\nBAACAIEAAAA=\n-----END QUOTE-----\n", "PEM",
          EVIDENCE_QUOTE, QUOTE_HEX },
        { "-----BEGIN X-----\nAwAAAAAAAAA=\n-----END X-----", "PEM", EVIDENCE_REPORT,
          REPORT_HEX },
        { REPORT_HEX, "hex", EVIDENCE_REPORT, REPORT_HEX },
        { "AgAAAAAAAAA=", "base64", EVIDENCE_REPORT, "0200000000000000" },
        { "BQAAAAAAAAA", "base64", EVIDENCE_REPORT, "0500000000000000" },
        /* one step beside */
        { "0600000000000000", "hex", EVIDENCE_UNKNOWN, "0600000000000000" },
        { "0100000000000000", "hex", EVIDENCE_UNKNOWN, "0100000000000000" },
        { "0400020080000000", "hex", EVIDENCE_UNKNOWN, "0400020080000000" },
        { "0600020081000000", "hex", EVIDENCE_UNKNOWN, "0600020081000000" },
        /* neither alphabet, both alphabets, padding in the middle, a stray digit */
        { "BAAC*AIEAAAA=", "raw", EVIDENCE_UNKNOWN, NULL },
        { "BAACAIEAAA+_", "raw", EVIDENCE_UNKNOWN, NULL },
        { "BAAC=AIEAAAA=", "raw", EVIDENCE_UNKNOWN, NULL },
        { "BAACAIEAAAA==", "raw", EVIDENCE_UNKNOWN, NULL },
        { "BAACAIEAAAB=", "raw", EVIDENCE_UNKNOWN, NULL },
        { "0400020081000", "raw", EVIDENCE_UNKNOWN, NULL },
        { "0x", "raw", EVIDENCE_UNKNOWN, NULL },
        /* hex digits alone, which base64 has as well */
        { "deadbeef", "hex", EVIDENCE_UNKNOWN, "deadbeef" },
        { "deadbeefdeA", "base64", EVIDENCE_UNKNOWN, "75e69d6de79f75e0" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct evidence_text out;
        struct error err = { 0 };
        struct arena arena;
        struct buf raw;
        arena_init(&arena, EVIDENCE_ARENA_MAX);
        buf_init(&raw, 4096);
        assert_ok(evidence_text_read(bytes_of_text(cases[i].text), &arena, &out, &err),
                  err);
        hex_add(&raw, out.raw);
        if (strcmp(out.encoding, cases[i].encoding) != 0 || out.kind != cases[i].kind)
            fail_msg("%s: %s, kind %d", cases[i].text, out.encoding, out.kind);
        if (cases[i].raw != NULL)
            assert_string_equal(buf_text(&raw), cases[i].raw);
        else
            assert_true(bytes_equal_text(out.raw, cases[i].text));
        buf_fini(&raw);
        arena_fini(&arena);
    }
}

static void raw_bytes_are_taken_as_they_are(void **state)
{
    static const uint8_t quote[] = { 3, 0, 2, 0, 0, 0, 0, 0, 0, 0 },
                         report[] = { 5, 0, 0, 0, 0, 0, 0, 0 },
                         binary[] = { 0xff, 0, 2, 0, 0, 0, 0, 0 };
    static const struct {
        struct bytes in;
        enum evidence_kind kind;
    } cases[] = {
        { { quote, sizeof quote }, EVIDENCE_QUOTE },
        { { report, sizeof report }, EVIDENCE_REPORT },
        { { binary, sizeof binary }, EVIDENCE_UNKNOWN },
        { { quote, 3 }, EVIDENCE_UNKNOWN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct evidence_text out;
        struct error err = { 0 };
        struct arena arena;
        arena_init(&arena, EVIDENCE_ARENA_MAX);
        assert_ok(evidence_text_read(cases[i].in, &arena, &out, &err), err);
        assert_string_equal(out.encoding, "raw");
        assert_int_equal(out.kind, cases[i].kind);
        assert_ptr_equal(out.raw.at, cases[i].in.at);
        assert_int_equal(out.raw.len, cases[i].in.len);
        arena_fini(&arena);
    }
}

static void nuls_behind_text_are_passed_over(void **state)
{
    struct evidence_text out;
    struct error err = { 0 };
    struct arena arena;

    (void)state;
    arena_init(&arena, EVIDENCE_ARENA_MAX);
    assert_ok(evidence_text_read(bytes_of(QUOTE_BASE64 "\0", sizeof QUOTE_BASE64 + 1),
                                 &arena, &out, &err),
              err);
    assert_string_equal(out.encoding, "base64");
    assert_int_equal(out.kind, EVIDENCE_QUOTE);
    arena_fini(&arena);
}

/* As long as may be, and one byte longer. */
static struct error refusal(const char *text, size_t len)
{
    uint8_t *at = calloc(1, len + 1);
    struct evidence_text out;
    struct error err = { 0 };
    struct arena arena;

    assert_non_null(at);
    memset(at, '0', len);
    memcpy(at, text, strlen(text));
    arena_init(&arena, EVIDENCE_ARENA_MAX);
    bool well = evidence_text_read(bytes_of(at, len), &arena, &out, &err);
    assert_int_equal(well, err.kind == ERROR_NONE);
    arena_fini(&arena);
    free(at);
    return err;
}

static void there_are_limits(void **state)
{
    (void)state;
    assert_int_equal(refusal(QUOTE_HEX, 2 * EVIDENCE_MAX).kind, ERROR_NONE);
    assert_refused(refusal(QUOTE_HEX, 2 * EVIDENCE_MAX + 2), ERROR_LIMIT,
                   "1048577 bytes of evidence, at most 1048576");
    assert_refused(refusal("", EVIDENCE_TEXT_MAX + 1), ERROR_LIMIT, "at most 4194304");
    assert_refused(refusal("", 0), ERROR_FORMAT, "there is nothing in it");
    assert_refused(refusal("-----BEGIN QUOTE-----\n", 40), ERROR_FORMAT, "no END");
}

static void a_real_quote_and_report_are_what_they_are(void **state)
{
    static const struct {
        const char *path;
        enum evidence_kind kind;
    } cases[] = {
        { "vectors/intel/quotes/tdx/teepot-tdx-1.bin", EVIDENCE_QUOTE },
        { "vectors/intel/quotes/sgx/teepot-sgx-azure.bin", EVIDENCE_QUOTE },
        { "vectors/amd/milan/virtee-v2/report.bin", EVIDENCE_REPORT },
        { "vectors/amd/genoa/tav-v3/report.bin", EVIDENCE_REPORT },
        { "vectors/amd/genoa/attestation-rs-v5/report.bin", EVIDENCE_REPORT },
    };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf file = test_shared_file(cases[i].path), text;
        struct evidence_text out;
        struct error err = { 0 };
        struct arena arena;
        arena_init(&arena, EVIDENCE_ARENA_MAX);
        buf_init(&text, EVIDENCE_TEXT_MAX);
        assert_int_equal(evidence_kind_of(buf_bytes(&file)), cases[i].kind);
        base64_add(&text, buf_bytes(&file));
        assert_ok(evidence_text_read(buf_bytes(&text), &arena, &out, &err), err);
        assert_int_equal(out.kind, cases[i].kind);
        assert_true(bytes_equal(out.raw, buf_bytes(&file)));
        buf_fini(&text);
        buf_fini(&file);
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_known_in_every_encoding),
        cmocka_unit_test(raw_bytes_are_taken_as_they_are),
        cmocka_unit_test(nuls_behind_text_are_passed_over),
        cmocka_unit_test(there_are_limits),
        cmocka_unit_test(a_real_quote_and_report_are_what_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
