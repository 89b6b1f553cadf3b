#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What takes longer than a developer waits for: a year of days with everything that happens
in it, and many FMSPCs at once."""

import datetime

from harness import FIRST_FMSPC, World, equal, tell

DAYS = 400
MANY = 500


def a_year_of_days_with_two_recovery_events_and_no_stale_answer():
    day = datetime.date(2026, 11, 1)
    numbers = []
    with World(now=day.isoformat()) as world:
        for _ in range(DAYS):
            day += datetime.timedelta(days=1)
            world.at(day.isoformat())
            info = world.tcb_info()
            equal(info.status, 200, str(day))
            info = info.json()["tcbInfo"]
            assert info["nextUpdate"] > day.isoformat(), (day, info["nextUpdate"])
            identity = world.get("/sgx/certification/v4/qe/identity").json()
            equal(identity["enclaveIdentity"]["tcbEvaluationDataNumber"],
                  info["tcbEvaluationDataNumber"], "one number for both on %s" % day)
            numbers.append(info["tcbEvaluationDataNumber"])
        equal(numbers, sorted(numbers), "standard never goes back")
        assert numbers[-1] >= numbers[0] + 2, numbers[-1]
        status = world.status()
        equal([each["name"] for each in status["keeping"] if each["failures"]], [])
        assert len(status["items"]) < 200, "what ran out long ago is let go"


def five_hundred_fmspcs_are_held_and_survive_a_restart():
    with World(fmspcs=MANY) as world:
        infos = [item for item in world.status()["items"]
                 if item["kind"] == "tcb_info" and item["tee"] == "sgx"
                 and "standard" in item["update"]]
        equal(len(infos), MANY)
        world.restart()
        for info in infos[::25]:
            equal(world.tcb_info(info["fmspc"]).status, 200, info["fmspc"])
        equal(world.tcb_info(FIRST_FMSPC).status, 200)


tell(a_year_of_days_with_two_recovery_events_and_no_stale_answer,
     five_hundred_fmspcs_are_held_and_survive_a_restart)
