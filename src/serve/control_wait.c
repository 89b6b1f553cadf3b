/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_wait.h"

static const struct control_failure full_house = {
    .status = 503,
    .code = "busy",
    .message = "too many are waiting already",
    .remedy = "",
};
static const struct control_failure late = {
    .status = 503,
    .code = "late",
    .message = "not settled yet; it goes on without you",
    .remedy = "",
};

struct http_reply *control_spare_reply(void)
{
    return control_failure_reply(&full_house, &(struct request_id){ .s = "none" });
}

void control_wait_refuse(struct http_request *request)
{
    control_fail(request, &full_house);
}

bool control_wait_begin(struct control_wait *wait, struct http_request *request,
                        struct http_reply *spare)
{
    *wait = (struct control_wait){ .id = request_id_of(request), .spare = spare };
    struct http_reply *late_reply = control_failure_reply(&late, &wait->id);
    if (late_reply != NULL)
        wait->waiter = http_request_suspend(request, CONTROL_WAIT_MS, late_reply);
    http_reply_release(late_reply);
    if (wait->waiter != NULL)
        return true;
    control_wait_refuse(request);
    return false;
}

void control_wait_answer(struct control_wait *wait, struct http_reply *reply)
{
    if (reply == NULL)
        reply = http_reply_hold(wait->spare);
    http_waiter_answer(wait->waiter, reply);
    http_reply_release(reply);
}

void control_wait_tell(struct control_wait *wait, json_t *json)
{
    control_wait_answer(wait, control_json_reply(200, json, NULL, &wait->id));
}

void control_wait_fail(struct control_wait *wait, const struct error *err,
                       const char *remedy)
{
    struct control_failure failure = { .status = 503,
                                       .code = error_kind_name(err->kind),
                                       .message = err->text,
                                       .remedy = "The log of thimd says more." };

    if (err->kind == ERROR_NOT_FOUND) {
        failure.status = 404;
        failure.remedy = remedy;
    } else if (err->kind == ERROR_REVOKED || err->kind == ERROR_STALE) {
        failure.status = 409;
        failure.remedy = "It is held, and may not be given.";
    }
    control_wait_fail_as(wait, &failure);
}

void control_wait_fail_as(struct control_wait *wait,
                          const struct control_failure *failure)
{
    control_wait_answer(wait, control_failure_reply(failure, &wait->id));
}

void control_wait_busy(struct control_wait *wait)
{
    control_wait_fail_as(wait, &full_house);
}
