/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificates of an answer are one platform's and true.
 *
 * Each is judged by itself (verify/pck.h); one that is odd is left out and named, and
 * never fails the platform. A revoked one is kept, so that it can be explained. What is
 * left are kin: where an answer mixes platforms, the one with the most certificates is
 * believed. A TCB has one certificate, the newest; where it has none it is a gap. Pure.
 */
#ifndef THIM_UPSTREAM_PLATFORM_JUDGE_H
#define THIM_UPSTREAM_PLATFORM_JUDGE_H

#include "format/registration.h"
#include "verify/pck.h"

struct platform_verdict {
    struct verified_pck **pcks; /* owned, each with a reference */
    size_t pck_count;           /* at least one */
    uint8_t (*gaps)[TCBM_LEN];  /* owned */
    size_t gap_count;
    size_t left_out;            /* certificates that were */
    uint8_t odd_tcbm[TCBM_LEN]; /* the first of them, as the answer calls it */
    struct error odd;           /* and why */
};

/* False where nothing sound is left: err is the first reason. Both CRLs of the law must
 * be there. pce_id: what was asked for. */
bool platform_judge(const struct verified_pck_issuer *issuer, const struct pck_law *law,
                    const struct pck_list *list, uint16_t pce_id,
                    struct platform_verdict *out, struct error *err) MUST_CHECK;
void platform_verdict_fini(struct platform_verdict *verdict);

/* Whether the best that could be handed out is below a raw TCB: no certificate reaches
 * every component of it, so a better one may come. */
bool platform_is_below(const struct verified_pck *const *pcks, size_t count,
                       const struct raw_tcb *raw);

#endif
