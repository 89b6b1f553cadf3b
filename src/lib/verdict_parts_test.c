/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"
#include "lib/parts.h"

#define NAME(text)                                             \
    {                                                          \
        .at = (const uint8_t *)(text), .len = sizeof(text) - 1 \
    }

static const struct bytes platform_names[] = { NAME("INTEL-SA-1"), NAME("INTEL-SA-2") };
static const struct bytes qe_names[] = { NAME("INTEL-SA-3") };

static const struct tcb_level old_level = { .status = TCB_OUT_OF_DATE,
                                            .tcb_date_s = 100,
                                            .advisories = platform_names,
                                            .advisory_count = 2 },
                              new_level = { .status = TCB_UP_TO_DATE, .tcb_date_s = 300 };
static const struct enclave_tcb_level module_level = { .status = TCB_OUT_OF_DATE,
                                                       .tcb_date_s = 110 },
                                      qe_level = { .status = TCB_UP_TO_DATE,
                                                   .tcb_date_s = 200,
                                                   .advisories = qe_names,
                                                   .advisory_count = 1 };

/* A TD launched on what is old now. */
static struct thim_verdict relaunch_advised(void)
{
    struct thim_verdict verdict = { .misuse.kind = THIM_ERROR_NONE };
    struct verdict *found = &verdict.found;

    found->evidence = EVIDENCE_TDX;
    found->has_status = true;
    found->status = STANDING_TD_RELAUNCH_ADVISED;
    found->tcb_date_s = 100;
    found->advisories[0] = platform_names[0];
    found->advisory_count = 1;
    found->intel.has_tcb = true;
    found->intel.tcb = (struct tcb_verdict){
        .standing = STANDING_TD_RELAUNCH_ADVISED,
        .launch = { .standing = STANDING_OUT_OF_DATE,
                    .level = &old_level,
                    .module_level = &module_level,
                    .tcb_date_s = 100 },
        .current = { .standing = STANDING_UP_TO_DATE,
                     .level = &new_level,
                     .tcb_date_s = 300 },
        .qe_level = &qe_level,
    };
    return verdict;
}

static void each_part_has_its_status_date_and_advisories(void **state)
{
    static const struct {
        enum thim_part part;
        enum thim_status status;
        int64_t tcb_date_s;
        size_t advisories;
        const char *last;
    } parts[] = {
        { THIM_PART_WHOLE, THIM_STATUS_TD_RELAUNCH_ADVISED, 100, 1, "INTEL-SA-1" },
        { THIM_PART_LAUNCH, THIM_STATUS_OUT_OF_DATE, 100, 0, NULL },
        { THIM_PART_CURRENT, THIM_STATUS_UP_TO_DATE, 300, 0, NULL },
        { THIM_PART_PLATFORM, THIM_STATUS_OUT_OF_DATE, 100, 2, "INTEL-SA-2" },
        { THIM_PART_MODULE, THIM_STATUS_OUT_OF_DATE, 110, 0, NULL },
        { THIM_PART_QE, THIM_STATUS_UP_TO_DATE, 200, 1, "INTEL-SA-3" },
        { THIM_PART_CURRENT_PLATFORM, THIM_STATUS_UP_TO_DATE, 300, 0, NULL },
        { THIM_PART_CURRENT_MODULE, THIM_STATUS_NONE, 0, 0, NULL },
        { (enum thim_part)8, THIM_STATUS_NONE, 0, 0, NULL },
        { (enum thim_part) - 1, THIM_STATUS_NONE, 0, 0, NULL },
    };
    struct thim_verdict verdict = relaunch_advised();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        enum thim_part part = parts[i].part;
        int64_t date_s = -1;
        assert_int_equal(thim_verdict_status(&verdict, part), parts[i].status);
        assert_int_equal(thim_verdict_tcb_date(&verdict, part, &date_s),
                         parts[i].tcb_date_s != 0);
        assert_int_equal(date_s, parts[i].tcb_date_s);
        size_t count = thim_verdict_advisory_count(&verdict, part);
        assert_int_equal(count, parts[i].advisories);
        struct thim_bytes last = thim_verdict_advisory(&verdict, part, count - 1);
        if (parts[i].last != NULL)
            assert_memory_equal(last.at, parts[i].last, strlen(parts[i].last));
        assert_int_equal(thim_verdict_advisory(&verdict, part, count).len, 0);
    }
}

static void a_report_and_what_was_not_reached_have_a_whole_alone(void **state)
{
    struct thim_verdict verdict = relaunch_advised();

    (void)state;
    verdict.found.intel.has_tcb = false;
    assert_int_equal(thim_verdict_status(&verdict, THIM_PART_QE), THIM_STATUS_NONE);
    verdict.found.has_status = false;
    assert_int_equal(thim_verdict_status(&verdict, THIM_PART_WHOLE), THIM_STATUS_NONE);
    verdict = relaunch_advised();
    verdict.found.evidence = EVIDENCE_SEV_SNP;
    verdict.found.status = STANDING_UP_TO_DATE;
    assert_int_equal(thim_verdict_status(&verdict, THIM_PART_PLATFORM), THIM_STATUS_NONE);
    assert_int_equal(thim_verdict_status(&verdict, THIM_PART_WHOLE),
                     THIM_STATUS_UP_TO_DATE);
    assert_int_equal(thim_verdict_status(NULL, THIM_PART_WHOLE), THIM_STATUS_NONE);
}

static void each_item_has_its_dates(void **state)
{
    struct thim_verdict verdict = relaunch_advised();

    (void)state;
    for (int item = 1; item <= DATED_ITEMS; item++) {
        struct thim_dates dates;
        enum dated_item inner = (enum dated_item)(item - 1);
        assert_false(thim_verdict_dates(&verdict, (enum thim_item)item, &dates));
        verdict.found.dates[inner] = (struct dated){
            .is_known = true, .is_out = item % 2 == 0, .from_s = item, .until_s = 9
        };
        assert_true(thim_verdict_dates(&verdict, (enum thim_item)item, &dates));
        assert_true(dates.from_s == item && dates.until_s == 9);
        assert_int_equal(dates.expired, item % 2 == 0);
    }
    assert_int_equal(thim_verdict_expired(&verdict),
                     1 << 2 | 1 << 4 | 1 << 6 | 1 << 8 | 1 << 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_has_its_status_date_and_advisories),
        cmocka_unit_test(a_report_and_what_was_not_reached_have_a_whole_alone),
        cmocka_unit_test(each_item_has_its_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
