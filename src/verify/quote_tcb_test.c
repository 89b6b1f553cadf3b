/* SPDX-License-Identifier: Apache-2.0 */
/* Which TCB status a quote gets, from signed documents to the verdict: Intel's own matrix
 * (QuoteVerifierTcbStatusUT, as reference verification.md, 15.3, has it), all of section
 * 7's, and where in a quote each SVN stands. What the functions below do alone is in
 * tcb_verdict_test.c and tcb_level_test.c. */
#include "verify/quote.h"
#include "verify/test_quote_world.h"

/* Shorter words, for tables. */
enum {
    UTD = TCB_UP_TO_DATE,
    SWH = TCB_SW_HARDENING_NEEDED,
    CN = TCB_CONFIGURATION_NEEDED,
    CN_SWH = TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
    OOD = TCB_OUT_OF_DATE,
    OOD_CN = TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
    REVOKED = TCB_REVOKED,
    RELAUNCH = STANDING_TD_RELAUNCH_ADVISED,
    RELAUNCH_CN = STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
    ABSENT = 0,
};

/* Two platform levels, L (newest) and E (oldest), and two of the module, l and e. */
struct standings {
    int newest, oldest; /* L, E */
    int module_l, module_e;
    int qe;            /* ABSENT: there is no identity */
    bool old_cert;     /* the PCK certificate has E's SVNs, else L's */
    bool launched_old; /* the TD was launched at E and e */
    bool runs_old;     /* and what runs now is that, still */
};

static void plan_side(uint8_t svn[16], bool is_old)
{
    memset(svn, is_old ? 0 : NEW_SVN, 16);
    svn[0] = is_old ? 2 : MODULE_NEW;
    svn[1] = 1;
}

static enum tcb_status status_of(int word)
{
    return (enum tcb_status)word;
}

/* The standing in the verdict; 0 where there is none. */
static enum tcb_standing judge_standings(struct test_court *court,
                                         const struct standings *s)
{
    struct test_quote plan = plain(TD_15_V5);
    struct verified_collateral *identity;

    court->plans.levels[0].status = status_of(s->newest);
    court->plans.levels[1].status = status_of(s->oldest);
    court->plans.module_levels[0].status = status_of(s->module_l);
    court->plans.module_levels[1].status = status_of(s->module_e);
    court->plans.qe_levels[0].status = s->qe == ABSENT ? UTD : status_of(s->qe);
    test_court_publish(court);
    plan_side(plan.parts.body + TD_TEE_TCB_SVN, s->launched_old);
    plan_side(plan.parts.body + TD_TEE_TCB_SVN2, s->runs_old);
    if (s->old_cert)
        memset(plan.pck.sgx.components, 0, sizeof plan.pck.sgx.components);
    identity = court->identity;
    if (s->qe == ABSENT)
        court->identity = NULL;
    judge(court, &plan, &verdict);
    court->identity = identity;
    if (s->qe == ABSENT)
        assert_failed("no identity", &verdict, CHECK_ENCLAVE_IDENTITY_MISSING, "");
    else
        assert_failed(
            "", &verdict,
            verdict.status == STANDING_REVOKED ? CHECK_TCB_REVOKED : CHECK_PASSED, "");
    return verdict.has_status ? verdict.status : 0;
}

static void intels_matrix_holds(void **state)
{
    static const struct {
        const char *claim;
        struct standings s;
        int expected;
    } cases[] = {
        { "all new", { UTD, OOD, UTD, OOD, UTD, false, false, false }, UTD },
        { "a level that nobody has is revoked",
          { UTD, REVOKED, UTD, OOD, UTD, false, false, false },
          UTD },
        { "the one it has is revoked",
          { REVOKED, OOD, UTD, OOD, UTD, false, false, false },
          REVOKED },
        { "the module's is revoked",
          { UTD, OOD, REVOKED, OOD, UTD, false, false, false },
          REVOKED },
        { "the QE's is revoked",
          { UTD, OOD, UTD, OOD, REVOKED, false, false, false },
          REVOKED },
        { "an old certificate, all else new",
          { UTD, OOD, UTD, OOD, UTD, true, false, false },
          OOD },
        { "an old certificate, launched old",
          { UTD, OOD, UTD, OOD, UTD, true, true, false },
          OOD },
        { "an old certificate, all else old",
          { UTD, OOD, UTD, OOD, UTD, true, true, true },
          OOD },
        { "what is revoked is not what was launched",
          { REVOKED, OOD, OOD, OOD, UTD, false, true, false },
          OOD },
        { "the newest is out of date",
          { OOD, OOD, UTD, OOD, UTD, false, false, false },
          OOD },
        { "the QE is out of date",
          { UTD, OOD, UTD, OOD, OOD, false, false, false },
          OOD },
        { "modules are out of date, launched old",
          { UTD, OOD, OOD, OOD, UTD, false, true, false },
          OOD },
        { "software hardening", { SWH, OOD, UTD, OOD, UTD, false, false, false }, SWH },
        { "software hardening below, and an old certificate",
          { UTD, SWH, UTD, OOD, UTD, true, false, false },
          SWH },
        { "configuration, too",
          { CN_SWH, OOD, UTD, OOD, UTD, false, false, false },
          CN_SWH },
        { "below, and an old certificate",
          { UTD, CN_SWH, UTD, OOD, UTD, true, false, false },
          CN_SWH },
        { "launched old, runs new",
          { UTD, OOD, UTD, OOD, UTD, false, true, false },
          RELAUNCH },
        { "launched where configuration was wanted",
          { UTD, OOD_CN, UTD, OOD, UTD, false, true, false },
          RELAUNCH_CN },
        { "runs where configuration is wanted",
          { CN, OOD, UTD, OOD, UTD, false, true, false },
          RELAUNCH_CN },
    };
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_TDX);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum tcb_standing is = judge_standings(&court, &cases[i].s);
        if (is != (enum tcb_standing)cases[i].expected)
            fail_msg("%s: %s", cases[i].claim, tcb_standing_name(is));
    }
    test_court_close(&court);
}

/* ---- all of section 7 -------------------------------------------------------------- */

/* Columns: all components UpToDate; one OutOfDate, none Revoked; one Revoked. */
static const int converged[][4] = {
    { UTD, UTD, OOD, REVOKED },
    { SWH, SWH, OOD, REVOKED },
    { CN, CN, OOD_CN, REVOKED },
    { CN_SWH, CN_SWH, OOD_CN, REVOKED },
    { OOD, OOD, OOD, REVOKED },
    { OOD_CN, OOD_CN, OOD_CN, REVOKED },
    { REVOKED, REVOKED, REVOKED, REVOKED },
};

/* Rows: launch; columns: the first four of the table above. Anything else is the launch.
 */
static const int relaunched[][5] = {
    { OOD, RELAUNCH, RELAUNCH, RELAUNCH_CN, RELAUNCH_CN },
    { OOD_CN, RELAUNCH_CN, RELAUNCH_CN, RELAUNCH_CN, RELAUNCH_CN },
};

static int expected_side(size_t platform, int module, int qe)
{
    size_t column = module == REVOKED || qe == REVOKED ? 3
                    : module == OOD || qe == OOD       ? 2
                                                       : 1;

    return converged[platform][column];
}

static int expected_whole(int launch, int current)
{
    for (size_t row = 0; row < COUNT_OF(relaunched); row++)
        for (size_t column = 0; column < 4; column++)
            if (relaunched[row][0] == launch && converged[column][0] == current)
                return relaunched[row][1 + column];
    return launch;
}

static const int components[] = { UTD, OOD, REVOKED };

/* Every platform status with every module status and every QE's, at the launch and now:
 * the launch has the old level and module, what runs has the new ones. */
static void every_pair_of_sides_converges_as_the_reference_has_it(void **state)
{
    static const int qes[] = { UTD, OOD, REVOKED, ABSENT };
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_TDX);
    for (size_t launch = 0; launch < COUNT_OF(converged); launch++)
        for (size_t now = 0; now < COUNT_OF(converged); now++)
            for (size_t module = 0; module < 9; module++)
                for (size_t qe = 0; qe < COUNT_OF(qes); qe++) {
                    int was = components[module / 3], is = components[module % 3];
                    const struct standings s = {
                        .newest = converged[now][0],
                        .oldest = converged[launch][0],
                        .module_l = is,
                        .module_e = was,
                        .qe = qes[qe],
                        .launched_old = true,
                    };
                    int expected =
                        qes[qe] == ABSENT
                            ? 0
                            : expected_whole(expected_side(launch, was, qes[qe]),
                                             expected_side(now, is, qes[qe]));
                    if (qes[qe] == ABSENT && (launch > 0 || now > 0))
                        continue; /* nothing is judged: once per module is enough */
                    int got = (int)judge_standings(&court, &s);
                    if (got != expected)
                        fail_msg("launch %s, now %s, modules %s and %s, QE %d: %d, "
                                 "expected %d",
                                 tcb_status_name(status_of(s.oldest)),
                                 tcb_status_name(status_of(s.newest)),
                                 tcb_status_name(status_of(was)),
                                 tcb_status_name(status_of(is)), qes[qe], got, expected);
                }
    test_court_close(&court);
}

/* ---- where the SVNs stand ---------------------------------------------------------- */

/* One less in any one place, and the platform falls to the level below: by its SGX
 * components, PCESVN, the module's own levels, a module without a version, or its TDX
 * components. */
static void each_component_counts_by_itself(void **state)
{
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_TDX);
    for (size_t place = 0; place < TCB_PLACES; place++) {
        struct test_quote plan = plain(TDX_V4);
        if (place < 16)
            plan.pck.sgx.components[place]--;
        else if (place == 16)
            plan.pck.sgx.pcesvn--;
        else
            plan.parts.body[TD_TEE_TCB_SVN + place - 17]--;
        judge(&court, &plan, &verdict);
        assert_failed("one less", &verdict, CHECK_PASSED, "");
        if (verdict.status != STANDING_OUT_OF_DATE)
            fail_msg("place %zu: %s", place, tcb_standing_name(verdict.status));
    }
    test_court_close(&court);
}

/* CPUSVN of the certificate and of both reports are not compared: components are. */
static void cpusvns_decide_nothing(void **state)
{
    (void)state;
    for (size_t form = SGX_V3; form <= TDX_V4; form++) {
        struct test_quote plan = plain(form);
        struct test_court court;
        test_court_open(&court, world, forms[form].tee);
        memset(plan.pck.sgx.cpusvn, 0, sizeof plan.pck.sgx.cpusvn);
        memset(plan.parts.qe_report + SGX_CPUSVN, 0, 16);
        if (forms[form].tee == TEE_SGX)
            memset(plan.parts.body + SGX_CPUSVN, 0, 16);
        plan.parts.qe_svn = plan.parts.pce_svn = 0; /* the header's likewise */
        judge(&court, &plan, &verdict);
        assert_failed("CPUSVN 0", &verdict, CHECK_PASSED, "");
        assert_int_equal(verdict.status, STANDING_UP_TO_DATE);
        test_court_close(&court);
    }
}

/* A TD 1.0 says nothing of what runs now; TDs 1.5 do, and are held to it. */
static void what_runs_now_is_read_of_tds_that_say_it(void **state)
{
    static const struct {
        size_t form;
        enum tcb_standing expected;
    } cases[] = {
        { TDX_V4, STANDING_OUT_OF_DATE },
        { TD_10_V5, STANDING_OUT_OF_DATE },
        { TD_15_V5, STANDING_TD_RELAUNCH_ADVISED },
        { TD_15_EX_V5, STANDING_TD_RELAUNCH_ADVISED },
    };
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_TDX);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_quote plan = plain(cases[i].form);
        plan_side(plan.parts.body + TD_TEE_TCB_SVN, true);
        judge(&court, &plan, &verdict);
        assert_failed("launched old", &verdict, CHECK_PASSED, "");
        assert_int_equal(verdict.status, cases[i].expected);
    }
    test_court_close(&court);
}

static void what_took_part_is_told_with_its_date_and_advisories(void **state)
{
    struct test_quote plan = plain(TD_15_V5);
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_TDX);
    judge(&court, &plan, &verdict);
    assert_int_equal(verdict.tcb_date_s, DATE_S - 20); /* the QE's */
    assert_int_equal(verdict.advisory_count, 0);
    plan_side(plan.parts.body + TD_TEE_TCB_SVN, true);
    judge(&court, &plan, &verdict);
    assert_int_equal(verdict.intel.tcb.launch.standing, STANDING_OUT_OF_DATE);
    assert_int_equal(verdict.intel.tcb.current.standing, STANDING_UP_TO_DATE);
    assert_int_equal(verdict.tcb_date_s, DATE_S - 200); /* the module's */
    assert_int_equal(verdict.advisory_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const char name[] = { 'I', 'N', 'T', 'E', 'L', '-', 'S',
                              'A', '-', '0', '0', '0', '0', (char)('1' + i),
                              0 };
        assert_true(bytes_equal_text(verdict.advisories[i], name));
    }
    test_court_close(&court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intels_matrix_holds),
        cmocka_unit_test(every_pair_of_sides_converges_as_the_reference_has_it),
        cmocka_unit_test(each_component_counts_by_itself),
        cmocka_unit_test(cpusvns_decide_nothing),
        cmocka_unit_test(what_runs_now_is_read_of_tds_that_say_it),
        cmocka_unit_test(what_took_part_is_told_with_its_date_and_advisories),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
