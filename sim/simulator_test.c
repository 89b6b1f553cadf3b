/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/simulator.h"

#include "sim/platforms.h"
#include "sim/test_simulator.h"

#define TCB "/sgx/certification/v4/tcb?fmspc=30606a000000"

static struct simulator simulator;

static struct wire_answer get(const char *target)
{
    return test_ask(&simulator, "GET", target, "");
}

static void order(const char *faults)
{
    test_expect(&simulator, "POST", "/sim/faults", faults, 200, "[");
}

/* The chain of an answer's header, decoded. */
static struct buf chain_of(const struct wire_answer *answer, const char *header)
{
    struct bytes headers = buf_bytes(&answer->headers);
    struct bytes rest = bytes_after(headers, bytes_find(headers, bytes_of_text(header)));
    struct buf chain;

    rest = bytes_after(rest, strlen(header) + 2);
    buf_init(&chain, WORLD_CHAIN_MAX);
    assert_true(
        percent_read(bytes_first(rest, bytes_find(rest, bytes_of_text("\r\n"))), &chain));
    return chain;
}

static void a_question_gets_a_document_that_holds(void **state)
{
    struct wire_answer answer = get(TCB);
    struct buf chain = chain_of(&answer, "TCB-Info-Issuer-Chain");

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_true(test_chain_holds(buf_bytes(&chain)));
    assert_true(
        test_envelope_holds(buf_bytes(&answer.body), "tcbInfo", buf_bytes(&chain)));
    buf_fini(&chain);
    wire_answer_fini(&answer);
}

static void what_is_no_question_is_refused(void **state)
{
    (void)state;
    test_expect(&simulator, "GET", "/nowhere", "", 404, "");
    test_expect(&simulator, "GET", "/sgx/certification/v3/tcb", "", 410, "");
    test_expect(&simulator, "GET", "/sgx/certification/v4/tcb", "", 400, "");
    test_expect(&simulator, "PUT", TCB, "", 405, "");
    assert_int_equal(simulator.counts.refused, 3);
}

/* What each fault makes of an answer; the signature and the chain are looked at too. */
static void every_fault_shows(void **state)
{
    static const struct {
        const char *fault;
        unsigned status;
        enum wire_manner manner;
        bool has_chain, holds;
        const char *issued; /* NULL where there is no document */
    } cases[] = {
        { "down", 200, WIRE_RESET, true, true, "2025-06-20T00:00:00Z" },
        { "hang", 200, WIRE_SILENT, true, true, "2025-06-20T00:00:00Z" },
        { "slow", 200, WIRE_HONEST, true, true, "2025-06-20T00:00:00Z" },
        { "cut", 200, WIRE_CUT, true, true, "2025-06-20T00:00:00Z" },
        { "429", 429, WIRE_HONEST, false, false, NULL },
        { "500", 500, WIRE_HONEST, false, false, NULL },
        { "503", 503, WIRE_HONEST, false, false, NULL },
        { "404", 404, WIRE_HONEST, false, false, NULL },
        { "410", 410, WIRE_HONEST, false, false, NULL },
        { "redirect", 302, WIRE_HONEST, false, false, NULL },
        { "wrong_date", 200, WIRE_HONEST, true, true, "2025-06-20T00:00:00Z" },
        { "huge", 200, WIRE_HONEST, true, true, "2025-06-20T00:00:00Z" },
        { "no_chain", 200, WIRE_HONEST, false, false, "2025-06-20T00:00:00Z" },
        { "garbage_chain", 200, WIRE_HONEST, true, false, "2025-06-20T00:00:00Z" },
        { "garbage", 200, WIRE_HONEST, true, false, NULL },
        { "truncated", 200, WIRE_HONEST, true, false, "2025-06-20T00:00:00Z" },
        { "bad_signature", 200, WIRE_HONEST, true, false, "2025-06-20T00:00:00Z" },
        { "extra_members", 200, WIRE_HONEST, true, false, "2025-06-20T00:00:00Z" },
        { "expired", 200, WIRE_HONEST, true, true, "2025-05-11T00:00:00Z" },
        { "older", 200, WIRE_HONEST, true, true, "2025-06-10T00:00:00Z" },
        { "future", 200, WIRE_HONEST, true, true, "2025-06-22T00:00:00Z" },
        { "other", 200, WIRE_HONEST, true, true, "2025-06-20T00:00:00Z" },
        { "impostor", 200, WIRE_HONEST, true, true, "2025-06-20T00:00:00Z" },
        { "lower_standard", 200, WIRE_HONEST, true, true, "2025-06-20T00:00:00Z" },
        { "frozen", 200, WIRE_HONEST, true, true, "2025-06-20T00:00:00Z" },
    };

    (void)state;
    assert_int_equal(COUNT_OF(cases), FAULT_KINDS - 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[64];

        snprintf(text, sizeof text, "{\"fault\":\"%s\",\"times\":1}", cases[i].fault);
        order(text);
        struct wire_answer answer = get(TCB);
        struct bytes body = buf_bytes(&answer.body);
        bool has_chain = strstr(buf_text(&answer.headers), "Issuer-Chain") != NULL;
        bool holds = false;

        if (has_chain && strcmp(cases[i].fault, "garbage_chain") != 0) {
            struct buf chain = chain_of(&answer, "TCB-Info-Issuer-Chain");
            holds = test_envelope_holds(body, "tcbInfo", buf_bytes(&chain))
                    && bytes_find(body, bytes_of_text("not signed")) == body.len;
            buf_fini(&chain);
        }
        if (answer.status != cases[i].status || answer.manner != cases[i].manner
            || has_chain != cases[i].has_chain || holds != cases[i].holds
            || strcmp(test_member(body, "issueDate"),
                      cases[i].issued == NULL ? "" : cases[i].issued)
                   != 0)
            fail_msg("%s: %u, manner %d, chain %d, holds %d, %s", cases[i].fault,
                     answer.status, answer.manner, has_chain, holds,
                     test_member(body, "issueDate"));
        wire_answer_fini(&answer);
    }
    assert_int_equal(simulator.counts.faulty, COUNT_OF(cases));
    struct wire_answer answer = get(TCB); /* and now none any more */
    assert_int_equal(answer.status, 200);
    assert_int_equal(simulator.counts.faulty, COUNT_OF(cases));
    wire_answer_fini(&answer);
}

static void a_fault_spoils_a_crl_too(void **state)
{
    static const char target[] = "/sgx/certification/v4/pckcrl?ca=platform&encoding=der";
    static const struct {
        const char *fault;
        bool parses, holds;
    } cases[] = {
        { "slow", true, true },        { "bad_signature", true, false },
        { "truncated", false, false }, { "extra_members", true, false },
        { "garbage", false, false },   { "other", true, false },
    };
    struct wire_answer straight = get(target);
    struct buf chain = chain_of(&straight, "SGX-PCK-CRL-Issuer-Chain");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[64];

        snprintf(text, sizeof text, "{\"fault\":\"%s\"}", cases[i].fault);
        order(text);
        struct wire_answer answer = get(target);
        const uint8_t *at = answer.body.at;
        X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)answer.body.len);
        if ((crl != NULL) != cases[i].parses
            || test_crl_holds(buf_bytes(&answer.body), buf_bytes(&chain), 0)
                   != cases[i].holds)
            fail_msg("%s", cases[i].fault);
        X509_CRL_free(crl);
        wire_answer_fini(&answer);
    }
    buf_fini(&chain);
    wire_answer_fini(&straight);
}

/* ---- platforms --------------------------------------------------------------------- */

/* The target that asks for a platform's certificates by PPID. */
static const char *certs_target(uint32_t platform)
{
    static char target[900];
    uint8_t encrypted[ENCRYPTED_PPID_LEN];
    struct buf digits;

    buf_init(&digits, 2 * ENCRYPTED_PPID_LEN + 1);
    platform_encrypt_ppid(simulator.world.platforms, platform, 1, encrypted);
    hex_add(&digits, bytes_of(encrypted, sizeof encrypted));
    snprintf(target, sizeof target,
             "/sgx/certification/v4/pckcerts?pceid=0000&encrypted_ppid=%s",
             buf_text(&digits));
    buf_fini(&digits);
    return target;
}

/* Posts a platform's manifest, raw to the registration's paths, else in JSON. */
static struct wire_answer post_manifest(uint32_t platform, const char *target,
                                        const char *more_headers)
{
    bool is_raw = strstr(target, "registration") != NULL;
    char headers[200];
    struct buf manifest, json;

    buf_init(&manifest, MANIFEST_LEN);
    buf_init(&json, 3 * MANIFEST_LEN);
    platform_manifest(simulator.world.platforms, platform, &manifest);
    buf_add_text(&json, "{\"pceid\":\"0000\",\"platformManifest\":\"");
    hex_add(&json, buf_bytes(&manifest));
    buf_add_text(&json, "\"}");
    snprintf(headers, sizeof headers, "Content-Type: application/%s%s",
             is_raw ? "octet-stream" : "json", more_headers);
    struct wire_answer answer =
        test_send(&simulator, "POST", target, headers,
                  is_raw ? buf_bytes(&manifest) : buf_bytes(&json));
    buf_fini(&manifest);
    buf_fini(&json);
    return answer;
}

static void expect_post(uint32_t platform, const char *target, const char *more_headers,
                        unsigned status, const char *header)
{
    struct wire_answer answer = post_manifest(platform, target, more_headers);

    if (answer.status != status || strstr(buf_text(&answer.headers), header) == NULL)
        fail_msg("%s: %u %s, expected %u %s", target, answer.status,
                 buf_text(&answer.headers), status, header);
    wire_answer_fini(&answer);
}

static void registration_decides_what_a_ppid_is_worth(void **state)
{
    (void)state;
    test_expect(&simulator, "GET", certs_target(1), "", 404, "");
    expect_post(1, "/sgx/certification/v4/pckcerts", "", 200,
                "SGX-PCK-Certificate-CA-Type: platform");
    test_expect(&simulator, "GET", certs_target(1), "", 404, "");
    expect_post(1, "/sgx/registration/v1/platform", "", 400,
                "Error-Code: CachedKeysPolicyViolation\r\nError-Message: the platform");
    expect_post(3, "/sgx/registration/v1/platform", "", 201, "Content-Type: text/plain");
    test_expect(&simulator, "GET", certs_target(3), "", 200, "\"tcbm\":");
    expect_post(3, "/sgx/registration/v1/package", "", 200, "Certificate-Count: 1");
    expect_post(3, "/sgx/registration/v1/other", "", 405, "Request-ID");
    assert_int_equal(simulator.counts.by_kind[WORLD_PCKCERTS], 4);
    assert_int_equal(simulator.counts.by_kind[WORLD_REGISTRATION], 3);
    assert_int_equal(json_integer_value(json_object_get(
                         simulator.targets, "/sgx/certification/v4/pckcerts")),
                     4); /* whoever was asked about */
}

#define KEY "\r\nOcp-Apim-Subscription-Key: "

static void a_key_is_demanded_and_limited_where_it_matters(void **state)
{
    (void)state;
    simulator.subscriptions.demanded = "right";
    simulator.subscriptions.per_minute = 2;
    expect_post(1, "/sgx/certification/v4/pckcerts", "", 401, "Request-ID");
    expect_post(1, "/sgx/certification/v4/pckcerts", KEY "wrong", 401, "Request-ID");
    expect_post(1, "/sgx/certification/v4/pckcerts", KEY "right", 200, "SGX-FMSPC");
    expect_post(3, "/sgx/registration/v1/platform", "", 201, "Request-ID");
    expect_post(3, "/sgx/registration/v1/package", KEY "right", 200, "Request-ID");
    expect_post(3, "/sgx/registration/v1/package", KEY "right", 429,
                "Retry-After: 60\r\n");
    test_expect(&simulator, "GET", TCB, "", 200, "");
    test_expect(&simulator, "POST", "/sim/clock", "{\"advance_s\":60}", 200, "");
    expect_post(1, "/sgx/certification/v4/pckcerts", KEY "right", 200, "SGX-FMSPC");
    test_expect(
        &simulator, "GET", "/sim/status", "", 200,
        "\"keys\":{\"with\":5,\"wrong\":1,\"missing\":1,\"limited\":1,\"by_path\":"
        "{\"/sgx/certification/v4/pckcerts\":3,"
        "\"/sgx/registration/v1/package\":2}}");
}

/* What a fault makes of a list: whether its first certificate is still the CA's. */
static void a_fault_spoils_certificates_too(void **state)
{
    static const struct {
        const char *fault;
        unsigned status;
        bool has_chain, holds;
    } cases[] = {
        { "slow", 200, true, true },           { "503", 503, false, false },
        { "429", 429, false, false },          { "no_chain", 200, false, false },
        { "garbage_chain", 200, true, false }, { "garbage", 200, true, false },
        { "bad_signature", 200, true, false }, { "impostor", 200, true, true },
        { "truncated", 200, true, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[96];

        snprintf(text, sizeof text, "{\"fault\":\"%s\",\"match\":{\"kind\":\"%s\"}}",
                 cases[i].fault, "pckcerts");
        order(text);
        struct wire_answer answer = get(certs_target(0));
        struct bytes body = buf_bytes(&answer.body);
        bool has_chain = strstr(buf_text(&answer.headers), "Issuer-Chain") != NULL;
        bool holds = false;
        struct bytes rest =
            bytes_after(body, bytes_find(body, bytes_of_text("-----BEGIN")));
        struct buf pem;

        buf_init(&pem, 1 << 14);
        assert_true(
            percent_read(bytes_first(rest, bytes_find(rest, bytes_of_text("\""))), &pem));
        X509 *certificate = test_certificate(buf_bytes(&pem), 0);
        if (has_chain && certificate != NULL
            && strcmp(cases[i].fault, "garbage_chain") != 0) {
            struct buf chain = chain_of(&answer, "SGX-PCK-Certificate-Issuer-Chain");
            X509 *ca = test_certificate(buf_bytes(&chain), 0);
            holds = X509_verify(certificate, X509_get0_pubkey(ca)) == 1;
            X509_free(ca);
            buf_fini(&chain);
        }
        if (answer.status != cases[i].status || has_chain != cases[i].has_chain
            || holds != cases[i].holds
            || (certificate == NULL && strcmp(cases[i].fault, "bad_signature") == 0))
            fail_msg("%s: %u, chain %d, holds %d", cases[i].fault, answer.status,
                     has_chain, holds);
        X509_free(certificate);
        buf_fini(&pem);
        wire_answer_fini(&answer);
    }
    order("{\"fault\":\"503\",\"match\":{\"kind\":\"registration\"}}");
    expect_post(1, "/sgx/registration/v1/platform", "", 503, "Request-ID");
    expect_post(1, "/sgx/certification/v4/pckcerts", "", 200, "SGX-FMSPC");
}

static void a_pccs_gives_one_certificate_by_qe_id(void **state)
{
    struct simulator pccs;
    uint8_t qe_id[PLATFORM_NAME_LEN];
    char target[300];

    (void)state;
    test_simulator_open(&pccs, PCCS);
    platform_name(pccs.world.platforms, PLATFORM_QE_ID, 1, qe_id);
    snprintf(target, sizeof target,
             "/sgx/certification/v4/pckcert?qeid=%s&pceid=0000&pcesvn=1000"
             "&cpusvn=1111000303ff00020000000000000000",
             hex(qe_id, sizeof qe_id).s);
    struct wire_answer answer = test_ask(&pccs, "GET", target, "");
    const char *headers = buf_text(&answer.headers);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(headers, "SGX-PCK-Certificate-CA-Type: PLATFORM\r\n"));
    assert_non_null(
        strstr(headers, "SGX-TCBm: 1111000303FF000200000000000000001000\r\n"));
    X509 *certificate = test_certificate(buf_bytes(&answer.body), 0);
    assert_non_null(certificate);
    X509_free(certificate);
    wire_answer_fini(&answer);
    test_expect(&pccs, "POST", "/sgx/certification/v4/pckcert", "{}", 405, "");
    simulator_fini(&pccs);
}

static void frozen_dates_stand_while_the_clock_goes_on(void **state)
{
    (void)state;
    order("{\"fault\":\"frozen\",\"until\":\"2025-06-29T00:00:00Z\"}");
    test_expect(&simulator, "POST", "/sim/clock", "{\"advance_s\":604800}", 200,
                "2025-06-27T12:00:00Z");
    test_expect(&simulator, "GET", TCB, "", 200, "2025-06-20T00:00:00Z");
    test_expect(&simulator, "POST", "/sim/clock", "{\"to\":\"2025-06-29T00:00:00Z\"}",
                200, "2025-06-29");
    test_expect(&simulator, "GET", TCB, "", 200, "2025-06-29T00:00:00Z");
}

static void a_redirect_leads_to_the_answer_and_is_counted(void **state)
{
    (void)state;
    order("{\"fault\":\"redirect\",\"times\":1}");
    struct wire_answer answer = get(TCB);
    assert_non_null(
        strstr(buf_text(&answer.headers), "Location: /sim/followed" TCB "\r\n"));
    wire_answer_fini(&answer);
    assert_int_equal(simulator.counts.followed, 0);
    test_expect(&simulator, "GET", "/sim/followed" TCB, "", 200, "tcbInfo");
    assert_int_equal(simulator.counts.followed, 1);
}

static void requests_are_counted_by_kind_and_target(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        test_expect(&simulator, "GET", TCB, "", 200, "");
    test_expect(&simulator, "GET", "/sgx/certification/v4/qe/identity", "", 200, "");
    assert_int_equal(simulator.counts.all, 4);
    assert_int_equal(simulator.counts.by_kind[WORLD_TCB], 3);
    assert_int_equal(simulator.counts.by_kind[WORLD_QE_IDENTITY], 1);
    assert_int_equal(json_integer_value(json_object_get(simulator.targets, TCB)), 3);
}

static void targets_without_end_are_counted_together(void **state)
{
    char target[64], longest[2000];

    (void)state;
    for (int i = 0; i < SIMULATOR_TARGETS_MAX + 3; i++) {
        snprintf(target, sizeof target, "/%d", i);
        test_expect(&simulator, "GET", target, "", 404, "");
    }
    assert_int_equal(json_object_size(simulator.targets), SIMULATOR_TARGETS_MAX + 1);
    assert_int_equal(json_integer_value(json_object_get(simulator.targets, "(others)")),
                     3);
    memset(longest, 'x', sizeof longest);
    longest[0] = '/';
    longest[sizeof longest - 1] = 0;
    test_expect(&simulator, "GET", longest, "", 404, "");
    assert_int_equal(simulator.counts.all, SIMULATOR_TARGETS_MAX + 4);
}

static int open_pcs(void **state)
{
    (void)state;
    test_simulator_open(&simulator, PCS);
    return 0;
}

static int close_simulator(void **state)
{
    (void)state;
    simulator_fini(&simulator);
    return 0;
}

#define simulated(test) cmocka_unit_test_setup_teardown(test, open_pcs, close_simulator)

int main(void)
{
    const struct CMUnitTest tests[] = {
        simulated(a_question_gets_a_document_that_holds),
        simulated(what_is_no_question_is_refused),
        simulated(every_fault_shows),
        simulated(a_fault_spoils_a_crl_too),
        simulated(registration_decides_what_a_ppid_is_worth),
        simulated(a_key_is_demanded_and_limited_where_it_matters),
        simulated(a_fault_spoils_certificates_too),
        cmocka_unit_test(a_pccs_gives_one_certificate_by_qe_id),
        simulated(frozen_dates_stand_while_the_clock_goes_on),
        simulated(a_redirect_leads_to_the_answer_and_is_counted),
        simulated(requests_are_counted_by_kind_and_target),
        simulated(targets_without_end_are_counted_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
