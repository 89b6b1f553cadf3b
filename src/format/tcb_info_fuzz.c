/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "format/json.h"
#include "format/tcb_info.h"
#include "format/tcb_levels.h"

static void check_enclave_levels(const struct enclave_tcb_level *levels, size_t count)
{
    FUZZ_CHECK(count >= 1 && count <= TCB_LEVELS_MAX);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(i == 0 || levels[i - 1].isvsvn > levels[i].isvsvn);
        FUZZ_CHECK(levels[i].status == TCB_UP_TO_DATE
                   || levels[i].status == TCB_OUT_OF_DATE
                   || levels[i].status == TCB_REVOKED);
        FUZZ_CHECK(levels[i].advisory_count <= TCB_ADVISORIES_MAX);
    }
}

static void check_levels(const struct tcb_info *info)
{
    FUZZ_CHECK(info->level_count >= 1 && info->level_count <= TCB_LEVELS_MAX);
    for (size_t i = 0; i < info->level_count; i++) {
        const struct tcb_level *level = &info->levels[i];
        FUZZ_CHECK(i == 0 || tcb_level_order(level - 1, level) < 0);
        FUZZ_CHECK(level->status >= TCB_UP_TO_DATE && level->status <= TCB_REVOKED);
        FUZZ_CHECK(level->advisory_count <= TCB_ADVISORIES_MAX);
        size_t lengths = 0;
        for (size_t k = 0; k < level->advisory_count; k++)
            lengths += level->advisories[k].len;
        FUZZ_CHECK(lengths <= JSON_TEXT_MAX);
        for (size_t k = 0; k < 16 && info->tee == TEE_SGX; k++)
            FUZZ_CHECK(level->tdx[k].svn == 0);
    }
}

static void check_modules(const struct tcb_info *info)
{
    bool seen[256] = { false };

    FUZZ_CHECK(info->has_tdx_module == (info->tee == TEE_TDX));
    FUZZ_CHECK(info->module_identity_count <= TCB_MODULES_MAX);
    FUZZ_CHECK(info->tee == TEE_TDX || info->module_identity_count == 0);
    for (size_t i = 0; i < info->module_identity_count; i++) {
        const struct tdx_module *module = &info->module_identities[i];
        FUZZ_CHECK(module->version != 0 && !seen[module->version]);
        seen[module->version] = true;
        check_enclave_levels(module->levels, module->level_count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    struct tcb_info info;
    struct error err = { 0 };
    struct arena arena;

    arena_init(&arena, (size_t)64 << 20);
    if (tcb_info_parse(bytes_of(at, len), &arena, &info, &err)) {
        FUZZ_CHECK(info.tee == TEE_SGX || info.tee == TEE_TDX);
        FUZZ_CHECK(info.version == 3 || (info.version == 2 && info.tee == TEE_SGX));
        FUZZ_CHECK(info.has_pce_id || info.version == 2);
        FUZZ_CHECK(info.evaluation_data_number > 0);
        FUZZ_CHECK(info.issue_date_s <= info.next_update_s);
        check_levels(&info);
        check_modules(&info);
    } else {
        FUZZ_CHECK(err.kind == ERROR_FORMAT || err.kind == ERROR_LIMIT);
        FUZZ_CHECK(strstr(err.text, "at byte ") != NULL);
    }
    arena_fini(&arena);
    return 0;
}
