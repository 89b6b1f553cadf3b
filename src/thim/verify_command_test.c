/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/test_said.h"
#include "thim/verify_parts.h"

#define NOWHERE "/nonexistent/x"

static struct said said_of(const char *words)
{
    char *text = strdup(words), *left = text;
    const char *list[SAID_WORDS_MAX] = { NULL };

    assert_non_null(text);
    for (size_t i = 0; i + 1 < SAID_WORDS_MAX && left != NULL; i++)
        list[i] = strsep(&left, " ");
    struct said said = said_by(command_verify, list);
    free(text);
    return said;
}

static void what_does_not_go_together_is_refused(void **state)
{
    static const struct {
        const char *words, *why;
    } cases[] = {
        { "--json", "which quote or report?" },
        { "a b", "what is \"b\"?" },
        { "a --nonsense", "unknown option --nonsense" },
        { "a --collateral d --at 2025-06-20", "--at 2025-06-20: expected a time" },
        { "a --collateral d --at now", "--at now: expected a time" },
        { "a --at 2025-06-20T00:00:00Z", "--at is of collateral in files" },
        { "a --url https://h --at 2025-06-20T00:00:00Z", "--at is of collateral in" },
        { "a --root r", "--root is of collateral in files" },
        { "a --min-tcb milan=1", "--min-tcb is of collateral in files" },
        { "a --collateral d --url https://h", "--collateral is of collateral in files, "
                                              "and --url of a service" },
        { "a --tcb-info t --state s", "--tcb-info is of collateral in files, and "
                                      "--state of a service" },
        { "a --vek v --baseline b", "--vek is of collateral in files, and --baseline" },
        { "a --tcb-info t --number 17", "--tcb-info is chosen already" },
        { "a --collateral d --number 0", "--number 0: expected" },
        { "a --collateral d --number seventeen", "--number seventeen: expected" },
        { "a --baseline b --number 17", "--baseline or --number" },
        { "a --url https://h --socket s", "one service" },
        { "a --ca c", "--ca is of a --url" },
        { "a --token-file c", "--token-file is of a --url" },
        { "a --url http://203.0.113.1", "--url http://203.0.113.1: " },
        { "a --vek v --min-tcb milan", "--min-tcb milan: expected" },
        { "a --vek v --min-tcb rome=1", "--min-tcb rome=1: expected PRODUCT=HEX" },
        { "a --vek v --min-tcb milan=", "--min-tcb milan=: expected 1 to 16" },
        { "a --vek v --min-tcb milan=1,genoa=g", "--min-tcb genoa=g: expected 1 to 16" },
        { "a --vek v --min-tcb milan=0000010000000000", "--min-tcb milan=" },
        { "a --vek v --min-tcb milan=1,Milan=2", "--min-tcb: Milan twice" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_said(said_of(cases[i].words), EXIT_USAGE,
                    strstr(cases[i].words, "--json") == NULL ? "" : "\"error\"",
                    cases[i].why);
}

static void options_are_read_into_what_they_mean(void **state)
{
    const char *words[] = { "a",
                            "--collateral",
                            "d",
                            "--at",
                            "2025-06-20T00:00:00Z",
                            "--number=17",
                            "--min-tcb",
                            "MILAN=d308000000000003,turin=1",
                            NULL };
    struct verify_order order;
    struct error err = { 0 };

    (void)state;
    assert_ok(verify_order_read(8, (char **)(uintptr_t)words, &order, &err), err);
    assert_true(order.by_files);
    assert_int_equal(order.at_s, 1750377600);
    assert_int_equal(order.number, 17);
    assert_true(order.has_min_tcb[SNP_MILAN] && order.has_min_tcb[SNP_TURIN]);
    assert_false(order.has_min_tcb[SNP_GENOA]);
    assert_int_equal(order.min_tcb[SNP_MILAN].spl[SPL_MICROCODE], 0xd3);
    assert_int_equal(order.min_tcb[SNP_TURIN].spl[SPL_FMC], 1);
}

static void without_evidence_or_a_service_there_is_no_verdict(void **state)
{
    (void)state;
    assert_said(SAID_BY(command_verify, NOWHERE, "--collateral", "/tmp", "--json"),
                EXIT_USAGE, "\"code\": \"not_found\"", NOWHERE);
    assert_said(SAID_BY(command_verify, "/dev/null", "--collateral", "/tmp"), EXIT_USAGE,
                "", "/dev/null: there is nothing in it");
    assert_said(SAID_BY(command_verify, "/proc/version", "--socket", NOWHERE, "--json"),
                EXIT_UNAVAILABLE, "\"error\"", "is it running?");
}

/* What is no evidence is judged, and found wanting, by name. */
static void what_is_no_evidence_is_not_valid(void **state)
{
    (void)state;
    assert_said(SAID_BY(command_verify, "/proc/version", "--collateral", "/tmp"), EXIT_NO,
                "NOT VALID (unsupported_quote_format)", "");
    assert_said(
        SAID_BY(command_verify, "/proc/version", "--collateral", "/tmp", "--json"),
        EXIT_NO, "\"failure\": \"unsupported_quote_format\"", "");
    assert_said(SAID_BY(command_verify, "/proc/version", "--vek", NOWHERE), EXIT_USAGE,
                "", "--vek: open " NOWHERE);
    assert_said(SAID_BY(command_verify, "/proc/version", "--tcb-info", NOWHERE),
                EXIT_USAGE, "", "--tcb-info: open " NOWHERE);
    assert_said(SAID_BY(command_verify, "/proc/version", "--tcb-info", "/dev/null"),
                EXIT_USAGE, "", "--tcb-info /dev/null: there is nothing in it");
    assert_said(SAID_BY(command_verify, "/proc/version", "--collateral", "/tmp", "--root",
                        "/proc/version"),
                EXIT_USAGE, "", "--root /proc/version: ");
    assert_said(SAID_BY(command_verify, "/proc/version", "--collateral", "/tmp",
                        "--policy", "/proc/version"),
                EXIT_USAGE, "", "--policy /proc/version: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_go_together_is_refused),
        cmocka_unit_test(options_are_read_into_what_they_mean),
        cmocka_unit_test(without_evidence_or_a_service_there_is_no_verdict),
        cmocka_unit_test(what_is_no_evidence_is_not_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
