/* SPDX-License-Identifier: Apache-2.0 */
#include "format/test_snp_report.h"
#include "kit/file.h"
#include "serve/test_chips.h"

/* ---- what is not --------------------------------------------------------------------
 */

static void what_is_not_held_is_fetched_while_the_request_waits(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    struct chip_house house;

    house_open(&house);
    expect(house_get(&house, kds_path(&key), ""), "the first", 200, "");
    assert_int_equal(house.fetches, 1);
    assert_int_equal(kds_key_compare(&house.asked.key, &key), 0);
    assert_int_equal(house.asked.known_by, CHIP_BY_ASKING);
    assert_int_equal(house.asked.address_len, 4);
    assert_true(house.asked.wait_ms > 1000 && house.asked.wait_ms <= 15000);
    expect(house_get(&house, kds_path(&key), ""), "the second", 200, "");
    assert_int_equal(house.fetches, 1);
    house_close(&house);
}

static void upstreams_failures_are_told_by_what_time_may_heal(void **state)
{
    (void)state;
    static const struct {
        enum chip_fetch outcome;
        int64_t retry_after_s;
        unsigned status;
        const char *code, *retry_after;
    } cases[] = {
        { CHIP_NOT_FOUND, 0, 404, "not_at_amd", "" },
        { CHIP_UNTRUSTED, 0, 429, "untrusted", "60" },
        { CHIP_UNREACHABLE, 7, 429, "unreachable", "7" },
        { CHIP_UNREACHABLE, 0, 429, "unreachable", "5" },
        { CHIP_LATE, 30, 429, "late", "30" },
        { CHIP_BUDGET, 11, 429, "budget", "11" },
        { CHIP_BUSY, 0, 429, "busy", "5" },
    };
    struct kds_key key = amd_key(SNP_TURIN, 1, 81);
    struct chip_house house;

    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        house.report = (struct chip_report){ .outcome = cases[i].outcome,
                                             .retry_after_s = cases[i].retry_after_s,
                                             .why = "because" };
        struct test_answer kds = house_get(&house, kds_path(&key), "");
        struct test_answer json = house_get(&house, metadata_path(&key), META);
        struct test_answer bare = house_get(&house, regional_path(&key), "");
        assert_string_equal(test_header(&kds, "Retry-After"), cases[i].retry_after);
        assert_non_null(strstr(buf_text(&kds.text), cases[i].status == 404
                                                        ? "\r\n404 - Not Found\nbecause\n"
                                                        : "\r\nbecause\n"));
        assert_non_null(strstr(buf_text(&json.text), "\"message\":\"because\""));
        assert_non_null(strstr(buf_text(&json.text), "{\"error\":{\"code\":\""));
        assert_string_equal(test_header(&json, "Content-Type"), "application/json");
        assert_int_equal(bare.body.len, 0);
        expect(kds, "KDS", cases[i].status, cases[i].code);
        expect(json, "metadata", cases[i].status, cases[i].code);
        expect(bare, "regional", cases[i].status, cases[i].code);
    }
    house_close(&house);
}

static void who_waits_too_long_is_told_to_come_back(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_TURIN, 1, 81);
    struct chip_report nothing = { .outcome = CHIP_BUSY };
    struct chip_house house;

    house_prepare(&house);
    house.config.limits.miss_wait_ms = 50;
    house.is_mute = true;
    house_start(&house, true);
    struct test_answer late = house_get(&house, kds_path(&key), "");
    assert_string_equal(test_header(&late, "Retry-After"), "5");
    expect(late, "late", 429, "late");
    struct chip_demand asked = house_asked(&house);
    asked.told(asked.context, &nothing); /* comes to nobody, and is well */
    house_close(&house);
}

static void strangers_are_refused_where_that_is_configured(void **state)
{
    (void)state;
    struct kds_key known = amd_key(SNP_MILAN, 1, 219), newer = amd_key(SNP_MILAN, 1, 220),
                   stranger = amd_key(SNP_MILAN, 2, 219);
    struct chip_house house;

    house_prepare(&house);
    house.config.amd.unknown_chips = UNKNOWN_CHIPS_REFUSE;
    house.config.amd.products[SNP_TURIN] = false;
    house_start(&house, true);
    house_hold(&house, known);
    expect(house_get(&house, kds_path(&stranger), ""), "stranger", 404, "chip_unknown");
    expect(house_get(&house, metadata_path(&stranger), META), "stranger", 404,
           "chip_unknown");
    assert_int_equal(house.fetches, 0);
    expect(house_get(&house, kds_path(&newer), ""), "known, at another TCB", 200, "");
    assert_int_equal(house.fetches, 1);
    expect(house_get(&house, kds_path(&stranger), REGISTRAR), "with a token", 200, "");
    assert_int_equal(house.fetches, 2);
    assert_int_equal(house.asked.known_by, CHIP_BY_TOKEN);
    stranger = amd_key(SNP_TURIN, 1, 81);
    expect(house_get(&house, kds_path(&stranger), ""), "product", 404, "product");
    expect(house_get(&house, regional_path(&stranger), ""), "product", 404, "product");
    expect(house_get(&house, "/vcek/v1/Turin/crl", ""), "its CRL is held", 200, "");
    house_close(&house);
}

static void without_an_upstream_nobody_is_asked(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_MILAN, 1, 219);
    OWNED(amd_law_release) struct amd_law *empty = amd_law_make(NULL);
    struct chip_house house;

    house_prepare(&house);
    house_start(&house, false);
    expect(house_get(&house, kds_path(&key), ""), "KDS", 404, "not_held");
    expect(house_get(&house, regional_path(&key), ""), "regional", 404, "not_held");
    house_publish(&house, empty);
    expect(house_get(&house, "/vcek/v1/Milan/crl", ""), "CRL", 404, "not_held");
    house.config.amd.upstream_count = 1;
    expect(house_get(&house, "/vcek/v1/Milan/crl", ""), "CRL", 429, "unreachable");
    house_close(&house);
}

static void what_cannot_exist_costs_nobody_a_request(void **state)
{
    (void)state;
    static const struct {
        const char *claim, *target;
        unsigned status;
        const char *code;
    } cases[] = {
        { "masked, KDS",
          "/vcek/v1/Turin/0000000000000000?fmcSPL=0&blSPL=0&teeSPL=0&snpSPL=0&ucodeSPL=0",
          404, "not_found" },
        { "masked, metadata", METADATA "?platformId=0000000000000000&tcbVersion=0", 404,
          "not_found" },
        { "masked, regional", REGIONAL "0000000000000000/0", 404, "not_found" },
        { "a product that is none", "/vcek/v1/Rome/crl", 404, "not_found" },
        { "an SPL that is missing", "/vcek/v1/Turin/0102030405060708?blSPL=1", 400,
          "malformed" },
        { "half a chip id", METADATA "?platformId=01020304&tcbVersion=0", 400,
          "malformed" },
        { "half a chip id, regional", REGIONAL "01020304/0", 404, "malformed" },
        { "a chip without a TCB", METADATA "?platformId=0102030405060708", 400,
          "malformed" },
        { "another path", "/metadata/THIM/amd/certificates", 404, "not_found" },
        { "another kind of TEE", "/SevSnpVM/quotes/01/02", 404, "not_found" },
    };
    struct chip_house house;

    house_open(&house);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer = house_get(&house, cases[i].target, META);
        if (strncmp(cases[i].target, REGIONAL, 10) == 0)
            assert_int_equal(answer.body.len, 0);
        expect(answer, cases[i].claim, cases[i].status, cases[i].code);
    }
    assert_int_equal(house.fetches, 0);
    house_close(&house);
}

/* ---- a name without a product -------------------------------------------------------
 */

static void a_name_without_a_product_is_asked_for_as_each_in_turn(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_GENOA, 1, 84), newer = amd_key(SNP_GENOA, 1, 85),
                   other = amd_key(SNP_MILAN, 2, 84);
    struct chip_house house;

    house_open(&house);
    house.has = SNP_GENOA;
    expect(house_get(&house, metadata_path(&key), META), "Milan, then Genoa", 200, "");
    assert_int_equal(house.fetches, 2);
    assert_int_equal(house.keys[0].product, SNP_MILAN);
    assert_int_equal(house.keys[1].product, SNP_GENOA);
    expect(house_get(&house, metadata_path(&key), META), "from memory", 200, "");
    assert_int_equal(house.fetches, 2);
    expect(house_get(&house, regional_path(&newer), ""), "known as Genoa's", 200, "");
    assert_int_equal(house.fetches, 3);
    assert_int_equal(house.keys[2].product, SNP_GENOA);
    house.report.outcome = CHIP_NOT_FOUND;
    expect(house_get(&house, regional_path(&other), ""), "nobody's", 404, "not_at_amd");
    assert_int_equal(house.fetches, 5);
    house_close(&house);
}

/* ---- this host's own ----------------------------------------------------------------
 */

static void a_guest_is_given_its_hosts_own(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_GENOA, 1, 84), stranger = amd_key(SNP_GENOA, 2, 84);
    struct chip_house house;

    house_prepare(&house);
    house_configure_own(&house, &key);
    house.config.amd.named_hosts = false;
    house.config.amd.unknown_chips = UNKNOWN_CHIPS_REFUSE;
    house_start(&house, true);
    expect(house_get(&house, METADATA, META), "before the first tick", 429,
           "unreachable");
    house_tick(&house);
    assert_int_equal(house.fetches, 1); /* before anybody asks */
    assert_int_equal(house.asked.known_by, CHIP_BY_OPERATOR);
    assert_int_equal(house.asked.address_len, 0);
    assert_true(house.asked.told == NULL);
    expect(house_get(&house, METADATA, META), "its own", 200, "");
    expect(house_get(&house, metadata_path(&key), META), "named, and its own", 200, "");
    expect(house_get(&house, metadata_path(&stranger), META), "another", 404,
           "named_host");
    expect(house_get(&house, METADATA "?tcbVersion=5400000000000001", META),
           "at another TCB", 200, "");
    assert_int_equal(house.asked.key.tcb.spl[SPL_BOOT_LOADER], 1);
    assert_int_equal(house.asked.known_by, CHIP_BY_OPERATOR);
    house_tick(&house);
    assert_int_equal(house.fetches, 2);
    house_close(&house);
}

static void where_no_host_is_configured_that_is_said(void **state)
{
    (void)state;
    struct chip_house house;

    house_open(&house);
    house_tick(&house);
    struct test_answer answer = house_get(&house, METADATA, META);
    assert_non_null(strstr(buf_text(&answer.text), "amd.host is not configured"));
    expect(answer, "none", 404, "not_found");
    house_close(&house);
}

static void a_report_says_which_chip_it_is_and_is_read_again(void **state)
{
    (void)state;
    struct kds_key key = amd_key(SNP_TURIN, 9, 81);
    struct test_report report =
        report_make(5, 0x1a, 0x02, tcb_version_value(SNP_TURIN, &key.tcb),
                    bytes_of(key.hwid.at, key.hwid.len));
    struct error err = { 0 };
    struct chip_house house;
    char path[512];

    house_prepare(&house);
    snprintf(path, sizeof path, "%s/report.bin", house.stock.directory);
    assert_ok(file_write(path, bytes_of(report.at, sizeof report.at), 0600, &err), err);
    house.config.amd.host.source = AMD_HOST_REPORT;
    house.config.amd.host.report_file = path;
    house.config.amd.host_refresh_s = 0;
    house_start(&house, true);
    house_tick(&house);
    expect(house_get(&house, METADATA, META), "as it was", 200, "");
    assert_int_equal(kds_key_compare(&house.asked.key, &key), 0);
    key.tcb.spl[SPL_MICROCODE] = 82;
    report_put(&report, 0x180, tcb_version_value(SNP_TURIN, &key.tcb), 8);
    assert_ok(file_write(path, bytes_of(report.at, sizeof report.at), 0600, &err), err);
    house_tick(&house); /* has it fetched before anybody asks */
    assert_int_equal(kds_key_compare(&house.asked.key, &key), 0);
    expect(house_get(&house, METADATA, META), "after an update", 200, "");
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_held_is_fetched_while_the_request_waits),
        cmocka_unit_test(upstreams_failures_are_told_by_what_time_may_heal),
        cmocka_unit_test(who_waits_too_long_is_told_to_come_back),
        cmocka_unit_test(strangers_are_refused_where_that_is_configured),
        cmocka_unit_test(without_an_upstream_nobody_is_asked),
        cmocka_unit_test(what_cannot_exist_costs_nobody_a_request),
        cmocka_unit_test(a_name_without_a_product_is_asked_for_as_each_in_turn),
        cmocka_unit_test(a_guest_is_given_its_hosts_own),
        cmocka_unit_test(where_no_host_is_configured_that_is_said),
        cmocka_unit_test(a_report_says_which_chip_it_is_and_is_read_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
