#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every fault of an upstream: the item stays at its last good version, one log line says
what was wrong and what is kept, thim status shows it, and a host sees no difference."""

from harness import FIRST_FMSPC, SECOND_FMSPC, Simulator, World, command, equal, tell

TASK = "tcb_info/sgx/v3/%s standard" % FIRST_FMSPC
OTHER_TASK = "tcb_info/sgx/v3/%s standard" % SECOND_FMSPC
MATCH = {"kind": "tcb", "fmspc": FIRST_FMSPC, "tee": "sgx"}

# fault -> a part of the reason that an operator is to read
FAULTS = {
    "down": "",
    "hang": "",
    "cut": "",
    "429": "429",
    "500": "500",
    "503": "503",
    "redirect": "redirects are not followed",
    "huge": "",
    "no_chain": "TCB-Info-Issuer-Chain",
    "garbage_chain": "TCB-Info-Issuer-Chain",
    "garbage": "",
    "truncated": "",
    "bad_signature": "signature",
    "extra_members": "",
    "expired": "",
    "older": "",
    "future": "",
    "other": "not asked for",
    "impostor": "root",
    "lower_standard": "standard",
    "404": "404",
    "410": "410",
}


def served_of(answer):
    """What a host sees of an answer, less what time alone changes."""
    told = {name: value for name, value in answer.headers.items()
            if name not in ("Date", "Cache-Control", "Request-ID", "Age")}
    return answer.status, told, answer.body


def one_fault(fault, reason):
    with World(fmspcs=3) as world:
        before = served_of(world.tcb_info())
        equal(before[0], 200)
        world.sim.faults({"fault": fault, "match": MATCH, "retry_after": 5})
        world.at("2026-11-02T12:00:00Z")
        equal(served_of(world.tcb_info()), before, "what a host sees")

        keeping = world.keeping(TASK)
        assert keeping["failures"] >= 1, keeping
        assert reason in keeping["why"], keeping["why"]
        equal(world.keeping(OTHER_TASK)["failures"], 0, "another FMSPC's failures")
        assert world.item(
            "tcb_info/sgx/v3/%s/%d" % (SECOND_FMSPC, world_number(world)))["issue_date"] \
            == "2026-11-02T00:00:00Z", "another FMSPC is fresh"

        said = 'item="%s".*kept=[0-9]+ .*why="' % TASK
        world.thimd.wait_for(said)
        equal(len(world.thimd.lines_with(said)), 1, "log lines")
        status, shown, _ = command("status", state=world.state)
        equal(status, 0)
        assert TASK in shown, shown

        world.sim.faults()
        world.at("2026-11-02T18:00:00Z")
        equal(world.keeping(TASK)["failures"], 0, "well again")
        assert served_of(world.tcb_info()) != before, "the new document is served"
        world.thimd.wait_for('item="%s" well again' % TASK)


def world_number(world):
    return [item for item in world.status()["items"]
            if item["kind"] == "tcb_info" and item["fmspc"] == SECOND_FMSPC
            and "standard" in item["update"]][0]["evaluation_data_number"]


def story_of(fault, reason):
    def story():
        one_fault(fault, reason)
    story.__name__ = "%s: the last good version stays" % fault
    return story


def slow_answers_are_waited_for():
    with World() as world:
        world.sim.faults({"fault": "slow", "delay_ms": 300})
        world.at("2026-11-02T12:00:00Z")
        equal(world.keeping(TASK)["failures"], 0)
        equal(world.tcb_info().json()["tcbInfo"]["issueDate"], "2026-11-02T00:00:00Z")


def wrong_date_is_an_alert_and_never_a_wider_validity():
    with World() as world:
        world.sim.faults({"fault": "wrong_date", "date_off_s": 90 * 86400})
        world.at("2026-11-02T12:00:00Z")
        equal(world.keeping(TASK)["failures"], 0)
        assert world.status()["upstreams"][0]["skew_s"] > 89 * 86400
        world.thimd.wait_for("its Date is")


def frozen_upstream_is_reported_and_the_next_one_asked():
    first = Simulator()
    with World(simulators=[first]) as world:
        first.faults({"fault": "frozen"})
        for day in range(2, 29):
            world.at("2026-11-%02d" % day)
        assert world.keeping(TASK)["frozen"], world.keeping(TASK)
        world.thimd.wait_for('item="%s" frozen' % TASK)
        equal(world.tcb_info().status, 200, "still valid, still served")


def twins():
    """Two simulators of one vendor: the same keys."""
    return [Simulator(flavour=("--seed", "twins")) for _ in range(2)]


def second_upstream_makes_good_what_the_first_spoils():
    sims = twins()
    with World(simulators=sims) as world:
        sims[0].faults({"fault": "bad_signature", "match": MATCH})
        world.at("2026-11-02T12:00:00Z")
        equal(world.tcb_info().json()["tcbInfo"]["issueDate"], "2026-11-02T00:00:00Z")
        equal(world.keeping(TASK)["failures"], 0)
        world.thimd.wait_for('item="%s" taken from=sim1' % TASK)


def all_upstreams_spoiled_stores_nothing():
    sims = twins()
    with World(simulators=sims) as world:
        before = world.tcb_info().body
        for sim in sims:
            sim.faults({"fault": "impostor"})
        world.at("2026-11-03")
        equal(world.tcb_info().body, before)
        assert not world.refresh()


def revoked_signer_takes_what_it_signed_away_at_once():
    with World() as world:
        equal(world.tcb_info().status, 200)
        world.sim.event("revoke", signer="tcb_signing")
        world.refresh("root_crl")
        answer = world.tcb_info()
        assert answer.status != 200, "signed by a revoked certificate and still served"
        world.thimd.wait_for("dropped")


def from_a_cold_start_unverifiable_things_are_not_stored():
    sim = Simulator()
    sim.faults({"fault": "bad_signature"})
    with World(simulators=[sim]) as world:
        equal(world.tcb_info().status, 503)
        equal([item for item in world.status()["items"] if item["kind"] == "tcb_info"], [])


tell(*[story_of(fault, reason) for fault, reason in FAULTS.items()],
     slow_answers_are_waited_for,
     wrong_date_is_an_alert_and_never_a_wider_validity,
     frozen_upstream_is_reported_and_the_next_one_asked,
     second_upstream_makes_good_what_the_first_spoils,
     all_upstreams_spoiled_stores_nothing,
     revoked_signer_takes_what_it_signed_away_at_once,
     from_a_cold_start_unverifiable_things_are_not_stored)
