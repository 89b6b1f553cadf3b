/* SPDX-License-Identifier: Apache-2.0 */
/* Who may have evidence judged, and how much of it: readers, and whoever is on this
 * machine; anyone else where `verify.access` is anyone, within a budget for each address
 * and one for all. Whoever brings a body takes one of `verify.max_in_flight` places from
 * its head on, and gives it back when the request is over.
 *
 * Any thread. Who needs no budget takes no lock. */
#ifndef THIM_SERVE_VERIFY_GATE_H
#define THIM_SERVE_VERIFY_GATE_H

#include "serve/access.h"
#include "serve/front_reply.h"

struct verify_gate;

/* All must outlive the gate. */
bool verify_gate_create(const struct config *config, struct access *access,
                        struct verify_gate **out, struct error *err) MUST_CHECK;
void verify_gate_destroy(struct verify_gate *gate); /* accepts NULL */
DEFINE_OWNED(struct verify_gate *, verify_gate_destroy)

/* Once for each request, however often it is asked. False: why, which stands as long as
 * the gate. The request's notes are the gate's, and its access's. */
bool verify_gate_admit(struct verify_gate *gate, const struct http_request *request,
                       struct refusal *why) MUST_CHECK;

/* The same, and a place; whoever has one needs no other, and whoever was not given one is
 * not admitted any more. */
bool verify_gate_enter(struct verify_gate *gate, const struct http_request *request,
                       struct refusal *why) MUST_CHECK;

/* Gives back the place, where the request has one. */
void verify_gate_leave(struct verify_gate *gate, const struct http_request *request);

#endif
