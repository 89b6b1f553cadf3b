/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/pcs_platforms.h"

#include <stdio.h>

#include "kit/test.h"
#include "kit/text.h"

#define CERTS "/sgx/certification/v4/pckcerts"
#define CERT "/sgx/certification/v4/pckcert"
#define PLATFORM "/sgx/registration/v1/platform"
#define PACKAGE "/sgx/registration/v1/package"
#define JSON "application/json"
#define OCTETS "application/octet-stream"
#define CPUSVN_TEXT "1111000303ff00020000000000000000"

static void a_post_is_read_or_refused(void **state)
{
    static const struct {
        const char *target, *type, *body;
        unsigned status;
        enum world_kind kind;
        const char *why;
    } cases[] = {
        { CERTS, JSON, "{\"platformManifest\":\"aB01\",\"pceid\":\"0000\"}", 200,
          WORLD_PCKCERTS, NULL },
        { CERTS, "Application/JSON; charset=utf-8",
          "{\"platformManifest\":\"ab01\",\"pceid\":\"0000\",\"more\":1}", 200,
          WORLD_PCKCERTS, NULL },
        { CERTS, OCTETS, "{\"platformManifest\":\"ab01\",\"pceid\":\"0000\"}", 415, 0,
          "Content-Type" },
        { CERTS, "", "{\"platformManifest\":\"ab01\",\"pceid\":\"0000\"}", 415, 0,
          "Content-Type" },
        { CERTS, JSON, "[]", 400, 0, "no JSON object" },
        { CERTS, JSON, "", 400, 0, "no JSON object" },
        { CERTS, JSON, "{\"pceid\":\"0000\"}", 400, 0, "platformManifest" },
        { CERTS, JSON, "{\"platformManifest\":\"\",\"pceid\":\"0000\"}", 400, 0,
          "platformManifest" },
        { CERTS, JSON, "{\"platformManifest\":\"ab0\",\"pceid\":\"0000\"}", 400, 0,
          "platformManifest" },
        { CERTS, JSON, "{\"platformManifest\":\"ab0g\",\"pceid\":\"0000\"}", 400, 0,
          "platformManifest" },
        { CERTS, JSON, "{\"platformManifest\":\"ab01\"}", 400, 0, "pceid" },
        { CERTS, JSON, "{\"platformManifest\":\"ab01\",\"pceid\":\"000\"}", 400, 0,
          "pceid" },
        { CERT, JSON, "{\"platformManifest\":\"ab01\",\"pceid\":\"0000\"}", 400, 0,
          "cpusvn" },
        { CERT, JSON,
          "{\"platformManifest\":\"ab01\",\"pceid\":\"0000\",\"cpusvn\":\"" CPUSVN_TEXT
          "\",\"pcesvn\":\"1000\"}",
          200, WORLD_PCKCERT, NULL },
        { CERT, JSON,
          "{\"platformManifest\":\"ab01\",\"pceid\":\"0000\",\"cpusvn\":\"" CPUSVN_TEXT
          "\",\"pcesvn\":16}",
          400, 0, "pcesvn" },
        { PLATFORM, OCTETS, "anything", 200, WORLD_REGISTRATION, NULL },
        { PLATFORM, JSON, "anything", 415, 0, "Content-Type" },
        { PACKAGE, OCTETS, "anything", 200, WORLD_REGISTRATION, NULL },
        { PLATFORM "/", OCTETS, "anything", 405, 0, "only GET" },
        { "/sgx/certification/v4/tcb", JSON, "{}", 405, 0, "only GET" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char head[200];
        struct pcs_request read;
        const char *why = NULL;

        snprintf(head, sizeof head, "POST / HTTP/1.1\r\nContent-Type: %s", cases[i].type);
        const struct wire_request request = { .head = bytes_of_text(head),
                                              .body = bytes_of_text(cases[i].body) };
        unsigned status =
            pcs_platforms_read(&request, bytes_of_text(cases[i].target), &read, &why);
        if (status != cases[i].status
            || (status == 200 && read.question.kind != cases[i].kind)
            || (cases[i].why == NULL) != (why == NULL)
            || (why != NULL && strstr(why, cases[i].why) == NULL))
            fail_msg("%s %s: %u, %s", cases[i].target, cases[i].body, status,
                     why == NULL ? "" : why);
        pcs_request_fini(&read);
    }
}

static void values_are_taken_from_the_body(void **state)
{
    static const char body[] = "{\"platformManifest\":\"aB01\",\"pceid\":\"0a0B\","
                               "\"cpusvn\":\"" CPUSVN_TEXT "\",\"pcesvn\":\"1000\"}";
    const struct wire_request request = {
        .head = bytes_of_text("POST / HTTP/1.1\r\nContent-Type: " JSON),
        .body = bytes_of_text(body),
    };
    struct pcs_request read;
    const char *why = NULL;

    (void)state;
    assert_int_equal(pcs_platforms_read(&request, bytes_of_text(CERT "?x"), &read, &why),
                     200);
    assert_string_equal(hex(read.question.manifest.at, read.question.manifest.len).s,
                        "ab01");
    assert_string_equal(hex(read.question.pce_id, 2).s, "0a0b");
    assert_string_equal(hex(read.question.raw_tcb, TCBM_LEN).s, CPUSVN_TEXT "1000");
    assert_int_equal(read.encoding, PCS_PEM);
    pcs_request_fini(&read);
}

static void only_certificates_and_packages_are_guarded(void **state)
{
    static const struct {
        struct world_question question;
        bool is_guarded;
    } cases[] = {
        { { .kind = WORLD_TCB }, false },
        { { .kind = WORLD_PCKCRL }, false },
        { { .kind = WORLD_PCKCERTS }, true },
        { { .kind = WORLD_PCKCERT }, true },
        { { .kind = WORLD_REGISTRATION }, false },
        { { .kind = WORLD_REGISTRATION, .adds_package = true }, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(pcs_platforms_is_guarded(&cases[i].question),
                         cases[i].is_guarded);
}

static void headers_tell_the_platforms_kind(void **state)
{
    static const struct {
        struct pcs_request request;
        enum world_ca ca;
        const char *headers;
    } cases[] = {
        { { .question = { .kind = WORLD_PCKCERTS }, .flavour = PCS },
          WORLD_PLATFORM,
          "SGX-FMSPC: 30606A000000\r\nSGX-PCK-Certificate-CA-Type: platform\r\n" },
        { { .question = { .kind = WORLD_PCKCERT }, .flavour = PCS },
          WORLD_PROCESSOR,
          "SGX-FMSPC: 30606A000000\r\nSGX-PCK-Certificate-CA-Type: processor\r\n"
          "SGX-TCBm: 11110000000000000000000000000000000A\r\n" },
        { { .question = { .kind = WORLD_PCKCERT }, .flavour = PCCS },
          WORLD_PLATFORM,
          "SGX-FMSPC: 30606A000000\r\nSGX-PCK-Certificate-CA-Type: PLATFORM\r\n"
          "SGX-TCBm: 11110000000000000000000000000000000A\r\n" },
        { { .question = { .kind = WORLD_REGISTRATION }, .flavour = PCS }, 0, "" },
        { { .question = { .kind = WORLD_REGISTRATION, .adds_package = true },
            .flavour = PCS },
          0,
          "Certificate-Count: 1\r\n" },
        { { .question = { .kind = WORLD_TCB }, .flavour = PCS }, 0, "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct world_answer answer = { .ca = cases[i].ca,
                                             .fmspc = { 0x30, 0x60, 0x6a },
                                             .tcbm = { 0x11, 0x11, [17] = 0x0a } };
        struct wire_answer out;

        wire_answer_init(&out);
        pcs_platforms_headers(&cases[i].request, &answer, &out);
        assert_string_equal(buf_text(&out.headers), cases[i].headers);
        wire_answer_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_is_read_or_refused),
        cmocka_unit_test(values_are_taken_from_the_body),
        cmocka_unit_test(only_certificates_and_packages_are_guarded),
        cmocka_unit_test(headers_tell_the_platforms_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
