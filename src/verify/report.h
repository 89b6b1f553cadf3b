/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an SEV-SNP report is true, and at which TCB_VERSION: one call that skips
 * nothing.
 *
 * Format; who signs; the VEK's chain, which has been verified before it can get here, and
 * its revocation by the ARK's list; that the VEK is this chip's (or, a VLEK, of this
 * product), of just the reported TCB_VERSION; the report's signature; the operator's deny
 * list; every date. The status is UpToDate or OutOfDate by the operator's minimum for the
 * product, for AMD signs no levels; without one there is none.
 *
 * Source: AMD, "SEV-SNP Firmware ABI" 56860; reference verification.md, section 16. Pure.
 */
#ifndef THIM_VERIFY_REPORT_H
#define THIM_VERIFY_REPORT_H

#include "verify/amd_crl.h"
#include "verify/known_signers.h"
#include "verify/vcek.h"
#include "verify/verdict.h"

struct vek_source { /* what it returns must stand as a collateral_source's must */
    void *context;
    /* The certificate that this report needs, kept or verified: neither its dates nor its
     * revocation need have been judged. NULL: there is none, or where *check says so it
     * has been refused, and why. */
    const struct verified_vcek *(*vek)(void *context, const struct snp_report *report,
                                       enum verify_check *check, struct error *why);
    /* The list of the product's ARK; NULL likewise. */
    const struct verified_amd_crl *(*crl)(void *context, enum snp_product product,
                                          enum verify_check *check, struct error *why);
};

struct report_law {
    struct vek_source source;
    const struct trust *trust; /* the VEK's root must be in it */
    bool crl_optional; /* no list lets pass, and the verdict says unchecked; one that is
                          there counts, dates and all */
    bool has_min_tcb[SNP_PRODUCTS];
    struct tcb_version min_tcb[SNP_PRODUCTS];
    struct verdict_denials denials; /* pass NULL: there is no list */
    int64_t now_s;
    int64_t future_s;
};

/* known: as for quote_verify. Returns verdict->valid. */
bool report_verify(struct bytes report, const struct report_law *law,
                   struct known_signers *known, struct verdict *verdict);

#endif
