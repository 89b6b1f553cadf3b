#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Intel's QPL and Azure's DCAP client have been recorded to send, answered with what
they need: each line of the recordings that asks for collateral and names no
customParameter. The recorded FMSPCs are exchanged for ones that the simulator knows."""

import base64
import json
import re
from urllib.parse import unquote

from harness import FIRST_FMSPC, World, equal, shared, tell

RECORDINGS = ["intel-qpl-1.13.110.txt", "azure-dcap-client-1.13.1.txt"]
NOT_COLLATERAL = re.compile(r"/pckcert\?|/appraisalpolicy|customParameter=")
ANSWER_MAX = 65535  # body and chain together, as the QPL holds them


def recorded():
    """(target, headers) of every line that is of this story."""
    for name in RECORDINGS:
        with open(shared("vectors", "requests", name), encoding="utf-8") as file:
            for line in file:
                if not line.startswith("GET ") or NOT_COLLATERAL.search(line):
                    continue
                _, target, headers = line.split(" ", 2)
                target = re.sub(r"(fmspc=)[0-9A-Fa-f]{12}",
                                lambda match: match.group(1) + FIRST_FMSPC.upper(), target)
                yield target, json.loads(headers)


def chain_of(answer, *names):
    """Every spelling of the chain's header is there, and holds two PEM certificates or, of
    a root's CRL, one."""
    values = {answer.header(name) for name in names}
    equal(len(values), 1, names)
    value = values.pop()
    assert value, "%s is missing" % (names,)
    chain = unquote(value)
    count = chain.count("-----BEGIN CERTIFICATE-----")
    assert chain.startswith("-----BEGIN CERTIFICATE-----"), chain[:40]
    return count, len(value)


def check_signed(answer, member, *chain_names):
    document = answer.json()
    equal(set(document), {member, "signature"})
    assert answer.body.startswith(b'{"%s":' % member.encode()), answer.body[:40]
    count, chain_len = chain_of(answer, *chain_names)
    equal(count, 2, "certificates in the chain")
    assert len(answer.body) + chain_len <= ANSWER_MAX
    return document


def crl_form(body):
    if body.startswith(b"-----BEGIN X509 CRL-----"):
        return "pem"
    if re.fullmatch(rb"[0-9A-Fa-f]+", body):
        return "hex"
    return "der" if body[:1] == b"\x30" else "none"


def expected_form(target):
    if "encoding=der" in target or "/crl?uri=" in target:
        return "der"
    if "uri=" in target or "encoding=pem" in target or "clientid=" in target:
        return "pem"
    return "hex"


def check_crl(answer, target):
    equal(crl_form(answer.body), expected_form(target), target)
    is_root = "ootca" in target.lower()
    if "/crl?uri=" not in target:
        count, chain_len = chain_of(answer, "SGX-PCK-CRL-Issuer-Chain")
        equal(count, 1 if is_root else 2, "certificates in the chain")
        assert len(answer.body) + chain_len <= ANSWER_MAX


def check(world, target, headers):
    answer = world.get(target, headers)
    equal(answer.status, 200, target)
    assert re.fullmatch(r"(public, )?max-age=[1-9][0-9]*", answer.header("Cache-Control")), \
        answer.header("Cache-Control")
    assert answer.header("Request-ID"), target
    assert all(value for value in answer.headers.values()), "an empty header: %s" % target
    if "/tcb?" in target:
        document = check_signed(answer, "tcbInfo", "TCB-Info-Issuer-Chain",
                                "SGX-TCB-Info-Issuer-Chain")
        equal(document["tcbInfo"]["fmspc"].lower(), FIRST_FMSPC)
        equal(document["tcbInfo"]["id"], "TDX" if "/tdx/" in target else "SGX", target)
    elif "/identity" in target:
        document = check_signed(answer, "enclaveIdentity",
                                "SGX-Enclave-Identity-Issuer-Chain")
        equal(document["enclaveIdentity"]["id"],
              "QVE" if "/qve/" in target else
              "TD_QE" if "/tdx/" in target else "QE", target)
    else:
        check_crl(answer, target)


def every_recorded_request_gets_what_its_client_needs():
    asked = 0
    with World() as world:
        for target, headers in recorded():
            check(world, target, headers)
            asked += 1
    assert asked > 40, asked


def pems_of_crls_decode_to_the_der_of_the_others():
    with World() as world:
        path = "/sgx/certification/v4/pckcrl?ca=processor"
        der = world.get(path + "&encoding=der").body
        pem = world.get(path + "&encoding=pem").body.decode()
        equal(base64.b64decode("".join(pem.strip().split("\n")[1:-1])), der)
        equal(bytes.fromhex(world.get(path).body.decode()), der)


def tcb_and_identity_of_one_style_are_of_one_number():
    with World() as world:
        for update in ["standard", "early"]:
            numbers = {
                world.tcb_info(update=update).json()["tcbInfo"]["tcbEvaluationDataNumber"],
                world.get("/sgx/certification/v4/qe/identity?update=" + update).json()
                ["enclaveIdentity"]["tcbEvaluationDataNumber"]}
            equal(len(numbers), 1, update)


def the_metadata_path_wants_its_header():
    with World() as world:
        target = "/metadata/THIM/sgx/certification/v4/tcb?fmspc=" + FIRST_FMSPC
        assert world.get(target).status in (400, 404)
        equal(world.get(target, {"Metadata": "true"}).status, 200)
        equal(world.get(target, {"metadata": "True"}).status, 200)


def an_unchanged_document_is_304_and_head_is_get_without_its_body():
    with World() as world:
        target = "/tdx/certification/v4/tcb?fmspc=" + FIRST_FMSPC
        first = world.get(target)
        etag = first.header("ETag")
        assert etag.startswith('"') and etag.endswith('"'), etag
        again = world.get(target, {"If-None-Match": etag})
        equal((again.status, again.body, again.header("ETag")), (304, b"", etag))
        head = world.get(target, method="HEAD")
        equal((head.status, head.body), (200, b""))
        equal(head.header("Content-Length"), str(len(first.body)))


def what_is_malformed_is_400_with_a_sentence_and_what_is_unknown_404():
    with World() as world:
        for target, status in [
                ("/sgx/certification/v4/tcb", 400),
                ("/sgx/certification/v4/tcb?fmspc=30606a00000", 400),
                ("/sgx/certification/v4/tcb?fmspc=zz606a000000", 400),
                ("/sgx/certification/v4/tcb?fmspc=30606a000000&fmspc=00906ed50000", 400),
                ("/sgx/certification/v4/tcb?fmspc=30606a000000&update=late", 400),
                ("/sgx/certification/v4/tcb?fmspc=%zz", 400),
                ("/sgx/certification/v4/pckcrl?ca=nobody", 400),
                ("/sgx/certification/v4/crl?uri=https://example.com/evil.crl", 404),
                ("/sgx/certification/v9/tcb?fmspc=30606a000000", 404),
                ("/nothing/here", 404),
                ("/sgx/certification/v4/tcb?fmspc=30606a000000&update=standard"
                 "&update=standard", 200)]:
            answer = world.get(target)
            assert answer.status == status or (status == 404 and answer.status == 400), \
                (target, answer.status)
            if status == 400:
                assert len(answer.body) > 10 or answer.header("THIM-Error"), target


def old_versions_are_served_with_a_warning():
    with World() as world:
        for version in ["v2", "v3"]:
            answer = world.get("/sgx/certification/%s/tcb?fmspc=%s"
                               % (version, FIRST_FMSPC))
            equal(answer.status, 200, version)
            assert answer.header("Warning", ).startswith("299 "), version
    with World(config={"compat": {"v3": "gone"}}) as world:
        equal(world.get("/sgx/certification/v3/tcb?fmspc=" + FIRST_FMSPC).status, 410)


tell(every_recorded_request_gets_what_its_client_needs,
     pems_of_crls_decode_to_the_der_of_the_others,
     tcb_and_identity_of_one_style_are_of_one_number,
     the_metadata_path_wants_its_header,
     an_unchanged_document_is_304_and_head_is_get_without_its_body,
     what_is_malformed_is_400_with_a_sentence_and_what_is_unknown_404,
     old_versions_are_served_with_a_warning)
