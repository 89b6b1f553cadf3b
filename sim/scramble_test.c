/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/scramble.h"

#include "kit/test.h"

static void a_name_is_taken_apart_again(void **state)
{
    struct scramble_key key = scramble_key("test"), other = scramble_key("other");

    (void)state;
    for (uint32_t index = 0; index < 5000; index++)
        for (size_t len = 8; len <= 16; len += 8) {
            uint8_t name[SCRAMBLE_LEN_MAX], others[SCRAMBLE_LEN_MAX];
            uint32_t found = 0;

            scramble(&key, "name", index, name, len);
            scramble(&other, "name", index, others, len);
            assert_memory_not_equal(name, others, len);
            assert_true(unscramble(&key, "name", name, len, &found));
            assert_int_equal(found, index);
        }
}

static void a_name_one_bit_away_is_nobodys(void **state)
{
    struct scramble_key key = scramble_key("test");
    uint8_t name[SCRAMBLE_LEN_MAX];
    uint32_t found = 0;

    (void)state;
    scramble(&key, "name", 17, name, 16);
    for (size_t bit = 0; bit < 128; bit++) {
        name[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(unscramble(&key, "name", name, 16, &found));
        name[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_false(unscramble(&key, "another purpose", name, 16, &found));
}

static void without_a_seed_keys_differ(void **state)
{
    struct scramble_key one = scramble_key(NULL), other = scramble_key(NULL);

    (void)state;
    assert_memory_not_equal(&one, &other, sizeof one);
}

static void mixing_twice_changes_nothing(void **state)
{
    uint8_t text[21] = "what is mixed twice..";

    (void)state;
    scramble_mix(7, text, sizeof text);
    assert_memory_not_equal(text, "what is", 7);
    scramble_mix(7, text, sizeof text);
    assert_memory_equal(text, "what is mixed twice..", sizeof text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_taken_apart_again),
        cmocka_unit_test(a_name_one_bit_away_is_nobodys),
        cmocka_unit_test(without_a_seed_keys_differ),
        cmocka_unit_test(mixing_twice_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
