/* SPDX-License-Identifier: Apache-2.0 */
/* POST and DELETE /platforms: a registration as PCCS's clients bring it, and the draining
 * of the queue. */
#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"
#include "serve/registry_listing.h"
#include "store/registrations.h"

static const struct refusal late = {
    .status = 503,
    .code = "late",
    .message = "not settled yet; it goes on without you; register again to see",
    .retry_after_s = 5,
};

/* ---- registering ---------------------------------------------------------------- */

static void registered(void *wait_, enum registered outcome,
                       const struct platform_report *report)
{
    struct registry_wait *wait = wait_;
    struct refusal refusal =
        registry_report_refusal(report, outcome == REGISTERED_QUEUED);

    if (outcome == REGISTERED_HELD
        || (outcome == REGISTERED_QUEUED && report->outcome == 0))
        registry_wait_end(wait, registry_well(&wait->id));
    else
        registry_wait_refuse(wait, &refusal);
    free(wait);
}

void registry_post_platform(struct registry_call *call)
{
    const struct registry_options *options = &call->registry->options;
    struct registering registering = { .bound_by = call->caller.is_operator
                                                       ? BOUND_BY_OPERATOR
                                                       : BOUND_BY_TOKEN,
                                       .told = registered };
    struct error err = { 0 };

    if (!registration_parse(http_request_body(call->request), call->arena,
                            &registering.registration, &err)) {
        registry_refuse_malformed(call, &err);
        return;
    }
    struct registry_wait *wait = malloc(sizeof *wait);
    if (wait == NULL)
        return;
    if (!registry_wait_begin(call, options->config->limits.miss_wait_ms, &late, wait)) {
        free(wait);
        return;
    }
    registering.context = wait;
    snprintf(registering.who, sizeof registering.who, "%s", call->caller.name);
    snprintf(registering.from, sizeof registering.from, "%s", call->caller.from);
    registry_register(call->registry, &registering);
}

/* ---- draining ------------------------------------------------------------------- */

struct drain {
    struct registry_wait wait;
    enum registration_queue queue;
    int64_t mark;
    struct audit_note note;
};

static bool drain_rows(struct drain *drain, struct store *store, size_t *count,
                       struct error *err)
{
    if (!store_begin(store, err))
        return false;
    bool done = store_drain_registrations(store, drain->queue, drain->mark, count, err);
    snprintf(drain->note.outcome, sizeof drain->note.outcome, "%zu rows", *count);
    if (done && audit_note_write(&drain->note, store, err) && store_commit(store, err))
        return true;
    store_rollback(store);
    return false;
}

static void run_drain(void *drain_, struct store *store)
{
    struct drain *drain = drain_;
    struct registry_wait *wait = &drain->wait;
    struct error err = { 0 };
    char text[64];
    size_t count = 0;

    if (drain_rows(drain, store, &count, &err)) {
        snprintf(text, sizeof text, "%zu registrations drained.\n", count);
        registry_wait_end(
            wait, registry_reply(&(struct registry_answer){ .status = 200,
                                                            .type = REGISTRY_HTML,
                                                            .body = bytes_of_text(text) },
                                 &wait->id));
    } else {
        log_event(LOG_ERROR, "registry", "queue not drained why=\"%s\"", err.text);
        registry_wait_refuse(wait, registry_refusal(REGISTRY_STORE_FAILED));
    }
    free(drain);
}

static bool read_mark(const struct registry_call *call, int64_t *out, struct error *err)
{
    const struct bytes *mark = registry_parameter(call, "mark");
    uint64_t value = 0;

    if (mark == NULL || !decimal_read(*mark, INT64_MAX, &value))
        return error_set(err, ERROR_FORMAT,
                         "parameter mark is missing or no number, expected the "
                         "THIM-Queue-Mark of the answer that has been dealt with");
    *out = (int64_t)value;
    return true;
}

void registry_drain_platforms(struct registry_call *call)
{
    const struct registry_options *options = &call->registry->options;
    struct drain *drain = calloc(1, sizeof *drain);
    struct listing_source source;
    struct error err = { 0 };

    if (drain == NULL)
        return;
    bool read =
        listing_source_read(call, &source, &err) && read_mark(call, &drain->mark, &err);
    if (read && source.queue == 0)
        read = error_set(&err, ERROR_FORMAT,
                         "parameter source is not reg or reg_na: only the queue drains");
    if (!read) {
        registry_refuse_malformed(call, &err);
        free(drain);
        return;
    }
    drain->queue = source.queue;
    drain->note = registry_note(call->caller.name, call->caller.from, "drain",
                                source.queue == QUEUE_NEW ? "reg" : "reg_na");
    if (!registry_wait_begin(call, options->config->limits.miss_wait_ms, &late,
                             &drain->wait)) {
        free(drain);
    } else if (!store_writer_submit(options->writer, run_drain, drain, &err)) {
        registry_wait_refuse(&drain->wait, registry_refusal(REGISTRY_BUSY));
        free(drain);
    }
}
