/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/kds_task.h"

#include "kit/test.h"

static struct kds_key chip(uint32_t number)
{
    struct kds_key key = { KDS_CERTIFICATE, VEK_VCEK, .product = SNP_MILAN };

    key.hwid.len = CHIP_ID_LEN;
    memcpy(key.hwid.at, &number, sizeof number);
    return key;
}

struct ear {
    unsigned told;
    struct chip_report report;
};

static void hear(void *context, const struct chip_report *report)
{
    struct ear *ear = context;

    ear->told++;
    ear->report = *report;
}

static struct chip_demand demand_of(struct ear *ear, int64_t wait_ms)
{
    return (struct chip_demand){ .wait_ms = wait_ms, .context = ear, .told = hear };
}

static void there_is_one_task_for_a_key_however_they_come(void **state)
{
    static const uint32_t order[] = { 7, 1, 9, 3, 8, 2, 5, 4, 6, 0 };
    struct kds_table table = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        struct kds_key key = chip(order[i]);
        assert_null(kds_task_find(&table, &key));
        struct kds_task *task = kds_task_add(&table, &key, KDS_KNOWN);
        assert_ptr_equal(kds_task_find(&table, &key), task);
    }
    for (uint32_t i = 0; i < COUNT_OF(order); i += 2) {
        struct kds_key key = chip(i);
        kds_task_remove(&table, kds_task_find(&table, &key));
    }
    for (uint32_t i = 0; i < COUNT_OF(order); i++) {
        struct kds_key key = chip(i);
        assert_int_equal(kds_task_find(&table, &key) != NULL, i % 2 == 1);
    }
    kds_table_fini(&table);
}

static void strangers_are_bounded_and_leave_room_for_others(void **state)
{
    struct kds_table table = { 0 };
    struct kds_key key;

    (void)state;
    for (uint32_t i = 0; i < KDS_UNKNOWN_MAX; i++) {
        key = chip(i);
        assert_non_null(kds_task_add(&table, &key, KDS_UNKNOWN));
    }
    key = chip(KDS_UNKNOWN_MAX);
    assert_null(kds_task_add(&table, &key, KDS_UNKNOWN));
    assert_non_null(kds_task_add(&table, &key, KDS_KNOWN));
    key = chip(3); /* turns out to be known */
    kds_task_set_line(&table, kds_task_find(&table, &key), KDS_KNOWN);
    for (uint32_t i = KDS_UNKNOWN_MAX + 1; table.count < KDS_TASKS_MAX; i++) {
        key = chip(i);
        assert_non_null(kds_task_add(&table, &key, KDS_KNOWN));
    }
    key = chip(1000000);
    assert_null(kds_task_add(&table, &key, KDS_KNOWN));
    kds_table_fini(&table);
}

static void the_first_stranger_that_nobody_waits_for_gives_way(void **state)
{
    struct kds_table table = { 0 };
    struct kds_task *tasks[4];
    struct ear ear = { 0 };
    struct chip_demand demand = demand_of(&ear, 0);

    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(tasks); i++) {
        struct kds_key key = chip(9 - i);
        tasks[i] = kds_task_add(&table, &key, i == 0 ? KDS_KNOWN : KDS_UNKNOWN);
        tasks[i]->state = KDS_TASK_QUEUED;
    }
    assert_true(kds_task_wait(&table, tasks[1], &demand, 0));
    assert_ptr_equal(kds_task_abandoned(&table), tasks[2]);
    tasks[2]->state = KDS_TASK_CALLING;
    assert_ptr_equal(kds_task_abandoned(&table), tasks[3]);
    kds_task_remove(&table, tasks[3]);
    assert_null(kds_task_abandoned(&table));
    kds_task_tell(&table, tasks[1], &(struct chip_report){ .outcome = CHIP_BUSY });
    assert_ptr_equal(kds_task_abandoned(&table), tasks[1]);
    kds_table_fini(&table);
}

static void everybody_is_told_once(void **state)
{
    struct kds_table table = { 0 };
    struct kds_key key = chip(1);
    struct kds_task *task = kds_task_add(&table, &key, KDS_KNOWN);
    struct chip_report report = { .outcome = CHIP_KEPT };
    struct ear ears[3] = { 0 };
    struct chip_demand unheard = { .wait_ms = 5 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ears); i++) {
        struct chip_demand demand = demand_of(&ears[i], i == 0 ? 0 : 10000);
        assert_true(kds_task_wait(&table, task, &demand, 0));
    }
    assert_true(kds_task_wait(&table, task, &unheard, 0)); /* asks, and does not wait */
    assert_int_equal(table.waiter_count, 3);
    kds_task_tell(&table, task, &report);
    kds_task_tell(&table, task, &report);
    for (size_t i = 0; i < COUNT_OF(ears); i++)
        assert_true(ears[i].told == 1 && ears[i].report.outcome == CHIP_KEPT);
    assert_int_equal(table.waiter_count, 0);
    kds_table_fini(&table);
}

static void who_cannot_be_served_in_time_is_told_when_to_come_again(void **state)
{
    static const struct {
        int64_t wait_ms, turn_ms;
        bool is_late;
    } cases[] = {
        { 15000, 1000, false },         /* its turn is here */
        { 15000, 1000 + 14499, false }, /* just in time */
        { 15000, 1000 + 14500, true },  /* not so that it could still be sent */
        { 15000, INT64_MAX, true },     /* never, as things are */
        { 400, 1000 + 199, false },     /* half of a short wait is kept back */
        { 400, 1000 + 200, true },      { 0, INT64_MAX, false }, /* any time will do */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct kds_table table = { 0 };
        struct kds_key key = chip(1);
        struct kds_task *task = kds_task_add(&table, &key, KDS_KNOWN);
        struct ear ear = { 0 }, patient = { 0 };
        struct chip_demand demand = demand_of(&ear, cases[i].wait_ms);
        struct chip_demand other = demand_of(&patient, 0);
        assert_true(kds_task_wait(&table, task, &demand, 1000));
        assert_true(kds_task_wait(&table, task, &other, 1000));
        kds_task_tell_late(&table, task, cases[i].turn_ms, 17);
        assert_int_equal(ear.told, cases[i].is_late);
        if (cases[i].is_late)
            assert_true(ear.report.outcome == CHIP_LATE
                        && ear.report.retry_after_s == 17);
        assert_int_equal(patient.told, 0);
        assert_ptr_equal(kds_task_find(&table, &key), task); /* goes on without him */
        kds_task_tell(&table, task, &(struct chip_report){ .outcome = CHIP_KEPT });
        assert_int_equal(ear.told, 1);
        assert_int_equal(patient.told, 1);
        kds_table_fini(&table);
    }
}

static void the_next_deadline_is_that_of_who_must_be_told_first(void **state)
{
    struct kds_table table = { 0 };
    struct ear ear = { 0 };

    (void)state;
    assert_true(kds_table_deadline_ms(&table) == INT64_MAX);
    for (uint32_t i = 1; i <= 3; i++) {
        struct kds_key key = chip(i);
        struct chip_demand demand = demand_of(&ear, i == 1 ? 0 : 10000 * (int64_t)i);
        struct kds_task *task = kds_task_add(&table, &key, KDS_KNOWN);
        assert_true(kds_task_wait(&table, task, &demand, 1000));
    }
    assert_int_equal(kds_table_deadline_ms(&table), 20500);
    for (size_t i = 0; i < table.count; i++)
        kds_task_tell(&table, table.tasks[i], &(struct chip_report){ 0 });
    kds_table_fini(&table);
}

static void waiters_are_bounded(void **state)
{
    struct kds_table table = { .waiter_count = KDS_WAITERS_MAX - 1 };
    struct kds_key key = chip(1);
    struct kds_task *task = kds_task_add(&table, &key, KDS_KNOWN);
    struct ear ear = { 0 };
    struct chip_demand demand = demand_of(&ear, 0);

    (void)state;
    assert_true(kds_task_wait(&table, task, &demand, 0));
    assert_false(kds_task_wait(&table, task, &demand, 0));
    kds_task_tell(&table, task, &(struct chip_report){ 0 });
    assert_true(kds_task_wait(&table, task, &demand, 0));
    kds_task_tell(&table, task, &(struct chip_report){ 0 });
    kds_table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_one_task_for_a_key_however_they_come),
        cmocka_unit_test(strangers_are_bounded_and_leave_room_for_others),
        cmocka_unit_test(the_first_stranger_that_nobody_waits_for_gives_way),
        cmocka_unit_test(everybody_is_told_once),
        cmocka_unit_test(who_cannot_be_served_in_time_is_told_when_to_come_again),
        cmocka_unit_test(the_next_deadline_is_that_of_who_must_be_told_first),
        cmocka_unit_test(waiters_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
