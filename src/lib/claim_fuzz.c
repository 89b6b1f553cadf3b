/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"
#include "thim.h"

/* What any bytes claim is of the enumerations, and what is refused claims nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct thim_claim claim = { .size = sizeof claim, .has_fmspc = true };
    struct thim_error error = { .kind = THIM_ERROR_NONE };

    if (thim_claim_read(at, len, &claim, &error)) {
        FUZZ_CHECK(claim.evidence >= THIM_EVIDENCE_SGX
                   && claim.evidence <= THIM_EVIDENCE_SEV_SNP);
        FUZZ_CHECK((claim.evidence == THIM_EVIDENCE_SEV_SNP)
                   == (claim.certification_type == 0));
        FUZZ_CHECK(claim.certification_type <= 5);
    } else {
        FUZZ_CHECK(claim.evidence == THIM_EVIDENCE_NONE && !claim.has_fmspc);
        FUZZ_CHECK(error.kind != THIM_ERROR_NONE && error.text[0] != '\0');
    }
    return 0;
}
