/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/counter.h"

#include <pthread.h>
#include <stdio.h>

#include "kit/test.h"

static void note(void *context, const char *name, uint64_t value)
{
    buf_addf(context, "%s=%llu ", name, (unsigned long long)value);
}

static struct buf seen(struct counters *counters)
{
    struct buf out;

    buf_init(&out, 65536);
    counters_visit(counters, note, &out);
    return out;
}

static void assert_seen(struct counters *counters, const char *expected)
{
    struct buf found = seen(counters);

    assert_string_equal(buf_text(&found), expected);
    buf_fini(&found);
}

static void what_is_counted_shows_under_its_name(void **state)
{
    OWNED(counters_destroy) struct counters *counters = counters_create();

    (void)state;
    assert_seen(counters, "");
    struct counter *sent = counters_named(counters, "alerts_sent");
    assert_seen(counters, "alerts_sent=0 ");
    counter_add(counters_named(counters, "alerts_lost"), 2);
    counter_add(sent, 1);
    counter_add(sent, 1);
    assert_seen(counters, "alerts_sent=2 alerts_lost=2 ");
}

static void a_name_is_one_counter_whoever_says_it(void **state)
{
    OWNED(counters_destroy) struct counters *counters = counters_create();

    (void)state;
    assert_ptr_equal(counters_named(counters, "a"), counters_named(counters, "a"));
    assert_ptr_not_equal(counters_named(counters, "a"), counters_named(counters, "ab"));
}

static void past_the_last_nothing_is_counted_and_nothing_breaks(void **state)
{
    OWNED(counters_destroy) struct counters *counters = counters_create();
    char name[COUNTER_NAME_MAX];

    (void)state;
    for (int i = 0; i < COUNTERS_MAX; i++) {
        snprintf(name, sizeof name, "c%d", i);
        assert_non_null(counters_named(counters, name));
    }
    assert_null(counters_named(counters, "one_more"));
    assert_non_null(counters_named(counters, "c0"));
    counter_add(NULL, 1);
    assert_null(counters_named(NULL, "a"));
}

enum { THREADS = 4, ROUNDS = 10000 };

static void *count_on(void *counters)
{
    for (int i = 0; i < ROUNDS; i++)
        counter_add(counters_named(counters, i % 2 == 0 ? "even" : "odd"), 1);
    return NULL;
}

static void many_threads_lose_none(void **state)
{
    OWNED(counters_destroy) struct counters *counters = counters_create();
    pthread_t threads[THREADS];

    (void)state;
    counters_named(counters, "even");
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_on, counters), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_seen(counters, "even=20000 odd=20000 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_counted_shows_under_its_name),
        cmocka_unit_test(a_name_is_one_counter_whoever_says_it),
        cmocka_unit_test(past_the_last_nothing_is_counted_and_nothing_breaks),
        cmocka_unit_test(many_threads_lose_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
