/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate authority in Intel's likeness, made anew for each run.
 *
 * Names, extensions and their order are those of Intel's own certificates (SGX PKI,
 * "Intel SGX PCK Certificate and Certificate Revocation List Profile Specification"):
 * AKI, CRL distribution point, SKI, keyUsage, basicConstraints; P-256 throughout; the
 * serial number is the subject key identifier. Keys never leave memory. This file and its
 * neighbours speak to OpenSSL themselves, so that they share no eyes with what they test.
 */
#ifndef THIM_SIM_PKI_H
#define THIM_SIM_PKI_H

#include "kit/buf.h"
#include "kit/error.h"

enum pki_role { PKI_ROOT, PKI_PLATFORM_CA, PKI_PROCESSOR_CA, PKI_TCB_SIGNING, PKI_ROLES };

struct pki;

/* Makes the four keys and certificates, valid over the given time. The keys follow from
 * the seed, so that a simulator that is started again has the root it had; without one
 * (NULL) they are random. */
bool pki_create(const char *seed, int64_t not_before_s, int64_t not_after_s,
                struct pki **out, struct error *err) MUST_CHECK;
void pki_close(struct pki *pki); /* accepts NULL */
DEFINE_OWNED(struct pki *, pki_close)

/* Appends the role's certificate as PEM. */
bool pki_certificate(const struct pki *pki, enum pki_role role, struct buf *out,
                     struct error *err) MUST_CHECK;

/* Appends the TCB signer's ECDSA signature over text: 128 hex digits, r then s. */
bool pki_sign(const struct pki *pki, struct bytes text, struct buf *out,
              struct error *err) MUST_CHECK;

struct pki_issuer { /* what one needs to sign in a CA's stead */
    uint8_t secret[32];
    uint8_t key_id[20]; /* its subject key identifier */
};
bool pki_issuer(const struct pki *pki, enum pki_role role, struct pki_issuer *out,
                struct error *err) MUST_CHECK;

/* Appends a name of Intel's as DER. */
bool pki_name(const char *common_name, struct buf *out, struct error *err) MUST_CHECK;

#define PKI_SERIAL_LEN 20

struct pki_crl {
    enum pki_role issuer; /* not PKI_TCB_SIGNING */
    int64_t this_update_s, next_update_s;
    struct bytes serials;   /* to revoke, PKI_SERIAL_LEN each */
    unsigned strangers;     /* that many serials that no certificate here carries */
    unsigned revoked_roles; /* bits 1 << role: these certificates' own serials */
};

/* Appends a version 2 CRL as DER. Its crlNumber is 1, as that of every CRL of Intel's
 * has been. */
bool pki_crl(const struct pki *pki, const struct pki_crl *crl, struct buf *out,
             struct error *err) MUST_CHECK;

/* SHA-256 of the SubjectPublicKeyInfo of a certificate given as PEM: what is pinned. */
bool pem_spki_sha256(struct bytes pem, uint8_t out[32], struct error *err) MUST_CHECK;

/* Appends DER as PEM under a label ("CERTIFICATE", "X509 CRL"). */
bool pem_add(struct buf *out, const char *label, struct bytes der, struct error *err)
    MUST_CHECK;

#endif
