/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/rsa4096.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "sim/der_out.h"

DEFINE_OWNED(BIGNUM *, BN_free)
DEFINE_OWNED(BN_CTX *, BN_CTX_free)
DEFINE_OWNED(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_OWNED(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free)
DEFINE_OWNED(OSSL_PARAM *, OSSL_PARAM_free)

enum { EXPONENT = 65537, SALT_LEN = SHA384_LEN };

struct rsa4096 {
    EVP_PKEY *key;
    uint8_t modulus[RSA4096_LEN];
};

static bool failed(struct error *err)
{
    return error_set(err, ERROR_SYSTEM, "OpenSSL could not compute with RSA");
}

/* ---- keys ------------------------------------------------------------------------- */

/* The numbers of a key in RFC 8017's second representation (3.2), all in context. */
struct numbers {
    BIGNUM *p, *q, *n, *e, *d, *d_p, *d_q, *inverse;
};

static bool read_primes(unsigned which, struct numbers *numbers)
{
    unsigned first = 0, second = which + 1;

    for (unsigned left = RSA4096_PRIMES - 1; second > left; left--) {
        second -= left;
        first++;
    }
    return BN_hex2bn(&numbers->p, rsa4096_primes[first]) > 0
           && BN_hex2bn(&numbers->q, rsa4096_primes[first + second]) > 0;
}

/* e's inverse modulo one below a prime: one of the two short forms of d. */
static bool invert(BIGNUM *out, const BIGNUM *e, const BIGNUM *prime, BN_CTX *context)
{
    OWNED(BN_free) BIGNUM *before = BN_dup(prime);

    return before != NULL && BN_sub_word(before, 1) == 1
           && BN_mod_inverse(out, e, before, context) != NULL;
}

static bool fill(unsigned which, struct numbers *numbers, BN_CTX *context)
{
    OWNED(BN_free) BIGNUM *phi = BN_new();
    BIGNUM **const all[] = {
        &numbers->p, &numbers->q,   &numbers->n,   &numbers->e,
        &numbers->d, &numbers->d_p, &numbers->d_q, &numbers->inverse
    };

    for (size_t i = 0; i < COUNT_OF(all); i++)
        *all[i] = BN_CTX_get(context);
    return phi != NULL && numbers->inverse != NULL && read_primes(which, numbers)
           && BN_mul(numbers->n, numbers->p, numbers->q, context) == 1
           && BN_set_word(numbers->e, EXPONENT) == 1
           && BN_sub(phi, numbers->n, numbers->p) == 1
           && BN_sub(phi, phi, numbers->q) == 1 && BN_add_word(phi, 1) == 1
           && BN_mod_inverse(numbers->d, numbers->e, phi, context) != NULL
           && invert(numbers->d_p, numbers->e, numbers->p, context)
           && invert(numbers->d_q, numbers->e, numbers->q, context)
           && BN_mod_inverse(numbers->inverse, numbers->q, numbers->p, context) != NULL;
}

static EVP_PKEY *key_of(const struct numbers *numbers)
{
    const struct {
        const char *name;
        const BIGNUM *value;
    } parts[] = {
        { OSSL_PKEY_PARAM_RSA_N, numbers->n },
        { OSSL_PKEY_PARAM_RSA_E, numbers->e },
        { OSSL_PKEY_PARAM_RSA_D, numbers->d },
        { OSSL_PKEY_PARAM_RSA_FACTOR1, numbers->p },
        { OSSL_PKEY_PARAM_RSA_FACTOR2, numbers->q },
        { OSSL_PKEY_PARAM_RSA_EXPONENT1, numbers->d_p },
        { OSSL_PKEY_PARAM_RSA_EXPONENT2, numbers->d_q },
        { OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers->inverse },
    };
    OWNED(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OWNED(EVP_PKEY_CTX_free)
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;

    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (build == NULL
            || OSSL_PARAM_BLD_push_BN(build, parts[i].name, parts[i].value) != 1)
            return NULL;
    OWNED(OSSL_PARAM_free) OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    if (maker == NULL || parameters == NULL || EVP_PKEY_fromdata_init(maker) != 1
        || EVP_PKEY_fromdata(maker, &key, EVP_PKEY_KEYPAIR, parameters) != 1)
        return NULL;
    return key;
}

bool rsa4096_open(unsigned which, struct rsa4096 **out, struct error *err)
{
    OWNED(rsa4096_close) struct rsa4096 *rsa = calloc(1, sizeof *rsa);
    OWNED(BN_CTX_free) BN_CTX *context = BN_CTX_new();
    struct numbers numbers;

    if (rsa == NULL || context == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for an RSA key");
    BN_CTX_start(context);
    bool made = fill(which, &numbers, context)
                && BN_bn2binpad(numbers.n, rsa->modulus, RSA4096_LEN) == RSA4096_LEN;
    rsa->key = made ? key_of(&numbers) : NULL;
    BN_CTX_end(context);
    if (rsa->key == NULL)
        return failed(err);
    *out = TAKE(rsa);
    return true;
}

void rsa4096_close(struct rsa4096 *rsa)
{
    if (rsa == NULL)
        return;
    EVP_PKEY_free(rsa->key);
    free(rsa);
}

void rsa4096_public(const struct rsa4096 *rsa, struct buf *out)
{
    static const uint8_t rsa_encryption[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                              0x0d, 0x01, 0x01, 0x01 };
    size_t whole = der_begin(out, DER_SEQUENCE);
    size_t algorithm = der_begin(out, DER_SEQUENCE);

    der_put(out, DER_OID, rsa_encryption, sizeof rsa_encryption);
    der_put(out, DER_NULL, "", 0);
    der_end(out, algorithm);
    size_t bits = der_begin_bits(out), numbers = der_begin(out, DER_SEQUENCE);
    der_put_unsigned(out, bytes_of(rsa->modulus, sizeof rsa->modulus));
    der_put_integer(out, EXPONENT);
    der_end(out, numbers);
    der_end(out, bits);
    der_end(out, whole);
}

/* ---- signatures -------------------------------------------------------------------- */

static struct sha384 salt_of(const struct sha384 *digest, uint32_t variant)
{
    uint8_t text[SHA384_LEN + 4];

    memcpy(text, digest->digest, SHA384_LEN);
    memcpy(text + SHA384_LEN, &variant, 4);
    return sha384(bytes_of(text, sizeof text));
}

/* RFC 8017, B.2.1: the mask that follows from a seed, laid over what is there. */
static void mask(const struct sha384 *seed, uint8_t *at, size_t len)
{
    uint8_t text[SHA384_LEN + 4] = { 0 };
    struct sha384 block;

    memcpy(text, seed->digest, SHA384_LEN);
    for (size_t i = 0; i < len; i++) {
        if (i % SHA384_LEN == 0) {
            text[SHA384_LEN + 3] = (uint8_t)(i / SHA384_LEN);
            block = sha384(bytes_of(text, sizeof text));
        }
        at[i] ^= block.digest[i % SHA384_LEN];
    }
}

/* RFC 8017, 9.1.1: masked zeros, 01 and salt; the digest that covers the salt; bc. The
 * uppermost bit is zero, the message being a bit shorter than the modulus. */
static void encode(struct bytes text, uint32_t variant, uint8_t out[RSA4096_LEN])
{
    enum { MASKED_LEN = RSA4096_LEN - SHA384_LEN - 1 };
    struct sha384 digest = sha384(text), salt = salt_of(&digest, variant);
    uint8_t covered[8 + SHA384_LEN + SALT_LEN] = { 0 };

    memcpy(covered + 8, digest.digest, SHA384_LEN);
    memcpy(covered + 8 + SHA384_LEN, salt.digest, SALT_LEN);
    struct sha384 whole = sha384(bytes_of(covered, sizeof covered));
    memset(out, 0, MASKED_LEN);
    out[MASKED_LEN - SALT_LEN - 1] = 1;
    memcpy(out + MASKED_LEN - SALT_LEN, salt.digest, SALT_LEN);
    mask(&whole, out, MASKED_LEN);
    out[0] &= 0x7f;
    memcpy(out + MASKED_LEN, whole.digest, SHA384_LEN);
    out[RSA4096_LEN - 1] = 0xbc;
}

bool rsa4096_sign(const struct rsa4096 *rsa, struct bytes text, uint32_t variant,
                  struct buf *out, struct error *err)
{
    OWNED(EVP_PKEY_CTX_free) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(rsa->key, NULL);
    uint8_t encoded[RSA4096_LEN], signature[RSA4096_LEN];
    size_t len = sizeof signature;

    encode(text, variant, encoded);
    if (context == NULL || EVP_PKEY_sign_init(context) != 1
        || EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) != 1
        || EVP_PKEY_sign(context, signature, &len, encoded, sizeof encoded) != 1
        || len != sizeof signature)
        return failed(err);
    buf_add(out, bytes_of(signature, sizeof signature));
    return true;
}
