/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream/platform_judge.h"

#include "kit/test.h"
#include "verify/test_pck.h"

#define NOW_S (TEST_WORLD_FROM_S + 100 * TEST_DAY_S)

enum { ENTRIES_MAX = 8 };

struct sheet { /* an answer being put together */
    struct test_world *world;
    struct pck_entry entries[ENTRIES_MAX];
    struct buf ders[ENTRIES_MAX];
    size_t count;
    struct platform_verdict verdict;
    struct error err;
};

static struct raw_tcb tcb_of(uint8_t svn)
{
    return (struct raw_tcb){ .cpusvn = { svn }, .pcesvn = 13 };
}

static void add(struct sheet *sheet, const struct test_pck *pck)
{
    struct pck_entry *entry = &sheet->entries[sheet->count];

    sheet->ders[sheet->count] = test_pck_der(sheet->world, pck);
    entry->kind = PCK_ENTRY_CERTIFICATE;
    entry->der = buf_bytes(&sheet->ders[sheet->count]);
    memcpy(entry->tcbm, pck->sgx.cpusvn, 16);
    entry->tcbm[16] = (uint8_t)pck->sgx.pcesvn;
    sheet->count++;
}

static struct test_pck plain(uint8_t svn)
{
    struct raw_tcb tcb = tcb_of(svn);

    return test_pck_plain(PCK_CA_PLATFORM, &tcb);
}

static void add_plain(struct sheet *sheet, uint8_t svn)
{
    struct test_pck pck = plain(svn);

    add(sheet, &pck);
}

static void add_gap(struct sheet *sheet, uint8_t svn)
{
    struct pck_entry *entry = &sheet->entries[sheet->count++];

    entry->kind = PCK_ENTRY_GAP;
    entry->tcbm[0] = svn;
    entry->tcbm[16] = 13;
}

static bool judge_under(struct sheet *sheet, const struct pck_law *law, uint16_t pce_id)
{
    struct pck_list list = { .entries = sheet->entries, .count = sheet->count };

    sheet->err = (struct error){ 0 };
    return platform_judge(test_world_pck_issuer(sheet->world, PCK_CA_PLATFORM), law,
                          &list, pce_id, &sheet->verdict, &sheet->err);
}

static bool judge(struct sheet *sheet)
{
    struct pck_law law = test_world_pck_law(sheet->world, PCK_CA_PLATFORM, NOW_S);

    return judge_under(sheet, &law, 0);
}

static void sheet_begin(struct sheet *sheet, struct test_world *world)
{
    *sheet = (struct sheet){ .world = world };
}

static void sheet_end(struct sheet *sheet)
{
    platform_verdict_fini(&sheet->verdict);
    for (size_t i = 0; i < sheet->count; i++)
        if (sheet->ders[i].ceiling > 0)
            buf_fini(&sheet->ders[i]);
}

static void certificates_and_gaps_of_a_platform_are_taken(void **state)
{
    struct sheet sheet;

    sheet_begin(&sheet, *state);
    add_plain(&sheet, 7);
    add_gap(&sheet, 6);
    add_plain(&sheet, 5);
    add_gap(&sheet, 6); /* said twice */
    add_gap(&sheet, 5); /* has a certificate */
    assert_ok(judge(&sheet), sheet.err);
    assert_int_equal(sheet.verdict.pck_count, 2);
    assert_int_equal(sheet.verdict.gap_count, 1);
    assert_int_equal(sheet.verdict.gaps[0][0], 6);
    assert_int_equal(sheet.verdict.left_out, 0);
    sheet_end(&sheet);
}

static void one_odd_certificate_is_left_out_and_named(void **state)
{
    struct sheet sheet;

    sheet_begin(&sheet, *state);
    add_plain(&sheet, 7);
    add_plain(&sheet, 6);
    add_plain(&sheet, 5);
    sheet.ders[1].at[sheet.ders[1].len - 1] ^= 1; /* its signature */
    assert_ok(judge(&sheet), sheet.err);
    assert_int_equal(sheet.verdict.pck_count, 2);
    assert_int_equal(sheet.verdict.left_out, 1);
    assert_int_equal(sheet.verdict.odd_tcbm[0], 6);
    assert_int_equal(sheet.verdict.odd.kind, ERROR_UNTRUSTED);
    sheet_end(&sheet);
}

static void an_entry_that_was_no_certificate_is_left_out_in_its_own_words(void **state)
{
    struct sheet sheet;

    sheet_begin(&sheet, *state);
    add_plain(&sheet, 7);
    sheet.entries[sheet.count++] =
        (struct pck_entry){ .kind = PCK_ENTRY_ODD, .why = "two PEM blocks" };
    assert_ok(judge(&sheet), sheet.err);
    assert_int_equal(sheet.verdict.pck_count, 1);
    assert_refused(sheet.verdict.odd, ERROR_FORMAT, "two PEM blocks");
    sheet_end(&sheet);
}

static void the_platform_with_the_most_certificates_is_believed(void **state)
{
    struct sheet sheet;
    struct test_pck stranger = plain(9);

    stranger.sgx.ppid[3] ^= 1;
    sheet_begin(&sheet, *state);
    add(&sheet, &stranger);
    add_plain(&sheet, 7);
    add_plain(&sheet, 6);
    assert_ok(judge(&sheet), sheet.err);
    assert_int_equal(sheet.verdict.pck_count, 2);
    assert_int_equal(pck_facts(sheet.verdict.pcks[0])->tcbm[0], 7);
    assert_int_equal(sheet.verdict.odd_tcbm[0], 9);
    assert_refused(sheet.verdict.odd, ERROR_FORMAT, "PPID");
    sheet_end(&sheet);
}

static void of_two_for_one_tcb_the_newest_is_kept(void **state)
{
    struct sheet sheet;
    struct test_pck newer = plain(7);

    newer.certificate.not_before_s += TEST_DAY_S;
    for (int newest_last = 0; newest_last <= 1; newest_last++) {
        sheet_begin(&sheet, *state);
        if (newest_last == 0)
            add(&sheet, &newer);
        add_plain(&sheet, 7);
        if (newest_last == 1)
            add(&sheet, &newer);
        assert_ok(judge(&sheet), sheet.err);
        assert_int_equal(sheet.verdict.pck_count, 1);
        assert_int_equal(pck_facts(sheet.verdict.pcks[0])->valid_from_s,
                         newer.certificate.not_before_s);
        sheet_end(&sheet);
    }
}

static void a_revoked_certificate_is_kept(void **state)
{
    struct sheet sheet;
    struct test_pck pck = plain(7);
    struct collateral_key key = key_pck_crl(PCK_CA_PLATFORM);
    struct test_crl revoking = { .this_update_s = TEST_WORLD_FROM_S,
                                 .next_update_s = TEST_WORLD_UNTIL_S,
                                 .number = 2,
                                 .revoked = &pck.certificate.serial,
                                 .revoked_count = 1 };
    struct pck_law law = test_world_pck_law(*state, PCK_CA_PLATFORM, NOW_S);
    struct buf body = test_world_crl(*state, TEST_PCK_PLATFORM, &revoking);
    struct verified_collateral *crl =
        test_world_verify(*state, &key, buf_bytes(&body), NOW_S);

    law.pck_crl = crl;
    sheet_begin(&sheet, *state);
    add(&sheet, &pck);
    assert_ok(judge_under(&sheet, &law, 0), sheet.err);
    assert_int_equal(sheet.verdict.pck_count, 1);
    assert_false(pck_may_be_given(sheet.verdict.pcks[0], &law, &sheet.err));
    assert_refused(sheet.err, ERROR_REVOKED, "");
    sheet_end(&sheet);
    verified_release(crl);
    buf_fini(&body);
}

static void a_certificate_of_another_pce_is_not_what_was_asked_for(void **state)
{
    struct sheet sheet;
    struct test_pck pck = plain(7);
    struct pck_law law = test_world_pck_law(*state, PCK_CA_PLATFORM, NOW_S);

    pck.sgx.pce_id[0] = 1; /* big endian: 256 */
    sheet_begin(&sheet, *state);
    add(&sheet, &pck);
    assert_false(judge_under(&sheet, &law, 1));
    assert_refused(sheet.err, ERROR_FORMAT, "PCE-ID 256, and 1");
    assert_ok(judge_under(&sheet, &law, 256), sheet.err);
    sheet_end(&sheet);
}

static void where_nothing_is_left_the_first_reason_is_told(void **state)
{
    struct sheet sheet;

    sheet_begin(&sheet, *state);
    add_plain(&sheet, 7);
    add_gap(&sheet, 6);
    sheet.ders[0].at[sheet.ders[0].len - 1] ^= 1;
    assert_false(judge(&sheet));
    assert_refused(sheet.err, ERROR_UNTRUSTED, "");
    assert_null(sheet.verdict.pcks);
    sheet_end(&sheet);
    sheet_begin(&sheet, *state);
    add_gap(&sheet, 6);
    assert_false(judge(&sheet));
    assert_refused(sheet.err, ERROR_NOT_FOUND, "no certificate is available");
    sheet_end(&sheet);
}

static void a_platform_is_below_what_no_certificate_reaches(void **state)
{
    const struct {
        struct raw_tcb raw;
        bool is_below;
    } cases[] = {
        { { .cpusvn = { 7 }, .pcesvn = 13 }, false },
        { { .cpusvn = { 6 }, .pcesvn = 12 }, false },
        { { .cpusvn = { 8 }, .pcesvn = 13 }, true },
        { { .cpusvn = { 7, 1 }, .pcesvn = 13 }, true },
        { { .cpusvn = { 7 }, .pcesvn = 14 }, true },
    };
    struct sheet sheet;

    sheet_begin(&sheet, *state);
    add_plain(&sheet, 5);
    add_plain(&sheet, 7);
    assert_ok(judge(&sheet), sheet.err);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(
            platform_is_below((const struct verified_pck *const *)sheet.verdict.pcks,
                              sheet.verdict.pck_count, &cases[i].raw),
            cases[i].is_below);
    sheet_end(&sheet);
}

static int make_world(void **state)
{
    *state = test_world_make(NULL);
    return 0;
}

static int free_world(void **state)
{
    test_world_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_and_gaps_of_a_platform_are_taken),
        cmocka_unit_test(one_odd_certificate_is_left_out_and_named),
        cmocka_unit_test(an_entry_that_was_no_certificate_is_left_out_in_its_own_words),
        cmocka_unit_test(the_platform_with_the_most_certificates_is_believed),
        cmocka_unit_test(of_two_for_one_tcb_the_newest_is_kept),
        cmocka_unit_test(a_revoked_certificate_is_kept),
        cmocka_unit_test(a_certificate_of_another_pce_is_not_what_was_asked_for),
        cmocka_unit_test(where_nothing_is_left_the_first_reason_is_told),
        cmocka_unit_test(a_platform_is_below_what_no_certificate_reaches),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
