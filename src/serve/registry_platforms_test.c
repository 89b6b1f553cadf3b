/* SPDX-License-Identifier: Apache-2.0 */
/* Registering over real sockets, in each fill mode, and what upstream may say to it. */
#include "serve/test_registry_store.h"

static void expect(const struct registry_house *house, const char *name, size_t i,
                   uint8_t flaw, unsigned status, const char *code)
{
    struct test_answer answer = house_register(house, i, flaw, REGISTRAR);

    house_expect(&answer, name, status, code);
    if (status == 503)
        assert_int_equal(answer.body.len, 0);
    test_forget(&answer);
}

/* ---- fill modes ------------------------------------------------------------------- */

static void lazy_keeps_it_and_fetches(void **state)
{
    struct registry_house house;
    struct platform platform;
    struct arena arena;

    (void)state;
    house_open(&house, FILL_LAZY);
    house.keeps = true;
    struct test_answer answer = house_register(&house, 1, 0, REGISTRAR);
    house_expect(&answer, "registered", 200, "");
    assert_true(bytes_equal_text(answer.body, "Operation successful."));
    assert_non_null(strstr(test_header(&answer, "Content-Type"), "text/html"));
    test_forget(&answer);

    assert_int_equal(house.fetches, 1);
    assert_int_equal(house.asked.bound_by, BOUND_BY_TOKEN);
    assert_int_equal(house.asked.address_len, 0); /* nobody's budget */
    assert_string_equal(house.asked.registrar, "the-registrar");
    arena_init(&arena, 1024 * 1024);
    assert_true(house_find(&house, 1, &arena, &platform));
    assert_int_equal(platform.state, PLATFORM_HELD);
    assert_int_equal(platform.bound_by, BOUND_BY_TOKEN);
    assert_int_equal(platform.raw_tcb_count, 1);
    assert_true(platform.raw_tcbs[0].confirmed);
    arena_fini(&arena);
    assert_int_equal(house_count(&house).queued, 0);
    house_check_audit(&house, "the-registrar register ");
    house_close(&house);
}

static void req_puts_it_in_the_queue_too_and_certificates_clear_it(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_REQ);
    house.report.outcome = FETCH_UNREACHABLE;
    expect(&house, "upstream is away", 1, 0, 503, "unreachable");
    assert_int_equal(house_count(&house).queued, 1);
    assert_int_equal(house_count(&house).waiting, 1);

    house.report.outcome = FETCH_KEPT;
    house.keeps = true;
    expect(&house, "and is back", 1, 0, 200, "");
    assert_int_equal(house_count(&house).queued, 0);
    assert_int_equal(house_count(&house).waiting, 0);
    house_close(&house);
}

static void offline_only_queues(void **state)
{
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_OFFLINE);
    expect(&house, "new", 1, 0, 200, "");
    expect(&house, "again", 1, 0, 200, "");
    assert_int_equal(house.fetches, 0);
    assert_int_equal(house_count(&house).queued, 1);
    assert_int_equal(house_count(&house).platforms, 0);

    /* what a bundle has brought is held, whatever encryption of its PPID comes along */
    house_hold(&house, 2, BOUND_BY_IMPORT, 1);
    expect(&house, "held", 2, 0, 200, "");
    expect(&house, "held", 2, 7, 200, "");
    assert_int_equal(house_count(&house).queued, 1);
    house_close(&house);
}

/* ---- what is held -------------------------------------------------------------------
 */

static void what_is_held_is_not_asked_for_again(void **state)
{
    struct registry_house house;
    struct platform platform;
    struct arena arena;

    (void)state;
    house_open(&house, FILL_LAZY);
    house_hold(&house, 1, BOUND_BY_TOKEN, 1);
    expect(&house, "held", 1, 0, 200, "");
    expect(&house, "held", 1, 0, 200, "");
    assert_int_equal(house.fetches, 0);
    arena_init(&arena, 1024 * 1024);
    assert_true(house_find(&house, 1, &arena, &platform));
    assert_int_equal(platform.raw_tcb_count, 1); /* the host's, confirmed now */
    assert_true(platform.raw_tcbs[0].confirmed);
    assert_string_equal(platform.registrar, "somebody");
    arena_fini(&arena);
    house_close(&house);
}

static void what_differs_is_fetched_before_anything_is_changed(void **state)
{
    static const struct {
        const char *name;
        enum platform_bound_by by;
        uint8_t flaw; /* of the encrypted PPID that comes */
    } cases[] = {
        { "another encrypted PPID", BOUND_BY_TOKEN, 9 },
        { "bound by a request alone", BOUND_BY_ASKING, 0 },
        { "bound by an import alone", BOUND_BY_IMPORT, 0 },
    };
    static const struct {
        enum platform_fetch outcome;
        unsigned status;
        const char *code;
    } answers[] = {
        { FETCH_KEPT, 200, "" },
        { FETCH_CONFLICT, 409, "conflict" },
        { FETCH_NOT_FOUND, 404, "not_found" },
        { FETCH_REFUSED, 400, "upstream_refused" },
        { FETCH_UNTRUSTED, 503, "untrusted" },
        { FETCH_UNREACHABLE, 503, "unreachable" },
        { FETCH_BUSY, 503, "busy" },
        { FETCH_BUDGET, 429, "budget" },
    };
    struct registry_house house;
    struct platform platform;
    struct arena arena;

    (void)state;
    house_open(&house, FILL_REQ);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        house_hold(&house, i, cases[i].by, 1);
        for (size_t k = 0; k < COUNT_OF(answers); k++) {
            house.report.outcome = answers[k].outcome;
            expect(&house, cases[i].name, i, cases[i].flaw, answers[k].status,
                   answers[k].code);
            arena_init(&arena, 1024 * 1024);
            assert_true(house_find(&house, i, &arena, &platform));
            assert_int_equal(platform.bound_by, cases[i].by);
            assert_int_equal(platform.encrypted_ppid.at[0], i + 1);
            assert_int_equal(platform.raw_tcb_count, 0);
            arena_fini(&arena);
        }
    }
    assert_int_equal(house.fetches, COUNT_OF(cases) * COUNT_OF(answers));
    assert_int_equal(house_count(&house).queued, 0);
    house_close(&house);
}

/* Somebody with a token claims another's name. */
static void a_conflict_is_counted_and_written_down(void **state)
{
    struct registry_house house;
    struct registry_counts counts;

    (void)state;
    house_open(&house, FILL_LAZY);
    house_hold(&house, 1, BOUND_BY_OPERATOR, 1);
    house.report.outcome = FETCH_CONFLICT;
    expect(&house, "claimed", 1, 50, 409, "conflict");
    registry_counts(house.registry, &counts);
    assert_int_equal(counts.conflicts, 1);
    assert_int_equal(counts.refused, 1);
    house_check_audit(&house, "conflict: another PPID is bound\n");
    struct buf lines = house_audit(&house);
    assert_null(strstr(buf_text(&lines), bundle_qe_id(1))); /* by its alias alone */
    buf_fini(&lines);
    house_close(&house);
}

/* ---- what upstream says ---------------------------------------------------------------
 */

static void intels_reasons_are_told_in_words(void **state)
{
    static const struct {
        const char *code, *said;
    } cases[] = {
        { "InvalidPlatformManifest", "Intel cannot read the platform manifest" },
        { "InvalidOrRevokedPackage", "is revoked" },
        { "PackageNotFound", "does not know a processor package" },
        { "InvalidRegistrationServer", "another data centre" },
        { "IncompatiblePackage", "do not go together" },
        { "CachedKeysPolicyViolation", "asked for with its manifest" },
        { "InvalidRequestSyntax", "cannot read the request" },
        { "SomethingNew", "Upstream refused what it was asked with" },
    };
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    house.report.outcome = FETCH_REFUSED;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        snprintf(house.report.code, sizeof house.report.code, "%s", cases[i].code);
        struct test_answer answer = house_register(&house, i, 0, REGISTRAR);
        house_expect(&answer, cases[i].code, 400, "upstream_refused");
        assert_string_equal(test_header(&answer, "THIM-Upstream-Error"), cases[i].code);
        if (bytes_find(answer.body, bytes_of_text(cases[i].said)) == answer.body.len)
            fail_msg("%s: %s", cases[i].code, buf_text(&answer.text));
        test_forget(&answer);
    }
    house_close(&house);
}

static void an_upstream_that_is_away_loses_no_registration(void **state)
{
    static const enum platform_fetch outcomes[] = { FETCH_UNREACHABLE, FETCH_UNTRUSTED,
                                                    FETCH_BUSY, FETCH_BUDGET };
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    house.report.retry_after_s = 77;
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        house.report.outcome = outcomes[i];
        struct test_answer answer = house_register(&house, i, 0, REGISTRAR);
        assert_int_equal(answer.status, 503);
        assert_int_equal(answer.body.len, 0);
        assert_string_equal(test_header(&answer, "Retry-After"), "77");
        assert_non_null(strstr(test_header(&answer, "THIM-Error-Message"), "is kept"));
        test_forget(&answer);
        assert_int_equal(house_count(&house).waiting, i + 1);
    }
    house_close(&house);
}

static void who_waits_too_long_is_told_that_it_goes_on(void **state)
{
    struct registry_house house;

    (void)state;
    house_prepare(&house);
    house.config.limits.miss_wait_ms = 50;
    house_start(&house);
    house.is_mute = true;
    expect(&house, "nobody answers", 1, 0, 503, "late");
    struct platform_demand asked = house_asked(&house);
    asked.told(asked.context, &house.report); /* comes to nobody, and is well */
    house_close(&house);
}

/* ---- what is no registration
 * ----------------------------------------------------------- */

static void what_cannot_be_asked_for_is_refused_by_name(void **state)
{
    static const struct {
        const char *name, *body, *said;
        const char *code;
    } cases[] = {
        { "no JSON", "nonsense", "", "malformed" },
        { "no qe_id", "{\"pce_id\":\"0000\"}", "qe_id", "malformed" },
        { "pce_id is no hex",
          "{\"qe_id\":\"0a\",\"pce_id\":\"00zz\",\"cpu_svn\":"
          "\"05050505050505050505050505050505\",\"pce_svn\":\"0d00\",\"enc_ppid\":\"\"}",
          "pce_id", "malformed" },
    };
    struct registry_house house;

    (void)state;
    house_open(&house, FILL_LAZY);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct test_answer answer =
            house_ask(&house, "POST", V4 "platforms", REGISTRAR, cases[i].body);
        house_expect(&answer, cases[i].name, 400, cases[i].code);
        if (strstr(buf_text(&answer.text), cases[i].said) == NULL)
            fail_msg("%s: %s", cases[i].name, buf_text(&answer.text));
        test_forget(&answer);
    }
    assert_int_equal(house_count(&house).platforms, 0);
    house_close(&house);
}

static void zeros_are_no_encrypted_ppid(void **state)
{
    struct registry_house house;
    struct buf body = house_registration(1, 0);
    char *ppid = strstr((char *)body.at, "enc_ppid\":\"") + 11;

    (void)state;
    house_open(&house, FILL_LAZY);
    memset(ppid, '0', (size_t)ENCRYPTED_PPID_LEN * 2);
    struct test_answer answer =
        house_ask(&house, "POST", V4 "platforms", REGISTRAR, buf_text(&body));
    house_expect(&answer, "zeros", 400, "upstream_refused");
    assert_non_null(strstr(buf_text(&answer.text), "all zeros"));
    test_forget(&answer);
    assert_int_equal(house.fetches, 0);
    buf_fini(&body);
    house_close(&house);
}

static void a_registrars_share_of_the_queue_is_bounded(void **state)
{
    struct registry_house house;

    (void)state;
    house_prepare(&house);
    house.config.intel.fill = FILL_OFFLINE;
    house.config.limits.queue_per_registrar = 2;
    house_start(&house);
    expect(&house, "one", 1, 0, 200, "");
    expect(&house, "two", 2, 0, 200, "");
    expect(&house, "three", 3, 0, 429, "budget");
    expect(&house, "two again", 2, 0, 200, "");
    assert_int_equal(house_count(&house).queued, 2);
    house_close(&house);
}

/* ---- manifests
 * -------------------------------------------------------------------------- */

static struct buf manifest_registration(size_t i, char digit)
{
    struct buf out;

    buf_init(&out, REGISTRATION_BYTES_MAX);
    buf_addf(&out,
             "{\"qe_id\":\"%s\",\"pce_id\":\"0000\",\"cpu_svn\":\"\",\"pce_svn\":"
             "\"\",\"enc_ppid\":\"\",\"platform_manifest\":\"",
             bundle_qe_id(i));
    for (size_t k = 0; k < 2 * (size_t)MANIFEST_LEAST; k++)
        buf_add_byte(&out, (uint8_t)digit);
    buf_add_text(&out, "\"}");
    return out;
}

static void a_manifest_is_what_is_asked_with_and_compared(void **state)
{
    struct registry_house house;
    struct buf first = manifest_registration(1, 'a'),
               other = manifest_registration(1, 'b');

    (void)state;
    house_open(&house, FILL_LAZY);
    house.keeps = true;
    house_check(&house, "new", "POST", V4 "platforms", REGISTRAR, buf_text(&first), 200,
                "");
    assert_int_equal(house.asked_manifest_len, MANIFEST_LEAST);
    house_check(&house, "the same", "POST", V4 "platforms", REGISTRAR, buf_text(&first),
                200, "");
    assert_int_equal(house.fetches, 1);
    house_check(&house, "another", "POST", V4 "platforms", REGISTRAR, buf_text(&other),
                200, "");
    assert_int_equal(house.fetches, 2);
    buf_fini(&other);
    buf_fini(&first);
    house_close(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lazy_keeps_it_and_fetches),
        cmocka_unit_test(req_puts_it_in_the_queue_too_and_certificates_clear_it),
        cmocka_unit_test(offline_only_queues),
        cmocka_unit_test(what_is_held_is_not_asked_for_again),
        cmocka_unit_test(what_differs_is_fetched_before_anything_is_changed),
        cmocka_unit_test(a_conflict_is_counted_and_written_down),
        cmocka_unit_test(intels_reasons_are_told_in_words),
        cmocka_unit_test(an_upstream_that_is_away_loses_no_registration),
        cmocka_unit_test(who_waits_too_long_is_told_that_it_goes_on),
        cmocka_unit_test(what_cannot_be_asked_for_is_refused_by_name),
        cmocka_unit_test(zeros_are_no_encrypted_ppid),
        cmocka_unit_test(a_registrars_share_of_the_queue_is_bounded),
        cmocka_unit_test(a_manifest_is_what_is_asked_with_and_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
