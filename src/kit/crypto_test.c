/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "kit/crypto.h"
#include "kit/text.h"

static void digests_are_the_standards(void **state)
{
    static const struct {
        const char *message;
        size_t times;
        const char *sha256, *sha384, *sha512;
    } cases[] = {
        /* FIPS 180-4, and its examples */
        { "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
          "274edebfe76f65fbd51ad2f14898b95b",
          "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
          "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e" },
        { "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
          "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
          "8086072ba1e7cc2358baeca134c825a7",
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
        { "a", 1000000,
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
          "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b"
          "07b8b3dc38ecc4ebae97ddd87f3d8985",
          "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
          "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf message;
        buf_init(&message, 1 << 20);
        for (size_t k = 0; k < cases[i].times; k++)
            buf_add_text(&message, cases[i].message);
        struct sha256 short_one = sha256(buf_bytes(&message));
        struct sha384 middle = sha384(buf_bytes(&message));
        struct sha512 long_one = sha512(buf_bytes(&message));
        assert_string_equal(hex(short_one.digest, SHA256_LEN).s, cases[i].sha256);
        assert_string_equal(hex(middle.digest, SHA384_LEN).s, cases[i].sha384);
        assert_string_equal(hex(long_one.digest, SHA512_LEN).s, cases[i].sha512);
        buf_fini(&message);
    }
}

/* RFC 4231, 4: a key repeated, a message repeated. */
static void tags_are_the_standards(void **state)
{
    static const struct {
        const char *key;
        size_t key_times;
        const char *message;
        size_t message_times;
        const char *tag;
    } cases[] = {
        { "\x0b", 20, "Hi There", 1,
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { "Jefe", 1, "what do ya want for nothing?", 1,
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { "\xaa", 20, "\xdd", 50,
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
        { "\xaa", 131, "Test Using Larger Than Block-Size Key - Hash Key First", 1,
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { "\xaa", 131,
          "This is a test using a larger than block-size key and a larger than "
          "block-size data. The key needs to be hashed before being used by the HMAC "
          "algorithm.",
          1, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
        /* no key and nothing to say: no row of the RFC, but asked for all the same */
        { "", 1, "", 1,
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
        /* as long as a block, and one longer */
        { "k", 64, "m", 1,
          "3b7a8d453e76edb519238a515105a57508d0f169f480ebeee120a9e7803289fa" },
        { "k", 65, "m", 1,
          "c2d7d4c2256ddb097409ec0c67e1d58fa1a007fc6932cac0d892a525d08af7cc" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf key, message;
        buf_init(&key, 256);
        buf_init(&message, 256);
        for (size_t k = 0; k < cases[i].key_times; k++)
            buf_add_text(&key, cases[i].key);
        for (size_t k = 0; k < cases[i].message_times; k++)
            buf_add_text(&message, cases[i].message);
        struct sha256 tag = hmac_sha256(buf_bytes(&key), buf_bytes(&message));
        assert_string_equal(hex(tag.digest, SHA256_LEN).s, cases[i].tag);
        buf_fini(&key);
        buf_fini(&message);
    }
}

static const struct curve {
    const char *name;
    size_t field_len;
    bool (*verify)(const uint8_t *point, struct bytes message, const uint8_t *signature,
                   struct error *err);
    const char *key, *order;
    struct {
        const char *message, *signature;
    } known[2];
} curves[] = {
    { /* RFC 6979, A.2.5, and the order from FIPS 186-4, D.1.2 */
      .name = "P-256",
      .field_len = 32,
      .verify = p256_verify,
      .key = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
             "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
      .order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
      .known = { { "sample",
                   "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                   "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8" },
                 { "test",
                   "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
                   "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f008"
                   "3" } } },
    { /* RFC 6979, A.2.6, and the order from FIPS 186-4, D.1.2 */
      .name = "P-384",
      .field_len = 48,
      .verify = p384_verify,
      .key = "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
             "def8f0ea9055866064a254515480bc138015d9b72d7d57244ea8ef9ac0c62189"
             "6708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720",
      .order = "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
               "581a0db248b0a77aecec196accc52973",
      .known = { { "sample",
                   "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
                   "81a648152e44acf96e36dd1e80fabe4699ef4aeb15f178cea1fe40db2603138f"
                   "130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8" },
                 { "test",
                   "8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb"
                   "0542a7f0812998da8f1dd3ca3cf023dbddd0760448d42d8a43af45af836fce4d"
                   "e8be06b485e9b61b827c2f13173923e06a739f040649a667bf3b828246baa5a"
                   "5" } } },
};

struct material {
    uint8_t key[P384_POINT_LEN], signature[P384_SIGNATURE_LEN];
};

static struct material material_of(const struct curve *curve, size_t known)
{
    struct material out;
    size_t len = 2 * curve->field_len;

    assert_true(hex_read(bytes_of_text(curve->key), out.key, len));
    assert_true(
        hex_read(bytes_of_text(curve->known[known].signature), out.signature, len));
    return out;
}

static void expect_refused(const struct curve *curve, const struct material *with,
                           enum error_kind kind, const char *why)
{
    struct error err = { 0 };

    assert_false(
        curve->verify(with->key, bytes_of_text("sample"), with->signature, &err));
    assert_refused(err, kind, why);
    if (kind == ERROR_FORMAT)
        assert_refused(err, kind, curve->name);
}

static void a_signature_holds_over_its_own_message_only(void **state)
{
    (void)state;
    for (const struct curve *curve = curves; curve < curves + COUNT_OF(curves); curve++) {
        for (size_t i = 0; i < 2; i++) {
            struct material it = material_of(curve, i);
            struct error err = { 0 };
            assert_ok(curve->verify(it.key, bytes_of_text(curve->known[i].message),
                                    it.signature, &err),
                      err);
            assert_false(curve->verify(it.key, bytes_of_text(curve->known[!i].message),
                                       it.signature, &err));
            assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
        }
    }
}

static void no_bit_of_it_may_differ(void **state)
{
    (void)state;
    for (const struct curve *curve = curves; curve < curves + COUNT_OF(curves); curve++) {
        struct material it = material_of(curve, 0);
        char message[] = "sample";
        for (size_t bit = 0; bit < 8 * 2 * curve->field_len; bit++) {
            it.signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
            expect_refused(curve, &it, ERROR_UNTRUSTED, "signature does not hold");
            it.signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        for (unsigned bit = 0; bit < 8 * strlen("sample"); bit++) {
            struct error err = { 0 };
            message[bit / 8] = (char)(message[bit / 8] ^ (1 << bit % 8));
            assert_false(curve->verify(it.key, bytes_of(message, 6), it.signature, &err));
            assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
            message[bit / 8] = (char)(message[bit / 8] ^ (1 << bit % 8));
        }
    }
}

/* A point with another bit is off the curve: X has two Y at most, and neither is one bit
 * from the other here. */
static void a_key_off_the_curve_is_told_as_such(void **state)
{
    (void)state;
    for (const struct curve *curve = curves; curve < curves + COUNT_OF(curves); curve++) {
        struct material it = material_of(curve, 0);
        for (size_t bit = 8 * curve->field_len; bit < 16 * curve->field_len; bit++) {
            it.key[bit / 8] ^= (uint8_t)(1U << bit % 8);
            expect_refused(curve, &it, ERROR_FORMAT, "not a point on");
            it.key[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        memset(it.key, 0, sizeof it.key);
        expect_refused(curve, &it, ERROR_FORMAT, "not a point on");
        memset(it.key, 0xff, sizeof it.key); /* not even numbers of the field */
        expect_refused(curve, &it, ERROR_FORMAT, "not a point on");
    }
}

/* What refused one signature must not remember it at the next. */
static void a_key_made_ready_judges_each_signature_by_itself(void **state)
{
    struct material p256 = material_of(&curves[0], 0), p384 = material_of(&curves[1], 0);
    struct bytes sample = bytes_of_text("sample"), other = bytes_of_text("simple");
    OWNED(p256_key_free) struct p256_key *key256 = NULL;
    OWNED(p384_key_free) struct p384_key *key384 = NULL;
    struct error err = { 0 };

    (void)state;
    assert_ok(p256_key_make(p256.key, &key256, &err), err);
    assert_ok(p384_key_make(p384.key, &key384, &err), err);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(p256_key_verify(key256, sample, p256.signature, &err), err);
        assert_ok(p384_key_verify(key384, sample, p384.signature, &err), err);
        assert_false(p256_key_verify(key256, other, p256.signature, &err));
        assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
        assert_false(p384_key_verify(key384, other, p384.signature, &err));
        assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
    }
    p256.key[0] ^= 1;
    p384.key[0] ^= 1;
    struct p256_key *none256 = key256;
    struct p384_key *none384 = key384;
    assert_false(p256_key_make(p256.key, &none256, &err));
    assert_refused(err, ERROR_FORMAT, "not a point on P-256");
    assert_false(p384_key_make(p384.key, &none384, &err));
    assert_refused(err, ERROR_FORMAT, "not a point on P-384");
    assert_null(none256);
    assert_null(none384);
}

static void r_and_s_lie_between_nothing_and_the_order(void **state)
{
    (void)state;
    for (const struct curve *curve = curves; curve < curves + COUNT_OF(curves); curve++) {
        const size_t len = curve->field_len;
        for (size_t half = 0; half <= len; half += len) {
            struct material it = material_of(curve, 0);
            memset(it.signature + half, 0, len);
            expect_refused(curve, &it, ERROR_UNTRUSTED, "signature does not hold");
            assert_true(hex_read(bytes_of_text(curve->order), it.signature + half, len));
            expect_refused(curve, &it, ERROR_UNTRUSTED, "signature does not hold");
        }
        struct material it = material_of(curve, 0);
        memset(it.signature, 0, 2 * len);
        expect_refused(curve, &it, ERROR_UNTRUSTED, "signature does not hold");
        assert_false(curve->verify(it.key, bytes_of_text("sample"), it.signature, NULL));
    }
}

DEFINE_OWNED(EVP_PKEY *, EVP_PKEY_free)
DEFINE_OWNED(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)

/* An RSA key of a test, and what it signed in one of the ways that there are. */
struct signer {
    EVP_PKEY *pkey;
    uint8_t modulus[256];
};

static struct signer signer_new(void)
{
    struct signer out = { .pkey = EVP_RSA_gen(2048) };
    BIGNUM *n = NULL;

    assert_non_null(out.pkey);
    assert_int_equal(EVP_PKEY_get_bn_param(out.pkey, "n", &n), 1);
    assert_int_equal(BN_bn2bin(n, out.modulus), sizeof out.modulus);
    BN_free(n);
    return out;
}

static struct rsa_key key_of(const struct signer *signer)
{
    return (struct rsa_key){ bytes_of(signer->modulus, sizeof signer->modulus), 65537 };
}

static void sign(const struct signer *signer, int padding, const EVP_MD *mgf,
                 int salt_len, uint8_t signature[256])
{
    OWNED(EVP_PKEY_CTX_free)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(signer->pkey, NULL);
    struct sha384 digest = sha384(bytes_of_text("sample"));
    size_t len = 256;

    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, padding), 1);
    assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, EVP_sha384()), 1);
    if (padding == RSA_PKCS1_PSS_PADDING) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(context, mgf), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt_len), 1);
    }
    assert_int_equal(EVP_PKEY_sign(context, signature, &len, digest.digest, SHA384_LEN),
                     1);
    assert_int_equal(len, 256);
}

static void rsa_signs_in_one_way_only(void **state)
{
    struct signer signer = signer_new();
    OWNED(EVP_PKEY_free) EVP_PKEY *owned = signer.pkey;
    const struct {
        int padding;
        const EVP_MD *mgf;
        int salt_len;
        bool holds;
    } cases[] = {
        { RSA_PKCS1_PSS_PADDING, EVP_sha384(), 48, true },
        { RSA_PKCS1_PSS_PADDING, EVP_sha384(), 47, false },
        { RSA_PKCS1_PSS_PADDING, EVP_sha384(), 0, false },
        { RSA_PKCS1_PSS_PADDING, EVP_sha256(), 48, false },
        { RSA_PKCS1_PADDING, NULL, 0, false },
    };

    (void)state;
    (void)owned;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        uint8_t signature[256];
        struct rsa_key key = key_of(&signer);
        sign(&signer, cases[i].padding, cases[i].mgf, cases[i].salt_len, signature);
        bool held = rsa_pss_sha384_verify(&key, bytes_of_text("sample"),
                                          bytes_of(signature, 256), &err);
        assert_int_equal(held, cases[i].holds);
        if (!held)
            assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
    }
}

static void rsa_holds_over_its_own_bytes_only(void **state)
{
    struct signer signer = signer_new();
    OWNED(EVP_PKEY_free) EVP_PKEY *owned = signer.pkey;
    struct rsa_key key = key_of(&signer);
    uint8_t room[257] = { 0 }, *signature = room + 1;
    const struct bytes lengths[] = {
        bytes_of(signature, 0), bytes_of(signature, 255), bytes_of(signature + 1, 255),
        bytes_of(room, 257), /* a zero in front */
    };
    struct error err = { 0 };

    (void)state;
    (void)owned;
    sign(&signer, RSA_PKCS1_PSS_PADDING, EVP_sha384(), 48, signature);
    assert_ok(rsa_pss_sha384_verify(&key, bytes_of_text("sample"),
                                    bytes_of(signature, 256), &err),
              err);
    assert_false(rsa_pss_sha384_verify(&key, bytes_of_text("sampl"),
                                       bytes_of(signature, 256), &err));
    assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
    for (size_t bit = 0; bit < 8 * 256; bit += 37) {
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(rsa_pss_sha384_verify(&key, bytes_of_text("sample"),
                                           bytes_of(signature, 256), &err));
        assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        assert_false(
            rsa_pss_sha384_verify(&key, bytes_of_text("sample"), lengths[i], &err));
        assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
    }
}

/* One signature in 256 begins with a zero; without it, it is the same number. */
static void a_zero_in_front_of_a_signature_belongs_to_it(void **state)
{
    struct signer signer = signer_new();
    OWNED(EVP_PKEY_free) EVP_PKEY *owned = signer.pkey;
    struct rsa_key key = key_of(&signer);
    uint8_t signature[256] = { 1 };
    struct error err = { 0 };

    (void)state;
    (void)owned;
    while (signature[0] != 0)
        sign(&signer, RSA_PKCS1_PSS_PADDING, EVP_sha384(), 48, signature);
    assert_ok(rsa_pss_sha384_verify(&key, bytes_of_text("sample"),
                                    bytes_of(signature, 256), &err),
              err);
    assert_false(rsa_pss_sha384_verify(&key, bytes_of_text("sample"),
                                       bytes_of(signature + 1, 255), &err));
    assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
}

static void an_rsa_key_out_of_bounds_is_told_as_such(void **state)
{
    static uint8_t odd[1026];
    static const struct {
        size_t begin, len; /* of odd, whose first byte is zero and whose last even */
        uint32_t exponent;
        const char *why;
    } cases[] = {
        { 1, 255, 65537, "RSA modulus of 255 bytes" },
        { 1, 1025, 65537, "RSA modulus of 1025 bytes" },
        { 1, 0, 65537, "RSA modulus of 0 bytes" },
        { 0, 256, 65537, "begins with a zero byte or is even" },
        { 770, 256, 65537, "begins with a zero byte or is even" },
        { 1, 256, 65536, "RSA exponent 65536" },
        { 1, 256, 1, "RSA exponent 1" },
        { 1, 256, 0, "RSA exponent 0" },
    };

    (void)state;
    memset(odd, 0x81, sizeof odd);
    odd[0] = odd[1025] = 0;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct rsa_key key = { bytes_of(odd + cases[i].begin, cases[i].len),
                               cases[i].exponent };
        assert_false(rsa_pss_sha384_verify(&key, bytes_of_text("sample"),
                                           bytes_of(odd, 256), &err));
        assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
}

static void secrets_are_equal_in_every_byte(void **state)
{
    uint8_t a[40], b[40];

    (void)state;
    memset(a, 0x5a, sizeof a);
    memcpy(b, a, sizeof b);
    assert_true(secret_equal(a, b, sizeof a));
    assert_true(secret_equal(a, "", 0));
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(secret_equal(a, b, sizeof a));
        assert_true(secret_equal(a, b, bit / 8)); /* what is behind is not looked at */
        b[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

/* RFC 7914, 12: the first half of each. */
static void scrypt_is_the_standards(void **state)
{
    static const struct {
        const char *password, *salt;
        struct scrypt_cost cost;
        const char *key;
    } cases[] = {
        { "",
          "",
          { 4, 1, 1 },
          "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442" },
        { "password",
          "NaCl",
          { 10, 8, 16 },
          "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162" },
        { "pleaseletmein",
          "SodiumChloride",
          { 14, 8, 1 },
          "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        uint8_t key[32];
        assert_ok(scrypt_derive(bytes_of_text(cases[i].password),
                                bytes_of_text(cases[i].salt), cases[i].cost, key, &err),
                  err);
        assert_string_equal(hex(key, sizeof key).s, cases[i].key);
    }
}

static void a_cost_has_a_ceiling(void **state)
{
    static const struct {
        struct scrypt_cost cost;
        bool fits;
    } cases[] = {
        { { 15, 8, 1 }, true },        { { 16, 8, 1 }, false }, /* 64 MiB and a little */
        { { 16, 7, 1 }, true },        { { 20, 8, 1 }, false }, /* the RFC's last */
        { { 0, 8, 1 }, false },        { { 32, 8, 1 }, false },
        { { 64, 8, 1 }, false },       { { 14, 0, 1 }, false },
        { { 14, 8, 0 }, false },       { { 1, 1U << 31, 1 }, false },
        { { 1, 1, 1U << 31 }, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        uint8_t key[32];
        bool derived = scrypt_derive(bytes_of_text("password"), bytes_of_text("salt"),
                                     cases[i].cost, key, &err);
        assert_int_equal(derived, cases[i].fits);
        if (!derived)
            assert_refused(err, ERROR_LIMIT, "not one, or past 64 MiB");
    }
}

static void random_bytes_fill_their_room_and_no_more(void **state)
{
    uint8_t seen[256] = { 0 }, other[256] = { 0 };

    (void)state;
    random_fill(seen, 0);
    assert_int_equal(seen[0], 0);
    random_fill(seen + 1, sizeof seen - 2);
    assert_true(seen[0] == 0 && seen[255] == 0);
    random_fill(other + 1, sizeof other - 2);
    /* 254 equal bytes, or one value in all of them, do not happen */
    assert_memory_not_equal(seen, other, sizeof seen);
    size_t distinct = 0;
    bool met[256] = { false };
    for (size_t i = 1; i < sizeof seen - 1; i++) {
        distinct += !met[seen[i]];
        met[seen[i]] = true;
    }
    assert_true(distinct > 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_the_standards),
        cmocka_unit_test(tags_are_the_standards),
        cmocka_unit_test(a_signature_holds_over_its_own_message_only),
        cmocka_unit_test(no_bit_of_it_may_differ),
        cmocka_unit_test(a_key_off_the_curve_is_told_as_such),
        cmocka_unit_test(a_key_made_ready_judges_each_signature_by_itself),
        cmocka_unit_test(r_and_s_lie_between_nothing_and_the_order),
        cmocka_unit_test(rsa_signs_in_one_way_only),
        cmocka_unit_test(rsa_holds_over_its_own_bytes_only),
        cmocka_unit_test(a_zero_in_front_of_a_signature_belongs_to_it),
        cmocka_unit_test(an_rsa_key_out_of_bounds_is_told_as_such),
        cmocka_unit_test(secrets_are_equal_in_every_byte),
        cmocka_unit_test(scrypt_is_the_standards),
        cmocka_unit_test(a_cost_has_a_ceiling),
        cmocka_unit_test(random_bytes_fill_their_room_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
