#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""thim verify and thim explain as those use them who were handed a quote or a report:
by files alone, by the running service, by another THIM at a URL."""

import base64
import csv
import http.client
import json
import os
import shutil
import subprocess
import tempfile
from urllib.parse import unquote

from harness import BUILD, DEADLINE_S, FIRST_FMSPC, Skip, World, ask, command, equal, \
    shared, tell
from replays import ReplayedWorld

YES, NO, USAGE, AWAY = 0, 1, 2, 3
# how SGX and TDX statuses are called where the vectors' own notes have other words
STATUS_WORDS = {"TCB level not matched": "NotSupported"}
# at which the captured data has a whole set
REPLAYED_AT = "2024-12-25T00:00:00Z"
TDX = ("intel/quotes/tdx/teepot-tdx-1.bin", "2024-12-05T13:55:35Z")
MILAN, AMD_AT = "amd/milan/virtee-v2/", "2026-11-01T00:00:00Z"


def vectors(*below):
    return shared("vectors", *below)


def cases(name):
    with open(vectors(name), encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def verified(*arguments, data=None):
    """(exit status, the object) of a call that must print one, whatever the outcome."""
    done = subprocess.run([os.path.join(BUILD, "thim"), "verify", *arguments, "--json"],
                          input=data, stdin=subprocess.DEVNULL if data is None else None,
                          capture_output=True, timeout=DEADLINE_S, check=False)
    return done.returncode, json.loads(done.stdout)


def written(place, name, content):
    path = os.path.join(place, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def content_of(path):
    with open(path, "rb") as file:
        return file.read()


# ---- quotes, by files -----------------------------------------------------------------------

def files_of(case):
    """The options that name each of the case's files."""
    chain = vectors("intel", "certs", "issuer-chains", "tcb-signing-%s-chain.pem"
                    % ("2018" if case["at (UTC)"] < "2025-05-10" else "2025"))
    options = ["--signing-chain", chain, "--at", case["at (UTC)"]]
    for option, column in (("--tcb-info", "tcbinfo"), ("--qe-identity", "qe identity"),
                           ("--root-crl", "root crl"), ("--pck-crl", "pck crl")):
        if case[column] not in ("", "-"):
            options += [option, vectors(case[column])]
    return options


def every_case_has_the_status_that_was_computed_for_it():
    seen = 0
    for case in cases("CASES.tsv"):
        status, found = verified(vectors(case["quote"]), *files_of(case))
        expected = case["tcbStatus computed here"]
        expected = STATUS_WORDS.get(expected, expected)
        if expected not in ("", "-"):
            equal(found["status"], expected, case["case"])
            seen += 1
        if found["valid"]:
            equal(found["failure"], None, case["case"])
            equal(status, YES if found["accepted"] else NO, case["case"])
        else:
            assert found["failure"] and found["why"], (case["case"], found)
            equal(found["accepted"], False, case["case"])
        advisories = case["advisories computed here"]
        if found["valid"] and advisories not in ("", "-"):
            equal(found["advisories"],
                  sorted(advisories.replace(",", " ").replace(";", " ").split()),
                  case["case"])
    assert seen > 30, seen


def the_directory_finds_what_the_files_are():
    for case in cases("CASES.tsv"):
        if case["tcbinfo"] in ("", "-") or "-eval" not in case["tcbinfo"]:
            continue
        number = case["tcbinfo"].split("-eval")[1].split("-")[0]
        _, by_files = verified(vectors(case["quote"]), *files_of(case))
        _, by_directory = verified(vectors(case["quote"]), "--collateral", vectors(),
                                   "--at", case["at (UTC)"], "--number", number)
        if by_files["status"] is not None:
            equal(by_directory["status"], by_files["status"], case["case"])
        if by_files["valid"]:
            equal((by_directory["valid"], by_directory["failure"]), (True, None),
                  (case["case"], by_directory["files"]))


def evidence_is_taken_for_what_it_is():
    raw = content_of(vectors(TDX[0]))
    text = base64.b64encode(raw)
    lines = b"\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    forms = {"raw": raw, "hex": raw.hex().encode() + b"\n", "base64": text,
             "base64url": base64.urlsafe_b64encode(raw).rstrip(b"="),
             "PEM": b"-----BEGIN TDX QUOTE-----\n" + lines
                    + b"\n-----END TDX QUOTE-----\n"}
    assert b"-" in forms["base64url"] or b"_" in forms["base64url"]
    options = ("--collateral", vectors(), "--at", TDX[1])
    with tempfile.TemporaryDirectory() as place:
        for encoding, form in forms.items():
            for name, data in ((written(place, "evidence", form), None), ("-", form)):
                status, found = verified(name, *options, data=data)
                equal((status, found["valid"], found["status"]), (YES, True, "UpToDate"),
                      encoding)
                equal(found["taken_for"],
                      {"kind": "quote", "encoding": encoding, "bytes": len(raw)})
        status, found = verified(written(place, "cut", raw[:-1]), *options)
        equal((status, found["failure"]), (NO, "unsupported_quote_format"))


def one_byte_else_is_not_valid_and_says_which_check():
    raw = content_of(vectors(TDX[0]))
    options = ("--collateral", vectors(), "--at", TDX[1])
    # by reference verification.md, 1.3 and 1.4
    places = {0: "unsupported_quote_format", 12: "unsupported_quote_format",
              48 + 136: "invalid_quote_signature", 636: "invalid_quote_signature",
              700: "invalid_qe_report_data", 770: "invalid_qe_report_signature",
              1154: "invalid_qe_report_signature"}
    for offset, failure in places.items():
        other = bytearray(raw)
        other[offset] ^= 1
        status, found = verified("-", *options, data=bytes(other))
        equal((status, found["valid"], found["failure"]), (NO, False, failure), offset)
        equal(found["accepted"], False)


def what_is_missing_is_told_from_no():
    case = [each for each in cases("CASES.tsv") if each["quote"] == TDX[0]][0]
    options, quote = files_of(case), vectors(TDX[0])
    equal(verified(quote, *options)[0], YES)
    for option, failure in (("--tcb-info", "tcb_info_missing"),
                            ("--qe-identity", "enclave_identity_missing"),
                            ("--root-crl", "root_ca_crl_missing"),
                            ("--pck-crl", "pck_crl_missing")):
        at = options.index(option)
        status, found = verified(quote, *options[:at], *options[at + 2:])
        equal((status, found["valid"], found["failure"]), (AWAY, False, failure))
    status, found = verified(quote, "--collateral", vectors(), "--at", TDX[1],
                             "--number", "99")
    equal((status, found["failure"]), (AWAY, "tcb_info_missing"))


def a_day_too_late_names_what_has_expired_and_the_status_all_the_same():
    case = [each for each in cases("CASES.tsv") if each["quote"] == TDX[0]][0]
    options = [*files_of(case), "--at", "2025-01-05T00:00:00Z"]
    status, found = verified(vectors(TDX[0]), *options)
    equal((status, found["valid"], found["status"]), (NO, False, "UpToDate"))
    assert "tcb_info" in found["expired"] and "pck_crl" in found["expired"], found
    assert found["failure"].endswith("_expired"), found
    shown = command("verify", vectors(TDX[0]), *options)[1]
    assert shown.startswith("NOT VALID (") and "EXPIRED" in shown, shown


def a_policy_moves_accepted_and_never_valid():
    options = ("--collateral", vectors(), "--at", TDX[1], "--number", "17")
    with tempfile.TemporaryDirectory() as place:
        for policy, denied in (({}, None),
                               ({"min_evaluation_data_number": 17}, None),
                               ({"min_evaluation_data_number": 18},
                                "min_evaluation_data_number"),
                               ({"tdx": {"mrtd": "00" * 48}}, "tdx.mrtd")):
            path = written(place, "policy.json", json.dumps(policy).encode())
            status, found = verified(vectors(TDX[0]), *options, "--policy", path)
            equal((found["valid"], found["accepted"], found["denied_by"]),
                  (True, denied is None, denied), policy)
            equal(status, YES if denied is None else NO)
        path = written(place, "policy.json", b'{"min_evaluation_number": 17}')
        status, found = verified(vectors(TDX[0]), *options, "--policy", path)
        equal(status, USAGE)
        assert "min_evaluation_number" in found["error"]["message"], found


def what_is_printed_begins_with_the_answer():
    status, shown, _ = command("verify", vectors(TDX[0]), "--collateral", vectors(),
                               "--at", TDX[1])
    equal(status, YES)
    assert shown.startswith("VALID, ACCEPTED: tdx, UpToDate\n"), shown
    for word in ("MRTD", "RTMR3", "FMSPC         00806f050000", "COLLATERAL CHOSEN"):
        assert word in shown, (word, shown)


# ---- reports, by files ----------------------------------------------------------------------

def amd_moment(case):
    """VLEKs live for a year."""
    return "2025-01-01T00:00:00Z" if "vlek" in case["case"] else AMD_AT


def amd_options(case):
    return ("--vek", vectors(case["vcek or vlek"]),
            "--chain", vectors(case["cert chain"]), "--at", amd_moment(case))


def every_report_of_the_vectors_is_judged():
    for case in cases("AMD_CASES.tsv"):
        rejected = case["verdict stated by source"].startswith("rejected")
        if case["vcek or vlek"] in ("", "-"):
            continue
        status, found = verified(vectors(case["report"]), *amd_options(case))
        equal((found["tee"], found["valid"], found["revocation"]),
              ("sev-snp", not rejected, "unchecked"), (case["case"], found["why"]))
        equal(status, YES if found["accepted"] else NO, case["case"])
        if rejected:
            equal(found["failure"], "invalid_report_signature", case["case"])
        else:
            equal(found["status"], None, case["case"])


def a_minimum_gives_a_report_its_status():
    report = vectors(MILAN + "report.bin")
    options = ("--vek", vectors(MILAN + "vcek.der"),
               "--chain", vectors("amd/milan/cert_chain_vcek.pem"), "--at", AMD_AT)
    for minimum, word, code in (("7308000000000003", "UpToDate", YES),
                                ("7408000000000003", "OutOfDate", NO)):
        status, found = verified(report, *options, "--min-tcb", "milan=" + minimum)
        equal((found["valid"], found["status"], status), (True, word, code), minimum)
    # of another product it says nothing
    found = verified(report, *options, "--min-tcb", "genoa=ff")[1]
    equal((found["valid"], found["status"]), (True, None))


def a_directory_finds_vek_and_chain():
    for case in cases("AMD_CASES.tsv"):
        if case["vcek or vlek"] in ("", "-"):
            continue
        _, by_files = verified(vectors(case["report"]), *amd_options(case))
        _, found = verified(vectors(case["report"]), "--collateral", vectors(),
                            "--at", amd_moment(case))
        equal((found["valid"], found["failure"]),
              (by_files["valid"], by_files["failure"]), (case["case"], found["files"]))
    with tempfile.TemporaryDirectory() as flat:
        for name in (MILAN + "vcek.der", "amd/milan/ask-milan.der",
                     "amd/milan/ark-milan.der", "amd/genoa/ask-genoa.der"):
            shutil.copy(vectors(name), flat)
        data = content_of(vectors(MILAN + "report.bin"))
        status, found = verified("-", "--collateral", flat, "--at", AMD_AT, data=data)
        equal((status, found["valid"]), (YES, True), found)
        os.remove(os.path.join(flat, "vcek.der"))
        status, found = verified("-", "--collateral", flat, "--at", AMD_AT, data=data)
        equal((status, found["failure"]), (AWAY, "vek_missing"), found)


def options_of_the_other_vendor_are_refused():
    for name, option in ((MILAN + "report.bin", "--tcb-info"), (TDX[0], "--vek"),
                         (TDX[0], "--crl")):
        status, found = verified(vectors(name), option, vectors(name))
        equal(status, USAGE, name)
        assert option in found["error"]["message"], found


# ---- by a service -----------------------------------------------------------------------------

def nobody_at_home_is_status_three():
    with tempfile.TemporaryDirectory() as empty:
        evidence = written(empty, "evidence", bytes.fromhex("0400020081000000"))
        for where in (("--state", empty), ("--url", "http://127.0.0.1:1")):
            status, found = verified(evidence, *where)
            equal(status, AWAY, where)
            assert "is it running?" in found["error"]["message"], found


def the_service_says_the_same_as_its_collateral_in_files():
    quote = vectors(TDX[0])
    with ReplayedWorld(REPLAYED_AT) as world, tempfile.TemporaryDirectory() as place:
        url = "http://%s:%d" % world.address
        _, by_files = verified(quote, "--collateral", vectors(), "--at", REPLAYED_AT,
                               "--number", "17")
        for where in (("--state", world.state), ("--url", url), ("--url", url + "/")):
            status, found = verified(quote, *where)
            equal((status, found["valid"], found["failure"]), (YES, True, None), found)
            for member in ("tee", "status", "advisories", "tcb_date", "platform", "td",
                           "evaluation_data_number"):
                equal(found[member], by_files[member], member)
            equal(found["taken_for"]["encoding"], "raw")
        shown = command("verify", quote, "--url", url)[1]
        assert shown.startswith("VALID, ACCEPTED: tdx, UpToDate\n"), shown
        policy = written(place, "policy.json", b'{"tdx": {"mrtd": "%s"}}' % (b"00" * 48))
        status, found = verified(quote, "--state", world.state, "--policy", policy)
        equal((status, found["valid"], found["denied_by"]), (NO, True, "tdx.mrtd"))
        policy = written(place, "policy.json", b'{"tdx": {"mrdt": "00"}}')
        status, found = verified(quote, "--state", world.state, "--policy", policy)
        equal(status, USAGE, found)
        assert "mrdt" in found["error"]["message"], found


def a_service_judges_under_what_was_chosen():
    with ReplayedWorld(REPLAYED_AT) as world:
        where = ("--state", world.state)
        for choice in (("--number", "17"), ("--baseline", "steady")):
            status, found = verified(vectors(TDX[0]), *where, *choice)
            equal((status, found["valid"]), (YES, True), (choice, found))
        status, found = verified(vectors(TDX[0]), *where, "--baseline", "nobody-s")
        equal(status, USAGE, found)
        assert found["error"]["message"], found
        status, found = verified(vectors(TDX[0]), *where, "--number", "999")
        equal((status, found["failure"]), (AWAY, "tcb_info_missing"), found)
        status, found = verified(vectors(MILAN + "report.bin"), *where)
        equal((status, found["failure"]), (AWAY, "vek_missing"), found)
        assert "thim amd import" in found["remedy"], found
        with tempfile.TemporaryDirectory() as place:
            evidence = written(place, "evidence", b"no quote at all")
            status, found = verified(evidence, *where)
            equal(status, USAGE, found)


def a_quote_is_explained_from_any_machine():
    with ReplayedWorld(REPLAYED_AT) as world, tempfile.TemporaryDirectory() as place:
        url = "http://%s:%d" % world.address
        text = written(place, "quote.b64", base64.b64encode(content_of(vectors(TDX[0]))))
        for name in (vectors(TDX[0]), text):
            for where in (("--state", world.state), ("--url", url)):
                status, out, said = command("explain", name, "--json", *where)
                equal(status, YES, said)
                subject = json.loads(out)["subject"]
                equal((subject["by"], subject["fmspc"], subject["verified"]),
                      ("quote", "00806f050000", False))
                equal(subject["tee_tcb_svn"], "05010700000000000000000000000000")
        out = command("explain", text, "--url", url)[1]
        assert "FMSPC        00806f050000" in out and "UpToDate" in out, out


def a_report_is_explained_beside_each_baselines_minimum():
    with ReplayedWorld(REPLAYED_AT) as world:
        report = vectors("amd/genoa/tav-v3/report.bin")
        for where in (("--state", world.state),
                      ("--url", "http://%s:%d" % world.address)):
            status, out, said = command("explain", report, *where)
            equal(status, YES, said)
            assert "product      Genoa" in out and "has no minimum" in out, out
        old = vectors(MILAN + "report.bin")
        status, _, said = command("explain", old, "--state", world.state)
        equal(status, USAGE)
        assert "--product" in said, said
        equal(command("explain", old, "--product", "milan", "--state", world.state)[0],
              YES)


# ---- what the simulator mints -----------------------------------------------------------------

def minted(world, what="quote", **order):
    connection = http.client.HTTPConnection(*world.sim.address, timeout=DEADLINE_S)
    answer = ask(connection, "POST", "/sim/" + what, order)
    if answer.status == 404:
        raise Skip("thim-sim mints no %s" % what)
    equal(answer.status, 200, answer.body)
    return {name: value.encode() if name == "chain" else base64.b64decode(value)
            for name, value in answer.json().items()}


def kept_flat(world, place):
    """What the service serves, as files of any name in one directory."""
    for number, target in enumerate((
            "/IntelSGXRootCA.crl", "/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
            "/sgx/certification/v4/pckcrl?ca=processor&encoding=der",
            "/sgx/certification/v4/qe/identity", "/tdx/certification/v4/qe/identity",
            "/sgx/certification/v4/tcb?fmspc=" + FIRST_FMSPC,
            "/tdx/certification/v4/tcb?fmspc=" + FIRST_FMSPC)):
        answer = world.get(target)
        equal(answer.status, 200, target)
        written(place, "%d" % number, answer.body)
    chain = answer.header("TCB-Info-Issuer-Chain") or answer.header(
        "SGX-TCB-Info-Issuer-Chain")
    written(place, "chain", unquote(chain).encode())


def quotes_of_every_version_are_judged_by_service_and_files():
    with World() as world, tempfile.TemporaryDirectory() as place:
        kept_flat(world, place)
        connection = http.client.HTTPConnection(*world.sim.address, timeout=DEADLINE_S)
        root = written(place, "root", ask(connection, "GET", "/sim/root.pem").body)
        by_files = ("--collateral", place, "--root", root, "--at", world.now)
        for order in ({"version": 3, "tee": "sgx"}, {"version": 4, "tee": "sgx"},
                      {"version": 4, "tee": "tdx"}, {"version": 5, "tee": "tdx"}):
            quote = minted(world, **order)["quote"]
            _, theirs = verified("-", "--state", world.state, data=quote)
            _, ours = verified("-", *by_files, data=quote)
            for found in (theirs, ours):
                equal((found["tee"], found["valid"], found["failure"]),
                      (order["tee"], True, None), (order, found))
                equal(found["root"]["origin"], "test")
            equal(ours["status"], theirs["status"], order)
            # without the root nothing of it is believed
            status, found = verified("-", "--collateral", place, "--at", world.now,
                                     data=quote)
            equal((status, found["failure"]), (NO, "pck_cert_chain_untrusted"))


def each_defect_is_found_by_its_name():
    defects = {"quote_signature": "invalid_quote_signature",
               "qe_report_signature": "invalid_qe_report_signature",
               "qe_report_data": "invalid_qe_report_data",
               "qe_mrsigner": "qe_identity_mismatch",
               "foreign_root": "pck_cert_chain_untrusted",
               "vendor": "unsupported_quote_format"}
    with World() as world:
        for defect, failure in defects.items():
            quote = minted(world, version=4, tee="tdx", defect=[defect])["quote"]
            status, found = verified("-", "--state", world.state, data=quote)
            equal((status, found["valid"], found["failure"]), (NO, False, failure), defect)


def a_minted_report_is_judged_with_its_list():
    with World() as world, tempfile.TemporaryDirectory() as place:
        parts = minted(world, "report")
        names = {name: written(place, name, content) for name, content in parts.items()}
        options = ["--vek", names["vek"], "--chain", names["chain"], "--at", world.now]
        equal(verified(names["report"], *options)[1]["failure"], "vek_chain_untrusted")
        options += ["--root", names["chain"]]
        status, found = verified(names["report"], *options)
        equal((status, found["valid"], found["revocation"]), (YES, True, "unchecked"),
              found)
        status, found = verified(names["report"], *options, "--crl", names["crl"])
        equal((status, found["valid"], found["revocation"]), (YES, True, "checked"), found)
        equal(found["root"]["origin"], "test")


# ---- codes ------------------------------------------------------------------------------------

def codes_are_explained_offline():
    for words in (("0xE019",), ("e019",), ("57369",), ("SGX_QL_NETWORK_ERROR",)):
        status, out, _ = command("explain", "code", *words, "--json")
        found = json.loads(out)["codes"]
        equal(status, YES)
        equal([each["library"] for each in found], ["dcap", "azure-dcap-client"], words)
        assert all(each["cause"] and each["remedy"] for each in found)
    status, out, said = command("explain", "code", "0xE0FF", "--json")
    equal((status, json.loads(out)["codes"]), (NO, []))
    assert "nobody" in said, said


tell(every_case_has_the_status_that_was_computed_for_it,
     the_directory_finds_what_the_files_are,
     evidence_is_taken_for_what_it_is,
     one_byte_else_is_not_valid_and_says_which_check,
     what_is_missing_is_told_from_no,
     a_day_too_late_names_what_has_expired_and_the_status_all_the_same,
     a_policy_moves_accepted_and_never_valid,
     what_is_printed_begins_with_the_answer,
     every_report_of_the_vectors_is_judged,
     a_minimum_gives_a_report_its_status,
     a_directory_finds_vek_and_chain,
     options_of_the_other_vendor_are_refused,
     nobody_at_home_is_status_three,
     the_service_says_the_same_as_its_collateral_in_files,
     a_service_judges_under_what_was_chosen,
     a_quote_is_explained_from_any_machine,
     a_report_is_explained_beside_each_baselines_minimum,
     quotes_of_every_version_are_judged_by_service_and_files,
     each_defect_is_found_by_its_name,
     a_minted_report_is_judged_with_its_list,
     codes_are_explained_offline)
