/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/test_registry_store.h"

static void everything_or_the_certificates_of_some_are_refreshed(void **state)
{
    static const struct {
        const char *target;
        int begun;
        const char *first; /* FMSPC that was asked for; NULL: collateral */
    } cases[] = {
        { V4 "refresh", 1, NULL },
        { V4 "refresh?type=certs", 1, "ffffffffffff" },
        { V4 "refresh?type=certs&fmspc=", 1, "ffffffffffff" },
        { V4 "refresh?type=certs&fmspc=all", 1, "ffffffffffff" },
        { V4 "refresh?type=certs&fmspc=00906EA10000", 1, "00906ea10000" },
        { V4 "refresh?type=certs&fmspc=30606a000000,00906EA10000", 2, "30606a000000" },
    };
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        house.refreshes = 0;
        memset(house.refreshed, 0, sizeof house.refreshed);
        struct test_answer answer = house_ask(&house, "POST", cases[i].target, ADMIN, "");
        house_expect(&answer, cases[i].target, 200, "");
        assert_true(bytes_equal_text(answer.body, "Operation successful."));
        test_forget(&answer);
        assert_int_equal(house.refreshes, cases[i].begun);
        assert_string_equal(hex(house.refreshed[0], 6).s,
                            cases[i].first != NULL ? cases[i].first : "000000000000");
    }
    house_check_audit(&house, "the-admin refresh all: begun: all collateral\n");
    house_close(&house);
}

static void what_did_not_go_well_is_not_called_successful(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_REQ);
    house.all_well = false;
    struct test_answer answer =
        house_ask(&house, "POST", V4 "refresh?type=certs&fmspc=all", ADMIN, "");
    house_expect(&answer, "half", 503, "not_all");
    assert_int_equal(answer.body.len, 0);
    test_forget(&answer);
    house_close(&house);
}

static void offline_nobody_is_asked(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_OFFLINE);
    house_check(&house, "offline", "POST", V4 "refresh", ADMIN, "", 503, "offline");
    assert_int_equal(house.refreshes, 0);
    house_close(&house);
}

static void other_parameters_are_refused(void **state)
{
    static const char *const targets[] = {
        V4 "refresh?type=crls",
        V4 "refresh?fmspc=00906EA10000",
        V4 "refresh?type=certs&fmspc=00906EA1000",
        V4 "refresh?type=certs&fmspc=00906EA10000,,",
    };
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    for (size_t i = 0; i < COUNT_OF(targets); i++)
        house_check(&house, targets[i], "POST", targets[i], ADMIN, "", 400, "malformed");
    assert_int_equal(house.refreshes, 0);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_or_the_certificates_of_some_are_refreshed),
        cmocka_unit_test(what_did_not_go_well_is_not_called_successful),
        cmocka_unit_test(offline_nobody_is_asked),
        cmocka_unit_test(other_parameters_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
