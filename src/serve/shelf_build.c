/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/shelf_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/text.h"
#include "serve/shelf_choice.h"

#define JSON_TYPE "application/json"
#define DER_TYPE "application/pkix-crl"
#define TEXT_TYPE "application/x-pem-file"

enum { CHAINS_KEPT = 4 };

struct builder {
    struct shelf *shelf;
    const struct shelf_options *options;
    struct page_house house;
    struct {
        const struct der_chain *of;
        const struct page_chain *text;
    } chains[CHAINS_KEPT]; /* those written last: documents share a few */
    size_t chain_next;
    struct error *err;
};

/* ---- room ----------------------------------------------------------------------- */

static bool no_memory(struct builder *b)
{
    return error_set(b->err, ERROR_SYSTEM, "no memory for the shelf");
}

static const char *keep_text(struct builder *b, const char *text)
{
    struct bytes kept =
        arena_copy(b->house.arena, bytes_of((const uint8_t *)text, strlen(text) + 1));

    return (const char *)kept.at;
}

static bool add_slot(struct builder *b, struct slot_key key,
                     const struct shelf_page *page)
{
    struct shelf *shelf = b->shelf;

    if (shelf->slot_count == shelf->slot_room) {
        size_t room = shelf->slot_room > 0 ? 2 * shelf->slot_room : 64;
        struct slot *more = reallocarray(shelf->slots, room, sizeof *more);
        if (more == NULL)
            return no_memory(b);
        shelf->slots = more;
        shelf->slot_room = room;
    }
    shelf->slots[shelf->slot_count++] = (struct slot){ key, page };
    return true;
}

static const struct shelf_page *add_page(struct builder *b, const struct page_spec *spec)
{
    struct shelf *shelf = b->shelf;
    struct shelf_page *page = NULL;

    if (shelf->page_count == shelf->page_room) {
        size_t room = shelf->page_room > 0 ? 2 * shelf->page_room : 64;
        struct shelf_page **more = reallocarray(shelf->pages, room, sizeof *more);
        if (more == NULL) {
            no_memory(b);
            return NULL;
        }
        shelf->pages = more;
        shelf->page_room = room;
    }
    bool made = shelf_page_make(&b->house, spec, &page, b->err);
    if (page != NULL)
        shelf->pages[shelf->page_count++] = page;
    return made ? page : NULL;
}

/* ---- issuer chains -------------------------------------------------------------- */

static bool same_chain(const struct der_chain *a, const struct der_chain *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!bytes_equal(a->certificates[i], b->certificates[i]))
            return false;
    return true;
}

static const struct page_chain *chain_of(struct builder *b, const struct der_chain *chain)
{
    for (size_t i = 0; i < CHAINS_KEPT; i++)
        if (b->chains[i].of != NULL && same_chain(b->chains[i].of, chain))
            return b->chains[i].text;
    const struct page_chain *text = page_chain_write(b->house.arena, chain);
    if (text == NULL) {
        no_memory(b);
        return NULL;
    }
    b->chains[b->chain_next].of = chain;
    b->chains[b->chain_next].text = text;
    b->chain_next = (b->chain_next + 1) % CHAINS_KEPT;
    return text;
}

static bool begin_spec(struct builder *b, const struct collateral_facts *facts,
                       struct page_spec *spec)
{
    *spec = (struct page_spec){ .body = facts->body,
                                .chain = chain_of(b, &facts->chain),
                                .from_s = facts->valid_from_s - b->options->future_s,
                                .until_s = facts->valid_until_s };
    memcpy(spec->digest.digest, facts->digest, sizeof facts->digest);
    return spec->chain != NULL;
}

/* ---- CRLs ----------------------------------------------------------------------- */

/* A PCCS calls the hex of a PCK CRL PEM, and that of the root CRL PKIX; so do we, since
 * its clients are ours. */
static const char *crl_type(const struct collateral_key *key, enum crl_form form)
{
    if (form == CRL_FORM_DER)
        return DER_TYPE;
    return form == CRL_FORM_HEX && key->kind == COLLATERAL_ROOT_CRL ? DER_TYPE
                                                                    : TEXT_TYPE;
}

static bool write_crl(struct builder *b, struct bytes der, enum crl_form form,
                      struct bytes *out)
{
    struct buf text;

    if (form == CRL_FORM_DER) {
        *out = der;
        return true;
    }
    buf_init(&text, 2 * CRL_MAX + 64);
    if (form == CRL_FORM_PEM)
        pem_write(&text, "X509 CRL", der);
    else
        hex_add(&text, der);
    *out =
        text.failed ? (struct bytes){ 0 } : arena_copy(b->house.arena, buf_bytes(&text));
    buf_fini(&text);
    return out->at != NULL || no_memory(b);
}

static bool add_crl(struct builder *b, const struct collateral_facts *facts)
{
    struct page_spec spec;

    if (!begin_spec(b, facts, &spec))
        return false;
    spec.chain_header = "SGX-PCK-CRL-Issuer-Chain";
    spec.varies = "Metadata";
    for (enum crl_form form = CRL_FORM_HEX; form <= CRL_FORM_DER; form++) {
        spec.content_type = crl_type(&facts->key, form);
        spec.form = form;
        if (!write_crl(b, facts->body, form, &spec.body))
            return false;
        for (int older = 0; older <= 1; older++) {
            struct slot_asked asked = { .key = facts->key,
                                        .form = form,
                                        .older_path = older };
            spec.warns_of_v3 = older;
            const struct shelf_page *page = add_page(b, &spec);
            if (page == NULL || !add_slot(b, slot_key_of(&asked), page))
                return false;
        }
    }
    return true;
}

/* ---- signed JSON ---------------------------------------------------------------- */

static void name_chain_headers(enum collateral_kind kind, struct page_spec *spec)
{
    switch (kind) {
    case COLLATERAL_TCB_INFO: /* v4's name and v3's: clients look for one or the other */
        spec->chain_header = "TCB-Info-Issuer-Chain";
        spec->chain_header_too = "SGX-TCB-Info-Issuer-Chain";
        break;
    case COLLATERAL_IDENTITY:
        spec->chain_header = "SGX-Enclave-Identity-Issuer-Chain";
        break;
    case COLLATERAL_EVALUATION_NUMBERS:
        spec->chain_header = "TCB-Evaluation-Data-Numbers-Issuer-Chain";
        break;
    case COLLATERAL_ROOT_CRL:
    case COLLATERAL_PCK_CRL:
        break;
    }
}

/* Says which number and how old; under a baseline, which one. Where another host may get
 * another answer to the same question, caches are told so. */
static bool name_set(struct builder *b, const struct holding *entry,
                     const struct baseline_policy *policy, struct page_spec *spec)
{
    const struct baseline_law *law = b->shelf->view->law;
    const struct collateral_key *key = &verified_facts(entry->item)->key;
    char number[16];
    size_t at = 0;

    snprintf(number, sizeof number, "%u", key->evaluation_data_number);
    spec->more[at].name = "THIM-Evaluation-Data-Number";
    spec->more[at++].value = keep_text(b, number);
    spec->more[at].name = "THIM-Fetched";
    spec->more[at++].value = keep_text(b, utc(entry->fetched_s).s);
    if (policy != NULL) {
        spec->more[at].name = "THIM-Baseline";
        spec->more[at++].value = keep_text(b, policy->name);
        spec->varies = law->count > 1 ? "X-THIM-Baseline" : NULL;
        spec->is_private = law->rule_count > 0;
    }
    for (size_t i = 0; i < at; i++)
        if (spec->more[i].value == NULL)
            return no_memory(b);
    return true;
}

static bool add_as(struct builder *b, const struct page_spec *spec,
                   const struct slot_asked *asked)
{
    const struct shelf_page *page = add_page(b, spec);

    return page != NULL && add_slot(b, slot_key_of(asked), page);
}

/* Under each baseline that has this number. What is out of date stands there only under
 * one that serves it so. */
static bool add_under_baselines(struct builder *b, size_t index, bool in_date,
                                const struct page_spec *base, struct slot_asked *asked)
{
    const struct baseline_view *view = b->shelf->view;
    const struct holding *entry = &view->holdings->entries[index];
    enum tee tee = shelf_choice_tee(&asked->key);

    asked->choice = CHOOSE_BASELINE;
    for (asked->policy = 0; asked->policy < view->law->count; asked->policy++) {
        size_t i = asked->policy;
        struct page_spec spec = *base;
        if (!shelf_choice_means(view, index, CHOOSE_BASELINE, i)
            || (!in_date && !baseline_view_stand(view, i, tee)->decision.serves_expired))
            continue;
        if (!in_date) {
            spec.is_expired = true;
            spec.until_s = INT64_MAX;
        }
        if (!name_set(b, entry, &view->law->policies[i], &spec)
            || !add_as(b, &spec, asked))
            return false;
    }
    return true;
}

static bool add_choices(struct builder *b, size_t index, bool in_date, bool older_path,
                        const struct page_spec *base)
{
    const struct baseline_view *view = b->shelf->view;
    const struct holding *entry = &view->holdings->entries[index];
    struct slot_asked asked = { .key = verified_facts(entry->item)->key,
                                .older_path = older_path };
    struct page_spec spec = *base;

    if (asked.key.kind == COLLATERAL_EVALUATION_NUMBERS)
        return !in_date || add_as(b, &spec, &asked);
    if (!add_under_baselines(b, index, in_date, base, &asked))
        return false;
    if (!in_date)
        return true;
    asked.choice = CHOOSE_NUMBER;
    if (!name_set(b, entry, NULL, &spec))
        return false;
    const struct shelf_page *page = add_page(b, &spec);
    if (page == NULL || !add_slot(b, slot_key_of(&asked), page))
        return false;
    asked.choice = CHOOSE_EARLY;
    return !shelf_choice_means(view, index, CHOOSE_EARLY, 0)
           || add_slot(b, slot_key_of(&asked), page);
}

/* TDX has no paths before v4, and version 2 of a TCB info none since. */
static bool add_json(struct builder *b, size_t index, bool in_date)
{
    const struct collateral_facts *facts =
        verified_facts(b->shelf->view->holdings->entries[index].item);
    bool is_version_2 = facts->key.kind == COLLATERAL_TCB_INFO && facts->key.version == 2;
    struct page_spec spec;

    if (!begin_spec(b, facts, &spec))
        return false;
    spec.content_type = JSON_TYPE;
    name_chain_headers(facts->key.kind, &spec);
    for (int older = 0; older <= 1; older++) {
        if (older ? shelf_choice_tee(&facts->key) == TEE_TDX : is_version_2)
            continue;
        spec.warns_of_v3 = older;
        if (!add_choices(b, index, in_date, older, &spec))
            return false;
    }
    return true;
}

/* ---- the unsigned list ---------------------------------------------------------- */

static const struct hint *newest_hint(const struct holdings *holdings)
{
    const struct hint *newest = NULL;

    for (size_t i = 0; i < holdings->hint_count; i++)
        if (newest == NULL || holdings->hints[i].fetched_s > newest->fetched_s)
            newest = &holdings->hints[i];
    return newest;
}

static bool add_platform(struct builder *b, const struct fmspc_list *list,
                         enum fmspc_platform platform)
{
    struct page_spec spec = { .content_type = JSON_TYPE,
                              .from_s = INT64_MIN,
                              .until_s = INT64_MAX,
                              .is_unsigned = true };
    struct buf text;

    buf_init(&text, FMSPCS_MAX * 64);
    fmspc_list_write(&text, list, platform);
    if (!text.failed)
        spec.body = arena_copy(b->house.arena, buf_bytes(&text));
    buf_fini(&text);
    if (spec.body.at == NULL)
        return no_memory(b);
    spec.digest = sha256(spec.body);
    for (int older = 0; older <= 1; older++) {
        spec.warns_of_v3 = older;
        const struct shelf_page *page = add_page(b, &spec);
        if (page == NULL || !add_slot(b, slot_key_of_fmspcs(platform, older), page))
            return false;
    }
    return true;
}

static bool add_fmspcs(struct builder *b)
{
    static const enum fmspc_platform platforms[] = { 0, FMSPC_CLIENT, FMSPC_E3,
                                                     FMSPC_E5 };
    const struct hint *hint = newest_hint(b->shelf->view->holdings);
    struct fmspc_list list;

    /* a hint that cannot be read keeps nobody from signed collateral */
    if (hint == NULL || !fmspc_list_parse(hint->text, b->house.arena, &list, NULL))
        return true;
    for (size_t i = 0; i < COUNT_OF(platforms); i++)
        if (!add_platform(b, &list, platforms[i]))
            return false;
    return true;
}

/* ---- the whole ------------------------------------------------------------------ */

/* Where the kind belongs to the set that makes us ready; SET_PARTS where it does not. */
static enum set_part part_of(const struct collateral_key *key)
{
    switch (key->kind) {
    case COLLATERAL_ROOT_CRL:
        return SET_ROOT_CRL;
    case COLLATERAL_PCK_CRL:
        return SET_PCK_CRL;
    case COLLATERAL_TCB_INFO:
        return SET_TCB_INFO;
    case COLLATERAL_IDENTITY:
        return SET_IDENTITY;
    case COLLATERAL_EVALUATION_NUMBERS:
        return SET_PARTS;
    }
    return SET_PARTS;
}

static void count_for_set(struct builder *b, const struct collateral_facts *facts)
{
    enum set_part part = part_of(&facts->key);

    if (part == SET_PARTS || facts->valid_until_s <= b->shelf->set[part].until_s)
        return;
    b->shelf->set[part].from_s = facts->valid_from_s - b->options->future_s;
    b->shelf->set[part].until_s = facts->valid_until_s;
}

static bool add_entry(struct builder *b, size_t index)
{
    const struct verified_collateral *item =
        b->shelf->view->holdings->entries[index].item;
    const struct collateral_facts *facts = verified_facts(item);
    bool in_date = verified_in_date(item, b->options->now_s, b->options->future_s);

    if (in_date)
        count_for_set(b, facts);
    bool added =
        facts->crl == NULL ? add_json(b, index, in_date) : !in_date || add_crl(b, facts);
    return added || error_within(b->err, "%s", collateral_key_text(&facts->key).s);
}

bool shelf_fill(struct shelf *shelf, const struct shelf_options *options,
                struct error *err)
{
    uint8_t dice[16];
    struct builder b = { .shelf = shelf, .options = options, .err = err };

    random_fill(dice, sizeof dice);
    memcpy(shelf->request_id, hex(dice, sizeof dice).s, sizeof shelf->request_id);
    for (enum set_part i = 0; i < SET_PARTS; i++)
        shelf->set[i].until_s = INT64_MIN;
    b.house = (struct page_house){ .arena = &shelf->arena,
                                   .request_id = shelf->request_id,
                                   .now_s = options->now_s,
                                   .max_age_s = options->max_age_s,
                                   .wears_test_roots = options->wears_test_roots };
    for (size_t i = 0; i < shelf->view->holdings->count; i++)
        if (!add_entry(&b, i))
            return false;
    return add_fmspcs(&b);
}
