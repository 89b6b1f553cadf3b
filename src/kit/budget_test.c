/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/budget.h"

#include "kit/test.h"

static struct bytes ipv4(const char *four)
{
    return bytes_of(four, 4);
}

static struct budget *budget_of(unsigned all, unsigned each)
{
    struct budget *budget = NULL;
    struct error err = { 0 };

    assert_ok(budget_create(all, each, &budget, &err), err);
    return budget;
}

static void address_has_a_minutes_worth_and_then_waits(void **state)
{
    OWNED(budget_destroy) struct budget *budget = budget_of(1000, 3);
    int64_t wait_s = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(budget_take(budget, ipv4("\x0a\0\0\1"), 0, &wait_s));
    assert_false(budget_take(budget, ipv4("\x0a\0\0\1"), 0, &wait_s));
    assert_int_equal(wait_s, 21); /* a third of a minute, rounded up past it */
    assert_true(budget_take(budget, ipv4("\x0a\0\0\2"), 0, &wait_s));
    assert_false(budget_take(budget, ipv4("\x0a\0\0\1"), 19999, &wait_s));
    assert_true(budget_take(budget, ipv4("\x0a\0\0\1"), 20000, &wait_s));
}

static void all_addresses_share_one_bucket(void **state)
{
    OWNED(budget_destroy) struct budget *budget = budget_of(2, 100);
    int64_t wait_s = 0;

    (void)state;
    assert_true(budget_take(budget, ipv4("\x0a\0\0\1"), 0, &wait_s));
    assert_true(budget_take(budget, ipv4("\x0a\0\0\2"), 0, &wait_s));
    assert_false(budget_take(budget, ipv4("\x0a\0\0\3"), 0, &wait_s));
    assert_int_equal(wait_s, 31);
}

static void ipv6_hosts_of_one_network_share(void **state)
{
    OWNED(budget_destroy) struct budget *budget = budget_of(100, 1);
    const uint8_t first[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 1 };
    const uint8_t second[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 2 };
    const uint8_t other[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 2, 1 };
    int64_t wait_s = 0;

    (void)state;
    assert_true(budget_take(budget, bytes_of(first, 16), 0, &wait_s));
    assert_false(budget_take(budget, bytes_of(second, 16), 0, &wait_s));
    assert_true(budget_take(budget, bytes_of(other, 16), 0, &wait_s));
}

static void nothing_allowed_is_nothing(void **state)
{
    OWNED(budget_destroy) struct budget *budget = budget_of(0, 0);
    int64_t wait_s = 0;

    (void)state;
    assert_false(budget_take(budget, ipv4("\x0a\0\0\1"), 0, &wait_s));
    assert_int_equal(wait_s, 60);
}

static void table_of_addresses_is_bounded(void **state)
{
    OWNED(budget_destroy) struct budget *budget = budget_of(1000000, 1);
    int64_t wait_s = 0;

    (void)state;
    for (uint32_t i = 0; i < BUDGET_ADDRESSES_MAX + 10; i++)
        assert_true(budget_take(budget, bytes_of(&i, 4), (int64_t)i, &wait_s));
    uint32_t newest = BUDGET_ADDRESSES_MAX + 9;
    assert_false(budget_take(budget, bytes_of(&newest, 4), newest, &wait_s));
}

static void asking_takes_nothing_and_remembers_nobody(void **state)
{
    OWNED(budget_destroy) struct budget *budget = budget_of(2, 1);
    int64_t wait_s = 0;

    (void)state;
    for (uint32_t i = 0; i < 2 * BUDGET_ADDRESSES_MAX; i++)
        assert_true(budget_has(budget, bytes_of(&i, 4), 0, &wait_s));
    assert_true(budget_take(budget, ipv4("\x0a\0\0\1"), 0, &wait_s));
    assert_false(budget_has(budget, ipv4("\x0a\0\0\1"), 0, &wait_s));
    assert_int_equal(wait_s, 61);
    assert_true(budget_has(budget, ipv4("\x0a\0\0\1"), 60000, &wait_s));
    assert_true(budget_take(budget, ipv4("\x0a\0\0\2"), 0, &wait_s));
    assert_false(budget_has(budget, ipv4("\x0a\0\0\3"), 0, &wait_s));
    assert_int_equal(wait_s, 31); /* all have used up theirs */
}

static void what_is_given_back_can_be_taken_again_once(void **state)
{
    OWNED(budget_destroy) struct budget *budget = budget_of(2, 1);
    int64_t wait_s = 0;

    (void)state;
    assert_true(budget_take(budget, ipv4("\x0a\0\0\1"), 0, &wait_s));
    budget_give(budget, ipv4("\x0a\0\0\1"), 0);
    budget_give(budget, ipv4("\x0a\0\0\1"), 0); /* a full bucket takes no more */
    assert_true(budget_take(budget, ipv4("\x0a\0\0\1"), 0, &wait_s));
    assert_false(budget_take(budget, ipv4("\x0a\0\0\1"), 0, &wait_s));
    assert_true(budget_take(budget, ipv4("\x0a\0\0\2"), 0, &wait_s));
    assert_false(budget_take(budget, ipv4("\x0a\0\0\3"), 0, &wait_s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_has_a_minutes_worth_and_then_waits),
        cmocka_unit_test(all_addresses_share_one_bucket),
        cmocka_unit_test(ipv6_hosts_of_one_network_share),
        cmocka_unit_test(nothing_allowed_is_nothing),
        cmocka_unit_test(table_of_addresses_is_bounded),
        cmocka_unit_test(asking_takes_nothing_and_remembers_nobody),
        cmocka_unit_test(what_is_given_back_can_be_taken_again_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
