#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""thim platform: an operator brings hosts, moves from a PCCS, looks why one gets nothing,
forgets one, and says that a processor was exchanged."""

import json
import os
import sqlite3
import subprocess
from urllib.parse import unquote

from harness import BUILD, DEADLINE_S, command, equal, tell
from platforms import (PlatformWorld, READER, V4, ZERO_PPID, bundle_of, check_pem, der_of,
                       pck_query, raw_of, registration, tcbm_of)

YES, NO, USAGE, AWAY = 0, 1, 2, 3


def platform(world, *arguments, status=YES):
    """What the command says, as JSON."""
    code, out, err = command("platform", *arguments, "--json", state=world.state)
    equal(code, status, (arguments, out, err))
    return json.loads(out)


def csv_line(host):
    fields = [host["encrypted_ppid"], host["pce_id"], host["raw"]["cpusvn"],
              host["raw"]["pcesvn"], host["qe_id"]]
    return ",".join(fields + ([host["manifest"]] if host.get("manifest") else []))


def write(world, name, text):
    path = os.path.join(world.directory, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


# ---- bringing hosts -----------------------------------------------------------------

def fifty_hosts_come_by_csv_and_one_bad_line_stops_none():
    with PlatformWorld() as world:
        hosts = world.sim.platforms(0, 50)
        lines = [csv_line(host) for host in hosts]
        lines[6] = lines[6].replace(",", ";")
        lines[30] = lines[30][:-1] + "g"
        path = write(world, "pckid_retrieval.csv", "\r\n".join(lines) + "\r\n")
        told = platform(world, "register", path, status=NO)
        equal((told["rows"], told["held"], told["queued"], told["refused"]), (50, 48, 0, 2))
        equal([each["line"] for each in told["refusals"]], [7, 31])
        for index, host in enumerate(hosts):
            if index not in (6, 30):
                check_pem(world.pckcert(host), host, tcbm_of(host))
        listed = platform(world, "list")
        equal(len(listed["platforms"]), 48)
        equal({each["bound_by"] for each in listed["platforms"]}, {"operator"})
        calls = world.sim.calls("pckcerts")
        code, out, err = command("platform", "register", path, state=world.state)
        equal(code, NO)
        assert "50 rows: 48 held, 0 queued, 2 refused" in out, out
        assert path + ":7: refused" in out, out
        assert "of 50" in err, "plain lines where there is no terminal"
        equal(world.sim.calls("pckcerts"), calls, "the same again asks nobody")


def every_shape_of_a_registration_is_taken():
    with PlatformWorld() as world:
        hosts = [registration(host) for host in world.sim.platforms(0, 4)]
        for name, text in [("object.json", json.dumps(hosts[0], indent=2)),
                           ("array.json", json.dumps(hosts[1:3])),
                           ("lines.json", "\n".join(json.dumps(host) for host in hosts))]:
            told = platform(world, "register", write(world, name, text))
            equal(told["held"], told["rows"], name)
        done = subprocess.run([os.path.join(BUILD, "thim"), "platform", "register", "-",
                               "--json", "--state", world.state],
                              input=json.dumps(hosts).encode(), capture_output=True,
                              timeout=DEADLINE_S, check=False)
        equal((done.returncode, json.loads(done.stdout)["held"]), (YES, 4), done.stderr)
        equal(world.counts()["platforms"], 4)


def what_the_vendor_refuses_is_told_row_by_row():
    with PlatformWorld() as world:
        revoked, unknown, good = world.platform(1), world.platform(0), world.platform(2)
        world.sim.event("revoke_package", platform=1)
        world.sim.event("forget_platform", platform=0)
        path = write(world, "hosts.csv", "\n".join(map(csv_line, (revoked, unknown, good))))
        told = platform(world, "register", path, status=NO)
        equal((told["held"], told["refused"]), (1, 2))
        codes = {each["line"]: each["code"] for each in told["refusals"]}
        equal(codes, {1: "InvalidOrRevokedPackage", 2: "not_found"})


# ---- moving from a PCCS -------------------------------------------------------------

SCHEMA = """
CREATE TABLE platforms (qe_id TEXT, pce_id TEXT, platform_manifest BLOB, enc_ppid BLOB,
  fmspc TEXT, ca TEXT, created_time, updated_time, PRIMARY KEY (qe_id, pce_id));
CREATE TABLE platform_tcbs (qe_id TEXT, pce_id TEXT, cpu_svn TEXT, pce_svn TEXT, tcbm TEXT,
  created_time, updated_time, PRIMARY KEY (qe_id, pce_id, cpu_svn, pce_svn));
CREATE TABLE pck_cert (qe_id TEXT, pce_id TEXT, tcbm TEXT, pck_cert BLOB, created_time,
  updated_time, PRIMARY KEY (qe_id, pce_id, tcbm));
CREATE TABLE pck_certchain (ca TEXT PRIMARY KEY, root_cert_id INTEGER,
  intmd_cert_id INTEGER, created_time, updated_time);
CREATE TABLE pcs_certificates (id INTEGER PRIMARY KEY, cert BLOB, crl BLOB, created_time,
  updated_time);
CREATE TABLE pck_crl (ca TEXT PRIMARY KEY, pck_crl BLOB, root_cert_id INTEGER,
  intmd_cert_id INTEGER, created_time, updated_time);
CREATE TABLE fmspc_tcbs (fmspc TEXT, type INTEGER, version INTEGER, update_type TEXT,
  tcbinfo BLOB, root_cert_id INTEGER, signing_cert_id INTEGER, created_time, updated_time,
  PRIMARY KEY (fmspc, type, version, update_type));
CREATE TABLE enclave_identities (id INTEGER, version INTEGER, update_type TEXT,
  identity BLOB, root_cert_id INTEGER, signing_cert_id INTEGER, created_time, updated_time,
  PRIMARY KEY (id, version, update_type));
CREATE TABLE crl_cache (cdp_url TEXT PRIMARY KEY, crl BLOB, created_time, updated_time);
CREATE TABLE platforms_registered (qe_id TEXT, pce_id TEXT, cpu_svn TEXT, pce_svn TEXT,
  enc_ppid BLOB, platform_manifest BLOB, state INTEGER, created_time, updated_time);
"""


def pems_of(chain):
    text = unquote(chain)
    end = "-----END CERTIFICATE-----\n"
    return [part + end for part in text.strip().split(end.strip()) if "BEGIN" in part]


def compact(document):
    return json.dumps(document, separators=(",", ":"))


def pccs_database(world, hosts):
    """As PCCS would have filled it from the same answers of the vendor."""
    path = os.path.join(world.directory, "pckcache.db")
    bundle = bundle_of(world, hosts)["collaterals"]
    chains = bundle["certificates"]["SGX-PCK-Certificate-Issuer-Chain"]
    database = sqlite3.connect(path)
    database.executescript(SCHEMA)
    put = database.execute
    root = None
    for ca, identity in (("PROCESSOR", 2), ("PLATFORM", 4)):
        if ca in chains:
            intermediate, root = pems_of(chains[ca])
            put("INSERT INTO pcs_certificates (id, cert) VALUES (?, ?)",
                (identity, intermediate.encode()))
            put("INSERT INTO pck_certchain VALUES (?, 1, ?, 0, 0)", (ca, identity))
        put("INSERT INTO pck_crl VALUES (?, ?, 1, ?, 0, 0)",
            (ca, bytes.fromhex(bundle["pckcacrl"][ca.lower() + "Crl"]), identity))
    signing, _ = pems_of(bundle["certificates"]["TCB-Info-Issuer-Chain"])
    put("INSERT INTO pcs_certificates (id, cert) VALUES (3, ?)", (signing.encode(),))
    put("INSERT INTO pcs_certificates (id, cert, crl) VALUES (1, ?, ?)",
        (root.encode(), bytes.fromhex(bundle["rootcacrl"])))
    for entry in bundle["tcbinfos"]:
        for update, suffix in (("STANDARD", ""), ("EARLY", "_early")):
            put("INSERT INTO fmspc_tcbs VALUES (?, 0, 4, ?, ?, 1, 3, 0, 0)",
                (entry["fmspc"].upper(), update,
                 compact(entry["sgx_tcbinfo" + suffix]).encode()))
    for number, name in ((1, "qeidentity"), (2, "qveidentity"), (3, "tdqeidentity")):
        put("INSERT INTO enclave_identities VALUES (?, 4, 'STANDARD', ?, 1, 3, 0, 0)",
            (number, bundle[name].encode()))
    for host, listed in zip(hosts, bundle["pck_certs"]):
        key = (host["qe_id"], host["pce_id"])
        ca = host["ca"].upper()
        put("INSERT INTO platforms VALUES (?, ?, ?, ?, ?, ?, 0, 0)",
            (*key, host.get("manifest") or "", host["encrypted_ppid"],
             host["fmspc"].upper(), ca))
        put("INSERT INTO platform_tcbs VALUES (?, ?, ?, ?, ?, 0, 0)",
            (*key, host["raw"]["cpusvn"], host["raw"]["pcesvn"], host["tcbms"][0]))
        for entry in listed["certs"]:
            if entry["cert"] != "Not available":
                put("INSERT INTO pck_cert VALUES (?, ?, ?, ?, 0, 0)",
                    (*key, entry["tcbm"].upper(), unquote(entry["cert"]).encode()))
    database.commit()
    database.close()
    return path


def the_database_of_a_pccs_is_taken_over():
    with PlatformWorld(intel={"fill": "offline"}) as world:
        hosts = world.sim.platforms(0, 10)
        path = pccs_database(world, hosts)
        asked = world.sim.status()["requests"]["all"]
        with open(path, "rb") as file:
            before = file.read()
        told = platform(world, "import", "pccs", path)
        equal((told["taken"], told["complaints"], told["odd"]), (True, [], []))
        equal(told["converted"]["platforms"], 10)
        equal(told["counts"]["platforms"], 10)
        for host in hosts:
            pem = check_pem(world.pckcert(host), host, tcbm_of(host))
            with sqlite3.connect(path) as database:
                rows = database.execute("SELECT pck_cert FROM pck_cert WHERE qe_id = ?",
                                        (host["qe_id"],)).fetchall()
            assert der_of(pem) in [der_of(row[0].decode()) for row in rows]
        equal(world.tcb_info().status, 200)
        equal(world.get(V4 + "qe/identity").status, 200)
        equal(world.sim.status()["requests"]["all"], asked, "nobody was asked")
        with open(path, "rb") as file:
            equal(file.read(), before, "the file is as it was")
        code, out, err = command("platform", "import", "pccs", path, state=world.state)
        equal(code, YES, err)
        assert "10 platforms" in out and "Taken" in out, out
        equal({each["bound_by"] for each in world.platforms()}, {"import"})


def a_bundle_is_taken_as_it_is_or_refused_whole():
    with PlatformWorld(intel={"fill": "offline"}) as world:
        hosts = world.sim.platforms(0, 3)
        bundle = bundle_of(world, hosts)
        spoilt = json.loads(json.dumps(bundle))
        certs = spoilt["collaterals"]["pck_certs"]
        certs[1]["certs"][0]["cert"] = certs[0]["certs"][0]["cert"]
        path = write(world, "spoilt.json", json.dumps(spoilt))
        told = platform(world, "import", "pccs", path, status=NO)
        equal(told["taken"], False)
        assert any("pck_certs[1]" in line for line in told["complaints"]), told
        equal(told["counts"]["platforms"], 0)
        path = write(world, "platform_collaterals.json", json.dumps(bundle, indent=4))
        told = platform(world, "import", "pccs", path)
        equal((told["taken"], told["converted"], told["counts"]["platforms"]),
              (True, None, 3))
        for host in hosts:
            check_pem(world.pckcert(host), host)
        for text in ("no bundle at all", "{}", ""):
            told = platform(world, "import", "pccs", write(world, "other", text), status=NO)
            equal(told["taken"], False)
        code, _, err = command("platform", "import", "pccs", world.directory + "/nothing",
                               state=world.state)
        equal(code, USAGE)
        assert "nothing" in err, err


# ---- the doctor ---------------------------------------------------------------------

def ailment(world, *arguments):
    code, out, err = command("platform", "doctor", *arguments, "--json", state=world.state)
    told = json.loads(out)
    assert len(told["finding"]) > 10 and len(told["remedy"]) > 10, told
    equal(code, YES if told["ailment"] in ("none", "below") else NO, err)
    return told["ailment"]


def request_of(host, **changes):
    return ('192.0.2.7 "GET /sgx/certification/v4/pckcert?%s HTTP/1.1" 404'
            % pck_query(host, **changes))


def each_ailment_is_told_from_the_others():
    with PlatformWorld() as world:
        host, many, other = world.platform(0), world.platform(1), world.platform(2)
        equal(ailment(world, host["qe_id"]), "not_registered")
        equal(ailment(world, request_of(host, encrypted_ppid=ZERO_PPID)), "zero_ppid")
        equal(ailment(world, request_of(many)), "manifest_missing")
        equal(ailment(world, request_of(host)), "none")
        newest = tcbm_of(host)
        above = dict(raw_of(newest), cpusvn="ff" + newest[2:32])
        equal(ailment(world, request_of(host, **above)), "below")
        equal(ailment(world, host["qe_id"], "--cpusvn", "00" * 16, "--pcesvn", "0000"),
              "impossible_cpusvn")
        equal(ailment(world, request_of(dict(other, qe_id=host["qe_id"]))),
              "bound_to_another")
        world.sim.faults({"fault": "503", "match": {"path": V4 + "pckcert"}})
        equal(ailment(world, request_of(other)), "upstream")


def what_intel_has_against_a_platform_is_named():
    for event, found in [("revoke_package", "package_revoked"),
                         ("wrong_server", "other_data_centre")]:
        with PlatformWorld() as world:
            world.sim.event(event, platform=1)
            path = write(world, "host.json", json.dumps(registration(world.platform(1))))
            platform(world, "register", path, status=NO)
            equal(ailment(world, world.platform(1)["qe_id"]), found)


def a_host_that_waits_is_told_what_for():
    with PlatformWorld(intel={"fill": "offline"}) as world:
        host = world.platform()
        path = write(world, "host.json", json.dumps(registration(host)))
        equal(platform(world, "register", path)["queued"], 1)
        equal(ailment(world, host["qe_id"]), "waiting")
        equal(ailment(world, world.platform(2)["qe_id"]), "not_registered")
    with PlatformWorld() as world:
        host = world.platform()
        world.sim.faults({"fault": "503", "match": {"path": V4 + "pckcert"}})
        path = write(world, "host.json", json.dumps(registration(host)))
        equal(platform(world, "register", path)["queued"], 1)
        equal(ailment(world, host["qe_id"]), "upstream")


def gaps_and_revocations_are_seen_in_what_is_held():
    with PlatformWorld(now="2026-11-01") as world:
        host, other = world.platform(0), world.platform(2)
        for tcbm in host["tcbms"][1:]:
            world.sim.event("gap", platform=host["index"], tcbm=tcbm)
        check_pem(world.pckcert(host))
        check_pem(world.pckcert(other))
        lower = raw_of(tcbm_of(host, 1))
        equal(ailment(world, request_of(host, **lower)), "certificate_gap")
        shown = platform(world, "show", host["qe_id"])
        equal([each["kind"] for each in shown["list"]].count("gap"),
              len(host["tcbms"]) - 1)
        world.sim.event("revoke_pck", platform=other["index"])
        world.at("2026-11-02")
        assert world.refresh("pck_crl/processor")
        equal(ailment(world, request_of(other)), "revoked")
        shown = platform(world, "show", other["qe_id"])
        assert "revoked" in {each["verdict"] for each in shown["list"]}, shown["list"]


def without_a_tcb_info_there_is_nothing_to_choose_by():
    with PlatformWorld(start=False) as world:
        world.sim.faults({"fault": "503", "match": {"path": V4 + "tcb"}})
        world.start()
        host = world.platform()
        path = write(world, "host.json", json.dumps(registration(host)))
        equal(platform(world, "register", path)["held"], 1)
        equal(ailment(world, host["qe_id"]), "no_tcb_info")


def what_upstream_does_wrong_is_named():
    with PlatformWorld() as world:
        host = world.platform()
        for tcbm in host["tcbms"]:
            world.sim.event("odd_pck", platform=host["index"], tcbm=tcbm, how="expired")
        path = write(world, "host.json", json.dumps(registration(host)))
        equal(platform(world, "register", path)["queued"], 1)
        told = platform(world, "doctor", host["qe_id"], status=NO)
        equal((told["ailment"], told["asked"]), ("upstream", True))
        assert "notAfter" in told["finding"], told


# ---- one platform -------------------------------------------------------------------

def one_platform_is_shown_forgotten_and_bound_anew():
    with PlatformWorld() as world:
        mine, theirs = world.platform(0), world.platform(2)
        path = write(world, "mine.json", json.dumps(registration(mine)))
        equal(platform(world, "register", path)["held"], 1)
        leaf = check_pem(world.pckcert(mine), mine, tcbm_of(mine))
        shown = platform(world, "show", mine["qe_id"][:8])
        equal((shown["qe_id"], shown["fmspc"], shown["ca"]),
              (mine["qe_id"].lower(), mine["fmspc"].lower(), mine["ca"]))
        given = shown["raw_tcbs"][0]
        equal(given["given"].upper(), tcbm_of(mine))
        assert "chosen" in {row["standing"] for row in given["trace"]}, given
        code, out, _ = command("platform", "show", mine["qe_id"], state=world.state)
        equal(code, YES)
        assert tcbm_of(mine).lower() in out and "given" in out, out
        assert "TDX SVNs" not in out, out
        svn = "03000700" + "00" * 12
        equal(platform(world, "tdx", mine["qe_id"][:8], "--tee-tcb-svn", svn), {"kept": True})
        equal(platform(world, "show", mine["qe_id"])["tee_tcb_svn"], svn)
        _, out, _ = command("platform", "show", mine["qe_id"], state=world.state)
        assert "TDX SVNs     " + svn in out, out
        thief = dict(theirs, qe_id=mine["qe_id"])
        path = write(world, "exchanged.json", json.dumps(registration(thief)))
        told = platform(world, "register", path, status=NO)
        equal(told["refusals"][0]["code"], "conflict")
        equal(platform(world, "rebind", path)["held"], 1)
        assert check_pem(world.pckcert(thief), theirs) != leaf
        equal(platform(world, "show", mine["qe_id"])["tee_tcb_svn"], None, "was another's")
        equal(platform(world, "forget", mine["qe_id"][:10])["forgotten"], True)
        equal(world.counts()["platforms"], 0)
        equal(platform(world, "forget", mine["qe_id"], status=NO)["forgotten"], False)
        platform(world, "show", mine["qe_id"], status=NO)
        entries = platform(world, "audit", "--limit", "50")["entries"]
        whats = {entry["what"] for entry in entries}
        assert {"register", "rebind", "forget", "tdx"} <= whats, whats
        assert mine["qe_id"] not in json.dumps(entries)


def readers_may_look_from_afar():
    with PlatformWorld() as world:
        check_pem(world.pckcert(world.platform()))
        forwarded = {"X-Forwarded-For": "192.0.2.1"}
        reader = dict(forwarded, Authorization="Bearer " + READER)
        target = "/thim/v1/platforms"
        equal(world.get(target).status, 200, "this machine")
        equal(world.get(target, forwarded).status, 401)
        equal(len(world.get(target, reader).json()["platforms"]), 1)
        equal(world.get(target, reader, "DELETE").status, 403)
        equal(world.get("/thim/v1/audit", reader).status, 403)


def who_cannot_be_asked_and_what_cannot_be_meant():
    with PlatformWorld() as world:
        for arguments in (["frobnicate"], ["show"], ["show", "xyz"], ["show", "12"],
                          ["list", "--fmspc", "1"], ["doctor"], ["register"],
                          ["register", "/nothing/there"], ["import", "file"],
                          ["doctor", "12345678", "--cpusvn", "00"],
                          ["doctor", "GET /pckcert?pceid=0000"],
                          ["audit", "--limit", "many"], ["tdx", "ab" * 16],
                          ["tdx", "ab" * 16, "--tee-tcb-svn", "07"]):
            code, _, err = command("platform", *arguments, state=world.state)
            equal(code, USAGE, (arguments, err))
        path = write(world, "host.json", json.dumps(registration(world.platform())))
        world.thimd.stop()
        for arguments in (["list"], ["show", "ab" * 16], ["forget", "ab" * 16],
                          ["tdx", "ab" * 16, "--tee-tcb-svn", "00" * 16],
                          ["doctor", "ab" * 16], ["register", path], ["audit"],
                          ["import", "pccs", path]):
            code, _, err = command("platform", *arguments, state=world.state)
            equal(code, AWAY, (arguments, err))
            assert "is it running?" in err, err
        world.start()


tell(fifty_hosts_come_by_csv_and_one_bad_line_stops_none,
     every_shape_of_a_registration_is_taken,
     what_the_vendor_refuses_is_told_row_by_row,
     the_database_of_a_pccs_is_taken_over,
     a_bundle_is_taken_as_it_is_or_refused_whole,
     each_ailment_is_told_from_the_others,
     what_intel_has_against_a_platform_is_named,
     a_host_that_waits_is_told_what_for,
     gaps_and_revocations_are_seen_in_what_is_held,
     without_a_tcb_info_there_is_nothing_to_choose_by,
     what_upstream_does_wrong_is_named,
     one_platform_is_shown_forgotten_and_bound_anew,
     readers_may_look_from_afar,
     who_cannot_be_asked_and_what_cannot_be_meant)
