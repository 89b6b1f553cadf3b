/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/numbers.h"

#include "kit/test.h"
#include "verify/test_pki.h"

static const uint8_t FMSPC[6] = { 0x30, 0x60, 0x6a, 0, 0, 0 };
#define NOW_S (TEST_WORLD_FROM_S + 100 * TEST_DAY_S)

enum { HELD_MAX = 8 };

struct bench { /* 15 is standard of the TCB info, 17 early; both are held */
    struct test_world *world;
    struct holding entries[HELD_MAX]; /* sorted by key */
    struct designation designations[2];
    struct holdings holdings;
    struct buf found; /* the keys that were called for, a line each */
};

static void hold(struct bench *bench, struct collateral_key key)
{
    bench->entries[bench->holdings.count++].item =
        test_world_item(bench->world, &key, NOW_S - TEST_DAY_S, NOW_S + 29 * TEST_DAY_S);
}

static void bench_init(struct bench *bench)
{
    *bench = (struct bench){ .world = test_world_make(NULL) };
    bench->holdings = (struct holdings){ .entries = bench->entries,
                                         .designations = bench->designations,
                                         .designation_count = 2 };
    bench->designations[0] =
        (struct designation){ .subject = key_tcb_info(TEE_SGX, 3, FMSPC, 0),
                              .update = UPDATE_STANDARD,
                              .evaluation_data_number = 15 };
    bench->designations[1] = bench->designations[0];
    bench->designations[1].update = UPDATE_EARLY;
    bench->designations[1].evaluation_data_number = 17;
    buf_init(&bench->found, 4096);
}

static void hold_standard_and_early(struct bench *bench)
{
    hold(bench, key_tcb_info(TEE_SGX, 3, FMSPC, 15));
    hold(bench, key_tcb_info(TEE_SGX, 3, FMSPC, 17));
}

static void bench_fini(struct bench *bench)
{
    for (size_t i = 0; i < bench->holdings.count; i++)
        verified_release(bench->entries[i].item);
    buf_fini(&bench->found);
    test_world_free(bench->world);
}

static void note(void *context, const struct collateral_key *key)
{
    buf_addf(context, "%s\n", collateral_key_text(key).s);
}

static struct evaluation_numbers list_of(uint32_t highest, size_t count)
{
    struct evaluation_numbers list = { .tee = TEE_SGX, .count = count };

    for (size_t i = 0; i < count; i++)
        list.numbers[i].number = highest - (uint32_t)i;
    return list;
}

static const char *visit(struct bench *bench, const struct number_lists *lists)
{
    buf_fini(&bench->found);
    buf_init(&bench->found, 4096);
    numbers_visit(&bench->holdings, lists, &bench->found, note);
    return buf_text(&bench->found);
}

static void every_number_that_the_list_names_is_called_for(void **state)
{
    struct bench bench;
    struct evaluation_numbers list = list_of(18, 5);
    struct number_lists lists = { .sgx = &list };

    (void)state;
    bench_init(&bench);
    hold_standard_and_early(&bench);
    assert_string_equal(visit(&bench, &lists), "tcb_info/sgx/v3/30606a000000/18\n"
                                               "tcb_info/sgx/v3/30606a000000/16\n"
                                               "tcb_info/sgx/v3/30606a000000/14\n");
    bench_fini(&bench);
}

static void only_the_list_of_its_own_tee_speaks(void **state)
{
    struct bench bench;
    struct evaluation_numbers list = list_of(18, 5);
    struct number_lists none = { 0 }, lists = { .tdx = &list };

    (void)state;
    bench_init(&bench);
    hold_standard_and_early(&bench);
    assert_string_equal(visit(&bench, &none), "");
    assert_string_equal(visit(&bench, &lists), "");
    bench.designations[0].subject = key_identity(ENCLAVE_TD_QE, 0);
    bench.designations[1].subject = bench.designations[0].subject;
    list.count = 2;
    bench.designations[1].evaluation_data_number = 18;
    assert_non_null(strstr(visit(&bench, &lists), "identity/td_qe/17\n"));
    assert_null(strstr(visit(&bench, &lists), "identity/td_qe/18\n"));
    bench_fini(&bench);
}

static void the_qve_keeps_numbers_that_no_list_names(void **state)
{
    struct bench bench;
    struct evaluation_numbers list = list_of(18, 5);
    struct number_lists lists = { .sgx = &list, .tdx = &list };

    (void)state;
    bench_init(&bench);
    bench.designations[0].subject = key_identity(ENCLAVE_QVE, 0);
    bench.designations[1].subject = bench.designations[0].subject;
    hold(&bench, key_identity(ENCLAVE_QVE, 14));
    hold(&bench, key_identity(ENCLAVE_QVE, 15));
    assert_string_equal(visit(&bench, &lists), "identity/qve/14\n");
    bench_fini(&bench);
}

static void what_is_held_is_called_for_once_listed_or_not(void **state)
{
    struct bench bench;
    struct evaluation_numbers list = list_of(17, 3);
    struct number_lists lists = { .sgx = &list };

    (void)state;
    bench_init(&bench);
    hold(&bench, key_root_crl());
    hold(&bench, key_tcb_info(TEE_SGX, 3, FMSPC, 14));
    hold(&bench, key_tcb_info(TEE_SGX, 3, FMSPC, 15));
    hold(&bench, key_tcb_info(TEE_SGX, 3, FMSPC, 16));
    hold(&bench, key_tcb_info(TEE_SGX, 3, FMSPC, 17));
    assert_string_equal(visit(&bench, &lists), "tcb_info/sgx/v3/30606a000000/14\n"
                                               "tcb_info/sgx/v3/30606a000000/16\n");
    bench_fini(&bench);
}

static void nothing_is_called_for_before_standard_or_early_is_known(void **state)
{
    struct bench bench;
    struct evaluation_numbers list = list_of(18, 5);
    struct number_lists lists = { .sgx = &list };

    (void)state;
    bench_init(&bench);
    bench.holdings.designation_count = 0;
    assert_string_equal(visit(&bench, &lists), "");
    bench.holdings.designation_count = 1;
    assert_non_null(strstr(visit(&bench, &lists), "30606a000000/17\n"));
    assert_null(strstr(visit(&bench, &lists), "30606a000000/15\n"));
    bench_fini(&bench);
}

static void a_promotion_to_come_makes_every_day_count(void **state)
{
    enum { DAY = NUMBERS_DAY_S };
    static const struct {
        const char *claim;
        uint32_t highest; /* of the list; 0: none is held */
        int64_t configured_s, interval_s;
    } cases[] = {
        { "a number above standard: a day", 16, 7 * DAY, DAY },
        { "a second more than a day is too long", 16, DAY + 1, DAY },
        { "a day and less stays", 16, DAY, DAY },
        { "less stays", 16, 3600, 3600 },
        { "standard is the highest: as configured", 15, 7 * DAY, 7 * DAY },
        { "standard is above the list: as configured", 14, 7 * DAY, 7 * DAY },
        { "nobody knows of any: as configured", 0, 7 * DAY, 7 * DAY },
    };
    struct collateral_key key = key_tcb_info(TEE_SGX, 3, FMSPC, 0);
    struct collateral_key numbered = key_tcb_info(TEE_SGX, 3, FMSPC, 17);
    struct collateral_key other = key_identity(ENCLAVE_QE, 0);
    struct collateral_key qve = key_identity(ENCLAVE_QVE, 0);
    struct bench bench;

    (void)state;
    bench_init(&bench);
    hold_standard_and_early(&bench);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct evaluation_numbers list = list_of(cases[i].highest, 2);
        struct number_lists lists = { .sgx = cases[i].highest == 0 ? NULL : &list };
        int64_t pause_s =
            numbers_interval_s(&bench.holdings, &lists, &key, cases[i].configured_s);
        if (pause_s != cases[i].interval_s)
            fail_msg("%s: %lld s", cases[i].claim, (long long)pause_s);
        assert_int_equal(
            numbers_interval_s(&bench.holdings, &lists, &numbered, cases[i].configured_s),
            pause_s);
        assert_int_equal(
            numbers_interval_s(&bench.holdings, &lists, &qve, cases[i].configured_s),
            cases[i].configured_s);
    }
    struct evaluation_numbers list = list_of(15, 2);
    struct number_lists lists = { .sgx = &list };
    assert_int_equal(numbers_interval_s(&bench.holdings, &lists, &other, 7 * DAY), DAY);
    bench_fini(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_that_the_list_names_is_called_for),
        cmocka_unit_test(only_the_list_of_its_own_tee_speaks),
        cmocka_unit_test(the_qve_keeps_numbers_that_no_list_names),
        cmocka_unit_test(what_is_held_is_called_for_once_listed_or_not),
        cmocka_unit_test(nothing_is_called_for_before_standard_or_early_is_known),
        cmocka_unit_test(a_promotion_to_come_makes_every_day_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
