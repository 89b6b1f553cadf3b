/* SPDX-License-Identifier: Apache-2.0 */
/* The routes that orchestrators ask: is it alive, may it be sent hosts, has it started.
 *
 * Ready is: the store is open, one valid set is held, and it is not draining. A vendor
 * that is down changes nothing. What is not so is a 503, which has no body; its reason
 * stands in THIM-Error-Message. */
#ifndef THIM_SERVE_FRONT_HEALTH_H
#define THIM_SERVE_FRONT_HEALTH_H

#include "serve/front_reply.h"
#include "serve/shelf.h"

struct health {
    const struct shelf *shelf; /* NULL: nothing published, so no store */
    int64_t now_s;
    bool started, draining;
};

/* False where the target is no health route. */
bool health_is_asked(struct bytes target);

/* For a target that is one. NULL where memory is out. The caller owns it. */
struct http_reply *health_answer(struct bytes target, const struct health *health,
                                 const struct request_id *id);

#endif
