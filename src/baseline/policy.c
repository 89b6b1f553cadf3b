/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/policy.h"

#define DAY_S 86400
#define IPV6_LEN 16

const struct baseline_policy baseline_policy_default = {
    .name = BASELINE_STEADY,
    .follow = FOLLOW_STANDARD,
    .has_max_demoted = true, /* nobody */
    .hold_margin_s = 7 * DAY_S,
    .blind_delay_s = 14 * DAY_S,
    .hold_end = HOLD_END_PROMOTE,
    .choice = CHOICE_ANY,
};

const struct baseline_law baseline_law_default = {
    .policies = &baseline_policy_default,
    .count = 1,
    .host_ttl_s = 30 * DAY_S,
};

size_t baseline_named(const struct baseline_law *law, struct bytes name)
{
    for (size_t i = 0; i < law->count; i++)
        if (bytes_equal_text(name, law->policies[i].name))
            return i;
    return SIZE_MAX;
}

/* An IPv4 address in IPv6 form (RFC 4291, 2.5.5.2) is that IPv4 address: a listener on
 * all addresses sees IPv4 clients so. */
static struct bytes plain_address(struct bytes address)
{
    static const uint8_t mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

    if (address.len == IPV6_LEN && memcmp(address.at, mapped, sizeof mapped) == 0)
        return bytes_after(address, sizeof mapped);
    return address;
}

static bool is_within(struct bytes address, const struct baseline_rule *rule)
{
    size_t whole = rule->prefix_bits / 8;
    unsigned rest = rule->prefix_bits % 8;

    if (address.len != rule->address_len || memcmp(address.at, rule->address, whole) != 0)
        return false;
    return rest == 0 || (address.at[whole] ^ rule->address[whole]) >> (8 - rest) == 0;
}

const struct baseline_rule *baseline_rule_for(const struct baseline_law *law,
                                              struct bytes address)
{
    struct bytes plain = plain_address(address);

    for (size_t i = 0; i < law->rule_count; i++)
        if (is_within(plain, &law->rules[i]))
            return &law->rules[i];
    return NULL;
}

const struct baseline_override *baseline_override_for(
    const struct baseline_policy *policy, const uint8_t fmspc[6], int64_t now_s)
{
    for (size_t i = 0; i < policy->override_count; i++) {
        const struct baseline_override *override = &policy->overrides[i];
        if (memcmp(override->fmspc, fmspc, sizeof override->fmspc) == 0)
            return now_s < override->pin.until_s ? override : NULL;
    }
    return NULL;
}
