/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/qe_identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct qe_identity identity;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, (size_t)64 << 20);
    if (qe_identity_parse(bytes_of(at, len), &arena, &identity, &err)) {
        FUZZ_CHECK(strcmp(enclave_id_name(identity.id), "unknown") != 0);
        FUZZ_CHECK(identity.evaluation_data_number > 0);
        FUZZ_CHECK(identity.issue_date_s <= identity.next_update_s);
        FUZZ_CHECK(identity.level_count >= 1 && identity.level_count <= TCB_LEVELS_MAX);
        for (size_t i = 0; i < identity.level_count; i++) {
            const struct enclave_tcb_level *level = &identity.levels[i];
            FUZZ_CHECK(i == 0 || level[-1].isvsvn > level->isvsvn);
            FUZZ_CHECK(level->status == TCB_UP_TO_DATE || level->status == TCB_OUT_OF_DATE
                       || level->status == TCB_REVOKED);
            FUZZ_CHECK(level->advisory_count <= TCB_ADVISORIES_MAX);
        }
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(strstr(err.text, "at byte ") != NULL);
    }
    arena_fini(&arena);
    return 0;
}
