#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""AMD's side as its clients see it: a mirror of KDS, Azure's metadata endpoint and its
regional cache, over KDS's throttling, its outages and its false answers."""

import concurrent.futures
import shlex

from amd import (METADATA, PEM, AmdWorld, from_pem, to_pem, vcek_target, vlek_target)
from harness import command, equal, tell

YES, NO = 0, 1
DAY = 86400


def who_has_amd_alone_is_ready_by_amds_set():
    with AmdWorld(intel={"upstreams": []}, start=False) as world:
        world.sim.faults({"fault": "503"})
        world.start()
        answer = world.get("/readyz")
        equal((answer.status, answer.header("THIM-Error-Message")),
              (503, "no valid set of AMD's is held; in date there is no issuer chain"))
        equal(world.get("/healthz/startup").status, 200, "the first round has ended")
        equal(command("status", state=world.state)[0], NO)
        world.sim.faults()
        world.pass_seconds(3600)
        equal(world.get("/readyz").status, 200)
        code, out, err = command("status", state=world.state)
        equal((code, err), (YES, ""))
        assert ", ready\n" in out, out
        shown = world.get("/readyz?verbose").body.decode()
        assert "[+] AMD: one valid set\n" in shown, shown
        assert "[ ] Intel: does not count, without root CRL" in shown, shown


def a_vcek_is_the_vendors_bytes_and_fetched_once():
    with AmdWorld() as world:
        for index in range(3):
            chip = world.chip(index)
            first = world.vcek(chip)
            equal(first.status, 200, first.body)
            equal(first.body, world.vendor(vcek_target(chip)).body)
            asked = world.sim.calls("/vcek/v1/%s/%s" % (chip["product"], chip["hwid"]))
            again = world.vcek(chip)
            equal((again.status, again.body), (200, first.body))
            equal(world.sim.calls("/vcek/v1/%s/%s" % (chip["product"], chip["hwid"])), asked)
            assert again.header("ETag"), "KDS has none; we have"
            assert "max-age=" in again.header("Cache-Control"), again.headers.items()
            equal(world.get(vcek_target(chip),
                            {"If-None-Match": again.header("ETag")}).status, 304)
            world.pass_seconds(30)
        equal(world.status()["chips"]["in_memory"], 3)


def parameters_come_in_any_order_and_padding():
    with AmdWorld() as world:
        chip = world.chip()
        whole = world.vcek(chip)
        equal(whole.status, 200, whole.body)
        path, query = vcek_target(chip).split("?")
        pairs = query.split("&")
        plain = ["%s=%d" % (name, int(value))
                 for name, value in (pair.split("=") for pair in pairs)]
        calls = world.sim.status()["requests"]["by_kind"]["vcek"]
        assert calls == 1, calls
        for other in [pairs[::-1], plain, plain[::-1]]:
            answer = world.get(path + "?" + "&".join(other))
            equal((answer.status, answer.body), (200, whole.body), other)
        equal(world.get(path.replace(chip["hwid"], chip["hwid"].upper()) + "?" + query).status,
              200)
        equal(world.sim.status()["requests"]["by_kind"]["vcek"], calls)


def impossible_requests_are_refused_without_a_call():
    with AmdWorld() as world:
        milan, genoa, turin = world.chips(0, 3)
        calls = world.sim.status()["requests"]["by_kind"]["vcek"]
        for target, status, why in [
                (vcek_target(milan, hwid="0" * 128), 404, "chip id of zeros only"),
                (vcek_target(turin, hwid=turin["chip_id"]), 400, "16 of them for Turin"),
                (vcek_target(milan, product="Rome"), 404, '"Rome" is not known'),
                (vcek_target(genoa, product="Siena"), 404, "KDS has Siena under Genoa"),
                (vcek_target(milan, hwid=milan["hwid"][:-2]), 400, "128 of them for Milan"),
                (vcek_target(genoa, hwid="zz" * 64), 400, "128 of them for Genoa"),
                (vcek_target(milan) + "&fmcSPL=01", 400, "fmcSPL: Milan has no such"),
                (vcek_target(milan) + "&blSPL=03", 400, '"blSPL" comes twice'),
                (vcek_target(milan, blSPL=300), 400, 'blSPL is "300"')]:
            answer = world.get(target)
            equal(answer.status, status, target)
            assert why in answer.body.decode(), (target, answer.body)
        equal(world.sim.status()["requests"]["by_kind"]["vcek"], calls)


def chains_and_crls_are_mirrored():
    with AmdWorld() as world:
        for product in ("Milan", "Genoa", "Turin"):
            for kind in ("vcek", "vlek"):
                for what in ("cert_chain", "crl"):
                    target = "/%s/v1/%s/%s" % (kind, product, what)
                    answer = world.get(target)
                    equal((answer.status, answer.body), (200, world.vendor(target).body),
                          target)
                    assert answer.header("ETag") and answer.header("Cache-Control"), target


def a_vlek_comes_from_where_vleks_are_given():
    with AmdWorld(lends_vleks=True) as world:
        for chip in world.chips(0, 3):
            target = vlek_target(chip)
            answer = world.get(target)
            equal((answer.status, answer.body), (200, world.vendor(target).body), target)
            calls = world.sim.status()["requests"]["by_kind"]["vlek"]
            equal(world.get(target).body, answer.body)
            equal(world.sim.status()["requests"]["by_kind"]["vlek"], calls)


def the_metadata_endpoint_answers_for_this_host_as_azure_does():
    with AmdWorld(host=0) as world:
        chip = world.chip()
        answer = world.metadata()
        equal(answer.status, 200, answer.body)
        told = answer.json()
        equal(list(told), ["vcekCert", "tcbm", "certificateChain", "cacheControl"])
        equal(from_pem(told["vcekCert"]), world.vendor(vcek_target(chip)).body)
        equal(told["tcbm"], chip["tcb_version"])
        equal(len(PEM.findall(told["certificateChain"])), 2)
        equal(told["certificateChain"],
              world.vendor("/vcek/v1/%s/cert_chain" % chip["product"]).body.decode())
        equal(told["cacheControl"], "86400")


def the_seeds_curl_and_the_jobs_arguments_are_answered():
    """The command of the page, and the args of its Kubernetes job, word for word but for
    the address (169.254.169.254 there)."""
    with AmdWorld(host=1) as world:
        url = "http://169.254.169.254" + METADATA
        for words in [shlex.split('curl GET "%s" -H "Metadata: true"' % url),
                      ["curl", url, "-H", "Metadata:true"]]:
            target = [word for word in words if word.startswith("http")][0]
            name, _, value = words[words.index("-H") + 1].partition(":")
            answer = world.get(target.replace("http://169.254.169.254", ""),
                               {name: value.strip()})
            equal(answer.status, 200, answer.body)
            assert answer.json()["vcekCert"].startswith("-----BEGIN CERTIFICATE-----\n")


def refusals_of_the_metadata_endpoint_say_what_to_do():
    with AmdWorld() as world:
        chip = world.chip(40)
        named = "?platformId=%s&tcbVersion=%s"
        world.sim.faults({"fault": "503", "match": {"kind": "vcek"}})
        for answer, status, code in [
                (world.get(METADATA), 400, "no_metadata_header"),
                (world.get(METADATA, {"Metadata": "false"}), 400, "no_metadata_header"),
                (world.metadata(headers={"X-Forwarded-For": "10.0.0.1"}), 400, "forwarded"),
                (world.metadata(), 404, "not_found"),
                (world.metadata("?platformId=zz"), 400, "malformed"),
                (world.metadata(named % ("zz" * 64, "0" * 16)), 400, "malformed"),
                (world.metadata(named % ("0" * 128, "0" * 16)), 404, "not_found"),
                (world.metadata(named % (chip["chip_id"], chip["tcb_version"])), 429,
                 "unreachable")]:
            equal(answer.status, status, answer.body)
            error = answer.json()["error"]
            equal(sorted(error), ["code", "message", "remedy"])
            equal(error["code"], code)
            assert error["message"] and error["remedy"], error
            equal(answer.header("Retry-After") is not None, status == 429)


def a_named_chip_is_answered_in_every_form():
    """CCF's and the sidecars' requests: chip ID and TCB_VERSION in hex."""
    with AmdWorld() as world:
        for chip in world.chips(0, 3):
            named = world.metadata("?platformId=%s&tcbVersion=%s&productName=%s" % (
                chip["chip_id"], chip["tcb_version"], chip["product"]))
            equal(named.status, 200, named.body)
            der = world.vendor(vcek_target(chip)).body
            equal(from_pem(named.json()["vcekCert"]), der)
            path = "/SevSnpVM/certificates/%s/%s" % (chip["chip_id"], chip["tcb_version"])
            for extra in ["", "?api-version=2020-10-15-preview"]:
                cached = world.get(path + extra)
                equal(cached.status, 200, (path, cached.body))
                certificates = PEM.findall(cached.body.decode())
                equal(len(certificates), 3)
                equal(from_pem(certificates[0]), der)
            world.pass_seconds(60)
        nobody = "/SevSnpVM/certificates/%s/%s" % ("ab" * 64, world.chip()["tcb_version"])
        equal((world.get(nobody).status, world.get(nobody).body), (404, b""))


def throttling_and_false_404s_leave_good_entries_alone():
    with AmdWorld() as world:
        chip = world.chip()
        targets = [vcek_target(chip), "/vcek/v1/Milan/cert_chain", "/vcek/v1/Milan/crl"]
        good = [world.get(target) for target in targets]
        equal([answer.status for answer in good], [200, 200, 200])
        for fault, kind in [("429", "unreachable"), ("404", "not_found"),
                            ("503", "unreachable"), ("500", "unreachable"),
                            ("garbage", "format"), ("down", "unreachable"),
                            ("cut", "unreachable"), ("impostor", "untrusted"),
                            ("other", "untrusted")]:
            world.sim.faults({"fault": fault})
            world.pass_seconds(DAY)
            equal(world.refresh("amd/vcek/Milan"), False, fault)
            for target, before in zip(targets, good):
                answer = world.get(target)
                equal((answer.status, answer.body), (200, before.body), (fault, target))
            equal(world.keeping("amd/vcek/Milan/cert_chain")["kind"], kind, fault)
        world.sim.faults()
        equal(world.refresh("amd/vcek/Milan"), True)


def an_outage_of_a_day_is_invisible_for_known_chips():
    with AmdWorld() as world:
        chips = world.chips(0, 6)
        bodies = []
        for chip in chips:
            answer = world.vcek(chip)
            while answer.status == 429:
                world.pass_seconds(int(answer.header("Retry-After")))
                answer = world.vcek(chip)
            equal(answer.status, 200, answer.body)
            bodies.append(answer.body)
        world.sim.faults({"fault": "down"})
        for _ in range(24):
            world.pass_seconds(3600)
            for chip, body in zip(chips, bodies):
                equal(world.vcek(chip).body, body)
        assert world.keeping("amd/vcek/Milan/crl")["failures"] > 0, "nobody noticed"
        world.restart()
        for chip, body in zip(chips, bodies):
            equal(world.vcek(chip).body, body, "nor does a restart show it")
        stranger = world.vcek(world.chip(40))
        equal(stranger.status, 429, stranger.body)
        assert int(stranger.header("Retry-After")) > 0


def what_does_not_verify_is_never_given():
    for fault, why in [("impostor", "signature does not hold"),
                       ("other", "it is another chip's"),
                       ("expired", "notAfter was"), ("future", "notBefore is"),
                       ("garbage", "a page in HTML"), ("truncated", "ends early"),
                       ("bad_signature", "signature does not hold")]:
        with AmdWorld() as world:
            world.sim.faults({"fault": fault, "match": {"kind": "vcek"}})
            answer = world.vcek(world.chip())
            equal((answer.status, answer.header("Retry-After")), (429, "30"), fault)
            assert why in answer.body.decode(), (fault, answer.body)
            world.sim.faults()
            world.pass_seconds(DAY)
            equal(world.vcek(world.chip()).status, 200, fault + " is over")


def a_revoked_ask_takes_its_chips_along():
    with AmdWorld() as world:
        milan, genoa = world.chips(0, 2)
        equal([world.vcek(chip).status for chip in (milan, genoa)], [200, 200])
        world.sim.event("revoke_ask", product="Milan")
        world.pass_seconds(DAY)
        answer = world.vcek(milan)
        equal((answer.status, answer.header("THIM-Error")), (404, "revoked"), answer.body)
        equal(world.get("/vcek/v1/Milan/cert_chain").status, 404)
        equal(world.get("/vcek/v1/Milan/crl").status, 200, "which says so")
        equal(world.vcek(genoa).status, 200, "another product")


def a_token_brings_a_certificate_that_is_kept_once_verified():
    with AmdWorld() as world:
        equal(world.vcek(world.chip()).status, 200, "its chain is held from here on")
        chip = world.chip(3)
        der = world.vendor(vcek_target(chip)).body
        world.sim.faults({"fault": "503", "match": {"kind": "vcek"}})
        for token, status in [(None, 401), ("wrong", 401), ("reader-secret", 403)]:
            equal(world.bring(der, token).status, status, token)
        for body in [der[:-1], der[:200] + bytes([der[200] ^ 1]) + der[201:], b"", b"{}"]:
            equal(world.bring(body).status, 400, body[:20])
        equal(world.vcek(chip).status, 429, "nothing of this was kept")
        equal(world.bring(to_pem(der).encode()).status, 200)
        equal(world.bring(der).json()["outcome"], "same")
        equal((world.vcek(chip).status, world.vcek(chip).body), (200, der))
        world.restart()
        equal(world.vcek(chip).body, der)


def one_flight_for_a_chip_asked_for_by_many():
    with AmdWorld() as world:
        chip = world.chip()
        world.sim.faults({"fault": "slow", "delay_ms": 300, "match": {"kind": "vcek"}})
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: world.vcek(chip).status, range(20)))
        equal(set(answers), {200})
        equal(world.sim.calls(chip["hwid"]), 1)


def a_reissued_certificate_takes_the_place_of_the_one_before():
    with AmdWorld() as world:
        chip = world.chip()
        first = world.vcek(chip).body
        world.pass_seconds(DAY)
        world.sim.event("reissue", chip=0)
        later = world.vendor(vcek_target(chip)).body
        assert later != first
        equal(world.bring(later).json()["outcome"], "replaced")
        equal(world.vcek(chip).body, later)


def the_tokens_of_hosts_make_their_chips_known():
    with AmdWorld(amd={"unknown_chips": "refuse"}) as world:
        chip = world.chip()
        answer = world.vcek(chip)
        equal((answer.status, answer.header("THIM-Error")), (404, "chip_unknown"))
        equal(world.get(vcek_target(chip), {"user-token": "host-secret"}).status, 200)
        equal(world.vcek(chip).status, 200)


if __name__ == "__main__":
    tell(*[each for name, each in list(globals().items())
           if callable(each) and getattr(each, "__module__", "") == "__main__"])
