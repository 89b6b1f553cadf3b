/* SPDX-License-Identifier: Apache-2.0 */
/* What the configuration says of a baseline, as JSON. */
#include <arpa/inet.h>

#include "kit/text.h"
#include "serve/control_baselines_json.h"

enum { DAY_S = 86400 };

static struct object pin_begin(const struct baseline_pin *pin)
{
    struct object o = object_begin();

    object_put_evaluation_number(&o, "number", pin->number);
    object_put_time(&o, "until", pin->until_s);
    object_put_safe(&o, "why", pin->why);
    object_put_safe(&o, "by", pin->by);
    return o;
}

static json_t *pin_json(const struct baseline_pin *pin)
{
    struct object o;

    if (pin->until_s == 0)
        return json_null();
    o = pin_begin(pin);
    return object_end(&o);
}

static json_t *overrides_json(const struct baseline_policy *policy)
{
    json_t *list = json_array();

    for (size_t i = 0; i < policy->override_count; i++) {
        const struct baseline_override *each = &policy->overrides[i];
        struct object o = pin_begin(&each->pin);
        object_put_hex(&o, "fmspc", each->fmspc, sizeof each->fmspc);
        json_array_append_new(list, object_end(&o));
    }
    return list;
}

static json_t *min_tcb_json(const struct baseline_policy *policy)
{
    struct object o = object_begin();

    for (enum snp_product i = SNP_MILAN; i < SNP_PRODUCTS; i++)
        if (policy->has_min_tcb[i])
            object_put_text(&o, snp_product_facts(i)->name,
                            tcb_version_hex(i, &policy->min_tcb[i]).s);
    return object_end(&o);
}

static json_t *max_demoted_json(const struct baseline_policy *policy)
{
    if (!policy->has_max_demoted)
        return json_null();
    return json_pack("{s:i}", policy->max_is_percent ? "percent" : "hosts",
                     (int)policy->max_demoted);
}

json_t *baseline_policy_json(const struct baseline_policy *policy)
{
    static const char *const hold_ends[] = {
        [HOLD_END_PROMOTE] = "promote",
        [HOLD_END_REFUSE] = "refuse",
        [HOLD_END_SERVE_EXPIRED] = "serve_expired",
    };
    static const char *const choices[] = {
        [CHOICE_ANY] = "any",
        [CHOICE_NEWER] = "newer",
        [CHOICE_NONE] = "none",
    };
    struct object o = object_begin();

    object_put_number(&o, "line", policy->line);
    object_put_number(&o, "delay_days", policy->delay_s / DAY_S);
    object_put_number(&o, "hold_margin_days", policy->hold_margin_s / DAY_S);
    object_put_number(&o, "blind_delay_days", policy->blind_delay_s / DAY_S);
    object_put(&o, "max_demoted", max_demoted_json(policy));
    object_put_text(&o, "on_hold_end", hold_ends[policy->hold_end]);
    object_put_text(&o, "choice", choices[policy->choice]);
    object_put(&o, "pin", pin_json(&policy->pin));
    object_put(&o, "expired", pin_json(&policy->expired));
    object_put(&o, "overrides", overrides_json(policy));
    object_put(&o, "min_tcb", min_tcb_json(policy));
    return object_end(&o);
}

json_t *baseline_rules_json(const struct baseline_law *law, size_t policy)
{
    json_t *list = json_array();

    for (size_t i = 0; i < law->rule_count; i++) {
        const struct baseline_rule *rule = &law->rules[i];
        char address[INET6_ADDRSTRLEN];
        int family = rule->address_len == 4 ? AF_INET : AF_INET6;
        if (rule->baseline == policy
            && inet_ntop(family, rule->address, address, sizeof address) != NULL)
            json_array_append_new(list,
                                  json_sprintf("%s/%u", address, rule->prefix_bits));
    }
    return list;
}
