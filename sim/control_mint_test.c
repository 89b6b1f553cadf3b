/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/control_mint.h"

#include "sim/test_minted.h"

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

/* A member of the answer to an order, as bytes; the caller ends it. */
static struct buf given_by(const char *path, const char *body, const char *member)
{
    struct wire_answer answer = test_ask(&simulator, "POST", path, body);
    json_t *value = json_loadb((const char *)answer.body.at, answer.body.len, 0, NULL);
    const char *text = json_string_value(json_object_get(value, member));
    struct buf out;

    buf_init(&out, MINTED_MAX);
    if (answer.status != 200 || text == NULL
        || !base64_read(bytes_of_text(text), false, &out))
        fail_msg("%s %s: %u %s", path, body, answer.status, buf_text(&answer.body));
    json_decref(value);
    wire_answer_fini(&answer);
    return out;
}

static void an_order_in_json_is_one_in_options(void **state)
{
    static const struct {
        const char *body, *order;
        enum minted what;
    } cases[] = {
        { "{}", "", MINTED_QUOTE },
        { "{\"tee\":\"tdx\",\"version\":5,\"debug\":true}", "tee=tdx version=5 debug",
          MINTED_QUOTE },
        { "{\"defect\":\"vendor\",\"qe_isvsvn\":3}", "defect=vendor qe-isvsvn=3",
          MINTED_QUOTE },
        { "{\"defect\":[\"vendor\",\"key_type\"],\"debug\":false}",
          "defect=vendor defect=key_type", MINTED_QUOTE },
        { "{\"product\":\"Genoa\",\"vmpl\":2}", "product=Genoa vmpl=2", MINTED_REPORT },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool is_quote = cases[i].what == MINTED_QUOTE;
        struct buf one = given_by(is_quote ? "/sim/quote" : "/sim/report", cases[i].body,
                                  is_quote ? "quote" : "report");
        struct buf other = test_minted(&simulator.world, cases[i].what, cases[i].order);

        assert_true(bytes_equal(buf_bytes(&one), buf_bytes(&other)));
        buf_fini(&one);
        buf_fini(&other);
    }
}

static void a_report_comes_with_its_certificates(void **state)
{
    struct buf vek = given_by("/sim/report", "{}", "vek");
    struct buf crl = given_by("/sim/report", "{}", "crl");

    (void)state;
    assert_int_equal(vek.at[0], 0x30);
    assert_int_equal(crl.at[0], 0x30);
    test_expect(&simulator, "POST", "/sim/report", "{}", 200,
                "\"chain\":\"-----BEGIN CERTIFICATE-----");
    buf_fini(&vek);
    buf_fini(&crl);
}

static void a_quote_is_of_the_world_as_it_stands(void **state)
{
    struct buf before = given_by("/sim/quote", "{\"tee\":\"tdx\"}", "quote");

    (void)state;
    assert_int_equal(before.at[48 + 2], 17);
    test_expect(&simulator, "POST", "/sim/events", "{\"event\":\"disclose\"}", 200, "");
    struct buf after = given_by("/sim/quote", "{\"tee\":\"tdx\"}", "quote");
    assert_int_equal(after.at[48 + 2], 18);
    buf_fini(&before);
    buf_fini(&after);
}

static void a_wrong_order_is_400_and_says_why(void **state)
{
    static const struct {
        const char *path, *body, *part;
    } cases[] = {
        { "/sim/quote", "[]", "expected a JSON object" },
        { "/sim/quote", "{\"vmpl\":1}", "vmpl: there is no such member" },
        { "/sim/quote", "{\"tee\":null}", "tee: expected a string, number or boolean" },
        { "/sim/quote", "{\"version\":3.5}", "version: expected a string" },
        { "/sim/quote", "{\"defect\":[\"vendor\",\"nose\"]}", "there is no nose" },
        { "/sim/quote", "{\"tee\":\"tdx\",\"platform\":1}", "has no TDX" },
        { "/sim/report", "{\"chip\":-1}", "chip: expected a number" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        test_expect(&simulator, "POST", cases[i].path, cases[i].body, 400, cases[i].part);
    test_expect(&simulator, "GET", "/sim/quote", "", 405, "not with this method");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_in_json_is_one_in_options),
        cmocka_unit_test(a_report_comes_with_its_certificates),
        cmocka_unit_test(a_wrong_order_is_400_and_says_why),
        cmocka_unit_test(a_quote_is_of_the_world_as_it_stands),
    };

    return cmocka_run_group_tests(tests, open_simulator, close_simulator);
}
