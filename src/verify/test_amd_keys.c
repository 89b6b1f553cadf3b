/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "kit/crypto.h"
#include "kit/test.h"
#include "verify/test_amd.h"

/* Three primes are three RSA-4096 keys: each key is of two of them. */
static const char *const primes[3] = {
    "d82d07e9cc363a0bd23abd16c63a74c437a90565a31b5800d477c8a4808b0094744b8a4d427e"
    "c168dfbc6da4bc966e30aad71533eaecd5c8f1fa06b607bb69c19b20ab1e1bf7a172eb0f18d2"
    "b32c4c525c9188b12273a569f1d6b9dbae1d1cb3a56084334bdc1c820d08e0373b84c68d2d30"
    "21c6940c6c732915e3a2dfd6b091a7c584062fe8802e95f79adf48cad4edde57c543ecd4f46e"
    "2af1d3d93210c3ec3208f148758ceb214fd542ee864f9eeefe8bf6b0a39723e6a11f5e484088"
    "e906dfb8692eb2571299d5cb230ba703cc26b30be6c29050486554f2456808c2bb36614d165a"
    "448819d98750cad5de187454213bdd978937405011cd1c4bc6b18823",
    "c638787b02d6215a5e51ea1ed0740a487846509969b354707d1cf42f4f3548b084b41a74d773"
    "67a51fc580a96018b371718c2c7fed5946b7ccb660cf91b1342bb128b84cfd82a522ec86c94d"
    "de1e3e99205c09499fb8de17978ebab6bdbd89726e8614072d24a13fdcd650d34f6963df4f40"
    "b52648783b45eb557ab32fbcfe96efce7dd77db5a4bdd0c0b238d13efa2a734c2e3f19b335e5"
    "c8b5193e79a5935207f598c087358bccc3e32e8a9eb93858a57b3ab3d1ec327a7a22611ada24"
    "adfd23655913344e349abe9ec3f0a668197bb103a2923bbed0cf6b19101709cce4ed00412e27"
    "899cb086fb224a54dac9c01b059ee990379721b8f143e32960bc5785",
    "ec63973d92dd2d5c2b1ca02d725f53082aba0595fc68206339bb842cc59deb37b7eaa89627bc"
    "8ec4bb28751d4ad8b0120aa6883c35812149d8c80c842e85b6e47d01c7b881907cf3af9b349d"
    "1a494c6a07dd83dc46ae1ade1b8b0fb51804c7d96f9ddae25f8dfe66c50d58bd46cbda7c2516"
    "21ae6970bf9af192265cd661909c9bab2d6a40ca81be7b78cf7c27867b0a7f5fb797ac77234e"
    "81d57bef63b11b49ddec53f8079c5566c0f96b1232642e24dc9b82d7359954a635e0cd493e24"
    "048e98b312b9890a4eaab88f7c8f7bb138e0833a3c4e04f92c1c318773d00ddddd1494adf1f2"
    "6b82e0b8786e03ac6a2e09074edf8a50137e60b69316090a2addef09"
};

static const struct {
    size_t p, q;
} factors[TEST_AMD_KEYS] = {
    [TEST_ARK_KEY] = { 0, 1 },
    [TEST_ASK_KEY] = { 1, 2 },
    [TEST_OTHER_KEY] = { 2, 0 },
};

static BIGNUM *prime(size_t which)
{
    BIGNUM *number = NULL;

    assert_true(BN_hex2bn(&number, primes[which]) > 0);
    return number;
}

/* a mod (b - 1), as for d and its two shorter forms. */
static BIGNUM *modulo_before(const BIGNUM *a, const BIGNUM *b, BN_CTX *context)
{
    BIGNUM *out = BN_new(), *before = BN_dup(b);

    assert_true(out != NULL && before != NULL && BN_sub_word(before, 1)
                && BN_mod(out, a, before, context));
    BN_free(before);
    return out;
}

/* RFC 8017, 3.2: the key of two primes, in its second representation. */
static EVP_PKEY *rsa_of_primes(BIGNUM *p, BIGNUM *q)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *n = BN_new(), *e = BN_new(), *d = BN_new(), *phi = BN_new();
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;

    assert_true(BN_mul(n, p, q, context) && BN_set_word(e, 65537));
    assert_true(BN_sub(phi, n, p) && BN_sub(phi, phi, q) && BN_add_word(phi, 1));
    assert_non_null(BN_mod_inverse(d, e, phi, context));
    BIGNUM *d_p = modulo_before(d, p, context), *d_q = modulo_before(d, q, context);
    BIGNUM *inverse = BN_mod_inverse(NULL, q, p, context);
    const struct {
        const char *name;
        const BIGNUM *value;
    } parts[] = {
        { OSSL_PKEY_PARAM_RSA_N, n },
        { OSSL_PKEY_PARAM_RSA_E, e },
        { OSSL_PKEY_PARAM_RSA_D, d },
        { OSSL_PKEY_PARAM_RSA_FACTOR1, p },
        { OSSL_PKEY_PARAM_RSA_FACTOR2, q },
        { OSSL_PKEY_PARAM_RSA_EXPONENT1, d_p },
        { OSSL_PKEY_PARAM_RSA_EXPONENT2, d_q },
        { OSSL_PKEY_PARAM_RSA_COEFFICIENT1, inverse },
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        assert_true(OSSL_PARAM_BLD_push_BN(build, parts[i].name, parts[i].value));
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    assert_int_equal(EVP_PKEY_fromdata_init(maker), 1);
    assert_int_equal(EVP_PKEY_fromdata(maker, &key, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(maker);
    BIGNUM *const numbers[] = { p, q, n, e, d, phi, d_p, d_q, inverse };
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        BN_free(numbers[i]);
    BN_CTX_free(context);
    return key;
}

static EVP_PKEY *key_make(enum test_amd_key which)
{
    switch (which) {
    case TEST_SHORT_KEY:
        return EVP_RSA_gen(2048);
    case TEST_CHIP_KEY:
    case TEST_OTHER_CHIP_KEY:
        return EVP_EC_gen("P-384");
    case TEST_P256_KEY:
        return EVP_EC_gen("P-256");
    default:
        return rsa_of_primes(prime(factors[which].p), prime(factors[which].q));
    }
}

/* Made when first wanted, and kept until the test program ends. */
static EVP_PKEY *key_of(enum test_amd_key which)
{
    static EVP_PKEY *keys[TEST_AMD_KEYS];

    if (keys[which] == NULL)
        keys[which] = key_make(which);
    assert_non_null(keys[which]);
    return keys[which];
}

void test_amd_put_key(struct buf *out, enum test_amd_key which)
{
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(key_of(which), &der);

    assert_true(len > 0);
    buf_add(out, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
}

void test_amd_sign(enum test_amd_key signer, struct bytes message, struct buf *out)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key_of(signer), NULL);
    struct sha384 digest = sha384(message);
    uint8_t signature[RSA_MODULUS_MAX];
    size_t len = sizeof signature;

    assert_true(EVP_PKEY_sign_init(context) == 1
                && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_signature_md(context, EVP_sha384()) == 1
                && EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha384()) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, SHA384_LEN) == 1);
    assert_int_equal(EVP_PKEY_sign(context, signature, &len, digest.digest, SHA384_LEN),
                     1);
    EVP_PKEY_CTX_free(context);
    buf_add(out, bytes_of(signature, len));
}

void test_amd_sign_raw(enum test_amd_key signer, struct bytes message, uint8_t out[96])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t der[128];
    size_t len = sizeof der;
    const uint8_t *next = der;

    assert_non_null(context);
    assert_int_equal(
        EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, key_of(signer)), 1);
    assert_int_equal(EVP_DigestSign(context, der, &len, message.at, message.len), 1);
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &next, (long)len);
    assert_non_null(signature);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 48), 48);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 48, 48), 48);
    ECDSA_SIG_free(signature);
    EVP_MD_CTX_free(context);
}
