/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/amd_pki.h"

#include "sim/test_amd.h"

#define FROM "2018-06-20T00:00:00Z"
#define TO "2048-06-20T00:00:00Z"
#define NOW "2025-06-20T00:00:00Z"

static struct amd_pki *open_pki(const char *seed)
{
    struct scramble_key key = scramble_key(seed);
    struct amd_pki *pki = NULL;
    struct error err = { .kind = ERROR_NONE };

    assert_ok(amd_pki_open(&key, test_time(FROM), test_time(TO), &pki, &err), err);
    return pki;
}

static struct buf chain_of(struct amd_pki *pki, struct amd_signer signer,
                           int64_t not_after_s)
{
    struct error err = { .kind = ERROR_NONE };
    struct buf pem;

    buf_init(&pem, WORLD_CHAIN_MAX);
    assert_ok(amd_pki_chain(pki, &signer, not_after_s, &pem, &err), err);
    return pem;
}

static struct buf ark_of(struct amd_pki *pki, enum world_product product, bool impostor)
{
    const struct amd_signer signer = { product, AMD_ARK, impostor };
    struct error err = { .kind = ERROR_NONE };
    struct buf pem;

    buf_init(&pem, WORLD_CHAIN_MAX);
    assert_ok(amd_pki_certificate(pki, &signer, &pem, &err), err);
    return pem;
}

static void a_chain_is_an_authority_and_its_ark(void **state)
{
    struct amd_pki *pki = open_pki("test");

    (void)state;
    for (int i = 0; i < WORLD_PRODUCTS * 2; i++) {
        struct amd_signer signer = { (enum world_product)(i / 2),
                                     i % 2 == 0 ? AMD_ASK : AMD_ASVK, false };
        struct buf pem = chain_of(pki, signer, 0);
        X509 *own = test_certificate(buf_bytes(&pem), 0);
        X509 *ark = test_certificate(buf_bytes(&pem), 1);

        assert_true(test_is_signed_by(own, ark));
        assert_true(test_is_signed_by(ark, ark));
        assert_int_equal(X509_check_ca(own), 1);
        assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(own)), 4096);
        assert_null(test_certificate(buf_bytes(&pem), 2));
        X509_free(own);
        X509_free(ark);
        buf_fini(&pem);
    }
    amd_pki_close(pki);
}

static void it_is_alike_to_amds_own(void **state)
{
    static const char *const folders[] = { "milan", "genoa", "turin" };
    static const char *const names[] = { "ark", "ask", "asvk" };
    struct amd_pki *pki = open_pki("test");

    (void)state;
    if (test_shared("vectors/amd") == NULL) {
        amd_pki_close(pki);
        skip();
    }
    for (int i = 0; i < WORLD_PRODUCTS * AMD_ROLES; i++) {
        struct amd_signer signer = { (enum world_product)(i / AMD_ROLES),
                                     (enum amd_role)(i % AMD_ROLES), false };
        const char *folder = folders[signer.product];
        struct error err = { .kind = ERROR_NONE };
        char path[128];
        struct buf pem;

        snprintf(path, sizeof path, "vectors/amd/%s/%s-%s.der", folder,
                 names[signer.role], folder);
        struct buf der = test_shared_file(path);
        X509 *real = test_der(buf_bytes(&der));
        buf_init(&pem, WORLD_CHAIN_MAX);
        assert_ok(amd_pki_certificate(pki, &signer, &pem, &err), err);
        X509 *made = test_certificate(buf_bytes(&pem), 0);
        test_alike(made, real);
        static const char *const same[] = { "2.5.29.15", "2.5.29.19", "2.5.29.31" };
        for (size_t j = 0; j < COUNT_OF(same); j++)
            assert_true(bytes_equal(test_extension(made, same[j]),
                                    test_extension(real, same[j])));
        X509_free(made);
        X509_free(real);
        buf_fini(&pem);
        buf_fini(&der);
    }
    amd_pki_close(pki);
}

static void keys_follow_from_the_seed(void **state)
{
    struct amd_pki *one = open_pki("one"), *again = open_pki("one");
    struct amd_pki *other = open_pki("other");

    (void)state;
    for (int i = 0; i < WORLD_PRODUCTS; i++) {
        enum world_product product = (enum world_product)i;
        struct buf a = ark_of(one, product, false), b = ark_of(again, product, false);
        struct buf c = ark_of(other, product, false), d = ark_of(one, product, true);
        assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
        assert_false(bytes_equal(buf_bytes(&a), buf_bytes(&c)));
        assert_false(bytes_equal(buf_bytes(&a), buf_bytes(&d)));
        buf_fini(&a);
        buf_fini(&b);
        buf_fini(&c);
        buf_fini(&d);
    }
    amd_pki_close(one);
    amd_pki_close(again);
    amd_pki_close(other);
}

static void an_impostor_has_the_names_and_not_the_key(void **state)
{
    struct amd_pki *pki = open_pki("test");
    struct amd_signer signer = { WORLD_GENOA, AMD_ASK, true };
    struct buf pem = chain_of(pki, signer, 0), root = ark_of(pki, WORLD_GENOA, false);
    X509 *ask = test_certificate(buf_bytes(&pem), 0);
    X509 *ark = test_certificate(buf_bytes(&root), 0);

    (void)state;
    assert_true(test_chain_holds(buf_bytes(&pem)));
    test_same_name(X509_get_issuer_name(ask), X509_get_subject_name(ark));
    assert_int_not_equal(X509_verify(ask, X509_get0_pubkey(ark)), 1);
    X509_free(ask);
    X509_free(ark);
    buf_fini(&pem);
    buf_fini(&root);
    amd_pki_close(pki);
}

static void an_authority_can_have_ended(void **state)
{
    struct amd_pki *pki = open_pki("test");
    struct amd_signer signer = { WORLD_TURIN, AMD_ASK, false };
    struct buf pem = chain_of(pki, signer, test_time("2025-06-10T00:00:00Z"));
    X509 *ask = test_certificate(buf_bytes(&pem), 0);
    time_t now = (time_t)test_time(NOW);

    (void)state;
    assert_true(test_chain_holds(buf_bytes(&pem)));
    assert_int_equal(X509_cmp_time(X509_get0_notAfter(ask), &now), -1);
    X509_free(ask);
    buf_fini(&pem);
    amd_pki_close(pki);
}

static void a_crl_is_its_arks_and_names_whom_it_should(void **state)
{
    struct amd_pki *pki = open_pki("test");
    struct amd_signer signer = { WORLD_MILAN, AMD_ASK, false };
    struct buf chain = chain_of(pki, signer, 0);
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    for (int revokes = 0; revokes < 2; revokes++) {
        const struct amd_crl crl = { .revokes[AMD_ASK] = revokes == 1,
                                     .this_update_s = test_time(NOW),
                                     .next_update_s = test_time(TO) };
        struct buf der;

        buf_init(&der, AMD_SIGNED_MAX);
        assert_ok(amd_pki_crl(pki, &signer, &crl, &der, &err), err);
        assert_true(test_crl_holds(buf_bytes(&der), buf_bytes(&chain), 1));
        assert_false(test_crl_holds(buf_bytes(&der), buf_bytes(&chain), 0));
        assert_int_equal(test_crl_revokes(buf_bytes(&der), buf_bytes(&chain), 0),
                         revokes == 1);
        assert_false(test_crl_revokes(buf_bytes(&der), buf_bytes(&chain), 1));
        const uint8_t *at = der.at;
        X509_CRL *read = d2i_X509_CRL(NULL, &at, (long)der.len);
        assert_int_equal(X509_CRL_get_version(read), 1);
        ASN1_INTEGER *number = X509_CRL_get_ext_d2i(read, NID_crl_number, NULL, NULL);
        assert_int_equal(ASN1_INTEGER_get(number), test_time(NOW));
        ASN1_INTEGER_free(number);
        X509_CRL_free(read);
        buf_fini(&der);
    }
    buf_fini(&chain);
    amd_pki_close(pki);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_an_authority_and_its_ark),
        cmocka_unit_test(it_is_alike_to_amds_own),
        cmocka_unit_test(keys_follow_from_the_seed),
        cmocka_unit_test(an_impostor_has_the_names_and_not_the_key),
        cmocka_unit_test(an_authority_can_have_ended),
        cmocka_unit_test(a_crl_is_its_arks_and_names_whom_it_should),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
