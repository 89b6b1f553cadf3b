/* SPDX-License-Identifier: Apache-2.0 */
/* What enclaves and trust domains of the synthetic world report of themselves, and their
 * processors of them: the bodies of quotes, and the quoting enclave's report.
 *
 * Source: Intel SDM volume 3D, 37.16 (REPORTBODY); "TDX DCAP Quoting Library API", A.3.2.
 * Numbers are little endian. */
#ifndef THIM_SIM_QUOTE_BODY_H
#define THIM_SIM_QUOTE_BODY_H

#include "sim/quote_order.h"

#define SGX_REPORT_LEN ((size_t)384)
#define QUOTE_BODY_MAX ((size_t)885)
#define QUOTE_BODY_REPORT_DATA 320 /* where an SGX report has what it was told */

struct quote_platform { /* what a body tells of where it runs */
    unsigned level;
    uint8_t cpusvn[CPUSVN_LEN], fmspc[FMSPC_LEN];
};

size_t quote_body_len(enum quote_body body);

/* Of the enclave or trust domain; as many bytes as quote_body_len says. */
void quote_body_fill(const struct quote_order *order, const struct quote_shape *shape,
                     const struct quote_platform *platform, uint8_t out[QUOTE_BODY_MAX]);

/* Of the quoting enclave that signs for it, but for its report data. */
void quote_qe_report_fill(const struct quote_order *order,
                          const struct quote_shape *shape,
                          const struct quote_platform *platform,
                          uint8_t out[SGX_REPORT_LEN]);

/* Little endian. */
void put_u16(uint8_t *out, unsigned value);

#endif
