/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on a VCEK or VLEK, as a type: the store takes nothing else for a chip.
 *
 * Judged are the signature by the issuer, names and constraints, AMD's extensions, that
 * it is what was asked for (kind, product, chip, every SPL), that its issuer has not been
 * revoked, and dates. A VCEK itself cannot be revoked: see verify/amd_crl.h.
 *
 * Its bytes are no identity: KDS signs afresh at its pleasure, and only the key stays for
 * one chip and TCB_VERSION. Source: AMD, "VCEK Certificate and KDS Interface" 57230.
 * Lifetime: immutable and counted; it owns copies of all its bytes, and holds its issuer.
 * Pure: no clock; `now` is an argument. */
#ifndef THIM_VERIFY_VCEK_H
#define THIM_VERIFY_VCEK_H

#include "format/kds_url.h"
#include "verify/amd_crl.h"

struct verified_vcek;

struct vcek_facts {
    struct kds_key key; /* what it is to be had for */
    struct vcek vcek;
    struct bytes der;
    uint8_t digest[32];                  /* SHA-256 of der */
    struct bytes public_key;             /* a P-384 point, X then Y */
    struct bytes spki;                   /* the same, whole DER */
    int64_t valid_from_s, valid_until_s; /* its own dates, narrowed by the issuer's */
    const struct verified_amd_issuer *issuer;
    bool revocation_checked; /* by a list in date; false where the law let it pass */
};

struct vcek_law {                       /* what VCEKs are judged by */
    const struct verified_amd_crl *crl; /* of the issuer's ARK, or NULL */
    bool crl_optional; /* a missing or outdated list lets pass, unchecked; what a list
                          says counts all the same */
    int64_t now_s;
    int64_t future_s;
};

/* asked: the key that KDS was asked for; NULL for whatever it is. ERROR_FORMAT: not what
 * it should be, or not what was asked for. ERROR_UNTRUSTED: not by this issuer, or no
 * list of its ARK. ERROR_REVOKED names ASK, ASVK or ARK; ERROR_STALE the date, of the
 * certificate, its issuer or the list. */
bool verify_vcek(struct bytes der, const struct kds_key *asked,
                 const struct verified_amd_issuer *issuer, const struct vcek_law *law,
                 struct verified_vcek **out, struct error *err) MUST_CHECK;

/* For what the store has kept: neither dates nor revocation are judged. */
bool verify_kept_vcek(struct bytes der, const struct kds_key *asked,
                      const struct verified_amd_issuer *issuer,
                      struct verified_vcek **out, struct error *err) MUST_CHECK;

/* Whether it may be handed out now: issuer not revoked, in date. A list that is NULL is
 * passed over, and its dates are not judged: the newest known speaks until a newer one
 * comes. ERROR_REVOKED, ERROR_STALE. */
bool vcek_may_be_given(const struct verified_vcek *vcek, const struct vcek_law *law,
                       struct error *err) MUST_CHECK;

struct verified_vcek *vcek_hold(const struct verified_vcek *vcek);
void vcek_release(struct verified_vcek *vcek); /* accepts NULL */
DEFINE_OWNED(struct verified_vcek *, vcek_release)

/* Lives as long as the certificate. */
const struct vcek_facts *vcek_facts(const struct verified_vcek *vcek);

#endif
