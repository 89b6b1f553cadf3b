/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/complaints.h"

#include "kit/test.h"

static void each_says_where_and_why_and_the_rest_is_counted(void **state)
{
    struct error why = { ERROR_FORMAT, "is no number" };
    struct complaints complaints;
    struct buf out;

    (void)state;
    complaints_init(&complaints);
    buf_init(&out, 1024 * 1024);
    complain(&complaints, "platforms[0].pce_id", &why);
    assert_int_equal(complaints.count, 1);
    complaints_write(&out, "1 thing is wrong.", &complaints);
    assert_string_equal(buf_text(&out),
                        "1 thing is wrong.\nplatforms[0].pce_id: is no number\n");
    for (int i = 1; i < COMPLAINTS_KEPT + 7; i++)
        complain(&complaints, "x", &why);
    buf_clear(&out);
    complaints_write(&out, "many.", &complaints);
    assert_int_equal(complaints.count, COMPLAINTS_KEPT + 7);
    assert_non_null(strstr(buf_text(&out), "\nand 7 more\n"));
    buf_fini(&out);
    complaints_fini(&complaints);
}

static void the_longest_ones_have_room(void **state)
{
    char where[600];
    struct error why = { .kind = ERROR_FORMAT };
    struct complaints complaints;

    (void)state;
    memset(where, 'w', sizeof where - 1);
    where[sizeof where - 1] = 0;
    memset(why.text, 'y', sizeof why.text - 1);
    complaints_init(&complaints);
    for (int i = 0; i < COMPLAINTS_KEPT; i++)
        complain(&complaints, where, &why);
    assert_false(complaints.lines.failed);
    complaints_fini(&complaints);
}

static void trust_that_is_broken_is_told_from_other_faults(void **state)
{
    static const struct {
        enum error_kind kind;
        bool untrusted;
    } cases[] = {
        { ERROR_FORMAT, false },   { ERROR_STALE, false },  { ERROR_LIMIT, false },
        { ERROR_UNTRUSTED, true }, { ERROR_REVOKED, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error why = { .kind = cases[i].kind, .text = "why" };
        struct complaints complaints;
        complaints_init(&complaints);
        complain(&complaints, "where", &why);
        assert_int_equal(complaints.has_untrusted, cases[i].untrusted);
        complaints_fini(&complaints);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_says_where_and_why_and_the_rest_is_counted),
        cmocka_unit_test(the_longest_ones_have_room),
        cmocka_unit_test(trust_that_is_broken_is_told_from_other_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
