/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/amd_law.h"

#include "kit/test.h"
#include "verify/test_amd.h"

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

static struct verified_amd_issuer *milan(void)
{
    struct test_amd_certificate issuer = test_amd_ask(), root = test_ark();

    return issuer_of(&issuer, &root, SNP_MILAN, VEK_VCEK);
}

static struct verified_amd_issuer *genoa(void)
{
    struct test_amd_certificate issuer = test_asvk(), root = test_genoa_ark();

    return issuer_of(&issuer, &root, SNP_GENOA, VEK_VLEK);
}

static struct verified_amd_crl *crl_by(const struct verified_amd_issuer *issuer)
{
    struct test_amd_crl spec = test_milan_crl();
    struct buf der = test_amd_crl_make(&spec);
    struct verified_amd_crl *out = NULL;
    struct error err = { 0 };

    assert_ok(verify_kept_amd_crl(buf_bytes(&der), issuer, &out, &err), err);
    buf_fini(&der);
    return out;
}

static void each_takes_its_own_place_and_is_held(void **state)
{
    (void)state;
    struct verified_amd_issuer *ask = milan(), *asvk = genoa();
    struct verified_amd_crl *crl = crl_by(ask);
    OWNED(amd_law_release) struct amd_law *law = amd_law_make(NULL);

    assert_non_null(law);
    amd_law_set_issuer(law, ask, 5);
    amd_law_set_issuer(law, asvk, 6);
    amd_law_set_crl(law, crl, 7);
    amd_issuer_release(ask);
    amd_issuer_release(asvk);
    amd_crl_release(crl);
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCTS; product++) {
        for (enum vek_kind vek = VEK_VCEK; vek <= VEK_VLEK; vek++) {
            const struct verified_amd_issuer *found = law->issuers[product][vek];
            if (found != NULL) {
                assert_int_equal(amd_issuer_facts(found)->product, product);
                assert_int_equal(amd_issuer_facts(found)->vek, vek);
            }
            assert_true((found != NULL)
                        == ((product == SNP_MILAN && vek == VEK_VCEK)
                            || (product == SNP_GENOA && vek == VEK_VLEK)));
        }
        assert_true((law->crls[product] != NULL) == (product == SNP_MILAN));
    }
    assert_int_equal(law->issuer_fetched_s[SNP_MILAN][VEK_VCEK], 5);
    assert_int_equal(law->issuer_fetched_s[SNP_GENOA][VEK_VLEK], 6);
    assert_int_equal(law->crl_fetched_s[SNP_MILAN], 7);
}

static void who_holds_the_law_before_goes_on_with_it(void **state)
{
    (void)state;
    OWNED(amd_issuer_release) struct verified_amd_issuer *ask = milan(), *again = milan();
    OWNED(amd_crl_release)
    struct verified_amd_crl *crl = crl_by(ask), *next = crl_by(ask);
    struct amd_law *before = amd_law_make(NULL);

    amd_law_set_issuer(before, ask, 5);
    amd_law_set_crl(before, crl, 6);
    OWNED(amd_law_release) struct amd_law *held = amd_law_hold(before);
    OWNED(amd_law_release) struct amd_law *after = amd_law_make(before);
    amd_law_set_crl(after, next, 8);
    amd_law_release(before);
    assert_ptr_equal(held->crls[SNP_MILAN], crl);
    assert_int_equal(held->crl_fetched_s[SNP_MILAN], 6);
    assert_ptr_equal(after->crls[SNP_MILAN], next);
    assert_int_equal(after->crl_fetched_s[SNP_MILAN], 8);
    assert_ptr_equal(after->issuers[SNP_MILAN][VEK_VCEK], ask);
    assert_int_equal(after->issuer_fetched_s[SNP_MILAN][VEK_VCEK], 5);
    amd_law_set_issuer(after, again, 9);
    assert_ptr_equal(after->issuers[SNP_MILAN][VEK_VCEK], again);
    assert_ptr_equal(held->issuers[SNP_MILAN][VEK_VCEK], ask);
}

static void in_its_own_place_a_thing_stays_alive(void **state)
{
    (void)state;
    struct verified_amd_issuer *ask = milan();
    struct verified_amd_crl *crl = crl_by(ask);
    OWNED(amd_law_release) struct amd_law *law = amd_law_make(NULL);

    amd_law_set_issuer(law, ask, 1);
    amd_law_set_crl(law, crl, 1);
    amd_issuer_release(ask);
    amd_crl_release(crl);
    amd_law_set_issuer(law, law->issuers[SNP_MILAN][VEK_VCEK], 2);
    amd_law_set_crl(law, law->crls[SNP_MILAN], 2);
    assert_int_equal(amd_issuer_facts(law->issuers[SNP_MILAN][VEK_VCEK])->product,
                     SNP_MILAN);
    assert_int_equal(amd_crl_facts(law->crls[SNP_MILAN])->product, SNP_MILAN);
    assert_int_equal(law->crl_fetched_s[SNP_MILAN], 2);
    amd_law_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_takes_its_own_place_and_is_held),
        cmocka_unit_test(who_holds_the_law_before_goes_on_with_it),
        cmocka_unit_test(in_its_own_place_a_thing_stays_alive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
