/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/bundle_verdict.h"

#include "serve/test_bundle.h"

struct court {
    struct stock stock;
    struct trust trust;
    struct bundle_law law;
    struct bundle_verdict verdict;
    struct error err;
};

static void court_open(struct court *court)
{
    *court = (struct court){ 0 };
    stock_open(&court->stock);
    court->trust = test_world_trust(court->stock.world);
    court->law = (struct bundle_law){ .trust = &court->trust,
                                      .held = court->stock.holdings,
                                      .now_s = STOCK_NOW_S,
                                      .future_s = 300 };
}

static bool court_judge_text(struct court *court, struct bytes text)
{
    court->law.held = court->stock.holdings;
    court->err = (struct error){ 0 };
    return bundle_judge(text, &court->law, &court->verdict, &court->err);
}

static void court_judge(struct court *court, struct test_bundle bundle)
{
    if (bundle.world == NULL)
        bundle.world = court->stock.world;
    struct buf text = test_bundle_write(&bundle);
    assert_ok(court_judge_text(court, buf_bytes(&text)), court->err);
    buf_fini(&text);
}

static void court_forget(struct court *court)
{
    bundle_verdict_fini(&court->verdict);
}

static void court_close(struct court *court)
{
    stock_close(&court->stock);
}

static void check_line(const char *name, const struct complaints *complaints,
                       const char *line)
{
    if (strstr(buf_text(&complaints->lines), line) == NULL)
        fail_msg("%s: \"%s\" is not in\n%s", name, line, buf_text(&complaints->lines));
}

/* ---- what is sound --------------------------------------------------------------- */

static void a_sound_bundle_has_no_complaints(void **state)
{
    struct court court;

    (void)state;
    court_open(&court);
    court_judge(&court, (struct test_bundle){
                            .platforms = 3, .has_gap = true, .early_number = 18 });
    const struct bundle_verdict *v = &court.verdict;
    assert_string_equal(buf_text(&v->complaints.lines), "");
    assert_int_equal(v->complaints.count, 0);
    /* root CRL, two PCK CRLs, SGX standard and early, TDX, QE standard and early */
    assert_int_equal(v->entry_count, 8);
    assert_int_equal(v->designation_count, 5);
    assert_int_equal(v->certificates, 6);
    assert_int_equal(v->registrations, 3);
    assert_int_equal(v->platform_count, 3);
    struct platform_name name = { .pce_id = 0 };
    snprintf(name.qe_id, sizeof name.qe_id, "%s", bundle_qe_id(2));
    assert_true(bundle_has_platform(v, &name));
    name.pce_id = 1;
    assert_false(bundle_has_platform(v, &name));
    court_forget(&court);
    court_close(&court);
}

static void while_standard_and_early_are_one_the_document_counts_once(void **state)
{
    struct court court;

    (void)state;
    court_open(&court);
    court_judge(&court, (struct test_bundle){ 0 });
    assert_int_equal(court.verdict.complaints.count, 0);
    assert_int_equal(court.verdict.entry_count, 6);
    assert_int_equal(court.verdict.designation_count, 5);
    for (size_t i = 1; i < court.verdict.entry_count; i++)
        assert_int_not_equal(collateral_key_compare(
                                 &verified_facts(court.verdict.entries[i - 1].item)->key,
                                 &verified_facts(court.verdict.entries[i].item)->key),
                             0);
    court_forget(&court);
    court_close(&court);
}

/* A bundle of certificates alone is judged by the lists that are held. */
static void without_lists_of_its_own_the_held_ones_judge(void **state)
{
    struct court court;

    (void)state;
    court_open(&court);
    court_judge(&court, (struct test_bundle){ .platforms = 1, .without_lists = true });
    check_line("nothing held", &court.verdict.complaints,
               "collaterals.pck_certs[0].certs[0]: ");
    check_line(
        "nothing held", &court.verdict.complaints,
        "collaterals.tcbinfos[0].sgx_tcbinfo: there is no root CRL to judge it by");
    assert_true(court.verdict.complaints.has_untrusted);
    court_forget(&court);

    stock_fill(&court.stock);
    court_judge(&court, (struct test_bundle){ .platforms = 1, .without_lists = true });
    assert_string_equal(buf_text(&court.verdict.complaints.lines), "");
    court_forget(&court);
    court_close(&court);
}

/* ---- what is wrong ---------------------------------------------------------------- */

static void every_part_that_does_not_verify_is_named(void **state)
{
    struct test_world *other = test_world_make(NULL);
    const struct {
        const char *name;
        struct test_bundle bundle;
        const char *line;
        bool is_untrusted;
    } cases[] = {
        { "one byte of a TCB info",
          { .spoil = "issueDate\\\":\\\"2025" },
          "collaterals.tcbinfos[0].sgx_tcbinfo: ",
          true },
        { "one digit of a root CRL",
          { .spoil = "\"rootcacrl\":\"308201" },
          "collaterals.rootcacrl: ",
          false },
        { "certificates of another root",
          { .platforms = 1, .pck_world = other },
          "collaterals.pck_certs[0].certs[1]: ",
          true },
        { "a whole world of another root",
          { .world = other },
          "collaterals.certificates.SGX-PCK-Certificate-Issuer-Chain.PLATFORM: ",
          true },
        { "a certificate that is on the CRL",
          { .platforms = 2, .revoked_leaf = 1003 },
          "collaterals.pck_certs[1].certs[1]: ",
          true },
        { "two platforms' certificates in one list",
          { .platforms = 1, .odd_ppid = 1 },
          "collaterals.pck_certs[0].certs[1]: ",
          false },
        { "a certificate that is none",
          { .platforms = 1, .has_odd_cert = true },
          "collaterals.pck_certs[0].certs[2]: ",
          false },
        { "out of date",
          { .issued_s = STOCK_NOW_S - 60 * TEST_DAY_S,
            .due_s = STOCK_NOW_S - 30 * TEST_DAY_S },
          "collaterals.rootcacrl: ",
          false },
        { "no chains",
          { .platforms = 1, .without_chains = true },
          "collaterals.pck_certs[0].certs[0]: the bundle has no chain of its issuer",
          true },
    };
    struct court court;

    (void)state;
    court_open(&court);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        court_judge(&court, cases[i].bundle);
        check_line(cases[i].name, &court.verdict.complaints, cases[i].line);
        if (cases[i].is_untrusted && !court.verdict.complaints.has_untrusted)
            fail_msg("%s: not told from a fault of form", cases[i].name);
        court_forget(&court);
    }
    court_close(&court);
    test_world_free(other);
}

static void what_is_no_bundle_is_no_verdict(void **state)
{
    static const struct {
        const char *text;
        enum error_kind kind;
    } cases[] = {
        { "", ERROR_FORMAT },
        { "[]", ERROR_FORMAT },
        { "{\"platforms\":[]}", ERROR_FORMAT },
    };
    struct court court;

    (void)state;
    court_open(&court);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_false(court_judge_text(&court, bytes_of_text(cases[i].text)));
        assert_int_equal(court.err.kind, cases[i].kind);
        court_forget(&court);
    }
    court_close(&court);
}

static void a_service_that_stops_gives_up(void **state)
{
    atomic_bool stopping = true;
    struct court court;

    (void)state;
    court_open(&court);
    court.law.gives_up = &stopping;
    struct buf text = test_bundle_write(
        &(struct test_bundle){ .world = court.stock.world, .platforms = 1 });
    assert_false(court_judge_text(&court, buf_bytes(&text)));
    assert_refused(court.err, ERROR_SYSTEM, "stopping");
    court_forget(&court);
    buf_fini(&text);
    court_close(&court);
}

/* ---- older than what is held ------------------------------------------------------ */

static void what_is_older_than_what_is_held_is_no_fault_and_is_left_out(void **state)
{
    struct court court;

    (void)state;
    court_open(&court);
    stock_fill(&court.stock);
    court_judge(&court, (struct test_bundle){ .issued_s = STOCK_ISSUED_S - TEST_DAY_S,
                                              .number = 16,
                                              .early_number = 17 });
    const struct bundle_verdict *v = &court.verdict;
    assert_string_equal(buf_text(&v->complaints.lines), "");
    /* of number 16 nothing is held, so it is new, and the stock's root CRL is the oldest
     * there can be; of number 17, and of the PCK CRLs, the bundle has an older one */
    assert_int_equal(v->entry_count, 4);
    assert_int_equal(verified_facts(v->entries[0].item)->key.kind, COLLATERAL_ROOT_CRL);
    for (size_t i = 1; i < v->entry_count; i++)
        assert_int_equal(verified_facts(v->entries[i].item)->key.evaluation_data_number,
                         16);
    /* and what is standard or early does not move back */
    assert_int_equal(v->designation_count, 0);
    assert_int_equal(v->skipped.count, 0);
    court_forget(&court);
    court_close(&court);
}

static void a_held_list_that_is_newer_judges_in_place_of_the_bundles(void **state)
{
    static const uint32_t revoked = 1005;
    struct test_crl crl = { .this_update_s = STOCK_ISSUED_S,
                            .next_update_s = STOCK_DUE_S,
                            .number = 7,
                            .revoked = &revoked,
                            .revoked_count = 1 };
    struct collateral_key key = key_pck_crl(PCK_CA_PLATFORM);
    struct court court;

    (void)state;
    court_open(&court);
    struct buf der = test_world_crl(court.stock.world, TEST_PCK_PLATFORM, &crl);
    struct verified_collateral *item =
        test_world_verify(court.stock.world, &key, buf_bytes(&der), STOCK_NOW_S);
    stock_put(&court.stock, item);
    verified_release(item);
    buf_fini(&der);
    court_judge(&court, (struct test_bundle){ .platforms = 1 });
    check_line("the held CRL has revoked it", &court.verdict.complaints,
               "collaterals.pck_certs[0].certs[0]: ");
    assert_int_equal(court.verdict.complaints.count, 1);
    court_forget(&court);
    court_close(&court);
}

/* ---- stale=skip -------------------------------------------------------------------- */

static void who_asks_for_it_has_the_stale_passed_over_and_listed(void **state)
{
    struct court court;

    (void)state;
    court_open(&court);
    court.law.skips_stale = true;
    court_judge(&court, (struct test_bundle){ .platforms = 2,
                                              .issued_s = STOCK_NOW_S - 60 * TEST_DAY_S,
                                              .due_s = STOCK_NOW_S - 30 * TEST_DAY_S });
    assert_string_equal(buf_text(&court.verdict.complaints.lines), "");
    check_line("stale", &court.verdict.skipped, "collaterals.rootcacrl: ");
    check_line("stale", &court.verdict.skipped, "collaterals.qeidentity: ");
    assert_int_equal(court.verdict.entry_count, 0);
    assert_int_equal(court.verdict.designation_count, 0);
    assert_int_equal(court.verdict.certificates, 4);
    assert_int_equal(court.verdict.platform_count, 2);
    court_forget(&court);

    court_judge(&court, (struct test_bundle){ .platforms = 1, .revoked_leaf = 1005 });
    assert_int_equal(court.verdict.complaints.count, 0);
    check_line("revoked", &court.verdict.skipped, "collaterals.pck_certs[0].certs[0]: ");
    court_forget(&court);
    court_close(&court);
}

static void passing_over_what_is_stale_trusts_nobody_more(void **state)
{
    struct test_world *other = test_world_make(NULL);
    struct court court;

    (void)state;
    court_open(&court);
    court.law.skips_stale = true;
    court_judge(&court, (struct test_bundle){ .platforms = 1, .pck_world = other });
    assert_int_equal(court.verdict.complaints.count, 2);
    assert_true(court.verdict.complaints.has_untrusted);
    court_forget(&court);
    court_close(&court);
    test_world_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_bundle_has_no_complaints),
        cmocka_unit_test(while_standard_and_early_are_one_the_document_counts_once),
        cmocka_unit_test(without_lists_of_its_own_the_held_ones_judge),
        cmocka_unit_test(every_part_that_does_not_verify_is_named),
        cmocka_unit_test(what_is_no_bundle_is_no_verdict),
        cmocka_unit_test(a_service_that_stops_gives_up),
        cmocka_unit_test(what_is_older_than_what_is_held_is_no_fault_and_is_left_out),
        cmocka_unit_test(a_held_list_that_is_newer_judges_in_place_of_the_bundles),
        cmocka_unit_test(who_asks_for_it_has_the_stale_passed_over_and_listed),
        cmocka_unit_test(passing_over_what_is_stale_trusts_nobody_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
