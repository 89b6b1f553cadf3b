/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/amd_product.h"

#include "kit/test.h"

static void a_name_is_exactly_its_own(void **state)
{
    static const char *const wrong[] = { "milan", "Bergamo", "Siena", "Milan-B0", "" };
    enum world_product product = WORLD_PRODUCTS;

    (void)state;
    for (int i = 0; i < WORLD_PRODUCTS; i++) {
        const char *name = amd_product((enum world_product)i)->name;
        assert_true(amd_product_named(bytes_of_text(name), &product));
        assert_int_equal(product, i);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(amd_product_named(bytes_of_text(wrong[i]), &product));
}

static void a_tcb_version_is_read_with_its_products_eyes(void **state)
{
    static const struct {
        const char *claim, *text;
        bool milan, turin;
    } cases[] = {
        { "Milan's own", "db18000000000004", true, false },
        { "Turin's own", "4c00000004010101", false, true },
        { "what both use", "4c00000000000001", true, true },
        { "a byte that neither uses", "4c00010000000001", false, false },
        { "too short", "4c000000000001", false, false },
        { "no digits", "4c0000000000000x", false, false },
    };
    uint8_t tcb[TCB_VERSION_LEN];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bytes text = bytes_of_text(cases[i].text);
        if (amd_tcb_read(WORLD_MILAN, text, tcb) != cases[i].milan
            || amd_tcb_read(WORLD_TURIN, text, tcb) != cases[i].turin)
            fail_msg("%s", cases[i].claim);
        if (cases[i].turin)
            assert_string_equal(amd_tcb_text(tcb).s, cases[i].text);
    }
}

static void what_a_chip_has_at_first_is_its_products(void **state)
{
    uint8_t tcb[TCB_VERSION_LEN];

    (void)state;
    for (int i = 0; i < WORLD_PRODUCTS; i++) {
        enum world_product product = (enum world_product)i;
        const struct amd_product *row = amd_product(product);
        assert_true(
            amd_tcb_read(product, bytes_of_text(amd_tcb_text(row->tcb_version).s), tcb));
        assert_memory_equal(tcb, row->tcb_version, sizeof tcb);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_exactly_its_own),
        cmocka_unit_test(a_tcb_version_is_read_with_its_products_eyes),
        cmocka_unit_test(what_a_chip_has_at_first_is_its_products),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
