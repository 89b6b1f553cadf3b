#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every number that is signed: fetched ahead, kept while it lasts, let go afterwards.

At 2025-06-20 standard is 15 and early 17, and the lists name 14, which is signed no
more."""

from harness import AT_ONCE, FIRST_FMSPC, SECOND_FMSPC, Simulator, World, command, equal, tell

NOW = "2025-06-20"
NUMBERS = range(15, 18)
OTHER_SERVER = "02606f000000"  # SGX and TDX, as the first; the second is SGX only
TCB_INFOS = [(FIRST_FMSPC, "sgx"), (FIRST_FMSPC, "tdx"), (OTHER_SERVER, "sgx"),
             (OTHER_SERVER, "tdx"), (SECOND_FMSPC, "sgx")]


def three(**options):
    return World(now=NOW, fmspcs=3, config=AT_ONCE, **options)


def identity(world, tee, **parameters):
    query = "&".join("%s=%s" % each for each in parameters.items())
    return world.get("/%s/certification/v4/qe/identity?%s" % (tee, query))


def number_of(answer):
    body = answer.json()
    return (body.get("tcbInfo") or body.get("enclaveIdentity"))["tcbEvaluationDataNumber"]


def check_all(world, numbers=NUMBERS):
    for number in numbers:
        for fmspc, tee in TCB_INFOS:
            answer = world.tcb_info(fmspc, tee, tcbEvaluationDataNumber=number)
            equal((answer.status, number_of(answer)), (200, number), (fmspc, tee))
        for tee in ["sgx", "tdx"]:
            answer = identity(world, tee, tcbEvaluationDataNumber=number)
            equal((answer.status, number_of(answer)), (200, number), tee)


def troubles(world):
    return [each["name"] for each in world.status()["keeping"] if each["failures"]]


def gone(world, fmspc=FIRST_FMSPC, number=14):
    return world.keeping("tcb_info/sgx/v3/%s/%d" % (fmspc, number))


def every_signed_number_is_answered_from_what_is_held():
    with three() as world:
        calls = world.sim.calls()
        check_all(world)
        equal(world.sim.calls(), calls, "nobody was asked")
        for fmspc, tee in TCB_INFOS:
            asked = "/%s/certification/v4/tcb?fmspc=%s&" % (tee, fmspc)
            equal(world.sim.calls(asked + "tcbEvaluationDataNumber=16"), 1, "once")
            equal(world.sim.calls(asked + "tcbEvaluationDataNumber=17"), 0, "it is early")


def a_retired_number_is_no_trouble_and_asked_for_once_a_day():
    with three() as world:
        asked = "tcb?fmspc=%s&tcbEvaluationDataNumber=14" % FIRST_FMSPC
        equal(troubles(world), [])
        equal((gone(world)["gone"], gone(world)["absent"], gone(world)["ends"]),
              (True, True, None), "never held")
        calls = world.sim.calls(asked)
        equal(calls, 2, "of both TEEs")
        equal(world.tcb_info(tcbEvaluationDataNumber=14).status, 410)
        world.at("2025-06-20T23:59:59Z")
        equal(world.tcb_info(tcbEvaluationDataNumber=14).status, 410)
        equal(world.sim.calls(asked), calls, "not within a day")
        world.at("2025-06-21T12:00:00Z")
        equal(world.sim.calls(asked), 2 * calls, "one by one")
        assert not world.thimd.lines_with("/14"), "nor is it a line in the log"
        status, page, _ = command("status", state=world.state)
        equal(status, 0)
        assert "signed no more; 0 are still held\n" in page, page
        assert "failed" not in page.split("NEXT UPDATE")[1], page


def a_refresh_of_everything_asks_for_it_again_and_all_is_well():
    with three() as world:
        asked = "tcb?fmspc=%s&tcbEvaluationDataNumber=14" % FIRST_FMSPC
        calls = world.sim.calls(asked)
        assert world.refresh(), "a number that is gone is no failure"
        equal(world.sim.calls(asked), 2 * calls)


def an_fmspc_that_a_host_asks_for_first_has_all_of_them_within_a_day():
    with three(intel={"fmspcs": [SECOND_FMSPC]}) as world:
        asked = "/sgx/certification/v4/tcb?fmspc=%s&" % FIRST_FMSPC
        equal(world.tcb_info().status, 200)
        equal(world.sim.calls(asked), 1, "no more than was asked for")
        world.at("2025-06-20T00:00:01Z")  # the agenda is drawn up after the answer
        world.at("2025-06-21T00:00:01Z")
        calls = world.sim.calls(asked)
        for number in NUMBERS:
            equal(world.tcb_info(tcbEvaluationDataNumber=number).status, 200, number)
        equal(world.sim.calls(asked), calls)


def an_fmspc_without_tdx_has_no_numbers_to_ask_for():
    with three() as world:
        tdx = "/tdx/certification/v4/tcb?fmspc=%s&" % SECOND_FMSPC
        equal(world.sim.calls(tdx + "update"), 2)
        equal(world.sim.calls(tdx + "tcbEvaluationDataNumber"), 0)


def a_restart_keeps_them_all_and_asks_for_none():
    with three() as world:
        world.thimd.stop()
        world.sim.faults({"fault": "down"})
        world.sim.reset()
        world.start()
        check_all(world)
        equal(world.sim.calls("tcbEvaluationDataNumber="), 0)


def a_promotion_leaves_the_old_number_served_while_it_lasts():
    with three() as world:
        for _ in range(2):
            world.sim.event("promote")
        world.at("2025-06-22")
        equal(number_of(world.tcb_info()), 17)
        check_all(world)
        equal(troubles(world), [])
        for number in [15, 16]:
            equal((gone(world, number=number)["gone"], gone(world, number=number)["ends"]),
                  (True, "2025-07-20T00:00:00Z"), number)
        page = command("status", state=world.state)[1]
        assert "still held, the first until 2025-07-20T00:00:00Z\n" in page, page
        world.at("2025-07-20")
        check_all(world)
        world.at("2025-07-20T00:00:01Z")
        for number in [15, 16]:
            equal(world.tcb_info(tcbEvaluationDataNumber=number).status, 410, number)
        check_all(world, [17])
        equal(troubles(world), [])


def a_promotion_of_one_fmspc_is_nothing_to_the_others():
    with three() as world:
        world.sim.event("promote", fmspc=FIRST_FMSPC)
        world.at("2025-06-22")
        check_all(world)
        equal((number_of(world.tcb_info()), number_of(identity(world, "sgx"))), (15, 15),
              "the baseline waits for the others")
        equal(gone(world, number=15)["gone"], True)
        equal((gone(world, OTHER_SERVER, 15), gone(world, OTHER_SERVER, 16)["gone"]),
              (None, False), "there 15 is standard, and 16 beside it")


def what_ran_out_long_ago_leaves_the_holdings():
    name = "tcb_info/sgx/v3/%s/15" % FIRST_FMSPC
    with three() as world:
        for _ in range(2):
            world.sim.event("promote")  # now the list names 16, and 15 no more
        world.at("2025-06-22")
        assert world.item(name)
        for day in ["2025-07-20", "2025-08-20", "2025-09-17"]:
            world.at(day)
        assert world.item(name), "59 days after it ran out"
        world.at("2025-09-19")
        equal(world.item(name), None)
        world.at("2025-09-20")
        equal(gone(world, number=15), None, "nor is it asked for")


def a_number_disclosed_is_there_a_day_later_and_the_ones_between_stay():
    with three() as world:
        world.sim.event("disclose")
        world.at("2025-06-21T12:00:00Z")
        equal(number_of(world.tcb_info(update="early")), 18)
        check_all(world, range(15, 19))


def before_a_promotion_a_week_of_pause_is_a_day():
    with three(intel={"refresh_s": 604800}) as world:
        world.at("2025-06-21")
        world.at("2025-06-22")
        for number in NUMBERS:
            answer = world.tcb_info(tcbEvaluationDataNumber=number)
            equal(answer.json()["tcbInfo"]["issueDate"][:10] >= "2025-06-21", True, number)


def a_pccs_upstream_is_never_asked_for_a_number():
    sims = [Simulator(now=NOW, fmspcs=2, flavour=["--pccs"])]
    with World(now=NOW, simulators=sims, upstream={"kind": "pccs"},
               intel={"fmspcs": [FIRST_FMSPC]}) as world:
        equal(number_of(world.tcb_info()), 15)
        equal(world.sim.calls("tcbEvaluationDataNumber="), 0)


tell(every_signed_number_is_answered_from_what_is_held,
     a_retired_number_is_no_trouble_and_asked_for_once_a_day,
     a_refresh_of_everything_asks_for_it_again_and_all_is_well,
     an_fmspc_that_a_host_asks_for_first_has_all_of_them_within_a_day,
     an_fmspc_without_tdx_has_no_numbers_to_ask_for,
     a_restart_keeps_them_all_and_asks_for_none,
     a_promotion_leaves_the_old_number_served_while_it_lasts,
     a_promotion_of_one_fmspc_is_nothing_to_the_others,
     what_ran_out_long_ago_leaves_the_holdings,
     a_number_disclosed_is_there_a_day_later_and_the_ones_between_stay,
     before_a_promotion_a_week_of_pause_is_a_day,
     a_pccs_upstream_is_never_asked_for_a_number)
