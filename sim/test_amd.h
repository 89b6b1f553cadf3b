/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of AMD's side: certificates by OpenSSL's eyes, and beside AMD's own. */
#ifndef THIM_SIM_TEST_AMD_H
#define THIM_SIM_TEST_AMD_H

#include <openssl/x509v3.h>

#include "sim/test_verify.h"

/* A certificate that is DER to its end; the caller's. */
static inline X509 *test_der(struct bytes der)
{
    const uint8_t *at = der.at;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.len);

    assert_non_null(certificate);
    assert_ptr_equal(at, der.at + der.len);
    return certificate;
}

/* Whether issuer names and signature make one certificate another's. */
static inline bool test_is_signed_by(X509 *certificate, X509 *issuer)
{
    return X509_check_issued(issuer, certificate) == X509_V_OK
           && X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
}

/* The content of the extension of this OID in dots; empty where there is none. */
static inline struct bytes test_extension(X509 *certificate, const char *oid)
{
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    int place = X509_get_ext_by_OBJ(certificate, object, -1);

    ASN1_OBJECT_free(object);
    if (place < 0)
        return bytes_of("", 0);
    const ASN1_OCTET_STRING *value =
        X509_EXTENSION_get_data(X509_get_ext(certificate, place));
    return bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
}

static inline void test_same_name(const X509_NAME *one, const X509_NAME *other)
{
    const unsigned char *a, *b;
    size_t a_len, b_len;

    assert_int_equal(X509_NAME_get0_der(one, &a, &a_len), 1);
    assert_int_equal(X509_NAME_get0_der(other, &b, &b_len), 1);
    assert_int_equal(a_len, b_len);
    assert_memory_equal(a, b, a_len);
}

/* Asserts that two certificates differ in keys, dates and values alone. */
static inline void test_alike(X509 *made, X509 *real)
{
    const X509_ALGOR *of_made, *of_real;

    assert_int_equal(X509_get_version(made), X509_get_version(real));
    assert_int_equal(
        ASN1_INTEGER_cmp(X509_get0_serialNumber(made), X509_get0_serialNumber(real)), 0);
    test_same_name(X509_get_subject_name(made), X509_get_subject_name(real));
    test_same_name(X509_get_issuer_name(made), X509_get_issuer_name(real));
    X509_get0_signature(NULL, &of_made, made);
    X509_get0_signature(NULL, &of_real, real);
    assert_int_equal(X509_ALGOR_cmp(of_made, of_real), 0);
    assert_int_equal(X509_get_ext_count(made), X509_get_ext_count(real));
    for (int i = 0; i < X509_get_ext_count(made); i++) {
        X509_EXTENSION *a = X509_get_ext(made, i), *b = X509_get_ext(real, i);
        assert_int_equal(
            OBJ_cmp(X509_EXTENSION_get_object(a), X509_EXTENSION_get_object(b)), 0);
        assert_int_equal(X509_EXTENSION_get_critical(a), X509_EXTENSION_get_critical(b));
    }
}

#endif
