/* SPDX-License-Identifier: Apache-2.0 */
#include "config/baselines.h"

#include "config/baseline_policies.h"
#include "config/prefix.h"
#include "config/readers.h"
#include "config/rows.h"
#include "kit/text.h"

#define HOST_TTL_MOST_DAYS 3650

struct rule_words {              /* an item of `rules` */
    struct baseline_rule *rules; /* one for each address, the baseline yet to be found */
    size_t count;
    const char *baseline;
    int line;
};

struct section { /* as written: names can be looked up only once every policy is there */
    const char *default_name;
    uint32_t floor;
    int64_t host_ttl_s;
    const char *webhook, *webhook_ca_file;
    struct baseline_policy *policies;
    size_t policy_count;
    struct rule_words *rules;
    size_t rule_count;
};

/* ---- reading -------------------------------------------------------------------- */

static bool read_prefix(struct schema_walk *walk, const struct value *value,
                        struct baseline_rule *out, struct error *err)
{
    struct error why = { 0 };
    struct bytes text;

    if (!schema_scalar(walk, value, "an address with its prefix", &text, err))
        return false;
    if (!prefix_read(text, out, &why))
        return schema_refuse(walk, value->line, err, why.kind, "%s", why.text);
    out->line = value->line;
    return true;
}

static bool read_addresses(struct schema_walk *walk, const struct schema_key *key,
                           const struct value *value, void *base, struct error *err)
{
    struct rule_words *words = base;

    (void)key;
    if (value->kind != VALUE_LIST || value->count == 0)
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "expected a list of addresses: [10.0.0.0/8]");
    words->rules = arena_alloc(walk->arena, value->count, sizeof *words->rules);
    if (words->rules == NULL)
        return schema_refuse(walk, value->line, err, ERROR_LIMIT, "too large");
    for (const struct value *v = value->first; v != NULL; v = v->next)
        if (!read_prefix(walk, v, &words->rules[words->count++], err))
            return false;
    return true;
}

#define BASELINE_NAME(name_, type, field, required)                                 \
    {                                                                               \
        .name = name_, .read = read_plain_name, SCHEMA_AT(type, field), .least = 1, \
        .most = BASELINE_NAME_MAX - 1, .is_required = required                      \
    }

#define IN_RULE struct rule_words
static const struct schema_key rule_keys[] = {
    { .name = "addresses", .read = read_addresses, .is_required = true },
    BASELINE_NAME("baseline", IN_RULE, baseline, true),
    { 0 },
};

#define IN_SECTION struct section
const struct schema_key baseline_keys[] = {
    BASELINE_NAME("default", IN_SECTION, default_name, false),
    NUMBER("floor", IN_SECTION, floor, 0, BASELINE_NUMBER_MAX),
    { .name = "host_ttl_days",
      .read = read_days,
      SCHEMA_AT(IN_SECTION, host_ttl_s),
      .least = 1,
      .most = HOST_TTL_MOST_DAYS },
    { .name = "webhook", .read = read_webhook_url, SCHEMA_AT(IN_SECTION, webhook) },
    PATH("webhook_ca_file", IN_SECTION, webhook_ca_file),
    { .name = "policies",
      .read = schema_list_apart,
      .at = offsetof(IN_SECTION, policies),
      .count_at = offsetof(IN_SECTION, policy_count),
      .item_size = sizeof(struct baseline_policy),
      .line_at = offsetof(struct baseline_policy, line),
      .item_default = &baseline_policy_default,
      .most = BASELINES_MAX - 1, /* one is steady, written or not */
      .below = baseline_policy_keys },
    { .name = "rules",
      .read = schema_list_apart,
      .at = offsetof(IN_SECTION, rules),
      .count_at = offsetof(IN_SECTION, rule_count),
      .item_size = sizeof(IN_RULE),
      .line_at = offsetof(IN_RULE, line),
      .most = BASELINE_RULES_MAX,
      .below = rule_keys },
    { 0 }
};

/* ---- policies ------------------------------------------------------------------- */

static bool check_policies(struct schema_walk *walk, const struct section *section,
                           struct error *err)
{
    for (size_t i = 0; i < section->policy_count; i++) {
        const struct baseline_policy *policy = &section->policies[i];
        for (size_t k = 0; k < i; k++)
            if (strcmp(section->policies[k].name, policy->name) == 0)
                return schema_refuse_below(walk, "policies.name", policy->line, err,
                                           "\"%s\" is the name of the policy on line %d",
                                           policy->name, section->policies[k].line);
        if (!baseline_policy_check(walk, policy, section->floor, err))
            return false;
    }
    return true;
}

/* The policies written, and steady where it is not among them. */
static bool settle_policies(struct schema_walk *walk, const struct section *section,
                            struct baseline_law *law, struct error *err)
{
    struct baseline_policy *all;

    law->policies = section->policies;
    law->count = section->policy_count;
    if (baseline_named(law, bytes_of_text(BASELINE_STEADY)) != SIZE_MAX)
        return true;
    all = arena_alloc(walk->arena, law->count + 1, sizeof *all);
    if (all == NULL)
        return schema_refuse_below(walk, "policies", 0, err, "too large");
    for (size_t i = 0; i < law->count; i++)
        all[i] = law->policies[i];
    all[law->count++] = baseline_policy_default;
    law->policies = all;
    return true;
}

static bool find_policy(struct schema_walk *walk, const char *key, int line,
                        const char *name, const struct baseline_law *law, size_t *out,
                        struct error *err)
{
    struct schema_key names[BASELINES_MAX + 1] = { { 0 } };

    *out = baseline_named(law, bytes_of_text(name));
    if (*out != SIZE_MAX)
        return true;
    for (size_t i = 0; i < law->count; i++)
        names[i].name = law->policies[i].name;
    const struct schema_key *near = schema_nearest(names, bytes_of_text(name));
    if (near != NULL)
        return schema_refuse_below(walk, key, line, err,
                                   "no policy is named \"%s\", did you mean \"%s\"?",
                                   name, near->name);
    return schema_refuse_below(walk, key, line, err,
                               "no policy is named \"%s\": write one below policies",
                               name);
}

/* ---- rules ---------------------------------------------------------------------- */

static bool add_rule(struct schema_walk *walk, const struct baseline_rule *rule,
                     struct baseline_rule *rules, struct baseline_law *law,
                     struct error *err)
{
    for (size_t i = 0; i < law->rule_count; i++)
        if (prefix_equal(&rules[i], rule))
            return schema_refuse_below(
                walk, "rules.addresses", rule->line, err,
                "%s is given \"%s\" on line %d already: the first rule that fits counts",
                prefix_text(rule).s, law->policies[rules[i].baseline].name,
                rules[i].line);
    if (law->rule_count == BASELINE_RULES_MAX)
        return schema_refuse_below(walk, "rules.addresses", rule->line, err,
                                   "more than %d addresses in all rules",
                                   BASELINE_RULES_MAX);
    rules[law->rule_count++] = *rule;
    return true;
}

static bool settle_rules(struct schema_walk *walk, const struct section *section,
                         struct baseline_law *law, struct error *err)
{
    struct baseline_rule *rules =
        arena_alloc(walk->arena, BASELINE_RULES_MAX, sizeof *rules);

    if (rules == NULL)
        return schema_refuse_below(walk, "rules", 0, err, "too large");
    law->rules = rules;
    for (size_t i = 0; i < section->rule_count; i++) {
        const struct rule_words *words = &section->rules[i];
        size_t baseline;
        if (!find_policy(walk, "rules.baseline", words->line, words->baseline, law,
                         &baseline, err))
            return false;
        for (size_t k = 0; k < words->count; k++) {
            words->rules[k].baseline = baseline;
            if (!add_rule(walk, &words->rules[k], rules, law, err))
                return false;
        }
    }
    return true;
}

/* ---- the section ---------------------------------------------------------------- */

bool read_baselines(struct schema_walk *walk, const struct schema_key *key,
                    const struct value *value, void *base, struct error *err)
{
    struct section section = { .default_name = BASELINE_STEADY,
                               .host_ttl_s = baseline_law_default.host_ttl_s };
    struct config *config = base;
    struct baseline_law law = { 0 };

    if (!schema_section(walk, key, value, &section, err)
        || !check_policies(walk, &section, err)
        || !settle_policies(walk, &section, &law, err)
        || !find_policy(walk, "default", 0, section.default_name, &law,
                        &law.default_policy, err)
        || !settle_rules(walk, &section, &law, err))
        return false;
    if (section.webhook_ca_file != NULL && section.webhook == NULL)
        return schema_refuse_below(walk, "webhook_ca_file", 0, err,
                                   "needs webhook beside it");
    law.floor = section.floor;
    law.host_ttl_s = section.host_ttl_s;
    config->baselines = law;
    config->baseline_webhook = section.webhook;
    config->baseline_webhook_ca_file = section.webhook_ca_file;
    return true;
}
