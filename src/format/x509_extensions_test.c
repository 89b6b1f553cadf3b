/* SPDX-License-Identifier: Apache-2.0 */
#include "format/x509_extensions.h"

#include <stdio.h>

#include "format/test_certificate.h"
#include "kit/test.h"
#include "kit/text.h"

#define OID_KU "\x55\x1d\x0f"
#define OID_BC "\x55\x1d\x13"
#define OID_CDP "\x55\x1d\x1f"
#define OID_SKI "\x55\x1d\x0e"
#define OID_AKI "\x55\x1d\x23"
#define OID_NAME_CONSTRAINTS "\x55\x1d\x1e"

/* Reads a certificate with this extension alone. */
static bool parse_with(const char *oid, bool critical, struct bytes value,
                       struct buf *der, struct x509_certificate *out, struct error *err)
{
    struct buf list;

    buf_init(&list, 4096);
    der_put_extension(&list, bytes_of_text(oid), critical, value);
    put_certificate_with_extensions(der, buf_bytes(&list));
    buf_fini(&list);
    return x509_parse(buf_bytes(der), out, err);
}

/* What the fields say, in one line. */
static void describe(const struct x509_certificate *c, char *text, size_t room)
{
    int used = 0;

    text[0] = 0;
    if (c->has_basic_constraints)
        used = snprintf(text, room, "ca %d path %d", c->is_ca, c->path_len);
    if (c->has_key_usage)
        used = snprintf(text, room, "usage %03x", c->key_usage);
    if (c->subject_key_id.len > 0)
        used = snprintf(text, room, "ski %s",
                        hex(c->subject_key_id.at, c->subject_key_id.len).s);
    if (c->authority_key_id.len > 0)
        used = snprintf(text, room, "aki %s",
                        hex(c->authority_key_id.at, c->authority_key_id.len).s);
    if (c->crl_distribution_uri.len > 0)
        used = snprintf(text, room, "uri %s", safe(c->crl_distribution_uri).s);
    if (c->unknown_critical.len > 0)
        used = snprintf(text, room, "unknown %s",
                        hex(c->unknown_critical.at, c->unknown_critical.len).s);
    assert_true(used >= 0 && (size_t)used < room);
}

static void each_extension_is_read_in_its_one_encoding(void **state)
{
    static const struct {
        const char *claim, *oid;
        struct bytes value;
        const char *fields, *refusal; /* one of the two */
    } cases[] = {
#define DER(text) { .at = (const uint8_t *)(text), .len = sizeof(text) - 1 }
        { "CA without limit", OID_BC, DER("\x30\x03\x01\x01\xff"), "ca 1 path -1", NULL },
        { "CA of end entities", OID_BC, DER("\x30\x06\x01\x01\xff\x02\x01\x00"),
          "ca 1 path 0", NULL },
        { "no CA", OID_BC, DER("\x30\x00"), "ca 0 path -1", NULL },
        { "FALSE spelled out", OID_BC, DER("\x30\x03\x01\x01\x00"), NULL,
          "cA: FALSE is the default" },
        { "no CA, yet a path", OID_BC, DER("\x30\x03\x02\x01\x00"), NULL,
          "basicConstraints: 3 bytes too many" },
        { "path below zero", OID_BC, DER("\x30\x06\x01\x01\xff\x02\x01\xff"), NULL,
          "pathLenConstraint is negative" },
        { "path of no chain", OID_BC, DER("\x30\x07\x01\x01\xff\x02\x02\x01\x00"), NULL,
          "pathLenConstraint is 256, at most 255" },
        { "a third field", OID_BC, DER("\x30\x09\x01\x01\xff\x02\x01\x00\x02\x01\x00"),
          NULL, "basicConstraints: 3 bytes too many" },
        { "bytes after it", OID_BC, DER("\x30\x00\x00"), NULL,
          "basicConstraints: 1 bytes too many" },

        { "digitalSignature", OID_KU, DER("\x03\x02\x07\x80"), "usage 001", NULL },
        { "digitalSignature, nonRepudiation", OID_KU, DER("\x03\x02\x06\xc0"),
          "usage 003", NULL },
        { "keyCertSign, cRLSign", OID_KU, DER("\x03\x02\x01\x06"), "usage 060", NULL },
        { "keyCertSign", OID_KU, DER("\x03\x02\x02\x04"), "usage 020", NULL },
        { "keyCertSign as AMD writes it", OID_KU, DER("\x03\x02\x01\x04"), "usage 020",
          NULL },
        { "cRLSign with a bit too many", OID_KU, DER("\x03\x02\x00\x02"), NULL,
          "keyUsage: no bit list of 1 to 9 bits: 0002" },
        { "an unused bit set", OID_KU, DER("\x03\x02\x07\xc0"), NULL, "no bit list" },
        { "decipherOnly", OID_KU, DER("\x03\x03\x07\x00\x80"), "usage 100", NULL },
        { "a tenth bit", OID_KU, DER("\x03\x03\x06\x00\x40"), NULL,
          "bits past decipherOnly" },
        { "no bit", OID_KU, DER("\x03\x01\x00"), NULL, "no bit list" },
        { "no bit set", OID_KU, DER("\x03\x02\x07\x00"), NULL, "no bit list" },
        { "eight unused", OID_KU, DER("\x03\x02\x08\x80"), NULL, "no bit list" },
        { "no count", OID_KU, DER("\x03\x00"), NULL, "no bit list" },
        { "three bytes", OID_KU, DER("\x03\x04\x07\x00\x00\x80"), NULL, "no bit list" },

        { "subject key", OID_SKI, DER("\x04\x02\xab\xcd"), "ski abcd", NULL },
        { "empty subject key", OID_SKI, DER("\x04\x00"), NULL,
          "subjectKeyIdentifier is empty" },
        { "authority key", OID_AKI, DER("\x30\x04\x80\x02\xab\xcd"), "aki abcd", NULL },
        { "authority key, more", OID_AKI, DER("\x30\x04\x80\x02\xab\xcd\x00"), NULL,
          "authorityKeyIdentifier: 1 bytes too many" },

        { "URI", OID_CDP,
          DER("\x30\x0b\x30\x09\xa0\x07\xa0\x05\x86\x03"
              "a:b"),
          "uri a:b", NULL },
        { "the first of two", OID_CDP,
          DER("\x30\x10\x30\x0e\xa0\x0c\xa0\x0a\x86\x03"
              "a:b"
              "\x86\x03"
              "c:d"),
          "uri a:b", NULL },
        { "the second point's", OID_CDP,
          DER("\x30\x10\x30\x03\x81\x01\x00\x30\x09\xa0\x07\xa0\x05\x86\x03"
              "a:b"),
          "uri a:b", NULL },
        { "behind another name", OID_CDP,
          DER("\x30\x0f\x30\x0d\xa0\x0b\xa0\x09\x82\x02xy\x86\x03"
              "a:b"),
          "uri a:b", NULL },
        { "with issuer and reasons", OID_CDP,
          DER("\x30\x11\x30\x0f\xa0\x07\xa0\x05\x86\x03"
              "a:b"
              "\x81\x02\x01\x02\xa2\x00"),
          "uri a:b", NULL },
        { "relative name only", OID_CDP, DER("\x30\x06\x30\x04\xa0\x02\xa1\x00"), "",
          NULL },
        { "blank in the URI", OID_CDP,
          DER("\x30\x0b\x30\x09\xa0\x07\xa0\x05\x86\x03"
              "a b"),
          NULL, "cRLDistributionPoints: no URI: \"a b\"" },
        { "line end in the URI", OID_CDP,
          DER("\x30\x0b\x30\x09\xa0\x07\xa0\x05\x86\x03"
              "a:\n"),
          NULL, "no URI" },
        { "empty URI", OID_CDP, DER("\x30\x08\x30\x06\xa0\x04\xa0\x02\x86\x00"), NULL,
          "empty URI" },
        { "no names", OID_CDP, DER("\x30\x06\x30\x04\xa0\x02\xa0\x00"), NULL, "missing" },
        { "no points", OID_CDP, DER("\x30\x00"), NULL, "missing" },
        { "both kinds of name", OID_CDP,
          DER("\x30\x0d\x30\x0b\xa0\x09\xa0\x05\x86\x03"
              "a:b"
              "\xa1\x00"),
          NULL, "2 bytes too many" },
#undef DER
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct x509_certificate c;
        struct error err = { 0 };
        struct buf der;
        char fields[128];
        buf_init(&der, X509_CERTIFICATE_MAX);
        bool ok = parse_with(cases[i].oid, true, cases[i].value, &der, &c, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        if (ok)
            describe(&c, fields, sizeof fields);
        if (ok && strcmp(fields, cases[i].fields) != 0)
            fail_msg("%s: read as \"%s\"", cases[i].claim, fields);
        buf_fini(&der);
    }
}

static void an_unknown_extension_is_told_only_where_it_is_critical(void **state)
{
    struct x509_certificate c;
    struct error err = { 0 };
    struct bytes value;

    (void)state;
    for (int critical = 0; critical < 2; critical++) {
        struct buf der;
        buf_init(&der, X509_CERTIFICATE_MAX);
        assert_ok(parse_with(OID_NAME_CONSTRAINTS, critical != 0, LITERAL_BYTES("any"),
                             &der, &c, &err),
                  err);
        assert_string_equal(hex(c.unknown_critical.at, c.unknown_critical.len).s,
                            critical ? "551d1e" : "");
        assert_true(x509_extension(&c, bytes_of_text(OID_NAME_CONSTRAINTS), &value));
        assert_true(bytes_equal_text(value, "any"));
        assert_false(x509_extension(&c, bytes_of_text(OID_SKI), &value));
        buf_fini(&der);
    }
}

static void the_first_unknown_critical_extension_is_told(void **state)
{
    struct x509_certificate c;
    struct error err = { 0 };
    struct buf der, list;

    (void)state;
    buf_init(&der, X509_CERTIFICATE_MAX);
    buf_init(&list, X509_CERTIFICATE_MAX);
    der_put_extension(&list, LITERAL_BYTES("\x2a\x01"), false, LITERAL_BYTES(""));
    der_put_extension(&list, LITERAL_BYTES("\x2a\x02"), true, LITERAL_BYTES(""));
    der_put_extension(&list, LITERAL_BYTES("\x2a\x03"), true, LITERAL_BYTES(""));
    put_certificate_with_extensions(&der, buf_bytes(&list));
    assert_ok(x509_parse(buf_bytes(&der), &c, &err), err);
    assert_string_equal(hex(c.unknown_critical.at, c.unknown_critical.len).s, "2a02");
    buf_fini(&list);
    buf_fini(&der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_extension_is_read_in_its_one_encoding),
        cmocka_unit_test(an_unknown_extension_is_told_only_where_it_is_critical),
        cmocka_unit_test(the_first_unknown_critical_extension_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
