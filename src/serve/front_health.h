/* SPDX-License-Identifier: Apache-2.0 */
/* The routes that orchestrators ask: is it alive, may it be sent hosts, has it started.
 *
 * Ready is: the store is open, of each vendor that counts a valid set is held, and it is
 * not draining. A vendor that is down changes nothing.
 *
 * Intel counts where its upstreams are asked or anything of it is held; its set is a root
 * CRL, a PCK CRL, a TCB info and an identity. AMD counts where the configuration has an
 * amd section and its upstreams are asked or anything of it is held: one who has never
 * spoken of AMD is not made unready by a KDS that the machine cannot reach. Its set is
 * what a certificate of one of amd.products is given by, an issuer chain and, where
 * amd.crl is required, a CRL. Where neither counts, what is missing is Intel's.
 *
 * What is not so is a 503, which has no body; its reason stands in THIM-Error-Message. */
#ifndef THIM_SERVE_FRONT_HEALTH_H
#define THIM_SERVE_FRONT_HEALTH_H

#include "serve/chips.h"
#include "serve/front_reply.h"
#include "serve/shelf.h"

struct health {
    const struct config *config;
    const struct shelf *shelf; /* NULL: nothing published, so no store */
    const struct chips *chips; /* NULL: nothing of AMD's is served */
    int64_t now_s;
    bool started, draining;
};

/* Whether it is ready; else what stands in the way, for people. */
bool health_is_ready(const struct health *health, char *why, size_t len);

/* False where the target is no health route. */
bool health_is_asked(struct bytes target);

/* For a target that is one. NULL where memory is out. The caller owns it. */
struct http_reply *health_answer(struct bytes target, const struct health *health,
                                 const struct request_id *id);

#endif
