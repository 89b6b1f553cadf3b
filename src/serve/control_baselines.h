/* SPDX-License-Identifier: Apache-2.0 */
/* Baselines for the operator: the routes behind `thim baseline` and `thim explain`, JSON
 * over the admin socket; over HTTP to readers, and to loopback but through a proxy (what
 * changes nothing alone).
 *
 *   GET  /thim/v1/baselines
 *     { "generation", "now", "floor": n|null, "baselines": [BASELINE] }
 *     BASELINE: { "name", "default": bool, "follow": "standard|early", "sgx": STAND,
 *       "tdx": STAND }
 *     STAND: { "number": n|null, "since", "target", "reason": "held|...", "why",
 *       "hold_ends": time|null, "serves_expired": bool, "standard", "newest_standard",
 *       "early": n|null, "tcb_date", "recovery_event": time|null,
 *       "expected": { "number", "earliest", "latest" }|null,
 *       "effect": { "from", "to", "counted", "demoted", "unknown" }|null }
 *     tcb_date and recovery_event are of the number, by the signed list. expected: when
 *     the next number becomes standard. effect: of moving to the target, once weighed.
 *   GET  /thim/v1/baselines/NAME
 *     BASELINE, with in each STAND: "previous": n|null, "noticed", "noticed_at",
 *       "held": bool, "held_until", "pinned", "pinned_until", "rolled_back_from", and
 *       "numbers": [{ "number", "whole", "identity": bool, "fmspcs", "of", "ends": time,
 *         "standard", "early", "listed", "withdrawn": bool,
 *         "expected": { "earliest", "latest" }|null }]
 *     and with "policy": { "line", "delay_days", "hold_margin_days", "blind_delay_days",
 *       "max_demoted": { "hosts"|"percent": n }|null, "on_hold_end", "choice",
 *       "pin": PIN|null, "expired": PIN|null, "overrides": [PIN with "fmspc"],
 *       "min_tcb": { "Milan": tcb, .. } }, "rules": ["192.0.2.0/24", ..]
 *     PIN: { "number": n|null, "until", "why", "by" }. withdrawn: Intel signs it no more;
 *     it is kept until it ends.
 *   GET  /thim/v1/baselines/NAME/preview?to=N|early|standard|BASELINE&tee=sgx|tdx
 *            &names=K&unseen_days=N&format=json|csv
 *     What a move does to the known hosts; serve/control_baselines_report.h has it.
 *     Without `to`: where NAME would move by itself, or to early.
 *   GET  /thim/v1/baselines/NAME/history?limit=N               limit: 100, at most 1000
 *     { "baseline", "history": [{ "row", "at", "generation", "tee", "step", "from", "to",
 *       "until", "days_left", "who", "why", "effect": {..}|null }] }, newest first; what
 *     a baseline has been through stays when the configuration knows it no more
 *   GET  /thim/v1/baselines/diff?a=N&b=M&fmspc=F&tee=sgx|tdx   tee: sgx
 *     { "tee", "fmspc", "a", "b", "levels": [LEVELDIFF], "enclaves": [ENCLAVEDIFF],
 *       "identities": bool, "advisories": ADVISORIES }
 *     LEVELDIFF: { "change": "added|removed|changed", "sgx": [16], "pcesvn",
 *       "tdx": [16]|null, "before": { "status", "tcb_date" }|null, "after", "advisories"
 * } ENCLAVEDIFF: { "enclave": "qe|TDX_hh", "change", "isvsvn", "before", "after",
 *       "advisories" }
 *     ADVISORIES: { "gained": [ADVISORY], "cleared" }; ADVISORY: { "id", "link"|null }
 *     identities: whether the QE was compared. A baseline that is called diff is not
 * shown by itself. POST /thim/v1/baselines/NAME/promote|hold|release|pin|unpin|rollback
 *     { "why", "to": n?, "until": time?, "tee": "sgx|tdx"? }       the admin socket alone
 *     { "baseline", "order", "generation", "sgx": { "from", "to" }, "tdx", "followed_by",
 *       "note" } once it is in force
 *     promote: without `to`, to where it would move by itself. hold: without `until`, as
 *     long as its signatures last. pin: both. rollback: without `to`, to the number
 *     before. followed_by: when the last client that keeps answers for their max-age has
 *     the new ones; null where no number has changed.
 *   GET  /thim/v1/explain?qe_id=Q[&pce_id=P]
 *            | ?fmspc=F&cpusvn=C&pcesvn=V
 *            [&tee_tcb_svn=T[&tee_tcb_svn2=T]][&qe_isvsvn=N][&tee=sgx|tdx]
 *   POST /thim/v1/explain, a PCK certificate as PEM or DER, its chain behind it or not;
 * or a quote or an SEV-SNP report, in whatever encoding. Both are for whoever may have
 *     evidence judged (serve/verify_gate.h).
 *     serve/control_explain_json.h
 *
 * Errors are as in serve/control.h. */
#ifndef THIM_SERVE_CONTROL_BASELINES_H
#define THIM_SERVE_CONTROL_BASELINES_H

#include "serve/access.h"
#include "serve/baselines.h"
#include "serve/verify_gate.h"
#include "store/writer.h"

struct control_baselines;

struct control_baselines_options {
    const struct config *config;
    const struct clock *clock;
    struct access *access;
    struct verify_gate *gate;    /* NULL: readers may have things explained */
    struct store_writer *writer; /* for the audit */
    struct baselines *baselines;
};

/* The store must be open. */
bool control_baselines_create(const struct control_baselines_options *options,
                              struct control_baselines **out, struct error *err)
    MUST_CHECK;

/* No more requests will come; what is under way on our own threads is waited for. */
void control_baselines_drain(struct control_baselines *control); /* accepts NULL */

/* The board has ended and the writer has been stopped. Accepts NULL. */
void control_baselines_destroy(struct control_baselines *control);
DEFINE_OWNED(struct control_baselines *, control_baselines_destroy)

/* Whether this is one of the routes above. */
bool control_baselines_is_asked(struct bytes path);

size_t control_baselines_body_limit(struct control_baselines *control,
                                    const struct http_request *request);

/* Answers or suspends. */
void control_baselines_handle(struct control_baselines *control,
                              struct http_request *request);

#endif
