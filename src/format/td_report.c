/* SPDX-License-Identifier: Apache-2.0 */
#include "format/td_report.h"

enum { ATTRIBUTE_DEBUG = 1 << 0 }; /* of the first byte */

static const size_t lengths[] = {
    [TD_REPORT_10] = TD_REPORT_10_LEN,
    [TD_REPORT_15] = TD_REPORT_15_LEN,
    [TD_REPORT_15_EX] = TD_REPORT_15_EX_LEN,
};

static void read_15_ex(struct cursor *c, struct td_report *out)
{
    out->vm_id = cursor_u8(c);
    out->td_id = cursor_take(c, 32);
    out->dev_info = cursor_take(c, 48);
    out->init_servtd_hash = cursor_take(c, 48);
    out->init_servtd_attr = cursor_take(c, 8);
    out->init_cpusvn = cursor_take(c, 16);
    out->init_tee_tcb_svn = cursor_take(c, 16);
    out->init_tee_fmspc = cursor_take(c, 12);
    out->current_servtd_hash = cursor_take(c, 48);
    out->current_servtd_attr = cursor_take(c, 8);
}

void td_report_read(struct cursor *c, enum td_report_form form, struct td_report *out)
{
    *out = (struct td_report){ .form = form, .raw = cursor_peek(c, lengths[form]) };
    out->tee_tcb_svn = cursor_take(c, 16);
    out->mrseam = cursor_take(c, 48);
    out->mrsignerseam = cursor_take(c, 48);
    out->seam_attributes = cursor_take(c, 8);
    out->td_attributes = cursor_take(c, 8);
    out->xfam = cursor_take(c, 8);
    out->mrtd = cursor_take(c, 48);
    out->mrconfigid = cursor_take(c, 48);
    out->mrowner = cursor_take(c, 48);
    out->mrownerconfig = cursor_take(c, 48);
    for (size_t i = 0; i < TD_RTMRS; i++)
        out->rtmrs[i] = cursor_take(c, 48);
    out->report_data = cursor_take(c, 64);
    out->is_debug =
        out->td_attributes.len > 0 && (out->td_attributes.at[0] & ATTRIBUTE_DEBUG) != 0;
    if (form == TD_REPORT_10)
        return;
    out->tee_tcb_svn2 = cursor_take(c, 16);
    out->mrservicetd = cursor_take(c, 48);
    if (form == TD_REPORT_15_EX)
        read_15_ex(c, out);
}
