/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/test_intel.h"

#include <stdio.h>

#include "kit/test.h"
#include "kit/text.h"

#define AT_2025_05_06 INT64_C(1746523500) /* notBefore of the signer of 2025 */
#define AT_2018_05_21 INT64_C(1526899810) /* notBefore of the one of 2018 */
#define AT_2032_05_06 INT64_C(1967448300) /* notAfter of the signer of 2025 */

struct bytes intel_file(const char *path, struct arena *arena)
{
    char below[512];

    snprintf(below, sizeof below, "vectors/%s", path);
    struct buf content = test_shared_file(below);
    struct bytes kept = arena_copy(arena, buf_bytes(&content));
    buf_fini(&content);
    assert_non_null(kept.at);
    return kept;
}

static uint32_t number_of(const char *path)
{
    const char *at = strstr(path, "-eval");
    unsigned number = 0;

    if (at == NULL || sscanf(at, "-eval%u-", &number) != 1)
        return 0;
    return number;
}

static bool tcb_info_key(const char *path, enum tee tee, struct collateral_key *out)
{
    uint8_t fmspc[6];
    unsigned version;

    if (!hex_read(bytes_first(bytes_of_text(path), 12), fmspc, 6)
        || sscanf(path + 12, "/v%u", &version) != 1)
        return false;
    *out = key_tcb_info(tee, version, fmspc, number_of(path));
    return number_of(path) != 0;
}

bool intel_key_of(const char *path, struct collateral_key *out)
{
    const struct {
        const char *folder;
        struct collateral_key key; /* with all but what the file's name says */
    } folders[] = {
        { "intel/tcbinfo/sgx/", { .kind = COLLATERAL_TCB_INFO, .tee = TEE_SGX } },
        { "intel/tcbinfo/tdx/", { .kind = COLLATERAL_TCB_INFO, .tee = TEE_TDX } },
        { "intel/preproduction/tcbinfo/tdx/",
          { .kind = COLLATERAL_TCB_INFO, .tee = TEE_TDX } },
        { "intel/identity/qe/", key_identity(ENCLAVE_QE, 0) },
        { "intel/identity/td-qe/", key_identity(ENCLAVE_TD_QE, 0) },
        { "intel/preproduction/identity/td-qe/", key_identity(ENCLAVE_TD_QE, 0) },
        { "intel/identity/qve/", key_identity(ENCLAVE_QVE, 0) },
        { "intel/identity/qae/", key_identity(ENCLAVE_QAE, 0) },
        { "intel/tcbevaluationdatanumbers/sgx/", key_evaluation_numbers(TEE_SGX) },
        { "intel/tcbevaluationdatanumbers/tdx/", key_evaluation_numbers(TEE_TDX) },
        { "intel/crl/root/", key_root_crl() },
        { "intel/crl/platform/", key_pck_crl(PCK_CA_PLATFORM) },
        { "intel/crl/processor/", key_pck_crl(PCK_CA_PROCESSOR) },
    };

    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        size_t len = strlen(folders[i].folder);
        if (strncmp(path, folders[i].folder, len) != 0)
            continue;
        *out = folders[i].key;
        if (out->kind == COLLATERAL_TCB_INFO)
            return tcb_info_key(path + len, out->tee, out);
        if (out->kind == COLLATERAL_IDENTITY)
            out->evaluation_data_number = number_of(path);
        return true;
    }
    return false;
}

static const char *signer_at(int64_t now_s, bool lasting)
{
    if (lasting || now_s < AT_2018_05_21 || now_s > AT_2032_05_06)
        return "intel/certs/intel-sgx-tcb-signing-third.der";
    return now_s < AT_2025_05_06 ? "intel/certs/intel-sgx-tcb-signing-2018.der"
                                 : "intel/certs/intel-sgx-tcb-signing-2025.der";
}

struct der_chain intel_chain_at(const struct collateral_key *key, int64_t now_s,
                                bool lasting, struct arena *arena)
{
    const char *issuer = signer_at(now_s, lasting);
    struct der_chain chain = { .count = 0 };

    if (key->kind == COLLATERAL_PCK_CRL)
        issuer = key->ca == PCK_CA_PLATFORM
                     ? "intel/certs/intel-sgx-pck-platform-ca.der"
                     : "intel/certs/intel-sgx-pck-processor-ca.der";
    if (key->kind != COLLATERAL_ROOT_CRL)
        chain.certificates[chain.count++] = intel_file(issuer, arena);
    chain.certificates[chain.count++] =
        intel_file("intel/certs/intel-sgx-root-ca.der", arena);
    return chain;
}

static struct verified_collateral *root_crl_of(const char *name, int64_t now_s)
{
    struct collateral_key key = key_root_crl();
    struct verified_collateral *item = NULL;
    struct error err = { 0 };
    struct trust trust;
    struct arena arena;
    char path[64];

    snprintf(path, sizeof path, "intel/crl/root/%s.der", name);
    trust_init(&trust);
    arena_init(&arena, (size_t)1 << 20);
    struct collateral_candidate candidate = {
        .asked = key,
        .body = intel_file(path, &arena),
        .chain = intel_chain_at(&key, now_s, false, &arena),
    };
    struct judgement judgement = { .trust = &trust, .now_s = now_s };
    assert_ok(verify_kept_collateral(&candidate, &judgement, &item, &err), err);
    arena_fini(&arena);
    return item;
}

struct verified_collateral *intel_root_crl_at(int64_t now_s, bool *in_force)
{
    static const char *const names[] = { "20260226T130400Z", "20250320T112157Z",
                                         "20240320T191930Z", "20230403T102251Z",
                                         "20220419T083118Z", "20190522T084451Z" };
    struct verified_collateral *found = NULL;

    *in_force = false;
    for (size_t i = 0; i < COUNT_OF(names) && !*in_force; i++) {
        struct verified_collateral *older = root_crl_of(names[i], now_s);
        if (found != NULL && verified_facts(older)->valid_until_s < now_s) {
            verified_release(older); /* a gap: the next one it is */
            break;
        }
        verified_release(found);
        found = older;
        *in_force = verified_in_date(found, now_s, 0);
    }
    return found;
}
