/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "format/chip_list.h"
#include "format/test_snp_report.h"
#include "kit/file.h"
#include "serve/test_desk.h"
#include "thim/arguments.h"
#include "thim/commands.h"

#define CHIP_64                                                        \
    "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5" \
    "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"
#define MILAN_TCB "db18000000000004"

enum { ARGUMENTS_MAX = 16, TEXT_MAX = 1 << 20 };

/* ---- running -------------------------------------------------------------------- */

struct said {
    int status;
    struct buf text;
    json_t *json; /* NULL: it is none */
};

/* Standard output goes to a file meanwhile; standard error goes nowhere. */
static struct said run(const struct desk *desk, const char *verb, ...)
{
    char *argv[ARGUMENTS_MAX] = { (char *)(uintptr_t)verb, (char *)(uintptr_t) "--socket",
                                  (char *)(uintptr_t)desk->socket };
    struct said said = { 0 };
    struct error err = { 0 };
    char path[512];
    int argc = 3;
    va_list more;

    va_start(more, verb);
    for (char *next; (next = va_arg(more, char *)) != NULL;)
        argv[argc++] = next;
    va_end(more);
    snprintf(path, sizeof path, "%s/said", desk->house.stock.directory);
    fflush(stdout);
    int out = dup(STDOUT_FILENO), bad = dup(STDERR_FILENO);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    int nowhere = open("/dev/null", O_WRONLY);
    assert_true(out >= 0 && bad >= 0 && file >= 0 && nowhere >= 0);
    dup2(file, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    said.status = command_amd(argc, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(bad, STDERR_FILENO);
    close(out), close(bad), close(file), close(nowhere);
    buf_init(&said.text, TEXT_MAX);
    assert_ok(file_read(path, &said.text, &err), err);
    said.json = json_loads(buf_text(&said.text), 0, NULL);
    return said;
}

static void forget_said(struct said *said)
{
    json_decref(said->json);
    buf_fini(&said->text);
}

static long long number(const struct said *said, const char *name)
{
    const json_t *value = json_object_get(said->json, name);

    if (!json_is_integer(value))
        fail_msg("no %s in %s", name, buf_text(&said->text));
    return json_integer_value(value);
}

static void expect_status(struct said said, int status)
{
    if (said.status != status)
        fail_msg("%d, not %d: %s", said.status, status, buf_text(&said.text));
    forget_said(&said);
}

/* ---- files ---------------------------------------------------------------------- */

static const char *path_in(const struct desk *desk, const char *name, char room[1024])
{
    snprintf(room, 1024, "%s/%s", desk->house.stock.directory, name);
    return room;
}

static const char *put(const struct desk *desk, const char *name, struct bytes content,
                       char room[1024])
{
    struct error err = { 0 };

    path_in(desk, name, room);
    char *end = strrchr(room, '/');
    *end = 0;
    assert_ok(file_make_directory(room, 0700, &err), err);
    *end = '/';
    assert_ok(file_write(room, content, 0600, &err), err);
    return room;
}

static struct buf got(const struct desk *desk, const char *name)
{
    struct error err = { 0 };
    char path[1024];
    struct buf out;

    buf_init(&out, TEXT_MAX);
    assert_ok(file_read(path_in(desk, name, path), &out, &err), err);
    return out;
}

static struct buf minted(const struct kds_key *key)
{
    return amd_world_mint(key, TEST_AMD_NOW_S - TEST_AMD_DAY_S, UNTIL_S);
}

static struct buf name_of(const char *directory, const struct kds_key *key)
{
    struct buf out;

    buf_init(&out, 1024);
    buf_addf(&out, "%s/", directory);
    chip_path_write(&out, key);
    return out;
}

/* ---- import --------------------------------------------------------------------- */

static void a_list_is_wanted_once_and_its_bad_lines_named(void **state)
{
    static const char csv[] = "product,chip_id,tcb_version\r\n"
                              "Milan," CHIP_64 "," MILAN_TCB "\r\n"
                              "# rack 8\r\n"
                              "Rome," CHIP_64 "," MILAN_TCB "\r\n"
                              "\r\n"
                              "Genoa," CHIP_64 ",4,0,24,84\r\n"
                              "https://kdsintf.amd.com/vcek/v1/Milan/" CHIP_64
                              "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219\r\n"
                              "Milan,a5," MILAN_TCB "\r\n";
    struct desk desk;
    char path[1024];

    (void)state;
    desk_open(&desk);
    put(&desk, "fleet.csv", bytes_of_text(csv), path);
    struct said said = run(&desk, "import", path, "--json", NULL);
    assert_int_equal(said.status, EXIT_NO);
    assert_int_equal(number(&said, "chips"), 2);
    assert_int_equal(number(&said, "added"), 2);
    assert_int_equal(number(&said, "waiting"), 2);
    assert_int_equal(number(&said, "refused"), 2);
    const json_t *refusals = json_object_get(said.json, "refusals");
    assert_int_equal(
        json_integer_value(json_object_get(json_array_get(refusals, 0), "line")), 4);
    assert_int_equal(
        json_integer_value(json_object_get(json_array_get(refusals, 1), "line")), 8);
    forget_said(&said);
    said = run(&desk, "import", path, "--json", NULL);
    assert_int_equal(number(&said, "added"), 0);
    forget_said(&said);
    assert_int_equal(desk.woken, 2);
    desk_close(&desk);
}

static void json_and_reports_are_wanted_too(void **state)
{
    static const char json[] =
        "[{\"product\":\"Milan\",\"chip_id\":\"" CHIP_64 "\",\"tcb_version\":\"" MILAN_TCB
        "\"},\n {\"chip_id\":\"" CHIP_64 "\",\"tcb_version\":\"db18000000000005\"}]";
    struct test_report report = report_make(3, 0x19, 0x11, UINT64_C(0x5418000000000004),
                                            bytes_of(HWID_64, CHIP_ID_LEN));
    struct desk desk;
    char list[1024], file[1024];

    (void)state;
    desk_open(&desk);
    put(&desk, "fleet.json", bytes_of_text(json), list);
    put(&desk, "report.bin", bytes_of(report.at, sizeof report.at), file);
    struct said said =
        run(&desk, "import", list, file, "--product", "Milan", "--json", NULL);
    assert_int_equal(said.status, EXIT_YES);
    assert_int_equal(number(&said, "added"), 3);
    forget_said(&said);
    said = run(&desk, "list", "--json", NULL);
    json_t *third = json_array_get(json_object_get(said.json, "chips"), 2);
    assert_string_equal(json_string_value(json_object_get(third, "product")), "Genoa");
    forget_said(&said);
    desk_close(&desk);
}

static void an_offline_store_is_taken_as_it_is(void **state)
{
    (void)state;
    struct kds_key milan = amd_key(SNP_MILAN, 1, 219), turin = amd_key(SNP_TURIN, 1, 81),
                   torn = amd_key(SNP_TURIN, 2, 81);
    struct buf ders[] = { minted(&milan), minted(&turin) };
    struct buf names[] = { name_of("store", &milan), name_of("store", &turin),
                           name_of("store", &torn) };
    struct desk desk;
    char path[1024];

    desk_open(&desk);
    put(&desk, buf_text(&names[0]), buf_bytes(&ders[0]), path);
    put(&desk, buf_text(&names[1]), buf_bytes(&ders[1]), path);
    put(&desk, buf_text(&names[2]), bytes_first(buf_bytes(&ders[1]), 100), path);
    put(&desk, "store/ark.der", buf_bytes(&desk.house.world.arks[SNP_MILAN]), path);
    struct said said =
        run(&desk, "import", path_in(&desk, "store", path), "--json", NULL);
    assert_int_equal(said.status, EXIT_NO);
    const json_t *certificates = json_object_get(said.json, "certificates");
    assert_int_equal(json_integer_value(json_object_get(certificates, "brought")), 2);
    assert_int_equal(json_integer_value(json_object_get(certificates, "taken")), 2);
    assert_int_equal(number(&said, "chips"), 1); /* the torn one, by its name */
    assert_int_equal(number(&said, "refused"), 1);
    forget_said(&said);
    said = run(&desk, "list", NULL);
    assert_non_null(strstr(buf_text(&said.text), ": 2 held, 1 waiting\n"));
    forget_said(&said);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        buf_fini(&names[i]);
    buf_fini(&ders[0]);
    buf_fini(&ders[1]);
    desk_close(&desk);
}

static void a_table_gives_its_certificate_and_a_coming_tcb_is_wanted(void **state)
{
    static const uint8_t vcek[16] = { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                                      0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd };
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    struct buf der = minted(&key), table;
    struct desk desk;
    char path[1024];

    (void)state;
    desk_open(&desk);
    buf_init(&table, 1 << 16);
    uint8_t place[8] = { 48, 0, 0, 0, (uint8_t)der.len, (uint8_t)(der.len >> 8), 0, 0 };
    buf_add(&table, bytes_of(vcek, sizeof vcek));
    buf_add(&table, bytes_of(place, sizeof place));
    buf_add(&table, bytes_of((uint8_t[24]){ 0 }, 24));
    buf_add(&table, buf_bytes(&der));
    put(&desk, "certs.bin", buf_bytes(&table), path);
    struct said said =
        run(&desk, "import", path, "--tcb", "dc19000000000004", "--json", NULL);
    assert_int_equal(said.status, EXIT_YES);
    assert_int_equal(number(&said, "chips"), 1);
    assert_int_equal(number(&said, "waiting"), 1);
    forget_said(&said);
    said = run(&desk, "list", "--tcb", "dc19000000000004", "--json", NULL);
    assert_int_equal(json_array_size(json_object_get(said.json, "chips")), 1);
    forget_said(&said);
    buf_fini(&table);
    buf_fini(&der);
    desk_close(&desk);
}

static void a_certificate_that_is_refused_is_fetched_instead(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    struct buf der = amd_world_mint(&key, TEST_AMD_NOW_S - 9 * TEST_AMD_DAY_S,
                                    TEST_AMD_NOW_S - TEST_AMD_DAY_S);
    struct desk desk;
    char path[1024];

    desk_open(&desk);
    put(&desk, "old.der", buf_bytes(&der), path);
    struct said said = run(&desk, "import", path, "--json", NULL);
    assert_int_equal(said.status, EXIT_NO);
    assert_int_equal(number(&said, "refused"), 1);
    assert_int_equal(number(&said, "added"), 1);
    forget_said(&said);
    buf_fini(&der);
    desk_close(&desk);
}

static void whoever_waits_is_told_when_all_are_held(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_TURIN, 1, 81);
    struct desk desk;
    char path[1024], line[256];

    desk_open(&desk);
    house_hold(&desk.house, key);
    snprintf(line, sizeof line, "Turin,%s,%s\n", hex(key.hwid.at, key.hwid.len).s,
             tcb_version_hex(SNP_TURIN, &key.tcb).s);
    put(&desk, "fleet.csv", bytes_of_text(line), path);
    struct said said = run(&desk, "import", path, "--wait", NULL);
    assert_int_equal(said.status, EXIT_YES);
    assert_non_null(strstr(buf_text(&said.text),
                           "1 chips wanted, 0 of them new: 1 held, 0 failed, 0 to be "
                           "fetched; 0 refused"));
    forget_said(&said);
    desk_close(&desk);
}

/* ---- export --------------------------------------------------------------------- */

static void what_is_exported_can_be_brought_back(void **state)
{
    (void)state;
    struct kds_key keys[] = { amd_key(SNP_GENOA, 1, 84), amd_key(SNP_TURIN, 1, 81) };
    struct desk desk, other;
    char path[1024];

    desk_open(&desk);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        house_hold(&desk.house, keys[i]);
    put(&desk, "out/vcek/README", bytes_of_text("mine"), path);
    expect_status(
        run(&desk, "export", "--offline-store", path_in(&desk, "out", path), NULL),
        EXIT_YES);
    struct buf readme = got(&desk, "out/vcek/README");
    assert_string_equal(buf_text(&readme), "mine");
    buf_fini(&readme);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct buf name = name_of("out", &keys[i]), der = got(&desk, buf_text(&name));
        desk_open(&other);
        put(&other, "one.der", buf_bytes(&der), path);
        expect_status(run(&other, "import", path, NULL), EXIT_YES);
        desk_close(&other);
        buf_fini(&name);
        buf_fini(&der);
    }
    desk_close(&desk);
}

static void pem_files_have_their_issuers_behind_them(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_GENOA, 1, 84);
    struct desk desk;
    struct der_chain chain;
    struct arena arena;
    struct error err = { 0 };
    char path[1024], name[512];

    desk_open(&desk);
    house_hold(&desk.house, key);
    expect_status(run(&desk, "export", "--pem", path_in(&desk, "pem", path), NULL),
                  EXIT_YES);
    snprintf(name, sizeof name, "pem/Genoa/%s/%s.pem", hex(key.hwid.at, key.hwid.len).s,
             tcb_version_hex(SNP_GENOA, &key.tcb).s);
    struct buf pem = got(&desk, name);
    arena_init(&arena, 1 << 20);
    assert_ok(pem_chain_read(buf_bytes(&pem), &arena, &chain, &err), err);
    assert_int_equal(chain.count, 3);
    arena_fini(&arena);
    buf_fini(&pem);
    desk_close(&desk);
}

static void a_host_file_is_azures_json_in_base64(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219), twin = amd_key(SNP_MILAN, 2, 219);
    const char *tcb = NULL;
    struct desk desk;
    struct buf json;
    char path[1024], id[sizeof(struct hex_text)];

    desk_open(&desk);
    house_hold(&desk.house, key);
    house_hold(&desk.house, twin);
    struct tcb_version_text digits = tcb_version_hex(SNP_MILAN, &key.tcb);
    tcb = digits.s;
    snprintf(id, sizeof id, "%s", hex(key.hwid.at, key.hwid.len).s);
    path_in(&desk, "host-amd-cert-base64", path);
    expect_status(
        run(&desk, "export", "--host-file", path, "--chip", id, "--tcb", tcb, NULL),
        EXIT_YES);
    struct buf text = got(&desk, "host-amd-cert-base64");
    buf_init(&json, TEXT_MAX);
    assert_true(base64_read(buf_bytes(&text), false, &json));
    json_t *read = json_loads(buf_text(&json), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(read, "tcbm")), tcb);
    assert_string_equal(json_string_value(json_object_get(read, "cacheControl")),
                        "86400");
    assert_non_null(json_object_get(read, "vcekCert"));
    assert_non_null(json_object_get(read, "certificateChain"));
    assert_int_equal(json_object_size(read), 4);
    json_decref(read);
    buf_fini(&text);
    buf_fini(&json);
    expect_status(
        run(&desk, "export", "--host-file", path, "--chip", "ff", "--tcb", tcb, NULL),
        EXIT_NO);
    expect_status(
        run(&desk, "export", "--host-file", path, "--chip", "01", "--tcb", tcb, NULL),
        EXIT_NO);
    desk_close(&desk);
}

static void what_may_not_be_given_is_not_written(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    struct desk desk;
    char path[1024];

    desk_open(&desk);
    house_hold(&desk.house, key);
    assert_true(clock_step_to(desk.house.clock, UNTIL_S + 1));
    struct said said = run(&desk, "export", "--offline-store",
                           path_in(&desk, "out", path), "--json", NULL);
    assert_int_equal(said.status, EXIT_NO);
    assert_int_equal(number(&said, "written"), 0);
    assert_int_equal(number(&said, "withheld"), 1);
    forget_said(&said);
    assert_int_not_equal(access(path, F_OK), 0);
    desk_close(&desk);
}

/* ---- forget, refusals ----------------------------------------------------------- */

static void the_beginning_of_an_id_forgets_one_chip(void **state)
{
    (void)state;
    struct kds_key keys[] = { amd_key(SNP_MILAN, 1, 210), amd_key(SNP_MILAN, 1, 211),
                              amd_key(SNP_MILAN, 2, 210) };
    struct desk desk;
    char id[sizeof(struct hex_text)];

    desk_open(&desk);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        house_hold(&desk.house, keys[i]);
    snprintf(id, sizeof id, "%s", hex(keys[0].hwid.at, CHIP_ID_LEN).s);
    expect_status(run(&desk, "forget", "", NULL), EXIT_USAGE);
    expect_status(run(&desk, "forget", "ffff", NULL), EXIT_NO);
    struct said said = run(&desk, "forget", id, "--json", NULL);
    assert_int_equal(said.status, EXIT_YES);
    assert_int_equal(number(&said, "forgotten"), 2);
    forget_said(&said);
    expect_status(run(&desk, "forget", id, NULL), EXIT_NO);
    desk_close(&desk);
}

static void usage_is_told_from_absence(void **state)
{
    (void)state;
    struct desk desk, nobody = { .socket = "/nonexistent/admin.sock" };
    char path[1024];

    desk_open(&desk);
    put(&desk, "fleet.csv", bytes_of_text("Milan," CHIP_64 "," MILAN_TCB "\n"), path);
    nobody.house.stock.directory = desk.house.stock.directory;
    expect_status(run(&desk, "import", NULL), EXIT_USAGE);
    expect_status(run(&desk, "import", "/nonexistent", NULL), EXIT_USAGE);
    expect_status(run(&desk, "import", path, "--product", "Rome", NULL), EXIT_USAGE);
    expect_status(run(&desk, "import", path, "--tcb", "g", NULL), EXIT_USAGE);
    expect_status(run(&desk, "export", NULL), EXIT_USAGE);
    expect_status(run(&desk, "export", "--pem", "a", "--offline-store", "b", NULL),
                  EXIT_USAGE);
    expect_status(run(&desk, "export", "--host-file", "a", NULL), EXIT_USAGE);
    expect_status(run(&desk, "lost", NULL), EXIT_USAGE);
    expect_status(run(&nobody, "import", path, NULL), EXIT_UNAVAILABLE);
    expect_status(run(&nobody, "list", NULL), EXIT_UNAVAILABLE);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_wanted_once_and_its_bad_lines_named),
        cmocka_unit_test(json_and_reports_are_wanted_too),
        cmocka_unit_test(an_offline_store_is_taken_as_it_is),
        cmocka_unit_test(a_table_gives_its_certificate_and_a_coming_tcb_is_wanted),
        cmocka_unit_test(a_certificate_that_is_refused_is_fetched_instead),
        cmocka_unit_test(whoever_waits_is_told_when_all_are_held),
        cmocka_unit_test(what_is_exported_can_be_brought_back),
        cmocka_unit_test(pem_files_have_their_issuers_behind_them),
        cmocka_unit_test(a_host_file_is_azures_json_in_base64),
        cmocka_unit_test(what_may_not_be_given_is_not_written),
        cmocka_unit_test(the_beginning_of_an_id_forgets_one_chip),
        cmocka_unit_test(usage_is_told_from_absence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
