/* SPDX-License-Identifier: Apache-2.0 */
#include "format/crl.h"

#include <stdio.h>

#include <openssl/x509.h>

#include "format/pem.h"
#include "format/test_crl.h"
#include "format/test_vectors.h"
#include "kit/crypto.h"
#include "kit/test.h"
#include "kit/text.h"

#define DER(text)                                              \
    {                                                          \
        .at = (const uint8_t *)(text), .len = sizeof(text) - 1 \
    }
#define ARENA_MAX ((size_t)8 << 20)

static void a_list_is_read_to_the_last_field(void **state)
{
    struct error err = { 0 };
    struct arena arena;
    struct buf der;
    struct crl crl;

    (void)state;
    arena_init(&arena, ARENA_MAX);
    buf_init(&der, 4096);
    put_crl(&der, plain_crl);
    assert_ok(crl_parse(buf_bytes(&der), &arena, &crl, &err), err);
    assert_true(bytes_equal(crl.der, buf_bytes(&der)));
    assert_int_equal(crl.tbs.at - der.at, 3);
    assert_int_equal(crl.tbs.len, der.len - 3 - 12 - 13);
    assert_true(bytes_equal(crl.issuer, plain_crl[CRL_ISSUER]));
    assert_true(bytes_equal_text(crl.issuer_cn, "Issuer"));
    assert_string_equal(utc(crl.this_update_s).s, "2025-06-01T00:00:00Z");
    assert_string_equal(utc(crl.next_update_s).s, "2025-07-01T00:00:00Z");
    assert_string_equal(hex(crl.number.at, crl.number.len).s, "c8");
    assert_string_equal(hex(crl.authority_key_id.at, crl.authority_key_id.len).s, "abcd");
    assert_int_equal(crl.signature_algorithm, X509_ECDSA_SHA256);
    assert_true(bytes_equal(crl.signature, LITERAL_BYTES(SIGNATURE_R_0102_S_83)));
    assert_int_equal(crl.ecdsa_signature[63], 0x83);
    assert_int_equal(crl.serial_count, 2);
    assert_true(crl_lists(&crl, LITERAL_BYTES("\x05")));
    assert_true(crl_lists(&crl, LITERAL_BYTES("\x80")));
    assert_false(crl_lists(&crl, LITERAL_BYTES("\x04")));
    assert_false(crl_lists(&crl, LITERAL_BYTES("\x81")));
    assert_false(crl_lists(&crl, LITERAL_BYTES("\x05\x00")));
    buf_fini(&der);
    arena_fini(&arena);
}

static void a_field_one_step_away_is_refused(void **state)
{
    static const struct {
        const char *claim;
        enum crl_part part;
        struct bytes in;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        { "version 1, left out", CRL_VERSION, DER(""), "version: tag 30, expected 02" },
        { "version 1, said", CRL_VERSION, DER("\x02\x01\x00"), "version is not 2" },
        { "version 3", CRL_VERSION, DER("\x02\x01\x02"), "version is 2, at most 1" },
        { "algorithms differ", CRL_INNER_ALGORITHM, DER("\x30\x02\x05\x00"),
          "signature differs from signatureAlgorithm" },
        { "no issuer", CRL_ISSUER, DER("\x30\x00"), "issuer is missing" },
        { "no nextUpdate", CRL_NEXT_UPDATE, DER(""), "nextUpdate: tag 30, expected 17" },
        { "nextUpdate at once", CRL_NEXT_UPDATE, DER(JUNE), NULL },
        { "nextUpdate earlier", CRL_NEXT_UPDATE, DER(MAY),
          "nextUpdate 2025-05-01T00:00:00Z lies before thisUpdate 2025-06-01" },

        { "nothing revoked", CRL_REVOKED, DER(""), NULL },
        { "an empty list", CRL_REVOKED, DER("\x30\x00"),
          "revokedCertificates is there, but empty (RFC 5280, 5.1.2.6)" },
        { "no date", CRL_REVOKED, DER("\x30\x05\x30\x03\x02\x01\x05"),
          "revocationDate is missing" },
        { "no serial", CRL_REVOKED, DER("\x30\x11\x30\x0f" MAY),
          "userCertificate: tag 17, expected 02" },
        { "a negative serial", CRL_REVOKED, DER("\x30\x14\x30\x12\x02\x01\x85" MAY),
          "userCertificate is negative" },
        { "a padded serial", CRL_REVOKED, DER("\x30\x15\x30\x13\x02\x02\x00\x05" MAY),
          "userCertificate: number not in the fewest bytes" },
        { "a serial twice", CRL_REVOKED, DER("\x30\x28" ENTRY_5 ENTRY_5), NULL },
        { "no entry", CRL_REVOKED, DER("\x30\x03\x02\x01\x05"),
          "revoked certificate: tag 02, expected 30" },
        { "empty entry extensions", CRL_REVOKED,
          DER("\x30\x16\x30\x14\x02\x01\x05" MAY "\x30\x00"), "extension is missing" },
        { "something behind them", CRL_REVOKED,
          DER("\x30\x24\x30\x22\x02\x01\x05" MAY REASON_LIST("\x01") "\x05\x00"),
          "after crlEntryExtensions: 2 bytes" },

        { "reason unspecified", CRL_REVOKED,
          DER("\x30\x22\x30\x20\x02\x01\x05" MAY REASON_LIST("\x00")), NULL },
        { "reason aACompromise", CRL_REVOKED,
          DER("\x30\x22\x30\x20\x02\x01\x05" MAY REASON_LIST("\x0a")), NULL },
        { "reason 7, which is not used", CRL_REVOKED,
          DER("\x30\x22\x30\x20\x02\x01\x05" MAY REASON_LIST("\x07")),
          "reasonCode 7, which a complete CRL cannot hold (RFC 5280, 5.3.1)" },
        { "removeFromCRL", CRL_REVOKED,
          DER("\x30\x22\x30\x20\x02\x01\x05" MAY REASON_LIST("\x08")), "reasonCode 8" },
        { "reason 11", CRL_REVOKED,
          DER("\x30\x22\x30\x20\x02\x01\x05" MAY REASON_LIST("\x0b")),
          "reasonCode is 11, at most 10" },
        { "reason as INTEGER", CRL_REVOKED,
          DER("\x30\x22\x30\x20\x02\x01\x05" MAY
              "\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x02\x01\x01"),
          "reasonCode: tag 02, expected 0a" },
        { "two reasons", CRL_REVOKED,
          DER("\x30\x2e\x30\x2c\x02\x01\x05" MAY
              "\x30\x18\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01"
              "\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01"),
          "OID content 551d15 occurs twice" },
        { "invalidityDate", CRL_REVOKED,
          DER("\x30\x21\x30\x1f\x02\x01\x05" MAY
              "\x30\x0b\x30\x09\x06\x03\x55\x1d\x18\x04\x02\x05\x00"),
          NULL },
        { "invalidityDate, critical", CRL_REVOKED,
          DER("\x30\x24\x30\x22\x02\x01\x05" MAY
              "\x30\x0e\x30\x0c\x06\x03\x55\x1d\x18\x01\x01\xff\x04\x02\x05\x00"),
          "unknown critical extension with OID content 551d18" },
        { "certificateIssuer", CRL_REVOKED,
          DER("\x30\x21\x30\x1f\x02\x01\x05" MAY
              "\x30\x0b\x30\x09\x06\x03\x55\x1d\x1d\x04\x02\x30\x00"),
          "certificateIssuer: indirect CRLs are not read (RFC 5280, 5.3.3)" },

        { "no extensions", CRL_EXTENSIONS, DER(""), "crlExtensions is missing" },
        { "empty extensions", CRL_EXTENSIONS, DER("\xa0\x02\x30\x00"),
          "extension is missing" },
        { "no number", CRL_EXTENSIONS, DER("\xa0\x11\x30\x0f" AKI),
          "crlNumber is missing (RFC 5280, 5.2.3)" },
        { "no authority key", CRL_EXTENSIONS, DER("\xa0\x0f\x30\x0d" NUMBER_200),
          "authorityKeyIdentifier is missing (RFC 5280, 5.2.1)" },
        { "authority without key id", CRL_EXTENSIONS,
          DER("\xa0\x1a\x30\x18\x30\x09\x06\x03\x55\x1d\x23\x04\x02\x30\x00" NUMBER_200),
          "authorityKeyIdentifier is missing" },
        { "negative number", CRL_EXTENSIONS,
          DER("\xa0\x1d\x30\x1b" AKI "\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\xc8"),
          "crlNumber is negative" },
        { "number twice", CRL_EXTENSIONS,
          DER("\xa0\x2b\x30\x29" AKI NUMBER_200 NUMBER_200),
          "OID content 551d14 occurs twice" },
        { "delta", CRL_EXTENSIONS,
          DER("\xa0\x2a\x30\x28" AKI NUMBER_200
              "\x30\x0a\x06\x03\x55\x1d\x1b\x04\x03\x02\x01\x01"),
          "deltaCRLIndicator: delta CRLs are not read (RFC 5280, 5.2.4)" },
        { "partial", CRL_EXTENSIONS,
          DER("\xa0\x29\x30\x27" AKI NUMBER_200
              "\x30\x09\x06\x03\x55\x1d\x1c\x04\x02\x30\x00"),
          "issuingDistributionPoint: indirect and partial CRLs are not read" },
        { "unknown", CRL_EXTENSIONS,
          DER("\xa0\x29\x30\x27" AKI NUMBER_200
              "\x30\x09\x06\x03\x55\x1d\x2e\x04\x02\x30\x00"),
          NULL },
        { "unknown, critical", CRL_EXTENSIONS,
          DER("\xa0\x2c\x30\x2a" AKI NUMBER_200
              "\x30\x0c\x06\x03\x55\x1d\x2e\x01\x01\xff\x04\x02\x30\x00"),
          "unknown critical extension with OID content 551d2e (RFC 5280, 5.2 and 5.3)" },
        { "something behind", CRL_EXTENSIONS,
          DER("\xa0\x1e\x30\x1c" AKI NUMBER_200 "\x05\x00"), "after crlExtensions: 2" },
        { "something behind the signature", CRL_SIGNATURE,
          DER("\x03\x0b\x00" SIGNATURE_R_0102_S_83 "\x05\x00"),
          "after signatureValue: 2" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bytes parts[CRL_PARTS];
        struct error err = { 0 };
        struct arena arena;
        struct buf der;
        struct crl crl;
        memcpy(parts, plain_crl, sizeof parts);
        parts[cases[i].part] = cases[i].in;
        arena_init(&arena, ARENA_MAX);
        buf_init(&der, 4096);
        put_crl(&der, parts);
        bool ok = crl_parse(buf_bytes(&der), &arena, &crl, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        buf_fini(&der);
        arena_fini(&arena);
    }
}

#define SHA384_NULL "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00"
#define PSS_SHA384                                                                     \
    "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f" SHA384_NULL \
    "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08" SHA384_NULL         \
    "\xa2\x03\x02\x01\x30"

/* Signed as only AMD signs. */
static void a_list_of_amds_may_lack_parts(void **state)
{
    static const struct {
        const char *claim;
        enum crl_part part;
        struct bytes in;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        { "a whole one", CRL_EXTENSIONS, DER("\xa0\x1e\x30\x1c" AKI NUMBER_200), NULL },
        { "no extensions", CRL_EXTENSIONS, DER(""), NULL },
        { "no number", CRL_EXTENSIONS, DER("\xa0\x11\x30\x0f" AKI), NULL },
        { "no authority key", CRL_EXTENSIONS, DER("\xa0\x0f\x30\x0d" NUMBER_200), NULL },
        { "an empty list", CRL_REVOKED, DER("\x30\x00"), NULL },
        { "empty extensions", CRL_EXTENSIONS, DER("\xa0\x02\x30\x00"),
          "extension is missing" },
        { "no nextUpdate", CRL_NEXT_UPDATE, DER(""), "nextUpdate: tag 30, expected 17" },
        { "an unknown one, critical", CRL_EXTENSIONS,
          DER("\xa0\x0e\x30\x0c\x30\x0a\x06\x03\x55\x1d\x2e\x01\x01\xff\x04\x00"),
          "unknown critical extension with OID content 551d2e" },
        { "something else at the end", CRL_EXTENSIONS, DER("\x05\x00"),
          "crlExtensions: tag 05" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bytes parts[CRL_PARTS];
        struct error err = { 0 };
        struct arena arena;
        struct buf der;
        struct crl crl;
        memcpy(parts, plain_crl, sizeof parts);
        parts[CRL_INNER_ALGORITHM] = parts[CRL_OUTER_ALGORITHM] =
            LITERAL_BYTES(PSS_SHA384);
        parts[cases[i].part] = cases[i].in;
        arena_init(&arena, ARENA_MAX);
        buf_init(&der, 4096);
        put_crl(&der, parts);
        bool ok = crl_parse(buf_bytes(&der), &arena, &crl, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (ok)
            assert_int_equal(crl.signature_algorithm, X509_RSA_PSS_SHA384);
        else
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        buf_fini(&der);
        arena_fini(&arena);
    }
}

/* A list of `count` serials, 1, 4, 7 and so on, the largest first. */
static void put_long_list(struct buf *out, size_t count)
{
    struct bytes parts[CRL_PARTS];
    struct buf revoked;

    memcpy(parts, plain_crl, sizeof parts);
    buf_init(&revoked, CRL_MAX);
    for (size_t i = count; i > 0; i--) {
        uint32_t serial = (uint32_t)(3 * i - 2);
        uint8_t entry[] = { 0x30,
                            0x14,
                            0x02,
                            0x03,
                            (uint8_t)(serial >> 16),
                            (uint8_t)(serial >> 8),
                            (uint8_t)serial };
        size_t skipped = serial < 0x80 ? 2 : serial < 0x8000 ? 1 : 0;
        entry[1] = (uint8_t)(entry[1] - skipped);
        entry[3] = (uint8_t)(entry[3] - skipped);
        buf_add(&revoked, bytes_of(entry, 4));
        buf_add(&revoked, bytes_of(entry + 4 + skipped, 3 - skipped));
        buf_add_text(&revoked, MAY);
    }
    der_close(&revoked, DER_SEQUENCE, 0);
    parts[CRL_REVOKED] = buf_bytes(&revoked);
    put_crl(out, parts);
    buf_fini(&revoked);
}

static void serials_are_found_among_many_and_the_rest_is_not(void **state)
{
    struct error err = { 0 };
    struct arena arena;
    struct buf der;
    struct crl crl;

    (void)state;
    arena_init(&arena, ARENA_MAX);
    buf_init(&der, CRL_MAX);
    put_long_list(&der, 20000);
    assert_ok(crl_parse(buf_bytes(&der), &arena, &crl, &err), err);
    assert_int_equal(crl.serial_count, 20000);
    for (uint32_t serial = 0; serial < 60100; serial++) {
        uint8_t bytes[] = { (uint8_t)(serial >> 8), (uint8_t)serial };
        struct bytes wanted =
            serial < 0x100 ? bytes_of(bytes + 1, 1) : bytes_of(bytes, 2);
        bool listed = serial % 3 == 1 && serial <= 59998;
        if (crl_lists(&crl, wanted) != listed)
            fail_msg("serial %u is%s listed", serial, listed ? "" : " not");
    }
    for (size_t i = 1; i < crl.serial_count; i++)
        assert_true(crl.serials[i - 1].len <= crl.serials[i].len);
    buf_fini(&der);
    arena_fini(&arena);
}

static void entries_bytes_and_memory_have_limits(void **state)
{
    static const struct {
        size_t entries, arena;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        { CRL_ENTRIES_MAX, ARENA_MAX, NULL },
        { CRL_ENTRIES_MAX + 1, ARENA_MAX, "CRL: more than 100000 revoked certificates" },
        { 100, 1599, "CRL: no room for 100 revoked certificates" },
        { 100, 1600, NULL },
    };
    struct error err = { 0 };
    struct arena arena;
    struct buf der;
    struct crl crl;

    (void)state;
    buf_init(&der, CRL_MAX + 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        arena_init(&arena, cases[i].arena);
        buf_clear(&der);
        put_long_list(&der, cases[i].entries);
        err.kind = ERROR_NONE;
        bool ok = crl_parse(buf_bytes(&der), &arena, &crl, &err);
        assert_int_equal(ok, cases[i].refusal == NULL);
        if (!ok)
            assert_refused(err, ERROR_LIMIT, cases[i].refusal);
        arena_fini(&arena);
    }
    while (!der.failed)
        buf_add_byte(&der, 0);
    arena_init(&arena, ARENA_MAX);
    assert_false(crl_parse(buf_bytes(&der), &arena, &crl, &err));
    assert_refused(err, ERROR_LIMIT, "CRL of 4194305 bytes, at most 4194304");
    arena_fini(&arena);
    buf_fini(&der);
}

static void crl_numbers_compare_as_numbers(void **state)
{
    static const struct {
        struct bytes a, b;
        int order;
    } cases[] = {
        { DER("\x01"), DER("\x01"), 0 },         { DER("\x01"), DER("\x02"), -1 },
        { DER("\xff"), DER("\x01\x00"), -1 },    { DER("\x80"), DER("\x7f"), 1 },
        { DER("\x01\x02"), DER("\x01\x01"), 1 }, { DER("\x00"), DER("\x01"), -1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(crl_number_compare(cases[i].a, cases[i].b), cases[i].order);
        assert_int_equal(crl_number_compare(cases[i].b, cases[i].a), -cases[i].order);
    }
}

/* What OpenSSL says of the same bytes. */
static void compare_with_openssl(const struct crl *crl, const char *path)
{
    const unsigned char *at = crl->der.at;
    X509_CRL *x = d2i_X509_CRL(NULL, &at, (long)crl->der.len);
    uint8_t *der = NULL, number[32];
    struct tm this_update, next_update;

    if (x == NULL)
        fail_msg("%s: not read by OpenSSL", path);
    int len = i2d_re_X509_CRL_tbs(x, &der);
    assert_true(bytes_equal(crl->tbs, bytes_of(der, (size_t)len)));
    OPENSSL_free(der);
    assert_true(ASN1_TIME_to_tm(X509_CRL_get0_lastUpdate(x), &this_update)
                && ASN1_TIME_to_tm(X509_CRL_get0_nextUpdate(x), &next_update));
    assert_int_equal(crl->this_update_s, timegm(&this_update));
    assert_int_equal(crl->next_update_s, timegm(&next_update));

    STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(x);
    int count = revoked == NULL ? 0 : sk_X509_REVOKED_num(revoked);
    assert_int_equal(crl->serial_count, count);
    for (int i = 0; i < count; i++) {
        X509_REVOKED *entry = sk_X509_REVOKED_value(revoked, i);
        BIGNUM *serial = ASN1_INTEGER_to_BN(X509_REVOKED_get0_serialNumber(entry), NULL);
        len = BN_bn2bin(serial, number);
        assert_true(crl_lists(crl, bytes_of(number, (size_t)len)));
        number[len - 1] ^= 1;
        assert_false(crl_lists(crl, bytes_of(number, (size_t)len)));
        BN_free(serial);
    }
    X509_CRL_free(x);
}

/* The date in the file's name is thisUpdate; the issuer's key signed the view that is
 * called tbs. */
static void read_intel(const char *path, struct bytes content, void *context)
{
    static const char *const issuers[] = { "intel-sgx-root-ca",
                                           "intel-sgx-pck-processor-ca",
                                           "intel-sgx-pck-platform-ca" };
    struct error err = { 0 };
    struct arena arena;
    struct crl crl;
    size_t *verified = context;

    arena_init(&arena, ARENA_MAX);
    if (!crl_parse(content, &arena, &crl, &err))
        fail_msg("%s: %s", path, err.text);
    compare_with_openssl(&crl, path);
    struct utc_text date = utc(crl.this_update_s); /* YYYY-MM-DDTHH:MM:SSZ */
    char name[32];
    snprintf(name, sizeof name, "%.4s%.2s%.5s%.2s%.3s.der", date.s, date.s + 5,
             date.s + 8, date.s + 14, date.s + 17);
    assert_string_equal(strrchr(path, '/') + 1, name);
    for (size_t i = 0; i < COUNT_OF(issuers); i++) {
        char below[128];
        struct x509_certificate issuer;
        snprintf(below, sizeof below, "vectors/intel/certs/%s.der", issuers[i]);
        struct buf der = test_shared_file(below);
        assert_ok(x509_parse(buf_bytes(&der), &issuer, &err), err);
        if (bytes_equal(issuer.subject, crl.issuer)) {
            assert_ok(
                p256_verify(issuer.public_key.at, crl.tbs, crl.ecdsa_signature, &err),
                err);
            assert_true(bytes_equal(issuer.subject_key_id, crl.authority_key_id));
            ++*verified;
        }
        buf_fini(&der);
    }
    arena_fini(&arena);
}

static void every_intel_crl_is_read_and_its_signature_holds(void **state)
{
    size_t verified = 0;
    size_t count = each_vector("vectors/intel/crl", ".der", read_intel, &verified);

    (void)state;
    assert_true(count >= 80);
    assert_int_equal(verified, count);
}

static void read_integration_case(const char *path, struct bytes content, void *context)
{
    static const struct {
        const char *folder, *refusal;
    } refused[] = {
        { "/TrustedRootCrlCorrupted/", "signed object ends early" },
        { "/TrustedRootCrlWithoutRequiredExtensions/",
          "authorityKeyIdentifier is missing" },
    };
    struct error err = { 0 };
    struct arena arena;
    struct bytes der;
    struct crl crl;
    const char *refusal = NULL;
    size_t *refusals = context;

    arena_init(&arena, ARENA_MAX);
    assert_ok(pem_block_read(content, "X509 CRL", &arena, &der, &err), err);
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        if (strstr(path, refused[i].folder) != NULL)
            refusal = refused[i].refusal;
    bool ok = crl_parse(der, &arena, &crl, &err);
    if (ok != (refusal == NULL))
        fail_msg("%s: %s", path, ok ? "accepted" : err.text);
    if (!ok)
        assert_refused(err, ERROR_FORMAT, refusal);
    if (strstr(path, "/TrustedRootCrlExpired/") != NULL)
        assert_string_equal(utc(crl.next_update_s).s, "1793-01-23T00:22:43Z");
    *refusals += !ok;
    arena_fini(&arena);
}

static void of_intels_integration_cases_two_lists_are_ill_formed(void **state)
{
    static const char below[] = "vectors/intel/negative/qvl-integration";
    size_t refusals = 0;
    size_t count = each_vector(below, "rl.pem", read_integration_case, &refusals);

    (void)state;
    assert_int_equal(count, 69);
    assert_int_equal(refusals, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_to_the_last_field),
        cmocka_unit_test(a_field_one_step_away_is_refused),
        cmocka_unit_test(a_list_of_amds_may_lack_parts),
        cmocka_unit_test(serials_are_found_among_many_and_the_rest_is_not),
        cmocka_unit_test(entries_bytes_and_memory_have_limits),
        cmocka_unit_test(crl_numbers_compare_as_numbers),
        cmocka_unit_test(every_intel_crl_is_read_and_its_signature_holds),
        cmocka_unit_test(of_intels_integration_cases_two_lists_are_ill_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
