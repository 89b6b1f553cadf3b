/* SPDX-License-Identifier: Apache-2.0 */
/* Who is to be explained: a platform that is known, a certificate, quote or report that
 * was sent, or a TCB that was named. */
#include "format/evidence_text.h"
#include "format/quote.h"
#include "kit/text.h"
#include "serve/control_baselines_parts.h"
#include "serve/control_explain_json.h"
#include "serve/front.h"
#include "serve/verify_signer.h"
#include "verify/inspect_file.h"

enum { EXPLAIN_BYTES_MAX = 16 * 1024 * 1024, CERTIFICATE_MAX = 64 * 1024 };

struct inquiry { /* under way */
    const struct baselines_errand *errand;
    const struct baseline_view *view;
    struct arena arena;
    struct platform_ask who; /* the errand's, or what a quote names */
    unsigned tees;           /* likewise */
    struct evidence_text evidence;
    struct explain_subject subject;
    struct explanation explanations[2];
    size_t count;
};

/* ---- a platform ------------------------------------------------------------------- */

/* The confirmed one seen last, else the one that it asked with last. */
static const struct platform_raw_tcb *latest_tcb(const struct platform *platform)
{
    const struct platform_raw_tcb *latest = NULL;

    for (size_t i = 0; i < platform->raw_tcb_count; i++) {
        const struct platform_raw_tcb *each = &platform->raw_tcbs[i];
        bool is_later = latest == NULL || each->confirmed > latest->confirmed
                        || (each->confirmed == latest->confirmed
                            && each->last_seen_s > latest->last_seen_s);
        if (is_later)
            latest = each;
    }
    return latest;
}

static bool find_platform(struct inquiry *inquiry, struct platform *out,
                          struct error *err)
{
    struct host_readers *readers = inquiry->errand->control->readers;
    struct platform_reader *reader = host_readers_take(readers, err);

    if (reader == NULL)
        return false;
    bool found = platform_find(reader, &inquiry->who.name, &inquiry->arena, out, err);
    host_readers_give_back(readers, reader);
    return found;
}

/* SVNs that were given beside the name are taken in place of those that are known. */
static bool read_platform(struct inquiry *inquiry, struct error *err)
{
    const struct platform_ask *ask = &inquiry->who;
    struct explain_subject *subject = &inquiry->subject;
    struct platform platform;

    if (!find_platform(inquiry, &platform, err))
        return false;
    if (platform.state != PLATFORM_HELD)
        return error_set(err, ERROR_NOT_FOUND,
                         "its certificates have not come yet, so its FMSPC is not known");
    const struct platform_raw_tcb *latest = latest_tcb(&platform);
    if (latest == NULL && !ask->has_raw_tcb)
        return error_set(err, ERROR_NOT_FOUND,
                         "no raw TCB of it is known; give cpusvn and pcesvn");
    subject->is_platform = true;
    subject->name = ask->name;
    memcpy(subject->fmspc, platform.fmspc, sizeof subject->fmspc);
    if (!subject->tcb.has_tdx && platform.has_tdx) {
        subject->tcb.has_tdx = true;
        memcpy(subject->tcb.tee_tcb_svn, platform.tee_tcb_svn,
               sizeof platform.tee_tcb_svn);
    }
    if (ask->has_raw_tcb) {
        subject->tcb.sgx = ask->raw;
    } else {
        subject->tcb.sgx = latest->raw;
        subject->is_confirmed = latest->confirmed;
        subject->last_seen_s = latest->last_seen_s;
    }
    return true;
}

/* ---- a certificate ---------------------------------------------------------------- */

static const struct verified_collateral *crl_of(const struct holdings *holdings,
                                                struct collateral_key key)
{
    const struct holding *held = holdings_find(holdings, &key);

    return held == NULL ? NULL : held->item;
}

static bool verify(const struct inquiry *inquiry, const struct der_chain *ders,
                   struct error *err)
{
    const struct control_baselines *control = inquiry->errand->control;
    const struct holdings *holdings = inquiry->view->holdings;
    struct der_chain chain = { .count = 2 };
    const struct host_issuer *issuer;
    OWNED(pck_release) struct verified_pck *pck = NULL;

    if (ders->count != 3)
        return error_set(err, ERROR_UNTRUSTED,
                         "it came without its chain, so its signature was not checked");
    memcpy(chain.certificates, &ders->certificates[1], 2 * sizeof chain.certificates[0]);
    if (!host_issuer_of(control->issuers, &chain, &issuer, err))
        return false;
    struct pck_law law = {
        .root_crl = crl_of(holdings, key_root_crl()),
        .pck_crl = crl_of(holdings, key_pck_crl(pck_issuer_facts(issuer->verified)->ca)),
        .now_s = clock_wall_s(control->options.clock),
        .future_s = FRONT_FUTURE_S,
    };
    return verify_pck(ders->certificates[0], issuer->verified, &law, &pck, err);
}

/* The leaf stands first. */
static bool take_chain(struct inquiry *inquiry, const struct der_chain *ders,
                       struct error *err)
{
    struct explain_subject *subject = &inquiry->subject;
    struct x509_certificate certificate;
    struct pck_cert pck;

    if (!x509_parse(ders->certificates[0], &certificate, err)
        || !pck_cert_parse(&certificate, &pck, err))
        return error_within(err, "no PCK certificate");
    (void)verify(inquiry, ders, &subject->doubt);
    memcpy(subject->fmspc, pck.fmspc, sizeof subject->fmspc);
    memcpy(subject->tcb.sgx.cpusvn, pck.components, sizeof pck.components);
    subject->tcb.sgx.pcesvn = pck.pcesvn;
    return true;
}

static bool read_certificate(struct inquiry *inquiry, struct error *err)
{
    struct bytes body = bytes_of(inquiry->errand->body, inquiry->errand->body_len);
    struct inspect_file file;

    if (!inspect_file_read(body, CERTIFICATE_MAX, &inquiry->arena, &file, err))
        return false;
    if (file.ders.count == 0)
        return error_set(err, ERROR_FORMAT, "that is no certificate");
    inquiry->subject.is_certificate = true;
    return take_chain(inquiry, &file.ders, err);
}

/* ---- a quote ---------------------------------------------------------------------- */

/* One that brings no certificate names its platform, and its raw TCB. */
static bool take_platform(struct inquiry *inquiry, const struct quote *quote,
                          struct error *err)
{
    struct platform_ask *who = &inquiry->who;

    who->name = verify_signer_name(quote);
    who->has_name = who->has_raw_tcb = true;
    memcpy(who->raw.cpusvn, quote->ppid.cpusvn.at, sizeof who->raw.cpusvn);
    who->raw.pcesvn = quote->ppid.pcesvn;
    return read_platform(inquiry, err);
}

static bool take_signer(struct inquiry *inquiry, const struct quote *quote,
                        struct error *err)
{
    struct der_chain chain;

    if (quote->certification != CERTIFICATION_PCK_CHAIN
        && quote->certification != CERTIFICATION_PCK_LEAF)
        return take_platform(inquiry, quote, err);
    return pem_chain_read(quote->certification_data, &inquiry->arena, &chain, err)
           && take_chain(inquiry, &chain, err);
}

static void take_svns(struct tcb_subject *tcb, const struct quote *quote)
{
    tcb->has_qe = true;
    tcb->qe_isvsvn = quote->qe_report.isv_svn;
    tcb->has_tdx = quote->tee == TEE_TDX;
    tcb->has_current = tcb->has_tdx && quote->td.form != TD_REPORT_10;
    if (tcb->has_tdx)
        memcpy(tcb->tee_tcb_svn, quote->td.tee_tcb_svn.at, sizeof tcb->tee_tcb_svn);
    if (tcb->has_current)
        memcpy(tcb->tee_tcb_svn2, quote->td.tee_tcb_svn2.at, sizeof tcb->tee_tcb_svn2);
}

static bool read_quote(struct inquiry *inquiry, struct error *err)
{
    struct explain_subject *subject = &inquiry->subject;
    struct quote quote;

    if (!quote_parse(inquiry->evidence.raw, &quote, err)
        || !take_signer(inquiry, &quote, err))
        return error_within(err, "quote");
    subject->is_quote = true;
    take_svns(&subject->tcb, &quote);
    if (inquiry->errand->ask.tees == 3) /* none was named */
        inquiry->tees = 1U << sets_index(quote.tee);
    if (subject->doubt.kind == ERROR_NONE)
        error_set(&subject->doubt, ERROR_UNTRUSTED,
                  "nobody has looked at its signatures here; thim verify does");
    return true;
}

/* ---- the errand ------------------------------------------------------------------- */

static bool read_raw_tcb(struct inquiry *inquiry, struct error *err)
{
    const struct platform_ask *ask = &inquiry->who;

    if (!ask->has_fmspc || !ask->has_raw_tcb)
        return error_set(err, ERROR_FORMAT,
                         "who is it? qe_id names a platform; fmspc, cpusvn and pcesvn a "
                         "TCB");
    memcpy(inquiry->subject.fmspc, ask->fmspc, sizeof ask->fmspc);
    inquiry->subject.tcb.sgx = ask->raw;
    return true;
}

static bool read_who(struct inquiry *inquiry, struct error *err)
{
    inquiry->subject.tcb = inquiry->errand->ask.subject;
    if (inquiry->evidence.kind == EVIDENCE_QUOTE)
        return read_quote(inquiry, err);
    if (inquiry->errand->body_len > 0)
        return read_certificate(inquiry, err);
    return inquiry->who.has_name ? read_platform(inquiry, err)
                                 : read_raw_tcb(inquiry, err);
}

static bool explain(struct inquiry *inquiry, struct error *err)
{
    const struct explain_subject *subject = &inquiry->subject;
    struct error why = { 0 };

    for (size_t i = 0; i < COUNT_OF(control_tees); i++) {
        if ((inquiry->tees & (1U << i)) == 0)
            continue;
        if (explain_make(&inquiry->view->sets, control_tees[i], subject->fmspc,
                         &subject->tcb, inquiry->view->now_s, &inquiry->arena,
                         &inquiry->explanations[inquiry->count], &why))
            inquiry->count++;
        else if (why.kind != ERROR_NOT_FOUND)
            return error_set(err, why.kind, "%s", why.text);
    }
    return inquiry->count > 0
           || error_set(err, ERROR_NOT_FOUND, "no TCB info is held for FMSPC %s",
                        hex(subject->fmspc, sizeof subject->fmspc).s);
}

/* ---- a report --------------------------------------------------------------------- */

static bool explain_report(const struct inquiry *inquiry, json_t **told,
                           struct error *err)
{
    struct snp_report report;
    struct tcb_version reported;

    if (!snp_report_parse(inquiry->evidence.raw, &report, err))
        return error_within(err, "SEV-SNP report");
    enum snp_product product = snp_report_product(&report);
    if (product == 0)
        return error_set(err, ERROR_FORMAT,
                         "SEV-SNP report: one of version %u does not tell its product, "
                         "and so its TCB_VERSION has no meaning",
                         report.version);
    if (!tcb_version_read(product, report.reported_tcb, &reported, err))
        return error_within(err, "SEV-SNP report");
    *told = explain_report_json(inquiry->view, &report, product, &reported);
    return true;
}

/* ---- the answer ------------------------------------------------------------------- */

/* What is in no known encoding, or is no evidence, may be a certificate. */
static void look_at_body(struct inquiry *inquiry)
{
    struct bytes body = bytes_of(inquiry->errand->body, inquiry->errand->body_len);
    struct error err = { 0 };

    if (body.len == 0
        || !evidence_text_read(body, &inquiry->arena, &inquiry->evidence, &err))
        inquiry->evidence.kind = EVIDENCE_UNKNOWN;
}

static bool answer(struct inquiry *inquiry, json_t **told, struct error *err)
{
    if (!baselines_errand_view(inquiry->errand, &inquiry->view, err))
        return false;
    look_at_body(inquiry);
    if (inquiry->evidence.kind == EVIDENCE_REPORT)
        return explain_report(inquiry, told, err);
    if (!read_who(inquiry, err) || !explain(inquiry, err))
        return false;
    *told = explain_json(inquiry->view, &inquiry->subject, inquiry->explanations,
                         inquiry->count);
    return true;
}

void baselines_errand_explain(void *errand_)
{
    struct baselines_errand *errand = errand_;
    struct inquiry inquiry = { .errand = errand,
                               .who = errand->ask.common,
                               .tees = errand->ask.tees };
    struct error err = { 0 };
    json_t *told = NULL;

    arena_init(&inquiry.arena, EXPLAIN_BYTES_MAX);
    if (answer(&inquiry, &told, &err))
        baselines_errand_tell(errand, told);
    else
        baselines_errand_fail(errand, &err);
    arena_fini(&inquiry.arena);
    baseline_view_release(inquiry.view);
}
