/* SPDX-License-Identifier: Apache-2.0 */
#include "format/sgx_report_body.h"

#include "kit/test.h"

/* Bytes that count up, so that a view says where it looks. */
static void fill(uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)(i + i / 256);
}

static void every_field_is_where_the_manual_has_it(void **state)
{
    (void)state;
    uint8_t raw[SGX_REPORT_BODY_LEN + 1];
    struct sgx_report_body b;

    fill(raw, sizeof raw);
    struct cursor c = cursor_over(bytes_of(raw, sizeof raw));
    sgx_report_body_read(&c, &b);
    assert_false(c.overran);
    assert_int_equal(c.offset, SGX_REPORT_BODY_LEN);
    const struct {
        struct bytes view;
        size_t at, len;
    } views[] = {
        { b.raw, 0, 384 },
        { b.cpusvn, 0, 16 },
        { b.miscselect, 16, 4 },
        { b.attributes, 48, 16 },
        { b.mrenclave, 64, 32 },
        { b.mrsigner, 128, 32 },
        { b.config_id, 192, 64 },
        { b.report_data, 320, 64 },
        { b.isv_ext_prod_id, 32, 16 },
        { b.isv_family_id, 304, 16 },
    };
    for (size_t i = 0; i < COUNT_OF(views); i++) {
        assert_ptr_equal(views[i].view.at, raw + views[i].at);
        assert_int_equal(views[i].view.len, views[i].len);
    }
    assert_int_equal(b.isv_prod_id, raw[256] | raw[257] << 8);
    assert_int_equal(b.isv_svn, raw[258] | raw[259] << 8);
    assert_int_equal(b.config_svn, raw[260] | raw[261] << 8);
}

static void debug_is_the_second_bit_of_the_attributes(void **state)
{
    (void)state;
    uint8_t raw[SGX_REPORT_BODY_LEN] = { 0 };

    for (unsigned bit = 0; bit < 8; bit++) {
        struct cursor c = cursor_over(bytes_of(raw, sizeof raw));
        struct sgx_report_body b;
        raw[48] = (uint8_t)(1U << bit);
        sgx_report_body_read(&c, &b);
        assert_int_equal(b.is_debug, bit == 1);
    }
}

static void one_byte_less_is_told_by_the_cursor(void **state)
{
    (void)state;
    uint8_t raw[SGX_REPORT_BODY_LEN - 1];

    memset(raw, 0xff, sizeof raw);
    for (size_t len = 0; len <= sizeof raw; len++) {
        struct cursor c = cursor_over(bytes_of(raw, len));
        struct sgx_report_body b;
        sgx_report_body_read(&c, &b);
        assert_true(c.overran);
        assert_int_equal(b.raw.len, 0);
        assert_int_equal(b.report_data.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_where_the_manual_has_it),
        cmocka_unit_test(debug_is_the_second_bit_of_the_attributes),
        cmocka_unit_test(one_byte_less_is_told_by_the_cursor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
