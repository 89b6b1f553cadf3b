/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chip_rows.h"

#include <sys/wait.h>

#include "store/test_chips.h"
#include "store/test_fate.h"

static struct yard yard;
static struct verified_vcek *first,
    *second; /* the second, for longer, of the same chip */

/* ---- names --------------------------------------------------------------------------
 */

static void a_row_names_a_certificate_in_one_way(void **state)
{
    (void)state;
#define HWID_OF_64                                                     \
    "0000000000000000000000000000000000000000000000000000000000000001" \
    "0000000000000000000000000000000000000000000000000000000000000002"
#define ZEROS_64                                                       \
    "0000000000000000000000000000000000000000000000000000000000000000" \
    "0000000000000000000000000000000000000000000000000000000000000000"
    static const struct {
        const char *claim, *hwid, *product, *tcb, *key;
    } cases[] = {
        { "a VCEK", HWID_OF_64, "Milan", "db18000000000104",
          "vcek/Milan/" HWID_OF_64 "/db18000000000104" },
        { "a short chip id", "0000000000000001", "Turin", "5100000018010402",
          "vcek/Turin/0000000000000001/5100000018010402" },
        { "a VLEK", "", "Genoa", "541700000000000a", "vlek/Genoa/cert/541700000000000a" },
        { "a product of no such name", HWID_OF_64, "milan", "db18000000000104", NULL },
        { "none", HWID_OF_64, "", "db18000000000104", NULL },
        { "another product's chip id", HWID_OF_64, "Turin", "5100000018010402", NULL },
        { "more of it than is kept", "0000000000000001" ZEROS_64, "Turin",
          "5100000018010402", NULL },
        { "a masked chip id", ZEROS_64, "Milan", "db18000000000104", NULL },
        { "a byte that Milan does not use", HWID_OF_64, "Milan", "db18000000010104",
          NULL },
        { "upper case", HWID_OF_64, "Milan", "DB18000000000104", NULL },
        { "a digit short", HWID_OF_64, "Milan", "b18000000000104", NULL },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t hwid[128];
        size_t len = strlen(cases[i].hwid) / 2;
        struct kds_key key;
        assert_true(hex_read(bytes_of_text(cases[i].hwid), hwid, len));
        bool well = chip_key_read(bytes_of(hwid, len), bytes_of_text(cases[i].product),
                                  bytes_of_text(cases[i].tcb), &key);
        if (well != (cases[i].key != NULL))
            fail_msg("%s", cases[i].claim);
        if (!well)
            continue;
        assert_string_equal(kds_key_text(&key).s, cases[i].key);
        struct chip_name name;
        struct error err = { 0 };
        assert_ok(chip_name_of(&key, &name, &err), err);
        assert_true(bytes_equal(name.values[0].bytes, bytes_of(hwid, len)));
        assert_true(bytes_equal_text(name.values[1].bytes, cases[i].product));
        assert_true(bytes_equal_text(name.values[2].bytes, cases[i].tcb));
    }
}

/* ---- damage -------------------------------------------------------------------------
 */

static void what_is_damaged_is_left_out_and_may_be_written_anew(void **state)
{
    (void)state;
    static const struct {
        const char *claim, *meddling;
        bool is_row, is_certificate;
    } cases[] = {
        { "nothing", "SELECT 1", true, true },
        { "a bit of the certificate",
          "UPDATE vek SET der = CAST(substr(der, 1, 60) || x'aa' || substr(der, 62) AS "
          "BLOB)",
          true, false },
        { "its end", "UPDATE vek SET der = substr(der, 1, length(der) - 1)", true,
          false },
        { "its digest", "UPDATE vek SET digest = zeroblob(32)", true, false },
        { "all of it", "DELETE FROM vek", true, false },
        { "more than any certificate has",
          "UPDATE vek SET der = zeroblob(16385), digest = sha256(zeroblob(16385))", true,
          false },
        { "the issuers", "UPDATE amd_issuer SET chain = x'3000'", true, false },
        { "the issuers, which are no chain",
          "UPDATE amd_issuer SET chain = x'3000', digest = sha256(x'3000')", true,
          false },
        { "the issuers are gone", "DELETE FROM amd_issuer", true, false },
        { "the chip id", "UPDATE chip SET hwid = x'00'", false, false },
        { "the product", "UPDATE chip SET product = 'Milam'", false, false },
        { "the TCB", "UPDATE chip SET tcb = 'db180000000001zz'", false, false },
        { "the state", "UPDATE chip SET state = 3", false, false },
        { "who knows it", "UPDATE chip SET known_by = 5", false, false },
        { "the source", "UPDATE chip SET source = printf('%64s', '')", false, false },
        { "the reason", "UPDATE chip SET why = printf('%256s', '')", false, false },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char meddling[512];
        struct chip_row found = { .row = 0 };
        yard_begin(&yard);
        yard_keep(&yard, first);
        snprintf(meddling, sizeof meddling,
                 "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; %s",
                 cases[i].meddling);
        bench_meddle(&yard.bench, meddling);
        bool is_row = yard_has(&yard, yard_key(1, 24), &found);
        if (is_row != cases[i].is_row
            || (is_row && (found.der.len > 0) != cases[i].is_certificate))
            fail_msg("%s", cases[i].claim);
        yard_keep(&yard, second);
        found = yard_find(&yard, yard_key(1, 24));
        if (!yard_is(&found, second))
            fail_msg("%s: not mended", cases[i].claim);
        yard_end(&yard);
    }
}

static void what_does_not_fit_into_the_arena_is_refused(void **state)
{
    (void)state;
    struct kds_key key = yard_key(1, 24);
    struct chip_row found;
    struct error err = { 0 };
    bool well = false;

    yard_begin(&yard);
    yard_keep(&yard, first);
    for (size_t room = 0; !well; room += 256) {
        struct arena arena;
        arena_init(&arena, room);
        well = chip_find(yard.reader, &key, &arena, &found, &err);
        arena_fini(&arena);
        if (!well)
            assert_refused(err, ERROR_LIMIT, "chip: the row does not fit");
        assert_true(room < (size_t)64 * 1024);
    }
    yard_end(&yard);
}

/* ---- a kill, and a full disk, in any write ------------------------------------------
 */

static void check_whole(void)
{
    static const char *const sums[] = {
        "SELECT count(*) FROM pragma_foreign_key_check",
        "SELECT known - (SELECT count(*) FROM chip) FROM chip_tally",
        "SELECT waiting - (SELECT total(state = 1) FROM chip) FROM chip_tally",
        "SELECT count(*) FROM chip WHERE (state = 2) != (chip IN (SELECT chip FROM vek))",
    };
    struct chip_row found;
    struct error err = { 0 };

    yard.bench.store = bench_open_marked(&yard.bench, true);
    for (size_t i = 0; i < COUNT_OF(sums); i++)
        assert_int_equal(bench_count(&yard.bench, sums[i]), 0);
    assert_ok(platform_reader_open(yard.bench.directory, &yard.reader, &err), err);
    if (yard_has(&yard, yard_key(1, 24), &found) && found.der.len > 0)
        assert_true(yard_is(&found, first) || yard_is(&found, second));
    platform_reader_close(yard.reader);
    store_close(yard.bench.store);
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
        yard.bench.store = bench_open_marked(&yard.bench, true);
        yard_want(&yard, yard_key(1, 24), CHIP_BY_TOKEN, 1);
        yard_keep(&yard, first);
        yard_keep(&yard, second);
        store_close(yard.bench.store);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    check_whole();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void a_kill_in_any_write_leaves_a_chip_whole(void **state)
{
    (void)state;
    long n = 0;

    yard.bench.directory = test_directory();
    arena_init(&yard.arena, (size_t)1 << 20);
    while (!die_at_write(n))
        assert_true(++n < 1000);
    assert_true(n > 20);
    arena_fini(&yard.arena);
    test_remove(yard.bench.directory);
}

static void a_full_disk_in_any_write_changes_nothing(void **state)
{
    (void)state;
    struct chip_change change = {
        .vcek = second, .known_by = CHIP_BY_TOKEN, .source = "amd", .now_s = 9
    };
    enum chip_outcome outcome;
    struct error err = { 0 };
    bool well = false;

    yard_begin(&yard);
    yard_keep(&yard, first);
    for (long n = 0; !well; n++) {
        fate.left = n;
        fate.deadly = false;
        set_fate(true);
        well = store_keep_chip(yard.bench.store, &change, &outcome, &err);
        set_fate(false);
        struct chip_row found = yard_find(&yard, yard_key(1, 24));
        assert_true(yard_is(&found, well ? second : first));
        assert_int_equal(found.known_by, well ? CHIP_BY_TOKEN : CHIP_BY_ASKING);
        if (!well)
            assert_int_equal(err.kind, ERROR_SYSTEM);
    }
    fate.left = -1;
    yard_end(&yard);
}

static int begin(void **state)
{
    (void)state;
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    yard_make(&yard);
    first = yard_mint(&yard, 1, 24, 0);
    second = yard_mint(&yard, 1, 24, 30);
    return 0;
}

static int end(void **state)
{
    (void)state;
    vcek_release(first);
    vcek_release(second);
    yard_free(&yard);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_names_a_certificate_in_one_way),
        cmocka_unit_test(what_is_damaged_is_left_out_and_may_be_written_anew),
        cmocka_unit_test(what_does_not_fit_into_the_arena_is_refused),
        cmocka_unit_test(a_kill_in_any_write_leaves_a_chip_whole),
        cmocka_unit_test(a_full_disk_in_any_write_changes_nothing),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
