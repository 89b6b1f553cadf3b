/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_amd.h"

#include <stdlib.h>

#include "config/config.h"
#include "format/chip_list.h"
#include "format/json.h"
#include "kit/text.h"
#include "serve/control_amd_parts.h"

enum {
    WANTS_BYTES_MAX = 512 * 1024,
    CALL_BYTES_MAX = 256 * 1024, /* a target, or what a body is read into */
    CHIP_BYTES_MAX = 64 * 1024,
    ROOM_THREADS = 1,
    ROOM_WAITING_MAX = 256,
};

struct amd_call { /* lives until the route's function returns */
    struct control_amd *control;
    struct http_request *request;
    struct http_target target;
    struct arena arena;
};

/* ---- refusals ------------------------------------------------------------------- */

static const struct control_failure wrong_method = {
    .status = 405,
    .code = "method",
    .message = "That method does not go with this path.",
    .remedy = "serve/control_amd.h lists the routes.",
    .allow = "GET, POST, DELETE",
};

static void refuse_malformed(const struct amd_call *call, const struct error *err)
{
    struct control_failure failure = { .status = 400,
                                       .code = "malformed",
                                       .message = err->text,
                                       .remedy = "Asked again as it is, it will be "
                                                 "refused again." };

    control_fail(call->request, &failure);
}

/* ---- errands -------------------------------------------------------------------- */

void amd_errand_tell(struct amd_errand *errand, json_t *json)
{
    control_wait_tell(&errand->wait, json);
    free(errand);
}

void amd_errand_fail(struct amd_errand *errand, const struct error *err)
{
    control_wait_fail(&errand->wait, err, "thim amd list shows those that are known.");
    free(errand);
}

static struct amd_errand *make_errand(const struct amd_call *call, size_t room)
{
    struct amd_errand *errand = calloc(1, sizeof *errand + room * sizeof errand->keys[0]);

    if (errand == NULL)
        return NULL;
    errand->control = call->control;
    access_judge(call->control->options.access, call->request, &errand->caller);
    return errand;
}

static bool suspend(const struct amd_call *call, struct amd_errand *errand)
{
    return control_wait_begin(&errand->wait, call->request, call->control->spare);
}

static void send_to_room(const struct amd_call *call, struct amd_errand *errand,
                         void (*job)(void *errand))
{
    if (!suspend(call, errand)) {
        free(errand);
    } else if (!workroom_give(call->control->room, job, errand)) {
        control_wait_busy(&errand->wait);
        free(errand);
    }
}

static void send_to_store(const struct amd_call *call, struct amd_errand *errand,
                          void (*job)(void *errand, struct store *store))
{
    struct error err = { 0 };

    if (!suspend(call, errand))
        free(errand);
    else if (!store_writer_submit(call->control->options.writer, job, errand, &err))
        amd_errand_fail(errand, &err);
}

/* ---- what is asked -------------------------------------------------------------- */

static struct bytes value_of(const struct amd_call *call, const char *name)
{
    const struct http_parameter *p = http_parameter(&call->target, name);

    return p == NULL ? (struct bytes){ 0 } : p->value;
}

/* Where none is asked for, all that counts of the key is the chip. */
static bool read_chip(const struct amd_call *call, struct amd_errand *errand,
                      struct error *err)
{
    static const struct chip_hint any_tcb = { .has_tcb = true, .tcb_version = 0 };
    struct bytes tcb = value_of(call, "tcb_version");

    errand->has_tcb = tcb.len > 0;
    return chip_fields_read(value_of(call, "product"), value_of(call, "chip_id"), tcb,
                            errand->has_tcb ? NULL : &any_tcb, &errand->key, err);
}

/* In an arena of its own: the key owns what it says. */
static bool read_wanted(struct bytes object, struct kds_key *out, struct error *err)
{
    struct arena arena;

    arena_init(&arena, CHIP_BYTES_MAX);
    bool read = chip_object_read(object, NULL, &arena, out, err);
    arena_fini(&arena);
    return read;
}

static void read_chips(struct json *json, struct amd_errand *errand)
{
    struct error why = { 0 };

    json_read_array(json);
    while (json_element(json)) {
        struct bytes object = json_skip(json);
        if (errand->count == AMD_WANTS_MAX)
            (void)json_over_limit(json, "more than %d chips at once", AMD_WANTS_MAX);
        else if (json_ok(json)
                 && !read_wanted(object, &errand->keys[errand->count++], &why))
            (void)json_refuse_as(json, &why);
    }
}

static bool read_wants(struct amd_call *call, struct amd_errand *errand,
                       struct error *err)
{
    bool has_chips = false;
    struct bytes name;
    struct json json;

    json_begin_up_to(&json, http_request_body(call->request), WANTS_BYTES_MAX,
                     &call->arena, err);
    json_read_object(&json);
    while (json_member(&json, &name)) {
        if (bytes_equal_text(name, "chips")) {
            has_chips = true;
            read_chips(&json, errand);
        } else {
            (void)json_skip(&json);
        }
    }
    return json_end(&json)
           && (has_chips || error_set(err, ERROR_FORMAT, "member \"chips\" is missing"));
}

/* ---- routes --------------------------------------------------------------------- */

static void want_chips(struct amd_call *call)
{
    struct amd_errand *errand = make_errand(call, AMD_WANTS_MAX);
    struct error err = { 0 };

    if (errand == NULL) {
        control_wait_refuse(call->request);
    } else if (!read_wants(call, errand, &err)) {
        refuse_malformed(call, &err);
        free(errand);
    } else {
        send_to_store(call, errand, amd_errand_want);
    }
}

static void list_chips(struct amd_call *call)
{
    struct amd_errand *errand = make_errand(call, 0);
    struct error err = { 0 };

    if (errand == NULL) {
        control_wait_refuse(call->request);
    } else if (!platform_ask_read(&call->target, &call->arena, &errand->page, &err)) {
        refuse_malformed(call, &err);
        free(errand);
    } else {
        send_to_room(call, errand, amd_errand_list);
    }
}

/* NULL: refused, and said so. */
static struct amd_errand *errand_about_chip(const struct amd_call *call, bool needs_tcb)
{
    struct amd_errand *errand = make_errand(call, CHIP_TCBS_MAX);
    struct error err = { 0 };

    if (errand == NULL) {
        control_wait_refuse(call->request);
        return NULL;
    }
    if (read_chip(call, errand, &err)
        && (!needs_tcb || errand->has_tcb
            || error_set(&err, ERROR_FORMAT, "parameter tcb_version is missing")))
        return errand;
    refuse_malformed(call, &err);
    free(errand);
    return NULL;
}

static void show_certificate(struct amd_call *call)
{
    struct amd_errand *errand = errand_about_chip(call, true);

    if (errand != NULL)
        send_to_room(call, errand, amd_errand_certificate);
}

static void forget_chip(struct amd_call *call)
{
    struct amd_errand *errand = errand_about_chip(call, false);

    if (errand != NULL)
        send_to_store(call, errand, amd_errand_forget);
}

static const struct amd_route {
    const char *path;
    enum http_method method;
    size_t body_max;
    void (*handle)(struct amd_call *call);
} routes[] = {
    { "/thim/v1/amd/chips", HTTP_GET, 0, list_chips },
    { "/thim/v1/amd/chips", HTTP_POST, WANTS_BYTES_MAX, want_chips },
    { "/thim/v1/amd/chips", HTTP_DELETE, 0, forget_chip },
    { "/thim/v1/amd/certificate", HTTP_GET, 0, show_certificate },
};

bool control_amd_is_asked(struct bytes path)
{
    for (size_t i = 0; i < COUNT_OF(routes); i++)
        if (bytes_equal_text(path, routes[i].path))
            return true;
    return false;
}

/* NULL where the method does not go with the path. */
static const struct amd_route *route_of(struct bytes path, enum http_method method)
{
    for (size_t i = 0; i < COUNT_OF(routes); i++)
        if (routes[i].method == method && bytes_equal_text(path, routes[i].path))
            return &routes[i];
    return NULL;
}

size_t control_amd_body_limit(const struct http_request *request)
{
    struct bytes target = http_request_target(request);
    struct bytes path = bytes_first(target, bytes_find(target, bytes_of_text("?")));
    const struct amd_route *route = route_of(path, http_request_method(request));

    return route == NULL ? HTTP_BODY_UNWANTED : route->body_max;
}

void control_amd_handle(struct control_amd *control, struct http_request *request)
{
    struct amd_call call = { .control = control, .request = request };
    struct error err = { 0 };

    arena_init(&call.arena, CALL_BYTES_MAX);
    if (!http_target_parse(http_request_target(request), &call.arena, &call.target,
                           &err)) {
        refuse_malformed(&call, &err);
    } else {
        const struct amd_route *route =
            route_of(call.target.path, http_request_method(request));
        if (route != NULL)
            route->handle(&call);
        else
            control_fail(request, &wrong_method);
    }
    arena_fini(&call.arena);
}

/* ---- making --------------------------------------------------------------------- */

static bool furnish(struct control_amd *control, struct error *err)
{
    const char *directory = control->options.config->state_directory;

    control->spare = control_spare_reply();
    if (control->spare == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the chips' routes");
    return site_key_load(directory, &control->site_key, err)
           && host_readers_create(directory, &control->readers, err)
           && workroom_open("thim-amd-desk", ROOM_THREADS, ROOM_WAITING_MAX,
                            &control->room, err);
}

bool control_amd_create(const struct control_amd_options *options,
                        struct control_amd **out, struct error *err)
{
    OWNED(control_amd_destroy) struct control_amd *control = calloc(1, sizeof *control);

    if (control == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the chips' routes");
    control->options = *options;
    if (!furnish(control, err))
        return false;
    *out = TAKE(control);
    return true;
}

void control_amd_drain(struct control_amd *control)
{
    if (control != NULL)
        workroom_end(control->room);
}

void control_amd_destroy(struct control_amd *control)
{
    if (control == NULL)
        return;
    workroom_close(control->room);
    host_readers_destroy(control->readers);
    http_reply_release(control->spare);
    free(control);
}
