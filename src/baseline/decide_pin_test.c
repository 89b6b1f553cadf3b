/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/test_scene.h"

static void what_was_said_by_hand_holds(void **state)
{
    static const struct scene scenes[] = {
        { "held until a day", .number = 19, .noticed = 20, .held_until = 16,
          .left = { 30, 30, 30 }, .standard = 20, .counted = 22, .gets = 19, .target = 20,
          .reason = REASON_HELD_BY_HAND, .ends = 16,
          .why = "is held at 19 by hand: 0 of 22 hosts would fall at 20; by the rules "
                 "again from 2026-08-30" },
        { "held no longer than the margin", .number = 19, .noticed = 20, .held_until = 60,
          .left = { 8, 30, 30 }, .standard = 20, .counted = 22, .gets = 19, .target = 20,
          .reason = REASON_HELD_BY_HAND, .ends = 1, .steps = "alerted 1" },
        { "there", .number = 19, .noticed = 20, .held_until = 60, .left = { 7, 30, 30 },
          .standard = 20, .counted = 22, .gets = 20, .reason = REASON_ENDING,
          .steps = "promoted 20" },
        { "the day has come", .number = 19, .noticed = 20, .held_until = -1,
          .left = { 20, 30, 30 }, .standard = 20, .counted = 22, .gets = 20,
          .reason = REASON_FOLLOWS, .steps = "promoted 20" },
        { "rolled back: waits for a hand", .number = 19, .noticed = 20,
          .rolled_back_from = 20, .left = { 25, 30, 30 }, .standard = 20, .counted = 22,
          .gets = 19, .target = 20, .reason = REASON_ROLLED_BACK, .ends = 18,
          .why = "was rolled back from 20 to 19: promote it, or it moves by itself on "
                 "2026-09-01" },
        { "rolled back: until the margin", .number = 19, .noticed = 20,
          .rolled_back_from = 20, .left = { 7, 30, 30 }, .standard = 20, .counted = 22,
          .gets = 20, .reason = REASON_ENDING, .steps = "promoted 20" },
        { "rolled back from another", .number = 19, .noticed = 20, .rolled_back_from = 21,
          .left = { 25, 30, 30 }, .standard = 20, .counted = 22, .gets = 20,
          .reason = REASON_FOLLOWS, .steps = "promoted 20" },
        { "pinned", .number = 19, .noticed = 20, .pinned = 19, .pinned_until = 15,
          .left = { 25, 30, 30 }, .standard = 20, .counted = 22, .gets = 19, .target = 20,
          .reason = REASON_PINNED, .ends = 15,
          .why = "is pinned to 19 until 2026-08-29" },
        { "pinned to what it follows", .number = 20, .pinned = 20, .pinned_until = 9,
          .left = { 25, 30, 30 }, .standard = 20, .gets = 20, .reason = REASON_PINNED },
        { "pinned for longer than it is signed", .number = 19, .noticed = 20,
          .pinned = 19, .pinned_until = 99, .left = { 7, 30, 30 }, .standard = 20,
          .counted = 22, .gets = 19, .target = 20, .reason = REASON_PINNED, .ends = 7,
          .steps = "alerted 7",
          .why =
              "is pinned to 19 until 2026-11-21, but its signatures end on 2026-08-21; "
              "then 20" },
        { "and past that", .number = 19, .noticed = 20, .pinned = 19, .pinned_until = 99,
          .left = { -1, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7, .gets = 20,
          .reason = REASON_ENDING, .steps = "promoted 20",
          .why = "its pin is lost, for 19 is not held whole; moves from 19 to 20, for "
                 "the signatures of 19 end: 7 of 22 hosts would fall at 20" },
        { "where it stays lost", .number = 20, .pinned = 19, .pinned_until = 99,
          .left = { 5, 30, 30 }, .standard = 20, .gets = 20, .reason = REASON_PIN_LOST,
          .why = "its pin is lost, for 19 is not held whole; has 20, which is "
                 "standard" },
        { "its day has come, and the rules go on", .number = 19, .noticed = 20,
          .pinned = 19, .pinned_until = -1, .left = { 20, 30, 30 }, .standard = 20,
          .counted = 22, .demoted = 7, .gets = 19, .target = 20, .reason = REASON_HELD,
          .ends = 13, .steps = "unpinned 19, alerted 13",
          .why = "its pin to 19 ended on 2026-08-13; holds 19: 7 of 22 hosts would fall "
                 "at 20; moves by itself on 2026-08-27" },
        { "lost under refuse: nothing, and why", .hold_end = HOLD_END_REFUSE,
          .number = 19, .noticed = 20, .pinned = 19, .pinned_until = 99,
          .left = { -1, 30, 30 }, .standard = 20, .counted = 22, .demoted = 7, .gets = 0,
          .target = 20, .reason = REASON_REFUSING },
    };

    (void)state;
    PLAY_ALL(scenes);
}

static void the_file_may_pin_up_and_down(void **state)
{
    static const struct scene scenes[] = {
        { "from the start", .pin = 19, .pin_until = 50, .left = { 25, 30, 30 },
          .standard = 20, .gets = 19, .target = 20, .reason = REASON_PINNED, .ends = 25,
          .steps = "first 19, noticed 20" },
        { "down", .pin = 19, .pin_until = 20, .number = 20, .left = { 25, 30, 30 },
          .standard = 20, .gets = 19, .target = 20, .reason = REASON_PINNED, .ends = 20,
          .steps = "pinned_by_file 19, noticed 20" },
        { "up", .pin = 21, .pin_until = 20, .number = 20, .left = { 25, 30, 30 },
          .standard = 20, .gets = 21, .reason = REASON_PINNED,
          .steps = "pinned_by_file 21" },
        { "not to what is not whole", .pin = 21, .pin_until = 20, .number = 20,
          .left = { 25, 30, 30 }, .standard = 20, .without_b1 = { 21 }, .gets = 20,
          .reason = REASON_PIN_LOST },
        { "an FMSPC that came late does not end it", .pin = 19, .pin_until = 20,
          .number = 19, .noticed = 20, .left = { 25, 30, 30 }, .standard = 20,
          .without_b1 = { 19 }, .gets = 19, .target = 20, .reason = REASON_PINNED,
          .ends = 20 },
        { "one that has lost its TCB info everywhere does not either", .pin = 19,
          .pin_until = 20, .number = 19, .noticed = 20, .left = { 25, 30, 30 },
          .standard = 20, .without_b1 = { 20, 21 }, .ended_b1 = 19, .gets = 19,
          .target = 20, .reason = REASON_PINNED, .ends = 20 },
        { "one that has another at 20 does", .pin = 19, .pin_until = 20, .number = 19,
          .noticed = 20, .left = { 25, 30, 30 }, .standard = 20, .ended_b1 = 19,
          .counted = 22, .demoted = 7, .gets = 20, .reason = REASON_ENDING,
          .steps = "promoted 20" },
        { "its day has passed: says so until it is taken out", .pin = 20, .pin_until = -3,
          .number = 20, .left = { 0, 30, 30 }, .standard = 20, .gets = 20,
          .reason = REASON_PIN_LOST,
          .why = "its pin to 20 ended on 2026-08-11; has 20, which is standard" },
        { "by hand wins", .pin = 20, .pin_until = 50, .number = 19, .noticed = 20,
          .pinned = 19, .pinned_until = 18, .left = { 25, 30, 30 }, .standard = 20,
          .gets = 19, .target = 20, .reason = REASON_PINNED, .ends = 18 },
        { "until its day", .pin = 20, .pin_until = 50, .number = 19, .noticed = 20,
          .pinned = 19, .pinned_until = -1, .left = { 25, 30, 30 }, .standard = 20,
          .gets = 20, .reason = REASON_PINNED,
          .steps = "unpinned 19, pinned_by_file 20" },
        { "as Azure does: years past its dates", .pin = 19, .pin_until = 500,
          .hold_end = HOLD_END_SERVE_EXPIRED, .expired_until = 400, .number = 19,
          .noticed = 20, .left = { -900, 30, 30 }, .standard = 20, .gets = 19,
          .target = 20, .reason = REASON_EXPIRED, .ends = 400, .expired = true },
        { "but it does not begin so", .pin = 19, .pin_until = 500,
          .hold_end = HOLD_END_SERVE_EXPIRED, .expired_until = 400, .number = 20,
          .left = { -900, 30, 30 }, .standard = 20, .gets = 20,
          .reason = REASON_PIN_LOST },
    };

    (void)state;
    PLAY_ALL(scenes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_by_hand_holds),
        cmocka_unit_test(the_file_may_pin_up_and_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
