/* SPDX-License-Identifier: Apache-2.0 */
/* Who is next: those that wait for a slot of one upstream, in three lines.
 *
 * Known chips that somebody asks for come before those that are only wanted in advance.
 * Strangers' chips get a share of the slots while anything known waits, and all of them
 * while nothing does; but never two slots one after the other past somebody known, so
 * that who comes first of his line waits for two slots at most. Each line is first come,
 * first served. Pure: it links places that others own, and knows neither keys nor time.
 */
#ifndef THIM_UPSTREAM_KDS_QUEUE_H
#define THIM_UPSTREAM_KDS_QUEUE_H

#include "kit/base.h"

enum kds_line { KDS_KNOWN, KDS_WANTED, KDS_UNKNOWN, KDS_LINES };

struct kds_place { /* in a queue; a member of what waits */
    struct kds_place *next, *before;
    enum kds_line line;
    bool is_queued;
};

struct kds_queue {
    struct kds_place *first[KDS_LINES], *last[KDS_LINES];
    size_t count[KDS_LINES];
    unsigned share_percent; /* of the slots, for strangers */
    unsigned owed_percent;  /* what strangers have not had of theirs; 100: a slot */
};

void kds_queue_init(struct kds_queue *queue, unsigned share_percent);

/* At the end of the line. */
void kds_queue_add(struct kds_queue *queue, struct kds_place *place, enum kds_line line);
void kds_queue_remove(struct kds_queue *queue, struct kds_place *place);

/* Who would get a slot now; NULL where nobody waits. */
struct kds_place *kds_queue_peek(const struct kds_queue *queue);

/* Takes out who gets this slot. */
struct kds_place *kds_queue_take(struct kds_queue *queue);

/* How many slots go to others before this place's, if nobody comes or leaves. */
size_t kds_queue_turn(const struct kds_queue *queue, const struct kds_place *place);

/* The same for one that would come now, at the end of the line. */
size_t kds_queue_turn_of_next(const struct kds_queue *queue, enum kds_line line);

static inline size_t kds_queue_len(const struct kds_queue *queue)
{
    return queue->count[KDS_KNOWN] + queue->count[KDS_WANTED] + queue->count[KDS_UNKNOWN];
}

#endif
