/* SPDX-License-Identifier: Apache-2.0 */
/* What evidence is answered with, over real sockets: verdicts, refusals, headers. */
#include "serve/verify_desk.h"

#include <jansson.h>

#include "kit/clock.h"
#include "serve/test_tribunal.h"

struct heard { /* one answer, read */
    unsigned status;
    json_t *json; /* NULL: it is none */
    char error[64], baseline[32], number[16], cache[32], retry[16];
};

static void keep(char *to, size_t room, const struct test_answer *answer,
                 const char *header)
{
    snprintf(to, room, "%.*s", (int)room - 1, test_header(answer, header));
}

static struct heard hear(const struct tribunal *t, const char *target, const char *more,
                         struct bytes body)
{
    struct test_answer answer = tribunal_ask(t, target, more, body);
    struct heard heard = { .status = answer.status };

    heard.json = json_loadb((const char *)answer.body.at, answer.body.len, 0, NULL);
    keep(heard.error, sizeof heard.error, &answer, "THIM-Error");
    keep(heard.baseline, sizeof heard.baseline, &answer, "THIM-Baseline");
    keep(heard.number, sizeof heard.number, &answer, "THIM-Evaluation-Data-Number");
    keep(heard.cache, sizeof heard.cache, &answer, "Cache-Control");
    keep(heard.retry, sizeof heard.retry, &answer, "Retry-After");
    test_forget(&answer);
    return heard;
}

static const char *text_of(const json_t *json, const char *member)
{
    const char *text = json_string_value(json_object_get(json, member));

    return text == NULL ? "" : text;
}

static struct buf sgx_quote(const struct tribunal *t)
{
    struct test_quote plan = test_quote_plain(3, TEE_SGX, BODY_SGX);

    return test_quote_mint(t->stock.world, &plan);
}

/* ---- verdicts -----------------------------------------------------------------------
 */

static void every_kind_of_quote_has_its_verdict(void **state)
{
    static const struct {
        const char *claim;
        uint16_t version;
        enum tee tee;
        uint16_t body;
    } cases[] = {
        { "SGX, version 3", 3, TEE_SGX, BODY_SGX },
        { "TDX, version 4", 4, TEE_TDX, BODY_TD_10 },
        { "TDX 1.5, version 5", 5, TEE_TDX, BODY_TD_15 },
    };
    struct tribunal t;

    (void)state;
    tribunal_open(&t);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_quote plan =
            test_quote_plain(cases[i].version, cases[i].tee, cases[i].body);
        struct buf quote = test_quote_mint(t.stock.world, &plan);
        struct heard heard = hear(&t, VERIFY, "", buf_bytes(&quote));
        if (heard.status != 200 || strcmp(text_of(heard.json, "status"), "UpToDate") != 0
            || !json_is_true(json_object_get(heard.json, "valid"))
            || strcmp(text_of(heard.json, "baseline"), "steady") != 0
            || strcmp(heard.baseline, "steady") != 0 || strcmp(heard.number, "17") != 0
            || strcmp(heard.cache, "no-store") != 0)
            fail_msg("%s: %u %s, %s, number %s: %s", cases[i].claim, heard.status,
                     text_of(heard.json, "status"), heard.baseline, heard.number,
                     text_of(heard.json, "why"));
        json_decref(heard.json);
        buf_fini(&quote);
    }
    tribunal_close(&t);
}

static void what_is_forged_is_answered_not_refused(void **state)
{
    struct tribunal t;

    (void)state;
    tribunal_open(&t);
    struct buf quote = sgx_quote(&t);
    quote.at[64] ^= 1; /* of the body, which is signed */
    struct heard heard = hear(&t, VERIFY, "", buf_bytes(&quote));
    assert_int_equal(heard.status, 200);
    assert_string_equal(text_of(heard.json, "failure"), "invalid_quote_signature");
    assert_true(json_is_false(json_object_get(heard.json, "valid")));
    json_decref(heard.json);
    buf_fini(&quote);
    tribunal_close(&t);
}

static void a_policy_moves_accepted_and_nothing_else(void **state)
{
    static const struct {
        const char *claim, *policy;
        bool accepted;
        const char *denied_by;
    } cases[] = {
        { "an empty one is the default", "{}", true, "" },
        { "a number that it has", "{\"min_evaluation_data_number\":17}", true, "" },
        { "one more", "{\"min_evaluation_data_number\":18}", false,
          "min_evaluation_data_number" },
    };
    struct tribunal t;

    (void)state;
    tribunal_open(&t);
    struct buf quote = sgx_quote(&t);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf body;
        buf_init(&body, 1 << 20);
        buf_add_text(&body, "{\"quote\":\"");
        base64_add(&body, buf_bytes(&quote));
        buf_addf(&body, "\",\"policy\":%s}", cases[i].policy);
        struct heard heard =
            hear(&t, VERIFY, "Content-Type: application/json\r\n", buf_bytes(&body));
        if (heard.status != 200 || !json_is_true(json_object_get(heard.json, "valid"))
            || json_is_true(json_object_get(heard.json, "accepted")) != cases[i].accepted
            || strcmp(text_of(heard.json, "denied_by"), cases[i].denied_by) != 0)
            fail_msg("%s: %u, denied by %s", cases[i].claim, heard.status,
                     text_of(heard.json, "denied_by"));
        json_decref(heard.json);
        buf_fini(&body);
    }
    buf_fini(&quote);
    tribunal_close(&t);
}

/* ---- under which law -----------------------------------------------------------------
 */

static void the_law_is_chosen_as_for_collateral(void **state)
{
    static const struct {
        const char *claim, *target, *header;
        enum baseline_choice choice; /* of the default baseline */
        size_t home; /* which is the default: 0 steady (17), 1 early (18) */
        unsigned status;
        const char *code, *tcb_status;
    } cases[] = {
        { "nothing asked for", VERIFY, "", CHOICE_ANY, 0, 200, "", "UpToDate" },
        { "a newer number", VERIFY "?tcbEvaluationDataNumber=18", "", CHOICE_ANY, 0, 200,
          "", "OutOfDate" },
        { "update=early", VERIFY "?update=early", "", CHOICE_ANY, 0, 200, "",
          "OutOfDate" },
        { "another baseline, by header", VERIFY, "X-THIM-Baseline: early\r\n", CHOICE_ANY,
          0, 200, "", "OutOfDate" },
        { "and by path", "/baseline/early" VERIFY, "", CHOICE_ANY, 0, 200, "",
          "OutOfDate" },
        { "one that is not there", VERIFY, "X-THIM-Baseline: x\r\n", CHOICE_ANY, 0, 404,
          "baseline_unknown", "" },
        { "a newer default", VERIFY, "", CHOICE_NEWER, 1, 200, "", "OutOfDate" },
        { "an older number than the default's", VERIFY "?tcbEvaluationDataNumber=17", "",
          CHOICE_NEWER, 1, 403, "choice", "" },
        { "an older baseline", VERIFY, "X-THIM-Baseline: old\r\n", CHOICE_NEWER, 1, 403,
          "choice", "" },
        { "which the default may allow", VERIFY, "X-THIM-Baseline: old\r\n", CHOICE_ANY,
          1, 200, "", "UpToDate" },
        { "a number that is not held", VERIFY "?tcbEvaluationDataNumber=19", "",
          CHOICE_ANY, 0, 404, "tcb_info_missing", "" },
        { "no number", VERIFY "?tcbEvaluationDataNumber=x", "", CHOICE_ANY, 0, 400,
          "malformed", "" },
        { "no such path", "/other" VERIFY, "", CHOICE_ANY, 0, 404, "route_unknown", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tribunal t;
        tribunal_prepare(&t);
        t.config.baselines.default_policy = cases[i].home;
        t.policies[cases[i].home].choice = cases[i].choice;
        tribunal_start(&t);
        tribunal_publish(&t);
        struct buf quote = sgx_quote(&t);
        struct heard heard =
            hear(&t, cases[i].target, cases[i].header, buf_bytes(&quote));
        if (heard.status != cases[i].status || strcmp(heard.error, cases[i].code) != 0
            || strcmp(text_of(heard.json, "status"), cases[i].tcb_status) != 0)
            fail_msg("%s: %u \"%s\", status \"%s\": %s", cases[i].claim, heard.status,
                     heard.error, text_of(heard.json, "status"),
                     text_of(heard.json, "why"));
        json_decref(heard.json);
        buf_fini(&quote);
        tribunal_close(&t);
    }
}

static void what_the_operator_denies_is_denied(void **state)
{
    struct tribunal t;

    (void)state;
    tribunal_open(&t);
    struct buf quote = sgx_quote(&t);
    deny(t.denials, DENY_FMSPC, "00906ea10000");
    struct heard heard = hear(&t, VERIFY, "", buf_bytes(&quote));
    assert_int_equal(heard.status, 200);
    assert_string_equal(text_of(heard.json, "failure"), "denied");
    assert_string_equal(text_of(heard.json, "status"), "UpToDate");
    json_decref(heard.json);
    undeny(t.denials, DENY_FMSPC, "00906ea10000");
    struct test_pck pck = test_pck_plain(PCK_CA_PLATFORM, NULL);
    struct sha256 ppid = sha256(bytes_of(pck.sgx.ppid, sizeof pck.sgx.ppid));
    deny(t.denials, DENY_PPID_DIGEST, hex(ppid.digest, sizeof ppid.digest).s);
    heard = hear(&t, VERIFY, "", buf_bytes(&quote));
    assert_string_equal(text_of(heard.json, "failure"), "denied");
    json_decref(heard.json);
    buf_fini(&quote);
    tribunal_close(&t);
}

/* ---- what the store has to add --------------------------------------------------------
 */

/* Types 1 to 4: the platform's own certificates are in the store, or nobody's. */
static void a_quote_without_its_chain_is_judged_by_what_is_kept(void **state)
{
    static const struct {
        const char *claim;
        enum certification_type type;
        bool is_kept;
        unsigned status;
        const char *error, *failure;
    } cases[] = {
        { "PPID in clear, a platform that is kept", CERTIFICATION_PPID, true, 200, "",
          "" },
        { "encrypted", CERTIFICATION_PPID_RSA3072, true, 200, "", "" },
        { "one that is not", CERTIFICATION_PPID_RSA3072, false, 404, "pck_cert_missing",
          "pck_cert_missing" },
        { "the leaf alone needs no platform", CERTIFICATION_PCK_LEAF, false, 200, "",
          "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tribunal t;
        struct test_quote plan = test_quote_plain(3, TEE_SGX, BODY_SGX);
        tribunal_prepare(&t);
        plan.parts.inner_type = (uint16_t)cases[i].type;
        struct verified_pck *pck = test_world_pck(t.stock.world, &plan.pck);
        struct platform_change change = {
            .has_name = true,
            .bound_by = BOUND_BY_TOKEN,
            .now_s = STOCK_NOW_S,
            .due_s = STOCK_NOW_S + TEST_DAY_S,
            .pcks = (const struct verified_pck *const *)&pck,
            .pck_count = 1,
        };
        snprintf(change.name.qe_id, sizeof change.name.qe_id, "%s",
                 hex(plan.parts.user_data, 16).s);
        enum platform_outcome outcome;
        struct error err = { 0 };
        if (cases[i].is_kept)
            assert_ok(store_keep_platform(t.stock.store, &change, &outcome, &err), err);
        pck_release(pck);
        tribunal_start(&t);
        tribunal_publish(&t);
        struct buf quote = test_quote_mint(t.stock.world, &plan);
        struct heard heard = hear(&t, VERIFY, "", buf_bytes(&quote));
        const json_t *verdict =
            heard.status == 404 ? json_object_get(heard.json, "verdict") : heard.json;
        if (heard.status != cases[i].status || strcmp(heard.error, cases[i].error) != 0
            || strcmp(text_of(verdict, "failure"), cases[i].failure) != 0)
            fail_msg("%s: %u \"%s\", %s: %s", cases[i].claim, heard.status, heard.error,
                     text_of(verdict, "failure"), text_of(verdict, "why"));
        json_decref(heard.json);
        buf_fini(&quote);
        tribunal_close(&t);
    }
}

static void who_is_not_known_is_not_judged(void **state)
{
    struct test_quote plan = test_quote_plain(3, TEE_SGX, BODY_SGX);
    struct tribunal t;

    (void)state;
    tribunal_prepare(&t);
    tribunal_start(&t);
    struct buf quote = sgx_quote(&t);
    struct heard heard = hear(&t, VERIFY, "", buf_bytes(&quote));
    assert_int_equal(heard.status, 503); /* nothing has been published */
    assert_string_equal(heard.error, "not_ready");
    assert_null(heard.json);
    buf_fini(&quote);

    tribunal_publish(&t);
    plan.pck.sgx.fmspc[5] = 9;
    quote = test_quote_mint(t.stock.world, &plan);
    heard = hear(&t, VERIFY, "", buf_bytes(&quote));
    assert_int_equal(heard.status, 404);
    assert_string_equal(heard.error, "tcb_info_missing");
    assert_string_equal(text_of(json_object_get(heard.json, "error"), "code"),
                        "tcb_info_missing");
    assert_true(
        json_is_false(json_object_get(json_object_get(heard.json, "verdict"), "valid")));
    json_decref(heard.json);
    buf_fini(&quote);
    tribunal_close(&t);
}

/* ---- what is not taken
 * ----------------------------------------------------------------- */

static void what_is_no_evidence_is_malformed(void **state)
{
    static const struct {
        const char *claim, *header, *body;
        unsigned status;
    } cases[] = {
        { "nothing", "", "", 400 },
        { "neither quote nor report", "", "hello, who is there?", 400 },
        { "JSON that is none", "Content-Type: application/json\r\n", "{", 400 },
        { "collateral of the asker's own", "Content-Type: application/json\r\n",
          "{\"evidence\":\"AwACAA==\",\"tcb_info\":{}}", 400 },
    };
    struct tribunal t;

    (void)state;
    tribunal_open(&t);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct heard heard =
            hear(&t, VERIFY, cases[i].header, bytes_of_text(cases[i].body));
        if (heard.status != cases[i].status || strcmp(heard.error, "malformed") != 0)
            fail_msg("%s: %u \"%s\"", cases[i].claim, heard.status, heard.error);
        json_decref(heard.json);
    }
    struct test_answer got = test_ask(t.port, "GET", VERIFY, "");
    assert_int_equal(got.status, 405);
    assert_string_equal(test_header(&got, "Allow"), "POST");
    test_forget(&got);
    tribunal_close(&t);
}

static void a_body_has_a_mebibyte(void **state)
{
    struct tribunal t;
    struct buf large;

    (void)state;
    tribunal_open(&t);
    buf_init(&large, 2 << 20);
    struct buf quote = sgx_quote(&t);
    buf_add(&large, buf_bytes(&quote));
    while (large.len < 1024 * 1024)
        buf_add_byte(&large, 0); /* trails, and is tolerated */
    struct heard heard = hear(&t, VERIFY, "", buf_bytes(&large));
    assert_int_equal(heard.status, 200);
    assert_true(json_is_true(json_object_get(heard.json, "valid")));
    json_decref(heard.json);
    buf_add_byte(&large, 0);
    heard = hear(&t, VERIFY, "", buf_bytes(&large));
    assert_int_equal(heard.status, 413);
    json_decref(heard.json);
    buf_fini(&quote);
    buf_fini(&large);
    tribunal_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_quote_has_its_verdict),
        cmocka_unit_test(what_is_forged_is_answered_not_refused),
        cmocka_unit_test(a_policy_moves_accepted_and_nothing_else),
        cmocka_unit_test(the_law_is_chosen_as_for_collateral),
        cmocka_unit_test(what_the_operator_denies_is_denied),
        cmocka_unit_test(a_quote_without_its_chain_is_judged_by_what_is_kept),
        cmocka_unit_test(who_is_not_known_is_not_judged),
        cmocka_unit_test(what_is_no_evidence_is_malformed),
        cmocka_unit_test(a_body_has_a_mebibyte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
