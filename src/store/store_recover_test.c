/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test_store.h"

static struct bench bench;

#define INFO_1 "tcb_info/sgx/v3/30606a000001/17"
#define INFO_2 "tcb_info/sgx/v3/30606a000002/17"
#define ITEM_OF(key) \
    "(SELECT item FROM listing WHERE key = '" key "' ORDER BY generation DESC LIMIT 1)"
#define BODY_OF(key) "(SELECT body FROM item WHERE item = " ITEM_OF(key) ")"

/* Generation 2: root CRL, a PCK CRL, two TCB infos, a designation, a hint. */
static struct holdings *fill(void)
{
    struct test_crl crl = { .this_update_s = TEST_NOW_S,
                            .next_update_s = TEST_NOW_S + 30 * TEST_DAY_S };
    OWNED(verified_release)
    struct verified_collateral *pck = bench_crl(&bench, key_pck_crl(PCK_CA_PLATFORM),
                                                TEST_PCK_PLATFORM, &crl),
                               *one =
                                   bench_item(&bench, bench_tcb_info(1, 17), TEST_NOW_S),
                               *two =
                                   bench_item(&bench, bench_tcb_info(2, 17), TEST_NOW_S);
    struct store_entry entries[] = { { bench.root_crl, "pcs", 1 },
                                     { pck, "pcs", 1 },
                                     { one, "pcs", 1 },
                                     { two, "pcs", 1 } };
    struct designation designation = { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, true };
    struct hint hint = {
        .source = "pcs",
        .text = bytes_of_text("[{\"fmspc\":\"30606A000001\",\"platform\":\"E5\"}]"),
    };
    struct store_change change = { .entries = entries,
                                   .entry_count = 3,
                                   .designations = &designation,
                                   .designation_count = 1,
                                   .hints = &hint,
                                   .hint_count = 1 };
    struct holdings *holdings = NULL;

    bench_publish(&bench, &holdings, &change, NULL);
    designation.subject = bench_tcb_info(2, 0);
    change.entries = entries + 3;
    change.entry_count = 1;
    bench_publish(&bench, &holdings, &change, NULL);
    assert_int_equal(holdings->generation, 2);
    assert_int_equal(holdings->count, 4);
    return holdings;
}

static bool holds(const struct holdings *holdings, const char *key_text)
{
    struct collateral_key key;

    assert_true(collateral_key_read(bytes_of_text(key_text), &key));
    return holdings_find(holdings, &key) != NULL;
}

static const struct damage {
    const char *claim, *meddling;
    const char *gone; /* the one key that is no longer held; NULL: none */
    const char *name; /* what quarantine calls it */
    enum error_kind kind;
    const char *why;
    size_t designations, hints;
} damages[] = {
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
    { "a designation altered: those of the generation before",
      "UPDATE designation SET evaluation_data_number = 99 WHERE generation = 2", NULL,
      "designations", ERROR_FORMAT, "going by those of generation 1", 1, 1 },
    { "a designation gone: likewise",
      "DELETE FROM designation WHERE generation = 2 AND subject LIKE '%000002'", NULL,
      "designations", ERROR_FORMAT, "going by those of generation 1", 1, 1 },
    { "designations altered in each generation: none",
      "UPDATE designation SET evaluation_data_number = 99", NULL, "designations",
      ERROR_FORMAT, "going by those of none", 0, 0 },
    { "the text of a hint altered",
      "UPDATE object SET body = CAST('[]' AS BLOB) WHERE digest IN (SELECT text FROM "
      "hint)",
      NULL, "fmspcs of pcs", ERROR_FORMAT, "do not have the digest", 2, 0 },
    { "a hint's name altered",
      "UPDATE hint_listing SET source = 'other' WHERE generation = 2", NULL,
      "designations", ERROR_FORMAT, "going by those of generation 1", 1, 1 },
};

static void check_damage(const struct damage *damage)
{
    static const char *const keys[] = { "root_crl", "pck_crl/platform", INFO_1, INFO_2 };
    struct store_quarantined aside[2];
    struct store_recovery report;

    bench_restart(&bench);
    OWNED(holdings_release) struct holdings *holdings = bench_recover(&bench, &report);
    if (report.quarantined != 1 || report.generation != 3 || holdings->generation != 3)
        fail_msg("%s: %zu quarantined, generation %llu", damage->claim,
                 report.quarantined, (unsigned long long)report.generation);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (holds(holdings, keys[i])
            == (damage->gone != NULL && strcmp(damage->gone, keys[i]) == 0))
            fail_msg("%s: %s", damage->claim, keys[i]);
    if (holdings->designation_count != damage->designations
        || holdings->hint_count != damage->hints)
        fail_msg("%s: %zu designations, %zu hints", damage->claim,
                 holdings->designation_count, holdings->hint_count);
    assert_int_equal(store_quarantine(bench.store, aside, 2), 1);
    if (strcmp(aside[0].name, damage->name) != 0 || aside[0].kind != damage->kind
        || strstr(aside[0].why, damage->why) == NULL || aside[0].generation != 2
        || aside[0].found_s == 0)
        fail_msg("%s: %s, %s, %s", damage->claim, aside[0].name,
                 error_kind_name(aside[0].kind), aside[0].why);
}

static void damage_is_put_aside_and_the_rest_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        bench_begin(&bench);
        holdings_release(fill());
        bench_meddle(&bench, damages[i].meddling);
        check_damage(&damages[i]);

        struct store_recovery report; /* and once is enough */
        bench_restart(&bench);
        OWNED(holdings_release) struct holdings *again = bench_recover(&bench, &report);
        assert_int_equal(report.quarantined, 0);
        assert_int_equal(report.generation, 3);
        assert_int_equal(
            bench_count(&bench, "SELECT count(*) FROM pragma_foreign_key_check"), 0);

        OWNED(verified_release)
        struct verified_collateral *one =
            bench_item(&bench, bench_tcb_info(1, 17), TEST_NOW_S);
        bool was_left = holds(again, INFO_1);
        assert_int_equal(bench_publish_one(&bench, &again, one, "pcs", 9),
                         was_left ? STORE_REPLACED : STORE_ADDED);
        bench_end(&bench);
    }
}

static void what_is_aside_is_kept_whole_with_its_key(void **state)
{
    (void)state;
    struct store_quarantined aside;
    struct collateral_key key = bench_tcb_info(1, 17);

    bench_begin(&bench);
    holdings_release(fill());
    bench_meddle(
        &bench,
        "UPDATE object SET body = CAST('rot' AS BLOB) WHERE digest = " BODY_OF(INFO_1));
    bench_restart(&bench);
    holdings_release(bench_recover(&bench, NULL));
    assert_int_equal(store_quarantine(bench.store, &aside, 1), 1);
    assert_true(aside.has_key);
    assert_int_equal(collateral_key_compare(&aside.key, &key), 0);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM quarantine WHERE body = "
                                         "CAST('rot' AS BLOB) AND length(digest) = 32 "
                                         "AND length(chain) > 500 AND source = 'pcs' AND "
                                         "fetched_s = 1 AND kind = 'format'"),
                     1);
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM object WHERE body = "
                                         "CAST('rot' AS BLOB)"),
                     0);
    bench_end(&bench);
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
    OWNED(holdings_release) struct holdings *holdings = fill();
    bench_publish_one(&bench, &holdings, newer, "pcs", 2);
    bench_meddle(&bench, ROT_CURRENT_ROOT_CRL);
    bench_restart(&bench);
    OWNED(holdings_release) struct holdings *left = bench_recover(&bench, &report);
    assert_int_equal(report.quarantined, 1);
    assert_int_equal(report.verified, 3);
    assert_true(holds(left, INFO_1));
    assert_false(
        holds(left, "root_crl")); /* not handed out: older never replaces newer */
    bench_end(&bench);
}

static void without_any_root_crl_nothing_can_be_judged(void **state)
{
    (void)state;
    struct store_quarantined aside[8];
    struct store_recovery report;

    bench_begin(&bench);
    holdings_release(fill());
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
    OWNED(holdings_release) struct holdings *holdings = fill();
    bench_publish_one(&bench, &holdings, newer, "pcs", 2);
    bench_restart(&bench);
    OWNED(holdings_release) struct holdings *left = bench_recover(&bench, &report);
    assert_int_equal(report.quarantined, 2);
    assert_true(holds(left, "pck_crl/platform"));
    assert_false(holds(left, INFO_1));
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
    holdings_release(fill());
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
    holdings_release(fill());
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

static void quarantine_has_a_bound(void **state)
{
    (void)state;
    struct store_quarantined aside[2];

    bench_begin(&bench);
    holdings_release(fill());
    bench_meddle(
        &bench, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i "
                "< 3000) INSERT INTO quarantine (found_s, generation, name, kind, reason)"
                " SELECT i, 1, 'old', 'format', 'made up' FROM n;"
                "UPDATE item SET source = 'somebody else'");
    bench_restart(&bench);
    holdings_release(bench_recover(&bench, NULL));
    assert_int_equal(bench_count(&bench, "SELECT count(*) FROM quarantine"),
                     STORE_QUARANTINE_KEPT);
    assert_int_equal(store_quarantine(bench.store, aside, 2), 2);
    assert_string_equal(aside[0].name, "list of items");
    assert_string_equal(aside[1].name, "old");
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
        cmocka_unit_test(what_is_aside_is_kept_whole_with_its_key),
        cmocka_unit_test(an_earlier_root_crl_judges_where_the_current_one_is_damaged),
        cmocka_unit_test(without_any_root_crl_nothing_can_be_judged),
        cmocka_unit_test(what_a_new_root_crl_revokes_is_not_handed_out_again),
        cmocka_unit_test(a_root_no_longer_trusted_takes_all_it_vouched_for),
        cmocka_unit_test(a_clock_that_has_jumped_takes_nothing),
        cmocka_unit_test(quarantine_has_a_bound),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
