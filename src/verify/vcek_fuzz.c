/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/fuzz.h"

#include "verify/vcek.h"

/* A certificate, its issuer and the ARK, as PEM; the ARK is trusted where it is sound. */
static struct verified_amd_issuer *issuer_of(const struct der_chain *ders)
{
    struct der_chain chain = {
        .certificates = { ders->certificates[1], ders->certificates[2] }, .count = 2
    };
    struct verified_amd_issuer *out = NULL;
    struct trust trust = { .count = 0 };
    struct error err = { 0 };

    if (!amd_chain_add_root(ders->certificates[2], ROOT_TEST, &trust, &err))
        return NULL;
    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++)
        for (enum vek_kind v = VEK_VCEK; v <= VEK_VLEK; v++) {
            if (verify_amd_issuer(&chain, p, v, &trust, &out, &err))
                return out;
            FUZZ_CHECK(out == NULL);
        }
    return NULL;
}

/* It is verified again as what it says it is, and as nothing else. */
static void check(const struct verified_vcek *vcek)
{
    const struct vcek_facts *facts = vcek_facts(vcek);
    const struct amd_issuer_facts *issuer = amd_issuer_facts(facts->issuer);
    struct verified_vcek *again = NULL;
    struct kds_key key = facts->key, read;

    FUZZ_CHECK(key.product == issuer->product && key.vek == issuer->vek);
    FUZZ_CHECK(kds_key_read(bytes_of_text(kds_key_text(&key).s), &read));
    FUZZ_CHECK(kds_key_compare(&key, &read) == 0);
    FUZZ_CHECK(facts->valid_from_s >= issuer->chain.valid_from_s
               && facts->valid_until_s <= issuer->chain.valid_until_s);
    FUZZ_CHECK(facts->public_key.len == 96 && !facts->revocation_checked);
    FUZZ_CHECK(verify_kept_vcek(facts->der, &key, facts->issuer, &again, NULL));
    FUZZ_CHECK(memcmp(vcek_facts(again)->digest, facts->digest, 32) == 0);
    vcek_release(again);
    key.tcb.spl[SPL_SNP] ^= 1;
    FUZZ_CHECK(!verify_kept_vcek(facts->der, &key, facts->issuer, &again, NULL));
    FUZZ_CHECK(!verify_kept_vcek(bytes_first(facts->der, facts->der.len - 1), NULL,
                                 facts->issuer, &again, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = NULL;
    OWNED(vcek_release) struct verified_vcek *vcek = NULL;
    struct error err = { 0 };
    struct der_chain ders;
    struct arena arena;

    arena_init(&arena, 1 << 20);
    if (pem_chain_read(bytes_of(at, len), &arena, &ders, &err) && ders.count == 3)
        issuer = issuer_of(&ders);
    if (issuer != NULL
        && verify_kept_vcek(ders.certificates[0], NULL, issuer, &vcek, &err))
        check(vcek);
    FUZZ_CHECK(vcek != NULL || issuer == NULL || err.text[0] != 0);
    arena_fini(&arena);
    return 0;
}
