/* SPDX-License-Identifier: Apache-2.0 */
#include "format/verification_policy.h"

#include "format/verification_policy_parts.h"
#include "kit/text.h"

/* ---- statuses and advisories ---------------------------------------------------- */

static const struct json_choice statuses[] = {
    { "UpToDate", TCB_UP_TO_DATE },
    { "SWHardeningNeeded", TCB_SW_HARDENING_NEEDED },
    { "ConfigurationNeeded", TCB_CONFIGURATION_NEEDED },
    { "ConfigurationAndSWHardeningNeeded", TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED },
    { "OutOfDate", TCB_OUT_OF_DATE },
    { "OutOfDateConfigurationNeeded", TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
    { "TDRelaunchAdvised", POLICY_TD_RELAUNCH_ADVISED },
    { "TDRelaunchAdvisedConfigurationNeeded",
      POLICY_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED },
    { "Revoked", POLICY_NEVER },
    { "NotSupported", POLICY_NEVER },
    { NULL, 0 },
};
static const struct json_choice sgx_types[] = {
    { "Standard", PCK_STANDARD },
    { "Scalable", PCK_SCALABLE },
    { "ScalableWithIntegrity", PCK_SCALABLE_WITH_INTEGRITY },
    { NULL, 0 },
};

static void read_statuses(struct json *json, void *into)
{
    policy_read_set(json, into, statuses);
}

static void read_sgx_types(struct json *json, void *into)
{
    policy_read_set(json, into, sgx_types);
}

/* INTEL-SA- and five digits, or more one day: what is compared letter by letter must not
 * be off by a zero. */
static bool is_advisory(struct bytes text)
{
    static const char before[] = "INTEL-SA-";
    enum { BEFORE = sizeof before - 1, DIGITS_LEAST = 5, DIGITS_MOST = 9 };
    struct bytes digits = bytes_after(text, BEFORE);

    for (size_t i = 0; i < digits.len; i++)
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return false;
    return bytes_equal_text(bytes_first(text, BEFORE), before)
           && digits.len >= DIGITS_LEAST && digits.len <= DIGITS_MOST;
}

static void read_advisories(struct json *json, void *into)
{
    struct json_list list = { .item_len = sizeof(struct bytes),
                              .max = POLICY_ADVISORIES_MAX };
    struct policy_texts *out = into;
    struct bytes *item;

    json_read_array(json);
    while (json_element(json)) {
        if ((item = json_list_add(json, &list)) == NULL)
            return;
        *item = json_read_string(json);
        if (json_ok(json) && !is_advisory(*item))
            json_refuse(json, "\"%.40s\" is no advisory like INTEL-SA-00615",
                        safe(*item).s);
    }
    *out =
        (struct policy_texts){ .at = list.items, .count = list.count, .is_given = true };
}

static void read_blocked(struct json *json, void *into)
{
    const struct policy_texts *out = into;

    read_advisories(json, into);
    if (json_ok(json) && out->count == 0)
        json_refuse(json, "the list is empty: leave it out");
}

/* ---- sections ------------------------------------------------------------------- */

static void read_platform(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        MEMBER("fmspc", policy_platform, fmspc, policy_read_values_6),
        MEMBER("pce_id", policy_platform, pce_id, policy_read_values_2),
        MEMBER("ppid", policy_platform, ppid, policy_read_values_16),
        MEMBER("platform_instance_id", policy_platform, platform_instance_id,
               policy_read_values_16),
        MEMBER("accepted_sgx_types", policy_platform, accepted_sgx_types, read_sgx_types),
        MEMBER("allow_dynamic_platform", policy_platform, dynamic_platform,
               policy_read_leave),
        MEMBER("allow_cached_keys", policy_platform, cached_keys, policy_read_leave),
        MEMBER("allow_smt_enabled", policy_platform, smt_enabled, policy_read_leave),
    };
    struct policy_platform *platform = into;

    platform->is_given = true;
    json_fields_only(json, fields, COUNT_OF(fields), into);
}

static void read_sgx(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        MEMBER("mrenclave", policy_sgx, mrenclave, policy_read_values_32),
        MEMBER("mrsigner", policy_sgx, mrsigner, policy_read_values_32),
        MEMBER("isv_prod_id", policy_sgx, isv_prod_id, policy_read_numbers_u16),
        NUMBER("min_isv_svn", U16, policy_sgx, min_isv_svn),
        MEMBER("config_id", policy_sgx, config_id, policy_read_values_64),
        NUMBER("min_config_svn", U16, policy_sgx, min_config_svn),
        MEMBER("isv_family_id", policy_sgx, isv_family_id, policy_read_values_16),
        MEMBER("isv_ext_prod_id", policy_sgx, isv_ext_prod_id, policy_read_values_16),
        MEMBER("attributes", policy_sgx, attributes, policy_read_masked_16),
        MEMBER("attributes_mask", policy_sgx, attributes, policy_read_mask_16),
        MEMBER("miscselect", policy_sgx, miscselect, policy_read_masked_4),
        MEMBER("miscselect_mask", policy_sgx, miscselect, policy_read_mask_4),
        MEMBER("report_data", policy_sgx, report_data, policy_read_values_64),
    };
    struct policy_sgx *sgx = into;

    sgx->is_given = true;
    json_fields_only(json, fields, COUNT_OF(fields), into);
    policy_check_masked(json, &sgx->attributes, "attributes");
    policy_check_masked(json, &sgx->miscselect, "miscselect");
}

static void read_tdx(struct json *json, void *into)
{
    static const struct json_field fields[] = {
        MEMBER("mrtd", policy_tdx, mrtd, policy_read_values_48),
        MEMBER("rtmr0", policy_tdx, rtmrs[0], policy_read_values_48),
        MEMBER("rtmr1", policy_tdx, rtmrs[1], policy_read_values_48),
        MEMBER("rtmr2", policy_tdx, rtmrs[2], policy_read_values_48),
        MEMBER("rtmr3", policy_tdx, rtmrs[3], policy_read_values_48),
        MEMBER("mrconfigid", policy_tdx, mrconfigid, policy_read_values_48),
        MEMBER("mrowner", policy_tdx, mrowner, policy_read_values_48),
        MEMBER("mrownerconfig", policy_tdx, mrownerconfig, policy_read_values_48),
        MEMBER("mrseam", policy_tdx, mrseam, policy_read_values_48),
        MEMBER("mrsignerseam", policy_tdx, mrsignerseam, policy_read_values_48),
        MEMBER("mrservicetd", policy_tdx, mrservicetd, policy_read_values_48),
        MEMBER("td_attributes", policy_tdx, td_attributes, policy_read_masked_8),
        MEMBER("td_attributes_mask", policy_tdx, td_attributes, policy_read_mask_8),
        MEMBER("xfam", policy_tdx, xfam, policy_read_masked_8),
        MEMBER("xfam_mask", policy_tdx, xfam, policy_read_mask_8),
        MEMBER("sept_ve_disable", policy_tdx, sept_ve_disable, policy_read_demand),
        MEMBER("report_data", policy_tdx, report_data, policy_read_values_64),
    };
    struct policy_tdx *tdx = into;

    tdx->is_given = true;
    json_fields_only(json, fields, COUNT_OF(fields), into);
    policy_check_masked(json, &tdx->td_attributes, "td_attributes");
    policy_check_masked(json, &tdx->xfam, "xfam");
}

bool verification_policy_parse(struct bytes text, struct arena *arena,
                               struct verification_policy *out, struct error *err)
{
    static const struct json_field fields[] = {
        MEMBER("accepted_statuses", verification_policy, accepted_statuses,
               read_statuses),
        { "min_evaluation_data_number",
          FIELD_INTO(U32, struct verification_policy, min_evaluation_data_number),
          .optional = true, .least = 1 },
        { "min_tcb_date", FIELD_INTO(DATE, struct verification_policy, min_tcb_date_s),
          .optional = true },
        MEMBER("accepted_advisories", verification_policy, accepted_advisories,
               read_advisories),
        MEMBER("blocked_advisories", verification_policy, blocked_advisories,
               read_blocked),
        MEMBER("allow_debug", verification_policy, allow_debug, policy_read_boolean),
        MEMBER("require_revocation_checked", verification_policy,
               require_revocation_checked, policy_read_boolean),
        MEMBER("platform", verification_policy, platform, read_platform),
        MEMBER("sgx", verification_policy, sgx, read_sgx),
        MEMBER("tdx", verification_policy, tdx, read_tdx),
        MEMBER("snp", verification_policy, snp, policy_read_snp),
        { "sev-snp", .kind = FIELD_REFUSED, .why = "its name is \"snp\" here" },
    };
    struct json json;

    *out = (struct verification_policy){ 0 };
    json_begin_up_to(&json, text, VERIFICATION_POLICY_MAX, arena, err);
    json_fields_only(&json, fields, COUNT_OF(fields), out);
    if (json_end(&json))
        return true;
    *out = (struct verification_policy){ 0 };
    return error_within(err, "policy");
}
