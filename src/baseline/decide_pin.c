/* SPDX-License-Identifier: Apache-2.0 */
/* The part of baseline/decide.h that is pins: by hand, and by the file. */
#include "baseline/decide_parts.h"

/* One by hand ends for good once the baseline has moved off its number. */
static void look_at_pin_by_hand(struct deciding *d)
{
    d->pin_number = d->state.pinned;
    d->pin_until_s = d->state.pinned_until_s;
    if (d->now_s > d->pin_until_s) {
        d->pin = PIN_DAY_PASSED;
        decide_take_step(d, STEP_UNPINNED, d->state.number, 0);
    } else if (d->state.number == d->pin_number
               && (decide_holds_together(d) || decide_may_serve_expired(d))) {
        d->pin = PIN_STANDS;
    } else {
        d->pin = PIN_NOT_HELD;
    }
}

/* To come to its number the set must be whole; to stay there it must hold together. */
static void look_at_pin_of_file(struct deciding *d)
{
    const struct baseline_pin *pin = &d->policy->pin;
    const struct set_number *number = sets_number(d->sets, d->tee, pin->number);
    bool is_there = d->state.number == pin->number;
    bool is_held = is_there ? decide_holds_together(d) || decide_may_serve_expired(d)
                            : number != NULL && number->is_whole;

    d->pin_number = pin->number;
    d->pin_until_s = pin->until_s;
    d->pin = PIN_NOT_HELD;
    if (d->now_s > pin->until_s)
        d->pin = PIN_DAY_PASSED;
    else if (is_held)
        d->pin = PIN_STANDS;
    if (d->pin != PIN_STANDS || is_there)
        return;
    decide_take_step(d, d->state.number == 0 ? STEP_FIRST : STEP_PINNED_BY_FILE,
                     pin->number, 0);
    d->out->steps[d->out->step_count - 1].until_s = pin->until_s;
}

void decide_look_at_pins(struct deciding *d)
{
    if (d->state.pinned != 0)
        look_at_pin_by_hand(d);
    if (d->pin != PIN_STANDS && d->policy->pin.number != 0)
        look_at_pin_of_file(d);
}

void decide_stay_pinned(struct deciding *d)
{
    const struct set_number *set = present_set(d);
    int64_t end_s = set_is_servable(set) ? set->until_s : d->now_s;

    d->out->reason = REASON_PINNED;
    decide_mark_expired(d);
    if (decide_may_serve_expired(d))
        end_s = later(end_s, d->policy->expired.until_s);
    if (is_in_sight(d))
        d->out->hold_ends_s = earlier(d->pin_until_s, end_s);
}
