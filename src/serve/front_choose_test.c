/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/front_choose.h"

#include "baseline/test_sets.h"
#include "kit/test.h"

#define NOW_S INT64_C(1784937600) /* 2026-07-25T00:00:00Z */

enum { HOME, CANARY, LOCKED, REFUSER, POLICIES };

static const struct baseline_override overrides[] = {
    { .fmspc = { 2 }, .pin = { .number = 20, .until_s = NOW_S + DAY_S } },
};
static struct baseline_policy policies[POLICIES] = {
    [HOME] = { .name = "home", .choice = CHOICE_ANY },
    [CANARY] = { .name = "canary", .choice = CHOICE_NEWER },
    [LOCKED] = { .name = "locked", .choice = CHOICE_NONE },
    [REFUSER] = { .name = "refuser",
                  .choice = CHOICE_ANY,
                  .overrides = overrides,
                  .override_count = COUNT_OF(overrides) },
};
static const struct baseline_rule rules[] = {
    { .address = { 10, 1 }, .address_len = 4, .prefix_bits = 16, .baseline = CANARY },
    { .address = { 10, 2 }, .address_len = 4, .prefix_bits = 16, .baseline = LOCKED },
};

/* Numbers 18 (home's), 19 (standard; canary, locked) and 20 (early). FMSPC 2 has 20
 * alone; a straggler, FMSPC 3, has 17 alone, which is its standard. */
struct board {
    struct arena arena;
    struct baseline_law law;
    struct baseline_stand stands[POLICIES][2];
    struct baseline_view view;
};

static void board_open(struct board *board, uint32_t floor, bool has_straggler)
{
    static const uint32_t numbers[POLICIES] = { 18, 19, 19, 0 };
    struct pile pile = { 0 };

    *board = (struct board){ 0 };
    arena_init(&board->arena, (size_t)1 << 20);
    for (uint32_t number = 18; number <= 20; number++) {
        struct set_document *identity =
            pile_identity(&pile, TEE_SGX, number, NOW_S - DAY_S, NOW_S + 20 * DAY_S);
        struct set_document *info =
            pile_tcb_info(&pile, TEE_SGX, 1, number, NOW_S - DAY_S, NOW_S + 20 * DAY_S);
        identity->is_standard = info->is_standard = number == 19;
        identity->is_early = info->is_early = number == 20;
    }
    pile_tcb_info(&pile, TEE_SGX, 2, 20, NOW_S - DAY_S, NOW_S + 20 * DAY_S);
    if (has_straggler)
        pile_tcb_info(&pile, TEE_SGX, 3, 17, NOW_S - DAY_S, NOW_S + 20 * DAY_S)
            ->is_standard = true;
    pile_sets(&pile, NOW_S, &board->arena, &board->view.sets);
    board->law = (struct baseline_law){ .policies = policies,
                                        .count = POLICIES,
                                        .rules = rules,
                                        .rule_count = COUNT_OF(rules),
                                        .floor = floor };
    for (size_t i = 0; i < POLICIES; i++)
        board->stands[i][0].number = numbers[i];
    board->stands[REFUSER][0].decision.reason = REASON_REFUSING;
    board->view.law = &board->law;
    board->view.now_s = NOW_S;
    board->view.stands = (const struct baseline_stand(*)[2])board->stands;
}

static void board_close(struct board *board)
{
    arena_fini(&board->arena);
}

struct wish { /* a question as far as it matters here */
    const char *claim;
    uint8_t address[4];
    const char *baseline; /* by header; NULL: none */
    enum number_choice choice;
    uint32_t number;
    uint8_t fmspc; /* 0: 1 */
    uint32_t floor;
    enum choose_outcome outcome;
    size_t policy;
    uint32_t wanted; /* what is to be fetched by number; 0: by the vendor's own word */
};

static void check(const struct wish *wish)
{
    const uint8_t fmspc[6] = { wish->fmspc != 0 ? wish->fmspc : 1 };
    struct question question = { .kind = ASK_COLLATERAL,
                                 .key = key_tcb_info(TEE_SGX, 3, fmspc, wish->number),
                                 .choice = wish->choice };
    struct board board;
    struct error why = { 0 };

    board_open(&board, wish->floor, wish->fmspc == 3);
    if (wish->baseline != NULL) {
        question.baseline = bytes_of_text(wish->baseline);
        question.baseline_source = BASELINE_BY_HEADER;
    }
    enum choose_outcome outcome =
        front_choose(&board.view, bytes_of(wish->address, 4), &question, &why);
    if (outcome != wish->outcome
        || (outcome == CHOSEN
            && (question.policy != wish->policy
                || question.number_wanted != wish->wanted)))
        fail_msg("%s: outcome %d, policy %zu, wanted %u, \"%s\"", wish->claim,
                 (int)outcome, question.policy, question.number_wanted, why.text);
    if ((outcome == CHOSEN) != (why.text[0] == 0))
        fail_msg("%s: a refusal says why, and nothing else does", wish->claim);
    board_close(&board);
}

static void each_asker_is_under_one_baseline(void **state)
{
    static const struct wish wishes[] = {
        { .claim = "nothing said: the default, whose number is not standard",
          .choice = CHOOSE_BASELINE,
          .outcome = CHOSEN,
          .policy = HOME,
          .wanted = 18 },
        { .claim = "a rule for the address; what it has is standard",
          .address = { 10, 1, 2, 3 },
          .choice = CHOOSE_BASELINE,
          .outcome = CHOSEN,
          .policy = CANARY },
        { .claim = "the header is stronger than the default",
          .baseline = "canary",
          .choice = CHOOSE_BASELINE,
          .outcome = CHOSEN,
          .policy = CANARY },
        { .claim = "a baseline that nobody has made",
          .baseline = "canari",
          .choice = CHOOSE_BASELINE,
          .outcome = CHOOSE_UNKNOWN },
        { .claim = "letter case counts",
          .baseline = "Canary",
          .choice = CHOOSE_BASELINE,
          .outcome = CHOOSE_UNKNOWN },
        { .claim = "signatures have ended, and it would rather refuse",
          .baseline = "refuser",
          .choice = CHOOSE_BASELINE,
          .outcome = CHOOSE_REFUSING },
        { .claim = "and yet gives what it overrides for one FMSPC",
          .baseline = "refuser",
          .fmspc = 2,
          .choice = CHOOSE_BASELINE,
          .outcome = CHOSEN,
          .policy = REFUSER,
          .wanted = 20 },
        { .claim = "a number is answered even under that one",
          .baseline = "refuser",
          .choice = CHOOSE_NUMBER,
          .number = 19,
          .outcome = CHOSEN,
          .policy = REFUSER,
          .wanted = 19 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wishes); i++)
        check(&wishes[i]);
}

static void choice_bounds_what_may_be_asked_for(void **state)
{
    static const struct wish wishes[] = {
        { .claim = "any: an older number",
          .choice = CHOOSE_NUMBER,
          .number = 17,
          .outcome = CHOSEN,
          .policy = HOME,
          .wanted = 17 },
        { .claim = "any: early",
          .choice = CHOOSE_EARLY,
          .outcome = CHOSEN,
          .policy = HOME },
        { .claim = "newer: its own number",
          .address = { 10, 1 },
          .choice = CHOOSE_NUMBER,
          .number = 19,
          .outcome = CHOSEN,
          .policy = CANARY,
          .wanted = 19 },
        { .claim = "newer: one more",
          .address = { 10, 1 },
          .choice = CHOOSE_NUMBER,
          .number = 20,
          .outcome = CHOSEN,
          .policy = CANARY,
          .wanted = 20 },
        { .claim = "newer: one less",
          .address = { 10, 1 },
          .choice = CHOOSE_NUMBER,
          .number = 18,
          .outcome = CHOOSE_FORBIDDEN },
        { .claim = "newer: early",
          .address = { 10, 1 },
          .choice = CHOOSE_EARLY,
          .outcome = CHOSEN,
          .policy = CANARY },
        { .claim = "newer: an older baseline",
          .address = { 10, 1 },
          .baseline = "home",
          .choice = CHOOSE_BASELINE,
          .outcome = CHOOSE_FORBIDDEN },
        { .claim = "none: what it has",
          .address = { 10, 2 },
          .choice = CHOOSE_BASELINE,
          .outcome = CHOSEN,
          .policy = LOCKED },
        { .claim = "none: the same by number",
          .address = { 10, 2 },
          .choice = CHOOSE_NUMBER,
          .number = 19,
          .outcome = CHOSEN,
          .policy = LOCKED,
          .wanted = 19 },
        { .claim = "none: early",
          .address = { 10, 2 },
          .choice = CHOOSE_EARLY,
          .outcome = CHOOSE_FORBIDDEN },
        { .claim = "none: a newer number",
          .address = { 10, 2 },
          .choice = CHOOSE_NUMBER,
          .number = 20,
          .outcome = CHOOSE_FORBIDDEN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wishes); i++)
        check(&wishes[i]);
}

static void nothing_passes_below_the_floor(void **state)
{
    static const struct wish wishes[] = {
        { .claim = "at the floor",
          .choice = CHOOSE_NUMBER,
          .number = 19,
          .floor = 19,
          .outcome = CHOSEN,
          .policy = HOME,
          .wanted = 19 },
        { .claim = "a number one below",
          .choice = CHOOSE_NUMBER,
          .number = 18,
          .floor = 19,
          .outcome = CHOOSE_BELOW_FLOOR },
        { .claim = "a baseline one below, though nobody chose",
          .choice = CHOOSE_BASELINE,
          .floor = 19,
          .outcome = CHOOSE_BELOW_FLOOR },
        { .claim = "what stands in for a number that this FMSPC lacks",
          .fmspc = 3,
          .choice = CHOOSE_BASELINE,
          .floor = 18,
          .outcome = CHOOSE_BELOW_FLOOR },
        { .claim = "the same at the floor",
          .fmspc = 3,
          .choice = CHOOSE_BASELINE,
          .floor = 17,
          .outcome = CHOSEN,
          .policy = HOME,
          .wanted = 18 },
        { .claim = "early below",
          .choice = CHOOSE_EARLY,
          .floor = 21,
          .outcome = CHOOSE_BELOW_FLOOR },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wishes); i++)
        check(&wishes[i]);
}

/* QvE and QAE have numbers of their own: no baseline's limits are about them. */
static void what_belongs_to_no_set_is_not_bounded(void **state)
{
    struct question question = { .kind = ASK_COLLATERAL,
                                 .key = key_identity(ENCLAVE_QVE, 1),
                                 .choice = CHOOSE_NUMBER };
    struct board board;
    struct error why = { 0 };

    (void)state;
    board_open(&board, 19, false);
    assert_int_equal(front_choose(&board.view, (struct bytes){ 0 }, &question, &why),
                     CHOSEN);
    assert_int_equal(question.policy, HOME);
    board_close(&board);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_asker_is_under_one_baseline),
        cmocka_unit_test(choice_bounds_what_may_be_asked_for),
        cmocka_unit_test(nothing_passes_below_the_floor),
        cmocka_unit_test(what_belongs_to_no_set_is_not_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
