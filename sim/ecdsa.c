/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/ecdsa.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>

#include "kit/crypto.h"

DEFINE_OWNED(ECDSA_SIG *, ECDSA_SIG_free)
DEFINE_OWNED(EC_POINT *, EC_POINT_free)

struct ecdsa {
    const struct curve *curve;
    EC_GROUP *group;
    BN_CTX *context;
};

struct digest {
    uint8_t at[ECDSA_INTEGER_MAX]; /* as many as the curve's integers have */
};

static struct digest digest_256(struct bytes text)
{
    struct sha256 made = sha256(text);
    struct digest digest;

    memcpy(digest.at, made.digest, sizeof made.digest);
    return digest;
}

static struct digest digest_384(struct bytes text)
{
    struct sha384 made = sha384(text);
    struct digest digest;

    memcpy(digest.at, made.digest, sizeof made.digest);
    return digest;
}

static const struct curve {
    int nid;
    int len; /* bytes of an integer, and of the digest */
    struct digest (*digest)(struct bytes text);
} curves[] = {
    [ECDSA_P256] = { NID_X9_62_prime256v1, SHA256_LEN, digest_256 },
    [ECDSA_P384] = { NID_secp384r1, SHA384_LEN, digest_384 },
};

static bool failed(struct error *err)
{
    return error_set(err, ERROR_SYSTEM, "OpenSSL could not compute on a curve");
}

bool ecdsa_open(enum ecdsa_curve curve, struct ecdsa **out, struct error *err)
{
    OWNED(ecdsa_close) struct ecdsa *ecdsa = calloc(1, sizeof *ecdsa);

    if (ecdsa == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a curve");
    ecdsa->curve = &curves[curve];
    ecdsa->group = EC_GROUP_new_by_curve_name(ecdsa->curve->nid);
    ecdsa->context = BN_CTX_new();
    if (ecdsa->group == NULL || ecdsa->context == NULL)
        return failed(err);
    *out = TAKE(ecdsa);
    return true;
}

void ecdsa_close(struct ecdsa *ecdsa)
{
    if (ecdsa == NULL)
        return;
    EC_GROUP_free(ecdsa->group);
    BN_CTX_free(ecdsa->context);
    free(ecdsa);
}

/* Any bytes as a number below the order of the curve. */
static bool scalar_of(struct ecdsa *ecdsa, const uint8_t *at, int len, BIGNUM *out)
{
    return out != NULL && BN_bin2bn(at, len, out) != NULL
           && BN_nnmod(out, out, EC_GROUP_get0_order(ecdsa->group), ecdsa->context) == 1
           && !BN_is_zero(out);
}

bool ecdsa_public(struct ecdsa *ecdsa, const uint8_t secret[ECDSA_SECRET_LEN],
                  uint8_t *out, struct error *err)
{
    OWNED(EC_POINT_free) EC_POINT *point = EC_POINT_new(ecdsa->group);
    size_t len = 2 * (size_t)ecdsa->curve->len + 1;

    BN_CTX_start(ecdsa->context);
    BIGNUM *number = BN_CTX_get(ecdsa->context);
    bool made =
        point != NULL && scalar_of(ecdsa, secret, ECDSA_SECRET_LEN, number)
        && EC_POINT_mul(ecdsa->group, point, number, NULL, NULL, ecdsa->context) == 1
        && EC_POINT_point2oct(ecdsa->group, point, POINT_CONVERSION_UNCOMPRESSED, out,
                              len, ecdsa->context)
               == len;
    BN_CTX_end(ecdsa->context);
    return made || failed(err);
}

/* FIPS 186-4, 6.4: r is the x of nonce times the generator, s = (digest + r secret) /
 * nonce; all modulo the order. */
static bool compute(struct ecdsa *ecdsa, const uint8_t secret[ECDSA_SECRET_LEN],
                    struct bytes text, BIGNUM *r, BIGNUM *s)
{
    const BIGNUM *order = EC_GROUP_get0_order(ecdsa->group);
    const struct curve *curve = ecdsa->curve;
    struct digest digest = curve->digest(text);
    uint8_t seed[ECDSA_SECRET_LEN + ECDSA_INTEGER_MAX];
    BN_CTX *context = ecdsa->context;
    OWNED(EC_POINT_free) EC_POINT *point = EC_POINT_new(ecdsa->group);
    BIGNUM *k = BN_CTX_get(context), *d = BN_CTX_get(context), *e = BN_CTX_get(context);

    memcpy(seed, secret, ECDSA_SECRET_LEN);
    memcpy(seed + ECDSA_SECRET_LEN, digest.at, (size_t)curve->len);
    struct digest nonce =
        curve->digest(bytes_of(seed, ECDSA_SECRET_LEN + (size_t)curve->len));
    return point != NULL && e != NULL && scalar_of(ecdsa, nonce.at, curve->len, k)
           && scalar_of(ecdsa, secret, ECDSA_SECRET_LEN, d)
           && BN_bin2bn(digest.at, curve->len, e) != NULL
           && EC_POINT_mul(ecdsa->group, point, k, NULL, NULL, context) == 1
           && EC_POINT_get_affine_coordinates(ecdsa->group, point, r, NULL, context) == 1
           && BN_nnmod(r, r, order, context) == 1
           && BN_mod_mul(s, r, d, order, context) == 1
           && BN_mod_add(s, s, e, order, context) == 1
           && BN_mod_inverse(k, k, order, context) != NULL
           && BN_mod_mul(s, s, k, order, context) == 1;
}

/* NULL where it cannot be made. */
static ECDSA_SIG *signature_of(struct ecdsa *ecdsa,
                               const uint8_t secret[ECDSA_SECRET_LEN], struct bytes text)
{
    OWNED(ECDSA_SIG_free) ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_new(), *s = BN_new();

    if (signature == NULL || r == NULL || s == NULL
        || ECDSA_SIG_set0(signature, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return NULL;
    }
    BN_CTX_start(ecdsa->context);
    bool made = compute(ecdsa, secret, text, r, s);
    BN_CTX_end(ecdsa->context);
    return made ? TAKE(signature) : NULL;
}

bool ecdsa_sign(struct ecdsa *ecdsa, const uint8_t secret[ECDSA_SECRET_LEN],
                struct bytes text, struct buf *out, struct error *err)
{
    OWNED(ECDSA_SIG_free) ECDSA_SIG *signature = signature_of(ecdsa, secret, text);
    uint8_t der[2 * ECDSA_INTEGER_MAX + 16], *end = der;
    int len = signature == NULL ? -1 : i2d_ECDSA_SIG(signature, &end);

    if (len <= 0)
        return failed(err);
    buf_add(out, bytes_of(der, (size_t)len));
    return true;
}

bool ecdsa_sign_raw(struct ecdsa *ecdsa, const uint8_t secret[ECDSA_SECRET_LEN],
                    struct bytes text, uint8_t r[ECDSA_INTEGER_MAX],
                    uint8_t s[ECDSA_INTEGER_MAX], struct error *err)
{
    OWNED(ECDSA_SIG_free) ECDSA_SIG *signature = signature_of(ecdsa, secret, text);
    int len = ecdsa->curve->len;

    return (signature != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(signature), r, len) == len
            && BN_bn2binpad(ECDSA_SIG_get0_s(signature), s, len) == len)
           || failed(err);
}
