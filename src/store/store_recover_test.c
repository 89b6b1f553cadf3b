/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test_damage.h"

static struct bench bench;

static const struct damage damages[] = {
    { "a body that says something else",
      "UPDATE object SET body = CAST(replace(CAST(body AS TEXT), 'UpToDate', 'OutOfDat') "
      "AS BLOB) WHERE digest = " BODY_OF(INFO_1),
      INFO_1, INFO_1, ERROR_FORMAT, "do not have the digest", 2, 1 },
    { "a body altered together with its digest",
      "PRAGMA foreign_keys = OFF; CREATE TEMP TABLE was AS SELECT " BODY_OF(
          INFO_1) " AS d;"
                  "UPDATE object SET body = CAST(replace(CAST(body AS TEXT), "
                  "'\"tcbType\":0', "
                  "'\"tcbType\":1') AS BLOB) WHERE digest = (SELECT d FROM was);"
                  "UPDATE item SET body = (SELECT sha256(object.body) FROM object, was "
                  "WHERE "
                  "object.digest = was.d) WHERE body = (SELECT d FROM was);"
                  "UPDATE object SET digest = sha256(body)",
      INFO_1, INFO_1, ERROR_UNTRUSTED, "signature", 2, 1 },
    { "white space added, and the digest of that",
      "PRAGMA foreign_keys = OFF; CREATE TEMP TABLE was AS SELECT " BODY_OF(
          INFO_1) " AS d;"
                  "UPDATE object SET body = CAST(replace(CAST(body AS TEXT), "
                  "',\"signature\"', "
                  "' ,\"signature\"') AS BLOB) WHERE digest = (SELECT d FROM was);"
                  "UPDATE item SET body = (SELECT sha256(object.body) FROM object, was "
                  "WHERE "
                  "object.digest = was.d) WHERE body = (SELECT d FROM was);"
                  "UPDATE object SET digest = sha256(body)",
      INFO_1, INFO_1, ERROR_FORMAT, "not as the store writes them", 2, 1 },
    { "a body that is empty",
      "UPDATE object SET body = x'' WHERE digest = " BODY_OF(INFO_1), INFO_1, INFO_1,
      ERROR_FORMAT, "do not have the digest", 2, 1 },
    { "an object that is gone",
      "PRAGMA foreign_keys = OFF; DELETE FROM object WHERE digest = " BODY_OF(INFO_1),
      INFO_1, INFO_1, ERROR_FORMAT, "its bytes are gone", 2, 1 },
    { "an item that is gone",
      "PRAGMA foreign_keys = OFF; DELETE FROM item WHERE item = " ITEM_OF(INFO_1), INFO_1,
      INFO_1, ERROR_FORMAT, "its bytes are gone", 2, 1 },
    { "a chain cut short",
      "UPDATE item SET chain = substr(chain, 1, length(chain) - 1) WHERE item = " ITEM_OF(
          INFO_1),
      INFO_1, INFO_1, ERROR_FORMAT, "certificate", 2, 1 },
    { "a chain of other things",
      "UPDATE item SET chain = (SELECT chain FROM item WHERE item = " ITEM_OF(
          "pck_crl/platform") ") WHERE item = " ITEM_OF(INFO_1),
      INFO_1, INFO_1, ERROR_UNTRUSTED, "issuer chain", 2, 1 },
    { "no chain", "UPDATE item SET chain = x'' WHERE item = " ITEM_OF(INFO_1), INFO_1,
      INFO_1, ERROR_FORMAT, "0 certificates", 2, 1 },
    { "listed as another FMSPC",
      "UPDATE listing SET key = 'tcb_info/sgx/v3/30606a000009/17' WHERE key = '" INFO_1
      "'",
      INFO_1, "tcb_info/sgx/v3/30606a000009/17", ERROR_FORMAT, "was not asked for", 2,
      1 },
    { "listed under the name of its subject",
      "UPDATE listing SET key = 'tcb_info/sgx/v3/30606a000001' WHERE key = '" INFO_1 "'",
      INFO_1, "tcb_info/sgx/v3/30606a000001", ERROR_FORMAT, "listed as something else", 2,
      1 },
    { "listed under no key",
      "UPDATE listing SET key = 'a' || char(10) || 'b' WHERE key = '" INFO_1 "'", INFO_1,
      "a\\x0ab", ERROR_FORMAT, "is no key", 2, 1 },
    { "a CRL with a bit flipped",
      "UPDATE object SET body = CAST(substr(body, 1, 60) || x'aa' || substr(body, 62) AS "
      "BLOB) WHERE digest = " BODY_OF("pck_crl/platform"),
      "pck_crl/platform", "pck_crl/platform", ERROR_FORMAT, "do not have the digest", 2,
      1 },
    { "where it came from, altered", "UPDATE item SET source = 'somebody else'", NULL,
      "list of items", ERROR_FORMAT, "does not match its seal", 2, 1 },
    { "taken off the list",
      "DELETE FROM listing WHERE generation = 2 AND key = '" INFO_1 "'", INFO_1,
      "list of items", ERROR_FORMAT, "does not match its seal", 2, 1 },
};

static void damage_is_put_aside_and_the_rest_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(damages); i++)
        bench_do_damage(&bench, &damages[i]);
}

/* ---- the root CRL, by which all else is judged --------------------------------------
 */

#define ROT_CURRENT_ROOT_CRL \
    "UPDATE object SET body = x'30' WHERE digest = " BODY_OF("root_crl")

static void an_earlier_root_crl_judges_where_the_current_one_is_damaged(void **state)
{
    (void)state;
    struct test_crl crl = { .number = 2,
                            .this_update_s = TEST_WORLD_FROM_S + 1,
                            .next_update_s = TEST_WORLD_UNTIL_S };
    OWNED(verified_release)
    struct verified_collateral *newer =
        bench_crl(&bench, key_root_crl(), TEST_ROOT, &crl);
    struct store_recovery report;

    bench_begin(&bench);
    OWNED(holdings_release) struct holdings *holdings = bench_fill(&bench);
    bench_publish_one(&bench, &holdings, newer, "pcs", 2);
    bench_meddle(&bench, ROT_CURRENT_ROOT_CRL);
    bench_restart(&bench);
    OWNED(holdings_release) struct holdings *left = bench_recover(&bench, &report);
    assert_int_equal(report.quarantined, 1);
    assert_int_equal(report.verified, 3);
    assert_true(bench_holds(left, INFO_1));
    assert_false(
        bench_holds(left, "root_crl")); /* not handed out: older never replaces newer */
    bench_end(&bench);
}

static void without_any_root_crl_nothing_can_be_judged(void **state)
{
    (void)state;
    struct store_quarantined aside[8];
    struct store_recovery report;

    bench_begin(&bench);
    holdings_release(bench_fill(&bench));
    bench_meddle(&bench, ROT_CURRENT_ROOT_CRL);
    bench_restart(&bench);
    OWNED(holdings_release) struct holdings *left = bench_recover(&bench, &report);
    assert_int_equal(report.quarantined, 4);
    assert_int_equal(left->count, 0);
    assert_int_equal(left->designation_count, 2); /* what to ask for again */
    assert_int_equal(store_quarantine(bench.store, aside, COUNT_OF(aside)), 4);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(aside[i].kind, ERROR_UNTRUSTED);
        assert_non_null(strstr(aside[i].why, "no root CA CRL is at hand"));
    }
    assert_string_equal(aside[3].name, "root_crl");
    bench_end(&bench);
}

static void what_a_new_root_crl_revokes_is_not_handed_out_again(void **state)
{
    (void)state;
    struct test_certificate specs[TEST_SIGNERS];
    struct store_quarantined aside[8];
    struct store_recovery report;

    test_certificate_defaults(specs);
    struct test_crl crl = { .number = 2,
                            .this_update_s = TEST_WORLD_FROM_S + 1,
                            .next_update_s = TEST_WORLD_UNTIL_S,
                            .revoked = &specs[TEST_TCB_SIGNING].serial,
                            .revoked_count = 1 };
    OWNED(verified_release)
    struct verified_collateral *newer =
        bench_crl(&bench, key_root_crl(), TEST_ROOT, &crl);

    bench_begin(&bench);
    OWNED(holdings_release) struct holdings *holdings = bench_fill(&bench);
    bench_publish_one(&bench, &holdings, newer, "pcs", 2);
    bench_restart(&bench);
    OWNED(holdings_release) struct holdings *left = bench_recover(&bench, &report);
    assert_int_equal(report.quarantined, 2);
    assert_true(bench_holds(left, "pck_crl/platform"));
    assert_false(bench_holds(left, INFO_1));
    assert_int_equal(store_quarantine(bench.store, aside, COUNT_OF(aside)), 2);
    assert_int_equal(aside[0].kind, ERROR_REVOKED);
    assert_int_equal(aside[1].kind, ERROR_REVOKED);
    bench_end(&bench);
}

/* ---- whom and when ------------------------------------------------------------------
 */

static struct holdings *recover_under(const struct trust *trust, int64_t now_s,
                                      struct store_recovery *report)
{
    struct judgement law = { .trust = trust, .now_s = now_s };
    struct holdings *holdings = NULL;
    struct error err = { 0 };

    bench_restart(&bench);
    assert_ok(store_recover(bench.store, &law, &holdings, report, &err), err);
    return holdings;
}

static void a_root_no_longer_trusted_takes_all_it_vouched_for(void **state)
{
    (void)state;
    struct trust pinned;
    struct store_recovery report;
    struct store_quarantined aside[8];

    trust_init(&pinned);
    bench_begin(&bench);
    holdings_release(bench_fill(&bench));
    OWNED(holdings_release)
    struct holdings *left = recover_under(&pinned, TEST_NOW_S, &report);
    assert_int_equal(left->count, 0);
    assert_int_equal(report.quarantined, 4);
    assert_int_equal(store_quarantine(bench.store, aside, COUNT_OF(aside)), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(aside[i].kind, ERROR_UNTRUSTED);
    bench_end(&bench);
}

static void a_clock_that_has_jumped_takes_nothing(void **state)
{
    (void)state;
    const int64_t moments[] = { 0, TEST_WORLD_FROM_S - 1, TEST_WORLD_UNTIL_S + 1,
                                TEST_NOW_S };

    bench_begin(&bench);
    holdings_release(bench_fill(&bench));
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        struct store_recovery report;
        OWNED(holdings_release)
        struct holdings *all = recover_under(&bench.trust, moments[i], &report);
        assert_int_equal(report.verified, 4);
        assert_int_equal(report.quarantined, 0);
        assert_int_equal(all->generation, 2);
    }
    bench_end(&bench);
}

static int setup(void **state)
{
    (void)state;
    bench_make(&bench);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_free(&bench);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_is_put_aside_and_the_rest_goes_on),
        cmocka_unit_test(an_earlier_root_crl_judges_where_the_current_one_is_damaged),
        cmocka_unit_test(without_any_root_crl_nothing_can_be_judged),
        cmocka_unit_test(what_a_new_root_crl_revokes_is_not_handed_out_again),
        cmocka_unit_test(a_root_no_longer_trusted_takes_all_it_vouched_for),
        cmocka_unit_test(a_clock_that_has_jumped_takes_nothing),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
