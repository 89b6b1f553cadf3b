/* SPDX-License-Identifier: Apache-2.0 */
/* The probes, as an orchestrator sees them. */
#include "serve/front_health.h"

#include "serve/test_amd_world.h"
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
    char why[FRONT_WHY_MAX];
    struct house house;

    (void)state;
    house_open(&house);
    check_health(&house, "/livez", 200, "\r\n\r\nok\n");
    check_health(&house, "/healthz/live", 200, "no-store");
    check_health(&house, "/healthz/startup", 503, "THIM-Error: not_started");
    /* ready does not wait for an upstream: what is held will do */
    check_health(&house, "/healthz/ready", 200, "ok\n");
    check_health(&house, "/readyz", 200, "ok\n");
    check_health(&house, "/readyz?verbose", 200, "[+] Intel: one valid set\n");
    check_health(&house, "/readyz?verbose", 200,
                 "[ ] AMD: does not count, without issuer chain\n"
                 "[+] baseline steady, sgx: 17, follows\n"
                 "[+] baseline steady, tdx: 17, follows\n"
                 "[ ] first refresh under way");
    assert_true(front_is_ready(house.front, why));
    assert_string_equal(why, "");
    front_set_started(house.front);
    check_health(&house, "/healthz/startup", 200, "ok\n");
    check_health(&house, "/readyz?verbose", 200, "[+] first refresh done");
    check_health(&house, "/healthz", 404, "route_unknown");

    assert_true(clock_step_to(house.clock, STOCK_DUE_S + 1));
    check_health(
        &house, "/readyz", 503,
        "no valid set of Intel's is held; in date there is no PCK CRL, TCB info, "
        "identity\r\n");
    assert_false(front_is_ready(house.front, why));
    assert_string_equal(why, "no valid set of Intel's is held; in date there is no PCK "
                             "CRL, TCB info, identity");
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

/* ---- baselines ------------------------------------------------------------------ */

static void publish_under(struct house *house, const struct baseline_law *law)
{
    OWNED(law_book_release) struct law_book *book = NULL;
    OWNED(baseline_view_release) const struct baseline_view *view = NULL;
    struct error err = { 0 };

    assert_ok(law_book_make(law, NULL, &book, &err), err);
    struct baseline_view_spec spec = { .book = book,
                                       .holdings = house->stock.holdings,
                                       .now_s = STOCK_NOW_S };
    assert_ok(baseline_view_make(&spec, &view, &err), err);
    assert_ok(front_publish(house->front, view, &err), err);
}

static void a_lost_pin_is_named_and_nothing_in_the_way(void **state)
{
    static const struct {
        const char *name;
        uint32_t number;
        int64_t until_s;
        bool is_lost;
    } cases[] = {
        { "stands", 17, STOCK_NOW_S, false },
        { "its day has passed", 17, STOCK_NOW_S - 1, true },
        { "its number is not held", 99, STOCK_NOW_S, true },
    };
    struct baseline_policy policy = baseline_policy_default;
    const struct baseline_law law = { .policies = &policy, .count = 1 };
    static const char line[] = ", its pin is lost\n";
    struct house house;

    (void)state;
    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        policy.pin = (struct baseline_pin){ .number = cases[i].number,
                                            .until_s = cases[i].until_s };
        publish_under(&house, &law);
        struct test_answer answer = get(&house, "/readyz?verbose", "");
        assert_int_equal(answer.status, 200);
        if ((strstr(buf_text(&answer.text), line) != NULL) != cases[i].is_lost)
            fail_msg("%s: %s", cases[i].name, buf_text(&answer.text));
        test_forget(&answer);
    }
    house_close(&house);
}

/* ---- by vendor ------------------------------------------------------------------ */

enum held { NOTHING, CHAIN_ONLY, ALL };

struct estate { /* all that readiness looks at */
    struct stock held, empty;
    struct amd_world world;
    struct config config;
    struct clock *clock;
    struct shelf *shelves[2];
    struct amd_law *laws[3]; /* by enum held */
};

static struct shelf *shelf_of(const struct stock *stock)
{
    struct shelf_options options = { .now_s = STOCK_NOW_S, .max_age_s = 3600 };
    OWNED(baseline_view_release)
    const struct baseline_view *view = test_view_of(stock->holdings, STOCK_NOW_S);
    struct shelf *shelf;
    struct error err = { 0 };

    assert_ok(shelf_build(view, &options, &shelf, &err), err);
    return shelf;
}

static void estate_open(struct estate *estate)
{
    *estate = (struct estate){ .clock = clock_standing_at(TEST_AMD_NOW_S) };
    stock_open(&estate->held);
    stock_fill(&estate->held);
    stock_open(&estate->empty);
    amd_world_open(&estate->world);
    config_defaults(&estate->config);
    estate->config.state_directory = estate->held.directory;
    estate->shelves[0] = shelf_of(&estate->empty);
    estate->shelves[1] = shelf_of(&estate->held);
    estate->laws[NOTHING] = amd_law_make(NULL);
    estate->laws[CHAIN_ONLY] = amd_law_make(NULL);
    amd_law_set_issuer(estate->laws[CHAIN_ONLY],
                       estate->world.law->issuers[SNP_TURIN][VEK_VCEK], TEST_AMD_NOW_S);
    estate->laws[ALL] = amd_law_hold(estate->world.law);
}

static void estate_close(struct estate *estate)
{
    for (size_t i = 0; i < COUNT_OF(estate->laws); i++)
        amd_law_release(estate->laws[i]);
    for (size_t i = 0; i < COUNT_OF(estate->shelves); i++)
        shelf_free(estate->shelves[i]);
    amd_world_close(&estate->world);
    stock_close(&estate->held);
    stock_close(&estate->empty);
    config_fini(&estate->config);
    clock_close(estate->clock);
}

static struct chips *chips_under(const struct estate *estate, const struct amd_law *law)
{
    struct chips_options options = { .config = &estate->config, .clock = estate->clock };
    struct chips *chips;
    struct error err = { 0 };

    assert_ok(chips_create(&options, &chips, &err), err);
    assert_ok(chips_publish(chips, law, &err), err);
    return chips;
}

#define NO_INTEL                                                               \
    "no valid set of Intel's is held; in date there is no root CRL, PCK CRL, " \
    "TCB info, identity"
#define NO_AMD "no valid set of AMD's is held; in date there is no "

/* Intel's upstream is asked, or not, or nobody ever is; AMD is spoken of, or not. */
static void each_vendor_counts_where_it_is_wanted(void **state)
{
    enum { ASKED, UNASKED, OFFLINE };
    static const struct {
        const char *claim;
        int intel;
        bool intel_held, amd_section, amd_unasked, crl_optional;
        enum held amd_held;
        const char *why; /* "": ready */
    } cases[] = {
        { "default, a KDS that is not reached", ASKED, .intel_held = true, .why = "" },
        { "default, just started", ASKED, .why = NO_INTEL },
        { "default, AMD's came first", ASKED, .amd_held = ALL, .why = NO_INTEL },
        { "both wanted, one there", ASKED, .intel_held = true, .amd_section = true,
          .why = NO_AMD "issuer chain" },
        { "both wanted, neither there", ASKED, .amd_section = true,
          .why = NO_INTEL ", and " NO_AMD "issuer chain" },
        { "both wanted and there", ASKED, .intel_held = true, .amd_section = true,
          .amd_held = ALL, .why = "" },
        { "AMD alone", UNASKED, .amd_section = true, .amd_held = ALL, .why = "" },
        { "AMD alone, Intel offline", OFFLINE, .amd_section = true, .amd_held = ALL,
          .why = "" },
        { "AMD alone, without its CRL", UNASKED, .amd_section = true,
          .amd_held = CHAIN_ONLY, .why = NO_AMD "CRL" },
        { "AMD alone, its CRL optional", UNASKED, .amd_section = true,
          .crl_optional = true, .amd_held = CHAIN_ONLY, .why = "" },
        { "AMD alone, just started", UNASKED, .amd_section = true,
          .why = NO_AMD "issuer chain" },
        { "AMD alone, nobody asked any more, still held", UNASKED, .amd_section = true,
          .amd_unasked = true, .amd_held = ALL, .why = "" },
        { "AMD switched off", ASKED, .intel_held = true, .amd_section = true,
          .amd_unasked = true, .why = "" },
        { "Intel's from a bundle", OFFLINE, .intel_held = true, .why = "" },
        { "Intel's from a bundle, beside AMD", OFFLINE, .intel_held = true,
          .amd_section = true, .why = NO_AMD "issuer chain" },
        { "nothing wanted, nothing held", UNASKED, .amd_section = true,
          .amd_unasked = true, .why = NO_INTEL },
    };
    struct estate estate;
    char why[FRONT_WHY_MAX];

    (void)state;
    estate_open(&estate);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct config *config = &estate.config;
        config->intel.upstream_count = cases[i].intel != UNASKED;
        config->intel.fill = cases[i].intel == OFFLINE ? FILL_OFFLINE : FILL_LAZY;
        config->amd.line = cases[i].amd_section ? 7 : 0;
        config->amd.upstream_count = !cases[i].amd_unasked;
        config->amd.crl = cases[i].crl_optional ? AMD_CRL_OPTIONAL : AMD_CRL_REQUIRED;
        OWNED(chips_destroy)
        struct chips *chips = chips_under(&estate, estate.laws[cases[i].amd_held]);
        struct health health = { .config = config,
                                 .shelf = estate.shelves[cases[i].intel_held],
                                 .chips = chips,
                                 .now_s = STOCK_NOW_S };
        bool is_ready = health_is_ready(&health, why, sizeof why);
        if (is_ready != (cases[i].why[0] == 0) || strcmp(why, cases[i].why) != 0)
            fail_msg("%s: %s", cases[i].claim, why);
    }
    estate_close(&estate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(health_is_told_as_it_is),
        cmocka_unit_test(nothing_published_is_not_ready),
        cmocka_unit_test(a_lost_pin_is_named_and_nothing_in_the_way),
        cmocka_unit_test(each_vendor_counts_where_it_is_wanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
