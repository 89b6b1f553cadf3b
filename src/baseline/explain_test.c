/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/explain.h"

#include "baseline/test_sets.h"
#include "format/signed_json.h"
#include "verify/test_intel.h"
#include "verify/test_tcb_world.h"

static const int64_t now_s = 1786665600; /* 2026-08-14 */
static const uint8_t known[6] = { 0xb0 }, unknown[6] = { 0xb1 };

/* Two numbers of one FMSPC: 17, whose levels ask for what the newest of subjects has, and
 * 18, which asks for more. */
enum { OLDER, NEWER, NUMBERS };
struct stage {
    struct world worlds[NUMBERS];
    struct pile pile;
    struct arena arena;
    struct sets sets;
    struct explanation explanation;
};

static struct stage *stage_new(enum tee tee)
{
    struct stage *stage = test_calloc(1, sizeof *stage);

    arena_init(&stage->arena, (size_t)1 << 18);
    for (uint32_t i = OLDER; i < NUMBERS; i++) {
        int64_t from_s = now_s - DAY_S, until_s = now_s + 29 * DAY_S;
        struct world *world = &stage->worlds[i];
        world_make(world, tee);
        pile_tcb_info(&stage->pile, tee, known[0], 17 + i, from_s, until_s)->tcb_info =
            &world->info;
        pile_identity(&stage->pile, tee, 17 + i, from_s, until_s)->identity =
            &world->identity;
    }
    return stage;
}

static void stage_free(struct stage *stage)
{
    arena_fini(&stage->arena);
    test_free(stage);
}

static const struct explanation *explain(struct stage *stage, enum tee tee,
                                         const struct tcb_subject *subject)
{
    struct error err = { 0 };

    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    assert_ok(explain_make(&stage->sets, tee, known, subject, now_s, &stage->arena,
                           &stage->explanation, &err),
              err);
    return &stage->explanation;
}

/* ---- side by side ------------------------------------------------------------------ */

static void each_set_has_its_verdict_and_what_would_raise_it(void **state)
{
    struct stage *stage = stage_new(TEE_SGX);
    struct tcb_level *newest_level = &stage->worlds[NEWER].levels[0];
    struct tcb_subject subject = newest(false);

    (void)state;
    newest_level->sgx[5] =
        (struct tcb_component){ .svn = NEW_SVN + 2, .category = bytes_of_text("BIOS") };
    newest_level->pcesvn = NEW_PCESVN + 1;
    const struct explanation *explanation = explain(stage, TEE_SGX, &subject);
    assert_int_equal(explanation->set_count, NUMBERS);
    assert_memory_equal(explanation->fmspc, known, sizeof known);

    const struct explain_set *newer = &explanation->sets[0];
    assert_int_equal(newer->number, 18);
    assert_int_equal(newer->verdict.standing, STANDING_OUT_OF_DATE);
    assert_ptr_equal(newer->goal, newest_level);
    assert_int_equal(newer->need_count, 2);
    assert_string_equal(newer->needs[0].words.name, "sgx.5");
    assert_true(bytes_equal_text(newer->needs[0].words.category, "BIOS"));
    assert_int_equal(newer->needs[0].have, NEW_SVN);
    assert_int_equal(newer->needs[0].need, NEW_SVN + 2);
    assert_string_equal(newer->needs[1].words.name, "pcesvn");
    assert_int_equal(newer->needs[1].have, NEW_PCESVN);
    assert_int_equal(newer->needs[1].need, NEW_PCESVN + 1);
    assert_int_equal(newer->advisory_count, 2);
    assert_int_equal(newer->cleared_count, 2);
    assert_true(bytes_equal_text(newer->cleared[0], "INTEL-SA-00001"));

    const struct explain_set *older = &explanation->sets[1];
    assert_int_equal(older->number, 17);
    assert_int_equal(older->verdict.standing, STANDING_UP_TO_DATE);
    assert_null(older->goal);
    assert_int_equal(older->need_count + older->advisory_count + older->cleared_count, 0);
    assert_false(older->qe_needs || older->module_needs);
    stage_free(stage);
}

static void an_advisory_that_the_goal_has_too_is_not_cleared(void **state)
{
    struct stage *stage = stage_new(TEE_SGX);
    struct tcb_subject subject = newest(false);

    (void)state;
    stage->worlds[NEWER].levels[0].advisories = &stage->worlds[NEWER].words[1];
    stage->worlds[NEWER].levels[0].advisory_count = 1;
    stage->worlds[NEWER].levels[0].status = TCB_SW_HARDENING_NEEDED;
    subject.sgx.pcesvn--;
    const struct explain_set *set = &explain(stage, TEE_SGX, &subject)->sets[0];
    assert_int_equal(set->advisory_count, 2);
    assert_int_equal(set->cleared_count, 1);
    assert_true(bytes_equal_text(set->cleared[0], "INTEL-SA-00002"));
    stage_free(stage);
}

static void the_goal_is_the_best_level_that_there_is(void **state)
{
    static const struct {
        const char *claim;
        enum tcb_status newer, older;
        bool has_newer;
        bool has_goal; /* the newer level */
    } cases[] = {
        { "it has the best", TCB_UP_TO_DATE, TCB_OUT_OF_DATE, true, false },
        { "the best is above", TCB_UP_TO_DATE, TCB_OUT_OF_DATE, false, true },
        { "both as good: nothing to gain", TCB_OUT_OF_DATE, TCB_OUT_OF_DATE, false,
          false },
        { "only the first asks for nothing more", TCB_UP_TO_DATE, TCB_SW_HARDENING_NEEDED,
          false, true },
        { "configuration is better than out of date", TCB_CONFIGURATION_NEEDED,
          TCB_OUT_OF_DATE, false, true },
        { "the newer one is revoked: nothing to raise", TCB_REVOKED, TCB_OUT_OF_DATE,
          false, false },
        { "and who has it cannot be raised either", TCB_REVOKED, TCB_OUT_OF_DATE, true,
          false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct stage *stage = stage_new(TEE_SGX);
        struct tcb_level *levels = stage->worlds[NEWER].levels;
        struct tcb_subject subject = newest(false);
        levels[0].status = cases[i].newer;
        levels[1].status = cases[i].older;
        subject.sgx.cpusvn[3] = cases[i].has_newer ? NEW_SVN : 7;
        const struct explain_set *set = &explain(stage, TEE_SGX, &subject)->sets[0];
        if (set->goal != (cases[i].has_goal ? &levels[0] : NULL)
            || set->need_count != cases[i].has_goal)
            fail_msg("%s", cases[i].claim);
        stage_free(stage);
    }
}

static void below_all_levels_there_is_a_goal_still(void **state)
{
    struct stage *stage = stage_new(TEE_SGX);
    struct tcb_subject subject = { .has_qe = true, .qe_isvsvn = QE_NEW };

    (void)state;
    stage->worlds[NEWER].info.level_count = 1;
    const struct explain_set *set = &explain(stage, TEE_SGX, &subject)->sets[0];
    assert_int_equal(set->verdict.standing, STANDING_NOT_SUPPORTED);
    assert_int_equal(set->need_count, 17);
    for (unsigned i = 0; i < 17; i++)
        assert_int_equal(set->needs[i].place, i);
    stage_free(stage);
}

/* ---- what runs beside the platform ------------------------------------------------- */

static void a_module_and_a_qe_have_needs_of_their_own(void **state)
{
    struct stage *stage = stage_new(TEE_TDX);
    struct tcb_subject subject = newest(true);

    (void)state;
    subject.tee_tcb_svn[0] = 2;
    subject.qe_isvsvn = 3; /* below all levels */
    const struct explain_set *set = &explain(stage, TEE_TDX, &subject)->sets[0];
    assert_null(set->goal);
    assert_true(set->module_needs);
    assert_int_equal(set->module_have, 2);
    assert_int_equal(set->module_need, MODULE_NEW);
    assert_true(set->qe_needs);
    assert_int_equal(set->qe_have, 3);
    assert_int_equal(set->qe_need, QE_NEW);
    assert_int_equal(set->cleared_count, 2); /* the module's */
    stage_free(stage);
}

static void what_cannot_be_reached_is_no_need(void **state)
{
    struct stage *stage = stage_new(TEE_TDX);
    struct tcb_subject subject = newest(true);

    (void)state;
    stage->worlds[NEWER].module_levels[0].isvsvn = 256; /* TDs have one byte for it */
    stage->worlds[OLDER].module_levels[0].status = TCB_REVOKED;
    const struct explanation *explanation = explain(stage, TEE_TDX, &subject);
    assert_false(explanation->sets[0].module_needs);
    assert_false(explanation->sets[1].module_needs);
    subject.tee_tcb_svn[1] = 9; /* a module that Intel does not name */
    assert_false(explain(stage, TEE_TDX, &subject)->sets[0].module_needs);
    stage_free(stage);
}

static void a_td_needs_a_newer_loader(void **state)
{
    struct stage *stage = stage_new(TEE_TDX);
    struct tcb_subject subject = newest(true);

    (void)state;
    subject.tee_tcb_svn[2] = 1;
    const struct explain_set *set = &explain(stage, TEE_TDX, &subject)->sets[0];
    assert_int_equal(set->need_count, 1);
    assert_string_equal(set->needs[0].words.name, "tdx.2");
    assert_int_equal(set->needs[0].have, 1);
    assert_false(set->module_needs || set->qe_needs);
    stage_free(stage);
}

static void without_its_identity_a_qe_is_not_judged(void **state)
{
    struct stage *stage = stage_new(TEE_SGX);
    struct tcb_subject subject = newest(false);

    (void)state;
    stage->pile.count = 3; /* 17 whole, 18 without its identity */
    subject.qe_isvsvn = 3;
    const struct explanation *explanation = explain(stage, TEE_SGX, &subject);
    assert_int_equal(explanation->sets[0].verdict.standing, STANDING_UP_TO_DATE);
    assert_false(explanation->sets[0].qe_needs);
    assert_int_equal(explanation->sets[1].verdict.standing, STANDING_NOT_SUPPORTED);
    assert_true(explanation->sets[1].qe_needs);
    stage_free(stage);
}

/* ---- dates ------------------------------------------------------------------------- */

static void a_set_says_where_it_stands_in_time(void **state)
{
    struct stage *stage = stage_new(TEE_SGX);
    struct tcb_subject subject = newest(false);
    int64_t event_s = now_s - 100 * DAY_S, before_s = now_s - 460 * DAY_S;

    (void)state;
    stage->pile.documents[0].is_standard = true;
    stage->pile.documents[2].is_early = true;
    stage->pile.documents[1].until_s = now_s - 1; /* 17's identity */
    pile_list(&stage->pile, TEE_SGX, 18, event_s);
    pile_list(&stage->pile, TEE_SGX, 17, before_s);
    const struct explanation *explanation = explain(stage, TEE_SGX, &subject);
    const struct explain_set *early = &explanation->sets[0],
                             *standard = &explanation->sets[1];
    assert_true(early->is_early && !early->is_standard && early->in_date);
    assert_true(early->listed);
    assert_int_equal(early->recovery_event_s, event_s);
    assert_true(early->has_promotion);
    assert_int_equal(early->promotion_earliest_s, now_s);
    assert_int_equal(early->promotion_latest_s, event_s + (now_s - before_s));
    assert_true(standard->is_standard && !standard->is_early && !standard->in_date);
    assert_int_equal(standard->recovery_event_s, before_s);
    assert_false(standard->has_promotion);
    stage_free(stage);
}

static void without_a_list_a_set_has_no_dates_but_its_own(void **state)
{
    struct stage *stage = stage_new(TEE_SGX);
    struct tcb_subject subject = newest(false);

    (void)state;
    stage->pile.documents[2].from_s = now_s + 301; /* of the future: 300 s are borne */
    const struct explanation *explanation = explain(stage, TEE_SGX, &subject);
    assert_false(explanation->sets[0].listed || explanation->sets[0].has_promotion);
    assert_int_equal(explanation->sets[0].recovery_event_s, 0);
    assert_false(explanation->sets[0].in_date);
    assert_true(explanation->sets[1].in_date);
    stage->pile.documents[2].from_s--;
    assert_true(explain(stage, TEE_SGX, &subject)->sets[0].in_date);
    stage_free(stage);
}

/* ---- Intel's own ------------------------------------------------------------------- */

/* A host that had what 17 asked for, on the days of November 2025 when 18 took over. */
static void a_real_host_is_told_what_the_next_number_asks_for(void **state)
{
    static const char *const files[NUMBERS] = {
        "intel/tcbinfo/tdx/b0c06f000000/v3-eval17-20251104T163615Z.json",
        "intel/tcbinfo/tdx/b0c06f000000/v3-eval18-20251117T051632Z.json",
    };
    static const struct {
        const char *name;
        unsigned have;
        const char *category, *type;
    } needs[] = {
        { "sgx.0", 2, "BIOS", "Early Microcode Update" },
        { "sgx.1", 2, "OS/VMM", "SGX Late Microcode Update" },
        { "sgx.4", 3, "BIOS", "" },
        { "tdx.2", 2, "OS/VMM", "TDX Late Microcode Update" },
    };
    struct tcb_subject subject = { .sgx = { { 2, 2, 2, 2, 3, 1, 0, 5 }, 11 },
                                   .has_tdx = true,
                                   .tee_tcb_svn = { 4, 1, 2 } };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    struct stage *stage = stage_new(TEE_TDX);
    for (size_t i = 0; i < NUMBERS; i++) {
        struct signed_json document;
        struct error err = { 0 };
        assert_ok(signed_json_parse(intel_file(files[i], &stage->arena), &stage->arena,
                                    &document, &err),
                  err);
        assert_ok(tcb_info_parse(document.signed_text, &stage->arena,
                                 &stage->worlds[i].info, &err),
                  err);
    }
    const struct explanation *explanation = explain(stage, TEE_TDX, &subject);
    const struct explain_set *newer = &explanation->sets[0];
    assert_int_equal(explanation->sets[1].verdict.standing, STANDING_UP_TO_DATE);
    assert_int_equal(newer->verdict.standing, STANDING_OUT_OF_DATE);
    assert_int_equal(newer->need_count, COUNT_OF(needs));
    for (size_t i = 0; i < COUNT_OF(needs); i++) {
        const struct explain_need *need = &newer->needs[i];
        assert_string_equal(need->words.name, needs[i].name);
        assert_int_equal(need->have, needs[i].have);
        assert_int_equal(need->need, needs[i].have + 1);
        assert_true(bytes_equal_text(need->words.category, needs[i].category));
        assert_true(bytes_equal_text(need->words.type, needs[i].type));
    }
    assert_true(newer->module_needs);
    assert_int_equal(newer->module_have, 4);
    assert_int_equal(newer->module_need, 6);
    assert_int_equal(newer->cleared_count, 5);
    assert_int_equal(newer->advisory_count, 5);
    stage_free(stage);
}

/* ---- refusals ---------------------------------------------------------------------- */

static void what_is_not_held_is_not_explained(void **state)
{
    struct stage *stage = stage_new(TEE_SGX);
    struct tcb_subject subject = newest(false);
    struct explanation out;
    struct error err = { 0 };

    (void)state;
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    assert_false(explain_make(&stage->sets, TEE_SGX, unknown, &subject, now_s,
                              &stage->arena, &out, &err));
    assert_refused(err, ERROR_NOT_FOUND, "FMSPC b10000000000 is held for sgx");
    assert_false(explain_make(&stage->sets, TEE_TDX, known, &subject, now_s,
                              &stage->arena, &out, &err));
    assert_refused(err, ERROR_NOT_FOUND, "FMSPC b00000000000 is held for tdx");
    stage_free(stage);
}

static void memory_has_a_ceiling(void **state)
{
    struct stage *stage = stage_new(TEE_SGX);
    struct tcb_subject subject = { 0 };
    struct explanation out;
    size_t ceiling = 0;
    bool fits = false;

    (void)state;
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    for (; !fits && ceiling < 65536; ceiling += 16) {
        struct error err = { 0 };
        struct arena arena;
        arena_init(&arena, ceiling);
        fits = explain_make(&stage->sets, TEE_SGX, known, &subject, now_s, &arena, &out,
                            &err);
        if (!fits)
            assert_refused(err, ERROR_LIMIT, "does not fit into");
        arena_fini(&arena);
    }
    assert_true(fits && ceiling > sizeof(struct explain_set) * NUMBERS);
    stage_free(stage);
}

/* ---- links ------------------------------------------------------------------------- */

static void advisories_have_a_page_where_one_is_known(void **state)
{
    static const struct {
        const char *advisory, *ends; /* NULL: refused */
    } cases[] = {
        { "INTEL-SA-00615", "security-center/advisory/intel-sa-00615.html" },
        { "INTEL-SA-1234567890", "advisory/intel-sa-1234567890.html" },
        { "INTEL-SA-12345678901", NULL },
        { "INTEL-SA-", NULL },
        { "INTEL-SA-0061x", NULL },
        { "INTEL-SA-00615/..", NULL },
        { "intel-sa-00615", NULL },
        { "INTEL-DOC-10000", NULL },
        { "", NULL },
    };
    char link[128], tight[85];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool ok = advisory_link(bytes_of_text(cases[i].advisory), link, sizeof link);
        if (ok != (cases[i].ends != NULL) || (ok && strstr(link, cases[i].ends) == NULL))
            fail_msg("\"%s\"", cases[i].advisory);
    }
    assert_true(advisory_link(bytes_of_text("INTEL-SA-00615"), link, sizeof link));
    assert_int_equal(strncmp(link, "https://www.intel.com/", 22), 0);
    assert_int_equal(strlen(link), sizeof tight - 1);
    assert_true(advisory_link(bytes_of_text("INTEL-SA-00615"), tight, sizeof tight));
    assert_false(advisory_link(bytes_of_text("INTEL-SA-00615"), tight, sizeof tight - 1));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_set_has_its_verdict_and_what_would_raise_it),
        cmocka_unit_test(an_advisory_that_the_goal_has_too_is_not_cleared),
        cmocka_unit_test(the_goal_is_the_best_level_that_there_is),
        cmocka_unit_test(below_all_levels_there_is_a_goal_still),
        cmocka_unit_test(a_module_and_a_qe_have_needs_of_their_own),
        cmocka_unit_test(what_cannot_be_reached_is_no_need),
        cmocka_unit_test(a_td_needs_a_newer_loader),
        cmocka_unit_test(without_its_identity_a_qe_is_not_judged),
        cmocka_unit_test(a_set_says_where_it_stands_in_time),
        cmocka_unit_test(without_a_list_a_set_has_no_dates_but_its_own),
        cmocka_unit_test(a_real_host_is_told_what_the_next_number_asks_for),
        cmocka_unit_test(what_is_not_held_is_not_explained),
        cmocka_unit_test(memory_has_a_ceiling),
        cmocka_unit_test(advisories_have_a_page_where_one_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
