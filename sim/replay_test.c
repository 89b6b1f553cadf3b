/* SPDX-License-Identifier: Apache-2.0 */
/* Over the shared vectors, whose MANIFEST says what each file is and its digest. */
#include "sim/replay.h"

#include <strings.h>

#include "kit/crypto.h"
#include "sim/test_verify.h"

static struct world world; /* without functions where there are no vectors */

static struct world_answer told(const struct world_question *question)
{
    struct world_answer answer;
    struct error err = { .kind = ERROR_NONE };

    world_answer_init(&answer);
    assert_ok(world.answer(world.context, question, &answer, &err), err);
    return answer;
}

#define needs_vectors()           \
    do {                          \
        if (world.answer == NULL) \
            skip();               \
    } while (0)

/* ---- the whole manifest ------------------------------------------------------------ */

struct entry { /* one line of the manifest that replay should know */
    struct world_question question;
    const char *envelope; /* NULL for a CRL */
    char digest[65];
};

/* The next tab-separated field. */
static struct bytes field(struct bytes *line)
{
    size_t tab = bytes_find(*line, bytes_of_text("\t"));
    struct bytes found = bytes_first(*line, tab);

    *line = bytes_after(*line, tab + 1);
    return found;
}

static bool take_prefix(struct bytes *text, const char *prefix)
{
    size_t len = strlen(prefix);

    if (!bytes_equal_text(bytes_first(*text, len), prefix))
        return false;
    *text = bytes_after(*text, len);
    return true;
}

static bool place_of(struct bytes *path, struct entry *entry)
{
    static const struct {
        const char *prefix, *envelope;
        enum world_kind kind;
        enum world_tee tee;
        enum world_ca ca;
    } places[] = {
        { "intel/tcbinfo/sgx/", "tcbInfo", WORLD_TCB, WORLD_SGX, 0 },
        { "intel/tcbinfo/tdx/", "tcbInfo", WORLD_TCB, WORLD_TDX, 0 },
        { "intel/identity/qe/", "enclaveIdentity", WORLD_QE_IDENTITY, 0, 0 },
        { "intel/identity/td-qe/", "enclaveIdentity", WORLD_TD_QE_IDENTITY, 0, 0 },
        { "intel/identity/qve/", "enclaveIdentity", WORLD_QVE_IDENTITY, 0, 0 },
        { "intel/identity/qae/", "enclaveIdentity", WORLD_QAE_IDENTITY, 0, 0 },
        { "intel/tcbevaluationdatanumbers/sgx/", "tcbEvaluationDataNumbers",
          WORLD_NUMBERS, WORLD_SGX, 0 },
        { "intel/tcbevaluationdatanumbers/tdx/", "tcbEvaluationDataNumbers",
          WORLD_NUMBERS, WORLD_TDX, 0 },
        { "intel/crl/root/", NULL, WORLD_ROOTCACRL, 0, 0 },
        { "intel/crl/platform/", NULL, WORLD_PCKCRL, 0, WORLD_PLATFORM },
        { "intel/crl/processor/", NULL, WORLD_PCKCRL, 0, WORLD_PROCESSOR },
    };

    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (!take_prefix(path, places[i].prefix))
            continue;
        entry->envelope = places[i].envelope;
        entry->question.kind = places[i].kind;
        entry->question.tee = places[i].tee;
        entry->question.ca = places[i].ca;
        return true;
    }
    return false;
}

/* 2025-06-20 00:00:00Z and 2025-06-20T00:00:00Z. */
static bool manifest_time(struct bytes text, int64_t *at_s)
{
    char spread[21] = "";

    if (text.len < 20)
        return false;
    memcpy(spread, text.at, 20);
    spread[10] = 'T';
    return utc_read(bytes_of_text(spread), at_s);
}

static bool read_entry(struct bytes line, struct entry *entry)
{
    struct bytes path = field(&line);
    uint64_t number = 0;

    *entry = (struct entry){ .envelope = NULL };
    if (!place_of(&path, entry)
        || bytes_find(path, bytes_of_text("reformatted")) < path.len)
        return false;
    if (entry->question.kind == WORLD_TCB) {
        if (!hex_read(bytes_first(path, 12), entry->question.fmspc, FMSPC_LEN))
            return false;
        path = bytes_after(path, 13);
    }
    if (entry->question.kind <= WORLD_QAE_IDENTITY) {
        if (!take_prefix(&path,
                         entry->question.kind == WORLD_TCB ? "v3-eval" : "v2-eval"))
            return false;
        assert_true(decimal_read(bytes_first(path, bytes_find(path, bytes_of_text("-"))),
                                 1000, &number));
        entry->question.update = WORLD_NUMBERED;
        entry->question.number = number;
    }
    for (int skipped = 1; skipped <= 4; skipped++)
        (void)field(&line);
    struct bytes digest = field(&line);
    assert_int_equal(digest.len, 64);
    memcpy(entry->digest, digest.at, 64);
    return manifest_time(field(&line), &entry->question.now_s);
}

static void check_entry(const struct entry *entry, struct bytes line)
{
    struct world_answer answer = told(&entry->question);
    struct bytes body = buf_bytes(&answer.body), chain = buf_bytes(&answer.chain);
    struct sha256 digest = sha256(body);

    if (answer.status != 200 || strcmp(hex(digest.digest, 32).s, entry->digest) != 0)
        fail_msg("%s: %u", safe(bytes_first(line, 120)).s, answer.status);
    if (entry->envelope != NULL && !test_envelope_holds(body, entry->envelope, chain))
        fail_msg("%s: the signature does not hold", safe(bytes_first(line, 120)).s);
    if (entry->question.kind == WORLD_PCKCRL)
        assert_true(test_crl_holds(body, chain, 0));
    if (entry->question.kind != WORLD_ROOTCACRL)
        assert_true(test_chain_holds(chain));
    world_answer_fini(&answer);
}

static void every_document_is_given_at_its_own_second(void **state)
{
    unsigned checked = 0, crls = 0;

    (void)state;
    needs_vectors();
    struct buf manifest = test_shared_file("vectors/MANIFEST.tsv");
    struct bytes rest = buf_bytes(&manifest);
    while (rest.len > 0) {
        size_t end = bytes_find(rest, bytes_of_text("\n"));
        struct bytes line = bytes_first(rest, end);
        struct entry entry;

        rest = bytes_after(rest, end + 1);
        if (!read_entry(line, &entry))
            continue;
        check_entry(&entry, line);
        checked++;
        crls += entry.envelope == NULL;
    }
    assert_true(checked > 200);
    assert_true(crls > 70);
    buf_fini(&manifest);
}

/* ---- spots ------------------------------------------------------------------------- */

static const struct {
    const char *claim, *now, *fmspc;
    enum world_tee tee;
    enum world_update update;
    unsigned number, status;
    const char *told_number, *issued;
} spots[] = {
    { "standard: lowest unexpired", "2025-06-20T00:00:00Z", "00906ed50000", WORLD_SGX,
      WORLD_STANDARD, 0, 200, "17", "2025-05-27T19:31:07Z" },
    { "early: highest", "2025-06-20T00:00:00Z", "00906ed50000", WORLD_SGX, WORLD_EARLY, 0,
      200, "19", "2025-05-27T19:31:08Z" },
    { "a given number", "2025-06-20T00:00:00Z", "00906ed50000", WORLD_SGX, WORLD_NUMBERED,
      19, 200, "19", "2025-05-27T19:31:08Z" },
    { "a number not captured", "2025-06-20T00:00:00Z", "00906ed50000", WORLD_SGX,
      WORLD_NUMBERED, 18, 404, "", "" },
    { "a number below standard", "2025-06-20T00:00:00Z", "00906ed50000", WORLD_SGX,
      WORLD_NUMBERED, 15, 410, "", "" },
    { "the second of issue", "2025-06-19T10:16:03Z", "b0c06f000000", WORLD_TDX,
      WORLD_STANDARD, 0, 200, "17", "2025-06-19T10:16:03Z" },
    { "the second before: the one before", "2025-06-19T10:16:02Z", "b0c06f000000",
      WORLD_TDX, WORLD_STANDARD, 0, 200, "17", "2025-06-18T02:08:44Z" },
    { "nothing unexpired: the newest of all", "2026-02-01T00:00:00Z", "00906ed50000",
      WORLD_SGX, WORLD_STANDARD, 0, 200, "19", "2025-05-27T19:31:08Z" },
    { "before 2026-08-14 number 19 is standard", "2026-08-13T23:59:59Z", "b0c06f000000",
      WORLD_TDX, WORLD_STANDARD, 0, 200, "19", "2026-08-11T00:36:45Z" },
    { "from then on 20 is", "2026-08-14T00:00:00Z", "b0c06f000000", WORLD_TDX,
      WORLD_STANDARD, 0, 200, "20", "2026-08-13T10:45:38Z" },
    { "... and 19 is gone, though unexpired", "2026-08-14T00:00:00Z", "b0c06f000000",
      WORLD_TDX, WORLD_NUMBERED, 19, 410, "", "" },
    { "before the first capture", "2022-01-01T00:00:00Z", "b0c06f000000", WORLD_TDX,
      WORLD_STANDARD, 0, 404, "", "" },
    { "only version 2 was captured by then", "2022-05-01T00:00:00Z", "00906ed50000",
      WORLD_SGX, WORLD_STANDARD, 0, 404, "", "" },
};

static void tcb_infos_are_chosen_by_date_and_number(void **state)
{
    (void)state;
    needs_vectors();
    for (size_t i = 0; i < COUNT_OF(spots); i++) {
        struct world_question question = { .kind = WORLD_TCB,
                                           .tee = spots[i].tee,
                                           .update = spots[i].update,
                                           .number = spots[i].number,
                                           .now_s = test_time(spots[i].now) };

        assert_true(hex_read(bytes_of_text(spots[i].fmspc), question.fmspc, FMSPC_LEN));
        struct world_answer answer = told(&question);
        struct bytes body = buf_bytes(&answer.body);
        if (answer.status != spots[i].status
            || strcmp(test_member(body, "tcbEvaluationDataNumber"), spots[i].told_number)
                   != 0
            || strcmp(test_member(body, "issueDate"), spots[i].issued) != 0)
            fail_msg("%s: %u, issued %s", spots[i].claim, answer.status,
                     test_member(body, "issueDate"));
        world_answer_fini(&answer);
    }
}

static void chains_are_those_in_force(void **state)
{
    static const struct {
        const char *now, *not_after; /* of the TCB signer */
    } cases[] = {
        { "2025-05-01T00:00:00Z", "250521105010Z" },
        { "2025-06-20T00:00:00Z", "320506092500Z" },
    };

    (void)state;
    needs_vectors();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct world_question question = { .kind = WORLD_QE_IDENTITY,
                                                 .now_s = test_time(cases[i].now) };
        struct world_answer answer = told(&question);
        X509 *signer = test_certificate(buf_bytes(&answer.chain), 0);

        assert_non_null(signer);
        assert_string_equal(
            (const char *)ASN1_STRING_get0_data(X509_get0_notAfter(signer)),
            cases[i].not_after);
        X509_free(signer);
        world_answer_fini(&answer);
    }
}

static unsigned count_listed(const char *now, const char *platform, const char *wanted)
{
    const struct world_question question = { .kind = WORLD_FMSPCS,
                                             .platform = platform,
                                             .now_s = test_time(now) };
    struct world_answer answer = told(&question);
    struct bytes rest = buf_bytes(&answer.body);
    unsigned count = 0;

    for (;;) {
        size_t at = bytes_find(rest, bytes_of_text(wanted));
        if (at == rest.len)
            break;
        rest = bytes_after(rest, at + 1);
        count++;
    }
    world_answer_fini(&answer);
    return count;
}

static void fmspcs_are_the_dated_list_and_what_was_captured(void **state)
{
    (void)state;
    needs_vectors();
    /* listed in 2025-05, never captured */
    assert_int_equal(count_listed("2025-06-20T00:00:00Z", NULL, "\"70A06D070000\""), 1);
    assert_int_equal(count_listed("2025-05-26T00:00:00Z", NULL, "\"70A06D070000\""), 0);
    /* captured before any list, and once only after */
    assert_int_equal(count_listed("2025-05-26T00:00:00Z", NULL, "\"90C06F000000\""), 1);
    assert_int_equal(count_listed("2025-06-20T00:00:00Z", NULL, "\"90C06F000000\""), 1);
    assert_int_equal(count_listed("2018-01-01T00:00:00Z", NULL, "fmspc"), 0);
    assert_int_equal(count_listed("2025-06-20T00:00:00Z", "client", "\"E5\""), 0);
    assert_true(count_listed("2025-06-20T00:00:00Z", "client", "\"client\"") > 0);
}

static void bends_show_captured_documents(void **state)
{
    static const struct {
        enum world_bend bend;
        unsigned status;
        const char *issued;
    } cases[] = {
        { WORLD_OLDER, 200, "2025-06-18T02:08:44Z" },
        { WORLD_EXPIRED, 200, "2025-03-13T07:30:24Z" },
        { WORLD_FUTURE, 404, "" },
        { WORLD_IMPOSTOR, 404, "" },
    };

    (void)state;
    needs_vectors();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world_question question = { .kind = WORLD_TCB,
                                           .tee = WORLD_TDX,
                                           .fmspc = { 0xb0, 0xc0, 0x6f },
                                           .bend = cases[i].bend,
                                           .now_s = test_time("2025-06-20T00:00:00Z") };
        struct world_answer answer = told(&question);
        struct bytes body = buf_bytes(&answer.body);

        assert_int_equal(answer.status, cases[i].status);
        assert_string_equal(test_member(body, "issueDate"), cases[i].issued);
        assert_string_equal(test_member(body, "id"), cases[i].status == 200 ? "TDX" : "");
        world_answer_fini(&answer);
        question.bend = WORLD_OTHER_FMSPC;
        answer = told(&question);
        body = buf_bytes(&answer.body);
        assert_int_equal(answer.status, 200);
        assert_int_not_equal(strcasecmp(test_member(body, "fmspc"), "b0c06f000000"), 0);
        assert_string_equal(test_member(body, "id"), "TDX");
        world_answer_fini(&answer);
    }
}

static void the_root_is_intels(void **state)
{
    struct buf pem;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    needs_vectors();
    buf_init(&pem, WORLD_CHAIN_MAX);
    assert_ok(world.root(world.context, &pem, &err), err);
    X509 *root = test_certificate(buf_bytes(&pem), 0);
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(root), &der);
    struct sha256 digest = sha256(bytes_of(der, (size_t)len));
    assert_string_equal(
        hex(digest.digest, 32).s,
        "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e");
    OPENSSL_free(der);
    X509_free(root);
    buf_fini(&pem);
}

static void no_platforms_were_captured(void **state)
{
    (void)state;
    needs_vectors();
    for (int kind = WORLD_PCKCERTS; kind <= WORLD_REGISTRATION; kind++) {
        const struct world_question question = { .kind = (enum world_kind)kind,
                                                 .now_s =
                                                     test_time("2025-06-20T00:00:00Z") };
        struct world_answer answer;
        struct error err = { .kind = ERROR_NONE };

        world_answer_init(&answer);
        assert_ok(world.answer(world.context, &question, &answer, &err), err);
        assert_int_equal(answer.status, 404);
        world_answer_fini(&answer);
    }
    assert_null(world.platforms);
}

static void a_folder_without_vectors_is_refused(void **state)
{
    struct world none;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_false(replay_open("/nonexistent", &none, &err));
    assert_refused(err, ERROR_NOT_FOUND, "/nonexistent/intel holds no captured");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_document_is_given_at_its_own_second),
        cmocka_unit_test(tcb_infos_are_chosen_by_date_and_number),
        cmocka_unit_test(chains_are_those_in_force),
        cmocka_unit_test(fmspcs_are_the_dated_list_and_what_was_captured),
        cmocka_unit_test(bends_show_captured_documents),
        cmocka_unit_test(the_root_is_intels),
        cmocka_unit_test(no_platforms_were_captured),
        cmocka_unit_test(a_folder_without_vectors_is_refused),
    };
    const char *vectors = test_shared("vectors");
    struct error err = { .kind = ERROR_NONE };

    if (vectors != NULL && !replay_open(vectors, &world, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close(&world);
    return failed;
}
