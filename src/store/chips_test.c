/* SPDX-License-Identifier: Apache-2.0 */
#include "store/chips.h"

#include "store/test_chips.h"

static struct yard yard;

/* ---- keeping ------------------------------------------------------------------------
 */

static void what_was_kept_is_found_with_its_issuers(void **state)
{
    (void)state;
    OWNED(vcek_release) struct verified_vcek *vcek = yard_mint(&yard, 1, 24, 0);

    yard_begin(&yard);
    assert_int_equal(yard_keep(&yard, vcek), CHIP_ADDED);
    struct chip_row found = yard_find(&yard, yard_key(1, 24));
    assert_true(yard_is(&found, vcek));
    assert_false(found.revocation_checked);
    assert_int_equal(found.known_by, CHIP_BY_ASKING);
    assert_string_equal(found.source, "amd");
    assert_int_equal(found.first_seen_s, YARD_NOW_S);
    assert_int_equal(found.fetched_s, YARD_NOW_S);
    assert_int_equal(found.last_asked_s, YARD_NOW_S);
    assert_int_equal(found.due_s, 0);
    assert_int_equal(found.failures, 0);
    assert_string_equal(found.why, "");
    /* another TCB, chip or kind is another certificate */
    assert_false(yard_has(&yard, yard_key(1, 25), &found));
    assert_false(yard_has(&yard, yard_key(2, 24), &found));
    yard_end(&yard);
}

static void a_vlek_has_no_chip(void **state)
{
    (void)state;
    struct test_amd_certificate spec = test_vlek();
    struct buf der = test_amd_make(&spec);
    OWNED(vcek_release) struct verified_vcek *vlek = NULL;
    struct error err = { 0 };

    yard_begin(&yard);
    assert_ok(verify_kept_vcek(buf_bytes(&der), NULL, yard.asvk, &vlek, &err), err);
    assert_int_equal(yard_keep(&yard, vlek), CHIP_ADDED);
    struct chip_row found = yard_find(&yard, vcek_facts(vlek)->key);
    assert_true(yard_is(&found, vlek));
    assert_int_equal(found.key.vek, VEK_VLEK);
    buf_fini(&der);
    yard_end(&yard);
}

static void a_reissue_takes_the_place_and_an_older_one_does_not(void **state)
{
    (void)state;
    OWNED(vcek_release)
    struct verified_vcek *first = yard_mint(&yard, 1, 24, 0),
                         *afresh = yard_mint(&yard, 1, 24, 0),
                         *later = yard_mint(&yard, 1, 24, 30);
    const struct {
        const char *claim;
        const struct verified_vcek *comes, *stays;
        enum chip_outcome outcome;
    } cases[] = {
        { "the first", first, first, CHIP_ADDED },
        { "the same again", first, first, CHIP_SAME },
        { "signed afresh, for as long", afresh, afresh, CHIP_REPLACED },
        { "for longer", later, later, CHIP_REPLACED },
        { "one that ends earlier", first, later, CHIP_SAME },
    };

    yard_begin(&yard);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum chip_outcome outcome = yard_keep(&yard, cases[i].comes);
        struct chip_row found = yard_find(&yard, yard_key(1, 24));
        if (outcome != cases[i].outcome || !yard_is(&found, cases[i].stays))
            fail_msg("%s: %d", cases[i].claim, outcome);
    }
    assert_int_equal(bench_count(&yard.bench, "SELECT count(*) FROM chip"), 1);
    assert_int_equal(bench_count(&yard.bench, "SELECT count(*) FROM amd_issuer"), 1);
    yard_end(&yard);
}

static void what_a_damaged_one_left_is_taken_by_any(void **state)
{
    (void)state;
    OWNED(vcek_release)
    struct verified_vcek *first = yard_mint(&yard, 1, 24, 0),
                         *later = yard_mint(&yard, 1, 24, 30);

    yard_begin(&yard);
    yard_keep(&yard, later);
    bench_meddle(&yard.bench, "UPDATE vek SET der = x'3000'");
    assert_int_equal(yard_keep(&yard, first), CHIP_REPLACED);
    struct chip_row found = yard_find(&yard, yard_key(1, 24));
    assert_true(yard_is(&found, first));
    bench_meddle(&yard.bench, "UPDATE amd_issuer SET chain = x'3000'");
    assert_int_equal(yard_keep(&yard, first), CHIP_SAME);
    found = yard_find(&yard, yard_key(1, 24));
    assert_true(yard_is(&found, first));
    yard_end(&yard);
}

static void that_a_list_was_looked_at_is_kept(void **state)
{
    (void)state;
    OWNED(vcek_release) struct verified_vcek *vcek = yard_mint(&yard, 1, 24, 0);
    OWNED(vcek_release) struct verified_vcek *checked = NULL;
    OWNED(amd_crl_release) struct verified_amd_crl *crl = yard_crl(&yard, 1, 0);
    struct vcek_law law = { .crl = crl, .now_s = YARD_NOW_S };
    struct error err = { 0 };

    yard_begin(&yard);
    yard_keep(&yard, vcek);
    assert_ok(verify_vcek(vcek_facts(vcek)->der, NULL, yard.ask, &law, &checked, &err),
              err);
    assert_int_equal(yard_keep(&yard, checked), CHIP_SAME);
    assert_true(yard_find(&yard, yard_key(1, 24)).revocation_checked);
    yard_end(&yard);
}

static void a_test_root_marks_what_it_vouches_for(void **state)
{
    (void)state;
    OWNED(vcek_release) struct verified_vcek *vcek = yard_mint(&yard, 1, 24, 0);
    OWNED(amd_issuer_release)
    struct verified_amd_issuer *extra = yard_milan(ROOT_EXTRA);
    OWNED(vcek_release) struct verified_vcek *fine = yard_mint_by(extra, 1, 24, 0);
    struct chip_change change = { .vcek = vcek,
                                  .known_by = CHIP_BY_OPERATOR,
                                  .source = "amd" };
    enum chip_outcome outcome;
    struct error err = { 0 };

    bench_begin(&yard.bench);
    assert_false(store_keep_chip(yard.bench.store, &change, &outcome, &err));
    assert_refused(err, ERROR_UNTRUSTED, "chip: a test root vouches for it");
    assert_int_equal(bench_count(&yard.bench, "SELECT count(*) FROM chip"), 0);
    change.vcek = fine;
    assert_ok(store_keep_chip(yard.bench.store, &change, &outcome, &err), err);
    char longest[PLATFORM_NAME_MAX + 1] = { 0 };
    memset(longest, 'x', PLATFORM_NAME_MAX);
    change.source = longest;
    assert_false(store_keep_chip(yard.bench.store, &change, &outcome, &err));
    assert_refused(err, ERROR_LIMIT, "chip: source is longer than 63");
    bench_end(&yard.bench);
}

/* ---- wanting, failing, asking --------------------------------------------------------
 */

static void what_is_wanted_is_due_until_it_is_held(void **state)
{
    (void)state;
    OWNED(vcek_release) struct verified_vcek *vcek = yard_mint(&yard, 1, 24, 0);
    struct kds_key key = yard_key(1, 24);
    struct error err = { 0 };

    yard_begin(&yard);
    assert_int_equal(yard_want(&yard, key, CHIP_BY_TOKEN, 100), 1);
    struct chip_row found = yard_find(&yard, key);
    assert_int_equal(found.der.len, 0);
    assert_int_equal(found.issuer_chain.count, 0);
    assert_int_equal(found.fetched_s, 0);
    assert_int_equal(found.due_s, 100);
    assert_ok(store_chip_failed(yard.bench.store, &key, "KDS: 404", 700, &err), err);
    char why[2 * PLATFORM_WHY_MAX] = { 0 };
    memset(why, 'x', sizeof why - 1);
    assert_ok(store_chip_failed(yard.bench.store, &key, why, 900, &err), err);
    found = yard_find(&yard, key);
    assert_int_equal(found.failures, 2);
    assert_int_equal(found.due_s, 900);
    assert_int_equal(strlen(found.why), PLATFORM_WHY_MAX - 1);
    assert_int_equal(yard_want(&yard, key, CHIP_BY_ASKING, 300), 0); /* again, now */
    assert_int_equal(yard_find(&yard, key).due_s, 300);
    assert_int_equal(yard_keep(&yard, vcek), CHIP_ADDED);
    found = yard_find(&yard, key);
    assert_int_equal(found.due_s, 0);
    assert_int_equal(found.failures, 0);
    assert_string_equal(found.why, "");
    assert_int_equal(found.first_seen_s, 100);
    assert_int_equal(yard_want(&yard, key, CHIP_BY_ASKING, 400), 0);
    assert_int_equal(yard_find(&yard, key).due_s, 0); /* it is there */
    yard_end(&yard);
}

static void a_fetch_of_what_is_held_ends_where_it_brings_an_older_one(void **state)
{
    (void)state;
    OWNED(vcek_release)
    struct verified_vcek *first = yard_mint(&yard, 1, 24, 0),
                         *later = yard_mint(&yard, 1, 24, 30);
    struct kds_key key = yard_key(1, 24);
    struct error err = { 0 };

    yard_begin(&yard);
    yard_keep(&yard, later);
    assert_ok(store_chip_failed(yard.bench.store, &key, "KDS: 503", 5, &err), err);
    yard_keep(&yard, first);
    struct chip_row found = yard_find(&yard, key);
    assert_true(yard_is(&found, later));
    assert_int_equal(found.due_s, 0);
    assert_int_equal(found.failures, 0);
    yard_end(&yard);
}

static void who_knows_a_chip_grows_stronger_never_weaker(void **state)
{
    (void)state;
    OWNED(vcek_release) struct verified_vcek *vcek = yard_mint(&yard, 1, 24, 0);
    struct kds_key key = yard_key(1, 24);

    yard_begin(&yard);
    yard_want(&yard, key, CHIP_BY_IMPORT, 1);
    yard_keep_at(&yard, vcek, CHIP_BY_ASKING, 2);
    assert_int_equal(yard_find(&yard, key).known_by, CHIP_BY_IMPORT);
    yard_want(&yard, key, CHIP_BY_OPERATOR, 3);
    yard_keep_at(&yard, vcek, CHIP_BY_TOKEN, 4);
    assert_int_equal(yard_find(&yard, key).known_by, CHIP_BY_OPERATOR);
    yard_end(&yard);
}

static void what_was_asked_for_is_noted_and_never_goes_back(void **state)
{
    (void)state;
    struct kds_key keys[] = { yard_key(1, 24), yard_key(2, 24), yard_key(1, 24) };
    struct error err = { 0 };

    yard_begin(&yard);
    yard_want(&yard, keys[0], CHIP_BY_TOKEN, 100);
    assert_ok(store_chips_asked(yard.bench.store, keys, 3, 200, &err), err);
    assert_ok(store_chips_asked(yard.bench.store, keys, 3, 150, &err), err);
    assert_ok(store_chips_asked(yard.bench.store, NULL, 0, 900, &err), err);
    assert_int_equal(yard_find(&yard, keys[0]).last_asked_s, 200);
    assert_int_equal(bench_count(&yard.bench, "SELECT count(*) FROM chip"), 1);
    yard_end(&yard);
}

static void of_what_is_forgotten_nothing_stays(void **state)
{
    (void)state;
    OWNED(vcek_release) struct verified_vcek *vcek = yard_mint(&yard, 1, 24, 0);
    struct kds_key key = yard_key(1, 24);
    bool found = false;
    struct error err = { 0 };

    yard_begin(&yard);
    yard_keep(&yard, vcek);
    yard_want(&yard, yard_key(1, 25), CHIP_BY_TOKEN, 1);
    assert_ok(store_forget_chip(yard.bench.store, &key, &found, &err), err);
    assert_true(found);
    assert_int_equal(bench_count(&yard.bench, "SELECT count(*) FROM vek"), 0);
    assert_int_equal(bench_count(&yard.bench, "SELECT count(*) FROM chip"), 1);
    assert_ok(store_forget_chip(yard.bench.store, &key, &found, &err), err);
    assert_false(found);
    yard_end(&yard);
}

static void nothing_but_a_certificate_is_a_chips(void **state)
{
    (void)state;
    struct kds_key keys[] = {
        yard_key(1, 24), { .resource = KDS_CRL, .vek = VEK_VCEK, .product = SNP_MILAN }
    };
    struct chip_row found;
    size_t added = 9;
    bool gone = true;
    struct error err = { 0 };

    yard_begin(&yard);
    assert_false(
        store_want_chips(yard.bench.store, keys, 2, CHIP_BY_TOKEN, 1, &added, &err));
    assert_refused(err, ERROR_FORMAT,
                   "chips: vcek/Milan/crl is the name of no certificate");
    assert_int_equal(added, 0);
    assert_false(yard_has(&yard, keys[0], &found)); /* all or nothing */
    assert_false(store_chips_asked(yard.bench.store, keys, 2, 1, &err));
    assert_int_equal(err.kind, ERROR_FORMAT);
    assert_false(store_chip_failed(yard.bench.store, &keys[1], "", 1, &err));
    assert_int_equal(err.kind, ERROR_FORMAT);
    assert_false(store_forget_chip(yard.bench.store, &keys[1], &gone, &err));
    assert_int_equal(err.kind, ERROR_FORMAT);
    assert_false(gone);
    assert_false(chip_find(yard.reader, &keys[1], &yard.arena, &found, &err));
    assert_int_equal(err.kind, ERROR_FORMAT);
    yard_end(&yard);
}

/* ---- room ---------------------------------------------------------------------------
 */

static void the_tcb_asked_for_longest_ago_gives_way(void **state)
{
    (void)state;
    struct kds_key first = yard_key(1, 0);
    struct chip_row found;
    struct error err = { 0 };

    yard_begin(&yard);
    yard_want(&yard, yard_key(2, 0), CHIP_BY_TOKEN, 1); /* another chip's is another's */
    for (uint8_t i = 0; i < CHIP_TCBS_MAX; i++)
        assert_int_equal(yard_want(&yard, yard_key(1, i), CHIP_BY_TOKEN, 100 + i), 1);
    assert_ok(store_chips_asked(yard.bench.store, &first, 1, 500, &err), err);
    assert_int_equal(yard_want(&yard, yard_key(1, 0), CHIP_BY_TOKEN, 501), 0);
    assert_int_equal(yard_want(&yard, yard_key(1, 100), CHIP_BY_TOKEN, 502), 1);
    assert_true(yard_has(&yard, first, &found));
    assert_false(yard_has(&yard, yard_key(1, 1), &found));
    assert_true(yard_has(&yard, yard_key(1, 2), &found));
    assert_true(yard_has(&yard, yard_key(2, 0), &found));
    assert_int_equal(bench_count(&yard.bench, "SELECT count(*) FROM chip"),
                     CHIP_TCBS_MAX + 1);
    yard_end(&yard);
}

static void a_strangers_tcbs_give_way_before_any_known_ones(void **state)
{
    (void)state;
    struct chip_row found;

    yard_begin(&yard);
    for (uint8_t i = 0; i < CHIP_TCBS_MAX; i++)
        yard_want(&yard, yard_key(1, i), i == 20 ? CHIP_BY_ASKING : CHIP_BY_TOKEN,
                  100 + i);
    for (uint8_t i = 100; i < 110; i++) { /* each in the other's place */
        yard_want(&yard, yard_key(1, i), CHIP_BY_ASKING, 100 + i);
        assert_true(yard_has(&yard, yard_key(1, i), &found));
    }
    assert_false(yard_has(&yard, yard_key(1, 20), &found));
    for (uint8_t i = 0; i < CHIP_TCBS_MAX; i++)
        assert_true(i == 20 || yard_has(&yard, yard_key(1, i), &found));
    yard_end(&yard);
}

static int begin(void **state)
{
    (void)state;
    yard_make(&yard);
    return 0;
}

static int end(void **state)
{
    (void)state;
    yard_free(&yard);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_kept_is_found_with_its_issuers),
        cmocka_unit_test(a_vlek_has_no_chip),
        cmocka_unit_test(a_reissue_takes_the_place_and_an_older_one_does_not),
        cmocka_unit_test(what_a_damaged_one_left_is_taken_by_any),
        cmocka_unit_test(that_a_list_was_looked_at_is_kept),
        cmocka_unit_test(a_test_root_marks_what_it_vouches_for),
        cmocka_unit_test(what_is_wanted_is_due_until_it_is_held),
        cmocka_unit_test(a_fetch_of_what_is_held_ends_where_it_brings_an_older_one),
        cmocka_unit_test(who_knows_a_chip_grows_stronger_never_weaker),
        cmocka_unit_test(what_was_asked_for_is_noted_and_never_goes_back),
        cmocka_unit_test(of_what_is_forgotten_nothing_stays),
        cmocka_unit_test(nothing_but_a_certificate_is_a_chips),
        cmocka_unit_test(the_tcb_asked_for_longest_ago_gives_way),
        cmocka_unit_test(a_strangers_tcbs_give_way_before_any_known_ones),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
