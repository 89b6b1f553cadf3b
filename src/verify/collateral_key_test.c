/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/collateral_key.h"

#include "kit/test.h"

static const uint8_t fmspc[6] = { 0x30, 0x60, 0x6a, 0, 0, 0 };

static struct collateral_key tcb_info(enum tee tee, unsigned version, uint32_t number)
{
    return key_tcb_info(tee, version, fmspc, number);
}

static void every_key_has_one_text_and_reads_back(void **state)
{
    const struct {
        struct collateral_key key;
        const char *text;
    } cases[] = {
        { key_root_crl(), "root_crl" },
        { key_pck_crl(PCK_CA_PROCESSOR), "pck_crl/processor" },
        { key_pck_crl(PCK_CA_PLATFORM), "pck_crl/platform" },
        { tcb_info(TEE_SGX, 3, 17), "tcb_info/sgx/v3/30606a000000/17" },
        { tcb_info(TEE_SGX, 2, 5), "tcb_info/sgx/v2/30606a000000/5" },
        { tcb_info(TEE_TDX, 3, 0), "tcb_info/tdx/v3/30606a000000" },
        { tcb_info(TEE_TDX, 3, UINT32_MAX), "tcb_info/tdx/v3/30606a000000/4294967295" },
        { key_identity(ENCLAVE_QE, 17), "identity/qe/17" },
        { key_identity(ENCLAVE_TD_QE, 17), "identity/td_qe/17" },
        { key_identity(ENCLAVE_QVE, 16), "identity/qve/16" },
        { key_identity(ENCLAVE_QAE, 17), "identity/qae/17" },
        { key_evaluation_numbers(TEE_SGX), "evaluation_numbers/sgx" },
        { key_evaluation_numbers(TEE_TDX), "evaluation_numbers/tdx" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct collateral_key back;
        assert_string_equal(collateral_key_text(&cases[i].key).s, cases[i].text);
        assert_true(collateral_key_read(bytes_of_text(cases[i].text), &back));
        assert_int_equal(collateral_key_compare(&back, &cases[i].key), 0);
    }
}

static void no_other_text_is_a_key(void **state)
{
    static const char *const texts[] = {
        "",
        "/",
        "root_crl/",
        "/root_crl",
        "Root_crl",
        "root_cr",
        "root_crl/platform",
        "pck_crl",
        "pck_crl/",
        "pck_crl/Platform",
        "pck_crl/platform/",
        "tcb_info/sgx/v3/30606a000000/",
        "tcb_info/sgx/v3/30606A000000/17", /* one spelling only */
        "tcb_info/sgx/v3/30606a00000/17",
        "tcb_info/sgx/v3/30606a0000000/17",
        "tcb_info/sgx/v4/30606a000000/17",
        "tcb_info/sgx/v1/30606a000000/17",
        "tcb_info/snp/v3/30606a000000/17",
        "tcb_info/sgx/v3/30606a000000/017",
        "tcb_info/sgx/v3/30606a000000/4294967296",
        "tcb_info/sgx/v3/30606a000000/17/",
        "tcb_info//v3/30606a000000/17",
        "identity/qe/0",
        "identity/qe/",
        "tcb_info/sgx/v3/30606a000000/0",
        "identity/QE/17",
        "identity/qe/-1",
        "evaluation_numbers",
        "evaluation_numbers/SGX",
        "?",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct collateral_key key;
        if (collateral_key_read(bytes_of_text(texts[i]), &key))
            fail_msg("\"%s\" was taken for a key", texts[i]);
    }
}

static void keys_are_ordered_by_every_member(void **state)
{
    const uint8_t other[6] = { 0x30, 0x60, 0x6b, 0, 0, 0 };
    const struct collateral_key ascending[] = {
        key_root_crl(),
        key_pck_crl(PCK_CA_PROCESSOR),
        key_pck_crl(PCK_CA_PLATFORM),
        tcb_info(TEE_SGX, 2, 17),
        tcb_info(TEE_SGX, 3, 16),
        tcb_info(TEE_SGX, 3, 17),
        key_tcb_info(TEE_SGX, 3, other, 16),
        tcb_info(TEE_TDX, 3, 17),
        key_identity(ENCLAVE_QE, 17),
        key_identity(ENCLAVE_QE, 18),
        key_identity(ENCLAVE_TD_QE, 16),
        key_evaluation_numbers(TEE_SGX),
        key_evaluation_numbers(TEE_TDX),
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ascending); i++)
        for (size_t j = 0; j < COUNT_OF(ascending); j++)
            assert_int_equal(collateral_key_compare(&ascending[i], &ascending[j]),
                             i < j ? -1 : i > j);
}

static void a_subject_is_the_key_without_its_number(void **state)
{
    struct collateral_key key = tcb_info(TEE_TDX, 3, 17);
    struct collateral_key subject = collateral_subject(&key);

    (void)state;
    assert_string_equal(collateral_key_text(&subject).s, "tcb_info/tdx/v3/30606a000000");
    key = tcb_info(TEE_TDX, 3, 18);
    struct collateral_key same = collateral_subject(&key);
    assert_int_equal(collateral_key_compare(&subject, &same), 0);
}

static void names_are_those_of_keys(void **state)
{
    (void)state;
    assert_string_equal(collateral_kind_name(COLLATERAL_EVALUATION_NUMBERS),
                        "evaluation_numbers");
    assert_string_equal(pck_ca_name(PCK_CA_PROCESSOR), "processor");
    assert_string_equal(pck_ca_name(PCK_CA_PLATFORM), "platform");
    assert_string_equal(collateral_kind_name((enum collateral_kind)99), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_one_text_and_reads_back),
        cmocka_unit_test(no_other_text_is_a_key),
        cmocka_unit_test(keys_are_ordered_by_every_member),
        cmocka_unit_test(a_subject_is_the_key_without_its_number),
        cmocka_unit_test(names_are_those_of_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
