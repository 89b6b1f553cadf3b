/* SPDX-License-Identifier: Apache-2.0 */
/* What a trust domain says of itself, and what the TDX module says of it: the body of a
 * TDX quote.
 *
 * Source: Intel, "TDX DCAP Quoting Library API", A.3.2 (TD Quote Body 1.0, 1.5; and the
 * 1.5 of TD partitioning and preserving, "1.5 Ex"). All numbers are little endian.
 * Lifetime: views look into the input. */
#ifndef THIM_FORMAT_TD_REPORT_H
#define THIM_FORMAT_TD_REPORT_H

#include "kit/bytes.h"
#include "kit/cursor.h"

#define TD_REPORT_10_LEN 584
#define TD_REPORT_15_LEN 648
#define TD_REPORT_15_EX_LEN 885
#define TD_RTMRS 4

enum td_report_form { TD_REPORT_10 = 1, TD_REPORT_15, TD_REPORT_15_EX };

struct td_report {
    enum td_report_form form;
    struct bytes raw;             /* all of it */
    struct bytes tee_tcb_svn;     /* 16: at launch */
    struct bytes mrseam;          /* 48 */
    struct bytes mrsignerseam;    /* 48 */
    struct bytes seam_attributes; /* 8, memory order, as the next two */
    struct bytes td_attributes;   /* 8 */
    struct bytes xfam;            /* 8 */
    struct bytes mrtd, mrconfigid, mrowner, mrownerconfig; /* 48 each */
    struct bytes rtmrs[TD_RTMRS];                          /* 48 each */
    struct bytes report_data;                              /* 64 */
    bool is_debug;                                         /* td_attributes, bit 0 */

    /* 1.5 and 1.5 Ex; empty else */
    struct bytes tee_tcb_svn2; /* 16: of the TDX module that runs now */
    struct bytes mrservicetd;  /* 48 */

    /* 1.5 Ex alone; empty else */
    uint8_t vm_id;
    struct bytes td_id;               /* 32 */
    struct bytes dev_info;            /* 48 */
    struct bytes init_servtd_hash;    /* 48 */
    struct bytes init_servtd_attr;    /* 8 */
    struct bytes init_cpusvn;         /* 16 */
    struct bytes init_tee_tcb_svn;    /* 16 */
    struct bytes init_tee_fmspc;      /* 12 */
    struct bytes current_servtd_hash; /* 48 */
    struct bytes current_servtd_attr; /* 8 */
};

/* The next bytes, as many as the form has; where they are not there the cursor says so.
 */
void td_report_read(struct cursor *c, enum td_report_form form, struct td_report *out);

#endif
