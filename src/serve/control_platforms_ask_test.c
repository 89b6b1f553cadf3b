/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/control_platforms_ask.h"

#include <stdio.h>

#include "kit/test.h"

#define CPUSVN "0102030405060708090a0b0c0d0e0f10"

static const struct {
    const char *name, *query;
    const char *why; /* NULL: read */
    struct {
        const char *qe_id; /* NULL: none */
        uint16_t pce_id, pcesvn;
        uint64_t after, limit;
        bool has_fmspc, has_raw_tcb;
    } ask;
} cases[] = {
    { "nothing is well", "", NULL, { .limit = PLATFORM_LIMIT_USUAL } },
    { "a platform by our names",
      "qe_id=AB01&pce_id=0100",
      NULL,
      { .qe_id = "ab01", .pce_id = 1, .limit = PLATFORM_LIMIT_USUAL } },
    { "and as a host asks",
      "qeid=ab&pceid=0001&cpusvn=" CPUSVN "&pcesvn=0d00",
      NULL,
      { .qe_id = "ab",
        .pce_id = 256,
        .pcesvn = 13,
        .limit = PLATFORM_LIMIT_USUAL,
        .has_raw_tcb = true } },
    { "the raw TCB as registrations have it",
      "qe_id=ab&cpu_svn=" CPUSVN "&pce_svn=0001",
      NULL,
      { .qe_id = "ab",
        .pcesvn = 256,
        .limit = PLATFORM_LIMIT_USUAL,
        .has_raw_tcb = true } },
    { "a page",
      "after=7&limit=1000&fmspc=00906EA10000",
      NULL,
      { .after = 7, .limit = PLATFORM_LIMIT_MAX, .has_fmspc = true } },
    { "one more than a page", "limit=1001", "limit", { 0 } },
    { "a row below zero", "after=-1", "after", { 0 } },
    { "an FMSPC of eleven digits", "fmspc=00906ea1000", "fmspc", { 0 } },
    { "a QE ID that is no hex", "qe_id=xy", "qe_id", { 0 } },
    { "a PCE-ID of two digits", "qe_id=ab&pce_id=00", "pce_id", { 0 } },
    { "half a raw TCB", "pcesvn=0d00", "one is missing", { 0 } },
    { "a short CPUSVN", "cpusvn=0102&pcesvn=0d00", "cpusvn", { 0 } },
    { "a short encrypted PPID", "encrypted_ppid=00", "encrypted_ppid", { 0 } },
};

static void parameters_are_read_or_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_target target;
        struct platform_ask ask;
        struct arena arena;
        struct error err = { 0 };
        char raw[512];

        snprintf(raw, sizeof raw, "/thim/v1/platforms?%s", cases[i].query);
        arena_init(&arena, 65536);
        assert_ok(http_target_parse(bytes_of_text(raw), &arena, &target, &err), err);
        bool read = platform_ask_read(&target, &arena, &ask, &err);
        if (cases[i].why != NULL) {
            assert_false(read);
            assert_refused(err, ERROR_FORMAT, cases[i].why);
        } else if (!read || ask.has_name != (cases[i].ask.qe_id != NULL)
                   || (ask.has_name && strcmp(ask.name.qe_id, cases[i].ask.qe_id) != 0)
                   || ask.name.pce_id != cases[i].ask.pce_id
                   || ask.has_raw_tcb != cases[i].ask.has_raw_tcb
                   || ask.raw.pcesvn != cases[i].ask.pcesvn
                   || ask.after != cases[i].ask.after || ask.limit != cases[i].ask.limit
                   || ask.has_fmspc != cases[i].ask.has_fmspc) {
            fail_msg("%s: %s", cases[i].name, err.text);
        }
        arena_fini(&arena);
    }
}

static void zeros_are_no_encrypted_ppid(void **state)
{
    struct http_target target;
    struct platform_ask ask;
    struct arena arena;
    struct error err = { 0 };
    char raw[1024];

    (void)state;
    arena_init(&arena, 65536);
    for (int last = 0; last <= 1; last++) {
        snprintf(raw, sizeof raw, "/?encrypted_ppid=%0768d", last);
        assert_ok(http_target_parse(bytes_of_text(raw), &arena, &target, &err), err);
        assert_ok(platform_ask_read(&target, &arena, &ask, &err), err);
        assert_int_equal(ask.has_encrypted_ppid, last);
    }
    arena_fini(&arena);
}

static void tdx_svns_are_read_or_their_member_is_named(void **state)
{
    static const char svn[] = "000102030405060708090a0b0c0d0e0F";
    static const struct {
        const char *name, *body; /* S stands for an SVN */
        const char *why;         /* NULL: it is read */
    } bodies[] = {
        { "both", "{\"qe_id\":\"ab\",\"tee_tcb_svn\":\"S\"}", NULL },
        { "a PCE-ID too", "{\"tee_tcb_svn\":\"S\",\"pce_id\":\"0000\",\"qe_id\":\"AB\"}",
          NULL },
        { "nothing", "", "not one JSON object" },
        { "an array", "[]", "not one JSON object" },
        { "no QE ID", "{\"tee_tcb_svn\":\"S\"}", "qe_id is missing" },
        { "no SVNs", "{\"qe_id\":\"ab\"}", "tee_tcb_svn is missing" },
        { "a digit more", "{\"qe_id\":\"ab\",\"tee_tcb_svn\":\"S0\"}",
          "expected 32 hex digits" },
        { "a digit that is none",
          "{\"qe_id\":\"ab\",\"tee_tcb_svn\":\"g00102030405060708090a0b0c0d0e0f\"}",
          "expected 32 hex digits" },
        { "a number", "{\"qe_id\":12,\"tee_tcb_svn\":\"S\"}", "qe_id is no text" },
        { "an empty QE ID", "{\"qe_id\":\"\",\"tee_tcb_svn\":\"S\"}", "qe_id" },
        { "a short PCE-ID", "{\"qe_id\":\"ab\",\"pce_id\":\"00\",\"tee_tcb_svn\":\"S\"}",
          "pce_id" },
        { "one that is not known",
          "{\"qe_id\":\"ab\",\"tee_tcb_svn\":\"S\",\"tee\":\"tdx\"}",
          "no member tee is known" },
        { "the same twice", "{\"qe_id\":\"ab\",\"qe_id\":\"cd\",\"tee_tcb_svn\":\"S\"}",
          "not one JSON object" },
        { "a NUL in the QE ID", "{\"qe_id\":\"ab\\u0000\",\"tee_tcb_svn\":\"S\"}",
          "not one JSON object" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct platform_ask ask;
        struct error err = { 0 };
        struct buf body;
        buf_init(&body, 1024);
        for (const char *c = bodies[i].body; *c != 0; c++)
            buf_add(&body, *c == 'S' ? bytes_of_text(svn) : bytes_of(c, 1));
        bool read = platform_tdx_read(buf_bytes(&body), &ask, &err);
        if (read != (bodies[i].why == NULL))
            fail_msg("%s: %s", bodies[i].name, err.text);
        if (!read)
            assert_refused(err, ERROR_FORMAT, bodies[i].why);
        else
            assert_true(strcmp(ask.name.qe_id, "ab") == 0 && ask.name.pce_id == 0
                        && ask.tee_tcb_svn[1] == 1 && ask.tee_tcb_svn[15] == 15);
        buf_fini(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_read_or_named),
        cmocka_unit_test(zeros_are_no_encrypted_ppid),
        cmocka_unit_test(tdx_svns_are_read_or_their_member_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
