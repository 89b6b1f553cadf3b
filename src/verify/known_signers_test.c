/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/known_signers.h"

#include "kit/test.h"
#include "kit/text.h"
#include "verify/test_pck.h"

/* A point on P-256: RFC 6979, A.2.5. */
static const char POINT[] =
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

static struct sha256 digest_of(unsigned number)
{
    return sha256(bytes_of(&number, sizeof number));
}

static struct p256_key *new_key(void)
{
    uint8_t point[P256_POINT_LEN];
    struct p256_key *key = NULL;
    struct error err = { 0 };

    assert_true(hex_read(bytes_of_text(POINT), point, sizeof point));
    assert_ok(p256_key_make(point, &key, &err), err);
    return key;
}

static struct known_signers *make(size_t qes)
{
    struct known_signers *known = NULL;
    struct error err = { 0 };

    assert_ok(known_signers_create(&(struct known_limits){ .qes = qes }, &known, &err),
              err);
    return known;
}

static void what_was_added_is_found_and_nothing_else(void **state)
{
    OWNED(known_signers_destroy) struct known_signers *known = make(0);
    struct sha256 one = digest_of(1), other = digest_of(2);
    struct p256_key *key = new_key();

    (void)state;
    assert_null(known_qe_find(known, &one));
    known_qe_add(known, &one, key);
    assert_ptr_equal(known_qe_find(known, &one), key);
    assert_null(known_qe_find(known, &other));
    one.digest[31] ^= 1;
    assert_null(known_qe_find(known, &one));
}

static void the_same_again_takes_its_place(void **state)
{
    OWNED(known_signers_destroy) struct known_signers *known = make(4);
    struct sha256 kept = digest_of(0), one = digest_of(1);
    struct p256_key *key = NULL;

    (void)state;
    known_qe_add(known, &kept, new_key());
    for (size_t i = 0; i < 8; i++)
        known_qe_add(known, &one, key = new_key());
    assert_ptr_equal(known_qe_find(known, &one), key);
    assert_non_null(known_qe_find(known, &kept)); /* was not pushed out by twins */
}

static void the_one_used_longest_ago_gives_way(void **state)
{
    OWNED(known_signers_destroy) struct known_signers *known = make(4);
    struct sha256 digests[5];

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        digests[i] = digest_of(i);
    for (unsigned i = 0; i < 4; i++)
        known_qe_add(known, &digests[i], new_key());
    assert_non_null(known_qe_find(known, &digests[0])); /* so that 1 is the oldest */
    known_qe_add(known, &digests[4], new_key());
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(known_qe_find(known, &digests[i]) != NULL, i != 1);
}

static void a_pck_is_kept_with_its_key_and_its_issuer(void **state)
{
    OWNED(test_world_free) struct test_world *world = test_world_make(NULL);
    OWNED(known_signers_destroy) struct known_signers *known = make(0);
    struct test_pck plain = test_pck_plain(PCK_CA_PLATFORM, NULL);
    struct verified_pck *pck = test_world_pck(world, &plain);
    struct sha256 digest = digest_of(1);
    struct error err = { 0 };

    (void)state;
    const struct known_pck *kept = known_pck_add(known, &digest, pck, &err);
    assert_non_null(kept);
    assert_non_null(kept->key);
    known_issuer_add(known, &digest, pck_facts(pck)->issuer);
    pck_release(pck); /* it is held */
    assert_ptr_equal(known_pck_find(known, &digest), kept);
    assert_int_equal(pck_facts(kept->pck)->cert.pcesvn, 13);
    assert_ptr_equal(known_issuer_find(known, &digest), pck_facts(kept->pck)->issuer);
}

static void a_lane_is_for_one_at_a_time(void **state)
{
    OWNED(signer_lanes_destroy) struct signer_lanes *lanes = NULL;
    struct known_signers *taken[3];
    struct error err = { 0 };

    (void)state;
    assert_ok(signer_lanes_create(3, NULL, &lanes, &err), err);
    for (size_t i = 0; i < 3; i++) {
        taken[i] = signer_lanes_take(lanes);
        assert_non_null(taken[i]);
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(taken[i], taken[k]);
    }
    assert_null(signer_lanes_take(lanes)); /* does not wait */
    signer_lanes_give_back(lanes, NULL);   /* what it gave may be given back */
    signer_lanes_give_back(lanes, taken[1]);
    assert_ptr_equal(signer_lanes_take(lanes), taken[1]);
    for (size_t i = 0; i < 3; i++)
        signer_lanes_give_back(lanes, taken[i]);
    assert_ptr_equal(signer_lanes_take(lanes), taken[0]); /* this thread's own */
    signer_lanes_give_back(lanes, taken[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_found_and_nothing_else),
        cmocka_unit_test(the_same_again_takes_its_place),
        cmocka_unit_test(the_one_used_longest_ago_gives_way),
        cmocka_unit_test(a_pck_is_kept_with_its_key_and_its_issuer),
        cmocka_unit_test(a_lane_is_for_one_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
