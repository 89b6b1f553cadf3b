#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The main job on what Intel has really signed: replayed, verified to Intel's own root."""

import json

from harness import Simulator, World, equal, shared, tell

# dates at which the captured data holds a whole set
DATES = ["2024-12-25T00:00:00Z", "2025-06-20T00:00:00Z", "2026-02-20T00:00:00Z",
         "2026-08-13T12:00:00Z"]


def replayed(moment):
    """No test root: nothing but Intel's is believed."""
    world = World(now=moment, simulators=[
        Simulator(world="replay:" + shared("vectors"), now=moment)], start=False)
    with open(world.config_file) as file:
        config = json.load(file)
    del config["trust"]
    with open(world.config_file, "w") as file:
        json.dump(config, file)
    world.start()
    return world


def story_of(moment):
    def story():
        with replayed(moment) as world:
            status = world.status()
            equal(status["roots"] and {root["origin"] for root in status["roots"]},
                  {"pinned"})
            infos = [item for item in status["items"] if item["kind"] == "tcb_info"]
            assert infos, status
            for item in status["items"]:
                assert item["in_date"], item
            for info in infos:
                if "standard" in info["update"]:
                    answer = world.tcb_info(info["fmspc"].upper(), tee=info["tee"])
                    equal(answer.status, 200, info["name"])
                    equal(answer.json()["tcbInfo"]["issueDate"], info["issue_date"])
    story.__name__ = "everything captured and valid on %s is verified and served" \
        % moment[:10]
    return story


tell(*[story_of(moment) for moment in DATES])
