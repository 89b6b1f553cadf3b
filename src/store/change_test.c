/* SPDX-License-Identifier: Apache-2.0 */
#include "store/change.h"

#include "store/test_store.h"

static struct bench bench;

static struct holdings *holding_one(const struct verified_collateral *item)
{
    struct holding holding = { .item = verified_hold(item),
                               .source = "first",
                               .fetched_s = 100,
                               .confirmed_s = 100 };
    struct holdings *holdings = NULL;
    struct draft draft;

    assert_true(draft_init(&draft, NULL, NULL));
    assert_true(draft_put(&draft, &holding, NULL));
    verified_release(holding.item);
    assert_true(draft_finish(&draft, 1, &holdings, NULL));
    return holdings;
}

/* The change applied to holdings of `kept` alone (NULL: to nothing). */
static bool apply(const struct verified_collateral *kept,
                  const struct store_change *change, enum store_outcome *outcomes,
                  bool *is_new, struct draft *draft, struct error *err)
{
    OWNED(holdings_release)
    struct holdings *base = kept == NULL ? NULL : holding_one(kept);

    assert_true(draft_init(draft, base, NULL));
    return change_apply(draft, change, false, outcomes, is_new, err);
}

static enum store_outcome offer(const struct verified_collateral *kept,
                                const struct verified_collateral *fresh,
                                struct holding *now)
{
    struct store_entry entry = { .item = fresh, .source = "second", .fetched_s = 200 };
    struct store_change change = { .entries = &entry, .entry_count = 1 };
    enum store_outcome outcome = 0;
    struct error err = { 0 };
    struct draft draft;
    bool is_new;

    assert_ok(apply(kept, &change, &outcome, &is_new, &draft, &err), err);
    assert_true(is_new == (outcome == STORE_ADDED || outcome == STORE_REPLACED));
    *now = *draft_find(&draft, &verified_facts(fresh)->key);
    draft_fini(&draft);
    now->item = NULL; /* only where from and when is looked at */
    return outcome;
}

static struct verified_collateral *pck_crl(uint32_t number, int64_t this_update_s)
{
    struct test_crl crl = { .number = number,
                            .this_update_s = this_update_s,
                            .next_update_s = this_update_s + 30 * TEST_DAY_S };

    return bench_crl(&bench, key_pck_crl(PCK_CA_PLATFORM), TEST_PCK_PLATFORM, &crl);
}

static void older_never_replaces_newer(void **state)
{
    (void)state;
    struct collateral_key key = bench_tcb_info(1, 17);
    OWNED(verified_release)
    struct verified_collateral *info = bench_item(&bench, key, TEST_NOW_S),
                               *info_before = bench_item(&bench, key, TEST_NOW_S - 1),
                               *info_after = bench_item(&bench, key, TEST_NOW_S + 1),
                               *crl = pck_crl(5, TEST_NOW_S),
                               *crl_before = pck_crl(5, TEST_NOW_S - 1),
                               *crl_less = pck_crl(4, TEST_NOW_S + 1),
                               *crl_after = pck_crl(6, TEST_NOW_S + 1);
    const struct {
        const char *claim;
        struct verified_collateral *kept, *fresh;
        enum store_outcome outcome;
        const char *source;
        int64_t fetched_s, confirmed_s;
    } cases[] = {
        { "where nothing was", NULL, info, STORE_ADDED, "second", 200, 200 },
        { "the same bytes", info, info, STORE_SAME, "first", 100, 200 },
        { "issued a second later", info, info_after, STORE_REPLACED, "second", 200, 200 },
        { "issued a second before", info, info_before, STORE_OLDER, "first", 100, 100 },
        { "CRL: the same", crl, crl, STORE_SAME, "first", 100, 200 },
        { "CRL: the next", crl, crl_after, STORE_REPLACED, "second", 200, 200 },
        { "CRL: an earlier date", crl, crl_before, STORE_OLDER, "first", 100, 100 },
        { "CRL: later but a lower number", crl, crl_less, STORE_OLDER, "first", 100,
          100 },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct holding now;
        enum store_outcome outcome = offer(cases[i].kept, cases[i].fresh, &now);
        if (outcome != cases[i].outcome || strcmp(now.source, cases[i].source) != 0
            || now.fetched_s != cases[i].fetched_s
            || now.confirmed_s != cases[i].confirmed_s)
            fail_msg("%s: outcome %d, from %s at %lld, confirmed %lld", cases[i].claim,
                     outcome, now.source, (long long)now.fetched_s,
                     (long long)now.confirmed_s);
    }
}

static void what_is_dropped_goes_first(void **state)
{
    (void)state;
    struct collateral_key key = bench_tcb_info(1, 17);
    OWNED(verified_release)
    struct verified_collateral *kept = bench_item(&bench, key, TEST_NOW_S),
                               *older = bench_item(&bench, key, TEST_NOW_S - 1);
    struct store_entry entry = { .item = older, .source = "second", .fetched_s = 200 };
    struct store_change change = {
        .entries = &entry, .entry_count = 1, .dropped = &key, .dropped_count = 1
    };
    enum store_outcome outcome;
    struct error err = { 0 };
    struct draft draft;
    bool is_new;

    assert_ok(apply(kept, &change, &outcome, &is_new, &draft, &err), err);
    assert_int_equal(outcome, STORE_ADDED);
    assert_int_equal(draft.count, 1);
    draft_fini(&draft);

    change.entry_count = 0;
    assert_ok(apply(kept, &change, NULL, &is_new, &draft, &err), err);
    assert_true(is_new);
    assert_int_equal(draft.count, 0);
    draft_fini(&draft);

    assert_ok(apply(NULL, &change, NULL, &is_new, &draft, &err), err);
    assert_false(is_new); /* what was not there is not missed */
    draft_fini(&draft);
}

static void a_designation_names_what_is_held(void **state)
{
    (void)state;
    OWNED(verified_release)
    struct verified_collateral *kept =
        bench_item(&bench, bench_tcb_info(1, 17), TEST_NOW_S);
    const struct {
        const char *claim;
        struct designation designation;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        { "held", { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, true }, ERROR_NONE, "" },
        { "by a full key",
          { bench_tcb_info(1, 99), UPDATE_EARLY, 17, true },
          ERROR_NONE,
          "" },
        { "another number",
          { bench_tcb_info(1, 0), UPDATE_STANDARD, 18, true },
          ERROR_NOT_FOUND,
          "30606a000001/18 can't be standard: it is not held" },
        { "no number",
          { bench_tcb_info(1, 17), UPDATE_EARLY, 0, true },
          ERROR_NOT_FOUND,
          "can't be early" },
        { "another FMSPC",
          { bench_tcb_info(2, 0), UPDATE_STANDARD, 17, true },
          ERROR_NOT_FOUND,
          "30606a000002/17" },
        { "no update",
          { bench_tcb_info(1, 0), (enum update)0, 17, true },
          ERROR_FORMAT,
          "no such update as 0" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store_change change = { .designations = &cases[i].designation,
                                       .designation_count = 1 };
        struct error err = { 0 };
        struct draft draft;
        bool is_new;
        bool well = apply(kept, &change, NULL, &is_new, &draft, &err);
        if (well != (cases[i].kind == ERROR_NONE))
            fail_msg("%s: %s", cases[i].claim, err.text);
        if (!well)
            assert_refused(err, cases[i].kind, cases[i].part);
        if (well) {
            assert_true(is_new);
            assert_int_equal(draft.designations[0].subject.evaluation_data_number, 0);
        }
        draft_fini(&draft);
    }
}

static void the_same_number_under_another_list_status_is_news(void **state)
{
    (void)state;
    OWNED(verified_release)
    struct verified_collateral *kept =
        bench_item(&bench, bench_tcb_info(1, 17), TEST_NOW_S);
    struct designation both[] = { { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, false },
                                  { bench_tcb_info(1, 0), UPDATE_STANDARD, 17, false } };
    struct store_change change = { .designations = both, .designation_count = 1 };
    struct error err = { 0 };
    struct draft draft;
    bool is_new;

    assert_ok(apply(kept, &change, NULL, &is_new, &draft, &err), err);
    assert_true(is_new);
    assert_ok(change_apply(&draft, &change, false, NULL, &is_new, &err), err);
    assert_false(is_new);
    both[0].listed = true;
    assert_ok(change_apply(&draft, &change, false, NULL, &is_new, &err), err);
    assert_true(is_new);
    draft_fini(&draft);
}

static void a_hint_is_a_list_of_fmspcs_within_its_limit(void **state)
{
    (void)state;
    static const char list[] = "[{\"fmspc\":\"30606A000001\",\"platform\":\"E5\"}]";
    char *text = malloc(COLLATERAL_BODY_MAX + 1);
    struct hint hint = { .source = "pcs" };
    struct store_change change = { .hints = &hint, .hint_count = 1 };
    struct error err = { 0 };
    struct draft draft;
    bool is_new;

    assert_non_null(text);
    memset(text, ' ', COLLATERAL_BODY_MAX + 1);
    memcpy(text, list, sizeof list - 1);
    hint.text = bytes_of(text, COLLATERAL_BODY_MAX);
    assert_ok(apply(NULL, &change, NULL, &is_new, &draft, &err), err);
    assert_true(is_new);
    draft_fini(&draft);

    hint.text.len++;
    assert_false(apply(NULL, &change, NULL, &is_new, &draft, &err));
    assert_refused(err, ERROR_LIMIT,
                   "list of pcs: list of FMSPCs of 1048577 bytes, at "
                   "most 1048576");
    draft_fini(&draft);

    hint.text.len = sizeof list - 2;
    assert_false(apply(NULL, &change, NULL, &is_new, &draft, &err));
    assert_refused(err, ERROR_FORMAT, "list of pcs: ");
    draft_fini(&draft);
    free(text);
}

static void a_test_root_vouches_only_in_a_marked_store(void **state)
{
    (void)state;
    struct collateral_key key = bench_tcb_info(1, 17);
    OWNED(verified_release)
    struct verified_collateral *item =
        test_world_item(bench.world, &key, TEST_NOW_S, TEST_NOW_S + 30 * TEST_DAY_S);
    struct store_entry entry = { .item = item, .source = "sim", .fetched_s = 1 };
    struct store_change change = { .entries = &entry, .entry_count = 1 };
    enum store_outcome outcome;
    struct error err = { 0 };
    struct draft draft;
    bool is_new;

    assert_true(draft_init(&draft, NULL, NULL));
    assert_false(change_apply(&draft, &change, false, &outcome, &is_new, &err));
    assert_refused(err, ERROR_UNTRUSTED,
                   "tcb_info/sgx/v3/30606a000001/17 is vouched for by a test root");
    assert_ok(change_apply(&draft, &change, true, &outcome, &is_new, &err), err);
    assert_int_equal(outcome, STORE_ADDED);
    draft_fini(&draft);
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
        cmocka_unit_test(older_never_replaces_newer),
        cmocka_unit_test(what_is_dropped_goes_first),
        cmocka_unit_test(a_designation_names_what_is_held),
        cmocka_unit_test(the_same_number_under_another_list_status_is_news),
        cmocka_unit_test(a_hint_is_a_list_of_fmspcs_within_its_limit),
        cmocka_unit_test(a_test_root_vouches_only_in_a_marked_store),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
