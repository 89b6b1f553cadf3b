/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/tcb_level.h"

#include <stdio.h>

#include "format/signed_json.h"
#include "format/test_vectors.h"
#include "kit/text.h"
#include "verify/test_intel.h"
#include "verify/test_tcb_cases.h"
#include "verify/test_tcb_world.h"

static void a_level_holds_in_every_component_or_not_at_all(void **state)
{
    struct world world;

    (void)state;
    world_make(&world, TEE_SGX);
    struct tcb_subject subject = newest(false);
    assert_ptr_equal(tcb_level_match(&world.info, &subject), &world.levels[0]);
    for (unsigned place = 0; place <= 16; place++) {
        struct tcb_subject behind = subject;
        if (place < 16)
            behind.sgx.cpusvn[place]--;
        else
            behind.sgx.pcesvn--;
        assert_ptr_equal(tcb_level_match(&world.info, &behind), &world.levels[1]);
        struct tcb_shortfall shortfall =
            tcb_level_shortfall(&world.levels[0], &world.info, &behind);
        assert_int_equal(shortfall.place, place);
        assert_int_equal(shortfall.have + 1, shortfall.need);
        assert_int_equal(shortfall.need, place < 16 ? NEW_SVN : NEW_PCESVN);
    }
}

/* TCBs are a partial order: ahead in one component does not make up for another. */
static void being_ahead_does_not_make_up_for_being_behind(void **state)
{
    struct world world;

    (void)state;
    world_make(&world, TEE_SGX);
    struct tcb_subject subject = newest(false);
    subject.sgx.cpusvn[0] = 0xff;
    subject.sgx.cpusvn[15] = NEW_SVN - 1;
    assert_ptr_equal(tcb_level_match(&world.info, &subject), &world.levels[1]);
    world.info.level_count = 1;
    assert_null(tcb_level_match(&world.info, &subject));
}

static void tdx_components_count_but_for_a_modules_own(void **state)
{
    struct world world;

    (void)state;
    world_make(&world, TEE_TDX);
    for (unsigned i = 0; i < 16; i++)
        for (unsigned major = 0; major <= 1; major++) {
            struct tcb_subject subject = newest(true);
            if (major == 0) { /* its own SVNs are platform components then */
                world.levels[0].tdx[1].svn = 0;
                subject.tee_tcb_svn[0] = NEW_SVN;
            }
            subject.tee_tcb_svn[1] = (uint8_t)major;
            if (i != 1)
                subject.tee_tcb_svn[i]--;
            bool is_short = i != 1 && (major == 0 || i >= 2);
            if ((tcb_level_match(&world.info, &subject) == &world.levels[1]) != is_short)
                fail_msg("component %u, module %u", i, major);
            if (is_short)
                assert_int_equal(
                    tcb_level_shortfall(&world.levels[0], &world.info, &subject).place,
                    17 + i);
            world.levels[0].tdx[1].svn = NEW_SVN;
        }
}

static void check_order(const char *path, struct bytes content, void *context)
{
    struct signed_json document;
    struct tcb_info info;
    struct error err = { 0 };
    struct arena arena;

    (void)context;
    arena_init(&arena, (size_t)8 << 20);
    assert_ok(signed_json_parse(content, &arena, &document, &err), err);
    if (!tcb_info_parse(document.signed_text, &arena, &info, &err)) {
        assert_refused(err, ERROR_FORMAT, "TCB info of version 1");
        info.level_count = 0;
    }
    for (size_t i = 0; i < info.level_count; i++)
        if (info.levels[i].place != i)
            fail_msg("%s: level %zu stands in place %u", path, i, info.levels[i].place);
    arena_fini(&arena);
}

/* So "the first level" is one and the same for Intel's web page, which goes through the
 * document as it stands, and for its library, which sorts. */
static void intel_signs_levels_in_the_order_of_comparison(void **state)
{
    (void)state;
    assert_true(each_vector("vectors/intel/tcbinfo", ".json", check_order, NULL) > 100);
}

static void enclave_levels_go_by_isvsvn(void **state)
{
    struct world world;

    (void)state;
    world_make(&world, TEE_SGX);
    assert_ptr_equal(enclave_level_match(world.qe_levels, 2, QE_NEW + 1),
                     &world.qe_levels[0]);
    assert_ptr_equal(enclave_level_match(world.qe_levels, 2, QE_NEW),
                     &world.qe_levels[0]);
    assert_ptr_equal(enclave_level_match(world.qe_levels, 2, QE_NEW - 1),
                     &world.qe_levels[1]);
    assert_ptr_equal(enclave_level_match(world.qe_levels, 2, 4), &world.qe_levels[1]);
    assert_null(enclave_level_match(world.qe_levels, 2, 3));
    assert_null(enclave_level_match(NULL, 0, 3));
}

static void places_have_names(void **state)
{
    struct world world;

    (void)state;
    world_make(&world, TEE_TDX);
    world.levels[0].sgx[5].category = bytes_of_text("BIOS");
    world.levels[0].tdx[2].type = bytes_of_text("SEAMLDR");
    assert_string_equal(tcb_place_words(&world.info, 5).name, "sgx.5");
    assert_true(bytes_equal_text(tcb_place_words(&world.info, 5).category, "BIOS"));
    assert_string_equal(tcb_place_words(&world.info, 16).name, "pcesvn");
    assert_string_equal(tcb_place_words(&world.info, 19).name, "tdx.2");
    assert_true(bytes_equal_text(tcb_place_words(&world.info, 19).type, "SEAMLDR"));
}

/* ---- real quotes ------------------------------------------------------------------ */

enum column { /* of CASES.tsv */
              NAME,
              TCB_INFO = 4,
              IDENTITY,
              STATED = 8,
              STATUS = 10,
              ADVISORIES,
              DATE,
              COLUMNS,
};

static void hex16(const char *hex, uint8_t out[16])
{
    assert_true(hex_read(bytes_of_text(hex), out, 16));
}

static const struct tcb_case *case_named(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(tcb_cases); i++)
        if (strcmp(tcb_cases[i].name, name) == 0)
            return &tcb_cases[i];
    fail_msg("%s: a case without its numbers", name);
    return NULL;
}

static struct tcb_subject subject_of(const struct tcb_case *c)
{
    struct tcb_subject subject = { .sgx.pcesvn = c->pcesvn,
                                   .has_tdx = c->launch != NULL,
                                   .has_current = c->current != NULL,
                                   .has_qe = true,
                                   .qe_isvsvn = c->qe_isvsvn };

    hex16(c->cpusvn, subject.sgx.cpusvn);
    if (subject.has_tdx)
        hex16(c->launch, subject.tee_tcb_svn);
    if (subject.has_current)
        hex16(c->current, subject.tee_tcb_svn2);
    return subject;
}

static struct bytes signed_text(const char *path, struct arena *arena)
{
    struct signed_json document;
    struct error err = { 0 };

    assert_ok(signed_json_parse(intel_file(path, arena), arena, &document, &err), err);
    return document.signed_text;
}

struct judged {
    struct arena arena;
    struct tcb_info info;
    struct qe_identity identity;
    struct tcb_verdict verdict;
};

static void judge_case(const struct tcb_case *c, char *const columns[],
                       struct judged *out)
{
    struct tcb_subject subject = subject_of(c);
    bool has_identity = strcmp(columns[IDENTITY], "-") != 0;
    struct error err = { 0 };
    uint8_t fmspc[6];

    arena_init(&out->arena, (size_t)8 << 20);
    assert_ok(tcb_info_parse(signed_text(columns[TCB_INFO], &out->arena), &out->arena,
                             &out->info, &err),
              err);
    assert_true(hex_read(bytes_of_text(c->fmspc), fmspc, sizeof fmspc));
    assert_memory_equal(out->info.fmspc, fmspc, sizeof fmspc);
    if (has_identity)
        assert_ok(qe_identity_parse(signed_text(columns[IDENTITY], &out->arena),
                                    &out->arena, &out->identity, &err),
                  err);
    tcb_judge(&out->info, has_identity ? &out->identity : NULL, &subject, &out->verdict);
}

/* Where a case is not what its columns say. */
static const struct aside {
    const char *name, *status, *advisories, *date, *why;
} asides[] = {
    { "oasis-sgx-tcbinfo-expired", NULL, NULL, "2021-11-10T00:00:00Z",
      "the column has the platform's date; the identity, of number 12, has an earlier" },
    { "migtd-azure-thim", NULL, NULL, "2023-08-09T00:00:00Z",
      "likewise; the identity's number is 16" },
    { "integritee-sgx-test2", "ConfigurationAndSWHardeningNeeded", "INTEL-SA-00615",
      "2023-02-15T00:00:00Z", "without an identity of its day nobody computed it" },
    { "dcapqvl-near-gas-test", NULL, NULL, NULL, "no TCB info of its FMSPC is there" },
};

/* What sources state of TCBs, each in words of its own. */
static const struct {
    const char *words;
    enum tcb_standing standing;
} statements[] = {
    { "UpToDate; no advisories", STANDING_UP_TO_DATE },
    { "Ok (UpToDate)", STANDING_UP_TO_DATE },
    { "SWHardeningNeeded", STANDING_SW_HARDENING_NEEDED },
    { "ConfigurationAndSWHardeningNeeded; advisories INTEL-SA-00289, INTEL-SA-00615",
      STANDING_CONFIGURATION_AND_SW_HARDENING_NEEDED },
    { "rejected: TCB level not supported", STANDING_NOT_SUPPORTED },
    { "not UpToDate", STANDING_NOT_SUPPORTED },
    /* by a policy that lets this status pass */
    { "accepted", STANDING_SW_HARDENING_NEEDED },
    /* for its dates alone: a verdict on a TCB knows none */
    { "rejected: the QE identity issued", STANDING_SW_HARDENING_NEEDED },
};

static const struct aside *aside_of(const char *name)
{
    static const struct aside none = { 0 };

    for (size_t i = 0; i < COUNT_OF(asides); i++)
        if (strcmp(asides[i].name, name) == 0)
            return &asides[i];
    return &none;
}

static void check_text(const char *name, const char *expected, const char *found)
{
    if (strcmp(expected, found) != 0)
        fail_msg("%s: %s, expected %s", name, found, expected);
}

static void check_columns(char *const columns[], const struct tcb_verdict *verdict)
{
    const struct aside *aside = aside_of(columns[NAME]);
    bool is_known = verdict->standing != STANDING_NOT_SUPPORTED;
    struct bytes found[64];
    char list[1024] = "";
    size_t len = 0;

    check_text(columns[NAME], aside->status != NULL ? aside->status : columns[STATUS],
               is_known ? tcb_standing_name(verdict->standing) : "TCB level not matched");
    check_text(columns[NAME], aside->date != NULL ? aside->date : columns[DATE],
               is_known ? utc(verdict->tcb_date_s).s : "-");
    size_t count = tcb_verdict_advisories(verdict, found, COUNT_OF(found));
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%.*s", i > 0 ? "," : "",
                                (int)found[i].len, found[i].at);
    check_text(columns[NAME],
               aside->advisories != NULL ? aside->advisories : columns[ADVISORIES],
               count > 0 ? list : "-");
}

/* False where the source says nothing. */
static bool check_statement(char *const columns[], enum tcb_standing standing)
{
    if (strcmp(columns[STATED], "-") == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(statements); i++)
        if (strncmp(columns[STATED], statements[i].words, strlen(statements[i].words))
            == 0) {
            check_text(columns[NAME], tcb_standing_name(statements[i].standing),
                       tcb_standing_name(standing));
            return true;
        }
    fail_msg("%s: nobody knows what \"%s\" means", columns[NAME], columns[STATED]);
    return false;
}

struct tally {
    size_t cases, judged, stated;
};

static void check_case(char *const columns[], struct tally *tally)
{
    const struct tcb_case *c = case_named(columns[NAME]);
    struct judged judged;

    tally->cases++;
    if (strcmp(columns[TCB_INFO], "-") == 0)
        return;
    judge_case(c, columns, &judged);
    check_columns(columns, &judged.verdict);
    tally->judged++;
    tally->stated += check_statement(columns, judged.verdict.standing);
    arena_fini(&judged.arena);
}

static void every_real_quote_has_the_status_that_its_source_states(void **state)
{
    struct tally tally = { 0 };
    char *lines = NULL;

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    struct buf cases = test_shared_file("vectors/CASES.tsv");
    strtok_r((char *)cases.at, "\n", &lines); /* the names of the columns */
    for (char *line; (line = strtok_r(NULL, "\n", &lines)) != NULL;) {
        char *columns[COLUMNS];
        for (size_t i = 0; i < COLUMNS; i++)
            columns[i] = strsep(&line, "\t");
        check_case(columns, &tally);
    }
    assert_int_equal(tally.cases, COUNT_OF(tcb_cases));
    assert_int_equal(tally.judged, COUNT_OF(tcb_cases) - 1);
    assert_int_equal(tally.stated, 12);
    buf_fini(&cases);
}

/* Open Enclave's quote of a TD that was launched before its platform's TDX module was
 * updated. With the collateral beside it, which is not here, Intel's library advises to
 * relaunch the TD; so do the TCB infos from number 18 on, that module being behind. */
static void a_real_td_is_to_be_relaunched_once_its_modules_version_is_behind(void **state)
{
    static const struct tcb_case td = { "moduleupdate-seamldr5",
                                        "90c06f000000",
                                        "03030202040100050000000000000000",
                                        13,
                                        "04010300000000000000000000000000",
                                        "07010300000000000000000000000000",
                                        0 };
    static const struct {
        const char *tcb_info, *whole, *launch, *current;
    } cases[] = {
        { "v3-eval17-20250215T030510Z", "UpToDate", "UpToDate", "UpToDate" },
        { "v3-eval18-20260201T144926Z", "TDRelaunchAdvised", "OutOfDate", "UpToDate" },
    };

    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char path[128];
        char *columns[COLUMNS] = { [TCB_INFO] = path, [IDENTITY] = "-" };
        struct judged judged;
        const struct tcb_verdict *verdict = &judged.verdict;
        snprintf(path, sizeof path, "intel/tcbinfo/tdx/%s/%s.json", td.fmspc,
                 cases[i].tcb_info);
        judge_case(&td, columns, &judged);
        check_text(path, cases[i].whole, tcb_standing_name(verdict->standing));
        check_text(path, cases[i].launch, tcb_standing_name(verdict->launch.standing));
        check_text(path, cases[i].current, tcb_standing_name(verdict->current.standing));
        arena_fini(&judged.arena);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_holds_in_every_component_or_not_at_all),
        cmocka_unit_test(being_ahead_does_not_make_up_for_being_behind),
        cmocka_unit_test(tdx_components_count_but_for_a_modules_own),
        cmocka_unit_test(intel_signs_levels_in_the_order_of_comparison),
        cmocka_unit_test(enclave_levels_go_by_isvsvn),
        cmocka_unit_test(places_have_names),
        cmocka_unit_test(every_real_quote_has_the_status_that_its_source_states),
        cmocka_unit_test(
            a_real_td_is_to_be_relaunched_once_its_modules_version_is_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
