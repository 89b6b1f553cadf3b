/* SPDX-License-Identifier: Apache-2.0 */
/* A policy's keys, and for each rule a file that breaks it and the exact words. */
#include "config/baseline_policies.h"

#include <stdio.h>

#include "config/test_refusals.h"
#include "kit/text.h"

#define DAY_S 86400
#define NAME_31 "a123456789012345678901234567890"

static bool parse(const char *yaml, struct config *out, struct error *err)
{
    return config_parse(bytes_of_text(yaml), "t.yaml", out, err);
}

/* ---- what is accepted ----------------------------------------------------------- */

static void every_key_of_a_policy_fills_its_field(void **state)
{
    static const char yaml[] =
        "baselines:\n"
        "  policies:\n"
        "  - name: A-Z_09\n"
        "    follow: early\n"
        "    delay_days: 3\n"
        "    number: 18\n"
        "    until: 2026-12-01T00:00:00Z\n"
        "    why: w1\n"
        "    by: b1\n"
        "    overrides:\n"
        "    - {fmspc: 00906ED50000, number: 17, until: '2026-12-02T00:00:00Z', why: "
        "w2,\n"
        "       by: b2}\n"
        "    - fmspc: 30606a000000\n"
        "      number: 19\n"
        "      until: 2000-01-01T00:00:00Z\n" /* passed, and none of the file's business
                                               */
        "      why: w3\n"
        "      by: b3\n"
        "    max_demoted: 5%\n"
        "    hold_margin_days: 8\n"
        "    blind_delay_days: 15\n"
        "    on_hold_end: serve_expired\n"
        "    expired: {until: 2001-01-01T00:00:00Z, why: w4, by: b4}\n"
        "    choice: newer\n"
        "    min_tcb: {Milan: DB18000000000004, Turin: 5100000004010101}\n";
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(parse(yaml, &c, &err), err);
    assert_int_equal(c.baselines.count, 2);
    const struct baseline_policy *p = &c.baselines.policies[0];
    assert_string_equal(p->name, "A-Z_09");
    assert_int_equal(p->follow, FOLLOW_EARLY);
    assert_int_equal(p->delay_s, 3 * DAY_S);
    assert_int_equal(p->pin.number, 18);
    assert_string_equal(utc(p->pin.until_s).s, "2026-12-01T00:00:00Z");
    assert_string_equal(p->pin.why, "w1");
    assert_string_equal(p->pin.by, "b1");
    assert_int_equal(p->override_count, 2);
    assert_string_equal(hex(p->overrides[0].fmspc, 6).s, "00906ed50000");
    assert_int_equal(p->overrides[0].pin.number, 17);
    assert_string_equal(utc(p->overrides[0].pin.until_s).s, "2026-12-02T00:00:00Z");
    assert_string_equal(p->overrides[0].pin.why, "w2");
    assert_string_equal(p->overrides[0].pin.by, "b2");
    assert_int_equal(p->overrides[0].line, 11);
    assert_string_equal(utc(p->overrides[1].pin.until_s).s, "2000-01-01T00:00:00Z");
    assert_int_equal(p->overrides[1].line, 13);
    assert_true(p->has_max_demoted && p->max_is_percent);
    assert_int_equal(p->max_demoted, 5);
    assert_int_equal(p->hold_margin_s, 8 * DAY_S);
    assert_int_equal(p->blind_delay_s, 15 * DAY_S);
    assert_int_equal(p->hold_end, HOLD_END_SERVE_EXPIRED);
    assert_string_equal(utc(p->expired.until_s).s, "2001-01-01T00:00:00Z");
    assert_string_equal(p->expired.why, "w4");
    assert_string_equal(p->expired.by, "b4");
    assert_int_equal(p->expired.number, 0);
    assert_int_equal(p->choice, CHOICE_NEWER);
    assert_true(p->has_min_tcb[SNP_MILAN] && p->has_min_tcb[SNP_TURIN]);
    assert_false(p->has_min_tcb[SNP_GENOA]);
    assert_string_equal(tcb_version_hex(SNP_MILAN, &p->min_tcb[SNP_MILAN]).s,
                        "db18000000000004");
    assert_string_equal(tcb_version_hex(SNP_TURIN, &p->min_tcb[SNP_TURIN]).s,
                        "5100000004010101");
    assert_int_equal(p->line, 3);
    config_fini(&c);
}

static void a_policy_begins_as_steady_and_steady_stays_beside_it(void **state)
{
    const struct baseline_policy *steady = &baseline_policy_default;
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(parse("baselines: {policies: [{name: a, delay_days: 1}]}", &c, &err), err);
    assert_int_equal(c.baselines.count, 2);
    assert_int_equal(c.baselines.default_policy, 1);
    assert_string_equal(c.baselines.policies[1].name, "steady");
    assert_int_equal(c.baselines.policies[1].line, 0);
    const struct baseline_policy *a = &c.baselines.policies[0];
    assert_int_equal(a->delay_s, DAY_S);
    assert_int_equal(a->follow, steady->follow);
    assert_int_equal(a->has_max_demoted, steady->has_max_demoted);
    assert_int_equal(a->hold_margin_s, steady->hold_margin_s);
    assert_int_equal(a->blind_delay_s, steady->blind_delay_s);
    assert_int_equal(a->hold_end, steady->hold_end);
    assert_int_equal(a->choice, steady->choice);
    config_fini(&c);
}

static void how_many_may_fall_has_three_spellings(void **state)
{
    static const struct {
        const char *written;
        bool holds, is_percent;
        unsigned most;
    } cases[] = {
        { "0", true, false, 0 },         { "7", true, false, 7 },
        { "'7'", true, false, 7 },       { "0%", true, true, 0 },
        { "\"100%\"", true, true, 100 }, { "1000000000", true, false, 1000000000 },
        { "off", false, false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        char yaml[96];
        struct config c;
        snprintf(yaml, sizeof yaml, "baselines: {policies: [{name: a, max_demoted: %s}]}",
                 cases[i].written);
        assert_ok(parse(yaml, &c, &err), err);
        assert_int_equal(c.baselines.policies[0].has_max_demoted, cases[i].holds);
        assert_int_equal(c.baselines.policies[0].max_is_percent, cases[i].is_percent);
        assert_int_equal(c.baselines.policies[0].max_demoted, cases[i].most);
        config_fini(&c);
    }
}

#define POLICY(rest) "baselines:\n  policies:\n  - name: a\n" rest
#define REASON "until: 2026-12-01T00:00:00Z, why: w, by: b"

static void a_number_on_the_floor_is_allowed(void **state)
{
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(parse("baselines: {floor: 17, policies: [{name: a, number: 17, " REASON
                    "}, {name: " NAME_31 "}]}",
                    &c, &err),
              err);
    config_fini(&c);
}

/* ---- what is refused ------------------------------------------------------------ */

static const struct refusal refused[] = {
    { "a misspelt key of a policy", POLICY("    delay_day: 3\n"),
      .text = "t.yaml:4: unknown key \"delay_day\" in baselines.policies, did you mean "
              "\"delay_days\"?" },
    { "a key twice", POLICY("    number: 3\n    number: 4\n"),
      .text = "t.yaml:5: baselines.policies.number: a second time; it stands on line 4 "
              "already" },

    { "a pin without its end", POLICY("    number: 18\n    why: w\n    by: b\n"),
      .text = "t.yaml:3: baselines.policies.number: 18 needs until beside it: a pin ends "
              "on a" },
    { "a pin without its reason",
      POLICY("    number: 18\n    until: 2026-12-01T00:00:00Z\n    by: b\n"),
      .text = "t.yaml:3: baselines.policies.number: 18 needs why beside it" },
    { "a pin that nobody stands for",
      POLICY("    number: 18\n    until: 2026-12-01T00:00:00Z\n    why: w\n"),
      .text = "t.yaml:3: baselines.policies.number: 18 needs by beside it" },
    { "an end of nothing", POLICY("    until: 2026-12-01T00:00:00Z\n"),
      .text =
          "t.yaml:3: baselines.policies.until: needs number beside it: what is pinned?" },
    { "a reason for nothing", POLICY("    why: w\n"),
      .text = "t.yaml:3: baselines.policies.why: needs number beside it" },
    { "somebody for nothing", POLICY("    by: b\n"),
      .text = "t.yaml:3: baselines.policies.by: needs number beside it" },
    { "a number of zero", POLICY("    number: 0\n"),
      .text = "t.yaml:4: baselines.policies.number: 0 is outside of 1 to 100000" },
    { "a day without its time", POLICY("    number: 18\n    until: 2026-12-01\n"),
      .text = "t.yaml:5: baselines.policies.until: \"2026-12-01\" is not a time like "
              "2026-12-01T" },
    { "a day that does not exist", POLICY("    until: 2026-02-30T00:00:00Z\n"),
      .text =
          "t.yaml:4: baselines.policies.until: \"2026-02-30T00:00:00Z\" is not a time" },
    { "a day of another age", POLICY("    until: 1999-12-31T23:59:59Z\n"),
      .text = "t.yaml:4: baselines.policies.until: 1999-12-31T23:59:59Z lies before the "
              "year" },
    { "a number below the floor",
      "baselines:\n  policies:\n  - {name: a, number: 16, " REASON "}\n  floor: 17\n",
      .text = "t.yaml:3: baselines.policies.number: 16 is below baselines.floor, 17" },

    { "an override below the floor",
      "baselines:\n  floor: 17\n  policies:\n  - name: a\n    overrides:\n"
      "    - {fmspc: 00906ed50000, number: 16, " REASON "}\n",
      .text = "t.yaml:6: baselines.policies.overrides.number: 16 is below "
              "baselines.floor, 17" },
    { "an override without its end",
      POLICY("    overrides:\n    - {fmspc: 00906ed50000, number: 18, why: w, by: b}\n"),
      .text = "t.yaml:5: baselines.policies.overrides: lacks the key \"until\"" },
    { "an override of nothing",
      POLICY("    overrides:\n    - {number: 18, " REASON "}\n"),
      .text = "t.yaml:5: baselines.policies.overrides: lacks the key \"fmspc\"" },
    { "an override without a number",
      POLICY("    overrides:\n    - {fmspc: 00906ed50000, " REASON "}\n"),
      .text = "t.yaml:5: baselines.policies.overrides: lacks the key \"number\"" },
    { "an FMSPC a digit short", POLICY("    overrides:\n    - fmspc: 00906ed5000\n"),
      .text =
          "t.yaml:5: baselines.policies.overrides.fmspc: \"00906ed5000\" is not 12 hex" },
    { "an FMSPC twice",
      POLICY("    overrides:\n    - {fmspc: 00906ed50000, number: 18, " REASON "}\n"
             "    - {fmspc: 00906ED50000, number: 17, " REASON "}\n"),
      .text =
          "t.yaml:6: baselines.policies.overrides.fmspc: 00906ed50000 a second time; it "
          "stands on line 5 already" },

    { "following nobody", POLICY("    follow: latest\n"),
      .text =
          "t.yaml:4: baselines.policies.follow: \"latest\" is none of standard, early" },
    { "a delay of more than a year", POLICY("    delay_days: 366\n"),
      .text = "t.yaml:4: baselines.policies.delay_days: 366 is outside of 0 to 365" },
    { "a delay that is no number", POLICY("    delay_days: 3d\n"),
      .text = "t.yaml:4: baselines.policies.delay_days: \"3d\" is not a whole number" },
    { "a margin longer than signatures last", POLICY("    hold_margin_days: 31\n"),
      .text = "t.yaml:4: baselines.policies.hold_margin_days: 31 is outside of 0 to 30" },
    { "blind for more than a year", POLICY("    blind_delay_days: 366\n"),
      .text =
          "t.yaml:4: baselines.policies.blind_delay_days: 366 is outside of 0 to 365" },
    { "more than all", POLICY("    max_demoted: 101%\n"),
      .text = "t.yaml:4: baselines.policies.max_demoted: 101% is more than there can be; "
              "off" },
    { "more than there are", POLICY("    max_demoted: 1000000001\n"),
      .text = "t.yaml:4: baselines.policies.max_demoted: 1000000001 is more than there "
              "can be" },
    { "no number at all", POLICY("    max_demoted: never\n"),
      .text = "t.yaml:4: baselines.policies.max_demoted: \"never\" is neither a number "
              "of hosts "
              "nor a share of them (5%) nor off" },
    { "a share of nothing", POLICY("    max_demoted: '%'\n"),
      .text = "t.yaml:4: baselines.policies.max_demoted: \"%\" is neither a number" },
    { "less than nobody", POLICY("    max_demoted: -1\n"),
      .text = "t.yaml:4: baselines.policies.max_demoted: \"-1\" is neither a number" },
    { "no word for it", POLICY("    max_demoted:\n"),
      .text =
          "t.yaml:4: baselines.policies.max_demoted: has no value; expected a number, a "
          "share" },
    { "a choice that is none", POLICY("    choice: older\n"),
      .text =
          "t.yaml:4: baselines.policies.choice: \"older\" is none of any, newer, none" },

    { "an end of holds that is none", POLICY("    on_hold_end: hold\n"),
      .text = "t.yaml:4: baselines.policies.on_hold_end: \"hold\" is none of promote, "
              "refuse, "
              "serve_expired" },
    { "expired without an end", POLICY("    on_hold_end: serve_expired\n"),
      .text = "t.yaml:3: baselines.policies.on_hold_end: serve_expired needs expired "
              "beside it" },
    { "expired, but its reason",
      POLICY("    on_hold_end: serve_expired\n    expired: {by: b, until: "
             "2026-12-01T00:00:00Z}\n"),
      .text = "t.yaml:5: baselines.policies.expired: lacks the key \"why\"" },
    { "expired, with a number",
      POLICY("    on_hold_end: serve_expired\n    expired: {number: 3, " REASON "}\n"),
      .text = "t.yaml:5: unknown key \"number\" in baselines.policies.expired" },
    { "an end of what is never served", POLICY("    expired: {" REASON "}\n"),
      .text =
          "t.yaml:3: baselines.policies.expired: needs on_hold_end: serve_expired beside "
          "it" },

    { "a product nobody knows", POLICY("    min_tcb:\n      Rome: db18000000000004\n"),
      .text = "t.yaml:5: unknown key \"Rome\" in baselines.policies.min_tcb" },
    { "a TCB_VERSION a digit short",
      POLICY("    min_tcb:\n      Milan: db1800000000000\n"),
      .text = "t.yaml:5: baselines.policies.min_tcb.Milan: \"db1800000000000\" is not 16 "
              "hex" },
    { "a TCB_VERSION of another product",
      POLICY("    min_tcb:\n      Milan: 5100000004010101\n"),
      .text = "t.yaml:5: baselines.policies.min_tcb.Milan: TCB_VERSION 5100000004010101: "
              "byte "
              "2" },
};

static void every_bad_policy_is_refused_with_line_key_and_reason(void **state)
{
    (void)state;
    assert_refusals(refused, COUNT_OF(refused));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_a_policy_fills_its_field),
        cmocka_unit_test(a_policy_begins_as_steady_and_steady_stays_beside_it),
        cmocka_unit_test(how_many_may_fall_has_three_spellings),
        cmocka_unit_test(a_number_on_the_floor_is_allowed),
        cmocka_unit_test(every_bad_policy_is_refused_with_line_key_and_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
