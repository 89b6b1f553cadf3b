/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pck_cert.h"

#include <stdio.h>

#include "format/pem.h"
#include "format/test_certificate.h"
#include "format/test_vectors.h"
#include "kit/test.h"
#include "kit/text.h"

#define DER(text)                                              \
    {                                                          \
        .at = (const uint8_t *)(text), .len = sizeof(text) - 1 \
    }
#define SGX "\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01"
#define ENTRY(len, arc, value) "\x30" len "\x06\x0a" SGX arc value
#define FLAG(arc, value) "\x30\x10\x06\x0b" SGX "\x07" arc "\x01\x01" value
#define THREE_FLAGS FLAG("\x01", "\xff") FLAG("\x02", "\x00") FLAG("\x03", "\xff")

enum { TCB_ENTRY = 2, ENTRIES = 7, TCB_ENTRIES = 18 };

/* By arc; the TCB, which is long, is put together below. */
static const struct bytes platform[ENTRIES + 1] = {
    [1] = DER(ENTRY("\x1e", "\x01",
                    "\x04\x10"
                    "ppid-of-16-bytes")),
    [3] = DER(ENTRY("\x10", "\x03", "\x04\x02\x00\x01")),
    [4] = DER(ENTRY("\x14", "\x04", "\x04\x06\x50\x80\x6f\x00\x00\x00")),
    [5] = DER(ENTRY("\x0f", "\x05", "\x0a\x01\x01")),
    [6] = DER(ENTRY("\x1e", "\x06",
                    "\x04\x10"
                    "instance-of-16-b")),
    [7] = DER(ENTRY("\x44", "\x07", "\x30\x36" THREE_FLAGS)),
};

/* Component SVNs 1 to 16, PCESVN 300, CPUSVN; the entry of arc `changed` is `entry`. */
static void put_tcb(struct buf *out, unsigned changed, struct bytes entry)
{
    size_t whole = der_open(out);
    uint8_t oid[] = SGX "\x02\x00";

    der_put(out, DER_OID, bytes_of(oid, 10));
    size_t list = der_open(out);
    for (unsigned arc = 1; arc <= TCB_ENTRIES; arc++) {
        uint8_t svn = (uint8_t)arc;
        size_t opened = der_open(out);
        if (arc == changed) {
            buf_add(out, entry);
            continue;
        }
        oid[10] = (uint8_t)arc;
        der_put(out, DER_OID, bytes_of(oid, 11));
        if (arc == 17)
            der_put(out, DER_INTEGER, LITERAL_BYTES("\x01\x2c"));
        else if (arc == 18)
            der_put(out, DER_OCTET_STRING, LITERAL_BYTES("cpusvn-of-16-byt"));
        else
            der_put(out, DER_INTEGER, bytes_of(&svn, 1));
        der_close(out, DER_SEQUENCE, opened);
    }
    der_close(out, DER_SEQUENCE, list);
    der_close(out, DER_SEQUENCE, whole);
}

/* A certificate with this SGX extension, read. */
static bool parse(struct bytes value, struct buf *der, struct pck_cert *out,
                  struct error *err)
{
    struct x509_certificate c;
    struct buf list;

    buf_init(&list, 4096);
    der_put_extension(&list, LITERAL_BYTES(SGX), false, value);
    put_certificate_with_extensions(der, buf_bytes(&list));
    buf_fini(&list);
    assert_ok(x509_parse(buf_bytes(der), &c, err), *err);
    return pck_cert_parse(&c, out, err);
}

/* Entries in the order of `order` (arcs as digits), the one of arc `changed` replaced;
 * then `behind` the list. */
static bool parse_with(const char *order, unsigned changed, struct bytes entry,
                       struct pck_cert *out, struct error *err)
{
    struct buf value, der;

    buf_init(&value, 4096);
    buf_init(&der, X509_CERTIFICATE_MAX);
    for (; *order != 0; order++) {
        unsigned arc = (unsigned)(*order - '0');
        if (arc == changed)
            buf_add(&value, entry);
        else if (arc == TCB_ENTRY)
            put_tcb(&value, 0, entry);
        else
            buf_add(&value, platform[arc]);
    }
    der_close(&value, DER_SEQUENCE, 0);
    bool ok = parse(buf_bytes(&value), &der, out, err);
    buf_fini(&value);
    buf_fini(&der);
    return ok;
}

static void every_entry_is_read_in_any_order(void **state)
{
    static const struct {
        const char *order;
        bool has_platform;
    } cases[] = {
        { "1234567", true }, { "7654321", true }, { "12345", false }, { "54123", false }
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pck_cert pck;
        struct error err = { 0 };
        assert_ok(parse_with(cases[i].order, 0, bytes_of("", 0), &pck, &err), err);
        assert_memory_equal(pck.ppid, "ppid-of-16-bytes", 16);
        assert_memory_equal(pck.components,
                            "\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10", 16);
        assert_int_equal(pck.pcesvn, 300);
        assert_memory_equal(pck.cpusvn, "cpusvn-of-16-byt", 16);
        assert_memory_equal(pck.pce_id, "\x00\x01", 2);
        assert_memory_equal(pck.fmspc, "\x50\x80\x6f\x00\x00\x00", 6);
        assert_int_equal(pck.sgx_type, PCK_SCALABLE);
        assert_int_equal(pck.has_platform, cases[i].has_platform);
        assert_memory_equal(pck.platform_instance_id,
                            cases[i].has_platform ? "instance-of-16-b"
                                                  : "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                            16);
        assert_int_equal(pck.dynamic_platform, cases[i].has_platform);
        assert_false(pck.cached_keys);
        assert_int_equal(pck.smt_enabled, cases[i].has_platform);
    }
}

static void an_entry_missing_twice_or_alone_is_refused(void **state)
{
    static const struct {
        const char *order, *refusal;
    } cases[] = {
        { "", "PPID is missing" },
        { "2345", "PPID is missing" },
        { "1345", "TCB is missing" },
        { "1245", "PCE-ID is missing" },
        { "1235", "FMSPC is missing" },
        { "1234", "SGX type is missing" },
        { "123456", "configuration is missing" },
        { "123457", "platform instance id is missing" },
        { "123451", "SGX extension: entry 1 occurs twice" },
        { "12345677", "SGX extension: entry 7 occurs twice" },
        { "122345", "SGX extension: entry 2 occurs twice" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pck_cert pck;
        struct error err = { 0 };
        assert_false(parse_with(cases[i].order, 0, bytes_of("", 0), &pck, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].refusal);
    }
}

static void an_entry_one_step_away_is_refused(void **state)
{
    static const struct {
        unsigned arc;
        struct bytes in;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        { 1,
          DER(ENTRY("\x1d", "\x01",
                    "\x04\x0f"
                    "ppid-of-15-byte")),
          "PPID of 15 bytes, expected 16" },
        { 1,
          DER(ENTRY("\x1f", "\x01",
                    "\x04\x11"
                    "ppid-of-17-bytes!")),
          "PPID of 17 bytes, expected 16" },
        { 1,
          DER(ENTRY("\x1e", "\x01",
                    "\x0c\x10"
                    "ppid-of-16-bytes")),
          "PPID: tag 0c, expected 04" },
        { 1, DER(ENTRY("\x0c", "\x01", "")), "PPID is missing" },
        { 1,
          DER(ENTRY("\x20", "\x01",
                    "\x04\x10"
                    "ppid-of-16-bytes"
                    "\x05\x00")),
          "SGX extension entry: 2 bytes too many" },
        { 1,
          DER(ENTRY("\x1e", "\x08",
                    "\x04\x10"
                    "ppid-of-16-bytes")),
          "SGX extension: entry that the profile does not have" },
        { 1,
          DER(ENTRY("\x1e", "\x00",
                    "\x04\x10"
                    "ppid-of-16-bytes")),
          "SGX extension: entry that the profile does not have" },
        { 1,
          DER("\x30\x1d\x06\x09" SGX "\x04\x10"
              "ppid-of-16-bytes"),
          "SGX extension: entry that the profile does not have" },
        { 1,
          DER("\x30\x1e\x06\x0a\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x02\x01\x04\x10"
              "ppid-of-16-bytes"),
          "SGX extension: entry that the profile does not have" },
        { 3, DER(ENTRY("\x0f", "\x03", "\x04\x01\x00")),
          "PCE-ID of 1 bytes, expected 2" },
        { 4, DER(ENTRY("\x13", "\x04", "\x04\x05\x50\x80\x6f\x00\x00")),
          "FMSPC of 5 bytes, expected 6" },
        { 5, DER(ENTRY("\x0f", "\x05", "\x0a\x01\x00")), NULL },
        { 5, DER(ENTRY("\x0f", "\x05", "\x0a\x01\x02")), NULL },
        { 5, DER(ENTRY("\x0f", "\x05", "\x0a\x01\x03")), "SGX type is 3, at most 2" },
        { 5, DER(ENTRY("\x0f", "\x05", "\x02\x01\x01")),
          "SGX type: tag 02, expected 0a" },
        { 6,
          DER(ENTRY("\x1d", "\x06",
                    "\x04\x0f"
                    "instance-of-15-")),
          "platform instance id of 15 bytes, expected 16" },
        { 6, DER(ENTRY("\x0f", "\x06", "\x01\x01\xff")),
          "one of platform instance id and configuration is of the early form" },
        { 7, DER(ENTRY("\x0f", "\x07", "\x01\x01\xff")),
          "one of platform instance id and configuration is of the early form" },
        { 7,
          DER(ENTRY("\x32", "\x07",
                    "\x30\x24" FLAG("\x01", "\xff") FLAG("\x02", "\xff"))),
          "configuration: an entry is missing, of 3" },
        { 7,
          DER(ENTRY("\x44", "\x07",
                    "\x30\x36" FLAG("\x03", "\xff") FLAG("\x01", "\xff")
                        FLAG("\x02", "\xff"))),
          NULL },
        { 7,
          DER(ENTRY("\x44", "\x07",
                    "\x30\x36" FLAG("\x01", "\xff") FLAG("\x02", "\xff")
                        FLAG("\x02", "\xff"))),
          "configuration: entry 2 occurs twice" },
        { 7,
          DER(ENTRY("\x44", "\x07",
                    "\x30\x36" FLAG("\x01", "\xff") FLAG("\x02", "\xff")
                        FLAG("\x04", "\xff"))),
          "configuration: entry that the profile does not have" },
        { 7,
          DER(ENTRY("\x44", "\x07",
                    "\x30\x36" FLAG("\x01", "\xff") FLAG("\x02", "\xff")
                        FLAG("\x03", "\x01"))),
          "configuration flag: BOOLEAN is neither 00 nor ff" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pck_cert pck;
        struct error err = { 0 };
        bool ok = parse_with("1234567", cases[i].arc, cases[i].in, &pck, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("case %zu: %s", i, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
    }
}

static void the_early_form_is_two_flags_and_no_instance(void **state)
{
    static const struct bytes early = DER(ENTRY("\x0f", "\x05", "\x0a\x01\x01") ENTRY(
        "\x0f", "\x07", "\x01\x01\xff") ENTRY("\x0f", "\x06", "\x01\x01\x00"));
    struct pck_cert pck;
    struct error err = { 0 };

    (void)state;
    assert_ok(parse_with("12345", 5, early, &pck, &err), err);
    assert_true(!pck.has_platform && !pck.dynamic_platform && pck.cached_keys);
}

#define TCB(len, arc, value) "\x30" len "\x06\x0b" SGX "\x02" arc value

static void a_tcb_entry_one_step_away_is_refused(void **state)
{
    static const struct {
        unsigned arc;
        struct bytes in;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        { 1, DER(TCB("\x11", "\x01", "\x02\x02\x00\xff")), NULL },
        { 1, DER(TCB("\x11", "\x01", "\x02\x02\x01\x00")),
          "SGX TCB component SVN is 256, at most 255" },
        { 1, DER(TCB("\x10", "\x01", "\x02\x01\xff")),
          "SGX TCB component SVN is negative" },
        { 1, DER(TCB("\x11", "\x01", "\x02\x02\x00\x01")), "not in the fewest bytes" },
        { 1, DER(TCB("\x10", "\x02", "\x02\x01\x01")), "TCB: entry 2 occurs twice" },
        { 1, DER(TCB("\x10", "\x13", "\x02\x01\x01")),
          "TCB: entry that the profile does not have" },
        { 1, DER(""), "TCB: an entry is missing, of 18" },
        { 17, DER(TCB("\x12", "\x11", "\x02\x03\x00\xff\xff")), NULL },
        { 17, DER(TCB("\x12", "\x11", "\x02\x03\x01\x00\x00")),
          "PCESVN is 65536, at most 65535" },
        { 17, DER(""), "TCB: an entry is missing, of 18" },
        { 18,
          DER(TCB("\x1e", "\x12",
                  "\x04\x0f"
                  "cpusvn-of-15-by")),
          "CPUSVN of 15 bytes, expected 16" },
        { 18, DER(TCB("\x10", "\x12", "\x02\x01\x01")), "CPUSVN: tag 02, expected 04" },
        { 18, DER(""), "TCB: an entry is missing, of 18" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pck_cert pck;
        struct error err = { 0 };
        struct buf tcb;
        buf_init(&tcb, 4096);
        put_tcb(&tcb, cases[i].arc, cases[i].in);
        bool ok = parse_with("12345", TCB_ENTRY, buf_bytes(&tcb), &pck, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("case %zu: %s", i, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        buf_fini(&tcb);
    }
}

static void the_extension_must_be_there_and_nothing_with_it(void **state)
{
    struct x509_certificate c;
    struct pck_cert pck;
    struct error err = { 0 };
    struct buf der;

    (void)state;
    buf_init(&der, X509_CERTIFICATE_MAX);
    put_certificate(&der, &plain_certificate);
    assert_ok(x509_parse(buf_bytes(&der), &c, &err), err);
    assert_false(pck_cert_parse(&c, &pck, &err));
    assert_refused(err, ERROR_FORMAT, "no SGX extension: not a PCK certificate");
    buf_clear(&der);
    assert_false(parse(LITERAL_BYTES("\x30\x00\x05\x00"), &der, &pck, &err));
    assert_refused(err, ERROR_FORMAT, "after the SGX extension: 2 bytes too many");
    buf_clear(&der);
    assert_false(parse(LITERAL_BYTES("\x05\x00"), &der, &pck, &err));
    assert_refused(err, ERROR_FORMAT,
                   "SGX extension: SGX extension: tag 05, expected 30");
    buf_fini(&der);
}

/* The file's name says FMSPC, CPUSVN and PCESVN. */
static void read_intel(const char *path, struct bytes content, void *context)
{
    const char *name = strrchr(path, '/') + 1;
    size_t *platforms = context;
    struct error err = { 0 };
    struct x509_certificate c;
    struct pck_cert pck;
    char expected[300];

    assert_ok(x509_parse(content, &c, &err), err);
    if (!pck_cert_parse(&c, &pck, &err))
        fail_msg("%s: %s", path, err.text);
    snprintf(expected, sizeof expected, "%s-%s-pce%u", hex(pck.fmspc, 6).s,
             hex(pck.cpusvn, 16).s, pck.pcesvn);
    if (strncmp(name, expected, strlen(expected)) != 0)
        fail_msg("%s: read as %s", path, expected);
    assert_memory_equal(pck.components, pck.cpusvn, 16);
    assert_memory_equal(pck.pce_id, "\0\0", 2);
    assert_int_equal(pck.has_platform,
                     bytes_equal_text(c.issuer_cn, "Intel SGX PCK Platform CA"));
    assert_int_equal(pck.has_platform, pck.sgx_type != PCK_STANDARD);
    *platforms += pck.has_platform;
}

static void every_intel_pck_certificate_says_what_its_name_says(void **state)
{
    size_t platforms = 0;
    size_t count = each_vector("vectors/intel/pck", ".der", read_intel, &platforms);

    (void)state;
    assert_int_equal(count, 69);
    assert_int_equal(platforms, 48);
}

static void read_listed(const char *path, struct bytes content, void *context)
{
    struct error err = { 0 };
    struct x509_certificate c;
    struct pck_cert pck;

    (void)context;
    if (!x509_parse(content, &c, &err) || !pck_cert_parse(&c, &pck, &err))
        fail_msg("%s: %s", path, err.text);
}

static void every_listed_pck_certificate_is_read(void **state)
{
    (void)state;
    assert_true(each_vector("vectors/intel/pckcerts", ".der", read_listed, NULL) > 20);
}

static void read_integration_case(const char *path, struct bytes content, void *context)
{
    size_t *read = context;
    struct error err = { 0 };
    struct der_chain chain;
    struct arena arena;
    struct x509_certificate c;
    struct pck_cert pck;

    arena_init(&arena, 65536);
    assert_ok(pem_chain_read(content, &arena, &chain, &err), err);
    for (size_t i = 0; i < chain.count; i++) {
        if (!x509_parse(chain.certificates[i], &c, NULL)
            || memmem(c.subject_cn.at, c.subject_cn.len, "PCK Certificate", 15) == NULL)
            continue;
        bool ok = pck_cert_parse(&c, &pck, &err);
        if (ok == (strstr(path, "/Pck_InvalidSGXExtensions/") != NULL))
            fail_msg("%s: %s", path, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, "SGX extension: PCE-ID is missing");
        if (ok)
            assert_true(!pck.has_platform && pck.dynamic_platform && pck.cached_keys);
        *read += ok;
    }
    arena_fini(&arena);
}

static void intels_early_form_of_the_flags_is_read(void **state)
{
    static const char below[] =
        "vectors/intel/negative/qvl-integration/VerifyChainTestData";
    size_t read = 0;

    (void)state;
    each_vector(below, "Chain.pem", read_integration_case, &read);
    assert_true(read > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_read_in_any_order),
        cmocka_unit_test(an_entry_missing_twice_or_alone_is_refused),
        cmocka_unit_test(an_entry_one_step_away_is_refused),
        cmocka_unit_test(the_early_form_is_two_flags_and_no_instance),
        cmocka_unit_test(a_tcb_entry_one_step_away_is_refused),
        cmocka_unit_test(the_extension_must_be_there_and_nothing_with_it),
        cmocka_unit_test(every_intel_pck_certificate_says_what_its_name_says),
        cmocka_unit_test(every_listed_pck_certificate_is_read),
        cmocka_unit_test(intels_early_form_of_the_flags_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
