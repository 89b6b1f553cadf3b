/* SPDX-License-Identifier: Apache-2.0 */
/* The door for the operator: JSON over the admin socket, which only root and the
 * service's own user may use.
 *
 *   GET  /thim/v1/status      what is held, how each thing's keeping goes, upstreams,
 * clock POST /thim/v1/refresh     {"wait": true, "subject": "tcb_info/..."?}; everything
 * when no subject; answers when done (or at a deadline) POST /thim/v1/clock       {"now":
 * "2025-06-20T00:00:00Z"}: standing clocks only; answers when everything due by then has
 * been done Errors: {"error": {"code", "message", "remedy"}}. */
#ifndef THIM_SERVE_CONTROL_H
#define THIM_SERVE_CONTROL_H

#include "kit/clock.h"
#include "net/http_server.h"
#include "serve/front.h"
#include "store/condition.h"
#include "store/holdings.h"

struct control;

struct control_options {
    const struct config *config;
    struct clock *clock;
    struct conditions *conditions;
    struct front *front;
    uint32_t own_uid;
    bool marked;   /* test roots or a moved clock */
    void *context; /* for the functions below */
    struct holdings *(*holdings)(
        void *context); /* the present ones, held for the caller */
    /* Begins a refresh (subject "" is everything) and calls done when it has settled. */
    bool (*refresh)(void *context, const char *subject,
                    void (*done)(void *done_context, bool all_well), void *done_context,
                    struct error *err);
    /* After the clock moved: looks at the schedule again; done when nothing is due. */
    void (*clock_moved)(void *context, void (*done)(void *done_context, bool all_well),
                        void *done_context);
};

bool control_create(const struct control_options *options, struct control **out,
                    struct error *err) MUST_CHECK;
void control_destroy(struct control *control); /* accepts NULL */
DEFINE_OWNED(struct control *, control_destroy)

struct http_handler control_handler(struct control *control);

#endif
