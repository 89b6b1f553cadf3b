/* SPDX-License-Identifier: Apache-2.0 */
#include "store/host_reader.h"

#include <unistd.h>

#include "store/test_platforms.h"

#define RECENT_S (TEST_NOW_S - 10) /* what was seen before is long unseen */

static struct fleet fleet;
static struct arena arena;
static struct host_tallies tallies;

/* ---- looking ------------------------------------------------------------------------
 */

/* That the rows which triggers keep are what the view says they are. */
static void check_kept(void)
{
    static const char *const claims[] = {
        "SELECT count(*) FROM (SELECT platform, last_seen_s, fmspc, cpusvn, pcesvn, "
        "tee_tcb_svn, tcb_list, registered FROM host_now EXCEPT SELECT platform, "
        "last_seen_s, fmspc, cpusvn, pcesvn, tee_tcb_svn, tcb_list, registered FROM host "
        "JOIN host_class USING (host_class))",
        "SELECT (SELECT count(*) FROM host) - (SELECT count(*) FROM host_now)",
        "SELECT (SELECT count(*) FROM host_class) - count(DISTINCT host_class) FROM host",
        "SELECT count(*) FROM pragma_foreign_key_check",
    };

    for (size_t i = 0; i < COUNT_OF(claims); i++)
        if (bench_count(&fleet.bench, claims[i]) != 0)
            fail_msg("%s", claims[i]);
}

static void look(void)
{
    struct error err = { 0 };

    check_kept();
    arena_fini(&arena);
    arena_init(&arena, (size_t)1 << 22);
    assert_ok(host_tallies_read(fleet.bench.directory, RECENT_S, &arena, &tallies, &err),
              err);
}

/* The only one. */
static const struct platform_tally *look_at_one(void)
{
    look();
    assert_int_equal(tallies.platform_count, 1);
    return &tallies.platforms[0];
}

/* ---- bringing -----------------------------------------------------------------------
 */

static void bring(const char *qe_id, uint8_t ppid, const char *digits, uint8_t svn,
                  bool confirmed, enum platform_bound_by by, int64_t now_s)
{
    struct platform_change change = fleet_change(qe_id, ppid, by);
    struct minted minted = fleet_mint(&fleet, ppid, digits);

    fleet_give(&change, &minted);
    change.has_raw_tcb = svn != 0;
    change.raw = fleet_raw(svn);
    change.raw_confirmed = confirmed;
    change.now_s = now_s;
    (void)fleet_keep(&fleet, &change);
    minted_fini(&minted);
}

static void register_at(const char *qe_id, uint8_t svn, int64_t now_s)
{
    struct platform_change change = fleet_change(qe_id, 0, BOUND_BY_TOKEN);

    change.has_raw_tcb = true;
    change.raw = fleet_raw(svn);
    change.raw_confirmed = true;
    change.now_s = now_s;
    (void)fleet_keep(&fleet, &change);
}

static void see_at(const char *qe_id, uint8_t svn, int64_t seen_s)
{
    struct platform_sighting sighting = { fleet_find(&fleet, qe_id).platform,
                                          fleet_raw(svn), seen_s };
    struct error err = { 0 };

    assert_ok(store_platforms_seen(fleet.bench.store, &sighting, 1, &err), err);
}

static bool keep_tdx(const char *qe_id, uint8_t svn, int64_t now_s, struct error *err)
{
    struct platform_name name = { .pce_id = 0 };
    uint8_t tee_tcb_svn[16];

    snprintf(name.qe_id, sizeof name.qe_id, "%s", qe_id);
    memset(tee_tcb_svn, svn, sizeof tee_tcb_svn);
    return store_keep_tdx_svn(fleet.bench.store, &name, tee_tcb_svn, now_s, err);
}

/* Shown by a quote of the platform with this PPID; whether it was written. */
static bool raise_tdx(const char *qe_id, uint8_t ppid, uint8_t svn, uint8_t last_svn)
{
    struct platform_name name = { .pce_id = 0 };
    uint8_t tee_tcb_svn[16];
    bool raised = true;
    struct error err = { 0 };
    struct minted minted = fleet_mint(&fleet, ppid, "5");
    struct sha256 digest = sha256(bytes_of(pck_facts(minted.pcks[0])->cert.ppid, 16));

    minted_fini(&minted);
    snprintf(name.qe_id, sizeof name.qe_id, "%s", qe_id);
    memset(tee_tcb_svn, svn, sizeof tee_tcb_svn);
    tee_tcb_svn[15] = last_svn;
    assert_ok(store_raise_tdx_svn(fleet.bench.store, &name, digest.digest, tee_tcb_svn,
                                  TEST_NOW_S, &raised, &err),
              err);
    return raised;
}

/* ---- classes ------------------------------------------------------------------------
 */

static void platforms_alike_are_one_tally(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    look();
    assert_int_equal(tallies.platform_count, 0);
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    bring("cd", 2, "53", 4, true, BOUND_BY_OPERATOR, TEST_NOW_S);
    bring("ef", 3, "53", 4, true, BOUND_BY_IMPORT, TEST_NOW_S);
    const struct platform_tally *one = look_at_one();
    assert_int_equal(one->platforms, 3);
    assert_true(one->registered && one->is_recent && !one->has_tdx);
    assert_int_equal(one->raw.cpusvn[0], 4);
    assert_int_equal(one->raw.pcesvn, 13);
    assert_memory_equal(one->fmspc, fleet_find(&fleet, "ab").fmspc, sizeof one->fmspc);
    assert_int_equal(one->example, fleet_find(&fleet, "ef").platform);
    assert_int_equal(tallies.list_count, 1);
    assert_int_equal(tallies.lists[0].tcb_list, one->tcb_list);
    assert_int_equal(tallies.lists[0].count, 2);
    assert_int_equal(tallies.lists[0].tcbms[0][0], 5);
    assert_int_equal(tallies.lists[0].tcbms[1][0], 3);
    assert_int_equal(tallies.left_out, 0);
    fleet_end(&fleet);
}

static void whatever_counts_makes_another_tally(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    bring("aa", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    bring("ab", 2, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    bring("ba", 3, "53", 2, true, BOUND_BY_TOKEN, TEST_NOW_S);   /* the raw TCB */
    bring("ca", 4, "53", 4, false, BOUND_BY_TOKEN, TEST_NOW_S);  /* asked with it */
    bring("da", 5, "5", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);    /* certificates */
    bring("ea", 6, "53", 4, true, BOUND_BY_TOKEN, RECENT_S - 1); /* long unseen */
    bring("fa", 7, "53", 4, true, BOUND_BY_TOKEN, RECENT_S);     /* not so */
    assert_true(keep_tdx("fa", 7, TEST_NOW_S, NULL));            /* TDX SVNs */
    look();
    assert_int_equal(tallies.platform_count, 6);
    assert_int_equal(tallies.platforms[0].platforms, 2); /* most platforms first */
    size_t recent = 0, registered = 0, tdx = 0;
    for (size_t i = 0; i < 6; i++) {
        recent += tallies.platforms[i].is_recent;
        registered += tallies.platforms[i].registered;
        tdx += tallies.platforms[i].has_tdx && tallies.platforms[i].tee_tcb_svn[15] == 7;
    }
    assert_int_equal(recent, 4);
    assert_int_equal(registered, 5);
    assert_int_equal(tdx, 1);
    assert_int_equal(tallies.list_count, 2);
    assert_true(tallies.lists[0].tcb_list < tallies.lists[1].tcb_list);
    fleet_end(&fleet);
}

static void a_platform_is_where_its_registered_raw_tcb_seen_last_puts_it(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    bring("ab", 1, "53", 0, false, BOUND_BY_TOKEN, TEST_NOW_S);
    look();
    assert_int_equal(tallies.platform_count, 0); /* without any raw TCB in none */
    see_at("ab", 2, TEST_NOW_S + 1);
    assert_int_equal(look_at_one()->raw.cpusvn[0], 2);
    assert_false(look_at_one()->registered);
    see_at("ab", 3, TEST_NOW_S + 2);
    assert_int_equal(look_at_one()->raw.cpusvn[0], 3);
    see_at("ab", 2, TEST_NOW_S + 3);
    assert_int_equal(look_at_one()->raw.cpusvn[0], 2);
    register_at("ab", 4, TEST_NOW_S + 4);
    assert_int_equal(look_at_one()->raw.cpusvn[0], 4);
    assert_true(look_at_one()->registered);
    see_at("ab", 9, TEST_NOW_S + 5); /* an invented one moves nothing */
    assert_int_equal(look_at_one()->raw.cpusvn[0], 4);
    register_at("ab", 5, TEST_NOW_S + 6);
    assert_int_equal(look_at_one()->raw.cpusvn[0], 5);
    see_at("ab", 4, TEST_NOW_S + 7); /* of registered ones the one seen last */
    assert_int_equal(look_at_one()->raw.cpusvn[0], 4);
    register_at("ab", 9, TEST_NOW_S + 8); /* what was asked with becomes one */
    assert_int_equal(look_at_one()->raw.cpusvn[0], 9);
    fleet_end(&fleet);
}

static void one_that_waits_or_was_forgotten_is_in_none(void **state)
{
    (void)state;
    struct platform_name name = { .qe_id = "ab" };
    struct error err = { 0 };
    bool found;

    fleet_begin(&fleet);
    register_at("cd", 4, TEST_NOW_S);
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    assert_int_equal(look_at_one()->platforms, 1);
    assert_true(keep_tdx("ab", 1, TEST_NOW_S, &err));
    bring("cd", 2, "53", 0, false, BOUND_BY_TOKEN, TEST_NOW_S); /* waits no longer */
    look();
    assert_int_equal(tallies.platform_count, 2);
    assert_ok(store_forget_platform(fleet.bench.store, &name, &found, &err), err);
    assert_int_equal(look_at_one()->example, fleet_find(&fleet, "cd").platform);
    assert_int_equal(bench_count(&fleet.bench, "SELECT count(*) FROM tdx_svn"), 0);
    fleet_end(&fleet);
}

static void of_the_unregistered_nobody_asks_when(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    bring("aa", 1, "53", 4, false, BOUND_BY_TOKEN, TEST_NOW_S);
    bring("ab", 2, "53", 4, true, BOUND_BY_ASKING, RECENT_S - 1);
    const struct platform_tally *one = look_at_one();
    assert_int_equal(one->platforms, 2);
    assert_false(one->registered || one->is_recent);
    fleet_end(&fleet);
}

static void who_bound_it_counts_from_then_on(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    bring("ab", 1, "53", 4, true, BOUND_BY_ASKING, TEST_NOW_S);
    assert_false(look_at_one()->registered);
    int64_t before = look_at_one()->host_class;
    bring("ab", 1, "53", 0, false, BOUND_BY_IMPORT, TEST_NOW_S);
    assert_true(look_at_one()->registered);
    assert_true(look_at_one()->host_class > before);
    fleet_end(&fleet);
}

/* ---- lists of TCBs ------------------------------------------------------------------
 */

static void gaps_are_left_out_of_lists(void **state)
{
    (void)state;
    struct platform_change change = fleet_change("ab", 1, BOUND_BY_TOKEN);
    struct minted minted = fleet_mint(&fleet, 1, "3");
    uint8_t gap[1][TCBM_LEN];

    memset(gap, 9, sizeof gap);
    fleet_give(&change, &minted);
    change.gaps = gap;
    change.gap_count = 1;
    change.has_raw_tcb = change.raw_confirmed = true;
    change.raw = fleet_raw(4);
    fleet_begin(&fleet);
    (void)fleet_keep(&fleet, &change);
    assert_int_equal(look_at_one()->tcb_list, tallies.lists[0].tcb_list);
    assert_int_equal(tallies.lists[0].count, 1);
    assert_int_equal(tallies.lists[0].tcbms[0][0], 3);
    minted_fini(&minted);
    fleet_end(&fleet);
}

static void a_list_follows_the_certificates(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    int64_t first = look_at_one()->tcb_list;
    bring("ab", 1, "753", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    assert_int_not_equal(look_at_one()->tcb_list, first);
    assert_int_equal(tallies.list_count, 1); /* what no class has is not read */
    assert_int_equal(tallies.lists[0].count, 3);
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    assert_int_equal(look_at_one()->tcb_list, first);

    /* a store that was migrated has none; the next fetch writes it, the same list too */
    bench_meddle(&fleet.bench, "UPDATE platform SET tcb_list = NULL");
    assert_int_equal(look_at_one()->tcb_list, 0);
    assert_int_equal(tallies.list_count, 0);
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    assert_int_equal(look_at_one()->tcb_list, first);
    fleet_end(&fleet);
}

static void a_damaged_list_is_left_out_and_mended(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    bench_meddle(&fleet.bench, "UPDATE tcb_list SET tcbms = zeroblob(18)");
    assert_true(look_at_one()->tcb_list > 0);
    assert_int_equal(tallies.list_count, 0);
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    look();
    assert_int_equal(tallies.list_count, 1);
    assert_int_equal(tallies.lists[0].count, 2);
    fleet_end(&fleet);
}

static void a_damaged_class_is_counted_and_left_out(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    bring("cd", 2, "53", 2, true, BOUND_BY_TOKEN, TEST_NOW_S);
    bench_meddle(&fleet.bench, "PRAGMA ignore_check_constraints = ON; UPDATE host_class "
                               "SET cpusvn = x'00' WHERE cpusvn = x'" /* of four */
                               "04040404040404040404040404040404'");
    struct error err = { 0 };
    arena_fini(&arena);
    arena_init(&arena, (size_t)1 << 20);
    assert_ok(host_tallies_read(fleet.bench.directory, 0, &arena, &tallies, &err), err);
    assert_int_equal(tallies.platform_count, 1);
    assert_int_equal(tallies.platforms[0].raw.cpusvn[0], 2);
    assert_int_equal(tallies.left_out, 1);
    fleet_end(&fleet);
}

static void what_does_not_fit_into_the_arena_is_refused(void **state)
{
    (void)state;
    struct error err = { 0 };
    size_t room = 0;
    bool well = false;

    fleet_begin(&fleet);
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    for (; !well; room += 40) {
        arena_fini(&arena);
        arena_init(&arena, room);
        well = host_tallies_read(fleet.bench.directory, 0, &arena, &tallies, &err);
        if (!well)
            assert_refused(err, ERROR_LIMIT, "known hosts: they do not fit");
    }
    assert_true(room > sizeof *tallies.platforms);
    assert_false(host_tallies_read("/nowhere", 0, &arena, &tallies, &err));
    assert_refused(err, ERROR_SYSTEM, "known hosts: reading the store in /nowhere");
    fleet_end(&fleet);
}

/* ---- TDX SVNs -----------------------------------------------------------------------
 */

static void the_newest_word_on_tdx_counts(void **state)
{
    (void)state;
    struct error err = { 0 };

    fleet_begin(&fleet);
    assert_false(keep_tdx("ab", 1, TEST_NOW_S, &err));
    assert_refused(err, ERROR_NOT_FOUND, "the store has no such platform");
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    assert_false(fleet_find(&fleet, "ab").has_tdx);
    assert_true(keep_tdx("ab", 7, TEST_NOW_S, &err));
    assert_true(look_at_one()->has_tdx);
    assert_true(keep_tdx("ab", 5, TEST_NOW_S + 1, &err));
    assert_int_equal(look_at_one()->tee_tcb_svn[0], 5);
    assert_true(fleet_find(&fleet, "ab").has_tdx);
    assert_int_equal(fleet_find(&fleet, "ab").tee_tcb_svn[15], 5);
    assert_int_equal(bench_count(&fleet.bench, "SELECT last_seen_s FROM tdx_svn"),
                     TEST_NOW_S + 1);
    bench_meddle(&fleet.bench, "PRAGMA foreign_keys = ON; DELETE FROM tdx_svn");
    assert_false(look_at_one()->has_tdx);
    fleet_end(&fleet);
}

static void what_quotes_show_only_raises(void **state)
{
    static const struct {
        const char *claim, *qe_id;
        uint8_t ppid, svn, last_svn;
        bool raised;
        uint8_t kept; /* the first of those that are */
    } cases[] = {
        { "a platform that nobody knows", "cd", 1, 6, 6, false, 0 },
        { "another's PPID", "ab", 2, 6, 6, false, 0 },
        { "the first word", "ab", 1, 6, 6, true, 6 },
        { "the same again", "ab", 1, 6, 6, false, 6 },
        { "an old quote, shown again", "ab", 1, 5, 5, false, 6 },
        { "higher, but for one", "ab", 1, 7, 5, false, 6 },
        { "higher", "ab", 1, 7, 6, true, 7 },
    };

    (void)state;
    fleet_begin(&fleet);
    bring("ab", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool raised =
            raise_tdx(cases[i].qe_id, cases[i].ppid, cases[i].svn, cases[i].last_svn);
        if (raised != cases[i].raised || look_at_one()->tee_tcb_svn[0] != cases[i].kept)
            fail_msg("%s: %d, kept %u", cases[i].claim, raised,
                     look_at_one()->tee_tcb_svn[0]);
    }
    fleet_end(&fleet);
}

static void another_processor_has_other_svns(void **state)
{
    (void)state;
    struct error err = { 0 };

    fleet_begin(&fleet);
    bring("ab", 1, "53", 4, true, BOUND_BY_ASKING, TEST_NOW_S);
    assert_true(keep_tdx("ab", 7, TEST_NOW_S, &err));
    bring("ab", 2, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S); /* takes its place */
    assert_false(look_at_one()->has_tdx);
    fleet_end(&fleet);
}

/* ---- members ------------------------------------------------------------------------
 */

struct told {
    char qe_ids[8][4];
    size_t count;
    struct host_row last;
};

static void note(void *told_, const struct host_row *row)
{
    struct told *told = told_;

    assert_true(told->count < COUNT_OF(told->qe_ids) && row->has_name);
    snprintf(told->qe_ids[told->count++], sizeof told->qe_ids[0], "%.3s",
             row->name.qe_id);
    told->last = *row;
}

static struct told members_of(const struct platform_tally *tally, size_t max)
{
    struct told told = { .count = 0 };
    struct error err = { 0 };

    assert_ok(platform_tally_members(fleet.bench.directory, RECENT_S, tally, max, note,
                                     &told, &err),
              err);
    return told;
}

static void members_come_seen_last_first_up_to_the_bound(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    bring("aa", 1, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S);
    bring("ab", 2, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S + 2);
    bring("ac", 3, "53", 4, true, BOUND_BY_TOKEN, TEST_NOW_S + 1);
    bring("ad", 4, "53", 4, true, BOUND_BY_TOKEN, RECENT_S - 1);
    bring("ba", 5, "53", 5, true, BOUND_BY_TOKEN, TEST_NOW_S);
    look();
    const struct platform_tally *most = &tallies.platforms[0];
    struct told told = members_of(most, 9);
    assert_int_equal(told.count, 3);
    assert_string_equal(told.qe_ids[0], "ab");
    assert_string_equal(told.qe_ids[1], "ac");
    assert_string_equal(told.qe_ids[2], "aa");
    assert_int_equal(told.last.last_seen_s, TEST_NOW_S);
    assert_int_equal(told.last.row, fleet_find(&fleet, "aa").platform);
    assert_int_equal(told.last.hwid.len, 0);
    assert_int_equal(members_of(most, 2).count, 2);
    assert_int_equal(members_of(most, 0).count, 0);
    struct platform_tally unseen = *most;
    unseen.is_recent = false;
    told = members_of(&unseen, 9);
    assert_int_equal(told.count, 1);
    assert_string_equal(told.qe_ids[0], "ad");
    see_at("ad", 4, TEST_NOW_S + 3); /* a sighting moves it over */
    assert_string_equal(members_of(most, 1).qe_ids[0], "ad");
    see_at("ad", 4, TEST_NOW_S + 3);
    unseen.registered = false; /* then nobody asks when */
    assert_int_equal(members_of(&unseen, 9).count, 4);
    unseen.host_class = INT64_MAX;
    assert_int_equal(members_of(&unseen, 9).count, 0);
    fleet_end(&fleet);
}

static int begin(void **state)
{
    (void)state;
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    bench_make(&fleet.bench);
    arena_init(&arena, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    fleet_free(&fleet);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms_alike_are_one_tally),
        cmocka_unit_test(whatever_counts_makes_another_tally),
        cmocka_unit_test(a_platform_is_where_its_registered_raw_tcb_seen_last_puts_it),
        cmocka_unit_test(one_that_waits_or_was_forgotten_is_in_none),
        cmocka_unit_test(of_the_unregistered_nobody_asks_when),
        cmocka_unit_test(who_bound_it_counts_from_then_on),
        cmocka_unit_test(gaps_are_left_out_of_lists),
        cmocka_unit_test(a_list_follows_the_certificates),
        cmocka_unit_test(a_damaged_list_is_left_out_and_mended),
        cmocka_unit_test(a_damaged_class_is_counted_and_left_out),
        cmocka_unit_test(what_does_not_fit_into_the_arena_is_refused),
        cmocka_unit_test(the_newest_word_on_tdx_counts),
        cmocka_unit_test(what_quotes_show_only_raises),
        cmocka_unit_test(another_processor_has_other_svns),
        cmocka_unit_test(members_come_seen_last_first_up_to_the_bound),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
