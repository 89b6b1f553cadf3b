/* SPDX-License-Identifier: Apache-2.0 */
/* PUT /platformcollateral: one bundle at a time, verified on a thread of its own and kept
 * whole or not at all. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"
#include "serve/bundle_keep.h"
#include "serve/front.h"
#include "serve/registry_parts.h"

enum {
    IMPORT_WAIT_MS = 600 * 1000,
    REPLY_MAX = 1024 * 1024,
};

struct import { /* one bundle, from its coming to the answer */
    struct registry *registry;
    struct registry_wait wait;
    struct http_body *body;
    struct audit_note note;
    bool skips_stale;

    struct holdings *held;
    struct bundle_law law;
    struct bundle_verdict verdict;
    struct bundle_keeping keeping;

    pthread_mutex_t lock; /* guards what follows, which the upstream thread fills */
    pthread_cond_t was_told;
    bool is_told, went_well;
    struct error why;
};

/* ---- what is said --------------------------------------------------------------- */

/* The next one may come as soon as this one's bringer knows. */
static void end(struct import *import, struct http_reply *reply)
{
    atomic_store(&import->registry->importing, false);
    registry_wait_end(&import->wait, reply);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void say(struct import *import, unsigned status, const char *code,
                const char *headline, const struct complaints *complaints)
{
    struct http_header extra = { "THIM-Error", code };
    struct buf body;

    buf_init(&body, REPLY_MAX);
    complaints_write(&body, headline, complaints);
    struct registry_answer answer = { .status = status,
                                      .type = code != NULL
                                                  ? "text/plain; charset=us-ascii"
                                                  : REGISTRY_HTML,
                                      .extra = &extra,
                                      .extra_count = code != NULL,
                                      .body = buf_bytes(&body) };
    end(import, registry_reply(&answer, &import->wait.id));
    buf_fini(&body);
}

static void write_note(void *note, struct store *store)
{
    struct error err = { 0 };

    if (!audit_note_write(note, store, &err))
        log_event(LOG_WARNING, "registry", "audit not written why=\"%s\"", err.text);
}

/* This thread may wait for it. */
static void note_refused(struct import *import, const char *outcome)
{
    struct audit_note note = import->note;
    struct error err = { 0 };

    snprintf(note.what, sizeof note.what, "refused");
    snprintf(note.subject, sizeof note.subject, "bundle");
    snprintf(note.outcome, sizeof note.outcome, "%.150s", outcome);
    log_event(LOG_WARNING, "registry", "bundle refused who=\"%s\" why=\"%s\"", note.who,
              outcome);
    if (!store_writer_call(import->registry->options.writer, write_note, &note, &err))
        log_event(LOG_WARNING, "registry", "audit not written why=\"%s\"", err.text);
}

static void refuse_parts(struct import *import)
{
    const struct complaints *complaints = &import->verdict.complaints;
    char headline[128];

    snprintf(headline, sizeof headline,
             "%zu part%s of the bundle %s not as %s should be; nothing was kept.",
             complaints->count, plural(complaints->count),
             complaints->count == 1 ? "is" : "are",
             complaints->count == 1 ? "it" : "they");
    note_refused(import, headline);
    if (complaints->has_untrusted)
        say(import, 460, "untrusted", headline, complaints);
    else
        say(import, 400, "bundle", headline, complaints);
}

static void refuse_conflicts(struct import *import)
{
    const struct complaints *conflicts = &import->keeping.conflicts;
    char headline[160];

    atomic_fetch_add(&import->registry->conflicts, conflicts->count);
    snprintf(headline, sizeof headline,
             "%zu platform%s of the bundle %s bound to another PPID here; nothing was "
             "kept.",
             conflicts->count, plural(conflicts->count),
             conflicts->count == 1 ? "is" : "are");
    note_refused(import, headline);
    say(import, 409, "conflict", headline, conflicts);
}

static void refuse_whole(struct import *import, const struct error *err)
{
    struct refusal refusal = {
        .status = err->kind == ERROR_SYSTEM      ? 503
                  : err->kind == ERROR_UNTRUSTED ? 460
                                                 : 400,
        .code = err->kind == ERROR_SYSTEM ? "store" : "bundle",
        .message = err->text,
        .remedy = "Nothing was kept.",
        .retry_after_s = err->kind == ERROR_SYSTEM ? 5 : 0,
    };

    note_refused(import, err->text);
    end(import, refusal_reply(&refusal, &import->wait.id));
}

/* PCCS's sentence alone, but for what was passed over on request. */
static void tell_well(struct import *import)
{
    const struct complaints *skipped = &import->verdict.skipped;

    atomic_fetch_add(&import->registry->imports, 1);
    log_event(LOG_INFO, "registry", "bundle kept who=\"%s\" %s", import->note.who,
              import->note.outcome);
    if (skipped->count == 0)
        end(import, registry_well(&import->wait.id));
    else
        say(import, 200, NULL,
            "Operation successful. Passed over, or kept and not given:", skipped);
}

/* ---- keeping -------------------------------------------------------------------- */

/* On the store thread, after the publish and before the commit. */
static bool keep_platforms(void *import_, struct store *store, struct error *err)
{
    struct import *import = import_;

    if (!bundle_keep(&import->keeping, store, err))
        return false;
    snprintf(import->note.outcome, sizeof import->note.outcome,
             "platforms=%zu certificates=%zu raw_tcbs=%zu collateral=%zu skipped=%zu",
             import->keeping.platforms, import->verdict.certificates,
             import->keeping.raw_tcbs, import->verdict.entry_count,
             import->verdict.skipped.count);
    return audit_note_write(&import->note, store, err);
}

static void told(void *import_, bool well, const struct error *err)
{
    struct import *import = import_;

    pthread_mutex_lock(&import->lock);
    import->is_told = true;
    import->went_well = well;
    if (!well)
        import->why = *err;
    pthread_cond_signal(&import->was_told); /* under the lock: after it we may be gone */
    pthread_mutex_unlock(&import->lock);
}

static bool keep(struct import *import)
{
    const struct registry_options *options = &import->registry->options;
    const struct bundle_verdict *verdict = &import->verdict;
    struct store_change change = { .entries = verdict->entries,
                                   .entry_count = verdict->entry_count,
                                   .designations = verdict->designations,
                                   .designation_count = verdict->designation_count };
    struct import_demand demand = {
        .change = &change, .also = keep_platforms, .context = import, .told = told
    };

    import->keeping = (struct bundle_keeping){
        .verdict = verdict,
        .text = http_body_bytes(import->body),
        .readers = import->registry->readers,
        .registrar = import->note.who,
        .now_s = import->law.now_s,
        .due_s = import->law.now_s + options->config->intel.platform_refresh_s,
    };
    complaints_init(&import->keeping.conflicts);
    options->import(options->context, &demand);
    pthread_mutex_lock(&import->lock);
    while (!import->is_told)
        pthread_cond_wait(&import->was_told, &import->lock);
    pthread_mutex_unlock(&import->lock);
    return import->went_well;
}

static bool forget_one(void *import_, const struct bundle_part *part, struct error *err)
{
    struct import *import = import_;
    const struct registry_options *options = &import->registry->options;

    (void)err;
    if (part->kind == BUNDLE_PCKS || part->kind == BUNDLE_PLATFORM)
        options->platform_changed(options->context, &part->registration.name);
    return true;
}

static void known_fault(void *import, const char *where, const struct error *why)
{
    (void)import, (void)where, (void)why;
}

/* Hosts are answered from memory, which has to learn of what was kept. */
static void forget_platforms(struct import *import)
{
    struct bundle_visitor visitor = { .context = import,
                                      .part = forget_one,
                                      .fault = known_fault };
    struct error err = { 0 };

    if (!platform_bundle_walk(http_body_bytes(import->body), &visitor, &err))
        log_event(LOG_ERROR, "registry", "bundle not walked again why=\"%s\"", err.text);
}

static void keep_and_tell(struct import *import)
{
    if (keep(import)) {
        forget_platforms(import);
        tell_well(import);
    } else if (import->keeping.conflicts.count > 0) {
        refuse_conflicts(import);
    } else {
        refuse_whole(import, &import->why);
    }
    complaints_fini(&import->keeping.conflicts);
}

/* ---- the thread of its own ------------------------------------------------------- */

static void free_import(struct import *import)
{
    pthread_cond_destroy(&import->was_told);
    pthread_mutex_destroy(&import->lock);
    http_body_free(import->body);
    free(import);
}

static void run(void *import_)
{
    struct import *import = import_;
    struct registry *registry = import->registry;
    const struct registry_options *options = &registry->options;
    struct error err = { 0 };

    import->held = options->holdings(options->context);
    import->law = (struct bundle_law){
        .trust = &options->config->trust.roots,
        .held = import->held,
        .now_s = clock_wall_s(options->clock),
        .future_s = FRONT_FUTURE_S,
        .skips_stale = import->skips_stale,
        .gives_up = &registry->draining,
    };
    if (!bundle_judge(http_body_bytes(import->body), &import->law, &import->verdict,
                      &err))
        refuse_whole(import, &err);
    else if (import->verdict.complaints.count > 0)
        refuse_parts(import);
    else
        keep_and_tell(import);
    bundle_verdict_fini(&import->verdict);
    holdings_release(import->held);
    free_import(import);
}

/* ---- the request ----------------------------------------------------------------- */

static const struct refusal late = {
    .status = 503,
    .code = "late",
    .message = "the bundle is still being verified; it goes on without you, and the "
               "audit will tell",
};
static const struct refusal one_at_a_time = {
    .status = 503,
    .code = "busy",
    .message = "another bundle is being imported; come back later",
    .retry_after_s = 30,
};
static const struct refusal operator_only = {
    .status = 403,
    .code = "forbidden",
    .message = "Only the admin socket may have what is out of date passed over.",
    .remedy = "Use thim platform import on the machine itself.",
};

static bool reads_stale(struct registry_call *call, bool *skips, struct error *err)
{
    const struct bytes *stale = registry_parameter(call, "stale");

    *skips = stale != NULL;
    return stale == NULL || text_equal_nocase(*stale, bytes_of_text("skip"))
           || error_set(err, ERROR_FORMAT, "parameter stale is \"%s\", expected skip",
                        safe(*stale).s);
}

/* A body that was announced while another bundle was being imported has been left unread,
 * though that import may be over by now. */
static bool was_left_unread(const struct http_request *request)
{
    const char *len = http_request_header(request, "Content-Length");

    return http_request_body(request).len == 0 && len != NULL && strcmp(len, "0") != 0;
}

static bool begin(struct registry_call *call, struct import *import)
{
    import->registry = call->registry;
    import->note = registry_note(call->caller.name, call->caller.from, "bundle", "");
    pthread_mutex_init(&import->lock, NULL);
    pthread_cond_init(&import->was_told, NULL);
    import->body = http_request_take_body(call->request);
    if (import->body == NULL) {
        registry_refuse(call, registry_refusal(REGISTRY_BUSY));
        return false;
    }
    if (!registry_wait_begin(call, IMPORT_WAIT_MS, &late, &import->wait))
        return false;
    if (workroom_give(call->registry->bundles, run, import))
        return true;
    registry_wait_refuse(&import->wait, registry_refusal(REGISTRY_BUSY));
    return false;
}

void registry_put_bundle(struct registry_call *call)
{
    struct error err = { 0 };
    bool skips_stale;

    if (!reads_stale(call, &skips_stale, &err)) {
        registry_refuse_malformed(call, &err);
        return;
    }
    if (skips_stale && !call->caller.is_operator) {
        registry_refuse(call, &operator_only);
        return;
    }
    if (was_left_unread(call->request)
        || atomic_exchange(&call->registry->importing, true)) {
        registry_refuse(call, &one_at_a_time);
        return;
    }
    struct import *import = calloc(1, sizeof *import);
    if (import != NULL) {
        import->skips_stale = skips_stale;
        if (begin(call, import))
            return;
        free_import(import);
    }
    atomic_store(&call->registry->importing, false);
}
