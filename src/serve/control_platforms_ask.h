/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of the routes in serve/control_platforms.h, and the small body: pure. */
#ifndef THIM_SERVE_CONTROL_PLATFORMS_ASK_H
#define THIM_SERVE_CONTROL_PLATFORMS_ASK_H

#include "format/http_query.h"
#include "format/registration.h"

#define PLATFORM_LIMIT_USUAL 100
#define PLATFORM_LIMIT_MAX 1000

struct platform_ask { /* as far as a route takes them */
    bool has_name;
    struct platform_name name; /* pce_id in either case */
    uint64_t after, limit;
    bool has_fmspc;
    uint8_t fmspc[6];
    bool has_raw_tcb;
    struct raw_tcb raw;
    bool has_encrypted_ppid;
    uint8_t encrypted_ppid[ENCRYPTED_PPID_LEN];
    bool has_tee_tcb_svn; /* by platform_tdx_read alone */
    uint8_t tee_tcb_svn[16];
};

/* By our names or those of a pckcert request. ERROR_FORMAT names the parameter. */
bool platform_ask_read(const struct http_target *target, struct arena *arena,
                       struct platform_ask *out, struct error *err) MUST_CHECK;

/* The body that brings a platform's TDX SVNs: {"qe_id", "pce_id"?, "tee_tcb_svn"}, and no
 * other member. ERROR_FORMAT names the member. */
bool platform_tdx_read(struct bytes body, struct platform_ask *out, struct error *err)
    MUST_CHECK;

#endif
