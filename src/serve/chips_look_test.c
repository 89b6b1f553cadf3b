/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/test_chips.h"

/* ---- what is held -------------------------------------------------------------------
 */

static void one_certificate_is_given_on_every_path(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_TURIN, 1, 81);
    struct chip_house house;

    house_open(&house);
    house_hold(&house, key);
    struct buf der = amd_world_mint(&key, TEST_AMD_NOW_S - TEST_AMD_DAY_S, UNTIL_S);
    struct test_answer answer = house_get(&house, kds_path(&key), "");
    assert_int_equal(answer.status, 200);
    assert_true(answer.body.len > 400 && answer.body.at[0] == 0x30);
    assert_string_equal(test_header(&answer, "Content-Type"), "application/pkix-cert");
    assert_string_equal(test_header(&answer, "Cache-Control"), "public, max-age=604800");
    assert_true(strlen(test_header(&answer, "ETag")) > 10);
    assert_true(strlen(test_header(&answer, "Request-ID")) > 0);
    test_forget(&answer);
    expect_body(house_get(&house, metadata_path(&key), META), "metadata",
                "{\"vcekCert\":\"-----BEGIN CERTIFICATE-----\\n");
    expect_body(house_get(&house, regional_path(&key), ""), "regional",
                "-----BEGIN CERTIFICATE-----\n");
    assert_int_equal(house.fetches, 0);
    buf_fini(&der);
    house_close(&house);
}

static void what_did_not_change_is_not_sent_again(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    struct chip_house house;
    char more[128];

    house_open(&house);
    house_hold(&house, key);
    struct test_answer whole = house_get(&house, kds_path(&key), "");
    snprintf(more, sizeof more, "If-None-Match: %.60s\r\nRequest-ID: mine-1\r\n",
             test_header(&whole, "ETag"));
    struct test_answer same = house_get(&house, kds_path(&key), more);
    assert_int_equal(same.status, 304);
    assert_string_equal(test_header(&same, "Request-ID"), "mine-1");
    struct test_answer other = house_get(&house, regional_path(&key), more);
    assert_int_equal(other.status, 200);
    struct test_answer head = test_ask(house.port, "HEAD", kds_path(&key), "");
    assert_int_equal(head.status, 200);
    assert_int_equal(head.body.len, 0);
    assert_int_equal(atoi(test_header(&head, "Content-Length")), whole.body.len);
    test_forget(&whole);
    test_forget(&same);
    test_forget(&other);
    test_forget(&head);
    house_close(&house);
}

static void chains_and_lists_are_ready(void **state)
{
    (void)state;
    struct chip_house house;

    house_open(&house);
    struct test_answer a = house_get(&house, "/vcek/v1/Genoa/cert_chain", "");
    struct test_answer b = house_get(&house, "/vlek/v1/Genoa/cert_chain", "");
    struct test_answer c = house_get(&house, "/vcek/v1/Genoa/crl", "");
    struct test_answer d = house_get(&house, "/vlek/v1/Genoa/crl", "");
    assert_int_equal(a.status, 200);
    assert_int_equal(b.status, 200);
    assert_false(bytes_equal(a.body, b.body));
    assert_true(c.body.len > 100 && c.body.at[0] == 0x30 && bytes_equal(c.body, d.body));
    assert_string_equal(test_header(&a, "Content-Type"), "application/x-pem-file");
    assert_string_equal(test_header(&c, "Content-Type"), "application/pkix-crl");
    assert_true(clock_step_to(house.clock, TEST_AMD_NOW_S + 31 * TEST_AMD_DAY_S));
    expect(house_get(&house, "/vcek/v1/Genoa/crl", ""), "out of date", 429, "stale");
    test_forget(&a);
    test_forget(&b);
    test_forget(&c);
    test_forget(&d);
    house_close(&house);
}

static void each_law_is_heard(void **state)
{
    (void)state;
    const uint32_t ask = (uint32_t)SNP_MILAN << 16 | 1;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219), other = amd_key(SNP_GENOA, 1, 219);
    struct chip_house house;

    house_open(&house);
    house_hold(&house, key);
    house_hold(&house, other);
    expect(house_get(&house, kds_path(&key), ""), "before", 200, "");
    OWNED(amd_law_release) struct amd_law *law = amd_law_make(house.world.law);
    OWNED(amd_crl_release)
    struct verified_amd_crl *crl = amd_world_crl(&house.world, SNP_MILAN, &ask, 1, 2);
    amd_law_set_crl(law, crl, TEST_AMD_NOW_S);
    house_publish(&house, law);
    expect(house_get(&house, kds_path(&key), ""), "after", 404, "revoked");
    expect(house_get(&house, metadata_path(&key), META), "after", 404, "revoked");
    expect(house_get(&house, "/vcek/v1/Milan/cert_chain", ""), "chain", 404, "revoked");
    expect(house_get(&house, kds_path(&other), ""), "another product", 200, "");
    assert_int_equal(house.fetches, 0);
    house_close(&house);
}

static void a_denied_chip_is_refused_on_every_path(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219), other = amd_key(SNP_MILAN, 2, 219);
    struct chip_house house;

    house_open(&house);
    house_hold(&house, key);
    house_hold(&house, other);
    expect(house_get(&house, kds_path(&key), ""), "before", 200, "");
    deny(house.denials, DENY_CHIP_ID, hex(key.hwid.at, key.hwid.len).s);
    expect(house_get(&house, kds_path(&key), ""), "KDS", 403, "denied");
    expect(house_get(&house, metadata_path(&key), META), "metadata", 403, "denied");
    expect(house_get(&house, regional_path(&key), ""), "regional", 403, "denied");
    expect(house_get(&house, kds_path(&other), ""), "another chip", 200, "");
    expect(house_get(&house, "/vcek/v1/Milan/cert_chain", ""), "chain", 200, "");
    undeny(house.denials, DENY_CHIP_ID, hex(key.hwid.at, key.hwid.len).s);
    expect(house_get(&house, kds_path(&key), ""), "after", 200, "");
    house_close(&house);
}

static void a_denied_chip_is_not_fetched(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_TURIN, 1, 81);
    struct chip_house house;

    house_open(&house);
    deny(house.denials, DENY_CHIP_ID, hex(key.hwid.at, key.hwid.len).s);
    expect(house_get(&house, kds_path(&key), ""), "not held", 403, "denied");
    assert_int_equal(house.fetches, 0);
    house_close(&house);
}

static void a_denied_key_is_refused_though_it_has_just_come(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    struct chip_house house;
    struct key_name name;
    struct error err = { 0 };

    house_open(&house);
    struct buf der = amd_world_mint(&key, TEST_AMD_NOW_S - TEST_AMD_DAY_S, UNTIL_S);
    assert_ok(key_name_read(buf_bytes(&der), &name, &err), err);
    deny(house.denials, DENY_KEY_DIGEST, hex(name.digest, sizeof name.digest).s);
    expect(house_get(&house, kds_path(&key), ""), "fetched", 403, "denied");
    assert_int_equal(house.fetches, 1);
    expect(house_get(&house, regional_path(&key), ""), "held", 403, "denied");
    undeny(house.denials, DENY_KEY_DIGEST, hex(name.digest, sizeof name.digest).s);
    expect(house_get(&house, kds_path(&key), ""), "after", 200, "");
    buf_fini(&der);
    house_close(&house);
}

static void a_tick_makes_the_lists_again(void **state)
{
    (void)state;
    struct chip_house house;

    house_open(&house);
    /* half an hour before its end the CRL must not be kept for an hour */
    assert_true(clock_step_to(house.clock, TEST_AMD_NOW_S + 30 * TEST_AMD_DAY_S - 1800));
    house_tick(&house);
    struct test_answer crl = house_get(&house, "/vcek/v1/Milan/crl", "");
    assert_int_equal(crl.status, 200);
    assert_true(atoi(test_header(&crl, "Cache-Control") + strlen("public, max-age="))
                <= 1800);
    test_forget(&crl);
    house_close(&house);
}

/* Without its bytes, which are gone with the reader. */
static struct chip_row row_of(const struct chip_house *house, const struct kds_key *key)
{
    OWNED(platform_reader_close) struct platform_reader *reader = NULL;
    struct error err = { 0 };
    struct chip_row row;
    struct arena arena;

    arena_init(&arena, 1 << 20);
    assert_ok(platform_reader_open(house->stock.directory, &reader, &err), err);
    assert_ok(chip_find(reader, key, &arena, &row, &err), err);
    arena_fini(&arena);
    return row;
}

static void the_store_learns_who_is_asked_for_once_an_hour(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    int64_t later_s = TEST_AMD_NOW_S + 5000;
    struct chip_house house;

    house_open(&house);
    house_hold(&house, key);
    assert_true(clock_step_to(house.clock, TEST_AMD_NOW_S + 100));
    expect(house_get(&house, kds_path(&key), ""), "first", 200, "");
    house_tick(&house);
    assert_int_equal(row_of(&house, &key).last_asked_s, TEST_AMD_NOW_S + 100);
    assert_true(clock_step_to(house.clock, TEST_AMD_NOW_S + 3600));
    expect(house_get(&house, kds_path(&key), ""), "within the hour", 200, "");
    house_tick(&house);
    assert_int_equal(row_of(&house, &key).last_asked_s, TEST_AMD_NOW_S + 100);
    assert_true(clock_step_to(house.clock, later_s));
    expect(house_get(&house, kds_path(&key), ""), "an hour later", 200, "");
    house_tick(&house);
    assert_int_equal(row_of(&house, &key).last_asked_s, later_s);
    house_close(&house);
}

struct strangers_chip {
    struct chip_house *house;
    struct kds_key key;
};

static void hold_strangers(void *chip_, struct store *store)
{
    struct strangers_chip *chip = chip_;

    house_keep(chip->house, store, &chip->key, CHIP_BY_ASKING);
}

static void a_token_makes_known_what_a_stranger_has_brought_in(void **state)
{
    (void)state;
    struct chip_house house;
    struct strangers_chip chip = { &house, amd_key(SNP_MILAN, 1, 219) },
                          own = { &house, amd_key(SNP_MILAN, 2, 219) };
    struct error err = { 0 };

    house_prepare(&house);
    house_configure_own(&house, &own.key);
    house_start(&house, true);
    assert_ok(store_writer_call(house.writer, hold_strangers, &chip, &err), err);
    assert_ok(store_writer_call(house.writer, hold_strangers, &own, &err), err);
    expect(house_get(&house, kds_path(&chip.key), ""), "nobody", 200, "");
    expect(house_get(&house, kds_path(&chip.key), "user-token: x\r\n"), "wrong", 200, "");
    house_settle(&house);
    assert_int_equal(row_of(&house, &chip.key).known_by, CHIP_BY_ASKING);
    expect(house_get(&house, kds_path(&chip.key), REGISTRAR), "a host's token", 200, "");
    house_settle(&house);
    assert_int_equal(row_of(&house, &chip.key).known_by, CHIP_BY_TOKEN);
    assert_int_equal(row_of(&house, &own.key).known_by, CHIP_BY_ASKING);
    house_tick(&house);
    assert_int_equal(row_of(&house, &own.key).known_by, CHIP_BY_OPERATOR);
    assert_int_equal(house.fetches, 0);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_certificate_is_given_on_every_path),
        cmocka_unit_test(what_did_not_change_is_not_sent_again),
        cmocka_unit_test(chains_and_lists_are_ready),
        cmocka_unit_test(each_law_is_heard),
        cmocka_unit_test(a_denied_chip_is_refused_on_every_path),
        cmocka_unit_test(a_denied_chip_is_not_fetched),
        cmocka_unit_test(a_denied_key_is_refused_though_it_has_just_come),
        cmocka_unit_test(a_tick_makes_the_lists_again),
        cmocka_unit_test(the_store_learns_who_is_asked_for_once_an_hour),
        cmocka_unit_test(a_token_makes_known_what_a_stranger_has_brought_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
