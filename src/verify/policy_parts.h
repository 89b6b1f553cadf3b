/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a policy, for verify/policy*.c alone: each is named by its member's path,
 * and the first that denies is told. */
#ifndef THIM_VERIFY_POLICY_PARTS_H
#define THIM_VERIFY_POLICY_PARTS_H

#include "verify/policy.h"

/* False, and the answer says by which rule and why. */
bool policy_deny(struct policy_answer *out, const char *rule, const char *format, ...)
    PRINTF_LIKE(3, 4);

struct policy_field { /* a value that is expected: struct policy_values, struct bytes */
    const char *rule;
    size_t in_policy, in_facts, len;
};
bool policy_judge_fields(const struct policy_field *fields, size_t count,
                         const void *policy, const void *facts,
                         struct policy_answer *out);

/* The same of one, at hand. have may be empty: then it is none of those demanded. */
bool policy_judge_values(const struct policy_values *values, const char *rule,
                         struct bytes have, size_t len, struct policy_answer *out);
bool policy_judge_masked(const struct policy_masked *masked, const char *rule,
                         struct bytes have, struct policy_answer *out);
bool policy_judge_numbers(const struct policy_numbers *numbers, const char *rule,
                          uint32_t have, struct policy_answer *out);
bool policy_judge_least(uint32_t least, const char *rule, uint32_t have,
                        struct policy_answer *out);

struct policy_bit { /* enum policy_demand */
    const char *rule;
    size_t in_policy;
    uint64_t bit;
};
bool policy_judge_bits(const struct policy_bit *bits, size_t count, const void *policy,
                       uint64_t have, struct policy_answer *out);

/* The sections. */
bool policy_judge_quote(const struct verification_policy *policy,
                        const struct quote_facts *facts, struct policy_answer *out);
bool policy_judge_report(const struct policy_snp *policy,
                         const struct report_facts *facts, struct policy_answer *out);

#endif
