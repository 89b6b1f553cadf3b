/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/quote_order.h"

#include "sim/test_minted.h"

static void what_was_not_said_follows_from_what_was(void **state)
{
    static const struct {
        const char *order;
        struct quote_shape shape;
    } cases[] = {
        { "", { 3, WORLD_SGX, QUOTE_SGX, 5 } },
        { "version=4", { 4, WORLD_SGX, QUOTE_SGX, 5 } },
        { "version=5 certification=1", { 5, WORLD_SGX, QUOTE_SGX, 1 } },
        { "body=sgx", { 3, WORLD_SGX, QUOTE_SGX, 5 } },
        { "tee=tdx", { 4, WORLD_TDX, QUOTE_TD_10, 5 } },
        { "body=td10", { 4, WORLD_TDX, QUOTE_TD_10, 5 } },
        { "tee=tdx version=5", { 5, WORLD_TDX, QUOTE_TD_15, 5 } },
        { "version=5 body=td10", { 5, WORLD_TDX, QUOTE_TD_10, 5 } },
        { "body=td15", { 5, WORLD_TDX, QUOTE_TD_15, 5 } },
        { "body=td15ex", { 5, WORLD_TDX, QUOTE_TD_15_EX, 5 } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct mint_order order = test_order(MINTED_QUOTE, cases[i].order);
        const struct quote_shape *expected = &cases[i].shape;
        struct error err = { .kind = ERROR_NONE };
        struct quote_shape shape;

        assert_ok(quote_order_shape(&order.quote, &shape, &err), err);
        if (shape.version != expected->version || shape.tee != expected->tee
            || shape.body != expected->body
            || shape.certification != expected->certification)
            fail_msg("%s: version %u, tee %d, body %d, certification %u", cases[i].order,
                     shape.version, shape.tee, shape.body, shape.certification);
    }
}

/* Each beside one that differs in a word and goes together. */
static void what_does_not_go_together_is_refused(void **state)
{
    static const struct {
        const char *good, *bad, *part;
    } cases[] = {
        { "version=3", "version=2", "version: expected 3, 4 or 5" },
        { "tee=tdx version=4", "tee=tdx version=3", "TDX has 4 and 5" },
        { "tee=tdx body=td10", "tee=tdx body=sgx", "tdx has no sgx" },
        { "tee=sgx body=sgx", "tee=sgx body=td10", "sgx has no td10" },
        { "version=5 body=td15", "version=4 body=td15", "td15 has 5 alone" },
        { "certification=1", "certification=0", "expected 1 to 5" },
        { "tee=tdx defect=seam_signer", "tee=sgx defect=seam_signer", "cannot show" },
        { "version=4 defect=outer_type", "version=3 defect=outer_type", "cannot show" },
        { "version=5 defect=body_padded", "version=4 defect=body_padded", "cannot show" },
        { "certification=4 defect=pck_other", "certification=3 defect=pck_other",
          "cannot show" },
        { "certification=5 defect=chain_order", "certification=4 defect=chain_order",
          "cannot show" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct mint_order good = test_order(MINTED_QUOTE, cases[i].good);
        struct mint_order bad = test_order(MINTED_QUOTE, cases[i].bad);
        struct error err = { .kind = ERROR_NONE };
        struct quote_shape shape;

        assert_ok(quote_order_shape(&good.quote, &shape, &err), err);
        assert_false(quote_order_shape(&bad.quote, &shape, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].part);
    }
}

/* A table with a hole would be one that nobody can name. */
static void every_defect_has_a_name_of_its_own_and_a_sentence(void **state)
{
    const struct member *tables[] = { quote_defect_member, snp_defect_member };

    (void)state;
    for (size_t t = 0; t < COUNT_OF(tables); t++)
        for (size_t i = 0; i < tables[t]->choice_count; i++) {
            const struct choice *one = &tables[t]->choices[i];
            assert_non_null(one->name);
            assert_non_null(one->sentence);
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(one->name, tables[t]->choices[j].name);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_said_follows_from_what_was),
        cmocka_unit_test(what_does_not_go_together_is_refused),
        cmocka_unit_test(every_defect_has_a_name_of_its_own_and_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
