"""The whole number of an identity paper from the counter to the court's paper: sealed where it lies, masked where it is shown.

Real command lines, homes, replicas, router; the number is looked for in every file of every HOME.
"""

from __future__ import annotations

import shutil
import subprocess

import pytest

from shared.disputes.kinds import registry as bodies
from shared.ledger.identity import check
from tests.support.county_hub.hub_support import TOWN, VILLAGE
from tests.support.county_hub.scratch_county import CLERK, COUNTY_OFFICER, MEDIATOR, OFFICER, ScratchCounty, sets
from tests.support.sync.leaks import leaks

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")


def demo_number(head: str = "15082219800101123") -> str:
    """An invented number whose check character is right."""
    return head + check(head)


NUMBER, OTHER = demo_number(), demo_number("15082219751231004")
PASSPORT = "DEMO99887766"
PARTIES = [{"name": "演示甲", "role": "applicant", "id_number": NUMBER.lower()}, {"name": "演示乙", "role": "respondent"}]


@pytest.fixture
def county(tmp_path):
    return ScratchCounty(tmp_path)


def printed(county, office, case, code, *words) -> str:
    out = county.folder / "paper.pdf"
    county.at(office, "case", "print", case, "--document", code, "--out", out, *words)
    shown = subprocess.run(["pdftotext", "-layout", str(out), "-"], capture_output=True, check=True).stdout.decode()
    return "".join(shown.split())


def in_homes(county, word) -> list[str]:
    return [place for home in (county.home, *county.homes.values()) for place in leaks(home, word)]


def test_a_whole_number_lies_sealed_everywhere_and_is_printed_for_the_court_by_who_may_open_it(county) -> None:
    case = county.register(CLERK, parties=PARTIES)
    county.village("case", "note-identities", case, "--as", CLERK, "--set",
                   f'identities=[{{"party": 1, "id_kind": "passport", "paper_number": "{PASSPORT}"}}]')
    county.village("case", "accept", case, "--as", MEDIATOR, "--set", "rights_told=true", "--set", "parties_willing=true")
    county.sync()
    view = county.village("case", "show", case, "--as", CLERK)
    first = view["state"]["parties"][0]
    assert (first["id_last4"], first["id_kind"], first["gender"]) == (NUMBER[-4:], "id_card", "male")
    assert view["state"]["parties"][1]["id_kind"] == "passport"
    lines = [line for line in view["timeline"] if line["kind"] == "case.identities_noted"]
    assert [line["sealed"] for line in lines] == ["open", "open"]
    assert "*" * 14 + NUMBER[-4:] in lines[0]["text"], "masked on the screen of who wrote it, too"
    for shown in (view, county.town("case", "show", case, "--as", OFFICER),
                  county.hub("case", "show", case, "--as", COUNTY_OFFICER, "--json")):
        assert NUMBER not in str(shown)
        assert PASSPORT not in str(shown)
    for code in ("D02", "D10", "D14"):
        shown = printed(county, VILLAGE, case, code, "--as", CLERK)
        assert NUMBER in shown
        assert f"护照{PASSPORT}" in shown
    end = f"尾号{NUMBER[-4:]}"
    assert end in printed(county, VILLAGE, case, "D14"), "nobody said who prints"
    assert end in printed(county, VILLAGE, case, "D14", "--as", MEDIATOR), "not opened on record yet"
    assert NUMBER not in printed(county, TOWN, case, "D14", "--as", OFFICER), "the town has no key"
    assert NUMBER not in printed(county, VILLAGE, case, "D03", "--as", CLERK), "no paper of a court"
    county.village("case", "read-sealed", case, "--as", MEDIATOR)
    assert NUMBER in printed(county, VILLAGE, case, "D14", "--as", MEDIATOR)
    county.sync()
    for word in (NUMBER, NUMBER[:17], PASSPORT):
        assert in_homes(county, word) == []
    assert any("databases" in place for place in in_homes(county, "演示甲")), "the search would have found it"


def test_the_court_package_has_the_whole_numbers_of_who_may_open_them(county) -> None:
    case = county.register(CLERK, parties=PARTIES)
    out = county.folder / "court.pdf"
    for words, there in ((("--as", CLERK), True), ((), False)):
        county.village("case", "court-package", case, "--out", out, *words)
        text = subprocess.run(["pdftotext", "-layout", str(out), "-"], capture_output=True, check=True).stdout.decode()
        assert (NUMBER in "".join(text.split())) == there


def test_lists_and_later_parties_bring_whole_numbers_the_same_way(county) -> None:
    case = county.register(CLERK)
    roster = county.folder / "roster.csv"
    roster.write_text(f"姓名,身份,证件号码\n演示丙,申请人,{NUMBER}\n演示丁,申请人,\n", "utf-8")
    county.village("case", "add-parties", case, "--as", CLERK, "--roster", roster)
    county.village("case", "add-party", case, "--as", CLERK, "--set", f'party={{"name": "演示戊", "id_number": "{OTHER}"}}')
    parties = county.village("case", "show", case)["state"]["parties"]
    assert [(p["name"], p["id_last4"]) for p in parties[-3:]] == [("演示丙", NUMBER[-4:]), ("演示丁", ""), ("演示戊", OTHER[-4:])]
    shown = printed(county, VILLAGE, case, "D02", "--as", CLERK)
    assert NUMBER in shown
    assert OTHER in shown
    assert in_homes(county, NUMBER) == in_homes(county, OTHER) == []


def test_wrong_numbers_and_numbers_in_running_text_are_refused_by_name_of_the_field(county) -> None:
    case = county.register(CLERK, parties=PARTIES)
    wrong = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
    said = county.village("case", "register", "--as", CLERK, "--json", county.draft(
        {"parties": [{**PARTIES[0], "id_number": wrong}], "summary": "演示", "category": "DC02"}), fails=True)
    assert "校验码" in said
    assert wrong not in said
    said = county.village("case", "note-identities", case, "--as", CLERK,
                          "--set", f'identities=[{{"party": 0, "paper_number": "{OTHER}"}}]', fails=True)
    assert f"尾号 {NUMBER[-4:]} 不一致" in said
    said = county.village("case", "add-note", case, "--as", CLERK, *sets(text=f"甲的身份证{NUMBER}已核对"), fails=True)
    assert "完整的身份证号" in said
    assert NUMBER not in said
    assert in_homes(county, NUMBER) == []


def test_an_open_body_with_numbers_is_no_body() -> None:
    body = {"identities": [{"party": 0, "paper_number": NUMBER}]}
    with pytest.raises(bodies.InvalidBody, match="only written sealed"):
        bodies.parse("case.identities_noted", 1, body)
    assert bodies.parse("case.identities_noted", 1, body, opened=True)
