/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/decide.h"

#include "baseline/test_sets.h"

static const int64_t now_s = 1786665600; /* 2026-08-14 */

/* 18 has ended, 19 and 20 are whole, 21 has no identity; 22 is held by name only for
 * one of two FMSPCs. */
static void put_sets(struct pile *pile)
{
    for (uint32_t number = 18; number <= 22; number++) {
        int64_t until_s = number == 18 ? now_s - 1 : now_s + 9 * DAY_S;
        pile_tcb_info(pile, TEE_SGX, 0xb0, number, now_s - 30 * DAY_S, until_s);
        if (number != 22)
            pile_tcb_info(pile, TEE_SGX, 0xb1, number, now_s - 30 * DAY_S, until_s);
        if (number != 21)
            pile_identity(pile, TEE_SGX, number, now_s - 30 * DAY_S, until_s);
    }
}

struct trial {
    const char *name;
    struct baseline_order order; /* until_s: days from now */
    struct baseline_state state;
    uint32_t previous, floor;
    struct baseline_step step; /* of one that is taken; until_s: days from now */
    enum error_kind refused;
    const char *part;
};

static void put_to_trial(const struct trial *trial, const struct sets *sets)
{
    struct baseline_order order = trial->order;
    struct error err = { 0 };
    struct baseline_step step;

    if (order.until_s != 0)
        order.until_s = now_s + order.until_s * DAY_S;
    bool taken = baseline_order_check(&order, &trial->state, trial->previous,
                                      trial->floor, TEE_SGX, sets, now_s, &step, &err);
    if (taken != (trial->part == NULL)
        || (!taken
            && (err.kind != trial->refused || strstr(err.text, trial->part) == NULL)))
        fail_msg("%s: %s \"%s\"", trial->name, error_kind_name(err.kind), err.text);
    int64_t until_s = trial->step.until_s;
    if (until_s != 0 && until_s != HELD_TO_THE_END)
        until_s = now_s + until_s * DAY_S;
    if (taken
        && (step.kind != order.kind || step.from != trial->state.number
            || step.to != trial->step.to || step.at_s != now_s || step.until_s != until_s
            || step.days_left != 0))
        fail_msg("%s: to %u, until %lld", trial->name, step.to, (long long)step.until_s);
}

static const struct trial trials[] = {
    { "a promotion", .order = { STEP_PROMOTED, 20, 0 }, .state = { .number = 19 },
      .step = { .to = 20 } },
    { "a promotion of who has nothing", .order = { STEP_PROMOTED, 19, 0 },
      .step = { .to = 19 } },
    { "a promotion while it is held by hand: a hand did both",
      .order = { STEP_PROMOTED, 20, 0 },
      .state = { .number = 19, .held_until_s = HELD_TO_THE_END }, .step = { .to = 20 } },
    { "a promotion to where it is", .order = { STEP_PROMOTED, 20, 0 },
      .state = { .number = 20 }, .refused = ERROR_FORMAT,
      .part = "20 is no promotion from 20: a lower number needs a rollback" },
    { "a promotion downwards", .order = { STEP_PROMOTED, 19, 0 },
      .state = { .number = 20 }, .refused = ERROR_FORMAT, .part = "needs a rollback" },
    { "a promotion to what has no identity", .order = { STEP_PROMOTED, 21, 0 },
      .state = { .number = 20 }, .refused = ERROR_NOT_FOUND,
      .part = "21 is not held whole: 2 of 2 TCB infos, and no identity" },
    { "a promotion to half of it", .order = { STEP_PROMOTED, 22, 0 },
      .state = { .number = 20 }, .refused = ERROR_NOT_FOUND,
      .part = "22 is not held whole: 1 of 2 TCB infos, and the identity" },
    { "a promotion to what nobody holds", .order = { STEP_PROMOTED, 23, 0 },
      .state = { .number = 20 }, .refused = ERROR_NOT_FOUND,
      .part = "nothing of 23 is held for sgx" },
    { "a promotion from under a pin", .order = { STEP_PROMOTED, 20, 0 },
      .state = { .number = 19, .pinned = 19, .pinned_until_s = 1786752000 },
      .refused = ERROR_FORMAT,
      .part = "it is pinned to 19 until 2026-08-15T00:00:00Z: unpin it first" },
    { "a rollback to the one before", .order = { STEP_ROLLED_BACK, 0, 0 },
      .state = { .number = 20 }, .previous = 19, .step = { .to = 19 } },
    { "a rollback to a number", .order = { STEP_ROLLED_BACK, 19, 0 },
      .state = { .number = 20 }, .step = { .to = 19 } },
    { "a rollback at the floor", .order = { STEP_ROLLED_BACK, 19, 0 },
      .state = { .number = 20 }, .floor = 19, .step = { .to = 19 } },
    { "a rollback below the floor", .order = { STEP_ROLLED_BACK, 19, 0 },
      .state = { .number = 20 }, .floor = 20, .refused = ERROR_FORMAT,
      .part = "19 is below the floor, which is 20" },
    { "a rollback of who has had no other", .order = { STEP_ROLLED_BACK, 0, 0 },
      .state = { .number = 20 }, .refused = ERROR_NOT_FOUND,
      .part = "it has had no number before 20" },
    { "a rollback upwards, for the one before was higher",
      .order = { STEP_ROLLED_BACK, 0, 0 }, .state = { .number = 19 }, .previous = 20,
      .refused = ERROR_FORMAT,
      .part = "20 is no rollback from 19: a higher number needs a promotion" },
    { "a rollback to what has ended", .order = { STEP_ROLLED_BACK, 18, 0 },
      .state = { .number = 20 }, .refused = ERROR_STALE,
      .part = "18 is in date no more: the dates of 3 of its documents have passed" },
    { "a rollback from under a pin", .order = { STEP_ROLLED_BACK, 19, 0 },
      .state = { .number = 20, .pinned = 20 }, .refused = ERROR_FORMAT,
      .part = "unpin it first" },
    { "a pin, downwards even", .order = { STEP_PINNED, 19, 50 },
      .state = { .number = 20 }, .step = { .to = 19, .until_s = 50 } },
    { "another day for a pin", .order = { STEP_PINNED, 20, 50 },
      .state = { .number = 20, .pinned = 20, .pinned_until_s = 1786752000 },
      .step = { .to = 20, .until_s = 50 } },
    { "a pin without a day", .order = { STEP_PINNED, 20, 0 }, .state = { .number = 20 },
      .refused = ERROR_FORMAT, .part = "a pin needs a day on which it ends" },
    { "a pin until yesterday", .order = { STEP_PINNED, 20, -1 },
      .state = { .number = 20 }, .refused = ERROR_FORMAT,
      .part = "a pin until 2026-08-13T00:00:00Z has passed already" },
    { "a pin to what has ended", .order = { STEP_PINNED, 18, 50 },
      .state = { .number = 20 }, .refused = ERROR_STALE,
      .part = "18 is in date no more" },
    { "a pin below the floor", .order = { STEP_PINNED, 19, 50 },
      .state = { .number = 20 }, .floor = 20, .refused = ERROR_FORMAT,
      .part = "below the floor" },
    { "a hold until a day", .order = { STEP_HELD, 0, 20 }, .state = { .number = 20 },
      .step = { .to = 20, .until_s = 20 } },
    { "a hold to the end", .order = { STEP_HELD, 0, 0 }, .state = { .number = 20 },
      .step = { .to = 20, .until_s = HELD_TO_THE_END } },
    { "a hold until yesterday", .order = { STEP_HELD, 0, -1 }, .state = { .number = 20 },
      .refused = ERROR_FORMAT,
      .part = "a hold until 2026-08-13T00:00:00Z has passed already" },
    { "a hold on nothing", .order = { STEP_HELD, 0, 20 }, .refused = ERROR_FORMAT,
      .part = "it has no number yet that it could hold" },
    { "a release of a hold", .order = { STEP_RELEASED, 0, 0 },
      .state = { .number = 20, .held_until_s = 1786752000 }, .step = { .to = 20 } },
    { "a release of a rollback", .order = { STEP_RELEASED, 0, 0 },
      .state = { .number = 19, .rolled_back_from = 20 }, .step = { .to = 19 } },
    { "a release of nothing", .order = { STEP_RELEASED, 0, 0 }, .state = { .number = 20 },
      .refused = ERROR_FORMAT, .part = "it is not held by hand" },
    { "an unpinning", .order = { STEP_UNPINNED, 0, 0 },
      .state = { .number = 20, .pinned = 20 }, .step = { .to = 20 } },
    { "an unpinning of nothing", .order = { STEP_UNPINNED, 0, 0 },
      .state = { .number = 20 }, .refused = ERROR_FORMAT,
      .part = "it is not pinned by hand" },
    { "what only the rules do", .order = { STEP_FELL, 19, 0 }, .state = { .number = 20 },
      .refused = ERROR_FORMAT, .part = "\"fell\" is no order" },
    { "the file's own word", .order = { STEP_PINNED_BY_FILE, 19, 50 },
      .state = { .number = 20 }, .refused = ERROR_FORMAT,
      .part = "\"pinned_by_file\" is no order" },
};

static void orders_are_taken_or_refused_for_a_reason(void **state)
{
    struct pile *pile = test_calloc(1, sizeof *pile);
    struct arena arena;
    struct sets sets;

    (void)state;
    arena_init(&arena, (size_t)1 << 20);
    put_sets(pile);
    pile_sets(pile, now_s, &arena, &sets);
    for (size_t i = 0; i < COUNT_OF(trials); i++)
        put_to_trial(&trials[i], &sets);
    arena_fini(&arena);
    test_free(pile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_taken_or_refused_for_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
