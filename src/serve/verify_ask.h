/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent to be judged: evidence alone, in whatever encoding
 * (format/evidence_text.h), or with a policy, as JSON:
 *
 *     { "evidence": BASE64, "policy": {...} }
 *
 * "quote" is another name of "evidence"; the policy is doc/policy.md's. Content-Type says
 * which: application/json, or anything else. Collateral is nobody's to bring: another
 * member is refused. Lifetime: views look into the body or the arena. Pure. */
#ifndef THIM_SERVE_VERIFY_ASK_H
#define THIM_SERVE_VERIFY_ASK_H

#include "format/evidence_text.h"
#include "format/verification_policy.h"

#define VERIFY_BODY_MAX (1024 * 1024)
#define VERIFY_ASK_ROOM (EVIDENCE_ARENA_MAX + VERIFICATION_POLICY_ROOM)

struct verify_ask {
    struct evidence_text evidence; /* a quote or a report, by how it begins */
    bool has_policy;
    struct verification_policy policy;
};

/* content_type NULL: not said. ERROR_FORMAT names the member; it is also for what is
 * neither quote nor report. ERROR_LIMIT as its parts have it. */
bool verify_ask_read(const char *content_type, struct bytes body, struct arena *arena,
                     struct verify_ask *out, struct error *err) MUST_CHECK;

#endif
