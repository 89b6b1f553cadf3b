/* SPDX-License-Identifier: Apache-2.0 */
/* The one seam through which time enters.
 *
 * Wall time (seconds since 1970, UTC) judges collateral. Monotonic time (milliseconds)
 * paces schedules and backoff. Three kinds of clock: the system's; one that starts at a
 * given wall time and runs; one that stands still and moves only when stepped, carrying
 * wall and monotonic time along together, so that scenarios of days take milliseconds.
 * Deadlines of sockets, TLS, HTTP dates and log lines are never judged by a moved clock:
 * they use clock_real_ms and clock_real_wall_s. All functions may be called from any
 * thread. */
#ifndef THIM_KIT_CLOCK_H
#define THIM_KIT_CLOCK_H

#include "kit/base.h"

struct clock;

struct clock *clock_system(void);
struct clock *clock_starting_at(int64_t wall_s);
struct clock *clock_standing_at(int64_t wall_s);
void clock_close(struct clock *clock);
DEFINE_OWNED(struct clock *, clock_close)

/* Never below the floor (below). */
int64_t clock_wall_s(const struct clock *clock);
int64_t clock_mono_ms(const struct clock *clock);

bool clock_is_moved(const struct clock *clock); /* not the system's */
bool clock_is_standing(const struct clock *clock);

/* A standing clock goes to wall_s; monotonic time moves on by the same distance, or
 * stays where it is when wall_s lies behind. False for any other clock. */
bool clock_step_to(struct clock *clock, int64_t wall_s) MUST_CHECK;

/* From now on wall time is at least wall_s: the newest verified issue date. A floor
 * below the present one changes nothing. */
void clock_raise_floor(struct clock *clock, int64_t wall_s);

/* True while the floor, not the machine, gives wall time: the machine's clock is behind.
 */
bool clock_is_held_up(const struct clock *clock);

int64_t clock_real_ms(void);     /* CLOCK_MONOTONIC */
int64_t clock_real_wall_s(void); /* CLOCK_REALTIME */

#endif
