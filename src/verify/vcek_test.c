/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/vcek.h"

#include <stdio.h>
#include <string.h>

#include "format/test_edit.h"
#include "format/test_vectors.h"
#include "kit/crypto.h"
#include "kit/test.h"
#include "kit/text.h"
#include "verify/test_amd.h"

#define NOW_S TEST_AMD_NOW_S
#define MILAN_KEY                                                      \
    "vcek/Milan/"                                                      \
    "0406494449444944303132333435363738396162636465663031323334353637" \
    "3839414243444546303132333435363738396162636465663031323334353637" \
    "/db18000000000104"

static struct verified_amd_issuer *issuer_of(const struct test_amd_certificate *issuer,
                                             const struct test_amd_certificate *root,
                                             enum snp_product product, enum vek_kind vek)
{
    struct buf a = test_amd_make(issuer), b = test_amd_make(root);
    struct der_chain ders = { { buf_bytes(&a), buf_bytes(&b) }, 2 };
    struct trust trust = test_amd_trust();
    struct verified_amd_issuer *out = NULL;
    struct error err = { 0 };

    assert_ok(verify_amd_issuer(&ders, product, vek, &trust, &out, &err), err);
    buf_fini(&a);
    buf_fini(&b);
    return out;
}

static struct verified_amd_issuer *milan_issuer(void)
{
    struct test_amd_certificate issuer = test_amd_ask(), root = test_ark();

    return issuer_of(&issuer, &root, SNP_MILAN, VEK_VCEK);
}

static struct verified_amd_issuer *genoa_issuer(void)
{
    struct test_amd_certificate issuer = test_asvk(), root = test_genoa_ark();

    return issuer_of(&issuer, &root, SNP_GENOA, VEK_VLEK);
}

static struct verified_amd_crl *crl_of(const struct test_amd_crl *spec,
                                       const struct verified_amd_issuer *issuer)
{
    struct buf der = test_amd_crl_make(spec);
    struct verified_amd_crl *out = NULL;
    struct error err = { 0 };

    assert_ok(verify_kept_amd_crl(buf_bytes(&der), issuer, &out, &err), err);
    buf_fini(&der);
    return out;
}

static struct kds_key key_of(const char *text)
{
    struct kds_key key;

    assert_true(kds_key_read(bytes_of_text(text), &key));
    return key;
}

static void a_vcek_is_verified_and_keeps_its_own_copies(void **state)
{
    OWNED(vcek_release) struct verified_vcek *vcek = NULL;
    struct verified_amd_issuer *issuer = milan_issuer();
    struct test_amd_crl list = test_milan_crl();
    OWNED(amd_crl_release) struct verified_amd_crl *crl = crl_of(&list, issuer);
    const struct vcek_law law = { .crl = crl, .now_s = NOW_S };
    struct test_amd_certificate spec = test_vcek();
    struct buf der = test_amd_make(&spec), copy;
    struct kds_key asked = key_of(MILAN_KEY);
    struct error err = { 0 };

    (void)state;
    buf_init(&copy, X509_CERTIFICATE_MAX);
    buf_add(&copy, buf_bytes(&der));
    assert_ok(verify_vcek(buf_bytes(&der), &asked, issuer, &law, &vcek, &err), err);
    memset(der.at, 0, der.len);
    buf_fini(&der);
    amd_issuer_release(issuer); /* the certificate holds it */
    const struct vcek_facts *facts = vcek_facts(vcek);
    assert_string_equal(kds_key_text(&facts->key).s, MILAN_KEY);
    assert_true(bytes_equal(facts->der, buf_bytes(&copy)));
    assert_memory_equal(facts->digest, sha256(buf_bytes(&copy)).digest, 32);
    assert_true(bytes_equal_text(facts->vcek.product_name, "Milan-B0"));
    assert_int_equal(facts->public_key.len, 96);
    assert_true(bytes_find(buf_bytes(&copy), facts->public_key) < copy.len);
    assert_int_equal(facts->valid_from_s, NOW_S - TEST_AMD_DAY_S);
    assert_int_equal(facts->valid_until_s, NOW_S + 7 * 365 * TEST_AMD_DAY_S);
    assert_int_equal(amd_issuer_facts(facts->issuer)->product, SNP_MILAN);
    assert_true(facts->revocation_checked);
    struct verified_vcek *held = vcek_hold(vcek);
    vcek_release(held);
    vcek_release(NULL);
    buf_fini(&copy);
}

static void a_vlek_is_verified_by_its_own_issuer(void **state)
{
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = genoa_issuer();
    OWNED(amd_issuer_release) struct verified_amd_issuer *milan = milan_issuer();
    OWNED(vcek_release) struct verified_vcek *vlek = NULL;
    const struct vcek_law law = { .crl_optional = true, .now_s = NOW_S };
    struct test_amd_certificate spec = test_vlek();
    struct buf der = test_amd_make(&spec);
    struct kds_key asked = key_of("vlek/Genoa/cert/541700000000000a");
    struct error err = { 0 };

    (void)state;
    assert_false(verify_vcek(buf_bytes(&der), &asked, milan, &law, &vlek, &err));
    assert_refused(err, ERROR_UNTRUSTED,
                   "VCEK of Milan: common name is \"SEV-VLEK\", expected SEV-VCEK");
    assert_ok(verify_vcek(buf_bytes(&der), &asked, issuer, &law, &vlek, &err), err);
    assert_true(bytes_equal_text(vcek_facts(vlek)->vcek.csp_id, "CN=example"));
    assert_false(vcek_facts(vlek)->revocation_checked);
    buf_fini(&der);
}

/* What is wrong with the certificate. */
static void other_cn(struct test_amd_certificate *c)
{
    c->common_name = "SEV-VLEK";
}
static void other_organization(struct test_amd_certificate *c)
{
    c->organization = "Advanced Micro Devises";
}
static void other_issuer(struct test_amd_certificate *c)
{
    c->issuer_name = "SEV-Genoa";
}
static void by_the_ark(struct test_amd_certificate *c)
{
    c->issuer_name = "ARK-Milan";
    c->signer = TEST_ARK_KEY;
}
static void by_another(struct test_amd_certificate *c)
{
    c->signer = TEST_OTHER_KEY;
}
static void of_p256(struct test_amd_certificate *c)
{
    c->key = TEST_P256_KEY;
}
static void of_rsa(struct test_amd_certificate *c)
{
    c->key = TEST_OTHER_KEY;
}
static void is_ca(struct test_amd_certificate *c)
{
    c->is_ca = true;
}
static void unknown_critical(struct test_amd_certificate *c)
{
    c->unknown_critical = true;
}
static void no_extensions(struct test_amd_certificate *c)
{
    c->amd = NULL;
}
static void of_turin(struct test_amd_certificate *c)
{
    c->amd = turin_vcek;
}
static void of_a_provider(struct test_amd_certificate *c)
{
    static struct amd_entry entries[AMD_ENTRIES_MAX];

    memcpy(entries, genoa_vlek, sizeof entries);
    amd_entry_edit(entries, LITERAL_BYTES("\x02"), LITERAL_BYTES("\x16\x05Milan"));
    c->amd = entries;
}
static void old_pss(struct test_amd_certificate *c)
{
    c->old_pss = true;
}
static void with_a_serial(struct test_amd_certificate *c)
{
    c->serial = 0x10001; /* the ASK's own, of another issuer */
}

static void a_certificate_one_step_away_is_refused(void **state)
{
    static const struct {
        const char *claim;
        void (*make)(struct test_amd_certificate *c);
        enum error_kind kind;
        const char *why; /* NULL: verified */
    } cases[] = {
        { "parameters of the old form", old_pss, 0, NULL },
        { "a serial number", with_a_serial, 0, NULL },
        { "another name", other_cn, ERROR_UNTRUSTED,
          "VCEK of Milan: common name is \"SEV-VLEK\", expected SEV-VCEK" },
        { "another organization", other_organization, ERROR_UNTRUSTED, "subject has O" },
        { "another issuer", other_issuer, ERROR_UNTRUSTED,
          "issuer \"SEV-Genoa\" is not \"SEV-Milan\"" },
        { "by the ARK itself", by_the_ark, ERROR_UNTRUSTED,
          "issuer \"ARK-Milan\" is not \"SEV-Milan\"" },
        { "by another", by_another, ERROR_UNTRUSTED,
          "signature by \"SEV-Milan\": signature does not hold" },
        { "P-256", of_p256, ERROR_UNTRUSTED, "key is not a point on P-384" },
        { "RSA", of_rsa, ERROR_UNTRUSTED, "key is not a point on P-384" },
        { "a CA", is_ca, ERROR_UNTRUSTED, "basicConstraints says CA:TRUE" },
        { "something critical", unknown_critical, ERROR_FORMAT,
          "unknown critical extension with OID content 2a03" },
        { "nothing of AMD's", no_extensions, ERROR_FORMAT, "neither a VCEK nor a VLEK" },
        { "Turin's extensions", of_turin, ERROR_UNTRUSTED,
          "productName is \"Turin\", and its issuer is of Milan" },
        { "a provider's extensions", of_a_provider, ERROR_UNTRUSTED,
          "it has the extensions of a VLEK" },
    };
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = milan_issuer();
    const uint32_t revoked[] = { 0 }; /* of the ARK's certificates, so of no VCEK */
    struct test_amd_crl list = test_milan_crl();

    (void)state;
    list.revoked = revoked;
    list.revoked_count = COUNT_OF(revoked);
    OWNED(amd_crl_release) struct verified_amd_crl *crl = crl_of(&list, issuer);
    const struct vcek_law law = { .crl = crl, .now_s = NOW_S };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        OWNED(vcek_release) struct verified_vcek *vcek = NULL;
        struct test_amd_certificate spec = test_vcek();
        struct error err = { 0 };
        cases[i].make(&spec);
        struct buf der = test_amd_make(&spec);
        bool ok = verify_vcek(buf_bytes(&der), NULL, issuer, &law, &vcek, &err);
        if (ok != (cases[i].why == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "verified" : err.text);
        assert_int_equal(vcek != NULL, ok);
        if (!ok)
            assert_refused(err, cases[i].kind, cases[i].why);
        buf_fini(&der);
    }
}

static void it_is_what_was_asked_for(void **state)
{
    static const struct {
        const char *claim;
        struct tcb_version tcb;
        size_t chip_bit; /* 0: none; else one of the chip id's bits differs */
        enum snp_product product;
        enum vek_kind vek;
        const char *why; /* NULL: it is */
    } cases[] = {
        { "just so", { { 0, 4, 1, 24, 219 } }, 0, SNP_MILAN, VEK_VCEK, NULL },
        { "blSPL",
          { { 0, 3, 1, 24, 219 } },
          0,
          SNP_MILAN,
          VEK_VCEK,
          "it is for blSPL=4 teeSPL=1 snpSPL=24 ucodeSPL=219, not for blSPL=3 teeSPL=1" },
        { "teeSPL", { { 0, 4, 0, 24, 219 } }, 0, SNP_MILAN, VEK_VCEK, "not for" },
        { "snpSPL", { { 0, 4, 1, 23, 219 } }, 0, SNP_MILAN, VEK_VCEK, "not for" },
        { "ucodeSPL", { { 0, 4, 1, 24, 218 } }, 0, SNP_MILAN, VEK_VCEK, "not for" },
        { "a chip near by",
          { { 0, 4, 1, 24, 219 } },
          1,
          SNP_MILAN,
          VEK_VCEK,
          "it is another chip's, 0406494449444944" },
        { "a chip that ends otherwise",
          { { 0, 4, 1, 24, 219 } },
          511,
          SNP_MILAN,
          VEK_VCEK,
          "it is another chip's" },
        { "another product",
          { { 0, 4, 1, 24, 219 } },
          0,
          SNP_GENOA,
          VEK_VCEK,
          "it is a VCEK of Milan, not a VCEK of Genoa" },
        { "a VLEK",
          { { 0, 4, 1, 24, 219 } },
          0,
          SNP_MILAN,
          VEK_VLEK,
          "it is a VCEK of Milan, not a VLEK of Milan" },
    };
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = milan_issuer();
    const struct vcek_law law = { .crl_optional = true, .now_s = NOW_S };
    struct test_amd_certificate spec = test_vcek();
    struct buf der = test_amd_make(&spec);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        OWNED(vcek_release) struct verified_vcek *vcek = NULL, *kept = NULL;
        struct kds_key asked = key_of(MILAN_KEY);
        struct error err = { 0 };
        asked.tcb = cases[i].tcb;
        asked.product = cases[i].product;
        asked.vek = cases[i].vek;
        asked.hwid.at[cases[i].chip_bit / 8] ^=
            (uint8_t)(cases[i].chip_bit == 0 ? 0 : 1U << cases[i].chip_bit % 8);
        bool ok = verify_vcek(buf_bytes(&der), &asked, issuer, &law, &vcek, &err);
        if (ok != (cases[i].why == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "verified" : err.text);
        if (!ok)
            assert_refused(err, ERROR_FORMAT, cases[i].why);
        assert_int_equal(verify_kept_vcek(buf_bytes(&der), &asked, issuer, &kept, NULL),
                         ok);
    }
    buf_fini(&der);
}

static void dates_and_lists_decide_whether_it_is_given(void **state)
{
    enum { NONE, GOOD, REVOKES_ASK, REVOKES_OTHER, LISTS };
    static const uint32_t serials[] = {
        [REVOKES_ASK] = 0x10001, [REVOKES_OTHER] = 0x10101
    };
    const int64_t day = TEST_AMD_DAY_S, end = NOW_S + 7 * 365 * day;
    const struct {
        const char *claim;
        int64_t now_s, future_s;
        int list;
        bool optional;
        enum error_kind kind;
        const char *why;     /* NULL: verified */
        bool checked, given; /* given: may be given at that time under that list */
    } cases[] = {
        { "a list in date", NOW_S, 0, GOOD, false, 0, NULL, true, true },
        { "a list that revokes another", NOW_S, 0, REVOKES_OTHER, false, 0, NULL, true,
          true },
        { "its issuer revoked", NOW_S, 0, REVOKES_ASK, false, ERROR_REVOKED,
          "VCEK of Milan: certificate 1 of the chain (\"SEV-Milan\"): serial number",
          false, false },
        { "its issuer revoked, by a list that may be missing", NOW_S, 0, REVOKES_ASK,
          true, ERROR_REVOKED, "is on the CRL of", false, false },
        { "its issuer revoked, by a list of old", NOW_S + 31 * day, 0, REVOKES_ASK, true,
          ERROR_REVOKED, "is on the CRL of", false, false },
        { "no list", NOW_S, 0, NONE, false, ERROR_UNTRUSTED,
          "VCEK of Milan: no CRL is at hand to judge its issuer by", false, true },
        { "no list, and none needed", NOW_S, 0, NONE, true, 0, NULL, false, true },
        { "a list past its time", NOW_S + 30 * day + 1, 0, GOOD, false, ERROR_STALE,
          "VCEK of Milan: CRL to judge its issuer by: nextUpdate was 2026-01-31", false,
          true },
        { "a list past its time, and none needed", NOW_S + 30 * day + 1, 0, GOOD, true, 0,
          NULL, false, true },
        { "the first second", NOW_S - day, 0, NONE, true, 0, NULL, false, true },
        { "a second early", NOW_S - day - 1, 0, NONE, true, ERROR_STALE,
          "VCEK of Milan: notBefore is 2025-12-31T00:00:00Z, and it is 2025-12-30", false,
          false },
        { "a second early, by a clock that may be", NOW_S - day - 1, 1, NONE, true, 0,
          NULL, false, true },
        { "the last second", end, 0, NONE, true, 0, NULL, false, true },
        { "a second late", end + 1, 0, NONE, true, ERROR_STALE,
          "VCEK of Milan: notAfter was 2032-12-30T00:00:00Z, and it is", false, false },
        { "after its issuer's time", TEST_AMD_UNTIL_S + 1, 0, NONE, true, ERROR_STALE,
          "VCEK of Milan: issuer chain: certificate 1 of the chain", false, false },
    };
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = milan_issuer();
    struct verified_amd_crl *lists[LISTS] = { NULL };
    struct test_amd_certificate spec = test_vcek();
    struct buf der = test_amd_make(&spec);

    (void)state;
    for (int i = GOOD; i < LISTS; i++) {
        struct test_amd_crl list = test_milan_crl();
        list.revoked = &serials[i];
        list.revoked_count = i == GOOD ? 0 : 1;
        lists[i] = crl_of(&list, issuer);
    }
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        OWNED(vcek_release) struct verified_vcek *vcek = NULL, *kept = NULL;
        const struct vcek_law law = { .crl = lists[cases[i].list],
                                      .crl_optional = cases[i].optional,
                                      .now_s = cases[i].now_s,
                                      .future_s = cases[i].future_s };
        struct error err = { 0 };
        bool ok = verify_vcek(buf_bytes(&der), NULL, issuer, &law, &vcek, &err);
        if (ok != (cases[i].why == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "verified" : err.text);
        if (ok)
            assert_int_equal(vcek_facts(vcek)->revocation_checked, cases[i].checked);
        else
            assert_refused(err, cases[i].kind, cases[i].why);
        assert_ok(verify_kept_vcek(buf_bytes(&der), NULL, issuer, &kept, &err), err);
        assert_false(vcek_facts(kept)->revocation_checked);
        if (vcek_may_be_given(kept, &law, &err) != cases[i].given)
            fail_msg("%s: may%s be given", cases[i].claim, cases[i].given ? " not" : "");
    }
    for (int i = GOOD; i < LISTS; i++)
        amd_crl_release(lists[i]);
    buf_fini(&der);
}

static void another_arks_list_judges_nothing(void **state)
{
    OWNED(amd_issuer_release) struct verified_amd_issuer *milan = milan_issuer();
    OWNED(amd_issuer_release) struct verified_amd_issuer *genoa = genoa_issuer();
    OWNED(vcek_release) struct verified_vcek *vcek = NULL;
    struct test_amd_crl list = test_milan_crl();
    struct test_amd_certificate spec = test_vcek();
    struct buf der = test_amd_make(&spec);
    struct error err = { 0 };

    (void)state;
    list.issuer_name = "ARK-Genoa";
    list.signer = TEST_OTHER_KEY;
    OWNED(amd_crl_release) struct verified_amd_crl *crl = crl_of(&list, genoa);
    const struct vcek_law law = { .crl = crl, .crl_optional = true, .now_s = NOW_S };
    assert_false(verify_vcek(buf_bytes(&der), NULL, milan, &law, &vcek, &err));
    assert_refused(err, ERROR_UNTRUSTED, "the CRL at hand is of ARK-Genoa");
    buf_fini(&der);
}

static void no_bit_of_it_may_differ(void **state)
{
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = milan_issuer();
    const struct vcek_law law = { .crl_optional = true, .now_s = NOW_S };
    struct test_amd_certificate spec = test_vcek();
    struct buf der = test_amd_make(&spec);

    (void)state;
    for (size_t at = 0; at < der.len; at++) {
        struct verified_vcek *vcek = NULL;
        struct error err = { 0 };
        der.at[at] ^= 1;
        uint8_t *copy = exact_copy(buf_bytes(&der));
        assert_false(
            verify_vcek(bytes_of(copy, der.len), NULL, issuer, &law, &vcek, &err));
        assert_null(vcek);
        free(copy);
        der.at[at] ^= 1;
    }
    buf_fini(&der);
}

static void what_is_no_certificate_is_refused(void **state)
{
    static const uint8_t long_one[X509_CERTIFICATE_MAX + 1];
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = milan_issuer();
    struct verified_vcek *vcek = NULL;
    struct error err = { 0 };

    (void)state;
    assert_false(verify_kept_vcek(bytes_of(NULL, 0), NULL, issuer, &vcek, &err));
    assert_refused(err, ERROR_FORMAT, "VCEK of Milan: certificate: ");
    assert_false(
        verify_kept_vcek(bytes_of(long_one, sizeof long_one), NULL, issuer, &vcek, &err));
    assert_refused(err, ERROR_LIMIT, "certificate of 16385 bytes, at most 16384");
    assert_null(vcek);
}

/* ---- AMD's own ------------------------------------------------------------------ */

struct real_issuers {
    struct verified_amd_issuer *of[SNP_PRODUCTS][VEK_VLEK + 1];
    size_t verified[SNP_PRODUCTS][VEK_VLEK + 1], refused;
};

static struct verified_amd_issuer *real_issuer(enum snp_product product,
                                               enum vek_kind vek)
{
    static const char *const folders[] = {
        [SNP_MILAN] = "milan", [SNP_GENOA] = "genoa", [SNP_TURIN] = "turin"
    };
    struct verified_amd_issuer *out = NULL;
    struct error err = { 0 };
    struct der_chain ders;
    struct arena arena;
    struct trust trust;
    char path[64];

    snprintf(path, sizeof path, "vectors/amd/%s/cert_chain_%s.pem", folders[product],
             vek == VEK_VCEK ? "vcek" : "vlek");
    struct buf pem = test_shared_file(path);
    trust_init(&trust);
    arena_init(&arena, 1 << 20);
    assert_ok(pem_chain_read(buf_bytes(&pem), &arena, &ders, &err)
                  && verify_amd_issuer(&ders, product, vek, &trust, &out, &err),
              err);
    arena_fini(&arena);
    buf_fini(&pem);
    return out;
}

/* At its first and its last second, under no list: no CRL of AMD's is to be had. */
static void judge_real(const char *path, struct bytes content, void *context)
{
    struct real_issuers *all = context;
    struct x509_certificate c;
    struct error err = { 0 };
    struct vcek said;

    assert_ok(x509_parse(content, &c, &err), err);
    if (c.is_ca)
        return;
    assert_ok(vcek_parse(&c, &said, &err), err);
    enum snp_product product = said.product;
    enum vek_kind vek = said.kind;
    const int64_t times[] = { c.not_before_s, c.not_after_s };
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        OWNED(vcek_release) struct verified_vcek *vcek = NULL;
        const struct vcek_law law = { .crl_optional = true, .now_s = times[i] };
        bool ok = verify_vcek(content, NULL, all->of[product][vek], &law, &vcek, &err);
        if (strstr(path, "negative") != NULL) {
            assert_false(ok);
            assert_refused(err, ERROR_UNTRUSTED,
                           "signature by \"SEV-Milan\": signature does not hold");
            all->refused++;
            return;
        }
        if (!ok)
            fail_msg("%s: %s", path, err.text);
        assert_false(vcek_facts(vcek)->revocation_checked);
        struct kds_key asked = vcek_facts(vcek)->key;
        OWNED(vcek_release) struct verified_vcek *again = NULL;
        assert_ok(verify_kept_vcek(content, &asked, all->of[product][vek], &again, &err),
                  err);
        OWNED(vcek_release) struct verified_vcek *other = NULL;
        asked.tcb.spl[SPL_MICROCODE] ^= 1;
        assert_false(
            verify_vcek(content, &asked, all->of[product][vek], &law, &other, &err));
        assert_refused(err, ERROR_FORMAT, "it is for");
    }
    const struct vcek_law late = { .crl_optional = true, .now_s = c.not_after_s + 1 };
    OWNED(vcek_release) struct verified_vcek *stale = NULL;
    assert_false(verify_vcek(content, NULL, all->of[product][vek], &late, &stale, &err));
    assert_refused(err, ERROR_STALE, "notAfter was");
    all->verified[product][vek]++;
}

static void amds_own_hold_and_the_altered_one_does_not(void **state)
{
    struct real_issuers all = { 0 };

    (void)state;
    if (test_shared("vectors/amd") == NULL)
        skip();
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCTS; product++)
        for (enum vek_kind vek = VEK_VCEK; vek <= VEK_VLEK; vek++)
            all.of[product][vek] = real_issuer(product, vek);
    each_vector("vectors/amd", ".der", judge_real, &all);
    assert_int_equal(all.refused, 1);
    assert_true(all.verified[SNP_MILAN][VEK_VCEK] > 15
                && all.verified[SNP_GENOA][VEK_VCEK] > 3);
    assert_int_equal(all.verified[SNP_TURIN][VEK_VCEK], 1);
    assert_int_equal(all.verified[SNP_MILAN][VEK_VLEK], 1);
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCTS; product++)
        for (enum vek_kind vek = VEK_VCEK; vek <= VEK_VLEK; vek++)
            amd_issuer_release(all.of[product][vek]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vcek_is_verified_and_keeps_its_own_copies),
        cmocka_unit_test(a_vlek_is_verified_by_its_own_issuer),
        cmocka_unit_test(a_certificate_one_step_away_is_refused),
        cmocka_unit_test(it_is_what_was_asked_for),
        cmocka_unit_test(dates_and_lists_decide_whether_it_is_given),
        cmocka_unit_test(another_arks_list_judges_nothing),
        cmocka_unit_test(no_bit_of_it_may_differ),
        cmocka_unit_test(what_is_no_certificate_is_refused),
        cmocka_unit_test(amds_own_hold_and_the_altered_one_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
