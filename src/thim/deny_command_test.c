/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/test_desk.h"
#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/test_said.h"

#define DENY(...) SAID_BY(command_deny, "--socket", desk.socket, __VA_ARGS__)
#define FMSPC "30606a000000"

static void what_is_added_is_listed_until_it_is_removed(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    assert_said(DENY("add", "fmspc", "30606A000000", "--why", "too old for us", "--by",
                     "Jo", "--until", "2037-01-01T00:00:00Z"),
                EXIT_YES, "added, and in force\n", "");
    assert_said(DENY("list"), EXIT_YES,
                "fmspc        " FMSPC "                      2037-01-01T00:00:00Z  Jo  "
                "              too old for us\n",
                "");
    assert_said(DENY("remove", "fmspc", FMSPC), EXIT_YES, "removed\n", "");
    struct said said = DENY("list");
    assert_null(strstr(buf_text(&said.out), FMSPC));
    assert_said(said, EXIT_YES, "KIND", "");
    desk_close(&desk);
}

static void json_is_the_services_own(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    assert_said(DENY("add", "advisory", "INTEL-SA-00615", "--why", "no", "--json"),
                EXIT_YES, "\"added\": true", "");
    assert_said(DENY("list", "--json"), EXIT_YES, "\"value\": \"INTEL-SA-00615\"", "");
    assert_said(DENY("add", "advisory", "INTEL-SA-00615", "--why", "no", "--json"),
                EXIT_NO, "\"error\": ", "already");
    desk_close(&desk);
}

static void who_does_it_has_a_name(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    assert_said(DENY("add", "fmspc", FMSPC, "--why", "old"), EXIT_YES, "", "");
    struct said said = DENY("list", "--json");
    json_t *tree = json_loads(buf_text(&said.out), 0, NULL);
    const char *by = NULL;
    assert_int_equal(json_unpack(tree, "{s:[{s:s}]}", "entries", "by", &by), 0);
    assert_true(strlen(by) > 0);
    json_decref(tree);
    said_forget(&said);
    desk_close(&desk);
}

static void the_answer_may_be_no(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    assert_said(DENY("add", "fmspc", FMSPC, "--why", "old"), EXIT_YES, "", "");
    assert_said(DENY("add", "fmspc", FMSPC, "--why", "old"), EXIT_NO, "", "already");
    assert_said(DENY("remove", "fmspc", "000000000000"), EXIT_NO, "", "not on the deny");
    desk_close(&desk);
}

static void what_is_not_understood_is_refused(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    assert_said(DENY("add", "fmspc", FMSPC), EXIT_USAGE, "", "--why is missing");
    assert_said(DENY("add", "fmspc", "--why", "x"), EXIT_USAGE, "", "usage");
    assert_said(DENY("list", "fmspc"), EXIT_USAGE, "", "usage");
    assert_said(DENY("forget"), EXIT_USAGE, "", "usage");
    assert_said(DENY("--why", "x"), EXIT_USAGE, "", "usage");
    assert_said(DENY("list", "a", "b", "c"), EXIT_USAGE, "", "what is \"c\"?");
    assert_said(DENY("add", "fmspcs", FMSPC, "--why", "x"), EXIT_USAGE, "", "is no kind");
    assert_said(DENY("add", "fmspc", "x&kind=y", "--why", "x"), EXIT_USAGE, "",
                "x&kind=y");
    assert_said(DENY("remove", "fmspc", "x&kind=y"), EXIT_USAGE, "", "x&kind=y");
    assert_said(DENY("add", "fmspc", FMSPC, "--why", "\xff"), EXIT_USAGE, "", "UTF-8");
    desk_close(&desk);
}

static void without_a_service_nothing_is_changed(void **state)
{
    (void)state;
    assert_said(SAID_BY(command_deny, "list", "--socket", "/nonexistent/admin.sock"),
                EXIT_UNAVAILABLE, "", "admin.sock");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_listed_until_it_is_removed),
        cmocka_unit_test(json_is_the_services_own),
        cmocka_unit_test(who_does_it_has_a_name),
        cmocka_unit_test(the_answer_may_be_no),
        cmocka_unit_test(what_is_not_understood_is_refused),
        cmocka_unit_test(without_a_service_nothing_is_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
