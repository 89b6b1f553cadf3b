/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_amd.h"

#include "serve/test_desk.h"
#include "store/audit.h"

#define CHIPS "/thim/v1/amd/chips"
#define CERTIFICATE "/thim/v1/amd/certificate"
#define CHIP_64                                                        \
    "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5" \
    "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5"

static long long number(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static const char *text(const json_t *json, const char *name)
{
    const char *value = json_string_value(json_object_get(json, name));

    return value != NULL ? value : "(none)";
}

static const json_t *chip_at(const json_t *page, size_t i)
{
    return json_array_get(json_object_get(page, "chips"), i);
}

/* "?product=..&chip_id=..[&tcb_version=..]" */
static const char *about(const char *path, const struct kds_key *key, bool at_tcb,
                         char room[512])
{
    int len = snprintf(room, 512, "%s?product=%s&chip_id=%s", path,
                       snp_product_facts(key->product)->name,
                       hex(key->hwid.at, key->hwid.len).s);

    if (at_tcb)
        snprintf(room + len, 512 - (size_t)len, "&tcb_version=%s",
                 tcb_version_hex(key->product, &key->tcb).s);
    return room;
}

static json_t *wants_json(size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        char id[2 * CHIP_ID_LEN + 1];
        snprintf(id, sizeof id, "%08zx%.120s", i, CHIP_64);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s}", "product", "Milan", "chip_id",
                                        id, "tcb_version", "db18000000000004"));
    }
    return json_pack("{s:o}", "chips", list);
}

/* ---- wanting and listing -------------------------------------------------------- */

static void wanted_chips_are_known_once_and_wake_upstream(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    json_t *wants = wants_json(3);
    char *body = json_dumps(wants, 0);
    json_t *told = desk_heard(&desk, "POST", CHIPS, body, 200);
    assert_int_equal(number(told, "wanted"), 3);
    assert_int_equal(number(told, "added"), 3);
    json_decref(told);
    told = desk_heard(&desk, "POST", CHIPS, body, 200);
    assert_int_equal(number(told, "wanted"), 3);
    assert_int_equal(number(told, "added"), 0);
    json_decref(told);
    assert_int_equal(desk.woken, 2);
    json_t *page = desk_heard(&desk, "GET", CHIPS "?limit=2", "", 200);
    assert_int_equal(json_array_size(json_object_get(page, "chips")), 2);
    assert_string_equal(text(chip_at(page, 0), "state"), "waiting");
    assert_string_equal(text(chip_at(page, 0), "known_by"), "operator");
    assert_string_equal(text(chip_at(page, 0), "tcb_version"), "db18000000000004");
    assert_int_equal(strlen(text(chip_at(page, 0), "chip_id")), 2 * CHIP_ID_LEN);
    assert_true(json_is_null(json_object_get(chip_at(page, 0), "fetched")));
    assert_int_equal(number(json_object_get(page, "counts"), "known"), 3);
    assert_int_equal(number(json_object_get(page, "counts"), "waiting"), 3);
    char next[64];
    snprintf(next, sizeof next, CHIPS "?limit=2&after=%lld", number(page, "next"));
    json_decref(page);
    page = desk_heard(&desk, "GET", next, "", 200);
    assert_int_equal(json_array_size(json_object_get(page, "chips")), 1);
    assert_true(json_is_null(json_object_get(page, "next")));
    json_decref(page);
    json_decref(wants);
    free(body);
    desk_close(&desk);
}

static void fail_now(void *key, struct store *store)
{
    struct error err = { 0 };

    if (!store_chip_failed(store, key, "amd: 404", TEST_AMD_NOW_S + 60, &err))
        abort();
}

static void a_page_tells_held_from_failed(void **state)
{
    (void)state;
    struct kds_key held = amd_key(SNP_TURIN, 1, 81), vlek = amd_key(SNP_GENOA, 1, 84);
    struct desk desk;
    struct error err = { 0 };

    desk_open(&desk);
    vlek.vek = VEK_VLEK;
    vlek.hwid = (struct snp_hwid){ .len = 0 };
    house_hold(&desk.house, held);
    house_hold(&desk.house, vlek);
    json_t *told = desk_heard(&desk, "POST", CHIPS,
                              "{\"chips\":[{\"product\":\"Milan\",\"chip_id\":\"" CHIP_64
                              "\",\"tcb_version\":\"db18000000000004\"}]}",
                              200);
    json_decref(told);
    struct kds_key failed;
    assert_true(
        kds_key_read(bytes_of_text("vcek/Milan/" CHIP_64 "/db18000000000004"), &failed));
    assert_ok(store_writer_call(desk.house.writer, fail_now, &failed, &err), err);
    json_t *page = desk_heard(&desk, "GET", CHIPS, "", 200);
    const json_t *first = chip_at(page, 0), *second = chip_at(page, 1);
    assert_string_equal(text(first, "state"), "held");
    assert_string_equal(text(first, "product"), "Turin");
    assert_string_equal(text(first, "not_after"), utc(UNTIL_S).s);
    assert_string_equal(text(first, "source"), "upstream");
    assert_true(json_is_false(json_object_get(first, "revocation_checked")));
    assert_string_equal(text(second, "kind"), "VLEK");
    assert_true(json_is_null(json_object_get(second, "chip_id")));
    assert_string_equal(text(chip_at(page, 2), "state"), "failed");
    assert_string_equal(text(chip_at(page, 2), "why"), "amd: 404");
    assert_string_equal(text(chip_at(page, 2), "due"), utc(TEST_AMD_NOW_S + 60).s);
    json_decref(page);
    desk_close(&desk);
}

/* ---- certificates --------------------------------------------------------------- */

static void a_certificate_is_handed_out_with_its_issuers(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_GENOA, 1, 84);
    struct desk desk;
    struct der_chain chain;
    struct arena arena;
    struct error err = { 0 };
    char target[512];

    desk_open(&desk);
    house_hold(&desk.house, key);
    json_t *told =
        desk_heard(&desk, "GET", about(CERTIFICATE, &key, true, target), "", 200);
    arena_init(&arena, 1 << 20);
    assert_ok(
        pem_chain_read(bytes_of_text(text(told, "certificate")), &arena, &chain, &err),
        err);
    assert_int_equal(chain.count, 1);
    assert_ok(pem_chain_read(bytes_of_text(text(told, "chain")), &arena, &chain, &err),
              err);
    assert_int_equal(chain.count, 2);
    assert_true(
        bytes_equal(chain.certificates[1], buf_bytes(&desk.house.world.arks[SNP_GENOA])));
    assert_string_equal(text(told, "tcb_version"),
                        tcb_version_hex(SNP_GENOA, &key.tcb).s);
    assert_string_equal(text(told, "not_after"), utc(UNTIL_S).s);
    json_decref(told);
    arena_fini(&arena);
    desk_close(&desk);
}

static void what_is_not_there_or_not_sound_is_not_handed_out(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_GENOA, 1, 84), other = amd_key(SNP_GENOA, 2, 84);
    struct desk desk;
    unsigned status;
    char target[512];

    desk_open(&desk);
    house_hold(&desk.house, key);
    json_decref(
        desk_heard(&desk, "GET", about(CERTIFICATE, &other, true, target), "", 404));
    json_decref(
        desk_heard(&desk, "GET", about(CERTIFICATE, &key, false, target), "", 400));
    desk.is_lawless = true;
    json_decref(desk_ask(&desk, "GET", about(CERTIFICATE, &key, true, target),
                         (struct bytes){ 0 }, &status));
    assert_int_equal(status, 503);
    desk.is_lawless = false;
    assert_true(clock_step_to(desk.house.clock, UNTIL_S + 1));
    json_t *told =
        desk_heard(&desk, "GET", about(CERTIFICATE, &key, true, target), "", 409);
    assert_string_equal(text(json_object_get(told, "error"), "code"), "stale");
    json_decref(told);
    desk_close(&desk);
}

static void a_certificate_is_brought_over_the_socket(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    struct desk desk;
    unsigned status;

    desk_open(&desk);
    struct buf der = amd_world_mint(&key, TEST_AMD_NOW_S - TEST_AMD_DAY_S, UNTIL_S);
    json_t *told = desk_ask(&desk, "POST", "/thim/v1/amd/vcek", buf_bytes(&der), &status);
    assert_int_equal(status, 200);
    assert_string_equal(text(told, "outcome"), "added");
    json_decref(told);
    json_t *page = desk_heard(&desk, "GET", CHIPS, "", 200);
    assert_string_equal(text(chip_at(page, 0), "known_by"), "operator");
    json_decref(page);
    buf_fini(&der);
    desk_close(&desk);
}

/* ---- forgetting ----------------------------------------------------------------- */

static bool see_entry(void *lines, const struct audit_entry *entry)
{
    buf_addf(lines, "%s %s: %s\n", entry->what, entry->subject, entry->outcome);
    return true;
}

static void a_chip_is_forgotten_at_one_tcb_or_at_all(void **state)
{
    (void)state;
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;
    struct kds_key keys[] = { amd_key(SNP_MILAN, 1, 210), amd_key(SNP_MILAN, 1, 211),
                              amd_key(SNP_MILAN, 1, 212), amd_key(SNP_MILAN, 2, 210) };
    struct desk desk;
    struct buf lines;
    struct error err = { 0 };
    char target[512];

    desk_open(&desk);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        house_hold(&desk.house, keys[i]);
    json_t *told =
        desk_heard(&desk, "DELETE", about(CHIPS, &keys[0], true, target), "", 200);
    assert_int_equal(number(told, "forgotten"), 1);
    json_decref(told);
    told = desk_heard(&desk, "DELETE", about(CHIPS, &keys[0], false, target), "", 200);
    assert_int_equal(number(told, "forgotten"), 2);
    assert_int_equal(desk.changed, 3);
    json_decref(told);
    told = desk_heard(&desk, "DELETE", about(CHIPS, &keys[0], true, target), "", 200);
    assert_int_equal(number(told, "forgotten"), 0);
    json_decref(told);
    json_t *page = desk_heard(&desk, "GET", CHIPS, "", 200);
    assert_int_equal(json_array_size(json_object_get(page, "chips")), 1);
    json_decref(page);
    buf_init(&lines, 64 * 1024);
    assert_ok(platform_reader_open(desk.house.stock.directory, &reader, &err), err);
    assert_ok(audit_walk(reader, 50, see_entry, &lines, &err), err);
    assert_non_null(strstr(buf_text(&lines), "forget Milan "));
    assert_non_null(strstr(buf_text(&lines), ": 2 forgotten\n"));
    assert_null(strstr(buf_text(&lines), hex(keys[0].hwid.at, 8).s)); /* no chip's id */
    buf_fini(&lines);
    desk_close(&desk);
}

/* ---- refusals ------------------------------------------------------------------- */

static void malformed_requests_name_what_is_wrong(void **state)
{
    static const struct {
        const char *method, *target, *body, *names;
        unsigned status;
    } cases[] = {
        { "GET", CHIPS "?limit=1001", "", "limit", 400 },
        { "GET", CERTIFICATE, "", "chip_id", 400 },
        { "GET", CERTIFICATE "?product=Rome&chip_id=" CHIP_64 "&tcb_version=0", "",
          "Rome", 400 },
        { "DELETE", CHIPS "?product=Milan&chip_id=a5", "", "Milan has 64", 400 },
        { "POST", CHIPS, "", "", 400 },
        { "POST", CHIPS, "{}", "chips", 400 },
        { "POST", CHIPS, "{\"chips\":{}}", "chips", 400 },
        { "POST", CHIPS, "{\"chips\":[{\"product\":\"Milan\"}]}", "chip_id", 400 },
        { "POST", CHIPS, "{\"chips\":[{\"chip_id\":\"" CHIP_64 "\"}]}", "product", 400 },
        { "POST", CHIPS, "{\"chips\":[7]}", "chips", 400 },
        { "PUT", CHIPS, "", "method", 405 },
        { "POST", CERTIFICATE, "", "method", 405 },
        { "GET", "/thim/v1/amd", "", "admin socket", 404 },
    };
    struct desk desk;

    (void)state;
    desk_open(&desk);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        json_t *told = desk_heard(&desk, cases[i].method, cases[i].target, cases[i].body,
                                  cases[i].status);
        const char *message = text(json_object_get(told, "error"), "message");
        if (strstr(message, cases[i].names) == NULL)
            fail_msg("%s %s %s: %s", cases[i].method, cases[i].target, cases[i].body,
                     message);
        json_decref(told);
    }
    assert_int_equal(desk.woken, 0);
    desk_close(&desk);
}

static void a_thousand_chips_are_taken_and_one_more_is_not(void **state)
{
    (void)state;
    struct desk desk;

    desk_open(&desk);
    for (size_t i = 0; i < 2; i++) {
        json_t *wants = wants_json(AMD_WANTS_MAX + i);
        char *body = json_dumps(wants, JSON_COMPACT);
        json_t *told = desk_heard(&desk, "POST", CHIPS, body, i == 0 ? 200 : 400);
        assert_int_equal(number(told, "added"), i == 0 ? AMD_WANTS_MAX : 0);
        json_decref(told);
        json_decref(wants);
        free(body);
    }
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wanted_chips_are_known_once_and_wake_upstream),
        cmocka_unit_test(a_page_tells_held_from_failed),
        cmocka_unit_test(a_certificate_is_handed_out_with_its_issuers),
        cmocka_unit_test(what_is_not_there_or_not_sound_is_not_handed_out),
        cmocka_unit_test(a_certificate_is_brought_over_the_socket),
        cmocka_unit_test(a_chip_is_forgotten_at_one_tcb_or_at_all),
        cmocka_unit_test(malformed_requests_name_what_is_wrong),
        cmocka_unit_test(a_thousand_chips_are_taken_and_one_more_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
