/* SPDX-License-Identifier: Apache-2.0 */
#include "format/x509.h"

#include <openssl/x509v3.h>

#include "format/test_certificate.h"
#include "format/test_edit.h"
#include "format/test_vectors.h"
#include "kit/crypto.h"
#include "kit/test.h"
#include "kit/text.h"

#define DER(text)                                              \
    {                                                          \
        .at = (const uint8_t *)(text), .len = sizeof(text) - 1 \
    }
#define Y2025  \
    "\x17\x0d" \
    "250102030405Z"

static void a_certificate_is_read_to_the_last_field(void **state)
{
    struct x509_certificate c;
    struct error err = { 0 };
    struct buf der;

    (void)state;
    buf_init(&der, X509_CERTIFICATE_MAX);
    put_certificate(&der, &plain_certificate);
    assert_ok(x509_parse(buf_bytes(&der), &c, &err), err);
    assert_true(bytes_equal(c.der, buf_bytes(&der)));
    assert_int_equal(c.tbs.at - der.at, 3);
    assert_int_equal(c.tbs.len, der.len - 3 - 12 - 13); /* header, algorithm, signature */
    assert_string_equal(hex(c.serial.at, c.serial.len).s, "9a");
    assert_true(bytes_equal(c.issuer, plain_certificate.part[PART_ISSUER]));
    assert_true(bytes_equal(c.subject, plain_certificate.part[PART_SUBJECT]));
    assert_true(bytes_equal_text(c.issuer_cn, "Issuer"));
    assert_true(bytes_equal_text(c.subject_cn, "Subject"));
    assert_string_equal(utc(c.not_before_s).s, "2025-01-02T03:04:05Z");
    assert_string_equal(utc(c.not_after_s).s, "2049-12-31T23:59:59Z");
    assert_int_equal(c.signature_algorithm, X509_ECDSA_SHA256);
    assert_true(bytes_equal(c.signature, LITERAL_BYTES(SIGNATURE_R_0102_S_83)));
    assert_int_equal(c.ecdsa_signature[30], 1);
    assert_int_equal(c.ecdsa_signature[63], 0x83);
    assert_true(bytes_equal(c.spki, plain_certificate.part[PART_KEY]));
    assert_int_equal(c.key_kind, X509_KEY_P256);
    assert_true(bytes_equal_text(c.public_key, POINT_64));
    assert_true(c.has_basic_constraints && c.is_ca && c.path_len == 1);
    assert_true(c.has_key_usage);
    assert_int_equal(c.key_usage, X509_DIGITAL_SIGNATURE);
    assert_int_equal(c.authority_key_id.len + c.subject_key_id.len, 0);
    assert_int_equal(c.crl_distribution_uri.len + c.unknown_critical.len, 0);
    buf_fini(&der);
}

static void a_field_one_step_away_is_refused(void **state)
{
    static const struct {
        const char *claim;
        enum certificate_part part;
        struct bytes in;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        { "version 2", PART_VERSION, DER("\xa0\x03\x02\x01\x01"), "version is not 3" },
        { "version 4", PART_VERSION, DER("\xa0\x03\x02\x01\x03"),
          "version is 3, at most" },
        { "version left out: 1", PART_VERSION, DER(""), "version: tag 02, expected a0" },
        { "two versions", PART_VERSION, DER("\xa0\x06\x02\x01\x02\x02\x01\x02"),
          "after version: 3 bytes" },

        { "serial zero, as AMD's", PART_SERIAL, DER("\x02\x01\x00"), NULL },
        { "serial negative", PART_SERIAL, DER("\x02\x01\x9a"),
          "serialNumber is negative" },
        { "serial of 20 bytes", PART_SERIAL,
          DER("\x02\x15\x00\x80"
              "0123456789012345678"),
          NULL },
        { "serial of 21 bytes", PART_SERIAL,
          DER("\x02\x15"
              "012345678901234567890"),
          "serialNumber: number of 21 bytes, at most 20" },

        { "algorithms differ", PART_INNER_ALGORITHM,
          DER("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"),
          "signature differs from signatureAlgorithm (RFC 5280, 4.1.1.2)" },
        { "ECDSA with SHA-384", PART_OUTER_ALGORITHM,
          DER("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"),
          "300a06082a8648ce3d040303 is neither ecdsa-with-SHA256 nor" },
        { "ECDSA with NULL parameters", PART_OUTER_ALGORITHM,
          DER("\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00"), "is neither" },

        { "issuer without commonName", PART_ISSUER,
          DER("\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02US"), NULL },
        { "issuer of nothing", PART_ISSUER, DER("\x30\x00"), "issuer is missing" },
        { "subject of nothing", PART_SUBJECT, DER("\x30\x00"), "subject is missing" },

        { "dates equal", PART_VALIDITY, DER("\x30\x1e" Y2025 Y2025), NULL },
        { "dates in the wrong order", PART_VALIDITY,
          DER("\x30\x1e" Y2025 "\x17\x0d"
              "250102030404Z"),
          "notAfter 2025-01-02T03:04:04Z lies before notBefore 2025-01-02T03:04:05Z" },
        { "no notAfter", PART_VALIDITY, DER("\x30\x0f" Y2025), "notAfter is missing" },
        { "three dates", PART_VALIDITY, DER("\x30\x2d" Y2025 Y2025 Y2025),
          "after notAfter: 15 bytes" },
        { "no date", PART_VALIDITY,
          DER("\x30\x1e"
              "\x17\x0d"
              "250100030405Z" Y2025),
          "notBefore: no date: \"250100030405Z\"" },
        { "2050 is GeneralizedTime", PART_VALIDITY,
          DER("\x30\x20" Y2025 "\x18\x0f"
              "20500101000000Z"),
          NULL },
        { "2049 is not", PART_VALIDITY,
          DER("\x30\x20" Y2025 "\x18\x0f"
              "20490101000000Z"),
          "notAfter: GeneralizedTime for a year from 1950 to 2049" },

        { "compressed point", PART_KEY,
          DER("\x30\x59" P256_KEY_ALGORITHM "\x03\x42\x00\x02" POINT_64),
          "no uncompressed P-256 point" },
        { "half a point", PART_KEY,
          DER("\x30\x39" P256_KEY_ALGORITHM "\x03\x22\x00\x04"
              "0123456789abcdef0123456789ABCDEF"),
          "no uncompressed P-256 point" },
        { "P-521", PART_KEY,
          DER("\x30\x58\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04"
              "\x00"
              "\x23\x03\x44\x00\x04xx" POINT_64),
          "06052b81040023 is none of P-256, P-384, RSA" },
        { "bytes after the key", PART_KEY,
          DER("\x30\x5b" P256_KEY_ALGORITHM "\x03\x42\x00\x04" POINT_64 "\x05\x00"),
          "after subjectPublicKey: 2 bytes" },
        { "key with an unused bit", PART_KEY,
          DER("\x30\x59" P256_KEY_ALGORITHM "\x03\x42\x01\x04" POINT_64),
          "subjectPublicKey: BIT STRING is not of whole bytes" },

        { "no extensions", PART_EXTENSIONS, DER(""), "extensions is missing" },
        { "empty extensions", PART_EXTENSIONS, DER("\xa3\x02\x30\x00"),
          "extension is missing" },
        { "unique id in front", PART_EXTENSIONS,
          DER("\x81\x02\x00\x01\xa3\x12\x30\x10" EXTENSION_KEY_USAGE),
          "extensions: tag 81, expected a3" },
        { "something behind", PART_EXTENSIONS,
          DER("\xa3\x12\x30\x10" EXTENSION_KEY_USAGE "\x05\x00"),
          "after extensions: 2 bytes" },
        { "something behind the list", PART_EXTENSIONS,
          DER("\xa3\x14\x30\x10" EXTENSION_KEY_USAGE "\x05\x00"),
          "after extensions: 2 bytes" },
        { "the same extension twice", PART_EXTENSIONS,
          DER("\xa3\x22\x30\x20" EXTENSION_KEY_USAGE EXTENSION_KEY_USAGE),
          "OID content 551d0f occurs twice" },

        { "signature with an unused bit", PART_SIGNATURE,
          DER("\x03\x0b\x01" SIGNATURE_R_0102_S_83), "signatureValue: BIT STRING" },
        { "something after the signature", PART_SIGNATURE,
          DER("\x03\x0b\x00" SIGNATURE_R_0102_S_83 "\x05\x00"),
          "after signatureValue: 2 bytes" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct certificate_parts parts = plain_certificate;
        struct x509_certificate c;
        struct error err = { 0 };
        struct buf der;
        parts.part[cases[i].part] = cases[i].in;
        buf_init(&der, X509_CERTIFICATE_MAX);
        put_certificate(&der, &parts);
        bool ok = x509_parse(buf_bytes(&der), &c, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        buf_fini(&der);
    }
}

static void put_rsa_key(struct buf *out, size_t modulus_len, struct bytes exponent)
{
    uint8_t ones[2048];

    memset(ones, 0x11, sizeof ones);
    buf_add_byte(out, 0); /* no unused bits */
    size_t key = der_open(out);
    der_put(out, DER_INTEGER, bytes_of(ones, modulus_len));
    der_put(out, DER_INTEGER, exponent);
    der_close(out, DER_SEQUENCE, key);
    der_close(out, DER_BIT_STRING, 0);
    struct buf bits = *out;
    buf_init(out, 4096);
    buf_add(out, LITERAL_BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05"
                               "\x00"));
    buf_add(out, buf_bytes(&bits));
    der_close(out, DER_SEQUENCE, 0);
    buf_fini(&bits);
}

static void rsa_keys_have_2048_to_8192_bits_and_an_odd_exponent(void **state)
{
    static const struct {
        size_t modulus_len;
        struct bytes exponent;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        { 256, DER("\x01\x00\x01"), NULL },
        { 1024, DER("\x03"), NULL },
        { 255, DER("\x03"), "RSA modulus of 255 bytes, at least 256" },
        { 1025, DER("\x03"), "RSA modulus: number of 1025 bytes, at most 1024" },
        { 256, DER("\x04"), "RSA exponent is 4" },
        { 256, DER("\x01"), "RSA exponent is 1" },
        { 256, DER("\x01\x00\x00\x00\x01"), "RSA exponent: number of 5 bytes" },
        { 256, DER("\x00\x03"), "RSA exponent: number not in the fewest bytes" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct certificate_parts parts = plain_certificate;
        struct x509_certificate c;
        struct error err = { 0 };
        struct buf key, der;
        buf_init(&key, 4096);
        buf_init(&der, X509_CERTIFICATE_MAX);
        put_rsa_key(&key, cases[i].modulus_len, cases[i].exponent);
        parts.part[PART_KEY] = buf_bytes(&key);
        put_certificate(&der, &parts);
        bool ok = x509_parse(buf_bytes(&der), &c, &err);
        if (cases[i].refusal != NULL)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        else if (!ok || c.key_kind != X509_KEY_RSA
                 || c.public_key.len != cases[i].modulus_len)
            fail_msg("%zu bytes: %s", cases[i].modulus_len, err.text);
        buf_fini(&key);
        buf_fini(&der);
    }
}

static void a_key_by_itself_is_read_as_in_its_certificate(void **state)
{
    struct bytes spki = plain_certificate.part[PART_KEY];
    struct error err = { 0 };
    struct x509_certificate c;

    (void)state;
    assert_ok(x509_key_parse(spki, &c, &err), err);
    assert_true(bytes_equal(c.spki, spki));
    assert_int_equal(c.key_kind, X509_KEY_P256);
    assert_true(bytes_equal_text(c.public_key, POINT_64));
    for (size_t len = 0; len < spki.len; len++) {
        uint8_t *cut = exact_copy(bytes_first(spki, len));
        assert_false(x509_key_parse(bytes_of(cut, len), &c, &err));
        assert_int_equal(err.kind, ERROR_FORMAT);
        free(cut);
    }
    struct buf longer;
    buf_init(&longer, 4096);
    buf_add(&longer, spki);
    buf_add_byte(&longer, 0);
    err = (struct error){ 0 };
    assert_false(x509_key_parse(buf_bytes(&longer), &c, &err));
    assert_refused(err, ERROR_FORMAT, "after subjectPublicKeyInfo");
    buf_fini(&longer);
}

static void cut_or_lengthened_certificates_are_refused(void **state)
{
    struct x509_certificate c;
    struct buf der;

    (void)state;
    buf_init(&der, X509_CERTIFICATE_MAX + 1);
    put_certificate(&der, &plain_certificate);
    for (size_t len = 0; len < der.len; len++) {
        struct error err = { 0 };
        assert_false(x509_parse(bytes_first(buf_bytes(&der), len), &c, &err));
        assert_refused(err, ERROR_FORMAT, len == 0 ? "is missing" : "ends early");
    }
    struct error err = { 0 };
    buf_add_byte(&der, 0);
    assert_false(x509_parse(buf_bytes(&der), &c, &err));
    assert_refused(err, ERROR_FORMAT, "after the signed object: 1 bytes too many");
    while (!der.failed)
        buf_add_byte(&der, 0);
    assert_false(x509_parse(buf_bytes(&der), &c, &err));
    assert_refused(err, ERROR_LIMIT, "certificate of 16385 bytes, at most 16384");
    buf_fini(&der);
}

/* What OpenSSL says of the same bytes. */
static void compare_with_openssl(const struct x509_certificate *c, const char *path)
{
    const unsigned char *at = c->der.at;
    X509 *x = d2i_X509(NULL, &at, (long)c->der.len);
    uint8_t *der = NULL;
    struct tm before, after;

    if (x == NULL)
        fail_msg("%s: not read by OpenSSL", path);
    assert_ptr_equal(at, c->der.at + c->der.len);
    int len = i2d_re_X509_tbs(x, &der);
    assert_true(bytes_equal(c->tbs, bytes_of(der, (size_t)len)));
    OPENSSL_free(der);
    der = NULL;
    len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
    assert_true(bytes_equal(c->spki, bytes_of(der, (size_t)len)));
    OPENSSL_free(der);
    der = NULL;
    len = i2d_X509_NAME(X509_get_subject_name(x), &der);
    assert_true(bytes_equal(c->subject, bytes_of(der, (size_t)len)));
    OPENSSL_free(der);

    BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
    uint8_t number[32];
    len = BN_bn2bin(serial, number); /* zero has no bytes */
    assert_true(bytes_equal(c->serial, bytes_of(len == 0 ? (uint8_t[]){ 0 } : number,
                                                len == 0 ? 1 : (size_t)len)));
    BN_free(serial);
    assert_true(ASN1_TIME_to_tm(X509_get0_notBefore(x), &before)
                && ASN1_TIME_to_tm(X509_get0_notAfter(x), &after));
    assert_int_equal(c->not_before_s, timegm(&before));
    assert_int_equal(c->not_after_s, timegm(&after));
    assert_int_equal(c->is_ca, (X509_get_extension_flags(x) & EXFLAG_CA) != 0);
    assert_int_equal(c->path_len, X509_get_pathlen(x));
    assert_int_equal((c->key_usage & X509_KEY_CERT_SIGN) != 0,
                     c->has_key_usage && (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) != 0);
    X509_free(x);
}

struct authorities {
    struct buf ders[16]; /* copies: a visited file's content goes */
    struct x509_certificate certificates[16];
    size_t count, verified;
};

static void keep_authority(const char *path, struct bytes content, void *context)
{
    struct authorities *all = context;
    struct buf *der = &all->ders[all->count];
    struct error err = { 0 };

    (void)path;
    assert_true(all->count < COUNT_OF(all->ders));
    buf_init(der, X509_CERTIFICATE_MAX);
    buf_add(der, content);
    assert_ok(x509_parse(buf_bytes(der), &all->certificates[all->count], &err), err);
    all->count++;
}

/* One of the keys behind the issuer's name made this signature over these very bytes. */
static bool is_signed(const struct authorities *all, const struct x509_certificate *c)
{
    for (size_t i = 0; i < all->count; i++)
        if (bytes_equal(all->certificates[i].subject, c->issuer)
            && p256_verify(all->certificates[i].public_key.at, c->tbs, c->ecdsa_signature,
                           NULL))
            return true;
    return false;
}

static void read_intel(const char *path, struct bytes content, void *context)
{
    struct authorities *all = context;
    struct x509_certificate c;
    struct error err = { 0 };

    if (!x509_parse(content, &c, &err))
        fail_msg("%s: %s", path, err.text);
    compare_with_openssl(&c, path);
    assert_int_equal(c.signature_algorithm, X509_ECDSA_SHA256);
    assert_int_equal(c.key_kind, X509_KEY_P256);
    assert_true(c.has_basic_constraints && c.has_key_usage);
    assert_true(c.subject_key_id.len == 20 && c.authority_key_id.len == 20);
    assert_int_equal(c.unknown_critical.len, 0);
    if (strncmp((const char *)c.crl_distribution_uri.at, "https://", 8) != 0)
        fail_msg("%s: no CRL distribution point", path);
    all->verified += is_signed(all, &c);
}

static void every_intel_certificate_is_read_and_its_signature_holds(void **state)
{
    static const char *const folders[] = { "vectors/intel/pck", "vectors/intel/certs",
                                           "vectors/intel/preproduction/certs" };
    struct authorities all = { 0 };
    size_t count = 0;

    (void)state;
    each_vector("vectors/intel/certs", ".der", keep_authority, &all);
    each_vector("vectors/intel/preproduction/certs", ".der", keep_authority, &all);
    for (size_t i = 0; i < COUNT_OF(folders); i++)
        count += each_vector(folders[i], ".der", read_intel, &all);
    assert_true(count > 70);
    assert_int_equal(all.verified, count);
    for (size_t i = 0; i < all.count; i++)
        buf_fini(&all.ders[i]);
}

static void read_amd(const char *path, struct bytes content, void *context)
{
    struct x509_certificate c;
    struct error err = { 0 };
    size_t *vceks = context;

    if (!x509_parse(content, &c, &err))
        fail_msg("%s: %s", path, err.text);
    compare_with_openssl(&c, path);
    assert_int_equal(c.signature_algorithm, X509_RSA_PSS_SHA384);
    bool is_vcek = bytes_equal_text(c.subject_cn, "SEV-VCEK")
                   || bytes_equal_text(c.subject_cn, "SEV-VLEK");
    *vceks += is_vcek;
    assert_int_equal(c.key_kind, is_vcek ? X509_KEY_P384 : X509_KEY_RSA);
    assert_int_equal(c.public_key.len, is_vcek ? 96 : 512);
    assert_int_equal(c.rsa_exponent, is_vcek ? 0 : 65537);
    assert_int_equal(c.is_ca, !is_vcek);
}

static void every_amd_certificate_is_read(void **state)
{
    size_t vceks = 0;
    size_t count = each_vector("vectors/amd", ".der", read_amd, &vceks);

    (void)state;
    assert_true(vceks > 20 && count == vceks + 9); /* ARK, ASK, ASVK of three products */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_read_to_the_last_field),
        cmocka_unit_test(a_field_one_step_away_is_refused),
        cmocka_unit_test(rsa_keys_have_2048_to_8192_bits_and_an_odd_exponent),
        cmocka_unit_test(a_key_by_itself_is_read_as_in_its_certificate),
        cmocka_unit_test(cut_or_lengthened_certificates_are_refused),
        cmocka_unit_test(every_intel_certificate_is_read_and_its_signature_holds),
        cmocka_unit_test(every_amd_certificate_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
