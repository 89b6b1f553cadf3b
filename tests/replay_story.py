#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The main job on what Intel and AMD have really signed: replayed, verified to their own
roots."""

import glob
import json
import os

from amd import METADATA, PEM, from_pem, stamp_after
from fleets import number_of
from harness import command, equal, shared, tell
from replays import ReplayedWorld

# dates at which the captured data holds a whole set
DATES = ["2024-12-25T00:00:00Z", "2025-06-20T00:00:00Z", "2026-02-20T00:00:00Z",
         "2026-08-13T12:00:00Z"]


# and at which every VCEK but the VLEK is valid
AMD_DATE = "2026-07-01T00:00:00Z"


def story_of(moment):
    def story():
        with ReplayedWorld(moment) as world:
            status = world.status()
            equal(status["roots"] and {root["origin"] for root in status["roots"]},
                  {"pinned"})
            infos = [item for item in status["items"] if item["kind"] == "tcb_info"]
            assert infos, status
            for item in status["items"]:
                assert item["in_date"], item
            for info in infos:
                if "standard" in info["update"]:
                    answer = world.tcb_info(info["fmspc"].upper(), tee=info["tee"])
                    equal(answer.status, 200, info["name"])
                    equal(answer.json()["tcbInfo"]["issueDate"], info["issue_date"])
    story.__name__ = "everything captured and valid on %s is verified and served" \
        % moment[:10]
    return story


def early_and_standard_stand_side_by_side_in_june_2025():
    fmspc = "00906ed50000"
    with ReplayedWorld("2025-06-20T00:00:00Z") as world:
        equal(number_of(world.tcb_info(fmspc)), 17)
        equal(number_of(world.tcb_info(fmspc, update="standard")), 17)
        equal(number_of(world.tcb_info(fmspc, update="early")), 19)
        equal(number_of(world.tcb_info(fmspc, tcbEvaluationDataNumber=19)), 19)
        for update, number in (("standard", 17), ("early", 19)):
            equal(number_of(world.get("/sgx/certification/v4/qe/identity?update="
                                      + update)), number, "the identity is of the set")


# ---- AMD ------------------------------------------------------------------------------

def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


def replayed_kds(moment, crl="optional"):
    """No CRL of AMD's was captured."""
    world = ReplayedWorld(moment, amd={"crl": crl})
    equal({root["origin"] for root in world.status()["roots"]}, {"pinned"})
    return world


def amd_import(world, *arguments, status):
    code, out, err = command("amd", "import", "--json", *arguments, state=world.state)
    equal(code, status, (out, err))
    return json.loads(out)


def every_chip_that_made_a_report_is_given_its_vcek():
    with replayed_kds(AMD_DATE) as world:
        pairs = [(os.path.dirname(path), bytes_of(path)) for path in
                 glob.glob(shared("vectors", "amd") + "/*/*/vcek.der")]
        for product in ("Milan", "Genoa"):
            reports = [folder + "/report.bin" for folder, _ in pairs
                       if "/%s/" % product.lower() in folder]
            told = amd_import(world, "--product", product, *reports, status=0)
            for _ in range(2 * len(reports)):
                if told["held"] == told["chips"]:
                    break
                world.at(stamp_after(world.now, 60))
                told = amd_import(world, "--product", product, *reports, status=0)
            equal((told["held"], told["failed"]), (told["chips"], 0))
            assert told["chips"] >= len(reports) - 1, "one chip has reported twice"
        code, out, _ = command("amd", "list", "--json", state=world.state)
        equal(code, 0)
        genuine = {der for _, der in pairs} | {
            bytes_of(path) for path in
            glob.glob(shared("vectors", "amd") + "/*/other-vcek/*.der")}
        for chip in json.loads(out)["chips"]:
            equal(chip["revocation_checked"], False)
            answer = world.get("/SevSnpVM/certificates/%(chip_id)s/%(tcb_version)s" % chip)
            assert from_pem(PEM.findall(answer.body.decode())[0]) in genuine, chip
        shown = command("amd", "list", state=world.state)[1]
        equal(shown.count("not checked for revocation"), len(json.loads(out)["chips"]))


def chip_id_of(der):
    """What stands behind the OID 1.3.6.1.4.1.3704.1.4 and the header of 64 bytes."""
    return der.split(bytes.fromhex("06092b060104019c7801040440"))[1][:64]


def azures_answers_are_given_again():
    with replayed_kds(AMD_DATE) as world:
        for path in glob.glob(shared("vectors", "amd", "thim") + "/*.json"):
            told = json.loads(bytes_of(path))
            answer = world.get("%s?platformId=%s&tcbVersion=%s" % (
                METADATA, chip_id_of(from_pem(told["vcekCert"])).hex(), told["tcbm"]),
                {"Metadata": "true"})
            equal((answer.status, answer.json()), (200, told), path)
            world.at(stamp_after(world.now, 60))


def without_a_crl_nothing_is_given_where_one_is_required():
    with replayed_kds(AMD_DATE, crl="required") as world:
        report = bytes_of(shared("vectors", "amd", "milan", "sidecar-v2", "report.bin"))
        answer = world.get("/SevSnpVM/certificates/%s/7308000000000003"
                           % report[0x1a0:0x1e0].hex())
        equal((answer.status, answer.header("THIM-Error")), (429, "untrusted"))
        ready = world.get("/readyz")
        equal((ready.status, ready.header("THIM-Error-Message")),
              (503, "no valid set of AMD's is held; in date there is no CRL"))


def what_amd_has_not_signed_or_not_for_now_is_not_taken():
    vlek = shared("vectors", "amd", "milan", "trustee-vlek-v2", "vlek.der")
    with replayed_kds(AMD_DATE) as world:
        for path, why in [
                (vlek, "notAfter was 2025-05-05T21:14:27Z"),
                (shared("vectors", "amd", "negative", "vcek-invalid-legacy.der"),
                 "SEV-Milan\\x22: signature does not hold")]:
            told = amd_import(world, path, status=1)
            equal(told["certificates"], {"brought": 1, "taken": 0})
            assert why in told["refusals"][0]["why"], told
    with replayed_kds("2025-01-15T00:00:00Z") as world:
        told = amd_import(world, vlek, status=0)
        equal(told["certificates"], {"brought": 1, "taken": 1})
        code, out, _ = command("amd", "list", "--json", state=world.state)
        equal([(chip["kind"], chip["product"], chip["state"])
               for chip in json.loads(out)["chips"]], [("VLEK", "Milan", "held")])


tell(*[story_of(moment) for moment in DATES],
     early_and_standard_stand_side_by_side_in_june_2025,
     every_chip_that_made_a_report_is_given_its_vcek,
     azures_answers_are_given_again,
     without_a_crl_nothing_is_given_where_one_is_required,
     what_amd_has_not_signed_or_not_for_now_is_not_taken)
