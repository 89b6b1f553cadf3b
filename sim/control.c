/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/control.h"

#include <stdlib.h>

#include "kit/text.h"
#include "sim/control_amd.h"
#include "sim/control_mint.h"
#include "sim/control_platforms.h"
#include "sim/faults_json.h"

DEFINE_OWNED(json_t *, json_decref)

#define STEP_S_MAX ((int64_t)200 * 366 * 86400)

static void give_json(struct wire_answer *out, unsigned status, json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);

    out->status = text == NULL ? 500 : status;
    wire_header(out, "Content-Type", "application/json");
    if (text != NULL)
        buf_addf(&out->body, "%s\n", text);
    free(text);
    json_decref(value);
}

static void give_error(struct wire_answer *out, unsigned status, const char *sentence)
{
    json_t *value = json_object();

    json_object_set_new(value, "error", json_string(sentence));
    give_json(out, status, value);
}

/* An object of the request's body; on failure the answer is given. */
static json_t *body_object(const struct wire_request *request, struct wire_answer *out)
{
    json_t *value = json_loadb((const char *)request->body.at, request->body.len,
                               JSON_REJECT_DUPLICATES, NULL);

    if (json_is_object(value))
        return value;
    json_decref(value);
    give_error(out, 400, "expected a JSON object");
    return NULL;
}

/* ---- status ---------------------------------------------------------------------- */

static json_t *requests_json(const struct simulator *simulator)
{
    const struct simulator_counts *counts = &simulator->counts;
    json_t *requests = json_object(), *by_kind = json_object();

    for (int kind = 0; kind < WORLD_KINDS; kind++)
        json_object_set_new(by_kind, world_kind_name((enum world_kind)kind),
                            json_integer((json_int_t)counts->by_kind[kind]));
    json_object_set_new(requests, "all", json_integer((json_int_t)counts->all));
    json_object_set_new(requests, "refused", json_integer((json_int_t)counts->refused));
    json_object_set_new(requests, "followed", json_integer((json_int_t)counts->followed));
    json_object_set_new(requests, "faulty", json_integer((json_int_t)counts->faulty));
    json_object_set_new(requests, "by_kind", by_kind);
    json_object_set(requests, "by_target", simulator->targets);
    json_object_set_new(requests, "keys", subscriptions_write(&simulator->subscriptions));
    return requests;
}

static json_t *clock_json(const struct simulator *simulator)
{
    json_t *value = json_object();

    json_object_set_new(value, "now", json_string(utc(clock_wall_s(simulator->clock)).s));
    json_object_set_new(value, "stands",
                        json_boolean(clock_is_standing(simulator->clock)));
    return value;
}

static void get_status(struct simulator *simulator, const struct wire_request *request,
                       struct wire_answer *out)
{
    json_t *value = clock_json(simulator);

    (void)request;
    json_object_set_new(value, "world", json_string(simulator->world.name));
    json_object_set_new(value, "api",
                        json_string(simulator->flavour == PCCS ? "pccs" : "pcs"));
    json_object_set_new(value, "root_spki_sha256", json_string(simulator->root_spki.s));
    json_object_set_new(value, "requests", requests_json(simulator));
    json_object_set_new(value, "amd", control_amd_status(simulator));
    json_object_set_new(value, "faults", faults_write(&simulator->faults));
    give_json(out, 200, value);
}

static void post_reset(struct simulator *simulator, const struct wire_request *request,
                       struct wire_answer *out)
{
    (void)request;
    simulator->counts = (struct simulator_counts){ .all = 0 };
    json_object_clear(simulator->targets);
    subscriptions_reset(&simulator->subscriptions);
    kds_rate_reset(&simulator->kds_rate);
    give_json(out, 200, requests_json(simulator));
}

/* ---- faults and clock ------------------------------------------------------------- */

static void get_faults(struct simulator *simulator, const struct wire_request *request,
                       struct wire_answer *out)
{
    (void)request;
    give_json(out, 200, faults_write(&simulator->faults));
}

static void post_faults(struct simulator *simulator, const struct wire_request *request,
                        struct wire_answer *out)
{
    struct error err = { .kind = ERROR_NONE };

    if (faults_read(&simulator->faults, request->body, clock_wall_s(simulator->clock),
                    &err))
        get_faults(simulator, request, out);
    else
        give_error(out, 400, err.text);
}

static void delete_faults(struct simulator *simulator, const struct wire_request *request,
                          struct wire_answer *out)
{
    simulator->faults.count = 0;
    get_faults(simulator, request, out);
}

static void get_clock(struct simulator *simulator, const struct wire_request *request,
                      struct wire_answer *out)
{
    (void)request;
    give_json(out, 200, clock_json(simulator));
}

static bool read_step(const json_t *order, int64_t now_s, int64_t *to_s,
                      struct error *err)
{
    static const char *const members[] = { "to", "advance_s" };
    const json_t *to = json_object_get(order, "to");
    const json_t *advance = json_object_get(order, "advance_s");

    if (!json_only_members(order, members, COUNT_OF(members), err))
        return false;
    if ((to == NULL) == (advance == NULL))
        return error_set(err, ERROR_FORMAT, "expected either \"to\" or \"advance_s\"");
    if (to != NULL)
        return (json_is_string(to)
                && utc_read(bytes_of_text(json_string_value(to)), to_s))
               || error_set(err, ERROR_FORMAT,
                            "to: expected a time like 2025-06-20T00:00:00Z");
    int64_t step_s = json_integer_value(advance);
    if (!json_is_integer(advance) || step_s < -STEP_S_MAX || step_s > STEP_S_MAX)
        return error_set(err, ERROR_FORMAT, "advance_s: expected seconds");
    *to_s = now_s + step_s;
    return true;
}

static void post_clock(struct simulator *simulator, const struct wire_request *request,
                       struct wire_answer *out)
{
    OWNED(json_decref) json_t *order = body_object(request, out);
    struct error err = { .kind = ERROR_NONE };
    int64_t to_s = 0;

    if (order == NULL)
        return;
    if (!read_step(order, clock_wall_s(simulator->clock), &to_s, &err))
        give_error(out, 400, err.text);
    else if (!clock_step_to(simulator->clock, to_s))
        give_error(out, 409, "this clock runs; start with --clock step:TIME to move it");
    else
        get_clock(simulator, request, out);
}

/* ---- events ---------------------------------------------------------------------- */

static bool read_event(const json_t *order, struct world_event *event, struct error *err)
{
    static const char *const members[] = { "event", "fmspc", "signer" };
    static const char *const events[] = { [WORLD_DISCLOSE] = "disclose",
                                          [WORLD_PROMOTE] = "promote",
                                          [WORLD_RESIGN] = "resign",
                                          [WORLD_REVOKE] = "revoke" };
    static const char *const signers[] = { [WORLD_TCB_SIGNING] = "tcb_signing",
                                           [WORLD_PROCESSOR_CA] = "processor_ca",
                                           [WORLD_PLATFORM_CA] = "platform_ca" };
    const json_t *fmspc = json_object_get(order, "fmspc");
    size_t place = 0;

    if (!json_only_members(order, members, COUNT_OF(members), err)
        || !json_read_word(order, "event", events, COUNT_OF(events), &place, err))
        return false;
    event->kind = (enum world_event_kind)place;
    event->has_fmspc = fmspc != NULL;
    if (event->has_fmspc
        && (!json_is_string(fmspc)
            || !hex_read(bytes_of_text(json_string_value(fmspc)), event->fmspc,
                         FMSPC_LEN)))
        return error_set(err, ERROR_FORMAT, "fmspc: expected 12 hex digits");
    if (event->has_fmspc && event->kind != WORLD_PROMOTE && event->kind != WORLD_RESIGN)
        return error_set(err, ERROR_FORMAT, "fmspc: this event concerns all");
    if (event->kind != WORLD_REVOKE)
        return json_object_get(order, "signer") == NULL
               || error_set(err, ERROR_FORMAT, "signer: this event has none");
    bool is_known =
        json_read_word(order, "signer", signers, COUNT_OF(signers), &place, err);
    event->signer = (enum world_signer)place;
    return is_known;
}

static bool make_happen(struct simulator *simulator, const json_t *order,
                        struct error *err)
{
    struct world_event event = { .now_s = clock_wall_s(simulator->clock) };

    if (control_platforms_knows(order))
        return control_platforms_event(simulator, order, err);
    if (control_amd_knows(order))
        return control_amd_event(simulator, order, err);
    return read_event(order, &event, err)
           && simulator->world.event(simulator->world.context, &event, err);
}

static void post_events(struct simulator *simulator, const struct wire_request *request,
                        struct wire_answer *out)
{
    OWNED(json_decref) json_t *order = body_object(request, out);
    struct error err = { .kind = ERROR_NONE };

    if (order == NULL)
        return;
    if (simulator->world.event == NULL)
        give_error(out, 409, "a replayed world has no events but its own");
    else if (!make_happen(simulator, order, &err))
        give_error(out, 400, err.text);
    else
        get_clock(simulator, request, out);
}

static struct bytes query_of(const struct wire_request *request)
{
    size_t mark = bytes_find(request->target, bytes_of_text("?"));

    return bytes_after(request->target, mark + 1);
}

/* list is NULL where err says why. */
static void give_list(struct wire_answer *out, json_t *list, const struct error *err)
{
    if (list != NULL)
        give_json(out, 200, list);
    else
        give_error(out, 400, err->text);
}

static void get_platforms(struct simulator *simulator, const struct wire_request *request,
                          struct wire_answer *out)
{
    struct error err = { .kind = ERROR_NONE };

    if (simulator->world.platforms == NULL)
        give_error(out, 409, "a replayed world has no platforms");
    else
        give_list(out, control_platforms_list(simulator, query_of(request), &err), &err);
}

static void get_chips(struct simulator *simulator, const struct wire_request *request,
                      struct wire_answer *out)
{
    struct error err = { .kind = ERROR_NONE };

    if (simulator->world.amd == NULL)
        give_error(out, 409, "a replayed world has no chips of its own");
    else
        give_list(out, control_amd_chips(simulator, query_of(request), &err), &err);
}

/* ---- quotes and reports ---------------------------------------------------------- */

static void give_minted(struct simulator *simulator, const struct wire_request *request,
                        enum minted what, struct wire_answer *out)
{
    struct error err = { .kind = ERROR_NONE };

    if (simulator->world.quote == NULL) {
        give_error(out, 409, "a replayed world has nobody's keys");
        return;
    }
    OWNED(json_decref) json_t *order = body_object(request, out);
    if (order != NULL)
        give_list(out, control_mint(simulator, what, order, &err), &err);
}

static void post_quote(struct simulator *simulator, const struct wire_request *request,
                       struct wire_answer *out)
{
    give_minted(simulator, request, MINTED_QUOTE, out);
}

static void post_report(struct simulator *simulator, const struct wire_request *request,
                        struct wire_answer *out)
{
    give_minted(simulator, request, MINTED_REPORT, out);
}

/* ---- root ------------------------------------------------------------------------ */

static void get_root(struct simulator *simulator, const struct wire_request *request,
                     struct wire_answer *out)
{
    struct error err = { .kind = ERROR_NONE };

    (void)request;
    out->status = 200;
    wire_header(out, "Content-Type", "application/x-pem-file");
    if (!simulator->world.root(simulator->world.context, &out->body, &err))
        out->status = 500;
}

static void get_root_spki(struct simulator *simulator, const struct wire_request *request,
                          struct wire_answer *out)
{
    (void)request;
    out->status = 200;
    wire_header(out, "Content-Type", "text/plain");
    buf_addf(&out->body, "%s\n", simulator->root_spki.s);
}

/* What one of control_amd.h's appends. */
static void give_ark(struct simulator *simulator, const struct wire_request *request,
                     const char *type,
                     bool (*add)(const struct simulator *simulator, struct bytes query,
                                 struct buf *out, struct error *err),
                     struct wire_answer *out)
{
    struct error err = { .kind = ERROR_NONE };

    if (add(simulator, query_of(request), &out->body, &err)) {
        out->status = 200;
        wire_header(out, "Content-Type", type);
    } else {
        buf_clear(&out->body);
        give_error(out, err.kind == ERROR_NOT_FOUND ? 404 : 400, err.text);
    }
}

static void get_ark(struct simulator *simulator, const struct wire_request *request,
                    struct wire_answer *out)
{
    give_ark(simulator, request, "application/x-pem-file", control_amd_ark, out);
}

static void get_ark_spki(struct simulator *simulator, const struct wire_request *request,
                         struct wire_answer *out)
{
    give_ark(simulator, request, "text/plain", control_amd_ark_spki, out);
}

static const struct control {
    const char *method, *path;
    void (*answer)(struct simulator *simulator, const struct wire_request *request,
                   struct wire_answer *out);
} controls[] = {
    { "GET", "/sim/status", get_status },
    { "POST", "/sim/reset", post_reset },
    { "GET", "/sim/faults", get_faults },
    { "POST", "/sim/faults", post_faults },
    { "DELETE", "/sim/faults", delete_faults },
    { "GET", "/sim/clock", get_clock },
    { "POST", "/sim/clock", post_clock },
    { "POST", "/sim/events", post_events },
    { "GET", "/sim/platforms", get_platforms },
    { "POST", "/sim/quote", post_quote },
    { "POST", "/sim/report", post_report },
    { "GET", "/sim/root.pem", get_root },
    { "GET", "/sim/root.spki", get_root_spki },
    { "GET", "/sim/chips", get_chips },
    { "GET", "/sim/amd/ark.pem", get_ark },
    { "GET", "/sim/amd/ark.spki", get_ark_spki },
};

void control_answer(struct simulator *simulator, const struct wire_request *request,
                    struct wire_answer *out)
{
    struct bytes target = request->target;
    struct bytes path = bytes_first(target, bytes_find(target, bytes_of_text("?")));
    bool is_path = false;

    for (size_t i = 0; i < COUNT_OF(controls); i++) {
        if (!bytes_equal_text(path, controls[i].path))
            continue;
        is_path = true;
        if (bytes_equal_text(request->method, controls[i].method)) {
            controls[i].answer(simulator, request, out);
            return;
        }
    }
    give_error(out, is_path ? 405 : 404,
               is_path ? "not with this method" : "no such route below /sim/");
}
