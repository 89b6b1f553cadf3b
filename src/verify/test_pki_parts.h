/* SPDX-License-Identifier: Apache-2.0 */
/* What the makers of a test's world share: test_pki.c makes the world,
 * test_pki_documents.c what is signed in it, test_pck.c PCK certificates, test_quotes.c
 * quotes. */
#ifndef THIM_VERIFY_TEST_PKI_PARTS_H
#define THIM_VERIFY_TEST_PKI_PARTS_H

#include <openssl/x509.h>

#include "kit/crypto.h"
#include "kit/test.h"
#include "verify/test_pck.h"

#define TEST_BODY_CEILING ((size_t)8 << 20)
#define TEST_ATTESTATION_KEYS 4

struct test_world {
    EVP_PKEY *keys[TEST_SIGNERS];
    X509 *certificates[TEST_SIGNERS];
    struct buf der[TEST_SIGNERS];
    struct trust trust;
    /* made when first asked for; by CA */
    struct verified_collateral *root_crl, *pck_crls[PCK_CA_PLATFORM + 1];
    struct verified_pck_issuer *pck_issuers[PCK_CA_PLATFORM + 1];
    EVP_PKEY *attestation_keys[TEST_ATTESTATION_KEYS];
};

X509_NAME *test_name_make(const char *common_name, const char *organization);
ASN1_TIME *test_time_make(int64_t seconds);
void test_serial_set(ASN1_INTEGER *integer, uint32_t value);
struct sha256 test_key_id(EVP_PKEY *key); /* its first twenty bytes are used */
/* Takes what OpenSSL has encoded. */
void test_der_keep(struct buf *out, uint8_t *der, int len);
/* Fills a new certificate and signs it; the extension's content may be empty. */
void test_certificate_sign(const struct test_world *world, enum test_signer issuer,
                           const struct test_certificate *spec,
                           struct bytes sgx_extension, EVP_PKEY *key, X509 *certificate);
/* ECDSA P-256 with SHA-256: r then s, big endian. */
void test_raw_signature(EVP_PKEY *key, struct bytes text, uint8_t out[64]);
struct buf test_certificate_der(const X509 *certificate);
void test_sgx_extension_put(struct buf *out, const struct test_pck *pck);
enum test_signer test_signer_of(const struct collateral_key *key);

#endif
