/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of this folder: a simulator without a socket, and a way to ask it. */
#ifndef THIM_SIM_TEST_SIMULATOR_H
#define THIM_SIM_TEST_SIMULATOR_H

#include "sim/simulator.h"
#include "sim/synthetic.h"
#include "sim/test_verify.h"

#define TEST_NOW "2025-06-20T12:00:00Z"

/* A synthetic world of four FMSPCs under a clock that stands at TEST_NOW. */
static inline void test_simulator_open(struct simulator *simulator,
                                       enum pcs_flavour flavour)
{
    struct clock *clock = clock_standing_at(test_time(TEST_NOW));
    struct world world;
    struct error err = { .kind = ERROR_NONE };

    assert_ok(synthetic_open("test", test_time(TEST_NOW), 4, &world, &err), err);
    assert_ok(simulator_init(simulator, world, clock, flavour, &err), err);
}

/* The answer to one request with headers ("Name: value" or more lines); the caller ends
 * it. */
static inline struct wire_answer test_send(struct simulator *simulator,
                                           const char *method, const char *target,
                                           const char *headers, struct bytes body)
{
    struct buf head;
    struct wire_answer answer;

    buf_init(&head, WIRE_HEAD_MAX);
    buf_addf(&head, "%s %s HTTP/1.1\r\n%s", method, target, headers);
    const struct wire_request request = { .method = bytes_of_text(method),
                                          .target = bytes_of_text(target),
                                          .head = buf_bytes(&head),
                                          .body = body };
    wire_answer_init(&answer);
    simulator_handle(simulator, &request, &answer);
    buf_fini(&head);
    return answer;
}

static inline struct wire_answer test_ask(struct simulator *simulator, const char *method,
                                          const char *target, const char *body)
{
    return test_send(simulator, method, target, "", bytes_of_text(body));
}

/* Asks, and asserts the status and a part of the body. */
static inline void test_expect(struct simulator *simulator, const char *method,
                               const char *target, const char *body, unsigned status,
                               const char *part)
{
    struct wire_answer answer = test_ask(simulator, method, target, body);

    if (answer.status != status || strstr(buf_text(&answer.body), part) == NULL)
        fail_msg("%s %s %s: %u %s, expected %u %s", method, target, body, answer.status,
                 buf_text(&answer.body), status, part);
    wire_answer_fini(&answer);
}

#endif
