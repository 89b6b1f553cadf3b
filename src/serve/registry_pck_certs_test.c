/* SPDX-License-Identifier: Apache-2.0 */
/* PCS's pckcerts, given to caches behind us. */
#include "format/http_head.h"
#include "format/pck_list.h"
#include "serve/test_registry_store.h"

static struct buf target_of(size_t i)
{
    struct buf out;

    buf_init(&out, 4096);
    buf_add_text(&out, V4 "pckcerts?encrypted_ppid=");
    bundle_add_enc_ppid(&out, i);
    buf_add_text(&out, "&pceid=0000");
    return out;
}

static struct test_answer ask(const struct registry_house *house, size_t i)
{
    struct buf target = target_of(i);
    struct test_answer answer = house_ask(house, "GET", buf_text(&target), HOST, "");

    buf_fini(&target);
    return answer;
}

static void expect(const struct registry_house *house, size_t i, unsigned status,
                   const char *code)
{
    struct test_answer answer = ask(house, i);

    house_expect(&answer, code, status, code);
    test_forget(&answer);
}

static void check_list(const struct test_answer *answer, size_t certificates, size_t gaps)
{
    struct arena arena;
    struct pck_list list;
    struct der_chain chain;
    struct error err = { 0 };

    arena_init(&arena, 1024 * 1024);
    assert_ok(pck_list_parse(answer->body, &arena, &list, &err), err);
    for (size_t i = 0; i < list.count; i++) {
        if (list.entries[i].kind == PCK_ENTRY_CERTIFICATE)
            certificates--;
        else if (list.entries[i].kind == PCK_ENTRY_GAP)
            gaps--;
    }
    assert_int_equal(certificates, 0);
    assert_int_equal(gaps, 0);
    assert_ok(http_chain_read(
                  bytes_of_text(test_header(answer, "SGX-PCK-Certificate-Issuer-Chain")),
                  &arena, &chain, &err),
              err);
    assert_int_equal(chain.count, 2);
    assert_string_equal(test_header(answer, "SGX-FMSPC"), "00906ea10000");
    assert_string_equal(test_header(answer, "SGX-PCK-Certificate-CA-Type"), "platform");
    arena_fini(&arena);
}

static struct hex_text last_key_digest(const struct test_answer *answer)
{
    struct key_name key;
    struct arena arena;
    struct pck_list list;
    struct error err = { 0 };

    arena_init(&arena, 1024 * 1024);
    assert_ok(pck_list_parse(answer->body, &arena, &list, &err), err);
    for (size_t i = 0; i < list.count; i++)
        if (list.entries[i].kind == PCK_ENTRY_CERTIFICATE)
            assert_ok(key_name_read(list.entries[i].der, &key, &err), err);
    arena_fini(&arena);
    return hex(key.digest, sizeof key.digest);
}

static void what_is_not_held_is_fetched_and_given_in_pcs_shape(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    house.keeps = true;
    for (int round = 0; round < 2; round++) {
        struct test_answer answer = ask(&house, 1);
        house_expect(&answer, "given", 200, "");
        check_list(&answer, 2, 1);
        test_forget(&answer);
    }
    assert_int_equal(house.fetches, 1);
    assert_int_equal(house.asked.bound_by, BOUND_BY_ASKING);
    assert_int_equal(house.asked.address_len, 4);
    assert_false(house.asked.has_name);
    house_close(&house);
}

static void nothing_is_given_of_who_is_denied(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    house.keeps = true;
    struct test_answer answer = ask(&house, 1);
    check_list(&answer, 2, 1);
    struct hex_text digest = last_key_digest(&answer);
    test_forget(&answer);
    deny(house.denials, DENY_KEY_DIGEST, digest.s); /* all of the test's have one key */
    expect(&house, 1, 403, "denied");
    undeny(house.denials, DENY_KEY_DIGEST, digest.s);
    expect(&house, 1, 200, "");
    deny(house.denials, DENY_FMSPC, "00906ea10000");
    expect(&house, 1, 403, "denied");
    house_close(&house);
}

static void what_upstream_cannot_give_is_said(void **state)
{
    static const struct {
        enum platform_fetch outcome;
        unsigned status;
        const char *code;
    } cases[] = {
        { FETCH_NOT_FOUND, 404, "not_found" }, { FETCH_REFUSED, 400, "upstream_refused" },
        { FETCH_UNTRUSTED, 503, "untrusted" }, { FETCH_UNREACHABLE, 503, "unreachable" },
        { FETCH_BUDGET, 429, "budget" },       { FETCH_BUSY, 503, "busy" },
        { FETCH_KEPT, 503, "store" }, /* and yet it is not there */
    };
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        house.report.outcome = cases[i].outcome;
        expect(&house, i, cases[i].status, cases[i].code);
    }
    house_close(&house);
}

static void fill_modes_say_whether_upstream_is_asked(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_OFFLINE);
    expect(&house, 1, 404, "not_registered");
    assert_int_equal(house.fetches, 0);
    house_close(&house);

    house_open(&house, FILL_REQ);
    expect(&house, 1, 404, "not_registered");
    assert_int_equal(house.fetches, 0);
    house.report.outcome = FETCH_UNREACHABLE;
    struct test_answer answer = house_register(&house, 1, 0, REGISTRAR);
    assert_int_equal(answer.status, 503);
    test_forget(&answer);
    house.report.outcome = FETCH_KEPT;
    house.keeps = true;
    expect(&house, 1, 200, "");
    assert_string_equal(house.asked.name.qe_id,
                        bundle_qe_id(1)); /* as it is registered */
    assert_int_equal(house.asked.bound_by, BOUND_BY_TOKEN);
    house_close(&house);
}

/* The certificate of TCB 3 has the serial that counts up from 105: 106. */
static void revoked_ones_are_left_out(void **state)
{
    static const uint32_t revoked[] = { 106 };
    struct test_crl crl = { .this_update_s = STOCK_ISSUED_S,
                            .next_update_s = STOCK_DUE_S,
                            .number = 9,
                            .revoked = revoked,
                            .revoked_count = 1 };
    struct collateral_key key = key_pck_crl(PCK_CA_PLATFORM);
    struct registry_house house;

    (void)state;
    house_prepare(&house);
    stock_fill(&house.stock);
    struct buf der = test_world_crl(house.stock.world, TEST_PCK_PLATFORM, &crl);
    struct verified_collateral *item =
        test_world_verify(house.stock.world, &key, buf_bytes(&der), STOCK_NOW_S);
    stock_put(&house.stock, item);
    verified_release(item);
    buf_fini(&der);
    house_start(&house);
    house.keeps = true;
    struct test_answer answer = ask(&house, 1);
    house_expect(&answer, "given", 200, "");
    check_list(&answer, 1, 1);
    test_forget(&answer);
    house_close(&house);
}

static void a_manifest_finds_it_too(void **state)
{
    struct registry_house house;
    struct buf body;

    (void)state;
    buf_init(&body, 1024 * 1024);
    buf_add_text(&body, "{\"platformManifest\":\"");
    for (size_t k = 0; k < 2 * (size_t)MANIFEST_LEAST; k++)
        buf_add_byte(&body, 'a');
    buf_add_text(&body, "\",\"pceid\":\"0000\"}");
    house_open(&house, FILL_LAZY);
    house.keeps = true;
    for (int round = 0; round < 2; round++) {
        struct test_answer answer =
            house_ask(&house, "POST", V4 "pckcerts", HOST, buf_text(&body));
        house_expect(&answer, "manifest", 200, "");
        check_list(&answer, 2, 1);
        test_forget(&answer);
    }
    assert_int_equal(house.fetches, 1);
    assert_int_equal(house.asked_manifest_len, MANIFEST_LEAST);
    house_check(&house, "short", "POST", V4 "pckcerts", HOST,
                "{\"platformManifest\":\"aa\",\"pceid\":\"0000\"}", 400, "malformed");
    house_check(&house, "nothing", "POST", V4 "pckcerts", HOST, "{}", 400, "malformed");
    house_check(&house, "no parameters", "GET", V4 "pckcerts", HOST, "", 400,
                "malformed");
    buf_fini(&body);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_held_is_fetched_and_given_in_pcs_shape),
        cmocka_unit_test(nothing_is_given_of_who_is_denied),
        cmocka_unit_test(what_upstream_cannot_give_is_said),
        cmocka_unit_test(fill_modes_say_whether_upstream_is_asked),
        cmocka_unit_test(revoked_ones_are_left_out),
        cmocka_unit_test(a_manifest_finds_it_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
