/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/doctor.h"

#include <stdarg.h>
#include <stdio.h>

#include "kit/text.h"
#include "serve/registry_reply.h"

const char *ailment_name(enum ailment ailment)
{
    static const char *const names[] = {
        [AILMENT_NONE] = "none",
        [AILMENT_DENIED] = "denied",
        [AILMENT_NOT_REGISTERED] = "not_registered",
        [AILMENT_ZERO_PPID] = "zero_ppid",
        [AILMENT_MANIFEST_MISSING] = "manifest_missing",
        [AILMENT_OTHER_DATA_CENTRE] = "other_data_centre",
        [AILMENT_PACKAGE_REVOKED] = "package_revoked",
        [AILMENT_IMPOSSIBLE_CPUSVN] = "impossible_cpusvn",
        [AILMENT_CERTIFICATE_GAP] = "certificate_gap",
        [AILMENT_BELOW] = "below",
        [AILMENT_REVOKED] = "revoked",
        [AILMENT_EXPIRED] = "expired",
        [AILMENT_UNSOUND] = "unsound",
        [AILMENT_BOUND_TO_ANOTHER] = "bound_to_another",
        [AILMENT_NO_TCB_INFO] = "no_tcb_info",
        [AILMENT_UPSTREAM] = "upstream",
        [AILMENT_WAITING] = "waiting",
    };

    return names[ailment];
}

static const char *const remedies[] = {
    [AILMENT_NONE] = "Nothing is to be done.",
    [AILMENT_DENIED] = "thim deny list says by whom, and until when; thim deny remove "
                       "lets it in again.",
    [AILMENT_NOT_REGISTERED] = "Register it: thim platform register FILE, with what "
                               "PCKIDRetrievalTool has written on the host.",
    [AILMENT_ZERO_PPID] = "Run PCKIDRetrievalTool on the host itself, not in a virtual "
                          "machine, and bring its file: thim platform register FILE. Is "
                          "SGX enabled in the BIOS, and is the quoting library of the "
                          "host the one that makes an encrypted PPID?",
    [AILMENT_MANIFEST_MISSING] =
        "Read the manifest on the host itself (PCKIDRetrievalTool "
        "or mpa_manage) and bring it: thim platform register FILE. "
        "Where it is gone, an SGX factory reset in the BIOS makes "
        "another.",
    [AILMENT_OTHER_DATA_CENTRE] =
        "Ask for it where it was registered, or make it anew: "
        "set the registration server in the BIOS to Intel's, run "
        "an SGX factory reset, and register the new manifest "
        "here.",
    [AILMENT_PACKAGE_REVOKED] =
        "Nothing here can mend it: ask Intel or the machine's maker "
        "about the processor.",
    [AILMENT_IMPOSSIBLE_CPUSVN] =
        "Are CPUSVN and PCESVN this platform's own, and as the "
        "host sends them? If so, update its BIOS and microcode.",
    [AILMENT_CERTIFICATE_GAP] =
        "It is asked for again each day, and at once with thim "
        "refresh; a firmware update to a TCB that Intel has signed "
        "helps too.",
    [AILMENT_BELOW] =
        "Nothing is to be done: the next certificate is fetched within a day "
        "of Intel's signing it.",
    [AILMENT_REVOKED] = "Intel believes this platform no more at this TCB: update its "
                        "firmware, or ask its maker.",
    [AILMENT_EXPIRED] = "Have it fetched again: thim platform register FILE. Without "
                        "upstreams it comes in a bundle: thim platform import pccs FILE.",
    [AILMENT_UNSOUND] = "thim platform show names each certificate and why; have them "
                        "fetched again: thim platform register FILE.",
    [AILMENT_BOUND_TO_ANOTHER] = "Where a processor was exchanged, say so: thim platform "
                                 "rebind FILE. Else somebody uses a QE ID that is not "
                                 "theirs.",
    [AILMENT_NO_TCB_INFO] = "thim refresh asks for it; without upstreams it comes in a "
                            "bundle: thim platform import pccs FILE.",
    [AILMENT_UPSTREAM] =
        "thim status shows each upstream and its last answer; the fetch is "
        "tried again by itself.",
    [AILMENT_WAITING] =
        "It is fetched by itself at that time; thim platform register FILE "
        "does it now.",
};

static void say(struct diagnosis *out, enum ailment ailment, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void say(struct diagnosis *out, enum ailment ailment, const char *format, ...)
{
    va_list values;

    out->ailment = ailment;
    va_start(values, format);
    vsnprintf(out->finding, sizeof out->finding, format, values);
    va_end(values);
    snprintf(out->remedy, sizeof out->remedy, "%s", remedies[ailment]);
}

static void advise(struct diagnosis *out, const char *remedy)
{
    snprintf(out->remedy, sizeof out->remedy, "%s", remedy);
}

/* ---- what upstream has said ----------------------------------------------------- */

static const struct code_meaning {
    const char *code;
    enum ailment ailment;
} meanings[] = {
    { "InvalidOrRevokedPackage", AILMENT_PACKAGE_REVOKED },
    { "InvalidRegistrationServer", AILMENT_OTHER_DATA_CENTRE },
    { "CachedKeysPolicyViolation", AILMENT_OTHER_DATA_CENTRE },
};

/* Intel's own codes have sentences and remedies where they are answered to registrars. */
static void explain_refused(const struct platform_report *report, struct diagnosis *out)
{
    const struct upstream_reason *reason = upstream_reason(report->code);
    enum ailment ailment = AILMENT_UPSTREAM;

    for (size_t i = 0; i < COUNT_OF(meanings); i++)
        if (strcmp(meanings[i].code, report->code) == 0)
            ailment = meanings[i].ailment;
    if (report->code[0] == 0 && report->why[0] != 0)
        say(out, ailment, "Upstream refused what it was asked with: %s", report->why);
    else
        say(out, ailment, "%s%s%s%s", reason->message, report->code[0] ? " (" : "",
            report->code, report->code[0] ? ")" : "");
    advise(out, reason->remedy);
}

/* Intel answers 404 for a platform that it knows by its manifest alone, as it does for
 * one that it doesn't know. */
static void explain_not_found(const struct doctor_facts *facts, struct diagnosis *out)
{
    if (facts->has_manifest)
        say(out, AILMENT_OTHER_DATA_CENTRE,
            "Upstream has no certificate for this manifest: the platform has registered "
            "with another server since, or its packages have changed.");
    else
        say(out, AILMENT_MANIFEST_MISSING,
            "Intel does not know this platform by its encrypted PPID. One with several "
            "processor packages is known by its manifest alone, and none is kept here.");
}

/* False where the report explains nothing. */
static bool explain_report(const struct doctor_facts *facts, struct diagnosis *out)
{
    const struct platform_report *report = facts->report;

    switch (report->outcome) {
    case FETCH_CONFLICT:
        say(out, AILMENT_BOUND_TO_ANOTHER,
            "This QE ID is bound to another platform (another PPID) than the one that "
            "asks.");
        return true;
    case FETCH_REFUSED:
        explain_refused(report, out);
        return true;
    case FETCH_NOT_FOUND:
        explain_not_found(facts, out);
        return true;
    case FETCH_GAP:
        say(out, AILMENT_CERTIFICATE_GAP, "%s.", report->why);
        return true;
    case FETCH_UNTRUSTED:
        say(out, AILMENT_UPSTREAM, "What upstream gave does not verify: %s", report->why);
        return true;
    case FETCH_UNREACHABLE:
        say(out, AILMENT_UPSTREAM, "Upstream gave no answer that is good: %s",
            report->why);
        return true;
    case FETCH_BUDGET:
    case FETCH_BUSY:
        say(out, AILMENT_UPSTREAM,
            "Upstream was not asked, for too much is asked of it "
            "already.");
        return true;
    case FETCH_KEPT:
        break;
    }
    return false;
}

/* ---- without certificates ------------------------------------------------------- */

static const char bring_a_bundle[] =
    "Bring its certificates: thim platform import pccs FILE, or PUT platformcollateral "
    "with what pcsclient.py has fetched for the queue (GET platforms?source=reg).";

static void explain_queued(const struct doctor_facts *facts, struct diagnosis *out)
{
    say(out, AILMENT_WAITING,
        "It is registered and stands in the queue; nobody is asked from here%s.",
        facts->fill == FILL_OFFLINE ? " (intel.fill: offline)" : "");
    advise(out, bring_a_bundle);
}

static void explain_unknown(const struct doctor_facts *facts, struct diagnosis *out)
{
    bool is_fetched_on_asking = facts->fill == FILL_LAZY && facts->has_upstreams;

    if (facts->is_queued)
        explain_queued(facts, out);
    else if (!is_fetched_on_asking)
        say(out, AILMENT_NOT_REGISTERED, "This platform is not registered here, and %s.",
            !facts->has_upstreams ? "there is no upstream to ask"
                                  : "strangers are not asked for (intel.fill)");
    else if (facts->has_raw_tcb && !facts->has_encrypted_ppid)
        say(out, AILMENT_ZERO_PPID,
            "The request's encrypted PPID is missing or all zeros, and the platform is "
            "not registered here, so Intel cannot be asked for it.");
    else if (facts->has_encrypted_ppid)
        say(out, AILMENT_NOT_REGISTERED,
            "This platform is not known here yet; the first request that it makes asks "
            "upstream for it.");
    else
        say(out, AILMENT_NOT_REGISTERED,
            "This platform is not known here, and has never asked with its encrypted "
            "PPID.");
}

static void explain_waiting(const struct doctor_facts *facts, struct diagnosis *out)
{
    const struct platform *platform = facts->view->platform;

    if (!facts->has_encrypted_ppid && !facts->has_manifest) {
        say(out, AILMENT_ZERO_PPID,
            "It is registered without an encrypted PPID and without a manifest, so Intel "
            "cannot be asked for it.");
    } else if (facts->fill == FILL_OFFLINE || !facts->has_upstreams) {
        explain_queued(facts, out);
    } else {
        say(out, AILMENT_WAITING,
            "It is registered, and its certificates are not here yet; the next fetch is "
            "due at %s%s%s.",
            utc(platform->due_s).s,
            platform->why[0] != 0 ? ". The last one failed: " : "", platform->why);
    }
}

/* ---- with certificates ---------------------------------------------------------- */

struct component_text {
    char s[24];
};

static struct component_text component_text(unsigned component)
{
    struct component_text text = { "PCESVN" };

    if (component < TCB_COMPONENTS - 1)
        snprintf(text.s, sizeof text.s, "CPUSVN component %u", component + 1);
    return text;
}

static struct hex_text tcbm_at(const struct platform_view *view, size_t pck)
{
    return hex(view->pcks[pck].row->tcbm, TCBM_LEN);
}

/* The least of the sound ones: what the raw TCB would have to reach. */
static void explain_unreached(const struct doctor_facts *facts, struct diagnosis *out)
{
    const struct platform_view *view = facts->view;
    size_t least = PCK_NONE;

    for (size_t i = 0; i < view->count; i++)
        if (view->ranks[i].flaw == PCK_SOUND)
            least = view->ranks[i].candidate;
    if (least == PCK_NONE) {
        say(out, AILMENT_UNSOUND, "No certificate of this platform can be used.");
        return;
    }
    struct raw_tcb need = pck_candidate_tcb(&view->candidates[least]);
    unsigned component = tcb_first_short(&facts->raw, &need);
    say(out, AILMENT_IMPOSSIBLE_CPUSVN,
        "The TCB that was asked with is below every TCB that Intel has signed for this "
        "platform: %s is %u, and the lowest certificate (%s) needs %u.",
        component_text(component).s, tcb_component(&facts->raw, component),
        tcbm_at(view, view->pck_of[least]).s, tcb_component(&need, component));
}

struct reached { /* of the certificates that the raw TCB reaches, whatever their flaws */
    size_t count, expired, first;
};

static struct reached reached_by(const struct doctor_facts *facts)
{
    const struct platform_view *view = facts->view;
    struct reached reached = { .first = PCK_NONE };

    for (size_t i = 0; i < view->count; i++) {
        const struct pck_candidate *candidate =
            &view->candidates[view->ranks[i].candidate];
        struct raw_tcb need = pck_candidate_tcb(candidate);
        if (view->ranks[i].flaw == PCK_UNREADABLE
            || tcb_first_short(&facts->raw, &need) < TCB_COMPONENTS)
            continue;
        if (reached.count++ == 0)
            reached.first = i;
        reached.expired += view->ranks[i].flaw == PCK_EXPIRED;
    }
    return reached;
}

static void explain_none_fits(const struct doctor_facts *facts, struct diagnosis *out)
{
    const struct platform_view *view = facts->view;
    struct reached reached = reached_by(facts);
    size_t gap = platform_view_gap(view, &facts->raw);

    if (reached.count > 0 && reached.expired == reached.count)
        say(out, AILMENT_EXPIRED,
            "Every certificate that this TCB reaches has run out, or is not valid yet.");
    else if (reached.count > 0)
        say(out, AILMENT_UNSOUND,
            "No certificate that this TCB reaches can be used; of the best one: it is "
            "%s.",
            pck_flaw_name(view->ranks[reached.first].flaw));
    else if (gap != PCK_NONE)
        say(out, AILMENT_CERTIFICATE_GAP,
            "Intel knows the TCB that this platform runs at and has no certificate for "
            "it "
            "(%s: \"Not available\"), nor for a lower one.",
            tcbm_at(view, gap).s);
    else
        explain_unreached(facts, out);
}

static void explain_given(const struct doctor_facts *facts, size_t pck,
                          struct diagnosis *out)
{
    const struct view_pck *given = &facts->view->pcks[pck];
    struct pck_candidate candidate;

    pck_candidate_of(&given->cert, &candidate);
    struct raw_tcb tcb = pck_candidate_tcb(&candidate);
    unsigned above = tcb_first_short(&tcb, &facts->raw);
    if (above == TCB_COMPONENTS)
        say(out, AILMENT_NONE,
            "It is given the certificate for exactly this TCB (%s), "
            "valid until %s.",
            tcbm_at(facts->view, pck).s, utc(given->not_after_s).s);
    else
        say(out, AILMENT_BELOW,
            "It is given a certificate, for a lower TCB (%s) than the one that it runs "
            "at: "
            "%s is %u, the certificate's %u. Intel has signed none for the higher one.",
            tcbm_at(facts->view, pck).s, component_text(above).s,
            tcb_component(&facts->raw, above), tcb_component(&tcb, above));
}

static void explain_chosen(const struct doctor_facts *facts, size_t pck,
                           struct diagnosis *out)
{
    struct hex_text tcbm = tcbm_at(facts->view, pck);

    switch (facts->verdict) {
    case ERROR_NONE:
        explain_given(facts, pck, out);
        break;
    case ERROR_REVOKED:
        say(out, AILMENT_REVOKED,
            "The certificate for this TCB (%s) is on its CA's revocation list.", tcbm.s);
        break;
    case ERROR_STALE:
        say(out, AILMENT_EXPIRED, "The certificate for this TCB (%s) has run out.",
            tcbm.s);
        break;
    case ERROR_FORMAT:
    case ERROR_UNTRUSTED:
    case ERROR_DENIED:
    case ERROR_NOT_FOUND:
    case ERROR_UNREACHABLE:
    case ERROR_LIMIT:
    case ERROR_SYSTEM:
        say(out, AILMENT_UNSOUND, "The certificate for this TCB (%s) does not verify.",
            tcbm.s);
        break;
    }
}

/* Intel keeps no keys of a platform that was registered through somebody who has its
 * manifest, and will not answer without that manifest. */
static bool has_keys_elsewhere(const struct doctor_facts *facts)
{
    const struct platform *platform = facts->view->platform;

    return platform->has_cached_keys && !platform->cached_keys && !facts->has_manifest
           && platform->failures > 0;
}

static void explain_held(const struct doctor_facts *facts, struct diagnosis *out)
{
    const struct platform_view *view = facts->view;

    if (view->tcb_info == NULL || view->ranks == NULL) {
        say(out, AILMENT_NO_TCB_INFO,
            "There is no TCB info for FMSPC %s to choose a certificate by.",
            hex(view->platform->fmspc, sizeof view->platform->fmspc).s);
        return;
    }
    if (!facts->has_raw_tcb) {
        say(out, AILMENT_NONE,
            "Its certificates are held; it has not been seen at any TCB yet.");
        advise(out, "Say which TCB it runs at: thim platform doctor QEID --cpusvn C "
                    "--pcesvn V.");
        return;
    }
    size_t pck = platform_view_choose(view, &facts->raw);
    if (pck != PCK_NONE)
        explain_chosen(facts, pck, out);
    else if (has_keys_elsewhere(facts))
        say(out, AILMENT_OTHER_DATA_CENTRE,
            "No certificate that is held fits, and none can be fetched: the platform was "
            "registered through another service, which has its manifest (CachedKeys is "
            "false).");
    else
        explain_none_fits(facts, out);
}

/* ---- the whole ------------------------------------------------------------------ */

void diagnose(const struct doctor_facts *facts, struct diagnosis *out)
{
    bool is_held = facts->view != NULL && facts->view->platform->state == PLATFORM_HELD;
    bool is_conflict = facts->report != NULL && facts->report->outcome == FETCH_CONFLICT;

    *out = (struct diagnosis){ 0 };
    if (facts->denial != NULL) {
        say(out, AILMENT_DENIED, "%s", facts->denial);
        return;
    }
    if ((is_conflict || !is_held) && facts->report != NULL && explain_report(facts, out))
        return;
    if (facts->view == NULL)
        explain_unknown(facts, out);
    else if (is_held)
        explain_held(facts, out);
    else
        explain_waiting(facts, out);
}
