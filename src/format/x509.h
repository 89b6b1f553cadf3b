/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificates, as far as confidential-computing vendors use them.
 *
 * Source: RFC 5280, section 4 (structure), X.690 (DER); Intel's PCK profile and AMD's
 * VCEK specification 57230 for what occurs. Reading says nothing of trust. Lifetime:
 * every view looks into the bytes given to x509_parse, which must outlive it. */
#ifndef THIM_FORMAT_X509_H
#define THIM_FORMAT_X509_H

#include "kit/bytes.h"
#include "kit/error.h"

#define X509_CERTIFICATE_MAX (16 * 1024) /* bytes of DER */
#define X509_CHAIN_MAX 8                 /* certificates in one chain */

enum x509_signature_algorithm {
    X509_ECDSA_SHA256 = 1, /* 1.2.840.10045.4.3.2, parameters absent */
    X509_RSA_PSS_SHA384,   /* 1.2.840.113549.1.1.10, SHA-384, MGF1 SHA-384, salt 48 */
};

enum x509_key_kind {
    X509_KEY_P256 = 1, /* public_key is X then Y, 64 bytes */
    X509_KEY_P384,     /* X then Y, 96 bytes */
    X509_KEY_RSA, /* modulus, big endian without leading zeros; rsa_exponent beside */
};

/* RFC 5280, 4.2.1.3, as bits of key_usage. */
enum x509_key_usage {
    X509_DIGITAL_SIGNATURE = 1 << 0,
    X509_NON_REPUDIATION = 1 << 1,
    X509_KEY_CERT_SIGN = 1 << 5,
    X509_CRL_SIGN = 1 << 6,
};

struct x509_certificate {
    struct bytes der;
    struct bytes tbs;    /* what the signature covers, tag and length included */
    struct bytes serial; /* INTEGER content, sign padding removed: compare as numbers */
    struct bytes issuer, subject; /* Name, whole DER: compare byte by byte */
    struct bytes issuer_cn,
        subject_cn; /* the one commonName's characters; empty without */
    int64_t not_before_s, not_after_s;                 /* seconds since 1970, UTC */
    enum x509_signature_algorithm signature_algorithm; /* inner and outer are equal */
    struct bytes signature;                            /* BIT STRING content */
    uint8_t ecdsa_signature[64]; /* r then s, where the algorithm is X509_ECDSA_SHA256 */
    struct bytes
        spki; /* SubjectPublicKeyInfo, whole DER: its SHA-256 is what is pinned */
    enum x509_key_kind key_kind;
    struct bytes public_key;
    uint32_t rsa_exponent;

    bool has_basic_constraints, is_ca;
    int path_len; /* -1 where there is no limit */
    bool has_key_usage;
    unsigned key_usage;
    struct bytes authority_key_id, subject_key_id; /* empty where absent */
    struct bytes crl_distribution_uri;             /* the first URI; empty where absent */
    struct bytes extensions; /* the SEQUENCE OF Extension's content, for x509_extension */
    struct bytes unknown_critical; /* OID content of the first critical extension that is
                                      not one of the above; empty where there is none */
};

/* Reads exactly one certificate: v3, strict DER, nothing after it, no extension twice.
 * ERROR_FORMAT names the field. */
bool x509_parse(struct bytes der, struct x509_certificate *out, struct error *err)
    MUST_CHECK;

/* Reads a SubjectPublicKeyInfo that stands by itself (RFC 5280, 4.1.2.7): of *out only
 * spki, key_kind, public_key and rsa_exponent. ERROR_FORMAT. */
bool x509_key_parse(struct bytes spki, struct x509_certificate *out, struct error *err)
    MUST_CHECK;

/* The extnValue content of the extension with this OID (its DER content, without tag and
 * length); false where the certificate has none. */
bool x509_extension(const struct x509_certificate *certificate, struct bytes oid,
                    struct bytes *value) MUST_CHECK;

#endif
