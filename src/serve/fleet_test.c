/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/fleet.h"

#include <stdio.h>

#include "serve/test_platforms.h"
#include "store/chips.h"

#define TTL_S (30 * TEST_DAY_S)

static struct stock stock;
static struct arena arena;
static struct host_groups groups;

static void look(void)
{
    struct error err = { 0 };

    arena_fini(&arena);
    arena_init(&arena, (size_t)1 << 20);
    assert_ok(fleet_read(stock.directory, STOCK_NOW_S, TTL_S, &arena, &groups, &err),
              err);
}

/* A platform held at this level and seen at it. */
static void bring(const char *qe_id, unsigned svn, bool confirmed,
                  enum platform_bound_by by, int64_t seen_s)
{
    struct platform_change seen = { .has_name = true,
                                    .name = stock_name(qe_id),
                                    .bound_by = by,
                                    .registrar = "rack",
                                    .has_raw_tcb = true,
                                    .raw = tcb_at(svn),
                                    .raw_confirmed = confirmed,
                                    .now_s = seen_s };

    stock_add_platform(&stock, &(struct stock_platform){ .qe_id = qe_id,
                                                         .svns = { 9, 5 },
                                                         .gaps = { 7 },
                                                         .bound_by = by,
                                                         .fetched_s = seen_s });
    stock_keep(&stock, &seen);
}

static struct kds_key chip_at(uint8_t id, uint8_t snp)
{
    struct kds_key key = { .resource = KDS_CERTIFICATE,
                           .vek = VEK_VCEK,
                           .product = SNP_MILAN,
                           .hwid = { { id }, CHIP_ID_LEN },
                           .tcb.spl[SPL_SNP] = snp };

    return key;
}

static void want(uint8_t id, uint8_t snp, enum chip_known_by by, int64_t asked_s)
{
    struct kds_key key = chip_at(id, snp);
    struct error err = { 0 };
    size_t added;

    assert_ok(store_want_chips(stock.store, &key, 1, by, asked_s, &added, &err), err);
}

static const struct host_group *group_standing(enum host_standing standing)
{
    for (size_t i = 0; i < groups.count; i++)
        if (groups.groups[i].standing == standing)
            return &groups.groups[i];
    fail_msg("no group %s", host_standing_name(standing));
    return NULL;
}

static const struct chip_group *chips_standing(enum host_standing standing)
{
    for (size_t i = 0; i < groups.chip_count; i++)
        if (groups.chips[i].standing == standing)
            return &groups.chips[i];
    fail_msg("no chips %s", host_standing_name(standing));
    return NULL;
}

/* ---- standing -----------------------------------------------------------------------
 */

static void whose_voice_counts_is_told_from_the_others(void **state)
{
    static const struct {
        const char *claim;
        enum platform_bound_by by;
        bool confirmed;
        int64_t seen_s;
        enum host_standing standing;
    } cases[] = {
        { "by token", BOUND_BY_TOKEN, true, STOCK_NOW_S, HOST_COUNTS },
        { "by import", BOUND_BY_IMPORT, true, STOCK_NOW_S, HOST_COUNTS },
        { "by the operator, for as long as may be", BOUND_BY_OPERATOR, true,
          STOCK_NOW_S - TTL_S, HOST_COUNTS },
        { "a second longer", BOUND_BY_OPERATOR, true, STOCK_NOW_S - TTL_S - 1,
          HOST_LONG_UNSEEN },
        { "by a raw TCB that nobody registered", BOUND_BY_TOKEN, false, STOCK_NOW_S,
          HOST_UNCONFIRMED },
        { "by asking alone", BOUND_BY_ASKING, false, STOCK_NOW_S, HOST_UNCONFIRMED },
        { "nor does that grow old", BOUND_BY_ASKING, true, STOCK_NOW_S - TTL_S - 1,
          HOST_UNCONFIRMED },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        stock_open(&stock);
        bring("ab", 8, cases[i].confirmed, cases[i].by, cases[i].seen_s);
        look();
        if (groups.count != 1 || groups.groups[0].standing != cases[i].standing)
            fail_msg("%s: %zu, %s", cases[i].claim, groups.count,
                     host_standing_name(groups.groups[0].standing));
        stock_close(&stock);
    }
}

static void a_group_says_what_its_hosts_are(void **state)
{
    (void)state;
    struct platform_name name = stock_name("cd");
    uint8_t tee_tcb_svn[16] = { 3, 0, 7 };
    struct error err = { 0 };

    stock_open(&stock);
    bring("ab", 8, true, BOUND_BY_TOKEN, STOCK_NOW_S);
    bring("cd", 8, true, BOUND_BY_OPERATOR, STOCK_NOW_S);
    look();
    assert_int_equal(groups.count, 1);
    const struct host_group *group = &groups.groups[0];
    assert_int_equal(group->hosts, 2);
    assert_memory_equal(group->fmspc, stock_fmspc, sizeof stock_fmspc);
    assert_int_equal(group->raw.cpusvn[0], 8);
    assert_int_equal(group->raw.pcesvn, 12);
    assert_int_equal(group->pck_count, 2); /* without the gap */
    assert_int_equal(group->tcbms[0][0], 9);
    assert_int_equal(group->tcbms[1][0], 5);
    assert_true(group->example > 0 && !group->has_tdx);
    assert_int_equal(groups.chip_count + groups.left_out, 0);

    assert_ok(store_keep_tdx_svn(stock.store, &name, tee_tcb_svn, STOCK_NOW_S, &err),
              err);
    look();
    assert_int_equal(groups.count, 2);
    size_t other = groups.groups[0].has_tdx ? 0 : 1;
    assert_true(groups.groups[other].has_tdx && !groups.groups[1 - other].has_tdx);
    assert_memory_equal(groups.groups[other].tee_tcb_svn, tee_tcb_svn, 16);
    assert_ptr_equal(groups.groups[0].tcbms, groups.groups[1].tcbms); /* shared */
    stock_close(&stock);
}

static void chips_stand_likewise(void **state)
{
    (void)state;
    stock_open(&stock);
    want(1, 8, CHIP_BY_TOKEN, STOCK_NOW_S);
    want(2, 8, CHIP_BY_IMPORT, STOCK_NOW_S - TTL_S);
    want(3, 8, CHIP_BY_OPERATOR, STOCK_NOW_S - TTL_S - 1);
    want(4, 8, CHIP_BY_ASKING, STOCK_NOW_S);
    want(5, 8, CHIP_BY_ASKING, STOCK_NOW_S - TTL_S - 1);
    look();
    assert_int_equal(groups.chip_count, 3);
    assert_int_equal(chips_standing(HOST_COUNTS)->hosts, 2);
    assert_int_equal(chips_standing(HOST_LONG_UNSEEN)->hosts, 1);
    assert_int_equal(chips_standing(HOST_UNCONFIRMED)->hosts, 2);
    assert_int_equal(chips_standing(HOST_COUNTS)->product, SNP_MILAN);
    assert_int_equal(chips_standing(HOST_COUNTS)->tcb.spl[SPL_SNP], 8);
    assert_true(chips_standing(HOST_COUNTS)->example > 0);
    stock_close(&stock);
}

/* ---- members ------------------------------------------------------------------------
 */

struct told {
    char names[256]; /* each with a blank behind it */
};

static void note(void *told_, const struct host_row *row)
{
    struct told *told = told_;
    size_t len = strlen(told->names);

    if (row->hwid.len > 0)
        snprintf(told->names + len, sizeof told->names - len, "%u ", row->hwid.at[0]);
    else
        snprintf(told->names + len, sizeof told->names - len, "%s/%s ", row->name.qe_id,
                 row->registrar);
}

static struct told members_of(const struct host_group *group, size_t max)
{
    struct told told = { "" };
    struct error err = { 0 };

    assert_ok(
        fleet_members(stock.directory, STOCK_NOW_S, TTL_S, group, max, note, &told, &err),
        err);
    return told;
}

static struct told chips_of(const struct chip_group *group, size_t max)
{
    struct told told = { "" };
    struct error err = { 0 };

    assert_ok(fleet_chip_members(stock.directory, STOCK_NOW_S, TTL_S, group, max, note,
                                 &told, &err),
              err);
    return told;
}

static void each_host_is_a_member_of_its_group(void **state)
{
    (void)state;
    stock_open(&stock);
    bring("aa", 8, true, BOUND_BY_TOKEN, STOCK_NOW_S - 2);
    bring("ab", 8, true, BOUND_BY_OPERATOR, STOCK_NOW_S - 1);
    bring("ac", 8, true, BOUND_BY_TOKEN, STOCK_NOW_S - TTL_S - 1);
    bring("ad", 8, false, BOUND_BY_TOKEN, STOCK_NOW_S - TTL_S - 1);
    bring("ae", 8, false, BOUND_BY_TOKEN, STOCK_NOW_S);
    look();
    assert_int_equal(groups.count, 3);
    const struct host_group *counts = group_standing(HOST_COUNTS);
    assert_string_equal(members_of(counts, 9).names, "ab/rack aa/rack ");
    assert_string_equal(members_of(counts, 1).names, "ab/rack ");
    assert_string_equal(members_of(group_standing(HOST_LONG_UNSEEN), 9).names,
                        "ac/rack ");
    assert_string_equal(members_of(group_standing(HOST_UNCONFIRMED), 9).names,
                        "ae/rack ad/rack ");
    stock_close(&stock);
}

static void each_chip_is_a_member_of_its_group(void **state)
{
    (void)state;
    stock_open(&stock);
    want(1, 8, CHIP_BY_TOKEN, STOCK_NOW_S - 1);
    want(2, 8, CHIP_BY_IMPORT, STOCK_NOW_S);
    want(3, 8, CHIP_BY_OPERATOR, STOCK_NOW_S - TTL_S - 1);
    want(4, 8, CHIP_BY_ASKING, STOCK_NOW_S - TTL_S - 1);
    want(5, 8, CHIP_BY_ASKING, STOCK_NOW_S);
    look();
    assert_string_equal(chips_of(chips_standing(HOST_COUNTS), 9).names, "2 1 ");
    assert_string_equal(chips_of(chips_standing(HOST_COUNTS), 1).names, "2 ");
    assert_string_equal(chips_of(chips_standing(HOST_LONG_UNSEEN), 9).names, "3 ");
    assert_string_equal(chips_of(chips_standing(HOST_UNCONFIRMED), 9).names, "5 4 ");
    stock_close(&stock);
}

static void what_cannot_be_read_is_said_to_be_so(void **state)
{
    (void)state;
    struct host_groups none;
    struct error err = { 0 };
    bool well = false;
    size_t room = 0;

    assert_false(fleet_read("/nowhere", STOCK_NOW_S, TTL_S, &arena, &none, &err));
    assert_refused(err, ERROR_SYSTEM, "known hosts: reading the store in /nowhere");
    assert_int_equal(none.count, 0);
    stock_open(&stock);
    bring("ab", 8, true, BOUND_BY_TOKEN, STOCK_NOW_S);
    for (; !well; room += 40) {
        arena_fini(&arena);
        arena_init(&arena, room);
        well = fleet_read(stock.directory, STOCK_NOW_S, TTL_S, &arena, &none, &err);
        if (!well)
            assert_refused(err, ERROR_LIMIT, "not fit into what was lent");
    }
    assert_true(room > sizeof *none.groups);
    stock_close(&stock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_voice_counts_is_told_from_the_others),
        cmocka_unit_test(a_group_says_what_its_hosts_are),
        cmocka_unit_test(chips_stand_likewise),
        cmocka_unit_test(each_host_is_a_member_of_its_group),
        cmocka_unit_test(each_chip_is_a_member_of_its_group),
        cmocka_unit_test(what_cannot_be_read_is_said_to_be_so),
    };

    arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_fini(&arena);
    return failed;
}
