/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/verification_policy.h"

enum { STATUSES = 0x3fe, REVOKED = 1 << TCB_REVOKED };

static void check_masked(const struct policy_masked *masked)
{
    FUZZ_CHECK(masked->has_value || !masked->has_mask);
    for (size_t i = 0; i < sizeof masked->value; i++)
        FUZZ_CHECK((masked->value[i] & ~masked->mask[i]) == 0);
}

static void check_values(const struct policy_values *values, size_t len)
{
    volatile uint8_t last;

    FUZZ_CHECK(values->count <= POLICY_VALUES_MAX);
    if (values->count > 0)
        last = values->at[values->count * len - 1];
    (void)last;
}

static void check_sections(const struct verification_policy *policy)
{
    static const uint8_t zeros[CHIP_ID_LEN];
    const struct policy_snp *snp = &policy->snp;

    check_masked(&policy->sgx.attributes);
    check_masked(&policy->sgx.miscselect);
    check_masked(&policy->tdx.td_attributes);
    check_masked(&policy->tdx.xfam);
    check_values(&policy->platform.ppid, 16);
    check_values(&policy->sgx.mrenclave, 32);
    check_values(&policy->tdx.rtmrs[TD_RTMRS - 1], 48);
    check_values(&snp->report_data, 64);
    check_values(&snp->chip_id, CHIP_ID_LEN);
    for (size_t i = 0; i < snp->chip_id.count; i++)
        FUZZ_CHECK(memcmp(snp->chip_id.at + i * CHIP_ID_LEN, zeros, sizeof zeros) != 0);
    for (size_t i = 0; i < snp->vmpl.count; i++)
        FUZZ_CHECK(snp->vmpl.at[i] <= 3);
    bool any = false;
    for (size_t p = 0; p < SNP_PRODUCTS; p++)
        any |= snp->has_min_tcb[p];
    FUZZ_CHECK(any == snp->any_min_tcb);
    /* nothing is demanded by a section that is not there */
    FUZZ_CHECK(policy->sgx.is_given || policy->sgx.mrenclave.count == 0);
    FUZZ_CHECK(policy->tdx.is_given || policy->tdx.mrtd.count == 0);
    FUZZ_CHECK(snp->is_given || (snp->measurement.count == 0 && !snp->any_min_tcb));
}

static void check_advisories(const struct policy_texts *texts)
{
    FUZZ_CHECK(texts->count <= POLICY_ADVISORIES_MAX);
    FUZZ_CHECK(texts->is_given || texts->count == 0);
    for (size_t i = 0; i < texts->count; i++)
        FUZZ_CHECK(texts->at[i].len >= sizeof "INTEL-SA-00615" - 1
                   && memcmp(texts->at[i].at, "INTEL-SA-", 9) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct verification_policy policy;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, VERIFICATION_POLICY_ROOM);
    if (verification_policy_parse(bytes_of(at, len), &arena, &policy, &err)) {
        FUZZ_CHECK((policy.accepted_statuses & ~(unsigned)STATUSES) == 0);
        FUZZ_CHECK((policy.accepted_statuses & REVOKED) == 0);
        FUZZ_CHECK(!policy.blocked_advisories.is_given
                   || policy.blocked_advisories.count > 0);
        check_advisories(&policy.accepted_advisories);
        check_advisories(&policy.blocked_advisories);
        check_sections(&policy);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(policy.accepted_statuses == 0 && !policy.allow_debug);
    }
    arena_fini(&arena);
    return 0;
}
