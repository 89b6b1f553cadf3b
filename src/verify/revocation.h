/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a chain's certificates have been revoked, and whether a CRL is its issuer's.
 *
 * Source: RFC 5280, 6.3, for complete CRLs issued by the certificates' own issuers, which
 * is all that Intel has: the root's for itself, the CAs and the signer, each CA's for PCK
 * certificates. */
#ifndef THIM_VERIFY_REVOCATION_H
#define THIM_VERIFY_REVOCATION_H

#include "format/crl.h"
#include "verify/chain.h"

/* A CRL by this issuer, who may issue CRLs: name, signature. That the list has an
 * authority key id is crl_parse's matter; what it says is a hint for finding the key
 * (RFC 5280, 5.2.1), and the signature is the proof. Dates not judged. */
bool chain_verify_crl(const struct crl *crl, const struct x509_certificate *issuer,
                      struct error *err) MUST_CHECK;
bool chain_verify_crl_with(const struct crl *crl, const struct x509_certificate *issuer,
                           struct chain_memo *memo, struct error *err) MUST_CHECK;

/* ERROR_REVOKED where the root CRL (already verified, of this chain's root) lists any of
 * the chain's certificates, the root itself included. The leaf of a PCK chain is its CA's
 * CRL's matter: give that as leaf_crl, else NULL. A list that is NULL is passed over:
 * whether one is needed is the caller's to say (verified_crl_for). */
bool chain_not_revoked(const struct chain *chain, const struct crl *root_crl,
                       const struct crl *leaf_crl, struct error *err) MUST_CHECK;

#endif
