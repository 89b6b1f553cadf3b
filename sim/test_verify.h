/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of this folder: whether OpenSSL, asked directly, believes what a world says.
 */
#ifndef THIM_SIM_TEST_VERIFY_H
#define THIM_SIM_TEST_VERIFY_H

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "kit/test.h"
#include "kit/text.h"

/* The n-th certificate of a PEM chain, counting from 0; NULL where there are fewer. The
 * caller's. */
static inline X509 *test_certificate(struct bytes pem, int n)
{
    BIO *memory = BIO_new_mem_buf(pem.at, (int)pem.len);
    X509 *certificate = NULL;

    for (int i = 0; i <= n; i++) {
        X509_free(certificate);
        certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);
        if (certificate == NULL)
            break;
    }
    BIO_free(memory);
    return certificate;
}

/* Whether the second certificate signed the first, and itself. */
static inline bool test_chain_holds(struct bytes pem)
{
    X509 *signer = test_certificate(pem, 0), *root = test_certificate(pem, 1);
    bool holds = signer != NULL && root != NULL
                 && X509_verify(signer, X509_get0_pubkey(root)) == 1
                 && X509_verify(root, X509_get0_pubkey(root)) == 1;

    X509_free(signer);
    X509_free(root);
    return holds;
}

static inline bool test_raw_signature_holds(EVP_PKEY *key, struct bytes text,
                                            const uint8_t raw[64])
{
    ECDSA_SIG *signature = ECDSA_SIG_new();
    unsigned char *der = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    assert_int_equal(ECDSA_SIG_set0(signature, BN_bin2bn(raw, 32, NULL),
                                    BN_bin2bn(raw + 32, 32, NULL)),
                     1);
    int der_len = i2d_ECDSA_SIG(signature, &der);
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key), 1);
    bool holds = EVP_DigestVerify(context, der, (size_t)der_len, text.at, text.len) == 1;
    OPENSSL_free(der);
    ECDSA_SIG_free(signature);
    EVP_MD_CTX_free(context);
    return holds;
}

static inline struct bytes test_trim(struct bytes text, const char *what)
{
    while (text.len > 0 && strchr(what, text.at[0]) != NULL)
        text = bytes_after(text, 1);
    while (text.len > 0 && strchr(what, text.at[text.len - 1]) != NULL)
        text.len--;
    return text;
}

/* Whether {"NAME":TEXT,"signature":"HEX"} is signed by the first of the chain. Spaces
 * between, which one captured envelope has, do not count. */
static inline bool test_envelope_holds(struct bytes body, const char *name,
                                       struct bytes chain)
{
    static const char mark[] = "\"signature\":";
    char start[64];
    uint8_t raw[64];
    size_t start_len = (size_t)snprintf(start, sizeof start, "{\"%s\":", name);
    size_t end = bytes_find(body, bytes_of_text(mark));
    struct bytes text = test_trim(bytes_after(bytes_first(body, end), start_len), " ,");
    struct bytes digits = test_trim(bytes_after(body, end + sizeof mark - 1), " \"}");

    if (!bytes_equal_text(bytes_first(body, start_len), start)
        || !hex_read(digits, raw, sizeof raw))
        return false;
    X509 *signer = test_certificate(chain, 0);
    assert_non_null(signer);
    bool holds = test_raw_signature_holds(X509_get0_pubkey(signer), text, raw);
    X509_free(signer);
    return holds;
}

/* Whether a CRL in DER is signed by the n-th of the chain. */
static inline bool test_crl_holds(struct bytes der, struct bytes chain, int n)
{
    const uint8_t *at = der.at;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.len);
    X509 *issuer = test_certificate(chain, n);
    bool holds = crl != NULL && issuer != NULL && at == der.at + der.len
                 && X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1;

    X509_CRL_free(crl);
    X509_free(issuer);
    return holds;
}

/* Whether a CRL in DER names the serial of the n-th of the chain. */
static inline bool test_crl_revokes(struct bytes der, struct bytes chain, int n)
{
    const uint8_t *at = der.at;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.len);
    X509 *certificate = test_certificate(chain, n);
    X509_REVOKED *entry = NULL;

    assert_non_null(crl);
    assert_non_null(certificate);
    bool revokes = X509_CRL_get0_by_cert(crl, &entry, certificate) == 1;
    X509_CRL_free(crl);
    X509_free(certificate);
    return revokes;
}

/* The text of a member "NAME":"..." or the digits of "NAME":N, in storage of the thread
 * that the next call reuses; "" where absent. The first place counts. */
static inline const char *test_member(struct bytes body, const char *name)
{
    static _Thread_local char value[256];
    char mark[64];

    value[0] = 0;
    size_t mark_len = (size_t)snprintf(mark, sizeof mark, "\"%s\":", name);
    struct bytes rest =
        bytes_after(body, bytes_find(body, bytes_of_text(mark)) + mark_len);
    bool is_text = rest.len > 0 && rest.at[0] == '"';
    size_t from = is_text ? 1 : 0, len = 0;
    while (from + len < rest.len && len + 1 < sizeof value
           && (is_text ? rest.at[len + from] != '"'
                       : rest.at[len] >= '0' && rest.at[len] <= '9')) {
        value[len] = (char)rest.at[from + len];
        len++;
    }
    value[len] = 0;
    return value;
}

static inline int64_t test_time(const char *text)
{
    int64_t at_s = 0;

    assert_true(utc_read(bytes_of_text(text), &at_s));
    return at_s;
}

#endif
