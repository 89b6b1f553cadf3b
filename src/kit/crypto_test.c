/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdlib.h>
#include <string.h>

#include "kit/crypto.h"
#include "kit/text.h"

static void digests_are_the_standards(void **state)
{
    static const struct {
        const char *message;
        size_t times;
        const char *digest;
    } cases[] = {
        /* FIPS 180-4, and its examples */
        { "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "a", 1000000,
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf message;
        buf_init(&message, 1 << 20);
        for (size_t k = 0; k < cases[i].times; k++)
            buf_add_text(&message, cases[i].message);
        struct sha256 got = sha256(buf_bytes(&message));
        assert_string_equal(hex(got.digest, SHA256_LEN).s, cases[i].digest);
        buf_fini(&message);
    }
}

/* RFC 6979, A.2.5: the key, and its two signatures with SHA-256. */
static const char key_hex[] =
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
static const struct known {
    const char *message, *signature;
} known[] = {
    { "sample", "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8" },
    { "test", "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
              "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083" },
};
/* The order of the group, FIPS 186-4 D.1.2.3. */
static const char order_hex[] =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

static void read_known(const struct known *from, uint8_t key[64], uint8_t signature[64])
{
    assert_true(hex_read(bytes_of_text(key_hex), key, 64));
    assert_true(hex_read(bytes_of_text(from->signature), signature, 64));
}

static void a_signature_holds_over_its_own_message_only(void **state)
{
    uint8_t key[64], signature[64];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        for (size_t k = 0; k < COUNT_OF(known); k++) {
            struct error err = { 0 };
            read_known(&known[i], key, signature);
            bool held =
                p256_verify(key, bytes_of_text(known[k].message), signature, &err);
            assert_int_equal(held, i == k);
            if (!held)
                assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
        }
    }
}

static void no_bit_of_it_may_differ(void **state)
{
    uint8_t key[64], signature[64];
    char message[] = "sample";

    (void)state;
    read_known(&known[0], key, signature);
    for (unsigned bit = 0; bit < 8 * 64; bit++) {
        struct error err = { 0 };
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(p256_verify(key, bytes_of_text(message), signature, &err));
        assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
        signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (unsigned bit = 0; bit < 8 * strlen(message); bit++) {
        struct error err = { 0 };
        struct bytes changed = bytes_of(message, 6);
        message[bit / 8] = (char)(message[bit / 8] ^ (1 << bit % 8));
        assert_false(p256_verify(key, changed, signature, &err));
        assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
        message[bit / 8] = (char)(message[bit / 8] ^ (1 << bit % 8));
    }
}

/* A point with another bit is off the curve: X has two Y at most, and neither is one bit
 * from the other here. */
static void a_key_off_the_curve_is_told_as_such(void **state)
{
    uint8_t key[64], signature[64];

    (void)state;
    read_known(&known[0], key, signature);
    for (unsigned bit = 8 * 32; bit < 8 * 64; bit++) {
        struct error err = { 0 };
        key[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(p256_verify(key, bytes_of_text("sample"), signature, &err));
        assert_refused(err, ERROR_FORMAT, "not a point on P-256");
        key[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    struct error err = { 0 };
    memset(key, 0, sizeof key);
    assert_false(p256_verify(key, bytes_of_text("sample"), signature, &err));
    assert_refused(err, ERROR_FORMAT, "not a point on P-256");
    memset(key, 0xff, sizeof key); /* not even numbers of the field */
    assert_false(p256_verify(key, bytes_of_text("sample"), signature, &err));
    assert_refused(err, ERROR_FORMAT, "not a point on P-256");
}

static void r_and_s_lie_between_nothing_and_the_order(void **state)
{
    uint8_t key[64], good[64], order[32];
    static const uint8_t zero[32];

    (void)state;
    read_known(&known[0], key, good);
    assert_true(hex_read(bytes_of_text(order_hex), order, 32));
    for (size_t half = 0; half <= 32; half += 32) {
        const uint8_t *const values[] = { zero, order };
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            struct error err = { 0 };
            uint8_t signature[64];
            memcpy(signature, good, 64);
            memcpy(signature + half, values[i], 32);
            assert_false(p256_verify(key, bytes_of_text("sample"), signature, &err));
            assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
        }
    }
    struct error err = { 0 };
    uint8_t nothing[64] = { 0 };
    assert_false(p256_verify(key, bytes_of_text("sample"), nothing, &err));
    assert_refused(err, ERROR_UNTRUSTED, "signature does not hold");
    assert_false(p256_verify(key, bytes_of_text("sample"), nothing, NULL));
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
        cmocka_unit_test(a_signature_holds_over_its_own_message_only),
        cmocka_unit_test(no_bit_of_it_may_differ),
        cmocka_unit_test(a_key_off_the_curve_is_told_as_such),
        cmocka_unit_test(r_and_s_lie_between_nothing_and_the_order),
        cmocka_unit_test(random_bytes_fill_their_room_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
