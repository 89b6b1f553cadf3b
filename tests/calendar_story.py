#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Years, day by day: no host is ever given a mixed set, or one whose signatures have ended."""

import datetime

from harness import FIRST_FMSPC, SECOND_FMSPC, equal, tell
from fleets import OperatorWorld, number_of
from replays import ReplayedWorld, captured_days

FIRST_DAY = datetime.date(2022, 11, 1)
YEARS = 4
DAY = datetime.timedelta(days=1)


def sets_of(world, fmspcs, statuses=(200,)):
    """What hosts of these FMSPCs are given, each with one of these statuses."""
    for tee in ("sgx", "tdx"):
        identity = world.get("/%s/certification/v4/qe/identity?update=standard" % tee)
        assert identity.status in statuses, (world.now, tee, identity.status)
        for fmspc in fmspcs[tee]:
            info = world.tcb_info(fmspc, tee=tee)
            assert info.status in statuses, (world.now, tee, fmspc, info.status)
            yield tee, fmspc, identity, info


def check_in_date(world, answer, member):
    document = answer.json()[member]
    assert document["issueDate"] <= world.now < document["nextUpdate"], \
        (world.now, document["issueDate"], document["nextUpdate"])


def check_waits(world, promoted):
    """No hosts are known: each promotion has waited for fourteen days."""
    noticed = {row["to"]: row["at"] for row in world.history("steady", "sgx")
               if row["step"] == "noticed"}
    for row in promoted:
        waited = datetime.date.fromisoformat(row["at"][:10]) \
            - datetime.date.fromisoformat(noticed[row["to"]][:10])
        equal(waited, 14 * DAY, row)


def four_years_of_days_through_every_set_under_the_default():
    day, numbers = FIRST_DAY, []
    fmspcs = {"sgx": (FIRST_FMSPC, SECOND_FMSPC), "tdx": (FIRST_FMSPC,)}
    with OperatorWorld(now=day.isoformat()) as world:
        while day < FIRST_DAY.replace(year=FIRST_DAY.year + YEARS):
            day += DAY
            world.at(day.isoformat())
            for tee, fmspc, identity, info in sets_of(world, fmspcs):
                equal(number_of(info), number_of(identity), (world.now, tee, fmspc))
                check_in_date(world, info, "tcbInfo")
                check_in_date(world, identity, "enclaveIdentity")
                numbers.append(number_of(info))
        first, last = numbers[0], numbers[-1]
        equal(sorted(set(numbers)), list(range(first, last + 1)), "every set had its turn")
        assert last - first >= 2 * YEARS - 1, (first, last)
        rows = [row for row in world.history("steady", "sgx") if row["step"] == "promoted"]
        equal([row["to"] for row in rows], list(range(last, first, -1)),
              "each promotion once, newest first")
        check_waits(world, rows)
        status = world.status()
        equal([each["name"] for each in status["keeping"] if each["failures"]], [])
        assert len(status["items"]) < 200, "what ran out long ago is let go"


def held_fmspcs(world):
    infos = [item for item in world.status()["items"]
             if item["kind"] == "tcb_info" and item["version"] == 3]
    return {tee: sorted({info["fmspc"] for info in infos if info["tee"] == tee})
            for tee in ("sgx", "tdx")}


def is_whole(world, tee, fmspc, identity, info):
    """A host of this FMSPC has a set; what it is given without one is in date."""
    if info.status == 200:
        check_in_date(world, info, "tcbInfo")
    if identity.status == 200:
        check_in_date(world, identity, "enclaveIdentity")
    if (info.status, identity.status) != (200, 200):
        return False
    equal(number_of(info), number_of(identity), (world.now, tee, fmspc))
    return True


def check_by_number(world, tee, fmspc, number):
    """The set's own is there by its number, too, and the one below may be signed no more."""
    for asked in (number, number - 1):
        info = world.tcb_info(fmspc, tee, tcbEvaluationDataNumber=asked)
        assert info.status in ((200,) if asked == number else (200, 410)), \
            (world.now, tee, fmspc, asked, info.status)
        if info.status == 200:
            equal(number_of(info), asked, (world.now, tee, fmspc))
            check_in_date(world, info, "tcbInfo")


def whole_days(days):
    whole = 0
    with ReplayedWorld(days[0] + "T12:00:00Z") as world:
        for day in days:
            world.at(day + "T12:00:00Z")
            sets = [each for each in sets_of(world, held_fmspcs(world), (200, 404, 503))
                    if is_whole(world, *each)]
            for tee, fmspc, _, info in sets[:1]:
                check_by_number(world, tee, fmspc, number_of(info))
                whole += 1
    return whole


def every_captured_day_is_whole_or_refused():
    """Between the days that were captured there is nothing to serve, and that is said.

    Intel's root CRL of 2019 has CRL number 2 and all since 2022 have 1, which may not
    follow it: the one day of that year is a world of its own."""
    days = captured_days()
    equal([day[:4] for day in days[:2]], ["2019", "2022"])
    whole = whole_days(days[:1]) + whole_days(days[1:])
    print("# %d of %d captured days hold a whole set" % (whole, len(days)))
    assert whole > len(days) / 2, whole


tell(four_years_of_days_through_every_set_under_the_default,
     every_captured_day_is_whole_or_refused)
