/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/control_amd.h"

#include "kit/crypto.h"
#include "sim/amd_desk.h"
#include "sim/pki.h"
#include "sim/snp_report.h"
#include "sim/test_amd.h"
#include "sim/test_simulator.h"

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

/* What /sim/chips says of one; the caller's. */
static json_t *chip_json(uint32_t chip)
{
    char target[64];

    snprintf(target, sizeof target, "/sim/chips?first=%u&count=1", chip);
    struct wire_answer answer = test_ask(&simulator, "GET", target, "");
    json_t *list = json_loads(buf_text(&answer.body), 0, NULL);
    json_t *one = json_incref(json_array_get(list, 0));
    json_decref(list);
    wire_answer_fini(&answer);
    assert_non_null(one);
    return one;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    return text;
}

/* The target under which KDS has a chip's VCEK, as a client would put it together. */
static void target_of(uint32_t chip, char *out, size_t room)
{
    json_t *one = chip_json(chip), *value;
    const char *name;
    int len = snprintf(out, room, "/vcek/v1/%s/%s", text_of(one, "product"),
                       text_of(one, "hwid"));
    char before = '?';

    json_object_foreach(json_object_get(one, "spl"), name, value)
    {
        len += snprintf(out + len, room - (size_t)len, "%c%s=%02lld", before, name,
                        (long long)json_integer_value(value));
        before = '&';
    }
    json_decref(one);
}

static struct wire_answer ask_vcek(uint32_t chip)
{
    char target[256];

    target_of(chip, target, sizeof target);
    return test_ask(&simulator, "GET", target, "");
}

static void what_a_chip_tells_is_what_kds_knows(void **state)
{
    static const char *const products[] = { "Milan", "Genoa", "Turin" };

    (void)state;
    for (uint32_t chip = 0; chip < 6; chip++) {
        json_t *one = chip_json(chip);
        struct wire_answer answer = ask_vcek(chip);
        struct buf report;

        assert_string_equal(text_of(one, "product"), products[chip % 3]);
        assert_int_equal(strlen(text_of(one, "chip_id")), 128);
        assert_int_equal(strlen(text_of(one, "hwid")), chip % 3 == 2 ? 16 : 128);
        assert_int_equal(strncmp(text_of(one, "chip_id"), text_of(one, "hwid"), 16), 0);
        assert_int_equal(answer.status, 200);
        X509_free(test_der(buf_bytes(&answer.body)));
        buf_init(&report, 2048);
        assert_true(base64_read(bytes_of_text(text_of(one, "report")), false, &report));
        assert_int_equal(report.len, SNP_REPORT_LEN);
        assert_string_equal(hex(report.at + 0x1a0, 64).s, text_of(one, "chip_id"));
        assert_string_equal(amd_tcb_text(report.at + 0x180).s,
                            text_of(one, "tcb_version"));
        buf_fini(&report);
        wire_answer_fini(&answer);
        json_decref(one);
    }
}

static void a_wrong_page_is_refused(void **state)
{
    static const char *const wrong[] = {
        "first=1048576", "count=257", "first=x", "count", "last=1", "first=1&&count=1",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char target[64];
        snprintf(target, sizeof target, "/sim/chips?%s", wrong[i]);
        test_expect(&simulator, "GET", target, "", 400, "expected first=0 to 1048575");
    }
    test_expect(&simulator, "GET", "/sim/chips?first=1048575&count=2", "", 400,
                "there are 1048576 chips");
}

static void happen(const char *order)
{
    test_expect(&simulator, "POST", "/sim/events", order, 200, "now");
}

static void events_change_what_kds_says(void **state)
{
    struct wire_answer before = ask_vcek(6), after;
    char target[256];

    (void)state;
    happen("{\"event\":\"reissue\",\"chip\":6}");
    after = ask_vcek(6);
    assert_int_equal(after.status, 200);
    assert_false(bytes_equal(buf_bytes(&before.body), buf_bytes(&after.body)));
    wire_answer_fini(&before);
    wire_answer_fini(&after);
    happen("{\"event\":\"new_tcb\",\"chip\":6,\"tcb_version\":\"dc19000000000004\"}");
    target_of(6, target, sizeof target);
    assert_non_null(strstr(target, "?blSPL=04&teeSPL=00&snpSPL=25&ucodeSPL=220"));
    test_expect(&simulator, "GET", target, "", 200, "");
    happen("{\"event\":\"forget_chip\",\"chip\":6}");
    test_expect(&simulator, "GET", target, "", 404, "404 - Not Found");
}

static void a_wrong_order_is_refused(void **state)
{
    static const struct {
        const char *order, *why;
    } cases[] = {
        { "{\"event\":\"reissue\"}", "chip: expected" },
        { "{\"event\":\"reissue\",\"chip\":-1}", "chip: expected" },
        { "{\"event\":\"reissue\",\"chip\":0,\"tcb_version\":\"\"}", "tcb_version" },
        { "{\"event\":\"new_tcb\",\"chip\":0}", "16 hex digits of a Milan" },
        { "{\"event\":\"new_tcb\",\"chip\":2,\"tcb_version\":\"db18000000000004\"}",
          "16 hex digits of a Turin" },
        { "{\"event\":\"revoke_ask\"}", "product" },
        { "{\"event\":\"revoke_ask\",\"product\":\"Siena\"}", "Siena" },
        { "{\"event\":\"revoke_ask\",\"product\":\"Milan\",\"chip\":1}", "chip" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        test_expect(&simulator, "POST", "/sim/events", cases[i].order, 400, cases[i].why);
}

static void a_revoked_ask_is_on_the_crl(void **state)
{
    struct wire_answer chain =
        test_ask(&simulator, "GET", "/vcek/v1/Genoa/cert_chain", "");

    (void)state;
    for (int revoked = 0; revoked < 2; revoked++) {
        struct wire_answer crl = test_ask(&simulator, "GET", "/vcek/v1/Genoa/crl", "");
        assert_true(test_crl_holds(buf_bytes(&crl.body), buf_bytes(&chain.body), 1));
        assert_int_equal(
            test_crl_revokes(buf_bytes(&crl.body), buf_bytes(&chain.body), 0), revoked);
        wire_answer_fini(&crl);
        happen("{\"event\":\"revoke_ask\",\"product\":\"Genoa\"}");
    }
    wire_answer_fini(&chain);
}

static void the_arks_are_those_of_the_chains(void **state)
{
    struct wire_answer pem =
        test_ask(&simulator, "GET", "/sim/amd/ark.pem?product=Turin", "");
    struct wire_answer chain =
        test_ask(&simulator, "GET", "/vcek/v1/Turin/cert_chain", "");
    struct wire_answer all = test_ask(&simulator, "GET", "/sim/amd/ark.spki", "");
    struct error err = { .kind = ERROR_NONE };
    uint8_t digest[32];

    (void)state;
    assert_non_null(strstr(buf_text(&chain.body), buf_text(&pem.body)));
    assert_ok(pem_spki_sha256(buf_bytes(&pem.body), digest, &err), err);
    assert_int_equal(all.body.len, 3 * 65);
    assert_memory_equal(buf_text(&all.body) + 2 * 65, hex(digest, 32).s, 64);
    test_expect(&simulator, "GET", "/sim/amd/ark.spki?product=Turin", "", 200,
                hex(digest, 32).s);
    test_expect(&simulator, "GET", "/sim/amd/ark.pem", "", 400, "product=");
    test_expect(&simulator, "GET", "/sim/amd/ark.pem?product=Rome", "", 400, "Rome");
    wire_answer_fini(&pem);
    wire_answer_fini(&chain);
    wire_answer_fini(&all);
}

static void a_story_sees_how_often_kds_was_asked(void **state)
{
    (void)state;
    kds_rate_limit(&simulator.kds_rate, 1, 10);
    for (int i = 0; i < 3; i++) {
        struct wire_answer answer = ask_vcek(0);
        wire_answer_fini(&answer);
    }
    test_expect(&simulator, "GET", "/vcek/v1/Milan/crl", "", 200, "");
    test_expect(&simulator, "GET", "/sim/status", "", 200,
                "\"amd\":{\"limited\":2,\"largest_in_window\":3,\"window_s\":10}");
    test_expect(&simulator, "GET", "/sim/status", "", 200,
                "\"vcek\":3,\"vlek\":0,\"amd_chain\":0,\"amd_crl\":1");
    test_expect(&simulator, "POST", "/sim/reset", "", 200, "\"vcek\":0");
    test_expect(&simulator, "GET", "/sim/status", "", 200, "\"limited\":0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_chip_tells_is_what_kds_knows,
                                        open_simulator, close_simulator),
        cmocka_unit_test_setup_teardown(a_wrong_page_is_refused, open_simulator,
                                        close_simulator),
        cmocka_unit_test_setup_teardown(events_change_what_kds_says, open_simulator,
                                        close_simulator),
        cmocka_unit_test_setup_teardown(a_wrong_order_is_refused, open_simulator,
                                        close_simulator),
        cmocka_unit_test_setup_teardown(a_revoked_ask_is_on_the_crl, open_simulator,
                                        close_simulator),
        cmocka_unit_test_setup_teardown(the_arks_are_those_of_the_chains, open_simulator,
                                        close_simulator),
        cmocka_unit_test_setup_teardown(a_story_sees_how_often_kds_was_asked,
                                        open_simulator, close_simulator),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
