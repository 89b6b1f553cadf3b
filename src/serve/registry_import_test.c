/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles over real sockets: all of one, or nothing. */
#include "serve/test_registry_store.h"

static struct test_answer put_text(const struct registry_house *house,
                                   const struct buf *text)
{
    return house_ask_on(test_connect(house->port), "PUT", V4 "platformcollateral", ADMIN,
                        buf_bytes(text));
}

static struct test_answer put(const struct registry_house *house,
                              struct test_bundle bundle)
{
    if (bundle.world == NULL)
        bundle.world = house->stock.world;
    struct buf text = test_bundle_write(&bundle);
    struct test_answer answer = put_text(house, &text);

    buf_fini(&text);
    return answer;
}

static void expect(const struct registry_house *house, const char *name,
                   struct test_bundle bundle, unsigned status, const char *code,
                   const char *said)
{
    struct test_answer answer = put(house, bundle);

    house_expect(&answer, name, status, code);
    if (strstr(buf_text(&answer.text), said) == NULL)
        fail_msg("%s: \"%s\" is not in\n%s", name, said, buf_text(&answer.text));
    test_forget(&answer);
}

static void check_bound(const struct registry_house *house, size_t i,
                        enum platform_bound_by by, size_t raw_tcbs, size_t pcks)
{
    struct platform platform;
    struct arena arena;

    arena_init(&arena, 1024 * 1024);
    assert_true(house_find(house, i, &arena, &platform));
    assert_int_equal(platform.state, PLATFORM_HELD);
    assert_int_equal(platform.bound_by, by);
    assert_int_equal(platform.raw_tcb_count, raw_tcbs);
    assert_int_equal(platform.pck_count, pcks);
    for (size_t k = 0; k < raw_tcbs; k++)
        assert_true(platform.raw_tcbs[k].confirmed);
    arena_fini(&arena);
}

static void house_open_empty(struct registry_house *house, enum fill_mode fill)
{
    house_prepare(house);
    house->config.intel.fill = fill;
    house_start(house);
}

static void an_air_gapped_site_is_filled_by_one_bundle(void **state)
{
    struct registry_house house;
    struct registry_counts counts;

    (void)state;
    house_open_empty(&house, FILL_OFFLINE);
    for (size_t i = 0; i < 2; i++) {
        struct test_answer queued = house_register(&house, i, 0, REGISTRAR);
        assert_int_equal(queued.status, 200);
        test_forget(&queued);
    }
    assert_int_equal(house_count(&house).queued, 2);
    expect(&house, "whole",
           (struct test_bundle){ .platforms = 3, .has_gap = true, .early_number = 18 },
           200, "", "Operation successful.");
    assert_int_equal(house_count(&house).queued, 0);
    for (size_t i = 0; i < 3; i++)
        check_bound(&house, i, BOUND_BY_IMPORT, 1, 3);
    struct collateral_key key = key_tcb_info(TEE_SGX, 3, stock_fmspc, 0);
    const struct holding *standard =
        holdings_designated(house.stock.holdings, &key, UPDATE_STANDARD);
    assert_non_null(standard);
    assert_string_equal(standard->source, "import");
    assert_int_equal(verified_facts(standard->item)->key.evaluation_data_number, 17);
    assert_non_null(holdings_designated(house.stock.holdings, &key, UPDATE_EARLY));
    assert_int_equal(house.forgotten, 6);
    registry_counts(house.registry, &counts);
    assert_int_equal(counts.imports, 1);
    house_check_audit(&house, "the-admin bundle : platforms=3 certificates=6 raw_tcbs=3 "
                              "collateral=8 skipped=0\n");
    house_close(&house);
}

static void the_same_bundle_twice_changes_nothing(void **state)
{
    struct registry_house house;
    uint64_t generations[2];

    (void)state;
    house_open_empty(&house, FILL_OFFLINE);
    struct buf text = test_bundle_write(
        &(struct test_bundle){ .world = house.stock.world, .platforms = 2 });
    for (size_t i = 0; i < 2; i++) {
        struct test_answer answer = put_text(&house, &text);
        house_expect(&answer, "the same", 200, "");
        test_forget(&answer);
        generations[i] = house.stock.holdings->generation;
    }
    assert_int_equal(generations[0], generations[1]);
    assert_int_equal(house_count(&house).platforms, 2);
    assert_int_equal(house_count(&house).pcks, 4);
    buf_fini(&text);
    house_close(&house);
}

static void one_part_that_is_wrong_refuses_the_whole(void **state)
{
    struct test_world *other = test_world_make(NULL);
    const struct {
        const char *name;
        struct test_bundle bundle;
        unsigned status;
        const char *code, *said;
    } cases[] = {
        { "certificates of another root",
          { .platforms = 2, .pck_world = other },
          460,
          "untrusted",
          "\n4 parts of the bundle are not as they should be; nothing was "
          "kept.\ncollaterals.pck_certs[0].certs[0]: " },
        { "one byte of a TCB info",
          { .platforms = 1, .spoil = "issueDate\\\":\\\"2025" },
          460,
          "untrusted",
          "\n1 part of the bundle is not as it should be; nothing was kept.\n"
          "collaterals.tcbinfos[0].sgx_tcbinfo: " },
        { "a certificate that is none",
          { .platforms = 1, .has_odd_cert = true },
          400,
          "bundle",
          "\ncollaterals.pck_certs[0].certs[2]: " },
        { "out of date",
          { .platforms = 1,
            .issued_s = STOCK_NOW_S - 60 * TEST_DAY_S,
            .due_s = STOCK_NOW_S - 30 * TEST_DAY_S },
          400,
          "bundle",
          "\ncollaterals.rootcacrl: " },
    };
    struct registry_house house;

    (void)state;
    house_open_empty(&house, FILL_OFFLINE);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        expect(&house, cases[i].name, cases[i].bundle, cases[i].status, cases[i].code,
               cases[i].said);
        assert_int_equal(house_count(&house).platforms, 0);
        assert_int_equal(house.stock.holdings->count, 0);
    }
    house_check_audit(&house, "the-admin refused bundle: 4 parts of the bundle");
    house_close(&house);
    test_world_free(other);
}

static void more_complaints_than_are_told_are_counted(void **state)
{
    struct test_world *other = test_world_make(NULL);
    struct registry_house house;

    (void)state;
    house_open_empty(&house, FILL_OFFLINE);
    expect(&house, "many", (struct test_bundle){ .platforms = 150, .pck_world = other },
           460, "untrusted", "\n300 parts of the bundle are not as they should be");
    expect(&house, "many", (struct test_bundle){ .platforms = 150, .pck_world = other },
           460, "untrusted", "\nand 100 more\n");
    house_close(&house);
    test_world_free(other);
}

static void a_binding_that_is_stronger_undoes_everything(void **state)
{
    struct registry_house house;
    struct registry_counts counts;

    (void)state;
    house_open_empty(&house, FILL_LAZY);
    house_hold(&house, 1, BOUND_BY_TOKEN, 99);
    expect(&house, "conflict", (struct test_bundle){ .platforms = 3 }, 409, "conflict",
           "\n1 platform of the bundle is bound to another PPID here; nothing was kept.\n"
           "collaterals.pck_certs[1]: ");
    assert_int_equal(house_count(&house).platforms, 1);
    assert_int_equal(house.stock.holdings->count, 0);
    check_bound(&house, 1, BOUND_BY_TOKEN, 0, 3);
    registry_counts(house.registry, &counts);
    assert_int_equal(counts.conflicts, 1);
    house_close(&house);
}

static void a_binding_that_is_weaker_gives_way(void **state)
{
    struct registry_house house;

    (void)state;
    house_open_empty(&house, FILL_LAZY);
    house_hold(&house, 1, BOUND_BY_ASKING, 99);
    expect(&house, "replaced", (struct test_bundle){ .platforms = 2 }, 200, "", "");
    check_bound(&house, 1, BOUND_BY_IMPORT, 1, 2);
    house_close(&house);
}

static void platforms_without_certificates_are_registered(void **state)
{
    struct registry_house house;
    struct platform platform;
    struct arena arena;

    (void)state;
    house_open(&house, FILL_LAZY);
    house_hold(&house, 1, BOUND_BY_TOKEN, 99);
    expect(&house, "names alone",
           (struct test_bundle){ .platforms = 2, .without_pcks = true }, 200, "", "");
    arena_init(&arena, 1024 * 1024);
    assert_true(house_find(&house, 0, &arena, &platform));
    assert_int_equal(platform.state, PLATFORM_WAITING);
    assert_int_equal(platform.encrypted_ppid.len, ENCRYPTED_PPID_LEN);
    assert_true(house_find(&house, 1, &arena, &platform));
    assert_int_equal(platform.bound_by, BOUND_BY_TOKEN);
    assert_string_equal(platform.registrar, "somebody"); /* what is held stays as it is */
    assert_int_equal(platform.raw_tcb_count, 1);
    arena_fini(&arena);
    house_close(&house);
}

static void what_the_store_refuses_is_said(void **state)
{
    static const struct {
        struct error why;
        unsigned status;
        const char *code;
    } cases[] = {
        { { ERROR_SYSTEM, "the disk is full" }, 503, "store" },
        { { ERROR_UNTRUSTED, "a test root in a store that is not marked" },
          460,
          "bundle" },
        { { ERROR_LIMIT, "too much" }, 400, "bundle" },
    };
    struct registry_house house;

    (void)state;
    house_open_empty(&house, FILL_LAZY);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        house.import_fails = cases[i].why;
        expect(&house, cases[i].why.text, (struct test_bundle){ .platforms = 1 },
               cases[i].status, cases[i].code, cases[i].why.text);
    }
    house.import_fails.kind = ERROR_NONE;
    expect(&house, "and then", (struct test_bundle){ .platforms = 1 }, 200, "", "");
    house_close(&house);
}

static void what_is_no_bundle_is_refused(void **state)
{
    struct registry_house house;

    (void)state;
    house_open_empty(&house, FILL_LAZY);
    house_check(&house, "no JSON", "PUT", V4 "platformcollateral", ADMIN, "nonsense", 400,
                "bundle");
    house_check(&house, "no members", "PUT", V4 "platformcollateral", ADMIN, "{}", 400,
                "bundle");
    house_check(&house, "empty", "PUT", V4 "platformcollateral", ADMIN, "", 400,
                "bundle");
    house_check(&house, "stale", "PUT", V4 "platformcollateral?stale=keep", ADMIN, "{}",
                400, "malformed");
    house_close(&house);
}

/* ---- stale=skip -------------------------------------------------------------------- */

static void only_the_operator_may_have_the_stale_passed_over(void **state)
{
    struct registry_house house;
    struct buf text;

    (void)state;
    house_open_empty(&house, FILL_OFFLINE);
    text = test_bundle_write(
        &(struct test_bundle){ .world = house.stock.world,
                               .platforms = 2,
                               .issued_s = STOCK_NOW_S - 60 * TEST_DAY_S,
                               .due_s = STOCK_NOW_S - 30 * TEST_DAY_S });
    const char *target = V4 "platformcollateral?stale=skip";
    struct test_answer answer =
        house_ask_on(test_connect(house.port), "PUT", target, ADMIN, buf_bytes(&text));
    house_expect(&answer, "a token", 403, "forbidden");
    test_forget(&answer);
    answer = house_ask_on(test_connect_unix(house.socket), "PUT", target, "",
                          buf_bytes(&text));
    house_expect(&answer, "the operator", 200, "");
    assert_non_null(strstr(buf_text(&answer.text), "\r\n\r\nOperation successful."));
    assert_non_null(strstr(buf_text(&answer.text), "\ncollaterals.rootcacrl: "));
    test_forget(&answer);
    for (size_t i = 0; i < 2; i++)
        check_bound(&house, i, BOUND_BY_IMPORT, 1, 2);
    assert_int_equal(house.stock.holdings->count, 0);
    buf_fini(&text);
    house_close(&house);
}

/* ---- one at a time, and none that holds a client up ----------------------------------
 */

static void send_head(int fd, size_t len)
{
    char head[512];

    snprintf(head, sizeof head,
             "PUT " V4 "platformcollateral HTTP/1.1\r\nHost: thim\r\n" ADMIN
             "Content-Length: %zu\r\n\r\n",
             len);
    test_say(fd, head);
}

static void wait_for_import(struct registry_house *house)
{
    for (int imports = 0; imports == 0; usleep(1000)) {
        pthread_mutex_lock(&house->lock);
        imports = house->imports;
        pthread_mutex_unlock(&house->lock);
    }
}

static void the_second_of_two_is_told_to_come_back_before_it_is_sent(void **state)
{
    struct registry_house house;
    struct gate gate;

    (void)state;
    house_open_empty(&house, FILL_LAZY);
    struct buf text = test_bundle_write(
        &(struct test_bundle){ .world = house.stock.world, .platforms = 1 });
    gate_close(&gate, house.writer);
    int first = test_connect(house.port), second = test_connect(house.port);
    send_head(first, text.len);
    house_say(first, buf_bytes(&text));
    wait_for_import(&house);
    send_head(second, 60000000);
    struct test_answer answer = test_hear(second, false);
    house_expect(&answer, "second", 503, "busy");
    test_forget(&answer);
    gate_open(&gate);
    answer = test_hear(first, false);
    house_expect(&answer, "first", 200, "");
    test_forget(&answer);
    answer = put_text(&house, &text);
    house_expect(&answer, "and then", 200, "");
    test_forget(&answer);
    close(first);
    close(second);
    buf_fini(&text);
    house_close(&house);
}

/* The body is the import's own: a client that has gone takes nothing with it. */
static void a_client_that_goes_away_does_not_end_it(void **state)
{
    struct registry_house house;
    struct registry_counts counts = { 0 };
    struct gate gate;

    (void)state;
    house_open_empty(&house, FILL_LAZY);
    struct buf text = test_bundle_write(
        &(struct test_bundle){ .world = house.stock.world, .platforms = 300 });
    assert_true(text.len > HTTP_BODY_IN_MEMORY);
    gate_close(&gate, house.writer);
    int fd = test_connect(house.port);
    send_head(fd, text.len);
    house_say(fd, buf_bytes(&text));
    wait_for_import(&house);
    close(fd);
    http_server_stop(house.server); /* and the listener goes too */
    house.server = NULL;
    gate_open(&gate);
    while (counts.imports == 0) {
        registry_counts(house.registry, &counts);
        usleep(1000);
    }
    assert_int_equal(house_count(&house).platforms, 300);
    buf_fini(&text);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_air_gapped_site_is_filled_by_one_bundle),
        cmocka_unit_test(the_same_bundle_twice_changes_nothing),
        cmocka_unit_test(one_part_that_is_wrong_refuses_the_whole),
        cmocka_unit_test(more_complaints_than_are_told_are_counted),
        cmocka_unit_test(a_binding_that_is_stronger_undoes_everything),
        cmocka_unit_test(a_binding_that_is_weaker_gives_way),
        cmocka_unit_test(platforms_without_certificates_are_registered),
        cmocka_unit_test(what_the_store_refuses_is_said),
        cmocka_unit_test(what_is_no_bundle_is_refused),
        cmocka_unit_test(only_the_operator_may_have_the_stale_passed_over),
        cmocka_unit_test(the_second_of_two_is_told_to_come_back_before_it_is_sent),
        cmocka_unit_test(a_client_that_goes_away_does_not_end_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
