/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/judge.h"

#include "kit/test.h"
#include "verify/test_pki.h"

static const uint8_t FMSPC[6] = { 0x30, 0x60, 0x6a, 0, 0, 0 };
#define NOW_S (TEST_WORLD_FROM_S + 100 * TEST_DAY_S)

struct bench { /* a world, and a judge who knows it */
    struct test_world *world;
    struct trust trust;
    struct verified_collateral *root_crl;
    struct designation designation;
    struct holdings holdings;
    struct judge judge;
};

static void bench_init(struct bench *bench)
{
    bench->world = test_world_make(NULL);
    bench->trust = test_world_trust(bench->world);
    bench->root_crl = test_world_root_crl(bench->world);
    bench->designation = (struct designation){ 0 };
    bench->holdings = (struct holdings){ .designations = &bench->designation };
    bench->judge = (struct judge){
        .trust = &bench->trust,
        .holdings = &bench->holdings,
        .root_crl = bench->root_crl,
        .now_s = NOW_S,
    };
}

static void bench_fini(struct bench *bench)
{
    test_world_free(bench->world);
}

static struct pcs_item standard_of(struct collateral_key subject)
{
    return (struct pcs_item){ .key = subject, .update = UPDATE_STANDARD };
}

static struct verified_collateral *tcb_info_of(const struct bench *bench, uint32_t number)
{
    struct collateral_key key = key_tcb_info(TEE_SGX, 3, FMSPC, number);

    return test_world_item(bench->world, &key, NOW_S - TEST_DAY_S,
                           NOW_S + 29 * TEST_DAY_S);
}

static struct verified_collateral *list_of(const struct bench *bench,
                                           const uint32_t *numbers, size_t count,
                                           int64_t next_update_s)
{
    struct collateral_key key = key_evaluation_numbers(TEE_SGX);
    struct buf body = test_world_number_list(bench->world, TEE_SGX, numbers, count,
                                             NOW_S - TEST_DAY_S, next_update_s);
    struct verified_collateral *list =
        test_world_verify(bench->world, &key, buf_bytes(&body), NOW_S - TEST_DAY_S);

    buf_fini(&body);
    return list;
}

static void a_true_answer_is_taken_and_a_flipped_one_refused(void **state)
{
    struct bench bench;
    struct collateral_key key = key_tcb_info(TEE_SGX, 3, FMSPC, 17);
    struct pcs_item item = { .key = key };
    struct error err = { 0 };
    struct verified_collateral *fresh = NULL;

    (void)state;
    bench_init(&bench);
    struct buf body =
        test_world_body(bench.world, &key, NOW_S - TEST_DAY_S, NOW_S + 29 * TEST_DAY_S);
    struct der_chain chain = test_world_chain_for(bench.world, &key);
    assert_ok(judge_answer(&bench.judge, &item, buf_bytes(&body), &chain, &fresh, &err),
              err);
    verified_release(fresh);
    body.at[body.len / 2] ^= 1;
    assert_false(
        judge_answer(&bench.judge, &item, buf_bytes(&body), &chain, &fresh, &err));
    assert_true(err.kind == ERROR_UNTRUSTED || err.kind == ERROR_FORMAT);
    buf_fini(&body);
    bench_fini(&bench);
}

static void what_is_issued_more_than_five_minutes_ahead_is_refused(void **state)
{
    struct bench bench;
    struct collateral_key key = key_tcb_info(TEE_SGX, 3, FMSPC, 17);
    struct pcs_item item = { .key = key };

    (void)state;
    bench_init(&bench);
    struct der_chain chain = test_world_chain_for(bench.world, &key);
    for (int64_t ahead_s = JUDGE_FUTURE_S; ahead_s <= JUDGE_FUTURE_S + 1; ahead_s++) {
        struct buf body =
            test_world_body(bench.world, &key, NOW_S + ahead_s, NOW_S + 30 * TEST_DAY_S);
        struct verified_collateral *fresh = NULL;
        struct error err = { 0 };
        bool taken =
            judge_answer(&bench.judge, &item, buf_bytes(&body), &chain, &fresh, &err);
        assert_int_equal(taken, ahead_s <= JUDGE_FUTURE_S);
        if (!taken)
            assert_refused(err, ERROR_STALE, "not valid before");
        verified_release(fresh);
        buf_fini(&body);
    }
    bench_fini(&bench);
}

static void standard_must_be_named_by_the_list_where_there_is_one(void **state)
{
    static const uint32_t numbers[] = { 18, 17 };
    const struct {
        uint32_t number;
        bool taken;
    } cases[] = { { 16, false }, { 17, true }, { 18, true }, { 19, false } };
    struct bench bench;

    (void)state;
    bench_init(&bench);
    struct verified_collateral *list =
        list_of(&bench, numbers, COUNT_OF(numbers), NOW_S + TEST_DAY_S);
    bench.judge.sgx_list = list;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct verified_collateral *fresh = tcb_info_of(&bench, cases[i].number);
        struct pcs_item item = standard_of(key_tcb_info(TEE_SGX, 3, FMSPC, 0));
        struct error err = { 0 };
        bool listed;
        assert_int_equal(judge_standard(&bench.judge, &item, fresh, &listed, &err),
                         cases[i].taken);
        assert_int_equal(listed, cases[i].taken);
        if (!cases[i].taken)
            assert_refused(err, ERROR_UNTRUSTED, "does not name");
        verified_release(fresh);
    }
    verified_release(list);
    bench_fini(&bench);
}

static void without_a_list_in_date_only_going_back_is_refused(void **state)
{
    static const uint32_t numbers[] = { 17 };
    const struct {
        uint32_t number;
        bool taken;
    } cases[] = { { 16, false }, { 17, true }, { 18, true } };
    struct bench bench;

    (void)state;
    bench_init(&bench);
    struct verified_collateral *expired =
        list_of(&bench, numbers, COUNT_OF(numbers), NOW_S - 1);
    bench.judge.sgx_list = expired;
    bench.designation = (struct designation){
        .subject = key_tcb_info(TEE_SGX, 3, FMSPC, 0),
        .update = UPDATE_STANDARD,
        .evaluation_data_number = 17,
    };
    bench.holdings.designation_count = 1;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct verified_collateral *fresh = tcb_info_of(&bench, cases[i].number);
        struct pcs_item item = standard_of(key_tcb_info(TEE_SGX, 3, FMSPC, 0));
        struct error err = { 0 };
        bool listed;
        assert_int_equal(judge_standard(&bench.judge, &item, fresh, &listed, &err),
                         cases[i].taken);
        assert_false(listed);
        if (!cases[i].taken)
            assert_refused(err, ERROR_STALE, "below 17");
        verified_release(fresh);
    }
    verified_release(expired);
    bench_fini(&bench);
}

static void qve_and_qae_keep_numbers_of_their_own(void **state)
{
    const struct {
        struct collateral_key key;
        bool has_list;
        enum tee tee;
    } cases[] = {
        { key_tcb_info(TEE_TDX, 3, FMSPC, 17), true, TEE_TDX },
        { key_identity(ENCLAVE_QE, 17), true, TEE_SGX },
        { key_identity(ENCLAVE_TD_QE, 17), true, TEE_TDX },
        { key_identity(ENCLAVE_QVE, 17), false, 0 },
        { key_identity(ENCLAVE_QAE, 17), false, 0 },
        { key_root_crl(), false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum tee tee = 0;
        assert_int_equal(judge_list_tee(&cases[i].key, &tee), cases[i].has_list);
        if (cases[i].has_list)
            assert_int_equal(tee, cases[i].tee);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_answer_is_taken_and_a_flipped_one_refused),
        cmocka_unit_test(what_is_issued_more_than_five_minutes_ahead_is_refused),
        cmocka_unit_test(standard_must_be_named_by_the_list_where_there_is_one),
        cmocka_unit_test(without_a_list_in_date_only_going_back_is_refused),
        cmocka_unit_test(qve_and_qae_keep_numbers_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
