/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include <pthread.h>
#include <signal.h>

#include "store/test_store.h"

/* What most jobs do here needs no store: the writer only hands it on. */

static struct store_writer *started(void)
{
    struct store_writer *writer = NULL;
    struct error err = { 0 };

    assert_ok(store_writer_start(NULL, &writer, &err), err);
    return writer;
}

struct order {
    int next;
    bool well;
    pthread_t thread;
};

struct numbered {
    struct order *order;
    int number;
};

static void in_turn(void *context, struct store *store)
{
    struct numbered *job = context;

    (void)store;
    job->order->well = job->order->well && job->order->next == job->number;
    job->order->next++;
    job->order->thread = pthread_self();
}

static void jobs_run_in_the_order_submitted_on_one_other_thread(void **state)
{
    (void)state;
    struct store_writer *writer = started();
    struct order order = { .well = true };
    struct numbered jobs[STORE_WRITER_QUEUE_MAX];
    struct error err = { 0 };

    for (int round = 0; round < 3; round++) {
        order.next = 0;
        for (int i = 0; i < STORE_WRITER_QUEUE_MAX - 1; i++) {
            jobs[i] = (struct numbered){ .order = &order, .number = i };
            assert_ok(store_writer_submit(writer, in_turn, &jobs[i], &err), err);
        }
        struct numbered last = { .order = &order, .number = STORE_WRITER_QUEUE_MAX - 1 };
        assert_ok(store_writer_call(writer, in_turn, &last, &err), err);
        assert_int_equal(order.next, STORE_WRITER_QUEUE_MAX);
        assert_true(order.well);
        assert_false(pthread_equal(order.thread, pthread_self()));
    }
    store_writer_stop(writer);
}

struct gate { /* holds the store thread until it is opened */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool reached, open;
};

static void wait_at_gate(void *context, struct store *store)
{
    struct gate *gate = context;

    (void)store;
    pthread_mutex_lock(&gate->lock);
    gate->reached = true;
    pthread_cond_broadcast(&gate->moved);
    while (!gate->open)
        pthread_cond_wait(&gate->moved, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void close_gate(struct store_writer *writer, struct gate *gate)
{
    struct error err = { 0 };

    *gate = (struct gate){ .reached = false };
    pthread_mutex_init(&gate->lock, NULL);
    pthread_cond_init(&gate->moved, NULL);
    assert_ok(store_writer_submit(writer, wait_at_gate, gate, &err), err);
    pthread_mutex_lock(&gate->lock);
    while (!gate->reached)
        pthread_cond_wait(&gate->moved, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void open_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->moved);
    pthread_mutex_unlock(&gate->lock);
}

static void count_up(void *context, struct store *store)
{
    (void)store;
    ++*(int *)context;
}

static void a_full_queue_refuses_one_more_and_loses_none(void **state)
{
    (void)state;
    struct store_writer *writer = started();
    struct gate gate;
    struct error err = { 0 };
    int ran = 0;

    close_gate(writer, &gate);
    for (int i = 0; i < STORE_WRITER_QUEUE_MAX; i++)
        assert_ok(store_writer_submit(writer, count_up, &ran, &err), err);
    assert_false(store_writer_submit(writer, count_up, &ran, &err));
    assert_refused(err, ERROR_LIMIT, "1024 jobs already wait");
    assert_false(store_writer_call(writer, count_up, &ran, &err));
    assert_refused(err, ERROR_LIMIT, "1024 jobs already wait");
    open_gate(&gate);
    store_writer_stop(writer);
    assert_int_equal(ran, STORE_WRITER_QUEUE_MAX);
}

struct nested {
    struct store_writer *writer;
    bool submitted, called;
    struct error err;
    int ran;
};

static void submit_and_call(void *context, struct store *store)
{
    struct nested *nested = context;
    struct error err;

    (void)store;
    nested->submitted = store_writer_submit(nested->writer, count_up, &nested->ran, &err);
    nested->called =
        store_writer_call(nested->writer, count_up, &nested->ran, &nested->err);
}

static void a_job_may_submit_but_not_wait_for_its_own_thread(void **state)
{
    (void)state;
    struct nested nested = { .writer = started() };
    struct error err = { 0 };

    assert_ok(store_writer_call(nested.writer, submit_and_call, &nested, &err), err);
    assert_true(nested.submitted);
    assert_false(nested.called);
    assert_refused(nested.err, ERROR_SYSTEM, "can't wait for itself");
    store_writer_stop(nested.writer);
    assert_int_equal(nested.ran, 1);
}

static void *submit_many(void *context)
{
    struct nested *shared = context;
    struct error err;
    int *ran = &shared->ran; /* touched by the store thread alone */

    for (int i = 0; i < 500; i++)
        if (!store_writer_call(shared->writer, count_up, ran, &err))
            return context;
    return NULL;
}

static void many_threads_may_call_at_once(void **state)
{
    (void)state;
    struct nested shared = { .writer = started() };
    pthread_t threads[4];
    void *refused;

    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, submit_many, &shared), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        pthread_join(threads[i], &refused);
        assert_null(refused);
    }
    store_writer_stop(shared.writer);
    assert_int_equal(shared.ran, 500 * (int)COUNT_OF(threads));
}

static void read_mask(void *context, struct store *store)
{
    (void)store;
    pthread_sigmask(SIG_SETMASK, NULL, context);
}

static void the_store_thread_takes_no_signals(void **state)
{
    (void)state;
    struct store_writer *writer = started();
    struct error err = { 0 };
    sigset_t mask;

    sigemptyset(&mask);
    assert_ok(store_writer_call(writer, read_mask, &mask, &err), err);
    assert_true(sigismember(&mask, SIGTERM));
    assert_true(sigismember(&mask, SIGHUP));
    store_writer_stop(writer);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGTERM));
}

/* ---- with a store: one writes, many read what it made ---------------------------------
 */

struct publisher {
    struct bench bench;
    struct verified_collateral *item;
    struct holdings *current; /* the store thread's */
    pthread_mutex_t lock;
    struct holdings *shown; /* under the lock: what readers may take */
    bool over;              /* likewise */
    bool well;
};

static void publish_again(void *context, struct store *store)
{
    struct publisher *p = context;
    struct collateral_key key = verified_facts(p->item)->key;
    bool is_held = p->current != NULL && holdings_find(p->current, &key) != NULL;
    struct store_entry entry = { p->item, "pcs", 1 };
    struct store_change change = { .entries = &entry,
                                   .entry_count = is_held ? 0 : 1,
                                   .dropped = &key,
                                   .dropped_count = is_held ? 1 : 0 };
    enum store_outcome outcome;
    struct holdings *next = NULL;

    if (!store_publish(store, p->current, &change, &outcome, &next, NULL)) {
        p->well = false;
        return;
    }
    holdings_release(p->current);
    p->current = next;
    pthread_mutex_lock(&p->lock);
    holdings_release(p->shown);
    p->shown = holdings_hold(next);
    pthread_mutex_unlock(&p->lock);
}

static void *read_what_is_shown(void *context)
{
    struct publisher *p = context;
    uint64_t last = 0;
    bool over = false;

    while (!over) {
        pthread_mutex_lock(&p->lock);
        struct holdings *mine = p->shown == NULL ? NULL : holdings_hold(p->shown);
        over = p->over;
        pthread_mutex_unlock(&p->lock);
        if (mine == NULL)
            continue;
        bool whole = mine->count == mine->generation % 2 && mine->generation >= last;
        last = mine->generation;
        holdings_release(mine);
        if (!whole)
            return context;
    }
    return NULL;
}

static void readers_keep_what_they_hold_while_the_next_is_published(void **state)
{
    (void)state;
    struct publisher p = { .lock = PTHREAD_MUTEX_INITIALIZER, .well = true };
    struct store_writer *writer = NULL;
    struct error err = { 0 };
    pthread_t readers[2];
    void *torn;

    bench_make(&p.bench);
    bench_begin(&p.bench);
    p.item = bench_item(&p.bench, bench_tcb_info(1, 17), TEST_NOW_S);
    assert_ok(store_writer_start(p.bench.store, &writer, &err), err);
    p.bench.store = NULL; /* the writer's */
    for (size_t i = 0; i < COUNT_OF(readers); i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_what_is_shown, &p), 0);
    for (int i = 0; i < 60; i++)
        assert_ok(store_writer_call(writer, publish_again, &p, &err), err);
    pthread_mutex_lock(&p.lock);
    p.over = true;
    pthread_mutex_unlock(&p.lock);
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        pthread_join(readers[i], &torn);
        assert_null(torn);
    }
    store_writer_stop(writer);
    assert_true(p.well);
    assert_int_equal(p.current->generation, 60);
    holdings_release(p.current);
    holdings_release(p.shown);
    verified_release(p.item);
    p.bench.store = bench_open_marked(&p.bench, false); /* it was closed */
    bench_end(&p.bench);
    bench_free(&p.bench);
}

static void stopping_nothing_is_fine(void **state)
{
    (void)state;
    store_writer_stop(NULL);
    store_writer_stop(started());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_run_in_the_order_submitted_on_one_other_thread),
        cmocka_unit_test(a_full_queue_refuses_one_more_and_loses_none),
        cmocka_unit_test(a_job_may_submit_but_not_wait_for_its_own_thread),
        cmocka_unit_test(many_threads_may_call_at_once),
        cmocka_unit_test(the_store_thread_takes_no_signals),
        cmocka_unit_test(readers_keep_what_they_hold_while_the_next_is_published),
        cmocka_unit_test(stopping_nothing_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
