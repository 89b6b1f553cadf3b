/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/pki.h"

#include <assert.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "kit/text.h"

DEFINE_OWNED(X509_CRL *, X509_CRL_free)
DEFINE_OWNED(X509_REVOKED *, X509_REVOKED_free)
DEFINE_OWNED(X509_EXTENSION *, X509_EXTENSION_free)
DEFINE_OWNED(ASN1_TIME *, ASN1_TIME_free)
DEFINE_OWNED(ASN1_INTEGER *, ASN1_INTEGER_free)
DEFINE_OWNED(ASN1_ENUMERATED *, ASN1_ENUMERATED_free)
DEFINE_OWNED(BIGNUM *, BN_free)
DEFINE_OWNED(EVP_MD_CTX *, EVP_MD_CTX_free)
DEFINE_OWNED(ECDSA_SIG *, ECDSA_SIG_free)
DEFINE_OWNED(BIO *, BIO_free_all)
DEFINE_OWNED(X509 *, X509_free)
DEFINE_OWNED(X509_NAME *, X509_NAME_free)
DEFINE_OWNED(EC_GROUP *, EC_GROUP_free)
DEFINE_OWNED(EC_POINT *, EC_POINT_free)
DEFINE_OWNED(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
DEFINE_OWNED(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free)
DEFINE_OWNED(OSSL_PARAM *, OSSL_PARAM_free)

struct pki {
    EVP_PKEY *keys[PKI_ROLES];
    X509 *certificates[PKI_ROLES];
};

static const struct role {
    const char *common_name;
    const char *key_usage;
    const char *constraints;
} roles[PKI_ROLES] = {
    [PKI_ROOT] = { "Intel SGX Root CA", "critical,keyCertSign,cRLSign",
                   "critical,CA:TRUE,pathlen:1" },
    [PKI_PLATFORM_CA] = { "Intel SGX PCK Platform CA", "critical,keyCertSign,cRLSign",
                          "critical,CA:TRUE,pathlen:0" },
    [PKI_PROCESSOR_CA] = { "Intel SGX PCK Processor CA", "critical,keyCertSign,cRLSign",
                           "critical,CA:TRUE,pathlen:0" },
    [PKI_TCB_SIGNING] = { "Intel SGX TCB Signing",
                          "critical,digitalSignature,nonRepudiation",
                          "critical,CA:FALSE" },
};

static const char crl_distribution_point[] =
    "URI:https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

static bool openssl_failed(struct error *err, const char *doing)
{
    return error_set(err, ERROR_SYSTEM, "OpenSSL could not %s", doing);
}

static bool add_name(X509_NAME *name, const char *field, int type, const char *value)
{
    return X509_NAME_add_entry_by_txt(name, field, type, (const unsigned char *)value, -1,
                                      -1, 0)
           == 1;
}

/* Intel's order and string types: UTF8String but for the country. */
static bool fill_name(X509_NAME *name, const char *common_name)
{
    return add_name(name, "CN", V_ASN1_UTF8STRING, common_name)
           && add_name(name, "O", V_ASN1_UTF8STRING, "Intel Corporation")
           && add_name(name, "L", V_ASN1_UTF8STRING, "Santa Clara")
           && add_name(name, "ST", V_ASN1_UTF8STRING, "CA")
           && add_name(name, "C", V_ASN1_PRINTABLESTRING, "US");
}

/* UTCTime up to 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). */
static ASN1_TIME *time_of(int64_t at_s)
{
    return ASN1_TIME_set(NULL, (time_t)at_s);
}

static bool set_validity(X509 *certificate, int64_t not_before_s, int64_t not_after_s)
{
    OWNED(ASN1_TIME_free) ASN1_TIME *from = time_of(not_before_s);
    OWNED(ASN1_TIME_free) ASN1_TIME *to = time_of(not_after_s);

    return from != NULL && to != NULL && X509_set1_notBefore(certificate, from) == 1
           && X509_set1_notAfter(certificate, to) == 1;
}

/* The serial number is the key identifier: SHA-1 of the public key's bits. */
static bool set_serial(X509 *certificate)
{
    const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(certificate);
    uint8_t digest[SHA_DIGEST_LENGTH];

    SHA1(ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits), digest);
    OWNED(BN_free) BIGNUM *number = BN_bin2bn(digest, sizeof digest, NULL);
    OWNED(ASN1_INTEGER_free)
    ASN1_INTEGER *serial = number == NULL ? NULL : BN_to_ASN1_INTEGER(number, NULL);
    return serial != NULL && X509_set_serialNumber(certificate, serial) == 1;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    OWNED(X509_EXTENSION_free)
    X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);
    return extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
}

/* A self-signed certificate's AKI is taken from its SKI, which must be there already:
 * so the SKI is made first, and the list then put in Intel's order. */
static bool add_extensions(X509 *certificate, X509 *issuer, const struct role *role)
{
    if (!add_extension(certificate, issuer, NID_subject_key_identifier, "hash")
        || !add_extension(certificate, issuer, NID_authority_key_identifier,
                          "keyid:always")
        || !add_extension(certificate, issuer, NID_crl_distribution_points,
                          crl_distribution_point))
        return false;
    OWNED(X509_EXTENSION_free) X509_EXTENSION *ski = X509_delete_ext(certificate, 0);
    return ski != NULL && X509_add_ext(certificate, ski, -1) == 1
           && add_extension(certificate, issuer, NID_key_usage, role->key_usage)
           && add_extension(certificate, issuer, NID_basic_constraints,
                            role->constraints);
}

/* The key whose secret is a digest of seed and role. (A digest is above the order of the
 * curve once in 2^32; the curve's arithmetic then refuses the seed.) */
static EVP_PKEY *key_of_secret(const uint8_t secret[SHA256_DIGEST_LENGTH])
{
    OWNED(EC_GROUP_free)
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    OWNED(BN_free) BIGNUM *number = BN_bin2bn(secret, SHA256_DIGEST_LENGTH, NULL);
    OWNED(EC_POINT_free) EC_POINT *point = group == NULL ? NULL : EC_POINT_new(group);
    OWNED(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OWNED(EVP_PKEY_CTX_free)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    uint8_t public[65];
    EVP_PKEY *key = NULL;

    if (number == NULL || point == NULL || build == NULL || context == NULL
        || EC_POINT_mul(group, point, number, NULL, NULL, NULL) != 1
        || EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, public,
                              sizeof public, NULL)
               != sizeof public
        || OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0)
               != 1
        || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number) != 1
        || OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, public,
                                            sizeof public)
               != 1)
        return NULL;
    OWNED(OSSL_PARAM_free) OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    if (parameters == NULL || EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters) != 1)
        return NULL;
    return key;
}

static EVP_PKEY *make_key(const char *seed, enum pki_role role)
{
    struct buf text;

    if (seed == NULL)
        return EVP_EC_gen("P-256");
    buf_init(&text, 4096);
    buf_addf(&text, "%s, %s", seed, roles[role].common_name);
    struct sha256 secret = sha256(buf_bytes(&text));
    EVP_PKEY *key = text.failed ? NULL : key_of_secret(secret.digest);
    buf_fini(&text);
    return key;
}

static bool make_certificate(struct pki *pki, const char *seed, enum pki_role role,
                             int64_t not_before_s, int64_t not_after_s, struct error *err)
{
    X509 *certificate = X509_new();

    pki->keys[role] = make_key(seed, role);
    pki->certificates[role] = certificate;
    X509 *issuer = pki->certificates[PKI_ROOT];
    if (certificate == NULL || pki->keys[role] == NULL
        || X509_set_version(certificate, X509_VERSION_3) != 1
        || X509_set_pubkey(certificate, pki->keys[role]) != 1 || !set_serial(certificate)
        || !set_validity(certificate, not_before_s, not_after_s)
        || !fill_name(X509_get_subject_name(certificate), roles[role].common_name)
        || !fill_name(X509_get_issuer_name(certificate), roles[PKI_ROOT].common_name)
        || !add_extensions(certificate, issuer, &roles[role])
        || X509_sign(certificate, pki->keys[PKI_ROOT], EVP_sha256()) <= 0)
        return openssl_failed(err, "make a certificate");
    return true;
}

bool pki_create(const char *seed, int64_t not_before_s, int64_t not_after_s,
                struct pki **out, struct error *err)
{
    struct pki *pki = calloc(1, sizeof *pki);

    if (pki == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for keys");
    for (int role = PKI_ROOT; role < PKI_ROLES; role++)
        if (!make_certificate(pki, seed, (enum pki_role)role, not_before_s, not_after_s,
                              err)) {
            pki_close(pki);
            return error_within(err, "%s", roles[role].common_name);
        }
    *out = pki;
    return true;
}

void pki_close(struct pki *pki)
{
    if (pki == NULL)
        return;
    for (int role = PKI_ROOT; role < PKI_ROLES; role++) {
        EVP_PKEY_free(pki->keys[role]);
        X509_free(pki->certificates[role]);
    }
    free(pki);
}

bool pem_add(struct buf *out, const char *label, struct bytes der, struct error *err)
{
    OWNED(BIO_free_all) BIO *memory = BIO_new(BIO_s_mem());
    char *text = NULL;

    if (memory == NULL || PEM_write_bio(memory, label, "", der.at, (long)der.len) <= 0)
        return openssl_failed(err, "write PEM");
    long len = BIO_get_mem_data(memory, &text);
    buf_add(out, bytes_of(text, (size_t)len));
    return out->failed ? error_set(err, ERROR_LIMIT, "no room for PEM") : true;
}

bool pem_spki_sha256(struct bytes pem, uint8_t out[32], struct error *err)
{
    OWNED(BIO_free_all) BIO *memory = BIO_new_mem_buf(pem.at, (int)pem.len);
    OWNED(X509_free)
    X509 *certificate =
        memory == NULL ? NULL : PEM_read_bio_X509(memory, NULL, NULL, NULL);
    unsigned char *der = NULL;

    if (certificate == NULL)
        return openssl_failed(err, "read a certificate");
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (len <= 0)
        return openssl_failed(err, "encode a public key");
    struct sha256 digest = sha256(bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    memcpy(out, digest.digest, sizeof digest.digest);
    return true;
}

bool pki_certificate(const struct pki *pki, enum pki_role role, struct buf *out,
                     struct error *err)
{
    unsigned char *der = NULL;
    int len = i2d_X509(pki->certificates[role], &der);

    if (len <= 0)
        return openssl_failed(err, "encode a certificate");
    bool added = pem_add(out, "CERTIFICATE", bytes_of(der, (size_t)len), err);
    OPENSSL_free(der);
    return added;
}

bool pki_sign(const struct pki *pki, struct bytes text, struct buf *out,
              struct error *err)
{
    uint8_t der[80], raw[64];
    const uint8_t *at = der;
    size_t der_len = sizeof der;
    OWNED(EVP_MD_CTX_free) EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (context == NULL
        || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL,
                              pki->keys[PKI_TCB_SIGNING])
               != 1
        || EVP_DigestSign(context, der, &der_len, text.at, text.len) != 1)
        return openssl_failed(err, "sign a document");
    OWNED(ECDSA_SIG_free)
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
    if (signature == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, 32) != 32
        || BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + 32, 32) != 32)
        return openssl_failed(err, "take a signature apart");
    hex_add(out, bytes_of(raw, sizeof raw));
    return out->failed ? error_set(err, ERROR_LIMIT, "no room for a signature") : true;
}

bool pki_issuer(const struct pki *pki, enum pki_role role, struct pki_issuer *out,
                struct error *err)
{
    const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(pki->certificates[role]);
    BIGNUM *secret = NULL;

    bool known =
        id != NULL && ASN1_STRING_length(id) == sizeof out->key_id
        && EVP_PKEY_get_bn_param(pki->keys[role], OSSL_PKEY_PARAM_PRIV_KEY, &secret) == 1
        && BN_bn2binpad(secret, out->secret, sizeof out->secret) == sizeof out->secret;
    BN_free(secret);
    if (!known)
        return openssl_failed(err, "tell of an issuer");
    memcpy(out->key_id, ASN1_STRING_get0_data(id), sizeof out->key_id);
    return true;
}

bool pki_name(const char *common_name, struct buf *out, struct error *err)
{
    OWNED(X509_NAME_free) X509_NAME *name = X509_NAME_new();
    unsigned char *der = NULL;
    int len =
        name != NULL && fill_name(name, common_name) ? i2d_X509_NAME(name, &der) : -1;

    if (len <= 0)
        return openssl_failed(err, "write a name");
    buf_add(out, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    return out->failed ? error_set(err, ERROR_LIMIT, "no room for a name") : true;
}

/* ---- CRLs ----------------------------------------------------------------------- */

static bool revoke(X509_CRL *crl, const ASN1_INTEGER *serial, const ASN1_TIME *at)
{
    OWNED(X509_REVOKED_free) X509_REVOKED *revoked = X509_REVOKED_new();
    OWNED(ASN1_ENUMERATED_free) ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

    if (revoked == NULL || reason == NULL
        || X509_REVOKED_set_serialNumber(revoked, (ASN1_INTEGER *)serial) != 1
        || X509_REVOKED_set_revocationDate(revoked, (ASN1_TIME *)at) != 1
        || ASN1_ENUMERATED_set(reason, CRL_REASON_KEY_COMPROMISE) != 1
        || X509_REVOKED_add1_ext_i2d(revoked, NID_crl_reason, reason, 0, 0) != 1
        || X509_CRL_add0_revoked(crl, revoked) != 1)
        return false;
    revoked = NULL; /* the CRL's now */
    return true;
}

static bool revoke_serial(X509_CRL *crl, const uint8_t bytes[PKI_SERIAL_LEN],
                          const ASN1_TIME *at)
{
    OWNED(BN_free) BIGNUM *number = BN_bin2bn(bytes, PKI_SERIAL_LEN, NULL);
    OWNED(ASN1_INTEGER_free)
    ASN1_INTEGER *serial = number == NULL ? NULL : BN_to_ASN1_INTEGER(number, NULL);
    return serial != NULL && revoke(crl, serial, at);
}

/* A serial that depends on nothing but the issuer and the index. */
static bool revoke_stranger(X509_CRL *crl, enum pki_role issuer, unsigned index,
                            const ASN1_TIME *at)
{
    uint8_t seed[2] = { (uint8_t)issuer, (uint8_t)index }, digest[SHA_DIGEST_LENGTH];

    SHA1(seed, sizeof seed, digest);
    return revoke_serial(crl, digest, at);
}

static bool add_revoked(const struct pki *pki, X509_CRL *crl,
                        const struct pki_crl *wanted, const ASN1_TIME *at)
{
    for (unsigned i = 0; i < wanted->strangers; i++)
        if (!revoke_stranger(crl, wanted->issuer, i, at))
            return false;
    for (size_t i = 0; i + PKI_SERIAL_LEN <= wanted->serials.len; i += PKI_SERIAL_LEN)
        if (!revoke_serial(crl, wanted->serials.at + i, at))
            return false;
    for (unsigned role = PKI_ROOT; role < PKI_ROLES; role++)
        if ((wanted->revoked_roles >> role & 1) != 0
            && !revoke(crl, X509_get0_serialNumber(pki->certificates[role]), at))
            return false;
    return true;
}

static bool add_crl_extensions(X509_CRL *crl, X509 *issuer)
{
    OWNED(ASN1_INTEGER_free) ASN1_INTEGER *number = ASN1_INTEGER_new();
    X509V3_CTX context;

    if (number == NULL || ASN1_INTEGER_set_uint64(number, 1) != 1
        || X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) != 1)
        return false;
    X509V3_set_ctx(&context, issuer, NULL, NULL, crl, 0);
    OWNED(X509_EXTENSION_free)
    X509_EXTENSION *aki = X509V3_EXT_nconf_nid(
        NULL, &context, NID_authority_key_identifier, "keyid:always");
    return aki != NULL && X509_CRL_add_ext(crl, aki, -1) == 1;
}

bool pki_crl(const struct pki *pki, const struct pki_crl *wanted, struct buf *out,
             struct error *err)
{
    X509 *issuer = pki->certificates[wanted->issuer];
    OWNED(X509_CRL_free) X509_CRL *crl = X509_CRL_new();
    OWNED(ASN1_TIME_free) ASN1_TIME *from = time_of(wanted->this_update_s);
    OWNED(ASN1_TIME_free) ASN1_TIME *to = time_of(wanted->next_update_s);
    unsigned char *der = NULL;

    assert(wanted->issuer != PKI_TCB_SIGNING && wanted->strangers <= 256);
    if (crl == NULL || from == NULL || to == NULL
        || X509_CRL_set_version(crl, X509_CRL_VERSION_2) != 1
        || X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) != 1
        || X509_CRL_set1_lastUpdate(crl, from) != 1
        || X509_CRL_set1_nextUpdate(crl, to) != 1)
        return openssl_failed(err, "begin a CRL");
    if (!add_revoked(pki, crl, wanted, from))
        return openssl_failed(err, "add a revoked serial");
    if (!add_crl_extensions(crl, issuer)
        || X509_CRL_sign(crl, pki->keys[wanted->issuer], EVP_sha256()) <= 0)
        return openssl_failed(err, "sign a CRL");
    int len = i2d_X509_CRL(crl, &der);
    if (len <= 0)
        return openssl_failed(err, "encode a CRL");
    buf_add(out, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    return out->failed ? error_set(err, ERROR_LIMIT, "no room for a CRL") : true;
}
