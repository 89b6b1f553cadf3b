/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for SEV-SNP guests and their hosts. */
#include <stdio.h>

#include "verify/test_policy.h"

static const struct {
    const char *rule;
    bool is_host;
    uint64_t bit;
} bits[] = {
    { "policy.smt", false, SNP_POLICY_SMT },
    { "policy.migrate_ma", false, SNP_POLICY_MIGRATE_MA },
    { "policy.single_socket", false, SNP_POLICY_SINGLE_SOCKET },
    { "policy.cxl_allow", false, SNP_POLICY_CXL_ALLOW },
    { "policy.mem_aes_256_xts", false, SNP_POLICY_MEM_AES_256_XTS },
    { "policy.rapl_dis", false, SNP_POLICY_RAPL_DIS },
    { "policy.ciphertext_hiding", false, SNP_POLICY_CIPHERTEXT_HIDING },
    { "policy.page_swap_disable", false, SNP_POLICY_PAGE_SWAP_DISABLE },
    { "platform_info.smt_en", true, SNP_PLATFORM_SMT_EN },
    { "platform_info.tsme_en", true, SNP_PLATFORM_TSME_EN },
    { "platform_info.ecc_en", true, SNP_PLATFORM_ECC_EN },
    { "platform_info.rapl_dis", true, SNP_PLATFORM_RAPL_DIS },
    { "platform_info.ciphertext_hiding", true, SNP_PLATFORM_CIPHERTEXT_HIDING },
    { "platform_info.alias_check_complete", true, SNP_PLATFORM_ALIAS_CHECK_COMPLETE },
    { "platform_info.tio_en", true, SNP_PLATFORM_TIO_EN },
};

static void each_bit_is_demanded_by_itself(void **state)
{
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SEV_SNP);
    for (size_t i = 0; i < COUNT_OF(bits); i++) {
        char set[96], clear[96], rule[64];
        const char *dot = strchr(bits[i].rule, '.');
        int len = (int)(dot - bits[i].rule);
        uint64_t *word = bits[i].is_host ? &t.verdict.amd.report.platform_info
                                         : &t.verdict.amd.report.policy;
        snprintf(set, sizeof set, "{\"snp\":{\"%.*s\":{\"%s\":true}}}", len, bits[i].rule,
                 dot + 1);
        snprintf(clear, sizeof clear, "{\"snp\":{\"%.*s\":{\"%s\":false}}}", len,
                 bits[i].rule, dot + 1);
        snprintf(rule, sizeof rule, "snp.%s", bits[i].rule);
        *word = bits[i].bit;
        expect(set, &t.verdict, NULL, NULL);
        expect(clear, &t.verdict, rule, "set, demanded clear");
        *word = ~(bits[i].bit | SNP_POLICY_DEBUG);
        expect(set, &t.verdict, rule, "clear, demanded set");
        expect(clear, &t.verdict, NULL, NULL);
    }
}

static void a_guest_is_judged(void **state)
{
    static const struct {
        const char *text, *rule, *why;
    } cases[] = {
        { "{\"snp\":{\"min_report_version\":5}}", NULL, NULL },
        { "{\"snp\":{\"min_report_version\":6}}", "snp.min_report_version",
          "5, demanded" },
        { "{\"snp\":{\"vmpl\":1}}", NULL, NULL },
        { "{\"snp\":{\"vmpl\":0}}", "snp.vmpl", "1, demanded 0" },
        { "{\"snp\":{\"vmpl\":[0,1]}}", NULL, NULL },
        { "{\"snp\":{\"vmpl\":[0,2,3]}}", "snp.vmpl", "1 is none of 3" },
        { "{\"snp\":{\"min_guest_svn\":4}}", NULL, NULL },
        { "{\"snp\":{\"min_guest_svn\":5}}", "snp.min_guest_svn", "4, demanded 5" },
        { "{\"snp\":{\"author_key_en\":false}}", NULL, NULL },
        { "{\"snp\":{\"author_key_en\":true}}", "snp.author_key_en", "demanded set" },
        { "{\"snp\":{\"accepted_veks\":[\"VCEK\"]}}", NULL, NULL },
        { "{\"snp\":{\"accepted_veks\":[\"VLEK\"]}}", "snp.accepted_veks", "a VCEK" },
        { "{\"snp\":{\"policy\":{\"min_abi\":\"1.51\"}}}", NULL, NULL },
        { "{\"snp\":{\"policy\":{\"min_abi\":\"0.255\"}}}", NULL, NULL },
        { "{\"snp\":{\"policy\":{\"min_abi\":\"1.52\"}}}", "snp.policy.min_abi",
          "1.51, demanded 1.52" },
        { "{\"snp\":{\"policy\":{\"min_abi\":\"2.0\"}}}", "snp.policy.min_abi", "2.0" },
        { "{\"snp\":{\"min_firmware\":\"1.55.21\"}}", NULL, NULL },
        { "{\"snp\":{\"min_firmware\":\"1.54.255\"}}", NULL, NULL },
        { "{\"snp\":{\"min_firmware\":\"1.55.22\"}}", "snp.min_firmware",
          "1.55.21, demanded 1.55.22" },
        { "{\"snp\":{\"min_firmware\":\"1.56.0\"}}", "snp.min_firmware", "1.56.0" },
        { "{\"snp\":{\"min_firmware\":\"2.0.0\"}}", "snp.min_firmware", "2.0.0" },
        { "{\"snp\":{\"min_tcb\":{\"Milan\":\"db18000000000004\"}}}", NULL, NULL },
        { "{\"snp\":{\"min_tcb\":{\"Milan\":\"dc18000000000004\"}}}", "snp.min_tcb",
          "ucodeSPL is 219, demanded 220" },
        { "{\"snp\":{\"min_tcb\":{\"Milan\":\"0000000000000005\"}}}", "snp.min_tcb",
          "blSPL is 4, demanded 5" },
        { "{\"snp\":{\"min_tcb\":{\"Genoa\":\"0000000000000000\"}}}", "snp.min_tcb",
          "no minimum for Milan" },
    };
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SEV_SNP);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect(cases[i].text, &t.verdict, cases[i].rule, cases[i].why);
    t.verdict.amd.report.vmpl = UINT32_MAX; /* the host asked for it */
    expect("{\"snp\":{\"vmpl\":[0,1,2,3]}}", &t.verdict, "snp.vmpl", "4294967295");
    t.verdict.amd.product = 0;
    expect("{\"snp\":{\"min_tcb\":{\"Milan\":\"0000000000000000\"}}}", &t.verdict,
           "snp.min_tcb", "a product that nobody knows");
}

static void firmware_that_can_be_taken_back_is_provisional(void **state)
{
    static const char denied[] = "{\"snp\":{\"allow_provisional_firmware\":false}}";
    static const char given[] = "{\"snp\":{\"allow_provisional_firmware\":true}}";
    struct test_verdict t;

    (void)state;
    for (unsigned k = 0; k < 5; k++) {
        verdict_make(&t, EVIDENCE_SEV_SNP);
        struct snp_report *report = &t.verdict.amd.report;
        report->committed.build ^= k == 1;
        report->committed.minor ^= k == 2;
        report->committed.major ^= k == 3;
        report->committed_tcb -= k == 4;
        expect(given, &t.verdict, NULL, NULL);
        expect(denied, &t.verdict, k == 0 ? NULL : "snp.allow_provisional_firmware",
               "not the one that is committed");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bit_is_demanded_by_itself),
        cmocka_unit_test(a_guest_is_judged),
        cmocka_unit_test(firmware_that_can_be_taken_back_is_provisional),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
