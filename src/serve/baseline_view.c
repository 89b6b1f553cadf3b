/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/baseline_view.h"

#include <stdatomic.h>
#include <stdlib.h>

#define VIEW_BYTES_MAX ((size_t)64 << 20) /* a document takes a hundred bytes */

/* ---- books ---------------------------------------------------------------------- */

struct law_book {
    atomic_size_t holders;
    const struct baseline_law *law;
    bool owns;
    struct config config;
};

bool law_book_make(const struct baseline_law *law, struct config *owner,
                   struct law_book **out, struct error *err)
{
    struct law_book *book = calloc(1, sizeof *book);

    if (book == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the baselines");
    atomic_init(&book->holders, 1);
    book->law = law;
    if (owner != NULL) {
        book->owns = true;
        book->config = *owner;
        if (law == &owner->baselines)
            book->law = &book->config.baselines;
    }
    *out = book;
    return true;
}

struct law_book *law_book_hold(const struct law_book *book)
{
    struct law_book *held = (struct law_book *)(uintptr_t)book;

    atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
    return held;
}

void law_book_release(struct law_book *book)
{
    if (book == NULL || atomic_fetch_sub(&book->holders, 1) > 1)
        return;
    if (book->owns)
        config_fini(&book->config);
    free(book);
}

const struct baseline_law *law_book_law(const struct law_book *book)
{
    return book->law;
}

/* ---- views ---------------------------------------------------------------------- */

struct view { /* what stands behind a struct baseline_view */
    struct baseline_view public;
    atomic_size_t holders;
    struct law_book *book;
    struct holdings *holdings;
    struct arena arena;
};

static void view_free(struct view *view)
{
    if (view == NULL)
        return;
    law_book_release(view->book);
    holdings_release(view->holdings);
    arena_fini(&view->arena);
    free(view);
}
DEFINE_OWNED(struct view *, view_free)

static bool is_designated(const struct holdings *holdings, const struct holding *entry,
                          enum update update)
{
    struct collateral_key subject = collateral_subject(&verified_facts(entry->item)->key);

    return holdings_designated(holdings, &subject, update) == entry;
}

/* Whether it belongs to a set: QvE and QAE have numbers of their own, and TCB infos of
 * version 2 are of clients that know of none. */
static bool is_of_a_set(const struct collateral_key *key)
{
    return (key->kind == COLLATERAL_TCB_INFO && key->version == 3)
           || (key->kind == COLLATERAL_IDENTITY
               && (key->enclave == ENCLAVE_QE || key->enclave == ENCLAVE_TD_QE));
}

static struct set_document document_of(const struct holdings *holdings,
                                       const struct holding *entry)
{
    const struct collateral_facts *facts = verified_facts(entry->item);
    bool is_identity = facts->key.kind == COLLATERAL_IDENTITY;
    struct set_document document = {
        .tee = is_identity ? facts->key.enclave == ENCLAVE_TD_QE ? TEE_TDX : TEE_SGX
                           : facts->key.tee,
        .is_identity = is_identity,
        .number = facts->key.evaluation_data_number,
        .from_s = facts->valid_from_s,
        .until_s = facts->valid_until_s,
        .is_standard = is_designated(holdings, entry, UPDATE_STANDARD),
        .is_early = is_designated(holdings, entry, UPDATE_EARLY),
        .tcb_info = facts->tcb_info,
        .identity = facts->identity,
    };

    if (!is_identity)
        memcpy(document.fmspc, facts->key.fmspc, sizeof document.fmspc);
    return document;
}

static const struct evaluation_numbers *list_of(const struct holdings *holdings,
                                                enum tee tee, int64_t now_s)
{
    struct collateral_key key = key_evaluation_numbers(tee);
    const struct holding *entry = holdings_find(holdings, &key);

    if (entry == NULL || !verified_in_date(entry->item, now_s, VIEW_FUTURE_S))
        return NULL;
    return verified_facts(entry->item)->numbers;
}

static bool make_sets(struct view *view, struct error *err)
{
    const struct holdings *holdings = view->holdings;
    int64_t now_s = view->public.now_s;
    const struct evaluation_numbers *lists[2] = {
        [0] = list_of(holdings, TEE_SGX, now_s),
        [1] = list_of(holdings, TEE_TDX, now_s),
    };
    struct set_document *documents = calloc(holdings->count + 1, sizeof *documents);
    size_t count = 0;

    if (documents == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the sets");
    for (size_t i = 0; i < holdings->count; i++)
        if (is_of_a_set(&verified_facts(holdings->entries[i].item)->key))
            documents[count++] = document_of(holdings, &holdings->entries[i]);
    bool made =
        sets_make(documents, count, lists, now_s, &view->arena, &view->public.sets, err);
    free(documents);
    return made;
}

/* A move is in force once it is written down, so that no restart takes it back. Where
 * what is left behind cannot be served any more, hosts do not wait for the disk. */
static uint32_t number_in_force(const struct sets *sets, enum tee tee,
                                const struct baseline_stand *stand)
{
    const struct baseline_decision *decision = &stand->decision;
    uint32_t present = stand->state.number;

    if (present == 0 || decision->number == present || decision->step_count == 0)
        return decision->number;
    return set_is_servable(sets_number(sets, tee, present)) ? present : decision->number;
}

static bool make_stands(struct view *view, const struct baseline_past (*pasts)[2],
                        struct error *err)
{
    static const enum tee tees[2] = { TEE_SGX, TEE_TDX };
    struct baseline_view *public = &view->public;
    struct baseline_stand(*stands)[2] =
        arena_alloc(&view->arena, public->law->count, sizeof *stands);

    if (stands == NULL)
        return error_set(err, ERROR_LIMIT, "no room for the baselines");
    for (size_t i = 0; i < public->law->count; i++) {
        for (size_t k = 0; k < COUNT_OF(tees); k++) {
            struct baseline_stand *stand = &stands[i][k];
            *stand = (struct baseline_stand){ 0 };
            if (pasts != NULL) {
                stand->state = pasts[i][k].state;
                stand->effect = pasts[i][k].effect;
                stand->previous = pasts[i][k].previous;
            }
            baseline_decide(&public->law->policies[i], tees[k], &stand->state,
                            &public->sets, &stand->effect, public->now_s,
                            &stand->decision);
            stand->number = number_in_force(&public->sets, tees[k], stand);
        }
    }
    public->stands = stands;
    return true;
}

bool baseline_view_make(const struct baseline_view_spec *spec,
                        const struct baseline_view **out, struct error *err)
{
    OWNED(view_free) struct view *view = calloc(1, sizeof *view);

    if (view == NULL)
        return error_set(err, ERROR_SYSTEM, "no memory for the baselines");
    atomic_init(&view->holders, 1);
    arena_init(&view->arena, VIEW_BYTES_MAX);
    view->book = law_book_hold(spec->book);
    view->holdings = holdings_hold(spec->holdings);
    view->public = (struct baseline_view){ .law = law_book_law(spec->book),
                                           .holdings = view->holdings,
                                           .now_s = spec->now_s };
    if (!make_sets(view, err) || !make_stands(view, spec->pasts, err))
        return error_within(err, "baselines of generation %llu",
                            (unsigned long long)spec->holdings->generation);
    *out = &TAKE(view)->public;
    return true;
}

static struct view *behind(const struct baseline_view *view)
{
    return (struct view *)((uintptr_t)view - offsetof(struct view, public));
}

const struct baseline_view *baseline_view_hold(const struct baseline_view *view)
{
    atomic_fetch_add_explicit(&behind(view)->holders, 1, memory_order_relaxed);
    return view;
}

void baseline_view_release(const struct baseline_view *view)
{
    if (view != NULL && atomic_fetch_sub(&behind(view)->holders, 1) == 1)
        view_free(behind(view));
}

uint32_t baseline_view_number(const struct baseline_view *view, size_t policy,
                              enum tee tee, const uint8_t *fmspc)
{
    const struct baseline_override *override =
        fmspc == NULL
            ? NULL
            : baseline_override_for(&view->law->policies[policy], fmspc, view->now_s);

    if (override != NULL) {
        const struct set_document *document =
            sets_tcb_info(&view->sets, tee, fmspc, override->pin.number);
        if (document != NULL && document->until_s >= view->now_s)
            return override->pin.number;
    }
    return baseline_view_stand(view, policy, tee)->number;
}
