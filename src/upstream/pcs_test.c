/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/pcs.h"

#include "kit/test.h"

static const uint8_t FMSPC[6] = { 0x30, 0x60, 0x6a, 0, 0, 0 };

static const struct config_upstream intel = {
    .name = "intel",
    .kind = UPSTREAM_PCS,
    .url = "https://api.trustedservices.intel.com",
};
static const struct config_upstream pccs = {
    .name = "old",
    .kind = UPSTREAM_PCCS,
    .url = "https://pccs.example:8081",
};
static const struct config_upstream thim = {
    .name = "site",
    .kind = UPSTREAM_THIM,
    .url = "https://thim.example:8081",
};

static struct pcs_item item_of(struct collateral_key key, enum update update)
{
    return (struct pcs_item){ .key = key, .update = update };
}

static void every_thing_is_asked_for_at_its_url(void **state)
{
    const struct {
        const struct config_upstream *upstream;
        struct pcs_item item;
        const char *url, *chain_header;
    } cases[] = {
        { &intel, item_of(key_tcb_info(TEE_SGX, 3, FMSPC, 0), UPDATE_STANDARD),
          "https://api.trustedservices.intel.com/sgx/certification/v4/"
          "tcb?fmspc=30606a000000&update=standard",
          "TCB-Info-Issuer-Chain" },
        { &intel, item_of(key_tcb_info(TEE_TDX, 3, FMSPC, 18), 0),
          "https://api.trustedservices.intel.com/tdx/certification/v4/"
          "tcb?fmspc=30606a000000&tcbEvaluationDataNumber=18",
          "TCB-Info-Issuer-Chain" },
        { &intel, item_of(key_identity(ENCLAVE_TD_QE, 0), UPDATE_EARLY),
          "https://api.trustedservices.intel.com/tdx/certification/v4/"
          "qe/identity?update=early",
          "SGX-Enclave-Identity-Issuer-Chain" },
        { &intel, item_of(key_identity(ENCLAVE_QVE, 0), UPDATE_STANDARD),
          "https://api.trustedservices.intel.com/sgx/certification/v4/"
          "qve/identity?update=standard",
          "SGX-Enclave-Identity-Issuer-Chain" },
        { &intel, item_of(key_pck_crl(PCK_CA_PLATFORM), 0),
          "https://api.trustedservices.intel.com/sgx/certification/v4/"
          "pckcrl?ca=platform&encoding=der",
          "SGX-PCK-CRL-Issuer-Chain" },
        { &intel, item_of(key_root_crl(), 0),
          "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der", NULL },
        { &intel, item_of(key_evaluation_numbers(TEE_TDX), 0),
          "https://api.trustedservices.intel.com/tdx/certification/v4/"
          "tcbevaluationdatanumbers",
          "TCB-Evaluation-Data-Numbers-Issuer-Chain" },
        { &pccs, item_of(key_root_crl(), 0),
          "https://pccs.example:8081/sgx/certification/v4/rootcacrl", NULL },
        { &pccs, item_of(key_tcb_info(TEE_SGX, 3, FMSPC, 0), UPDATE_EARLY),
          "https://pccs.example:8081/sgx/certification/v4/"
          "tcb?fmspc=30606a000000&update=early",
          "TCB-Info-Issuer-Chain" },
        { &thim, item_of(key_root_crl(), 0),
          "https://thim.example:8081/IntelSGXRootCA.der", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pcs_request request;
        assert_true(pcs_request(cases[i].upstream, &cases[i].item, &request));
        assert_string_equal(request.url, cases[i].url);
        if (cases[i].chain_header == NULL)
            assert_null(request.chain_header);
        else
            assert_string_equal(request.chain_header, cases[i].chain_header);
        assert_null(strstr(request.url, "/v3/"));
    }
}

static void fmspc_list_has_no_chain_because_nobody_signs_it(void **state)
{
    struct pcs_item item = { .is_fmspc_list = true };
    struct pcs_request request;

    (void)state;
    assert_true(pcs_request(&intel, &item, &request));
    assert_string_equal(request.url, "https://api.trustedservices.intel.com/sgx/"
                                     "certification/v4/fmspcs");
    assert_null(request.chain_header);
}

static void pccs_is_not_asked_for_what_it_does_not_know(void **state)
{
    const struct pcs_item items[] = {
        { .is_fmspc_list = true },
        { .key = key_evaluation_numbers(TEE_SGX) },
        { .key = key_tcb_info(TEE_SGX, 3, FMSPC, 17) },
        { .key = key_identity(ENCLAVE_QAE, 0), .update = UPDATE_STANDARD },
    };
    struct pcs_request request;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        assert_false(pcs_request(&pccs, &items[i], &request));
        assert_true(pcs_request(&thim, &items[i], &request));
    }
}

static void root_crl_comes_from_where_the_operator_says(void **state)
{
    struct config_upstream upstream = intel;
    struct pcs_item item = { .key = key_root_crl() };
    struct pcs_request request;

    (void)state;
    upstream.root_crl_url = "https://mirror.example/root.crl";
    assert_true(pcs_request(&upstream, &item, &request));
    assert_string_equal(request.url, "https://mirror.example/root.crl");
}

static void names_read_back_as_the_item(void **state)
{
    const struct pcs_item items[] = {
        { .is_fmspc_list = true },
        { .key = key_root_crl() },
        { .key = key_tcb_info(TEE_TDX, 3, FMSPC, 18) },
        { .key = key_tcb_info(TEE_SGX, 3, FMSPC, 0), .update = UPDATE_EARLY },
        { .key = key_identity(ENCLAVE_QE, 0), .update = UPDATE_STANDARD },
    };
    struct pcs_item read;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        struct pcs_item_name name = pcs_item_name(&items[i]);
        assert_true(pcs_item_read(bytes_of_text(name.s), &read));
        assert_string_equal(pcs_item_name(&read).s, name.s);
    }
    assert_false(pcs_item_read(bytes_of_text("fmspc"), &read));
    assert_false(pcs_item_read(bytes_of_text("identity/qe late"), &read));
}

static void each_status_means_one_thing(void **state)
{
    const struct {
        unsigned status;
        enum pcs_reply means;
    } cases[] = {
        { 200, PCS_OK },      { 304, PCS_UNCHANGED }, { 404, PCS_ABSENT },
        { 461, PCS_ABSENT },  { 410, PCS_GONE },      { 400, PCS_REFUSED },
        { 401, PCS_REFUSED }, { 302, PCS_REFUSED },   { 206, PCS_REFUSED },
        { 429, PCS_BUSY },    { 503, PCS_BUSY },      { 500, PCS_BROKEN },
        { 599, PCS_BROKEN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(pcs_read_status(cases[i].status), cases[i].means);
}

static void a_crl_is_read_in_each_of_its_three_forms(void **state)
{
    static const char *const forms[] = {
        "0\x03\x02\x01\x05",
        "3003020105",
        "3003020105\n",
        "-----BEGIN X509 CRL-----\nMAMCAQU=\n-----END X509 CRL-----\n",
    };
    static const uint8_t der[] = { 0x30, 3, 2, 1, 5 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct arena arena;
        struct bytes read;
        struct error err = { 0 };
        arena_init(&arena, 4096);
        assert_ok(pcs_read_crl(bytes_of_text(forms[i]), &arena, &read, &err), err);
        assert_true(bytes_equal(read, bytes_of(der, sizeof der)));
        arena_fini(&arena);
    }
}

static void a_crl_that_is_none_of_them_is_refused_with_its_first_bytes(void **state)
{
    static const char *const bad[] = { "3", "300", "30zz", "<html>", "-----BEGIN X" };
    struct arena arena;
    struct bytes read;

    (void)state;
    arena_init(&arena, 4096);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error err = { 0 };
        assert_false(pcs_read_crl(bytes_of_text(bad[i]), &arena, &read, &err));
        assert_int_equal(err.kind, ERROR_FORMAT);
    }
    struct error err = { 0 };
    assert_false(pcs_read_crl(bytes_of_text("<html>"), &arena, &read, &err));
    assert_refused(err, ERROR_FORMAT, "begins \"<html>\"");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_thing_is_asked_for_at_its_url),
        cmocka_unit_test(fmspc_list_has_no_chain_because_nobody_signs_it),
        cmocka_unit_test(pccs_is_not_asked_for_what_it_does_not_know),
        cmocka_unit_test(root_crl_comes_from_where_the_operator_says),
        cmocka_unit_test(names_read_back_as_the_item),
        cmocka_unit_test(each_status_means_one_thing),
        cmocka_unit_test(a_crl_is_read_in_each_of_its_three_forms),
        cmocka_unit_test(a_crl_that_is_none_of_them_is_refused_with_its_first_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
