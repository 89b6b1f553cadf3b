/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/explain_print.h"

#include "thim/arguments.h"
#include "thim/commands.h"
#include "thim/test_printed.h"

static int print(int argc, char **argv)
{
    json_t *tree = tree_of_text(argv[0]);

    (void)argc;
    explain_print(tree);
    json_decref(tree);
    return EXIT_YES;
}

static void expect(const char *json, const char *const *lines)
{
    struct said said = SAID_BY(print, json);

    assert_lines(&said, lines);
    said_forget(&said);
}

#define ADVISORY "{'id':'INTEL-SA-00657','link':'https://example.test/657'}"
#define SETS                                                                             \
    "[{'number':19,'early':true,'in_date':true,'recovery_event':'2026-05-14T00:00:00Z'," \
    "'expected':{'earliest':'2027-01-12T00:00:00Z','latest':'2027-07-15T00:00:00Z'},"    \
    "'status':'OutOfDate','tcb_date':'2025-05-15T00:00:00Z',"                            \
    "'launch':{'status':'OutOfDate','module':"                                           \
    "'UpToDate'},'qe':null,'advisories':[" ADVISORY "],'goal':{'status':"                \
    "'UpToDate'},'needs':[{'name':'sgx.0','category':'BIOS',"                            \
    "'type':'Early Microcode Update','have':17,'need':19},{'name':'pcesvn',"             \
    "'category':'','type':'','have':16,'need':17}],'cleared':[" ADVISORY                 \
    "]},{'number':17,'standard':true,'in_date':false,'status':'UpToDate',"               \
    "'expected':null,'launch':{'module':null},'qe':null,'advisories':[],'goal':null,"    \
    "'needs':[{'name':'sgx.0','category':'BIOS','type':'',"                              \
    "'have':17,'need':18}],'cleared':[]}]"

static void numbers_stand_side_by_side(void **state)
{
    static const char json[] =
        "{'subject':{'by':'platform','qe_id':'aa01','pce_id':'0000',"
        "'fmspc':'30606a000000','cpusvn':'1111','pcesvn':16,'confirmed':true,"
        "'last_seen':'2026-07-15T00:00:00Z','tee_tcb_svn':null},'tees':[{'tee':'tdx',"
        "'sets':" SETS
        "}],'baselines':[{'name':'steady','default':true,'sgx':17,'tdx':null}]}";
    static const char *const lines[] = {
        "QE ID        aa01  PCE-ID 0000",
        "TCB          CPUSVN 1111  PCESVN 16, confirmed, last seen 2026-07-15",
        "  NUMBER                                          19 early       17 standard\n",
        "  status                                          OutOfDate      UpToDate\n",
        "    of the TDX module                             UpToDate       -\n",
        "  TCB date                                        2025-05-15     -\n",
        "  expected as standard, from                      2027-01-12     -\n",
        "    to                                            2027-07-15     -\n",
        "  in date                                         yes            EXPIRED\n",
        "  best level                                      UpToDate       reached\n",
        "  COMPONENT                                 HAVE  needs\n",
        "  sgx.0 BIOS, Early Microcode Update          17  19             18\n",
        "  pcesvn                                      16  17             -\n",
        "  INTEL-SA-00657                                  cleared there  -\n",
        "  INTEL-SA-00657      https://example.test/657\n",
        "  by its SGX components alone",
        "steady (the default) gives it sgx 17, tdx -\n",
        NULL,
    };

    (void)state;
    expect(json, lines);
}

static void a_certificate_that_was_not_verified_says_so_first(void **state)
{
    static const char doubted[] =
        "{'subject':{'by':'certificate','verified':false,'doubt':'it came alone',"
        "'fmspc':'30606a000000','cpusvn':'1111','pcesvn':16}}";
    static const char trusted[] =
        "{'subject':{'by':'certificate','verified':true,'doubt':null,"
        "'fmspc':'30606a000000','cpusvn':'1111','pcesvn':16}}";
    static const char quote[] = "{'subject':{'by':'quote','verified':true,'doubt':null,"
                                "'fmspc':'30606a000000','cpusvn':'1111','pcesvn':16}}";
    static const char *const of_quote[] = { "quote        verified",
                                            "TCB          components 1111", NULL };
    static const char *const doubt[] = { "certificate  NOT VERIFIED: it came alone\n",
                                         "TCB          components 1111", NULL };
    static const char *const trust[] = { "certificate  verified", NULL };

    (void)state;
    expect(doubted, doubt);
    expect(trusted, trust);
    expect(quote, of_quote);
}

static void who_is_to_be_explained_must_be_said(void **state)
{
    (void)state;
    assert_said(SAID_BY(command_explain, "--tee", "sgx"), EXIT_USAGE, "", "whom?");
    assert_said(SAID_BY(command_explain, "aa01", "--socket", "/nonexistent"), EXIT_USAGE,
                "", "at least");
    assert_said(SAID_BY(command_explain, "--fmspc", "30606a000000", "--socket",
                        "/nonexistent", "--json"),
                EXIT_UNAVAILABLE, "\"error\"", "is it running?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stand_side_by_side),
        cmocka_unit_test(a_certificate_that_was_not_verified_says_so_first),
        cmocka_unit_test(who_is_to_be_explained_must_be_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
