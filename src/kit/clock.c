/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/clock.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum clock_manner { SYSTEM, RUNNING, STANDING };

struct clock {
    enum clock_manner manner;
    _Atomic int64_t wall_s; /* RUNNING: offset to the system; STANDING: the time itself */
    _Atomic int64_t mono_ms; /* STANDING only */
    _Atomic int64_t floor_s;
};

int64_t clock_real_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_real_wall_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

static struct clock *clock_of(enum clock_manner manner, int64_t wall_s)
{
    struct clock *clock = calloc(1, sizeof *clock);

    if (clock == NULL)
        return NULL;
    clock->manner = manner;
    atomic_init(&clock->wall_s, wall_s);
    atomic_init(&clock->mono_ms, 1000);
    atomic_init(&clock->floor_s, INT64_MIN);
    return clock;
}

struct clock *clock_system(void)
{
    return clock_of(SYSTEM, 0);
}

struct clock *clock_starting_at(int64_t wall_s)
{
    return clock_of(RUNNING, wall_s - clock_real_wall_s());
}

struct clock *clock_standing_at(int64_t wall_s)
{
    return clock_of(STANDING, wall_s);
}

void clock_close(struct clock *clock)
{
    free(clock);
}

static int64_t unfloored_wall_s(const struct clock *clock)
{
    int64_t wall_s = atomic_load(&clock->wall_s);

    return clock->manner == STANDING ? wall_s : clock_real_wall_s() + wall_s;
}

int64_t clock_wall_s(const struct clock *clock)
{
    int64_t wall_s = unfloored_wall_s(clock);
    int64_t floor_s = atomic_load(&clock->floor_s);

    return wall_s > floor_s ? wall_s : floor_s;
}

int64_t clock_mono_ms(const struct clock *clock)
{
    return clock->manner == STANDING ? atomic_load(&clock->mono_ms) : clock_real_ms();
}

bool clock_is_moved(const struct clock *clock)
{
    return clock->manner != SYSTEM;
}

bool clock_is_standing(const struct clock *clock)
{
    return clock->manner == STANDING;
}

bool clock_step_to(struct clock *clock, int64_t wall_s)
{
    if (clock->manner != STANDING)
        return false;
    int64_t before_s = atomic_exchange(&clock->wall_s, wall_s);
    if (wall_s > before_s)
        atomic_fetch_add(&clock->mono_ms, (wall_s - before_s) * 1000);
    return true;
}

void clock_raise_floor(struct clock *clock, int64_t wall_s)
{
    int64_t present = atomic_load(&clock->floor_s);

    while (wall_s > present
           && !atomic_compare_exchange_weak(&clock->floor_s, &present, wall_s))
        ;
}

bool clock_is_held_up(const struct clock *clock)
{
    return unfloored_wall_s(clock) < atomic_load(&clock->floor_s);
}
