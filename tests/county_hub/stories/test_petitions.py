"""Petitions and legal aid end to end from both command lines: every step, its statutory clock in `alarms`, its written notice."""

from __future__ import annotations

import pytest

from shared.ledger.formats.ids import parse_number
from tests.support.county_hub.hub_support import COUNTY, OTHER_TOWN, TOWN
from tests.support.county_hub.scratch_county import (
    CLERK,
    COUNTY_OFFICER,
    MEDIATOR,
    OFFICER,
    OTHER_OFFICER,
    ScratchCounty,
    day,
    sets,
)
from tests.support.shared.pdf_text import text_of

COUNTY_NAME, VILLAGE_NAME = "磴口县", "旧地村"
PETITION = {"channel": "letter_visit", "form": "visit", "category": "agriculture", "summary": "DEMO 反映灌溉用水"}


@pytest.fixture
def county(tmp_path):
    return ScratchCounty(tmp_path)


def due(rows, id, kind):
    return next((row for row in rows if row.get("id") == id and row["kind"] == kind), None)     # a warning names cases


def test_a_petition_goes_through_every_step_with_its_clock_and_its_letters(county, tmp_path) -> None:
    case = county.register()
    county.sync()
    made = county.hub("petition", "register", "--as", COUNTY_OFFICER, "--case", case, *sets(**PETITION), "--date", day(-20))
    id = made["id"]
    assert made["number"].startswith(COUNTY)
    assert county.hub("case", "show", case, "--json")["petitions"] == [id]
    assert [row["record_id"] for row in county.hub("petition", "list", "--case", case)] == [id]
    late = due(county.hub("alarms", "HOME", "--json"), id, "petition_accept")
    assert (late["due_date"], late["overdue"], late["owner"]) == (day(-5), True, COUNTY)
    county.hub("petition", "forward", id, "--as", COUNTY_OFFICER, "--set", f"to={OTHER_TOWN}", "--date", day(-14))
    county.sync()
    sent = due(county.other_town("alarms", "HOME", "--json"), id, "petition_objection")
    assert sent["owner"] == OTHER_TOWN
    assert sent["overdue"]
    county.other_town("petition", "object", id, "--as", OTHER_OFFICER, "--set", "reason=不属本镇管辖", "--date", day(-10))
    county.sync()
    county.hub("petition", "forward", id, "--as", COUNTY_OFFICER, "--set", f"to={TOWN}", "--date", day(-9))
    county.sync()
    assert "未生效" in county.other_town("petition", "accept", id, "--as", OTHER_OFFICER, fails=True)
    accepted = county.town("petition", "accept", id, "--as", OFFICER, "--date", day(-8))
    assert due_of(accepted, "petition_handle") == day(52)
    extend = ("petition", "extend", id, "--as", OFFICER, *sets(approved_by="DEMO 所长", reason="DEMO 情况复杂"), "--set")
    assert "法定期限" in county.town(*extend, f"until={day(83)}", fails=True)
    assert due_of(county.town(*extend, f"until={day(82)}"), "petition_handle") == day(82)
    answered = county.town("petition", "answer", id, "--as", OFFICER, *sets(answer="opinion", text="DEMO 已修渠"))
    assert answered["state"] == "answered"
    county.town("petition", "request-review", id, "--as", OFFICER, "--set", "text=DEMO")
    assert "上级" in county.town("petition", "answer-review", id, "--as", OFFICER, "--set", "upheld=true", fails=True)
    county.sync()
    county.hub("petition", "answer-review", id, "--as", COUNTY_OFFICER, "--set", "upheld=true")
    county.hub("petition", "request-review", id, "--as", COUNTY_OFFICER)
    ended = county.hub("petition", "answer-review", id, "--as", COUNTY_OFFICER, "--set", "upheld=false")
    assert (ended["state"], [r[0] for r in ended["reviews"]]) == ("ended", ["review", "final_review"])
    county.sync()
    county.town("petition", "rate", id, "--as", OFFICER, "--set", "score=4")
    assert not [row for row in county.hub("alarms", "HOME", "--json") if row["id"] == id]
    for code, word in (("P01", "转送"), ("P02", "予以受理"), ("P04", "延长"), ("P05", "复查"), ("P06", "终结意见")):
        county.hub("petition", "print", id, "--letter", code, "--out", tmp_path / f"{code}.pdf")
        said = text_of((tmp_path / f"{code}.pdf").read_bytes()).replace("\n", "")
        assert word in said, code
        assert f"编号：{printed(made['number'], COUNTY_NAME)}" in said
        assert made["number"] not in said
    said = "".join(text_of((tmp_path / "P01.pdf").read_bytes()).split())
    assert "巴彦高勒镇：信访人提出的关于" in said, "to the organ that must handle it"
    assert "P03" in county.hub("petition", "print", id, "--letter", "P03", "--out", tmp_path / "x.pdf", fails=True)
    county.town("petition", "print", id, "--letter", "P02", "--out", tmp_path / "town.pdf")
    assert (tmp_path / "town.pdf").stat().st_size > 1000


def printed(number: str, name: str) -> str:
    """As papers print it: 旧地村〔2026〕001-0005-0."""
    return str(parse_number(number).short(name))


def due_of(state, kind):
    return next(clock["due_date"] for clock in state["clocks"] if clock["kind"] == kind)


def test_a_petition_is_declined_with_a_channel_and_a_village_registers_none(county, tmp_path) -> None:
    made = county.town("petition", "register", "--as", OFFICER, *sets(**PETITION))
    why = sets(reason="已进入诉讼", channel="to_litigation")
    declined = county.town("petition", "decline", made["id"], "--as", OFFICER, *why)
    assert declined["state"] == "declined"
    county.town("petition", "print", made["id"], "--letter", "P03", "--out", tmp_path / "p.pdf")
    said = text_of((tmp_path / "p.pdf").read_bytes()).replace("\n", "")
    assert "已进入诉讼" in said
    assert "可以通过以下途径提出：向人民法院提起诉讼" in said
    assert "角色" in county.village("petition", "register", "--as", CLERK, *sets(**PETITION), fails=True)
    assert "smoke" in county.town("petition", "register", "--as", OFFICER, *sets(**{**PETITION, "channel": "smoke"}), fails=True)


def test_legal_aid_is_applied_for_in_the_village_refused_objected_to_and_granted(county, tmp_path) -> None:
    case = county.register()
    made = county.village("legal-aid", "register", "--as", MEDIATOR, "--case", case, *sets(matter="wages", summary="DEMO 讨薪"),
                          "--date", day(-6))
    id = made["id"]
    assert due(county.village("alarms", "HOME", "--json"), id, "legal_aid_decide")["due_date"] == day(1)
    county.sync()
    assert county.hub("legal-aid", "decide", id, "--as", "aid", "--set", "granted=false")["state"] == "refused"
    county.sync()
    objected = county.village("legal-aid", "object", id, "--as", MEDIATOR, "--set", "text=DEMO 确有困难")
    assert due_of(objected, "legal_aid_objection") == day(5)
    county.sync()
    assert "角色" in county.hub("legal-aid", "decide-objection", id, "--as", "aid", "--set", "upheld=false", fails=True)
    corrected = county.hub("legal-aid", "decide-objection", id, "--as", COUNTY_OFFICER, "--set", "upheld=false")
    assert (corrected["state"], corrected["granted"], due_of(corrected, "legal_aid_appoint")) == ("granted", True, day(3))
    county.hub("legal-aid", "appoint", id, "--as", "aid", *sets(lawyer="演示律师", firm="演示律所"))
    assert county.hub("legal-aid", "end", id, "--as", "aid", "--set", "text=DEMO 胜诉")["state"] == "ended"
    county.hub("legal-aid", "print", id, "--letter", "L04", "--out", tmp_path / "l.pdf")
    said = text_of((tmp_path / "l.pdf").read_bytes()).replace("\n", "")
    assert "责令法律援助机构改正" in said
    assert f"编号：{printed(made['number'], VILLAGE_NAME)}" in said
    assert made["number"] not in said
    assert [row["record_id"] for row in county.hub("record", "list", "HOME", "legal_aid")] == [id]
    county.sync()
    assert county.village("legal-aid", "show", id)["lawyer"] == "演示律师"


def test_a_petitioner_is_named_on_letters_and_found_again(county, tmp_path) -> None:
    who = {"persons": ["演示甲"], "phone": "13800000009"}
    earliest = county.hub("petition", "register", "--as", COUNTY_OFFICER, *sets(**PETITION, **who), "--date", day(-20))
    first = earliest["id"]
    again = county.hub("petition", "register", "--as", COUNTY_OFFICER, *sets(**PETITION, **who), "--date", day(-5))["id"]
    other = {"persons": ["演示甲"], "phone": "13800000008"}
    namesake = county.hub("petition", "register", "--as", COUNTY_OFFICER, *sets(**PETITION, **other), "--date", day(-4))["id"]
    shown = county.hub("petition", "show", again)
    assert shown["same_person"] == [first]
    (finding,) = shown["findings"]
    assert "重复信访" in finding
    assert earliest["number"] in finding
    assert county.hub("petition", "show", first)["findings"] == []
    other_matter = sets(**{**PETITION, "category": "health"}, **who)
    assert county.hub("petition", "register", "--as", COUNTY_OFFICER, *other_matter, "--date", day(-3))["findings"] == []
    named = sets(**PETITION, **who, repeat_of=first)
    known = county.hub("petition", "register", "--as", COUNTY_OFFICER, *named, "--date", day(-2))
    assert [earliest["number"] in said for said in known["findings"]] == [False]
    assert county.hub("petition", "show", namesake)["same_person"] == []
    for earlier in (earliest["number"], printed(earliest["number"], COUNTY_NAME)):
        noted = county.hub("petition", "repeat", namesake, "--as", COUNTY_OFFICER, "--set", f"repeat_of={earlier}")
        assert noted["repeat_of"] == first
    nobody = ("--set", "repeat_of=某县〔2026〕001-0001-0")
    assert "某县〔2026〕001-0001-0" in county.hub("petition", "repeat", namesake, "--as", COUNTY_OFFICER, *nobody, fails=True)
    county.hub("petition", "accept", first, "--as", COUNTY_OFFICER, "--date", day(-18))
    letter = tmp_path / "P02.pdf"
    county.hub("petition", "print", first, "--letter", "P02", "--out", str(letter))
    assert "演示甲：" in text_of(letter.read_bytes())
    asked = sets(matter="wages", summary="DEMO", applicant="演示乙")
    aid = county.hub("legal-aid", "register", "--as", COUNTY_OFFICER, *asked)["id"]
    county.hub("legal-aid", "decide", aid, "--as", COUNTY_OFFICER, *sets(granted="true"))
    county.hub("legal-aid", "print", aid, "--letter", "L01", "--out", str(letter))
    assert "演示乙：" in text_of(letter.read_bytes())


def test_who_the_law_protects_is_sealed_for_who_handles_and_printed_for_who_may_open_it(county, tmp_path) -> None:
    who = {"persons": ["演示丙"], "phone": "13800000007", "address": "演示路1号"}
    made = county.hub("petition", "register", "--as", COUNTY_OFFICER, *sets(**PETITION, **who, protected="true"))
    id = made["id"]
    assert (made["persons"], made["protected"], len(made["sealed_names"])) == ([], True, 1)
    county.hub("petition", "accept", id, "--as", COUNTY_OFFICER)
    county.sync()
    for place in (tmp_path / "hub", tmp_path):
        assert not [file for file in place.rglob("*") if file.is_file() and "演示丙".encode() in file.read_bytes()]
    (event,) = made["sealed_names"]
    assert county.hub("petition", "show", id, "--as", COUNTY_OFFICER)["opened"] == {event: who}
    assert county.hub("petition", "show", id, "--as", "aid")["opened"] == {}
    letter = tmp_path / "P02.pdf"
    county.hub("petition", "print", id, "--letter", "P02", "--out", str(letter))
    assert "演示丙" not in text_of(letter.read_bytes())
    county.hub("petition", "print", id, "--letter", "P02", "--out", str(letter), "--as", COUNTY_OFFICER)
    assert "演示丙：" in text_of(letter.read_bytes())
    # handed on: who has it now gets the key when the name is given again
    town = county.hub("petition", "register", "--as", COUNTY_OFFICER, *sets(**PETITION, **who, protected="true"))["id"]
    county.hub("petition", "forward", town, "--as", COUNTY_OFFICER, "--set", f"to={TOWN}")
    county.sync()
    assert county.town("petition", "show", town, "--as", OFFICER)["opened"] == {}
    county.hub("petition", "name", town, "--as", COUNTY_OFFICER, *sets(**who))
    county.sync()
    assert list(county.town("petition", "show", town, "--as", OFFICER)["opened"].values()) == [who]
    assert "不能附" in county.town("petition", "register", "--as", OFFICER, *sets(**PETITION, **who, protected="true"),
                                "--file", str(letter), fails=True)
