/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control.h"

#include <jansson.h>
#include <stdlib.h>

#include "format/http_query.h"
#include "kit/log.h"
#include "kit/text.h"
#include "serve/chips.h"
#include "serve/control_amd.h"
#include "serve/control_baselines.h"
#include "serve/control_deny.h"
#include "serve/control_json.h"
#include "serve/control_platforms.h"
#include "serve/control_status.h"
#include "serve/verify_desk.h"

enum {
    BODY_MAX = 64 * 1024,
    TARGET_BYTES_MAX = 64 * 1024,
    WAIT_MS = 300 * 1000, /* how long an operator is kept waiting */
};

struct control {
    struct control_options options;
    struct http_reply *spare; /* for a waiter, when there is no memory for another */
};

/* ---- refusals ------------------------------------------------------------------- */

static const struct control_failure forbidden = {
    .status = 403,
    .code = "forbidden",
    .message = "Only root and the service's own user may use this socket.",
    .remedy = "Run the command as root, or as the user of thimd.",
};
static const struct control_failure no_such_route = {
    .status = 404,
    .code = "route_unknown",
    .message = "There is no such path on the admin socket.",
    .remedy = "There are /thim/v1/status, /refresh, /clock, /platforms, /amd, "
              "/baselines, /explain, /verify, /deny and /audit.",
};
static const struct control_failure wrong_method = {
    .status = 405,
    .code = "method",
    .message = "That method does not go with this path.",
    .remedy = "GET status; POST refresh and clock.",
};
static const struct control_failure clock_not_standing = {
    .status = 409,
    .code = "clock_not_standing",
    .message = "This clock moves by itself.",
    .remedy = "Only a service started with --clock step takes the time from here.",
};
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

/* ---- bodies --------------------------------------------------------------------- */

struct body_law { /* the one member that may stand beside "wait" */
    const char *text_member;
    bool takes_wait;
};

static bool refuse_body(struct http_request *request, const char *message)
{
    struct control_failure failure = { .status = 400,
                                       .code = "malformed",
                                       .message = message,
                                       .remedy =
                                           "The command thim sends what is understood." };

    control_fail(request, &failure);
    return false;
}

/* NULL json where there is no body; it is the caller's. Answers itself where it refuses.
 */
static bool read_body(struct http_request *request, const struct body_law *law,
                      json_t **out)
{
    struct bytes body = http_request_body(request);
    json_error_t why;
    const char *name;
    json_t *value;

    *out = NULL;
    if (body.len == 0)
        return true;
    json_t *json =
        json_loadb((const char *)body.at, body.len, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(json)) {
        json_decref(json);
        return refuse_body(request, "The body is not one JSON object.");
    }
    json_object_foreach(json, name, value)
    {
        bool is_text = strcmp(name, law->text_member) == 0 && json_is_string(value);
        bool is_wait =
            law->takes_wait && strcmp(name, "wait") == 0 && json_is_boolean(value);
        if (!is_text && !is_wait) {
            json_decref(json);
            return refuse_body(request, "The body has a member that is not known, or "
                                        "not of its type.");
        }
    }
    *out = json;
    return true;
}

static const char *text_member(const json_t *json, const char *name)
{
    return json == NULL ? NULL : json_string_value(json_object_get(json, name));
}

/* ---- what takes its time -------------------------------------------------------- */

struct errand { /* between the asking and the settling */
    struct control *control;
    struct http_waiter *waiter; /* NULL: nobody waits */
    struct request_id id;
    bool tells_time;
};

/* Takes the reply; where there was no memory for one, the spare goes out. */
static void settle(struct errand *errand, struct http_reply *reply)
{
    if (reply == NULL)
        reply = http_reply_hold(errand->control->spare);
    if (errand->waiter != NULL)
        http_waiter_answer(errand->waiter, reply);
    http_reply_release(reply);
    free(errand);
}

static void errand_done(void *errand_, bool all_well)
{
    struct errand *errand = errand_;
    json_t *json = json_pack("{s:b}", "all_well", (int)all_well);

    if (errand->tells_time && json != NULL) {
        int64_t now_s = clock_wall_s(errand->control->options.clock);
        json_object_set_new(json, "now", json_string(utc(now_s).s));
    }
    settle(errand, control_json_reply(200, json, NULL, &errand->id));
}

/* Suspends the request where somebody waits; NULL where that was refused and said so. */
static struct errand *errand_begin(struct control *control, struct http_request *request,
                                   bool waits)
{
    struct errand *errand = malloc(sizeof *errand);

    if (errand == NULL)
        return NULL;
    *errand = (struct errand){ .control = control, .id = request_id_of(request) };
    if (!waits)
        return errand;
    struct http_reply *late_reply = control_failure_reply(&late, &errand->id);
    if (late_reply != NULL)
        errand->waiter = http_request_suspend(request, WAIT_MS, late_reply);
    http_reply_release(late_reply);
    if (errand->waiter != NULL)
        return errand;
    free(errand);
    control_fail(request, &full_house);
    return NULL;
}

static struct control_failure failure_of(const struct error *err)
{
    struct control_failure failure = { .status = 503,
                                       .code = error_kind_name(err->kind),
                                       .message = err->text,
                                       .remedy = "Look at thim status, and at the log." };

    if (err->kind == ERROR_NOT_FOUND)
        failure.status = 404;
    else if (err->kind == ERROR_FORMAT)
        failure.status = 400;
    return failure;
}

/* ---- routes --------------------------------------------------------------------- */

static void get_status(struct control *control, struct http_request *request)
{
    struct request_id id = request_id_of(request);

    answer_and_release(
        request, control_json_reply(200, control_status(&control->options), NULL, &id));
}

/* Tells who waits, or who asked and did not wait. */
static void refresh_failed(struct http_request *request, struct errand *errand,
                           const struct error *err)
{
    struct control_failure failure = failure_of(err);

    if (errand->waiter != NULL) {
        settle(errand, control_failure_reply(&failure, &errand->id));
        return;
    }
    control_fail(request, &failure);
    free(errand);
}

static void post_refresh(struct control *control, struct http_request *request)
{
    static const struct body_law law = { .text_member = "subject", .takes_wait = true };
    struct error err = { 0 };
    json_t *body;

    if (!read_body(request, &law, &body))
        return;
    const char *subject = text_member(body, "subject");
    bool waits = !json_is_false(json_object_get(body, "wait"));
    struct errand *errand = errand_begin(control, request, waits);
    struct request_id id = request_id_of(request);
    if (errand != NULL
        && !control->options.refresh(control->options.context,
                                     subject != NULL ? subject : "", errand_done, errand,
                                     &err))
        refresh_failed(request, errand, &err);
    else if (errand != NULL && !waits)
        answer_and_release(
            request, control_json_reply(202, json_pack("{s:b}", "begun", 1), NULL, &id));
    json_decref(body);
}

static void post_clock(struct control *control, struct http_request *request)
{
    static const struct body_law law = { .text_member = "now" };
    int64_t now_s = 0;
    json_t *body;

    if (!read_body(request, &law, &body))
        return;
    const char *now = text_member(body, "now");
    bool read = now != NULL && utc_read(bytes_of_text(now), &now_s);
    json_decref(body);
    if (!read) {
        refuse_body(request, "\"now\" is missing, or not like 2025-06-20T00:00:00Z.");
        return;
    }
    if (!clock_is_standing(control->options.clock)) {
        control_fail(request, &clock_not_standing);
        return;
    }
    struct errand *errand = errand_begin(control, request, true);
    if (errand == NULL)
        return;
    errand->tells_time = true;
    if (clock_step_to(control->options.clock, now_s))
        control->options.clock_moved(control->options.context, errand_done, errand);
    else
        settle(errand, control_failure_reply(&clock_not_standing, &errand->id));
}

static const struct admin_route {
    const char *path;
    enum http_method method;
    void (*handle)(struct control *control, struct http_request *request);
} admin_routes[] = {
    { "/thim/v1/status", HTTP_GET, get_status },
    { "/thim/v1/refresh", HTTP_POST, post_refresh },
    { "/thim/v1/clock", HTTP_POST, post_clock },
};

static bool may_enter(const struct control *control, const struct http_request *request)
{
    struct http_peer peer;

    http_request_peer(request, &peer);
    return peer.is_unix && (peer.uid == 0 || peer.uid == control->options.own_uid);
}

/* 0 where the target is none of the registry's. */
static enum registry_route registry_route_of(const struct control *control,
                                             const struct http_request *request)
{
    struct asker asker = { .bare_crl = control->options.config->compat.bare_crl,
                           .v3 = control->options.config->compat.v3 };
    struct question question;
    struct arena arena;

    if (control->options.registry == NULL)
        return 0;
    arena_init(&arena, TARGET_BYTES_MAX);
    bool is_read =
        question_read(http_request_target(request), &asker, &arena, &question, NULL);
    arena_fini(&arena);
    return is_read && question.kind == ASK_REGISTRY ? question.route : 0;
}

static void route_registry(struct control *control, struct http_request *request)
{
    enum registry_route which = registry_route_of(control, request);

    if (which != 0)
        registry_handle(control->options.registry, which, request);
    else
        control_fail(request, &no_such_route);
}

/* Of what serve/chips.h answers, the rest is for hosts and has a door of its own. */
static bool brings_chip(const struct control *control, struct bytes path)
{
    return control->options.chips != NULL && bytes_equal_text(path, "/thim/v1/amd/vcek");
}

static void route(struct control *control, struct http_request *request,
                  struct bytes path)
{
    for (size_t i = 0; i < COUNT_OF(admin_routes); i++) {
        if (!bytes_equal_text(path, admin_routes[i].path))
            continue;
        struct control_failure failure = wrong_method;
        failure.allow = admin_routes[i].method == HTTP_GET ? "GET" : "POST";
        if (http_request_method(request) == admin_routes[i].method)
            admin_routes[i].handle(control, request);
        else
            control_fail(request, &failure);
        return;
    }
    if (control->options.platforms != NULL && control_platforms_is_asked(path))
        control_platforms_handle(control->options.platforms, request);
    else if (control->options.amd != NULL && control_amd_is_asked(path))
        control_amd_handle(control->options.amd, request);
    else if (control->options.baselines != NULL && control_baselines_is_asked(path))
        control_baselines_handle(control->options.baselines, request);
    else if (control->options.deny != NULL && control_deny_is_asked(path))
        control_deny_handle(control->options.deny, request);
    else if (brings_chip(control, path))
        chips_handle(control->options.chips, request);
    else
        route_registry(control, request);
}

static bool asks_for_verify(const struct control *control,
                            const struct http_request *request)
{
    return control->options.verify != NULL
           && verify_desk_is_asked(http_request_target(request));
}

static void handle(void *control_, struct http_request *request)
{
    struct control *control = control_;
    struct http_target target;
    struct arena arena;
    struct error err = { 0 };

    if (!may_enter(control, request)) {
        control_fail(request, &forbidden);
        return;
    }
    if (asks_for_verify(control, request)) {
        verify_desk_handle(control->options.verify, request);
        return;
    }
    arena_init(&arena, TARGET_BYTES_MAX);
    if (http_target_parse(http_request_target(request), &arena, &target, &err))
        route(control, request, target.path);
    else
        refuse_body(request, err.text);
    arena_fini(&arena);
}

static struct bytes path_of(const struct http_request *request)
{
    struct bytes target = http_request_target(request);

    return bytes_first(target, bytes_find(target, bytes_of_text("?")));
}

static size_t body_limit(void *control_, const struct http_request *request)
{
    struct control *control = control_;
    enum registry_route which = registry_route_of(control, request);

    if (!may_enter(control, request))
        return HTTP_BODY_UNWANTED;
    if (asks_for_verify(control, request))
        return verify_desk_body_limit(control->options.verify, request);
    if (which != 0)
        return registry_body_limit(control->options.registry, which, request);
    if (control->options.platforms != NULL
        && control_platforms_is_asked(path_of(request)))
        return control_platforms_body_limit(control->options.platforms, request);
    if (control->options.amd != NULL && control_amd_is_asked(path_of(request)))
        return control_amd_body_limit(request);
    if (control->options.baselines != NULL
        && control_baselines_is_asked(path_of(request)))
        return control_baselines_body_limit(control->options.baselines, request);
    if (control->options.deny != NULL && control_deny_is_asked(path_of(request)))
        return control_deny_body_limit(request);
    if (brings_chip(control, path_of(request)))
        return chips_body_limit(control->options.chips, request);
    return http_request_method(request) == HTTP_POST ? BODY_MAX : 0;
}

/* ---- making --------------------------------------------------------------------- */

bool control_create(const struct control_options *options, struct control **out,
                    struct error *err)
{
    static const struct http_header headers[] = { { "Cache-Control", "no-store" },
                                                  { "Request-ID", "none" } };
    OWNED(control_destroy) struct control *control = calloc(1, sizeof *control);

    if (control == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the admin interface");
    control->options = *options;
    if (!http_reply_create(503, headers, COUNT_OF(headers), (struct bytes){ 0 },
                           &control->spare, err))
        return false;
    *out = TAKE(control);
    return true;
}

void control_destroy(struct control *control)
{
    if (control == NULL)
        return;
    http_reply_release(control->spare);
    free(control);
}

static void ended(void *control_, const struct http_request *request)
{
    struct control *control = control_;

    if (control->options.verify != NULL)
        verify_desk_ended(control->options.verify, request);
}

struct http_handler control_handler(struct control *control)
{
    return (struct http_handler){
        .context = control, .body_limit = body_limit, .handle = handle, .ended = ended
    };
}
