/* SPDX-License-Identifier: Apache-2.0 */
/* Whose quote it is: from certification data to a PCK certificate below a trusted root.
 */
#include <stdlib.h>

#include "kit/text.h"
#include "verify/chain.h"
#include "verify/quote_parts.h"

#define CHAIN_CEILING ((size_t)256 << 10) /* bytes that reading one chain may take */

enum { LEAF, CA, ROOT, PCK_CHAIN_LEN };

static enum verify_check check_of(const struct error *why)
{
    return why->kind == ERROR_FORMAT || why->kind == ERROR_LIMIT
               ? CHECK_PCK_CERT_CHAIN_INVALID
               : CHECK_PCK_CERT_CHAIN_UNTRUSTED;
}

/* ---- the chain in the quote -------------------------------------------------------- */

static bool place_of(enum chain_role role, size_t *place)
{
    switch (role) {
    case CHAIN_INTEL_PCK_LEAF:
        *place = LEAF;
        return true;
    case CHAIN_INTEL_PCK_PROCESSOR:
    case CHAIN_INTEL_PCK_PLATFORM:
        *place = CA;
        return true;
    case CHAIN_INTEL_ROOT:
        *place = ROOT;
        return true;
    default:
        return false;
    }
}

/* Leaf, CA and root, whatever their order: Intel's library takes any. */
static bool order_chain(const struct der_chain *given, struct der_chain *out,
                        struct error *err)
{
    *out = (struct der_chain){ .count = PCK_CHAIN_LEN };
    if (given->count != PCK_CHAIN_LEN)
        return error_set(err, ERROR_FORMAT, "%zu certificates, not leaf, CA and root",
                         given->count);
    for (size_t i = 0; i < given->count; i++) {
        struct x509_certificate certificate;
        size_t place;
        if (!x509_parse(given->certificates[i], &certificate, err))
            return error_within(err, "certificate %zu of the chain", i + 1);
        if (!place_of(chain_role_of(certificate.subject_cn), &place)
            || out->certificates[place].len > 0)
            return error_set(err, ERROR_UNTRUSTED,
                             "certificate %zu of the chain, \"%s\", has no place in it",
                             i + 1, safe(certificate.subject_cn).s);
        out->certificates[place] = given->certificates[i];
    }
    return true;
}

/* The issuers are few, and most often known. The caller's. */
static bool find_issuer(struct quote_trial *t, const struct der_chain *chain,
                        struct verified_pck_issuer **out, struct error *err)
{
    struct sha256 digest =
        sha256_of_both(chain->certificates[CA], chain->certificates[ROOT]);
    const struct der_chain issuers = {
        .certificates = { chain->certificates[CA], chain->certificates[ROOT] }, .count = 2
    };
    const struct collateral_source *source = &t->law->source;
    const struct verified_pck_issuer *known =
        t->known == NULL ? NULL : known_issuer_find(t->known, &digest);

    if (known == NULL && source->issuer != NULL)
        known = source->issuer(source->context, digest.digest);
    if (known != NULL) {
        *out = pck_issuer_hold(known);
        return true;
    }
    if (!verify_pck_issuer(&issuers, t->law->trust, out, err))
        return false;
    if (t->known != NULL)
        known_issuer_add(t->known, &digest, *out);
    return true;
}

static bool verify_chain(struct quote_trial *t, struct arena *arena,
                         struct verified_pck **out, struct error *err)
{
    OWNED(pck_issuer_release) struct verified_pck_issuer *issuer = NULL;
    struct der_chain given, chain;

    return pem_chain_read(t->quote->certification_data, arena, &given, err)
           && order_chain(&given, &chain, err) && find_issuer(t, &chain, &issuer, err)
           && verify_kept_pck(chain.certificates[LEAF], issuer, out, err);
}

/* ---- keeping it -------------------------------------------------------------------- */

static bool make_own(struct quote_trial *t, const struct verified_pck *pck,
                     struct error *err)
{
    t->own = calloc(1, sizeof *t->own);
    if (t->own == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory");
    t->own->pck = pck_hold(pck);
    return p256_key_make(pck_facts(pck)->public_key.at, &t->own->key, err);
}

/* Remembered where somebody remembers, else for this trial alone. */
static bool keep(struct quote_trial *t, const struct verified_pck *pck, struct error *err)
{
    const struct known_pck *kept = NULL;

    if (t->known != NULL)
        kept = known_pck_add(t->known, &t->pck_digest, pck, err);
    else if (make_own(t, pck, err))
        kept = t->own;
    if (kept == NULL)
        return false;
    t->pck = kept->pck;
    t->pck_key = kept->key;
    return true;
}

void quote_trial_fini(struct quote_trial *t)
{
    p256_key_free(t->own_key);
    if (t->own == NULL)
        return;
    pck_release((struct verified_pck *)(uintptr_t)t->own->pck);
    p256_key_free(t->own->key);
    free(t->own);
}

/* ---- by what the quote brings ------------------------------------------------------ */

static bool recall(struct quote_trial *t)
{
    const struct known_pck *known =
        t->known == NULL ? NULL : known_pck_find(t->known, &t->pck_digest);

    if (known == NULL)
        return false;
    t->pck = known->pck;
    t->pck_key = known->key;
    return true;
}

static bool certify_by_chain(struct quote_trial *t)
{
    OWNED(pck_release) struct verified_pck *pck = NULL;
    struct error why = { 0 };
    struct arena arena;

    t->pck_digest = sha256(t->quote->certification_data);
    if (recall(t))
        return true;
    arena_init(&arena, CHAIN_CEILING);
    bool holds = verify_chain(t, &arena, &pck, &why) && keep(t, pck, &why);
    arena_fini(&arena);
    if (!holds)
        error_within(&why, "PCK certificate chain in the quote");
    return holds || verdict_fail_as(t->verdict, check_of(&why), &why);
}

static bool certify_by_source(struct quote_trial *t)
{
    const struct collateral_source *source = &t->law->source;
    struct error why = { 0 };
    const struct verified_pck *pck =
        source->pck == NULL ? NULL : source->pck(source->context, t->quote, &why);

    if (pck == NULL && why.kind != ERROR_NONE)
        return verdict_fail_as(t->verdict, check_of(&why), &why);
    if (pck == NULL)
        return verdict_fail(t->verdict, CHECK_PCK_CERT_MISSING,
                            "the quote's certification data is of type %d, without the "
                            "chain of its PCK certificate, and none is known of QE ID %s",
                            (int)t->quote->certification,
                            hex(t->quote->qe_id.at, t->quote->qe_id.len).s);
    memcpy(t->pck_digest.digest, pck_facts(pck)->digest, SHA256_LEN);
    return recall(t) || keep(t, pck, &why)
           || verdict_fail_as(t->verdict, check_of(&why), &why);
}

/* What was remembered holds up to a root; whether that is trusted is asked each time. */
static bool check_root(struct quote_trial *t)
{
    const struct pck_issuer_facts *issuer = pck_issuer_facts(pck_facts(t->pck)->issuer);
    const struct trusted_root *root =
        trust_find_spki(t->law->trust, issuer->root_spki_sha256);

    if (root == NULL)
        return verdict_fail(t->verdict, CHECK_PCK_CERT_CHAIN_UNTRUSTED,
                            "PCK certificate chain: its root's key (SHA-256 %s) is not "
                            "trusted here",
                            hex(issuer->root_spki_sha256, SHA256_LEN).s);
    t->verdict->intel.root_origin = root->origin;
    return true;
}

bool quote_certify(struct quote_trial *t)
{
    struct quote_facts *facts = &t->verdict->intel;
    bool has_chain = t->quote->certification == CERTIFICATION_PCK_CHAIN;

    if (!(has_chain ? certify_by_chain(t) : certify_by_source(t)) || !check_root(t))
        return false;
    const struct pck_facts *pck = pck_facts(t->pck);
    const struct pck_issuer_facts *issuer = pck_issuer_facts(pck->issuer);
    facts->has_pck = true;
    facts->pck = pck->cert;
    facts->ca = issuer->ca;
    memcpy(facts->root_spki_sha256, issuer->root_spki_sha256, SHA256_LEN);
    memcpy(facts->root_key_id, issuer->root_key_id, SHA384_LEN);
    verdict_date(t->verdict, DATED_PCK_CERT_CHAIN, pck->valid_from_s, pck->valid_until_s,
                 t->law->future_s);
    return true;
}
