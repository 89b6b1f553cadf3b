#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every quote and report that the simulator can mint, before the engine: what is good is
believed, and what is not is refused by the check that is for it."""

import http.client
import json
import os
import subprocess
import tempfile

import quotes
from harness import BUILD, DEADLINE_S, Simulator, World, ask, equal, tell
from platforms import PlatformWorld

FORMAT, CHAIN = "unsupported_quote_format", "pck_cert_chain_invalid"
UNTRUSTED, EXPIRED = "pck_cert_chain_untrusted", "pck_cert_chain_expired"
SIGNATURE, QE_SIGNATURE = "invalid_quote_signature", "invalid_qe_report_signature"
QE_DATA, QE, MODULE = ("invalid_qe_report_data", "qe_identity_mismatch",
                       "tdx_module_mismatch")
NO_QUOTE = "neither a quote nor a report"

# Of each defect, the check that fails; None: nobody minds.
QUOTE_DEFECTS = {
    "version_unknown": NO_QUOTE, "tee_type_unknown": NO_QUOTE,
    "key_type": FORMAT, "tee_type_other": FORMAT, "vendor": FORMAT, "reserved": None,
    "body_type_unknown": FORMAT, "body_type_other": FORMAT, "body_size_short": FORMAT,
    "body_size_long": FORMAT, "body_padded": FORMAT,
    "signature_data_short": FORMAT, "signature_data_long": FORMAT,
    "signature_data_padded": FORMAT,
    "auth_data_short": FORMAT, "auth_data_long": FORMAT, "auth_data_padded": QE_DATA,
    "qe_certification_short": FORMAT, "qe_certification_long": FORMAT,
    "qe_certification_padded": FORMAT,
    "certification_data_short": FORMAT, "certification_data_long": FORMAT,
    "certification_data_padded": CHAIN,
    "outer_type": FORMAT, "inner_type_0": FORMAT, "inner_type_6": FORMAT,
    "inner_type_7": FORMAT,
    "quote_signature": SIGNATURE, "quote_signature_zero": SIGNATURE,
    "body_edited": SIGNATURE,
    "qe_report_signature": QE_SIGNATURE, "qe_report_edited": QE_SIGNATURE,
    "attestation_key_other": QE_DATA, "attestation_key_off_curve": FORMAT,
    "qe_report_data": QE_DATA, "qe_report_data_upper": QE_DATA,
    "qe_mrsigner": QE, "qe_isvprodid": QE, "qe_miscselect": QE, "qe_attributes": QE,
    "qe_debug": QE, "qe_other_tee": QE,
    "seam_signer": MODULE, "seam_attributes": MODULE, "module_unknown": MODULE,
    "foreign_root": UNTRUSTED, "pck_signature": UNTRUSTED,
    "chain_order": None, "chain_without_root": CHAIN, "chain_leaf_alone": CHAIN,
    "pck_other": QE_SIGNATURE, "pck_unreadable": CHAIN,
    "pck_expired": EXPIRED, "pck_future": EXPIRED,
}

REPORT, REPORT_SIGNATURE = "unsupported_report_format", "invalid_report_signature"
REPORT_DEFECTS = {
    "signature": REPORT_SIGNATURE, "signature_zero": REPORT_SIGNATURE,
    "body_edited": REPORT_SIGNATURE,
    "r_long": REPORT, "s_long": REPORT, "signature_tail": REPORT, "algorithm": REPORT,
    "version_low": REPORT, "version_unknown": REPORT, "policy_17": REPORT,
    "signer_none": "report_unsigned", "signer_unknown": REPORT, "reserved": REPORT,
    "signer_other": "vek_mismatch", "cpuid_other": "vek_mismatch",
    "chip_other": "vek_mismatch", "product_other": "vek_mismatch",
    "tcb_other": "vek_tcb_mismatch",
    "vek_signature": "vek_chain_untrusted", "foreign_root": "vek_chain_untrusted",
    "chain_other": "vek_chain_untrusted",
    "vek_expired": "vek_chain_expired", "vek_future": "vek_chain_expired",
    "chain_expired": "vek_chain_expired",
    "revoked": "vek_issuer_revoked", "crl_other": "amd_crl_invalid",
    "crl_expired": "crl_expired",
}


def failure_of(world, **members):
    """The check that a quote with these members fails; None where it is valid."""
    evidence = quotes.quote(world.sim, **members)
    answer = quotes.judge(world, evidence)
    if answer.status == 400:
        assert "neither as a quote" in answer.json()["error"]["message"], answer.body
        return NO_QUOTE
    equal(answer.status, 200, (members, answer.body))
    found = answer.json()
    equal(found["valid"], found["failure"] is None, members)
    return found["failure"]


def every_kind_of_quote_is_believed():
    with World(fmspcs=4) as world:
        for members in ({}, {"version": 4}, {"version": 5}, {"tee": "tdx"},
                        {"version": 5, "body": "td10"}, {"body": "td15"},
                        {"body": "td15ex"}, {"platform": 1}, {"auth_data_len": 0},
                        {"auth_data_len": 60000}, {"certification": 4}):
            found = quotes.verdict(world, quotes.quote(world.sim, **members))
            equal((found["valid"], found["status"], found["accepted"]),
                  (True, "UpToDate", True), (members, found["why"]))
            equal(found["tee"], "tdx" if {"tee", "body"} & set(members) else "sgx")
            equal(found["quote"]["version"],
                  members.get("version", 3 if found["tee"] == "sgx"
                              else 5 if "body" in members else 4), members)


def a_platform_that_is_known_need_not_bring_its_certificate():
    with PlatformWorld(fmspcs=2) as world:
        known, unknown = world.platform(0), world.platform(2)
        equal(world.register(known).status, 200)
        for certification in (1, 2, 3):
            quote = quotes.quote(world.sim, platform=0, certification=certification)
            found = quotes.verdict(world, quote)
            equal((found["valid"], found["quote"]["qe_id"]), (True, known["qe_id"]),
                  found["why"])
            quote = quotes.quote(world.sim, platform=2, certification=certification)
            answer = quotes.judge(world, quote)
            equal((answer.status, answer.json()["error"]["code"]),
                  (404, "pck_cert_missing"))
            assert unknown["qe_id"] in answer.json()["error"]["message"]


def a_level_is_told_as_it_is():
    launch, now = "0a010f" + 26 * "0", "0f0113" + 26 * "0"
    with World(fmspcs=2) as world:
        for members, status, valid in (
                ({}, "UpToDate", True), ({"tcb": 17}, "UpToDate", True),
                ({"tcb": 16}, "OutOfDate", True), ({"qe_isvsvn": 16}, "OutOfDate", True),
                ({"tcb": 12}, "NotSupported", False),
                ({"platform": 1, "tcb": 16}, "OutOfDate", True),
                ({"body": "td15", "tcb": 16}, "OutOfDate", True),
                ({"body": "td15", "tee_tcb_svn": launch, "tee_tcb_svn2": now},
                 "TDRelaunchAdvised", True),
                ({"body": "td15", "tee_tcb_svn": now, "tee_tcb_svn2": launch},
                 "UpToDate", True)):
            found = quotes.verdict(world, quotes.quote(world.sim, **members))
            equal((found["status"], found["valid"]), (status, valid), members)


def what_happens_in_the_world_shows_in_its_quotes():
    with World(fmspcs=2) as world:
        equal(failure_of(world), None)
        world.sim.event("revoke_pck", platform=0)
        assert world.refresh()
        equal(failure_of(world), "pck_revoked")
        equal(failure_of(world, platform=2), None)


def every_defect_of_a_quote_is_named():
    with World(fmspcs=4) as world:
        equal(sorted(quotes.defects("quote")), sorted(QUOTE_DEFECTS))
        for defect, check in QUOTE_DEFECTS.items():
            equal(failure_of(world, body="td15", defect=defect), check, defect)
            if not defect.startswith(("body_", "seam_", "module_")):
                equal(failure_of(world, version=4, defect=defect), check, defect)


def a_quote_that_is_cut_or_has_a_bit_turned_is_nobodys():
    with World(fmspcs=1) as world:
        whole = quotes.quote(world.sim, tee="tdx")
        for length in (1, 47, 48, 631, 636, 764, 1258, len(whole) - 1):
            answer = quotes.judge(world, whole[:length])
            assert answer.status == 400 or answer.json()["failure"] == FORMAT, length
        for offset, check in ((12, FORMAT), (28, SIGNATURE), (48, SIGNATURE),
                              (705, QE_DATA), (1225, QE_DATA), (1160, QE_SIGNATURE)):
            equal(failure_of(world, tee="tdx", flip="%d:3" % offset), check, offset)
        found = quotes.verdict(world, quotes.quote(world.sim, tee="tdx", trailing=70))
        equal((found["valid"], found["quote"]["trailing"]), (True, 70))


# ---- SEV-SNP --------------------------------------------------------------------------------

class Bench:
    """A simulator, and `thim verify` beside it with what the report came with."""

    def __init__(self):
        self.sim = Simulator()
        self.place = tempfile.TemporaryDirectory()
        self.roots = {}

    def write(self, name, content):
        path = os.path.join(self.place.name, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def root(self, product):
        if product not in self.roots:
            answer = ask(http.client.HTTPConnection(*self.sim.address, timeout=DEADLINE_S),
                         "GET", "/sim/amd/ark.pem?product=" + product)
            equal(answer.status, 200)
            self.roots[product] = self.write(product + ".pem", answer.body)
        return self.roots[product]

    def verdict(self, product="Milan", root=None, **members):
        minted = quotes.report(self.sim, product=product, **members)
        command = [os.path.join(BUILD, "thim"), "verify",
                   self.write("report", minted.report),
                   "--vek", self.write("vek", minted.vek),
                   "--chain", self.write("chain", minted.chain),
                   "--crl", self.write("crl", minted.crl),
                   "--root", self.root(root or product), "--at", "2026-11-01T00:00:00Z", "--json"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=DEADLINE_S, check=False)
        return json.loads(done.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sim.stop()
        self.place.cleanup()


def every_kind_of_report_is_believed():
    with Bench() as bench:
        for product, chip in (("Milan", 9), ("Genoa", 10), ("Turin", 11)):
            for members in ({}, {"version": 3}, {"version": 5}, {"vlek": True},
                            {"vmpl": 2}, {"debug": True}):
                found = bench.verdict(product, chip=chip, **members)
                equal((found["valid"], found["product"], found["revocation"]),
                      (True, product, "checked"), (members, found["why"]))
                equal(found["vek"]["kind"], "VLEK" if "vlek" in members else "VCEK")
                equal(found["report"]["vmpl"], members.get("vmpl", 0))
                equal(found["accepted"], "debug" not in members)
        equal(bench.verdict("Milan", chip=0, version=2)["valid"], True)


def every_defect_of_a_report_is_named():
    with Bench() as bench:
        equal(sorted(quotes.defects("report")), sorted(REPORT_DEFECTS))
        for defect, check in REPORT_DEFECTS.items():
            signer = "Genoa" if defect == "product_other" else "Milan"
            found = bench.verdict(chip=9, version=3, defect=defect, root=signer)
            equal(found["failure"], check, (defect, found))


if __name__ == "__main__":
    tell(every_kind_of_quote_is_believed,
         a_platform_that_is_known_need_not_bring_its_certificate,
         a_level_is_told_as_it_is,
         what_happens_in_the_world_shows_in_its_quotes,
         every_defect_of_a_quote_is_named,
         a_quote_that_is_cut_or_has_a_bit_turned_is_nobodys,
         every_kind_of_report_is_believed,
         every_defect_of_a_report_is_named)
