/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/test_upstream.h"

struct relay_ear {
    atomic_bool is_told;
    unsigned status;
    char error_code[64], body[64], failure[256];
};

static void hear(void *context, const struct relay_answer *answer)
{
    struct relay_ear *ear = context;

    ear->status = answer->status;
    snprintf(ear->error_code, sizeof ear->error_code, "%s",
             answer->error_code == NULL ? "" : answer->error_code);
    snprintf(ear->body, sizeof ear->body, "%.*s", (int)answer->body.len,
             answer->body.len == 0 ? "" : (const char *)answer->body.at);
    snprintf(ear->failure, sizeof ear->failure, "%s",
             answer->failure == NULL ? "" : answer->failure);
    atomic_store(&ear->is_told, true);
}

static struct relay_ear relay(struct bench *bench, enum relay_kind kind)
{
    struct relay_ear ear = { .is_told = false };
    struct relay_demand demand = {
        .kind = kind,
        .body = bytes_of_text("octets of a platform"),
        .context = &ear,
        .told = hear,
    };

    refresh_relay(bench->refresh, &demand);
    peer_await(atomic_load(&ear.is_told));
    return ear;
}

static void intel_s_word_comes_back_as_it_is(void **state)
{
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench.config.intel.registration_relay = RELAY_ANYONE;
    bench_start(&bench);
    struct relay_ear ear = relay(&bench, RELAY_PLATFORM);
    assert_int_equal(ear.status, 201);
    assert_string_equal(ear.body, "0123456789abcdef");
    assert_string_equal(ear.error_code, "");
    assert_string_equal(bench.pcs.last_body, "octets of a platform");
    test_pcs_set_status(&bench.pcs, 400, NULL, NULL);
    ear = relay(&bench, RELAY_PACKAGE);
    assert_int_equal(ear.status, 400);
    assert_string_equal(ear.error_code, "InvalidPlatformManifest");
    assert_int_equal(atomic_load(&bench.pcs.relays), 2);
    bench_end(&bench);
}

static void nothing_is_handed_on_that_the_operator_has_not_allowed(void **state)
{
    const struct {
        enum relay_choice relay;
        enum fill_mode fill;
        enum upstream_kind kind;
        const char *failure;
    } cases[] = {
        { RELAY_OFF, FILL_LAZY, UPSTREAM_PCS, "intel.registration_relay is off" },
        { RELAY_REGISTRAR, FILL_OFFLINE, UPSTREAM_PCS, "intel.fill is offline" },
        { RELAY_REGISTRAR, FILL_LAZY, UPSTREAM_THIM, "no upstream is a PCS" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bench bench;
        bench_make(&bench);
        bench.config.intel.registration_relay = cases[i].relay;
        bench.config.intel.fill = cases[i].fill;
        bench.config.intel.upstreams[0].kind = cases[i].kind;
        bench_start(&bench);
        struct relay_ear ear = relay(&bench, RELAY_PLATFORM);
        assert_int_equal(ear.status, 0);
        assert_non_null(strstr(ear.failure, cases[i].failure));
        assert_int_equal(atomic_load(&bench.pcs.relays), 0);
        bench_end(&bench);
    }
}

static void the_first_pcs_that_answers_is_asked(void **state)
{
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench.config.intel.registration_relay = RELAY_ANYONE;
    bench.config.intel.upstreams[1] = bench.config.intel.upstreams[0];
    bench.config.intel.upstreams[0].url = "http://127.0.0.1:1"; /* nobody listens */
    bench.config.intel.upstream_count = 2;
    bench_start(&bench);
    assert_int_equal(relay(&bench, RELAY_PLATFORM).status, 201);
    bench_end(&bench);
    bench_make(&bench);
    bench.config.intel.registration_relay = RELAY_ANYONE;
    bench.config.intel.upstreams[0].url = "http://127.0.0.1:1";
    bench_start(&bench);
    struct relay_ear ear = relay(&bench, RELAY_PLATFORM);
    assert_int_equal(ear.status, 0);
    assert_int_not_equal(ear.failure[0], 0);
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intel_s_word_comes_back_as_it_is),
        cmocka_unit_test(nothing_is_handed_on_that_the_operator_has_not_allowed),
        cmocka_unit_test(the_first_pcs_that_answers_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
