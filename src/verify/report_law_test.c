/* SPDX-License-Identifier: Apache-2.0 */
/* One true report under laws that differ: lists, dates, minimums, the operator's own
 * denials, and which of several failures a verdict names. */
#include "verify/test_report_court.h"

static struct verdict verdict; /* large; of the last that was judged */

static void expect(struct court *court, const char *claim, enum verify_check check,
                   const char *part)
{
    expect_verdict(court, &verdict, claim, check, part);
}

/* ---- revocation -------------------------------------------------------------------- */

static void a_list_counts_and_whether_one_must_be_there_is_the_laws(void **state)
{
    enum list { LIST, NO_LIST, REFUSED_LIST };
    static const struct {
        const char *claim;
        enum list list;
        bool optional;
        uint32_t serial; /* revoked; 0 is every VEK's, which no list can revoke */
        int64_t now_s;
        bool is_checked;
        enum verify_check check;
    } cases[] = {
        { "nobody is on it", LIST, false, 5, NOW_S, true, CHECK_PASSED },
        { "the ASK is", LIST, false, 0x10001, NOW_S, true, CHECK_VEK_ISSUER_REVOKED },
        { "the ARK is", LIST, false, 0x10000, NOW_S, true, CHECK_VEK_ISSUER_REVOKED },
        { "an ASVK is", LIST, false, 0x10101, NOW_S, true, CHECK_PASSED },
        { "a VCEK's number is", LIST, false, 0, NOW_S, true, CHECK_PASSED },
        { "there is none", NO_LIST, false, 0, NOW_S, false, CHECK_AMD_CRL_MISSING },
        { "none is no good", REFUSED_LIST, false, 0, NOW_S, false,
          CHECK_AMD_CRL_INVALID },
        { "its last second", LIST, false, 5, NOW_S + 30 * DAY_S, true, CHECK_PASSED },
        { "the next", LIST, false, 5, NOW_S + 30 * DAY_S + 1, false, CHECK_CRL_EXPIRED },
        { "too early", LIST, false, 5, NOW_S - 61, false, CHECK_CRL_EXPIRED },
        { "early by a clock that may be", LIST, false, 5, NOW_S - 60, true,
          CHECK_PASSED },
        { "the ASK is on an old one", LIST, false, 0x10001, NOW_S + 31 * DAY_S, false,
          CHECK_VEK_ISSUER_REVOKED },
        { "none is asked for", NO_LIST, true, 0, NOW_S, false, CHECK_PASSED },
        { "but there is one", LIST, true, 5, NOW_S, true, CHECK_PASSED },
        { "and the ASK is on it", LIST, true, 0x10001, NOW_S, true,
          CHECK_VEK_ISSUER_REVOKED },
        { "and it is old", LIST, true, 5, NOW_S + 31 * DAY_S, false, CHECK_CRL_EXPIRED },
        { "and it is no good", REFUSED_LIST, true, 0, NOW_S, false,
          CHECK_AMD_CRL_INVALID },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_amd_crl crl = test_milan_crl();
        struct court court;
        court_open(&court, SNP_MILAN);
        crl.revoked = &cases[i].serial;
        crl.revoked_count = 1;
        court_set_crl(&court, &crl, court.issuer);
        if (cases[i].list != LIST) {
            amd_crl_release(court.crl);
            court.crl = NULL;
        }
        if (cases[i].list == REFUSED_LIST)
            court.of_crl = CHECK_AMD_CRL_INVALID;
        court.law.crl_optional = cases[i].optional;
        court.law.now_s = cases[i].now_s;
        court.law.future_s = 60;
        court.law.has_min_tcb[SNP_MILAN] = true;
        expect(&court, cases[i].claim, cases[i].check, NULL);
        assert_int_equal(verdict.revocation_checked, cases[i].is_checked);
        assert_int_equal(verdict.dates[DATED_AMD_CRL].is_known, court.crl != NULL);
        assert_true(verdict.has_status); /* is told all the same */
        court_close(&court);
    }
}

static void a_list_of_another_ark_clears_nobody(void **state)
{
    OWNED(amd_issuer_release)
    struct verified_amd_issuer *genoa = issuer_make(&scenes[SNP_GENOA]);
    struct test_amd_crl crl = crl_of_scene(&scenes[SNP_GENOA]);
    struct court court;

    (void)state;
    court_open(&court, SNP_MILAN);
    court_set_crl(&court, &crl, genoa);
    court.law.crl_optional = true;
    court.law.has_min_tcb[SNP_MILAN] = true;
    expect(&court, "Genoa's", CHECK_AMD_CRL_INVALID, "ARK-Genoa, not of ARK-Milan");
    assert_true(verdict.has_status && !verdict.revocation_checked);
    assert_false(verdict.dates[DATED_AMD_CRL].is_known);
    court_close(&court);
}

/* ---- dates ------------------------------------------------------------------------- */

static void every_date_is_judged(void **state)
{
    static const struct {
        const char *claim;
        int64_t vek_from_s, vek_until_s, now_s, future_s;
        enum verify_check check;
        enum dated_item item;
    } cases[] = {
        { "its first second", NOW_S, NOW_S + 1, NOW_S, 0, CHECK_PASSED, DATED_VEK },
        { "its last", NOW_S - 1, NOW_S, NOW_S, 0, CHECK_PASSED, DATED_VEK },
        { "past", NOW_S - 2, NOW_S - 1, NOW_S, 0, CHECK_VEK_CHAIN_EXPIRED, DATED_VEK },
        { "to come", NOW_S + 1, NOW_S + 2, NOW_S, 0, CHECK_VEK_CHAIN_EXPIRED, DATED_VEK },
        { "to come by a clock that may be behind", NOW_S + 1, NOW_S + 2, NOW_S, 1,
          CHECK_PASSED, DATED_VEK },
        { "further", NOW_S + 2, NOW_S + 3, NOW_S, 1, CHECK_VEK_CHAIN_EXPIRED, DATED_VEK },
        { "past, which no tolerance helps", NOW_S - 2, NOW_S - 1, NOW_S, 60,
          CHECK_VEK_CHAIN_EXPIRED, DATED_VEK },
        { "the chain's last", NOW_S, TEST_AMD_UNTIL_S + DAY_S, TEST_AMD_UNTIL_S, 0,
          CHECK_PASSED, DATED_VEK_CHAIN },
        { "past the chain's", NOW_S, TEST_AMD_UNTIL_S + DAY_S, TEST_AMD_UNTIL_S + 1, 0,
          CHECK_VEK_CHAIN_EXPIRED, DATED_VEK_CHAIN },
        { "before the chain's by a clock that may be behind", 0, TEST_AMD_UNTIL_S,
          TEST_AMD_FROM_S - 1, 1, CHECK_PASSED, DATED_VEK_CHAIN },
        { "before the chain's", 0, TEST_AMD_UNTIL_S, TEST_AMD_FROM_S - 1, 0,
          CHECK_VEK_CHAIN_EXPIRED, DATED_VEK_CHAIN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_amd_certificate leaf = test_vcek();
        struct court court;
        court_open(&court, SNP_MILAN);
        leaf.not_before_s = cases[i].vek_from_s;
        leaf.not_after_s = cases[i].vek_until_s;
        court_set_vek(&court, &leaf);
        amd_crl_release(court.crl);
        court.crl = NULL;
        court.law.crl_optional = true;
        court.law.now_s = cases[i].now_s;
        court.law.future_s = cases[i].future_s;
        court.law.has_min_tcb[SNP_MILAN] = true;
        expect(&court, cases[i].claim, cases[i].check, NULL);
        assert_int_equal(verdict.dates[cases[i].item].is_out,
                         cases[i].check != CHECK_PASSED);
        assert_true(verdict.has_status);
        court_close(&court);
    }
}

/* ---- the operator's minimum and list ----------------------------------------------- */

static void a_status_is_by_the_operators_minimum(void **state)
{
    static const struct {
        enum snp_product product;
        struct tcb_version min;
        enum tcb_standing status;
        enum spl lowest;
    } cases[] = {
        { SNP_MILAN, { { 0 } }, STANDING_UP_TO_DATE, 0 },
        { SNP_MILAN, { { 0, 4, 1, 0x18, 0xdb } }, STANDING_UP_TO_DATE, 0 },
        { SNP_MILAN, { { 0, 5, 1, 0x18, 0xdb } }, STANDING_OUT_OF_DATE, SPL_BOOT_LOADER },
        { SNP_MILAN, { { 0, 4, 2, 0x18, 0xdb } }, STANDING_OUT_OF_DATE, SPL_TEE },
        { SNP_MILAN, { { 0, 4, 1, 0x19, 0xdb } }, STANDING_OUT_OF_DATE, SPL_SNP },
        { SNP_MILAN, { { 0, 4, 1, 0x18, 0xdc } }, STANDING_OUT_OF_DATE, SPL_MICROCODE },
        /* no component makes up for another */
        { SNP_MILAN, { { 0, 0, 2, 0, 0 } }, STANDING_OUT_OF_DATE, SPL_TEE },
        { SNP_GENOA, { { 0, 10, 0, 0x17, 0x54 } }, STANDING_UP_TO_DATE, 0 },
        { SNP_TURIN, { { 2, 4, 1, 0x18, 0x51 } }, STANDING_UP_TO_DATE, 0 },
        { SNP_TURIN, { { 3, 4, 1, 0x18, 0x51 } }, STANDING_OUT_OF_DATE, SPL_FMC },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum snp_product product = cases[i].product;
        struct court court;
        court_open(&court, product);
        memset(court.law.min_tcb, 0xff, sizeof court.law.min_tcb); /* of the others */
        memset(court.law.has_min_tcb, true, sizeof court.law.has_min_tcb);
        court.law.has_min_tcb[product] = false;
        expect(&court, "no minimum", CHECK_PASSED, NULL);
        assert_false(verdict.has_status || verdict.amd.has_min_tcb);
        court.law.has_min_tcb[product] = true;
        court.law.min_tcb[product] = cases[i].min;
        expect(&court, "a minimum", CHECK_PASSED, NULL); /* valid either way */
        assert_true(verdict.has_status && verdict.amd.has_min_tcb);
        assert_int_equal(verdict.status, cases[i].status);
        assert_int_equal(verdict.amd.lowest, cases[i].lowest);
        assert_int_equal(verdict.tcb_date_s, 0);
        court_close(&court);
    }
}

/* It is the reported one that counts: the firmware signs by a key of that one. */
static void the_reported_tcb_counts_and_no_other(void **state)
{
    struct court court;

    (void)state;
    court_open(&court, SNP_MILAN);
    court.law.has_min_tcb[SNP_MILAN] = true;
    court.law.min_tcb[SNP_MILAN] = (struct tcb_version){ { 0, 4, 1, 0x19, 0xdb } };
    report_put(&court.report, 0x38 + 6, 0x19, 1);
    report_put(&court.report, 0x1e0 + 6, 0x19, 1);
    test_report_sign(&court.report, TEST_CHIP_KEY);
    expect(&court, "runs newer firmware than it reports", CHECK_PASSED, NULL);
    assert_int_equal(verdict.status, STANDING_OUT_OF_DATE);
    court_close(&court);
}

struct denials {
    struct verdict_party seen;
    uint8_t chip_id[CHIP_ID_LEN];
    size_t asked;
    bool denies;
};

static bool pass(const void *list, const struct verdict_party *party, int64_t now_s,
                 struct error *err)
{
    struct denials *denials = (struct denials *)(uintptr_t)list;

    assert_int_equal(now_s, NOW_S);
    denials->asked++;
    denials->seen = *party;
    memcpy(denials->chip_id, party->chip_id.at, party->chip_id.len);
    return !denials->denies || error_set(err, ERROR_DENIED, "on the list");
}

static void whom_the_operator_has_given_up_on_is_denied(void **state)
{
    static struct denials denials;
    struct court court;

    (void)state;
    denials = (struct denials){ .denies = false };
    court_open(&court, SNP_MILAN);
    court.law.denials = (struct verdict_denials){ .list = &denials, .pass = pass };
    court.law.has_min_tcb[SNP_MILAN] = true;
    expect(&court, "not on it", CHECK_PASSED, NULL);
    assert_true(bytes_equal(denials.seen.spki, vcek_facts(court.vek)->spki));
    assert_int_equal(denials.seen.chip_id.len, CHIP_ID_LEN);
    assert_memory_equal(denials.chip_id, HWID_64, CHIP_ID_LEN);
    assert_int_equal(denials.seen.qe_id.len + denials.seen.ppid.len
                         + denials.seen.fmspc.len + denials.seen.advisory_count,
                     0);
    denials.denies = true;
    expect(&court, "on it", CHECK_DENIED, "on the list");
    assert_true(verdict.has_status);
    amd_crl_release(court.crl);
    court.crl = NULL;
    expect(&court, "on it, and a list missing", CHECK_DENIED, NULL);
    court.report.at[0x50] ^= 1; /* who it is has not been shown */
    denials.asked = 0;
    expect(&court, "not signed", CHECK_INVALID_REPORT_SIGNATURE, NULL);
    assert_int_equal(denials.asked, 0);
    court_close(&court);
}

/* Of a VLEK there is no chip, and the report may mask or name its own. */
static void a_chip_is_named_to_the_list_where_it_is_known(void **state)
{
    static struct denials denials;
    static const struct {
        enum snp_product product;
        uint8_t first; /* of the chip id */
        size_t len;
    } cases[] = {
        { SNP_MILAN, 0, CHIP_ID_LEN }, /* masked, and the VCEK has it */
        { SNP_TURIN, 0, 8 },
        { SNP_GENOA, 0, 0 },
        { SNP_GENOA, 7, CHIP_ID_LEN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct court court;
        court_open(&court, cases[i].product);
        court.law.denials = (struct verdict_denials){ .list = &denials, .pass = pass };
        memset(court.report.at + AT_CHIP_ID, 0, CHIP_ID_LEN);
        court.report.at[AT_CHIP_ID] = cases[i].first;
        test_report_sign(&court.report, TEST_CHIP_KEY);
        denials = (struct denials){ .denies = false };
        expect(&court, "a chip", CHECK_PASSED, NULL);
        assert_int_equal(denials.seen.chip_id.len, cases[i].len);
        if (cases[i].first != 0)
            assert_int_equal(denials.chip_id[0], cases[i].first);
        court_close(&court);
    }
}

/* ---- several at once --------------------------------------------------------------- */

static void what_is_wrong_for_good_is_said_first(void **state)
{
    struct court court;

    (void)state;
    court_open(&court, SNP_MILAN);
    amd_crl_release(court.crl);
    court.crl = NULL;
    court.law.now_s = TEST_AMD_UNTIL_S + 1;
    expect(&court, "a list missing, and past", CHECK_AMD_CRL_MISSING,
           "the ARK's CRL is not at hand");
    assert_true(verdict.dates[DATED_VEK].is_out && verdict.dates[DATED_VEK_CHAIN].is_out);
    court.report.at[0x50] ^= 1;
    expect(&court, "and not signed", CHECK_INVALID_REPORT_SIGNATURE, NULL);
    court.report.at[AT_REPORTED] ^= 1;
    expect(&court, "and of another TCB", CHECK_VEK_TCB_MISMATCH, NULL);
    court.report.at[AT_CHIP_ID] ^= 1;
    expect(&court, "and of another chip", CHECK_VEK_MISMATCH, NULL);
    court.trust.count = 0;
    expect(&court, "and by nobody's root", CHECK_VEK_CHAIN_UNTRUSTED, NULL);
    report_put(&court.report, AT_KEY, 7 << 2, 4);
    expect(&court, "and by no key", CHECK_REPORT_UNSIGNED, NULL);
    court.report.at[0] = 9;
    expect(&court, "and no report", CHECK_UNSUPPORTED_REPORT_FORMAT, NULL);
    court_close(&court);
}

/* KDS signs afresh at its pleasure: a VCEK of the same key is as good. */
static void a_key_is_known_by_its_certificate(void **state)
{
    OWNED(known_signers_destroy) struct known_signers *known = NULL;
    struct test_amd_certificate again = test_vcek();
    struct error err = { 0 };
    struct court court;

    (void)state;
    assert_ok(known_signers_create(NULL, &known, &err), err);
    court_open(&court, SNP_MILAN);
    assert_true(judge(&court, known, &verdict));
    const struct p384_key *key = known_vek_key(known, court.vek, &err);
    assert_true(judge(&court, known, &verdict));
    assert_ptr_equal(known_vek_key(known, court.vek, &err), key);
    again.not_before_s--;
    court_set_vek(&court, &again);
    assert_true(judge(&court, known, &verdict));
    assert_ptr_not_equal(known_vek_key(known, court.vek, &err), key);
    again.key = TEST_OTHER_CHIP_KEY;
    court_set_vek(&court, &again);
    assert_false(judge(&court, known, &verdict));
    assert_int_equal(verdict.failure, CHECK_INVALID_REPORT_SIGNATURE);
    test_report_sign(&court.report, TEST_OTHER_CHIP_KEY);
    assert_true(judge(&court, known, &verdict));
    court_close(&court);
}

/* Only that the key is the certificate's: lists, dates and roots are those of now. */
static void what_is_remembered_judges_nothing(void **state)
{
    static const uint32_t ask[] = { 0x10001 };
    OWNED(known_signers_destroy) struct known_signers *known = NULL;
    struct test_amd_crl crl = test_milan_crl(), since = crl;
    struct error err = { 0 };
    struct court court;

    (void)state;
    since.revoked = ask;
    since.revoked_count = COUNT_OF(ask);
    assert_ok(known_signers_create(NULL, &known, &err), err);
    court_open(&court, SNP_MILAN);
    for (size_t i = 0; i < 2; i++)
        assert_true(judge(&court, known, &verdict));
    court_set_crl(&court, &since, court.issuer);
    assert_false(judge(&court, known, &verdict));
    assert_int_equal(verdict.failure, CHECK_VEK_ISSUER_REVOKED);
    court_set_crl(&court, &crl, court.issuer);
    court.law.now_s = TEST_AMD_UNTIL_S + 1;
    assert_false(judge(&court, known, &verdict));
    assert_int_equal(verdict.failure, CHECK_VEK_CHAIN_EXPIRED);
    court.law.now_s = NOW_S;
    court.trust.count = 0;
    assert_false(judge(&court, known, &verdict));
    assert_int_equal(verdict.failure, CHECK_VEK_CHAIN_UNTRUSTED);
    court.trust = test_amd_trust();
    assert_true(judge(&court, known, &verdict));
    court_close(&court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_counts_and_whether_one_must_be_there_is_the_laws),
        cmocka_unit_test(a_list_of_another_ark_clears_nobody),
        cmocka_unit_test(every_date_is_judged),
        cmocka_unit_test(a_status_is_by_the_operators_minimum),
        cmocka_unit_test(the_reported_tcb_counts_and_no_other),
        cmocka_unit_test(whom_the_operator_has_given_up_on_is_denied),
        cmocka_unit_test(a_chip_is_named_to_the_list_where_it_is_known),
        cmocka_unit_test(what_is_wrong_for_good_is_said_first),
        cmocka_unit_test(a_key_is_known_by_its_certificate),
        cmocka_unit_test(what_is_remembered_judges_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
