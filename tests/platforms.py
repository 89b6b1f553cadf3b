# SPDX-License-Identifier: Apache-2.0
"""What stories about Intel platforms share: a world whose thimd knows two tokens, requests
as Intel's and Azure's clients send them, registrations as PCCS takes them."""

import base64
import hashlib
import http.client
import re
from urllib.parse import unquote

from harness import DEADLINE_S, Answer, World, ask, equal

USER, ADMIN, READER, HOST = "user-secret", "admin-secret", "reader-secret", "host-secret"
V4 = "/sgx/certification/v4/"
ZERO_PPID = "0" * 768


def token(name, role, text):
    return {"name": name, "role": role,
            "sha512": hashlib.sha512(text.encode()).hexdigest()}


TOKENS = [token("hosts", "registrar", USER), token("desk", "admin", ADMIN),
          token("watch", "reader", READER), token("pccs", "host", HOST)]


class PlatformWorld(World):
    """A world with tokens; platforms come from its simulator."""

    def __init__(self, config=None, **rest):
        super().__init__(config=dict({"tokens": TOKENS}, **(config or {})), **rest)

    def platform(self, index=0, nonce=None):
        return self.sim.platforms(index, 1, nonce)[0]

    def pckcert(self, platform, headers=None, prefix=V4, extra="", **changes):
        return self.get(prefix + "pckcert?" + pck_query(platform, **changes) + extra,
                        headers)

    def send(self, method, target, body, headers=None):
        connection = http.client.HTTPConnection(*self.address, timeout=DEADLINE_S)
        return ask(connection, method, target, body, headers)

    def send_raw(self, method, target, body, headers):
        connection = http.client.HTTPConnection(*self.address, timeout=DEADLINE_S)
        try:
            connection.request(method, target, body, headers)
            reply = connection.getresponse()
            return Answer(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def sim_get(self, target):
        """What the vendor itself says."""
        return ask(http.client.HTTPConnection(*self.sim.address, timeout=DEADLINE_S), "GET",
                   target)

    def register(self, platform, token=USER, **changes):
        return self.send("POST", V4 + "platforms", registration(platform, **changes),
                         {"user-token": token} if token else {})

    def platforms(self):
        """As the admin socket lists them."""
        answer = self.admin("GET", "/thim/v1/platforms?limit=1000")
        equal(answer.status, 200, answer.body)
        return answer.json()["platforms"]

    def counts(self):
        return self.admin("GET", "/thim/v1/platforms?limit=1").json()["counts"]

    def show(self, platform):
        answer = self.admin("GET", "/thim/v1/platforms/show?qe_id=%s&pce_id=%s"
                            % (platform["qe_id"], platform["pce_id"]))
        equal(answer.status, 200, answer.body)
        return answer.json()

    def doctor(self, platform, **changes):
        answer = self.admin("GET", "/thim/v1/platforms/doctor?"
                            + pck_query(platform, **changes))
        equal(answer.status, 200, answer.body)
        return answer.json()


def pck_query(platform, **changes):
    """What QPL sends, in its order and in upper case; a value of None leaves one out."""
    values = {"qeid": platform["qe_id"], "encrypted_ppid": platform["encrypted_ppid"],
              "cpusvn": platform["raw"]["cpusvn"], "pcesvn": platform["raw"]["pcesvn"],
              "pceid": platform["pce_id"]}
    values.update(changes)
    return "&".join("%s=%s" % (name, value.upper()) for name, value in values.items()
                    if value is not None)


def registration(platform, **changes):
    values = {"qe_id": platform["qe_id"], "pce_id": platform["pce_id"],
              "cpu_svn": platform["raw"]["cpusvn"], "pce_svn": platform["raw"]["pcesvn"],
              "enc_ppid": platform["encrypted_ppid"],
              "platform_manifest": platform.get("manifest") or ""}
    values.update(changes)
    return values


def tcbm_of(platform, which=0):
    """Newest first, as PCS writes it in headers."""
    return platform["tcbms"][which].upper()


def raw_of(tcbm):
    """The raw TCB that is exactly this TCBm, as parameters."""
    return {"cpusvn": tcbm[:32], "pcesvn": tcbm[32:]}


def check_pem(answer, platform=None, tcbm=None):
    """A PCK certificate as QPL takes it."""
    equal(answer.status, 200, (answer.headers.items(), answer.body))
    body = answer.body.decode()
    assert body.startswith("-----BEGIN CERTIFICATE-----\n"), body[:60]
    assert body.endswith("-----END CERTIFICATE-----\n"), body[-60:]
    equal(body.count("BEGIN CERTIFICATE"), 1, "the leaf alone")
    check_headers(answer, platform, tcbm)
    return body


def check_headers(answer, platform=None, tcbm=None):
    assert re.fullmatch("[0-9A-F]{36}", answer.header("SGX-TCBm")), answer.header("SGX-TCBm")
    chain = unquote(answer.header("SGX-PCK-Certificate-Issuer-Chain"))
    equal(chain.count("-----BEGIN CERTIFICATE-----"), 2, "CA and root")
    cache = answer.header("Cache-Control")
    assert re.fullmatch(r"private, max-age=([1-9]\d*)", cache), cache
    assert 1 <= int(cache.split("=")[1]) <= 86400, cache
    assert len(answer.body) + len(chain) + 2 <= 65535
    if platform:
        equal(answer.header("SGX-FMSPC").lower(), platform["fmspc"].lower())
        equal(answer.header("SGX-PCK-Certificate-CA-Type").lower(), platform["ca"])
    if tcbm:
        equal(answer.header("SGX-TCBm"), tcbm)


def check_json(answer, platform=None, tcbm=None):
    """The same as Azure's client takes it: four members, and the headers beside them."""
    equal(answer.status, 200, (answer.headers.items(), answer.body))
    members = answer.json()
    equal(set(members), {"pckCert", "sgx-Pck-Certificate-Issuer-Chain", "sgx-Tcbm",
                         "cacheMaxAge"})
    equal(members["sgx-Tcbm"], answer.header("SGX-TCBm"))
    equal(members["sgx-Pck-Certificate-Issuer-Chain"],
          answer.header("SGX-PCK-Certificate-Issuer-Chain"))
    assert members["pckCert"].startswith("-----BEGIN CERTIFICATE-----\n")
    equal(int(members["cacheMaxAge"]),
          int(answer.header("Cache-Control").split("=")[1]))
    check_headers(answer, platform, tcbm)
    return members["pckCert"]


def der_of(pem):
    return base64.b64decode("".join(pem.strip().split("\n")[1:-1]))


def bundle_of(world, platforms):
    """The offline bundle that pcsclient.py would fetch of these platforms, asked of the
    simulator itself."""
    sim = world.sim

    def fetch(target, body=None):
        connection = http.client.HTTPConnection(*sim.address, timeout=DEADLINE_S)
        answer = ask(connection, "POST" if body else "GET", target, body)
        equal(answer.status, 200, target)
        return answer

    lists, chains, infos = [], {}, {}
    for platform in platforms:
        if platform.get("manifest"):
            answer = fetch(V4 + "pckcerts", {"platformManifest": platform["manifest"],
                                             "pceid": platform["pce_id"]})
        else:
            answer = fetch(V4 + "pckcerts?encrypted_ppid=%s&pceid=%s"
                           % (platform["encrypted_ppid"], platform["pce_id"]))
        chains[platform["ca"].upper()] = answer.header("SGX-PCK-Certificate-Issuer-Chain")
        lists.append({"qe_id": platform["qe_id"], "pce_id": platform["pce_id"],
                      "enc_ppid": platform["encrypted_ppid"],
                      "platform_manifest": platform.get("manifest") or "",
                      "certs": answer.json()})
        infos[platform["fmspc"]] = None
    certificates = {"SGX-PCK-Certificate-Issuer-Chain": chains}
    tcbinfos = []
    for fmspc in infos:
        entry = {"fmspc": fmspc}
        for update, suffix in (("standard", ""), ("early", "_early")):
            answer = fetch(V4 + "tcb?fmspc=%s&update=%s" % (fmspc, update))
            entry["sgx_tcbinfo" + suffix] = answer.json()
            certificates["TCB-Info-Issuer-Chain"] = answer.header("TCB-Info-Issuer-Chain")
        tcbinfos.append(entry)
    collaterals = {"version": 4, "pck_certs": lists, "tcbinfos": tcbinfos, "pckcacrl": {},
                   "certificates": certificates}
    for ca in ("processor", "platform"):
        collaterals["pckcacrl"][ca + "Crl"] = fetch(
            V4 + "pckcrl?ca=%s&encoding=der" % ca).body.hex()
    for name, target in (("qeidentity", "/sgx/certification/v4/qe/identity"),
                         ("tdqeidentity", "/tdx/certification/v4/qe/identity"),
                         ("qveidentity", "/sgx/certification/v4/qve/identity")):
        answer = fetch(target + "?update=standard")
        collaterals[name] = answer.body.decode()
        certificates["SGX-Enclave-Identity-Issuer-Chain"] = answer.header(
            "SGX-Enclave-Identity-Issuer-Chain")
    collaterals["rootcacrl"] = fetch("/IntelSGXRootCA.der").body.hex()
    collaterals["rootcacrl_cdp"] = \
        "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"
    return {"platforms": [{"qe_id": each["qe_id"], "pce_id": each["pce_id"],
                           "cpu_svn": each["raw"]["cpusvn"],
                           "pce_svn": each["raw"]["pcesvn"],
                           "enc_ppid": each["encrypted_ppid"]} for each in platforms],
            "collaterals": collaterals}
