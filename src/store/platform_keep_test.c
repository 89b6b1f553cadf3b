/* SPDX-License-Identifier: Apache-2.0 */
#include "store/test_platforms.h"

static struct fleet fleet;

/* ---- whose platform it is -----------------------------------------------------------
 */

static void who_is_stronger_binds_and_nobody_else(void **state)
{
    (void)state;
    static const struct {
        const char *claim;
        enum platform_bound_by first, second;
        uint8_t ppid;
        bool rebinds;
        enum platform_outcome outcome;
        enum platform_bound_by bound_by;
    } cases[] = {
        { "a stranger again, the same PPID: nothing new", BOUND_BY_ASKING,
          BOUND_BY_ASKING, 1, false, PLATFORM_SAME, BOUND_BY_ASKING },
        { "a stranger, another PPID than a stranger's", BOUND_BY_ASKING, BOUND_BY_ASKING,
          2, false, PLATFORM_CONFLICT, BOUND_BY_ASKING },
        { "a token, another PPID than a stranger's", BOUND_BY_ASKING, BOUND_BY_TOKEN, 2,
          false, PLATFORM_REPLACED, BOUND_BY_TOKEN },
        { "a bundle, another PPID than a stranger's", BOUND_BY_ASKING, BOUND_BY_IMPORT, 2,
          false, PLATFORM_REPLACED, BOUND_BY_IMPORT },
        { "a token confirms what a stranger bound", BOUND_BY_ASKING, BOUND_BY_TOKEN, 1,
          false, PLATFORM_CHANGED, BOUND_BY_TOKEN },
        { "a stranger does not weaken a token's", BOUND_BY_TOKEN, BOUND_BY_ASKING, 1,
          false, PLATFORM_SAME, BOUND_BY_TOKEN },
        { "a stranger, another PPID than a token's", BOUND_BY_TOKEN, BOUND_BY_ASKING, 2,
          false, PLATFORM_CONFLICT, BOUND_BY_TOKEN },
        { "a token, another PPID than a token's", BOUND_BY_TOKEN, BOUND_BY_TOKEN, 2,
          false, PLATFORM_CONFLICT, BOUND_BY_TOKEN },
        { "the operator, another PPID than a token's", BOUND_BY_TOKEN, BOUND_BY_OPERATOR,
          2, false, PLATFORM_REPLACED, BOUND_BY_OPERATOR },
        { "the operator, another PPID than his own", BOUND_BY_OPERATOR, BOUND_BY_OPERATOR,
          2, false, PLATFORM_CONFLICT, BOUND_BY_OPERATOR },
        { "the operator, who rebinds", BOUND_BY_OPERATOR, BOUND_BY_OPERATOR, 2, true,
          PLATFORM_REPLACED, BOUND_BY_OPERATOR },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct minted first = fleet_mint(&fleet, 1, "53"),
                      second = fleet_mint(&fleet, cases[i].ppid, "53");
        struct platform_change change = fleet_change("ab", 1, cases[i].first);
        fleet_begin(&fleet);
        change.has_raw_tcb = change.raw_confirmed = true;
        change.raw = fleet_raw(5);
        fleet_give(&change, &first);
        assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_ADDED);

        change = fleet_change("ab", cases[i].ppid, cases[i].second);
        change.rebinds = cases[i].rebinds;
        change.now_s++;
        fleet_give(&change, &second);
        enum platform_outcome outcome = fleet_keep(&fleet, &change);
        struct platform found = fleet_find(&fleet, "ab");
        bool is_second = cases[i].outcome == PLATFORM_REPLACED;
        struct sha256 digest = sha256(
            bytes_of(pck_facts((is_second ? &second : &first)->pcks[0])->cert.ppid, 16));
        if (outcome != cases[i].outcome || found.bound_by != cases[i].bound_by
            || memcmp(found.ppid_digest, digest.digest, SHA256_LEN) != 0
            || found.raw_tcb_count != (is_second ? 0 : 1)
            || found.encrypted_ppid.at[0] != (is_second ? 2 : 1)
            || found.last_seen_s != TEST_NOW_S + (outcome == PLATFORM_CONFLICT ? 0 : 1))
            fail_msg("%s: outcome %d, %s", cases[i].claim, (int)outcome,
                     platform_bound_by_name(found.bound_by));
        fleet_end(&fleet);
        minted_fini(&first);
        minted_fini(&second);
    }
}

/* A registration says what to ask upstream with, which need not be of the bound PPID. */
static void a_registration_does_not_lend_its_strength_to_a_strangers_binding(void **state)
{
    (void)state;
    struct minted strangers = fleet_mint(&fleet, 1, "5"),
                  own = fleet_mint(&fleet, 2, "5");
    struct platform_change asked = fleet_change("ab", 1, BOUND_BY_ASKING),
                           registered = fleet_change("ab", 2, BOUND_BY_TOKEN);

    fleet_begin(&fleet);
    fleet_give(&asked, &strangers);
    fleet_keep(&fleet, &asked);
    registered.registrar = "rack 7";
    registered.due_s = 7;
    assert_int_equal(fleet_keep(&fleet, &registered), PLATFORM_CHANGED);
    struct platform found = fleet_find(&fleet, "ab");
    assert_int_equal(found.bound_by, BOUND_BY_ASKING);
    assert_int_equal(found.encrypted_ppid.at[0], 2); /* and it is due at once */
    assert_int_equal(found.due_s, 7);
    assert_string_equal(fleet_list(&found), "5");

    /* what upstream says to exactly that is worth as much as whoever gave it */
    struct platform_change fetched = fleet_change("ab", 2, BOUND_BY_ASKING);
    fleet_give(&fetched, &own);
    assert_int_equal(fleet_keep(&fleet, &fetched), PLATFORM_REPLACED);
    assert_int_equal(fleet_find(&fleet, "ab").bound_by, BOUND_BY_TOKEN);
    assert_int_equal(fleet_keep(&fleet, &asked), PLATFORM_CONFLICT);
    fleet_end(&fleet);
    minted_fini(&strangers);
    minted_fini(&own);
}

static void a_stranger_neither_answers_nor_redirects_what_a_token_asked_for(void **state)
{
    (void)state;
    struct minted strangers = fleet_mint(&fleet, 1, "5");
    struct platform_change registered = fleet_change("ab", 2, BOUND_BY_TOKEN),
                           asked = fleet_change("ab", 1, BOUND_BY_ASKING);

    fleet_begin(&fleet);
    assert_int_equal(fleet_keep(&fleet, &registered), PLATFORM_ADDED);
    assert_int_equal(fleet_keep(&fleet, &asked), PLATFORM_SAME); /* nothing shown */
    fleet_give(&asked, &strangers);
    assert_int_equal(fleet_keep(&fleet, &asked), PLATFORM_CONFLICT);
    struct platform found = fleet_find(&fleet, "ab");
    assert_int_equal(found.state, PLATFORM_WAITING);
    assert_int_equal(found.encrypted_ppid.at[0], 2);
    fleet_end(&fleet);
    minted_fini(&strangers);
}

static void test_roots_stay_out_of_a_store_that_is_not_marked(void **state)
{
    (void)state;
    struct minted minted = fleet_mint(&fleet, 1, "5");
    struct platform_change change = fleet_change("ab", 1, BOUND_BY_OPERATOR);
    enum platform_outcome outcome;
    struct error err = { 0 };

    bench_begin(&fleet.bench);
    fleet_give(&change, &minted);
    assert_false(store_keep_platform(fleet.bench.store, &change, &outcome, &err));
    assert_refused(err, ERROR_UNTRUSTED, "platform: a test root vouches");
    assert_int_equal(bench_count(&fleet.bench, "SELECT count(*) FROM platform"), 0);
    bench_end(&fleet.bench);
    minted_fini(&minted);
}

/* ---- names --------------------------------------------------------------------------
 */

static void one_without_a_name_takes_one_on(void **state)
{
    (void)state;
    struct minted minted = fleet_mint(&fleet, 1, "53");
    struct platform_change change = fleet_change(NULL, 1, BOUND_BY_ASKING);
    uint8_t locator[32];
    struct platform found;
    struct error err = { 0 };

    fleet_begin(&fleet);
    fleet_give(&change, &minted);
    assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_ADDED);
    assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_SAME);
    platform_locator(0, change.encrypted_ppid, change.manifest, locator);
    assert_ok(platform_find_located(fleet.reader, locator, &fleet.arena, &found, &err),
              err);
    assert_false(found.has_name);
    int64_t row = found.platform;

    struct platform_change named = fleet_change("ab", 1, BOUND_BY_TOKEN);
    assert_int_equal(fleet_keep(&fleet, &named), PLATFORM_CHANGED);
    found = fleet_find(&fleet, "ab");
    assert_true(found.has_name);
    assert_int_equal(found.platform, row);
    assert_int_equal(found.bound_by, BOUND_BY_TOKEN); /* asked for alike: the same PPID */
    assert_string_equal(fleet_list(&found), "53");

    /* one that has a name keeps it; and is found by what it is asked for with still */
    named = fleet_change("cd", 1, BOUND_BY_TOKEN);
    assert_int_equal(fleet_keep(&fleet, &named), PLATFORM_ADDED);
    assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_SAME);
    assert_ok(platform_find_row(fleet.reader, row, &fleet.arena, &found, &err), err);
    assert_string_equal(found.name.qe_id, "ab");
    fleet_end(&fleet);
    minted_fini(&minted);
}

static void what_cannot_be_a_platform_is_refused(void **state)
{
    (void)state;
    static char long_text[PLATFORM_NAME_MAX + 1];
    static uint8_t long_blob[MANIFEST_MAX + 1];
    struct minted one = fleet_mint(&fleet, 1, "5"), other = fleet_mint(&fleet, 2, "4");
    const struct verified_pck *both[] = { one.pcks[0], other.pcks[0] };
    const struct platform_change plain = fleet_change("ab", 1, BOUND_BY_TOKEN);
    struct platform_change cases[7];
    static const struct {
        enum error_kind kind;
        const char *part;
    } refusals[] = {
        { ERROR_FORMAT, "neither a name nor anything to ask for it with" },
        { ERROR_LIMIT, "platform: registrar is longer than 63" },
        { ERROR_LIMIT, "source is longer" },
        { ERROR_LIMIT, "manifest is longer" },
        { ERROR_FORMAT, "PPID" },
        { ERROR_FORMAT, "PCE-ID 0000 in the certificate, 0001 in the name" },
        { ERROR_FORMAT, "QE ID is empty" },
    };

    memset(long_text, 'x', PLATFORM_NAME_MAX);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        cases[i] = plain;
    cases[0].has_name = false;
    cases[0].encrypted_ppid.len = 0;
    cases[1].registrar = long_text;
    cases[2].source = long_text;
    cases[3].manifest = bytes_of(long_blob, sizeof long_blob);
    cases[4].pcks = both;
    cases[4].pck_count = 2;
    fleet_give(&cases[5], &one);
    cases[5].name.pce_id = 1;
    cases[6].name.qe_id[0] = 0;
    fleet_begin(&fleet);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        enum platform_outcome outcome;
        struct error err = { 0 };
        assert_false(store_keep_platform(fleet.bench.store, &cases[i], &outcome, &err));
        assert_refused(err, refusals[i].kind, refusals[i].part);
    }
    assert_int_equal(bench_count(&fleet.bench, "SELECT count(*) FROM platform"), 0);
    fleet_end(&fleet);
    minted_fini(&one);
    minted_fini(&other);
}

/* ---- certificates -------------------------------------------------------------------
 */

static void a_list_is_replaced_or_added_to(void **state)
{
    (void)state;
    static const struct {
        const char *claim, *first, *first_gaps, *second, *second_gaps;
        bool adds;
        enum platform_outcome outcome;
        const char *list;
    } cases[] = {
        { "sorted, the greatest first", "35", "", "53", "", false, PLATFORM_SAME, "53" },
        { "replaced whole", "53", "", "4", "", false, PLATFORM_CHANGED, "4" },
        { "a gap stands where no certificate does", "5", "4", "5", "4", false,
          PLATFORM_SAME, "54-" },
        { "a certificate goes before a gap", "5", "5", "5", "", false, PLATFORM_SAME,
          "5" },
        { "a gap is filled", "5", "4", "54", "", false, PLATFORM_CHANGED, "54" },
        { "added to", "5", "", "3", "", true, PLATFORM_CHANGED, "53" },
        { "added, and there already", "53", "", "3", "", true, PLATFORM_SAME, "53" },
        { "a gap that is added takes nothing away", "53", "", "5", "3", true,
          PLATFORM_SAME, "53" },
        { "what is added fills a gap", "5", "3", "3", "", true, PLATFORM_CHANGED, "53" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *const lists[2][2] = { { cases[i].first, cases[i].first_gaps },
                                          { cases[i].second, cases[i].second_gaps } };
        enum platform_outcome outcome = PLATFORM_ADDED;
        fleet_begin(&fleet);
        for (size_t round = 0; round < 2; round++) {
            struct minted minted = fleet_mint(&fleet, 1, lists[round][0]);
            struct platform_change change = fleet_change("ab", 1, BOUND_BY_TOKEN);
            uint8_t gaps[4][TCBM_LEN] = { { 0 } };
            for (size_t j = 0; lists[round][1][j] != 0; j++) {
                memset(gaps[j], lists[round][1][j] - '0', 16);
                gaps[j][16] = 13;
                change.gap_count++;
            }
            change.gaps = (const uint8_t(*)[TCBM_LEN])gaps;
            change.adds = cases[i].adds && round == 1;
            change.now_s += (int64_t)round;
            fleet_give(&change, &minted);
            outcome = fleet_keep(&fleet, &change);
            minted_fini(&minted);
        }
        struct platform found = fleet_find(&fleet, "ab");
        if (strcmp(fleet_list(&found), cases[i].list) != 0 || outcome != cases[i].outcome
            || found.fetched_s != TEST_NOW_S + 1)
            fail_msg("%s: %s, outcome %d", cases[i].claim, fleet_list(&found),
                     (int)outcome);
        fleet_end(&fleet);
    }
}

static void what_certificates_say_is_what_is_kept(void **state)
{
    (void)state;
    struct minted minted = fleet_mint(&fleet, 7, "53");
    struct platform_change change = fleet_change("ab", 1, BOUND_BY_IMPORT);
    const struct pck_facts *facts = pck_facts(minted.pcks[0]);
    const struct pck_issuer_facts *issuer = pck_issuer_facts(facts->issuer);

    fleet_begin(&fleet);
    change.source = "pcs";
    change.registrar = "rack 7";
    assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_ADDED);
    assert_int_equal(fleet_find(&fleet, "ab").state, PLATFORM_WAITING);
    fleet_give(&change, &minted);
    change.due_s = TEST_NOW_S + 7;
    assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_CHANGED);
    assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_SAME);
    struct platform found = fleet_find(&fleet, "ab");
    assert_int_equal(found.state, PLATFORM_HELD);
    assert_memory_equal(found.fmspc, facts->cert.fmspc, 6);
    assert_int_equal(found.ca, PCK_CA_PLATFORM);
    assert_int_equal(found.issuer_chain.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(bytes_equal(found.issuer_chain.certificates[i],
                                issuer->chain.certificates[i]));
    assert_true(bytes_equal(found.pcks[0].der, facts->der));
    assert_memory_equal(found.pcks[0].digest, facts->digest, 32);
    assert_memory_equal(found.pcks[0].tcbm, facts->tcbm, TCBM_LEN);
    assert_int_equal(found.has_cached_keys, facts->cert.has_platform);
    assert_int_equal(found.cached_keys, facts->cert.cached_keys);
    assert_string_equal(found.source, "pcs");
    assert_string_equal(found.registrar, "rack 7");
    assert_int_equal(found.due_s, TEST_NOW_S + 7);
    assert_int_equal(bench_count(&fleet.bench, "SELECT count(*) FROM pck_issuer"), 1);
    fleet_end(&fleet);
    minted_fini(&minted);
}

static void a_damaged_certificate_is_healed_by_the_next_fetch(void **state)
{
    (void)state;
    struct minted minted = fleet_mint(&fleet, 1, "53");
    struct platform_change change = fleet_change("ab", 1, BOUND_BY_TOKEN);

    fleet_begin(&fleet);
    fleet_give(&change, &minted);
    fleet_keep(&fleet, &change);
    bench_meddle(&fleet.bench, "UPDATE pck SET der = x'30' WHERE pck % 512 = 0");
    assert_int_equal(fleet_find(&fleet, "ab").pck_count, 1);
    assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_CHANGED);
    assert_int_equal(fleet_find(&fleet, "ab").pck_count, 2);
    fleet_end(&fleet);
    minted_fini(&minted);
}

static void a_manifest_goes_before_an_encrypted_ppid(void **state)
{
    (void)state;
    static uint8_t manifest[2][MANIFEST_LEAST];
    struct platform_change change = fleet_change("ab", 1, BOUND_BY_TOKEN);
    uint8_t locator[32];

    fleet_begin(&fleet);
    fleet_keep(&fleet, &change);
    manifest[1][0] = 1;
    for (size_t i = 0; i < 2; i++) {
        change.manifest = bytes_of(manifest[i], sizeof manifest[i]);
        change.due_s = (int64_t)i + 1;
        assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_CHANGED);
        struct platform found = fleet_find(&fleet, "ab");
        assert_true(bytes_equal(found.manifest, change.manifest));
        assert_int_equal(found.encrypted_ppid.len, ENCRYPTED_PPID_LEN);
        assert_int_equal(found.due_s, i + 1); /* it has to be asked anew */
        platform_locator(0, change.encrypted_ppid, change.manifest, locator);
        assert_memory_equal(found.locator, locator, sizeof locator);
    }
    change.due_s = 9;
    assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_SAME);
    change.manifest.len = 0; /* what is not given stays */
    assert_int_equal(fleet_keep(&fleet, &change), PLATFORM_SAME);
    struct platform found = fleet_find(&fleet, "ab");
    assert_int_equal(found.manifest.len, MANIFEST_LEAST);
    assert_int_equal(found.due_s, 2);
    fleet_end(&fleet);
}

static int begin(void **state)
{
    (void)state;
    bench_make(&fleet.bench);
    return 0;
}

static int end(void **state)
{
    (void)state;
    fleet_free(&fleet);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_stronger_binds_and_nobody_else),
        cmocka_unit_test(
            a_registration_does_not_lend_its_strength_to_a_strangers_binding),
        cmocka_unit_test(a_stranger_neither_answers_nor_redirects_what_a_token_asked_for),
        cmocka_unit_test(test_roots_stay_out_of_a_store_that_is_not_marked),
        cmocka_unit_test(one_without_a_name_takes_one_on),
        cmocka_unit_test(what_cannot_be_a_platform_is_refused),
        cmocka_unit_test(a_list_is_replaced_or_added_to),
        cmocka_unit_test(what_certificates_say_is_what_is_kept),
        cmocka_unit_test(a_damaged_certificate_is_healed_by_the_next_fetch),
        cmocka_unit_test(a_manifest_goes_before_an_encrypted_ppid),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
