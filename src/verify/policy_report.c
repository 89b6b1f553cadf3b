/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy demands of an SEV-SNP guest and of its host. */
#include "kit/text.h"
#include "verify/policy_parts.h"

/* ---- guest ------------------------------------------------------------------------ */

#define FIELD(NAME, LEN)                                 \
    {                                                    \
        "snp." #NAME, offsetof(struct policy_snp, NAME), \
            offsetof(struct snp_report, NAME), LEN       \
    }

static bool judge_identity(const struct policy_snp *policy,
                           const struct snp_report *report, struct policy_answer *out)
{
    static const struct policy_field fields[] = {
        FIELD(measurement, 48),       FIELD(report_data, 64),
        FIELD(host_data, 32),         FIELD(family_id, 16),
        FIELD(image_id, 16),          FIELD(id_key_digest, 48),
        FIELD(author_key_digest, 48), FIELD(chip_id, CHIP_ID_LEN),
    };
    static const struct policy_bit author[] = {
        { "snp.author_key_en", offsetof(struct policy_snp, author_key_en), 1 },
    };

    return policy_judge_fields(fields, COUNT_OF(fields), policy, report, out)
           && policy_judge_least(policy->min_report_version, "snp.min_report_version",
                                 report->version, out)
           && policy_judge_numbers(&policy->vmpl, "snp.vmpl", report->vmpl, out)
           && policy_judge_least(policy->min_guest_svn, "snp.min_guest_svn",
                                 report->guest_svn, out)
           && policy_judge_bits(author, COUNT_OF(author), policy, report->author_key_en,
                                out);
}

static bool judge_guest(const struct policy_guest *policy,
                        const struct snp_report *report, struct policy_answer *out)
{
#define BIT(NAME, MASK)                                                             \
    {                                                                               \
        "snp.policy." #NAME, offsetof(struct policy_guest, NAME), SNP_POLICY_##MASK \
    }
    static const struct policy_bit bits[] = {
        BIT(smt, SMT),
        BIT(migrate_ma, MIGRATE_MA),
        BIT(single_socket, SINGLE_SOCKET),
        BIT(cxl_allow, CXL_ALLOW),
        BIT(mem_aes_256_xts, MEM_AES_256_XTS),
        BIT(rapl_dis, RAPL_DIS),
        BIT(ciphertext_hiding, CIPHERTEXT_HIDING),
        BIT(page_swap_disable, PAGE_SWAP_DISABLE),
    };
#undef BIT
    bool is_low = report->abi_major < policy->min_abi_major
                  || (report->abi_major == policy->min_abi_major
                      && report->abi_minor < policy->min_abi_minor);

    if (!policy_judge_bits(bits, COUNT_OF(bits), policy, report->policy, out))
        return false;
    return !is_low
           || policy_deny(out, "snp.policy.min_abi", "%u.%u, demanded %u.%u at least",
                          report->abi_major, report->abi_minor, policy->min_abi_major,
                          policy->min_abi_minor);
}

/* ---- host ------------------------------------------------------------------------- */

static bool judge_host(const struct policy_host *policy, const struct snp_report *report,
                       struct policy_answer *out)
{
#define BIT(NAME, MASK)                                                 \
    {                                                                   \
        "snp.platform_info." #NAME, offsetof(struct policy_host, NAME), \
            SNP_PLATFORM_##MASK                                         \
    }
    static const struct policy_bit bits[] = {
        BIT(smt_en, SMT_EN),
        BIT(tsme_en, TSME_EN),
        BIT(ecc_en, ECC_EN),
        BIT(rapl_dis, RAPL_DIS),
        BIT(ciphertext_hiding, CIPHERTEXT_HIDING),
        BIT(alias_check_complete, ALIAS_CHECK_COMPLETE),
        BIT(tio_en, TIO_EN),
    };
#undef BIT

    return policy_judge_bits(bits, COUNT_OF(bits), policy, report->platform_info, out);
}

static uint32_t firmware_order(const struct snp_firmware_version *firmware)
{
    return (uint32_t)firmware->major << 16 | (uint32_t)firmware->minor << 8
           | firmware->build;
}

/* Firmware that is not committed can be rolled back while the guest runs. */
static bool judge_firmware(const struct policy_snp *policy,
                           const struct snp_report *report, struct policy_answer *out)
{
    const struct snp_firmware_version *have = &report->current,
                                      *least = &policy->min_firmware;

    if (firmware_order(have) < firmware_order(least))
        return policy_deny(
            out, "snp.min_firmware", "%u.%u.%u, demanded %u.%u.%u at least", have->major,
            have->minor, have->build, least->major, least->minor, least->build);
    if (policy->provisional_firmware == LEAVE_DENIED
        && (firmware_order(have) != firmware_order(&report->committed)
            || report->current_tcb != report->committed_tcb))
        return policy_deny(out, "snp.allow_provisional_firmware",
                           "the firmware that runs is not the one that is committed");
    return true;
}

static bool judge_tcb(const struct policy_snp *policy, const struct report_facts *facts,
                      struct policy_answer *out)
{
    enum snp_product product = facts->product;
    enum spl lowest = 0;

    if (!policy->any_min_tcb)
        return true;
    if (product == 0 || !policy->has_min_tcb[product])
        return policy_deny(out, "snp.min_tcb", "there is no minimum for %s",
                           product == 0 ? "a product that nobody knows"
                                        : snp_product_facts(product)->name);
    const struct tcb_version *need = &policy->min_tcb[product];
    return tcb_version_meets(&facts->reported, need, &lowest)
           || policy_deny(out, "snp.min_tcb", "%s is %u, demanded %u at least",
                          spl_parameter(lowest), facts->reported.spl[lowest],
                          need->spl[lowest]);
}

bool policy_judge_report(const struct policy_snp *policy,
                         const struct report_facts *facts, struct policy_answer *out)
{
    const struct snp_report *report = &facts->report;

    if (policy->accepted_veks != 0
        && (policy->accepted_veks >> report->signed_by & 1) == 0)
        return policy_deny(out, "snp.accepted_veks", "signed by a %s",
                           vek_kind_name(report->signed_by));
    return judge_identity(policy, report, out) && judge_guest(&policy->guest, report, out)
           && judge_host(&policy->host, report, out)
           && judge_firmware(policy, report, out) && judge_tcb(policy, facts, out);
}
