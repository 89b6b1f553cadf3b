/* SPDX-License-Identifier: Apache-2.0 */
#include "kit/test.h"

#include <stdio.h>

#include "format/tcb_levels.h"
#include "format/test_edit.h"
#include "format/test_tcb.h"
#include "kit/text.h"

enum { ROOM = 8 << 20 };

struct shape {
    unsigned version;
    enum tee tee;
};

static const struct shape V2 = { 2, TEE_SGX }, V3 = { 3, TEE_SGX }, TDX = { 3, TEE_TDX };

struct reading {
    struct arena arena;
    const struct tcb_level *levels;
    size_t count;
    struct error err;
    bool ok;
};

static void read_levels(struct reading *r, const struct shape *shape, struct bytes text)
{
    struct json json;

    *r = (struct reading){ .ok = false };
    arena_init(&r->arena, ROOM);
    json_begin(&json, text, &r->arena, &r->err);
    tcb_levels_read(&json, shape->version, shape->tee, &r->levels, &r->count);
    r->ok = json_end(&json);
}

static void every_member_of_a_level_is_read(void **state)
{
    struct reading r;

    (void)state;
    read_levels(&r, &TDX, bytes_of_text("[" TDX_LEVEL_NEW "," TDX_LEVEL_OLD "]"));
    assert_ok(r.ok, r.err);
    assert_int_equal(r.count, 2);
    const struct tcb_level *first = &r.levels[0], *second = &r.levels[1];
    assert_int_equal(first->sgx[0].svn, 11);
    assert_true(bytes_equal_text(first->sgx[0].category, "BIOS"));
    assert_true(bytes_equal_text(first->sgx[0].type, "Early Microcode"));
    assert_true(bytes_equal_text(first->sgx[1].category, "OS/VMM"));
    assert_int_equal(first->sgx[1].type.len, 0);
    assert_int_equal(first->sgx[3].svn, 4);
    assert_int_equal(first->sgx[15].svn, 0);
    assert_int_equal(first->tdx[0].svn, 5);
    assert_int_equal(first->tdx[3].svn, 7);
    assert_int_equal(first->pcesvn, 13);
    assert_string_equal(utc(first->tcb_date_s).s, "2024-03-13T00:00:00Z");
    assert_int_equal(first->status, TCB_UP_TO_DATE);
    assert_int_equal(first->advisory_count, 0);
    assert_int_equal(second->status, TCB_OUT_OF_DATE);
    assert_int_equal(second->advisory_count, 2);
    assert_true(bytes_equal_text(second->advisories[1], "INTEL-SA-00115"));
    arena_fini(&r.arena);

    read_levels(&r, &V2, bytes_of_text("[" FLAT_LEVEL("1", "65535", "UpToDate") "]"));
    assert_ok(r.ok, r.err);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(r.levels[0].sgx[i].svn, i == 5 ? 128 : i + 1);
    assert_int_equal(r.levels[0].pcesvn, 65535);
    arena_fini(&r.arena);
}

static void every_status_has_its_name(void **state)
{
    static const enum tcb_status all[] = {
        TCB_UP_TO_DATE,
        TCB_SW_HARDENING_NEEDED,
        TCB_CONFIGURATION_NEEDED,
        TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
        TCB_OUT_OF_DATE,
        TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
        TCB_REVOKED,
    };
    static const char *const names[] = {
        "UpToDate",
        "SWHardeningNeeded",
        "ConfigurationNeeded",
        "ConfigurationAndSWHardeningNeeded",
        "OutOfDate",
        "OutOfDateConfigurationNeeded",
        "Revoked",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct reading r;
        struct buf text =
            edited(bytes_of_text("[" FLAT_LEVEL("1", "2", "NAME") "]"), "NAME", names[i]);
        read_levels(&r, &V2, buf_bytes(&text));
        assert_ok(r.ok, r.err);
        assert_int_equal(r.levels[0].status, all[i]);
        assert_string_equal(tcb_status_name(all[i]), names[i]);
        arena_fini(&r.arena);
        buf_fini(&text);
    }
}

static void one_step_away_is_refused_with_its_place(void **state)
{
    static const char flat[] = "[" FLAT_LEVEL("1", "11", "UpToDate") "]";
    static const char sgx[] = "[" SGX_LEVEL_NEW "]", tdx[] = "[" TDX_LEVEL_NEW "]";
    static const struct {
        const char *claim;
        const struct shape *shape;
        const char *base, *find, *put, *refusal; /* refusal NULL: accepted */
    } cases[] = {
        { "an SVN past one byte", &V2, flat, "svn\":128", "svn\":256",
          "[0].tcb.sgxtcbcomp06svn, at byte" },
        { "an SVN below zero", &V2, flat, "svn\":128", "svn\":-1", "number with a sign" },
        { "an SVN as text", &V2, flat, "svn\":128", "svn\":\"128\"",
          "[0].tcb.sgxtcbcomp06svn, at byte" },
        { "a component absent", &V2, flat, "\"sgxtcbcomp16svn\":16,", "",
          "[0].tcb, at byte 8: lacks \"sgxtcbcomp16svn\"" },
        { "a component of another number", &V2, flat, "comp16", "comp17",
          "lacks \"sgxtcbcomp16svn\"" },
        { "the new shape in the old version", &V2, sgx, NULL, NULL,
          "lacks \"sgxtcbcomp01svn\"" },
        { "the old shape in the new version", &V3, flat, NULL, NULL,
          "lacks \"sgxtcbcomponents\"" },
        { "a PCESVN past two bytes", &V3, sgx, "65535", "65536", "[0].tcb.pcesvn" },
        { "no PCESVN", &V3, sgx, ",\"pcesvn\":65535", "", "lacks \"pcesvn\"" },
        { "15 components", &V3, sgx, "{\"svn\":11},", "",
          "[0].tcb.sgxtcbcomponents, at byte 28: 15 components, expected 16" },
        { "17 components", &V3, sgx, "{\"svn\":11},", "{\"svn\":11},{\"svn\":1},",
          "[0].tcb.sgxtcbcomponents[16], at byte" },
        { "a component without an SVN", &V3, sgx, "{\"svn\":11}", "{\"category\":\"\"}",
          "[0].tcb.sgxtcbcomponents[0], at byte 29: lacks \"svn\"" },
        { "a component that is a number", &V3, sgx, "{\"svn\":11}", "11",
          "sgxtcbcomponents[0], at byte 29: expected an object, found a number" },
        { "an SVN of 256", &V3, sgx, "\"svn\":255", "\"svn\":256",
          "[0].tcb.sgxtcbcomponents[3].svn, at byte" },
        { "a category that is a number", &V3, sgx, "\"svn\":11",
          "\"svn\":11,\"category\":1", "sgxtcbcomponents[0].category, at byte" },
        { "TDX components for SGX", &V3, tdx, NULL, NULL,
          "[0].tcb.tdxtcbcomponents, at byte" },
        { "SGX components alone for TDX", &TDX, sgx, NULL, NULL,
          "[0].tcb, at byte 8: lacks \"tdxtcbcomponents\"" },
        { "15 TDX components", &TDX, tdx, "{\"svn\":7},", "",
          "[0].tcb.tdxtcbcomponents, at byte" },
        { "no tcb", &V3, sgx, "\"tcb\"", "\"TCB\"", "[0], at byte 1: lacks \"tcb\"" },
        { "no date", &V3, sgx, "\"tcbDate\"", "\"date\"", "lacks \"tcbDate\"" },
        { "a date without a time", &V3, sgx, "2024-03-13T00:00:00Z", "2024-03-13",
          "[0].tcbDate, at byte" },
        { "no status", &V3, sgx, "\"tcbStatus\"", "\"status\"", "lacks \"tcbStatus\"" },
        { "a status that nobody knows", &V3, sgx, "SWHardeningNeeded", "Fine",
          "unknown value \"Fine\"" },
        { "a status in lower case", &V3, sgx, "SWHardeningNeeded", "swHardeningNeeded",
          "[0].tcbStatus, at byte" },
        { "advisories that are none", &V3, sgx, "[\"INTEL-SA-00615\"]", "[]", NULL },
        { "an advisory that is a number", &V3, sgx, "\"INTEL-SA-00615\"", "615",
          "[0].advisoryIDs[0], at byte" },
        { "advisories as text", &V3, sgx, "[\"INTEL-SA-00615\"]", "\"\"",
          "advisoryIDs, at byte" },
        { "members that nobody knows yet", &V3, sgx, "\"tcbDate\"",
          "\"why\":{\"x\":[1]},\"tcbDate\"", NULL },
        { "a level that is an array", &V3, "[[]]", NULL, NULL,
          "[0], at byte 1: expected an object, found an array" },
        { "no level", &V3, "[]", NULL, NULL, "at byte 0: no TCB level" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text =
            edited(bytes_of_text(cases[i].base), cases[i].find, cases[i].put);
        struct reading r;
        read_levels(&r, cases[i].shape, buf_bytes(&text));
        if (r.ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, r.ok ? "accepted" : r.err.text);
        if (!r.ok)
            assert_refused(r.err, ERROR_FORMAT, cases[i].refusal);
        arena_fini(&r.arena);
        buf_fini(&text);
    }
}

/* A TDX level by what decides its place: the first two and the last SGX component, the
 * PCESVN, and the first and last TDX component. */
struct place {
    unsigned sgx_first, sgx_second, sgx_last, pcesvn, tdx_first, tdx_last;
};

static void add_level(struct buf *text, const struct place *place)
{
    buf_addf(text,
             "%c{\"tcb\":{\"sgxtcbcomponents\":[{\"svn\":%u},{\"svn\":%u}," SVN_X12
             ",{\"svn\":0},{\"svn\":%u}],\"pcesvn\":%u,\"tdxtcbcomponents\":["
             "{\"svn\":%u}," SVN_X12 ",{\"svn\":0},{\"svn\":0},{\"svn\":%u}]},"
             "\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}",
             text->len == 0 ? '[' : ',', place->sgx_first, place->sgx_second,
             place->sgx_last, place->pcesvn, place->tdx_first, place->tdx_last);
}

/* Every order of four levels out of these gives the order of the table. */
static void levels_stand_in_the_order_of_comparison(void **state)
{
    static const struct place sorted[] = {
        { 10, 0, 0, 0, 0, 0 }, /* a first component beats whatever follows */
        { 9, 255, 255, 9, 9, 9 }, { 9, 5, 0, 9, 0, 0 },  { 9, 4, 255, 9, 0, 0 },
        { 9, 4, 0, 300, 0, 0 }, /* PCESVN after all SGX components, as a number */
        { 9, 4, 0, 44, 2, 0 },  /* TDX components last, from the first */
        { 9, 4, 0, 44, 1, 255 },  { 9, 4, 0, 44, 1, 3 }, { 9, 4, 0, 43, 255, 255 },
    };
    enum { N = COUNT_OF(sorted) };

    (void)state;
    for (size_t code = 0; code < (size_t)N * N * N * N; code++) {
        size_t pick[4] = { code % N, code / N % N, code / N / N % N, code / N / N / N };
        bool twins = false;
        for (size_t i = 0; i < 4; i++)
            for (size_t k = i + 1; k < 4; k++)
                twins |= pick[i] == pick[k];
        if (twins)
            continue;
        struct buf text;
        struct reading r;
        buf_init(&text, ROOM);
        for (size_t i = 0; i < 4; i++)
            add_level(&text, &sorted[pick[i]]);
        buf_add_text(&text, "]");
        read_levels(&r, &TDX, buf_bytes(&text));
        assert_ok(r.ok, r.err);
        assert_int_equal(r.count, 4);
        size_t at = 0;
        for (size_t i = 0; i < N && at < 4; i++) {
            const struct tcb_level *level = &r.levels[at];
            bool same = level->sgx[0].svn == sorted[i].sgx_first
                        && level->sgx[1].svn == sorted[i].sgx_second
                        && level->sgx[15].svn == sorted[i].sgx_last
                        && level->pcesvn == sorted[i].pcesvn
                        && level->tdx[0].svn == sorted[i].tdx_first
                        && level->tdx[15].svn == sorted[i].tdx_last;
            if (same) /* and it still knows where the document had it */
                assert_int_equal(pick[level->place], i);
            at += same;
        }
        assert_int_equal(at, 4);
        for (size_t i = 1; i < 4; i++)
            assert_true(tcb_level_order(&r.levels[i - 1], &r.levels[i]) < 0);
        arena_fini(&r.arena);
        buf_fini(&text);
    }
}

static void two_levels_in_one_place_are_refused(void **state)
{
    static const struct place places[] = { { 9, 4, 0, 44, 1, 1 },
                                           { 8, 4, 0, 44, 1, 1 },
                                           { 9, 4, 0, 44, 1, 1 } };
    struct reading r;
    struct buf text;

    (void)state;
    buf_init(&text, ROOM);
    for (size_t i = 0; i < COUNT_OF(places); i++)
        add_level(&text, &places[i]);
    buf_add_text(&text, "]");
    read_levels(&r, &TDX, buf_bytes(&text));
    assert_false(r.ok);
    char expected[64];
    size_t third = 1 + 2 * ((text.len - strlen("[,,]")) / 3 + 1);
    snprintf(expected, sizeof expected, "[2], at byte %zu: the same TCB as", third);
    assert_refused(r.err, ERROR_FORMAT, expected);
    arena_fini(&r.arena);
    buf_fini(&text);
}

/* As many levels, or advisories of one level, as there may be; and one more. */
static void counts_have_limits(void **state)
{
    (void)state;
    for (unsigned more = 0; more <= 1; more++) {
        struct reading r;
        struct buf text;
        buf_init(&text, ROOM);
        for (unsigned i = 0; i < TCB_LEVELS_MAX + more; i++) /* the worst order */
            add_level(&text, &(struct place){ .pcesvn = i });
        buf_add_text(&text, "]");
        read_levels(&r, &TDX, buf_bytes(&text));
        assert_int_equal(r.ok, more == 0);
        if (more > 0)
            assert_refused(r.err, ERROR_LIMIT, "[256], at byte");
        else
            assert_int_equal(r.levels[0].pcesvn, TCB_LEVELS_MAX - 1);
        if (more == 0)
            assert_int_equal(r.levels[0].place, TCB_LEVELS_MAX - 1);
        arena_fini(&r.arena);

        buf_clear(&text);
        for (unsigned i = 0; i < TCB_ADVISORIES_MAX + more; i++)
            buf_addf(&text, "%s\"INTEL-SA-%05u\"", i > 0 ? "," : "", i);
        struct buf whole = edited(bytes_of_text("[" SGX_LEVEL_NEW "]"),
                                  "\"INTEL-SA-00615\"", buf_text(&text));
        read_levels(&r, &V3, buf_bytes(&whole));
        assert_int_equal(r.ok, more == 0);
        if (more > 0)
            assert_refused(r.err, ERROR_LIMIT, "[0].advisoryIDs[128], at byte");
        else
            assert_true(bytes_equal_text(r.levels[0].advisories[127], "INTEL-SA-00127"));
        arena_fini(&r.arena);
        buf_fini(&whole);
        buf_fini(&text);
    }
}

#define ENCLAVE_LEVEL(ISVSVN, STATUS)                                        \
    "{\"tcb\":{\"isvsvn\":" ISVSVN "},\"tcbDate\":\"2024-03-13T00:00:00Z\"," \
    "\"tcbStatus\":\"" STATUS "\"}"

static void enclave_levels_stand_by_isvsvn(void **state)
{
    static const struct {
        const char *claim, *text;
        unsigned first, last;
        const char *refusal;
    } cases[] = {
        { "one", "[" ENCLAVE_LEVEL("0", "UpToDate") "]", 0, 0, NULL },
        { "highest first, whatever the document's order",
          "[" ENCLAVE_LEVEL("5", "OutOfDate") "," ENCLAVE_LEVEL(
              "65535", "UpToDate") "," ENCLAVE_LEVEL("6", "Revoked") "]",
          65535, 5, NULL },
        { "twins",
          "[" ENCLAVE_LEVEL("5", "UpToDate") "," ENCLAVE_LEVEL("5", "Revoked") "]", 0, 0,
          "[1], at byte" },
        { "none", "[]", 0, 0, "no TCB level" },
        { "past two bytes", "[" ENCLAVE_LEVEL("65536", "UpToDate") "]", 0, 0,
          "[0].tcb.isvsvn, at byte 18: 65536 is over 65535" },
        { "a platform's status", "[" ENCLAVE_LEVEL("1", "SWHardeningNeeded") "]", 0, 0,
          "[0].tcbStatus, at byte 66: unknown value \"SWHardeningNeeded\"" },
        { "no ISVSVN", "[{\"tcb\":{},\"tcbDate\":\"\"}]", 0, 0,
          "[0].tcb, at byte 8: lacks \"isvsvn\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct enclave_tcb_level *levels = NULL;
        struct error err = { 0 };
        struct arena arena;
        struct json json;
        size_t count = 0;
        arena_init(&arena, ROOM);
        json_begin(&json, bytes_of_text(cases[i].text), &arena, &err);
        enclave_tcb_levels_read(&json, &levels, &count);
        bool ok = json_end(&json);
        if (ok != (cases[i].refusal == NULL))
            fail_msg("%s: %s", cases[i].claim, ok ? "accepted" : err.text);
        if (ok) {
            assert_int_equal(levels[0].isvsvn, cases[i].first);
            assert_int_equal(levels[count - 1].isvsvn, cases[i].last);
        } else {
            assert_refused(err, ERROR_FORMAT, cases[i].refusal);
        }
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_of_a_level_is_read),
        cmocka_unit_test(every_status_has_its_name),
        cmocka_unit_test(one_step_away_is_refused_with_its_place),
        cmocka_unit_test(levels_stand_in_the_order_of_comparison),
        cmocka_unit_test(two_levels_in_one_place_are_refused),
        cmocka_unit_test(counts_have_limits),
        cmocka_unit_test(enclave_levels_stand_by_isvsvn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
