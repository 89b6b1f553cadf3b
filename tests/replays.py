# SPDX-License-Identifier: Apache-2.0
"""Worlds that replay what Intel and AMD have really signed. No test root: nothing but the
vendors' own is believed."""

import json
import os
import re

from harness import Simulator, World, shared


class ReplayedWorld(World):
    def __init__(self, now, amd=False):
        super().__init__(now=now, start=False, amd=amd, simulators=[
            Simulator(world="replay:" + shared("vectors"), now=now)])
        with open(self.config_file) as file:
            config = json.load(file)
        del config["trust"]
        with open(self.config_file, "w") as file:
            json.dump(config, file)
        self.start()


def captured_days():
    """The days on which a TCB info or an identity of version 3 was issued, in order."""
    days = set()
    for folder in ("tcbinfo", "identity"):
        for _, _, names in os.walk(shared("vectors", "intel", folder)):
            for name in names:
                match = re.match(r"v[23]-eval\d+-(\d{4})(\d\d)(\d\d)T", name)
                if match:
                    days.add("-".join(match.groups()))
    return sorted(days)
