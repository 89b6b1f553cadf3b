/* SPDX-License-Identifier: Apache-2.0 */
#include "format/sgx_report_body.h"

enum { FLAG_DEBUG = 1 << 1 }; /* of the first byte of the flags */

void sgx_report_body_read(struct cursor *c, struct sgx_report_body *out)
{
    *out = (struct sgx_report_body){ .raw = cursor_peek(c, SGX_REPORT_BODY_LEN) };
    out->cpusvn = cursor_take(c, 16);
    out->miscselect = cursor_take(c, 4);
    cursor_take(c, 12);
    out->isv_ext_prod_id = cursor_take(c, 16);
    out->attributes = cursor_take(c, 16);
    out->mrenclave = cursor_take(c, 32);
    cursor_take(c, 32);
    out->mrsigner = cursor_take(c, 32);
    cursor_take(c, 32);
    out->config_id = cursor_take(c, 64);
    out->isv_prod_id = cursor_u16le(c);
    out->isv_svn = cursor_u16le(c);
    out->config_svn = cursor_u16le(c);
    cursor_take(c, 42);
    out->isv_family_id = cursor_take(c, 16);
    out->report_data = cursor_take(c, 64);
    out->is_debug = out->attributes.len > 0 && (out->attributes.at[0] & FLAG_DEBUG) != 0;
}
