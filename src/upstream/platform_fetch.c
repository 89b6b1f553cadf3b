/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the upstreams in their order for one platform's certificates. */
#include <stdio.h>
#include <stdlib.h>

#include "kit/log.h"
#include "upstream/keeper.h"

struct platform_call { /* one call; lives until it is done */
    struct refresh *keeper;
    struct platform_task *task;
};

static const struct config_upstream *upstream_of(const struct refresh *keeper, size_t i)
{
    return &keeper->options.config->intel.upstreams[i];
}

static void call_done(void *context, const struct http_answer *answer)
{
    struct platform_call *call = context;
    struct refresh *keeper = call->keeper;
    struct platform_task *task = call->task;

    free(call);
    platform_answer_read(keeper, task, answer);
}

static bool call(struct refresh *keeper, struct platform_task *task,
                 const struct platform_request *request, struct error *err)
{
    const struct config_upstream *upstream = upstream_of(keeper, task->upstream);
    struct platform_call *context = calloc(1, sizeof *context);

    if (context == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a call");
    *context = (struct platform_call){ .keeper = keeper, .task = task };
    struct http_call http = {
        .method = request->method,
        .url = request->url,
        .headers = request->headers,
        .body = buf_bytes(&request->body),
        .ca_file = upstream->ca_file,
        .proxy = upstream->proxy,
        .connect_ms = upstream->connect_ms,
        .total_ms = upstream->total_ms,
        .body_max = request->body_max,
        .context = context,
        .done = call_done,
    };
    if (!http_client_start(keeper->client, &http, err)) {
        free(context);
        return false;
    }
    platform_task_move(&keeper->platforms.table, task, PLATFORM_TASK_CALLING);
    return true;
}

bool keeper_read_key(struct refresh *keeper, size_t i, char key[SECRET_ROOM],
                     struct error *err)
{
    const struct config_upstream *upstream = upstream_of(keeper, i);
    struct error *logged = &keeper->upstreams[i].key_logged;

    key[0] = 0;
    if (upstream->api_key_file == NULL || upstream->kind == UPSTREAM_PCCS)
        return true;
    if (secret_file_read(upstream->api_key_file, key, err)) {
        *logged = (struct error){ 0 };
        return true;
    }
    if (strcmp(logged->text, err->text) != 0)
        log_event(LOG_ERROR, "platforms", "upstream=%s its key is not there why=\"%s\"",
                  upstream->name, err->text);
    *logged = *err;
    return false;
}

static void note_trouble(struct platform_task *task, enum platform_fetch outcome,
                         const struct error *err)
{
    struct platform_report *report = &task->report;

    if (report->outcome != 0)
        return; /* the first one counts: it is of who is asked first */
    report->outcome = outcome;
    snprintf(report->why, sizeof report->why, "%.*s", PLATFORM_WHY_MAX - 1, err->text);
}

static void note_away(const struct refresh *keeper, struct platform_task *task,
                      int64_t until_ms)
{
    struct error err = { 0 };
    int64_t left_ms = until_ms - clock_mono_ms(keeper->options.clock);

    error_set(&err, ERROR_UNREACHABLE,
              "upstream %s does not answer and is left alone for a while",
              upstream_of(keeper, task->upstream)->name);
    note_trouble(task, FETCH_UNREACHABLE, &err);
    if (task->report.retry_after_s == 0)
        task->report.retry_after_s = left_ms > 0 ? left_ms / 1000 + 1 : 1;
}

static bool start_call(struct refresh *keeper, struct platform_task *task,
                       const struct platform_request *request)
{
    struct keeper_upstream *upstream = &keeper->upstreams[task->upstream];
    int64_t now_ms = clock_mono_ms(keeper->options.clock);
    struct error err = { 0 };
    uint64_t thing;

    if (now_ms < upstream->platforms_after_ms) {
        note_away(keeper, task, upstream->platforms_after_ms);
        return false;
    }
    if (!breaker_allows(&upstream->breaker, now_ms)) {
        note_away(keeper, task, upstream->breaker.open_until_ms);
        return false;
    }
    task->by_list = request->is_list;
    if (call(keeper, task, request, &err))
        return true;
    memcpy(&thing, task->key, sizeof thing);
    breaker_failed(&upstream->breaker, thing, now_ms);
    note_trouble(task, FETCH_UNREACHABLE, &err);
    return false;
}

/* Asks upstream i; false where it is not asked. */
static bool ask(struct refresh *keeper, struct platform_task *task, size_t i)
{
    struct platform_question question = platform_task_question(task);
    struct platform_request request;
    char key[SECRET_ROOM];
    struct error err = { 0 };
    bool is_asked = false;

    task->asked |= (uint32_t)1 << i;
    task->upstream = i;
    if (!keeper_read_key(keeper, i, key, &err)) {
        note_trouble(task, FETCH_UNREACHABLE, &err);
        return false;
    }
    if (platform_request(upstream_of(keeper, i), key, &question, &request)) {
        is_asked = start_call(keeper, task, &request);
        platform_request_fini(&request);
    }
    explicit_bzero(key, sizeof key);
    return is_asked;
}

static void ask_someone(struct refresh *keeper, struct platform_task *task)
{
    bool may_be_asked_soon = false;

    for (size_t i = 0; i < keeper->options.config->intel.upstream_count; i++) {
        if ((task->asked & (uint32_t)1 << i) != 0)
            continue;
        if (breaker_is_probed(&keeper->upstreams[i].breaker))
            may_be_asked_soon = true;
        else if (ask(keeper, task, i))
            return;
    }
    if (may_be_asked_soon)
        platform_task_move(&keeper->platforms.table, task, PLATFORM_TASK_HELD);
    else
        platform_fetch_fail(keeper, task, 0, NULL);
}

void platform_fetch_begin(struct refresh *keeper)
{
    struct platform_table *table = &keeper->platforms.table;
    struct platform_queue *queues = table->queues;

    while (queues[PLATFORM_TASK_HELD].first != NULL)
        platform_task_move(table, queues[PLATFORM_TASK_HELD].first, PLATFORM_TASK_QUEUED);
    while (queues[PLATFORM_TASK_QUEUED].first != NULL
           && queues[PLATFORM_TASK_CALLING].count < PLATFORM_CALLS_MAX
           && queues[PLATFORM_TASK_CALLING].count + queues[PLATFORM_TASK_ANSWERED].count
                      + queues[PLATFORM_TASK_READY].count
                      + queues[PLATFORM_TASK_WRITING].count
                  < PLATFORM_UNDER_WAY_MAX)
        ask_someone(keeper, queues[PLATFORM_TASK_QUEUED].first);
}

/* ---- no help -------------------------------------------------------------------------
 */

void platform_fetch_next(struct refresh *keeper, struct platform_task *task,
                         enum platform_fetch outcome, const struct error *err)
{
    struct error named;

    if (err != NULL) {
        named = *err;
        error_within(&named, "upstream %s", upstream_of(keeper, task->upstream)->name);
        note_trouble(task, outcome, &named);
    }
    platform_task_clear(task);
    ask_someone(keeper, task);
}

/* One line when platforms begin to fail for another reason, not one per try; the ways in
 * which nobody can be reached are many, and say the same. */
static void log_failure(struct refresh *keeper, const struct platform_task *task)
{
    struct error *logged = &keeper->platforms.logged;
    const struct platform_report *report = &task->report;
    bool is_away = report->outcome == FETCH_UNREACHABLE;

    if (task->known.row == 0 || strcmp(task->known.why, report->why) == 0
        || (is_away && logged->kind == ERROR_UNREACHABLE)
        || strcmp(logged->text, report->why) == 0)
        return;
    error_set(logged, is_away ? ERROR_UNREACHABLE : ERROR_FORMAT, "%s", report->why);
    log_event(LOG_WARNING, "platforms", "platform=%lld not fetched code=%s why=\"%s\"",
              (long long)task->known.row, report->code[0] == 0 ? "none" : report->code,
              report->why);
}

struct platform_moment platform_now(const struct refresh *keeper)
{
    return (struct platform_moment){ clock_real_ms(),
                                     clock_mono_ms(keeper->options.clock) };
}

void platform_fetch_fail(struct refresh *keeper, struct platform_task *task,
                         enum platform_fetch outcome, const struct error *err)
{
    struct platform_room *room = &keeper->platforms;
    struct platform_report *report = &task->report;
    bool may_come = false;

    if (err != NULL) {
        report->outcome = 0;
        note_trouble(task, outcome, err);
    }
    if (report->outcome == 0 && task->was_gap) {
        report->outcome = FETCH_GAP;
        snprintf(report->why, sizeof report->why,
                 "Intel knows this platform and has no certificate for any of its TCBs");
    } else if (report->outcome == 0) {
        report->outcome = FETCH_NOT_FOUND;
        snprintf(report->why, sizeof report->why, "%s",
                 task->was_absent ? "no upstream knows this platform"
                                  : "no upstream can be asked with what is known of it");
    }
    may_come = report->outcome == FETCH_UNREACHABLE || report->outcome == FETCH_UNTRUSTED;
    if (!may_come)
        report->retry_after_s = 0;
    else if (report->retry_after_s < SCHEDULE_BACKOFF_FIRST_S)
        report->retry_after_s = SCHEDULE_BACKOFF_FIRST_S;
    platform_refusals_note(&room->refusals, task->key, report, platform_now(keeper));
    log_failure(keeper, task);
    platform_task_clear(task);
    if (task->is_own && !keeper->ending) {
        task->due_s = platform_due_after_failure(keeper, task);
        platform_task_move(&room->table, task, PLATFORM_TASK_READY);
    } else {
        platform_task_end(&room->table, task);
    }
}
