/* SPDX-License-Identifier: Apache-2.0 */
#include "format/snp_report.h"

#include <stdio.h>

#include "format/test_snp_report.h"
#include "format/test_vcek.h"
#include "format/test_vectors.h"

#define TCB UINT64_C(0xdb18000000000104)

static struct test_report plain(void)
{
    return report_make(3, 0x19, 0x01, TCB, bytes_of(HWID_64, CHIP_ID_LEN));
}

static bool parse(const struct test_report *report, struct snp_report *out,
                  struct error *err)
{
    return snp_report_parse(bytes_of(report->at, sizeof report->at), out, err);
}

static void a_report_says_who_made_it(void **state)
{
    (void)state;
    struct test_report report = plain();
    struct snp_report parsed;
    struct error err = { 0 };

    report.at[0x18a] = 2;
    report.at[0x48] = 3;
    assert_ok(parse(&report, &parsed, &err), err);
    assert_int_equal(parsed.version, 3);
    assert_int_equal(parsed.signed_by, VEK_VCEK);
    assert_true(parsed.author_key_en && parsed.mask_chip_key);
    assert_true(parsed.reported_tcb == TCB);
    assert_int_equal(parsed.stepping, 2);
    assert_int_equal(snp_report_product(&parsed), SNP_MILAN);
    assert_true(bytes_equal(parsed.chip_id, bytes_of(HWID_64, CHIP_ID_LEN)));
}

/* Every field is where the ABI has it: at each offset stand bytes that say which. */
static void a_report_says_what_its_guest_is(void **state)
{
    (void)state;
    static const struct {
        size_t at, len;
    } numbers[] = {
        { 0x04, 4 },   { 0x10, 16 },  { 0x20, 16 },  { 0x30, 4 },  { 0x38, 8 },
        { 0x40, 8 },   { 0x50, 64 },  { 0x90, 48 },  { 0xc0, 32 }, { 0xe0, 48 },
        { 0x110, 48 }, { 0x140, 32 }, { 0x160, 32 }, { 0x1e0, 8 }, { 0x1e8, 3 },
        { 0x1ec, 3 },  { 0x1f0, 8 },  { 0x1f8, 8 },  { 0x200, 8 }, { 0x2a0, 48 },
        { 0x2e8, 48 },
    };
    struct test_report report = plain();
    struct snp_report r;
    struct error err = { 0 };

    report_put(&report, 0, 5, 4);
    report_put(&report, 0x08, 0x2b3011d, 8);
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        for (size_t k = 0; k < numbers[i].len; k++)
            report.at[numbers[i].at + k] = (uint8_t)(16 * i + k);
    assert_ok(parse(&report, &r, &err), err);
    const struct {
        struct bytes view;
        size_t at, len;
    } views[] = {
        { r.signed_part, 0, SNP_SIGNED_LEN },
        { r.family_id, 0x10, 16 },
        { r.image_id, 0x20, 16 },
        { r.report_data, 0x50, 64 },
        { r.measurement, 0x90, 48 },
        { r.host_data, 0xc0, 32 },
        { r.id_key_digest, 0xe0, 48 },
        { r.author_key_digest, 0x110, 48 },
        { r.report_id, 0x140, 32 },
        { r.report_id_ma, 0x160, 32 },
    };
    for (size_t i = 0; i < COUNT_OF(views); i++) {
        assert_ptr_equal(views[i].view.at, report.at + views[i].at);
        assert_int_equal(views[i].view.len, views[i].len);
    }
    assert_true(r.guest_svn == 0x03020100 && r.vmpl == 0x33323130);
    assert_true(r.policy == 0x2b3011d && r.abi_minor == 0x1d && r.abi_major == 1);
    assert_true(r.current_tcb == UINT64_C(0x4746454443424140));
    assert_true(r.platform_info == UINT64_C(0x5756555453525150));
    assert_true(r.committed_tcb == UINT64_C(0xd7d6d5d4d3d2d1d0));
    assert_memory_equal(&r.current, ((uint8_t[]){ 0xe0, 0xe1, 0xe2 }), 3);
    assert_memory_equal(&r.committed, ((uint8_t[]){ 0xf0, 0xf1, 0xf2 }), 3);
    assert_true(r.launch_tcb == UINT64_C(0x0706050403020100));
    assert_true(r.launch_mitigations == UINT64_C(0x1716151413121110));
    assert_true(r.current_mitigations == UINT64_C(0x2726252423222120));
    for (size_t i = 0; i < 48; i++) { /* big endian, as kit/crypto wants them */
        assert_int_equal(r.signature[i], report.at[0x2a0 + 47 - i]);
        assert_int_equal(r.signature[48 + i], report.at[0x2e8 + 47 - i]);
    }
}

static void a_byte_that_cannot_be_there_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *claim;
        uint32_t version;
        size_t at;
        uint8_t value;
        const char *refusal; /* NULL: accepted */
    } cases[] = {
        { "no signature algorithm", 3, 0x34, 0, "algorithm 0 at 0x34, expected 1" },
        { "another", 3, 0x34, 2, "signature algorithm 2 at 0x34" },
        { "another, in the last byte", 3, 0x37, 1, "algorithm 16777217 at 0x34" },
        { "a policy without bit 17", 3, 0x0a, 0x01, "0000000000010000 at 0x08 without" },
        { "with all that are known", 3, 0x0a, 0xff, NULL },
        { "and those that are not", 3, 0x0f, 0x80, NULL },
        { "platform bits nobody knows", 3, 0x47, 0x80, NULL },
        { "the word behind the key", 3, 0x4c, 1,
          "a reserved word at 0x04c must be zero" },
        { "its last byte", 3, 0x4f, 1, "a reserved word at 0x04c must be zero" },
        { "report data beside it", 3, 0x50, 1, NULL },
        { "a family in version 2", 2, 0x188, 0x19, "version 2: CPUID at 0x188" },
        { "a stepping in version 2", 2, 0x18a, 1, "version 2: CPUID at 0x188" },
        { "in version 3", 3, 0x18a, 1, NULL },
        { "behind CPUID", 3, 0x18b, 1, "reserved bytes at 0x18b must be zero" },
        { "before the chip's id", 5, 0x19f, 1, "reserved bytes at 0x18b must be zero" },
        { "behind the current build", 5, 0x1eb, 1, "a reserved byte at 0x1eb" },
        { "behind the committed build", 5, 0x1ef, 1, "a reserved byte at 0x1ef" },
        { "a mitigation in version 4", 4, 0x1f8, 1, "version 4: mitigation vectors" },
        { "to its last byte", 4, 0x207, 1, "mitigation vectors at 0x1f8" },
        { "in version 5", 5, 0x207, 1, NULL },
        { "behind them", 5, 0x208, 1, "version 5: reserved bytes at 0x208" },
        { "before the signature", 5, 0x29f, 1, "version 5: reserved bytes at 0x208" },
        { "r", 5, 0x2a0 + 47, 1, NULL },
        { "r of one byte more", 5, 0x2a0 + 48, 1, "r of its signature has more than 48" },
        { "to its last", 5, 0x2a0 + 71, 1, "r of its signature has more than 48" },
        { "s", 5, 0x2e8 + 47, 1, NULL },
        { "s of one byte more", 5, 0x2e8 + 48, 1, "s of its signature has more than 48" },
        { "to its last", 5, 0x2e8 + 71, 1, "s of its signature has more than 48" },
        { "behind the signature", 5, 0x330, 1, "bytes behind the signature at 0x330" },
        { "to the end", 5, 0x49f, 1, "bytes behind the signature at 0x330" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_report report =
            report_make(cases[i].version, 0, 0, TCB, bytes_of(HWID_64, CHIP_ID_LEN));
        struct snp_report parsed;
        struct error err = { 0 };
        report.at[cases[i].at] = cases[i].value;
        bool ok = parse(&report, &parsed, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
    }
}

static void a_report_is_known_by_its_length_and_version(void **state)
{
    (void)state;
    uint8_t bytes[SNP_REPORT_LEN + 1] = { 2 };

    assert_true(snp_report_looks_like(bytes_of(bytes, SNP_REPORT_LEN)));
    assert_false(snp_report_looks_like(bytes_of(bytes, SNP_REPORT_LEN + 1)));
    assert_false(snp_report_looks_like(bytes_of(bytes, SNP_REPORT_LEN - 1)));
    bytes[0] = 6;
    assert_false(snp_report_looks_like(bytes_of(bytes, SNP_REPORT_LEN)));
    bytes[0] = 1;
    assert_false(snp_report_looks_like(bytes_of(bytes, SNP_REPORT_LEN)));
}

static void every_version_and_product_is_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *claim;
        uint32_t version;
        uint8_t family, model;
        uint32_t key;
        enum snp_product product;
        enum vek_kind signed_by;
        const char *refusal;
    } cases[] = {
        { "version 2 does not say which product", 2, 0, 0, 0, 0, VEK_VCEK, NULL },
        { "Genoa", 3, 0x19, 0x11, 0, SNP_GENOA, VEK_VCEK, NULL },
        { "Zen4c is under Genoa", 5, 0x19, 0xa0, 0, SNP_GENOA, VEK_VCEK, NULL },
        { "Turin", 5, 0x1a, 0x02, 0, SNP_TURIN, VEK_VCEK, NULL },
        { "a CPU that nobody knows", 4, 0x1a, 0x50, 0, 0, VEK_VCEK, NULL },
        { "by a VLEK", 3, 0x19, 0x01, 4, SNP_MILAN, VEK_VLEK, NULL },
        { "by nothing, its key masked", 3, 0x19, 0x01, 0x1e, SNP_MILAN, 0, NULL },
        { "version 1", 1, 0, 0, 0, 0, 0, "report version 1, expected 2 to 5" },
        { "version 6", 6, 0, 0, 0, 0, 0, "report version 6, expected 2 to 5" },
        { "version 2 with a CPUID", 2, 0x19, 0, 0, 0, 0, "CPUID at 0x188 must be zero" },
        { "a signing key of no kind", 3, 0x19, 1, 8, 0, 0, "signing key 2 is not known" },
        { "reserved bits", 3, 0x19, 1, 0x20, 0, 0, "00000020, with reserved bits set" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_report report =
            report_make(cases[i].version, cases[i].family, cases[i].model, TCB,
                        bytes_of(HWID_64, CHIP_ID_LEN));
        struct snp_report parsed;
        struct error err = { 0 };
        report_put(&report, 0x48, cases[i].key, 4);
        bool ok = parse(&report, &parsed, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, err.text);
        if (!ok) {
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
            continue;
        }
        if (snp_report_product(&parsed) != cases[i].product
            || parsed.signed_by != cases[i].signed_by)
            fail_msg("%s: product %d, key %d", cases[i].claim,
                     snp_report_product(&parsed), parsed.signed_by);
    }
}

static void one_byte_more_or_less_is_no_report(void **state)
{
    (void)state;
    uint8_t longer[SNP_REPORT_LEN + 1] = { 0 };
    struct test_report report = plain();
    struct snp_report parsed;
    struct error err = { 0 };

    memcpy(longer, report.at, sizeof report.at);
    assert_false(snp_report_parse(bytes_of(longer, sizeof longer), &parsed, &err));
    assert_refused(err, ERROR_FORMAT, "report has 1185 bytes, not 1184");
    assert_false(snp_report_parse(bytes_of(longer, SNP_REPORT_LEN - 1), &parsed, &err));
    assert_refused(err, ERROR_FORMAT, "report has 1183 bytes, not 1184");
    assert_false(snp_report_parse(bytes_of(longer, 0), &parsed, &err));
    assert_refused(err, ERROR_FORMAT, "report has 0 bytes");
}

/* The certificate beside a real report is the one that the report asks for. */
static void check_vector(const char *path, struct bytes report, void *found_)
{
    struct snp_report parsed;
    struct x509_certificate certificate;
    struct vcek vcek;
    struct error err = { 0 };
    struct buf der;
    char beside[4096];
    size_t *found = found_;

    snprintf(beside, sizeof beside, "%.*s/vcek.der", (int)(strrchr(path, '/') - path),
             path);
    buf_init(&der, X509_CERTIFICATE_MAX);
    if (!file_read(beside, &der, &err)) {
        buf_fini(&der);
        return;
    }
    if (!snp_report_parse(report, &parsed, &err))
        fail_msg("%s: %s", path, err.text);
    assert_ok(x509_parse(buf_bytes(&der), &certificate, &err), err);
    assert_ok(vcek_parse(&certificate, &vcek, &err), err);
    if (parsed.version >= 3)
        assert_int_equal(snp_report_product(&parsed), vcek.product);
    /* of one, the certificate is another chip's on purpose */
    *found += bytes_equal(bytes_first(parsed.chip_id, vcek.hwid.len),
                          bytes_of(vcek.hwid.at, vcek.hwid.len))
              && parsed.reported_tcb == tcb_version_value(vcek.product, &vcek.tcb);
    buf_fini(&der);
}

static void real_reports_name_the_certificate_beside_them(void **state)
{
    (void)state;
    size_t found = 0;

    each_vector("vectors/amd", "report.bin", check_vector, &found);
    assert_true(found >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_says_who_made_it),
        cmocka_unit_test(a_report_says_what_its_guest_is),
        cmocka_unit_test(a_byte_that_cannot_be_there_is_refused),
        cmocka_unit_test(a_report_is_known_by_its_length_and_version),
        cmocka_unit_test(every_version_and_product_is_told_apart),
        cmocka_unit_test(one_byte_more_or_less_is_no_report),
        cmocka_unit_test(real_reports_name_the_certificate_beside_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
