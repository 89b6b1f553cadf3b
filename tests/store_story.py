#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What survives: kills at any moment, damaged files, wrong roots, another process."""

import hashlib
import os
import random
import signal
import sqlite3
import threading

from harness import FIRST_FMSPC, Process, World, BUILD, command, equal, tell

KILLS = int(os.environ.get("THIM_KILLS", "100"))


def database(world):
    return os.path.join(world.state, "thim.db")


def is_whole(world):
    base = sqlite3.connect(database(world))
    equal(base.execute("PRAGMA integrity_check").fetchone()[0], "ok")
    equal(base.execute("PRAGMA foreign_key_check").fetchall(), [])
    base.close()


def restart_serves_at_once_what_was_kept():
    with World() as world:
        before = world.tcb_info()
        world.sim.faults({"fault": "down"})
        world.restart()
        after = world.tcb_info()
        equal((after.status, after.body), (200, before.body))
        equal(world.status()["generation"] > 0, True)


def a_hundred_kills_during_refresh_and_the_store_is_whole_after_each():
    """Each kill falls at a moment of its own within a refresh of everything."""
    chance = random.Random(20261101)
    with World(fmspcs=8) as world:
        generation = world.status()["generation"]
        for kill in range(KILLS):
            world.sim.event("resign")
            timer = threading.Timer(chance.uniform(0, 0.08), world.thimd.popen.kill)
            timer.start()
            try:
                world.refresh()
            except OSError:
                pass  # it was killed while we waited
            except Exception as error:  # http.client has many names for the same end
                assert "Remote" in type(error).__name__ or "HTTP" in type(error).__name__ \
                    or "Incomplete" in type(error).__name__, error
            timer.join()
            world.kill()
            is_whole(world)
            world.start(settled=False)
            status = world.status()
            assert status["generation"] >= generation, "kill %d lost a generation" % kill
            generation = status["generation"]
            equal(world.tcb_info().status, 200, "kill %d" % kill)
        equal(world.thimd.lines_with("quarantined=[1-9]"), [])


def damage(world, *statements):
    world.thimd.stop()
    base = sqlite3.connect(database(world))
    for statement, values in statements:
        assert base.execute(statement, values).rowcount > 0, statement
    base.commit()
    base.close()


def object_of(world, fmspc):
    digest = [item for item in world.status()["items"] if item.get("fmspc") == fmspc
              and item["tee"] == "sgx" and "standard" in item["update"]][0]["sha256"]
    return bytes.fromhex(digest)


def body_of(world, digest):
    base = sqlite3.connect(database(world))
    body = base.execute("SELECT body FROM object WHERE digest=?", (digest,)).fetchone()[0]
    base.close()
    return bytearray(body)


def is_quarantined_and_fetched_again(world, digest):
    world.start()
    world.thimd.wait_for("quarantined=1")
    equal(world.tcb_info().status, 200, "fetched again")
    equal(object_of(world, FIRST_FMSPC), digest, "and the same as before")


def a_damaged_object_is_quarantined_and_fetched_again():
    with World() as world:
        digest = object_of(world, FIRST_FMSPC)
        body = body_of(world, digest)
        body[100] ^= 1
        damage(world, ("UPDATE object SET body=? WHERE digest=?", (bytes(body), digest)))
        is_quarantined_and_fetched_again(world, digest)


def what_was_asked_for_only_once_comes_back_by_itself():
    with World(intel={"fmspcs": "on_demand"}) as world:
        equal(world.tcb_info().status, 200)
        digest = object_of(world, FIRST_FMSPC)
        body = body_of(world, digest)
        body[100] ^= 1
        damage(world, ("UPDATE object SET body=? WHERE digest=?", (bytes(body), digest)))
        world.start()
        equal(object_of(world, FIRST_FMSPC), digest, "held again before anyone asked")


def an_object_altered_together_with_its_digest_is_no_better():
    with World() as world:
        digest = object_of(world, FIRST_FMSPC)
        body = body_of(world, digest).replace(b'"pcesvn":', b'"pcesvn":1', 1)
        altered = hashlib.sha256(body).digest()
        damage(world,
               ("UPDATE object SET body=?, digest=? WHERE digest=?",
                (bytes(body), altered, digest)),
               ("UPDATE item SET body=? WHERE body=?", (altered, digest)))
        is_quarantined_and_fetched_again(world, digest)


def a_moved_clock_or_a_test_root_never_opens_an_ordinary_state():
    with World() as world:
        world.thimd.stop()
        plain = os.path.join(world.directory, "plain.yaml")
        with open(plain, "w") as file:
            file.write("intel:\n  upstreams: []\n")
        refused = Process([os.path.join(BUILD, "thimd"), "--config", plain, "--state",
                           world.state, "--listen", "127.0.0.1:0"], watch_stdout=False)
        refused.wait_for("test roots|moved clock|marked")
        equal(refused.popen.wait(30), 3)
        world.start()


def a_second_process_is_refused_and_harms_nothing():
    with World() as world:
        second = Process([os.path.join(BUILD, "thimd"), "--config", world.config_file,
                          "--state", world.state, "--clock", "step:" + world.now],
                         watch_stdout=False)
        second.wait_for("another process|in use|locked|already")
        equal(second.popen.wait(30), 3)
        equal(world.tcb_info().status, 200)
        equal(command("status", state=world.state)[0], 0, "the admin socket is still ours")


def a_file_that_is_no_database_is_refused_and_kept():
    with World(start=False) as world:
        os.makedirs(world.state)
        with open(database(world), "wb") as file:
            file.write(b"not a database, but somebody's" * 100)
        refused = Process([os.path.join(BUILD, "thimd"), "--config", world.config_file,
                           "--state", world.state, "--clock", "step:" + world.now],
                          watch_stdout=False)
        refused.wait_for("thim.db|state")
        equal(refused.popen.wait(30), 3)
        with open(database(world), "rb") as file:
            assert file.read().startswith(b"not a database")
        os.unlink(database(world))
        world.start()


def terminating_while_hosts_wait_answers_them_first():
    with World(intel={"fmspcs": "on_demand"}) as world:
        world.sim.faults({"fault": "hang"})
        answers = []
        host = threading.Thread(target=lambda: answers.append(world.tcb_info()))
        before = world.sim.calls("tcb")
        host.start()
        while world.sim.calls("tcb") == before and host.is_alive():
            pass  # until the miss is under way; the story's deadline bounds it
        world.thimd.popen.send_signal(signal.SIGTERM)
        host.join(30)
        equal(world.thimd.stop(), 0)
        equal([(answer.status, answer.body) for answer in answers], [(503, b"")])
        world.start(settled=False)


tell(restart_serves_at_once_what_was_kept,
     a_hundred_kills_during_refresh_and_the_store_is_whole_after_each,
     a_damaged_object_is_quarantined_and_fetched_again,
     what_was_asked_for_only_once_comes_back_by_itself,
     an_object_altered_together_with_its_digest_is_no_better,
     a_moved_clock_or_a_test_root_never_opens_an_ordinary_state,
     a_second_process_is_refused_and_harms_nothing,
     a_file_that_is_no_database_is_refused_and_kept,
     terminating_while_hosts_wait_answers_them_first)
