/* SPDX-License-Identifier: Apache-2.0 */
#include "config/baseline_policies.h"

#include <stdio.h>

#include "config/readers.h"
#include "config/rows.h"
#include "kit/text.h"

#define DELAY_MOST_DAYS 365
#define MARGIN_MOST_DAYS 30 /* so long is a document signed for */
#define DEMOTED_MOST 1000000000
#define TCB_VERSION_DIGITS 16

static const struct schema_choice follows[] = { { "standard", FOLLOW_STANDARD },
                                                { "early", FOLLOW_EARLY },
                                                { 0 } };
static const struct schema_choice hold_ends[] = { { "promote", HOLD_END_PROMOTE },
                                                  { "refuse", HOLD_END_REFUSE },
                                                  { "serve_expired",
                                                    HOLD_END_SERVE_EXPIRED },
                                                  { 0 } };
static const struct schema_choice choices[] = {
    { "any", CHOICE_ANY }, { "newer", CHOICE_NEWER }, { "none", CHOICE_NONE }, { 0 }
};

/* ---- readers -------------------------------------------------------------------- */

/* "off", a number of hosts, or a share of them: "5%". */
static bool read_max_demoted(struct schema_walk *walk, const struct schema_key *key,
                             const struct value *value, void *base, struct error *err)
{
    struct baseline_policy *policy = base;
    struct bytes text;
    uint64_t number = 0;

    (void)key;
    if (!schema_scalar(walk, value, "a number, a share like 5%, or off", &text, err))
        return false;
    policy->has_max_demoted = !bytes_equal_text(text, "off");
    policy->max_is_percent = text.len > 0 && text.at[text.len - 1] == '%';
    struct bytes digits = bytes_first(text, text.len - policy->max_is_percent);
    if (policy->has_max_demoted && !decimal_read(digits, INT64_MAX, &number))
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "\"%s\" is neither a number of hosts nor a share of them "
                             "(5%%) nor off",
                             safe(text).s);
    if (number > (policy->max_is_percent ? 100 : DEMOTED_MOST))
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "%s is more than there can be; off never holds",
                             safe(text).s);
    policy->max_demoted = (unsigned)number;
    return true;
}

/* The key is the product's name. */
static bool read_min_tcb(struct schema_walk *walk, const struct schema_key *key,
                         const struct value *value, void *base, struct error *err)
{
    enum snp_product product = snp_product_named(bytes_of_text(key->name));
    struct baseline_policy *policy = base;
    struct error why = { 0 };
    struct bytes text;
    uint64_t tcb;

    if (!schema_scalar(walk, value, "a TCB_VERSION in hex", &text, err))
        return false;
    if (text.len != TCB_VERSION_DIGITS || !tcb_version_hex_read(text, &tcb))
        return schema_refuse(walk, value->line, err, ERROR_FORMAT,
                             "\"%s\" is not %d hex digits", safe(text).s,
                             TCB_VERSION_DIGITS);
    if (!tcb_version_read(product, tcb, &policy->min_tcb[product], &why))
        return schema_refuse(walk, value->line, err, why.kind, "%s", why.text);
    policy->has_min_tcb[product] = true;
    return true;
}

/* ---- the table ------------------------------------------------------------------ */

#define DAYS(name_, field, most_)                                                    \
    {                                                                                \
        .name = name_, .read = read_days, SCHEMA_AT(IN_POLICY, field), .most = most_ \
    }
/* The keys of a pin, all or none of which are required. */
#define PIN_NUMBER(type, pin, required)                                       \
    {                                                                         \
        .name = "number", .read = schema_number, SCHEMA_AT(type, pin.number), \
        .least = 1, .most = BASELINE_NUMBER_MAX, .is_required = required      \
    }
#define PIN_REASON(type, pin, required) \
    { .name = "until",                  \
      .read = read_time,                \
      SCHEMA_AT(type, pin.until_s),     \
      .is_required = required },        \
        WORDS("why", type, pin.why, required), WORDS("by", type, pin.by, required)

#define IN_OVERRIDE struct baseline_override
static const struct schema_key override_keys[] = { { .name = "fmspc",
                                                     .read = schema_hex,
                                                     SCHEMA_AT(IN_OVERRIDE, fmspc),
                                                     .is_required = true },
                                                   PIN_NUMBER(IN_OVERRIDE, pin, true),
                                                   PIN_REASON(IN_OVERRIDE, pin, true),
                                                   { 0 } };

#define IN_POLICY struct baseline_policy
static const struct schema_key expired_keys[] = {
    PIN_REASON(IN_POLICY, expired, true),
    { 0 },
};

static const struct schema_key min_tcb_keys[] = {
    { .name = "Milan", .read = read_min_tcb },
    { .name = "Genoa", .read = read_min_tcb },
    { .name = "Turin", .read = read_min_tcb },
    { 0 },
};

const struct schema_key baseline_policy_keys[] = {
    { .name = "name",
      .read = read_plain_name,
      SCHEMA_AT(IN_POLICY, name),
      .least = 1,
      .most = BASELINE_NAME_MAX - 1,
      .is_required = true },
    CHOICE("follow", IN_POLICY, follow, follows),
    DAYS("delay_days", delay_s, DELAY_MOST_DAYS),
    PIN_NUMBER(IN_POLICY, pin, false),
    PIN_REASON(IN_POLICY, pin, false),
    { .name = "overrides",
      .read = schema_list_apart,
      .at = offsetof(IN_POLICY, overrides),
      .count_at = offsetof(IN_POLICY, override_count),
      .item_size = sizeof(IN_OVERRIDE),
      .line_at = offsetof(IN_OVERRIDE, line),
      .most = BASELINE_OVERRIDES_MAX,
      .below = override_keys },
    { .name = "max_demoted", .read = read_max_demoted },
    DAYS("hold_margin_days", hold_margin_s, MARGIN_MOST_DAYS),
    DAYS("blind_delay_days", blind_delay_s, DELAY_MOST_DAYS),
    CHOICE("on_hold_end", IN_POLICY, hold_end, hold_ends),
    SECTION("expired", expired_keys),
    CHOICE("choice", IN_POLICY, choice, choices),
    SECTION("min_tcb", min_tcb_keys),
    { 0 }
};

/* ---- contradictions ------------------------------------------------------------- */

static bool is_above_floor(struct schema_walk *walk, const char *key, uint32_t number,
                           int line, uint32_t floor, struct error *err)
{
    return number == 0 || number >= floor
           || schema_refuse_below(walk, key, line, err,
                                  "%u is below baselines.floor, %u: nothing below it is "
                                  "served",
                                  number, floor);
}

/* A pin has all four of its keys, or none. */
static bool is_whole_pin(struct schema_walk *walk, const struct baseline_policy *policy,
                         struct error *err)
{
    const struct baseline_pin *pin = &policy->pin;
    const struct {
        const char *name;
        bool is_given;
    } beside[] = {
        { "until", pin->until_s != 0 },
        { "why", pin->why != NULL },
        { "by", pin->by != NULL },
    };
    bool is_pinned = pin->number != 0;
    char key[32];

    for (size_t i = 0; i < COUNT_OF(beside); i++) {
        if (beside[i].is_given == is_pinned)
            continue;
        if (is_pinned)
            return schema_refuse_below(walk, "policies.number", policy->line, err,
                                       "%u needs %s beside it: a pin ends on a day, and "
                                       "somebody has a reason for it",
                                       pin->number, beside[i].name);
        snprintf(key, sizeof key, "policies.%s", beside[i].name);
        return schema_refuse_below(walk, key, policy->line, err,
                                   "needs number beside it: what is pinned?");
    }
    return true;
}

static bool fits_hold_end(struct schema_walk *walk, const struct baseline_policy *policy,
                          struct error *err)
{
    bool is_needed = policy->hold_end == HOLD_END_SERVE_EXPIRED;
    bool is_given = policy->expired.until_s != 0;

    if (is_needed && !is_given)
        return schema_refuse_below(walk, "policies.on_hold_end", policy->line, err,
                                   "serve_expired needs expired beside it, with until, "
                                   "why and by");
    if (is_given && !is_needed)
        return schema_refuse_below(walk, "policies.expired", policy->line, err,
                                   "needs on_hold_end: serve_expired beside it");
    return true;
}

static bool check_overrides(struct schema_walk *walk,
                            const struct baseline_policy *policy, uint32_t floor,
                            struct error *err)
{
    for (size_t i = 0; i < policy->override_count; i++) {
        const struct baseline_override *o = &policy->overrides[i];
        if (!is_above_floor(walk, "policies.overrides.number", o->pin.number, o->line,
                            floor, err))
            return false;
        for (size_t k = 0; k < i; k++)
            if (memcmp(policy->overrides[k].fmspc, o->fmspc, sizeof o->fmspc) == 0)
                return schema_refuse_below(walk, "policies.overrides.fmspc", o->line, err,
                                           "%s a second time; it stands on line %d "
                                           "already",
                                           hex(o->fmspc, sizeof o->fmspc).s,
                                           policy->overrides[k].line);
    }
    return true;
}

bool baseline_policy_check(struct schema_walk *walk, const struct baseline_policy *policy,
                           uint32_t floor, struct error *err)
{
    return is_whole_pin(walk, policy, err)
           && is_above_floor(walk, "policies.number", policy->pin.number, policy->line,
                             floor, err)
           && fits_hold_end(walk, policy, err)
           && check_overrides(walk, policy, floor, err);
}
