/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/test_reports.h"

#include "kit/test.h"

enum {
    AT_POLICY = 0x08,
    AT_CURRENT_TCB = 0x38,
    AT_KEY = 0x48,
    AT_REPORT_DATA = 0x50,
    AT_MEASUREMENT = 0x90,
    AT_HOST_DATA = 0xc0,
    AT_COMMITTED_TCB = 0x1e0,
    AT_LAUNCH_TCB = 0x1f0,
    AT_S = SNP_SIGNED_LEN + 72,
    KEY_VLEK = 1 << 2,
};

static void count_up(struct test_report *report, size_t at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        report->at[at + i] = (uint8_t)(at + i);
}

static struct test_report report_of(uint8_t family, uint8_t model, uint64_t tcb,
                                    struct bytes chip_id)
{
    struct test_report report = report_make(3, family, model, tcb, chip_id);

    report_put(&report, AT_POLICY, SNP_POLICY_SMT | SNP_POLICY_RESERVED_ONE, 8);
    report_put(&report, AT_CURRENT_TCB, tcb, 8);
    report_put(&report, AT_COMMITTED_TCB, tcb, 8);
    report_put(&report, AT_LAUNCH_TCB, tcb, 8);
    count_up(&report, AT_REPORT_DATA, 64);
    count_up(&report, AT_MEASUREMENT, 48);
    count_up(&report, AT_HOST_DATA, 32);
    return report;
}

struct test_report test_report_milan(void)
{
    struct test_report report = report_of(0x19, 0x01, UINT64_C(0xdb18000000000104),
                                          bytes_of(HWID_64, CHIP_ID_LEN));

    test_report_sign(&report, TEST_CHIP_KEY);
    return report;
}

struct test_report test_report_genoa_vlek(void)
{
    static const uint8_t masked[CHIP_ID_LEN];
    struct test_report report = report_of(0x19, 0x11, UINT64_C(0x541700000000000a),
                                          bytes_of(masked, sizeof masked));

    report_put(&report, AT_KEY, KEY_VLEK, 4);
    test_report_sign(&report, TEST_CHIP_KEY);
    return report;
}

struct test_report test_report_turin(void)
{
    uint8_t chip_id[CHIP_ID_LEN] = HWID_8;
    struct test_report report = report_of(0x1a, 0x02, UINT64_C(0x5100000018010402),
                                          bytes_of(chip_id, sizeof chip_id));

    test_report_sign(&report, TEST_CHIP_KEY);
    return report;
}

void test_report_sign(struct test_report *report, enum test_amd_key signer)
{
    uint8_t raw[96];

    test_amd_sign_raw(signer, bytes_of(report->at, SNP_SIGNED_LEN), raw);
    for (size_t i = 0; i < 48; i++) { /* AMD writes both little endian */
        report->at[SNP_SIGNED_LEN + i] = raw[47 - i];
        report->at[AT_S + i] = raw[95 - i];
    }
}
