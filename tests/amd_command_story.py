#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""thim amd: a fleet's VCEKs are fetched before anybody asks, moved to another site, and
written for those who read files."""

import base64
import json
import os

from amd import (PEM, AmdWorld, certificate_table, from_pem, to_pem, vcek_target,
                 vlek_target)
from harness import command, equal, tell

YES, NO = 0, 1


def asked(world, chips):
    """How often KDS has been asked for these chips' certificates."""
    return sum(world.sim.calls("/vcek/v1/%(product)s/%(hwid)s" % chip) for chip in chips)


def amd(world, *arguments, status=YES):
    """What the command says, as JSON."""
    code, out, err = command("amd", *arguments, "--json", state=world.state)
    equal(code, status, (arguments, out, err))
    return json.loads(out)


def write(world, name, content):
    path = os.path.join(world.directory, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def csv_of(world, chips):
    lines = ["product,chip_id,tcb_version"]
    lines += ["%(product)s,%(hwid)s,%(tcb_version)s" % chip for chip in chips]
    return write(world, "fleet.csv", "\n".join(lines).encode())


def fetched(world, path, count, *options):
    """Brings the list, and lets the clocks go on until all of it is held."""
    told = amd(world, "import", path, *options)
    for _ in range(count):
        if told["held"] == told["chips"]:
            break
        world.pass_seconds(60)
        told = amd(world, "import", path, *options)
    equal((told["held"], told["failed"], told["refused"]), (count, 0, 0), told)


# ---- stories ------------------------------------------------------------------------

def a_fleet_is_fetched_ahead_and_asked_of_amd_once():
    with AmdWorld() as world:
        chips = world.chips(0, 12)
        path = csv_of(world, chips)
        fetched(world, path, 12)
        equal(asked(world, chips), 12)
        told = amd(world, "import", path, "--wait")
        equal((told["added"], told["held"]), (0, 12))
        for chip in chips:
            equal(world.vcek(chip).status, 200)
        equal(asked(world, chips), 12)
        equal({(each["state"], each["known_by"]) for each in amd(world, "list")["chips"]},
              {("held", "operator")})


def a_kill_loses_no_wish():
    with AmdWorld() as world:
        chips = world.chips(0, 9)
        amd(world, "import", csv_of(world, chips))
        world.pass_seconds(30)
        counts = amd(world, "list")["counts"]
        assert 0 < counts["held"] < 9, counts
        kds = [each for each in world.status()["upstreams"] if each["name"] == "kds0"][0]
        equal(kds["queued"], {"known": counts["waiting"], "unknown": 0})
        shown = command("status", state=world.state)[1]
        assert "%d wait for their turn" % counts["waiting"] in shown, shown
        world.kill()
        world.start()
        equal(amd(world, "list")["counts"]["known"], 9)
        for _ in range(9):
            world.pass_seconds(30)
        equal(amd(world, "list")["counts"], {"known": 9, "held": 9, "waiting": 0})
        equal(asked(world, chips), 9, "none is fetched again")


def reports_and_urls_name_chips_too():
    with AmdWorld() as world:
        chips = world.chips(0, 3)
        for chip in chips:
            report = write(world, "report", base64.b64decode(chip["report"]))
            fetched(world, report, 1, "--product", chip["product"])
        url = "https://kdsintf.amd.com" + vcek_target(chips[0]) + "\n"
        told = amd(world, "import", write(world, "urls", url.encode()))
        equal((told["added"], told["held"]), (0, 1), "it is the same certificate")


def what_was_exported_comes_back_without_the_vendor():
    with AmdWorld() as world:
        chips = world.chips(0, 3)
        fetched(world, csv_of(world, chips), 3)
        out = os.path.join(world.directory, "offline")
        equal(amd(world, "export", "--offline-store", out)["written"], 3)
        for chip in chips:
            equal(amd(world, "forget", chip["hwid"])["forgotten"], 1)
        told = amd(world, "import", out)
        equal((told["certificates"], told["chips"]), ({"brought": 3, "taken": 3}, 0))
        equal(amd(world, "list")["counts"], {"known": 3, "held": 3, "waiting": 0})
        equal(asked(world, chips), 3, "what was brought is not fetched")


def vleks_come_by_import_in_every_form():
    with AmdWorld(flavour=("--vlek",)) as world:
        chips = world.chips(0, 3)
        ders = [world.vendor(vlek_target(chip)).body for chip in chips]
        for chip in chips:
            answer = world.get(vlek_target(chip))
            equal((answer.status, answer.header("THIM-Error")), (404, "not_held"))
        ark = from_pem(PEM.findall(world.vendor("/vlek/v1/Turin/cert_chain").body.decode())[1])
        forged = ders[0][:-1] + bytes([ders[0][-1] ^ 1])
        told = amd(world, "import", write(world, "forged", forged), status=NO)
        equal((told["certificates"], told["refused"]), ({"brought": 1, "taken": 0}, 1))
        forms = [ders[0], to_pem(ders[1]).encode(), certificate_table(vlek=ders[2], ark=ark)]
        for chip, der, form in zip(chips, ders, forms):
            told = amd(world, "import", write(world, "vlek", form))
            equal((told["certificates"], told["chips"]), ({"brought": 1, "taken": 1}, 0))
            equal((world.get(vlek_target(chip)).status, world.get(vlek_target(chip)).body),
                  (200, der), chip["product"])
        equal({(each["kind"], each["chip_id"], each["known_by"], each["state"])
               for each in amd(world, "list")["chips"]},
              {("VLEK", None, "operator", "held")})
        world.restart()
        equal([world.get(vlek_target(chip)).body for chip in chips], ders)
        equal(world.sim.status()["requests"]["by_kind"]["vlek"], 3, "by this story alone")


def a_table_brings_a_vcek():
    with AmdWorld() as world:
        chip = world.chip()
        der = world.vendor(vcek_target(chip)).body
        world.sim.faults({"fault": "503", "match": {"kind": "vcek"}})
        amd(world, "import", write(world, "table", certificate_table(vcek=der)))
        equal((world.vcek(chip).status, world.vcek(chip).body), (200, der))


def a_chip_is_forgotten_by_the_beginning_of_its_id():
    with AmdWorld() as world:
        chips = world.chips(0, 2)
        fetched(world, csv_of(world, chips), 2)
        equal(amd(world, "forget", chips[0]["hwid"][:16])["forgotten"], 1)
        equal(amd(world, "list")["counts"]["known"], 1)
        amd(world, "forget", chips[0]["hwid"][:16], status=NO)


def a_host_file_is_what_sidecars_read():
    with AmdWorld() as world:
        chip = world.chip()
        fetched(world, csv_of(world, [chip]), 1)
        path = os.path.join(world.directory, "host-amd-cert-base64")
        amd(world, "export", "--host-file", path, "--chip", chip["hwid"], "--tcb",
            chip["tcb_version"])
        with open(path, "rb") as file:
            told = json.loads(base64.b64decode(file.read(), validate=True))
        equal(sorted(told), ["cacheControl", "certificateChain", "tcbm", "vcekCert"])
        equal(told["tcbm"], chip["tcb_version"])
        equal(told["certificateChain"].count("BEGIN CERTIFICATE"), 2)


tell(a_fleet_is_fetched_ahead_and_asked_of_amd_once,
     a_kill_loses_no_wish,
     reports_and_urls_name_chips_too,
     what_was_exported_comes_back_without_the_vendor,
     vleks_come_by_import_in_every_form,
     a_table_brings_a_vcek,
     a_chip_is_forgotten_by_the_beginning_of_its_id,
     a_host_file_is_what_sidecars_read)
