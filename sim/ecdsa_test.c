/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/ecdsa.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "kit/crypto.h"
#include "kit/test.h"
#include "kit/text.h"

static struct ecdsa *p256, *p384;

/* RFC 6979, A.2.5: a secret and its public key. */
static void a_public_key_follows_from_its_secret(void **state)
{
    static const char secret_hex[] =
        "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
    static const char x_hex[] =
        "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
    static const char y_hex[] =
        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
    uint8_t secret[ECDSA_SECRET_LEN], point[P256_OCTETS_LEN];
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_true(hex_read(bytes_of_text(secret_hex), secret, sizeof secret));
    assert_ok(ecdsa_public(p256, secret, point, &err), err);
    assert_int_equal(point[0], 4);
    assert_string_equal(hex(point + 1, 32).s, x_hex);
    assert_string_equal(hex(point + 33, 32).s, y_hex);
}

/* r then s of a signature in DER. */
static void raw_of(struct bytes der, uint8_t raw[P256_SIGNATURE_LEN])
{
    const uint8_t *at = der.at;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der.len);

    assert_non_null(signature);
    assert_ptr_equal(at, der.at + der.len);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + 32, 32), 32);
    ECDSA_SIG_free(signature);
}

static void a_signature_holds_and_is_the_same_each_time(void **state)
{
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    for (int i = 0; i < 64; i++) {
        uint8_t seed = (uint8_t)i, point[P256_OCTETS_LEN], raw[P256_SIGNATURE_LEN];
        struct sha256 secret = sha256(bytes_of(&seed, 1));
        struct bytes text = bytes_of_text("what is signed");
        struct buf first, second;

        buf_init(&first, 80);
        buf_init(&second, 80);
        assert_ok(ecdsa_public(p256, secret.digest, point, &err), err);
        assert_ok(ecdsa_sign(p256, secret.digest, text, &first, &err), err);
        assert_ok(ecdsa_sign(p256, secret.digest, text, &second, &err), err);
        assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
        raw_of(buf_bytes(&first), raw);
        assert_ok(p256_verify(point + 1, text, raw, &err), err);
        assert_false(p256_verify(point + 1, bytes_of_text("What is signed"), raw, &err));
        assert_refused(err, ERROR_UNTRUSTED, "");
        buf_fini(&first);
        buf_fini(&second);
    }
}

static void another_text_has_another_nonce(void **state)
{
    const uint8_t secret[ECDSA_SECRET_LEN] = { 7 };
    uint8_t one[P256_SIGNATURE_LEN], other[P256_SIGNATURE_LEN];
    struct error err = { .kind = ERROR_NONE };
    struct buf der;

    (void)state;
    buf_init(&der, 80);
    assert_ok(ecdsa_sign(p256, secret, bytes_of_text("one"), &der, &err), err);
    raw_of(buf_bytes(&der), one);
    buf_clear(&der);
    assert_ok(ecdsa_sign(p256, secret, bytes_of_text("other"), &der, &err), err);
    raw_of(buf_bytes(&der), other);
    assert_memory_not_equal(one, other, 32);
    buf_fini(&der);
}

static void a_raw_signature_on_p384_holds(void **state)
{
    struct error err = { .kind = ERROR_NONE };
    struct bytes text = bytes_of_text("a report");

    (void)state;
    for (int i = 0; i < 16; i++) {
        uint8_t secret[ECDSA_SECRET_LEN] = { (uint8_t)i, 9 }, point[P384_OCTETS_LEN];
        uint8_t raw[P384_SIGNATURE_LEN], again[P384_SIGNATURE_LEN];

        assert_ok(ecdsa_public(p384, secret, point, &err), err);
        assert_ok(ecdsa_sign_raw(p384, secret, text, raw, raw + 48, &err), err);
        assert_ok(ecdsa_sign_raw(p384, secret, text, again, again + 48, &err), err);
        assert_memory_equal(raw, again, sizeof raw);
        assert_ok(p384_verify(point + 1, text, raw, &err), err);
        raw[95] ^= 1;
        assert_false(p384_verify(point + 1, text, raw, &err));
        assert_refused(err, ERROR_UNTRUSTED, "");
    }
}

static int open_curves(void **state)
{
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    return ecdsa_open(ECDSA_P256, &p256, &err) && ecdsa_open(ECDSA_P384, &p384, &err)
               ? 0
               : -1;
}

static int close_curves(void **state)
{
    (void)state;
    ecdsa_close(p256);
    ecdsa_close(p384);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_public_key_follows_from_its_secret),
        cmocka_unit_test(a_signature_holds_and_is_the_same_each_time),
        cmocka_unit_test(another_text_has_another_nonce),
        cmocka_unit_test(a_raw_signature_on_p384_holds),
    };

    return cmocka_run_group_tests(tests, open_curves, close_curves);
}
