/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/quote_body.h"

#include "sim/test_minted.h"

static const struct quote_platform platform = { .level = 17,
                                                .cpusvn = { 0x11, 0x12, 0x13 },
                                                .fmspc = { 0x30, 0x60, 0x6a } };

/* A value that no default has, as long as is wanted. */
static const char *value_of(size_t len)
{
    static char digits[2 * 64 + 1];

    memset(digits, 'a', 2 * len);
    digits[2 * len] = 0;
    return digits;
}

static void each_member_has_its_place_and_no_other(void **state)
{
    static const struct {
        const char *body, *name;
        size_t at, len;
    } cases[] = {
        { "sgx", "mrenclave", 64, 32 },
        { "sgx", "mrsigner", 128, 32 },
        { "sgx", "report-data", 320, 64 },
        { "td10", "tee-tcb-svn", 0, 16 },
        { "td10", "mrseam", 16, 48 },
        { "td10", "td-attributes", 120, 8 },
        { "td10", "xfam", 128, 8 },
        { "td10", "mrtd", 136, 48 },
        { "td10", "mr-config-id", 184, 48 },
        { "td10", "mr-owner", 232, 48 },
        { "td10", "mr-owner-config", 280, 48 },
        { "td10", "rtmr0", 328, 48 },
        { "td10", "rtmr1", 376, 48 },
        { "td10", "rtmr2", 424, 48 },
        { "td10", "rtmr3", 472, 48 },
        { "td10", "report-data", 520, 64 },
        { "td15", "tee-tcb-svn2", 584, 16 },
        { "td15", "mr-service-td", 600, 48 },
        { "td15ex", "mr-service-td", 600, 48 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t plain[QUOTE_BODY_MAX], body[QUOTE_BODY_MAX];
        struct error err = { .kind = ERROR_NONE };
        struct quote_shape shape;
        char text[200];

        snprintf(text, sizeof text, "body=%s", cases[i].body);
        struct mint_order order = test_order(MINTED_QUOTE, text);
        assert_ok(quote_order_shape(&order.quote, &shape, &err), err);
        quote_body_fill(&order.quote, &shape, &platform, plain);
        snprintf(text, sizeof text, "%s=%s", cases[i].name, value_of(cases[i].len));
        assert_ok(test_order_read(&order, text, &err), err);
        quote_body_fill(&order.quote, &shape, &platform, body);
        for (size_t at = 0; at < sizeof body; at++) {
            bool is_inside = at >= cases[i].at && at < cases[i].at + cases[i].len;
            if (body[at] != (is_inside ? 0xaa : plain[at]))
                fail_msg("%s of %s: byte %zu is %02x", cases[i].name, cases[i].body, at,
                         body[at]);
        }
    }
}

static void a_body_ends_where_its_form_does(void **state)
{
    static const uint8_t zeros[QUOTE_BODY_MAX];
    static const size_t lens[] = { 384, 584, 648, 885 };

    (void)state;
    for (unsigned form = QUOTE_SGX; form <= QUOTE_TD_15_EX; form++) {
        const struct quote_order order = { .debug = { .is_given = true } };
        const struct quote_shape shape = { 5, form == QUOTE_SGX ? WORLD_SGX : WORLD_TDX,
                                           (enum quote_body)form, 5 };
        uint8_t body[QUOTE_BODY_MAX];

        assert_int_equal(quote_body_len(shape.body), lens[form]);
        quote_body_fill(&order, &shape, &platform, body);
        assert_memory_equal(body + lens[form], zeros, sizeof body - lens[form]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_has_its_place_and_no_other),
        cmocka_unit_test(a_body_ends_where_its_form_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
