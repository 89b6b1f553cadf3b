/* SPDX-License-Identifier: Apache-2.0 */
/* What an upstream has said of a platform, and whether it is true. An answer whose law,
 * the root CRL and its CA's CRL, is still under way waits for it. */
#include "format/http_head.h"
#include "kit/log.h"
#include "kit/text.h"
#include "upstream/keeper.h"

/* ---- reading -------------------------------------------------------------------------
 */

static bool take_pages(struct refresh *keeper, struct platform_task *task,
                       const struct http_answer *answer, struct error *err)
{
    struct bytes body = arena_copy(&task->pages_arena, answer->body);

    if (body.at == NULL)
        return error_set(err, ERROR_LIMIT, "no room for an answer of %zu bytes",
                         answer->body.len);
    return platform_read(task->by_list, body,
                         http_answer_header(answer, "SGX-PCK-Certificate-Issuer-Chain"),
                         http_answer_header(answer, "SGX-TCBm"), &task->pages_arena,
                         &task->pages, err)
           && verify_pck_issuer(&task->pages.chain, &keeper->options.config->trust.roots,
                                &task->issuer, err);
}

static void leave_alone(struct refresh *keeper, struct platform_task *task,
                        const struct http_answer *answer)
{
    struct keeper_upstream *upstream = &keeper->upstreams[task->upstream];
    int64_t wait_s;

    if (!http_retry_after_read(http_answer_header(answer, "Retry-After"),
                               clock_real_wall_s(), SCHEDULE_RETRY_AFTER_MAX_S, &wait_s)
        || wait_s == 0)
        wait_s = SCHEDULE_BACKOFF_FIRST_S;
    upstream->platforms_after_ms = clock_mono_ms(keeper->options.clock) + wait_s * 1000;
    if (task->report.retry_after_s == 0)
        task->report.retry_after_s = wait_s;
}

static void note_answer(struct refresh *keeper, const struct platform_task *task,
                        const struct http_answer *answer, enum platform_reply reply)
{
    uint64_t thing;

    memcpy(&thing, task->key, sizeof thing);
    keeper_note_call(keeper, task->upstream, thing, answer,
                     answer->reached && reply != PLATFORM_BROKEN);
}

static void refuse_status(struct refresh *keeper, struct platform_task *task,
                          const struct http_answer *answer, enum platform_reply reply)
{
    enum platform_fetch outcome = FETCH_UNREACHABLE;
    struct platform_report *report = &task->report;
    struct error err = { 0 };

    error_set(&err, ERROR_UNREACHABLE, "answered %u", answer->status);
    if (reply == PLATFORM_REFUSED) {
        outcome = FETCH_REFUSED;
        if (report->code[0] == 0)
            platform_read_code(http_answer_header(answer, "Error-Code"), report->code);
        if (report->code[0] != 0)
            error_set(&err, ERROR_FORMAT, "answered 400 %s", report->code);
    } else if (reply == PLATFORM_DENIED) {
        error_set(&err, ERROR_FORMAT,
                  "answered %u: it takes no key, or another than in "
                  "its api_key_file",
                  answer->status);
    } else if (reply == PLATFORM_THROTTLED) {
        leave_alone(keeper, task, answer);
    }
    platform_fetch_next(keeper, task, outcome, &err);
}

void platform_answer_read(struct refresh *keeper, struct platform_task *task,
                          const struct http_answer *answer)
{
    struct platform_table *table = &keeper->platforms.table;
    enum platform_reply reply =
        answer->reached ? platform_read_status(answer->status) : PLATFORM_BROKEN;
    struct error err = { 0 };

    if (keeper->ending) {
        platform_task_move(table, task, PLATFORM_TASK_QUEUED);
        return; /* platform_close tells who waits */
    }
    note_answer(keeper, task, answer, reply);
    if (!answer->reached) {
        error_set(&err, answer->kind, "%s", answer->failure);
        platform_fetch_next(keeper, task, FETCH_UNREACHABLE, &err);
    } else if (reply == PLATFORM_ABSENT) {
        task->was_absent = true;
        platform_fetch_next(keeper, task, 0, NULL);
    } else if (reply != PLATFORM_OK) {
        refuse_status(keeper, task, answer, reply);
    } else if (!take_pages(keeper, task, answer, &err)) {
        platform_fetch_next(keeper, task, FETCH_UNTRUSTED, &err);
    } else {
        platform_task_move(table, task, PLATFORM_TASK_ANSWERED);
    }
}

/* ---- judging -------------------------------------------------------------------------
 */

static const struct verified_collateral *pck_crl_in_date(const struct refresh *keeper,
                                                         enum pck_ca ca)
{
    struct collateral_key key = key_pck_crl(ca);
    const struct holding *held = holdings_find(keeper->holdings, &key);
    int64_t now_s = clock_wall_s(keeper->options.clock);

    return held != NULL && verified_in_date(held->item, now_s, JUDGE_FUTURE_S)
               ? held->item
               : NULL;
}

/* True while it will come, or may. */
static bool is_coming(struct refresh *keeper, struct collateral_key key)
{
    attempt_hasten(keeper, key);
    const struct task *task = task_find(&keeper->tasks, &(struct pcs_item){ .key = key });
    return task != NULL && (task->state != TASK_RESTING || keeper_is_due(keeper, task));
}

/* False where a CRL is not there: then it is waited for, or the fetch has failed. */
static bool find_law(struct refresh *keeper, struct platform_task *task,
                     struct pck_law *law)
{
    struct collateral_key root = key_root_crl();
    struct collateral_key pck = key_pck_crl(pck_issuer_facts(task->issuer)->ca);
    struct error err = { 0 };

    *law = (struct pck_law){
        .root_crl = keeper->root_crl,
        .pck_crl = pck_crl_in_date(keeper, pck.ca),
        .now_s = clock_wall_s(keeper->options.clock),
        .future_s = JUDGE_FUTURE_S,
    };
    if (law->root_crl != NULL && law->pck_crl != NULL)
        return true;
    struct collateral_key missing = law->root_crl == NULL ? root : pck;
    if (is_coming(keeper, missing))
        return false;
    error_set(&err, ERROR_UNREACHABLE,
              "no %s in date is held, so no certificate can be judged; see its own line",
              collateral_key_text(&missing).s);
    platform_fetch_fail(keeper, task, FETCH_UNREACHABLE, &err);
    return false;
}

/* Once for each reason, for an upstream gives every platform the same oddities. */
static void log_left_out(struct refresh *keeper, const struct platform_task *task)
{
    const struct platform_verdict *verdict = &task->verdict;
    struct error *logged = &keeper->upstreams[task->upstream].odd_logged;

    if (verdict->left_out == 0 || strcmp(logged->text, verdict->odd.text) == 0)
        return;
    *logged = verdict->odd;
    log_event(LOG_WARNING, "platforms",
              "platform=%lld upstream=%s left_out=%zu kept=%zu tcbm=%s why=\"%s\"",
              (long long)task->known.row,
              keeper->upstreams[task->upstream].condition.name, verdict->left_out,
              verdict->pck_count, hex(verdict->odd_tcbm, TCBM_LEN).s, verdict->odd.text);
}

static void tcb_info_came(void *context, enum refresh_outcome outcome,
                          int64_t retry_after_s)
{
    struct platform_task *task = context;

    (void)outcome, (void)retry_after_s; /* that it is missing shows where it is needed */
    task->waits_for_tcb_info = false;
}

/* Of a new FMSPC the TCB info must be held too, or nobody can choose among the
 * certificates; whoever waits is told when both are there. */
static void want_tcb_info(struct refresh *keeper, struct platform_task *task)
{
    const struct pck_facts *facts = pck_facts(task->verdict.pcks[0]);
    struct refresh_demand demand = {
        .key = key_tcb_info(TEE_SGX, 3, facts->cert.fmspc, 0),
        .update = UPDATE_STANDARD,
        .context = task,
        .told = tcb_info_came,
    };

    task->waits_for_tcb_info = true;
    keeper_take_demand(keeper, &demand);
}

static void judge(struct refresh *keeper, struct platform_task *task)
{
    struct pck_law law;
    struct error err = { 0 };

    if (!find_law(keeper, task, &law))
        return;
    if (!platform_judge(task->issuer, &law, &task->pages.list, task->demand.name.pce_id,
                        &task->verdict, &err)) {
        bool has_none = err.kind == ERROR_NOT_FOUND;
        task->was_gap = task->was_gap || has_none;
        platform_fetch_next(keeper, task, FETCH_UNTRUSTED, has_none ? NULL : &err);
        return;
    }
    log_left_out(keeper, task);
    keeper->platforms.logged = (struct error){ 0 };
    task->report = (struct platform_report){ .outcome = FETCH_KEPT };
    task->due_s = platform_due_after_success(keeper, task);
    platform_task_move(&keeper->platforms.table, task, PLATFORM_TASK_READY);
    want_tcb_info(keeper, task);
}

void platform_answers_judge(struct refresh *keeper)
{
    struct platform_queue *answered =
        &keeper->platforms.table.queues[PLATFORM_TASK_ANSWERED];

    for (struct platform_task *task = answered->first; task != NULL;) {
        struct platform_task *next = task->next;
        judge(keeper, task);
        task = next;
    }
}
