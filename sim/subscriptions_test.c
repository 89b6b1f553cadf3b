/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/subscriptions.h"

#include <stdio.h>

#include "kit/test.h"

#define NOW_S ((int64_t)600) /* the beginning of a minute */

static struct subscriptions subscriptions;

struct said {
    char head[200];
    struct wire_request request;
};

/* A request to a target with a key, or without where that is NULL. */
static struct wire_request *say(struct said *said, const char *target, const char *key)
{
    snprintf(
        said->head, sizeof said->head, "GET %s HTTP/1.1\r\n%s%s", target,
        key == NULL ? "Host: x" : "ocp-apim-subscription-key: ", key == NULL ? "" : key);
    said->request = (struct wire_request){ .target = bytes_of_text(target),
                                           .head = bytes_of_text(said->head) };
    return &said->request;
}

static unsigned judged(const char *key, int64_t now_s, unsigned *retry_after_s)
{
    struct said said;

    return subscriptions_judge(&subscriptions, say(&said, "/", key), now_s,
                               retry_after_s);
}

static void only_the_right_key_passes_where_one_is_demanded(void **state)
{
    unsigned retry_after_s = 0;

    (void)state;
    assert_int_equal(judged(NULL, NOW_S, &retry_after_s), 0);
    assert_int_equal(judged("any", NOW_S, &retry_after_s), 0);
    subscriptions.demanded = "right";
    assert_int_equal(judged("right", NOW_S, &retry_after_s), 0);
    assert_int_equal(judged("Right", NOW_S, &retry_after_s), 401);
    assert_int_equal(judged("right2", NOW_S, &retry_after_s), 401);
    assert_int_equal(subscriptions.missing, 0);
    assert_int_equal(judged(NULL, NOW_S, &retry_after_s), 401);
    assert_int_equal(subscriptions.missing, 1);
}

static void a_key_has_its_budget_each_minute_of_the_clock(void **state)
{
    unsigned retry_after_s = 0;

    (void)state;
    subscriptions.per_minute = 2;
    assert_int_equal(judged("one", NOW_S, &retry_after_s), 0);
    assert_int_equal(judged("one", NOW_S + 59, &retry_after_s), 0);
    assert_int_equal(judged("one", NOW_S + 59, &retry_after_s), 429);
    assert_int_equal(retry_after_s, 1);
    assert_int_equal(judged("other", NOW_S + 59, &retry_after_s), 0);
    assert_int_equal(judged(NULL, NOW_S + 59, &retry_after_s), 0);
    assert_int_equal(judged("one", NOW_S + 60, &retry_after_s), 0);
    assert_int_equal(judged("one", NOW_S + 60, &retry_after_s), 0);
    assert_int_equal(judged("one", NOW_S + 60, &retry_after_s), 429);
    assert_int_equal(retry_after_s, 60);
    assert_int_equal(subscriptions.limited, 2);
}

static void many_keys_forget_the_first_ones_budget(void **state)
{
    unsigned retry_after_s = 0;
    char key[8];

    (void)state;
    subscriptions.per_minute = 1;
    for (int i = 0; i <= SUBSCRIPTIONS_MAX; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_int_equal(judged(key, NOW_S, &retry_after_s), 0);
    }
    assert_int_equal(judged("1", NOW_S, &retry_after_s), 429);
    assert_int_equal(judged("0", NOW_S, &retry_after_s), 0);
}

static void where_a_key_was_seen_is_told(void **state)
{
    struct said said;

    (void)state;
    subscriptions.demanded = "right";
    subscriptions_note(&subscriptions, say(&said, "/a?b", "right"));
    subscriptions_note(&subscriptions, say(&said, "/a?c", "right"));
    subscriptions_note(&subscriptions, say(&said, "/b", "wrong"));
    subscriptions_note(&subscriptions, say(&said, "/c", NULL));
    json_t *told = subscriptions_write(&subscriptions);
    char *text = json_dumps(told, JSON_COMPACT);
    assert_string_equal(text, "{\"with\":3,\"wrong\":1,\"missing\":0,\"limited\":0,"
                              "\"by_path\":{\"/a\":2,\"/b\":1}}");
    free(text);
    json_decref(told);
    subscriptions_reset(&subscriptions);
    assert_int_equal(subscriptions.with, 0);
    assert_int_equal(json_object_size(subscriptions.by_path), 0);
}

static void paths_without_end_are_counted_together(void **state)
{
    struct said said;
    char target[16];

    (void)state;
    for (int i = 0; i < SUBSCRIPTIONS_PATHS_MAX + 3; i++) {
        snprintf(target, sizeof target, "/%d", i);
        subscriptions_note(&subscriptions, say(&said, target, "key"));
    }
    assert_int_equal(
        json_integer_value(json_object_get(subscriptions.by_path, "(others)")), 3);
}

static int start(void **state)
{
    (void)state;
    return subscriptions_init(&subscriptions) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    subscriptions_fini(&subscriptions);
    return 0;
}

#define anew(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        anew(only_the_right_key_passes_where_one_is_demanded),
        anew(a_key_has_its_budget_each_minute_of_the_clock),
        anew(many_keys_forget_the_first_ones_budget),
        anew(where_a_key_was_seen_is_told),
        anew(paths_without_end_are_counted_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
