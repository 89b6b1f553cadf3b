/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "serve/front_parts.h"

enum { ROUNDS_MAX = 3 }; /* a platform, then the TCB info to choose its certificate by */

struct miss { /* a suspended request, from the desk's asking to its telling */
    struct front *front;
    struct http_waiter *waiter;
    struct http_peer peer;
    struct question question;
    uint8_t baseline[BASELINE_NAME_MAX]; /* the question's, which was the request's */
    struct request_id id;
    unsigned rounds;
};

static void ask_desk(struct miss *miss);

/* ---- looking again ------------------------------------------------------------------
 */

/* Whether what was fetched is of another number than the baseline's set, and so is not
 * given under it. */
static bool is_out_of_set(const struct miss *miss)
{
    const struct question *question = &miss->question;
    const struct shelf *shelf = snapshot_enter(miss->front->shelf);
    bool is_held =
        shelf != NULL && question->choice == CHOOSE_BASELINE
        && question->key.kind == COLLATERAL_TCB_INFO
        && sets_tcb_info_in_date(&shelf_view(shelf)->sets, question->key.tee,
                                 question->key.fmspc, clock_wall_s(miss->front->clock));

    snapshot_leave(miss->front->shelf);
    return is_held;
}

static const struct refusal *refusal_of(const struct miss *miss,
                                        enum miss_outcome outcome)
{
    switch (outcome) {
    case MISS_NOT_FOUND:
        return refusal_named(REFUSE_NOT_FOUND);
    case MISS_GONE:
        return refusal_named(REFUSE_NUMBER_GONE);
    case MISS_BUDGET:
        return refusal_named(REFUSE_BUDGET);
    case MISS_PLATFORM_UNKNOWN:
        return refusal_named(REFUSE_PLATFORM_UNKNOWN);
    case MISS_PLATFORM_REFUSED:
        return refusal_named(REFUSE_PLATFORM_REFUSED);
    case MISS_PLATFORM_GAP:
        return refusal_named(REFUSE_PLATFORM_GAP);
    case MISS_CONFLICT:
        return refusal_named(REFUSE_CONFLICT);
    case MISS_UNTRUSTED:
        return refusal_named(REFUSE_UNTRUSTED);
    case MISS_FETCHED: /* and yet not on the shelf */
        return refusal_named(is_out_of_set(miss) ? REFUSE_OUT_OF_SET
                                                 : REFUSE_UNREACHABLE);
    case MISS_UNREACHABLE:
        return refusal_named(REFUSE_UNREACHABLE);
    }
    return refusal_named(REFUSE_UNREACHABLE);
}

/* The reply goes out and is released; the miss is over. */
static void settle(struct miss *miss, struct http_reply *reply)
{
    if (reply == NULL)
        reply = http_reply_hold(miss->front->spare);
    http_waiter_answer(miss->waiter, reply);
    http_reply_release(reply);
    free(miss);
}

static void settle_refused(struct miss *miss, const struct refusal *refusal)
{
    front_count(&miss->front->refused);
    settle(miss, refusal_reply(refusal, &miss->id));
}

/* By now another law may be in force, where another baseline stands in the same place, or
 * what was allowed is so no longer. False where the shelf has no answer, or memory is
 * out: then the miss goes on. */
static bool settle_from_shelf(struct miss *miss)
{
    struct front *front = miss->front;
    const struct shelf *shelf = snapshot_enter(front->shelf);
    struct http_reply *reply = NULL;
    struct shelf_answer answer;
    struct refusal refusal;
    struct error why = { 0 };
    bool unchanged, refused;

    refused = shelf != NULL
              && !front_settle_baseline(shelf_view(shelf), &miss->peer, &miss->question,
                                        &refusal, &why);
    if (shelf != NULL && !refused
        && shelf_find(shelf, &miss->question, clock_wall_s(front->clock), &answer))
        reply =
            shelf_reply(&answer, NULL, miss->id.is_own ? miss->id.s : NULL, &unchanged);
    snapshot_leave(front->shelf);
    if (refused) {
        settle_refused(miss, &refusal);
    } else if (reply != NULL) {
        front_count(&front->answered);
        settle(miss, reply);
    }
    return refused || reply != NULL;
}

/* A host's second look: it may have to wait once more, for the TCB info that its new
 * certificates are chosen by. */
static void look_at_host(struct miss *miss)
{
    struct front *front = miss->front;
    struct question *question = &miss->question;
    struct hosts_asker asker = { .azure_shape = question->azure_shape,
                                 .request_id = miss->id.is_own ? miss->id.s : NULL };
    struct hosts_answer answer;

    hosts_ask(front->hosts, &question->pck, &asker, &answer);
    if (answer.verdict == HOSTS_GIVEN) {
        front_count(&front->answered);
        settle(miss, answer.reply);
        return;
    }
    if (answer.verdict == HOSTS_NO_TCB_INFO && miss->rounds < ROUNDS_MAX
        && !question->wants_tcb_info) {
        question->wants_tcb_info = true;
        memcpy(question->fmspc_wanted, answer.fmspc, sizeof answer.fmspc);
        ask_desk(miss);
        return;
    }
    struct refusal refusal = front_host_refusal(front, &question->pck, &answer);
    settle_refused(miss, &refusal);
}

/* A baseline's number may be one that the vendor no longer signs for this FMSPC: what it
 * has for it instead may be given where that was left behind. An identity is the set's
 * own, or none. */
static bool falls_back(const struct miss *miss, enum miss_outcome outcome)
{
    return (outcome == MISS_GONE || outcome == MISS_NOT_FOUND)
           && miss->question.number_wanted != 0 && miss->question.choice != CHOOSE_NUMBER
           && miss->question.key.kind == COLLATERAL_TCB_INFO;
}

static void told(void *miss_, enum miss_outcome outcome, int64_t retry_after_s)
{
    struct miss *miss = miss_;

    if (outcome == MISS_FETCHED && miss->question.kind == ASK_PCK_CERT) {
        look_at_host(miss);
        return;
    }
    if (outcome == MISS_FETCHED && settle_from_shelf(miss))
        return;
    if (falls_back(miss, outcome)) {
        miss->question.number_wanted = 0;
        ask_desk(miss);
        return;
    }
    struct refusal refusal = *refusal_of(miss, outcome);
    if (refusal.retry_after_s > 0 && retry_after_s > 0)
        refusal.retry_after_s = retry_after_s;
    settle_refused(miss, &refusal);
}

/* ---- asking -------------------------------------------------------------------------
 */

static void ask_desk(struct miss *miss)
{
    struct front *front = miss->front;

    miss->rounds++;
    front->desk.ask(front->desk.context, &miss->question, &miss->peer, told, miss);
}

/* Of a name that no baseline can have, so much that none has this one either. */
static void keep_baseline(struct miss *miss)
{
    struct bytes name = bytes_first(miss->question.baseline, sizeof miss->baseline);

    if (name.len > 0)
        memcpy(miss->baseline, name.at, name.len);
    miss->question.baseline = bytes_of(miss->baseline, name.len);
}

static void wait_for_desk(struct front *front, struct http_request *request,
                          const struct question *question)
{
    struct miss *miss = malloc(sizeof *miss);

    if (miss == NULL)
        return;
    *miss = (struct miss){ .front = front,
                           .question = *question,
                           .id = request_id_of(request) };
    keep_baseline(miss);
    struct http_reply *late_reply = refusal_reply(refusal_named(REFUSE_LATE), &miss->id);
    http_request_peer(request, &miss->peer);
    if (late_reply != NULL)
        miss->waiter =
            http_request_suspend(request, front->config->limits.miss_wait_ms, late_reply);
    http_reply_release(late_reply);
    if (miss->waiter == NULL) {
        free(miss);
        front_refuse(front, request, refusal_named(REFUSE_BUSY));
        return;
    }
    ask_desk(miss);
}

void front_miss(struct front *front, struct http_request *request,
                const struct question *question)
{
    front_count(&front->missed);
    if (question->kind == ASK_GONE)
        front_refuse(front, request, refusal_named(REFUSE_VERSION_GONE));
    else if (front->desk.ask == NULL)
        front_refuse(front, request, refusal_named(REFUSE_NOT_FOUND));
    else
        wait_for_desk(front, request, question);
}
