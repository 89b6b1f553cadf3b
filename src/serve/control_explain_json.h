/* SPDX-License-Identifier: Apache-2.0 */
/* Why a platform has the TCB status it has, under each set that is held: as JSON.
 *
 *   { "generation", "now", "subject": SUBJECT, "tees": [{ "tee", "sets": [SET] }],
 *     "baselines": [{ "name", "default": bool, "sgx": n|null, "tdx": n|null }] }
 *   SUBJECT: { "by": "platform|certificate|quote|raw_tcb", "fmspc", "cpusvn", "pcesvn":
 * n, "tee_tcb_svn"|null, "tee_tcb_svn2"|null, "qe_isvsvn": n|null, "qe_id", "pce_id",
 * "confirmed": bool, "last_seen" (of a platform), "verified": bool, "doubt": text|null
 * (of a certificate: what kept it from being verified; of a quote always, for nobody has
 * looked at its signatures) } cpusvn of a certificate: its SGX TCB components. baselines:
 * what hosts of this FMSPC are given under each. SET: { "number", "standard", "early",
 * "in_date", "listed": bool, "recovery_event": time|null, "expected": { "earliest",
 * "latest" }|null, "status", "tcb_date", "launch": SIDE, "current": SIDE|null, "qe": {
 * "status", "isvsvn" }|null, "advisories": [ADVISORY], "goal": { "status", "tcb_date"
 * }|null, "needs": [{ "name", "category", "type", "have", "need" }], "cleared":
 * [ADVISORY] } SIDE: { "status", "level": "UpToDate|.."|null, "module":
 * "UpToDate|.."|null }, of the SVNs at the TD's launch, and of the current ones where
 * they were given. needs: what keeps it from the goal, the set's best level; "tdx.module"
 * and "qe" among them are ISVSVNs.
 *
 * Where no TCB info of the FMSPC is held: 404.
 *
 * Of an SEV-SNP report, beside the minimum of each baseline:
 *
 *   { "generation", "now", "subject": { "by": "report", "verified": false, "product",
 *       "report_version": n, "chip_id", "reported", "current", "committed",
 *       "launch": TCB },
 *     "baselines": [{ "name", "default": bool, "minimum": TCB|null, "meets": bool|null,
 *       "components": [{ "name": "ucodeSPL", "have": n, "need": n|null }] }] } */
#ifndef THIM_SERVE_CONTROL_EXPLAIN_JSON_H
#define THIM_SERVE_CONTROL_EXPLAIN_JSON_H

#include "baseline/explain.h"
#include "format/snp_report.h"
#include "serve/baseline_view.h"
#include "serve/control_json.h"

struct explain_subject { /* who is to be explained, and how it is known */
    uint8_t fmspc[6];
    struct tcb_subject tcb;
    bool is_platform;
    struct platform_name name;
    bool is_confirmed;
    int64_t last_seen_s;
    bool is_certificate, is_quote;
    struct error doubt; /* ERROR_NONE: it has been verified */
};

/* explanations: one for each TEE that has TCB infos of the FMSPC. The caller's; NULL
 * where memory is out. */
json_t *explain_json(const struct baseline_view *view,
                     const struct explain_subject *subject,
                     const struct explanation *explanations, size_t count);

/* product: the report's; reported: its TCB_VERSION read as that. Likewise. */
json_t *explain_report_json(const struct baseline_view *view,
                            const struct snp_report *report, enum snp_product product,
                            const struct tcb_version *reported);

#endif
