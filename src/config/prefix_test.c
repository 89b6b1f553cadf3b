/* SPDX-License-Identifier: Apache-2.0 */
#include "config/prefix.h"

#include "kit/test.h"

static void a_prefix_is_read_as_it_is_written(void **state)
{
    static const struct {
        const char *written, *shown;
        size_t address_len;
        unsigned bits;
    } cases[] = {
        { "10.0.0.0/8", "10.0.0.0/8", 4, 8 },
        { "10.128.0.0/9", "10.128.0.0/9", 4, 9 },
        { "0.0.0.0/0", "0.0.0.0/0", 4, 0 },
        { "192.0.2.7", "192.0.2.7/32", 4, 32 },
        { "192.0.2.7/32", "192.0.2.7/32", 4, 32 },
        { "2001:DB8::/32", "2001:db8::/32", 16, 32 },
        { "2001:db8:0:0:0:0:0:1", "2001:db8::1/128", 16, 128 },
        { "::/0", "::/0", 16, 0 },
        { "::/95", "::/95", 16, 95 },
        { "::fffe:0:0/96", "::fffe:0:0/96", 16, 96 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct baseline_rule rule;
        assert_ok(prefix_read(bytes_of_text(cases[i].written), &rule, &err), err);
        assert_int_equal(rule.address_len, cases[i].address_len);
        assert_int_equal(rule.prefix_bits, cases[i].bits);
        assert_string_equal(prefix_text(&rule).s, cases[i].shown);
    }
}

static void what_is_no_prefix_is_told_what_to_write(void **state)
{
    static const struct {
        const char *written, *why;
    } cases[] = {
        { "", "\"\" is not an address with its prefix (10.0.0.0/8, 2001:db8::/32)" },
        { "10.0.0/8", "\"10.0.0/8\" is not an address with its prefix" },
        { "10.0.0.256/8", "is not an address with its prefix" },
        { "rack7.example", "is not an address with its prefix" },
        { "[2001:db8::]/32", "is not an address with its prefix" },
        { "fe80::1%eth0", "is not an address with its prefix" },
        { "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111", "is not an address" },
        { "/8", "is not an address with its prefix" },
        { "10.0.0.0/33", "\"10.0.0.0/33\" has a prefix outside of 0 to 32" },
        { "10.0.0.0/", "has a prefix outside of 0 to 32" },
        { "10.0.0.0/08", "has a prefix outside of 0 to 32" },
        { "10.0.0.0/8/8", "has a prefix outside of 0 to 32" },
        { "10.0.0.0/255.0.0.0", "has a prefix outside of 0 to 32" },
        { "2001:db8::/129", "has a prefix outside of 0 to 128" },
        { "10.0.0.1/8",
          "\"10.0.0.1/8\" has bits set behind its prefix: 10.0.0.0/8, or a" },
        { "10.128.0.0/8", "behind its prefix: 10.0.0.0/8, or a longer prefix" },
        { "0.0.0.1/0", "behind its prefix: 0.0.0.0/0, or a longer prefix" },
        { "2001:db8::1/32", "behind its prefix: 2001:db8::/32, or a longer prefix" },
        { "::ffff:10.0.0.0/104", "is IPv4 in IPv6 form: write 10.0.0.0/8" },
        { "::ffff:0:0/96", "\"::ffff:0:0/96\" is IPv4 in IPv6 form: write 0.0.0.0/0" },
        { "::ffff:192.0.2.7", "is IPv4 in IPv6 form: write 192.0.2.7/32" },
        { "::ffff:0:0/95", "behind its prefix: ::fffe:0:0/95, or a longer prefix" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct baseline_rule rule;
        assert_false(prefix_read(bytes_of_text(cases[i].written), &rule, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
}

static void prefixes_are_equal_in_family_length_and_address(void **state)
{
    static const char *const different[] = { "10.0.0.0/8", "10.0.0.0/9", "11.0.0.0/8",
                                             "a00::/8",    "0.0.0.0/0",  "::/0" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(different); i++)
        for (size_t k = 0; k < COUNT_OF(different); k++) {
            struct baseline_rule a, b;
            assert_true(prefix_read(bytes_of_text(different[i]), &a, NULL));
            assert_true(prefix_read(bytes_of_text(different[k]), &b, NULL));
            assert_int_equal(prefix_equal(&a, &b), i == k);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_is_read_as_it_is_written),
        cmocka_unit_test(what_is_no_prefix_is_told_what_to_write),
        cmocka_unit_test(prefixes_are_equal_in_family_length_and_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
