/* SPDX-License-Identifier: Apache-2.0 */
#include "store/platform_rows.h"

#include <sys/wait.h>

#include "store/test_fate.h"
#include "store/test_platforms.h"

static struct fleet fleet;
static struct minted first, second;

static void keep_one(const struct minted *minted)
{
    struct platform_change change = fleet_change("ab", 1, BOUND_BY_TOKEN);

    change.has_raw_tcb = change.raw_confirmed = true;
    change.raw = fleet_raw(5);
    if (minted != NULL)
        fleet_give(&change, minted);
    fleet_keep(&fleet, &change);
}

/* ---- damage -------------------------------------------------------------------------
 */

static void a_damaged_certificate_is_left_out_and_the_platform_served(void **state)
{
    (void)state;
    static const struct {
        const char *claim, *meddling, *list;
    } cases[] = {
        { "nothing", "SELECT 1", "532" },
        { "a bit of it",
          "UPDATE pck SET der = CAST(substr(der, 1, 60) || x'aa' || substr(der, 62) AS "
          "BLOB) WHERE pck % 512 = 1",
          "52" },
        { "its digest", "UPDATE pck SET digest = zeroblob(32) WHERE pck % 512 = 0",
          "32" },
        { "the end of it",
          "UPDATE pck SET der = substr(der, 1, length(der) - 1) WHERE pck % 512 = 2",
          "53" },
        { "its bytes, which are another's",
          "UPDATE pck SET der = (SELECT der FROM pck WHERE pck % 512 = 0) WHERE pck % "
          "512 = 1",
          "52" },
        { "it is gone", "DELETE FROM pck WHERE pck % 512 = 0", "32" },
        { "all of it", "UPDATE pck SET der = x''", "" },
        { "half of a gap",
          "PRAGMA ignore_check_constraints = ON; UPDATE pck SET der = NULL WHERE pck % "
          "512 = 1",
          "52" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct minted minted = fleet_mint(&fleet, 1, "532");
        fleet_begin(&fleet);
        keep_one(&minted);
        bench_meddle(&fleet.bench, cases[i].meddling);
        struct platform found = fleet_find(&fleet, "ab");
        if (strcmp(fleet_list(&found), cases[i].list) != 0)
            fail_msg("%s: %s", cases[i].claim, fleet_list(&found));
        assert_int_equal(found.raw_tcb_count, 1);
        fleet_end(&fleet);
        minted_fini(&minted);
    }
}

static void a_damaged_platform_is_refused_and_says_what(void **state)
{
    (void)state;
    static const struct {
        const char *meddling, *part;
    } cases[] = {
        { "UPDATE platform SET fmspc = x'00'", "the row of platform 1 is damaged" },
        { "UPDATE platform SET ppid_digest = x'00'", "the row of platform 1 is damaged" },
        { "UPDATE platform SET bound_by = 9", "the row of platform 1 is damaged" },
        { "UPDATE platform SET state = 3", "the row of platform 1 is damaged" },
        { "UPDATE platform SET pcks = 513", "the row of platform 1 is damaged" },
        { "UPDATE platform SET why = printf('%300s', '')", "platform 1 is damaged" },
        { "UPDATE platform SET issuer = 7", "platform 1: issuer chain 7 does not" },
        { "UPDATE pck_issuer SET chain = x'3000'",
          "platform 1: issuer chain 1 does not have the digest" },
        { "UPDATE pck_issuer SET chain = x'30', digest = sha256(x'30')",
          "platform 1: issuer chain 1: " },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char meddling[512];
        struct platform_name name = { .qe_id = "ab" };
        struct platform found;
        struct error err = { 0 };
        fleet_begin(&fleet);
        keep_one(&first);
        snprintf(meddling, sizeof meddling,
                 "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; %s",
                 cases[i].meddling);
        bench_meddle(&fleet.bench, meddling);
        assert_false(platform_find(fleet.reader, &name, &fleet.arena, &found, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].part);
        fleet_end(&fleet);
    }
}

static void what_does_not_fit_into_the_arena_is_refused(void **state)
{
    (void)state;
    struct platform_name name = { .qe_id = "ab" };
    struct platform found;
    struct error err = { 0 };

    fleet_begin(&fleet);
    keep_one(&first);
    for (size_t room = 0; room < 12 * 1024; room += 64) {
        struct arena arena;
        arena_init(&arena, room);
        bool well = platform_find(fleet.reader, &name, &arena, &found, &err);
        arena_fini(&arena);
        if (well)
            break;
        assert_refused(err, ERROR_LIMIT, "does not fit");
    }
    assert_int_equal(found.pck_count, first.count);
    fleet_end(&fleet);
}

/* ---- raw TCBs -----------------------------------------------------------------------
 */

static int64_t count_raw(bool confirmed)
{
    char question[128];

    snprintf(question, sizeof question,
             "SELECT count(*) FROM raw_tcb WHERE confirmed = %d", confirmed);
    return bench_count(&fleet.bench, question);
}

static bool see(uint8_t svn, bool confirmed, int64_t at_s)
{
    struct platform_change change = fleet_change("ab", 1, BOUND_BY_TOKEN);

    change.now_s = at_s;
    change.has_raw_tcb = true;
    change.raw_confirmed = confirmed;
    change.raw = fleet_raw(svn);
    return fleet_keep(&fleet, &change) != PLATFORM_SAME;
}

static void of_confirmed_ones_the_least_recently_seen_gives_way(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    for (int i = 0; i < PLATFORM_RAW_TCBS_MAX; i++)
        assert_true(see((uint8_t)i, true, 1000 + i));
    assert_false(see(0, true, 5000)); /* known; from now on the second is the oldest */
    assert_true(see(200, true, 5001));
    assert_int_equal(count_raw(true), PLATFORM_RAW_TCBS_MAX);
    struct platform found = fleet_find(&fleet, "ab");
    for (size_t i = 0; i < found.raw_tcb_count; i++) {
        assert_int_not_equal(found.raw_tcbs[i].raw.cpusvn[0], 1);
        assert_int_equal(found.raw_tcbs[i].raw.pcesvn, 13);
        if (found.raw_tcbs[i].raw.cpusvn[0] == 0)
            assert_int_equal(found.raw_tcbs[i].last_seen_s, 5000);
    }
    fleet_end(&fleet);
}

static void of_asked_ones_a_few_are_kept_and_stale_ones_give_way(void **state)
{
    (void)state;
    const int64_t later_s = 1000 + PLATFORM_RAW_TCB_STALE_S;

    fleet_begin(&fleet);
    for (int i = 0; i < PLATFORM_RAW_TCBS_ASKED_MAX; i++)
        assert_true(see((uint8_t)i, false, 1000 + i));
    assert_false(see(100, false, later_s)); /* the oldest is not stale by a second */
    assert_int_equal(count_raw(false), PLATFORM_RAW_TCBS_ASKED_MAX);
    assert_true(see(100, false, later_s + 1));
    assert_int_equal(count_raw(false), PLATFORM_RAW_TCBS_ASKED_MAX);
    assert_true(see(101, true, later_s + 1)); /* confirmed ones have room of their own */
    assert_true(see(100, true, later_s + 2)); /* confirmed by a registration */
    assert_false(see(100, false, later_s + 3)); /* and stays so */
    assert_int_equal(count_raw(false), PLATFORM_RAW_TCBS_ASKED_MAX - 1);
    assert_int_equal(count_raw(true), 2);
    assert_int_equal(bench_count(&fleet.bench, "SELECT raw_tcbs FROM tally"),
                     PLATFORM_RAW_TCBS_ASKED_MAX + 1);
    fleet_end(&fleet);
}

/* ---- a kill, and a full disk, in any write ------------------------------------------
 */

static void check_whole(void)
{
    static const char *const sums[] = {
        "SELECT count(*) FROM pragma_foreign_key_check",
        "SELECT count(*) FROM tally WHERE platforms != (SELECT count(*) FROM platform) "
        "OR "
        "pcks != (SELECT count(*) FROM pck) OR raw_tcbs != (SELECT count(*) FROM "
        "raw_tcb) "
        "OR waiting != (SELECT count(*) FROM platform WHERE state = 1)",
        "SELECT count(*) FROM platform WHERE pcks != (SELECT count(*) FROM pck WHERE pck "
        "/ "
        "512 = platform)",
        "SELECT count(*) FROM platform LEFT JOIN tcb_list USING (tcb_list) WHERE "
        "hex(coalesce(tcbms, x'')) != (SELECT group_concat(hex(tcbm), '') FROM (SELECT "
        "tcbm FROM pck WHERE pck / 512 = platform ORDER BY pck))",
        "SELECT (SELECT count(*) FROM host_now) - (SELECT count(*) FROM host JOIN "
        "host_class USING (host_class) JOIN host_now USING (platform, fmspc, cpusvn, "
        "tcb_list))",
    };

    fleet.bench.store = bench_open_marked(&fleet.bench, true);
    for (size_t i = 0; i < COUNT_OF(sums); i++)
        assert_int_equal(bench_count(&fleet.bench, sums[i]), 0);
    struct error err = { 0 };
    assert_ok(platform_reader_open(fleet.bench.directory, &fleet.reader, &err), err);
    if (fleet_has(&fleet, "ab")) {
        struct platform found = fleet_find(&fleet, "ab");
        const char *list = fleet_list(&found);
        if (strcmp(list, "53") != 0 && strcmp(list, "42") != 0)
            fail_msg("half a list: %s", list);
    }
    platform_reader_close(fleet.reader);
    store_close(fleet.bench.store);
}

/* True where the child came to its end. */
static bool die_at_write(long n)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        fate.left = n;
        fate.deadly = true;
        set_fate(true);
        fleet.bench.store = bench_open_marked(&fleet.bench, true);
        keep_one(&first);
        keep_one(&second);
        store_close(fleet.bench.store);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    check_whole();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void a_kill_in_any_write_leaves_a_platform_whole(void **state)
{
    (void)state;
    long n = 0;

    fleet.bench.directory = test_directory();
    arena_init(&fleet.arena, (size_t)1 << 22);
    while (!die_at_write(n))
        assert_true(++n < 1000);
    assert_true(n > 20);
    arena_fini(&fleet.arena);
    test_remove(fleet.bench.directory);
}

static void a_full_disk_in_any_write_changes_nothing(void **state)
{
    (void)state;
    struct platform_change change = fleet_change("ab", 1, BOUND_BY_TOKEN);
    enum platform_outcome outcome;
    struct error err = { 0 };
    bool well = false;

    fleet_begin(&fleet);
    keep_one(&first);
    fleet_give(&change, &second);
    for (long n = 0; !well; n++) {
        fate.left = n;
        fate.deadly = false;
        set_fate(true);
        well = store_keep_platform(fleet.bench.store, &change, &outcome, &err);
        set_fate(false);
        struct platform found = fleet_find(&fleet, "ab");
        assert_string_equal(fleet_list(&found), well ? "42" : "53");
        if (!well)
            assert_int_equal(err.kind, ERROR_SYSTEM);
    }
    fate.left = -1;
    fleet_end(&fleet);
}

static int begin(void **state)
{
    (void)state;
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    bench_make(&fleet.bench);
    first = fleet_mint(&fleet, 1, "53");
    second = fleet_mint(&fleet, 1, "42");
    return 0;
}

static int end(void **state)
{
    (void)state;
    minted_fini(&first);
    minted_fini(&second);
    fleet_free(&fleet);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_certificate_is_left_out_and_the_platform_served),
        cmocka_unit_test(a_damaged_platform_is_refused_and_says_what),
        cmocka_unit_test(what_does_not_fit_into_the_arena_is_refused),
        cmocka_unit_test(of_confirmed_ones_the_least_recently_seen_gives_way),
        cmocka_unit_test(of_asked_ones_a_few_are_kept_and_stale_ones_give_way),
        cmocka_unit_test(a_kill_in_any_write_leaves_a_platform_whole),
        cmocka_unit_test(a_full_disk_in_any_write_changes_nothing),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
