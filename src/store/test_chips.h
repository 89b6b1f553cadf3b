/* SPDX-License-Identifier: Apache-2.0 */
/* Chips of a test's own: a marked store (the tests' ARKs are test roots), a reader beside
 * it, issuers, and certificates that are minted. For *_test.c of the store only. */
#ifndef THIM_STORE_TEST_CHIPS_H
#define THIM_STORE_TEST_CHIPS_H

#include "store/chips.h"
#include "store/test_store.h"
#include "verify/test_amd.h"

#define YARD_NOW_S TEST_AMD_NOW_S

struct yard {
    struct bench bench;                     /* its world is never made */
    struct verified_amd_issuer *ask, *asvk; /* Milan's for VCEKs, Genoa's for VLEKs */
    struct platform_reader *reader;
    struct arena arena; /* of what was found last */
};

static inline struct verified_amd_issuer *yard_issuer(
    const struct test_amd_certificate *issuer, const struct test_amd_certificate *root,
    enum snp_product product, enum vek_kind vek, enum root_origin origin)
{
    struct buf a = test_amd_make(issuer), b = test_amd_make(root);
    struct der_chain ders = { { buf_bytes(&a), buf_bytes(&b) }, 2 };
    struct trust trust = test_amd_trust();
    struct verified_amd_issuer *out = NULL;
    struct error err = { 0 };

    for (size_t i = 0; i < trust.count; i++)
        trust.roots[i].origin = origin;
    assert_ok(verify_amd_issuer(&ders, product, vek, &trust, &out, &err), err);
    buf_fini(&a);
    buf_fini(&b);
    return out;
}

static inline struct verified_amd_issuer *yard_milan(enum root_origin origin)
{
    struct test_amd_certificate issuer = test_amd_ask(), root = test_ark();

    return yard_issuer(&issuer, &root, SNP_MILAN, VEK_VCEK, origin);
}

static inline void yard_make(struct yard *yard)
{
    struct test_amd_certificate issuer = test_asvk(), root = test_genoa_ark();

    *yard = (struct yard){ .ask = yard_milan(ROOT_TEST) };
    yard->asvk = yard_issuer(&issuer, &root, SNP_GENOA, VEK_VLEK, ROOT_TEST);
    log_set_level(LOG_SILENT); /* damage speaks */
}

static inline void yard_free(struct yard *yard)
{
    amd_issuer_release(yard->ask);
    amd_issuer_release(yard->asvk);
}

static inline void yard_begin(struct yard *yard)
{
    struct error err = { 0 };

    yard->bench.directory = test_directory();
    yard->bench.store = bench_open_marked(&yard->bench, true);
    assert_ok(platform_reader_open(yard->bench.directory, &yard->reader, &err), err);
    arena_init(&yard->arena, (size_t)1 << 20);
}

static inline void yard_end(struct yard *yard)
{
    arena_fini(&yard->arena);
    platform_reader_close(yard->reader);
    bench_end(&yard->bench);
}

/* A Milan chip whose id is this byte 64 times, with this SPL of the SNP firmware. */
static inline struct kds_key yard_key(uint8_t chip, uint8_t snp)
{
    struct kds_key key = { .resource = KDS_CERTIFICATE,
                           .vek = VEK_VCEK,
                           .product = SNP_MILAN,
                           .hwid.len = CHIP_ID_LEN,
                           .tcb.spl = { [SPL_BOOT_LOADER] = 4,
                                        [SPL_TEE] = 1,
                                        [SPL_SNP] = snp,
                                        [SPL_MICROCODE] = 0xdb } };

    memset(key.hwid.at, chip, CHIP_ID_LEN);
    return key;
}

/* Its VCEK, issued so many days after the first one could have been. Signed anew, and so
 * with other bytes, each time. */
static inline struct verified_vcek *yard_mint_by(const struct verified_amd_issuer *issuer,
                                                 uint8_t chip, uint8_t snp, int day)
{
    struct amd_entry entries[AMD_ENTRIES_MAX];
    struct test_amd_certificate spec = test_vcek();
    uint8_t hwid[CHIP_ID_LEN], spl[3] = { 0x02, 0x01, snp };
    struct verified_vcek *vcek = NULL;
    struct error err = { 0 };

    assert_true(snp < 0x80);
    memset(hwid, chip, sizeof hwid);
    memcpy(entries, milan_vcek, sizeof entries);
    for (size_t i = 0; i < AMD_ENTRIES_MAX; i++)
        if (bytes_equal_text(entries[i].below, "\x04"))
            entries[i].value = bytes_of(hwid, sizeof hwid);
        else if (bytes_equal_text(entries[i].below, "\x03\x03"))
            entries[i].value = bytes_of(spl, sizeof spl);
    spec.amd = entries;
    spec.not_before_s += day * TEST_AMD_DAY_S;
    spec.not_after_s += day * TEST_AMD_DAY_S;
    struct buf der = test_amd_make(&spec);
    assert_ok(verify_kept_vcek(buf_bytes(&der), NULL, issuer, &vcek, &err), err);
    buf_fini(&der);
    return vcek;
}

static inline struct verified_vcek *yard_mint(const struct yard *yard, uint8_t chip,
                                              uint8_t snp, int day)
{
    return yard_mint_by(yard->ask, chip, snp, day);
}

static inline struct verified_amd_crl *yard_crl(const struct yard *yard, uint32_t number,
                                                int day)
{
    struct test_amd_crl spec = test_milan_crl();
    struct verified_amd_crl *crl = NULL;
    struct error err = { 0 };

    spec.number = number;
    spec.this_update_s += day * TEST_AMD_DAY_S;
    struct buf der = test_amd_crl_make(&spec);
    assert_ok(verify_kept_amd_crl(buf_bytes(&der), yard->ask, &crl, &err), err);
    buf_fini(&der);
    return crl;
}

static inline enum chip_outcome yard_keep_at(const struct yard *yard,
                                             const struct verified_vcek *vcek,
                                             enum chip_known_by by, int64_t now_s)
{
    struct chip_change change = {
        .vcek = vcek, .known_by = by, .source = "amd", .now_s = now_s
    };
    enum chip_outcome outcome;
    struct error err = { 0 };

    assert_ok(store_keep_chip(yard->bench.store, &change, &outcome, &err), err);
    return outcome;
}

static inline enum chip_outcome yard_keep(const struct yard *yard,
                                          const struct verified_vcek *vcek)
{
    return yard_keep_at(yard, vcek, CHIP_BY_ASKING, YARD_NOW_S);
}

static inline size_t yard_want(const struct yard *yard, struct kds_key key,
                               enum chip_known_by by, int64_t now_s)
{
    size_t added = 9;
    struct error err = { 0 };

    assert_ok(store_want_chips(yard->bench.store, &key, 1, by, now_s, &added, &err), err);
    return added;
}

/* What was found before goes. */
static inline bool yard_has(struct yard *yard, struct kds_key key, struct chip_row *out)
{
    struct error err = { 0 };

    arena_fini(&yard->arena);
    arena_init(&yard->arena, (size_t)1 << 20);
    if (chip_find(yard->reader, &key, &yard->arena, out, &err))
        return true;
    assert_refused(err, ERROR_NOT_FOUND, "the store has no such certificate");
    return false;
}

static inline struct chip_row yard_find(struct yard *yard, struct kds_key key)
{
    struct chip_row found;

    assert_true(yard_has(yard, key, &found));
    assert_int_equal(kds_key_compare(&found.key, &key), 0);
    return found;
}

/* Whether the row holds these very bytes, and the issuers that vouch for them. */
static inline bool yard_is(const struct chip_row *row, const struct verified_vcek *vcek)
{
    const struct vcek_facts *facts = vcek_facts(vcek);
    const struct der_chain *chain = &amd_issuer_facts(facts->issuer)->ders;

    return bytes_equal(row->der, facts->der)
           && memcmp(row->digest, facts->digest, sizeof row->digest) == 0
           && row->issuer_chain.count == chain->count
           && bytes_equal(row->issuer_chain.certificates[0], chain->certificates[0])
           && bytes_equal(row->issuer_chain.certificates[1], chain->certificates[1]);
}

#endif
