/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_baselines.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/text.h"
#include "serve/control_baselines_parts.h"
#include "serve/control_gate.h"

enum {
    CALL_BYTES_MAX = 256 * 1024, /* a target, and what it is read into */
    ORDER_BYTES_MAX = 16 * 1024,
    EVIDENCE_BYTES_MAX = 1024 * 1024, /* or certificates */
    ROOM_THREADS = 2,
    ROOM_WAITING_MAX = 256,
};

/* ---- routes --------------------------------------------------------------------- */

#define REMEDY_LIST "thim baseline list shows those that there are."
#define REMEDY_NUMBERS "thim baseline show NAME says which numbers are held."
#define REMEDY_EXPLAIN                                                                \
    "Is its FMSPC among those that are kept (intel.fmspcs)? thim status shows them, " \
    "and "                                                                            \
    "thim platform register brings a platform's."

static const struct baselines_route {
    enum baselines_place place;
    const char *verb; /* BASELINES_VERB */
    enum http_method method;
    size_t body_max;
    const char *remedy;
    bool is_order;
    void (*errand)(void *errand);
} routes[] = {
    { BASELINES_ALL, "", HTTP_GET, 0, REMEDY_LIST, false, baselines_errand_list },
    { BASELINES_DIFF, "", HTTP_GET, 0, REMEDY_NUMBERS, false, baselines_errand_diff },
    { BASELINES_ONE, "", HTTP_GET, 0, REMEDY_LIST, false, baselines_errand_show },
    { BASELINES_VERB, "preview", HTTP_GET, 0, REMEDY_LIST, false,
      baselines_errand_preview },
    { BASELINES_VERB, "history", HTTP_GET, 0, REMEDY_LIST, false,
      baselines_errand_history },
    { BASELINES_VERB, "promote", HTTP_POST, ORDER_BYTES_MAX, REMEDY_NUMBERS, true,
      baselines_errand_order },
    { BASELINES_VERB, "hold", HTTP_POST, ORDER_BYTES_MAX, REMEDY_NUMBERS, true,
      baselines_errand_order },
    { BASELINES_VERB, "release", HTTP_POST, ORDER_BYTES_MAX, REMEDY_NUMBERS, true,
      baselines_errand_order },
    { BASELINES_VERB, "pin", HTTP_POST, ORDER_BYTES_MAX, REMEDY_NUMBERS, true,
      baselines_errand_order },
    { BASELINES_VERB, "unpin", HTTP_POST, ORDER_BYTES_MAX, REMEDY_NUMBERS, true,
      baselines_errand_order },
    { BASELINES_VERB, "rollback", HTTP_POST, ORDER_BYTES_MAX, REMEDY_NUMBERS, true,
      baselines_errand_order },
    { BASELINES_EXPLAIN, "", HTTP_GET, 0, REMEDY_EXPLAIN, false,
      baselines_errand_explain },
    { BASELINES_EXPLAIN, "", HTTP_POST, EVIDENCE_BYTES_MAX, REMEDY_EXPLAIN, false,
      baselines_errand_explain },
};

static bool leads_to(const struct baselines_route *route,
                     const struct baselines_path *path)
{
    return route->place == path->place && bytes_equal_text(path->verb, route->verb);
}

/* NULL where the method does not go with the path; *known: whether another one does. */
static const struct baselines_route *route_of(const struct baselines_path *path,
                                              enum http_method method, bool *known)
{
    *known = false;
    if (method == HTTP_HEAD)
        method = HTTP_GET;
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        bool leads = leads_to(&routes[i], path);
        *known |= leads;
        if (leads && routes[i].method == method)
            return &routes[i];
    }
    return NULL;
}

bool control_baselines_is_asked(struct bytes path)
{
    struct baselines_path read;

    return baselines_path_read(path, &read);
}

/* ---- refusals ------------------------------------------------------------------- */

static const struct control_failure wrong_method = {
    .status = 405,
    .code = "method",
    .message = "That method does not go with this path.",
    .remedy = "serve/control_baselines.h lists the routes.",
    .allow = "GET, HEAD, POST",
};
static const struct control_failure no_such_verb = {
    .status = 404,
    .code = "route_unknown",
    .message = "Nothing of that name can be seen of a baseline, or done to it.",
    .remedy = "There are preview and history; promote, hold, release, pin, unpin and "
              "rollback.",
};

void baselines_refuse_malformed(struct http_request *request, const struct error *err)
{
    struct control_failure failure = { .status = 400,
                                       .code = "malformed",
                                       .message = err->text,
                                       .remedy =
                                           "Asked again as it is, it will be refused "
                                           "again." };

    control_fail(request, &failure);
}

/* What is explained costs no more than what is judged, and is for the same. */
static bool has_gate(const struct control_baselines *control,
                     const struct baselines_route *route)
{
    return route->place == BASELINES_EXPLAIN && control->options.gate != NULL;
}

/* Orders are for the admin socket, the rest is shown. */
static const struct control_failure *judge(const struct control_baselines *control,
                                           const struct baselines_route *route,
                                           const struct http_request *request,
                                           struct caller *caller)
{
    static const struct control_gate shown = { ROLE_READER, true }, closed = { 0, false };

    return control_gate_judge(route->is_order ? &closed : &shown, control->options.access,
                              request, caller);
}

/* ---- errands -------------------------------------------------------------------- */

void baselines_errand_tell(struct baselines_errand *errand, json_t *json)
{
    control_wait_tell(&errand->wait, json);
    free(errand);
}

void baselines_errand_fail(struct baselines_errand *errand, const struct error *err)
{
    struct control_failure failure = { .status = 503,
                                       .code = error_kind_name(err->kind),
                                       .message = err->text,
                                       .remedy = "The log of thimd says more." };

    if (err->kind == ERROR_FORMAT) {
        failure.status = 400;
        failure.code = "malformed";
        failure.remedy = "Asked again as it is, it will be refused again.";
    } else if (err->kind == ERROR_NOT_FOUND) {
        failure.status = 404;
        failure.remedy = errand->remedy;
    } else if (err->kind == ERROR_STALE) {
        failure.status = 409;
        failure.remedy = errand->remedy;
    }
    control_wait_fail_as(&errand->wait, &failure);
    free(errand);
}

static bool read_call(struct baselines_call *call, struct baselines_errand *errand,
                      struct error *err)
{
    bool has_name =
        call->path.place == BASELINES_ONE || call->path.place == BASELINES_VERB;

    return baselines_ask_read(&call->target, &call->arena, &errand->ask, err)
           && (!has_name || baseline_name_read(call->path.name, errand->name, err));
}

struct baselines_errand *baselines_errand_begin(struct baselines_call *call)
{
    struct bytes body = http_request_body(call->request);
    struct baselines_errand *errand = calloc(1, sizeof *errand + body.len);
    struct error err = { 0 };

    if (errand == NULL) {
        control_wait_refuse(call->request);
        return NULL;
    }
    errand->control = call->control;
    errand->caller = call->caller;
    errand->remedy = call->remedy;
    snprintf(errand->verb, sizeof errand->verb, "%.15s", safe(call->path.verb).s);
    errand->body_len = body.len;
    if (body.len > 0)
        memcpy(errand->body, body.at, body.len);
    if (!read_call(call, errand, &err))
        baselines_refuse_malformed(call->request, &err);
    else if (control_wait_begin(&errand->wait, call->request, call->control->spare))
        return errand;
    free(errand);
    return NULL;
}

bool baselines_errand_view(const struct baselines_errand *errand,
                           const struct baseline_view **view, struct error *err)
{
    *view = baselines_view(errand->control->options.baselines);
    return *view != NULL
           || error_set(err, ERROR_UNREACHABLE, "no collateral is held yet");
}

bool baselines_errand_policy(const struct baselines_errand *errand,
                             const struct baseline_view **view, size_t *policy,
                             struct error *err)
{
    if (!baselines_errand_view(errand, view, err))
        return false;
    *policy = baseline_named((*view)->law, bytes_of_text(errand->name));
    return *policy != SIZE_MAX
           || error_set(err, ERROR_NOT_FOUND, "there is no baseline %s", errand->name);
}

static void send_out(struct baselines_call *call, void (*job)(void *errand))
{
    struct baselines_errand *errand = baselines_errand_begin(call);

    if (errand != NULL && !workroom_give(call->control->room, job, errand)) {
        control_wait_busy(&errand->wait);
        free(errand);
    }
}

/* ---- one request ---------------------------------------------------------------- */

static bool read_target(struct baselines_call *call, struct error *err)
{
    arena_init(&call->arena, CALL_BYTES_MAX);
    return http_target_parse(http_request_target(call->request), &call->arena,
                             &call->target, err)
           && (baselines_path_read(call->target.path, &call->path)
               || error_set(err, ERROR_FORMAT, "that is no path of baselines"));
}

size_t control_baselines_body_limit(struct control_baselines *control,
                                    const struct http_request *request)
{
    struct bytes target = http_request_target(request);
    struct baselines_path path;
    struct caller caller;
    bool known;

    if (!baselines_path_read(bytes_first(target, bytes_find(target, bytes_of_text("?"))),
                             &path))
        return HTTP_BODY_UNWANTED;
    const struct baselines_route *route =
        route_of(&path, http_request_method(request), &known);
    if (route == NULL)
        return HTTP_BODY_UNWANTED;
    if (has_gate(control, route)) {
        struct refusal why;
        return verify_gate_enter(control->options.gate, request, &why)
                   ? route->body_max
                   : HTTP_BODY_UNWANTED;
    }
    return judge(control, route, request, &caller) == NULL ? route->body_max
                                                           : HTTP_BODY_UNWANTED;
}

/* False: that has been said. */
static bool may_pass(struct baselines_call *call, const struct baselines_route *route)
{
    struct control_baselines *control = call->control;
    struct refusal refusal;

    if (!has_gate(control, route)) {
        const struct control_failure *why =
            judge(control, route, call->request, &call->caller);
        if (why != NULL)
            control_fail(call->request, why);
        return why == NULL;
    }
    if (verify_gate_admit(control->options.gate, call->request, &refusal))
        return true;
    struct request_id id = request_id_of(call->request);
    answer_and_release(call->request, refusal_reply_shaped(&refusal, REFUSAL_JSON, &id));
    return false;
}

static void handle(struct baselines_call *call)
{
    bool known;
    const struct baselines_route *route =
        route_of(&call->path, http_request_method(call->request), &known);

    if (route == NULL) {
        control_fail(call->request, known ? &wrong_method : &no_such_verb);
        return;
    }
    call->remedy = route->remedy;
    if (may_pass(call, route))
        send_out(call, route->errand);
}

void control_baselines_handle(struct control_baselines *control,
                              struct http_request *request)
{
    struct baselines_call call = { .control = control, .request = request };
    struct error err = { 0 };

    if (read_target(&call, &err))
        handle(&call);
    else
        baselines_refuse_malformed(request, &err);
    arena_fini(&call.arena);
}

/* ---- making --------------------------------------------------------------------- */

static bool furnish(struct control_baselines *control, struct error *err)
{
    const struct config *config = control->options.config;

    control->spare = control_spare_reply();
    if (control->spare == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the baselines' routes");
    return host_readers_create(config->state_directory, &control->readers, err)
           && host_issuers_create(&config->trust.roots, &control->issuers, err)
           && workroom_open("thim-baselines", ROOM_THREADS, ROOM_WAITING_MAX,
                            &control->room, err);
}

bool control_baselines_create(const struct control_baselines_options *options,
                              struct control_baselines **out, struct error *err)
{
    OWNED(control_baselines_destroy)
    struct control_baselines *control = calloc(1, sizeof *control);

    if (control == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the baselines' routes");
    control->options = *options;
    if (!furnish(control, err))
        return false;
    *out = TAKE(control);
    return true;
}

void control_baselines_drain(struct control_baselines *control)
{
    if (control != NULL)
        workroom_end(control->room);
}

void control_baselines_destroy(struct control_baselines *control)
{
    if (control == NULL)
        return;
    workroom_close(control->room);
    host_issuers_destroy(control->issuers);
    host_readers_destroy(control->readers);
    http_reply_release(control->spare);
    free(control);
}
