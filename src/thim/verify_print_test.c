/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/arguments.h"
#include "thim/test_printed.h"
#include "thim/verify_parts.h"

static int print(int argc, char **argv)
{
    json_t *tree = tree_of_text(argv[0]);

    (void)argc;
    verify_print(tree);
    int status = verify_exit_status(tree);
    json_decref(tree);
    return status;
}

static void expect(const char *json, int status, const char *const *lines)
{
    struct said said = SAID_BY(print, json);

    assert_int_equal(said.status, status);
    assert_lines(&said, lines);
    said_forget(&said);
}

#define TDX                                                                         \
    "'tee':'tdx','status':'OutOfDate','advisories':['INTEL-SA-00615','X-1'],"       \
    "'tcb_date':'2024-03-13T00:00:00Z','evaluation_data_number':17,"                \
    "'tcb_info':{'evaluation_data_number':18},"                                     \
    "'qe_identity':{'evaluation_data_number':17},'revocation':'checked',"           \
    "'at':'2025-06-20T00:00:00Z','root':{'origin':'test','spki_sha256':'a0af'},"    \
    "'taken_for':{'kind':'quote','encoding':'base64','bytes':5000},"                \
    "'quote':{'trailing':70},"                                                      \
    "'parts':{'platform':{'status':'OutOfDate','tcb_date':'2024-03-13T00:00:00Z'}," \
    "'module':null,'qe':{'status':'UpToDate','tcb_date':'2025-01-01T00:00:00Z'}},"  \
    "'launch':null,'current':null,"                                                 \
    "'dates':{'tcb_info':{'from':'2025-06-01T00:00:00Z','until':"                   \
    "'2025-06-10T00:00:00Z','in_date':false},'pck_crl':null},"                      \
    "'platform':{'fmspc':'30606a000000','pcesvn':11,'smt_enabled':null},"           \
    "'td':{'mrtd':'aa','rtmr0':'bb','debug':true,'tee_tcb_svn2':null},"             \
    "'files':{'tcb_info':'dir/a.json'}"

static void the_first_line_is_the_answer(void **state)
{
    static const struct {
        const char *json;
        int status;
        const char *line;
    } cases[] = {
        { "{'valid':true,'accepted':true,'failure':null,'denied_by':null," TDX "}",
          EXIT_YES, "VALID, ACCEPTED: tdx, OutOfDate\n" },
        { "{'valid':true,'accepted':false,'failure':null,'denied_by':'tdx.mrtd',"
          "'denied_why':'it is aa'," TDX "}",
          EXIT_NO, "VALID, but DENIED by tdx.mrtd: it is aa\n" },
        { "{'valid':false,'accepted':false,'failure':'tcb_info_expired',"
          "'why':'TCB info: ended','denied_by':null," TDX "}",
          EXIT_NO, "NOT VALID (tcb_info_expired): TCB info: ended\n" },
        { "{'valid':false,'accepted':false,'failure':'tcb_info_missing','why':'x'}",
          EXIT_UNAVAILABLE, "NOT VALID (tcb_info_missing): x\n" },
        { "{'valid':true,'accepted':true,'tee':'sev-snp','status':null}", EXIT_YES,
          "VALID, ACCEPTED: sev-snp\n" },
        /* an answer that lacks what it must have is no yes */
        { "{'accepted':true}", EXIT_NO, "NOT VALID (-): -\n" },
        { "{'valid':'true','accepted':true}", EXIT_NO, "NOT VALID" },
        { "{'valid':true}", EXIT_NO, "VALID, but DENIED by -" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct said said = SAID_BY(print, cases[i].json);
        if (strncmp(buf_text(&said.out), cases[i].line, strlen(cases[i].line)) != 0)
            fail_msg("not '%s' but\n%s", cases[i].line, buf_text(&said.out));
        assert_int_equal(said.status, cases[i].status);
        said_forget(&said);
    }
}

static void a_quote_is_told_from_the_answer_to_its_measurements(void **state)
{
    static const char *const lines[] = {
        "taken for     quote, base64, 5000 bytes\n",
        "trailing      70 bytes behind the quote",
        "TCB date      2024-03-13\n",
        "number        17 (TCB info 18, QE identity 17)\n",
        "judged at     2025-06-20T00:00:00Z\n",
        "root          TEST ROOT, SPKI a0af\n",
        "platform      OutOfDate                              2024-03-13\n",
        "QE            UpToDate",
        "INTEL-SA-00615      https://",
        "X-1                 no page is known\n",
        "tcb_info                 2025-06-01T00:00:00Z  2025-06-10T00:00:00Z  EXPIRED\n",
        "FMSPC         30606a000000\n",
        "PCESVN        11\n",
        "TRUST DOMAIN\n",
        "MRTD          aa\n",
        "RTMR0         bb\n",
        "DEBUG         on",
        "tcb_info      dir/a.json\n",
        NULL,
    };

    (void)state;
    expect("{'valid':true,'accepted':true," TDX "}", EXIT_YES, lines);
}

static void what_failed_tells_what_to_do(void **state)
{
    static const char *const lines[] = {
        "NOT VALID (vek_missing): none\n", "  what to do    bring it\n",
        "  more of it    thim explain code vek_missing\n", NULL
    };

    (void)state;
    expect("{'valid':false,'failure':'vek_missing','why':'none','remedy':'bring it'}",
           EXIT_UNAVAILABLE, lines);
}

static void a_report_is_told_component_by_component(void **state)
{
    static const char json[] =
        "{'valid':true,'accepted':false,'denied_by':'accepted_statuses','tee':'sev-snp',"
        "'status':'OutOfDate','revocation':'unchecked','product':'Milan','chip_id':'c0',"
        "'tcb':{'reported':{'value':'7308000000000003','blSPL':3,'ucodeSPL':115},"
        "'min':{'value':'d308000000000003','blSPL':3,'ucodeSPL':211}},"
        "'report':{'measurement':'ee','vmpl':2,'guest_svn':1,'debug':false}}";
    static const char *const lines[] = {
        "revocation    unchecked\n",
        "TCB           7308000000000003, minimum d308000000000003\n",
        "blSPL            3  of 3\n",
        "ucodeSPL       115  of 211  short\n",
        "product       Milan\n",
        "measurement   ee\n",
        "VMPL          2, guest SVN 1\n",
        NULL,
    };
    struct said said = SAID_BY(print, json);

    (void)state;
    assert_null(strstr(buf_text(&said.out), "DEBUG"));
    said_forget(&said);
    expect(json, EXIT_NO, lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_is_the_answer),
        cmocka_unit_test(a_quote_is_told_from_the_answer_to_its_measurements),
        cmocka_unit_test(what_failed_tells_what_to_do),
        cmocka_unit_test(a_report_is_told_component_by_component),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
