/* SPDX-License-Identifier: Apache-2.0 */
#include "store/baseline_steps.h"

#include <sys/wait.h>

#include "store/test_fate.h"
#include "store/test_store.h"

static struct bench bench;

static struct baseline_row step(const char *baseline, const char *name, uint32_t from,
                                uint32_t to)
{
    return (struct baseline_row){ .at_s = TEST_NOW_S,
                                  .baseline = baseline,
                                  .tee = TEE_SGX,
                                  .step = name,
                                  .from = from,
                                  .to = to,
                                  .moves = from != to,
                                  .who = "rule",
                                  .why = "it became standard",
                                  .effect = "" };
}

/* Takes the place of *holdings. */
static bool keep(struct holdings **holdings, const struct baseline_row *rows,
                 size_t count, struct error *err)
{
    struct holdings *next = NULL;

    if (!store_keep_baseline_steps(bench.store, *holdings, rows, count, &next, err))
        return false;
    holdings_release(*holdings);
    *holdings = next;
    return true;
}

static void keep_one(struct holdings **holdings, struct baseline_row row)
{
    struct error err = { 0 };

    assert_ok(keep(holdings, &row, 1, &err), err);
}

/* A promotion, and the alert that went before it. */
static bool promote(struct holdings **holdings, uint32_t to, struct error *err)
{
    const struct baseline_row rows[] = { step("steady", "alerted", to, to),
                                         step("steady", "promoted", to - 1, to) };

    return keep(holdings, rows, COUNT_OF(rows), err);
}

struct history {
    struct arena arena;
    const struct baseline_row *rows;
    size_t count;
};

static struct history history_of(const char *baseline, size_t newest)
{
    struct history history;
    struct error err = { 0 };

    arena_init(&history.arena, (size_t)1 << 20);
    assert_ok(baseline_rows_read(bench.directory, baseline, newest, &history.arena,
                                 &history.rows, &history.count, &err),
              err);
    return history;
}

/* ---- what is kept -------------------------------------------------------------------
 */

static void a_number_that_changes_takes_a_generation_with_the_same_list(void **state)
{
    (void)state;
    OWNED(holdings_release) struct holdings *holdings = NULL;

    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    keep_one(&holdings, step("steady", "noticed", 17, 17));
    assert_int_equal(holdings->generation, 1);
    keep_one(&holdings, step("steady", "promoted", 17, 18));
    assert_int_equal(holdings->generation, 2);
    assert_int_equal(holdings->count, 1);
    assert_ptr_equal(holdings->entries[0].item, bench.root_crl);
    assert_int_equal(
        bench_count(&bench, "SELECT count(*) FROM listing WHERE generation = 2"), 1);
    struct history history = history_of("steady", 0);
    assert_int_equal(history.rows[0].generation, 1); /* it stood in */
    assert_int_equal(history.rows[1].generation, 2); /* it made */
    arena_fini(&history.arena);

    bench_restart(&bench); /* sealed like any other */
    OWNED(holdings_release) struct holdings *again = bench_recover(&bench, NULL);
    assert_int_equal(again->generation, 2);
    assert_int_equal(again->count, 1);
    bench_end(&bench);
}

static void a_row_comes_back_as_it_was_written(void **state)
{
    (void)state;
    static char effect[BASELINE_STEP_EFFECT_MAX + 1], who[BASELINE_STEP_TEXT_MAX];
    struct baseline_row row = step("azure-like", "pinned", UINT32_MAX, 17);
    OWNED(holdings_release) struct holdings *holdings = NULL;

    memset(effect, 'e', BASELINE_STEP_EFFECT_MAX);
    memset(who, 'w', BASELINE_STEP_TEXT_MAX - 1);
    row.tee = AMD_TEE;
    row.until_s = TEST_NOW_S + 5;
    row.days_left = 14;
    row.who = who;
    row.why = "l'\xc3\xa9t\xc3\xa9";
    row.effect = effect;
    bench_begin(&bench);
    keep_one(&holdings, row); /* over nothing at all */
    struct history history = history_of(NULL, 0);
    assert_int_equal(history.count, 1);
    const struct baseline_row *read = &history.rows[0];
    assert_true(read->row > 0 && read->generation == 1);
    assert_true(read->at_s == TEST_NOW_S && read->until_s == TEST_NOW_S + 5);
    assert_true(read->tee == AMD_TEE && read->days_left == 14);
    assert_true(read->from == UINT32_MAX && read->to == 17);
    assert_string_equal(read->baseline, "azure-like");
    assert_string_equal(read->step, "pinned");
    assert_string_equal(read->who, who);
    assert_string_equal(read->why, row.why);
    assert_string_equal(read->effect, effect);
    arena_fini(&history.arena);
    bench_end(&bench);
}

static void rows_are_read_oldest_first_and_the_newest_of_them(void **state)
{
    static const struct {
        const char *claim, *baseline;
        size_t newest;
        const char *numbers; /* each `to`, as a letter from 'a' */
    } cases[] = {
        { "all, of all", NULL, 0, "abcde" },
        { "of one", "steady", 0, "ace" },
        { "the newest of one", "steady", 2, "ce" },
        { "more than there are", "steady", 9, "ace" },
        { "the newest of all", NULL, 1, "e" },
        { "of one that has none", "other", 0, "" },
        { "a name is no pattern", "%", 0, "" },
    };
    OWNED(holdings_release) struct holdings *holdings = NULL;

    (void)state;
    bench_begin(&bench);
    for (uint32_t i = 0; i < 5; i++)
        keep_one(&holdings,
                 step(i % 2 == 0 ? "steady" : "ring", "promoted", 90, 'a' + i));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct history history = history_of(cases[i].baseline, cases[i].newest);
        char found[8] = "";
        for (size_t j = 0; j < history.count; j++)
            found[j] = (char)history.rows[j].to;
        if (strcmp(found, cases[i].numbers) != 0)
            fail_msg("%s: %s", cases[i].claim, found);
        arena_fini(&history.arena);
    }
    bench_end(&bench);
}

static void what_does_not_fit_into_the_arena_is_refused(void **state)
{
    (void)state;
    OWNED(holdings_release) struct holdings *holdings = NULL;
    const struct baseline_row *rows;
    struct arena arena;
    size_t count;
    struct error err = { 0 };

    bench_begin(&bench);
    keep_one(&holdings, step("steady", "first", 0, 17));
    for (size_t room = 0; room < 300; room += 50) {
        arena_init(&arena, room);
        if (!baseline_rows_read(bench.directory, NULL, 0, &arena, &rows, &count, &err))
            assert_refused(err, ERROR_LIMIT, "steps of baselines: they do not fit");
        else
            assert_true(room >= sizeof *rows && count == 1);
        arena_fini(&arena);
    }
    assert_false(baseline_rows_read("/nowhere", NULL, 0, &arena, &rows, &count, &err));
    assert_refused(err, ERROR_SYSTEM, "steps of baselines: reading the store in");
    bench_end(&bench);
}

/* ---- what is refused ----------------------------------------------------------------
 */

static void a_refused_step_leaves_the_others_unwritten_too(void **state)
{
    static char effect[BASELINE_STEP_EFFECT_MAX + 2], text[BASELINE_STEP_TEXT_MAX + 1];
    static const struct {
        const char *claim;
        struct baseline_row change; /* what is not empty in it */
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { "who", { .who = text }, ERROR_LIMIT, "baseline steady: who of a step is" },
        { "why", { .why = text }, ERROR_LIMIT, "why of a step is longer than 255" },
        { "effect",
          { .effect = effect },
          ERROR_LIMIT,
          "effect of a step is longer than" },
        { "no step", { .step = "" }, ERROR_FORMAT, "the rows contradict one another" },
        { "no baseline", { .baseline = "" }, ERROR_FORMAT, "contradict one another" },
    };
    OWNED(holdings_release) struct holdings *holdings = NULL;

    (void)state;
    memset(effect, 'e', BASELINE_STEP_EFFECT_MAX + 1);
    memset(text, 't', BASELINE_STEP_TEXT_MAX);
    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct baseline_row rows[] = { step("steady", "promoted", 17, 18),
                                       step("steady", "promoted", 18, 19) };
        const struct baseline_row *change = &cases[i].change;
        struct error err = { 0 };
        rows[1].who = change->who != NULL ? change->who : rows[1].who;
        rows[1].why = change->why != NULL ? change->why : rows[1].why;
        rows[1].effect = change->effect != NULL ? change->effect : rows[1].effect;
        rows[1].step = change->step != NULL ? change->step : rows[1].step;
        rows[1].baseline = change->baseline != NULL ? change->baseline : rows[1].baseline;
        if (keep(&holdings, rows, 2, &err))
            fail_msg("%s: kept", cases[i].claim);
        assert_refused(err, cases[i].kind, cases[i].part);
    }
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM baseline_step"), 0);
    assert_int_equal(bench_count(&bench, "SELECT max(generation) FROM generation"), 1);
    bench_end(&bench);
}

static void steps_go_over_the_current_generation_alone(void **state)
{
    (void)state;
    OWNED(holdings_release) struct holdings *holdings = NULL;
    struct baseline_row row = step("steady", "promoted", 17, 18);
    struct holdings *out = NULL;
    struct error err = { 0 };

    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    assert_false(store_keep_baseline_steps(bench.store, NULL, &row, 1, &out, &err));
    assert_refused(err, ERROR_SYSTEM, "over generation 0, but 1 is the current one");
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM baseline_step"), 0);
    bench_end(&bench);
}

static void the_history_is_never_changed(void **state)
{
    static const char *const meddlings[] = {
        "UPDATE baseline_step SET why = 'none'",
        "DELETE FROM baseline_step",
    };
    OWNED(holdings_release) struct holdings *holdings = NULL;

    (void)state;
    bench_begin(&bench);
    keep_one(&holdings, step("steady", "first", 0, 17));
    sqlite3 *db = bench_peek(&bench);
    for (size_t i = 0; i < COUNT_OF(meddlings); i++) {
        assert_int_equal(sqlite3_exec(db, meddlings[i], NULL, NULL, NULL),
                         SQLITE_CONSTRAINT);
        assert_string_equal(sqlite3_errmsg(db),
                            "the history of baselines is never changed");
    }
    sqlite3_close(db);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM baseline_step WHERE why = "
                                         "'it became standard'"),
                     1);
    bench_end(&bench);
}

/* ---- both or neither ----------------------------------------------------------------
 */

static int64_t rows_less_promotions(void)
{
    return bench_count(&bench,
                       "SELECT (SELECT count(*) FROM baseline_step) - 2 * (SELECT "
                       "max(generation) - 1 FROM generation)");
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
        bench.store = bench_open_marked(&bench, false);
        struct holdings *holdings = bench_recover(&bench, NULL);
        bool well = promote(&holdings, 18, NULL) && promote(&holdings, 19, NULL);
        store_close(bench.store);
        _exit(well ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    bench.store = bench_open_marked(&bench, false);
    assert_int_equal(rows_less_promotions(), 0);
    store_close(bench.store);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void a_kill_in_any_write_leaves_promotions_whole(void **state)
{
    (void)state;
    struct holdings *holdings = NULL;
    long n = 0;

    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    holdings_release(holdings);
    store_close(bench.store);
    while (!die_at_write(n))
        assert_true(++n < 1000);
    assert_true(n > 10);
    bench.store = NULL;
    bench_end(&bench);
}

static void a_full_disk_in_any_write_leaves_both_or_neither(void **state)
{
    (void)state;
    OWNED(holdings_release) struct holdings *holdings = NULL;
    bool well = false;
    long n = 0;

    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    for (; !well; n++) {
        struct error err = { 0 };
        fate.left = n;
        fate.deadly = false;
        set_fate(true);
        well = promote(&holdings, 18, &err);
        set_fate(false);
        if (!well)
            assert_refused(err, ERROR_SYSTEM, "steps of baselines: publish: ");
        assert_int_equal(holdings->generation, well ? 2 : 1);
        assert_int_equal(rows_less_promotions(), 0);
        assert_int_equal(bench_count(&bench, "SELECT count(*) FROM baseline_step"),
                         well ? 2 : 0);
    }
    fate.left = -1;
    assert_true(n > 2);
    bench_end(&bench);
}

static int begin(void **state)
{
    (void)state;
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    bench_make(&bench);
    return 0;
}

static int end(void **state)
{
    (void)state;
    bench_free(&bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_that_changes_takes_a_generation_with_the_same_list),
        cmocka_unit_test(a_row_comes_back_as_it_was_written),
        cmocka_unit_test(rows_are_read_oldest_first_and_the_newest_of_them),
        cmocka_unit_test(what_does_not_fit_into_the_arena_is_refused),
        cmocka_unit_test(a_refused_step_leaves_the_others_unwritten_too),
        cmocka_unit_test(steps_go_over_the_current_generation_alone),
        cmocka_unit_test(the_history_is_never_changed),
        cmocka_unit_test(a_kill_in_any_write_leaves_promotions_whole),
        cmocka_unit_test(a_full_disk_in_any_write_leaves_both_or_neither),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
