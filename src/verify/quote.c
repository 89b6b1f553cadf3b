/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/quote.h"

#include "kit/text.h"
#include "verify/quote_parts.h"

enum { MODULE_MAJOR = 1 }; /* index into TEE_TCB_SVN */

/* ---- collateral, and what is not there ----------------------------------------------
 */

static const struct verified_collateral *find(struct quote_trial *t,
                                              struct collateral_key subject)
{
    return t->law->source.find(t->law->source.context, &subject);
}

/* Judging goes on without it, for what is wrong for good is to be said first; but what
 * has been refused is as wrong as can be. */
static void do_without(struct quote_trial *t, struct collateral_key subject,
                       enum verify_check missing, const char *what)
{
    const struct collateral_source *source = &t->law->source;
    enum verify_check check;
    struct error why = { 0 };

    if (source->refusal != NULL
        && source->refusal(source->context, &subject, &check, &why)) {
        verdict_fail_as(t->verdict, check, &why);
    } else if (t->missing == CHECK_PASSED) {
        t->missing = missing;
        t->missing_what = what;
    }
}

/* ---- revocation -------------------------------------------------------------------- */

struct list {
    struct collateral_key key;
    enum verify_check missing, invalid;
    enum dated_item dated;
    const char *what;
    struct bytes *number;
};

/* What the list says, or NULL. Nothing about it ends the trial: the quote has a TCB all
 * the same. */
static const struct crl *find_list(struct quote_trial *t, const struct list *list)
{
    const struct verified_collateral *item = find(t, list->key);
    const struct quote_facts *facts = &t->verdict->intel;
    struct error why = { 0 };
    const struct crl *crl = NULL;

    if (item == NULL) {
        do_without(t, list->key, list->missing, list->what);
        return NULL;
    }
    if (!verified_crl_for(item, &list->key, facts->root_spki_sha256, &crl, &why)) {
        verdict_fail_as(t->verdict, list->invalid, &why);
        return NULL;
    }
    *list->number = crl->number;
    verdict_date(t->verdict, list->dated, crl->this_update_s, crl->next_update_s,
                 t->law->future_s);
    return crl;
}

static bool is_in_force(const struct quote_trial *t, enum dated_item list)
{
    return t->verdict->dates[list].is_known && !t->verdict->dates[list].is_out;
}

/* Who has been revoked has a TCB all the same, so judging goes on. */
static void check_revocation(struct quote_trial *t)
{
    struct quote_facts *facts = &t->verdict->intel;
    const struct list root = { .key = key_root_crl(),
                               .missing = CHECK_ROOT_CA_CRL_MISSING,
                               .invalid = CHECK_ROOT_CA_CRL_INVALID,
                               .dated = DATED_ROOT_CA_CRL,
                               .what = "root CA CRL",
                               .number = &facts->root_crl_number };
    const struct list pck = { .key = key_pck_crl(facts->ca),
                              .missing = CHECK_PCK_CRL_MISSING,
                              .invalid = CHECK_PCK_CRL_INVALID,
                              .dated = DATED_PCK_CRL,
                              .what = "PCK CRL of its CA",
                              .number = &facts->pck_crl_number };
    struct error why = { 0 };

    t->root_crl = find_list(t, &root);
    const struct crl *pck_crl = find_list(t, &pck);
    t->verdict->revocation_checked =
        is_in_force(t, DATED_ROOT_CA_CRL) && is_in_force(t, DATED_PCK_CRL);
    enum pck_revoked revoked = pck_revoked_by(t->pck, t->root_crl, pck_crl, &why);
    if (revoked != PCK_NOT_REVOKED)
        verdict_fail_as(
            t->verdict,
            revoked == PCK_CA_REVOKED ? CHECK_PCK_CA_REVOKED : CHECK_PCK_REVOKED, &why);
}

/* ---- what the vendor says of this platform and its QE ------------------------------ */

static bool check_item_root(struct quote_trial *t, const struct collateral_facts *item,
                            enum verify_check check)
{
    return trust_find_spki(t->law->trust, item->root_spki_sha256) != NULL
           || verdict_fail(t->verdict, check,
                           "%s: its root's key (SHA-256 %s) is not trusted here",
                           collateral_key_text(&item->key).s,
                           hex(item->root_spki_sha256, SHA256_LEN).s);
}

/* A document may have been verified under an older list than the one that counts now. */
static void check_signer(struct quote_trial *t, const struct collateral_facts *item)
{
    bool is_of_this_root =
        memcmp(item->root_spki_sha256, t->verdict->intel.root_spki_sha256, SHA256_LEN)
        == 0;

    if (t->root_crl != NULL && is_of_this_root
        && crl_lists(t->root_crl, item->signer_serial))
        verdict_fail(t->verdict, CHECK_TCB_SIGNING_REVOKED,
                     "%s: its signer's serial number %s is on the root CA CRL of %s",
                     collateral_key_text(&item->key).s,
                     hex(item->signer_serial.at, item->signer_serial.len).s,
                     utc(t->root_crl->this_update_s).s);
}

static bool find_tcb_info(struct quote_trial *t)
{
    struct quote_facts *facts = &t->verdict->intel;
    struct collateral_key subject = key_tcb_info(t->quote->tee, 3, facts->pck.fmspc, 0);
    const struct verified_collateral *item = find(t, subject);

    if (item == NULL && t->quote->tee == TEE_SGX)
        item = find(t, key_tcb_info(TEE_SGX, 2, facts->pck.fmspc, 0));
    if (item == NULL) {
        do_without(t, subject, CHECK_TCB_INFO_MISSING, "TCB info of its FMSPC");
        return true;
    }
    const struct collateral_facts *found = verified_facts(item);
    if (!check_item_root(t, found, CHECK_TCB_INFO_CHAIN_UNTRUSTED))
        return false;
    check_signer(t, found);
    verdict_date(t->verdict, DATED_TCB_INFO, found->issue_date_s, found->next_update_s,
                 t->law->future_s);
    verdict_date(t->verdict, DATED_TCB_INFO_CHAIN, found->chain_from_s,
                 found->chain_until_s, t->law->future_s);
    facts->tcb_info = found->tcb_info;
    return true;
}

static bool find_identity(struct quote_trial *t)
{
    struct collateral_key subject =
        key_identity(t->quote->tee == TEE_TDX ? ENCLAVE_TD_QE : ENCLAVE_QE, 0);
    const struct verified_collateral *item = find(t, subject);

    if (item == NULL) {
        do_without(t, subject, CHECK_ENCLAVE_IDENTITY_MISSING, "QE identity");
        return true;
    }
    const struct collateral_facts *found = verified_facts(item);
    if (!check_item_root(t, found, CHECK_ENCLAVE_IDENTITY_CHAIN_UNTRUSTED))
        return false;
    check_signer(t, found);
    verdict_date(t->verdict, DATED_ENCLAVE_IDENTITY, found->issue_date_s,
                 found->next_update_s, t->law->future_s);
    verdict_date(t->verdict, DATED_ENCLAVE_IDENTITY_CHAIN, found->chain_from_s,
                 found->chain_until_s, t->law->future_s);
    t->verdict->intel.identity = found->identity;
    return true;
}

static void record_numbers(struct quote_trial *t)
{
    const struct quote_facts *facts = &t->verdict->intel;
    uint32_t of_info =
        facts->tcb_info == NULL ? 0 : facts->tcb_info->evaluation_data_number;
    uint32_t of_identity =
        facts->identity == NULL ? 0 : facts->identity->evaluation_data_number;

    t->verdict->evaluation_data_number =
        of_info == 0 || (of_identity != 0 && of_identity < of_info) ? of_identity
                                                                    : of_info;
}

static bool check_tcb_info(struct quote_trial *t)
{
    const struct quote_facts *facts = &t->verdict->intel;
    const struct tcb_info *info = facts->tcb_info;

    if (info->tee != t->quote->tee)
        return verdict_fail(t->verdict, CHECK_TCB_INFO_MISMATCH,
                            "TCB info is for %s, and the quote is of %s",
                            tee_name(info->tee), tee_name(t->quote->tee));
    if (memcmp(info->fmspc, facts->pck.fmspc, sizeof info->fmspc) != 0)
        return verdict_fail(t->verdict, CHECK_TCB_INFO_MISMATCH,
                            "TCB info is for FMSPC %s, and the platform's is %s",
                            hex(info->fmspc, sizeof info->fmspc).s,
                            hex(facts->pck.fmspc, sizeof facts->pck.fmspc).s);
    if (info->has_pce_id
        && memcmp(info->pce_id, facts->pck.pce_id, sizeof info->pce_id) != 0)
        return verdict_fail(t->verdict, CHECK_TCB_INFO_MISMATCH,
                            "TCB info is for PCE-ID %s, and the platform's is %s",
                            hex(info->pce_id, sizeof info->pce_id).s,
                            hex(facts->pck.pce_id, sizeof facts->pck.pce_id).s);
    return true;
}

/* ---- the TDX module ---------------------------------------------------------------- */

static const struct tdx_module *module_of(const struct tcb_info *info, uint8_t major)
{
    if (major == 0)
        return info->has_tdx_module ? &info->module : NULL;
    return tdx_module_match(info, major);
}

/* What the mask leaves out must be zero: nobody has vouched for it. */
static bool seam_attributes_fit(struct bytes have, const struct tdx_module *module)
{
    for (size_t i = 0; i < have.len; i++)
        if ((have.at[i] & module->attributes_mask[i]) != module->attributes[i]
            || (have.at[i] & ~module->attributes_mask[i]) != 0)
            return false;
    return true;
}

static bool check_module(struct quote_trial *t)
{
    const struct td_report *td = &t->quote->td;
    uint8_t major = td->tee_tcb_svn.at[MODULE_MAJOR];
    const struct tdx_module *module = module_of(t->verdict->intel.tcb_info, major);

    if (module == NULL)
        return verdict_fail(t->verdict, CHECK_TDX_MODULE_MISMATCH,
                            "TCB info has no identity of TDX module version %u", major);
    if (memcmp(td->mrsignerseam.at, module->mrsigner, sizeof module->mrsigner) != 0)
        return verdict_fail(t->verdict, CHECK_TDX_MODULE_MISMATCH,
                            "MRSIGNERSEAM is %s, and TCB info has %s",
                            hex(td->mrsignerseam.at, td->mrsignerseam.len).s,
                            hex(module->mrsigner, sizeof module->mrsigner).s);
    return seam_attributes_fit(td->seam_attributes, module)
           || verdict_fail(
               t->verdict, CHECK_TDX_MODULE_MISMATCH,
               "SEAMATTRIBUTES are %s, and TCB info has %s under the mask %s",
               hex(td->seam_attributes.at, td->seam_attributes.len).s,
               hex(module->attributes, sizeof module->attributes).s,
               hex(module->attributes_mask, sizeof module->attributes_mask).s);
}

/* ---- the TCB ----------------------------------------------------------------------- */

static struct tcb_subject subject_of(const struct quote_trial *t)
{
    const struct pck_cert *pck = &t->verdict->intel.pck;
    const struct td_report *td = &t->quote->td;
    struct tcb_subject subject = { .sgx.pcesvn = pck->pcesvn,
                                   .has_tdx = t->quote->tee == TEE_TDX,
                                   .has_qe = true,
                                   .qe_isvsvn = t->quote->qe_report.isv_svn };

    memcpy(subject.sgx.cpusvn, pck->components, sizeof pck->components);
    if (!subject.has_tdx)
        return subject;
    memcpy(subject.tee_tcb_svn, td->tee_tcb_svn.at, sizeof subject.tee_tcb_svn);
    subject.has_current = td->form != TD_REPORT_10;
    if (subject.has_current)
        memcpy(subject.tee_tcb_svn2, td->tee_tcb_svn2.at, sizeof subject.tee_tcb_svn2);
    return subject;
}

static void judge_tcb(struct quote_trial *t)
{
    struct verdict *verdict = t->verdict;
    struct quote_facts *facts = &verdict->intel;
    struct tcb_subject subject = subject_of(t);

    tcb_judge(facts->tcb_info, facts->identity, &subject, &facts->tcb);
    facts->has_tcb = true;
    verdict->has_status = true;
    verdict->status = facts->tcb.standing;
    verdict->tcb_date_s = facts->tcb.tcb_date_s;
    verdict->advisory_count =
        tcb_verdict_advisories(&facts->tcb, verdict->advisories, VERDICT_ADVISORIES_MAX);
    if (verdict->status == STANDING_NOT_SUPPORTED)
        verdict_fail(verdict, CHECK_TCB_NOT_SUPPORTED,
                     "the platform reaches none of the TCB levels, or its TDX module or "
                     "QE none of theirs");
    else if (verdict->status == STANDING_REVOKED)
        verdict_fail(verdict, CHECK_TCB_REVOKED, "the TCB has been revoked");
}

/* ---- the operator's list, and all of it -------------------------------------------- */

static void check_denials(struct quote_trial *t)
{
    const struct verdict_denials *denials = &t->law->denials;
    const struct pck_facts *pck = pck_facts(t->pck);
    const struct verdict_party party = {
        .qe_id = t->quote->qe_id,
        .ppid = bytes_of(pck->cert.ppid, sizeof pck->cert.ppid),
        .fmspc = bytes_of(pck->cert.fmspc, sizeof pck->cert.fmspc),
        .spki = pck->spki,
        .advisories = t->verdict->advisories,
        .advisory_count = t->verdict->advisory_count,
    };
    struct error why = { 0 };

    if (denials->pass != NULL
        && !denials->pass(denials->list, &party, t->law->now_s, &why))
        verdict_fail_as(t->verdict, CHECK_DENIED, &why);
}

static bool parse(struct quote_trial *t, struct bytes in)
{
    struct quote *quote = &t->verdict->intel.quote;
    struct error why = { 0 };

    if (!quote_parse(in, quote, &why))
        return verdict_fail_as(t->verdict, CHECK_UNSUPPORTED_QUOTE_FORMAT, &why);
    t->quote = quote;
    t->verdict->evidence = quote->tee == TEE_TDX ? EVIDENCE_TDX : EVIDENCE_SGX;
    return quote->trailing == 0 || !t->law->refuse_trailing
           || verdict_fail(t->verdict, CHECK_UNSUPPORTED_QUOTE_FORMAT,
                           "%zu bytes behind the quote, which nobody has signed",
                           quote->trailing);
}

/* In Intel's order; false from the first check on that leaves nothing to go by. */
static bool try_quote(struct quote_trial *t, struct bytes in)
{
    const struct quote_facts *facts = &t->verdict->intel;

    if (!parse(t, in) || !quote_certify(t))
        return false;
    check_revocation(t);
    if (!find_tcb_info(t) || !find_identity(t))
        return false;
    record_numbers(t);
    if (facts->tcb_info != NULL
        && (!check_tcb_info(t) || (t->quote->tee == TEE_TDX && !check_module(t))))
        return false;
    if (!quote_check_signatures(t, facts->identity))
        return false;
    if (facts->tcb_info != NULL && facts->identity != NULL)
        judge_tcb(t);
    check_denials(t);
    return true;
}

bool quote_verify(struct bytes quote, const struct quote_law *law,
                  struct known_signers *known, struct verdict *verdict)
{
    struct quote_trial t = { .law = law, .known = known, .verdict = verdict };

    verdict_begin(verdict, 0, law->now_s);
    bool is_judged = try_quote(&t, quote) && verdict->has_status;
    if (t.missing != CHECK_PASSED)
        verdict_fail(verdict, t.missing, "%s is not at hand", t.missing_what);
    if (!is_judged) /* our own mistake, should no check have failed */
        verdict_fail(verdict, CHECK_SYSTEM, "judging has ended early");
    verdict_end(verdict);
    quote_trial_fini(&t);
    return verdict->valid;
}
