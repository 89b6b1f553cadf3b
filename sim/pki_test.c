/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/pki.h"

#include <openssl/x509v3.h>

#include "sim/test_verify.h"

#define FROM_S ((int64_t)1500000000)
#define TO_S ((int64_t)2500000000)

static struct pki *pki;

static struct buf chain_of(const struct pki *of, enum pki_role role)
{
    struct error err = { .kind = ERROR_NONE };
    struct buf chain;

    buf_init(&chain, 16384);
    assert_ok(pki_certificate(of, role, &chain, &err), err);
    assert_ok(pki_certificate(of, PKI_ROOT, &chain, &err), err);
    return chain;
}

static void every_certificate_is_the_roots_and_looks_like_intels(void **state)
{
    static const struct {
        enum pki_role role;
        const char *name;
        uint32_t usage;
        bool is_ca;
        long path_len;
    } cases[] = {
        { PKI_ROOT, "Intel SGX Root CA", KU_KEY_CERT_SIGN | KU_CRL_SIGN, true, 1 },
        { PKI_PLATFORM_CA, "Intel SGX PCK Platform CA", KU_KEY_CERT_SIGN | KU_CRL_SIGN,
          true, 0 },
        { PKI_PROCESSOR_CA, "Intel SGX PCK Processor CA", KU_KEY_CERT_SIGN | KU_CRL_SIGN,
          true, 0 },
        { PKI_TCB_SIGNING, "Intel SGX TCB Signing",
          KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, false, -1 },
    };
    /* Intel's order */
    static const int extensions[] = { NID_authority_key_identifier,
                                      NID_crl_distribution_points,
                                      NID_subject_key_identifier, NID_key_usage,
                                      NID_basic_constraints };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf chain = chain_of(pki, cases[i].role);
        X509 *certificate = test_certificate(buf_bytes(&chain), 0);
        char name[64] = "";

        assert_true(test_chain_holds(buf_bytes(&chain)));
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                  name, sizeof name);
        assert_string_equal(name, cases[i].name);
        assert_int_equal(X509_get_key_usage(certificate), cases[i].usage);
        assert_int_equal(X509_check_ca(certificate), cases[i].is_ca);
        assert_int_equal(X509_get_pathlen(certificate), cases[i].path_len);
        assert_int_equal(X509_get_ext_count(certificate), COUNT_OF(extensions));
        for (int e = 0; e < (int)COUNT_OF(extensions); e++)
            assert_int_equal(
                OBJ_obj2nid(X509_EXTENSION_get_object(X509_get_ext(certificate, e))),
                extensions[e]);
        X509_free(certificate);
        buf_fini(&chain);
    }
}

static void a_signature_holds_over_its_text_and_no_other(void **state)
{
    struct buf chain = chain_of(pki, PKI_TCB_SIGNING), digits;
    X509 *signer = test_certificate(buf_bytes(&chain), 0);
    struct error err = { .kind = ERROR_NONE };
    uint8_t raw[64];

    (void)state;
    buf_init(&digits, 128);
    assert_ok(pki_sign(pki, bytes_of_text("signed"), &digits, &err), err);
    assert_true(hex_read(buf_bytes(&digits), raw, sizeof raw));
    EVP_PKEY *key = X509_get0_pubkey(signer);
    assert_true(test_raw_signature_holds(key, bytes_of_text("signed"), raw));
    assert_false(test_raw_signature_holds(key, bytes_of_text("signee"), raw));
    X509_free(signer);
    buf_fini(&digits);
    buf_fini(&chain);
}

static void a_crl_is_its_issuers_and_names_whom_it_should(void **state)
{
    struct buf chain = chain_of(pki, PKI_TCB_SIGNING), der;
    struct pki_crl crl = { .issuer = PKI_ROOT,
                           .this_update_s = FROM_S,
                           .next_update_s = FROM_S + 1000,
                           .strangers = 3 };
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    buf_init(&der, 16384);
    assert_ok(pki_crl(pki, &crl, &der, &err), err);
    assert_true(test_crl_holds(buf_bytes(&der), buf_bytes(&chain), 1));
    assert_false(test_crl_holds(buf_bytes(&der), buf_bytes(&chain), 0));
    assert_false(test_crl_revokes(buf_bytes(&der), buf_bytes(&chain), 0));
    buf_clear(&der);
    crl.revoked_roles = 1U << PKI_TCB_SIGNING;
    assert_ok(pki_crl(pki, &crl, &der, &err), err);
    assert_true(test_crl_revokes(buf_bytes(&der), buf_bytes(&chain), 0));
    assert_false(test_crl_revokes(buf_bytes(&der), buf_bytes(&chain), 1));
    buf_fini(&der);
    buf_fini(&chain);
}

static bool same_root(const char *seed, const char *other_seed)
{
    const char *const seeds[] = { seed, other_seed };
    uint8_t digests[2][32];
    struct error err = { .kind = ERROR_NONE };

    for (size_t i = 0; i < 2; i++) {
        struct pki *made = NULL;
        assert_ok(pki_create(seeds[i], FROM_S, TO_S, &made, &err), err);
        struct buf chain = chain_of(made, PKI_ROOT);
        assert_true(test_chain_holds(buf_bytes(&chain)));
        assert_ok(pem_spki_sha256(buf_bytes(&chain), digests[i], &err), err);
        buf_fini(&chain);
        pki_close(made);
    }
    return memcmp(digests[0], digests[1], sizeof digests[0]) == 0;
}

static void keys_follow_the_seed(void **state)
{
    (void)state;
    assert_true(same_root("one", "one"));
    assert_false(same_root("one", "two"));
    assert_false(same_root(NULL, NULL));
}

static void what_is_no_certificate_has_no_key(void **state)
{
    struct error err = { .kind = ERROR_NONE };
    uint8_t digest[32];

    (void)state;
    assert_false(pem_spki_sha256(bytes_of_text("-----BEGIN CERT"), digest, &err));
    assert_refused(err, ERROR_SYSTEM, "could not read a certificate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_certificate_is_the_roots_and_looks_like_intels),
        cmocka_unit_test(a_signature_holds_over_its_text_and_no_other),
        cmocka_unit_test(a_crl_is_its_issuers_and_names_whom_it_should),
        cmocka_unit_test(keys_follow_the_seed),
        cmocka_unit_test(what_is_no_certificate_has_no_key),
    };
    struct error err = { .kind = ERROR_NONE };

    if (!pki_create(NULL, FROM_S, TO_S, &pki, &err))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_close(pki);
    return failed;
}
