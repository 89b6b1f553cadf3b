/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/resource.h>

#include "store/test_store.h"

static struct bench bench;

static void generations_count_up_and_come_back_after_a_restart(void **state)
{
    (void)state;
    OWNED(verified_release)
    struct verified_collateral *one =
                                   bench_item(&bench, bench_tcb_info(1, 17), TEST_NOW_S),
                               *two =
                                   bench_item(&bench, bench_tcb_info(2, 17), TEST_NOW_S),
                               *one_later = bench_item(&bench, bench_tcb_info(1, 17),
                                                       TEST_NOW_S + 1);
    struct store_recovery report;

    bench_begin(&bench);
    OWNED(holdings_release) struct holdings *holdings = bench_recover(&bench, &report);
    assert_int_equal(holdings->generation, 0);
    assert_int_equal(report.verified + report.quarantined, 0);

    assert_int_equal(bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 10),
                     STORE_ADDED);
    assert_int_equal(bench_publish_one(&bench, &holdings, one, "pcs", 10), STORE_ADDED);
    assert_int_equal(bench_publish_one(&bench, &holdings, two, "cache", 11), STORE_ADDED);
    assert_int_equal(holdings->generation, 3);
    OWNED(holdings_release) struct holdings *third = holdings_hold(holdings);
    assert_int_equal(bench_publish_one(&bench, &holdings, one_later, "cache", 12),
                     STORE_REPLACED);
    assert_int_equal(holdings->generation, 4);
    assert_int_equal(bench_publish_one(&bench, &holdings, one, "pcs", 13), STORE_OLDER);
    assert_int_equal(holdings->generation, 4);
    assert_int_equal(bench_publish_one(&bench, &holdings, two, "pcs", 14), STORE_SAME);
    assert_int_equal(holdings->generation, 4);

    struct collateral_key key = bench_tcb_info(1, 17);
    assert_int_equal(verified_facts(holdings_find(third, &key)->item)->issue_date_s,
                     TEST_NOW_S); /* whoever holds 3 keeps 3 */

    bench_restart(&bench);
    OWNED(holdings_release) struct holdings *again = bench_recover(&bench, &report);
    assert_int_equal(report.generation, 4);
    assert_int_equal(report.verified, 3);
    assert_int_equal(report.quarantined, 0);
    assert_int_equal(again->generation, 4);
    assert_int_equal(again->count, 3);
    const struct holding *found = holdings_find(again, &key);
    assert_int_equal(verified_facts(found->item)->issue_date_s, TEST_NOW_S + 1);
    assert_string_equal(found->source, "cache");
    assert_int_equal(found->fetched_s, 12);
    assert_int_equal(found->confirmed_s, 12);
    key = bench_tcb_info(2, 17);
    found = holdings_find(again, &key);
    assert_string_equal(found->source, "cache");
    assert_int_equal(found->fetched_s, 11);
    assert_int_equal(found->confirmed_s, 14);
    bench_end(&bench);
}

static void designations_and_hints_come_back_after_a_restart(void **state)
{
    (void)state;
    OWNED(verified_release)
    struct verified_collateral *item =
        bench_item(&bench, bench_tcb_info(1, 17), TEST_NOW_S);
    OWNED(holdings_release) struct holdings *holdings = NULL;
    struct store_entry entries[] = { { bench.root_crl, "pcs", 1 }, { item, "pcs", 1 } };
    struct designation designation = { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, true };
    struct hint hint = {
        .source = "pcs",
        .fetched_s = 5,
        .text = bytes_of_text("[{\"fmspc\":\"30606A000001\",\"platform\":\"E5\"}]"),
    };
    struct store_change change = {
        .entries = entries,
        .entry_count = 2,
        .designations = &designation,
        .designation_count = 1,
        .hints = &hint,
        .hint_count = 1,
    };

    bench_begin(&bench);
    bench_publish(&bench, &holdings, &change, NULL);
    assert_int_equal(holdings->generation, 1);
    hint.fetched_s = 6;
    bench_publish(&bench, &holdings, &change, NULL);
    assert_int_equal(holdings->generation, 1); /* confirms, and says nothing new */
    assert_int_equal(holdings->hints[0].fetched_s, 6);

    bench_restart(&bench);
    OWNED(holdings_release) struct holdings *again = bench_recover(&bench, NULL);
    assert_int_equal(again->generation, 1);
    assert_int_equal(again->designation_count, 1);
    assert_true(again->designations[0].listed);
    const struct holding *found =
        holdings_designated(again, &designation.subject, UPDATE_STANDARD);
    assert_non_null(found);
    assert_int_equal(verified_facts(found->item)->issue_date_s, TEST_NOW_S);
    assert_int_equal(again->hint_count, 1);
    assert_string_equal(again->hints[0].source, "pcs");
    assert_int_equal(again->hints[0].fetched_s, 6);
    assert_true(bytes_equal(again->hints[0].text, hint.text));

    hint.text = bytes_of_text("[{\"fmspc\":\"30606A000002\",\"platform\":\"E5\"}]");
    change = (struct store_change){ .hints = &hint, .hint_count = 1 };
    bench_publish(&bench, &again, &change, NULL);
    assert_int_equal(again->generation, 2);
    assert_int_equal(again->designation_count, 1);
    assert_int_equal(again->count, 2);
    bench_end(&bench);
}

static void a_refused_change_writes_nothing(void **state)
{
    (void)state;
    OWNED(verified_release)
    struct verified_collateral *item =
        bench_item(&bench, bench_tcb_info(1, 17), TEST_NOW_S);
    struct store_entry entry = { item, "pcs", 1 };
    struct designation designation = { bench_tcb_info(2, 0), UPDATE_STANDARD, 17, true };
    struct store_change change = { .entries = &entry,
                                   .entry_count = 1,
                                   .designations = &designation,
                                   .designation_count = 1 };
    OWNED(holdings_release) struct holdings *holdings = NULL;
    struct holdings *refused = NULL;
    enum store_outcome outcome;
    struct error err = { 0 };

    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    assert_false(store_publish(bench.store, holdings, &change, &outcome, &refused, &err));
    assert_refused(err, ERROR_NOT_FOUND,
                   "publish: tcb_info/sgx/v3/30606a000002/17 can't");
    assert_null(refused);
    assert_int_equal(bench_count(&bench, "SELECT max(generation) FROM generation"), 1);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM object"), 1);
    change.designation_count = 0;
    bench_publish(&bench, &holdings, &change, NULL); /* and the store goes on */
    assert_int_equal(holdings->generation, 2);
    bench_end(&bench);
}

static void only_the_current_generation_is_published_over(void **state)
{
    (void)state;
    OWNED(holdings_release) struct holdings *holdings = NULL, *other = NULL;
    struct store_change nothing = { .entry_count = 0 };
    struct error err = { 0 };

    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    assert_false(store_publish(bench.store, NULL, &nothing, NULL, &other, &err));
    assert_refused(err, ERROR_SYSTEM, "over generation 0, but 1 is the current one");
    bench_publish(&bench, &holdings, &nothing, NULL);
    assert_int_equal(holdings->generation, 1); /* nothing takes no generation */
    bench_end(&bench);
}

static void older_generations_stay_as_they_were_up_to_the_bound(void **state)
{
    (void)state;
    enum { ROUNDS = STORE_GENERATIONS_KEPT + 10 };
    OWNED(holdings_release) struct holdings *holdings = NULL;
    struct store_generation history[2 * STORE_GENERATIONS_KEPT];
    char question[256];

    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    for (int i = 1; i < ROUNDS; i++) {
        OWNED(verified_release)
        struct verified_collateral *item =
            bench_item(&bench, bench_tcb_info(1, 17), TEST_NOW_S + i);
        bench_publish_one(&bench, &holdings, item, "pcs", i);
    }
    assert_int_equal(store_history(bench.store, history, COUNT_OF(history)),
                     STORE_GENERATIONS_KEPT);
    for (size_t i = 0; i < STORE_GENERATIONS_KEPT; i++) {
        assert_int_equal(history[i].generation, ROUNDS - i);
        assert_int_equal(history[i].count, 2);
        snprintf(question, sizeof question,
                 "SELECT issue_date_s FROM item JOIN listing USING (item) WHERE key LIKE "
                 "'tcb_info%%' AND generation = %d",
                 (int)(ROUNDS - i));
        assert_int_equal(bench_count(&bench, question), TEST_NOW_S + ROUNDS - (int)i - 1);
    }
    assert_int_equal(store_history(bench.store, history, 3), 3);
    assert_int_equal(history[0].generation, ROUNDS);
    /* of what only dropped generations listed nothing is left */
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM object"),
                     STORE_GENERATIONS_KEPT + 1);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM item"),
                     STORE_GENERATIONS_KEPT + 1);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM listing"),
                     2 * STORE_GENERATIONS_KEPT);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM pragma_foreign_key_check"),
                     0);
    bench_end(&bench);
}

static void what_is_dropped_stays_with_the_generations_before(void **state)
{
    (void)state;
    struct collateral_key key = bench_tcb_info(1, 17);
    OWNED(verified_release)
    struct verified_collateral *item = bench_item(&bench, key, TEST_NOW_S);
    struct store_change drop = { .dropped = &key, .dropped_count = 1 };
    OWNED(holdings_release) struct holdings *holdings = NULL;

    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    bench_publish_one(&bench, &holdings, item, "pcs", 1);
    bench_publish(&bench, &holdings, &drop, NULL);
    assert_int_equal(holdings->generation, 3);
    assert_null(holdings_find(holdings, &key));
    assert_int_equal(
        bench_count(&bench, "SELECT count(*) FROM listing WHERE generation = 2"), 2);
    assert_int_equal(
        bench_count(&bench, "SELECT count(*) FROM listing WHERE generation = 3"), 1);
    bench_publish(&bench, &holdings, &drop, NULL);
    assert_int_equal(holdings->generation, 3);
    bench_end(&bench);
}

static void each_object_is_kept_once_and_under_its_digest(void **state)
{
    (void)state;
    struct collateral_key key = bench_tcb_info(1, 17);
    OWNED(verified_release)
    struct verified_collateral *item = bench_item(&bench, key, TEST_NOW_S);
    struct store_change drop = { .dropped = &key, .dropped_count = 1 };
    OWNED(holdings_release) struct holdings *holdings = NULL;

    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, item, "pcs", 1);
    bench_publish(&bench, &holdings, &drop, NULL);
    bench_meddle(&bench, "UPDATE object SET body = x'00'"); /* rots meanwhile */
    bench_publish_one(&bench, &holdings, item, "pcs", 2);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM object"), 1);
    assert_int_equal(bench_count(&bench, "SELECT length(body) FROM object"),
                     verified_facts(item)->body.len);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM item"), 2);
    bench_end(&bench);
}

/* ---- the machine says no ------------------------------------------------------------
 */

static void a_full_disk_loses_nothing_and_passes(void **state)
{
    (void)state;
    OWNED(holdings_release) struct holdings *holdings = NULL;
    struct holdings *refused = NULL;
    struct rlimit before, small;
    struct store_entry entries[8];
    struct verified_collateral *items[COUNT_OF(entries)];
    enum store_outcome outcomes[COUNT_OF(entries)];
    struct store_change change = { .entries = entries, .entry_count = COUNT_OF(entries) };
    struct error err = { 0 };

    for (size_t i = 0; i < COUNT_OF(items); i++) {
        items[i] = bench_item(&bench, bench_tcb_info((uint8_t)i, 17), TEST_NOW_S);
        entries[i] = (struct store_entry){ items[i], "pcs", 1 };
    }
    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);

    /* no file may grow past 4 KiB: less than one page of the journal */
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool well = store_publish(bench.store, holdings, &change, outcomes, &refused, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);

    assert_false(well);
    assert_refused(err, ERROR_SYSTEM, "nothing was changed");
    assert_null(refused);
    assert_int_equal(bench_count(&bench, "SELECT max(generation) FROM generation"), 1);
    bench_publish(&bench, &holdings, &change, NULL);
    assert_int_equal(holdings->generation, 2);
    assert_int_equal(holdings->count, 9);
    bench_restart(&bench);
    OWNED(holdings_release) struct holdings *again = bench_recover(&bench, NULL);
    assert_int_equal(again->count, 9);
    for (size_t i = 0; i < COUNT_OF(items); i++)
        verified_release(items[i]);
    bench_end(&bench);
}

static void another_program_that_writes_is_waited_for_but_not_for_ever(void **state)
{
    (void)state;
    OWNED(verified_release)
    struct verified_collateral *item =
        bench_item(&bench, bench_tcb_info(1, 17), TEST_NOW_S);
    struct store_entry entry = { item, "pcs", 1 };
    struct store_change change = { .entries = &entry, .entry_count = 1 };
    OWNED(holdings_release) struct holdings *holdings = NULL;
    struct holdings *refused = NULL;
    enum store_outcome outcome;
    struct error err = { 0 };

    bench_begin(&bench);
    bench_publish_one(&bench, &holdings, bench.root_crl, "pcs", 1);
    sqlite3 *shell = bench_peek(&bench);
    assert_int_equal(sqlite3_exec(shell, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_false(store_publish(bench.store, holdings, &change, &outcome, &refused, &err));
    assert_refused(err, ERROR_SYSTEM, "another program");
    sqlite3_close(shell);
    bench_publish(&bench, &holdings, &change, NULL);
    assert_int_equal(holdings->generation, 2);
    bench_end(&bench);
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
        cmocka_unit_test(generations_count_up_and_come_back_after_a_restart),
        cmocka_unit_test(designations_and_hints_come_back_after_a_restart),
        cmocka_unit_test(a_refused_change_writes_nothing),
        cmocka_unit_test(only_the_current_generation_is_published_over),
        cmocka_unit_test(older_generations_stay_as_they_were_up_to_the_bound),
        cmocka_unit_test(what_is_dropped_stays_with_the_generations_before),
        cmocka_unit_test(each_object_is_kept_once_and_under_its_digest),
        cmocka_unit_test(a_full_disk_loses_nothing_and_passes),
        cmocka_unit_test(another_program_that_writes_is_waited_for_but_not_for_ever),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
