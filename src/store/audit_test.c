/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include "store/test_platforms.h"

static struct fleet fleet;

static void note(int64_t at_s, const char *outcome)
{
    struct audit_entry entry = { .at_s = at_s,
                                 .who = "uid 0",
                                 .from = "socket",
                                 .what = "rebind",
                                 .subject = "",
                                 .outcome = outcome };
    struct error err = { 0 };

    assert_ok(store_audit(fleet.bench.store, &entry, &err), err);
}

static bool visit(void *context, const struct audit_entry *entry)
{
    char *text = context;
    size_t len = strlen(text);

    snprintf(text + len, 256 - len, "%lld %s %s %s %s%s; ", (long long)entry->at_s,
             entry->who, entry->from, entry->what, entry->subject, entry->outcome);
    return entry->at_s != 9;
}

static const char *newest(size_t most)
{
    static char text[256];
    struct error err = { 0 };

    text[0] = 0;
    assert_ok(audit_walk(fleet.reader, most, visit, text, &err), err);
    return text;
}

static void the_newest_come_first(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    note(7, "added");
    note(8, "same");
    note(9, "conflict");
    note(10, "added");
    assert_string_equal(newest(2), "10 uid 0 socket rebind added; 9 uid 0 socket rebind "
                                   "conflict; ");
    assert_string_equal(newest(SIZE_MAX), newest(2)); /* until the visitor has enough */
    bench_meddle(&fleet.bench, "UPDATE audit SET outcome = 'a' || char(27) || 'b'");
    assert_string_equal(newest(1), "10 uid 0 socket rebind a\\x1bb; ");
    fleet_end(&fleet);
}

static void past_the_bound_the_oldest_goes(void **state)
{
    (void)state;
    fleet_begin(&fleet);
    note(1, "first");
    note(2, "second");
    bench_meddle(&fleet.bench, "UPDATE sqlite_sequence SET seq = 1000000 WHERE name = "
                               "'audit'");
    assert_int_equal(AUDIT_KEPT, 1000000);
    note(3, "third"); /* entry 1,000,001 */
    assert_int_equal(bench_count(&fleet.bench, "SELECT min(at_s) FROM audit"), 2);
    note(4, "fourth");
    assert_int_equal(bench_count(&fleet.bench, "SELECT min(at_s) FROM audit"), 3);
    fleet_end(&fleet);
}

static void an_entry_shares_the_fate_of_what_was_done(void **state)
{
    (void)state;
    struct error err = { 0 };

    fleet_begin(&fleet);
    assert_ok(store_begin(fleet.bench.store, &err), err);
    note(1, "undone");
    store_rollback(fleet.bench.store);
    note(2, "done");
    assert_string_equal(newest(9), "2 uid 0 socket rebind done; ");
    fleet_end(&fleet);
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
        cmocka_unit_test(the_newest_come_first),
        cmocka_unit_test(past_the_bound_the_oldest_goes),
        cmocka_unit_test(an_entry_shares_the_fate_of_what_was_done),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
