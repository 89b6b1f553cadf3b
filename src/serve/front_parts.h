/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make up the front share: front.c (making, publishing, routing),
 * front_baselines.c, front_host.c (PCK certificates), front_miss.c (requests that wait
 * for an upstream). */
#ifndef THIM_SERVE_FRONT_PARTS_H
#define THIM_SERVE_FRONT_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "kit/snapshot.h"
#include "serve/front.h"
#include "serve/front_reply.h"
#include "serve/hosts.h"

struct front {
    const struct config *config;
    const struct clock *clock;
    struct miss_desk desk;
    struct hosts *hosts;
    struct registry *registry;
    struct control_platforms *platforms;
    struct control_baselines *baselines;
    struct chips *chips;
    struct verify_desk *verify;
    const struct tcb_release_table *releases;
    struct snapshot *shelf;   /* of struct shelf */
    struct http_reply *spare; /* for a waiter, when there is no memory for another */

    pthread_mutex_t building; /* one builds at a time; readers never take it */

    atomic_bool started, draining;
    _Atomic uint64_t answered, not_modified, missed, refused;
};

static inline void front_count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Answers with the refusal, and counts it. */
void front_refuse(struct front *front, struct http_request *request,
                  const struct refusal *refusal);

/* Finds out under which baseline the question of this peer stands, and does so again
 * under another view. False where it is refused, and what to say then. */
bool front_settle_baseline(const struct baseline_view *view, const struct http_peer *peer,
                           struct question *question, struct refusal *refusal,
                           struct error *why) MUST_CHECK;

/* Answers /tcbbaselines/TYPE; false where that is not what is asked for. */
bool front_answer_tcb_baselines(struct front *front, struct http_request *request);

/* The shelf has no answer: upstream is asked where that is allowed, and the request waits
 * for it. If-None-Match is passed over then: what was missing is sent whole. */
void front_miss(struct front *front, struct http_request *request,
                const struct question *question);

/* Answers a host that asks for its PCK certificate, or hands it to front_miss. */
void front_answer_host(struct front *front, struct http_request *request,
                       const struct question *question);

/* What a host is told that is not given one; the sentence is the answer's own, and the
 * refusal looks into the answer. */
struct refusal front_host_refusal(const struct front *front,
                                  const struct pck_question *question,
                                  const struct hosts_answer *answer);

#endif
