/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/faults.h"

#include <string.h>

#include "kit/test.h"

static const uint8_t one[FMSPC_LEN] = { 0x30, 0x60, 0x6a };

static struct faults list_of(struct fault fault)
{
    struct faults faults = { .count = 1 };

    faults.list[0] = fault;
    faults.list[0].share = 100;
    return faults;
}

static enum fault_kind next(struct faults *faults, const struct world_question *question,
                            const char *target, int64_t now_s)
{
    return faults_next(faults, question, bytes_of_text(target), now_s).kind;
}

/* What a fault that matches TCB info of one FMSPC for TDX, a CA, a path concerns. */
static void a_fault_concerns_what_it_matches(void **state)
{
    static const struct fault always = { .kind = FAULT_500,
                                         .times = -1,
                                         .until_s = INT64_MAX };
    struct fault by_kind = always, by_fmspc = always, by_tee = always, by_ca = always,
                 by_path = always, by_product = always;
    struct world_question tcb = { .kind = WORLD_TCB, .tee = WORLD_TDX };
    const struct world_question identity = { .kind = WORLD_QE_IDENTITY };
    const struct world_question crl = { .kind = WORLD_PCKCRL, .ca = WORLD_PLATFORM };
    const struct world_question milan = { .kind = WORLD_VCEK, .product = WORLD_MILAN };
    const struct world_question turin = { .kind = WORLD_VCEK, .product = WORLD_TURIN };

    (void)state;
    memcpy(tcb.fmspc, one, FMSPC_LEN);
    by_kind.matches_kind = true;
    by_kind.of_kind = WORLD_PCKCRL;
    by_fmspc.matches_fmspc = true;
    memcpy(by_fmspc.of_fmspc, one, FMSPC_LEN);
    by_tee.matches_tee = true;
    by_tee.of_tee = WORLD_TDX;
    by_ca.matches_ca = true;
    by_ca.of_ca = WORLD_PROCESSOR;
    strcpy(by_path.of_path, "/tdx/");
    by_product.matches_product = true;
    by_product.of_product = WORLD_MILAN;
    const struct {
        const char *claim;
        const struct fault *fault;
        const struct world_question *question;
        const char *target;
        bool concerns;
    } cases[] = {
        { "no match: any question", &always, &identity, "/sgx/", true },
        { "no match: no question too", &always, NULL, "/nowhere", true },
        { "product: its own", &by_product, &milan, "/vcek/", true },
        { "product: no other", &by_product, &turin, "/vcek/", false },
        { "product: not Intel's", &by_product, &identity, "/sgx/", false },
        { "TEE: not AMD's", &by_tee, &milan, "/vcek/", false },
        { "kind: its own", &by_kind, &crl, "/sgx/", true },
        { "kind: no other", &by_kind, &identity, "/sgx/", false },
        { "kind: what asks nothing", &by_kind, NULL, "/sgx/", false },
        { "FMSPC: its own", &by_fmspc, &tcb, "/tdx/", true },
        { "FMSPC: an identity has none", &by_fmspc, &identity, "/sgx/", false },
        { "TEE: its own", &by_tee, &tcb, "/tdx/", true },
        { "TEE: not the other", &by_tee, &identity, "/sgx/", false },
        { "CA: not the other", &by_ca, &crl, "/sgx/", false },
        { "CA: a TCB info has none", &by_ca, &tcb, "/tdx/", false },
        { "path: its beginning", &by_path, &tcb, "/tdx/certification", true },
        { "path: not within", &by_path, &tcb, "/sgx/tdx/", false },
        { "path: shorter", &by_path, &tcb, "/tdx", false },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct faults faults = list_of(*cases[i].fault);
        if ((next(&faults, cases[i].question, cases[i].target, 0) == FAULT_500)
            != cases[i].concerns)
            fail_msg("%s", cases[i].claim);
    }
}

static void a_fault_waits_counts_and_ends(void **state)
{
    const struct world_question crl = { .kind = WORLD_PCKCRL };
    struct faults faults = list_of((struct fault){
        .kind = FAULT_DOWN, .after = 1, .times = 2, .from_s = 100, .until_s = 200 });

    (void)state;
    assert_int_equal(next(&faults, &crl, "/", 99), FAULT_NONE);
    assert_int_equal(next(&faults, &crl, "/", 100), FAULT_NONE); /* the one that passes */
    assert_int_equal(next(&faults, &crl, "/", 100), FAULT_DOWN);
    assert_int_equal(next(&faults, &crl, "/", 200), FAULT_NONE);
    assert_int_equal(next(&faults, &crl, "/", 199), FAULT_DOWN);
    assert_int_equal(next(&faults, &crl, "/", 199), FAULT_NONE);
    assert_int_equal(faults.list[0].shown, 2);
}

static void the_first_that_matches_is_shown(void **state)
{
    const struct world_question crl = { .kind = WORLD_PCKCRL };
    struct faults faults =
        list_of((struct fault){ .kind = FAULT_500, .times = 1, .until_s = INT64_MAX });

    (void)state;
    faults.list[faults.count++] = (struct fault){
        .kind = FAULT_HANG, .share = 100, .times = -1, .until_s = INT64_MAX
    };
    assert_int_equal(next(&faults, &crl, "/", 0), FAULT_500);
    assert_int_equal(next(&faults, &crl, "/", 0), FAULT_HANG);
}

static void a_share_is_spread_evenly(void **state)
{
    static const struct {
        int64_t share;
        const char *shown;
    } cases[] = {
        { 100, "!!!!!!!!!!" },
        { 20, "....!....!" },
        { 50, ".!.!.!.!.!" },
        { 70, ".!!.!!.!!!" },
    };
    const struct world_question list = { .kind = WORLD_PCKCERTS };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct faults faults = list_of(
            (struct fault){ .kind = FAULT_503, .times = -1, .until_s = INT64_MAX });
        char shown[11] = "";

        faults.list[0].share = cases[i].share;
        for (int n = 0; n < 10; n++)
            shown[n] = next(&faults, &list, "/", 0) == FAULT_503 ? '!' : '.';
        assert_string_equal(shown, cases[i].shown);
    }
}

static void other_asks_for_a_neighbour(void **state)
{
    static const struct {
        struct world_question asked, told;
    } cases[] = {
        { { .kind = WORLD_QE_IDENTITY }, { .kind = WORLD_QVE_IDENTITY } },
        { { .kind = WORLD_TD_QE_IDENTITY }, { .kind = WORLD_QE_IDENTITY } },
        { { .kind = WORLD_PCKCRL, .ca = WORLD_PLATFORM },
          { .kind = WORLD_PCKCRL, .ca = WORLD_PROCESSOR } },
        { { .kind = WORLD_ROOTCACRL }, { .kind = WORLD_PCKCRL, .ca = WORLD_PROCESSOR } },
        { { .kind = WORLD_NUMBERS, .tee = WORLD_SGX },
          { .kind = WORLD_NUMBERS, .tee = WORLD_TDX } },
        { { .kind = WORLD_TCB }, { .kind = WORLD_TCB } }, /* the world's to find */
    };
    const struct fault fault = { .kind = FAULT_OTHER };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world_question question = cases[i].asked;
        fault_bend(&fault, &question);
        assert_int_equal(question.bend, WORLD_OTHER_FMSPC);
        assert_int_equal(question.kind, cases[i].told.kind);
        assert_int_equal(question.ca, cases[i].told.ca);
        assert_int_equal(question.tee, cases[i].told.tee);
    }
}

static void frozen_asks_at_the_time_it_was_set(void **state)
{
    const struct fault fault = { .kind = FAULT_FROZEN, .set_s = 1000 };
    struct world_question question = { .now_s = 5000 };

    (void)state;
    fault_bend(&fault, &question);
    assert_int_equal(question.now_s, 1000);
    assert_int_equal(question.bend, WORLD_STRAIGHT);
}

static const char json[] = "{\"x\":{\"nextUpdate\":\"2025-07-20T00:00:00Z\"},"
                           "\"signature\":\"ab\"}";

static void a_spoiled_document_is_what_was_ordered(void **state)
{
    static const struct {
        enum fault_kind kind;
        const char *body, *spoiled, *chain;
    } cases[] = {
        { FAULT_NONE, json, json, "chain" },
        { FAULT_BAD_SIGNATURE, json,
          "{\"x\":{\"nextUpdate\":\"2025-07-20T00:00:01Z\"},\"signature\":\"ab\"}",
          "chain" },
        { FAULT_EXTRA_MEMBERS, json,
          "{\"x\":{\"nextUpdate\":\"2025-07-20T00:00:00Z\"},\"signature\":\"ab\","
          "\"comment\":\"not signed\"}",
          "chain" },
        { FAULT_TRUNCATED, "12345678", "1234", "chain" },
        { FAULT_GARBAGE, json,
          "<!DOCTYPE html><html><body>Under maintenance</body></html>", "chain" },
        { FAULT_NO_CHAIN, json, json, "" },
        { FAULT_GARBAGE_CHAIN, json, json,
          "-----BEGIN CERTIFICATE-----\nno%such%chain\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct fault fault = { .kind = cases[i].kind };
        struct world_answer answer;

        world_answer_init(&answer);
        answer.status = 200;
        buf_add_text(&answer.body, cases[i].body);
        buf_add_text(&answer.chain, "chain");
        fault_spoil(&fault, &answer);
        assert_int_equal(answer.body.len, strlen(cases[i].spoiled));
        assert_memory_equal(answer.body.at, cases[i].spoiled, answer.body.len);
        assert_string_equal(buf_text(&answer.chain), cases[i].chain);
        world_answer_fini(&answer);
    }
}

static void http_faults_dress_the_answer(void **state)
{
    static const struct {
        struct fault fault;
        const char *headers;
        size_t padding;
        unsigned status;
        enum wire_manner manner;
    } cases[] = {
        { { .kind = FAULT_DOWN }, "", 0, 0, WIRE_RESET },
        { { .kind = FAULT_HANG }, "", 0, 0, WIRE_SILENT },
        { { .kind = FAULT_CUT }, "", 0, 0, WIRE_CUT },
        { { .kind = FAULT_HUGE }, "", FAULT_HUGE_LEN, 0, WIRE_HONEST },
        { { .kind = FAULT_429, .retry_after_s = 30 },
          "Retry-After: 30\r\n",
          0,
          429,
          WIRE_HONEST },
        { { .kind = FAULT_503 }, "", 0, 503, WIRE_HONEST },
        { { .kind = FAULT_REDIRECT },
          "Location: /sim/followed/a?b=c\r\n",
          0,
          302,
          WIRE_HONEST },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct wire_answer out;

        wire_answer_init(&out);
        fault_dress(&cases[i].fault, bytes_of_text("/a?b=c"), &out);
        assert_int_equal(fault_status(&cases[i].fault), cases[i].status);
        assert_string_equal(buf_text(&out.headers), cases[i].headers);
        assert_int_equal(out.manner, cases[i].manner);
        assert_int_equal(out.padding, cases[i].padding);
        wire_answer_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_concerns_what_it_matches),
        cmocka_unit_test(a_fault_waits_counts_and_ends),
        cmocka_unit_test(the_first_that_matches_is_shown),
        cmocka_unit_test(a_share_is_spread_evenly),
        cmocka_unit_test(other_asks_for_a_neighbour),
        cmocka_unit_test(frozen_asks_at_the_time_it_was_set),
        cmocka_unit_test(a_spoiled_document_is_what_was_ordered),
        cmocka_unit_test(http_faults_dress_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
