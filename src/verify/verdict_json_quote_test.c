/* SPDX-License-Identifier: Apache-2.0 */
/* Of enclaves and trust domains. */
#include "verify/test_verdict_json.h"

static void an_enclaves_verdict_says_all(void **state)
{
    static const struct claim claims[] = {
        { "tee", "\"sgx\"" },
        { "status", "\"SWHardeningNeeded\"" },
        { "advisories", "[\"INTEL-SA-00615\",\"INTEL-SA-00837\"]" },
        { "tcb_date", "\"2024-03-13T00:00:00Z\"" },
        { "evaluation_data_number", "17" },
        { "valid", "true" },
        { "failure", "null" },
        { "why", "null" },
        { "expired", "[]" },
        { "revocation", "\"checked\"" },
        { "accepted", "true" },
        { "denied_by", "null" },
        { "denied_why", "null" },
        { "at", "\"2025-06-20T00:00:00Z\"" },
        { "dates.root_ca_crl", "{\"from\":\"2025-06-19T23:58:19Z\",\"until\":"
                               "\"2025-06-20T00:16:41Z\",\"in_date\":true}" },
        { "dates.vek", "(none)" },
        { "earliest_issue", "\"2025-06-19T23:58:14Z\"" },
        { "latest_issue", "\"2025-06-19T23:58:20Z\"" },
        { "earliest_expiration", "\"2025-06-20T00:16:40Z\"" },
        { "parts.platform.status", "\"SWHardeningNeeded\"" },
        { "parts.platform.tcb_date", "\"2024-03-13T00:00:00Z\"" },
        { "parts.platform.advisories", "[\"INTEL-SA-00615\",\"INTEL-SA-00837\"]" },
        { "parts.module", "null" },
        { "parts.qe", "{\"status\":\"UpToDate\",\"tcb_date\":\"2024-03-13T00:00:02Z\","
                      "\"advisories\":[]}" },
        { "launch", "null" },
        { "current", "null" },
        { "tcb_info", "{\"evaluation_data_number\":17,\"version\":3,\"fmspc\":"
                      "\"30606a000001\",\"issue_date\":\"2025-06-19T00:00:00Z\","
                      "\"next_update\":\"2025-06-21T00:00:00Z\"}" },
        { "qe_identity", "{\"id\":\"QE\",\"evaluation_data_number\":18,\"issue_date\":"
                         "\"2025-06-19T00:00:00Z\",\"next_update\":"
                         "\"2025-06-21T00:00:00Z\"}" },
        { "root.origin", "\"pinned\"" },
        { "platform.fmspc", "\"30606a000001\"" },
        { "platform.pce_id", "\"0002\"" },
        { "platform.ca", "\"platform\"" },
        { "platform.sgx_type", "\"Scalable\"" },
        { "platform.dynamic_platform", "false" },
        { "platform.components", "[5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5]" },
        { "platform.pcesvn", "13" },
        { "quote.version", "3" },
        { "quote.certification_type", "5" },
        { "quote.trailing", "3" },
        { "enclave.isv_prod_id", "7" },
        { "enclave.isv_svn", "9" },
        { "enclave.config_svn", "3" },
        { "enclave.debug", "false" },
        { "qe.isv_svn", "9" },
        { "td", "(none)" },
        { "report", "(none)" },
    };
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SGX);
    json_t *root = judge_and_read(&t.verdict);
    const struct quote_facts *facts = &t.verdict.intel;
    const struct sgx_report_body *body = &facts->quote.sgx;
    expect_all(root, claims, COUNT_OF(claims));
    expect_hex(root, "enclave.mrenclave", body->mrenclave);
    expect_hex(root, "enclave.mrsigner", body->mrsigner);
    expect_hex(root, "enclave.report_data", body->report_data);
    expect_hex(root, "enclave.attributes", body->attributes);
    expect_hex(root, "enclave.miscselect", body->miscselect);
    expect_hex(root, "enclave.cpusvn", body->cpusvn);
    expect_hex(root, "enclave.config_id", body->config_id);
    expect_hex(root, "enclave.isv_ext_prod_id", body->isv_ext_prod_id);
    expect_hex(root, "enclave.isv_family_id", body->isv_family_id);
    expect_hex(root, "qe.mrsigner", facts->quote.qe_report.mrsigner);
    expect_hex(root, "quote.qe_id", facts->quote.qe_id);
    expect_hex(root, "quote.user_data", facts->quote.user_data);
    expect_hex(root, "platform.ppid", bytes_of(facts->pck.ppid, 16));
    expect_hex(root, "platform.platform_instance_id",
               bytes_of(facts->pck.platform_instance_id, 16));
    expect_hex(root, "platform.cpusvn", bytes_of(facts->pck.cpusvn, 16));
    expect_hex(root, "root.spki_sha256", bytes_of(facts->root_spki_sha256, 32));
    expect_hex(root, "root.key_id", bytes_of(facts->root_key_id, 48));
    expect_hex(root, "root_ca_crl_num", facts->root_crl_number);
    expect_hex(root, "pck_crl_num", facts->pck_crl_number);
    json_decref(root);
}

static void a_trust_domains_fields_are_all_there(void **state)
{
    static const struct {
        const char *path;
        size_t at;
    } views[] = {
        { "td.mrtd", offsetof(struct td_report, mrtd) },
        { "td.rtmr0", offsetof(struct td_report, rtmrs[0]) },
        { "td.rtmr1", offsetof(struct td_report, rtmrs[1]) },
        { "td.rtmr2", offsetof(struct td_report, rtmrs[2]) },
        { "td.rtmr3", offsetof(struct td_report, rtmrs[3]) },
        { "td.mrconfigid", offsetof(struct td_report, mrconfigid) },
        { "td.mrowner", offsetof(struct td_report, mrowner) },
        { "td.mrownerconfig", offsetof(struct td_report, mrownerconfig) },
        { "td.mrservicetd", offsetof(struct td_report, mrservicetd) },
        { "td.mrseam", offsetof(struct td_report, mrseam) },
        { "td.mrsignerseam", offsetof(struct td_report, mrsignerseam) },
        { "td.seam_attributes", offsetof(struct td_report, seam_attributes) },
        { "td.td_attributes", offsetof(struct td_report, td_attributes) },
        { "td.xfam", offsetof(struct td_report, xfam) },
        { "td.tee_tcb_svn", offsetof(struct td_report, tee_tcb_svn) },
        { "td.tee_tcb_svn2", offsetof(struct td_report, tee_tcb_svn2) },
        { "td.report_data", offsetof(struct td_report, report_data) },
    };
    static const struct claim claims[] = {
        { "tee", "\"tdx\"" },
        { "td.form", "\"1.5\"" },
        { "td.vm_id", "null" },
        { "td.td_id", "null" },
        { "td.debug", "false" },
        { "enclave", "(none)" },
        { "qe_identity.id", "\"TD_QE\"" },
    };
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_TDX);
    json_t *root = judge_and_read(&t.verdict);
    const struct td_report *td = &t.verdict.intel.quote.td;
    for (size_t i = 0; i < COUNT_OF(views); i++) {
        const void *view = (const char *)td + views[i].at;
        expect_hex(root, views[i].path, *(const struct bytes *)view);
    }
    expect_all(root, claims, COUNT_OF(claims));
    json_decref(root);
}

static void launch_and_current_are_told_apart(void **state)
{
    static const struct claim claims[] = {
        { "status", "\"TDRelaunchAdvised\"" },
        { "parts.platform.status", "\"SWHardeningNeeded\"" },
        { "parts.module.status", "\"OutOfDate\"" },
        { "parts.module.tcb_date", "\"2024-03-13T00:00:01Z\"" },
        { "launch.status", "\"OutOfDate\"" },
        { "launch.tcb_date", "\"2024-03-13T00:00:00Z\"" },
        { "launch.module.status", "\"OutOfDate\"" },
        { "current.status", "\"UpToDate\"" },
        { "current.module.status", "\"UpToDate\"" },
        { "current.platform.status", "\"SWHardeningNeeded\"" },
    };
    struct enclave_tcb_level newer = { .isvsvn = 6,
                                       .tcb_date_s = 1710288001,
                                       .status = TCB_UP_TO_DATE };
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_TDX);
    t.module_level.status = TCB_OUT_OF_DATE;
    t.verdict.intel.tcb.launch.standing = STANDING_OUT_OF_DATE;
    t.verdict.intel.tcb.current.standing = STANDING_UP_TO_DATE;
    t.verdict.intel.tcb.current.module_level = &newer;
    t.verdict.status = STANDING_TD_RELAUNCH_ADVISED;
    json_t *root = judge_and_read(&t.verdict);
    expect_all(root, claims, COUNT_OF(claims));
    json_decref(root);
}

/* A TD of 1.0 has one side, one of a module without a major version no module. */
static void what_has_no_part_is_null(void **state)
{
    static const uint8_t svn[16] = { 3, 0, 5 };
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_TDX);
    t.verdict.intel.quote.td.form = TD_REPORT_10;
    t.verdict.intel.quote.td.tee_tcb_svn = bytes_of(svn, sizeof svn);
    t.verdict.intel.quote.td.tee_tcb_svn2 = (struct bytes){ 0 };
    t.verdict.intel.quote.td.mrservicetd = (struct bytes){ 0 };
    t.verdict.intel.tcb.launch.module_level = NULL;
    json_t *root = judge_and_read(&t.verdict);
    expect(root, "td.form", "\"1.0\"");
    expect(root, "td.tee_tcb_svn2", "null");
    expect(root, "td.mrservicetd", "null");
    expect(root, "parts.module", "null");
    expect(root, "launch", "null");
    expect(root, "current", "null");
    json_decref(root);
}

static void a_part_below_all_levels_is_not_supported(void **state)
{
    static const char expected[] = "{\"status\":\"NotSupported\",\"tcb_date\":null,"
                                   "\"advisories\":[]}";
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_TDX);
    t.verdict.intel.tcb.launch = (struct tcb_side){ .standing = STANDING_NOT_SUPPORTED };
    t.verdict.intel.tcb.qe_level = NULL;
    t.verdict.status = STANDING_NOT_SUPPORTED;
    t.verdict.tcb_date_s = 0;
    json_t *root = judge_and_read(&t.verdict);
    expect(root, "parts.platform", expected);
    expect(root, "parts.module", expected);
    expect(root, "parts.qe", expected);
    expect(root, "launch.tcb_date", "null");
    expect(root, "tcb_date", "null");
    json_decref(root);
}

static void a_processor_cas_certificate_leaves_flags_open(void **state)
{
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SGX);
    t.verdict.intel.pck.has_platform = false;
    t.verdict.intel.pck.sgx_type = PCK_STANDARD;
    t.verdict.intel.ca = PCK_CA_PROCESSOR;
    json_t *root = judge_and_read(&t.verdict);
    expect(root, "platform.platform_instance_id", "null");
    expect(root, "platform.dynamic_platform", "null");
    expect(root, "platform.cached_keys", "null");
    expect(root, "platform.smt_enabled", "null");
    expect(root, "platform.ca", "\"processor\"");
    expect(root, "platform.sgx_type", "\"Standard\"");
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enclaves_verdict_says_all),
        cmocka_unit_test(a_trust_domains_fields_are_all_there),
        cmocka_unit_test(launch_and_current_are_told_apart),
        cmocka_unit_test(what_has_no_part_is_null),
        cmocka_unit_test(a_part_below_all_levels_is_not_supported),
        cmocka_unit_test(a_processor_cas_certificate_leaves_flags_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
