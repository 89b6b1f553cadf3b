/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind serve/control_amd.h share: control_amd.c (routes),
 * control_amd_look.c (lists, one certificate) and control_amd_change.c.
 *
 * A request is read where it comes, suspended, and worked on as an errand: changes on the
 * store thread, the rest on threads of our own, since a page of chips is parsed and a
 * certificate verified. */
#ifndef THIM_SERVE_CONTROL_AMD_PARTS_H
#define THIM_SERVE_CONTROL_AMD_PARTS_H

#include "serve/control_amd.h"
#include "serve/control_platforms_ask.h"
#include "serve/control_wait.h"
#include "serve/host_readers.h"
#include "serve/registry_audit.h"
#include "serve/workroom.h"

struct control_amd {
    struct control_amd_options options;
    struct site_key site_key;
    struct host_readers *readers;
    struct workroom *room;
    struct http_reply *spare;
};

struct amd_errand { /* one request, from the asking to the answer */
    struct control_amd *control;
    struct control_wait wait;
    struct caller caller;
    struct platform_ask page; /* "after" and "limit" */
    struct kds_key key;
    bool has_tcb;
    size_t count;
    struct kds_key keys[]; /* what is wanted, or forgotten */
};

/* Each ends with one of these. The first takes the JSON. */
void amd_errand_tell(struct amd_errand *errand, json_t *json);
void amd_errand_fail(struct amd_errand *errand, const struct error *err);

/* On threads of our own. */
void amd_errand_list(void *errand);
void amd_errand_certificate(void *errand);

/* On the store thread. */
void amd_errand_want(void *errand, struct store *store);
void amd_errand_forget(void *errand, struct store *store);

#endif
