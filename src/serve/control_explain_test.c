/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/test_bureau.h"
#include "verify/test_quotes.h"
#include "verify/test_reports.h"

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

/* In base64, as people pass it on. */
static json_t *explain_evidence(const struct bureau *bureau, struct bytes evidence,
                                unsigned status)
{
    struct buf text;

    buf_init(&text, 65536);
    base64_add(&text, evidence);
    json_t *told = ask(bureau, "POST", EXPLAIN, buf_text(&text), status);
    buf_fini(&text);
    return told;
}

static void a_quote_is_explained_by_what_it_says_of_its_platform(void **state)
{
    struct test_quote plan = test_quote_plain(5, TEE_TDX, BODY_TD_15);
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    struct buf quote = test_quote_mint(bureau.board.stock.world, &plan);
    json_t *told = explain_evidence(&bureau, buf_bytes(&quote), 200);
    assert_string_equal(json_word(told, "subject.by"), "quote");
    assert_string_equal(json_word(told, "subject.fmspc"), FMSPC);
    assert_string_equal(json_word(told, "subject.qe_isvsvn"), "8");
    assert_string_equal(json_word(told, "subject.tee_tcb_svn"),
                        "0701f0f0f0f0f0f0f0f0f0f0f0f0f0f0");
    assert_string_equal(json_word(told, "subject.verified"), "false");
    assert_int_equal(json_array_size(json_at(told, "tees")), 1); /* its own */
    assert_string_equal(json_word(told, "tees.0.tee"), "tdx");
    json_decref(told);
    buf_fini(&quote);

    plan = test_quote_plain(3, TEE_SGX, BODY_SGX); /* a PPID, and nobody knows whose */
    plan.parts.inner_type = CERTIFICATION_PPID_RSA3072;
    quote = test_quote_mint(bureau.board.stock.world, &plan);
    json_decref(explain_evidence(&bureau, buf_bytes(&quote), 404));
    memcpy(plan.parts.user_data,
           "\x0f\x0f\xbe\x67\x33\x33\x6e\xaf" /* GOOD's */
           "\x7a\x4e\x3d\x8b\x96\x6a\x82\xe6",
           16);
    buf_fini(&quote);
    quote = test_quote_mint(bureau.board.stock.world, &plan);
    told = explain_evidence(&bureau, buf_bytes(&quote), 200);
    assert_string_equal(json_word(told, "subject.by"), "quote");
    assert_string_equal(json_word(told, "subject.qe_id"), GOOD);
    assert_string_equal(json_word(told, "subject.pcesvn"), "13"); /* the quote's own */
    json_decref(told);
    quote.at[0] = 9; /* a version that is none: neither quote nor certificate */
    json_decref(explain_evidence(&bureau, buf_bytes(&quote), 400));
    buf_fini(&quote);
    bureau_close(&bureau);
}

static void a_report_is_explained_beside_each_minimum(void **state)
{
    struct test_report report = test_report_milan();
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    policies[1].has_min_tcb[SNP_MILAN] = true;
    policies[1].min_tcb[SNP_MILAN].spl[SPL_BOOT_LOADER] = 5;
    json_t *told = explain_evidence(&bureau, bytes_of(report.at, sizeof report.at), 200);
    assert_string_equal(json_word(told, "subject.by"), "report");
    assert_string_equal(json_word(told, "subject.product"), "Milan");
    assert_string_equal(json_word(told, "subject.reported"), "db18000000000104");
    assert_string_equal(json_word(told, "baselines.0.minimum"), "null");
    assert_string_equal(json_word(told, "baselines.0.components.0.name"), "blSPL");
    assert_string_equal(json_word(told, "baselines.0.components.0.have"), "4");
    assert_string_equal(json_word(told, "baselines.0.components.0.need"), "null");
    assert_string_equal(json_word(told, "baselines.1.meets"), "false");
    assert_string_equal(json_word(told, "baselines.1.components.0.need"), "5");
    assert_string_equal(json_word(told, "baselines.1.components.1.need"), "0");
    json_decref(told);
    report_put(&report, 0, 2, 4);
    report_put(&report, 0x188, 0, 3); /* version 2 has no CPUID, and so no product */
    json_decref(explain_evidence(&bureau, bytes_of(report.at, sizeof report.at), 400));
    bureau_close(&bureau);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_platform_is_explained_by_its_raw_tcb),
        cmocka_unit_test(a_certificate_is_explained_and_says_whether_it_is_true),
        cmocka_unit_test(a_quote_is_explained_by_what_it_says_of_its_platform),
        cmocka_unit_test(a_report_is_explained_beside_each_minimum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
