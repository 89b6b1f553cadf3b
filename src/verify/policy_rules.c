/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of rules that a policy has. */
#include <stdarg.h>
#include <stdio.h>

#include "kit/text.h"
#include "verify/policy_parts.h"

bool policy_deny(struct policy_answer *out, const char *rule, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    out->accepted = false;
    out->denied_by = rule;
    return error_set(&out->why, ERROR_DENIED, "%s", text);
}

/* ---- bytes ------------------------------------------------------------------------ */

bool policy_judge_values(const struct policy_values *values, const char *rule,
                         struct bytes have, size_t len, struct policy_answer *out)
{
    if (values->count == 0)
        return true;
    if (have.len != len)
        return policy_deny(out, rule, "there is none, and one is demanded");
    for (size_t i = 0; i < values->count; i++)
        if (memcmp(values->at + i * len, have.at, len) == 0)
            return true;
    if (values->count == 1)
        return policy_deny(out, rule, "%s, demanded %s", hex(have.at, len).s,
                           hex(values->at, len).s);
    return policy_deny(out, rule, "%s is none of %zu that are accepted",
                       hex(have.at, len).s, values->count);
}

bool policy_judge_fields(const struct policy_field *fields, size_t count,
                         const void *policy, const void *facts, struct policy_answer *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct policy_field *field = &fields[i];
        const void *values = (const char *)policy + field->in_policy;
        const void *have = (const char *)facts + field->in_facts;
        if (!policy_judge_values(values, field->rule, *(const struct bytes *)have,
                                 field->len, out))
            return false;
    }
    return true;
}

bool policy_judge_masked(const struct policy_masked *masked, const char *rule,
                         struct bytes have, struct policy_answer *out)
{
    if (!masked->has_value)
        return true;
    for (size_t i = 0; i < have.len; i++)
        if ((have.at[i] & masked->mask[i]) != masked->value[i])
            return policy_deny(out, rule, "%s, demanded %s under the mask %s",
                               hex(have.at, have.len).s, hex(masked->value, have.len).s,
                               hex(masked->mask, have.len).s);
    return have.len > 0 || policy_deny(out, rule, "there is none, and one is demanded");
}

/* ---- numbers and bits ------------------------------------------------------------- */

bool policy_judge_numbers(const struct policy_numbers *numbers, const char *rule,
                          uint32_t have, struct policy_answer *out)
{
    for (size_t i = 0; i < numbers->count; i++)
        if (numbers->at[i] == have)
            return true;
    if (numbers->count == 0)
        return true;
    if (numbers->count == 1)
        return policy_deny(out, rule, "%u, demanded %u", have, numbers->at[0]);
    return policy_deny(out, rule, "%u is none of %zu that are accepted", have,
                       numbers->count);
}

bool policy_judge_least(uint32_t least, const char *rule, uint32_t have,
                        struct policy_answer *out)
{
    return have >= least
           || policy_deny(out, rule, "%u, demanded %u at least", have, least);
}

bool policy_judge_bits(const struct policy_bit *bits, size_t count, const void *policy,
                       uint64_t have, struct policy_answer *out)
{
    for (size_t i = 0; i < count; i++) {
        const void *at = (const char *)policy + bits[i].in_policy;
        enum policy_demand demand = *(const enum policy_demand *)at;
        bool is_set = (have & bits[i].bit) != 0;
        if (demand != DEMAND_NOTHING && is_set != (demand == DEMAND_SET))
            return policy_deny(out, bits[i].rule, "the bit is %s, demanded %s",
                               is_set ? "set" : "clear", is_set ? "clear" : "set");
    }
    return true;
}
