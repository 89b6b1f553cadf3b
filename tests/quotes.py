# SPDX-License-Identifier: Apache-2.0
"""Quotes and reports of a simulator's own platforms and chips, for stories: minted by the
world that runs, after all that has happened in it. Members are the options of `thim-sim
quote` and `thim-sim report`, with _ for -."""

import base64
import collections
import os
import subprocess

from harness import BUILD, DEADLINE_S, equal

Report = collections.namedtuple("Report", "report vek chain crl")


def quote(sim, **members):
    """quote(sim, tee="tdx", platform=2, defect=["vendor"]): its bytes."""
    return base64.b64decode(sim.control("POST", "/sim/quote", members)["quote"])


def report(sim, **members):
    """The bytes of a report, and of what its signature is checked by; the chain is PEM."""
    found = sim.control("POST", "/sim/report", members)
    return Report(base64.b64decode(found["report"]), base64.b64decode(found["vek"]),
                  found["chain"].encode(), base64.b64decode(found["crl"]))


def defects(what):
    """The names of all that can be wrong with a "quote" or a "report"."""
    done = subprocess.run([os.path.join(BUILD, "thim-sim"), what, "--defects"],
                          capture_output=True, timeout=DEADLINE_S, check=True)
    return [line.split()[0] for line in done.stdout.decode().splitlines()]


def judge(world, evidence, policy=None):
    """The running thimd's answer about it."""
    body = {"evidence": base64.b64encode(evidence).decode()}
    if policy is not None:
        body["policy"] = policy
    return world.admin("POST", "/thim/v1/verify", body)


def verdict(world, evidence, policy=None):
    answer = judge(world, evidence, policy)
    equal(answer.status, 200, answer.body)
    return answer.json()
