/* SPDX-License-Identifier: Apache-2.0 */
#include "format/evidence_text.h"
#include "kit/test.h"
#include "kit/text.h"
#include "thim.h"

static struct buf made_up_report(void)
{
    struct buf report;

    buf_init(&report, 4096);
    buf_add(&report, bytes_of("\x02\0\0\0", 4));
    while (report.len < 1184)
        buf_add_byte(&report, (uint8_t)report.len);
    return report;
}

static void check(const struct buf *text, const struct buf *raw)
{
    struct thim_error error = { 0 };
    uint8_t out[4096];
    size_t len;

    assert_ok(thim_evidence_read(text->at, text->len, out, sizeof out, &len, &error),
              error);
    assert_int_equal(len, raw->len);
    assert_memory_equal(out, raw->at, len);
}

static void whatever_the_text_the_bytes_are_the_same(void **state)
{
    struct buf raw = made_up_report(), text;

    (void)state;
    check(&raw, &raw);
    buf_init(&text, 65536);
    hex_add(&text, buf_bytes(&raw));
    check(&text, &raw);
    buf_clear(&text);
    base64_add(&text, buf_bytes(&raw));
    check(&text, &raw);
    buf_fini(&text);
    buf_fini(&raw);
}

static void where_there_is_not_room_it_says_how_much_it_takes(void **state)
{
    struct buf raw = made_up_report();
    struct thim_error error = { 0 };
    uint8_t out[1184];
    size_t len;

    (void)state;
    assert_false(thim_evidence_read(raw.at, raw.len, out, 1183, &len, &error));
    assert_int_equal(error.kind, THIM_ERROR_LIMIT);
    assert_int_equal(len, 1184);
    assert_true(thim_evidence_read(raw.at, raw.len, out, len, &len, &error));
    buf_fini(&raw);
}

static void nothing_is_no_evidence(void **state)
{
    struct thim_error error = { 0 };
    char out[8];
    size_t len = 9;

    (void)state;
    assert_false(thim_evidence_read("", 0, out, sizeof out, &len, &error));
    assert_int_equal(error.kind, THIM_ERROR_FORMAT);
    assert_int_equal(len, 0);
    assert_false(thim_evidence_read(NULL, 1, out, sizeof out, &len, &error));
    assert_int_equal(error.kind, THIM_ERROR_USAGE);
    assert_false(thim_evidence_read("00", 2, NULL, sizeof out, &len, NULL));
    assert_false(thim_evidence_read("00", 2, out, sizeof out, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_the_text_the_bytes_are_the_same),
        cmocka_unit_test(where_there_is_not_room_it_says_how_much_it_takes),
        cmocka_unit_test(nothing_is_no_evidence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
