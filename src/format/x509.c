/* SPDX-License-Identifier: Apache-2.0 */
#include "format/x509.h"

#include "format/der.h"
#include "format/x509_extensions.h"
#include "kit/text.h"

enum { VERSION_3 = 2, RSA_BYTES_MIN = 2048 / 8, RSA_BYTES_MAX = 8192 / 8 };

#define LITERAL(text)                                          \
    {                                                          \
        .at = (const uint8_t *)(text), .len = sizeof(text) - 1 \
    }
#define EC_PUBLIC_KEY "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"

/* AlgorithmIdentifiers of the keys we read, whole. */
static const struct {
    struct bytes algorithm;
    enum x509_key_kind kind;
    size_t point_len; /* X and Y together; 0 where the key is no point */
    const char *name;
} keys[] = {
    { LITERAL("\x30\x13" EC_PUBLIC_KEY "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
      X509_KEY_P256, 64, "P-256" },
    { LITERAL("\x30\x10" EC_PUBLIC_KEY "\x06\x05\x2b\x81\x04\x00\x22"), X509_KEY_P384, 96,
      "P-384" },
    { LITERAL("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"),
      X509_KEY_RSA, 0, "RSA" },
};

static void read_validity(struct der *tbs, struct x509_certificate *out)
{
    struct der d = der_enter(tbs, DER_SEQUENCE, "validity");

    out->not_before_s = der_time(&d, "notBefore");
    out->not_after_s = der_time(&d, "notAfter");
    der_end(&d, "after notAfter");
    if (out->not_after_s < out->not_before_s)
        der_refuse(&d, ERROR_FORMAT, "notAfter %s lies before notBefore %s",
                   utc(out->not_after_s).s, utc(out->not_before_s).s);
}

/* RSAPublicKey (RFC 8017, A.1.1). */
static void read_rsa_key(struct bytes key, struct x509_certificate *out,
                         struct error *refusal)
{
    struct der outside = der_over(key, refusal);
    struct der d = der_enter(&outside, DER_SEQUENCE, "RSA key");

    der_end(&outside, "after the RSA key");
    out->public_key = der_number(&d, RSA_BYTES_MAX, "RSA modulus");
    out->rsa_exponent = der_small(&d, DER_INTEGER, UINT32_MAX, "RSA exponent");
    der_end(&d, "after the RSA exponent");
    if (out->public_key.len < RSA_BYTES_MIN)
        der_refuse(&d, ERROR_FORMAT, "RSA modulus of %zu bytes, at least %d",
                   out->public_key.len, RSA_BYTES_MIN);
    if (out->rsa_exponent < 3 || out->rsa_exponent % 2 == 0)
        der_refuse(&d, ERROR_FORMAT, "RSA exponent is %u", out->rsa_exponent);
}

static void read_key(struct der *tbs, struct x509_certificate *out)
{
    out->spki = der_whole(tbs, DER_SEQUENCE, "subjectPublicKeyInfo");
    struct der outside = der_over(out->spki, tbs->refusal);
    struct der d = der_enter(&outside, DER_SEQUENCE, "subjectPublicKeyInfo");
    struct bytes algorithm = der_whole(&d, DER_SEQUENCE, "key algorithm");
    struct bytes key = der_bits(&d, "subjectPublicKey");

    der_end(&d, "after subjectPublicKey");
    if (der_failed(&d))
        return;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (!bytes_equal(algorithm, keys[i].algorithm))
            continue;
        out->key_kind = keys[i].kind;
        if (keys[i].point_len == 0)
            read_rsa_key(key, out, tbs->refusal);
        else if (key.len != 1 + keys[i].point_len || key.at[0] != 0x04)
            der_refuse(&d, ERROR_FORMAT, "subjectPublicKey: no uncompressed %s point",
                       keys[i].name);
        else
            out->public_key = bytes_after(key, 1);
        return;
    }
    der_refuse(&d, ERROR_FORMAT, "key algorithm %s is none of P-256, P-384, RSA",
               hex(algorithm.at, algorithm.len).s);
}

static void read_extensions(struct der *tbs, struct x509_certificate *out)
{
    struct x509_extension_list all;
    struct der outside = der_enter(tbs, DER_CONTEXT_CONSTRUCTED + 3, "extensions");

    out->extensions = der_content(&outside, DER_SEQUENCE, "extensions");
    der_end(&outside, "after extensions");
    struct der list = der_over(out->extensions, tbs->refusal);
    x509_extension_list_read(&list, &all);
    for (size_t i = 0; i < all.count && !der_failed(tbs); i++)
        x509_certificate_extension_read(&all.entries[i], out, tbs->refusal);
}

/* TBSCertificate (4.1), top to bottom. issuerUniqueID and subjectUniqueID, which no
 * conforming CA writes (4.1.2.8), are met as tags that are not expected. */
static void read_tbs(const struct x509_envelope *envelope, struct x509_certificate *out,
                     struct error *refusal)
{
    struct der outside = der_over(envelope->tbs, refusal);
    struct der tbs = der_enter(&outside, DER_SEQUENCE, "certificate");
    struct der version = der_enter(&tbs, DER_CONTEXT_CONSTRUCTED + 0, "version");

    if (der_small(&version, DER_INTEGER, VERSION_3, "version") != VERSION_3)
        der_refuse(&version, ERROR_FORMAT, "version is not 3 (RFC 5280, 4.1.2.1)");
    der_end(&version, "after version");
    out->serial = der_number(&tbs, X509_SERIAL_MAX, "serialNumber");
    x509_inner_algorithm_read(&tbs, envelope);
    out->issuer = x509_name_read(&tbs, &out->issuer_cn, "issuer");
    read_validity(&tbs, out);
    out->subject = x509_name_read(&tbs, &out->subject_cn, "subject");
    read_key(&tbs, out);
    read_extensions(&tbs, out);
    der_end(&tbs, "after extensions");
}

bool x509_parse(struct bytes der, struct x509_certificate *out, struct error *err)
{
    struct error refusal = { 0 };

    *out = (struct x509_certificate){ .der = der, .path_len = -1 };
    if (der.len > X509_CERTIFICATE_MAX)
        return error_set(err, ERROR_LIMIT, "certificate of %zu bytes, at most %d",
                         der.len, X509_CERTIFICATE_MAX);
    struct x509_envelope envelope = x509_envelope_read(der, &refusal);
    read_tbs(&envelope, out, &refusal);
    if (!der_done(&refusal, err))
        return error_within(err, "certificate");

    out->tbs = envelope.tbs;
    out->signature_algorithm = envelope.algorithm;
    out->signature = envelope.signature;
    memcpy(out->ecdsa_signature, envelope.ecdsa_signature, sizeof out->ecdsa_signature);
    return true;
}

bool x509_key_parse(struct bytes spki, struct x509_certificate *out, struct error *err)
{
    struct error refusal = { 0 };
    struct der d = der_over(spki, &refusal);

    *out = (struct x509_certificate){ .path_len = -1 };
    read_key(&d, out);
    der_end(&d, "after subjectPublicKeyInfo");
    return der_done(&refusal, err);
}

bool x509_extension(const struct x509_certificate *certificate, struct bytes oid,
                    struct bytes *value)
{
    struct error refusal = { 0 };
    struct der list = der_over(certificate->extensions, &refusal);

    while (der_more(&list)) {
        struct x509_extension_entry e = x509_extension_read(&list);
        if (!der_failed(&list) && bytes_equal(e.oid, oid)) {
            *value = e.value;
            return true;
        }
    }
    return false;
}
