/* SPDX-License-Identifier: Apache-2.0 */
/* The part of baseline/decide.h that takes orders by hand. */
#include "baseline/decide.h"
#include "kit/text.h"

struct ordering {
    const struct baseline_state *state;
    uint32_t floor;
    enum tee tee;
    const struct sets *sets;
    int64_t now_s;
    struct error *err;
};

/* Whether hosts can be given this number: held whole and in date, and not below the
 * floor. */
static bool can_be_had(const struct ordering *o, uint32_t number)
{
    const struct set_number *set = sets_number(o->sets, o->tee, number);
    size_t in_use = sets_of(o->sets, o->tee)->fmspc_count;

    if (number < o->floor)
        return error_set(o->err, ERROR_FORMAT, "%u is below the floor, which is %u",
                         number, o->floor);
    if (set == NULL)
        return error_set(o->err, ERROR_NOT_FOUND, "nothing of %u is held for %s", number,
                         tee_name(o->tee));
    if (set->is_whole)
        return true;
    if (set->ended > 0)
        return error_set(o->err, ERROR_STALE,
                         "%u is in date no more: the dates of %zu of its documents have "
                         "passed",
                         number, set->ended);
    return error_set(o->err, ERROR_NOT_FOUND,
                     "%u is not held whole: %zu of %zu TCB infos, %s identity", number,
                     set->fmspcs, in_use, set->has_identity ? "and the" : "and no");
}

/* A number moved by hand would come back at once while a pin by hand stands. */
static bool is_free(const struct ordering *o)
{
    if (o->state->pinned != 0)
        return error_set(o->err, ERROR_FORMAT,
                         "it is pinned to %u until %s: unpin it first", o->state->pinned,
                         utc(o->state->pinned_until_s).s);
    return true;
}

static bool check_promotion(const struct ordering *o, uint32_t number)
{
    if (number <= o->state->number)
        return error_set(o->err, ERROR_FORMAT,
                         "%u is no promotion from %u: a lower number needs a rollback",
                         number, o->state->number);
    return is_free(o) && can_be_had(o, number);
}

static bool check_rollback(const struct ordering *o, uint32_t number)
{
    if (number == 0)
        return error_set(o->err, ERROR_NOT_FOUND, "it has had no number before %u",
                         o->state->number);
    if (number >= o->state->number)
        return error_set(o->err, ERROR_FORMAT,
                         "%u is no rollback from %u: a higher number needs a promotion",
                         number, o->state->number);
    return is_free(o) && can_be_had(o, number);
}

static bool check_day(const struct ordering *o, const char *what, int64_t until_s)
{
    if (until_s == 0)
        return error_set(o->err, ERROR_FORMAT, "%s needs a day on which it ends", what);
    if (until_s <= o->now_s)
        return error_set(o->err, ERROR_FORMAT, "%s until %s has passed already", what,
                         utc(until_s).s);
    return true;
}

static bool check_hold(const struct ordering *o, int64_t until_s)
{
    if (o->state->number == 0)
        return error_set(o->err, ERROR_FORMAT, "it has no number yet that it could hold");
    return check_day(o, "a hold", until_s);
}

static bool check_step(const struct ordering *o, const struct baseline_step *step)
{
    const struct baseline_state *state = o->state;

    switch (step->kind) {
    case STEP_PROMOTED:
        return check_promotion(o, step->to);
    case STEP_ROLLED_BACK:
        return check_rollback(o, step->to);
    case STEP_PINNED:
        return check_day(o, "a pin", step->until_s) && can_be_had(o, step->to);
    case STEP_HELD:
        return check_hold(o, step->until_s);
    case STEP_UNPINNED:
        return state->pinned != 0
               || error_set(o->err, ERROR_FORMAT, "it is not pinned by hand");
    case STEP_RELEASED:
        return state->held_until_s != 0 || state->rolled_back_from != 0
               || error_set(o->err, ERROR_FORMAT, "it is not held by hand");
    default:
        return error_set(o->err, ERROR_FORMAT, "\"%s\" is no order",
                         baseline_step_name(step->kind));
    }
}

static uint32_t number_after(const struct baseline_order *order,
                             const struct baseline_state *state, uint32_t previous)
{
    bool moves = order->kind == STEP_PROMOTED || order->kind == STEP_PINNED;

    if (order->kind == STEP_ROLLED_BACK)
        return order->number != 0 ? order->number : previous;
    return moves ? order->number : state->number;
}

bool baseline_order_check(const struct baseline_order *order,
                          const struct baseline_state *state, uint32_t previous,
                          uint32_t floor, enum tee tee, const struct sets *sets,
                          int64_t now_s, struct baseline_step *out, struct error *err)
{
    struct ordering o = { state, floor, tee, sets, now_s, err };

    *out = (struct baseline_step){ .kind = order->kind,
                                   .from = state->number,
                                   .to = number_after(order, state, previous),
                                   .at_s = now_s };
    if (order->kind == STEP_PINNED || order->kind == STEP_HELD)
        out->until_s = order->until_s;
    if (order->kind == STEP_HELD && order->until_s == 0)
        out->until_s = HELD_TO_THE_END;
    return check_step(&o, out);
}
