/* SPDX-License-Identifier: Apache-2.0 */
/* One policy of the `baselines` section: its keys, and what contradicts itself in it. */
#ifndef THIM_CONFIG_BASELINE_POLICIES_H
#define THIM_CONFIG_BASELINE_POLICIES_H

#include "baseline/policy.h"
#include "config/schema.h"

/* Of a struct baseline_policy that holds steady's values. */
extern const struct schema_key baseline_policy_keys[];

/* While the section is being read. floor: 0 is none. */
bool baseline_policy_check(struct schema_walk *walk, const struct baseline_policy *policy,
                           uint32_t floor, struct error *err) MUST_CHECK;

#endif
