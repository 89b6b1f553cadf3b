/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/snp_report.h"

static void check_view(struct bytes in, struct bytes view, size_t at, size_t len)
{
    FUZZ_CHECK(view.at == in.at + at && view.len == len);
}

/* What r and s say, written as AMD does, is what stands in the report. */
static void check_signature(struct bytes in, const struct snp_report *report)
{
    uint8_t written[SNP_REPORT_LEN - SNP_SIGNED_LEN] = { 0 };

    for (size_t i = 0; i < 48; i++) {
        written[i] = report->signature[47 - i];
        written[72 + i] = report->signature[95 - i];
    }
    FUZZ_CHECK(memcmp(written, in.at + SNP_SIGNED_LEN, sizeof written) == 0);
}

static void check(struct bytes in, const struct snp_report *report)
{
    FUZZ_CHECK(in.len == SNP_REPORT_LEN && snp_report_looks_like(in));
    FUZZ_CHECK(report->version >= 2 && report->version <= 5);
    FUZZ_CHECK(report->signature_algorithm == 1);
    FUZZ_CHECK((report->policy & SNP_POLICY_RESERVED_ONE) != 0);
    FUZZ_CHECK(report->signed_by == 0 || report->signed_by == VEK_VCEK
               || report->signed_by == VEK_VLEK);
    FUZZ_CHECK(report->version > 2 || snp_report_product(report) == 0);
    FUZZ_CHECK(report->version == 5
               || (report->launch_mitigations | report->current_mitigations) == 0);
    check_view(in, report->signed_part, 0, SNP_SIGNED_LEN);
    check_view(in, report->report_data, 0x50, 64);
    check_view(in, report->measurement, 0x90, 48);
    check_view(in, report->report_id_ma, 0x160, 32);
    check_view(in, report->chip_id, 0x1a0, CHIP_ID_LEN);
    check_signature(in, report);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    struct snp_report report;
    struct error err = { 0 };

    if (snp_report_parse(in, &report, &err))
        check(in, &report);
    else
        FUZZ_CHECK(err.kind == ERROR_FORMAT && err.text[0] != 0);
    return 0;
}
