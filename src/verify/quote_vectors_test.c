/* SPDX-License-Identifier: Apache-2.0 */
/* Real quotes under the collateral of their time, and the same with a byte changed. */
#include "verify/quote.h"
#include "verify/test_quote_cases.h"

#define ARENA_MAX ((size_t)64 << 20)

struct court { /* one case, ready to be judged */
    const struct quote_case *c;
    struct arena arena;
    struct trust trust;
    struct collateral_texts texts;
    struct collateral_set *set;
    struct quote_law law;
};

static void convene(struct court *court, const struct quote_case *c)
{
    struct error err = { 0 };

    *court = (struct court){ .c = c };
    arena_init(&court->arena, ARENA_MAX);
    trust_init(&court->trust);
    court->texts = quote_case_texts(c, &court->arena);
    assert_ok(collateral_set_make(&court->texts, &court->trust, &court->set, &err), err);
    court->law = (struct quote_law){ .trust = &court->trust,
                                     .source = collateral_set_source(court->set),
                                     .now_s = c->at_s };
}

static void adjourn(struct court *court)
{
    collateral_set_free(court->set);
    arena_fini(&court->arena);
}

static const struct quote_case *case_named(const struct quote_cases *cases,
                                           const char *name)
{
    for (size_t i = 0; i < cases->count; i++)
        if (strcmp(cases->cases[i].columns[CASE_NAME], name) == 0)
            return &cases->cases[i];
    fail_msg("no case %s", name);
    return NULL;
}

/* ---- the verdicts of others -------------------------------------------------------- */

/* What differs from the table beside the vectors, and why. A platform that reaches no
 * level is not listed: that is tcb_not_supported, and the table says so too. */
static const struct difference {
    const char *name;
    enum verify_check failure;
    const char *status;   /* NULL: as computed there; "": none */
    const char *tcb_date; /* likewise */
    const char *why;
} differences[] = {
    { "dcapqvl-near-gas-test", CHECK_TCB_INFO_MISSING, "", "",
      "the vectors have no TCB info of its FMSPC" },
    { "oasis-sgx-ok", CHECK_PCK_CRL_MISSING, NULL, NULL,
      "no PCK CRL of that date; whoever accepted it asks for none" },
    { "oasis-sgx-tcbinfo-expired", CHECK_PCK_CRL_MISSING, NULL, "2021-11-10T00:00:00Z",
      "no PCK CRL of that date; the date is the older QE level's" },
    { "mobilecoin-sgx-processor", CHECK_PCK_CRL_MISSING, NULL, NULL,
      "no PCK CRL of that date; whoever accepted it asks for none" },
    { "integritee-sgx-test2", CHECK_PCK_CRL_MISSING, "", "",
      "neither PCK CRL nor QE identity of that date" },
    { "migtd-azure-thim", CHECK_PCK_CRL_MISSING, NULL, "2023-08-09T00:00:00Z",
      "no PCK CRL of that date; the date is the older QE level's" },
    { "gotdx-cos-113", CHECK_PCK_CRL_MISSING, NULL, NULL, "no PCK CRL of that date" },
    { "automata-sgx-00906ea1", CHECK_PCK_CRL_MISSING, NULL, NULL,
      "no PCK CRL of that date" },
    { "flashbots-gcp-tdx", CHECK_PCK_CERT_CHAIN_EXPIRED, NULL, NULL,
      "its PCK certificate was issued half a year after the time of the case" },
    { "gotpmtools-gcp-tdx", CHECK_PCK_CERT_CHAIN_EXPIRED, NULL, NULL,
      "its PCK certificate was issued weeks after the time of the case" },
};

static const struct difference *difference_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(differences); i++)
        if (strcmp(differences[i].name, name) == 0)
            return &differences[i];
    return NULL;
}

static const char *or_nothing(const char *column)
{
    return strcmp(column, "-") == 0 ? "" : column;
}

static void check_text(const struct quote_case *c, const char *what, const char *is,
                       const char *expected)
{
    if (strcmp(is, expected) != 0)
        fail_msg("%s: %s is \"%s\", expected \"%s\"", c->columns[CASE_NAME], what, is,
                 expected);
}

static void check_advisories(const struct quote_case *c, const struct verdict *verdict)
{
    struct buf list;

    buf_init(&list, 65536);
    for (size_t i = 0; i < verdict->advisory_count; i++) {
        buf_add_text(&list, i > 0 ? "," : "");
        buf_add(&list, verdict->advisories[i]);
    }
    check_text(c, "advisories", buf_text(&list), or_nothing(c->columns[CASE_ADVISORIES]));
    buf_fini(&list);
}

static void check_verdict(const struct quote_case *c, const struct verdict *verdict)
{
    const struct difference *differs = difference_of(c->columns[CASE_NAME]);
    bool is_unmatched = strcmp(c->columns[CASE_STATUS], "TCB level not matched") == 0;
    const char *status = is_unmatched ? "NotSupported" : c->columns[CASE_STATUS];
    const char *date = or_nothing(c->columns[CASE_TCB_DATE]);
    enum verify_check failure = is_unmatched ? CHECK_TCB_NOT_SUPPORTED : CHECK_PASSED;

    if (differs != NULL) {
        failure = differs->failure;
        status = differs->status != NULL ? differs->status : status;
        date = differs->tcb_date != NULL ? differs->tcb_date : date;
    }
    if (verdict->failure != failure)
        fail_msg("%s: %s", c->columns[CASE_NAME], verdict->why.text);
    assert_int_equal(verdict->valid, failure == CHECK_PASSED);
    check_text(c, "status", verdict->has_status ? tcb_standing_name(verdict->status) : "",
               status);
    check_text(c, "date", verdict->tcb_date_s == 0 ? "" : utc(verdict->tcb_date_s).s,
               date);
    if (verdict->has_status)
        check_advisories(c, verdict);
}

static void every_case_has_the_verdict_that_others_found(void **state)
{
    static struct quote_cases cases;
    static struct verdict verdict;
    OWNED(known_signers_destroy) struct known_signers *known = NULL;
    struct error err = { 0 };

    (void)state;
    quote_cases_read(&cases);
    assert_ok(known_signers_create(NULL, &known, &err), err);
    for (size_t i = 0; i < cases.count; i++) {
        struct court court;
        convene(&court, &cases.cases[i]);
        quote_verify(court.texts.quote, &court.law, NULL, &verdict);
        check_verdict(court.c, &verdict);
        for (size_t again = 0; again < 2; again++) { /* remembered, then recalled */
            quote_verify(court.texts.quote, &court.law, known, &verdict);
            check_verdict(court.c, &verdict);
        }
        adjourn(&court);
    }
    assert_true(cases.count >= 40);
    quote_cases_forget(&cases);
}

/* What the sources state in words: those that do not accept must not be valid and up to
 * date here, and those that name a status name ours. */
static void what_sources_state_holds(void **state)
{
    static struct quote_cases cases;
    static struct verdict verdict;
    size_t stated = 0;

    (void)state;
    quote_cases_read(&cases);
    for (size_t i = 0; i < cases.count; i++) {
        struct court court;
        const char *words = cases.cases[i].columns[CASE_STATED];
        if (strcmp(words, "-") == 0 || strcmp(words, "accepted") == 0)
            continue;
        convene(&court, &cases.cases[i]);
        quote_verify(court.texts.quote, &court.law, NULL, &verdict);
        bool is_refusal =
            strncmp(words, "rejected", 8) == 0 || strncmp(words, "not", 3) == 0;
        if (is_refusal)
            assert_false(verdict.valid);
        else if (!verdict.valid
                 || strstr(words, tcb_standing_name(verdict.status)) == NULL)
            fail_msg("%s: stated %s, and here %s", court.c->columns[CASE_NAME], words,
                     tcb_standing_name(verdict.status));
        stated++;
        adjourn(&court);
    }
    assert_true(stated >= 10);
    quote_cases_forget(&cases);
}

/* ---- one byte changed -------------------------------------------------------------- */

static struct bytes changed(struct court *court, size_t at, uint8_t with)
{
    struct bytes copy = arena_copy(&court->arena, court->texts.quote);
    uint8_t *bytes = (uint8_t *)(uintptr_t)copy.at;

    assert_true(at < copy.len);
    bytes[at] ^= with;
    return copy;
}

/* Reference verification.md, 15.2: offsets in a TDX quote of version 4, and what Intel's
 * library says. */
static void each_mutation_fails_the_check_that_intel_names(void **state)
{
    static const struct {
        size_t at;
        enum verify_check check;
    } mutations[] = {
        { 0, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { 2, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { 4, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { 12, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { 632, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { 764, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { 766, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { 1218, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { 1254, CHECK_UNSUPPORTED_QUOTE_FORMAT },
        { 8, CHECK_INVALID_QUOTE_SIGNATURE },
        { 28, CHECK_INVALID_QUOTE_SIGNATURE },
        { 48, CHECK_INVALID_QUOTE_SIGNATURE },
        { 168, CHECK_INVALID_QUOTE_SIGNATURE },
        { 568, CHECK_INVALID_QUOTE_SIGNATURE },
        { 640, CHECK_INVALID_QUOTE_SIGNATURE },
        { 112, CHECK_TDX_MODULE_MISMATCH },
        { 160, CHECK_TDX_MODULE_MISMATCH },
        { 705, CHECK_INVALID_QE_REPORT_DATA },
        { 1225, CHECK_INVALID_QE_REPORT_DATA },
        { 770, CHECK_INVALID_QE_REPORT_SIGNATURE },
        { 786, CHECK_INVALID_QE_REPORT_SIGNATURE },
        { 900, CHECK_INVALID_QE_REPORT_SIGNATURE },
        { 1090, CHECK_INVALID_QE_REPORT_SIGNATURE },
        { 1125, CHECK_INVALID_QE_REPORT_SIGNATURE },
        { 1160, CHECK_INVALID_QE_REPORT_SIGNATURE },
        /* type 5 becomes 4: no chain, and nobody knows the certificate */
        { 1252, CHECK_PCK_CERT_MISSING },
    };
    static struct quote_cases cases;
    static struct verdict verdict;
    struct court court;

    (void)state;
    quote_cases_read(&cases);
    convene(&court, case_named(&cases, "dcapqvl-tdx-uptodate"));
    for (size_t i = 0; i < COUNT_OF(mutations); i++) {
        struct bytes quote = changed(&court, mutations[i].at, 1);
        assert_false(quote_verify(quote, &court.law, NULL, &verdict));
        if (verdict.failure != mutations[i].check)
            fail_msg("byte %zu: %s, expected %s", mutations[i].at,
                     verify_check_name(verdict.failure),
                     verify_check_name(mutations[i].check));
    }
    adjourn(&court);
    quote_cases_forget(&cases);
}

static void where_a_quote_ends_is_its_own_word(void **state)
{
    static struct quote_cases cases;
    static struct verdict verdict;
    struct court court;

    (void)state;
    quote_cases_read(&cases);
    convene(&court, case_named(&cases, "dcapqvl-tdx-uptodate"));
    struct bytes whole = court.texts.quote;
    assert_true(quote_verify(whole, &court.law, NULL, &verdict));
    size_t len = verdict.intel.quote.whole.len;
    assert_true(quote_verify(bytes_first(whole, len), &court.law, NULL, &verdict));
    assert_int_equal(verdict.intel.quote.trailing, 0);

    uint8_t *longer = arena_alloc(&court.arena, len + 1, 1);
    memcpy(longer, whole.at, len);
    assert_true(quote_verify(bytes_of(longer, len + 1), &court.law, NULL, &verdict));
    assert_int_equal(verdict.intel.quote.trailing, 1);
    court.law.refuse_trailing = true;
    assert_false(quote_verify(bytes_of(longer, len + 1), &court.law, NULL, &verdict));
    assert_int_equal(verdict.failure, CHECK_UNSUPPORTED_QUOTE_FORMAT);
    assert_true(quote_verify(bytes_first(whole, len), &court.law, NULL, &verdict));

    for (size_t cut = 0; cut < len; cut++) {
        assert_false(quote_verify(bytes_first(whole, cut), &court.law, NULL, &verdict));
        assert_int_equal(verdict.failure, CHECK_UNSUPPORTED_QUOTE_FORMAT);
    }
    adjourn(&court);
    quote_cases_forget(&cases);
}

/* ---- every byte -------------------------------------------------------------------- */

/* One quote is judged by somebody who knows its issuers, so that a byte costs little. */
static void no_byte_may_differ(struct court *court, struct known_signers *known,
                               size_t from, size_t to)
{
    static const uint8_t flips[] = { 0x01, 0x80, 0xff };
    static struct verdict verdict;

    for (size_t at = from; at < to; at++)
        for (size_t i = 0; i < COUNT_OF(flips); i++) {
            uint8_t *byte = (uint8_t *)(uintptr_t)court->texts.quote.at + at;
            *byte ^= flips[i];
            if (quote_verify(court->texts.quote, &court->law, known, &verdict))
                fail_msg("%s: byte %zu may be changed by %02x",
                         court->c->columns[CASE_NAME], at, flips[i]);
            *byte ^= flips[i];
        }
}

/* Those of version 5 are below all levels; quote_sweep_test has one that is not. */
static void no_byte_of_header_lengths_and_certification_may_differ(void **state)
{
    static const char *const names[] = {
        "dcapqvl-sgx-config-swh", /* version 3 */
        "dcapqvl-tdx-uptodate",   /* version 4 */
    };
    static struct quote_cases cases;
    static struct verdict verdict;

    (void)state;
    quote_cases_read(&cases);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        OWNED(known_signers_destroy) struct known_signers *known = NULL;
        struct court court;
        struct error err = { 0 };
        convene(&court, case_named(&cases, names[i]));
        assert_ok(known_signers_create(NULL, &known, &err), err);
        assert_true(quote_verify(court.texts.quote, &court.law, known, &verdict));
        const struct quote quote = verdict.intel.quote;
        size_t body = quote.signed_part.len, end = quote.whole.len;
        no_byte_may_differ(&court, known, 0, 64);
        no_byte_may_differ(&court, known, body - 8, body + 4 + 8);
        no_byte_may_differ(&court, known, body + 4 + 64, end);
        adjourn(&court);
    }
    quote_cases_forget(&cases);
}

/* ---- one word changed in what Intel signs -------------------------------------------
 */

/* Judged under a set in which one text has `find`, where it first occurs, replaced. */
static void judge_edited(struct court *court, struct bytes *text, const char *find,
                         const char *put, struct verdict *verdict)
{
    struct bytes was = *text;
    size_t at = bytes_find(was, bytes_of_text(find));
    struct error err = { 0 };
    struct buf out;

    assert_true(at < was.len);
    buf_init(&out, (size_t)1 << 20);
    buf_add(&out, bytes_first(was, at));
    buf_add_text(&out, put);
    buf_add(&out, bytes_after(was, at + strlen(find)));
    *text = buf_bytes(&out);
    collateral_set_free(court->set);
    assert_ok(collateral_set_make(&court->texts, &court->trust, &court->set, &err), err);
    court->law.source = collateral_set_source(court->set);
    quote_verify(court->texts.quote, &court->law, NULL, verdict);
    *text = was;
    buf_fini(&out);
}

/* Of 15.2 and what lies beside it. A space is one too many for whoever hashes what came;
 * Intel's library, which writes the document anew, lets it pass. */
static void a_document_that_was_edited_is_refused_by_name(void **state)
{
    static const struct {
        const char *find, *put;
        bool in_identity;
        enum verify_check check;
    } cases[] = {
        { "{\"tcbInfo\"", " {\"tcbInfo\"", false, CHECK_PASSED },
        { "\"id\":\"TDX\"", "\"id\": \"TDX\"", false, CHECK_TCB_INFO_INVALID_SIGNATURE },
        { "\"tcbStatus\":\"OutOfDate\"", "\"tcbStatus\":\"UpToDate\"", false,
          CHECK_TCB_INFO_INVALID_SIGNATURE },
        { "\"version\":3", "\"version\":3,\"version\":3", false,
          CHECK_TCB_INFO_INVALID /* found where the envelope is read, before that */ },
        { "2025-07-19T10:16:03Z", "2026-07-19T10:16:03Z", false,
          CHECK_TCB_INFO_INVALID_SIGNATURE },
        { "\"signature\"", "\"signatures\"", false, CHECK_TCB_INFO_INVALID },
        { "\"mrsigner\":\"DC", "\"mrsigner\":\"DD", true,
          CHECK_ENCLAVE_IDENTITY_INVALID_SIGNATURE },
        { "\"isvsvn\":4", "\"isvsvn\":3", true,
          CHECK_ENCLAVE_IDENTITY_INVALID_SIGNATURE },
        { "\"enclaveIdentity\"", "\"enclaveidentity\"", true,
          CHECK_ENCLAVE_IDENTITY_INVALID },
    };
    static struct quote_cases all;
    static struct verdict verdict;
    struct court court;

    (void)state;
    quote_cases_read(&all);
    convene(&court, case_named(&all, "dcapqvl-tdx-uptodate"));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bytes *text =
            cases[i].in_identity ? &court.texts.identity : &court.texts.tcb_info;
        judge_edited(&court, text, cases[i].find, cases[i].put, &verdict);
        if (verdict.failure != cases[i].check)
            fail_msg("%s: %s", cases[i].put, verdict.why.text);
    }
    adjourn(&court);
    quote_cases_forget(&all);
}

/* ---- another time ------------------------------------------------------------------ */

/* PCK CRL, TCB info and identity were issued minutes apart, for thirty days each; what is
 * out of date changes no status. */
static void each_item_is_in_force_in_its_own_time(void **state)
{
    static const struct {
        const char *at;
        enum verify_check check;
        bool crl, info, identity; /* out of date */
    } cases[] = {
        { "2025-06-19T10:00:34Z", CHECK_CRL_EXPIRED, true, true, true },
        { "2025-06-19T10:00:35Z", CHECK_TCB_INFO_EXPIRED, false, true, true },
        { "2025-06-19T10:16:02Z", CHECK_TCB_INFO_EXPIRED, false, true, true },
        { "2025-06-19T10:16:03Z", CHECK_ENCLAVE_IDENTITY_EXPIRED, false, false, true },
        { "2025-06-19T10:32:27Z", CHECK_PASSED, false, false, false },
        { "2025-07-19T10:00:35Z", CHECK_PASSED, false, false, false },
        { "2025-07-19T10:00:36Z", CHECK_CRL_EXPIRED, true, false, false },
        { "2025-07-19T10:16:04Z", CHECK_CRL_EXPIRED, true, true, false },
        { "2025-07-19T10:32:28Z", CHECK_CRL_EXPIRED, true, true, true },
    };
    static struct quote_cases all;
    static struct verdict verdict;
    struct court court;

    (void)state;
    quote_cases_read(&all);
    convene(&court, case_named(&all, "dcapqvl-tdx-uptodate"));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(utc_read(bytes_of_text(cases[i].at), &court.law.now_s));
        quote_verify(court.texts.quote, &court.law, NULL, &verdict);
        if (verdict.failure != cases[i].check)
            fail_msg("%s: %s", cases[i].at, verdict.why.text);
        assert_int_equal(verdict.dates[DATED_PCK_CRL].is_out, cases[i].crl);
        assert_int_equal(verdict.dates[DATED_TCB_INFO].is_out, cases[i].info);
        assert_int_equal(verdict.dates[DATED_ENCLAVE_IDENTITY].is_out, cases[i].identity);
        assert_int_equal(verdict.status, STANDING_UP_TO_DATE);
    }
    adjourn(&court);
    quote_cases_forget(&all);
}

/* ---- roots that are not Intel's production ------------------------------------------
 */

static void a_pre_production_root_vouches_for_nothing(void **state)
{
    static const char *const quotes[] = {
        "intel/quotes/tdx/negative-v4-preproduction-root.bin",
        "intel/quotes/tdx/negative-v5-preproduction-root.bin",
    };
    static struct quote_cases cases;
    static struct verdict verdict;
    struct court court;

    (void)state;
    quote_cases_read(&cases);
    convene(&court, case_named(&cases, "trustee-tdx-v5"));
    for (size_t i = 0; i < COUNT_OF(quotes); i++) {
        assert_false(quote_verify(intel_file(quotes[i], &court.arena), &court.law, NULL,
                                  &verdict));
        assert_int_equal(verdict.failure, CHECK_PCK_CERT_CHAIN_UNTRUSTED);
        assert_refused(verdict.why, ERROR_UNTRUSTED, "no trusted root");
    }
    adjourn(&court);
    quote_cases_forget(&cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_has_the_verdict_that_others_found),
        cmocka_unit_test(what_sources_state_holds),
        cmocka_unit_test(each_mutation_fails_the_check_that_intel_names),
        cmocka_unit_test(a_document_that_was_edited_is_refused_by_name),
        cmocka_unit_test(each_item_is_in_force_in_its_own_time),
        cmocka_unit_test(where_a_quote_ends_is_its_own_word),
        cmocka_unit_test(no_byte_of_header_lengths_and_certification_may_differ),
        cmocka_unit_test(a_pre_production_root_vouches_for_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
