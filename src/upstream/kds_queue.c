/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds_queue.h"

enum { SLOT_PERCENT = 100 };

void kds_queue_init(struct kds_queue *queue, unsigned share_percent)
{
    *queue = (struct kds_queue){ .share_percent = share_percent };
}

void kds_queue_add(struct kds_queue *queue, struct kds_place *place, enum kds_line line)
{
    *place = (struct kds_place){
        .before = queue->last[line],
        .line = line,
        .is_queued = true,
    };
    if (place->before == NULL)
        queue->first[line] = place;
    else
        place->before->next = place;
    queue->last[line] = place;
    queue->count[line]++;
}

void kds_queue_remove(struct kds_queue *queue, struct kds_place *place)
{
    if (place->before == NULL)
        queue->first[place->line] = place->next;
    else
        place->before->next = place->next;
    if (place->next == NULL)
        queue->last[place->line] = place->before;
    else
        place->next->before = place->before;
    queue->count[place->line]--;
    place->next = place->before = NULL;
    place->is_queued = false;
}

/* Whose slot the next one is, from the counts alone; owed is carried on. Both wait: what
 * strangers are owed grows by their share, and is paid a slot at a time. It never grows
 * past one slot, so that two of theirs never follow each other. */
static enum kds_line next_line(const size_t count[KDS_LINES], unsigned share_percent,
                               unsigned *owed_percent)
{
    enum kds_line known = count[KDS_KNOWN] > 0 ? KDS_KNOWN : KDS_WANTED;

    if (count[KDS_UNKNOWN] == 0)
        return known;
    if (count[known] == 0) {
        *owed_percent = 0; /* who comes now and is known is next */
        return KDS_UNKNOWN;
    }
    if (*owed_percent >= SLOT_PERCENT) {
        *owed_percent = 0;
        return KDS_UNKNOWN;
    }
    *owed_percent += share_percent;
    return known;
}

struct kds_place *kds_queue_peek(const struct kds_queue *queue)
{
    unsigned owed_percent = queue->owed_percent;

    return queue->first[next_line(queue->count, queue->share_percent, &owed_percent)];
}

struct kds_place *kds_queue_take(struct kds_queue *queue)
{
    struct kds_place *place =
        queue->first[next_line(queue->count, queue->share_percent, &queue->owed_percent)];

    if (place != NULL)
        kds_queue_remove(queue, place);
    return place;
}

/* Gives slots on paper until it is the turn of who has so many before him in his line. */
static size_t turn(const struct kds_queue *queue, enum kds_line line, size_t before)
{
    size_t count[KDS_LINES] = { queue->count[KDS_KNOWN], queue->count[KDS_WANTED],
                                queue->count[KDS_UNKNOWN] };
    unsigned owed_percent = queue->owed_percent;
    size_t slots = 0;

    for (;; slots++) {
        enum kds_line next = next_line(count, queue->share_percent, &owed_percent);
        if (next == line && before-- == 0)
            return slots;
        count[next]--;
    }
}

size_t kds_queue_turn(const struct kds_queue *queue, const struct kds_place *place)
{
    size_t before = 0;

    for (const struct kds_place *at = place->before; at != NULL; at = at->before)
        before++;
    return turn(queue, place->line, before);
}

size_t kds_queue_turn_of_next(const struct kds_queue *queue, enum kds_line line)
{
    struct kds_queue with = *queue;

    with.count[line]++;
    return turn(&with, line, queue->count[line]);
}
