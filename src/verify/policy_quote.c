/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy demands of a platform, an enclave, a trust domain. */
#include "verify/policy_parts.h"

/* ---- platform -------------------------------------------------------------------- */

/* A PCK certificate of the Processor CA says nothing of these: then nobody can say no. */
static bool judge_leave(enum policy_leave leave, const char *rule,
                        const struct pck_cert *pck, bool is_so, struct policy_answer *out)
{
    if (leave != LEAVE_DENIED || (pck->has_platform && !is_so))
        return true;
    return policy_deny(out, rule,
                       pck->has_platform ? "its PCK certificate says that it is so"
                                         : "its PCK certificate does not say");
}

static bool judge_platform(const struct policy_platform *policy,
                           const struct pck_cert *pck, struct policy_answer *out)
{
    const struct bytes no_instance = { 0 };
    const struct {
        const struct policy_values *values;
        const char *rule;
        size_t len;
        struct bytes have;
    } values[] = {
        { &policy->fmspc, "platform.fmspc", 6, bytes_of(pck->fmspc, 6) },
        { &policy->pce_id, "platform.pce_id", 2, bytes_of(pck->pce_id, 2) },
        { &policy->ppid, "platform.ppid", 16, bytes_of(pck->ppid, 16) },
        { &policy->platform_instance_id, "platform.platform_instance_id", 16,
          pck->has_platform ? bytes_of(pck->platform_instance_id, 16) : no_instance },
    };

    for (size_t i = 0; i < COUNT_OF(values); i++)
        if (!policy_judge_values(values[i].values, values[i].rule, values[i].have,
                                 values[i].len, out))
            return false;
    if (policy->accepted_sgx_types != 0
        && (policy->accepted_sgx_types >> pck->sgx_type & 1) == 0)
        return policy_deny(out, "platform.accepted_sgx_types",
                           "SGX type %d is none of those accepted", (int)pck->sgx_type);
    return judge_leave(policy->dynamic_platform, "platform.allow_dynamic_platform", pck,
                       pck->dynamic_platform, out)
           && judge_leave(policy->cached_keys, "platform.allow_cached_keys", pck,
                          pck->cached_keys, out)
           && judge_leave(policy->smt_enabled, "platform.allow_smt_enabled", pck,
                          pck->smt_enabled, out);
}

/* ---- enclave ---------------------------------------------------------------------- */

#define FIELD(SECTION, FACTS, NAME, LEN)                             \
    {                                                                \
#SECTION "." #NAME, offsetof(struct policy_##SECTION, NAME), \
            offsetof(struct FACTS, NAME), LEN                        \
    }

static bool judge_enclave(const struct policy_sgx *policy,
                          const struct sgx_report_body *body, struct policy_answer *out)
{
    static const struct policy_field fields[] = {
        FIELD(sgx, sgx_report_body, mrenclave, 32),
        FIELD(sgx, sgx_report_body, mrsigner, 32),
        FIELD(sgx, sgx_report_body, config_id, 64),
        FIELD(sgx, sgx_report_body, isv_family_id, 16),
        FIELD(sgx, sgx_report_body, isv_ext_prod_id, 16),
        FIELD(sgx, sgx_report_body, report_data, 64),
    };

    return policy_judge_fields(fields, COUNT_OF(fields), policy, body, out)
           && policy_judge_numbers(&policy->isv_prod_id, "sgx.isv_prod_id",
                                   body->isv_prod_id, out)
           && policy_judge_least(policy->min_isv_svn, "sgx.min_isv_svn", body->isv_svn,
                                 out)
           && policy_judge_least(policy->min_config_svn, "sgx.min_config_svn",
                                 body->config_svn, out)
           && policy_judge_masked(&policy->attributes, "sgx.attributes", body->attributes,
                                  out)
           && policy_judge_masked(&policy->miscselect, "sgx.miscselect", body->miscselect,
                                  out);
}

/* ---- trust domain ----------------------------------------------------------------- */

static bool judge_td(const struct policy_tdx *policy, const struct td_report *td,
                     struct policy_answer *out)
{
#define RTMR(N)                                               \
    {                                                         \
        "tdx.rtmr" #N, offsetof(struct policy_tdx, rtmrs[N]), \
            offsetof(struct td_report, rtmrs[N]), 48          \
    }
    static const struct policy_field fields[] = {
        FIELD(tdx, td_report, mrtd, 48),
        RTMR(0),
        RTMR(1),
        RTMR(2),
        RTMR(3),
        FIELD(tdx, td_report, mrconfigid, 48),
        FIELD(tdx, td_report, mrowner, 48),
        FIELD(tdx, td_report, mrownerconfig, 48),
        FIELD(tdx, td_report, mrseam, 48),
        FIELD(tdx, td_report, mrsignerseam, 48),
        FIELD(tdx, td_report, mrservicetd, 48),
        FIELD(tdx, td_report, report_data, 64),
    };
#undef RTMR
    /* TDX module base architecture specification, ATTRIBUTES: SEPT_VE_DISABLE */
    static const struct policy_bit bits[] = {
        { "tdx.sept_ve_disable", offsetof(struct policy_tdx, sept_ve_disable), 1 << 28 },
    };
    uint64_t attributes = 0;

    for (size_t i = td->td_attributes.len; i-- > 0;)
        attributes = attributes << 8 | td->td_attributes.at[i];
    return policy_judge_fields(fields, COUNT_OF(fields), policy, td, out)
           && policy_judge_masked(&policy->td_attributes, "tdx.td_attributes",
                                  td->td_attributes, out)
           && policy_judge_masked(&policy->xfam, "tdx.xfam", td->xfam, out)
           && policy_judge_bits(bits, COUNT_OF(bits), policy, attributes, out);
}

bool policy_judge_quote(const struct verification_policy *policy,
                        const struct quote_facts *facts, struct policy_answer *out)
{
    return judge_platform(&policy->platform, &facts->pck, out)
           && (facts->quote.tee == TEE_TDX
                   ? judge_td(&policy->tdx, &facts->quote.td, out)
                   : judge_enclave(&policy->sgx, &facts->quote.sgx, out));
}
