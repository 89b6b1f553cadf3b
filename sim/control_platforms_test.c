/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/control_platforms.h"

#include "sim/platforms.h"
#include "sim/test_simulator.h"

#define CERTS "/sgx/certification/v4/pckcerts?pceid=0000&encrypted_ppid="
#define NEWEST "1111000303ff000200000000000000001000"

static struct simulator simulator;

/* The first of a list of platforms; the caller's. */
static json_t *platform_at(const char *query)
{
    char target[100];

    snprintf(target, sizeof target, "/sim/platforms?%s", query);
    struct wire_answer answer = test_ask(&simulator, "GET", target, "");
    json_t *list = json_loadb((const char *)answer.body.at, answer.body.len, 0, NULL);
    json_t *one = json_incref(json_array_get(list, 0));
    if (one == NULL)
        fail_msg("%s: %s", target, buf_text(&answer.body));
    json_decref(list);
    wire_answer_fini(&answer);
    return one;
}

static const char *text_of(const json_t *one, const char *name)
{
    return json_string_value(json_object_get(one, name));
}

static void a_platform_tells_what_a_host_would(void **state)
{
    json_t *even = platform_at("first=2&count=1"), *odd = platform_at("first=3");
    const char *cpusvn = NULL, *pcesvn = NULL;

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(even, "index")), 2);
    assert_string_equal(text_of(even, "fmspc"), "02606f000000");
    assert_string_equal(text_of(even, "pce_id"), "0000");
    assert_int_equal(strlen(text_of(even, "qe_id")), 32);
    assert_int_equal(strlen(text_of(even, "ppid")), 32);
    assert_int_equal(strlen(text_of(even, "encrypted_ppid")), 768);
    assert_string_equal(text_of(even, "ca"), "processor");
    assert_null(json_object_get(even, "manifest"));
    assert_string_equal(text_of(odd, "ca"), "platform");
    assert_int_equal(strlen(text_of(odd, "manifest")), 2 * MANIFEST_LEN);
    assert_int_equal(
        json_unpack(even, "{s:{s:s, s:s}}", "raw", "cpusvn", &cpusvn, "pcesvn", &pcesvn),
        0);
    assert_string_equal(cpusvn, "1111000303ff00020000000000000000");
    assert_string_equal(pcesvn, "1000");
    const json_t *tcbms = json_object_get(even, "tcbms");
    assert_int_equal(json_array_size(tcbms), 13);
    assert_string_equal(json_string_value(json_array_get(tcbms, 0)), NEWEST);
    json_decref(even);
    json_decref(odd);
}

static void each_nonce_is_another_ppid_that_is_answered(void **state)
{
    json_t *first = platform_at("first=0&nonce=1"), *second = platform_at("nonce=2");
    char target[900];

    (void)state;
    assert_string_equal(text_of(first, "ppid"), text_of(second, "ppid"));
    assert_string_not_equal(text_of(first, "encrypted_ppid"),
                            text_of(second, "encrypted_ppid"));
    snprintf(target, sizeof target, CERTS "%s", text_of(first, "encrypted_ppid"));
    test_expect(&simulator, "GET", target, "", 200, "\"tcbm\":");
    snprintf(target, sizeof target, CERTS "%s", text_of(second, "encrypted_ppid"));
    test_expect(&simulator, "GET", target, "", 200, "\"tcbm\":");
    json_decref(first);
    json_decref(second);
}

static void a_million_are_addressable_in_pages(void **state)
{
    static const struct {
        const char *query;
        unsigned status;
        const char *part;
    } cases[] = {
        { "", 200, "\"index\":0" },
        { "?first=1048575", 200, "\"index\":1048575" },
        { "?first=999990&count=10", 200, "\"index\":999999" },
        { "?count=256", 200, "\"index\":255" },
        { "?count=0", 200, "[]" },
        { "?count=257", 400, "count=257: expected first=0 to 1048575, count=0 to 256" },
        { "?first=1048575&count=2", 400, "there are 1048576 platforms" },
        { "?first=1048576", 400, "first=1048576: expected" },
        { "?first=-1", 400, "expected" },
        { "?last=1", 400, "last=1: expected" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char target[100];

        snprintf(target, sizeof target, "/sim/platforms%s", cases[i].query);
        test_expect(&simulator, "GET", target, "", cases[i].status, cases[i].part);
    }
}

#define P2 "\"platform\":2"
#define TCBM ",\"tcbm\":\"" NEWEST "\""

/* Orders in turn, and what a list of platform 2 then has in it. */
static void orders_are_carried_out_or_refused(void **state)
{
    static const struct {
        const char *order;
        unsigned status;
        const char *part, *list; /* NULL: not looked at */
    } turns[] = {
        { "{\"event\":\"gap\"," P2 TCBM "}", 200, "now", "Not available" },
        { "{\"event\":\"fill\"," P2 TCBM "}", 200, "now", "\"cert\":\"-----BEGIN" },
        { "{\"event\":\"odd_pck\"," P2 TCBM ",\"how\":\"unreadable\"}", 200, "now",
          NULL },
        { "{\"event\":\"odd_pck\"," P2 TCBM ",\"how\":\"straight\"}", 200, "now", NULL },
        { "{\"event\":\"revoke_pck\"," P2 "}", 200, "now", NULL },
        { "{\"event\":\"revoke_pck\"," P2 TCBM "}", 200, "now", NULL },
        { "{\"event\":\"revoke_package\",\"platform\":3}", 200, "now", NULL },
        { "{\"event\":\"wrong_server\",\"platform\":3}", 200, "now", NULL },
        { "{\"event\":\"incompatible_package\",\"platform\":3}", 200, "now", NULL },
        { "{\"event\":\"gap\"," P2 "}", 400, "tcbm: expected 36 hex digits", NULL },
        { "{\"event\":\"gap\"," P2 ",\"tcbm\":\"12\"}", 400, "tcbm: expected", NULL },
        { "{\"event\":\"gap\"," P2 ",\"tcbm\":\"1211000303ff000200000000000000001000\"}",
          400, "tcbm: no level has 1211", NULL },
        { "{\"event\":\"gap\"," P2 ",\"tcbm\":\"1212000303ff000200000000000000001000\"}",
          400, "tcbm: no level has 1212", NULL }, /* not disclosed yet */
        { "{\"event\":\"gap\"" TCBM "}", 400, "platform: expected a number", NULL },
        { "{\"event\":\"gap\",\"platform\":1048576" TCBM "}", 400,
          "platform: expected a number from 0 to 1048575", NULL },
        { "{\"event\":\"gap\",\"platform\":\"2\"" TCBM "}", 400, "platform: expected",
          NULL },
        { "{\"event\":\"odd_pck\"," P2 TCBM "}", 400, "how: \\\"(none)\\\"", NULL },
        { "{\"event\":\"odd_pck\"," P2 TCBM ",\"how\":\"funny\"}", 400,
          "how: \\\"funny\\\" is not known", NULL },
        { "{\"event\":\"forget_platform\"," P2 TCBM "}", 400, "no member \\\"tcbm\\\"",
          NULL },
        { "{\"event\":\"gap\"," P2 TCBM ",\"how\":\"expired\"}", 400,
          "no member \\\"how\\\"", NULL },
        { "{\"event\":\"disclose\"," P2 "}", 400, "no member \\\"platform\\\"", NULL },
        { "{\"event\":\"forget_platform\"," P2 "}", 200, "now", "" },
    };
    json_t *one = platform_at("first=2");
    char target[900];

    (void)state;
    snprintf(target, sizeof target, CERTS "%s", text_of(one, "encrypted_ppid"));
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        test_expect(&simulator, "POST", "/sim/events", turns[i].order, turns[i].status,
                    turns[i].part);
        if (turns[i].list != NULL)
            test_expect(&simulator, "GET", target, "", turns[i].list[0] == 0 ? 404 : 200,
                        turns[i].list);
    }
    json_decref(one);
}

static void a_replay_has_no_platforms(void **state)
{
    (void)state;
    struct platforms *platforms = simulator.world.platforms;
    simulator.world.platforms = NULL; /* as replay.c leaves it */
    test_expect(&simulator, "GET", "/sim/platforms", "", 409, "a replayed world");
    simulator.world.platforms = platforms;
}

static int open_pcs(void **state)
{
    (void)state;
    test_simulator_open(&simulator, PCS);
    return 0;
}

static int close_simulator(void **state)
{
    (void)state;
    simulator_fini(&simulator);
    return 0;
}

#define simulated(test) cmocka_unit_test_setup_teardown(test, open_pcs, close_simulator)

int main(void)
{
    const struct CMUnitTest tests[] = {
        simulated(a_platform_tells_what_a_host_would),
        simulated(each_nonce_is_another_ppid_that_is_answered),
        simulated(a_million_are_addressable_in_pages),
        simulated(orders_are_carried_out_or_refused),
        simulated(a_replay_has_no_platforms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
