/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/names.h"

#include "kit/test.h"

/* Programs have these compiled in: a number that moves, breaks them. */
static const struct {
    int number;
    const char *name;
} checks[] = {
    { 0, "passed" },
    { 101, "unsupported_quote_format" },
    { 102, "pck_cert_missing" },
    { 103, "pck_cert_chain_invalid" },
    { 104, "pck_cert_chain_untrusted" },
    { 105, "root_ca_crl_missing" },
    { 106, "root_ca_crl_invalid" },
    { 107, "pck_crl_missing" },
    { 108, "pck_crl_invalid" },
    { 109, "pck_ca_revoked" },
    { 110, "pck_revoked" },
    { 111, "tcb_info_missing" },
    { 112, "tcb_info_invalid" },
    { 113, "tcb_info_chain_untrusted" },
    { 114, "tcb_info_invalid_signature" },
    { 115, "enclave_identity_missing" },
    { 116, "enclave_identity_invalid" },
    { 117, "enclave_identity_chain_untrusted" },
    { 118, "enclave_identity_invalid_signature" },
    { 119, "tcb_signing_revoked" },
    { 120, "tcb_info_mismatch" },
    { 121, "tdx_module_mismatch" },
    { 122, "invalid_qe_report_signature" },
    { 123, "invalid_qe_report_data" },
    { 124, "qe_identity_mismatch" },
    { 125, "invalid_quote_signature" },
    { 126, "tcb_not_supported" },
    { 127, "tcb_revoked" },
    { 201, "unsupported_report_format" },
    { 202, "report_unsigned" },
    { 203, "vek_missing" },
    { 204, "vek_invalid" },
    { 205, "vek_chain_untrusted" },
    { 206, "vek_mismatch" },
    { 207, "vek_tcb_mismatch" },
    { 208, "amd_crl_missing" },
    { 209, "amd_crl_invalid" },
    { 210, "vek_issuer_revoked" },
    { 211, "invalid_report_signature" },
    { 301, "denied" },
    { 401, "pck_cert_chain_expired" },
    { 402, "crl_expired" },
    { 403, "signing_cert_chain_expired" },
    { 404, "tcb_info_expired" },
    { 405, "enclave_identity_expired" },
    { 406, "vek_chain_expired" },
    { 901, "system" },
    { 902, "usage" },
};

static void numbers_of_checks_stand_for_ever(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(checks); i++)
        assert_string_equal(thim_check_name((enum thim_check)checks[i].number),
                            checks[i].name);
    assert_int_equal(COUNT_OF(checks), CHECKS + 1); /* and usage, which is ours */
}

static void each_check_of_the_engine_has_a_number_of_its_own(void **state)
{
    (void)state;
    for (int check = CHECK_PASSED + 1; check < CHECKS; check++) {
        enum thim_check number = names_check((enum verify_check)check);
        assert_int_not_equal(number, THIM_CHECK_PASSED);
        assert_string_equal(thim_check_name(number),
                            verify_check_name((enum verify_check)check));
    }
    assert_int_equal(names_check(CHECK_PASSED), THIM_CHECK_PASSED);
}

static void what_is_not_known_never_passes(void **state)
{
    (void)state;
    assert_int_equal(names_check(CHECKS), THIM_CHECK_SYSTEM);
    assert_int_equal(names_check((enum verify_check) - 1), THIM_CHECK_SYSTEM);
}

static void statuses_are_spelt_as_intel_spells_them(void **state)
{
    static const char *const names[] = {
        "none",
        "UpToDate",
        "SWHardeningNeeded",
        "ConfigurationNeeded",
        "ConfigurationAndSWHardeningNeeded",
        "OutOfDate",
        "OutOfDateConfigurationNeeded",
        "Revoked",
        "TDRelaunchAdvised",
        "TDRelaunchAdvisedConfigurationNeeded",
        "NotSupported",
        "unknown",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_string_equal(thim_status_name((enum thim_status)i), names[i]);
}

static void items_and_evidence_have_names(void **state)
{
    static const char *const items[] = {
        "unknown",  "pck_cert_chain", "root_ca_crl",      "pck_crl",
        "tcb_info", "tcb_info_chain", "enclave_identity", "enclave_identity_chain",
        "vek",      "vek_chain",      "amd_crl",          "unknown",
    };
    static const char *const evidence[] = { "none", "sgx", "tdx", "sev-snp", "unknown" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(items); i++)
        assert_string_equal(thim_item_name((enum thim_item)i), items[i]);
    for (size_t i = 0; i < COUNT_OF(evidence); i++)
        assert_string_equal(thim_evidence_name((enum thim_evidence)i), evidence[i]);
}

static void whatever_number_is_asked_for_has_a_text(void **state)
{
    static const int strange[] = { -1, 12, 100, 999, INT32_MAX, INT32_MIN };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(strange); i++) {
        assert_string_equal(thim_check_name((enum thim_check)strange[i]), "unknown");
        assert_string_equal(thim_status_name((enum thim_status)strange[i]), "unknown");
        assert_string_equal(thim_item_name((enum thim_item)strange[i]), "unknown");
        assert_string_equal(thim_evidence_name((enum thim_evidence)strange[i]),
                            "unknown");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_checks_stand_for_ever),
        cmocka_unit_test(each_check_of_the_engine_has_a_number_of_its_own),
        cmocka_unit_test(what_is_not_known_never_passes),
        cmocka_unit_test(statuses_are_spelt_as_intel_spells_them),
        cmocka_unit_test(items_and_evidence_have_names),
        cmocka_unit_test(whatever_number_is_asked_for_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
