/* SPDX-License-Identifier: Apache-2.0 */
#include "store/registrations.h"

#include "store/test_platforms.h"

static struct fleet fleet;

static struct registration of(const char *qe_id, int svn, const char *asked_with)
{
    struct registration made = { .encrypted_ppid = bytes_of_text(asked_with),
                                 .has_raw_tcb = svn >= 0 };

    snprintf(made.name.qe_id, sizeof made.name.qe_id, "%s", qe_id);
    if (svn >= 0)
        made.raw = fleet_raw((uint8_t)svn);
    return made;
}

static bool queue(enum registration_queue which, const struct registration *what,
                  const char *registrar, size_t most, struct error *err)
{
    return store_queue_registration(fleet.bench.store, which, what, registrar, most, 1,
                                    err);
}

struct seen {
    char text[256];
    int64_t mark;
};

static bool visit(void *context, int64_t mark, const struct registration *found)
{
    struct seen *seen = context;
    size_t len = strlen(seen->text);

    snprintf(seen->text + len, sizeof seen->text - len, "%s%s/%.*s ", found->name.qe_id,
             found->has_raw_tcb ? "+" : "", (int)found->encrypted_ppid.len,
             (const char *)found->encrypted_ppid.at);
    if (found->has_raw_tcb)
        assert_int_equal(found->raw.pcesvn, 13);
    assert_true(mark > seen->mark);
    seen->mark = mark;
    return true;
}

static struct seen walk(enum registration_queue which)
{
    struct seen seen = { .mark = 0 };
    struct error err = { 0 };

    assert_ok(registrations_walk(fleet.reader, which, visit, &seen, &err), err);
    return seen;
}

static void the_same_again_is_one_row_and_news_stand_at_the_end(void **state)
{
    (void)state;
    struct registration rows[] = { of("a", 5, "x"), of("b", -1, "x"), of("a", 5, "x"),
                                   of("a", 4, "x"), of("a", 5, "y"),  of("a", -1, "x") };
    struct error err = { 0 };

    fleet_begin(&fleet);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_ok(queue(QUEUE_NEW, &rows[i], "r", 9, &err), err);
    assert_ok(queue(QUEUE_NOT_AVAILABLE, &rows[0], "r", 9, &err), err);
    assert_string_equal(walk(QUEUE_NEW).text, "b/x a+/x a+/y a/x ");
    assert_string_equal(walk(QUEUE_NOT_AVAILABLE).text, "a+/x ");
    fleet_end(&fleet);
}

static void what_came_after_the_mark_stays(void **state)
{
    (void)state;
    struct registration first = of("a", 5, "x"), second = of("b", 5, "x"),
                        newer = of("a", 5, "y");
    size_t count = 0;
    struct error err = { 0 };

    fleet_begin(&fleet);
    assert_ok(queue(QUEUE_NEW, &first, "r", 9, &err), err);
    assert_ok(queue(QUEUE_NEW, &second, "r", 9, &err), err);
    assert_ok(queue(QUEUE_NOT_AVAILABLE, &first, "r", 9, &err), err);
    struct seen seen = walk(QUEUE_NEW);
    assert_ok(queue(QUEUE_NEW, &newer, "r", 9, &err), err);
    assert_ok(
        store_drain_registrations(fleet.bench.store, QUEUE_NEW, seen.mark, &count, &err),
        err);
    assert_int_equal(count, 1);
    assert_string_equal(walk(QUEUE_NEW).text, "a+/y ");
    assert_string_equal(walk(QUEUE_NOT_AVAILABLE).text, "a+/x ");
    fleet_end(&fleet);
}

static void each_registrar_has_its_own_bound(void **state)
{
    (void)state;
    struct registration rows[] = { of("a", 5, "x"), of("b", 5, "x"), of("c", 5, "x") };
    struct registration again = of("a", 5, "y");
    char long_name[PLATFORM_NAME_MAX + 1] = { 0 };
    size_t count;
    struct error err = { 0 };

    fleet_begin(&fleet);
    assert_ok(queue(QUEUE_NEW, &rows[0], "r", 2, &err), err);
    assert_ok(queue(QUEUE_NEW, &rows[1], "r", 2, &err), err);
    assert_false(queue(QUEUE_NEW, &rows[2], "r", 2, &err));
    assert_refused(err, ERROR_LIMIT, "queue: 2 of this registrar's platforms wait");
    assert_ok(queue(QUEUE_NEW, &rows[0], "r", 2, &err), err); /* the same again */
    assert_ok(queue(QUEUE_NEW, &again, "r", 2, &err), err);   /* in its place */
    assert_ok(queue(QUEUE_NEW, &rows[2], "s", 2, &err), err);
    assert_int_equal(bench_count(&fleet.bench, "SELECT sum(queued) FROM queue_tally"), 3);
    assert_ok(
        store_drain_registrations(fleet.bench.store, QUEUE_NEW, INT64_MAX, &count, &err),
        err);
    assert_int_equal(count, 3);
    assert_int_equal(bench_count(&fleet.bench, "SELECT count(*) FROM queue_tally"), 0);
    memset(long_name, 'r', PLATFORM_NAME_MAX);
    assert_false(queue(QUEUE_NEW, &rows[0], long_name, 2, &err));
    assert_refused(err, ERROR_LIMIT, "registrar is longer than 63");
    fleet_end(&fleet);
}

static void certificates_clear_a_platforms_place(void **state)
{
    (void)state;
    struct minted minted = fleet_mint(&fleet, 1, "5");
    struct registration rows[] = { of("a", 5, "x"), of("a", 4, "x"), of("b", 5, "x") };
    uint8_t gap[1][TCBM_LEN] = { { 4 } };
    struct error err = { 0 };

    for (size_t has_gaps = 0; has_gaps < 2; has_gaps++) {
        struct platform_change change = fleet_change("a", 1, BOUND_BY_TOKEN);
        fleet_begin(&fleet);
        for (size_t i = 0; i < COUNT_OF(rows); i++)
            assert_ok(queue(QUEUE_NEW, &rows[i], "r", 9, &err), err);
        assert_ok(queue(QUEUE_NOT_AVAILABLE, &rows[1], "r", 9, &err), err);
        fleet_keep(&fleet, &change); /* by itself it clears nothing */
        assert_string_equal(walk(QUEUE_NEW).text, "a+/x a+/x b+/x ");
        fleet_give(&change, &minted);
        change.gaps = (const uint8_t(*)[TCBM_LEN])gap;
        change.gap_count = has_gaps;
        fleet_keep(&fleet, &change);
        assert_string_equal(walk(QUEUE_NEW).text, "b+/x ");
        assert_string_equal(walk(QUEUE_NOT_AVAILABLE).text, has_gaps ? "a+/x " : "");
        fleet_end(&fleet);
    }
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
        cmocka_unit_test(the_same_again_is_one_row_and_news_stand_at_the_end),
        cmocka_unit_test(what_came_after_the_mark_stays),
        cmocka_unit_test(each_registrar_has_its_own_bound),
        cmocka_unit_test(certificates_clear_a_platforms_place),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
