/* SPDX-License-Identifier: Apache-2.0 */
/* What is answered to evidence: a verdict, with the same members as from the command
 * (verify/verdict_json.h) and "baseline": its name.
 *
 *   200  the verdict, valid or not
 *   404  { "error": { "code", "message", "remedy" }, "verdict": {...} }: nobody can say,
 *        for nothing is held of this platform or chip; the code is the verdict's failure
 *   503  likewise, and what is not held is needed for all; no body
 *
 * Headers: Cache-Control: no-store, Request-ID, THIM-Baseline, and of quotes
 * THIM-Evaluation-Data-Number. */
#ifndef THIM_SERVE_VERIFY_REPLY_H
#define THIM_SERVE_VERIFY_REPLY_H

#include "serve/front_reply.h"
#include "verify/policy.h"

struct verify_reply {
    const struct verdict *verdict;
    const struct policy_answer *answer;
    const char *baseline;  /* its name */
    bool wears_test_roots; /* as shelf_options has it */
    struct request_id id;
};

/* The caller's; NULL where memory is out. */
struct http_reply *verify_reply_make(const struct verify_reply *spec);

#endif
