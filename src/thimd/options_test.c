/* SPDX-License-Identifier: Apache-2.0 */
#include "thimd/options.h"

#include "kit/test.h"

static bool read_words(const char *const *words, struct options *out, struct error *err)
{
    char *argv[16] = { (char *)"thimd" };
    int argc = 1;

    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    return options_read(argc, argv, out, err);
}
#define READ(out, err, ...) \
    read_words((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL }, (out), (err))

static void nothing_given_is_to_serve_as_configured(void **state)
{
    struct options options;
    struct error err = { 0 };

    (void)state;
    assert_ok(READ(&options, &err), err);
    assert_int_equal(options.command, COMMAND_SERVE);
    assert_null(options.config_file);
    assert_int_equal(options.listener_count, 0);
    assert_false(options.has_clock);
}

static void values_come_after_a_blank_or_an_equals_sign(void **state)
{
    struct options options;
    struct error err = { 0 };

    (void)state;
    assert_ok(READ(&options, &err, "--config", "a.yaml", "--state=/s", "--clock",
                   "2025-06-20T00:00:00Z"),
              err);
    assert_string_equal(options.config_file, "a.yaml");
    assert_string_equal(options.state_directory, "/s");
    assert_true(options.has_clock && !options.clock_stands);
    assert_int_equal(options.clock_s, 1750377600);
}

static void a_listener_is_an_address_a_port_and_perhaps_a_scheme(void **state)
{
    const struct {
        const char *text, *address;
        uint16_t port;
        bool tls;
    } cases[] = {
        { "127.0.0.1:8081", "127.0.0.1", 8081, false },
        { "[::1]:0", "::1", 0, false },
        { "0.0.0.0:8081", "0.0.0.0", 8081, true },
        { "[::]:8081", "::", 8081, true },
        { "http://0.0.0.0:80", "0.0.0.0", 80, false },
        { "https://127.0.0.1:443", "127.0.0.1", 443, true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config_listener listener;
        char address[64];
        struct error err = { 0 };
        assert_ok(options_read_listener(cases[i].text, &listener, address, sizeof address,
                                        &err),
                  err);
        assert_string_equal(listener.address, cases[i].address);
        assert_int_equal(listener.port, cases[i].port);
        assert_int_equal(listener.tls, cases[i].tls);
    }
}

static void what_is_no_listener_is_refused(void **state)
{
    const struct {
        const char *text, *why;
    } cases[] = {
        { "", "expected ADDRESS:PORT" },
        { "8081", "expected ADDRESS:PORT" },
        { ":8081", "expected ADDRESS:PORT" },
        { "127.0.0.1:", "expected ADDRESS:PORT" },
        { "127.0.0.1:65536", "expected ADDRESS:PORT" },
        { "127.0.0.1:08", "expected ADDRESS:PORT" },
        { "::1:8081", "expected ADDRESS:PORT" },
        { "[::1:8081", "expected ADDRESS:PORT" },
        { "localhost:8081", "must be numeric" },
        { "ftp://127.0.0.1:21", "expected ADDRESS:PORT" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config_listener listener;
        char address[64];
        struct error err = { 0 };
        assert_false(options_read_listener(cases[i].text, &listener, address,
                                           sizeof address, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
}

static void a_clock_runs_or_stands(void **state)
{
    struct options options = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_ok(options_read_clock("step:2025-06-20T00:00:00Z", &options, &err), err);
    assert_true(options.clock_stands);
    assert_int_equal(options.clock_s, 1750377600);
    assert_ok(options_read_clock("step", &options, &err), err);
    assert_true(options.clock_stands);
    static const char *const bad[] = {
        "", "now", "steps", "step:", "2025-06-20", "step:2025-02-30T00:00:00Z"
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(options_read_clock(bad[i], &options, &err));
        assert_refused(err, ERROR_FORMAT, "--clock");
    }
}

static void what_is_not_known_is_named(void **state)
{
    struct options options;
    struct error err = { 0 };

    (void)state;
    assert_false(READ(&options, &err, "--nonsense", "x"));
    assert_refused(err, ERROR_FORMAT, "--nonsense");
    assert_false(READ(&options, &err, "serve"));
    assert_refused(err, ERROR_FORMAT, "serve");
    assert_false(READ(&options, &err, "--state"));
    assert_refused(err, ERROR_FORMAT, "--state wants a value");
    assert_false(READ(&options, &err, "--name", "x"));
    assert_refused(err, ERROR_FORMAT, "--name");
    assert_false(READ(&options, &err, "init"));
    assert_refused(err, ERROR_FORMAT, "--name");
}

static void init_takes_names(void **state)
{
    struct options options;
    struct error err = { 0 };

    (void)state;
    assert_ok(READ(&options, &err, "init", "--name", "a", "--name=b"), err);
    assert_int_equal(options.command, COMMAND_INIT);
    assert_int_equal(options.name_count, 2);
    assert_string_equal(options.names[1], "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given_is_to_serve_as_configured),
        cmocka_unit_test(values_come_after_a_blank_or_an_equals_sign),
        cmocka_unit_test(a_listener_is_an_address_a_port_and_perhaps_a_scheme),
        cmocka_unit_test(what_is_no_listener_is_refused),
        cmocka_unit_test(a_clock_runs_or_stands),
        cmocka_unit_test(what_is_not_known_is_named),
        cmocka_unit_test(init_takes_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
