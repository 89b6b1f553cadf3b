/* SPDX-License-Identifier: Apache-2.0 */
/* Digests and signatures: the only door to OpenSSL, so that it can be exchanged.
 *
 * Keys come as raw points and signatures as raw integers, all big endian, because that is
 * how collateral and quotes carry them and because OpenSSL 3.0's key decoding costs more
 * than its arithmetic. Nothing here is secret. */
#ifndef THIM_KIT_CRYPTO_H
#define THIM_KIT_CRYPTO_H

#include "kit/bytes.h"
#include "kit/error.h"

#define SHA256_LEN 32
#define P256_POINT_LEN 64     /* X then Y, without the leading 04 */
#define P256_SIGNATURE_LEN 64 /* r then s */

struct sha256 {
    uint8_t digest[SHA256_LEN];
};

struct sha256 sha256(struct bytes message);

/* ECDSA P-256 with SHA-256 over message. ERROR_UNTRUSTED where the signature does not
 * hold, ERROR_FORMAT where the point is not on the curve, ERROR_SYSTEM where OpenSSL
 * fails for reasons of its own. */
bool p256_verify(const uint8_t point[P256_POINT_LEN], struct bytes message,
                 const uint8_t signature[P256_SIGNATURE_LEN], struct error *err)
    MUST_CHECK;

/* Bytes nobody can guess (getrandom). Waits for the kernel's pool at boot; never fails
 * after. */
void random_fill(void *at, size_t len);

#endif
