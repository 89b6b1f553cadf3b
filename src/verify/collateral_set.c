/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/collateral_set.h"

#include <stdlib.h>

#include "kit/text.h"
#include "verify/inspect_file.h"

#define SCRATCH_CEILING ((size_t)32 << 20) /* what reading the texts may take */
#define POOL_MAX (5 * X509_CHAIN_MAX)

enum part { ROOT_CRL, PCK_CRL, TCB_INFO, IDENTITY, PCK_CERTIFICATE, PARTS };

struct refusal {
    enum verify_check check; /* CHECK_PASSED: none */
    struct error why;
};

struct collateral_set {
    struct verified_collateral *items[PCK_CERTIFICATE];
    struct verified_pck *pck;
    struct verified_pck_issuer *issuer;
    struct refusal refusals[PARTS];
};

struct pool { /* certificates that came with any of the texts */
    struct x509_certificate certificates[POOL_MAX];
    size_t count;
};

struct making { /* under way */
    const struct collateral_texts *texts;
    const struct trust *trust;
    struct arena arena;
    struct collateral_set *set;
    struct chain_memo memo;
    struct pool issuers; /* of PCK certificates and everybody's roots */
    struct pool tcb_signers, identity_signers; /* each text's own */
};

/* ---- the set ----------------------------------------------------------------------- */

void collateral_set_free(struct collateral_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < COUNT_OF(set->items); i++)
        verified_release(set->items[i]);
    pck_release(set->pck);
    pck_issuer_release(set->issuer);
    free(set);
}

static void refuse(struct making *m, enum part part, enum verify_check check,
                   const struct error *why)
{
    m->set->refusals[part] = (struct refusal){ .check = check, .why = *why };
}

/* ---- certificates ------------------------------------------------------------------ */

static void pool_add(struct pool *pool, const struct der_chain *ders)
{
    struct error ignored;

    for (size_t i = 0; i < ders->count && pool->count < POOL_MAX; i++)
        if (x509_parse(ders->certificates[i], &pool->certificates[pool->count], &ignored))
            pool->count++;
}

static void pool_read(struct making *m, struct bytes text, struct pool *pool)
{
    struct inspect_file file;
    struct error ignored;

    if (text.len > 0
        && inspect_file_read(text, COLLATERAL_BODY_MAX, &m->arena, &file, &ignored))
        pool_add(pool, &file.ders);
}

static void pool_read_quote(struct making *m)
{
    struct quote quote;
    struct der_chain ders;
    struct error ignored;

    if (m->texts->quote.len > 0 && quote_parse(m->texts->quote, &quote, &ignored)
        && quote.certification == CERTIFICATION_PCK_CHAIN
        && pem_chain_read(quote.certification_data, &m->arena, &ders, &ignored))
        pool_add(&m->issuers, &ders);
}

static const struct x509_certificate *pool_find(const struct pool *pool,
                                                enum chain_role role)
{
    for (size_t i = 0; i < pool->count; i++)
        if (chain_role_of(pool->certificates[i].subject_cn) == role)
            return &pool->certificates[i];
    return NULL;
}

/* The root beside this certificate, else anybody's: Intel's have one key and one name. */
static const struct x509_certificate *root_for(const struct making *m,
                                               const struct pool *pool)
{
    const struct pool *pools[] = { pool, &m->issuers, &m->tcb_signers,
                                   &m->identity_signers };
    const struct x509_certificate *root = NULL;

    for (size_t i = 0; i < COUNT_OF(pools) && root == NULL; i++)
        root = pool_find(pools[i], CHAIN_INTEL_ROOT);
    return root;
}

static struct der_chain chain_of(const struct x509_certificate *issuer,
                                 const struct x509_certificate *root)
{
    struct der_chain chain = { .count = 0 };

    if (issuer != NULL)
        chain.certificates[chain.count++] = issuer->der;
    if (root != NULL)
        chain.certificates[chain.count++] = root->der;
    return chain;
}

static void read_pools(struct making *m)
{
    const struct collateral_texts *texts = m->texts;

    pool_read(m, texts->pck_crl_chain, &m->issuers);
    pool_read(m, texts->pck_chain, &m->issuers);
    pool_read_quote(m);
    pool_read(m, texts->tcb_info_chain, &m->tcb_signers);
    pool_read(m, texts->identity_chain, &m->identity_signers);
}

/* ---- documents --------------------------------------------------------------------- */

struct document { /* one of the texts */
    enum part part;
    struct bytes text;
    struct collateral_key key;
    struct der_chain chain;
    enum verify_check invalid, chain_untrusted, invalid_signature, revoked;
};

static enum verify_check check_of(const struct document *document,
                                  enum collateral_stage stage, const struct error *why)
{
    switch (stage) {
    case STAGE_CHAIN:
        return document->chain_untrusted;
    case STAGE_REVOCATION:
        return why->kind == ERROR_REVOKED ? document->revoked : document->chain_untrusted;
    case STAGE_SIGNATURE:
        return why->kind == ERROR_UNTRUSTED ? document->invalid_signature
                                            : document->invalid;
    case STAGE_CONTENT:
    case STAGE_DATES:
        break;
    }
    return document->invalid;
}

/* Verified into its place, or refused there. */
static void take(struct making *m, const struct document *document)
{
    struct collateral_candidate candidate = { .asked = document->key,
                                              .whichever = true,
                                              .chain = document->chain };
    struct judgement law = { .trust = m->trust,
                             .root_crl = m->set->items[ROOT_CRL],
                             .memo = &m->memo };
    enum collateral_stage stage;
    struct inspect_file file;
    struct error why = { 0 };

    if (law.root_crl == NULL && document->part != ROOT_CRL)
        return; /* nothing can be judged without: the root CRL is what is missing */
    if (!inspect_file_read(document->text, CRL_MAX, &m->arena, &file, &why)) {
        error_within(&why, "%s", collateral_kind_name(document->key.kind));
        refuse(m, document->part, document->invalid, &why);
        return;
    }
    bool is_list = document->key.kind == COLLATERAL_ROOT_CRL
                   || document->key.kind == COLLATERAL_PCK_CRL;
    candidate.body = is_list ? file.crl : file.json;
    if (!verify_kept_collateral_by_stage(&candidate, &law, &m->set->items[document->part],
                                         &stage, &why))
        refuse(m, document->part, check_of(document, stage, &why), &why);
}

static void take_root_crl(struct making *m)
{
    struct document document = {
        .part = ROOT_CRL,
        .text = m->texts->root_crl,
        .key = key_root_crl(),
        .chain = chain_of(NULL, root_for(m, &m->issuers)),
        .invalid = CHECK_ROOT_CA_CRL_INVALID,
        .chain_untrusted = CHECK_ROOT_CA_CRL_INVALID,
        .invalid_signature = CHECK_ROOT_CA_CRL_INVALID,
        .revoked = CHECK_PCK_CA_REVOKED,
    };

    if (document.text.len > 0)
        take(m, &document);
}

static const struct x509_certificate *ca_of(const struct making *m, enum pck_ca ca)
{
    return pool_find(&m->issuers, ca == PCK_CA_PROCESSOR ? CHAIN_INTEL_PCK_PROCESSOR
                                                         : CHAIN_INTEL_PCK_PLATFORM);
}

/* Whose list it is: of the one CA that is at hand, which its signature has to show; else
 * what it says. */
static bool pck_ca_of_list(struct making *m, enum pck_ca *ca, struct error *err)
{
    bool has_platform = ca_of(m, PCK_CA_PLATFORM) != NULL;
    bool has_processor = ca_of(m, PCK_CA_PROCESSOR) != NULL;
    struct inspect_file file;
    struct crl crl;

    *ca = has_platform ? PCK_CA_PLATFORM : PCK_CA_PROCESSOR;
    if (has_platform != has_processor)
        return true;
    if (!inspect_file_read(m->texts->pck_crl, CRL_MAX, &m->arena, &file, err)
        || !crl_parse(file.crl, &m->arena, &crl, err))
        return error_within(err, "PCK CRL");
    enum chain_role role = chain_role_of(crl.issuer_cn);
    if (role != CHAIN_INTEL_PCK_PROCESSOR && role != CHAIN_INTEL_PCK_PLATFORM)
        return error_set(err, ERROR_UNTRUSTED,
                         "PCK CRL: its issuer \"%s\" is no CA of PCK certificates",
                         safe(crl.issuer_cn).s);
    *ca = role == CHAIN_INTEL_PCK_PROCESSOR ? PCK_CA_PROCESSOR : PCK_CA_PLATFORM;
    return has_platform
           || error_set(err, ERROR_UNTRUSTED,
                        "PCK CRL: the certificate of its issuer, the PCK %s CA, was not "
                        "given",
                        pck_ca_name(*ca));
}

static void take_pck_crl(struct making *m)
{
    struct document document = { .part = PCK_CRL,
                                 .text = m->texts->pck_crl,
                                 .invalid = CHECK_PCK_CRL_INVALID,
                                 .chain_untrusted = CHECK_PCK_CRL_INVALID,
                                 .invalid_signature = CHECK_PCK_CRL_INVALID,
                                 .revoked = CHECK_PCK_CA_REVOKED };
    struct error why = { 0 };
    enum pck_ca ca;

    if (document.text.len == 0)
        return;
    if (!pck_ca_of_list(m, &ca, &why)) {
        refuse(m, PCK_CRL, CHECK_PCK_CRL_INVALID, &why);
        return;
    }
    document.key = key_pck_crl(ca);
    document.chain = chain_of(ca_of(m, ca), root_for(m, &m->issuers));
    take(m, &document);
}

static void take_tcb_info(struct making *m)
{
    const struct pool *pool = &m->tcb_signers;
    struct document document = {
        .part = TCB_INFO,
        .text = m->texts->tcb_info,
        .key = { .kind = COLLATERAL_TCB_INFO },
        .chain = chain_of(pool_find(pool, CHAIN_INTEL_TCB_SIGNING), root_for(m, pool)),
        .invalid = CHECK_TCB_INFO_INVALID,
        .chain_untrusted = CHECK_TCB_INFO_CHAIN_UNTRUSTED,
        .invalid_signature = CHECK_TCB_INFO_INVALID_SIGNATURE,
        .revoked = CHECK_TCB_SIGNING_REVOKED,
    };

    if (document.text.len > 0)
        take(m, &document);
}

static void take_identity(struct making *m)
{
    const struct pool *pool =
        m->texts->identity_chain.len > 0 ? &m->identity_signers : &m->tcb_signers;
    struct document document = {
        .part = IDENTITY,
        .text = m->texts->identity,
        .key = { .kind = COLLATERAL_IDENTITY },
        .chain = chain_of(pool_find(pool, CHAIN_INTEL_TCB_SIGNING), root_for(m, pool)),
        .invalid = CHECK_ENCLAVE_IDENTITY_INVALID,
        .chain_untrusted = CHECK_ENCLAVE_IDENTITY_CHAIN_UNTRUSTED,
        .invalid_signature = CHECK_ENCLAVE_IDENTITY_INVALID_SIGNATURE,
        .revoked = CHECK_TCB_SIGNING_REVOKED,
    };

    if (document.text.len > 0)
        take(m, &document);
}

/* ---- PCK certificates -------------------------------------------------------------- */

static const struct x509_certificate *any_ca(const struct making *m)
{
    const struct x509_certificate *ca = ca_of(m, PCK_CA_PLATFORM);

    return ca != NULL ? ca : ca_of(m, PCK_CA_PROCESSOR);
}

/* An issuer that is wrong is no loss: it only saves work to those who have the right one,
 * and a quote that brings the wrong one is told why. */
static bool make_issuer(struct making *m, struct error *why)
{
    struct der_chain chain = chain_of(any_ca(m), root_for(m, &m->issuers));

    return chain.count == 2
           && verify_pck_issuer_with(&chain, m->trust, &m->memo, &m->set->issuer, why);
}

static void take_pck(struct making *m)
{
    const struct x509_certificate *leaf = pool_find(&m->issuers, CHAIN_INTEL_PCK_LEAF);
    struct error why = { 0 };
    bool has_issuer = make_issuer(m, &why);

    if (m->texts->pck_chain.len == 0 || leaf == NULL)
        return;
    if (!has_issuer && why.kind == ERROR_NONE)
        error_set(&why, ERROR_UNTRUSTED,
                  "PCK certificate: its chain, the PCK CA and the root, was not given");
    if (!has_issuer || !verify_kept_pck(leaf->der, m->set->issuer, &m->set->pck, &why))
        refuse(m, PCK_CERTIFICATE, CHECK_PCK_CERT_CHAIN_UNTRUSTED, &why);
}

bool collateral_set_make(const struct collateral_texts *texts, const struct trust *trust,
                         struct collateral_set **out, struct error *err)
{
    OWNED(collateral_set_free) struct collateral_set *set = calloc(1, sizeof *set);
    struct making *m = calloc(1, sizeof *m);

    *out = NULL;
    if (set == NULL || m == NULL) {
        free(m);
        return error_set(err, ERROR_SYSTEM, "no memory");
    }
    m->texts = texts;
    m->trust = trust;
    m->set = set;
    arena_init(&m->arena, SCRATCH_CEILING);
    read_pools(m);
    take_root_crl(m);
    take_pck_crl(m);
    take_tcb_info(m);
    take_identity(m);
    take_pck(m);
    chain_memo_fini(&m->memo);
    arena_fini(&m->arena);
    free(m);
    *out = TAKE(set);
    return true;
}

/* ---- as a source ------------------------------------------------------------------- */

static enum part part_of(enum collateral_kind kind)
{
    switch (kind) {
    case COLLATERAL_ROOT_CRL:
        return ROOT_CRL;
    case COLLATERAL_PCK_CRL:
        return PCK_CRL;
    case COLLATERAL_TCB_INFO:
        return TCB_INFO;
    case COLLATERAL_IDENTITY:
        return IDENTITY;
    case COLLATERAL_EVALUATION_NUMBERS:
        break;
    }
    return PARTS;
}

const struct verified_collateral *collateral_set_item(const struct collateral_set *set,
                                                      enum collateral_kind kind)
{
    enum part part = part_of(kind);

    return part < COUNT_OF(set->items) ? set->items[part] : NULL;
}

static const struct verified_collateral *find(void *context,
                                              const struct collateral_key *subject)
{
    return collateral_set_item(context, subject->kind);
}

static bool refusal_of(void *context, const struct collateral_key *subject,
                       enum verify_check *check, struct error *why)
{
    const struct collateral_set *set = context;
    enum part part = part_of(subject->kind);

    if (part >= PARTS || set->refusals[part].check == CHECK_PASSED)
        return false;
    *check = set->refusals[part].check;
    *why = set->refusals[part].why;
    return true;
}

static const struct verified_pck *pck_of(void *context, const struct quote *quote,
                                         struct error *why)
{
    const struct collateral_set *set = context;

    (void)quote; /* the QE report's signature tells whether it is this one's */
    if (set->pck == NULL)
        *why = set->refusals[PCK_CERTIFICATE].why;
    return set->pck;
}

static const struct verified_pck_issuer *issuer_of(void *context,
                                                   const uint8_t digest[32])
{
    const struct collateral_set *set = context;
    bool is_it = set->issuer != NULL
                 && memcmp(pck_issuer_facts(set->issuer)->digest, digest, 32) == 0;

    return is_it ? set->issuer : NULL;
}

struct collateral_source collateral_set_source(const struct collateral_set *set)
{
    return (struct collateral_source){ .context = (void *)(uintptr_t)set,
                                       .find = find,
                                       .refusal = refusal_of,
                                       .pck = pck_of,
                                       .issuer = issuer_of };
}
