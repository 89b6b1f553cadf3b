/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/chip.h"

#include <stdlib.h>

#include "serve/chip_metadata.h"

enum { BODY_MAX = 64 * 1024 };

/* ---- making -------------------------------------------------------------------------
 */

static bool is_chain(const struct der_chain *a, const struct der_chain *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!bytes_equal(a->certificates[i], b->certificates[i]))
            return false;
    return true;
}

/* One reference, the caller's. */
static bool find_issuer(const struct chip_row *row, const struct amd_law *law,
                        const struct trust *trust, struct verified_amd_issuer **out,
                        struct error *err)
{
    const struct verified_amd_issuer *present =
        law->issuers[row->key.product][row->key.vek];

    if (present == NULL
        || !is_chain(&amd_issuer_facts(present)->ders, &row->issuer_chain))
        return verify_amd_issuer(&row->issuer_chain, row->key.product, row->key.vek,
                                 trust, out, err);
    *out = amd_issuer_hold(present);
    return true;
}

bool chip_make(const struct chip_row *row, const struct amd_law *law,
               const struct trust *trust, struct chip **out, struct error *err)
{
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = NULL;
    OWNED(chip_free) struct chip *chip = calloc(1, sizeof *chip);

    if (chip == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for a chip's certificate");
    chip->key = row->key;
    chip->known_by = row->known_by;
    if (!find_issuer(row, law, trust, &issuer, err)
        || !verify_kept_vcek(row->der, &row->key, issuer, &chip->vcek, err))
        return false;
    *out = TAKE(chip);
    return true;
}

void chip_free(struct chip *chip)
{
    if (chip == NULL)
        return;
    for (size_t i = 0; i < CHIP_FORMS; i++)
        page_sheet_drop(&chip->sheets[i]);
    amd_law_release(chip->law);
    vcek_release(chip->vcek);
    free(chip);
}

/* ---- judging ------------------------------------------------------------------------
 */

/* The same law says the same until the certificate's dates are over. */
static bool judge(struct chip *chip, const struct chip_terms *terms, struct error *err)
{
    const struct vcek_facts *facts = vcek_facts(chip->vcek);
    struct vcek_law law = { .crl = terms->law->crls[chip->key.product],
                            .crl_optional = terms->crl_optional,
                            .now_s = terms->now_s,
                            .future_s = terms->future_s };

    if (chip->law == terms->law && terms->now_s >= facts->valid_from_s
        && terms->now_s < facts->valid_until_s)
        return true;
    if (!vcek_may_be_given(chip->vcek, &law, err))
        return false;
    amd_law_release(chip->law);
    chip->law = amd_law_hold(terms->law);
    return true;
}

/* ---- writing ------------------------------------------------------------------------
 */

static const struct {
    const char *content_type;
    int64_t max_age_s;
    bool is_private, is_public;
} facts_of[CHIP_FORMS] = {
    [CHIP_FORM_DER] = { "application/pkix-cert", CHIP_MAX_AGE_S, false, true },
    /* a guest's own, which hangs on a header that caches would have to know of */
    [CHIP_FORM_METADATA] = { "application/json", CHIP_CACHE_CONTROL_S, true, false },
    [CHIP_FORM_PEM] = { "application/x-pem-file", CHIP_MAX_AGE_S, false, true },
};

struct writing { /* one certificate in one form */
    const struct chip *chip;
    enum chip_form form;
};

static void write_body(struct buf *out, const struct writing *writing, int64_t max_age_s)
{
    const struct vcek_facts *facts = vcek_facts(writing->chip->vcek);
    const struct der_chain *issuers = &amd_issuer_facts(facts->issuer)->ders;

    if (writing->form == CHIP_FORM_METADATA) {
        chip_metadata_write(out, facts->der, &facts->key, issuers, max_age_s);
    } else if (writing->form == CHIP_FORM_PEM) {
        pem_write(out, "CERTIFICATE", facts->der);
        pem_chain_write(out, issuers);
    } else {
        buf_add(out, facts->der);
    }
}

static bool write_page(void *writing_, const struct page_house *house,
                       struct page_spec *out, struct error *err)
{
    const struct writing *writing = writing_;
    const struct vcek_facts *facts = vcek_facts(writing->chip->vcek);
    struct buf body;

    *out = (struct page_spec){
        .content_type = facts_of[writing->form].content_type,
        .max_age_s = facts_of[writing->form].max_age_s,
        .is_private = facts_of[writing->form].is_private,
        .is_public = facts_of[writing->form].is_public,
        .form = (unsigned)writing->form,
        .varies = writing->form == CHIP_FORM_METADATA ? "Metadata" : NULL,
        .from_s = facts->valid_from_s,
        .until_s = facts->valid_until_s,
    };
    buf_init(&body, BODY_MAX);
    write_body(&body, writing, page_max_age_s(house, out));
    if (!body.failed)
        out->body = arena_copy(house->arena, buf_bytes(&body));
    buf_fini(&body);
    if (out->body.at == NULL)
        return error_set(err, ERROR_LIMIT, "no room for a chip's certificate");
    out->digest = sha256(out->body);
    return true;
}

const struct shelf_page *chip_page(struct chip *chip, const struct chip_terms *terms,
                                   enum chip_form form, struct error *err)
{
    struct page_house house = { .request_id = "chip",
                                .now_s = terms->now_s,
                                .max_age_s = terms->max_age_s,
                                .wears_test_roots = terms->wears_test_roots };
    struct writing writing = { .chip = chip, .form = form };
    struct page_writer writer = { .context = &writing, .write = write_page };

    if (!judge(chip, terms, err))
        return NULL;
    return page_sheet_read(&chip->sheets[form], &house, &writer, err);
}

/* ---- for the cache ------------------------------------------------------------------
 */

static const struct chip *chip_of(const struct cached *entry)
{
    return (const struct chip *)entry;
}

static uint64_t hash_key(uint64_t hash, const void *key_)
{
    const struct kds_key *key = key_;
    uint8_t kind[2] = { (uint8_t)key->vek, (uint8_t)key->product };

    hash = page_cache_hash(hash, bytes_of(kind, sizeof kind));
    hash = page_cache_hash(hash, bytes_of(key->hwid.at, key->hwid.len));
    return page_cache_hash(hash, bytes_of(key->tcb.spl, sizeof key->tcb.spl));
}

static const void *key_of(const struct cached *entry)
{
    return &chip_of(entry)->key;
}

static bool is_keyed(const struct cached *entry, const void *key)
{
    return kds_key_compare(&chip_of(entry)->key, key) == 0;
}

static size_t bytes_of_chip(const struct cached *entry)
{
    const struct chip *chip = chip_of(entry);
    size_t bytes = sizeof *chip + sizeof(struct vcek_facts);

    bytes += vcek_facts(chip->vcek)->der.len;
    for (size_t i = 0; i < CHIP_FORMS; i++)
        bytes += page_sheet_bytes(&chip->sheets[i]);
    return bytes;
}

static void succeed(struct cached *entry, struct cached *before)
{
    ((struct chip *)entry)->told_s = chip_of(before)->told_s;
}

static void free_entry(struct cached *entry)
{
    chip_free((struct chip *)entry);
}

const struct cached_kind chip_kind = {
    .usual_bytes = 8 * 1024,
    .hash = hash_key,
    .name_of = key_of,
    .is_named = is_keyed,
    .bytes = bytes_of_chip,
    .succeed = succeed,
    .free = free_entry,
};
