/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/verify_gate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "kit/budget.h"
#include "kit/clock.h"

enum { BUSY_RETRY_S = 1 };

struct verify_gate {
    struct access *access;
    bool is_open; /* to anyone */
    unsigned places;
    _Atomic unsigned taken; /* of them */

    pthread_mutex_t lock; /* guards the next */
    struct budget *budget;
};

/* ---- what is said ------------------------------------------------------------------ */

enum gate_word {
    GATE_ADMITS = 0,
    GATE_NO_TOKEN,
    GATE_WRONG_TOKEN,
    GATE_WRONG_TOKENS,
    GATE_OTHER_ROLE,
    GATE_BUDGET,
    GATE_BUSY,
};

static const struct refusal refusals[] = {
    [GATE_NO_TOKEN] = {
        .status = 401,
        .code = "no_token",
        .message = "Evidence is judged for readers here.",
        .remedy = "Send a reader's token as Authorization: Bearer; or the operator opens "
                  "it to anyone (verify.access).",
    },
    [GATE_WRONG_TOKEN] = {
        .status = 401,
        .code = "wrong_token",
        .message = "The token is none of those in the configuration.",
        .remedy = "Was it rotated? thim token make gives another.",
    },
    [GATE_WRONG_TOKENS] = {
        .status = 429,
        .code = "paced",
        .message = "Too many wrong tokens.",
        .remedy = "Wait, then send the right one.",
    },
    [GATE_OTHER_ROLE] = {
        .status = 403,
        .code = "forbidden",
        .message = "This token's role does not go so far.",
        .remedy = "Use a token of the role reader.",
    },
    [GATE_BUDGET] = {
        .status = 429,
        .code = "budget",
        .message = "Too much evidence from this address, or from all together.",
        .remedy = "Come back later; a reader's token has no such bound.",
    },
    [GATE_BUSY] = {
        .status = 503,
        .code = "busy",
        .message = "too much evidence is under way already; come back later",
        .retry_after_s = BUSY_RETRY_S,
    },
};

struct notes {
    struct caller caller; /* access.h's */
    bool is_judged, has_place;
    enum gate_word word;
    int64_t retry_after_s;
};
_Static_assert(sizeof(struct notes) <= HTTP_NOTES_BYTES, "notes of a request hold ours");

/* ---- making ------------------------------------------------------------------------ */

bool verify_gate_create(const struct config *config, struct access *access,
                        struct verify_gate **out, struct error *err)
{
    OWNED(verify_gate_destroy) struct verify_gate *gate = calloc(1, sizeof *gate);

    if (gate == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for verify's gate");
    pthread_mutex_init(&gate->lock, NULL);
    gate->access = access;
    gate->is_open = config->verify.access == VERIFY_BY_ANYONE;
    gate->places = config->verify.max_in_flight;
    if (!budget_create(config->verify.per_minute, config->verify.per_minute_per_address,
                       &gate->budget, err))
        return error_within(err, "verify's budget");
    *out = TAKE(gate);
    return true;
}

void verify_gate_destroy(struct verify_gate *gate)
{
    if (gate == NULL)
        return;
    budget_destroy(gate->budget);
    pthread_mutex_destroy(&gate->lock);
    free(gate);
}

/* ---- who may ----------------------------------------------------------------------- */

static enum gate_word take_budget(struct verify_gate *gate,
                                  const struct http_request *request,
                                  int64_t *retry_after_s)
{
    struct http_peer peer;

    http_request_peer(request, &peer);
    pthread_mutex_lock(&gate->lock);
    bool taken = budget_take(gate->budget, http_peer_address(&peer), clock_real_ms(),
                             retry_after_s);
    pthread_mutex_unlock(&gate->lock);
    return taken ? GATE_ADMITS : GATE_BUDGET;
}

/* A wrong token is said to be wrong, though none might do. */
static enum gate_word judge(struct verify_gate *gate, const struct http_request *request,
                            struct notes *notes)
{
    struct caller caller;

    access_judge(gate->access, request, &caller);
    notes->retry_after_s = caller.retry_after_s;
    if (caller.verdict == ACCESS_WRONG)
        return GATE_WRONG_TOKEN;
    if (caller.verdict == ACCESS_PACED)
        return GATE_WRONG_TOKENS;
    if ((caller.roles & ROLE_READER) != 0 || access_is_from_here(request))
        return GATE_ADMITS;
    if (gate->is_open)
        return take_budget(gate, request, &notes->retry_after_s);
    return caller.verdict == ACCESS_NOBODY ? GATE_NO_TOKEN : GATE_OTHER_ROLE;
}

static bool say(enum gate_word word, int64_t retry_after_s, struct refusal *why)
{
    if (word == GATE_ADMITS)
        return true;
    *why = refusals[word];
    if (why->status == 429)
        why->retry_after_s = retry_after_s > 0 ? retry_after_s : 1;
    return false;
}

bool verify_gate_admit(struct verify_gate *gate, const struct http_request *request,
                       struct refusal *why)
{
    struct notes *notes = http_request_notes(request);

    if (!notes->is_judged) {
        notes->word = judge(gate, request, notes);
        notes->is_judged = true;
    }
    return say(notes->word, notes->retry_after_s, why);
}

/* ---- places ------------------------------------------------------------------------ */

static bool take_place(struct verify_gate *gate)
{
    if (atomic_fetch_add_explicit(&gate->taken, 1, memory_order_relaxed) < gate->places)
        return true;
    atomic_fetch_sub_explicit(&gate->taken, 1, memory_order_relaxed);
    return false;
}

bool verify_gate_enter(struct verify_gate *gate, const struct http_request *request,
                       struct refusal *why)
{
    struct notes *notes = http_request_notes(request);

    if (!verify_gate_admit(gate, request, why))
        return false;
    notes->has_place = notes->has_place || take_place(gate);
    if (!notes->has_place)
        notes->word = GATE_BUSY;
    return say(notes->word, 0, why);
}

void verify_gate_leave(struct verify_gate *gate, const struct http_request *request)
{
    struct notes *notes = http_request_notes(request);

    if (notes->has_place)
        atomic_fetch_sub_explicit(&gate->taken, 1, memory_order_relaxed);
    notes->has_place = false;
}
