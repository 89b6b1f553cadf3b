/* SPDX-License-Identifier: Apache-2.0 */
/* Of AMD's reports. */
#include "verify/test_verdict_json.h"

static void a_reports_verdict_says_all(void **state)
{
    static const struct claim claims[] = {
        { "tee", "\"sev-snp\"" },
        { "status", "null" },
        { "tcb_date", "null" },
        { "evaluation_data_number", "null" },
        { "valid", "true" },
        { "accepted", "true" },
        { "revocation", "\"checked\"" },
        { "dates.tcb_info", "(none)" },
        { "dates.vek.in_date", "true" },
        { "product", "\"Milan\"" },
        { "root", "{\"spki_sha256\":\"000000000000000000000000000000000000000000000000"
                  "0000000000000000\",\"key_id\":null,\"origin\":\"test\"}" },
        { "vek.kind", "\"VCEK\"" },
        { "vek.product_name", "\"Milan-B0\"" },
        { "vek.csp_id", "null" },
        { "tcb.reported", "{\"value\":\"db18000000000004\",\"blSPL\":4,\"teeSPL\":0,"
                          "\"snpSPL\":24,\"ucodeSPL\":219}" },
        { "tcb.current.value", "\"db18000000000004\"" },
        { "tcb.committed.value", "\"db18000000000004\"" },
        { "tcb.launch.value", "\"db18000000000004\"" },
        { "tcb.min", "null" },
        { "report.version", "5" },
        { "report.guest_svn", "4" },
        { "report.vmpl", "1" },
        { "report.policy_value", "\"0000000000030000\"" },
        { "report.policy",
          "{\"smt\":true,\"migrate_ma\":false,\"debug\":false,\"single_socket\":false,"
          "\"cxl_allow\":false,\"mem_aes_256_xts\":false,\"rapl_dis\":false,"
          "\"ciphertext_hiding\":false,\"page_swap_disable\":false}" },
        { "report.abi_major", "1" },
        { "report.abi_minor", "51" },
        { "report.platform_info_value", "\"0000000000000021\"" },
        { "report.platform_info",
          "{\"smt_en\":true,\"tsme_en\":false,\"ecc_en\":false,\"rapl_dis\":false,"
          "\"ciphertext_hiding\":false,\"alias_check_complete\":true,\"tio_en\":false}" },
        { "report.signed_by", "\"VCEK\"" },
        { "report.signature_algorithm", "1" },
        { "report.author_key_en", "false" },
        { "report.mask_chip_key", "false" },
        { "report.current_firmware", "{\"major\":1,\"minor\":55,\"build\":21}" },
        { "report.committed_firmware", "{\"major\":1,\"minor\":55,\"build\":21}" },
        { "report.cpuid", "{\"family\":25,\"model\":1,\"stepping\":1}" },
        { "report.launch_mitigations", "\"0000000000000010\"" },
        { "report.current_mitigations", "\"8000000000000001\"" },
        { "report.debug", "false" },
        { "quote", "(none)" },
    };
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SEV_SNP);
    json_t *root = judge_and_read(&t.verdict);
    const struct snp_report *report = &t.verdict.amd.report;
    expect_all(root, claims, COUNT_OF(claims));
    expect_hex(root, "chip_id", report->chip_id);
    expect_hex(root, "vek.hwid", report->chip_id);
    expect_hex(root, "report.chip_id", report->chip_id);
    expect_hex(root, "report.measurement", report->measurement);
    expect_hex(root, "report.report_data", report->report_data);
    expect_hex(root, "report.host_data", report->host_data);
    expect_hex(root, "report.family_id", report->family_id);
    expect_hex(root, "report.image_id", report->image_id);
    expect_hex(root, "report.id_key_digest", report->id_key_digest);
    expect_hex(root, "report.author_key_digest", report->author_key_digest);
    expect_hex(root, "report.report_id", report->report_id);
    expect_hex(root, "report.report_id_ma", report->report_id_ma);
    json_decref(root);
}

static void an_older_report_has_less_to_say(void **state)
{
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SEV_SNP);
    t.verdict.amd.report.version = 2;
    t.verdict.amd.product = 0;
    t.verdict.amd.has_vek = false;
    t.verdict.amd.report.signed_by = 0;
    json_t *root = judge_and_read(&t.verdict);
    expect(root, "report.cpuid", "null");
    expect(root, "report.launch_mitigations", "null");
    expect(root, "report.current_mitigations", "null");
    expect(root, "report.signed_by", "null");
    expect(root, "vek", "null");
    expect(root, "product", "null");
    expect(root, "tcb.reported", "{\"value\":\"db18000000000004\"}");
    json_decref(root);
}

static void a_lent_key_has_a_provider_and_no_chip(void **state)
{
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SEV_SNP);
    t.verdict.amd.vek.kind = VEK_VLEK;
    t.verdict.amd.vek.hwid.len = 0;
    t.verdict.amd.vek.csp_id = bytes_of_text("azure");
    t.verdict.amd.has_min_tcb = true;
    t.verdict.amd.min_tcb = t.verdict.amd.reported;
    t.verdict.amd.min_tcb.spl[SPL_SNP] = 23;
    t.verdict.has_status = true;
    t.verdict.status = STANDING_UP_TO_DATE;
    json_t *root = judge_and_read(&t.verdict);
    expect(root, "vek.kind", "\"VLEK\"");
    expect(root, "vek.hwid", "null");
    expect(root, "vek.csp_id", "\"azure\"");
    expect(root, "status", "\"UpToDate\"");
    expect(root, "tcb.min.value", "\"db17000000000004\"");
    expect(root, "tcb.min.snpSPL", "23");
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reports_verdict_says_all),
        cmocka_unit_test(an_older_report_has_less_to_say),
        cmocka_unit_test(a_lent_key_has_a_provider_and_no_chip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
