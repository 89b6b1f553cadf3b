/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdlib.h>

#include "kit/cursor.h"

static void numbers_are_read_in_their_byte_order(void **state)
{
    static const uint8_t in[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
                                  0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0xff };
    struct cursor c = cursor_over(bytes_of(in, sizeof in));

    (void)state;
    assert_int_equal(cursor_u8(&c), 0x01);
    assert_int_equal(cursor_u16le(&c), 0x0302);
    assert_int_equal(cursor_u16be(&c), 0x0405);
    assert_int_equal(cursor_u32le(&c), 0x09080706);
    assert_int_equal(cursor_left(&c), 8);
    assert_true(cursor_u64le(&c) == 0xff100f0e0d0c0b0aU);
    assert_int_equal(cursor_left(&c), 0);
    assert_false(c.overran);
}

static void a_view_is_into_the_input(void **state)
{
    struct bytes in = bytes_of_text("abcdef");
    struct cursor c = cursor_over(in);

    (void)state;
    assert_true(bytes_equal_text(cursor_peek(&c, 3), "abc"));
    assert_int_equal(c.offset, 0);
    struct bytes taken = cursor_take(&c, 4);
    assert_ptr_equal(taken.at, in.at);
    assert_int_equal(taken.len, 4);
    assert_int_equal(c.offset, 4);
    assert_int_equal(cursor_peek(&c, 3).len, 0);
    assert_false(c.overran); /* looking is free */
    assert_true(bytes_equal_text(cursor_take(&c, 2), "ef"));
    assert_int_equal(cursor_take(&c, 0).len, 0);
    assert_false(c.overran);
}

/* Every reader, one byte short of what it wants: nothing of it is read, and nothing is
 * after it, though it would fit. */
static void an_overrun_is_remembered(void **state)
{
    enum reader { U8, U16LE, U16BE, U32LE, U64LE, TAKE };
    static const size_t wants[] = { 1, 2, 2, 4, 8, 11 };

    (void)state;
    for (enum reader reader = U8; reader <= TAKE; reader++) {
        size_t len = wants[reader] - 1;
        uint8_t *exact = malloc(len == 0 ? 1 : len);
        assert_non_null(exact);
        memset(exact, 0xee, len);
        struct cursor c = cursor_over(bytes_of(exact, len));
        uint64_t got = 0;
        switch (reader) {
        case U8:
            got = cursor_u8(&c);
            break;
        case U16LE:
            got = cursor_u16le(&c);
            break;
        case U16BE:
            got = cursor_u16be(&c);
            break;
        case U32LE:
            got = cursor_u32le(&c);
            break;
        case U64LE:
            got = cursor_u64le(&c);
            break;
        case TAKE:
            got = cursor_take(&c, wants[reader]).len;
            break;
        }
        assert_true(got == 0 && c.overran);
        assert_int_equal(c.offset, 0);
        assert_int_equal(cursor_left(&c), 0);
        assert_int_equal(cursor_u8(&c), 0);
        assert_int_equal(cursor_peek(&c, 1).len, 0);
        assert_int_equal(cursor_take(&c, 0).len, 0);
        assert_true(c.overran);
        free(exact);
    }
}

static void a_length_past_all_bounds_overruns(void **state)
{
    struct cursor c = cursor_over(bytes_of_text("abc"));

    (void)state;
    cursor_u8(&c);
    assert_int_equal(cursor_take(&c, SIZE_MAX).len, 0);
    assert_true(c.overran);
    assert_int_equal(c.offset, 1);
}

static void nothing_can_be_read_of_nothing(void **state)
{
    struct cursor c = cursor_over((struct bytes){ 0 });

    (void)state;
    assert_int_equal(cursor_take(&c, 0).len, 0);
    assert_false(c.overran);
    assert_int_equal(cursor_u32le(&c), 0);
    assert_true(c.overran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_in_their_byte_order),
        cmocka_unit_test(a_view_is_into_the_input),
        cmocka_unit_test(an_overrun_is_remembered),
        cmocka_unit_test(a_length_past_all_bounds_overruns),
        cmocka_unit_test(nothing_can_be_read_of_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
