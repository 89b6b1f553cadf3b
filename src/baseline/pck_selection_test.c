/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/pck_selection.h"

#include "baseline/test_pck_lists.h"

/* ---- one platform, rank by rank -------------------------------------------------- */

static const struct tcb levels[] = {
    { { 4, 4, 2, 2, 4, 1, 0, 5 }, 11 },
    { { 3, 3, 2, 2, 4, 1, 0, 5 }, 11 },
    { { 2, 2, 2, 2, 3, 1, 0, 3 }, 5 },
};

static const struct tcb listed[] = {
    { { 2, 2, 2, 2, 3, 1, 0, 3 }, 5 },          /* 0: the last level, exactly */
    { { 4, 4, 2, 2, 4, 1, 0, 3 }, 11 },         /* 1: short of the first two levels */
    { { 2, 2, 2, 2, 3, 1, 0, 3, 0, 0, 9 }, 4 }, /* 2: reaches no level */
    { { 4, 4, 2, 2, 4, 1, 0, 5 }, 11 },         /* 3: the first level, exactly */
    { { 3, 3, 2, 2, 4, 1, 0, 5 }, 13 },         /* 4: the second and more */
    { { 4, 4, 2, 2, 4, 1, 0, 7 }, 11 },         /* 5: the first and more */
    { { 2, 2, 2, 2, 3, 1, 0, 3, 9 }, 5 },       /* 6: the last and more */
    { { 1 }, 4 },                               /* 7: below all */
};

struct stage {
    struct arena arena;
    struct tcb_info info;
    struct pck_candidate candidates[COUNT_OF(listed)];
    struct pck_rank ranks[COUNT_OF(listed)];
};

static void stage_make(struct stage *stage)
{
    struct error err = { 0 };

    arena_init(&stage->arena, (size_t)4 << 20);
    stage->info = info_of(levels, COUNT_OF(levels), fmspc, &stage->arena);
    for (size_t i = 0; i < COUNT_OF(listed); i++)
        stage->candidates[i] = candidate_of(&listed[i]);
    assert_ok(
        pck_rank(&stage->info, stage->candidates, COUNT_OF(listed), stage->ranks, &err),
        err);
}

static void certificates_stand_by_level_and_within_it_from_the_greatest(void **state)
{
    /* 1 and 6 cannot be compared, and 1 came first; 2 and 7 neither */
    static const struct {
        size_t candidate, level;
    } expected[] = { { 5, 0 },
                     { 3, 0 },
                     { 4, 1 },
                     { 1, 2 },
                     { 6, 2 },
                     { 0, 2 },
                     { 2, PCK_NO_LEVEL },
                     { 7, PCK_NO_LEVEL } };
    struct stage stage;

    (void)state;
    stage_make(&stage);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(stage.ranks[i].candidate, expected[i].candidate);
        assert_int_equal(stage.ranks[i].level, expected[i].level);
        assert_int_equal(stage.ranks[i].flaw, PCK_SOUND);
    }
    arena_fini(&stage.arena);
}

static const struct {
    const char *name;
    struct tcb raw;
    size_t pick;
} picks[] = {
    { "all that there is: the greatest", { { 9, 9, 9, 9, 9, 9, 9, 9, 9 }, 20 }, 5 },
    { "exactly the first level", { { 4, 4, 2, 2, 4, 1, 0, 5 }, 11 }, 3 },
    { "PCESVN one behind: no certificate of its level",
      { { 4, 4, 2, 2, 4, 1, 0, 5 }, 10 },
      0 },
    { "exactly what falls short of a level", { { 4, 4, 2, 2, 4, 1, 0, 3 }, 11 }, 1 },
    { "second level with a higher PCESVN", { { 3, 3, 2, 2, 4, 1, 0, 5 }, 13 }, 4 },
    { "second level, whose certificate is above: the level below",
      { { 3, 3, 2, 2, 4, 1, 0, 5 }, 12 },
      0 },
    { "one component ahead helps in the last level",
      { { 2, 2, 2, 2, 3, 1, 0, 3, 9 }, 5 },
      6 },
    { "below every level, but not below every certificate",
      { { 1, 9, 9, 9, 9, 9, 9, 9 }, 4 },
      7 },
    { "below every certificate: none", { { 0, 9, 9, 9, 9, 9, 9, 9, 9 }, 20 }, PCK_NONE },
    { "PCESVN below every certificate: none",
      { { 9, 9, 9, 9, 9, 9, 9, 9, 9 }, 3 },
      PCK_NONE },
};

static void the_first_that_the_raw_tcb_reaches_is_chosen(void **state)
{
    struct stage stage;

    (void)state;
    stage_make(&stage);
    for (size_t i = 0; i < COUNT_OF(picks); i++) {
        struct raw_tcb raw = raw_of(&picks[i].raw);
        size_t at = pick(&stage.info, stage.candidates, COUNT_OF(listed), &raw);
        if (at != picks[i].pick)
            fail_msg("%s: certificate %zd", picks[i].name, (ssize_t)at);
    }
    struct raw_tcb raw = raw_of(&picks[0].raw);
    assert_int_equal(pick(&stage.info, stage.candidates, 0, &raw), PCK_NONE);
    arena_fini(&stage.arena);
}

/* What fails to verify is found out when it is to be given, after the ranking. */
static void what_is_found_flawed_later_is_passed_over(void **state)
{
    struct stage stage;

    (void)state;
    stage_make(&stage);
    struct raw_tcb all = { .pcesvn = UINT16_MAX };
    memset(all.cpusvn, 0xff, sizeof all.cpusvn);
    for (size_t i = 0; i < COUNT_OF(listed); i++) {
        assert_int_equal(
            pck_choose(stage.ranks, COUNT_OF(listed), stage.candidates, &all), i);
        stage.ranks[i].flaw = PCK_UNTRUSTED;
    }
    assert_int_equal(pck_choose(stage.ranks, COUNT_OF(listed), stage.candidates, &all),
                     PCK_NONE);
    arena_fini(&stage.arena);
}

/* A certificate goes to the first level that it reaches. Two that cannot be compared
 * reach one of the two levels each; which level comes first is the document's word. */
static void levels_that_cannot_be_compared_keep_the_documents_order(void **state)
{
    static const struct tcb ahead_in_first = { { 5, 3 }, 7 },
                            ahead_in_second = { { 3, 5 }, 7 };
    const struct tcb orders[][2] = { { ahead_in_first, ahead_in_second },
                                     { ahead_in_second, ahead_in_first } };
    const struct pck_candidate candidates[] = { candidate_of(&ahead_in_first),
                                                candidate_of(&ahead_in_second) };
    const struct raw_tcb raw = { .cpusvn = { 5, 5 }, .pcesvn = 7 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct arena arena;
        arena_init(&arena, (size_t)1 << 20);
        struct tcb_info info = info_of(orders[i], 2, fmspc, &arena);
        /* for the match they stand one way; not so for the selection */
        assert_int_equal(info.levels[0].sgx[0].svn, 5);
        assert_int_equal(pick(&info, candidates, 2, &raw), i);
        arena_fini(&arena);
    }
}

static void greater_levels_come_first_whatever_the_document_says(void **state)
{
    const struct tcb upside_down[] = { levels[2], levels[1], levels[0] };
    struct stage stage;

    (void)state;
    stage_make(&stage);
    stage.info = info_of(upside_down, COUNT_OF(upside_down), fmspc, &stage.arena);
    for (size_t i = 0; i < COUNT_OF(picks); i++) {
        struct raw_tcb raw = raw_of(&picks[i].raw);
        assert_int_equal(pick(&stage.info, stage.candidates, COUNT_OF(listed), &raw),
                         picks[i].pick);
    }
    arena_fini(&stage.arena);
}

static void of_two_with_one_tcb_the_later_counts(void **state)
{
    struct stage stage;
    struct raw_tcb raw = raw_of(&listed[5]);

    (void)state;
    stage_make(&stage);
    struct pck_candidate twins[] = { stage.candidates[5], stage.candidates[3],
                                     stage.candidates[5] };
    assert_int_equal(pick(&stage.info, twins, 3, &raw), 2);
    arena_fini(&stage.arena);
}

/* ---- odd ones -------------------------------------------------------------------- */

static void expect_flaws(const struct tcb_info *info,
                         const struct pck_candidate *candidates, size_t count,
                         const enum pck_flaw *expected)
{
    struct pck_rank ranks[ROOM];
    struct error err = { 0 };
    bool flawed = false;

    assert_ok(pck_rank(info, candidates, count, ranks, &err), err);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ranks[i].flaw, expected[ranks[i].candidate]);
        if (flawed) /* they stand last */
            assert_int_not_equal(ranks[i].flaw, PCK_SOUND);
        flawed = ranks[i].flaw != PCK_SOUND;
        if (flawed)
            assert_int_equal(ranks[i].level, PCK_NO_LEVEL);
    }
}

static void an_odd_certificate_is_marked_and_stands_last(void **state)
{
    const enum pck_flaw flaws[] = { PCK_UNREADABLE, PCK_SOUND,     PCK_OTHER_FMSPC,
                                    PCK_SOUND,      PCK_UNTRUSTED, PCK_OTHER_PCE_ID,
                                    PCK_EXPIRED,    PCK_OTHER_PPID };
    struct stage stage;

    (void)state;
    stage_make(&stage);
    stage.candidates[0].flaw = PCK_UNREADABLE;
    stage.candidates[2].fmspc[5] = 1;
    stage.candidates[4].flaw = PCK_UNTRUSTED;
    stage.candidates[5].pce_id[1] = 1;
    stage.candidates[6].flaw = PCK_EXPIRED;
    stage.candidates[7].ppid[15] = 1;
    expect_flaws(&stage.info, stage.candidates, COUNT_OF(listed), flaws);
    /* a document of before there was a pceId says nothing of it */
    stage.info.has_pce_id = false;
    enum pck_flaw older[COUNT_OF(flaws)];
    memcpy(older, flaws, sizeof flaws);
    older[5] = PCK_SOUND;
    expect_flaws(&stage.info, stage.candidates, COUNT_OF(listed), older);
    arena_fini(&stage.arena);
}

static void the_ppid_is_that_of_most(void **state)
{
    const struct {
        const char *name;
        uint8_t ppids[5];
        enum pck_flaw flaws[5], expected[5];
    } cases[] = {
        { "one odd, and first", { 9, 1, 1 }, { 0 }, { PCK_OTHER_PPID } },
        { "as many: the first one's",
          { 9, 1, 9, 1 },
          { 0 },
          { 0, PCK_OTHER_PPID, 0, PCK_OTHER_PPID } },
        { "most, though not the half",
          { 8, 9, 1, 2, 1 },
          { 0 },
          { PCK_OTHER_PPID, PCK_OTHER_PPID, 0, PCK_OTHER_PPID, 0 } },
        { "whoever is flawed has no vote",
          { 9, 9, 1 },
          { PCK_UNTRUSTED, PCK_EXPIRED },
          { PCK_UNTRUSTED, PCK_EXPIRED, 0 } },
        { "all are flawed",
          { 9, 9 },
          { PCK_UNTRUSTED, PCK_UNREADABLE },
          { PCK_UNTRUSTED, PCK_UNREADABLE } },
    };
    struct stage stage;

    (void)state;
    stage_make(&stage);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pck_candidate candidates[5];
        size_t count = 0;
        for (; count < 5 && cases[i].ppids[count] != 0; count++) {
            candidates[count] = candidate_of(&listed[count]);
            candidates[count].ppid[0] = cases[i].ppids[count];
            candidates[count].flaw = cases[i].flaws[count];
        }
        expect_flaws(&stage.info, candidates, count, cases[i].expected);
    }
    arena_fini(&stage.arena);
}

static void what_cannot_be_ranked_is_refused(void **state)
{
    struct pck_rank rank;
    struct error err = { 0 };
    struct stage stage;

    (void)state;
    stage_make(&stage);
    assert_false(pck_rank(&stage.info, stage.candidates, UINT16_MAX + 1, &rank, &err));
    assert_refused(err, ERROR_LIMIT, "65536 PCK certificates, at most 65535");
    stage.info.tee = TEE_TDX;
    assert_false(pck_rank(&stage.info, stage.candidates, 1, &rank, &err));
    assert_refused(err, ERROR_FORMAT, "TCB info is for tdx");
    arena_fini(&stage.arena);
}

static void flaws_have_names(void **state)
{
    (void)state;
    assert_string_equal(pck_flaw_name(PCK_EXPIRED), "expired");
    assert_string_equal(pck_flaw_name(PCK_OTHER_PPID), "of another PPID");
    assert_string_equal(pck_flaw_name(PCK_OTHER_PCE_ID), "of another PCE-ID");
    assert_string_equal(pck_flaw_name((enum pck_flaw)99), "unknown");
}

/* ---- the trace -------------------------------------------------------------------- */

static void the_trace_says_of_each_why(void **state)
{
    static const struct {
        size_t candidate;
        enum pck_standing standing;
        unsigned component, have, need;
    } expected[] = {
        { 5, PCK_ABOVE_RAW, 7, 5, 7 },    { 3, PCK_ABOVE_RAW, 16, 10, 11 },
        { 1, PCK_ABOVE_RAW, 16, 10, 11 }, { 6, PCK_ABOVE_RAW, 8, 0, 9 },
        { 0, PCK_CHOSEN, 0, 0, 0 },       { 2, PCK_ABOVE_RAW, 10, 0, 9 },
        { 7, PCK_BELOW_CHOSEN, 0, 0, 0 }, { 4, PCK_FLAWED, 0, 0, 0 },
    };
    const struct raw_tcb raw = { .cpusvn = { 4, 4, 2, 2, 4, 1, 0, 5 }, .pcesvn = 10 };
    struct pck_trace trace[COUNT_OF(listed)];
    struct error err = { 0 };
    struct stage stage;

    (void)state;
    stage_make(&stage);
    stage.candidates[4].flaw = PCK_EXPIRED;
    assert_ok(
        pck_rank(&stage.info, stage.candidates, COUNT_OF(listed), stage.ranks, &err),
        err);
    pck_trace(stage.ranks, COUNT_OF(listed), stage.candidates, &raw, trace);
    for (size_t i = 0; i < COUNT_OF(listed); i++) {
        assert_int_equal(trace[i].rank.candidate, expected[i].candidate);
        assert_int_equal(trace[i].standing, expected[i].standing);
        assert_int_equal(trace[i].component, expected[i].component);
        assert_int_equal(trace[i].have, expected[i].have);
        assert_int_equal(trace[i].need, expected[i].need);
    }
    arena_fini(&stage.arena);
}

static void a_certificate_is_below_where_the_raw_tcb_is_ahead_in_something(void **state)
{
    const struct {
        const char *name;
        struct tcb raw;
        bool below;
    } cases[] = {
        { "equal", { { 2, 2, 2, 2, 3, 1, 0, 3 }, 5 }, false },
        { "behind", { { 2, 2, 2, 2, 3, 1, 0, 2 }, 4 }, false },
        { "ahead in PCESVN", { { 2, 2, 2, 2, 3, 1, 0, 3 }, 6 }, true },
        { "ahead in the last component",
          { { 2, 2, 2, 2, 3, 1, 0, 3, [15] = 1 }, 5 },
          true },
        { "ahead and behind", { { 3 }, 0 }, true },
    };
    struct pck_candidate candidate = candidate_of(&listed[0]);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct raw_tcb raw = raw_of(&cases[i].raw);
        if (pck_is_below(&candidate, &raw) != cases[i].below)
            fail_msg("%s", cases[i].name);
    }
}

/* ---- Intel's samples and a real platform ------------------------------------------ */

static void real_lists_give_the_picks_that_intels_rule_gives(void **state)
{
    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    for (size_t i = 0; i < COUNT_OF(real_cases); i++) {
        const struct real_case *c = &real_cases[i];
        struct pck_candidate candidates[ROOM];
        struct arena arena;
        arena_init(&arena, (size_t)16 << 20);
        struct tcb_info info = real_info(c, &arena);
        size_t count = real_candidates(c, &arena, candidates);
        for (const struct real_pick *p = c->picks; p->raw != NULL; p++) {
            struct raw_tcb raw = { .pcesvn = p->pcesvn };
            assert_true(hex_read(bytes_of_text(p->raw), raw.cpusvn, strlen(p->raw) / 2));
            size_t at = pick(&info, candidates, count, &raw);
            const char *name = real_name(c, at);
            const char *expected = p->pick == NULL ? "none" : p->pick;
            if (strncmp(name, expected, strlen(expected)) != 0)
                fail_msg("%s: raw %s, %u: %s, expected %s", c->folder, p->raw, p->pcesvn,
                         name, expected);
        }
        arena_fini(&arena);
    }
}

/* ---- a second selection, naive, over generated platforms -------------------------- */

static uint64_t chance_state;

static unsigned chance(unsigned below)
{
    chance_state = chance_state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)(chance_state >> 33) % below;
}

struct naive {
    struct tcb levels[ROOM], certs[ROOM];
    size_t level_count, cert_count;
};

static bool naive_ge(const struct tcb *a, const struct tcb *b)
{
    bool ge = a->pcesvn >= b->pcesvn;

    for (size_t i = 0; i < 16; i++)
        ge &= a->begin[i] >= b->begin[i];
    return ge;
}

/* Puts x into a list before the first that it reaches. */
static void naive_insert(const struct tcb *all, size_t *list, size_t *count, size_t x)
{
    size_t kept[ROOM], at = 0, n = *count;

    memcpy(kept, list, n * sizeof *list);
    while (at < n && !naive_ge(&all[x], &all[kept[at]]))
        at++;
    for (size_t i = 0; i <= n; i++)
        list[i] = i < at ? kept[i] : i == at ? x : kept[i - 1];
    *count = n + 1;
}

/* Bucket by bucket; levels in the document's order where by_document, else as the match
 * has them. */
static size_t naive_pick(const struct naive *n, const struct tcb_info *info,
                         bool by_document, const struct tcb *raw)
{
    size_t order[ROOM], ordered = 0;

    for (size_t i = 0; i < n->level_count; i++)
        if (by_document)
            naive_insert(n->levels, order, &ordered, i);
        else
            order[i] = info->levels[i].place;
    bool placed[ROOM] = { false };
    for (size_t b = 0; b <= n->level_count; b++) {
        size_t bucket[ROOM], count = 0;
        for (size_t i = 0; i < n->cert_count; i++) {
            if (placed[i]
                || (b < n->level_count && !naive_ge(&n->certs[i], &n->levels[order[b]])))
                continue;
            naive_insert(n->certs, bucket, &count, i);
            placed[i] = true;
        }
        for (size_t i = 0; i < count; i++)
            if (naive_ge(raw, &n->certs[bucket[i]]))
                return bucket[i];
    }
    return PCK_NONE;
}

static struct tcb generated_tcb(void)
{
    struct tcb tcb = { .pcesvn = (uint16_t)(5 + chance(3)) };

    for (size_t i = 0; i < 4; i++)
        tcb.begin[i] = (uint8_t)chance(4);
    tcb.begin[15] = (uint8_t)chance(2);
    return tcb;
}

static bool is_level(const struct naive *n, const struct tcb *tcb)
{
    for (size_t i = 0; i < n->level_count; i++)
        if (memcmp(n->levels[i].begin, tcb->begin, 16) == 0
            && n->levels[i].pcesvn == tcb->pcesvn)
            return true;
    return false;
}

static void generate(struct naive *n)
{
    *n = (struct naive){ .cert_count = 1 + chance(12) };
    for (size_t wanted = 1 + chance(20); n->level_count < wanted;) {
        struct tcb tcb = generated_tcb();
        if (!is_level(n, &tcb))
            n->levels[n->level_count++] = tcb;
    }
    for (size_t i = 0; i < n->cert_count; i++)
        n->certs[i] =
            chance(3) > 0 ? n->levels[chance((unsigned)n->level_count)] : generated_tcb();
}

/* An odd certificate that would win, put anywhere, changes nothing. */
static void check_odd_one(const struct tcb_info *info, const struct pck_candidate *sound,
                          size_t count, const struct raw_tcb *raw, size_t picked)
{
    struct pck_candidate with[ROOM];
    size_t at = chance((unsigned)count + 1);

    memcpy(with, sound, at * sizeof *with);
    memcpy(with + at + 1, sound + at, (count - at) * sizeof *with);
    with[at] = sound[0];
    memcpy(with[at].cpusvn, raw->cpusvn, 16);
    with[at].pcesvn = raw->pcesvn;
    switch (chance(4)) {
    case 0:
        with[at].flaw = (enum pck_flaw)(PCK_UNREADABLE + chance(3));
        break;
    case 1:
        with[at].fmspc[chance(6)] ^= 1;
        break;
    case 2:
        with[at].pce_id[chance(2)] ^= 1;
        break;
    default: /* one against one is a draw, which the first wins */
        if (count == 1 && at == 0)
            return;
        with[at].ppid[chance(16)] ^= 1;
    }
    size_t again = pick(info, with, count + 1, raw);
    assert_true(again == (picked == PCK_NONE || picked < at ? picked : picked + 1));
}

static void generated_platforms_get_what_a_naive_selection_gives(void **state)
{
    size_t none = 0, by_order = 0;

    (void)state;
    chance_state = 20261125;
    for (size_t trial = 0; trial < 2000; trial++) {
        struct pck_candidate candidates[ROOM];
        struct naive n;
        struct arena arena;
        arena_init(&arena, (size_t)1 << 20);
        generate(&n);
        struct tcb_info info = info_of(n.levels, n.level_count, fmspc, &arena);
        for (size_t i = 0; i < n.cert_count; i++)
            candidates[i] = candidate_of(&n.certs[i]);
        for (size_t k = 0; k < 8; k++) {
            struct tcb tcb = generated_tcb();
            struct raw_tcb raw = raw_of(&tcb);
            size_t picked = pick(&info, candidates, n.cert_count, &raw);
            assert_true(picked == naive_pick(&n, &info, true, &tcb));
            if (picked != PCK_NONE) /* never above the raw TCB */
                assert_true(naive_ge(&tcb, &n.certs[picked]));
            none += picked == PCK_NONE;
            by_order += picked != naive_pick(&n, &info, false, &tcb);
            check_odd_one(&info, candidates, n.cert_count, &raw, picked);
        }
        arena_fini(&arena);
    }
    /* the generator reaches what is hard */
    assert_in_range(none, 100, 15000);
    assert_in_range(by_order, 100, 15000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_stand_by_level_and_within_it_from_the_greatest),
        cmocka_unit_test(the_first_that_the_raw_tcb_reaches_is_chosen),
        cmocka_unit_test(what_is_found_flawed_later_is_passed_over),
        cmocka_unit_test(levels_that_cannot_be_compared_keep_the_documents_order),
        cmocka_unit_test(greater_levels_come_first_whatever_the_document_says),
        cmocka_unit_test(of_two_with_one_tcb_the_later_counts),
        cmocka_unit_test(an_odd_certificate_is_marked_and_stands_last),
        cmocka_unit_test(the_ppid_is_that_of_most),
        cmocka_unit_test(what_cannot_be_ranked_is_refused),
        cmocka_unit_test(flaws_have_names),
        cmocka_unit_test(the_trace_says_of_each_why),
        cmocka_unit_test(a_certificate_is_below_where_the_raw_tcb_is_ahead_in_something),
        cmocka_unit_test(real_lists_give_the_picks_that_intels_rule_gives),
        cmocka_unit_test(generated_platforms_get_what_a_naive_selection_gives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
