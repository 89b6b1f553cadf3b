/* SPDX-License-Identifier: Apache-2.0 */
#include "store/host_reader.h"

#include <unistd.h>

#include "store/test_chips.h"

#define RECENT_S (YARD_NOW_S - 10)

static struct yard yard;
static struct arena arena;
static struct host_tallies tallies;

/* That of each chip's rows one stands, and says how, whatever was done to them. */
static void check_kept(void)
{
    static const char *const claims[] = {
        "SELECT count(*) FROM (SELECT 1 FROM chip GROUP BY hwid, product HAVING "
        "sum(stands "
        "> 0) != (length(hwid) > 0))",
        "SELECT count(*) FROM chip WHERE stands > 0 AND stands != 1 + (known_by > 1)",
    };

    for (size_t i = 0; i < COUNT_OF(claims); i++)
        if (bench_count(&yard.bench, claims[i]) != 0)
            fail_msg("%s", claims[i]);
}

static void look(void)
{
    struct error err = { 0 };

    check_kept();
    arena_fini(&arena);
    arena_init(&arena, (size_t)1 << 22);
    assert_ok(host_tallies_read(yard.bench.directory, RECENT_S, &arena, &tallies, &err),
              err);
}

static void want(uint8_t chip, uint8_t snp, enum chip_known_by by, int64_t now_s)
{
    (void)yard_want(&yard, yard_key(chip, snp), by, now_s);
}

static void ask_for(uint8_t chip, uint8_t snp, int64_t now_s)
{
    struct kds_key key = yard_key(chip, snp);
    struct error err = { 0 };

    assert_ok(store_chips_asked(yard.bench.store, &key, 1, now_s, &err), err);
}

/* The SPL of the SNP firmware at which the only chip is. */
static uint8_t where_it_is(void)
{
    look();
    assert_int_equal(tallies.chip_count, 1);
    assert_int_equal(tallies.chips[0].chips, 1);
    return tallies.chips[0].tcb.spl[SPL_SNP];
}

/* ---- tallies ------------------------------------------------------------------------
 */

static void chips_alike_are_one_tally(void **state)
{
    (void)state;
    yard_begin(&yard);
    look();
    assert_int_equal(tallies.chip_count, 0);
    want(1, 8, CHIP_BY_OPERATOR, YARD_NOW_S);
    want(2, 8, CHIP_BY_TOKEN, YARD_NOW_S);
    want(3, 8, CHIP_BY_IMPORT, YARD_NOW_S);
    want(4, 8, CHIP_BY_ASKING, YARD_NOW_S);     /* nobody registered it */
    want(5, 9, CHIP_BY_OPERATOR, YARD_NOW_S);   /* another TCB */
    want(6, 8, CHIP_BY_OPERATOR, RECENT_S - 1); /* long unseen */
    want(7, 9, CHIP_BY_OPERATOR, RECENT_S);     /* not so */
    look();
    assert_int_equal(tallies.chip_count, 4);
    const struct chip_tally *most = &tallies.chips[0];
    assert_int_equal(most->chips, 3);
    assert_int_equal(most->product, SNP_MILAN);
    const struct kds_key key = yard_key(1, 8);
    assert_true(tcb_version_equal(&most->tcb, &key.tcb));
    assert_true(most->registered && most->is_recent);
    assert_int_equal(most->example, yard_find(&yard, yard_key(3, 8)).row);
    assert_int_equal(tallies.chips[1].chips, 2);
    assert_int_equal(tallies.chips[1].tcb.spl[SPL_SNP], 9);
    assert_false(tallies.chips[2].registered && tallies.chips[3].registered);
    assert_false(tallies.chips[2].is_recent && tallies.chips[3].is_recent);
    assert_int_equal(tallies.left_out + tallies.platform_count, 0);
    yard_end(&yard);
}

static void a_vlek_is_no_chips(void **state)
{
    (void)state;
    struct kds_key vlek = yard_key(0, 8);

    vlek.vek = VEK_VLEK;
    vlek.hwid = (struct snp_hwid){ .len = 0 };
    yard_begin(&yard);
    (void)yard_want(&yard, vlek, CHIP_BY_OPERATOR, YARD_NOW_S);
    want(1, 9, CHIP_BY_OPERATOR, YARD_NOW_S);
    assert_int_equal(where_it_is(), 9);
    yard_end(&yard);
}

static void a_chip_of_several_tcbs_is_at_one(void **state)
{
    (void)state;
    yard_begin(&yard);
    want(1, 8, CHIP_BY_ASKING, YARD_NOW_S);
    ask_for(1, 8, YARD_NOW_S + 1);
    want(1, 9, CHIP_BY_ASKING, YARD_NOW_S + 2);
    ask_for(1, 9, YARD_NOW_S + 3);
    assert_int_equal(where_it_is(), 9); /* the one it was asked for with last */
    ask_for(1, 8, YARD_NOW_S + 4);
    assert_int_equal(where_it_is(), 8);
    want(1, 7, CHIP_BY_OPERATOR, YARD_NOW_S + 4);
    assert_int_equal(where_it_is(), 7); /* one that somebody registered goes before */
    ask_for(1, 7, YARD_NOW_S + 5);
    ask_for(1, 9, YARD_NOW_S + 6);
    assert_int_equal(where_it_is(), 7);
    want(1, 20, CHIP_BY_OPERATOR, YARD_NOW_S + 7); /* listed ahead of the firmware */
    assert_int_equal(where_it_is(), 7);
    ask_for(1, 20, YARD_NOW_S + 8); /* which has come */
    assert_int_equal(where_it_is(), 20);
    struct kds_key forgotten = yard_key(1, 20);
    struct error err = { 0 };
    bool found;
    assert_ok(store_forget_chip(yard.bench.store, &forgotten, &found, &err), err);
    assert_int_equal(where_it_is(), 7);
    want(1, 9, CHIP_BY_TOKEN, YARD_NOW_S + 9); /* registered at last */
    assert_int_equal(where_it_is(), 9);
    yard_end(&yard);
}

static void a_damaged_row_is_counted_and_left_out(void **state)
{
    (void)state;
    yard_begin(&yard);
    want(1, 8, CHIP_BY_OPERATOR, YARD_NOW_S);
    want(2, 9, CHIP_BY_OPERATOR, YARD_NOW_S);
    bench_meddle(&yard.bench, "UPDATE chip SET product = 'Naples' WHERE chip = 1");
    assert_int_equal(where_it_is(), 9);
    assert_int_equal(tallies.left_out, 1);
    yard_end(&yard);
}

/* ---- members ------------------------------------------------------------------------
 */

struct told {
    uint8_t chips[8];
    size_t count;
};

static void note(void *told_, const struct host_row *row)
{
    struct told *told = told_;

    assert_true(told->count < COUNT_OF(told->chips) && !row->has_name);
    assert_int_equal(row->hwid.len, CHIP_ID_LEN);
    told->chips[told->count++] = row->hwid.at[63];
}

static struct told members_of(const struct chip_tally *tally, size_t max)
{
    struct told told = { .count = 0 };
    struct error err = { 0 };

    assert_ok(
        chip_tally_members(yard.bench.directory, RECENT_S, tally, max, note, &told, &err),
        err);
    return told;
}

static void members_come_asked_for_last_first_up_to_the_bound(void **state)
{
    (void)state;
    yard_begin(&yard);
    want(1, 8, CHIP_BY_OPERATOR, YARD_NOW_S);
    want(2, 8, CHIP_BY_OPERATOR, YARD_NOW_S + 2);
    want(3, 8, CHIP_BY_TOKEN, YARD_NOW_S + 1);
    want(4, 8, CHIP_BY_OPERATOR, RECENT_S - 1);
    want(5, 8, CHIP_BY_ASKING, RECENT_S - 1);
    want(7, 8, CHIP_BY_ASKING, YARD_NOW_S);
    want(6, 9, CHIP_BY_OPERATOR, YARD_NOW_S);
    want(1, 9, CHIP_BY_ASKING, YARD_NOW_S); /* it is at 8 all the same */
    look();
    struct told told = members_of(&tallies.chips[0], 9);
    assert_int_equal(told.count, 3);
    assert_memory_equal(told.chips, ((uint8_t[]){ 2, 3, 1 }), 3);
    assert_int_equal(members_of(&tallies.chips[0], 2).count, 2);
    struct chip_tally other = tallies.chips[0];
    other.is_recent = false;
    told = members_of(&other, 9);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.chips[0], 4);
    other.registered = false;
    told = members_of(&other, 9); /* of those nobody asks when */
    assert_int_equal(told.count, 2);
    assert_memory_equal(told.chips, ((uint8_t[]){ 7, 5 }), 2);
    yard_end(&yard);
}

static int begin(void **state)
{
    (void)state;
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    yard_make(&yard);
    arena_init(&arena, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    yard_free(&yard);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chips_alike_are_one_tally),
        cmocka_unit_test(a_vlek_is_no_chips),
        cmocka_unit_test(a_chip_of_several_tcbs_is_at_one),
        cmocka_unit_test(a_damaged_row_is_counted_and_left_out),
        cmocka_unit_test(members_come_asked_for_last_first_up_to_the_bound),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
