/* SPDX-License-Identifier: Apache-2.0 */
/* What an enclave says of itself, and what the processor says of it: an SGX REPORT's
 * body, of the enclave in a quote and of the quoting enclave that signs.
 *
 * Source: Intel SDM volume 3D, 37.16 (REPORTBODY); "SGX ECDSA Quote Library", A.4. All
 * numbers are little endian. Lifetime: views look into the input. */
#ifndef THIM_FORMAT_SGX_REPORT_BODY_H
#define THIM_FORMAT_SGX_REPORT_BODY_H

#include "kit/bytes.h"
#include "kit/cursor.h"

#define SGX_REPORT_BODY_LEN 384

struct sgx_report_body {
    struct bytes raw;             /* all SGX_REPORT_BODY_LEN of it */
    struct bytes cpusvn;          /* 16 */
    struct bytes miscselect;      /* 4, memory order */
    struct bytes isv_ext_prod_id; /* 16 */
    struct bytes attributes;      /* 16: flags, then XFRM, memory order */
    struct bytes mrenclave;       /* 32 */
    struct bytes mrsigner;        /* 32 */
    struct bytes config_id;       /* 64 */
    uint16_t isv_prod_id, isv_svn, config_svn;
    struct bytes isv_family_id; /* 16 */
    struct bytes report_data;   /* 64 */
    bool is_debug;              /* attributes, bit 1 */
};

/* The next SGX_REPORT_BODY_LEN bytes; where they are not there the cursor says so. */
void sgx_report_body_read(struct cursor *c, struct sgx_report_body *out);

#endif
