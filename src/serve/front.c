/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/front.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/http_head.h"
#include "kit/log.h"
#include "kit/snapshot.h"
#include "kit/text.h"
#include "serve/front_health.h"

enum { REQUEST_BYTES = 4096, REQUEST_BYTES_MAX = 64 * 1024 };

struct front {
    const struct config *config;
    const struct clock *clock;
    struct miss_desk desk;
    struct snapshot *shelf;   /* of struct shelf */
    struct http_reply *spare; /* for a waiter, when there is no memory for another */

    pthread_mutex_t building; /* guards the next; readers never take it */
    struct holdings *holdings;

    atomic_bool started, draining;
    _Atomic uint64_t answered, not_modified, missed, refused;
};

/* ---- making and publishing ------------------------------------------------------ */

static void free_shelf(void *shelf)
{
    shelf_free(shelf);
}

bool front_create(const struct front_options *options, struct front **out,
                  struct error *err)
{
    OWNED(front_destroy) struct front *front = calloc(1, sizeof *front);

    if (front == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the front");
    front->config = options->config;
    front->clock = options->clock;
    front->desk = options->desk;
    pthread_mutex_init(&front->building, NULL);
    front->shelf = snapshot_create(free_shelf);
    front->spare = refusal_reply(refusal_named(REFUSE_UNREACHABLE),
                                 &(struct request_id){ .s = "none" });
    if (front->shelf == NULL || front->spare == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the front");
    *out = TAKE(front);
    return true;
}

void front_destroy(struct front *front)
{
    if (front == NULL)
        return;
    snapshot_destroy(front->shelf);
    http_reply_release(front->spare);
    holdings_release(front->holdings);
    pthread_mutex_destroy(&front->building);
    free(front);
}

static bool build(struct front *front, const struct holdings *holdings, struct error *err)
{
    struct shelf_options options = {
        .now_s = clock_wall_s(front->clock),
        .future_s = FRONT_FUTURE_S,
        .max_age_s = front->config->limits.max_age_s,
        .wears_test_roots = clock_is_moved(front->clock)
                            || trust_has_test_roots(&front->config->trust.roots),
    };
    struct shelf *shelf;

    if (!shelf_build(holdings, &options, &shelf, err))
        return false;
    snapshot_publish(front->shelf, shelf);
    return true;
}

/* The holdings are kept even where no shelf could be built of them, so that the next tick
 * tries again; until then the shelf before stays. */
bool front_publish(struct front *front, const struct holdings *holdings,
                   struct error *err)
{
    pthread_mutex_lock(&front->building);
    struct holdings *replaced = front->holdings;
    front->holdings = holdings_hold(holdings);
    holdings_release(replaced);
    bool built = build(front, holdings, err);
    pthread_mutex_unlock(&front->building);
    return built;
}

void front_tick(struct front *front)
{
    struct error err = { 0 };

    pthread_mutex_lock(&front->building);
    if (front->holdings != NULL && !build(front, front->holdings, &err))
        log_event(LOG_ERROR, "serve", "generation=%llu not rebuilt why=\"%s\"",
                  (unsigned long long)front->holdings->generation, err.text);
    pthread_mutex_unlock(&front->building);
}

bool front_is_ready(const struct front *front)
{
    const struct shelf *shelf = snapshot_enter(front->shelf);
    bool ready = shelf != NULL && !atomic_load(&front->draining)
                 && shelf_is_ready(shelf, clock_wall_s(front->clock));

    snapshot_leave(front->shelf);
    return ready;
}

void front_set_started(struct front *front)
{
    atomic_store(&front->started, true);
}

void front_set_draining(struct front *front)
{
    atomic_store(&front->draining, true);
}

/* ---- counting ------------------------------------------------------------------- */

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

void front_counts(const struct front *front, struct front_counts *out)
{
    *out = (struct front_counts){ .answered = atomic_load(&front->answered),
                                  .not_modified = atomic_load(&front->not_modified),
                                  .missed = atomic_load(&front->missed),
                                  .refused = atomic_load(&front->refused) };
}

/* ---- refusing ------------------------------------------------------------------- */

static void refuse(struct front *front, struct http_request *request,
                   const struct refusal *refusal)
{
    struct request_id id = request_id_of(request);

    count(&front->refused);
    answer_and_release(request, refusal_reply(refusal, &id));
}

static void refuse_malformed(struct front *front, struct http_request *request,
                             const struct error *err)
{
    struct refusal refusal = {
        .status = err->kind == ERROR_LIMIT ? 414 : 400,
        .code = err->kind == ERROR_LIMIT ? "too_long" : "malformed",
        .message = err->text,
        .remedy = "Asked again as it is, it will be refused again.",
    };

    refuse(front, request, &refusal);
}

/* ---- misses --------------------------------------------------------------------- */

struct miss { /* a suspended request, from the desk's asking to its telling */
    struct front *front;
    struct http_waiter *waiter;
    struct question question;
    struct request_id id;
};

/* The caller owns the reply; NULL where the shelf has no answer, or memory is out. */
static struct http_reply *look_again(const struct miss *miss)
{
    struct front *front = miss->front;
    const struct shelf *shelf = snapshot_enter(front->shelf);
    struct http_reply *reply = NULL;
    struct shelf_answer answer;
    bool unchanged;

    if (shelf != NULL
        && shelf_find(shelf, &miss->question, clock_wall_s(front->clock), &answer))
        reply = shelf_reply(&answer, NULL, miss->id.is_own ? miss->id.s : NULL, &unchanged);
    snapshot_leave(front->shelf);
    return reply;
}

static const struct refusal *refusal_of(enum miss_outcome outcome)
{
    switch (outcome) {
    case MISS_NOT_FOUND:
        return refusal_named(REFUSE_NOT_FOUND);
    case MISS_GONE:
        return refusal_named(REFUSE_NUMBER_GONE);
    case MISS_BUDGET:
        return refusal_named(REFUSE_BUDGET);
    case MISS_FETCHED: /* and yet not on the shelf: out of date already */
    case MISS_UNREACHABLE:
        return refusal_named(REFUSE_UNREACHABLE);
    }
    return refusal_named(REFUSE_UNREACHABLE);
}

static void told(void *miss_, enum miss_outcome outcome, int64_t retry_after_s)
{
    struct miss *miss = miss_;
    struct http_reply *reply = outcome == MISS_FETCHED ? look_again(miss) : NULL;

    if (reply != NULL) {
        count(&miss->front->answered);
    } else {
        struct refusal refusal = *refusal_of(outcome);
        if (refusal.retry_after_s > 0 && retry_after_s > 0)
            refusal.retry_after_s = retry_after_s;
        count(&miss->front->refused);
        reply = refusal_reply(&refusal, &miss->id);
    }
    if (reply == NULL)
        reply = http_reply_hold(miss->front->spare);
    http_waiter_answer(miss->waiter, reply);
    http_reply_release(reply);
    free(miss);
}

/* If-None-Match is passed over here: what was missing is sent whole. */
static void ask_desk(struct front *front, struct http_request *request,
                     const struct question *question)
{
    struct miss *miss = malloc(sizeof *miss);
    struct http_peer peer;

    if (miss == NULL)
        return;
    *miss = (struct miss){ .front = front,
                           .question = *question,
                           .id = request_id_of(request) };
    struct http_reply *late_reply = refusal_reply(refusal_named(REFUSE_LATE), &miss->id);
    http_request_peer(request, &peer);
    if (late_reply != NULL)
        miss->waiter =
            http_request_suspend(request, front->config->limits.miss_wait_ms, late_reply);
    http_reply_release(late_reply);
    if (miss->waiter == NULL) {
        free(miss);
        refuse(front, request, refusal_named(REFUSE_BUSY));
        return;
    }
    front->desk.ask(front->desk.context, question, &peer, told, miss);
}

static void miss(struct front *front, struct http_request *request,
                 const struct question *question)
{
    count(&front->missed);
    if (question->kind == ASK_GONE)
        refuse(front, request, refusal_named(REFUSE_VERSION_GONE));
    else if (front->desk.ask == NULL)
        refuse(front, request, refusal_named(REFUSE_NOT_FOUND));
    else
        ask_desk(front, request, question);
}

/* ---- answers -------------------------------------------------------------------- */

static void answer(struct front *front, struct http_request *request,
                   const struct shelf_answer *found)
{
    bool unchanged;
    struct http_reply *reply =
        shelf_reply(found, http_request_header(request, "If-None-Match"),
                    request_id_sent(request), &unchanged);

    count(unchanged ? &front->not_modified : &front->answered);
    answer_and_release(request, reply);
}

/* True where the shelf had it. */
static bool answer_from_shelf(struct front *front, struct http_request *request,
                              const struct question *question)
{
    const struct shelf *shelf = snapshot_enter(front->shelf);
    struct shelf_answer found;

    bool is_there =
        shelf != NULL && shelf_find(shelf, question, clock_wall_s(front->clock), &found);
    if (is_there)
        answer(front, request, &found);
    snapshot_leave(front->shelf);
    return is_there;
}

static void answer_health(struct front *front, struct http_request *request)
{
    struct request_id id = request_id_of(request);
    struct health health = { .shelf = snapshot_enter(front->shelf),
                             .now_s = clock_wall_s(front->clock),
                             .started = atomic_load(&front->started),
                             .draining = atomic_load(&front->draining) };

    answer_and_release(request,
                       health_answer(http_request_target(request), &health, &id));
    snapshot_leave(front->shelf);
}

static void answer_question(struct front *front, struct http_request *request,
                            const struct question *question)
{
    enum http_method method = http_request_method(request);
    bool reads = method == HTTP_GET || method == HTTP_HEAD;
    bool is_health = question->kind == ASK_ROUTE_UNKNOWN
                     && health_is_asked(http_request_target(request));

    if (question->kind == ASK_ROUTE_UNKNOWN && !is_health)
        refuse(front, request, refusal_named(REFUSE_ROUTE));
    else if (!reads)
        refuse(front, request, refusal_named(REFUSE_METHOD));
    else if (is_health)
        answer_health(front, request);
    else if (!answer_from_shelf(front, request, question))
        miss(front, request, question);
}

static bool is_true(const char *value)
{
    return value != NULL
           && text_equal_nocase(bytes_of_text(value), bytes_of_text("true"));
}

static void handle(void *front_, struct http_request *request)
{
    _Alignas(max_align_t) uint8_t storage[REQUEST_BYTES]; /* the usual needs no more */
    struct front *front = front_;
    struct asker asker = {
        .has_metadata_header = is_true(http_request_header(request, "Metadata")),
        .bare_crl = front->config->compat.bare_crl,
        .v3 = front->config->compat.v3,
    };
    struct arena arena;
    struct question question;
    struct error err = { 0 };

    arena_init_over(&arena, storage, sizeof storage, REQUEST_BYTES_MAX);
    if (question_read(http_request_target(request), &asker, &arena, &question, &err))
        answer_question(front, request, &question);
    else
        refuse_malformed(front, request, &err);
    arena_fini(&arena);
}

struct http_handler front_handler(struct front *front)
{
    return (struct http_handler){ .context = front, .handle = handle };
}
