/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <string.h>

#include "kit/buf.h"

static void appends_follow_one_another(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    assert_string_equal(buf_text(&buf), "");
    buf_add_text(&buf, "ab");
    buf_add_byte(&buf, 'c');
    buf_addf(&buf, "%s-%03d", "d", 7);
    buf_add(&buf, bytes_of("e\0f", 3));
    buf_add(&buf, (struct bytes){ 0 });
    assert_false(buf.failed);
    assert_true(bytes_equal(buf_bytes(&buf), bytes_of("abcd-007e\0f", 11)));
    assert_int_equal(buf.at[buf.len], 0);
    buf_fini(&buf);
    assert_string_equal(buf_text(&buf), "");
}

static void past_the_ceiling_nothing_changes_any_more(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 8);
    buf_add_text(&buf, "12345678");
    assert_false(buf.failed);
    buf_add(&buf, (struct bytes){ 0 });
    assert_false(buf.failed); /* nothing still fits */
    buf_add_byte(&buf, '9');
    assert_true(buf.failed);
    assert_string_equal(buf_text(&buf), "12345678");

    buf_clear(&buf);
    assert_false(buf.failed);
    assert_string_equal(buf_text(&buf), "");
    buf_add_text(&buf, "123456");
    buf_addf(&buf, "%d", 789); /* does not fit, not even its beginning */
    assert_true(buf.failed);
    buf_add_byte(&buf, '7'); /* would fit, but something is missing already */
    assert_string_equal(buf_text(&buf), "123456");
    buf_fini(&buf);
}

static void a_ceiling_of_nothing_takes_nothing(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 0);
    buf_add_text(&buf, "");
    assert_false(buf.failed);
    buf_add_byte(&buf, 0);
    assert_true(buf.failed);
    assert_int_equal(buf.len, 0);
    buf_fini(&buf);
}

static void growth_keeps_what_was_there(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1 << 20);
    for (unsigned i = 0; i < 100000; i++)
        buf_add_byte(&buf, (uint8_t)(i * 7));
    assert_false(buf.failed);
    assert_int_equal(buf.len, 100000);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(buf.at[i], (uint8_t)(i * 7));
    assert_int_equal(buf.at[buf.len], 0);
    buf_fini(&buf);
}

static void what_was_reserved_is_there(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    buf_reserve(&buf, 100);
    const uint8_t *at = buf.at;
    assert_string_equal(buf_text(&buf), "");
    buf_addf(&buf, "%099d", 7);
    buf_reserve(&buf, 50); /* is there already */
    buf_add_byte(&buf, 'x');
    assert_false(buf.failed);
    assert_ptr_equal(buf.at, at);
    buf_reserve(&buf, 101);
    assert_true(buf.failed);
    buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_follow_one_another),
        cmocka_unit_test(past_the_ceiling_nothing_changes_any_more),
        cmocka_unit_test(a_ceiling_of_nothing_takes_nothing),
        cmocka_unit_test(growth_keeps_what_was_there),
        cmocka_unit_test(what_was_reserved_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
