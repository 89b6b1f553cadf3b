/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/members.h"

#include "kit/test.h"

struct meal {
    struct given guests, dish, salt, code, seat, wishes;
};

static const char *const dishes[] = { "soup", "fish", NULL };
static const struct choice wishes[] = { { "hot", "it is hot", 1 },
                                        { "cold", "it is cold", 0 } };
static const struct member rows[] = {
    { "guests-count", offsetof(struct meal, guests), MEMBER_NUMBER, 8, NULL, NULL, 0, "N",
      "how many" },
    { "dish", offsetof(struct meal, dish), MEMBER_WORD, 0, dishes, NULL, 0, "soup|fish",
      "" },
    { "salt", offsetof(struct meal, salt), MEMBER_FLAG, 0, NULL, NULL, 0, NULL, "" },
    { "code", offsetof(struct meal, code), MEMBER_BYTES, 2, NULL, NULL, 0, "HEX", "" },
    { "seat", offsetof(struct meal, seat), MEMBER_BIT, 9, NULL, NULL, 0, "N", "" },
    { "wish", offsetof(struct meal, wishes), MEMBER_CHOICE, 0, NULL, wishes, 2, "NAME",
      "" },
};
static const struct members members = { rows, COUNT_OF(rows) };

static bool set(struct meal *meal, const char *name, const char *value, struct error *err)
{
    const struct member *member = member_named(members, bytes_of_text(name));

    assert_non_null(member);
    return member_set(member, meal, bytes_of_text(value), err);
}

static void a_name_is_an_options_and_a_members(void **state)
{
    (void)state;
    assert_ptr_equal(member_named(members, bytes_of_text("guests-count")), &rows[0]);
    assert_ptr_equal(member_named(members, bytes_of_text("guests_count")), &rows[0]);
    assert_null(member_named(members, bytes_of_text("guests-coun")));
    assert_null(member_named(members, bytes_of_text("guests-counts")));
    assert_null(member_named(members, bytes_of_text("")));
}

static void a_value_is_taken_or_refused(void **state)
{
    static const struct {
        const char *name, *good;
        uint64_t number;
        const char *bad, *part;
    } cases[] = {
        { "guests-count", "8", 8, "9", "a number up to 8, not 9" },
        { "guests-count", "0", 0, "-1", "a number up to 8" },
        { "dish", "fish", 1, "cake", "soup|fish, not cake" },
        { "dish", "SOUP", 0, "sou", "soup|fish, not sou" },
        { "salt", "", 1, "yes", "true or false" },
        { "salt", "true", 1, "1", "true or false" },
        { "code", "0aFF", 0, "0aF", "4 hex digits" },
        { "seat", "9", 72, "10", "OFFSET or OFFSET:BIT" },
        { "seat", "9:7", 79, "9:8", "OFFSET or OFFSET:BIT" },
        { "seat", "0:0", 0, "0:", "OFFSET or OFFSET:BIT" },
        { "wish", "cold", 0, "warm", "there is no warm" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct meal meal = { .guests = { .is_given = false } };
        const struct member *member = member_named(members, bytes_of_text(cases[i].name));
        const struct given *given =
            (const struct given *)(const void *)((const char *)&meal + member->place);
        struct error err = { .kind = ERROR_NONE };

        assert_false(set(&meal, cases[i].name, cases[i].bad, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].part);
        assert_false(given->is_given);
        assert_ok(set(&meal, cases[i].name, cases[i].good, &err), err);
        assert_true(given->is_given);
        assert_int_equal(given->number, cases[i].number);
    }
}

static void false_takes_a_flag_back(void **state)
{
    struct meal meal = { .salt = { .is_given = true, .number = 1 } };
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(set(&meal, "salt", "false", &err), err);
    assert_false(meal.salt.is_given);
    assert_int_equal(given_or(&meal.salt, 7), 7);
}

static void choices_add_up_and_must_fit(void **state)
{
    struct meal meal = { .wishes = { .is_given = false } };
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(set(&meal, "wish", "cold", &err), err);
    assert_false(is_chosen(&meal.wishes, 0));
    assert_ok(members_fit(&rows[5], &meal.wishes, 0, &err), err);
    assert_ok(set(&meal, "wish", "hot", &err), err);
    assert_true(is_chosen(&meal.wishes, 0) && is_chosen(&meal.wishes, 1));
    assert_ok(members_fit(&rows[5], &meal.wishes, 1, &err), err);
    assert_false(members_fit(&rows[5], &meal.wishes, 2, &err));
    assert_refused(err, ERROR_FORMAT, "wish hot: cannot show in this order (it is hot)");
}

static void what_was_minted_is_bent(void **state)
{
    static const struct given none, two = { true, 2, { 0 } }, flip = { true, 11, { 0 } };
    struct error err = { .kind = ERROR_NONE };
    struct buf out;

    (void)state;
    buf_init(&out, 16);
    buf_add_text(&out, "before1234");
    assert_ok(bend_minted(&none, &none, &flip, 6, &out, &err), err);
    assert_string_equal(buf_text(&out), "before1:34");
    assert_ok(bend_minted(&two, &none, &none, 6, &out, &err), err);
    assert_int_equal(out.len, 12);
    assert_ok(bend_minted(&none, &two, &none, 6, &out, &err), err);
    assert_int_equal(out.len, 8);
    assert_ok(bend_minted(&none, &none, &flip, 6, &out, &err), err);
    assert_false(bend_minted(&none, &none, &flip, 7, &out, &err));
    assert_refused(err, ERROR_NOT_FOUND, "flip: there are 1 bytes");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_an_options_and_a_members),
        cmocka_unit_test(a_value_is_taken_or_refused),
        cmocka_unit_test(false_takes_a_flag_back),
        cmocka_unit_test(choices_add_up_and_must_fit),
        cmocka_unit_test(what_was_minted_is_bent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
