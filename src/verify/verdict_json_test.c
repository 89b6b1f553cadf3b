/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/verdict_json.h"

#include "kit/file.h"
#include "verify/test_verdict_json.h"

static const struct bytes nothing_more = { 0 };

/* ---- what was not reached ---------------------------------------------------------- */

static void what_was_not_reached_is_null(void **state)
{
    static const struct claim of_nothing[] = {
        { "tee", "null" },
        { "status", "null" },
        { "advisories", "[]" },
        { "tcb_date", "null" },
        { "valid", "false" },
        { "failure", "\"unsupported_quote_format\"" },
        { "expired", "[]" },
        { "revocation", "\"unchecked\"" },
        { "accepted", "false" },
        { "denied_by", "null" },
        { "dates", "{}" },
        { "earliest_issue", "null" },
        { "why", "\"quote of 3 bytes\"" },
    };
    static const struct claim of_quote[] = {
        { "evaluation_data_number", "null" },
        { "dates.tcb_info", "null" },
        { "parts", "null" },
        { "launch", "null" },
        { "current", "null" },
        { "tcb_info", "null" },
        { "qe_identity", "null" },
        { "root", "null" },
        { "root_ca_crl_num", "null" },
        { "platform", "null" },
        { "quote", "null" },
        { "td", "null" },
        { "qe", "null" },
        { "latest_issue", "null" },
        { "earliest_expiration", "null" },
    };
    static const struct claim of_report[] = {
        { "tee", "\"sev-snp\"" }, { "product", "null" },   { "root", "null" },
        { "vek", "null" },        { "chip_id", "null" },   { "tcb", "null" },
        { "report", "null" },     { "dates.vek", "null" },
    };
    static const enum evidence evidences[] = { 0, EVIDENCE_TDX, EVIDENCE_SEV_SNP };
    static struct verdict verdict; /* large */

    (void)state;
    for (size_t i = 0; i < COUNT_OF(evidences); i++) {
        verdict_begin(&verdict, evidences[i], VERDICT_NOW);
        verdict_fail(&verdict, CHECK_UNSUPPORTED_QUOTE_FORMAT, "quote of %d bytes", 3);
        verdict_end(&verdict);
        json_t *root = judge_and_read(&verdict);
        if (evidences[i] == 0)
            expect_all(root, of_nothing, COUNT_OF(of_nothing));
        else if (evidences[i] == EVIDENCE_TDX)
            expect_all(root, of_quote, COUNT_OF(of_quote));
        else
            expect_all(root, of_report, COUNT_OF(of_report));
        json_decref(root);
    }
}

static void every_failure_has_its_name(void **state)
{
    struct test_verdict t;

    (void)state;
    for (unsigned check = CHECK_PASSED + 1; check < CHECKS; check++) {
        char expected[80];
        verdict_make(&t, EVIDENCE_SGX);
        t.verdict.failure = (enum verify_check)check;
        t.verdict.valid = false;
        snprintf(t.verdict.why.text, sizeof t.verdict.why.text, "because of \"%u\"",
                 check);
        json_t *root = judge_and_read(&t.verdict);
        snprintf(expected, sizeof expected, "\"%s\"",
                 verify_check_name((enum verify_check)check));
        expect(root, "failure", expected);
        snprintf(expected, sizeof expected, "\"because of \\\"%u\\\"\"", check);
        expect(root, "why", expected);
        expect(root, "accepted", "false");
        json_decref(root);
    }
}

static void each_item_out_of_date_is_listed(void **state)
{
    struct test_verdict t;

    (void)state;
    for (unsigned item = 0; item < DATED_ITEMS; item++) {
        char expected[80], path[80];
        verdict_make(&t, item < DATED_VEK ? EVIDENCE_SGX : EVIDENCE_SEV_SNP);
        verdict_date(&t.verdict, (enum dated_item)item, VERDICT_NOW - 2, VERDICT_NOW - 1,
                     0);
        verdict_end(&t.verdict);
        json_t *root = judge_and_read(&t.verdict);
        snprintf(expected, sizeof expected, "[\"%s\"]",
                 dated_item_name((enum dated_item)item));
        expect(root, "expired", expected);
        snprintf(path, sizeof path, "dates.%s.in_date",
                 dated_item_name((enum dated_item)item));
        expect(root, path, "false");
        expect(root, "earliest_expiration", "\"2025-06-19T23:59:59Z\"");
        json_decref(root);
    }
}

static void a_denial_says_by_which_rule_and_why(void **state)
{
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SGX);
    t.verdict.intel.quote.sgx.is_debug = true;
    json_t *root = judge_and_read(&t.verdict);
    expect(root, "valid", "true");
    expect(root, "accepted", "false");
    expect(root, "denied_by", "\"allow_debug\"");
    assert_non_null(strstr(json_string_value(json_object_get(root, "denied_why")),
                           "it can be debugged"));
    expect(root, "enclave.debug", "true");
    json_decref(root);
}

/* Names in signed documents are a vendor's, and still not ours. */
static void a_documents_text_cannot_leave_its_string(void **state)
{
    struct test_verdict t;

    (void)state;
    verdict_make(&t, EVIDENCE_SGX);
    t.verdict.advisories[1] = bytes_of_text("\",\"valid\":true,\"x\":\"\\\n");
    json_t *root = judge_and_read(&t.verdict);
    expect(root, "advisories",
           "[\"INTEL-SA-00615\",\"\\\",\\\"valid\\\":true,\\\"x\\\":\\\"\\\\\\n\"]");
    json_decref(root);
}

/* ---- doc/verify.md ------------------------------------------------------------------
 */

static void expect_told(const struct buf *page, const char *name)
{
    static const char *const ranges[] = { "rtmr1", "rtmr2" }; /* "rtmr0 to rtmr3" */
    char quoted[80];

    for (size_t i = 0; i < COUNT_OF(ranges); i++)
        if (strcmp(name, ranges[i]) == 0)
            return;
    snprintf(quoted, sizeof quoted, "`%s`", name);
    if (strstr(buf_text(page), quoted) == NULL)
        fail_msg("doc/verify.md does not tell of %s", name);
}

static void expect_members_told(const struct buf *page, json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        if (strcmp(name, "from") != 0 && strcmp(name, "until") != 0
            && strcmp(name, "in_date") != 0) /* told together */
            expect_told(page, name);
        if (json_is_object(value))
            expect_members_told(page, value);
    }
}

static void the_page_tells_of_every_name(void **state)
{
    static const enum evidence evidences[] = { EVIDENCE_SGX, EVIDENCE_TDX,
                                               EVIDENCE_SEV_SNP };
    struct test_verdict t;
    struct error err = { 0 };
    struct buf page;

    (void)state;
    buf_init(&page, ROOM);
    assert_ok(file_read(TEST_SOURCE_ROOT "/doc/verify.md", &page, &err), err);
    for (size_t i = 0; i < COUNT_OF(evidences); i++) {
        verdict_make(&t, evidences[i]);
        json_t *root = judge_and_read(&t.verdict);
        expect_members_told(&page, root);
        json_decref(root);
    }
    for (unsigned i = CHECK_PASSED + 1; i < CHECKS; i++)
        expect_told(&page, verify_check_name((enum verify_check)i));
    for (unsigned i = STANDING_UP_TO_DATE; i <= STANDING_NOT_SUPPORTED; i++)
        expect_told(&page, tcb_standing_name((enum tcb_standing)i));
    buf_fini(&page);
}

/* ---- the writer -------------------------------------------------------------------- */

static void a_callers_members_stand_at_the_end(void **state)
{
    struct test_verdict t;
    struct policy_answer answer;

    (void)state;
    verdict_make(&t, EVIDENCE_SGX);
    policy_judge(NULL, &t.verdict, &answer);
    json_t *root =
        read_back(&t.verdict, &answer, bytes_of_text("\"baseline\":\"steady\",\"n\":1"));
    expect(root, "baseline", "\"steady\"");
    expect(root, "n", "1");
    json_decref(root);
}

static void a_buffer_too_small_has_failed(void **state)
{
    struct test_verdict t;
    struct policy_answer answer;
    struct buf out;

    (void)state;
    verdict_make(&t, EVIDENCE_TDX);
    policy_judge(NULL, &t.verdict, &answer);
    for (size_t room = 0; room < 4096; room += 97) {
        buf_init(&out, room);
        verdict_json_write(&t.verdict, &answer, nothing_more, &out);
        assert_true(out.failed);
        buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_reached_is_null),
        cmocka_unit_test(every_failure_has_its_name),
        cmocka_unit_test(each_item_out_of_date_is_listed),
        cmocka_unit_test(a_denial_says_by_which_rule_and_why),
        cmocka_unit_test(a_documents_text_cannot_leave_its_string),
        cmocka_unit_test(the_page_tells_of_every_name),
        cmocka_unit_test(a_callers_members_stand_at_the_end),
        cmocka_unit_test(a_buffer_too_small_has_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
