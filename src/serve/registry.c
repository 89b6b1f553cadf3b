/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "format/platform_bundle.h"
#include "kit/file.h"
#include "kit/log.h"
#include "serve/registry_inbox.h"
#include "serve/registry_parts.h"

enum {
    CALL_BYTES_MAX = 2 * 1024 * 1024, /* a target, and what small bodies are read into */
    KEY_FILE_MAX = 64 * 1024,
    DESK_THREADS = 2,
    DESK_WAITING_MAX = 1024,
    REGISTRATION_BODY_MAX = REGISTRATION_BYTES_MAX,
    POLICY_BODY_MAX = APPRAISAL_POLICY_MAX + 4096,
    PCK_CERTS_BODY_MAX = 2 * MANIFEST_MAX + 4096,
    RELAY_BODY_MAX = MANIFEST_MAX + 1024,
};

/* ---- who may do what ------------------------------------------------------------ */

enum { ANYONE = 0 };

static const struct registry_row {
    enum registry_route route;
    enum http_method method;
    unsigned role;   /* enum role, or ANYONE */
    size_t body_max; /* 0: none */
    void (*handle)(struct registry_call *call);
} rows[] = {
    { REGISTRY_PLATFORMS, HTTP_GET, ROLE_READER, 0, registry_list_platforms },
    { REGISTRY_PLATFORMS, HTTP_DELETE, ROLE_ADMIN, 0, registry_drain_platforms },
    { REGISTRY_PLATFORMS, HTTP_POST, ROLE_REGISTRAR, REGISTRATION_BODY_MAX,
      registry_post_platform },
    { REGISTRY_BUNDLE, HTTP_PUT, ROLE_ADMIN, REGISTRY_BUNDLE_MAX, registry_put_bundle },
    { REGISTRY_REFRESH, HTTP_POST, ROLE_ADMIN, 0, registry_post_refresh },
    { REGISTRY_POLICY, HTTP_GET, ANYONE, 0, registry_get_policy },
    { REGISTRY_POLICY, HTTP_PUT, ROLE_ADMIN, POLICY_BODY_MAX, registry_put_policy },
    { REGISTRY_PCK_CERTS, HTTP_GET, ROLE_HOST, 0, registry_get_pck_certs },
    { REGISTRY_PCK_CERTS, HTTP_POST, ROLE_HOST, PCK_CERTS_BODY_MAX,
      registry_post_pck_certs },
    { REGISTRY_RELAY_PLATFORM, HTTP_POST, ROLE_REGISTRAR, RELAY_BODY_MAX,
      registry_post_relay_platform },
    { REGISTRY_RELAY_PACKAGE, HTTP_POST, ROLE_REGISTRAR, RELAY_BODY_MAX,
      registry_post_relay_package },
};

static const char *const allowed[] = {
    [REGISTRY_PCK_CERTS] = "GET, HEAD, POST",
    [REGISTRY_POLICY] = "GET, HEAD, PUT",
    [REGISTRY_PLATFORMS] = "GET, HEAD, POST, DELETE",
    [REGISTRY_BUNDLE] = "PUT",
    [REGISTRY_REFRESH] = "POST",
    [REGISTRY_RELAY_PLATFORM] = "POST",
    [REGISTRY_RELAY_PACKAGE] = "POST",
};

static bool is_relay(enum registry_route route)
{
    return route == REGISTRY_RELAY_PLATFORM || route == REGISTRY_RELAY_PACKAGE;
}

/* NULL where the method is not one of the route's. */
static const struct registry_row *row_of(enum registry_route route,
                                         const struct http_request *request)
{
    enum http_method method = http_request_method(request);

    if (method == HTTP_HEAD)
        method = HTTP_GET;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].route == route && rows[i].method == method)
            return &rows[i];
    return NULL;
}

static unsigned role_needed(const struct registry *registry,
                            const struct registry_row *row)
{
    bool open = is_relay(row->route)
                && registry->options.config->intel.registration_relay == RELAY_ANYONE;

    return open ? ANYONE : row->role;
}

static bool is_configured(const struct registry *registry, enum registry_route route)
{
    return !is_relay(route)
           || registry->options.config->intel.registration_relay != RELAY_OFF;
}

/* Fills the caller; NULL where they may. */
static const struct refusal *judge(struct registry *registry,
                                   const struct registry_row *row,
                                   const struct http_request *request,
                                   struct caller *caller)
{
    unsigned needed = role_needed(registry, row);
    struct http_peer peer;

    if (needed == ANYONE) { /* a wrong token costs nothing where none is needed */
        *caller = (struct caller){ .verdict = ACCESS_NOBODY, .name = "anonymous" };
        http_request_peer(request, &peer);
        peer_text(&peer, caller->from);
        return NULL;
    }
    access_judge(registry->options.access, request, caller);
    if (caller->is_operator)
        return NULL;
    switch (caller->verdict) {
    case ACCESS_WRONG:
        return registry_refusal(REGISTRY_WRONG_TOKEN);
    case ACCESS_PACED:
        return registry_refusal(REGISTRY_PACED);
    case ACCESS_NOBODY:
        return registry_refusal(REGISTRY_NO_TOKEN);
    case ACCESS_KNOWN:
        break;
    }
    return (caller->roles & needed) != 0 ? NULL : registry_refusal(REGISTRY_FORBIDDEN);
}

/* ---- answering ------------------------------------------------------------------ */

void registry_answer(struct registry_call *call, struct http_reply *reply)
{
    answer_and_release(call->request, reply);
}

void registry_refuse(struct registry_call *call, const struct refusal *refusal)
{
    registry_answer(call, refusal_reply(refusal, &call->id));
}

void registry_refuse_malformed(struct registry_call *call, const struct error *err)
{
    registry_refuse(call, &(struct refusal){
                              .status = 400,
                              .code = "malformed",
                              .message = err->text,
                              .remedy = "Asked again as it is, it will be refused again.",
                          });
}

const struct bytes *registry_parameter(const struct registry_call *call, const char *name)
{
    const struct http_parameter *parameter = http_parameter(call->target, name);

    return parameter == NULL ? NULL : &parameter->value;
}

size_t registry_address(const struct registry_call *call, uint8_t address[16])
{
    struct http_peer peer;

    http_request_peer(call->request, &peer);
    struct bytes bytes = http_peer_address(&peer);
    if (bytes.len > 0)
        memcpy(address, bytes.at, bytes.len);
    return bytes.len;
}

struct audit_note registry_note(const char *who, const char *from, const char *what,
                                const char *subject)
{
    struct audit_note note;

    snprintf(note.who, sizeof note.who, "%s", who);
    snprintf(note.from, sizeof note.from, "%s", from);
    snprintf(note.what, sizeof note.what, "%s", what);
    snprintf(note.subject, sizeof note.subject, "%s", subject);
    note.outcome[0] = 0;
    return note;
}

/* ---- waiting -------------------------------------------------------------------- */

bool registry_wait_begin(struct registry_call *call, int64_t wait_ms,
                         const struct refusal *late, struct registry_wait *out)
{
    struct http_reply *late_reply = refusal_reply(late, &call->id);

    *out = (struct registry_wait){ .registry = call->registry, .id = call->id };
    if (late_reply != NULL)
        out->waiter = http_request_suspend(call->request, wait_ms, late_reply);
    http_reply_release(late_reply);
    if (out->waiter == NULL)
        registry_refuse(call, registry_refusal(REGISTRY_BUSY));
    return out->waiter != NULL;
}

void registry_wait_end(struct registry_wait *wait, struct http_reply *reply)
{
    if (reply == NULL)
        reply = http_reply_hold(wait->registry->spare);
    http_waiter_answer(wait->waiter, reply);
    http_reply_release(reply);
}

void registry_wait_refuse(struct registry_wait *wait, const struct refusal *refusal)
{
    registry_wait_end(wait, refusal_reply(refusal, &wait->id));
}

/* ---- one request ---------------------------------------------------------------- */

size_t registry_body_limit(struct registry *registry, enum registry_route route,
                           const struct http_request *request)
{
    const struct registry_row *row = row_of(route, request);
    struct caller caller;

    if (row == NULL || !is_configured(registry, route)
        || judge(registry, row, request, &caller) != NULL
        || (route == REGISTRY_BUNDLE && atomic_load(&registry->importing)))
        return HTTP_BODY_UNWANTED;
    if (route == REGISTRY_BUNDLE && caller.is_operator)
        return BUNDLE_BYTES_MAX;
    return row->body_max;
}

static const struct refusal wrong_method = {
    .status = 405,
    .code = "method",
    .message = "That method does not go with this path.",
    .remedy = "The header Allow says which do.",
};

/* Tries of whoever has brought a token; see serve/registry_audit.h. */
static void note_refused(const struct registry_call *call, enum registry_route route,
                         const struct refusal *refusal)
{
    static const char *const names[] = {
        [REGISTRY_PCK_CERTS] = "pckcerts",
        [REGISTRY_POLICY] = "policy",
        [REGISTRY_PLATFORMS] = "platforms",
        [REGISTRY_BUNDLE] = "bundle",
        [REGISTRY_REFRESH] = "refresh",
        [REGISTRY_RELAY_PLATFORM] = "relay platform",
        [REGISTRY_RELAY_PACKAGE] = "relay package",
    };
    const struct caller *caller = &call->caller;
    struct audit_note note =
        registry_note(caller->name, caller->from, "refused", names[route]);

    bool has_tried = caller->verdict == ACCESS_WRONG || caller->verdict == ACCESS_KNOWN;
    log_event(has_tried ? LOG_INFO : LOG_DEBUG, "registry",
              "refused=%s route=\"%s\" who=\"%s\" from=%s", refusal->code, names[route],
              caller->name, caller->from);
    if (!has_tried)
        return;
    snprintf(note.outcome, sizeof note.outcome, "%s", refusal->code);
    audit_note_send(&note, call->registry->options.writer, NULL, NULL);
}

static void refuse_caller(struct registry_call *call, enum registry_route route,
                          const struct refusal *refusal)
{
    struct refusal said = *refusal;

    if (call->caller.verdict == ACCESS_PACED && call->caller.retry_after_s > 0)
        said.retry_after_s = call->caller.retry_after_s;
    note_refused(call, route, &said);
    registry_refuse(call, &said);
}

static void handle(struct registry_call *call, enum registry_route route)
{
    struct refusal refusal = wrong_method;

    if (!is_configured(call->registry, route)) {
        registry_refuse(call, refusal_named(REFUSE_ROUTE));
        return;
    }
    const struct registry_row *row = row_of(route, call->request);
    if (row == NULL) {
        refusal.allow = allowed[route];
        registry_refuse(call, &refusal);
        return;
    }
    const struct refusal *why = judge(call->registry, row, call->request, &call->caller);
    if (why != NULL)
        refuse_caller(call, route, why);
    else
        row->handle(call);
}

void registry_handle(struct registry *registry, enum registry_route route,
                     struct http_request *request)
{
    struct http_target target;
    struct arena arena;
    struct registry_call call = { .registry = registry,
                                  .request = request,
                                  .target = &target,
                                  .arena = &arena,
                                  .id = request_id_of(request) };
    struct error err = { 0 };

    arena_init(&arena, CALL_BYTES_MAX);
    if (http_target_parse(http_request_target(request), &arena, &target, &err))
        handle(&call, route);
    else
        registry_refuse_malformed(&call, &err);
    arena_fini(&arena);
}

/* ---- making --------------------------------------------------------------------- */

static bool read_policy_key(const char *path, struct policy_key *out, struct error *err)
{
    struct arena arena;
    struct buf pem;

    arena_init(&arena, KEY_FILE_MAX);
    buf_init(&pem, KEY_FILE_MAX);
    bool read =
        file_read(path, &pem, err) && policy_key_read(buf_bytes(&pem), &arena, out, err);
    buf_fini(&pem);
    arena_fini(&arena);
    return read || error_within(err, "intel.policy_keys: %s", path);
}

static bool read_keys(struct registry *registry, struct error *err)
{
    const struct config *config = registry->options.config;

    for (size_t i = 0; i < config->intel.policy_key_count; i++)
        if (!read_policy_key(config->intel.policy_keys[i], &registry->policy_keys[i],
                             err))
            return false;
    return site_key_load(config->state_directory, &registry->site_key, err);
}

static bool furnish(struct registry *registry, struct error *err)
{
    const struct config *config = registry->options.config;

    registry->inbox = inbox_create(registry);
    registry->spare = refusal_reply(registry_refusal(REGISTRY_BUSY),
                                    &(struct request_id){ .s = "none" });
    if (registry->inbox == NULL || registry->spare == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the registry");
    return host_readers_create(config->state_directory, &registry->readers, err)
           && workroom_open("thim-desk", DESK_THREADS, DESK_WAITING_MAX, &registry->desk,
                            err)
           && workroom_open("thim-bundle", 1, 1, &registry->bundles, err);
}

bool registry_create(const struct registry_options *options, struct registry **out,
                     struct error *err)
{
    OWNED(registry_destroy) struct registry *registry = calloc(1, sizeof *registry);

    if (registry == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the registry");
    registry->options = *options;
    if (!read_keys(registry, err) || !furnish(registry, err))
        return false;
    *out = TAKE(registry);
    return true;
}

static void nothing(void *context, struct store *store)
{
    (void)context, (void)store;
}

/* Once a job has gone through the store's queue, whatever asks upstream from there has
 * seen that we are draining, and does not. */
void registry_drain(struct registry *registry)
{
    struct error err = { 0 };

    if (registry == NULL)
        return;
    atomic_store(&registry->draining, true);
    workroom_end(registry->desk);
    workroom_end(registry->bundles);
    while (!store_writer_call(registry->options.writer, nothing, NULL, &err))
        usleep(1000); /* its queue is full, and it works on it */
}

void registry_destroy(struct registry *registry)
{
    if (registry == NULL)
        return;
    atomic_store(&registry->draining, true);
    workroom_close(registry->desk);
    workroom_close(registry->bundles);
    inbox_destroy(registry->inbox);
    host_readers_destroy(registry->readers);
    http_reply_release(registry->spare);
    free(registry);
}

void registry_counts(const struct registry *registry, struct registry_counts *out)
{
    *out = (struct registry_counts){ .held = atomic_load(&registry->held),
                                     .queued = atomic_load(&registry->queued),
                                     .refused = atomic_load(&registry->refused),
                                     .conflicts = atomic_load(&registry->conflicts),
                                     .imports = atomic_load(&registry->imports) };
}
