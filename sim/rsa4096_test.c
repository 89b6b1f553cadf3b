/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/rsa4096.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "kit/crypto.h"
#include "kit/test.h"

static struct rsa4096 *open_key(unsigned which)
{
    struct rsa4096 *rsa = NULL;
    struct error err = { .kind = ERROR_NONE };

    assert_ok(rsa4096_open(which, &rsa, &err), err);
    return rsa;
}

static EVP_PKEY *public_of(const struct rsa4096 *rsa)
{
    struct buf der;

    buf_init(&der, 1024);
    rsa4096_public(rsa, &der);
    const uint8_t *at = der.at;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der.len);
    assert_non_null(key);
    assert_ptr_equal(at, der.at + der.len);
    buf_fini(&der);
    return key;
}

/* By OpenSSL's own reading of PSS. */
static bool holds(EVP_PKEY *key, struct bytes text, struct bytes signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *of_key = NULL;

    assert_int_equal(EVP_DigestVerifyInit(context, &of_key, EVP_sha384(), NULL, key), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, 48), 1);
    bool verified =
        EVP_DigestVerify(context, signature.at, signature.len, text.at, text.len) == 1;
    EVP_MD_CTX_free(context);
    return verified;
}

static void every_pair_of_primes_is_another_key(void **state)
{
    struct sha256 seen[RSA4096_KEYS];
    struct buf der;

    (void)state;
    buf_init(&der, 1024);
    for (unsigned which = 0; which < RSA4096_KEYS; which++) {
        struct rsa4096 *rsa = open_key(which);

        buf_clear(&der);
        rsa4096_public(rsa, &der);
        seen[which] = sha256(buf_bytes(&der));
        for (unsigned before = 0; before < which; before++)
            assert_memory_not_equal(&seen[before], &seen[which], sizeof seen[0]);
        rsa4096_close(rsa);
    }
    buf_fini(&der);
}

static void openssl_believes_a_signature(void **state)
{
    static const unsigned some[] = { 0, 22, 23, 100, RSA4096_KEYS - 1 };
    struct bytes text = bytes_of_text("what is signed");
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(some); i++) {
        struct rsa4096 *rsa = open_key(some[i]);
        EVP_PKEY *key = public_of(rsa);
        struct buf signature;

        assert_int_equal(EVP_PKEY_get_bits(key), 4096);
        buf_init(&signature, RSA4096_LEN);
        assert_ok(rsa4096_sign(rsa, text, 0, &signature, &err), err);
        assert_true(holds(key, text, buf_bytes(&signature)));
        assert_false(holds(key, bytes_of_text("What"), buf_bytes(&signature)));
        signature.at[511] ^= 1;
        assert_false(holds(key, text, buf_bytes(&signature)));
        buf_fini(&signature);
        EVP_PKEY_free(key);
        rsa4096_close(rsa);
    }
}

static void a_signature_is_the_same_each_time_but_for_its_variant(void **state)
{
    struct rsa4096 *rsa = open_key(5);
    EVP_PKEY *key = public_of(rsa);
    struct error err = { .kind = ERROR_NONE };
    struct buf all;

    (void)state;
    buf_init(&all, (size_t)3 * RSA4096_LEN);
    for (uint32_t i = 0; i < 3; i++)
        assert_ok(rsa4096_sign(rsa, bytes_of_text("text"), i / 2, &all, &err), err);
    assert_memory_equal(all.at, all.at + RSA4096_LEN, RSA4096_LEN);
    struct bytes other = bytes_after(buf_bytes(&all), (size_t)2 * RSA4096_LEN);
    assert_memory_not_equal(all.at, other.at, RSA4096_LEN);
    assert_true(holds(key, bytes_of_text("text"), other));
    buf_fini(&all);
    EVP_PKEY_free(key);
    rsa4096_close(rsa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_primes_is_another_key),
        cmocka_unit_test(openssl_believes_a_signature),
        cmocka_unit_test(a_signature_is_the_same_each_time_but_for_its_variant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
