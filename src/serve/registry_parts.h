/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry's rooms share: registry.c (who may, and which room), and one file for
 * each route. */
#ifndef THIM_SERVE_REGISTRY_PARTS_H
#define THIM_SERVE_REGISTRY_PARTS_H

#include <stdatomic.h>

#include "format/appraisal_policy.h"
#include "serve/host_readers.h"
#include "serve/registry.h"
#include "serve/registry_audit.h"
#include "serve/registry_reply.h"
#include "serve/workroom.h"

struct registry {
    struct registry_options options;
    struct site_key site_key;
    struct policy_key policy_keys[CONFIG_POLICY_KEYS_MAX];
    struct host_readers *readers;
    struct inbox *inbox;
    struct workroom *desk;    /* listings, lists of certificates */
    struct workroom *bundles; /* the one import */
    struct http_reply *spare; /* for a waiter, when there is no memory for another */
    atomic_bool importing, draining;
    _Atomic uint64_t held, queued, refused, conflicts, imports;
};

/* One request as a route sees it; everything lives until the route's function returns. */
struct registry_call {
    struct registry *registry;
    struct http_request *request;
    const struct http_target *target;
    struct arena *arena;
    struct caller caller;
    struct request_id id;
};

/* ---- rooms: each answers, or suspends ------------------------------------------- */

void registry_post_platform(struct registry_call *call);
void registry_list_platforms(struct registry_call *call);
void registry_drain_platforms(struct registry_call *call);
void registry_put_bundle(struct registry_call *call);
void registry_post_refresh(struct registry_call *call);
void registry_get_policy(struct registry_call *call);
void registry_put_policy(struct registry_call *call);
void registry_get_pck_certs(struct registry_call *call);
void registry_post_pck_certs(struct registry_call *call);
void registry_post_relay_platform(struct registry_call *call);
void registry_post_relay_package(struct registry_call *call);

/* ---- for all of them ------------------------------------------------------------ */

void registry_answer(struct registry_call *call, struct http_reply *reply);
void registry_refuse(struct registry_call *call, const struct refusal *refusal);
/* 400, with the error's sentence; ERROR_LIMIT too. */
void registry_refuse_malformed(struct registry_call *call, const struct error *err);

/* A parameter's value; NULL where it is absent. */
const struct bytes *registry_parameter(const struct registry_call *call,
                                       const char *name);

/* On whose budget upstream is asked: nobody's for the admin socket. Its length. */
size_t registry_address(const struct registry_call *call, uint8_t address[16]);

struct audit_note registry_note(const char *who, const char *from, const char *what,
                                const char *subject);

/* A suspended request, from the asking to the telling. */
struct registry_wait {
    struct registry *registry;
    struct http_waiter *waiter;
    struct request_id id;
};

/* late: what is said at the deadline. False where there was no place, and that was said.
 */
bool registry_wait_begin(struct registry_call *call, int64_t wait_ms,
                         const struct refusal *late, struct registry_wait *out);
/* Takes the reply; NULL where there was no memory for one. */
void registry_wait_end(struct registry_wait *wait, struct http_reply *reply);
void registry_wait_refuse(struct registry_wait *wait, const struct refusal *refusal);

#endif
