/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/kds_rate.h"

#include <assert.h>

void kds_rate_init(struct kds_rate *rate)
{
    *rate = (struct kds_rate){ .window_s = KDS_RATE_WINDOW };
}

void kds_rate_limit(struct kds_rate *rate, uint64_t most, unsigned window_s)
{
    rate->most = most;
    rate->window_s = window_s;
}

static struct kds_rate_second *second_of(struct kds_rate *rate, int64_t at_s)
{
    assert(rate->window_s > 0);
    int64_t place = at_s % rate->window_s;

    return &rate->seconds[place < 0 ? place + rate->window_s : place];
}

/* Forgets what has left the window. */
static void move_to(struct kds_rate *rate, int64_t now_s)
{
    int64_t passed_s = now_s - rate->newest_s;

    if (passed_s < 0 || passed_s > rate->window_s)
        passed_s = rate->window_s;
    for (int64_t back = 0; back < passed_s; back++)
        *second_of(rate, now_s - back) = (struct kds_rate_second){ .asked = 0 };
    rate->newest_s = now_s;
}

void kds_rate_note(struct kds_rate *rate, int64_t now_s)
{
    uint64_t asked = 0;

    move_to(rate, now_s);
    second_of(rate, now_s)->asked++;
    for (unsigned i = 0; i < rate->window_s; i++)
        asked += rate->seconds[i].asked;
    if (asked > rate->largest_in_window)
        rate->largest_in_window = asked;
}

bool kds_rate_admits(struct kds_rate *rate, int64_t now_s, unsigned *retry_after_s)
{
    uint64_t given = 0;
    unsigned oldest_s = 0; /* how long ago the oldest that counts was given */

    move_to(rate, now_s);
    for (unsigned back = 0; back < rate->window_s; back++) {
        uint64_t then = second_of(rate, now_s - back)->given;
        given += then;
        oldest_s = then > 0 ? back : oldest_s;
    }
    if (rate->most == 0 || given < rate->most) {
        second_of(rate, now_s)->given++;
        return true;
    }
    rate->limited++;
    *retry_after_s = rate->window_s - oldest_s;
    return false;
}

void kds_rate_reset(struct kds_rate *rate)
{
    rate->limited = rate->largest_in_window = 0;
}
