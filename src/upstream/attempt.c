/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the upstreams in their order for one task. */
#include <stdio.h>
#include <stdlib.h>

#include "upstream/keeper.h"

enum { HASTEN_MS = 1000 }; /* what failed so short a time ago is not hastened */

struct asking { /* one call; lives until it is done */
    struct refresh *keeper;
    struct task *task;
};

static const struct config_upstream *upstream_of(const struct refresh *keeper, size_t i)
{
    return &keeper->options.config->intel.upstreams[i];
}

static void call_done(void *context, const struct http_answer *answer)
{
    struct asking *asking = context;
    struct refresh *keeper = asking->keeper;
    struct task *task = asking->task;

    free(asking);
    keeper->calling--;
    answer_read(keeper, task, answer);
}

static bool call(struct refresh *keeper, struct task *task,
                 const struct pcs_request *request, struct error *err)
{
    const struct config_upstream *upstream = keeper_upstream(keeper, task);
    char condition[TASK_ETAG_MAX + 32];
    const char *headers[] = { NULL, NULL };
    struct asking *asking = calloc(1, sizeof *asking);

    if (asking == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a call");
    *asking = (struct asking){ .keeper = keeper, .task = task };
    if (task->etag[0] != 0 && task->etag_from == task->upstream
        && keeper_held(keeper, &task->item) != NULL) {
        snprintf(condition, sizeof condition, "If-None-Match: %s", task->etag);
        headers[0] = condition;
    }
    struct http_call http = {
        .url = request->url,
        .headers = headers,
        .ca_file = upstream->ca_file,
        .proxy = upstream->proxy,
        .connect_ms = upstream->connect_ms,
        .total_ms = upstream->total_ms,
        .body_max = request->body_max,
        .context = asking,
        .done = call_done,
    };
    if (!http_client_start(keeper->client, &http, err)) {
        free(asking);
        return false;
    }
    keeper->calling++;
    task->state = TASK_CALLING;
    return true;
}

/* Asks upstream i; false (and why, where it is worth a word) where it is not asked. */
static bool ask(struct refresh *keeper, struct task *task, size_t i)
{
    struct keeper_upstream *upstream = &keeper->upstreams[i];
    struct pcs_request request;
    struct error err = { 0 };

    task->asked |= (uint32_t)1 << i;
    task->upstream = i;
    if (!pcs_request(upstream_of(keeper, i), &task->item, &request)) {
        task->was_absent = true;
        return false;
    }
    if (!breaker_allows(&upstream->breaker, clock_mono_ms(keeper->options.clock))) {
        task->left_alone_until_ms = upstream->breaker.open_until_ms;
        error_set(&err, ERROR_UNREACHABLE,
                  "upstream %s does not answer and is left alone for a while",
                  upstream->condition.name);
    } else if (call(keeper, task, &request, &err)) {
        return true;
    } else {
        breaker_failed(&upstream->breaker, task_thing(task),
                       clock_mono_ms(keeper->options.clock));
    }
    if (task->why.kind == ERROR_NONE)
        task->why = err;
    return false;
}

/* A frozen thing is asked of the second upstream first. */
static bool ask_in_order(struct refresh *keeper, struct task *task)
{
    size_t count = keeper->options.config->intel.upstream_count;
    size_t first = task->is_frozen && count > 1 ? 1 : 0;

    for (size_t k = 0; k < count; k++) {
        size_t i = (first + k) % count;
        if ((task->asked & (uint32_t)1 << i) == 0
            && !breaker_is_probed(&keeper->upstreams[i].breaker) && ask(keeper, task, i))
            return true;
    }
    return false;
}

/* Whether an upstream that has not been asked is being tried again just now. */
static bool may_be_asked_soon(const struct refresh *keeper, const struct task *task)
{
    for (size_t i = 0; i < keeper->options.config->intel.upstream_count; i++)
        if ((task->asked & (uint32_t)1 << i) == 0
            && breaker_is_probed(&keeper->upstreams[i].breaker))
            return true;
    return false;
}

static void ask_someone(struct refresh *keeper, struct task *task)
{
    task->state = TASK_RESTING;
    if (keeper->ending) {
        task_tell(task, REFRESH_BUSY, 1);
        task_attempt_clear(task);
    } else if (ask_in_order(keeper, task)) {
        return;
    } else if (may_be_asked_soon(keeper, task)) {
        task->state = TASK_HELD;
        keeper->held = true;
    } else {
        bool is_absent = task->why.kind == ERROR_NONE && task->was_absent;
        attempt_end(keeper, task, is_absent ? REFRESH_NOT_FOUND : REFRESH_FAILED);
    }
}

void attempt_release_held(struct refresh *keeper)
{
    if (!keeper->held)
        return;
    keeper->held = false;
    for (size_t i = 0; i < keeper->tasks.count; i++)
        if (keeper->tasks.tasks[i]->state == TASK_HELD)
            ask_someone(keeper, keeper->tasks.tasks[i]);
}

void attempt_begin(struct refresh *keeper, struct task *task)
{
    task_attempt_clear(task);
    ask_someone(keeper, task);
}

void attempt_hasten(struct refresh *keeper, struct collateral_key key)
{
    struct task *task = task_find(&keeper->tasks, &(struct pcs_item){ .key = key });

    if (task != NULL && task->state == TASK_RESTING
        && clock_real_ms() - task->ended_ms > HASTEN_MS)
        attempt_begin(keeper, task);
}

void attempt_next(struct refresh *keeper, struct task *task, const struct error *err)
{
    if (err != NULL && task->why.kind == ERROR_NONE) {
        task->why = *err;
        if (keeper->options.config->intel.upstream_count > 1)
            error_within(&task->why, "upstream %s", keeper_upstream(keeper, task)->name);
    }
    verified_release(TAKE(task->fresh));
    arena_fini(&task->arena);
    task->chain.count = 0;
    ask_someone(keeper, task);
}
