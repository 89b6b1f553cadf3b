/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/history.h"

#include "sim/test_verify.h"

#define DAY_S ((int64_t)86400)

static const uint8_t one[FMSPC_LEN] = { 0x30, 0x60, 0x6a };
static const uint8_t other[FMSPC_LEN] = { 0x00, 0x90, 0x6e, 0xd5 };

static struct world_question question_of(enum world_kind kind, const uint8_t *fmspc)
{
    struct world_question question = { .kind = kind };

    memcpy(question.fmspc, fmspc, FMSPC_LEN);
    return question;
}

static void happens(struct history *history, enum world_event_kind kind,
                    const uint8_t *fmspc, int64_t now_s)
{
    struct world_event event = { .kind = kind,
                                 .has_fmspc = fmspc != NULL,
                                 .now_s = now_s };
    struct error err = { .kind = ERROR_NONE };

    if (fmspc != NULL)
        memcpy(event.fmspc, fmspc, FMSPC_LEN);
    assert_ok(history_add(history, &event, &err), err);
}

static void documents_are_issued_each_day(void **state)
{
    const struct world_question question = question_of(WORLD_TCB, one);
    int64_t noon_s = test_time("2025-06-20T12:00:00Z");
    struct history history;

    (void)state;
    history_init(&history);
    assert_int_equal(history_issue_s(&history, &question, DAY_S, noon_s),
                     noon_s - DAY_S / 2);
    assert_int_equal(history_issue_s(&history, &question, DAY_S, noon_s + DAY_S / 2 - 1),
                     noon_s - DAY_S / 2);
    assert_int_equal(history_issue_s(&history, &question, DAY_S, noon_s + DAY_S / 2),
                     noon_s + DAY_S / 2);
}

/* Which documents get a new issue date from which event. */
static void an_event_reissues_what_it_concerns(void **state)
{
    static const struct {
        const char *claim;
        const uint8_t *of, *asked;
        enum world_event_kind event;
        enum world_kind kind;
        bool is_reissued;
    } cases[] = {
        { "a disclosure: lists", NULL, one, WORLD_DISCLOSE, WORLD_NUMBERS, true },
        { "a disclosure: TCB info", NULL, one, WORLD_DISCLOSE, WORLD_TCB, true },
        { "a disclosure: no CRL", NULL, one, WORLD_DISCLOSE, WORLD_PCKCRL, false },
        { "one FMSPC's promotion: its own", one, one, WORLD_PROMOTE, WORLD_TCB, true },
        { "... no other's", one, other, WORLD_PROMOTE, WORLD_TCB, false },
        { "... no identity", one, one, WORLD_PROMOTE, WORLD_QE_IDENTITY, false },
        { "signing again: everything", NULL, one, WORLD_RESIGN, WORLD_PCKCRL, true },
        { "signing one again: no other's", one, other, WORLD_RESIGN, WORLD_TCB, false },
        { "a revocation: the root's CRL", NULL, one, WORLD_REVOKE, WORLD_ROOTCACRL,
          true },
        { "a revocation: nothing else", NULL, one, WORLD_REVOKE, WORLD_TCB, false },
    };
    int64_t noon_s = test_time("2025-06-20T12:00:00Z");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct world_question question = question_of(cases[i].kind, cases[i].asked);
        struct history history;

        history_init(&history);
        happens(&history, cases[i].event, cases[i].of, noon_s);
        int64_t issue_s = history_issue_s(&history, &question, DAY_S, noon_s + 60);
        if ((issue_s == noon_s) != cases[i].is_reissued)
            fail_msg("%s: issued %s", cases[i].claim, utc(issue_s).s);
        assert_int_equal(history_issue_s(&history, &question, DAY_S, noon_s - 1),
                         noon_s - DAY_S / 2);
    }
}

static void one_fmspc_can_be_promoted_alone(void **state)
{
    int64_t noon_s = test_time("2025-06-20T12:00:00Z");
    struct history history;
    struct world_event event = { .kind = WORLD_PROMOTE, .has_fmspc = true };
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    history_init(&history);
    happens(&history, WORLD_PROMOTE, one, noon_s);
    assert_int_equal(history_standard(&history, one, noon_s - 1), 15);
    assert_int_equal(history_standard(&history, one, noon_s), 16);
    assert_int_equal(history_standard(&history, other, noon_s), 15);
    assert_int_equal(history_standard(&history, NULL, noon_s), 15);

    happens(&history, WORLD_PROMOTE, one, noon_s);
    memcpy(event.fmspc, one, FMSPC_LEN);
    event.now_s = noon_s;
    assert_false(history_add(&history, &event, &err));
    assert_refused(err, ERROR_FORMAT, "standard is early already");
    /* the calendar overtakes it in the end */
    assert_int_equal(history_standard(&history, one, test_time("2026-11-14T00:00:00Z")),
                     18);
}

static void a_revocation_holds_from_its_moment(void **state)
{
    int64_t noon_s = test_time("2025-06-20T12:00:00Z");
    const struct world_event event = { .kind = WORLD_REVOKE,
                                       .signer = WORLD_PLATFORM_CA,
                                       .now_s = noon_s };
    struct history history;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    history_init(&history);
    assert_ok(history_add(&history, &event, &err), err);
    assert_false(history_is_revoked(&history, WORLD_PLATFORM_CA, noon_s - 1));
    assert_true(history_is_revoked(&history, WORLD_PLATFORM_CA, noon_s));
    assert_false(history_is_revoked(&history, WORLD_TCB_SIGNING, noon_s));
}

static void events_have_a_limit(void **state)
{
    const struct world_event event = { .kind = WORLD_RESIGN };
    struct history history;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    history_init(&history);
    for (int i = 0; i < HISTORY_EVENTS_MAX; i++)
        assert_ok(history_add(&history, &event, &err), err);
    assert_false(history_add(&history, &event, &err));
    assert_refused(err, ERROR_LIMIT, "more than 256 events");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_issued_each_day),
        cmocka_unit_test(an_event_reissues_what_it_concerns),
        cmocka_unit_test(one_fmspc_can_be_promoted_alone),
        cmocka_unit_test(a_revocation_holds_from_its_moment),
        cmocka_unit_test(events_have_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
