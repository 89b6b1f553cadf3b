/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts put together for tests of what is made of them: valid ones, in which every
 * view has bytes of its own. */
#ifndef THIM_VERIFY_TEST_VERDICTS_H
#define THIM_VERIFY_TEST_VERDICTS_H

#include "verify/verdict.h"

#define VERDICT_NOW 1750377600 /* 2025-06-20 */

struct test_verdict {
    struct verdict verdict;
    uint8_t bytes[8192];
    size_t used;
    struct tcb_level level;
    struct enclave_tcb_level module_level, qe_level;
    struct tcb_info info;
    struct qe_identity identity;
    struct bytes advisories[2];
};

/* Bytes that no other view has. */
static inline void verdict_fill(struct test_verdict *t, struct bytes *view, size_t len)
{
    uint8_t *at = t->bytes + t->used;

    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)((t->used + i) * 31 + 5);
    *view = bytes_of(at, len);
    t->used += len;
}

static inline void verdict_fill_enclave(struct test_verdict *t,
                                        struct sgx_report_body *body)
{
    verdict_fill(t, &body->cpusvn, 16);
    verdict_fill(t, &body->miscselect, 4);
    verdict_fill(t, &body->isv_ext_prod_id, 16);
    verdict_fill(t, &body->attributes, 16);
    verdict_fill(t, &body->mrenclave, 32);
    verdict_fill(t, &body->mrsigner, 32);
    verdict_fill(t, &body->config_id, 64);
    verdict_fill(t, &body->isv_family_id, 16);
    verdict_fill(t, &body->report_data, 64);
    body->isv_prod_id = 7;
    body->isv_svn = 9;
    body->config_svn = 3;
}

static inline void verdict_fill_td(struct test_verdict *t, struct td_report *td)
{
    struct bytes *views48[] = { &td->mrseam,   &td->mrsignerseam, &td->mrtd,
                                &td->mrowner,  &td->mrconfigid,   &td->mrownerconfig,
                                &td->rtmrs[0], &td->rtmrs[1],     &td->rtmrs[2],
                                &td->rtmrs[3], &td->mrservicetd };

    td->form = TD_REPORT_15;
    for (size_t i = 0; i < COUNT_OF(views48); i++)
        verdict_fill(t, views48[i], 48);
    verdict_fill(t, &td->tee_tcb_svn, 16);
    verdict_fill(t, &td->tee_tcb_svn2, 16);
    verdict_fill(t, &td->seam_attributes, 8);
    verdict_fill(t, &td->td_attributes, 8);
    verdict_fill(t, &td->xfam, 8);
    verdict_fill(t, &td->report_data, 64);
}

static inline void verdict_fill_platform(struct pck_cert *pck)
{
    memcpy(pck->fmspc, "\x30\x60\x6a\x00\x00\x01", 6);
    memcpy(pck->pce_id, "\x00\x02", 2);
    memcpy(pck->ppid, "a ppid, 16 bytes", 16);
    memcpy(pck->platform_instance_id, "an instance's id", 16);
    memset(pck->cpusvn, 0x0c, sizeof pck->cpusvn);
    memset(pck->components, 5, sizeof pck->components);
    pck->pcesvn = 13;
    pck->sgx_type = PCK_SCALABLE;
    pck->has_platform = true;
}

static inline void verdict_fill_levels(struct test_verdict *t)
{
    struct quote_facts *facts = &t->verdict.intel;

    t->advisories[0] = bytes_of_text("INTEL-SA-00615");
    t->advisories[1] = bytes_of_text("INTEL-SA-00837");
    t->level = (struct tcb_level){ .tcb_date_s = 1710288000,
                                   .status = TCB_SW_HARDENING_NEEDED,
                                   .advisories = t->advisories,
                                   .advisory_count = 2 };
    t->module_level = (struct enclave_tcb_level){ .isvsvn = 5,
                                                  .tcb_date_s = 1710288001,
                                                  .status = TCB_UP_TO_DATE };
    t->qe_level = (struct enclave_tcb_level){ .isvsvn = 8,
                                              .tcb_date_s = 1710288002,
                                              .status = TCB_UP_TO_DATE };
    t->info = (struct tcb_info){ .version = 3,
                                 .evaluation_data_number = 17,
                                 .issue_date_s = VERDICT_NOW - 86400,
                                 .next_update_s = VERDICT_NOW + 86400 };
    memcpy(t->info.fmspc, facts->pck.fmspc, sizeof t->info.fmspc);
    t->identity = (struct qe_identity){ .id = ENCLAVE_QE,
                                        .evaluation_data_number = 18,
                                        .issue_date_s = VERDICT_NOW - 86400,
                                        .next_update_s = VERDICT_NOW + 86400 };
    facts->tcb_info = &t->info;
    facts->identity = &t->identity;
    facts->has_tcb = true;
    facts->tcb.standing = STANDING_SW_HARDENING_NEEDED;
    facts->tcb.launch = (struct tcb_side){ .standing = STANDING_SW_HARDENING_NEEDED,
                                           .level = &t->level,
                                           .tcb_date_s = 1710288000 };
    facts->tcb.qe_level = &t->qe_level;
    facts->tcb.tcb_date_s = 1710288000;
}

static inline void verdict_make_quote(struct test_verdict *t, enum evidence evidence)
{
    struct verdict *verdict = &t->verdict;
    struct quote_facts *facts = &verdict->intel;
    struct quote *quote = &facts->quote;
    bool is_td = evidence == EVIDENCE_TDX;

    quote->version = is_td ? 5 : 3;
    quote->tee = is_td ? TEE_TDX : TEE_SGX;
    verdict_fill(t, &quote->qe_id, 16);
    verdict_fill(t, &quote->user_data, 20);
    quote->certification = CERTIFICATION_PCK_CHAIN;
    quote->trailing = 3;
    verdict_fill_enclave(t, &quote->qe_report);
    if (is_td)
        verdict_fill_td(t, &quote->td);
    else
        verdict_fill_enclave(t, &quote->sgx);
    facts->has_pck = true;
    verdict_fill_platform(&facts->pck);
    facts->ca = PCK_CA_PLATFORM;
    facts->root_origin = ROOT_PINNED;
    memset(facts->root_spki_sha256, 0x70, sizeof facts->root_spki_sha256);
    memset(facts->root_key_id, 0x71, sizeof facts->root_key_id);
    verdict_fill(t, &facts->root_crl_number, 2);
    verdict_fill(t, &facts->pck_crl_number, 3);
    verdict_fill_levels(t);
    if (is_td) {
        t->info.tee = TEE_TDX;
        t->identity.id = ENCLAVE_TD_QE;
        facts->tcb.launch.module_level = &t->module_level;
        facts->tcb.current = facts->tcb.launch;
    }
    verdict->has_status = true;
    verdict->status = STANDING_SW_HARDENING_NEEDED;
    verdict->tcb_date_s = 1710288000;
    verdict->evaluation_data_number = 17;
    verdict->advisory_count = 2;
    memcpy(verdict->advisories, t->advisories, sizeof t->advisories);
    for (unsigned i = DATED_PCK_CERT_CHAIN; i <= DATED_ENCLAVE_IDENTITY_CHAIN; i++)
        verdict_date(verdict, (enum dated_item)i, VERDICT_NOW - 100 - i,
                     VERDICT_NOW + 1000 + i, 0);
}

static inline void verdict_make_report(struct test_verdict *t)
{
    struct report_facts *facts = &t->verdict.amd;
    struct snp_report *report = &facts->report;
    struct bytes *views48[] = { &report->measurement, &report->id_key_digest,
                                &report->author_key_digest };
    struct bytes *views32[] = { &report->host_data, &report->report_id,
                                &report->report_id_ma };

    verdict_fill(t, &report->signed_part, SNP_SIGNED_LEN);
    for (size_t i = 0; i < COUNT_OF(views48); i++)
        verdict_fill(t, views48[i], 48);
    for (size_t i = 0; i < COUNT_OF(views32); i++)
        verdict_fill(t, views32[i], 32);
    verdict_fill(t, &report->family_id, 16);
    verdict_fill(t, &report->image_id, 16);
    verdict_fill(t, &report->report_data, 64);
    verdict_fill(t, &report->chip_id, CHIP_ID_LEN);
    report->version = 5;
    report->guest_svn = 4;
    report->policy = SNP_POLICY_RESERVED_ONE | SNP_POLICY_SMT;
    report->abi_major = 1;
    report->abi_minor = 51;
    report->vmpl = 1;
    report->signature_algorithm = 1;
    report->platform_info = SNP_PLATFORM_SMT_EN | SNP_PLATFORM_ALIAS_CHECK_COMPLETE;
    report->signed_by = VEK_VCEK;
    report->current = report->committed =
        (struct snp_firmware_version){ .major = 1, .minor = 55, .build = 21 };
    report->current_tcb = report->reported_tcb = report->committed_tcb =
        report->launch_tcb = 0xdb18000000000004;
    report->family = 0x19;
    report->model = 1;
    report->stepping = 1;
    report->launch_mitigations = 0x10;
    report->current_mitigations = 0x8000000000000001;
    facts->product = SNP_MILAN;
    facts->reported.spl[SPL_BOOT_LOADER] = 4;
    facts->reported.spl[SPL_SNP] = 0x18;
    facts->reported.spl[SPL_MICROCODE] = 0xdb;
    facts->current = facts->committed = facts->launch = facts->reported;
    facts->has_vek = true;
    facts->vek = (struct vcek){ .kind = VEK_VCEK,
                                .product = SNP_MILAN,
                                .product_name = bytes_of_text("Milan-B0"),
                                .tcb = facts->reported };
    facts->vek.hwid.len = CHIP_ID_LEN;
    memcpy(facts->vek.hwid.at, report->chip_id.at, CHIP_ID_LEN);
    facts->root_origin = ROOT_TEST;
    for (unsigned i = DATED_VEK; i <= DATED_AMD_CRL; i++)
        verdict_date(&t->verdict, (enum dated_item)i, VERDICT_NOW - 100 - i,
                     VERDICT_NOW + 1000 + i, 0);
}

static inline void verdict_make(struct test_verdict *t, enum evidence evidence)
{
    memset(t, 0, sizeof *t);
    verdict_begin(&t->verdict, evidence, VERDICT_NOW);
    if (evidence == EVIDENCE_SEV_SNP)
        verdict_make_report(t);
    else
        verdict_make_quote(t, evidence);
    t->verdict.revocation_checked = true;
    verdict_end(&t->verdict);
}

#endif
