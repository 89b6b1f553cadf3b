/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/options.h"

#include "kit/test.h"

struct now {
    size_t size;
    uint64_t one, two;
};

struct earlier { /* the first version */
    size_t size;
    uint64_t one;
};

struct later {
    size_t size;
    uint64_t one, two, three;
};

#define LEAST sizeof(struct earlier)

static void no_options_are_all_zero(void **state)
{
    struct now known = { .two = 1 };

    (void)state;
    assert_true(options_read(NULL, LEAST, &known, sizeof known, NULL));
    assert_true(known.one == 0 && known.two == 0);
}

static void what_an_older_caller_does_not_have_is_zero(void **state)
{
    struct earlier given = { .size = sizeof given, .one = 7 };
    struct now known = { .two = 1 };

    (void)state;
    assert_true(options_read(&given, LEAST, &known, sizeof known, NULL));
    assert_true(known.one == 7 && known.two == 0);
}

static void what_a_newer_caller_leaves_zero_is_not_asked_for(void **state)
{
    struct later given = { .size = sizeof given, .one = 7, .two = 8 };
    struct thim_error error = { 0 };
    struct now known;

    (void)state;
    assert_true(options_read(&given, LEAST, &known, sizeof known, &error));
    assert_true(known.one == 7 && known.two == 8);
    given.three = 1;
    assert_false(options_read(&given, LEAST, &known, sizeof known, &error));
    assert_int_equal(error.kind, THIM_ERROR_USAGE);
    assert_non_null(strstr(error.text, "does not know"));
}

static void a_size_that_no_version_has_is_refused(void **state)
{
    static const size_t sizes[] = { 0, 1, LEAST - 1, 4097, SIZE_MAX };
    struct now given = { .one = 7 }, known;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct thim_error error = { 0 };
        given.size = sizes[i];
        assert_false(options_read(&given, LEAST, &known, sizeof known, &error));
        assert_int_equal(error.kind, THIM_ERROR_USAGE);
        assert_int_equal(error.check, THIM_CHECK_USAGE);
        assert_non_null(strstr(error.text, "sizeof"));
    }
}

static void callers_are_told_as_much_as_they_have_room_for(void **state)
{
    const struct now known = { .one = 7, .two = 8 };
    struct earlier older[2] = { { .size = sizeof older[0] }, { .one = 99 } };
    struct later newer = { .size = sizeof newer, .three = 9 };

    (void)state;
    assert_true(options_fill(older, LEAST, &known, sizeof known, NULL));
    assert_true(older[0].size == sizeof older[0] && older[0].one == 7);
    assert_true(older[1].size == 0 && older[1].one == 99);
    assert_true(options_fill(&newer, LEAST, &known, sizeof known, NULL));
    assert_true(newer.size == sizeof newer && newer.two == 8 && newer.three == 0);
    older[0].size = LEAST - 1;
    assert_false(options_fill(older, LEAST, &known, sizeof known, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_options_are_all_zero),
        cmocka_unit_test(what_an_older_caller_does_not_have_is_zero),
        cmocka_unit_test(what_a_newer_caller_leaves_zero_is_not_asked_for),
        cmocka_unit_test(a_size_that_no_version_has_is_refused),
        cmocka_unit_test(callers_are_told_as_much_as_they_have_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
