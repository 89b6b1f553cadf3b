/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_platforms.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/text.h"
#include "serve/control_gate.h"
#include "serve/control_platforms_parts.h"

enum {
    TDX_BODY_MAX = 4096,
    CALL_BYTES_MAX = 2 * 1024 * 1024, /* a target, and what a registration is read into */
    ROOM_THREADS = 2,
    ROOM_WAITING_MAX = 1024,
};

/* ---- routes --------------------------------------------------------------------- */

static void read_platforms(struct platforms_call *call);
static void show_platform(struct platforms_call *call);
static void see_doctor(struct platforms_call *call);
static void read_audit(struct platforms_call *call);

static const struct control_gate readers = { .role = ROLE_READER, .to_loopback = true };
static const struct control_gate admins = { .role = ROLE_ADMIN };
static const struct control_gate operators = { .role = 0 };

static const struct platform_route {
    const char *path;
    enum http_method method;
    const struct control_gate *gate;
    size_t body_max;
    void (*handle)(struct platforms_call *call);
} routes[] = {
    { "/thim/v1/platforms", HTTP_GET, &readers, 0, read_platforms },
    { "/thim/v1/platforms/show", HTTP_GET, &readers, 0, show_platform },
    { "/thim/v1/platforms/doctor", HTTP_GET, &readers, 0, see_doctor },
    { "/thim/v1/audit", HTTP_GET, &admins, 0, read_audit },
    { "/thim/v1/platforms", HTTP_POST, &operators, REGISTRATION_BYTES_MAX,
      platforms_register },
    { "/thim/v1/platforms/rebind", HTTP_POST, &operators, REGISTRATION_BYTES_MAX,
      platforms_rebind },
    { "/thim/v1/platforms/tdx", HTTP_POST, &operators, TDX_BODY_MAX, platforms_keep_tdx },
    { "/thim/v1/platforms", HTTP_DELETE, &operators, 0, platforms_forget },
};

bool control_platforms_is_asked(struct bytes path)
{
    for (size_t i = 0; i < COUNT_OF(routes); i++)
        if (bytes_equal_text(path, routes[i].path))
            return true;
    return false;
}

/* NULL where the method does not go with the path. */
static const struct platform_route *route_of(struct bytes path, enum http_method method)
{
    if (method == HTTP_HEAD)
        method = HTTP_GET;
    for (size_t i = 0; i < COUNT_OF(routes); i++)
        if (routes[i].method == method && bytes_equal_text(path, routes[i].path))
            return &routes[i];
    return NULL;
}

static const struct control_failure wrong_method = {
    .status = 405,
    .code = "method",
    .message = "That method does not go with this path.",
    .remedy = "serve/control_platforms.h lists the routes.",
    .allow = "GET, HEAD, POST, DELETE",
};

/* ---- errands -------------------------------------------------------------------- */

void errand_tell(struct errand *errand, json_t *json)
{
    control_wait_tell(&errand->wait, json);
    free(errand);
}

void errand_fail(struct errand *errand, const struct error *err)
{
    control_wait_fail(&errand->wait, err,
                      "thim platform list shows those that are known.");
    free(errand);
}

void platforms_refuse_malformed(struct platforms_call *call, const struct error *err)
{
    struct control_failure failure = { .status = 400,
                                       .code = "malformed",
                                       .message = err->text,
                                       .remedy =
                                           "Asked again as it is, it will be refused "
                                           "again." };

    control_fail(call->request, &failure);
}

struct errand *errand_begin(struct platforms_call *call, const struct platform_ask *ask)
{
    struct errand *errand = malloc(sizeof *errand);

    if (errand == NULL) {
        control_wait_refuse(call->request);
        return NULL;
    }
    *errand =
        (struct errand){ .control = call->control, .caller = call->caller, .ask = *ask };
    if (control_wait_begin(&errand->wait, call->request, call->control->spare))
        return errand;
    free(errand);
    return NULL;
}

static void send_out(struct platforms_call *call, bool needs_name,
                     void (*job)(void *errand))
{
    struct platform_ask ask;
    struct error err = { 0 };

    if (!platform_ask_read(&call->target, &call->arena, &ask, &err)
        || (needs_name && !ask.has_name
            && !error_set(&err, ERROR_FORMAT, "parameter qe_id is missing"))) {
        platforms_refuse_malformed(call, &err);
        return;
    }
    struct errand *errand = errand_begin(call, &ask);
    if (errand != NULL && !workroom_give(call->control->room, job, errand)) {
        control_wait_busy(&errand->wait);
        free(errand);
    }
}

static void read_platforms(struct platforms_call *call)
{
    send_out(call, false, errand_list);
}

static void show_platform(struct platforms_call *call)
{
    send_out(call, true, errand_show);
}

static void see_doctor(struct platforms_call *call)
{
    send_out(call, true, errand_doctor);
}

static void read_audit(struct platforms_call *call)
{
    send_out(call, false, errand_audit);
}

/* ---- one request ---------------------------------------------------------------- */

static bool read_target(struct platforms_call *call, struct error *err)
{
    arena_init(&call->arena, CALL_BYTES_MAX);
    return http_target_parse(http_request_target(call->request), &call->arena,
                             &call->target, err);
}

size_t control_platforms_body_limit(struct control_platforms *control,
                                    const struct http_request *request)
{
    struct bytes target = http_request_target(request);
    struct bytes path = bytes_first(target, bytes_find(target, bytes_of_text("?")));
    const struct platform_route *route = route_of(path, http_request_method(request));
    struct caller caller;

    if (route == NULL
        || control_gate_judge(route->gate, control->options.access, request, &caller)
               != NULL)
        return HTTP_BODY_UNWANTED;
    return route->body_max;
}

static void handle(struct platforms_call *call)
{
    const struct platform_route *route =
        route_of(call->target.path, http_request_method(call->request));

    if (route == NULL) {
        control_fail(call->request, &wrong_method);
        return;
    }
    const struct control_failure *why = control_gate_judge(
        route->gate, call->control->options.access, call->request, &call->caller);
    if (why != NULL)
        control_fail(call->request, why);
    else
        route->handle(call);
}

void control_platforms_handle(struct control_platforms *control,
                              struct http_request *request)
{
    struct platforms_call call = { .control = control, .request = request };
    struct error err = { 0 };

    if (read_target(&call, &err))
        handle(&call);
    else
        platforms_refuse_malformed(&call, &err);
    arena_fini(&call.arena);
}

/* ---- making --------------------------------------------------------------------- */

static bool furnish(struct control_platforms *control, struct error *err)
{
    const struct config *config = control->options.config;

    control->spare = control_spare_reply();
    if (control->spare == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the platforms' routes");
    return site_key_load(config->state_directory, &control->site_key, err)
           && host_readers_create(config->state_directory, &control->readers, err)
           && host_issuers_create(&config->trust.roots, &control->issuers, err)
           && workroom_open("thim-operator", ROOM_THREADS, ROOM_WAITING_MAX,
                            &control->room, err);
}

bool control_platforms_create(const struct control_platforms_options *options,
                              struct control_platforms **out, struct error *err)
{
    OWNED(control_platforms_destroy)
    struct control_platforms *control = calloc(1, sizeof *control);

    if (control == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the platforms' routes");
    control->options = *options;
    if (!furnish(control, err))
        return false;
    *out = TAKE(control);
    return true;
}

void control_platforms_drain(struct control_platforms *control)
{
    if (control != NULL)
        workroom_end(control->room);
}

void control_platforms_destroy(struct control_platforms *control)
{
    if (control == NULL)
        return;
    workroom_close(control->room);
    host_issuers_destroy(control->issuers);
    host_readers_destroy(control->readers);
    http_reply_release(control->spare);
    free(control);
}
