"""Sealed records from the village to the county: who is in the team reads them, everybody else sees that they are there.

Real command lines, homes, replicas, router; the words of the secret are looked for in every file of every device and of the hub.
"""

from __future__ import annotations

import gzip
import os
import zlib
from dataclasses import replace

import pytest

from county_hub.county.sealed import SealedOffice
from shared.disputes.figures.facts import load
from shared.disputes.figures.figures import Figure, compute
from shared.disputes.figures.marks import Period
from shared.ledger.formats.documents import make_sealed
from shared.ledger.formats.keys import DeviceKey
from sync.errors import Forbidden
from tests.support.county_hub.hub_support import COUNTY, NEIGHBOUR, TOWN, VILLAGE, opened
from tests.support.county_hub.scratch_county import CLERK, COUNTY_OFFICER, LEADER, MEDIATOR, MEMBER, OFFICER, ScratchCounty, sets
from tests.support.shared.pdf_text import text_of
from tests.support.sync.leaks import leaks
from village_node.point.home import Home

SECRET, RESULT, OPEN = "演示甲当场承认三年前的借款", "双方愿意和解细节保密", "公开的现场勘查情况说明"


@pytest.fixture
def county(tmp_path):
    return ScratchCounty(tmp_path)


def closed_session(county, **fields) -> str:
    """A closed mediation at the village with one session, synchronised; the case."""
    case = county.register(MEDIATOR, confidentiality="closed", **fields)
    county.village("case", "triage", case, "--as", MEDIATOR)
    county.village("case", "accept", case, "--as", MEDIATOR, "--set", "rights_told=true", "--set", "parties_willing=true")
    county.village("case", "hold-session", case, "--as", MEDIATOR, "--set", "place=说事室", "--set", "rights_told=true",
                   "--set", f"summary={SECRET}", "--set", f"result={RESULT}")
    county.village("case", "add-note", case, "--as", MEDIATOR, "--set", f"text={OPEN}")
    county.sync()
    return case


def sealed_line(view):
    [line] = [line for line in view["timeline"] if line["sealed"]]
    return line


def at(county, office, case, staff):
    return sealed_line(county.at(office, "case", "show", case, "--as", staff))


def test_a_closed_session_is_read_by_the_team_alone_and_is_nowhere_in_the_clear(county) -> None:
    case = closed_session(county)
    line = at(county, VILLAGE, case, MEDIATOR)
    assert line["sealed"] == "open"
    assert line["kind"] == "case.record_added"
    assert SECRET in line["text"]
    assert RESULT in line["body"]["text"]
    timeline = county.village("case", "show", case, "--as", MEDIATOR)["timeline"]
    session = next(line for line in timeline if line["kind"] == "case.session_held")
    assert not {"summary", "result"} & set(session["body"])
    stub = at(county, TOWN, case, OFFICER)
    assert (stub["sealed"], stub["actor"], stub["office"]) == ("absent", MEDIATOR, VILLAGE)
    [record] = county.hub("case", "show", case, "--as", COUNTY_OFFICER, "--json")["sealed_records"]
    assert (record["status"], record["actor"], record["office"], record["class"]) == ("absent", MEDIATOR, VILLAGE, "closed")
    assert "body" not in record
    shown = county.hub("case", "show", case)
    assert "闭门调解" in shown
    assert SECRET not in shown
    for word in (SECRET, RESULT):
        assert leaks(county.folder, word) == []
    assert any(place.startswith("hub/databases") for place in leaks(county.folder, OPEN)), "the search would have found it"


def test_a_sealed_record_and_inquiry_are_printed_for_who_may_open_them_alone(county) -> None:
    case = closed_session(county)
    asked = "演示邻居说看见了借据"
    county.village("case", "add-record", case, "--as", MEDIATOR, *sets(document="D07", text=asked))
    county.sync()
    for code, word in (("D07", asked), ("D09", SECRET)):
        assert word in printed(county, VILLAGE, case, code, "--as", MEDIATOR), code
        assert word not in printed(county, VILLAGE, case, code), f"{code}: nobody said who prints"
        assert word not in printed(county, TOWN, case, code, "--as", OFFICER), f"{code}: the town has no key"
        assert leaks(county.folder, word) == []


def printed(county, office, case, code, *words) -> str:
    out = county.folder / "paper.pdf"
    county.at(office, "case", "print", case, "--document", code, "--out", out, *words)
    said = "".join(text_of(out.read_bytes()).split())
    out.unlink()
    return said


def test_the_search_finds_what_is_compressed(tmp_path) -> None:
    for name, data in (("z", zlib.compress(SECRET.encode())), ("g", gzip.compress(SECRET.encode())),
                       ("b", b"xx" + zlib.compress(b"{" + SECRET.encode() + b"}") + b"tail")):
        (tmp_path / name).write_bytes(data)
    assert {place.split(" ")[0] for place in leaks(tmp_path, SECRET)} == {"z", "g", "b"}


def test_the_fold_is_the_same_where_nobody_can_open_it(county) -> None:
    case = closed_session(county)
    here = county.village("case", "show", case, "--as", MEDIATOR)["state"]
    there = county.town("case", "show", case, "--as", OFFICER)["state"]
    assert here["state"] == "mediating"
    for view in (here, there):
        view.pop("timeline")
    assert here == there
    county_state = county.hub("case", "show", case, "--json")
    assert (county_state["state"], len(county_state["sealed"]), len(county_state["sessions"])) == ("mediating", 1, 1)
    with opened(county.home) as hub, hub.projector.reader() as db:
        figure = compute(load(db).tally(Period.year(int(county_state["registered_on"][:4]), county_state["registered_on"])))
    assert figure["mediation_rate"] == Figure(1, 1), "a closed mediation counts like an open one"


def test_opening_is_on_record_and_the_role_decides_on_the_same_device(county) -> None:
    case = closed_session(county)
    assert "办理“查阅保密记录”" in at(county, VILLAGE, case, LEADER)["text"]
    assert SECRET not in at(county, VILLAGE, case, LEADER)["text"]
    said = county.village("case", "read-sealed", case, "--as", MEMBER, fails=True)
    assert "角色" in said
    assert SECRET in sealed_line(county.village("case", "read-sealed", case, "--as", LEADER))["text"]
    assert SECRET in at(county, VILLAGE, case, LEADER)["text"]
    assert SECRET not in at(county, VILLAGE, case, CLERK)["text"], "what one opened another has not opened"
    county.sync()
    [record] = county.hub("case", "show", case, "--json")["sealed"]
    assert record["readers"] == [LEADER]
    assert "查阅保密记录" in county.hub("case", "show", case)
    assert "已办理" in county.village("case", "read-sealed", case, "--as", LEADER, fails=True)
    assert leaks(county.folder, SECRET) == []


def test_a_new_colleagues_device_is_told_who_has_a_key_and_opens_once_it_was_given(county) -> None:
    case = closed_session(county)
    county.another_device("new", VILLAGE, 7)
    county.sync(VILLAGE, "new")
    stub = at(county, "new", case, MEDIATOR)
    assert stub["sealed"] == "no_key"
    assert f"{VILLAGE}-001" in stub["text"]
    assert "没有需要转交" in county.village("case", "share-sealed", case, "--as", MEDIATOR, fails=True), "nobody knows it yet"
    county.village("sealing", "confirm", f"{VILLAGE}-007", "--as", MEDIATOR)
    banners = county.village("case", "show", case, "--as", MEDIATOR)["banners"]
    assert any(f"{VILLAGE}-007" in banner for banner in banners), banners
    assert "没有需要转交" in county.at("new", "case", "share-sealed", case, "--as", MEDIATOR, fails=True)
    county.village("case", "share-sealed", case, "--as", MEDIATOR)
    assert "没有需要转交" in county.village("case", "share-sealed", case, "--as", MEDIATOR, fails=True)
    county.sync(VILLAGE)
    county.sync("new")
    assert SECRET in at(county, "new", case, MEDIATOR)["text"]
    assert leaks(county.folder, SECRET) == []


def test_a_renewed_device_goes_on_opening_with_its_earlier_key(county) -> None:
    case = closed_session(county)
    device, key = f"{VILLAGE}-009", DeviceKey.generate(os.urandom)
    with opened(county.home) as hub:
        hub.directory.add_device(device, office=VILLAGE, slot="009", public_key=key.public, role="tablet")
    home = Home(county.homes[VILLAGE])
    before = home.config()
    home.add_identity(device, device_key=key.save(), username=device, password="demo")
    home.write_config(replace(before, device=device, slot="009", previous=(before.device,)))
    county.sync(VILLAGE)
    assert SECRET in at(county, VILLAGE, case, MEDIATOR)["text"]


def test_a_new_holder_reads_what_the_village_passes_on(county) -> None:
    case = closed_session(county)
    county.village("case", "escalate", case, "--as", MEDIATOR, "--set", "reason=DEMO")
    county.sync()
    county.town("case", "accept-escalation", case, "--as", OFFICER)
    county.sync()
    assert at(county, TOWN, case, OFFICER)["sealed"] == "absent", "being the holder gives no key by itself"
    county.village("sealing", "confirm", f"{TOWN}-003", "--as", MEDIATOR)      # was enrolled after the village's
    county.village("case", "share-sealed", case, "--as", MEDIATOR)
    county.sync()
    assert at(county, TOWN, case, OFFICER)["sealed"] == "open"
    assert SECRET in sealed_line(county.town("case", "read-sealed", case, "--as", OFFICER))["text"]
    with opened(county.home) as hub:
        holders = {office for office in (VILLAGE, NEIGHBOUR, TOWN, COUNTY)
                   if hub.databases.exists(f"office-{office}-closed") and _bodies(hub, office)}
    assert holders == {VILLAGE, TOWN}, "ciphertext too goes only where there is a key"
    assert leaks(county.folder, SECRET) == []


def _bodies(hub, office):
    with hub.databases.lease(f"office-{office}-closed") as replica:
        return replica.all_docs(startkey="sealed:", endkey="sealed:\uffff")


def test_the_county_seals_a_protected_reporter_and_the_village_sees_a_stub(county) -> None:
    case = county.register(hidden_reporter=True)
    county.sync()
    county.hub("case", "recall", case, "--as", COUNTY_OFFICER, "--set", "reason=DEMO")
    made = county.hub("case", "add-note", case, "--as", COUNTY_OFFICER, "--set", f"text={SECRET}", "--set", "about=reporter")
    [record] = made["sealed_records"]
    assert (record["class"], record["status"], record["body"]["text"]) == ("reporter", "open", SECRET)
    county.sync()
    assert at(county, VILLAGE, case, MEDIATOR)["sealed"] == "absent"
    assert at(county, TOWN, case, OFFICER)["sealed"] == "absent"
    [again] = county.hub("case", "show", case, "--as", "expert", "--json")["sealed_records"]
    assert (again["status"], "body" in again) == ("role", False), "an officer without the role sees a stub on the same hub"
    assert SECRET in county.hub("case", "show", case, "--as", COUNTY_OFFICER)
    assert SECRET not in county.hub("case", "show", case)
    assert leaks(county.folder, SECRET) == []


def test_a_note_may_be_sealed_by_hand_and_takes_no_files(county) -> None:
    case = county.register(MEDIATOR)
    county.village("case", "add-note", case, "--as", MEDIATOR, "--seal", "counselling", "--set", f"text={SECRET}")
    assert at(county, VILLAGE, case, MEDIATOR)["text"].endswith(SECRET)
    assert "角色" in at(county, VILLAGE, case, LEADER)["text"]
    photo = county.folder / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff" + os.urandom(200))
    refused = county.village("case", "add-note", case, "--as", MEDIATOR, "--set", "about=reporter", "--set", "text=x",
                             "--file", photo, fails=True)
    assert "不能附" in refused


def test_a_sealed_answer_moves_the_referral_like_an_open_one(county) -> None:
    made = county.village("record", "write", "HOME", "referral.made", "--as", MEDIATOR, "--set", "service=counselling",
                          "--set", f'to="{TOWN}"', "--set", "text=DEMO")
    county.sync()
    answered = county.town("record", "write", "HOME", "referral.answered", made["id"], "--as", OFFICER, "--set", f"text={SECRET}")
    assert answered["state"] == "answered"
    county.sync()
    assert county.village("record", "show", made["id"])["state"] == "answered"
    assert county.hub("record", "show", made["id"])["state"] == "answered"
    shown = county.town("record", "show", made["id"], "--as", OFFICER)
    assert [body["text"] for body in shown["opened"].values()] == [SECRET]
    assert leaks(county.folder, SECRET) == []


def test_the_hub_takes_no_sealed_body_in_the_clear(county) -> None:
    doc, _ = make_sealed({"text": SECRET}, "closed", os.urandom(16))
    with opened(county.home) as hub, hub.databases.lease(f"office-{VILLAGE}-closed") as replica:
        [result] = replica.bulk_docs([doc], new_edits=False)
        assert result.error == Forbidden.error
        assert SealedOffice(hub)
