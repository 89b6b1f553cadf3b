#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A host asks for its PCK certificate: as each client does, before and after its platform
is known, over firmware updates, revocations and the vendor's bad days."""

import json
import os
import re

from harness import Simulator, equal, shared, tell
from platforms import (PlatformWorld, V4, ZERO_PPID, check_json, check_pem, raw_of,
                       tcbm_of)

RECORDINGS = ["intel-qpl-1.13.110.txt", "azure-dcap-client-1.13.1.txt"]
PREFIXES = [prefix + "sgx/certification/%s/" % version
            for prefix in ("/", "/metadata/THIM/") for version in ("v2", "v3", "v4")]


def a_stranger_is_answered_once_upstream_has_vouched_for_it():
    with PlatformWorld() as world:
        platform = world.platform()
        equal(world.counts()["platforms"], 0)
        first = world.pckcert(platform)
        check_pem(first, platform, tcbm_of(platform))
        calls = world.sim.calls("pckcert")
        equal(calls, 1, "one list for all TCBs")
        again = world.pckcert(platform)
        equal((again.body, again.header("SGX-TCBm")), (first.body, first.header("SGX-TCBm")))
        equal(world.sim.calls("pckcert"), calls, "the second is answered from here")
        equal(world.counts()["platforms"], 1)
        equal(world.platforms()[0]["bound_by"], "asking")


def every_prefix_and_shape_gives_the_same_certificate():
    with PlatformWorld() as world:
        platform = world.platform()
        leaf = check_pem(world.pckcert(platform))
        for prefix in PREFIXES:
            metadata = {"Metadata": "true"} if "metadata" in prefix else {}
            for extra in ["", "&api-version=2021-07-22-preview", "&clientid=production_client"]:
                answer = world.pckcert(platform, metadata, prefix, extra)
                if metadata or extra:
                    equal(check_json(answer, platform), leaf, prefix + extra)
                else:
                    equal(check_pem(answer, platform), leaf, prefix + extra)
        equal(check_json(world.pckcert(platform, {"metadata": "true"})), leaf)
        equal(world.pckcert(platform, prefix=PREFIXES[-1]).status, 400,
              "the metadata path wants its header")


def every_recorded_request_gets_what_its_client_needs():
    asked = 0
    with PlatformWorld() as world:
        platform = world.platform()
        check_pem(world.pckcert(platform))
        for name in RECORDINGS:
            with open(shared("vectors", "requests", name), encoding="utf-8") as file:
                for line in file:
                    if line.startswith("GET ") and "/pckcert?" in line:
                        replay(world, platform, line)
                        asked += 1
    assert asked >= 10, asked


def replay(world, platform, line):
    """The recorded machine is exchanged for one that the simulator knows."""
    _, target, headers = line.split(" ", 2)
    for name, value in (("qeid", platform["qe_id"]), ("cpusvn", platform["raw"]["cpusvn"]),
                        ("pcesvn", platform["raw"]["pcesvn"])):
        target = re.sub(r"(%s=)[0-9A-Fa-f]+" % name,
                        lambda match, value=value: match.group(1) + value, target)
    answer = world.get(target, json.loads(headers))
    is_azure = "api-version" in target or "clientid" in target or "metadata" in target
    (check_json if is_azure else check_pem)(answer, platform, tcbm_of(platform))


def each_raw_tcb_gets_the_best_certificate_that_it_reaches():
    with PlatformWorld() as world:
        platform = world.platform()
        for which in range(len(platform["tcbms"])):
            tcbm = tcbm_of(platform, which)
            answer = world.pckcert(platform, **raw_of(tcbm))
            check_pem(answer, platform, tcbm)
        lowest = raw_of(tcbm_of(platform, -1))
        below = dict(lowest, cpusvn="00" * 16)
        answer = world.pckcert(platform, **below)
        equal((answer.status, answer.header("THIM-Error")), (404, "no_fit"))
        equal(world.sim.calls("pckcert"), 1)


def ten_thousand_invented_cpusvns_leave_no_trace():
    with PlatformWorld() as world:
        platform = world.platform()
        check_pem(world.pckcert(platform))
        before = world.counts()
        for i in range(10000):
            answer = world.pckcert(platform, cpusvn="ff" * 12 + "%08x" % i)
            equal(answer.status, 200)
        after = world.counts()
        equal(after["platforms"], before["platforms"])
        assert after["raw_tcbs"] <= before["raw_tcbs"] + 4, after
        assert world.sim.calls("pckcert") <= 2, "one more look upstream, at most"


def what_is_malformed_is_400_and_names_the_parameter():
    with PlatformWorld() as world:
        platform = world.platform()
        for changes, named in [({"qeid": "xyz"}, "qeid"), ({"qeid": ""}, "qeid"),
                               ({"qeid": "0" * 261}, "qeid"), ({"cpusvn": "00"}, "cpusvn"),
                               ({"cpusvn": "g" * 32}, "cpusvn"), ({"pcesvn": "0"}, "pcesvn"),
                               ({"pcesvn": None}, "pcesvn"), ({"pceid": "00000"}, "pceid"),
                               ({"pceid": None}, "pceid"),
                               ({"encrypted_ppid": "12"}, "encrypted_ppid"),
                               ({"encrypted_ppid": "q" * 768}, "encrypted_ppid")]:
            answer = world.pckcert(platform, **changes)
            equal(answer.status, 400, changes)
            assert named in answer.body.decode(), (changes, answer.body)
        equal(world.sim.calls("pckcert"), 0, "nobody was asked")
        unknown = world.pckcert(platform, pceid="0100")
        equal(unknown.status, 404, "another PCE-ID is another platform")
        equal(world.counts()["platforms"], 0)


def without_an_encrypted_ppid_a_stranger_cannot_be_asked_for():
    with PlatformWorld() as world:
        platform = world.platform()
        for ppid in (ZERO_PPID, None):
            answer = world.pckcert(platform, encrypted_ppid=ppid)
            equal((answer.status, answer.header("THIM-Error")), (404, "zero_ppid"))
        check_pem(world.pckcert(platform))
        for ppid in (ZERO_PPID, None, world.platform(nonce=7)["encrypted_ppid"]):
            check_pem(world.pckcert(platform, encrypted_ppid=ppid), platform)
        equal(world.sim.calls("pckcert"), 1)


def fill_modes_answer_with_the_codes_of_pccs():
    with PlatformWorld(intel={"fill": "req"}) as world:
        platform = world.platform()
        answer = world.pckcert(platform)
        equal((answer.status, answer.header("THIM-Error")), (461, "platform_unknown"))
        equal(world.sim.calls("pckcert"), 0)
        equal(world.register(platform).status, 200)
        check_pem(world.pckcert(platform), platform, tcbm_of(platform))
        equal(world.tcb_info(fmspc="ffffffffffff").status, 404)
    with PlatformWorld(intel={"fill": "offline"}) as world:
        equal(world.pckcert(world.platform()).status, 461)
        equal(world.tcb_info().status, 404)
        equal(world.sim.status()["requests"]["all"], 0, "nobody is ever asked")


def a_firmware_update_brings_its_certificate_within_a_day():
    with PlatformWorld(now="2026-11-01") as world:
        platform = world.platform()
        newest = tcbm_of(platform)
        check_pem(world.pckcert(platform), platform, newest)
        world.at("2026-11-13")
        calls = world.sim.calls("pckcert")
        world.at("2026-11-15")  # the vendor discloses the next TCB on the 14th
        updated = world.platform()
        assert tcbm_of(updated) != newest, "a TCB recovery"
        given = world.pckcert(updated)
        check_pem(given, updated)  # the old one until the new one has come
        world.at("2026-11-16")
        check_pem(world.pckcert(updated), updated, tcbm_of(updated))
        assert world.sim.calls("pckcert") > calls
        check_pem(world.pckcert(updated, **raw_of(newest)), updated, newest)


def a_gap_is_462_and_is_filled_when_the_vendor_fills_it():
    with PlatformWorld(now="2026-11-01") as world:
        platform = world.platform()
        for tcbm in platform["tcbms"]:
            world.sim.event("gap", platform=platform["index"], tcbm=tcbm)
        answer = world.pckcert(platform)
        assert answer.status in (404, 462), answer.status
        world.sim.event("fill", platform=platform["index"], tcbm=platform["tcbms"][1])
        world.at("2026-11-03")
        answer = world.pckcert(platform)
        check_pem(answer, platform, tcbm_of(platform, 1))
        lower = world.pckcert(platform, **raw_of(platform["tcbms"][2]))
        equal((lower.status, lower.header("THIM-Error")), (462, "certificate_gap"))
        world.sim.event("fill", platform=platform["index"], tcbm=platform["tcbms"][0])
        world.at("2026-11-05")
        check_pem(world.pckcert(platform), platform, tcbm_of(platform))


def a_revocation_that_comes_by_crl_is_told_at_once():
    with PlatformWorld(now="2026-11-01") as world:
        platform, other = world.platform(0), world.platform(2)
        check_pem(world.pckcert(platform))
        check_pem(world.pckcert(other))
        world.at("2026-11-02")
        world.sim.event("revoke_pck", platform=platform["index"])
        assert world.refresh("pck_crl/processor")
        answer = world.pckcert(platform)
        equal((answer.status, answer.header("THIM-Error")), (404, "revoked"))
        check_pem(world.pckcert(other))
        world.restart()
        equal(world.pckcert(platform).header("THIM-Error"), "revoked")


def one_odd_certificate_is_passed_over():
    for how in ("unreadable", "other_ppid", "impostor", "expired"):
        with PlatformWorld() as world:
            platform = world.platform()
            world.sim.event("odd_pck", platform=platform["index"],
                            tcbm=platform["tcbms"][0], how=how)
            check_pem(world.pckcert(platform), platform, tcbm_of(platform, 1))


def a_platform_of_several_packages_needs_its_manifest():
    with PlatformWorld() as world:
        platform = world.platform(1)
        answer = world.pckcert(platform)
        equal((answer.status, answer.header("THIM-Error")),
              (404, "platform_not_at_vendor"))
        equal(world.register(platform).status, 200)
        check_pem(world.pckcert(platform), platform, tcbm_of(platform))
        equal(world.show(platform)["cached_keys"], False)
        calls = world.sim.calls("pckcerts")
        world.at("2026-12-15")  # fetched again, with the manifest
        assert world.sim.calls("pckcerts") > calls
        check_pem(world.pckcert(world.platform(1)))


def upstreams_trouble_is_never_the_hosts_fault():
    for fault in ({"fault": "503"}, {"fault": "429", "retry_after": 7}, {"fault": "500"},
                  {"fault": "down"}, {"fault": "no_chain"}, {"fault": "garbage"},
                  {"fault": "garbage_chain"}):
        with PlatformWorld() as world:
            platform = world.platform()
            world.sim.faults(dict(fault, match={"path": V4 + "pckcert"}))
            answer = world.pckcert(platform)
            equal((answer.status, answer.body), (503, b""), fault)
            equal(world.counts()["platforms"], 0, fault)
            if "retry_after" in fault:
                assert int(answer.header("Retry-After")) >= 1


def known_hosts_are_answered_while_upstream_is_away():
    with PlatformWorld() as world:
        platform = world.platform()
        first = world.pckcert(platform)
        world.sim.faults({"fault": "down"})
        world.at("2026-11-20")
        equal(world.pckcert(platform).body, first.body)
        world.restart()
        equal(world.pckcert(platform).body, first.body)


def what_is_unchanged_is_304_and_private():
    with PlatformWorld() as world:
        platform = world.platform()
        first = world.pckcert(platform)
        etag = first.header("ETag")
        again = world.pckcert(platform, {"If-None-Match": etag})
        equal((again.status, again.body), (304, b""))
        assert again.header("Cache-Control").startswith("private")
        own = world.pckcert(platform, {"Request-ID": "host-7"})
        equal((own.header("Request-ID"), own.body), ("host-7", first.body))


def the_key_of_an_upstream_goes_nowhere_else():
    keyed = Simulator(flavour=["--api-key", "k" * 32])
    bare = Simulator()
    with PlatformWorld(simulators=[keyed, bare]) as world:
        world.thimd.stop()
        with open(world.directory + "/key", "w", encoding="ascii") as file:
            file.write("k" * 32 + "\n")
        os.chmod(world.directory + "/key", 0o600)
        with open(world.config_file, encoding="utf-8") as file:
            config = json.load(file)
        config["intel"]["upstreams"][0]["api_key_file"] = world.directory + "/key"
        with open(world.config_file, "w", encoding="utf-8") as file:
            json.dump(config, file)
        world.start()
        platform = keyed.platforms(0, 1)[0]
        check_pem(world.pckcert(platform), platform)
        keys = keyed.status()["requests"]["keys"]
        equal(keys["wrong"], 0)
        assert keys["with"] >= 1, keys
        elsewhere = bare.status()["requests"]["keys"]
        equal((elsewhere["with"], elsewhere["wrong"]), (0, 0))
        for path in keys["by_path"]:
            assert "pckcert" in path or "registration" in path, "the key went to " + path


tell(a_stranger_is_answered_once_upstream_has_vouched_for_it,
     every_prefix_and_shape_gives_the_same_certificate,
     every_recorded_request_gets_what_its_client_needs,
     each_raw_tcb_gets_the_best_certificate_that_it_reaches,
     ten_thousand_invented_cpusvns_leave_no_trace,
     what_is_malformed_is_400_and_names_the_parameter,
     without_an_encrypted_ppid_a_stranger_cannot_be_asked_for,
     fill_modes_answer_with_the_codes_of_pccs,
     a_firmware_update_brings_its_certificate_within_a_day,
     a_gap_is_462_and_is_filled_when_the_vendor_fills_it,
     a_revocation_that_comes_by_crl_is_told_at_once,
     one_odd_certificate_is_passed_over,
     a_platform_of_several_packages_needs_its_manifest,
     upstreams_trouble_is_never_the_hosts_fault,
     known_hosts_are_answered_while_upstream_is_away,
     what_is_unchanged_is_304_and_private,
     the_key_of_an_upstream_goes_nowhere_else)
