/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdio.h>

#include "format/json_text.h"

/* The definition by code points, which the reader's table of byte ranges must equal; for
 * up to three bytes. */
static bool is_utf8(const uint8_t *b, size_t len)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800 };
    size_t i = 0;

    while (i < len) {
        size_t n = b[i] < 0x80           ? 1
                   : (b[i] >> 5) == 0x06 ? 2
                   : (b[i] >> 4) == 0x0e ? 3
                                         : 0;
        uint32_t point = n == 1 ? b[i] : b[i] & (0xffU >> (n + 1));
        if (n == 0 || i + n > len)
            return false;
        for (size_t k = 1; k < n; k++) {
            if ((b[i + k] & 0xc0) != 0x80)
                return false;
            point = point << 6 | (b[i + k] & 0x3f);
        }
        if ((n > 1 && point < least[n]) || (point >= 0xd800 && point <= 0xdfff))
            return false;
        i += n;
    }
    return true;
}

static void utf8_is_what_its_definition_says(void **state)
{
    (void)state;
    for (uint32_t value = 0x7f0000; value < 1U << 24;
         value += value < 0xc00000 ? 251 : 1) {
        uint8_t text[4] = { (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value,
                            '"' };
        size_t offset = 0;
        bool escaped;
        const char *wrong = NULL;
        bool quote_or_control = false;
        for (size_t i = 0; i < 3; i++)
            quote_or_control |= text[i] < 0x20 || text[i] == '"' || text[i] == '\\';
        if (quote_or_control)
            continue;
        bool ok = json_text_scan(bytes_of(text, 4), &offset, &escaped, &wrong);
        if (ok != is_utf8(text, 3))
            fail_msg("%06x: %s", (unsigned)value, ok ? "accepted" : wrong);
        assert_int_equal(ok ? 3 : offset, offset);
    }
}

/* Every code point, written as escapes, comes back as its UTF-8, and that is accepted. */
static void escapes_reach_every_code_point(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        char written[16];
        uint8_t meant[16];
        size_t offset = 0;
        bool escaped;
        const char *wrong = NULL;
        if (point >= 0x10000)
            snprintf(written, sizeof written, "\\u%04x\\u%04X\"",
                     0xd800 + ((point - 0x10000) >> 10), 0xdc00 + (point & 0x3ff));
        else
            snprintf(written, sizeof written, "\\u%04x\"", point);
        bool ok = json_text_scan(bytes_of_text(written), &offset, &escaped, &wrong);
        assert_int_equal(ok, point < 0xd800 || point > 0xdfff);
        if (!ok) {
            assert_string_equal(wrong, "no such escape, or half a surrogate pair");
            continue;
        }
        assert_true(escaped);
        size_t len = json_text_decode(bytes_of(written, offset), meant);
        assert_int_equal(len, point < 0x80      ? 1
                              : point < 0x800   ? 2
                              : point < 0x10000 ? 3
                                                : 4);
        uint32_t back = len == 1 ? meant[0] : meant[0] & (0xffU >> (len + 1));
        for (size_t i = 1; i < len; i++)
            back = back << 6 | (meant[i] & 0x3f);
        assert_int_equal(back, point);
        meant[len] = '"';
        offset = 0;
        if (point >= 0x20 && point != '"' && point != '\\')
            assert_true(
                json_text_scan(bytes_of(meant, len + 1), &offset, &escaped, &wrong)
                && offset == len && !escaped);
    }
}

/* What JSON may not hold raw, and some of what it may. */
static void what_is_written_reads_as_it_was(void **state)
{
    (void)state;
    uint8_t meant[256], back[256];
    const char *wrong = NULL;
    size_t offset = 1;
    bool escaped;
    struct buf written;

    buf_init(&written, 4096);
    for (size_t i = 0; i < 128; i++)
        meant[i] = (uint8_t)i;
    memcpy(meant + 128, "\xc3\xa4", 2);
    json_text_write(&written, bytes_of(meant, 130));
    assert_false(written.failed);
    assert_true(json_text_scan(buf_bytes(&written), &offset, &escaped, &wrong));
    assert_int_equal(offset + 1, written.len);
    assert_int_equal(json_text_decode(bytes_of(written.at + 1, offset - 1), back), 130);
    assert_memory_equal(back, meant, 130);
    buf_fini(&written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_what_its_definition_says),
        cmocka_unit_test(escapes_reach_every_code_point),
        cmocka_unit_test(what_is_written_reads_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
