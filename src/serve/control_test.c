/* SPDX-License-Identifier: Apache-2.0 */
/* The admin interface over a real unix socket. */
#include "serve/control.h"

#include <jansson.h>
#include <stdatomic.h>

#include "serve/test_http.h"
#include "serve/test_stock.h"
#include "serve/test_view.h"

struct office {
    struct stock stock;
    struct config config;
    struct clock *clock;
    struct conditions *conditions;
    struct counters *counters;
    struct front *front;
    struct control *control;
    struct http_server *server;
    char socket[256];

    char subject[128]; /* what a refresh was asked for */
    int refreshes, moves;
    enum error_kind refuses; /* what the next refresh is refused as */
    bool all_well;
};

static struct holdings *present(void *office_)
{
    struct office *office = office_;

    return holdings_hold(office->stock.holdings);
}

static bool begin_refresh(void *office_, const char *subject,
                          void (*done)(void *done_context, bool all_well),
                          void *done_context, struct error *err)
{
    struct office *office = office_;

    office->refreshes++;
    snprintf(office->subject, sizeof office->subject, "%s", subject);
    if (office->refuses != ERROR_NONE)
        return error_set(err, office->refuses, "nothing goes by the name \"%s\"",
                         safe_string(subject).s);
    done(done_context, office->all_well);
    return true;
}

static void clock_moved(void *office_, void (*done)(void *done_context, bool all_well),
                        void *done_context)
{
    struct office *office = office_;

    office->moves++;
    done(done_context, office->all_well);
}

static void office_start(struct office *office, uint32_t own_uid, bool over_tcp)
{
    struct error err = { 0 };
    struct control_options options = { .config = &office->config,
                                       .clock = office->clock,
                                       .conditions = office->conditions,
                                       .counters = office->counters,
                                       .front = office->front,
                                       .own_uid = own_uid,
                                       .marked = true,
                                       .context = office,
                                       .holdings = present,
                                       .refresh = begin_refresh,
                                       .clock_moved = clock_moved };
    struct http_server_options listen = { .unix_path = office->socket };

    if (over_tcp)
        listen = (struct http_server_options){ .address = "127.0.0.1" };
    assert_ok(control_create(&options, &office->control, &err), err);
    struct http_handler handler = control_handler(office->control);
    assert_ok(http_server_start(&listen, &handler, &office->server, &err), err);
}

static void office_open(struct office *office, struct clock *clock)
{
    struct error err = { 0 };

    *office = (struct office){ .clock = clock,
                               .all_well = true,
                               .conditions = conditions_create(),
                               .counters = counters_create() };
    config_defaults(&office->config);
    stock_open(&office->stock);
    stock_fill(&office->stock);
    struct front_options front = { .config = &office->config, .clock = clock };
    assert_ok(front_create(&front, &office->front, &err), err);
    test_front_publish(office->front, office->stock.holdings, clock);
    snprintf(office->socket, sizeof office->socket, "%s/admin.sock",
             office->stock.directory);
}

static void office_close(struct office *office)
{
    http_server_stop(office->server);
    control_destroy(office->control);
    front_destroy(office->front);
    conditions_destroy(office->conditions);
    counters_destroy(office->counters);
    stock_close(&office->stock);
    config_fini(&office->config);
    clock_close(office->clock);
}

static json_t *ask(const struct office *office, const char *method, const char *path,
                   const char *body, unsigned *status)
{
    char request[1024];
    json_error_t why;
    int fd = test_connect_unix(office->socket);

    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: thim\r\nRequest-ID: mine\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             method, path, strlen(body), body);
    test_say(fd, request);
    struct test_answer answer = test_hear(fd, false);
    close(fd);
    *status = answer.status;
    assert_string_equal(test_header(&answer, "Request-ID"), "mine");
    assert_string_equal(test_header(&answer, "Cache-Control"), "no-store");
    json_t *json = answer.body.len == 0 ? NULL
                                        : json_loadb((const char *)answer.body.at,
                                                     answer.body.len, 0, &why);
    test_forget(&answer);
    return json;
}

static const char *text_at(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text != NULL ? text : "(none)";
}

static const json_t *named(const json_t *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(text_at(json_array_get(list, i), "name"), name) == 0)
            return json_array_get(list, i);
    return NULL;
}

/* ---- status --------------------------------------------------------------------- */

static void check_items(const json_t *status)
{
    struct collateral_key key = key_tcb_info(TEE_TDX, 3, stock_fmspc, 17);
    const json_t *items = json_object_get(status, "items");
    const json_t *item = named(items, collateral_key_text(&key).s);

    assert_int_equal(json_array_size(items), 17);
    assert_non_null(item);
    assert_string_equal(text_at(item, "kind"), "tcb_info");
    assert_string_equal(text_at(item, "tee"), "tdx");
    assert_string_equal(text_at(item, "fmspc"), "00906ea10000");
    assert_int_equal(json_integer_value(json_object_get(item, "version")), 3);
    assert_int_equal(json_integer_value(json_object_get(item, "evaluation_data_number")),
                     17);
    assert_string_equal(text_at(item, "issue_date"), "2025-06-10T00:00:00Z");
    assert_string_equal(text_at(item, "next_update"), "2025-07-10T00:00:00Z");
    assert_true(json_is_true(json_object_get(item, "in_date")));
    assert_string_equal(text_at(item, "source"), "upstream");
    assert_int_equal(strlen(text_at(item, "sha256")), 64);
    assert_int_equal(json_array_size(json_object_get(item, "update")), 1);
    assert_true(json_is_true(json_object_get(item, "listed")));

    key.evaluation_data_number = 18; /* early: nobody asked the list about it */
    item = named(items, collateral_key_text(&key).s);
    assert_true(json_is_null(json_object_get(item, "listed")));
    item = named(items, "pck_crl/platform");
    assert_string_equal(text_at(item, "ca"), "platform");
    assert_null(json_object_get(item, "evaluation_data_number"));
    assert_int_equal(json_array_size(json_object_get(item, "update")), 0);
}

static void add_conditions(struct conditions *conditions)
{
    struct condition well = { .name = "root_crl",
                              .upstream = "intel",
                              .tried_s = STOCK_NOW_S,
                              .ok_s = STOCK_NOW_S,
                              .next_s = STOCK_NOW_S + 3600 };
    struct condition ill = { .name = "fmspcs",
                             .upstream = "intel",
                             .tried_s = STOCK_NOW_S,
                             .failures = 3,
                             .kind = ERROR_UNREACHABLE,
                             .why = "no route to host" };
    struct condition gone = { .name = "tcb_info/sgx/v3/30606a000000/16",
                              .absent = true,
                              .gone = true,
                              .ends_s = STOCK_NOW_S + 86400 };
    struct upstream_condition upstream = {
        .name = "intel", .breaker_open = true, .calls = 7, .failed = 3
    };

    conditions_set(conditions, &well);
    conditions_set(conditions, &ill);
    conditions_set(conditions, &gone);
    conditions_set_upstream(conditions, &upstream);
}

static void status_says_what_is_held_and_how_it_goes(void **state)
{
    struct office office;
    unsigned status;

    (void)state;
    office_open(&office, clock_standing_at(STOCK_NOW_S));
    office_start(&office, (uint32_t)geteuid(), false);
    add_conditions(office.conditions);
    counter_add(counters_named(office.counters, "alerts_sent"), 3);
    json_t *json = ask(&office, "GET", "/thim/v1/status", "", &status);
    assert_int_equal(status, 200);
    assert_string_equal(text_at(json, "version"), THIM_VERSION);
    assert_string_equal(text_at(json, "now"), "2025-06-20T00:00:00Z");
    assert_string_equal(text_at(json, "clock"), "standing");
    assert_true(json_is_false(json_object_get(json, "held_up")));
    assert_true(json_is_true(json_object_get(json, "marked")));
    assert_true(json_is_true(json_object_get(json, "ready")));
    assert_int_equal(json_integer_value(json_object_get(json, "generation")),
                     office.stock.holdings->generation);
    assert_string_equal(
        text_at(json_array_get(json_object_get(json, "roots"), 0), "origin"), "pinned");
    check_items(json);

    const json_t *keeping = json_object_get(json, "keeping");
    assert_true(json_is_null(json_object_get(named(keeping, "root_crl"), "why")));
    assert_string_equal(text_at(named(keeping, "root_crl"), "next"),
                        "2025-06-20T01:00:00Z");
    assert_string_equal(text_at(named(keeping, "fmspcs"), "why"), "no route to host");
    assert_string_equal(text_at(named(keeping, "fmspcs"), "kind"), "unreachable");
    assert_true(json_is_null(json_object_get(named(keeping, "fmspcs"), "ok")));
    assert_true(json_is_null(json_object_get(named(keeping, "fmspcs"), "ends")));
    const json_t *gone = named(keeping, "tcb_info/sgx/v3/30606a000000/16");
    assert_true(json_is_true(json_object_get(gone, "gone")));
    assert_string_equal(text_at(gone, "ends"), "2025-06-21T00:00:00Z");
    const json_t *upstream = named(json_object_get(json, "upstreams"), "intel");
    assert_string_equal(text_at(upstream, "breaker"), "open");
    assert_int_equal(json_integer_value(json_object_get(upstream, "calls")), 7);
    assert_true(json_is_object(json_object_get(json, "counts")));
    const json_t *counters = json_object_get(json, "counters");
    assert_int_equal(json_object_size(counters), 1);
    assert_int_equal(json_integer_value(json_object_get(counters, "alerts_sent")), 3);
    assert_true(json_is_null(json_object_get(json, "not_ready")));
    assert_true(json_is_null(json_object_get(json, "chips"))); /* there are none here */
    json_decref(json);
    office_close(&office);
}

/* ---- refresh and clock ---------------------------------------------------------- */

static void refresh_answers_when_it_has_settled(void **state)
{
    static const struct {
        const char *body, *subject;
        bool all_well;
        enum error_kind refuses;
        unsigned status;
    } cases[] = {
        { "", "", true, ERROR_NONE, 200 },
        { "{\"wait\": true}", "", true, ERROR_NONE, 200 },
        { "{\"wait\": true, \"subject\": \"root_crl\"}", "root_crl", true, ERROR_NONE,
          200 },
        { "{}", "", false, ERROR_NONE, 200 },
        { "{\"wait\": false}", "", true, ERROR_NONE, 202 },
        { "{\"subject\": \"moon\"}", "moon", true, ERROR_NOT_FOUND, 404 },
        { "{\"subject\": \"moon\", \"wait\": false}", "moon", true, ERROR_NOT_FOUND,
          404 },
        { "{\"subject\": \"a b\"}", "a b", true, ERROR_FORMAT, 400 },
        { "{}", "", true, ERROR_LIMIT, 503 },
    };
    struct office office;

    (void)state;
    office_open(&office, clock_standing_at(STOCK_NOW_S));
    office_start(&office, (uint32_t)geteuid(), false);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned status;
        office.all_well = cases[i].all_well;
        office.refuses = cases[i].refuses;
        json_t *json = ask(&office, "POST", "/thim/v1/refresh", cases[i].body, &status);
        if (status != cases[i].status || strcmp(office.subject, cases[i].subject) != 0)
            fail_msg("%s: %u, asked for \"%s\"", cases[i].body, status, office.subject);
        if (status == 200)
            assert_int_equal(json_is_true(json_object_get(json, "all_well")),
                             cases[i].all_well);
        if (status == 404)
            assert_string_equal(text_at(json_object_get(json, "error"), "message"),
                                "nothing goes by the name \"moon\"");
        assert_int_equal(json == NULL, status == 503);
        json_decref(json);
    }
    assert_int_equal(office.refreshes, COUNT_OF(cases));
    office_close(&office);
}

static void standing_clocks_are_moved(void **state)
{
    struct office office;
    unsigned status;

    (void)state;
    office_open(&office, clock_standing_at(STOCK_NOW_S));
    office_start(&office, (uint32_t)geteuid(), false);
    json_t *json = ask(&office, "POST", "/thim/v1/clock",
                       "{\"now\": \"2025-06-29T00:00:00Z\"}", &status);
    assert_int_equal(status, 200);
    assert_string_equal(text_at(json, "now"), "2025-06-29T00:00:00Z");
    assert_true(json_is_true(json_object_get(json, "all_well")));
    assert_int_equal(clock_wall_s(office.clock), STOCK_NOW_S + 9 * TEST_DAY_S);
    assert_int_equal(office.moves, 1);
    json_decref(json);
    office_close(&office);
}

static void other_clocks_are_left_alone(void **state)
{
    struct office office;
    unsigned status;

    (void)state;
    office_open(&office, clock_starting_at(STOCK_NOW_S));
    office_start(&office, (uint32_t)geteuid(), false);
    json_t *json = ask(&office, "POST", "/thim/v1/clock",
                       "{\"now\": \"2025-06-29T00:00:00Z\"}", &status);
    assert_int_equal(status, 409);
    assert_string_equal(text_at(json_object_get(json, "error"), "code"),
                        "clock_not_standing");
    assert_int_equal(office.moves, 0);
    json_decref(json);
    office_close(&office);
}

/* ---- refusals ------------------------------------------------------------------- */

static void malformed_requests_are_refused(void **state)
{
    static const struct {
        const char *method, *path, *body;
        unsigned status;
        const char *code;
    } cases[] = {
        { "GET", "/thim/v1/nothing", "", 404, "route_unknown" },
        { "POST", "/thim/v1/status", "", 405, "method" },
        { "GET", "/thim/v1/refresh", "", 405, "method" },
        { "POST", "/thim/v1/refresh", "[]", 400, "malformed" },
        { "POST", "/thim/v1/refresh", "{\"wait\": true", 400, "malformed" },
        { "POST", "/thim/v1/refresh", "{\"wait\": 1}", 400, "malformed" },
        { "POST", "/thim/v1/refresh", "{\"subject\": 1}", 400, "malformed" },
        { "POST", "/thim/v1/refresh", "{\"other\": 1}", 400, "malformed" },
        { "POST", "/thim/v1/refresh", "{\"wait\": true, \"wait\": true}", 400,
          "malformed" },
        { "POST", "/thim/v1/clock", "", 400, "malformed" },
        { "POST", "/thim/v1/clock", "{\"now\": \"yesterday\"}", 400, "malformed" },
        { "POST", "/thim/v1/clock", "{\"now\": \"2025-06-29T00:00:00Z\", \"wait\": true}",
          400, "malformed" },
    };
    struct office office;

    (void)state;
    office_open(&office, clock_standing_at(STOCK_NOW_S));
    office_start(&office, (uint32_t)geteuid(), false);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        unsigned status;
        json_t *json =
            ask(&office, cases[i].method, cases[i].path, cases[i].body, &status);
        const json_t *error = json_object_get(json, "error");
        if (status != cases[i].status
            || strcmp(text_at(error, "code"), cases[i].code) != 0
            || text_at(error, "message")[0] == '(' || text_at(error, "remedy")[0] == '(')
            fail_msg("%s %s %s: %u %s", cases[i].method, cases[i].path, cases[i].body,
                     status, text_at(error, "code"));
        json_decref(json);
    }
    assert_int_equal(office.refreshes + office.moves, 0);
    office_close(&office);
}

/* Root always may, so this test says nothing when run as root over the unix socket; over
 * TCP nobody may, not even root. */
static void strangers_are_turned_away(void **state)
{
    struct office office;
    unsigned status = 0;

    (void)state;
    office_open(&office, clock_standing_at(STOCK_NOW_S));
    office_start(&office, (uint32_t)geteuid() + 1, false);
    json_t *json = ask(&office, "GET", "/thim/v1/status", "", &status);
    assert_int_equal(status, geteuid() == 0 ? 200 : 403);
    json_decref(json);
    http_server_stop(office.server);
    control_destroy(office.control);

    office_start(&office, (uint32_t)geteuid(), true);
    struct test_answer answer =
        test_ask(http_server_port(office.server), "GET", "/thim/v1/status", "");
    assert_int_equal(answer.status, 403);
    assert_non_null(strstr(buf_text(&answer.text), "Only root"));
    test_forget(&answer);
    office_close(&office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_says_what_is_held_and_how_it_goes),
        cmocka_unit_test(refresh_answers_when_it_has_settled),
        cmocka_unit_test(standing_clocks_are_moved),
        cmocka_unit_test(other_clocks_are_left_alone),
        cmocka_unit_test(malformed_requests_are_refused),
        cmocka_unit_test(strangers_are_turned_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
