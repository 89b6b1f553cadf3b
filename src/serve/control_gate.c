/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_gate.h"

static const struct control_failure operator_only = {
    .status = 403,
    .code = "forbidden",
    .message = "Only the admin socket may do this.",
    .remedy = "Use the command thim on the machine itself, as root or as thimd's user.",
};
static const struct control_failure no_token = {
    .status = 401,
    .code = "no_token",
    .message = "This is shown to readers.",
    .remedy =
        "Send a reader's token as Authorization: Bearer, or use the command thim on "
        "the machine itself.",
};
static const struct control_failure wrong_token = {
    .status = 401,
    .code = "wrong_token",
    .message = "The token is none of those in the configuration.",
    .remedy = "Was it rotated? thim token make gives another.",
};
static const struct control_failure paced = {
    .status = 429,
    .code = "paced",
    .message = "Too many wrong tokens.",
    .remedy = "Wait, then send the right one.",
};
static const struct control_failure other_role = {
    .status = 403,
    .code = "forbidden",
    .message = "This token's role does not go so far.",
    .remedy = "Use a token of the role reader (for the audit: admin).",
};

const struct control_failure *control_gate_judge(const struct control_gate *gate,
                                                 struct access *access,
                                                 const struct http_request *request,
                                                 struct caller *caller)
{
    access_judge(access, request, caller);
    if (caller->is_operator)
        return NULL;
    if (gate->role == 0)
        return &operator_only;
    if (caller->verdict == ACCESS_WRONG)
        return &wrong_token;
    if (caller->verdict == ACCESS_PACED)
        return &paced;
    if ((caller->roles & gate->role) != 0
        || (gate->to_loopback && access_is_from_here(request)))
        return NULL;
    return caller->verdict == ACCESS_NOBODY ? &no_token : &other_role;
}
