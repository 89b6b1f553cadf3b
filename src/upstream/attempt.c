/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the upstreams in their order for one task, and reading what they say up to the
 * point where it can be judged. */
#include "format/fmspc_list.h"
#include "format/http_head.h"
#include "kit/crypto.h"
#include "kit/log.h"
#include "kit/text.h"
#include "upstream/keeper.h"

#include <stdio.h>
#include <stdlib.h>

struct asking { /* one call; lives until it is done */
    struct refresh *keeper;
    struct task *task;
};

static const struct config_upstream *upstream_of(const struct refresh *keeper, size_t i)
{
    return &keeper->options.config->intel.upstreams[i];
}

static void record_condition(struct refresh *keeper, const struct task *task)
{
    struct condition condition = {
        .tried_s = task->tried_s,
        .ok_s = task->ok_s,
        .failures = task->failures,
        .frozen = task->is_frozen,
        .absent = task->is_absent || task->is_gone,
    };
    int64_t wait_ms = task->due_ms - clock_mono_ms(keeper->options.clock);

    condition.next_s = clock_wall_s(keeper->options.clock) + wait_ms / 1000;
    snprintf(condition.name, sizeof condition.name, "%s", task->name.s);
    snprintf(condition.upstream, sizeof condition.upstream, "%s",
             upstream_of(keeper, task->upstream)->name);
    if (task->failures > 0) {
        condition.kind = task->why.kind;
        memcpy(condition.why, task->why.text, sizeof condition.why);
    }
    conditions_set(keeper->options.conditions, &condition);
}

/* One line when a thing begins to fail or fails for another reason, one when it is well
 * again; not one per try. */
static void log_turn(struct refresh *keeper, struct task *task)
{
    const struct holding *held = keeper_held(keeper, &task->item);

    if (task->failures == 0 && task->why.kind == ERROR_NONE) {
        if (task->logged.kind != ERROR_NONE)
            log_event(LOG_INFO, "refresh", "item=\"%s\" well again", task->name.s);
        task->logged = (struct error){ 0 };
        return;
    }
    /* the ways in which nobody can be reached are many, and say the same */
    if (task->logged.kind == task->why.kind
        && (task->why.kind == ERROR_UNREACHABLE
            || strcmp(task->logged.text, task->why.text) == 0))
        return;
    task->logged = task->why;
    if (task->failures == 0)
        log_event(LOG_WARNING, "refresh", "item=\"%s\" taken from=%s since why=\"%s\"",
                  task->name.s, upstream_of(keeper, task->upstream)->name,
                  task->why.text);
    else if (held == NULL)
        log_event(LOG_WARNING, "refresh", "item=\"%s\" upstream=%s kept=none why=\"%s\"",
                  task->name.s, upstream_of(keeper, task->upstream)->name,
                  task->why.text);
    else
        log_event(LOG_WARNING, "refresh",
                  "item=\"%s\" upstream=%s kept=%llu issued=%s why=\"%s\"", task->name.s,
                  upstream_of(keeper, task->upstream)->name,
                  (unsigned long long)keeper->holdings->generation,
                  utc(verified_facts(held->item)->issue_date_s).s, task->why.text);
}

static void watch_for_freeze(struct refresh *keeper, struct task *task)
{
    const struct holding *held = keeper_held(keeper, &task->item);

    if (held == NULL)
        return;
    const struct collateral_facts *facts = verified_facts(held->item);
    issue_history_note(&task->history, facts->issue_date_s);
    bool was_frozen = task->is_frozen;
    task->is_frozen = issue_history_is_frozen(&task->history, facts->next_update_s,
                                              keeper_interval_s(keeper, &task->item),
                                              clock_wall_s(keeper->options.clock));
    if (task->is_frozen && !was_frozen)
        log_event(LOG_WARNING, "refresh",
                  "item=\"%s\" frozen: still issued %s; asking the next upstream first",
                  task->name.s, utc(facts->issue_date_s).s);
}

/* An upstream that has no more what it has given before is wrong until the contrary is
 * shown; only a number that is no longer signed goes as it should. */
static enum refresh_outcome doubt_absence(struct task *task, const struct holding *held,
                                          enum refresh_outcome outcome)
{
    bool by_number = task->item.key.evaluation_data_number != 0;

    if ((outcome != REFRESH_NOT_FOUND && outcome != REFRESH_GONE) || held == NULL
        || by_number)
        return outcome;
    error_set(&task->why, ERROR_NOT_FOUND,
              "upstream answered %s, though it is held and has not run out",
              outcome == REFRESH_GONE ? "410, no longer there" : "404, no such thing");
    return REFRESH_FAILED;
}

void attempt_end(struct refresh *keeper, struct task *task, enum refresh_outcome outcome)
{
    const struct holding *held = keeper_held(keeper, &task->item);
    int64_t retry_after_s = task->retry_after_s;

    outcome = doubt_absence(task, held, outcome);
    task->tried_s = clock_wall_s(keeper->options.clock);
    task->ended_ms = clock_real_ms();
    task->is_absent = outcome == REFRESH_NOT_FOUND;
    task->is_gone = outcome == REFRESH_GONE;
    if (outcome == REFRESH_FAILED) {
        task->failures++;
    } else {
        task->failures = 0;
        task->ok_s = task->tried_s;
    }
    if (outcome == REFRESH_DONE)
        watch_for_freeze(keeper, task);
    struct schedule_facts facts = {
        .now_ms = clock_mono_ms(keeper->options.clock),
        .now_s = task->tried_s,
        .interval_s = keeper_interval_s(keeper, &task->item),
        .failures = task->failures,
        .retry_after_s = retry_after_s,
        .next_update_s = outcome == REFRESH_DONE && held != NULL
                             ? verified_facts(held->item)->next_update_s
                             : 0,
        .jitter = keeper_dice(),
    };
    task->due_ms = schedule_next_ms(&facts);
    if (task->left_alone_until_ms != 0 && task->left_alone_until_ms < task->due_ms)
        task->due_ms = task->left_alone_until_ms;
    log_turn(keeper, task);
    if (task->is_scheduled || outcome == REFRESH_FAILED)
        record_condition(keeper, task);
    if (outcome == REFRESH_FAILED)
        for (struct round *round = keeper->rounds; round != NULL; round = round->next)
            round->all_well = round->all_well && !task->in_round;
    task->state = TASK_RESTING;
    task->in_round = false;
    task_tell(task, outcome,
              outcome != REFRESH_FAILED ? 0
              : retry_after_s > 0       ? retry_after_s
                                        : SCHEDULE_BACKOFF_FIRST_S);
    task_attempt_clear(task);
}

static void note_date(struct refresh *keeper, struct keeper_upstream *upstream,
                      const struct http_answer *answer)
{
    int64_t skew_s = answer->date_s == 0 ? 0 : answer->date_s - clock_real_wall_s();

    if (skew_s >= -JUDGE_FUTURE_S && skew_s <= JUDGE_FUTURE_S)
        skew_s = 0;
    if (skew_s != 0 && upstream->condition.skew_s == 0)
        log_event(LOG_WARNING, "refresh",
                  "upstream=%s its Date is %lld s off this machine's clock; check the "
                  "clock (no date of collateral is judged by it)",
                  upstream->condition.name, (long long)skew_s);
    upstream->condition.skew_s = skew_s;
    conditions_set_upstream(keeper->options.conditions, &upstream->condition);
}

static uint64_t thing_of(const struct task *task)
{
    struct sha256 digest = sha256(bytes_of_text(task->name.s));
    uint64_t thing;

    memcpy(&thing, digest.digest, sizeof thing);
    return thing;
}

static void note_call(struct refresh *keeper, const struct task *task,
                      const struct http_answer *answer, enum pcs_reply reply)
{
    struct keeper_upstream *upstream = &keeper->upstreams[task->upstream];
    int64_t now_ms = clock_mono_ms(keeper->options.clock);
    bool was_open = breaker_is_open(&upstream->breaker);

    upstream->condition.calls++;
    if (answer->reached && reply != PCS_BUSY && reply != PCS_BROKEN) {
        breaker_ok(&upstream->breaker);
        upstream->condition.last_ok_s = clock_wall_s(keeper->options.clock);
    } else {
        upstream->condition.failed++;
        breaker_failed(&upstream->breaker, thing_of(task), now_ms);
    }
    upstream->condition.breaker_open = breaker_is_open(&upstream->breaker);
    if (upstream->condition.breaker_open != was_open)
        log_event(was_open ? LOG_INFO : LOG_WARNING, "refresh", "upstream=%s %s",
                  upstream->condition.name,
                  was_open ? "answers again" : "does not answer; left alone for a while");
    note_date(keeper, upstream, answer);
}

static bool take_fmspc_list(struct refresh *keeper, struct task *task,
                            const struct http_answer *answer, struct error *err)
{
    struct fmspc_list list;

    return fmspc_list_parse(answer->body, &task->arena, &list, err)
           && publish_hint(keeper, upstream_of(keeper, task->upstream)->name,
                           answer->body, err);
}

/* Body and chain out of the answer, into the task's arena, ready to be judged. */
static bool take_answer(struct task *task, const struct pcs_request *request,
                        const struct http_answer *answer, struct error *err)
{
    bool is_crl = task->item.key.kind == COLLATERAL_ROOT_CRL
                  || task->item.key.kind == COLLATERAL_PCK_CRL;
    struct bytes body = arena_copy(&task->arena, answer->body);

    if (body.at == NULL)
        return error_set(err, ERROR_LIMIT, "no room for an answer of %zu bytes",
                         answer->body.len);
    task->body = body;
    if (is_crl && !pcs_read_crl(body, &task->arena, &task->body, err))
        return false;
    if (request->chain_header == NULL)
        return true;
    struct bytes header = http_answer_header(answer, request->chain_header);
    if (header.len == 0 && request->other_chain_header != NULL)
        header = http_answer_header(answer, request->other_chain_header);
    if (header.len == 0)
        return error_set(err, ERROR_FORMAT, "the answer has no %s header",
                         request->chain_header);
    if (!http_chain_read(header, &task->arena, &task->chain, err))
        return error_within(err, "header %s", request->chain_header);
    return true;
}

static void remember_etag(struct task *task, const struct http_answer *answer)
{
    struct bytes etag = http_answer_header(answer, "ETag");

    task->etag[0] = 0;
    if (etag.len == 0 || etag.len >= sizeof task->etag)
        return;
    memcpy(task->etag, etag.at, etag.len);
    task->etag[etag.len] = 0;
    task->etag_from = task->upstream;
}

static bool answer_ok(struct refresh *keeper, struct task *task,
                      const struct pcs_request *request, const struct http_answer *answer,
                      struct error *err)
{
    if (task->item.is_fmspc_list) {
        if (!take_fmspc_list(keeper, task, answer, err))
            return false;
        attempt_end(keeper, task, REFRESH_DONE);
        keeper_sync_tasks(keeper);
        return true;
    }
    if (!take_answer(task, request, answer, err))
        return false;
    remember_etag(task, answer);
    task->state = TASK_ANSWERED;
    keeper->answered++;
    return true;
}

/* 304: what is held was said again. */
static bool answer_unchanged(struct refresh *keeper, struct task *task, struct error *err)
{
    const struct holding *held = keeper_held(keeper, &task->item);

    if (held == NULL || task->etag[0] == 0)
        return error_set(err, ERROR_FORMAT,
                         "status 304 to a request that had no condition");
    task->fresh = verified_hold(held->item);
    for (size_t i = 0; i < keeper->holdings->designation_count; i++) {
        const struct designation *each = &keeper->holdings->designations[i];
        struct collateral_key subject = collateral_subject(&task->item.key);
        if (each->update == task->item.update
            && collateral_key_compare(&each->subject, &subject) == 0)
            task->listed = each->listed;
    }
    task->state = TASK_VERIFIED;
    keeper->verified++;
    return true;
}

static void read_answer(struct refresh *keeper, struct task *task,
                        const struct http_answer *answer)
{
    const struct config_upstream *config = upstream_of(keeper, task->upstream);
    enum pcs_reply reply = answer->reached ? pcs_read_status(answer->status) : PCS_BROKEN;
    struct pcs_request request;
    struct error err = { 0 };
    bool taken = false;

    note_call(keeper, task, answer, reply);
    if (!answer->reached) {
        error_set(&err, answer->kind, "%s", answer->failure);
        attempt_next(keeper, task, &err);
        return;
    }
    switch (reply) {
    case PCS_OK:
        taken = pcs_request(config, &task->item, &request)
                && answer_ok(keeper, task, &request, answer, &err);
        break;
    case PCS_UNCHANGED:
        taken = answer_unchanged(keeper, task, &err);
        break;
    case PCS_GONE:
        attempt_end(keeper, task, REFRESH_GONE);
        return;
    case PCS_ABSENT:
        task->was_absent = true;
        attempt_next(keeper, task, NULL);
        return;
    case PCS_BUSY:
        if (!http_retry_after_read(http_answer_header(answer, "Retry-After"),
                                   clock_real_wall_s(), SCHEDULE_RETRY_AFTER_MAX_S,
                                   &task->retry_after_s))
            task->retry_after_s = 0;
        error_set(&err, ERROR_UNREACHABLE, "upstream answered %u", answer->status);
        break;
    case PCS_BROKEN:
        error_set(&err, ERROR_UNREACHABLE, "upstream answered %u", answer->status);
        break;
    case PCS_REFUSED:
        error_set(&err, ERROR_FORMAT, "upstream answered %u%s", answer->status,
                  answer->status >= 300 && answer->status < 400
                      ? ": redirects are not followed"
                      : "");
        break;
    }
    if (!taken)
        attempt_next(keeper, task, &err);
}

static void call_done(void *context, const struct http_answer *answer)
{
    struct asking *asking = context;
    struct refresh *keeper = asking->keeper;
    struct task *task = asking->task;

    free(asking);
    keeper->calling--;
    read_answer(keeper, task, answer);
}

static bool call(struct refresh *keeper, struct task *task,
                 const struct pcs_request *request, struct error *err)
{
    const struct config_upstream *upstream = upstream_of(keeper, task->upstream);
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
        breaker_failed(&upstream->breaker, thing_of(task),
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

void attempt_next(struct refresh *keeper, struct task *task, const struct error *err)
{
    if (err != NULL && task->why.kind == ERROR_NONE) {
        task->why = *err;
        if (keeper->options.config->intel.upstream_count > 1)
            error_within(&task->why, "upstream %s",
                         upstream_of(keeper, task->upstream)->name);
    }
    verified_release(TAKE(task->fresh));
    arena_fini(&task->arena);
    task->chain.count = 0;
    ask_someone(keeper, task);
}
