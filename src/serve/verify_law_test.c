/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/verify_law.h"

#include "baseline/test_sets.h"
#include "kit/test.h"
#include "serve/test_tribunal.h"
#include "serve/test_view.h"

#define NOW_S INT64_C(1784937600) /* 2026-07-25T00:00:00Z */

/* ---- quotes --------------------------------------------------------------------------
 */

enum { STEADY, OLD, NEW, POLICIES };

/* Numbers 17 (old's), 18 (steady's, the default) and 19 (new's). Hosts of 10.1 are under
 * old, by rule. */
struct board {
    struct arena arena;
    struct baseline_policy policies[POLICIES];
    struct baseline_law law;
    struct baseline_stand stands[POLICIES][2];
    struct baseline_view view;
};

static void board_open(struct board *board, enum baseline_choice choice)
{
    static const struct baseline_rule rules[] = {
        { .address = { 10, 1 }, .address_len = 4, .prefix_bits = 16, .baseline = OLD },
    };
    static const uint32_t numbers[POLICIES] = { 18, 17, 19 };
    static const char *const names[POLICIES] = { "steady", "old", "new" };
    struct pile pile = { 0 };

    *board = (struct board){ 0 };
    arena_init(&board->arena, (size_t)1 << 20);
    for (uint32_t number = 17; number <= 19; number++)
        pile_identity(&pile, TEE_SGX, number, NOW_S - DAY_S, NOW_S + 20 * DAY_S);
    pile_sets(&pile, NOW_S, &board->arena, &board->view.sets);
    for (size_t i = 0; i < POLICIES; i++) {
        board->policies[i] =
            (struct baseline_policy){ .name = names[i], .choice = CHOICE_ANY };
        board->stands[i][0].number = numbers[i];
    }
    board->policies[STEADY].choice = choice;
    board->law = (struct baseline_law){ .policies = board->policies,
                                        .count = POLICIES,
                                        .rules = rules,
                                        .rule_count = COUNT_OF(rules) };
    board->view.law = &board->law;
    board->view.now_s = NOW_S;
    board->view.stands = (const struct baseline_stand(*)[2])board->stands;
}

struct wish { /* what a request chooses */
    uint8_t address[4];
    const char *baseline; /* by header; NULL: none */
    uint32_t number;      /* 0: none */
};

static struct question question_of(const struct wish *wish)
{
    struct question question = { .kind = ASK_VERIFY, .choice = CHOOSE_BASELINE };

    question.key.evaluation_data_number = wish->number;
    if (wish->number != 0)
        question.choice = CHOOSE_NUMBER;
    if (wish->baseline != NULL) {
        question.baseline = bytes_of_text(wish->baseline);
        question.baseline_source = BASELINE_BY_HEADER;
    }
    return question;
}

static void who_is_judged_picks_no_older_law(void **state)
{
    static const struct {
        const char *claim;
        struct wish wish;
        enum baseline_choice choice; /* of the default */
        enum choose_outcome outcome;
        size_t policy;
    } cases[] = {
        { "nothing chosen: the default",
          { { 0 }, NULL, 0 },
          CHOICE_NONE,
          CHOSEN,
          STEADY },
        { "a newer baseline", { { 0 }, "new", 0 }, CHOICE_NEWER, CHOSEN, NEW },
        { "an older one", { { 0 }, "old", 0 }, CHOICE_NEWER, CHOOSE_FORBIDDEN, 0 },
        { "which the default allows", { { 0 }, "old", 0 }, CHOICE_ANY, CHOSEN, OLD },
        { "an older number", { { 0 }, NULL, 17 }, CHOICE_NEWER, CHOOSE_FORBIDDEN, 0 },
        { "the same number", { { 0 }, NULL, 18 }, CHOICE_NEWER, CHOSEN, STEADY },
        { "an older one by rule, where any is allowed",
          { { 10, 1 }, NULL, 0 },
          CHOICE_ANY,
          CHOSEN,
          OLD },
        { "and where not, the default's",
          { { 10, 1 }, NULL, 0 },
          CHOICE_NEWER,
          CHOSEN,
          STEADY },
        { "who is under an older one by rule chooses none either",
          { { 10, 1 }, NULL, 17 },
          CHOICE_NEWER,
          CHOOSE_OLDER,
          0 },
        { "nor names it", { { 10, 1 }, "old", 0 }, CHOICE_NEWER, CHOOSE_OLDER, 0 },
        { "a newer one he may", { { 10, 1 }, "new", 0 }, CHOICE_NEWER, CHOSEN, NEW },
        { "none such", { { 0 }, "x", 0 }, CHOICE_ANY, CHOOSE_UNKNOWN, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct question question = question_of(&cases[i].wish);
        struct board board;
        board_open(&board, cases[i].choice);
        struct verify_law law = { .view = &board.view,
                                  .address = bytes_of(cases[i].wish.address, 4),
                                  .asked = &question };
        bool given = verify_law_for_quote(&law, TEE_SGX);
        if (given != (cases[i].outcome == CHOSEN) || law.outcome != cases[i].outcome
            || (given && law.policy != cases[i].policy)
            || (!given && law.why.text[0] == 0))
            fail_msg("%s: outcome %d, policy %zu, \"%s\"", cases[i].claim,
                     (int)law.outcome, law.policy, law.why.text);
        arena_fini(&board.arena);
    }
}

/* ---- reports -------------------------------------------------------------------------
 */

static void nor_a_lower_minimum(void **state)
{
    static const struct {
        const char *claim;
        struct wish wish;
        enum baseline_choice choice;
        enum choose_outcome outcome;
        uint8_t microcode; /* what Milan's is held to then; 0: to nothing */
    } cases[] = {
        { "the default's", { { 0 }, NULL, 0 }, CHOICE_NONE, CHOSEN, 5 },
        { "a number is nothing to AMD", { { 0 }, NULL, 17 }, CHOICE_NONE, CHOSEN, 5 },
        { "a higher one", { { 0 }, "new", 0 }, CHOICE_NEWER, CHOSEN, 9 },
        { "no other", { { 0 }, "new", 0 }, CHOICE_NONE, CHOOSE_FORBIDDEN, 0 },
        { "none at all", { { 0 }, "old", 0 }, CHOICE_NEWER, CHOOSE_FORBIDDEN, 0 },
        { "which the default allows", { { 0 }, "old", 0 }, CHOICE_ANY, CHOSEN, 0 },
        { "by rule: the default's", { { 10, 1 }, NULL, 0 }, CHOICE_NEWER, CHOSEN, 5 },
        { "by name beside the rule",
          { { 10, 1 }, "old", 0 },
          CHOICE_NEWER,
          CHOOSE_OLDER,
          0 },
        { "none such", { { 0 }, "x", 0 }, CHOICE_ANY, CHOOSE_UNKNOWN, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct question question = question_of(&cases[i].wish);
        struct report_law minima = { 0 };
        struct board board;
        board_open(&board, cases[i].choice);
        board.policies[STEADY].has_min_tcb[SNP_MILAN] = true;
        board.policies[STEADY].min_tcb[SNP_MILAN].spl[SPL_MICROCODE] = 5;
        board.policies[NEW].has_min_tcb[SNP_MILAN] = true;
        board.policies[NEW].min_tcb[SNP_MILAN].spl[SPL_MICROCODE] = 9;
        struct verify_law law = { .view = &board.view,
                                  .address = bytes_of(cases[i].wish.address, 4),
                                  .asked = &question };
        bool given = verify_law_for_report(&law, &minima);
        if (law.outcome != cases[i].outcome || given != (law.outcome == CHOSEN)
            || minima.has_min_tcb[SNP_MILAN] != (cases[i].microcode != 0)
            || minima.min_tcb[SNP_MILAN].spl[SPL_MICROCODE] != cases[i].microcode)
            fail_msg("%s: outcome %d, \"%s\"", cases[i].claim, (int)law.outcome,
                     law.why.text);
        arena_fini(&board.arena);
    }
}

/* ---- what is found --------------------------------------------------------------------
 */

static void what_is_found_is_of_the_law(void **state)
{
    static const uint8_t old[6] = { 2 };
    static const struct {
        const char *claim, *key; /* of the subject */
        uint32_t number;         /* asked for; 0: none */
        uint32_t found;          /* its number; 0: nothing */
    } cases[] = {
        { "TCB info of the baseline's number", "tcb_info/sgx/v3/00906ea10000", 0, 17 },
        { "identity likewise", "identity/qe", 0, 17 },
        { "of TDX, too", "identity/td_qe", 0, 17 },
        { "of the number that was asked for", "tcb_info/sgx/v3/00906ea10000", 18, 18 },
        { "of a number that is not held", "tcb_info/sgx/v3/00906ea10000", 19, 0 },
        { "an FMSPC that nobody knows", "tcb_info/sgx/v3/030000000000", 0, 0 },
        { "one that there is in version 2 alone, as version 3",
          "tcb_info/sgx/v3/020000000000", 0, 0 },
        { "and as version 2", "tcb_info/sgx/v2/020000000000", 0, 17 },
        { "a list has no number", "root_crl", 19, UINT32_MAX },
    };
    struct tribunal t;

    (void)state;
    tribunal_prepare(&t);
    stock_add(&t.stock, key_tcb_info(TEE_SGX, 2, old, 17));
    tribunal_start(&t);
    OWNED(baseline_view_release)
    const struct baseline_view *view = test_view_of(t.stock.holdings, STOCK_NOW_S);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct question question =
            question_of(&(struct wish){ .number = cases[i].number });
        struct verify_law law = { .view = view, .asked = &question, .outcome = CHOSEN };
        struct collateral_key subject;
        assert_true(collateral_key_read(bytes_of_text(cases[i].key), &subject));
        const struct verified_collateral *item = verify_law_find(&law, &subject);
        uint32_t found =
            item == NULL ? 0 : verified_facts(item)->key.evaluation_data_number;
        if (item != NULL && subject.kind == COLLATERAL_ROOT_CRL)
            found = UINT32_MAX;
        if (found != cases[i].found)
            fail_msg("%s: %u, not %u", cases[i].claim, found, cases[i].found);
    }
    tribunal_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_judged_picks_no_older_law),
        cmocka_unit_test(nor_a_lower_minimum),
        cmocka_unit_test(what_is_found_is_of_the_law),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
