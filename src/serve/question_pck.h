/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters by which a host asks for its PCK certificate.
 *
 * Source: QPL 1.13, Azure DCAP client 1.13 (reference clients, A2, B2); PCS API v4, "Get
 * PCK Certificate", which knows no qeid. Numbers are little endian hex, hex is of either
 * case; an encrypted PPID of zeros is none. */
#ifndef THIM_SERVE_QUESTION_PCK_H
#define THIM_SERVE_QUESTION_PCK_H

#include "format/http_query.h"
#include "format/registration.h"

struct pck_question {
    bool has_name; /* by qeid and pceid; else by encrypted PPID and pceid alone */
    struct platform_name name; /* pce_id in either case */
    struct raw_tcb raw;
    bool has_encrypted_ppid;
    uint8_t encrypted_ppid[ENCRYPTED_PPID_LEN];
};

/* qeid (or encrypted_ppid), cpusvn, pcesvn and pceid must be there. ERROR_FORMAT names
 * the parameter. */
bool pck_question_read(const struct http_target *target, struct arena *arena,
                       struct pck_question *out, struct error *err) MUST_CHECK;

/* encrypted_ppid and pceid: PCS's pckcerts. */
bool pck_list_question_read(const struct http_target *target, struct arena *arena,
                            struct pck_question *out, struct error *err) MUST_CHECK;

#endif
