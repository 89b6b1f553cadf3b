/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_baselines_report.h"

#include "kit/test.h"
#include "serve/test_json.h"

#define NOW_S INT64_C(1750377600) /* 2025-06-20T00:00:00Z */

static const struct bytes gained[] = { { (const uint8_t *)"INTEL-SA-00657", 14 },
                                       { (const uint8_t *)"INTEL-DOC-10001", 15 } };
static const struct host_group falling = { .fmspc = { 0x30, 0x60, 0x6a },
                                           .raw = { { 17, 17 }, 16 },
                                           .has_tdx = true,
                                           .tee_tcb_svn = { 3, 0, 6 },
                                           .standing = HOST_COUNTS,
                                           .hosts = 7 };
static const struct host_group unknown = { .fmspc = { 0x11 },
                                           .standing = HOST_UNCONFIRMED,
                                           .hosts = 2 };
static const struct chip_group chips = { .product = SNP_MILAN,
                                         .tcb = { { 0, 3, 0, 8, 100 } },
                                         .standing = HOST_COUNTS,
                                         .hosts = 4 };

static const struct preview_row rows[] = {
    { .group = &falling,
      .tee = TEE_SGX,
      .now = { 17, true, STANDING_UP_TO_DATE, NULL, NOW_S },
      .then = { 18, true, STANDING_OUT_OF_DATE, NULL, NOW_S },
      .change = PREVIEW_FALLS,
      .short_of = { 0, 17, 18 },
      .place = { "sgx.0", { (const uint8_t *)"OS/\"VMM\"\n", 9 }, { 0 } },
      .gained = gained,
      .gained_count = 2,
      .ends_service = true },
    { .group = &unknown,
      .tee = TEE_SGX,
      .now = { 17, false, 0, NULL, 0 },
      .then = { 18, false, 0, NULL, 0 },
      .change = PREVIEW_UNKNOWN,
      .short_of = { TCB_PLACES, 0, 0 },
      .lacks_pck = true },
};
static const struct preview_chip_row chip_rows[] = {
    { .group = &chips,
      .has_min_then = true,
      .meets_now = true,
      .change = PREVIEW_FALLS,
      .lowest = SPL_MICROCODE },
};

struct setting {
    struct baseline_policy policy;
    struct holdings holdings;
    struct baseline_view view;
    struct host_groups groups;
    struct preview preview;
    struct host_row hosts[2], chip;
    struct preview_named named, named_chips;
    struct preview_report report;
};

static void set(struct setting *setting)
{
    *setting = (struct setting){
        .policy = { .min_tcb[SNP_MILAN] = { { 0, 3, 0, 8, 115 } } },
        .holdings = { .generation = 41 },
        .view = { .now_s = NOW_S },
        .groups = { .left_out = 5 },
        .preview = { .from = { 17, 0 },
                     .to = { 18, 0 },
                     .rows = rows,
                     .row_count = COUNT_OF(rows),
                     .chip_rows = chip_rows,
                     .chip_row_count = COUNT_OF(chip_rows),
                     .totals = { .hosts = 11, .falls = 11, .unconfirmed = 2 } },
        .hosts = { { .has_name = true,
                     .name = { .qe_id = "aa01", .pce_id = 1 },
                     .registrar = "rack\x1b[7",
                     .last_seen_s = NOW_S },
                   { .has_name = false } },
        .chip = { .hwid = { { 0xc0, 0xde }, 2 } },
    };
    setting->view.holdings = &setting->holdings;
    setting->named = (struct preview_named){ setting->hosts, 2 };
    setting->named_chips = (struct preview_named){ &setting->chip, 1 };
    setting->report = (struct preview_report){ .baseline = "steady",
                                               .view = &setting->view,
                                               .policy_then = &setting->policy,
                                               .host_ttl_s = 30 * 86400,
                                               .groups = &setting->groups,
                                               .preview = &setting->preview,
                                               .named = &setting->named,
                                               .named_count = 1,
                                               .named_chips = &setting->named_chips,
                                               .named_chip_count = 1 };
}

static void json_has_rows_sums_and_names(void **state)
{
    static const struct {
        const char *path, *expected;
    } cases[] = {
        { "baseline", "steady" },
        { "generation", "41" },
        { "now", "2025-06-20T00:00:00Z" },
        { "unseen_days", "30" },
        { "sgx.from", "17" },
        { "sgx.to", "18" },
        { "tdx", "null" },
        { "totals.hosts", "11" },
        { "totals.unconfirmed", "2" },
        { "by_product.Turin.hosts", "0" },
        { "rows_left_out", "0" },
        { "hosts_left_out", "5" },
        { "rows.0.fmspc", "30606a000000" },
        { "rows.0.cpusvn", "11110000000000000000000000000000" },
        { "rows.0.pcesvn", "16" },
        { "rows.0.tee_tcb_svn", "03000600000000000000000000000000" },
        { "rows.0.standing", "counts" },
        { "rows.0.change", "falls" },
        { "rows.0.now.status", "UpToDate" },
        { "rows.0.then.status", "OutOfDate" },
        { "rows.0.then.number", "18" },
        { "rows.0.component.name", "sgx.0" },
        { "rows.0.component.category", "OS/\\x22VMM\\x22\\x0a" },
        { "rows.0.component.need", "18" },
        { "rows.0.advisories.gained.0.id", "INTEL-SA-00657" },
        { "rows.0.advisories.gained.1.link", "null" },
        { "rows.0.ends_service", "true" },
        { "rows.0.names.0.qe_id", "aa01" },
        { "rows.0.names.0.pce_id", "0100" },
        { "rows.0.names.0.registrar", "rack\\x1b[7" },
        { "rows.0.names.1.qe_id", "null" },
        { "rows.0.names.1.last_seen", "null" },
        { "rows.1.now.status", "null" },
        { "rows.1.component", "null" },
        { "rows.1.tee_tcb_svn", "null" },
        { "rows.1.lacks_pck", "true" },
        { "rows.1.names.0", "(none)" },
        { "chips.0.product", "Milan" },
        { "chips.0.meets_now", "true" },
        { "chips.0.meets_then", "false" },
        { "chips.0.minimum", "7308000000000003" },
        { "chips.0.component.name", "ucodeSPL" },
        { "chips.0.component.have", "100" },
        { "chips.0.component.need", "115" },
        { "chips.0.names.0.chip_id", "c0de" },
    };
    struct setting setting;

    (void)state;
    set(&setting);
    json_t *json = preview_json(&setting.report);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (strcmp(json_word(json, cases[i].path), cases[i].expected) != 0)
            fail_msg("%s is %s, not %s", cases[i].path, json_word(json, cases[i].path),
                     cases[i].expected);
    assert_non_null(strstr(json_word(json, "sealed_data"), "CPUSVN"));
    json_decref(json);
}

static void csv_has_a_line_for_each_row(void **state)
{
    static const char expected[] =
        "change,standing,tee,family,cpusvn,pcesvn,tee_tcb_svn,hosts,number_now,"
        "number_then,status_now,status_then,component,have,need,category,gained,cleared,"
        "lacks_pck,ends_service,names\r\n"
        "falls,counts,sgx,30606a000000,11110000000000000000000000000000,16,"
        "03000600000000000000000000000000,7,17,18,UpToDate,OutOfDate,sgx.0,17,18,"
        "\"OS/\\x22VMM\\x22\\x0a\",INTEL-SA-00657 INTEL-DOC-10001,,no,yes,aa01 \r\n"
        "unknown,unconfirmed,sgx,110000000000,00000000000000000000000000000000,0,,2,17,"
        "18,,,,,,,,,yes,no,\r\n"
        "falls,counts,snp,Milan,6408000000000003,,,4,,,meets,below,ucodeSPL,100,115,,,,,,"
        "c0de\r\n";
    struct setting setting;
    struct buf out;

    (void)state;
    set(&setting);
    buf_init(&out, 1 << 16);
    preview_csv(&setting.report, &out);
    assert_string_equal(buf_text(&out), expected);
    size_t commas[4] = { 0 }, line = 0;
    for (size_t i = 0; i < out.len && line < COUNT_OF(commas); i++) {
        commas[line] += out.at[i] == ',';
        line += out.at[i] == '\n';
    }
    for (size_t i = 1; i < COUNT_OF(commas); i++)
        assert_int_equal(commas[i], commas[0]);
    buf_fini(&out);
}

static void rows_past_what_is_shown_are_counted(void **state)
{
    struct preview_row *many = calloc(PREVIEW_ROWS_SHOWN + 3, sizeof *many);
    struct setting setting;

    (void)state;
    assert_non_null(many);
    for (size_t i = 0; i < PREVIEW_ROWS_SHOWN + 3; i++)
        many[i] = rows[1];
    set(&setting);
    setting.preview.rows = many;
    setting.preview.row_count = PREVIEW_ROWS_SHOWN + 3;
    setting.report.named_count = 0;
    json_t *json = preview_json(&setting.report);
    assert_int_equal(json_array_size(json_object_get(json, "rows")), PREVIEW_ROWS_SHOWN);
    assert_string_equal(json_word(json, "rows_left_out"), "3");
    json_decref(json);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_rows_sums_and_names),
        cmocka_unit_test(csv_has_a_line_for_each_row),
        cmocka_unit_test(rows_past_what_is_shown_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
