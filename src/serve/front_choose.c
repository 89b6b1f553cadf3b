/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/front_choose.h"

#include "kit/text.h"
#include "serve/shelf_choice.h"

/* The baseline that the address has without choosing. */
static size_t home_of(const struct baseline_law *law, struct bytes address,
                      enum baseline_source *source)
{
    const struct baseline_rule *rule = baseline_rule_for(law, address);

    *source = rule != NULL ? BASELINE_BY_RULE : BASELINE_BY_DEFAULT;
    return rule != NULL ? rule->baseline : law->default_policy;
}

static bool is_of_a_set(const struct question *question)
{
    return question->choice != 0 && question->key.enclave != ENCLAVE_QVE
           && question->key.enclave != ENCLAVE_QAE;
}

static uint32_t number_chosen(const struct baseline_view *view,
                              const struct question *question)
{
    if (question->choice == CHOOSE_NUMBER)
        return question->key.evaluation_data_number;
    return shelf_choice_number(view, &question->key, question->choice, question->policy);
}

uint32_t choose_number_given(const struct baseline_view *view,
                             const struct question *question)
{
    if (question->choice == CHOOSE_NUMBER)
        return question->key.evaluation_data_number;
    return shelf_choice_given(view, &question->key, question->choice, question->policy);
}

static bool is_allowed(enum baseline_choice choice, uint32_t chosen, uint32_t own)
{
    switch (choice) {
    case CHOICE_ANY:
        return true;
    case CHOICE_NEWER: /* before the first number there is nothing to be newer than */
        return chosen == 0 || chosen >= own;
    case CHOICE_NONE:
        return chosen == own;
    }
    return false;
}

static enum choose_outcome judge(const struct baseline_view *view, size_t home,
                                 const struct question *question, struct error *why)
{
    const struct baseline_policy *policy = &view->law->policies[home];
    uint32_t chosen = choose_number_given(view, question);
    uint32_t own = shelf_choice_given(view, &question->key, CHOOSE_BASELINE, home);

    if (!is_allowed(policy->choice, chosen, own)) {
        error_set(why, ERROR_FORMAT,
                  "evaluation data number %u is not for this address: baseline %s has %u "
                  "and allows %s",
                  chosen, policy->name, own,
                  policy->choice == CHOICE_NONE ? "no other" : "none that is older");
        return CHOOSE_FORBIDDEN;
    }
    if (chosen != 0 && chosen < view->law->floor) {
        error_set(why, ERROR_FORMAT,
                  "evaluation data number %u is below this service's floor, %u", chosen,
                  view->law->floor);
        return CHOOSE_BELOW_FLOOR;
    }
    return CHOSEN;
}

/* What is out of reach for the shelf: the number of a set that upstream calls neither
 * standard nor early. */
static uint32_t number_wanted(const struct baseline_view *view,
                              const struct question *question)
{
    uint32_t number = number_chosen(view, question);
    bool is_standard =
        number == sets_of(&view->sets, shelf_choice_tee(&question->key))->standard;

    return question->choice == CHOOSE_EARLY
                   || (question->choice == CHOOSE_BASELINE && is_standard)
               ? 0
               : number;
}

enum choose_outcome front_choose(const struct baseline_view *view, struct bytes address,
                                 struct question *question, struct error *why)
{
    enum baseline_source source;
    size_t home = home_of(view->law, address, &source);

    question->policy = home;
    if (question->baseline_source != BASELINE_BY_HEADER
        && question->baseline_source != BASELINE_BY_PATH) {
        question->baseline_source = source;
    } else {
        question->policy = baseline_named(view->law, question->baseline);
        if (question->policy == SIZE_MAX) {
            error_set(why, ERROR_NOT_FOUND, "there is no baseline \"%s\" here",
                      safe(question->baseline).s);
            return CHOOSE_UNKNOWN;
        }
    }
    if (!is_of_a_set(question))
        return CHOSEN;
    const struct baseline_decision *decision =
        &baseline_view_stand(view, question->policy, shelf_choice_tee(&question->key))
             ->decision;
    if (question->choice == CHOOSE_BASELINE && decision->reason == REASON_REFUSING
        && number_chosen(view, question) == 0) {
        error_set(why, ERROR_STALE, "baseline %s: %s",
                  view->law->policies[question->policy].name, decision->why);
        return CHOOSE_REFUSING;
    }
    question->number_wanted = number_wanted(view, question);
    return judge(view, home, question, why);
}

static const struct {
    unsigned status;
    const char *code, *remedy;
} refusals[] = {
    [CHOOSE_UNKNOWN] = { 404, "baseline_unknown",
                         "What there is, thim baseline list shows." },
    [CHOOSE_FORBIDDEN] = { 403, "choice",
                           "Ask for no number and no baseline, or for a newer one." },
    [CHOOSE_BELOW_FLOOR] = { 403, "floor", "Ask for a newer one, or for none." },
    [CHOOSE_REFUSING] = { 503, "baseline_ended",
                          "thim baseline promote ends it; thim baseline show says "
                          "more." },
    [CHOOSE_OLDER] = { 403, "older_law",
                       "Who is judged does not choose the law: ask for no number and no "
                       "baseline, or for a newer one." },
};

struct refusal choose_refusal(enum choose_outcome outcome, const struct error *why)
{
    return (struct refusal){ .status = refusals[outcome].status,
                             .code = refusals[outcome].code,
                             .message = why->text,
                             .remedy = refusals[outcome].remedy };
}
