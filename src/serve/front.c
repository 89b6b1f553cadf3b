/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "kit/log.h"
#include "kit/text.h"
#include "serve/chips.h"
#include "serve/control_baselines.h"
#include "serve/control_platforms.h"
#include "serve/front_health.h"
#include "serve/front_parts.h"
#include "serve/registry.h"
#include "serve/verify_desk.h"

enum { REQUEST_BYTES = 4096, REQUEST_BYTES_MAX = 64 * 1024 };

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
    front->hosts = options->hosts;
    front->registry = options->registry;
    front->platforms = options->platforms;
    front->baselines = options->baselines;
    front->chips = options->chips;
    front->verify = options->verify;
    front->releases = options->releases;
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
    pthread_mutex_destroy(&front->building);
    free(front);
}

bool front_publish(struct front *front, const struct baseline_view *view,
                   struct error *err)
{
    struct shelf_options options = {
        .now_s = clock_wall_s(front->clock),
        .future_s = FRONT_FUTURE_S,
        .max_age_s = front->config->limits.max_age_s,
        .wears_test_roots = clock_is_moved(front->clock)
                            || trust_has_test_roots(&front->config->trust.roots),
    };
    struct shelf *shelf;

    pthread_mutex_lock(&front->building);
    bool built = shelf_build(view, &options, &shelf, err);
    if (built)
        snapshot_publish(front->shelf, shelf);
    if (front->hosts != NULL)
        hosts_publish(front->hosts, view);
    if (front->verify != NULL)
        verify_desk_publish(front->verify, view);
    pthread_mutex_unlock(&front->building);
    return built;
}

/* Until snapshot_leave. */
static struct health enter_health(const struct front *front)
{
    return (struct health){ .config = front->config,
                            .shelf = snapshot_enter(front->shelf),
                            .chips = front->chips,
                            .now_s = clock_wall_s(front->clock),
                            .started = atomic_load(&front->started),
                            .draining = atomic_load(&front->draining) };
}

bool front_is_ready(const struct front *front, char why[FRONT_WHY_MAX])
{
    struct health health = enter_health(front);
    bool ready = health_is_ready(&health, why, FRONT_WHY_MAX);

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

void front_counts(const struct front *front, struct front_counts *out)
{
    *out = (struct front_counts){ .answered = atomic_load(&front->answered),
                                  .not_modified = atomic_load(&front->not_modified),
                                  .missed = atomic_load(&front->missed),
                                  .refused = atomic_load(&front->refused) };
}

/* ---- refusing ------------------------------------------------------------------- */

void front_refuse(struct front *front, struct http_request *request,
                  const struct refusal *refusal)
{
    struct request_id id = request_id_of(request);

    front_count(&front->refused);
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

    front_refuse(front, request, &refusal);
}

/* ---- answers -------------------------------------------------------------------- */

static void answer(struct front *front, struct http_request *request,
                   const struct shelf_answer *found)
{
    bool unchanged;
    struct http_reply *reply =
        shelf_reply(found, http_request_header(request, "If-None-Match"),
                    request_id_sent(request), &unchanged);

    front_count(unchanged ? &front->not_modified : &front->answered);
    answer_and_release(request, reply);
}

/* From the shelf, or what the asker is told instead; false where the shelf lacks it, and
 * the question then says what is to be fetched. */
static bool answer_from_shelf(struct front *front, struct http_request *request,
                              struct question *question)
{
    const struct shelf *shelf = snapshot_enter(front->shelf);
    struct shelf_answer found;
    struct http_peer peer;
    struct refusal refusal;
    struct error why = { 0 };
    bool refused = false, is_there = false;

    http_request_peer(request, &peer);
    if (shelf != NULL)
        refused =
            !front_settle_baseline(shelf_view(shelf), &peer, question, &refusal, &why);
    if (shelf != NULL && !refused)
        is_there = shelf_find(shelf, question, clock_wall_s(front->clock), &found);
    if (refused)
        front_refuse(front, request, &refusal);
    else if (is_there)
        answer(front, request, &found);
    snapshot_leave(front->shelf);
    return refused || is_there;
}

static void answer_health(struct front *front, struct http_request *request)
{
    struct request_id id = request_id_of(request);
    struct health health = enter_health(front);

    answer_and_release(request,
                       health_answer(http_request_target(request), &health, &id));
    snapshot_leave(front->shelf);
}

static void answer_read(struct front *front, struct http_request *request,
                        struct question *question)
{
    if (question->kind == ASK_ROUTE_UNKNOWN)
        answer_health(front, request);
    else if (question->kind == ASK_PCK_CERT)
        front_answer_host(front, request, question);
    else if (!answer_from_shelf(front, request, question))
        front_miss(front, request, question);
}

static bool has_room_for(const struct front *front, const struct question *question,
                         struct bytes target)
{
    switch (question->kind) {
    case ASK_ROUTE_UNKNOWN:
        return health_is_asked(target);
    case ASK_PCK_CERT:
        return front->hosts != NULL;
    case ASK_REGISTRY:
        return front->registry != NULL;
    case ASK_VERIFY: /* who asks for it comes to the desk before */
        return false;
    case ASK_COLLATERAL:
    case ASK_FMSPCS:
    case ASK_GONE:
        break;
    }
    return true;
}

static struct bytes path_of(const struct http_request *request)
{
    struct bytes target = http_request_target(request);

    return bytes_first(target, bytes_find(target, bytes_of_text("?")));
}

static bool asks_for_platforms(const struct front *front,
                               const struct http_request *request)
{
    return front->platforms != NULL && control_platforms_is_asked(path_of(request));
}

static bool asks_for_baselines(const struct front *front,
                               const struct http_request *request)
{
    return front->baselines != NULL && control_baselines_is_asked(path_of(request));
}

static void answer_question(struct front *front, struct http_request *request,
                            struct question *question)
{
    enum http_method method = http_request_method(request);
    bool reads = method == HTTP_GET || method == HTTP_HEAD;

    if (question->kind == ASK_ROUTE_UNKNOWN && asks_for_platforms(front, request))
        control_platforms_handle(front->platforms, request);
    else if (question->kind == ASK_ROUTE_UNKNOWN && asks_for_baselines(front, request))
        control_baselines_handle(front->baselines, request);
    else if (!has_room_for(front, question, http_request_target(request)))
        front_refuse(front, request, refusal_named(REFUSE_ROUTE));
    else if (question->kind == ASK_REGISTRY)
        registry_handle(front->registry, question->route, request);
    else if (reads)
        answer_read(front, request, question);
    else
        front_refuse(front, request, refusal_named(REFUSE_METHOD));
}

static bool is_true(const char *value)
{
    return value != NULL
           && text_equal_nocase(bytes_of_text(value), bytes_of_text("true"));
}

/* The usual question needs no more memory than the caller's. */
struct desk_top {
    struct arena arena;
    _Alignas(max_align_t) uint8_t storage[REQUEST_BYTES];
};

static bool read_question(struct front *front, const struct http_request *request,
                          struct desk_top *top, struct question *out, struct error *err)
{
    struct asker asker = {
        .has_metadata_header = is_true(http_request_header(request, "Metadata")),
        .baseline = http_request_header(request, "X-THIM-Baseline"),
        .bare_crl = front->config->compat.bare_crl,
        .v3 = front->config->compat.v3,
    };

    arena_init_over(&top->arena, top->storage, sizeof top->storage, REQUEST_BYTES_MAX);
    return question_read(http_request_target(request), &asker, &top->arena, out, err);
}

static bool asks_for_chips(const struct front *front, const struct http_request *request)
{
    return front->chips != NULL && chips_is_asked(http_request_target(request));
}

static bool asks_for_verify(const struct front *front, const struct http_request *request)
{
    return front->verify != NULL && verify_desk_is_asked(http_request_target(request));
}

static void handle(void *front_, struct http_request *request)
{
    struct front *front = front_;
    struct desk_top top;
    struct question question;
    struct error err = { 0 };

    if (asks_for_chips(front, request)) {
        chips_handle(front->chips, request);
        return;
    }
    if (asks_for_verify(front, request)) {
        verify_desk_handle(front->verify, request);
        return;
    }
    if (front_answer_tcb_baselines(front, request))
        return;
    if (read_question(front, request, &top, &question, &err))
        answer_question(front, request, &question);
    else
        refuse_malformed(front, request, &err);
    arena_fini(&top.arena);
}

/* Only what the registry takes, a chip's certificate and evidence have bodies: platforms
 * are only shown here. */
static size_t body_limit(void *front_, const struct http_request *request)
{
    struct front *front = front_;
    struct desk_top top;
    struct question question;
    struct error err = { 0 };
    size_t limit = 0;

    if (asks_for_platforms(front, request))
        return control_platforms_body_limit(front->platforms, request);
    if (asks_for_baselines(front, request))
        return control_baselines_body_limit(front->baselines, request);
    if (asks_for_chips(front, request))
        return chips_body_limit(front->chips, request);
    if (asks_for_verify(front, request))
        return verify_desk_body_limit(front->verify, request);
    if (front->registry == NULL)
        return 0;
    if (read_question(front, request, &top, &question, &err)
        && question.kind == ASK_REGISTRY)
        limit = registry_body_limit(front->registry, question.route, request);
    arena_fini(&top.arena);
    return limit;
}

static void ended(void *front_, const struct http_request *request)
{
    struct front *front = front_;

    if (front->verify != NULL)
        verify_desk_ended(front->verify, request);
}

struct http_handler front_handler(struct front *front)
{
    return (struct http_handler){
        .context = front, .body_limit = body_limit, .handle = handle, .ended = ended
    };
}
