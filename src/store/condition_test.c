/* SPDX-License-Identifier: Apache-2.0 */
#include "store/condition.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "kit/test.h"

struct seen {
    char names[4096];
    struct condition last;
    size_t count;
};

static void see(void *context, const struct condition *condition)
{
    struct seen *seen = context;
    size_t used = strlen(seen->names);

    snprintf(seen->names + used, sizeof seen->names - used, "%s ", condition->name);
    seen->last = *condition;
    seen->count++;
}

static struct seen visit(struct conditions *conditions)
{
    struct seen seen = { .count = 0 };

    conditions_visit(conditions, see, &seen);
    return seen;
}

static struct condition named(const char *name, int64_t tried_s)
{
    struct condition condition = { .tried_s = tried_s };

    snprintf(condition.name, sizeof condition.name, "%s", name);
    return condition;
}

static void conditions_come_back_sorted_by_name(void **state)
{
    (void)state;
    OWNED(conditions_destroy) struct conditions *conditions = conditions_create();
    static const char *const names[] = { "root_crl", "identity/qe", "pck_crl/platform",
                                         "evaluation_numbers/sgx" };

    assert_non_null(conditions);
    assert_int_equal(visit(conditions).count, 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct condition condition = named(names[i], 1);
        conditions_set(conditions, &condition);
    }
    assert_string_equal(visit(conditions).names,
                        "evaluation_numbers/sgx identity/qe pck_crl/platform root_crl ");
}

static void setting_again_replaces(void **state)
{
    (void)state;
    OWNED(conditions_destroy) struct conditions *conditions = conditions_create();
    struct condition condition = named("root_crl", 10);

    condition.failures = 3;
    condition.kind = ERROR_STALE;
    snprintf(condition.why, sizeof condition.why, "nextUpdate was yesterday");
    conditions_set(conditions, &condition);
    condition = named("root_crl", 20);
    conditions_set(conditions, &condition);

    struct seen seen = visit(conditions);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.tried_s, 20);
    assert_int_equal(seen.last.failures, 0);
    assert_int_equal(seen.last.kind, ERROR_NONE);
    assert_string_equal(seen.last.why, "");
}

static void what_is_removed_is_gone_and_the_rest_stays(void **state)
{
    (void)state;
    OWNED(conditions_destroy) struct conditions *conditions = conditions_create();
    static const char *const names[] = { "a", "b", "c" };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct condition condition = named(names[i], 1);
        conditions_set(conditions, &condition);
    }
    conditions_remove(conditions, "b");
    conditions_remove(conditions, "nobody");
    assert_string_equal(visit(conditions).names, "a c ");
    conditions_remove(conditions, "a");
    conditions_remove(conditions, "c");
    assert_int_equal(visit(conditions).count, 0);
}

static void text_without_its_end_is_ended(void **state)
{
    (void)state;
    OWNED(conditions_destroy) struct conditions *conditions = conditions_create();
    struct condition condition;

    memset(&condition, 'x', sizeof condition);
    conditions_set(conditions, &condition);
    struct seen seen = visit(conditions);
    assert_int_equal(strlen(seen.last.name), CONDITION_NAME_MAX - 1);
    assert_int_equal(strlen(seen.last.why), ERROR_TEXT_MAX - 1);
    assert_int_equal(strlen(seen.last.upstream), sizeof condition.upstream - 1);
}

static void count_one(void *context, const struct condition *condition)
{
    (void)condition;
    ++*(size_t *)context;
}

static size_t count_of(struct conditions *conditions)
{
    size_t count = 0;

    conditions_visit(conditions, count_one, &count);
    return count;
}

static void at_the_limit_the_one_tried_longest_ago_goes(void **state)
{
    (void)state;
    OWNED(conditions_destroy) struct conditions *conditions = conditions_create();
    char name[CONDITION_NAME_MAX];

    for (int i = 0; i < CONDITIONS_MAX; i++) {
        snprintf(name, sizeof name, "%06d", i);
        struct condition condition = named(name, i == 777 ? 5 : 1000 + i);
        conditions_set(conditions, &condition);
    }
    assert_int_equal(count_of(conditions), CONDITIONS_MAX);
    struct condition one_more = named("one more", 6);
    conditions_set(conditions, &one_more);
    assert_int_equal(count_of(conditions), CONDITIONS_MAX);
    conditions_remove(conditions, "000777");
    assert_int_equal(count_of(conditions), CONDITIONS_MAX); /* it had gone */
    conditions_remove(conditions, "one more");
    assert_int_equal(count_of(conditions), CONDITIONS_MAX - 1);
}

static void see_upstream(void *context, const struct upstream_condition *condition)
{
    struct seen *seen = context;
    size_t used = strlen(seen->names);

    snprintf(seen->names + used, sizeof seen->names - used, "%s:%llu ", condition->name,
             (unsigned long long)condition->calls);
    seen->count++;
}

static void upstreams_are_kept_by_name_up_to_their_limit(void **state)
{
    (void)state;
    OWNED(conditions_destroy) struct conditions *conditions = conditions_create();
    struct upstream_condition pcs = { .name = "pcs", .calls = 1 };
    struct upstream_condition cache = { .name = "cache", .calls = 2 };
    struct seen seen = { .count = 0 };

    conditions_set_upstream(conditions, &pcs);
    conditions_set_upstream(conditions, &cache);
    pcs.calls = 9;
    conditions_set_upstream(conditions, &pcs);
    conditions_visit_upstreams(conditions, see_upstream, &seen);
    assert_string_equal(seen.names, "cache:2 pcs:9 ");

    for (int i = 0; i < 2 * CONDITION_UPSTREAMS_MAX; i++) {
        struct upstream_condition other = { .calls = 0 };
        snprintf(other.name, sizeof other.name, "u%03d", i);
        conditions_set_upstream(conditions, &other);
    }
    seen = (struct seen){ .count = 0 };
    conditions_visit_upstreams(conditions, see_upstream, &seen);
    assert_int_equal(seen.count, CONDITION_UPSTREAMS_MAX);
    assert_non_null(strstr(seen.names, "cache:2 pcs:9 "));
}

static void *set_and_remove(void *context)
{
    struct conditions *conditions = context;
    char name[CONDITION_NAME_MAX];

    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "task %d", i % 50);
        struct condition condition = named(name, i);
        conditions_set(conditions, &condition);
        struct upstream_condition upstream = { .name = "pcs", .calls = (uint64_t)i };
        conditions_set_upstream(conditions, &upstream);
        if (i % 3 == 0)
            conditions_remove(conditions, name);
    }
    return NULL;
}

static void in_order(void *context, const struct condition *condition)
{
    char *last = context;

    if (strcmp(last, condition->name) >= 0)
        fail_msg("\"%s\" after \"%s\"", condition->name, last);
    snprintf(last, CONDITION_NAME_MAX, "%s", condition->name);
}

static void threads_may_set_remove_and_visit_at_once(void **state)
{
    (void)state;
    OWNED(conditions_destroy) struct conditions *conditions = conditions_create();
    pthread_t threads[3];

    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, set_and_remove, conditions),
                         0);
    for (int i = 0; i < 100; i++) {
        char last[CONDITION_NAME_MAX] = "";
        conditions_visit(conditions, in_order, last);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    assert_true(count_of(conditions) <= 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_come_back_sorted_by_name),
        cmocka_unit_test(setting_again_replaces),
        cmocka_unit_test(what_is_removed_is_gone_and_the_rest_stays),
        cmocka_unit_test(text_without_its_end_is_ended),
        cmocka_unit_test(at_the_limit_the_one_tried_longest_ago_goes),
        cmocka_unit_test(upstreams_are_kept_by_name_up_to_their_limit),
        cmocka_unit_test(threads_may_set_remove_and_visit_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
