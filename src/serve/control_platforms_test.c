/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_platforms.h"

#include "serve/test_clinic.h"

/* ---- lists ---------------------------------------------------------------------- */

static void platforms_are_listed_page_by_page(void **state)
{
    struct clinic clinic;
    char next[128];

    (void)state;
    clinic_open(&clinic, FILL_LAZY);
    json_t *page = get(&clinic, LIST "?limit=1");
    const json_t *first = item(page, "platforms", 0);
    assert_int_equal(json_array_size(json_object_get(page, "platforms")), 1);
    assert_string_equal(text_at(first, "qe_id"), HELD);
    assert_string_equal(text_at(first, "pce_id"), "0000");
    assert_string_equal(text_at(first, "state"), "held");
    assert_string_equal(text_at(first, "fmspc"), "00906ea10000");
    assert_string_equal(text_at(first, "ca"), "processor");
    assert_string_equal(text_at(first, "bound_by"), "token");
    assert_int_equal(number_at(first, "certificates"), 4);
    assert_string_equal(text_at(item(first, "raw_tcbs", 0), "pcesvn"), "0c00");
    assert_int_equal(number_at(json_object_get(page, "counts"), "platforms"), 3);
    assert_int_equal(number_at(json_object_get(page, "counts"), "waiting"), 1);
    snprintf(next, sizeof next, LIST "?limit=1&after=%lld",
             (long long)number_at(page, "next"));
    json_decref(page);
    page = get(&clinic, next);
    assert_string_equal(text_at(item(page, "platforms", 0), "qe_id"), WAITS);
    assert_string_equal(text_at(item(page, "platforms", 0), "state"), "waiting");
    json_decref(page);
    page = get(&clinic, LIST "?fmspc=00906EA10000");
    assert_int_equal(json_array_size(json_object_get(page, "platforms")), 2);
    assert_true(json_is_null(json_object_get(page, "next")));
    json_decref(page);
    clinic_close(&clinic);
}

static void one_platform_is_shown_with_its_choice_explained(void **state)
{
    struct clinic clinic;

    (void)state;
    clinic_open(&clinic, FILL_LAZY);
    json_t *shown = get(&clinic, LIST "/show?qe_id=" HELD "&pce_id=0000");
    const json_t *raw = item(shown, "raw_tcbs", 0);
    const json_t *best = item(shown, "list", 0), *gap = item(shown, "list", 1);
    assert_int_equal(json_array_size(json_object_get(shown, "list")), 4);
    assert_string_equal(text_at(best, "kind"), "certificate");
    assert_string_equal(text_at(best, "verdict"), "sound");
    assert_int_equal(number_at(best, "level"), 1);
    assert_string_equal(text_at(gap, "kind"), "gap");
    assert_string_equal(text_at(gap, "verdict"), "gap");
    assert_true(json_is_null(json_object_get(gap, "level")));
    assert_string_equal(text_at(raw, "given"), text_at(item(shown, "list", 2), "tcbm"));
    const json_t *above = item(raw, "trace", 0), *chosen = item(raw, "trace", 1);
    assert_string_equal(text_at(above, "standing"), "above_raw");
    assert_string_equal(text_at(above, "component"), "cpusvn 1");
    assert_int_equal(number_at(above, "have"), 8);
    assert_int_equal(number_at(above, "need"), 9);
    assert_string_equal(text_at(chosen, "standing"), "chosen");
    assert_string_equal(text_at(item(raw, "trace", 2), "standing"), "below_chosen");
    json_decref(shown);
    clinic_close(&clinic);
}

/* ---- changes -------------------------------------------------------------------- */

static void expect_outcome(const struct clinic *clinic, const char *target,
                           const char *body, const char *outcome, const char *code)
{
    unsigned status;
    json_t *told = ask(clinic, "POST", target, body, &status);

    if (status != 200 || strcmp(text_at(told, "outcome"), outcome) != 0
        || strcmp(text_at(told, "code"), code) != 0)
        fail_msg("%s: %u %s %s %s", target, status, text_at(told, "outcome"),
                 text_at(told, "code"), text_at(told, "why"));
    json_decref(told);
}

static void registrations_say_what_came_of_them(void **state)
{
    struct clinic clinic;
    char room[4096];

    (void)state;
    clinic_open(&clinic, FILL_LAZY);
    expect_outcome(&clinic, LIST, registration_of(room, HELD, 7), "held", "");
    expect_outcome(&clinic, LIST, registration_of(room, NOBODY, 3), "queued", "");
    assert_int_equal(clinic.last.bound_by, BOUND_BY_OPERATOR);
    assert_false(clinic.last.rebinds);
    clinic.says = (struct platform_report){ .outcome = FETCH_CONFLICT };
    expect_outcome(&clinic, LIST, registration_of(room, HELD, 3), "refused", "conflict");
    clinic.says = (struct platform_report){ .outcome = FETCH_REFUSED,
                                            .code = "InvalidPlatformManifest" };
    expect_outcome(&clinic, LIST "/rebind", registration_of(room, HELD, 3), "refused",
                   "InvalidPlatformManifest");
    assert_true(clinic.last.rebinds);
    clinic_close(&clinic);
}

static void what_is_forgotten_is_gone_and_stands_in_the_audit(void **state)
{
    struct clinic clinic;
    unsigned status;

    (void)state;
    clinic_open(&clinic, FILL_LAZY);
    json_t *told = ask(&clinic, "DELETE", LIST "?qe_id=" HELD, "", &status);
    assert_true(json_is_true(json_object_get(told, "forgotten")));
    assert_int_equal(clinic.changed, 1);
    json_decref(told);
    told = ask(&clinic, "DELETE", LIST "?qe_id=" HELD, "", &status);
    assert_true(json_is_false(json_object_get(told, "forgotten")));
    json_decref(told);
    told = ask(&clinic, "GET", LIST "/show?qe_id=" HELD, "", &status);
    assert_int_equal(status, 404);
    json_decref(told);
    told = get(&clinic, "/thim/v1/audit?limit=10");
    assert_string_equal(text_at(item(told, "entries", 0), "outcome"), "not there");
    assert_string_equal(text_at(item(told, "entries", 1), "what"), "forget");
    assert_string_equal(text_at(item(told, "entries", 1), "outcome"), "forgotten");
    assert_string_equal(text_at(item(told, "entries", 1), "from"), "socket");
    assert_null(strstr(text_at(item(told, "entries", 1), "subject"), HELD));
    json_decref(told);
    clinic_close(&clinic);
}

static void tdx_svns_are_kept_shown_and_stand_in_the_audit(void **state)
{
    static const char given[] = "030007000000000000000000000000FF";
    static const char kept[] = "030007000000000000000000000000ff";
    struct clinic clinic;
    char body[256];
    unsigned status;

    (void)state;
    clinic_open(&clinic, FILL_LAZY);
    json_t *told = get(&clinic, LIST "/show?qe_id=" HELD);
    assert_true(json_is_null(json_object_get(told, "tee_tcb_svn")));
    json_decref(told);
    snprintf(body, sizeof body,
             "{\"qe_id\":\"" HELD "\",\"pce_id\":\"0000\",\"tee_tcb_svn\":\"%s\"}",
             given);
    told = ask(&clinic, "POST", LIST "/tdx", body, &status);
    assert_int_equal(status, 200);
    assert_true(json_is_true(json_object_get(told, "kept")));
    json_decref(told);
    told = get(&clinic, LIST "/show?qe_id=" HELD);
    assert_string_equal(text_at(told, "tee_tcb_svn"), kept);
    json_decref(told);
    told = get(&clinic, LIST "?limit=1");
    assert_string_equal(text_at(item(told, "platforms", 0), "tee_tcb_svn"), kept);
    json_decref(told);

    snprintf(body, sizeof body, "{\"qe_id\":\"" NOBODY "\",\"tee_tcb_svn\":\"%s\"}",
             given);
    told = ask(&clinic, "POST", LIST "/tdx", body, &status);
    assert_int_equal(status, 404);
    json_decref(told);
    told = get(&clinic, "/thim/v1/audit?limit=10");
    assert_string_equal(text_at(item(told, "entries", 0), "what"), "tdx");
    assert_string_equal(text_at(item(told, "entries", 0), "outcome"), kept);
    assert_null(strstr(text_at(item(told, "entries", 0), "subject"), HELD));
    assert_int_equal(json_array_size(json_object_get(told, "entries")), 1);
    json_decref(told);
    clinic_close(&clinic);
}

/* ---- who may -------------------------------------------------------------------- */

static void readers_and_this_machine_may_look_and_change_nothing(void **state)
{
    static const struct {
        const char *method, *target, *headers;
        unsigned status;
    } cases[] = {
        { "GET", LIST, "", 200 },
        { "HEAD", LIST, "", 200 },
        { "GET", LIST "/show?qe_id=" HELD, "", 200 },
        { "GET", LIST, "X-Forwarded-For: 192.0.2.1\r\n", 401 },
        { "GET", LIST, "Forwarded: for=192.0.2.1\r\nAuthorization: Bearer watch\r\n",
          200 },
        { "GET", LIST, "X-Forwarded-For: 192.0.2.1\r\nuser-token: host\r\n", 403 },
        { "GET", LIST, "user-token: guess\r\n", 401 },
        { "GET", "/thim/v1/audit", "", 401 },
        { "GET", "/thim/v1/audit", "user-token: watch\r\n", 403 },
        { "GET", "/thim/v1/audit", "admin-token: desk\r\n", 200 },
        { "DELETE", LIST "?qe_id=" HELD, "admin-token: desk\r\n", 403 },
        { "POST", LIST, "admin-token: desk\r\nContent-Length: 2\r\n", 403 },
        { "POST", LIST "/rebind", "Content-Length: 2\r\n", 403 },
        { "POST", LIST "/tdx", "admin-token: desk\r\nContent-Length: 2\r\n", 403 },
        { "GET", LIST "/tdx", "", 405 },
        { "PUT", LIST, "Content-Length: 2\r\n", 405 },
        { "GET", LIST "/nothing", "", 404 },
        { "GET", "/thim/v1/status", "", 404 },
    };
    struct clinic clinic;

    (void)state;
    clinic_open(&clinic, FILL_LAZY);
    uint16_t port = http_server_port(clinic.service);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer =
            test_ask(port, cases[i].method, cases[i].target, cases[i].headers);
        if (answer.status != cases[i].status)
            fail_msg("%s %s %s: %u", cases[i].method, cases[i].target, cases[i].headers,
                     answer.status);
        test_forget(&answer);
    }
    char target[2048];
    query(target, NOBODY, 9, 3);
    struct test_answer answer = test_ask(port, "GET", target, "");
    assert_non_null(strstr(buf_text(&answer.text), "\"not_registered\""));
    test_forget(&answer);
    assert_int_equal(clinic.asked, 0); /* upstream is for the operator to bother */
    clinic_close(&clinic);
}

static void malformed_requests_name_what_is_wrong(void **state)
{
    static const struct {
        const char *method, *target, *body, *names;
        unsigned status;
    } cases[] = {
        { "GET", LIST "?limit=1001", "", "limit", 400 },
        { "GET", LIST "?after=-1", "", "after", 400 },
        { "GET", LIST "?fmspc=00906ea1000", "", "fmspc", 400 },
        { "GET", LIST "/show", "", "qe_id", 400 },
        { "GET", LIST "/show?qe_id=xyz", "", "qe_id", 400 },
        { "GET", LIST "/show?qe_id=" HELD "&pce_id=00", "", "pce_id", 400 },
        { "GET", LIST "/show?qe_id=" HELD "&pce_id=0100", "", "list", 404 },
        { "GET", LIST "/doctor?qe_id=" HELD "&cpusvn=00", "", "pcesvn", 400 },
        { "GET", LIST "/doctor?qe_id=" HELD "&cpusvn=00&pcesvn=0000", "", "cpusvn", 400 },
        { "GET", LIST "/doctor?qe_id=" HELD "&encrypted_ppid=00", "", "encrypted_ppid",
          400 },
        { "GET", "/thim/v1/audit?limit=x", "", "limit", 400 },
        { "POST", LIST, "{\"pce_id\":\"0000\"}", "qe_id", 400 },
        { "POST", LIST, "", "object", 400 },
        { "POST", LIST "/rebind", "[]", "object", 400 },
        { "POST", LIST "/tdx", "", "object", 400 },
        { "DELETE", LIST, "", "qe_id", 400 },
        { "PUT", LIST, "", "method", 405 },
        { "PUT", "/sgx/certification/v4/platformcollateral?stale=never", "{}", NULL,
          400 },
        { "GET", "/sgx/certification/v4/platforms", "", NULL, 200 },
        { "GET", "/sgx/certification/v4/tcb?fmspc=00906ea10000", "", "admin socket",
          404 },
    };
    struct clinic clinic;

    (void)state;
    clinic_open(&clinic, FILL_LAZY);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned status;
        json_t *json =
            ask(&clinic, cases[i].method, cases[i].target, cases[i].body, &status);
        char *text = json == NULL ? NULL : json_dumps(json, 0);
        if (status != cases[i].status
            || (cases[i].names != NULL
                && (text == NULL || strstr(text, cases[i].names) == NULL)))
            fail_msg("%s %s: %u %s", cases[i].method, cases[i].target, status, text);
        free(text);
        json_decref(json);
    }
    clinic_close(&clinic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms_are_listed_page_by_page),
        cmocka_unit_test(one_platform_is_shown_with_its_choice_explained),
        cmocka_unit_test(registrations_say_what_came_of_them),
        cmocka_unit_test(what_is_forgotten_is_gone_and_stands_in_the_audit),
        cmocka_unit_test(tdx_svns_are_kept_shown_and_stand_in_the_audit),
        cmocka_unit_test(readers_and_this_machine_may_look_and_change_nothing),
        cmocka_unit_test(malformed_requests_name_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
