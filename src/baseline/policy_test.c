/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/policy.h"

#include <arpa/inet.h>

#include "kit/test.h"

static void without_configuration_there_is_steady_alone(void **state)
{
    const struct baseline_law *law = &baseline_law_default;
    const struct baseline_policy *steady = &law->policies[0];

    (void)state;
    assert_int_equal(law->count, 1);
    assert_int_equal(law->default_policy, 0);
    assert_int_equal(law->rule_count, 0);
    assert_int_equal(law->floor, 0);
    assert_int_equal(law->host_ttl_s, 30 * 86400);
    assert_string_equal(steady->name, "steady");
    assert_int_equal(steady->follow, FOLLOW_STANDARD);
    assert_int_equal(steady->delay_s, 0);
    assert_int_equal(steady->pin.number, 0);
    assert_int_equal(steady->override_count, 0);
    assert_true(steady->has_max_demoted);
    assert_false(steady->max_is_percent);
    assert_int_equal(steady->max_demoted, 0);
    assert_int_equal(steady->hold_margin_s, 7 * 86400);
    assert_int_equal(steady->blind_delay_s, 14 * 86400);
    assert_int_equal(steady->hold_end, HOLD_END_PROMOTE);
    assert_int_equal(steady->choice, CHOICE_ANY);
    for (size_t i = 0; i < COUNT_OF(steady->has_min_tcb); i++)
        assert_false(steady->has_min_tcb[i]);
    assert_int_equal(steady->line, 0);
}

static void a_name_is_found_letter_for_letter(void **state)
{
    static const struct baseline_policy policies[] = {
        { .name = "steady" },
        { .name = "canary" },
        { .name = "canary-2" },
    };
    static const struct baseline_law law = { .policies = policies, .count = 3 };
    static const struct {
        const char *name;
        size_t index;
    } cases[] = {
        { "steady", 0 },           { "canary", 1 },       { "canary-2", 2 },
        { "Canary", SIZE_MAX },    { "canar", SIZE_MAX }, { "canary-", SIZE_MAX },
        { "canary-2 ", SIZE_MAX }, { "", SIZE_MAX },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(baseline_named(&law, bytes_of_text(cases[i].name)),
                         cases[i].index);
    assert_int_equal(baseline_named(&law, bytes_of("canary\0", 7)), SIZE_MAX);
}

/* ---- rules ---------------------------------------------------------------------- */

static struct bytes address_of(const char *text, uint8_t out[16])
{
    bool is_v6 = strchr(text, ':') != NULL;

    assert_int_equal(inet_pton(is_v6 ? AF_INET6 : AF_INET, text, out), 1);
    return bytes_of(out, is_v6 ? 16 : 4);
}

static struct baseline_rule rule_of(const char *address, unsigned bits, size_t baseline)
{
    struct baseline_rule rule = { .prefix_bits = bits, .baseline = baseline };

    rule.address_len = address_of(address, rule.address).len;
    return rule;
}

static void the_first_rule_that_fits_counts(void **state)
{
    const struct baseline_rule rules[] = {
        rule_of("10.1.0.0", 16, 0),     rule_of("10.0.0.0", 9, 1),
        rule_of("192.0.2.7", 32, 2),    rule_of("2001:db8:8000::", 33, 3),
        rule_of("2001:db8::1", 128, 4), rule_of("::", 0, 5),
        rule_of("10.0.0.0", 8, 6),
    };
    const struct baseline_law law = { .rules = rules, .rule_count = COUNT_OF(rules) };
    static const struct {
        const char *address;
        size_t baseline; /* SIZE_MAX: no rule */
    } cases[] = {
        { "10.1.2.3", 0 },
        { "10.2.0.0", 1 },
        { "10.127.255.255", 1 },
        { "10.128.0.0", 6 }, /* one bit past the second */
        { "11.0.0.0", SIZE_MAX },
        { "192.0.2.7", 2 },
        { "192.0.2.6", SIZE_MAX },
        { "2001:db8:8000::5", 3 },
        { "2001:db8:ffff:ffff::", 3 },
        { "2001:db8:7fff::", 5 },
        { "2001:db8::1", 4 },
        { "2001:db8::2", 5 },
        { "::ffff:10.1.2.3", 0 },         /* as a listener on all addresses sees it */
        { "::ffff:192.0.2.6", SIZE_MAX }, /* and not by "::" */
        { "::fffe:10.1.2.3", 5 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t address[16];
        const struct baseline_rule *rule =
            baseline_rule_for(&law, address_of(cases[i].address, address));
        size_t baseline = rule == NULL ? SIZE_MAX : rule->baseline;
        if (baseline != cases[i].baseline)
            fail_msg("%s is given %zu", cases[i].address, baseline);
    }
    assert_null(baseline_rule_for(&law, bytes_of(NULL, 0)));
    assert_null(baseline_rule_for(&baseline_law_default, bytes_of("\x0a\1\2\3", 4)));
}

static void every_address_is_a_prefix_too(void **state)
{
    const struct baseline_rule all = rule_of("0.0.0.0", 0, 1);
    const struct baseline_law law = { .rules = &all, .rule_count = 1 };

    (void)state;
    assert_ptr_equal(baseline_rule_for(&law, bytes_of("\xff\xff\xff\xff", 4)), &all);
    assert_null(baseline_rule_for(&law, bytes_of(&(struct in6_addr){ 0 }, 16)));
}

/* ---- overrides ------------------------------------------------------------------ */

static void an_override_counts_until_its_day(void **state)
{
    static const struct baseline_override overrides[] = {
        { .fmspc = { 0, 0x90, 0x6e, 0xd5 }, .pin = { .number = 17, .until_s = 1000 } },
        { .fmspc = { 0x30, 0x60, 0x6a }, .pin = { .number = 18, .until_s = 2000 } },
    };
    static const struct baseline_policy policy = { .overrides = overrides,
                                                   .override_count = 2 };
    static const uint8_t other[6] = { 0x30, 0x60, 0x6a, 0, 0, 1 };

    (void)state;
    assert_ptr_equal(baseline_override_for(&policy, overrides[0].fmspc, 999),
                     &overrides[0]);
    assert_null(baseline_override_for(&policy, overrides[0].fmspc, 1000));
    assert_ptr_equal(baseline_override_for(&policy, overrides[1].fmspc, 1000),
                     &overrides[1]);
    assert_null(baseline_override_for(&policy, other, 0));
    assert_null(baseline_override_for(&baseline_policy_default, other, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_configuration_there_is_steady_alone),
        cmocka_unit_test(a_name_is_found_letter_for_letter),
        cmocka_unit_test(the_first_rule_that_fits_counts),
        cmocka_unit_test(every_address_is_a_prefix_too),
        cmocka_unit_test(an_override_counts_until_its_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
