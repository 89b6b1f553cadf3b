/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's chains: who signs the VCEKs and VLEKs of one product, up to the ARK that is
 * trusted.
 *
 * Source: AMD, "VCEK Certificate and KDS Interface" 57230, chapter 3; RFC 5280, 6.1;
 * RFC 4055 and RFC 8017 (RSASSA-PSS). An ASK signs VCEKs, an ASVK signs VLEKs, and an
 * ARK, one for each product, signs both and the CRL. Every certificate has its exact
 * common name and AMD's OU, C, L, ST and O, and an RSA key of 4096 bits; every signature
 * is RSASSA-PSS with SHA-384, and is checked, the root's own too. */
#ifndef THIM_VERIFY_AMD_CHAIN_H
#define THIM_VERIFY_AMD_CHAIN_H

#include "format/crl.h"
#include "format/vcek.h"
#include "verify/chain.h"

enum { AMD_ISSUER, AMD_ROOT, AMD_CHAIN_LEN }; /* places in a chain */

/* ders: ASK or ASVK, then ARK, as KDS and THIM give them. Dates are reported, not judged
 * (chain_in_date does), and nothing is said of revocation. ERROR_UNTRUSTED where there is
 * no path to a trusted root. out->root lives as long as trust. */
bool amd_chain_verify(const struct der_chain *ders, enum snp_product product,
                      enum vek_kind vek, const struct trust *trust, struct chain *out,
                      struct error *err) MUST_CHECK;

/* What AMD's certificates have in common: the subject, no unknown critical extension. */
bool amd_subject_check(const struct x509_certificate *certificate,
                       const char *common_name, struct error *err) MUST_CHECK;

/* The certificate is by this issuer: its name, and its signature. */
bool amd_issued_by(const struct x509_certificate *certificate,
                   const struct x509_certificate *issuer, struct error *err) MUST_CHECK;

/* The list is by this ARK: its name, and its signature. Dates not judged. */
bool amd_crl_issued_by(const struct crl *crl, const struct x509_certificate *root,
                       struct error *err) MUST_CHECK;

/* Adds the key of an ARK that the operator gives (a simulator's, say), after it has been
 * found sound: a product's name, issued and signed by itself. */
bool amd_chain_add_root(struct bytes der, enum root_origin origin, struct trust *trust,
                        struct error *err) MUST_CHECK;

#endif
