/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/pcs.h"

#include <string.h>

#include "kit/test.h"
#include "kit/text.h"

#define S "/sgx/certification/v4/"
#define T "/tdx/certification/v4/"
#define FM "fmspc=00906ed50000"

/* 768 hex digits. */
#define EIGHT(a) a a a a a a a a
#define PPID                         \
    EIGHT("00112233445566778899aabb" \
          "00112233445566778899aabb" \
          "00112233445566778899aabb" \
          "00112233445566778899aabb")
#define RAW "&cpusvn=1111000303ff00020000000000000000&pcesvn=1000"

static void a_target_is_read_or_refused(void **state)
{
    static const struct {
        enum pcs_flavour flavour;
        const char *target;
        unsigned status;
        enum world_kind kind;
        enum world_update update;
        enum pcs_encoding encoding;
    } cases[] = {
        { PCS, S "tcb?" FM, 200, WORLD_TCB, WORLD_STANDARD, PCS_JSON },
        { PCS, S "tcb?fmspc=00906ED50000&update=early", 200, WORLD_TCB, WORLD_EARLY, 0 },
        { PCS, S "tcb?" FM "&tcbEvaluationDataNumber=17", 200, WORLD_TCB, WORLD_NUMBERED,
          0 },
        { PCS, S "tcb?" FM "&update=standard", 200, WORLD_TCB, WORLD_STANDARD, 0 },
        { PCS, S "tcb?" FM "&colour=red", 200, WORLD_TCB, WORLD_STANDARD, 0 },
        { PCS, S "tcb?%66mspc=1", 400, 0, 0, 0 }, /* names are not decoded */
        { PCS, S "tcb", 400, 0, 0, 0 },
        { PCS, S "tcb?fmspc=00906ed5000", 400, 0, 0, 0 },
        { PCS, S "tcb?" FM "&" FM, 400, 0, 0, 0 },
        { PCS, S "tcb?" FM "&update=Early", 400, 0, 0, 0 },
        { PCS, S "tcb?" FM "&update=early&tcbEvaluationDataNumber=17", 400, 0, 0, 0 },
        { PCS, S "tcb?" FM "&tcbEvaluationDataNumber=017", 400, 0, 0, 0 },
        { PCS, S "tcb/?" FM, 404, 0, 0, 0 },
        { PCS, "/sgx/certification/v3/tcb?" FM, 410, 0, 0, 0 },
        { PCS, "/sgx/certification/v2/pckcrl", 410, 0, 0, 0 },
        { PCS, "/tdx/certification/v3/tcb?" FM, 404, 0, 0, 0 },
        { PCS, T "qe/identity?update=early", 200, WORLD_TD_QE_IDENTITY, WORLD_EARLY, 0 },
        { PCS, S "qe/identity", 200, WORLD_QE_IDENTITY, WORLD_STANDARD, 0 },
        { PCS, S "qve/identity", 200, WORLD_QVE_IDENTITY, WORLD_STANDARD, 0 },
        { PCS, T "qve/identity", 404, 0, 0, 0 },
        { PCS, S "qae/identity", 200, WORLD_QAE_IDENTITY, WORLD_STANDARD, 0 },
        { PCS, S "pckcrl?ca=platform", 200, WORLD_PCKCRL, WORLD_STANDARD, PCS_PEM },
        { PCS, S "pckcrl?ca=processor&encoding=der", 200, WORLD_PCKCRL, 0, PCS_DER },
        { PCS, S "pckcrl?ca=processor&encoding=hex", 400, 0, 0, 0 },
        { PCS, S "pckcrl", 400, 0, 0, 0 },
        { PCS, S "pckcrl?ca=root", 400, 0, 0, 0 },
        { PCS, "/IntelSGXRootCA.der", 200, WORLD_ROOTCACRL, 0, PCS_DER },
        { PCS, S "rootcacrl", 404, 0, 0, 0 },
        { PCS, S "fmspcs?platform=E5", 200, WORLD_FMSPCS, 0, PCS_JSON },
        { PCS, S "fmspcs?platform=E9", 400, 0, 0, 0 },
        { PCS, S "tcbevaluationdatanumbers", 200, WORLD_NUMBERS, 0, PCS_JSON },
        { PCS, T "tcbevaluationdatanumbers", 200, WORLD_NUMBERS, 0, PCS_JSON },
        { PCCS, S "tcb?" FM "&tcbEvaluationDataNumber=17", 200, WORLD_TCB, WORLD_STANDARD,
          PCS_JSON },
        { PCCS, S "pckcrl?ca=platform", 200, WORLD_PCKCRL, 0, PCS_HEX },
        { PCCS, S "pckcrl?ca=platform&encoding=der", 200, WORLD_PCKCRL, 0, PCS_DER },
        { PCCS, S "pckcrl?ca=platform&encoding=pem", 200, WORLD_PCKCRL, 0, PCS_HEX },
        { PCCS, S "rootcacrl", 200, WORLD_ROOTCACRL, 0, PCS_HEX },
        { PCCS,
          S "crl?uri=https%3A%2F%2Fcertificates.trustedservices.intel.com"
            "%2FIntelSGXRootCA.der",
          200, WORLD_ROOTCACRL, 0, PCS_DER },
        { PCCS,
          S "crl?uri=https%3A%2F%2Fapi.trustedservices.intel.com%2Fsgx%2Fcertification"
            "%2Fv4%2Fpckcrl%3Fca%3Dplatform%26encoding%3Dder",
          200, WORLD_PCKCRL, 0, PCS_DER },
        { PCCS, S "crl?uri=https%3A%2F%2Fexample.com%2Fother.crl", 400, 0, 0, 0 },
        { PCCS, S "crl", 400, 0, 0, 0 },
        { PCS, S "pckcerts?pceid=0000&encrypted_ppid=" PPID, 200, WORLD_PCKCERTS, 0,
          PCS_JSON },
        { PCS, S "pckcerts?pceid=0000&encrypted_ppid=" PPID "00", 400, 0, 0, 0 },
        { PCS, S "pckcerts?encrypted_ppid=" PPID, 400, 0, 0, 0 },
        { PCS, S "pckcert?pceid=0000&encrypted_ppid=" PPID RAW, 200, WORLD_PCKCERT, 0,
          PCS_PEM },
        { PCS, S "pckcert?pceid=0000&encrypted_ppid=" PPID, 400, 0, 0, 0 },
        { PCS, S "pckcert?pceid=0000&qeid=00" RAW, 400, 0, 0, 0 },
        { PCS, S "appraisalpolicy?" FM, 404, 0, 0, 0 },
        { PCS, "/sgx/registration/v1/platform", 404, 0, 0, 0 },
        { PCCS, S "pckcert?pceid=0000&qeid=00" RAW, 200, WORLD_PCKCERT, 0, PCS_PEM },
        { PCCS, S "pckcert?pceid=0000&qeid=00&encrypted_ppid=" PPID RAW, 200,
          WORLD_PCKCERT, 0, PCS_PEM },
        { PCCS, S "pckcert?pceid=0000&qeid=" RAW, 400, 0, 0, 0 },
        { PCCS, S "pckcert?qeid=00" RAW, 400, 0, 0, 0 },
        { PCCS, S "pckcerts?pceid=0000&encrypted_ppid=" PPID, 404, 0, 0, 0 },
        { PCCS, S "appraisalpolicy?" FM, 404, 0, 0, 0 },
        { PCCS, S "fmspcs", 404, 0, 0, 0 },
        { PCCS, S "tcbevaluationdatanumbers", 404, 0, 0, 0 },
        { PCCS, S "qae/identity", 404, 0, 0, 0 },
        { PCCS, "/IntelSGXRootCA.der", 404, 0, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pcs_request request;
        const char *why = NULL;
        unsigned status =
            pcs_read(cases[i].flavour, bytes_of_text(cases[i].target), &request, &why);

        if (status != cases[i].status || (status == 200) != (why == NULL))
            fail_msg("%s: %u, %s", cases[i].target, status, why == NULL ? "" : why);
        if (status == 200
            && (request.question.kind != cases[i].kind
                || request.question.update != cases[i].update
                || request.encoding != cases[i].encoding))
            fail_msg("%s: kind %d, update %d, encoding %d", cases[i].target,
                     request.question.kind, request.question.update, request.encoding);
    }
}

static void values_are_taken_from_the_query(void **state)
{
    struct pcs_request request;
    const char *why = NULL;

    (void)state;
    assert_int_equal(pcs_read(PCS,
                              bytes_of_text(T "tcb?fmspc=%30060"
                                              "6a000000&tcbEvaluationDataNumber=19"),
                              &request, &why),
                     200);
    assert_string_equal(hex(request.question.fmspc, FMSPC_LEN).s, "00606a000000");
    assert_int_equal(request.question.tee, WORLD_TDX);
    assert_int_equal(request.question.number, 19);
    assert_int_equal(
        pcs_read(PCS, bytes_of_text(S "fmspcs?platform=client"), &request, &why), 200);
    assert_string_equal(request.question.platform, "client");
    assert_int_equal(
        pcs_read(PCCS, bytes_of_text(S "crl?uri=http%3A%2F%2Fx%2Fpckcrl%3Fca%3Dplatform"),
                 &request, &why),
        200);
    assert_int_equal(request.question.ca, WORLD_PLATFORM);
}

/* Headers of an answer whose body is text (or, with as_der, begins as DER does). */
static void answers_have_intels_headers_and_encodings(void **state)
{
    static const struct {
        struct pcs_request request;
        const char *body, *type, *chain_header, *encoded;
    } cases[] = {
        { { .question = { .kind = WORLD_TCB }, .encoding = PCS_JSON },
          "{}",
          "application/json",
          "TCB-Info-Issuer-Chain: a%0A",
          "{}" },
        { { .question = { .kind = WORLD_TD_QE_IDENTITY }, .encoding = PCS_JSON },
          "{}",
          "application/json",
          "SGX-Enclave-Identity-Issuer-Chain: a%0A",
          "{}" },
        { { .question = { .kind = WORLD_NUMBERS }, .encoding = PCS_JSON },
          "{}",
          "application/json",
          "TCB-Evaluation-Data-Numbers-Issuer-Chain: a%0A",
          "{}" },
        { { .question = { .kind = WORLD_PCKCRL }, .encoding = PCS_PEM },
          "0abc",
          "application/x-pem-file",
          "SGX-PCK-CRL-Issuer-Chain: a%0A",
          "-----BEGIN X509 CRL-----\nMGFiYw==\n-----END X509 CRL-----\n" },
        { { .question = { .kind = WORLD_PCKCRL }, .encoding = PCS_HEX },
          "0abc",
          "application/x-pem-file",
          "SGX-PCK-CRL-Issuer-Chain: a%0A",
          "30616263" },
        { { .question = { .kind = WORLD_PCKCRL }, .encoding = PCS_DER },
          "0abc",
          "application/pkix-crl",
          "SGX-PCK-CRL-Issuer-Chain: a%0A",
          "0abc" },
        { { .question = { .kind = WORLD_PCKCRL }, .encoding = PCS_PEM },
          "<html>",
          "application/x-pem-file",
          "SGX-PCK-CRL-Issuer-Chain: a%0A",
          "<html>" },
        { { .question = { .kind = WORLD_ROOTCACRL }, .encoding = PCS_HEX },
          "0abc",
          "application/pkix-crl",
          NULL,
          "30616263" },
        { { .question = { .kind = WORLD_PCKCERTS }, .encoding = PCS_JSON },
          "[]",
          "application/json",
          "SGX-PCK-Certificate-Issuer-Chain: a%0A",
          "[]" },
        { { .question = { .kind = WORLD_PCKCERT }, .encoding = PCS_PEM },
          "0abc",
          "application/x-pem-file",
          "SGX-PCK-Certificate-Issuer-Chain: a%0A",
          "-----BEGIN CERTIFICATE-----\nMGFiYw==\n-----END CERTIFICATE-----\n" },
        { { .question = { .kind = WORLD_REGISTRATION }, .encoding = PCS_TEXT },
          "00112233",
          "text/plain",
          NULL,
          "00112233" },
        { { .question = { .kind = WORLD_FMSPCS }, .encoding = PCS_JSON },
          "[]",
          "application/json",
          NULL,
          "[]" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world_answer answer;
        struct wire_answer out;
        struct error err = { .kind = ERROR_NONE };

        world_answer_init(&answer);
        wire_answer_init(&out);
        answer.status = 200;
        buf_add_text(&answer.body, cases[i].body);
        buf_add_text(&answer.chain, "a\n");
        assert_ok(pcs_answer(&cases[i].request, &answer, &out, &err), err);
        const char *headers = buf_text(&out.headers);
        assert_int_equal(out.status, 200);
        assert_non_null(strstr(headers, cases[i].type));
        assert_non_null(strstr(headers, "Request-ID: "));
        if (cases[i].chain_header != NULL)
            assert_non_null(strstr(headers, cases[i].chain_header));
        else
            assert_null(strstr(headers, "Chain"));
        assert_string_equal(buf_text(&out.body), cases[i].encoded);
        wire_answer_fini(&out);
        world_answer_fini(&answer);
    }
}

static void a_platforms_values_are_taken_from_the_query(void **state)
{
    struct pcs_request request;
    const char *why = NULL;

    (void)state;
    assert_int_equal(
        pcs_read(PCCS,
                 bytes_of_text(S "pckcert?pceid=0a00&qeid=000102030405060708090a0b0c0D0E"
                                 "0F&encrypted_ppid=" PPID RAW),
                 &request, &why),
        200);
    assert_string_equal(hex(request.question.qe_id, PLATFORM_NAME_LEN).s,
                        "000102030405060708090a0b0c0d0e0f");
    assert_string_equal(hex(request.question.encrypted_ppid + 372, 12).s,
                        "00112233445566778899aabb");
    assert_string_equal(hex(request.question.pce_id, 2).s, "0a00");
    assert_string_equal(hex(request.question.raw_tcb, TCBM_LEN).s,
                        "1111000303ff000200000000000000001000");
}

static void refusals_are_worded_by_flavour(void **state)
{
    static const struct {
        enum pcs_flavour flavour;
        unsigned status;
        const char *header, *body;
    } cases[] = {
        { PCS, 400, "Error-Code: InvalidRequestSyntax\r\nError-Message: so\r\n", "" },
        { PCS, 404, "Request-ID: ", "" },
        { PCS, 410, "Request-ID: ", "" },
        { PCCS, 400, "text/html", "Invalid request parameters." },
        { PCCS, 404, "text/html", "No cache data for this platform." },
        { PCCS, 410, "text/html", "so" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct wire_answer out;

        wire_answer_init(&out);
        pcs_refuse(cases[i].flavour, cases[i].status, NULL, "so", &out);
        assert_int_equal(out.status, cases[i].status);
        assert_non_null(strstr(buf_text(&out.headers), cases[i].header));
        assert_string_equal(buf_text(&out.body), cases[i].body);
        wire_answer_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_read_or_refused),
        cmocka_unit_test(values_are_taken_from_the_query),
        cmocka_unit_test(answers_have_intels_headers_and_encodings),
        cmocka_unit_test(a_platforms_values_are_taken_from_the_query),
        cmocka_unit_test(refusals_are_worded_by_flavour),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
