#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A fleet asks at once for what KDS gives one of in ten seconds, and strangers ask for chips
that nobody has made."""

import collections
import concurrent.futures
import hashlib
import os

from amd import AmdWorld, vcek_target
from harness import equal, tell

CHIPS = int(os.environ.get("CHIPS", "5000"))
INVENTED = int(os.environ.get("INVENTED", "100000"))
STEP_S = 30
TOKEN = {"user-token": "host-secret"}
OPEN = {"unknown_per_minute_per_address": 100000}  # all come from one address here


def a_fleet_at_once_is_answered_at_the_rate_of_kds():
    with AmdWorld(amd=OPEN, flavour=("--kds-rate", "3,%d" % STEP_S)) as world:
        chips, held, elapsed = world.chips(0, CHIPS), 0, 0
        due = {index: 0 for index in range(CHIPS)}
        asked = 0
        while due:
            ready = [index for index, when in due.items() if when <= elapsed]
            for index in ready:
                answer = world.get(vcek_target(chips[index]), TOKEN)
                asked += 1
                if answer.status == 200:
                    del due[index]
                    held += 1
                    continue
                equal(answer.status, 429, answer.body)
                due[index] = elapsed + int(answer.header("Retry-After"))
            world.pass_seconds(STEP_S)
            elapsed += STEP_S
            assert elapsed < 3 * CHIPS * 10, "%d of %d" % (held, CHIPS)
        amd = world.sim.status()["amd"]
        print("# %d chips in %d s of KDS's time, %d requests of hosts, %s" %
              (held, elapsed, asked, amd))
        equal(amd, {"limited": 0, "largest_in_window": 3, "window_s": STEP_S})
        equal(world.sim.status()["requests"]["by_kind"]["vcek"], CHIPS, "each once")


def invented(number):
    return hashlib.sha512(b"nobody %d" % number).hexdigest()


def known_hosts_wait_for_two_slots_at_most_behind_invented_chips():
    with AmdWorld(amd=OPEN) as world:
        pattern, known = world.chip(0), world.chips(3, 1)[0]

        def ask(number):
            return world.vcek(pattern, hwid=invented(number)).status

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            told = collections.Counter(pool.map(ask, range(INVENTED)))
        asked = world.sim.status()["requests"]["by_kind"]["vcek"]
        equal(told, {404: asked, 429: INVENTED - asked})
        assert 1 <= asked <= 3, "the burst, and no more: %d" % asked
        slots = 0
        while world.get(vcek_target(known), TOKEN).status != 200:
            world.pass_seconds(10)
            slots += 1
            assert slots <= 2, slots
        print("# after %d invented chips a known one waited %d slots" % (INVENTED, slots))


tell(a_fleet_at_once_is_answered_at_the_rate_of_kds,
     known_hosts_wait_for_two_slots_at_most_behind_invented_chips)
