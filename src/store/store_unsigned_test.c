/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test_damage.h"

static struct bench bench;

static const struct damage damages[] = {
    { "a designation altered: those of the generation before",
      "UPDATE designation SET evaluation_data_number = 99 WHERE generation = 2", NULL,
      "designations", ERROR_FORMAT, "going by those of generation 1", 1, 1 },
    { "a designation gone: likewise",
      "DELETE FROM designation WHERE generation = 2 AND subject LIKE '%000002'", NULL,
      "designations", ERROR_FORMAT, "going by those of generation 1", 1, 1 },
    { "designations altered in each generation: none",
      "UPDATE designation SET evaluation_data_number = 99", NULL, "designations",
      ERROR_FORMAT, "going by those of none", 0, 0 },
    { "the text of a hint altered",
      "UPDATE object SET body = CAST('[]' AS BLOB) WHERE digest IN (SELECT text FROM "
      "hint)",
      NULL, "fmspcs of pcs", ERROR_FORMAT, "do not have the digest", 2, 0 },
    { "a hint's name altered",
      "UPDATE hint_listing SET source = 'other' WHERE generation = 2", NULL,
      "designations", ERROR_FORMAT, "going by those of generation 1", 1, 1 },
};

static void what_nobody_signs_is_as_good_as_its_seal(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(damages); i++)
        bench_do_damage(&bench, &damages[i]);
}

static void times_of_confirmation_may_move_under_the_seal(void **state)
{
    (void)state;
    struct store_recovery report;

    bench_begin(&bench);
    holdings_release(bench_fill(&bench));
    bench_meddle(&bench,
                 "UPDATE item SET confirmed_s = 77; UPDATE hint SET fetched_s = 78");
    bench_restart(&bench);
    OWNED(holdings_release) struct holdings *holdings = bench_recover(&bench, &report);
    assert_int_equal(report.quarantined, 0);
    assert_int_equal(holdings->entries[0].confirmed_s, 77);
    assert_int_equal(holdings->hints[0].fetched_s, 78);
    bench_end(&bench);
}

static int setup(void **state)
{
    (void)state;
    bench_make(&bench);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(&bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_signs_is_as_good_as_its_seal),
        cmocka_unit_test(times_of_confirmation_may_move_under_the_seal),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
