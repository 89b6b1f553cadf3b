/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/control.h"

#include "sim/test_simulator.h"

#define TCB "/sgx/certification/v4/tcb?fmspc=30606a000000"

static struct simulator simulator;

static void status_tells_clock_world_counts_and_faults(void **state)
{
    (void)state;
    test_expect(&simulator, "GET", TCB, "", 200, "");
    struct wire_answer answer = test_ask(&simulator, "GET", "/sim/status", "");
    json_t *status = json_loadb((const char *)answer.body.at, answer.body.len, 0, NULL);
    const char *now = NULL, *world = NULL, *api = NULL, *root = NULL;
    int stands = 0, tcb = 0, by_target = 0;

    assert_int_equal(json_unpack(status,
                                 "{s:s, s:b, s:s, s:s, s:s, s:{s:{s:i}, s:{s:i}}, s:[]}",
                                 "now", &now, "stands", &stands, "world", &world, "api",
                                 &api, "root_spki_sha256", &root, "requests", "by_kind",
                                 "tcb", &tcb, "by_target", TCB, &by_target, "faults"),
                     0);
    assert_string_equal(now, TEST_NOW);
    assert_true(stands);
    assert_string_equal(world, "synthetic");
    assert_string_equal(api, "pcs");
    assert_int_equal(strlen(root), 64);
    assert_int_equal(tcb, 1);
    assert_int_equal(by_target, 1);
    json_decref(status);
    wire_answer_fini(&answer);
    test_expect(&simulator, "POST", "/sim/reset", "", 200, "\"all\":0");
    test_expect(&simulator, "GET", "/sim/status", "", 200, "\"by_target\":{}");
}

/* Requests in turn, on one simulator. */
static void orders_are_carried_out_or_refused(void **state)
{
    static const struct {
        const char *method, *path, *body;
        unsigned status;
        const char *part;
    } turns[] = {
        { "POST", "/sim/faults", "{\"fault\":\"503\"}", 200, "\"fault\":\"503\"" },
        { "GET", "/sim/faults", "", 200, "\"shown\":0" },
        { "GET", TCB, "", 503, "" },
        { "GET", "/sim/faults", "", 200, "\"shown\":1" },
        { "POST", "/sim/faults", "{\"fault\":\"504\"}", 400,
          "{\"error\":\"fault 0: fault: \\\"504\\\" is not known\"}" },
        { "GET", TCB, "", 503, "" },
        { "POST", "/sim/faults", "[]", 200, "[]" },
        { "GET", TCB, "", 200, "" },
        { "POST", "/sim/faults", "{\"fault\":\"503\"}", 200, "" },
        { "DELETE", "/sim/faults", "", 200, "[]" },
        { "GET", TCB, "", 200, "" },
        { "PUT", "/sim/faults", "[]", 405, "not with this method" },
        { "GET", "/sim/fault", "", 404, "no such route below /sim/" },

        { "GET", "/sim/clock", "", 200, "{\"now\":\"" TEST_NOW "\",\"stands\":true}" },
        { "POST", "/sim/clock", "{\"advance_s\":86400}", 200, "2025-06-21T12:00:00Z" },
        { "POST", "/sim/clock", "{\"to\":\"2025-06-20T12:00:00Z\"}", 200, TEST_NOW },
        { "POST", "/sim/clock", "{\"advance_s\":-60}", 200, "2025-06-20T11:59:00Z" },
        { "POST", "/sim/clock", "{\"to\":\"yesterday\"}", 400, "to: expected a time" },
        { "POST", "/sim/clock", "{\"advance_s\":\"1\"}", 400, "advance_s: expected" },
        { "POST", "/sim/clock", "{\"advance_s\":9223372036854775807}", 400,
          "advance_s: expected" },
        { "POST", "/sim/clock", "{}", 400, "expected either" },
        { "POST", "/sim/clock", "{\"to\":\"2025-06-20T12:00:00Z\",\"advance_s\":1}", 400,
          "expected either" },
        { "POST", "/sim/clock", "{\"by\":1}", 400, "no member \\\"by\\\"" },
        { "POST", "/sim/clock", "[]", 400, "expected a JSON object" },
        { "POST", "/sim/clock", "", 400, "expected a JSON object" },

        { "POST", "/sim/events", "{\"event\":\"disclose\"}", 200, "now" },
        { "GET", TCB "&update=early", "", 200, "\"tcbEvaluationDataNumber\":18" },
        { "POST", "/sim/events", "{\"event\":\"promote\",\"fmspc\":\"30606A000000\"}",
          200, "now" },
        { "GET", TCB, "", 200, "\"tcbEvaluationDataNumber\":16" },
        { "POST", "/sim/events", "{\"event\":\"resign\",\"fmspc\":\"30606a000000\"}", 200,
          "now" },
        { "POST", "/sim/events", "{\"event\":\"revoke\",\"signer\":\"tcb_signing\"}", 200,
          "now" },
        { "POST", "/sim/events", "{\"event\":\"revoke\"}", 400,
          "signer: \\\"(none)\\\"" },
        { "POST", "/sim/events", "{\"event\":\"revoke\",\"signer\":\"root\"}", 400,
          "signer: \\\"root\\\" is not known" },
        { "POST", "/sim/events", "{\"event\":\"disclose\",\"signer\":\"tcb_signing\"}",
          400, "signer: this event has none" },
        { "POST", "/sim/events", "{\"event\":\"disclose\",\"fmspc\":\"30606a000000\"}",
          400, "fmspc: this event concerns all" },
        { "POST", "/sim/events", "{\"event\":\"promote\",\"fmspc\":\"30606a00000\"}", 400,
          "fmspc: expected 12 hex digits" },
        { "POST", "/sim/events", "{\"event\":\"promote\",\"fmspc\":\"eeeeeeeeeeee\"}",
          400, "no FMSPC eeeeeeeeeeee" },
        { "POST", "/sim/events", "{\"event\":\"explode\"}", 400, "is not known" },

        { "GET", "/sim/root.pem", "", 200, "-----BEGIN CERTIFICATE-----\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(turns); i++)
        test_expect(&simulator, turns[i].method, turns[i].path, turns[i].body,
                    turns[i].status, turns[i].part);
}

static void the_roots_digest_is_that_of_its_key(void **state)
{
    struct wire_answer pem = test_ask(&simulator, "GET", "/sim/root.pem", "");
    struct wire_answer spki = test_ask(&simulator, "GET", "/sim/root.spki", "");
    X509 *root = test_certificate(buf_bytes(&pem.body), 0);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned char *der = NULL;
    unsigned len = 0;

    (void)state;
    assert_non_null(root);
    int der_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(root), &der);
    assert_int_equal(EVP_Digest(der, (size_t)der_len, digest, &len, EVP_sha256(), NULL),
                     1);
    assert_int_equal(spki.body.len, 65); /* and a newline */
    assert_memory_equal(spki.body.at, hex(digest, 32).s, 64);
    OPENSSL_free(der);
    X509_free(root);
    wire_answer_fini(&pem);
    wire_answer_fini(&spki);
}

static void a_running_clock_is_not_moved(void **state)
{
    struct simulator running;
    struct world world;
    struct error err = { .kind = ERROR_NONE };

    (void)state;
    assert_ok(synthetic_open(NULL, 0, 1, &world, &err), err);
    assert_ok(simulator_init(&running, world, clock_starting_at(0), PCCS, &err), err);
    test_expect(&running, "POST", "/sim/clock", "{\"advance_s\":1}", 409,
                "start with --clock step:TIME");
    test_expect(&running, "GET", "/sim/status", "", 200, "\"api\":\"pccs\"");
    simulator_fini(&running);
}

static void a_replay_has_no_events_but_its_own(void **state)
{
    (void)state;
    simulator.world.event = NULL; /* as replay.c leaves it */
    test_expect(&simulator, "POST", "/sim/events", "{\"event\":\"disclose\"}", 409,
                "a replayed world");
}

static int open_pcs(void **state)
{
    (void)state;
    test_simulator_open(&simulator, PCS);
    return 0;
}

static int close_simulator(void **state)
{
    (void)state;
    simulator_fini(&simulator);
    return 0;
}

#define simulated(test) cmocka_unit_test_setup_teardown(test, open_pcs, close_simulator)

int main(void)
{
    const struct CMUnitTest tests[] = {
        simulated(status_tells_clock_world_counts_and_faults),
        simulated(orders_are_carried_out_or_refused),
        simulated(the_roots_digest_is_that_of_its_key),
        cmocka_unit_test(a_running_clock_is_not_moved),
        simulated(a_replay_has_no_events_but_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
