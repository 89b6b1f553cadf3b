# SPDX-License-Identifier: Apache-2.0
"""A world for one story: thim-sim and thimd on standing clocks that move together.

Stories read like calendars: `world.at("2026-11-02")` moves both clocks and comes back when
thimd has done everything that was due by then. Nothing here sleeps for luck: whatever is
awaited has an event and a deadline. Stories are functions given to `tell`, which prints
TAP; each gets a world of its own and ends it."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback

BUILD = os.environ.get("THIM_BUILD", "build")
SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.environ.get("THIM_SHARED", os.path.join(SOURCE, "..", "shared"))
DEADLINE_S = float(os.environ.get("THIM_TEST_DEADLINE_S", "60"))
FIRST_FMSPC = "30606a000000"
SECOND_FMSPC = "00906ed50000"
# with no hosts known, the built-in baseline would wait fourteen days
AT_ONCE = {"baselines": {"policies": [{"name": "steady", "max_demoted": "off"}]}}


class Skip(Exception):
    """What the story needs is not here."""


def shared(*below):
    path = os.path.join(SHARED, *below)
    if not os.path.exists(path):
        raise Skip("%s is not there" % os.path.join("../shared", *below))
    return path


def utc(moment):
    """"2026-11-02" is its midnight."""
    return moment if "T" in moment else moment + "T00:00:00Z"


class Process:
    """A program whose output is read line by line by a thread of its own."""

    def __init__(self, arguments, watch_stdout):
        self.lines = []
        self.changed = threading.Condition()
        self.ended = False
        self.popen = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if watch_stdout else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if watch_stdout else subprocess.PIPE)
        self.stream = self.popen.stdout if watch_stdout else self.popen.stderr
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.stream:
            with self.changed:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait_for(self, pattern, after=0):
        """The match of the first line that has it; looks from line number `after` on."""
        found = []

        def look():
            for line in self.lines[after:]:
                match = re.search(pattern, line)
                if match:
                    found.append(match)
                    return True
            return self.ended

        with self.changed:
            self.changed.wait_for(look, DEADLINE_S)
        if not found:
            raise AssertionError("no line with %r among:\n  %s"
                                 % (pattern, "\n  ".join(self.lines)))
        return found[0]

    def lines_with(self, pattern):
        """Those that have come so far; what must come is for wait_for."""
        with self.changed:
            return [line for line in self.lines if re.search(pattern, line)]

    def stop(self, how=signal.SIGTERM):
        if self.popen.poll() is None:
            self.popen.send_signal(how)
        try:
            status = self.popen.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise AssertionError("%s did not end on signal %d; it said:\n  %s"
                                 % (self.popen.args[0], how, "\n  ".join(self.lines)))
        self.reader.join(DEADLINE_S)
        self.stream.close()
        return status


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return self.headers.get(name)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=DEADLINE_S)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(DEADLINE_S)
        self.sock.connect(self.path)


def ask(connection, method, target, body=None, headers=None):
    """One request; the target goes out exactly as given."""
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        data = None if body is None else json.dumps(body).encode()
        for name, value in (headers or {}).items():
            if name.lower() != "host":
                connection.putheader(name, value)
        if data is not None:
            connection.putheader("Content-Type", "application/json")
            connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        reply = connection.getresponse()
        return Answer(reply.status, reply.headers, reply.read())
    finally:
        connection.close()


class Simulator:
    def __init__(self, world="synthetic", now="2026-11-01", fmspcs=2, stands=True,
                 flavour=()):
        arguments = [os.path.join(BUILD, "thim-sim"), "--world", world,
                     "--clock", ("step:" if stands else "") + utc(now), *flavour]
        if world == "synthetic":
            arguments += ["--fmspcs", str(fmspcs)]
        self.process = Process(arguments, watch_stdout=True)
        match = self.process.wait_for(r"ready (http://([^:]+):(\d+)) root (\S+)")
        self.url, self.root = match.group(1), match.group(4)
        self.address = (match.group(2), int(match.group(3)))

    def control(self, method, path, body=None):
        connection = http.client.HTTPConnection(*self.address, timeout=DEADLINE_S)
        answer = ask(connection, method, path, body)
        assert answer.status == 200, (path, answer.status, answer.body)
        return answer.json()

    def at(self, moment):
        self.control("POST", "/sim/clock", {"to": utc(moment)})

    def faults(self, *faults):
        self.control("POST", "/sim/faults", list(faults))

    def event(self, name, **members):
        self.control("POST", "/sim/events", dict(event=name, **members))

    def platforms(self, first, count, nonce=None):
        """What the hosts of these indexes would tell of themselves, a page at a time."""
        found = []
        while len(found) < count:
            found += self.control(
                "GET", "/sim/platforms?first=%d&count=%d%s"
                % (first + len(found), min(count - len(found), 256),
                   "" if nonce is None else "&nonce=%d" % nonce))
        return found

    def chips(self, first, count):
        """What the AMD chips of these indexes are and would report, a page at a time."""
        found = []
        while len(found) < count:
            found += self.control("GET", "/sim/chips?first=%d&count=%d"
                                  % (first + len(found), min(count - len(found), 256)))
        return found

    def amd_roots(self):
        """SHA-256 of the ARKs' public keys: Milan's, Genoa's, Turin's."""
        connection = http.client.HTTPConnection(*self.address, timeout=DEADLINE_S)
        answer = ask(connection, "GET", "/sim/amd/ark.spki")
        assert answer.status == 200, (answer.status, answer.body)
        return answer.body.decode().split()

    def status(self):
        return self.control("GET", "/sim/status")

    def calls(self, part=""):
        """How many requests have come for paths with this in them."""
        return sum(count for target, count
                   in self.status()["requests"]["by_target"].items() if part in target)

    def reset(self):
        self.control("POST", "/sim/reset", {})

    def stop(self):
        return self.process.stop()


class World:
    """One thimd with its upstreams. `config` is put over the top level of the file. With
    `amd` the simulators are its KDSes too; a dictionary is put over that section."""

    def __init__(self, now="2026-11-01", fmspcs=2, simulators=None, config=None,
                 upstream=None, intel=None, clock=None, start=True, amd=False):
        self.directory = tempfile.mkdtemp(prefix="thim-story-")
        self.now = utc(now)
        self.clock = clock
        self.simulators = simulators if simulators is not None else \
            [Simulator(now=now, fmspcs=fmspcs)]
        self.sim = self.simulators[0] if self.simulators else None
        self.state = os.path.join(self.directory, "state")
        self.config_file = os.path.join(self.directory, "thim.yaml")
        self.write_config(config or {}, upstream or {}, intel or {}, amd)
        self.thimd = None
        if start:
            self.start()

    def write_config(self, config, upstream, intel, amd=False):
        """YAML is a superset of JSON, so JSON is what is written."""
        upstreams = [dict({"name": "sim%d" % i, "kind": "pcs", "url": sim.url,
                           "connect_ms": 2000, "total_ms": 3000}, **upstream)
                     for i, sim in enumerate(self.simulators)]
        keys = {sim.root for sim in self.simulators}
        if amd:
            keys.update(*(sim.amd_roots() for sim in self.simulators))
        roots = [{"spki_sha256": key, "name": "sim"} for key in sorted(keys)]
        whole = {"listen": [{"address": "127.0.0.1", "port": 0, "tls": False}],
                 "intel": dict({"upstreams": upstreams, "fmspcs": "all"}, **intel),
                 "amd": {"upstreams": []},
                 "trust": {"test_roots": roots}}
        if not roots:
            del whole["trust"]
        if amd:
            kdses = [{"name": "kds%d" % i, "kind": "kds", "url": sim.url,
                      "connect_ms": 2000, "total_ms": 3000}
                     for i, sim in enumerate(self.simulators)]
            whole["amd"] = dict({"upstreams": kdses}, **(amd if amd is not True else {}))
        whole.update(config)
        with open(self.config_file, "w") as file:
            json.dump(whole, file, indent=1)

    def start(self, settled=True):
        self.thimd = Process([os.path.join(BUILD, "thimd"), "--config", self.config_file,
                              "--state", self.state, "--clock",
                              self.clock or "step:" + self.now], watch_stdout=False)
        match = self.thimd.wait_for(r"listening on https?://([^ ]+):(\d+)")
        self.address = (match.group(1), int(match.group(2)))
        if settled:
            self.thimd.wait_for(r"first round done")

    def kill(self):
        self.thimd.stop(signal.SIGKILL)

    def restart(self):
        assert self.thimd.stop() == 0, self.thimd.lines
        self.start()

    def at(self, moment, sims=True):
        """Moves the clocks; back when thimd has settled."""
        self.now = utc(moment)
        for sim in self.simulators if sims else []:
            sim.at(moment)
        answer = self.admin("POST", "/thim/v1/clock", {"now": self.now})
        assert answer.status == 200, answer.body
        return answer.json()

    def get(self, target, headers=None, method="GET"):
        return ask(http.client.HTTPConnection(*self.address, timeout=DEADLINE_S), method,
                   target, headers=headers)

    def admin(self, method, path, body=None):
        return ask(UnixConnection(os.path.join(self.state, "admin.sock")), method, path,
                   body)

    def status(self):
        return self.admin("GET", "/thim/v1/status").json()

    def item(self, name):
        found = [item for item in self.status()["items"] if item["name"] == name]
        return found[0] if found else None

    def keeping(self, name):
        found = [each for each in self.status()["keeping"] if each["name"] == name]
        return found[0] if found else None

    def refresh(self, subject=None):
        body = {"wait": True}
        if subject:
            body["subject"] = subject
        answer = self.admin("POST", "/thim/v1/refresh", body)
        assert answer.status == 200, answer.body
        return answer.json()["all_well"]

    def tcb_info(self, fmspc=FIRST_FMSPC, tee="sgx", **parameters):
        query = "".join("&%s=%s" % each for each in parameters.items())
        return self.get("/%s/certification/v4/tcb?fmspc=%s%s" % (tee, fmspc, query))

    def end(self):
        try:
            if self.thimd:
                status = self.thimd.stop()
                assert status == 0, "thimd ended with %s:\n  %s" % (
                    status, "\n  ".join(self.thimd.lines))
        finally:
            for sim in self.simulators:
                sim.process.stop(signal.SIGKILL)
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.end()
            return
        print("# thimd said:", *["\n#   " + line for line in
                                 (self.thimd.lines[-40:] if self.thimd else [])])
        try:
            self.end()
        except AssertionError as other:
            print("# and:", str(other).replace("\n", "\n# "))


def command(*arguments, state=None):
    """thim itself: (exit status, standard output, standard error)."""
    done = subprocess.run([os.path.join(BUILD, "thim"), *arguments,
                           *(["--state", state] if state else [])],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=DEADLINE_S, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def equal(found, expected, what=""):
    assert found == expected, "%s: found %r, expected %r" % (what, found, expected)


def tell(*stories):
    """Prints TAP. Arguments on the command line choose stories by part of their name."""
    chosen = [story for story in stories
              if not sys.argv[1:] or any(part in story.__name__ for part in sys.argv[1:])]
    failed = 0
    print("1..%d" % len(chosen))
    for number, story in enumerate(chosen, 1):
        name = story.__name__.replace("_", " ")
        try:
            story()
            print("ok %d - %s" % (number, name))
        except Skip as why:
            print("ok %d - %s # SKIP %s" % (number, name, why))
        except Exception:
            failed += 1
            print("not ok %d - %s" % (number, name))
            print("# " + traceback.format_exc().replace("\n", "\n# "))
        sys.stdout.flush()
    sys.exit(1 if failed else 0)
