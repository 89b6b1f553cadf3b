/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on an ARK's CRL, as a type.
 *
 * It can revoke the ARK itself and what the ARK has signed: ASK and ASVK. It cannot
 * revoke a VCEK or VLEK: those are signed by ASK and ASVK, all of them with serial number
 * 0, and AMD issues no list of them. KDS has the list under both /vcek and /vlek; it is
 * the ARK's either way.
 *
 * Source: RFC 5280, 5 and 6.3. Lifetime: immutable and counted; it owns copies of all its
 * bytes. Pure: no clock; `now` is an argument. */
#ifndef THIM_VERIFY_AMD_CRL_H
#define THIM_VERIFY_AMD_CRL_H

#include "verify/amd_issuer.h"

struct verified_amd_crl;

struct amd_crl_facts {
    enum snp_product product;
    const struct crl *crl;
    struct bytes der;
    uint8_t digest[32];                  /* SHA-256 of der */
    int64_t issue_date_s, next_update_s; /* thisUpdate, nextUpdate */
    enum root_origin root_origin;
    uint8_t root_spki_sha256[32];
};

/* issuer: of either kind; its ARK must have issued the list. ERROR_UNTRUSTED,
 * ERROR_FORMAT and ERROR_LIMIT; ERROR_STALE names the date, of the list or of the ARK. */
bool verify_amd_crl(struct bytes der, const struct verified_amd_issuer *issuer,
                    int64_t now_s, int64_t future_s, struct verified_amd_crl **out,
                    struct error *err) MUST_CHECK;

/* For what the store has kept: dates are not judged. */
bool verify_kept_amd_crl(struct bytes der, const struct verified_amd_issuer *issuer,
                         struct verified_amd_crl **out, struct error *err) MUST_CHECK;

struct verified_amd_crl *amd_crl_hold(const struct verified_amd_crl *crl);
void amd_crl_release(struct verified_amd_crl *crl); /* accepts NULL */
DEFINE_OWNED(struct verified_amd_crl *, amd_crl_release)

/* Lives as long as the list. */
const struct amd_crl_facts *amd_crl_facts(const struct verified_amd_crl *crl);

/* ERROR_REVOKED where it lists ASK, ASVK or ARK of this issuer, whose ARK's it must be
 * (ERROR_UNTRUSTED). The list's dates are not judged. */
bool amd_issuer_not_revoked(const struct verified_amd_issuer *issuer,
                            const struct verified_amd_crl *crl, struct error *err)
    MUST_CHECK;

/* Whether `fresh` may replace `kept`: the same ARK's, not issued earlier, number (where
 * both have one) not lower. ERROR_STALE says which. */
bool amd_crl_may_replace(const struct verified_amd_crl *fresh,
                         const struct verified_amd_crl *kept, struct error *err)
    MUST_CHECK;

#endif
