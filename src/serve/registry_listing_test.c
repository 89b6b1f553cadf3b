/* SPDX-License-Identifier: Apache-2.0 */
/* The queue and what is cached, listed and drained over real sockets. */
#include "serve/registry_listing.h"

#include "serve/test_registry_store.h"

static void register_one(const struct registry_house *house, size_t i)
{
    struct test_answer answer = house_register(house, i, 0, REGISTRAR);

    assert_int_equal(answer.status, 200);
    test_forget(&answer);
}

static struct test_answer list(const struct registry_house *house, const char *target)
{
    struct test_answer answer = house_ask(house, "GET", target, READER, "");

    house_expect(&answer, target, 200, "");
    assert_string_equal(test_header(&answer, "Content-Type"), "application/json");
    return answer;
}

static void a_read_drains_nothing_and_a_drain_leaves_what_came_since(void **state)
{
    struct registry_house house;
    char target[256];

    (void)state;
    house_open(&house, FILL_OFFLINE);
    struct test_answer answer = list(&house, V4 "platforms");
    assert_true(bytes_equal_text(answer.body, "[]"));
    assert_string_equal(test_header(&answer, "platform-count"), "0");
    assert_string_equal(test_header(&answer, "THIM-Queue-Mark"), "0");
    test_forget(&answer);

    register_one(&house, 1);
    register_one(&house, 2);
    answer = list(&house, V4 "platforms?source=reg");
    assert_string_equal(test_header(&answer, "platform-count"), "2");
    assert_string_equal(test_header(&answer, "THIM-Queue-Left"), "");
    assert_true(bytes_find(answer.body, bytes_of_text("\"platform_manifest\":\"\""))
                < answer.body.len);
    snprintf(target, sizeof target, V4 "platforms?source=reg&mark=%.20s",
             test_header(&answer, "THIM-Queue-Mark"));
    test_forget(&answer);

    register_one(&house, 3);
    struct test_answer drained = house_ask(&house, "DELETE", target, ADMIN, "");
    house_expect(&drained, "drained", 200, "");
    assert_true(bytes_equal_text(drained.body, "2 registrations drained.\n"));
    test_forget(&drained);
    answer = list(&house, V4 "platforms");
    assert_string_equal(test_header(&answer, "platform-count"), "1");
    assert_true(bytes_find(answer.body, bytes_of_text(bundle_qe_id(3)))
                < answer.body.len);
    test_forget(&answer);
    house_check_audit(&house, "the-admin drain reg: 2 rows\n");
    house_close(&house);
}

static void head_is_answered_like_get(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_OFFLINE);
    register_one(&house, 1);
    struct test_answer answer = house_ask(&house, "HEAD", V4 "platforms", READER, "");
    assert_int_equal(answer.status, 200);
    assert_string_equal(test_header(&answer, "platform-count"), "1");
    assert_true(atoi(test_header(&answer, "Content-Length")) > 800);
    test_forget(&answer);
    house_close(&house);
}

static void what_is_cached_is_listed_for_each_raw_tcb(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    house.keeps = true;
    register_one(&house, 1);
    register_one(&house, 2);
    house.report.outcome = FETCH_UNREACHABLE;
    struct test_answer waiting = house_register(&house, 3, 0, REGISTRAR);
    assert_int_equal(waiting.status, 503);
    test_forget(&waiting);

    static const struct {
        const char *target, *count;
    } cases[] = {
        { V4 "platforms?source=[]", "2" },
        { V4 "platforms?source=%5B00906EA10000%5D", "2" },
        { V4 "platforms?source=[30606A000000,00906ea10000]", "2" },
        { V4 "platforms?source=[30606A000000]", "0" },
        { V4 "platforms?source=reg_na", "0" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer = list(&house, cases[i].target);
        if (strcmp(test_header(&answer, "platform-count"), cases[i].count) != 0)
            fail_msg("%s: %s", cases[i].target, buf_text(&answer.text));
        test_forget(&answer);
    }
    house_close(&house);
}

static void other_sources_are_refused_by_name(void **state)
{
    static const struct {
        const char *method, *target, *said;
    } cases[] = {
        { "GET", V4 "platforms?source=all", "parameter source is \"all\"" },
        { "GET", V4 "platforms?source=[00906EA1000]", "is no FMSPC" },
        { "GET", V4 "platforms?source=[", "expected reg, reg_na" },
        { "DELETE", V4 "platforms?source=reg", "parameter mark is missing" },
        { "DELETE", V4 "platforms?source=reg&mark=x", "parameter mark is missing" },
        { "DELETE", V4 "platforms?source=[]&mark=1", "only the queue drains" },
    };
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer =
            house_ask(&house, cases[i].method, cases[i].target, ADMIN, "");
        house_expect(&answer, cases[i].target, 400, "malformed");
        if (strstr(buf_text(&answer.text), cases[i].said) == NULL)
            fail_msg("%s: %s", cases[i].target, buf_text(&answer.text));
        test_forget(&answer);
    }
    house_close(&house);
}

/* ---- more than one answer holds ------------------------------------------------------
 */

enum { MANY = 600 }; /* of the largest manifests: some more than 64 MiB of hex digits */

static uint8_t largest_manifest[MANIFEST_MAX];

static void queue_many(void *house, struct store *store)
{
    struct error err = { 0 };

    (void)house;
    bool done = store_begin(store, &err);
    for (size_t i = 0; i < MANY && done; i++) {
        struct registration registration = {
            .name = house_demand(i, BOUND_BY_TOKEN).name,
            .manifest = bytes_of(largest_manifest, sizeof largest_manifest),
        };
        done = store_queue_registration(store, QUEUE_NEW, &registration, "many", MANY,
                                        STOCK_NOW_S, &err);
    }
    if (!done || !store_commit(store, &err))
        abort(); /* a thread of the service, where cmocka must not fail */
}

static void a_queue_is_given_as_far_as_one_answer_goes(void **state)
{
    struct registry_house house;
    struct error err = { 0 };
    char target[256];

    (void)state;
    house_open(&house, FILL_OFFLINE);
    assert_ok(store_writer_call(house.writer, queue_many, &house, &err), err);
    struct test_answer answer = house_ask(&house, "HEAD", V4 "platforms", READER, "");
    house_expect(&answer, "the first of it", 200, "");
    int given = atoi(test_header(&answer, "platform-count"));
    int left = atoi(test_header(&answer, "THIM-Queue-Left"));
    assert_true(given > MANY / 2 && left > 0);
    assert_int_equal(given + left, MANY);
    assert_true(atol(test_header(&answer, "Content-Length")) <= (long)LISTING_BYTES_MAX);
    snprintf(target, sizeof target, V4 "platforms?mark=%.20s",
             test_header(&answer, "THIM-Queue-Mark"));
    test_forget(&answer);

    house_check(&house, "drained", "DELETE", target, ADMIN, "", 200, "");
    answer = house_ask(&house, "HEAD", V4 "platforms", READER, "");
    assert_int_equal(atoi(test_header(&answer, "platform-count")), left);
    assert_string_equal(test_header(&answer, "THIM-Queue-Left"), "");
    test_forget(&answer);
    house_close(&house);
}

static void hold_many(void *house, struct store *store)
{
    struct platform_demand demand;

    for (size_t i = 0; i < MANY; i++) {
        demand = house_demand(i, BOUND_BY_TOKEN);
        demand.manifest = bytes_of(largest_manifest, sizeof largest_manifest);
        house_put(house, store, &demand, (uint8_t)i);
    }
}

static void too_many_that_are_cached_are_to_be_asked_for_in_parts(void **state)
{
    struct registry_house house;
    struct error err = { 0 };

    (void)state;
    house_open(&house, FILL_LAZY);
    assert_ok(store_writer_call(house.writer, hold_many, &house, &err), err);
    struct test_answer answer =
        house_ask(&house, "GET", V4 "platforms?source=[]", READER, "");
    house_expect(&answer, "all of them", 413, "too_large");
    assert_non_null(strstr(buf_text(&answer.text), "source=["));
    test_forget(&answer);
    house_check(&house, "none of these", "GET", V4 "platforms?source=[30606A000000]",
                READER, "", 200, "");
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_drains_nothing_and_a_drain_leaves_what_came_since),
        cmocka_unit_test(head_is_answered_like_get),
        cmocka_unit_test(what_is_cached_is_listed_for_each_raw_tcb),
        cmocka_unit_test(other_sources_are_refused_by_name),
        cmocka_unit_test(a_queue_is_given_as_far_as_one_answer_goes),
        cmocka_unit_test(too_many_that_are_cached_are_to_be_asked_for_in_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
