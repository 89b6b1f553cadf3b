/* SPDX-License-Identifier: Apache-2.0 */
/* The deny list for the operator: the routes behind `thim deny`, JSON over the admin
 * socket alone.
 *
 *   GET    /thim/v1/deny
 *     { "entries": [{ "kind": "chip_id|qe_id|ppid_digest|fmspc|key_digest|advisory",
 *       "value", "why", "by", "until": time|null, "in_force": bool }] }
 *   POST   /thim/v1/deny   { "kind", "value", "why", "by"?, "until"?: time }
 *     { "added": true }; by is who asks where it is missing; 409 where it is on the list
 *     already, or the list is full
 *   DELETE /thim/v1/deny?kind=K&value=V
 *     { "removed": true }; 404 where it is not on the list
 *
 * A change has been written to deny.yaml and to the audit, and is in force, when it is
 * answered. Errors are as in serve/control.h. */
#ifndef THIM_SERVE_CONTROL_DENY_H
#define THIM_SERVE_CONTROL_DENY_H

#include "kit/clock.h"
#include "serve/access.h"
#include "serve/denials.h"
#include "store/writer.h"

struct control_deny;

struct control_deny_options {
    const char *state_directory; /* of the site key */
    const struct clock *clock;
    struct access *access;
    struct denials *denials;
    struct store_writer *writer;
};

bool control_deny_create(const struct control_deny_options *options,
                         struct control_deny **out, struct error *err) MUST_CHECK;
/* The writer must have told all that was asked of it. Accepts NULL. */
void control_deny_destroy(struct control_deny *control);
DEFINE_OWNED(struct control_deny *, control_deny_destroy)

bool control_deny_is_asked(struct bytes path);
size_t control_deny_body_limit(const struct http_request *request);

/* Answers or suspends. Whether who asks is the operator has been judged. */
void control_deny_handle(struct control_deny *control, struct http_request *request);

#endif
