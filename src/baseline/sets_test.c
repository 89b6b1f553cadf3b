/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/sets.h"

#include "baseline/test_sets.h"

static const int64_t now_s = 1786665600; /* 2026-08-14 */

struct stage {
    struct pile pile;
    struct arena arena;
    struct sets sets;
};

static struct stage *stage_new(void)
{
    struct stage *stage = test_calloc(1, sizeof *stage);

    arena_init(&stage->arena, (size_t)1 << 20);
    return stage;
}

static void stage_free(struct stage *stage)
{
    arena_fini(&stage->arena);
    test_free(stage);
}

/* Two FMSPCs of SGX, each number in date from a day ago for 30 days. */
static void add_set(struct pile *pile, uint32_t number)
{
    int64_t from_s = now_s - DAY_S, until_s = now_s + 29 * DAY_S;

    pile_tcb_info(pile, TEE_SGX, 0xb0, number, from_s, until_s);
    pile_identity(pile, TEE_SGX, number, from_s, until_s);
    pile_tcb_info(pile, TEE_SGX, 0x30, number, from_s, until_s);
}

static const struct set_number *number_of(const struct stage *stage, uint32_t number)
{
    const struct set_number *found = sets_number(&stage->sets, TEE_SGX, number);

    assert_non_null(found);
    return found;
}

static void a_set_is_whole_with_its_identity_and_every_fmspc_in_use(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_set(&stage->pile, 19);
    add_set(&stage->pile, 20);
    add_set(&stage->pile, 18);
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    const struct set_shelf *shelf = sets_of(&stage->sets, TEE_SGX);
    assert_int_equal(shelf->fmspc_count, 2);
    assert_int_equal(shelf->number_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(shelf->numbers[i].number, 20 - i);
        assert_true(shelf->numbers[i].is_whole);
        assert_int_equal(shelf->numbers[i].fmspcs, 2);
        assert_int_equal(shelf->numbers[i].until_s, now_s + 29 * DAY_S);
    }
    assert_null(sets_number(&stage->sets, TEE_SGX, 17));
    assert_null(sets_number(&stage->sets, TEE_TDX, 19));
    assert_int_equal(sets_of(&stage->sets, TEE_TDX)->number_count, 0);
    stage_free(stage);
}

static void one_document_less_and_it_is_not_whole(void **state)
{
    static const struct {
        const char *name;
        size_t without;
        bool has_identity;
        size_t fmspcs;
    } cases[] = {
        { "without the TCB info of an FMSPC that set 20 has", 0, true, 1 },
        { "without the identity", 1, false, 2 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct stage *stage = stage_new();
        add_set(&stage->pile, 19);
        add_set(&stage->pile, 20);
        stage->pile.documents[cases[i].without] = stage->pile.documents[5];
        stage->pile.count = 5;
        pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
        const struct set_number *number = number_of(stage, 19);
        if (number->is_whole || number->has_identity != cases[i].has_identity
            || number->fmspcs != cases[i].fmspcs || !number_of(stage, 20)->is_whole)
            fail_msg("%s", cases[i].name);
        stage_free(stage);
    }
}

static void what_is_not_in_date_does_not_count(void **state)
{
    static const struct {
        const char *name;
        int64_t from_s, until_s; /* from now */
        bool counts;
    } cases[] = {
        { "the last second", -DAY_S, 0, true },
        { "a second later", -DAY_S, -1, false },
        { "issued by a clock that is ahead of ours", 300, DAY_S, true },
        { "a second more ahead", 301, DAY_S, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct stage *stage = stage_new();
        add_set(&stage->pile, 19);
        add_set(&stage->pile,
                20); /* of which the FMSPC is in use, whatever it has at 19 */
        stage->pile.documents[2].from_s = now_s + cases[i].from_s;
        stage->pile.documents[2].until_s = now_s + cases[i].until_s;
        pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
        int64_t others_s = now_s + 29 * DAY_S, own_s = now_s + cases[i].until_s;
        const struct set_number *number = number_of(stage, 19);
        if (number->is_whole != cases[i].counts
            || number->until_s != (cases[i].counts ? own_s : others_s)
            || number->ended != (own_s < now_s) || set_lasts(number) != (own_s >= now_s)
            || !set_is_servable(number)
            || sets_of(&stage->sets, TEE_SGX)->fmspc_count != 2)
            fail_msg("%s", cases[i].name);
        stage_free(stage);
    }
}

static void an_fmspc_with_nothing_in_date_is_in_use_no_more(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_set(&stage->pile, 19);
    add_set(&stage->pile, 20);
    stage->pile.documents[0].until_s = now_s - 1; /* b0 at 19 */
    stage->pile.documents[3] = stage->pile.documents[5];
    stage->pile.count = 5;
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    assert_int_equal(sets_of(&stage->sets, TEE_SGX)->fmspc_count, 1);
    assert_true(number_of(stage, 20)->is_whole);
    assert_true(number_of(stage, 19)->is_whole);
    assert_int_equal(number_of(stage, 19)->ended, 1);
    stage_free(stage);
}

/* What Intel has given up stays at its last standard for good. */
static void an_fmspc_with_nothing_in_date_holds_standard_up_no_more(void **state)
{
    struct stage *stage = stage_new();
    struct set_document *documents = stage->pile.documents;

    (void)state;
    add_set(&stage->pile, 19);
    add_set(&stage->pile, 20);
    documents[0].is_standard = true; /* b0 at 19 */
    documents[3] = documents[5];     /* and nothing of it at 20 */
    stage->pile.count = 5;
    documents[3].is_standard = documents[4].is_standard = true;
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    assert_int_equal(sets_of(&stage->sets, TEE_SGX)->standard, 19);
    assert_int_equal(sets_of(&stage->sets, TEE_SGX)->newest_standard, 20);
    documents[0].until_s = now_s - 1;
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    assert_int_equal(sets_of(&stage->sets, TEE_SGX)->standard, 20);
    stage_free(stage);
}

static void with_nothing_in_date_a_number_has_no_end(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_set(&stage->pile, 19);
    pile_sets(&stage->pile, now_s + 30 * DAY_S, &stage->arena, &stage->sets);
    assert_false(number_of(stage, 19)->is_whole);
    assert_int_equal(number_of(stage, 19)->until_s, INT64_MAX);
    assert_int_equal(number_of(stage, 19)->ended, 3);
    assert_false(set_is_servable(number_of(stage, 19)));
    assert_false(set_is_servable(NULL));
    stage_free(stage);
}

static void an_identity_alone_is_no_set(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    pile_identity(&stage->pile, TEE_TDX, 19, now_s, now_s + DAY_S);
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    assert_false(sets_number(&stage->sets, TEE_TDX, 19)->is_whole);
    assert_true(sets_number(&stage->sets, TEE_TDX, 19)->has_identity);
    assert_false(set_is_servable(sets_number(&stage->sets, TEE_TDX, 19)));
    stage_free(stage);
}

static void standard_is_where_the_last_of_them_is(void **state)
{
    static const struct {
        const char *name;
        uint32_t has[3]; /* standard of FMSPC b0, of the identity, of FMSPC 30; 0: none */
        uint32_t standard, newest;
    } cases[] = {
        { "all at 19", { 19, 19, 19 }, 19, 19 },
        { "one FMSPC moved", { 20, 19, 19 }, 19, 20 },
        { "both moved, the identity has not", { 20, 19, 20 }, 19, 20 },
        { "the identity first", { 19, 20, 19 }, 19, 20 },
        { "all at 20", { 20, 20, 20 }, 20, 20 },
        { "what is not known holds nobody up", { 20, 0, 0 }, 20, 20 },
        { "none known", { 0, 0, 0 }, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct stage *stage = stage_new();
        struct set_document *documents = stage->pile.documents;
        add_set(&stage->pile, 19);
        add_set(&stage->pile, 20);
        for (size_t j = 0; j < 6; j++) {
            documents[j].is_standard = documents[j].number == cases[i].has[j % 3];
            documents[j].is_early = documents[j].number == 20;
        }
        pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
        const struct set_shelf *shelf = sets_of(&stage->sets, TEE_SGX);
        if (shelf->standard != cases[i].standard
            || shelf->newest_standard != cases[i].newest || shelf->early != 20)
            fail_msg("%s: standard %u, newest %u", cases[i].name, shelf->standard,
                     shelf->newest_standard);
        stage_free(stage);
    }
}

static void early_is_where_the_last_of_them_is_too(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    add_set(&stage->pile, 20);
    add_set(&stage->pile, 21);
    stage->pile.documents[0].is_early = true;
    stage->pile.documents[4].is_early = true;
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    assert_int_equal(sets_of(&stage->sets, TEE_SGX)->early, 20);
    stage_free(stage);
}

static void documents_are_found_by_what_they_are(void **state)
{
    static const uint8_t b0[6] = { 0xb0 }, b1[6] = { 0xb1 };
    struct stage *stage = stage_new();

    (void)state;
    pile_identity(&stage->pile, TEE_TDX, 20, 0, 1);
    add_set(&stage->pile, 20);
    pile_tcb_info(&stage->pile, TEE_TDX, 0xb0, 20, 0, 2);
    add_set(&stage->pile, 19);
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    const struct sets *sets = &stage->sets;
    assert_int_equal(sets_tcb_info(sets, TEE_TDX, b0, 20)->until_s, 2);
    assert_int_equal(sets_identity(sets, TEE_TDX, 20)->until_s, 1);
    assert_int_equal(sets_tcb_info(sets, TEE_SGX, b0, 19)->number, 19);
    assert_int_equal(sets_identity(sets, TEE_SGX, 19)->tee, TEE_SGX);
    assert_null(sets_tcb_info(sets, TEE_TDX, b0, 19));
    assert_null(sets_tcb_info(sets, TEE_SGX, b1, 19));
    assert_null(sets_identity(sets, TEE_SGX, 18));
    assert_true(sets_tcb_info_in_date(sets, TEE_SGX, b0, now_s));
    assert_false(sets_tcb_info_in_date(sets, TEE_SGX, b1, now_s)); /* not held */
    assert_true(sets_tcb_info_in_date(sets, TEE_TDX, b0, 2));
    assert_false(sets_tcb_info_in_date(sets, TEE_TDX, b0, 3)); /* ended */
    stage_free(stage);
}

static void of_too_many_numbers_the_lowest_give_way(void **state)
{
    struct stage *stage = stage_new();

    (void)state;
    for (uint32_t i = 0; i < SET_NUMBERS_MAX; i++)
        pile_identity(&stage->pile, TEE_SGX, 100 + i, 0, now_s);
    pile_identity(&stage->pile, TEE_SGX, 10, 0, now_s);
    pile_identity(&stage->pile, TEE_SGX, 500, 0, now_s);
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    const struct set_shelf *shelf = sets_of(&stage->sets, TEE_SGX);
    assert_int_equal(shelf->number_count, SET_NUMBERS_MAX);
    assert_int_equal(shelf->numbers[0].number, 500);
    assert_int_equal(shelf->numbers[SET_NUMBERS_MAX - 1].number, 101);
    assert_non_null(sets_identity(&stage->sets, TEE_SGX, 10));
    stage_free(stage);
}

static void nothing_held_is_no_error_and_a_full_arena_is(void **state)
{
    struct stage *stage = stage_new();
    const struct evaluation_numbers *const lists[] = { NULL, NULL };
    struct error err = { 0 };
    struct arena small;

    (void)state;
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
    assert_null(sets_number(&stage->sets, TEE_SGX, 19));
    assert_null(sets_identity(&stage->sets, TEE_SGX, 19));
    add_set(&stage->pile, 19);
    arena_init(&small, 16);
    assert_false(
        sets_make(stage->pile.documents, 3, lists, now_s, &small, &stage->sets, &err));
    assert_refused(err, ERROR_LIMIT, "3 documents do not fit");
    arena_fini(&small);
    stage_free(stage);
}

/* ---- when a number is expected as standard --------------------------------------- */

/* Events of 2024-11-12, 2025-05-13, 2025-08-12 and 2026-02-10. */
static const struct {
    uint32_t number;
    int64_t event_s;
} events[] = {
    { 21, 1770681600 }, { 20, 1754956800 }, { 19, 1747094400 }, { 18, 1731369600 }
};

static void expect(struct stage *stage, uint32_t standard, bool under_way)
{
    for (size_t i = 0; i < COUNT_OF(events); i++)
        pile_list(&stage->pile, TEE_SGX, events[i].number, events[i].event_s);
    add_set(&stage->pile, standard);
    add_set(&stage->pile, standard + 1);
    stage->pile.documents[0].is_standard = true;
    stage->pile.documents[under_way ? 5 : 2].is_standard = true;
    pile_sets(&stage->pile, now_s, &stage->arena, &stage->sets);
}

static void the_list_bounds_the_day_of_a_promotion(void **state)
{
    static const struct {
        const char *name;
        uint32_t standard, number;
        int64_t earliest_s, latest_s; /* 0: the list does not tell */
    } cases[] = {
        { "the next: any day, and no later than the present one took", 19, 20, 1786665600,
          1754956800 + (1786665600 - 1747094400) },
        { "the one after: not before it has waited as long as the next has", 19, 21,
          1770681600 + (1786665600 - 1754956800),
          1770681600 + (1786665600 - 1747094400) },
        { "once the next is standard", 20, 21, 1786665600,
          1770681600 + (1786665600 - 1754956800) },
        { "the present one", 19, 19, 0, 0 },
        { "one that was", 19, 18, 0, 0 },
        { "one that nobody has listed", 19, 22, 0, 0 },
        { "a standard that is listed no more", 17, 20, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct stage *stage = stage_new();
        int64_t earliest_s = 0, latest_s = 0;
        expect(stage, cases[i].standard, false);
        bool told =
            sets_promotion_expected(sets_of(&stage->sets, TEE_SGX), cases[i].number,
                                    now_s, &earliest_s, &latest_s);
        if (told != (cases[i].earliest_s != 0) || earliest_s != cases[i].earliest_s
            || latest_s != cases[i].latest_s)
            fail_msg("%s: %lld to %lld", cases[i].name, (long long)earliest_s,
                     (long long)latest_s);
        stage_free(stage);
    }
}

static void while_a_promotion_is_under_way_its_number_is_standard_already(void **state)
{
    struct stage *stage = stage_new();
    int64_t earliest_s, latest_s;

    (void)state;
    expect(stage, 19, true);
    const struct set_shelf *shelf = sets_of(&stage->sets, TEE_SGX);
    assert_int_equal(shelf->standard, 19);
    assert_int_equal(shelf->newest_standard, 20);
    assert_false(sets_promotion_expected(shelf, 20, now_s, &earliest_s, &latest_s));
    assert_true(sets_promotion_expected(shelf, 21, now_s, &earliest_s, &latest_s));
    assert_int_equal(earliest_s, now_s);
    stage_free(stage);
}

static void without_a_list_or_a_standard_nothing_is_expected(void **state)
{
    struct stage *stage = stage_new();
    int64_t earliest_s, latest_s;

    (void)state;
    expect(stage, 19, false);
    struct set_shelf shelf = *sets_of(&stage->sets, TEE_SGX);
    struct evaluation_numbers list = *shelf.list;
    shelf.list = NULL;
    assert_false(sets_promotion_expected(&shelf, 20, now_s, &earliest_s, &latest_s));
    shelf.list = &list;
    assert_true(sets_promotion_expected(&shelf, 20, now_s, &earliest_s, &latest_s));
    /* events out of order: never a span that ends before it begins */
    list.numbers[2].recovery_event_s = now_s;
    assert_true(sets_promotion_expected(&shelf, 20, now_s, &earliest_s, &latest_s));
    assert_true(now_s <= earliest_s && earliest_s <= latest_s);
    shelf.newest_standard = 0;
    assert_false(sets_promotion_expected(&shelf, 20, now_s, &earliest_s, &latest_s));
    stage_free(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_is_whole_with_its_identity_and_every_fmspc_in_use),
        cmocka_unit_test(one_document_less_and_it_is_not_whole),
        cmocka_unit_test(what_is_not_in_date_does_not_count),
        cmocka_unit_test(an_fmspc_with_nothing_in_date_is_in_use_no_more),
        cmocka_unit_test(an_fmspc_with_nothing_in_date_holds_standard_up_no_more),
        cmocka_unit_test(with_nothing_in_date_a_number_has_no_end),
        cmocka_unit_test(an_identity_alone_is_no_set),
        cmocka_unit_test(standard_is_where_the_last_of_them_is),
        cmocka_unit_test(early_is_where_the_last_of_them_is_too),
        cmocka_unit_test(documents_are_found_by_what_they_are),
        cmocka_unit_test(of_too_many_numbers_the_lowest_give_way),
        cmocka_unit_test(nothing_held_is_no_error_and_a_full_arena_is),
        cmocka_unit_test(the_list_bounds_the_day_of_a_promotion),
        cmocka_unit_test(while_a_promotion_is_under_way_its_number_is_standard_already),
        cmocka_unit_test(without_a_list_or_a_standard_nothing_is_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
