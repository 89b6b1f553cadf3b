/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a verdict suffices for somebody who relies on it: `accepted`, which never moves
 * `valid`. Pure. */
#ifndef THIM_VERIFY_POLICY_H
#define THIM_VERIFY_POLICY_H

#include "format/verification_policy.h"
#include "verify/verdict.h"

struct policy_answer {
    bool accepted;         /* never where the verdict is not valid */
    const char *denied_by; /* the rule, by its member's path ("tdx.mrtd"); NULL where
                              accepted, or where the verdict is not valid */
    struct error why;      /* of the denial: what stands there, and what was demanded */
};

/* policy NULL: the default, which accepts the statuses UpToDate and SWHardeningNeeded (of
 * SEV-SNP also none, where no minimum is set) and nothing that can be debugged. */
void policy_judge(const struct verification_policy *policy, const struct verdict *verdict,
                  struct policy_answer *out);

#endif
