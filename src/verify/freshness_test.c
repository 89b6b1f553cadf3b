/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/freshness.h"

#include <stdlib.h>

#include "format/test_manifest.h"
#include "kit/test.h"
#include "verify/test_intel.h"

#define NOON INT64_C(1750420800) /* 2025-06-20T12:00:00Z */

static void both_ends_count_and_one_second_outside_does_not(void **state)
{
    static const struct {
        const char *name;
        int64_t from_s, until_s, now_s, future_s;
        const char *refused; /* NULL: it counts */
    } cases[] = {
        { "in the middle", NOON - 10, NOON + 10, NOON, 0, NULL },
        { "at the first second", NOON, NOON + 10, NOON, 0, NULL },
        { "at the last second", NOON - 10, NOON, NOON, 0, NULL },
        { "for one second only", NOON, NOON, NOON, 0, NULL },
        { "a second early", NOON + 1, NOON + 10, NOON, 0,
          "TCB info: not valid before 2025-06-20T12:00:01Z" },
        { "a second late", NOON - 10, NOON - 1, NOON, 0,
          "TCB info: nextUpdate was 2025-06-20T11:59:59Z" },
        { "our clock behind, as far as is tolerated", NOON + 300, NOON + 900, NOON, 300,
          NULL },
        { "our clock behind, a second further", NOON + 301, NOON + 900, NOON, 300,
          "not valid before 2025-06-20T12:05:01Z" },
        { "tolerance is for the start only", NOON - 10, NOON - 1, NOON, 300,
          "nextUpdate was 2025-06-20T11:59:59Z" },
        { "ends before it starts", NOON + 10, NOON - 10, NOON, 300, "nextUpdate was" },
        { "dates at the ends of all time", INT64_MIN, INT64_MAX, NOON, 300, NULL },
        { "never begins", INT64_MAX, INT64_MAX, 0, 300, "not valid before" },
        { "our clock at the beginning of all time", NOON, NOON + 10, INT64_MIN, 300,
          "not valid before" },
        { "both ends", INT64_MAX, INT64_MAX, INT64_MIN, INT64_MAX, "not valid before" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err = { 0 };
        bool fresh = freshness_check("TCB info", cases[i].from_s, cases[i].until_s,
                                     cases[i].now_s, cases[i].future_s, &err);
        if (fresh != (cases[i].refused == NULL))
            fail_msg("%s: %s", cases[i].name, fresh ? "it counts" : err.text);
        if (!fresh)
            assert_refused(err, ERROR_STALE, cases[i].refused);
    }
}

/* Intel's own documents, each with the issuers and the root CRL of the moment. */

static struct {
    size_t strictly, only_kept; /* accepted with the root CRL of its time; without one */
} counted;

struct vector {
    const char *path;
    struct collateral_key key;
    struct bytes body;
    struct arena *arena;
};

static bool judge_at(const struct vector *v, int64_t now_s, bool *root_crl_in_force,
                     struct error *err)
{
    OWNED(verified_release) struct verified_collateral *item = NULL;
    OWNED(verified_release)
    struct verified_collateral *root_crl = intel_root_crl_at(now_s, root_crl_in_force);
    struct trust trust;
    struct collateral_candidate candidate = {
        .asked = v->key,
        .body = v->body,
        .chain = intel_chain_at(&v->key, now_s, false, v->arena),
    };
    struct judgement judgement = { .trust = &trust,
                                   .now_s = now_s,
                                   .root_crl = root_crl };

    trust_init(&trust);
    if (v->key.kind == COLLATERAL_ROOT_CRL)
        *root_crl_in_force = true; /* it needs none but itself */
    return verify_collateral(&candidate, &judgement, &item, err);
}

static void accepted_at(const struct vector *v, int64_t now_s)
{
    struct error err = { 0 };
    bool in_force;

    if (judge_at(v, now_s, &in_force, &err)) {
        counted.strictly++;
        return;
    }
    if (in_force)
        fail_msg("%s at %s: %s", v->path, utc(now_s).s, err.text);
    assert_refused(err, ERROR_STALE, "root CA CRL to judge it by");
    counted.only_kept++;
}

static void refused_at(const struct vector *v, int64_t now_s, const char *part)
{
    struct error err = { 0 };
    bool in_force;

    if (judge_at(v, now_s, &in_force, &err))
        fail_msg("%s: accepted at %s", v->path, utc(now_s).s);
    assert_refused(err, ERROR_STALE, part);
    if (strstr(err.text, "issuer chain") != NULL)
        fail_msg("%s: %s", v->path, err.text);
}

/* The dates as they are recorded, whatever root CRL there was. */
static void check_recorded(const struct vector *v, int64_t from_s, int64_t until_s)
{
    OWNED(verified_release) struct verified_collateral *item = NULL;
    bool in_force;
    OWNED(verified_release)
    struct verified_collateral *root_crl = intel_root_crl_at(from_s, &in_force);
    struct error err = { 0 };
    struct trust trust;
    struct collateral_candidate candidate = {
        .asked = v->key,
        .body = v->body,
        .chain = intel_chain_at(&v->key, from_s, true, v->arena),
    };
    struct judgement judgement = { .trust = &trust, .root_crl = root_crl };

    trust_init(&trust);
    assert_ok(verify_kept_collateral(&candidate, &judgement, &item, &err), err);
    assert_true(verified_in_date(item, from_s, 0) && verified_in_date(item, until_s, 0));
    assert_false(verified_in_date(item, from_s - 1, 0)
                 || verified_in_date(item, until_s + 1, 0));
    assert_int_equal(verified_facts(item)->issue_date_s, from_s);
    assert_int_equal(verified_facts(item)->next_update_s, until_s);
}

/* "2025-06-18T02:16:46Z..2025-07-18T02:16:46Z"; for CRLs with a blank for the T. */
static int64_t window_end(const char *window, size_t at)
{
    char text[21];
    int64_t seconds;

    assert_true(strlen(window) == 42);
    memcpy(text, window + at, 20);
    text[10] = 'T';
    assert_true(utc_read(bytes_of(text, 20), &seconds));
    return seconds;
}

static void check_row(const struct manifest_row *row)
{
    struct vector v = { .path = row->column[MANIFEST_PATH] };
    const char *window = row->column[MANIFEST_WINDOW];
    struct arena arena;

    if (strstr(row->column[MANIFEST_WINDOW + 1], "ignature verified") == NULL)
        return;
    if (!intel_key_of(v.path, &v.key))
        fail_msg("%s: what is it?", v.path);
    arena_init(&arena, (size_t)4 << 20);
    v.arena = &arena;
    v.body = intel_file(v.path, &arena);
    int64_t from_s = window_end(window, 0), until_s = window_end(window, 22);
    accepted_at(&v, from_s);
    accepted_at(&v, until_s);
    refused_at(&v, from_s - 1, "not valid before");
    refused_at(&v, until_s + 1, "nextUpdate was");
    check_recorded(&v, from_s, until_s);
    arena_fini(&arena);
}

static void all_that_intel_signed_counts_between_its_dates(void **state)
{
    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    manifest_each("intel/tcbinfo/", ".json", check_row);
    manifest_each("intel/identity/", ".json", check_row);
    manifest_each("intel/tcbevaluationdatanumbers/", ".json", check_row);
    manifest_each("intel/crl/", ".der", check_row);
    /* the vectors have no root CRL of spring 2022 */
    assert_true(counted.strictly > 100 * counted.only_kept);
    assert_true(counted.strictly > 0);
}

/* The collateral of each real quote at the moment of its verification. */

struct moment {
    const char *name, *path;
    int64_t now_s;
};

static void check_moment(const struct moment *m)
{
    struct vector v = { .path = m->path };
    struct error err = { 0 };
    struct arena arena;
    bool in_force;

    assert_true(intel_key_of(m->path, &v.key));
    arena_init(&arena, (size_t)4 << 20);
    v.arena = &arena;
    v.body = intel_file(m->path, &arena);
    if (!judge_at(&v, m->now_s, &in_force, &err))
        fail_msg("%s: %s: %s", m->name, m->path, err.text);
    assert_true(in_force);
    arena_fini(&arena);
}

static void what_real_quotes_were_verified_with_counted_then(void **state)
{
    (void)state;
    if (test_shared("vectors") == NULL)
        skip();
    struct buf cases = test_shared_file("vectors/CASES.tsv");
    char *lines = NULL;
    size_t checked = 0;

    strtok_r((char *)cases.at, "\n", &lines); /* the names of the columns */
    for (char *line; (line = strtok_r(NULL, "\n", &lines)) != NULL;) {
        char *columns[8]; /* case, quote, time, unix time, then four files */
        for (size_t i = 0; i < COUNT_OF(columns); i++)
            columns[i] = strsep(&line, "\t");
        for (size_t i = 4; i < COUNT_OF(columns); i++) {
            if (strcmp(columns[i], "-") == 0)
                continue;
            check_moment(&(struct moment){ columns[0], columns[i], atoll(columns[3]) });
            checked++;
        }
    }
    assert_true(checked > 100);
    buf_fini(&cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_count_and_one_second_outside_does_not),
        cmocka_unit_test(all_that_intel_signed_counts_between_its_dates),
        cmocka_unit_test(what_real_quotes_were_verified_with_counted_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
