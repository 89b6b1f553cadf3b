/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry's callers are told.
 *
 * PCCS's own sentence where its tools look for one; refusals as serve/front_reply.h has
 * them. Nothing here is for a cache to keep, but what says so itself. */
#ifndef THIM_SERVE_REGISTRY_REPLY_H
#define THIM_SERVE_REGISTRY_REPLY_H

#include "serve/front_reply.h"
#include "store/platform_errand.h"

#define REGISTRY_HTML "text/html; charset=utf-8" /* as PCCS labels its sentences */
#define REGISTRY_JSON "application/json"

struct registry_answer {
    unsigned status;
    const char *type;                /* NULL: no body */
    const char *cache;               /* Cache-Control; NULL: "private, no-store" */
    const struct http_header *extra; /* at most 4 */
    size_t extra_count;
    struct bytes body;
};

/* All of these: the caller's; NULL where memory is out, which is logged. */
struct http_reply *registry_reply(const struct registry_answer *answer,
                                  const struct request_id *id);
struct http_reply *registry_well(const struct request_id *id); /* PCCS's sentence */

enum registry_refusal {
    REGISTRY_NO_TOKEN,
    REGISTRY_WRONG_TOKEN,
    REGISTRY_PACED,
    REGISTRY_FORBIDDEN,
    REGISTRY_OFFLINE, /* upstream is never asked here */
    REGISTRY_BUSY,
    REGISTRY_STORE_FAILED,
    REGISTRY_REFUSALS,
};
const struct refusal *registry_refusal(enum registry_refusal which);

/* What Intel's Error-Code means, and what to do. Codes that are not known have a sentence
 * too. */
struct upstream_reason {
    const char *code, *message, *remedy;
};
const struct upstream_reason *upstream_reason(const char *code);

/* What an upstream's failure is to who asked for a platform. The texts look into the
 * report. kept: what was registered has been written, and upstream is asked again. */
struct refusal registry_report_refusal(const struct platform_report *report, bool kept);

#endif
