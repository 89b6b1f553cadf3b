#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""POST /thim/v1/verify: attestation services have quotes and reports judged, under the
baseline of the day, whoever asks and whatever has become of the vendor."""

import base64
import json
import os
import re
import socket

from amd import AmdWorld, vcek_target
from harness import AT_ONCE, DEADLINE_S, FIRST_FMSPC, Skip, UnixConnection, command, equal, \
    tell
from platforms import READER, HOST, PlatformWorld, check_pem

VERIFY = "/thim/v1/verify"
CANARY = {"name": "canary", "follow": "early", "max_demoted": "off"}
OUTSIDE = {"X-Forwarded-For": "192.0.2.1"}


def bearer(token):
    return {"Authorization": "Bearer " + token}


def minted(world, what="quote", **order):
    """As the simulated platform or chip makes it, with whatever else stands beside it."""
    try:
        return world.sim.control("POST", "/sim/" + what, order)
    except AssertionError as why:
        if "404" in str(why):
            raise Skip("this thim-sim mints nothing") from why
        raise


def quote_of(world, **order):
    return base64.b64decode(minted(world, **order)["quote"])


def report_of(world, **order):
    return base64.b64decode(minted(world, "report", **order)["report"])


def verify(world, evidence, target=VERIFY, headers=None):
    kind = {"Content-Type": "application/octet-stream"}
    return world.send_raw("POST", target, evidence, dict(kind, **(headers or {})))


def judged(world, evidence, target=VERIFY, headers=None):
    answer = verify(world, evidence, target, headers)
    equal(answer.status, 200, (answer.headers.items(), answer.body))
    equal(answer.header("Cache-Control"), "no-store")
    return answer.json()


def check_failure(world, evidence, failure, **rest):
    verdict = judged(world, evidence, **rest)
    equal((verdict["failure"], verdict["valid"], verdict["accepted"]),
          (failure, failure is None, failure is None), verdict)
    return verdict


def check_missing(answer, code):
    equal((answer.status, answer.header("THIM-Error")), (404, code), answer.body)
    told = answer.json()
    equal((told["error"]["code"], told["verdict"]["valid"], told["verdict"]["failure"]),
          (code, False, code))


# ---- what is judged --------------------------------------------------------------------

def a_true_quote_is_accepted_in_every_version_and_encoding():
    with PlatformWorld() as world:
        for order in ({"tee": "sgx", "version": 3}, {"tee": "tdx", "version": 4},
                      {"tee": "tdx", "version": 5}):
            quote = quote_of(world, **order)
            for body in (quote, quote.hex().encode(), base64.b64encode(quote)):
                verdict = check_failure(world, body, None)
                equal((verdict["tee"], verdict["status"], verdict["baseline"]),
                      (order["tee"], "UpToDate", "steady"))
        quote = quote_of(world)
        answer = verify(world, quote)
        equal((answer.header("THIM-Baseline"),
               answer.header("THIM-Evaluation-Data-Number")), ("steady", "17"))
        asked = {"quote": base64.b64encode(quote).decode(),
                 "policy": {"min_evaluation_data_number": 18}}
        verdict = judged(world, json.dumps(asked).encode(),
                         headers={"Content-Type": "application/json"})
        equal((verdict["valid"], verdict["accepted"], verdict["denied_by"]),
              (True, False, "min_evaluation_data_number"))
        check_failure(world, quote_of(world, defect=["quote_signature"]),
                      "invalid_quote_signature")


def the_admin_socket_says_the_same():
    with PlatformWorld() as world:
        quote = quote_of(world, tee="tdx")
        connection = UnixConnection(os.path.join(world.state, "admin.sock"))
        connection.request("POST", VERIFY, quote, {})
        told = json.loads(connection.getresponse().read())
        connection.close()
        equal(told, judged(world, quote))


# ---- under which law -------------------------------------------------------------------

def a_promotion_changes_the_verdict_and_nobody_goes_back():
    baselines = dict(AT_ONCE["baselines"], policies=[
        {"name": "steady", "max_demoted": "off", "choice": "newer"}, CANARY])
    with PlatformWorld(now="2026-11-13", config={"baselines": baselines}) as world:
        quote = quote_of(world, tcb=17)
        equal(judged(world, quote)["status"], "UpToDate")
        for target, headers in ((VERIFY + "?tcbEvaluationDataNumber=18", None),
                                ("/baseline/canary" + VERIFY, None),
                                (VERIFY, {"X-THIM-Baseline": "canary"})):
            verdict = judged(world, quote, target=target, headers=headers)
            equal((verdict["status"], verdict["valid"], verdict["accepted"]),
                  ("OutOfDate", True, False), target)
        world.at("2026-11-15")  # standard is 18 now
        verdict = judged(world, quote)
        equal((verdict["status"], verdict["evaluation_data_number"]), ("OutOfDate", 18))
        assert verdict["advisories"], verdict
        answer = verify(world, quote, VERIFY + "?tcbEvaluationDataNumber=17")
        equal((answer.status, answer.header("THIM-Error")), (403, "choice"), answer.body)
        assert answer.json()["error"]["remedy"]
        answer = verify(world, quote, headers={"X-THIM-Baseline": "nobody-s"})
        equal((answer.status, answer.header("THIM-Error")), (404, "baseline_unknown"))


def whom_the_operator_denies_is_not_valid():
    with PlatformWorld() as world:
        quote, other = quote_of(world), quote_of(world, platform=2)
        check_failure(world, quote, None)
        equal(command("deny", "add", "qe_id", world.platform()["qe_id"], "--why", "stolen",
                      state=world.state)[0], 0)
        verdict = check_failure(world, quote, "denied")
        equal(verdict["status"], "UpToDate", "what it runs is said all the same")
        check_failure(world, other, None)


def a_revoked_certificate_counts_from_the_next_list_on():
    with PlatformWorld() as world:
        quote = quote_of(world)
        check_failure(world, quote, None)
        world.sim.event("revoke_pck", platform=0)
        check_failure(world, quote, None)
        world.refresh()
        check_failure(world, quote, "pck_revoked")
        check_failure(world, quote_of(world, platform=2), None)


# ---- nobody is asked -------------------------------------------------------------------

def intel_may_be_gone():
    with PlatformWorld() as world:
        quote = quote_of(world, tee="tdx")
        world.sim.process.stop()
        check_failure(world, quote, None)
        world.at("2026-12-15", sims=False)  # the documents have run out
        verdict = judged(world, quote)
        equal(verdict["valid"], False)
        assert verdict["expired"], verdict


def what_nobody_here_knows_is_missing_and_not_asked_for():
    with PlatformWorld(intel={"fmspcs": [FIRST_FMSPC]}) as world:
        calls = world.sim.status()["requests"]["all"]
        check_missing(verify(world, quote_of(world, platform=1)), "tcb_info_missing")
        for kind in (1, 2, 3):
            check_missing(verify(world, quote_of(world, certification=kind)),
                          "pck_cert_missing")
        check_failure(world, quote_of(world, certification=4), None)
        equal(world.sim.status()["requests"]["all"], calls, "nobody was asked")
        status, out, _ = command_verify(world, quote_of(world, platform=1))
        equal((status, json.loads(out)["failure"]), (3, "tcb_info_missing"))


def command_verify(world, evidence):
    path = os.path.join(world.directory, "evidence")
    with open(path, "wb") as file:
        file.write(evidence)
    return command("verify", path, "--json", state=world.state)


def a_known_platform_s_quote_needs_no_chain():
    with PlatformWorld() as world:
        for index in (0, 1):  # of the Processor CA, and of the Platform CA
            platform = world.platform(index)
            equal(world.register(platform).status, 200)
            check_pem(world.pckcert(platform))
            for kind in (1, 2, 3, 4, 5):
                verdict = check_failure(
                    world, quote_of(world, platform=index, certification=kind), None)
                equal(verdict["status"] in ("UpToDate", "SWHardeningNeeded"), True)
            check_failure(world, quote_of(world, platform=index, certification=3,
                                          defect=["qe_report_signature"]),
                          "invalid_qe_report_signature")


def what_a_true_quote_shows_of_its_platform_is_kept():
    with PlatformWorld() as world:
        platform = world.platform(0)
        equal(world.register(platform).status, 200)
        check_pem(world.pckcert(platform))
        equal(world.show(platform)["tee_tcb_svn"], None)
        check_failure(world, quote_of(world, tee="tdx", defect=["quote_signature"]),
                      "invalid_quote_signature")
        world.refresh()  # whatever was to be written has been
        equal(world.show(platform)["tee_tcb_svn"], None)
        check_failure(world, quote_of(world, tee="tdx"), None)
        world.refresh()
        assert re.fullmatch("[0-9a-f]{32}", world.show(platform)["tee_tcb_svn"])


# ---- who may, and how much ---------------------------------------------------------------

def strangers_need_a_token_or_a_budget():
    with PlatformWorld() as world:
        quote = quote_of(world)
        for headers, status, code in (({}, 401, "no_token"), (bearer("x"), 401, "wrong_token"),
                                      (bearer(HOST), 403, "forbidden"),
                                      (bearer(READER), 200, None)):
            answer = verify(world, quote, headers=dict(OUTSIDE, **headers))
            equal((answer.status, answer.header("THIM-Error")), (status, code), headers)
        answer = world.send_raw("POST", "/thim/v1/explain", quote, OUTSIDE)
        equal(answer.status, 401)
        answer = world.send_raw("POST", "/thim/v1/explain", quote,
                                dict(OUTSIDE, **bearer(READER)))
        equal((answer.status, answer.json()["subject"]["by"]), (200, "quote"))
    limits = {"access": "anyone", "per_minute_per_address": 2}
    with PlatformWorld(config={"verify": limits}) as world:
        quote = quote_of(world)
        equal([verify(world, quote, headers=OUTSIDE).status for _ in range(2)], [200, 200])
        answer = verify(world, quote, headers=OUTSIDE)
        equal((answer.status, answer.header("THIM-Error")), (429, "budget"))
        assert int(answer.header("Retry-After")) > 0
        equal(world.send_raw("POST", "/thim/v1/explain", quote, OUTSIDE).status, 429,
              "of the same budget")
        equal(verify(world, quote, headers=dict(OUTSIDE, **bearer(READER))).status, 200)
        equal(verify(world, quote).status, 200, "this machine has none")


def status_of_head(world, length):
    """Announces a body, and hears what is said before it is sent."""
    with socket.create_connection(world.address, DEADLINE_S) as client:
        client.sendall(b"POST %s HTTP/1.1\r\nHost: thim\r\nContent-Length: %d\r\n\r\n"
                       % (VERIFY.encode(), length))
        return int(client.recv(4096).split()[1])


def a_body_has_its_bounds():
    with PlatformWorld() as world:
        quote = quote_of(world)
        check_failure(world, quote + bytes(1024 * 1024 - len(quote)), None)
        equal(status_of_head(world, 1024 * 1024 + 1), 413)
        for body in (b"", b"neither quote nor report"):
            answer = verify(world, body)
            equal((answer.status, answer.header("THIM-Error")), (400, "malformed"), body)
        own = {"evidence": base64.b64encode(quote).decode(), "tcb_info": {}}
        answer = verify(world, json.dumps(own).encode(),
                        headers={"Content-Type": "application/json"})
        equal((answer.status, answer.header("THIM-Error")), (400, "malformed"))
        assert "tcb_info" in answer.body.decode(), answer.body
        equal(world.get(VERIFY).status, 405)


# ---- SEV-SNP ---------------------------------------------------------------------------

class ReportWorld(AmdWorld, PlatformWorld):
    """send_raw is PlatformWorld's."""


def a_report_is_judged_by_the_certificate_that_is_held():
    minima = {"Milan": "db19000000000004"}
    baselines = {"policies": [{"name": "steady"}, {"name": "strict", "min_tcb": minima}]}
    with ReportWorld(config={"baselines": baselines}) as world:
        chip = world.chip(0)
        report = report_of(world, chip=0)
        calls = world.sim.calls("/vcek/v1/%(product)s/%(hwid)s" % chip)
        check_missing(verify(world, report), "vek_missing")
        equal(world.sim.calls("/vcek/v1/%(product)s/%(hwid)s" % chip), calls)
        equal(world.get(vcek_target(chip)).status, 200)
        verdict = check_failure(world, report, None)
        equal((verdict["tee"], verdict["status"], verdict["revocation"]),
              ("sev-snp", None, "checked"))
        verdict = judged(world, report, headers={"X-THIM-Baseline": "strict"})
        equal((verdict["status"], verdict["valid"], verdict["accepted"]),
              ("OutOfDate", True, False), verdict)
        told = world.send_raw("POST", "/thim/v1/explain", report, {})
        if told.status == 200:  # one of version 2 does not tell its product
            strict = [each for each in told.json()["baselines"] if each["name"] == "strict"]
            equal([(each["have"], each["need"]) for each in strict[0]["components"]
                   if each["name"] == "snpSPL"], [(0x18, 0x19)])
        world.sim.process.stop()
        check_failure(world, report, None)
        equal(command("deny", "add", "chip_id", chip["hwid"], "--why", "its seed is known",
                      state=world.state)[0], 0)
        check_failure(world, report, "denied")


tell(a_true_quote_is_accepted_in_every_version_and_encoding,
     the_admin_socket_says_the_same,
     a_promotion_changes_the_verdict_and_nobody_goes_back,
     whom_the_operator_denies_is_not_valid,
     a_revoked_certificate_counts_from_the_next_list_on,
     intel_may_be_gone,
     what_nobody_here_knows_is_missing_and_not_asked_for,
     a_known_platform_s_quote_needs_no_chain,
     what_a_true_quote_shows_of_its_platform_is_kept,
     strangers_need_a_token_or_a_budget,
     a_body_has_its_bounds,
     a_report_is_judged_by_the_certificate_that_is_held)
