/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/decide.h"

#include "baseline/test_scene.h"

static void it_follows_what_it_is_told_to(void **state)
{
    static const struct scene scenes[] = {
        { "its first number is standard's", .left = { 0, 30, 30 }, .standard = 20,
          .gets = 20, .reason = REASON_FOLLOWS, .steps = "first 20",
          .why = "has 20, which is standard" },
        { "or early's", .follow = FOLLOW_EARLY, .left = { 0, 30, 30 }, .standard = 20,
          .gets = 21, .reason = REASON_FOLLOWS, .steps = "first 21",
          .why = "has 21, which is early" },
        { "nothing is held", .reason = REASON_NOTHING,
          .why = "has no number yet: the set that is standard is not held in date" },
        { "nobody told what is standard: it does not begin with what may be too high",
          .left = { 0, 30, 30 }, .reason = REASON_NOTHING,
          .why = "has no number yet: nobody has told which one is standard" },
        { "standard's identity is on its way: nor with early", .left = { 0, 30, 30 },
          .standard = 20, .without_identity = 20, .reason = REASON_NOTHING },
        { "standard has ended, early has not", .left = { 0, -1, 30 }, .standard = 20,
          .gets = 21, .reason = REASON_FOLLOWS, .steps = "first 21" },
        { "early has ended, standard has not", .follow = FOLLOW_EARLY,
          .left = { 0, 30, -1 }, .standard = 20, .gets = 20, .reason = REASON_FOLLOWS,
          .steps = "first 20" },
        { "it has what it follows: nothing to write down", .number = 20,
          .left = { 20, 30, 30 }, .standard = 20, .gets = 20, .reason = REASON_FOLLOWS },
        { "begun while a promotion is under way: where the last FMSPC is",
          .left = { 29, 30, 30 }, .standard = 20, .laggard = 19, .gets = 19,
          .reason = REASON_UNDER_WAY, .steps = "first 19",
          .why = "has 19: 20 is standard for some of what is in use, not for all" },
        { "nothing goes back", .number = 20, .left = { 30, 30, 30 }, .standard = 19,
          .gets = 20, .reason = REASON_FOLLOWS,
          .why = "stays at 20, above 19: only a rollback leads back" },
        { "not even from early, when told to follow standard", .number = 21,
          .left = { 0, 30, 30 }, .standard = 20, .gets = 21, .reason = REASON_FOLLOWS },
        { "but for what has ended", .number = 21, .left = { 0, 30, -1 }, .standard = 20,
          .gets = 20, .reason = REASON_FOLLOWS, .steps = "fell 20",
          .why = "falls back from 21 to 20: 21 has ended" },
        { "standard has ended, and early is all that is in date", .number = 20,
          .left = { 0, -1, 9 }, .standard = 20, .counted = 3, .not_weighed = true,
          .gets = 21, .reason = REASON_ENDING, .steps = "noticed 21, promoted 21" },
        { "the vendor is gone: all has ended", .number = 20, .left = { -9, -1, -2 },
          .standard = 20, .gets = 0, .target = 20, .reason = REASON_NOTHING,
          .why = "answers nothing: all of 20 has ended, and no other set is in date: is "
                 "the vendor reachable?" },
        { "parts are better than nothing", .number = 20, .left = { 0, 9, 0 },
          .standard = 20, .without_identity = 20, .gets = 20, .reason = REASON_FOLLOWS,
          .why = "has 20, of which only parts are in date: is the vendor reachable?" },
    };

    (void)state;
    PLAY_ALL(scenes);
}

static void a_promotion_waits_for_nothing_where_nobody_falls(void **state)
{
    static const struct scene scenes[] = {
        { "none falls", .number = 19, .left = { 29, 30, 30 }, .standard = 20,
          .counted = 22, .gets = 20, .reason = REASON_FOLLOWS,
          .steps = "noticed 20, promoted 20",
          .why = "moves from 19 to 20: 0 of 22 hosts fall" },
        { "noticed before: not again", .number = 19, .noticed = 20, .noticed_at = -1,
          .left = { 29, 30, 30 }, .standard = 20, .counted = 22, .gets = 20,
          .reason = REASON_FOLLOWS, .steps = "promoted 20" },
        { "two fall, two may", .number = 19, .max_demoted = 2, .left = { 29, 30, 30 },
          .standard = 20, .counted = 22, .demoted = 2, .gets = 20,
          .reason = REASON_FOLLOWS, .steps = "noticed 20, promoted 20" },
        { "hundredths: 2 of 20 are 10", .number = 19, .max_demoted = 10,
          .is_percent = true, .left = { 29, 30, 30 }, .standard = 20, .counted = 20,
          .demoted = 2, .gets = 20, .reason = REASON_FOLLOWS,
          .steps = "noticed 20, promoted 20" },
        { "2 of 19 are more", .number = 19, .max_demoted = 10, .is_percent = true,
          .left = { 30, 30, 30 }, .standard = 20, .counted = 19, .demoted = 2, .gets = 19,
          .target = 20, .reason = REASON_HELD, .ends = 23, .steps = "noticed 20" },
        { "who does not mind does not hold", .number = 19, .no_max = true,
          .left = { 29, 30, 30 }, .standard = 20, .counted = 22, .demoted = 22,
          .gets = 20, .reason = REASON_FOLLOWS, .steps = "noticed 20, promoted 20" },
        { "its identity is on its way: early does not stand in", .number = 19,
          .left = { 29, 30, 30 }, .standard = 20, .without_identity = 20, .counted = 22,
          .gets = 19, .reason = REASON_FOLLOWS,
          .why = "stays at 19: no later set can be had yet" },
        { "early moves likewise", .follow = FOLLOW_EARLY, .number = 20,
          .left = { 0, 30, 30 }, .standard = 20, .counted = 1, .gets = 21,
          .reason = REASON_FOLLOWS, .steps = "noticed 21, promoted 21" },
    };

    (void)state;
    PLAY_ALL(scenes);
}

/* Or an FMSPC would have nothing; but it gains nothing from a set that has ended. */
static void what_is_not_whole_is_waited_for_until_the_last_day(void **state)
{
    static const struct scene scenes[] = {
        { "one FMSPC's TCB info is on its way", .number = 19, .left = { 29, 30, 30 },
          .standard = 20, .without_b1 = { 20 }, .counted = 22, .gets = 19, .target = 20,
          .reason = REASON_UNDER_WAY, .ends = 28, .steps = "noticed 20",
          .why = "stays at 19: of 20 only 1 of 2 TCB infos are in date; moves by itself "
                 "on 2026-09-11" },
        { "one FMSPC has not moved", .number = 19, .left = { 29, 30, 30 }, .standard = 20,
          .laggard = 19, .counted = 22, .gets = 19, .target = 20,
          .reason = REASON_UNDER_WAY, .ends = 28, .steps = "noticed 20",
          .why = "stays at 19: 20 is standard for some of what is in use, not for all; "
                 "moves by itself on 2026-09-11" },
        { "all but one have, and the hold has begun", .number = 19, .noticed = 20,
          .left = { 29, 30, 30 }, .standard = 20, .laggard = 19, .counted = 22,
          .demoted = 7, .gets = 19, .target = 20, .reason = REASON_HELD, .ends = 22 },
        { "a hold tells more", .number = 19, .noticed = 20, .left = { 29, 30, 30 },
          .standard = 20, .without_b1 = { 20 }, .counted = 22, .demoted = 7, .gets = 19,
          .target = 20, .reason = REASON_HELD, .ends = 22 },
        { "past the margin", .number = 19, .noticed = 20, .alerted = 7,
          .left = { 5, 30, 30 }, .standard = 20, .without_b1 = { 20 }, .counted = 22,
          .demoted = 7, .gets = 19, .target = 20, .reason = REASON_UNDER_WAY, .ends = 4 },
        { "not without an alert", .hold_end = HOLD_END_REFUSE, .number = 19,
          .noticed = 20, .left = { 4, 30, 30 }, .standard = 20, .without_b1 = { 20 },
          .counted = 22, .gets = 19, .target = 20, .reason = REASON_UNDER_WAY, .ends = 3,
          .steps = "alerted 3" },
        { "to the last day", .number = 19, .noticed = 20, .left = { 1, 30, 30 },
          .standard = 20, .without_b1 = { 20 }, .counted = 22, .demoted = 7, .gets = 20,
          .reason = REASON_ENDING, .steps = "promoted 20" },
        { "one that has ended everywhere is waited for no more", .number = 19,
          .left = { 29, 30, 30 }, .standard = 20, .without_b1 = { 20, 21 },
          .ended_b1 = 19, .counted = 22, .gets = 20, .reason = REASON_FOLLOWS,
          .steps = "noticed 20, promoted 20" },
        { "nor does it end a hold", .number = 19, .noticed = 20, .left = { 29, 30, 30 },
          .standard = 20, .without_b1 = { 20, 21 }, .ended_b1 = 19, .counted = 22,
          .demoted = 7, .gets = 19, .target = 20, .reason = REASON_HELD, .ends = 22 },
        { "one that has ended here and lives there does", .number = 19, .noticed = 20,
          .left = { 29, 30, 30 }, .standard = 20, .ended_b1 = 19, .counted = 22,
          .demoted = 7, .gets = 20, .reason = REASON_ENDING, .steps = "promoted 20" },
        { "and under serve_expired is served", .hold_end = HOLD_END_SERVE_EXPIRED,
          .expired_until = 60, .number = 19, .noticed = 20, .left = { 29, 30, 30 },
          .standard = 20, .ended_b1 = 19, .counted = 22, .demoted = 7, .gets = 19,
          .target = 20, .reason = REASON_EXPIRED, .ends = 60, .expired = true },
    };

    (void)state;
    PLAY_ALL(scenes);
}

static void delays_end_by_themselves_and_never_past_the_margin(void **state)
{
    static const struct scene scenes[] = {
        { "delay_days", .delay = 5, .number = 19, .left = { 29, 30, 30 }, .standard = 20,
          .counted = 22, .gets = 19, .target = 20, .reason = REASON_DELAYED, .ends = 5,
          .steps = "noticed 20",
          .why = "stays at 19 until 2026-08-19, by delay_days; then 20" },
        { "since it was noticed", .delay = 5, .number = 19, .noticed = 20,
          .noticed_at = -4, .left = { 25, 30, 30 }, .standard = 20, .counted = 22,
          .gets = 19, .target = 20, .reason = REASON_DELAYED, .ends = 1 },
        { "and over", .delay = 5, .number = 19, .noticed = 20, .noticed_at = -5,
          .left = { 24, 30, 30 }, .standard = 20, .counted = 22, .gets = 20,
          .reason = REASON_FOLLOWS, .steps = "promoted 20" },
        { "a delay of sixty days ends at the margin", .delay = 60, .number = 19,
          .noticed = 20, .noticed_at = -20, .left = { 8, 30, 30 }, .standard = 20,
          .counted = 22, .gets = 19, .target = 20, .reason = REASON_DELAYED, .ends = 1 },
        { "there", .delay = 60, .number = 19, .noticed = 20, .noticed_at = -20,
          .left = { 7, 30, 30 }, .standard = 20, .counted = 22, .gets = 20,
          .reason = REASON_ENDING, .steps = "promoted 20" },
        { "nobody is known", .number = 19, .left = { 29, 30, 30 }, .standard = 20,
          .gets = 19, .target = 20, .reason = REASON_BLIND, .ends = 14,
          .steps = "noticed 20",
          .why = "stays at 19 until 2026-08-28, for no hosts are known that 20 could be "
                 "weighed by: register them, or promote" },
        { "for fourteen days", .number = 19, .noticed = 20, .noticed_at = -14,
          .left = { 16, 30, 30 }, .standard = 20, .gets = 20, .reason = REASON_FOLLOWS,
          .steps = "promoted 20" },
        { "the margin comes first", .number = 19, .noticed = 20, .noticed_at = -1,
          .left = { 9, 30, 30 }, .standard = 20, .gets = 19, .target = 20,
          .reason = REASON_BLIND, .ends = 2 },
        { "refuse is for hosts that fall, not for blindness", .hold_end = HOLD_END_REFUSE,
          .number = 19, .noticed = 20, .noticed_at = -1, .left = { 7, 30, 30 },
          .standard = 20, .gets = 20, .reason = REASON_ENDING, .steps = "promoted 20" },
        { "not weighed yet", .number = 19, .left = { 29, 30, 30 }, .standard = 20,
          .not_weighed = true, .counted = 22, .gets = 19, .target = 20,
          .reason = REASON_EFFECT_UNKNOWN, .ends = 22, .steps = "noticed 20",
          .why = "stays at 19 while the effect of 20 is weighed; moves by itself on "
                 "2026-09-05" },
        { "not by the margin: no longer", .number = 19, .noticed = 20,
          .left = { 7, 30, 30 }, .standard = 20, .not_weighed = true, .gets = 20,
          .reason = REASON_ENDING, .steps = "promoted 20",
          .why = "moves from 19 to 20, for the signatures of 19 end: what 20 does to the "
                 "hosts is not known yet" },
        { "refuse waits for the weighing", .hold_end = HOLD_END_REFUSE, .number = 19,
          .noticed = 20, .left = { 7, 30, 30 }, .standard = 20, .not_weighed = true,
          .gets = 19, .target = 20, .reason = REASON_EFFECT_UNKNOWN, .ends = 7 },
        { "what has ended is left at once", .delay = 60, .number = 19,
          .left = { -1, 30, 30 }, .standard = 20, .gets = 20, .reason = REASON_ENDING,
          .steps = "noticed 20, promoted 20" },
    };

    (void)state;
    PLAY_ALL(scenes);
}

static void a_hold_is_a_delay_and_never_a_veto(void **state)
{
    static const struct scene scenes[] = {
        { "seven would fall", .number = 19, .left = { 27, 30, 30 }, .standard = 20,
          .counted = 22, .demoted = 7, .gets = 19, .target = 20, .reason = REASON_HELD,
          .ends = 20, .steps = "noticed 20",
          .why = "holds 19: 7 of 22 hosts would fall at 20; moves by itself on "
                 "2026-09-03" },
        { "an alert fourteen days ahead", .number = 19, .noticed = 20,
          .left = { 21, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7, .gets = 19,
          .target = 20, .reason = REASON_HELD, .ends = 14, .steps = "alerted 14" },
        { "once", .number = 19, .noticed = 20, .alerted = 14, .left = { 20, 30, 30 },
          .standard = 20, .counted = 22, .demoted = 7, .gets = 19, .target = 20,
          .reason = REASON_HELD, .ends = 13 },
        { "seven days ahead", .number = 19, .noticed = 20, .alerted = 14,
          .left = { 14, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7, .gets = 19,
          .target = 20, .reason = REASON_HELD, .ends = 7, .steps = "alerted 7" },
        { "three; seven was missed", .number = 19, .noticed = 20, .alerted = 14,
          .left = { 10, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7, .gets = 19,
          .target = 20, .reason = REASON_HELD, .ends = 3, .steps = "alerted 3" },
        { "one", .number = 19, .noticed = 20, .alerted = 3, .left = { 8, 30, 30 },
          .standard = 20, .counted = 22, .demoted = 7, .gets = 19, .target = 20,
          .reason = REASON_HELD, .ends = 1, .steps = "alerted 1" },
        { "a hold that begins with ten days left says so at once", .number = 19,
          .left = { 17, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7, .gets = 19,
          .target = 20, .reason = REASON_HELD, .ends = 10,
          .steps = "noticed 20, alerted 10" },
        { "and not again at nine", .number = 19, .noticed = 20, .alerted = 10,
          .left = { 16, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7, .gets = 19,
          .target = 20, .reason = REASON_HELD, .ends = 9 },
        { "a delay is no alarm", .delay = 30, .number = 19, .noticed = 20,
          .left = { 10, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7, .gets = 19,
          .target = 20, .reason = REASON_DELAYED, .ends = 3 },
        { "a week before the signatures end", .number = 19, .noticed = 20, .alerted = 1,
          .left = { 7, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7, .gets = 20,
          .reason = REASON_ENDING, .steps = "promoted 20",
          .why = "moves from 19 to 20, for the signatures of 19 end: 7 of 22 hosts would "
                 "fall at 20" },
        { "an FMSPC that came late ends no hold", .number = 19, .noticed = 20,
          .left = { 29, 30, 30 }, .standard = 20, .without_b1 = { 19 }, .counted = 22,
          .demoted = 7, .gets = 19, .target = 20, .reason = REASON_HELD, .ends = 22 },
        { "what it has has ended: at once", .number = 19, .noticed = 20,
          .left = { -1, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7, .gets = 20,
          .reason = REASON_ENDING, .steps = "promoted 20" },
        { "and to what is not whole, for lack of better", .number = 19, .noticed = 20,
          .left = { -1, 30, 30 }, .standard = 20, .without_b1 = { 20 }, .counted = 22,
          .demoted = 7, .gets = 20, .reason = REASON_ENDING, .steps = "promoted 20" },
    };

    (void)state;
    PLAY_ALL(scenes);
}

static void at_its_end_a_hold_does_what_the_policy_says(void **state)
{
    static const struct scene scenes[] = {
        { "refuse: to the last day", .hold_end = HOLD_END_REFUSE, .number = 19,
          .noticed = 20, .alerted = 7, .left = { 5, 30, 30 }, .standard = 20,
          .counted = 22, .demoted = 7, .gets = 19, .target = 20, .reason = REASON_HELD,
          .ends = 5,
          .why = "holds 19: 7 of 22 hosts would fall at 20; refuses after 2026-08-19" },
        { "refuse: and then nothing", .hold_end = HOLD_END_REFUSE, .number = 19,
          .noticed = 20, .left = { -1, 30, 30 }, .standard = 20, .counted = 22,
          .demoted = 7, .gets = 0, .target = 20, .reason = REASON_REFUSING,
          .why = "answers nothing: 19 has ended, and 7 of 22 hosts would fall at 20; "
                 "promote, or update them" },
        { "refuse: until they are updated", .hold_end = HOLD_END_REFUSE, .number = 19,
          .noticed = 20, .left = { -1, 30, 30 }, .standard = 20, .counted = 22,
          .gets = 20, .reason = REASON_FOLLOWS, .steps = "promoted 20" },
        { "serve_expired: still in date", .hold_end = HOLD_END_SERVE_EXPIRED,
          .expired_until = 90, .number = 19, .noticed = 20, .left = { 5, 30, 30 },
          .standard = 20, .counted = 22, .demoted = 7, .gets = 19, .target = 20,
          .reason = REASON_HELD, .ends = 90 },
        { "serve_expired: past it", .hold_end = HOLD_END_SERVE_EXPIRED,
          .expired_until = 60, .number = 19, .noticed = 20, .left = { -30, 30, 30 },
          .standard = 20, .counted = 22, .demoted = 7, .gets = 19, .target = 20,
          .reason = REASON_EXPIRED, .ends = 60, .expired = true,
          .why = "serves 19 past its dates until 2026-10-13, by on_hold_end" },
        { "serve_expired: alerts before its own day", .hold_end = HOLD_END_SERVE_EXPIRED,
          .expired_until = 3, .number = 19, .noticed = 20, .alerted = 7,
          .left = { -30, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7,
          .gets = 19, .target = 20, .reason = REASON_EXPIRED, .ends = 3, .expired = true,
          .steps = "alerted 3" },
        { "serve_expired: its day has passed", .hold_end = HOLD_END_SERVE_EXPIRED,
          .expired_until = -1, .number = 19, .noticed = 20, .left = { -30, 30, 30 },
          .standard = 20, .counted = 22, .demoted = 7, .gets = 20,
          .reason = REASON_ENDING, .steps = "promoted 20" },
        { "serve_expired: its day passed before the margin: as promote",
          .hold_end = HOLD_END_SERVE_EXPIRED, .expired_until = -1, .number = 19,
          .noticed = 20, .left = { 30, 30, 30 }, .standard = 20, .counted = 22,
          .demoted = 7, .gets = 19, .target = 20, .reason = REASON_HELD, .ends = 23 },
        { "serve_expired: nothing keeps it from moving",
          .hold_end = HOLD_END_SERVE_EXPIRED, .expired_until = 60, .number = 19,
          .noticed = 20, .left = { -30, 30, 30 }, .standard = 20, .counted = 22,
          .gets = 20, .reason = REASON_FOLLOWS, .steps = "promoted 20" },
        { "serve_expired: the vendor is gone", .hold_end = HOLD_END_SERVE_EXPIRED,
          .expired_until = 60, .number = 19, .left = { -1, -1, -1 }, .standard = 19,
          .gets = 19, .reason = REASON_EXPIRED, .ends = 60, .expired = true },
        { "serve_expired: nothing of it is held any more",
          .hold_end = HOLD_END_SERVE_EXPIRED, .expired_until = 60, .number = 19,
          .noticed = 20, .left = { 0, 30, 30 }, .standard = 20, .counted = 22,
          .demoted = 7, .gets = 20, .reason = REASON_ENDING, .steps = "promoted 20" },
    };

    (void)state;
    PLAY_ALL(scenes);
}

static void tdx_hosts_of_unknown_svns_are_never_safe(void **state)
{
    static const struct {
        size_t demoted, unknown;
        enum tee tee;
        enum baseline_reason reason;
    } cases[] = {
        { 0, 1, TEE_TDX, REASON_BLIND },
        { 0, 0, TEE_TDX, REASON_FOLLOWS },
        { 0, 1, TEE_SGX, REASON_FOLLOWS },
        { 1, 1, TEE_TDX, REASON_HELD }, /* which lasts longer */
    };
    struct pile *pile = test_calloc(1, sizeof *pile);
    struct baseline_policy policy = policy_steady();
    struct arena arena;
    struct sets sets;

    (void)state;
    arena_init(&arena, (size_t)1 << 20);
    for (uint32_t i = 0; i < 4; i++) {
        enum tee tee = i < 2 ? TEE_SGX : TEE_TDX;
        int64_t until_s = now_s + 30 * DAY_S;
        pile_tcb_info(pile, tee, 0xb0, 19 + i % 2, now_s, until_s)->is_standard = i % 2;
        pile_identity(pile, tee, 19 + i % 2, now_s, until_s)->is_standard = i % 2;
    }
    pile_sets(pile, now_s, &arena, &sets);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct baseline_effect effect = { 19, 20, 5, cases[i].demoted, cases[i].unknown };
        struct baseline_state before = { .number = 19 };
        struct baseline_decision decision;
        baseline_decide(&policy, cases[i].tee, &before, &sets, &effect, now_s, &decision);
        assert_int_equal(decision.reason, cases[i].reason);
    }
    arena_fini(&arena);
    test_free(pile);
}

static void every_reason_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = REASON_FOLLOWS; i <= REASON_PIN_LOST; i++)
        for (int j = REASON_FOLLOWS; j < i; j++)
            assert_string_not_equal(baseline_reason_name((enum baseline_reason)i),
                                    baseline_reason_name((enum baseline_reason)j));
    assert_string_equal(baseline_reason_name(REASON_HELD), "held");
    assert_string_equal(baseline_reason_name((enum baseline_reason)0), "unknown");
    assert_string_equal(baseline_reason_name((enum baseline_reason)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_follows_what_it_is_told_to),
        cmocka_unit_test(a_promotion_waits_for_nothing_where_nobody_falls),
        cmocka_unit_test(what_is_not_whole_is_waited_for_until_the_last_day),
        cmocka_unit_test(delays_end_by_themselves_and_never_past_the_margin),
        cmocka_unit_test(a_hold_is_a_delay_and_never_a_veto),
        cmocka_unit_test(at_its_end_a_hold_does_what_the_policy_says),
        cmocka_unit_test(tdx_hosts_of_unknown_svns_are_never_safe),
        cmocka_unit_test(every_reason_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
