/* SPDX-License-Identifier: Apache-2.0 */
/* Digests and signatures: the only door to OpenSSL, so that it can be exchanged.
 *
 * Keys come as raw points and signatures as raw integers, all big endian, because that is
 * how collateral and quotes carry them and because OpenSSL 3.0's key decoding costs more
 * than its arithmetic. Tokens are the only secrets here. */
#ifndef THIM_KIT_CRYPTO_H
#define THIM_KIT_CRYPTO_H

#include "kit/bytes.h"
#include "kit/error.h"

#define SHA256_LEN 32
#define P256_POINT_LEN 64     /* X then Y, without the leading 04 */
#define P256_SIGNATURE_LEN 64 /* r then s */
#define SHA384_LEN 48
#define SHA512_LEN 64
#define P384_POINT_LEN 96
#define P384_SIGNATURE_LEN 96
#define RSA_MODULUS_MIN 256 /* bytes: 2048 bits */
#define RSA_MODULUS_MAX 1024
#define SCRYPT_MEMORY_MAX (64 << 20)

struct sha256 {
    uint8_t digest[SHA256_LEN];
};

struct sha384 {
    uint8_t digest[SHA384_LEN];
};

struct sha512 {
    uint8_t digest[SHA512_LEN];
};

struct sha256 sha256(struct bytes message);
struct sha256 sha256_of_both(struct bytes first, struct bytes then); /* one message */
struct sha384 sha384(struct bytes message);
struct sha512 sha512(struct bytes message);

/* RFC 2104 with SHA-256. */
struct sha256 hmac_sha256(struct bytes key, struct bytes message);

/* ECDSA P-256 with SHA-256 over message. ERROR_UNTRUSTED where the signature does not
 * hold, ERROR_FORMAT where the point is not on the curve, ERROR_SYSTEM where OpenSSL
 * fails for reasons of its own. */
bool p256_verify(const uint8_t point[P256_POINT_LEN], struct bytes message,
                 const uint8_t signature[P256_SIGNATURE_LEN], struct error *err)
    MUST_CHECK;

/* ECDSA P-384 with SHA-384; errors as above. */
bool p384_verify(const uint8_t point[P384_POINT_LEN], struct bytes message,
                 const uint8_t signature[P384_SIGNATURE_LEN], struct error *err)
    MUST_CHECK;

/* ---- keys made ready -------------------------------------------------------------- */

/* A public key made ready for many signatures: OpenSSL's decoding costs a quarter of a
 * P-256 verification. Has a context of its own, so it is for one thread at a time. */
struct p256_key;
struct p384_key;

/* ERROR_FORMAT where the point is not on the curve, ERROR_SYSTEM. */
bool p256_key_make(const uint8_t point[P256_POINT_LEN], struct p256_key **out,
                   struct error *err) MUST_CHECK;
void p256_key_free(struct p256_key *key); /* accepts NULL */
DEFINE_OWNED(struct p256_key *, p256_key_free)
bool p256_key_verify(struct p256_key *key, struct bytes message,
                     const uint8_t signature[P256_SIGNATURE_LEN], struct error *err)
    MUST_CHECK;

bool p384_key_make(const uint8_t point[P384_POINT_LEN], struct p384_key **out,
                   struct error *err) MUST_CHECK;
void p384_key_free(struct p384_key *key); /* accepts NULL */
DEFINE_OWNED(struct p384_key *, p384_key_free)
bool p384_key_verify(struct p384_key *key, struct bytes message,
                     const uint8_t signature[P384_SIGNATURE_LEN], struct error *err)
    MUST_CHECK;

/* ---- RSA, secrets -------------------------------------------------------------------
 */

struct rsa_key {
    struct bytes modulus; /* a view; big endian, without leading zeros */
    uint32_t exponent;
};

/* RSASSA-PSS (RFC 8017, 8.1) with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes, as
 * AMD signs. ERROR_UNTRUSTED, ERROR_FORMAT for a key out of bounds, ERROR_SYSTEM. */
bool rsa_pss_sha384_verify(const struct rsa_key *key, struct bytes message,
                           struct bytes signature, struct error *err) MUST_CHECK;

/* Whether len bytes are equal, in a time that does not tell where they differ. */
bool secret_equal(const void *a, const void *b, size_t len);

struct scrypt_cost { /* RFC 7914: N = 2^log2_n; SCRYPT_MEMORY_MAX bytes in all */
    unsigned log2_n, r, p;
};

/* ERROR_LIMIT for a cost out of bounds. */
bool scrypt_derive(struct bytes password, struct bytes salt, struct scrypt_cost cost,
                   uint8_t out[32], struct error *err) MUST_CHECK;

/* Bytes nobody can guess (getrandom). Waits for the kernel's pool at boot; never fails
 * after. */
void random_fill(void *at, size_t len);

#endif
