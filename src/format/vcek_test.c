/* SPDX-License-Identifier: Apache-2.0 */
#include "format/vcek.h"

#include <stdio.h>

#include "format/test_vcek.h"
#include "format/test_vectors.h"
#include "kit/test.h"
#include "kit/text.h"

/* A certificate with these extensions; its bytes, which the views look into. */
static struct x509_certificate certificate_with(const struct amd_entry *entries,
                                                struct buf *der)
{
    struct x509_certificate c;
    struct error err = { 0 };
    struct buf list;

    buf_init(&list, X509_CERTIFICATE_MAX);
    buf_init(der, X509_CERTIFICATE_MAX);
    buf_add(&list, LITERAL_BYTES(EXTENSION_KEY_USAGE)); /* not AMD's: not looked at */
    put_amd_extensions(&list, entries);
    put_certificate_with_extensions(der, buf_bytes(&list));
    buf_fini(&list);
    assert_ok(x509_parse(buf_bytes(der), &c, &err), err);
    return c;
}

static void a_vcek_says_which_chip_at_which_tcb(void **state)
{
    static const struct {
        const struct amd_entry *entries;
        enum vek_kind kind;
        enum snp_product product;
        const char *name, *tcb, *hwid, *csp;
    } cases[] = {
        { milan_vcek, VEK_VCEK, SNP_MILAN, "Milan-B0", "db18000000000104", HWID_64, "" },
        { turin_vcek, VEK_VCEK, SNP_TURIN, "Turin", "5100000018010402", HWID_8, "" },
        { genoa_vlek, VEK_VLEK, SNP_GENOA, "Genoa", "541700000000000a", "",
          "CN=example" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct buf der;
        struct vcek vcek;
        struct x509_certificate c = certificate_with(cases[i].entries, &der);
        assert_ok(vcek_parse(&c, &vcek, &err), err);
        assert_int_equal(vcek.kind, cases[i].kind);
        assert_int_equal(vcek.product, cases[i].product);
        assert_true(bytes_equal_text(vcek.product_name, cases[i].name));
        assert_string_equal(tcb_version_hex(vcek.product, &vcek.tcb).s, cases[i].tcb);
        assert_true(
            bytes_equal_text(bytes_of(vcek.hwid.at, vcek.hwid.len), cases[i].hwid));
        assert_true(bytes_equal_text(vcek.csp_id, cases[i].csp));
        buf_fini(&der);
    }
    assert_string_equal(vek_kind_name(VEK_VCEK), "VCEK");
    assert_string_equal(vek_kind_name(VEK_VLEK), "VLEK");
}

static void an_extension_one_step_away_is_refused(void **state)
{
    static const struct {
        const char *claim;
        const struct amd_entry *base;
        struct bytes below, value; /* value empty: left out */
        const char *refusal;       /* NULL: accepted */
    } cases[] = {
        { "no structVersion", milan_vcek, AMD("\x01"), AMD(""),
          "AMD's extensions: structVersion is missing" },
        { "Turin's structVersion", milan_vcek, AMD("\x01"), AMD("\x02\x01\x01"),
          "structVersion is 1, Milan has 0" },
        { "Milan's structVersion", turin_vcek, AMD("\x01"), AMD("\x02\x01\x00"),
          "structVersion is 0, Turin has 1" },

        { "no product", milan_vcek, AMD("\x02"), AMD(""), "productName is missing" },
        { "no stepping", milan_vcek, AMD("\x02"), AMD("\x16\x05Milan"), NULL },
        { "another stepping", milan_vcek, AMD("\x02"), AMD("\x16\x08Milan-C9"), NULL },
        { "a longer name", milan_vcek, AMD("\x02"), AMD("\x16\x06Milano"),
          "productName \"Milano\" is no product that is known" },
        { "half a stepping", milan_vcek, AMD("\x02"), AMD("\x16\x07Milan-B"),
          "productName \"Milan-B\" is no product" },
        { "a stepping too long", milan_vcek, AMD("\x02"), AMD("\x16\x09Milan-B00"),
          "is no product" },
        { "a small letter", milan_vcek, AMD("\x02"), AMD("\x16\x08Milan-b0"),
          "is no product" },
        { "two steppings", milan_vcek, AMD("\x02"), AMD("\x16\x0bMilan-B0-B0"),
          "is no product" },
        { "a stepping only", milan_vcek, AMD("\x02"), AMD("\x16\x03-B0"),
          "is no product" },
        { "another case", milan_vcek, AMD("\x02"), AMD("\x16\x05milan"),
          "is no product" },
        { "no letters", milan_vcek, AMD("\x02"), AMD("\x16\x06Mil\nan"),
          "productName \"Mil\\x0aan\" is not printable" },
        { "empty", milan_vcek, AMD("\x02"), AMD("\x16\x00"), "productName is empty" },
        { "UTF8String", milan_vcek, AMD("\x02"), AMD("\x0c\x05Milan"),
          "productName: tag 0c, expected 16" },
        { "and something behind", milan_vcek, AMD("\x02"), AMD("\x16\x05Milan\x05\x00"),
          "productName: 2 bytes" },

        { "no blSPL", milan_vcek, AMD("\x03\x01"), AMD(""), "blSPL is missing" },
        { "no teeSPL", milan_vcek, AMD("\x03\x02"), AMD(""), "teeSPL is missing" },
        { "no snpSPL", milan_vcek, AMD("\x03\x03"), AMD(""), "snpSPL is missing" },
        { "no ucodeSPL", milan_vcek, AMD("\x03\x08"), AMD(""), "ucodeSPL is missing" },
        { "no fmcSPL", turin_vcek, AMD("\x03\x09"), AMD(""), "fmcSPL is missing" },
        { "fmcSPL on Milan", milan_vcek, AMD("\x03\x09"), AMD("\x02\x01\x00"),
          "fmcSPL is there, and Milan has none" },
        { "255", milan_vcek, AMD("\x03\x03"), AMD("\x02\x02\x00\xff"), NULL },
        { "256", milan_vcek, AMD("\x03\x03"), AMD("\x02\x02\x01\x00"),
          "snpSPL is 256, at most 255" },
        { "negative", milan_vcek, AMD("\x03\x03"), AMD("\x02\x01\xdb"),
          "snpSPL is negative" },
        { "padded", milan_vcek, AMD("\x03\x03"), AMD("\x02\x02\x00\x18"),
          "snpSPL: number not in the fewest bytes" },
        { "no INTEGER", milan_vcek, AMD("\x03\x03"), AMD("\x0a\x01\x18"),
          "snpSPL: tag 0a, expected 02" },
        { "two numbers", milan_vcek, AMD("\x03\x03"), AMD("\x02\x01\x18\x02\x01\x18"),
          "snpSPL: 3 bytes" },
        { "no spl_4", milan_vcek, AMD("\x03\x04"), AMD(""), NULL },
        { "spl_4 on Turin", turin_vcek, AMD("\x03\x04"), AMD("\x02\x01\x00"), NULL },
        { "spl_7 in use", turin_vcek, AMD("\x03\x07"), AMD("\x02\x01\x01"),
          "spl_7 is 1, and reserved" },

        { "a component nobody knows", turin_vcek, AMD("\x03\x0a"), AMD("\x02\x01\x00"),
          "extension of AMD's with OID content 2b060104019c7801030a" },
        { "an arc nobody knows", turin_vcek, AMD("\x06"), AMD("\x02\x01\x00"),
          "2b060104019c780106, which is not known" },
        { "the arc of the SPLs", turin_vcek, AMD("\x03"), AMD("\x02\x01\x00"),
          "2b060104019c780103, which is not known" },
        { "below an SPL", turin_vcek, AMD("\x03\x01\x01"), AMD("\x02\x01\x00"),
          "2b060104019c7801030101, which is not known" },

        { "neither chip nor provider", milan_vcek, AMD("\x04"), AMD(""),
          "neither hwID nor cspID is there" },
        { "both", milan_vcek, AMD("\x05"),
          AMD("\x16\x02"
              "CN"),
          "hwID and cspID are both there" },
        { "an OCTET STRING", milan_vcek, AMD("\x04"), AMD("\x04\x40" HWID_64), NULL },
        { "an OCTET STRING of Turin's", turin_vcek, AMD("\x04"), AMD("\x04\x08" HWID_8),
          NULL },
        { "an OCTET STRING of fewer", milan_vcek, AMD("\x04"), AMD("\x04\x08" HWID_8),
          "hwID of 8 bytes, Milan has 64" },
        { "an OCTET STRING inside another", turin_vcek, AMD("\x04"),
          AMD("\x04\x0a\x04\x08" HWID_8), "hwID of 10 bytes, Turin has 8" },
        { "another string", turin_vcek, AMD("\x04"), AMD("\x03\x08" HWID_8),
          "hwID: tag 03, expected 04" },
        { "bytes behind it", turin_vcek, AMD("\x04"), AMD("\x04\x08" HWID_8 "x"),
          "hwID: 1 bytes" },
        { "Milan's on Turin", turin_vcek, AMD("\x04"), AMD(HWID_64), "hwID" },
        { "one byte too few", turin_vcek, AMD("\x04"), AMD("IDIDIDI"),
          "hwID: tag 49, expected 04" },
        { "a provider without a name", genoa_vlek, AMD("\x05"), AMD("\x16\x00"),
          "cspID is empty" },
        { "a provider in UTF-8", genoa_vlek, AMD("\x05"), AMD("\x16\x02\xc3\xa9"),
          "cspID \"\\xc3\\xa9\" is not printable" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct amd_entry entries[AMD_ENTRIES_MAX];
        struct error err = { 0 };
        struct buf der;
        struct vcek vcek;
        memcpy(entries, cases[i].base, sizeof entries);
        amd_entry_edit(entries, cases[i].below, cases[i].value);
        struct x509_certificate c = certificate_with(entries, &der);
        bool ok = vcek_parse(&c, &vcek, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        buf_fini(&der);
    }
}

/* Of the raw form nothing is taken for a header, though it may look like one. */
static void a_chip_id_is_the_same_in_both_forms(void **state)
{
    struct amd_entry entries[AMD_ENTRIES_MAX];
    struct error err = { 0 };
    struct vcek raw, wrapped;
    struct buf a, b;

    (void)state;
    memcpy(entries, milan_vcek, sizeof entries);
    amd_entry_edit(entries, LITERAL_BYTES("\x04"), LITERAL_BYTES("\x04\x40" HWID_64));
    struct x509_certificate first = certificate_with(milan_vcek, &a);
    struct x509_certificate second = certificate_with(entries, &b);
    assert_ok(vcek_parse(&first, &raw, &err), err);
    assert_ok(vcek_parse(&second, &wrapped, &err), err);
    assert_int_equal(raw.hwid.at[0], 0x04);
    assert_memory_equal(&raw.hwid, &wrapped.hwid, sizeof raw.hwid);
    buf_fini(&a);
    buf_fini(&b);
}

static void another_certificate_is_told_as_such(void **state)
{
    struct error err = { 0 };
    struct vcek vcek;
    struct buf der;
    struct x509_certificate c =
        certificate_with((const struct amd_entry[AMD_ENTRIES_MAX]){ 0 }, &der);

    (void)state;
    assert_false(vcek_parse(&c, &vcek, &err));
    assert_refused(err, ERROR_FORMAT, "neither a VCEK nor a VLEK");
    buf_fini(&der);
}

/* Every certificate that AMD issued for a chip or a provider is read, and no other. */
static void read_real(const char *path, struct bytes content, void *context)
{
    struct x509_certificate c;
    struct error err = { 0 };
    size_t *counts = context;
    struct vcek vcek;

    assert_ok(x509_parse(content, &c, &err), err);
    if (c.is_ca) {
        assert_false(vcek_parse(&c, &vcek, &err));
        assert_refused(err, ERROR_FORMAT, "none of AMD's extensions");
        return;
    }
    if (!vcek_parse(&c, &vcek, &err))
        fail_msg("%s: %s", path, err.text);
    const struct snp_product_facts *facts = snp_product_facts(vcek.product);
    assert_true(bytes_equal_text(
        c.issuer_cn, vcek.kind == VEK_VCEK ? facts->vcek_issuer : facts->vlek_issuer));
    assert_int_equal(vcek.hwid.len, vcek.kind == VEK_VCEK ? facts->hwid_len : 0);
    counts[vcek.product]++;
}

static void every_real_one_is_read(void **state)
{
    size_t counts[SNP_PRODUCTS] = { 0 };

    (void)state;
    each_vector("vectors/amd", ".der", read_real, counts);
    assert_true(counts[SNP_MILAN] > 15 && counts[SNP_GENOA] > 3 && counts[SNP_TURIN] > 0);
}

static void a_real_one_says_what_its_report_says(void **state)
{
    static const char *const folders[] = {
        "milan/tav-v3", "milan/virtee-v2",         "milan/trustee-v2",
        "genoa/tav-v3", "genoa/attestation-rs-v5",
    };
    enum { REPORTED_TCB = 0x180, CHIP_ID = 0x1a0 }; /* where reports have them */

    (void)state;
    if (test_shared("vectors/amd") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        char path[128];
        struct x509_certificate c;
        struct error err = { 0 };
        struct vcek vcek;
        uint64_t tcb = 0;
        snprintf(path, sizeof path, "vectors/amd/%s/vcek.der", folders[i]);
        struct buf der = test_shared_file(path);
        snprintf(path, sizeof path, "vectors/amd/%s/report.bin", folders[i]);
        struct buf report = test_shared_file(path);
        assert_ok(x509_parse(buf_bytes(&der), &c, &err) && vcek_parse(&c, &vcek, &err),
                  err);
        for (size_t k = 0; k < 8; k++)
            tcb |= (uint64_t)report.at[REPORTED_TCB + k] << 8 * k;
        assert_int_equal(tcb_version_value(vcek.product, &vcek.tcb), tcb);
        assert_memory_equal(vcek.hwid.at, report.at + CHIP_ID, CHIP_ID_LEN);
        buf_fini(&der);
        buf_fini(&report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vcek_says_which_chip_at_which_tcb),
        cmocka_unit_test(an_extension_one_step_away_is_refused),
        cmocka_unit_test(a_chip_id_is_the_same_in_both_forms),
        cmocka_unit_test(another_certificate_is_told_as_such),
        cmocka_unit_test(every_real_one_is_read),
        cmocka_unit_test(a_real_one_says_what_its_report_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
