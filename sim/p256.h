/* SPDX-License-Identifier: Apache-2.0 */
/* P-256 without chance: a key follows from its secret, and the same text signed twice has
 * the same signature.
 *
 * OpenSSL's own signatures differ each time, and there are too many PCK certificates to
 * keep those that were signed once. Here the nonce is a digest of secret and text, in the
 * manner of RFC 6979 but not to its letter: nothing secret is at stake. Not safe for
 * threads. */
#ifndef THIM_SIM_P256_H
#define THIM_SIM_P256_H

#include "kit/buf.h"
#include "kit/error.h"

#define P256_SECRET_LEN 32
#define P256_OCTETS_LEN 65 /* 04, X, Y */

struct p256;

bool p256_open(struct p256 **out, struct error *err) MUST_CHECK;
void p256_close(struct p256 *p256); /* accepts NULL */
DEFINE_OWNED(struct p256 *, p256_close)

/* The public key of a secret, which may be any 32 bytes. */
bool p256_public(struct p256 *p256, const uint8_t secret[P256_SECRET_LEN],
                 uint8_t out[P256_OCTETS_LEN], struct error *err) MUST_CHECK;

/* Appends ECDSA with SHA-256 over text, as DER. */
bool p256_sign(struct p256 *p256, const uint8_t secret[P256_SECRET_LEN],
               struct bytes text, struct buf *out, struct error *err) MUST_CHECK;

#endif
