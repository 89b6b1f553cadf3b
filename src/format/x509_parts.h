/* SPDX-License-Identifier: Apache-2.0 */
/* What certificates and CRLs have in common: the signed envelope, names, extensions.
 *
 * Source: RFC 5280, 4.1 and 5.1 (the same three fields around a signed part), 4.2
 * (extensions); RFC 3279, 2.2.3 (ECDSA-Sig-Value); RFC 4055, 3.1 (RSASSA-PSS). For
 * format/x509.c and format/crl.c; all of it reads through format/der.h and shares its
 * error. */
#ifndef THIM_FORMAT_X509_PARTS_H
#define THIM_FORMAT_X509_PARTS_H

#include "format/der.h"
#include "format/x509.h"

#define X509_EXTENSIONS_MAX 64 /* in one list */
#define X509_SERIAL_MAX 20     /* bytes: RFC 5280, 4.1.2.2 and 5.2.3 */

/* OID content, for bytes_equal. */
extern const struct bytes OID_SUBJECT_KEY_ID, OID_KEY_USAGE, OID_BASIC_CONSTRAINTS,
    OID_CRL_NUMBER, OID_CRL_REASON, OID_DELTA_CRL_INDICATOR, OID_ISSUING_DISTRIBUTION,
    OID_CERTIFICATE_ISSUER, OID_CRL_DISTRIBUTION, OID_AUTHORITY_KEY_ID, OID_SGX_EXTENSION;

/* SEQUENCE { signed part, AlgorithmIdentifier, BIT STRING }. */
struct x509_envelope {
    struct bytes tbs;             /* tag and length included */
    struct bytes algorithm_whole; /* the outer AlgorithmIdentifier, for comparison */
    enum x509_signature_algorithm algorithm;
    struct bytes signature;
    uint8_t ecdsa_signature[64]; /* r then s, where the algorithm is X509_ECDSA_SHA256 */
};

/* Reads all of `in`; nothing may follow. */
struct x509_envelope x509_envelope_read(struct bytes in, struct error *refusal);

/* The AlgorithmIdentifier inside the signed part: byte for byte the outer one. */
void x509_inner_algorithm_read(struct der *d, const struct x509_envelope *envelope);

/* ECDSA-Sig-Value to raw r then s: both positive, minimal, at most 32 bytes. */
void x509_ecdsa_signature_read(struct bytes der, uint8_t raw[64], struct error *refusal);

/* A Name: its whole DER, and the characters of its one commonName, which is a
 * PrintableString or UTF8String without control characters; empty where there is none.
 * Refused are a second commonName, a Name of nothing at all (4.1.2.4), and a set of
 * attributes that is not in ascending order (X.690, 11.6). */
struct bytes x509_name_read(struct der *d, struct bytes *common_name, const char *field);

struct x509_extension_entry {
    struct bytes oid;
    bool critical;
    struct bytes value; /* content of the OCTET STRING */
};

/* One Extension of a list. */
struct x509_extension_entry x509_extension_read(struct der *list);

/* All extensions of a list, X509_EXTENSIONS_MAX at most and at least one, none twice. */
struct x509_extension_list {
    struct x509_extension_entry entries[X509_EXTENSIONS_MAX];
    size_t count;
};
void x509_extension_list_read(struct der *list, struct x509_extension_list *out);

/* The keyIdentifier of an AuthorityKeyIdentifier; empty where it has none. */
struct bytes x509_authority_key_id_read(struct der *value);

#endif
