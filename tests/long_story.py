#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What takes longer than a developer waits for: many FMSPCs at once, many
SVNs that nobody has."""

from harness import FIRST_FMSPC, World, equal, tell
from fleets import invented_svns

MANY = 500


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


def ten_thousand_invented_svns_move_nothing():
    invented_svns(10000)


tell(five_hundred_fmspcs_are_held_and_survive_a_restart,
     ten_thousand_invented_svns_move_nothing)
