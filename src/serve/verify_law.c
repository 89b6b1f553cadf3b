/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/verify_law.h"

#include "serve/shelf_choice.h"

static bool refuse(struct verify_law *law, enum choose_outcome outcome)
{
    if (law->outcome == CHOSEN || law->outcome == 0)
        law->outcome = outcome;
    return false;
}

static const struct baseline_policy *default_of(const struct verify_law *law)
{
    return &law->view->law->policies[law->view->law->default_policy];
}

/* Rules are the operator's choice, and nobody else's. */
static bool chooses(const struct question *question)
{
    return question->choice == CHOOSE_NUMBER || question->choice == CHOOSE_EARLY
           || question->baseline_source == BASELINE_BY_HEADER
           || question->baseline_source == BASELINE_BY_PATH;
}

/* ---- quotes ------------------------------------------------------------------------ */

static bool hold_to_default(struct verify_law *law, struct question *question)
{
    const struct baseline_view *view = law->view;
    size_t home = view->law->default_policy;
    uint32_t given = choose_number_given(view, question);
    uint32_t least = shelf_choice_given(view, &question->key, CHOOSE_BASELINE, home);

    if (default_of(law)->choice == CHOICE_ANY || given == 0 || given >= least)
        return true;
    if (!chooses(law->asked)) {
        question->policy = home;
        return true;
    }
    error_set(&law->why, ERROR_FORMAT,
              "evaluation data number %u is older than %u, which baseline %s has, and "
              "evidence is judged by none that is",
              given, least, default_of(law)->name);
    return refuse(law, CHOOSE_OLDER);
}

/* Under which baseline and number this subject is looked for. */
static bool settle(struct verify_law *law, const struct collateral_key *subject,
                   struct question *out)
{
    *out = *law->asked;
    out->kind = ASK_COLLATERAL;
    out->key = *subject;
    out->key.evaluation_data_number = law->asked->key.evaluation_data_number;
    enum choose_outcome outcome = front_choose(law->view, law->address, out, &law->why);
    if (outcome != CHOSEN)
        return refuse(law, outcome);
    if (!hold_to_default(law, out))
        return false;
    law->policy = out->policy;
    law->outcome = CHOSEN;
    return true;
}

bool verify_law_for_quote(struct verify_law *law, enum tee tee)
{
    struct collateral_key identity =
        key_identity(tee == TEE_TDX ? ENCLAVE_TD_QE : ENCLAVE_QE, 0);
    struct question question;

    return settle(law, &identity, &question);
}

static const struct verified_collateral *item_of(const struct verify_law *law,
                                                 const struct collateral_key *key)
{
    const struct holding *held = holdings_find(law->view->holdings, key);

    return held == NULL ? NULL : held->item;
}

/* What stands in where the set has nothing of its own (serve/shelf_choice.h). */
static const struct verified_collateral *find_meant(const struct verify_law *law,
                                                    const struct question *question)
{
    const struct holdings *holdings = law->view->holdings;
    struct collateral_key wanted = collateral_subject(&question->key);

    for (size_t i = 0; i < holdings->count; i++) {
        const struct verified_collateral *item = holdings->entries[i].item;
        struct collateral_key subject = collateral_subject(&verified_facts(item)->key);
        if (collateral_key_compare(&subject, &wanted) == 0
            && shelf_choice_means(law->view, i, question->choice, question->policy))
            return item;
    }
    return NULL;
}

static const struct verified_collateral *find_numbered(const struct verify_law *law,
                                                       struct question *question)
{
    const struct verified_collateral *item = NULL;

    if (question->choice == CHOOSE_NUMBER)
        return item_of(law, &question->key);
    question->key.evaluation_data_number = shelf_choice_number(
        law->view, &question->key, question->choice, question->policy);
    if (question->key.evaluation_data_number != 0)
        item = item_of(law, &question->key);
    return item != NULL ? item : find_meant(law, question);
}

const struct verified_collateral *verify_law_find(void *law_,
                                                  const struct collateral_key *subject)
{
    struct verify_law *law = law_;
    struct question question;

    if (subject->kind != COLLATERAL_TCB_INFO && subject->kind != COLLATERAL_IDENTITY)
        return item_of(law, subject);
    if (law->outcome != CHOSEN || !settle(law, subject, &question))
        return NULL;
    return find_numbered(law, &question);
}

/* ---- reports ----------------------------------------------------------------------- */

/* Whether a demands of every product at least what b does. */
static bool demands_as_much(const struct baseline_policy *a,
                            const struct baseline_policy *b)
{
    for (size_t i = SNP_MILAN; i < SNP_PRODUCTS; i++)
        if (b->has_min_tcb[i]
            && (!a->has_min_tcb[i]
                || !tcb_version_meets(&a->min_tcb[i], &b->min_tcb[i], NULL)))
            return false;
    return true;
}

static bool is_allowed(const struct baseline_policy *chosen,
                       const struct baseline_policy *home)
{
    switch (home->choice) {
    case CHOICE_ANY:
        return true;
    case CHOICE_NEWER:
        return demands_as_much(chosen, home);
    case CHOICE_NONE:
        return demands_as_much(chosen, home) && demands_as_much(home, chosen);
    }
    return false;
}

static bool refuse_lower(struct verify_law *law, enum choose_outcome outcome,
                         const struct baseline_policy *chosen,
                         const struct baseline_policy *home)
{
    error_set(&law->why, ERROR_FORMAT,
              "baseline %s does not demand the TCB_VERSIONs that baseline %s does, which "
              "allows no others",
              chosen->name, home->name);
    return refuse(law, outcome);
}

static bool settle_report(struct verify_law *law, size_t *policy)
{
    const struct baseline_law *baselines = law->view->law;
    const struct baseline_rule *rule = baseline_rule_for(baselines, law->address);
    const struct baseline_policy *home =
        rule != NULL ? &baselines->policies[rule->baseline] : default_of(law);
    const struct baseline_policy *chosen = &baselines->policies[*policy];

    if (!is_allowed(chosen, home))
        return refuse_lower(law, CHOOSE_FORBIDDEN, chosen, home);
    if (default_of(law)->choice == CHOICE_ANY || demands_as_much(chosen, default_of(law)))
        return true;
    if (chooses(law->asked))
        return refuse_lower(law, CHOOSE_OLDER, chosen, default_of(law));
    *policy = baselines->default_policy;
    return true;
}

bool verify_law_for_report(struct verify_law *law, struct report_law *out)
{
    struct question question = *law->asked;

    question.choice = 0; /* AMD has no numbers */
    enum choose_outcome outcome =
        front_choose(law->view, law->address, &question, &law->why);
    if (outcome != CHOSEN)
        return refuse(law, outcome);
    if (!settle_report(law, &question.policy))
        return false;
    const struct baseline_policy *policy = &law->view->law->policies[question.policy];
    memcpy(out->has_min_tcb, policy->has_min_tcb, sizeof out->has_min_tcb);
    memcpy(out->min_tcb, policy->min_tcb, sizeof out->min_tcb);
    law->policy = question.policy;
    law->outcome = CHOSEN;
    return true;
}
