/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/bundle_verdict.h"

#include <stdio.h>
#include <stdlib.h>

#include "format/signed_json.h"
#include "serve/bundle_pcks.h"

#define SOURCE "import"

enum {
    PART_BYTES_MAX = 8 * 1024 * 1024, /* one document as it is read */
    FIRST_BYTES_MAX = 4 * CRL_MAX,    /* chains and CRLs, kept for the second walk */
    WHERE_MAX = 160,
    CHAINS = BUNDLE_QE_IDENTITY + 1,
};

struct crl_part { /* of the first walk */
    char where[WHERE_MAX];
    struct bytes der;
};

struct walk {
    struct bundle_verdict *verdict;
    struct arena arena; /* what must outlive the first walk */
    struct der_chain chains[CHAINS];
    char chain_where[CHAINS][WHERE_MAX];
    struct crl_part root_crl, pck_crls[3];
};

static bool goes_on(const struct bundle_law *law, struct error *err)
{
    if (law->gives_up == NULL || !atomic_load(law->gives_up))
        return true;
    return error_set(err, ERROR_SYSTEM, "the service is stopping");
}

static bool no_memory(struct error *err)
{
    return error_set(err, ERROR_SYSTEM, "no memory for the bundle");
}

/* ---- the first walk: chains and CRLs -------------------------------------------- */

static bool keep_crl(struct walk *walk, const struct bundle_part *part,
                     struct crl_part *out, struct error *err)
{
    snprintf(out->where, sizeof out->where, "%s", part->where);
    out->der = arena_copy(&walk->arena, part->crl);
    return out->der.at != NULL
           || error_set(err, ERROR_LIMIT, "%s: CRLs of more than %d bytes", part->where,
                        FIRST_BYTES_MAX);
}

static bool keep_chain(struct walk *walk, const struct bundle_part *part,
                       struct error *err)
{
    struct der_chain *chain = &walk->chains[part->chain_of];

    snprintf(walk->chain_where[part->chain_of], WHERE_MAX, "%s", part->where);
    chain->count = part->chain.count;
    for (size_t i = 0; i < chain->count; i++) {
        chain->certificates[i] = arena_copy(&walk->arena, part->chain.certificates[i]);
        if (chain->certificates[i].at == NULL)
            return error_set(err, ERROR_LIMIT, "%s: chain is too large", part->where);
    }
    return true;
}

static bool first_part(void *walk_, const struct bundle_part *part, struct error *err)
{
    struct walk *walk = walk_;

    if (!goes_on(walk->verdict->law, err))
        return false;
    switch (part->kind) {
    case BUNDLE_CHAIN:
        return keep_chain(walk, part, err);
    case BUNDLE_ROOT_CRL:
        return keep_crl(walk, part, &walk->root_crl, err);
    case BUNDLE_PCK_CRL:
        return keep_crl(
            walk, part,
            &walk->pck_crls[part->is_platform_ca ? PCK_CA_PLATFORM : PCK_CA_PROCESSOR],
            err);
    case BUNDLE_PLATFORM:
    case BUNDLE_PCKS:
    case BUNDLE_TCB_INFO:
    case BUNDLE_IDENTITY:
        break;
    }
    return true;
}

static void fault(void *walk_, const char *where, const struct error *why)
{
    struct walk *walk = walk_;

    complain(&walk->verdict->complaints, where, why);
}

/* ---- one signed thing ------------------------------------------------------------ */

static bool add_entry(struct bundle_verdict *v, struct verified_collateral *item,
                      struct error *err)
{
    if (v->entry_count == BUNDLE_ITEMS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d signed documents in the bundle",
                         BUNDLE_ITEMS_MAX);
    if (v->entry_count == v->entry_room) {
        size_t room = v->entry_room > 0 ? 2 * v->entry_room : 64;
        struct store_entry *more = reallocarray(v->entries, room, sizeof *more);
        if (more == NULL)
            return no_memory(err);
        v->entries = more;
        v->entry_room = room;
    }
    v->entries[v->entry_count++] = (struct store_entry){
        .item = verified_hold(item),
        .source = SOURCE,
        .fetched_s = v->law->now_s,
    };
    return true;
}

static bool is_older(const struct bundle_verdict *v,
                     const struct verified_collateral *item, struct error *why)
{
    const struct holding *held = holdings_find(v->law->held, &verified_facts(item)->key);

    return held != NULL && !verified_may_replace(item, held->item, why);
}

/* What is older than what is held is left out; only who asked for what was skipped is
 * told. False where the import cannot go on. */
static bool take_item(struct bundle_verdict *v, struct verified_collateral *item,
                      const char *where, struct error *err)
{
    struct error why = { 0 };

    if (!is_older(v, item, &why))
        return add_entry(v, item, err);
    if (v->law->skips_stale)
        complain(&v->skipped, where, &why);
    return true;
}

/* The verdict on one candidate, the caller's to release; NULL where it is complained
 * about or, out of date, passed over. */
static struct verified_collateral *judge(struct bundle_verdict *v,
                                         const struct collateral_candidate *candidate,
                                         const char *where)
{
    struct judgement judgement = { .trust = v->law->trust,
                                   .root_crl = v->root_crl,
                                   .now_s = v->law->now_s,
                                   .future_s = v->law->future_s };
    struct verified_collateral *item = NULL;
    struct error why = { 0 };

    if (candidate->asked.kind != COLLATERAL_ROOT_CRL && v->root_crl == NULL)
        error_set(&why, ERROR_UNTRUSTED,
                  "there is no root CRL to judge it by, in the bundle or held");
    else if (verify_collateral(candidate, &judgement, &item, &why))
        return item;
    complain(why.kind == ERROR_STALE && v->law->skips_stale ? &v->skipped
                                                            : &v->complaints,
             where, &why);
    return NULL;
}

/* ---- CRLs ------------------------------------------------------------------------ */

static struct verified_collateral *newer(struct verified_collateral *fresh,
                                         const struct holding *held)
{
    struct error why = { 0 };

    if (held == NULL || (fresh != NULL && verified_may_replace(fresh, held->item, &why)))
        return fresh;
    verified_release(fresh);
    return verified_hold(held->item);
}

/* A CRL that is out of date still says who is revoked. It is not kept, but judged by: so
 * that who asked for it has what is stale passed over and the rest judged, and who did
 * not is told of what is stale, and not that there is no CRL. */
static struct verified_collateral *judge_stale(
    const struct bundle_verdict *v, const struct collateral_candidate *candidate)
{
    struct judgement judgement = { .trust = v->law->trust,
                                   .root_crl = v->root_crl,
                                   .now_s = v->law->now_s };
    struct verified_collateral *item = NULL;
    struct error why = { 0 };

    return verify_kept_collateral(candidate, &judgement, &item, &why) ? item : NULL;
}

/* *out: what is judged by from now on, the bundle's list or the one that is held. */
static bool judge_crl(struct bundle_verdict *v, const struct crl_part *part,
                      const struct collateral_candidate *candidate,
                      struct verified_collateral **out, struct error *err)
{
    struct verified_collateral *item = NULL;
    bool going = true;

    if (part->der.len > 0) {
        item = judge(v, candidate, part->where);
        if (item != NULL)
            going = take_item(v, item, part->where, err);
        else
            item = judge_stale(v, candidate);
    }
    *out = newer(item, holdings_find(v->law->held, &candidate->asked));
    return going;
}

/* The root of whichever chain is there. */
static struct der_chain root_of(const struct walk *walk)
{
    struct der_chain root = { 0 };

    for (size_t i = 0; i < CHAINS && root.count == 0; i++)
        if (walk->chains[i].count > 0)
            root = (struct der_chain){
                .certificates = { walk->chains[i]
                                      .certificates[walk->chains[i].count - 1] },
                .count = 1,
            };
    return root;
}

static bool judge_ca(struct walk *walk, enum pck_ca ca, enum bundle_chain of,
                     struct error *err)
{
    struct bundle_verdict *v = walk->verdict;
    const struct der_chain *chain = &walk->chains[of];
    struct error why = { 0 };

    if (chain->count > 0
        && !verify_pck_issuer(chain, v->law->trust, &v->issuers[ca], &why))
        complain(&v->complaints, walk->chain_where[of], &why);
    return judge_crl(v, &walk->pck_crls[ca],
                     &(struct collateral_candidate){ .asked = key_pck_crl(ca),
                                                     .body = walk->pck_crls[ca].der,
                                                     .chain = *chain },
                     &v->pck_crls[ca], err);
}

static bool judge_first(struct walk *walk, struct error *err)
{
    struct collateral_candidate root = { .asked = key_root_crl(),
                                         .body = walk->root_crl.der,
                                         .chain = root_of(walk) };

    return judge_crl(walk->verdict, &walk->root_crl, &root, &walk->verdict->root_crl, err)
           && judge_ca(walk, PCK_CA_PROCESSOR, BUNDLE_PCK_PROCESSOR, err)
           && judge_ca(walk, PCK_CA_PLATFORM, BUNDLE_PCK_PLATFORM, err);
}

/* ---- documents -------------------------------------------------------------------- */

/* A bundle that was made before the last recovery event does not move back what is
 * standard or early here. */
static bool designate(struct bundle_verdict *v, const struct collateral_key *key,
                      bool is_early, struct error *err)
{
    struct designation designation = {
        .subject = collateral_subject(key),
        .update = is_early ? UPDATE_EARLY : UPDATE_STANDARD,
        .evaluation_data_number = key->evaluation_data_number,
    };
    const struct holding *held =
        holdings_designated(v->law->held, &designation.subject, designation.update);

    if (held != NULL
        && verified_facts(held->item)->key.evaluation_data_number
               > key->evaluation_data_number)
        return true;
    if (v->designation_count == v->designation_room) {
        size_t room = v->designation_room > 0 ? 2 * v->designation_room : 64;
        struct designation *more = reallocarray(v->designations, room, sizeof *more);
        if (more == NULL)
            return no_memory(err);
        v->designations = more;
        v->designation_room = room;
    }
    v->designations[v->designation_count++] = designation;
    return true;
}

static bool judge_document(struct bundle_verdict *v,
                           const struct collateral_candidate *candidate,
                           const struct bundle_part *part, struct error *err)
{
    struct verified_collateral *item = judge(v, candidate, part->where);
    bool going = item == NULL
                 || (take_item(v, item, part->where, err)
                     && designate(v, &verified_facts(item)->key, part->is_early, err));

    verified_release(item);
    return going;
}

/* The document says of which version and FMSPC it is; whether that is true is judged
 * after. */
static bool tcb_info_key(const struct bundle_part *part, struct collateral_key *out,
                         struct error *why)
{
    struct signed_json envelope;
    struct tcb_info info;
    struct arena arena;

    arena_init(&arena, PART_BYTES_MAX);
    bool read = signed_json_parse(part->document, &arena, &envelope, why)
                && tcb_info_parse(envelope.signed_text, &arena, &info, why);
    if (read)
        *out = key_tcb_info(part->is_tdx ? TEE_TDX : TEE_SGX, info.version,
                            part->has_fmspc ? part->fmspc : info.fmspc, 0);
    arena_fini(&arena);
    return read;
}

static bool judge_tcb_info(struct walk *walk, const struct bundle_part *part,
                           struct error *err)
{
    struct collateral_candidate candidate = { .body = part->document,
                                              .chain = walk->chains[BUNDLE_TCB] };
    struct error why = { 0 };

    if (tcb_info_key(part, &candidate.asked, &why))
        return judge_document(walk->verdict, &candidate, part, err);
    complain(&walk->verdict->complaints, part->where, &why);
    return true;
}

static bool judge_identity(struct walk *walk, const struct bundle_part *part,
                           struct error *err)
{
    static const enum enclave_id ids[] = { [BUNDLE_QE] = ENCLAVE_QE,
                                           [BUNDLE_TD_QE] = ENCLAVE_TD_QE,
                                           [BUNDLE_QVE] = ENCLAVE_QVE };
    struct collateral_candidate candidate = {
        .asked = key_identity(ids[part->identity], 0),
        .body = part->document,
        .chain = walk->chains[BUNDLE_QE_IDENTITY],
    };

    return judge_document(walk->verdict, &candidate, part, err);
}

/* ---- the second walk -------------------------------------------------------------- */

static bool second_part(void *walk_, const struct bundle_part *part, struct error *err)
{
    struct walk *walk = walk_;

    if (!goes_on(walk->verdict->law, err))
        return false;
    switch (part->kind) {
    case BUNDLE_TCB_INFO:
        return judge_tcb_info(walk, part, err);
    case BUNDLE_IDENTITY:
        return judge_identity(walk, part, err);
    case BUNDLE_PCKS:
        return bundle_judge_pcks(walk->verdict, part, err);
    case BUNDLE_PLATFORM:
        walk->verdict->registrations++;
        break;
    case BUNDLE_CHAIN:
    case BUNDLE_ROOT_CRL:
    case BUNDLE_PCK_CRL:
        break;
    }
    return true;
}

/* What could not be read has been told of in the first walk. */
static void known_fault(void *walk, const char *where, const struct error *why)
{
    (void)walk, (void)where, (void)why;
}

/* ---- order ------------------------------------------------------------------------ */

static int compare_entries(const void *a_, const void *b_)
{
    const struct collateral_facts *a =
        verified_facts(((const struct store_entry *)a_)->item);
    const struct collateral_facts *b =
        verified_facts(((const struct store_entry *)b_)->item);
    int by_key = collateral_key_compare(&a->key, &b->key);

    if (by_key != 0 || a->issue_date_s == b->issue_date_s)
        return by_key;
    return a->issue_date_s < b->issue_date_s ? -1 : 1;
}

/* While standard and early are one number the same document is there twice; of what
 * differs, the newest counts. */
static void drop_doubles(struct bundle_verdict *v)
{
    size_t kept = 0;

    if (v->entry_count == 0)
        return;
    qsort(v->entries, v->entry_count, sizeof v->entries[0], compare_entries);
    for (size_t i = 1; i < v->entry_count; i++) {
        if (collateral_key_compare(&verified_facts(v->entries[kept].item)->key,
                                   &verified_facts(v->entries[i].item)->key)
            == 0)
            verified_release(
                (struct verified_collateral *)(uintptr_t)v->entries[kept].item);
        else
            kept++;
        v->entries[kept] = v->entries[i];
    }
    v->entry_count = kept + 1;
}

/* ---- the whole -------------------------------------------------------------------- */

bool bundle_judge(struct bytes text, const struct bundle_law *law,
                  struct bundle_verdict *out, struct error *err)
{
    struct walk *walk = calloc(1, sizeof *walk);

    *out = (struct bundle_verdict){ .law = law };
    complaints_init(&out->complaints);
    complaints_init(&out->skipped);
    if (walk == NULL)
        return no_memory(err);
    walk->verdict = out;
    arena_init(&walk->arena, FIRST_BYTES_MAX);
    struct bundle_visitor first = { .context = walk, .part = first_part, .fault = fault };
    struct bundle_visitor second = { .context = walk,
                                     .part = second_part,
                                     .fault = known_fault };
    bool judged = platform_bundle_walk(text, &first, err) && judge_first(walk, err)
                  && platform_bundle_walk(text, &second, err);
    arena_fini(&walk->arena);
    free(walk);
    drop_doubles(out);
    bundle_sort_platforms(out);
    return judged;
}

void bundle_verdict_fini(struct bundle_verdict *v)
{
    for (size_t i = 0; i < v->entry_count; i++)
        verified_release((struct verified_collateral *)(uintptr_t)v->entries[i].item);
    for (size_t i = 0; i < COUNT_OF(v->issuers); i++) {
        pck_issuer_release(v->issuers[i]);
        verified_release(v->pck_crls[i]);
    }
    verified_release(v->root_crl);
    free(v->entries);
    free(v->designations);
    free(v->platforms);
    complaints_fini(&v->complaints);
    complaints_fini(&v->skipped);
}
