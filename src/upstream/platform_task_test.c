/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/platform_task.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/test.h"

static struct platform_demand demand_of(uint8_t ppid, const char *qe_id,
                                        enum platform_bound_by by)
{
    struct platform_demand demand = { .has_encrypted_ppid = true, .bound_by = by };

    memset(demand.encrypted_ppid, ppid, sizeof demand.encrypted_ppid);
    demand.has_name = qe_id != NULL;
    if (qe_id != NULL)
        snprintf(demand.name.qe_id, sizeof demand.name.qe_id, "%s", qe_id);
    return demand;
}

static struct platform_task *add(struct platform_table *table,
                                 const struct platform_demand *demand)
{
    const struct platform_known nothing = { 0 };
    uint8_t key[32];

    assert_true(platform_question_key(demand, false, key));
    return platform_task_add(table, key, demand, &nothing, false);
}

static struct platform_task *join(struct platform_table *table,
                                  const struct platform_demand *demand)
{
    uint8_t key[32];

    assert_true(platform_question_key(demand, false, key));
    return platform_task_join(table, key, demand);
}

static void end_all(struct platform_table *table)
{
    for (size_t state = PLATFORM_TASK_QUEUED; state < PLATFORM_TASK_STATES; state++)
        while (table->queues[state].first != NULL)
            platform_task_end(table, table->queues[state].first);
    assert_int_equal(table->count, 0);
    assert_int_equal(table->manifest_bytes, 0);
    assert_int_equal(table->background_count, 0);
}

static void who_asks_the_same_of_the_same_platform_joins(void **state)
{
    struct platform_table table = { 0 };
    struct platform_demand one = demand_of(1, "aa", BOUND_BY_ASKING);
    struct platform_demand other_ppid = demand_of(2, "aa", BOUND_BY_ASKING);
    struct platform_demand other_name = demand_of(1, "bb", BOUND_BY_ASKING);
    struct platform_demand other_pce = demand_of(1, "aa", BOUND_BY_ASKING);

    (void)state;
    other_pce.name.pce_id = 1;
    struct platform_task *task = add(&table, &one);
    assert_non_null(task);
    assert_ptr_equal(join(&table, &one), task);
    assert_null(join(&table, &other_ppid));
    assert_null(join(&table, &other_name));
    assert_null(join(&table, &other_pce));
    end_all(&table);
}

static void a_stronger_word_is_taken_on_until_it_is_being_written(void **state)
{
    struct platform_table table = { 0 };
    struct platform_demand asking = demand_of(1, "aa", BOUND_BY_ASKING);
    struct platform_demand token = demand_of(1, "aa", BOUND_BY_TOKEN);
    struct platform_demand boss = demand_of(1, "aa", BOUND_BY_OPERATOR);

    (void)state;
    token.has_raw_tcb = true;
    token.raw.pcesvn = 9;
    snprintf(token.registrar, sizeof token.registrar, "rack-7");
    struct platform_task *task = add(&table, &asking);
    assert_ptr_equal(join(&table, &token), task);
    assert_int_equal(task->demand.bound_by, BOUND_BY_TOKEN);
    assert_string_equal(task->demand.registrar, "rack-7");
    assert_true(task->raw_confirmed);
    assert_int_equal(task->demand.raw.pcesvn, 9);
    platform_task_move(&table, task, PLATFORM_TASK_WRITING);
    assert_ptr_equal(join(&table, &asking), task);
    assert_null(join(&table, &boss));
    assert_int_equal(task->demand.bound_by, BOUND_BY_TOKEN);
    end_all(&table);
}

static void nobody_vouches_for_a_name_he_has_not_said(void **state)
{
    struct platform_table table = { 0 };
    struct platform_demand named = demand_of(1, "aa", BOUND_BY_ASKING);
    struct platform_demand nameless_token = demand_of(1, NULL, BOUND_BY_TOKEN);
    struct platform_demand nameless = demand_of(1, NULL, BOUND_BY_ASKING);
    struct platform_demand named_token = demand_of(1, "aa", BOUND_BY_TOKEN);

    (void)state;
    struct platform_task *stranger = add(&table, &named);
    assert_null(join(&table, &nameless_token));
    assert_ptr_equal(join(&table, &nameless), stranger);
    assert_int_equal(stranger->demand.bound_by, BOUND_BY_ASKING);
    end_all(&table);
    struct platform_task *token = add(&table, &nameless_token);
    assert_null(join(&table, &named));
    assert_ptr_equal(join(&table, &named_token), token);
    assert_true(token->demand.has_name);
    end_all(&table);
}

static void where_upstream_goes_by_qe_id_the_raw_tcb_tells_questions_apart(void **state)
{
    struct platform_demand one = demand_of(1, "aa", BOUND_BY_ASKING), other = one;
    uint8_t a[32], b[32];

    (void)state;
    one.has_raw_tcb = other.has_raw_tcb = true;
    other.raw.pcesvn = 1;
    assert_true(platform_question_key(&one, false, a));
    assert_true(platform_question_key(&other, false, b));
    assert_memory_equal(a, b, 32);
    assert_true(platform_question_key(&one, true, a));
    assert_true(platform_question_key(&other, true, b));
    assert_memory_not_equal(a, b, 32);
    one.has_encrypted_ppid = false;
    assert_false(platform_question_key(&one, false, a));
    assert_true(platform_question_key(&one, true, a));
}

static void a_task_owns_what_it_was_given(void **state)
{
    struct platform_table table = { 0 };
    struct platform_demand demand = demand_of(1, "aa", BOUND_BY_TOKEN);
    uint8_t *manifest = malloc(MANIFEST_LEAST);

    (void)state;
    memset(manifest, 7, MANIFEST_LEAST);
    demand.manifest = bytes_of(manifest, MANIFEST_LEAST);
    struct platform_task *task = add(&table, &demand);
    free(manifest);
    assert_int_equal(table.manifest_bytes, MANIFEST_LEAST);
    struct platform_question question = platform_task_question(task);
    assert_int_equal(question.manifest.len, MANIFEST_LEAST);
    assert_int_equal(question.manifest.at[MANIFEST_LEAST - 1], 7);
    end_all(&table);
}

static void without_a_raw_tcb_the_one_seen_last_is_asked_with(void **state)
{
    struct platform_table table = { 0 };
    struct platform_demand demand = demand_of(1, "aa", BOUND_BY_ASKING);
    const struct platform_raw_tcb seen[] = {
        { .raw = { .pcesvn = 3 }, .last_seen_s = 30 },
        { .raw = { .pcesvn = 9 }, .last_seen_s = 90 },
        { .raw = { .pcesvn = 6 }, .last_seen_s = 60 },
    };
    const struct platform_known known = { .row = 17,
                                          .raw_tcbs = seen,
                                          .raw_tcb_count = COUNT_OF(seen) };
    uint8_t key[32];

    (void)state;
    assert_true(platform_question_key(&demand, false, key));
    struct platform_task *task = platform_task_add(&table, key, &demand, &known, true);
    assert_true(platform_task_question(task).has_raw_tcb);
    assert_int_equal(platform_task_question(task).raw.pcesvn, 9);
    task->demand.has_raw_tcb = true;
    assert_int_equal(platform_task_question(task).raw.pcesvn, 0);
    assert_true(platform_task_is_under_way(&table, 17));
    assert_false(platform_task_is_under_way(&table, 16));
    assert_int_equal(table.background_count, 1);
    end_all(&table);
}

static void the_table_is_bounded(void **state)
{
    struct platform_table table = { 0 };
    struct platform_demand demand = demand_of(1, NULL, BOUND_BY_ASKING);

    (void)state;
    for (uint32_t n = 0; n < PLATFORM_TASKS_MAX; n++) {
        memcpy(demand.encrypted_ppid, &n, sizeof n);
        assert_non_null(add(&table, &demand));
    }
    demand.encrypted_ppid[100] = 99;
    assert_null(add(&table, &demand));
    end_all(&table);
}

static void count_told(void *context, const struct platform_report *report)
{
    assert_int_equal(report->outcome, FETCH_BUSY);
    ++*(unsigned *)context;
}

static void everyone_who_waits_is_told_once(void **state)
{
    struct platform_table table = { 0 };
    struct platform_demand demand = demand_of(1, "aa", BOUND_BY_ASKING);
    unsigned told = 0;

    (void)state;
    demand.context = &told;
    demand.told = count_told;
    struct platform_task *task = add(&table, &demand);
    for (int i = 0; i < PLATFORM_TASK_WAITERS_MAX; i++)
        assert_true(platform_task_wait(task, &demand));
    assert_false(platform_task_wait(task, &demand));
    demand.told = NULL; /* wants no answer */
    assert_true(platform_task_wait(task, &demand));
    task->report.outcome = FETCH_BUSY;
    platform_task_end(&table, task);
    assert_int_equal(told, PLATFORM_TASK_WAITERS_MAX);
    end_all(&table);
}

static void queues_keep_their_order(void **state)
{
    struct platform_table table = { 0 };
    struct platform_task *tasks[3];

    (void)state;
    for (uint8_t n = 0; n < 3; n++) {
        struct platform_demand demand =
            demand_of((uint8_t)(n + 1), NULL, BOUND_BY_ASKING);
        tasks[n] = add(&table, &demand);
    }
    platform_task_move(&table, tasks[1], PLATFORM_TASK_CALLING);
    platform_task_move(&table, tasks[0], PLATFORM_TASK_CALLING);
    assert_ptr_equal(table.queues[PLATFORM_TASK_QUEUED].first, tasks[2]);
    assert_int_equal(table.queues[PLATFORM_TASK_QUEUED].count, 1);
    assert_ptr_equal(table.queues[PLATFORM_TASK_CALLING].first, tasks[1]);
    assert_ptr_equal(table.queues[PLATFORM_TASK_CALLING].last, tasks[0]);
    platform_task_end(&table, tasks[1]);
    assert_ptr_equal(table.queues[PLATFORM_TASK_CALLING].first, tasks[0]);
    end_all(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_the_same_of_the_same_platform_joins),
        cmocka_unit_test(a_stronger_word_is_taken_on_until_it_is_being_written),
        cmocka_unit_test(nobody_vouches_for_a_name_he_has_not_said),
        cmocka_unit_test(where_upstream_goes_by_qe_id_the_raw_tcb_tells_questions_apart),
        cmocka_unit_test(a_task_owns_what_it_was_given),
        cmocka_unit_test(without_a_raw_tcb_the_one_seen_last_is_asked_with),
        cmocka_unit_test(the_table_is_bounded),
        cmocka_unit_test(everyone_who_waits_is_told_once),
        cmocka_unit_test(queues_keep_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
