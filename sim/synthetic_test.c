/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/synthetic.h"

#include "sim/test_verify.h"

#define NOW "2025-06-20T12:00:00Z" /* standard 15, early 17 */

static struct world world;

static struct world_question ask(enum world_kind kind, size_t fmspc_index)
{
    struct world_question question = { .kind = kind, .now_s = test_time(NOW) };

    synthetic_fmspc(fmspc_index, question.fmspc);
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

static struct buf root_pem(void)
{
    struct buf pem;
    struct error err = { .kind = ERROR_NONE };

    buf_init(&pem, WORLD_CHAIN_MAX);
    assert_ok(world.root(world.context, &pem, &err), err);
    return pem;
}

/* ---- straight ---------------------------------------------------------------------- */

static void every_signed_document_holds_under_the_root(void **state)
{
    static const struct {
        enum world_kind kind;
        enum world_tee tee;
        const char *name, *id;
    } cases[] = {
        { WORLD_TCB, WORLD_SGX, "tcbInfo", "SGX" },
        { WORLD_TCB, WORLD_TDX, "tcbInfo", "TDX" },
        { WORLD_QE_IDENTITY, WORLD_SGX, "enclaveIdentity", "QE" },
        { WORLD_TD_QE_IDENTITY, WORLD_TDX, "enclaveIdentity", "TD_QE" },
        { WORLD_QVE_IDENTITY, WORLD_SGX, "enclaveIdentity", "QVE" },
        { WORLD_QAE_IDENTITY, WORLD_SGX, "enclaveIdentity", "QAE" },
        { WORLD_NUMBERS, WORLD_SGX, "tcbEvaluationDataNumbers", "SGX" },
        { WORLD_NUMBERS, WORLD_TDX, "tcbEvaluationDataNumbers", "TDX" },
    };
    struct buf root = root_pem();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world_question question = ask(cases[i].kind, 0);
        question.tee = cases[i].tee;
        struct world_answer answer = told(&question);
        struct bytes body = buf_bytes(&answer.body), chain = buf_bytes(&answer.chain);

        assert_int_equal(answer.status, 200);
        assert_true(test_chain_holds(chain));
        assert_true(bytes_find(chain, buf_bytes(&root)) < chain.len);
        assert_true(test_envelope_holds(body, cases[i].name, chain));
        assert_string_equal(test_member(body, "id"), cases[i].id);
        assert_string_equal(test_member(body, "issueDate"), "2025-06-20T00:00:00Z");
        assert_string_equal(test_member(body, "nextUpdate"), "2025-07-20T00:00:00Z");
        world_answer_fini(&answer);
    }
    buf_fini(&root);
}

static void crls_are_their_issuers(void **state)
{
    struct buf root = root_pem();
    struct world_question question = ask(WORLD_PCKCRL, 0);

    (void)state;
    for (int ca = WORLD_PROCESSOR; ca <= WORLD_PLATFORM; ca++) {
        question.ca = (enum world_ca)ca;
        struct world_answer answer = told(&question);
        assert_true(test_chain_holds(buf_bytes(&answer.chain)));
        assert_true(test_crl_holds(buf_bytes(&answer.body), buf_bytes(&answer.chain), 0));
        world_answer_fini(&answer);
    }
    question.kind = WORLD_ROOTCACRL;
    struct world_answer answer = told(&question);
    assert_int_equal(answer.chain.len, 0);
    assert_true(test_crl_holds(buf_bytes(&answer.body), buf_bytes(&root), 0));
    world_answer_fini(&answer);
    buf_fini(&root);
}

static void numbers_from_standard_to_early_are_given(void **state)
{
    static const struct {
        uint64_t number;
        enum world_update update;
        unsigned status;
        const char *told;
    } cases[] = {
        { 0, WORLD_STANDARD, 200, "15" },        { 0, WORLD_EARLY, 200, "17" },
        { 15, WORLD_NUMBERED, 200, "15" },       { 16, WORLD_NUMBERED, 200, "16" },
        { 17, WORLD_NUMBERED, 200, "17" },       { 14, WORLD_NUMBERED, 410, "" },
        { 18, WORLD_NUMBERED, 404, "" },         { 4, WORLD_NUMBERED, 404, "" },
        { UINT32_MAX, WORLD_NUMBERED, 404, "" },
    };

    (void)state;
    for (int kind = WORLD_TCB; kind <= WORLD_QAE_IDENTITY; kind++) {
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            struct world_question question = ask((enum world_kind)kind, 0);
            question.update = cases[i].update;
            question.number = cases[i].number;
            struct world_answer answer = told(&question);
            assert_int_equal(answer.status, cases[i].status);
            assert_string_equal(
                test_member(buf_bytes(&answer.body), "tcbEvaluationDataNumber"),
                cases[i].told);
            world_answer_fini(&answer);
        }
    }
}

static void the_list_still_names_a_retired_number(void **state)
{
    struct world_question question = ask(WORLD_NUMBERS, 0);
    struct world_answer answer = told(&question);
    struct bytes body = buf_bytes(&answer.body);

    (void)state;
    assert_string_equal(test_member(body, "tcbEvaluationDataNumber"), "17");
    assert_true(bytes_find(body, bytes_of_text("\"tcbEvaluationDataNumber\":14,"))
                < body.len);
    assert_true(bytes_find(body, bytes_of_text("\"tcbEvaluationDataNumber\":13,"))
                == body.len);
    world_answer_fini(&answer);
}

static void clients_have_no_tdx_and_strangers_nothing(void **state)
{
    struct world_question client = ask(WORLD_TCB, 1), stranger = ask(WORLD_TCB, 4);

    (void)state;
    struct world_answer answer = told(&client);
    assert_int_equal(answer.status, 200);
    world_answer_fini(&answer);
    client.tee = WORLD_TDX;
    answer = told(&client);
    assert_int_equal(answer.status, 404);
    world_answer_fini(&answer);
    answer = told(&stranger);
    assert_int_equal(answer.status, 404);
    world_answer_fini(&answer);
}

static void the_same_day_has_the_same_bytes(void **state)
{
    struct world_question question = ask(WORLD_TCB, 0);
    struct world_answer first = told(&question);

    (void)state;
    question.now_s += 3600;
    struct world_answer later = told(&question);
    assert_true(bytes_equal(buf_bytes(&first.body), buf_bytes(&later.body)));
    world_answer_fini(&later);
    question.now_s += 12 * 3600;
    later = told(&question);
    assert_string_equal(test_member(buf_bytes(&later.body), "issueDate"),
                        "2025-06-21T00:00:00Z");
    world_answer_fini(&later);
    world_answer_fini(&first);
}

static void fmspcs_are_listed_by_platform(void **state)
{
    struct world_question question = ask(WORLD_FMSPCS, 0);

    (void)state;
    question.platform = "client";
    struct world_answer answer = told(&question);
    assert_string_equal(buf_text(&answer.body),
                        "[{\"fmspc\":\"00906ED50000\",\"platform\":\"client\"},"
                        "{\"fmspc\":\"03606E000000\",\"platform\":\"client\"}]");
    assert_int_equal(answer.chain.len, 0);
    world_answer_fini(&answer);
}

static void fmspcs_differ_from_one_another(void **state)
{
    static uint8_t all[SYNTHETIC_FMSPCS_MAX][FMSPC_LEN];

    (void)state;
    for (size_t i = 0; i < SYNTHETIC_FMSPCS_MAX; i++) {
        synthetic_fmspc(i, all[i]);
        for (size_t j = 0; j < i; j++)
            if (memcmp(all[i], all[j], FMSPC_LEN) == 0)
                fail_msg("%zu and %zu are %s", i, j, hex(all[i], FMSPC_LEN).s);
    }
}

/* ---- bent -------------------------------------------------------------------------- */

static void a_bent_document_is_still_signed(void **state)
{
    static const struct {
        enum world_bend bend;
        const char *issued, *expires, *fmspc, *number;
    } cases[] = {
        { WORLD_EXPIRED, "2025-05-11T00:00:00Z", "2025-06-10T00:00:00Z", "30606A000000",
          "15" },
        { WORLD_OLDER, "2025-06-10T00:00:00Z", "2025-07-10T00:00:00Z", "30606A000000",
          "15" },
        { WORLD_FUTURE, "2025-06-22T00:00:00Z", "2025-07-22T00:00:00Z", "30606A000000",
          "15" },
        { WORLD_OTHER_FMSPC, "2025-06-20T00:00:00Z", "2025-07-20T00:00:00Z",
          "02606F000000", "15" },
        { WORLD_LOWER_STANDARD, "2025-06-20T00:00:00Z", "2025-07-20T00:00:00Z",
          "30606A000000", "14" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world_question question = ask(WORLD_TCB, 0);
        question.bend = cases[i].bend;
        struct world_answer answer = told(&question);
        struct bytes body = buf_bytes(&answer.body);

        assert_true(test_envelope_holds(body, "tcbInfo", buf_bytes(&answer.chain)));
        assert_string_equal(test_member(body, "issueDate"), cases[i].issued);
        assert_string_equal(test_member(body, "nextUpdate"), cases[i].expires);
        assert_string_equal(test_member(body, "fmspc"), cases[i].fmspc);
        assert_string_equal(test_member(body, "tcbEvaluationDataNumber"),
                            cases[i].number);
        world_answer_fini(&answer);
    }
}

static void the_last_fmspcs_neighbour_is_of_its_kind(void **state)
{
    struct world_question question = ask(WORLD_TCB, 3);

    (void)state;
    question.bend = WORLD_OTHER_FMSPC;
    struct world_answer answer = told(&question);
    assert_string_equal(test_member(buf_bytes(&answer.body), "fmspc"), "00906ED50000");
    world_answer_fini(&answer);
}

static void an_impostor_has_all_but_the_root(void **state)
{
    struct world_question question = ask(WORLD_TCB, 0);
    struct buf root = root_pem();

    (void)state;
    question.bend = WORLD_IMPOSTOR;
    struct world_answer answer = told(&question);
    struct bytes chain = buf_bytes(&answer.chain);
    assert_true(test_chain_holds(chain));
    assert_true(test_envelope_holds(buf_bytes(&answer.body), "tcbInfo", chain));
    assert_true(bytes_find(chain, buf_bytes(&root)) == chain.len);
    world_answer_fini(&answer);
    buf_fini(&root);
}

/* ---- events ------------------------------------------------------------------------ */

static void events_show_at_once(void **state)
{
    struct world_event event = { .kind = WORLD_DISCLOSE, .now_s = test_time(NOW) };
    struct world_question question = ask(WORLD_TCB, 0);
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    struct world_answer before = told(&question);
    assert_ok(world.event(world.context, &event, &err), err);
    question.update = WORLD_EARLY;
    struct world_answer after = told(&question);
    assert_string_equal(test_member(buf_bytes(&after.body), "tcbEvaluationDataNumber"),
                        "18");
    assert_string_equal(test_member(buf_bytes(&after.body), "issueDate"), NOW);
    world_answer_fini(&after);
    world_answer_fini(&before);

    event.kind = WORLD_PROMOTE;
    event.has_fmspc = true;
    synthetic_fmspc(0, event.fmspc);
    assert_ok(world.event(world.context, &event, &err), err);
    question.update = WORLD_NUMBERED;
    question.number = 15;
    after = told(&question);
    assert_int_equal(after.status, 410);
    world_answer_fini(&after);

    memset(event.fmspc, 0xee, FMSPC_LEN);
    assert_false(world.event(world.context, &event, &err));
    assert_refused(err, ERROR_NOT_FOUND, "no FMSPC eeeeeeeeeeee in this world");
}

static void a_revoked_signer_is_on_the_roots_crl(void **state)
{
    const struct world_event event = { .kind = WORLD_REVOKE,
                                       .signer = WORLD_TCB_SIGNING,
                                       .now_s = test_time(NOW) };
    struct world_question crl = ask(WORLD_ROOTCACRL, 0), list = ask(WORLD_NUMBERS, 0);
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    struct world_answer signed_by = told(&list), before = told(&crl);
    struct bytes chain = buf_bytes(&signed_by.chain);
    assert_false(test_crl_revokes(buf_bytes(&before.body), chain, 0));
    assert_ok(world.event(world.context, &event, &err), err);
    struct world_answer after = told(&crl);
    assert_true(test_crl_holds(buf_bytes(&after.body), chain, 1));
    assert_true(test_crl_revokes(buf_bytes(&after.body), chain, 0));
    world_answer_fini(&signed_by);
    world_answer_fini(&before);
    world_answer_fini(&after);
}

static void a_world_has_from_1_to_4096_fmspcs(void **state)
{
    static const size_t wrong[] = { 0, SYNTHETIC_FMSPCS_MAX + 1 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct world none;
        struct error err = { .kind = ERROR_NONE };

        assert_false(synthetic_open(NULL, 0, wrong[i], &none, &err));
        assert_refused(err, ERROR_LIMIT, "expected 1 to 4096");
    }
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
        in_a_world(every_signed_document_holds_under_the_root),
        in_a_world(crls_are_their_issuers),
        in_a_world(numbers_from_standard_to_early_are_given),
        in_a_world(the_list_still_names_a_retired_number),
        in_a_world(clients_have_no_tdx_and_strangers_nothing),
        in_a_world(the_same_day_has_the_same_bytes),
        in_a_world(fmspcs_are_listed_by_platform),
        cmocka_unit_test(fmspcs_differ_from_one_another),
        in_a_world(a_bent_document_is_still_signed),
        in_a_world(the_last_fmspcs_neighbour_is_of_its_kind),
        in_a_world(an_impostor_has_all_but_the_root),
        in_a_world(events_show_at_once),
        in_a_world(a_revoked_signer_is_on_the_roots_crl),
        cmocka_unit_test(a_world_has_from_1_to_4096_fmspcs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
