/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/crypto.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/random.h>

DEFINE_OWNED(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_OWNED(EVP_PKEY *, EVP_PKEY_free)
DEFINE_OWNED(ECDSA_SIG *, ECDSA_SIG_free)
DEFINE_OWNED(BIGNUM *, BN_free)

struct sha256 sha256(struct bytes message)
{
    struct sha256 out;

    SHA256(message.at, message.len, out.digest);
    return out;
}

static EVP_PKEY *p256_key(const uint8_t point[P256_POINT_LEN])
{
    OWNED(EVP_PKEY_CTX_free)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    uint8_t encoded[1 + P256_POINT_LEN] = { 4 };
    char group[] = "prime256v1";
    EVP_PKEY *key = NULL;

    memcpy(encoded + 1, point, P256_POINT_LEN);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded,
                                          sizeof encoded),
        OSSL_PARAM_construct_end(),
    };
    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return NULL;
    return key;
}

/* r and s as the DER that OpenSSL wants; 0 where it cannot be made. */
static size_t der_signature(const uint8_t raw[P256_SIGNATURE_LEN], uint8_t der[80])
{
    OWNED(ECDSA_SIG_free) ECDSA_SIG *signature = ECDSA_SIG_new();
    OWNED(BN_free) BIGNUM *r = BN_bin2bn(raw, 32, NULL);
    OWNED(BN_free) BIGNUM *s = BN_bin2bn(raw + 32, 32, NULL);

    if (signature == NULL || r == NULL || s == NULL
        || ECDSA_SIG_set0(signature, r, s) != 1)
        return 0;
    r = s = NULL; /* the signature's now */
    int len = i2d_ECDSA_SIG(signature, &der);
    return len > 0 ? (size_t)len : 0;
}

bool p256_verify(const uint8_t point[P256_POINT_LEN], struct bytes message,
                 const uint8_t signature[P256_SIGNATURE_LEN], struct error *err)
{
    uint8_t der[80];
    size_t der_len = der_signature(signature, der);
    struct sha256 digest = sha256(message);
    OWNED(EVP_PKEY_free) EVP_PKEY *key = p256_key(point);

    if (der_len == 0)
        return error_set(err, ERROR_SYSTEM, "OpenSSL could not encode a signature");
    if (key == NULL)
        return error_set(err, ERROR_FORMAT, "public key is not a point on P-256");
    OWNED(EVP_PKEY_CTX_free) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    if (context == NULL || EVP_PKEY_verify_init(context) != 1)
        return error_set(err, ERROR_SYSTEM, "OpenSSL could not begin a verification");
    if (EVP_PKEY_verify(context, der, der_len, digest.digest, sizeof digest.digest) != 1)
        return error_set(err, ERROR_UNTRUSTED, "signature does not hold");
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
