/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/policy.h"

#include <assert.h>

#include "kit/text.h"
#include "verify/policy_parts.h"

static_assert((int)POLICY_TD_RELAUNCH_ADVISED == (int)STANDING_TD_RELAUNCH_ADVISED,
              "statuses of policies have the numbers of standings");
static_assert((int)POLICY_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
                  == (int)STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
              "statuses of policies have the numbers of standings");

enum {
    STATUSES_DEFAULT = 1 << STANDING_UP_TO_DATE | 1 << STANDING_SW_HARDENING_NEEDED,
};

/* ---- which kind of evidence ------------------------------------------------------ */

/* Who demands something of one TEE and nothing of another has not thought of the other:
 * a genuine enclave of anybody's would do where a trust domain was meant. */
static bool judge_tee(const struct verification_policy *policy, enum evidence evidence,
                      struct policy_answer *out)
{
    bool is_any = policy->sgx.is_given || policy->tdx.is_given || policy->snp.is_given;
    bool is_intels = policy->platform.is_given || policy->min_evaluation_data_number != 0
                     || policy->min_tcb_date_s != 0;

    if (evidence == EVIDENCE_SGX && is_any && !policy->sgx.is_given)
        return policy_deny(out, "sgx",
                           "the policy has demands of other TEEs, and no \"sgx\"");
    if (evidence == EVIDENCE_TDX && is_any && !policy->tdx.is_given)
        return policy_deny(out, "tdx",
                           "the policy has demands of other TEEs, and no \"tdx\"");
    if (evidence == EVIDENCE_SEV_SNP && (is_any || is_intels) && !policy->snp.is_given)
        return policy_deny(out, "snp",
                           "the policy has demands of other TEEs, and no \"snp\"");
    return true;
}

/* ---- the TCB --------------------------------------------------------------------- */

/* AMD signs no levels: without a minimum of the judge's there is no status. Whoever
 * demands one has it, then, or has set a minimum of his own. */
static bool judge_status(const struct verification_policy *policy,
                         const struct verdict *verdict, struct policy_answer *out)
{
    unsigned accepted = policy->accepted_statuses;

    if (!verdict->has_status) {
        bool is_snp = verdict->evidence == EVIDENCE_SEV_SNP;
        return (is_snp && (accepted == 0 || policy->snp.any_min_tcb))
               || policy_deny(out, "accepted_statuses",
                              is_snp ? "there is no status, for no minimum TCB_VERSION "
                                       "has been set"
                                     : "there is no status");
    }
    if (accepted == 0)
        accepted = STATUSES_DEFAULT;
    return (accepted >> verdict->status & 1) != 0
           || policy_deny(out, "accepted_statuses", "%s is none of those accepted",
                          tcb_standing_name(verdict->status));
}

/* Numbers and dates of TCBs are Intel's. */
static bool judge_age(const struct verification_policy *policy,
                      const struct verdict *verdict, struct policy_answer *out)
{
    if (verdict->evidence == EVIDENCE_SEV_SNP)
        return true;
    if (verdict->evaluation_data_number < policy->min_evaluation_data_number)
        return policy_deny(out, "min_evaluation_data_number",
                           "evaluation data number %u, demanded %u at least",
                           verdict->evaluation_data_number,
                           policy->min_evaluation_data_number);
    if (policy->min_tcb_date_s != 0 && verdict->tcb_date_s < policy->min_tcb_date_s)
        return policy_deny(out, "min_tcb_date", "TCB of %s, demanded of %s at least",
                           verdict->tcb_date_s == 0 ? "no date"
                                                    : utc(verdict->tcb_date_s).s,
                           utc(policy->min_tcb_date_s).s);
    return true;
}

static bool is_among(const struct policy_texts *texts, struct bytes text)
{
    for (size_t i = 0; i < texts->count; i++)
        if (bytes_equal(texts->at[i], text))
            return true;
    return false;
}

static bool judge_advisories(const struct verification_policy *policy,
                             const struct verdict *verdict, struct policy_answer *out)
{
    const struct bytes *advisories = verdict->advisories;

    for (size_t i = 0; i < verdict->advisory_count; i++)
        if (policy->accepted_advisories.is_given
            && !is_among(&policy->accepted_advisories, advisories[i]))
            return policy_deny(out, "accepted_advisories",
                               "%s applies, and is none of those accepted",
                               safe(advisories[i]).s);
    for (size_t i = 0; i < verdict->advisory_count; i++)
        if (is_among(&policy->blocked_advisories, advisories[i]))
            return policy_deny(out, "blocked_advisories", "%s applies",
                               safe(advisories[i]).s);
    return true;
}

/* ---- what it runs as -------------------------------------------------------------- */

static bool is_debug(const struct verdict *verdict)
{
    switch (verdict->evidence) {
    case EVIDENCE_SGX:
        return verdict->intel.quote.sgx.is_debug;
    case EVIDENCE_TDX:
        return verdict->intel.quote.td.is_debug;
    case EVIDENCE_SEV_SNP:
        return (verdict->amd.report.policy & SNP_POLICY_DEBUG) != 0;
    }
    return true;
}

static bool judge_common(const struct verification_policy *policy,
                         const struct verdict *verdict, struct policy_answer *out)
{
    if (!judge_tee(policy, verdict->evidence, out) || !judge_status(policy, verdict, out)
        || !judge_age(policy, verdict, out) || !judge_advisories(policy, verdict, out))
        return false;
    if (!policy->allow_debug && is_debug(verdict))
        return policy_deny(out, "allow_debug",
                           "it can be debugged: whoever runs the machine reads its "
                           "memory");
    if (policy->require_revocation_checked && !verdict->revocation_checked)
        return policy_deny(out, "require_revocation_checked",
                           "nobody has asked whether its certificates are revoked");
    return true;
}

void policy_judge(const struct verification_policy *policy, const struct verdict *verdict,
                  struct policy_answer *out)
{
    static const struct verification_policy by_default = { 0 };

    out->accepted = false;
    out->denied_by = NULL;
    out->why.kind = ERROR_NONE;
    out->why.text[0] = 0;
    if (policy == NULL)
        policy = &by_default;
    if (!verdict->valid || !judge_common(policy, verdict, out))
        return;
    out->accepted = verdict->evidence == EVIDENCE_SEV_SNP
                        ? policy_judge_report(&policy->snp, &verdict->amd, out)
                        : policy_judge_quote(policy, &verdict->intel, out);
}
