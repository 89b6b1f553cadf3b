/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/kds.h"

#include "sim/amd_desk.h"
#include "sim/test_amd.h"
#include "sim/test_simulator.h"

#define ID64                                                           \
    "4ffb5cb4fd594f3fee6528fc3fb10370bb38abe89dcd5ba2cf0ab6a11df2ca28" \
    "2add516bef45a890a8c9f9732bdca68f9f3f16c42e846030a800295dbeb19ba5"
#define ID8 "0155eb7f2cd2344d"

static void a_target_is_read_or_refused(void **state)
{
    static const struct {
        const char *target;
        unsigned status;
        enum world_kind kind;
        enum world_product product;
        bool is_vlek;
        const char *tcb; /* on-the-wire order */
    } cases[] = {
        { "/vcek/v1/Milan/" ID64 "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219", 200,
          WORLD_VCEK, WORLD_MILAN, false, "04000000000018db" },
        { "/vcek/v1/Genoa/" ID64 "?ucodeSPL=84&snpSPL=23&teeSPL=0&blSPL=10", 200,
          WORLD_VCEK, WORLD_GENOA, false, "0a00000000001754" },
        { "/vcek/v1/Turin/" ID8 "?fmcSPL=1&blSPL=1&teeSPL=1&snpSPL=4&ucodeSPL=076", 200,
          WORLD_VCEK, WORLD_TURIN, false, "010101040000004c" },
        { "/vcek/v1/Milan/" ID64, 200, WORLD_VCEK, WORLD_MILAN, false,
          "0000000000000000" },
        { "/vlek/v1/Milan/cert?blSPL=4&snpSPL=24", 200, WORLD_VLEK, WORLD_MILAN, true,
          "0400000000001800" },
        { "/vcek/v1/Turin/cert_chain", 200, WORLD_AMD_CHAIN, WORLD_TURIN, false, NULL },
        { "/vlek/v1/Genoa/cert_chain", 200, WORLD_AMD_CHAIN, WORLD_GENOA, true, NULL },
        { "/vcek/v1/Milan/crl", 200, WORLD_AMD_CRL, WORLD_MILAN, false, NULL },
        { "/vlek/v1/Milan/crl", 200, WORLD_AMD_CRL, WORLD_MILAN, true, NULL },
        { "/vcek/v1/Milan/" ID64 "?fmcSPL=0", 400, 0, 0, false, NULL },
        { "/vcek/v1/Milan/" ID64 "?blSPL=4&blSPL=4", 400, 0, 0, false, NULL },
        { "/vcek/v1/Milan/" ID64 "?blSPL=256", 400, 0, 0, false, NULL },
        { "/vcek/v1/Milan/" ID64 "?blSPL=", 400, 0, 0, false, NULL },
        { "/vcek/v1/Milan/" ID64 "?blSPL=0004", 400, 0, 0, false, NULL },
        { "/vcek/v1/Milan/" ID64 "?blSPL=4&other=1", 400, 0, 0, false, NULL },
        { "/vcek/v1/Milan/" ID8 "?blSPL=4", 404, 0, 0, false, NULL },
        { "/vcek/v1/Turin/" ID64 "?blSPL=4", 404, 0, 0, false, NULL },
        { "/vcek/v1/Siena/cert_chain", 404, 0, 0, false, NULL },
        { "/vcek/v1/milan/crl", 404, 0, 0, false, NULL },
        { "/vcek/v1/Milan/cert", 404, 0, 0, false, NULL },
        { "/vcek/v1/Milan/crl/", 404, 0, 0, false, NULL },
        { "/vlek/v1/Milan/" ID64, 404, 0, 0, false, NULL },
        { "/vcek/v1/Milan", 404, 0, 0, false, NULL },
        { "/vcek/Milan/cert_chain", 404, 0, 0, false, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bytes target = bytes_of_text(cases[i].target);
        struct world_question question;
        unsigned status = kds_read(target, &question);

        assert_true(kds_is_target(target));
        if (status != cases[i].status)
            fail_msg("%s: %u", cases[i].target, status);
        if (status != 200)
            continue;
        assert_int_equal(question.kind, cases[i].kind);
        assert_int_equal(question.product, cases[i].product);
        assert_int_equal(question.is_vlek, cases[i].is_vlek);
        if (cases[i].tcb != NULL)
            assert_string_equal(hex(question.tcb_version, TCB_VERSION_LEN).s,
                                cases[i].tcb);
    }
    assert_false(kds_is_target(bytes_of_text("/sgx/certification/v4/tcb")));
}

static void a_chip_id_is_read_in_either_case(void **state)
{
    struct world_question question;

    (void)state;
    assert_int_equal(kds_read(bytes_of_text("/vcek/v1/Turin/" ID8), &question), 200);
    assert_string_equal(hex(question.chip_id, 9).s, ID8 "00");
    assert_int_equal(
        kds_read(bytes_of_text("/vcek/v1/Turin/0155EB7F2CD2344D"), &question), 200);
    assert_string_equal(hex(question.chip_id, 8).s, ID8);
}

static void an_answer_is_labelled_as_what_it_is(void **state)
{
    static const struct {
        enum world_kind kind;
        const char *type;
    } cases[] = {
        { WORLD_VCEK, "Content-Type: application/pkix-cert\r\n" },
        { WORLD_VLEK, "Content-Type: application/pkix-cert\r\n" },
        { WORLD_AMD_CHAIN, "Content-Type: application/x-pem-file\r\n" },
        { WORLD_AMD_CRL, "Content-Type: application/pkix-crl\r\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct world_question question = { .kind = cases[i].kind };
        struct world_answer answer;
        struct wire_answer out;

        world_answer_init(&answer);
        wire_answer_init(&out);
        answer.status = 200;
        buf_add_text(&answer.body, "0...");
        kds_answer(&question, &answer, &out);
        assert_int_equal(out.status, 200);
        assert_string_equal(buf_text(&out.body), "0...");
        assert_non_null(strstr(buf_text(&out.headers), cases[i].type));
        assert_non_null(strstr(buf_text(&out.headers), "Cache-Control: no-cache\r\n"));
        wire_answer_fini(&out);
        world_answer_fini(&answer);
    }
}

static void a_refusal_has_kds_s_text(void **state)
{
    struct wire_answer out;

    (void)state;
    wire_answer_init(&out);
    kds_refuse(404, &out);
    assert_int_equal(out.status, 404);
    assert_string_equal(buf_text(&out.body), "404 - Not Found");
    wire_answer_fini(&out);
}

/* ---- through the whole simulator -----------------------------------------------------
 */

static struct simulator simulator;

static int open_simulator(void **state)
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

/* The VCEK of a chip as it is made. */
static const char *target_of(uint32_t chip)
{
    static const char *const tcbs[] = {
        "blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219",
        "blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=84",
        "fmcSPL=01&blSPL=01&teeSPL=01&snpSPL=04&ucodeSPL=76",
    };
    static char target[256];
    const struct amd_product *product = amd_product(chip_product(chip));
    uint8_t id[CHIP_ID_LEN];

    chip_id(simulator.world.amd->chips, chip, id);
    snprintf(target, sizeof target, "/vcek/v1/%s/%s?%s", product->name,
             hex(id, product->hwid_len).s, tcbs[chip % 3]);
    return target;
}

static struct wire_answer ask_under(const char *faults, const char *target)
{
    test_expect(&simulator, "POST", "/sim/faults", faults, 200, "[");
    return test_ask(&simulator, "GET", target, "");
}

static void a_fault_shows_in_statuses_and_manners(void **state)
{
    static const struct {
        const char *fault;
        unsigned status;
        enum wire_manner manner;
        const char *body;
    } cases[] = {
        { "\"404\"", 404, WIRE_HONEST, "404 - Not Found" },
        { "\"429\",\"retry_after\":7", 429, WIRE_HONEST, "429 - Too Many Requests" },
        { "\"500\"", 500, WIRE_HONEST, "500 - " },
        { "\"503\"", 503, WIRE_HONEST, "503 - " },
        { "\"down\"", 200, WIRE_RESET, "" },
        { "\"slow\"", 200, WIRE_HONEST, "" },
        { "\"garbage\"", 200, WIRE_HONEST, "<!DOCTYPE html>" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char faults[160];
        snprintf(faults, sizeof faults,
                 "{\"fault\":%s,\"match\":{\"kind\":\"vcek\",\"product\":\"Milan\"}}",
                 cases[i].fault);
        struct wire_answer answer = ask_under(faults, target_of(0));
        assert_int_equal(answer.status, cases[i].status);
        assert_int_equal(answer.manner, cases[i].manner);
        assert_non_null(strstr(buf_text(&answer.body), cases[i].body));
        assert_int_equal(strstr(buf_text(&answer.headers), "Retry-After: 7\r\n") != NULL,
                         answer.status == 429);
        wire_answer_fini(&answer);
        test_expect(&simulator, "GET", target_of(1), "", 200, "");
        test_expect(&simulator, "GET", "/vcek/v1/Milan/crl", "", 200, "");
    }
}

/* Whether a VCEK is signed by the ASK that KDS names without faults, and is another. */
static void a_spoilt_vcek_is_what_its_fault_says(void **state)
{
    static const struct {
        const char *fault;
        bool holds, is_other;
    } cases[] = {
        { "bad_signature", false, false }, { "other", true, true },
        { "impostor", false, false },      { "expired", true, false },
        { "future", true, false },
    };
    struct wire_answer chain =
        test_ask(&simulator, "GET", "/vcek/v1/Turin/cert_chain", "");
    X509 *ask = test_certificate(buf_bytes(&chain.body), 0);
    struct wire_answer straight = test_ask(&simulator, "GET", target_of(2), "");
    X509 *right = test_der(buf_bytes(&straight.body));

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char faults[96];
        snprintf(faults, sizeof faults,
                 "{\"fault\":\"%s\",\"match\":{\"kind\":\"vcek\"}}", cases[i].fault);
        struct wire_answer answer = ask_under(faults, target_of(2));
        X509 *vcek = test_der(buf_bytes(&answer.body));
        if (test_is_signed_by(vcek, ask) != cases[i].holds
            || (EVP_PKEY_eq(X509_get0_pubkey(vcek), X509_get0_pubkey(right)) != 1)
                   != cases[i].is_other)
            fail_msg("%s", cases[i].fault);
        assert_false(bytes_equal(buf_bytes(&answer.body), buf_bytes(&straight.body)));
        X509_free(vcek);
        wire_answer_fini(&answer);
    }
    X509_free(ask);
    X509_free(right);
    wire_answer_fini(&chain);
    wire_answer_fini(&straight);
}

static void a_spoilt_chain_or_crl_is_what_its_fault_says(void **state)
{
    static const struct {
        const char *fault, *kind, *target;
        bool has_right_ark; /* the last of the chain, or the CRL's signer */
        bool holds;         /* the chain by itself */
    } cases[] = {
        { "other", "amd_chain", "/vcek/v1/Milan/cert_chain", false, true },
        { "impostor", "amd_chain", "/vcek/v1/Milan/cert_chain", false, true },
        { "bad_signature", "amd_chain", "/vcek/v1/Milan/cert_chain", true, false },
        { "expired", "amd_chain", "/vcek/v1/Milan/cert_chain", true, true },
        { "other", "amd_crl", "/vcek/v1/Milan/crl", false, false },
        { "impostor", "amd_crl", "/vcek/v1/Milan/crl", false, false },
        { "bad_signature", "amd_crl", "/vcek/v1/Milan/crl", false, false },
        { "expired", "amd_crl", "/vcek/v1/Milan/crl", true, false },
    };
    struct wire_answer chain =
        test_ask(&simulator, "GET", "/vcek/v1/Milan/cert_chain", "");
    X509 *ark = test_certificate(buf_bytes(&chain.body), 1);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool is_crl = strcmp(cases[i].kind, "amd_crl") == 0;
        char faults[96];
        snprintf(faults, sizeof faults, "{\"fault\":\"%s\",\"match\":{\"kind\":\"%s\"}}",
                 cases[i].fault, cases[i].kind);
        struct wire_answer answer = ask_under(faults, cases[i].target);
        struct bytes body = buf_bytes(&answer.body);
        X509 *last = is_crl ? NULL : test_certificate(body, 1);
        bool is_right = is_crl ? test_crl_holds(body, buf_bytes(&chain.body), 1)
                               : X509_cmp(last, ark) == 0;
        if (is_right != cases[i].has_right_ark
            || (!is_crl && test_chain_holds(body) != cases[i].holds))
            fail_msg("%s of %s", cases[i].fault, cases[i].kind);
        assert_false(bytes_equal(body, buf_bytes(&chain.body)));
        X509_free(last);
        wire_answer_fini(&answer);
    }
    X509_free(ark);
    wire_answer_fini(&chain);
}

static void a_share_of_vceks_is_refused(void **state)
{
    unsigned refused = 0;

    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        struct wire_answer answer =
            i == 0 ? ask_under("{\"fault\":\"404\",\"share\":25}", target_of(0))
                   : test_ask(&simulator, "GET", target_of(3 * i), "");
        refused += answer.status == 404;
        wire_answer_fini(&answer);
    }
    assert_int_equal(refused, 5);
}

static void a_limited_vcek_is_429_and_a_moved_clock_frees_it(void **state)
{
    (void)state;
    kds_rate_limit(&simulator.kds_rate, 1, 10);
    test_expect(&simulator, "GET", target_of(0), "", 200, "");
    for (int tells = 0; tells < 2; tells++) {
        simulator.kds_rate.tells_when = tells == 1;
        struct wire_answer answer = test_ask(&simulator, "GET", target_of(0), "");
        assert_int_equal(answer.status, 429);
        assert_int_equal(strstr(buf_text(&answer.headers), "Retry-After: 10\r\n") != NULL,
                         tells);
        wire_answer_fini(&answer);
    }
    test_expect(&simulator, "GET", "/vcek/v1/Milan/cert_chain", "", 200, "");
    test_expect(&simulator, "POST", "/sim/clock", "{\"advance_s\":10}", 200, "");
    test_expect(&simulator, "GET", target_of(0), "", 200, "");
}

static void only_kds_s_own_methods_are_answered(void **state)
{
    (void)state;
    test_expect(&simulator, "POST", "/vcek/v1/Milan/crl", "", 405, "");
    test_expect(&simulator, "GET", "/vcek/v1/Siena/crl", "", 404, "404 - Not Found");
    assert_int_equal(simulator.counts.refused, 2);
    simulator_fini(&simulator);
    test_simulator_open(&simulator, PCCS);
    test_expect(&simulator, "GET", "/vcek/v1/Milan/crl", "", 404, "No cache data");
}

#define SIMULATED(test) \
    cmocka_unit_test_setup_teardown(test, open_simulator, close_simulator)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_read_or_refused),
        cmocka_unit_test(a_chip_id_is_read_in_either_case),
        cmocka_unit_test(an_answer_is_labelled_as_what_it_is),
        cmocka_unit_test(a_refusal_has_kds_s_text),
        SIMULATED(a_fault_shows_in_statuses_and_manners),
        SIMULATED(a_spoilt_vcek_is_what_its_fault_says),
        SIMULATED(a_spoilt_chain_or_crl_is_what_its_fault_says),
        SIMULATED(a_share_of_vceks_is_refused),
        SIMULATED(a_limited_vcek_is_429_and_a_moved_clock_frees_it),
        SIMULATED(only_kds_s_own_methods_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
