/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include "kit/bytes.h"

static void parts_stay_inside(void **state)
{
    struct bytes b = bytes_of("abcdef", 6);

    (void)state;
    for (size_t n = 0; n <= 8; n++) {
        struct bytes first = bytes_first(b, n), after = bytes_after(b, n);
        assert_int_equal(first.len, n < 6 ? n : 6);
        assert_int_equal(after.len, n < 6 ? 6 - n : 0);
        assert_ptr_equal(first.at, b.at);
        if (after.len > 0)
            assert_ptr_equal(after.at, b.at + n);
    }
    assert_int_equal(bytes_after((struct bytes){ 0 }, 3).len, 0);
}

static void equality_is_of_content_and_length(void **state)
{
    (void)state;
    assert_true(bytes_equal((struct bytes){ 0 }, bytes_of("x", 0)));
    assert_true(bytes_equal_text(bytes_of("abc", 3), "abc"));
    assert_false(bytes_equal_text(bytes_of("abc", 2), "abc"));
    assert_false(bytes_equal_text(bytes_of("abd", 3), "abc"));
    assert_false(bytes_equal_text(bytes_of("abc\0", 4), "abc"));
    assert_true(bytes_equal_text((struct bytes){ 0 }, ""));
}

static void order_is_by_content_then_by_length(void **state)
{
    static const struct bytes sorted[] = {
        { (const uint8_t *)"", 0 },         { (const uint8_t *)"\0", 1 },
        { (const uint8_t *)"\0\0", 2 },     { (const uint8_t *)"a", 1 },
        { (const uint8_t *)"ab", 2 },       { (const uint8_t *)"b", 1 },
        { (const uint8_t *)"\x7f", 1 },     { (const uint8_t *)"\x80", 1 },
        { (const uint8_t *)"\xff\x01", 2 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sorted); i++)
        for (size_t k = 0; k < COUNT_OF(sorted); k++)
            assert_int_equal(bytes_compare(sorted[i], sorted[k]), (i > k) - (i < k));
    assert_int_equal(bytes_compare((struct bytes){ 0 }, (struct bytes){ 0 }), 0);
}

static void the_first_place_is_found(void **state)
{
    static const struct {
        const char *hay, *needle;
        size_t at;
    } cases[] = {
        { "abcabc", "abc", 0 }, { "abcabc", "bc", 1 }, { "abcabc", "c", 2 },
        { "abcabc", "ca", 2 },  { "abcabc", "cb", 6 }, { "abc", "abcd", 3 },
        { "abc", "", 0 },       { "", "", 0 },         { "", "a", 0 },
        { "aab", "ab", 1 },     { "abc", "abc", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(
            bytes_find(bytes_of_text(cases[i].hay), bytes_of_text(cases[i].needle)),
            cases[i].at);
    assert_int_equal(bytes_find(bytes_of("a\0b", 3), bytes_of("\0b", 2)), 1);
    assert_int_equal(bytes_find((struct bytes){ 0 }, bytes_of_text("a")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_stay_inside),
        cmocka_unit_test(equality_is_of_content_and_length),
        cmocka_unit_test(order_is_by_content_then_by_length),
        cmocka_unit_test(the_first_place_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
