/* SPDX-License-Identifier: Apache-2.0 */
/* The part of baseline/decide.h that is history: the names of its steps, and what they
 * come down to. */
#include "baseline/decide.h"

static const char *const step_names[] = {
    [STEP_FIRST] = "first",
    [STEP_NOTICED] = "noticed",
    [STEP_PROMOTED] = "promoted",
    [STEP_HELD] = "held",
    [STEP_RELEASED] = "released",
    [STEP_PINNED] = "pinned",
    [STEP_UNPINNED] = "unpinned",
    [STEP_ROLLED_BACK] = "rolled_back",
    [STEP_PINNED_BY_FILE] = "pinned_by_file",
    [STEP_FELL] = "fell",
    [STEP_ALERTED] = "alerted",
};

const char *baseline_step_name(enum baseline_step_kind kind)
{
    size_t i = (size_t)kind;

    return i > 0 && i < COUNT_OF(step_names) ? step_names[i] : "unknown";
}

bool baseline_step_named(struct bytes name, enum baseline_step_kind *out)
{
    for (size_t i = 1; i < COUNT_OF(step_names); i++) {
        if (!bytes_equal_text(name, step_names[i]))
            continue;
        *out = (enum baseline_step_kind)i;
        return true;
    }
    return false;
}

/* Whatever was in sight is so no longer, or will be noticed anew from here. */
static void move(struct baseline_state *state, uint32_t to, int64_t at_s)
{
    if (state->number == to)
        return;
    state->number = to;
    state->since_s = at_s;
    state->noticed = 0;
    state->noticed_s = 0;
    state->alerted_days = 0;
    if (to >= state->rolled_back_from)
        state->rolled_back_from = 0;
}

void baseline_state_apply(struct baseline_state *state, const struct baseline_step *step)
{
    switch (step->kind) {
    case STEP_FIRST:
    case STEP_PINNED_BY_FILE:
        move(state, step->to, step->at_s);
        break;
    case STEP_PROMOTED:
    case STEP_FELL:
        move(state, step->to, step->at_s);
        state->held_until_s = 0; /* the hold was on what it had */
        break;
    case STEP_ROLLED_BACK:
        move(state, step->to, step->at_s);
        state->rolled_back_from = step->from;
        break;
    case STEP_PINNED:
        move(state, step->to, step->at_s);
        state->pinned = step->to;
        state->pinned_until_s = step->until_s;
        break;
    case STEP_UNPINNED:
        state->pinned = 0;
        state->pinned_until_s = 0;
        break;
    case STEP_HELD:
        state->held_until_s = step->until_s;
        break;
    case STEP_RELEASED:
        state->held_until_s = 0;
        state->rolled_back_from = 0;
        break;
    case STEP_NOTICED:
        state->noticed = step->to;
        state->noticed_s = step->at_s;
        state->alerted_days = 0;
        break;
    case STEP_ALERTED:
        state->alerted_days = step->days_left;
        break;
    }
}
