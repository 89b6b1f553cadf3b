# SPDX-License-Identifier: Apache-2.0
"""What stories about baselines share: hosts that are registered at a chosen TCB, the
operator's view of baselines, and somebody who listens for alerts."""

import base64
import collections
import datetime
import http.client
import http.server
import json
import threading

from harness import DEADLINE_S, FIRST_FMSPC, SECOND_FMSPC, Answer, World, equal
from platforms import PlatformWorld, raw_of


class OperatorWorld(World):
    """Asks the admin socket about baselines."""

    def baseline(self, name):
        answer = self.admin("GET", "/thim/v1/baselines/" + name)
        equal(answer.status, 200, answer.body)
        return answer.json()

    def history(self, name, tee):
        answer = self.admin("GET", "/thim/v1/baselines/%s/history" % name)
        equal(answer.status, 200, answer.body)
        return [row for row in answer.json()["history"] if row["tee"] == tee]

    def preview(self, name, to):
        answer = self.admin("GET", "/thim/v1/baselines/%s/preview?to=%s" % (name, to))
        equal(answer.status, 200, answer.body)
        return answer.json()

    def order(self, what, name="steady", **body):
        return self.admin("POST", "/thim/v1/baselines/%s/%s" % (name, what), body)


class FleetWorld(OperatorWorld, PlatformWorld):
    """With hosts of its own."""

    def __init__(self, **rest):
        self.fleet = []
        super().__init__(**rest)

    def host(self, index, at=0, with_tdx=True):
        """Registers platform `index`, running at its TCB number `at`, newest first."""
        platform = self.platform(index)
        self.fleet.append((platform, raw_of(platform["tcbms"][at])))
        self.report(self.fleet[-1:])
        if with_tdx and platform["fmspc"] == FIRST_FMSPC:  # TDX, too, of the same number
            answer = self.admin("POST", "/thim/v1/platforms/tdx", {
                "qe_id": platform["qe_id"], "pce_id": platform["pce_id"],
                "tee_tcb_svn": "0300" + platform["tcbms"][at][:2] + "00" * 13})
            equal(answer.status, 200, answer.body)
        return platform

    def report(self, hosts=None):
        """What hosts do now and then: they say again who they are."""
        for platform, raw in hosts or self.fleet:
            answer = self.register(platform, cpu_svn=raw["cpusvn"], pce_svn=raw["pcesvn"])
            equal(answer.status, 200, answer.body)

    def promote_upstream(self, day):
        """Standard moves for everything at once, and thimd learns of it; what it holds of
        the number before is as fresh as it gets."""
        self.at((datetime.date.fromisoformat(day)
                 - datetime.timedelta(days=1)).isoformat())
        self.report()
        self.sim.at(day)
        self.sim.event("promote")
        self.at(day + "T01:00:00Z")
        self.refresh()


def number_of(answer):
    document = answer.json()
    body = document.get("tcbInfo") or document.get("enclaveIdentity")
    return body["tcbEvaluationDataNumber"]


def custom(text):
    return base64.b64encode(text.encode()).decode()


def check_one_set(world, number, fmspcs=(FIRST_FMSPC, SECOND_FMSPC)):
    """Everything that a host asks for is of this number, and in date."""
    targets = ["/sgx/certification/v4/tcb?fmspc=" + fmspc for fmspc in fmspcs]
    targets += ["/sgx/certification/v4/qe/identity?update=standard",
                "/tdx/certification/v4/tcb?fmspc=" + FIRST_FMSPC,
                "/tdx/certification/v4/qe/identity"]
    for target in targets:
        answer = world.get(target)
        equal((answer.status, number_of(answer)), (200, number), (world.now, target))
        document = answer.json()
        body = document.get("tcbInfo") or document.get("enclaveIdentity")
        assert body["nextUpdate"] > world.now, (world.now, target, body["nextUpdate"])


def invented_svns(count):
    """Anybody may ask for a certificate with SVNs of his own making, some so low that there
    is none, others like a host's that would fall: none of them counts."""
    with FleetWorld(now="2026-07-15") as world:
        for index in range(4):
            world.host(index)
        platform = world.platform(0)
        old = raw_of(platform["tcbms"][2])
        for number in range(1, count + 1):
            cpusvn = ("0" * 24 if number % 2 else old["cpusvn"][:24]) + "%08x" % number
            answer = world.pckcert(platform, cpusvn=cpusvn, pcesvn=old["pcesvn"])
            equal(answer.status, 404 if number % 2 else 200, cpusvn)
        preview = world.preview("steady", 18)
        equal((preview["totals"]["hosts"], preview["totals"]["falls"]), (4, 0))
        world.promote_upstream("2026-08-13")
        check_one_set(world, 18)


class Crowd:
    """Clients that keep asking while the world moves, each on a connection of its own."""

    TARGETS = ["/sgx/certification/v4/tcb?fmspc=" + FIRST_FMSPC,
               "/sgx/certification/v4/qe/identity",
               "/sgx/certification/v4/tcb?fmspc=" + SECOND_FMSPC,
               "/sgx/certification/v4/qe/identity?update=standard",
               "/tdx/certification/v4/tcb?fmspc=" + FIRST_FMSPC,
               "/tdx/certification/v4/qe/identity"]

    def __init__(self, world, numbers, clients=8):
        self.world, self.numbers = world, numbers
        self.settled = world.now  # thimd's clock is not before this
        self.answers, self.troubles = collections.Counter(), []
        self.changed = threading.Condition()
        self.over = False
        self.threads = [threading.Thread(target=self._ask, args=(first,), daemon=True)
                        for first in range(clients)]
        for thread in self.threads:
            thread.start()

    def _ask(self, turn):
        connection = http.client.HTTPConnection(*self.world.address, timeout=DEADLINE_S)
        try:
            while not self.over:
                self._ask_for(connection, self.TARGETS[turn % len(self.TARGETS)])
                turn += 1
        except (OSError, http.client.HTTPException, AssertionError, ValueError) as why:
            with self.changed:
                self.troubles.append(repr(why))
                self.changed.notify_all()
        finally:
            connection.close()

    def _ask_for(self, connection, target):
        settled = self.settled
        connection.request("GET", target)
        reply = connection.getresponse()
        answer = Answer(reply.status, reply.headers, reply.read())
        equal(answer.status, 200, (settled, target, answer.header("THIM-Error")))
        document = answer.json()
        body = document.get("tcbInfo") or document.get("enclaveIdentity")
        assert number_of(answer) in self.numbers, (settled, target, number_of(answer))
        assert body["issueDate"] <= self.world.now, (settled, target, body["issueDate"])
        assert settled < body["nextUpdate"], (settled, target, body["nextUpdate"])
        with self.changed:
            self.answers[number_of(answer)] += 1
            self.changed.notify_all()

    def sees(self):
        """Goes on when every target was asked for by somebody since; all is well so far."""
        self.settled = self.world.now
        with self.changed:
            enough = sum(self.answers.values()) + len(self.TARGETS) * len(self.threads)
            well = self.changed.wait_for(
                lambda: self.troubles or sum(self.answers.values()) >= enough, DEADLINE_S)
        equal(self.troubles, [])
        assert well, "the clients are not answered"

    def end(self):
        self.over = True
        for thread in self.threads:
            thread.join(DEADLINE_S)
        equal(self.troubles, [])
        return self.answers


class Hook:
    """Takes alerts, one JSON object each."""

    def __init__(self):
        self.all = []
        taken = self.all

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                taken.append(json.loads(self.rfile.read(length)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/alerts" % self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def alerts(self, event):
        return [alert for alert in self.all if alert["event"] == event]

    def end(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
