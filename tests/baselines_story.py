#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Baselines on a calendar: which set a host is given, who may ask for another, and what
happens when Intel moves standard with somebody at the desk and with nobody."""

import json
import signal

from harness import FIRST_FMSPC, SECOND_FMSPC, World, command, equal, tell
from fleets import Crowd, FleetWorld, Hook, OperatorWorld, check_one_set, custom, \
    invented_svns, number_of

IDENTITY = "/sgx/certification/v4/qe/identity"
CANARY = {"name": "canary", "follow": "early"}
STRICT = {"name": "strict", "follow": "standard", "choice": "none"}
NEWER = {"name": "newer", "follow": "standard", "choice": "newer"}
JUNE = "2026-06-20"  # standard is 17, early 19


def baselines(*policies, **more):
    return {"baselines": dict({"policies": list(policies)}, **more)}


# ---- how a request chooses ---------------------------------------------------------------

def every_style_of_asking_is_answered_with_its_number():
    with World(now=JUNE, config=baselines(CANARY)) as world:
        fmspc = "fmspc=" + FIRST_FMSPC
        azure = custom("tcbEvaluationDataNumber=18;region=us central\0")
        styles = [
            ("", {}, 17), ("&update=standard", {}, 17), ("&update=early", {}, 19),
            ("&tcbEvaluationDataNumber=18", {}, 18),
            ("&customParameter=" + azure, {}, 18),
            ("&customParameter=" + azure.replace("=", "%3D"), {}, 18),
            ("&customParameter=tcbEvaluationDataNumber%3D18%3Bregion%3Dx", {}, 18),
            ("&customParameter=" + custom("region=us central"), {}, 17),
            ("&update=standard&customParameter=" + azure, {}, 18),
            ("&tcbEvaluationDataNumber=19&customParameter=" + azure, {}, 19),
            ("", {"X-THIM-Baseline": "canary"}, 19),
            ("&tcbEvaluationDataNumber=18", {"X-THIM-Baseline": "canary"}, 18),
            ("", {"X-THIM-Baseline": "steady"}, 17)]
        for query, headers, number in styles:
            for path in ("/sgx/certification/v4/tcb?%s%s" % (fmspc, query),
                         "/tdx/certification/v4/tcb?%s%s" % (fmspc, query),
                         IDENTITY + "?" + query[1:],
                         "/tdx/certification/v4/qe/identity?" + query[1:]):
                answer = world.get(path, headers)
                equal((answer.status, number_of(answer)), (200, number), (path, headers))
                equal(answer.header("THIM-Evaluation-Data-Number"), str(number), path)
                assert answer.header("THIM-Fetched").endswith("Z"), path
        equal(number_of(world.get("/baseline/canary" + IDENTITY)), 19)
        equal(number_of(world.get("/baseline/steady" + IDENTITY)), 17)
        equal(number_of(world.get("/baseline/canary" + IDENTITY,
                                  {"X-THIM-Baseline": "steady"})), 17, "the header counts")


def an_answer_says_which_baseline_it_is_of():
    rules = [{"addresses": ["127.0.0.0/8"], "baseline": "canary"}]
    with World(now=JUNE, config=baselines(CANARY)) as world:
        answer = world.get(IDENTITY)
        equal(answer.header("THIM-Baseline"), "steady")
        equal(answer.header("Vary"), "X-THIM-Baseline", "there is another to choose")
        assert "private" not in answer.header("Cache-Control")
        equal(world.get(IDENTITY + "?tcbEvaluationDataNumber=18").header("THIM-Baseline"),
              None, "a number is a number whoever asks")
    with World(now=JUNE, config=baselines(CANARY, rules=rules)) as world:
        answer = world.get(IDENTITY)
        equal((answer.header("THIM-Baseline"), number_of(answer)), ("canary", 19))
        assert "private" in answer.header("Cache-Control"), answer.header("Cache-Control")
        equal(number_of(world.get(IDENTITY, {"X-THIM-Baseline": "steady"})), 17)


def what_a_baseline_does_not_allow_is_403_and_an_unknown_one_404():
    def refused(config, wishes):
        with World(now=JUNE, config=config) as world:
            for query, headers, status, code in wishes:
                answer = world.get(IDENTITY + query, headers)
                equal((answer.status, answer.header("THIM-Error")), (status, code),
                      (query, headers))
            equal(world.get("/sgx/certification/v4/rootcacrl").status, 200)

    number = "?tcbEvaluationDataNumber=%d"
    refused(baselines(STRICT, CANARY, default="strict"),
            [("", {}, 200, None), (number % 17, {}, 200, None),
             (number % 18, {}, 403, "choice"), ("?update=early", {}, 403, "choice"),
             ("", {"X-THIM-Baseline": "canary"}, 403, "choice"),
             ("", {"X-THIM-Baseline": "strict"}, 200, None)])
    refused(baselines(NEWER, CANARY, default="newer"),
            [("", {}, 200, None), (number % 18, {}, 200, None),
             ("?update=early", {}, 200, None), (number % 16, {}, 403, "choice"),
             ("", {"X-THIM-Baseline": "canary"}, 200, None)])
    refused(baselines(CANARY, floor=18, default="canary"),
            [("", {}, 200, None), (number % 18, {}, 200, None),
             (number % 17, {}, 403, "floor"),
             ("", {"X-THIM-Baseline": "steady"}, 403, "floor")])
    refused(baselines(CANARY),
            [("", {"X-THIM-Baseline": "nobody"}, 404, "baseline_unknown"),
             ("?customParameter=" + custom("colour=blue"), {}, 400, "malformed"),
             (number % 0, {}, 400, "malformed"),
             ("?update=early&tcbEvaluationDataNumber=18", {}, 400, "malformed")])


# ---- standard moves ----------------------------------------------------------------------

def with_no_known_hosts_a_promotion_waits_fourteen_days_and_says_why():
    with OperatorWorld(now="2026-11-13") as world:  # on the 14th standard moves from 17 to 18
        world.at("2026-11-15")
        check_one_set(world, 17)
        stand = world.baseline("steady")["sgx"]
        equal((stand["number"], stand["target"], stand["reason"]), (17, 18, "blind"))
        world.at("2026-11-27")
        check_one_set(world, 17)
        world.at("2026-11-30")
        check_one_set(world, 18)
        equal([row["step"] for row in world.history("steady", "sgx")],
              ["promoted", "noticed", "first"])


def an_fmspc_that_comes_during_a_hold_is_given_no_mix():
    with OperatorWorld(now="2026-11-13", intel={"fmspcs": [FIRST_FMSPC]}) as world:
        world.at("2026-11-15")
        check_one_set(world, 17, (FIRST_FMSPC,))
        answer = world.tcb_info(SECOND_FMSPC)
        equal((answer.status, answer.header("THIM-Error")), (503, "out_of_set"))
        calls = world.sim.calls()
        equal(world.tcb_info(SECOND_FMSPC).status, 503)
        equal(world.sim.calls(), calls, "whoever insists calls nobody")
        equal(number_of(world.tcb_info(SECOND_FMSPC, tcbEvaluationDataNumber=18)), 18)
        check_one_set(world, 17, (FIRST_FMSPC,))
        world.at("2026-11-30")
        check_one_set(world, 18)


def a_promotion_that_moves_fmspc_by_fmspc_never_mixes():
    with FleetWorld(now="2026-08-01") as world:
        world.host(0)
        world.host(1)
        world.sim.at("2026-08-13")
        world.sim.event("promote", fmspc=FIRST_FMSPC)
        world.at("2026-08-13T01:00:00Z")
        world.refresh()
        check_one_set(world, 17)
        equal(world.baseline("steady")["sgx"]["reason"], "under_way")
        equal(number_of(world.tcb_info(tcbEvaluationDataNumber=18)), 18)
        world.sim.at("2026-08-14")
        world.sim.event("promote")
        world.at("2026-08-14T01:00:00Z")
        world.refresh()
        check_one_set(world, 18)


def august_2026_with_nobody_at_the_desk():
    hook = Hook()
    with FleetWorld(now="2026-07-15", config=baselines(webhook=hook.url)) as world:
        for index in range(22):
            world.host(index, at=2 if index < 7 else 0)
        preview = world.preview("steady", 18)
        equal((preview["totals"]["hosts"], preview["totals"]["falls"]), (22, 7),
              "weeks ahead")
        falling = [row for row in preview["rows"]
                   if row["change"] == "falls" and row["tee"] == "sgx"]
        equal(sum(row["hosts"] for row in falling), 7)
        for row in falling:
            equal(row["now"]["status"], "UpToDate")
            equal(row["then"]["status"], "OutOfDate")
            equal(row["component"]["name"], "sgx.0")
            equal((row["component"]["have"], row["component"]["need"]), (17, 18))
            assert row["advisories"]["gained"], row
        world.promote_upstream("2026-08-13")
        ended = None
        day = 14
        while ended is None:
            moment = "2026-08-%02d" % day if day <= 31 else "2026-09-%02d" % (day - 31)
            world.at(moment)
            if day % 7 == 0:
                world.report()
            if number_of(world.tcb_info()) == 18:
                ended = moment
            else:
                check_one_set(world, 17)
                equal(world.baseline("steady")["sgx"]["reason"], "held", moment)
            assert day < 50, "held for ever"
            day += 1
        check_one_set(world, 18)
        assert "2026-09-03" <= ended <= "2026-09-06", ended
        days = [alert["days_left"] for alert in hook.alerts("hold_ends")
                if alert["tee"] == "sgx"]
        equal(days, [14, 7, 3, 1])
        assert hook.alerts("falls_ahead"), hook.all
        equal(hook.alerts("hold_ends")[0]["falls"], 7)
        rows = world.history("steady", "sgx")
        equal(rows[0]["step"], "promoted")
        equal((rows[0]["from"], rows[0]["to"], rows[0]["who"]), (17, 18, "rule"))
        equal(rows[0]["effect"]["falls"], 7)
    hook.end()


def august_2026_with_somebody_at_the_desk():
    with FleetWorld(now="2026-07-15") as world:
        for index in range(22):
            world.host(index, at=2 if index < 7 else 0)
        world.promote_upstream("2026-08-13")
        world.at("2026-08-15")
        check_one_set(world, 17)
        equal(world.order("promote", to=18, why="the seven are drained").status, 200)
        check_one_set(world, 18)
        equal(world.order("rollback", why="the seven were not").status, 200)
        check_one_set(world, 17)
        world.at("2026-08-16")
        check_one_set(world, 17)
        equal(world.baseline("steady")["sgx"]["reason"], "rolled_back")
        equal(world.order("promote", to=18, why="now they are").status, 200)
        check_one_set(world, 18)
        answer = world.order("promote", to=17, why="by mistake")
        equal(answer.status, 400, answer.body)
        check_one_set(world, 18)
        steps = [(row["step"], row["from"], row["to"], row["why"])
                 for row in world.history("steady", "sgx")
                 if row["step"] in ("promoted", "rolled_back")]
        equal(steps, [("promoted", 17, 18, "now they are"),
                      ("rolled_back", 18, 17, "the seven were not"),
                      ("promoted", 17, 18, "the seven are drained")])


def invented_svns_move_nothing():
    invented_svns(300)


def a_restart_on_the_day_after_each_event_finds_everything_as_it_was():
    with FleetWorld(now="2026-07-15") as world:
        for index in range(3):
            world.host(index, at=2 if index == 0 else 0)

        def restarted():
            before = world.baseline("steady")
            world.restart()
            after = world.baseline("steady")
            equal([after[tee]["number"] for tee in ("sgx", "tdx")],
                  [before[tee]["number"] for tee in ("sgx", "tdx")])
            check_one_set(world, after["sgx"]["number"])

        world.promote_upstream("2026-08-13")
        world.at("2026-08-15")
        equal(world.baseline("steady")["sgx"]["reason"], "held")
        restarted()
        equal(world.order("promote", to=18, why="one is drained").status, 200)
        restarted()
        equal(world.order("rollback", why="no").status, 200)
        restarted()
        equal(world.order("pin", to=18, until="2026-09-01T00:00:00Z",
                          why="frozen for the audit").status, 200)
        world.at("2026-08-17")
        restarted()
        equal(world.baseline("steady")["sgx"]["reason"], "pinned")
        equal(world.order("unpin", why="audit is over").status, 200)
        world.at("2026-08-18")
        restarted()


def a_kill_after_an_order_was_answered_loses_nothing():
    with FleetWorld(now="2026-07-15") as world:
        world.host(0, at=2)
        world.promote_upstream("2026-08-13")
        equal(world.order("promote", to=18, why="drained").status, 200)
        world.kill()
        world.start()
        check_one_set(world, 18)


def eight_clients_are_answered_through_promotions_rollbacks_and_reloads():
    def reload(world, *policies):
        said = rewrite_baselines(world, policies=list(policies))
        world.thimd.wait_for("baselines read again", after=said)

    with FleetWorld(now="2026-08-11", config=baselines()) as world:
        world.host(0, at=2)
        crowd = Crowd(world, numbers=(17, 18))
        world.promote_upstream("2026-08-13")
        for turn in range(12):
            equal(world.order("promote", to=18, why="drained").status, 200)
            crowd.sees()
            reload(world, *[CANARY, STRICT][:turn % 3])
            equal(world.order("rollback", why="not drained").status, 200)
            crowd.sees()
            world.at("2026-08-%d" % (14 + turn))
            crowd.sees()
        for day in range(1, 20):  # the vendor signs 17 no more
            world.at("2026-09-%02d" % day)
            crowd.sees()
        check_one_set(world, 18)
        answers = crowd.end()
        print("# %d answers of 17, %d of 18" % (answers[17], answers[18]))
        assert min(answers[17], answers[18]) > 0, answers


# ---- the operator's file -----------------------------------------------------------------

def rewrite_baselines(world, **changes):
    """SIGHUP with another file; the number of lines that thimd had said before."""
    with open(world.config_file) as file:
        config = json.load(file)
    config["baselines"].update(changes)
    with open(world.config_file, "w") as file:
        json.dump(config, file)
    said = len(world.thimd.lines)
    world.thimd.popen.send_signal(signal.SIGHUP)
    return said


def sighup_brings_another_law_and_a_wrong_one_changes_nothing():
    with World(now=JUNE, config=baselines(CANARY)) as world:
        said = rewrite_baselines(world, default="canary")
        world.thimd.wait_for("baselines read again", after=said)
        equal(number_of(world.get(IDENTITY)), 19)
        said = rewrite_baselines(world, default="nobody")
        line = world.thimd.wait_for("baselines stay as they were", after=said).string
        assert "nobody" in line, line
        equal(number_of(world.get(IDENTITY)), 19)


def a_pin_whose_day_has_passed_follows_again_and_says_so():
    pinned = {"name": "steady", "number": 17, "until": "2026-08-20T00:00:00Z",
              "why": "drivers are late", "by": "Jo Operator"}
    with FleetWorld(now="2026-08-01", config=baselines(pinned)) as world:
        world.host(0)
        world.promote_upstream("2026-08-13")
        world.at("2026-08-19")
        check_one_set(world, 17)
        equal(world.baseline("steady")["sgx"]["reason"], "pinned")
        world.at("2026-08-21")
        check_one_set(world, 18)
        world.restart()
        world.thimd.wait_for("steady tee=sgx has lost its pin .*its pin to 17 ended")
        check_one_set(world, 18)
        page = world.get("/readyz?verbose").body.decode()
        assert "[!] baseline steady, sgx: 18, " in page and "its pin is lost" in page, page
        page = command("status", state=world.state)[1]
        assert "sgx 18, its pin to 17 ended on 2026-08-20; has 18" in page, page


def azure_like_serves_what_has_expired_and_marks_it():
    lenient = {"name": "azure-like", "number": 17, "until": "2027-06-01T00:00:00Z",
               "why": "as Azure does", "by": "Jo Operator", "on_hold_end": "serve_expired",
               "expired": {"until": "2027-06-01T00:00:00Z", "why": "as Azure does",
                           "by": "Jo Operator"}}
    with FleetWorld(now="2026-08-01",
                    config=baselines(lenient, CANARY, default="azure-like")) as world:
        world.host(0)
        world.promote_upstream("2026-08-13")
        world.at("2026-10-20")
        answer = world.get(IDENTITY)
        equal((answer.status, number_of(answer)), (200, 17))
        assert answer.header("Warning").startswith("110 "), answer.header("Warning")
        equal(number_of(world.tcb_info()), 17)
        equal(len(world.thimd.lines_with("azure-like tee=sgx reason=expired")), 1,
              "the log has it once")
        fresh = world.get(IDENTITY, {"X-THIM-Baseline": "canary"})
        equal((fresh.status, fresh.header("Warning")), (200, None))


tell(every_style_of_asking_is_answered_with_its_number,
     an_answer_says_which_baseline_it_is_of,
     what_a_baseline_does_not_allow_is_403_and_an_unknown_one_404,
     with_no_known_hosts_a_promotion_waits_fourteen_days_and_says_why,
     an_fmspc_that_comes_during_a_hold_is_given_no_mix,
     a_promotion_that_moves_fmspc_by_fmspc_never_mixes,
     august_2026_with_nobody_at_the_desk,
     august_2026_with_somebody_at_the_desk,
     invented_svns_move_nothing,
     a_restart_on_the_day_after_each_event_finds_everything_as_it_was,
     a_kill_after_an_order_was_answered_loses_nothing,
     eight_clients_are_answered_through_promotions_rollbacks_and_reloads,
     sighup_brings_another_law_and_a_wrong_one_changes_nothing,
     a_pin_whose_day_has_passed_follows_again_and_says_so,
     azure_like_serves_what_has_expired_and_marks_it)
