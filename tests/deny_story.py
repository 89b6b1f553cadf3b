#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""thim deny: what the operator has given up on is given nothing from then on, whatever its
vendor signs, until the operator thinks better of it."""

import json
import os
import subprocess

from amd import AmdWorld
from harness import BUILD, DEADLINE_S, command, equal, tell
from platforms import PlatformWorld, check_pem

YES, NO, USAGE = 0, 1, 2


def deny(world, *arguments, status=YES):
    code, out, err = command("deny", *arguments, state=world.state)
    equal(code, status, (arguments, out, err))
    return out + err


def entries(world):
    return json.loads(deny(world, "list", "--json"))["entries"]


def deny_file(world):
    return os.path.join(world.state, "deny.yaml")


def check_denied(answer, why):
    equal((answer.status, answer.header("THIM-Error")), (403, "denied"))
    if answer.body:
        assert why in answer.body.decode(), answer.body


# ---- stories ------------------------------------------------------------------------

def a_denied_platform_is_given_nothing_until_it_is_forgiven():
    with PlatformWorld() as world:
        platform, other = world.platform(0), world.platform(2)
        check_pem(world.pckcert(platform))
        check_pem(world.pckcert(other))
        deny(world, "add", "qe_id", platform["qe_id"], "--why", "taken out of its rack")
        check_denied(world.pckcert(platform), "taken out of its rack")
        check_denied(world.pckcert(platform, {"Metadata": "true"}), "taken out of its rack")
        check_pem(world.pckcert(other), other)
        equal(world.doctor(platform)["ailment"], "denied")
        calls = world.sim.calls("pckcert")
        world.restart()
        check_denied(world.pckcert(platform), "taken out of its rack")
        equal(world.sim.calls("pckcert"), calls, "nobody was asked for it")
        deny(world, "remove", "qe_id", platform["qe_id"])
        check_pem(world.pckcert(platform), platform)
        world.restart()
        equal(entries(world), [])


def a_whole_fmspc_may_be_given_up():
    with PlatformWorld() as world:
        platform = world.platform()
        check_pem(world.pckcert(platform))
        fmspc = world.platforms()[0]["fmspc"]
        deny(world, "add", "fmspc", fmspc.upper(), "--why", "too old", "--by", "Jo",
             "--until", "2026-12-01T00:00:00Z")
        check_denied(world.pckcert(platform), "too old")
        equal(entries(world), [{"kind": "fmspc", "value": fmspc, "why": "too old",
                                "by": "Jo", "until": "2026-12-01T00:00:00Z",
                                "in_force": True}])
        equal(world.tcb_info(fmspc).status, 200, "collateral is for everyone")
        world.at("2026-12-01")
        check_pem(world.pckcert(platform), platform)
        equal(entries(world)[0]["in_force"], False)


def a_denied_chip_is_refused_on_each_of_azures_and_amds_paths():
    with AmdWorld() as world:
        chip, other = world.chip(0), world.chip(1)
        equal(world.vcek(chip).status, 200)
        deny(world, "add", "chip_id", chip["hwid"], "--why", "its seed is known")
        check_denied(world.vcek(chip), "its seed is known")
        query = "?platformId=%(hwid)s&tcbVersion=%(tcb_version)s" % chip
        check_denied(world.metadata(query), "its seed is known")
        check_denied(world.get("/SevSnpVM/certificates/%(hwid)s/%(tcb_version)s" % chip), "")
        equal(world.get("/vcek/v1/%(product)s/cert_chain" % chip).status, 200)
        deny(world, "add", "chip_id", other["hwid"], "--why", "never seen")
        calls = world.sim.calls("/vcek/v1/%(product)s/%(hwid)s" % other)
        check_denied(world.vcek(other), "never seen")
        equal(world.sim.calls("/vcek/v1/%(product)s/%(hwid)s" % other), calls)
        deny(world, "remove", "chip_id", chip["hwid"])
        equal(world.vcek(chip).status, 200)


def each_change_is_in_the_audit():
    with PlatformWorld() as world:
        platform = world.platform()
        deny(world, "add", "qe_id", platform["qe_id"], "--why", "lost")
        deny(world, "remove", "qe_id", platform["qe_id"])
        answer = world.admin("GET", "/thim/v1/audit?limit=10")
        told = [(each["what"], each["outcome"]) for each in answer.json()["entries"]
                if each["what"] == "deny"]
        equal(sorted(told), [("deny", "added: lost"), ("deny", "removed")])
        assert platform["qe_id"] not in answer.body.decode()


def the_answer_may_be_no():
    with PlatformWorld() as world:
        fmspc = "00906ed50000"
        deny(world, "add", "fmspc", fmspc, "--why", "old")
        assert "already" in deny(world, "add", "fmspc", fmspc, "--why", "old", status=NO)
        deny(world, "remove", "fmspc", "30606a000000", status=NO)
        deny(world, "add", "fmspc", "30606a", "--why", "old", status=USAGE)
        deny(world, "add", "fmspc", "30606a000000", status=USAGE)
        equal(len(entries(world)), 1)


def a_broken_file_refuses_a_start_and_names_the_line():
    with PlatformWorld(start=False) as world:
        os.makedirs(world.state)
        with open(deny_file(world), "w") as file:
            file.write("deny:\n  - fmspc: 00906ed50000\n    why: old\n    by: Jo\n"
                       "  - fmspc: 00906e\n    why: older\n    by: Jo\n")
        done = subprocess.run([os.path.join(BUILD, "thimd"), "--config", world.config_file,
                               "--state", world.state, "--clock", "step:" + world.now],
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=DEADLINE_S, check=False)
        assert done.returncode != 0
        assert b"deny.yaml:5: " in done.stderr, done.stderr
        os.remove(deny_file(world))
        world.start()
        equal(entries(world), [])


tell(a_denied_platform_is_given_nothing_until_it_is_forgiven,
     a_whole_fmspc_may_be_given_up,
     a_denied_chip_is_refused_on_each_of_azures_and_amds_paths,
     each_change_is_in_the_audit,
     the_answer_may_be_no,
     a_broken_file_refuses_a_start_and_names_the_line)
