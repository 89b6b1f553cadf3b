/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip_lists.h"

#include <stdlib.h>

enum { BYTES_MAX = 4 * 1024 * 1024, CHAIN_TEXT_MAX = 128 * 1024 };

struct chip_lists {
    struct arena arena;
    struct amd_law *law;
    int64_t made_s, future_s;
    struct shelf_page *chains[SNP_PRODUCTS][VEK_VLEK + 1], *crls[SNP_PRODUCTS];
};

/* ---- making -------------------------------------------------------------------------
 */

static bool make_chain(struct chip_lists *lists, const struct page_house *house,
                       const struct verified_amd_issuer *issuer, struct shelf_page **out,
                       struct error *err)
{
    const struct amd_issuer_facts *facts = amd_issuer_facts(issuer);
    struct page_spec spec = { .content_type = "application/x-pem-file",
                              .is_public = true,
                              .from_s = facts->chain.valid_from_s,
                              .until_s = facts->chain.valid_until_s };
    struct buf pem;

    buf_init(&pem, CHAIN_TEXT_MAX);
    pem_chain_write(&pem, &facts->ders);
    if (!pem.failed)
        spec.body = arena_copy(&lists->arena, buf_bytes(&pem));
    buf_fini(&pem);
    if (spec.body.at == NULL)
        return error_set(err, ERROR_LIMIT, "no room for an issuer chain of AMD's");
    spec.digest = sha256(spec.body);
    return shelf_page_make(house, &spec, out, err);
}

static bool make_crl(const struct page_house *house, const struct verified_amd_crl *crl,
                     struct shelf_page **out, struct error *err)
{
    const struct amd_crl_facts *facts = amd_crl_facts(crl);
    struct page_spec spec = { .content_type = "application/pkix-crl",
                              .is_public = true,
                              .body = facts->der,
                              .from_s = facts->issue_date_s,
                              .until_s = facts->next_update_s };

    memcpy(spec.digest.digest, facts->digest, SHA256_LEN);
    return shelf_page_make(house, &spec, out, err);
}

static bool make_all(struct chip_lists *lists, const struct page_house *house,
                     struct error *err)
{
    for (size_t p = 1; p < SNP_PRODUCTS; p++) {
        const struct verified_amd_crl *crl = lists->law->crls[p];
        if (crl != NULL && !make_crl(house, crl, &lists->crls[p], err))
            return false;
        for (size_t v = VEK_VCEK; v <= VEK_VLEK; v++) {
            const struct verified_amd_issuer *issuer = lists->law->issuers[p][v];
            if (issuer != NULL
                && !make_chain(lists, house, issuer, &lists->chains[p][v], err))
                return false;
        }
    }
    return true;
}

bool chip_lists_make(const struct chip_terms *terms, struct chip_lists **out,
                     struct error *err)
{
    OWNED(chip_lists_free) struct chip_lists *lists = calloc(1, sizeof *lists);

    if (lists == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for AMD's chains and lists");
    arena_init(&lists->arena, BYTES_MAX);
    lists->law = amd_law_hold(terms->law);
    lists->made_s = terms->now_s;
    lists->future_s = terms->future_s;
    struct page_house house = { .arena = &lists->arena,
                                .request_id = "amd",
                                .now_s = terms->now_s,
                                .max_age_s = terms->max_age_s,
                                .wears_test_roots = terms->wears_test_roots };
    if (!make_all(lists, &house, err))
        return false;
    *out = TAKE(lists);
    return true;
}

void chip_lists_free(struct chip_lists *lists)
{
    if (lists == NULL)
        return;
    for (size_t p = 1; p < SNP_PRODUCTS; p++) {
        if (lists->crls[p] != NULL)
            shelf_page_drop(lists->crls[p]);
        for (size_t v = VEK_VCEK; v <= VEK_VLEK; v++)
            if (lists->chains[p][v] != NULL)
                shelf_page_drop(lists->chains[p][v]);
    }
    arena_fini(&lists->arena);
    amd_law_release(lists->law);
    free(lists);
}

/* ---- reading ------------------------------------------------------------------------
 */

const struct amd_law *chip_lists_law(const struct chip_lists *lists)
{
    return lists->law;
}

int64_t chip_lists_made_s(const struct chip_lists *lists)
{
    return lists->made_s;
}

static bool is_revoked(const struct chip_lists *lists, const struct kds_key *key,
                       struct error *err)
{
    const struct verified_amd_crl *crl = lists->law->crls[key->product];

    return key->resource == KDS_CHAIN && crl != NULL
           && !amd_issuer_not_revoked(lists->law->issuers[key->product][key->vek], crl,
                                      err);
}

const struct shelf_page *chip_lists_find(const struct chip_lists *lists,
                                         const struct kds_key *key, int64_t now_s,
                                         struct error *err)
{
    const char *product = snp_product_facts(key->product)->name;
    const char *what = key->resource == KDS_CRL ? "CRL" : "issuer chain";
    const struct shelf_page *page = key->resource == KDS_CRL
                                        ? lists->crls[key->product]
                                        : lists->chains[key->product][key->vek];

    if (page == NULL) {
        error_set(err, ERROR_NOT_FOUND, "the %s of %s is not held here", what, product);
        return NULL;
    }
    if (now_s + lists->future_s < page->from_s || now_s >= page->until_s) {
        error_set(err, ERROR_STALE, "the %s of %s that is held here is out of date", what,
                  product);
        return NULL;
    }
    return is_revoked(lists, key, err) ? NULL : page;
}

bool chip_lists_are_empty(const struct chip_lists *lists)
{
    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++)
        for (enum vek_kind v = VEK_VCEK; v <= VEK_VLEK; v++)
            if (lists->chains[p][v] != NULL)
                return false;
    return true;
}

static bool has_chain(const struct chip_lists *lists, enum snp_product product,
                      int64_t now_s)
{
    struct kds_key key = { .resource = KDS_CHAIN, .product = product };

    for (key.vek = VEK_VCEK; key.vek <= VEK_VLEK; key.vek++)
        if (chip_lists_find(lists, &key, now_s, NULL) != NULL)
            return true;
    return false;
}

const char *chip_lists_missing(const struct chip_lists *lists,
                               const bool products[SNP_PRODUCTS], bool crl_optional,
                               int64_t now_s)
{
    const char *missing = "issuer chain";

    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++) {
        struct kds_key crl = { .resource = KDS_CRL, .vek = VEK_VCEK, .product = p };
        if (!products[p] || !has_chain(lists, p, now_s))
            continue;
        if (crl_optional || chip_lists_find(lists, &crl, now_s, NULL) != NULL)
            return NULL;
        missing = "CRL";
    }
    return missing;
}
