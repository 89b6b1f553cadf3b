/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/registry_reply.h"

#include <stdio.h>

#include "kit/test.h"

static const struct request_id id = { .s = "id" };

static void every_refusal_can_be_sent(void **state)
{
    (void)state;
    for (enum registry_refusal which = 0; which < REGISTRY_REFUSALS; which++) {
        const struct refusal *refusal = registry_refusal(which);
        struct http_reply *reply = refusal_reply(refusal, &id);
        assert_non_null(reply);
        assert_int_equal(http_reply_status(reply), refusal->status);
        if (refusal->status != 503)
            assert_non_null(refusal->remedy);
        http_reply_release(reply);
    }
}

static void what_upstream_did_wrong_is_never_the_clients_fault(void **state)
{
    static const struct {
        enum platform_fetch outcome;
        bool kept;
        unsigned status;
    } cases[] = {
        { FETCH_NOT_FOUND, true, 404 },    { FETCH_NOT_FOUND, false, 404 },
        { FETCH_GAP, false, 462 },         { FETCH_REFUSED, true, 400 },
        { FETCH_CONFLICT, false, 409 },    { FETCH_UNTRUSTED, true, 503 },
        { FETCH_UNTRUSTED, false, 503 },   { FETCH_UNREACHABLE, true, 503 },
        { FETCH_UNREACHABLE, false, 503 }, { FETCH_BUSY, true, 503 },
        { FETCH_BUSY, false, 503 },        { FETCH_BUDGET, true, 503 },
        { FETCH_BUDGET, false, 429 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct platform_report report = { .outcome = cases[i].outcome };
        struct refusal refusal = registry_report_refusal(&report, cases[i].kept);
        struct http_reply *reply = refusal_reply(&refusal, &id);
        assert_int_equal(refusal.status, cases[i].status);
        assert_non_null(reply);
        if (refusal.status == 503 || refusal.status == 429)
            assert_true(refusal.retry_after_s > 0);
        http_reply_release(reply);
    }
}

static void whether_it_is_kept_is_said(void **state)
{
    struct platform_report report = { .outcome = FETCH_UNREACHABLE, .retry_after_s = 33 };

    (void)state;
    struct refusal kept = registry_report_refusal(&report, true);
    struct refusal lost = registry_report_refusal(&report, false);
    assert_non_null(strstr(kept.message, "is kept"));
    assert_non_null(strstr(lost.message, "nothing was changed"));
    assert_int_equal(kept.retry_after_s, 33);
}

static void our_own_reason_is_told_where_intel_gave_none(void **state)
{
    struct platform_report report = { .outcome = FETCH_REFUSED, .why = "It is zeros." };
    struct refusal refusal = registry_report_refusal(&report, false);

    (void)state;
    assert_string_equal(refusal.message, "It is zeros.");
    assert_null(refusal.upstream_error);
    snprintf(report.code, sizeof report.code, "PackageNotFound");
    refusal = registry_report_refusal(&report, false);
    assert_non_null(strstr(refusal.message, "does not know a processor package"));
    assert_string_equal(refusal.upstream_error, "PackageNotFound");
}

static void a_reason_is_found_by_its_whole_code(void **state)
{
    (void)state;
    assert_string_equal(upstream_reason("IncompatiblePackage")->code,
                        "IncompatiblePackage");
    assert_string_equal(upstream_reason("IncompatiblePackag")->code, "");
    assert_string_equal(upstream_reason("")->code, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_can_be_sent),
        cmocka_unit_test(what_upstream_did_wrong_is_never_the_clients_fault),
        cmocka_unit_test(whether_it_is_kept_is_said),
        cmocka_unit_test(our_own_reason_is_told_where_intel_gave_none),
        cmocka_unit_test(a_reason_is_found_by_its_whole_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
