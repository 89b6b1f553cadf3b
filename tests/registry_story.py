#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Platforms are registered, queued, brought in bundles, rebound and forgotten: PCCS's
routes, who may use them, and what must not be lost."""

import base64
import json
import os
import re
from urllib.parse import unquote

from harness import FIRST_FMSPC, SHARED, equal, tell
from storms import a_kill_in_a_storm, a_storm
from platforms import (ADMIN, HOST, READER, USER, PlatformWorld, V4, bundle_of, check_pem,
                       der_of, pck_query, registration, tcbm_of, token)

BUNDLE = V4 + "platformcollateral"


def put(world, bundle, admin=ADMIN):
    return world.send("PUT", BUNDLE, bundle, {"admin-token": admin})


def a_registration_fetches_and_is_idempotent():
    with PlatformWorld() as world:
        for index in (0, 1):
            platform = world.platform(index)
            answer = world.register(platform)
            equal((answer.status, answer.body), (200, b"Operation successful."))
            calls = world.sim.calls("pckcerts")
            equal(world.register(platform).status, 200)
            equal(world.sim.calls("pckcerts"), calls, "the same again asks nobody")
            check_pem(world.pckcert(platform), platform, tcbm_of(platform))
        equal(world.counts()["platforms"], 2)
        equal({each["bound_by"] for each in world.platforms()}, {"token"})
        equal({each["registrar"] for each in world.platforms()}, {"hosts"})


def who_may_do_what():
    with PlatformWorld() as world:
        platform = world.platform()
        doors = [("POST", V4 + "platforms", registration(platform), {USER, ADMIN}),
                 ("GET", V4 + "platforms", None, {READER, ADMIN}),
                 ("DELETE", V4 + "platforms?source=reg&mark=0", None, {ADMIN}),
                 ("PUT", BUNDLE, {}, {ADMIN}), ("POST", V4 + "refresh", None, {ADMIN}),
                 ("PUT", V4 + "appraisalpolicy", {}, {ADMIN}),
                 ("GET", V4 + "pckcerts?" + pck_query(platform, qeid=None, cpusvn=None,
                                                      pcesvn=None),
                  None, {HOST, READER, USER, ADMIN})]
        for method, target, body, may in doors:
            equal(world.send(method, target, body).status, 401, (method, target))
            for secret in (USER, ADMIN, READER, HOST):
                for header in ("user-token", "admin-token", "Authorization"):
                    value = "Bearer " + secret if header == "Authorization" else secret
                    status = world.send(method, target, body, {header: value}).status
                    if secret in may:
                        assert status in (200, 400), (method, target, secret, status)
                    else:
                        equal(status, 403, (method, target, secret))
        equal(world.send("POST", V4 + "platforms", registration(platform),
                         {"user-token": "guess"}).status, 401)
        equal(world.send("POST", V4 + "tcb?fmspc=" + FIRST_FMSPC, {}).status in (405, 413),
              True)


def guessing_is_paced():
    with PlatformWorld(config={"limits": {"failed_tokens_per_minute": 5}}) as world:
        statuses = [world.register(world.platform(), "guess-%d" % i).status
                    for i in range(12)]
        equal(statuses[0], 401)
        equal(statuses[-1], 429)
        equal(world.counts()["platforms"], 0)


def two_tokens_of_one_name_are_valid_while_one_is_rotated():
    tokens = [token("hosts", "registrar", "old"), token("hosts", "registrar", "new")]
    with PlatformWorld(config={"tokens": tokens}) as world:
        equal(world.register(world.platform(0), "old").status, 200)
        equal(world.register(world.platform(2), "new").status, 200)


def what_is_malformed_is_400_and_changes_nothing():
    with PlatformWorld() as world:
        platform = world.platform()
        for changes, named in [({"qe_id": ""}, "qe_id"), ({"qe_id": "no hex"}, "qe_id"),
                               ({"qe_id": "1" * 261}, "qe_id"), ({"pce_id": "1"}, "pce_id"),
                               ({"cpu_svn": "00"}, "cpu_svn"), ({"pce_svn": "x000"}, "pce_svn"),
                               ({"enc_ppid": "00ff"}, "enc_ppid"),
                               ({"enc_ppid": None}, "enc_ppid"),
                               ({"platform_manifest": "ab"}, "platform_manifest"),
                               ({"platform_manifest": "ab" * 60000}, "platform_manifest"),
                               ({"platform_manifest": 7}, "platform_manifest")]:
            answer = world.register(platform, **changes)
            equal(answer.status, 400, changes)
            assert named in answer.body.decode(), (changes, answer.body)
        for text in (b"", b"{", b"[]", b"\xff\xfe", b'{"qe_id":"00","qe_id":"01"}'):
            equal(world.send_raw("POST", V4 + "platforms", text,
                                 {"user-token": USER}).status, 400, text)
        equal(world.register(platform, enc_ppid="ff" * 100000).status in (400, 413), True)
        equal(world.counts()["platforms"], 0)
        equal(world.sim.calls("pckcert"), 0)


def what_the_vendor_refuses_is_told_by_its_code():
    for event, code in [("revoke_package", "InvalidOrRevokedPackage"),
                        ("wrong_server", "InvalidRegistrationServer")]:
        with PlatformWorld() as world:
            platform = world.platform(1)
            world.sim.event(event, platform=1)
            answer = world.register(platform)
            equal(answer.status, 400, event)
            equal(answer.header("THIM-Upstream-Error"), code)
    with PlatformWorld() as world:
        world.sim.event("forget_platform", platform=0)
        equal(world.register(world.platform()).status, 404)


def a_registration_survives_an_upstream_that_is_away():
    with PlatformWorld() as world:
        world.sim.faults({"fault": "503", "match": {"path": V4 + "pckcert"}})
        answer = world.register(world.platform())
        equal((answer.status, answer.body), (503, b""))
        equal(world.platforms()[0]["state"], "waiting")
        equal(world.pckcert(world.platform()).status, 503)
        world.kill()
        world.start()
        equal(world.platforms()[0]["state"], "waiting")
        world.sim.faults()
        world.at("2026-11-02")
        equal(world.platforms()[0]["state"], "held")
        check_pem(world.pckcert(world.platform()))


def a_qe_id_belongs_to_who_registered_it():
    with PlatformWorld() as world:
        mine, theirs = world.platform(0), world.platform(2)
        thief = dict(theirs, qe_id=mine["qe_id"])
        check_pem(world.pckcert(thief), theirs)  # a stranger was first: provisional
        equal(world.register(mine).status, 200)
        check_pem(world.pckcert(mine), mine, tcbm_of(mine))
        answer = world.register(thief)
        equal((answer.status, answer.header("THIM-Error")), (409, "conflict"))
        leaf = check_pem(world.pckcert(thief), mine)
        equal(world.doctor(thief)["ailment"], "bound_to_another")
        answer = world.admin("POST", "/thim/v1/platforms/rebind", registration(thief))
        equal((answer.status, answer.json()["outcome"]), (200, "held"))
        assert check_pem(world.pckcert(thief), theirs) != leaf
        entries = world.admin("GET", "/thim/v1/audit?limit=50").json()["entries"]
        whats = [entry["what"] for entry in entries]
        assert "rebind" in whats and "register" in whats, whats
        assert any("conflict" in entry["outcome"] for entry in entries), entries
        text = json.dumps(entries)
        assert mine["qe_id"] not in text and mine["encrypted_ppid"] not in text


def the_queue_is_read_without_harm_and_drained_by_its_own_verb():
    with PlatformWorld(intel={"fill": "offline"}) as world:
        for index in range(3):
            equal(world.register(world.platform(index)).status, 200)
        admin = {"admin-token": ADMIN}
        for _ in range(2):
            answer = world.send("GET", V4 + "platforms?source=reg", None, admin)
            equal((answer.status, answer.header("platform-count")), (200, "3"))
            equal({each["qe_id"].lower() for each in answer.json()},
                  {world.platform(index)["qe_id"].lower() for index in range(3)})
            equal(set(answer.json()[0]), {"enc_ppid", "pce_id", "cpu_svn", "pce_svn",
                                          "qe_id", "platform_manifest"})
        mark = answer.header("THIM-Queue-Mark")
        equal(world.register(world.platform(3)).status, 200)
        world.send("DELETE", V4 + "platforms?source=reg&mark=" + mark, None, admin)
        rest = world.send("GET", V4 + "platforms", None, admin)
        equal([each["qe_id"].lower() for each in rest.json()],
              [world.platform(3)["qe_id"].lower()])
        equal(world.pckcert(world.platform()).status, 461)


def the_queue_of_one_registrar_is_bounded():
    with PlatformWorld(intel={"fill": "offline"},
                       config={"limits": {"queue_per_registrar": 5}}) as world:
        statuses = [world.register(world.platform(i)).status for i in range(8)]
        equal(statuses[:5], [200] * 5)
        assert all(status in (429, 503) for status in statuses[5:]), statuses
        equal(world.register(world.platform(2)).status, 200)
        equal(world.counts()["queued"], 5)


def a_bundle_brings_platforms_where_nobody_may_be_asked():
    with PlatformWorld(intel={"fill": "offline"}) as world:
        platforms = world.sim.platforms(0, 6)
        equal(world.register(platforms[0]).status, 200)
        bundle = bundle_of(world, platforms)
        asked = world.sim.status()["requests"]["all"]
        equal(put(world, bundle).status, 200)
        for platform in platforms:
            pem = check_pem(world.pckcert(platform), platform, tcbm_of(platform))
            listed = [entry for entry in bundle["collaterals"]["pck_certs"]
                      if entry["qe_id"] == platform["qe_id"]][0]["certs"]
            assert der_of(pem) in [der_of(unquote(each["cert"])) for each in listed]
        equal(world.tcb_info().status, 200)
        equal(world.counts()["queued"], 0, "what came is queued no more")
        equal(world.sim.status()["requests"]["all"], asked, "nobody was asked")
        equal(put(world, bundle).status, 200)
        world.restart()
        check_pem(world.pckcert(platforms[5]), platforms[5])


def a_bundle_with_one_wrong_thing_is_refused_whole_and_says_what():
    with PlatformWorld(intel={"fill": "offline"}) as world:
        platforms = world.sim.platforms(0, 3)
        bundle = bundle_of(world, platforms)

        def spoil(change):
            copy = json.loads(json.dumps(bundle))
            change(copy["collaterals"])
            return put(world, copy)

        def other_digit(text):
            middle = len(text) // 2
            while not text[middle].isdigit():
                middle += 1
            return text[:middle] + ("1" if text[middle] != "1" else "2") + text[middle + 1:]

        def wrong_signature(c):
            c["tcbinfos"][0]["sgx_tcbinfo"]["signature"] = \
                other_digit(c["tcbinfos"][0]["sgx_tcbinfo"]["signature"])

        def wrong_certificate(c):
            c["pck_certs"][1]["certs"][0]["cert"] = c["pck_certs"][0]["certs"][0]["cert"]

        def no_root_crl(c):
            c["rootcacrl"] = "3000"

        def wrong_identity(c):
            c["qeidentity"] = c["qeidentity"].replace("isvprodid", "isvprodie")

        for change, place in [(wrong_signature, "tcbinfos[0]"),
                              (wrong_certificate, "pck_certs[1]"),
                              (no_root_crl, "rootcacrl"), (wrong_identity, "qeidentity")]:
            answer = spoil(change)
            assert answer.status in (400, 460), (place, answer.status, answer.body)
            assert place in answer.body.decode(), (place, answer.body)
            equal(world.counts()["platforms"], 0, place)
            equal(world.tcb_info().status, 404, place)
        equal(put(world, {"platforms": []}).status, 400)
        equal(put(world, bundle).status, 200)


def a_refresh_of_certificates_asks_for_the_platforms_of_those_fmspcs():
    with PlatformWorld() as world:
        for index in (0, 2):
            equal(world.register(world.platform(index)).status, 200)
        world.sim.reset()
        admin = {"admin-token": ADMIN}
        for query, calls in [("type=certs&fmspc=" + FIRST_FMSPC, 2),
                             ("type=certs&fmspc=all", 2),
                             ("type=certs&fmspc=%s,00906ed50000" % FIRST_FMSPC, 2)]:
            world.sim.reset()
            equal(world.send("POST", V4 + "refresh?" + query, None, admin).status, 200)
            equal(world.sim.calls("pckcerts"), calls, query)
        equal(world.send("POST", V4 + "refresh", None, admin).status, 200)
        equal(world.send("GET", V4 + "refresh", None, admin).status, 405)
        world.sim.faults({"fault": "500"})
        equal(world.send("POST", V4 + "refresh", None, admin).status, 503)
    with PlatformWorld(intel={"fill": "offline"}) as world:
        equal(world.send("POST", V4 + "refresh", None, {"admin-token": ADMIN}).status, 503)


def who_sits_behind_us_asks_as_of_pcs():
    with PlatformWorld() as world:
        platform = world.platform()
        host = {"Authorization": "Bearer " + HOST}
        target = V4 + "pckcerts?encrypted_ppid=%s&pceid=%s" % (platform["encrypted_ppid"],
                                                              platform["pce_id"])
        ours = world.send("GET", target, None, host)
        equal(ours.status, 200, ours.body)
        theirs = world.sim_get(target)
        key = lambda entry: entry["tcbm"].lower()
        equal(sorted([key(each) for each in ours.json()]),
              sorted([key(each) for each in theirs.json()]))
        for mine, its in zip(sorted(ours.json(), key=key), sorted(theirs.json(), key=key)):
            equal(der_of(unquote(mine["cert"])), der_of(unquote(its["cert"])))
        for header in ("SGX-PCK-Certificate-Issuer-Chain", "SGX-FMSPC",
                       "SGX-PCK-Certificate-CA-Type"):
            equal(unquote(ours.header(header)).lower().strip(),
                  unquote(theirs.header(header)).lower().strip(), header)
        calls = world.sim.calls("pckcerts")
        equal(world.send("GET", target, None, host).status, 200)
        equal(world.sim.calls("pckcerts"), calls)
        many = world.platform(1)
        answer = world.send("POST", V4 + "pckcerts",
                            {"platformManifest": many["manifest"],
                             "pceid": many["pce_id"]}, host)
        equal(answer.status, 200, answer.body)
        assert len(answer.json()) == len(many["tcbms"])


def a_thim_stands_behind_a_thim():
    with PlatformWorld() as upper:
        key = upper.directory + "/token"
        with open(key, "w", encoding="ascii") as file:
            file.write(HOST + "\n")
        os.chmod(key, 0o600)
        for upstream in ({}, {"api_key_file": key}):
            lower = PlatformWorld(start=False)
            with open(lower.config_file, encoding="utf-8") as file:
                config = json.load(file)
            config["intel"]["upstreams"] = [dict(
                {"name": "upper", "kind": "thim", "url": "http://%s:%d" % upper.address},
                **upstream)]
            config["trust"] = {"test_roots": [{"spki_sha256": upper.sim.root,
                                               "name": "sim"}]}
            with open(lower.config_file, "w", encoding="utf-8") as file:
                json.dump(config, file)
            with lower:
                lower.start()
                platform = upper.platform()
                check_pem(lower.pckcert(platform), platform, tcbm_of(platform))


def direct_registration_is_handed_on_where_that_is_configured():
    with PlatformWorld() as world:
        equal(world.send_raw("POST", "/sgx/registration/v1/platform", b"x",
                             {"Content-Type": "application/octet-stream"}).status, 404)
    with PlatformWorld(intel={"registration_relay": "anyone"}) as world:
        platform = world.platform(1)
        manifest = bytes.fromhex(platform["manifest"])
        answer = world.send_raw("POST", "/sgx/registration/v1/platform", manifest,
                                {"Content-Type": "application/octet-stream"})
        equal((answer.status, answer.body.decode().lower()), (201, platform["ppid"]))
        check_pem(world.pckcert(platform), platform)
        equal(world.show(platform)["cached_keys"], True)
        answer = world.send_raw("POST", "/sgx/registration/v1/platform", manifest[:-1],
                                {"Content-Type": "application/octet-stream"})
        equal(answer.status, 400)
        assert answer.header("Error-Code"), answer.headers.items()


def policies_of_sgx_and_tdx_stand_side_by_side():
    with PlatformWorld() as world:
        admin = {"admin-token": ADMIN}
        sgx, tdx = policy("sgx"), policy("tdx")
        ids = set()
        for text in (sgx, tdx):
            answer = world.send("PUT", V4 + "appraisalpolicy",
                                {"is_default": True, "fmspc": FIRST_FMSPC,
                                 "policy": text}, admin)
            equal(answer.status, 200, answer.body)
            ids.add(answer.body)
        equal(len(ids), 2)
        answer = world.get(V4 + "appraisalpolicy?fmspc=" + FIRST_FMSPC.upper())
        equal((answer.status, answer.body.decode()), (200, sgx + "," + tdx))
        for target in recorded_policy_requests():
            equal(world.get(target).body.decode(), sgx + "," + tdx, target)
        newer = policy("sgx", accepted="SWHardeningNeeded")
        world.send("PUT", V4 + "appraisalpolicy",
                   {"is_default": True, "fmspc": FIRST_FMSPC, "policy": newer}, admin)
        answer = world.get(V4 + "appraisalpolicy?fmspc=" + FIRST_FMSPC)
        equal(answer.body.decode(), newer + "," + tdx)
        equal(world.get(V4 + "appraisalpolicy?fmspc=00906ed50000").status, 404)
        equal(world.get(V4 + "appraisalpolicy?fmspc=nothex").status, 400)
        for text in ("", "a.b.c", sgx[:-10] if sgx.count(".") < 2 else "x" + sgx):
            equal(world.send("PUT", V4 + "appraisalpolicy",
                             {"is_default": True, "fmspc": FIRST_FMSPC, "policy": text},
                             admin).status, 400, text[:20])


def recorded_policy_requests():
    """What QPL was recorded to send, for an FMSPC that the simulator knows; none without the
    recordings."""
    path = os.path.join(SHARED, "vectors", "requests", "intel-qpl-1.13.110.txt")
    if not os.path.exists(path):
        print("# the recordings are not there")
        return
    with open(path, encoding="utf-8") as file:
        for line in file:
            if "/appraisalpolicy?" in line:
                yield re.sub("fmspc=[0-9A-F]{12}", "fmspc=" + FIRST_FMSPC.upper(),
                             line.split(" ")[1])


def policy(tee, accepted="UpToDate"):
    class_ids = {"sgx": "3123ec35-8d38-4ea5-87a5-d6c48b567570",
                 "tdx": "9eec018b-7481-4b1c-8e1a-9f7c0c8c777f"}

    def encode(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    inner = {"policy_array": [{"environment": {"class_id": class_ids[tee]},
                               "reference": {"accepted_tcb_status": [accepted]}}]}
    return ".".join([encode({"alg": "none"}), encode({"policy_payload": json.dumps(inner)}),
                     ""])


def a_storm_of_registrations_loses_none():
    a_storm(1000)


def a_kill_loses_nothing_that_was_acknowledged():
    a_kill_in_a_storm(300)


tell(a_registration_fetches_and_is_idempotent,
     who_may_do_what,
     guessing_is_paced,
     two_tokens_of_one_name_are_valid_while_one_is_rotated,
     what_is_malformed_is_400_and_changes_nothing,
     what_the_vendor_refuses_is_told_by_its_code,
     a_registration_survives_an_upstream_that_is_away,
     a_qe_id_belongs_to_who_registered_it,
     the_queue_is_read_without_harm_and_drained_by_its_own_verb,
     the_queue_of_one_registrar_is_bounded,
     a_bundle_brings_platforms_where_nobody_may_be_asked,
     a_bundle_with_one_wrong_thing_is_refused_whole_and_says_what,
     a_refresh_of_certificates_asks_for_the_platforms_of_those_fmspcs,
     who_sits_behind_us_asks_as_of_pcs,
     a_thim_stands_behind_a_thim,
     direct_registration_is_handed_on_where_that_is_configured,
     policies_of_sgx_and_tdx_stand_side_by_side,
     a_storm_of_registrations_loses_none,
     a_kill_loses_nothing_that_was_acknowledged)
