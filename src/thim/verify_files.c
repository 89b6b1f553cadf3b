/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict by collateral in files: opens no socket, no store and no configuration. */
#include <string.h>

#include "kit/file.h"
#include "kit/text.h"
#include "thim/verify_parts.h"
#include "thim/verify_shelf.h"
#include "verify/collateral_set.h"
#include "verify/given_root.h"
#include "verify/inspect.h"
#include "verify/inspect_file.h"
#include "verify/policy.h"
#include "verify/vek_set.h"
#include "verify/verdict_json.h"

enum { VERDICT_TEXT_MAX = 4 * 1024 * 1024 };

struct files { /* one judgement under way */
    const struct verify_order *order;
    struct bytes evidence;
    struct arena *arena;
    struct trust trust;
    bool has_policy;
    struct verification_policy policy;
    struct verify_answer *out;
    struct error *err;
};

struct file_option {
    const char *name, *path;
    struct bytes *text;
};

/* ---- reading ------------------------------------------------------------------------
 */

static bool read_file(struct files *f, const char *name, const char *path, size_t max,
                      struct bytes *text)
{
    struct buf content;

    buf_init(&content, max);
    bool well = file_read(path, &content, f->err);
    if (well) {
        *text = arena_copy(f->arena, buf_bytes(&content));
        well = text->at != NULL || error_set(f->err, ERROR_LIMIT, "no room for it");
    }
    buf_fini(&content);
    return well || error_within(f->err, "%s", name);
}

/* Those that are given. An empty file is no collateral, and no absence of it either. */
static bool read_options(struct files *f, const struct file_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (options[i].path == NULL)
            continue;
        if (!read_file(f, options[i].name, options[i].path, INSPECT_FILE_MAX,
                       options[i].text))
            return false;
        if (options[i].text->len == 0)
            return error_set(f->err, ERROR_FORMAT, "%s %s: there is nothing in it",
                             options[i].name, safe_string(options[i].path).s);
    }
    return true;
}

/* What belongs to the other vendor would be passed over in silence. */
static bool refuse_options(struct files *f, const struct file_option *options,
                           size_t count, const char *whose, const char *what)
{
    for (size_t i = 0; i < count; i++)
        if (options[i].path != NULL)
            return error_set(f->err, ERROR_FORMAT, "%s is of %s, and this is %s",
                             options[i].name, whose, what);
    return true;
}

/* The file's last certificate. */
static bool add_root(struct files *f)
{
    struct inspect_file file;
    struct bytes text;

    trust_init(&f->trust);
    if (f->order->root == NULL)
        return true;
    if (!read_file(f, "--root", f->order->root, INSPECT_FILE_MAX, &text))
        return false;
    bool well =
        inspect_file_read(text, INSPECT_FILE_MAX, f->arena, &file, f->err)
        && (file.ders.count > 0 || error_set(f->err, ERROR_FORMAT, "not a certificate"));
    well = well
           && given_root_add(file.ders.certificates[file.ders.count - 1], ROOT_TEST,
                             &f->trust, f->err);
    return well || error_within(f->err, "--root %s", safe_string(f->order->root).s);
}

static bool read_policy(struct files *f)
{
    struct bytes text;

    f->has_policy = f->order->policy != NULL;
    if (!f->has_policy)
        return true;
    return read_file(f, "--policy", f->order->policy, VERIFICATION_POLICY_MAX, &text)
           && (verification_policy_parse(text, f->arena, &f->policy, f->err)
               || error_within(f->err, "--policy %s", safe_string(f->order->policy).s));
}

/* ---- the verdict, as JSON ------------------------------------------------------------
 */

static bool give(struct files *f, const struct verdict *verdict)
{
    struct policy_answer answer;
    json_error_t why;
    struct buf text;

    policy_judge(f->has_policy ? &f->policy : NULL, verdict, &answer);
    buf_init(&text, VERDICT_TEXT_MAX);
    verdict_json_write(verdict, &answer, (struct bytes){ 0 }, &text);
    f->out->verdict = text.failed ? NULL
                                  : json_loadb((const char *)text.at, text.len,
                                               JSON_REJECT_DUPLICATES, &why);
    buf_fini(&text);
    return f->out->verdict != NULL
           || error_set(f->err, ERROR_SYSTEM, "no room for the verdict");
}

/* ---- quotes ---------------------------------------------------------------------------
 */

/* What cannot be read as a quote is for quote_verify to refuse. */
static bool look_up_quote(struct files *f, struct collateral_texts *texts)
{
    struct shelf_wish wish = { .at_s = f->order->at_s, .number = f->order->number };
    struct error ignored;
    struct quote quote;
    struct shelf shelf;

    if (f->order->collateral == NULL || !quote_parse(f->evidence, &quote, &ignored))
        return true;
    wish.quote = &quote;
    wish.pck_chain = texts->pck_chain;
    if (!shelf_fill(&shelf, &wish, f->order->collateral, NULL, f->arena, f->err)
        || !shelf_give_collateral(&shelf, texts, f->err))
        return error_within(f->err, "--collateral");
    f->out->files = shelf_paths(&shelf);
    return true;
}

static bool judge_quote(struct files *f, const struct collateral_texts *texts)
{
    OWNED(collateral_set_free) struct collateral_set *set = NULL;
    struct verdict *verdict = arena_alloc(f->arena, 1, sizeof *verdict);
    struct quote_law law = { .trust = &f->trust, .now_s = f->order->at_s };

    if (verdict == NULL)
        return error_set(f->err, ERROR_LIMIT, "no room for a verdict");
    if (!collateral_set_make(texts, &f->trust, &set, f->err))
        return false;
    law.source = collateral_set_source(set);
    (void)quote_verify(f->evidence, &law, NULL, verdict);
    return give(f, verdict);
}

/* ---- reports --------------------------------------------------------------------------
 */

static bool look_up_report(struct files *f, struct vek_texts *texts)
{
    struct shelf_wish wish = { .at_s = f->order->at_s };
    struct snp_report report;
    struct error ignored;
    struct shelf shelf;

    if (f->order->collateral == NULL || !snp_report_parse(f->evidence, &report, &ignored))
        return true;
    wish.report = &report;
    if (!shelf_fill(&shelf, &wish, f->order->collateral, f->order->file, f->arena, f->err)
        || !shelf_give_veks(&shelf, texts, f->err))
        return error_within(f->err, "--collateral");
    f->out->files = shelf_paths(&shelf);
    return true;
}

static bool judge_report(struct files *f, const struct vek_texts *texts)
{
    OWNED(vek_set_free) struct vek_set *set = NULL;
    struct verdict *verdict = arena_alloc(f->arena, 1, sizeof *verdict);
    struct report_law law = { .trust = &f->trust,
                              .crl_optional = true,
                              .now_s = f->order->at_s };

    if (verdict == NULL)
        return error_set(f->err, ERROR_LIMIT, "no room for a verdict");
    if (!vek_set_make(texts, &f->trust, &set, f->err))
        return false;
    law.source = vek_set_source(set);
    memcpy(law.has_min_tcb, f->order->has_min_tcb, sizeof law.has_min_tcb);
    memcpy(law.min_tcb, f->order->min_tcb, sizeof law.min_tcb);
    (void)report_verify(f->evidence, &law, NULL, verdict);
    return give(f, verdict);
}

/* ---- either ---------------------------------------------------------------------------
 */

bool verify_by_files(const struct verify_order *order,
                     const struct evidence_text *evidence, struct arena *arena,
                     struct verify_answer *out, struct error *err)
{
    struct files f = {
        .order = order, .evidence = evidence->raw, .arena = arena, .out = out, .err = err
    };
    struct collateral_texts of_quote = { .quote = evidence->raw };
    struct vek_texts of_report = { .vek = { 0 } };
    const struct file_option intel[] = {
        { "--tcb-info", order->tcb_info, &of_quote.tcb_info },
        { "--qe-identity", order->identity, &of_quote.identity },
        { "--root-crl", order->root_crl, &of_quote.root_crl },
        { "--pck-crl", order->pck_crl, &of_quote.pck_crl },
        { "--signing-chain", order->signing_chain, &of_quote.tcb_info_chain },
        { "--identity-chain", order->identity_chain, &of_quote.identity_chain },
        { "--pck-crl-chain", order->pck_crl_chain, &of_quote.pck_crl_chain },
        { "--pck-chain", order->pck_chain, &of_quote.pck_chain },
        { "--number", order->number_text, NULL }, /* no file, but of quotes, too */
    };
    const struct file_option amd[] = {
        { "--vek", order->vek, &of_report.vek },
        { "--chain", order->vek_chain, &of_report.chain },
        { "--crl", order->crl, &of_report.crl },
        { "--min-tcb", order->min_tcb_text, NULL }, /* likewise of reports */
    };

    /* what is neither is judged as what its collateral is of, and found wanting */
    bool is_report = evidence->kind == EVIDENCE_REPORT
                     || (evidence->kind == EVIDENCE_UNKNOWN && order->vek != NULL);

    if (!add_root(&f) || !read_policy(&f))
        return false;
    if (is_report)
        return refuse_options(&f, intel, COUNT_OF(intel), "quotes", "an SEV-SNP report")
               && read_options(&f, amd, COUNT_OF(amd) - 1)
               && look_up_report(&f, &of_report) && judge_report(&f, &of_report);
    return refuse_options(&f, amd, COUNT_OF(amd), "SEV-SNP reports",
                          evidence->kind == EVIDENCE_QUOTE ? "a quote" : "none")
           && read_options(&f, intel, COUNT_OF(intel) - 1) && look_up_quote(&f, &of_quote)
           && judge_quote(&f, &of_quote);
}
