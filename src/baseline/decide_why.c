/* SPDX-License-Identifier: Apache-2.0 */
/* The part of baseline/decide.h that speaks: why a baseline has the number it has, in a
 * sentence that somebody can act on. */
#include <stdio.h>

#include "baseline/decide_parts.h"
#include "kit/text.h"

struct day_text {
    char s[24];
};

static struct day_text day(int64_t at_s)
{
    struct day_text text;

    snprintf(text.s, sizeof text.s, "%.10s", utc(at_s).s);
    return text;
}

struct part_text {
    char s[96];
};

/* What moving there does to the known hosts: "7 of 22 hosts would fall at 20". */
static struct part_text fall(const struct deciding *d)
{
    struct part_text text;

    if (effect_is_known(d))
        snprintf(text.s, sizeof text.s, "%zu of %zu hosts would fall at %u",
                 d->effect->demoted, d->effect->counted, d->followed);
    else
        snprintf(text.s, sizeof text.s, "what %u does to the hosts is not known yet",
                 d->followed);
    return text;
}

/* What happens when the wait is over, and when: "moves by itself on 2026-09-03". */
static struct part_text ending(const struct deciding *d)
{
    bool refuses =
        d->policy->hold_end == HOLD_END_REFUSE && d->out->reason != REASON_UNDER_WAY;
    struct part_text text;

    if (d->out->reason == REASON_HELD_BY_HAND
        && d->out->hold_ends_s == d->state.held_until_s)
        snprintf(text.s, sizeof text.s, "by the rules again from %s",
                 day(d->out->hold_ends_s).s);
    else
        snprintf(text.s, sizeof text.s,
                 refuses ? "refuses after %s" : "moves by itself on %s",
                 day(d->out->hold_ends_s).s);
    return text;
}

static const char *followed_name(const struct deciding *d)
{
    return d->policy->follow == FOLLOW_EARLY ? "early" : "standard";
}

static bool took(const struct deciding *d, enum baseline_step_kind kind)
{
    for (size_t i = 0; i < d->out->step_count; i++)
        if (d->out->steps[i].kind == kind)
            return true;
    return false;
}

/* Where it has what it follows, or nothing better can be had. */
static void say_settled(const struct deciding *d, char *at, size_t room)
{
    const struct set_shelf *shelf = sets_of(d->sets, d->tee);
    const struct set_number *followed = sets_number(d->sets, d->tee, d->followed);
    uint32_t has = d->state.number;

    if (took(d, STEP_FELL))
        snprintf(at, room, "falls back from %u to %u: %u has ended", d->had, has, d->had);
    else if (took(d, STEP_PROMOTED) && effect_is_known(d))
        snprintf(at, room, "moves from %u to %u: %zu of %zu hosts fall", d->had, has,
                 d->effect->demoted, d->effect->counted);
    else if (took(d, STEP_PROMOTED))
        snprintf(at, room, "moves from %u to %u", d->had, has);
    else if (!set_is_servable(present_set(d)))
        snprintf(at, room,
                 "has %u, of which only parts are in date: is the vendor reachable?",
                 has);
    else if (followed == NULL)
        snprintf(at, room, "stays at %u: no later set can be had yet", has);
    else if (d->followed < has)
        snprintf(at, room, "stays at %u, above %u: only a rollback leads back", has,
                 d->followed);
    else
        snprintf(at, room, "has %u, %s", has,
                 has == shelf->newest_standard ? "which is standard"
                 : has == shelf->early         ? "which is early"
                                               : "the nearest that is in date");
}

/* Not all that is in use has moved, or has what it would move to. */
static void say_under_way(const struct deciding *d, char *at, size_t room)
{
    const struct set_shelf *shelf = sets_of(d->sets, d->tee);
    const struct set_number *followed = sets_number(d->sets, d->tee, d->followed);
    uint32_t has = d->state.number;

    if (!is_in_sight(d))
        snprintf(at, room,
                 "has %u: %u is standard for some of what is in use, not for all", has,
                 shelf->newest_standard);
    else if (followed->is_whole)
        snprintf(
            at, room,
            "stays at %u: %u is standard for some of what is in use, not for all; %s",
            has, d->followed, ending(d).s);
    else
        snprintf(at, room, "stays at %u: of %u only %zu of %zu TCB infos are in date; %s",
                 has, d->followed, followed->fmspcs, shelf->fmspc_count, ending(d).s);
}

static void say_nothing(const struct deciding *d, char *at, size_t room)
{
    const struct set_shelf *shelf = sets_of(d->sets, d->tee);

    if (d->state.number != 0)
        snprintf(
            at, room,
            "answers nothing: all of %u has ended, and no other set is in date: is the "
            "vendor reachable?",
            d->state.number);
    else if (shelf->number_count > 0 && shelf->standard == 0)
        snprintf(at, room, "has no number yet: nobody has told which one is standard");
    else
        snprintf(at, room, "has no number yet: the set that is %s is not held in date",
                 followed_name(d));
}

static void say_blind(const struct deciding *d, char *at, size_t room)
{
    struct day_text ends = day(d->out->hold_ends_s);

    if (d->effect->counted == 0)
        snprintf(
            at, room,
            "stays at %u until %s, for no hosts are known that %u could be weighed by: "
            "register them, or promote",
            d->state.number, ends.s, d->followed);
    else
        snprintf(
            at, room,
            "stays at %u until %s, for the TDX SVNs of %zu hosts are not known that %u "
            "could be weighed by: tell them, or promote",
            d->state.number, ends.s, d->effect->unknown, d->followed);
}

static void say_pinned(const struct deciding *d, char *at, size_t room)
{
    struct day_text until = day(d->pin_until_s);

    if (d->out->hold_ends_s != 0 && d->out->hold_ends_s < d->pin_until_s)
        snprintf(at, room,
                 "is pinned to %u until %s, but its signatures end on %s; then %u",
                 d->state.number, until.s, day(d->out->hold_ends_s).s, d->followed);
    else
        snprintf(at, room, "is pinned to %u until %s", d->state.number, until.s);
}

static void say_reason(const struct deciding *d, char *at, size_t room)
{
    uint32_t has = d->state.number;
    struct day_text ends = day(d->out->hold_ends_s);

    switch (d->out->reason) {
    case REASON_UNDER_WAY:
        say_under_way(d, at, room);
        break;
    case REASON_FOLLOWS:
    case REASON_PIN_LOST: /* told already, and becomes the reason after this */
        say_settled(d, at, room);
        break;
    case REASON_NOTHING:
        say_nothing(d, at, room);
        break;
    case REASON_DELAYED:
        snprintf(at, room, "stays at %u until %s, by delay_days; then %u", has, ends.s,
                 d->followed);
        break;
    case REASON_BLIND:
        say_blind(d, at, room);
        break;
    case REASON_EFFECT_UNKNOWN:
        snprintf(at, room, "stays at %u while the effect of %u is weighed; %s", has,
                 d->followed, ending(d).s);
        break;
    case REASON_HELD:
        snprintf(at, room, "holds %u: %s; %s", has, fall(d).s, ending(d).s);
        break;
    case REASON_HELD_BY_HAND:
        snprintf(at, room, "is held at %u by hand: %s; %s", has, fall(d).s, ending(d).s);
        break;
    case REASON_PINNED:
        say_pinned(d, at, room);
        break;
    case REASON_ROLLED_BACK:
        snprintf(at, room, "was rolled back from %u to %u: promote it, or it %s",
                 d->followed, has, ending(d).s);
        break;
    case REASON_ENDING:
        snprintf(at, room, "moves from %u to %u, for the signatures of %u end: %s",
                 d->had, has, d->had, fall(d).s);
        break;
    case REASON_REFUSING:
        snprintf(at, room,
                 "answers nothing: %u has ended, and %s; promote, or update them", has,
                 fall(d).s);
        break;
    case REASON_EXPIRED:
        snprintf(at, room, "serves %u past its dates until %s, by on_hold_end", has,
                 day(d->policy->expired.until_s).s);
        break;
    }
}

void decide_say_why(const struct deciding *d)
{
    char *why = d->out->why;
    int used = 0;

    if (d->pin == PIN_DAY_PASSED)
        used = snprintf(why, BASELINE_WHY_MAX, "its pin to %u ended on %s; ",
                        d->pin_number, day(d->pin_until_s).s);
    else if (d->pin == PIN_NOT_HELD)
        used = snprintf(why, BASELINE_WHY_MAX,
                        "its pin is lost, for %u is not held whole; ", d->pin_number);
    say_reason(d, why + used, BASELINE_WHY_MAX - (size_t)used);
}
