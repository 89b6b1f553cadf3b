/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/tcb_release.h"

#include "kit/test.h"
#include "kit/text.h"

/* ---- what Azure has printed ---------------------------------------------------------
 */

static void the_known_releases_are_azures(void **state)
{
    static const struct {
        uint32_t number;
        const char *released, *psw_linux, *psw_windows;
    } printed[] = {
        { 10, "2020-11-10T00:00:00Z", "2.9", "2.7.101.2" },
        { 11, "2021-06-08T00:00:00Z", "2.13.3", "2.13.100.2" },
        { 12, "2021-11-10T00:00:00Z", "2.13.3", "2.13.100.2" },
        { 13, "2022-08-09T00:00:00Z", "2.17", "2.16" },
        { 14, "2022-11-08T00:00:00Z", "2.17", "2.16" },
        { 15, "2023-02-14T00:00:00Z", "2.17", "2.16" },
    };

    (void)state;
    assert_int_equal(tcb_releases_known.count, COUNT_OF(printed));
    for (size_t i = 0; i < COUNT_OF(printed); i++) {
        const struct tcb_release *release =
            tcb_release_find(&tcb_releases_known, printed[i].number);
        assert_non_null(release);
        assert_string_equal(utc(release->released_s).s, printed[i].released);
        assert_string_equal(release->psw_linux, printed[i].psw_linux);
        assert_string_equal(release->psw_windows, printed[i].psw_windows);
    }
    assert_null(tcb_release_find(&tcb_releases_known, 9));
    assert_null(tcb_release_find(&tcb_releases_known, 16));
}

/* ---- what the operator adds ---------------------------------------------------------
 */

static void rows_replace_and_extend(void **state)
{
    static const struct tcb_release more[] = { { 17, 1710288000, "2.23", NULL },
                                               { 12, 1, "9", "8" },
                                               { 9, 2, NULL, NULL } };
    struct tcb_release_table table;
    struct error err = { 0 };
    struct arena arena;

    (void)state;
    arena_init(&arena, 65536);
    assert_ok(tcb_releases_merge(&tcb_releases_known, more, COUNT_OF(more), &arena,
                                 &table, &err),
              err);
    assert_int_equal(table.count, tcb_releases_known.count + 2);
    for (size_t i = 1; i < table.count; i++)
        assert_true(table.rows[i - 1].number < table.rows[i].number);
    assert_int_equal(table.rows[0].number, 9);
    assert_string_equal(tcb_release_find(&table, 12)->psw_windows, "8");
    assert_string_equal(tcb_release_find(&table, 13)->psw_windows, "2.16");
    assert_null(tcb_release_find(&table, 17)->psw_windows);
    assert_ok(tcb_releases_merge(&tcb_releases_known, NULL, 0, &arena, &table, &err),
              err);
    assert_int_equal(table.count, tcb_releases_known.count);
    arena_fini(&arena);
}

static void twins_and_too_many_are_refused(void **state)
{
    static struct tcb_release many[TCB_RELEASES_MAX];
    const struct tcb_release twins[] = { { 17, 1, NULL, NULL },
                                         { 18, 1, NULL, NULL },
                                         { 17, 2, NULL, NULL } };
    const struct tcb_release_table none = { NULL, 0 };
    struct tcb_release_table table;
    struct error err = { 0 };
    struct arena arena;

    (void)state;
    arena_init(&arena, 65536);
    assert_false(tcb_releases_merge(&tcb_releases_known, twins, 3, &arena, &table, &err));
    assert_refused(err, ERROR_FORMAT, "number 17 stands there twice");
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i].number = (uint32_t)(100 + i);
    assert_ok(tcb_releases_merge(&none, many, TCB_RELEASES_MAX, &arena, &table, &err),
              err);
    assert_false(tcb_releases_merge(&tcb_releases_known, many,
                                    TCB_RELEASES_MAX - tcb_releases_known.count + 1,
                                    &arena, &table, &err));
    assert_refused(err, ERROR_LIMIT, "more than 256");
    arena_fini(&arena);
    arena_init(&arena, 64);
    assert_false(tcb_releases_merge(&none, many, 9, &arena, &table, &err));
    assert_refused(err, ERROR_LIMIT, "no room");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_releases_are_azures),
        cmocka_unit_test(rows_replace_and_extend),
        cmocka_unit_test(twins_and_too_many_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
