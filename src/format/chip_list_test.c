/* SPDX-License-Identifier: Apache-2.0 */
#include "format/chip_list.h"

#include "format/test_snp_report.h"
#include "format/test_vcek.h"
#include "kit/test.h"
#include "kit/text.h"

#define CHIP_8 "0123456789abcdef"
#define ZEROS_8 "0000000000000000"
#define ZEROS_56 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8 ZEROS_8
#define CHIP_64 CHIP_8 CHIP_8 CHIP_8 CHIP_8 CHIP_8 CHIP_8 CHIP_8 CHIP_8
#define MILAN_KEY "vcek/Milan/" CHIP_64 "/db18000000000004"
#define GENOA_KEY "vcek/Genoa/" CHIP_64 "/db18000000000004"
#define TURIN_KEY "vcek/Turin/" CHIP_8 "/5100000004010101"
#define MILAN_NAME "bl04_tee00_snp24_ucode219_vcek.der"
#define URL "https://kdsintf.amd.com/vcek/v1/Milan/" CHIP_64

static const struct chip_hint milan = { .product = SNP_MILAN };
static const struct chip_hint coming = { .product = SNP_MILAN,
                                         .has_tcb = true,
                                         .tcb_version = 0xdc19000000000004 };

typedef bool reader(struct bytes text, const struct chip_hint *hint, struct kds_key *out,
                    struct error *err);

static bool read_line(struct bytes text, const struct chip_hint *hint,
                      struct kds_key *out, struct error *err)
{
    struct arena arena;

    arena_init(&arena, 1 << 16);
    bool read = chip_line_read(text, hint, &arena, out, err);
    arena_fini(&arena);
    return read;
}

static bool read_object(struct bytes text, const struct chip_hint *hint,
                        struct kds_key *out, struct error *err)
{
    struct arena arena;

    arena_init(&arena, 1 << 16);
    bool read = chip_object_read(text, hint, &arena, out, err);
    arena_fini(&arena);
    return read;
}

static const struct accepted {
    const char *claim;
    reader *read;
    const char *text, *key;
    const struct chip_hint *hint;
} accepted[] = {
    { "TCB_VERSION", read_line, "Milan," CHIP_64 ",db18000000000004", MILAN_KEY, NULL },
    { "SPLs", read_line, "Milan," CHIP_64 ",4,0,24,219", MILAN_KEY, NULL },
    { "quotes, blanks, a line end", read_line,
      " \"Milan\" , \"" CHIP_64 "\", 04 ,00,024,219\r", MILAN_KEY, NULL },
    { "fmc comes last", read_line, "Turin," CHIP_8 ",1,1,4,81,1", TURIN_KEY, NULL },
    { "Turin needs no name", read_line, "," CHIP_8 ",5100000004010101", TURIN_KEY, NULL },
    { "nor with all of CHIP_ID, nor does a hint mislead", read_line,
      "," CHIP_8 ZEROS_56 ",5100000004010101", TURIN_KEY, &milan },
    { "the hint's product", read_line, "," CHIP_64 ",db18000000000004", MILAN_KEY,
      &milan },
    { "its own before the hint's; Siena is under Genoa", read_line,
      "Siena," CHIP_64 ",db18000000000004", GENOA_KEY, &milan },
    { "a coming TCB", read_line, "Milan," CHIP_64,
      "vcek/Milan/" CHIP_64 "/dc19000000000004", &coming },
    { "a coming TCB in place of the present", read_line,
      "Milan," CHIP_64 ",db18000000000004", "vcek/Milan/" CHIP_64 "/dc19000000000004",
      &coming },
    { "a URL", read_line, URL "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219", MILAN_KEY,
      NULL },
    { "a URL with what is around it", read_line,
      "VCEK URL: \"" URL "?ucodeSPL=219&snpSPL=24&teeSPL=0&blSPL=4\" \r", MILAN_KEY,
      NULL },
    { "a URL at a coming TCB", read_line,
      URL "?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219",
      "vcek/Milan/" CHIP_64 "/dc19000000000004", &coming },
    { "JSON", read_object,
      "{\"product\":\"Milan\",\"chip_id\":\"" CHIP_64
      "\",\"tcb_version\":\"db18000000000004\",\"rack\":[7]}",
      MILAN_KEY, NULL },
    { "JSON, hinted at", read_object, "{\"chip_id\":\"" CHIP_64 "\"}",
      "vcek/Milan/" CHIP_64 "/dc19000000000004", &coming },
    { "an OfflineStore's name", chip_path_read, "a/vcek/" CHIP_64 "/" MILAN_NAME,
      MILAN_KEY, &milan },
    { "Turin's", chip_path_read, CHIP_8 "/bl01_tee01_snp04_ucode81_fmc01_vcek.der",
      TURIN_KEY, NULL },
    { "the older name, at a coming TCB", chip_path_read, "vcek/" CHIP_64 "/vcek.der",
      "vcek/Milan/" CHIP_64 "/dc19000000000004", &coming },
};

static void every_way_to_list_a_chip_gives_its_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(accepted); i++) {
        const struct accepted *a = &accepted[i];
        struct kds_key key;
        struct error err = { 0 };
        if (!a->read(bytes_of_text(a->text), a->hint, &key, &err))
            fail_msg("%s: %s", a->claim, err.text);
        assert_string_equal(kds_key_text(&key).s, a->key);
    }
}

static void what_cannot_be_a_chip_is_named(void **state)
{
    static const struct {
        reader *read;
        const char *text, *refusal;
        const struct chip_hint *hint;
        enum error_kind kind;
    } cases[] = {
        { read_line, "," CHIP_64 ",db18000000000004", "say which product", NULL,
          ERROR_FORMAT },
        { read_line, "Rome," CHIP_64 ",db18000000000004", "product \"Rome\"", NULL,
          ERROR_NOT_FOUND },
        { read_line, "Milan," CHIP_64, "tcb_version is missing", NULL, ERROR_FORMAT },
        { read_line, "Milan," CHIP_64 ",db1800000000000g", "tcb_version \"db18", NULL,
          ERROR_FORMAT },
        { read_line, "Milan," CHIP_64 ",db18010000000004", "byte", NULL, ERROR_FORMAT },
        { read_line, "Milan," CHIP_8 ",db18000000000004", "Milan has 64", NULL,
          ERROR_FORMAT },
        { read_line, "Milan," CHIP_64 "0,db18000000000004", "chip_id", NULL,
          ERROR_FORMAT },
        { read_line, "Milan," ZEROS_8 ZEROS_56 ",db18000000000004", "masks", NULL,
          ERROR_NOT_FOUND },
        { read_line, "Milan," CHIP_64 ",4,0,24", "5 fields", NULL, ERROR_FORMAT },
        { read_line, "Milan," CHIP_64 ",4,0,24,219,1", "fmcSPL is not", NULL,
          ERROR_FORMAT },
        { read_line, "Turin," CHIP_8 ",1,1,4,81", "fmcSPL is missing", NULL,
          ERROR_FORMAT },
        { read_line, "Milan," CHIP_64 ",4,0,24,256", "ucodeSPL is \"256\"", NULL,
          ERROR_FORMAT },
        { read_line, "Milan," CHIP_64 ",4,,24,219", "teeSPL is missing", NULL,
          ERROR_FORMAT },
        { read_line, "a,b,c,d,e,f,g,h", "8 fields", NULL, ERROR_FORMAT },
        { read_line, "Milan", "1 fields", NULL, ERROR_FORMAT },
        { read_line, URL "?blSPL=04", "teeSPL is missing", NULL, ERROR_FORMAT },
        { read_line, "https://kdsintf.amd.com/vcek/v1/Milan/crl", "not of a chip", NULL,
          ERROR_FORMAT },
        { read_object, "{\"product\":\"Milan\"}", "chip_id", NULL, ERROR_FORMAT },
        { read_object, "{\"chip_id\":\"" CHIP_64 "\"}7", "", NULL, ERROR_FORMAT },
        { read_object, "[]", "", NULL, ERROR_FORMAT },
        { chip_path_read, CHIP_64 "/vcek.der", "tcb_version is missing", &milan,
          ERROR_FORMAT },
        { chip_path_read, CHIP_64 "/" MILAN_NAME, "say which product", NULL,
          ERROR_FORMAT },
        { chip_path_read, MILAN_NAME, "chip_id \"\"", &milan, ERROR_FORMAT },
        { chip_path_read, CHIP_64 "/bl04_tee00_snp24_vcek.der", "ucodeSPL is missing",
          &milan, ERROR_FORMAT },
        { chip_path_read, CHIP_64 "/tee00_bl04_snp24_ucode219_vcek.der", "is not a name",
          &milan, ERROR_FORMAT },
        { chip_path_read, CHIP_64 "/" MILAN_NAME "x", "is not a name", &milan,
          ERROR_FORMAT },
        { chip_path_read, CHIP_64 "/der", "is not a name", &milan, ERROR_FORMAT },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct kds_key key;
        struct error err = { 0 };
        if (cases[i].read(bytes_of_text(cases[i].text), cases[i].hint, &key, &err))
            fail_msg("%s: taken", cases[i].text);
        assert_refused(err, cases[i].kind, cases[i].refusal);
    }
}

static void what_is_too_long_is_not_looked_at(void **state)
{
    static char text[CHIP_TEXT_MAX + 2];
    reader *const readers[] = { read_line, read_object, chip_path_read };

    (void)state;
    memset(text, ' ', CHIP_TEXT_MAX + 1);
    for (size_t i = 0; i < COUNT_OF(readers); i++) {
        struct kds_key key;
        struct error err = { 0 };
        assert_false(readers[i](bytes_of_text(text), NULL, &key, &err));
        assert_refused(err, ERROR_LIMIT, "1025 bytes for one chip");
    }
}

static void headings_comments_and_blanks_are_no_chips(void **state)
{
    (void)state;
    assert_true(chip_line_is_empty(bytes_of_text(" \r")));
    assert_true(chip_line_is_empty(bytes_of_text("# rack 7")));
    assert_true(chip_line_is_empty(bytes_of_text("\"Product\",chip_id,tcb_version")));
    assert_false(chip_line_is_empty(bytes_of_text("Milan,chip_id")));
    assert_false(chip_line_is_empty(bytes_of_text(",")));
}

static void a_path_is_written_as_it_is_read(void **state)
{
    static const char *const keys[] = { MILAN_KEY, GENOA_KEY, TURIN_KEY };
    static const char *const paths[] = {
        "vcek/" CHIP_64 "/" MILAN_NAME,
        "vcek/" CHIP_64 "/" MILAN_NAME,
        "vcek/" CHIP_8 "/bl01_tee01_snp04_ucode81_fmc01_vcek.der",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct kds_key key;
        struct buf path;
        buf_init(&path, CHIP_TEXT_MAX);
        assert_true(kds_key_read(bytes_of_text(keys[i]), &key));
        chip_path_write(&path, &key);
        assert_string_equal(buf_text(&path), paths[i]);
        buf_fini(&path);
    }
}

static void a_report_names_its_maker(void **state)
{
    static const struct {
        const char *claim;
        uint32_t version;
        uint8_t family, model;
        uint32_t key_info;
        const struct chip_hint *hint;
        uint64_t tcb;
        const char *refusal;
    } cases[] = {
        { "at its REPORTED_TCB", 3, 0x19, 0x01, 0, NULL, 0xdb18000000000004, NULL },
        { "at a coming one", 3, 0x19, 0x01, 0, &coming, 0xdc19000000000004, NULL },
        { "version 2, with a hint", 2, 0, 0, 0, &milan, 0xdb18000000000004, NULL },
        { "version 2, without", 2, 0, 0, 0, NULL, 0, "say which product" },
        { "by a VLEK", 3, 0x19, 0x01, 4, NULL, 0, "not signed by a VCEK" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_report report =
            report_make(cases[i].version, cases[i].family, cases[i].model,
                        UINT64_C(0xdb18000000000004), bytes_of(HWID_64, CHIP_ID_LEN));
        struct kds_key key;
        struct error err = { 0 };
        report_put(&report, 0x48, cases[i].key_info, 4);
        bool read = chip_report_read(bytes_of(report.at, sizeof report.at), cases[i].hint,
                                     &key, &err);
        if (read != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, err.text);
        if (!read) {
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
            continue;
        }
        assert_int_equal(key.product, SNP_MILAN);
        assert_memory_equal(key.hwid.at, HWID_64, CHIP_ID_LEN);
        assert_true(tcb_version_value(SNP_MILAN, &key.tcb) == cases[i].tcb);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_list_a_chip_gives_its_key),
        cmocka_unit_test(what_cannot_be_a_chip_is_named),
        cmocka_unit_test(what_is_too_long_is_not_looked_at),
        cmocka_unit_test(headings_comments_and_blanks_are_no_chips),
        cmocka_unit_test(a_path_is_written_as_it_is_read),
        cmocka_unit_test(a_report_names_its_maker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
