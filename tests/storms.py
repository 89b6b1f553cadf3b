# SPDX-License-Identifier: Apache-2.0
"""Registrations that come all at once, while every fifth call upstream fails."""

import datetime
import threading

from harness import Simulator, equal
from platforms import PlatformWorld, V4, check_pem

NOW = datetime.date(2026, 11, 1)
TOGETHER = 16
DAYS = 30  # by then each has been tried again and again
FIFTH = {"fault": "503", "share": 20, "match": {"path": V4 + "pckcert"}}
LIMITS = {"limits": {"per_address": 1000}}


def storm_world():
    return PlatformWorld(now=NOW.isoformat(), config=LIMITS,
                         simulators=[Simulator(now=NOW.isoformat(),
                                               flavour=["--pck-levels", "5"])])


def register_together(world, platforms, each):
    """Several registrars at once; each(platform, status) as the answers come, None where
    the connection broke."""
    def some(part):
        for platform in part:
            try:
                each(platform, world.register(platform).status)
            except OSError:
                each(platform, None)
                return

    threads = [threading.Thread(target=some, args=(platforms[i::TOGETHER],))
               for i in range(TOGETHER)]
    for thread in threads:
        thread.start()
    return threads


def days_until_all_are_held(world):
    for day in range(1, DAYS):
        if world.counts()["waiting"] == 0:
            return
        world.at((NOW + datetime.timedelta(days=day)).isoformat())
    equal(world.counts()["waiting"], 0)


def a_storm(count):
    with storm_world() as world:
        world.sim.faults(FIFTH)
        platforms = world.sim.platforms(0, count)
        statuses = []
        for thread in register_together(world, platforms,
                                        lambda _, status: statuses.append(status)):
            thread.join()
        assert set(statuses) <= {200, 503}, set(statuses)
        equal(len(statuses), count)
        equal(world.counts()["platforms"], count)
        days_until_all_are_held(world)  # upstream is no better than before
        for platform in platforms[::max(1, count // 100)]:
            check_pem(world.pckcert(platform), platform)


def a_kill_in_a_storm(count):
    with storm_world() as world:
        world.sim.faults(FIFTH)
        platforms = world.sim.platforms(0, count)
        acknowledged, lock, enough = [], threading.Lock(), threading.Event()

        def each(platform, status):
            with lock:
                if status == 200:
                    acknowledged.append(platform)
                if len(acknowledged) >= count // 3:
                    enough.set()

        threads = register_together(world, platforms, each)
        assert enough.wait(120), len(acknowledged)
        world.kill()
        for thread in threads:
            thread.join()
        world.start()
        for platform in acknowledged:
            answer = world.pckcert(platform)
            check_pem(answer, platform)
