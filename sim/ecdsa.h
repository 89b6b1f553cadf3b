/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA without chance: a key follows from its secret, and the same text signed twice has
 * the same signature. P-256 with SHA-256 is Intel's, P-384 with SHA-384 AMD's.
 *
 * OpenSSL's own signatures differ each time, and there are too many platforms and chips
 * to keep what was signed once. Here the nonce is a digest of secret and text, in the
 * manner of RFC 6979 but not to its letter: nothing secret is at stake. Not safe for
 * threads. */
#ifndef THIM_SIM_ECDSA_H
#define THIM_SIM_ECDSA_H

#include "kit/buf.h"
#include "kit/error.h"

#define ECDSA_SECRET_LEN 32
#define P256_OCTETS_LEN 65 /* 04, X, Y */
#define P384_OCTETS_LEN 97
#define ECDSA_INTEGER_MAX 48 /* bytes of r, and of s */

enum ecdsa_curve { ECDSA_P256, ECDSA_P384 };

struct ecdsa;

bool ecdsa_open(enum ecdsa_curve curve, struct ecdsa **out, struct error *err) MUST_CHECK;
void ecdsa_close(struct ecdsa *ecdsa); /* accepts NULL */
DEFINE_OWNED(struct ecdsa *, ecdsa_close)

/* The public key of a secret, which may be any 32 bytes: P256_OCTETS_LEN or
 * P384_OCTETS_LEN of them. */
bool ecdsa_public(struct ecdsa *ecdsa, const uint8_t secret[ECDSA_SECRET_LEN],
                  uint8_t *out, struct error *err) MUST_CHECK;

/* Appends the signature over text as DER. */
bool ecdsa_sign(struct ecdsa *ecdsa, const uint8_t secret[ECDSA_SECRET_LEN],
                struct bytes text, struct buf *out, struct error *err) MUST_CHECK;

/* The same signature as its two numbers, big endian, each as long as the curve's. */
bool ecdsa_sign_raw(struct ecdsa *ecdsa, const uint8_t secret[ECDSA_SECRET_LEN],
                    struct bytes text, uint8_t r[ECDSA_INTEGER_MAX],
                    uint8_t s[ECDSA_INTEGER_MAX], struct error *err) MUST_CHECK;

#endif
