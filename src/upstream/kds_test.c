/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds.h"

#include "kit/file.h"
#include "upstream/breaker.h"
#include "upstream/test_kds.h"

static void a_chip_is_fetched_verified_kept_and_told_of(void **state)
{
    struct bench bench;
    struct chip_row row;
    struct arena arena;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, 1, CHIP_BY_ASKING).outcome, CHIP_KEPT);
    assert_int_equal(atomic_load(&bench.changed), 1);
    arena_init(&arena, BENCH_ROOM);
    assert_true(bench_find(&bench, 1, &arena, &row));
    assert_true(row.der.len > 0 && row.revocation_checked);
    assert_string_equal(row.source, "first");
    assert_int_equal(row.known_by, CHIP_BY_ASKING);
    arena_fini(&arena);
    /* what is kept is not asked for again */
    assert_int_equal(bench_fetch(&bench, 1, CHIP_BY_TOKEN).outcome, CHIP_KEPT);
    assert_int_equal(atomic_load(&bench.kds[0].chips), 1);
    bench_end(&bench);
}

static void copy_upstream(void *out, const struct upstream_condition *condition)
{
    *(struct upstream_condition *)out = *condition;
}

static void one_flight_for_a_chip_asked_for_by_many(void **state)
{
    struct bench bench;
    struct bench_ear ears[20] = { 0 };

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    for (uint32_t i = 1; i <= 3; i++)
        assert_int_equal(bench_fetch(&bench, i, CHIP_BY_TOKEN).outcome, CHIP_KEPT);
    for (size_t i = 0; i < COUNT_OF(ears); i++)
        bench_ask(&bench, 9, CHIP_BY_ASKING, 0, &ears[i]);
    assert_int_equal(atomic_load(&bench.kds[0].chips), 3); /* no slot is left */
    struct upstream_condition upstream = { 0 };
    conditions_visit_upstreams(bench.conditions, copy_upstream, &upstream);
    assert_true(upstream.queued_known == 0 && upstream.queued_unknown == 1);
    assert_true(bench_go_on(&bench, 10));
    for (size_t i = 0; i < COUNT_OF(ears); i++)
        assert_true(ears[i].told == 1 && ears[i].report.outcome == CHIP_KEPT);
    assert_int_equal(atomic_load(&bench.kds[0].chips), 4);
    bench_end(&bench);
}

static void who_cannot_wait_for_his_turn_is_told_when_it_comes(void **state)
{
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    for (uint32_t i = 1; i <= 3; i++)
        assert_int_equal(bench_fetch(&bench, i, CHIP_BY_TOKEN).outcome, CHIP_KEPT);
    for (uint32_t i = 4; i <= 6; i++) {
        struct bench_ear ear = { 0 };
        bench_ask(&bench, i, CHIP_BY_TOKEN, 15000, &ear);
        assert_int_equal(ear.report.outcome, CHIP_LATE);
        assert_int_equal(ear.report.retry_after_s, (i - 3) * 10);
    }
    for (uint32_t i = 4; i <= 6; i++) { /* and then it is there */
        assert_true(bench_go_on(&bench, 10));
        assert_true(bench_holds(&bench, i));
    }
    bench_end(&bench);
}

static void a_known_chip_goes_before_strangers(void **state)
{
    struct bench bench;
    struct bench_ear ears[12] = { 0 };

    (void)state;
    bench_make(&bench);
    bench.config.amd.unknown_per_minute_per_address = 100;
    bench_start(&bench);
    for (uint32_t i = 0; i < 11; i++)
        bench_ask(&bench, i, CHIP_BY_ASKING, 0, &ears[i]);
    bench_ask(&bench, 11, CHIP_BY_TOKEN, 0, &ears[11]);
    for (size_t slots = 0; slots < 2 && ears[11].told == 0; slots++)
        bench_go_on(&bench, 10);
    assert_int_equal(ears[11].report.outcome, CHIP_KEPT);
    assert_int_equal(ears[10].told, 0);
    bench_end(&bench);
}

static void an_absent_chip_is_not_asked_for_again_at_once(void **state)
{
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    bench_set(&bench, 0, (struct bench_script){ .chip_status = 404 });
    for (int i = 0; i < 5; i++)
        assert_int_equal(bench_fetch(&bench, 1, CHIP_BY_ASKING).outcome, CHIP_NOT_FOUND);
    assert_int_equal(atomic_load(&bench.kds[0].chips), 1);
    assert_false(bench_holds(&bench, 1));
    bench_end(&bench);
}

static void a_refusal_pushes_the_next_slot_out(void **state)
{
    struct bench bench;
    struct bench_ear ear = { 0 }, other = { 0 };

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    bench_set(&bench, 0,
              (struct bench_script){ .chip_status = 429, .retry_after = "120" });
    bench_ask(&bench, 1, CHIP_BY_TOKEN, 0, &ear);
    assert_int_equal(ear.report.outcome, CHIP_UNREACHABLE);
    assert_int_equal(ear.report.retry_after_s, 120);
    bench_set(&bench, 0, (struct bench_script){ 0 });
    bench_ask(&bench, 2, CHIP_BY_TOKEN, 0, &other);
    bench_go_on(&bench, 119);
    assert_int_equal(atomic_load(&bench.kds[0].chips), 1);
    bench_go_on(&bench, 1);
    assert_int_equal(atomic_load(&bench.kds[0].chips), 2);
    assert_int_equal(other.report.outcome, CHIP_KEPT);
    bench_go_on(&bench, 600); /* the first is a row now, and comes by itself */
    assert_true(bench_holds(&bench, 1));
    bench_end(&bench);
}

static void what_does_not_verify_is_not_kept(void **state)
{
    static const struct bench_script scripts[] = {
        { .gives_other_chip = true },
        { .says_html = true },
        { .issued_s = BENCH_NOW_S + 2 * TEST_AMD_DAY_S },
        { .issued_s = BENCH_NOW_S - 8 * 365 * TEST_AMD_DAY_S },
    };
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    for (uint32_t i = 0; i < COUNT_OF(scripts); i++) {
        bench_go_on(&bench, 60);
        bench_set(&bench, 0, scripts[i]);
        assert_int_equal(bench_fetch(&bench, i, CHIP_BY_ASKING).outcome, CHIP_UNTRUSTED);
        assert_false(bench_holds(&bench, i));
    }
    assert_int_equal(atomic_load(&bench.changed), 0);
    bench_end(&bench);
}

static void a_re_issued_certificate_takes_the_place_of_the_one_before(void **state)
{
    struct bench bench;
    struct chip_row row;
    struct arena arena;
    uint8_t before[32];

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    arena_init(&arena, BENCH_ROOM);
    bench_want(&bench, 1, 1);
    kds_wake(bench.thread);
    bench_settle(&bench);
    assert_true(bench_find(&bench, 1, &arena, &row));
    assert_true(row.der.len > 0);
    memcpy(before, row.digest, sizeof before);
    /* it runs out, and is asked for again */
    bench_go_on(&bench, 7 * 365 * TEST_AMD_DAY_S + 60);
    bench_set(&bench, 0, (struct bench_script){ .gives_other_chip = true });
    assert_int_equal(bench_fetch(&bench, 1, CHIP_BY_ASKING).outcome, CHIP_UNTRUSTED);
    assert_true(bench_find(&bench, 1, &arena, &row));
    assert_memory_equal(row.digest, before, sizeof before); /* untouched */
    bench_set(&bench, 0, (struct bench_script){ .chip_status = 404 });
    bench_go_on(&bench, 60);
    assert_int_equal(bench_fetch(&bench, 1, CHIP_BY_ASKING).outcome, CHIP_NOT_FOUND);
    assert_true(bench_find(&bench, 1, &arena, &row));
    assert_memory_equal(row.digest, before, sizeof before);
    bench_set(&bench, 0, (struct bench_script){ 0 });
    bench_go_on(&bench, 4 * 3600); /* the row is due again */
    assert_true(bench_find(&bench, 1, &arena, &row));
    assert_memory_not_equal(row.digest, before, sizeof before);
    arena_fini(&arena);
    bench_end(&bench);
}

/* ---- in advance ---------------------------------------------------------------------
 */

static void what_is_wanted_comes_at_kds_pace_and_goes_on_after_a_restart(void **state)
{
    enum { CHIPS = 80 };
    struct chip_counts counts;
    struct bench bench;
    struct error err = { 0 };
    unsigned steps = 0;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    bench_want(&bench, 100, CHIPS);
    kds_wake(bench.thread);
    bench_settle(&bench);
    assert_int_equal(atomic_load(&bench.kds[0].chips), 3);
    for (; steps < CHIPS / 2; steps++) {
        bench_go_on(&bench, 10);
        assert_int_equal(atomic_load(&bench.kds[0].chips), 3 + steps + 1);
    }
    bench_close(&bench); /* nothing is known but the rows */
    bench_open(&bench);
    bench_run(&bench);
    for (bench_settle(&bench); steps < 2 * CHIPS; steps++) {
        bench_go_on(&bench, 10);
        assert_ok(chips_count(bench.reader, &counts, &err), err);
        if (counts.held == CHIPS)
            break;
    }
    assert_int_equal(counts.held, CHIPS);
    assert_int_equal(atomic_load(&bench.kds[0].chips), CHIPS); /* each asked for once */
    bench_end(&bench);
}

static void who_waits_goes_before_what_is_wanted_in_advance(void **state)
{
    struct bench_ear ear = { 0 }, same = { 0 };
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    bench_want(&bench, 100, 40);
    kds_wake(bench.thread);
    bench_settle(&bench);
    bench_ask(&bench, 1, CHIP_BY_TOKEN, 0, &ear);
    bench_ask(&bench, 139, CHIP_BY_ASKING, 0, &same); /* wanted, and so no stranger's */
    bench_go_on(&bench, 10);
    assert_int_equal(ear.report.outcome, CHIP_KEPT);
    bench_go_on(&bench, 10);
    assert_int_equal(same.report.outcome, CHIP_KEPT);
    bench_end(&bench);
}

static void a_wanted_chip_that_is_not_there_yet_is_tried_again_later(void **state)
{
    struct chip_row row;
    struct arena arena;
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    bench_set(&bench, 0, (struct bench_script){ .chip_status = 404 });
    bench_want(&bench, 1, 1);
    kds_wake(bench.thread);
    bench_settle(&bench);
    arena_init(&arena, BENCH_ROOM);
    assert_true(bench_find(&bench, 1, &arena, &row));
    assert_int_equal(row.failures, 1);
    assert_true(row.due_s > clock_wall_s(bench.clock) + 3000);
    assert_non_null(strstr(row.why, "404"));
    arena_fini(&arena);
    bench_go_on(&bench, 3000);
    assert_int_equal(atomic_load(&bench.kds[0].chips), 1);
    bench_set(&bench, 0, (struct bench_script){ 0 });
    bench_go_on(&bench, 1000);
    assert_true(bench_holds(&bench, 1));
    bench_end(&bench);
}

static void slots_come_by_themselves_under_a_clock_that_runs(void **state)
{
    struct bench_ear ears[5] = { 0 }, late = { 0 };
    struct bench bench;

    (void)state;
    bench_make(&bench);
    clock_close(bench.clock);
    bench.clock = clock_starting_at(BENCH_NOW_S);
    bench.config.amd.upstreams[0].interval_ms = 400;
    bench.config.amd.upstreams[0].burst = 1;
    bench_open(&bench);
    bench_run(&bench);
    for (uint32_t i = 0; i < COUNT_OF(ears); i++)
        bench_ask(&bench, i, CHIP_BY_TOKEN, 60000, &ears[i]);
    bench_ask(&bench, 4, CHIP_BY_TOKEN, 300, &late); /* 150 ms, and then to be sent */
    assert_int_equal(late.report.outcome, CHIP_LATE);
    for (size_t i = 0; i < COUNT_OF(ears); i++) {
        peer_await(atomic_load(&ears[i].told) == 1);
        assert_int_equal(ears[i].report.outcome, CHIP_KEPT);
    }
    assert_int_equal(late.told, 1);
    bench_end(&bench);
}

/* ---- upstreams ----------------------------------------------------------------------
 */

static void the_next_upstream_is_asked_where_the_first_does_not_help(void **state)
{
    static const struct bench_script scripts[] = {
        { .chip_status = 404 },
        { .chip_status = 500 },
        { .chip_status = 429, .retry_after = "30" },
        { .gives_other_chip = true },
    };
    char token[512];
    struct bench bench;
    struct error err = { 0 };

    (void)state;
    bench_make(&bench);
    bench_add_upstream(&bench, AMD_UPSTREAM_THIM);
    snprintf(token, sizeof token, "%s/token", bench.directory);
    assert_ok(file_write(token, bytes_of_text("sesame\n"), 0600, &err), err);
    bench.config.amd.upstreams[1].api_key_file = token;
    bench_start(&bench);
    assert_int_equal(atomic_load(&bench.kds[1].all), 0);
    for (uint32_t i = 0; i < COUNT_OF(scripts); i++) {
        bench_set(&bench, 0, scripts[i]);
        assert_int_equal(bench_fetch(&bench, i, CHIP_BY_TOKEN).outcome, CHIP_KEPT);
        assert_int_equal(atomic_load(&bench.kds[1].chips), i + 1);
        bench_go_on(&bench, 60);
    }
    assert_string_equal(bench.kds[1].last_token, "Bearer sesame");
    assert_int_equal(atomic_load(&bench.kds[0].tokens), 0);
    bench_set(&bench, 0, scripts[0]);
    bench_set(&bench, 1, scripts[1]);
    struct chip_report report = bench_fetch(&bench, 90, CHIP_BY_TOKEN);
    assert_int_equal(report.outcome, CHIP_UNREACHABLE); /* the second might have it */
    assert_non_null(strstr(report.why, "second"));
    bench_end(&bench);
}

static void an_upstream_that_does_not_answer_is_left_alone(void **state)
{
    struct bench bench;
    uint32_t chip = 0;

    (void)state;
    bench_make(&bench);
    bench.config.amd.upstreams[0].interval_ms = 0;
    bench_start(&bench);
    bench_set(&bench, 0, (struct bench_script){ .status = 500 });
    for (; chip < BREAKER_FAILURES; chip++)
        assert_int_equal(bench_fetch(&bench, chip, CHIP_BY_TOKEN).outcome,
                         CHIP_UNREACHABLE);
    unsigned asked = atomic_load(&bench.kds[0].all);
    struct chip_report report = bench_fetch(&bench, chip, CHIP_BY_TOKEN);
    assert_int_equal(report.outcome, CHIP_UNREACHABLE);
    assert_true(report.retry_after_s > 0 && report.retry_after_s <= 31);
    assert_int_equal(atomic_load(&bench.kds[0].all), asked);
    bench_set(&bench, 0, (struct bench_script){ 0 });
    bench_go_on(&bench, 7200);
    for (chip = 0; chip <= BREAKER_FAILURES; chip++)
        assert_true(bench_holds(&bench, chip)); /* they were rows */
    bench_end(&bench);
}

/* ---- strangers, and the end ---------------------------------------------------------
 */

static void strangers_have_a_budget(void **state)
{
    struct bench_ear ears[8] = { 0 };
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    for (uint32_t i = 0; i < COUNT_OF(ears); i++)
        bench_ask(&bench, i, CHIP_BY_ASKING, 0, &ears[i]);
    assert_int_equal(ears[6].report.outcome, CHIP_BUDGET);
    assert_true(ears[6].report.retry_after_s > 0);
    struct bench_ear again = { 0 };
    bench_ask(&bench, 5, CHIP_BY_ASKING, 0, &again); /* costs no call */
    assert_int_equal(again.told, 0);
    bench_end(&bench);
    assert_int_equal(again.report.outcome, CHIP_BUSY);
}

static void what_is_not_to_be_asked_for_is_not(void **state)
{
    struct bench bench;
    struct bench_ear ear = { 0 };
    struct chip_demand demand = { .key = bench_chip(1),
                                  .known_by = CHIP_BY_TOKEN,
                                  .context = &ear,
                                  .told = bench_hear };

    (void)state;
    bench_make(&bench);
    bench.config.amd.unknown_chips = UNKNOWN_CHIPS_REFUSE;
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, 1, CHIP_BY_ASKING).outcome, CHIP_UNKNOWN);
    demand.key.product = SNP_GENOA; /* not among amd.products */
    kds_fetch(bench.thread, &demand);
    bench_settle(&bench);
    assert_int_equal(ear.report.outcome, CHIP_UNASKED);
    ear = (struct bench_ear){ 0 };
    demand.key = (struct kds_key){ KDS_CERTIFICATE, VEK_VLEK, .product = SNP_MILAN };
    demand.known_by = CHIP_BY_TOKEN;
    kds_fetch(bench.thread, &demand); /* and no upstream gives VLEKs */
    bench_settle(&bench);
    assert_int_equal(ear.report.outcome, CHIP_UNASKED);
    assert_int_equal(atomic_load(&bench.kds[0].chips), 0);
    bench_want(&bench, 7, 1); /* known from now on, whatever firmware it comes with */
    demand.key = bench_chip(7);
    demand.key.tcb.spl[SPL_SNP]++;
    demand.known_by = CHIP_BY_ASKING;
    kds_fetch(bench.thread, &demand);
    bench_settle(&bench);
    assert_int_equal(ear.report.outcome, CHIP_KEPT);
    bench_end(&bench);
}

static void who_waits_when_it_ends_is_told(void **state)
{
    struct bench_ear ears[6] = { 0 };
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    for (uint32_t i = 0; i < COUNT_OF(ears); i++)
        bench_ask(&bench, i, CHIP_BY_TOKEN, 0, &ears[i]);
    bench_close(&bench);
    for (size_t i = 0; i < COUNT_OF(ears); i++) {
        assert_int_equal(ears[i].told, 1);
        assert_int_equal(ears[i].report.outcome, i < 3 ? CHIP_KEPT : CHIP_BUSY);
    }
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chip_is_fetched_verified_kept_and_told_of),
        cmocka_unit_test(one_flight_for_a_chip_asked_for_by_many),
        cmocka_unit_test(who_cannot_wait_for_his_turn_is_told_when_it_comes),
        cmocka_unit_test(a_known_chip_goes_before_strangers),
        cmocka_unit_test(an_absent_chip_is_not_asked_for_again_at_once),
        cmocka_unit_test(a_refusal_pushes_the_next_slot_out),
        cmocka_unit_test(what_does_not_verify_is_not_kept),
        cmocka_unit_test(a_re_issued_certificate_takes_the_place_of_the_one_before),
        cmocka_unit_test(what_is_wanted_comes_at_kds_pace_and_goes_on_after_a_restart),
        cmocka_unit_test(who_waits_goes_before_what_is_wanted_in_advance),
        cmocka_unit_test(a_wanted_chip_that_is_not_there_yet_is_tried_again_later),
        cmocka_unit_test(slots_come_by_themselves_under_a_clock_that_runs),
        cmocka_unit_test(the_next_upstream_is_asked_where_the_first_does_not_help),
        cmocka_unit_test(an_upstream_that_does_not_answer_is_left_alone),
        cmocka_unit_test(strangers_have_a_budget),
        cmocka_unit_test(what_is_not_to_be_asked_for_is_not),
        cmocka_unit_test(who_waits_when_it_ends_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
