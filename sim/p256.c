/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/p256.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>

#include "kit/crypto.h"

DEFINE_OWNED(ECDSA_SIG *, ECDSA_SIG_free)
DEFINE_OWNED(EC_POINT *, EC_POINT_free)

struct p256 {
    EC_GROUP *group;
    BN_CTX *context;
};

static bool failed(struct error *err)
{
    return error_set(err, ERROR_SYSTEM, "OpenSSL could not compute on P-256");
}

bool p256_open(struct p256 **out, struct error *err)
{
    OWNED(p256_close) struct p256 *p256 = calloc(1, sizeof *p256);

    if (p256 == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a curve");
    p256->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    p256->context = BN_CTX_new();
    if (p256->group == NULL || p256->context == NULL)
        return failed(err);
    *out = TAKE(p256);
    return true;
}

void p256_close(struct p256 *p256)
{
    if (p256 == NULL)
        return;
    EC_GROUP_free(p256->group);
    BN_CTX_free(p256->context);
    free(p256);
}

/* Any bytes as a number below the order of the curve. */
static bool scalar_of(struct p256 *p256, const uint8_t bytes[32], BIGNUM *out)
{
    return out != NULL && BN_bin2bn(bytes, 32, out) != NULL
           && BN_nnmod(out, out, EC_GROUP_get0_order(p256->group), p256->context) == 1
           && !BN_is_zero(out);
}

bool p256_public(struct p256 *p256, const uint8_t secret[P256_SECRET_LEN],
                 uint8_t out[P256_OCTETS_LEN], struct error *err)
{
    OWNED(EC_POINT_free) EC_POINT *point = EC_POINT_new(p256->group);

    BN_CTX_start(p256->context);
    BIGNUM *number = BN_CTX_get(p256->context);
    bool made =
        point != NULL && scalar_of(p256, secret, number)
        && EC_POINT_mul(p256->group, point, number, NULL, NULL, p256->context) == 1
        && EC_POINT_point2oct(p256->group, point, POINT_CONVERSION_UNCOMPRESSED, out,
                              P256_OCTETS_LEN, p256->context)
               == P256_OCTETS_LEN;
    BN_CTX_end(p256->context);
    return made || failed(err);
}

/* FIPS 186-4, 6.4: r is the x of nonce times the generator, s = (digest + r secret) /
 * nonce; all modulo the order. */
static bool compute(struct p256 *p256, const uint8_t secret[P256_SECRET_LEN],
                    const uint8_t digest[32], BIGNUM *r, BIGNUM *s)
{
    const BIGNUM *order = EC_GROUP_get0_order(p256->group);
    uint8_t seed[P256_SECRET_LEN + SHA256_LEN];
    BN_CTX *context = p256->context;
    OWNED(EC_POINT_free) EC_POINT *point = EC_POINT_new(p256->group);
    BIGNUM *k = BN_CTX_get(context), *d = BN_CTX_get(context), *e = BN_CTX_get(context);

    memcpy(seed, secret, P256_SECRET_LEN);
    memcpy(seed + P256_SECRET_LEN, digest, SHA256_LEN);
    struct sha256 nonce = sha256(bytes_of(seed, sizeof seed));
    return point != NULL && e != NULL && scalar_of(p256, nonce.digest, k)
           && scalar_of(p256, secret, d) && BN_bin2bn(digest, SHA256_LEN, e) != NULL
           && EC_POINT_mul(p256->group, point, k, NULL, NULL, context) == 1
           && EC_POINT_get_affine_coordinates(p256->group, point, r, NULL, context) == 1
           && BN_nnmod(r, r, order, context) == 1
           && BN_mod_mul(s, r, d, order, context) == 1
           && BN_mod_add(s, s, e, order, context) == 1
           && BN_mod_inverse(k, k, order, context) != NULL
           && BN_mod_mul(s, s, k, order, context) == 1;
}

bool p256_sign(struct p256 *p256, const uint8_t secret[P256_SECRET_LEN],
               struct bytes text, struct buf *out, struct error *err)
{
    struct sha256 digest = sha256(text);
    OWNED(ECDSA_SIG_free) ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_new(), *s = BN_new();
    uint8_t der[80], *end = der;

    if (signature == NULL || r == NULL || s == NULL
        || ECDSA_SIG_set0(signature, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return failed(err);
    }
    BN_CTX_start(p256->context);
    bool made = compute(p256, secret, digest.digest, r, s);
    BN_CTX_end(p256->context);
    int len = made ? i2d_ECDSA_SIG(signature, &end) : -1;
    if (len <= 0)
        return failed(err);
    buf_add(out, bytes_of(der, (size_t)len));
    return true;
}
