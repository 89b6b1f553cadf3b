/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_deny.h"

#include <stdio.h>
#include <stdlib.h>

#include "format/http_query.h"
#include "kit/log.h"
#include "kit/text.h"
#include "serve/control_wait.h"
#include "serve/registry_audit.h"
#include "store/platforms.h"

#define PATH "/thim/v1/deny"

enum { BODY_MAX = 16 * 1024, CALL_BYTES_MAX = 64 * 1024, LIST_VALUE_MAX = 512 };

struct control_deny {
    struct control_deny_options options;
    struct site_key site_key;
    struct http_reply *spare;
};

struct change { /* one request, from the asking to the answer; it owns what it says */
    struct control_deny *control;
    struct control_wait wait;
    struct caller caller;
    struct arena arena;
    bool adds;
    struct deny_entry entry; /* of one that is removed kind and value alone */
};

struct call { /* lives until the route's function returns */
    struct control_deny *control;
    struct http_request *request;
    struct http_target target;
};

/* ---- refusals ------------------------------------------------------------------- */

static const struct control_failure wrong_method = {
    .status = 405,
    .code = "method",
    .message = "That method does not go with this path.",
    .remedy = "GET, POST and DELETE do.",
    .allow = "GET, POST, DELETE",
};

static void refuse_malformed(struct http_request *request, const struct error *err)
{
    struct control_failure failure = {
        .status = 400, .code = "malformed", .message = err->text, .remedy = ""
    };

    control_fail(request, &failure);
}

/* ---- listing -------------------------------------------------------------------- */

struct listing {
    json_t *entries;
    int64_t now_s;
    bool failed;
};

static void list_entry(void *listing_, const struct deny_entry *entry)
{
    struct listing *listing = listing_;
    struct object o = object_begin();
    struct buf value;

    buf_init(&value, LIST_VALUE_MAX);
    deny_value_write(entry, &value);
    object_put_text(&o, "kind", deny_kind_name(entry->kind));
    object_put_text(&o, "value", buf_text(&value));
    object_put_text(&o, "why", entry->why);
    object_put_text(&o, "by", entry->by);
    object_put_time(&o, "until", entry->until_s);
    object_put_flag(&o, "in_force",
                    entry->until_s == 0 || listing->now_s < entry->until_s);
    buf_fini(&value);
    if (json_array_append_new(listing->entries, object_end(&o)) != 0)
        listing->failed = true;
}

static void list(const struct call *call)
{
    struct request_id id = request_id_of(call->request);
    struct listing listing = { .entries = json_array(),
                               .now_s = clock_wall_s(call->control->options.clock) };

    denials_visit(call->control->options.denials, list_entry, &listing);
    json_t *tree = listing.failed ? NULL : json_pack("{s:O}", "entries", listing.entries);
    json_decref(listing.entries);
    answer_and_release(call->request, control_json_reply(200, tree, NULL, &id));
}

/* ---- changing ------------------------------------------------------------------- */

static void free_change(struct change *change)
{
    arena_fini(&change->arena);
    free(change);
}

/* Platforms and chips are named by what their id gives under the site key. */
static void name_subject(const struct change *change, struct audit_note *note)
{
    const struct deny_entry *entry = &change->entry;
    struct platform_name name = { .pce_id = 0 };
    struct buf value;

    buf_init(&value, LIST_VALUE_MAX);
    deny_value_write(entry, &value);
    snprintf(name.qe_id, sizeof name.qe_id, "%s", buf_text(&value));
    bool is_secret = entry->kind == DENY_CHIP_ID || entry->kind == DENY_QE_ID
                     || entry->kind == DENY_PPID_DIGEST;
    snprintf(note->subject, sizeof note->subject, "%s %s", deny_kind_name(entry->kind),
             is_secret ? platform_alias(&change->control->site_key, &name).s
                       : buf_text(&value));
    buf_fini(&value);
}

static struct audit_note note_of(const struct change *change)
{
    const struct deny_entry *entry = &change->entry;
    struct audit_note note = { .what = "deny" };

    snprintf(note.who, sizeof note.who, "%s", change->caller.name);
    snprintf(note.from, sizeof note.from, "%s", change->caller.from);
    name_subject(change, &note);
    snprintf(note.outcome, sizeof note.outcome, "%s%s%.140s",
             change->adds ? "added" : "removed", change->adds ? ": " : "",
             change->adds ? safe_string(entry->why).s : "");
    return note;
}

static bool change_list(const struct change *change, struct error *err)
{
    struct denials *denials = change->control->options.denials;

    return change->adds
               ? denials_add(denials, &change->entry, err)
               : denials_remove(denials, change->entry.kind, change->entry.value, err);
}

/* The note is written first, and kept only where the list has been changed. */
static bool change_within(const struct change *change, struct store *store,
                          struct error *err)
{
    struct audit_note note = note_of(change);

    if (!store_begin(store, err))
        return false;
    if (!audit_note_write(&note, store, err) || !change_list(change, err)) {
        store_rollback(store);
        return false;
    }
    if (store_commit(store, err))
        return true;
    store_rollback(store);
    return error_within(err, "it is in force, and the audit does not say so");
}

static void fail(struct change *change, const struct error *err)
{
    struct control_failure failure = { .status = 503,
                                       .code = error_kind_name(err->kind),
                                       .message = err->text,
                                       .remedy = "The log of thimd says more." };

    if (err->kind == ERROR_NOT_FOUND)
        failure.status = 404;
    else if (err->kind == ERROR_FORMAT || err->kind == ERROR_LIMIT)
        failure.status = 409;
    if (failure.status != 503)
        failure.remedy = "thim deny list shows what is on it.";
    else
        log_event(LOG_ERROR, "deny", "list not changed why=\"%s\"", err->text);
    control_wait_fail_as(&change->wait, &failure);
    free_change(change);
}

/* On the store thread. */
static void apply(void *change_, struct store *store)
{
    struct change *change = change_;
    struct error err = { 0 };

    if (!change_within(change, store, &err)) {
        fail(change, &err);
        return;
    }
    control_wait_tell(&change->wait,
                      json_pack("{s:b}", change->adds ? "added" : "removed", 1));
    free_change(change);
}

/* ---- what is asked -------------------------------------------------------------- */

static bool read_subject(struct change *change, struct bytes kind, struct bytes value,
                         struct error *err)
{
    if (!deny_kind_named(kind, &change->entry.kind))
        return error_set(err, ERROR_FORMAT,
                         "\"%s\" is no kind; chip_id, qe_id, ppid_digest, fmspc, "
                         "key_digest and advisory are",
                         safe(kind).s);
    return deny_value_read(change->entry.kind, value, &change->arena,
                           &change->entry.value, err);
}

static bool read_line(struct change *change, const char *name, const char *text,
                      const char **out, struct error *err)
{
    size_t len = strlen(text);

    if (!deny_text_check(bytes_of(text, len), err))
        return error_within(err, "%s", name);
    *out = (const char *)arena_copy(&change->arena, bytes_of(text, len + 1)).at;
    return *out != NULL || error_set(err, ERROR_LIMIT, "\"%s\" is too long", name);
}

static bool read_until(struct change *change, const char *text, struct error *err)
{
    int64_t now_s = clock_wall_s(change->control->options.clock);

    if (!utc_read(bytes_of_text(text), &change->entry.until_s))
        return error_set(err, ERROR_FORMAT, "\"until\" is not like 2027-01-01T00:00:00Z");
    return change->entry.until_s > now_s
           || error_set(err, ERROR_FORMAT, "\"until\": %s has passed",
                        utc(change->entry.until_s).s);
}

static bool read_tree(struct change *change, json_t *tree, struct error *err)
{
    const char *kind = "", *value = "", *why = "", *by = change->caller.name,
               *until = NULL;
    json_error_t wrong;

    if (json_unpack_ex(tree, &wrong, JSON_STRICT, "{s:s, s:s, s:s, s?s, s?s}", "kind",
                       &kind, "value", &value, "why", &why, "by", &by, "until", &until)
        != 0)
        return error_set(err, ERROR_FORMAT, "the body: %s", safe_string(wrong.text).s);
    return read_subject(change, bytes_of_text(kind), bytes_of_text(value), err)
           && read_line(change, "why", why, &change->entry.why, err)
           && read_line(change, "by", by, &change->entry.by, err)
           && (until == NULL || read_until(change, until, err));
}

static bool read_added(const struct call *call, struct change *change, struct error *err)
{
    struct bytes body = http_request_body(call->request);
    json_error_t wrong;
    json_t *tree =
        json_loadb((const char *)body.at, body.len, JSON_REJECT_DUPLICATES, &wrong);

    if (tree == NULL)
        return error_set(err, ERROR_FORMAT, "the body: %s", safe_string(wrong.text).s);
    bool read = read_tree(change, tree, err);
    json_decref(tree);
    return read;
}

static struct bytes value_of(const struct call *call, const char *name)
{
    const struct http_parameter *p = http_parameter(&call->target, name);

    return p == NULL ? (struct bytes){ 0 } : p->value;
}

static bool read_removed(const struct call *call, struct change *change,
                         struct error *err)
{
    return read_subject(change, value_of(call, "kind"), value_of(call, "value"), err);
}

static void begin_change(const struct call *call, bool adds)
{
    struct control_deny *control = call->control;
    struct change *change = calloc(1, sizeof *change);
    struct error err = { 0 };

    if (change == NULL) {
        control_wait_refuse(call->request);
        return;
    }
    change->control = control;
    change->adds = adds;
    arena_init(&change->arena, CALL_BYTES_MAX);
    access_judge(control->options.access, call->request, &change->caller);
    if (!(adds ? read_added(call, change, &err) : read_removed(call, change, &err))) {
        refuse_malformed(call->request, &err);
        free_change(change);
    } else if (!control_wait_begin(&change->wait, call->request, control->spare)) {
        free_change(change);
    } else if (!store_writer_submit(control->options.writer, apply, change, &err)) {
        control_wait_busy(&change->wait);
        free_change(change);
    }
}

/* ---- routes --------------------------------------------------------------------- */

bool control_deny_is_asked(struct bytes path)
{
    return bytes_equal_text(path, PATH);
}

size_t control_deny_body_limit(const struct http_request *request)
{
    return http_request_method(request) == HTTP_POST ? BODY_MAX : 0;
}

static void route(const struct call *call)
{
    switch (http_request_method(call->request)) {
    case HTTP_GET:
        list(call);
        break;
    case HTTP_POST:
        begin_change(call, true);
        break;
    case HTTP_DELETE:
        begin_change(call, false);
        break;
    case HTTP_HEAD:
    case HTTP_PUT:
    case HTTP_OTHER:
        control_fail(call->request, &wrong_method);
        break;
    }
}

void control_deny_handle(struct control_deny *control, struct http_request *request)
{
    struct call call = { .control = control, .request = request };
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, CALL_BYTES_MAX);
    if (http_target_parse(http_request_target(request), &arena, &call.target, &err))
        route(&call);
    else
        refuse_malformed(request, &err);
    arena_fini(&arena);
}

/* ---- making --------------------------------------------------------------------- */

bool control_deny_create(const struct control_deny_options *options,
                         struct control_deny **out, struct error *err)
{
    OWNED(control_deny_destroy) struct control_deny *control = calloc(1, sizeof *control);

    if (control == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the deny list's routes");
    control->options = *options;
    control->spare = control_spare_reply();
    if (control->spare == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the deny list's routes");
    if (!site_key_load(options->state_directory, &control->site_key, err))
        return false;
    *out = TAKE(control);
    return true;
}

void control_deny_destroy(struct control_deny *control)
{
    if (control == NULL)
        return;
    http_reply_release(control->spare);
    free(control);
}
