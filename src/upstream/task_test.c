/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/task.h"

#include "kit/test.h"

static struct pcs_item nth_item(unsigned n)
{
    uint8_t fmspc[6] = { (uint8_t)(n * 167), (uint8_t)(n >> 8), (uint8_t)n };

    return (struct pcs_item){ .key = key_tcb_info(TEE_SGX, 3, fmspc, 0),
                              .update = UPDATE_STANDARD };
}

static void one_name_is_one_task_and_the_table_stays_sorted(void **state)
{
    enum { MANY = 500 };
    struct task_table table = { 0 };

    (void)state;
    for (unsigned n = 0; n < MANY; n++) {
        struct pcs_item item = nth_item(n);
        struct task *task = task_add(&table, &item);
        assert_non_null(task);
        assert_ptr_equal(task_add(&table, &item), task);
        assert_ptr_equal(task_find(&table, &item), task);
    }
    assert_int_equal(table.count, MANY);
    for (size_t i = 1; i < table.count; i++)
        assert_true(strcmp(table.tasks[i - 1]->name.s, table.tasks[i]->name.s) < 0);
    task_table_fini(&table);
}

static void what_was_taken_out_is_found_no_more(void **state)
{
    struct task_table table = { 0 };
    struct pcs_item one = nth_item(1), two = nth_item(2);

    (void)state;
    assert_non_null(task_add(&table, &one));
    struct task *kept = task_add(&table, &two);
    task_remove(&table, task_find(&table, &one));
    assert_null(task_find(&table, &one));
    assert_ptr_equal(task_find(&table, &two), kept);
    task_table_fini(&table);
}

static void count_told(void *context, enum refresh_outcome outcome, int64_t retry_after_s)
{
    unsigned *told = context;

    assert_int_equal(outcome, REFRESH_FAILED);
    assert_int_equal(retry_after_s, 30);
    ++*told;
}

static void everyone_who_waits_is_told_exactly_once(void **state)
{
    struct task_table table = { 0 };
    struct pcs_item item = nth_item(1);
    struct task *task = task_add(&table, &item);
    unsigned told = 0;
    struct refresh_demand demand = { .context = &told, .told = count_told };

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(task_wait(task, &demand));
    task_tell(task, REFRESH_FAILED, 30);
    task_tell(task, REFRESH_FAILED, 30);
    assert_int_equal(told, 1000);
    assert_int_equal(task->waiter_count, 0);
    task_table_fini(&table);
}

static void those_who_wait_are_bounded(void **state)
{
    struct task_table table = { 0 };
    struct pcs_item item = nth_item(1);
    struct task *task = task_add(&table, &item);
    unsigned told = 0;
    struct refresh_demand demand = { .context = &told, .told = count_told };

    (void)state;
    for (int i = 0; i < TASK_WAITERS_MAX; i++)
        assert_true(task_wait(task, &demand));
    assert_false(task_wait(task, &demand));
    task_tell(task, REFRESH_FAILED, 30);
    assert_int_equal(told, TASK_WAITERS_MAX);
    task_table_fini(&table);
}

static void the_table_is_bounded(void **state)
{
    struct task_table table = { 0 };
    struct pcs_item item = nth_item(0);

    (void)state;
    for (unsigned n = 0; n < TASKS_MAX; n++) {
        memcpy(item.key.fmspc, &n, 4);
        assert_non_null(task_add(&table, &item));
    }
    item.key.fmspc[5] = 1;
    assert_null(task_add(&table, &item));
    task_table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_name_is_one_task_and_the_table_stays_sorted),
        cmocka_unit_test(what_was_taken_out_is_found_no_more),
        cmocka_unit_test(everyone_who_waits_is_told_exactly_once),
        cmocka_unit_test(those_who_wait_are_bounded),
        cmocka_unit_test(the_table_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
