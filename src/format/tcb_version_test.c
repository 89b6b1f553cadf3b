/* SPDX-License-Identifier: Apache-2.0 */
#include "format/tcb_version.h"

#include "kit/test.h"
#include "kit/text.h"

/* TCB_VERSIONs of real reports, and the SPLs that their VCEKs have. */
static const struct {
    enum snp_product product;
    const char *hex;
    struct tcb_version tcb;
    const char *words;
} known[] = {
    { SNP_MILAN,
      "db18000000000004",
      { { 0, 4, 0, 24, 219 } },
      "blSPL=4 teeSPL=0 snpSPL=24 ucodeSPL=219" },
    { SNP_GENOA,
      "541700000000000a",
      { { 0, 10, 0, 23, 84 } },
      "blSPL=10 teeSPL=0 snpSPL=23 ucodeSPL=84" },
    { SNP_TURIN,
      "5100000004010101",
      { { 1, 1, 1, 4, 81 } },
      "fmcSPL=1 blSPL=1 teeSPL=1 snpSPL=4 ucodeSPL=81" },
    { SNP_TURIN,
      "ff000000ffffffff",
      { { 255, 255, 255, 255, 255 } },
      "fmcSPL=255 blSPL=255 teeSPL=255 snpSPL=255 ucodeSPL=255" },
};

static uint64_t value_of(const char *hex_text)
{
    uint64_t value = 0;

    assert_true(tcb_version_hex_read(bytes_of_text(hex_text), &value));
    return value;
}

static void each_product_has_its_layout(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct error err = { 0 };
        struct tcb_version tcb;
        assert_ok(tcb_version_read(known[i].product, value_of(known[i].hex), &tcb, &err),
                  err);
        assert_true(tcb_version_equal(&tcb, &known[i].tcb));
        assert_int_equal(tcb_version_value(known[i].product, &tcb),
                         value_of(known[i].hex));
        assert_string_equal(tcb_version_hex(known[i].product, &tcb).s, known[i].hex);
        assert_string_equal(tcb_version_words(known[i].product, &tcb).s, known[i].words);
    }
}

static void another_products_layout_is_noticed(void **state)
{
    static const struct {
        enum snp_product product;
        const char *hex, *why;
    } cases[] = {
        { SNP_TURIN, "db18000000000004",
          "TCB_VERSION db18000000000004: byte 6 is not used by Turin; is it of another" },
        { SNP_MILAN, "5100000004010101", "byte 2 is not used by Milan" },
        { SNP_GENOA, "0000000004000000", "byte 3 is not used by Genoa" },
        { SNP_TURIN, "0000000100000000", "byte 4 is not used by Turin" },
        { SNP_MILAN, "0000800000000000", "byte 5 is not used by Milan" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        struct tcb_version tcb;
        assert_false(
            tcb_version_read(cases[i].product, value_of(cases[i].hex), &tcb, &err));
        assert_refused(err, ERROR_FORMAT, cases[i].why);
    }
}

static void hex_digits_need_no_padding(void **state)
{
    static const struct {
        const char *digits;
        bool is_read;
        uint64_t value;
    } cases[] = {
        { "0", true, 0 },
        { "deadbeef", true, 0xdeadbeef },
        { "DB18000000000004", true, 0xdb18000000000004 },
        { "ffffffffffffffff", true, UINT64_MAX },
        { "0ffffffffffffffff", false, 0 },
        { "", false, 0 },
        { "0x4", false, 0 },
        { " 4", false, 0 },
        { "4g", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t value = 0;
        assert_int_equal(tcb_version_hex_read(bytes_of_text(cases[i].digits), &value),
                         cases[i].is_read);
        assert_int_equal(value, cases[i].value);
    }
}

/* As one number the first of the two is the larger, by far. */
static void components_compare_each_by_itself(void **state)
{
    static const struct {
        struct tcb_version have, need;
        bool meets;
        enum spl lowest;
    } cases[] = {
        { { { 0, 4, 0, 24, 219 } }, { { 0, 4, 0, 24, 219 } }, true, 0 },
        { { { 1, 5, 1, 25, 220 } }, { { 0, 4, 0, 24, 219 } }, true, 0 },
        { { { 0, 3, 0, 24, 219 } }, { { 0, 4, 0, 24, 1 } }, false, SPL_BOOT_LOADER },
        { { { 0, 4, 0, 24, 218 } }, { { 0, 4, 0, 24, 219 } }, false, SPL_MICROCODE },
        { { { 0, 4, 0, 23, 219 } }, { { 0, 4, 0, 24, 219 } }, false, SPL_SNP },
        { { { 0, 4, 0, 24, 219 } }, { { 0, 4, 1, 24, 219 } }, false, SPL_TEE },
        { { { 0, 4, 0, 24, 219 } }, { { 1, 4, 1, 24, 219 } }, false, SPL_FMC },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum spl lowest = SPL_COUNT;
        assert_int_equal(tcb_version_meets(&cases[i].have, &cases[i].need, &lowest),
                         cases[i].meets);
        assert_int_equal(lowest, cases[i].meets ? SPL_COUNT : cases[i].lowest);
        assert_int_equal(tcb_version_meets(&cases[i].have, &cases[i].need, NULL),
                         cases[i].meets);
    }
    assert_false(tcb_version_equal(&cases[0].have, &cases[3].have));
}

static void products_are_known_by_name(void **state)
{
    static const struct {
        const char *name;
        enum snp_product product, behind;
    } cases[] = {
        { "Milan", SNP_MILAN, 0 }, { "Genoa", SNP_GENOA, 0 },   { "Turin", SNP_TURIN, 0 },
        { "milan", 0, 0 },         { "Milan-B0", 0, 0 },        { "", 0, 0 },
        { "Siena", 0, SNP_GENOA }, { "Bergamo", 0, SNP_GENOA }, { "Venice", 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bytes name = bytes_of_text(cases[i].name);
        assert_int_equal(snp_product_named(name), cases[i].product);
        assert_int_equal(snp_product_behind(name), cases[i].behind);
    }
}

static void products_are_known_by_cpuid(void **state)
{
    static const struct {
        uint8_t family, model;
        enum snp_product product;
    } cases[] = {
        { 0x19, 0x01, SNP_MILAN }, { 0x19, 0x0f, SNP_MILAN }, { 0x19, 0x10, SNP_GENOA },
        { 0x19, 0x11, SNP_GENOA }, { 0x19, 0x1f, SNP_GENOA }, { 0x19, 0x20, 0 },
        { 0x19, 0x9f, 0 },         { 0x19, 0xa0, SNP_GENOA }, { 0x19, 0xaf, SNP_GENOA },
        { 0x19, 0xb0, 0 },         { 0x1a, 0x02, SNP_TURIN }, { 0x1a, 0x11, SNP_TURIN },
        { 0x1a, 0x12, 0 },         { 0x1a, 0x50, 0 }, /* Venice: KDS is not known */
        { 0x00, 0x00, 0 },         { 0x17, 0x31, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(snp_product_of_cpuid(cases[i].family, cases[i].model),
                         cases[i].product);
}

static void a_row_is_whole(void **state)
{
    (void)state;
    for (enum snp_product p = SNP_MILAN; p < SNP_PRODUCTS; p++) {
        const struct snp_product_facts *facts = snp_product_facts(p);
        unsigned used = 0;
        assert_true(strcmp(facts->root_name + strlen("ARK-"), facts->name) == 0
                    && strcmp(facts->vcek_issuer + strlen("SEV-"), facts->name) == 0
                    && strcmp(facts->vlek_issuer + strlen("SEV-VLEK-"), facts->name)
                           == 0);
        assert_true(facts->hwid_len > 0 && facts->hwid_len <= CHIP_ID_LEN);
        for (enum spl i = 0; i < SPL_COUNT; i++) {
            if (!facts->has[i])
                continue;
            assert_true(facts->byte_of[i] < 8);
            assert_int_equal(used & 1U << facts->byte_of[i], 0);
            used |= 1U << facts->byte_of[i];
        }
        assert_int_not_equal(used, 0);
    }
    assert_string_equal(spl_parameter(SPL_FMC), "fmcSPL");
    assert_string_equal(spl_parameter(SPL_MICROCODE), "ucodeSPL");
}

static void a_chip_is_known_by_as_much_as_its_product_has(void **state)
{
    static const struct {
        const char *claim;
        enum snp_product product;
        size_t len, last; /* bytes, and where the last that is not zero stands; 0: none */
        enum error_kind kind;
        const char *why; /* NULL: read */
    } cases[] = {
        { "64 bytes", SNP_MILAN, 64, 64, 0, NULL },
        { "64 bytes, the last of them zero", SNP_GENOA, 64, 63, 0, NULL },
        { "8 bytes", SNP_TURIN, 8, 8, 0, NULL },
        { "a report's CHIP_ID", SNP_TURIN, 64, 8, 0, NULL },
        { "and something behind", SNP_TURIN, 64, 9, ERROR_FORMAT,
          "more than zeros behind the 8 bytes that Turin has; is it of another" },
        { "and at the end", SNP_TURIN, 64, 64, ERROR_FORMAT, "more than zeros behind" },
        { "Turin's for Milan", SNP_MILAN, 8, 8, ERROR_FORMAT,
          "chip id of 8 bytes, Milan has 64" },
        { "63 bytes", SNP_MILAN, 63, 63, ERROR_FORMAT, "chip id of 63 bytes" },
        { "9 bytes", SNP_TURIN, 9, 8, ERROR_FORMAT, "chip id of 9 bytes, Turin has 8" },
        { "none", SNP_TURIN, 0, 0, ERROR_FORMAT, "chip id of 0 bytes" },
        { "masked", SNP_GENOA, 64, 0, ERROR_NOT_FOUND, "the host masks it" },
        { "masked, 8 bytes", SNP_TURIN, 8, 0, ERROR_NOT_FOUND, "the host masks it" },
        { "masked, 64 bytes", SNP_TURIN, 64, 0, ERROR_NOT_FOUND, "the host masks it" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t id[CHIP_ID_LEN] = { 0 };
        struct error err = { 0 };
        struct snp_hwid hwid;
        if (cases[i].last > 0)
            id[0] = id[cases[i].last - 1] = 0x5a;
        bool ok =
            snp_hwid_read(cases[i].product, bytes_of(id, cases[i].len), &hwid, &err);
        if (ok != (cases[i].why == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "read" : err.text);
        if (!ok) {
            assert_refused(err, cases[i].kind, cases[i].why);
            continue;
        }
        assert_int_equal(hwid.len, snp_product_facts(cases[i].product)->hwid_len);
        assert_memory_equal(hwid.at, id, CHIP_ID_LEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_product_has_its_layout),
        cmocka_unit_test(another_products_layout_is_noticed),
        cmocka_unit_test(hex_digits_need_no_padding),
        cmocka_unit_test(components_compare_each_by_itself),
        cmocka_unit_test(products_are_known_by_name),
        cmocka_unit_test(products_are_known_by_cpuid),
        cmocka_unit_test(a_row_is_whole),
        cmocka_unit_test(a_chip_is_known_by_as_much_as_its_product_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
