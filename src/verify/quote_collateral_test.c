/* SPDX-License-Identifier: Apache-2.0 */
/* The collateral that a quote is judged by: there or not, of this platform or not, in
 * date or not; and the operator's list. */
#include "verify/quote.h"
#include "verify/test_quote_world.h"

/* ---- what is not there ------------------------------------------------------------- */

static void what_is_not_there_is_a_failed_check(void **state)
{
    static const struct {
        const char *claim;
        size_t place; /* of the pointer in struct test_court */
        enum verify_check check;
        const char *part;
        bool has_status;
    } cases[] = {
        { "root CA CRL", offsetof(struct test_court, root_crl), CHECK_ROOT_CA_CRL_MISSING,
          "root CA CRL is not at hand", true },
        { "PCK CRL", offsetof(struct test_court, pck_crl), CHECK_PCK_CRL_MISSING,
          "PCK CRL of its CA is not at hand", true },
        { "TCB info", offsetof(struct test_court, tcb_info), CHECK_TCB_INFO_MISSING,
          "TCB info of its FMSPC is not at hand", false },
        { "QE identity", offsetof(struct test_court, identity),
          CHECK_ENCLAVE_IDENTITY_MISSING, "QE identity is not at hand", false },
    };

    (void)state;
    for (size_t form = SGX_V3; form <= TDX_V4; form++)
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            struct test_quote plan = plain(form);
            struct test_court court;
            void *kept, *none = NULL;
            test_court_open(&court, world, forms[form].tee);
            char *place = (char *)&court + cases[i].place;
            memcpy(&kept, place, sizeof kept);
            memcpy(place, &none, sizeof none);
            judge(&court, &plan, &verdict);
            assert_failed(cases[i].claim, &verdict, cases[i].check, cases[i].part);
            assert_true(verify_check_is_missing(verdict.failure));
            assert_int_equal(verdict.has_status, cases[i].has_status);
            assert_int_equal(verdict.revocation_checked, i >= 2);
            /* what is wrong for good is said all the same */
            plan.keep_signature = true;
            judge(&court, &plan, &verdict);
            assert_failed(cases[i].claim, &verdict, CHECK_INVALID_QUOTE_SIGNATURE, "");
            memcpy(place, &kept, sizeof kept);
            test_court_close(&court);
        }
}

/* Another's refusal is told instead of an absence. */
static bool refuse(void *context, const struct collateral_key *subject,
                   enum verify_check *check, struct error *why)
{
    (void)context;
    *check = CHECK_TCB_INFO_INVALID_SIGNATURE;
    (void)error_set(why, ERROR_UNTRUSTED, "refused");
    return subject->kind == COLLATERAL_TCB_INFO;
}

static void what_was_refused_is_told_as_such(void **state)
{
    struct test_quote plan = plain(SGX_V3);
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_SGX);
    verified_release(court.tcb_info);
    court.tcb_info = NULL;
    court.law.source.refusal = refuse;
    judge(&court, &plan, &verdict);
    assert_failed("refused", &verdict, CHECK_TCB_INFO_INVALID_SIGNATURE, "refused");
    verified_release(court.identity);
    court.identity = NULL; /* nobody has refused this one */
    judge(&court, &plan, &verdict);
    assert_failed("refused", &verdict, CHECK_TCB_INFO_INVALID_SIGNATURE, "refused");
    test_court_close(&court);
}

/* ---- of another platform or TEE ---------------------------------------------------- */

static void documents_of_another_are_a_mismatch(void **state)
{
    static const struct {
        const char *claim;
        size_t at; /* in struct test_pck: a byte that differs from the documents' */
        enum verify_check check;
        const char *part;
    } cases[] = {
        { "another PPID", offsetof(struct test_pck, sgx.ppid), CHECK_PASSED, NULL },
        { "first byte of the FMSPC", offsetof(struct test_pck, sgx.fmspc),
          CHECK_TCB_INFO_MISMATCH, "for FMSPC 00906ea10000, and the platform's is 0190" },
        { "last byte of the FMSPC", offsetof(struct test_pck, sgx.fmspc[5]),
          CHECK_TCB_INFO_MISMATCH, "and the platform's is 00906ea10001" },
        { "PCE-ID", offsetof(struct test_pck, sgx.pce_id), CHECK_TCB_INFO_MISMATCH,
          "for PCE-ID 0000, and the platform's is 0100" },
        { "last byte of the PCE-ID", offsetof(struct test_pck, sgx.pce_id[1]),
          CHECK_TCB_INFO_MISMATCH, "for PCE-ID 0000, and the platform's is 0001" },
    };

    (void)state;
    for (size_t form = SGX_V3; form <= TDX_V4; form++) {
        struct test_court court;
        test_court_open(&court, world, forms[form].tee);
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            struct test_quote plan = plain(form);
            ((uint8_t *)&plan.pck)[cases[i].at] ^= 1;
            judge(&court, &plan, &verdict);
            assert_failed(cases[i].claim, &verdict, cases[i].check, cases[i].part);
        }
        test_court_close(&court);
    }
}

static void documents_of_the_other_tee_are_a_mismatch(void **state)
{
    (void)state;
    for (size_t form = SGX_V3; form <= TDX_V4; form++) {
        struct test_quote plan = plain(form);
        bool is_sgx = forms[form].tee == TEE_SGX;
        struct test_court court, other;
        test_court_open(&court, world, forms[form].tee);
        test_court_open(&other, world, is_sgx ? TEE_TDX : TEE_SGX);
        struct verified_collateral *own = court.tcb_info;
        court.tcb_info = other.tcb_info;
        judge(&court, &plan, &verdict);
        assert_failed("TCB info", &verdict, CHECK_TCB_INFO_MISMATCH,
                      is_sgx ? "for tdx, and the quote is of sgx"
                             : "for sgx, and the quote is of tdx");
        court.tcb_info = own;
        own = court.identity;
        court.identity = other.identity;
        judge(&court, &plan, &verdict);
        assert_failed("identity", &verdict, CHECK_QE_IDENTITY_MISMATCH,
                      is_sgx ? "of TD_QE, and QE signs" : "of QE, and TD_QE signs");
        court.identity = own;
        judge(&court, &plan, &verdict);
        assert_failed("its own", &verdict, CHECK_PASSED, NULL);
        test_court_close(&court);
        test_court_close(&other);
    }
}

static void both_numbers_are_told_and_the_lower_counts(void **state)
{
    static const struct {
        uint32_t info, identity, lower;
    } cases[] = { { 17, 17, 17 }, { 18, 17, 17 }, { 17, 18, 17 }, { 1, 4000, 1 } };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_quote plan = plain(TDX_V4);
        struct test_court court;
        test_court_open(&court, world, TEE_TDX);
        court.plans.info.evaluation_data_number = cases[i].info;
        court.plans.identity.evaluation_data_number = cases[i].identity;
        test_court_publish(&court);
        judge(&court, &plan, &verdict);
        assert_failed("numbers", &verdict, CHECK_PASSED, NULL);
        assert_int_equal(verdict.evaluation_data_number, cases[i].lower);
        assert_int_equal(verdict.intel.tcb_info->evaluation_data_number, cases[i].info);
        assert_int_equal(verdict.intel.identity->evaluation_data_number,
                         cases[i].identity);
        test_court_close(&court);
    }
}

/* ---- dates ------------------------------------------------------------------------- */

/* The moments at which this item is still in date, and one second beside them. */
static void check_edges(struct test_court *court, const struct test_quote *plan,
                        enum dated_item item, enum verify_check check)
{
    const struct {
        int64_t at_s;
        bool is_out;
    } moments[] = {
        { verdict.dates[item].from_s, false },
        { verdict.dates[item].from_s - 1, true },
        { verdict.dates[item].until_s, false },
        { verdict.dates[item].until_s + 1, true },
    };

    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        court->law.now_s = moments[i].at_s;
        judge(court, plan, &verdict);
        assert_int_equal(verdict.dates[item].is_out, moments[i].is_out);
        assert_failed(dated_item_name(item), &verdict,
                      moments[i].is_out ? check : CHECK_PASSED, "is in force from");
        assert_int_equal(verdict.status, STANDING_UP_TO_DATE);
    }
    court->law.now_s = TEST_COURT_NOW_S;
}

static void every_item_has_its_dates(void **state)
{
    static const struct {
        enum dated_item item;
        enum verify_check check;
    } cases[] = {
        { DATED_PCK_CRL, CHECK_CRL_EXPIRED },
        { DATED_ROOT_CA_CRL, CHECK_CRL_EXPIRED },
        { DATED_PCK_CERT_CHAIN, CHECK_PCK_CERT_CHAIN_EXPIRED },
        { DATED_TCB_INFO, CHECK_TCB_INFO_EXPIRED },
        { DATED_ENCLAVE_IDENTITY, CHECK_ENCLAVE_IDENTITY_EXPIRED },
    };
    enum { DAY = 1000 }; /* each item is shorter than all others in its turn */

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct collateral_key keys[] = { key_pck_crl(PCK_CA_PLATFORM),
                                               key_root_crl() };
        const struct test_crl shorter = { .this_update_s = DATE_S + DAY,
                                          .next_update_s = DATE_S + 5 * TEST_DAY_S };
        struct test_quote plan = plain(TDX_V4);
        struct verified_collateral *crl = NULL;
        struct test_court court;
        test_court_open(&court, world, TEE_TDX);
        if (cases[i].item == DATED_PCK_CRL)
            court.pck_crl = crl =
                test_world_kept_crl(world, &keys[0], &shorter, court.root_crl);
        if (cases[i].item == DATED_ROOT_CA_CRL)
            court.root_crl = crl = test_world_kept_crl(world, &keys[1], &shorter, NULL);
        if (cases[i].item == DATED_PCK_CERT_CHAIN) {
            plan.pck.certificate.not_before_s = shorter.this_update_s;
            plan.pck.certificate.not_after_s = shorter.next_update_s;
        }
        if (cases[i].item == DATED_TCB_INFO) {
            court.plans.info.issue_date_s = shorter.this_update_s;
            court.plans.info.next_update_s = shorter.next_update_s;
        }
        if (cases[i].item == DATED_ENCLAVE_IDENTITY) {
            court.plans.identity.issue_date_s = shorter.this_update_s;
            court.plans.identity.next_update_s = shorter.next_update_s;
        }
        test_court_publish(&court);
        judge(&court, &plan, &verdict);
        assert_failed("in date", &verdict, CHECK_PASSED, NULL);
        assert_int_equal(verdict.dates[cases[i].item].from_s, shorter.this_update_s);
        assert_int_equal(verdict.dates[cases[i].item].until_s, shorter.next_update_s);
        check_edges(&court, &plan, cases[i].item, cases[i].check);
        test_court_close(&court);
        verified_release(crl);
    }
}

/* What signs TCB info and identity has dates of its own. */
static void a_signing_chain_has_its_dates(void **state)
{
    struct test_certificate specs[TEST_SIGNERS];
    struct test_quote plan = plain(SGX_V3);
    struct test_court court;

    (void)state;
    test_certificate_defaults(specs);
    specs[TEST_TCB_SIGNING].not_after_s = DATE_S + 2 * TEST_DAY_S;
    struct test_world *brief = test_world_make(specs);
    test_court_open(&court, brief, TEE_SGX);
    judge(&court, &plan, &verdict);
    assert_failed("in date", &verdict, CHECK_PASSED, NULL);
    court.law.now_s = DATE_S + 2 * TEST_DAY_S + 1;
    judge(&court, &plan, &verdict);
    assert_failed("a second later", &verdict, CHECK_SIGNING_CERT_CHAIN_EXPIRED,
                  "TCB info's signing chain is in force from 2020");
    assert_true(verdict.dates[DATED_ENCLAVE_IDENTITY_CHAIN].is_out);
    assert_false(verdict.dates[DATED_PCK_CERT_CHAIN].is_out);
    test_court_close(&court);
    test_world_free(brief);
}

static void a_clock_may_run_behind_by_what_the_law_says(void **state)
{
    struct test_quote plan = plain(SGX_V3);
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_SGX);
    court.law.now_s = DATE_S - 300;
    judge(&court, &plan, &verdict);
    assert_failed("no patience", &verdict, CHECK_TCB_INFO_EXPIRED, "TCB info");
    court.law.future_s = 300;
    judge(&court, &plan, &verdict);
    assert_failed("300 s", &verdict, CHECK_PASSED, NULL);
    court.law.now_s--;
    judge(&court, &plan, &verdict);
    assert_failed("301 s", &verdict, CHECK_TCB_INFO_EXPIRED, "TCB info");
    test_court_close(&court);
}

/* All of it out of date, and everything else still said first. */
static void what_is_wrong_for_good_is_told_before_dates(void **state)
{
    struct test_quote plan = plain(TDX_V4);
    struct test_court court;

    (void)state;
    test_court_open(&court, world, TEE_TDX);
    court.law.now_s = TEST_WORLD_UNTIL_S + 1;
    judge(&court, &plan, &verdict);
    assert_failed("out of date", &verdict, CHECK_PCK_CERT_CHAIN_EXPIRED,
                  "PCK certificate chain is in force from 2020");
    for (enum dated_item i = 0; i <= DATED_ENCLAVE_IDENTITY_CHAIN; i++)
        assert_true(verdict.dates[i].is_known && verdict.dates[i].is_out);
    assert_int_equal(verdict.status, STANDING_UP_TO_DATE);
    plan.parts.qe_report[SGX_ISVSVN] = 3;
    judge(&court, &plan, &verdict);
    assert_failed("below all levels", &verdict, CHECK_TCB_NOT_SUPPORTED, "");
    plan.keep_qe_signature = true;
    judge(&court, &plan, &verdict);
    assert_failed("a forgery", &verdict, CHECK_INVALID_QE_REPORT_SIGNATURE, "");
    test_court_close(&court);
}

/* ---- the operator's list ----------------------------------------------------------- */

struct list {
    struct bytes fmspc, qe_id;
    size_t asked;
};

static bool pass(const void *list_, const struct verdict_party *party, int64_t now_s,
                 struct error *err)
{
    struct list *list = (struct list *)(uintptr_t)list_;

    assert_int_equal(now_s, TEST_COURT_NOW_S);
    assert_int_equal(party->ppid.len, 16);
    assert_true(party->spki.len > 64 && party->chip_id.len == 0);
    list->asked++;
    return (!bytes_equal(party->fmspc, list->fmspc)
            && !bytes_equal(party->qe_id, list->qe_id))
           || error_set(err, ERROR_DENIED, "given up");
}

static void whoever_the_operator_has_given_up_on_is_denied(void **state)
{
    struct test_quote plan = plain(SGX_V3);
    struct test_court court;
    struct list list = { .fmspc = bytes_of("\x00\x90\x6e\xa1\x00\x01", 6) };

    (void)state;
    test_court_open(&court, world, TEE_SGX);
    court.law.denials = (struct verdict_denials){ .list = &list, .pass = pass };
    judge(&court, &plan, &verdict);
    assert_failed("another", &verdict, CHECK_PASSED, NULL);
    list.fmspc = bytes_of("\x00\x90\x6e\xa1\x00\x00", 6);
    judge(&court, &plan, &verdict);
    assert_failed("its FMSPC", &verdict, CHECK_DENIED, "given up");
    assert_int_equal(verdict.status, STANDING_UP_TO_DATE);
    list = (struct list){ .qe_id = bytes_of(plan.parts.user_data, 16) };
    judge(&court, &plan, &verdict);
    assert_failed("its QE ID", &verdict, CHECK_DENIED, "given up");
    assert_int_equal(list.asked, 1);
    test_court_close(&court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_a_failed_check),
        cmocka_unit_test(what_was_refused_is_told_as_such),
        cmocka_unit_test(documents_of_another_are_a_mismatch),
        cmocka_unit_test(documents_of_the_other_tee_are_a_mismatch),
        cmocka_unit_test(both_numbers_are_told_and_the_lower_counts),
        cmocka_unit_test(every_item_has_its_dates),
        cmocka_unit_test(a_signing_chain_has_its_dates),
        cmocka_unit_test(a_clock_may_run_behind_by_what_the_law_says),
        cmocka_unit_test(what_is_wrong_for_good_is_told_before_dates),
        cmocka_unit_test(whoever_the_operator_has_given_up_on_is_denied),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
