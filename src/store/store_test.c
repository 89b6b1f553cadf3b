/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/test_store.h"

static struct bench bench;

/* ---- a new one ----------------------------------------------------------------------
 */

static unsigned mode_of(const char *name)
{
    struct stat info;

    assert_int_equal(stat(bench_path(&bench, name), &info), 0);
    return info.st_mode & 07777;
}

static void a_new_store_is_empty_and_private_and_sqlites(void **state)
{
    (void)state;
    char *above = test_directory();
    mode_t mask = umask(0);

    assert_true(asprintf(&bench.directory, "%s/a/b", above) > 0);
    bench.store = bench_open_marked(&bench, false);
    OWNED(holdings_release) struct holdings *holdings = NULL;
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    umask(mask);
    assert_int_equal(mode_of("."), 0700);
    assert_int_equal(mode_of("thim.db"), 0600);
    assert_int_equal(mode_of("thim.db-wal"), 0600);
    assert_int_equal(mode_of("thim.db-shm"), 0600);
    assert_int_equal(mode_of("thim.lock"), 0600);
    assert_int_equal(bench_count(&bench, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
    assert_int_equal(bench_count(&bench, "PRAGMA application_id"), 0x5448494d);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM pragma_journal_mode WHERE "
                                         "journal_mode = 'wal'"),
                     1);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM kept WHERE key = "
                                         "'root_crl' AND source = 'pcs'"),
                     1);
    store_close(bench.store);
    assert_int_equal(access(bench_path(&bench, "thim.db-wal"), F_OK),
                     -1); /* all is in one file */
    free(bench.directory);
    test_remove(above);
}

static void closing_nothing_is_fine(void **state)
{
    (void)state;
    store_close(NULL);
}

/* ---- marks --------------------------------------------------------------------------
 */

static void test_roots_and_normal_starts_do_not_share_a_store(void **state)
{
    (void)state;
    static const struct {
        const char *claim;
        bool made_marked, has_generation, opened_marked;
        const char *part; /* NULL: opens */
    } cases[] = {
        { "normal, normal", false, true, false, NULL },
        { "marked, marked", true, true, true, NULL },
        { "marked, normal", true, true, false,
          "test roots or a moved clock and is marked" },
        { "marked and empty, normal", true, false, false,
          "is marked for good: start with" },
        { "normal, marked", false, true, true,
          "it holds generation 1 of a normal start, which test roots or a moved clock "
          "must "
          "not touch" },
        { "normal but empty, marked", false, false, true, NULL },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        bench.directory = test_directory();
        bench.store = bench_open_marked(&bench, cases[i].made_marked);
        OWNED(holdings_release) struct holdings *holdings = NULL;
        if (cases[i].has_generation)
            bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
        store_close(bench.store);
        bool well = bench_try_open(&bench, cases[i].opened_marked, &err);
        if (well != (cases[i].part == NULL))
            fail_msg("%s: %s", cases[i].claim, err.text);
        if (!well)
            assert_refused(err, ERROR_UNTRUSTED, cases[i].part);
        if (well && cases[i].opened_marked) { /* from now on for good */
            store_close(bench.store);
            assert_false(bench_try_open(&bench, false, &err));
            assert_refused(err, ERROR_UNTRUSTED, "is marked for good");
        }
        bench_end(&bench);
    }
}

/* ---- files that are not what they should be -----------------------------------------
 */

static void put_nothing(void)
{
    bench_write(&bench, "thim.db", bytes_of("", 0));
}

static void put_text(void)
{
    char text[1000];

    memset(text, 'x', sizeof text);
    bench_write(&bench, "thim.db", bytes_of(text, sizeof text));
}

static void cut_in_half(void)
{
    struct buf whole = bench_read(&bench, "thim.db");

    bench_write(&bench, "thim.db", bytes_first(buf_bytes(&whole), whole.len / 2));
    buf_fini(&whole);
}

static void put_header_only(void)
{
    struct buf whole = bench_read(&bench, "thim.db");

    bench_write(&bench, "thim.db", bytes_first(buf_bytes(&whole), 100));
    buf_fini(&whole);
}

static void wipe_first_page(void)
{
    struct buf whole = bench_read(&bench, "thim.db");

    memset(whole.at + 100, 0, 8000);
    bench_write(&bench, "thim.db", buf_bytes(&whole));
    buf_fini(&whole);
}

static void leave_journal_only(void)
{
    bench_write(&bench, "thim.db-wal", bytes_of_text("frames"));
    assert_int_equal(unlink(bench_path(&bench, "thim.db")), 0);
}

static void make_newer(void)
{
    bench_meddle(&bench, "PRAGMA user_version = 5");
}

static void make_foreign(void)
{
    bench_meddle(&bench, "PRAGMA application_id = 1");
}

static void add_trigger(void)
{
    bench_meddle(&bench, "CREATE TRIGGER evil AFTER INSERT ON item BEGIN DELETE FROM "
                         "object; END");
}

static void forget_making(void)
{
    bench_meddle(&bench, "DELETE FROM store");
}

static void what_is_not_a_store_is_refused_and_left_as_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *claim;
        void (*spoil)(void);
        const char *part;
    } cases[] = {
        { "nothing in it", put_nothing, "thim.db was cut off after 0 bytes" },
        { "text", put_text, "thim.db is no SQLite database" },
        { "cut in half", cut_in_half, "thim.db: the file is damaged" },
        { "the header only", put_header_only, "thim.db: the file is" },
        { "a page of zeros", wipe_first_page, "thim.db: the file is damaged" },
        { "the journal only", leave_journal_only, "thim.db is missing but its journal" },
        { "a newer schema", make_newer,
          "thim.db: it has schema 5 and this version of THIM knows up to 4" },
        { "somebody else's", make_foreign, "some other program's SQLite database" },
        { "a trigger in it", add_trigger,
          "thim.db: its tables are not those of schema 4" },
        { "made half way", forget_making, "its making never ended" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        bench_begin(&bench);
        OWNED(holdings_release) struct holdings *holdings = NULL;
        bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
        store_close(bench.store);
        cases[i].spoil();
        const char *file =
            access(bench_path(&bench, "thim.db"), F_OK) == 0 ? "thim.db" : "thim.db-wal";
        struct buf before = bench_read(&bench, file);
        if (bench_try_open(&bench, false, &err))
            fail_msg("%s: opened", cases[i].claim);
        assert_null(bench.store);
        if (err.kind != ERROR_FORMAT || strstr(err.text, cases[i].part) == NULL
            || strstr(err.text, bench.directory) == NULL)
            fail_msg("%s: %s, %s", cases[i].claim, error_kind_name(err.kind), err.text);
        struct buf after = bench_read(&bench, file);
        assert_true(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
        buf_fini(&before);
        buf_fini(&after);
        bench_end(&bench);
    }
}

static void a_refused_file_keeps_its_journal(void **state)
{
    (void)state;
    struct error err = { 0 };

    bench_begin(&bench);
    OWNED(holdings_release) struct holdings *holdings = NULL;
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    bench_meddle(&bench, "PRAGMA user_version = 5");
    struct buf journal = bench_read(&bench, "thim.db-wal"); /* as a kill would leave it */
    struct buf database = bench_read(&bench, "thim.db");
    store_close(bench.store);
    bench_write(&bench, "thim.db", buf_bytes(&database));
    bench_write(&bench, "thim.db-wal", buf_bytes(&journal));
    assert_false(bench_try_open(&bench, false, &err));
    assert_refused(err, ERROR_FORMAT, "it has schema 5");
    struct buf after = bench_read(&bench, "thim.db-wal");
    assert_true(journal.len > 0 && bytes_equal(buf_bytes(&journal), buf_bytes(&after)));
    buf_fini(&after);
    buf_fini(&journal);
    buf_fini(&database);
    bench_end(&bench);
}

/* ---- who else is there, and what one may not ------------------------------------------
 */

static void a_second_process_is_refused_with_the_firsts_number(void **state)
{
    (void)state;
    struct error err = { 0 };
    int up[2], down[2], status;
    char expected[64], byte;

    assert_int_equal(pipe(up) + pipe(down), 0);
    bench.directory = test_directory();
    pid_t child = fork();
    if (child == 0) {
        close(down[1]); /* so that it ends when the test does */
        bool well = bench_try_open(&bench, false, NULL);
        if (write(up[1], "x", 1) != 1 || read(down[0], &byte, 1) < 0)
            _exit(2);
        _exit(well ? 0 : 1); /* without closing: a process that dies lets go */
    }
    assert_int_equal(read(up[0], &byte, 1), 1);
    snprintf(expected, sizeof expected, "another process, pid %ld, has it open",
             (long)child);
    assert_false(bench_try_open(&bench, false, &err));
    assert_refused(err, ERROR_SYSTEM, expected);
    assert_int_equal(write(down[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(bench_try_open(&bench, false, &err));
    close(up[0]), close(up[1]), close(down[0]), close(down[1]);
    bench_end(&bench);
}

/* Runs as nobody, where we may become him; the test's own rights are not touched. */
static void as_nobody(bool (*claim)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(2);
        _exit(claim() ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static bool refused_with(const char *part)
{
    struct error err = { 0 };

    return !bench_try_open(&bench, false, &err) && err.kind == ERROR_SYSTEM
           && strstr(err.text, part) != NULL;
}

static bool lock_is_denied(void)
{
    return refused_with("thim.lock can't be written: Permission denied");
}

static bool reading_is_denied(void)
{
    return refused_with("thim.db can't be read: Permission denied");
}

static bool writing_is_denied(void)
{
    return refused_with("it may only be read; the service must own it");
}

static bool making_is_denied(void)
{
    return refused_with("make directory");
}

static void what_may_not_be_written_is_said_to_be_so(void **state)
{
    (void)state;
    bench_begin(&bench);
    store_close(bench.store);
    bench.store = NULL;
    assert_int_equal(chmod(bench.directory, 0555), 0);
    if (getuid() != 0)
        assert_int_equal(chmod(bench_path(&bench, "thim.lock"), 0444), 0);
    as_nobody(lock_is_denied);

    assert_int_equal(chmod(bench.directory, 0777), 0);
    assert_int_equal(unlink(bench_path(&bench, "thim.lock")), 0);
    if (getuid() == 0)
        as_nobody(reading_is_denied);
    assert_int_equal(chmod(bench_path(&bench, "thim.db"), 0444), 0);
    as_nobody(writing_is_denied);

    char *above = bench.directory;
    assert_int_equal(chmod(above, 0555), 0);
    bench.directory = strdup(bench_path(&bench, "state"));
    as_nobody(making_is_denied);
    free(bench.directory);
    assert_int_equal(chmod(above, 0700), 0);
    test_remove(above);
}

static int setup(void **state)
{
    (void)state;
    bench_make(&bench);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(&bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_store_is_empty_and_private_and_sqlites),
        cmocka_unit_test(closing_nothing_is_fine),
        cmocka_unit_test(test_roots_and_normal_starts_do_not_share_a_store),
        cmocka_unit_test(what_is_not_a_store_is_refused_and_left_as_it_is),
        cmocka_unit_test(a_refused_file_keeps_its_journal),
        cmocka_unit_test(a_second_process_is_refused_with_the_firsts_number),
        cmocka_unit_test(what_may_not_be_written_is_said_to_be_so),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
