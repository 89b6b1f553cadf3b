/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's chips for the operator: the routes behind `thim amd`, JSON over the admin socket.
 *
 *   POST   /thim/v1/amd/chips      { "chips": [{ "product", "chip_id", "tcb_version" }] }
 *     at most 1000: known from now on, and fetched when their turn comes
 *     { "wanted": n, "added": n }            added: how many were not known
 *   GET    /thim/v1/amd/chips?after=ROW&limit=N                limit: 100, at most 1000
 *     { "chips": [CHIP], "next": ROW|null, "counts": { "known", "held", "waiting" } }
 *     CHIP: { "row", "kind": "VCEK|VLEK", "product", "chip_id"|null, "tcb_version",
 *       "state": "held|waiting|failed", "known_by": "asking|import|token|operator",
 *       "source", "first_seen", "fetched": time|null, "last_asked": time|null,
 *       "not_after": time|null, "revocation_checked": bool, "due": time|null,
 *       "failures", "why" }
 *     "failed" is a waiting one that upstream has been asked for in vain; it is asked
 *     again when due.
 *   GET    /thim/v1/amd/certificate?product=P&chip_id=C&tcb_version=T
 *     { "product", "chip_id", "tcb_version", "certificate": PEM, "chain": PEM, ASK first,
 *       "not_after", "revocation_checked": bool }; 409 for what may not be given: its
 *     issuer is revoked, or it is out of date
 *   DELETE /thim/v1/amd/chips?product=P&chip_id=C[&tcb_version=T]      all TCBs without T
 *     { "forgotten": n }
 *
 * POST /thim/v1/amd/vcek, which brings a certificate, is serve/chips.h's. chip_id is hex,
 * as long as the product has it; tcb_version is 16 hex digits. Errors are as in
 * serve/control.h. */
#ifndef THIM_SERVE_CONTROL_AMD_H
#define THIM_SERVE_CONTROL_AMD_H

#include "kit/clock.h"
#include "serve/access.h"
#include "store/chips.h"
#include "store/writer.h"
#include "verify/amd_law.h"

#define AMD_WANTS_MAX 1000 /* chips in one request */

struct control_amd;

struct control_amd_options {
    const struct config *config;
    const struct clock *clock;
    struct access *access; /* who it is that asks, for the audit */
    struct store_writer *writer;
    void *context;
    void (*wake)(void *context); /* chips are wanted: look at what is due */
    void (*chip_changed)(void *context, const struct kds_key *key);
    struct amd_law *(*law)(void *context); /* the present one, held; NULL: none yet */
};

/* The store must be open. */
bool control_amd_create(const struct control_amd_options *options,
                        struct control_amd **out, struct error *err) MUST_CHECK;

/* No more requests will come; what is under way on our own threads is waited for. */
void control_amd_drain(struct control_amd *control); /* accepts NULL */

/* The writer must have been stopped. Accepts NULL. */
void control_amd_destroy(struct control_amd *control);
DEFINE_OWNED(struct control_amd *, control_amd_destroy)

/* Whether this is one of the routes above. */
bool control_amd_is_asked(struct bytes path);

/* For who may enter the admin socket; both are asked for its requests alone. */
size_t control_amd_body_limit(const struct http_request *request);
void control_amd_handle(struct control_amd *control, struct http_request *request);

#endif
