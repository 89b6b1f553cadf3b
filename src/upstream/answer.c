/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what an upstream has said, up to the point where it can be judged. */
#include "format/fmspc_list.h"
#include "format/http_head.h"
#include "kit/log.h"
#include "upstream/keeper.h"

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

void keeper_note_call(struct refresh *keeper, size_t i, uint64_t thing,
                      const struct http_answer *answer, bool well)
{
    struct keeper_upstream *upstream = &keeper->upstreams[i];
    int64_t now_ms = clock_mono_ms(keeper->options.clock);
    bool was_open = breaker_is_open(&upstream->breaker);

    upstream->condition.calls++;
    if (well) {
        breaker_ok(&upstream->breaker);
        upstream->condition.last_ok_s = clock_wall_s(keeper->options.clock);
    } else {
        upstream->condition.failed++;
        breaker_failed(&upstream->breaker, thing, now_ms);
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
           && publish_hint(keeper, keeper_upstream(keeper, task)->name, answer->body,
                           err);
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

void answer_read(struct refresh *keeper, struct task *task,
                 const struct http_answer *answer)
{
    const struct config_upstream *config = keeper_upstream(keeper, task);
    enum pcs_reply reply = answer->reached ? pcs_read_status(answer->status) : PCS_BROKEN;
    struct pcs_request request;
    struct error err = { 0 };
    bool taken = false;

    keeper_note_call(keeper, task->upstream, task_thing(task), answer,
                     answer->reached && reply != PCS_BUSY && reply != PCS_BROKEN);
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
