/* SPDX-License-Identifier: Apache-2.0 */
/* What the front says of baselines: under which one a request stands, and Azure's list of
 * them. */
#include "kit/text.h"
#include "serve/front_choose.h"
#include "serve/front_parts.h"
#include "serve/tcb_baselines.h"

enum { LIST_BYTES_MAX = 256 * 1024, TARGET_BYTES_MAX = 64 * 1024 };

/* ---- under which baseline ------------------------------------------------------- */

bool front_settle_baseline(const struct baseline_view *view, const struct http_peer *peer,
                           struct question *question, struct refusal *refusal,
                           struct error *why)
{
    enum choose_outcome outcome =
        front_choose(view, http_peer_address(peer), question, why);

    if (outcome == CHOSEN)
        return true;
    *refusal = choose_refusal(outcome, why);
    return false;
}

/* ---- Azure's list ---------------------------------------------------------------- */

static struct http_reply *list_reply(const struct front *front,
                                     const struct http_target *target,
                                     const struct request_id *id)
{
    const struct shelf *shelf = snapshot_enter(front->shelf);
    struct http_reply *reply = NULL;
    unsigned status = 500;
    struct buf body;

    buf_init(&body, LIST_BYTES_MAX);
    if (shelf != NULL
        && tcb_baselines_answer(shelf_view(shelf), front->releases, target, &body,
                                &status)) {
        struct http_header headers[] = { { "Request-ID", id->s },
                                         { "Content-Type", "application/json" },
                                         { "Cache-Control", "no-store" } };
        if (!http_reply_create(status, headers, COUNT_OF(headers), buf_bytes(&body),
                               &reply, NULL))
            reply = NULL;
    }
    buf_fini(&body);
    snapshot_leave(front->shelf);
    return reply;
}

/* Spares all others the reading. */
static bool looks_like_it(struct bytes target)
{
    struct bytes begin = bytes_of_text("/tcbbaselines/");

    return text_equal_nocase(bytes_first(target, begin.len), begin);
}

bool front_answer_tcb_baselines(struct front *front, struct http_request *request)
{
    struct request_id id = request_id_of(request);
    enum http_method method = http_request_method(request);
    struct http_target target;
    struct arena arena;

    if (front->releases == NULL || !looks_like_it(http_request_target(request)))
        return false;
    arena_init(&arena, TARGET_BYTES_MAX);
    bool is_asked = http_target_parse(http_request_target(request), &arena, &target, NULL)
                    && tcb_baselines_is_asked(target.path);
    if (is_asked && method != HTTP_GET && method != HTTP_HEAD) {
        front_refuse(front, request, refusal_named(REFUSE_METHOD));
    } else if (is_asked) {
        front_count(&front->answered);
        answer_and_release(request, list_reply(front, &target, &id));
    }
    arena_fini(&arena);
    return is_asked;
}
