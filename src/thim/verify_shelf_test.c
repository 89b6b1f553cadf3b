/* SPDX-License-Identifier: Apache-2.0 */
#include "thim/verify_shelf.h"

#include <stdio.h>
#include <stdlib.h>

#include "kit/file.h"
#include "kit/test.h"
#include "verify/test_amd.h"
#include "verify/test_pck.h"

#define NOW_S INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

enum { ARENA_MAX = 1 << 24, PATH_ROOM = 512 };

static void put_file(const char *directory, const char *name, struct bytes content)
{
    char path[PATH_ROOM];
    struct error err = { 0 };

    snprintf(path, sizeof path, "%s/%s", directory, name);
    *strrchr(path, '/') = 0;
    assert_ok(file_make_directory(path, 0700, &err), err);
    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_ok(file_write(path, content, 0600, &err), err);
}

/* "" where there is none. */
static const char *chosen(const struct shelf *shelf, const char *directory,
                          enum shelf_part part)
{
    const char *path = shelf->items[part].path;
    size_t len = strlen(directory);

    if (path == NULL)
        return "";
    return strncmp(path, directory, len) == 0 ? path + len + 1 : path;
}

/* ---- the order ----------------------------------------------------------------------
 */

static void what_is_in_force_is_better_then_the_newest_number(void **state)
{
    static const struct {
        const char *claim;
        struct shelf_item better, worse;
    } cases[] = {
#define ITEM(fit_, version_, number_, from, until) \
    { .path = "x",                                 \
      .fit = (fit_),                               \
      .version = (version_),                       \
      .number = (number_),                         \
      .from_s = NOW_S + (from),                    \
      .until_s = NOW_S + (until) }
        { "anything than nothing", ITEM(0, 0, 0, 5, 9), { .path = NULL } },
        { "in force than expired, of whatever number", ITEM(0, 3, 17, -9, 9),
          ITEM(0, 3, 18, -9, -1) },
        { "to the very second", ITEM(0, 3, 17, -9, 0), ITEM(0, 3, 18, -9, -1) },
        { "and from the very second", ITEM(0, 3, 17, 0, 9), ITEM(0, 3, 18, 1, 9) },
        { "in force than to come", ITEM(0, 3, 17, -9, 9), ITEM(0, 3, 18, 1, 9) },
        { "expired than to come", ITEM(0, 3, 17, -9, -1), ITEM(0, 3, 18, 1, 9) },
        { "version 3 of two in force", ITEM(0, 3, 17, -9, 9), ITEM(0, 2, 18, -9, 9) },
        { "version 2 in force than 3 expired", ITEM(0, 2, 17, -9, 9),
          ITEM(0, 3, 17, -9, -1) },
        { "the newer number", ITEM(0, 3, 18, -9, 9), ITEM(0, 3, 17, -1, 9) },
        { "the later issue of one number", ITEM(0, 3, 18, -1, 9),
          ITEM(0, 3, 18, -2, 30) },
        { "what fits, expired or not", ITEM(2, 0, 0, -9, -1), ITEM(1, 0, 0, -9, 9) },
#undef ITEM
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (!shelf_is_better(&cases[i].better, &cases[i].worse, NOW_S)
            || (cases[i].worse.path != NULL
                && shelf_is_better(&cases[i].worse, &cases[i].better, NOW_S)))
            fail_msg("%s", cases[i].claim);
    }
}

/* ---- quotes -------------------------------------------------------------------------
 */

struct scene {
    struct test_world *world;
    char *directory;
    struct buf pck_chain; /* PEM */
    struct arena arena;
    struct quote quote;
};

static const uint8_t fmspc[6] = { 0x00, 0x90, 0x6e, 0xa1, 0x00, 0x00 };
static const uint8_t other_fmspc[6] = { 0x00, 0x90, 0x6e, 0xa1, 0x00, 0x01 };

static struct scene scene_make(void)
{
    struct scene scene = { .world = test_world_make(NULL),
                           .directory = test_directory() };
    struct test_pck pck = test_pck_plain(PCK_CA_PLATFORM, NULL);
    struct buf leaf = test_pck_der(scene.world, &pck);
    struct der_chain chain = test_world_chain(scene.world, TEST_PCK_PLATFORM);

    arena_init(&scene.arena, ARENA_MAX);
    buf_init(&scene.pck_chain, ARENA_MAX);
    pem_write(&scene.pck_chain, "CERTIFICATE", buf_bytes(&leaf));
    pem_chain_write(&scene.pck_chain, &chain);
    buf_fini(&leaf);
    scene.quote = (struct quote){ .tee = TEE_TDX,
                                  .certification = CERTIFICATION_PCK_CHAIN,
                                  .certification_data = buf_bytes(&scene.pck_chain) };
    return scene;
}

static void scene_end(struct scene *scene)
{
    buf_fini(&scene->pck_chain);
    arena_fini(&scene->arena);
    test_remove(scene->directory);
    test_world_free(scene->world);
}

/* Issued so many days before NOW_S, for thirty. */
static void put_document(const struct scene *scene, const char *name,
                         struct collateral_key key, int days_before)
{
    int64_t from_s = NOW_S - days_before * TEST_DAY_S;
    struct buf body =
        test_world_body(scene->world, &key, from_s, from_s + 30 * TEST_DAY_S);

    put_file(scene->directory, name, buf_bytes(&body));
    buf_fini(&body);
}

static void put_chain(const struct scene *scene, const char *name,
                      enum test_signer signer)
{
    struct der_chain chain = test_world_chain(scene->world, signer);
    struct buf text;

    buf_init(&text, ARENA_MAX);
    pem_chain_write(&text, &chain);
    put_file(scene->directory, name, buf_bytes(&text));
    buf_fini(&text);
}

/* With what must not be taken: ended, of another, re-indented, out of place. */
static void put_everything(const struct scene *scene)
{
    put_document(scene, "intel/tcbinfo/tdx/00906ea10000/17",
                 key_tcb_info(TEE_TDX, 3, fmspc, 17), 9);
    put_document(scene, "intel/tcbinfo/tdx/00906ea10000/18",
                 key_tcb_info(TEE_TDX, 3, fmspc, 18), 5);
    put_document(scene, "intel/tcbinfo/tdx/00906ea10000/18-reformatted.json",
                 key_tcb_info(TEE_TDX, 3, fmspc, 18), 1);
    put_document(scene, "intel/tcbinfo/tdx/00906ea10000/19-ended",
                 key_tcb_info(TEE_TDX, 3, fmspc, 19), 40);
    put_document(scene, "intel/tcbinfo/tdx/00906ea10000/20-of-sgx",
                 key_tcb_info(TEE_SGX, 3, fmspc, 20), 5);
    put_document(scene, "intel/tcbinfo/tdx/00906ea10000/20-of-another",
                 key_tcb_info(TEE_TDX, 3, other_fmspc, 20), 5);
    put_document(scene, "intel/negative/20", key_tcb_info(TEE_TDX, 3, fmspc, 20), 5);
    put_document(scene, "intel/identity/td-qe/17", key_identity(ENCLAVE_TD_QE, 17), 9);
    put_document(scene, "intel/identity/td-qe/18", key_identity(ENCLAVE_TD_QE, 18), 9);
    put_document(scene, "intel/identity/td-qe/19-of-qe", key_identity(ENCLAVE_QE, 19), 9);
    put_document(scene, "intel/crl/root/old", key_root_crl(), 20);
    put_document(scene, "intel/crl/root/new", key_root_crl(), 10);
    put_document(scene, "intel/crl/platform/one", key_pck_crl(PCK_CA_PLATFORM), 10);
    put_document(scene, "intel/crl/platform/of-processor", key_pck_crl(PCK_CA_PROCESSOR),
                 1);
    put_chain(scene, "intel/certs/issuer-chains/signing.pem", TEST_TCB_SIGNING);
    put_chain(scene, "intel/certs/platform.pem", TEST_PCK_PLATFORM);
    put_file(scene->directory, "intel/crl/root/README", bytes_of_text("no collateral"));
}

static struct shelf filled(struct scene *scene, const struct shelf_wish *wish,
                           const char *directory)
{
    struct error err = { 0 };
    struct shelf shelf;

    assert_ok(shelf_fill(&shelf, wish, directory, NULL, &scene->arena, &err), err);
    return shelf;
}

static void the_layout_is_searched_where_things_belong(void **state)
{
    static const struct {
        int64_t at_s;
        uint32_t number;
        const char *tcb_info, *identity, *root_crl;
    } cases[] = {
        { NOW_S, 0, "18", "18", "new" },
        { NOW_S, 17, "17", "17", "new" },
        { NOW_S, 19, "19-ended", "", "new" },
        { NOW_S, 21, "", "", "new" },
        { NOW_S - 7 * TEST_DAY_S, 0, "17", "18", "new" },
        { NOW_S - 15 * TEST_DAY_S, 0, "19-ended", "18", "old" },
    };
    struct scene scene = scene_make();

    (void)state;
    put_everything(&scene);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct shelf_wish wish = { .at_s = cases[i].at_s,
                                   .number = cases[i].number,
                                   .quote = &scene.quote };
        struct shelf shelf = filled(&scene, &wish, scene.directory);
        const char *info = chosen(&shelf, scene.directory, SHELF_TCB_INFO);
        const char *identity = chosen(&shelf, scene.directory, SHELF_IDENTITY);
        const char *crl = chosen(&shelf, scene.directory, SHELF_ROOT_CRL);
        if (strcmp(info[0] == 0 ? "" : strrchr(info, '/') + 1, cases[i].tcb_info) != 0
            || strcmp(identity[0] == 0 ? "" : strrchr(identity, '/') + 1,
                      cases[i].identity)
                   != 0
            || strcmp(strrchr(crl, '/') + 1, cases[i].root_crl) != 0)
            fail_msg("%zu: %s, %s, %s", i, info, identity, crl);
        assert_string_equal(chosen(&shelf, scene.directory, SHELF_PCK_CRL),
                            "intel/crl/platform/one");
        assert_string_equal(chosen(&shelf, scene.directory, SHELF_TCB_SIGNER),
                            "intel/certs/issuer-chains/signing.pem");
        assert_string_equal(chosen(&shelf, scene.directory, SHELF_PCK), "");
    }
    scene_end(&scene);
}

static void a_flat_directory_is_known_by_its_contents(void **state)
{
    struct scene scene = scene_make();
    struct shelf_wish wish = { .at_s = NOW_S, .quote = &scene.quote };
    struct collateral_texts texts = { .root_crl = bytes_of_text("given") };
    struct error err = { 0 };

    (void)state;
    put_document(&scene, "a", key_tcb_info(TEE_TDX, 3, fmspc, 17), 9);
    put_document(&scene, "b", key_tcb_info(TEE_SGX, 3, fmspc, 18), 9);
    put_document(&scene, "c", key_identity(ENCLAVE_TD_QE, 17), 9);
    put_document(&scene, "d", key_pck_crl(PCK_CA_PLATFORM), 9);
    put_document(&scene, "e", key_root_crl(), 9);
    put_chain(&scene, "f", TEST_TCB_SIGNING);
    put_document(&scene, "below/g", key_tcb_info(TEE_TDX, 3, fmspc, 18), 9);
    struct shelf shelf = filled(&scene, &wish, scene.directory);
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_TCB_INFO), "a");
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_IDENTITY), "c");
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_PCK_CRL), "d");
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_ROOT_CRL), "e");
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_TCB_SIGNER), "f");
    assert_ok(shelf_give_collateral(&shelf, &texts, &err), err);
    assert_true(bytes_equal_text(texts.root_crl, "given")); /* what was there stays */
    assert_true(texts.tcb_info.len > 0 && pem_looks_like(texts.tcb_info_chain));
    assert_int_equal(texts.pck_chain.len, 0);
    scene_end(&scene);
}

/* Whose it is, the directory's PCK certificate says; or the one that is given. */
static void a_quote_without_a_certificate_takes_the_directorys(void **state)
{
    struct scene scene = scene_make();
    struct shelf_wish wish = { .at_s = NOW_S, .quote = &scene.quote };
    struct bytes chain = scene.quote.certification_data;

    (void)state;
    scene.quote.certification = CERTIFICATION_PPID_RSA3072;
    scene.quote.certification_data = (struct bytes){ 0 };
    put_document(&scene, "a", key_tcb_info(TEE_TDX, 3, fmspc, 17), 9);
    struct shelf shelf = filled(&scene, &wish, scene.directory);
    assert_false(shelf.has_platform);
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_TCB_INFO), "");
    wish.pck_chain = chain;
    shelf = filled(&scene, &wish, scene.directory);
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_TCB_INFO), "a");
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_PCK), "");
    wish.pck_chain = (struct bytes){ 0 };
    put_file(scene.directory, "p", chain);
    shelf = filled(&scene, &wish, scene.directory);
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_TCB_INFO), "a");
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_PCK), "p");
    assert_string_equal(chosen(&shelf, scene.directory, SHELF_PCK_CA), "p");
    scene_end(&scene);
}

/* ---- reports ------------------------------------------------------------------------
 */

#define MILAN_TCB UINT64_C(0xdb18000000000104)

static void put_amd_file(const char *directory, const char *name,
                         struct test_amd_certificate spec)
{
    struct buf der = test_amd_make(&spec);

    put_file(directory, name, buf_bytes(&der));
    buf_fini(&der);
}

static void put_amd(const char *directory)
{
    struct test_amd_crl list = test_milan_crl();
    struct buf crl = test_amd_crl_make(&list);

    put_amd_file(directory, "amd/milan/ark", test_ark());
    put_amd_file(directory, "amd/milan/ask", test_amd_ask());
    put_amd_file(directory, "amd/milan/chips/vcek", test_vcek());
    put_amd_file(directory, "amd/genoa/ark", test_genoa_ark());
    put_amd_file(directory, "amd/genoa/asvk", test_asvk());
    put_amd_file(directory, "amd/genoa/vlek", test_vlek());
    put_file(directory, "amd/milan/crl", buf_bytes(&crl));
    buf_fini(&crl);
}

static void a_vek_is_found_by_chip_and_tcb_and_its_chain_by_product(void **state)
{
    static const struct {
        const char *claim;
        uint64_t tcb;
        enum vek_kind kind;
        char first; /* of the chip ID; 0: it is masked */
        uint8_t family, model;
        const char *vek, *issuer, *ark, *crl;
    } cases[] = {
#define MILAN "amd/milan/ask", "amd/milan/ark", "amd/milan/crl"
        { "of its chip", MILAN_TCB, VEK_VCEK, 4, 0, 0, "amd/milan/chips/vcek", MILAN },
        { "and its product", MILAN_TCB, VEK_VCEK, 4, 0x19, 1, "amd/milan/chips/vcek",
          MILAN },
        { "masked, by its TCB", MILAN_TCB, VEK_VCEK, 0, 0, 0, "amd/milan/chips/vcek",
          MILAN },
        { "at another TCB, so that the verdict says so", MILAN_TCB - 1, VEK_VCEK, 4, 0, 0,
          "amd/milan/chips/vcek", MILAN },
        { "of another chip: none", MILAN_TCB, VEK_VCEK, 5, 0, 0, "", "", "", "" },
        { "of another product: none", MILAN_TCB, VEK_VCEK, 4, 0x19, 0x11, "", "",
          "amd/genoa/ark", "" },
        { "a VLEK", UINT64_C(0x541700000000000a), VEK_VLEK, 0, 0, 0, "amd/genoa/vlek",
          "amd/genoa/asvk", "amd/genoa/ark", "" },
        { "unsigned: none", MILAN_TCB, 0, 4, 0, 0, "", "", "", "" },
#undef MILAN
    };
    char *directory = test_directory();

    (void)state;
    put_amd(directory);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t chip[CHIP_ID_LEN + 1] = HWID_64;
        struct snp_report report = { .version = cases[i].family == 0 ? 2 : 3,
                                     .reported_tcb = cases[i].tcb,
                                     .signed_by = cases[i].kind,
                                     .family = cases[i].family,
                                     .model = cases[i].model,
                                     .chip_id = bytes_of(chip, CHIP_ID_LEN) };
        struct shelf_wish wish = { .at_s = TEST_AMD_NOW_S, .report = &report };
        struct error err = { 0 };
        struct arena arena;
        struct shelf shelf;
        chip[0] = (uint8_t)cases[i].first;
        if (cases[i].first == 0)
            memset(chip, 0, sizeof chip);
        arena_init(&arena, ARENA_MAX);
        assert_ok(shelf_fill(&shelf, &wish, directory, NULL, &arena, &err), err);
        if (strcmp(chosen(&shelf, directory, SHELF_VEK), cases[i].vek) != 0
            || strcmp(chosen(&shelf, directory, SHELF_VEK_ISSUER), cases[i].issuer) != 0
            || strcmp(chosen(&shelf, directory, SHELF_ARK), cases[i].ark) != 0
            || strcmp(chosen(&shelf, directory, SHELF_AMD_CRL), cases[i].crl) != 0)
            fail_msg("%s: %s", cases[i].claim, chosen(&shelf, directory, SHELF_VEK));
        arena_fini(&arena);
    }
    test_remove(directory);
}

static void a_vek_beside_the_report_is_taken(void **state)
{
    static const uint8_t chip[] = HWID_64;
    struct snp_report report = { .version = 2,
                                 .reported_tcb = MILAN_TCB,
                                 .signed_by = VEK_VCEK,
                                 .chip_id = bytes_of(chip, CHIP_ID_LEN) };
    struct shelf_wish wish = { .at_s = TEST_AMD_NOW_S, .report = &report };
    char *directory = test_directory(), *other = test_directory();
    char beside[PATH_ROOM];
    struct error err = { 0 };
    struct arena arena;
    struct shelf shelf;

    (void)state;
    arena_init(&arena, ARENA_MAX);
    put_amd_file(other, "vcek.der", test_vcek());
    put_amd_file(other, "ark-of-somebody", test_ark());
    put_amd_file(directory, "ask", test_amd_ask());
    snprintf(beside, sizeof beside, "%s/report.bin", other);
    assert_ok(shelf_fill(&shelf, &wish, directory, beside, &arena, &err), err);
    assert_string_equal(chosen(&shelf, other, SHELF_VEK), "vcek.der");
    assert_string_equal(chosen(&shelf, directory, SHELF_VEK_ISSUER), "ask");
    assert_string_equal(chosen(&shelf, other, SHELF_ARK), "");
    assert_ok(shelf_fill(&shelf, &wish, directory, "-", &arena, &err), err);
    assert_string_equal(chosen(&shelf, other, SHELF_VEK), "");
    arena_fini(&arena);
    test_remove(directory);
    test_remove(other);
}

static void a_directory_that_is_not_there_is_refused(void **state)
{
    struct snp_report report = { .version = 2 };
    struct shelf_wish wish = { .report = &report };
    struct error err = { 0 };
    struct arena arena;
    struct shelf shelf;

    (void)state;
    arena_init(&arena, ARENA_MAX);
    assert_false(shelf_fill(&shelf, &wish, "/nonexistent", NULL, &arena, &err));
    assert_refused(err, ERROR_NOT_FOUND, "/nonexistent: no such directory");
    assert_false(shelf_fill(&shelf, &wish, "/proc/version", NULL, &arena, &err));
    assert_refused(err, ERROR_NOT_FOUND, "/proc/version: no such directory");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_force_is_better_then_the_newest_number),
        cmocka_unit_test(the_layout_is_searched_where_things_belong),
        cmocka_unit_test(a_flat_directory_is_known_by_its_contents),
        cmocka_unit_test(a_quote_without_a_certificate_takes_the_directorys),
        cmocka_unit_test(a_vek_is_found_by_chip_and_tcb_and_its_chain_by_product),
        cmocka_unit_test(a_vek_beside_the_report_is_taken),
        cmocka_unit_test(a_directory_that_is_not_there_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
