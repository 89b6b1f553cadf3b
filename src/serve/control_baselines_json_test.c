/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_baselines_json.h"

#include "kit/test.h"
#include "serve/test_json.h"

enum { DAY_S = 86400 };

static const int64_t now_s = INT64_C(1750377600); /* 2025-06-20T00:00:00Z */

static const struct baseline_override overrides[] = {
    { .fmspc = { 0x30, 0x60, 0x6a },
      .pin = { 16, 1753920000, "a driver\xc3\xa9 is late", "Jo" } },
};
static const struct baseline_policy policy = {
    .name = "azure-like",
    .follow = FOLLOW_STANDARD,
    .delay_s = 3 * DAY_S,
    .pin = { 16, 1753920000, "as Azure does", "Jo" },
    .overrides = overrides,
    .override_count = 1,
    .has_max_demoted = true,
    .max_is_percent = true,
    .max_demoted = 5,
    .hold_margin_s = 7 * DAY_S,
    .blind_delay_s = 14 * DAY_S,
    .hold_end = HOLD_END_SERVE_EXPIRED,
    .choice = CHOICE_NEWER,
    .has_min_tcb[SNP_TURIN] = true,
    .line = 12,
};
static const struct baseline_rule rules[] = {
    { .address = { 0x20, 0x01, 0x0d, 0xb8 }, .address_len = 16, .prefix_bits = 32 },
    { .address = { 10 }, .address_len = 4, .prefix_bits = 8, .baseline = 1 },
};
static const struct baseline_law law = {
    .policies = &policy, .count = 1, .rules = rules, .rule_count = 2, .floor = 15
};

/* 16 was withdrawn, 17 is standard, 18 is early; nothing is held for TDX. */
static void set_view(struct baseline_view *view, struct holdings *holdings,
                     struct baseline_stand stands[1][2],
                     const struct evaluation_numbers *list)
{
    static const struct set_number numbers[] = {
        { .number = 18, .fmspcs = 1, .until_s = INT64_MAX },
        { .number = 17,
          .is_whole = true,
          .has_identity = true,
          .fmspcs = 2,
          .until_s = 1752969600 },
        { .number = 16,
          .is_whole = true,
          .has_identity = true,
          .fmspcs = 2,
          .until_s = 1751241600 },
    };
    struct set_shelf *shelf = &view->sets.of[0];

    *view = (struct baseline_view){ .law = &law, .holdings = holdings, .now_s = now_s };
    memcpy(shelf->numbers, numbers, sizeof numbers);
    shelf->number_count = COUNT_OF(numbers);
    shelf->fmspc_count = 2;
    shelf->standard = shelf->newest_standard = 17;
    shelf->early = 18;
    shelf->list = list;
    memset(stands, 0, 2 * sizeof stands[0][0]);
    stands[0][0].number = 16;
    stands[0][0].previous = 15;
    stands[0][0].state = (struct baseline_state){ .number = 16,
                                                  .since_s = now_s - DAY_S,
                                                  .held_until_s = HELD_TO_THE_END };
    stands[0][0].effect = (struct baseline_effect){ 16, 17, 22, 7, 1 };
    stands[0][0].decision =
        (struct baseline_decision){ .number = 16,
                                    .target = 17,
                                    .reason = REASON_HELD,
                                    .hold_ends_s = 1750636800,
                                    .why = "holds 16: 7 of 22 hosts would fall" };
    stands[0][1].decision.reason = REASON_NOTHING;
    view->stands = (const struct baseline_stand(*)[2])stands;
}

static void a_baseline_is_shown_whole(void **state)
{
    static const struct {
        const char *path, *expected;
    } cases[] = {
        { "name", "azure-like" },
        { "default", "true" },
        { "follow", "standard" },
        { "sgx.number", "16" },
        { "sgx.since", "2025-06-19T00:00:00Z" },
        { "sgx.target", "17" },
        { "sgx.reason", "held" },
        { "sgx.why", "holds 16: 7 of 22 hosts would fall" },
        { "sgx.hold_ends", "2025-06-23T00:00:00Z" },
        { "sgx.standard", "17" },
        { "sgx.early", "18" },
        { "sgx.tcb_date", "2024-11-13T00:00:00Z" },
        { "sgx.expected.number", "18" },
        { "sgx.effect.demoted", "7" },
        { "sgx.previous", "15" },
        { "sgx.held", "true" },
        { "sgx.held_until", "null" },
        { "sgx.numbers.0.whole", "false" },
        { "sgx.numbers.0.ends", "null" },
        { "sgx.numbers.0.early", "true" },
        { "sgx.numbers.0.listed", "true" },
        { "sgx.numbers.0.withdrawn", "false" },
        { "sgx.numbers.1.standard", "true" },
        { "sgx.numbers.1.of", "2" },
        { "sgx.numbers.2.withdrawn", "true" },
        { "sgx.numbers.2.ends", "2025-06-30T00:00:00Z" },
        { "tdx.number", "null" },
        { "tdx.reason", "nothing" },
        { "tdx.effect", "null" },
        { "tdx.expected", "null" },
        { "policy.line", "12" },
        { "policy.delay_days", "3" },
        { "policy.max_demoted.percent", "5" },
        { "policy.on_hold_end", "serve_expired" },
        { "policy.choice", "newer" },
        { "policy.pin.number", "16" },
        { "policy.pin.until", "2025-07-31T00:00:00Z" },
        { "policy.expired", "null" },
        { "policy.overrides.0.fmspc", "30606a000000" },
        { "policy.overrides.0.why", "a driver\\xc3\\xa9 is late" },
        { "policy.min_tcb.Turin", "0000000000000000" },
        { "policy.min_tcb.Milan", "(none)" },
        { "rules.0", "2001:db8::/32" },
        { "rules.1", "(none)" },
    };
    static const struct evaluation_numbers list = {
        .numbers = { { 18, 1747180800, 1747180800 },
                     { 17, 1731456000, 1731456000 },
                     { 16, 1731456000, 1731456000 } },
        .count = 3,
    };
    struct holdings holdings = { .generation = 41 };
    struct baseline_stand stands[1][2];
    struct baseline_view view;

    (void)state;
    set_view(&view, &holdings, stands, &list);
    json_t *json = baseline_whole_json(&view, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (strcmp(json_word(json, cases[i].path), cases[i].expected) != 0)
            fail_msg("%s is %s, not %s", cases[i].path, json_word(json, cases[i].path),
                     cases[i].expected);
    json_decref(json);
    json = baselines_json(&view);
    assert_string_equal(json_word(json, "generation"), "41");
    assert_string_equal(json_word(json, "floor"), "15");
    assert_string_equal(json_word(json, "baselines.0.sgx.number"), "16");
    assert_string_equal(json_word(json, "baselines.0.sgx.numbers"), "(none)");
    json_decref(json);
}

static void without_a_list_nothing_is_expected(void **state)
{
    struct holdings holdings = { .generation = 41 };
    struct baseline_stand stands[1][2];
    struct baseline_view view;

    (void)state;
    set_view(&view, &holdings, stands, NULL);
    json_t *json = baseline_whole_json(&view, 0);
    assert_string_equal(json_word(json, "sgx.expected"), "null");
    assert_string_equal(json_word(json, "sgx.tcb_date"), "null");
    assert_string_equal(json_word(json, "sgx.numbers.0.listed"), "false");
    json_decref(json);
}

static void a_row_of_history_has_its_effect_and_no_byte_that_prints_otherwise(
    void **state)
{
    struct baseline_row row = { .row = 9,
                                .generation = 42,
                                .at_s = now_s,
                                .baseline = "steady",
                                .tee = TEE_TDX,
                                .step = "promoted",
                                .to = 18,
                                .who = "uid 0",
                                .why = "a\x1b[31m very long reason, longer than what one "
                                       "line of the escaper holds: the drivers of the "
                                       "second rack were late, and so was everybody who "
                                       "has to do with them, but now they are there",
                                .effect = "{\"falls\":7}" };

    (void)state;
    json_t *json = baseline_row_json(&row);
    assert_string_equal(json_word(json, "tee"), "tdx");
    assert_string_equal(json_word(json, "from"), "null");
    assert_string_equal(json_word(json, "to"), "18");
    assert_string_equal(json_word(json, "effect.falls"), "7");
    assert_non_null(strstr(json_word(json, "why"), "a\\x1b[31m"));
    assert_non_null(strstr(json_word(json, "why"), "now they are there"));
    json_decref(json);
    row.effect = "";
    json = baseline_row_json(&row);
    assert_string_equal(json_word(json, "effect"), "null");
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_baseline_is_shown_whole),
        cmocka_unit_test(without_a_list_nothing_is_expected),
        cmocka_unit_test(
            a_row_of_history_has_its_effect_and_no_byte_that_prints_otherwise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
