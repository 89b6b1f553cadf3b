/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chips.h"

#include "store/test_chips.h"

static struct yard yard;

struct seen {
    char text[256]; /* chip and SPL of each, a star behind one that is held */
    size_t count, stops_at;
    struct platform_reader *again; /* asked while it walks */
};

static bool see(void *seen_, const struct chip_row *row)
{
    struct seen *seen = seen_;
    size_t used = strlen(seen->text);

    snprintf(seen->text + used, sizeof seen->text - used, "%u/%u%s ", row->key.hwid.at[0],
             row->key.tcb.spl[SPL_SNP], row->der.len > 0 ? "*" : "");
    if (seen->again != NULL) {
        struct error err = { 0 };
        struct chip_row found;
        struct arena arena;
        arena_init(&arena, (size_t)1 << 20);
        assert_ok(chip_find(seen->again, &row->key, &arena, &found, &err), err);
        assert_int_equal(found.row, row->row);
        arena_fini(&arena);
    }
    return ++seen->count != seen->stops_at;
}

static void every_tcb_of_a_chip_is_given(void **state)
{
    (void)state;
    OWNED(vcek_release) struct verified_vcek *vcek = yard_mint(&yard, 1, 24, 0);
    struct kds_key chip = yard_key(1, 0);
    struct seen seen = { .again = NULL };
    struct error err = { 0 };

    yard_begin(&yard);
    yard_want(&yard, yard_key(1, 30), CHIP_BY_TOKEN, 1);
    yard_want(&yard, yard_key(2, 5), CHIP_BY_TOKEN, 1);
    yard_keep(&yard, vcek);
    yard_want(&yard, yard_key(1, 6), CHIP_BY_TOKEN, 1);
    seen.again = yard.reader;
    assert_ok(chip_tcbs(yard.reader, &chip, see, &seen, &err), err);
    assert_string_equal(seen.text, "1/6 1/24* 1/30 ");
    seen = (struct seen){ .stops_at = 2 };
    assert_ok(chip_tcbs(yard.reader, &chip, see, &seen, &err), err);
    assert_string_equal(seen.text, "1/6 1/24* ");
    chip = yard_key(3, 0);
    seen = (struct seen){ .count = 0 };
    assert_ok(chip_tcbs(yard.reader, &chip, see, &seen, &err), err);
    assert_string_equal(seen.text, "");
    chip.resource = KDS_CRL;
    assert_false(chip_tcbs(yard.reader, &chip, see, &seen, &err));
    assert_int_equal(err.kind, ERROR_FORMAT);
    yard_end(&yard);
}

static void all_are_walked_in_the_order_of_rows(void **state)
{
    (void)state;
    struct seen seen = { .count = 0 };
    int64_t last = 9;
    struct error err = { 0 };

    yard_begin(&yard);
    assert_ok(chips_walk(yard.reader, 0, 10, see, &seen, &last, &err), err);
    assert_int_equal(last, 0);
    for (uint8_t i = 5; i > 0; i--)
        yard_want(&yard, yard_key(i, i), CHIP_BY_TOKEN, 1);
    assert_ok(chips_walk(yard.reader, 0, 2, see, &seen, &last, &err), err);
    assert_string_equal(seen.text, "5/5 4/4 ");
    assert_ok(chips_walk(yard.reader, last, SIZE_MAX, see, &seen, &last, &err), err);
    assert_string_equal(seen.text, "5/5 4/4 3/3 2/2 1/1 ");
    /* damage ends no walk */
    bench_meddle(&yard.bench, "PRAGMA ignore_check_constraints = ON; UPDATE chip SET "
                              "tcb = '' WHERE chip = 2");
    seen = (struct seen){ .count = 0 };
    assert_ok(chips_walk(yard.reader, 0, 3, see, &seen, &last, &err), err);
    assert_string_equal(seen.text, "5/5 3/3 ");
    assert_int_equal(last, 3);
    yard_end(&yard);
}

static void check_due(int64_t now_s, size_t most, const char *expected)
{
    struct kds_key keys[16];
    char text[128] = "";
    size_t count, used = 0;
    struct error err = { 0 };

    assert_true(most <= COUNT_OF(keys));
    assert_ok(chips_due(yard.reader, now_s, most, keys, &count, &err), err);
    for (size_t i = 0; i < count; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%u", keys[i].hwid.at[0]);
    assert_string_equal(text, expected);
}

static void known_chips_are_due_before_strangers_and_the_longest_due_first(void **state)
{
    (void)state;
    OWNED(vcek_release) struct verified_vcek *vcek = yard_mint(&yard, 7, 24, 0);
    static const struct {
        uint8_t chip;
        enum chip_known_by by;
        int64_t due_s;
    } wanted[] = {
        { 1, CHIP_BY_ASKING, 10 },  { 2, CHIP_BY_TOKEN, 300 },
        { 3, CHIP_BY_IMPORT, 200 }, { 4, CHIP_BY_OPERATOR, 400 },
        { 5, CHIP_BY_ASKING, 5 },
    };
    struct kds_key failed = yard_key(3, 24);
    struct error err = { 0 };

    yard_begin(&yard);
    yard_keep(&yard, vcek); /* held: not due */
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        yard_want(&yard, yard_key(wanted[i].chip, 24), wanted[i].by, wanted[i].due_s);
    check_due(1000, 16, "32451");
    check_due(1000, 4, "3245");
    check_due(1000, 2, "32");
    check_due(1000, 0, "");
    check_due(300, 16, "3251");
    check_due(299, 16, "351");
    check_due(4, 16, "");
    assert_ok(store_chip_failed(yard.bench.store, &failed, "404", 350, &err), err);
    check_due(1000, 16, "23451");
    yard_want(&yard, yard_key(1, 24), CHIP_BY_TOKEN, 20); /* no stranger any more */
    check_due(1000, 16, "12345");
    /* what can't be asked for takes nobody's place */
    bench_meddle(&yard.bench, "UPDATE chip SET hwid = x'01' WHERE due_s = 20");
    check_due(1000, 3, "234");
    yard_end(&yard);
}

static void what_there_is_is_counted_without_going_through_it(void **state)
{
    (void)state;
    OWNED(vcek_release) struct verified_vcek *vcek = yard_mint(&yard, 1, 24, 0);
    struct kds_key gone = yard_key(2, 24);
    struct chip_counts counts;
    bool found;
    struct error err = { 0 };

    yard_begin(&yard);
    assert_ok(chips_count(yard.reader, &counts, &err), err);
    assert_int_equal(counts.known, 0);
    for (uint8_t i = 1; i < 5; i++)
        yard_want(&yard, yard_key(i, 24), CHIP_BY_TOKEN, 1);
    yard_keep(&yard, vcek);
    assert_ok(store_forget_chip(yard.bench.store, &gone, &found, &err), err);
    assert_ok(chips_count(yard.reader, &counts, &err), err);
    assert_int_equal(counts.known, 3);
    assert_int_equal(counts.held, 1);
    assert_int_equal(counts.waiting, 2);
    assert_int_equal(bench_count(&yard.bench, "SELECT count(*) FROM chips WHERE state = "
                                              "'held' AND kind = 'VCEK' AND known_by = "
                                              "'token'"),
                     1);
    yard_end(&yard);
}

static int begin(void **state)
{
    (void)state;
    yard_make(&yard);
    return 0;
}

static int end(void **state)
{
    (void)state;
    yard_free(&yard);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tcb_of_a_chip_is_given),
        cmocka_unit_test(all_are_walked_in_the_order_of_rows),
        cmocka_unit_test(known_chips_are_due_before_strangers_and_the_longest_due_first),
        cmocka_unit_test(what_there_is_is_counted_without_going_through_it),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
