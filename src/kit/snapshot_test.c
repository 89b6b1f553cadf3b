/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "kit/snapshot.h"

enum { WHOLE = 0x600d, GONE = 0xdead, WORDS = 64 };

/* Every word says which value it is; freed values are marked before they go, so that a
 * reader who looks at one too late sees it (and a sanitizer sees more). */
struct value {
    unsigned mark;
    unsigned words[WORDS];
};

static atomic_int alive;

static struct value *value_of(unsigned number)
{
    struct value *value = malloc(sizeof *value);

    assert_non_null(value);
    value->mark = WHOLE;
    for (size_t i = 0; i < WORDS; i++)
        value->words[i] = number;
    atomic_fetch_add(&alive, 1);
    return value;
}

static void free_value(void *at)
{
    struct value *value = at;

    if (value->mark != WHOLE)
        abort(); /* twice */
    *(volatile unsigned *)&value->mark = GONE;
    for (size_t i = 0; i < WORDS; i++)
        *(volatile unsigned *)&value->words[i] = GONE;
    atomic_fetch_sub(&alive, 1);
    free(value);
}

static void the_present_value_is_seen(void **state)
{
    struct snapshot *snapshot = snapshot_create(free_value);

    (void)state;
    assert_non_null(snapshot);
    assert_null(snapshot_enter(snapshot));
    snapshot_leave(snapshot);
    for (unsigned i = 0; i < 3; i++) {
        struct value *value = value_of(i);
        snapshot_publish(snapshot, value);
        assert_ptr_equal(snapshot_enter(snapshot), value);
        snapshot_leave(snapshot);
        assert_int_equal(atomic_load(&alive), 1); /* nobody looked at the older */
    }
    snapshot_destroy(snapshot);
    assert_int_equal(atomic_load(&alive), 0);
    snapshot_destroy(NULL);
}

static void what_is_looked_at_stays_until_it_is_left(void **state)
{
    struct snapshot *snapshot = snapshot_create(free_value);

    (void)state;
    snapshot_publish(snapshot, value_of(1));
    const struct value *seen = snapshot_enter(snapshot);
    snapshot_publish(snapshot, value_of(2));
    snapshot_publish(snapshot, value_of(3));
    assert_int_equal(atomic_load(&alive), 2); /* 2 was never looked at */
    assert_int_equal(seen->mark, WHOLE);
    assert_int_equal(seen->words[WORDS - 1], 1);
    snapshot_reap(snapshot);
    assert_int_equal(atomic_load(&alive), 2);
    snapshot_leave(snapshot);
    assert_int_equal(atomic_load(&alive), 2); /* leaving frees nothing: it only unmarks */
    snapshot_reap(snapshot);
    assert_int_equal(atomic_load(&alive), 1);
    snapshot_destroy(snapshot);
    assert_int_equal(atomic_load(&alive), 0);
}

static void nothing_may_be_published(void **state)
{
    struct snapshot *snapshot = snapshot_create(free_value);

    (void)state;
    snapshot_publish(snapshot, value_of(1));
    snapshot_publish(snapshot, NULL);
    assert_int_equal(atomic_load(&alive), 0);
    assert_null(snapshot_enter(snapshot));
    snapshot_leave(snapshot);
    snapshot_destroy(snapshot);
}

enum { READERS = 6, PUBLISHED = 2000, LOOKS_MIN = 200 };

struct race {
    struct snapshot *snapshot;
    atomic_bool over;
    atomic_int ready;
};

/* Looks until the writer is done, and at least so many times: what is seen is whole and
 * never older than what was seen before. */
static void *look_often(void *argument)
{
    struct race *race = argument;
    unsigned last = 0;

    atomic_fetch_add(&race->ready, 1);
    for (unsigned looks = 0; looks < LOOKS_MIN || !atomic_load(&race->over); looks++) {
        const struct value *value = snapshot_enter(race->snapshot);
        if (value->mark != WHOLE)
            return "a value that was freed";
        unsigned number = value->words[0];
        for (size_t i = 1; i < WORDS; i++)
            if (*(const volatile unsigned *)&value->words[i] != number)
                return "a value in pieces";
        if (number < last)
            return "a value older than the one before";
        last = number;
        snapshot_leave(race->snapshot);
    }
    return NULL;
}

static void readers_see_whole_values_while_they_are_replaced(void **state)
{
    struct race race = { .snapshot = snapshot_create(free_value) };
    pthread_t readers[READERS];

    (void)state;
    snapshot_publish(race.snapshot, value_of(0));
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, look_often, &race), 0);
    while (atomic_load(&race.ready) < READERS)
        sched_yield();
    for (unsigned i = 1; i <= PUBLISHED; i++) {
        snapshot_publish(race.snapshot, value_of(i));
        /* each reader holds one at most, and there is the present one */
        assert_true(atomic_load(&alive) <= READERS + 1);
    }
    atomic_store(&race.over, true);
    for (int i = 0; i < READERS; i++) {
        void *complaint;
        assert_int_equal(pthread_join(readers[i], &complaint), 0);
        if (complaint != NULL)
            fail_msg("a reader saw %s", (const char *)complaint);
    }
    snapshot_reap(race.snapshot);
    assert_int_equal(atomic_load(&alive), 1);
    snapshot_destroy(race.snapshot);
    assert_int_equal(atomic_load(&alive), 0);
}

static void *look_once(void *snapshot)
{
    const struct value *value = snapshot_enter(snapshot);
    bool whole = value->mark == WHOLE;

    snapshot_leave(snapshot);
    return whole ? NULL : "a value that was freed";
}

/* More threads than there are slots, one after another: each gives its slot back. */
static void threads_that_end_make_room_for_others(void **state)
{
    struct snapshot *snapshot = snapshot_create(free_value);

    (void)state;
    snapshot_publish(snapshot, value_of(1));
    for (int i = 0; i < 2 * SNAPSHOT_THREADS_MAX; i++) {
        pthread_t thread;
        void *complaint;
        assert_int_equal(pthread_create(&thread, NULL, look_once, snapshot), 0);
        assert_int_equal(pthread_join(thread, &complaint), 0);
        assert_null(complaint);
    }
    snapshot_destroy(snapshot);
    assert_int_equal(atomic_load(&alive), 0);
}

enum { MANY = SNAPSHOT_THREADS_MAX - 8 };

struct gate {
    struct snapshot *snapshot;
    pthread_barrier_t all_inside, all_seen;
};

static void *look_together(void *argument)
{
    struct gate *gate = argument;
    const struct value *value = snapshot_enter(gate->snapshot);

    pthread_barrier_wait(&gate->all_inside);
    pthread_barrier_wait(&gate->all_seen); /* between the two it was replaced */
    bool whole = value->mark == WHOLE && value->words[0] == 1;
    snapshot_leave(gate->snapshot);
    return whole ? NULL : "a value that was freed";
}

static void as_many_threads_as_allowed_hold_one_value(void **state)
{
    struct gate gate = { .snapshot = snapshot_create(free_value) };
    pthread_t threads[MANY];

    (void)state;
    assert_int_equal(pthread_barrier_init(&gate.all_inside, NULL, MANY + 1), 0);
    assert_int_equal(pthread_barrier_init(&gate.all_seen, NULL, MANY + 1), 0);
    snapshot_publish(gate.snapshot, value_of(1));
    for (int i = 0; i < MANY; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_together, &gate), 0);
    pthread_barrier_wait(&gate.all_inside);
    snapshot_publish(gate.snapshot, value_of(2));
    assert_int_equal(atomic_load(&alive), 2);
    pthread_barrier_wait(&gate.all_seen);
    for (int i = 0; i < MANY; i++) {
        void *complaint;
        assert_int_equal(pthread_join(threads[i], &complaint), 0);
        assert_null(complaint);
    }
    snapshot_reap(gate.snapshot);
    assert_int_equal(atomic_load(&alive), 1);
    snapshot_destroy(gate.snapshot);
    pthread_barrier_destroy(&gate.all_inside);
    pthread_barrier_destroy(&gate.all_seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_present_value_is_seen),
        cmocka_unit_test(what_is_looked_at_stays_until_it_is_left),
        cmocka_unit_test(nothing_may_be_published),
        cmocka_unit_test(readers_see_whole_values_while_they_are_replaced),
        cmocka_unit_test(threads_that_end_make_room_for_others),
        cmocka_unit_test(as_many_threads_as_allowed_hold_one_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
