/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/diff.h"

#include <stdio.h>
#include <stdlib.h>

#include "baseline/test_sets.h"

#define LEVELS 3

enum { BEFORE = 17, AFTER = 18, FMSPC = 0xb0 };

static const uint8_t fmspc[6] = { FMSPC };

struct level { /* svn 0: there is no such level */
    uint8_t svn;
    enum tcb_status status;
    const char *date; /* its year's last digit */
    const char *advisories[2];
};

struct world {
    struct pile pile;
    struct tcb_info infos[2];
    struct tcb_level levels[2][LEVELS];
    struct enclave_tcb_level qe_levels[2][LEVELS], module_levels[2][LEVELS];
    struct tdx_module modules[2];
    struct qe_identity identities[2];
    struct bytes names[2][3 * LEVELS][2];
    struct arena arena;
};

static size_t put_names(struct bytes out[2], const char *const from[2])
{
    size_t count = 0;

    while (count < 2 && from[count] != NULL) {
        out[count] = bytes_of_text(from[count]);
        count++;
    }
    return count;
}

static void put_levels(struct world *world, unsigned side,
                       const struct level levels[LEVELS])
{
    struct tcb_info *info = &world->infos[side];

    info->levels = world->levels[side];
    for (size_t i = 0; i < LEVELS && levels[i].svn != 0; i++) {
        struct tcb_level *level = &world->levels[side][info->level_count++];
        level->sgx[0].svn = levels[i].svn;
        level->status = levels[i].status;
        level->tcb_date_s = levels[i].date == NULL ? 0 : levels[i].date[0];
        level->advisories = world->names[side][i];
        level->advisory_count = put_names(world->names[side][i], levels[i].advisories);
    }
}

static size_t put_enclave(struct world *world, unsigned side, size_t room,
                          struct enclave_tcb_level out[LEVELS],
                          const struct level levels[LEVELS])
{
    size_t count = 0;

    for (; count < LEVELS && levels[count].svn != 0; count++) {
        struct bytes *names = world->names[side][room + count];
        out[count] = (struct enclave_tcb_level){
            .isvsvn = levels[count].svn,
            .status = levels[count].status,
            .advisories = names,
            .advisory_count = put_names(names, levels[count].advisories),
        };
    }
    return count;
}

struct side { /* one number, as a test describes it; each list highest first */
    struct level levels[LEVELS], qe[LEVELS], module[LEVELS];
    bool no_identity;
};

static void put_side(struct world *world, unsigned side, uint32_t number,
                     const struct side *from)
{
    struct tcb_info *info = &world->infos[side];
    struct qe_identity *identity = &world->identities[side];

    put_levels(world, side, from->levels);
    world->modules[side] = (struct tdx_module){
        .version = 3,
        .levels = world->module_levels[side],
        .level_count =
            put_enclave(world, side, LEVELS, world->module_levels[side], from->module),
    };
    info->module_identities = &world->modules[side];
    info->module_identity_count = 1;
    pile_tcb_info(&world->pile, TEE_TDX, FMSPC, number, 0, DAY_S)->tcb_info = info;
    identity->levels = world->qe_levels[side];
    identity->level_count =
        put_enclave(world, side, 2 * LEVELS, world->qe_levels[side], from->qe);
    if (!from->no_identity)
        pile_identity(&world->pile, TEE_TDX, number, 0, DAY_S)->identity = identity;
}

/* To be given back with world_free. */
static struct world *compared(const struct side *before, const struct side *after,
                              struct set_diff *out)
{
    struct world *world = calloc(1, sizeof *world);
    struct sets sets;
    struct error err = { 0 };

    assert_non_null(world);
    arena_init(&world->arena, 1 << 20);
    put_side(world, 0, BEFORE, before);
    put_side(world, 1, AFTER, after);
    pile_sets(&world->pile, 0, &world->arena, &sets);
    assert_ok(
        set_diff_make(&sets, TEE_TDX, fmspc, BEFORE, AFTER, &world->arena, out, &err),
        err);
    return world;
}

static void world_free(struct world *world)
{
    arena_fini(&world->arena);
    free(world);
}

/* "+00657 -00615" */
static const char *words(const struct diff_advisories *advisories, char room[128])
{
    size_t len = 0;

    room[0] = 0;
    for (size_t i = 0; i < advisories->gained_count + advisories->cleared_count; i++) {
        bool gained = i < advisories->gained_count;
        struct bytes name = gained ? advisories->gained[i]
                                   : advisories->cleared[i - advisories->gained_count];
        len += (size_t)snprintf(room + len, 128 - len, "%s%c%.*s", i == 0 ? "" : " ",
                                gained ? '+' : '-', (int)name.len - 9, name.at + 9);
    }
    return room;
}

#define A "INTEL-SA-00615"
#define B "INTEL-SA-00657"
#define C "INTEL-SA-00767"

static void levels_are_the_same_by_what_they_ask_for(void **state)
{
    static const struct {
        const char *name;
        struct level before[LEVELS], after[LEVELS];
        struct {
            enum diff_change change;
            uint8_t svn;
            const char *advisories;
        } expected[LEVELS + 1];
    } cases[] = {
        { .name = "nothing has changed",
          .before = { { 9, TCB_UP_TO_DATE, "5", { 0 } } },
          .after = { { 9, TCB_UP_TO_DATE, "5", { 0 } } } },
        { .name = "a level on top, and the best one falls",
          .before = { { 9, TCB_UP_TO_DATE, "5", { 0 } } },
          .after = { { 11, TCB_UP_TO_DATE, "6", { 0 } },
                     { 9, TCB_OUT_OF_DATE, "5", { A, B } } },
          .expected = { { DIFF_ADDED, 11, "" }, { DIFF_CHANGED, 9, "+00615 +00657" } } },
        { .name = "one in the middle is gone, with what it named",
          .before = { { 9, TCB_UP_TO_DATE, "5", { 0 } },
                      { 7, TCB_OUT_OF_DATE, "4", { A } },
                      { 5, TCB_OUT_OF_DATE, "3", { A, B } } },
          .after = { { 9, TCB_UP_TO_DATE, "5", { 0 } },
                     { 5, TCB_OUT_OF_DATE, "3", { A, B } } },
          .expected = { { DIFF_REMOVED, 7, "-00615" } } },
        { .name = "the status alone",
          .before = { { 9, TCB_UP_TO_DATE, "5", { 0 } } },
          .after = { { 9, TCB_SW_HARDENING_NEEDED, "5", { 0 } } },
          .expected = { { DIFF_CHANGED, 9, "" } } },
        { .name = "the date alone",
          .before = { { 9, TCB_UP_TO_DATE, "5", { 0 } } },
          .after = { { 9, TCB_UP_TO_DATE, "6", { 0 } } },
          .expected = { { DIFF_CHANGED, 9, "" } } },
        { .name = "advisories alone, one for another",
          .before = { { 9, TCB_OUT_OF_DATE, "5", { A, B } } },
          .after = { { 9, TCB_OUT_OF_DATE, "5", { B, C } } },
          .expected = { { DIFF_CHANGED, 9, "+00767 -00615" } } },
        { .name = "the order in which advisories stand is nothing",
          .before = { { 9, TCB_OUT_OF_DATE, "5", { A, B } } },
          .after = { { 9, TCB_OUT_OF_DATE, "5", { B, A } } } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct side before = { 0 }, after = { 0 };
        struct set_diff diff;
        char room[128];
        size_t count = 0;
        memcpy(before.levels, cases[i].before, sizeof before.levels);
        memcpy(after.levels, cases[i].after, sizeof after.levels);
        struct world *world = compared(&before, &after, &diff);
        while (cases[i].expected[count].change != 0)
            count++;
        if (diff.level_count != count)
            fail_msg("%s: %zu levels differ", cases[i].name, diff.level_count);
        for (size_t k = 0; k < count; k++) {
            const struct level_diff *level = &diff.levels[k];
            const struct tcb_level *there =
                level->after != NULL ? level->after : level->before;
            if (level->change != cases[i].expected[k].change
                || (level->before == NULL) != (level->change == DIFF_ADDED)
                || (level->after == NULL) != (level->change == DIFF_REMOVED)
                || there->sgx[0].svn != cases[i].expected[k].svn
                || strcmp(words(&level->advisories, room),
                          cases[i].expected[k].advisories)
                       != 0)
                fail_msg("%s: level %zu is %s, svn %u, %s", cases[i].name, k,
                         diff_change_name(level->change), there->sgx[0].svn, room);
        }
        assert_int_equal(diff.enclave_count, 0);
        world_free(world);
    }
}

static void enclaves_are_compared_by_their_isvsvn(void **state)
{
    static const struct side before = {
        .levels = { { 9, TCB_UP_TO_DATE, "5", { 0 } } },
        .qe = { { 4, TCB_UP_TO_DATE, "5", { 0 } } },
        .module = { { 3, TCB_UP_TO_DATE, "5", { 0 } } },
    };
    static const struct side after = {
        .levels = { { 9, TCB_UP_TO_DATE, "5", { 0 } } },
        .qe = { { 6, TCB_UP_TO_DATE, "6", { 0 } }, { 4, TCB_OUT_OF_DATE, "5", { A } } },
        .module = { { 5, TCB_UP_TO_DATE, "6", { 0 } } },
    };
    struct set_diff diff;
    char room[128];

    (void)state;
    struct world *world = compared(&before, &after, &diff);
    assert_int_equal(diff.level_count, 0);
    assert_int_equal(diff.enclave_count, 4);
    const struct enclave_diff *each = diff.enclaves;
    assert_int_equal(each[0].enclave, DIFF_QE);
    assert_int_equal(each[0].change, DIFF_ADDED);
    assert_int_equal(each[0].after->isvsvn, 6);
    assert_int_equal(each[1].change, DIFF_CHANGED);
    assert_string_equal(words(&each[1].advisories, room), "+00615");
    assert_int_equal(each[2].enclave, DIFF_TDX_MODULE);
    assert_int_equal(each[2].module, 3);
    assert_int_equal(each[2].change, DIFF_ADDED);
    assert_int_equal(each[3].change, DIFF_REMOVED);
    assert_int_equal(each[3].before->isvsvn, 3);
    world_free(world);
}

static void a_number_whose_identity_is_not_held_says_nothing_of_the_qe(void **state)
{
    struct side before = { .levels = { { 9, TCB_UP_TO_DATE, "5", { 0 } } },
                           .qe = { { 4, TCB_UP_TO_DATE, "5", { 0 } } } };
    struct side after = before;
    struct set_diff diff;

    (void)state;
    after.qe[0].svn = 6;
    after.no_identity = true;
    struct world *world = compared(&before, &after, &diff);
    assert_false(diff.has_identities);
    assert_int_equal(diff.enclave_count, 0);
    world_free(world);
}

static void advisories_are_summed_up_over_all_that_a_number_says(void **state)
{
    static const struct side before = {
        .levels = { { 9, TCB_UP_TO_DATE, "5", { 0 } },
                    { 7, TCB_OUT_OF_DATE, "4", { A } } },
        .qe = { { 4, TCB_OUT_OF_DATE, "5", { B } } },
    };
    static const struct side after = {
        .levels = { { 9, TCB_OUT_OF_DATE, "5", { A } },
                    { 7, TCB_OUT_OF_DATE, "4", { A, C } } },
        .qe = { { 4, TCB_UP_TO_DATE, "5", { 0 } } },
        .module = { { 3, TCB_OUT_OF_DATE, "5", { C } } },
    };
    struct set_diff diff;
    char room[128];

    (void)state;
    struct world *world = compared(&before, &after, &diff);
    assert_string_equal(words(&diff.advisories, room), "+00767 -00657");
    world_free(world);
}

static void what_is_not_held_cannot_be_compared(void **state)
{
    static const struct side side = { .levels = { { 9, TCB_UP_TO_DATE, "5", { 0 } } } };
    static const struct {
        uint32_t before, after;
        uint8_t fmspc;
        const char *names;
    } cases[] = {
        { BEFORE, 19, FMSPC, "number 19" },
        { 16, AFTER, FMSPC, "number 16" },
        { BEFORE, AFTER, 0xb1, "FMSPC b10000000000" },
    };
    struct set_diff diff;
    struct sets sets;

    (void)state;
    struct world *world = compared(&side, &side, &diff);
    pile_sets(&world->pile, 0, &world->arena, &sets);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        assert_false(set_diff_make(&sets, TEE_TDX, (uint8_t[6]){ cases[i].fmspc },
                                   cases[i].before, cases[i].after, &world->arena, &diff,
                                   &err));
        assert_refused(err, ERROR_NOT_FOUND, cases[i].names);
    }
    struct error err = { 0 };
    assert_false(
        set_diff_make(&sets, TEE_SGX, fmspc, BEFORE, AFTER, &world->arena, &diff, &err));
    assert_refused(err, ERROR_NOT_FOUND, "TEE sgx");
    struct arena small;
    arena_init(&small, 64);
    assert_false(
        set_diff_make(&sets, TEE_TDX, fmspc, BEFORE, AFTER, &small, &diff, &err));
    assert_refused(err, ERROR_LIMIT, "no room");
    arena_fini(&small);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_the_same_by_what_they_ask_for),
        cmocka_unit_test(enclaves_are_compared_by_their_isvsvn),
        cmocka_unit_test(a_number_whose_identity_is_not_held_says_nothing_of_the_qe),
        cmocka_unit_test(advisories_are_summed_up_over_all_that_a_number_says),
        cmocka_unit_test(what_is_not_held_cannot_be_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
