/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/policy.h"

#include <stdio.h>

#include "verify/test_policy.h"

static void expect_by_default(const struct verdict *verdict, const char *rule)
{
    struct policy_answer answer;

    policy_judge(NULL, verdict, &answer);
    expect("{}", verdict, rule, "");
    assert_int_equal(answer.accepted, rule == NULL);
    if (rule == NULL)
        assert_null(answer.denied_by);
    else
        assert_string_equal(answer.denied_by, rule);
}

static const enum evidence evidences[] = { EVIDENCE_SGX, EVIDENCE_TDX, EVIDENCE_SEV_SNP };

/* ---- the default ------------------------------------------------------------------ */

static void what_is_not_valid_is_never_accepted(void **state)
{
    struct test_verdict t;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(evidences); i++) {
        verdict_make(&t, evidences[i]);
        expect_by_default(&t.verdict, NULL);
        t.verdict.valid = false;
        t.verdict.failure = CHECK_INVALID_QUOTE_SIGNATURE;
        struct policy_answer answer = judge("{\"allow_debug\":true}", &t.verdict);
        assert_false(answer.accepted);
        assert_null(answer.denied_by); /* no rule has been asked */
    }
}

static void by_default_two_statuses_do(void **state)
{
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_TDX);
    for (unsigned s = STANDING_UP_TO_DATE; s <= STANDING_NOT_SUPPORTED; s++) {
        bool is_good = s == STANDING_UP_TO_DATE || s == STANDING_SW_HARDENING_NEEDED;
        t.verdict.status = (enum tcb_standing)s;
        expect_by_default(&t.verdict, is_good ? NULL : "accepted_statuses");
    }
    t.verdict.has_status = false;
    expect_by_default(&t.verdict, "accepted_statuses");
}

static void by_default_nothing_may_be_debugged(void **state)
{
    struct test_verdict t;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(evidences); i++) {
        verdict_make(&t, evidences[i]);
        t.verdict.intel.quote.sgx.is_debug = evidences[i] == EVIDENCE_SGX;
        t.verdict.intel.quote.td.is_debug = evidences[i] == EVIDENCE_TDX;
        if (evidences[i] == EVIDENCE_SEV_SNP)
            t.verdict.amd.report.policy |= SNP_POLICY_DEBUG;
        expect_by_default(&t.verdict, "allow_debug");
        expect("{\"allow_debug\":false}", &t.verdict, "allow_debug", "debugged");
        expect("{\"allow_debug\":true}", &t.verdict, NULL, NULL);
    }
}

/* ---- statuses -----------------------------------------------------------------------
 */

static void each_status_is_accepted_by_its_name_alone(void **state)
{
    struct test_verdict t;
    char text[128];

    (void)state;
    verdict_make(&t, EVIDENCE_TDX);
    for (unsigned named = STANDING_UP_TO_DATE; named < STANDING_NOT_SUPPORTED; named++)
        for (unsigned s = STANDING_UP_TO_DATE; s <= STANDING_NOT_SUPPORTED; s++) {
            if (named == STANDING_REVOKED)
                continue;
            snprintf(text, sizeof text, "{\"accepted_statuses\":[\"%s\"]}",
                     tcb_standing_name((enum tcb_standing)named));
            t.verdict.status = (enum tcb_standing)s;
            expect(text, &t.verdict, s == named ? NULL : "accepted_statuses",
                   "is none of those accepted");
        }
}

static void a_report_without_a_minimum_has_no_status(void **state)
{
    static const char up_to_date[] = "{\"accepted_statuses\":[\"UpToDate\"]}";
    static const char own_minimum[] = "{\"accepted_statuses\":[\"UpToDate\"],"
                                      "\"snp\":{\"min_tcb\":"
                                      "{\"Milan\":\"db18000000000004\"}}}";
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SEV_SNP);
    expect_by_default(&t.verdict, NULL);
    expect(up_to_date, &t.verdict, "accepted_statuses", "no minimum TCB_VERSION");
    expect(own_minimum, &t.verdict, NULL, NULL);
    t.verdict.has_status = true;
    t.verdict.status = STANDING_UP_TO_DATE;
    expect(up_to_date, &t.verdict, NULL, NULL);
    t.verdict.status = STANDING_OUT_OF_DATE;
    expect(up_to_date, &t.verdict, "accepted_statuses", "OutOfDate");
    expect(own_minimum, &t.verdict, "accepted_statuses", "OutOfDate");
    expect_by_default(&t.verdict, "accepted_statuses");
}

/* ---- which TEE -------------------------------------------------------------------- */

static void demands_of_one_tee_admit_no_other(void **state)
{
    static const struct {
        const char *text, *sgx, *tdx, *snp; /* who denies; NULL: nobody */
    } cases[] = {
        { "{}", NULL, NULL, NULL },
        { "{\"sgx\":{}}", NULL, "tdx", "snp" },
        { "{\"tdx\":{}}", "sgx", NULL, "snp" },
        { "{\"snp\":{}}", "sgx", "tdx", NULL },
        { "{\"sgx\":{},\"snp\":{}}", NULL, "tdx", NULL },
        { "{\"sgx\":{},\"tdx\":{},\"snp\":{}}", NULL, NULL, NULL },
        { "{\"platform\":{}}", NULL, NULL, "snp" },
        { "{\"platform\":{},\"tdx\":{}}", "sgx", NULL, "snp" },
        { "{\"platform\":{},\"snp\":{}}", "sgx", "tdx", NULL },
        { "{\"min_evaluation_data_number\":17}", NULL, NULL, "snp" },
        { "{\"min_tcb_date\":\"2024-03-13T00:00:00Z\"}", NULL, NULL, "snp" },
        { "{\"min_evaluation_data_number\":17,\"tdx\":{},\"snp\":{}}", "sgx", NULL,
          NULL },
        { "{\"blocked_advisories\":[\"INTEL-SA-00001\"]}", NULL, NULL, NULL },
    };
    struct test_verdict t;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *const rules[] = { cases[i].sgx, cases[i].tdx, cases[i].snp };
        for (size_t k = 0; k < COUNT_OF(evidences); k++) {
            verdict_make(&t, evidences[k]);
            expect(cases[i].text, &t.verdict, rules[k], "demands of other TEEs");
        }
    }
}

/* ---- numbers, dates, advisories --------------------------------------------------- */

static void what_is_common_is_judged(void **state)
{
    static const struct {
        const char *text, *rule, *why; /* NULL: accepted */
    } cases[] = {
        { "{\"min_evaluation_data_number\":17}", NULL, NULL },
        { "{\"min_evaluation_data_number\":18}", "min_evaluation_data_number",
          "evaluation data number 17, demanded 18 at least" },
        { "{\"min_tcb_date\":\"2024-03-13T00:00:00Z\"}", NULL, NULL },
        { "{\"min_tcb_date\":\"2024-03-13T00:00:01Z\"}", "min_tcb_date",
          "TCB of 2024-03-13T00:00:00Z, demanded of 2024-03-13T00:00:01Z" },
        { "{\"accepted_advisories\":[\"INTEL-SA-00837\",\"INTEL-SA-00615\"]}", NULL,
          NULL },
        { "{\"accepted_advisories\":[\"INTEL-SA-00615\"]}", "accepted_advisories",
          "INTEL-SA-00837 applies" },
        { "{\"accepted_advisories\":[]}", "accepted_advisories", "INTEL-SA-00615" },
        { "{\"blocked_advisories\":[\"INTEL-SA-00616\"]}", NULL, NULL },
        { "{\"blocked_advisories\":[\"INTEL-SA-00837\"]}", "blocked_advisories",
          "INTEL-SA-00837 applies" },
        { "{\"accepted_advisories\":[\"INTEL-SA-00837\",\"INTEL-SA-00615\"],"
          "\"blocked_advisories\":[\"INTEL-SA-00615\"]}",
          "blocked_advisories", "INTEL-SA-00615" },
        { "{\"require_revocation_checked\":true}", NULL, NULL },
    };
    struct test_verdict t;

    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            verdict_make(&t, evidences[k]);
            expect(cases[i].text, &t.verdict, cases[i].rule, cases[i].why);
        }
    t.verdict.advisory_count = 0;
    expect("{\"accepted_advisories\":[]}", &t.verdict, NULL, NULL);
    t.verdict.tcb_date_s = 0;
    expect("{\"min_tcb_date\":\"2024-03-13T00:00:00Z\"}", &t.verdict, "min_tcb_date",
           "TCB of no date");
}

static void revocation_can_be_demanded(void **state)
{
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SEV_SNP);
    t.verdict.revocation_checked = false;
    expect_by_default(&t.verdict, NULL);
    expect("{\"require_revocation_checked\":false}", &t.verdict, NULL, NULL);
    expect("{\"require_revocation_checked\":true}", &t.verdict,
           "require_revocation_checked", "revoked");
    t.verdict.revocation_checked = true;
    expect("{\"require_revocation_checked\":true}", &t.verdict, NULL, NULL);
}

/* ---- bytes --------------------------------------------------------------------------
 */

#define OF_SGX(NAME) \
    EVIDENCE_SGX, "sgx." #NAME, offsetof(struct verdict, intel.quote.sgx.NAME)
#define OF_TDX(NAME) \
    EVIDENCE_TDX, "tdx." #NAME, offsetof(struct verdict, intel.quote.td.NAME)
#define OF_SNP(NAME) \
    EVIDENCE_SEV_SNP, "snp." #NAME, offsetof(struct verdict, amd.report.NAME)
#define RTMR(N) \
    EVIDENCE_TDX, "tdx.rtmr" #N, offsetof(struct verdict, intel.quote.td.rtmrs[N])

static const struct {
    enum evidence evidence;
    const char *rule;
    size_t at; /* a struct bytes of the verdict */
} values[] = {
    { OF_SGX(mrenclave) },
    { OF_SGX(mrsigner) },
    { OF_SGX(config_id) },
    { OF_SGX(isv_family_id) },
    { OF_SGX(isv_ext_prod_id) },
    { OF_SGX(report_data) },
    { OF_SGX(attributes) },
    { OF_SGX(miscselect) },
    { OF_TDX(mrtd) },
    { RTMR(0) },
    { RTMR(1) },
    { RTMR(2) },
    { RTMR(3) },
    { OF_TDX(mrconfigid) },
    { OF_TDX(mrowner) },
    { OF_TDX(mrownerconfig) },
    { OF_TDX(mrseam) },
    { OF_TDX(mrsignerseam) },
    { OF_TDX(mrservicetd) },
    { OF_TDX(report_data) },
    { OF_TDX(td_attributes) },
    { OF_TDX(xfam) },
    { OF_SNP(measurement) },
    { OF_SNP(report_data) },
    { OF_SNP(host_data) },
    { OF_SNP(family_id) },
    { OF_SNP(image_id) },
    { OF_SNP(id_key_digest) },
    { OF_SNP(author_key_digest) },
    { OF_SNP(chip_id) },
};

static struct bytes *view_of(struct test_verdict *t, size_t i)
{
    return (struct bytes *)(void *)((char *)&t->verdict + values[i].at);
}

static void every_byte_that_is_expected_counts(void **state)
{
    struct test_verdict t;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct buf policy;
        verdict_make(&t, values[i].evidence);
        struct bytes *view = view_of(&t, i);
        write_policy(&policy, values[i].rule, *view);
        expect(buf_text(&policy), &t.verdict, NULL, NULL);
        for (size_t k = 0; k < view->len; k++) {
            size_t at = (size_t)(view->at - t.bytes) + k;
            t.bytes[at] ^= 1;
            expect(buf_text(&policy), &t.verdict, values[i].rule, "demanded");
            t.bytes[at] ^= 1;
        }
        *view = (struct bytes){ 0 };
        expect(buf_text(&policy), &t.verdict, values[i].rule, "there is none");
        buf_fini(&policy);
    }
}

static void one_of_several_will_do(void **state)
{
    struct test_verdict t;
    struct buf policy;

    (void)state;
    verdict_make(&t, EVIDENCE_TDX);
    const struct td_report *td = &t.verdict.intel.quote.td;
    buf_init(&policy, 4096);
    for (size_t has = 0; has < 4; has++) {
        buf_clear(&policy);
        buf_add_text(&policy, "{\"tdx\":{\"mrtd\":[");
        for (size_t i = 0; i < 3; i++) {
            buf_add_text(&policy, i == 0 ? "\"" : ",\"");
            hex_add(&policy, i == has ? td->mrtd : td->rtmrs[i]);
            buf_add_text(&policy, "\"");
        }
        buf_add_text(&policy, "]}}");
        expect(buf_text(&policy), &t.verdict, has < 3 ? NULL : "tdx.mrtd",
               "is none of 3 that are accepted");
    }
    buf_fini(&policy);
}

static void what_a_mask_leaves_out_does_not_count(void **state)
{
    static const char policy[] = "{\"tdx\":{\"td_attributes\":\"0000001000000000\","
                                 "\"td_attributes_mask\":\"01000010000000f0\"}}";
    static const struct {
        uint8_t attributes[8];
        bool is_accepted;
    } cases[] = {
        { { 0, 0, 0, 0x10, 0, 0, 0, 0 }, true },
        { { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f }, true },
        { { 1, 0, 0, 0x10, 0, 0, 0, 0 }, false },
        { { 0, 0, 0, 0, 0, 0, 0, 0 }, false },
        { { 0, 0, 0, 0x10, 0, 0, 0, 0x10 }, false },
    };
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_TDX);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        t.verdict.intel.quote.td.td_attributes = bytes_of(cases[i].attributes, 8);
        expect(policy, &t.verdict, cases[i].is_accepted ? NULL : "tdx.td_attributes",
               "demanded 0000001000000000 under the mask 01000010000000f0");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_valid_is_never_accepted),
        cmocka_unit_test(by_default_two_statuses_do),
        cmocka_unit_test(by_default_nothing_may_be_debugged),
        cmocka_unit_test(each_status_is_accepted_by_its_name_alone),
        cmocka_unit_test(a_report_without_a_minimum_has_no_status),
        cmocka_unit_test(demands_of_one_tee_admit_no_other),
        cmocka_unit_test(what_is_common_is_judged),
        cmocka_unit_test(revocation_can_be_demanded),
        cmocka_unit_test(every_byte_that_is_expected_counts),
        cmocka_unit_test(one_of_several_will_do),
        cmocka_unit_test(what_a_mask_leaves_out_does_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
