/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip.h"

#include "serve/test_amd_world.h"

#define UNTIL_S (TEST_AMD_NOW_S + 7 * 365 * TEST_AMD_DAY_S)

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

static struct chip *make(const struct kds_key *key, int64_t until_s,
                         const struct amd_law *law, struct error *err)
{
    struct buf der = amd_world_mint(key, TEST_AMD_NOW_S - TEST_AMD_DAY_S, until_s);
    struct chip_row row = { .key = *key, .der = buf_bytes(&der) };
    struct chip *chip = NULL;

    row.issuer_chain = (struct der_chain){
        .certificates = { buf_bytes(&world.issuers[key->product][key->vek]),
                          buf_bytes(&world.arks[key->product]) },
        .count = 2,
    };
    if (!chip_make(&row, law, &world.trust, &chip, err))
        chip = NULL;
    buf_fini(&der);
    return chip;
}

static const char *header_of(const struct shelf_page *page, const char *name)
{
    for (size_t i = 0; i < page->header_count; i++)
        if (strcmp(page->headers[i].name, name) == 0)
            return page->headers[i].value;
    return "";
}

static void a_certificate_has_three_forms(void **state)
{
    (void)state;
    static const struct {
        enum chip_form form;
        const char *type, *cache, *starts;
    } cases[] = {
        { CHIP_FORM_DER, "application/pkix-cert", "public, max-age=604800", "\x30\x82" },
        { CHIP_FORM_METADATA, "application/json", "private, max-age=86400",
          "{\"vcekCert\":\"-----BEGIN" },
        { CHIP_FORM_PEM, "application/x-pem-file", "public, max-age=604800",
          "-----BEGIN CERTIFICATE-----\n" },
    };
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    struct chip_terms terms = terms_at(world.law, TEST_AMD_NOW_S);
    struct error err = { 0 };
    OWNED(chip_free) struct chip *chip = make(&key, UNTIL_S, world.law, &err);

    assert_non_null(chip);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct shelf_page *page = chip_page(chip, &terms, cases[i].form, &err);
        assert_non_null(page);
        assert_string_equal(header_of(page, "Content-Type"), cases[i].type);
        assert_string_equal(header_of(page, "Cache-Control"), cases[i].cache);
        assert_memory_equal(page->body.at, cases[i].starts, strlen(cases[i].starts));
        assert_ptr_equal(chip_page(chip, &terms, cases[i].form, &err), page);
    }
    assert_true(chip_kind.bytes(&chip->cached) > 3000);
}

static void max_age_ends_with_the_certificate(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_TURIN, 1, 81);
    struct chip_terms terms = terms_at(world.law, TEST_AMD_NOW_S);
    struct error err = { 0 };
    OWNED(chip_free)
    struct chip *chip = make(&key, TEST_AMD_NOW_S + 1060, world.law, &err);

    assert_non_null(chip);
    const struct shelf_page *page = chip_page(chip, &terms, CHIP_FORM_METADATA, &err);
    assert_non_null(page);
    assert_string_equal(header_of(page, "Cache-Control"), "private, max-age=1000");
    assert_true(bytes_find(page->body, bytes_of_text("\"cacheControl\":\"1000\"}"))
                < page->body.len);
    terms.now_s = TEST_AMD_NOW_S + 500;
    page = chip_page(chip, &terms, CHIP_FORM_METADATA, &err);
    assert_non_null(page);
    assert_string_equal(header_of(page, "Cache-Control"), "private, max-age=500");
    terms.now_s = TEST_AMD_NOW_S + 1061;
    assert_null(chip_page(chip, &terms, CHIP_FORM_METADATA, &err));
    assert_refused(err, ERROR_STALE, "");
}

static void each_law_judges_anew(void **state)
{
    (void)state;
    const uint32_t ask = (uint32_t)SNP_MILAN << 16 | 1;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    OWNED(amd_law_release) struct amd_law *stricter = amd_law_make(world.law);
    OWNED(amd_crl_release)
    struct verified_amd_crl *crl = amd_world_crl(&world, SNP_MILAN, &ask, 1, 2);
    struct chip_terms terms = terms_at(world.law, TEST_AMD_NOW_S);
    struct error err = { 0 };
    OWNED(chip_free) struct chip *chip = make(&key, UNTIL_S, world.law, &err);

    amd_law_set_crl(stricter, crl, TEST_AMD_NOW_S);
    assert_non_null(chip_page(chip, &terms, CHIP_FORM_DER, &err));
    terms.law = stricter;
    assert_null(chip_page(chip, &terms, CHIP_FORM_DER, &err));
    assert_refused(err, ERROR_REVOKED, "");
    terms.law = world.law;
    assert_non_null(chip_page(chip, &terms, CHIP_FORM_DER, &err));
}

static void what_enters_memory_is_verified(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_GENOA, 1, 84), other = amd_key(SNP_GENOA, 2, 84);
    OWNED(amd_law_release) struct amd_law *empty = amd_law_make(NULL);
    struct buf der = amd_world_mint(&key, TEST_AMD_NOW_S, UNTIL_S);
    struct chip_row row = { .key = other, .der = buf_bytes(&der) };
    struct chip *chip = NULL;
    struct error err = { 0 };

    row.issuer_chain = amd_issuer_facts(world.law->issuers[SNP_GENOA][VEK_VCEK])->ders;
    assert_false(chip_make(&row, world.law, &world.trust, &chip, &err));
    assert_refused(err, ERROR_FORMAT, "");
    row.key = key;
    der.at[der.len - 1] ^= 1;
    assert_false(chip_make(&row, world.law, &world.trust, &chip, &err));
    assert_int_not_equal(err.kind, ERROR_NONE);
    buf_fini(&der);

    /* an issuer that the law does not hold is verified for itself */
    chip = make(&key, UNTIL_S, empty, &err);
    assert_non_null(chip);
    chip_free(chip);
    struct trust nobody = { .count = 0 };
    der = amd_world_mint(&key, TEST_AMD_NOW_S, UNTIL_S);
    row.der = buf_bytes(&der);
    assert_false(chip_make(&row, empty, &nobody, &chip, &err));
    assert_refused(err, ERROR_UNTRUSTED, "");
    buf_fini(&der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_has_three_forms),
        cmocka_unit_test(max_age_ends_with_the_certificate),
        cmocka_unit_test(each_law_judges_anew),
        cmocka_unit_test(what_enters_memory_is_verified),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}
