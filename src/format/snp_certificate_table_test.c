/* SPDX-License-Identifier: Apache-2.0 */
#include "format/snp_certificate_table.h"

#include "kit/buf.h"
#include "kit/test.h"
#include "kit/text.h"

#define VCEK "63da758de6644564adc5f4b93be8accd"
#define VLEK "a8074bc2a25a483eaae639c045a0b8a1"
#define ASK "4ab7b379bbac4fe4a02f05aef327c782"
#define ARK "c0b406a4a803495297433fb6014cd0ae"
#define OTHER "92f81bc358114d3d97ffd19f88dc67ea"
#define SWAPPED                                                             \
    "8d75da6364e66445adc5f4b93be8accd" /* a VCEK's, as Windows writes GUIDs \
                                        */
#define END "000000000000000000000000000000000000000000000000"
#define U32(low) low "000000"

static struct buf table_of(const char *digits)
{
    static uint8_t room[4096];
    struct buf out;

    buf_init(&out, sizeof room);
    assert_true(hex_read(bytes_of_text(digits), room, strlen(digits) / 2));
    buf_add(&out, bytes_of(room, strlen(digits) / 2));
    return out;
}

static void each_certificate_is_found_by_its_guid(void **state)
{
    (void)state;
    struct buf text = table_of(VCEK U32("90") U32("02") OTHER U32("ff") U32("ff")
                                   VLEK U32("92") U32("01") ASK U32("93") U32("01")
                                       ARK U32("94") U32("02") END "a1a2b1c1d1d2");
    struct snp_certificate_table table;
    struct error err = { 0 };

    assert_true(snp_certificate_table_looks_like(buf_bytes(&text)));
    assert_ok(snp_certificate_table_read(buf_bytes(&text), &table, &err), err);
    assert_string_equal(hex(table.vcek.at, table.vcek.len).s, "a1a2");
    assert_string_equal(hex(table.vlek.at, table.vlek.len).s, "b1");
    assert_string_equal(hex(table.issuer.at, table.issuer.len).s, "c1");
    assert_string_equal(hex(table.root.at, table.root.len).s, "d1d2");
    buf_fini(&text);
}

static void what_is_not_there_is_empty(void **state)
{
    (void)state;
    struct buf text = table_of(SWAPPED U32("30") U32("01") END "aa");
    struct snp_certificate_table table;
    struct error err = { 0 };

    assert_false(snp_certificate_table_looks_like(buf_bytes(&text)));
    assert_ok(snp_certificate_table_read(buf_bytes(&text), &table, &err), err);
    assert_int_equal(table.vcek.len + table.vlek.len + table.issuer.len + table.root.len,
                     0);
    buf_fini(&text);
}

static void a_table_that_points_elsewhere_is_refused(void **state)
{
    static const struct {
        const char *claim, *table, *refusal;
    } cases[] = {
        { "nothing", "", "ends early, after 0 entries" },
        { "no end", VCEK U32("18") U32("01") "aa", "ends early, after 1 entries" },
        { "a length of none", VCEK U32("30") U32("00") END "aa", "does not lie" },
        { "one byte too long", VCEK U32("30") U32("02") END "aa", "does not lie" },
        { "on the entries", VCEK U32("2f") U32("01") END "aa", "VCEK at 47, 1 bytes" },
        { "behind the end", ASK U32("32") U32("01") END "aa", "ASK at 50" },
        { "as far as numbers go", ARK "ffffffffffffffff" END "aa", "ARK at 4294967295" },
        { "two of a kind", VCEK U32("48") U32("01") VCEK U32("48") U32("01") END "aa",
          "two VCEKs" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text = table_of(cases[i].table);
        struct snp_certificate_table table;
        struct error err = { 0 };
        if (snp_certificate_table_read(buf_bytes(&text), &table, &err))
            fail_msg("%s: taken", cases[i].claim);
        assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        buf_fini(&text);
    }
}

static void a_table_has_bounds(void **state)
{
    static uint8_t room[SNP_TABLE_BYTES_MAX + 1];
    struct snp_certificate_table table;
    struct error err = { 0 };

    (void)state;
    assert_false(snp_certificate_table_read(bytes_of(room, sizeof room), &table, &err));
    assert_refused(err, ERROR_LIMIT, "of 65537 bytes");
    memset(room, 7, sizeof room);
    assert_false(
        snp_certificate_table_read(bytes_of(room, SNP_TABLE_BYTES_MAX), &table, &err));
    assert_refused(err, ERROR_LIMIT, "more than 64 entries");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_certificate_is_found_by_its_guid),
        cmocka_unit_test(what_is_not_there_is_empty),
        cmocka_unit_test(a_table_that_points_elsewhere_is_refused),
        cmocka_unit_test(a_table_has_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
