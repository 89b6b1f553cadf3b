#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Misses: what nobody has asked for yet, asked for by many at once."""

import socket

from harness import DEADLINE_S, FIRST_FMSPC, Simulator, World, equal, tell

CROWD = 1000
COLD_FMSPCS = 64


def send_all(address, targets):
    """Every request is under way before the first answer is read."""
    sockets = []
    for target in targets:
        one = socket.create_connection(address, timeout=DEADLINE_S)
        one.sendall(("GET %s HTTP/1.1\r\nHost: thim\r\nConnection: close\r\n\r\n"
                     % target).encode())
        sockets.append(one)
    return sockets


def read_status(one):
    data = b""
    while True:
        more = one.recv(65536)
        if not more:
            break
        data += more
    one.close()
    return int(data.split(b" ", 2)[1]), data.split(b"\r\n\r\n", 1)[1]


def tcb_target(fmspc):
    return "/sgx/certification/v4/tcb?fmspc=%s&update=standard" % fmspc


def fmspcs_of(world):
    return [each["fmspc"] for each in world.get("/sgx/certification/v4/fmspcs").json()]


def a_thousand_cold_requests_make_one_upstream_call():
    with World(intel={"fmspcs": "on_demand"}) as world:
        world.sim.reset()
        world.sim.faults({"fault": "slow", "delay_ms": 500})
        crowd = send_all(world.address, [tcb_target(FIRST_FMSPC)] * CROWD)
        answers = [read_status(one) for one in crowd]
        equal({status for status, _ in answers}, {200})
        equal(len({body for _, body in answers}), 1, "different bodies")
        equal(world.sim.calls("tcb?fmspc="), 1, "upstream calls")
        equal(world.sim.calls(), 1, "upstream calls of any kind")


def sixty_four_cold_fmspcs_at_once_are_all_answered():
    with World(fmspcs=COLD_FMSPCS, intel={"fmspcs": "on_demand"}) as world:
        fmspcs = fmspcs_of(world)
        equal(len(fmspcs), COLD_FMSPCS)
        crowd = send_all(world.address, [tcb_target(fmspc) for fmspc in fmspcs])
        equal([read_status(one)[0] for one in crowd], [200] * COLD_FMSPCS)


def an_fmspc_that_the_list_omits_is_refused_unasked():
    with World(intel={"fmspcs": "on_demand"}) as world:
        world.sim.reset()
        equal(world.tcb_info("0123456789ab").status, 404)
        equal(world.sim.calls(), 0)


def without_a_list_there_is_no_veto_and_a_short_memory():
    sim = Simulator()
    sim.faults({"fault": "404", "match": {"kind": "fmspcs"}})
    with World(simulators=[sim], intel={"fmspcs": "on_demand"}) as world:
        sim.reset()
        for _ in range(3):
            equal(world.tcb_info("0123456789ab").status, 404)
        equal(sim.calls("0123456789ab"), 1)


def strangers_cannot_make_us_call_without_end():
    sim = Simulator()
    sim.faults({"fault": "404", "match": {"kind": "fmspcs"}})
    with World(simulators=[sim], intel={"fmspcs": "on_demand"},
               config={"limits": {"upstream_per_minute_per_address": 10}}) as world:
        sim.reset()
        answers = [world.tcb_info("0123456789%02x" % n) for n in range(20)]
        statuses = [answer.status for answer in answers]
        assert 429 in statuses and statuses[:10] == [404] * 10, statuses
        assert sim.calls("fmspc=0123") <= 11
        refused = answers[statuses.index(429)]
        assert int(refused.header("Retry-After")) >= 1


def what_fails_is_503_without_a_body_and_with_retry_after():
    with World(intel={"fmspcs": "on_demand"}) as world:
        world.sim.faults({"fault": "down"})
        answer = world.tcb_info()
        equal((answer.status, answer.body), (503, b""))
        assert int(answer.header("Retry-After")) >= 1
        assert answer.header("Cache-Control"), answer.headers


def a_hanging_vendor_holds_nobody_longer_than_the_bound():
    with World(intel={"fmspcs": "on_demand"},
               config={"limits": {"miss_wait_ms": 500}}) as world:
        world.sim.faults({"fault": "hang"})
        equal(world.tcb_info().status, 503)


def what_was_asked_for_once_is_kept_fresh():
    with World(intel={"fmspcs": "on_demand"}) as world:
        equal(world.tcb_info().status, 200)
        world.at("2026-11-03")
        equal(world.tcb_info().json()["tcbInfo"]["issueDate"], "2026-11-03T00:00:00Z")


def a_number_in_advance_is_fetched_on_demand():
    with World(intel={"fmspcs": "on_demand"}) as world:
        standard = world.tcb_info().json()["tcbInfo"]["tcbEvaluationDataNumber"]
        answer = world.tcb_info(tcbEvaluationDataNumber=standard + 1)
        equal(answer.json()["tcbInfo"]["tcbEvaluationDataNumber"], standard + 1)
        equal(world.tcb_info(tcbEvaluationDataNumber=99).status, 404)


tell(a_thousand_cold_requests_make_one_upstream_call,
     sixty_four_cold_fmspcs_at_once_are_all_answered,
     an_fmspc_that_the_list_omits_is_refused_unasked,
     without_a_list_there_is_no_veto_and_a_short_memory,
     strangers_cannot_make_us_call_without_end,
     what_fails_is_503_without_a_body_and_with_retry_after,
     a_hanging_vendor_holds_nobody_longer_than_the_bound,
     what_was_asked_for_once_is_kept_fresh,
     a_number_in_advance_is_fetched_on_demand)
