/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "net/http_server.h"
#include "thim/arguments.h"
#include "thim/baseline_parts.h"
#include "thim/test_said.h"

#define RING_1                                                       \
    "{\"name\":\"ring-1\",\"default\":true,"                         \
    "\"sgx\":{\"number\":19,\"tcb_date\":\"2025-05-13T00:00:00Z\"}," \
    "\"tdx\":{\"number\":20,\"tcb_date\":null}}"
#define EXPORT(...) SAID_BY(baseline_export, __VA_ARGS__)

/* ---- a service that knows one baseline ----------------------------------------------
 */

struct desk {
    char *directory;
    char socket[512];
    const char *answer;
    struct http_server *server;
};

static void answer(void *desk_, struct http_request *request)
{
    static const struct http_header header = { "Content-Type", "application/json" };
    struct desk *desk = desk_;
    struct bytes target = http_request_target(request);
    bool is_known = bytes_equal_text(target, "/thim/v1/baselines/ring-1")
                    || bytes_equal_text(target, "/thim/v1/baselines");
    const char *body = is_known ? desk->answer
                                : "{\"error\":{\"code\":\"not_found\",\"message\":"
                                  "\"There is no such baseline.\",\"remedy\":\"\"}}";
    struct http_reply *reply = NULL;
    struct error err = { 0 };

    assert_ok(http_reply_create(is_known ? 200 : 404, &header, 1, bytes_of_text(body),
                                &reply, &err),
              err);
    http_request_answer(request, reply);
    http_reply_release(reply);
}

static void desk_open(struct desk *desk, const char *body)
{
    *desk = (struct desk){ .directory = test_directory(), .answer = body };
    snprintf(desk->socket, sizeof desk->socket, "%s/admin.sock", desk->directory);
    struct http_server_options options = { .unix_path = desk->socket };
    struct http_handler handler = { .context = desk, .handle = answer };
    struct error err = { 0 };
    assert_ok(http_server_start(&options, &handler, &desk->server, &err), err);
}

static void desk_close(struct desk *desk)
{
    http_server_stop(desk->server);
    test_remove(desk->directory);
}

static void numbers_and_dates_are_the_services(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk, RING_1);
    struct said said = EXPORT("--socket", desk.socket, "--for", "trustee", "--baseline",
                              "ring-1", "--accept", "OutOfDate");
    assert_non_null(strstr(buf_text(&said.out), "# THIM: baseline ring-1, for trustee"));
    assert_non_null(strstr(buf_text(&said.out), "\"tdx\": {\"number\": 20},\n"));
    assert_said(said, EXIT_YES,
                "\"sgx\": {\"number\": 19, \"tcb_date\": \"2025-05-13T00:00:00Z\"}", "");
    assert_said(EXPORT("--socket", desk.socket, "--for", "trustee", "--baseline", "no"),
                EXIT_NO, "", "There is no such baseline.");
    desk_close(&desk);
}

static void without_a_name_it_is_the_services_default(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk, "{\"baselines\":[{\"name\":\"other\",\"default\":false,"
                     "\"sgx\":{\"number\":1}}," RING_1 "]}");
    assert_said(EXPORT("--socket", desk.socket, "--for", "trustee"), EXIT_YES,
                "# THIM: baseline ring-1, for trustee", "");
    desk_close(&desk);
    desk_open(&desk, "{\"baselines\":[]}");
    assert_said(EXPORT("--socket", desk.socket, "--for", "trustee"), EXIT_USAGE, "",
                "names no default baseline");
    desk_close(&desk);
}

static void an_answer_that_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *body, *part;
    } cases[] = {
        { "{\"sgx\":{\"number\":-1}}", "sgx has number -1" },
        { "{\"sgx\":{\"number\":100001}}", "sgx has number 100001" },
        { "{\"tdx\":{\"number\":19,\"tcb_date\":\"May\"}}", "tdx has tcb_date May" },
        { "{\"sgx\":{\"number\":null}}", "has no number" },
        { "{}", "has no number" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct desk desk;
        desk_open(&desk, cases[i].body);
        struct said said =
            EXPORT("--socket", desk.socket, "--for", "dcap-qvl", "--baseline", "ring-1");
        assert_int_equal(said.out.len, 0);
        assert_int_not_equal(said.status, EXIT_YES);
        assert_said(said, said.status, "", cases[i].part);
        desk_close(&desk);
    }
}

static void without_a_service_there_is_nothing_to_say(void **state)
{
    (void)state;
    assert_said(EXPORT("--socket", "/nonexistent/admin.sock", "--for", "trustee"),
                EXIT_UNAVAILABLE, "", "admin.sock");
}

/* ---- told a number ------------------------------------------------------------------
 */

static void with_a_number_nobody_is_asked(void **state)
{
    (void)state;
    assert_said(EXPORT("--for", "dcap-qvl", "--number", "19"), EXIT_YES,
                "\"min_tcb_eval_data_number\": 19", "It cannot express:\n");
    assert_said(
        EXPORT("--for=go-tdx-guest", "--number=20", "--tcb-date", "2025-08-13T00:00:00Z"),
        EXIT_YES, "is 20, of TCB date 2025-08-13T00:00:00Z", "");
}

static void advisories_and_statuses_may_be_many(void **state)
{
    (void)state;
    assert_said(EXPORT("--for", "dcap-qvl", "--number", "19", "--block-advisory",
                       "INTEL-SA-00615", "--accept", "SWHardeningNeeded,OutOfDate",
                       "--block-advisory=INTEL-SA-00657"),
                EXIT_YES,
                "[\"UpToDate\", \"SWHardeningNeeded\", \"OutOfDate\"],\n"
                "  \"rejected_advisory_ids\": [\"INTEL-SA-00615\", \"INTEL-SA-00657\"]",
                "");
    assert_said(EXPORT("--for", "trustee", "--number", "19", "--accept-advisory",
                       "INTEL-SA-00615"),
                EXIT_YES, "thim_allowed_advisories := {\"INTEL-SA-00615\"}", "");
}

/* ---- usage --------------------------------------------------------------------------
 */

static void what_is_not_understood_is_refused_by_name(void **state)
{
    static const struct {
        const char *words[6], *part;
    } cases[] = {
        { { "--number", "19" }, "--for wants one of" },
        { { "--for", "qvl", "--number", "19" }, "--for wants one of" },
        { { "--for", "trustee", "--number", "0" }, "--number 0" },
        { { "--for", "trustee", "--number", "100001" }, "--number 100001" },
        { { "--for", "trustee", "--tcb-date", "2025-08-13T00:00:00Z" }, "give --number" },
        { { "--for", "trustee", "--number", "19", "--tcb-date", "2025" }, "--tcb-date" },
        { { "--for", "trustee", "--accept", "Revoked" }, "--accept Revoked" },
        { { "--for", "trustee", "--accept", "OutOfDate,", "--baseline", "" },
          "no name of a baseline" },
        { { "--for", "trustee", "--accept", ",OutOfDate" }, "--accept" },
        { { "--for", "trustee", "--baseline", "../status" }, "no name of a baseline" },
        { { "--for", "trustee", "--baseline", "x23456789-123456789-123456789-12" },
          "no name of a baseline" },
        { { "--for", "trustee", "--block-advisory" }, "--block-advisory wants a value" },
        { { "--accept-advisory", "A", "--for" }, "--for wants a value" },
        { { "--for", "trustee", "--number", "19", "--block-advisory", "sa" },
          "\"sa\" is no advisory" },
        { { "--accept-advisories", "A" }, "unknown option" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *words[COUNT_OF(cases[i].words) + 1] = { NULL };
        memcpy(words, cases[i].words, sizeof cases[i].words);
        assert_said(said_by(baseline_export, words), EXIT_USAGE, "", cases[i].part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_dates_are_the_services),
        cmocka_unit_test(without_a_name_it_is_the_services_default),
        cmocka_unit_test(an_answer_that_makes_no_sense_is_refused),
        cmocka_unit_test(without_a_service_there_is_nothing_to_say),
        cmocka_unit_test(with_a_number_nobody_is_asked),
        cmocka_unit_test(advisories_and_statuses_may_be_many),
        cmocka_unit_test(what_is_not_understood_is_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
