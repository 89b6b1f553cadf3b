/* SPDX-License-Identifier: Apache-2.0 */
/* Appraisal policies: PUT by an administrator, read by anybody's QAL. */
#include <stdio.h>
#include <stdlib.h>

#include "format/json_fields.h"
#include "kit/log.h"
#include "kit/text.h"
#include "serve/registry_parts.h"
#include "store/policies.h"

enum {
    POLICY_BYTES_MAX = 4 * APPRAISAL_POLICY_MAX, /* one as it is read */
    ANSWER_MAX = 4 * APPRAISAL_POLICY_MAX,       /* the defaults of one FMSPC */
};

/* ---- PUT ------------------------------------------------------------------------ */

struct policy_body {
    bool is_default;
    uint8_t fmspc[6];
    struct bytes policy;
};

static void read_boolean(struct json *json, void *into)
{
    *(bool *)into = json_boolean(json);
}

static const struct json_field policy_fields[] = {
    { "is_default", FIELD_READ(read_boolean),
      .at = offsetof(struct policy_body, is_default) },
    { "fmspc", FIELD_INTO(HEX, struct policy_body, fmspc), .len = 6 },
    { "policy", FIELD_INTO(TEXT, struct policy_body, policy) },
};

struct policy_put { /* on its way into the store; the text lies in the arena */
    struct registry_wait wait;
    struct arena arena;
    struct policy_change change;
    struct audit_note note;
};

static void free_put(struct policy_put *put)
{
    arena_fini(&put->arena);
    free(put);
}

static bool read_put(struct registry_call *call, struct policy_put *put,
                     struct error *err)
{
    const struct registry *registry = call->registry;
    size_t key_count = registry->options.config->intel.policy_key_count;
    struct policy_body body = { 0 };
    struct appraisal_policy policy;
    struct json json;

    json_begin(&json, http_request_body(call->request), call->arena, err);
    json_fields(&json, policy_fields, COUNT_OF(policy_fields), &body);
    if (!json_end(&json)
        || !appraisal_policy_parse(body.policy, call->arena, &policy, err)
        || (key_count > 0
            && !appraisal_policy_verify(&policy, registry->policy_keys, key_count, err)))
        return false;
    put->change = (struct policy_change){
        .jws = arena_copy(&put->arena, body.policy),
        .tees = policy.tees,
        .is_default = body.is_default,
        .now_s = clock_wall_s(registry->options.clock),
    };
    memcpy(put->change.fmspc, body.fmspc, sizeof body.fmspc);
    return put->change.jws.at != NULL
           || error_set(err, ERROR_LIMIT, "policy of more than %d bytes",
                        APPRAISAL_POLICY_MAX);
}

static bool keep(struct policy_put *put, struct store *store, uint8_t id[48],
                 struct error *err)
{
    if (!store_begin(store, err))
        return false;
    if (store_keep_policy(store, &put->change, id, err)) {
        snprintf(put->note.subject, sizeof put->note.subject, "%.96s", hex(id, 48).s);
        snprintf(put->note.outcome, sizeof put->note.outcome, "kept for %s%s",
                 hex(put->change.fmspc, 6).s,
                 put->change.is_default ? " as default" : "");
        if (audit_note_write(&put->note, store, err) && store_commit(store, err))
            return true;
    }
    store_rollback(store);
    return false;
}

static const struct refusal too_many = {
    .status = 400,
    .code = "limit",
    .message = "There are as many appraisal policies as are kept.",
    .remedy = "See doc/store.md for the limit.",
};

static void run_put(void *put_, struct store *store)
{
    struct policy_put *put = put_;
    struct registry_wait *wait = &put->wait;
    struct error err = { 0 };
    uint8_t id[48];

    if (keep(put, store, id, &err)) {
        struct hex_text text = hex(id, sizeof id);
        registry_wait_end(
            wait,
            registry_reply(&(struct registry_answer){ .status = 200,
                                                      .type = REGISTRY_HTML,
                                                      .body = bytes_of_text(text.s) },
                           &wait->id));
    } else if (err.kind == ERROR_LIMIT) {
        registry_wait_refuse(wait, &too_many);
    } else {
        log_event(LOG_ERROR, "registry", "policy not kept why=\"%s\"", err.text);
        registry_wait_refuse(wait, registry_refusal(REGISTRY_STORE_FAILED));
    }
    free_put(put);
}

static const struct refusal late = {
    .status = 503,
    .code = "late",
    .message = "not written yet; it goes on without you; put it again to see",
    .retry_after_s = 5,
};

/* 400 for what is no policy, 460 (PCCS's "can't be verified") for one that nobody we know
 * has signed. */
static void refuse_put(struct registry_call *call, const struct error *err)
{
    struct refusal unsigned_policy = {
        .status = 460,
        .code = "untrusted",
        .message = err->text,
        .remedy = "Sign it with a key of intel.policy_keys.",
    };

    if (err->kind == ERROR_UNTRUSTED)
        registry_refuse(call, &unsigned_policy);
    else
        registry_refuse_malformed(call, err);
}

void registry_put_policy(struct registry_call *call)
{
    const struct registry_options *options = &call->registry->options;
    struct policy_put *put = calloc(1, sizeof *put);
    struct error err = { 0 };

    if (put == NULL)
        return;
    arena_init(&put->arena, 2 * APPRAISAL_POLICY_MAX);
    if (!read_put(call, put, &err)) {
        refuse_put(call, &err);
        free_put(put);
        return;
    }
    put->note = registry_note(call->caller.name, call->caller.from, "policy", "");
    if (!registry_wait_begin(call, options->config->limits.miss_wait_ms, &late,
                             &put->wait)) {
        free_put(put);
    } else if (!store_writer_submit(options->writer, run_put, put, &err)) {
        registry_wait_refuse(&put->wait, registry_refusal(REGISTRY_BUSY));
        free_put(put);
    }
}

/* ---- GET ------------------------------------------------------------------------ */

static bool add_policy(void *text_, struct bytes jws)
{
    struct buf *text = text_;

    if (text->len > 0)
        buf_add_byte(text, ',');
    buf_add(text, jws);
    return !text->failed;
}

static const struct refusal none = {
    .status = 404,
    .code = "no_policy",
    .message = "No cache data for this platform: it has no default appraisal policy.",
    .remedy = "An administrator puts one: PUT appraisalpolicy with is_default true.",
};

static void answer_policies(struct registry_call *call, const struct buf *text)
{
    char cache[40];

    snprintf(cache, sizeof cache, "max-age=%lld",
             (long long)call->registry->options.config->limits.max_age_s);
    registry_answer(call,
                    registry_reply(&(struct registry_answer){ .status = 200,
                                                              .type = REGISTRY_HTML,
                                                              .cache = cache,
                                                              .body = buf_bytes(text) },
                                   &call->id));
}

void registry_get_policy(struct registry_call *call)
{
    struct host_readers *readers = call->registry->readers;
    const struct bytes *name = registry_parameter(call, "fmspc");
    struct error err = { 0 };
    struct buf text;
    uint8_t fmspc[6];

    if (name == NULL || !hex_read(*name, fmspc, sizeof fmspc)) {
        error_set(&err, ERROR_FORMAT,
                  "parameter fmspc is missing or wrong, expected 12 hex digits");
        registry_refuse_malformed(call, &err);
        return;
    }
    struct platform_reader *reader = host_readers_take(readers, &err);
    buf_init(&text, ANSWER_MAX);
    bool read = reader != NULL && policies_walk(reader, fmspc, add_policy, &text, &err);
    if (reader != NULL)
        host_readers_give_back(readers, reader);
    if (!read || text.failed)
        registry_refuse(call, registry_refusal(REGISTRY_STORE_FAILED));
    else if (text.len == 0)
        registry_refuse(call, &none);
    else
        answer_policies(call, &text);
    buf_fini(&text);
}
