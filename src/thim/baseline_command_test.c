/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/baseline_parts.h"

#include <stdlib.h>

#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/test_said.h"

/* ---- printing ------------------------------------------------------------------- */

static void (*printer)(const json_t *tree);

/* JSON, with single quotes. */
static int print(int argc, char **argv)
{
    char *json = strdup(argv[0]);
    json_error_t why;

    (void)argc;
    assert_non_null(json);
    for (char *quote = json; (quote = strchr(quote, '\'')) != NULL;)
        *quote = '"';
    json_t *tree = json_loads(json, 0, &why);
    if (tree == NULL)
        fail_msg("%s at %d", why.text, why.position);
    printer(tree);
    json_decref(tree);
    free(json);
    return EXIT_YES;
}

struct part { /* of what is printed: each in a line of its own, in this order */
    const char *json;
    const char *lines[16];
};

static void expect(void (*print_tree)(const json_t *tree), const struct part *part)
{
    printer = print_tree;
    struct said said = SAID_BY(print, part->json);
    const char *left = buf_text(&said.out);

    for (size_t i = 0; i < COUNT_OF(part->lines) && part->lines[i] != NULL; i++) {
        const char *found = strstr(left, part->lines[i]);
        if (found == NULL)
            fail_msg("no '%s' in\n%s", part->lines[i], left);
        left = found + strlen(part->lines[i]);
    }
    said_forget(&said);
}

#define STAND(NUMBER, WHY)                                                         \
    "{'number':" NUMBER ",'since':'2026-08-13T00:00:00Z','target':18,"             \
    "'reason':'held','why':'" WHY "','hold_ends':'2026-09-03T00:00:00Z',"          \
    "'standard':18,'early':19,'expected':{'number':19,"                            \
    "'earliest':'2027-02-01T00:00:00Z','latest':'2027-08-01T00:00:00Z'},'effect':" \
    "{'from':17,'to':18,'counted':22,'demoted':7,'unknown':1}"

#define STAND_17 STAND("17", "holds 17")
#define STAND_19 STAND("19", "has 19")

static void a_list_has_a_line_for_each_tee(void **state)
{
    static const struct part part = {
        "{'baselines':[{'name':'steady','default':true,'sgx':" STAND_17
        "},'tdx':{'number':null,'target':null,'reason':'nothing',"
        "'why':'nothing is held'}},{'name':'canary','default':false,'sgx':" STAND_19
        "}}]}",
        { "BASELINE               TEE  NUMBER  SINCE       TARGET  STANDARD  EARLY  "
          "STATE",
          "steady              *  sgx      17  2026-08-13      18        18     19  held",
          "  holds 17\n",
          "                       tdx       -  -                -         -      -  "
          "nothing",
          "  nothing is held\n", "canary                 sgx      19",
          "* is what is given to who asks for none",
          "sgx: 19 is expected to become standard between 2027-02-01 and 2027-08-01" },
    };

    (void)state;
    expect(baseline_print_list, &part);
}

static void one_baseline_is_a_page(void **state)
{
    static const struct part part = {
        "{'name':'steady','default':true,'follow':'standard','sgx':" STAND_17
        ",'held':true,'held_until':null,'pinned':null,'numbers':[{'number':18,"
        "'whole':true,'identity':true,'fmspcs':2,'of':2,'ends':'2026-09-12T00:00:00Z',"
        "'standard':true,'early':false,'withdrawn':false,'expected':null},{'number':17,"
        "'whole':false,'identity':false,'fmspcs':1,'of':2,"
        "'ends':'2026-09-10T00:00:00Z','withdrawn':true,'expected':null}]},"
        "'tdx':{'number':null},'policy':{'choice':'any','max_demoted':{'percent':5},"
        "'hold_margin_days':7,'on_hold_end':'promote','delay_days':3,"
        "'pin':{'number':16,'until':'2026-12-01T00:00:00Z','by':'Jo','why':'late'},"
        "'expired':null,'overrides':[],'min_tcb':{'Milan':'d318000000000004'}},"
        "'rules':['192.0.2.0/24']}",
        { "steady (the default) follows standard; who asks may choose: any",
          "holds a promotion under which more than 5% of the hosts fall, to 7 days",
          "waits 3 days with every promotion",
          "pinned to 16 until 2026-12-01, by Jo: late",
          "Milan: TCB_VERSION d318000000000004 at least", "given to 192.0.2.0/24",
          "sgx: number 17 since 2026-08-13 (held): holds 17",
          "moving 17 -> 18: 7 of 22 hosts would fall, 1 are unknown",
          "held by hand as long as its signatures last",
          "      18  2026-09-12    2 of 2    yes       standard\n",
          "      17  2026-09-10    1 of 2    missing   withdrawn: signed no more",
          "not whole\n", "tdx: number - since -" },
    };

    (void)state;
    expect(baseline_print_whole, &part);
}

static void a_history_says_who_and_what_it_did(void **state)
{
    static const struct part part = {
        "{'history':[{'at':'2026-09-03T00:00:00Z','generation':42,'tee':'sgx',"
        "'step':'promoted','from':17,'to':18,'until':null,'who':'rule',"
        "'why':'its signatures end','effect':{'falls':7,'hosts':22,'unknown':0}},"
        "{'at':'2026-08-01T00:00:00Z','step':'first','from':null,'to':17,"
        "'why':'has 17','effect':null}]}",
        { "AT ", "2026-09-03T00:00:00Z          42  sgx  promoted       17    18  -",
          "rule", "its signatures end  [7 of 22 hosts fall, 0 unknown]\n",
          "first           -    17", "has 17\n" },
    };

    (void)state;
    expect(baseline_print_history, &part);
}

#define ADVISORY "{'id':'INTEL-SA-00657','link':'https://example.test/657'}"

static void a_preview_is_read_from_the_top(void **state)
{
    static const struct part part = {
        "{'baseline':'steady','sgx':{'from':17,'to':18},'tdx':null,'unseen_days':30,"
        "'totals':{'hosts':22,'falls':7,'same':15,'unconfirmed':3,"
        "'unconfirmed_falls':1,'long_unseen':2},'by_fmspc':[{'tee':'sgx',"
        "'fmspc':'30606a000000','hosts':22,'falls':7,'same':15}],"
        "'by_product':{'Milan':{'hosts':0},'Turin':{'hosts':4,'falls':1}},"
        "'rows':[{'tee':'sgx','fmspc':'30606a000000','hosts':7,'standing':'counts',"
        "'change':'falls','now':{'status':'UpToDate'},'then':{'status':'OutOfDate'},"
        "'component':{'name':'sgx.0','category':'BIOS','have':17,'need':18},"
        "'advisories':{'gained':[" ADVISORY
        "],'cleared':[]},'lacks_pck':true,'names':[{'qe_id':'aa01','registrar':'rack',"
        "'last_seen':'2026-07-15T00:00:00Z'}]},{'tee':'sgx','fmspc':'00906ed50000',"
        "'hosts':15,'change':'same'}],'chips':[{'product':'Turin','hosts':1,"
        "'standing':'counts','change':'falls','meets_now':true,'meets_then':false,"
        "'component':{'name':'snpSPL','have':3,'need':4},'names':[{'chip_id':'c0de',"
        "'registrar':''}]}],'sealed_data':'take care'}",
        { "steady, sgx 17 -> 18: 7 of 22 hosts would fall\n",
          "      7  sgx  30606a000000  falls    UpToDate           OutOfDate",
          "sgx.0 BIOS                  17    18 +INTEL-SA-00657 (a certificate at its",
          "aa01  rack, last seen 2026-07-15", "and 6 more (--names)",
          "      1  snp  Turin         falls    meets the minimum  below the minimum",
          "snpSPL                       3     4\n", "c0de  -, last seen -",
          "advisories gained:\n  INTEL-SA-00657      https://example.test/657\n",
          "30606a000000  sgx       22        7        0       15",
          "Turin         snp        4        1", "all                     22        7",
          "beside them 3 that nobody registered, 1 of which fall",
          "and 2 not seen for 30 days, 0 of which fall", "\ntake care\n" },
    };

    (void)state;
    expect(baseline_print_preview, &part);
}

static void where_nobody_falls_nobody_is_warned_of_sealed_data(void **state)
{
    (void)state;
    printer = baseline_print_preview;
    struct said said =
        SAID_BY(print, "{'baseline':'steady','totals':{'hosts':3,'falls':0},"
                       "'rows':[{'hosts':3,'fmspc':'30606a000000','change':'same'}],"
                       "'sealed_data':'take care'}");
    assert_null(strstr(buf_text(&said.out), "take care"));
    assert_null(strstr(buf_text(&said.out), "30606a000000"));
    assert_said(said, EXIT_YES, "0 of 3 hosts would fall", "");
}

static void a_diff_says_what_was_and_what_is(void **state)
{
    static const struct part part = {
        "{'tee':'sgx','fmspc':'30606a000000','a':17,'b':18,'levels':[{'change':'added',"
        "'sgx':[18,0],'pcesvn':17,'tdx':null,'before':null,"
        "'after':{'status':'UpToDate','tcb_date':'2025-11-15T00:00:00Z'},"
        "'advisories':{'gained':[],'cleared':[]}},{'change':'changed','sgx':[17,0],"
        "'pcesvn':16,'tdx':[3,0],'before':{'status':'UpToDate',"
        "'tcb_date':'2025-05-15T00:00:00Z'},'after':{'status':'OutOfDate',"
        "'tcb_date':'2025-05-15T00:00:00Z'},'advisories':{'gained':[" ADVISORY
        "],'cleared':[]}}],'enclaves':[{'enclave':'qe','change':'removed','isvsvn':4,"
        "'before':{'status':'OutOfDate','tcb_date':'2020-01-01T00:00:00Z'},"
        "'after':null,'advisories':{'cleared':[" ADVISORY
        "]}}],'identities':false,'advisories':{'gained':[],'cleared':[" ADVISORY "]}}",
        { "sgx FMSPC 30606a000000, number 17 to 18",
          "added    sgx 18 0  pcesvn 17\n    UpToDate, 2025-11-15\n",
          "changed  sgx 17 0  pcesvn 16  tdx 3 0\n    UpToDate -> OutOfDate, 2025-05-15 "
          "+INTEL-SA-00657\n",
          "removed  quoting enclave ISVSVN 4\n    OutOfDate, 2020-01-01 "
          "-INTEL-SA-00657\n",
          "the quoting enclave was not compared", "named no more:\n  INTEL-SA-00657" },
    };

    (void)state;
    expect(baseline_print_diff, &part);
}

static void an_order_says_when_clients_follow(void **state)
{
    static const struct part moved = {
        "{'baseline':'steady','order':'promote','generation':42,'sgx':{'from':17,"
        "'to':18},'tdx':{'from':18,'to':18},'followed_by':'2026-08-15T01:00:00Z',"
        "'note':'QPL keeps its own'}",
        { "steady: promote is in force, generation 42\n  sgx: 17 -> 18\n  tdx: 18, "
          "stays\n",
          "has followed by 2026-08-15T01:00:00Z\nQPL keeps its own\n" },
    };

    (void)state;
    expect(baseline_print_order, &moved);
    printer = baseline_print_order;
    struct said said = SAID_BY(print, "{'baseline':'steady','followed_by':null}");
    assert_null(strstr(buf_text(&said.out), "follow"));
    said_forget(&said);
}

/* ---- paths ----------------------------------------------------------------------- */

static void values_are_escaped_into_paths_and_names_are_names(void **state)
{
    struct service_address nowhere = { .socket = "/nonexistent" };
    char path[BASELINE_PATH_MAX], endless[BASELINE_PATH_MAX];
    struct error err = { 0 };

    (void)state;
    assert_ok(baseline_path(&nowhere, "canary", "/preview", path, &err), err);
    assert_ok(baseline_query(path, "to", NULL, &err), err);
    assert_ok(baseline_query(path, "to", "a&b", &err), err);
    assert_ok(baseline_query(path, "names", "3", &err), err);
    assert_string_equal(path, "/thim/v1/baselines/canary/preview?to=a%26b&names=3");
    assert_false(baseline_path(&nowhere, "a/b", "", path, &err));
    assert_refused(err, ERROR_FORMAT, "a/b is no name");
    memset(endless, 'x', sizeof endless);
    endless[sizeof endless - 1] = 0;
    err = (struct error){ 0 };
    assert_false(baseline_query(path, "to", endless, &err));
    assert_refused(err, ERROR_LIMIT, "--to is too long");
    err = (struct error){ 0 };
    assert_false(baseline_path(&nowhere, NULL, "", path, &err));
    assert_refused(err, ERROR_UNREACHABLE, "is it running?");
}

static void what_is_asked_wrongly_asks_nobody(void **state)
{
    static const struct {
        const char *words[8];
        const char *in_err;
    } cases[] = {
        { { NULL }, "expected list, show" },
        { { "demote", NULL }, "not demote" },
        { { "list", "steady", NULL }, "steady" },
        { { "promote", "steady", "--to", "18", NULL }, "why?" },
        { { "promote", "--to", "eighteen", "--why", "x", NULL }, "--to eighteen" },
        { { "rollback", "--why", "\xff", NULL }, "UTF-8" },
        { { "preview", "--json", "--csv", NULL }, "not both" },
        { { "diff", "17", "--fmspc", "30606a000000", NULL }, "which two numbers" },
        { { "diff", "17", "18", NULL }, "--fmspc" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_said(said_by(command_baseline, cases[i].words), EXIT_USAGE, "",
                    cases[i].in_err);
    assert_said(
        SAID_BY(command_baseline, "show", "steady", "--socket", "/nonexistent", "--json"),
        EXIT_UNAVAILABLE, "\"error\"", "is it running?");
    assert_said(SAID_BY(command_baseline, "preview", "steady", "--socket", "/nonexistent",
                        "--csv"),
                EXIT_UNAVAILABLE, "", "is it running?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_a_line_for_each_tee),
        cmocka_unit_test(one_baseline_is_a_page),
        cmocka_unit_test(a_history_says_who_and_what_it_did),
        cmocka_unit_test(a_preview_is_read_from_the_top),
        cmocka_unit_test(where_nobody_falls_nobody_is_warned_of_sealed_data),
        cmocka_unit_test(a_diff_says_what_was_and_what_is),
        cmocka_unit_test(an_order_says_when_clients_follow),
        cmocka_unit_test(values_are_escaped_into_paths_and_names_are_names),
        cmocka_unit_test(what_is_asked_wrongly_asks_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
