/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/test_registry_store.h"

#define OCTETS "Content-Type: application/octet-stream\r\n"
#define PLATFORM "/sgx/registration/v1/platform"
#define PACKAGE "/sgx/registration/v1/package"

static void relay_open(struct registry_house *house, enum relay_choice who,
                       enum fill_mode fill)
{
    house_prepare(house);
    house->config.intel.registration_relay = who;
    house->config.intel.fill = fill;
    house_start(house);
}

static void intels_answer_comes_back_as_it_is(void **state)
{
    struct registry_house house;

    (void)state;
    relay_open(&house, RELAY_ANYONE, FILL_LAZY);
    house.relay_answer =
        (struct relay_answer){ .status = 201, .body = bytes_of_text("00112233") };
    struct test_answer answer = house_ask(&house, "POST", PLATFORM, OCTETS, "manifest");
    house_expect(&answer, "created", 201, "");
    assert_true(bytes_equal_text(answer.body, "00112233"));
    assert_int_equal(house.relayed_len, 8);
    test_forget(&answer);

    house.relay_answer = (struct relay_answer){ .status = 400,
                                                .error_code = "InvalidPlatformManifest",
                                                .error_message = "bad manifest" };
    answer = house_ask(&house, "POST", PLATFORM, OCTETS, "manifest");
    assert_int_equal(answer.status, 400);
    assert_string_equal(test_header(&answer, "Error-Code"), "InvalidPlatformManifest");
    assert_string_equal(test_header(&answer, "Error-Message"), "bad manifest");
    assert_string_equal(test_header(&answer, "THIM-Upstream-Error"),
                        "InvalidPlatformManifest");
    test_forget(&answer);

    house.relay_answer = (struct relay_answer){ .status = 200,
                                                .certificate_count = "2",
                                                .body = bytes_of_text("xx") };
    answer = house_ask(&house, "POST", PACKAGE, OCTETS, "request");
    house_expect(&answer, "package", 200, "");
    assert_string_equal(test_header(&answer, "Certificate-Count"), "2");
    test_forget(&answer);

    house.relay_answer =
        (struct relay_answer){ .status = 503, .body = bytes_of_text("try later") };
    answer = house_ask(&house, "POST", PLATFORM, OCTETS, "manifest");
    assert_int_equal(answer.status, 503);
    assert_int_equal(answer.body.len, 0);
    test_forget(&answer);
    house_check_audit(&house,
                      "anonymous relay platform: status 400 InvalidPlatformManifest\n");
    house_close(&house);
}

static void an_intel_that_is_away_is_no_answer_of_intels(void **state)
{
    struct registry_house house;

    (void)state;
    relay_open(&house, RELAY_ANYONE, FILL_LAZY);
    house.relay_answer = (struct relay_answer){ .failure = "nobody \"there\"" };
    house_check(&house, "away", "POST", PLATFORM, OCTETS, "manifest", 502, "unreachable");
    house_close(&house);
}

static void who_may_is_the_configurations_word(void **state)
{
    struct registry_house house;

    (void)state;
    relay_open(&house, RELAY_REGISTRAR, FILL_LAZY);
    house.relay_answer.status = 201;
    house_check(&house, "nobody", "POST", PLATFORM, OCTETS, "manifest", 401, "no_token");
    house_check(&house, "a registrar", "POST", PLATFORM, OCTETS REGISTRAR, "manifest",
                201, "");
    assert_int_equal(house.relays, 1);
    house_close(&house);
}

static void what_cannot_be_handed_on_is_refused_here(void **state)
{
    struct registry_house house;

    (void)state;
    relay_open(&house, RELAY_ANYONE, FILL_LAZY);
    house_check(&house, "JSON", "POST", PLATFORM, "Content-Type: application/json\r\n",
                "{}", 415, "media_type");
    house_check(&house, "no type", "POST", PLATFORM, "", "x", 415, "media_type");
    house_check(&house, "empty", "POST", PLATFORM, OCTETS, "", 400, "malformed");
    char *large = calloc(1, MANIFEST_MAX + 2000);
    memset(large, 'x', MANIFEST_MAX + 1025);
    struct test_answer answer = house_ask(&house, "POST", PLATFORM, OCTETS, large);
    assert_int_equal(answer.status, 413);
    test_forget(&answer);
    free(large);
    assert_int_equal(house.relays, 0);
    house_close(&house);

    relay_open(&house, RELAY_ANYONE, FILL_OFFLINE);
    house_check(&house, "offline", "POST", PLATFORM, OCTETS, "x", 503, "offline");
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intels_answer_comes_back_as_it_is),
        cmocka_unit_test(an_intel_that_is_away_is_no_answer_of_intels),
        cmocka_unit_test(who_may_is_the_configurations_word),
        cmocka_unit_test(what_cannot_be_handed_on_is_refused_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
