/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate chains by role.
 *
 * Source: Intel, "SGX PCK Certificate and CRL Profile Specification" 1.5; RFC 5280, 6.1.
 * Every certificate of a role has an exact common name and Intel's O, L, ST and C, and
 * what a role may do is checked: CA:TRUE with keyCertSign (and cRLSign for who issues
 * CRLs) for root and intermediate, CA:FALSE for leaves and signers, pathLen, key usage;
 * AKI, SKI, CRL distribution point, key usage and basic constraints must be there;
 * unknown critical extensions are refused. Each signature is checked, the root's own too;
 * the root's key must be trusted. */
#ifndef THIM_VERIFY_CHAIN_H
#define THIM_VERIFY_CHAIN_H

#include "format/pem.h"
#include "kit/crypto.h"
#include "verify/roots.h"

enum chain_role {
    CHAIN_INTEL_ROOT = 1,      /* Intel SGX Root CA */
    CHAIN_INTEL_TCB_SIGNING,   /* Intel SGX TCB Signing, root */
    CHAIN_INTEL_PCK_PROCESSOR, /* Intel SGX PCK Processor CA, root */
    CHAIN_INTEL_PCK_PLATFORM,  /* Intel SGX PCK Platform CA, root */
    CHAIN_INTEL_PCK_LEAF,      /* Intel SGX PCK Certificate, either CA, root */
};

struct chain {
    struct x509_certificate certificates[X509_CHAIN_MAX]; /* leaf first */
    size_t count;
    const struct trusted_root *root;
    int64_t valid_from_s, valid_until_s; /* what all certificates' dates have in common */
};

/* The order is the wire's: leaf first, root last, exactly the role's length. Dates are
 * reported, not judged. ERROR_UNTRUSTED where there is no path to a trusted root. */
bool chain_verify(const struct der_chain *ders, enum chain_role role,
                  const struct trust *trust, struct chain *out, struct error *err)
    MUST_CHECK;

/* What has been found while one piece of work goes on: which certificate is signed by
 * which, and keys made ready, for documents that come together share their issuers.
 * Begins as zero; for one thread. */
#define CHAIN_MEMO_LINKS 16
#define CHAIN_MEMO_KEYS 8
struct chain_memo {
    struct sha256 links[CHAIN_MEMO_LINKS]; /* of certificate and issuer, one message */
    size_t link_count;
    struct {
        uint8_t point[P256_POINT_LEN];
        struct p256_key *key;
    } keys[CHAIN_MEMO_KEYS];
    size_t key_count;
};
void chain_memo_fini(struct chain_memo *memo);

/* p256_verify by a key that the memo has ready, or will have; memo may be NULL. */
bool chain_memo_verify(struct chain_memo *memo, const uint8_t point[P256_POINT_LEN],
                       struct bytes message, const uint8_t signature[P256_SIGNATURE_LEN],
                       struct error *err) MUST_CHECK;

/* The same, but what the memo has is not verified again; NULL: all is. */
bool chain_verify_with(const struct der_chain *ders, enum chain_role role,
                       const struct trust *trust, struct chain_memo *memo,
                       struct chain *out, struct error *err) MUST_CHECK;

/* The same verdict on a leaf of role that stands below a chain which chain_verify has
 * found good, without doing the issuers' signatures again: out is the leaf, then
 * issuer's.
 */
bool chain_verify_below(const struct chain *issuer, struct bytes leaf,
                        enum chain_role role, struct chain *out, struct error *err)
    MUST_CHECK;

/* Copies of these, within the bounds of a chain, that live as long as the arena.
 * ERROR_LIMIT. */
bool chain_copy(const struct der_chain *given, struct arena *arena, struct der_chain *out,
                struct error *err) MUST_CHECK;

/* For reports, never for what is kept: as chain_verify, but the root's certificate is not
 * among the ders. A trusted root of the right name whose key is known stands in for it,
 * and is out->root; out->certificates are the ders alone, in the extreme none. */
bool chain_verify_rootless(const struct der_chain *ders, enum chain_role role,
                           const struct trust *trust, struct chain *out,
                           struct error *err) MUST_CHECK;

/* The trusted root of this name whose known key has signed this; NULL where none has. */
const struct trusted_root *chain_root_that_signed(const struct trust *trust,
                                                  struct bytes name,
                                                  struct bytes signed_part,
                                                  const uint8_t signature[64]);

/* The certificate's common name tells its role; 0 where it tells none. */
enum chain_role chain_role_of(struct bytes common_name);
size_t chain_role_length(enum chain_role role); /* certificates, with the root */

/* ERROR_STALE names the certificate and the date; future_s as in verify/freshness.h. */
bool chain_in_date(const struct chain *chain, int64_t now_s, int64_t future_s,
                   struct error *err) MUST_CHECK;

/* Puts before a refusal which certificate it is about; place counts from 0. */
bool chain_within(struct error *err, const struct x509_certificate *c, size_t place);

/* Adds the key of a root certificate that the operator gives (a simulator's, say), after
 * it has been found sound as CHAIN_INTEL_ROOT: right name, issued and signed by itself.
 */
bool chain_add_root(struct bytes der, enum root_origin origin, struct trust *trust,
                    struct error *err) MUST_CHECK;

#endif
