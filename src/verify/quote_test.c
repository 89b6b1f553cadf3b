/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes of a made-up world, so that each check can be failed alone, one step beside what
 * passes. Real quotes are in quote_vectors_test.c, TCB statuses in quote_tcb_test.c. */
#include "verify/quote.h"

#include "verify/test_quote_world.h"

static struct test_world *stranger; /* of whom nobody has heard */

static int make_worlds(void **state)
{
    stranger = test_world_make(NULL);
    return make_world(state);
}

static int free_worlds(void **state)
{
    test_world_free(stranger);
    return free_world(state);
}

/* ---- what is valid ----------------------------------------------------------------- */

static void every_version_is_valid_with_every_body_and_certification(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMS; i++) {
        struct test_court court;
        test_court_open(&court, world, forms[i].tee);
        for (unsigned type = CERTIFICATION_PPID; type <= CERTIFICATION_PCK_CHAIN;
             type++) {
            struct test_quote plan = plain(i);
            plan.parts.inner_type = (uint16_t)type;
            plan.parts.trailing = type;
            plan.nul_behind_chain = type % 2 == 0;
            plan.nul_behind_chain &= type >= CERTIFICATION_PCK_LEAF;
            plan.parts.auth.len = (size_t)8 * (type - 1U);
            if (!judge(&court, &plan, &verdict))
                fail_msg("version %u, body %u, type %u: %s", forms[i].version,
                         forms[i].body_type, type, verdict.why.text);
            assert_int_equal(verdict.status, STANDING_UP_TO_DATE);
            assert_int_equal(verdict.evaluation_data_number, 17);
            assert_int_equal(verdict.intel.quote.trailing, type);
            assert_true(verdict.revocation_checked && verdict.has_status);
            assert_int_equal(verdict.evidence,
                             forms[i].tee == TEE_SGX ? EVIDENCE_SGX : EVIDENCE_TDX);
        }
        test_court_close(&court);
    }
}

/* Quoting libraries differ in which certificate comes first; both CAs issue PCKs. */
static void a_chain_may_be_of_either_ca_and_in_any_order(void **state)
{
    static const size_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                        { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_SGX);
    for (enum pck_ca ca = PCK_CA_PROCESSOR; ca <= PCK_CA_PLATFORM; ca++)
        for (size_t i = 0; i < COUNT_OF(orders); i++) {
            struct test_quote plan = plain(SGX_V3);
            struct test_pck pck = test_pck_plain(ca, NULL);
            struct buf leaf, chain;
            memcpy(pck.sgx.components, plan.pck.sgx.components, 16);
            struct der_chain all = test_world_chain(
                world, ca == PCK_CA_PROCESSOR ? TEST_PCK_PROCESSOR : TEST_PCK_PLATFORM);
            leaf = test_pck_der(world, &pck);
            const struct bytes ders[] = { buf_bytes(&leaf), all.certificates[0],
                                          all.certificates[1] };
            buf_init(&chain, 65536);
            for (size_t k = 0; k < 3; k++)
                pem_write(&chain, "CERTIFICATE", ders[orders[i][k]]);
            plan.parts.certification = buf_bytes(&chain);
            plan.keep_certification = true;
            court.pck_crl = test_world_pck_crl(world, ca);
            bool valid = judge(&court, &plan, &verdict);
            if (!valid)
                fail_msg("order %zu: %s", i, verdict.why.text);
            buf_fini(&leaf);
            buf_fini(&chain);
        }
    test_court_close(&court);
}

/* ---- wrong before anybody signed --------------------------------------------------- */

#define BODY(place) offsetof(struct quote_parts, body) + (place)
#define QE(place) offsetof(struct quote_parts, qe_report) + (place)

/* One byte of the plan is another, and all that follows from it is signed. */
static void a_plan_that_differs_in_one_byte_fails_one_check(void **state)
{
    static const struct {
        const char *claim;
        size_t form, at;
        uint8_t with;
        enum verify_check check;
        const char *part;
    } cases[] = {
        { "the enclave's own measurement", SGX_V3, BODY(SGX_MRENCLAVE), 1, CHECK_PASSED,
          NULL },
        { "an enclave that can be debugged", SGX_V3, BODY(SGX_ATTRIBUTES), 2,
          CHECK_PASSED, NULL },
        { "the TD's own measurement", TDX_V4, BODY(TD_MRTD), 1, CHECK_PASSED, NULL },
        { "a TD that can be debugged", TDX_V4, BODY(TD_ATTRIBUTES), 1, CHECK_PASSED,
          NULL },
        { "module by another signer", TDX_V4, BODY(TD_MRSIGNERSEAM), 1,
          CHECK_TDX_MODULE_MISMATCH, "MRSIGNERSEAM is 01" },
        { "its last byte", TD_15_V5, BODY(TD_MRSIGNERSEAM + 47), 1,
          CHECK_TDX_MODULE_MISMATCH, "MRSIGNERSEAM is 00" },
        { "module with attributes", TDX_V4, BODY(TD_SEAM_ATTRIBUTES), 1,
          CHECK_TDX_MODULE_MISMATCH, "SEAMATTRIBUTES are 0100000000000000" },
        { "its last byte", TD_15_EX_V5, BODY(TD_SEAM_ATTRIBUTES + 7), 0x80,
          CHECK_TDX_MODULE_MISMATCH, "SEAMATTRIBUTES are 0000000000000080" },
        { "module of a version nobody knows", TDX_V4, BODY(TD_TEE_TCB_SVN + 1), 3,
          CHECK_TDX_MODULE_MISMATCH, "no identity of TDX module version 2" },
        { "module of version 0", TDX_V4, BODY(TD_TEE_TCB_SVN + 1), 1, CHECK_PASSED,
          NULL },
        { "QE by another signer", SGX_V3, QE(SGX_MRSIGNER), 1, CHECK_QE_IDENTITY_MISMATCH,
          "QE's MRSIGNER is 8d8c" },
        { "its last byte", TDX_V4, QE(SGX_MRSIGNER + 31), 1, CHECK_QE_IDENTITY_MISMATCH,
          "QE's MRSIGNER is 8c8c" },
        { "another product of the signer's", SGX_V3, QE(SGX_ISVPRODID), 2,
          CHECK_QE_IDENTITY_MISMATCH, "QE's ISVPRODID is 3, and the identity has 1" },
        { "in the high byte", TDX_V4, QE(SGX_ISVPRODID + 1), 1,
          CHECK_QE_IDENTITY_MISMATCH, "QE's ISVPRODID is 258, and the identity has 2" },
        { "MISCSELECT", SGX_V3, QE(SGX_MISCSELECT + 3), 1, CHECK_QE_IDENTITY_MISMATCH,
          "QE's MISCSELECT is 00000001" },
        { "a QE that can be debugged", SGX_V3, QE(SGX_ATTRIBUTES), 2,
          CHECK_QE_IDENTITY_MISMATCH, "QE's attributes is 17" },
        { "XFRM", TD_15_V5, QE(SGX_ATTRIBUTES + 15), 1, CHECK_QE_IDENTITY_MISMATCH,
          "QE's attributes is 15" },
        { "a QE measured otherwise", SGX_V3, QE(SGX_MRENCLAVE), 1, CHECK_PASSED, NULL },
        { "a QE above all levels", SGX_V3, QE(SGX_ISVSVN + 1), 1, CHECK_PASSED, NULL },
        { "a QE below all levels", SGX_V3, QE(SGX_ISVSVN), 11, CHECK_TCB_NOT_SUPPORTED,
          "reaches none of the TCB levels" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_quote plan = plain(cases[i].form);
        struct test_court court;
        test_court_open(&court, world, forms[cases[i].form].tee);
        ((uint8_t *)&plan.parts)[cases[i].at] ^= cases[i].with;
        judge(&court, &plan, &verdict);
        assert_failed(cases[i].claim, &verdict, cases[i].check, cases[i].part);
        test_court_close(&court);
    }
}

/* What the mask leaves out of the identity is not looked at, but for DEBUG. */
static void a_masked_bit_passes_and_debug_does_not(void **state)
{
    struct test_quote plan = plain(SGX_V3);
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_SGX);
    court.plans.identity.attributes_mask[0] = (uint8_t)~0x0aU; /* DEBUG and bit 3 */
    test_court_publish(&court);
    plan.parts.qe_report[SGX_ATTRIBUTES] ^= 0x08;
    judge(&court, &plan, &verdict);
    assert_failed("masked", &verdict, CHECK_PASSED, NULL);
    plan.parts.qe_report[SGX_ATTRIBUTES] ^= 0x02;
    judge(&court, &plan, &verdict);
    assert_failed("DEBUG", &verdict, CHECK_QE_IDENTITY_MISMATCH, "can be debugged");
    test_court_close(&court);
}

/* ---- wrong hands ------------------------------------------------------------------- */

static void whoever_did_not_sign_has_not_signed(void **state)
{
    static const struct {
        const char *claim;
        size_t keep; /* offset of the flag */
        size_t at;   /* of parts: a byte that differs from what was signed */
        enum verify_check check;
        const char *part;
    } cases[] = {
        { "a QE report signed by nobody", offsetof(struct test_quote, keep_qe_signature),
          offsetof(struct quote_parts, qe_signature), CHECK_INVALID_QE_REPORT_SIGNATURE,
          "QE report, by the PCK: signature does not hold" },
        { "a quote signed by nobody", offsetof(struct test_quote, keep_signature),
          offsetof(struct quote_parts, signature), CHECK_INVALID_QUOTE_SIGNATURE,
          "quote, by the attestation key: signature does not hold" },
        { "a QE that speaks of another key", offsetof(struct test_quote, keep_binding),
          QE(SGX_REPORT_DATA), CHECK_INVALID_QE_REPORT_DATA, "is not the digest of key" },
        { "a key that is no point, certified", offsetof(struct test_quote, keep_key),
          offsetof(struct quote_parts, key), CHECK_UNSUPPORTED_QUOTE_FORMAT,
          "attestation key: " },
    };

    (void)state;
    for (size_t form = 0; form < FORMS; form++) {
        struct test_court court;
        test_court_open(&court, world, forms[form].tee);
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            struct test_quote plan = plain(form);
            *(bool *)((char *)&plan + cases[i].keep) = true;
            ((uint8_t *)&plan.parts)[cases[i].at] ^= 1;
            judge(&court, &plan, &verdict);
            assert_failed(cases[i].claim, &verdict, cases[i].check, cases[i].part);
        }
        test_court_close(&court);
    }
}

/* The digest takes half of the report data; nobody vouches for what stands in the rest.
 */
static void the_rest_of_the_qe_report_data_is_zero(void **state)
{
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_TDX);
    for (size_t at = 0; at < 64; at++) {
        struct test_quote plan = plain(TDX_V4);
        struct buf quote = test_quote_mint(world, &plan);
        struct quote parsed;
        struct error err = { 0 };
        assert_ok(quote_parse(buf_bytes(&quote), &parsed, &err), err);
        memcpy(plan.parts.qe_report, parsed.qe_report.raw.at, SGX_REPORT_BODY_LEN);
        plan.keep_binding = true;
        judge(&court, &plan, &verdict);
        assert_failed("as it was", &verdict, CHECK_PASSED, NULL);
        plan.parts.qe_report[SGX_REPORT_DATA + at] ^= 1;
        judge(&court, &plan, &verdict);
        assert_failed("one bit", &verdict, CHECK_INVALID_QE_REPORT_DATA, "then zeros");
        buf_fini(&quote);
    }
    test_court_close(&court);
}

/* A quote's parts, each from an honest quote, and not of one and the same. */
static void parts_of_two_quotes_are_none(void **state)
{
    static const struct {
        const char *claim;
        size_t offset_of; /* in struct quote: the part taken from the other */
        enum verify_check check;
    } cases[] = {
        { "key", offsetof(struct quote, attestation_key), CHECK_INVALID_QE_REPORT_DATA },
        { "signature", offsetof(struct quote, signature), CHECK_INVALID_QUOTE_SIGNATURE },
        { "QE report", offsetof(struct quote, qe_report.raw),
          CHECK_INVALID_QE_REPORT_SIGNATURE },
        { "its signature", offsetof(struct quote, qe_report_signature),
          CHECK_INVALID_QE_REPORT_SIGNATURE },
        { "auth data", offsetof(struct quote, qe_auth_data),
          CHECK_INVALID_QE_REPORT_DATA },
        { "body", offsetof(struct quote, td.raw), CHECK_INVALID_QUOTE_SIGNATURE },
        { "user data", offsetof(struct quote, user_data), CHECK_INVALID_QUOTE_SIGNATURE },
    };
    struct test_quote plans[2] = { plain(TD_15_V5), plain(TD_15_V5) };
    struct test_court court;
    struct buf quotes[2];
    struct quote parsed[2];
    struct error err = { 0 };

    (void)state;
    test_court_open(&court, world, TEE_TDX);
    plans[1].attestation_key = 1;
    plans[1].parts.auth = bytes_of("another 32 bytes of auth data...", 32);
    plans[1].parts.body[TD_MRTD] ^= 1;
    plans[1].parts.user_data[0] ^= 1;
    for (size_t i = 0; i < 2; i++) {
        quotes[i] = test_quote_mint(world, &plans[i]);
        assert_ok(quote_parse(buf_bytes(&quotes[i]), &parsed[i], &err), err);
        assert_true(quote_verify(buf_bytes(&quotes[i]), &court.law, NULL, &verdict));
    }
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bytes own, others;
        memcpy(&own, (char *)&parsed[0] + cases[i].offset_of, sizeof own);
        memcpy(&others, (char *)&parsed[1] + cases[i].offset_of, sizeof others);
        uint8_t kept[TD_REPORT_15_LEN], *at = (uint8_t *)(uintptr_t)own.at;
        assert_true(own.len == others.len && own.len <= sizeof kept);
        memcpy(kept, own.at, own.len);
        memcpy(at, others.at, own.len);
        quote_verify(buf_bytes(&quotes[0]), &court.law, NULL, &verdict);
        assert_failed(cases[i].claim, &verdict, cases[i].check, "");
        memcpy(at, kept, own.len);
    }
    for (size_t i = 0; i < 2; i++)
        buf_fini(&quotes[i]);
    test_court_close(&court);
}

/* ---- whose it is ------------------------------------------------------------------- */

static struct buf chain_of(const struct test_world *of, enum certification_type type)
{
    struct test_quote plan = plain(SGX_V3);

    return test_certification(of, type, &plan.pck);
}

static void a_chain_leads_to_a_trusted_root(void **state)
{
    struct test_court court;
    struct trust nobody = { .count = 0 };
    struct test_quote plan = plain(SGX_V3);
    struct buf leaf = chain_of(world, CERTIFICATION_PCK_LEAF);
    struct buf others = chain_of(stranger, CERTIFICATION_PCK_CHAIN), twice;

    (void)state;
    test_court_open(&court, world, TEE_SGX);
    judge(&court, &plan, &verdict);
    assert_failed("as it is", &verdict, CHECK_PASSED, NULL);
    court.law.trust = &nobody;
    judge(&court, &plan, &verdict);
    assert_failed("nobody trusted", &verdict, CHECK_PCK_CERT_CHAIN_UNTRUSTED,
                  "no trusted root");
    court.law.trust = &court.trust;

    plan.keep_certification = true;
    buf_init(&twice, 65536);
    buf_add(&twice, buf_bytes(&leaf));
    buf_add(&twice, buf_bytes(&leaf));
    buf_add(&twice, buf_bytes(&leaf));
    const struct {
        const char *claim;
        struct bytes chain;
        enum verify_check check;
        const char *part;
    } cases[] = {
        { "of strangers", buf_bytes(&others), CHECK_PCK_CERT_CHAIN_UNTRUSTED,
          "no trusted root has its key" },
        { "a leaf alone", buf_bytes(&leaf), CHECK_PCK_CERT_CHAIN_INVALID,
          "1 certificates, not leaf, CA and root" },
        { "a leaf three times", buf_bytes(&twice), CHECK_PCK_CERT_CHAIN_UNTRUSTED,
          "certificate 2 of the chain, \"Intel SGX PCK Certificate\", has no place" },
        { "nothing", bytes_of("", 0), CHECK_PCK_CERT_CHAIN_INVALID, "PEM" },
        { "words", bytes_of_text("trust me"), CHECK_PCK_CERT_CHAIN_INVALID, "PEM" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        plan.parts.certification = cases[i].chain;
        judge(&court, &plan, &verdict);
        assert_failed(cases[i].claim, &verdict, cases[i].check, cases[i].part);
        assert_null(verdict.intel.tcb_info); /* not reached */
    }
    buf_fini(&leaf);
    buf_fini(&others);
    buf_fini(&twice);
    test_court_close(&court);
}

/* Types 1 to 4 say which platform it is; the certificate comes from whoever keeps it. */
static void without_a_chain_the_certificate_must_be_known(void **state)
{
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_TDX);
    struct verified_pck *pck = court.pck;
    for (unsigned type = CERTIFICATION_PPID; type <= CERTIFICATION_PCK_CHAIN; type++) {
        bool has_chain = type == CERTIFICATION_PCK_CHAIN;
        struct test_quote plan = plain(TDX_V4);
        struct collateral_source source = court.law.source;
        plan.parts.inner_type = (uint16_t)type;
        court.pck = NULL;
        judge(&court, &plan, &verdict);
        assert_failed("unknown", &verdict,
                      has_chain ? CHECK_PASSED : CHECK_PCK_CERT_MISSING,
                      "none is known of QE ID");
        assert_int_equal(verify_check_is_missing(verdict.failure), !has_chain);
        court.law.source.pck = NULL; /* nobody can be asked */
        judge(&court, &plan, &verdict);
        assert_failed("nobody asked", &verdict,
                      has_chain ? CHECK_PASSED : CHECK_PCK_CERT_MISSING,
                      "none is known of QE ID");
        court.law.source = source;
        court.pck = pck;
        judge(&court, &plan, &verdict);
        assert_failed("known", &verdict, CHECK_PASSED, NULL);
    }
    test_court_close(&court);
}

/* One that is known, and another platform's, has not signed the QE report. */
static void another_platforms_certificate_is_no_help(void **state)
{
    struct test_court court;
    struct test_quote plan = plain(SGX_V3);
    struct buf quote;

    (void)state;
    test_court_open(&court, stranger, TEE_SGX);
    plan.parts.inner_type = CERTIFICATION_PPID;
    judge(&court, &plan, &verdict);
    assert_failed("the stranger's own", &verdict, CHECK_PASSED, NULL);
    quote = test_quote_mint(world, &plan);
    quote_verify(buf_bytes(&quote), &court.law, NULL, &verdict);
    assert_failed("ours", &verdict, CHECK_INVALID_QE_REPORT_SIGNATURE,
                  "signature does not hold");
    buf_fini(&quote);
    test_court_close(&court);
}

/* ---- lists of the revoked ---------------------------------------------------------- */

enum { SERIAL_TCB_SIGNING = 102, SERIAL_CA = 104, SERIAL_LEAF = 105, SERIAL_OTHER = 99 };

static void whoever_is_on_a_list_is_revoked(void **state)
{
    static const struct {
        const char *claim;
        uint32_t on_root_crl, on_pck_crl;
        enum verify_check check;
        const char *part;
    } cases[] = {
        { "others", SERIAL_OTHER, SERIAL_OTHER, CHECK_PASSED, NULL },
        { "the leaf", SERIAL_OTHER, SERIAL_LEAF, CHECK_PCK_REVOKED, "serial number 69" },
        { "the CA", SERIAL_CA, SERIAL_OTHER, CHECK_PCK_CA_REVOKED, "serial number 68" },
        { "both", SERIAL_CA, SERIAL_LEAF, CHECK_PCK_CA_REVOKED, "serial number 68" },
        { "each on the other's list", SERIAL_LEAF, SERIAL_CA, CHECK_PASSED, NULL },
        { "who signed TCB info and identity, before that was known", SERIAL_TCB_SIGNING,
          SERIAL_OTHER, CHECK_TCB_SIGNING_REVOKED,
          "signer's serial number 66 is on the root CA CRL of 2020" },
        { "on the wrong list", SERIAL_OTHER, SERIAL_TCB_SIGNING, CHECK_PASSED, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct collateral_key root = key_root_crl();
        const struct collateral_key pck = key_pck_crl(PCK_CA_PLATFORM);
        struct test_crl lists[] = {
            { TEST_WORLD_FROM_S, TEST_WORLD_UNTIL_S, 2, &cases[i].on_root_crl, 1, NULL },
            { TEST_WORLD_FROM_S, TEST_WORLD_UNTIL_S, 3, &cases[i].on_pck_crl, 1, NULL },
        };
        struct test_quote plan = plain(SGX_V3);
        struct test_court court;
        test_court_open(&court, world, TEE_SGX);
        struct verified_collateral *root_crl =
            test_world_kept_crl(world, &root, &lists[0], NULL);
        struct verified_collateral *pck_crl =
            test_world_kept_crl(world, &pck, &lists[1], court.root_crl);
        court.root_crl = root_crl;
        court.pck_crl = pck_crl;
        judge(&court, &plan, &verdict);
        assert_failed(cases[i].claim, &verdict, cases[i].check, cases[i].part);
        assert_int_equal(verdict.status, STANDING_UP_TO_DATE); /* known all the same */
        assert_true(verdict.revocation_checked);
        assert_true(bytes_equal(verdict.intel.root_crl_number, bytes_of("\x02", 1)));
        assert_true(bytes_equal(verdict.intel.pck_crl_number, bytes_of("\x03", 1)));
        test_court_close(&court);
        verified_release(root_crl);
        verified_release(pck_crl);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_valid_with_every_body_and_certification),
        cmocka_unit_test(a_chain_may_be_of_either_ca_and_in_any_order),
        cmocka_unit_test(a_plan_that_differs_in_one_byte_fails_one_check),
        cmocka_unit_test(a_masked_bit_passes_and_debug_does_not),
        cmocka_unit_test(whoever_did_not_sign_has_not_signed),
        cmocka_unit_test(the_rest_of_the_qe_report_data_is_zero),
        cmocka_unit_test(parts_of_two_quotes_are_none),
        cmocka_unit_test(a_chain_leads_to_a_trusted_root),
        cmocka_unit_test(without_a_chain_the_certificate_must_be_known),
        cmocka_unit_test(another_platforms_certificate_is_no_help),
        cmocka_unit_test(whoever_is_on_a_list_is_revoked),
    };

    return cmocka_run_group_tests(tests, make_worlds, free_worlds);
}
