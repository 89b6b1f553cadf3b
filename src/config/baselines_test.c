/* SPDX-License-Identifier: Apache-2.0 */
/* The baselines section: every key, and for each rule a file that breaks it and the exact
 * words. */
#include "config/baselines.h"

#include "config/test_refusals.h"

#define DAY_S 86400

static bool parse(const char *yaml, struct config *out, struct error *err)
{
    return config_parse(bytes_of_text(yaml), "t.yaml", out, err);
}

/* ---- what is accepted ----------------------------------------------------------- */

static void every_key_of_the_section_fills_its_field(void **state)
{
    static const char yaml[] = "baselines:\n"
                               "  default: canary\n"
                               "  floor: 17\n"
                               "  host_ttl_days: 31\n"
                               "  webhook: http://127.0.0.1:9/a/\n"
                               "  webhook_ca_file: /ca\n"
                               "  policies:\n"
                               "  - {name: canary}\n"
                               "  - {name: steady, choice: none}\n"
                               "  rules:\n"
                               "  - addresses:\n"
                               "    - 10.0.0.0/8\n"
                               "    - 2001:db8::/32\n"
                               "    baseline: steady\n"
                               "  - {baseline: canary, addresses: [10.1.0.0/16]}\n"
                               "deny_file: /d\n"
                               "tcb_releases_file: /r\n";
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(parse(yaml, &c, &err), err);
    assert_string_equal(c.deny_file, "/d");
    assert_string_equal(c.tcb_releases_file, "/r");
    assert_string_equal(c.baseline_webhook, "http://127.0.0.1:9/a/");
    assert_string_equal(c.baseline_webhook_ca_file, "/ca");
    const struct baseline_law *law = &c.baselines;
    assert_int_equal(law->count, 2);
    assert_string_equal(law->policies[0].name, "canary");
    assert_int_equal(law->policies[0].line, 8);
    assert_string_equal(law->policies[1].name, "steady");
    assert_int_equal(law->policies[1].choice, CHOICE_NONE);
    assert_int_equal(law->default_policy, 0);
    assert_int_equal(law->floor, 17);
    assert_int_equal(law->host_ttl_s, 31 * DAY_S);
    assert_int_equal(law->rule_count, 3);
    assert_int_equal(law->rules[0].address_len, 4);
    assert_int_equal(law->rules[0].prefix_bits, 8);
    assert_int_equal(law->rules[0].baseline, 1);
    assert_int_equal(law->rules[0].line, 12);
    assert_int_equal(law->rules[1].address_len, 16);
    assert_int_equal(law->rules[1].prefix_bits, 32);
    assert_int_equal(law->rules[1].baseline, 1);
    assert_int_equal(law->rules[2].baseline, 0);
    assert_int_equal(law->rules[2].line, 15);
    /* overlapping is no contradiction: the first that fits */
    assert_ptr_equal(baseline_rule_for(law, bytes_of("\x0a\1\2\3", 4)), &law->rules[0]);
    config_fini(&c);
}

static void nothing_in_the_section_is_the_default(void **state)
{
    static const char *const nothing[] = { "", "baselines: {}", "baselines: {rules: []}",
                                           "baselines: {policies: [], default: steady}" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(nothing); i++) {
        struct error err = { 0 };
        struct config c;
        assert_ok(parse(nothing[i], &c, &err), err);
        assert_int_equal(c.baselines.count, 1);
        assert_string_equal(c.baselines.policies[c.baselines.default_policy].name,
                            "steady");
        assert_int_equal(c.baselines.rule_count, 0);
        assert_int_equal(c.baselines.floor, 0);
        assert_int_equal(c.baselines.host_ttl_s, 30 * DAY_S);
        assert_null(c.baseline_webhook);
        config_fini(&c);
    }
}

static void the_example_of_azures_practice_loads(void **state)
{
    struct error err = { 0 };
    struct config c;

    (void)state;
    assert_ok(config_read(TEST_SOURCE_ROOT "/doc/azure-like.yaml", &c, &err), err);
    const struct baseline_policy *p = &c.baselines.policies[c.baselines.default_policy];
    assert_string_equal(p->name, "azure-like");
    assert_true(p->pin.number > 0 && p->pin.until_s > 0);
    assert_int_equal(p->hold_end, HOLD_END_SERVE_EXPIRED);
    assert_true(p->expired.until_s > 0);
    config_fini(&c);
}

static void the_longest_lists_fit(void **state)
{
    struct error err = { 0 };
    struct config c;
    struct buf yaml;

    (void)state;
    buf_init(&yaml, 65536);
    buf_add_text(&yaml, "baselines:\n  policies:\n");
    for (int i = 1; i < BASELINES_MAX; i++)
        buf_addf(&yaml, "  - {name: a%d}\n", i);
    buf_add_text(&yaml, "  rules:\n  - baseline: a1\n    addresses:\n");
    for (int i = 0; i < BASELINE_RULES_MAX; i++)
        buf_addf(&yaml, "    - 10.0.%d.0/24\n", i);
    assert_ok(config_parse(buf_bytes(&yaml), "t.yaml", &c, &err), err);
    assert_int_equal(c.baselines.count, BASELINES_MAX);
    assert_int_equal(c.baselines.rule_count, BASELINE_RULES_MAX);
    config_fini(&c);
    buf_add_text(&yaml, "  - {baseline: a2, addresses: [10.1.0.0/24]}\n");
    assert_false(config_parse(buf_bytes(&yaml), "t.yaml", &c, &err));
    assert_refused(err, ERROR_FORMAT,
                   "t.yaml:277: baselines.rules.addresses: more than 256 addresses in");
    buf_fini(&yaml);
}

/* ---- what is refused ------------------------------------------------------------ */

#define RULES(rest) "baselines:\n  policies: [{name: canary}]\n  rules:\n" rest
#define NAME_31 "a123456789012345678901234567890"

static const struct refusal refused[] = {
    { "a misspelt key", "baselines:\n  polices: []\n",
      .text =
          "t.yaml:2: unknown key \"polices\" in baselines, did you mean \"policies\"?" },
    { "no section", "baselines: [steady]\n",
      .text = "t.yaml:1: baselines: is a list; expected keys with values" },

    { "a policy without a name", "baselines:\n  policies:\n  - {follow: early}\n",
      .text = "t.yaml:3: baselines.policies: lacks the key \"name\"" },
    { "a name of two words", "baselines:\n  policies:\n  - name: a b\n",
      .text = "t.yaml:3: baselines.policies.name: \"a b\" has more in it than letters, "
              "digits" },
    { "a name that is none in a URL", "baselines:\n  policies:\n  - name: a.b\n",
      .text = "t.yaml:3: baselines.policies.name: \"a.b\" has more in it than letters, "
              "digits" },
    { "a name of 32 letters", "baselines:\n  policies: [{name: " NAME_31 "x}]\n",
      .text = "t.yaml:2: baselines.policies.name: is 32 bytes long, expected 1 to 31",
      .kind = ERROR_LIMIT },
    { "two policies of one name",
      "baselines:\n  policies:\n  - {name: a}\n  - {name: b}\n  - {name: a}\n",
      .text = "t.yaml:5: baselines.policies.name: \"a\" is the name of the policy on "
              "line 3" },
    { "a policy too many",
      "baselines:\n  policies: [{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, "
      "{}, "
      "{}]\n",
      .text = "t.yaml:2: baselines.policies: has 16 items, expected 0 to 15",
      .kind = ERROR_LIMIT },
    { "a floor past all numbers", "baselines:\n  floor: 100001\n",
      .text = "t.yaml:2: baselines.floor: 100001 is outside of 0 to 100000" },
    { "hosts that count for no day", "baselines:\n  host_ttl_days: 0\n",
      .text = "t.yaml:2: baselines.host_ttl_days: 0 is outside of 1 to 3650" },

    { "a default that is no policy", "baselines:\n  default: canary\n",
      .text =
          "t.yaml:2: baselines.default: no policy is named \"canary\": write one below" },
    { "a misspelt default", "baselines:\n  default: Steady\n",
      .text = "t.yaml:2: baselines.default: no policy is named \"Steady\", did you mean "
              "\"steady\"?" },
    { "a rule's baseline that is no policy",
      RULES("  - {addresses: [10.0.0.0/8], baseline: canery}\n"),
      .text = "t.yaml:4: baselines.rules.baseline: no policy is named \"canery\", did "
              "you mean "
              "\"canary\"?" },
    { "a rule for nobody", RULES("  - {addresses: [], baseline: canary}\n"),
      .text = "t.yaml:4: baselines.rules.addresses: expected a list of addresses: "
              "[10.0.0.0/8]" },
    { "a rule without addresses", RULES("  - {baseline: canary}\n"),
      .text = "t.yaml:4: baselines.rules: lacks the key \"addresses\"" },
    { "a rule without a baseline", RULES("  - {addresses: [10.0.0.0/8]}\n"),
      .text = "t.yaml:4: baselines.rules: lacks the key \"baseline\"" },
    { "an address by itself", RULES("  - {addresses: 10.0.0.0/8, baseline: canary}\n"),
      .text = "t.yaml:4: baselines.rules.addresses: expected a list of addresses: "
              "[10.0.0.0/8]" },
    { "a prefix with bits behind it",
      RULES("  - baseline: canary\n    addresses:\n    - 10.0.0.0/8\n    - 10.0.0.1/8\n"),
      .text =
          "t.yaml:7: baselines.rules.addresses: \"10.0.0.1/8\" has bits set behind its "
          "prefix: "
          "10.0.0.0/8" },
    { "an address that is none", RULES("  - {addresses: [{}], baseline: canary}\n"),
      .text = "t.yaml:4: baselines.rules.addresses: is a mapping; expected an address "
              "with its" },
    { "rules that contradict each other",
      RULES("  - {addresses: [10.0.0.0/8], baseline: canary}\n"
            "  - {addresses: [10.0.0.0/9], baseline: steady}\n"
            "  - {addresses: [10.0.0.0/8], baseline: steady}\n"),
      .text =
          "t.yaml:6: baselines.rules.addresses: 10.0.0.0/8 is given \"canary\" on line 4 "
          "already: the first rule that fits counts" },
    { "an address twice in one rule",
      RULES("  - {addresses: ['::1', '0:0::1/128'], baseline: canary}\n"),
      .text =
          "t.yaml:4: baselines.rules.addresses: ::1/128 is given \"canary\" on line 4" },

    { "alerts in the clear", "baselines:\n  webhook: http://alerts.example/\n",
      .text = "t.yaml:2: baselines.webhook: \"http://alerts.example/\" is plain http "
              "beyond" },
    { "alerts to a proxy", "baselines:\n  webhook: socks5h://alerts.example\n",
      .text =
          "t.yaml:2: baselines.webhook: \"socks5h://alerts.example\" is no https URL" },
    { "certificates for nothing", "baselines:\n  webhook_ca_file: /ca\n",
      .text = "t.yaml:2: baselines.webhook_ca_file: needs webhook beside it" },
    { "a deny list of no place", "deny_file: deny.yaml\n",
      .text = "t.yaml:1: deny_file: \"deny.yaml\" does not begin with \"/\"" },
    { "a key of the left margin", "baselines:\n  deny_file: /d\n",
      .text = "t.yaml:2: unknown key \"deny_file\" in baselines, it stands at the left "
              "margin" },
};

static void every_bad_file_is_refused_with_line_key_and_reason(void **state)
{
    (void)state;
    assert_refusals(refused, COUNT_OF(refused));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_the_section_fills_its_field),
        cmocka_unit_test(nothing_in_the_section_is_the_default),
        cmocka_unit_test(the_example_of_azures_practice_loads),
        cmocka_unit_test(the_longest_lists_fit),
        cmocka_unit_test(every_bad_file_is_refused_with_line_key_and_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
