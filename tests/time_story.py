#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Days and years: vendors away, clocks that are wrong, standard that moves."""

from harness import AT_ONCE, FIRST_FMSPC, World, equal, tell

TASK = "tcb_info/sgx/v3/%s standard" % FIRST_FMSPC


def upstream_dead_for_nine_days_and_hosts_see_nothing_of_it():
    with World() as world:
        before = world.tcb_info().body
        world.sim.faults({"fault": "down"})
        for day in range(2, 11):
            world.at("2026-11-%02d" % day)
            answer = world.tcb_info()
            equal((answer.status, answer.body), (200, before), "day %d" % day)
        equal(world.get("/readyz").status, 200, "upstream down does not unready")
        assert world.keeping(TASK)["failures"] >= 9
        world.sim.faults()
        world.at("2026-11-10T02:00:00Z")
        equal(world.tcb_info().json()["tcbInfo"]["issueDate"], "2026-11-10T00:00:00Z")


def upstream_dead_past_next_update_stops_the_answer_and_says_so():
    with World() as world:
        world.sim.faults({"fault": "down"})
        world.at("2026-11-30")
        equal(world.tcb_info().status, 200, "29 days old")
        world.at("2026-12-01T00:00:01Z")
        answer = world.tcb_info()
        equal((answer.status, answer.body), (503, b""))
        equal(world.get("/readyz").status, 503)
        world.sim.faults()
        world.at("2026-12-01T03:00:00Z")
        equal(world.tcb_info().status, 200)


def max_age_shrinks_as_next_update_nears():
    with World() as world:
        world.sim.faults({"fault": "down"})

        def max_age():
            return int(world.tcb_info().header("Cache-Control").split("max-age=")[1])
        equal(max_age(), 3600)
        world.at("2026-11-30T23:59:00Z")
        assert 1 <= max_age() <= 60, max_age()


def clock_a_year_ahead_serves_nothing_stale_and_loses_nothing():
    with World() as world:
        before = world.tcb_info().body
        world.at("2027-11-01", sims=False)
        equal(world.tcb_info().status, 503, "all is out of date by this clock")
        world.at("2026-11-01T01:00:00Z", sims=False)
        equal(world.tcb_info().body, before, "and back again when the clock is")


def clock_a_year_behind_is_held_up_by_what_the_vendor_signed():
    with World() as world:
        before = world.tcb_info().body
        world.at("2025-11-01", sims=False)
        assert world.status()["held_up"]
        equal(world.tcb_info().body, before)


def restart_under_a_clock_a_year_behind_serves_what_is_held():
    with World() as world:
        before = world.tcb_info().body
        world.thimd.stop()
        world.now = "2025-11-01T00:00:00Z"
        world.start()
        equal(world.tcb_info().body, before)
        assert world.status()["held_up"]


def clock_jumping_back_and_forth_keeps_the_newest():
    with World() as world:
        for moment in ["2026-11-03", "2026-11-02", "2026-11-05", "2026-11-01", "2026-11-04"]:
            world.at(moment)
            equal(world.tcb_info().status, 200, moment)
        equal(world.tcb_info().json()["tcbInfo"]["issueDate"], "2026-11-05T00:00:00Z")


def standard_moves_with_the_list_and_never_back():
    with World(config=AT_ONCE) as world:
        number = world.tcb_info().json()["tcbInfo"]["tcbEvaluationDataNumber"]
        world.sim.event("promote")
        world.at("2026-11-02T12:00:00Z")
        equal(world.tcb_info().json()["tcbInfo"]["tcbEvaluationDataNumber"], number + 1)
        world.sim.faults({"fault": "lower_standard"})
        world.at("2026-11-03T12:00:00Z")
        equal(world.tcb_info().json()["tcbInfo"]["tcbEvaluationDataNumber"], number + 1)


def the_next_set_is_fetched_as_soon_as_it_is_signed():
    with World() as world:
        early = world.tcb_info(update="early").json()["tcbInfo"]["tcbEvaluationDataNumber"]
        world.sim.event("disclose")
        world.at("2026-11-02T12:00:00Z")
        equal(world.tcb_info(update="early").json()["tcbInfo"]["tcbEvaluationDataNumber"],
              early + 1)
        equal(world.tcb_info(tcbEvaluationDataNumber=early).status, 200, "by its number")


def a_number_below_standard_is_gone_though_the_list_names_it():
    with World() as world:
        number = world.tcb_info().json()["tcbInfo"]["tcbEvaluationDataNumber"]
        equal(world.tcb_info(tcbEvaluationDataNumber=number - 1).status, 410)


def a_month_of_days_keeps_everything_fresh():
    with World() as world:
        for day in range(2, 31):
            world.at("2026-11-%02d" % day)
        world.at("2026-11-30T12:00:00Z")
        status = world.status()
        equal([each for each in status["keeping"] if each["failures"] > 0], [])
        equal([item["name"] for item in status["items"]
               if "standard" in item["update"] and not item["in_date"]], [])


tell(upstream_dead_for_nine_days_and_hosts_see_nothing_of_it,
     upstream_dead_past_next_update_stops_the_answer_and_says_so,
     max_age_shrinks_as_next_update_nears,
     clock_a_year_ahead_serves_nothing_stale_and_loses_nothing,
     clock_a_year_behind_is_held_up_by_what_the_vendor_signed,
     restart_under_a_clock_a_year_behind_serves_what_is_held,
     clock_jumping_back_and_forth_keeps_the_newest,
     standard_moves_with_the_list_and_never_back,
     the_next_set_is_fetched_as_soon_as_it_is_signed,
     a_number_below_standard_is_gone_though_the_list_names_it,
     a_month_of_days_keeps_everything_fresh)
