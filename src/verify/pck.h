/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on a PCK certificate, as a type: the store takes nothing else for a
 * platform.
 *
 * A platform's certificates share their issuer, so the issuer (PCK Processor or Platform
 * CA, and the root) is verified once and held by each of them. Judged are chain, roles,
 * names and constraints (verify/chain.h), signature, revocation by both CRLs, the SGX
 * extension, and dates.
 *
 * Source: Intel, "SGX PCK Certificate and CRL Profile Specification" 1.5; RFC 5280.
 * Lifetime: both types are immutable and counted, and own copies of all their bytes.
 * Pure: no clock; `now` is an argument. */
#ifndef THIM_VERIFY_PCK_H
#define THIM_VERIFY_PCK_H

#include "format/pck_cert.h"
#include "format/pck_list.h"
#include "verify/collateral.h"

/* ---- the issuer ----------------------------------------------------------------- */

struct verified_pck_issuer;

struct pck_issuer_facts {
    enum pck_ca ca;
    struct der_chain chain; /* the CA, then the root */
    uint8_t digest[32];     /* SHA-256 of both, one after the other */
    int64_t valid_from_s, valid_until_s;
    enum root_origin root_origin;
    uint8_t root_spki_sha256[32];
    uint8_t root_key_id[48]; /* SHA-384 of the root's point, 04 in front: how DCAP's
                                supplemental data names a root */
};

/* chain: CA then root, as SGX-PCK-Certificate-Issuer-Chain brings them. Dates are
 * recorded, not judged, and nothing is said of revocation: verify_pck does both.
 * ERROR_UNTRUSTED where the first is no CA of PCK certificates or there is no path. */
bool verify_pck_issuer(const struct der_chain *chain, const struct trust *trust,
                       struct verified_pck_issuer **out, struct error *err) MUST_CHECK;
/* The same; memo as chain_verify_with has it. */
bool verify_pck_issuer_with(const struct der_chain *chain, const struct trust *trust,
                            struct chain_memo *memo, struct verified_pck_issuer **out,
                            struct error *err) MUST_CHECK;
struct verified_pck_issuer *pck_issuer_hold(const struct verified_pck_issuer *issuer);
void pck_issuer_release(struct verified_pck_issuer *issuer); /* accepts NULL */
DEFINE_OWNED(struct verified_pck_issuer *, pck_issuer_release)
const struct pck_issuer_facts *pck_issuer_facts(const struct verified_pck_issuer *issuer);

/* ---- the certificate ------------------------------------------------------------ */

struct verified_pck;

struct pck_facts {
    struct bytes der;
    uint8_t digest[32]; /* SHA-256 of der */
    struct bytes serial;
    struct bytes spki, public_key; /* the key, whole DER; and a P-256 point, X then Y */
    struct pck_cert cert;
    uint8_t tcbm[TCBM_LEN]; /* the certificate's CPUSVN, then its PCESVN little endian */
    int64_t valid_from_s, valid_until_s; /* its own dates, narrowed by the issuer's */
    const struct verified_pck_issuer *issuer;
};

struct pck_law {                                /* what PCK certificates are judged by */
    const struct verified_collateral *root_crl; /* of the issuer's root */
    const struct verified_collateral *pck_crl;  /* of the issuing CA */
    int64_t now_s;
    int64_t future_s;
};

/* ERROR_UNTRUSTED: no path, or a CRL is missing or not of this CA; ERROR_REVOKED names
 * the certificate; ERROR_STALE names the date, of the certificate, its issuer or a CRL;
 * ERROR_FORMAT names the field, ERROR_LIMIT past X509_CERTIFICATE_MAX. */
bool verify_pck(struct bytes der, const struct verified_pck_issuer *issuer,
                const struct pck_law *law, struct verified_pck **out, struct error *err)
    MUST_CHECK;

/* For what the store has kept, and for what is kept so that it can be explained: neither
 * dates nor revocation are judged. */
bool verify_kept_pck(struct bytes der, const struct verified_pck_issuer *issuer,
                     struct verified_pck **out, struct error *err) MUST_CHECK;

/* Whether it may be handed out now: not on a CRL, in date. The dates of the CRLs are not
 * judged: the newest known list speaks until a newer one comes. A CRL that is NULL is
 * passed over; one of another CA or root is ERROR_UNTRUSTED. ERROR_REVOKED, ERROR_STALE.
 */
bool pck_may_be_given(const struct verified_pck *pck, const struct pck_law *law,
                      struct error *err) MUST_CHECK;

/* Which of its chain these lists name, both of which must be its issuers' own
 * (verified_crl_for); NULL: passed over. err says which serial. */
enum pck_revoked { PCK_NOT_REVOKED = 0, PCK_CA_REVOKED, PCK_LEAF_REVOKED };
enum pck_revoked pck_revoked_by(const struct verified_pck *pck,
                                const struct crl *root_crl, const struct crl *pck_crl,
                                struct error *err) MUST_CHECK;

struct verified_pck *pck_hold(const struct verified_pck *pck);
void pck_release(struct verified_pck *pck); /* accepts NULL */
DEFINE_OWNED(struct verified_pck *, pck_release)
const struct pck_facts *pck_facts(const struct verified_pck *pck);

/* Whether two certificates can be one platform's: PPID, FMSPC, PCE-ID, CA and issuer's
 * root are equal. ERROR_FORMAT names the first that is not. */
bool pck_is_kin(const struct verified_pck *a, const struct verified_pck *b,
                struct error *err) MUST_CHECK;

#endif
