# SPDX-License-Identifier: Apache-2.0
"""What stories about AMD's chips share: a world whose thimd mirrors a simulated KDS, and
requests as the clients of KDS and of Azure's endpoints send them."""

import base64
import datetime
import http.client
import re
import struct
import subprocess
import uuid

from harness import DEADLINE_S, Answer, Simulator, World, ask, equal
from platforms import TOKENS

METADATA = "/metadata/THIM/amd/certification"
GUIDS = {"vcek": "63da758d-e664-4564-adc5-f4b93be8accd",
         "vlek": "a8074bc2-a25a-483e-aae6-39c045a0b8a1",
         "ark": "c0b406a4-a803-4952-9743-3fb6014cd0ae"}
PEM = re.compile("-----BEGIN CERTIFICATE-----\n(?:[A-Za-z0-9+/=]+\n)+"
                 "-----END CERTIFICATE-----\n")


class AmdWorld(World):
    """A world whose simulator is KDS, too. host: the index of the chip that thimd's own
    machine has. lends_vleks: KDS gives VLEKs, and is asked for them."""

    def __init__(self, now="2026-11-01", amd=None, host=None, flavour=(), config=None,
                 lends_vleks=False, **rest):
        sim = Simulator(now=now, fmspcs=1,
                        flavour=(*flavour, "--vlek") if lends_vleks else flavour)
        amd = dict(amd or {})
        if lends_vleks:
            amd["upstreams"] = [{"name": "kds0", "kind": "kds", "url": sim.url,
                                 "vlek_url": sim.url}]
        if host is not None:
            amd["host"] = host_of(sim.chips(host, 1)[0])
        super().__init__(now=now, simulators=[sim], amd=amd or True,
                         config=dict({"tokens": TOKENS}, **(config or {})), **rest)

    def chips(self, first, count):
        return self.sim.chips(first, count)

    def chip(self, index=0):
        return self.sim.chips(index, 1)[0]

    def vcek(self, chip, **changes):
        return self.get(vcek_target(chip, **changes))

    def metadata(self, query="", headers=None):
        return self.get(METADATA + query, dict({"Metadata": "true"}, **(headers or {})))

    def bring(self, body, token="user-secret"):
        """A certificate, by a registrar's token."""
        connection = http.client.HTTPConnection(*self.address, timeout=DEADLINE_S)
        try:
            connection.request("POST", "/thim/v1/amd/vcek", body,
                               {"user-token": token} if token else {})
            reply = connection.getresponse()
            return Answer(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def vendor(self, target):
        """What KDS itself says."""
        return ask(http.client.HTTPConnection(*self.sim.address, timeout=DEADLINE_S), "GET",
                   target)

    def pass_seconds(self, count):
        """The clocks go on by so much."""
        return self.at(stamp_after(self.now, count))


def host_of(chip):
    """As the configuration names one."""
    return {"source": "named", "product": chip["product"], "chip_id": chip["chip_id"],
            "tcb_version": chip["tcb_version"]}


def stamp_after(moment, seconds):
    start = datetime.datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")
    return (start + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def vcek_target(chip, product=None, hwid=None, **spl):
    """As AMD's clients write it: SPLs in two digits."""
    values = dict(chip["spl"], **spl)
    return "/vcek/v1/%s/%s?%s" % (
        product or chip["product"], hwid or chip["hwid"],
        "&".join("%s=%02d" % (name, value) for name, value in values.items()))


def vlek_target(chip):
    """The VLEK of the chip's product, at the chip's TCB."""
    return "/vlek/v1/%s/cert?%s" % (chip["product"], "&".join(
        "%s=%02d" % each for each in chip["spl"].items()))


def certificate_table(**certificates):
    """What a host hands its guests: entries of GUID, offset and length, one of zeros, and
    the certificates behind them."""
    entries, behind = b"", b""
    begin = 24 * (len(certificates) + 1)
    for name, der in certificates.items():
        entries += uuid.UUID(GUIDS[name]).bytes + struct.pack("<II", begin + len(behind),
                                                              len(der))
        behind += der
    return entries + bytes(24) + behind


def to_pem(der):
    return subprocess.run(["openssl", "x509", "-inform", "DER"], input=der, check=True,
                          capture_output=True).stdout.decode()


def from_pem(pem):
    lines = [line for line in pem.splitlines() if "CERTIFICATE" not in line]
    return base64.b64decode("".join(lines))
