/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to ask: the upstreams in their order, as far as they may be asked. */
#include "upstream/kds_keeper.h"

static bool is_left_alone(const struct kds_upstream *upstream, int64_t now_ms)
{
    return breaker_is_open(&upstream->breaker)
           && !breaker_is_probed(&upstream->breaker) /* how that ends is waited for */
           && now_ms < upstream->breaker.open_until_ms;
}

bool kds_somebody_answers(const struct kds *keeper)
{
    for (size_t i = 0; i < keeper->upstream_count; i++)
        if (!is_left_alone(&keeper->upstreams[i], kds_now_ms(keeper)))
            return true;
    return false;
}

struct choice {
    bool found;
    size_t upstream;
    bool is_away;    /* somebody would have been asked, but is left alone */
    int64_t away_ms; /* for how long */
};

/* The first that has not been asked and has such things. One that has sent us away for a
 * while is asked only where there is no other. */
static struct choice choose(const struct kds *keeper, const struct kds_key *key,
                            uint32_t asked)
{
    struct choice choice = { .found = false };
    int64_t now_ms = kds_now_ms(keeper);
    struct kds_request request;

    for (int allow_put_off = 0; allow_put_off <= 1; allow_put_off++)
        for (size_t i = 0; i < keeper->upstream_count; i++) {
            const struct kds_upstream *upstream = &keeper->upstreams[i];
            if ((asked & (uint32_t)1 << i) != 0
                || !kds_request_write(upstream->config, key, &request))
                continue;
            if (is_left_alone(upstream, now_ms)) {
                choice.is_away = true;
                choice.away_ms = upstream->breaker.open_until_ms - now_ms;
            } else if (allow_put_off == 1
                       || !kds_bucket_is_put_off(&upstream->bucket, now_ms)) {
                choice.found = true;
                choice.upstream = i;
                return choice;
            }
        }
    return choice;
}

static void say_away(const struct choice *choice, struct error *err,
                     int64_t *retry_after_s)
{
    *retry_after_s = choice->away_ms > 0 ? choice->away_ms / 1000 + 1 : 1;
    error_set(err, ERROR_UNREACHABLE,
              "no upstream answers; they are left alone for a while");
}

void kds_queue_task(struct kds *keeper, struct kds_task *task)
{
    struct choice choice = choose(keeper, &task->key, task->asked);
    struct error err = { 0 };
    int64_t retry_after_s;

    if (choice.found) {
        task->upstream = choice.upstream;
        task->state = KDS_TASK_QUEUED;
        kds_queue_add(&keeper->upstreams[choice.upstream].queue, &task->place,
                      task->line);
        keeper->turns_moved = true;
        return;
    }
    if (choice.is_away) {
        say_away(&choice, &err, &retry_after_s);
        kds_chip_trouble(task, CHIP_UNREACHABLE, retry_after_s, &err);
    }
    kds_chip_fail(keeper, task);
}

void kds_queue_list(struct kds *keeper, struct kds_list *list)
{
    struct choice choice = choose(keeper, &list->key, list->asked);
    int64_t retry_after_s;

    if (choice.found) {
        list->upstream = choice.upstream;
        list->state = KDS_LIST_WAITING;
        return;
    }
    if (choice.is_away && list->why.kind == ERROR_NONE) {
        say_away(&choice, &list->why, &retry_after_s);
        list->retry_after_s = retry_after_s;
    }
    kds_list_end(keeper, list, false);
}

void kds_queue_again(struct kds *keeper, size_t i)
{
    struct kds_queue waiting = keeper->upstreams[i].queue;
    struct kds_place *place;

    for (size_t k = 0; k < keeper->list_count; k++)
        if (keeper->lists[k].state == KDS_LIST_WAITING && keeper->lists[k].upstream == i)
            kds_queue_list(keeper, &keeper->lists[k]);
    kds_queue_init(&keeper->upstreams[i].queue, waiting.share_percent);
    for (enum kds_line line = 0; line < KDS_LINES; line++)
        while ((place = waiting.first[line]) != NULL) {
            kds_queue_remove(&waiting, place);
            kds_queue_task(keeper, (struct kds_task *)place);
        }
}
