/* SPDX-License-Identifier: Apache-2.0 */
/* The probes, as an orchestrator sees them. */
#include "serve/front_health.h"

#include "serve/test_house.h"

static void check_health(const struct house *house, const char *target, unsigned status,
                         const char *part)
{
    struct test_answer answer = get(house, target, "");

    if (answer.status != status || strstr(buf_text(&answer.text), part) == NULL)
        fail_msg("%s: %s", target, buf_text(&answer.text));
    if (status == 503)
        assert_int_equal(answer.body.len, 0);
    test_forget(&answer);
}

static void health_is_told_as_it_is(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    check_health(&house, "/livez", 200, "\r\n\r\nok\n");
    check_health(&house, "/healthz/live", 200, "no-store");
    check_health(&house, "/healthz/startup", 503, "THIM-Error: not_started");
    /* ready does not wait for an upstream: what is held will do */
    check_health(&house, "/healthz/ready", 200, "ok\n");
    check_health(&house, "/readyz", 200, "ok\n");
    check_health(&house, "/readyz?verbose", 200, "[ ] first refresh under way");
    assert_true(front_is_ready(house.front));
    front_set_started(house.front);
    check_health(&house, "/healthz/startup", 200, "ok\n");
    check_health(&house, "/readyz?verbose", 200, "[+] first refresh done");
    check_health(&house, "/healthz", 404, "route_unknown");

    assert_true(clock_step_to(house.clock, STOCK_DUE_S + 1));
    check_health(&house, "/readyz", 503,
                 "in date there is no PCK CRL, TCB info, identity");
    assert_false(front_is_ready(house.front));
    check_health(&house, "/livez", 200, "ok\n");
    assert_true(clock_step_to(house.clock, STOCK_NOW_S));
    check_health(&house, "/readyz", 200, "ok\n");

    front_set_draining(house.front);
    check_health(&house, "/readyz", 503, "draining");
    check_health(&house, "/livez", 200, "ok\n");
    assert_int_equal(house.asked, 0);
    house_close(&house);
}

static void nothing_published_is_not_ready(void **state)
{
    struct front_options options;
    struct front *front;
    struct config config;
    struct error err = { 0 };
    struct http_server *server;

    (void)state;
    config_defaults(&config);
    OWNED(clock_close) struct clock *clock = clock_system();
    options = (struct front_options){ .config = &config, .clock = clock };
    assert_ok(front_create(&options, &front, &err), err);
    struct http_handler handler = front_handler(front);
    struct http_server_options listen = { .address = "127.0.0.1" };
    assert_ok(http_server_start(&listen, &handler, &server, &err), err);
    struct test_answer answer = test_ask(http_server_port(server), "GET", "/readyz", "");
    assert_int_equal(answer.status, 503);
    assert_non_null(strstr(buf_text(&answer.text), "the store is not open yet"));
    test_forget(&answer);
    answer = test_ask(http_server_port(server), "GET", V4 TCB, "");
    assert_int_equal(answer.status, 404); /* and no desk to ask */
    test_forget(&answer);
    http_server_stop(server);
    front_destroy(front);
    config_fini(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(health_is_told_as_it_is),
        cmocka_unit_test(nothing_published_is_not_ready),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
