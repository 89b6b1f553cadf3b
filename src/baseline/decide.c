/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/decide.h"

#include <assert.h>

#include "baseline/decide_parts.h"

#define NO_REASON ((enum baseline_reason)0)

enum { DAY_S = 86400 };

const char *baseline_reason_name(enum baseline_reason reason)
{
    static const char *const names[] = {
        [REASON_FOLLOWS] = "follows",     [REASON_NOTHING] = "nothing",
        [REASON_UNDER_WAY] = "under_way", [REASON_DELAYED] = "delayed",
        [REASON_BLIND] = "blind",         [REASON_EFFECT_UNKNOWN] = "effect_unknown",
        [REASON_HELD] = "held",           [REASON_HELD_BY_HAND] = "held_by_hand",
        [REASON_PINNED] = "pinned",       [REASON_ROLLED_BACK] = "rolled_back",
        [REASON_ENDING] = "ending",       [REASON_REFUSING] = "refusing",
        [REASON_EXPIRED] = "expired",     [REASON_PIN_LOST] = "pin_lost",
    };
    size_t i = (size_t)reason;

    return i > 0 && i < COUNT_OF(names) ? names[i] : "unknown";
}

void decide_take_step(struct deciding *d, enum baseline_step_kind kind, uint32_t to,
                      unsigned days_left)
{
    assert(d->out->step_count < BASELINE_STEPS_MAX);
    struct baseline_step *step = &d->out->steps[d->out->step_count++];

    *step = (struct baseline_step){ .kind = kind,
                                    .from = d->state.number,
                                    .to = to,
                                    .at_s = d->now_s,
                                    .days_left = days_left };
    baseline_state_apply(&d->state, step);
}

bool decide_may_serve_expired(const struct deciding *d)
{
    return d->policy->hold_end == HOLD_END_SERVE_EXPIRED
           && d->now_s <= d->policy->expired.until_s && present_set(d) != NULL;
}

void decide_mark_expired(struct deciding *d)
{
    if (!decide_may_serve_expired(d) || set_lasts(present_set(d)))
        return;
    d->out->serves_expired = true;
    d->out->reason = REASON_EXPIRED;
}

/* ---- what it follows ------------------------------------------------------------- */

/* Where a promotion is under way, the number that it leads to: whether to wait for the
 * last of them is weighed like any delay. */
static uint32_t followed_from(const struct deciding *d)
{
    const struct set_shelf *shelf = sets_of(d->sets, d->tee);

    if (d->policy->follow == FOLLOW_EARLY && shelf->early != 0)
        return shelf->early;
    return d->state.number != 0 ? shelf->newest_standard : shelf->standard;
}

/* The lowest that can be had from standard (or early) up; else the highest below. One
 * above is taken only where those it passes over have ended: while they are on their way,
 * whoever has something stays with it, and whoever has nothing does not begin too high,
 * for nothing leads back. */
static uint32_t find_followed(const struct deciding *d)
{
    const struct set_shelf *shelf = sets_of(d->sets, d->tee);
    uint32_t from = followed_from(d), below = 0;
    bool can_wait = d->state.number == 0 || set_is_servable(present_set(d));

    if (from == 0 && d->state.number == 0)
        return 0;
    for (size_t i = shelf->number_count; i-- > 0;) {
        const struct set_number *number = &shelf->numbers[i];
        bool servable = set_is_servable(number);
        if (number->number < from)
            below = servable ? number->number : below;
        else if (servable)
            return number->number;
        else if (can_wait && number->ended == 0)
            return 0;
    }
    return below;
}

bool decide_holds_together(const struct deciding *d)
{
    if (!set_is_servable(present_set(d)))
        return false;
    for (size_t i = 0; i < d->sets->count; i++) {
        const struct set_document *own = &d->sets->documents[i], *next;
        if (own->tee != d->tee || own->is_identity || own->number != d->state.number
            || own->until_s >= d->now_s)
            continue;
        next = sets_tcb_info(d->sets, d->tee, own->fmspc, d->followed);
        if (next != NULL && next->until_s >= d->now_s)
            return false;
    }
    return true;
}

/* Why it has what it has where it waits for nothing. */
static enum baseline_reason settled(const struct deciding *d)
{
    const struct set_shelf *shelf = sets_of(d->sets, d->tee);
    bool under_way = d->policy->follow == FOLLOW_STANDARD
                     && shelf->standard <= d->state.number
                     && shelf->newest_standard > d->state.number;

    return under_way ? REASON_UNDER_WAY : REASON_FOLLOWS;
}

/* ---- waits ------------------------------------------------------------------------ */

/* From here on no delay counts, and a hold ends unless the policy has it otherwise. */
static int64_t margin_s(const struct deciding *d)
{
    return decide_holds_together(d) ? present_set(d)->until_s - d->policy->hold_margin_s
                                    : d->now_s;
}

/* For the last FMSPC to come along there is time until the last day of the present set.
 */
static int64_t last_day_s(const struct deciding *d)
{
    int64_t margin = margin_s(d);

    return decide_holds_together(d) ? later(margin, present_set(d)->until_s - DAY_S)
                                    : margin;
}

static bool too_many_fall(const struct deciding *d)
{
    const struct baseline_effect *effect = d->effect;

    if (d->policy->max_is_percent)
        return effect->demoted * 100 > (size_t)d->policy->max_demoted * effect->counted;
    return effect->demoted > d->policy->max_demoted;
}

static bool is_blind(const struct deciding *d)
{
    return d->effect->counted == 0 || (d->tee == TEE_TDX && d->effect->unknown > 0);
}

/* Whether the number in sight is held whole, and standard for all that is in use. */
static bool has_all_moved(const struct deciding *d)
{
    const struct set_shelf *shelf = sets_of(d->sets, d->tee);

    return sets_number(d->sets, d->tee, d->followed)->is_whole
           && (d->policy->follow == FOLLOW_EARLY || shelf->standard >= d->followed
               || shelf->newest_standard < d->followed);
}

/* What keeps it from moving to the number in sight; NO_REASON where nothing does. At the
 * margin mere delays are over. */
static enum baseline_reason waits_for(const struct deciding *d, bool at_margin)
{
    const struct baseline_policy *policy = d->policy;
    bool minds = policy->has_max_demoted;
    bool is_partial = !has_all_moved(d) && d->now_s < last_day_s(d);

    if (is_partial && at_margin)
        return REASON_UNDER_WAY;
    if (d->now_s < d->state.held_until_s)
        return REASON_HELD_BY_HAND;
    if (d->followed == d->state.rolled_back_from)
        return REASON_ROLLED_BACK;
    if (!at_margin && d->now_s < d->state.noticed_s + policy->delay_s)
        return REASON_DELAYED;
    if (!effect_is_known(d))
        return !at_margin || (minds && policy->hold_end != HOLD_END_PROMOTE)
                   ? REASON_EFFECT_UNKNOWN
                   : NO_REASON;
    if (minds && too_many_fall(d))
        return REASON_HELD;
    if (!at_margin && minds && is_blind(d)
        && d->now_s < d->state.noticed_s + policy->blind_delay_s)
        return REASON_BLIND;
    return is_partial ? REASON_UNDER_WAY : NO_REASON;
}

/* When a hold ends, as the policy has it. */
static int64_t hold_end_s(const struct deciding *d)
{
    const struct set_number *set = present_set(d);

    if (d->policy->hold_end == HOLD_END_REFUSE && set_is_servable(set))
        return set->until_s;
    if (decide_may_serve_expired(d))
        return later(margin_s(d), d->policy->expired.until_s);
    return margin_s(d);
}

static int64_t wait_end_s(const struct deciding *d, enum baseline_reason wait)
{
    switch (wait) {
    case REASON_DELAYED:
        return earlier(d->state.noticed_s + d->policy->delay_s, margin_s(d));
    case REASON_BLIND:
        return earlier(d->state.noticed_s + d->policy->blind_delay_s, margin_s(d));
    case REASON_UNDER_WAY:
        return last_day_s(d);
    case REASON_HELD_BY_HAND:
        return earlier(d->state.held_until_s, hold_end_s(d));
    default:
        return hold_end_s(d);
    }
}

static void wait_on(struct deciding *d, enum baseline_reason wait)
{
    d->out->reason = wait;
    d->out->hold_ends_s = wait_end_s(d, wait);
    decide_mark_expired(d);
}

/* Whether a wait that has come to the margin goes on. */
static bool goes_on(const struct deciding *d, enum baseline_reason hold)
{
    return hold == REASON_UNDER_WAY || decide_may_serve_expired(d)
           || (d->policy->hold_end == HOLD_END_REFUSE && set_is_servable(present_set(d)));
}

static void weigh_promotion(struct deciding *d)
{
    bool at_margin = d->now_s >= margin_s(d);
    enum baseline_reason wait = waits_for(d, false);
    enum baseline_reason hold = at_margin ? waits_for(d, true) : wait;

    if (hold != NO_REASON && (!at_margin || goes_on(d, hold))) {
        wait_on(d, hold);
    } else if (hold != NO_REASON && d->policy->hold_end == HOLD_END_REFUSE) {
        d->out->reason = REASON_REFUSING;
    } else {
        decide_take_step(d, STEP_PROMOTED, d->followed, 0);
        d->out->reason = wait == NO_REASON ? settled(d) : REASON_ENDING;
    }
}

/* ---- deciding ---------------------------------------------------------------------- */

/* Nothing to move to. */
static void stay(struct deciding *d)
{
    const struct set_number *set = present_set(d);

    d->out->reason = settled(d);
    decide_mark_expired(d);
    if (set_is_servable(set))
        return;
    if (d->out->serves_expired)
        d->out->hold_ends_s = d->policy->expired.until_s;
    else if (set == NULL || (!set->has_identity && set->fmspcs == 0))
        d->out->reason = REASON_NOTHING;
}

static void follow(struct deciding *d)
{
    if (d->state.number == 0 && d->followed == 0) {
        d->out->reason = REASON_NOTHING;
    } else if (d->state.number == 0) {
        decide_take_step(d, STEP_FIRST, d->followed, 0);
        d->out->reason = settled(d);
    } else if (is_in_sight(d)) {
        weigh_promotion(d);
    } else if (d->followed != 0 && d->followed < d->state.number
               && !set_is_servable(present_set(d))) {
        decide_take_step(d, STEP_FELL, d->followed, 0);
        d->out->reason = settled(d);
    } else {
        stay(d);
    }
}

/* The alert that so many days belong to: of the last 14, 7, 3, or the last one. */
static unsigned alert_of(int64_t days)
{
    static const unsigned alerts[] = { 1, 3, 7, 14 };
    size_t i = 0;

    while (i < COUNT_OF(alerts) - 1 && days > alerts[i])
        i++;
    return alerts[i];
}

static void alert(struct deciding *d)
{
    const struct baseline_decision *out = d->out;
    bool is_delay = out->reason == REASON_DELAYED || out->reason == REASON_BLIND
                    || out->reason == REASON_EFFECT_UNKNOWN;
    int64_t left_s = out->hold_ends_s - d->now_s, days = (left_s + DAY_S - 1) / DAY_S;

    if (out->hold_ends_s == 0 || is_delay || !is_in_sight(d) || left_s <= 0 || days > 14)
        return;
    if (d->state.alerted_days != 0 && alert_of(days) >= alert_of(d->state.alerted_days))
        return;
    decide_take_step(d, STEP_ALERTED, d->followed, (unsigned)days);
    d->out->alerts = true;
}

void baseline_decide(const struct baseline_policy *policy, enum tee tee,
                     const struct baseline_state *state, const struct sets *sets,
                     const struct baseline_effect *effect, int64_t now_s,
                     struct baseline_decision *out)
{
    struct deciding d = { .policy = policy,
                          .tee = tee,
                          .sets = sets,
                          .effect = effect,
                          .now_s = now_s,
                          .state = *state,
                          .had = state->number,
                          .out = out };

    *out = (struct baseline_decision){ 0 };
    d.followed = find_followed(&d);
    decide_look_at_pins(&d);
    if (d.state.number != 0 && is_in_sight(&d) && d.state.noticed != d.followed)
        decide_take_step(&d, STEP_NOTICED, d.followed, 0);
    if (d.pin == PIN_STANDS)
        decide_stay_pinned(&d);
    else
        follow(&d);
    alert(&d);
    bool answers = out->reason != REASON_NOTHING && out->reason != REASON_REFUSING;
    out->number = answers ? d.state.number : 0;
    out->target = is_in_sight(&d) ? d.followed : d.state.number;
    decide_say_why(&d);
    bool is_settled = out->reason == REASON_FOLLOWS || out->reason == REASON_UNDER_WAY;
    out->pin_is_lost = d.pin == PIN_DAY_PASSED || d.pin == PIN_NOT_HELD;
    if (out->pin_is_lost && is_settled && out->hold_ends_s == 0)
        out->reason = REASON_PIN_LOST;
}
