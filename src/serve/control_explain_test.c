/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/test_bureau.h"

static void a_platform_is_explained_by_its_raw_tcb(void **state)
{
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    json_t *told = get(&bureau, EXPLAIN "?qe_id=" POOR);
    assert_string_equal(json_word(told, "subject.by"), "platform");
    assert_string_equal(json_word(told, "subject.fmspc"), FMSPC);
    assert_string_equal(json_word(told, "subject.confirmed"), "true");
    assert_string_equal(json_word(told, "tees.0.tee"), "sgx");
    assert_string_equal(json_word(told, "tees.1.tee"), "tdx");
    assert_string_equal(json_word(told, "tees.0.sets.0.number"), "18");
    assert_string_equal(json_word(told, "tees.0.sets.1.needs.0.name"), "sgx.0");
    assert_string_equal(json_word(told, "tees.0.sets.1.needs.0.have"), "5");
    assert_string_equal(json_word(told, "tees.0.sets.1.needs.0.need"), "9");
    assert_string_equal(json_word(told, "baselines.0.sgx"), "17");
    json_decref(told);
    told = get(&bureau, EXPLAIN "?qe_id=" GOOD "&tee=sgx");
    assert_int_equal(json_array_size(json_at(told, "tees")), 1);
    assert_string_equal(json_word(told, "tees.0.sets.0.goal"), "null");
    json_decref(told);
    bureau_close(&bureau);
}

static json_t *explain_certificate(const struct bureau *bureau, bool with_chain)
{
    struct raw_tcb tcb = tcb_at(5);
    struct test_pck spec = test_pck_plain(PCK_CA_PROCESSOR, &tcb);
    OWNED(pck_release)
    struct verified_pck *pck = test_world_pck(bureau->board.stock.world, &spec);
    const struct pck_facts *facts = pck_facts(pck);
    struct buf pem;

    buf_init(&pem, 16384);
    pem_write(&pem, "CERTIFICATE", facts->der);
    if (with_chain)
        pem_chain_write(&pem, &pck_issuer_facts(facts->issuer)->chain);
    json_t *told = ask(bureau, "POST", EXPLAIN "?tee=sgx", buf_text(&pem), 200);
    buf_fini(&pem);
    return told;
}

static void a_certificate_is_explained_and_says_whether_it_is_true(void **state)
{
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    json_t *told = explain_certificate(&bureau, false);
    assert_string_equal(json_word(told, "subject.by"), "certificate");
    assert_string_equal(json_word(told, "subject.verified"), "false");
    assert_non_null(strstr(json_word(told, "subject.doubt"), "without its chain"));
    assert_string_equal(json_word(told, "tees.0.sets.0.needs.0.have"), "5");
    json_decref(told);
    told = explain_certificate(&bureau, true);
    assert_string_equal(json_word(told, "subject.verified"), "true");
    assert_string_equal(json_word(told, "subject.doubt"), "null");
    json_decref(told);
    bureau_close(&bureau);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_platform_is_explained_by_its_raw_tcb),
        cmocka_unit_test(a_certificate_is_explained_and_says_whether_it_is_true),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
