/* SPDX-License-Identifier: Apache-2.0 */
/* Asked through the synthetic world, as whoever asks is. */
#include "sim/pck_desk.h"

#include <openssl/x509v3.h>

#include "sim/documents.h"
#include "sim/synthetic.h"
#include "sim/test_verify.h"

#define NOW "2025-06-20T12:00:00Z" /* early is 17: 13 levels from 5 on */
#define NEWEST 17
#define LEVELS 13

static struct world world;

static struct world_question by_ppid(enum world_kind kind, uint32_t platform)
{
    struct world_question question = { .kind = kind, .now_s = test_time(NOW) };

    platform_encrypt_ppid(world.platforms, platform, 7, question.encrypted_ppid);
    document_tcbm(NEWEST, question.raw_tcb);
    return question;
}

static struct world_answer told(const struct world_question *question)
{
    struct world_answer answer;
    struct error err = { .kind = ERROR_NONE };

    world_answer_init(&answer);
    assert_ok(world.answer(world.context, question, &answer, &err), err);
    return answer;
}

static unsigned status_of(const struct world_question *question)
{
    struct world_answer answer = told(question);

    world_answer_fini(&answer);
    return answer.status;
}

static void happens(enum platform_event_kind kind, uint32_t platform, unsigned level,
                    enum pck_oddity how)
{
    const struct platform_event event = { .kind = kind,
                                          .platform = platform,
                                          .level = level,
                                          .how = how,
                                          .now_s = test_time(NOW) };
    struct error err = { .kind = ERROR_NONE };

    assert_ok(world.platform_event(world.context, &event, &err), err);
}

static size_t count_of(struct bytes body, const char *part)
{
    size_t count = 0, part_len = strlen(part);

    for (size_t at; (at = bytes_find(body, bytes_of_text(part))) < body.len; count++)
        body = bytes_after(body, at + part_len);
    return count;
}

/* The n-th certificate of a list, which holds under the answer's chain or does not. */
static bool entry_holds(const struct world_answer *answer, int n)
{
    struct bytes rest = buf_bytes(&answer->body);
    struct buf pem;

    for (int i = 0; i <= n; i++)
        rest = bytes_after(rest, bytes_find(rest, bytes_of_text("\"cert\":\"")) + 8);
    buf_init(&pem, PCK_CERTIFICATE_MAX * 2);
    assert_true(
        percent_read(bytes_first(rest, bytes_find(rest, bytes_of_text("\""))), &pem));
    X509 *certificate = test_certificate(buf_bytes(&pem), 0);
    X509 *ca = test_certificate(buf_bytes(&answer->chain), 0);
    bool holds =
        certificate != NULL && X509_check_issued(ca, certificate) == X509_V_OK
        && X509_verify(certificate, X509_get0_pubkey(ca)) == 1
        && X509_cmp_time(X509_get0_notAfter(certificate), &(time_t){ test_time(NOW) }) > 0
        && X509_cmp_time(X509_get0_notBefore(certificate), &(time_t){ test_time(NOW) })
               < 0;
    X509_free(certificate);
    X509_free(ca);
    buf_fini(&pem);
    return holds;
}

static void a_platform_has_a_certificate_for_each_event(void **state)
{
    struct world_question question = by_ppid(WORLD_PCKCERTS, 2);
    struct world_answer answer = told(&question);
    struct bytes body = buf_bytes(&answer.body);

    (void)state;
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.ca, WORLD_PROCESSOR);
    assert_string_equal(hex(answer.fmspc, FMSPC_LEN).s, "02606f000000");
    assert_true(test_chain_holds(buf_bytes(&answer.chain)));
    assert_int_equal(count_of(body, "\"cert\":"), LEVELS);
    for (int n = 0; n < LEVELS; n++)
        assert_true(entry_holds(&answer, n));
    static const char first[] =
        "[{\"tcb\":{\"sgxtcbcomp01svn\":17,\"sgxtcbcomp02svn\":17,\"sgxtcbcomp03svn\":0,"
        "\"sgxtcbcomp04svn\":3,\"sgxtcbcomp05svn\":3,\"sgxtcbcomp06svn\":255,"
        "\"sgxtcbcomp07svn\":0,\"sgxtcbcomp08svn\":2,\"sgxtcbcomp09svn\":0,"
        "\"sgxtcbcomp10svn\":0,\"sgxtcbcomp11svn\":0,\"sgxtcbcomp12svn\":0,"
        "\"sgxtcbcomp13svn\":0,\"sgxtcbcomp14svn\":0,\"sgxtcbcomp15svn\":0,"
        "\"sgxtcbcomp16svn\":0,\"pcesvn\":16},"
        "\"tcbm\":\"1111000303FF000200000000000000001000\",\"cert\":\"-----BEGIN%20CERT";
    assert_memory_equal(body.at, first, sizeof first - 1);
    world_answer_fini(&answer);
    question.now_s = test_time("2025-05-13T00:00:00Z"); /* before the last event */
    answer = told(&question);
    assert_int_equal(count_of(buf_bytes(&answer.body), "\"cert\":"), LEVELS - 1);
    world_answer_fini(&answer);
}

static void the_same_question_has_the_same_bytes(void **state)
{
    struct world_question question = by_ppid(WORLD_PCKCERTS, 2);
    struct world_answer first = told(&question), again = told(&question);

    (void)state;
    assert_true(bytes_equal(buf_bytes(&first.body), buf_bytes(&again.body)));
    world_answer_fini(&first);
    world_answer_fini(&again);
}

static struct world_question by_manifest(uint32_t platform, struct buf *manifest)
{
    buf_init(manifest, MANIFEST_LEN);
    platform_manifest(world.platforms, platform, manifest);
    return (struct world_question){ .kind = WORLD_PCKCERTS,
                                    .manifest = buf_bytes(manifest),
                                    .now_s = test_time(NOW) };
}

static void several_packages_are_known_by_manifest_or_registration(void **state)
{
    struct buf manifest;
    struct world_question indirect = by_manifest(1, &manifest);
    struct world_question by_name = by_ppid(WORLD_PCKCERTS, 1);

    (void)state;
    assert_int_equal(status_of(&by_name), 404);
    struct world_answer answer = told(&indirect);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.ca, WORLD_PLATFORM);
    assert_true(entry_holds(&answer, 0));
    world_answer_fini(&answer);
    assert_int_equal(status_of(&by_name), 404); /* still: no keys are kept */
    indirect.kind = WORLD_REGISTRATION;
    assert_int_equal(status_of(&indirect), 400);
    buf_fini(&manifest);

    struct world_question direct = by_manifest(3, &manifest);
    direct.kind = WORLD_REGISTRATION;
    assert_int_equal(status_of(&direct), 201);
    by_name = by_ppid(WORLD_PCKCERTS, 3);
    assert_int_equal(status_of(&by_name), 200);
    direct.kind = WORLD_PCKCERTS;
    assert_int_equal(status_of(&direct), 200);
    assert_int_equal(platform_registration(world.platforms, 3), PLATFORM_DIRECT);
    manifest.at[20] ^= 1;
    assert_int_equal(status_of(&direct), 400);
    buf_fini(&manifest);
}

static void strangers_are_404(void **state)
{
    struct world_question known = by_ppid(WORLD_PCKCERTS, 4), question = known;

    (void)state;
    assert_int_equal(status_of(&question), 200);
    question.encrypted_ppid[200] ^= 1;
    assert_int_equal(status_of(&question), 404);
    question = known;
    memset(question.encrypted_ppid, 0, ENCRYPTED_PPID_LEN);
    assert_int_equal(status_of(&question), 404);
    question = known;
    question.pce_id[0] = 1;
    assert_int_equal(status_of(&question), 404);
    happens(PLATFORM_FORGET, 4, 0, PCK_STRAIGHT);
    assert_int_equal(status_of(&known), 404);
    known.now_s--;
    assert_int_equal(status_of(&known), 200);
}

static void a_qe_id_names_any_platform(void **state)
{
    struct world_question question = { .kind = WORLD_PCKCERT, .now_s = test_time(NOW) };

    (void)state;
    document_tcbm(NEWEST, question.raw_tcb);
    platform_name(world.platforms, PLATFORM_QE_ID, 1, question.qe_id);
    assert_int_equal(status_of(&question), 200);
    question.qe_id[0] ^= 1;
    assert_int_equal(status_of(&question), 404);
}

/* Raw TCBs beside levels: component 1 and 2 and PCESVN are what rises. */
static void the_best_covered_certificate_is_given(void **state)
{
    static const struct {
        const char *claim;
        uint8_t svn_1, svn_2, svn_6, pcesvn;
        unsigned level; /* 0: none */
    } cases[] = {
        { "the newest: itself", 17, 17, 255, 16, 17 },
        { "newer than all: the newest", 99, 99, 255, 99, 17 },
        { "one component behind: the level below", 17, 16, 255, 16, 16 },
        { "another behind: no level has less", 17, 17, 254, 16, 0 },
        { "PCESVN behind counts like a component", 17, 17, 255, 15, 16 },
        { "the oldest: itself", 5, 5, 255, 10, 5 },
        { "below the oldest: none", 4, 5, 255, 10, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world_question question = by_ppid(WORLD_PCKCERT, 0);
        uint8_t tcbm[TCBM_LEN];

        question.raw_tcb[0] = cases[i].svn_1;
        question.raw_tcb[1] = cases[i].svn_2;
        question.raw_tcb[5] = cases[i].svn_6;
        question.raw_tcb[CPUSVN_LEN] = cases[i].pcesvn;
        struct world_answer answer = told(&question);
        document_tcbm(cases[i].level == 0 ? 5 : cases[i].level, tcbm);
        if (answer.status != (cases[i].level == 0 ? 404 : 200)
            || (cases[i].level != 0 && memcmp(tcbm, answer.tcbm, TCBM_LEN) != 0))
            fail_msg("%s: %u %s", cases[i].claim, answer.status,
                     hex(answer.tcbm, TCBM_LEN).s);
        world_answer_fini(&answer);
    }
}

static void a_gap_is_not_available_until_it_is_filled(void **state)
{
    struct world_question list = by_ppid(WORLD_PCKCERTS, 0);
    struct world_question one = by_ppid(WORLD_PCKCERT, 0);

    (void)state;
    happens(PLATFORM_GAP, 0, NEWEST, PCK_STRAIGHT);
    struct world_answer answer = told(&list);
    assert_int_equal(count_of(buf_bytes(&answer.body), "\"cert\":\"Not available\""), 1);
    assert_int_equal(count_of(buf_bytes(&answer.body), "\"cert\":\"-----BEGIN"),
                     LEVELS - 1);
    world_answer_fini(&answer);
    answer = told(&one);
    assert_int_equal(answer.tcbm[0], NEWEST - 1);
    world_answer_fini(&answer);
    happens(PLATFORM_FILL, 0, NEWEST, PCK_STRAIGHT);
    answer = told(&one);
    assert_int_equal(answer.tcbm[0], NEWEST);
    world_answer_fini(&answer);
}

static void one_odd_certificate_leaves_the_others(void **state)
{
    static const enum pck_oddity oddities[] = { PCK_UNREADABLE, PCK_IMPOSTOR, PCK_EXPIRED,
                                                PCK_FUTURE };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(oddities); i++) {
        struct world_question question = by_ppid(WORLD_PCKCERTS, 0);

        happens(PLATFORM_ODD_PCK, 0, NEWEST - 2, oddities[i]);
        struct world_answer answer = told(&question);
        for (int n = 0; n < LEVELS; n++)
            assert_int_equal(entry_holds(&answer, n), n != 2);
        world_answer_fini(&answer);
    }
}

static void a_bend_concerns_every_certificate(void **state)
{
    static const enum world_bend bends[] = { WORLD_EXPIRED, WORLD_FUTURE };
    struct world_question question = by_ppid(WORLD_PCKCERTS, 0);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bends); i++) {
        question.bend = bends[i];
        struct world_answer answer = told(&question);
        for (int n = 0; n < LEVELS; n++)
            assert_false(entry_holds(&answer, n));
        world_answer_fini(&answer);
    }
    struct world_answer straight =
        told(&(struct world_question){ .kind = WORLD_PCKCRL, .now_s = test_time(NOW) });
    question.bend = WORLD_IMPOSTOR; /* holds, but under another root */
    struct world_answer answer = told(&question);
    assert_true(entry_holds(&answer, 0));
    assert_false(bytes_equal(buf_bytes(&answer.chain), buf_bytes(&straight.chain)));
    world_answer_fini(&answer);
    world_answer_fini(&straight);
    question.bend = WORLD_OTHER_FMSPC;
    answer = told(&question);
    assert_string_equal(hex(answer.fmspc, FMSPC_LEN).s, "02606f000000");
    world_answer_fini(&answer);
}

/* Whether the CRL of a CA names the certificate of a level. */
static bool is_revoked(uint32_t platform, unsigned level, const char *at)
{
    const struct world_question crl = { .kind = WORLD_PCKCRL,
                                        .ca = platform_ca(platform),
                                        .now_s = test_time(at) };
    uint8_t serial[PKI_SERIAL_LEN];
    struct world_answer answer = told(&crl);
    struct bytes der = buf_bytes(&answer.body);

    pck_serial(world.platforms, platform, level, serial);
    bool is_named = bytes_find(der, bytes_of(serial, sizeof serial)) < der.len;
    assert_true(test_crl_holds(der, buf_bytes(&answer.chain), 0));
    world_answer_fini(&answer);
    return is_named;
}

static void a_revoked_certificate_is_on_its_cas_crl_at_once(void **state)
{
    (void)state;
    assert_false(is_revoked(2, NEWEST, NOW));
    happens(PLATFORM_REVOKE_PCK, 2, NEWEST, PCK_STRAIGHT);
    happens(PLATFORM_REVOKE_PCK, 1, 0, PCK_STRAIGHT);
    assert_true(is_revoked(2, NEWEST, NOW));
    assert_false(is_revoked(2, NEWEST - 1, NOW));
    assert_false(is_revoked(4, NEWEST, NOW));
    assert_true(is_revoked(1, NEWEST, NOW));
    assert_true(is_revoked(1, CALENDAR_FIRST, NOW));
    assert_false(is_revoked(2, NEWEST, "2025-06-20T11:59:59Z"));
    assert_true(is_revoked(2, NEWEST, "2025-06-21T00:00:00Z"));
}

static int open_world(void **state)
{
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    return synthetic_open("test", test_time(NOW), 4, &world, &err) ? 0 : -1;
}

static int close_world(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

#define in_a_world(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_world(a_platform_has_a_certificate_for_each_event),
        in_a_world(the_same_question_has_the_same_bytes),
        in_a_world(several_packages_are_known_by_manifest_or_registration),
        in_a_world(strangers_are_404),
        in_a_world(a_qe_id_names_any_platform),
        in_a_world(the_best_covered_certificate_is_given),
        in_a_world(a_gap_is_not_available_until_it_is_filled),
        in_a_world(one_odd_certificate_leaves_the_others),
        in_a_world(a_bend_concerns_every_certificate),
        in_a_world(a_revoked_certificate_is_on_its_cas_crl_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
