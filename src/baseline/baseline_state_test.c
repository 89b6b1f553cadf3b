/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/decide.h"

#include "baseline/test_calendar.h"
#include "baseline/test_policy.h"

static void names_of_steps_lead_there_and_back(void **state)
{
    (void)state;
    for (int i = STEP_FIRST; i <= STEP_ALERTED; i++) {
        enum baseline_step_kind kind = (enum baseline_step_kind)i, found = 0;
        assert_true(baseline_step_named(bytes_of_text(baseline_step_name(kind)), &found));
        assert_int_equal(found, kind);
    }
    enum baseline_step_kind none;
    assert_string_equal(baseline_step_name(STEP_ROLLED_BACK), "rolled_back");
    assert_string_equal(baseline_step_name((enum baseline_step_kind)0), "unknown");
    assert_string_equal(baseline_step_name((enum baseline_step_kind)99), "unknown");
    assert_false(baseline_step_named(bytes_of_text("Promoted"), &none));
    assert_false(baseline_step_named(bytes_of_text("promote"), &none));
    assert_false(baseline_step_named(bytes_of_text(""), &none));
}

static void assert_same(const struct baseline_state *a, const struct baseline_state *b,
                        const char *name)
{
    if (a->number != b->number || a->since_s != b->since_s || a->noticed != b->noticed
        || a->noticed_s != b->noticed_s || a->held_until_s != b->held_until_s
        || a->pinned != b->pinned || a->pinned_until_s != b->pinned_until_s
        || a->rolled_back_from != b->rolled_back_from
        || a->alerted_days != b->alerted_days)
        fail_msg("%s: number %u since %lld, noticed %u", name, a->number,
                 (long long)a->since_s, a->noticed);
}

/* 19 since day 1, with 20 in sight since day 2, alerted, held by hand. */
static const struct baseline_state before = { 19, 1, 20, 2, 30, 0, 0, 0, 14 };

static void each_step_changes_what_it_says(void **state)
{
    static const struct {
        const char *name;
        struct baseline_step step;
        struct baseline_state after;
    } cases[] = {
        { "promoted: the hold was on what it had",
          { STEP_PROMOTED, 19, 20, 5, 0, 0 },
          { 20, 5, 0, 0, 0, 0, 0, 0, 0 } },
        { "rolled back: the hold stays, and the promotion waits",
          { STEP_ROLLED_BACK, 19, 18, 5, 0, 0 },
          { 18, 5, 0, 0, 30, 0, 0, 19, 0 } },
        { "pinned where it is: the clock of delays runs on",
          { STEP_PINNED, 19, 19, 5, 60, 0 },
          { 19, 1, 20, 2, 30, 19, 60, 0, 14 } },
        { "pinned elsewhere",
          { STEP_PINNED, 19, 18, 5, 60, 0 },
          { 18, 5, 0, 0, 30, 18, 60, 0, 0 } },
        { "the file's pin leaves no mark but the number",
          { STEP_PINNED_BY_FILE, 19, 18, 5, 60, 0 },
          { 18, 5, 0, 0, 30, 0, 0, 0, 0 } },
        { "held longer",
          { STEP_HELD, 19, 19, 5, 40, 0 },
          { 19, 1, 20, 2, 40, 0, 0, 0, 14 } },
        { "released",
          { STEP_RELEASED, 19, 19, 5, 0, 0 },
          { 19, 1, 20, 2, 0, 0, 0, 0, 14 } },
        { "another number in sight: alerts begin anew",
          { STEP_NOTICED, 19, 21, 5, 0, 0 },
          { 19, 1, 21, 5, 30, 0, 0, 0, 0 } },
        { "alerted",
          { STEP_ALERTED, 19, 20, 5, 0, 7 },
          { 19, 1, 20, 2, 30, 0, 0, 0, 7 } },
        { "fell", { STEP_FELL, 19, 18, 5, 0, 0 }, { 18, 5, 0, 0, 0, 0, 0, 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct baseline_state after = before;
        baseline_state_apply(&after, &cases[i].step);
        assert_same(&after, &cases[i].after, cases[i].name);
    }
}

static void a_rollback_is_forgotten_by_a_hand_or_past_its_number(void **state)
{
    static const struct {
        const char *name;
        struct baseline_step step;
        uint32_t rolled_back_from;
    } cases[] = {
        { "promoted below it", { STEP_PROMOTED, 18, 19, 5, 0, 0 }, 20 },
        { "promoted to it", { STEP_PROMOTED, 18, 20, 5, 0, 0 }, 0 },
        { "promoted past it", { STEP_PROMOTED, 18, 21, 5, 0, 0 }, 0 },
        { "released", { STEP_RELEASED, 18, 18, 5, 0, 0 }, 0 },
        { "held", { STEP_HELD, 18, 18, 5, 9, 0 }, 20 },
        { "rolled back once more", { STEP_ROLLED_BACK, 18, 17, 5, 0, 0 }, 18 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct baseline_state after = { .number = 18, .rolled_back_from = 20 };
        baseline_state_apply(&after, &cases[i].step);
        if (after.rolled_back_from != cases[i].rolled_back_from)
            fail_msg("%s: %u", cases[i].name, after.rolled_back_from);
    }
}

/* ---- four years, day by day ------------------------------------------------------- */

enum { HISTORY_MAX = 1024 };

struct walk {
    struct baseline_policy policy;
    const char *name;
    bool all_fall, nobody_known, never_weighed;
    int order_every; /* days between orders by hand; 0: nobody is at the desk */

    int today;
    int64_t now_s;
    struct pile pile;
    struct arena arena;
    struct sets sets;
    struct baseline_state state; /* what the history so far comes down to */
    struct baseline_step history[HISTORY_MAX];
    size_t steps, promotions, holds, unanswered;
};

static struct baseline_state replayed(const struct walk *walk)
{
    struct baseline_state state = { 0 };

    for (size_t i = 0; i < walk->steps; i++)
        baseline_state_apply(&state, &walk->history[i]);
    return state;
}

static void write_down(struct walk *walk, const struct baseline_step *step)
{
    bool down = step->kind == STEP_ROLLED_BACK || step->kind == STEP_PINNED
                || step->kind == STEP_PINNED_BY_FILE;

    assert_int_equal(step->from, walk->state.number);
    if (step->kind != STEP_NOTICED && step->kind != STEP_ALERTED && step->to < step->from)
        if (!down)
            fail_msg("%s: day %d: %s down to %u", walk->name, walk->today,
                     baseline_step_name(step->kind), step->to);
    assert_true(walk->steps < HISTORY_MAX);
    walk->history[walk->steps++] = *step;
    walk->promotions += step->kind == STEP_PROMOTED;
    baseline_state_apply(&walk->state, step);
}

static void decide(struct walk *walk, struct baseline_decision *out)
{
    struct baseline_effect effect = {
        .from = walk->state.number,
        .to = walk->never_weighed ? 0 : walk->state.noticed,
        .counted = walk->nobody_known ? 0 : 22,
        .demoted = walk->all_fall ? 22 : 0,
    };

    baseline_decide(&walk->policy, TEE_SGX, &walk->state, &walk->sets, &effect,
                    walk->now_s, out);
}

/* Whether an FMSPC is left with an ended TCB info that could have another. */
static bool leaves_behind(const struct walk *walk, uint32_t number)
{
    const struct sets *sets = &walk->sets;
    bool found = false;

    for (size_t i = 0; i < sets->count; i++) {
        const struct set_document *a = &sets->documents[i];
        const struct set_document *b =
            sets_tcb_info(sets, TEE_SGX, a->fmspc, walk->state.noticed);
        found |= !a->is_identity && a->number == number && a->until_s < walk->now_s
                 && b != NULL && b->until_s >= walk->now_s;
    }
    return found;
}

/* The latest day to which a wait may last that nobody asked for. */
static int64_t latest_s(const struct walk *walk, const struct baseline_decision *d)
{
    int64_t until_s = sets_number(&walk->sets, TEE_SGX, d->number)->until_s;

    if (d->reason == REASON_PINNED)
        return INT64_MAX;
    return d->reason == REASON_UNDER_WAY ? until_s : until_s - walk->policy.hold_margin_s;
}

/* What must hold of any decision. */
static void judge(struct walk *walk, const struct baseline_decision *d)
{
    const struct set_number *set = sets_number(&walk->sets, TEE_SGX, d->number);
    const char *name = walk->name;

    if (d->number == 0) {
        walk->unanswered++;
        if (walk->policy.hold_end != HOLD_END_REFUSE)
            fail_msg("%s: day %d: %s", name, walk->today, d->why);
        return;
    }
    if (d->number != walk->state.number)
        fail_msg("%s: day %d: %u is not what was written", name, walk->today, d->number);
    if (!d->serves_expired && !set_is_servable(set))
        fail_msg("%s: day %d: %u is not in date", name, walk->today, d->number);
    if (walk->policy.hold_end == HOLD_END_PROMOTE && leaves_behind(walk, d->number))
        fail_msg("%s: day %d: parts of %u have ended", name, walk->today, d->number);
    if (d->hold_ends_s != 0 && d->hold_ends_s < walk->now_s)
        fail_msg("%s: day %d: a hold that is over: %s", name, walk->today, d->why);
    if (walk->policy.hold_end == HOLD_END_PROMOTE && d->hold_ends_s > latest_s(walk, d))
        fail_msg("%s: day %d: holds past the margin: %s", name, walk->today, d->why);
    walk->holds += d->reason == REASON_HELD;
}

/* Somebody at the desk, who tries what comes to mind; what cannot be done is refused. */
static void give_order(struct walk *walk)
{
    static const enum baseline_step_kind kinds[] = { STEP_HELD,     STEP_ROLLED_BACK,
                                                     STEP_PINNED,   STEP_PROMOTED,
                                                     STEP_RELEASED, STEP_UNPINNED };
    enum baseline_step_kind kind =
        kinds[(size_t)(walk->today / walk->order_every) % COUNT_OF(kinds)];
    struct baseline_order order = { .kind = kind,
                                    .number =
                                        walk->state.number + (kind == STEP_PROMOTED),
                                    .until_s = walk->now_s + 50 * DAY_S };
    struct baseline_step step;

    if (kind == STEP_ROLLED_BACK)
        order.number = walk->state.number - 1;
    if (baseline_order_check(&order, &walk->state, 0, 0, TEE_SGX, &walk->sets,
                             walk->now_s, &step, NULL))
        write_down(walk, &step);
}

static void live_a_day(struct walk *walk)
{
    struct baseline_decision decision;

    arena_init(&walk->arena, (size_t)1 << 20);
    walk->now_s = CALENDAR_START_S + walk->today * DAY_S;
    calendar_pile(&walk->pile, walk->today);
    pile_sets(&walk->pile, walk->now_s, &walk->arena, &walk->sets);
    if (walk->order_every != 0 && walk->today % walk->order_every == 1)
        give_order(walk);
    for (int i = 0; i < 2; i++) { /* the second knows the effect of what was noticed */
        decide(walk, &decision);
        for (size_t j = 0; j < decision.step_count; j++)
            write_down(walk, &decision.steps[j]);
        judge(walk, &decision);
    }
    /* a restart finds it where it was, and nothing more to write */
    struct baseline_state again = replayed(walk);
    assert_same(&again, &walk->state, walk->name);
    decide(walk, &decision);
    if (decision.step_count > 0)
        fail_msg("%s: day %d: %s once more", walk->name, walk->today, decision.why);
    arena_fini(&walk->arena);
}

static void four_years_never_meet_an_expired_number_or_a_way_back(void **state)
{
    static const struct {
        const char *name;
        enum baseline_follow follow;
        int delay, margin;
        enum baseline_hold_end hold_end;
        int expired_until; /* day */
        uint32_t pin;
        int pin_until; /* day */
        bool all_fall, nobody_known, never_weighed;
        int order_every;
        size_t promotions;
        bool holds, unanswered;
    } cases[] = {
        { "steady, none falls", .promotions = 7 },
        { "steady, all fall", .all_fall = true, .promotions = 7, .holds = true },
        { "steady, no hosts", .nobody_known = true, .promotions = 7 },
        { "steady, nobody weighs", .never_weighed = true, .promotions = 7 },
        { "no margin", .margin = -7, .all_fall = true, .promotions = 7, .holds = true },
        { "delayed past all dates", .delay = 400, .promotions = 7 },
        { "early, all fall: held for as long as it is signed, a year and more",
          .follow = FOLLOW_EARLY, .all_fall = true, .promotions = 2, .holds = true },
        { "early, none falls: waits for the one that is given up", .follow = FOLLOW_EARLY,
          .promotions = 5 },
        { "refuse", .hold_end = HOLD_END_REFUSE, .all_fall = true, .holds = true,
          .unanswered = true },
        { "serve expired for a time", .hold_end = HOLD_END_SERVE_EXPIRED,
          .expired_until = 230, .all_fall = true, .promotions = 7, .holds = true },
        { "pinned by the file for longer than it is signed", .pin = 15, .pin_until = 700,
          .all_fall = true, .promotions = 6, .holds = true },
        { "orders every month", .order_every = 29, .all_fall = true },
        { "orders every week, none falls", .order_every = 7 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct walk *walk = test_calloc(1, sizeof *walk);
        walk->policy = policy_steady();
        walk->policy.follow = cases[i].follow != 0 ? cases[i].follow : FOLLOW_STANDARD;
        walk->policy.delay_s = cases[i].delay * DAY_S;
        walk->policy.hold_margin_s += cases[i].margin * DAY_S;
        if (cases[i].hold_end != 0)
            walk->policy.hold_end = cases[i].hold_end;
        walk->policy.expired.until_s = CALENDAR_START_S + cases[i].expired_until * DAY_S;
        walk->policy.pin.number = cases[i].pin;
        walk->policy.pin.until_s = CALENDAR_START_S + cases[i].pin_until * DAY_S;
        walk->name = cases[i].name;
        walk->all_fall = cases[i].all_fall;
        walk->nobody_known = cases[i].nobody_known;
        walk->never_weighed = cases[i].never_weighed;
        walk->order_every = cases[i].order_every;
        for (walk->today = 0; walk->today < CALENDAR_DAYS; walk->today++)
            live_a_day(walk);
        if (cases[i].order_every == 0
            && (walk->promotions != cases[i].promotions
                || (walk->holds > 0) != cases[i].holds
                || (walk->unanswered > 0) != cases[i].unanswered))
            fail_msg("%s: %zu promotions, %zu days held, %zu unanswered", walk->name,
                     walk->promotions, walk->holds, walk->unanswered);
        test_free(walk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_steps_lead_there_and_back),
        cmocka_unit_test(each_step_changes_what_it_says),
        cmocka_unit_test(a_rollback_is_forgotten_by_a_hand_or_past_its_number),
        cmocka_unit_test(four_years_never_meet_an_expired_number_or_a_way_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
