/* SPDX-License-Identifier: Apache-2.0 */
/* The chains and CRLs that certificates are judged by: kept fresh by schedule, and
 * fetched at once where a certificate waits for them. */
#include <stdio.h>

#include "kit/log.h"
#include "upstream/kds_keeper.h"

enum { ANSWER_ARENA_MAX = 512 * 1024 };

static const char *name_of(const struct kds_list *list, char out[CONDITION_NAME_MAX])
{
    struct kds_key_text text = kds_key_text(&list->key);

    snprintf(out, CONDITION_NAME_MAX, "amd/%.60s", text.s);
    return out;
}

bool kds_list_is_meant(const struct kds_list *list, const char *subject)
{
    char name[CONDITION_NAME_MAX];

    return condition_is_meant(subject, name_of(list, name));
}

static struct kds_list *find(struct kds *keeper, enum kds_resource resource,
                             enum vek_kind vek, enum snp_product product)
{
    for (size_t i = 0; i < keeper->list_count; i++) {
        struct kds_list *list = &keeper->lists[i];
        if (list->key.resource == resource && list->key.vek == vek
            && list->key.product == product)
            return list;
    }
    return NULL;
}

/* The ARK's list is judged below whichever of its issuers is held. */
static const struct verified_amd_issuer *issuer_above(const struct amd_law *law,
                                                      enum snp_product product)
{
    return law->issuers[product][VEK_VCEK] != NULL ? law->issuers[product][VEK_VCEK]
                                                   : law->issuers[product][VEK_VLEK];
}

static int64_t fetched_s(const struct kds *keeper, const struct kds_key *key)
{
    if (key->resource == KDS_CRL)
        return keeper->law->crls[key->product] == NULL
                   ? 0
                   : keeper->law->crl_fetched_s[key->product];
    return keeper->law->issuers[key->product][key->vek] == NULL
               ? 0
               : keeper->law->issuer_fetched_s[key->product][key->vek];
}

/* ---- when ---------------------------------------------------------------------------
 */

static int64_t next_update_s(const struct kds *keeper, const struct kds_key *key)
{
    const struct verified_amd_crl *crl = keeper->law->crls[key->product];

    return key->resource == KDS_CRL && crl != NULL ? amd_crl_facts(crl)->next_update_s
                                                   : 0;
}

static int64_t next_ms(const struct kds *keeper, const struct kds_list *list)
{
    const struct config *config = keeper->options.config;

    struct schedule_facts facts = {
        .now_ms = kds_now_ms(keeper),
        .now_s = kds_now_s(keeper),
        .interval_s = list->key.resource == KDS_CRL ? config->amd.crl_refresh_s
                                                    : config->amd.chain_refresh_s,
        .failures = list->is_absent ? 0 : list->failures,
        .retry_after_s = list->retry_after_s,
        .next_update_s = next_update_s(keeper, &list->key),
        .jitter = kds_dice(),
    };
    return schedule_next_ms(&facts);
}

static void add(struct kds *keeper, enum kds_resource resource, enum vek_kind vek,
                enum snp_product product)
{
    struct kds_list *list = &keeper->lists[keeper->list_count++];
    int64_t now_ms = kds_now_ms(keeper);

    *list = (struct kds_list){
        .key = { .resource = resource, .vek = vek, .product = product },
    };
    list->due_ms = now_ms;
    int64_t since_s = fetched_s(keeper, &list->key);
    if (since_s == 0)
        return;
    int64_t age_s = kds_now_s(keeper) - since_s;
    list->due_ms = next_ms(keeper, list) - (age_s > 0 ? age_s : 0) * 1000;
}

void kds_lists_make(struct kds *keeper)
{
    const bool *products = keeper->options.config->amd.products;

    if (keeper->upstream_count == 0)
        return; /* nobody is asked, and nothing is due */
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCTS; product++) {
        if (!products[product])
            continue;
        add(keeper, KDS_CHAIN, VEK_VCEK, product);
        add(keeper, KDS_CRL, VEK_VCEK, product);
        add(keeper, KDS_CHAIN, VEK_VLEK, product);
    }
}

static void begin(struct kds *keeper, struct kds_list *list)
{
    list->asked = 0;
    list->was_absent = false;
    list->why = (struct error){ 0 };
    list->retry_after_s = 0;
    kds_queue_list(keeper, list);
}

static bool is_due(const struct kds *keeper, const struct kds_list *list)
{
    return list->state == KDS_LIST_RESTING && list->due_ms <= kds_now_ms(keeper);
}

/* Without its chain a CRL can't be judged: it is asked for behind it, or not at all. */
static bool waits_for_chain(struct kds *keeper, struct kds_list *list)
{
    const struct kds_list *chain = find(keeper, KDS_CHAIN, VEK_VCEK, list->key.product);

    if (list->key.resource != KDS_CRL
        || issuer_above(keeper->law, list->key.product) != NULL)
        return false;
    if (chain->state != KDS_LIST_RESTING || is_due(keeper, chain))
        return true;
    error_set(&list->why, ERROR_UNTRUSTED, "its chain is not held");
    kds_list_end(keeper, list, false);
    return true;
}

void kds_lists_begin_due(struct kds *keeper)
{
    for (size_t i = 0; i < keeper->list_count; i++) {
        struct kds_list *list = &keeper->lists[i];
        if (is_due(keeper, list) && !waits_for_chain(keeper, list))
            begin(keeper, list);
    }
}

bool kds_list_hasten(struct kds *keeper, enum kds_resource resource, enum vek_kind vek,
                     enum snp_product product)
{
    struct kds_list *list = find(keeper, resource, vek, product);
    int64_t now_ms = kds_now_ms(keeper);

    if (list == NULL || keeper->upstream_count == 0)
        return false;
    bool is_fresh_failure =
        list->tried_s != 0
        && now_ms - list->tried_ms < (int64_t)SCHEDULE_BACKOFF_FIRST_S * 1000;
    if (list->state == KDS_LIST_RESTING && list->due_ms > now_ms && is_fresh_failure)
        return false;
    list->is_urgent = true;
    if (list->state == KDS_LIST_RESTING && list->due_ms > now_ms)
        list->due_ms = now_ms;
    if (resource == KDS_CRL && issuer_above(keeper->law, product) == NULL)
        return kds_list_hasten(keeper, KDS_CHAIN, VEK_VCEK, product);
    return true;
}

/* ---- judging and keeping ------------------------------------------------------------
 */

struct keeping { /* on the store thread */
    const struct verified_amd_issuer *issuer;
    const struct verified_amd_crl *crl; /* NULL: the issuer itself is kept */
    const char *source;
    int64_t now_s;
    bool is_well;
    struct error err;
};

static void keep_job(void *context, struct store *store)
{
    struct keeping *keeping = context;

    keeping->is_well =
        keeping->crl == NULL
            ? store_keep_amd_issuer(store, keeping->issuer, keeping->source,
                                    keeping->now_s, &keeping->err)
            : store_keep_amd_crl(store, keeping->crl, keeping->issuer, keeping->source,
                                 keeping->now_s, &keeping->err);
}

/* Committed, then the law. */
static bool keep(struct kds *keeper, const struct kds_list *list,
                 const struct verified_amd_issuer *issuer,
                 const struct verified_amd_crl *crl, struct error *err)
{
    struct keeping keeping = {
        .issuer = issuer,
        .crl = crl,
        .source = keeper->upstreams[list->upstream].config->name,
        .now_s = kds_now_s(keeper),
    };
    struct amd_law *law = amd_law_make(keeper->law);

    if (law == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for what is judged by");
    if (!store_writer_call(keeper->options.writer, keep_job, &keeping, &keeping.err)
        || !keeping.is_well) {
        amd_law_release(law);
        *err = keeping.err;
        return false;
    }
    if (crl != NULL)
        amd_law_set_crl(law, crl, keeping.now_s);
    else
        amd_law_set_issuer(law, issuer, keeping.now_s);
    amd_law_release(keeper->law);
    keeper->law = law;
    if (keeper->options.law_changed != NULL)
        keeper->options.law_changed(keeper->options.context, law);
    return true;
}

static bool is_of_ark(const struct verified_amd_crl *crl,
                      const struct verified_amd_issuer *issuer)
{
    return memcmp(amd_crl_facts(crl)->root_spki_sha256,
                  amd_issuer_facts(issuer)->root_spki_sha256, 32)
           == 0;
}

/* What replaces an issuer has been issued later, unless that one is no good any more. */
static bool issuer_may_replace(const struct kds *keeper,
                               const struct verified_amd_issuer *fresh,
                               const struct verified_amd_issuer *kept,
                               const struct verified_amd_crl *crl, struct error *err)
{
    if (kept == NULL
        || !chain_in_date(&amd_issuer_facts(kept)->chain, kds_now_s(keeper),
                          JUDGE_FUTURE_S, NULL)
        || (crl != NULL && is_of_ark(crl, kept)
            && !amd_issuer_not_revoked(kept, crl, NULL)))
        return true;
    if (amd_issuer_facts(fresh)->chain.valid_from_s
        >= amd_issuer_facts(kept)->chain.valid_from_s)
        return true;
    return error_set(err, ERROR_STALE, "it was issued before the chain that is held");
}

static bool take_chain(struct kds *keeper, const struct kds_list *list, struct bytes body,
                       struct error *err)
{
    enum snp_product product = list->key.product;
    const struct verified_amd_crl *crl = keeper->law->crls[product];
    OWNED(amd_issuer_release) struct verified_amd_issuer *issuer = NULL;
    struct der_chain ders;
    struct arena arena;

    arena_init(&arena, ANSWER_ARENA_MAX);
    bool is_good =
        pem_chain_read(body, &arena, &ders, err)
        && verify_amd_issuer(&ders, product, list->key.vek,
                             &keeper->options.config->trust.roots, &issuer, err)
        && chain_in_date(&amd_issuer_facts(issuer)->chain, kds_now_s(keeper),
                         JUDGE_FUTURE_S, err)
        && (crl == NULL || !is_of_ark(crl, issuer)
            || amd_issuer_not_revoked(issuer, crl, err))
        && issuer_may_replace(keeper, issuer,
                              keeper->law->issuers[product][list->key.vek], crl, err);
    arena_fini(&arena);
    if (!is_good || !keep(keeper, list, issuer, NULL, err))
        return false;
    if (crl == NULL || !is_of_ark(crl, issuer)) /* the rest of what it is judged by */
        (void)kds_list_hasten(keeper, KDS_CRL, VEK_VCEK, product);
    return true;
}

static bool take_crl(struct kds *keeper, const struct kds_list *list, struct bytes body,
                     struct error *err)
{
    enum snp_product product = list->key.product;
    const struct verified_amd_issuer *issuer = issuer_above(keeper->law, product);
    const struct verified_amd_crl *kept = keeper->law->crls[product];
    OWNED(amd_crl_release) struct verified_amd_crl *crl = NULL;

    if (issuer == NULL)
        return error_set(err, ERROR_UNTRUSTED, "its chain is not held");
    if (!verify_amd_crl(body, issuer, kds_now_s(keeper), JUDGE_FUTURE_S, &crl, err)
        || (kept != NULL && is_of_ark(kept, issuer)
            && !amd_crl_may_replace(crl, kept, err))
        || !keep(keeper, list, issuer, crl, err))
        return false;
    clock_raise_floor(keeper->options.clock, amd_crl_facts(crl)->issue_date_s);
    for (enum vek_kind vek = VEK_VCEK; vek <= VEK_VLEK; vek++) {
        const struct verified_amd_issuer *judged = keeper->law->issuers[product][vek];
        struct error why = { 0 };
        if (judged == NULL || !is_of_ark(crl, judged)
            || amd_issuer_not_revoked(judged, crl, &why))
            continue;
        log_event(LOG_ERROR, "amd", "product=%s its issuer of %ss is revoked why=\"%s\"",
                  snp_product_facts(product)->name, vek_kind_name(vek), why.text);
        (void)kds_list_hasten(keeper, KDS_CHAIN, vek, product);
    }
    return true;
}

bool kds_list_take(struct kds *keeper, struct kds_list *list, struct bytes body,
                   struct error *err)
{
    if (!(list->key.resource == KDS_CHAIN ? take_chain(keeper, list, body, err)
                                          : take_crl(keeper, list, body, err)))
        return false;
    kds_list_end(keeper, list, true);
    return true;
}

/* ---- ends ---------------------------------------------------------------------------
 */

static void record_condition(struct kds *keeper, const struct kds_list *list)
{
    struct condition condition = {
        .tried_s = list->tried_s,
        .ok_s = list->ok_s,
        .next_s = list->tried_s + (list->due_ms - kds_now_ms(keeper)) / 1000,
        .failures = list->failures,
        .absent = list->is_absent,
    };

    name_of(list, condition.name);
    snprintf(condition.upstream, sizeof condition.upstream, "%s",
             keeper->upstreams[list->upstream].config->name);
    if (list->failures > 0) {
        condition.kind = list->why.kind;
        memcpy(condition.why, list->why.text, sizeof condition.why);
    }
    conditions_set(keeper->options.conditions, &condition);
}

/* One line when it begins to fail or fails for another reason, one when it is well. */
static void log_turn(const struct kds *keeper, struct kds_list *list)
{
    char name[CONDITION_NAME_MAX];

    if (list->failures == 0) {
        if (list->logged.kind != ERROR_NONE)
            log_event(LOG_INFO, "amd", "item=\"%s\" well again", name_of(list, name));
        list->logged = (struct error){ 0 };
        return;
    }
    if (list->logged.kind == list->why.kind
        && (list->why.kind == ERROR_UNREACHABLE
            || strcmp(list->logged.text, list->why.text) == 0))
        return;
    list->logged = list->why;
    log_event(LOG_WARNING, "amd", "item=\"%s\" upstream=%s kept=%s why=\"%s\"",
              name_of(list, name), keeper->upstreams[list->upstream].config->name,
              fetched_s(keeper, &list->key) == 0 ? "none" : "the last", list->why.text);
}

/* An upstream that has no more what it has given before is wrong until the contrary is
 * shown. */
static void doubt_absence(const struct kds *keeper, struct kds_list *list)
{
    if (list->why.kind != ERROR_NONE || !list->was_absent)
        return;
    list->is_absent = fetched_s(keeper, &list->key) == 0;
    error_set(&list->why, ERROR_NOT_FOUND, "upstream answered 404, no such thing%s",
              list->is_absent ? "" : ", though it is held");
}

void kds_list_end(struct kds *keeper, struct kds_list *list, bool is_well)
{
    list->state = KDS_LIST_RESTING;
    list->is_urgent = false;
    list->is_absent = false;
    list->tried_s = kds_now_s(keeper);
    list->tried_ms = kds_now_ms(keeper);
    if (is_well) {
        list->failures = 0;
        list->ok_s = list->tried_s;
    } else {
        list->failures++;
        doubt_absence(keeper, list);
    }
    list->due_ms = next_ms(keeper, list);
    log_turn(keeper, list);
    record_condition(keeper, list);
    if (!is_well)
        for (struct kds_round *round = keeper->rounds; round != NULL; round = round->next)
            round->all_well = round->all_well && !list->in_round;
    list->in_round = false;
}
