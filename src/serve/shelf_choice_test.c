/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/shelf_choice.h"

#include <stdlib.h>

#include "kit/test.h"
#include "serve/shelf.h"
#include "serve/shelf_page.h"
#include "serve/test_stock.h"

#define V4 "/sgx/certification/v4/"
#define TCB "tcb?fmspc=00906EA10000"
#define UNTIL_S (STOCK_NOW_S + 400 * TEST_DAY_S)

enum { STEADY, EARLY, OVERRIDDEN, EXPIRED, REFUSING, BEGINNING, POLICIES };

static const struct baseline_override overrides[] = {
    { .fmspc = { 0x00, 0x90, 0x6e, 0xa1 },
      .pin = { .number = 18, .until_s = UNTIL_S, .why = "w", .by = "b" } },
};
static struct baseline_policy policies[POLICIES];

static void make_policies(void)
{
    for (size_t i = 0; i < POLICIES; i++)
        policies[i] = baseline_policy_default;
    policies[EARLY].name = "early";
    policies[EARLY].follow = FOLLOW_EARLY;
    policies[OVERRIDDEN].name = "overridden";
    policies[OVERRIDDEN].overrides = overrides;
    policies[OVERRIDDEN].override_count = COUNT_OF(overrides);
    policies[EXPIRED].name = "expired";
    policies[EXPIRED].hold_end = HOLD_END_SERVE_EXPIRED;
    policies[EXPIRED].expired = (struct baseline_pin){ 0, UNTIL_S, "w", "b" };
    policies[REFUSING].name = "refusing";
    policies[REFUSING].hold_end = HOLD_END_REFUSE;
    policies[BEGINNING].name = "beginning"; /* it has had no number */
}

static const struct baseline_law law = { .policies = policies, .count = POLICIES };

static const struct baseline_view *view_at(const struct stock *stock, int64_t now_s)
{
    OWNED(law_book_release) struct law_book *book = NULL;
    struct baseline_past pasts[POLICIES][2] = { 0 };
    const struct baseline_view *view = NULL;
    struct error err = { 0 };

    for (size_t i = STEADY; i < BEGINNING; i++)
        for (size_t k = 0; k < 2; k++)
            pasts[i][k].state = (struct baseline_state){ .number = i == EARLY ? 18 : 17,
                                                         .since_s = STOCK_ISSUED_S };
    assert_ok(law_book_make(&law, NULL, &book, &err), err);
    struct baseline_view_spec spec = { .book = book,
                                       .holdings = stock->holdings,
                                       .pasts = (const struct baseline_past(*)[2])pasts,
                                       .now_s = now_s };
    assert_ok(baseline_view_make(&spec, &view, &err), err);
    return view;
}

static struct shelf *shelf_of(const struct baseline_view *view)
{
    struct shelf_options options = { .now_s = view->now_s, .max_age_s = 3600 };
    struct shelf *shelf = NULL;
    struct error err = { 0 };

    assert_ok(shelf_build(view, &options, &shelf, &err), err);
    return shelf;
}

static const struct shelf_page *find(const struct shelf *shelf, const char *target,
                                     size_t policy)
{
    struct asker asker = { .bare_crl = CRL_FORM_HEX, .v3 = COMPAT_V3_SERVE };
    struct question question;
    struct shelf_answer answer;
    struct arena arena;
    struct error err = { 0 };

    arena_init(&arena, 64 * 1024);
    assert_ok(question_read(bytes_of_text(target), &asker, &arena, &question, &err), err);
    arena_fini(&arena);
    question.policy = policy;
    return shelf_find(shelf, &question, shelf_view(shelf)->now_s, &answer) ? answer.page
                                                                           : NULL;
}

static const char *header(const struct shelf_page *page, const char *name)
{
    for (size_t i = 0; page != NULL && i < page->header_count; i++)
        if (strcmp(page->headers[i].name, name) == 0)
            return page->headers[i].value;
    return "none";
}

static void each_baseline_has_its_own_number(void **state)
{
    static const struct {
        const char *target;
        size_t policy;
        const char *number, *baseline;
    } cases[] = {
        { V4 TCB, STEADY, "17", "steady" },
        { V4 TCB, EARLY, "18", "early" },
        { V4 TCB, OVERRIDDEN, "18", "overridden" },
        { V4 "qe/identity", STEADY, "17", "steady" },
        { V4 "qe/identity", EARLY, "18", "early" },
        { V4 "qe/identity", OVERRIDDEN, "17", "overridden" }, /* names no FMSPC */
        { V4 "qve/identity", EARLY, "17", "early" },          /* belongs to no set */
        { V4 TCB "&update=early", STEADY, "18", "none" },
        { V4 TCB "&tcbEvaluationDataNumber=17", EARLY, "17", "none" },
    };
    struct stock stock;

    (void)state;
    stock_open(&stock);
    stock_fill(&stock);
    OWNED(baseline_view_release)
    const struct baseline_view *view = view_at(&stock, STOCK_NOW_S);
    OWNED(shelf_free) struct shelf *shelf = shelf_of(view);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct shelf_page *page = find(shelf, cases[i].target, cases[i].policy);
        if (strcmp(header(page, "THIM-Evaluation-Data-Number"), cases[i].number) != 0
            || strcmp(header(page, "THIM-Baseline"), cases[i].baseline) != 0)
            fail_msg("%s under %zu: number %s of %s", cases[i].target, cases[i].policy,
                     header(page, "THIM-Evaluation-Data-Number"),
                     header(page, "THIM-Baseline"));
    }
    stock_close(&stock);
}

/* Three days after everything of number 17 has ended, with 18 signed until later. */
static void what_has_expired_is_given_only_where_a_baseline_says_so(void **state)
{
    static const struct {
        size_t policy;
        const char *number, *warning;
    } cases[] = {
        { STEADY, "18", "none" }, /* nothing was left of what it had */
        { EXPIRED, "17", "110 - \"Response is Stale\"" },
        { REFUSING, "none", "none" },
    };
    const int64_t later_s = STOCK_DUE_S + 3 * TEST_DAY_S;
    struct collateral_key keys[] = { key_tcb_info(TEE_SGX, 3, stock_fmspc, 18),
                                     key_identity(ENCLAVE_QE, 18) };
    struct stock stock;

    (void)state;
    stock_open(&stock);
    stock_fill(&stock);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        stock_add_dated(&stock, keys[i], STOCK_NOW_S, STOCK_NOW_S + 30 * TEST_DAY_S);
        stock_designate(&stock, keys[i], UPDATE_STANDARD);
    }
    OWNED(baseline_view_release)
    const struct baseline_view *view = view_at(&stock, later_s);
    OWNED(shelf_free) struct shelf *shelf = shelf_of(view);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct shelf_page *page = find(shelf, V4 TCB, cases[i].policy);
        if (strcmp(header(page, "THIM-Evaluation-Data-Number"), cases[i].number) != 0
            || strcmp(header(page, "Warning"), cases[i].warning) != 0)
            fail_msg("%zu: number %s, warning %s", cases[i].policy,
                     header(page, "THIM-Evaluation-Data-Number"),
                     header(page, "Warning"));
    }
    stock_close(&stock);
}

/* Two that are meant would stand in one place on the shelf, and nobody knew which is
 * found. */
static void no_question_means_two_documents(void **state)
{
    const int64_t moments_s[] = { STOCK_NOW_S, STOCK_DUE_S + 3 * TEST_DAY_S };
    struct collateral_key key = key_tcb_info(TEE_SGX, 3, stock_fmspc, 18);
    struct stock stock;

    (void)state;
    stock_open(&stock);
    stock_fill(&stock);
    stock_add_dated(&stock, key, STOCK_NOW_S, STOCK_NOW_S + 30 * TEST_DAY_S);
    stock_designate(&stock, key, UPDATE_STANDARD);
    for (size_t n = 0; n < COUNT_OF(moments_s); n++) {
        OWNED(baseline_view_release)
        const struct baseline_view *view = view_at(&stock, moments_s[n]);
        for (size_t policy = 0; policy < POLICIES; policy++) {
            size_t meant = 0;
            for (size_t i = 0; i < stock.holdings->count; i++) {
                const struct collateral_key *held =
                    &verified_facts(stock.holdings->entries[i].item)->key;
                if (held->kind == COLLATERAL_TCB_INFO && held->tee == TEE_SGX)
                    meant += shelf_choice_means(view, i, CHOOSE_BASELINE, policy);
            }
            if (meant > 1)
                fail_msg("%zu under %s", meant, policies[policy].name);
        }
    }
    stock_close(&stock);
}

static const uint8_t other[6] = { 0x30, 0x60, 0x6a, 0x00, 0x00, 0x00 };

static unsigned long number_of_other(const struct stock *stock, size_t policy)
{
    OWNED(baseline_view_release)
    const struct baseline_view *view = view_at(stock, STOCK_NOW_S);
    OWNED(shelf_free) struct shelf *shelf = shelf_of(view);
    const struct shelf_page *page = find(shelf, V4 "tcb?fmspc=30606a000000", policy);

    return strtoul(header(page, "THIM-Evaluation-Data-Number"), NULL, 10);
}

static void add_standard(struct stock *stock, struct collateral_key key)
{
    stock_add(stock, key);
    stock_designate(stock, key, UPDATE_STANDARD);
}

/* The set is 17's, and of the other FMSPC only this number is held; 0: nothing. */
static void an_fmspc_that_the_set_lacks_is_given_nothing_that_mixes(void **state)
{
    static const struct {
        const char *claim;
        uint32_t number;
        int identity_days; /* left of the identity of that number; 0: it is not held */
        unsigned long given;
    } cases[] = {
        { "it came when 17 was no longer signed", 18, 0, 0 },
        { "it is behind, and has a set there", 16, 20, 0 },
        { "to the last day", 16, 1, 0 },
        { "it was left behind: its identity has ended", 16, -1, 16 },
        { "and is held no more", 16, 0, 16 },
        { "it has the set's", 17, 0, 17 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct stock stock;
        stock_open(&stock);
        stock_fill(&stock);
        add_standard(&stock, key_tcb_info(TEE_SGX, 3, other, cases[i].number));
        if (cases[i].identity_days != 0)
            stock_add_dated(&stock, key_identity(ENCLAVE_QE, cases[i].number),
                            STOCK_ISSUED_S - 9 * TEST_DAY_S,
                            STOCK_NOW_S + cases[i].identity_days * TEST_DAY_S);
        unsigned long given = number_of_other(&stock, STEADY);
        if (given != cases[i].given)
            fail_msg("%s: given %lu", cases[i].claim, given);
        stock_close(&stock);
    }
}

/* Nothing of 17 but the identity that Intel calls standard. */
static void nor_does_anything_mix_before_the_first_number(void **state)
{
    struct stock stock;

    (void)state;
    stock_open(&stock);
    stock_put(&stock, test_world_root_crl(stock.world));
    add_standard(&stock, key_tcb_info(TEE_SGX, 3, other, 18));
    assert_int_equal(number_of_other(&stock, BEGINNING), 18); /* alone */
    add_standard(&stock, key_identity(ENCLAVE_QE, 17));
    assert_int_equal(number_of_other(&stock, BEGINNING), 0);
    add_standard(&stock, key_identity(ENCLAVE_QE, 18));
    assert_int_equal(number_of_other(&stock, BEGINNING), 18);
    stock_close(&stock);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_baseline_has_its_own_number),
        cmocka_unit_test(what_has_expired_is_given_only_where_a_baseline_says_so),
        cmocka_unit_test(no_question_means_two_documents),
        cmocka_unit_test(an_fmspc_that_the_set_lacks_is_given_nothing_that_mixes),
        cmocka_unit_test(nor_does_anything_mix_before_the_first_number),
    };

    make_policies();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
