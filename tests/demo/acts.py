"""The acts of the demo, in order. Each says what happens, does it with the programs people use, and checks the outcome."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.demo import cast
from tests.demo.cast import COUNTY, ELSEWHERE, NEIGHBOUR, STAFF, TOWNSHIP, VILLAGE
from tests.demo.stage import ROOT, Device, Stage, run
from tests.support.sync.faulty_link import FaultyLink
from village_node.point.clock import date_of

DIVISIONS = ROOT / "shared" / "data" / "dengkou-divisions.csv"
DROP_AFTER = 2_500   # bytes up: in the middle of the records of the morning


def found_the_county(stage: Stage) -> None:
    stage.say("The county: init from the divisions file, staff, serve")
    home = stage.hub.home
    key = stage.folder / "hub.key"
    run("county_hub", "safe", "make", key)
    os.environ["COUNTY_HUB_KEY_FILE"] = str(key)        # for every command of the county from here on
    made = run("county_hub", "init", home, "--county", "150822", "--divisions", DIVISIONS, "--demo", "--json",
               "--admin-password-file", password_file(stage)).json()
    stage.check(made["offices"] == 116, "1 county, 11 townships and 104 villages are founded")
    for office, (staff, name, roles) in STAFF.items():
        run("county_hub", "staff", "add", home, "--id", staff, "--name", name, "--office", office, "--roles", roles)
    databases = {path.name for path in (home / "databases").iterdir()}
    wanted = {f"office-{VILLAGE}.replica", "directory.replica"}
    stage.check(wanted <= databases, "one database per office, and a directory")
    at_rest = run("county_hub", "safe", "show", home, "--json").json()
    stage.check(at_rest["encrypted"], f"the county's data are encrypted; the key file {at_rest['key_file']} opens them")
    stage.hub.start()


def enrol_four_devices(stage: Stage) -> None:
    stage.say("Four devices enrol with one-time codes over a link of their own")
    for name, office in (("village", VILLAGE), ("township", TOWNSHIP), ("neighbour", NEIGHBOUR), ("elsewhere", ELSEWHERE)):
        link = FaultyLink(("127.0.0.1", stage.hub.port))
        stage.links[name] = link
        code = run("county_hub", "enrol", stage.hub.home, "--office", office, "--json").json()["code"]
        device = Device(office, name, stage.folder / name)
        run("village_node", "enrol", device.home, "--hub", f"http://127.0.0.1:{link.port}", "--code", code)
        device.sync()
        people = run("village_node", "staff", device.home, "--json").json()
        device.staff = people[0]["id"]
        stage.check([p["id"] for p in people] == [STAFF[office][0]], f"{name}: the people of this office came with the directory")
        stage.devices[name] = device
        again = run("village_node", "enrol", stage.folder / "thief", "--hub", stage.hub.url, "--code", code, code=None)
        refused = again.code == 1 and bool(again.err.strip())
        stage.check(refused, f"{name}: enrolled; the used code opens nothing: {again.err.strip()}")


def old_work_at_the_township(stage: Stage) -> None:
    stage.say("The morning before: the village escalates two older disputes, the township takes one")
    village, township = stage.devices["village"], stage.devices["township"]
    for name, body in (("older", cast.OLDER), ("returned", cast.RETURNED)):
        stage.cases[name] = village.case("register", body=body)["row"]["id"]
        village.case("escalate", stage.cases[name], body={"reason": "DEMO 双方谈不拢"})
    village.sync()
    township.sync()
    township.case("accept-escalation", stage.cases["older"])
    township.sync()
    village.sync()


def line_goes_down(stage: Stage) -> None:
    stage.say("The line goes down: the hub process ends")
    stage.hub.stop()
    stage.line_down()
    figures = stage.devices["village"].sync(code=1)
    stage.check(figures["code"] == 1, f"a sync says so in one sentence: {figures['message'].splitlines()[-1]}")


def village_works_alone(stage: Stage) -> None:
    stage.say("The village takes in disputes without a line: parties, place, category, a photograph, two signatures")
    village = stage.devices["village"]
    stage.cases["sheep"] = village.case("register", body=cast.SHEEP, files=papers(stage, "sheep", 1))["row"]["id"]
    settlement = {"text": "DEMO 乙三赔苗钱二百元，当场付清", "agreed_by": [0, 1]}
    settled = village.case("settle-on-spot", stage.cases["sheep"], body=settlement)
    stage.check(settled["row"]["state"] == "closed", "羊吃苗 is settled on the spot")
    stage.cases["ditch"] = village.case("register", body=cast.DITCH, files=papers(stage, "ditch", 2))["row"]["id"]
    village.case("escalate", stage.cases["ditch"], body={"reason": "DEMO 超出村里能办的范围"})


def killed_between_two_saves(stage: Stage) -> None:
    stage.say("A process of the village is killed with SIGKILL between two saves, and started again")
    village = stage.devices["village"]
    clerk = subprocess.Popen(
        [sys.executable, "-m", "tests.demo.clerk", str(village.home), village.staff],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    assert clerk.stdin is not None
    stage.cases["fence"] = order(clerk, {"register": cast.FENCE, "files": [str(p) for p in papers(stage, "fence", 3)]})
    clerk.stdin.write(json.dumps({"register": cast.LOAN, "files": [str(p) for p in papers(stage, "loan", 4)]}) + "\n")
    clerk.stdin.flush()
    clerk.send_signal(signal.SIGKILL)      # while the second save is under way: it may be in or not, but never half
    clerk.wait()
    known = {row["id"] for row in village.cases()}
    stage.check(stage.cases["fence"] in known, "the acknowledged dispute 院墙 is there")
    verified = run("village_node", "verify", village.home)
    stage.check(verified.code == 0, "storage, signatures and the device's chain are whole")


def order(clerk: subprocess.Popen[str], words: dict[str, Any]) -> str:
    """One order to the clerk's process; returns the case id that it acknowledged."""
    assert clerk.stdin is not None
    assert clerk.stdout is not None
    clerk.stdin.write(json.dumps(words, ensure_ascii=False) + "\n")
    clerk.stdin.flush()
    return str(json.loads(clerk.stdout.readline())["saved"])


def village_works_in_the_window(stage: Stage) -> None:
    stage.say("The fourth dispute is taken in through the app's window: typed, photographed, signed with a finger")
    village = stage.devices["village"]
    before = {row["id"] for row in village.cases()}
    run_window(stage, village, "intake")
    loans = [row for row in village.cases() if "借款" in row["summary"]]
    stage.check(bool({row["id"] for row in loans} - before), "借款 is saved from the window")
    stage.cases["loan"] = next(row["id"] for row in loans if row["id"] not in before)
    later = date_of(time.time_ns() // 1_000_000 + 3 * 86_400_000)
    alarms = run("village_node", "alarms", village.home, "--today", later, "--json").json()
    overdue = [alarm["sentence"] for alarm in alarms if alarm["level"] == "overdue"]
    stage.check(bool(overdue), f"deadlines alarm on the device without a line; on {later}: {overdue[:1]}")


def township_works_alone(stage: Stage) -> None:
    stage.say("The township works on an older case, offline too")
    township = stage.devices["township"]
    older = stage.cases["older"]
    township.case("triage", older, body={"category": "DC05", "difficulty": "simple", "risk": 1})
    township.case("accept", older, body={"rights_told": True, "parties_willing": True})
    township.case("hold-session", older, body={"place": "DEMO 司法所", "rights_told": True, "summary": "DEMO 双方各让三百元"})


def nothing_claims_to_be_sent(stage: Stage) -> None:
    stage.say("Every new record says 'saved here', none says more")
    for name in ("ditch", "sheep", "fence", "loan"):
        states = own_states(stage.devices["village"], stage.cases[name])
        stage.check(states == {"saved"}, f"{name}: {len(states)} state(s): {', '.join(sorted(states))}")


def link_drops_half_way(stage: Stage) -> None:
    stage.say(f"The hub is back, but the link drops after {DROP_AFTER} bytes")
    stage.hub.start()
    link = stage.links["village"]
    link.heal()
    link.cut_after_up, link.stay_down = DROP_AFTER, True
    village = stage.devices["village"]
    figures = village.sync(code=None)
    stage.check(figures["code"] == 1, f"the sync is cut and says so: {figures['message'].splitlines()[-1]}")
    for name in ("ditch", "sheep", "fence", "loan"):
        states = own_states(village, stage.cases[name])
        stage.check("seen" not in states, f"{name}: {', '.join(sorted(states))}")
    stage.check(run("village_node", "verify", village.home).code == 0, "nothing is lost on the device")


def line_returns(stage: Stage) -> None:
    stage.say("The line returns. All sync")
    stage.line_up()
    village = stage.devices["village"]
    village.sync(wait=0)
    for name in ("ditch", "sheep", "fence", "loan"):
        states = own_states(village, stage.cases[name])
        stage.check(states == {"sent"}, f"{name}: sent, and not a word more while no receipt has come")
    village.sync()
    for name in ("ditch", "sheep", "fence", "loan"):
        states = own_states(village, stage.cases[name])
        stage.check(states == {"accepted"}, f"{name}: accepted by the county (signed receipt)")
    for name in ("township", "neighbour", "elsewhere"):
        stage.devices[name].sync()
    county = {row["case_id"]: row for row in run("county_hub", "case", "list", stage.hub.home, "--json").json()["cases"]}
    stage.check(all(stage.cases[n] in county for n in ("ditch", "sheep", "fence", "loan")), "the county sees all four cases")


def township_takes_the_case(stage: Stage) -> None:
    stage.say("The township opens the escalated case, accepts custody, holds a session, records the agreement; returns another")
    township, ditch = stage.devices["township"], stage.cases["ditch"]
    township.case("acknowledge", ditch)
    township.case("accept-escalation", ditch)
    township.case("triage", ditch, body={"category": "DC02", "difficulty": "ordinary", "risk": 2})
    township.case("accept", ditch, body={"rights_told": True, "parties_willing": True})
    session = {"place": "DEMO 巴彦高勒司法所", "rights_told": True, "summary": "DEMO 现场看过水渠"}
    township.case("hold-session", ditch, body=session)
    names = [party["name"] for party in cast.DITCH["parties"]]
    signed = [{"signer": "party", "name": name, "party": i, "signed_on": today()} for i, name in enumerate(names)]
    mediator = {"signer": "mediator", "name": STAFF[TOWNSHIP][1], "signed_on": today()}
    township.case("reach-agreement", ditch, body={
        "form": "written", "facts": "DEMO 浇地漫水",
        "items": [{"who": 1, "what": "DEMO 三日内清沟，今后浇地前先打招呼"}], "signatures": [*signed, mediator],
    })
    township.case("return-escalation", stage.cases["returned"], body={"reason": "DEMO 先由村里实地量过再报"})
    township.sync()


def county_supervises(stage: Stage) -> None:
    stage.say("The county supervises one case")
    run("county_hub", "case", "supervise", stage.hub.home, stage.cases["fence"], "--level", "reminder",
        "--text", "DEMO 请三日内报进展", "--as", STAFF[COUNTY][0])


def answer_comes_back(stage: Stage) -> None:
    stage.say("The village sees each step: seen by the township, agreement, returned case, supervision")
    village = stage.devices["village"]
    village.sync()
    timeline = {name: village.show(stage.cases[name])["timeline"] for name in ("ditch", "returned", "fence")}
    kinds = {name: [entry["kind"] for entry in entries] for name, entries in timeline.items()}
    stage.check("case.agreement_reached" in kinds["ditch"], "水渠: the agreement is on the tablet")
    stage.check("case.escalate_returned" in kinds["returned"], "地界: returned with a reason")
    stage.check("case.supervision_issued" in kinds["fence"], "院墙: the county's reminder is on the tablet")
    states = [e["delivery"]["state"] for e in timeline["ditch"] if e["kind"] == "case.escalate_requested"]
    stage.check(states == ["seen"], "水渠: the escalation is marked seen by the township")
    village.case("acknowledge", stage.cases["fence"])
    village.case("supervise-reply", stage.cases["fence"], body={"text": "DEMO 已约双方周五到场"})
    village.sync()


def nobody_else_knows(stage: Stage) -> None:
    stage.say("Who holds what, read from the files themselves")
    everything = set(stage.cases.values())
    held = {name: cases_in(device.home) for name, device in stage.devices.items()}
    stage.check(not held["neighbour"], "the neighbour village holds none of these records")
    stage.check(not held["elsewhere"], "the other township's village holds none of these records")
    stage.check(held["township"] == everything | stage.extra, "the township holds its villages' cases and no others")
    stage.check(held["village"] == everything | stage.extra, "the village holds its own cases")
    for name, device in stage.devices.items():
        stage.check(run("village_node", "verify", device.home).code == 0, f"{name}: storage, signatures, chain verified")
    stage.check(run("county_hub", "verify", stage.hub.home).code == 0, "county: storage and signatures verified")


def pictures(stage: Stage) -> None:
    stage.say("Screenshots of the app: village and township")
    run_window(stage, stage.devices["village"], "look", stage.cases["ditch"])
    run_window(stage, stage.devices["township"], "look", stage.cases["ditch"])
    made = sorted(p.name for p in (stage.folder / "screens").glob("*.png"))
    stage.check(len(made) >= 6, f"{len(made)} pictures in {stage.folder / 'screens'}")


# ---- small helpers

def password_file(stage: Stage) -> Path:
    """The console's password, so that a person can look at the console after the demo."""
    path = stage.folder / "console-password.txt"
    path.write_text("demo-console-11357\n")
    return path


def papers(stage: Stage, name: str, seed: int) -> list[str]:
    """A photograph and two signatures, as `--file` takes them: path[,purpose[,party]]."""
    folder = stage.folder / "papers"
    photo = cast.photograph(folder / "photos" / f"{name}.jpg", name, seed)
    signatures = [cast.signature(folder / f"{name}-{party}.png", seed * 10 + party) for party in (0, 1)]
    return [str(photo), *(f"{path},signature,{party}" for party, path in enumerate(signatures))]


def own_states(device: Device, case: str) -> set[str]:
    return {e["delivery"]["state"] for e in device.show(case)["timeline"] if e["own"]}


def cases_in(home: Path) -> set[str]:
    """Case ids in the replica file of a device, read without any of its programs' rules."""
    from sync.replica import LocalReplica
    from village_node.point.home import Home

    replica = LocalReplica.open(home / "replicas" / "office.replica", create=False, key=Home(home).database_key())
    try:
        return {row.id.split(":")[1] for row in replica.all_docs(startkey="case:", endkey="case;")}
    finally:
        replica.close()


def today() -> str:
    return date_of(time.time_ns() // 1_000_000)


def run_window(stage: Stage, device: Device, scene: str, *arguments: str) -> None:
    run("tests.demo.window", scene, device.home, device.staff, stage.folder / "screens", device.name, *arguments, timeout=180)
