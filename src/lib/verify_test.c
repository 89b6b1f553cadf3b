/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test_court.h"
#include "verify/test_quote_cases.h"
#include "verify/verdict_json.h"

/* ---- the same as the engine's ------------------------------------------------------ */

#define ARENA_MAX ((size_t)64 << 20)

static struct thim_collateral_options options_of(const struct collateral_texts *texts)
{
    return (struct thim_collateral_options){
        .size = sizeof(struct thim_collateral_options),
        .root_ca_crl = court_bytes(texts->root_crl),
        .pck_crl = court_bytes(texts->pck_crl),
        .tcb_info = court_bytes(texts->tcb_info),
        .tcb_info_issuer_chain = court_bytes(texts->tcb_info_chain),
        .qe_identity = court_bytes(texts->identity),
        .qe_identity_issuer_chain = court_bytes(texts->identity_chain),
        .quote = court_bytes(texts->quote),
    };
}

static void engines_json(const struct thim_collateral *collateral, struct bytes quote,
                         int64_t now_s, struct buf *out)
{
    static struct verdict found;
    struct policy_answer answer;
    struct quote_law law = { .trust = &collateral->trust,
                             .source = collateral_set_source(collateral->set),
                             .now_s = now_s };

    (void)quote_verify(quote, &law, NULL, &found);
    policy_judge(NULL, &found, &answer);
    verdict_json_write(&found, &answer, (struct bytes){ 0 }, out);
}

static void check_json(const char *name, const struct thim_verdict *verdict,
                       const char *expected)
{
    size_t len = thim_verdict_json(verdict, NULL, 0);
    char *text = malloc(len + 1);

    assert_int_equal(thim_verdict_json(verdict, text, len + 1), len);
    if (strcmp(text, expected) != 0)
        fail_msg("%s: %s, by the engine %s", name, text, expected);
    assert_int_equal(thim_verdict_json(verdict, text, 8), len); /* as snprintf */
    assert_int_equal(strlen(text), 7);
    free(text);
}

/* Anew, and by what is known. */
static void check_same(const char *name, const struct thim_collateral *collateral,
                       struct bytes quote, int64_t now_s)
{
    struct thim_verifier *verifier;
    struct thim_verdict *verdict;
    struct buf inner;

    buf_init(&inner, 1 << 20);
    engines_json(collateral, quote, now_s, &inner);
    assert_true(thim_verifier_new(NULL, &verifier, NULL));
    assert_true(thim_verdict_new(&verdict, NULL));
    for (int round = 0; round < 2; round++) {
        bool accepted = thim_verify_quote(verifier, collateral, quote.at, quote.len,
                                          now_s, NULL, NULL, verdict);
        assert_int_equal(accepted, thim_verdict_accepted(verdict));
        check_json(name, verdict, buf_text(&inner));
    }
    thim_verdict_free(verdict);
    thim_verifier_free(verifier);
    buf_fini(&inner);
}

/* False where the vectors lack some of its collateral. */
static bool check_case(const struct quote_case *c)
{
    struct thim_collateral *collateral;
    struct thim_error error;
    struct arena arena;

    arena_init(&arena, ARENA_MAX);
    struct collateral_texts texts = quote_case_texts(c, &arena);
    struct thim_collateral_options options = options_of(&texts);
    bool is_whole = thim_collateral_new(NULL, &options, &collateral, &error);
    if (is_whole)
        check_same(c->columns[CASE_NAME], collateral, texts.quote, c->at_s);
    else if (error.kind != THIM_ERROR_NOT_FOUND)
        fail_msg("%s: %s", c->columns[CASE_NAME], error.text);
    thim_collateral_release(collateral);
    arena_fini(&arena);
    return is_whole;
}

static void every_real_quote_has_the_engines_verdict(void **state)
{
    static struct quote_cases cases;
    size_t judged = 0;

    (void)state;
    quote_cases_read(&cases);
    for (size_t i = 0; i < cases.count; i++)
        judged += check_case(&cases.cases[i]);
    quote_cases_forget(&cases);
    assert_true(judged > 20);
}

static void a_minted_quote_has_the_engines_verdict(void **state)
{
    static const enum tee tees[] = { TEE_SGX, TEE_TDX };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(tees); i++) {
        struct court court;
        court_open(&court, tees[i]);
        check_same("minted", court.collateral, buf_bytes(&court.quote), court.now_s);
        court.quote.at[100] ^= 1;
        check_same("spoiled", court.collateral, buf_bytes(&court.quote), court.now_s);
        court_close(&court);
    }
}

/* ---- options ----------------------------------------------------------------------- */

static void what_trails_is_refused_on_request(void **state)
{
    struct thim_verify_options strict = { .size = sizeof strict,
                                          .flags = THIM_VERIFY_REFUSE_TRAILING };
    struct court court;
    uint64_t trailing;

    (void)state;
    court_open(&court, TEE_TDX);
    assert_true(court_judge(&court, NULL, &strict));
    buf_add(&court.quote, bytes_of("\0\0\0", 3));
    assert_true(court_judge(&court, NULL, NULL));
    assert_true(thim_verdict_number(court.verdict, THIM_NUMBER_TRAILING, &trailing));
    assert_int_equal(trailing, 3);
    assert_false(court_judge(&court, NULL, &strict));
    assert_int_equal(thim_verdict_failure(court.verdict),
                     THIM_CHECK_UNSUPPORTED_QUOTE_FORMAT);
    court_close(&court);
}

struct list { /* a caller's */
    uint8_t fmspc[6];
    const char *why;
    unsigned asked;
};

static bool pass(void *context, const struct thim_party *party, char *why,
                 size_t why_room)
{
    struct list *list = context;

    list->asked++;
    assert_int_equal(party->size, sizeof *party);
    assert_int_equal(party->fmspc.len, 6);
    assert_int_equal(party->ppid.len, 16);
    assert_true(party->spki.len > 64);
    snprintf(why, why_room, "%s", list->why);
    return memcmp(party->fmspc.at, list->fmspc, 6) != 0;
}

static void a_callers_deny_list_counts(void **state)
{
    struct list list = { .fmspc = { 0x00, 0x90, 0x6e, 0xa1 }, .why = "sold\n\x1b[2J" };
    struct thim_verify_options options = { .size = sizeof options,
                                           .pass = pass,
                                           .context = &list };
    struct court court;

    (void)state;
    court_open(&court, TEE_TDX);
    assert_false(court_judge(&court, NULL, &options));
    assert_int_equal(thim_verdict_failure(court.verdict), THIM_CHECK_DENIED);
    assert_non_null(strstr(thim_verdict_why(court.verdict), "sold"));
    assert_null(strchr(thim_verdict_why(court.verdict), '\x1b'));
    list.why = "";
    assert_false(court_judge(&court, NULL, &options));
    assert_non_null(strstr(thim_verdict_why(court.verdict), "deny list"));
    list.fmspc[0] ^= 1;
    assert_true(court_judge(&court, NULL, &options));
    assert_int_equal(list.asked, 3);
    court_close(&court);
}

/* ---- a call that is wrong ---------------------------------------------------------- */

static void misused(struct thim_verdict *verdict, const char *part)
{
    assert_false(thim_verdict_valid(verdict) || thim_verdict_accepted(verdict));
    assert_int_equal(thim_verdict_failure(verdict), THIM_CHECK_USAGE);
    if (strstr(thim_verdict_why(verdict), part) == NULL)
        fail_msg("\"%s\", expected \"%s\"", thim_verdict_why(verdict), part);
    assert_int_equal(thim_verdict_json(verdict, NULL, 0), 0);
}

static void what_a_call_lacks_is_named_and_what_was_found_before_is_gone(void **state)
{
    struct court court;
    char byte = 0;

    (void)state;
    court_open(&court, TEE_TDX);
    assert_true(court_judge(&court, NULL, NULL));
    assert_false(thim_verify_quote(NULL, court.collateral, &byte, 1, 0, NULL, NULL,
                                   court.verdict));
    misused(court.verdict, "a verifier");
    assert_true(court_judge(&court, NULL, NULL));
    assert_false(
        thim_verify_quote(court.verifier, NULL, &byte, 1, 0, NULL, NULL, court.verdict));
    misused(court.verdict, "collateral");
    assert_false(thim_verify_quote(court.verifier, court.collateral, NULL, 1, 0, NULL,
                                   NULL, court.verdict));
    misused(court.verdict, "evidence");
    assert_false(thim_verify_quote(court.verifier, court.collateral, &byte, 1, 0, NULL,
                                   NULL, NULL));
    assert_false(
        thim_verify_report(court.verifier, NULL, &byte, 1, 0, NULL, NULL, court.verdict));
    misused(court.verdict, "collateral");
    assert_false(thim_verify_quote(court.verifier, court.collateral, &byte, 0, 0, NULL,
                                   NULL, court.verdict));
    assert_int_equal(thim_verdict_failure(court.verdict),
                     THIM_CHECK_UNSUPPORTED_QUOTE_FORMAT);
    court_close(&court);
}

static void options_that_cannot_be_are_refused(void **state)
{
    struct {
        struct thim_verify_options options;
        const char *part;
    } cases[] = {
        { { .size = 0 }, "sizeof" },
        { { .size = sizeof(struct thim_verify_options) - 8 }, "sizeof" },
        { { .size = sizeof(struct thim_verify_options), .flags = 1 << 2 }, "flags 0x4" },
        { { .size = sizeof(struct thim_verify_options), .future_s = -1 }, "future_s" },
        { { .size = sizeof(struct thim_verify_options), .future_s = 86401 }, "future_s" },
    };
    struct court court;

    (void)state;
    court_open(&court, TEE_TDX);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_false(court_judge(&court, NULL, &cases[i].options));
        misused(court.verdict, cases[i].part);
    }
    court_close(&court);
}

static void a_verifier_has_its_limits(void **state)
{
    struct thim_verifier_options options = { .size = sizeof options, .lanes = 1025 };
    struct thim_verifier *verifier = (struct thim_verifier *)&options;
    struct thim_error error = { 0 };

    (void)state;
    assert_false(thim_verifier_new(&options, &verifier, &error));
    assert_int_equal(error.kind, THIM_ERROR_USAGE);
    assert_null(verifier);
    options = (struct thim_verifier_options){ .size = sizeof options, .qes = 1U << 21 };
    assert_false(thim_verifier_new(&options, &verifier, &error));
    assert_false(thim_verifier_new(&options, NULL, NULL));
    options = (struct thim_verifier_options){ .size = sizeof options, .lanes = 1 };
    assert_true(thim_verifier_new(&options, &verifier, &error));
    thim_verifier_free(verifier);
    thim_verifier_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_real_quote_has_the_engines_verdict),
        cmocka_unit_test(a_minted_quote_has_the_engines_verdict),
        cmocka_unit_test(what_trails_is_refused_on_request),
        cmocka_unit_test(a_callers_deny_list_counts),
        cmocka_unit_test(what_a_call_lacks_is_named_and_what_was_found_before_is_gone),
        cmocka_unit_test(options_that_cannot_be_are_refused),
        cmocka_unit_test(a_verifier_has_its_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
