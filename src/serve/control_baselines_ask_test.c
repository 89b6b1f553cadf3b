/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_baselines_ask.h"

#include <stdio.h>

#include "kit/test.h"

#define ROOT "/thim/v1/baselines"
#define SVN "03000600000000000000000000000000"

static void paths_name_a_baseline_and_what_of_it(void **state)
{
    static const struct {
        const char *path;
        enum baselines_place place; /* 0: none of ours */
        const char *name, *verb;
    } cases[] = {
        { ROOT, BASELINES_ALL, "", "" },
        { ROOT "/diff", BASELINES_DIFF, "", "" },
        { ROOT "/steady", BASELINES_ONE, "steady", "" },
        { ROOT "/steady/preview", BASELINES_VERB, "steady", "preview" },
        { ROOT "/diff/preview", BASELINES_VERB, "diff", "preview" },
        { "/thim/v1/explain", BASELINES_EXPLAIN, "", "" },
        { ROOT "/", 0, "", "" },
        { ROOT "//preview", BASELINES_VERB, "", "preview" },
        { ROOT "/steady/", 0, "", "" },
        { ROOT "/steady/preview/", 0, "", "" },
        { ROOT "/steady/preview/more", 0, "", "" },
        { ROOT "s", 0, "", "" },
        { "/thim/v1/baseline", 0, "", "" },
        { "/thim/v1/explain/", 0, "", "" },
        { "", 0, "", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct baselines_path path;
        bool is_ours = baselines_path_read(bytes_of_text(cases[i].path), &path);
        if (is_ours != (cases[i].place != 0)
            || (is_ours
                && (path.place != cases[i].place
                    || !bytes_equal_text(path.name, cases[i].name)
                    || !bytes_equal_text(path.verb, cases[i].verb))))
            fail_msg("%s: %d, place %d", cases[i].path, is_ours, path.place);
    }
}

static void names_are_letters_digits_and_two_signs(void **state)
{
    static const struct {
        const char *name;
        bool is_one;
    } cases[] = {
        { "steady", true },
        { "azure-like_2", true },
        { "abcdefghijklmnopqrstuvwxyz01234", true },
        { "abcdefghijklmnopqrstuvwxyz012345", false },
        { "", false },
        { "a b", false },
        { "a.b", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char name[BASELINE_NAME_MAX];
        struct error err = { 0 };
        if (baseline_name_read(bytes_of_text(cases[i].name), name, &err)
            != cases[i].is_one)
            fail_msg("\"%s\": %s", cases[i].name, err.text);
        if (!cases[i].is_one)
            assert_refused(err, ERROR_FORMAT, "no name of a baseline");
    }
}

static bool read_query(const char *query, struct baselines_ask *out, struct error *err)
{
    struct http_target target;
    struct arena arena;
    char raw[512];

    snprintf(raw, sizeof raw, ROOT "/steady/preview?%s", query);
    arena_init(&arena, 65536);
    assert_ok(http_target_parse(bytes_of_text(raw), &arena, &target, err), *err);
    bool read = baselines_ask_read(&target, &arena, out, err);
    arena_fini(&arena);
    return read;
}

static void a_preview_moves_to_a_number_a_word_or_another_baseline(void **state)
{
    static const struct {
        const char *query;
        enum preview_goal goal;
        uint32_t number;
        const char *baseline;
        unsigned tees;
        uint64_t names, unseen_days;
        bool as_csv;
    } cases[] = {
        { "", GOAL_NEXT, 0, "", 3, PREVIEW_NAMES_USUAL, 0, false },
        { "to=19", GOAL_NUMBER, 19, "", 3, PREVIEW_NAMES_USUAL, 0, false },
        { "to=early&tee=tdx", GOAL_EARLY, 0, "", 2, PREVIEW_NAMES_USUAL, 0, false },
        { "to=standard&tee=sgx", GOAL_STANDARD, 0, "", 1, PREVIEW_NAMES_USUAL, 0, false },
        { "to=canary&names=0", GOAL_BASELINE, 0, "canary", 3, 0, 0, false },
        { "names=100&format=csv&unseen_days=7", GOAL_NEXT, 0, "", 3, 100, 7, true },
        { "format=json", GOAL_NEXT, 0, "", 3, PREVIEW_NAMES_USUAL, 0, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct baselines_ask ask;
        struct error err = { 0 };
        assert_ok(read_query(cases[i].query, &ask, &err), err);
        if (ask.goal != cases[i].goal || ask.number != cases[i].number
            || strcmp(ask.baseline, cases[i].baseline) != 0 || ask.tees != cases[i].tees
            || ask.names != cases[i].names || ask.unseen_days != cases[i].unseen_days
            || ask.as_csv != cases[i].as_csv)
            fail_msg("%s: goal %d", cases[i].query, ask.goal);
    }
}

static void a_subject_has_its_svns(void **state)
{
    struct baselines_ask ask;
    struct error err = { 0 };

    (void)state;
    assert_ok(read_query("fmspc=30606A000000&cpusvn=" SVN "&pcesvn=0d00&tee_tcb_svn=" SVN
                         "&tee_tcb_svn2=" SVN "&qe_isvsvn=8&a=17&b=18",
                         &ask, &err),
              err);
    assert_true(ask.common.has_fmspc && ask.common.has_raw_tcb);
    assert_int_equal(ask.common.raw.pcesvn, 13);
    assert_true(ask.subject.has_tdx && ask.subject.has_current && ask.subject.has_qe);
    assert_int_equal(ask.subject.tee_tcb_svn[0], 3);
    assert_int_equal(ask.subject.tee_tcb_svn2[2], 6);
    assert_int_equal(ask.subject.qe_isvsvn, 8);
    assert_int_equal(ask.a, 17);
    assert_int_equal(ask.b, 18);
}

static void what_cannot_be_read_is_named(void **state)
{
    static const struct {
        const char *query, *names;
    } cases[] = {
        { "to=abcdefghijklmnopqrstuvwxyz012345", "parameter to" },
        { "to=a.b", "parameter to" },
        { "tee=snp", "tee" },
        { "names=101", "names" },
        { "names=-1", "names" },
        { "format=xml", "format" },
        { "unseen_days=3651", "unseen_days" },
        { "a=x", "parameter a" },
        { "b=100001", "parameter b" },
        { "tee_tcb_svn=0300", "tee_tcb_svn" },
        { "tee_tcb_svn2=" SVN, "tee_tcb_svn2" },
        { "qe_isvsvn=65536", "qe_isvsvn" },
        { "limit=1001", "limit" },
        { "fmspc=12", "fmspc" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct baselines_ask ask;
        struct error err = { 0 };
        if (read_query(cases[i].query, &ask, &err))
            fail_msg("%s is read", cases[i].query);
        assert_refused(err, ERROR_FORMAT, cases[i].names);
    }
}

static void until_is_a_day_or_a_time(void **state)
{
    static const struct {
        const char *text;
        int64_t at_s; /* 0: refused */
    } cases[] = {
        { "1970-01-02", 86400 }, { "1970-01-02T00:00:01Z", 86401 },
        { "1970-02-30", 0 },     { "1970-01-02 ", 0 },
        { "1970-1-2", 0 },       { "1970-01-02T00:00:01", 0 },
        { "tomorrow", 0 },       { "", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        int64_t at_s = 0;
        bool read = baselines_until_read(bytes_of_text(cases[i].text), &at_s, &err);
        if (read != (cases[i].at_s != 0) || at_s != cases[i].at_s)
            fail_msg("\"%s\": %lld", cases[i].text, (long long)at_s);
        if (!read)
            assert_refused(err, ERROR_FORMAT, "until");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_name_a_baseline_and_what_of_it),
        cmocka_unit_test(names_are_letters_digits_and_two_signs),
        cmocka_unit_test(a_preview_moves_to_a_number_a_word_or_another_baseline),
        cmocka_unit_test(a_subject_has_its_svns),
        cmocka_unit_test(what_cannot_be_read_is_named),
        cmocka_unit_test(until_is_a_day_or_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
