/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/crypto.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/random.h>

DEFINE_OWNED(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_OWNED(EVP_PKEY *, EVP_PKEY_free)
DEFINE_OWNED(EVP_MD_CTX *, EVP_MD_CTX_free)
DEFINE_OWNED(BIGNUM *, BN_free)

struct sha256 sha256(struct bytes message)
{
    struct sha256 out;

    SHA256(message.at, message.len, out.digest);
    return out;
}

struct sha256 sha256_of_both(struct bytes first, struct bytes then)
{
    OWNED(EVP_MD_CTX_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
    struct sha256 out;

    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1
        || EVP_DigestUpdate(context, first.at, first.len) != 1
        || EVP_DigestUpdate(context, then.at, then.len) != 1
        || EVP_DigestFinal_ex(context, out.digest, NULL) != 1)
        abort(); /* no memory; whatever lay here must not be taken for a digest */
    return out;
}

struct sha384 sha384(struct bytes message)
{
    struct sha384 out;

    SHA384(message.at, message.len, out.digest);
    return out;
}

struct sha512 sha512(struct bytes message)
{
    struct sha512 out;

    SHA512(message.at, message.len, out.digest);
    return out;
}

struct sha256 hmac_sha256(struct bytes key, struct bytes message)
{
    struct sha256 out, short_key;

    if (key.len > SHA256_CBLOCK) { /* RFC 2104, 3; and OpenSSL counts keys in int */
        short_key = sha256(key);
        key = bytes_of(short_key.digest, SHA256_LEN);
    }
    if (HMAC(EVP_sha256(), key.at, (int)key.len, message.at, message.len, out.digest,
             NULL)
        == NULL)
        abort(); /* no memory; a tag of whatever lay here must not be believed */
    OPENSSL_cleanse(&short_key, sizeof short_key);
    return out;
}

static const struct curve {
    const char *name, *group; /* ours, and OpenSSL's */
    size_t field_len;
} p256 = { "P-256", "prime256v1", 32 }, p384 = { "P-384", "secp384r1", 48 };

#define POINT_LEN_MAX P384_POINT_LEN
#define DER_SIGNATURE_MAX 112 /* a sequence of two integers of at most 49 bytes */

static EVP_PKEY *point_key(const struct curve *curve, const uint8_t *point)
{
    OWNED(EVP_PKEY_CTX_free)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    uint8_t encoded[1 + POINT_LEN_MAX] = { 4 };
    EVP_PKEY *key = NULL;

    memcpy(encoded + 1, point, 2 * curve->field_len);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                         (char *)(uintptr_t)curve->group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded,
                                          1 + 2 * curve->field_len),
        OSSL_PARAM_construct_end(),
    };
    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return NULL;
    return key;
}

/* An INTEGER of DER: no zeros in front, but one where the first bit is set. */
static uint8_t *put_integer(uint8_t *at, struct bytes number)
{
    while (number.len > 1 && number.at[0] == 0)
        number = bytes_after(number, 1);
    size_t pad = number.at[0] >> 7;
    *at++ = 0x02;
    *at++ = (uint8_t)(number.len + pad);
    if (pad > 0)
        *at++ = 0;
    memcpy(at, number.at, number.len);
    return at + number.len;
}

/* r and s as the DER that OpenSSL wants, which is shorter than 128 bytes in all. */
static size_t der_signature(const struct curve *curve, const uint8_t *raw,
                            uint8_t der[DER_SIGNATURE_MAX])
{
    uint8_t *end = put_integer(der + 2, bytes_of(raw, curve->field_len));

    end = put_integer(end, bytes_of(raw + curve->field_len, curve->field_len));
    der[0] = 0x30;
    der[1] = (uint8_t)(end - der - 2);
    return (size_t)(end - der);
}

/* ---- keys made ready --------------------------------------------------------------- */

struct ready_key {
    const struct curve *curve;
    EVP_PKEY *key;
    EVP_PKEY_CTX *context; /* begun once; verifying does not end it */
};

struct p256_key {
    struct ready_key ready;
};

struct p384_key {
    struct ready_key ready;
};

static void ready_key_fini(struct ready_key *ready)
{
    EVP_PKEY_CTX_free(ready->context);
    EVP_PKEY_free(ready->key);
}

static bool ready_key_init(struct ready_key *ready, const struct curve *curve,
                           const uint8_t *point, struct error *err)
{
    *ready = (struct ready_key){ .curve = curve, .key = point_key(curve, point) };
    if (ready->key == NULL)
        return error_set(err, ERROR_FORMAT, "public key is not a point on %s",
                         curve->name);
    ready->context = EVP_PKEY_CTX_new(ready->key, NULL);
    return (ready->context != NULL && EVP_PKEY_verify_init(ready->context) == 1)
           || error_set(err, ERROR_SYSTEM, "OpenSSL could not begin a verification");
}

static bool ready_key_verify(struct ready_key *ready, struct bytes digest,
                             const uint8_t *signature, struct error *err)
{
    uint8_t der[DER_SIGNATURE_MAX];
    size_t der_len = der_signature(ready->curve, signature, der);

    if (EVP_PKEY_verify(ready->context, der, der_len, digest.at, digest.len) != 1)
        return error_set(err, ERROR_UNTRUSTED, "signature does not hold");
    return true;
}

static bool ecdsa_verify(const struct curve *curve, const uint8_t *point,
                         struct bytes digest, const uint8_t *signature, struct error *err)
{
    struct ready_key ready;
    bool holds = ready_key_init(&ready, curve, point, err)
                 && ready_key_verify(&ready, digest, signature, err);

    ready_key_fini(&ready);
    return holds;
}

bool p256_verify(const uint8_t point[P256_POINT_LEN], struct bytes message,
                 const uint8_t signature[P256_SIGNATURE_LEN], struct error *err)
{
    struct sha256 digest = sha256(message);

    return ecdsa_verify(&p256, point, bytes_of(digest.digest, SHA256_LEN), signature,
                        err);
}

bool p384_verify(const uint8_t point[P384_POINT_LEN], struct bytes message,
                 const uint8_t signature[P384_SIGNATURE_LEN], struct error *err)
{
    struct sha384 digest = sha384(message);

    return ecdsa_verify(&p384, point, bytes_of(digest.digest, SHA384_LEN), signature,
                        err);
}

bool p256_key_make(const uint8_t point[P256_POINT_LEN], struct p256_key **out,
                   struct error *err)
{
    OWNED(p256_key_free) struct p256_key *key = calloc(1, sizeof *key);

    *out = NULL;
    if (key == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory");
    if (!ready_key_init(&key->ready, &p256, point, err))
        return false;
    *out = TAKE(key);
    return true;
}

void p256_key_free(struct p256_key *key)
{
    if (key == NULL)
        return;
    ready_key_fini(&key->ready);
    free(key);
}

bool p256_key_verify(struct p256_key *key, struct bytes message,
                     const uint8_t signature[P256_SIGNATURE_LEN], struct error *err)
{
    struct sha256 digest = sha256(message);

    return ready_key_verify(&key->ready, bytes_of(digest.digest, SHA256_LEN), signature,
                            err);
}

bool p384_key_make(const uint8_t point[P384_POINT_LEN], struct p384_key **out,
                   struct error *err)
{
    OWNED(p384_key_free) struct p384_key *key = calloc(1, sizeof *key);

    *out = NULL;
    if (key == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory");
    if (!ready_key_init(&key->ready, &p384, point, err))
        return false;
    *out = TAKE(key);
    return true;
}

void p384_key_free(struct p384_key *key)
{
    if (key == NULL)
        return;
    ready_key_fini(&key->ready);
    free(key);
}

bool p384_key_verify(struct p384_key *key, struct bytes message,
                     const uint8_t signature[P384_SIGNATURE_LEN], struct error *err)
{
    struct sha384 digest = sha384(message);

    return ready_key_verify(&key->ready, bytes_of(digest.digest, SHA384_LEN), signature,
                            err);
}

/* ---- RSA --------------------------------------------------------------------------- */

static bool rsa_key_fits(const struct rsa_key *key, struct error *err)
{
    struct bytes n = key->modulus;

    if (n.len < RSA_MODULUS_MIN || n.len > RSA_MODULUS_MAX)
        return error_set(err, ERROR_FORMAT, "RSA modulus of %zu bytes, expected %d to %d",
                         n.len, RSA_MODULUS_MIN, RSA_MODULUS_MAX);
    if (n.at[0] == 0 || n.at[n.len - 1] % 2 == 0)
        return error_set(err, ERROR_FORMAT,
                         "RSA modulus begins with a zero byte or is even");
    if (key->exponent < 3 || key->exponent % 2 == 0)
        return error_set(err, ERROR_FORMAT, "RSA exponent %u, expected an odd one from 3",
                         key->exponent);
    return true;
}

static EVP_PKEY *rsa_public_key(const struct rsa_key *from)
{
    OWNED(EVP_PKEY_CTX_free)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OWNED(BN_free) BIGNUM *n = BN_bin2bn(from->modulus.at, (int)from->modulus.len, NULL);
    uint8_t native[RSA_MODULUS_MAX]; /* parameters come in the machine's byte order */
    uint32_t exponent = from->exponent;
    EVP_PKEY *key = NULL;

    if (context == NULL || n == NULL
        || BN_bn2nativepad(n, native, (int)from->modulus.len) < 0)
        return NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, native, from->modulus.len),
        OSSL_PARAM_construct_uint32(OSSL_PKEY_PARAM_RSA_E, &exponent),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return NULL;
    return key;
}

bool rsa_pss_sha384_verify(const struct rsa_key *key, struct bytes message,
                           struct bytes signature, struct error *err)
{
    struct sha384 digest = sha384(message);

    if (!rsa_key_fits(key, err))
        return false;
    if (signature.len != key->modulus.len) /* RFC 8017, 8.1.2, 1: zeros in front, too */
        return error_set(err, ERROR_UNTRUSTED, "signature does not hold");
    OWNED(EVP_PKEY_free) EVP_PKEY *public_key = rsa_public_key(key);
    OWNED(EVP_PKEY_CTX_free)
    EVP_PKEY_CTX *context =
        public_key == NULL ? NULL : EVP_PKEY_CTX_new(public_key, NULL);
    if (context == NULL || EVP_PKEY_verify_init(context) != 1
        || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) != 1
        || EVP_PKEY_CTX_set_signature_md(context, EVP_sha384()) != 1
        || EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha384()) != 1
        || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, SHA384_LEN) != 1)
        return error_set(err, ERROR_SYSTEM, "OpenSSL could not begin a verification");
    if (EVP_PKEY_verify(context, signature.at, signature.len, digest.digest, SHA384_LEN)
        != 1)
        return error_set(err, ERROR_UNTRUSTED, "signature does not hold");
    return true;
}

bool secret_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

/* RFC 7914, 5 and 6: p blocks of 128 r bytes, N of them more, and two to work in. */
static bool scrypt_fits(struct scrypt_cost cost)
{
    uint64_t most_blocks = SCRYPT_MEMORY_MAX / 128 / (cost.r > 0 ? cost.r : 1);

    return cost.log2_n >= 1 && cost.log2_n < 32 && cost.r >= 1 && cost.p >= 1
           && (1ULL << cost.log2_n) + cost.p + 2 <= most_blocks;
}

bool scrypt_derive(struct bytes password, struct bytes salt, struct scrypt_cost cost,
                   uint8_t out[32], struct error *err)
{
    if (!scrypt_fits(cost))
        return error_set(err, ERROR_LIMIT,
                         "scrypt cost 2^%u, r %u, p %u: not one, or past %d MiB",
                         cost.log2_n, cost.r, cost.p, SCRYPT_MEMORY_MAX >> 20);
    if (EVP_PBE_scrypt((const char *)password.at, password.len, salt.at, salt.len,
                       1ULL << cost.log2_n, cost.r, cost.p, SCRYPT_MEMORY_MAX, out, 32)
        != 1)
        return error_set(err, ERROR_SYSTEM, "OpenSSL could not derive a key");
    return true;
}

void random_fill(void *at, size_t len)
{
    uint8_t *next = at;

    while (len > 0) {
        ssize_t got = getrandom(next, len, 0);
        if (got < 0 && errno != EINTR)
            abort(); /* a kernel without getrandom: not a machine we run on */
        if (got > 0) {
            next += got;
            len -= (size_t)got;
        }
    }
}
