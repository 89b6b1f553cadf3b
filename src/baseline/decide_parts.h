/* SPDX-License-Identifier: Apache-2.0 */
/* What decide.c, decide_pin.c and decide_why.c share: one decision while it is being
 * made. */
#ifndef THIM_BASELINE_DECIDE_PARTS_H
#define THIM_BASELINE_DECIDE_PARTS_H

#include "baseline/decide.h"

struct deciding {
    const struct baseline_policy *policy;
    enum tee tee;
    const struct sets *sets;
    const struct baseline_effect *effect;
    int64_t now_s;
    struct baseline_state state; /* with the steps so far */
    uint32_t had;                /* the number before any step */
    uint32_t followed;           /* what its follow rule would give it; 0: nothing */
    enum { PIN_NONE, PIN_STANDS, PIN_DAY_PASSED, PIN_NOT_HELD } pin;
    uint32_t pin_number;
    int64_t pin_until_s;
    struct baseline_decision *out;
};

/* Of the number that it has; NULL where nothing of it is held. */
static inline const struct set_number *present_set(const struct deciding *d)
{
    return sets_number(d->sets, d->tee, d->state.number);
}

/* Whether it could move up. */
static inline bool is_in_sight(const struct deciding *d)
{
    return d->followed > d->state.number;
}

/* Whether the effect at hand is that of moving from what it had to what it follows. */
static inline bool effect_is_known(const struct deciding *d)
{
    return d->effect->to != 0 && d->effect->from == d->had
           && d->effect->to == d->followed;
}

static inline int64_t earlier(int64_t a_s, int64_t b_s)
{
    return a_s < b_s ? a_s : b_s;
}

static inline int64_t later(int64_t a_s, int64_t b_s)
{
    return a_s > b_s ? a_s : b_s;
}

/* Adds a step, and applies it to the state. */
void decide_take_step(struct deciding *d, enum baseline_step_kind kind, uint32_t to,
                      unsigned days_left);

/* Whether documents of the present number may be served past their dates. */
bool decide_may_serve_expired(const struct deciding *d);

/* Where documents of its number have ended that may be served nevertheless, says so. */
void decide_mark_expired(struct deciding *d);

/* Whether its set is one still: servable, and no FMSPC has lost its TCB info of it that
 * has one of what is followed, as when Intel withdraws a number bit by bit. An FMSPC that
 * has neither gains nothing from a move, and so ends no hold. */
bool decide_holds_together(const struct deciding *d);

/* Finds the pin that counts, and moves to it where it is the file's. */
void decide_look_at_pins(struct deciding *d);
void decide_stay_pinned(struct deciding *d); /* with PIN_STANDS */

/* The sentence of a decision that is complete. */
void decide_say_why(const struct deciding *d);

#endif
