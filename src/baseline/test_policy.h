/* SPDX-License-Identifier: Apache-2.0 */
/* Policies for tests. Tests only. */
#ifndef THIM_BASELINE_TEST_POLICY_H
#define THIM_BASELINE_TEST_POLICY_H

#include "baseline/policy.h"

/* As steady: no host may fall, holds end a week before the signatures do. */
static inline struct baseline_policy policy_steady(void)
{
    return (struct baseline_policy){ .name = BASELINE_STEADY,
                                     .follow = FOLLOW_STANDARD,
                                     .has_max_demoted = true,
                                     .hold_margin_s = (int64_t)7 * 86400,
                                     .blind_delay_s = (int64_t)14 * 86400,
                                     .hold_end = HOLD_END_PROMOTE,
                                     .choice = CHOICE_ANY };
}

#endif
