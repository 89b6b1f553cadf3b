/* SPDX-License-Identifier: Apache-2.0 */
/* An SEV-SNP attestation report: what a guest is, what the chip's firmware says of it and
 * of itself, and the firmware's signature.
 *
 * Source: AMD, "SEV-SNP Firmware ABI" 56860, ATTESTATION_REPORT. Versions 2 to 5; CPUID
 * from version 3 on, mitigation vectors in version 5. All numbers are little endian.
 * Lifetime: views look into the input. Nothing is vouched for: verify/report does that,
 * and who holds a report made it, or was told it. */
#ifndef THIM_FORMAT_SNP_REPORT_H
#define THIM_FORMAT_SNP_REPORT_H

#include "format/tcb_version.h"
#include "format/vcek.h"

#define SNP_REPORT_LEN 1184
#define SNP_SIGNED_LEN 0x2a0 /* what the signature covers: from the first byte */

enum snp_policy_bits { /* of the guest policy, a 64-bit number */
                       SNP_POLICY_SMT = 1 << 16,
                       SNP_POLICY_RESERVED_ONE = 1 << 17, /* always set */
                       SNP_POLICY_MIGRATE_MA = 1 << 18,
                       SNP_POLICY_DEBUG = 1 << 19,
                       SNP_POLICY_SINGLE_SOCKET = 1 << 20,
                       SNP_POLICY_CXL_ALLOW = 1 << 21,
                       SNP_POLICY_MEM_AES_256_XTS = 1 << 22,
                       SNP_POLICY_RAPL_DIS = 1 << 23,
                       SNP_POLICY_CIPHERTEXT_HIDING = 1 << 24,
                       SNP_POLICY_PAGE_SWAP_DISABLE = 1 << 25,
};

enum snp_platform_bits { /* of platform_info */
                         SNP_PLATFORM_SMT_EN = 1 << 0,
                         SNP_PLATFORM_TSME_EN = 1 << 1,
                         SNP_PLATFORM_ECC_EN = 1 << 2,
                         SNP_PLATFORM_RAPL_DIS = 1 << 3,
                         SNP_PLATFORM_CIPHERTEXT_HIDING = 1 << 4,
                         SNP_PLATFORM_ALIAS_CHECK_COMPLETE = 1 << 5,
                         SNP_PLATFORM_TIO_EN = 1 << 7,
};

struct snp_firmware_version {
    uint8_t build, minor, major;
};

struct snp_report {
    struct bytes signed_part; /* SNP_SIGNED_LEN, from the first byte */
    uint32_t version;
    uint32_t guest_svn;
    uint64_t policy;
    uint8_t abi_minor, abi_major;     /* of the policy: the least firmware ABI */
    struct bytes family_id, image_id; /* 16 each */
    uint32_t vmpl;
    uint32_t signature_algorithm; /* 1: ECDSA P-384 with SHA-384 */
    uint64_t current_tcb, reported_tcb, committed_tcb, launch_tcb; /* TCB_VERSIONs; their
                                          meaning hangs on the product */
    uint64_t platform_info;
    bool author_key_en, mask_chip_key;
    enum vek_kind signed_by;  /* 0: by nothing (the host masks its chip's key) */
    struct bytes report_data; /* 64 */
    struct bytes measurement; /* 48 */
    struct bytes host_data;   /* 32 */
    struct bytes id_key_digest, author_key_digest; /* 48 each */
    struct bytes report_id, report_id_ma;          /* 32 each */
    uint8_t family, model, stepping; /* extended parts added in; zeros in version 2 */
    struct bytes chip_id;            /* CHIP_ID_LEN; zeros where the host masks it */
    struct snp_firmware_version current, committed;
    uint64_t launch_mitigations, current_mitigations; /* version 5; 0 else */
    uint8_t signature[96]; /* r then s, big endian, as kit/crypto wants them */
};

/* ERROR_FORMAT: another length, version, signing key or signature algorithm, policy bit
 * 17 not set, something where zeros belong (reserved parts, CPUID of version 2), or an r
 * or s of more than 48 bytes. Unknown bits of policy and platform_info pass. */
bool snp_report_parse(struct bytes in, struct snp_report *out, struct error *err)
    MUST_CHECK;

/* 0 where the report does not say. */
enum snp_product snp_report_product(const struct snp_report *report);

/* Whether it is as long as a report and begins as one. */
bool snp_report_looks_like(struct bytes in);

#endif
