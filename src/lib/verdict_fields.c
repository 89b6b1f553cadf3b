/* SPDX-License-Identifier: Apache-2.0 */
/* Of the verdict: what a valid quote or report says. */
#include <assert.h>

#include "lib/parts.h"

/* ---- bytes ------------------------------------------------------------------------- */

struct place { /* of a view in one of the engine's structs */
    enum thim_field field;
    size_t offset;
};

#define IN(type, member) offsetof(struct type, member)
#define SGX(field, member)                                  \
    {                                                       \
        THIM_FIELD_SGX_##field, IN(sgx_report_body, member) \
    }
#define TDX(field, member)                            \
    {                                                 \
        THIM_FIELD_TDX_##field, IN(td_report, member) \
    }
#define SNP(field, member)                             \
    {                                                  \
        THIM_FIELD_SNP_##field, IN(snp_report, member) \
    }

static const struct place sgx_places[] = {
    { THIM_FIELD_REPORT_DATA, IN(sgx_report_body, report_data) },
    SGX(MRENCLAVE, mrenclave),
    SGX(MRSIGNER, mrsigner),
    SGX(ATTRIBUTES, attributes),
    SGX(MISCSELECT, miscselect),
    SGX(CPUSVN, cpusvn),
    SGX(CONFIG_ID, config_id),
    SGX(ISV_EXT_PROD_ID, isv_ext_prod_id),
    SGX(ISV_FAMILY_ID, isv_family_id),
};

static const struct place tdx_places[] = {
    { THIM_FIELD_REPORT_DATA, IN(td_report, report_data) },
    TDX(MRTD, mrtd),
    TDX(RTMR0, rtmrs[0]),
    TDX(RTMR1, rtmrs[1]),
    TDX(RTMR2, rtmrs[2]),
    TDX(RTMR3, rtmrs[3]),
    TDX(MRCONFIGID, mrconfigid),
    TDX(MROWNER, mrowner),
    TDX(MROWNERCONFIG, mrownerconfig),
    TDX(TD_ATTRIBUTES, td_attributes),
    TDX(XFAM, xfam),
    TDX(MRSEAM, mrseam),
    TDX(MRSIGNERSEAM, mrsignerseam),
    TDX(SEAM_ATTRIBUTES, seam_attributes),
    TDX(TEE_TCB_SVN, tee_tcb_svn),
    TDX(TEE_TCB_SVN2, tee_tcb_svn2),
    TDX(MRSERVICETD, mrservicetd),
};

static const struct place snp_places[] = {
    { THIM_FIELD_REPORT_DATA, IN(snp_report, report_data) },
    SNP(MEASUREMENT, measurement),
    SNP(HOST_DATA, host_data),
    SNP(CHIP_ID, chip_id),
    SNP(REPORT_ID, report_id),
    SNP(REPORT_ID_MA, report_id_ma),
    SNP(ID_KEY_DIGEST, id_key_digest),
    SNP(AUTHOR_KEY_DIGEST, author_key_digest),
    SNP(FAMILY_ID, family_id),
    SNP(IMAGE_ID, image_id),
};

static struct bytes look(const void *within, const struct place *places, size_t count,
                         enum thim_field field)
{
    struct bytes view = { 0 };

    for (size_t i = 0; i < count; i++)
        if (places[i].field == field)
            memcpy(&view, (const uint8_t *)within + places[i].offset, sizeof view);
    return view;
}

static struct bytes platform_field(const struct quote_facts *facts, enum thim_field field)
{
    const struct pck_cert *pck = &facts->pck;

    switch (field) {
    case THIM_FIELD_ROOT_SPKI_SHA256:
        return bytes_of(facts->root_spki_sha256, sizeof facts->root_spki_sha256);
    case THIM_FIELD_FMSPC:
        return bytes_of(pck->fmspc, sizeof pck->fmspc);
    case THIM_FIELD_PPID:
        return bytes_of(pck->ppid, sizeof pck->ppid);
    case THIM_FIELD_PCE_ID:
        return bytes_of(pck->pce_id, sizeof pck->pce_id);
    case THIM_FIELD_PLATFORM_INSTANCE_ID:
        return bytes_of(pck->platform_instance_id,
                        pck->has_platform ? sizeof pck->platform_instance_id : 0);
    case THIM_FIELD_QE_ID:
        return facts->quote.qe_id;
    case THIM_FIELD_PCK_CPUSVN:
        return bytes_of(pck->cpusvn, sizeof pck->cpusvn);
    default:
        return (struct bytes){ 0 };
    }
}

static struct bytes quote_field(const struct quote_facts *facts, enum thim_field field)
{
    struct bytes view = platform_field(facts, field);

    if (view.len > 0)
        return view;
    return facts->quote.tee == TEE_SGX
               ? look(&facts->quote.sgx, sgx_places, COUNT_OF(sgx_places), field)
               : look(&facts->quote.td, tdx_places, COUNT_OF(tdx_places), field);
}

static struct bytes report_field(const struct report_facts *facts, enum thim_field field)
{
    if (field == THIM_FIELD_ROOT_SPKI_SHA256)
        return bytes_of(facts->root_spki_sha256, sizeof facts->root_spki_sha256);
    if (field == THIM_FIELD_SNP_CSP_ID)
        return facts->vek.csp_id;
    return look(&facts->report, snp_places, COUNT_OF(snp_places), field);
}

struct thim_bytes thim_verdict_field(const struct thim_verdict *verdict,
                                     enum thim_field field)
{
    struct bytes view;

    if (!thim_verdict_valid(verdict))
        return (struct thim_bytes){ 0 };
    view = verdict->found.evidence == EVIDENCE_SEV_SNP
               ? report_field(&verdict->found.amd, field)
               : quote_field(&verdict->found.intel, field);
    return (struct thim_bytes){ .at = view.len > 0 ? view.at : NULL, .len = view.len };
}

/* ---- numbers ----------------------------------------------------------------------- */

static bool say(uint64_t value, uint64_t *out)
{
    *out = value;
    return true;
}

static bool platform_number(const struct quote_facts *facts, enum thim_number number,
                            uint64_t *out)
{
    const struct pck_cert *pck = &facts->pck;

    switch (number) {
    case THIM_NUMBER_PCK_CA:
        return say(facts->ca, out);
    case THIM_NUMBER_PCESVN:
        return say(pck->pcesvn, out);
    case THIM_NUMBER_SGX_TYPE:
        return say(pck->sgx_type, out);
    case THIM_NUMBER_DYNAMIC_PLATFORM:
        return pck->has_platform && say(pck->dynamic_platform, out);
    case THIM_NUMBER_CACHED_KEYS:
        return pck->has_platform && say(pck->cached_keys, out);
    case THIM_NUMBER_SMT_ENABLED:
        return pck->has_platform && say(pck->smt_enabled, out);
    default:
        return false;
    }
}

static bool quote_number(const struct quote_facts *facts, enum thim_number number,
                         uint64_t *out)
{
    const struct quote *quote = &facts->quote;
    bool is_sgx = quote->tee == TEE_SGX;

    switch (number) {
    case THIM_NUMBER_VERSION:
        return say(quote->version, out);
    case THIM_NUMBER_DEBUG:
        return say(is_sgx ? quote->sgx.is_debug : quote->td.is_debug, out);
    case THIM_NUMBER_TRAILING:
        return say(quote->trailing, out);
    case THIM_NUMBER_CERTIFICATION_TYPE:
        return say(quote->certification, out);
    case THIM_NUMBER_QE_ISV_SVN:
        return say(quote->qe_report.isv_svn, out);
    case THIM_NUMBER_SGX_ISV_PROD_ID:
        return is_sgx && say(quote->sgx.isv_prod_id, out);
    case THIM_NUMBER_SGX_ISV_SVN:
        return is_sgx && say(quote->sgx.isv_svn, out);
    case THIM_NUMBER_SGX_CONFIG_SVN:
        return is_sgx && say(quote->sgx.config_svn, out);
    default:
        return platform_number(facts, number, out);
    }
}

static bool report_number(const struct report_facts *facts, enum thim_number number,
                          uint64_t *out)
{
    const struct snp_report *report = &facts->report;

    switch (number) {
    case THIM_NUMBER_VERSION:
        return say(report->version, out);
    case THIM_NUMBER_DEBUG:
        return say((report->policy & SNP_POLICY_DEBUG) != 0, out);
    case THIM_NUMBER_SNP_PRODUCT:
        return facts->product != 0 && say(facts->product, out);
    case THIM_NUMBER_SNP_SIGNED_BY:
        return say(report->signed_by, out);
    case THIM_NUMBER_SNP_GUEST_SVN:
        return say(report->guest_svn, out);
    case THIM_NUMBER_SNP_GUEST_POLICY:
        return say(report->policy, out);
    case THIM_NUMBER_SNP_VMPL:
        return say(report->vmpl, out);
    case THIM_NUMBER_SNP_PLATFORM_INFO:
        return say(report->platform_info, out);
    case THIM_NUMBER_SNP_REPORTED_TCB:
        return say(report->reported_tcb, out);
    case THIM_NUMBER_SNP_CURRENT_TCB:
        return say(report->current_tcb, out);
    case THIM_NUMBER_SNP_COMMITTED_TCB:
        return say(report->committed_tcb, out);
    case THIM_NUMBER_SNP_LAUNCH_TCB:
        return say(report->launch_tcb, out);
    default:
        return false;
    }
}

bool thim_verdict_number(const struct thim_verdict *verdict, enum thim_number number,
                         uint64_t *out)
{
    uint64_t value = 0;
    bool says = thim_verdict_valid(verdict)
                && (verdict->found.evidence == EVIDENCE_SEV_SNP
                        ? report_number(&verdict->found.amd, number, &value)
                        : quote_number(&verdict->found.intel, number, &value));

    if (out != NULL)
        *out = value;
    return says;
}
