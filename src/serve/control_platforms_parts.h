/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind serve/control_platforms.h share: control_platforms.c (who may,
 * which route), control_platforms_list.c (lists, one platform, the audit),
 * control_platforms_doctor.c and control_platforms_change.c.
 *
 * A request is read where it comes, suspended, and worked on as an errand by threads of
 * our own, since looking at a platform verifies all its certificates. */
#ifndef THIM_SERVE_CONTROL_PLATFORMS_PARTS_H
#define THIM_SERVE_CONTROL_PLATFORMS_PARTS_H

#include "serve/control_platforms.h"
#include "serve/control_platforms_ask.h"
#include "serve/control_platforms_json.h"
#include "serve/control_wait.h"
#include "serve/host_readers.h"
#include "serve/registry_audit.h"
#include "serve/registry_reply.h"
#include "serve/workroom.h"

struct control_platforms {
    struct control_platforms_options options;
    struct site_key site_key;
    struct host_readers *readers;
    struct host_issuers *issuers;
    struct workroom *room;
    struct http_reply *spare; /* for a waiter, when there is no memory for another */
};

struct errand { /* one request, from the asking to the answer */
    struct control_platforms *control;
    struct control_wait wait;
    struct caller caller;
    struct platform_ask ask;
    bool found;          /* what was to be forgotten */
    struct error denial; /* what the doctor has found; ERROR_NONE: it is not denied */
    bool has_report;     /* the doctor has asked upstream */
    struct platform_report report;
};

/* ---- requests ------------------------------------------------------------------- */

struct platforms_call { /* lives until the route's function returns */
    struct control_platforms *control;
    struct http_request *request;
    struct http_target target;
    struct arena arena;
    struct caller caller;
};

void platforms_refuse_malformed(struct platforms_call *call, const struct error *err);

/* Each answers, or suspends. */
void platforms_register(struct platforms_call *call);
void platforms_rebind(struct platforms_call *call);
void platforms_forget(struct platforms_call *call);
void platforms_keep_tdx(struct platforms_call *call);

/* Suspends the request; NULL where that was refused and said so. */
struct errand *errand_begin(struct platforms_call *call, const struct platform_ask *ask);

/* ---- errands: each ends with one of the next two -------------------------------- */

/* Takes the JSON, and the errand; NULL is answered as a machine out of memory. */
void errand_tell(struct errand *errand, json_t *json);
void errand_fail(struct errand *errand, const struct error *err);

/* On threads of our own. */
void errand_list(void *errand);
void errand_show(void *errand);
void errand_audit(void *errand);
void errand_doctor(void *errand);

/* Looks at the platform that was asked for; to be ended in either case. */
bool errand_look(const struct errand *errand, struct platform_look *out,
                 struct error *err) MUST_CHECK;

#endif
