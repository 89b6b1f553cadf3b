/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/errors.h"

#include "kit/test.h"

static void kind_check_and_sentence_reach_the_caller(void **state)
{
    struct thim_error error;
    struct error why;

    (void)state;
    (void)error_set(&why, ERROR_REVOKED, "serial %d", 7);
    assert_false(errors_tell(&error, &why));
    assert_int_equal(error.kind, THIM_ERROR_REVOKED);
    assert_int_equal(error.check, THIM_CHECK_PASSED);
    assert_string_equal(error.text, "serial 7");
    assert_false(errors_tell_check(&error, CHECK_PCK_REVOKED, &why));
    assert_int_equal(error.check, THIM_CHECK_PCK_REVOKED);
    assert_false(errors_tell_usage(&error, "%s", "no place"));
    assert_int_equal(error.kind, THIM_ERROR_USAGE);
    assert_string_equal(error.text, "no place");
    assert_false(errors_tell_memory(&error));
    assert_int_equal(error.kind, THIM_ERROR_SYSTEM);
    assert_int_equal(error.check, THIM_CHECK_SYSTEM);
}

static void who_does_not_want_them_gets_the_answer_alone(void **state)
{
    struct error why;

    (void)state;
    (void)error_set(&why, ERROR_FORMAT, "x");
    assert_false(errors_tell(NULL, &why));
    assert_false(errors_tell_usage(NULL, "x"));
    assert_false(errors_tell_memory(NULL));
}

static void the_longest_sentence_fits(void **state)
{
    struct thim_error error;
    struct error why = { .kind = ERROR_FORMAT };

    (void)state;
    assert_true(sizeof error.text >= ERROR_TEXT_MAX);
    memset(why.text, 'x', sizeof why.text - 1);
    assert_false(errors_tell(&error, &why));
    assert_int_equal(strlen(error.text), ERROR_TEXT_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kind_check_and_sentence_reach_the_caller),
        cmocka_unit_test(who_does_not_want_them_gets_the_answer_alone),
        cmocka_unit_test(the_longest_sentence_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
