/* SPDX-License-Identifier: Apache-2.0 */
/* Of an SEV-SNP attestation report: who made it. The chip, its product as far as the
 * report says, the TCB_VERSION that its signature is made under, and by which key.
 *
 * Source: AMD, "SEV-SNP Firmware ABI" 56860, ATTESTATION_REPORT. Versions 2 to 5; CPUID
 * from version 3 on. What the guest and its owner put in, and the signature, are not read
 * here, and nothing is vouched for: who holds a report made it, or was told it. */
#ifndef THIM_FORMAT_SNP_REPORT_HEAD_H
#define THIM_FORMAT_SNP_REPORT_HEAD_H

#include "format/tcb_version.h"
#include "format/vcek.h"

#define SNP_REPORT_LEN 1184

struct snp_report_head {
    uint32_t version;
    enum vek_kind signed_by; /* 0: by nothing (the host masks its chip's key) */
    uint64_t reported_tcb;   /* little endian; what VCEKs and VLEKs are issued for */
    uint8_t family, model, stepping; /* extended parts added in; zeros in version 2 */
    struct bytes chip_id;            /* CHIP_ID_LEN; zeros where the host masks it */
};

/* ERROR_FORMAT: another length, version, signing key, or something where zeros belong. */
bool snp_report_head_read(struct bytes report, struct snp_report_head *out,
                          struct error *err) MUST_CHECK;

/* 0 where the report does not say. */
enum snp_product snp_report_product(const struct snp_report_head *head);

#endif
