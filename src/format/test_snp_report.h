/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation reports put together for tests: what a report must have, zeros else and no
 * signature. */
#ifndef THIM_FORMAT_TEST_SNP_REPORT_H
#define THIM_FORMAT_TEST_SNP_REPORT_H

#include "format/snp_report.h"
#include "kit/bytes.h"

struct test_report {
    uint8_t at[SNP_REPORT_LEN];
};

static inline void report_put(struct test_report *report, size_t offset, uint64_t value,
                              size_t len)
{
    for (size_t i = 0; i < len; i++)
        report->at[offset + i] = (uint8_t)(value >> (8 * i));
}

static inline struct test_report report_make(uint32_t version, uint8_t family,
                                             uint8_t model, uint64_t tcb,
                                             struct bytes chip_id)
{
    struct test_report report = { { 0 } };

    report_put(&report, 0, version, 4);
    report_put(&report, 0x08, SNP_POLICY_RESERVED_ONE, 8);
    report_put(&report, 0x34, 1, 4); /* ECDSA P-384 with SHA-384 */
    report_put(&report, 0x180, tcb, 8);
    report_put(&report, 0x188, family, 1);
    report_put(&report, 0x189, model, 1);
    memcpy(report.at + 0x1a0, chip_id.at, chip_id.len);
    return report;
}

#endif
