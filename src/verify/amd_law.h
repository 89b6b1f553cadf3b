/* SPDX-License-Identifier: Apache-2.0 */
/* All that AMD's certificates are judged by at one moment: of each product the issuers of
 * VCEKs and of VLEKs, and the ARK's CRL. Immutable and counted: whoever holds it goes on
 * with it. */
#ifndef THIM_VERIFY_AMD_LAW_H
#define THIM_VERIFY_AMD_LAW_H

#include "verify/amd_crl.h"
#include "verify/amd_issuer.h"

struct amd_law {
    struct verified_amd_issuer *issuers[SNP_PRODUCTS][VEK_VLEK + 1]; /* NULL: not held */
    struct verified_amd_crl *crls[SNP_PRODUCTS];
    int64_t issuer_fetched_s[SNP_PRODUCTS][VEK_VLEK + 1], crl_fetched_s[SNP_PRODUCTS];
};

/* A copy of before (NULL: an empty one) to be filled before anybody else sees it; NULL
 * without memory. */
struct amd_law *amd_law_make(const struct amd_law *before);

/* Takes a reference, in place of what was there. */
void amd_law_set_issuer(struct amd_law *law, const struct verified_amd_issuer *issuer,
                        int64_t fetched_s);
void amd_law_set_crl(struct amd_law *law, const struct verified_amd_crl *crl,
                     int64_t fetched_s);

struct amd_law *amd_law_hold(const struct amd_law *law);
void amd_law_release(struct amd_law *law); /* accepts NULL */
DEFINE_OWNED(struct amd_law *, amd_law_release)

#endif
