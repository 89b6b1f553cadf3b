/* SPDX-License-Identifier: Apache-2.0 */
/* Whose signatures have been found to hold before: PCK leaves under their chains, quoting
 * enclaves' certifications (PCK, QE report, its signature, attestation key) and AMD's
 * VEKs, each under the digest of the very bytes.
 *
 * What is remembered is arithmetic alone: that this signature by this key over these
 * bytes holds, up to a root with this key. Whether the root is trusted, whether anybody
 * on the way has been revoked, dates and the rest are judged each time: a new CRL needs
 * no forgetting. Only what has been found to hold is remembered, so that strangers cannot
 * fill it, and the one used longest ago gives way.
 *
 * A struct known_signers is for one thread at a time (OpenSSL's contexts are kept ready
 * in it); signer_lanes has several, and hands each thread one without waiting. */
#ifndef THIM_VERIFY_KNOWN_SIGNERS_H
#define THIM_VERIFY_KNOWN_SIGNERS_H

#include "kit/crypto.h"
#include "verify/pck.h"
#include "verify/vcek.h"

struct known_signers;

struct known_limits {       /* entries; 0: the default */
    size_t pcks, qes, veks; /* and a few issuers of PCKs */
};

bool known_signers_create(const struct known_limits *limits, struct known_signers **out,
                          struct error *err) MUST_CHECK;
void known_signers_destroy(struct known_signers *known); /* accepts NULL */
DEFINE_OWNED(struct known_signers *, known_signers_destroy)

/* ---- PCK certificates: by the certification data that brought them ----------------- */

struct known_pck {
    const struct verified_pck *pck; /* dates and revocation are not judged */
    struct p256_key *key;           /* its, ready */
    struct sha256 digest;           /* of what it goes by */
};

/* The CA and root above them, by the digest of both certificates; NULL: not known. */
const struct verified_pck_issuer *known_issuer_find(struct known_signers *known,
                                                    const struct sha256 *digest);
void known_issuer_add(struct known_signers *known, const struct sha256 *digest,
                      const struct verified_pck_issuer *issuer);

/* By the digest of certification data; NULL: not known. What is returned stands until the
 * next call that adds. */
const struct known_pck *known_pck_find(struct known_signers *known,
                                       const struct sha256 *digest);
/* Holds the certificate, and makes its key ready. ERROR_SYSTEM, ERROR_FORMAT. */
const struct known_pck *known_pck_add(struct known_signers *known,
                                      const struct sha256 *digest,
                                      const struct verified_pck *pck, struct error *err)
    MUST_CHECK;

/* ---- QE certifications ------------------------------------------------------------- */

/* The attestation key of this certification, ready; NULL: not known. */
struct p256_key *known_qe_find(struct known_signers *known, const struct sha256 *digest);
/* Takes the key. */
void known_qe_add(struct known_signers *known, const struct sha256 *digest,
                  struct p256_key *key);

/* ---- VCEKs and VLEKs --------------------------------------------------------------- */

/* The VEK's key, ready, made where it is not known. NULL: err. */
struct p384_key *known_vek_key(struct known_signers *known,
                               const struct verified_vcek *vek, struct error *err);

/* ---- lanes ------------------------------------------------------------------------- */

struct signer_lanes; /* any thread may use it */

bool signer_lanes_create(size_t lanes, const struct known_limits *limits,
                         struct signer_lanes **out, struct error *err) MUST_CHECK;
void signer_lanes_destroy(struct signer_lanes *lanes); /* accepts NULL */
DEFINE_OWNED(struct signer_lanes *, signer_lanes_destroy)

/* A lane that nobody else has, the one this thread had last where that is free; NULL
 * where all are taken (then all is verified anew). Never waits. */
struct known_signers *signer_lanes_take(struct signer_lanes *lanes);
void signer_lanes_give_back(struct signer_lanes *lanes, struct known_signers *known);

#endif
