/* SPDX-License-Identifier: Apache-2.0 */
/* kill -9 and a failing disk, at any point and at every point: the rows of a generation
 * are all there or not at all. */
#include "store/store_rows.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/test_fate.h"
#include "store/test_store.h"

enum { DOCS = 8, WINDOW = 3, KILLS = 100 };

static struct bench bench;
static struct verified_collateral *docs[DOCS];

/* ---- what generation g holds: the root CRL and a window of documents -----------------
 */

static size_t doc_at(uint64_t generation, size_t i)
{
    return (size_t)(generation + i) % DOCS;
}

static bool publish_next(struct store *store, struct holdings **holdings,
                         struct error *err)
{
    uint64_t next = (*holdings)->generation + 1;
    struct store_entry entries[WINDOW + 1] = { { bench.root_crl, "pcs", 1 } };
    enum store_outcome outcomes[WINDOW + 1];
    struct collateral_key dropped = verified_facts(docs[doc_at(next + DOCS - 1, 0)])->key;
    struct designation designation = {
        .subject = collateral_subject(&verified_facts(docs[doc_at(next, 0)])->key),
        .update = UPDATE_STANDARD,
        .evaluation_data_number = 17,
    };
    struct store_change change = { .entries = entries,
                                   .entry_count = WINDOW + 1,
                                   .designations = &designation,
                                   .designation_count = 1,
                                   .dropped = &dropped,
                                   .dropped_count = 1 };
    struct holdings *made = NULL;

    for (size_t i = 0; i < WINDOW; i++)
        entries[i + 1] = (struct store_entry){ docs[doc_at(next, i)], "pcs", 1 };
    if (!store_publish(store, *holdings, &change, outcomes, &made, err))
        return false;
    holdings_release(*holdings);
    *holdings = made;
    return true;
}

static void check_window(const struct holdings *holdings)
{
    uint64_t generation = holdings->generation;

    if (generation == 0) {
        assert_int_equal(holdings->count, 0);
        return;
    }
    assert_int_equal(holdings->count, WINDOW + 1);
    for (size_t i = 0; i < WINDOW; i++)
        assert_non_null(
            holdings_find(holdings, &verified_facts(docs[doc_at(generation, i)])->key));
    assert_int_equal(holdings->designation_count, generation < DOCS ? generation : DOCS);
}

/* Opens what a dead process left, and finds generation `least` or one that had not been
 * acknowledged yet. */
static uint64_t check_left(uint64_t least)
{
    struct store_recovery report;

    bench.store = bench_open_marked(&bench, false);
    OWNED(holdings_release) struct holdings *holdings = bench_recover(&bench, &report);
    assert_int_equal(report.quarantined, 0);
    if (holdings->generation != least && holdings->generation != least + 1)
        fail_msg("generation %llu, and %llu was promised",
                 (unsigned long long)holdings->generation, (unsigned long long)least);
    check_window(holdings);
    store_close(bench.store);
    bench.store = NULL;
    return holdings->generation;
}

/* In a child: opens, recovers, publishes `count` generations, and says each one's number
 * once it is promised. */
static void live(int say, uint64_t count)
{
    struct store_options options = { .directory = bench.directory };
    struct judgement law = bench_law(&bench);
    struct holdings *holdings = NULL;
    struct store_recovery report;
    struct store *store = NULL;

    if (!store_open(&options, &store, NULL)
        || !store_recover(store, &law, &holdings, &report, NULL))
        _exit(1);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t promised = holdings->generation;
        if (write(say, &promised, sizeof promised) != sizeof promised
            || !publish_next(store, &holdings, NULL))
            _exit(2);
    }
    uint64_t promised = holdings->generation;
    if (write(say, &promised, sizeof promised) != sizeof promised)
        _exit(3);
    store_close(store);
    _exit(0);
}

static uint64_t last_said(int hear, uint64_t before)
{
    uint64_t promised = before, next;

    while (read(hear, &next, sizeof next) == sizeof next)
        promised = next;
    return promised;
}

static void a_kill_at_a_random_moment_leaves_the_last_generation_whole(void **state)
{
    (void)state;
    uint64_t generation = 0, first;
    unsigned dice = 20250620;

    bench.directory = test_directory();
    for (int i = 0; i < KILLS; i++) {
        int pipes[2], status;
        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        if (child == 0)
            live(pipes[1], UINT64_MAX);
        close(pipes[1]);
        assert_int_equal(read(pipes[0], &first, sizeof first), sizeof first);
        assert_int_equal(first, generation);
        usleep((useconds_t)(rand_r(&dice) % 8000)); /* some moment of its publishing */
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        uint64_t promised = last_said(pipes[0], first);
        close(pipes[0]);
        generation = check_left(promised);
    }
    assert_true(generation > 0);
    bench_end(&bench);
}

/* ---- every write of SQLite's, one after another ---------------------------------------
 */

/* True where the child came to its end: there were fewer writes than that. */
static bool die_at_write(long n, uint64_t *generation)
{
    int pipes[2], status;

    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        fate.left = n;
        fate.deadly = true;
        set_fate(true);
        live(pipes[1], 2);
    }
    close(pipes[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    uint64_t promised = last_said(pipes[0], *generation);
    close(pipes[0]);
    *generation = check_left(promised);
    if (WIFSIGNALED(status))
        return false;
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

static void a_kill_in_any_write_leaves_the_last_generation_whole(void **state)
{
    (void)state;
    uint64_t generation = 0;
    long n = 0;

    bench.directory = test_directory();
    while (!die_at_write(n, &generation))
        assert_true(++n < 1000);
    assert_true(n > 20); /* it did write, each of them was hit */
    bench_end(&bench);
}

static void a_kill_in_any_write_of_the_first_opening_leaves_none_or_one(void **state)
{
    (void)state;
    bool ended = false;
    long n;

    for (n = 0; !ended; n++) {
        uint64_t generation = 0;
        bench.directory = test_directory();
        ended = die_at_write(n, &generation);
        bench_end(&bench);
        assert_true(n < 1000);
    }
    assert_true(n > 20);
}

static void a_write_that_fails_for_want_of_room_is_refused_and_passes(void **state)
{
    (void)state;
    long hit = 0, n = 0;

    bench_begin(&bench);
    OWNED(holdings_release) struct holdings *holdings = bench_recover(&bench, NULL);
    set_fate(true);
    fate.deadly = false;
    do {
        struct error err = { 0 };
        uint64_t before = holdings->generation;
        fate.left = n;
        fate.refused = 0;
        bool well = publish_next(bench.store, &holdings, &err);
        hit = fate.refused;
        fate.left = -1;
        if (!well)
            assert_refused(err, ERROR_SYSTEM, "publish: ");
        else /* what fails after the commit, in cleaning up, is no failure */
            assert_int_equal(holdings->generation, before + 1);
        check_window(holdings);
        n++;
    } while (hit > 0);
    set_fate(false);
    assert_true(n > 5);

    struct error err = { 0 };
    assert_ok(publish_next(bench.store, &holdings, &err), err);
    uint64_t promised = holdings->generation;
    store_close(bench.store);
    assert_int_equal(check_left(promised), promised);
    bench_end(&bench);
}

static void chains_come_back_as_they_were_written(void **state)
{
    (void)state;
    const struct collateral_facts *facts = verified_facts(docs[0]);
    struct der_chain read = { .count = 0 };
    struct error err = { 0 };
    struct buf value;

    buf_init(&value, (size_t)1 << 20);
    for (size_t i = 0; i < facts->chain.count; i++)
        buf_add(&value, facts->chain.certificates[i]);
    assert_ok(rows_read_chain(buf_bytes(&value), &read, &err), err);
    assert_int_equal(read.count, facts->chain.count);
    for (size_t i = 0; i < read.count; i++)
        assert_true(bytes_equal(read.certificates[i], facts->chain.certificates[i]));

    assert_false(
        rows_read_chain(bytes_first(buf_bytes(&value), value.len - 1), &read, &err));
    assert_refused(err, ERROR_FORMAT, "certificate");
    buf_add_byte(&value, 0x30);
    assert_false(rows_read_chain(buf_bytes(&value), &read, &err));
    assert_refused(err, ERROR_FORMAT, "certificate");
    buf_clear(&value);
    for (size_t i = 0; i <= X509_CHAIN_MAX; i++)
        buf_add(&value, bytes_of("\x30\x00", 2));
    assert_false(rows_read_chain(buf_bytes(&value), &read, &err));
    assert_refused(err, ERROR_LIMIT, "more than 8 certificates");
    assert_ok(rows_read_chain(bytes_of("", 0), &read, &err), err);
    assert_int_equal(read.count, 0);
    buf_fini(&value);
}

static int setup(void **state)
{
    (void)state;
    /* a kill loses nothing that was written, synced or not: memory will do, and is fast
     */
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    bench_make(&bench);
    for (int i = 0; i < DOCS; i++)
        docs[i] = bench_item(&bench, bench_tcb_info((uint8_t)i, 17), TEST_NOW_S);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < DOCS; i++)
        verified_release(docs[i]);
    bench_free(&bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kill_at_a_random_moment_leaves_the_last_generation_whole),
        cmocka_unit_test(a_kill_in_any_write_leaves_the_last_generation_whole),
        cmocka_unit_test(a_kill_in_any_write_of_the_first_opening_leaves_none_or_one),
        cmocka_unit_test(a_write_that_fails_for_want_of_room_is_refused_and_passes),
        cmocka_unit_test(chains_come_back_as_they_were_written),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
