/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/tcb_baselines.h"

#include "kit/test.h"

enum { MAX = 8192 };
#define VERSION "?api-version=2022-09-01-preview"

/* ---- a view -------------------------------------------------------------------------
 */

struct scene {
    struct evaluation_numbers list;
    struct baseline_policy policies[2]; /* the second is the default */
    struct baseline_law law;
    struct baseline_stand stands[2][2];
    struct baseline_view view;
};

/* 17 and 18 are held whole, 16 in part; 17 is in force. */
static void stage(struct scene *scene)
{
    *scene = (struct scene){
        .list = { .numbers = { { 18, 1731369600, 1731369600 },
                               { 17, 1710288000, 1710288000 } },
                  .count = 2 },
        .law = { .count = 2, .default_policy = 1 },
    };
    scene->stands[0][sets_index(TEE_SGX)].decision.number = 18;
    scene->stands[1][sets_index(TEE_SGX)].decision.number = 17;
    scene->stands[1][sets_index(TEE_TDX)].decision.number = 18;
    scene->law.policies = scene->policies;
    scene->view.law = &scene->law;
    scene->view.stands = (const struct baseline_stand(*)[2])scene->stands;
    scene->view.sets.of[sets_index(TEE_SGX)] = (struct set_shelf){
        .numbers = { { .number = 18, .is_whole = true },
                     { .number = 17, .is_whole = true },
                     { .number = 16, .is_whole = false } },
        .number_count = 3,
        .list = &scene->list,
    };
}

static void expect(const struct scene *scene, const char *raw, unsigned status,
                   const char *text)
{
    struct http_target target;
    struct error err = { 0 };
    struct arena arena;
    struct buf body;
    unsigned given = 0;

    arena_init(&arena, MAX);
    buf_init(&body, MAX);
    assert_ok(http_target_parse(bytes_of_text(raw), &arena, &target, &err), err);
    assert_true(tcb_baselines_is_asked(target.path));
    assert_true(
        tcb_baselines_answer(&scene->view, &tcb_releases_known, &target, &body, &given));
    assert_string_equal(buf_text(&body), text);
    assert_int_equal(given, status);
    buf_fini(&body);
    arena_fini(&arena);
}

/* ---- SGX ----------------------------------------------------------------------------
 */

#define ITEM(number, more, selected)                                               \
    "{\"tcbIdentifier\":\"" #number "\",\"tcbEvaluationDataNumber\":" #number more \
    ",\"isSelectedTcb\":" selected "}"
#define DATE(date) ",\"tcbReleaseDate\":\"" date "T00:00:00Z\""
#define PSW(os, version) ",\"minimumPsw" os "Version\":\"" version "\""

static void numbers_held_whole_are_listed_and_the_one_in_force_marked(void **state)
{
    static const char listed[] = "{\"tcbBaselines\":[" ITEM(
        17, DATE("2024-03-13"), "true") "," ITEM(18, DATE("2024-11-12"), "false") "]}";
    struct scene scene;

    (void)state;
    stage(&scene);
    expect(&scene, "/tcbbaselines/SgxEnclave" VERSION, 200, listed);
    expect(&scene, "/tcbbaselines/OpenEnclave" VERSION, 200, listed);
    expect(&scene, "/TcbBaselines/sgxenclave?Api-Version=2022-09-01", 200, listed);
}

static void a_release_that_is_known_says_its_day_and_psw(void **state)
{
    struct scene scene;

    (void)state;
    stage(&scene);
    scene.view.sets.of[0].numbers[1].number = 15;
    scene.stands[1][0].decision.number = 15;
    scene.list.numbers[1].number = 15;
    expect(&scene, "/tcbbaselines/SgxEnclave" VERSION, 200,
           "{\"tcbBaselines\":[" ITEM(
               15, DATE("2023-02-14") PSW("Linux", "2.17") PSW("Windows", "2.16"),
               "true") "," ITEM(18, DATE("2024-11-12"), "false") "]}");
}

static void what_is_not_known_is_left_out(void **state)
{
    struct scene scene;

    (void)state;
    stage(&scene);
    scene.list.count = 1;
    expect(&scene, "/tcbbaselines/SgxEnclave" VERSION, 200,
           "{\"tcbBaselines\":[" ITEM(17, "", "true") "," ITEM(18, DATE("2024-11-12"),
                                                               "false") "]}");
    scene.view.sets.of[0].list = NULL;
    expect(&scene, "/tcbbaselines/SgxEnclave" VERSION, 200,
           "{\"tcbBaselines\":[" ITEM(17, "", "true") "," ITEM(18, "", "false") "]}");
}

static void a_number_in_force_is_listed_though_it_has_expired(void **state)
{
    static const struct {
        uint32_t number;
        const char *text;
    } cases[] = {
        { 16, "{\"tcbBaselines\":[" ITEM(16, "", "true") "," ITEM(
                  17, "", "false") "," ITEM(18, "", "false") "]}" },
        { 9, "{\"tcbBaselines\":[" ITEM(9, "", "true") "," ITEM(17, "", "false") "," ITEM(
                 18, "", "false") "]}" },
        { 20, "{\"tcbBaselines\":[" ITEM(17, "", "false") "," ITEM(
                  18, "", "false") "," ITEM(20, "", "true") "]}" },
        { 0, "{\"tcbBaselines\":[" ITEM(17, "", "false") "," ITEM(18, "", "false") "]}" },
    };
    struct scene scene;

    (void)state;
    stage(&scene);
    scene.view.sets.of[0].list = NULL;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        scene.stands[1][0].decision.number = cases[i].number;
        expect(&scene, "/tcbbaselines/SgxEnclave" VERSION, 200, cases[i].text);
    }
    scene.view.sets.of[0].number_count = 0;
    expect(&scene, "/tcbbaselines/SgxEnclave" VERSION, 200, "{\"tcbBaselines\":[]}");
}

/* ---- the others ---------------------------------------------------------------------
 */

static void snp_lists_the_default_baselines_minimum_of_each_product(void **state)
{
    struct error err = { 0 };
    struct scene scene;

    (void)state;
    stage(&scene);
    expect(&scene, "/tcbbaselines/SevSnpVm" VERSION, 200, "{\"tcbBaselines\":[]}");
    scene.policies[1].has_min_tcb[SNP_MILAN] = true;
    scene.policies[1].has_min_tcb[SNP_TURIN] = true;
    scene.policies[0].has_min_tcb[SNP_GENOA] = true;
    assert_ok(tcb_version_read(SNP_MILAN, 0xdb18000000000004,
                               &scene.policies[1].min_tcb[SNP_MILAN], &err),
              err);
    expect(&scene, "/tcbbaselines/SevSnpVm" VERSION, 200,
           "{\"tcbBaselines\":["
           "{\"tcbIdentifier\":\"Milan-db18000000000004\",\"isSelectedTcb\":true},"
           "{\"tcbIdentifier\":\"Turin-0000000000000000\",\"isSelectedTcb\":true}]}");
}

static void of_a_tpm_there_is_nothing_to_list(void **state)
{
    struct scene scene;

    (void)state;
    stage(&scene);
    expect(&scene, "/tcbbaselines/Tpm" VERSION, 200, "{\"tcbBaselines\":[]}");
}

/* ---- refusals -----------------------------------------------------------------------
 */

static void what_is_asked_wrongly_is_told_so_in_azures_shape(void **state)
{
    static const char no_version[] =
        "{\"error\":{\"code\":\"MissingApiVersionParameter\",\"message\":"
        "\"The parameter api-version is missing: 2022-09-01-preview.\"}}";
    static const char bad_version[] =
        "{\"error\":{\"code\":\"InvalidApiVersionParameter\",\"message\":"
        "\"api-version is not like 2022-09-01-preview.\"}}";
    static const char bad_type[] =
        "{\"error\":{\"code\":\"InvalidAttestationType\",\"message\":"
        "\"The type is none of SgxEnclave, OpenEnclave, SevSnpVm, Tpm.\"}}";
    static const struct {
        const char *raw, *text;
    } cases[] = {
        { "/tcbbaselines/SgxEnclave", no_version },
        { "/tcbbaselines/SgxEnclave?version=2022-09-01", no_version },
        { "/tcbbaselines/SgxEnclave?api-version", bad_version },
        { "/tcbbaselines/SgxEnclave?api-version=1", bad_version },
        { "/tcbbaselines/SgxEnclave?api-version=2022-09-31", bad_version },
        { "/tcbbaselines/SgxEnclave?api-version=2022-09-01-prevue", bad_version },
        { "/tcbbaselines/SgxEnclave?api-version=2022-09-01-previewer", bad_version },
        { "/tcbbaselines/" VERSION, bad_type },
        { "/tcbbaselines/SgxEnclaves" VERSION, bad_type },
        { "/tcbbaselines/SgxEnclave/" VERSION, bad_type },
        { "/tcbbaselines/Tdx" VERSION, bad_type },
    };
    struct scene scene;

    (void)state;
    stage(&scene);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        expect(&scene, cases[i].raw, 400, cases[i].text);
}

static void other_paths_are_others(void **state)
{
    (void)state;
    assert_false(tcb_baselines_is_asked(bytes_of_text("/tcbbaselines")));
    assert_false(tcb_baselines_is_asked(bytes_of_text("/tcbbaseline/SgxEnclave")));
    assert_false(tcb_baselines_is_asked(bytes_of_text("/x/tcbbaselines/SgxEnclave")));
}

static void an_answer_past_its_room_is_none(void **state)
{
    struct http_target target;
    struct error err = { 0 };
    struct scene scene;
    struct arena arena;
    struct buf body;
    unsigned status;

    (void)state;
    stage(&scene);
    arena_init(&arena, MAX);
    buf_init(&body, 64);
    assert_ok(http_target_parse(bytes_of_text("/tcbbaselines/SgxEnclave" VERSION), &arena,
                                &target, &err),
              err);
    assert_false(
        tcb_baselines_answer(&scene.view, &tcb_releases_known, &target, &body, &status));
    buf_fini(&body);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_held_whole_are_listed_and_the_one_in_force_marked),
        cmocka_unit_test(a_release_that_is_known_says_its_day_and_psw),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(a_number_in_force_is_listed_though_it_has_expired),
        cmocka_unit_test(snp_lists_the_default_baselines_minimum_of_each_product),
        cmocka_unit_test(of_a_tpm_there_is_nothing_to_list),
        cmocka_unit_test(what_is_asked_wrongly_is_told_so_in_azures_shape),
        cmocka_unit_test(other_paths_are_others),
        cmocka_unit_test(an_answer_past_its_room_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
