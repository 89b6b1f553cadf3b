/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/appraisal_policy.h"

enum { ROOM = 4 << 20 };

static void check_policy(const struct appraisal_policy *policy, struct bytes in)
{
    static const size_t signature_len[] = {
        [JWS_NONE] = 0, [JWS_ES256] = 64, [JWS_ES384] = 96, [JWS_OTHER] = 0
    };
    const struct policy_key keys[] = { { .is_p384 = false }, { .is_p384 = true } };
    struct error err = { 0 };

    FUZZ_CHECK(policy->algorithm >= JWS_NONE && policy->algorithm <= JWS_OTHER);
    FUZZ_CHECK(policy->signature_len == signature_len[policy->algorithm]);
    FUZZ_CHECK((policy->tees & (POLICY_SGX | POLICY_TDX_1_0 | POLICY_TDX_1_5)) != 0);
    FUZZ_CHECK(policy->signed_part.at == in.at && policy->signed_part.len < in.len);
    FUZZ_CHECK(in.at[policy->signed_part.len] == '.');
    /* no point of zeros lies on a curve */
    FUZZ_CHECK(!appraisal_policy_verify(policy, keys, COUNT_OF(keys), &err));
    FUZZ_CHECK(err.kind == ERROR_UNTRUSTED);
}

/* A point of P-256 leaves the rest of its room alone. */
static void check_key(struct bytes in, struct arena *arena)
{
    static const uint8_t zeros[32];
    struct error err = { 0 };
    struct policy_key key;

    if (!policy_key_read(in, arena, &key, &err))
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
    else if (!key.is_p384)
        FUZZ_CHECK(memcmp(key.point + 64, zeros, sizeof zeros) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct bytes in = bytes_of(at, len);
    struct appraisal_policy policy;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, ROOM);
    if (appraisal_policy_parse(in, &arena, &policy, &err)) {
        check_policy(&policy, in);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(policy.tees == 0);
    }
    check_key(in, &arena);
    arena_fini(&arena);
    return 0;
}
