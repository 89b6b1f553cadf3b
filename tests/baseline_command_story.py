#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""thim baseline and thim explain: an operator looks what a move would do, makes it, takes
it back, pins, and asks why a platform has its status."""

import csv
import io
import json
import os
from urllib.parse import unquote

from harness import FIRST_FMSPC, command, equal, tell
from fleets import FleetWorld
from platforms import READER

YES, NO, USAGE, AWAY = 0, 1, 2, 3
SEEN = "2026-07-15"  # standard is 17, early 19


def fleet(world, hosts=6, behind=2):
    """Hosts of two FMSPCs, some of them a level behind; those first."""
    return [world.host(index, at=2 if index < behind else 0) for index in range(hosts)]


def said(world, *arguments, status=YES):
    code, out, err = command(*arguments, state=world.state)
    equal(code, status, (arguments, out, err))
    return out if code in (YES, NO) and out else err


def told(world, *arguments, status=YES):
    return json.loads(said(world, *arguments, "--json", status=status))


# ---- looking ------------------------------------------------------------------------------

def a_list_and_a_page_say_where_a_baseline_stands():
    with FleetWorld(now=SEEN) as world:
        fleet(world)
        listed = told(world, "baseline", "list")["baselines"]
        equal([(each["name"], each["default"]) for each in listed], [("steady", True)])
        stand = listed[0]["sgx"]
        equal((stand["number"], stand["standard"], stand["early"]), (17, 17, 19))
        equal(stand["expected"]["number"], 18)
        out = said(world, "baseline", "show")
        assert "steady (the default) follows standard" in out, out
        assert "sgx: number 17" in out and "  19  2026-08-14" in out, out
        status = said(world, "status")
        assert "baseline steady*: sgx 17, has 17, which is standard" in status, status
        equal(told(world, "status")["baselines"][0]["tdx"]["number"], 17)


def a_withdrawn_number_is_shown_with_the_day_it_ends():
    with FleetWorld(now=SEEN) as world:
        fleet(world)
        world.promote_upstream("2026-08-01")
        numbers = told(world, "baseline", "show")["sgx"]["numbers"]
        gone = [each for each in numbers if each["number"] == 17][0]
        equal((gone["withdrawn"], gone["standard"]), (True, False))
        assert gone["ends"].startswith("2026-08-"), gone
        assert "withdrawn: signed no more" in said(world, "baseline", "show", "steady")


def a_preview_names_who_falls_and_by_what():
    with FleetWorld(now=SEEN) as world:
        hosts = fleet(world)
        tree = told(world, "baseline", "preview", "--to", "18", status=NO)
        equal((tree["totals"]["hosts"], tree["totals"]["falls"]), (6, 2))
        falling = [row for row in tree["rows"] if row["change"] == "falls"]
        named = {name["qe_id"] for row in falling for name in row["names"]}
        equal(named, {host["qe_id"] for host in hosts[:2]})
        equal({row["component"]["name"] for row in falling}, {"sgx.0"})
        assert all(each["link"].startswith("https://www.intel.com/")
                   for row in falling for each in row["advisories"]["gained"]), falling
        assert "CPUSVN" in tree["sealed_data"]
        equal(tree["by_tee"]["sgx"]["falls"], 2)
        out = said(world, "baseline", "preview", "--to", "18", status=NO)
        assert "2 of 6 hosts would fall" in out and hosts[0]["qe_id"] in out, out
        equal(told(world, "baseline", "preview", "--to", "standard")["totals"]["falls"], 0)
        few = told(world, "baseline", "preview", "--to", "18", "--names", "0", status=NO)
        equal([row["names"] for row in few["rows"] if row["names"]], [])
        early = told(world, "baseline", "preview", status=NO)
        equal((early["sgx"]["to"], early["tdx"]["to"]), (19, 19), "nowhere else to go")


def a_preview_as_csv_has_a_line_for_each_group():
    with FleetWorld(now=SEEN) as world:
        hosts = fleet(world)
        text = said(world, "baseline", "preview", "--to", "18", "--csv", status=NO)
        rows = list(csv.DictReader(io.StringIO(text)))
        falling = [row for row in rows if row["change"] == "falls"]
        for tee, hosts_of in (("sgx", 2), ("tdx", 1)):  # one of them runs TDX, too
            equal(sum(int(row["hosts"]) for row in falling if row["tee"] == tee), hosts_of)
        equal({row["names"] for row in falling}, {host["qe_id"] for host in hosts[:2]})
        equal({(row["status_now"], row["status_then"]) for row in falling},
              {("UpToDate", "OutOfDate")})
        assert all(None not in row and None not in row.values() for row in rows), rows


def hosts_not_seen_for_a_while_are_counted_apart():
    with FleetWorld(now=SEEN) as world:
        fleet(world)
        world.at("2026-07-20")
        asked = ("baseline", "preview", "--to", "18", "--tee", "sgx")
        equal(told(world, *asked, status=NO)["totals"]["hosts"], 6)
        totals = told(world, *asked, "--unseen-days", "3")["totals"]
        equal((totals["hosts"], totals["long_unseen"], totals["long_unseen_falls"]),
              (0, 6, 2))


def a_diff_says_what_changed_between_two_numbers():
    with FleetWorld(now=SEEN) as world:
        tree = told(world, "baseline", "diff", "17", "18", "--fmspc", FIRST_FMSPC)
        changes = [level["change"] for level in tree["levels"]]
        equal(changes, ["added", "changed", "removed"])
        fallen = tree["levels"][1]
        equal((fallen["before"]["status"], fallen["after"]["status"]),
              ("UpToDate", "OutOfDate"))
        equal([each["id"] for each in tree["advisories"]["gained"]],
              [each["id"] for each in fallen["advisories"]["gained"]])
        assert any(each["enclave"] == "qe" for each in tree["enclaves"]), tree["enclaves"]
        tdx = told(world, "baseline", "diff", "17", "18", "--fmspc", FIRST_FMSPC,
                   "--tee", "tdx")
        assert any(each["enclave"].startswith("TDX_") for each in tdx["enclaves"])
        said(world, "baseline", "diff", "17", "99", "--fmspc", FIRST_FMSPC, status=NO)


# ---- orders -------------------------------------------------------------------------------

def a_promotion_says_when_clients_follow_and_can_be_taken_back():
    with FleetWorld(now=SEEN) as world:
        fleet(world)
        done = told(world, "baseline", "promote", "--to", "18", "--why", "two are drained")
        equal((done["sgx"], done["tdx"]), ({"from": 17, "to": 18}, {"from": 17, "to": 18}))
        equal(done["followed_by"], "2026-07-15T01:00:00Z")
        equal(world.tcb_info().header("THIM-Evaluation-Data-Number"), "18")
        out = said(world, "baseline", "rollback", "--why", "they were not")
        assert "sgx: 18 -> 17" in out and "168" in out, out
        equal(world.tcb_info().header("THIM-Evaluation-Data-Number"), "17")
        rows = told(world, "baseline", "history", "--limit", "2")["history"]
        equal({(row["step"], row["why"]) for row in rows},
              {("rolled_back", "they were not")})
        promoted = [row for row in told(world, "baseline", "history")["history"]
                    if row["step"] == "promoted" and row["tee"] == "sgx"]
        equal([(row["who"][:4], row["effect"]["falls"]) for row in promoted], [("uid ", 2)])
        audit = world.admin("GET", "/thim/v1/audit?limit=10").json()["entries"]
        equal([entry["what"] for entry in audit[:2]], ["rollback", "promote"])
        equal(audit[0]["subject"], "baseline steady")


def a_promotion_without_a_number_goes_where_the_baseline_is_held_from():
    with FleetWorld(now=SEEN) as world:
        fleet(world)
        err = said(world, "baseline", "promote", "--why", "x", status=USAGE)
        assert "has what it follows" in err, err
        world.promote_upstream("2026-08-13")
        equal(told(world, "baseline", "show")["sgx"]["target"], 18)
        done = told(world, "baseline", "promote", "--why", "the two are drained",
                    "--tee", "sgx")
        equal(done["sgx"]["to"], 18)


def pins_and_holds_are_one_tees_where_one_says_so():
    with FleetWorld(now=SEEN) as world:
        fleet(world)
        said(world, "baseline", "pin", "--to", "18", "--why", "x", status=USAGE)
        said(world, "baseline", "pin", "--until", "2026-08-01", "--why", "x", status=USAGE)
        said(world, "baseline", "promote", "--to", "18", status=USAGE)
        done = told(world, "baseline", "pin", "steady", "--to", "18", "--until",
                    "2026-08-01", "--why", "the audit", "--tee", "sgx")
        equal((done["sgx"]["to"], done["tdx"]["to"]), (18, 17))
        stand = told(world, "baseline", "show")["sgx"]
        equal((stand["pinned"], stand["pinned_until"]), (18, "2026-08-01T00:00:00Z"))
        equal(told(world, "baseline", "unpin", "--why", "over", "--tee", "sgx")["order"],
              "unpin")
        said(world, "baseline", "hold", "--why", "a feast")
        assert told(world, "baseline", "show")["tdx"]["held"]
        said(world, "baseline", "release", "--why", "it is over")
        assert not told(world, "baseline", "show")["tdx"]["held"]
        said(world, "baseline", "promote", "nobody", "--to", "18", "--why", "x", status=NO)


def orders_come_by_the_admin_socket_alone():
    with FleetWorld(now=SEEN) as world:
        fleet(world, hosts=2, behind=1)
        for path in ("", "/steady", "/steady/preview", "/steady/history"):
            equal(world.get("/thim/v1/baselines" + path).status, 200, path)
        proxied = {"X-Forwarded-For": "192.0.2.1"}
        equal(world.get("/thim/v1/baselines", proxied).status, 401)
        equal(world.get("/thim/v1/baselines", dict(proxied, **{"user-token": READER})).status,
              200)
        answer = world.get("/thim/v1/baselines/steady/promote", method="POST")
        equal(answer.status, 403, answer.body)
        equal(told(world, "baseline", "show")["sgx"]["number"], 17)


# ---- explanations ---------------------------------------------------------------------------

def a_platform_learns_what_is_short_and_what_would_raise_it():
    with FleetWorld(now=SEEN) as world:
        behind = world.host(0, at=2, with_tdx=False)
        tree = told(world, "explain", behind["qe_id"][:10])
        equal(tree["subject"]["qe_id"], behind["qe_id"])
        sgx = [tee for tee in tree["tees"] if tee["tee"] == "sgx"][0]
        verdicts = {each["number"]: each["status"] for each in sgx["sets"]}
        equal(verdicts, {19: "OutOfDate", 18: "OutOfDate", 17: "UpToDate"})
        under_18 = [each for each in sgx["sets"] if each["number"] == 18][0]
        equal([(need["name"], need["have"], need["need"]) for need in under_18["needs"]],
              [("sgx.0", 17, 18), ("sgx.1", 17, 18)])
        equal([each["id"] for each in under_18["cleared"]],
              [each["id"] for each in under_18["advisories"]])
        out = said(world, "explain", behind["qe_id"])
        assert "19 early" in out and "sgx.0 BIOS" in out, out
        assert "steady (the default) gives it sgx 17, tdx 17" in out, out
        assert "--tee-tcb-svn" in out, out
        said(world, "platform", "tdx", behind["qe_id"], "--tee-tcb-svn",
             "03001300000000000000000000000000")
        known = told(world, "explain", behind["qe_id"])
        equal(known["subject"]["tee_tcb_svn"], "03001300000000000000000000000000")


def a_certificate_is_explained_and_verified_where_its_chain_is_there():
    with FleetWorld(now=SEEN) as world:
        host = fleet(world, hosts=1, behind=0)[0]
        answer = world.pckcert(host)
        chain = unquote(answer.header("SGX-PCK-Certificate-Issuer-Chain"))
        alone = os.path.join(world.directory, "pck.pem")
        whole = os.path.join(world.directory, "chain.pem")
        with open(alone, "wb") as file:
            file.write(answer.body)
        with open(whole, "w", encoding="ascii") as file:
            file.write(answer.body.decode() + "\n" + chain)
        subject = told(world, "explain", alone)["subject"]
        equal((subject["by"], subject["verified"]), ("certificate", False))
        assert "NOT VERIFIED" in said(world, "explain", alone)
        subject = told(world, "explain", whole)["subject"]
        equal((subject["verified"], subject["doubt"]), (True, None))


def a_raw_tcb_is_explained_and_an_unknown_fmspc_says_what_to_do():
    with FleetWorld(now=SEEN) as world:
        raw = ("--cpusvn", "1313000303ff00020000000000000000", "--pcesvn", "17")
        tree = told(world, "explain", "--fmspc", FIRST_FMSPC, *raw)
        equal({each["status"] for tee in tree["tees"] for each in tee["sets"]},
              {"UpToDate"})
        tdx = told(world, "explain", "--fmspc", FIRST_FMSPC, *raw, "--tee", "tdx",
                   "--tee-tcb-svn", "03001300000000000000000000000000")
        equal([tee["tee"] for tee in tdx["tees"]], ["tdx"])
        err = said(world, "explain", "--fmspc", "999999999999", *raw, status=NO)
        assert "intel.fmspcs" in err, err
        said(world, "explain", "--fmspc", FIRST_FMSPC, status=USAGE)
        said(world, "explain", status=USAGE)


def nobody_at_home_is_told_from_no():
    nowhere = ("--socket", "/nonexistent/admin.sock", "--json")
    for words in (("baseline", "list"), ("baseline", "preview"),
                  ("baseline", "promote", "steady", "--to", "18", "--why", "x"),
                  ("explain", "--fmspc", FIRST_FMSPC)):
        code, out, err = command(*words, *nowhere)
        equal(code, AWAY, (words, out, err))
        assert "is it running?" in json.loads(out)["error"]["message"], out


tell(a_list_and_a_page_say_where_a_baseline_stands,
     a_withdrawn_number_is_shown_with_the_day_it_ends,
     a_preview_names_who_falls_and_by_what,
     a_preview_as_csv_has_a_line_for_each_group,
     hosts_not_seen_for_a_while_are_counted_apart,
     a_diff_says_what_changed_between_two_numbers,
     a_promotion_says_when_clients_follow_and_can_be_taken_back,
     a_promotion_without_a_number_goes_where_the_baseline_is_held_from,
     pins_and_holds_are_one_tees_where_one_says_so,
     orders_come_by_the_admin_socket_alone,
     a_platform_learns_what_is_short_and_what_would_raise_it,
     a_certificate_is_explained_and_verified_where_its_chain_is_there,
     a_raw_tcb_is_explained_and_an_unknown_fmspc_says_what_to_do,
     nobody_at_home_is_told_from_no)
