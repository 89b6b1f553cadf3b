# SPDX-License-Identifier: Apache-2.0
"""How the benches measure: the server on one core, the load (wrk) on another, and what
counts is the server's CPU time per request, since requests a second depend on who else is
on the machine."""

import os
import re
import socket
import statistics
import subprocess

TURNS = int(os.environ.get("BENCH_TURNS", "5"))
TURN_S = int(os.environ.get("BENCH_TURN_S", "4"))
CONNECTIONS = 32
SERVER_CORE, LOAD_CORE = 0, 1


def pin(process):
    """The program's threads, children and theirs, on the server's core."""
    subprocess.run(["taskset", "-a", "-p", "-c", str(SERVER_CORE), str(process)],
                   stdout=subprocess.DEVNULL, check=True)


def children_of(process):
    found = [process]
    with open("/proc/%d/task/%d/children" % (process, process)) as file:
        for child in file.read().split():
            found += children_of(int(child))
    return found


def cpu_s(process):
    """Time on a core so far of a program and its children, all threads that still live."""
    total = 0
    for each in children_of(process):
        for task in os.listdir("/proc/%d/task" % each):
            with open("/proc/%d/task/%s/schedstat" % (each, task)) as file:
                total += int(file.read().split()[0])  # ns on a core
    return total / 1e9


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def load(url, seconds, script=None):
    """(requests, requests per second); every answer must have been a 200."""
    done = subprocess.run(["taskset", "-c", str(LOAD_CORE), "wrk", "-t1",
                           "-c%d" % CONNECTIONS, "-d%ds" % seconds,
                           *(["-s", script] if script else []), url],
                          capture_output=True, check=True)
    text = done.stdout.decode()
    assert "Non-2xx" not in text and "Socket errors" not in text, text
    return (int(re.search(r"(\d+) requests in", text).group(1)),
            float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)))


class Contender:
    def __init__(self, name, url, process, script=None):
        self.name, self.url, self.process, self.script = name, url, process, script
        self.cpu_us, self.rate = [], []

    def turn(self):
        before = cpu_s(self.process)
        requests, rate = load(self.url, TURN_S, self.script)
        self.cpu_us.append((cpu_s(self.process) - before) / requests * 1e6)
        self.rate.append(rate)

    def summary(self):
        return {"cpu_us_per_request": round(statistics.median(self.cpu_us), 3),
                "requests_per_s": round(statistics.median(self.rate)),
                "turns": [{"cpu_us_per_request": round(cpu, 3),
                           "requests_per_s": round(rate)}
                          for cpu, rate in zip(self.cpu_us, self.rate)]}


def ratio(ours, theirs):
    """Of CPU per request, turn by turn."""
    return round(statistics.median(a / b for a, b in zip(ours.cpu_us, theirs.cpu_us)), 3)
