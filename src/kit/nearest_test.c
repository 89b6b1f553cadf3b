/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/nearest.h"

#include "kit/test.h"

static const char *const names[] = {
    "mrenclave", "mrsigner", "isv_prod_id",
    "a_name_so_long_that_it_is_longer_than_any_row_has"
};

static void the_least_far_is_the_one_that_was_meant(void **state)
{
    static const struct {
        const char *word, *meant; /* NULL: nothing is near */
    } cases[] = {
        { "mrenclave", "mrenclave" },
        { "mr_enclave", "mrenclave" },
        { "MRSIGNER", NULL },
        { "mrsinger", "mrsigner" },
        { "isvprodid", "isv_prod_id" },
        { "prod", NULL },
        { "mrsigne", "mrsigner" },
        { "", NULL },
        { "a_name_so_long_that_it_is_longer_than_any_row_has", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct nearest nearest = { 0 };
        for (size_t n = 0; n < COUNT_OF(names); n++)
            nearest_consider(&nearest, bytes_of_text(cases[i].word), names[n]);
        const char *name = nearest.name == NULL ? "(none)" : nearest.name;
        const char *meant = cases[i].meant == NULL ? "(none)" : cases[i].meant;
        if (strcmp(name, meant) != 0)
            fail_msg("%s: %s, expected %s", cases[i].word, name, meant);
    }
}

static void half_a_word_away_is_near_and_no_more(void **state)
{
    struct nearest nearest = { 0 };

    (void)state;
    nearest_consider(&nearest, bytes_of_text("abXYZ"), "abcde");
    assert_null(nearest.name);
    nearest_consider(&nearest, bytes_of_text("abXY"), "abcd");
    assert_string_equal(nearest.name, "abcd");
    assert_int_equal(nearest.distance, 2);
    nearest_consider(&nearest, bytes_of_text("abXY"), "abXd");
    assert_string_equal(nearest.name, "abXd");
    nearest_consider(&nearest, bytes_of_text("abXY"), "aXXY");
    assert_string_equal(nearest.name, "abXd"); /* as near, and later */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_far_is_the_one_that_was_meant),
        cmocka_unit_test(half_a_word_away_is_near_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
