/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include "format/json_write.h"

#include <jansson.h>

enum { ROOM = 1 << 16 };

static const struct bytes nothing = { 0 };

static void members_stand_one_after_another(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, ROOM);
    json_write_begin(&out, NULL, '{');
    json_write_word(&out, "word", "sgx");
    json_write_word(&out, "no_word", NULL);
    json_write_number(&out, "none", 0);
    json_write_number(&out, "most", UINT64_MAX);
    json_write_begin(&out, "list", '[');
    json_write_boolean(&out, NULL, true);
    json_write_boolean(&out, NULL, false);
    json_write_null(&out, NULL);
    json_write_begin(&out, NULL, '{');
    json_write_end(&out, '}');
    json_write_end(&out, ']');
    json_write_hex(&out, "hex", bytes_of("\x00\xff\x1a", 3));
    json_write_hex(&out, "no_bytes", bytes_of("", 0));
    json_write_hex(&out, "no_hex", nothing);
    json_write_hex64(&out, "hex64", 0x8000000000000001);
    json_write_date(&out, "date", 951782399);
    json_write_text(&out, "no_text", nothing);
    json_write_end(&out, '}');
    assert_string_equal(
        buf_text(&out),
        "{\"word\":\"sgx\",\"no_word\":null,\"none\":0,\"most\":18446744073709551615,"
        "\"list\":[true,false,null,{}],\"hex\":\"00ff1a\",\"no_bytes\":\"\","
        "\"no_hex\":null,\"hex64\":\"8000000000000001\","
        "\"date\":\"2000-02-28T23:59:59Z\",\"no_text\":null}");
    buf_fini(&out);
}

/* Every byte that may stand in a text, and what brackets and colons at its end do to the
 * comma behind it. */
static void any_text_comes_back_as_it_was(void **state)
{
    char text[] = "x\"\\/\n\r\t\x01\x1f\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80{";
    struct buf out;

    (void)state;
    for (const char *last = "{[:,}"; *last != 0; last++) {
        text[strlen(text) - 1] = *last;
        buf_init(&out, ROOM);
        json_write_begin(&out, NULL, '{');
        json_write_text(&out, "a", bytes_of_text(text));
        json_write_text(&out, "b", bytes_of_text(text));
        json_write_end(&out, '}');
        json_t *read = json_loadb(buf_text(&out), out.len, 0, NULL);
        assert_non_null(read);
        assert_string_equal(json_string_value(json_object_get(read, "a")), text);
        assert_string_equal(json_string_value(json_object_get(read, "b")), text);
        json_decref(read);
        buf_fini(&out);
    }
}

static void long_hex_is_whole(void **state)
{
    uint8_t bytes[1000];
    struct buf out, expected;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t len = 0; len <= sizeof bytes; len += 1 + len / 3) {
        buf_init(&out, ROOM);
        buf_init(&expected, ROOM);
        json_write_hex(&out, NULL, bytes_of(bytes, len));
        buf_addf(&expected, "\"");
        for (size_t i = 0; i < len; i++)
            buf_addf(&expected, "%02x", bytes[i]);
        buf_addf(&expected, "\"");
        assert_string_equal(buf_text(&out), buf_text(&expected));
        buf_fini(&out);
        buf_fini(&expected);
    }
}

static void a_long_word_is_whole(void **state)
{
    char word[400];
    struct buf out;

    (void)state;
    for (size_t len = 0; len < sizeof word; len++) {
        memset(word, 'w', len);
        word[len] = 0;
        buf_init(&out, ROOM);
        json_write_word(&out, NULL, word);
        assert_int_equal(out.len, len + 2);
        assert_memory_equal(out.at + 1, word, len);
        assert_true(out.at[0] == '"' && out.at[len + 1] == '"');
        buf_fini(&out);
    }
}

static void what_does_not_fit_is_told_by_the_buffer(void **state)
{
    struct buf out;

    (void)state;
    for (size_t room = 0; room < 24; room++) {
        buf_init(&out, room);
        json_write_begin(&out, NULL, '{');
        json_write_number(&out, "number", 1234567);
        json_write_hex(&out, "h", bytes_of("a", 1));
        json_write_end(&out, '}');
        assert_true(out.failed);
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_stand_one_after_another),
        cmocka_unit_test(any_text_comes_back_as_it_was),
        cmocka_unit_test(long_hex_is_whole),
        cmocka_unit_test(a_long_word_is_whole),
        cmocka_unit_test(what_does_not_fit_is_told_by_the_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
