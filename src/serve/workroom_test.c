/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/workroom.h"

#include <pthread.h>
#include <stdatomic.h>

#include "kit/test.h"

struct gate { /* jobs wait at it until it is opened */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_open;
    int inside, passed;
};

static void pass(void *gate_)
{
    struct gate *gate = gate_;

    pthread_mutex_lock(&gate->lock);
    gate->inside++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->is_open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    gate->passed++;
    pthread_mutex_unlock(&gate->lock);
}

static void wait_inside(struct gate *gate, int count)
{
    pthread_mutex_lock(&gate->lock);
    while (gate->inside < count)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void open_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->is_open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

static struct gate gate_make(void)
{
    return (struct gate){ .lock = PTHREAD_MUTEX_INITIALIZER,
                          .changed = PTHREAD_COND_INITIALIZER };
}

static void as_many_work_as_there_are_threads_and_the_rest_is_bounded(void **state)
{
    struct gate gate = gate_make();
    struct workroom *room;
    struct error err = { 0 };

    (void)state;
    assert_ok(workroom_open("room", 2, 3, &room, &err), err);
    assert_true(workroom_give(room, pass, &gate));
    assert_true(workroom_give(room, pass, &gate));
    wait_inside(&gate, 2);
    for (int i = 0; i < 3; i++)
        assert_true(workroom_give(room, pass, &gate));
    assert_false(workroom_give(room, pass, &gate));
    open_gate(&gate);
    workroom_close(room);
    assert_int_equal(gate.passed, 5);
}

struct order {
    int next, seen[64];
    struct step {
        struct order *order;
        int place;
    } steps[64];
};

static void note(void *step_)
{
    struct step *step = step_;

    step->order->seen[step->order->next++] = step->place;
}

static void one_thread_keeps_the_order(void **state)
{
    struct order order = { 0 };
    struct workroom *room;
    struct error err = { 0 };

    (void)state;
    assert_ok(workroom_open("room", 1, COUNT_OF(order.steps), &room, &err), err);
    for (int i = 0; i < (int)COUNT_OF(order.steps); i++) {
        order.steps[i] = (struct step){ &order, i };
        assert_true(workroom_give(room, note, &order.steps[i]));
    }
    workroom_close(room);
    for (int i = 0; i < (int)COUNT_OF(order.steps); i++)
        assert_int_equal(order.seen[i], i);
}

static void what_was_given_is_finished_before_the_room_ends(void **state)
{
    struct gate gate = gate_make();
    struct workroom *room;
    struct error err = { 0 };

    (void)state;
    gate.is_open = true;
    assert_ok(workroom_open("a name longer than a thread's", 3, 100, &room, &err), err);
    for (int i = 0; i < 100; i++)
        assert_true(workroom_give(room, pass, &gate));
    workroom_end(room);
    assert_int_equal(gate.passed, 100);
    assert_false(workroom_give(room, pass, &gate));
    workroom_close(room);
    workroom_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_work_as_there_are_threads_and_the_rest_is_bounded),
        cmocka_unit_test(one_thread_keeps_the_order),
        cmocka_unit_test(what_was_given_is_finished_before_the_room_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
