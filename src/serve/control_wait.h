/* SPDX-License-Identifier: Apache-2.0 */
/* An operator who waits for an answer: suspended where they asked, told from whichever
 * thread has it. */
#ifndef THIM_SERVE_CONTROL_WAIT_H
#define THIM_SERVE_CONTROL_WAIT_H

#include "serve/control_json.h"

#define CONTROL_WAIT_MS (300 * 1000) /* how long an operator is kept waiting */

struct control_wait {
    struct http_waiter *waiter;
    struct request_id id;
    struct http_reply *spare; /* when there is no memory for the answer; another's */
};

/* What a waiter is told when there is no room for it, and for lack of anything better;
 * the caller's. */
struct http_reply *control_spare_reply(void);

/* Says so to who cannot even begin to wait. */
void control_wait_refuse(struct http_request *request);

/* False: there is no room, and that has been said. */
bool control_wait_begin(struct control_wait *wait, struct http_request *request,
                        struct http_reply *spare) MUST_CHECK;

/* These end the waiting. The first two take what they tell; NULL is a machine out of
 * memory. remedy: what may be done where it is not found. */
void control_wait_answer(struct control_wait *wait, struct http_reply *reply);
void control_wait_tell(struct control_wait *wait, json_t *json);
void control_wait_fail(struct control_wait *wait, const struct error *err,
                       const char *remedy);
void control_wait_fail_as(struct control_wait *wait,
                          const struct control_failure *failure);
void control_wait_busy(struct control_wait *wait);

#endif
