/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "kit/text.h"
#include "serve/control_platforms_parts.h"
#include "store/host_reader.h"

/* ---- registering ---------------------------------------------------------------- */

static void registered(void *errand_, enum registered outcome,
                       const struct platform_report *report)
{
    static const char *const names[] = {
        [REGISTERED_HELD] = "held",
        [REGISTERED_QUEUED] = "queued",
        [REGISTERED_REFUSED] = "refused",
    };
    struct errand *errand = errand_;
    struct object o = object_begin();
    char why[ERROR_TEXT_MAX];
    const char *code = report->code;

    snprintf(why, sizeof why, "%s", report->why);
    if (outcome == REGISTERED_REFUSED) {
        struct refusal refusal = registry_report_refusal(report, false);
        code = refusal.upstream_error != NULL ? refusal.upstream_error : refusal.code;
        snprintf(why, sizeof why, "%s%s%s", refusal.message,
                 refusal.remedy != NULL ? " " : "",
                 refusal.remedy != NULL ? refusal.remedy : "");
    }
    object_put_text(&o, "outcome", names[outcome]);
    object_put_text(&o, "code", code);
    object_put_text(&o, "why", why);
    errand_tell(errand, object_end(&o));
}

static void bring(struct platforms_call *call, bool rebinds)
{
    struct registering registering = { .bound_by = BOUND_BY_OPERATOR,
                                       .rebinds = rebinds,
                                       .told = registered };
    struct platform_ask ask = { 0 };
    struct error err = { 0 };

    if (!registration_parse(http_request_body(call->request), &call->arena,
                            &registering.registration, &err)) {
        platforms_refuse_malformed(call, &err);
        return;
    }
    struct errand *errand = errand_begin(call, &ask);
    if (errand == NULL)
        return;
    registering.context = errand;
    snprintf(registering.who, sizeof registering.who, "%s", call->caller.name);
    snprintf(registering.from, sizeof registering.from, "%s", call->caller.from);
    registry_register(call->control->options.registry, &registering);
}

void platforms_register(struct platforms_call *call)
{
    bring(call, false);
}

void platforms_rebind(struct platforms_call *call)
{
    bring(call, true);
}

/* ---- on the store thread -------------------------------------------------------- */

/* One transaction around what is done to the platform and its note in the audit. */
static bool do_within(struct errand *errand, struct store *store, const char *what,
                      bool (*change)(struct errand *errand, struct store *store,
                                     struct audit_note *note, struct error *err),
                      struct error *err)
{
    struct audit_note note = { .what = "" };

    snprintf(note.what, sizeof note.what, "%s", what);
    snprintf(note.who, sizeof note.who, "%s", errand->caller.name);
    snprintf(note.from, sizeof note.from, "%s", errand->caller.from);
    snprintf(note.subject, sizeof note.subject, "%s",
             platform_alias(&errand->control->site_key, &errand->ask.name).s);
    if (!store_begin(store, err))
        return false;
    if (change(errand, store, &note, err) && audit_note_write(&note, store, err)
        && store_commit(store, err))
        return true;
    store_rollback(store);
    return false;
}

static void send_to_store(struct platforms_call *call, const struct platform_ask *ask,
                          void (*job)(void *errand, struct store *store))
{
    struct errand *errand = errand_begin(call, ask);
    struct error err = { 0 };

    if (errand != NULL
        && !store_writer_submit(call->control->options.writer, job, errand, &err))
        errand_fail(errand, &err);
}

/* ---- forgetting ----------------------------------------------------------------- */

static bool forget_it(struct errand *errand, struct store *store, struct audit_note *note,
                      struct error *err)
{
    if (!store_forget_platform(store, &errand->ask.name, &errand->found, err))
        return false;
    snprintf(note->outcome, sizeof note->outcome, "%s",
             errand->found ? "forgotten" : "not there");
    return true;
}

static void forget(void *errand_, struct store *store)
{
    struct errand *errand = errand_;
    const struct control_platforms_options *options = &errand->control->options;
    struct error err = { 0 };

    if (!do_within(errand, store, "forget", forget_it, &err)) {
        errand_fail(errand, &err);
        return;
    }
    if (errand->found)
        options->platform_changed(options->context, &errand->ask.name);
    errand_tell(errand, json_pack("{s:b}", "forgotten", (int)errand->found));
}

void platforms_forget(struct platforms_call *call)
{
    struct platform_ask ask;
    struct error err = { 0 };

    if (platform_ask_read(&call->target, &call->arena, &ask, &err)
        && (ask.has_name || error_set(&err, ERROR_FORMAT, "parameter qe_id is missing")))
        send_to_store(call, &ask, forget);
    else
        platforms_refuse_malformed(call, &err);
}

/* ---- TDX SVNs ------------------------------------------------------------------- */

static bool keep_it(struct errand *errand, struct store *store, struct audit_note *note,
                    struct error *err)
{
    const struct platform_ask *ask = &errand->ask;

    snprintf(note->outcome, sizeof note->outcome, "%s",
             hex(ask->tee_tcb_svn, sizeof ask->tee_tcb_svn).s);
    return store_keep_tdx_svn(store, &ask->name, ask->tee_tcb_svn,
                              clock_wall_s(errand->control->options.clock), err);
}

static void keep_tdx(void *errand_, struct store *store)
{
    struct errand *errand = errand_;
    struct error err = { 0 };

    if (do_within(errand, store, "tdx", keep_it, &err))
        errand_tell(errand, json_pack("{s:b}", "kept", 1));
    else
        errand_fail(errand, &err);
}

void platforms_keep_tdx(struct platforms_call *call)
{
    struct platform_ask ask;
    struct error err = { 0 };

    if (platform_tdx_read(http_request_body(call->request), &ask, &err))
        send_to_store(call, &ask, keep_tdx);
    else
        platforms_refuse_malformed(call, &err);
}
