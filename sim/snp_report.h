/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation reports of the synthetic chips, minted when asked for, and the certificates
 * that go with them: versions 2 to 5, good ones and such as have a defect.
 *
 * The key is that of the chip's VCEK for the reported TCB, or of the product's VLEK, and
 * certificates are those that the world's KDS gives, unless the defect is in them. The
 * same order gives the same bytes. Everything is signed as it stands, defects too, unless
 * the defect is in what was signed.
 *
 * Source: AMD, "SEV-SNP Firmware ABI" 56860, ATTESTATION_REPORT. */
#ifndef THIM_SIM_SNP_REPORT_H
#define THIM_SIM_SNP_REPORT_H

#include "sim/amd_desk.h"
#include "sim/snp_order.h"

#define SNP_REPORT_LEN ((size_t)1184)
#define SNP_MINTED_MAX ((size_t)128 * 1024)

/* Appends the bytes. ERROR_FORMAT, ERROR_NOT_FOUND where there is no such thing. */
bool snp_report_mint(struct amd_desk *desk, const struct snp_order *order, int64_t now_s,
                     struct buf *out, struct error *err) MUST_CHECK;

enum snp_companion {
    SNP_VEK,   /* DER */
    SNP_CHAIN, /* PEM: ASK or ASVK, then ARK */
    SNP_CRL    /* DER */
};

/* Appends one of what goes with the report of this order. */
bool snp_companion_mint(struct amd_desk *desk, const struct snp_order *order,
                        enum snp_companion which, int64_t now_s, struct buf *out,
                        struct error *err) MUST_CHECK;

#endif
