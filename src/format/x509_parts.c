/* SPDX-License-Identifier: Apache-2.0 */
#include "format/x509_parts.h"

#include "kit/text.h"

#define OID(text)                                              \
    {                                                          \
        .at = (const uint8_t *)(text), .len = sizeof(text) - 1 \
    }

const struct bytes OID_SUBJECT_KEY_ID = OID("\x55\x1d\x0e");       /* 2.5.29.14 */
const struct bytes OID_KEY_USAGE = OID("\x55\x1d\x0f");            /* 2.5.29.15 */
const struct bytes OID_BASIC_CONSTRAINTS = OID("\x55\x1d\x13");    /* 2.5.29.19 */
const struct bytes OID_CRL_NUMBER = OID("\x55\x1d\x14");           /* 2.5.29.20 */
const struct bytes OID_CRL_REASON = OID("\x55\x1d\x15");           /* 2.5.29.21 */
const struct bytes OID_DELTA_CRL_INDICATOR = OID("\x55\x1d\x1b");  /* 2.5.29.27 */
const struct bytes OID_ISSUING_DISTRIBUTION = OID("\x55\x1d\x1c"); /* 2.5.29.28 */
const struct bytes OID_CERTIFICATE_ISSUER = OID("\x55\x1d\x1d");   /* 2.5.29.29 */
const struct bytes OID_CRL_DISTRIBUTION = OID("\x55\x1d\x1f");     /* 2.5.29.31 */
const struct bytes OID_AUTHORITY_KEY_ID = OID("\x55\x1d\x23");     /* 2.5.29.35 */
/* 1.2.840.113741.1.13.1 */
const struct bytes OID_SGX_EXTENSION = OID("\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01");

static const struct bytes OID_COMMON_NAME = OID("\x55\x04\x03"); /* 2.5.4.3 */

/* id-sha384 with NULL, as AMD writes it. */
#define SHA384 "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00"
#define RSASSA_PSS "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define PSS_HASH_AND_MASK                                                        \
    "\xa0\x0f" SHA384 "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" \
    "\x08" SHA384
#define PSS_SALT_48 "\xa2\x03\x02\x01\x30"
#define PSS_TRAILER_1 "\xa3\x03\x02\x01\x01"

/* AlgorithmIdentifiers, whole: what is not one of these bytes is not read. */
static const struct {
    struct bytes whole;
    enum x509_signature_algorithm algorithm;
} algorithms[] = {
    { OID("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"), X509_ECDSA_SHA256 },
    { OID("\x30\x41" RSASSA_PSS "\x30\x34" PSS_HASH_AND_MASK PSS_SALT_48),
      X509_RSA_PSS_SHA384 },
    /* AMD until 2023 at least: trailerField's default spelled out, against DER */
    { OID("\x30\x46" RSASSA_PSS "\x30\x39" PSS_HASH_AND_MASK PSS_SALT_48 PSS_TRAILER_1),
      X509_RSA_PSS_SHA384 },
};

static enum x509_signature_algorithm read_algorithm(struct der *d, struct bytes *whole)
{
    *whole = der_whole(d, DER_SEQUENCE, "signatureAlgorithm");
    for (size_t i = 0; i < COUNT_OF(algorithms); i++)
        if (bytes_equal(*whole, algorithms[i].whole))
            return algorithms[i].algorithm;
    der_refuse(d, ERROR_FORMAT,
               "signatureAlgorithm %s is neither ecdsa-with-SHA256 nor RSASSA-PSS with "
               "SHA-384 and salt 48",
               hex(whole->at, whole->len).s);
    return 0;
}

struct x509_envelope x509_envelope_read(struct bytes in, struct error *refusal)
{
    struct x509_envelope e = { 0 };
    struct der outside = der_over(in, refusal);
    struct der d = der_enter(&outside, DER_SEQUENCE, "signed object");

    der_end(&outside, "after the signed object");
    e.tbs = der_whole(&d, DER_SEQUENCE, "signed part");
    e.algorithm = read_algorithm(&d, &e.algorithm_whole);
    e.signature = der_bits(&d, "signatureValue");
    der_end(&d, "after signatureValue");
    if (e.algorithm == X509_ECDSA_SHA256)
        x509_ecdsa_signature_read(e.signature, e.ecdsa_signature, refusal);
    return e;
}

void x509_inner_algorithm_read(struct der *d, const struct x509_envelope *envelope)
{
    struct bytes inner = der_whole(d, DER_SEQUENCE, "signature");

    if (!bytes_equal(inner, envelope->algorithm_whole))
        der_refuse(d, ERROR_FORMAT,
                   "signature differs from signatureAlgorithm (RFC 5280, 4.1.1.2)");
}

static void read_signature_part(struct der *d, uint8_t raw[32], const char *field)
{
    struct bytes number = der_number(d, 32, field);

    memset(raw, 0, 32);
    if (der_failed(d))
        return;
    if (number.len == 1 && number.at[0] == 0)
        der_refuse(d, ERROR_FORMAT, "%s is zero", field);
    memcpy(raw + 32 - number.len, number.at, number.len);
}

void x509_ecdsa_signature_read(struct bytes der, uint8_t raw[64], struct error *refusal)
{
    struct der outside = der_over(der, refusal);
    struct der d = der_enter(&outside, DER_SEQUENCE, "ECDSA signature");

    der_end(&outside, "after the ECDSA signature");
    read_signature_part(&d, raw, "ECDSA signature r");
    read_signature_part(&d, raw + 32, "ECDSA signature s");
    der_end(&d, "after ECDSA signature s");
}

/* PrintableString's set (X.680, 41.4), or UTF-8 as it comes but for control characters:
 * names are compared byte by byte and shown through the escaper. */
static bool is_name_text(struct bytes text, bool printable)
{
    static const char marks[] = " '()+,-./:=?";

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        bool letter =
            (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (c < 0x20 || c == 0x7f)
            return false;
        if (printable && !letter && strchr(marks, c) == NULL)
            return false;
    }
    return text.len > 0;
}

static void read_attribute(struct der *set, struct bytes *common_name, const char *field)
{
    struct der d = der_enter(set, DER_SEQUENCE, field);

    if (!bytes_equal(der_oid(&d, field), OID_COMMON_NAME)) {
        der_skip(&d, field);
        der_end(&d, field);
        return;
    }
    bool printable = der_next_is(&d, DER_PRINTABLE_STRING);
    struct bytes text =
        der_content(&d, printable ? DER_PRINTABLE_STRING : DER_UTF8_STRING, field);
    der_end(&d, field);
    if (common_name->len > 0)
        der_refuse(&d, ERROR_FORMAT, "%s has more than one commonName", field);
    else if (!is_name_text(text, printable))
        der_refuse(&d, ERROR_FORMAT, "%s: commonName \"%s\" is empty or not text", field,
                   safe(text).s);
    *common_name = text;
}

/* RelativeDistinguishedName. Whole values that differ differ before the shorter ends,
 * for their lengths stand in front, so that 11.6's padding never matters. */
static void read_attribute_set(struct der *name, struct bytes *common_name,
                               const char *field)
{
    struct der set = der_enter(name, DER_SET, field);
    struct bytes before = bytes_first(set.content.over, 0);

    do {
        struct der again = set;
        struct bytes whole = der_skip(&again, field);
        if (bytes_compare(before, whole) >= 0)
            der_refuse(&set, ERROR_FORMAT,
                       "%s: attributes of a set not in ascending order (X.690, 11.6)",
                       field);
        before = whole;
        read_attribute(&set, common_name, field);
    } while (der_more(&set));
}

struct bytes x509_name_read(struct der *d, struct bytes *common_name, const char *field)
{
    struct bytes whole = der_whole(d, DER_SEQUENCE, field);
    struct der again = der_over(whole, d->refusal);
    struct der name = der_enter(&again, DER_SEQUENCE, field);

    *common_name = bytes_first(whole, 0);
    do
        read_attribute_set(&name, common_name, field);
    while (der_more(&name));
    return whole;
}

struct x509_extension_entry x509_extension_read(struct der *list)
{
    struct x509_extension_entry e;
    struct der d = der_enter(list, DER_SEQUENCE, "extension");

    e.oid = der_oid(&d, "extnID");
    e.critical = der_default_false(&d, "critical");
    e.value = der_content(&d, DER_OCTET_STRING, "extnValue");
    der_end(&d, "after extnValue");
    return e;
}

void x509_extension_list_read(struct der *list, struct x509_extension_list *out)
{
    out->count = 0;
    do {
        if (out->count == X509_EXTENSIONS_MAX) {
            der_refuse(list, ERROR_LIMIT, "more than %d extensions", X509_EXTENSIONS_MAX);
            return;
        }
        struct x509_extension_entry e = x509_extension_read(list);
        if (der_failed(list))
            return;
        for (size_t i = 0; i < out->count; i++)
            if (bytes_equal(out->entries[i].oid, e.oid))
                der_refuse(list, ERROR_FORMAT,
                           "extension with OID content %s occurs twice (RFC 5280, 4.2)",
                           hex(e.oid.at, e.oid.len).s);
        out->entries[out->count++] = e;
    } while (der_more(list));
}

struct bytes x509_authority_key_id_read(struct der *value)
{
    static const char field[] = "authorityKeyIdentifier";
    struct der d = der_enter(value, DER_SEQUENCE, field);
    struct bytes key_id = bytes_first(d.content.over, 0);

    if (der_next_is(&d, DER_CONTEXT + 0)) {
        key_id = der_content(&d, DER_CONTEXT + 0, field);
        if (key_id.len == 0)
            der_refuse(&d, ERROR_FORMAT, "%s: empty keyIdentifier", field);
    }
    /* authorityCertIssuer and authorityCertSerialNumber: both or none, and not used */
    if (der_next_is(&d, DER_CONTEXT_CONSTRUCTED + 1)) {
        der_content(&d, DER_CONTEXT_CONSTRUCTED + 1, field);
        der_content(&d, DER_CONTEXT + 2, field);
    }
    der_end(&d, field);
    return key_id;
}
