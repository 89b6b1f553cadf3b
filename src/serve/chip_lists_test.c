/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip_lists.h"

#include "serve/test_amd_world.h"

static struct amd_world world;

static int open_world(void **state)
{
    (void)state;
    amd_world_open(&world);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    amd_world_close(&world);
    return 0;
}

static struct chip_terms terms_at(const struct amd_law *law, int64_t now_s)
{
    return (struct chip_terms){
        .law = law, .now_s = now_s, .future_s = 300, .max_age_s = 3600
    };
}

static const char *header_of(const struct shelf_page *page, const char *name)
{
    for (size_t i = 0; i < page->header_count; i++)
        if (strcmp(page->headers[i].name, name) == 0)
            return page->headers[i].value;
    return "";
}

static const struct shelf_page *find(const struct chip_lists *lists,
                                     enum kds_resource resource, enum vek_kind vek,
                                     int64_t now_s, struct error *err)
{
    struct kds_key key = { .resource = resource, .vek = vek, .product = SNP_MILAN };

    *err = (struct error){ 0 };
    return chip_lists_find(lists, &key, now_s, err);
}

static void lists_are_ready_as_long_as_they_are_in_date(void **state)
{
    (void)state;
    struct chip_terms terms = terms_at(world.law, TEST_AMD_NOW_S);
    OWNED(chip_lists_free) struct chip_lists *lists = NULL;
    struct error err = { 0 };

    assert_ok(chip_lists_make(&terms, &lists, &err), err);
    const struct shelf_page *chain =
        find(lists, KDS_CHAIN, VEK_VCEK, TEST_AMD_NOW_S, &err);
    const struct shelf_page *crl = find(lists, KDS_CRL, VEK_VLEK, TEST_AMD_NOW_S, &err);
    assert_non_null(chain);
    assert_non_null(crl);
    assert_string_equal(header_of(chain, "Cache-Control"), "public, max-age=3600");
    assert_string_equal(header_of(crl, "Content-Type"), "application/pkix-crl");
    assert_true(find(lists, KDS_CRL, VEK_VCEK, TEST_AMD_NOW_S, &err) == crl);
    assert_true(find(lists, KDS_CHAIN, VEK_VLEK, TEST_AMD_NOW_S, &err) != chain);
    assert_null(
        find(lists, KDS_CRL, VEK_VCEK, TEST_AMD_NOW_S + 31 * TEST_AMD_DAY_S, &err));
    assert_refused(err, ERROR_STALE, "the CRL of Milan");
    assert_non_null(
        find(lists, KDS_CHAIN, VEK_VCEK, TEST_AMD_NOW_S + 31 * TEST_AMD_DAY_S, &err));
}

static void a_revoked_issuer_is_not_given_and_the_list_is(void **state)
{
    (void)state;
    const uint32_t ask = (uint32_t)SNP_MILAN << 16 | 1;
    OWNED(amd_law_release) struct amd_law *law = amd_law_make(world.law);
    OWNED(amd_crl_release)
    struct verified_amd_crl *crl = amd_world_crl(&world, SNP_MILAN, &ask, 1, 2);
    OWNED(chip_lists_free) struct chip_lists *lists = NULL;
    struct error err = { 0 };

    amd_law_set_crl(law, crl, TEST_AMD_NOW_S);
    struct chip_terms terms = terms_at(law, TEST_AMD_NOW_S);
    assert_ok(chip_lists_make(&terms, &lists, &err), err);
    assert_null(find(lists, KDS_CHAIN, VEK_VCEK, TEST_AMD_NOW_S, &err));
    assert_refused(err, ERROR_REVOKED, "");
    assert_non_null(find(lists, KDS_CHAIN, VEK_VLEK, TEST_AMD_NOW_S, &err));
    assert_non_null(find(lists, KDS_CRL, VEK_VCEK, TEST_AMD_NOW_S, &err));
}

static void what_the_law_lacks_is_not_found(void **state)
{
    (void)state;
    OWNED(amd_law_release) struct amd_law *empty = amd_law_make(NULL);
    struct chip_terms terms = terms_at(empty, TEST_AMD_NOW_S);
    OWNED(chip_lists_free) struct chip_lists *lists = NULL;
    struct error err = { 0 };

    assert_ok(chip_lists_make(&terms, &lists, &err), err);
    assert_null(find(lists, KDS_CHAIN, VEK_VCEK, TEST_AMD_NOW_S, &err));
    assert_refused(err, ERROR_NOT_FOUND, "issuer chain of Milan is not held");
    assert_null(find(lists, KDS_CRL, VEK_VCEK, TEST_AMD_NOW_S, &err));
    assert_refused(err, ERROR_NOT_FOUND, "CRL of Milan is not held");
}

static const char *missing(const struct amd_law *law, bool crl_optional, int64_t now_s)
{
    static const bool products[SNP_PRODUCTS] = { [SNP_GENOA] = true };
    struct chip_terms terms = terms_at(law, now_s);
    OWNED(chip_lists_free) struct chip_lists *lists = NULL;
    struct error err = { 0 };

    assert_ok(chip_lists_make(&terms, &lists, &err), err);
    const char *said = chip_lists_missing(lists, products, crl_optional, now_s);
    return said == NULL ? "nothing" : said;
}

static void one_product_is_enough_and_must_be_kept_here(void **state)
{
    (void)state;
    int64_t late_s = TEST_AMD_NOW_S + 31 * TEST_AMD_DAY_S;
    OWNED(amd_law_release) struct amd_law *milan = amd_law_make(NULL);
    OWNED(amd_law_release) struct amd_law *vlek = amd_law_make(NULL);

    assert_string_equal(missing(world.law, false, TEST_AMD_NOW_S), "nothing");
    assert_string_equal(missing(world.law, false, late_s), "CRL");
    assert_string_equal(missing(world.law, true, late_s), "nothing");
    assert_string_equal(missing(milan, true, TEST_AMD_NOW_S), "issuer chain");
    amd_law_set_issuer(milan, world.law->issuers[SNP_MILAN][VEK_VCEK], TEST_AMD_NOW_S);
    amd_law_set_crl(milan, world.law->crls[SNP_MILAN], TEST_AMD_NOW_S);
    assert_string_equal(missing(milan, false, TEST_AMD_NOW_S), "issuer chain");
    amd_law_set_issuer(vlek, world.law->issuers[SNP_GENOA][VEK_VLEK], TEST_AMD_NOW_S);
    assert_string_equal(missing(vlek, false, TEST_AMD_NOW_S), "CRL");
    assert_string_equal(missing(vlek, true, TEST_AMD_NOW_S), "nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_ready_as_long_as_they_are_in_date),
        cmocka_unit_test(a_revoked_issuer_is_not_given_and_the_list_is),
        cmocka_unit_test(what_the_law_lacks_is_not_found),
        cmocka_unit_test(one_product_is_enough_and_must_be_kept_here),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
