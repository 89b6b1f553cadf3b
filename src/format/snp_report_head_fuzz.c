/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/snp_report_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct snp_report_head head;
    struct error err = { 0 };

    if (!snp_report_head_read(bytes_of(at, len), &head, &err)) {
        FUZZ_CHECK(err.kind == ERROR_FORMAT && err.text[0] != 0);
        return 0;
    }
    FUZZ_CHECK(len == SNP_REPORT_LEN && head.version >= 2 && head.version <= 5);
    FUZZ_CHECK(head.chip_id.len == CHIP_ID_LEN && head.chip_id.at > at
               && head.chip_id.at + CHIP_ID_LEN <= at + len);
    FUZZ_CHECK(head.signed_by == 0 || head.signed_by == VEK_VCEK
               || head.signed_by == VEK_VLEK);
    FUZZ_CHECK(head.version > 2 || snp_report_product(&head) == 0);
    return 0;
}
