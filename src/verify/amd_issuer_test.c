/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/amd_issuer.h"

#include <string.h>

#include "kit/crypto.h"
#include "kit/test.h"
#include "verify/test_amd.h"

static void an_issuer_keeps_its_own_copies(void **state)
{
    struct test_amd_certificate ask = test_amd_ask(), ark = test_ark();
    struct buf a = test_amd_make(&ask), b = test_amd_make(&ark), both;
    struct verified_amd_issuer *issuer = NULL;
    struct trust trust = test_amd_trust();
    struct error err = { 0 };

    (void)state;
    buf_init(&both, (size_t)2 * X509_CERTIFICATE_MAX);
    buf_add(&both, buf_bytes(&a));
    buf_add(&both, buf_bytes(&b));
    struct der_chain ders = { { buf_bytes(&a), buf_bytes(&b) }, 2 };
    assert_ok(verify_amd_issuer(&ders, SNP_MILAN, VEK_VCEK, &trust, &issuer, &err), err);
    const uint8_t *spki = trust.roots[0].spki_sha256;
    const struct amd_issuer_facts *facts = amd_issuer_facts(issuer);
    assert_memory_equal(facts->root_spki_sha256, spki, 32);
    memset(&trust, 0, sizeof trust); /* neither they nor the trust is needed any more */
    memset(a.at, 0, a.len);
    memset(b.at, 0, b.len);
    assert_true(facts->product == SNP_MILAN && facts->vek == VEK_VCEK);
    assert_int_equal(facts->root_origin, ROOT_TEST);
    assert_null(facts->chain.root);
    assert_int_equal(facts->chain.valid_until_s, TEST_AMD_UNTIL_S);
    assert_int_equal(facts->ders.count, 2);
    for (size_t i = 0, at = 0; i < 2; at += facts->ders.certificates[i].len, i++)
        assert_true(bytes_equal(
            facts->ders.certificates[i],
            bytes_first(bytes_after(buf_bytes(&both), at), i == 0 ? a.len : b.len)));
    assert_true(
        bytes_equal_text(facts->chain.certificates[AMD_ISSUER].subject_cn, "SEV-Milan"));
    assert_memory_equal(facts->digest, sha256(buf_bytes(&both)).digest, 32);

    struct verified_amd_issuer *held = amd_issuer_hold(issuer);
    amd_issuer_release(issuer);
    assert_int_equal(amd_issuer_facts(held)->vek, VEK_VCEK);
    amd_issuer_release(held);
    amd_issuer_release(NULL);
    buf_fini(&both);
    buf_fini(&a);
    buf_fini(&b);
}

static void what_is_no_chain_makes_no_issuer(void **state)
{
    static const uint8_t long_one[X509_CERTIFICATE_MAX + 1];
    struct test_amd_certificate ask = test_amd_ask(), ark = test_ark();
    struct buf a = test_amd_make(&ask), b = test_amd_make(&ark);
    struct trust trust = test_amd_trust();
    const struct {
        struct der_chain ders;
        enum snp_product product;
        enum error_kind kind;
        const char *why;
    } cases[] = {
        { { { buf_bytes(&a), buf_bytes(&b) }, 2 },
          SNP_TURIN,
          ERROR_UNTRUSTED,
          "issuer of Turin VLEKs: certificate 2 of the chain" },
        { { { buf_bytes(&a), buf_bytes(&b) }, 2 },
          SNP_MILAN,
          ERROR_UNTRUSTED,
          "issuer of Milan VLEKs: certificate 1 of the chain" },
        { { { { NULL, 0 } }, 0 }, SNP_MILAN, ERROR_FORMAT, "chain has 0 certificates" },
        { { { { NULL, 0 }, { NULL, 0 } }, 2 }, SNP_MILAN, ERROR_FORMAT, "certificate 1" },
        { { { buf_bytes(&a), { long_one, sizeof long_one } }, 2 },
          SNP_MILAN,
          ERROR_LIMIT,
          "certificate of 16385 bytes, at most 16384" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct verified_amd_issuer *issuer = NULL;
        struct error err = { 0 };
        assert_false(verify_amd_issuer(&cases[i].ders, cases[i].product, VEK_VLEK, &trust,
                                       &issuer, &err));
        assert_null(issuer);
        assert_refused(err, cases[i].kind, cases[i].why);
    }
    buf_fini(&a);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_issuer_keeps_its_own_copies),
        cmocka_unit_test(what_is_no_chain_makes_no_issuer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
