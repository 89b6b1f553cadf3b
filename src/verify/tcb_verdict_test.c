/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"
#include "verify/test_tcb_world.h"

static enum tcb_standing standing_of(const struct world *world,
                                     const struct tcb_subject *subject)
{
    struct tcb_verdict verdict;

    tcb_judge(&world->info, &world->identity, subject, &verdict);
    return verdict.standing;
}

/* ---- convergence, exhaustively ---------------------------------------------------- */

static void statuses_converge_as_intel_says(void **state)
{
    static const struct {
        enum tcb_status platform;
        enum tcb_standing good, out_of_date;
    } rows[] = {
        { TCB_UP_TO_DATE, STANDING_UP_TO_DATE, STANDING_OUT_OF_DATE },
        { TCB_SW_HARDENING_NEEDED, STANDING_SW_HARDENING_NEEDED, STANDING_OUT_OF_DATE },
        { TCB_CONFIGURATION_NEEDED, STANDING_CONFIGURATION_NEEDED,
          STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED },
        { TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
          STANDING_CONFIGURATION_AND_SW_HARDENING_NEEDED,
          STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED },
        { TCB_OUT_OF_DATE, STANDING_OUT_OF_DATE, STANDING_OUT_OF_DATE },
        { TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED,
          STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED },
        { TCB_REVOKED, STANDING_REVOKED, STANDING_REVOKED },
    };
    static const enum tcb_status components[] = { TCB_UP_TO_DATE, TCB_OUT_OF_DATE,
                                                  TCB_REVOKED };
    struct world world;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t m = 0; m < COUNT_OF(components); m++)
            for (size_t q = 0; q < COUNT_OF(components); q++) {
                world_make(&world, TEE_TDX);
                world.levels[0].status = rows[i].platform;
                world.module_levels[0].status = components[m];
                world.qe_levels[0].status = components[q];
                enum tcb_standing expected = m == 2 || q == 2   ? STANDING_REVOKED
                                             : m == 1 || q == 1 ? rows[i].out_of_date
                                                                : rows[i].good;
                struct tcb_subject subject = newest(true);
                if (standing_of(&world, &subject) != expected)
                    fail_msg(
                        "%s, module %s, QE %s: %s", tcb_status_name(rows[i].platform),
                        tcb_status_name(components[m]), tcb_status_name(components[q]),
                        tcb_standing_name(standing_of(&world, &subject)));
            }
}

/* All pairs of what convergence can give. */
static void a_launch_that_is_behind_is_told_to_relaunch(void **state)
{
    (void)state;
    for (enum tcb_standing launch = STANDING_UP_TO_DATE; launch <= STANDING_REVOKED;
         launch++)
        for (enum tcb_standing current = STANDING_UP_TO_DATE; current <= STANDING_REVOKED;
             current++) {
            bool is_behind = launch == STANDING_OUT_OF_DATE
                             || launch == STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED;
            bool is_good =
                current == STANDING_UP_TO_DATE || current == STANDING_SW_HARDENING_NEEDED;
            bool wants_configuration =
                current == STANDING_CONFIGURATION_NEEDED
                || current == STANDING_CONFIGURATION_AND_SW_HARDENING_NEEDED;
            enum tcb_standing expected = launch;
            if (is_behind && is_good)
                expected = launch == STANDING_OUT_OF_DATE
                               ? STANDING_TD_RELAUNCH_ADVISED
                               : STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED;
            if (is_behind && wants_configuration)
                expected = STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED;
            assert_int_equal(tcb_relaunch(launch, current), expected);
        }
}

static void a_td_that_was_launched_behind_its_platform(void **state)
{
    static const struct {
        const char *claim;
        enum tcb_status newer, older, module_older;
        bool launched_old, current_unknown;
        enum tcb_standing expected;
    } cases[] = {
        { "both new", TCB_UP_TO_DATE, TCB_OUT_OF_DATE, TCB_OUT_OF_DATE, false, false,
          STANDING_UP_TO_DATE },
        { "launched at an old loader and module", TCB_UP_TO_DATE, TCB_OUT_OF_DATE,
          TCB_OUT_OF_DATE, true, false, STANDING_TD_RELAUNCH_ADVISED },
        { "and the platform wants configuration", TCB_CONFIGURATION_NEEDED,
          TCB_OUT_OF_DATE, TCB_OUT_OF_DATE, true, false,
          STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED },
        { "or did then", TCB_UP_TO_DATE, TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
          TCB_UP_TO_DATE, true, false,
          STANDING_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED },
        { "an old level that is revoked counts", TCB_UP_TO_DATE, TCB_REVOKED,
          TCB_OUT_OF_DATE, true, false, STANDING_REVOKED },
        { "a revoked level that is not matched does not", TCB_UP_TO_DATE, TCB_REVOKED,
          TCB_OUT_OF_DATE, false, false, STANDING_UP_TO_DATE },
        { "what runs now is known to nobody", TCB_UP_TO_DATE, TCB_OUT_OF_DATE,
          TCB_OUT_OF_DATE, true, true, STANDING_NOT_SUPPORTED },
    };
    struct world world;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tcb_subject subject = newest(true);
        world_make(&world, TEE_TDX);
        world.levels[0].status = cases[i].newer;
        world.levels[1].status = cases[i].older;
        world.module_levels[1].status = cases[i].module_older;
        subject.has_current = true;
        memcpy(subject.tee_tcb_svn2, subject.tee_tcb_svn, sizeof subject.tee_tcb_svn2);
        if (cases[i].launched_old) {
            subject.tee_tcb_svn[0] = 2;
            subject.tee_tcb_svn[2] = 0;
        }
        if (cases[i].current_unknown)
            subject.tee_tcb_svn2[1] = 9;
        if (standing_of(&world, &subject) != cases[i].expected)
            fail_msg("%s: %s", cases[i].claim,
                     tcb_standing_name(standing_of(&world, &subject)));
    }
}

/* ---- modules and enclaves that nobody knows --------------------------------------- */

static void a_subject_without_tdx_is_judged_by_sgx_alone(void **state)
{
    struct world world;

    (void)state;
    world_make(&world, TEE_TDX);
    struct tcb_subject subject = newest(false);
    memset(subject.tee_tcb_svn, 0, sizeof subject.tee_tcb_svn);
    assert_int_equal(standing_of(&world, &subject), STANDING_UP_TO_DATE);
    world_make(&world, TEE_SGX); /* and SGX's document has no TDX components at all */
    subject.has_tdx = true;
    assert_int_equal(standing_of(&world, &subject), STANDING_UP_TO_DATE);
}

static void what_no_level_or_identity_fits_is_not_supported(void **state)
{
    struct world world;
    struct tcb_subject subject = newest(true);

    (void)state;
    world_make(&world, TEE_TDX);
    subject.tee_tcb_svn[1] = 2;
    assert_int_equal(standing_of(&world, &subject), STANDING_NOT_SUPPORTED);
    subject = newest(true);
    subject.tee_tcb_svn[0] = 1; /* below the module's last level */
    assert_int_equal(standing_of(&world, &subject), STANDING_NOT_SUPPORTED);
    subject = newest(true);
    subject.qe_isvsvn = 3;
    assert_int_equal(standing_of(&world, &subject), STANDING_NOT_SUPPORTED);
    subject.has_qe = false; /* and is not asked about where none is given */
    assert_int_equal(standing_of(&world, &subject), STANDING_UP_TO_DATE);
}

/* ---- dates and advisories --------------------------------------------------------- */

static void the_date_is_the_earliest_of_those_that_took_part(void **state)
{
    struct world world;
    struct tcb_verdict verdict;
    struct tcb_subject subject = newest(true);

    (void)state;
    world_make(&world, TEE_TDX);
    tcb_judge(&world.info, &world.identity, &subject, &verdict);
    assert_int_equal(verdict.tcb_date_s, DATE_S - 20); /* the QE's */
    tcb_judge(&world.info, NULL, &subject, &verdict);
    assert_int_equal(verdict.tcb_date_s, DATE_S - 10); /* the module's */
    subject.sgx.pcesvn = 0;
    tcb_judge(&world.info, NULL, &subject, &verdict);
    assert_int_equal(verdict.tcb_date_s, DATE_S - 100); /* the platform's */
    subject.has_current = true; /* of a module that nobody knows */
    subject.tee_tcb_svn2[1] = 9;
    tcb_judge(&world.info, NULL, &subject, &verdict);
    assert_int_equal(verdict.tcb_date_s, 0);
    assert_int_equal(verdict.launch.tcb_date_s, DATE_S - 100);
}

static void advisories_are_a_sorted_set(void **state)
{
    struct world world;
    struct tcb_verdict verdict;
    struct bytes found[4];
    struct tcb_subject subject = newest(true);

    (void)state;
    world_make(&world, TEE_TDX);
    subject.sgx.pcesvn = 0;
    subject.tee_tcb_svn[0] = 2;
    tcb_judge(&world.info, &world.identity, &subject, &verdict);
    assert_int_equal(tcb_verdict_advisories(&verdict, found, COUNT_OF(found)), 3);
    assert_true(bytes_equal_text(found[0], "INTEL-SA-00001"));
    assert_true(bytes_equal_text(found[1], "INTEL-SA-00002"));
    assert_true(bytes_equal_text(found[2], "INTEL-SA-00003"));
    assert_int_equal(tcb_verdict_advisories(&verdict, found, 2), 2);
}

static void depths_rise_from_good_to_hopeless(void **state)
{
    static const enum tcb_standing order[] = {
        STANDING_UP_TO_DATE,
        STANDING_CONFIGURATION_NEEDED,
        STANDING_TD_RELAUNCH_ADVISED,
        STANDING_OUT_OF_DATE,
        STANDING_OUT_OF_DATE_CONFIGURATION_NEEDED,
        STANDING_REVOKED,
        STANDING_NOT_SUPPORTED,
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(order); i++)
        assert_int_equal(tcb_standing_depth(order[i]), i);
    for (enum tcb_status status = TCB_UP_TO_DATE; status <= TCB_REVOKED; status++)
        assert_string_equal(tcb_standing_name((enum tcb_standing)status),
                            tcb_status_name(status));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_converge_as_intel_says),
        cmocka_unit_test(a_launch_that_is_behind_is_told_to_relaunch),
        cmocka_unit_test(a_td_that_was_launched_behind_its_platform),
        cmocka_unit_test(a_subject_without_tdx_is_judged_by_sgx_alone),
        cmocka_unit_test(what_no_level_or_identity_fits_is_not_supported),
        cmocka_unit_test(the_date_is_the_earliest_of_those_that_took_part),
        cmocka_unit_test(advisories_are_a_sorted_set),
        cmocka_unit_test(depths_rise_from_good_to_hopeless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
