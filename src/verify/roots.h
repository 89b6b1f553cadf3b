/* SPDX-License-Identifier: Apache-2.0 */
/* Whom we believe: vendor roots, pinned by the SHA-256 of their SubjectPublicKeyInfo.
 *
 * The key is pinned, not the certificate: Intel has re-issued its root with the same key.
 * Values: Intel SGX Root CA; AMD ARK-Milan, ARK-Genoa, ARK-Turin, each found identical in
 * many independent repositories. Test roots and extra roots come from the configuration.
 */
#ifndef THIM_VERIFY_ROOTS_H
#define THIM_VERIFY_ROOTS_H

#include "format/x509.h"

#define TRUST_ROOTS_MAX 32

enum root_origin {
    ROOT_PINNED = 1, /* built in */
    ROOT_EXTRA,      /* trust.extra_roots: a new product's root, with why and by whom */
    ROOT_TEST,       /* trust.test_roots: a simulator's; marks all it vouches for */
};

struct trusted_root {
    uint8_t spki_sha256[32];
    enum root_origin origin;
    char name[64];          /* for messages; for a pinned root its common name */
    bool has_key;           /* public_key is known, so that the root can vouch unseen */
    uint8_t public_key[64]; /* a P-256 point, X then Y */
};

/* A plain value; copy it freely. */
struct trust {
    struct trusted_root roots[TRUST_ROOTS_MAX];
    size_t count;
};

void trust_init(struct trust *trust); /* the pinned roots */
/* A key that is in already stays as it is. ERROR_LIMIT past TRUST_ROOTS_MAX. */
bool trust_add(struct trust *trust, const struct trusted_root *root, struct error *err)
    MUST_CHECK;
/* Takes a key out, pinned or not. False where it was not in. */
bool trust_remove(struct trust *trust, const uint8_t spki_sha256[32]);

/* The entry that vouches for this certificate's key, or NULL. */
const struct trusted_root *trust_find(const struct trust *trust,
                                      const struct x509_certificate *certificate);

/* The same, for what has been verified up to this key before. */
const struct trusted_root *trust_find_spki(const struct trust *trust,
                                           const uint8_t spki_sha256[32]);

bool trust_has_test_roots(const struct trust *trust);

#endif
