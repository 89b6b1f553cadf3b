/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test_platforms.h"

static struct fleet fleet;
static const uint8_t family[6] = { 0x00, 0x90, 0x6e, 0xa1, 0, 0 };

/* The QE IDs of what is due, in order. */
static const char *due(int64_t now_s, size_t most)
{
    static char text[256];
    int64_t rows[16];
    size_t count, len = 0;
    struct error err = { 0 };

    assert_ok(platforms_due(fleet.reader, now_s, most, rows, &count, &err), err);
    text[0] = 0;
    for (size_t i = 0; i < count; i++) {
        struct platform found;
        assert_ok(platform_find_row(fleet.reader, rows[i], &fleet.arena, &found, &err),
                  err);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s", found.name.qe_id);
    }
    return text;
}

static void keep(const char *qe_id, const struct minted *minted, int64_t fetched_s,
                 int64_t due_s)
{
    struct platform_change change = fleet_change(qe_id, 1, BOUND_BY_TOKEN);

    change.now_s = fetched_s;
    change.due_s = due_s;
    if (minted != NULL)
        fleet_give(&change, minted);
    fleet_keep(&fleet, &change);
}

static void the_longest_due_come_first_and_no_more_than_wanted(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    keep("a", NULL, 1, 30);
    keep("b", NULL, 1, 10);
    keep("c", NULL, 1, 20);
    assert_string_equal(due(9, 9), "");
    assert_string_equal(due(10, 9), "b");
    assert_string_equal(due(30, 9), "bca");
    assert_string_equal(due(30, 2), "bc");
    assert_string_equal(due(30, 0), "");
    fleet_end(&fleet);
}

static void a_recall_makes_due_what_was_fetched_until_then(void **state)
{
    (void)state;
    static const struct {
        const char *claim;
        const uint8_t *fmspc;
        int64_t until_s, now_s;
        const char *due;
    } cases[] = {
        { "of this FMSPC", family, 19, 20, "a" },
        { "of all", NULL, 19, 20, "a" },
        { "of another FMSPC", (const uint8_t *)"\0\0\0\0\0\0", 20, 20, "" },
        { "before both were fetched", NULL, 9, 10, "" },
        { "in the second of the later one", NULL, 20, 21, "ab" },
        { "among those whose own time has come", NULL, 60, 60, "wab" },
    };
    struct minted minted = fleet_mint(&fleet, 1, "5");

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        fleet_begin(&fleet);
        keep("a", &minted, 10, 1000);
        keep("b", &minted, 20, 1000);
        keep("w", NULL, 10, 50); /* never fetched: only its own time counts */
        assert_ok(store_platforms_due(fleet.bench.store, cases[i].fmspc, cases[i].until_s,
                                      &err),
                  err);
        assert_ok(store_platforms_due(fleet.bench.store, cases[i].fmspc,
                                      cases[i].until_s - 3600,
                                      &err), /* takes none back */
                  err);
        if (strcmp(due(cases[i].now_s, 9), cases[i].due) != 0)
            fail_msg("%s: %s", cases[i].claim, due(cases[i].now_s, 9));
        fleet_end(&fleet);
    }
    minted_fini(&minted);
}

static void a_recall_ends_with_the_fetch_and_waits_after_a_failure(void **state)
{
    (void)state;
    struct minted minted = fleet_mint(&fleet, 1, "5");
    struct error err = { 0 };

    fleet_begin(&fleet);
    keep("a", &minted, 10, 1000);
    keep("b", &minted, 10, 25); /* due for both reasons: once */
    assert_ok(store_platforms_due(fleet.bench.store, NULL, 20, &err), err);
    assert_string_equal(due(30, 9), "ab");
    assert_string_equal(due(30, 1), "a");
    keep("b", &minted, 30, 1000);
    assert_string_equal(due(30, 9), "a");
    assert_ok(store_platform_failed(fleet.bench.store, fleet_find(&fleet, "a").platform,
                                    "503", 40, &err),
              err);
    assert_string_equal(due(39, 9), "");
    assert_string_equal(due(40, 9), "a");
    keep("a", &minted, 40, 1000);
    assert_string_equal(due(999, 9), "");
    fleet_end(&fleet);
    minted_fini(&minted);
}

/* Under a clock that stands, or within one second. */
static void recalls_of_one_second_each_make_due_what_was_fetched_between(void **state)
{
    (void)state;
    struct minted minted = fleet_mint(&fleet, 1, "5");
    struct error err = { 0 };

    fleet_begin(&fleet);
    keep("a", &minted, 10, 1000);
    for (int i = 0; i < 5; i++) {
        const uint8_t *fmspc = i % 2 == 0 ? NULL : family;
        assert_string_equal(due(10, 9), "");
        assert_ok(store_platforms_due(fleet.bench.store, fmspc, 10, &err), err);
        assert_string_equal(due(10, 9), "a");
        keep("a", &minted, 10, 1000);
    }
    fleet_end(&fleet);
    minted_fini(&minted);
}

static int begin(void **state)
{
    (void)state;
    bench_make(&fleet.bench);
    return 0;
}

static int end(void **state)
{
    (void)state;
    fleet_free(&fleet);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_due_come_first_and_no_more_than_wanted),
        cmocka_unit_test(a_recall_makes_due_what_was_fetched_until_then),
        cmocka_unit_test(recalls_of_one_second_each_make_due_what_was_fetched_between),
        cmocka_unit_test(a_recall_ends_with_the_fetch_and_waits_after_a_failure),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
