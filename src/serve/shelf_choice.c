/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/shelf_choice.h"

enum tee shelf_choice_tee(const struct collateral_key *key)
{
    bool is_tdx = key->tee == TEE_TDX || key->enclave == ENCLAVE_TD_QE;

    return is_tdx ? TEE_TDX : TEE_SGX;
}

/* Entries are sorted, so it is the last of its subject. */
static bool is_newest(const struct baseline_view *view, size_t index)
{
    const struct holdings *holdings = view->holdings;
    struct collateral_key subject =
        collateral_subject(&verified_facts(holdings->entries[index].item)->key);

    for (size_t i = index + 1; i < holdings->count; i++) {
        const struct verified_collateral *item = holdings->entries[i].item;
        struct collateral_key other = collateral_subject(&verified_facts(item)->key);
        if (collateral_key_compare(&other, &subject) != 0)
            break;
        if (verified_in_date(item, view->now_s, VIEW_FUTURE_S))
            return false;
    }
    return true;
}

static bool is_designated(const struct baseline_view *view, size_t index,
                          enum number_choice choice)
{
    const struct holding *entry = &view->holdings->entries[index];
    struct collateral_key subject = collateral_subject(&verified_facts(entry->item)->key);
    enum update update = choice == CHOOSE_EARLY ? UPDATE_EARLY : UPDATE_STANDARD;

    return holdings_designated(view->holdings, &subject, update) == entry;
}

static const struct set_document *document_of(const struct baseline_view *view,
                                              const struct collateral_key *subject,
                                              uint32_t number)
{
    enum tee tee = shelf_choice_tee(subject);

    return subject->kind == COLLATERAL_IDENTITY
               ? sets_identity(&view->sets, tee, number)
               : sets_tcb_info(&view->sets, tee, subject->fmspc, number);
}

/* Whether a baseline has something of its number to give for this subject: in date, or
 * past it where it says so. */
static bool has_something(const struct baseline_view *view,
                          const struct collateral_key *subject, uint32_t number,
                          size_t policy)
{
    const struct set_document *document = document_of(view, subject, number);
    const struct baseline_stand *stand =
        baseline_view_stand(view, policy, shelf_choice_tee(subject));

    return document != NULL
           && (view->now_s <= document->until_s || stand->decision.serves_expired);
}

/* What the vendor calls standard or early for this subject; 0: nothing that is held. */
static uint32_t designated_of(const struct baseline_view *view,
                              const struct collateral_key *subject, enum update update)
{
    const struct set_shelf *shelf = sets_of(&view->sets, shelf_choice_tee(subject));

    for (size_t i = 0; i < shelf->number_count; i++) {
        uint32_t number = shelf->numbers[i].number;
        const struct set_document *document = document_of(view, subject, number);
        if (document != NULL
            && (update == UPDATE_EARLY ? document->is_early : document->is_standard))
            return number;
    }
    return 0;
}

/* A baseline that has no number may still be about to get its first; but one whose
 * signatures have ended, and that would rather refuse, gives nothing. */
static bool is_refusing(const struct baseline_view *view,
                        const struct collateral_key *key, enum number_choice choice,
                        size_t policy)
{
    return choice == CHOOSE_BASELINE
           && baseline_view_stand(view, policy, shelf_choice_tee(key))->decision.reason
                  == REASON_REFUSING;
}

static bool is_of_no_set(const struct collateral_key *key)
{
    return key->enclave == ENCLAVE_QVE || key->enclave == ENCLAVE_QAE;
}

uint32_t shelf_choice_number(const struct baseline_view *view,
                             const struct collateral_key *subject,
                             enum number_choice choice, size_t policy)
{
    enum tee tee = shelf_choice_tee(subject);

    if (is_of_no_set(subject))
        return 0;
    if (choice == CHOOSE_EARLY) /* who asks for it asks for the newest there is, and no
                                   baseline has promised anything */
        return designated_of(view, subject, UPDATE_EARLY);
    return baseline_view_number(
        view, policy, tee, subject->kind == COLLATERAL_TCB_INFO ? subject->fmspc : NULL);
}

/* The number of the identity that hosts are given before their baseline has one; 0: they
 * are given none. */
static uint32_t identity_meanwhile(const struct baseline_view *view, enum tee tee)
{
    const struct set_shelf *shelf = sets_of(&view->sets, tee);

    for (size_t i = 0; i < shelf->number_count; i++) {
        uint32_t number = shelf->numbers[i].number;
        const struct set_document *document = sets_identity(&view->sets, tee, number);
        if (document != NULL && document->is_standard && view->now_s <= document->until_s)
            return number;
    }
    return 0;
}

/* Whether a TCB info may be given in place of the one that the set lacks: where no
 * identity of another number stands beside it, or where Intel has left its FMSPC behind,
 * so that there is no identity of its own number any more. */
static bool may_stand_in(const struct baseline_view *view,
                         const struct collateral_key *key, uint32_t number, size_t policy)
{
    enum tee tee = shelf_choice_tee(key);
    uint32_t own = key->evaluation_data_number;
    uint32_t beside = number != 0 ? number : identity_meanwhile(view, tee);
    const struct set_document *identity = sets_identity(&view->sets, tee, own);

    if (number != 0 && has_something(view, key, number, policy))
        return false;
    if (beside == 0 || beside == own)
        return true;
    return own < beside && (identity == NULL || identity->until_s < view->now_s);
}

uint32_t shelf_choice_given(const struct baseline_view *view,
                            const struct collateral_key *subject,
                            enum number_choice choice, size_t policy)
{
    uint32_t number = shelf_choice_number(view, subject, choice, policy), standard;

    if (choice != CHOOSE_BASELINE || is_of_no_set(subject))
        return number;
    if (number != 0
        && (subject->kind == COLLATERAL_IDENTITY
            || has_something(view, subject, number, policy)))
        return number;
    standard = designated_of(view, subject, UPDATE_STANDARD);
    return standard != 0 ? standard : number;
}

bool shelf_choice_means(const struct baseline_view *view, size_t index,
                        enum number_choice choice, size_t policy)
{
    const struct collateral_key *key =
        &verified_facts(view->holdings->entries[index].item)->key;
    uint32_t number = shelf_choice_number(view, key, choice, policy);

    if (key->kind == COLLATERAL_TCB_INFO && key->version == 2)
        return is_newest(view, index);
    if (is_of_no_set(key))
        return is_designated(view, index, choice);
    if (number != 0 && (key->evaluation_data_number == number || choice == CHOOSE_EARLY))
        return key->evaluation_data_number == number;
    if (!is_designated(view, index, choice) || is_refusing(view, key, choice, policy))
        return false;
    return key->kind == COLLATERAL_TCB_INFO ? may_stand_in(view, key, number, policy)
                                            : number == 0;
}
