/* SPDX-License-Identifier: Apache-2.0 */
#include "format/snp_report_head.h"

#include <stdio.h>

#include "format/test_snp_report.h"
#include "format/test_vcek.h"
#include "format/test_vectors.h"

#define TCB UINT64_C(0xdb18000000000104)

static struct test_report plain(void)
{
    return report_make(3, 0x19, 0x01, TCB, bytes_of(HWID_64, CHIP_ID_LEN));
}

static bool read(const struct test_report *report, struct snp_report_head *out,
                 struct error *err)
{
    return snp_report_head_read(bytes_of(report->at, sizeof report->at), out, err);
}

static void a_report_says_who_made_it(void **state)
{
    (void)state;
    struct test_report report = plain();
    struct snp_report_head head;
    struct error err = { 0 };

    report.at[0x18a] = 2;
    assert_ok(read(&report, &head, &err), err);
    assert_int_equal(head.version, 3);
    assert_int_equal(head.signed_by, VEK_VCEK);
    assert_true(head.reported_tcb == TCB);
    assert_int_equal(head.stepping, 2);
    assert_int_equal(snp_report_product(&head), SNP_MILAN);
    assert_true(bytes_equal(head.chip_id, bytes_of(HWID_64, CHIP_ID_LEN)));
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
        { "version 2 with a CPUID", 2, 0x19, 0, 0, 0, 0, "where CPUID came later" },
        { "a signing key of no kind", 3, 0x19, 1, 8, 0, 0, "signing key 2 is not known" },
        { "reserved bits", 3, 0x19, 1, 0x20, 0, 0, "00000020, with reserved bits set" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_report report =
            report_make(cases[i].version, cases[i].family, cases[i].model, TCB,
                        bytes_of(HWID_64, CHIP_ID_LEN));
        struct snp_report_head head;
        struct error err = { 0 };
        report_put(&report, 0x48, cases[i].key, 4);
        bool ok = read(&report, &head, &err);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, err.text);
        if (!ok) {
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
            continue;
        }
        if (snp_report_product(&head) != cases[i].product
            || head.signed_by != cases[i].signed_by)
            fail_msg("%s: product %d, key %d", cases[i].claim, snp_report_product(&head),
                     head.signed_by);
    }
}

static void one_byte_more_or_less_is_no_report(void **state)
{
    (void)state;
    uint8_t longer[SNP_REPORT_LEN + 1] = { 0 };
    struct test_report report = plain();
    struct snp_report_head head;
    struct error err = { 0 };

    memcpy(longer, report.at, sizeof report.at);
    assert_false(snp_report_head_read(bytes_of(longer, sizeof longer), &head, &err));
    assert_refused(err, ERROR_FORMAT, "report has 1185 bytes, not 1184");
    assert_false(snp_report_head_read(bytes_of(longer, SNP_REPORT_LEN - 1), &head, &err));
    assert_refused(err, ERROR_FORMAT, "report has 1183 bytes, not 1184");
    assert_false(snp_report_head_read(bytes_of(longer, 0), &head, &err));
    assert_refused(err, ERROR_FORMAT, "report has 0 bytes");
}

/* The certificate beside a real report is the one that the report asks for. */
static void check_vector(const char *path, struct bytes report, void *found_)
{
    struct snp_report_head head;
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
    if (!snp_report_head_read(report, &head, &err))
        fail_msg("%s: %s", path, err.text);
    assert_ok(x509_parse(buf_bytes(&der), &certificate, &err), err);
    assert_ok(vcek_parse(&certificate, &vcek, &err), err);
    if (head.version >= 3)
        assert_int_equal(snp_report_product(&head), vcek.product);
    /* of one, the certificate is another chip's on purpose */
    *found += bytes_equal(bytes_first(head.chip_id, vcek.hwid.len),
                          bytes_of(vcek.hwid.at, vcek.hwid.len))
              && head.reported_tcb == tcb_version_value(vcek.product, &vcek.tcb);
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
        cmocka_unit_test(every_version_and_product_is_told_apart),
        cmocka_unit_test(one_byte_more_or_less_is_no_report),
        cmocka_unit_test(real_reports_name_the_certificate_beside_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
