/* SPDX-License-Identifier: Apache-2.0 */
/* For serve's tests: an AMD of our own. Of each product an ARK, an ASK and an ASVK, the
 * ARK's CRL, and whatever certificate a key asks for. */
#ifndef THIM_SERVE_TEST_AMD_WORLD_H
#define THIM_SERVE_TEST_AMD_WORLD_H

#include <stdio.h>

#include "kit/test.h"
#include "verify/amd_law.h"
#include "verify/test_amd.h"
#include "verify/vcek.h"

struct amd_world {
    struct trust trust;
    struct buf arks[SNP_PRODUCTS], issuers[SNP_PRODUCTS][VEK_VLEK + 1];
    struct amd_law *law; /* all of it */
};

/* Which keys sign what: there are but three of 4096 bits. */
static const struct {
    const char *ark, *issuers[VEK_VLEK + 1];
    enum test_amd_key root, issuer;
} amd_names[SNP_PRODUCTS] = {
    [SNP_MILAN] = { "ARK-Milan",
                    { NULL, "SEV-Milan", "SEV-VLEK-Milan" },
                    TEST_ARK_KEY,
                    TEST_ASK_KEY },
    [SNP_GENOA] = { "ARK-Genoa",
                    { NULL, "SEV-Genoa", "SEV-VLEK-Genoa" },
                    TEST_OTHER_KEY,
                    TEST_ASK_KEY },
    [SNP_TURIN] = { "ARK-Turin",
                    { NULL, "SEV-Turin", "SEV-VLEK-Turin" },
                    TEST_ASK_KEY,
                    TEST_OTHER_KEY },
};

static inline struct verified_amd_crl *amd_world_crl(const struct amd_world *world,
                                                     enum snp_product product,
                                                     const uint32_t *revoked,
                                                     size_t revoked_count,
                                                     uint32_t number)
{
    struct test_amd_crl spec = test_milan_crl();
    struct verified_amd_crl *crl = NULL;
    struct error err = { 0 };

    spec.issuer_name = amd_names[product].ark;
    spec.signer = amd_names[product].root;
    spec.revoked = revoked;
    spec.revoked_count = revoked_count;
    spec.number = number;
    struct buf der = test_amd_crl_make(&spec);
    assert_ok(verify_amd_crl(buf_bytes(&der), world->law->issuers[product][VEK_VCEK],
                             TEST_AMD_NOW_S, 300, &crl, &err),
              err);
    buf_fini(&der);
    return crl;
}

static inline void amd_world_add_issuer(struct amd_world *world, enum snp_product p,
                                        enum vek_kind vek)
{
    struct test_amd_certificate spec = test_amd_ask();
    struct verified_amd_issuer *issuer = NULL;
    struct error err = { 0 };

    spec.common_name = amd_names[p].issuers[vek];
    spec.issuer_name = amd_names[p].ark;
    spec.key = amd_names[p].issuer;
    spec.signer = amd_names[p].root;
    spec.serial = (uint32_t)p << 16 | (vek == VEK_VLEK ? 0x101 : 1);
    world->issuers[p][vek] = test_amd_make(&spec);
    struct der_chain ders = { .certificates = { buf_bytes(&world->issuers[p][vek]),
                                                buf_bytes(&world->arks[p]) },
                              .count = 2 };
    assert_ok(verify_amd_issuer(&ders, p, vek, &world->trust, &issuer, &err), err);
    amd_law_set_issuer(world->law, issuer, TEST_AMD_NOW_S);
    amd_issuer_release(issuer);
}

static inline void amd_world_open(struct amd_world *world)
{
    struct error err = { 0 };

    *world = (struct amd_world){ .law = amd_law_make(NULL) };
    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++) {
        struct test_amd_certificate ark = test_ark();
        ark.common_name = ark.issuer_name = amd_names[p].ark;
        ark.key = ark.signer = amd_names[p].root;
        ark.serial = (uint32_t)p << 16;
        world->arks[p] = test_amd_make(&ark);
        assert_ok(amd_chain_add_root(buf_bytes(&world->arks[p]), ROOT_TEST, &world->trust,
                                     &err),
                  err);
        amd_world_add_issuer(world, p, VEK_VCEK);
        amd_world_add_issuer(world, p, VEK_VLEK);
        struct verified_amd_crl *crl = amd_world_crl(world, p, NULL, 0, 1);
        amd_law_set_crl(world->law, crl, TEST_AMD_NOW_S);
        amd_crl_release(crl);
    }
}

static inline void amd_world_close(struct amd_world *world)
{
    amd_law_release(world->law);
    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++) {
        buf_fini(&world->arks[p]);
        buf_fini(&world->issuers[p][VEK_VCEK]);
        buf_fini(&world->issuers[p][VEK_VLEK]);
    }
}

/* ---- certificates -------------------------------------------------------------------
 */

struct amd_paper { /* extensions, and the bytes that they look into */
    struct amd_entry entries[AMD_ENTRIES_MAX];
    uint8_t spl[SPL_COUNT][4];
    char name[16];
};

static inline struct bytes spl_value(uint8_t room[4], uint8_t spl)
{
    uint8_t small[] = { 0x02, 0x01, spl }, large[] = { 0x02, 0x02, 0x00, spl };

    memcpy(room, spl < 128 ? small : large, spl < 128 ? 3 : 4);
    return bytes_of(room, spl < 128 ? 3 : 4);
}

static inline void amd_paper_write(struct amd_paper *paper, const struct kds_key *key)
{
    static const struct bytes below[SPL_COUNT] = {
        [SPL_FMC] = AMD("\x03\x09"),       [SPL_BOOT_LOADER] = AMD("\x03\x01"),
        [SPL_TEE] = AMD("\x03\x02"),       [SPL_SNP] = AMD("\x03\x03"),
        [SPL_MICROCODE] = AMD("\x03\x08"),
    };
    static const struct bytes product_name = AMD("\x02"), chip_id = AMD("\x04"),
                              csp_id = AMD("\x05"),
                              csp = AMD("\x16\x0a"
                                        "CN=example");
    const struct snp_product_facts *facts = snp_product_facts(key->product);
    size_t len = strlen(facts->name);

    memcpy(paper->entries, key->product == SNP_TURIN ? turin_vcek : milan_vcek,
           sizeof paper->entries);
    snprintf(paper->name, sizeof paper->name, "\x16%c%.10s", (char)len, facts->name);
    amd_entry_edit(paper->entries, product_name, bytes_of(paper->name, len + 2));
    for (size_t i = 0; i < SPL_COUNT; i++)
        if (facts->has[i])
            amd_entry_edit(paper->entries, below[i],
                           spl_value(paper->spl[i], key->tcb.spl[i]));
    amd_entry_edit(paper->entries, chip_id, bytes_of(key->hwid.at, key->hwid.len));
    if (key->vek == VEK_VLEK)
        amd_entry_edit(paper->entries, csp_id, csp);
}

/* DER of the certificate that KDS would have for this key. */
static inline struct buf amd_world_mint(const struct kds_key *key, int64_t not_before_s,
                                        int64_t not_after_s)
{
    struct test_amd_certificate spec = key->vek == VEK_VLEK ? test_vlek() : test_vcek();
    struct amd_paper paper;

    amd_paper_write(&paper, key);
    spec.amd = paper.entries;
    spec.issuer_name = amd_names[key->product].issuers[key->vek];
    spec.signer = amd_names[key->product].issuer;
    spec.not_before_s = not_before_s;
    spec.not_after_s = not_after_s;
    return test_amd_make(&spec);
}

static inline struct verified_vcek *amd_world_vcek(const struct amd_world *world,
                                                   const struct kds_key *key,
                                                   int64_t not_after_s)
{
    struct buf der = amd_world_mint(key, TEST_AMD_NOW_S - TEST_AMD_DAY_S, not_after_s);
    struct verified_vcek *vcek = NULL;
    struct error err = { 0 };

    assert_ok(verify_kept_vcek(buf_bytes(&der), key,
                               world->law->issuers[key->product][key->vek], &vcek, &err),
              err);
    buf_fini(&der);
    return vcek;
}

/* Chips that tests speak of: of one first byte, at one microcode. */
static inline struct kds_key amd_key(enum snp_product product, uint8_t chip,
                                     uint8_t microcode)
{
    struct kds_key key = {
        .resource = KDS_CERTIFICATE,
        .vek = VEK_VCEK,
        .product = product,
        .hwid.len = snp_product_facts(product)->hwid_len,
        .tcb.spl = { [SPL_BOOT_LOADER] = 4, [SPL_SNP] = 24, [SPL_MICROCODE] = microcode }
    };

    memset(key.hwid.at, 0xa5, key.hwid.len);
    key.hwid.at[0] = chip;
    return key;
}

#endif
