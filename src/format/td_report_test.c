/* SPDX-License-Identifier: Apache-2.0 */
#include "format/td_report.h"

#include "kit/test.h"

static const struct {
    enum td_report_form form;
    size_t len;
} forms[] = { { TD_REPORT_10, 584 }, { TD_REPORT_15, 648 }, { TD_REPORT_15_EX, 885 } };

/* A view of this report: where it should look, from which form on it is there. */
struct place {
    struct bytes view;
    size_t at, len;
    enum td_report_form from;
};

static void check_places(const struct place *places, size_t count, const uint8_t *raw,
                         enum td_report_form form)
{
    for (size_t i = 0; i < count; i++) {
        if (form < places[i].from) {
            assert_int_equal(places[i].view.len, 0);
            continue;
        }
        assert_ptr_equal(places[i].view.at, raw + places[i].at);
        assert_int_equal(places[i].view.len, places[i].len);
    }
}

static void every_field_is_where_intel_has_it(void **state)
{
    (void)state;
    uint8_t raw[TD_REPORT_15_EX_LEN + 1] = { 0 };

    raw[648] = 0x5a;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct cursor c = cursor_over(bytes_of(raw, sizeof raw));
        struct td_report t;
        td_report_read(&c, forms[i].form, &t);
        assert_false(c.overran);
        assert_int_equal(c.offset, forms[i].len);
        assert_int_equal(t.form, forms[i].form);
        assert_int_equal(t.raw.len, forms[i].len);
        assert_int_equal(t.vm_id, forms[i].form == TD_REPORT_15_EX ? 0x5a : 0);
        const struct place places[] = {
            { t.tee_tcb_svn, 0, 16, TD_REPORT_10 },
            { t.mrseam, 16, 48, TD_REPORT_10 },
            { t.mrsignerseam, 64, 48, TD_REPORT_10 },
            { t.seam_attributes, 112, 8, TD_REPORT_10 },
            { t.td_attributes, 120, 8, TD_REPORT_10 },
            { t.xfam, 128, 8, TD_REPORT_10 },
            { t.mrtd, 136, 48, TD_REPORT_10 },
            { t.mrconfigid, 184, 48, TD_REPORT_10 },
            { t.mrowner, 232, 48, TD_REPORT_10 },
            { t.mrownerconfig, 280, 48, TD_REPORT_10 },
            { t.rtmrs[0], 328, 48, TD_REPORT_10 },
            { t.rtmrs[1], 376, 48, TD_REPORT_10 },
            { t.rtmrs[2], 424, 48, TD_REPORT_10 },
            { t.rtmrs[3], 472, 48, TD_REPORT_10 },
            { t.report_data, 520, 64, TD_REPORT_10 },
            { t.tee_tcb_svn2, 584, 16, TD_REPORT_15 },
            { t.mrservicetd, 600, 48, TD_REPORT_15 },
            { t.td_id, 649, 32, TD_REPORT_15_EX },
            { t.dev_info, 681, 48, TD_REPORT_15_EX },
            { t.init_servtd_hash, 729, 48, TD_REPORT_15_EX },
            { t.init_servtd_attr, 777, 8, TD_REPORT_15_EX },
            { t.init_cpusvn, 785, 16, TD_REPORT_15_EX },
            { t.init_tee_tcb_svn, 801, 16, TD_REPORT_15_EX },
            { t.init_tee_fmspc, 817, 12, TD_REPORT_15_EX },
            { t.current_servtd_hash, 829, 48, TD_REPORT_15_EX },
            { t.current_servtd_attr, 877, 8, TD_REPORT_15_EX },
        };
        check_places(places, COUNT_OF(places), raw, forms[i].form);
    }
}

static void debug_is_the_first_bit_of_the_td_attributes(void **state)
{
    (void)state;
    uint8_t raw[TD_REPORT_10_LEN] = { 0 };

    for (unsigned bit = 0; bit < 64; bit++) {
        struct cursor c = cursor_over(bytes_of(raw, sizeof raw));
        struct td_report t;
        memset(raw + 120, 0, 8);
        raw[120 + bit / 8] = (uint8_t)(1U << bit % 8);
        td_report_read(&c, TD_REPORT_10, &t);
        assert_int_equal(t.is_debug, bit == 0);
    }
}

static void one_byte_less_is_told_by_the_cursor(void **state)
{
    (void)state;
    uint8_t raw[TD_REPORT_15_EX_LEN];

    memset(raw, 0xff, sizeof raw);
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        for (size_t len = 0; len < forms[i].len; len++) {
            struct cursor c = cursor_over(bytes_of(raw, len));
            struct td_report t;
            td_report_read(&c, forms[i].form, &t);
            assert_true(c.overran);
            assert_int_equal(t.raw.len, 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_where_intel_has_it),
        cmocka_unit_test(debug_is_the_first_bit_of_the_td_attributes),
        cmocka_unit_test(one_byte_less_is_told_by_the_cursor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
