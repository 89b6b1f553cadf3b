/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate revocation lists.
 *
 * Source: RFC 5280, section 5. v2, with crlNumber and authorityKeyIdentifier, which may
 * be missing where the signature is AMD's RSASSA-PSS, as may an entry in a list that is
 * there.
 * Lifetime: views look into the bytes given to crl_parse; the serials lie in its arena.
 */
#ifndef THIM_FORMAT_CRL_H
#define THIM_FORMAT_CRL_H

#include "format/x509.h"
#include "kit/arena.h"

#define CRL_MAX (4 * 1024 * 1024) /* bytes of DER */
#define CRL_ENTRIES_MAX 100000

struct crl {
    struct bytes der;
    struct bytes tbs;
    struct bytes issuer; /* Name, whole DER */
    struct bytes issuer_cn;
    int64_t this_update_s, next_update_s; /* seconds since 1970, UTC; both present */
    struct bytes number; /* INTEGER content, sign padding removed; empty where missing */
    struct bytes authority_key_id; /* likewise */
    enum x509_signature_algorithm signature_algorithm;
    struct bytes signature;
    uint8_t ecdsa_signature[64]; /* where the algorithm is X509_ECDSA_SHA256 */
    const struct bytes *serials; /* sorted by bytes_compare after shortest-first length */
    size_t serial_count;
};

/* Reads exactly one CRL. Unknown critical extensions, of the list or of an entry, are
 * refused (5.2, 5.3), as are removeFromCRL, delta CRLs and indirect CRLs. ERROR_LIMIT
 * past CRL_ENTRIES_MAX or the arena. */
bool crl_parse(struct bytes der, struct arena *arena, struct crl *out, struct error *err)
    MUST_CHECK;

/* serial as x509_certificate has it; by binary search. */
bool crl_lists(const struct crl *crl, struct bytes serial);

/* -1, 0, 1 as CRL number a is less than, equal to, greater than b. */
int crl_number_compare(struct bytes a, struct bytes b);

#endif
