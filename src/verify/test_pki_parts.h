/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of verify/test_pki.h share: test_pki.c makes the world,
 * test_pki_documents.c what is signed in it. */
#ifndef THIM_VERIFY_TEST_PKI_PARTS_H
#define THIM_VERIFY_TEST_PKI_PARTS_H

#include <openssl/x509.h>

#include "kit/crypto.h"
#include "kit/test.h"
#include "verify/test_pki.h"

#define TEST_BODY_CEILING ((size_t)8 << 20)

struct test_world {
    EVP_PKEY *keys[TEST_SIGNERS];
    X509 *certificates[TEST_SIGNERS];
    struct buf der[TEST_SIGNERS];
    struct verified_collateral *root_crl;
    struct trust trust;
};

X509_NAME *test_name_make(const char *common_name, const char *organization);
ASN1_TIME *test_time_make(int64_t seconds);
void test_serial_set(ASN1_INTEGER *integer, uint32_t value);
struct sha256 test_key_id(EVP_PKEY *key); /* its first twenty bytes are used */
/* Takes what OpenSSL has encoded. */
void test_der_keep(struct buf *out, uint8_t *der, int len);
enum test_signer test_signer_of(const struct collateral_key *key);

#endif
