/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "kit/text.h"
#include "lib/options.h"
#include "lib/parts.h"

enum {
    LANES_DEFAULT = 8,
    LANES_MAX = 1024,
    ENTRIES_MAX = 1 << 20,
    FUTURE_MAX_S = 24 * 60 * 60,
};

#define FLAGS ((uint64_t)THIM_VERIFY_REFUSE_TRAILING | THIM_VERIFY_CRL_OPTIONAL)

/* ---- the verifier ------------------------------------------------------------------ */

static bool check_limits(const struct thim_verifier_options *options,
                         struct thim_error *error)
{
    if (options->lanes > LANES_MAX)
        return errors_tell_usage(error, "verifier: %zu lanes, at most %d", options->lanes,
                                 LANES_MAX);
    if (options->pcks > ENTRIES_MAX || options->qes > ENTRIES_MAX
        || options->veks > ENTRIES_MAX)
        return errors_tell_usage(error, "verifier: a lane remembers at most %d of a kind",
                                 ENTRIES_MAX);
    return true;
}

bool thim_verifier_new(const struct thim_verifier_options *options,
                       struct thim_verifier **out, struct thim_error *error)
{
    struct thim_verifier_options known;
    struct error why = { 0 };

    if (out == NULL)
        return errors_tell_usage(error, "verifier: there is no place for it");
    *out = NULL;
    if (!options_read(options, sizeof known, &known, sizeof known, error)
        || !check_limits(&known, error))
        return false;

    struct known_limits limits = { .pcks = known.pcks,
                                   .qes = known.qes,
                                   .veks = known.veks };
    struct thim_verifier *made = calloc(1, sizeof *made);
    if (made == NULL)
        return errors_tell_memory(error);
    if (!signer_lanes_create(known.lanes > 0 ? known.lanes : LANES_DEFAULT, &limits,
                             &made->lanes, &why)) {
        free(made);
        return errors_tell_check(error, CHECK_SYSTEM, &why);
    }
    *out = made;
    return true;
}

void thim_verifier_free(struct thim_verifier *verifier)
{
    if (verifier == NULL)
        return;
    signer_lanes_destroy(verifier->lanes);
    free(verifier);
}

/* ---- the caller's deny list -------------------------------------------------------- */

static struct thim_bytes shown(struct bytes b)
{
    return (struct thim_bytes){ .at = b.at, .len = b.len };
}

/* Theirs is asked with views of their type. */
static bool ask_caller(const void *list, const struct verdict_party *party, int64_t now_s,
                       struct error *err)
{
    const struct thim_verify_options *options = list;
    struct thim_bytes advisories[VERDICT_ADVISORIES_MAX];
    struct thim_party theirs = {
        .size = sizeof theirs,
        .qe_id = shown(party->qe_id),
        .ppid = shown(party->ppid),
        .fmspc = shown(party->fmspc),
        .spki = shown(party->spki),
        .chip_id = shown(party->chip_id),
        .advisories = advisories,
        .now_s = now_s,
    };
    char why[ERROR_TEXT_MAX] = "";

    for (; theirs.advisory_count < party->advisory_count
           && theirs.advisory_count < COUNT_OF(advisories);
         theirs.advisory_count++)
        advisories[theirs.advisory_count] =
            shown(party->advisories[theirs.advisory_count]);
    if (options->pass(options->context, &theirs, why, sizeof why))
        return true;
    why[sizeof why - 1] = '\0';
    return error_set(err, ERROR_DENIED, "%s",
                     why[0] != '\0' ? safe_string(why).s : "on the caller's deny list");
}

/* ---- one call ---------------------------------------------------------------------- */

struct call { /* checked */
    struct thim_verify_options options;
    struct verdict_denials denials;
};

static bool check_options(const struct thim_verify_options *options,
                          struct thim_error *error)
{
    if ((options->flags & ~FLAGS) != 0)
        return errors_tell_usage(error, "options: flags 0x%llx are not known",
                                 (unsigned long long)(options->flags & ~FLAGS));
    if (options->future_s < 0 || options->future_s > FUTURE_MAX_S)
        return errors_tell_usage(error, "options: future_s is %lld, expected 0 to %d",
                                 (long long)options->future_s, FUTURE_MAX_S);
    return true;
}

/* What was found before is gone, whatever comes. */
static bool begin(struct call *call, const struct thim_verifier *verifier,
                  const void *collateral, const void *evidence, int64_t now_s,
                  const struct thim_verify_options *options, struct thim_verdict *verdict)
{
    verdict_begin(&verdict->found, 0, now_s);
    verdict->answer = (struct policy_answer){ .accepted = false };
    verdict->misuse.kind = THIM_ERROR_NONE;
    if (verifier == NULL || collateral == NULL || evidence == NULL)
        return errors_tell_usage(&verdict->misuse, "the call lacks %s",
                                 verifier == NULL     ? "a verifier"
                                 : collateral == NULL ? "collateral"
                                                      : "evidence");
    if (!options_read(options, sizeof call->options, &call->options, sizeof call->options,
                      &verdict->misuse)
        || !check_options(&call->options, &verdict->misuse))
        return false;
    call->denials = (struct verdict_denials){
        .list = &call->options, .pass = call->options.pass != NULL ? ask_caller : NULL
    };
    return true;
}

static bool judge(struct thim_verdict *verdict, const struct thim_policy *policy)
{
    policy_judge(policy != NULL ? &policy->policy : NULL, &verdict->found,
                 &verdict->answer);
    return thim_verdict_accepted(verdict);
}

bool thim_verify_quote(struct thim_verifier *verifier,
                       const struct thim_collateral *collateral, const void *quote,
                       size_t len, int64_t now_s, const struct thim_policy *policy,
                       const struct thim_verify_options *options,
                       struct thim_verdict *verdict)
{
    struct bytes kept = { 0 };
    struct call call = { .denials = { .list = NULL } };

    if (verdict == NULL
        || !begin(&call, verifier, collateral, quote, now_s, options, verdict)
        || !verdict_keep(verdict, quote, len, QUOTE_MAX, &kept))
        return false;
    verdict_hold(verdict, collateral);

    struct quote_law law = {
        .trust = &collateral->trust,
        .source = collateral_set_source(collateral->set),
        .denials = call.denials,
        .now_s = now_s,
        .future_s = call.options.future_s,
        .refuse_trailing = (call.options.flags & THIM_VERIFY_REFUSE_TRAILING) != 0,
    };
    struct known_signers *known = signer_lanes_take(verifier->lanes);
    (void)quote_verify(kept, &law, known, &verdict->found);
    signer_lanes_give_back(verifier->lanes, known);
    return judge(verdict, policy);
}

static bool read_min_tcbs(const struct thim_verify_options *options,
                          struct report_law *law, struct thim_error *error)
{
    struct error why = { 0 };

    for (size_t i = 0; i < COUNT_OF(options->min_tcb); i++) {
        enum snp_product product = (enum snp_product)(SNP_MILAN + i);
        law->has_min_tcb[product] = options->has_min_tcb[i];
        if (options->has_min_tcb[i]
            && !tcb_version_read(product, options->min_tcb[i], &law->min_tcb[product],
                                 &why))
            return errors_tell_usage(error, "options: min_tcb of %s: %s",
                                     snp_product_facts(product)->name, why.text);
    }
    return true;
}

bool thim_verify_report(struct thim_verifier *verifier,
                        const struct thim_amd_collateral *collateral, const void *report,
                        size_t len, int64_t now_s, const struct thim_policy *policy,
                        const struct thim_verify_options *options,
                        struct thim_verdict *verdict)
{
    struct report_law law = { .now_s = now_s };
    struct bytes kept = { 0 };
    struct call call = { .denials = { .list = NULL } };

    if (verdict == NULL
        || !begin(&call, verifier, collateral, report, now_s, options, verdict)
        || !read_min_tcbs(&call.options, &law, &verdict->misuse)
        || !verdict_keep(verdict, report, len, SNP_REPORT_LEN, &kept))
        return false;
    verdict_hold_amd(verdict, collateral);

    law.source = vek_set_source(collateral->set);
    law.trust = &collateral->trust;
    law.crl_optional = (call.options.flags & THIM_VERIFY_CRL_OPTIONAL) != 0;
    law.denials = call.denials;
    law.future_s = call.options.future_s;
    struct known_signers *known = signer_lanes_take(verifier->lanes);
    (void)report_verify(kept, &law, known, &verdict->found);
    signer_lanes_give_back(verifier->lanes, known);
    return judge(verdict, policy);
}
