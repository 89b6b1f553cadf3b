/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/report.h"

#include "kit/text.h"

struct report_trial { /* one report under judgement */
    const struct report_law *law;
    struct known_signers *known; /* NULL: nothing is remembered */
    struct verdict *verdict;
    const struct snp_report *report;
    const struct verified_vcek *vek;
    enum verify_check missing; /* the first thing that was not there */
    const char *missing_what;
};

/* What is missing is said last: what is wrong for good is to be said first. */
static bool is_missing(struct report_trial *t, enum verify_check check, const char *what)
{
    if (t->missing == CHECK_PASSED) {
        t->missing = check;
        t->missing_what = what;
    }
    return false;
}

static bool is_zero(struct bytes b)
{
    uint8_t any = 0;

    for (size_t i = 0; i < b.len; i++)
        any |= b.at[i];
    return any == 0;
}

/* ---- the report -------------------------------------------------------------------- */

/* Firmware that knows of no signing key "none" leaves zeros for a signature. */
static bool is_unsigned(const struct snp_report *report)
{
    return report->signed_by == 0
           || (report->mask_chip_key
               && is_zero(bytes_of(report->signature, sizeof report->signature)));
}

static bool parse(struct report_trial *t, struct bytes in)
{
    struct report_facts *facts = &t->verdict->amd;
    struct error why = { 0 };

    if (!snp_report_parse(in, &facts->report, &why))
        return verdict_fail_as(t->verdict, CHECK_UNSUPPORTED_REPORT_FORMAT, &why);
    facts->product = snp_report_product(&facts->report);
    return !is_unsigned(&facts->report)
           || verdict_fail(t->verdict, CHECK_REPORT_UNSIGNED,
                           "the host masks its chip's key, so nobody has signed the "
                           "report");
}

/* ---- whose key --------------------------------------------------------------------- */

static bool find_vek(struct report_trial *t)
{
    const struct vek_source *source = &t->law->source;
    enum verify_check check = CHECK_PASSED;
    struct error why = { 0 };

    t->vek = source->vek(source->context, t->report, &check, &why);
    if (t->vek != NULL)
        return true;
    if (check != CHECK_PASSED)
        return verdict_fail_as(t->verdict, check, &why);
    return is_missing(t, CHECK_VEK_MISSING, "the VCEK or VLEK that has signed it");
}

static bool check_root(struct report_trial *t)
{
    const struct amd_issuer_facts *issuer = amd_issuer_facts(vcek_facts(t->vek)->issuer);
    const struct trusted_root *root =
        trust_find_spki(t->law->trust, issuer->root_spki_sha256);

    if (root == NULL)
        return verdict_fail(t->verdict, CHECK_VEK_CHAIN_UNTRUSTED,
                            "the chain's root key (SHA-256 %s) is not trusted here",
                            hex(issuer->root_spki_sha256, 32).s);
    t->verdict->amd.root_origin = root->origin;
    memcpy(t->verdict->amd.root_spki_sha256, issuer->root_spki_sha256, 32);
    return true;
}

static void record_vek(struct report_trial *t)
{
    const struct vcek_facts *vek = vcek_facts(t->vek);
    const struct chain *issuer = &amd_issuer_facts(vek->issuer)->chain;

    t->verdict->amd.has_vek = true;
    t->verdict->amd.vek = vek->vcek;
    verdict_date(t->verdict, DATED_VEK, vek->valid_from_s, vek->valid_until_s,
                 t->law->future_s);
    verdict_date(t->verdict, DATED_VEK_CHAIN, issuer->valid_from_s, issuer->valid_until_s,
                 t->law->future_s);
}

/* NULL: there is none. Nothing said of it ends the trial: the report has a TCB all the
 * same. */
static const struct verified_amd_crl *find_list(struct report_trial *t)
{
    const struct vek_source *source = &t->law->source;
    const struct verified_amd_issuer *issuer = vcek_facts(t->vek)->issuer;
    enum verify_check check = CHECK_PASSED;
    struct error why = { 0 };
    const struct verified_amd_crl *list =
        source->crl(source->context, amd_issuer_facts(issuer)->product, &check, &why);

    if (list != NULL)
        return list;
    if (check != CHECK_PASSED)
        verdict_fail_as(t->verdict, check, &why);
    else if (!t->law->crl_optional)
        is_missing(t, CHECK_AMD_CRL_MISSING, "the ARK's CRL");
    return NULL;
}

/* Only a list in force clears anybody; whom an older one lists is revoked all the same.
 */
static void check_revocation(struct report_trial *t)
{
    const struct verified_amd_crl *list = find_list(t);
    struct error why = { 0 };

    if (list == NULL)
        return;
    if (!amd_issuer_not_revoked(vcek_facts(t->vek)->issuer, list, &why))
        verdict_fail_as(t->verdict,
                        why.kind == ERROR_REVOKED ? CHECK_VEK_ISSUER_REVOKED
                                                  : CHECK_AMD_CRL_INVALID,
                        &why);
    if (why.kind == ERROR_UNTRUSTED) /* another ARK's: its dates are nobody's */
        return;
    const struct amd_crl_facts *facts = amd_crl_facts(list);
    verdict_date(t->verdict, DATED_AMD_CRL, facts->issue_date_s, facts->next_update_s,
                 t->law->future_s);
    t->verdict->revocation_checked = !t->verdict->dates[DATED_AMD_CRL].is_out;
}

/* ---- that the certificate is the report's ------------------------------------------ */

/* A VLEK is lent to a provider for all its chips, and names none; and a report whose chip
 * id is masked is this chip's where its signature is. */
static bool check_chip(struct report_trial *t)
{
    const struct vcek *vek = &t->verdict->amd.vek;
    struct bytes chip_id = t->report->chip_id;
    struct snp_hwid hwid;
    struct error why = { 0 };

    if (vek->kind != VEK_VCEK || is_zero(chip_id))
        return true;
    if (!snp_hwid_read(vek->product, chip_id, &hwid, &why))
        return verdict_fail_as(t->verdict, CHECK_VEK_MISMATCH, &why);
    return memcmp(&hwid, &vek->hwid, sizeof hwid) == 0
           || verdict_fail(t->verdict, CHECK_VEK_MISMATCH,
                           "the VCEK is of chip %s, and the report of %s",
                           hex(vek->hwid.at, vek->hwid.len).s, hex(hwid.at, hwid.len).s);
}

static bool check_product(struct report_trial *t)
{
    struct report_facts *facts = &t->verdict->amd;

    if (facts->vek.kind != t->report->signed_by)
        return verdict_fail(t->verdict, CHECK_VEK_MISMATCH,
                            "a %s was given, and a %s has signed the report",
                            vek_kind_name(facts->vek.kind),
                            vek_kind_name(t->report->signed_by));
    if (facts->product != 0 && facts->product != facts->vek.product)
        return verdict_fail(t->verdict, CHECK_VEK_MISMATCH,
                            "the certificate is of %s, and the report of %s",
                            snp_product_facts(facts->vek.product)->name,
                            snp_product_facts(facts->product)->name);
    facts->product = facts->vek.product;
    return true;
}

/* Read by the certificate's product, since a report of version 2 names none. */
static bool read_tcbs(struct report_trial *t)
{
    struct report_facts *facts = &t->verdict->amd;
    const struct snp_report *report = t->report;
    struct error why = { 0 };

    if (tcb_version_read(facts->product, report->reported_tcb, &facts->reported, &why)
        && tcb_version_read(facts->product, report->current_tcb, &facts->current, &why)
        && tcb_version_read(facts->product, report->committed_tcb, &facts->committed,
                            &why)
        && tcb_version_read(facts->product, report->launch_tcb, &facts->launch, &why))
        return true;
    error_within(&why, "a TCB_VERSION of the report");
    return verdict_fail_as(t->verdict, CHECK_VEK_MISMATCH, &why);
}

static bool check_tcb(struct report_trial *t)
{
    const struct report_facts *facts = &t->verdict->amd;

    return tcb_version_equal(&facts->vek.tcb, &facts->reported)
           || verdict_fail(t->verdict, CHECK_VEK_TCB_MISMATCH,
                           "the %s is for %s, and the report is of %s",
                           vek_kind_name(facts->vek.kind),
                           tcb_version_words(facts->product, &facts->vek.tcb).s,
                           tcb_version_words(facts->product, &facts->reported).s);
}

/* ---- the signature ----------------------------------------------------------------- */

static bool verify_anew(struct report_trial *t, struct error *err)
{
    return p384_verify(vcek_facts(t->vek)->public_key.at, t->report->signed_part,
                       t->report->signature, err);
}

static bool verify_by_known(struct report_trial *t, struct error *err)
{
    struct p384_key *key = known_vek_key(t->known, t->vek, err);

    return key != NULL
           && p384_key_verify(key, t->report->signed_part, t->report->signature, err);
}

static bool check_signature(struct report_trial *t)
{
    struct error why = { 0 };

    if (t->known != NULL ? verify_by_known(t, &why) : verify_anew(t, &why))
        return true;
    error_within(&why, "report, by the %s", vek_kind_name(t->report->signed_by));
    return verdict_fail_as(t->verdict, CHECK_INVALID_REPORT_SIGNATURE, &why);
}

/* ---- the operator's minimum and list ----------------------------------------------- */

static void judge_tcb(struct report_trial *t)
{
    struct report_facts *facts = &t->verdict->amd;

    facts->has_min_tcb = t->law->has_min_tcb[facts->product];
    if (!facts->has_min_tcb)
        return;
    facts->min_tcb = t->law->min_tcb[facts->product];
    t->verdict->has_status = true;
    t->verdict->status =
        tcb_version_meets(&facts->reported, &facts->min_tcb, &facts->lowest)
            ? STANDING_UP_TO_DATE
            : STANDING_OUT_OF_DATE;
}

static void check_denials(struct report_trial *t)
{
    const struct verdict_denials *denials = &t->law->denials;
    const struct vcek *vek = &t->verdict->amd.vek;
    struct snp_hwid hwid = vek->hwid;
    struct error why = { 0 };

    if (denials->pass == NULL)
        return;
    if (hwid.len == 0 && !snp_hwid_read(vek->product, t->report->chip_id, &hwid, &why))
        hwid.len = 0; /* masked */
    const struct verdict_party party = { .spki = vcek_facts(t->vek)->spki,
                                         .chip_id = bytes_of(hwid.at, hwid.len) };
    if (!denials->pass(denials->list, &party, t->law->now_s, &why))
        verdict_fail_as(t->verdict, CHECK_DENIED, &why);
}

/* ---- all of it --------------------------------------------------------------------- */

/* False from the first check on that leaves nothing to go by. */
static bool try_report(struct report_trial *t, struct bytes in)
{
    if (!parse(t, in) || !find_vek(t) || !check_root(t))
        return false;
    record_vek(t);
    if (!check_product(t) || !check_chip(t) || !read_tcbs(t) || !check_tcb(t))
        return false;
    check_revocation(t);
    if (!check_signature(t))
        return false;
    judge_tcb(t);
    check_denials(t);
    return true;
}

bool report_verify(struct bytes report, const struct report_law *law,
                   struct known_signers *known, struct verdict *verdict)
{
    struct report_trial t = {
        .law = law, .known = known, .verdict = verdict, .report = &verdict->amd.report
    };

    verdict_begin(verdict, EVIDENCE_SEV_SNP, law->now_s);
    bool is_judged = try_report(&t, report);
    if (t.missing != CHECK_PASSED)
        verdict_fail(verdict, t.missing, "%s is not at hand", t.missing_what);
    if (!is_judged) /* our own mistake, should no check have failed */
        verdict_fail(verdict, CHECK_SYSTEM, "judging has ended early");
    verdict_end(verdict);
    return verdict->valid;
}
