/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/test_kds.h"

static struct condition condition_of(struct bench *bench, const char *name)
{
    struct condition condition = { .failures = 0 };

    if (!bench_condition_named(bench, name, &condition))
        fail_msg("there is no condition %s", name);
    return condition;
}

static void chains_and_crls_are_there_before_anything_else(void **state)
{
    static const char *const names[] = { "amd/vcek/Milan/cert_chain",
                                         "amd/vcek/Milan/crl",
                                         "amd/vlek/Milan/cert_chain" };
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_open(&bench);
    bench_run(&bench);
    /* asked for before there is anything to judge it by, it waits for that */
    assert_int_equal(bench_fetch(&bench, 1, CHIP_BY_ASKING).outcome, CHIP_KEPT);
    bench_settle(&bench);
    assert_int_equal(atomic_load(&bench.kds[0].lists), 3);
    assert_int_equal(atomic_load(&bench.laws), 3);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct condition condition = condition_of(&bench, names[i]);
        assert_int_equal(condition.failures, 0);
        assert_int_equal(condition.ok_s, BENCH_NOW_S);
        assert_string_equal(condition.upstream, "first");
    }
    assert_true(condition_of(&bench, names[1]).next_s <= BENCH_NOW_S + 21600);
    assert_true(condition_of(&bench, names[0]).next_s > BENCH_NOW_S + 70000);
    bench_end(&bench);
}

static void they_are_asked_for_again_in_time(void **state)
{
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    assert_int_equal(atomic_load(&bench.kds[0].lists), 3);
    bench_go_on(&bench, 21600);
    assert_int_equal(atomic_load(&bench.kds[0].lists), 4); /* the CRL */
    bench_go_on(&bench, 86400);
    assert_int_equal(atomic_load(&bench.kds[0].lists), 7);
    struct bench_wait wait = { .is_over = false };
    kds_refresh(bench.thread, "", bench_over, &wait);
    peer_await(atomic_load(&wait.is_over));
    assert_true(wait.all_well);
    assert_int_equal(atomic_load(&bench.kds[0].lists), 10);
    bench_end(&bench);
}

static void without_a_crl_nothing_is_believed_where_it_is_required(void **state)
{
    static const struct {
        enum amd_crl choice;
        struct bench_script script;
        enum chip_fetch outcome;
        const char *why;
    } cases[] = {
        { AMD_CRL_REQUIRED,
          { .crl_status = 500 },
          CHIP_UNTRUSTED,
          "no CRL of ARK-Milan" },
        { AMD_CRL_REQUIRED,
          { .crl_status = 404 },
          CHIP_UNTRUSTED,
          "no CRL of ARK-Milan" },
        { AMD_CRL_REQUIRED, { .old_crl = true }, CHIP_UNTRUSTED, "no CRL of ARK-Milan" },
        { AMD_CRL_OPTIONAL, { .crl_status = 500 }, CHIP_KEPT, "" },
        { AMD_CRL_REQUIRED, { .revokes_ask = true }, CHIP_UNTRUSTED, "is on the CRL" },
        { AMD_CRL_OPTIONAL, { .revokes_ask = true }, CHIP_UNTRUSTED, "is on the CRL" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bench bench;
        bench_make(&bench);
        bench.config.amd.crl = cases[i].choice;
        bench_set(&bench, 0, cases[i].script);
        bench_open(&bench);
        bench_run(&bench);
        bench_settle(&bench);
        struct chip_report report = bench_fetch(&bench, 1, CHIP_BY_ASKING);
        assert_int_equal(report.outcome, cases[i].outcome);
        if (strstr(report.why, cases[i].why) == NULL)
            fail_msg("%zu: %s", i, report.why);
        assert_int_equal(bench_holds(&bench, 1), cases[i].outcome == CHIP_KEPT);
        if (cases[i].script.crl_status == 500) {
            assert_true(condition_of(&bench, "amd/vcek/Milan/crl").failures > 0);
            bench_set(&bench, 0, (struct bench_script){ 0 });
            bench_go_on(&bench, 3600); /* and once it is there, all is well */
            assert_int_equal(bench_fetch(&bench, 2, CHIP_BY_ASKING).outcome, CHIP_KEPT);
        }
        bench_end(&bench);
    }
}

static void a_crl_that_has_run_out_is_hastened_by_who_needs_it(void **state)
{
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    bench_set(&bench, 0, (struct bench_script){ .crl_status = 500 });
    bench_go_on(&bench, 40 * TEST_AMD_DAY_S);
    struct chip_report report = bench_fetch(&bench, 1, CHIP_BY_ASKING);
    assert_int_equal(report.outcome, CHIP_UNTRUSTED);
    assert_non_null(strstr(report.why, "CRL"));
    assert_int_equal(atomic_load(&bench.kds[0].chips), 0); /* nor was a slot spent */
    unsigned asked = atomic_load(&bench.kds[0].lists);
    assert_int_equal(bench_fetch(&bench, 2, CHIP_BY_ASKING).outcome, CHIP_UNTRUSTED);
    assert_int_equal(atomic_load(&bench.kds[0].lists), asked); /* not at every demand */
    bench_set(&bench, 0, (struct bench_script){ 0 });
    bench_go_on(&bench, 31);
    assert_int_equal(bench_fetch(&bench, 3, CHIP_BY_ASKING).outcome, CHIP_KEPT);
    bench_end(&bench);
}

static void a_bad_answer_does_not_replace_what_is_held(void **state)
{
    static const struct bench_script scripts[] = {
        { .status = 404 },     { .status = 429 },   { .status = 500 },
        { .says_html = true }, { .old_crl = true }, /* one that may not replace what is
                                                       held */
    };
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    const struct verified_amd_crl *crl = bench.law->crls[SNP_MILAN];
    const struct verified_amd_issuer *issuer = bench.law->issuers[SNP_MILAN][VEK_VCEK];
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        bench_set(&bench, 0, scripts[i]);
        struct bench_wait wait = { .is_over = false };
        bench_go_on(&bench, 7200);
        kds_refresh(bench.thread, "", bench_over, &wait);
        peer_await(atomic_load(&wait.is_over));
        assert_false(wait.all_well);
        assert_true(condition_of(&bench, "amd/vcek/Milan/crl").failures > 0);
        assert_false(condition_of(&bench, "amd/vcek/Milan/crl").absent);
        assert_ptr_equal(bench.law->crls[SNP_MILAN], crl);
        if (!scripts[i].old_crl)
            assert_ptr_equal(bench.law->issuers[SNP_MILAN][VEK_VCEK], issuer);
    }
    bench_end(&bench);
}

static void what_an_ark_revokes_is_over_at_once(void **state)
{
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    assert_int_equal(bench_fetch(&bench, 1, CHIP_BY_TOKEN).outcome, CHIP_KEPT);
    bench_set(&bench, 0, (struct bench_script){ .revokes_ask = true });
    bench_go_on(&bench, 21600);
    struct chip_report report = bench_fetch(&bench, 2, CHIP_BY_TOKEN);
    assert_int_equal(report.outcome, CHIP_UNTRUSTED);
    assert_non_null(strstr(report.why, "is on the CRL"));
    assert_false(bench_holds(&bench, 2));
    assert_int_equal(atomic_load(&bench.kds[0].chips), 1); /* nor was a slot spent */
    assert_true(bench_holds(&bench, 1)); /* kept; whether to give it is another's */
    struct condition condition = condition_of(&bench, "amd/vcek/Milan/cert_chain");
    assert_int_equal(condition.kind, ERROR_REVOKED);
    bench_end(&bench);
}

static void what_is_kept_is_the_law_again_after_a_restart(void **state)
{
    struct bench bench;

    (void)state;
    bench_make(&bench);
    bench_start(&bench);
    bench_close(&bench);
    bench_set(&bench, 0, (struct bench_script){ .status = 500 });
    bench_open(&bench);
    bench_run(&bench);
    bench_settle(&bench);
    assert_int_equal(atomic_load(&bench.kds[0].lists), 3); /* nothing was due */
    assert_non_null(bench.law->crls[SNP_MILAN]);
    assert_non_null(bench.law->issuers[SNP_MILAN][VEK_VLEK]);
    bench_close(&bench);
    /* what the trust of today does not vouch for is left out, and fetched anew */
    struct trust trust = bench.config.trust.roots;
    bench.config.trust.roots.count = 0;
    bench_open(&bench);
    bench_run(&bench);
    assert_null(bench.law->crls[SNP_MILAN]);
    assert_null(bench.law->issuers[SNP_MILAN][VEK_VCEK]);
    bench_settle(&bench);
    assert_true(atomic_load(&bench.kds[0].lists) > 3);
    bench.config.trust.roots = trust;
    bench_end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_and_crls_are_there_before_anything_else),
        cmocka_unit_test(they_are_asked_for_again_in_time),
        cmocka_unit_test(without_a_crl_nothing_is_believed_where_it_is_required),
        cmocka_unit_test(a_crl_that_has_run_out_is_hastened_by_who_needs_it),
        cmocka_unit_test(a_bad_answer_does_not_replace_what_is_held),
        cmocka_unit_test(what_an_ark_revokes_is_over_at_once),
        cmocka_unit_test(what_is_kept_is_the_law_again_after_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
