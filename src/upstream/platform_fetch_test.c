/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the upstreams, over a real socket. */
#include "kit/file.h"
#include "upstream/test_upstream.h"

enum { ARENA = 4 << 20 };

static void who_is_throttled_is_left_alone_as_long_as_was_asked(void **state)
{
    struct bench bench;
    struct platform_demand one = bench_demand("aa01", 1), other = bench_demand("aa02", 2);

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    test_pcs_set_status(&bench.pcs, 429, NULL, "120");
    struct platform_report report = bench_fetch(&bench, &one);
    assert_int_equal(report.outcome, FETCH_UNREACHABLE);
    assert_int_equal(report.retry_after_s, 120);
    test_pcs_set_status(&bench.pcs, 0, NULL, NULL);
    assert_int_equal(bench_fetch(&bench, &other).outcome, FETCH_UNREACHABLE);
    assert_int_equal(atomic_load(&bench.pcs.lists), 1);
    bench_go_on(&bench, 121);
    assert_int_equal(bench_fetch(&bench, &other).outcome, FETCH_KEPT);
    bench_end(&bench);
}

static void where_the_first_is_away_the_next_is_asked_in_its_own_way(void **state)
{
    struct bench bench;
    struct platform_demand demand = bench_demand("aa01", 1);
    struct arena arena;
    struct platform platform;

    (void)state;
    bench_make(&bench);
    bench.config.intel.upstreams[1] = (struct config_upstream){ .name = "old",
                                                                .kind = UPSTREAM_PCCS,
                                                                .url = bench.pcs.url };
    bench.config.intel.upstream_count = 2;
    bench.config.intel.upstreams[0].url = "http://127.0.0.1:1"; /* nobody listens */
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, &demand).outcome, FETCH_KEPT);
    assert_int_equal(atomic_load(&bench.pcs.lists), 0);
    assert_int_equal(atomic_load(&bench.pcs.singles), 1);
    arena_init(&arena, ARENA);
    assert_true(bench_find(&bench, "aa01", &arena, &platform));
    assert_string_equal(platform.source, "old");
    assert_int_equal(platform.encrypted_ppid.len, 0); /* nobody vouched for it */
    arena_fini(&arena);
    bench_end(&bench);
}

static void the_key_goes_along_with_what_is_asked_of_platforms(void **state)
{
    struct bench bench;
    struct platform_demand demand = bench_demand("aa01", 1);
    struct error err = { 0 };
    char *directory = test_directory(), path[4096];

    (void)state;
    snprintf(path, sizeof path, "%s/key", directory);
    assert_ok(file_write(path, bytes_of_text("0123456789abcdef\n"), 0600, &err), err);
    bench_make(&bench);
    bench.config.intel.upstreams[0].api_key_file = path;
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, &demand).outcome, FETCH_KEPT);
    assert_int_equal(atomic_load(&bench.pcs.lists), 1);
    assert_int_equal(atomic_load(&bench.pcs.keys), 1);
    assert_string_equal(bench.pcs.last_key, "0123456789abcdef");
    bench_end(&bench);
    test_remove(directory);
}

static void a_key_that_can_not_be_read_is_a_reason_and_no_call(void **state)
{
    struct bench bench;
    struct platform_demand demand = bench_demand("aa01", 1);

    (void)state;
    bench_make(&bench);
    bench.config.intel.upstreams[0].api_key_file = "/nowhere/key";
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, &demand).outcome, FETCH_UNREACHABLE);
    assert_int_equal(atomic_load(&bench.pcs.lists), 0);
    bench_end(&bench);
}

static void no_reason_names_the_platform(void **state)
{
    static const char *const urls[] = { "http://127.0.0.1:1", "http://localhost:1",
                                        "https://127.0.0.1:1", "ftp://127.0.0.1" };
    struct platform_demand demand = bench_demand("0badc0de", 1);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        struct bench bench;
        bench_make(&bench);
        bench.config.intel.upstreams[0].url = urls[i];
        bench_start(&bench);
        struct platform_report report = bench_fetch(&bench, &demand);
        assert_int_equal(report.outcome, FETCH_UNREACHABLE);
        assert_true(report.retry_after_s >= 30);
        assert_null(strcasestr(report.why, "0badc0de"));
        assert_null(strcasestr(report.why, "5a5a"));
        assert_null(strcasestr(report.why, "pckcert"));
        bench_end(&bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_throttled_is_left_alone_as_long_as_was_asked),
        cmocka_unit_test(where_the_first_is_away_the_next_is_asked_in_its_own_way),
        cmocka_unit_test(the_key_goes_along_with_what_is_asked_of_platforms),
        cmocka_unit_test(a_key_that_can_not_be_read_is_a_reason_and_no_call),
        cmocka_unit_test(no_reason_names_the_platform),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
