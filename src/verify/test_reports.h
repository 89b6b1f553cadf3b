/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation reports as the chips of verify/test_amd.h make them, signed. Tests only.
 *
 *     struct test_report report = test_report_milan();
 *     report_put(&report, 0x30, 1, 4);
 *     test_report_sign(&report, TEST_CHIP_KEY); */
#ifndef THIM_VERIFY_TEST_REPORTS_H
#define THIM_VERIFY_TEST_REPORTS_H

#include "format/test_snp_report.h"
#include "verify/test_amd.h"

/* Whole, and signed by TEST_CHIP_KEY: of version 3, by the VCEK of test_vcek() or of
 * test_turin_vcek(), and by the VLEK of test_vlek(). All four TCB_VERSIONs are the
 * certificate's; measurement, report data and host data are bytes that count up; VMPL 0,
 * policy SMT. */
struct test_report test_report_milan(void);
struct test_report test_report_genoa_vlek(void);
struct test_report test_report_turin(void);

/* By TEST_CHIP_KEY or another of P-384. */
void test_report_sign(struct test_report *report, enum test_amd_key signer);

#endif
