/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/pck.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "verify/chain.h"
#include "verify/freshness.h"
#include "verify/revocation.h"

#define ISSUER_CEILING ((size_t)64 << 10) /* bytes that one issuer's chain may keep */

/* ---- the issuer ----------------------------------------------------------------- */

struct verified_pck_issuer {
    atomic_uint holders;
    struct arena arena;
    struct chain chain; /* CA, then root; as chain_verify found it */
    struct pck_issuer_facts facts;
};

static struct verified_pck_issuer *issuer_make(void)
{
    struct verified_pck_issuer *issuer = calloc(1, sizeof *issuer);

    if (issuer != NULL) {
        atomic_init(&issuer->holders, 1);
        arena_init(&issuer->arena, ISSUER_CEILING);
    }
    return issuer;
}

struct verified_pck_issuer *pck_issuer_hold(const struct verified_pck_issuer *issuer)
{
    /* issuers never change but for the count of their holders */
    struct verified_pck_issuer *held = (struct verified_pck_issuer *)(uintptr_t)issuer;

    atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void pck_issuer_release(struct verified_pck_issuer *issuer)
{
    if (issuer == NULL
        || atomic_fetch_sub_explicit(&issuer->holders, 1, memory_order_acq_rel) != 1)
        return;
    arena_fini(&issuer->arena);
    free(issuer);
}

const struct pck_issuer_facts *pck_issuer_facts(const struct verified_pck_issuer *issuer)
{
    return &issuer->facts;
}

/* Which CA it is says the first certificate's name; chain_verify holds it to it. */
static bool role_of_ca(const struct der_chain *chain, enum chain_role *role,
                       struct error *err)
{
    struct x509_certificate ca;

    if (chain->count == 0)
        return error_set(err, ERROR_FORMAT, "chain has no certificates");
    if (!x509_parse(chain->certificates[0], &ca, err))
        return error_within(err, "certificate 1 of the chain");
    *role = chain_role_of(ca.subject_cn);
    if (*role == CHAIN_INTEL_PCK_PROCESSOR || *role == CHAIN_INTEL_PCK_PLATFORM)
        return true;
    error_set(err, ERROR_UNTRUSTED, "it is no CA of PCK certificates");
    return chain_within(err, &ca, 0);
}

static void digest_both(struct pck_issuer_facts *facts)
{
    uint8_t both[2 * X509_CERTIFICATE_MAX];
    size_t len = 0;

    for (size_t i = 0; i < facts->chain.count; i++) {
        struct bytes der = facts->chain.certificates[i];
        memcpy(both + len, der.at, der.len);
        len += der.len;
    }
    memcpy(facts->digest, sha256(bytes_of(both, len)).digest, sizeof facts->digest);
}

static void record_root(struct pck_issuer_facts *facts,
                        const struct x509_certificate *root)
{
    uint8_t point[1 + P256_POINT_LEN] = { 0x04 };

    memcpy(facts->root_spki_sha256, sha256(root->spki).digest, SHA256_LEN);
    memcpy(point + 1, root->public_key.at, P256_POINT_LEN);
    memcpy(facts->root_key_id, sha384(bytes_of(point, sizeof point)).digest, SHA384_LEN);
}

static void record_issuer(struct verified_pck_issuer *issuer, enum chain_role role)
{
    const struct x509_certificate *root =
        &issuer->chain.certificates[issuer->chain.count - 1];
    struct pck_issuer_facts *facts = &issuer->facts;

    facts->ca = role == CHAIN_INTEL_PCK_PROCESSOR ? PCK_CA_PROCESSOR : PCK_CA_PLATFORM;
    facts->valid_from_s = issuer->chain.valid_from_s;
    facts->valid_until_s = issuer->chain.valid_until_s;
    facts->root_origin = issuer->chain.root->origin;
    record_root(facts, root);
    digest_both(facts);
    issuer->chain.root = NULL; /* the caller's trust need not outlive us */
}

bool verify_pck_issuer(const struct der_chain *chain, const struct trust *trust,
                       struct verified_pck_issuer **out, struct error *err)
{
    return verify_pck_issuer_with(chain, trust, NULL, out, err);
}

bool verify_pck_issuer_with(const struct der_chain *chain, const struct trust *trust,
                            struct chain_memo *memo, struct verified_pck_issuer **out,
                            struct error *err)
{
    OWNED(pck_issuer_release) struct verified_pck_issuer *issuer = issuer_make();
    enum chain_role role;

    *out = NULL;
    if (issuer == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory");
    if (!chain_copy(chain, &issuer->arena, &issuer->facts.chain, err)
        || !role_of_ca(&issuer->facts.chain, &role, err)
        || !chain_verify_with(&issuer->facts.chain, role, trust, memo, &issuer->chain,
                              err))
        return error_within(err, "issuer of PCK certificates");
    record_issuer(issuer, role);
    *out = TAKE(issuer);
    return true;
}

/* ---- the certificate ------------------------------------------------------------ */

struct verified_pck {
    atomic_uint holders;
    struct x509_certificate leaf;
    struct pck_facts facts;
    uint8_t der[]; /* what leaf and facts look into */
};

static struct verified_pck *pck_make(struct bytes der,
                                     const struct verified_pck_issuer *issuer)
{
    struct verified_pck *pck = calloc(1, sizeof *pck + der.len);

    if (pck == NULL)
        return NULL;
    atomic_init(&pck->holders, 1);
    if (der.len > 0)
        memcpy(pck->der, der.at, der.len);
    pck->facts.der = bytes_of(pck->der, der.len);
    pck->facts.issuer = pck_issuer_hold(issuer);
    return pck;
}

struct verified_pck *pck_hold(const struct verified_pck *pck)
{
    struct verified_pck *held = (struct verified_pck *)(uintptr_t)pck; /* as an issuer */

    atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void pck_release(struct verified_pck *pck)
{
    if (pck == NULL
        || atomic_fetch_sub_explicit(&pck->holders, 1, memory_order_acq_rel) != 1)
        return;
    pck_issuer_release((struct verified_pck_issuer *)(uintptr_t)pck->facts.issuer);
    free(pck);
}

const struct pck_facts *pck_facts(const struct verified_pck *pck)
{
    return &pck->facts;
}

static void record_pck(struct verified_pck *pck, const struct chain *chain)
{
    struct pck_facts *facts = &pck->facts;

    pck->leaf = chain->certificates[0];
    facts->serial = pck->leaf.serial;
    facts->spki = pck->leaf.spki;
    facts->public_key = pck->leaf.public_key;
    facts->valid_from_s = chain->valid_from_s;
    facts->valid_until_s = chain->valid_until_s;
    memcpy(facts->digest, sha256(facts->der).digest, sizeof facts->digest);
    memcpy(facts->tcbm, facts->cert.cpusvn, sizeof facts->cert.cpusvn);
    facts->tcbm[TCBM_LEN - 2] = (uint8_t)facts->cert.pcesvn;
    facts->tcbm[TCBM_LEN - 1] = (uint8_t)(facts->cert.pcesvn >> 8);
}

/* Everything but dates and revocation. */
static bool verify_leaf(struct verified_pck *pck, struct error *err)
{
    struct chain chain;

    if (!chain_verify_below(&pck->facts.issuer->chain, pck->facts.der,
                            CHAIN_INTEL_PCK_LEAF, &chain, err)
        || !pck_cert_parse(&chain.certificates[0], &pck->facts.cert, err))
        return false;
    record_pck(pck, &chain);
    return true;
}

/* ---- dates and revocation ------------------------------------------------------- */

static void chain_of(const struct verified_pck *pck, struct chain *out)
{
    const struct chain *issuer = &pck->facts.issuer->chain;

    *out = (struct chain){ .certificates = { pck->leaf, issuer->certificates[0],
                                             issuer->certificates[1] },
                           .count = 3,
                           .valid_from_s = pck->facts.valid_from_s,
                           .valid_until_s = pck->facts.valid_until_s };
}

struct lists { /* NULL: passed over */
    const struct crl *root, *pck;
};

/* The lists that the law has, each being its issuer's own. Where needed, both. */
static bool find_lists(const struct verified_pck *pck, const struct pck_law *law,
                       bool needed, struct lists *out, struct error *err)
{
    const struct pck_issuer_facts *issuer = &pck->facts.issuer->facts;
    const struct collateral_key root = key_root_crl(), of_ca = key_pck_crl(issuer->ca);

    *out = (struct lists){ 0 };
    return ((!needed && law->root_crl == NULL)
            || verified_crl_for(law->root_crl, &root, issuer->root_spki_sha256,
                                &out->root, err))
           && ((!needed && law->pck_crl == NULL)
               || verified_crl_for(law->pck_crl, &of_ca, issuer->root_spki_sha256,
                                   &out->pck, err));
}

/* Revocation comes before dates, so that what is wrong for good is said first. */
static bool judge(const struct verified_pck *pck, const struct pck_law *law, bool needed,
                  struct error *err)
{
    struct lists lists;
    struct chain chain;

    chain_of(pck, &chain);
    return find_lists(pck, law, needed, &lists, err)
           && chain_not_revoked(&chain, lists.root, lists.pck, err)
           && chain_in_date(&chain, law->now_s, law->future_s, err);
}

static bool list_in_date(const char *what, const struct verified_collateral *list,
                         const struct pck_law *law, struct error *err)
{
    const struct collateral_facts *facts = verified_facts(list);

    return freshness_check(what, facts->valid_from_s, facts->valid_until_s, law->now_s,
                           law->future_s, err);
}

/* law NULL: what is kept. */
static bool verify_with(struct bytes der, const struct verified_pck_issuer *issuer,
                        const struct pck_law *law, struct verified_pck **out,
                        struct error *err)
{
    *out = NULL;
    if (der.len > X509_CERTIFICATE_MAX)
        return error_set(err, ERROR_LIMIT, "%zu bytes, at most %d", der.len,
                         X509_CERTIFICATE_MAX);
    OWNED(pck_release) struct verified_pck *pck = pck_make(der, issuer);
    if (pck == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory");
    if (!verify_leaf(pck, err))
        return false;
    if (law != NULL
        && (!judge(pck, law, true, err)
            || !list_in_date("root CA CRL to judge it by", law->root_crl, law, err)
            || !list_in_date("PCK CRL to judge it by", law->pck_crl, law, err)))
        return false;
    *out = TAKE(pck);
    return true;
}

bool verify_pck(struct bytes der, const struct verified_pck_issuer *issuer,
                const struct pck_law *law, struct verified_pck **out, struct error *err)
{
    assert(law != NULL);
    return verify_with(der, issuer, law, out, err)
           || error_within(err, "PCK certificate");
}

bool verify_kept_pck(struct bytes der, const struct verified_pck_issuer *issuer,
                     struct verified_pck **out, struct error *err)
{
    return verify_with(der, issuer, NULL, out, err)
           || error_within(err, "PCK certificate");
}

bool pck_may_be_given(const struct verified_pck *pck, const struct pck_law *law,
                      struct error *err)
{
    return judge(pck, law, false, err) || error_within(err, "PCK certificate");
}

enum pck_revoked pck_revoked_by(const struct verified_pck *pck,
                                const struct crl *root_crl, const struct crl *pck_crl,
                                struct error *err)
{
    struct chain chain;

    chain_of(pck, &chain);
    if (!chain_not_revoked(&chain, root_crl, NULL, err))
        return PCK_CA_REVOKED;
    return chain_not_revoked(&chain, NULL, pck_crl, err) ? PCK_NOT_REVOKED
                                                         : PCK_LEAF_REVOKED;
}
