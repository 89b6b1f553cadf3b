/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on who issues one product's VCEKs or VLEKs, as a type: ASK or ASVK, and the
 * ARK above it. Verified once, and held by every certificate and CRL that it vouches for.
 *
 * Source: see verify/amd_chain.h. Lifetime: immutable and counted; it owns copies of all
 * its bytes. Pure: no clock. */
#ifndef THIM_VERIFY_AMD_ISSUER_H
#define THIM_VERIFY_AMD_ISSUER_H

#include "verify/amd_chain.h"

struct verified_amd_issuer;

struct amd_issuer_facts {
    enum snp_product product;
    enum vek_kind vek;
    struct der_chain ders; /* ASK or ASVK, then ARK: what hosts are given, as PEM */
    struct chain chain;    /* the same, read, with their dates; root is NULL, for the
                              trust may be gone */
    uint8_t digest[32];    /* SHA-256 of both, one after the other */
    enum root_origin root_origin;
    uint8_t root_spki_sha256[32];
};

/* Dates are recorded, not judged, and nothing is said of revocation: verify_vcek and
 * verify_amd_crl do both. Errors as amd_chain_verify has them. */
bool verify_amd_issuer(const struct der_chain *ders, enum snp_product product,
                       enum vek_kind vek, const struct trust *trust,
                       struct verified_amd_issuer **out, struct error *err) MUST_CHECK;

struct verified_amd_issuer *amd_issuer_hold(const struct verified_amd_issuer *issuer);
void amd_issuer_release(struct verified_amd_issuer *issuer); /* accepts NULL */
DEFINE_OWNED(struct verified_amd_issuer *, amd_issuer_release)

/* Lives as long as the issuer. */
const struct amd_issuer_facts *amd_issuer_facts(const struct verified_amd_issuer *issuer);

#endif
