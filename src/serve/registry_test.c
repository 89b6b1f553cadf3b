/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what on the registry's routes, over real sockets. */
#include "serve/registry.h"

#include "kit/file.h"
#include "serve/test_registry_store.h"

static void each_route_has_its_role(void **state)
{
    static const struct {
        const char *method, *target;
        const char *least, *below; /* whose token does, and whose does not */
    } cases[] = {
        { "GET", V4 "platforms", READER, REGISTRAR },
        { "HEAD", V4 "platforms?source=[]", READER, HOST },
        { "DELETE", V4 "platforms?source=reg&mark=1", ADMIN, READER },
        { "POST", V4 "platforms", REGISTRAR, READER },
        { "PUT", V4 "platformcollateral", ADMIN, REGISTRAR },
        { "POST", V4 "refresh", ADMIN, READER },
        { "PUT", V4 "appraisalpolicy", ADMIN, REGISTRAR },
        { "GET", V4 "pckcerts", HOST, NULL },
        { "POST", V4 "pckcerts", HOST, NULL },
        { "POST", "/sgx/registration/v1/platform", REGISTRAR, READER },
        { "POST", "/sgx/registration/v1/package", REGISTRAR, HOST },
    };
    struct registry_house house;

    (void)state;
    house_prepare(&house);
    house.config.intel.registration_relay = RELAY_REGISTRAR;
    house.config.limits.failed_tokens_per_minute = 1000;
    house_start(&house);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *method = cases[i].method, *target = cases[i].target;
        const char *body = method[0] == 'P' ? "{}" : "";
        house_check(&house, target, method, target, "", body, 401, "no_token");
        house_check(&house, target, method, target, "user-token: x\r\n", body, 401,
                    "wrong_token");
        if (cases[i].below != NULL)
            house_check(&house, target, method, target, cases[i].below, body, 403,
                        "forbidden");
        struct test_answer least =
            house_ask(&house, method, target, cases[i].least, body);
        struct test_answer admin = house_ask(&house, method, target, ADMIN, body);
        if (least.status == 401 || least.status == 403 || admin.status != least.status)
            fail_msg("%s %s: %u and %u", method, target, least.status, admin.status);
        test_forget(&least);
        test_forget(&admin);
    }
    house_check_audit(&house, "the-reader refused refresh: forbidden\n");
    house_check_audit(&house, "anonymous refused bundle: wrong_token\n");
    house_close(&house);
}

static void who_has_no_right_is_told_before_the_upload(void **state)
{
    static const char head[] = "PUT " V4 "platformcollateral HTTP/1.1\r\nHost: a\r\n"
                               "user-token: reader-token\r\n"
                               "Content-Length: 60000000\r\n\r\n";
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    int fd = test_connect(house.port);
    test_say(fd, head);
    struct test_answer answer = test_hear(fd, false);
    house_expect(&answer, "a large bundle", 403, "forbidden");
    test_forget(&answer);
    close(fd);
    house_close(&house);
}

static void other_methods_are_told_which_go(void **state)
{
    static const struct {
        const char *method, *target, *allow;
    } cases[] = {
        { "PUT", V4 "platforms", "GET, HEAD, POST, DELETE" },
        { "GET", V4 "platformcollateral", "PUT" },
        { "GET", V4 "refresh", "POST" },
        { "POST", V4 "appraisalpolicy", "GET, HEAD, PUT" },
        { "DELETE", V4 "pckcerts", "GET, HEAD, POST" },
        { "GET", "/sgx/registration/v1/platform", "POST" },
    };
    struct registry_house house;

    (void)state;
    house_prepare(&house);
    house.config.intel.registration_relay = RELAY_ANYONE;
    house_start(&house);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer =
            house_ask(&house, cases[i].method, cases[i].target, ADMIN, "");
        house_expect(&answer, cases[i].target, 405, "method");
        assert_string_equal(test_header(&answer, "Allow"), cases[i].allow);
        test_forget(&answer);
    }
    house_close(&house);
}

static void what_is_not_configured_is_not_there(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    house_check(&house, "relay off", "POST", "/sgx/registration/v1/platform", ADMIN, "x",
                404, "route_unknown");
    house_close(&house);
}

static void on_the_admin_socket_the_operator_needs_no_token(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    struct test_answer answer = house_ask_on(test_connect_unix(house.socket), "POST",
                                             V4 "refresh", "", (struct bytes){ 0 });
    house_expect(&answer, "refresh", 200, "");
    assert_int_equal(house.refreshes, 1);
    test_forget(&answer);
    house_close(&house);
}

/* With a body a request is judged before it is sent, and again; that is one try. */
static void wrong_tokens_are_slowed_down(void **state)
{
    static const struct {
        const char *method, *body;
    } cases[] = { { "GET", "" }, { "POST", "{}" } };
    struct registry_house house;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        house_prepare(&house);
        house.config.limits.failed_tokens_per_minute = 3;
        house_start(&house);
        for (unsigned tries = 1; tries <= 5; tries++) {
            struct test_answer answer = house_ask(&house, cases[i].method, V4 "platforms",
                                                  "user-token: x\r\n", cases[i].body);
            house_expect(&answer, cases[i].method, tries <= 3 ? 401 : 429,
                         tries <= 3 ? "wrong_token" : "paced");
            if (tries > 3)
                assert_in_range(atoi(test_header(&answer, "Retry-After")), 1, 21);
            test_forget(&answer);
        }
        house_close(&house);
    }
}

/* ---- starting -----------------------------------------------------------------------
 */

static bool try_create(struct registry_house *house, struct error *err)
{
    struct registry_options options = { .config = &house->config, .clock = house->clock };
    struct registry *registry = NULL;

    bool created = registry_create(&options, &registry, err);
    if (created)
        registry_destroy(registry);
    return created;
}

static void a_key_file_that_is_none_keeps_it_from_starting(void **state)
{
    struct registry_house house;
    struct error err = { 0 };
    char path[256];

    (void)state;
    house_prepare(&house);
    snprintf(path, sizeof path, "%s/policy.pem", house.stock.directory);
    house.config.intel.policy_keys[0] = path;
    house.config.intel.policy_key_count = 1;
    assert_false(try_create(&house, &err));
    assert_refused(err, ERROR_NOT_FOUND, "intel.policy_keys: ");
    assert_ok(file_write(path, bytes_of_text("-----BEGIN NONSENSE-----\n"), 0600, &err),
              err);
    assert_false(try_create(&house, &err));
    assert_refused(err, ERROR_FORMAT, "policy.pem");

    house.config.intel.policy_key_count = 0;
    assert_ok(try_create(&house, &err), err);
    snprintf(path, sizeof path, "%s/site.key", house.stock.directory);
    assert_ok(file_write(path, bytes_of_text("short"), 0600, &err), err);
    assert_false(try_create(&house, &err));
    assert_refused(err, ERROR_FORMAT, "site key of 5 bytes");
    store_close(house.stock.store);
    house.stock.store = NULL;
    stock_close(&house.stock);
    config_fini(&house.config);
    clock_close(house.clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_route_has_its_role),
        cmocka_unit_test(who_has_no_right_is_told_before_the_upload),
        cmocka_unit_test(other_methods_are_told_which_go),
        cmocka_unit_test(what_is_not_configured_is_not_there),
        cmocka_unit_test(on_the_admin_socket_the_operator_needs_no_token),
        cmocka_unit_test(wrong_tokens_are_slowed_down),
        cmocka_unit_test(a_key_file_that_is_none_keeps_it_from_starting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
