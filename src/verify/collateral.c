/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/collateral.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "kit/crypto.h"
#include "kit/text.h"
#include "verify/freshness.h"
#include "verify/revocation.h"

#define ITEM_CEILING ((size_t)32 << 20)   /* bytes that one item may keep */
#define SCRATCH_CEILING ((size_t)8 << 20) /* and that reading its envelope may take */

struct verified_collateral {
    atomic_uint holders;
    struct arena arena;
    struct collateral_facts facts;
    struct crl crl;
    struct tcb_info tcb_info;
    struct qe_identity identity;
    struct evaluation_numbers numbers;
};

/* What judging one candidate knows on its way. */
struct trial {
    const struct collateral_candidate *candidate;
    const struct judgement *law;
    struct chain chain;
    struct verified_collateral *item;
    enum collateral_stage stage;
};

/* What is different from kind to kind; index is the kind. */
static const struct trial_kind {
    const char *what; /* for messages */
    size_t body_max;
    enum signed_json_kind envelope; /* 0: a CRL */
} kinds[] = {
    [COLLATERAL_ROOT_CRL] = { "root CA CRL", CRL_MAX, 0 },
    [COLLATERAL_PCK_CRL] = { "PCK CRL", CRL_MAX, 0 },
    [COLLATERAL_TCB_INFO] = { "TCB info", COLLATERAL_BODY_MAX, SIGNED_TCB_INFO },
    [COLLATERAL_IDENTITY] = { "enclave identity", COLLATERAL_BODY_MAX,
                              SIGNED_ENCLAVE_IDENTITY },
    [COLLATERAL_EVALUATION_NUMBERS] = { "list of evaluation numbers", COLLATERAL_BODY_MAX,
                                        SIGNED_EVALUATION_NUMBERS },
};

static const struct trial_kind *kind_of(const struct trial *t)
{
    assert(t->candidate->asked.kind < COUNT_OF(kinds));
    return &kinds[t->candidate->asked.kind];
}

static enum chain_role role_of(const struct collateral_key *key)
{
    if (key->kind == COLLATERAL_ROOT_CRL)
        return CHAIN_INTEL_ROOT;
    if (key->kind == COLLATERAL_PCK_CRL)
        return key->ca == PCK_CA_PROCESSOR ? CHAIN_INTEL_PCK_PROCESSOR
                                           : CHAIN_INTEL_PCK_PLATFORM;
    return CHAIN_INTEL_TCB_SIGNING;
}

/* The item and its own copies of the chain. */

static struct verified_collateral *item_make(void)
{
    struct verified_collateral *item = calloc(1, sizeof *item);

    if (item != NULL) {
        atomic_init(&item->holders, 1);
        arena_init(&item->arena, ITEM_CEILING);
    }
    return item;
}

struct verified_collateral *verified_hold(const struct verified_collateral *item)
{
    /* items never change but for the count of their holders */
    struct verified_collateral *held = (struct verified_collateral *)(uintptr_t)item;

    atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void verified_release(struct verified_collateral *item)
{
    if (item == NULL
        || atomic_fetch_sub_explicit(&item->holders, 1, memory_order_acq_rel) != 1)
        return;
    arena_fini(&item->arena);
    free(item);
}

const struct collateral_facts *verified_facts(const struct verified_collateral *item)
{
    return &item->facts;
}

static bool keep_bytes(struct trial *t, struct bytes given, struct bytes *kept,
                       struct error *err)
{
    *kept = arena_copy(&t->item->arena, given);
    return kept->at != NULL
           || error_set(err, ERROR_LIMIT, "no room for %zu bytes", given.len);
}

static bool check_size(const struct trial *t, struct error *err)
{
    size_t len = t->candidate->body.len;

    if (len == 0)
        return error_set(err, ERROR_FORMAT, "body is empty");
    if (len > kind_of(t)->body_max)
        return error_set(err, ERROR_LIMIT, "body of %zu bytes, at most %zu", len,
                         kind_of(t)->body_max);
    return true;
}

/* Step 1: who signs, and that nobody has revoked them. */

static bool verify_chain(struct trial *t, struct error *err)
{
    struct collateral_facts *facts = &t->item->facts;
    enum chain_role role = role_of(&t->candidate->asked);

    if (!chain_copy(&t->candidate->chain, &t->item->arena, &facts->chain, err)
        || !chain_verify_with(&facts->chain, role, t->law->trust, t->law->memo, &t->chain,
                              err))
        return error_within(err, "issuer chain");
    const struct x509_certificate *root = &t->chain.certificates[t->chain.count - 1];
    struct sha256 spki = sha256(root->spki);
    memcpy(facts->root_spki_sha256, spki.digest, sizeof facts->root_spki_sha256);
    facts->signer_serial = t->chain.certificates[0].serial;
    facts->root_origin = t->chain.root->origin;
    return true;
}

/* The root CRL to go by: its own for a root CRL, else the judgement's. */
static bool find_root_crl(const struct trial *t, const struct crl **out,
                          struct error *err)
{
    struct collateral_key key = key_root_crl();

    if (t->candidate->asked.kind != COLLATERAL_ROOT_CRL)
        return verified_crl_for(t->law->root_crl, &key, t->item->facts.root_spki_sha256,
                                out, err);
    *out = &t->item->crl;
    return true;
}

static bool verify_not_revoked(struct trial *t, struct error *err)
{
    const struct crl *root_crl = NULL;

    t->stage = STAGE_REVOCATION;
    if (!find_root_crl(t, &root_crl, err))
        return false;
    return chain_not_revoked(&t->chain, root_crl, NULL, err)
           || error_within(err, "issuer chain");
}

/* Step 2: the signature, over the exact bytes; then what they say. */

static bool verify_crl(struct trial *t, struct error *err)
{
    struct verified_collateral *item = t->item;

    t->stage = STAGE_SIGNATURE;
    if (!keep_bytes(t, t->candidate->body, &item->facts.body, err)
        || !crl_parse(item->facts.body, &item->arena, &item->crl, err)
        || !chain_verify_crl_with(&item->crl, &t->chain.certificates[0], t->law->memo,
                                  err))
        return false;
    item->facts.crl = &item->crl;
    item->facts.issue_date_s = item->crl.this_update_s;
    item->facts.next_update_s = item->crl.next_update_s;
    return true;
}

/* Our own envelope around the verified bytes, and where in it they lie. */
static bool rebuild_body(struct trial *t, const struct signed_json *document,
                         struct bytes *text, struct error *err)
{
    struct collateral_facts *facts = &t->item->facts;
    struct buf envelope;

    buf_init(&envelope, 2 * (size_t)COLLATERAL_BODY_MAX);
    signed_json_write(&envelope, document);
    bool kept = envelope.failed ? error_set(err, ERROR_LIMIT, "no room for the envelope")
                                : keep_bytes(t, buf_bytes(&envelope), &facts->body, err);
    buf_fini(&envelope);
    if (!kept)
        return false;
    size_t at = bytes_find(facts->body, document->signed_text);
    *text = bytes_first(bytes_after(facts->body, at), document->signed_text.len);
    return true;
}

static bool verify_envelope(struct trial *t, struct arena *scratch, struct bytes *text,
                            struct error *err)
{
    const struct x509_certificate *signer = &t->chain.certificates[0];
    struct signed_json document;

    if (!signed_json_parse(t->candidate->body, scratch, &document, err))
        return false;
    if (document.kind != kind_of(t)->envelope)
        return error_set(err, ERROR_FORMAT, "it is \"%s\", expected \"%s\"",
                         signed_json_member(document.kind),
                         signed_json_member(kind_of(t)->envelope));
    if (!chain_memo_verify(t->law->memo, signer->public_key.at, document.signed_text,
                           document.signature, err))
        return error_within(err, "signature by \"%s\" over \"%s\"",
                            safe(signer->subject_cn).s,
                            signed_json_member(document.kind));
    return rebuild_body(t, &document, text, err);
}

static bool read_tcb_info(struct trial *t, struct bytes text, struct error *err)
{
    struct tcb_info *info = &t->item->tcb_info;

    if (!tcb_info_parse(text, &t->item->arena, info, err))
        return false;
    t->item->facts.tcb_info = info;
    t->item->facts.issue_date_s = info->issue_date_s;
    t->item->facts.next_update_s = info->next_update_s;
    return true;
}

static bool read_identity(struct trial *t, struct bytes text, struct error *err)
{
    struct qe_identity *identity = &t->item->identity;

    if (!qe_identity_parse(text, &t->item->arena, identity, err))
        return false;
    t->item->facts.identity = identity;
    t->item->facts.issue_date_s = identity->issue_date_s;
    t->item->facts.next_update_s = identity->next_update_s;
    return true;
}

static bool read_numbers(struct trial *t, struct bytes text, struct error *err)
{
    struct evaluation_numbers *numbers = &t->item->numbers;

    if (!evaluation_numbers_parse(text, &t->item->arena, numbers, err))
        return false;
    t->item->facts.numbers = numbers;
    t->item->facts.issue_date_s = numbers->issue_date_s;
    t->item->facts.next_update_s = numbers->next_update_s;
    return true;
}

static bool verify_json(struct trial *t, struct error *err)
{
    static bool (*const readers[])(struct trial *, struct bytes, struct error *) = {
        [COLLATERAL_TCB_INFO] = read_tcb_info,
        [COLLATERAL_IDENTITY] = read_identity,
        [COLLATERAL_EVALUATION_NUMBERS] = read_numbers,
    };
    struct arena scratch;
    struct bytes text;

    arena_init(&scratch, SCRATCH_CEILING);
    t->stage = STAGE_SIGNATURE;
    bool holds = verify_envelope(t, &scratch, &text, err);
    arena_fini(&scratch);
    t->stage = holds ? STAGE_CONTENT : t->stage;
    return holds && readers[t->candidate->asked.kind](t, text, err);
}

/* Step 3: that it is what was asked for. */

static struct collateral_key key_found(const struct trial *t)
{
    const struct verified_collateral *item = t->item;

    switch (t->candidate->asked.kind) {
    case COLLATERAL_TCB_INFO:
        return key_tcb_info(item->tcb_info.tee, item->tcb_info.version,
                            item->tcb_info.fmspc, item->tcb_info.evaluation_data_number);
    case COLLATERAL_IDENTITY:
        return key_identity(item->identity.id, item->identity.evaluation_data_number);
    case COLLATERAL_EVALUATION_NUMBERS:
        return key_evaluation_numbers(item->numbers.tee);
    case COLLATERAL_PCK_CRL: /* the chain's role has fixed the CA's name */
        return key_pck_crl(t->candidate->asked.ca);
    case COLLATERAL_ROOT_CRL:
    default:
        return key_root_crl();
    }
}

static bool check_asked(struct trial *t, struct error *err)
{
    const struct collateral_key *asked = &t->candidate->asked;
    struct collateral_key *found = &t->item->facts.key;

    t->stage = STAGE_CONTENT;
    *found = key_found(t);
    if (t->candidate->whichever)
        return true; /* the kind is the envelope's, and has been held against it */
    struct collateral_key compared = *found;
    if (asked->evaluation_data_number == 0)
        compared = collateral_subject(found);
    if (collateral_key_compare(&compared, asked) == 0)
        return true;
    return error_set(err, ERROR_FORMAT, "it is %s, which was not asked for",
                     collateral_key_text(found).s);
}

/* Step 4: dates. They come last, so that what is wrong for good is said first. */

static void record_dates(struct trial *t)
{
    struct collateral_facts *facts = &t->item->facts;

    facts->chain_from_s = t->chain.valid_from_s;
    facts->chain_until_s = t->chain.valid_until_s;
    facts->valid_from_s = facts->issue_date_s;
    facts->valid_until_s = facts->next_update_s;
    if (t->chain.valid_from_s > facts->valid_from_s)
        facts->valid_from_s = t->chain.valid_from_s;
    if (t->chain.valid_until_s < facts->valid_until_s)
        facts->valid_until_s = t->chain.valid_until_s;
}

static bool check_dates(const struct trial *t, struct error *err)
{
    const struct collateral_facts *facts = &t->item->facts;
    const struct judgement *law = t->law;

    if (!freshness_check(kind_of(t)->what, facts->issue_date_s, facts->next_update_s,
                         law->now_s, law->future_s, err))
        return false;
    if (!chain_in_date(&t->chain, law->now_s, law->future_s, err))
        return error_within(err, "issuer chain");
    if (facts->key.kind == COLLATERAL_ROOT_CRL)
        return true;
    const struct collateral_facts *crl = verified_facts(law->root_crl);
    return freshness_check("root CA CRL to judge it by", crl->valid_from_s,
                           crl->valid_until_s, law->now_s, law->future_s, err);
}

/* Everything but the dates. */
static bool try_candidate(struct trial *t, struct error *err)
{
    bool json = kind_of(t)->envelope != 0;

    t->stage = STAGE_CHAIN;
    if (!check_size(t, err) || !verify_chain(t, err))
        return false;
    /* a root CRL speaks for its own root, and so has to be read first */
    if (json ? !verify_not_revoked(t, err) || !verify_json(t, err)
             : !verify_crl(t, err) || !verify_not_revoked(t, err))
        return false;
    if (!check_asked(t, err))
        return false;
    memcpy(t->item->facts.digest, sha256(t->item->facts.body).digest, SHA256_LEN);
    record_dates(t);
    return true;
}

static bool judge(const struct collateral_candidate *candidate,
                  const struct judgement *judgement, bool with_dates,
                  struct verified_collateral **out, enum collateral_stage *stage,
                  struct error *err)
{
    struct trial t = { .candidate = candidate, .law = judgement };
    OWNED(verified_release) struct verified_collateral *item = item_make();

    *out = NULL;
    *stage = 0;
    if (item == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory");
    t.item = item;
    bool holds = try_candidate(&t, err);
    *stage = holds ? STAGE_DATES : t.stage;
    if (!holds || (with_dates && !check_dates(&t, err)))
        return error_within(err, "%s", collateral_key_text(&candidate->asked).s);
    *out = TAKE(item);
    return true;
}

bool verify_collateral(const struct collateral_candidate *candidate,
                       const struct judgement *judgement,
                       struct verified_collateral **out, struct error *err)
{
    enum collateral_stage stage;

    return judge(candidate, judgement, true, out, &stage, err);
}

bool verify_kept_collateral(const struct collateral_candidate *candidate,
                            const struct judgement *judgement,
                            struct verified_collateral **out, struct error *err)
{
    enum collateral_stage stage;

    return judge(candidate, judgement, false, out, &stage, err);
}

bool verify_kept_collateral_by_stage(const struct collateral_candidate *candidate,
                                     const struct judgement *judgement,
                                     struct verified_collateral **out,
                                     enum collateral_stage *stage, struct error *err)
{
    return judge(candidate, judgement, false, out, stage, err);
}
