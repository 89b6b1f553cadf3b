/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_baselines.h"

#include "serve/test_bureau.h"

/* ---- what is shown --------------------------------------------------------------- */

static void baselines_are_listed_with_their_numbers_and_why(void **state)
{
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    json_t *list = get(&bureau, ROOT);
    assert_string_equal(json_word(list, "baselines.0.name"), "steady");
    assert_string_equal(json_word(list, "baselines.0.default"), "true");
    assert_string_equal(json_word(list, "baselines.0.sgx.number"), "17");
    assert_string_equal(json_word(list, "baselines.0.sgx.early"), "18");
    assert_string_equal(json_word(list, "baselines.0.sgx.reason"), "follows");
    assert_string_equal(json_word(list, "baselines.0.sgx.since"), "2025-06-20T00:00:00Z");
    assert_string_equal(json_word(list, "baselines.1.follow"), "early");
    assert_string_equal(json_word(list, "baselines.1.tdx.number"), "18");
    json_decref(list);
    json_t *status = get(&bureau, "/thim/v1/status");
    assert_string_equal(json_word(status, "baselines.1.sgx.number"), "18");
    json_decref(status);
    bureau_close(&bureau);
}

static void one_is_shown_with_its_policy_and_what_is_held(void **state)
{
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    json_t *shown = get(&bureau, ROOT "/canary");
    assert_string_equal(json_word(shown, "policy.choice"), "none");
    assert_string_equal(json_word(shown, "policy.on_hold_end"), "promote");
    assert_string_equal(json_word(shown, "policy.hold_margin_days"), "7");
    assert_string_equal(json_word(shown, "rules.0"), "192.0.2.0/24");
    assert_string_equal(json_word(shown, "sgx.numbers.0.number"), "18");
    assert_string_equal(json_word(shown, "sgx.numbers.0.early"), "true");
    assert_string_equal(json_word(shown, "sgx.numbers.1.whole"), "true");
    assert_string_equal(json_word(shown, "sgx.numbers.1.withdrawn"), "false");
    assert_string_equal(json_word(shown, "sgx.numbers.1.ends"), "2025-07-10T00:00:00Z");
    assert_string_equal(json_word(shown, "policy.pin"), "null");
    json_decref(shown);
    bureau_close(&bureau);
}

static void a_preview_names_who_falls_or_is_short(void **state)
{
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    json_t *preview = get(&bureau, ROOT "/steady/preview?to=18&tee=sgx&names=3");
    assert_string_equal(json_word(preview, "sgx.from"), "17");
    assert_string_equal(json_word(preview, "sgx.to"), "18");
    assert_string_equal(json_word(preview, "tdx"), "null");
    assert_string_equal(json_word(preview, "totals.hosts"), "2");
    assert_int_equal(json_array_size(json_at(preview, "rows")), 2);
    assert_string_equal(json_word(preview, "by_fmspc.0.fmspc"), FMSPC);
    json_decref(preview);
    struct test_answer csv = say(&bureau, "GET", ROOT "/steady/preview?format=csv", "");
    assert_int_equal(csv.status, 200);
    assert_non_null(strstr(buf_text(&csv.text), "Content-Type: text/csv"));
    assert_non_null(strstr(buf_text(&csv.text), "\nsame,counts,sgx," FMSPC ","));
    test_forget(&csv);
    bureau_close(&bureau);
}

static void a_host_not_seen_for_as_long_as_one_says_does_not_count(void **state)
{
    struct bureau bureau;
    struct error err = { 0 };

    (void)state;
    bureau_open(&bureau);
    assert_true(clock_step_to(bureau.board.clock, STOCK_NOW_S + 5 * TEST_DAY_S));
    assert_ok(baselines_publish(bureau.board.baselines, NULL, &err), err);
    json_t *preview = get(&bureau, ROOT "/steady/preview?to=18&tee=sgx");
    assert_string_equal(json_word(preview, "totals.hosts"), "2");
    json_decref(preview);
    preview = get(&bureau, ROOT "/steady/preview?to=18&tee=sgx&unseen_days=3");
    assert_string_equal(json_word(preview, "totals.hosts"), "0");
    assert_string_equal(json_word(preview, "totals.long_unseen"), "2");
    assert_string_equal(json_word(preview, "unseen_days"), "3");
    json_decref(preview);
    bureau_close(&bureau);
}

static void two_numbers_are_compared(void **state)
{
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    json_t *diff = get(&bureau, ROOT "/diff?a=17&b=18&fmspc=" FMSPC "&tee=tdx");
    assert_string_equal(json_word(diff, "tee"), "tdx");
    assert_true(json_is_array(json_at(diff, "levels")));
    assert_string_equal(json_word(diff, "identities"), "true");
    json_decref(diff);
    bureau_close(&bureau);
}

/* ---- orders ---------------------------------------------------------------------- */

static void an_order_is_answered_when_it_is_in_force_and_kept_for_good(void **state)
{
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    json_t *told = ask(&bureau, "POST", ROOT "/steady/promote",
                       "{\"to\":18,\"why\":\"two are drained\"}", 200);
    assert_string_equal(json_word(told, "sgx.from"), "17");
    assert_string_equal(json_word(told, "tdx.to"), "18");
    assert_string_equal(json_word(told, "followed_by"), "2025-06-20T01:00:00Z");
    assert_non_null(strstr(json_word(told, "note"), "168"));
    json_int_t generation = json_integer_value(json_at(told, "generation"));
    json_decref(told);
    told = ask(&bureau, "POST", ROOT "/steady/rollback",
               "{\"why\":\"they were not\",\"tee\":\"sgx\"}", 200);
    assert_string_equal(json_word(told, "sgx.to"), "17");
    assert_string_equal(json_word(told, "tdx.to"), "18");
    assert_int_equal(json_integer_value(json_at(told, "generation")), generation + 1);
    json_decref(told);
    told = ask(&bureau, "POST", ROOT "/steady/hold", "{\"why\":\"a feast\"}", 200);
    assert_string_equal(json_word(told, "followed_by"), "null");
    json_decref(told);
    json_t *history = get(&bureau, ROOT "/steady/history?limit=3");
    assert_int_equal(json_array_size(json_at(history, "history")), 3);
    assert_string_equal(json_word(history, "history.0.step"), "held");
    assert_string_equal(json_word(history, "history.0.until"), "null");
    assert_string_equal(json_word(history, "history.2.step"), "rolled_back");
    assert_string_equal(json_word(history, "history.2.why"), "they were not");
    assert_string_equal(json_word(history, "history.2.who"), "uid 0");
    assert_true(json_is_object(json_at(history, "history.2.effect")));
    json_decref(history);
    bureau_close(&bureau);
}

static void a_promotion_without_a_number_goes_where_the_baseline_would(void **state)
{
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    json_t *told = ask(&bureau, "POST", ROOT "/steady/promote", "{\"why\":\"x\"}", 400);
    assert_non_null(strstr(json_word(told, "error.message"), "has what it follows"));
    json_decref(told);
    told = ask(&bureau, "POST", ROOT "/steady/pin",
               "{\"why\":\"x\",\"to\":18,\"until\":\"2025-06-30\"}", 200);
    assert_string_equal(json_word(told, "sgx.to"), "18");
    json_decref(told);
    told = ask(&bureau, "POST", ROOT "/steady/unpin", "{\"why\":\"y\"}", 200);
    json_decref(told);
    bureau_close(&bureau);
}

static void orders_that_make_no_sense_say_what_is_missing(void **state)
{
    static const struct {
        const char *path, *body, *names;
        unsigned status;
    } cases[] = {
        { "/steady/promote", "", "one JSON object", 400 },
        { "/steady/promote", "[]", "one JSON object", 400 },
        { "/steady/promote", "{\"to\":18}", "'why' is missing", 400 },
        { "/steady/promote", "{\"to\":18,\"why\":\"\"}", "'why' is missing", 400 },
        { "/steady/promote", "{\"to\":18,\"why\":\"a\\u0007\"}", "printable", 400 },
        { "/steady/promote", "{\"to\":18,\"why\":\"a\\u0000b\"}", "one JSON object",
          400 },
        { "/steady/promote", "{\"to\":0,\"why\":\"x\"}", "'to' is not a number", 400 },
        { "/steady/promote", "{\"to\":\"18\",\"why\":\"x\"}", "'to' is not", 400 },
        { "/steady/promote", "{\"to\":100001,\"why\":\"x\"}", "'to' is not", 400 },
        { "/steady/promote", "{\"to\":16,\"why\":\"x\"}", "steady", 400 },
        { "/steady/promote", "{\"to\":19,\"why\":\"x\"}", "steady", 404 },
        { "/steady/promote", "{\"until\":\"2025-07-01\",\"why\":\"x\"}", "'until'", 400 },
        { "/steady/promote", "{\"to\":18,\"why\":\"x\",\"tee\":\"snp\"}", "tee", 400 },
        { "/steady/promote", "{\"to\":18,\"why\":\"x\",\"who\":\"me\"}", "'who'", 400 },
        { "/steady/hold", "{\"to\":18,\"why\":\"x\"}", "'to'", 400 },
        { "/steady/hold", "{\"until\":\"soon\",\"why\":\"x\"}", "until", 400 },
        { "/steady/pin", "{\"until\":\"2025-07-01\",\"why\":\"x\"}", "'to'", 400 },
        { "/steady/pin", "{\"to\":18,\"why\":\"x\"}", "'until'", 400 },
        { "/nobody/promote", "{\"to\":18,\"why\":\"x\"}", "nobody", 404 },
        { "/a.b/promote", "{\"to\":18,\"why\":\"x\"}", "no name", 400 },
        { "/steady/demote", "{\"why\":\"x\"}", "rollback", 404 },
    };
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char target[128];
        snprintf(target, sizeof target, ROOT "%s", cases[i].path);
        struct test_answer answer = say(&bureau, "POST", target, cases[i].body);
        if (answer.status != cases[i].status
            || strstr(buf_text(&answer.text), cases[i].names) == NULL)
            fail_msg("%s %s: %u %s", cases[i].path, cases[i].body, answer.status,
                     buf_text(&answer.text));
        test_forget(&answer);
    }
    json_t *history = get(&bureau, ROOT "/steady/history");
    assert_string_equal(json_word(history, "history.0.step"), "first");
    json_decref(history);
    bureau_close(&bureau);
}

/* ---- refusals ---------------------------------------------------------------------- */

#define SVN "05050505050505050000000000000000"

static void what_cannot_be_shown_says_why(void **state)
{
    static const struct {
        const char *method, *target, *body, *names;
        unsigned status;
    } cases[] = {
        { "GET", ROOT "/nobody", "", "thim baseline list", 404 },
        { "GET", ROOT "/nobody/preview", "", "nobody", 404 },
        { "GET", ROOT "/nobody/history", "", "nobody", 404 },
        { "GET", ROOT "/steady/preview?to=19", "", "number 19 is not held", 404 },
        { "GET", ROOT "/steady/preview?to=nobody", "", "no baseline nobody", 404 },
        { "GET", ROOT "/steady/preview?names=x", "", "names", 400 },
        { "GET", ROOT "/steady/preview?to=canary", "", "\"to\":18", 200 },
        { "GET", ROOT "/steady/history?limit=1001", "", "limit", 400 },
        { "GET", ROOT "/diff?a=17&b=18", "", "fmspc", 400 },
        { "GET", ROOT "/diff?a=17&fmspc=" FMSPC, "", "a and b", 400 },
        { "GET", ROOT "/diff?a=17&b=19&fmspc=" FMSPC, "", "number 19", 404 },
        { "GET", EXPLAIN, "", "who is it", 400 },
        { "GET", EXPLAIN "?fmspc=" FMSPC, "", "who is it", 400 },
        { "GET", EXPLAIN "?fmspc=111111111111&cpusvn=" SVN "&pcesvn=0900", "",
          "intel.fmspcs", 404 },
        { "GET", EXPLAIN "?fmspc=" FMSPC "&cpusvn=" SVN "&pcesvn=0900", "", "\"raw_tcb\"",
          200 },
        { "GET", EXPLAIN "?qe_id=22", "", "register", 404 },
        { "POST", EXPLAIN, "nothing", "", 400 },
        { "POST", EXPLAIN, "{}", "no certificate", 400 },
        { "PUT", ROOT "/steady", "", "method", 405 },
        { "POST", ROOT "/steady/preview", "{}", "method", 405 },
        { "GET", ROOT "/steady/promote", "", "method", 405 },
        { "GET", ROOT "/steady/nothing", "", "preview and history", 404 },
    };
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer =
            say(&bureau, cases[i].method, cases[i].target, cases[i].body);
        if (answer.status != cases[i].status
            || strstr(buf_text(&answer.text), cases[i].names) == NULL)
            fail_msg("%s %s: %u %s", cases[i].method, cases[i].target, answer.status,
                     buf_text(&answer.text));
        test_forget(&answer);
    }
    bureau_close(&bureau);
}

/* ---- who may ----------------------------------------------------------------------- */

static void readers_and_this_machine_may_look_and_change_nothing(void **state)
{
    static const struct {
        const char *method, *target, *headers;
        unsigned status;
    } cases[] = {
        { "GET", ROOT, "", 200 },
        { "HEAD", ROOT "/steady", "", 200 },
        { "GET", ROOT "/steady/preview", "", 200 },
        { "GET", ROOT, "X-Forwarded-For: 192.0.2.1\r\n", 401 },
        { "GET", ROOT, "Forwarded: for=192.0.2.1\r\nAuthorization: Bearer watch\r\n",
          200 },
        { "GET", ROOT, "X-Forwarded-For: 192.0.2.1\r\nuser-token: host\r\n", 403 },
        { "GET", ROOT, "user-token: guess\r\n", 401 },
        { "GET", EXPLAIN "?qe_id=" GOOD, "", 200 },
        { "GET", EXPLAIN "?qe_id=" GOOD, "X-Forwarded-For: 192.0.2.1\r\n", 401 },
        { "POST", ROOT "/steady/promote", "Content-Length: 2\r\n", 403 },
        { "POST", ROOT "/steady/hold", "admin-token: desk\r\nContent-Length: 2\r\n",
          403 },
    };
    struct bureau bureau;

    (void)state;
    bureau_open(&bureau);
    uint16_t port = http_server_port(bureau.service);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer =
            test_ask(port, cases[i].method, cases[i].target, cases[i].headers);
        if (answer.status != cases[i].status)
            fail_msg("%s %s %s: %u", cases[i].method, cases[i].target, cases[i].headers,
                     answer.status);
        test_forget(&answer);
    }
    bureau_close(&bureau);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(baselines_are_listed_with_their_numbers_and_why),
        cmocka_unit_test(one_is_shown_with_its_policy_and_what_is_held),
        cmocka_unit_test(a_preview_names_who_falls_or_is_short),
        cmocka_unit_test(a_host_not_seen_for_as_long_as_one_says_does_not_count),
        cmocka_unit_test(two_numbers_are_compared),
        cmocka_unit_test(an_order_is_answered_when_it_is_in_force_and_kept_for_good),
        cmocka_unit_test(a_promotion_without_a_number_goes_where_the_baseline_would),
        cmocka_unit_test(orders_that_make_no_sense_say_what_is_missing),
        cmocka_unit_test(what_cannot_be_shown_says_why),
        cmocka_unit_test(readers_and_this_machine_may_look_and_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
