#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""thim as an operator uses it: inspect, status, refresh, config, token, and exit codes."""

import csv
import json
import os
import subprocess
import tempfile

from harness import BUILD, SOURCE, World, command, equal, shared, tell

INTEL_AT = "2025-06-20T00:00:00Z"


def inspected(*arguments):
    status, out, _ = command("inspect", *arguments, "--json")
    return status, json.loads(out)


def manifest():
    with open(shared("vectors", "MANIFEST.tsv"), encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def each_kind_of_file_is_recognised():
    kinds = {
        "certs/intel-sgx-root-ca.der": "certificate",
    }
    for name, kind in kinds.items():
        status, found = inspected(shared("vectors", "intel", name), "--at", INTEL_AT)
        equal((status, found["kind"], found["trusted"], found["why"]),
              (0, kind, True, None), name)


def every_certificate_of_the_vendor_is_vouched_for_with_its_issuer():
    directory = shared("vectors", "intel", "certs")
    names = [name for name in sorted(os.listdir(directory)) if name.endswith(".der")]
    assert names
    for name in names:
        _, found = inspected(os.path.join(directory, name), "--at", INTEL_AT)
        equal(found["kind"], "certificate", name)


def a_file_of_the_preproduction_root_is_not_trusted():
    directory = shared("vectors", "intel", "preproduction")
    seen = 0
    for place, _, names in os.walk(directory):
        for name in sorted(names):
            if name.endswith((".json", ".der", ".pem", ".crl")):
                status, found = inspected(os.path.join(place, name), "--at", INTEL_AT)
                equal((status, found["trusted"]), (1, False), name)
                assert found["why"], name
                seen += 1
    assert seen > 0


def what_is_none_of_the_kinds_says_so():
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(b"\x00\x01garbage")
        file.flush()
        status, found = inspected(file.name)
    equal((status, found["trusted"]), (1, False))
    assert found["why"]


def a_missing_file_is_a_usage_error_and_still_json():
    status, found = inspected("/nowhere/at/all")
    equal((status, found["trusted"]), (2, False))
    assert "/nowhere/at/all" in found["why"], found


def a_root_of_ones_own_vouches_and_is_marked():
    with World() as world:
        root = os.path.join(world.directory, "root.pem")
        with open(root, "wb") as file:
            connection_body = world.get("/IntelSGXRootCA.der").body
            file.write(connection_body)
        crl = os.path.join(world.directory, "root.crl")
        os.rename(root, crl)
        chain = world.get("/sgx/certification/v4/pckcrl?ca=processor").headers[
            "SGX-PCK-CRL-Issuer-Chain"]
        from urllib.parse import unquote
        blocks = unquote(chain).strip().split("-----END CERTIFICATE-----\n")
        with open(root, "w") as file:
            file.write(blocks[-1] if blocks[-1].strip()
                       else blocks[-2] + "-----END CERTIFICATE-----\n")
        at = ("--at", "2026-11-01T00:00:00Z")
        status, found = inspected(root, *at)
        equal((status, found["trusted"], found.get("test_root")), (1, False, None))
        status, found = inspected(root, "--root", root, *at)
        equal((status, found["trusted"], found.get("test_root")), (0, True, True))
        status, found = inspected(crl, "--root", root, "--chain", root, *at)
        equal((status, found["kind"], found["trusted"], found.get("test_root")),
              (0, "crl", True, True), found)


def wrong_usage_is_status_two():
    for arguments in [["inspect"], ["inspect", "a", "b"], ["inspect", "a", "--at", "now"],
                      ["inspect", "a", "--nonsense"], ["nonsense"], [],
                      ["config"], ["status", "--nonsense"]]:
        done = subprocess.run([os.path.join(BUILD, "thim"), *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        equal(done.returncode, 2, arguments)
        assert done.stderr, arguments


def no_service_is_status_three():
    with tempfile.TemporaryDirectory() as empty:
        for name in ["status", "refresh"]:
            status, _, said = command(name, state=empty)
            equal(status, 3, name)
            assert "is it running" in said, said


def status_and_refresh_speak_of_the_service():
    with World() as world:
        status, shown, _ = command("status", state=world.state)
        equal(status, 0)
        assert "tcb_info" in shown and "30606a000000" in shown, shown
        equal(command("refresh", state=world.state)[0], 0)
        equal(command("refresh", "tcb_info/sgx", state=world.state)[0], 0)
        status, _, said = command("refresh", "tcb_info/sgx/v3/ffffffffffff",
                                  state=world.state)
        equal(status, 1)
        assert "thim status" in said, said
        world.sim.faults({"fault": "500"})
        equal(command("refresh", state=world.state)[0], 1)


def config_check_names_file_line_and_nearest_key():
    example = os.path.join(SOURCE, "doc", "thim.yaml")
    equal(command("config", "check", example)[0], 0)
    with tempfile.NamedTemporaryFile(suffix=".yaml", mode="w") as file:
        file.write("log_level: info\nlistn: []\n")
        file.flush()
        status, _, said = command("config", "check", file.name)
    equal(status, 2)
    assert file.name + ":2" in said and "listen" in said, said


def a_pccs_configuration_is_imported_with_its_key_and_tokens():
    with tempfile.TemporaryDirectory() as place:
        theirs, ours, key = [os.path.join(place, name) for name in ["p.json", "y", "key"]]
        with open(theirs, "w", encoding="ascii") as file:
            file.write('{"ApiKey": "0123hush", // ours\n"UserTokenHash": "%s"}' % ("ab" * 64))
        status, made, _ = command("config", "import", "pccs", theirs,
                                  "--api-key-file", key)
        equal(status, 0)
        assert "hush" not in made and "ab" * 64 in made, made
        with open(ours, "w", encoding="ascii") as file:
            file.write(made)
        equal(command("config", "check", ours)[0], 0)
        equal(os.stat(key).st_mode & 0o777, 0o600)
        with open(key, encoding="ascii") as file:
            equal(file.read(), "0123hush\n")


def a_new_token_is_let_in_by_the_lines_made_for_it():
    status, made, _ = command("token", "make", "--name", "ci", "--role", "reader")
    equal(status, 0)
    lines = made[made.index("tokens:"):]
    assert "name: ci" in lines and "role: reader" in lines, lines
    assert command("token", "make")[1].split("\n")[2] != made.split("\n")[2]
    with tempfile.NamedTemporaryFile(suffix=".yaml", mode="w") as file:
        file.write(lines)
        file.flush()
        equal(command("config", "check", file.name)[0], 0)
    for wrong in [["--role", "operator"], ["--name", "a b"], ["--name", ""]]:
        equal(command("token", "make", *wrong)[0], 2, wrong)


def thimd_refuses_a_bad_configuration_before_it_opens_anything():
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "thim.yaml")
        with open(path, "w") as file:
            file.write("limits:\n  waiters: many\n")
        done = subprocess.run([os.path.join(BUILD, "thimd"), "--config", path, "--state",
                               os.path.join(directory, "state")],
                              capture_output=True, timeout=30, check=False)
        equal(done.returncode, 2)
        assert ":2" in done.stderr.decode() and "waiters" in done.stderr.decode()
        equal(os.path.exists(os.path.join(directory, "state")), False)


def test_roots_beyond_loopback_want_a_word():
    with tempfile.TemporaryDirectory() as directory:
        for listen in ["http://0.0.0.0:0", "https://[::]:0"]:
            done = subprocess.run([os.path.join(BUILD, "thimd"), "--state", directory,
                                   "--clock", INTEL_AT, "--listen", listen],
                                  capture_output=True, timeout=30, check=False)
            equal(done.returncode, 2, listen)
            assert "unsafe" in done.stderr.decode(), done.stderr


tell(each_kind_of_file_is_recognised,
     every_certificate_of_the_vendor_is_vouched_for_with_its_issuer,
     a_file_of_the_preproduction_root_is_not_trusted,
     what_is_none_of_the_kinds_says_so,
     a_missing_file_is_a_usage_error_and_still_json,
     a_root_of_ones_own_vouches_and_is_marked,
     wrong_usage_is_status_two,
     no_service_is_status_three,
     status_and_refresh_speak_of_the_service,
     config_check_names_file_line_and_nearest_key,
     a_pccs_configuration_is_imported_with_its_key_and_tokens,
     a_new_token_is_let_in_by_the_lines_made_for_it,
     thimd_refuses_a_bad_configuration_before_it_opens_anything,
     test_roots_beyond_loopback_want_a_word)
